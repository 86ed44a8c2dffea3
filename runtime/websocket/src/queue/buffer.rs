//! The items that wait for a consumer, and what gives way when there are too many.
//!
//! Pure state: no lock, no waker.

use std::collections::{BTreeMap, HashMap, VecDeque};

use binance_wire_core::Text;

use crate::item::StreamItem;

/// So many news may wait before those that cancel each other are looked for.
const NEWS: usize = 64;

/// How much may wait: messages, and the bytes of their frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
}

/// What becomes of a message when there are too many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It stays, and no more is read until there is room.
    Keep,
    /// It is dropped when it is the oldest, and counted for its stream, where that is known.
    Drop(Option<Text>),
    /// The next one of the same key takes its place. As the oldest it is dropped like others.
    Replace(Box<Key>),
}

/// What makes one message the newer version of another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) stream: Text,
    /// Of streams that are about many symbols.
    pub(crate) symbol: Option<Text>,
}

impl Way {
    fn stream(&self) -> Option<&Text> {
        match self {
            Self::Keep => None,
            Self::Drop(stream) => stream.as_ref(),
            Self::Replace(key) => Some(&key.stream),
        }
    }
}

/// An item with what the buffer knows about it.
#[derive(Debug)]
pub(crate) struct Slot<M> {
    pub(crate) item: StreamItem<M>,
    /// The place in the order of all items.
    number: u64,
    bytes: usize,
    way: Way,
    /// The number of older versions that it took the place of.
    replaced: u64,
}

impl<M> Slot<M> {
    pub(crate) fn message(item: StreamItem<M>, bytes: usize, way: Way) -> Self {
        Self {
            item,
            number: 0,
            bytes,
            way,
            replaced: 0,
        }
    }

    /// News are not counted as messages, and are never dropped.
    pub(crate) fn news(item: StreamItem<M>) -> Self {
        let names = match &item {
            StreamItem::Gap { streams, .. } | StreamItem::Reconnected { streams } => streams.as_slice(),
            StreamItem::Refused { names, .. } => names.as_slice(),
            _ => &[],
        };
        let bytes = names.iter().map(|name| name.len()).sum();
        Self::message(item, bytes, Way::Keep)
    }

    fn is_message(&self) -> bool {
        matches!(self.item, StreamItem::Event(_) | StreamItem::Undecodable { .. })
    }
}

/// Items in the order in which they came.
///
/// What may give way is apart from what stays, so that each is bounded by itself and the oldest of it is found at once. The
/// numbers of the items say in which order they are taken.
#[derive(Debug)]
pub(crate) struct Buffer<M> {
    bounds: Bounds,
    next: u64,
    /// News, and messages that stay.
    kept: VecDeque<Slot<M>>,
    kept_messages: usize,
    kept_bytes: usize,
    /// Messages that may give way.
    loose: VecDeque<Slot<M>>,
    loose_bytes: usize,
    /// The numbers of those that a newer version would replace.
    newest: HashMap<Key, u64>,
    /// The dropped messages of each stream since the consumer was informed.
    dropped: BTreeMap<Option<Text>, u64>,
    /// The number of the last of them.
    dropped_at: u64,
}

