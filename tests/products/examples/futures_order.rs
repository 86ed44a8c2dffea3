//! Places USDⓈ-M futures orders, one and several at once, against a server inside of this program.
//!
//!     cargo run -p binance-wire-products-tests --example futures_order

use binance_wire::usds_futures::models::{NewBatchOrder, OrderOutcome};
use binance_wire::usds_futures::{FuturesOrderType, FuturesTimeInForce, PositionSide, Side, requests, rest};
use binance_wire::{Credentials, Environment, Operation, dec};
use binance_wire_products_tests::http::{Action, Server};
use binance_wire_products_tests::samples;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Answers as the documentation does: the example needs neither account nor network.
    let server = Server::start(|_, request| {
        let counters = vec![("X-MBX-ORDER-COUNT-10S", "1"), ("X-MBX-ORDER-COUNT-1M", "1")];
        let key = format!("{} {}", request.method, request.path());
        Action::Reply(200, counters, samples::payload("usds-futures", &key))
    })
    .await;
    let client = rest::Client::builder(Environment::Testnet)
        // Leave this line out, and put your own key below, to trade on the real test network.
        .base_url(&server.url)
        .credentials(Credentials::hmac("key", "secret")?)
        .build()?;

    let order = requests::NewOrder::new("BTCUSDT", Side::Sell, FuturesOrderType::Limit)
        .position_side(PositionSide::Short)
        .time_in_force(FuturesTimeInForce::Gtc)
        .quantity(dec!(10))
        .price(dec!(52000.10))
        .new_client_order_id("testOrder");
    println!("it counts as {} order", order.credit().unfilled_orders);
    let answer = client.send_detailed(&order).await?;
    println!("order {} is {}", answer.value.order_id, answer.value.status);
    for limit in answer.limits.iter() {
        let (count, every) = (limit.count, limit.interval_num);
        println!("  {:?} in {every} {:?}: {count}", limit.kind, limit.interval);
    }

    // Several at once: each has an outcome of its own.
    let quantities = [dec!(10), dec!(0.001)];
    let orders = quantities.map(|quantity| {
        NewBatchOrder::new("BTCUSDT", Side::Buy, FuturesOrderType::Market, quantity).reduce_only(true)
    });
    for outcome in client.place_multiple_orders(orders).send().await? {
        match outcome {
            OrderOutcome::OrderReport(order) => println!("order {} is {}", order.order_id, order.status),
            OrderOutcome::Outcome(refused) => println!("refused: code {}", refused.code),
            other => println!("{other:?}"),
        }
    }
    Ok(())
}
