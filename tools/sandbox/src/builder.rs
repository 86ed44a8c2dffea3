//! What can be settled before the start, and the start.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::account::KeyRing;
use crate::clock::{Clock, Source};
use crate::exchange::{Exchange, StartError};
use crate::faults::Injection;
use crate::limits::Counters;
use crate::server;
use crate::state::{Settings, Shared, State};
use crate::tls::Tls;

/// What can be settled before the start.
#[derive(Debug, Default)]
pub struct Builder {
    bind: Option<IpAddr>,
    port: u16,
    certificate_folder: Option<PathBuf>,
    clock: Clock,
    market_data: Option<Duration>,
    moving: Option<Duration>,
    moving_symbols: Vec<String>,
    seed: u64,
    faults: Vec<Injection>,
    kept: Option<usize>,
    settings: Settings,
    counters: Counters,
}

impl Builder {
    /// The address to listen at, in place of 127.0.0.1. Whoever reaches any other can trade, inject faults and read every
    /// request, so it has to be chosen.
    #[must_use]
    pub fn bind(mut self, address: IpAddr) -> Builder {
        self.bind = Some(address);
        self
    }

    /// A fixed port; without it the system picks one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Builder {
        self.port = port;
        self
    }

    /// Keeps the certificate authority in a folder, so that clients that trust it do so at the next start as well. Without it
    /// each start makes a new one.
    #[must_use]
    pub fn certificate_dir(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.certificate_folder = Some(folder.into());
        self
    }

    /// The time that it is at the start, in milliseconds since the epoch; the system's without it.
    #[must_use]
    pub fn time(mut self, now_ms: i64) -> Builder {
        self.clock.set_us(now_ms.saturating_mul(1000));
        self
    }

    /// How fast the exchange's clock runs: 1 as time passes, 60 a minute a second, 0 not at all.
    #[must_use]
    pub fn speed(mut self, speed: f64) -> Builder {
        self.clock.run_at(speed);
        self
    }

    /// Moves the prices of Spot's books this often, as [`Exchange::move_market`] does. Without it they move when clients trade.
    #[must_use]
    pub fn move_market_every(mut self, every: Duration) -> Builder {
        self.moving = Some(every);
        self
    }

    /// The symbols whose prices move; all of them without this call.
    #[must_use]
    pub fn moving_symbols(mut self, symbols: impl IntoIterator<Item = String>) -> Builder {
        self.moving_symbols = symbols.into_iter().collect();
        self
    }

    /// What chance is drawn from: with the same seed and the same requests in the same order, the same faults strike.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Builder {
        self.seed = seed;
        self
    }

    /// A fault from the start on.
    #[must_use]
    pub fn fault(mut self, fault: impl Into<Injection>) -> Builder {
        self.faults.push(fault.into());
        self
    }

    /// How many of the requests, frames and pongs received are kept, the latest of each; all of them without this call.
    #[must_use]
    pub fn keep_requests(mut self, most: usize) -> Builder {
        self.kept = Some(most);
        self
    }

    /// Sends an event on every subscribed stream this often, made up from the books. Without it
    /// streams carry only what orders cause and what tests push.
    ///
    /// These events leave the books as they are. Books move when orders rest, trade or are
    /// canceled: a client that keeps a book sees it change once somebody places an order.
    #[must_use]
    pub fn market_data_every(mut self, every: Duration) -> Builder {
        self.market_data = Some(every);
        self
    }

    /// Request weight that an address has per minute (6000).
    #[must_use]
    pub fn weight_per_minute(mut self, weight: u32) -> Builder {
        self.counters.limits.weight_per_minute = weight;
        self
    }

    /// Unfilled orders that an account may have per ten seconds (50) and per day (160,000).
    #[must_use]
    pub fn order_limits(mut self, per_10_seconds: u32, per_day: u32) -> Builder {
        self.counters.limits.orders_per_10s = per_10_seconds;
        self.counters.limits.orders_per_day = per_day;
        self
    }

    /// How often WebSocket connections are pinged (20 s); none never.
    #[must_use]
    pub fn ping_every(mut self, every: Option<Duration>) -> Builder {
        self.settings.ping_interval = every;
        self
    }

    /// Closes each WebSocket connection this long after it was opened, as the exchange does after
    /// 24 hours.
    #[must_use]
    pub fn close_after(mut self, after: Duration) -> Builder {
        self.settings.close_after = Some(after);
        self
    }

    /// Closes stream connections that send more text, ping and pong frames a second than this.
    /// The exchange allows 5; without this call there is no limit.
    #[must_use]
    pub fn stream_frames_per_second(mut self, limit: u32) -> Builder {
        self.settings.stream_frames_per_second = Some(limit);
        self
    }

    /// Refuses SBE with code -1155.
    #[must_use]
    pub fn without_sbe(mut self) -> Builder {
        self.settings.sbe_enabled = false;
        self
    }

    /// Starts the exchange.
    ///
    /// # Errors
    /// [`StartError::Listen`] when the port cannot be had, [`StartError::Certificate`] when the folder of
    /// [`certificate_dir`](Self::certificate_dir) cannot be used.
    pub fn start(self) -> Result<Exchange, StartError> {
        let keys = KeyRing::built_in()?;
        let bind = self.bind.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let listener = std::net::TcpListener::bind((bind, self.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let tls = Arc::new(Tls::new(address.ip(), self.certificate_folder.as_deref())?);
        let mut state = State::new(self.settings, self.counters, keys);
        state.clock = self.clock;
        state.records.most = self.kept;
        state.faults.seed(self.seed);
        state.market.chance = fastrand::Rng::with_seed(self.seed);
        state.market.only = self.moving_symbols;
        for fault in self.faults {
            state.inject(fault);
        }
        let shared = Arc::new(Shared::new(state));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = Arc::clone(&shared);
        let acceptor = tls.acceptor.clone();
        let market_data = self.market_data;
        let moving = self.moving;
        let listener = {
            // Registering the listener needs the runtime that will serve it.
            let _guard = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let thread = std::thread::Builder::new()
            .name("exchange".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    tokio::spawn(server::accept(listener, acceptor, Arc::clone(&served)));
                    if let Some(every) = moving {
                        tokio::spawn(server::move_market(Exchange::of(Arc::clone(&served)), every));
                    }
                    if let Some(every) = market_data {
                        tokio::spawn(server::tick_market(served, every));
                    }
                    // Either the word or the end of the handle that would have said it.
                    let _ = stopped.await;
                });
                // With the runtime go all tasks, and with them all sockets.
            })?;
        Ok(Exchange {
            shared,
            address,
            tls: Some(tls),
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Limits WebSocket handshakes of an address per five minutes. The exchange allows 300; without this call there is no
    /// limit.
    #[must_use]
    pub fn attempts_per_5m(mut self, limit: u32) -> Builder {
        self.counters.limits.attempts_per_5m = Some(limit);
        self
    }

    /// Limits REST requests of an address per five minutes. The exchange allows 300,000; without this call there is no limit.
    #[must_use]
    pub fn raw_requests_per_5m(mut self, limit: u32) -> Builder {
        self.counters.limits.raw_requests_per_5m = Some(limit);
        self
    }

    /// An exchange that listens nowhere: connections are handed to [`Exchange::serve`], and the time is what `now_us`
    /// says, in microseconds since the epoch. It records no requests, only counts.
    ///
    /// # Errors
    /// [`StartError::Key`] when a built-in key cannot be read.
    pub fn embed(self, now_us: impl Fn() -> i64 + Send + Sync + 'static) -> Result<Exchange, StartError> {
        let keys = KeyRing::built_in()?;
        let mut state = State::new(self.settings, self.counters, keys);
        state.market.chance = fastrand::Rng::with_seed(self.seed);
        state.market.only = self.moving_symbols;
        state.faults.seed(self.seed);
        state.clock = Clock::new(Source::Simulated(Arc::new(now_us)));
        state.records.off = true;
        Ok(Exchange::of(Arc::new(Shared::new(state))))
    }
}
