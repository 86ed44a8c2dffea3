//! Orders that wait for the last price to reach a price, or to come back from its best by a part.

use std::collections::{BTreeMap, HashMap};

use super::OrderId;
use crate::Fixed;

/// Basis points that make a whole.
const WHOLE: i128 = 10_000;

/// Where the last price has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the price or above: stop-loss of a buyer, take-profit of a seller.
    Up,
    /// To the price or below: stop-loss of a seller, take-profit of a buyer.
    Down,
}

impl Direction {
    /// Whether a last price has reached a trigger price.
    pub fn reached(self, last: Fixed, trigger: Fixed) -> bool {
        match self {
            Direction::Up => last >= trigger,
            Direction::Down => last <= trigger,
        }
    }
}

/// What an order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The last price reaches a price.
    Price {
        /// From which side.
        direction: Direction,
        /// The price.
        price: Fixed,
    },
    /// The last price moves in a direction by a part of its extreme.
    Trailing {
        /// [`Down`](Direction::Down) from the highest, or [`Up`](Direction::Up) from the lowest price since it was activated.
        direction: Direction,
        /// The part, in basis points (1 is 0.01 %).
        delta_bips: u32,
        /// The price that activates it, reached in the same direction; none where it is active from the start.
        activation: Option<Fixed>,
    },
}

/// What a new last price does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaction {
    /// Trailing orders that began to trail, in the order of their arrival.
    pub activated: Vec<OrderId>,
    /// Orders that wait no longer: those with a price first, the nearest of it first, then trailing ones by arrival.
    pub fired: Vec<OrderId>,
}

#[derive(Clone, Copy, Debug)]
struct Trailing {
    id: OrderId,
    direction: Direction,
    delta_bips: u32,
    activation: Option<Fixed>,
    /// Since it was activated.
    extreme: Option<Fixed>,
}

impl Trailing {
    /// Whether the price activates it now, and whether it fires.
    fn on_price(&mut self, last: Fixed) -> (bool, bool) {
        let begins = self.extreme.is_none()
            && self
                .activation
                .is_none_or(|price| self.direction.reached(last, price));
        if begins {
            self.extreme = Some(last);
        }
        let Some(extreme) = &mut self.extreme else {
            return (false, false);
        };
        let part = i128::from(self.delta_bips);
        // Compared without a division, so that nothing is rounded.
        let scaled = last.units().saturating_mul(WHOLE);
        let fires = match self.direction {
            Direction::Down => {
                *extreme = last.max(*extreme);
                scaled <= extreme.units().saturating_mul(WHOLE - part)
            }
            Direction::Up => {
                *extreme = last.min(*extreme);
                scaled >= extreme.units().saturating_mul(WHOLE + part)
            }
        };
        (begins, fires)
    }
}

/// Where a waiting order is kept.
#[derive(Clone, Copy, Debug)]
enum Place {
    Up(Fixed, u64),
    Down(Fixed, u64),
    Trailing(u64),
}

/// The orders of a symbol that wait for a price.
#[derive(Clone, Debug, Default)]
pub struct Triggers {
    up: BTreeMap<(Fixed, u64), OrderId>,
    /// The second number counts down, so that the highest price comes last and of it the first that arrived.
    down: BTreeMap<(Fixed, u64), OrderId>,
    trailing: BTreeMap<u64, Trailing>,
    places: HashMap<OrderId, Place>,
    arrivals: u64,
}

impl Triggers {
    /// The number of orders that wait.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds an order; one of the same number is replaced. A trailing order without an activation price begins to trail with
    /// the next price, or with that of [`begin`](Self::begin).
    pub fn insert(&mut self, id: OrderId, trigger: Trigger) {
        self.remove(id);
        self.arrivals += 1;
        let place = match trigger {
            Trigger::Price {
                direction: Direction::Up,
                price,
            } => {
                self.up.insert((price, self.arrivals), id);
                Place::Up(price, self.arrivals)
            }
            Trigger::Price {
                direction: Direction::Down,
                price,
            } => {
                let key = u64::MAX - self.arrivals;
                self.down.insert((price, key), id);
                Place::Down(price, key)
            }
            Trigger::Trailing {
                direction,
                delta_bips,
                activation,
            } => {
                let entry = Trailing {
                    id,
                    direction,
                    delta_bips,
                    activation,
                    extreme: None,
                };
                self.trailing.insert(self.arrivals, entry);
                Place::Trailing(self.arrivals)
            }
        };
        self.places.insert(id, place);
    }

    /// Lets a trailing order begin to trail from a price, whatever activates it; whether it begins now.
    pub fn begin(&mut self, id: OrderId, last: Fixed) -> bool {
        let Some(Place::Trailing(key)) = self.places.get(&id) else {
            return false;
        };
        let entry = self.trailing.get_mut(key).filter(|entry| entry.extreme.is_none());
        entry.map(|entry| entry.extreme = Some(last)).is_some()
    }

    /// Takes an order out; whether it waited.
    pub fn remove(&mut self, id: OrderId) -> bool {
        match self.places.remove(&id) {
            Some(Place::Up(price, key)) => self.up.remove(&(price, key)).is_some(),
            Some(Place::Down(price, key)) => self.down.remove(&(price, key)).is_some(),
            Some(Place::Trailing(key)) => self.trailing.remove(&key).is_some(),
            None => false,
        }
    }

    /// Takes out the orders that a last price fires.
    pub fn on_price(&mut self, last: Fixed) -> Reaction {
        let mut reaction = Reaction::default();
        while let Some(entry) = self.up.first_entry().filter(|entry| entry.key().0 <= last) {
            reaction.fired.push(entry.remove());
        }
        while let Some(entry) = self.down.last_entry().filter(|entry| entry.key().0 >= last) {
            reaction.fired.push(entry.remove());
        }
        self.trailing.retain(|_, entry| {
            let (begins, fires) = entry.on_price(last);
            reaction.activated.extend(begins.then_some(entry.id));
            reaction.fired.extend(fires.then_some(entry.id));
            !fires
        });
        for id in &reaction.fired {
            self.places.remove(id);
        }
        reaction
    }
}
