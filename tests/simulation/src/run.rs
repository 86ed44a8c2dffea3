//! One run: a seed, an exchange, a network, clients, faults; and whether the invariants held.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use binance_wire_exchange::{Exchange, OrderSide};
use binance_wire_net::ConnectBudget;
use binance_wire_spot::Error;
use binance_wire_spot::models::UserDataEvent;
use binance_wire_spot::ws_api::EventStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::clock::WallClock;
use crate::desk::{Desk, Dialer, Office};
use crate::feed::Feed;
use crate::ledger::Ledger;
use crate::network::{Conditions, Failure, Network};
use crate::plan::{Plan, Settings, about};
use crate::report::{Figures, Report};
use crate::storm::{Storm, Tally, judge};
use crate::trace::{Trace, note};
use crate::{BOT, MARKET, SYMBOL, memory};

/// How long everything may take to come to rest after the last fault.
const CALM: Duration = Duration::from_secs(600);
/// The exchange's limit of attempts to connect in five minutes.
const ATTEMPTS: usize = 300;
/// Memory that a run may take, and what each order may add: the exchange keeps all orders.
const MEMORY: usize = 48 << 20;
const MEMORY_PER_ORDER: usize = 16 << 10;

/// An invariant that did not hold.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The seed that shows it.
    pub seed: u64,
    /// What is wrong.
    pub what: String,
    /// The last lines of what happened.
    pub trace: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}: {}", self.seed, self.what)
    }
}

impl std::error::Error for Violation {}

/// Runs a seed on this thread.
///
/// # Errors
/// The first invariant that did not hold.
///
/// # Panics
/// When there is no runtime to be had.
pub fn run(seed: u64, settings: &Settings) -> Result<Report, Box<Violation>> {
    memory::start();
    // What the clients draw is drawn from the thread's generator.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => panic!("a runtime: {error}"),
    };
    let (mut figures, trace, outcome) = runtime.block_on(async { World::new(seed, settings).live().await });
    drop(runtime);
    figures.memory = memory::peak();
    let allowed = MEMORY + usize::try_from(figures.orders).unwrap_or(0) * MEMORY_PER_ORDER;
    let outcome = outcome.and_then(|()| match figures.memory > allowed {
        true => Err(format!("the run took {} KiB of memory", figures.memory / 1024)),
        false => Ok(()),
    });
    match outcome {
        Ok(()) => Ok(Report {
            figures,
            hash: trace.hash(),
            trace: trace.lines(),
        }),
        Err(what) => Err(Box::new(Violation {
            seed,
            what,
            trace: trace.lines(),
        })),
    }
}

/// Everything in a run.
struct World {
    settings: Settings,
    plan: Arc<Plan>,
    rng: fastrand::Rng,
    exchange: Arc<Exchange>,
    network: Network,
    office: Office,
    storm_address: IpAddr,
    ledger: Ledger,
    feeds: [Feed; 2],
    tally: Tally,
    trace: Trace,
}

