//! Prepares a withdrawal, checks it against what the network of the coin takes, and sends it only if asked to.
//!
//!     cargo run -p binance-wire-products-tests --example wallet_withdrawal [-- --send]

use binance_wire::wallet::{requests, rest};
use binance_wire::{Credentials, Environment, Error, Operation, dec};
use binance_wire_products_tests::http::{Action, Server};
use binance_wire_products_tests::samples;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Answers as the documentation does: the example needs neither account nor network.
    let server = Server::start(|_, request| {
        let key = format!("{} {}", request.method, request.path());
        Action::ok(samples::payload("wallet", &key))
    })
    .await;
    let client = rest::Client::builder(Environment::Production)
        .base_url(&server.url)
        .credentials(Credentials::hmac("key", "secret")?)
        .build()?;

    // A request is a plain value: it can be looked at, stored and approved before it is sent.
    let withdrawal = requests::Withdraw::new(requests::WithdrawRequired {
        coin: "1MBABYDOGE".into(),
        address: "0xc748673057861a797275cd8a068abb95a902e8de".into(),
        amount: dec!(100.00),
    })
    .network("BSC")
    .withdraw_order_id("withdrawal-7");

    let coins = client.all_coins_information().send().await?;
    let network = coins
        .iter()
        .filter(|coin| coin.coin == withdrawal.coin)
        .flat_map(|coin| coin.network_list.iter().flatten())
        .find(|network| Some(&network.network) == withdrawal.network.as_ref())
        .ok_or("the coin is not on that network")?;
    // Nothing proves that the exchange always states these; what is not known stops the withdrawal.
    let (Some(least), Some(most)) = (network.withdraw_min, network.withdraw_max) else {
        return Err("the limits of the network are not known".into());
    };
    if network.withdraw_enable != Some(true) || !(least..=most).contains(&withdrawal.amount) {
        return Err(format!(
            "{} cannot be withdrawn: from {least} to {most}",
            withdrawal.amount
        )
        .into());
    }
    let fee = network
        .withdraw_fee
        .ok_or("the fee of the network is not known")?;
    let credit = withdrawal.credit();
    println!(
        "{} {} over {}: fee {fee}, weight {} ({:?})",
        withdrawal.amount, withdrawal.coin, network.network, credit.weight, credit.scope
    );

    if !std::env::args().any(|argument| argument == "--send") {
        println!("dry run: nothing was sent");
        return Ok(());
    }
    match client.send(&withdrawal).await {
        Ok(sent) => println!("withdrawal {} is under way", sent.id),
        // It may be under way, it may not: look for `withdrawal-7` in the history before sending anything again.
        Err(Error::ExecutionUnknown { reason, .. }) => println!("who knows: {reason}"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
