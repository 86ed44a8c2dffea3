//! Events that wait for a snapshot.

use std::collections::VecDeque;

use crate::Update;

/// Events in the order of their numbers, each once. At its bound it forgets the oldest: a snapshot then has to be newer
/// than those, which one that is fetched later is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer {
    events: VecDeque<Update>,
    levels: usize,
}

impl Buffer {
    pub(crate) fn push(&mut self, update: Update, most_events: usize, most_levels: usize) {
        let key = (update.last_update_id, update.first_update_id);
        let mut place = self.events.len();
        while let Some(before) = place.checked_sub(1).and_then(|place| self.events.get(place)) {
            let other = (before.last_update_id, before.first_update_id);
            if other == key {
                return;
            }
            if other < key {
                break;
            }
            place -= 1;
        }
        self.levels += update.levels();
        self.events.insert(place, update);
        while self.events.len() > most_events.max(1) || (self.levels > most_levels && self.events.len() > 1) {
            self.pop();
        }
    }

    fn pop(&mut self) {
        if let Some(update) = self.events.pop_front() {
            self.levels -= update.levels();
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Update> {
        self.events.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(first: i64, last: i64) -> Update {
        Update {
            first_update_id: first,
            last_update_id: last,
            bids: vec![crate::Level::new(binance_wire_core::dec!(1), binance_wire_core::dec!(1)); 3],
            ..Update::default()
        }
    }

    #[test]
    fn sorted_without_doubles_and_bounded() {
        let mut buffer = Buffer::default();
        for (first, last) in [(5, 6), (1, 4), (5, 6), (7, 9), (1, 4)] {
            buffer.push(event(first, last), 10, 100);
        }
        let ids = |buffer: &Buffer| {
            buffer
                .iter()
                .map(|event| event.last_update_id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&buffer), [4, 6, 9]);
        buffer.push(event(10, 11), 3, 100);
        assert_eq!(ids(&buffer), [6, 9, 11]);
        // Four events of three levels each are too many; the newest stays in any case.
        buffer.push(event(12, 12), 10, 9);
        assert_eq!(ids(&buffer), [9, 11, 12]);
        buffer.push(event(13, 13), 10, 1);
        assert_eq!((ids(&buffer), buffer.levels), (vec![13], 3));
    }
}
