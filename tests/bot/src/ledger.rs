//! The ledger: what was bought and sold, from the user data stream.

use std::collections::BTreeMap;

use binance::models::UserDataEvent;
use binance::ws_api::{self, StreamItem};

use crate::prelude::{models::ExecutionReport, *};

/// What a report comes to, in the desk's own words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Filled so far. The name is the exchange's, the field is ours.
    pub executed_qty: Decimal,
    /// Paid or received for it.
    pub amount: Decimal,
}

/// Everything done so far, by order.
#[derive(Debug, Default)]
pub struct Ledger {
    lines: BTreeMap<i64, Line>,
    last: Option<Report>,
}

impl Ledger {
    /// Takes a report in.
    pub fn book(&mut self, report: Report) {
        let line = self.lines.entry(report.order_id).or_default();
        line.executed_qty = report.executed_qty; // uses: executed-qty
        line.amount = report.cummulative_quote_qty;
        let gone = report.order_status == Status::Expired; // uses: expired
        if gone {
            println!("{} is gone after {}", report.order_id, report.executed_qty); // uses: executed-qty
        }
        self.last = Some(report);
    }

    /// Filled so far, of all orders.
    pub fn filled(&self) -> Decimal {
        self.lines.values().map(|line| line.executed_qty).sum()
    }

    /// Filled so far of the order that was heard of last.
    pub fn last_filled(&self) -> Option<Decimal> {
        self.last.as_ref().map(|report| report.executed_qty) // uses: executed-qty
    }
}

/// The part of an order that is done.
pub fn done(
    ExecutionReport {
        orig_qty,
        executed_qty, // uses: executed-qty
        ..
    }: &ExecutionReport,
) -> Decimal {
    executed_qty / orig_qty
}

/// Follows the account until the stream ends.
pub async fn follow(client: &ws_api::Client, ledger: &mut Ledger) -> Result<(), Error> {
    let mut events = client.user_data().await?;
    while let Some(item) = events.next().await {
        match item {
            StreamItem::Event(UserDataEvent::ExecutionReport(report)) => {
                let filled = report.executed_qty > dec!(0); // uses: executed-qty
                if filled {
                    ledger.book(report);
                }
            }
            StreamItem::Event(UserDataEvent::OutboundAccountPosition(position)) => {
                for balance in &position.balances {
                    println!("{}: {} free", balance.asset, balance.free);
                }
            }
            StreamItem::Event(other) => println!("{other:?}"),
            news => println!("-- {news:?}"),
        }
    }
    Ok(())
}
