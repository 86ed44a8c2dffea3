//! Runs the test exchange by itself, so that the documentation's examples can be tried by hand.

use std::process::ExitCode;
use std::time::Duration;

use binance_wire_sandbox::{Exchange, keys};
use clap::Parser;

/// Runs the test exchange on 127.0.0.1 until it is interrupted.
#[derive(Debug, PartialEq, Parser)]
#[command(version)]
struct Arguments {
    /// Port to listen on, for everything; 0: any free one
    #[arg(long, default_value_t = 9080)]
    port: u16,
    /// How often subscribed streams get an event; 0: never
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    market_data_ms: u64,
}

fn main() -> ExitCode {
    let Arguments { port, market_data_ms } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing sensible can be done where the terminal is gone.
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()));
        }
    };
    let mut builder = Exchange::builder().port(port);
    if market_data_ms > 0 {
        builder = builder.market_data_every(Duration::from_millis(market_data_ms));
    }
    let exchange = match builder.start() {
        Ok(exchange) => exchange,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(1);
        }
    };
    println!("REST           {}", exchange.rest_url());
    println!("WebSocket API  {}", exchange.ws_api_url());
    println!("streams        {}/ws/btcusdt@trade", exchange.streams_url());
    println!(
        "               {}/stream?streams=btcusdt@trade/btcusdt@depth",
        exchange.streams_url()
    );
    println!();
    println!("Throwaway keys, test data, worth nothing elsewhere:");
    println!(
        "\nHMAC     {}\nsecret   {}",
        keys::HMAC_API_KEY,
        keys::HMAC_SECRET
    );
    println!("\nRSA      {}\n{}", keys::RSA_API_KEY, keys::RSA_PRIVATE_KEY_PEM);
    println!(
        "Ed25519  {}\n{}",
        keys::ED25519_API_KEY,
        keys::ED25519_PRIVATE_KEY_PEM
    );
    println!(
        "Ed25519, second account  {}\n{}",
        keys::SECOND_API_KEY,
        keys::SECOND_PRIVATE_KEY_PEM
    );
    loop {
        std::thread::park();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(["binance-wire-sandbox"].iter().chain(arguments))
    }

    fn run(port: u16, market_data_ms: u64) -> Arguments {
        Arguments { port, market_data_ms }
    }

    #[test]
    fn reads_the_command_line() {
        assert_eq!(parse(&[]).ok(), Some(run(9080, 1000)));
        let given = parse(&["--port", "0", "--market-data-ms", "5"]);
        assert_eq!(given.ok(), Some(run(0, 5)));
        let help = parse(&["--help"]).expect_err("no run");
        assert!(!help.use_stderr());
        for bad in [
            &["--port"][..],
            &["--port", "70000"],
            &["--market-data-ms", "x"],
            &["x"],
        ] {
            assert!(parse(bad).expect_err("no run").use_stderr(), "{bad:?}");
        }
    }
}
