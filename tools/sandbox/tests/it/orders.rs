//! Orders over REST: their life, their answers, and what is wrong with them.

use crate::common::{LIMIT_BUY, Signer, call, get};
use binance_wire_sandbox::Exchange;
use serde_json::json;

#[tokio::test]
async fn every_key_type_places_queries_and_cancels() {
    let exchange = Exchange::start();
    exchange.freeze_clock(exchange.now_ms());
    for signer in [Signer::Hmac, Signer::Rsa, Signer::Ed25519, Signer::Second] {
        let placed = call(&exchange, signer, "POST", "/api/v3/order", LIMIT_BUY).await;
        assert_eq!(placed.status, 200, "{signer:?}: {placed:?}");
        assert!(
            placed.header("X-MBX-ORDER-COUNT-10S").is_some()
                && placed.header("X-MBX-ORDER-COUNT-1D").is_some()
        );
        let placed = placed.json();
        assert_eq!(placed["status"], "NEW");
        assert_eq!(placed["fills"], json!([]));
        let id = placed["orderId"].as_u64().unwrap();
        let named = format!("symbol=BTCUSDT&orderId={id}");
        let queried = call(&exchange, signer, "GET", "/api/v3/order", &named)
            .await
            .json();
        assert_eq!(
            (&queried["price"], &queried["isWorking"]),
            (&json!("51000.00000000"), &json!(true))
        );
        let open = call(&exchange, signer, "GET", "/api/v3/openOrders", "")
            .await
            .json();
        assert_eq!(open.as_array().unwrap().len(), 1);
        let canceled = call(&exchange, signer, "DELETE", "/api/v3/order", &named)
            .await
            .json();
        assert_eq!(
            (&canceled["status"], &canceled["origClientOrderId"]),
            (&json!("CANCELED"), &placed["clientOrderId"])
        );
        let again = call(&exchange, signer, "DELETE", "/api/v3/order", &named).await;
        assert_eq!((again.status, again.code()), (400, -2011));
    }
    let unknown = call(
        &exchange,
        Signer::Hmac,
        "GET",
        "/api/v3/order",
        "symbol=BTCUSDT&orderId=999",
    )
    .await;
    assert_eq!((unknown.status, unknown.code()), (400, -2013));
    assert_eq!(exchange.orders().len(), 4);
    assert!(exchange.orders().iter().all(|order| order.status == "CANCELED"));
    // Placing and cancelling cost nothing when they succeed: by signer a query, the open orders and
    // a cancellation that failed, then one more query and the ping.
    let used = get(&exchange, "/api/v3/ping").await;
    assert_eq!(
        used.header("X-MBX-USED-WEIGHT-1M"),
        Some((4 * (4 + 80 + 1) + 4 + 1).to_string().as_str())
    );
    // The account is as it was.
    let account = call(&exchange, Signer::Hmac, "GET", "/api/v3/account", "")
        .await
        .json();
    for balance in account["balances"].as_array().unwrap() {
        assert_eq!(
            (&balance["free"], &balance["locked"]),
            (&json!("1000000.00000000"), &json!("0.00000000"))
        );
    }
}

