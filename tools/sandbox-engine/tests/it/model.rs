//! A book as a list that is searched from end to end, which leaves little to get wrong.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::book::{
    Amount, Outcome, Resting, SelfTrade, Side, Step, Taker, TimeInForce,
};

#[derive(Clone, Debug)]
struct Entry {
    order: Resting,
    shown: Fixed,
    /// When it joined its queue.
    turn: u64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    entries: Vec<Entry>,
    turns: u64,
}

impl Model {
    pub(crate) fn rest(&mut self, order: Resting) {
        self.turns += 1;
        let shown = order.peak.unwrap_or(order.open).min(order.open);
        self.entries.push(Entry {
            order,
            shown,
            turn: self.turns,
        });
    }

    pub(crate) fn ids(&self) -> Vec<u64> {
        self.entries.iter().map(|entry| entry.order.id).collect()
    }

    pub(crate) fn cancel(&mut self, id: u64) {
        self.entries.retain(|entry| entry.order.id != id);
    }

    pub(crate) fn reduce(&mut self, id: u64, open: Fixed) {
        for entry in self.entries.iter_mut().filter(|entry| entry.order.id == id) {
            entry.order.open = open;
            entry.shown = entry.shown.min(open);
        }
    }

    pub(crate) fn open(&self, id: u64) -> Option<Fixed> {
        self.entries
            .iter()
            .find(|entry| entry.order.id == id)
            .map(|entry| entry.order.open)
    }

    /// Price and shown quantity, the best first.
    pub(crate) fn depth(&self, side: Side) -> Vec<(Fixed, Fixed)> {
        let mut prices: Vec<Fixed> = self
            .entries
            .iter()
            .filter(|e| e.order.side == side)
            .map(|e| e.order.price)
            .collect();
        prices.sort_unstable();
        prices.dedup();
        if side == Side::Buy {
            prices.reverse();
        }
        let shown = |price: Fixed| {
            let at = self
                .entries
                .iter()
                .filter(|e| e.order.side == side && e.order.price == price);
            at.map(|entry| entry.shown).sum()
        };
        prices.into_iter().map(|price| (price, shown(price))).collect()
    }

    /// The orders of a side, the first to trade first.
    pub(crate) fn queue(&self, side: Side) -> Vec<Resting> {
        let mut own: Vec<&Entry> = self.entries.iter().filter(|e| e.order.side == side).collect();
        own.sort_by_key(|entry| {
            let price = entry.order.price;
            (if side == Side::Buy { -price } else { price }, entry.turn)
        });
        own.into_iter().map(|entry| entry.order).collect()
    }

    /// What an order does, carried out.
    pub(crate) fn take(&mut self, taker: &Taker, time_in_force: TimeInForce) -> (Vec<Step>, Outcome) {
        let before = self.clone();
        let (steps, outcome) = self.walk(taker);
        let prevents = |step: &Step| matches!(step, Step::Prevent { .. });
        let instead = match time_in_force {
            TimeInForce::PostOnly if !steps.is_empty() => Some(Outcome::WouldMatch),
            TimeInForce::Fok if steps.iter().any(prevents) || outcome != Outcome::Filled => {
                Some(Outcome::Killed)
            }
            _ => None,
        };
        if let Some(outcome) = instead {
            *self = before;
            return (Vec::new(), outcome);
        }
        let outcome = match (outcome, time_in_force) {
            (Outcome::Rests(left), TimeInForce::Ioc) => Outcome::Expires(left),
            (outcome, _) => outcome,
        };
        (steps, outcome)
    }

    fn walk(&mut self, taker: &Taker) -> (Vec<Step>, Outcome) {
        let mut steps = Vec::new();
        let mut amount = taker.amount;
        loop {
            let rest = match amount {
                Amount::Base(left) if taker.limit.is_some() => Outcome::Rests(left),
                Amount::Base(left) => Outcome::Expires(left),
                Amount::Quote { .. } => Outcome::Expires(Fixed::ZERO),
            };
            let filled = || match steps.last() {
                None => Outcome::Expires(Fixed::ZERO),
                Some(Step::Trade { .. }) => Outcome::Filled,
                Some(Step::Prevent { .. }) => Outcome::Prevented,
            };
            let used_up = match (amount, steps.last()) {
                (Amount::Base(left), _) => left.is_zero(),
                // At the last price nothing more was to be had for it.
                (
                    Amount::Quote { amount, step },
                    Some(Step::Trade { price, .. } | Step::Prevent { price, .. }),
                ) => amount.divided_down_to(*price, step).is_zero(),
                (Amount::Quote { .. }, None) => false,
            };
            if used_up {
                let outcome = filled();
                return (steps, outcome);
            }
            let Some(maker) = self.queue(taker.side.opposite()).first().copied() else {
                return (steps, rest);
            };
            if taker
                .limit
                .is_some_and(|limit| taker.side.is_beyond(maker.price, limit))
            {
                return (steps, rest);
            }
            let wanted = match amount {
                Amount::Base(left) => left,
                Amount::Quote { amount, step } => amount.divided_down_to(maker.price, step),
            };
            let outcome = filled();
            if wanted.is_zero() {
                return (steps, outcome);
            }
            let shown = self
                .entries
                .iter()
                .find(|e| e.order.id == maker.id)
                .expect("it rests")
                .shown;
            let quantity = shown.min(wanted);
            let same = maker.owner == taker.owner;
            let related = same || taker.group.is_some() && taker.group == maker.group;
            let (from_taker, from_maker, ends) = match taker.self_trade {
                SelfTrade::ExpireTaker if related => (wanted, Fixed::ZERO, true),
                SelfTrade::ExpireMaker if related => (Fixed::ZERO, maker.open, false),
                SelfTrade::ExpireBoth if related => (wanted, maker.open, true),
                _ => (quantity, quantity, false),
            };
            let (id, price) = (maker.id, maker.price);
            steps.push(if related && taker.self_trade != SelfTrade::None {
                let both = [taker.self_trade, maker.self_trade] == [SelfTrade::Transfer; 2];
                Step::Prevent {
                    maker: id,
                    price,
                    quantity,
                    from_taker,
                    from_maker,
                    transfer: both && !same,
                }
            } else {
                Step::Trade {
                    maker: id,
                    price,
                    quantity,
                }
            });
            self.lose(id, from_maker);
            match &mut amount {
                Amount::Base(left) => *left -= from_taker,
                Amount::Quote { amount, .. } => *amount -= price.times(from_taker),
            }
            if ends {
                return (steps, Outcome::Prevented);
            }
        }
    }

    fn lose(&mut self, id: u64, quantity: Fixed) {
        self.turns += 1;
        let entry = self
            .entries
            .iter_mut()
            .find(|e| e.order.id == id)
            .expect("it rests");
        entry.order.open -= quantity;
        entry.shown -= quantity;
        if entry.shown <= Fixed::ZERO {
            entry.shown = entry.order.peak.unwrap_or(entry.order.open).min(entry.order.open);
            if !quantity.is_zero() {
                entry.turn = self.turns;
            }
        }
        self.entries.retain(|entry| entry.order.open > Fixed::ZERO);
    }
}
