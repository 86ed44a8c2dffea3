//! Requests and streams over loopback: ours beside binance-sdk, hyper and tungstenite.
//!
//! Run with `run.sh net [PART-OF-A-NAME]`. The program starts itself again as a server and as clients, each a process of
//! its own, so that the CPU time of a client is that of nothing else; clients take turns.

mod bare;
mod client;
mod driver;
mod ours;
#[cfg(feature = "peers")]
mod sdk;
mod server;
mod workers;

use harness::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const API_KEY: &str = "vT9pYdQe3bLr5uXz0cKn7aHw2sFj8mGi4oRt6yBv1xNq";
const SECRET: &str = "h5Wq2nBz8LkXc4Vt9RpJd7Ys3GmFa6Ue1ToCi0KxQbZr";
/// The id in the exchange's answer to every order.
const ORDER_ID: i64 = 50_412_345_678;
const STREAM: &str = "btcusdt@aggTrade";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["server"] => server::main(),
        ["client", load, at, in_flight, extras @ ..] => {
            let in_flight = in_flight.parse().expect("a number of requests in flight");
            client::main(load, at, in_flight, extras);
        }
        [] => driver::main(None),
        [only, ..] => driver::main(Some(only)),
    }
}

/// A runtime for one thread, as each process has it.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
