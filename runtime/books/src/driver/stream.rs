//! The driver: it polls events, snapshots and the clock, and hands them to the state machine.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use binance_wire_core::{Error, Operation, Text, Timestamp, TransportError};
use binance_wire_websocket::{StreamClient, StreamItem};
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::time::Sleep;

use super::builder::Clock;
use super::handle::{BooksHandle, Shelf};
use super::{BookItem, BookProduct, Fetcher, OrderBooksBuilder};
use crate::{Books, Outcome, Reason, SharedBook, Ticket};

/// What a handle asks for, by symbols.
#[derive(Debug)]
pub(crate) enum Command {
    Add(Vec<Text>),
    Connected(Vec<Text>),
    Remove(Vec<Text>),
}

/// The pause after a refusal for a limit or a ban that names no time: limits are per minute.
const REFUSED: Duration = Duration::from_secs(60);

/// Events without news that are taken in one go before other tasks get a turn.
const BATCH: usize = 256;

type Item<P> = BookItem<<P as BookProduct>::Event, <P as BookProduct>::Message>;
type Answer<P> = (
    Text,
    Ticket,
    Result<<<P as BookProduct>::Request as Operation>::Response, Error>,
);

/// Any number of order books over any number of connections: a stream of what happens to them, which keeps them while it
/// is polled.
///
/// [`handle`](Self::handle) reads the books meanwhile, from any thread. Nothing is spawned and nothing waits in a queue of
/// its own: a consumer that is slow delays the connections as [`Overflow`](binance_wire_websocket::Overflow)
/// says. Who needs the books alone spawns `books.for_each(|_| async {})`.
///
/// It ends when the connections' stream does, after all books have been closed to readers.
pub struct OrderBooks<P: BookProduct> {
    events: Pin<Box<dyn Stream<Item = StreamItem<P::Message>> + Send>>,
    books: Books,
    /// The symbol of each book's stream. Sorted, so that what concerns all books comes in the same order each time.
    symbols: BTreeMap<Text, Text>,
    shelf: Shelf,
    commands: mpsc::UnboundedReceiver<Command>,
    handle: BooksHandle,
    fetch: Fetcher<P>,
    clock: Option<Clock>,
    depth: u32,
    weight: u32,
    fetching: FuturesUnordered<Pin<Box<dyn Future<Output = Answer<P>> + Send>>>,
    timer: Option<(Instant, Pin<Box<Sleep>>)>,
    /// Items that one input caused, in order.
    items: VecDeque<Item<P>>,
    over: bool,
}

