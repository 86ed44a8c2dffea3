//! The stream of user data, and the task that drives [`AccountSync`].

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use binance_wire_core::{Error, FromJson, Text, Timestamp, TransportError};
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::Instrument;

use super::item::{GapCause, UserDataItem};
use super::model::{AccountSource, Fetch, Fetched};
use super::retry::Retry;
use super::sync::{AccountSync, Action, SyncPolicy, Ticket};
use crate::api::{ApiClient, Clock};
use crate::event_stream::EventStream;
use crate::item::StreamItem;
use crate::user_data::{Fetching, UserDataBuilder};

/// The most requests of one snapshot that are under way at once.
const AT_ONCE: usize = 8;

/// A wait for the reader that is worth a notice.
const SLOW: Duration = Duration::from_millis(100);

/// Events that lasted this long count as opened well.
const STABLE: Duration = Duration::from_secs(30);

/// Waits until no events can be opened any more: their client is closed.
type Closing = Pin<Box<dyn Future<Output = ()> + Send>>;

type Open<E> = Arc<dyn Fn() -> Fetching<'static, EventStream<E>> + Send + Sync>;

/// User data with snapshots, before it is connected. Product crates make it with `user_data` and the like.
#[must_use = "nothing happens before it is connected"]
pub struct AccountBuilder<S: AccountSource> {
    source: Arc<S>,
    open: Open<S::Event>,
    /// The client that carries the events, where it is one of the WebSocket API.
    client: Option<ApiClient>,
    policy: SyncPolicy,
    symbols: Vec<(u8, Text)>,
    capacity: usize,
    clock: Clock,
}

impl<S: AccountSource> fmt::Debug for AccountBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountBuilder")
            .field("policy", &self.policy)
            .field("symbols", &self.symbols)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl<M: Send + 'static> UserDataBuilder<M> {
    /// These events with snapshots, which `source` fetches.
    pub fn with_snapshots<S: AccountSource<Event = M>>(self, source: S) -> AccountBuilder<S> {
        let clock = self.clock_in_use().clone();
        let builder = AccountBuilder::new(source, move || {
            let builder = self.clone();
            Box::pin(builder.connect())
        });
        AccountBuilder { clock, ..builder }
    }
}

