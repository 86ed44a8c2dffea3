//! What a client does in its turn, shared among workers that have one request in flight each.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The work of one client.
pub trait Load {
    /// Makes `count` requests, or takes as many events, and returns how many it really was.
    fn run(&mut self, count: u64) -> impl Future<Output = u64>;
}

/// One request after the other.
pub trait Worker: Send + 'static {
    fn request(&mut self) -> impl Future<Output = ()> + Send;
}

/// As many requests in flight as there are workers.
pub struct Workers<W>(pub Vec<W>);

impl<W: Worker> Load for Workers<W> {
    async fn run(&mut self, count: u64) -> u64 {
        let taken = Arc::new(AtomicU64::new(0));
        let tasks: Vec<_> = self
            .0
            .drain(..)
            .map(|mut worker| {
                let taken = Arc::clone(&taken);
                tokio::spawn(async move {
                    while taken.fetch_add(1, Relaxed) < count {
                        worker.request().await;
                    }
                    worker
                })
            })
            .collect();
        for task in tasks {
            self.0.push(task.await.expect("a worker panicked"));
        }
        count
    }
}
