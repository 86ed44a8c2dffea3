//! Starts the server and the clients of each row, gives them turns, and prints what they took.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use harness::Spread;

/// How often each client has its turn.
const ROUNDS: u64 = 11;
/// The time of one turn, in milliseconds.
const TURN_MS: u64 = 150;

/// One client, and what its process is started with.
struct Case {
    label: &'static str,
    load: &'static str,
    extras: &'static [&'static str],
    /// From the program with counters and histograms.
    metrics: bool,
}

/// A client without extras.
const fn plain(label: &'static str, load: &'static str) -> Case {
    Case {
        label,
        load,
        extras: &[],
        metrics: false,
    }
}

/// One client beside others; requests in flight concern those that make requests.
struct Row {
    name: &'static str,
    in_flight: usize,
    /// The most that the CPU time of the first may be of that of the second.
    target: Option<f64>,
    cases: Vec<Case>,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (in_flight, target) in [(1, None), (64, Some(0.4))] {
        rows.push(Row {
            name: "signed order over REST",
            in_flight,
            target,
            cases: vec![
                plain("ours", "rest/ours"),
                plain("binance-sdk", "rest/sdk"),
                plain("bare hyper", "rest/bare"),
            ],
        });
        rows.push(Row {
            name: "signed order over the WebSocket API",
            in_flight,
            target,
            cases: vec![
                plain("ours", "api/ours"),
                plain("binance-sdk", "api/sdk"),
                plain("bare tungstenite", "api/bare"),
            ],
        });
    }
    rows.push(Row {
        name: "aggTrade, combined frame, to the user's hands",
        in_flight: 1,
        target: Some(0.2),
        cases: vec![
            plain("ours", "streams/ours"),
            plain("binance-sdk", "streams/sdk"),
            plain("bare tungstenite, our decode", "streams/bare"),
        ],
    });
    for (name, load, in_flight) in [
        ("cost of extras over REST", "rest/ours", 64),
        ("cost of extras over the WebSocket API", "api/ours", 64),
    ] {
        let with = |label, extras, metrics| Row {
            name,
            in_flight,
            target: None,
            cases: vec![
                Case {
                    label,
                    load,
                    extras,
                    metrics,
                },
                plain("ours without", load),
            ],
        };
        rows.push(with("limiter", &["limiter"], false));
        rows.push(with("tracing at INFO", &["tracing"], false));
        rows.push(with("`metrics`, no recorder", &[], true));
        rows.push(with("`metrics`, Prometheus recorder", &["recorder"], true));
    }
    rows
}

/// What one turn took, of one request or event.
#[derive(Clone, Copy)]
struct Turn {
    per_second: f64,
    cpu_micros: f64,
    allocations: f64,
}

/// A client's process.
struct Client {
    process: Child,
    answers: BufReader<std::process::ChildStdout>,
    count: u64,
    turns: Vec<Turn>,
}

impl Client {
    fn start(program: &Path, case: &Case, at: &str, in_flight: usize) -> Self {
        let mut process = Command::new(program)
            .args(["client", case.load, at, &in_flight.to_string()])
            .args(case.extras)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", program.display()));
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        Self {
            process,
            answers,
            count: 0,
            turns: Vec::new(),
        }
    }

    fn turn(&mut self, count: u64) -> Turn {
        let input = self.process.stdin.as_mut().expect("piped");
        writeln!(input, "{count}").expect("the client is there");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the client is there");
        let figures: Vec<f64> = line
            .split_whitespace()
            .map(|figure| figure.parse().expect("a figure"))
            .collect();
        let [done, wall, cpu, allocations] = figures[..] else {
            panic!("the client has failed");
        };
        Turn {
            per_second: done * 1e9 / wall,
            cpu_micros: cpu / 1000.0 / done,
            allocations: allocations / done,
        }
    }

    /// Warms up, and finds out how much fills a turn.
    fn prepare(&mut self, turn_ms: u64) {
        let mut count = 200;
        loop {
            let rate = self.turn(count).per_second;
            let full = (rate * turn_ms as f64 / 1000.0) as u64;
            if count * 4 >= full {
                self.count = full.max(1);
                return;
            }
            count = full.min(count * 10);
        }
    }

