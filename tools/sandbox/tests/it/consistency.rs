//! After a random history over the wire, what each transport says agrees: answers to queries, market streams and user data.

use std::collections::BTreeMap;

use binance_wire_sandbox::Exchange;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::common::{Signer, Socket, call, get, send, ws_signed};

/// CI builds without optimizations.
const OPERATIONS: usize = if cfg!(debug_assertions) { 250 } else { 5_000 };

/// A book as its stream changes it.
#[derive(Default)]
struct Book {
    levels: BTreeMap<(char, String), String>,
    update: i64,
}

impl Book {
    fn of(snapshot: &Value) -> Book {
        let mut book = Book {
            update: snapshot["lastUpdateId"].as_i64().expect("an id"),
            ..Book::default()
        };
        book.apply(&snapshot["bids"], &snapshot["asks"]);
        book
    }

    fn apply(&mut self, bids: &Value, asks: &Value) {
        for (side, levels) in [('b', bids), ('a', asks)] {
            for level in levels.as_array().expect("levels") {
                let text = |at: usize| level[at].as_str().expect("a number").to_owned();
                let gone = text(1).bytes().all(|byte| matches!(byte, b'0' | b'.'));
                match gone {
                    true => self.levels.remove(&(side, text(0))),
                    false => self.levels.insert((side, text(0)), text(1)),
                };
            }
        }
    }
}

/// The events of a socket up to one that marks the end.
async fn drain(socket: &mut Socket, is_end: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let event = socket.next().await;
        if is_end(&event) {
            return events;
        }
        events.push(event);
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text: {value}"))
        .to_owned()
}

/// A decimal number in units of 10⁻⁸.
fn units(value: &Value) -> i128 {
    let text = text(value);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    format!("{whole}{fraction:0<8}")
        .parse::<i128>()
        .expect("a number")
        * sign
}

/// One of the two products of futures.
struct Futures {
    path: &'static str,
    symbol: &'static str,
    /// What comes before the names of market streams, and before listen keys.
    streams: &'static str,
    user_data: &'static str,
    asset: &'static str,
    step: i64,
    /// Decimal places of quantities.
    places: i32,
}

const USDS: Futures = Futures {
    path: "/fapi/v1",
    symbol: "BTCUSDT",
    streams: "/public/stream?streams=btcusdt@depth@100ms/btcusdt@aggTrade",
    user_data: "/private/ws?listenKey=",
    asset: "USDT",
    step: 1,
    places: 3,
};

const COIN: Futures = Futures {
    path: "/dapi/v1",
    symbol: "BTCUSD_PERP",
    streams: "/coin-futures/stream?streams=btcusd_perp@depth@100ms/btcusd_perp@aggTrade",
    user_data: "/coin-futures/ws/",
    asset: "BTC",
    step: 1,
    places: 0,
};

