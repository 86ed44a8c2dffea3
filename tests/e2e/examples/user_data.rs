//! Follows an account: what becomes of its orders, and how its balances change.
//!
//!     cargo run -p binance-wire-e2e --example user_data

use binance_wire_sandbox::{Exchange, keys};
use binance_wire_spot::models::UserDataEvent;
use binance_wire_spot::user_data::UserDataItem;
use binance_wire_spot::{Credentials, OrderStatus, OrderType, Side, TimeInForce, dec, user_data, ws_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A small exchange inside of this program: the example needs neither account nor network.
    let exchange = Exchange::start();
    // Any kind of key will do: where the session is not logged on, the subscription is signed.
    let credentials = Credentials::hmac(keys::HMAC_API_KEY, keys::HMAC_SECRET)?;
    // The real test network, with a key of your own: `ws_api::Client::builder(Environment::Testnet)`.
    let client = ws_api::Client::builder_at([exchange.ws_api_url()])
        .credentials(credentials)
        .connect()
        .await?;
    let mut events = user_data(&client).connect().await?;

    client
        .new_order("BTCUSDT", Side::Buy, OrderType::Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(dec!(0.01))
        .price(dec!(51000))
        .new_client_order_id("resting")
        .send()
        .await?;
    client
        .new_order("BTCUSDT", Side::Buy, OrderType::Market)
        .quantity(dec!(0.002))
        .send()
        .await?;
    client
        .cancel_order("BTCUSDT")
        .orig_client_order_id("resting")
        .send()
        .await?;

    let mut canceled = false;
    while let Some(item) = events.next().await {
        match item {
            UserDataItem::Event(UserDataEvent::ExecutionReport(report)) => {
                println!(
                    "order {}: {}, now {}; {} of {} done",
                    report.order_id,
                    report.execution_type,
                    report.order_status,
                    report.executed_qty,
                    report.orig_qty,
                );
                canceled |= report.order_status == OrderStatus::Canceled;
            }
            UserDataItem::Event(UserDataEvent::OutboundAccountPosition(position)) => {
                for balance in position.balances {
                    println!(
                        "  {}: {} free, {} locked",
                        balance.asset, balance.free, balance.locked
                    );
                }
                if canceled {
                    break;
                }
            }
            UserDataItem::Event(other) => println!("{other:?}"),
            // First of all, and after every gap.
            UserDataItem::Snapshot(snapshot) => println!(
                "-- {} open orders, {} fills that are missing from the events",
                snapshot.open_orders.len(),
                snapshot.trades.len(),
            ),
            news => println!("-- {news:?}"),
        }
    }
    Ok(())
}
