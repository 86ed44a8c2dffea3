//! The command line, and the start of an exchange by it.

pub(crate) mod greeting;

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use binance_wire_sandbox::{Exchange, FaultName, Injection};
use clap::Parser;

/// How many requests the page and the control endpoint can show; the memory of a long run is bounded by it.
const KEPT_REQUESTS: usize = 1_000;
const AFTER_HELP: &str = "Examples:
  binance-wire-sandbox
      everything on http://127.0.0.1:9080, streams busy, no limits reached soon
  binance-wire-sandbox --port 0 --json
      any free port; addresses and keys as one line of JSON
  binance-wire-sandbox --tls --certificate-dir ~/.binance-wire
      prints the addresses with TLS, and keeps the authority that clients trust
  binance-wire-sandbox --seed 7 --fault lost-reply@5% --fault \"latency=250ms@every 10 at order.place\"
      one order in twenty is carried out and never answered; the same ones at each start
  binance-wire-sandbox --time 2026-01-01T00:00:00Z --speed 60
      a minute a second, from New Year on

Faults, as NAME[=ARGUMENT][@HOW OFTEN][ at WHERE]: how often is 5%, `every 100`, `always` or `once`; where is `new-order`,
`POST /api/v3/order`, a method such as `order.place`, or `event depthUpdate`.
";

/// What is printed after the options: examples, and the names of all faults.
fn after_help() -> String {
    let mut text = AFTER_HELP.to_owned();
    for fault in FaultName::all() {
        let argument = match fault.argument {
            "" => String::new(),
            argument => format!("={argument}"),
        };
        text.push_str(&format!(
            "  {:<26} {}\n",
            format!("{}{argument}", fault.name),
            fault.about
        ));
    }
    text.push_str(
        "\nThe page at the address that is printed shows books, orders and connections, and injects faults.",
    );
    text
}

/// The whole exchange on this machine: every product of Binance over REST, WebSocket API and streams, with keys that work
#[derive(Clone, Debug, PartialEq, Parser)]
#[command(version, after_help = after_help())]
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
    /// How often the prices of Spot's books move, in milliseconds; 0: only when clients trade
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) move_market_ms: u64,
    /// The symbols whose prices move, with commas between them; all of them without it
    #[arg(long, value_name = "SYMBOLS", value_delimiter = ',')]
    pub(crate) symbols: Vec<String>,
    /// The time at the start: RFC 3339, or milliseconds since 1970; the system's without it
    #[arg(long, value_parser = time)]
    pub(crate) time: Option<i64>,
    /// How fast the exchange's clock runs: 1 as time passes, 60 a minute a second, 0 not at all
    #[arg(long, value_name = "TIMES", value_parser = speed, default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// What chance is drawn from: faults at a rate, and the market
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// A fault, as described below; any number of them
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<Injection>,
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
        .speed(arguments.speed)
        .seed(arguments.seed)
        .keep_requests(KEPT_REQUESTS);
    for fault in &arguments.fault {
        builder = builder.fault(fault.clone());
    }
    if let Some(time) = arguments.time {
        builder = builder.time(time);
    }
    if let Some(folder) = &arguments.certificate_dir {
        builder = builder.certificate_dir(folder);
    }
    if arguments.market_data_ms > 0 {
        builder = builder.market_data_every(Duration::from_millis(arguments.market_data_ms));
    }
    if arguments.move_market_ms > 0 {
        builder = builder
            .move_market_every(Duration::from_millis(arguments.move_market_ms))
            .moving_symbols(arguments.symbols.iter().cloned());
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
        let help = help.to_string();
        assert!(
            help.contains("Examples:") && help.contains("lost-reply"),
            "{help}"
        );
        let faults = parse(&["--fault", "lost-reply@5%", "--fault", "cut"]).expect("faults");
        assert_eq!(faults.fault.len(), 2);
        for bad in [
            &["--port"][..],
            &["--port", "70000"],
            &["--market-data-ms", "x"],
            &["--bind", "here"],
            &["--time", "yesterday"],
            &["--speed", "-1"],
            &["--speed", "inf"],
            &["--fault", "lost-repli"],
            &["x"],
        ] {
            assert!(parse(bad).expect_err("no run").use_stderr(), "{bad:?}");
        }
    }

    #[test]
    fn every_fault_can_be_asked_for() {
        for fault in FaultName::all() {
            let text = format!("{}@every 1000000", fault.name);
            let arguments = parse(&["--port", "0", "--fault", &text]).expect(fault.name);
            assert_eq!(arguments.fault.len(), 1);
            assert!(start(&arguments).is_ok(), "{text}");
        }
    }
}