impl<P: BookProduct> fmt::Debug for OrderBooks<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderBooks")
            .field("books", &self.symbols.len())
            .field("fetching", &self.fetching.len())
            .finish_non_exhaustive()
    }
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl<P: BookProduct> OrderBooks<P> {
    pub(crate) fn new(
        builder: OrderBooksBuilder<P>,
        events: Pin<Box<dyn Stream<Item = StreamItem<P::Message>> + Send>>,
        streams: Option<StreamClient>,
    ) -> Self {
        let (sender, commands) = mpsc::unbounded_channel();
        let shelf = Shelf::default();
        let mut settings = builder.settings;
        settings.depth = builder.depth as usize;
        let credit = P::request("", builder.depth).credit();
        let mut books = Self {
            events,
            books: Books::new(P::RULE, settings, builder.pace),
            symbols: BTreeMap::new(),
            handle: BooksHandle {
                shelf: shelf.clone(),
                commands: sender,
                streams,
                stream_of: builder.stream_of,
            },
            shelf,
            commands,
            fetch: builder.fetch,
            clock: builder.clock,
            depth: builder.depth,
            weight: credit.weight.max(credit.weight_on_success),
            fetching: FuturesUnordered::new(),
            timer: None,
            items: VecDeque::new(),
            over: false,
        };
        books.obey(Command::Add(builder.symbols.clone()));
        books.obey(Command::Connected(builder.symbols));
        books
    }

    /// A handle that reads the books, and adds and removes some.
    pub fn handle(&self) -> BooksHandle {
        self.handle.clone()
    }

    /// The next item; `None` when the connections' stream is over. Cancel-safe.
    pub async fn next(&mut self) -> Option<BookItem<P::Event, P::Message>> {
        StreamExt::next(self).await
    }

    /// The book of a symbol, spelled as it was when added.
    pub fn book(&self, symbol: &str) -> Option<SharedBook> {
        self.handle.book(symbol)
    }

    fn obey(&mut self, command: Command) {
        let name = self.handle.stream_of;
        match command {
            Command::Add(symbols) => {
                for symbol in symbols {
                    let book = self.books.insert(name(&symbol));
                    self.symbols.insert(name(&symbol), symbol.clone());
                    let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
                    shelf.insert(symbol, book);
                }
            }
            Command::Connected(symbols) => {
                for symbol in symbols {
                    let _ = self.books.connected(&name(&symbol), now());
                }
            }
            Command::Remove(symbols) => {
                for symbol in symbols {
                    self.forget(&name(&symbol));
                }
            }
        }
    }

    fn forget(&mut self, stream: &str) -> Option<Text> {
        self.books.remove(stream);
        let symbol = self.symbols.remove(stream)?;
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        shelf.remove(&symbol);
        Some(symbol)
    }

    /// What an input did to a book, as an item.
    fn tell(&mut self, stream: &str, outcome: Option<Outcome>) {
        let Some(symbol) = self.symbols.get(stream).cloned() else {
            return;
        };
        self.items.extend(match outcome {
            Some(Outcome::ResyncStarted(reason)) => Some(BookItem::ResyncStarted { symbol, reason }),
            Some(Outcome::Synced { reason, by }) => Some(BookItem::Synced { symbol, reason, by }),
            Some(Outcome::Refreshed) => Some(BookItem::Refreshed { symbol }),
            Some(Outcome::SnapshotRejected(rejection)) => {
                Some(BookItem::SnapshotRejected { symbol, rejection })
            }
            _ => None,
        });
    }

    fn take(&mut self, item: StreamItem<P::Message>) {
        match item {
            StreamItem::Event(message) => return self.message(message),
            StreamItem::Gap { ref streams, .. } => {
                for stream in self.affected(streams) {
                    self.gap(&stream, Reason::Disconnected);
                }
            }
            StreamItem::Reconnected { ref streams } => {
                for stream in self.affected(streams) {
                    let _ = self.books.connected(&stream, now());
                }
            }
            StreamItem::Undecodable { ref frame, .. } => {
                let named: Vec<Text> = stream_in(frame).map(Text::from).into_iter().collect();
                for stream in self.affected(&named) {
                    self.doubt(&stream);
                }
            }
            StreamItem::Refused {
                ref names,
                ref reason,
            } => {
                for stream in names {
                    if let Some(symbol) = self.forget(stream) {
                        let reason = reason.clone();
                        self.items.push_back(BookItem::Refused { symbol, reason });
                    }
                }
            }
            StreamItem::Terminated { .. } => self.close(),
            // A replacement repeats events at worst, which their numbers show.
            StreamItem::ServerShutdown | StreamItem::Replaced => {}
            StreamItem::Lagged {
                stream: Some(ref stream),
                ..
            } => self.doubt(&stream.clone()),
            // `Lagged` without a name, and whatever else there may be one day: events of any stream may be missing.
            _ => {
                for stream in self.affected(&[]) {
                    self.doubt(&stream);
                }
            }
        }
        self.items.push_back(BookItem::Stream(item));
    }

    /// The streams of books among these; all, where none is named.
    fn affected(&self, streams: &[Text]) -> Vec<Text> {
        match streams {
            [] => self.symbols.keys().cloned().collect(),
            streams => streams
                .iter()
                .filter(|stream| self.symbols.contains_key(*stream))
                .cloned()
                .collect(),
        }
    }

    fn gap(&mut self, stream: &str, reason: Reason) {
        let outcome = self.books.gap(stream, reason);
        self.tell(stream, outcome);
    }

    /// An event may have been dropped on this side.
    fn doubt(&mut self, stream: &str) {
        self.gap(stream, Reason::Dropped);
        let _ = self.books.connected(stream, now());
    }

    fn message(&mut self, message: P::Message) {
        let Some((stream, symbol)) =
            P::stream_of(&message).and_then(|stream| self.symbols.get_key_value(stream))
        else {
            self.items.push_back(BookItem::Stream(StreamItem::Event(message)));
            return;
        };
        let (stream, symbol) = (stream.clone(), symbol.clone());
        let Some(event) = P::event(message) else {
            return;
        };
        match self.books.event(&stream, &event, now()) {
            Some(Outcome::Updated { top_changed }) => self.items.push_back(BookItem::Updated {
                symbol,
                event,
                top_changed,
            }),
            outcome => self.tell(&stream, outcome),
        }
    }

    /// No book can be read any more.
    fn close(&mut self) {
        self.over = true;
        self.fetching.clear();
        for stream in self.affected(&[]) {
            self.gap(&stream, Reason::Disconnected);
        }
    }

    /// The time by the clock of the connections, or by that of the settings.
    fn time(&self) -> Timestamp {
        match (&self.clock, &self.handle.streams) {
            (Some(clock), _) => clock(),
            (None, Some(streams)) => streams.now(),
            (None, None) => Timestamp::now(),
        }
    }

    fn answer(&mut self, (stream, ticket, result): Answer<P>) {
        match result {
            Ok(snapshot) => {
                let outcome = self.books.snapshot(&stream, ticket, &snapshot, now());
                self.tell(&stream, outcome);
            }
            Err(error) => {
                let hold = hold(&error, self.time()).map(|wait| now() + wait);
                self.books.snapshot_failed(&stream, ticket, hold, now());
                if let Some(symbol) = self.symbols.get(&stream).cloned() {
                    self.items.push_back(BookItem::SnapshotFailed { symbol, error });
                }
            }
        }
    }

    /// Starts what is due, and sets the timer for what comes next.
    fn fetch(&mut self, cx: &mut Context<'_>) {
        loop {
            while let Some((stream, ticket)) = self.books.next_fetch(self.weight, now()) {
                let Some(symbol) = self.symbols.get(&stream) else {
                    continue;
                };
                let snapshot = (self.fetch)(P::request(symbol, self.depth));
                let limit = self.books.settings().timeout;
                self.fetching.push(Box::pin(async move {
                    let late =
                        || Error::Transport(TransportError::new("fetching a snapshot", "no answer in time"));
                    let answer = tokio::time::timeout(limit, snapshot).await;
                    (stream, ticket, answer.unwrap_or_else(|_| Err(late())))
                }));
            }
            let Some(at) = self.books.next_tick(self.weight, now()) else {
                self.timer = None;
                return;
            };
            if self.timer.as_ref().is_none_or(|(set, _)| *set != at) {
                self.timer = Some((at, Box::pin(tokio::time::sleep_until(at.into()))));
            }
            let waiting = self
                .timer
                .as_mut()
                .is_some_and(|(_, sleep)| sleep.as_mut().poll(cx).is_pending());
            if waiting {
                return;
            }
            self.timer = None;
        }
    }
}

