//! The driver, over a stream made by hand and a clock that stands still until it is waited for.
#![cfg(feature = "driver")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use binance_wire_books::{
    BookItem, BookProduct, Level, OrderBooks, OrderBooksBuilder, Reason, Remedy, Rule, Snapshot,
    SnapshotPace, Update,
};
use binance_wire_core::{
    ApiError, Credit, Decimal, DecodeError, Error, ErrorCode, FromJson, Operation, ParamSink, Reader, Text,
    TransportError,
};
use binance_wire_websocket::{GapReason, StreamItem};
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::sync::mpsc;

/// A product whose messages are a stream's name and an update.
struct Market;

#[derive(Clone, Debug)]
struct Message {
    stream: &'static str,
    update: Option<Update>,
}

#[derive(Clone, Debug, PartialEq)]
struct Request {
    symbol: Text,
    depth: u32,
}

/// The answer: a snapshot.
#[derive(Clone, Debug)]
struct Answer(Snapshot);

impl FromJson for Answer {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = i64::from_json(reader)?;
        Ok(Self(snapshot(id)))
    }
}

impl binance_wire_books::DepthSnapshot for Answer {
    fn last_update_id(&self) -> i64 {
        self.0.last_update_id
    }
    fn bids(&self) -> impl Iterator<Item = Level> {
        self.0.bids.iter().copied()
    }
    fn asks(&self) -> impl Iterator<Item = Level> {
        self.0.asks.iter().copied()
    }
}

impl Operation for Request {
    type Response = Answer;
    fn write_params(&self, _: &mut dyn ParamSink) {}
    fn credit(&self) -> Credit {
        Credit::ip(self.depth)
    }
}

impl BookProduct for Market {
    type Message = Message;
    type Event = Update;
    type Request = Request;
    const RULE: Rule = Rule::Sequential;
    const MAX_DEPTH: u32 = 10;
    const WEIGHT_PER_MINUTE: u32 = 1_000;
    fn stream(symbol: &str) -> Text {
        format!("{}@depth", symbol.to_lowercase()).into()
    }
    fn request(symbol: &str, depth: u32) -> Request {
        let symbol = symbol.into();
        Request { symbol, depth }
    }
    fn stream_of(message: &Message) -> Option<&str> {
        message.update.as_ref().map(|_| message.stream)
    }
    fn event(message: Message) -> Option<Update> {
        message.update
    }
}

fn snapshot(id: i64) -> Snapshot {
    Snapshot {
        last_update_id: id,
        bids: vec![Level::new(Decimal::from(id), Decimal::ONE)],
        ..Snapshot::default()
    }
}

/// An event that sets the bid at the price of its number.
fn event(stream: &'static str, id: i64) -> StreamItem<Message> {
    StreamItem::Event(Message {
        stream,
        update: Some(Update {
            first_update_id: id,
            last_update_id: id,
            bids: vec![Level::new(Decimal::from(id), Decimal::ONE)],
            ..Update::default()
        }),
    })
}

type Sender = mpsc::UnboundedSender<StreamItem<Message>>;

fn events() -> (Sender, impl Stream<Item = StreamItem<Message>> + Send + 'static) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    (
        sender,
        futures_util::stream::poll_fn(move |cx| receiver.poll_recv(cx)),
    )
}

/// Books whose every snapshot is of update 100.
fn at_100(symbols: &[&str]) -> (Sender, OrderBooks<Market>) {
    let (sender, events) = events();
    let builder = OrderBooksBuilder::<Market>::new(|_| async { Ok(Answer(snapshot(100))) });
    (sender, builder.symbols(symbols.iter().copied()).over(events))
}

