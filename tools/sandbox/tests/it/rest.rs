//! The REST API over bare sockets: public endpoints, SBE, authentication, limits.

use crate::common::{LIMIT_BUY, Signer, call, get, raw, send};
use binance_wire_sandbox::{Exchange, Key};
use serde_json::json;

#[tokio::test]
async fn public_endpoints() {
    let exchange = Exchange::start();
    exchange.freeze_clock(1_700_000_000_123);
    let ping = get(&exchange, "/api/v3/ping").await;
    assert_eq!((ping.status, ping.json()), (200, json!({})));
    assert_eq!(ping.header("X-MBX-USED-WEIGHT-1M"), Some("1"));
    assert_eq!(
        get(&exchange, "/api/v3/time").await.json(),
        json!({ "serverTime": 1_700_000_000_123i64 })
    );
    let micro = send(
        &exchange,
        "GET",
        "/api/v3/time",
        "X-MBX-TIME-UNIT: MICROSECOND\r\n",
        "",
    )
    .await;
    assert_eq!(micro.json(), json!({ "serverTime": 1_700_000_000_123_000i64 }));
    let bad_unit = send(
        &exchange,
        "GET",
        "/api/v3/time",
        "X-MBX-TIME-UNIT: Second\r\n",
        "",
    )
    .await;
    assert_eq!((bad_unit.status, bad_unit.code()), (400, -1194));

    let all = get(&exchange, "/api/v3/exchangeInfo").await.json();
    assert_eq!(all["symbols"].as_array().unwrap().len(), 4);
    let one = get(&exchange, "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22%5D")
        .await
        .json();
    assert_eq!(one["symbols"][0]["symbol"], "BTCUSDT");
    assert_eq!(one["symbols"].as_array().unwrap().len(), 1);
    let digits = "%E8%BF%99%E6%98%AF%E6%B5%8B%E8%AF%95%E5%B8%81%EF%BC%94%EF%BC%95%EF%BC%96";
    assert_eq!(
        get(&exchange, &format!("/api/v3/depth?symbol={digits}"))
            .await
            .status,
        200
    );

    let missing = get(&exchange, "/api/v4/ping").await;
    assert_eq!((missing.status, missing.body.len()), (404, 0));
    let page = send(&exchange, "GET", "/x", "Accept: text/html\r\n", "").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (404, Some("text/html"))
    );
    assert_eq!(
        send(&exchange, "PATCH", "/api/v3/order", "", "").await.status,
        405
    );
    assert!(
        raw(&exchange, b"hello\r\n\r\n")
            .await
            .starts_with(b"HTTP/1.1 400 ")
    );
}

#[tokio::test]
async fn depth_weighs_by_limit_and_equals_itself_in_sbe() {
    let exchange = Exchange::start();
    exchange.freeze_clock(1_700_000_000_000);
    let mut used = 0;
    for (limit, weight) in [(1, 5), (100, 5), (101, 25), (500, 25), (1000, 50), (5000, 250)] {
        let answer = get(&exchange, &format!("/api/v3/depth?symbol=BTCUSDT&limit={limit}")).await;
        used += weight;
        assert_eq!(
            answer.header("X-MBX-USED-WEIGHT-1M"),
            Some(used.to_string().as_str()),
            "{limit}"
        );
    }
    let json = get(&exchange, "/api/v3/depth?symbol=BTCUSDT&limit=1000")
        .await
        .json();
    assert_eq!(json["bids"].as_array().unwrap().len(), 1000);
    let accept = "Accept: application/sbe\r\nX-MBX-SBE: 3:4\r\n";
    let sbe = send(
        &exchange,
        "GET",
        "/api/v3/depth?symbol=BTCUSDT&limit=1000",
        accept,
        "",
    )
    .await;
    assert_eq!(
        (sbe.status, sbe.header("content-type")),
        (200, Some("application/sbe"))
    );
    assert!(sbe.header("X-MBX-SBE-DEPRECATED").is_some());
    assert_eq!(read_depth(&sbe.body), json);
}

/// Takes bytes off the front.
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let (front, rest) = bytes.split_at(N);
    *bytes = rest;
    front.try_into().unwrap()
}

