//! The bot: places and cancels orders through the clients under test, and finds out what became of each.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use binance_wire_core::{Decimal, Error, Fate as Known, Text, Unresolved};
use binance_wire_spot::requests::{CancelOrder, NewOrder};
use binance_wire_spot::{OrderType, Side, TimeInForce, models, rest, ws_api};
use tokio::time::{Instant, sleep, sleep_until};

use crate::SYMBOLS;
use crate::clock::WallClock;
use crate::ledger::{Fate, Ledger};
use crate::office::Office;
use crate::plan::{Break, Plan, about};
use crate::trace::{Trace, note};

const NO_SUCH_ORDER: i32 = -2013;
const UNKNOWN_ORDER: i32 = -2011;
pub(crate) const OUTSIDE_WINDOW: i32 = -1021;

/// One client of each kind, and what they share with the others of the process.
#[derive(Clone)]
pub(crate) struct Desk {
    rest: rest::Client,
    api: ws_api::Client,
    clock: WallClock,
    /// See [`Office::correction`].
    correction: Arc<AtomicI64>,
    /// Whether the clients wait for their limits by themselves.
    limited: bool,
    ledger: Ledger,
    numbers: Arc<AtomicU64>,
    trace: Trace,
    plan: Arc<Plan>,
}

impl Desk {
    pub(crate) fn new(office: &Office, rest: rest::Client, api: ws_api::Client) -> Self {
        Self {
            rest,
            api,
            clock: office.clock.clone(),
            correction: Arc::clone(&office.correction),
            limited: office.keeper.is_some(),
            ledger: office.ledger.clone(),
            numbers: Arc::clone(&office.numbers),
            trace: office.trace.clone(),
            plan: Arc::clone(&office.plan),
        }
    }

    pub(crate) fn rest(&self) -> &rest::Client {
        &self.rest
    }

    pub(crate) fn api(&self) -> &ws_api::Client {
        &self.api
    }

