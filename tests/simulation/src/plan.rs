//! What a seed decides before a run begins.

use std::time::Duration;

use crate::limits::Limits;
use crate::network::Conditions;

/// What is asked of a run, whatever its seed.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The virtual time in which orders are placed and faults happen.
    pub duration: Duration,
    /// The number of orders at which the bot stops before that.
    pub orders: usize,
    /// A storm of faults, whatever the seed: many, on everything, without a pause.
    pub storm: bool,
    /// Something that is broken on purpose, which must be found.
    pub broken: Option<Break>,
}

/// Something that is broken on purpose, to show that its invariant can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The books that the client's are compared with miss some changes.
    Books,
    /// The reader of user data overlooks some events.
    Account,
    /// It takes some events twice.
    Twice,
    /// The clients have no limiter.
    Limits,
    /// The same, and what they send after a refusal is watched.
    Refusals,
    /// The bot takes orders whose fate is unknown for orders that were not placed.
    Fates,
}

impl std::str::FromStr for Break {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "books" => Ok(Self::Books),
            "account" => Ok(Self::Account),
            "twice" => Ok(Self::Twice),
            "limits" => Ok(Self::Limits),
            "refusals" => Ok(Self::Refusals),
            "fates" => Ok(Self::Fates),
            _ => Err("one of books, account, twice, limits, refusals and fates".to_owned()),
        }
    }
}

impl Settings {
    /// A run of two virtual minutes: what CI runs by the hundreds.
    pub fn short() -> Self {
        Self {
            duration: Duration::from_secs(120),
            orders: 200,
            storm: false,
            broken: None,
        }
    }

    /// A run that ends with so many orders, in a storm of faults.
    pub fn storm(orders: usize) -> Self {
        Self {
            duration: Duration::from_secs(7 * 24 * 3600),
            orders,
            storm: true,
            broken: None,
        }
    }
}

/// What a seed decides.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) conditions: Conditions,
    /// The mean time between two faults of the network, the clocks or the exchange as a whole.
    pub(crate) between_faults: Duration,
    /// How many of a thousand requests something is done to.
    pub(crate) faulty_requests: u32,
    /// The mean time between two actions of one trader.
    pub(crate) between_orders: Duration,
    /// The mean time between two actions of the market.
    pub(crate) between_trades: Duration,
    pub(crate) clients: usize,
    pub(crate) traders: usize,
    /// How long the exchange keeps a WebSocket connection.
    pub(crate) life: Duration,
    pub(crate) client_offset_us: i64,
    pub(crate) client_drift_ppm: i64,
    pub(crate) request_timeout: Duration,
    /// Attempts to connect to a host in five minutes, which the clients of the process share.
    pub(crate) attempts: usize,
    /// Events of user data that wait for their consumer.
    pub(crate) capacity: usize,
    /// The life of a listen key, where user data comes by one too.
    pub(crate) listen_key: Option<Duration>,
    /// Where order books are kept.
    pub(crate) books: Option<Books>,
    /// Whether there is user data with snapshots.
    pub(crate) account: bool,
    /// Where the clients share a limiter.
    pub(crate) limits: Option<Limits>,
    /// How fast the exchange's clock goes, as measured by the clients' machine.
    pub(crate) server_drift_ppm: i64,
    pub(crate) broken: Option<Break>,
}

/// Which order books are kept.
#[derive(Clone, Debug)]
pub(crate) struct Books {
    /// Of how many symbols.
    pub(crate) symbols: usize,
    /// How many levels a side snapshots have.
    pub(crate) depth: u32,
    /// How many of ten thousand depth events are lost, doubled or swapped.
    pub(crate) faulty: u32,
}

impl Books {
    fn new(rng: &mut fastrand::Rng) -> Self {
        Self {
            symbols: rng.usize(1..=3),
            depth: [20, 100, 5000][rng.usize(0..3)],
            faulty: [0, 10, 100, 1_000][rng.usize(0..4)],
        }
    }
}

impl Plan {
    pub(crate) fn new(rng: &mut fastrand::Rng, settings: &Settings) -> Self {
        if settings.storm {
            return Self::storm(rng, settings);
        }
        // Long runs are calmer, or they would be nothing but storms.
        let calm = u32::try_from(settings.duration.as_secs() / 1200 + 1).unwrap_or(u32::MAX);
        let millis = |rng: &mut fastrand::Rng, from: u64, to: u64| Duration::from_millis(rng.u64(from..=to));
        let latency = millis(rng, 1, 80);
        Self {
            conditions: Conditions {
                latency,
                jitter: millis(rng, 0, 40),
                refused: 0,
                unanswered: 0,
            },
            between_faults: millis(rng, 400, 15_000) * calm,
            faulty_requests: [0, 10, 50, 150, 300][rng.usize(0..5)],
            between_orders: millis(rng, 500, 3_000) * calm,
            between_trades: millis(rng, 50, 1_000) * calm,
            clients: rng.usize(1..=3),
            traders: rng.usize(1..=4),
            life: match rng.u8(0..3) {
                0 => Duration::from_secs(24 * 3600),
                1 => Duration::from_secs(rng.u64(300..=3600)),
                _ => Duration::from_secs(rng.u64(20..=120)) * calm,
            },
            client_offset_us: rng.i64(-900_000..=900_000),
            client_drift_ppm: rng.i64(-50..=50),
            request_timeout: millis(rng, 2_000, 10_000),
            attempts: rng.usize(30..=300),
            capacity: [2, 20, 8192][rng.usize(0..3)],
            listen_key: rng.bool().then(|| Duration::from_secs(rng.u64(20..=90)) * calm),
            books: rng.bool().then(|| Books::new(rng)),
            account: rng.bool(),
            limits: rng.bool().then(|| Limits::new(rng)),
            server_drift_ppm: rng.i64(-50..=50),
            broken: settings.broken,
        }
    }

    fn storm(rng: &mut fastrand::Rng, settings: &Settings) -> Self {
        Self {
            conditions: Conditions {
                latency: Duration::from_millis(5),
                jitter: Duration::from_millis(20),
                refused: 0,
                unanswered: 0,
            },
            between_faults: Duration::from_secs(5),
            faulty_requests: 150,
            between_orders: Duration::from_millis(600),
            between_trades: Duration::from_millis(500),
            clients: 3,
            traders: 6,
            life: Duration::from_secs(600),
            client_offset_us: rng.i64(-900_000..=900_000),
            client_drift_ppm: 50,
            request_timeout: Duration::from_secs(5),
            attempts: 300,
            capacity: 8192,
            listen_key: Some(Duration::from_secs(60)),
            books: Some(Books {
                symbols: 3,
                depth: 100,
                faulty: 100,
            }),
            account: true,
            limits: Some(Limits {
                weight: 6_000,
                orders: 50,
                raw_requests: 300_000,
                attempts: 300,
                wait: Some(Duration::from_secs(10)),
                shared: true,
            }),
            server_drift_ppm: 20,
            broken: settings.broken,
        }
    }
}

/// A time that is `mean` on average, and up to four times as much.
pub(crate) fn about(rng: &mut fastrand::Rng, mean: Duration) -> Duration {
    let share = -(1.0 - rng.f64()).ln();
    mean.mul_f64(share.clamp(0.02, 4.0))
}
