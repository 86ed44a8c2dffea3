//! Answers and events that are not as they should be: with values and members that nobody documents, of a newer schema, broken.

use serde_json::{Value, json};

use super::Fault;
use crate::http::Response;
use crate::state::Outbound;

/// Members whose upper-case texts are names of things, and of no value set.
const NAMES: [&str; 20] = [
    "symbol",
    "s",
    "pair",
    "ps",
    "asset",
    "a",
    "coin",
    "baseAsset",
    "quoteAsset",
    "commissionAsset",
    "marginAsset",
    "N",
    "timezone",
    "clientOrderId",
    "c",
    "C",
    "id",
    "e",
    "stream",
    "listenKey",
];
/// A value that no value set has.
const UNKNOWN: &str = "SANDBOX_UNKNOWN";
/// A member that nothing has.
const UNKNOWN_MEMBER: &str = "sandboxUnknown";
/// A text frame with the three reserved bits set, which no extension explains.
const BROKEN_FRAME: [u8; 7] = [0xF1, 0x05, b'b', b'r', b'o', b'k', b'n'];

/// Spoils an answer over HTTP.
pub(crate) fn spoil_response(fault: &Fault, response: &mut Response) {
    match fault {
        Fault::Corrupted => {
            let half = response.body.len() / 2;
            response.body.truncate(half);
        }
        Fault::NewerSbe => newer_schema(response),
        fault => {
            if let Ok(text) = std::str::from_utf8(&response.body)
                && let Some(spoiled) = spoil_json(fault, text)
            {
                response.body = spoiled.into_bytes();
            }
        }
    }
}

/// Spoils an answer of the WebSocket API, or of a command on streams.
pub(crate) fn spoil_frame(fault: &Fault, text: String) -> Vec<Outbound> {
    match fault {
        Fault::Corrupted => vec![Outbound::Raw(BROKEN_FRAME.to_vec())],
        Fault::StrayAnswer => {
            let stray = json!({ "id": "sandbox-stray", "status": 200, "result": {} });
            vec![Outbound::Text(stray.to_string()), Outbound::Text(text)]
        }
        fault => {
            let spoiled = spoil_json(fault, &text);
            vec![Outbound::Text(spoiled.unwrap_or(text))]
        }
    }
}

/// Spoils an event on its way to a connection.
pub(crate) fn spoil_event(fault: &Fault, text: String) -> Vec<Outbound> {
    match fault {
        Fault::DropDepth => Vec::new(),
        Fault::DoubleDepth => vec![Outbound::Text(text.clone()), Outbound::Text(text)],
        Fault::CutConnection(_) | Fault::CutBody { .. } => vec![Outbound::Cut],
        Fault::Silence => vec![Outbound::Silence],
        Fault::Lag(late) | Fault::Delay(late) => vec![Outbound::Lag(*late), Outbound::Text(text)],
        fault => spoil_frame(fault, text),
    }
}

/// JSON with what nobody documents in it; `None` where there is no place for it.
fn spoil_json(fault: &Fault, text: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    let payload = payload(&mut value);
    let spoiled = match fault {
        Fault::UnknownValue => first_word(payload).map(|word| *word = UNKNOWN.into()),
        Fault::UnknownMember => payload.as_object_mut().map(|members| {
            members.insert(UNKNOWN_MEMBER.to_owned(), json!({ "nested": [1, "two", null] }));
        }),
        _ => None,
    };
    spoiled.map(|()| value.to_string())
}

/// What a frame is about, within what wraps it; the first of a list.
fn payload(value: &mut Value) -> &mut Value {
    let wrapper = ["result", "data", "event"].into_iter().find(|name| {
        let inner = value.get(name);
        inner.is_some_and(|inner| inner.is_object() || inner.is_array())
    });
    let inner = match wrapper {
        Some(name) => &mut value[name],
        None => value,
    };
    if inner.get(0).is_some() {
        return &mut inner[0];
    }
    inner
}

