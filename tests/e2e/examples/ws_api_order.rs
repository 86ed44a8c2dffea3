//! Logs a session on over the WebSocket API, and places and cancels an order without signing each request.
//!
//!     cargo run -p binance-wire-e2e --example ws_api_order

use binance_wire_sandbox::{Exchange, keys};
use binance_wire_spot::requests::NewOrder;
use binance_wire_spot::{Credentials, Fate, Side, dec, ws_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A small exchange inside of this program: the example needs neither account nor network.
    let exchange = Exchange::start();
    let credentials = Credentials::ed25519(keys::ED25519_API_KEY, keys::ED25519_PRIVATE_KEY_PEM)?;
    // The real test network, with a key of your own: `ws_api::Client::builder(Environment::Testnet)`.
    let client = ws_api::Client::builder_at([exchange.ws_api_url()])
        .credentials(credentials)
        // Only Ed25519 keys can log on; without this line each request is signed, and any kind of key will do.
        .logon(true)
        .connect()
        .await?;
    println!("session: {:?}", client.transport().session());

    let order = NewOrder::limit("BTCUSDT", Side::Buy, dec!(0.01), dec!(51000));
    let order_id = match client.send(&order).await {
        Ok(placed) => placed.order_id(),
        Err(error) => match error.unresolved() {
            // It may be in, it may not: find out before sending anything again.
            Some(unresolved) => match client.reconcile::<NewOrder>(unresolved).await? {
                Fate::CarriedOut(found) => found.order_id,
                fate => return Err(format!("the order is not in, as far as is known: {fate:?}").into()),
            },
            None => return Err(error.into()),
        },
    };
    println!("order {order_id} is in");

    // Clones share the connection; requests overtake each other freely.
    let (time, open, account) = tokio::join!(
        async { client.time().send().await },
        async { client.open_orders().symbol("BTCUSDT").send().await },
        async { client.account().omit_zero_balances(true).send_detailed().await },
    );
    let (time, account) = (time?, account?);
    println!("{} open orders at {:?}", open?.len(), time.server_time);
    for balance in account
        .value
        .balances
        .iter()
        .filter(|balance| !balance.locked.is_zero())
    {
        println!(
            "{}: {} free, {} locked",
            balance.asset, balance.free, balance.locked
        );
    }
    for limit in &account.rate_limits {
        println!(
            "{}: {} of {} used",
            limit.rate_limit_type, limit.count, limit.limit
        );
    }

    client.cancel_order("BTCUSDT").order_id(order_id).send().await?;
    println!("order {order_id} is canceled");
    Ok(())
}
