//! The limits as one client meets them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use binance_wire_core::{
    Credit, Error, OperationInfo, ProductLimits, RateLimitRule, ThrottleReason, Throttled, Timestamp,
};

use crate::metric;
use crate::permit::{self, Held};
use crate::server_clock::now;
use crate::store::{StoreLoss, Take, Taken};
use crate::{
    About, AccountId, Booking, Demand, Limiter, Permit, PlaceId, Reservation, ServerClock, Verdict, WhenFull,
};

/// How long to wait where other processes hold what they may give back in a moment.
const SOON: Duration = Duration::from_millis(10);

/// The limits of one client: a system of the exchange at an address, and an account. For transports; made by
/// [`Limiter::lane`].
#[derive(Clone, Debug)]
pub struct Lane {
    pub(crate) limiter: Limiter,
    pub(crate) product: ProductLimits,
    pub(crate) address: Arc<str>,
    pub(crate) place: PlaceId,
    pub(crate) account: AccountId,
    pub(crate) clock: ServerClock,
}

impl Lane {
    /// The same client with another key, which is of another account.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        let account = self
            .limiter
            .account_of(&mut self.limiter.shared.ledger(), Some(key));
        Self {
            account,
            ..self.clone()
        }
    }

    /// The exchange's time, by which errors say until when to wait.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits until a call may be sent, up to `patience`. `raw` is whether it is a request of the REST API.
    ///
    /// # Errors
    /// [`Error::Throttled`] where there is no room for it in time, or none is waited for.
    pub async fn admit(
        &self,
        info: &OperationInfo,
        credit: &Credit,
        raw: bool,
        patience: Duration,
    ) -> Result<Permit, Error> {
        let demand = Demand::of(self.place, self.account, &self.product, info, credit, raw);
        self.wait(&demand, patience).await
    }

    /// Waits until a WebSocket connection may be opened, up to `patience`; `api` is whether it is one of the WebSocket
    /// API, which costs weight.
    ///
    /// # Errors
    /// As [`admit`](Self::admit).
    pub async fn connect(&self, api: bool, patience: Duration) -> Result<Permit, Error> {
        let weight = if api { self.product.connect_weight } else { 0 };
        let demand = Demand::connection(self.place, weight);
        self.wait(&demand, patience).await
    }

    /// Takes the limits that the exchange states; a `complete` list, as that of `exchangeInfo`, leaves out the intervals
    /// that are no more.
    pub fn learn(&self, rules: &[RateLimitRule], complete: bool) {
        self.limiter.shared.ledger().learn(self.place, rules, complete);
        self.limiter.shared.changed();
    }

    /// Whether the address may send anything at all.
    ///
    /// # Errors
    /// [`Error::Throttled`] after a 429 or 418, which says until when.
    pub fn check(&self) -> Result<(), Error> {
        permit::check(&self.limiter.shared, &self.clock, &About::address(self.place))
    }

    /// Takes what an answer says that belongs to no call that waits for it: a 429 or 418 stops the address.
    pub fn answered(&self, error: &Error) {
        let about = About::address(self.place);
        if permit::stop(&self.limiter.shared, &self.clock, &self.address, &about, error) {
            self.limiter.shared.changed();
        }
    }

    async fn wait(&self, demand: &Demand, patience: Duration) -> Result<Permit, Error> {
        let mut since = None;
        let result = self.take(demand, patience, &mut since).await;
        // A request that found room at once did not wait, however long that took to find out.
        let waited = since.map(|since| now().saturating_duration_since(since));
        metric::admitted(&self.address, waited, result.as_ref().err());
        result
    }

    /// Takes what `demand` asks for as soon as there is room. Sets `since` to when it began to wait for that, if it does.
    async fn take(
        &self,
        demand: &Demand,
        patience: Duration,
        since: &mut Option<Instant>,
    ) -> Result<Permit, Error> {
        let shared = &self.limiter.shared;
        let patience = match shared.when_full {
            WhenFull::Wait(longest) => longest.min(patience),
            WhenFull::Refuse => Duration::ZERO,
        };
        let start = shared.moment(&self.clock).at();
        let not_after = Some(start.checked_add(patience).unwrap_or(start));
        let mut waiting = Waiting {
            lane: self,
            booking: None,
        };
        loop {
            let moment = shared.moment(&self.clock);
            shared.try_store_again();
            let (verdict, whole) = {
                let mut ledger = shared.ledger();
                let verdict = match waiting.booking.take() {
                    None => ledger.reserve(moment, demand, not_after),
                    Some(booking) => ledger.claim(moment, booking, demand, not_after),
                };
                (verdict, ledger.parts() == 1)
            };
            shared.changed();
            match verdict {
                Verdict::Go(reservation) => match self.share(demand, reservation, whole).await? {
                    Step::Go(permit) => return Ok(permit),
                    Step::Until(at, reason) => {
                        if not_after.is_some_and(|latest| at > latest) {
                            return Err(throttled(reason, Some(at)));
                        }
                        since.get_or_insert_with(now);
                        self.sleep_until(at).await;
                    }
                    Step::Again => {}
                },
                Verdict::Until(booking) => {
                    let at = booking.at();
                    waiting.booking = Some(booking);
                    since.get_or_insert_with(now);
                    self.sleep_until(at).await;
                }
                Verdict::Refused(refused) => return Err(Error::Throttled(Box::new(refused))),
            }
        }
    }

    async fn sleep_until(&self, at: Timestamp) {
        let at = tokio::time::Instant::from_std(self.clock.instant_of(at));
        tokio::time::sleep_until(at).await;
    }

    fn permit(&self, reservation: Reservation, takes: Vec<Take>) -> Permit {
        metric::counted(&self.limiter.shared, &self.clock, &reservation.meters());
        Permit::new(Held {
            shared: self.limiter.shared.clone(),
            clock: self.clock.clone(),
            address: self.address.clone(),
            reservation,
            takes,
        })
    }

    /// Asks the other processes, where there is a store. `whole` is whether the room was found in limits that are not
    /// divided.
    async fn share(&self, demand: &Demand, reservation: Reservation, whole: bool) -> Result<Step, Error> {
        let shared = &self.limiter.shared;
        if shared.store().is_none() {
            return Ok(Step::Go(self.permit(reservation, Vec::new())));
        }
        let moment = shared.moment(&self.clock);
        let takes = shared.ledger().takes(moment, demand, &reservation);
        // Dropped while the store is asked, it gives back what is counted here; what is counted there ends with its window.
        let local = self.permit(reservation, Vec::new());
        let Some(store) = shared.store_to_ask() else {
            return self.alone(local, whole);
        };
        match store.take(&self.address, &takes, moment.before()).await {
            Ok(taken) => {
                shared.store_answered(true);
                match taken {
                    Taken::All => Ok(Step::Go(local.with_takes(takes))),
                    Taken::Banned(until) => {
                        shared.ledger().ban(self.place, until);
                        Ok(Step::Again)
                    }
                    Taken::Exhausted(index) => {
                        let Some(take) = takes.get(index) else {
                            return Ok(Step::Until(moment.at() + SOON, ThrottleReason::Banned));
                        };
                        let reason = ThrottleReason::Exhausted(take.description.clone());
                        // Of a later window there is more as soon as calls of others have been answered.
                        let at = match take.window > take.interval.window(moment.latest()) {
                            true => moment.at() + SOON,
                            false => take.ends() + moment.uncertainty(),
                        };
                        Ok(Step::Until(at, reason))
                    }
                }
            }
            Err(error) => {
                tracing::debug!(%error, "the store of the shared budget failed");
                // By what the settings say for this case, from now on.
                shared.store_answered(false);
                Ok(Step::Again)
            }
        }
    }

    /// What happens without the store.
    fn alone(&self, permit: Permit, whole: bool) -> Result<Step, Error> {
        match self.limiter.shared.store_loss {
            StoreLoss::Refuse => Err(throttled(ThrottleReason::StoreUnreachable, None)),
            // It was lost in the meantime, and the room may not be in this process's part.
            StoreLoss::Share(parts) if whole && parts > 1 => Ok(Step::Again),
            StoreLoss::Share(_) | StoreLoss::Ignore => Ok(Step::Go(permit)),
        }
    }
}

fn throttled(reason: ThrottleReason, until: Option<Timestamp>) -> Error {
    Error::Throttled(Box::new(Throttled::new(reason, until)))
}

/// What comes after a request has room on this side.
enum Step {
    Go(Permit),
    Until(Timestamp, ThrottleReason),
    /// Something has changed: ask this side again.
    Again,
}

/// Gives a booking back where nobody waits for it any more.
struct Waiting<'a> {
    lane: &'a Lane,
    booking: Option<Booking>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(booking) = self.booking.take() {
            self.lane.limiter.shared.ledger().cancel(booking);
        }
    }
}
