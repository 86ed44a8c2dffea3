//! Spot over REST and the WebSocket API: all kinds of orders and lists, the events that follow, and market data that agree
//! with them.

use binance_wire::spot::models;
use binance_wire_core::json::{FromJson, from_slice};
use binance_wire_sandbox::Exchange;
use serde_json::{Value, json};

use crate::common::{Signer, Socket, call, get, ws_signed};

/// Posts, expects 200, and reads the answer with the generated type.
async fn post<T: FromJson>(exchange: &Exchange, path: &str, query: &str) -> Value {
    let answer = call(exchange, Signer::Hmac, "POST", path, query).await;
    assert_eq!(answer.status, 200, "{path}?{query}: {:?}", answer.json());
    let read: Result<T, _> = from_slice(&answer.body);
    assert!(read.is_ok(), "{path}: {}", answer.json());
    answer.json()
}

async fn query(exchange: &Exchange, path: &str, query: &str) -> Value {
    let answer = call(exchange, Signer::Hmac, "GET", path, query).await;
    assert_eq!(answer.status, 200, "{path}?{query}: {:?}", answer.json());
    answer.json()
}

async fn public(exchange: &Exchange, target: &str) -> Value {
    let answer = get(exchange, target).await;
    assert_eq!(answer.status, 200, "{target}: {:?}", answer.json());
    answer.json()
}

const ORDER: &str = "/api/v3/order";

#[tokio::test]
async fn every_type_of_order_is_placed_queried_and_canceled() {
    let exchange = Exchange::start();
    let base = "symbol=BTCUSDT&newOrderRespType=FULL";
    for (order, status) in [
        (
            "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=51000",
            "NEW",
        ),
        ("side=SELL&type=LIMIT_MAKER&quantity=1&price=53000", "NEW"),
        ("side=SELL&type=STOP_LOSS&quantity=1&stopPrice=50000", "NEW"),
        (
            "side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=1&stopPrice=50000&price=49000",
            "NEW",
        ),
        ("side=SELL&type=TAKE_PROFIT&quantity=1&stopPrice=60000", "NEW"),
        (
            "side=BUY&type=TAKE_PROFIT_LIMIT&timeInForce=GTC&quantity=1&stopPrice=45000&price=46000",
            "NEW",
        ),
        (
            "side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=1&trailingDelta=100&price=49000",
            "NEW",
        ),
        (
            "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=50000&icebergQty=0.1",
            "NEW",
        ),
        (
            "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&pegPriceType=PRIMARY_PEG",
            "NEW",
        ),
        (
            "side=SELL&type=LIMIT_MAKER&quantity=1&pegPriceType=PRIMARY_PEG&pegOffsetType=PRICE_LEVEL&pegOffsetValue=3",
            "NEW",
        ),
    ] {
        let placed = post::<models::NewOrderFull>(&exchange, ORDER, &format!("{base}&{order}")).await;
        assert_eq!(placed["status"], status, "{order}: {placed}");
        let named = format!("symbol=BTCUSDT&orderId={}", placed["orderId"]);
        let queried = query(&exchange, ORDER, &named).await;
        for member in [
            "price",
            "origQty",
            "type",
            "side",
            "status",
            "clientOrderId",
            "peggedPrice",
            "trailingDelta",
        ] {
            assert_eq!(queried[member], placed[member], "{order}: {member}");
        }
        let canceled = call(&exchange, Signer::Hmac, "DELETE", ORDER, &named)
            .await
            .json();
        assert_eq!(canceled["status"], "CANCELED", "{order}");
    }
    let pegged = query(&exchange, "/api/v3/allOrders", "symbol=BTCUSDT").await;
    assert_eq!(pegged[8]["peggedPrice"], "51999.99000000");
    assert_eq!(pegged[9]["peggedPrice"], "52000.04000000");
    assert_eq!(pegged.as_array().unwrap().len(), 10);
    assert_eq!(query(&exchange, "/api/v3/openOrders", "").await, json!([]));
    let account = query(&exchange, "/api/v3/account", "").await;
    for balance in account["balances"].as_array().unwrap() {
        assert_eq!(balance["free"], "1000000.00000000", "{balance}");
    }
}

