//! The bot's user data: what came, in which order, and whether what is missing was reported.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use binance_wire_sandbox::Exchange;
use binance_wire_spot::Error;
use binance_wire_spot::models::UserDataEvent;
use binance_wire_spot::ws_api::{EventStream, StreamItem};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::BOT;
use crate::storm::GARBAGE;
use crate::trace::{Trace, note};

/// A trade of one order.
type FillKey = (i64, i64);

/// What the consumer of user data saw. Clones are the same.
#[derive(Clone)]
pub(crate) struct Feed(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// The way by which it comes.
    by: &'static str,
    /// Items so far.
    items: usize,
    /// Where each fill came.
    fills: BTreeMap<FillKey, usize>,
    /// Where events may be missing.
    gaps: BTreeSet<usize>,
    events: u64,
}

impl Feed {
    pub(crate) fn new(by: &'static str) -> Self {
        let inner = Inner {
            by,
            ..Inner::default()
        };
        Self(Arc::new(Mutex::new(inner)))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an item.
    pub(crate) fn take(&self, item: &StreamItem<UserDataEvent>, trace: &Trace) {
        let mut inner = self.lock();
        let (at, by) = (inner.items, inner.by);
        inner.items += 1;
        match item {
            StreamItem::Event(UserDataEvent::ExecutionReport(report)) => {
                inner.events += 1;
                let Some(trade) = report.trade_id.filter(|id| *id >= 0) else {
                    return;
                };
                note!(trace, "{by}: fill {trade} of order {}", report.order_id);
                let again = inner.fills.insert((trade, report.order_id), at).is_some();
                if again {
                    trace.violated(format_args!(
                        "trade {trade} of order {} came twice",
                        report.order_id
                    ));
                }
            }
            StreamItem::Event(_) => inner.events += 1,
            StreamItem::Undecodable { error, frame } => {
                let frame = String::from_utf8_lossy(frame).into_owned();
                if GARBAGE.contains(&frame.as_str()) {
                    return;
                }
                trace.violated(format_args!("user data could not be decoded: {error}: {frame}"));
            }
            StreamItem::Gap { reason, .. } => {
                note!(trace, "{by}: gap ({reason})");
                inner.gaps.insert(at);
            }
            StreamItem::Lagged { dropped, .. } => {
                note!(trace, "{by}: lagged by {dropped}");
                inner.gaps.insert(at);
            }
            StreamItem::Terminated { reason } => {
                note!(trace, "{by}: terminated ({reason})");
                inner.gaps.insert(at);
            }
            other => {
                note!(trace, "{by}: {other:?}");
                // A gap lasts until then, whatever comes in between.
                if matches!(other, StreamItem::Reconnected { .. }) {
                    inner.gaps.insert(at);
                }
            }
        }
    }

    /// Notes that nothing comes for a while: between two subscriptions.
    pub(crate) fn interrupted(&self) {
        let mut inner = self.lock();
        let at = inner.items;
        inner.items += 1;
        inner.gaps.insert(at);
    }

    pub(crate) fn events(&self) -> u64 {
        self.lock().events
    }

    pub(crate) fn gaps(&self) -> usize {
        self.lock().gaps.len()
    }

    /// Every fill of the exchange was seen, or a gap is reported where it belongs.
    pub(crate) fn compare(&self, exchange: &Exchange) -> Result<(), String> {
        let inner = self.lock();
        let mut missing: Option<FillKey> = None;
        let mut last = 0;
        let explained = |from: usize, to: usize| inner.gaps.range(from..=to).next().is_some();
        // In the order in which they happened: numbers of trades are each symbol's own.
        for fill in exchange.fills(BOT) {
            let key = (fill.trade_id, i64::try_from(fill.order_id).unwrap_or(-1));
            match inner.fills.get(&key) {
                None => missing = missing.or(Some(key)),
                Some(&at) => {
                    if let Some((trade, order)) = missing.take()
                        && !explained(last, at)
                    {
                        return Err(format!(
                            "{}: trade {trade} of order {order} is missing, and no gap is reported",
                            inner.by
                        ));
                    }
                    last = last.max(at);
                }
            }
        }
        match missing {
            Some((trade, order)) if !explained(last, inner.items) => Err(format!(
                "{}: trade {trade} of order {order} is missing at the end, and no gap is reported",
                inner.by
            )),
            _ => Ok(()),
        }
    }
}

/// Reads user data for ever; now and then slowly.
pub(crate) struct Consumer {
    pub(crate) subscribed: Option<oneshot::Sender<()>>,
    pub(crate) feed: Feed,
    pub(crate) rng: fastrand::Rng,
    pub(crate) trace: Trace,
}

impl Consumer {
    /// Subscribes by `open`, again whenever a subscription is over.
    pub(crate) async fn run<F>(mut self, open: impl Fn() -> F)
    where
        F: Future<Output = Result<EventStream<UserDataEvent>, Error>>,
    {
        loop {
            match open().await {
                Ok(stream) => {
                    if let Some(subscribed) = self.subscribed.take() {
                        let _ = subscribed.send(());
                    }
                    self.read(stream).await;
                }
                Err(error) => note!(self.trace, "user data: {error}"),
            }
            self.feed.interrupted();
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn read(&mut self, mut stream: EventStream<UserDataEvent>) {
        while let Some(item) = stream.next().await {
            self.feed.take(&item, &self.trace);
            if self.rng.u8(..) == 0 {
                sleep(Duration::from_millis(self.rng.u64(0..20_000))).await;
            }
        }
    }
}
