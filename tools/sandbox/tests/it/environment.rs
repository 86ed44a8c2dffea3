//! `Environment::Sandbox` of the clients: its addresses are those at which the sandbox serves each product.

use binance_wire_core::Environment;
use binance_wire_sandbox::Exchange;

use crate::common::{Socket, get};

/// What follows the default address in an address, which has to begin with it.
fn path<'a>(scheme: &str, address: &'a str) -> &'a str {
    let start = format!("{scheme}://127.0.0.1:9080");
    address
        .strip_prefix(&start)
        .unwrap_or_else(|| panic!("{address}"))
}

fn only(addresses: fn(Environment) -> &'static [&'static str]) -> &'static str {
    match addresses(Environment::Sandbox) {
        [address] => address,
        other => panic!("{other:?}"),
    }
}

macro_rules! addresses {
    ($function:ident: $($product:ident)+) => {
        [$((stringify!($product), only(binance_wire::$product::environments::$function))),+]
    };
}

#[test]
fn rest_is_at_one_address() {
    let products = addresses!(rest: algo alpha b402 c2c coin_futures connect connect_prime convert copy_trading
        crypto_loan dual_investment fiat futures_data gift_card kyc link margin mining options pay portfolio_margin
        portfolio_margin_pro rebate simple_earn spot spot_block_matching staking stocks sub_account usds_futures
        vip_loan w3w_prediction wallet);
    for (product, address) in products {
        assert_eq!(path("http", address), "", "{product}");
    }
}

#[tokio::test]
async fn websocket_apis_and_streams_are_where_the_clients_look() {
    let exchange = Exchange::start();
    for (_, address) in addresses!(ws_api: spot usds_futures coin_futures) {
        let mut socket = Socket::open(&exchange, path("ws", address)).await;
        let answer = socket.request("1", "ping", serde_json::json!({})).await;
        let has_ping = address.ends_with("/ws-api/v3");
        assert_eq!(
            answer["status"],
            if has_ping { 200 } else { 400 },
            "{address}: {answer}"
        );
    }
    let streams = addresses!(streams: alpha coin_futures options portfolio_margin portfolio_margin_pro spot stocks
        usds_futures);
    let of_accounts = addresses!(risk_streams: margin);
    for (product, address) in streams.into_iter().chain(of_accounts) {
        let mut socket = Socket::open(&exchange, &format!("{}/ws", path("ws", address))).await;
        socket.send(r#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#).await;
        assert_eq!(socket.next().await["result"], serde_json::json!([]), "{product}");
    }
    assert_eq!(get(&exchange, "/nowhere/ws").await.status, 404);
}