impl<S: AccountSource> AccountBuilder<S> {
    /// Events from `open`, which is called again whenever they end, with snapshots from `source`.
    pub fn new(
        source: S,
        open: impl Fn() -> Fetching<'static, EventStream<S::Event>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            source: Arc::new(source),
            open: Arc::new(open),
            client: None,
            policy: SyncPolicy::default(),
            symbols: Vec::new(),
            capacity: 8192,
            clock: Clock::system(),
        }
    }

    /// Events of the account that signs the requests of `client`, with snapshots from `source`. Subscriptions of several
    /// accounts share one connection: see [`ApiClient::with_credentials`].
    pub fn over_api(client: &ApiClient, source: S) -> Self
    where
        S::Event: FromJson,
    {
        let carrier = client.clone();
        let builder = Self::new(source, move || {
            let client = carrier.clone();
            Box::pin(async move { client.subscribe_user_data().await })
        });
        Self {
            client: Some(client.clone()),
            clock: client.clock().clone(),
            ..builder
        }
    }

    /// Looks for fills in these symbols after every gap, even where the account has had no order since the beginning.
    /// Symbols with orders are looked at in any case.
    ///
    /// A fill of a symbol that is neither named here nor known from an order, made by another program or by an order whose
    /// first event was lost in a gap, shows in balances and positions alone.
    pub fn symbols<N: Into<Text>>(self, symbols: impl IntoIterator<Item = N>) -> Self {
        self.section_symbols(0, symbols)
    }

    /// As [`symbols`](Self::symbols), of a section of an account that has several, counted from 0 in the order of the specs:
    /// UM, CM and margin of portfolio margin.
    pub fn section_symbols<N: Into<Text>>(
        mut self,
        section: u8,
        symbols: impl IntoIterator<Item = N>,
    ) -> Self {
        self.symbols
            .extend(symbols.into_iter().map(|symbol| (section, symbol.into())));
        self
    }

    /// Sets how many items wait for a slow reader before the connection is no longer read. Default 8192.
    pub fn capacity(mut self, items: usize) -> Self {
        self.capacity = items;
        self
    }

    /// Sets how much is kept back until a snapshot is there, and when a failed one is tried again.
    pub fn policy(mut self, policy: SyncPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the clock by which waits until a moment are measured. Default: that of the client or the settings which carry the
    /// events, and the system's for those of [`new`](Self::new).
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Clock(Arc::new(clock));
        self
    }

    /// Opens the events, fetches the first snapshot, and starts the task that fetches later ones. Must be called within a
    /// Tokio runtime. Dropping the result ends it all.
    ///
    /// What happens to the account after this has returned is in the events, as is everything that happens while it runs and
    /// is not in the snapshot.
    ///
    /// # Errors
    /// Where the events cannot be opened or the first snapshot cannot be fetched. Later failures are repaired automatically.
    pub async fn connect(self) -> Result<UserData<S>, Error> {
        let events = (self.open)().await?;
        let (items, receiver) = mpsc::channel(self.capacity.max(1));
        let retry = Retry::new(self.policy.first_delay, self.policy.max_delay, self.policy.seed);
        let sync = AccountSync::new(self.policy, self.clock.now(), self.symbols);
        let driver = Driver {
            source: self.source,
            open: self.open,
            sync,
            over: false,
            clock: self.clock,
            items,
            retry,
            failures: 0,
            opened_at: Instant::now(),
            fetches: FuturesUnordered::new(),
            wanted: VecDeque::new(),
        };
        let closing: Closing = match self.client {
            Some(client) => Box::pin(async move { client.closed().await }),
            None => Box::pin(std::future::pending()),
        };
        let task = driver.run(events, closing);
        tokio::spawn(task.instrument(tracing::info_span!("binance_user_data")));
        let mut events = UserData {
            begin: VecDeque::new(),
            receiver,
        };
        // Orders that end before the first snapshot are the past: the caller shall not place one before it.
        while let Some(item) = events.receiver.recv().await {
            match item {
                UserDataItem::SnapshotFailed { error, .. } | UserDataItem::OpenFailed { error, .. } => {
                    return Err(error);
                }
                UserDataItem::Snapshot(_) => {
                    events.begin.push_back(item);
                    return Ok(events);
                }
                other => events.begin.push_back(other),
            }
        }
        Err(TransportError::shut_down(
            "opening user data",
            "the client was closed, or the runtime shuts down",
        )
        .into())
    }
}

/// The events of an account, with a snapshot at the beginning and after everything that may have lost some.
///
/// What breaks is repaired, and says so in-band. Items wait for a slow reader; none is dropped. Once the client is shut
/// down or closed, the last item is a [`Gap`](UserDataItem::Gap) with [`GapCause::Ended`], and the stream ends. It is a [`Stream`], and ends when it is dropped.
pub struct UserData<S: AccountSource> {
    /// What came up to the first snapshot.
    begin: VecDeque<UserDataItem<S>>,
    receiver: mpsc::Receiver<UserDataItem<S>>,
}

impl<S: AccountSource> UserData<S> {
    /// The next item; `None` once the client is closed, or where the runtime shuts down. Cancel-safe.
    pub async fn next(&mut self) -> Option<UserDataItem<S>> {
        match self.begin.pop_front() {
            Some(item) => Some(item),
            None => self.receiver.recv().await,
        }
    }
}

// Its items are not pinned.
impl<S: AccountSource> Unpin for UserData<S> {}

impl<S: AccountSource> fmt::Debug for UserData<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserData").finish_non_exhaustive()
    }
}

impl<S: AccountSource> Stream for UserData<S> {
    type Item = UserDataItem<S>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.begin.pop_front() {
            Some(item) => Poll::Ready(Some(item)),
            None => self.receiver.poll_recv(cx),
        }
    }
}

