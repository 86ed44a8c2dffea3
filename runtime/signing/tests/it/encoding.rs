//! What the encoders write besides the documented examples.

use crate::common::{data, decimal, documented_ed25519, documented_hmac};
use binance_wire_core::ParamSink;
use binance_wire_signing::{Credentials, QueryEncoder, WsApiParams, query};
use proptest::prelude::*;

/// A decoder that knows nothing of the encoder.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(&tail[..2]).expect("digits");
            assert_eq!(digits, digits.to_uppercase());
            bytes.push(u8::from_str_radix(digits, 16).expect("hex"));
            rest = &tail[2..];
        } else {
            assert!(
                first.is_ascii_alphanumeric() || b"-._~".contains(&first),
                "{}",
                char::from(first)
            );
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

proptest! {
    #[test]
    fn percent_encoding_round_trips(text in any::<String>()) {
        let mut encoded = String::new();
        query::percent_encode(&mut encoded, &text);
        prop_assert_eq!(percent_decode(&encoded), text);
    }

    #[test]
    fn every_query_splits_into_what_was_written(values in proptest::collection::vec(any::<String>(), 1..6)) {
        let mut out = String::new();
        let mut query = QueryEncoder::new(&mut out);
        for value in &values {
            query.text("name", value);
        }
        let found: Vec<String> =
            out.split('&').map(|pair| percent_decode(pair.strip_prefix("name=").expect("the name"))).collect();
        prop_assert_eq!(found, values);
    }

    #[test]
    fn body_and_query_are_signed_as_one(query_text in "[a-zA-Z0-9._~-]{0,40}", body in "[a-z=&]{0,40}") {
        for credentials in [documented_hmac(), documented_ed25519("key")] {
            let mut whole = String::new();
            credentials.sign(format!("q={query_text}{body}").as_bytes(), &mut whole).expect("signed");
            let mut encoded = String::new();
            query::percent_encode(&mut encoded, &whole);
            let mut out = String::new();
            let mut encoder = QueryEncoder::new(&mut out);
            encoder.text("q", &query_text);
            encoder.sign(&credentials, &body).expect("signed");
            prop_assert_eq!(out, format!("q={query_text}&signature={encoded}"));
        }
    }
}

#[test]
fn query_values() {
    let mut out = String::from("/path?");
    let mut query = QueryEncoder::new(&mut out);
    assert!(query.is_empty());
    query.json("symbols", "[\"BTCUSDT\",\"BNBBTC\"]");
    query.boolean("a", true);
    query.boolean("b", false);
    query.integer("c", -1);
    query.decimal("d", decimal("0.00000100"));
    query.text("e", "");
    assert_eq!(
        out,
        "/path?symbols=%5B%22BTCUSDT%22%2C%22BNBBTC%22%5D&a=true&b=false&c=-1&d=0.00000100&e="
    );
}

#[test]
fn a_signature_alone() {
    let mut out = String::from("/path?");
    QueryEncoder::new(&mut out)
        .sign(&documented_hmac(), "")
        .expect("signed");
    assert!(
        out.starts_with("/path?signature=") && out.len() == "/path?signature=".len() + 64,
        "{out}"
    );
}

#[test]
fn ws_api_values() {
    let mut params = WsApiParams::new();
    assert!(params.is_empty());
    params.text(
        "b",
        "quote \" back \\ line \n bell \u{7} unit \u{1f} delete \u{7f} é",
    );
    params.json("a", "[1,2]");
    params.boolean("d", false);
    params.integer("c", i64::MIN);
    let mut json = String::new();
    params.write_json(&mut json);
    assert_eq!(
        json,
        "{\"b\":\"quote \\\" back \\\\ line \\u000a bell \\u0007 unit \\u001f delete \u{7f} é\",\"a\":[1,2],\
         \"d\":false,\"c\":-9223372036854775808}"
    );
    params.clear();
    let mut json = String::new();
    params.write_json(&mut json);
    assert_eq!(json, "{}");
}

#[test]
fn ws_api_params_are_reused() {
    let credentials = documented_hmac();
    let mut params = WsApiParams::new();
    let mut json = Vec::new();
    for _ in 0..2 {
        params.clear();
        params.text("symbol", "BTCUSDT");
        params.integer("timestamp", 1);
        params.sign(&credentials).expect("signed");
        let mut out = String::new();
        params.write_json(&mut out);
        json.push(out);
    }
    assert_eq!(json[0], json[1]);
}

#[test]
fn credentials_cross_threads() {
    fn sendable<T: Send + Sync + Clone + 'static>(value: T) -> T {
        value
    }
    let credentials = sendable(Credentials::rsa("key", data("rsa.pem")).expect("a key"));
    let signatures: Vec<String> = std::thread::scope(|scope| {
        let sign = || {
            let mut out = String::new();
            credentials.clone().sign(b"payload", &mut out).expect("signed");
            out
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(sign)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    assert!(signatures.windows(2).all(|pair| pair[0] == pair[1]));
}
