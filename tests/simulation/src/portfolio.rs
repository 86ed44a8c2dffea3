//! User data with snapshots, folded as a trader would do it, and compared with the exchange at rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use binance_wire_core::{Decimal, ErrorCode};
use binance_wire_sandbox::Exchange;
use binance_wire_spot::models::{Account, ExecutionReport, OrderStatus, UserDataEvent};
use binance_wire_spot::user_data::{Snapshot, UserData, UserDataItem, UserDataSource};
use tokio::time::sleep;

use crate::BOT;
use crate::desk::{Desk, OUTSIDE_WINDOW};
use crate::plan::Break;
use crate::storm::GARBAGE;
use crate::trace::{Trace, note};

/// A trade of one order: its number and the order's.
type TradeKey = (i64, i64);

/// What the reader of user data knows of the account. Clones are the same.
#[derive(Clone)]
pub(crate) struct Portfolio {
    state: Arc<Mutex<State>>,
    trace: Trace,
    /// Who sets the clock, where the clients do not do that by themselves.
    desk: Desk,
    /// What is wrong with it on purpose.
    broken: Option<Break>,
}

#[derive(Default)]
struct State {
    /// Whether nothing is missing.
    live: bool,
    /// Free and locked, by asset.
    balances: BTreeMap<String, (Decimal, Decimal)>,
    /// What was filled of each open order.
    open: BTreeMap<i64, Decimal>,
    closed: BTreeSet<i64>,
    /// The quantity of each trade.
    trades: BTreeMap<TradeKey, Decimal>,
    events: u64,
    snapshots: u64,
    /// The trades that snapshots told of.
    made_up_for: u64,
}

impl Portfolio {
    pub(crate) fn new(trace: Trace, desk: &Desk, broken: Option<Break>) -> Self {
        Self {
            state: Arc::default(),
            trace,
            desk: desk.clone(),
            broken,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Snapshots, and the trades that only they told of.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.snapshots, state.made_up_for)
    }

    /// Reads user data for ever; now and then slowly.
    pub(crate) async fn keep(self, mut items: UserData, mut rng: fastrand::Rng) {
        while let Some(item) = items.next().await {
            if let UserDataItem::SnapshotFailed { error, .. } = &item
                && error.code() == Some(ErrorCode(OUTSIDE_WINDOW))
            {
                self.desk.set_clock().await;
            }
            if let Err(what) = self.take(item) {
                self.trace.violated(format_args!("account: {what}"));
            }
            if rng.u8(..) == 0 {
                sleep(Duration::from_millis(rng.u64(0..20_000))).await;
            }
        }
        self.trace.violated(format_args!("account: user data ended"));
    }

    fn take(&self, item: UserDataItem<UserDataSource>) -> Result<(), String> {
        let mut state = self.lock();
        match item {
            UserDataItem::Event(event) => {
                state.expects_events()?;
                match event {
                    UserDataEvent::ExecutionReport(report) => {
                        state.events += 1;
                        match self.broken.filter(|_| state.events.is_multiple_of(20)) {
                            Some(Break::Account) => return Ok(()),
                            Some(Break::Twice) => state.fill(&report)?,
                            _ => {}
                        }
                        state.report(&report)
                    }
                    UserDataEvent::OutboundAccountPosition(position) => {
                        for balance in &position.balances {
                            let amounts = (balance.free, balance.locked);
                            state.balances.insert(balance.asset.to_string(), amounts);
                        }
                        Ok(())
                    }
                    other => Err(format!("an event that the exchange does not send: {other:?}")),
                }
            }
            UserDataItem::LateFill(UserDataEvent::ExecutionReport(report)) => {
                state.expects_events()?;
                note!(self.trace, "account: a late fill of order {}", report.order_id);
                state.fill(&report)
            }
            UserDataItem::Snapshot(snapshot) => {
                note!(
                    self.trace,
                    "account: a snapshot with {} open orders and {} trades",
                    snapshot.open_orders.len(),
                    snapshot.trades.len()
                );
                state.snapshot(&snapshot)
            }
            UserDataItem::Gap(cause) => {
                note!(self.trace, "account: gap ({cause})");
                state.live = false;
                Ok(())
            }
            UserDataItem::Undecodable { error, frame } => {
                let frame = String::from_utf8_lossy(&frame).into_owned();
                match GARBAGE.contains(&frame.as_str()) {
                    true => Ok(()),
                    false => Err(format!("user data could not be decoded: {error}: {frame}")),
                }
            }
            other => {
                note!(self.trace, "account: {other:?}");
                Ok(())
            }
        }
    }

