//! A client's process: connects, then does its work whenever a line on standard input says how much of it.

use std::io::{BufRead as _, Write as _};
use std::time::Instant;

use harness::{count_allocations, pin, process_time};

use crate::workers::{Load, Workers};
use crate::{bare, ours, runtime};

/// The other processor is the server's.
const PROCESSOR: usize = 1;

pub fn main(load: &str, at: &str, in_flight: usize, extras: &[&str]) {
    pin(PROCESSOR);
    for extra in extras {
        match *extra {
            "tracing" => tracing_subscriber::fmt()
                .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
                .with_writer(std::io::sink)
                .init(),
            "recorder" => ours::install_recorder(),
            // The client looks for it itself.
            "limiter" => {}
            other => panic!("no such extra: {other}"),
        }
    }
    let runtime = runtime();
    let limiter = extras.contains(&"limiter");
    match load {
        "rest/ours" => serve(&runtime, runtime.block_on(ours::rest(at, in_flight, limiter))),
        "rest/bare" => serve(&runtime, runtime.block_on(bare::rest(at, in_flight))),
        "api/ours" => serve(&runtime, runtime.block_on(ours::api(at, in_flight, limiter))),
        "api/bare" => serve(&runtime, runtime.block_on(bare::api(at, in_flight))),
        "streams/ours" => serve(&runtime, runtime.block_on(ours::streams(at))),
        "streams/bare" => serve(&runtime, runtime.block_on(bare::streams(at))),
        #[cfg(feature = "peers")]
        "rest/sdk" => serve(&runtime, crate::sdk::rest(at, in_flight)),
        #[cfg(feature = "peers")]
        "api/sdk" => serve(&runtime, runtime.block_on(crate::sdk::api(at, in_flight))),
        #[cfg(feature = "peers")]
        "streams/sdk" => serve(&runtime, runtime.block_on(crate::sdk::streams(at))),
        other => panic!("no such load: {other}"),
    }
}

/// Answers each line, a count, with what was done, nanoseconds of wall and CPU time, and allocations. Ends when nobody
/// asks any more.
fn serve(runtime: &tokio::runtime::Runtime, mut load: impl Load) {
    let mut input = std::io::stdin().lock();
    let mut output = std::io::stdout().lock();
    let mut line = String::new();
    while input.read_line(&mut line).expect("standard input") > 0 {
        let count = line.trim().parse().expect("a count");
        line.clear();
        let (mut done, cpu, wall) = (0, process_time(), Instant::now());
        let allocations = count_allocations(|| done = runtime.block_on(load.run(count)));
        let (cpu, wall) = (process_time() - cpu, wall.elapsed());
        writeln!(
            output,
            "{done} {} {} {}",
            wall.as_nanos(),
            cpu.as_nanos(),
            allocations.calls
        )
        .and_then(|()| output.flush())
        .expect("standard output");
    }
}

/// As many workers as there are to be requests in flight.
pub fn workers<W>(in_flight: usize, worker: impl FnMut() -> W) -> Workers<W> {
    Workers(std::iter::repeat_with(worker).take(in_flight).collect())
}
