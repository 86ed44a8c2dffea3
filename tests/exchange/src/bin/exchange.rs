//! Runs the test exchange by itself, so that the documentation's examples can be tried by hand.

use std::process::ExitCode;
use std::time::Duration;

use binance_wire_exchange::{Exchange, keys};

const HELP: &str = "\
Runs the test exchange on 127.0.0.1 until it is interrupted.

Usage: exchange [--port PORT] [--market-data-ms MS]

Options:
  --port PORT           port to listen on, for everything [default: 9080; 0: any free one]
  --market-data-ms MS   how often subscribed streams get an event [default: 1000; 0: never]
  --help                this text
";

/// What the command line asks for.
#[derive(Debug, PartialEq)]
enum Command {
    Run { port: u16, market_data_ms: u64 },
    Help,
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments;
    let (mut port, mut market_data_ms) = (9080, 1000);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--port" => {
                port = value()?
                    .parse()
                    .map_err(|_| "--port needs a number up to 65535")?
            }
            "--market-data-ms" => {
                market_data_ms = value()?.parse().map_err(|_| "--market-data-ms needs a number")?;
            }
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(format!("unknown argument {other}")),
        }
    }
    Ok(Command::Run { port, market_data_ms })
}

fn main() -> ExitCode {
    let (port, market_data_ms) = match parse(std::env::args().skip(1)) {
        Ok(Command::Run { port, market_data_ms }) => (port, market_data_ms),
        Ok(Command::Help) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("{message}\n\n{HELP}");
            return ExitCode::from(1);
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

    fn command(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn reads_the_command_line() {
        assert_eq!(
            command(&[]),
            Ok(Command::Run {
                port: 9080,
                market_data_ms: 1000
            })
        );
        assert_eq!(
            command(&["--port", "0", "--market-data-ms", "5"]),
            Ok(Command::Run {
                port: 0,
                market_data_ms: 5
            })
        );
        assert_eq!(command(&["--help"]), Ok(Command::Help));
        for bad in [
            &["--port"][..],
            &["--port", "70000"],
            &["--market-data-ms", "x"],
            &["x"],
        ] {
            assert!(command(bad).is_err(), "{bad:?}");
        }
    }
}
