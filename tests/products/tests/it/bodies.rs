//! Where parameters travel, how they are spelled, and that what is signed is what is sent.

use binance_wire::margin::IsIsolated;
use binance_wire::{Environment, RawJson, Timestamp, dec};
use binance_wire::{fiat, margin, usds_futures, w3w_prediction, wallet};
use binance_wire_products_tests::http::{Received, Server};
use binance_wire_products_tests::{API_KEY, NOW, verified};

use super::{at, client};

const FORM: &str = "application/x-www-form-urlencoded";

/// Checks key and form of a request, and gives what was signed.
#[track_caller]
fn signed_form<'a>(request: &'a Received, path: &str) -> &'a str {
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", path));
    assert_eq!(request.header("content-type"), Some(FORM));
    assert_eq!(request.header("x-mbx-apikey"), Some(API_KEY));
    verified(&request.body)
}

#[tokio::test]
async fn a_withdrawal_is_a_form() {
    let server = Server::answering(r#"{"id":"7213fea8e94b4a5593d507237e5a555b"}"#).await;
    let client = client!(wallet, &server);
    let sent = client
        .withdraw(wallet::requests::WithdrawRequired {
            coin: "USDT".into(),
            address: "0x94df8b352de7f46f64b01d3666bf6e936e44ce60".into(),
            amount: dec!(8.91000000),
        })
        .network("BSC")
        .address_tag("a b&c=ü")
        .transaction_fee_flag(true)
        .wallet_type(1)
        .withdraw_order_id("w1")
        .send()
        .await
        .expect("taken");
    assert_eq!(sent.id, "7213fea8e94b4a5593d507237e5a555b");
    assert_eq!(
        signed_form(&server.request(), "/sapi/v1/capital/withdraw/apply"),
        format!(
            "coin=USDT&withdrawOrderId=w1&network=BSC&address=0x94df8b352de7f46f64b01d3666bf6e936e44ce60\
             &addressTag=a%20b%26c%3D%C3%BC&amount=8.91000000&transactionFeeFlag=true&walletType=1&timestamp={NOW}"
        )
    );
}

#[tokio::test]
async fn a_margin_order_says_whether_it_is_isolated_in_capitals() {
    let server =
        Server::answering(r#"{"symbol":"BTCUSDT","orderId":1,"clientOrderId":"c","transactTime":1}"#).await;
    client!(margin, &server)
        .new_margin_order("BTCUSDT", margin::Side::Buy, margin::OrderType::Market)
        .is_isolated(IsIsolated::True)
        .quote_order_qty(dec!(10))
        .auto_repay_at_cancel(false)
        .new_client_order_id("c")
        .send()
        .await
        .expect("taken");
    assert_eq!(
        signed_form(&server.request(), "/sapi/v1/margin/order"),
        format!(
            "symbol=BTCUSDT&isIsolated=TRUE&side=BUY&type=MARKET&quoteOrderQty=10&newClientOrderId=c&autoRepayAtCancel=false\
             &timestamp={NOW}"
        )
    );
}

#[tokio::test]
async fn a_fiat_withdrawal_is_json_signed_behind_the_query() {
    let server =
        Server::answering(r#"{"code":"000000","message":"success","data":{"orderId":"04595"}}"#).await;
    let account = fiat::models::BankAccount::new(fiat::models::BankAccountRequired {
        account_number: "12345".into(),
        agency: "0001".into(),
        bank_code_for_pix: "260".into(),
        account_type: "CACC".into(),
    });
    let id = client!(fiat, &server)
        .fiat_withdraw(
            "BRL",
            fiat::ApiPaymentMethod::unlisted("Pix"),
            dec!(100.50),
            account,
        )
        .ext(RawJson::new(r#"{"note":"ü"}"#).expect("JSON"))
        .send()
        .await
        .expect("taken");
    assert_eq!(id.order_id, "04595");
    let request = server.request();
    assert_eq!(request.path(), "/sapi/v2/fiat/withdraw");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        request.body,
        r#"{"currency":"BRL","apiPaymentMethod":"Pix","amount":100.50,"accountInfo":{"accountNumber":"12345","agency":"0001","bankCodeForPix":"260","accountType":"CACC"},"ext":{"note":"ü"}}"#
    );
    // Query, then body, with nothing between.
    let (query, signature) = request.query().split_once("&signature=").expect("signed");
    assert_eq!(query, format!("timestamp={NOW}"));
    assert_eq!(
        signature,
        binance_wire_products_tests::signature(&format!("{query}{}", request.body))
    );
}

#[tokio::test]
async fn brackets_stay_as_they_are_where_the_spec_says_so() {
    let server = Server::answering(
        r#"{"canceled":["54124"],"failed":[{"orderId":"54126","reason":"ORDER_NOT_FOUND"}]}"#,
    )
    .await;
    let orders = ["54124", "54 126[]"].map(w3w_prediction::models::OrderToCancel::new);
    let outcome = client!(w3w_prediction, &server)
        .batch_cancel_orders(w3w_prediction::requests::BatchCancelOrdersRequired {
            wallet_address: "0xab".into(),
            wallet_id: "wallet-1".into(),
        })
        .cancel_info_list(orders)
        .send()
        .await
        .expect("taken");
    assert_eq!(
        outcome.failed.expect("a list")[0].reason.as_deref(),
        Some("ORDER_NOT_FOUND")
    );
    assert_eq!(
        signed_form(
            &server.request(),
            "/sapi/v1/w3w/wallet/prediction/trade/batch-cancel"
        ),
        format!(
            "walletAddress=0xab&walletId=wallet-1&cancelInfoList[0].orderId=54124\
             &cancelInfoList[1].orderId=54%20126[]&timestamp={NOW}"
        )
    );
}

#[tokio::test]
async fn several_orders_are_json_text_encoded_before_it_is_signed() {
    use usds_futures::models::{NewBatchOrder, OrderOutcome};
    use usds_futures::{FuturesOrderType, FuturesTimeInForce, Side};

    let refused = r#"[{"code":-2022,"msg":"ReduceOnly Order is rejected."}]"#;
    let server = Server::answering(refused).await;
    let order = NewBatchOrder::new("BTCUSDT", Side::Sell, FuturesOrderType::Limit, dec!(0.010))
        .time_in_force(FuturesTimeInForce::Gtc)
        .price(dec!(52000.10))
        .reduce_only(true)
        .new_client_order_id("a+b/ü");
    // The id is not one that the exchange takes: it has all that is encoded.
    let client = at(
        &server,
        usds_futures::rest::Client::builder(binance_wire::Environment::Production),
    )
    .check_requests(false)
    .build()
    .expect("usable");
    let outcomes = client
        .place_multiple_orders([order])
        .send()
        .await
        .expect("answered");
    assert!(
        matches!(&outcomes[..], [OrderOutcome::Outcome(refused)] if refused.code == -2022),
        "{outcomes:?}"
    );
    assert_eq!(
        signed_form(&server.request(), "/fapi/v1/batchOrders"),
        format!(
            "batchOrders=%5B%7B%22symbol%22%3A%22BTCUSDT%22%2C%22side%22%3A%22SELL%22%2C%22type%22%3A%22LIMIT%22%2C\
             %22timeInForce%22%3A%22GTC%22%2C%22quantity%22%3A%220.010%22%2C%22reduceOnly%22%3A%22true%22%2C\
             %22price%22%3A%2252000.10%22%2C%22newClientOrderId%22%3A%22a%2Bb%2F%C3%BC%22%7D%5D&timestamp={NOW}"
        )
    );
}

#[tokio::test]
async fn a_parameter_that_is_a_header_is_not_signed() {
    let server = Server::answering(r#"{"activities":[]}"#).await;
    let client = client!(simple_earn, &server);
    client
        .get_yield_arena_activities()
        .lang("pt-BR")
        .send()
        .await
        .expect("answered");
    let request = server.request();
    assert_eq!(request.header("lang"), Some("pt-BR"));
    assert_eq!(verified(request.query()), format!("timestamp={NOW}"));
    // A header that HTTP cannot carry is refused before anything is sent.
    let error = client
        .get_yield_arena_activities()
        .lang("pt\r\nX-Other: 1")
        .send()
        .await
        .expect_err("no header");
    assert!(error.to_string().contains("`lang`"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_window_may_have_fractions_of_a_millisecond() {
    let server = Server::answering("[]").await;
    let client = at(&server, wallet::rest::Client::builder(Environment::Production))
        .recv_window(dec!(2500.125))
        .build()
        .expect("usable");
    client.user_asset().asset("BTC").send().await.expect("answered");
    assert_eq!(
        signed_form(&server.request(), "/sapi/v3/asset/getUserAsset"),
        format!("asset=BTC&recvWindow=2500.125&timestamp={NOW}")
    );
    for window in [dec!(60000.1), dec!(0.0001), dec!(-1)] {
        let built = at(&server, wallet::rest::Client::builder(Environment::Production))
            .recv_window(window)
            .build();
        assert!(built.is_err(), "{window}");
    }
}

#[tokio::test]
async fn times_go_out_in_the_unit_that_the_product_counts_in() {
    let from = Timestamp::from_micros(1_753_244_327_210_987);
    let server = Server::answering("[]").await;
    client!(wallet, &server)
        .deposit_history()
        .start_time(from)
        .send()
        .await
        .expect("answered");
    assert_eq!(
        verified(server.request().query()),
        format!("startTime=1753244327210&timestamp={NOW}")
    );
}

/// A window and a key make no difference to what is public.
#[tokio::test]
async fn what_is_public_goes_without_key_and_signature() {
    let server = Server::answering(r#"{"serverTime":1499827319559}"#).await;
    client!(usds_futures, &server)
        .time()
        .send()
        .await
        .expect("answered");
    assert_eq!(server.request().target, "/fapi/v1/time");
}
