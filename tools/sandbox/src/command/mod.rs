//! The command line, and the start of an exchange by it.

pub(crate) mod greeting;

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use binance_wire_sandbox::Exchange;
use clap::Parser;

const AFTER_HELP: &str = "Examples:
  binance-wire-sandbox
      everything on http://127.0.0.1:9080, streams busy, no limits reached soon
  binance-wire-sandbox --port 0 --json
      any free port; addresses and keys as one line of JSON
  binance-wire-sandbox --tls --certificate-dir ~/.binance-wire
      prints the addresses with TLS, and keeps the authority that clients trust
  binance-wire-sandbox --time 2026-01-01T00:00:00Z --speed 60
      a minute a second, from New Year on

The page at the address that is printed shows books, orders and connections.";

/// The whole exchange on this machine: every product of Binance over REST, WebSocket API and streams, with keys that work
#[derive(Clone, Debug, PartialEq, Parser)]
#[command(version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Port to listen on, for everything; 0: any free one
    #[arg(long, default_value_t = 9080)]
    pub(crate) port: u16,
    /// Address to listen at. Whoever reaches another than this machine's own can trade and inject faults
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) bind: IpAddr,
    /// How often subscribed streams get an event, in milliseconds; 0: never
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pub(crate) market_data_ms: u64,
    /// The time at the start: RFC 3339, or milliseconds since 1970; the system's without it
    #[arg(long, value_parser = time)]
    pub(crate) time: Option<i64>,
    /// How fast the exchange's clock runs: 1 as time passes, 60 a minute a second, 0 not at all
    #[arg(long, value_name = "TIMES", value_parser = speed, default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// Print the addresses with TLS, and the certificate to trust. The port speaks both in any case
    #[arg(long)]
    pub(crate) tls: bool,
    /// Write the certificate that clients have to trust to this file, in PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Keep the certificate authority in this folder; a new one at each start without it
    #[arg(long, value_name = "DIR")]
    pub(crate) certificate_dir: Option<PathBuf>,
    /// Print addresses and keys as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A time, in milliseconds since 1970.
fn time(text: &str) -> Result<i64, String> {
    if let Ok(milliseconds) = text.parse() {
        return Ok(milliseconds);
    }
    let time: jiff::Timestamp = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    Ok(time.as_millisecond())
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && speed >= 0.0 => Ok(speed),
        _ => Err("a number from 0 on".to_owned()),
    }
}

/// Starts the exchange that the command line describes.
pub(crate) fn start(arguments: &Arguments) -> Result<Exchange, Box<dyn Error>> {
    let mut builder = Exchange::builder()
        .port(arguments.port)
        .bind(arguments.bind)
        .speed(arguments.speed);
    if let Some(time) = arguments.time {
        builder = builder.time(time);
    }
    if let Some(folder) = &arguments.certificate_dir {
        builder = builder.certificate_dir(folder);
    }
    if arguments.market_data_ms > 0 {
        builder = builder.market_data_every(Duration::from_millis(arguments.market_data_ms));
    }
    let exchange = builder.start()?;
    if let Some(file) = &arguments.ca_file {
        std::fs::write(file, exchange.ca_pem()).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(exchange)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(["binance-wire-sandbox"].iter().chain(arguments))
    }

    #[test]
    fn reads_the_command_line() {
        let standard = parse(&[]).expect("what there is without arguments");
        assert_eq!(
            (standard.port, standard.bind.to_string().as_str()),
            (9080, "127.0.0.1")
        );
        let given = parse(&[
            "--port",
            "0",
            "--market-data-ms",
            "5",
            "--time",
            "1970-01-01T00:00:01Z",
        ]);
        let given = given.expect("arguments");
        assert_eq!((given.port, given.market_data_ms, given.time), (0, 5, Some(1000)));
        assert_eq!(
            parse(&["--time", "1767225600000"]).expect("a time").time,
            Some(1_767_225_600_000)
        );
        let help = parse(&["--help"]).expect_err("no run");
        assert!(!help.use_stderr());
        assert!(help.to_string().contains("Examples:"), "{help}");
        for bad in [
            &["--port"][..],
            &["--port", "70000"],
            &["--market-data-ms", "x"],
            &["--bind", "here"],
            &["--time", "yesterday"],
            &["--speed", "-1"],
            &["--speed", "inf"],
            &["x"],
        ] {
            assert!(parse(bad).expect_err("no run").use_stderr(), "{bad:?}");
        }
    }
}