/// The connection's end of the events.
enum Link<E> {
    Open(EventStream<E>),
    Opening(Fetching<'static, EventStream<E>>),
    Resting(Instant),
}

enum News<E> {
    Item(Option<StreamItem<E>>),
    Opened(Result<EventStream<E>, Error>),
    Rested,
}

impl<E> Link<E> {
    /// What comes next. Cancel-safe.
    async fn news(&mut self) -> News<E> {
        match self {
            Self::Open(events) => News::Item(events.next().await),
            Self::Opening(opening) => News::Opened(opening.await),
            Self::Resting(until) => {
                tokio::time::sleep_until(*until).await;
                News::Rested
            }
        }
    }
}

type Answer<S> = (Ticket, Result<Fetched<S>, Error>);

struct Driver<S: AccountSource> {
    source: Arc<S>,
    open: Open<S::Event>,
    sync: AccountSync<S>,
    /// By which waits until a moment are measured.
    clock: Clock,
    /// Set where the client is closed: nothing can be opened or fetched any more.
    over: bool,
    items: mpsc::Sender<UserDataItem<S>>,
    retry: Retry,
    /// Attempts to open the events, and openings that did not last, in a row.
    failures: u32,
    opened_at: Instant,
    fetches: FuturesUnordered<Pin<Box<dyn Future<Output = Answer<S>> + Send>>>,
    wanted: VecDeque<(Ticket, Fetch)>,
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}

impl<S: AccountSource> Driver<S> {
    async fn run(mut self, events: EventStream<S::Event>, mut closing: Closing) {
        let mut link = Link::Open(events);
        self.opened();
        while self.act().await && !self.over {
            let due = self.sync.due().map(Instant::from_std);
            // In this order, so that the same inputs have the same outcome: answers are few, while events may never end.
            tokio::select! {
                biased;
                () = self.items.closed() => return,
                Some((ticket, result)) = self.fetches.next() => {
                    self.fetched(ticket, result);
                }
                () = at(due) => self.sync.tick(now()),
                news = link.news() => if let Some(next) = self.hear(news) { link = next },
                // The last events and their end come before.
                () = &mut closing => self.over = true,
            }
        }
    }

    fn fetched(&mut self, ticket: Ticket, result: Result<Fetched<S>, Error>) {
        let error = result.as_ref().err();
        let wait = error.and_then(|error| error.wait(self.clock.now()));
        let shut_down = error.filter(|error| error.is_shut_down()).map(Error::to_string);
        self.sync.fetched(now(), ticket, result, wait);
        if let Some(reason) = shut_down {
            self.over = true;
            self.sync.lost(GapCause::Ended { reason });
        }
    }

    /// Does what the machine wants. False where nobody reads any more.
    async fn act(&mut self) -> bool {
        while let Some(action) = self.sync.action() {
            match action {
                Action::Fetch(ticket, fetch) => self.wanted.push_back((ticket, fetch)),
                Action::Yield(item) => {
                    if !self.hand_over(item).await {
                        return false;
                    }
                }
            }
        }
        while self.sync.due().is_none()
            && self.fetches.len() < AT_ONCE
            && let Some((ticket, fetch)) = self.wanted.pop_front()
        {
            if !self.sync.wants(ticket) {
                continue;
            }
            let source = self.source.clone();
            let answer = async move { (ticket, source.fetch(fetch).await) };
            self.fetches.push(Box::pin(answer));
        }
        true
    }

    async fn hand_over(&mut self, item: UserDataItem<S>) -> bool {
        let item = match self.items.try_send(item) {
            Ok(()) => return true,
            Err(mpsc::error::TrySendError::Closed(_)) => return false,
            Err(mpsc::error::TrySendError::Full(item)) => item,
        };
        let since = Instant::now();
        if self.items.send(item).await.is_err() {
            return false;
        }
        let time = since.elapsed();
        time < SLOW || self.items.send(UserDataItem::Waited { time }).await.is_ok()
    }

    /// Takes what came from the events' end; the new end of them, where it is another one.
    fn hear(&mut self, news: News<S::Event>) -> Option<Link<S::Event>> {
        match news {
            News::Item(Some(item)) => self.item(item),
            News::Item(None) => self.ended("the events ended"),
            News::Opened(Ok(events)) => {
                self.opened();
                Some(Link::Open(events))
            }
            News::Opened(Err(error)) if error.is_shut_down() => {
                self.over = true;
                None
            }
            News::Opened(Err(error)) => {
                let until = self.retry_at(error.wait(self.clock.now()));
                let retry_in = until.saturating_duration_since(Instant::now());
                self.sync.say(UserDataItem::OpenFailed { error, retry_in });
                Some(Link::Resting(until))
            }
            News::Rested => Some(Link::Opening((self.open)())),
        }
    }