#[tokio::test]
async fn every_kind_of_list_goes_its_way() {
    let exchange = Exchange::start();
    let oco = post::<models::NewOrderList>(
        &exchange,
        "/api/v3/orderList/oco",
        "symbol=BTCUSDT&side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=53000&belowType=STOP_LOSS_LIMIT\
         &belowStopPrice=51000&belowPrice=50900&belowTimeInForce=GTC&listClientOrderId=pair",
    )
    .await;
    assert_eq!(
        (&oco["contingencyType"], &oco["listOrderStatus"]),
        (&json!("OCO"), &json!("EXECUTING"))
    );
    assert_eq!(oco["orderReports"].as_array().unwrap().len(), 2);
    let open = query(&exchange, "/api/v3/openOrderList", "").await;
    assert_eq!(open[0]["listClientOrderId"], "pair");
    // One leg's cancellation is the list's.
    let leg = format!("symbol=BTCUSDT&orderId={}", oco["orders"][0]["orderId"]);
    let canceled = call(&exchange, Signer::Hmac, "DELETE", ORDER, &leg).await;
    assert!(
        from_slice::<models::CanceledOrderList>(&canceled.body).is_ok(),
        "{}",
        canceled.json()
    );
    assert_eq!(canceled.json()["listOrderStatus"], "ALL_DONE");

    let old = post::<models::NewOrderList>(
        &exchange,
        "/api/v3/order/oco",
        "symbol=BTCUSDT&side=BUY&quantity=1&price=51000&stopPrice=53000&stopLimitPrice=53100&stopLimitTimeInForce=GTC",
    )
    .await;
    let name = old["listClientOrderId"].as_str().unwrap();
    let canceled = format!("symbol=BTCUSDT&listClientOrderId={name}");
    let canceled = call(&exchange, Signer::Hmac, "DELETE", "/api/v3/orderList", &canceled)
        .await
        .json();
    assert_eq!(
        canceled["orderReports"].as_array().unwrap().len(),
        2,
        "{canceled}"
    );

    let pending = "pendingSide=SELL&pendingType=LIMIT&pendingPrice=53000&pendingTimeInForce=GTC";
    let pair = "pendingSide=SELL&pendingAboveType=LIMIT_MAKER&pendingAbovePrice=53000&pendingBelowType=STOP_LOSS\
                &pendingBelowStopPrice=40000";
    let working =
        "symbol=BTCUSDT&workingType=LIMIT&workingSide=BUY&workingTimeInForce=GTC&workingQuantity=0.1";
    for (path, rest, waiting) in [
        ("oto", format!("{pending}&pendingQuantity=0.1"), 1),
        ("otoco", format!("{pair}&pendingQuantity=0.1"), 2),
        ("opo", pending.to_owned(), 1),
        ("opoco", pair.to_owned(), 2),
    ] {
        let path = format!("/api/v3/orderList/{path}");
        let rests = format!("{working}&workingPrice=50000&{rest}");
        let placed = post::<models::NewOrderList>(&exchange, &path, &rests).await;
        let reports = placed["orderReports"].as_array().unwrap();
        assert_eq!(
            reports
                .iter()
                .filter(|report| report["status"] == "PENDING_NEW")
                .count(),
            waiting,
            "{path}"
        );
        let canceled = format!("symbol=BTCUSDT&orderListId={}", placed["orderListId"]);
        let canceled = call(&exchange, Signer::Hmac, "DELETE", "/api/v3/orderList", &canceled)
            .await
            .json();
        assert_eq!(canceled["listStatusType"], "ALL_DONE", "{path}");
        // Filled at once, it lets the others work.
        let fills = format!("{working}&workingPrice=52001&{rest}");
        let placed = post::<models::NewOrderList>(&exchange, &path, &fills).await;
        let id = placed["orders"][1]["orderId"].clone();
        let order = query(&exchange, ORDER, &format!("symbol=BTCUSDT&orderId={id}")).await;
        let quantity = if path.contains("opo") {
            "0.09990000"
        } else {
            "0.10000000"
        };
        assert_eq!(
            (&order["status"], &order["origQty"]),
            (&json!("NEW"), &json!(quantity)),
            "{path}"
        );
        let list = format!("orderListId={}", placed["orderListId"]);
        assert_eq!(
            query(&exchange, "/api/v3/orderList", &list).await["listStatusType"],
            "UPDATED"
        );
    }
    let canceled = call(
        &exchange,
        Signer::Hmac,
        "DELETE",
        "/api/v3/openOrders",
        "symbol=BTCUSDT",
    )
    .await
    .json();
    assert_eq!(canceled.as_array().unwrap().len(), 4);
    assert_eq!(
        query(&exchange, "/api/v3/allOrderList", "")
            .await
            .as_array()
            .unwrap()
            .len(),
        10
    );
    let wrong = "symbol=BTCUSDT&side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=51000&belowType=STOP_LOSS\
                 &belowStopPrice=50000";
    let refused = call(&exchange, Signer::Hmac, "POST", "/api/v3/orderList/oco", wrong).await;
    assert_eq!(
        refused.json()["msg"],
        "The relationship of the prices for the orders is not correct."
    );
}

