//! Receives one order book twice, as JSON and as SBE: the same type, the same value.
//!
//!     cargo run -p binance-wire-e2e --example sbe_depth

use binance_wire_sandbox::Exchange;
use binance_wire_spot::sbe::{self, MessageView as _};
use binance_wire_spot::{Environment, requests, rest};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A small exchange inside of this program: the example needs no network.
    let exchange = Exchange::start();
    // Leave `base_url` out to ask the real test network; its book moves between the two requests.
    let builder = rest::Client::builder(Environment::Testnet).base_url(exchange.rest_url());
    let (json, sbe) = (builder.clone().build()?, builder.sbe(sbe::format()).build()?);

    let request = requests::Depth::new("BTCUSDT").limit(1000);
    let from_json = json.send_detailed(&request).await?;
    let from_sbe = sbe.send_detailed(&request).await?;
    println!(
        "JSON: {} bytes, {:?}",
        from_json.body.len(),
        from_json.header("content-type")
    );
    println!(
        "SBE:  {} bytes, {:?}",
        from_sbe.body.len(),
        from_sbe.header("content-type")
    );
    println!(
        "{} bids and {} asks; the books are equal: {}",
        from_sbe.value.bids.len(),
        from_sbe.value.asks.len(),
        from_json.value == from_sbe.value,
    );

    // The message can also be read in place, without building anything.
    let view = sbe::spot::DepthResponseView::decode(&from_sbe.body)?;
    println!("last update {}", view.last_update_id());
    Ok(())
}
