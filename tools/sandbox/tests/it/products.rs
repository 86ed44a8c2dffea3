//! Operations that no engine carries out: each of every product is offered, checked and answered.

use std::collections::BTreeMap;

use binance_wire::payloads::PRODUCTS;
use binance_wire_catalog_data::catalog;
use binance_wire_catalog_data::model::{
    Body, Call, Need, Operation, Parameter, Place, Product, Security, Transport, Type, TypeKind,
};
use binance_wire_core::json::Reading;
use binance_wire_sandbox::Exchange;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::common::{self, Answer, PATIENCE, Signer, Socket};

/// Operations of engines, which have tests of their own.
const ENGINES: &[&str] = &[
    "GET /api/v3/ping",
    "GET /api/v3/time",
    "GET /api/v3/exchangeInfo",
    "GET /api/v3/depth",
    "GET /api/v3/account",
    "GET /api/v3/rateLimit/order",
    "POST /api/v3/order",
    "POST /api/v3/order/test",
    "DELETE /api/v3/order",
    "GET /api/v3/order",
    "GET /api/v3/openOrders",
    "POST /api/v3/order/cancelReplace",
    "GET /api/v3/myTrades",
    "DELETE /api/v3/openOrders",
    "PUT /api/v3/order/amend/keepPriority",
    "GET /api/v3/order/amendments",
    "POST /api/v3/order/oco",
    "POST /api/v3/orderList/oco",
    "POST /api/v3/orderList/oto",
    "POST /api/v3/orderList/otoco",
    "POST /api/v3/orderList/opo",
    "POST /api/v3/orderList/opoco",
    "GET /api/v3/orderList",
    "DELETE /api/v3/orderList",
    "POST /api/v3/sor/order",
    "POST /api/v3/sor/order/test",
    "POST /fapi/v1/listenKey",
    "PUT /fapi/v1/listenKey",
    "DELETE /fapi/v1/listenKey",
    "POST /fapi/v1/order",
    "PUT /fapi/v1/order",
    "DELETE /fapi/v1/order",
    "GET /fapi/v1/order",
    "GET /fapi/v1/openOrder",
    "POST /fapi/v1/batchOrders",
    "PUT /fapi/v1/batchOrders",
    "DELETE /fapi/v1/batchOrders",
    "POST /fapi/v1/marginType",
    "POST /fapi/v1/positionSide/dual",
    "POST /fapi/v1/positionMargin",
    "POST /dapi/v1/order",
    "PUT /dapi/v1/order",
    "DELETE /dapi/v1/order",
    "GET /dapi/v1/order",
    "GET /dapi/v1/openOrder",
    "POST /dapi/v1/batchOrders",
    "PUT /dapi/v1/batchOrders",
    "DELETE /dapi/v1/batchOrders",
    "POST /dapi/v1/marginType",
    "POST /dapi/v1/positionSide/dual",
    "POST /dapi/v1/positionMargin",
    "POST /fapi/v1/order/test",
    "POST /fapi/v1/algoOrder",
    "DELETE /fapi/v1/algoOrder",
    "GET /fapi/v1/algoOrder",
    "POST /fapi/v1/multiAssetsMargin",
    "POST /dapi/v1/listenKey",
    "PUT /dapi/v1/listenKey",
    "DELETE /dapi/v1/listenKey",
];

/// Methods of futures whose engine needs something that was made before.
const FUTURES_ENGINES: &[&str] = &[
    "algoOrder.cancel",
    "algoOrder.place",
    "order.cancel",
    "order.modify",
    "order.place",
    "order.status",
    "userDataStream.ping",
    "userDataStream.stop",
];

/// Streams of futures that speak when something happens, and not at a tick.
const OF_EVENTS: &[&str] = &[
    "@aggTrade",
    "@depth@",
    "@rpiDepth",
    "bookTicker",
    "forceOrder",
    "@kline_",
    "@continuousKline_",
];

/// Contracts that the engine of futures lists.
fn listed(product: &Product, name: &str) -> Option<String> {
    let text = match (product.name.as_str(), name) {
        ("spot", "symbol") | ("usds-futures", "symbol" | "pair") => "BTCUSDT",
        ("coin-futures", "symbol") => "BTCUSD_PERP",
        ("coin-futures", "pair") => "BTCUSD",
        ("usds-futures" | "coin-futures", "contractType") => "PERPETUAL",
        ("usds-futures" | "coin-futures", "price") => "52000",
        ("usds-futures" | "coin-futures", "limit") => "5",
        ("usds-futures" | "coin-futures", "interval") => "1m",
        _ => return None,
    };
    Some(text.to_owned())
}

