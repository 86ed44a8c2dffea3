//! The handle that clients share.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use binance_wire_core::{ProductLimits, Timestamp};
use tokio::sync::watch;

use crate::lane::Lane;
use crate::server_clock::now;
use crate::store::{Store, StoreLoss};
use crate::{Ledger, Moment, Policy, ServerClock, Snapshot, StoreState};

/// What is added to the uncertainty of the clock, unless another is set: the exchange's servers do not share one clock.
const MARGIN: Duration = Duration::from_millis(50);
/// The time after which a lost store is asked again.
const STORE_RETRY: Duration = Duration::from_secs(1);

/// What happens to a request that a limit has no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits for room, no longer than this and no longer than its own time limit. Where it is clear that there will be
    /// none in time, it is refused at once.
    Wait(Duration),
    /// It is refused at once, with the time from which on there will be room.
    Refuse,
}

/// Keeps any number of clients, of any products, under every limit of the exchange. Cloning is cheap; clones share
/// everything.
///
/// A limiter is for one outgoing address, since the exchange counts by address. Processes that share one need a
/// [store](LimiterBuilder::store).
///
/// ```
/// use std::time::Duration;
/// use binance_wire_limits::{Limiter, Policy, WhenFull};
///
/// let limiter = Limiter::builder()
///     .when_full(WhenFull::Wait(Duration::from_secs(5)))
///     .policy(Policy::default().for_trading(0.2))
///     .build();
/// // Hand it to the builder of each client: `.limiter(&limiter)`.
/// assert!(limiter.snapshot().counters.is_empty());
/// ```
#[derive(Clone)]
pub struct Limiter {
    pub(crate) shared: Arc<Shared>,
    account: Option<Arc<str>>,
}

pub(crate) struct Shared {
    ledger: Mutex<Ledger>,
    clock: ServerClock,
    margin: Duration,
    pub(crate) when_full: WhenFull,
    changes: watch::Sender<()>,
    store: Option<Arc<dyn Store>>,
    pub(crate) store_loss: StoreLoss,
    /// Since when the store cannot be reached, and when to ask it again.
    store_retry: Mutex<Option<Instant>>,
}

/// The settings of a [`Limiter`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct LimiterBuilder {
    policy: Policy,
    when_full: WhenFull,
    clock: Option<ServerClock>,
    margin: Duration,
    store: Option<Arc<dyn Store>>,
    store_loss: StoreLoss,
}

impl LimiterBuilder {
    /// Sets what is kept free for whom.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets what happens to a request that has no room. It waits up to ten seconds unless set.
    pub fn when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    /// Sets the clock by which windows begin and end, for clients that have none of their own. Unless set, it is the
    /// system's, taken to be right within a second.
    pub fn server_clock(mut self, clock: &ServerClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// Adds this to the uncertainty of the clock: for the difference between servers of the exchange. 50 ms unless set.
    pub fn margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// Counts in a store too, for the processes that share this address.
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Sets what happens while the store cannot be reached. Half of every limit is used unless set.
    pub fn on_store_loss(mut self, store_loss: StoreLoss) -> Self {
        self.store_loss = store_loss;
        self
    }

    /// The limiter.
    #[must_use]
    pub fn build(self) -> Limiter {
        Limiter {
            shared: Arc::new(Shared {
                ledger: Mutex::new(Ledger::new(self.policy)),
                clock: self.clock.unwrap_or_default(),
                margin: self.margin,
                when_full: self.when_full,
                changes: watch::Sender::new(()),
                store: self.store,
                store_loss: self.store_loss,
                store_retry: Mutex::new(None),
            }),
            account: None,
        }
    }
}

impl Default for Limiter {
    fn default() -> Self {
        Self::new()
    }
}

impl Limiter {
    /// Returns a limiter with the default settings.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// The settings of a limiter.
    pub fn builder() -> LimiterBuilder {
        LimiterBuilder {
            policy: Policy::default(),
            when_full: WhenFull::Wait(Duration::from_secs(10)),
            clock: None,
            margin: MARGIN,
            store: None,
            store_loss: StoreLoss::default(),
        }
    }

    /// The same limiter for the clients of an account, whose keys count together under this name. Without it, each API
    /// key is taken for an account.
    #[must_use]
    pub fn account(&self, name: &str) -> Self {
        Self {
            shared: self.shared.clone(),
            account: Some(name.into()),
        }
    }

