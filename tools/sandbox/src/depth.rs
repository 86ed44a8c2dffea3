//! Depth events on their way to subscribers, where a simulation loses, doubles and reorders them, and a log of all of them.

use std::collections::BTreeMap;
use std::fmt;

use crate::spot::Fixed;

/// What becomes of a depth event on its way to one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It arrives.
    Once,
    /// It is lost.
    Never,
    /// It arrives twice.
    Twice,
    /// It arrives after the next event of its stream.
    AfterNext,
}

/// A level of a book: price and quantity, in units of 10⁻⁸. A quantity of zero takes the level out.
pub type LevelUnits = (i128, i128);

/// A change of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepthChange {
    /// `s`.
    pub symbol: String,
    /// `U`.
    pub first_update_id: i64,
    /// `u`.
    pub last_update_id: i64,
    /// The bids that changed.
    pub bids: Vec<LevelUnits>,
    /// The asks that changed.
    pub asks: Vec<LevelUnits>,
}

/// A book as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepthState {
    /// `lastUpdateId`.
    pub last_update_id: i64,
    /// The bids.
    pub bids: Vec<LevelUnits>,
    /// The asks.
    pub asks: Vec<LevelUnits>,
}

pub(crate) fn units(levels: &[(Fixed, Fixed)]) -> Vec<LevelUnits> {
    let units = levels
        .iter()
        .map(|(price, quantity)| (price.units(), quantity.units()));
    units.collect()
}

/// Chooses what becomes of an event, by its stream.
type Judge = dyn FnMut(&str) -> Delivery + Send;

/// The way of depth events.
#[derive(Default)]
pub(crate) struct DepthRoad {
    judge: Option<Box<Judge>>,
    /// The texts that wait for the next event, by connection and stream.
    held: BTreeMap<(u64, String), String>,
    /// The changes since the log was last taken, where one is kept.
    pub(crate) log: Option<Vec<DepthChange>>,
}

impl fmt::Debug for DepthRoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DepthRoad")
            .field("held", &self.held.len())
            .finish_non_exhaustive()
    }
}

impl DepthRoad {
    pub(crate) fn judged_by(&mut self, judge: Option<Box<Judge>>) {
        self.judge = judge;
    }

    /// The texts to send to a connection in place of an event.
    pub(crate) fn deliver(&mut self, connection: u64, stream: &str, text: String) -> Vec<String> {
        let delivery = match &mut self.judge {
            Some(judge) => judge(stream),
            None => Delivery::Once,
        };
        let key = (connection, stream.to_owned());
        let late = self.held.remove(&key);
        let mut texts = match delivery {
            Delivery::Once => vec![text],
            Delivery::Never => Vec::new(),
            Delivery::Twice => vec![text.clone(), text],
            Delivery::AfterNext => {
                self.held.insert(key, text);
                Vec::new()
            }
        };
        texts.extend(late);
        texts
    }

    /// Forgets a connection.
    pub(crate) fn closed(&mut self, connection: u64) {
        self.held.retain(|(held, _), _| *held != connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_lost_doubled_and_swapped() {
        let mut road = DepthRoad::default();
        let plan = [
            Delivery::Once,
            Delivery::Never,
            Delivery::Twice,
            Delivery::AfterNext,
            Delivery::Once,
            Delivery::AfterNext,
        ];
        let mut plan = plan.into_iter();
        road.judged_by(Some(Box::new(move |_| plan.next().unwrap_or(Delivery::Once))));
        let arrived = |road: &mut DepthRoad, text: &str| road.deliver(1, "btcusdt@depth", text.to_owned());
        assert_eq!(arrived(&mut road, "a"), ["a"]);
        assert!(arrived(&mut road, "b").is_empty());
        assert_eq!(arrived(&mut road, "c"), ["c", "c"]);
        assert!(arrived(&mut road, "d").is_empty());
        assert_eq!(arrived(&mut road, "e"), ["e", "d"]);
        assert!(arrived(&mut road, "f").is_empty());
        road.closed(1);
        assert_eq!(arrived(&mut road, "g"), ["g"]);
    }
}