    /// The first difference to the exchange, at rest.
    pub(crate) fn behind(&self, exchange: &Exchange) -> Option<String> {
        let state = self.lock();
        state
            .compare(exchange)
            .err()
            .map(|what| format!("account: {what}"))
    }
}

impl State {
    fn expects_events(&self) -> Result<(), String> {
        match self.live {
            true => Ok(()),
            false => Err("an event between a gap and its snapshot".to_owned()),
        }
    }

    fn report(&mut self, report: &ExecutionReport) -> Result<(), String> {
        let id = report.order_id;
        let before = self.open.get(&id).copied().unwrap_or_default();
        if report.executed_qty < before || self.closed.contains(&id) {
            return Err(format!(
                "order {id} goes back to {} with {} filled",
                report.order_status.as_str(),
                report.executed_qty
            ));
        }
        self.order(id, is_open(&report.order_status), report.executed_qty);
        self.fill(report)
    }

    fn order(&mut self, id: i64, open: bool, filled: Decimal) {
        if open {
            self.open.insert(id, filled);
        } else {
            self.open.remove(&id);
            self.closed.insert(id);
        }
    }

    fn fill(&mut self, report: &ExecutionReport) -> Result<(), String> {
        match report.trade_id.filter(|id| *id >= 0) {
            Some(trade) => self.trade((trade, report.order_id), report.last_executed_qty),
            None => Ok(()),
        }
    }

    fn trade(&mut self, key: TradeKey, quantity: Decimal) -> Result<(), String> {
        match self.trades.insert(key, quantity) {
            None => Ok(()),
            Some(_) => Err(format!("trade {} of order {} is counted twice", key.0, key.1)),
        }
    }

    fn snapshot(&mut self, snapshot: &Snapshot<UserDataSource>) -> Result<(), String> {
        self.snapshots += 1;
        self.live = true;
        self.balances = balances(&snapshot.account);
        self.open.clear();
        for order in &snapshot.open_orders {
            self.open.insert(order.order_id, order.executed_qty);
        }
        for order in &snapshot.closed_orders {
            self.closed.insert(order.order_id);
        }
        self.made_up_for += snapshot.trades.len() as u64;
        for trade in &snapshot.trades {
            self.trade((trade.id, trade.order_id), trade.qty)?;
        }
        match snapshot.doubts.as_slice() {
            [] => Ok(()),
            doubts => Err(format!("a snapshot with doubts: {doubts:?}")),
        }
    }

    fn compare(&self, exchange: &Exchange) -> Result<(), String> {
        if !self.live {
            return Err("no snapshot after a gap".to_owned());
        }
        for (asset, (free, locked)) in exchange.balances(BOT) {
            let theirs = (free.parse().ok(), locked.parse().ok());
            let ours = self.balances.get(&asset).copied();
            if (ours.map(|ours| ours.0), ours.map(|ours| ours.1)) != theirs {
                return Err(format!("{asset}: {ours:?}, of the exchange {free} and {locked}"));
            }
        }
        let mut open = self.open.clone();
        for order in exchange.orders_of(BOT) {
            if !matches!(order.status.as_str(), "NEW" | "PARTIALLY_FILLED") {
                continue;
            }
            let filled = i64::try_from(order.order_id).ok().and_then(|id| open.remove(&id));
            if filled != order.executed_quantity.parse().ok() {
                return Err(format!(
                    "open order {order:?}, of which {filled:?} is known to be filled"
                ));
            }
        }
        if let Some(id) = open.keys().next() {
            return Err(format!("order {id} is not open any more"));
        }
        let mut trades = self.trades.clone();
        for fill in exchange.fills(BOT) {
            let key = (fill.trade_id, i64::try_from(fill.order_id).unwrap_or(-1));
            if trades.remove(&key) != fill.quantity.parse().ok() {
                return Err(format!("trade {fill:?} is not known"));
            }
        }
        match trades.keys().next() {
            Some((trade, order)) => Err(format!("trade {trade} of order {order} did not happen")),
            None => Ok(()),
        }
    }
}

fn balances(account: &Account) -> BTreeMap<String, (Decimal, Decimal)> {
    let amounts = |balance: &binance_wire_spot::models::Balance| {
        (balance.asset.to_string(), (balance.free, balance.locked))
    };
    account.balances.iter().map(amounts).collect()
}

fn is_open(status: &OrderStatus) -> bool {
    matches!(status, OrderStatus::New | OrderStatus::PartiallyFilled)
}
