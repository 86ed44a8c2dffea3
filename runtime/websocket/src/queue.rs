//! The bounded queue between a connection's task and the consumer of its messages.
//!
//! Messages cross it in batches: the task collects what one read of the socket gave and takes the lock once;
//! the consumer takes a batch out and then reads it without a lock.

mod buffer;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

pub(crate) use buffer::{Bounds, Key, Way};

use buffer::{Buffer, Slot};

use crate::item::StreamItem;
use crate::metric;

/// The behaviour when messages come faster than they are consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// The connection is not read until there is room. Nothing is lost here, but a consumer that stays away
    /// for a minute loses the connection: pings are not answered while nothing is read. All streams of the connection wait.
    #[default]
    Wait,
    /// The oldest messages are dropped and their number is reported as [`StreamItem::Lagged`]. News such as
    /// [`StreamItem::Gap`] are never dropped.
    DropOldest,
    /// The newest message of a stream, and of a symbol where the stream has several, takes the place of the one that waits,
    /// and how many it replaced is reported as [`StreamItem::Lagged`]. This is for streams whose messages are whole states,
    /// such as `bookTicker`, `miniTicker` and `markPrice`. Streams of the changes of an order book (`@depth` without a number of
    /// levels) are refused with it, since a book that misses one is wrong. Lists of symbols (`@arr`), of which the next need not have all, and messages that do not name their stream
    /// (binary frames, raw connections) are treated as by [`DropOldest`](Self::DropOldest).
    Latest,
}

/// The most items that a consumer takes out at once: enough to make the lock's cost vanish.
const BATCH: usize = 256;

/// How much market data may wait, unless set otherwise.
pub(crate) const MARKET: Bounds = Bounds {
    items: 4096,
    bytes: 64 << 20,
};

/// How many events of an account may wait, unless set otherwise: none is to be lost to a pause of the consumer.
pub(crate) const ACCOUNT: Bounds = Bounds {
    items: 1 << 16,
    bytes: 64 << 20,
};

/// What may come on top of the bounds while an answer is awaited: whoever waits for it may be the consumer itself.
const EXTRA: Bounds = Bounds {
    items: 1 << 16,
    bytes: 16 << 20,
};

struct State<M> {
    buffer: Buffer<M>,
    /// How many may still put something in: producers, and where there can be more of them, the place they come from.
    producers: usize,
    /// Whether more producers can come.
    open: bool,
    /// The reason of its end, reported once every producer is gone.
    end: Option<String>,
    consumer_gone: bool,
    consumer: Option<Waker>,
    /// Producers that wait for room.
    waiting: Vec<Waker>,
}

impl<M> State<M> {
    /// One fewer may put something in.
    fn leave(&mut self) -> Option<Waker> {
        self.producers = self.producers.saturating_sub(1);
        if self.producers > 0 {
            return None;
        }
        if let Some(reason) = self.end.take() {
            let end = Slot::news(StreamItem::Terminated { reason });
            self.buffer.append(&mut VecDeque::from([end]));
        }
        self.consumer.take()
    }
}

struct Shared<M> {
    state: Mutex<State<M>>,
}

impl<M> Shared<M> {
    fn lock(&self) -> MutexGuard<'_, State<M>> {
        // Nothing that can panic runs under the lock except drops of messages; the state stays usable then.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A queue with one producer.
pub(crate) fn queue<M>(bounds: Bounds) -> (Producer<M>, Consumer<M>) {
    let shared = shared(bounds, false);
    let producer = Producer {
        shared: shared.clone(),
        batch: VecDeque::new(),
    };
    (producer, Consumer::new(shared))
}

/// A queue with producers that come and go; it is over when its end was reported and the last producer is gone.
pub(crate) fn shared_queue<M>(bounds: Bounds) -> (Producers<M>, Consumer<M>) {
    let shared = shared(bounds, true);
    (Producers(shared.clone()), Consumer::new(shared))
}

fn shared<M>(bounds: Bounds, open: bool) -> Arc<Shared<M>> {
    Arc::new(Shared {
        state: Mutex::new(State {
            buffer: Buffer::new(bounds),
            producers: 1,
            open,
            end: None,
            consumer_gone: false,
            consumer: None,
            waiting: Vec::new(),
        }),
    })
}

/// The source of producers of one queue.
pub(crate) struct Producers<M>(Arc<Shared<M>>);

impl<M> Producers<M> {
    pub(crate) fn producer(&self) -> Producer<M> {
        self.0.lock().producers += 1;
        Producer {
            shared: self.0.clone(),
            batch: VecDeque::new(),
        }
    }