/// A DepthResponse read by hand, as the JSON that it stands for.
fn read_depth(bytes: &[u8]) -> serde_json::Value {
    let mut rest = bytes;
    let header: [u16; 4] = std::array::from_fn(|_| u16::from_le_bytes(take(&mut rest)));
    assert_eq!(header, [10, 200, 3, 5]);
    let last_update_id = i64::from_le_bytes(take(&mut rest));
    let exponents: [i8; 2] = std::array::from_fn(|_| i8::from_le_bytes(take(&mut rest)));
    assert_eq!(exponents, [-8, -8]);
    let mut side = || {
        assert_eq!(u16::from_le_bytes(take(&mut rest)), 16);
        let count = u32::from_le_bytes(take(&mut rest));
        let mut number = || {
            let mantissa = i64::from_le_bytes(take(&mut rest));
            format!("{}.{:08}", mantissa / 100_000_000, mantissa % 100_000_000)
        };
        (0..count)
            .map(|_| json!([number(), number()]))
            .collect::<Vec<_>>()
    };
    let (bids, asks) = (side(), side());
    assert!(rest.is_empty());
    json!({ "lastUpdateId": last_update_id, "bids": bids, "asks": asks })
}

#[tokio::test]
async fn sbe_errors_are_sbe() {
    let exchange = Exchange::start();
    let read = |bytes: &[u8]| {
        let mut rest = bytes;
        let header: [u16; 4] = std::array::from_fn(|_| u16::from_le_bytes(take(&mut rest)));
        assert_eq!(header, [18, 100, 3, 5]);
        let code = i16::from_le_bytes(take(&mut rest));
        assert_eq!(
            [
                i64::from_le_bytes(take(&mut rest)),
                i64::from_le_bytes(take(&mut rest))
            ],
            [i64::MIN; 2]
        );
        let length = usize::from(u16::from_le_bytes(take(&mut rest)));
        assert_eq!(rest.len(), length + 4);
        code
    };
    let target = "/api/v3/depth?symbol=BTCUSDT";
    for (headers, code) in [
        ("", -1152),
        ("X-MBX-SBE: 3-5\r\n", -1152),
        ("X-MBX-SBE: 9:9\r\n", -1153),
    ] {
        let answer = send(
            &exchange,
            "GET",
            target,
            &format!("Accept: application/sbe\r\n{headers}"),
            "",
        )
        .await;
        assert_eq!((answer.status, read(&answer.body)), (400, code));
    }
    let sbe = "Accept: application/sbe\r\nX-MBX-SBE: 3:5\r\n";
    assert_eq!(
        read(
            &send(&exchange, "GET", "/api/v3/depth?symbol=NONE", sbe, "")
                .await
                .body
        ),
        -1121
    );
    assert_eq!(
        send(&exchange, "GET", "/api/v3/exchangeInfo", sbe, "")
            .await
            .status,
        406
    );
    exchange.set_sbe_enabled(false);
    let off = send(&exchange, "GET", target, sbe, "").await;
    assert_eq!((off.status, read(&off.body)), (406, -1155));
    let either = "Accept: application/sbe, application/json\r\nX-MBX-SBE: 3:5\r\n";
    assert_eq!(
        send(&exchange, "GET", target, either, "")
            .await
            .header("content-type"),
        Some("application/json;charset=UTF-8")
    );
}

