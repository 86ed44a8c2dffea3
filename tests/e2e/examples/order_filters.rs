//! Rounds an order to the symbol's filters, checks it before it is sent, and reads why the exchange refuses another.
//!
//!     cargo run -p binance-wire-e2e --example order_filters

use binance_wire_sandbox::{Exchange, keys};
use binance_wire_spot::filters::{FilterContext, OrderFilters, Round};
use binance_wire_spot::{
    Credentials, Environment, OrderType, RejectReason, Side, TimeInForce, dec, requests, rest,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A small exchange inside of this program: the example needs neither account nor network.
    let exchange = Exchange::start();
    let credentials = Credentials::ed25519(keys::ED25519_API_KEY, keys::ED25519_PRIVATE_KEY_PEM)?;
    let client = rest::Client::builder(Environment::Testnet)
        .base_url(exchange.rest_url())
        .credentials(credentials)
        .build()?;

    let info = client.exchange_info().symbol("BTCUSDT").send().await?;
    let filters = OrderFilters::from(&info.symbols[0]).and(&info.exchange_filters);
    let price = filters.price(dec!(51234.5678), Round::Down)?;
    let quantity = filters.quantity(dec!(0.0100049), Round::Down)?;
    println!("{quantity} at {price}");

    let order = requests::NewOrder::new("BTCUSDT", Side::Buy, OrderType::Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(quantity)
        .price(price);
    // What the account and the market are like, as far as the filters need it and the program knows it.
    let context = FilterContext::new().open_orders(0);
    let report = filters.check(&order, &context);
    println!("passes {}", report.passed().collect::<Vec<_>>().join(", "));
    for not_checked in report.into_result()? {
        println!("{not_checked}");
    }
    client.send(&order).await?;

    let dust = order.clone().quantity(dec!(0.00001));
    for failure in filters.check(&dust, &context).failures() {
        println!("{failure}");
    }
    let refused = client.send(&dust).await.expect_err("the exchange refuses it too");
    assert_eq!(refused.reject_reason(), Some(RejectReason::FilterFailureNotional));
    println!("{refused}");
    Ok(())
}
