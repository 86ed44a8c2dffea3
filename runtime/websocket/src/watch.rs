//! A value that tasks wait for. As `tokio::sync::watch`, except that those who wait are woken in the order in which they began
//! to wait and not by lot: requests that waited for a connection go out as they came, and a simulated run can be repeated.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

#[derive(Debug)]
struct Shared<T> {
    value: Mutex<T>,
    changed: Notify,
    senders: AtomicUsize,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that changes the value.
#[derive(Debug)]
pub(crate) struct Sender<T>(Arc<Shared<T>>);

/// The end that reads it and waits for it.
#[derive(Debug)]
pub(crate) struct Receiver<T>(Arc<Shared<T>>);

/// The value does not change any more.
#[derive(Debug)]
pub(crate) struct Closed;

/// A value with both of its ends.
pub(crate) fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(value);
    let receiver = sender.subscribe();
    (sender, receiver)
}

impl<T> Sender<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(Shared {
            value: Mutex::new(value),
            changed: Notify::new(),
            senders: AtomicUsize::new(1),
        }))
    }

    pub(crate) fn subscribe(&self) -> Receiver<T> {
        Receiver(Arc::clone(&self.0))
    }

    /// The value; it cannot be changed before the borrow ends.
    pub(crate) fn borrow(&self) -> MutexGuard<'_, T> {
        self.0.lock()
    }

    /// Changes the value, which must not be borrowed meanwhile.
    pub(crate) fn send_modify(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.0.lock());
        self.0.changed.notify_waiters();
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.senders.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_waiters();
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Receiver<T> {
    /// The value; it cannot be changed before the borrow ends.
    pub(crate) fn borrow(&self) -> MutexGuard<'_, T> {
        self.0.lock()
    }

    /// Waits for a value of which `wanted` is true; it may be the present one.
    pub(crate) async fn wait_for(
        &self,
        mut wanted: impl FnMut(&T) -> bool,
    ) -> Result<MutexGuard<'_, T>, Closed> {
        loop {
            let changed = self.0.changed.notified();
            let closed = self.0.senders.load(Ordering::Acquire) == 0;
            {
                let value = self.0.lock();
                if wanted(&value) {
                    return Ok(value);
                }
            }
            if closed {
                return Err(Closed);
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn those_who_wait_are_woken_in_the_order_in_which_they_came() {
        let (sender, receiver) = channel(0);
        let (order, mut woken) = tokio::sync::mpsc::unbounded_channel();
        for number in 0..40 {
            let (receiver, order) = (receiver.clone(), order.clone());
            tokio::spawn(async move {
                let value = *receiver.wait_for(|value| *value > 0).await.expect("a sender");
                order.send((number, value)).expect("a receiver");
            });
        }
        tokio::task::yield_now().await;
        sender.send_modify(|value| *value = 7);
        for number in 0..40 {
            assert_eq!(woken.recv().await, Some((number, 7)));
        }
    }

    #[tokio::test]
    async fn the_end_of_the_sender_ends_the_wait() {
        let (sender, receiver) = channel(0);
        let wait = receiver.wait_for(|value| *value > 0);
        let end = async {
            tokio::task::yield_now().await;
            drop(sender);
        };
        let (waited, ()) = tokio::join!(wait, end);
        assert!(waited.is_err());
        assert_eq!(*receiver.borrow(), 0);
        assert!(receiver.wait_for(|value| *value == 0).await.is_ok());
    }
}
