//! Places an order over REST, looks at it, and cancels it.
//!
//!     cargo run -p binance-wire-e2e --example rest_order

use binance_wire_sandbox::{Exchange, keys};
use binance_wire_spot::{Credentials, Environment, Fate, Side, dec, error_codes, requests::NewOrder, rest};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A small exchange inside of this program: the example needs neither account nor network.
    let exchange = Exchange::start();
    let credentials = Credentials::ed25519(keys::ED25519_API_KEY, keys::ED25519_PRIVATE_KEY_PEM)?;
    let client = rest::Client::builder(Environment::Testnet)
        // Leave this line out, and put your own key above, to trade on the real test network.
        .base_url(exchange.rest_url())
        .credentials(credentials)
        .build()?;

    let book = client.depth("BTCUSDT").limit(5).send().await?;
    println!("best bid {} for {}", book.bids[0].price, book.bids[0].quantity);

    // A request is a plain value; it could be stored, or sent over the WebSocket API.
    let order =
        NewOrder::limit("BTCUSDT", Side::Buy, dec!(0.01), dec!(51000)).new_client_order_id("example-1");
    match client.send_detailed(&order).await {
        Ok(answer) => {
            println!(
                "order {} is in, answered in {:?}",
                answer.value.order_id(),
                answer.latency
            );
            for limit in answer.limits.iter() {
                println!(
                    "  {:?} in {} {:?}: {}",
                    limit.kind, limit.interval_num, limit.interval, limit.count
                );
            }
        }
        Err(error) => match error.unresolved() {
            // It may be in, it may not: find out before sending anything again.
            Some(unresolved) => match client.reconcile::<NewOrder>(unresolved).await? {
                Fate::CarriedOut(order) => println!("order {} is in", order.order_id),
                fate => return Err(format!("the order is not in, as far as is known: {fate:?}").into()),
            },
            None => return Err(error.into()),
        },
    }

    let found = client
        .query_order("BTCUSDT")
        .orig_client_order_id("example-1")
        .send()
        .await?;
    println!(
        "order {} is {}: {} of {:?} done",
        found.order_id, found.status, found.executed_qty, found.orig_qty
    );
    client
        .cancel_order("BTCUSDT")
        .order_id(found.order_id)
        .send()
        .await?;
    println!("order {} is canceled", found.order_id);

    // What the exchange refuses has a code, and the codes have names.
    let again = client
        .cancel_order("BTCUSDT")
        .order_id(found.order_id)
        .send()
        .await;
    if let Err(error) = again {
        assert_eq!(error.code(), Some(error_codes::CANCEL_REJECTED));
        println!("canceling it once more: {error}");
    }
    Ok(())
}