    /// No more producers come; when the last is gone, the queue ends for this reason. The first reason counts.
    pub(crate) fn end(&self, reason: &str) {
        self.0.end(reason);
    }
}

impl<M> Shared<M> {
    fn end(&self, reason: &str) {
        let waker = {
            let mut state = self.lock();
            if !std::mem::take(&mut state.open) {
                return;
            }
            state.end = Some(reason.to_owned());
            state.leave()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

pub(crate) struct Producer<M> {
    shared: Arc<Shared<M>>,
    batch: VecDeque<Slot<M>>,
}

impl<M> Producer<M> {
    /// Adds a message to the batch, of a frame of so many bytes; nothing is seen by the consumer before
    /// [`flush`](Self::flush).
    pub(crate) fn push(&mut self, item: StreamItem<M>, bytes: usize, way: Way) {
        self.batch.push_back(Slot::message(item, bytes, way));
    }

    /// Adds news to the batch.
    pub(crate) fn push_news(&mut self, item: StreamItem<M>) {
        self.batch.push_back(Slot::news(item));
    }

    /// Hands the batch over.
    pub(crate) fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let waker = {
            let mut state = self.shared.lock();
            if state.consumer_gone {
                self.batch.clear();
                return;
            }
            state.buffer.append(&mut self.batch);
            state.consumer.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Ready when more may be read from the connection; `urgent` allows for something on top of the bounds.
    pub(crate) fn poll_room(&mut self, urgent: bool, cx: &mut Context<'_>) -> Poll<()> {
        let extra = if urgent {
            EXTRA
        } else {
            Bounds { items: 0, bytes: 0 }
        };
        let mut state = self.shared.lock();
        if state.buffer.has_room(extra) || state.consumer_gone {
            Poll::Ready(())
        } else {
            if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                state.waiting.push(cx.waker().clone());
            }
            Poll::Pending
        }
    }

    /// As [`Producers::end`].
    pub(crate) fn end(&mut self, reason: &str) {
        self.flush();
        self.shared.end(reason);
    }

    pub(crate) fn consumer_gone(&self) -> bool {
        self.shared.lock().consumer_gone
    }
}

impl<M> Drop for Producer<M> {
    fn drop(&mut self) {
        self.flush();
        let waker = { self.shared.lock().leave() };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

pub(crate) struct Consumer<M> {
    shared: Arc<Shared<M>>,
    taken: VecDeque<Slot<M>>,
}

impl<M> Consumer<M> {
    fn new(shared: Arc<Shared<M>>) -> Self {
        Self {
            shared,
            taken: VecDeque::new(),
        }
    }

    /// The next item; `None` when the producer is gone and everything was taken.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<StreamItem<M>>> {
        if let Some(slot) = self.taken.pop_front() {
            return Poll::Ready(Some(slot.item));
        }
        let waiting = {
            let mut state = self.shared.lock();
            metric::waiting(state.buffer.len());
            state.buffer.take(&mut self.taken, BATCH);
            if self.taken.is_empty() {
                if state.producers == 0 {
                    return Poll::Ready(None);
                }
                state.consumer = Some(cx.waker().clone());
                return Poll::Pending;
            }
            // Those that have something urgent on top look for themselves.
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
        Poll::Ready(self.taken.pop_front().map(|slot| slot.item))
    }
}

impl<M> Drop for Consumer<M> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.shared.lock();
            state.consumer_gone = true;
            state.buffer.clear();
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    struct Count(std::sync::atomic::AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    }

    fn waker() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count(std::sync::atomic::AtomicUsize::new(0)));
        (count.clone(), count.into())
    }

    fn few(items: usize) -> Bounds {
        Bounds { items, bytes: 1000 }
    }

    fn lagged(dropped: u64) -> StreamItem<u32> {
        StreamItem::Lagged {
            stream: None,
            dropped,
            coalesced: 0,
        }
    }

    fn reconnected() -> StreamItem<u32> {
        StreamItem::Reconnected { streams: Vec::new() }
    }

    fn take(consumer: &mut Consumer<u32>) -> Option<StreamItem<u32>> {
        match consumer.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(item) => item,
            Poll::Pending => None,
        }
    }

    #[test]
    fn drop_oldest_counts_messages_and_keeps_news() {
        let (mut producer, mut consumer) = queue(few(3));
        producer.push(StreamItem::Event(0), 1, Way::Drop(None));
        producer.push_news(reconnected());
        for n in 1..=5 {
            producer.push(StreamItem::Event(n), 1, Way::Drop(None));
        }
        producer.flush();
        assert_eq!(take(&mut consumer), Some(reconnected()));
        assert_eq!(take(&mut consumer), Some(lagged(3)));
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(3)));
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(4)));
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(5)));
        assert_eq!(take(&mut consumer), None);
    }

    #[test]
    fn wait_holds_the_producer_until_there_is_room() {
        let (mut producer, mut consumer) = queue(few(2));
        let (woken, waker) = waker();
        let mut cx = Context::from_waker(&waker);
        assert!(producer.poll_room(false, &mut cx).is_ready());
        for n in 0..2 {
            producer.push(StreamItem::Event(n), 1, Way::Keep);
        }
        producer.flush();
        assert!(producer.poll_room(true, &mut cx).is_ready());
        assert!(producer.poll_room(false, &mut cx).is_pending());
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(0)));
        assert_eq!(woken.0.load(std::sync::atomic::Ordering::SeqCst), 1);
        assert!(producer.poll_room(false, &mut cx).is_ready());
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(1)));
    }

    #[test]
    fn bytes_count_as_well_as_messages_and_what_is_urgent_is_bounded_too() {
        let (mut producer, mut consumer) = queue(few(100));
        let mut cx = Context::from_waker(Waker::noop());
        producer.push(StreamItem::Event(1), 1000, Way::Keep);
        producer.flush();
        assert!(producer.poll_room(false, &mut cx).is_pending());
        assert!(producer.poll_room(true, &mut cx).is_ready());
        producer.push(StreamItem::Event(2), EXTRA.bytes, Way::Keep);
        producer.flush();
        assert!(producer.poll_room(true, &mut cx).is_pending());
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(1)));
        assert!(producer.poll_room(false, &mut cx).is_ready());
    }

    #[test]
    fn the_end_comes_after_the_last_item_and_wakes() {
        let (mut producer, mut consumer) = queue::<u32>(few(2));
        let (woken, waker) = waker();
        assert!(consumer.poll_next(&mut Context::from_waker(&waker)).is_pending());
        producer.push(StreamItem::Event(9), 1, Way::Keep);
        drop(producer);
        assert!(woken.0.load(std::sync::atomic::Ordering::SeqCst) > 0);
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(9)));
        assert!(matches!(
            consumer.poll_next(&mut Context::from_waker(Waker::noop())),
            Poll::Ready(None)
        ));
    }

    #[test]
    fn with_several_producers_the_last_one_ends_it() {
        let (producers, mut consumer) = shared_queue(few(1));
        let (mut one, mut two) = (producers.producer(), producers.producer());
        let (woken, waker) = waker();
        one.push(StreamItem::Event(1), 1, Way::Keep);
        one.flush();
        for producer in [&mut one, &mut two] {
            assert!(
                producer
                    .poll_room(false, &mut Context::from_waker(&waker))
                    .is_pending()
            );
        }
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(1)));
        assert!(woken.0.load(std::sync::atomic::Ordering::SeqCst) > 0);
        one.end("first");
        drop(one);
        producers.end("second");
        assert_eq!(take(&mut consumer), None);
        two.push(StreamItem::Event(2), 1, Way::Keep);
        drop(two);
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(2)));
        let reason = "first".to_owned();
        assert_eq!(take(&mut consumer), Some(StreamItem::Terminated { reason }));
        assert!(matches!(
            consumer.poll_next(&mut Context::from_waker(Waker::noop())),
            Poll::Ready(None)
        ));
    }

    #[test]
    fn a_consumer_that_left_frees_the_producer() {
        let (mut producer, consumer) = queue(few(1));
        producer.push(StreamItem::Event(1), 1, Way::Keep);
        producer.flush();
        drop(consumer);
        assert!(producer.consumer_gone());
        assert!(
            producer
                .poll_room(false, &mut Context::from_waker(Waker::noop()))
                .is_ready()
        );
        producer.push(StreamItem::Event(2), 1, Way::Keep);
        producer.flush();
    }
}
