//! Setting up a stream of books.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use binance_wire_core::{Error, Operation, Text, Timestamp};
use binance_wire_websocket::{StreamClientBuilder, StreamItem};
use futures_util::Stream;

use super::{BookProduct, Fetcher, OrderBooks};
use crate::{BookSettings, SnapshotPace};

/// The settings of [`OrderBooks`]; see the methods for the defaults.
pub struct OrderBooksBuilder<P: BookProduct> {
    pub(crate) symbols: Vec<Text>,
    pub(crate) depth: u32,
    pub(crate) settings: BookSettings,
    pub(crate) pace: SnapshotPace,
    pub(crate) stream_of: fn(&str) -> Text,
    pub(crate) fetch: Fetcher<P>,
    pub(crate) clock: Option<Clock>,
}

/// Tells the time on the exchange's clock, as far as it is known.
pub(crate) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

impl<P: BookProduct> fmt::Debug for OrderBooksBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderBooksBuilder")
            .field("symbols", &self.symbols)
            .field("settings", &self.settings)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

/// A client that waits for its limiter may take this long over a snapshot.
const TIMEOUT: Duration = Duration::from_secs(600);

impl<P: BookProduct> OrderBooksBuilder<P> {
    /// Books whose snapshots come from `fetch`. Product crates have a function that calls this with their REST client.
    pub fn new<F>(fetch: impl Fn(P::Request) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<<P::Request as Operation>::Response, Error>> + Send + 'static,
    {
        let mut settings = BookSettings::new(P::MAX_DEPTH as usize).timeout(TIMEOUT);
        settings.confirm = P::CONFIRM;
        Self {
            symbols: Vec::new(),
            depth: P::MAX_DEPTH,
            settings,
            pace: SnapshotPace::weight_per_minute(4, P::WEIGHT_PER_MINUTE),
            stream_of: P::stream,
            fetch: Arc::new(move |request| Box::pin(fetch(request))),
            clock: None,
        }
    }

    /// The symbols to begin with, as the REST API spells them: `BTCUSDT`.
    #[must_use]
    pub fn symbols<S: Into<Text>>(mut self, symbols: impl IntoIterator<Item = S>) -> Self {
        for symbol in symbols {
            let symbol = symbol.into();
            if !self.symbols.contains(&symbol) {
                self.symbols.push(symbol);
            }
        }
        self
    }

    /// Sets how many levels a side snapshots are asked for; the most that the exchange sends, unless set. The
    /// request weight depends on it, and what lies behind them is [not known](crate::Book::known_to). USDⓈ-M and COIN-M
    /// accept 5, 10, 20, 50, 100, 500 and 1000.
    #[must_use]
    pub fn depth(mut self, levels: u32) -> Self {
        self.depth = levels.clamp(1, P::MAX_DEPTH);
        self
    }

    /// Sets how many levels a side the books keep; all that are known, unless set.
    #[must_use]
    pub fn keep(mut self, levels: usize) -> Self {
        self.settings.keep = Some(levels.max(1));
        self
    }

    /// Sets the pace of snapshots. Unless set, four at a time and half of the request weight of an address. Where the client
    /// has a limiter, [`SnapshotPace::unlimited`] leaves it all to that.
    #[must_use]
    pub fn pace(mut self, pace: SnapshotPace) -> Self {
        self.pace = pace;
        self
    }

    /// Sets the pause between two snapshots of a book the first of which was of no use, and the bound to which it doubles: 1
    /// and 30 seconds, unless set.
    #[must_use]
    pub fn pauses(mut self, pause: Duration, max_pause: Duration) -> Self {
        self.settings = self.settings.pauses(pause, max_pause);
        self
    }

    /// Sets how many events of a book, and levels in them, wait for its snapshot before the oldest are forgotten: 1,000 and
    /// 100,000, unless set.
    #[must_use]
    pub fn buffer(mut self, events: usize, levels: usize) -> Self {
        self.settings = self.settings.buffer(events, levels);
        self
    }

    /// Sets which stream of a symbol is subscribed to, such as one of another speed; it must send the product's depth
    /// events. The fastest with a fixed speed, unless set.
    #[must_use]
    pub fn stream(mut self, name: fn(symbol: &str) -> Text) -> Self {
        self.stream_of = name;
        self
    }

    /// Sets the clock by which waits until a moment are measured, such as until the end of a ban. That of the connections,
    /// unless set; for [`over`](Self::over), the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Connects, subscribes to the symbols' streams over as many connections as they need, and starts to fetch their
    /// snapshots as soon as the result is polled. The connections must not be
    /// [raw](StreamClientBuilder::raw): books are found by the names of streams.
    ///
    /// # Errors
    /// As of [`StreamClientBuilder::connect`].
    pub async fn start(self, streams: StreamClientBuilder<P::Message>) -> Result<OrderBooks<P>, Error> {
        let names: Vec<Text> = self
            .symbols
            .iter()
            .map(|symbol| (self.stream_of)(symbol))
            .collect();
        let (client, events) = streams.streams(names).connect().await?;
        Ok(OrderBooks::new(self, Box::pin(events), Some(client)))
    }

    /// Books from a stream whose subscriptions are somebody else's matter, and whose items name their streams as
    /// [`BookProduct::stream`] does. The symbols' streams must be subscribed to.
    pub fn over(self, events: impl Stream<Item = StreamItem<P::Message>> + Send + 'static) -> OrderBooks<P> {
        OrderBooks::new(self, Box::pin(events), None)
    }
}