    /// The state of every counter and every ban.
    pub fn snapshot(&self) -> Snapshot {
        let moment = self.shared.moment(&self.shared.clock);
        let mut snapshot = self.shared.ledger().snapshot(moment);
        snapshot.store = match (&self.shared.store, *self.shared.store_retry()) {
            (None, _) => StoreState::None,
            (Some(_), None) => StoreState::Reachable,
            (Some(_), Some(_)) => StoreState::Unreachable,
        };
        snapshot
    }

    /// Follows the state: every request, answer and ban is a change.
    pub fn watch(&self) -> Watch {
        Watch {
            changes: self.shared.changes.subscribe(),
            limiter: self.clone(),
        }
    }

    /// Stops everything that is sent to the addresses of `product` on the host `host` until a time of the exchange's
    /// clock.
    pub fn ban(&self, product: &ProductLimits, host: &str, until: Timestamp) {
        let name = crate::address::name(product.system, host);
        let mut ledger = self.shared.ledger();
        let place = ledger.place(&name, product);
        ledger.ban(place, until);
        drop(ledger);
        if let Some(store) = &self.shared.store {
            store.ban(&name, until);
        }
        self.shared.changed();
    }

    /// The limits of one client: those of `product` on the host of `url`, and those of the account that `key` belongs to.
    /// `clock` is the client's own clock of the exchange, where it has one. For transports.
    pub fn lane(
        &self,
        product: &ProductLimits,
        url: &str,
        key: Option<&str>,
        clock: Option<&ServerClock>,
    ) -> Lane {
        let address: Arc<str> = crate::address::of_url(product.system, url).into();
        let mut ledger = self.shared.ledger();
        let place = ledger.place(&address, product);
        let mut lane = Lane {
            limiter: self.clone(),
            product: *product,
            address,
            place,
            account: crate::AccountId::default(),
            clock: clock.unwrap_or(&self.shared.clock).clone(),
        };
        lane.account = self.account_of(&mut ledger, key);
        lane
    }

    pub(crate) fn account_of(&self, ledger: &mut Ledger, key: Option<&str>) -> crate::AccountId {
        match (&self.account, key) {
            (Some(name), _) => ledger.account(name),
            (None, Some(key)) => ledger.account(&crate::address::fingerprint(key)),
            (None, None) => crate::AccountId::default(),
        }
    }
}

impl Shared {
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store_retry(&self) -> MutexGuard<'_, Option<Instant>> {
        self.store_retry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present by a clock, with the margin.
    pub(crate) fn moment(&self, clock: &ServerClock) -> Moment {
        clock.moment().give_or_take(self.margin)
    }

    pub(crate) fn changed(&self) {
        if self.changes.receiver_count() > 0 {
            self.changes.send_replace(());
        }
    }

    pub(crate) fn store(&self) -> Option<&Arc<dyn Store>> {
        self.store.as_ref()
    }

    /// The store, where it is worth asking.
    pub(crate) fn store_to_ask(&self) -> Option<&Arc<dyn Store>> {
        let store = self.store.as_ref()?;
        match *self.store_retry() {
            Some(at) if now() < at => None,
            _ => Some(store),
        }
    }

    /// Where the store was lost and is worth asking again, the next request may ask it for what is more than this process's
    /// part.
    pub(crate) fn try_store_again(&self) {
        if self.store.is_some() && self.store_retry().is_some_and(|at| now() >= at) {
            self.ledger().divide(1);
        }
    }

    /// The store answered, or did not.
    pub(crate) fn store_answered(&self, answered: bool) {
        let before = std::mem::replace(&mut *self.store_retry(), (!answered).then(|| now() + STORE_RETRY));
        let parts = match (answered, self.store_loss) {
            (false, StoreLoss::Share(parts)) => parts,
            _ => 1,
        };
        self.ledger().divide(parts);
        match (before.is_none(), answered) {
            (true, false) => tracing::warn!(then = ?self.store_loss, "the shared budget cannot be reached"),
            (false, true) => tracing::info!("the shared budget can be reached again"),
            _ => return,
        }
        self.changed();
    }
}

/// Follows the state of a limiter.
#[derive(Debug)]
pub struct Watch {
    changes: watch::Receiver<()>,
    limiter: Limiter,
}

impl Watch {
    /// Waits until something has changed since the last call, and returns the state. Changes in between are one.
    pub async fn changed(&mut self) -> Snapshot {
        // The sender lives as long as the limiter that is held here.
        let _ = self.changes.changed().await;
        self.limiter.snapshot()
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("account", &self.account)
            .field("when_full", &self.shared.when_full)
            .field("store", &self.shared.store)
            .finish_non_exhaustive()
    }
}