/// All items there are before time goes on.
fn ready(books: &mut OrderBooks<Market>) -> Vec<String> {
    std::iter::from_fn(|| books.next().now_or_never().flatten())
        .map(|item| {
            let symbol = item.symbol().map(|symbol| symbol.to_string()).unwrap_or_default();
            match item {
                BookItem::Updated {
                    event, top_changed, ..
                } => {
                    format!("{symbol} {} {top_changed}", event.last_update_id)
                }
                BookItem::ResyncStarted { reason, .. } => format!("{symbol} lost {reason:?}"),
                BookItem::Synced { reason, by, .. } => format!("{symbol} synced {reason:?} {by:?}"),
                BookItem::SnapshotRejected { rejection, .. } => format!("{symbol} rejected {rejection:?}"),
                BookItem::SnapshotFailed { error, .. } => format!("{symbol} failed {error}"),
                BookItem::Refused { reason, .. } => format!("{symbol} refused {reason}"),
                BookItem::Stream(StreamItem::Event(message)) => format!("other {}", message.stream),
                BookItem::Stream(_) => "news".to_owned(),
                other => format!("{other:?}"),
            }
        })
        .collect()
}

fn update_id(books: &OrderBooks<Market>, symbol: &str) -> Option<i64> {
    books
        .book(symbol)
        .and_then(|book| book.read(|book| book.update_id()))
}

#[tokio::test(start_paused = true)]
async fn updates_and_resyncs_are_in_band() {
    let (sender, mut books) = at_100(&["AAA", "BBB"]);
    let top = books.book("AAA").unwrap();
    assert_eq!(top.top(), None);
    let mut started = ready(&mut books);
    started.sort();
    assert_eq!(
        started,
        ["AAA synced Started Snapshot", "BBB synced Started Snapshot"]
    );
    sender.send(event("aaa@depth", 101)).unwrap();
    sender.send(event("bbb@depth", 90)).unwrap();
    sender.send(event("other@depth", 1)).unwrap();
    sender
        .send(StreamItem::Event(Message {
            stream: "aaa@trade",
            update: None,
        }))
        .unwrap();
    assert_eq!(
        ready(&mut books),
        ["AAA 101 true", "other other@depth", "other aaa@trade"]
    );
    assert_eq!(top.top().unwrap().update_id, 101);
    assert_eq!(top.top().unwrap().bid.unwrap().price, Decimal::from(101));
    // One is missing; the snapshot is too old, and the next one is not fetched before a second is over.
    sender.send(event("aaa@depth", 103)).unwrap();
    assert_eq!(ready(&mut books), ["AAA lost Missed"]);
    assert_eq!((top.top(), update_id(&books, "BBB")), (None, Some(100)));
    tokio::time::advance(Duration::from_millis(999)).await;
    assert_eq!(ready(&mut books), [""; 0]);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(ready(&mut books), ["AAA rejected Older"]);
    assert_eq!(top.top(), None);
}