impl World {
    fn new(seed: u64, settings: &Settings) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let plan = Arc::new(Plan::new(&mut rng, settings));
        let start = Instant::now();
        let server_clock = WallClock::new(start, 0, 0);
        let client_clock = WallClock::new(start, plan.client_offset_us, plan.client_drift_ppm);
        let exchange = Exchange::builder()
            .attempts_per_5m(ATTEMPTS)
            .stream_frames_per_second(5)
            .close_after(plan.life)
            .embed(move || server_clock.now_us());
        let exchange = match exchange {
            Ok(exchange) => Arc::new(exchange),
            Err(error) => panic!("the exchange: {error}"),
        };
        let network = Network::new(Arc::clone(&exchange), rng.u64(..), plan.conditions);
        let address = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
        let (ledger, trace) = (Ledger::default(), Trace::new());
        let office = Office {
            dialer: Dialer {
                network: network.clone(),
                address,
            },
            clock: client_clock,
            ledger: ledger.clone(),
            trace: trace.clone(),
            plan: Arc::clone(&plan),
            correction: Arc::new(AtomicI64::new(0)),
            numbers: Arc::new(AtomicU64::new(0)),
            budget: ConnectBudget::new(plan.attempts, Duration::from_secs(300)),
        };
        Self {
            settings: *settings,
            plan,
            rng,
            exchange,
            network,
            office,
            storm_address: address,
            ledger,
            feeds: [Feed::new("WebSocket API"), Feed::new("listen key")],
            tally: Tally::default(),
            trace,
        }
    }

    async fn live(mut self) -> (Figures, Trace, Result<(), String>) {
        note!(self.trace, "{:?}", self.plan);
        let start = Instant::now();
        let outcome = self.story().await;
        let outcome = match self.trace.violation() {
            Some(what) => Err(what),
            None => outcome,
        };
        let fills = self.exchange.fills(BOT).len();
        let figures = Figures {
            time: start.elapsed(),
            faults: self.tally.counts(),
            orders: self.ledger.len() as u64,
            placed: self.exchange.orders_of(BOT).len() as u64,
            reconciled: self.ledger.reconciled() as u64,
            fills: fills as u64,
            events: self.feeds.iter().map(Feed::events).sum(),
            gaps: self.feeds.iter().map(|feed| feed.gaps() as u64).sum(),
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
        let Some(first) = desks.first().cloned() else {
            return Err("no client".to_owned());
        };
        // Nothing happens before the account is watched.
        let mut feeds = JoinSet::new();
        let (consumer, watching) = self.consumer(0);
        let api = first.api().clone();
        feeds.spawn(consumer.run(move || {
            let api = api.clone();
            async move { api.user_data().await }
        }));
        watching.await.map_err(|_| "no user data without a fault")?;
        if let Some(life) = self.plan.listen_key {
            self.exchange.set_listen_key_life(life);
            let (consumer, watching) = self.consumer(1);
            let access = self.office.by_listen_key(life);
            feeds.spawn(consumer.run(move || access.clone().connect()));
            watching.await.map_err(|_| "no user data without a fault")?;
        }
        let end = Instant::now() + self.settings.duration;
        let market = tokio::spawn(market(
            Arc::clone(&self.exchange),
            self.rng.fork(),
            self.plan.between_trades,
        ));
        self.exchange.judge(judge(
            self.rng.fork(),
            self.plan.faulty_requests,
            self.tally.clone(),
            self.trace.clone(),
        ));
        let storm = Storm {
            rng: self.rng.fork(),
            plan: (*self.plan).clone(),
            network: self.network.clone(),
            exchange: Arc::clone(&self.exchange),
            client_clock: self.office.clock.clone(),
            address: self.storm_address,
            trace: self.trace.clone(),
            tally: self.tally.clone(),
        };
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
        let early = tokio::select! {
            biased;
            () = storm.rage(end) => None,
            done = &mut all_done => Some(done),
        };

        if let Some(what) = self.trace.violation() {
            return Err(what);
        }

        note!(self.trace, "calm");
        self.exchange.clear_faults();
        self.exchange.lift_bans();
        self.network.set_conditions(Conditions {
            refused: 0,
            unanswered: 0,
            ..self.plan.conditions
        });
        self.network.fail_all(Failure::Healed);
        let done = match early {
            Some(done) => done,
            None => timeout(CALM, all_done)
                .await
                .map_err(|_| "an order's fate is not known ten minutes after the last fault")?,
        };
        done?;
        market.abort();
        // What is under way arrives, and connections come back.
        sleep(Duration::from_secs(120)).await;
        self.check(&first).await?;
        feeds.shutdown().await;
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

/// Everyone else: trades against the bot's orders, and rests orders of its own.
async fn market(exchange: Arc<Exchange>, mut rng: fastrand::Rng, mean: Duration) {
    let mut resting = Vec::new();
    loop {
        sleep(about(&mut rng, mean)).await;
        exchange.expire_listen_keys();
        let side = if rng.bool() {
            OrderSide::Buy
        } else {
            OrderSide::Sell
        };
        let cents = 5_200_000 + rng.i64(-500..=500);
        let price = format!("{}.{:02}", cents / 100, cents % 100);
        let quantity = format!("0.{:05}", rng.u32(100..5_000));
        match rng.u8(0..4) {
            0 if resting.len() > 20 => {
                let order = resting.swap_remove(rng.usize(0..resting.len()));
                exchange.cancel(MARKET, SYMBOL, order);
            }
            0 | 1 => resting.extend(exchange.place_limit(MARKET, SYMBOL, side, &price, &quantity, false)),
            _ => drop(exchange.place_limit(MARKET, SYMBOL, side, &price, &quantity, true)),
        }
    }
}

/// Reads user data for ever; now and then slowly.
struct Consumer {
    subscribed: Option<oneshot::Sender<()>>,
    feed: Feed,
    rng: fastrand::Rng,
    trace: Trace,
}

impl Consumer {
    /// Subscribes by `open`, again whenever a subscription is over.
    async fn run<F>(mut self, open: impl Fn() -> F)
    where
        F: Future<Output = Result<EventStream<UserDataEvent>, Error>>,
    {
        loop {
            match open().await {
                Ok(stream) => {
                    if let Some(subscribed) = self.subscribed.take() {
                        let _ = subscribed.send(());
                    }
                    self.read(stream).await;
                }
                Err(error) => note!(self.trace, "user data: {error}"),
            }
            self.feed.interrupted();
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn read(&mut self, mut stream: EventStream<UserDataEvent>) {
        while let Some(item) = stream.next().await {
            self.feed.take(&item, &self.trace);
            if self.rng.u8(..) == 0 {
                sleep(Duration::from_millis(self.rng.u64(0..20_000))).await;
            }
        }
    }
}
