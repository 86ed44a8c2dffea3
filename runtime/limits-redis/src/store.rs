//! The store.

use std::fmt;
use std::time::Duration;

use binance_wire_core::Timestamp;
use binance_wire_limits::store::{BoxFuture, Change, Store, StoreError, Take, Taken};
use redis::aio::ConnectionManager;
use redis::{RedisError, Script};
use tokio::sync::mpsc;

use crate::RedisStoreBuilder;

/// How much longer than its window a counter is kept: clocks of processes and of Redis differ.
const SLACK: Duration = Duration::from_secs(60);
/// The corrections that may wait; more of them are left out, which leaves counters too high until their windows end.
const WAITING: usize = 4_096;
/// The corrections of one round trip.
const BATCH: usize = 64;

/// Counters in Redis, for all processes that send from one address. A request costs one round trip before it is sent, and
/// part of another after it, for which nobody waits.
///
/// ```no_run
/// use binance_wire_limits::{Limiter, StoreLoss};
/// use binance_wire_limits_redis::RedisStore;
///
/// # async fn example() -> Result<(), binance_wire_core::Error> {
/// let store = RedisStore::builder("redis://127.0.0.1:6379").build()?;
/// let limiter = Limiter::builder()
///     .store(store)
///     // Four processes: without Redis, each uses a quarter.
///     .on_store_loss(StoreLoss::Share(4))
///     .build();
/// # drop(limiter);
/// # Ok(())
/// # }
/// ```
pub struct RedisStore {
    connection: ConnectionManager,
    prefix: String,
    timeout: Duration,
    take: Script,
    work: mpsc::Sender<Work>,
}

enum Work {
    Settle(Vec<Change>),
    Ban { key: String, until: Timestamp },
}

impl RedisStore {
    /// The settings of a store at `url`, such as `redis://user:password@host:6379/0` or `redis+unix:///run/redis.sock`.
    pub fn builder(url: impl Into<String>) -> RedisStoreBuilder {
        RedisStoreBuilder::new(url.into())
    }

    pub(crate) fn start(connection: ConnectionManager, prefix: String, timeout: Duration) -> Self {
        let (work, tasks) = mpsc::channel(WAITING);
        tokio::spawn(run(connection.clone(), prefix.clone(), tasks));
        Self {
            connection,
            prefix,
            timeout,
            take: Script::new(include_str!("take.lua")),
            work,
        }
    }

    async fn taken(&self, address: &str, takes: &[Take], now: Timestamp) -> Result<Taken, RedisError> {
        let mut script = self.take.prepare_invoke();
        script.key(ban_key(&self.prefix, address)).arg(now.as_millis());
        for take in takes {
            script
                .key(counter_key(&self.prefix, &take.counter))
                .arg(take.amount)
                .arg(take.limit)
                .arg(life(take.ends(), now));
        }
        let mut connection = self.connection.clone();
        let answer: Vec<i64> = script.invoke_async(&mut connection).await?;
        Ok(match answer.as_slice() {
            [-1, until, ..] => Taken::Banned(Timestamp::from_millis(*until)),
            [number, ..] if *number > 0 => {
                Taken::Exhausted(usize::try_from(*number - 1).unwrap_or(usize::MAX))
            }
            _ => Taken::All,
        })
    }
}

impl Store for RedisStore {
    fn take<'a>(
        &'a self,
        address: &'a str,
        takes: &'a [Take],
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Taken, StoreError>> {
        Box::pin(async move {
            match tokio::time::timeout(self.timeout, self.taken(address, takes, now)).await {
                Ok(Ok(taken)) => Ok(taken),
                Ok(Err(error)) => Err(StoreError::new(format!("Redis: {error}"))),
                Err(_) => Err(StoreError::new(format!(
                    "Redis: no answer within {:?}",
                    self.timeout
                ))),
            }
        })
    }

    fn settle(&self, changes: Vec<Change>) {
        if self.work.try_send(Work::Settle(changes)).is_err() {
            tracing::debug!("corrections of shared counters are left out: too many wait");
        }
    }

    fn ban(&self, address: &str, until: Timestamp) {
        let key = ban_key(&self.prefix, address);
        if self.work.try_send(Work::Ban { key, until }).is_err() {
            tracing::warn!(
                address,
                "other processes do not learn of a ban: too much waits to be written"
            );
        }
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// One address has one hash slot, so that its keys are on one node of a cluster.
fn ban_key(prefix: &str, address: &str) -> String {
    format!("{prefix}:{{{address}}}:ban")
}

/// The name of a counter begins with its address.
fn counter_key(prefix: &str, counter: &str) -> String {
    match counter.split_once(':') {
        Some((address, rest)) => format!("{prefix}:{{{address}}}:{rest}"),
        None => format!("{prefix}:{{{counter}}}"),
    }
}

/// How long something is to be kept that is of use until `ends`, in milliseconds.
fn life(ends: Timestamp, now: Timestamp) -> u64 {
    u64::try_from((ends - now + SLACK).as_millis()).unwrap_or(u64::MAX)
}

/// Writes corrections and bans, several of them in one round trip.
async fn run(mut connection: ConnectionManager, prefix: String, mut tasks: mpsc::Receiver<Work>) {
    let settle = Script::new(include_str!("settle.lua"));
    let mut works = Vec::with_capacity(BATCH);
    while tasks.recv_many(&mut works, BATCH).await > 0 {
        let now = Timestamp::now();
        let mut script = settle.prepare_invoke();
        let mut changed = false;
        for work in works.drain(..) {
            match work {
                Work::Settle(changes) => {
                    for change in changes {
                        changed = true;
                        script
                            .key(counter_key(&prefix, &change.counter))
                            .arg(change.back)
                            .arg(change.reported.unwrap_or(0))
                            .arg(life(change.ends, now));
                    }
                }
                Work::Ban { key, until } => {
                    let mut set = redis::cmd("SET");
                    set.arg(key)
                        .arg(until.as_millis())
                        .arg("PX")
                        .arg(life(until, now));
                    let result: Result<(), RedisError> = set.query_async(&mut connection).await;
                    if let Err(error) = result {
                        tracing::warn!(%error, "other processes do not learn of a ban");
                    }
                }
            }
        }
        if changed {
            let result: Result<(), RedisError> = script.invoke_async(&mut connection).await;
            if let Err(error) = result {
                tracing::debug!(%error, "corrections of shared counters are left out");
            }
        }
    }
}