    fn item(&mut self, item: StreamItem<S::Event>) -> Option<Link<S::Event>> {
        match item {
            StreamItem::Event(event) => self.sync.event(now(), event),
            StreamItem::Undecodable { error, frame } => {
                self.sync.say(UserDataItem::Undecodable { error, frame });
                self.sync.missed(now(), GapCause::Undecodable);
            }
            StreamItem::Gap { reason, .. } => self.sync.lost(GapCause::Lost(reason)),
            StreamItem::Reconnected { .. } => self.sync.connected(now()),
            StreamItem::Replaced => self.sync.missed(now(), GapCause::Replaced),
            StreamItem::Lagged {
                dropped, coalesced, ..
            } => {
                let events = dropped.saturating_add(coalesced);
                self.sync.missed(now(), GapCause::Dropped { events });
            }
            StreamItem::ServerShutdown => self.sync.say(UserDataItem::ServerShutdown),
            // Names of streams, of which user data has none.
            StreamItem::Refused { .. } => {}
            StreamItem::Terminated { reason } => return self.ended(&reason),
        }
        None
    }

    fn opened(&mut self) {
        self.opened_at = Instant::now();
        self.sync.connected(now());
    }

    fn ended(&mut self, reason: &str) -> Option<Link<S::Event>> {
        let reason = reason.to_owned();
        if self.opened_at.elapsed() >= STABLE {
            self.failures = 0;
        }
        self.sync.lost(GapCause::Ended { reason });
        Some(Link::Resting(self.retry_at(None)))
    }

    fn retry_at(&mut self, wait: Option<Duration>) -> Instant {
        self.failures = self.failures.saturating_add(1);
        let delay = self.retry.delay(self.failures);
        let now = Instant::now();
        // A wait that no clock can hold is as good as the usual one.
        now.checked_add(wait.unwrap_or_default().max(delay))
            .unwrap_or(now + delay)
    }
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use binance_wire_core::{ApiError, ErrorCode};

    use super::*;
    use crate::account::model::{AccountModel, Change, OrderState, TradeState};
    use crate::event_stream::{Sink, shared_channel};
    use crate::item::Notice;
    use crate::overflow::Policies;
    use crate::queue::{Bounds, Overflow};

    /// An account without orders, whose events are numbers.
    struct Numbers;

    impl AccountModel for Numbers {
        type Event = u32;
        type Account = ();
        type Order = OrderState;
        type Trade = TradeState;

        fn change(_: &u32) -> Change {
            Change::Other
        }
        fn account_time((): &()) -> Option<Timestamp> {
            None
        }
        fn order(_: u8, order: &OrderState) -> OrderState {
            order.clone()
        }
        fn trade(_: u8, trade: &TradeState) -> TradeState {
            trade.clone()
        }
    }

    impl AccountSource for Numbers {
        fn fetch(&self, fetch: Fetch) -> Fetching<'_, Fetched<Self>> {
            Box::pin(std::future::ready(Ok(match fetch {
                Fetch::Account => Fetched::Account(()),
                Fetch::OpenOrders { .. } => Fetched::Orders(Vec::new()),
                Fetch::Order(_) => Fetched::Order(None),
                Fetch::Trades { .. } => Fetched::Trades(Vec::new()),
            })))
        }
    }

