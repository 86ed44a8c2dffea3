//! Histories of several products, fetched page by page from a server that keeps all of one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use binance_wire::Error;
use binance_wire::spot::models::KlineInterval;
use binance_wire::spot::requests::{AggTrades, Klines, MyTrades};
use binance_wire::{simple_earn, spot, usds_futures};
use binance_wire_core::Timestamp;
use binance_wire_core::paging::Position;
use binance_wire_products_tests::http::{Action, Received, Server};
use binance_wire_products_tests::{API_KEY, NOW, SECRET, verified, within, ws};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::json;

/// The value of a parameter.
fn param(request: &Received, name: &str) -> Option<i64> {
    request
        .query()
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        .map(|value| value.parse().expect("a number"))
}

/// The entries of a range, the oldest first.
fn between(times: &[i64], start: i64, end: i64, limit: i64) -> impl Iterator<Item = (usize, i64)> + '_ {
    let inside = times.iter().copied().enumerate();
    inside
        .filter(move |(_, time)| (start..=end).contains(time))
        .take(usize::try_from(limit).expect("a limit"))
}

fn kline(open: i64) -> serde_json::Value {
    let close = open + 59_999;
    json!([
        open, "1.0", "2.0", "0.5", "1.5", "10", close, "15", 3, "5", "7.5", "0"
    ])
}

async fn spot_client(server: &Server) -> spot::rest::Client {
    spot::rest::Client::builder_at([server.url.clone()])
        .credentials(spot::Credentials::hmac(API_KEY, SECRET).expect("a key"))
        .clock(|| Timestamp::from_millis(NOW))
        .build()
        .expect("a client")
}