/// The first member that holds a word of a value set, at any depth.
fn first_word(value: &mut Value) -> Option<&mut Value> {
    match value {
        Value::Object(members) => members
            .iter_mut()
            .filter(|(name, _)| !NAMES.contains(&name.as_str()))
            .find_map(|(_, value)| match value {
                Value::String(word) if is_word(word) => Some(value),
                Value::Object(_) | Value::Array(_) => first_word(value),
                _ => None,
            }),
        Value::Array(elements) => elements.iter_mut().find_map(first_word),
        _ => None,
    }
}

fn is_word(text: &str) -> bool {
    text.len() > 2 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// Makes a message in SBE one of the next version, whose root block is longer than the reader's.
fn newer_schema(response: &mut Response) {
    const HEADER: usize = 8;
    const ADDED: [u8; 4] = [0xAB; 4];
    let is_sbe = response
        .headers
        .iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("content-type") && value == "application/sbe");
    let number = |at: usize| {
        let bytes = response.body.get(at..at + 2)?;
        Some(u16::from_le_bytes(bytes.try_into().ok()?))
    };
    // Of the root block, and the version of the schema.
    let (Some(length), Some(version)) = (number(0), number(6)) else {
        return;
    };
    let end = HEADER + usize::from(length);
    if !is_sbe || end > response.body.len() {
        return;
    }
    let longer = length.saturating_add(ADDED.len() as u16);
    response.body.splice(end..end, ADDED);
    response.body.splice(0..2, longer.to_le_bytes());
    response
        .body
        .splice(6..8, version.saturating_add(1).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_members_are_where_the_payload_is() {
        let order = r#"{"symbol":"BTCUSDT","clientOrderId":"ABC","fills":[],"status":"NEW","side":"BUY"}"#;
        for (text, place) in [
            (order.to_owned(), ""),
            (format!("[{order},{order}]"), "/0"),
            (format!(r#"{{"id":1,"status":200,"result":{order}}}"#), "/result"),
            (format!(r#"{{"stream":"x","data":{order}}}"#), "/data"),
            (format!(r#"{{"subscriptionId":0,"event":{order}}}"#), "/event"),
        ] {
            let spoil = |fault: Fault| -> Value {
                serde_json::from_str(&spoil_json(&fault, &text).expect(&text)).expect("JSON")
            };
            let value = spoil(Fault::UnknownValue);
            assert_eq!(
                value.pointer(&format!("{place}/status")),
                Some(&json!(UNKNOWN)),
                "{value}"
            );
            assert_eq!(
                value.pointer(&format!("{place}/symbol")),
                Some(&json!("BTCUSDT")),
                "{value}"
            );
            let value = spoil(Fault::UnknownMember);
            assert!(
                value
                    .pointer(&format!("{place}/{UNKNOWN_MEMBER}/nested"))
                    .is_some(),
                "{value}"
            );
        }
        for nothing in ["{}", "[]", "3", "nonsense"] {
            assert_eq!(spoil_json(&Fault::UnknownValue, nothing), None);
        }
        let nested = spoil_json(&Fault::UnknownValue, r#"{"limits":[{"rateLimitType":"ORDERS"}]}"#);
        assert_eq!(
            nested.as_deref(),
            Some(r#"{"limits":[{"rateLimitType":"SANDBOX_UNKNOWN"}]}"#)
        );
    }

    #[test]
    fn a_newer_message_has_a_longer_root_block() {
        let mut response = Response::new(200, "application/sbe", vec![2, 0, 9, 0, 3, 0, 1, 0, 7, 7, 5]);
        newer_schema(&mut response);
        assert_eq!(
            response.body,
            [6, 0, 9, 0, 3, 0, 2, 0, 7, 7, 0xAB, 0xAB, 0xAB, 0xAB, 5]
        );
        for short in [vec![], vec![1, 0], vec![9, 0, 9, 0, 3, 0, 1, 0, 7]] {
            let mut response = Response::new(200, "application/sbe", short.clone());
            newer_schema(&mut response);
            assert_eq!(response.body, short);
        }
    }
}