#[tokio::test(start_paused = true)]
async fn combinators_work_and_the_clock_wakes_the_stream() {
    let (sender, events) = events();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    // The first two fail.
    let builder = OrderBooksBuilder::<Market>::new(move |request: Request| {
        let count = counter.fetch_add(1, Ordering::Relaxed);
        async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!((request.symbol.as_str(), request.depth), ("AAA", 10));
            match count {
                0 | 1 => Err(Error::Transport(TransportError::new("connecting", "no"))),
                _ => Ok(Answer(snapshot(7))),
            }
        }
    });
    let books = builder.symbols(["AAA"]).over(events);
    sender.send(event("aaa@depth", 8)).unwrap();
    let start = tokio::time::Instant::now();
    let synced = books
        .filter(|item| std::future::ready(matches!(item, BookItem::Synced { .. })))
        .take(1)
        .collect::<Vec<_>>()
        .await;
    assert_eq!(synced.len(), 1);
    // Two pauses of 1 and 2 seconds, and the time of the last one.
    assert_eq!(start.elapsed(), Duration::from_millis(3_050));
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn news_of_the_connections_reach_the_books_concerned() {
    let (sender, mut books) = at_100(&["AAA", "BBB"]);
    ready(&mut books);
    let streams = vec![Text::from("aaa@depth"), Text::from("aaa@trade")];
    sender
        .send(StreamItem::Gap {
            reason: GapReason::Silent,
            streams: streams.clone(),
        })
        .unwrap();
    assert_eq!(ready(&mut books), ["AAA lost Disconnected", "news"]);
    assert_eq!(
        (update_id(&books, "AAA"), update_id(&books, "BBB")),
        (None, Some(100))
    );
    // Nothing is fetched while the connection is gone.
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(ready(&mut books), [""; 0]);
    sender.send(StreamItem::Reconnected { streams }).unwrap();
    assert_eq!(ready(&mut books), ["news", "AAA synced Disconnected Snapshot"]);
    // A replacement is nothing to books: repeated events are recognised.
    sender.send(StreamItem::Replaced).unwrap();
    sender.send(event("bbb@depth", 100)).unwrap();
    assert_eq!(ready(&mut books), ["news"]);
    // A frame that cannot be read names the book that may have lost an event, whose next one proves it right.
    let error = DecodeError::new(binance_wire_core::DecodeErrorKind::Other("bad".into()), 0);
    sender
        .send(StreamItem::Undecodable {
            error,
            frame: br#"{"stream":"bbb@depth","data":["#.to_vec(),
        })
        .unwrap();
    sender.send(event("bbb@depth", 101)).unwrap();
    assert_eq!(
        ready(&mut books),
        ["BBB lost Dropped", "news", "BBB synced Dropped NextEvent"]
    );
    // What was dropped of the queue may have been anybody's.
    let lagged = |stream: Option<&str>| StreamItem::Lagged {
        stream: stream.map(Text::from),
        dropped: 3,
        coalesced: 0,
    };
    sender.send(lagged(Some("aaa@depth"))).unwrap();
    sender.send(event("aaa@depth", 101)).unwrap();
    assert_eq!(
        ready(&mut books),
        ["AAA lost Dropped", "news", "AAA synced Dropped NextEvent"]
    );
    sender.send(lagged(None)).unwrap();
    let mut lost = ready(&mut books);
    lost.sort();
    assert_eq!(lost, ["AAA lost Dropped", "BBB lost Dropped", "news"]);
    // A refused stream has no book.
    let book = books.book("BBB").unwrap();
    sender
        .send(StreamItem::Refused {
            names: vec!["bbb@depth".into()],
            reason: "no".into(),
        })
        .unwrap();
    assert_eq!(ready(&mut books), ["BBB refused no", "news"]);
    assert!(books.book("BBB").is_none() && book.top().is_none());
}