type Values = BTreeMap<String, String>;

fn products() -> Vec<&'static Product> {
    catalog().products().map(|product| product.unwrap()).collect()
}

fn rest(product: &'static Product) -> impl Iterator<Item = &'static Operation> {
    let is_rest = |operation: &&Operation| matches!(operation.call, Call::Rest { .. });
    product
        .operations
        .iter()
        .filter(is_rest)
        .filter(|operation| !ENGINES.contains(&operation.call.to_string().as_str()))
}

/// A value that a parameter may have.
fn value(product: &Product, parameter: &Parameter) -> String {
    if let Some(listed) = listed(product, &parameter.name) {
        return listed;
    }
    let example = product.examples.get(&parameter.name);
    let least = parameter.minimum.clone();
    let text = match product.resolve(&parameter.ty) {
        Type::Boolean(_) => "true".to_owned(),
        Type::Integer(_) | Type::Int32(_) => least.unwrap_or_else(|| "1".to_owned()),
        Type::Time(_) => "1700000000000".to_owned(),
        Type::Decimal(_) => least.unwrap_or_else(|| "1".to_owned()),
        Type::Constant(text) => text.clone(),
        ty @ (Type::Array(_) | Type::OneOrMany(_) | Type::Map(_)) => product.example(ty).to_string(),
        Type::Named(name) => match &product.types[name].kind {
            TypeKind::Enum(values) => values[0].clone(),
            _ => product.example(&parameter.ty).to_string(),
        },
        _ => example.cloned().unwrap_or_else(|| "text".to_owned()),
    };
    match &parameter.pattern {
        Some(pattern) if !pattern.matches(&text) => {
            let first = pattern.class.chars().next().unwrap_or('a').to_string();
            first.repeat(pattern.min.max(1))
        }
        _ => text,
    }
}

/// Parameters that obey the rules of an operation.
fn parameters(product: &Product, operation: &Operation) -> Values {
    completed(product, operation, Values::new())
}

/// The same with some that are given.
fn completed(product: &Product, operation: &Operation, given: Values) -> Values {
    let of = |name: &str| {
        let parameter = operation.parameters.iter().find(|one| one.name == name);
        value(
            product,
            parameter.unwrap_or_else(|| panic!("{}: {name}", operation.id)),
        )
    };
    let required = operation.parameters.iter().filter(|one| one.required);
    let mut values: Values = required
        .map(|one| (one.name.clone(), value(product, one)))
        .collect();
    values.extend(given);
    for attempt in 0..60 {
        let Some((rule, names)) = operation.broken_rule(&values) else {
            return values;
        };
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        // Rules may ask for opposite things; then what they depend on has to be another value.
        if attempt % 3 == 2
            && let Some(condition) = rule.when.iter().find(|condition| !condition.values.is_empty())
            && let Some(parameter) = operation
                .parameters
                .iter()
                .find(|one| one.name == condition.parameter)
            && let Type::Named(name) = product.resolve(&parameter.ty)
            && let TypeKind::Enum(known) = &product.types[name].kind
            && let Some(other) = known.iter().find(|value| !condition.values.contains(value))
        {
            values.insert(parameter.name.clone(), other.clone());
            continue;
        }
        match &rule.need {
            Need::Required(_) | Need::Together(_) => {
                values.extend(names.iter().map(|name| (name.clone(), of(name))));
            }
            Need::OneOf(all) => {
                let one = all.first().unwrap();
                values.insert(one.clone(), of(one));
            }
            Need::Exclusive(_) => names[1..].iter().for_each(|name| drop(values.remove(name))),
            Need::Forbidden(_) => names.iter().for_each(|name| drop(values.remove(name))),
            Need::Combinations(lists) => {
                names.iter().for_each(|name| drop(values.remove(name)));
                values.extend(lists[0].iter().map(|name| (name.clone(), of(name))));
            }
            Need::Values {
                parameter, allowed, ..
            } => {
                values.insert(parameter.clone(), allowed[attempt % allowed.len()].clone());
            }
            Need::Range { parameter, min, max } => {
                let bound = min.clone().or(max.clone()).unwrap();
                values.insert(parameter.clone(), bound);
            }
            Need::Positive(_) => values.extend(names.into_iter().map(|name| (name, "1".to_owned()))),
            other => panic!("{}: {other:?}", operation.id),
        }
    }

    let broken = operation.broken_rule(&values);
    panic!(
        "{}: no request obeys its rules: {values:?}, {broken:?}",
        operation.id
    );
}

fn encoded(values: impl IntoIterator<Item = (String, String)>) -> String {
    let escape = |text: &str| -> String {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
        let escaped = text.bytes().map(|byte| match plain(&byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        });
        escaped.collect()
    };
    let pairs = values
        .into_iter()
        .map(|(name, value)| format!("{}={}", escape(&name), escape(&value)));
    pairs.collect::<Vec<_>>().join("&")
}

async fn send(exchange: &Exchange, operation: &Operation, values: &Values) -> Answer {
    let Call::Rest { method, path } = &operation.call else {
        panic!("{} is none of REST", operation.id);
    };
    let place = |name: &str| {
        let parameter = operation.parameters.iter().find(|one| one.name == name);
        parameter.map_or(Place::Own, |parameter| parameter.place)
    };
    let mut path = path.clone();
    let mut headers = Vec::new();
    let mut own = Values::new();
    for (name, value) in values {
        match place(name) {
            Place::Path => path = path.replace(&format!("{{{name}}}"), value),
            Place::Header => headers.push((name.clone(), value.clone())),
            _ => drop(own.insert(name.clone(), value.clone())),
        }
    }
    let signer = Signer::Hmac;
    let keyed = operation.security != Security::None;
    if keyed {
        headers.push(("X-MBX-APIKEY".to_owned(), signer.api_key().to_owned()));
    }
    let (mut query, mut body) = (String::new(), String::new());
    match operation.body {
        Body::Json => {
            let json = |text: &String| match serde_json::from_str::<Value>(text) {
                Ok(value @ (Value::Array(_) | Value::Object(_))) => value,
                _ => text.as_str().into(),
            };
            let members: serde_json::Map<String, Value> = own
                .iter()
                .map(|(name, value)| (name.clone(), json(value)))
                .collect();
            body = Value::Object(members).to_string();
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        _ => query = encoded(own),
    }
    if operation.signed && !matches!(operation.security, Security::Partner | Security::Kyc) {
        query = signer.signed(exchange, &query);
    }
    let target = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    common::send(exchange, method, &target, &headers, &body).await
}

/// Why generated code cannot read a payload; `None` where it can, or there is none that reads it.
fn unreadable(product: &Product, transport: &str, key: &str, kind: &str, text: &str) -> Option<String> {
    let code = PRODUCTS.iter().find(|code| code.name == product.name)?;
    let mut codecs = code.codecs.iter();
    let codec = codecs.find(|one| one.transport == transport && one.key == key && one.kind == kind)?;
    let error = (codec.recode)(text, Reading::new()).err()?;
    Some(format!("{} {key}: {error}, of {text}", product.name))
}

/// The codes by which a query says that there is nothing.
fn absent(product: &Product, operation: &Operation) -> Vec<i64> {
    let twins = product
        .operations
        .iter()
        .filter_map(|one| one.identity.query.as_ref());
    let id = operation.twin.as_ref().unwrap_or(&operation.id);
    let own = twins.filter(|twin| twin.operation == *id);
    own.flat_map(|twin| twin.absent.clone()).collect()
}

#[tokio::test]
async fn every_operation_of_every_product_is_answered() {
    let exchange = Exchange::builder().weight_per_minute(1_000_000).start().unwrap();
    let (mut answered, mut wrong) = (0, Vec::new());
    for product in products() {
        for operation in rest(product) {
            let values = parameters(product, operation);
            let answer = send(&exchange, operation, &values).await;
            answered += 1;
            let code = || serde_json::from_slice::<Value>(&answer.body).ok()?["code"].as_i64();
            let nothing = absent(product, operation);
            if answer.status == 200 {
                let text = String::from_utf8_lossy(&answer.body);
                wrong.extend(unreadable(
                    product,
                    "rest",
                    &operation.call.to_string(),
                    "response",
                    &text,
                ));
            }
            let ok = answer.status == 200 || code().is_some_and(|code| nothing.contains(&code));
            if !ok {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                wrong.push(format!(
                    "{} {}: {} {body}",
                    product.name, operation.call, answer.status
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {answered}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(answered > 830, "{answered}");
}

/// Methods of engines and of the session.
const WS_ENGINES: &[&str] = &[
    "ping",
    "time",
    "exchangeInfo",
    "depth",
    "account.status",
    "account.rateLimits.orders",
    "order.place",
    "order.test",
    "order.cancel",
    "order.status",
    "order.cancelReplace",
    "openOrders.status",
    "myTrades",
    "openOrders.cancelAll",
    "order.amend.keepPriority",
    "order.amendments",
    "orderList.place",
    "orderList.place.oco",
    "orderList.place.oto",
    "orderList.place.otoco",
    "orderList.place.opo",
    "orderList.place.opoco",
    "orderList.status",
    "orderList.cancel",
    "sor.order.place",
    "sor.order.test",
];

#[tokio::test]
async fn every_method_of_every_websocket_api_is_answered() {
    let exchange = Exchange::builder().weight_per_minute(1_000_000).start().unwrap();
    let (mut answered, mut wrong) = (0, Vec::new());
    for (name, path) in [
        ("spot", "/ws-api/v3"),
        ("usds-futures", "/ws-fapi/v1"),
        ("coin-futures", "/ws-dapi/v1"),
    ] {
        let product = catalog().product(name).unwrap();
        let mut socket = Socket::open(&exchange, path).await;
        for operation in &product.operations {
            let Call::WsApi { method } = &operation.call else {
                continue;
            };
            let of_session = method.starts_with("session.") || method.starts_with("userDataStream.subscribe");
            let own = of_session || method == "userDataStream.unsubscribe";
            let engines = match name {
                "spot" => WS_ENGINES,
                _ => FUTURES_ENGINES,
            };
            if own || engines.contains(&method.as_str()) {
                continue;
            }
            let values = parameters(product, operation);
            let params = if operation.signed {
                let pairs: Vec<(&str, &str)> = values
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                common::ws_signed(&exchange, Signer::Hmac, &pairs)
            } else {
                serde_json::to_value(&values).unwrap()
            };
            let answer = socket.request("1", method, params).await;
            answered += 1;
            if answer["status"] == 200 {
                wrong.extend(unreadable(
                    product,
                    "ws_api",
                    method,
                    "response",
                    &answer.to_string(),
                ));
            }
            let nothing = absent(product, operation);
            let code = answer["error"]["code"].as_i64();
            if answer["status"] != 200 && !code.is_some_and(|code| nothing.contains(&code)) {
                wrong.push(format!("{name} {method}: {answer}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {answered}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(answered > 35, "{answered}");
}

#[tokio::test]
async fn every_stream_of_every_product_speaks() {
    let exchange = Exchange::start();
    let (mut heard, mut wrong) = (0, Vec::new());
    for product in products()
        .into_iter()
        .filter(|product| !product.stream_rules.signed_topics)
    {
        let server = product
            .servers
            .iter()
            .find(|server| server.transport == Transport::WsStreams);
        let Some(server) = server.filter(|_| !product.streams.is_empty()) else {
            continue;
        };
        let (_, rest) = server.url.split_once("://").unwrap();
        let of_spot = product.name == "spot";
        let own = if of_spot {
            String::new()
        } else {
            format!("/{}", product.name)
        };
        let base = rest.find('/').map_or(own.as_str(), |at| &rest[at..]);
        for stream in &product.streams {
            let route = stream
                .route
                .as_ref()
                .map(|route| product.stream_rules.routes[route].as_str());
            let name = match product.name.as_str() {
                "spot" => stream.pattern.replace("<symbol>", "btcusdt"),
                "usds-futures" | "coin-futures" => {
                    let of = |name: &str| listed(product, name).unwrap().to_lowercase();
                    let name = stream.pattern.replace("<symbol>", &of("symbol"));
                    let name = name.replace("<pair>", &of("pair"));
                    let name = name.replace("<contractType>", "perpetual");
                    name.replace("markPrice@<updateSpeed>", "markPrice@1s")
                        .replace("@indexPrice@<updateSpeed>", "@indexPrice@1s")
                        .replace("arr@<updateSpeed>", "arr@1s")
                }
                _ => stream.pattern.clone(),
            };
            let name = name
                .replace("<levels>", "5")
                .replace("<interval>", "1m")
                .replace(['<', '>'], "");
            let name = name.replace("updateSpeed", "100ms");
            let of_futures = matches!(product.name.as_str(), "usds-futures" | "coin-futures");
            if of_futures && OF_EVENTS.iter().any(|part| name.contains(part)) {
                continue;
            }
            let target = format!("{base}{}/stream?streams={name}", route.unwrap_or_default());
            let mut socket = Socket::open(&exchange, &target).await;
            let subscribed = |exchange: &Exchange| exchange.subscribed_streams().contains(&name);
            assert!(exchange.wait_for(PATIENCE, subscribed).await, "{name}");
            exchange.tick_market_data();
            // What nobody feeds would leave a ping alone to be answered.
            exchange.ping_websockets(b"end");
            let Some(Message::Text(text)) = socket.message().await else {
                wrong.push(format!("{} {name} at {target}", product.name));
                continue;
            };
            let frame: Value = serde_json::from_str(text.as_str()).unwrap();
            assert_eq!(frame["stream"], name.as_str(), "{}", product.name);
            let event = frame["data"].to_string();
            // Names of pairs and symbols look alike.
            let (found, _) = product.stream(&name).unwrap();
            let found = if of_futures { stream } else { found };
            wrong.extend(unreadable(product, "ws_streams", &found.pattern, "event", &event));
            heard += 1;
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {heard}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(heard > 55, "{heard}");
}

#[tokio::test]
async fn what_was_made_is_found_by_its_query() {
    let exchange = Exchange::builder().weight_per_minute(1_000_000).start().unwrap();
    let (mut found, mut wrong) = (0, Vec::new());
    for product in products() {
        for operation in rest(product) {
            let Some(twin) = operation
                .identity
                .query
                .as_ref()
                .filter(|twin| !twin.absent.is_empty())
            else {
                continue;
            };
            let query = product.operation(&twin.operation).unwrap();
            if ENGINES.contains(&query.call.to_string().as_str()) || operation.identity.each.is_some() {
                continue;
            }
            let mut values = parameters(product, operation);
            for id in &operation.identity.ids {
                let parameter = operation.parameters.iter().find(|one| one.name == *id).unwrap();
                values.insert(id.clone(), value(product, parameter));
            }
            let made = send(&exchange, operation, &values).await;
            assert_eq!(made.status, 200, "{} {}: {made:?}", product.name, operation.id);
            let named = twin
                .with
                .iter()
                .filter_map(|(own, of_query)| Some((of_query.clone(), values.get(own)?.clone())));
            let asked = completed(product, query, named.collect());
            let answer = send(&exchange, query, &asked).await;
            found += 1;
            if answer.status != 200 {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                wrong.push(format!(
                    "{} {} by {}: {asked:?}: {body}",
                    product.name, operation.id, query.id
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {found}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(found > 20, "{found}");
}

#[tokio::test]
async fn a_request_is_checked_like_one_of_an_engine() {
    let exchange = Exchange::start();
    let code = |answer: &Answer| (answer.status, answer.code());
    let usds = catalog().product("usds-futures").unwrap();
    let order = usds.operation("newOrder").unwrap();
    let mut values = parameters(usds, order);
    let answer = send(&exchange, order, &values).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["symbol"], values["symbol"].as_str());
    let first = answer.json()["orderId"].clone();
    let again = send(&exchange, order, &values).await.json()["orderId"].clone();
    assert_ne!(first, again);
    for (name, wrong, expected) in [
        ("side", "SIDEWAYS", -1117),
        ("type", "LIMITT", -1116),
        ("quantity", "much", -1100),
        ("nothing", "1", -1104),
        ("symbol", "", -1102),
    ] {
        let mut values = values.clone();
        values.insert(name.to_owned(), wrong.to_owned());
        assert_eq!(
            code(&send(&exchange, order, &values).await),
            (400, expected),
            "{name}"
        );
    }
    values.remove("symbol");
    assert_eq!(code(&send(&exchange, order, &values).await), (400, -1102));
    // A limit order without its price.
    let mut values = parameters(usds, order);
    values.insert("type".to_owned(), "LIMIT".to_owned());
    values.remove("price");
    assert_eq!(code(&send(&exchange, order, &values).await), (400, -1102));
    // Keys and signatures.
    let unsigned = common::get(&exchange, "/sapi/v1/account/info").await;
    assert_eq!(code(&unsigned), (401, -2014));
    let key = format!("X-MBX-APIKEY: {}\r\n", Signer::Hmac.api_key());
    let target = format!(
        "/sapi/v1/account/info?timestamp={}&signature=00",
        exchange.now_ms()
    );
    assert_eq!(
        code(&common::send(&exchange, "GET", &target, &key, "").await),
        (400, -1022)
    );
}