    /// The account in calm: no fault stands in the way but a clock that is wrong, and limits that are used up.
    pub(crate) async fn account(&self) -> Result<models::Account, String> {
        self.set_clock().await;
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.rest.account().send().await {
                Ok(account) => return Ok(account),
                Err(error) if self.limited && attempts < 60 => {
                    note!(self.trace, "the account: {error}");
                    sleep(Duration::from_secs(5)).await;
                }
                Err(error) => return Err(format!("the account at rest: {error}")),
            }
        }
    }

    /// Trades until `end`, or until the ledger has `orders` entries.
    pub(crate) async fn trade(self, mut rng: fastrand::Rng, end: Instant, orders: usize) {
        while Instant::now() < end && self.ledger.len() < orders {
            match rng.u8(0..10) {
                0..7 => self.place(&mut rng).await,
                _ => self.cancel(&mut rng).await,
            }
            let next = Instant::now() + about(&mut rng, self.plan.between_orders);
            sleep_until(next.min(end)).await;
        }
    }

    async fn place(&self, rng: &mut fastrand::Rng) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let id = format!("sim-{number:06}");
        let side = if rng.bool() { Side::Buy } else { Side::Sell };
        // Around the middle of the book: some cross it, some rest.
        let symbol = symbol_of(&id);
        let (price, quantity) = match symbol {
            "BTCUSDT" => (
                Decimal::new(5_200_000 + rng.i64(-400..=400), 2),
                Decimal::new(rng.i64(100..2_000), 5),
            ),
            _ => (
                Decimal::new(300_000 + rng.i64(-200..=200), 2),
                Decimal::new(rng.i64(100..2_000), 4),
            ),
        };
        let request = match rng.u8(0..10) {
            0..6 => NewOrder::limit(symbol, side, quantity, price),
            6..8 => NewOrder::new(symbol, side, OrderType::Limit)
                .time_in_force(TimeInForce::Ioc)
                .quantity(quantity)
                .price(price),
            _ => NewOrder::market(symbol, side, quantity),
        };
        let request = request.new_client_order_id(id.as_str());
        self.ledger.open(&id);
        let over_rest = rng.bool();
        note!(
            self.trace,
            "{id}: {} over {}",
            request_text(&request),
            over(over_rest)
        );
        let answer = match over_rest {
            true => self.rest.send(&request).await,
            false => self.api.send(&request).await,
        };
        match answer {
            Ok(response) => {
                note!(self.trace, "{id}: placed");
                self.ledger.placed(&id, Fate::Done(response.order_id()));
            }
            Err(error) => match self.fate(&id, &error).await {
                Ok(fate) => self.ledger.placed(&id, fate),
                Err(unresolved) => {
                    self.ledger.placed(&id, Fate::Unknown);
                    let fate = self.reconcile(&id, &unresolved, rng).await;
                    self.ledger.placed(&id, fate);
                }
            },
        }
    }

    async fn cancel(&self, rng: &mut fastrand::Rng) {
        let Some(id) = self.ledger.any_placed(rng) else {
            return;
        };
        let at = self.ledger.canceling(&id);
        let request = CancelOrder::new(symbol_of(&id)).orig_client_order_id(id.as_str());
        let over_rest = rng.bool();
        note!(self.trace, "{id}: cancel over {}", over(over_rest));
        let answer = match over_rest {
            true => self.rest.send(&request).await,
            false => self.api.send(&request).await,
        };
        match answer {
            Ok(_) => {
                note!(self.trace, "{id}: canceled");
                self.ledger.canceled(&id, at, Fate::Done(0));
            }
            Err(error) => match self.fate(&id, &error).await {
                Ok(fate) => self.ledger.canceled(&id, at, fate),
                Err(unresolved) => {
                    self.ledger.canceled(&id, at, Fate::Unknown);
                    let fate = self.reconcile_cancel(&id, &unresolved, rng).await;
                    self.ledger.canceled(&id, at, fate);
                }
            },
        }
    }

    /// What an error says about a change that was asked for; where its fate is unknown, what is needed to find out.
    async fn fate(&self, id: &str, error: &Error) -> Result<Fate, Box<Unresolved>> {
        note!(self.trace, "{id}: {error}");
        match error {
            Error::Api(refused) => {
                if refused.code.0 == OUTSIDE_WINDOW {
                    self.set_clock().await;
                }
                Ok(Fate::Not(refused.code.0))
            }
            Error::RateLimited { error, .. } | Error::Banned { error, .. } => {
                self.wait(error.status).await;
                Ok(Fate::Not(error.code.0))
            }
            Error::Forbidden { .. } | Error::Transport(_) | Error::Throttled(_) => Ok(Fate::Not(0)),
            Error::ExecutionUnknown {
                client_order_id,
                unresolved,
                ..
            } => {
                if client_order_id.as_deref() != Some(id) {
                    self.trace
                        .violated(format_args!("{id}: the error names order {client_order_id:?}"));
                }
                match unresolved {
                    _ if self.plan.broken == Some(Break::Fates) => Ok(Fate::Not(0)),
                    Some(unresolved) => Err(unresolved.clone()),
                    None => {
                        self.trace
                            .violated(format_args!("{id}: {error} says nothing to find out by"));
                        Ok(Fate::Not(0))
                    }
                }
            }
            other => {
                self.trace
                    .violated(format_args!("{id}: {other:?} leaves its fate open"));
                Ok(Fate::Not(0))
            }
        }
    }

    /// Finds out what became of an order whose answer was lost.
    async fn reconcile(&self, id: &str, unresolved: &Unresolved, rng: &mut fastrand::Rng) -> Fate {
        loop {
            let known = match rng.bool() {
                true => self.rest.reconcile::<NewOrder>(unresolved).await,
                false => self.api.reconcile::<NewOrder>(unresolved).await,
            };
            match self.known(id, known).await {
                Some(Known::CarriedOut(order)) => {
                    note!(self.trace, "{id}: it was placed");
                    return Fate::Done(order.order_id);
                }
                Some(_) => {
                    note!(self.trace, "{id}: it was not placed and will not be");
                    return Fate::Not(NO_SUCH_ORDER);
                }
                None => {}
            }
        }
    }

    /// The same for a cancellation.
    async fn reconcile_cancel(&self, id: &str, unresolved: &Unresolved, rng: &mut fastrand::Rng) -> Fate {
        loop {
            let known = match rng.bool() {
                true => self.rest.reconcile::<CancelOrder>(unresolved).await,
                false => self.api.reconcile::<CancelOrder>(unresolved).await,
            };
            match self.known(id, known).await {
                Some(Known::CarriedOut(_)) => return Fate::Done(0),
                Some(_) => {
                    note!(self.trace, "{id}: it was not canceled");
                    return Fate::Not(UNKNOWN_ORDER);
                }
                None => {}
            }
        }
    }

    /// An answer that is certain; otherwise what its error asks for is done.
    async fn known<T>(&self, id: &str, known: Result<Known<T>, Error>) -> Option<Known<T>> {
        let error = match known {
            Ok(Known::NotKnownYet(error)) => error,
            Ok(known) => return Some(known),
            Err(error) => {
                self.trace
                    .violated(format_args!("{id}: it cannot be found out: {error}"));
                error
            }
        };
        note!(self.trace, "{id}: query: {error}");
        match &error {
            Error::Api(refused) if refused.code.0 == OUTSIDE_WINDOW => self.set_clock().await,
            Error::RateLimited { error, .. } | Error::Banned { error, .. } => self.wait(error.status).await,
            _ => sleep(Duration::from_millis(700)).await,
        }
        None
    }

    /// Waits after a refusal, where the clients do not do that by themselves.
    async fn wait(&self, status: u16) {
        if !self.limited {
            sleep(Duration::from_secs(if status == 418 { 10 } else { 2 })).await;
        }
    }

    /// Sets the bot's clock by the exchange's, where the clients do not do that by themselves.
    pub(crate) async fn set_clock(&self) {
        if self.limited {
            return;
        }
        loop {
            let asked = self.clock.now_us().div_euclid(1000);
            match self.rest.time().send().await {
                Ok(time) => {
                    let answered = self.clock.now_us().div_euclid(1000);
                    let correction = time.server_time.as_millis() - (asked + answered) / 2;
                    note!(self.trace, "the clock is corrected by {correction} ms");
                    return self.correction.store(correction, Ordering::Relaxed);
                }
                Err(error) => {
                    note!(self.trace, "time: {error}");
                    sleep(Duration::from_millis(900)).await;
                }
            }
        }
    }
}

/// The symbol of an order of the bot: one in four is on the second one.
fn symbol_of(id: &str) -> &'static str {
    match id.ends_with(['3', '7']) {
        true => SYMBOLS[1],
        false => SYMBOLS[0],
    }
}

fn over(rest: bool) -> &'static str {
    if rest { "REST" } else { "the WebSocket API" }
}

fn request_text(request: &NewOrder) -> String {
    let price = request
        .price
        .map_or_else(|| Text::from("market"), |price| Text::from(price.to_string()));
    format!(
        "{} {:?} {} at {price}",
        request.side.as_str(),
        request.quantity,
        request.symbol
    )
}
