//! Runs each example as a newcomer does, and looks at what it prints.

use std::env::consts::EXE_SUFFIX;
use std::process::Command;

/// Runs an example, whose file lies beside the folder of this test's own, and looks for lines in what it prints.
#[track_caller]
fn prints(name: &str, arguments: &[&str], lines: &[&str]) {
    let own = std::env::current_exe().expect("this test has a path");
    let folder = own.ancestors().nth(2).expect("target/<profile>/deps/<test>");
    let file = folder.join("examples").join(format!("{name}{EXE_SUFFIX}"));
    assert!(
        file.exists(),
        "{} is not built: `cargo test -p binance-wire-products-tests` builds the examples; with `--test it`, \
         add `--examples`",
        file.display()
    );
    let output = Command::new(&file).args(arguments).output().expect("it starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{name}: {}\n{printed}{complaint}",
        output.status
    );
    for line in lines {
        assert!(
            printed.contains(line),
            "{name} does not print {line:?}:\n{printed}"
        );
    }
}

#[test]
fn futures_order() {
    prints(
        "futures_order",
        &[],
        &[
            "it counts as 1 order",
            "order 22542179 is NEW",
            "Orders in 10 Second: 1",
            "refused: code -2022",
        ],
    );
}

#[test]
fn wallet_withdrawal() {
    let checked = "100.00 1MBABYDOGE over BSC: fee 10, weight 900 (Uid)";
    prints("wallet_withdrawal", &[], &[checked, "dry run: nothing was sent"]);
    prints(
        "wallet_withdrawal",
        &["--send"],
        &[
            checked,
            "withdrawal 7213fea8e94b4a5593d507237e5a555b is under way",
        ],
    );
}

#[test]
fn connect_quote() {
    prints(
        "connect_quote",
        &[],
        &[
            "BUY_CARD: 0.00192 BTC at 52000.10",
            "BUY_PIGEON: not that way (NOT_SUPPORT_QUOTE_FOR_PAYMENT_METHOD (1130320",
        ],
    );
}

#[test]
fn task_server() {
    prints(
        "task_server",
        &[],
        &[
            r#"walletAddress=0xabc: 200 {"code":"000000","message":"success","data":{"deposit":true,"trade":false}}"#,
            r#""data":{"trade":false}}"#,
            r#"walletAddress=0xdef: 400 {"code":"000006","message":"no such wallet","data":null}"#,
            "task=%5B%5D: 400 ",
        ],
    );
}