    /// Events whose other ends come out one after another; or errors, as prepared.
    fn builder(
        outcomes: Vec<Result<(), Error>>,
    ) -> (AccountBuilder<Numbers>, mpsc::UnboundedReceiver<Box<dyn Sink>>) {
        let (sinks, receiver) = mpsc::unbounded_channel();
        let outcomes = Mutex::new(outcomes.into_iter());
        let builder = AccountBuilder::new(Numbers, move || {
            let outcome = outcomes
                .lock()
                .ok()
                .and_then(|mut outcomes| outcomes.next())
                .unwrap_or(Ok(()));
            let decode = |text: &str| binance_wire_core::json::from_str(text);
            let opened = outcome.map(|()| {
                let bounds = Bounds {
                    items: 4,
                    bytes: 1 << 20,
                };
                let policies = Policies::new(Overflow::Wait, Default::default());
                let (source, consumer) = shared_channel::<u32>(bounds, policies, decode, None);
                let _ = sinks.send(source.sink());
                EventStream::new(consumer, Box::new(source))
            });
            Box::pin(std::future::ready(opened))
        });
        (builder, receiver)
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_loses_nothing_and_is_told() {
        let (builder, mut sinks) = builder(Vec::new());
        let events = builder.capacity(2).connect().await.expect("opened");
        let mut sink = sinks.recv().await.expect("a sink");
        for number in 0..8 {
            std::future::poll_fn(|cx| sink.poll_room(false, cx)).await;
            sink.text(&number.to_string());
            sink.flush();
            tokio::task::yield_now().await;
            if number == 3 {
                tokio::time::sleep(SLOW).await;
                break;
            }
        }
        let writer = tokio::spawn(async move {
            for number in 4..8 {
                std::future::poll_fn(|cx| sink.poll_room(false, cx)).await;
                sink.text(&number.to_string());
                sink.flush();
            }
            sink
        });
        // It is a stream like any other.
        let items: Vec<UserDataItem<Numbers>> = events.take(10).collect().await;
        assert!(matches!(items[0], UserDataItem::Snapshot(_)), "{items:?}");
        let waited = items
            .iter()
            .filter(|item| matches!(item, UserDataItem::Waited { time } if *time >= SLOW));
        assert_eq!(waited.count(), 1, "{items:?}");
        let numbers: Vec<u32> = items.into_iter().filter_map(UserDataItem::event).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
        drop(writer);
    }

    #[tokio::test(start_paused = true)]
    async fn events_that_end_are_opened_again_until_that_works() {
        let refused = || Error::Transport(TransportError::new("connecting", "refused"));
        let (builder, mut sinks) = builder(vec![Ok(()), Err(refused()), Err(refused())]);
        let mut events = builder.connect().await.expect("opened");
        let mut sink = sinks.recv().await.expect("a sink");
        assert!(matches!(events.next().await, Some(UserDataItem::Snapshot(_))));
        sink.notice(Notice::Terminated("the session is over".into()));
        sink.flush();
        drop(sink);
        let ended = GapCause::Ended {
            reason: "the session is over".into(),
        };
        assert!(matches!(events.next().await, Some(UserDataItem::Gap(cause)) if cause == ended));
        assert!(matches!(
            events.next().await,
            Some(UserDataItem::OpenFailed { .. })
        ));
        assert!(matches!(
            events.next().await,
            Some(UserDataItem::OpenFailed { .. })
        ));
        assert!(matches!(events.next().await, Some(UserDataItem::Snapshot(_))));
        let mut sink = sinks.recv().await.expect("another sink");
        sink.text("5");
        sink.flush();
        assert!(matches!(events.next().await, Some(UserDataItem::Event(5))));
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_ban_is_a_moment_of_the_clock_that_was_set() {
        const NOW: Timestamp = Timestamp::from_secs(1_000_000);
        let wait = Duration::from_secs(100);
        let banned = Error::Banned {
            retry_after: None,
            retry_at: Some(NOW + wait),
            error: Box::new(ApiError {
                status: 418,
                code: ErrorCode(-1003),
                code_text: None,
                message: String::new(),
                data: None,
                code_name: None,
                call: None,
            }),
        };
        let (builder, mut sinks) = builder(vec![Ok(()), Err(banned)]);
        let mut events = builder.clock(|| NOW).connect().await.expect("opened");
        let mut sink = sinks.recv().await.expect("a sink");
        assert!(matches!(events.next().await, Some(UserDataItem::Snapshot(_))));
        sink.notice(Notice::Terminated("the session is over".into()));
        sink.flush();
        drop(sink);
        assert!(matches!(events.next().await, Some(UserDataItem::Gap(_))));
        match events.next().await {
            Some(UserDataItem::OpenFailed { retry_in, .. }) => assert_eq!(retry_in, wait),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_where_the_client_was_shut_down() {
        let shut_down = TransportError::shut_down("subscribing", "the connection is closed");
        let (builder, mut sinks) = builder(vec![Ok(()), Err(shut_down.into())]);
        let mut events = builder.connect().await.expect("opened");
        let mut sink = sinks.recv().await.expect("a sink");
        assert!(matches!(events.next().await, Some(UserDataItem::Snapshot(_))));
        sink.text("5");
        sink.notice(Notice::Terminated("the client was closed".into()));
        sink.flush();
        drop(sink);
        assert!(matches!(events.next().await, Some(UserDataItem::Event(5))));
        assert!(matches!(
            events.next().await,
            Some(UserDataItem::Gap(GapCause::Ended { .. }))
        ));
        assert!(events.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn dropping_it_ends_the_events() {
        let (builder, mut sinks) = builder(Vec::new());
        let events = builder.connect().await.expect("opened");
        let sink = sinks.recv().await.expect("a sink");
        drop(events);
        while !sink.consumer_gone() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
