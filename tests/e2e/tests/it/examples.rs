//! Runs each example as a newcomer does, and looks at what it prints.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::Command;

/// What an example prints; its file lies beside the folder of this test's own.
fn run(name: &str) -> String {
    let own = std::env::current_exe().expect("this test has a path");
    let folder = own.ancestors().nth(2).expect("target/<profile>/deps/<test>");
    let file: PathBuf = [folder.as_os_str(), "examples".as_ref()].iter().collect();
    let file = file.join(format!("{name}{EXE_SUFFIX}"));
    assert!(
        file.exists(),
        "{} is not built: `cargo test -p binance-wire-e2e` builds the examples; with `--test it`, \
         add `--examples`",
        file.display()
    );
    let output = Command::new(&file).output().expect("it starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{name}: {}\n{printed}{complaint}",
        output.status
    );
    printed
}

#[track_caller]
fn prints(name: &str, lines: &[&str]) {
    let printed = run(name);
    for line in lines {
        assert!(
            printed.contains(line),
            "{name} does not print {line:?}:\n{printed}"
        );
    }
}

#[test]
fn rest_order() {
    prints(
        "rest_order",
        &[
            "best bid",
            "is in",
            "Orders in 10 Second: 1",
            "is NEW",
            "is canceled",
            "CANCEL_REJECTED (-2011)",
        ],
    );
}

#[test]
fn desk() {
    prints(
        "desk",
        &[
            "the book of BTCUSDT is in step",
            "not sent: its deadline passed",
            "the answer was lost, and the order is in: NEW",
            "refused: Some(",
            "a page of ",
            "request weight: ",
            "[account] 0 open orders",
            "everything was answered: true",
            "reports of orders came",
        ],
    );
}

#[test]
fn order_filters() {
    prints(
        "order_filters",
        &[
            "0.01 at 51234.56",
            "passes PRICE_FILTER, LOT_SIZE, NOTIONAL",
            "NOTIONAL: price * quantity is 0.5123456, minNotional is 5, and 4.4876544 is missing",
            "Filter failure: NOTIONAL",
        ],
    );
}

#[test]
fn ws_api_order() {
    prints(
        "ws_api_order",
        &[
            "LoggedOn",
            "is in",
            "1 open orders",
            "REQUEST_WEIGHT",
            "is canceled",
        ],
    );
}

#[test]
fn streams() {
    prints(
        "streams",
        &[
            "btcusdt@aggTrade: ",
            "btcusdt@bookTicker: ",
            "-- subscribed to",
            "btcusdt@depth: ",
            "-- back",
        ],
    );
}

#[test]
fn user_data() {
    prints(
        "user_data",
        &[
            ": NEW, now NEW",
            ": TRADE, now FILLED",
            ": CANCELED, now CANCELED",
            "USDT: ",
        ],
    );
}

#[test]
fn sbe_depth() {
    prints(
        "sbe_depth",
        &["1000 bids and 1000 asks", "equal: true", "application/sbe"],
    );
}

#[test]
fn fix_messages() {
    prints(
        "fix_messages",
        &[
            "|35=A|",
            "|35=D|",
            "order Some(\"1718096506197867067\")",
            "\"MsgType\":\"8\"",
        ],
    );
}