#[tokio::test]
async fn authentication_is_strict() {
    let exchange = Exchange::start();
    let key = format!("X-MBX-APIKEY: {}\r\n", Signer::Hmac.api_key());
    let signed = Signer::Hmac.signed(&exchange, LIMIT_BUY);
    let post = |target: String, headers: String, body: String| {
        let exchange = &exchange;
        async move {
            let answer = send(exchange, "POST", &target, &headers, &body).await;
            (
                answer.status,
                if answer.status == 200 { 0 } else { answer.code() },
            )
        }
    };
    let order = |query: &str| format!("/api/v3/order/test?{query}");
    assert_eq!(post(order(&signed), key.clone(), String::new()).await, (200, 0));
    assert_eq!(
        post(order(&signed), String::new(), String::new()).await,
        (401, -2014)
    );
    assert_eq!(
        post(order(&signed), "X-MBX-APIKEY: unknown\r\n".into(), String::new()).await,
        (401, -2015)
    );
    assert_eq!(
        post(order(&signed.replace("0.01", "0.02")), key.clone(), String::new()).await,
        (400, -1022)
    );
    let unsigned = signed.split("&signature").next().unwrap();
    assert_eq!(
        post(order(unsigned), key.clone(), String::new()).await,
        (400, -1102)
    );
    assert_eq!(
        post(order(LIMIT_BUY), key.clone(), String::new()).await,
        (400, -1102)
    );
    // In the body, and split over both, there is no separator in between.
    assert_eq!(
        post("/api/v3/order/test".into(), key.clone(), signed.clone()).await,
        (200, 0)
    );
    let rest = format!("quantity=0.01&price=51000&timestamp={}", exchange.now_ms());
    let query = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC";
    let joined = format!(
        "{rest}&signature={}",
        Signer::Hmac.sign(&format!("{query}{rest}"))
    );
    assert_eq!(post(order(query), key.clone(), joined).await, (200, 0));
    let wrong = format!(
        "{rest}&signature={}",
        Signer::Hmac.sign(&format!("{query}&{rest}"))
    );
    assert_eq!(post(order(query), key.clone(), wrong).await, (400, -1022));
    // Bytes that should have been encoded are refused even when signed as they stand.
    for raw in [
        "symbol=这是测试币４５６",
        "symbol=[BTCUSDT]",
        "newClientOrderId=a+b",
    ] {
        assert_eq!(
            post(
                order(&Signer::Hmac.signed(&exchange, raw)),
                key.clone(),
                String::new()
            )
            .await,
            (400, -1022),
            "{raw}"
        );
    }
    // The signature itself must be encoded too.
    let bare = signed.split("&signature").next().unwrap();
    let base64 = Signer::Rsa.sign(bare);
    let rsa = format!("X-MBX-APIKEY: {}\r\n", Signer::Rsa.api_key());
    assert_eq!(
        post(order(&format!("{bare}&signature={base64}")), rsa, String::new()).await,
        (400, -1022)
    );

    exchange.shift_clock(6_000);
    assert_eq!(
        post(order(&signed), key.clone(), String::new()).await,
        (400, -1021)
    );
    exchange.shift_clock(-3_000);
    assert_eq!(
        post(order(&signed), key.clone(), String::new()).await,
        (400, -1021)
    );
    exchange.shift_clock(0);
    for (window, code) in [
        ("60000.001", -1102),
        ("1.2345", -1111),
        ("6000.346", 0),
        ("1e3", -1100),
    ] {
        let query = Signer::Hmac.signed(&exchange, &format!("{LIMIT_BUY}&recvWindow={window}"));
        assert_eq!(
            post(order(&query), key.clone(), String::new()).await.1,
            code,
            "{window}"
        );
    }
    assert!(exchange.revoke_key(Signer::Hmac.api_key()));
    assert_eq!(
        post(order(&signed), key.clone(), String::new()).await,
        (401, -2015)
    );
    exchange.add_key("another", 3, Key::Hmac("secret")).unwrap();
    assert!(
        exchange
            .add_key("another", 3, Key::Ed25519Pem("nonsense"))
            .is_err()
    );
}

#[tokio::test]
async fn microsecond_timestamps_are_understood() {
    let exchange = Exchange::start();
    let query = format!("timestamp={}000", exchange.now_ms());
    let target = format!("/api/v3/account?{query}&signature={}", Signer::Hmac.sign(&query));
    let headers = format!("X-MBX-APIKEY: {}\r\n", Signer::Hmac.api_key());
    assert_eq!(send(&exchange, "GET", &target, &headers, "").await.status, 200);
}

#[tokio::test]
async fn limits_are_enforced() {
    let exchange = Exchange::builder()
        .weight_per_minute(10)
        .order_limits(1, 100)
        .start()
        .unwrap();
    exchange.freeze_clock(1_700_000_000_000);
    assert_eq!(
        call(&exchange, Signer::Hmac, "POST", "/api/v3/order", LIMIT_BUY)
            .await
            .status,
        200
    );
    let more = call(&exchange, Signer::Hmac, "POST", "/api/v3/order", LIMIT_BUY).await;
    assert_eq!((more.status, more.code()), (429, -1015));
    assert!(more.header("Retry-After").is_some());
    // The refused order was charged, the other was not.
    let used = get(&exchange, "/api/v3/depth?symbol=BTCUSDT").await;
    assert_eq!(used.header("X-MBX-USED-WEIGHT-1M"), Some("6"));
    let over = get(&exchange, "/api/v3/depth?symbol=BTCUSDT").await;
    assert_eq!((over.status, over.code()), (429, -1003));
    assert!(over.header("Retry-After").unwrap().parse::<u64>().unwrap() > 0);
}