#[tokio::test]
async fn amendments_prevented_matches_and_allocations_are_found_again() {
    let exchange = Exchange::start();
    let order = |rest: &str| format!("symbol=BTCUSDT&timeInForce=GTC&type=LIMIT&{rest}");
    let sell = order("side=SELL&quantity=1&price=52000&newClientOrderId=first");
    let resting = post::<models::NewOrderFull>(&exchange, ORDER, &sell).await;
    let amend = format!(
        "symbol=BTCUSDT&orderId={}&newQty=0.5&newClientOrderId=second",
        resting["orderId"]
    );
    let amended = call(
        &exchange,
        Signer::Hmac,
        "PUT",
        "/api/v3/order/amend/keepPriority",
        &amend,
    )
    .await;
    assert!(
        from_slice::<models::AmendedOrderResponse>(&amended.body).is_ok(),
        "{}",
        amended.json()
    );
    let again = call(
        &exchange,
        Signer::Hmac,
        "PUT",
        "/api/v3/order/amend/keepPriority",
        &amend,
    )
    .await;
    assert_eq!(again.code(), -2038);
    let named = format!("symbol=BTCUSDT&orderId={}", resting["orderId"]);
    let amendments = query(&exchange, "/api/v3/order/amendments", &named).await;
    assert_eq!(
        (&amendments[0]["origQty"], &amendments[0]["newQty"]),
        (&json!("1.00000000"), &json!("0.50000000"))
    );
    assert_eq!(
        query(&exchange, ORDER, "symbol=BTCUSDT&origClientOrderId=second").await["orderId"],
        resting["orderId"]
    );

    let buy = order("side=BUY&quantity=2&price=52000&selfTradePreventionMode=EXPIRE_MAKER");
    let taker = post::<models::NewOrderFull>(&exchange, ORDER, &buy).await;
    assert_eq!(taker["status"], "NEW");
    assert_eq!(
        taker["preventedMatches"][0]["makerPreventedQuantity"],
        "0.50000000"
    );
    assert_eq!(
        query(&exchange, ORDER, &named).await["status"],
        "EXPIRED_IN_MATCH"
    );
    let found = query(&exchange, "/api/v3/myPreventedMatches", &named).await;
    assert_eq!(
        (&found[0]["takerOrderId"], &found[0]["selfTradePreventionMode"]),
        (&taker["orderId"], &json!("EXPIRE_MAKER"))
    );

    let sor = "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.1";
    let sold = post::<models::NewOrderFull>(&exchange, "/api/v3/sor/order", sor).await;
    assert_eq!(
        (&sold["usedSor"], &sold["fills"][0]["tradeId"]),
        (&json!(true), &json!(-1))
    );
    let allocations = query(&exchange, "/api/v3/myAllocations", "symbol=BTCUSDT").await;
    assert_eq!(
        (&allocations[0]["orderId"], &allocations[0]["qty"]),
        (&sold["orderId"], &json!("0.10000000"))
    );
    // The one that rested has it as a trade.
    let trades = query(&exchange, "/api/v3/myTrades", "symbol=BTCUSDT").await;
    assert_eq!(
        (&trades[0]["orderId"], &trades[0]["isMaker"]),
        (&taker["orderId"], &json!(true))
    );
}

