//! The ledger books what reports say.

use binance_wire_bot::ledger::{self, Ledger};
use binance_wire_bot::prelude::*;

/// A report as the exchange sends it.
fn report() -> Report {
    let text = concat!(
        r#"{"e":"executionReport","E":1499405658658,"s":"ETHBTC","c":"bot-1","S":"BUY","o":"LIMIT","f":"GTC","#,
        r#""q":"2.00","p":"0.10","P":"0.00","F":"0.00","g":-1,"C":"","x":"TRADE","X":"EXPIRED","r":"NONE","#,
        r#""i":4293153,"l":"0.50","z":"0.50","L":"0.10","n":"0","N":null,"T":1499405658657,"t":7,"I":8641984,"#,
        r#""w":true,"m":false,"M":true,"O":1499405658657,"Z":"0.05","Y":"0.05","Q":"0.00","W":1499405658657,"V":"NONE"}"#,
    );
    binance_wire_core::json::from_str(text).expect("a report")
}

#[test]
fn fills_are_booked() {
    let mut ledger = Ledger::default();
    let report = report();
    assert_eq!(report.executed_qty, dec!(0.50)); // uses: executed-qty
    assert_eq!(ledger::done(&report), dec!(0.25));
    ledger.book(report);
    assert_eq!(ledger.filled(), dec!(0.50));
    assert_eq!(ledger.last_filled(), Some(dec!(0.50)));
}
