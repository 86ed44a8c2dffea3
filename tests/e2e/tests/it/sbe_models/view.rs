//! What the exchange's JSON has for a message, made of the JSON view. The view shows what the schema says; what it does
//! not say is put right here, by the documentation's tables of conditional fields.

use serde_json::{Map, Value, json};

/// The JSON of a message in the shape of the operation's answer.
pub(crate) fn exchange_json(template: &str, message: Value) -> Value {
    let mut message = message;
    tidy(&mut message);
    match template {
        "KlinesResponse" => {
            for kline in message.as_array_mut().into_iter().flatten() {
                kline.as_array_mut().expect("a kline").push(json!("0"));
            }
        }
        "CancelOpenOrdersResponse" => {
            for answer in message.as_array_mut().into_iter().flatten() {
                *answer = answer["response"].take();
            }
        }
        "OrderAmendKeepPriorityResponse" => amended(&mut message),
        "ReferencePriceResponse" => nulls(&mut message, &["referencePrice"]),
        "CancelReplaceOrderResponse" => nulls(&mut message, &["cancelResponse", "newOrderResponse"]),
        name if name.starts_with("WebSocketSession") && name != "WebSocketSessionSubscriptionsResponse" => {
            nulls(&mut message, &["apiKey", "authorizedSince", "userDataStream"]);
        }
        "WebSocketSessionSubscriptionsResponse" if message.is_object() => {
            message = message["subscriptions"].take();
        }
        "ExecutionReportEvent" => report(&mut message),
        _ => {}
    }
    message
}

fn nulls(message: &mut Value, names: &[&str]) {
    let object = message.as_object_mut().expect("an object");
    for name in names {
        object.entry(*name).or_insert(Value::Null);
    }
}

/// An order that waits has no working time.
fn waits(order: &mut Map<String, Value>) {
    if order.get("workingTime") == Some(&json!(-1)) {
        order.remove("workingTime");
    }
}

/// The amended order's members are in a separate object, the list's not in an array.
fn amended(message: &mut Value) {
    let object = message.as_object_mut().expect("an object");
    waits(object);
    let related = object.get_mut("relatedOrders").and_then(Value::as_array_mut);
    for order in related.into_iter().flatten().filter_map(Value::as_object_mut) {
        waits(order);
    }
    let mut outer = Map::new();
    for name in ["transactTime", "executionId", "relatedOrders"] {
        if let Some(value) = object.remove(name) {
            outer.insert(name.to_owned(), value);
        }
    }
    if let Some(list) = object
        .remove("listStatus")
        .and_then(|list| list.as_array().and_then(|l| l.first().cloned()))
    {
        outer.insert("listStatus".to_owned(), list);
    }
    outer.insert("amendedOrder".to_owned(), Value::Object(std::mem::take(object)));
    *message = Value::Object(outer);
}

fn report(message: &mut Value) {
    nulls(message, &["N"]);
    let object = message.as_object_mut().expect("an object");
    if object["uS"] == false {
        object.remove("uS");
        object.remove("k");
    }
    for (name, plain) in [("y", "PRINCIPAL"), ("b", "AUTO_MATCH")] {
        if object[name] == plain {
            object.remove(name);
        }
    }
    if is_zero(&object["A"]) {
        object.remove("A");
    }
}

fn is_zero(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|digits| digits.chars().all(|c| matches!(c, '0' | '.' | '-')))
}

/// Conditional members, wherever they stand.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(tidy),
        Value::Object(object) => {
            if object.get("usedSor") == Some(&json!(false)) {
                object.remove("usedSor");
                object.remove("workingFloor");
            }
            if object.get("orderCapacity") == Some(&json!("PRINCIPAL")) {
                object.remove("orderCapacity");
            }
            if object.get("preventedQuantity").is_some_and(is_zero) {
                object.remove("preventedQuantity");
            }
            for list in ["preventedMatches", "reduceOnlyAssets", "relatedOrders"] {
                if object.get(list) == Some(&json!([])) {
                    object.remove(list);
                }
            }
            for fill in object
                .get_mut("fills")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                let fill = fill.as_object_mut().expect("a fill");
                if fill["matchType"] == "AUTO_MATCH" {
                    fill.remove("matchType");
                }
                fill.entry("tradeId").or_insert(json!(-1));
            }
            if let Some(types) = object.get_mut("orderTypes").and_then(Value::as_array_mut) {
                types.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            object.values_mut().for_each(tidy);
        }
        _ => {}
    }
}
