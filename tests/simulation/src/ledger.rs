//! The bot's orders and what it was told about them, for comparison with what the exchange did.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use binance_wire_sandbox::Exchange;

use crate::BOT;

/// What the bot knows of an order, or of a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// No answer yet.
    Open,
    /// Carried out, with the order's number.
    Done(i64),
    /// Refused with this code, or not sent: nothing was done.
    Not(i32),
    /// The answer was lost.
    Unknown,
}

/// An order of the bot.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) placed: Fate,
    /// Whether the fate was unknown at first.
    pub(crate) reconciled: bool,
    pub(crate) cancels: Vec<Fate>,
}

/// All orders by client order id. Clones are the same ledger.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<BTreeMap<String, Entry>>>);

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(&self, id: &str) {
        let entry = Entry {
            placed: Fate::Open,
            reconciled: false,
            cancels: Vec::new(),
        };
        self.lock().insert(id.to_owned(), entry);
    }

    pub(crate) fn placed(&self, id: &str, fate: Fate) {
        if let Some(entry) = self.lock().get_mut(id) {
            entry.reconciled |= entry.placed == Fate::Unknown;
            entry.placed = fate;
        }
    }

    /// Begins a cancellation; its place among those of the order.
    pub(crate) fn canceling(&self, id: &str) -> usize {
        let mut entries = self.lock();
        let Some(entry) = entries.get_mut(id) else {
            return 0;
        };
        entry.cancels.push(Fate::Open);
        entry.cancels.len() - 1
    }

    pub(crate) fn canceled(&self, id: &str, at: usize, fate: Fate) {
        if let Some(cancel) = self
            .lock()
            .get_mut(id)
            .and_then(|entry| entry.cancels.get_mut(at))
        {
            *cancel = fate;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// One of the bot's orders that the exchange has taken, by chance.
    pub(crate) fn any_placed(&self, rng: &mut fastrand::Rng) -> Option<String> {
        let entries = self.lock();
        let recent = entries
            .iter()
            .rev()
            .filter(|(_, entry)| matches!(entry.placed, Fate::Done(_)) && entry.cancels.is_empty())
            .take(20);
        let ids: Vec<&String> = recent.map(|(id, _)| id).collect();
        (!ids.is_empty()).then(|| ids[rng.usize(0..ids.len())].clone())
    }

    pub(crate) fn reconciled(&self) -> usize {
        self.lock().values().filter(|entry| entry.reconciled).count()
    }

    /// Compares what the bot was told with what the exchange did; the first difference.
    pub(crate) fn compare(&self, exchange: &Exchange) -> Result<(), String> {
        let mut orders = BTreeMap::new();
        for order in exchange.orders_of(BOT) {
            let id = order.client_order_id.clone();
            if orders.insert(id.clone(), order).is_some() {
                return Err(format!("order {id} was carried out twice"));
            }
        }
        let entries = self.lock();
        for (id, entry) in entries.iter() {
            let order = orders.remove(id);
            match (entry.placed, &order) {
                (Fate::Done(number), Some(order)) if u64::try_from(number) == Ok(order.order_id) => {}
                (Fate::Not(_), None) => {}
                (fate, order) => {
                    return Err(format!(
                        "order {id}: the bot knows {fate:?}, the exchange has {order:?}"
                    ));
                }
            }
            let Some(order) = order else { continue };
            let is_canceled = order.status == "CANCELED";
            let told = entry.cancels.iter().any(|fate| matches!(fate, Fate::Done(_)));
            if entry
                .cancels
                .iter()
                .any(|fate| matches!(fate, Fate::Open | Fate::Unknown))
            {
                return Err(format!("cancellation of {id}: {:?} in the end", entry.cancels));
            }
            if is_canceled != told {
                return Err(format!(
                    "cancellation of {id}: the bot knows {:?}, the order is {}",
                    entry.cancels, order.status
                ));
            }
        }
        match orders.into_keys().next() {
            Some(id) => Err(format!("order {id} is not the bot's")),
            None => Ok(()),
        }
    }
}