/// How long no snapshot is to be fetched after this error, at `time` by the clock of the connections.
fn hold(error: &Error, time: Timestamp) -> Option<Duration> {
    let refused = matches!(
        error,
        Error::RateLimited { .. } | Error::Banned { .. } | Error::Forbidden { .. }
    );
    error.wait(time).or(refused.then_some(REFUSED))
}

/// The name of the stream in a frame that could not be decoded.
fn stream_in(frame: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(frame).ok()?;
    let (_, rest) = text.split_once("\"stream\":")?;
    rest.trim_start().strip_prefix('"')?.split('"').next()
}

impl<P: BookProduct> Unpin for OrderBooks<P> {}

impl<P: BookProduct> Stream for OrderBooks<P> {
    type Item = BookItem<P::Event, P::Message>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        for _ in 0..BATCH {
            if let Some(item) = this.items.pop_front() {
                return Poll::Ready(Some(item));
            }
            if this.over {
                return Poll::Ready(None);
            }
            while let Poll::Ready(Some(command)) = this.commands.poll_recv(cx) {
                this.obey(command);
            }
            if let Poll::Ready(Some(answer)) = this.fetching.poll_next_unpin(cx) {
                this.answer(answer);
                continue;
            }
            this.fetch(cx);
            match this.events.as_mut().poll_next(cx) {
                Poll::Ready(Some(item)) => this.take(item),
                Poll::Ready(None) => this.close(),
                Poll::Pending => {
                    // A snapshot that has just been asked for has to be polled once.
                    match this.fetching.poll_next_unpin(cx) {
                        Poll::Ready(Some(answer)) => this.answer(answer),
                        _ => return Poll::Pending,
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_of_a_frame() {
        let named = |frame: &str| stream_in(frame.as_bytes()).map(str::to_owned);
        let name = Some("btcusdt@depth".to_owned());
        assert_eq!(named(r#"{"stream":"btcusdt@depth","data":{"e":"#), name);
        assert_eq!(named(r#"{"data":{}, "stream": "btcusdt@depth"}"#), name);
        assert_eq!(named(r#"{"e":"depthUpdate"}"#), None);
        assert_eq!(stream_in(&[0xff, 0x00]), None);
    }
}