#[tokio::test(start_paused = true)]
async fn books_are_closed_when_the_stream_ends() {
    for terminated in [true, false] {
        let (sender, mut books) = at_100(&["AAA"]);
        ready(&mut books);
        let book = books.book("AAA").unwrap();
        assert!(book.top().is_some());
        let expected: &[&str] = match terminated {
            true => {
                sender
                    .send(StreamItem::Terminated {
                        reason: "over".into(),
                    })
                    .unwrap();
                &["AAA lost Disconnected", "news"]
            }
            false => &["AAA lost Disconnected"],
        };
        drop(sender);
        assert_eq!(ready(&mut books), expected);
        assert!(books.next().await.is_none());
        assert_eq!(book.top(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn snapshots_are_paced_and_a_refusal_holds_all() {
    let (_sender, events) = events();
    let times = Arc::new(Mutex::new(Vec::new()));
    let under_way = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let start = tokio::time::Instant::now();
    let (log, counts) = (Arc::clone(&times), Arc::clone(&under_way));
    let builder = OrderBooksBuilder::<Market>::new(move |_| {
        let (log, counts) = (Arc::clone(&log), Arc::clone(&counts));
        async move {
            let nth = {
                let mut log = log.lock().unwrap();
                log.push(start.elapsed().as_secs());
                log.len()
            };
            let now = counts.0.fetch_add(1, Ordering::Relaxed) + 1;
            counts.1.fetch_max(now, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            counts.0.fetch_sub(1, Ordering::Relaxed);
            match nth {
                4 => Err(Error::RateLimited {
                    retry_after: Some(Duration::from_secs(20)),
                    retry_at: None,
                    error: Box::new(ApiError {
                        status: 429,
                        code: ErrorCode(-1003),
                        code_text: None,
                        message: "Too many requests".into(),
                        data: None,
                        code_name: None,
                        call: None,
                    }),
                }),
                _ => Ok(Answer(snapshot(1))),
            }
        }
    });
    let symbols: Vec<Text> = (0..9).map(|place| format!("S{place}").into()).collect();
    // Two at a time; each weighs 10, and six of them are a minute's share.
    let books = builder
        .symbols(symbols)
        .pace(SnapshotPace::weight_per_minute(2, 60))
        .over(events);
    let synced = books
        .filter(|item| std::future::ready(matches!(item, BookItem::Synced { .. })))
        .take(9)
        .count()
        .await;
    assert_eq!(synced, 9);
    assert_eq!(under_way.1.load(Ordering::Relaxed), 2);
    // The fourth is refused at 2 s; what had been sent by then is answered. At 22 s two more are the minute's share.
    assert_eq!(*times.lock().unwrap(), [0, 0, 1, 1, 22, 22, 60, 60, 61, 61]);
}

#[tokio::test(start_paused = true)]
async fn books_come_and_go() {
    let (sender, mut books) = at_100(&[]);
    let handle = books.handle();
    assert!(handle.symbols().is_empty());
    handle.add(["AAA", "BBB"]).await.unwrap();
    let mut synced = ready(&mut books);
    synced.sort();
    assert_eq!(
        synced,
        ["AAA synced Started Snapshot", "BBB synced Started Snapshot"]
    );
    let book = handle.book("AAA").unwrap();
    handle.add(["AAA"]).await.unwrap();
    handle.remove(["BBB"]).await.unwrap();
    sender.send(event("aaa@depth", 101)).unwrap();
    sender.send(event("bbb@depth", 101)).unwrap();
    assert_eq!(ready(&mut books), ["AAA 101 true", "other bbb@depth"]);
    assert_eq!(handle.symbols(), ["AAA"]);
    // Readers are threads of their own.
    let price = std::thread::spawn(move || book.read(|book| book.best_bid().unwrap().price));
    assert_eq!(price.join().unwrap(), Some(Decimal::from(101)));
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_waits_is_not_the_only_task() {
    // A flood of events that are no news leaves turns to others on one thread.
    let (sender, books) = at_100(&["AAA"]);
    let mut books = Box::pin(books);
    assert!(matches!(
        books.next().await,
        Some(BookItem::Synced {
            reason: Reason::Started,
            by: Remedy::Snapshot,
            ..
        })
    ));
    for _ in 0..10_000 {
        sender.send(event("aaa@depth", 1)).unwrap();
    }
    let mut turns = 0;
    tokio::select! {
        biased;
        _ = books.next() => unreachable!("there is no news"),
        () = async { while turns < 20 { turns += 1; tokio::task::yield_now().await } } => {}
    }
    assert_eq!(turns, 20);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_never_comes_takes_no_place_for_ever() {
    let (_sender, events) = events();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let builder = OrderBooksBuilder::<Market>::new(move |_| {
        let count = counter.fetch_add(1, Ordering::Relaxed);
        async move {
            if count < 2 {
                std::future::pending::<()>().await;
            }
            Ok(Answer(snapshot(1)))
        }
    });
    let mut books = builder
        .symbols(["AAA", "BBB"])
        .pace(SnapshotPace::unlimited(2))
        .over(events);
    let (mut failed, mut synced) = (0, 0);
    while synced < 2 {
        match books.next().await {
            Some(BookItem::SnapshotFailed {
                error: Error::Transport(_),
                ..
            }) => failed += 1,
            Some(BookItem::Synced { .. }) => synced += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(failed, 2);
}
