//! Order books of the generated crate against the sandbox exchange's own.

use std::time::Duration;

use binance_wire_core::{Decimal, dec};
use binance_wire_e2e::{hmac, rest_client, stream_builder, within};
use binance_wire_sandbox::Exchange;
use binance_wire_spot::books::{self, BookItem, Market, OrderBooks, Reason, Remedy};
use binance_wire_spot::{OrderType, Side, TimeInForce, rest};

async fn next(
    books: &mut OrderBooks<Market>,
) -> BookItem<<Market as Product>::Event, <Market as Product>::Message> {
    within("the next item", books.next()).await.expect("an item")
}

use binance_wire_books::BookProduct as Product;

/// Waits until books are synchronised that had to be for this reason.
async fn synced(books: &mut OrderBooks<Market>, count: usize, why: Reason) {
    let mut seen = 0;
    while seen < count {
        if let BookItem::Synced { reason, by, .. } = next(books).await {
            assert_eq!((reason, by), (why, Remedy::Snapshot));
            seen += 1;
        }
    }
}

/// A limit order to buy that rests.
async fn bid(client: &rest::Client, symbol: &str, price: Decimal) {
    let order = client
        .new_order(symbol, Side::Buy, OrderType::Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(dec!(0.01))
        .price(price);
    order.send().await.expect("placed");
}

/// Both books are the same, level by level and by number.
async fn check(client: &rest::Client, books: &OrderBooks<Market>, symbol: &str) {
    let theirs = client.depth(symbol).limit(5000).send().await.expect("a snapshot");
    let ours = books.book(symbol).expect("a book");
    let (bids, asks, id) = ours
        .read(|book| {
            (
                book.bids()
                    .map(|level| (level.price, level.quantity))
                    .collect::<Vec<_>>(),
                book.asks()
                    .map(|level| (level.price, level.quantity))
                    .collect::<Vec<_>>(),
                book.update_id(),
            )
        })
        .expect("in step");
    assert_eq!(id, theirs.last_update_id);
    let levels = |levels: &[binance_wire_spot::models::PriceLevel]| {
        levels
            .iter()
            .map(|level| (level.price, level.quantity))
            .collect::<Vec<_>>()
    };
    assert_eq!((bids, asks), (levels(&theirs.bids), levels(&theirs.asks)));
    let top = ours.top().expect("in step");
    assert_eq!(
        (top.update_id, top.bid.map(|bid| bid.price)),
        (id, theirs.bids.first().map(|bid| bid.price))
    );
}

#[tokio::test]
async fn books_follow_the_exchange_through_a_cut() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let starting = books::builder(&client)
        .symbols(["BTCUSDT", "ETHUSDT"])
        .pauses(Duration::from_millis(20), Duration::from_millis(100))
        .start(stream_builder(&exchange));
    let mut books = within("starting", starting).await.expect("started");
    assert_eq!(
        exchange.subscribed_streams(),
        ["btcusdt@depth@100ms", "ethusdt@depth@100ms"]
    );
    assert!(books.book("BTCUSDT").expect("a book").top().is_none());
    synced(&mut books, 2, Reason::Started).await;
    check(&client, &books, "BTCUSDT").await;
    check(&client, &books, "ETHUSDT").await;

    let best = books
        .book("BTCUSDT")
        .and_then(|book| book.top())
        .and_then(|top| top.bid)
        .expect("a bid");
    bid(&client, "BTCUSDT", best.price - dec!(1)).await;
    match next(&mut books).await {
        BookItem::Updated {
            symbol,
            event,
            top_changed,
        } => {
            assert_eq!((symbol.as_str(), event.symbol.as_str()), ("BTCUSDT", "BTCUSDT"));
            assert!(!top_changed);
            assert_eq!(event.bids.len(), 1);
        }
        other => panic!("{other:?}"),
    }
    check(&client, &books, "BTCUSDT").await;

    // What happens while the connection is cut is in the snapshot, or in an event behind it.
    exchange.cut_websockets();
    bid(&client, "BTCUSDT", best.price - dec!(2)).await;
    let mut lost = 0;
    while lost < 2 {
        if let BookItem::ResyncStarted { symbol, reason } = next(&mut books).await {
            assert_eq!(reason, Reason::Disconnected);
            assert!(books.book(&symbol).expect("a book").top().is_none());
            lost += 1;
        }
    }
    synced(&mut books, 2, Reason::Disconnected).await;
    check(&client, &books, "BTCUSDT").await;
    check(&client, &books, "ETHUSDT").await;
    bid(&client, "BTCUSDT", best.price - dec!(3)).await;
    assert!(matches!(
        next(&mut books).await,
        BookItem::Updated { .. } | BookItem::Stream(_)
    ));
}

#[tokio::test]
async fn books_are_added_and_removed() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let starting = books::builder(&client)
        .symbols(["BTCUSDT"])
        .start(stream_builder(&exchange));
    let mut books = within("starting", starting).await.expect("started");
    let handle = books.handle();
    synced(&mut books, 1, Reason::Started).await;
    let (added, ()) = tokio::join!(handle.add(["ETHUSDT"]), synced(&mut books, 1, Reason::Started));
    added.expect("subscribed");
    assert_eq!(
        exchange.subscribed_streams(),
        ["btcusdt@depth@100ms", "ethusdt@depth@100ms"]
    );
    check(&client, &books, "ETHUSDT").await;
    handle.remove(["BTCUSDT"]).await.expect("unsubscribed");
    assert_eq!(exchange.subscribed_streams(), ["ethusdt@depth@100ms"]);
    bid(&client, "ETHUSDT", dec!(2000)).await;
    assert!(matches!(next(&mut books).await, BookItem::Updated { symbol, .. } if symbol == *"ETHUSDT"));
    assert!(handle.book("BTCUSDT").is_none());
}