impl Futures {
    async fn query(&self, exchange: &Exchange, signer: Signer, path: &str, more: &str) -> Value {
        let query = format!("symbol={}{more}", self.symbol);
        let answer = call(exchange, signer, "GET", path, &query).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    async fn listen(&self, exchange: &Exchange, signer: Signer) -> Socket {
        let key = format!("X-MBX-APIKEY: {}\r\n", signer.api_key());
        let made = send(exchange, "POST", &format!("{}/listenKey", self.path), &key, "").await;
        let key = text(&made.json()["listenKey"]);
        Socket::open(exchange, &format!("{}{key}", self.user_data)).await
    }

    fn order(&self, random: &mut Rng) -> String {
        let side = random.choice(["BUY", "SELL"]).expect("one");
        let quantity = random.i64(1..300) * self.step;
        let places = usize::try_from(self.places).expect("few");
        let quantity = match places {
            0 => quantity.to_string(),
            _ => format!("0.{quantity:0places$}"),
        };
        let base = format!("symbol={}&side={side}&quantity={quantity}", self.symbol);
        let price = format!("price={}.{}", 51_900 + random.i64(0..200), random.i64(0..10));
        match random.u8(..10) {
            0..=5 => format!("{base}&type=LIMIT&timeInForce=GTC&{price}"),
            6 => format!("{base}&type=LIMIT&timeInForce=IOC&{price}"),
            7 => format!("{base}&type=LIMIT&timeInForce=GTX&{price}"),
            _ => format!("{base}&type=MARKET"),
        }
    }

    async fn step(&self, exchange: &Exchange, random: &mut Rng) {
        let signer = random.choice([Signer::Hmac, Signer::Second]).expect("one");
        let path = format!("{}/order", self.path);
        match random.u8(..100) {
            0..=64 => {
                let order = self.order(random);
                let answer = call(exchange, signer, "POST", &path, &order).await;
                // The margin may be used up, and post-only orders may cross.
                assert!(
                    answer.status == 200 || matches!(answer.code(), -2019 | -5022 | -4131 | -2027),
                    "{answer:?}"
                );
            }
            65..=94 => {
                let open = self
                    .query(exchange, signer, &format!("{}/openOrders", self.path), "")
                    .await;
                let Some(order) = random.choice(open.as_array().expect("a list")) else {
                    return;
                };
                let id = format!("&orderId={}", order["orderId"]);
                if random.bool() {
                    let canceled = call(
                        exchange,
                        signer,
                        "DELETE",
                        &path,
                        &format!("symbol={}{id}", self.symbol),
                    )
                    .await;
                    assert_eq!(canceled.json()["status"], "CANCELED");
                } else {
                    let change = self.order(random).replace("type=LIMIT&timeInForce=GTC&", "");
                    let change: Vec<&str> = change
                        .split('&')
                        .filter(|pair| pair.starts_with("quantity") || pair.starts_with("price"))
                        .collect();
                    if change.len() == 2 {
                        let side = text(&order["side"]);
                        let change = format!("symbol={}&side={side}{id}&{}", self.symbol, change.join("&"));
                        call(exchange, signer, "PUT", &path, &change).await;
                    }
                }
            }
            _ => {
                let price = format!("{}.{}", 51_950 + random.i64(0..100), random.i64(0..10));
                assert!(exchange.move_futures(self.symbol, &price));
            }
        }
    }

    /// What user data says, and what queries answer.
    async fn compare(&self, exchange: &Exchange, signer: Signer, events: &[Value]) {
        let mut orders: BTreeMap<i64, (String, i128, i128)> = BTreeMap::new();
        let (mut wallet, mut position) = (None, None);
        for event in events {
            match event["e"].as_str() {
                Some("ORDER_TRADE_UPDATE") => {
                    let order = &event["o"];
                    let known = orders.entry(order["i"].as_i64().expect("an id")).or_default();
                    known.0 = text(&order["X"]);
                    known.1 = units(&order["z"]);
                    known.2 += units(&order["l"]);
                }
                Some("ACCOUNT_UPDATE") => {
                    for balance in event["a"]["B"].as_array().into_iter().flatten() {
                        if balance["a"] == self.asset {
                            wallet = Some(text(&balance["wb"]));
                        }
                    }
                    for one in event["a"]["P"].as_array().into_iter().flatten() {
                        if one["s"] == self.symbol {
                            position = Some((text(&one["pa"]), text(&one["ep"]), text(&one["cr"])));
                        }
                    }
                }
                _ => {}
            }
        }
        let all = self
            .query(
                exchange,
                signer,
                &format!("{}/allOrders", self.path),
                "&limit=100",
            )
            .await;
        let open = self
            .query(exchange, signer, &format!("{}/openOrders", self.path), "")
            .await;
        let trades = self
            .query(
                exchange,
                signer,
                &format!("{}/userTrades", self.path),
                "&limit=1000",
            )
            .await;
        let (all, open, trades) = (all.as_array(), open.as_array(), trades.as_array());
        let (all, open, trades) = (
            all.expect("a list"),
            open.expect("a list"),
            trades.expect("a list"),
        );
        for order in all {
            let id = order["orderId"].as_i64().expect("an id");
            let (status, executed, filled) = orders.get(&id).expect("it was reported");
            assert_eq!(
                (text(&order["status"]), units(&order["executedQty"])),
                (status.clone(), *executed)
            );
            assert_eq!(executed, filled, "its fills");
            let is_open = open.iter().any(|one| one["orderId"] == id);
            assert_eq!(is_open, matches!(status.as_str(), "NEW" | "PARTIALLY_FILLED"));
            let of_order = trades.iter().filter(|trade| trade["orderId"] == id);
            let traded: i128 = of_order.map(|trade| units(&trade["qty"])).sum();
            assert!(traded == *executed || trades.len() == 1000, "{order}");
        }
        let balances = call(exchange, signer, "GET", &self.versioned("balance"), "")
            .await
            .json();
        let balance = balances
            .as_array()
            .expect("a list")
            .iter()
            .find(|one| one["asset"] == self.asset);
        let balance = balance.expect("the asset");
        if let Some(wallet) = wallet {
            assert_eq!(text(&balance["balance"]), wallet);
        }
        let risk = match self.asset {
            "USDT" => call(exchange, signer, "GET", "/fapi/v2/positionRisk", "symbol=BTCUSDT").await,
            _ => call(exchange, signer, "GET", "/dapi/v1/positionRisk", "pair=BTCUSD").await,
        };
        let risk = risk.json()[0].clone();
        if let Some((amount, entry, _)) = position {
            assert_eq!(
                (text(&risk["positionAmt"]), text(&risk["entryPrice"])),
                (amount, entry)
            );
        }
        // What the account was given, and all that changed it since.
        let incomes = call(
            exchange,
            signer,
            "GET",
            &format!("{}/income", self.path),
            "limit=1000",
        )
        .await
        .json();
        let incomes = incomes.as_array().expect("a list").clone();
        if incomes.len() < 1000 {
            let of_asset = incomes.iter().filter(|income| income["asset"] == self.asset);
            let sum: i128 = of_asset.map(|income| units(&income["income"])).sum();
            assert_eq!(sum, units(&balance["balance"]));
        }
    }

    fn versioned(&self, name: &str) -> String {
        match self.asset {
            "USDT" => format!("/fapi/v3/{name}"),
            _ => format!("/dapi/v1/{name}"),
        }
    }
}

async fn history(futures: &Futures, seed: u64) {
    let exchange = Exchange::builder()
        .weight_per_minute(10_000_000)
        .start()
        .expect("it starts");
    let mut random = Rng::with_seed(seed);
    let mut market = Socket::open(&exchange, futures.streams).await;
    let mut users = Vec::new();
    for signer in [Signer::Hmac, Signer::Second] {
        users.push((signer, futures.listen(&exchange, signer).await));
    }
    let everybody = |exchange: &Exchange| exchange.subscribed_streams().len() == 4;
    assert!(exchange.wait_for(crate::common::PATIENCE, everybody).await);
    let depth = format!("{}/depth?symbol={}&limit=1000", futures.path, futures.symbol);
    let mut book = Book::of(&get(&exchange, &depth).await.json());
    for _ in 0..OPERATIONS {
        futures.step(&exchange, &mut random).await;
    }
    let aggregate = format!("{}@aggTrade", futures.symbol.to_lowercase());
    exchange.push_stream(&aggregate, &json!({ "end": true }));
    let mut traded = Vec::new();
    for event in drain(&mut market, |event| event["data"]["end"] == true).await {
        let data = &event["data"];
        match data["e"].as_str() {
            Some("depthUpdate") => {
                assert_eq!(data["pu"].as_i64(), Some(book.update), "a gap");
                book.update = data["u"].as_i64().expect("an id");
                book.apply(&data["b"], &data["a"]);
            }
            Some("aggTrade") => traded.push((data["a"].clone(), data["p"].clone(), data["q"].clone())),
            other => panic!("{other:?}"),
        }
    }
    let asked = Book::of(&get(&exchange, &depth).await.json());
    assert_eq!((book.update, book.levels), (asked.update, asked.levels));
    let listed = get(
        &exchange,
        &format!("{}/aggTrades?symbol={}&limit=1000", futures.path, futures.symbol),
    )
    .await
    .json();
    let listed = listed.as_array().expect("a list").clone();
    let listed: Vec<_> = listed
        .iter()
        .map(|one| (one["a"].clone(), one["p"].clone(), one["q"].clone()))
        .collect();
    assert!(!listed.is_empty() && traded.ends_with(&listed));
    for (signer, mut socket) in users {
        let leverage = format!("symbol={}&leverage=9", futures.symbol);
        call(
            &exchange,
            signer,
            "POST",
            &format!("{}/leverage", futures.path),
            &leverage,
        )
        .await;
        let events = drain(&mut socket, |event| event["e"] == "ACCOUNT_CONFIG_UPDATE").await;
        futures.compare(&exchange, signer, &events).await;
    }
}

#[tokio::test]
async fn usds_futures_agree_with_themselves() {
    history(&USDS, 1).await;
}

#[tokio::test]
async fn coin_futures_agree_with_themselves() {
    history(&COIN, 2).await;
}

async fn spot_step(exchange: &Exchange, random: &mut Rng) {
    let signer = random.choice([Signer::Hmac, Signer::Second]).expect("one");
    let side = random.choice(["BUY", "SELL"]).expect("one");
    let quantity = format!("0.{:03}", random.i64(1..100));
    let base = format!("symbol=BTCUSDT&side={side}&quantity={quantity}");
    let price = format!("price={}.{:02}", 51_900 + random.i64(0..200), random.i64(0..100));
    let order = match random.u8(..100) {
        0..=49 => format!("{base}&type=LIMIT&timeInForce=GTC&{price}"),
        50..=59 => format!("{base}&type=LIMIT&timeInForce=IOC&{price}"),
        60..=69 => format!("{base}&type=MARKET"),
        _ => {
            let open = call(exchange, signer, "GET", "/api/v3/openOrders", "symbol=BTCUSDT")
                .await
                .json();
            if let Some(order) = random.choice(open.as_array().expect("a list")) {
                let one = format!("symbol=BTCUSDT&orderId={}", order["orderId"]);
                let canceled = call(exchange, signer, "DELETE", "/api/v3/order", &one).await;
                assert_eq!(canceled.json()["status"], "CANCELED");
            }
            return;
        }
    };
    let answer = call(exchange, signer, "POST", "/api/v3/order", &order).await;
    assert!(answer.status == 200 || answer.code() == -2010, "{answer:?}");
}

#[tokio::test]
async fn spot_agrees_with_itself() {
    let builder = Exchange::builder().weight_per_minute(10_000_000);
    let exchange = builder
        .order_limits(1_000_000, 10_000_000)
        .start()
        .expect("it starts");
    let mut random = Rng::with_seed(3);
    let mut market = Socket::open(&exchange, "/stream?streams=btcusdt@depth/btcusdt@trade").await;
    let mut users = Vec::new();
    for signer in [Signer::Hmac, Signer::Second] {
        let mut socket = Socket::api(&exchange).await;
        let params = ws_signed(&exchange, signer, &[]);
        let answer = socket
            .request("1", "userDataStream.subscribe.signature", params)
            .await;
        assert_eq!(answer["status"], 200, "{answer}");
        users.push((signer, socket));
    }
    let listening = |exchange: &Exchange| exchange.subscribed_streams().len() == 2;
    assert!(exchange.wait_for(crate::common::PATIENCE, listening).await);
    let depth = "/api/v3/depth?symbol=BTCUSDT&limit=5000";
    let mut book = Book::of(&get(&exchange, depth).await.json());
    for _ in 0..OPERATIONS {
        spot_step(&exchange, &mut random).await;
    }
    exchange.push_stream("btcusdt@trade", &json!({ "end": true }));
    let asked = Book::of(&get(&exchange, depth).await.json());
    let (mut trades, mut ended) = (0, false);
    // Books may be published later than trades.
    while !ended || book.update < asked.update {
        let event = market.next().await;
        let data = &event["data"];
        match data["e"].as_str() {
            Some("depthUpdate") => {
                assert_eq!(data["U"].as_i64(), Some(book.update + 1), "a gap");
                book.update = data["u"].as_i64().expect("an id");
                book.apply(&data["b"], &data["a"]);
            }
            Some("trade") => trades += 1,
            _ => ended = ended || data["end"] == true,
        }
    }
    assert_eq!((book.update, book.levels), (asked.update, asked.levels));
    assert!(trades > 0);
    for (signer, mut socket) in users {
        // Its answer comes behind all events.
        socket.send(r#"{"id":"end","method":"ping"}"#).await;
        let events = drain(&mut socket, |event| event["id"] == "end").await;
        compare_spot(&exchange, signer, &events).await;
    }
}

async fn compare_spot(exchange: &Exchange, signer: Signer, events: &[Value]) {
    let mut orders: BTreeMap<i64, (String, i128, i128)> = BTreeMap::new();
    let mut balances: BTreeMap<String, (String, String)> = BTreeMap::new();
    for event in events.iter().map(|event| &event["event"]) {
        match event["e"].as_str() {
            Some("executionReport") => {
                let known = orders.entry(event["i"].as_i64().expect("an id")).or_default();
                known.0 = text(&event["X"]);
                known.1 = units(&event["z"]);
                known.2 += units(&event["l"]);
            }
            Some("outboundAccountPosition") => {
                for balance in event["B"].as_array().into_iter().flatten() {
                    balances.insert(text(&balance["a"]), (text(&balance["f"]), text(&balance["l"])));
                }
            }
            _ => {}
        }
    }
    let account = call(exchange, signer, "GET", "/api/v3/account", "").await.json();
    for balance in account["balances"].as_array().expect("a list") {
        if let Some(said) = balances.get(&text(&balance["asset"])) {
            assert_eq!(*said, (text(&balance["free"]), text(&balance["locked"])));
        }
    }
    assert!(!orders.is_empty() && !balances.is_empty());
    let trades = call(
        exchange,
        signer,
        "GET",
        "/api/v3/myTrades",
        "symbol=BTCUSDT&limit=1000",
    )
    .await
    .json();
    let trades = trades.as_array().expect("a list");
    let open = call(exchange, signer, "GET", "/api/v3/openOrders", "symbol=BTCUSDT")
        .await
        .json();
    let open: Vec<i64> = open
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|order| order["orderId"].as_i64())
        .collect();
    for (id, (status, executed, filled)) in &orders {
        assert_eq!(executed, filled, "its fills");
        assert_eq!(
            open.contains(id),
            matches!(status.as_str(), "NEW" | "PARTIALLY_FILLED")
        );
        let order = call(
            exchange,
            signer,
            "GET",
            "/api/v3/order",
            &format!("symbol=BTCUSDT&orderId={id}"),
        )
        .await
        .json();
        assert_eq!(
            (text(&order["status"]), units(&order["executedQty"])),
            (status.clone(), *executed)
        );
        let traded: i128 = trades
            .iter()
            .filter(|trade| trade["orderId"] == *id)
            .map(|trade| units(&trade["qty"]))
            .sum();
        assert!(traded == *executed || trades.len() == 1000, "{order}");
    }
}