impl<M> Buffer<M> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds: Bounds {
                items: bounds.items.max(1),
                bytes: bounds.bytes.max(1),
            },
            next: 0,
            kept: VecDeque::new(),
            kept_messages: 0,
            kept_bytes: 0,
            loose: VecDeque::new(),
            loose_bytes: 0,
            newest: HashMap::new(),
            dropped: BTreeMap::new(),
            dropped_at: 0,
        }
    }

    /// Whether more may be read, with `extra` on top of the bounds.
    pub(crate) fn has_room(&self, extra: Bounds) -> bool {
        self.kept_messages < self.bounds.items.saturating_add(extra.items)
            && self.kept_bytes < self.bounds.bytes.saturating_add(extra.bytes)
    }

    /// How many items wait.
    pub(crate) fn len(&self) -> usize {
        self.kept.len() + self.loose.len()
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.loose.is_empty() && self.dropped.is_empty()
    }

    /// Takes all that is in `batch`.
    pub(crate) fn append(&mut self, batch: &mut VecDeque<Slot<M>>) {
        let mut news = false;
        // The usual case: nothing is moved.
        if batch.iter().all(|slot| matches!(slot.way, Way::Keep)) {
            for slot in batch.iter_mut() {
                slot.number = self.next;
                self.next += 1;
                self.kept_bytes += slot.bytes;
                self.kept_messages += usize::from(slot.is_message());
                news |= !slot.is_message();
            }
            if self.kept.is_empty() {
                std::mem::swap(&mut self.kept, batch);
            } else {
                self.kept.append(batch);
            }
        } else {
            for slot in batch.drain(..) {
                news |= !slot.is_message();
                self.push(slot);
            }
        }
        if news && self.kept.len() - self.kept_messages > NEWS {
            self.cancel_news();
        }
    }

    fn push(&mut self, mut slot: Slot<M>) {
        slot.number = self.next;
        self.next += 1;
        match &slot.way {
            Way::Keep => {
                self.kept_bytes += slot.bytes;
                self.kept_messages += usize::from(slot.is_message());
                return self.kept.push_back(slot);
            }
            Way::Drop(_) => {}
            Way::Replace(key) => {
                if let Some(old) = self.newest.get(&**key).and_then(|number| self.position(*number))
                    && let Some(old) = self.loose.get_mut(old)
                {
                    self.loose_bytes = self.loose_bytes - old.bytes + slot.bytes;
                    old.bytes = slot.bytes;
                    old.item = slot.item;
                    old.replaced += 1;
                    return self.shrink();
                }
                self.newest.insert((**key).clone(), slot.number);
            }
        }
        self.loose_bytes += slot.bytes;
        self.loose.push_back(slot);
        self.shrink();
    }

    fn position(&self, number: u64) -> Option<usize> {
        self.loose.binary_search_by_key(&number, |slot| slot.number).ok()
    }

    /// Drops the oldest of what may give way. The newest stays, whatever its size.
    fn shrink(&mut self) {
        while self.loose.len() > self.bounds.items
            || (self.loose_bytes > self.bounds.bytes && self.loose.len() > 1)
        {
            let Some(slot) = self.pop_loose() else { return };
            // What it had replaced is lost with it.
            *self.dropped.entry(slot.way.stream().cloned()).or_default() += 1 + slot.replaced;
            self.dropped_at = slot.number;
        }
    }

    fn pop_loose(&mut self) -> Option<Slot<M>> {
        let slot = self.loose.pop_front()?;
        self.loose_bytes -= slot.bytes;
        if let Way::Replace(key) = &slot.way {
            self.newest.remove(&**key);
        }
        Some(slot)
    }

    fn pop_kept(&mut self) -> Option<Slot<M>> {
        let slot = self.kept.pop_front()?;
        self.kept_bytes -= slot.bytes;
        self.kept_messages -= usize::from(slot.is_message());
        Some(slot)
    }

    /// A connection that comes and goes while nobody reads leaves pairs of news, between which there is nothing (any more):
    /// that the streams were back, and that they were interrupted again. The gap before says as much. Announcements are worth
    /// one of each.
    fn cancel_news(&mut self) {
        let mut back: HashMap<&[Text], u64> = HashMap::new();
        let (mut shutdown, mut replaced) = (false, false);
        let mut cancelled = Vec::new();
        let mut loose = self.loose.iter().peekable();
        for slot in &self.kept {
            let mut between = slot.is_message();
            while loose.next_if(|other| other.number < slot.number).is_some() {
                between = true;
            }
            if between {
                back.clear();
                (shutdown, replaced) = (false, false);
            }
            match &slot.item {
                StreamItem::Reconnected { streams } => drop(back.insert(streams, slot.number)),
                StreamItem::Gap { streams, .. } => {
                    if let Some(number) = back.remove(streams.as_slice()) {
                        cancelled.extend([number, slot.number]);
                    }
                }
                StreamItem::ServerShutdown if std::mem::replace(&mut shutdown, true) => {
                    cancelled.push(slot.number);
                }
                StreamItem::Replaced if std::mem::replace(&mut replaced, true) => cancelled.push(slot.number),
                _ => {}
            }
        }
        cancelled.sort_unstable();
        let kept_bytes = &mut self.kept_bytes;
        self.kept.retain(|slot| {
            let stays = cancelled.binary_search(&slot.number).is_err();
            if !stays {
                *kept_bytes -= slot.bytes;
            }
            stays
        });
    }

    /// Moves up to about `most` items into `taken`, which is empty.
    pub(crate) fn take(&mut self, taken: &mut VecDeque<Slot<M>>, most: usize) {
        if self.loose.is_empty() && self.dropped.is_empty() && self.kept.len() <= most {
            std::mem::swap(taken, &mut self.kept);
            self.kept_messages = 0;
            self.kept_bytes = 0;
            return;
        }
        while taken.len() < most {
            let next = match (self.kept.front(), self.loose.front()) {
                (Some(kept), Some(loose)) => Some(kept.number.min(loose.number)),
                (kept, loose) => kept.or(loose).map(|slot| slot.number),
            };
            if !self.dropped.is_empty() && next.is_none_or(|next| next > self.dropped_at) {
                for (stream, dropped) in std::mem::take(&mut self.dropped) {
                    taken.push_back(lagged(stream, dropped, 0));
                }
                continue;
            }
            let slot = match (self.kept.front(), next) {
                (_, None) => return,
                (Some(kept), Some(next)) if kept.number == next => self.pop_kept(),
                _ => self.pop_loose(),
            };
            let Some(slot) = slot else { return };
            let replaceable = matches!(slot.way, Way::Replace(_));
            if slot.replaced > 0 {
                taken.push_back(lagged(slot.way.stream().cloned(), 0, slot.replaced));
            }
            taken.push_back(slot);
            if replaceable {
                // The next one may still be replaced by a newer one before it is looked at.
                return;
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        let bounds = self.bounds;
        *self = Self::new(bounds);
    }
}

fn lagged<M>(stream: Option<Text>, dropped: u64, coalesced: u64) -> Slot<M> {
    Slot::news(StreamItem::Lagged {
        stream,
        dropped,
        coalesced,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONE: Bounds = Bounds { items: 0, bytes: 0 };

    /// What a model of the buffer is asked to do.
    #[derive(Clone, Debug)]
    enum Step {
        /// A message of this stream, so many bytes long.
        Push(usize, usize),
        News,
        Take(usize),
    }

    /// Streams 0 and 1 wait, 2 and 3 drop, 4 and 5 are replaced.
    fn way(stream: usize) -> Way {
        let name = Text::from(stream.to_string());
        match stream {
            0 | 1 => Way::Keep,
            2 | 3 => Way::Drop(Some(name)),
            _ => Way::Replace(Box::new(Key {
                stream: name,
                symbol: None,
            })),
        }
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            8 => (0_usize..6, 1_usize..50).prop_map(|(stream, bytes)| Step::Push(stream, bytes)),
            1 => Just(Step::News),
            2 => (1_usize..8).prop_map(Step::Take),
        ];
        prop::collection::vec(step, 1..300)
    }

    type Message = (usize, u64, usize);

    proptest! {
        /// Whatever comes in whatever order: the bounds hold, each message is delivered once or counted once, those of a
        /// stream come in their order, those of waiting streams come all, and the newest of a replaced one always comes.
        #[test]
        fn each_message_is_delivered_or_counted(
            items in 1_usize..8,
            bytes in 20_usize..200,
            steps in steps(),
        ) {
            let mut buffer: Buffer<Message> = Buffer::new(Bounds { items, bytes });
            let mut sent = [0_u64; 6];
            let mut counted = [0_u64; 6];
            let mut delivered: [Vec<u64>; 6] = Default::default();
            let mut receive = |buffer: &mut Buffer<Message>, most| {
                let mut taken = VecDeque::new();
                buffer.take(&mut taken, most);
                let empty = taken.is_empty();
                for slot in taken {
                    match slot.item {
                        StreamItem::Event((stream, number, _)) => delivered[stream].push(number),
                        StreamItem::Lagged { stream: Some(stream), dropped, coalesced } => {
                            counted[stream.parse::<usize>().expect("a number")] += dropped + coalesced;
                        }
                        StreamItem::ServerShutdown => {}
                        other => panic!("{other:?}"),
                    }
                }
                empty
            };
            for step in steps.into_iter().chain([Step::Take(usize::MAX)]) {
                match step {
                    // Nothing is read that has no room.
                    Step::Push(stream, _) if stream < 2 && !buffer.has_room(NONE) => {}
                    Step::Push(stream, size) => {
                        let event = StreamItem::Event((stream, sent[stream], size));
                        sent[stream] += 1;
                        buffer.append(&mut VecDeque::from([Slot::message(event, size, way(stream))]));
                    }
                    Step::News => buffer.append(&mut VecDeque::from([Slot::news(StreamItem::ServerShutdown)])),
                    Step::Take(most) => drop(receive(&mut buffer, most)),
                }
                prop_assert!(buffer.kept_messages <= items && buffer.loose.len() <= items);
                prop_assert!(buffer.kept_bytes < bytes + 50);
                prop_assert!(buffer.loose_bytes <= bytes.max(50));
                let real: usize = buffer.loose.iter().map(|slot| slot.bytes).sum();
                prop_assert_eq!(buffer.loose_bytes, real);
            }
            while !receive(&mut buffer, 4) {}
            prop_assert!(buffer.is_empty() && buffer.newest.is_empty());
            for stream in 0..6 {
                let got = &delivered[stream];
                prop_assert!(got.is_sorted_by(|a, b| a < b), "stream {stream}: {got:?}");
                prop_assert_eq!(got.len() as u64 + counted[stream], sent[stream], "stream {}", stream);
                if stream < 2 {
                    prop_assert_eq!(counted[stream], 0);
                }
                if stream > 3 && sent[stream] > 0 && counted[stream] < sent[stream] {
                    prop_assert!(got.last().is_some());
                }
            }
        }

        /// However often a connection comes and goes, the news that nobody reads do not pile up, and say in the end what is true.
        #[test]
        fn news_that_nobody_reads_do_not_pile_up(
            turns in 1_usize..500,
            ends_connected in any::<bool>(),
            events in any::<bool>(),
        ) {
            let mut buffer: Buffer<u32> = Buffer::new(Bounds { items: 3, bytes: 1000 });
            let streams = |name: &str| vec![Text::from(name)];
            let gap = |name| Slot::news(StreamItem::Gap { reason: crate::GapReason::Silent, streams: streams(name) });
            let back = |name| Slot::news(StreamItem::Reconnected { streams: streams(name) });
            for turn in 0..turns {
                // Two connections, whose news come among each other.
                let last = turn + 1 == turns;
                buffer.append(&mut VecDeque::from([gap("a"), gap("b")]));
                if !last || ends_connected {
                    buffer.append(&mut VecDeque::from([back("a"), back("b")]));
                }
                if events {
                    buffer.append(&mut VecDeque::from([Slot::message(StreamItem::Event(0), 1, Way::Drop(None))]));
                }
            }
            prop_assert!(buffer.kept.len() <= NEWS + 20, "{}", buffer.kept.len());
            let mut taken = VecDeque::new();
            while !buffer.is_empty() {
                let mut some = VecDeque::new();
                buffer.take(&mut some, 100);
                taken.extend(some);
            }
            for name in ["a", "b"] {
                let mut interrupted = false;
                for slot in &taken {
                    match &slot.item {
                        StreamItem::Gap { streams: of, .. } if *of == streams(name) => {
                            prop_assert!(!interrupted);
                            interrupted = true;
                        }
                        StreamItem::Reconnected { streams: of } if *of == streams(name) => {
                            prop_assert!(interrupted);
                            interrupted = false;
                        }
                        _ => {}
                    }
                }
                prop_assert_eq!(interrupted, !ends_connected);
            }
        }
    }

    fn all(buffer: &mut Buffer<u32>) -> Vec<StreamItem<u32>> {
        let mut items = Vec::new();
        while !buffer.is_empty() {
            let mut taken = VecDeque::new();
            buffer.take(&mut taken, 10);
            items.extend(taken.into_iter().map(|slot| slot.item));
        }
        items
    }

    #[test]
    fn the_newest_takes_the_place_of_the_oldest_and_says_so() {
        let mut buffer = Buffer::new(Bounds {
            items: 10,
            bytes: 100,
        });
        let event = |symbol: &str, number| {
            let key = Key {
                stream: "!bookTicker".into(),
                symbol: Some(symbol.into()),
            };
            Slot::message(StreamItem::Event(number), 1, Way::Replace(Box::new(key)))
        };
        let mut batch = [("A", 1), ("B", 2), ("A", 3), ("A", 4)]
            .map(|(symbol, number)| event(symbol, number))
            .into();
        buffer.append(&mut batch);
        let coalesced = StreamItem::Lagged {
            stream: Some("!bookTicker".into()),
            dropped: 0,
            coalesced: 2,
        };
        assert_eq!(
            all(&mut buffer),
            [coalesced, StreamItem::Event(4), StreamItem::Event(2)]
        );
        // What was taken is not replaced any more.
        buffer.append(&mut [event("A", 5)].into());
        assert_eq!(all(&mut buffer), [StreamItem::Event(5)]);
    }
}
