//! Everything in a run, and its course: trading under faults, calm, and the invariants, as often as there are acts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use binance_wire_net::ConnectBudget;
use binance_wire_sandbox::Exchange;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::books::{Shelf, judge_depth};
use crate::clock::WallClock;
use crate::desk::Desk;
use crate::feed::{Consumer, Feed};
use crate::ledger::Ledger;
use crate::limits::{Keeper, Tap, exceeded};
use crate::market::Crowd;
use crate::mirror::Mirrors;
use crate::network::{Conditions, Failure, Network};
use crate::office::{ELSEWHERE, Office, TRADING};
use crate::plan::{Break, Plan, Settings};
use crate::portfolio::Portfolio;
use crate::report::Figures;
use crate::storm::{Storm, Tally, judge};
use crate::trace::{Trace, note};
use crate::{BOT, SYMBOLS};

/// How long everything may take to come to rest after the last fault.
const CALM: Duration = Duration::from_secs(600);
/// What it is given at least: what is under way arrives, and connections come back.
const REST: Duration = Duration::from_secs(120);
/// The time between two acts of a long run.
const ACT: Duration = Duration::from_secs(3600);

/// Everything in a run.
pub(crate) struct World {
    settings: Settings,
    plan: Arc<Plan>,
    rng: fastrand::Rng,
    exchange: Arc<Exchange>,
    network: Network,
    office: Office,
    storm: Storm,
    crowd: Crowd,
    ledger: Ledger,
    feeds: [Feed; 2],
    shelf: Option<Shelf>,
    portfolio: Option<Portfolio>,
    tally: Tally,
    trace: Trace,
}