#[tokio::test]
async fn klines_of_a_range_longer_than_a_page() {
    const MINUTE: i64 = 60_000;
    let opens: Vec<i64> = (0..2_500).map(|minute| minute * MINUTE).collect();
    let server = Server::start(move |_, request| {
        let (start, end) = (param(request, "startTime"), param(request, "endTime"));
        let limit = param(request, "limit").expect("a limit");
        assert_eq!(limit, 1_000);
        let rows = between(&opens, start.expect("a start"), end.expect("an end"), limit);
        let rows: Vec<_> = rows.map(|(_, open)| kline(open)).collect();
        Action::ok(json!(rows).to_string())
    })
    .await;
    let client = spot_client(&server).await;
    let mut items = client
        .klines("BTCUSDT", KlineInterval::Minute1)
        .start_time(Timestamp::from_millis(0))
        .end_time(Timestamp::from_millis(2_399 * MINUTE))
        .items();
    let mut opens = Vec::new();
    while let Some(kline) = within("a kline", items.next()).await {
        opens.push(kline.expect("a kline").open_time.as_millis());
    }
    let expected: Vec<i64> = (0..2_400).map(|minute| minute * MINUTE).collect();
    assert_eq!(opens, expected);
    let progress = items.progress().expect("a history");
    assert_eq!((progress.items, progress.fraction), (2_400, Some(1.0)));
    // Three pages, and one to see that nothing lies before the first.
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn aggregate_trades_from_an_id_go_on_after_errors() {
    let limited = Arc::new(AtomicBool::new(true));
    let refuse = limited.clone();
    let server = Server::start(move |number, request| {
        if number == 1 && refuse.swap(false, Ordering::Relaxed) {
            let body = r#"{"code":-1003,"msg":"Too many requests"}"#;
            return Action::Reply(429, vec![("Retry-After", "1")], body.to_owned());
        }
        let from = param(request, "fromId").expect("an id");
        let rows: Vec<_> = (from..2_200)
            .take(1_000)
            .map(|id| json!({"a":id,"p":"1.0","q":"2.0","f":id,"l":id,"T":id / 3,"m":true,"M":true}))
            .collect();
        Action::ok(json!(rows).to_string())
    })
    .await;
    let client = spot_client(&server).await;
    let mut pages = client.pages(AggTrades::new("BTCUSDT").from_id(150));
    let (mut ids, mut refused) = (Vec::new(), 0);
    while let Some(page) = within("a page", pages.next()).await {
        match page {
            Ok(trades) => ids.extend(trades.iter().map(|trade| trade.agg_trade_id)),
            Err(Error::RateLimited { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(refused, 1);
    assert_eq!(ids, (150..2_200).collect::<Vec<i64>>());
}

#[tokio::test]
async fn trades_of_days_are_asked_for_in_windows_of_a_day() {
    const DAY: i64 = 86_400_000;
    // One trade exactly where two windows meet, and two at once.
    let times = [DAY / 2, DAY - 1, DAY - 1, 3 * DAY + 5];
    let server = Server::start(move |_, request| {
        verified(request.query());
        let start = param(request, "startTime").expect("a start");
        let end = param(request, "endTime").expect("an end");
        assert!(end - start < DAY, "-1127: More than 24 hours");
        let rows = between(&times, start, end, 1_000).map(|(id, time)| {
            json!({"symbol":"BTCUSDT","id":id,"orderId":7,"orderListId":-1,"price":"1.0","qty":"1.0","quoteQty":"1.0",
                "commission":"0","commissionAsset":"BNB","time":time,"isBuyer":true,"isMaker":false,"isBestMatch":true})
        });
        Action::ok(json!(rows.collect::<Vec<_>>()).to_string())
    })
    .await;
    let client = spot_client(&server).await;
    let request = MyTrades::new("BTCUSDT")
        .start_time(Timestamp::from_millis(0))
        .end_time(Timestamp::from_millis(4 * DAY));
    let trades: Vec<_> = within("the trades", client.items(request.clone()).try_collect())
        .await
        .expect("trades");
    assert_eq!(
        trades.iter().map(|trade| trade.id).collect::<Vec<_>>(),
        [0, 1, 2, 3]
    );
    assert_eq!(server.requests().len(), 5);

    // The first of the two is read, and another process reads the rest.
    let mut first = client.items(request.clone());
    for id in [0, 1] {
        let trade = within("a trade", first.next())
            .await
            .expect("more")
            .expect("a trade");
        assert_eq!(trade.id, id);
    }
    let position = first.position().expect("a position").to_string();
    let position: Position = position.parse().expect("a position");
    let rest: Vec<_> = within("the rest", client.items(request).resume(position).try_collect())
        .await
        .expect("trades");
    assert_eq!(rest.iter().map(|trade| trade.id).collect::<Vec<_>>(), [2, 3]);
}

#[tokio::test]
async fn a_request_without_a_start_says_so_and_ends() {
    let server = Server::answering("[]").await;
    let client = spot_client(&server).await;
    let mut pages = client.pages(MyTrades::new("BTCUSDT"));
    let error = pages.next().await.expect("an error").expect_err("no start");
    assert!(matches!(error, Error::Unusable(_)), "{error}");
    let text = error.to_string();
    for name in ["MyTrades", "`fromId`", "`startTime`"] {
        assert!(text.contains(name), "{text}");
    }
    assert!(pages.next().await.is_none());
    let request = Klines::new("BTCUSDT", KlineInterval::Minute1).start_time(Timestamp::from_millis(0));
    assert_eq!(client.pages(request).collect::<Vec<_>>().await.len(), 0);
    // Without an end, to now.
    assert_eq!(param(&server.request(), "endTime"), Some(NOW));
}

/// The exchange returns the newest of a range, and incomes have no id of their own.
#[tokio::test]
async fn income_of_futures_that_comes_newest_first() {
    let times: Vec<i64> = (0..2_345).map(|index| index / 4 * 1_000).collect();
    let server = Server::start(move |_, request| {
        let start = param(request, "startTime").expect("a start");
        let end = param(request, "endTime").expect("an end");
        let mut rows: Vec<_> = between(&times, start, end, 10_000)
            .map(|(id, time)| {
                json!({"symbol":"","incomeType":"FUNDING_FEE","income":"0.1","asset":"USDT","info":"","time":time,
                    // Two of four are alike to the last member.
                    "tranId":id / 2,"tradeId":""})
            })
            .collect();
        rows.reverse();
        rows.truncate(usize::try_from(param(request, "limit").expect("a limit")).expect("a limit"));
        Action::ok(json!(rows).to_string())
    })
    .await;
    let client = usds_futures::rest::Client::builder_at([server.url.clone()])
        .credentials(usds_futures::Credentials::hmac(API_KEY, SECRET).expect("a key"))
        .build()
        .expect("a client");
    let income: Vec<_> = within(
        "the income",
        client
            .get_income_history()
            .start_time(Timestamp::from_millis(0))
            .end_time(Timestamp::from_millis(600_000))
            .items()
            .try_collect(),
    )
    .await
    .expect("income");
    let mut times: Vec<i64> = income
        .iter()
        .map(|income| income.time.expect("a time").as_millis())
        .collect();
    times.sort_unstable();
    assert_eq!(
        times,
        (0..2_345).map(|index| index / 4 * 1_000).collect::<Vec<i64>>()
    );
}

#[tokio::test]
async fn a_history_by_page_number_knows_what_remains() {
    let server = Server::start(|_, request| {
        let page = param(request, "current").expect("a page");
        let size = param(request, "size").expect("a size");
        assert_eq!(size, 100);
        let rows: Vec<_> = (0..250)
            .skip(usize::try_from((page - 1) * size).expect("a page"))
            .take(100)
            .map(|id: i64| json!({"amount":"1.0","asset":"USDT","time":NOW,"projectId":"p","redeemId":id,"destAccount":"SPOT","status":"PAID"}))
            .collect();
        Action::ok(json!({"rows": rows, "total": 250}).to_string())
    })
    .await;
    let client = simple_earn::rest::Client::builder_at([server.url.clone()])
        .credentials(simple_earn::Credentials::hmac(API_KEY, SECRET).expect("a key"))
        .build()
        .expect("a client");
    let mut pages = client.pages(simple_earn::requests::GetFlexibleRedemptionRecord::default());
    let mut remaining = Vec::new();
    let mut count = 0;
    while let Some(page) = within("a page", pages.next()).await {
        count += page.expect("a page").len();
        let progress = pages.progress().expect("a history");
        remaining.push((progress.total, progress.remaining));
    }
    assert_eq!(count, 250);
    assert_eq!(remaining[..2], [(Some(250), Some(150)), (Some(250), Some(50))]);
    assert_eq!(server.requests().len(), 3);
}

/// A method of the WebSocket API pages as its twin does.
#[tokio::test]
async fn klines_over_the_websocket_api() {
    let mut server = ws::Server::start().await;
    let url = server.url.clone();
    let serving = tokio::spawn(async move {
        let mut peer = server.peer().await;
        loop {
            let request = peer.request().await;
            let params = &request["params"];
            assert_eq!(request["method"], "klines");
            let number = |name: &str| params[name].as_i64().expect("a number");
            let opens: Vec<i64> = (0..1_500).map(|index| index * 1_000).collect();
            let rows = between(&opens, number("startTime"), number("endTime"), number("limit"));
            let rows: Vec<_> = rows.map(|(_, open)| kline(open)).collect();
            peer.answer(&request, json!(rows)).await;
        }
    });
    let client = spot::ws_api::Client::builder_at([url])
        .connect()
        .await
        .expect("a connection");
    let klines: Vec<_> = within(
        "the klines",
        client
            .klines("BTCUSDT", KlineInterval::Second1)
            .start_time(Timestamp::from_millis(0))
            .end_time(Timestamp::from_millis(2_000_000))
            .items()
            .try_collect(),
    )
    .await
    .expect("klines");
    let opens: Vec<i64> = klines.iter().map(|kline| kline.open_time.as_millis()).collect();
    assert_eq!(opens, (0..1_500).map(|index| index * 1_000).collect::<Vec<i64>>());
    serving.abort();
}
