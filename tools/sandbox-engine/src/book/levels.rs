//! Where orders lie: levels by price, each a queue that is linked through one list of orders.

use std::collections::{BTreeMap, HashMap};

use super::{OrderId, Resting, Side};
use crate::Fixed;

/// The place of an order in the list; [`END`] where a queue ends.
type Slot = u32;
const END: Slot = Slot::MAX;

/// An order, its shown part, and its neighbours in the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) order: Resting,
    pub(super) shown: Fixed,
    before: Slot,
    after: Slot,
}

/// The queue at one price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    first: Slot,
    last: Slot,
    /// What its orders show together.
    pub(super) shown: Fixed,
}

const EMPTY: Level = Level {
    first: END,
    last: END,
    shown: Fixed::ZERO,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    bids: BTreeMap<Fixed, Level>,
    asks: BTreeMap<Fixed, Level>,
    nodes: Vec<Node>,
    free: Vec<Slot>,
    /// Looked up, never walked: its order is chance.
    slots: HashMap<OrderId, Slot>,
}

impl Levels {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn get(&self, id: OrderId) -> Option<Resting> {
        self.node(*self.slots.get(&id)?).map(|node| node.order)
    }

    fn node(&self, slot: Slot) -> Option<&Node> {
        self.nodes.get(slot as usize)
    }

    fn node_mut(&mut self, slot: Slot) -> Option<&mut Node> {
        self.nodes.get_mut(slot as usize)
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Fixed, Level> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// The levels of a side, the best first.
    pub(super) fn of(&self, side: Side) -> Box<dyn Iterator<Item = (Fixed, &Level)> + '_> {
        match side {
            Side::Buy => Box::new(self.bids.iter().rev().map(|(price, level)| (*price, level))),
            Side::Sell => Box::new(self.asks.iter().map(|(price, level)| (*price, level))),
        }
    }

    fn at(&self, side: Side, price: Fixed) -> Option<&Level> {
        match side {
            Side::Buy => self.bids.get(&price),
            Side::Sell => self.asks.get(&price),
        }
    }

    pub(super) fn shown_at(&self, side: Side, price: Fixed) -> Fixed {
        self.at(side, price).map_or(Fixed::ZERO, |level| level.shown)
    }

    /// The orders of a level, the first in the queue first.
    pub(super) fn nodes_of(&self, level: &Level) -> impl Iterator<Item = &Node> + '_ {
        std::iter::successors(self.node(level.first), |node| self.node(node.after))
    }

    pub(super) fn queue(&self, side: Side, price: Fixed) -> impl Iterator<Item = Resting> + '_ {
        let level = self.at(side, price).copied().unwrap_or(EMPTY);
        std::iter::successors(self.node(level.first), |node| self.node(node.after)).map(|node| node.order)
    }

    /// Adds an order to the end of its level.
    pub(super) fn push(&mut self, order: Resting) {
        let node = Node {
            order,
            shown: Fixed::ZERO,
            before: END,
            after: END,
        };
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.nodes.push(node);
                // The book's limit keeps the count within 32 bits.
                Slot::try_from(self.nodes.len() - 1).unwrap_or(END)
            }
        };
        if let Some(place) = self.node_mut(slot) {
            *place = node;
        }
        self.slots.insert(order.id, slot);
        self.link(slot);
    }

    /// Puts an order, which is in no queue, at the end of its level, where it shows as much as it may.
    fn link(&mut self, slot: Slot) {
        let Some(node) = self.node(slot) else { return };
        let order = node.order;
        let shown = order.peak.map_or(order.open, |peak| peak.min(order.open));
        let level = self.side_mut(order.side).entry(order.price).or_insert(EMPTY);
        level.shown += shown;
        let before = std::mem::replace(&mut level.last, slot);
        if before == END {
            level.first = slot;
        }
        if let Some(node) = self.node_mut(before) {
            node.after = slot;
        }
        if let Some(node) = self.node_mut(slot) {
            (node.shown, node.before, node.after) = (shown, before, END);
        }
    }

    /// Takes an order out of its queue.
    fn unlink(&mut self, slot: Slot) {
        let Some(&Node {
            order,
            shown,
            before,
            after,
        }) = self.node(slot)
        else {
            return;
        };
        if let Some(node) = self.node_mut(before) {
            node.after = after;
        }
        if let Some(node) = self.node_mut(after) {
            node.before = before;
        }
        let levels = self.side_mut(order.side);
        if let Some(level) = levels.get_mut(&order.price) {
            level.shown -= shown;
            if before == END {
                level.first = after;
            }
            if after == END {
                level.last = before;
            }
            if level.first == END {
                levels.remove(&order.price);
            }
        }
    }

    pub(super) fn remove(&mut self, id: OrderId) -> Option<Resting> {
        let slot = self.slots.remove(&id)?;
        let order = self.node(slot)?.order;
        self.unlink(slot);
        self.free.push(slot);
        Some(order)
    }

    /// Takes a quantity off an order: off what it shows first. The place of the level, where the order exists.
    pub(super) fn consume(&mut self, id: OrderId, quantity: Fixed) -> Option<(Side, Fixed)> {
        let slot = *self.slots.get(&id)?;
        let node = self.node_mut(slot)?;
        let place = (node.order.side, node.order.price);
        if quantity >= node.order.open {
            self.remove(id);
        } else if quantity >= node.shown {
            node.order.open -= quantity;
            self.unlink(slot);
            self.link(slot);
        } else {
            node.order.open -= quantity;
            node.shown -= quantity;
            self.side_mut(place.0).get_mut(&place.1)?.shown -= quantity;
        }
        Some(place)
    }

    /// Sets what is left of an order to less; it keeps its place in the queue.
    pub(super) fn reduce(&mut self, id: OrderId, open: Fixed) -> Option<(Side, Fixed)> {
        let node = self.node_mut(*self.slots.get(&id)?)?;
        if open <= Fixed::ZERO || open > node.order.open {
            return None;
        }
        let shown = node.shown.min(open);
        let hidden = node.shown - shown;
        node.order.open = open;
        node.shown = shown;
        let place = (node.order.side, node.order.price);
        self.side_mut(place.0).get_mut(&place.1)?.shown -= hidden;
        Some(place)
    }
}