impl World {
    pub(crate) fn new(seed: u64, settings: &Settings) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let plan = Arc::new(Plan::new(&mut rng, settings));
        let start = Instant::now();
        let server_clock = WallClock::new(start, 0, plan.server_drift_ppm);
        let client_clock = WallClock::new(start, plan.client_offset_us, plan.client_drift_ppm);
        let mut exchange = Exchange::builder()
            .attempts_per_5m(300)
            .stream_frames_per_second(5)
            .close_after(plan.life);
        if let Some(limits) = &plan.limits {
            exchange = exchange
                .weight_per_minute(limits.weight)
                .order_limits(limits.orders, 160_000)
                .raw_requests_per_5m(limits.raw_requests)
                .attempts_per_5m(limits.attempts);
        }
        let exchange = exchange.embed({
            let clock = server_clock.clone();
            move || clock.now_us()
        });
        let exchange = match exchange {
            Ok(exchange) => Arc::new(exchange),
            Err(error) => panic!("the exchange: {error}"),
        };
        let network = Network::new(Arc::clone(&exchange), rng.u64(..), plan.conditions);
        let (ledger, trace, tally) = (Ledger::default(), Trace::new(), Tally::default());
        let limits = plan.limits.as_ref();
        if limits.is_some() && settings.broken != Some(Break::Limits) {
            network.listen(Tap::new(server_clock, trace.clone()));
        }
        let kept = limits.filter(|_| !matches!(settings.broken, Some(Break::Limits | Break::Refusals)));
        let office = Office {
            network: network.clone(),
            keeper: kept.map(|limits| Keeper::new(limits, client_clock.now_us())),
            clock: client_clock.clone(),
            ledger: ledger.clone(),
            trace: trace.clone(),
            plan: Arc::clone(&plan),
            correction: Arc::new(AtomicI64::new(0)),
            numbers: Arc::new(AtomicU64::new(0)),
            budget: ConnectBudget::new(plan.attempts, Duration::from_secs(300)),
        };
        let storm = Storm {
            rng: rng.fork(),
            plan: (*plan).clone(),
            network: network.clone(),
            exchange: Arc::clone(&exchange),
            client_clock,
            addresses: [TRADING, ELSEWHERE],
            trace: trace.clone(),
            tally: tally.clone(),
        };
        let symbols = plan.books.as_ref().map_or(1, |books| books.symbols);
        Self {
            settings: *settings,
            crowd: Crowd::new(&exchange, rng.fork(), symbols),
            plan,
            rng,
            exchange,
            network,
            office,
            storm,
            ledger,
            feeds: [Feed::new("WebSocket API"), Feed::new("listen key")],
            shelf: None,
            portfolio: None,
            tally,
            trace,
        }
    }

    pub(crate) async fn live(mut self) -> (Figures, Trace, Result<(), String>) {
        note!(self.trace, "{:?}", self.plan);
        let start = Instant::now();
        let outcome = self.story().await;
        let outcome = match self.trace.violation() {
            Some(what) => Err(what),
            None => outcome,
        };
        let figures = Figures {
            time: start.elapsed(),
            faults: self.tally.counts(),
            orders: self.ledger.len() as u64,
            placed: self.exchange.orders_of(BOT).len() as u64,
            reconciled: self.ledger.reconciled() as u64,
            fills: self.exchange.fills(BOT).len() as u64,
            events: self.feeds.iter().map(Feed::events).sum(),
            gaps: self.feeds.iter().map(|feed| feed.gaps() as u64).sum(),
            books: self.shelf.as_ref().map(Shelf::counts).unwrap_or_default(),
            account: self.portfolio.as_ref().map(Portfolio::counts).unwrap_or_default(),
            refused: self.exchange.breaches().weight,
            attempts: self.network.attempts(),
            most_attempts: self.network.most_attempts(),
            memory: 0,
        };
        (figures, self.trace, outcome)
    }

    async fn story(&mut self) -> Result<(), String> {
        let mut desks = Vec::new();
        for _ in 0..self.plan.clients {
            let desk = timeout(CALM, self.office.desk()).await;
            desks.push(desk.map_err(|_| "no connection without a fault")?);
        }
        // Nothing happens before the account is watched. Readers end with this set.
        let mut readers = JoinSet::new();
        self.watch(&desks[0], &mut readers).await?;
        let end = Instant::now() + self.settings.duration;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            self.act(&desks, left.min(ACT)).await?;
            self.calm(&desks[0]).await?;
            if Instant::now() >= end || self.ledger.len() >= self.settings.orders {
                return Ok(());
            }
        }
    }

    /// Starts what reads user data and books.
    async fn watch(&mut self, desk: &Desk, readers: &mut JoinSet<()>) -> Result<(), String> {
        let (consumer, watching) = self.consumer(0);
        let api = desk.api().clone();
        readers.spawn(consumer.run(move || {
            let api = api.clone();
            async move { api.user_data().await }
        }));
        watching.await.map_err(|_| "no user data without a fault")?;
        if let Some(life) = self.plan.listen_key {
            self.exchange.set_listen_key_life(life);
            let (consumer, watching) = self.consumer(1);
            let access = self.office.by_listen_key(life);
            readers.spawn(consumer.run(move || access.clone().connect()));
            watching.await.map_err(|_| "no user data without a fault")?;
        }
        if self.plan.account {
            let portfolio = Portfolio::new(self.trace.clone(), desk, self.settings.broken);
            let items = timeout(CALM, self.office.account()).await;
            let items = items.map_err(|_| "no snapshot of the account without a fault")?;
            self.portfolio = Some(portfolio.clone());
            readers.spawn(portfolio.keep(items, self.rng.fork()));
        }
        if let Some(plan) = &self.plan.books {
            let symbols = &SYMBOLS[..plan.symbols];
            let skip_every = (self.settings.broken == Some(Break::Books)).then_some(50);
            let mirrors = Mirrors::new(&self.exchange, symbols, skip_every);
            let books = self.office.books(desk, symbols, plan.depth).await?;
            let shelf = Shelf::new(&books, symbols, mirrors, self.trace.clone());
            self.shelf = Some(shelf.clone());
            readers.spawn(shelf.keep(books, self.rng.fork()));
        }
        Ok(())
    }

    /// A consumer of one of the feeds, and what says that it is subscribed.
    fn consumer(&mut self, feed: usize) -> (Consumer, oneshot::Receiver<()>) {
        let (subscribed, watching) = oneshot::channel();
        let consumer = Consumer {
            subscribed: Some(subscribed),
            feed: self.feeds[feed].clone(),
            rng: self.rng.fork(),
            trace: self.trace.clone(),
        };
        (consumer, watching)
    }

    /// Trades while faults happen, and until every fate is known.
    async fn act(&mut self, desks: &[Desk], duration: Duration) -> Result<(), String> {
        let end = Instant::now() + duration;
        self.exchange.judge(judge(
            self.rng.fork(),
            self.plan.faulty_requests,
            self.tally.clone(),
            self.trace.clone(),
        ));
        if let Some(books) = &self.plan.books {
            let (tally, trace) = (self.tally.clone(), self.trace.clone());
            self.exchange
                .judge_depth(judge_depth(self.rng.fork(), books.faulty, tally, trace));
        }
        let mut traders = JoinSet::new();
        for number in 0..self.plan.traders {
            let desk = desks[number % desks.len()].clone();
            traders.spawn(desk.trade(self.rng.fork(), end, self.settings.orders));
        }
        let mut all_done = Box::pin(async {
            while let Some(trader) = traders.join_next().await {
                trader.map_err(|error| format!("a trader: {error}"))?;
            }
            Ok::<(), String>(())
        });
        let mut market = Box::pin(self.crowd.trade(self.plan.between_trades));
        let early = tokio::select! {
            biased;
            () = self.storm.rage(end) => None,
            done = &mut all_done => Some(done),
            () = &mut market => None,
        };
        if let Some(what) = self.trace.violation() {
            return Err(what);
        }

        note!(self.trace, "calm");
        self.exchange.clear_faults();
        self.exchange.deliver_depth();
        self.exchange.lift_bans();
        self.network.set_conditions(Conditions {
            refused: 0,
            unanswered: 0,
            ..self.plan.conditions
        });
        self.network.fail_all(Failure::Healed);
        match early {
            Some(done) => done,
            None => tokio::select! {
                biased;
                done = timeout(CALM, all_done) => {
                    done.map_err(|_| "an order's fate is not known ten minutes after the last fault")?
                }
                () = &mut market => Ok(()),
            },
        }
    }

    /// Waits until everything is at rest, and checks it.
    async fn calm(&mut self, desk: &Desk) -> Result<(), String> {
        desk.set_clock().await;
        let mean = self.plan.between_trades * 4;
        let _ = timeout(REST, self.crowd.trade(mean)).await;
        self.crowd.nudge();
        let deadline = Instant::now() + CALM;
        sleep(Duration::from_secs(5)).await;
        while let Some(what) = self.behind() {
            if Instant::now() > deadline {
                return Err(what);
            }
            sleep(Duration::from_secs(5)).await;
        }
        if let Some(shelf) = &self.shelf {
            shelf.check();
        }
        self.check(desk).await?;
        self.trace.violation().map_or(Ok(()), Err)
    }

    /// The first reader that is not up to date, at rest.
    fn behind(&self) -> Option<String> {
        let books = self.shelf.as_ref().and_then(Shelf::behind);
        let account = || self.portfolio.as_ref()?.behind(&self.exchange);
        books.or_else(account)
    }

    async fn check(&self, desk: &Desk) -> Result<(), String> {
        self.ledger.compare(&self.exchange)?;
        self.feeds[0].compare(&self.exchange)?;
        if self.plan.listen_key.is_some() {
            self.feeds[1].compare(&self.exchange)?;
        }
        let most = self.network.most_attempts();
        if most > self.plan.attempts {
            return Err(format!("{most} attempts to connect in five minutes"));
        }
        let breaches = self.exchange.breaches();
        if breaches.control_messages > 0 {
            return Err(format!("too many frames on a stream connection: {breaches:?}"));
        }
        if self.plan.limits.is_some()
            && let Some(what) = exceeded(&breaches)
        {
            return Err(what);
        }
        let account = desk.account().await?;
        let mut balances = self.exchange.balances(BOT);
        for balance in &account.balances {
            let (free, locked) = balances.remove(balance.asset.as_str()).unwrap_or_default();
            let same = |left: &str, right: binance_wire_core::Decimal| left.parse() == Ok(right);
            if !same(&free, balance.free) || !same(&locked, balance.locked) {
                return Err(format!(
                    "balance {balance:?}, of the exchange {free} and {locked}"
                ));
            }
        }
        Ok(())
    }
}