#[tokio::test]
async fn response_shapes_and_fills() {
    let exchange = Exchange::start();
    let place = |query: &'static str| call(&exchange, Signer::Ed25519, "POST", "/api/v3/order", query);
    let ack = place("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001&newOrderRespType=ACK")
        .await
        .json();
    assert_eq!(ack.as_object().unwrap().len(), 5);
    let result = place("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001&newOrderRespType=RESULT")
        .await
        .json();
    assert!(result.get("fills").is_none());
    let full = place("symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.5")
        .await
        .json();
    assert_eq!(
        (&full["status"], &full["executedQty"]),
        (&json!("FILLED"), &json!("0.50000000"))
    );
    assert!(full["fills"].as_array().unwrap().len() > 1);
    let quote = place("symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=100")
        .await
        .json();
    assert_eq!(
        (&quote["status"], &quote["origQuoteOrderQty"]),
        (&json!("FILLED"), &json!("100.00000000"))
    );
    let fok = place("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=FOK&quantity=10&price=52000.05")
        .await
        .json();
    assert_eq!(
        (&fok["status"], &fok["expiryReason"]),
        (&json!("EXPIRED"), &json!("UNFILLED_FOK_ORDER_EXPIRED"))
    );
    let maker = place("symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=1&price=53000").await;
    assert_eq!(maker.code(), -2010);
    let stop =
        place("symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1&stopPrice=40000&newOrderRespType=RESULT")
            .await
            .json();
    assert_eq!(
        (&stop["stopPrice"], stop.get("workingTime")),
        (&json!("40000.00000000"), None)
    );
    let trades = call(
        &exchange,
        Signer::Ed25519,
        "GET",
        "/api/v3/myTrades",
        "symbol=BTCUSDT&limit=3",
    )
    .await
    .json();
    assert_eq!(trades.as_array().unwrap().len(), 3);
    let of_order = format!("symbol=BTCUSDT&orderId={}", full["orderId"]);
    let of_order = call(&exchange, Signer::Ed25519, "GET", "/api/v3/myTrades", &of_order)
        .await
        .json();
    assert_eq!(
        of_order.as_array().unwrap().len(),
        full["fills"].as_array().unwrap().len()
    );
    let bad = call(
        &exchange,
        Signer::Ed25519,
        "GET",
        "/api/v3/myTrades",
        "symbol=BTCUSDT&fromId=1&startTime=1",
    )
    .await;
    assert_eq!(bad.code(), -1128);
}

#[tokio::test]
async fn two_accounts_trade_with_each_other() {
    let exchange = Exchange::start();
    let rest = "symbol=ETHUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=2&price=3000.00";
    call(&exchange, Signer::Second, "POST", "/api/v3/order", rest).await;
    let take = "symbol=ETHUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1.5&price=3000.00";
    let taken = call(&exchange, Signer::Rsa, "POST", "/api/v3/order", take)
        .await
        .json();
    assert_eq!(
        (&taken["status"], &taken["cummulativeQuoteQty"]),
        (&json!("FILLED"), &json!("4500.00000000"))
    );
    let resting = &exchange.orders()[0];
    assert_eq!(
        (resting.account, resting.status.as_str()),
        (2, "PARTIALLY_FILLED")
    );
    let account = call(&exchange, Signer::Second, "GET", "/api/v3/account", "")
        .await
        .json();
    let of = |asset: &str| {
        account["balances"]
            .as_array()
            .unwrap()
            .iter()
            .find(|b| b["asset"] == asset)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&of("ETH")["free"], &of("ETH")["locked"]),
        (&json!("999998.00000000"), &json!("0.50000000"))
    );
    assert_eq!(of("USDT")["free"], "1004495.50000000");
}

#[tokio::test]
async fn cancel_replace_succeeds_fails_and_half_fails() {
    let exchange = Exchange::start();
    let placed = call(&exchange, Signer::Hmac, "POST", "/api/v3/order", LIMIT_BUY)
        .await
        .json();
    let replace = |id: &serde_json::Value, mode: &str, quantity: &str| {
        format!(
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity={quantity}&price=50000&\
             cancelReplaceMode={mode}&cancelOrderId={id}"
        )
    };
    let path = "/api/v3/order/cancelReplace";
    let both = call(
        &exchange,
        Signer::Hmac,
        "POST",
        path,
        &replace(&placed["orderId"], "STOP_ON_FAILURE", "1"),
    )
    .await;
    assert_eq!(both.status, 200);
    let new_id = both.json()["newOrderResponse"]["orderId"].clone();
    let neither = call(
        &exchange,
        Signer::Hmac,
        "POST",
        path,
        &replace(&placed["orderId"], "STOP_ON_FAILURE", "1"),
    )
    .await;
    assert_eq!((neither.status, neither.code()), (400, -2022));
    assert_eq!(neither.json()["data"]["newOrderResult"], "NOT_ATTEMPTED");
    let half = call(
        &exchange,
        Signer::Hmac,
        "POST",
        path,
        &replace(&placed["orderId"], "ALLOW_FAILURE", "1"),
    )
    .await;
    assert_eq!((half.status, half.code()), (409, -2021));
    assert_eq!(half.json()["data"]["cancelResponse"]["code"], -2011);
    let other_half = call(
        &exchange,
        Signer::Hmac,
        "POST",
        path,
        &replace(&new_id, "STOP_ON_FAILURE", "9000"),
    )
    .await;
    assert_eq!((other_half.status, other_half.code()), (409, -2021));
    assert_eq!(other_half.json()["data"]["cancelResult"], "SUCCESS");
    assert_eq!(other_half.json()["data"]["newOrderResponse"]["code"], -2010);
}

