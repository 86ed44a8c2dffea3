//! The bounded queue between a connection's task and the consumer of its messages.
//!
//! Messages cross it in batches: the task collects what one read of the socket gave and takes the lock once;
//! the consumer takes a batch out and then reads it without a lock.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::item::StreamItem;

/// The behaviour when messages come faster than they are consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// The connection is not read until there is room. Nothing is lost here, but a consumer that stays away
    /// for a minute loses the connection: pings are not answered while nothing is read.
    #[default]
    Wait,
    /// The oldest messages are dropped and their number is reported as [`StreamItem::Lagged`]. News such as
    /// [`StreamItem::Gap`] are never dropped.
    DropOldest,
}

/// The most items that a consumer takes out at once: enough to make the lock's cost vanish.
const BATCH: usize = 256;

struct State<M> {
    items: VecDeque<StreamItem<M>>,
    /// News from among dropped messages; they come before everything in `items`.
    kept: Vec<StreamItem<M>>,
    dropped: u64,
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
            self.items.push_back(StreamItem::Terminated { reason });
        }
        self.consumer.take()
    }
}

struct Shared<M> {
    capacity: usize,
    overflow: Overflow,
    state: Mutex<State<M>>,
}

impl<M> Shared<M> {
    fn lock(&self) -> MutexGuard<'_, State<M>> {
        // Nothing that can panic runs under the lock except drops of messages; the state stays usable then.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A queue for about `capacity` messages.
pub(crate) fn queue<M>(capacity: usize, overflow: Overflow) -> (Producer<M>, Consumer<M>) {
    let shared = shared(capacity, overflow, false);
    let producer = Producer {
        shared: shared.clone(),
        batch: VecDeque::new(),
    };
    (producer, Consumer::new(shared))
}

/// A queue with producers that come and go; it is over when its end was reported and the last producer is gone.
pub(crate) fn shared_queue<M>(capacity: usize, overflow: Overflow) -> (Producers<M>, Consumer<M>) {
    let shared = shared(capacity, overflow, true);
    (Producers(shared.clone()), Consumer::new(shared))
}

fn shared<M>(capacity: usize, overflow: Overflow, open: bool) -> Arc<Shared<M>> {
    Arc::new(Shared {
        capacity: capacity.max(1),
        overflow,
        state: Mutex::new(State {
            items: VecDeque::new(),
            kept: Vec::new(),
            dropped: 0,
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
    batch: VecDeque<StreamItem<M>>,
}

impl<M> Producer<M> {
    /// Adds to the batch; nothing is seen by the consumer before [`flush`](Self::flush).
    pub(crate) fn push(&mut self, item: StreamItem<M>) {
        self.batch.push_back(item);
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
            if state.items.is_empty() {
                std::mem::swap(&mut state.items, &mut self.batch);
            } else {
                state.items.append(&mut self.batch);
            }
            if self.shared.overflow == Overflow::DropOldest {
                while state.items.len() > self.shared.capacity {
                    match state.items.pop_front() {
                        Some(StreamItem::Event(_) | StreamItem::Undecodable { .. }) => state.dropped += 1,
                        Some(news) => state.kept.push(news),
                        None => break,
                    }
                }
            }
            state.consumer.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Ready when more may be read from the connection.
    pub(crate) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.shared.overflow == Overflow::DropOldest {
            return Poll::Ready(());
        }
        let mut state = self.shared.lock();
        if state.items.len() < self.shared.capacity || state.consumer_gone {
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
    taken: VecDeque<StreamItem<M>>,
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
        if let Some(item) = self.taken.pop_front() {
            return Poll::Ready(Some(item));
        }
        let waiting = {
            let mut state = self.shared.lock();
            self.taken.extend(state.kept.drain(..));
            if state.dropped > 0 {
                self.taken.push_back(StreamItem::Lagged {
                    dropped: std::mem::take(&mut state.dropped),
                });
            }
            if self.taken.is_empty() && state.items.len() <= BATCH {
                std::mem::swap(&mut self.taken, &mut state.items);
            } else {
                let count = state.items.len().min(BATCH);
                self.taken.extend(state.items.drain(..count));
            }
            if self.taken.is_empty() {
                if state.producers == 0 {
                    return Poll::Ready(None);
                }
                state.consumer = Some(cx.waker().clone());
                return Poll::Pending;
            }
            if state.items.len() < self.shared.capacity {
                std::mem::take(&mut state.waiting)
            } else {
                Vec::new()
            }
        };
        waiting.into_iter().for_each(Waker::wake);
        Poll::Ready(self.taken.pop_front())
    }
}

impl<M> Drop for Consumer<M> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.shared.lock();
            state.consumer_gone = true;
            state.items.clear();
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
        let (mut producer, mut consumer) = queue(3, Overflow::DropOldest);
        producer.push(StreamItem::Event(0));
        producer.push(reconnected());
        for n in 1..=5 {
            producer.push(StreamItem::Event(n));
        }
        producer.flush();
        assert_eq!(take(&mut consumer), Some(reconnected()));
        assert_eq!(take(&mut consumer), Some(StreamItem::Lagged { dropped: 3 }));
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(3)));
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(4)));
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(5)));
        assert_eq!(take(&mut consumer), None);
    }

    #[test]
    fn wait_holds_the_producer_until_there_is_room() {
        let (mut producer, mut consumer) = queue(2, Overflow::Wait);
        let (woken, waker) = waker();
        let mut cx = Context::from_waker(&waker);
        assert!(producer.poll_room(&mut cx).is_ready());
        for n in 0..2 {
            producer.push(StreamItem::Event(n));
        }
        producer.flush();
        assert!(producer.poll_room(&mut cx).is_pending());
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(0)));
        assert_eq!(woken.0.load(std::sync::atomic::Ordering::SeqCst), 1);
        assert!(producer.poll_room(&mut cx).is_ready());
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(1)));
    }

    #[test]
    fn the_end_comes_after_the_last_item_and_wakes() {
        let (mut producer, mut consumer) = queue::<u32>(2, Overflow::Wait);
        let (woken, waker) = waker();
        assert!(consumer.poll_next(&mut Context::from_waker(&waker)).is_pending());
        producer.push(StreamItem::Event(9));
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
        let (producers, mut consumer) = shared_queue(1, Overflow::Wait);
        let (mut one, mut two) = (producers.producer(), producers.producer());
        let (woken, waker) = waker();
        one.push(StreamItem::Event(1));
        one.flush();
        for producer in [&mut one, &mut two] {
            assert!(producer.poll_room(&mut Context::from_waker(&waker)).is_pending());
        }
        assert_eq!(take(&mut consumer), Some(StreamItem::Event(1)));
        assert!(woken.0.load(std::sync::atomic::Ordering::SeqCst) > 0);
        one.end("first");
        drop(one);
        producers.end("second");
        assert_eq!(take(&mut consumer), None);
        two.push(StreamItem::Event(2));
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
        let (mut producer, consumer) = queue(1, Overflow::Wait);
        producer.push(StreamItem::Event(1));
        producer.flush();
        drop(consumer);
        assert!(producer.consumer_gone());
        assert!(
            producer
                .poll_room(&mut Context::from_waker(Waker::noop()))
                .is_ready()
        );
        producer.push(StreamItem::Event(2));
        producer.flush();
    }
}
