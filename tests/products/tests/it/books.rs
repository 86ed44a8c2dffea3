//! Order books of the products whose events name the one before, from frames and answers as the exchange spells them.

use std::time::Duration;

use binance_wire_core::{dec, json};
use futures_util::{StreamExt, stream};

/// The books of a product, from a snapshot at update 160 and events around it.
macro_rules! books_of {
    ($test:ident, $product:ident, $symbol:literal, $stream:literal, $event:expr, $snapshot:expr, $confirm:expr) => {
        #[tokio::test(start_paused = true)]
        async fn $test() {
            use binance_wire::$product::books::{BookItem, Market, OrderBooksBuilder, Reason, Remedy};
            use binance_wire::$product::models::OrderBook;
            use binance_wire::$product::streams::{StreamItem, StreamMessage};
            use binance_wire_books::BookProduct;

            assert_eq!(Market::stream($symbol), *$stream);
            assert_eq!((Market::MAX_DEPTH, Market::CONFIRM), (1000, $confirm));
            let frame = |stream: &str, previous: i64, first: i64, last: i64, bids: &str| {
                let event = $event
                    .replace("PREVIOUS", &previous.to_string())
                    .replace("FIRST", &first.to_string())
                    .replace("LAST", &last.to_string())
                    .replace("BIDS", bids);
                let frame = format!(r#"{{"stream":"{stream}","data":{event}}}"#);
                StreamItem::Event(StreamMessage::decode(&frame).expect("an event"))
            };
            let events = [
                frame($stream, 90, 95, 100, r#"["50","1"]"#),
                // Another stream of the same symbol has the same kind of event.
                frame(concat!($stream, "x"), 100, 101, 900, r#"["57","9"]"#),
                frame($stream, 100, 140, 170, r#"["51","2"],["49","0.0"]"#),
                frame($stream, 170, 175, 180, r#"["51","3"]"#),
            ];
            // The snapshot comes when all of these wait for it; one more event follows, and then one is missing.
            let later = [
                frame($stream, 180, 185, 190, r#"["52","1"]"#),
                frame($stream, 191, 195, 200, r#"["53","1"]"#),
            ];
            let later = stream::once(tokio::time::sleep(Duration::from_secs(2)))
                .flat_map(move |()| stream::iter(later.clone()));
            let events = stream::iter(events).chain(later).chain(stream::pending());
            let mut books = OrderBooksBuilder::<Market>::new(|request| async move {
                assert_eq!((request.symbol.as_str(), request.limit), ($symbol, Some(500)));
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(json::from_str::<OrderBook>($snapshot).expect("a snapshot"))
            })
            .symbols([$symbol])
            .depth(500)
            .over(events);

            assert!(matches!(
                books.next().await,
                Some(BookItem::Stream(StreamItem::Event(message))) if message.stream.as_deref() == Some(concat!($stream, "x"))
            ));
            assert!(matches!(
                books.next().await,
                Some(BookItem::Synced { reason: Reason::Started, by: Remedy::Snapshot, .. })
            ));
            let book = books.book($symbol).expect("a book");
            let levels = |side: binance_wire::$product::books::Side| {
                book.read(|book| book.levels(side).map(|level| (level.price, level.quantity)).collect::<Vec<_>>())
            };
            use binance_wire::$product::books::Side::{Asks, Bids};
            assert_eq!(levels(Bids), Some(vec![(dec!(51), dec!(3)), (dec!(50), dec!(7))]));
            assert_eq!(levels(Asks), Some(vec![(dec!(60), dec!(1))]));
            assert_eq!(book.top().expect("in step").update_id, 180);
            match books.next().await {
                Some(BookItem::Updated { symbol, event, top_changed: true }) => {
                    assert_eq!((symbol.as_str(), event.symbol.as_str()), ($symbol, $symbol));
                }
                other => panic!("{other:?}"),
            }
            let time = book.top().expect("in step").time;
            assert_eq!(time.map(|time| time.count()), Some(1_700_000_000_123));
            assert!(matches!(
                books.next().await,
                Some(BookItem::ResyncStarted { reason: Reason::Missed, .. })
            ));
            assert_eq!(book.top(), None);
        }
    };
}

const FUTURES: &str = r#"{"e":"depthUpdate","E":1700000000123,"T":1700000000122,"s":"BTCUSDT","U":FIRST,"u":LAST,"pu":PREVIOUS,"b":[BIDS],"a":[]}"#;

books_of!(
    usds_futures,
    usds_futures,
    "BTCUSDT",
    "btcusdt@depth@100ms",
    FUTURES,
    r#"{"lastUpdateId":160,"E":1700000000100,"T":1700000000099,"bids":[["50","7"],["49","3"]],"asks":[["60","1"]]}"#,
    None
);
books_of!(
    coin_futures,
    coin_futures,
    "BTCUSD_PERP",
    "btcusd_perp@depth@100ms",
    FUTURES.replace(r#""s":"BTCUSDT""#, r#""s":"BTCUSD_PERP","ps":"BTCUSD""#),
    r#"{"lastUpdateId":160,"symbol":"BTCUSD_PERP","pair":"BTCUSD","E":1700000000100,"T":1700000000099,"bids":[["50","7"],["49","3"]],"asks":[["60","1"]]}"#,
    None
);
books_of!(
    options,
    options,
    "BTC-260626-140000-C",
    "btc-260626-140000-c@depth@100ms",
    FUTURES.replace("BTCUSDT", "BTC-260626-140000-C"),
    r#"{"bids":[["50","7"],["49","3"]],"asks":[["60","1"]],"T":1700000000099,"lastUpdateId":160}"#,
    Some(Duration::from_secs(5))
);