#[tokio::test]
async fn market_data_are_those_of_the_trades() {
    let exchange = Exchange::start();
    for (side, quantity) in [("BUY", "1.5"), ("SELL", "0.5")] {
        let query = format!("symbol=BTCUSDT&side={side}&type=MARKET&quantity={quantity}");
        post::<models::NewOrderFull>(&exchange, ORDER, &query).await;
    }
    let trades = public(&exchange, "/api/v3/trades?symbol=BTCUSDT").await;
    let trades = trades.as_array().unwrap();
    let sum = |member: &str| -> f64 {
        trades
            .iter()
            .map(|t| t[member].as_str().unwrap().parse::<f64>().unwrap())
            .sum()
    };
    assert!((sum("qty") - 2.0).abs() < 1e-9);
    let last = trades.last().unwrap();
    for window in ["ticker/24hr?", "ticker?windowSize=1h&", "ticker/tradingDay?"] {
        let ticker = public(&exchange, &format!("/api/v3/{window}symbol=BTCUSDT")).await;
        assert_eq!(
            (&ticker["volume"], &ticker["count"]),
            (&json!("2.00000000"), &json!(trades.len())),
            "{window}"
        );
        assert_eq!(
            (&ticker["lastId"], &ticker["lastPrice"]),
            (&last["id"], &last["price"]),
            "{window}"
        );
        assert_eq!(ticker["openPrice"], trades[0]["price"], "{window}");
    }
    let klines = public(&exchange, "/api/v3/klines?symbol=BTCUSDT&interval=1M").await;
    assert_eq!(
        (&klines[0][5], &klines[0][8], &klines[0][9]),
        (&json!("2.00000000"), &json!(trades.len()), &json!("1.50000000"))
    );
    let aggregates = public(&exchange, "/api/v3/aggTrades?symbol=BTCUSDT").await;
    let aggregates = aggregates.as_array().unwrap();
    assert_eq!(aggregates[0]["f"], trades[0]["id"]);
    assert_eq!(aggregates.last().unwrap()["l"], last["id"]);
    assert_eq!(
        public(&exchange, "/api/v3/ticker/price?symbol=BTCUSDT").await["price"],
        last["price"]
    );
    let average = public(&exchange, "/api/v3/avgPrice?symbol=BTCUSDT").await["price"].clone();
    let average: f64 = average.as_str().unwrap().parse().unwrap();
    assert!((average - sum("quoteQty") / sum("qty")).abs() < 1e-6);
    let from = public(
        &exchange,
        "/api/v3/historicalTrades?symbol=BTCUSDT&fromId=2&limit=1",
    )
    .await;
    assert_eq!(from[0]["id"], 2);
    let all = public(&exchange, "/api/v3/ticker/bookTicker").await;
    assert_eq!(all.as_array().unwrap().len(), 4);
    let twice = get(
        &exchange,
        "/api/v3/ticker/price?symbols=%5B%22BTCUSDT%22%2C%22BTCUSDT%22%5D",
    )
    .await;
    assert_eq!(twice.code(), -1151);
}

#[tokio::test]
async fn the_websocket_api_does_the_same_and_reports_it() {
    let exchange = Exchange::start();
    let mut socket = Socket::open(&exchange, "/ws-api/v3").await;
    let signed = |pairs: &[(&str, &str)]| ws_signed(&exchange, Signer::Hmac, pairs);
    let subscribed = socket
        .request("1", "userDataStream.subscribe.signature", signed(&[]))
        .await;
    assert_eq!(subscribed["status"], 200, "{subscribed}");
    let list = [
        ("symbol", "BTCUSDT"),
        ("side", "SELL"),
        ("quantity", "1"),
        ("aboveType", "LIMIT_MAKER"),
        ("abovePrice", "52100"),
        ("belowType", "STOP_LOSS"),
        ("belowStopPrice", "51000"),
    ];
    let placed = socket.request("2", "orderList.place.oco", signed(&list)).await;
    assert_eq!(placed["status"], 200, "{placed}");
    let event = socket.next().await["event"].clone();
    assert_eq!(
        (&event["e"], &event["l"]),
        (&json!("listStatus"), &json!("EXEC_STARTED"))
    );
    let [below, above] = [socket.next().await, socket.next().await].map(|frame| frame["event"].clone());
    assert_eq!(
        (&below["x"], &below["w"], &above["w"]),
        (&json!("NEW"), &json!(false), &json!(true))
    );
    assert_eq!(socket.next().await["event"]["e"], "outboundAccountPosition");
    // Orders of another account are not reported.
    let taken = call(
        &exchange,
        Signer::Second,
        "POST",
        ORDER,
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=IOC&quantity=1&price=1",
    )
    .await;
    assert_eq!(taken.status, 200, "{}", taken.json());
    let named = [("symbol", "BTCUSDT"), ("orderListId", "0")];
    let canceled = socket.request("3", "orderList.cancel", signed(&named)).await;
    assert_eq!(canceled["result"]["listOrderStatus"], "ALL_DONE", "{canceled}");
    let kinds = [socket.next().await, socket.next().await, socket.next().await].map(|frame| {
        let event = &frame["event"];
        (event["e"].clone(), event["x"].clone(), event["L"].clone())
    });
    assert_eq!(kinds[0].1, "CANCELED");
    assert_eq!(kinds[1].1, "CANCELED");
    assert_eq!(kinds[2], (json!("listStatus"), Value::Null, json!("ALL_DONE")));
    assert_eq!(socket.next().await["event"]["e"], "outboundAccountPosition");
    let sor = [
        ("symbol", "BTCUSDT"),
        ("side", "BUY"),
        ("type", "MARKET"),
        ("quantity", "0.01"),
    ];
    let placed = socket.request("4", "sor.order.place", signed(&sor)).await;
    assert_eq!(placed["result"]["workingFloor"], "SOR", "{placed}");
}