#[tokio::test]
async fn parameters_are_checked() {
    let exchange = Exchange::start();
    for (query, code) in [
        ("side=BUY&type=MARKET&quantity=1", -1102),
        ("symbol=&side=BUY&type=MARKET&quantity=1", -1102),
        ("symbol=NONE&side=BUY&type=MARKET&quantity=1", -1121),
        ("symbol=btcusdt&side=BUY&type=MARKET&quantity=1", -1121),
        ("symbol=BTCUSDT&side=HOLD&type=MARKET&quantity=1", -1117),
        ("symbol=BTCUSDT&side=BUY&type=SOON&quantity=1", -1116),
        ("symbol=BTCUSDT&side=BUY&type=MARKET", -1102),
        (
            "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&quoteOrderQty=1",
            -1128,
        ),
        ("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&price=5", -1106),
        ("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1e0", -1100),
        ("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=-1", -1100),
        ("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.000000001", -1111),
        ("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=", -1105),
        ("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&colour=red", -1104),
        ("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&quantity=1", -1101),
        (
            "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&strategyType=1",
            -1134,
        ),
        (
            "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&strategyId=99999999999999999999",
            -1108,
        ),
        (
            "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&newClientOrderId=a%20b",
            -1100,
        ),
        ("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.000001", -1013),
        ("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.00001", -1013),
        ("symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=1", -1102),
        (
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTX&quantity=1&price=1",
            -1115,
        ),
        (
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=1.001",
            -1013,
        ),
        (
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0",
            -1013,
        ),
        (
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=9000&price=50000",
            -2010,
        ),
    ] {
        let answer = call(&exchange, Signer::Hmac, "POST", "/api/v3/order", query).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{query}");
    }
    for (target, code) in [
        ("/api/v3/depth", -1102),
        ("/api/v3/depth?symbol=BTCUSDT&limit=ten", -1100),
        ("/api/v3/depth?symbol=BTCUSDT&symbolStatus=HALT", -1220),
        ("/api/v3/depth?symbol=BTCUSDT&symbolStatus=X", -1122),
        ("/api/v3/depth?symbol=%FF", -1100),
        ("/api/v3/depth?symbol=%F", -1100),
        ("/api/v3/ping?recvWindow=1", -1104),
    ] {
        assert_eq!(get(&exchange, target).await.code(), code, "{target}");
    }
    let named =
        "symbol=BTCUSDT&newClientOrderId=mine&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=1000";
    assert_eq!(
        call(&exchange, Signer::Hmac, "POST", "/api/v3/order", named)
            .await
            .status,
        200
    );
    assert_eq!(
        call(&exchange, Signer::Hmac, "POST", "/api/v3/order", named)
            .await
            .code(),
        -2010
    );
    for (query, code) in [
        ("symbol=BTCUSDT", -1102),
        ("symbol=BTCUSDT&orderId=1&origClientOrderId=other", -2039),
        (
            "symbol=BTCUSDT&orderId=1&cancelRestrictions=ONLY_PARTIALLY_FILLED",
            -2011,
        ),
        ("symbol=BTCUSDT&orderId=1&cancelRestrictions=ONLY_OLD", -1145),
    ] {
        assert_eq!(
            call(&exchange, Signer::Hmac, "DELETE", "/api/v3/order", query)
                .await
                .code(),
            code,
            "{query}"
        );
    }
}