    fn spread(&self, figure: impl Fn(&Turn) -> f64) -> Spread {
        Spread::of(self.turns.iter().map(figure))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The server's process and its addresses: REST, WebSocket API, streams.
struct Server {
    process: Child,
    addresses: Vec<String>,
}

impl Server {
    fn start(program: &Path) -> Self {
        let mut process = Command::new(program)
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped"))
            .read_line(&mut line)
            .expect("the server prints its addresses");
        let addresses: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        assert_eq!(addresses.len(), 3, "the server has failed");
        Self { process, addresses }
    }

    fn of(&self, load: &str) -> &str {
        let place = match load.split('/').next() {
            Some("rest") => 0,
            Some("api") => 1,
            _ => 2,
        };
        &self.addresses[place]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

pub fn main(only: Option<&str>) {
    let program = std::env::current_exe().expect("the path of this program");
    let with_metrics = program.with_file_name("bench-net-metrics");
    let server = Server::start(&program);
    println!(
        "| what | in flight | ours, per second; CPU µs (allocations) | beside | its per second; CPU µs (allocations) | CPU ratio, median (least–most) | rate ratio | target |"
    );
    println!("|---|--:|--:|---|--:|--:|--:|--:|");
    for row in rows() {
        if only.is_some_and(|only| !row.name.contains(only)) {
            continue;
        }
        let cases: Vec<&Case> = row
            .cases
            .iter()
            .filter(|case| can_run(case, &with_metrics))
            .collect();
        if cases.first().map(|case| case.label) != row.cases.first().map(|case| case.label) {
            continue;
        }
        measure(&row, &cases, &server, &program, &with_metrics);
    }
}

/// Without the peers, or without the program that has metrics, the rest runs all the same.
fn can_run(case: &Case, with_metrics: &Path) -> bool {
    (cfg!(feature = "peers") || !case.load.ends_with("/sdk")) && (!case.metrics || with_metrics.exists())
}

fn measure(row: &Row, cases: &[&Case], server: &Server, program: &Path, with_metrics: &Path) {
    let (rounds, turn_ms) = (
        number("NET_ROUNDS", ROUNDS).max(1),
        number("NET_TURN_MS", TURN_MS).max(1),
    );
    let mut clients: Vec<Client> = cases
        .iter()
        .map(|case| {
            let program = if case.metrics { with_metrics } else { program };
            Client::start(program, case, server.of(case.load), row.in_flight)
        })
        .collect();
    for client in &mut clients {
        client.prepare(turn_ms);
    }
    for round in 0..rounds as usize {
        for turn in 0..clients.len() {
            let place = (round + turn) % clients.len();
            let client = &mut clients[place];
            let turn = client.turn(client.count);
            client.turns.push(turn);
        }
    }
    let (ours, others) = clients.split_first().expect("there is a first case");
    for (index, other) in others.iter().enumerate() {
        let ratio = |figure: fn(&Turn) -> f64| {
            Spread::of(
                ours.turns
                    .iter()
                    .zip(&other.turns)
                    .map(|(ours, other)| figure(ours) / figure(other)),
            )
        };
        let (cpu, rate) = (ratio(|turn| turn.cpu_micros), ratio(|turn| turn.per_second));
        let target = match row
            .target
            .filter(|_| index == 0 && cases[1].load.ends_with("/sdk"))
        {
            Some(target) if cpu.median <= target => format!("≤ {target}"),
            Some(target) => format!("≤ {target}: missed"),
            None => String::new(),
        };
        println!(
            "| {}: {} | {} | {} | {} | {} | {:.2} ({:.2}–{:.2}) | {:.2} | {target} |",
            row.name,
            cases[0].label,
            row.in_flight,
            figures(ours),
            cases[index + 1].label,
            figures(other),
            cpu.median,
            cpu.least,
            cpu.most,
            rate.median,
        );
    }
}

/// `requests per second; microseconds of CPU time (allocations)`, of one request.
fn figures(client: &Client) -> String {
    format!(
        "{:.0}; {:.2} ({:.1})",
        client.spread(|turn| turn.per_second).median,
        client.spread(|turn| turn.cpu_micros).median,
        client.spread(|turn| turn.allocations).median,
    )
}
