//! Verifying posts: with the key that the partner documentation prints, and signatures computed with OpenSSL.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use binance_wire_core::RawJson;
use binance_wire_server::http::{HeaderMap, HeaderValue};
use binance_wire_server::webhook::{
    DEFAULT_TOLERANCE, HmacHeader, HmacKey, RsaHeaders, RsaPublicKey, Verifier, WebhookError,
};

const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDQADJxDkdTSASG8Jw8B7tfS/yb9LOHhAxxI0NuDh45B0Nwh1o+CJOIhWcl/TL0LJmRM5A8fJiZJIAJiBo2JJGYRJ8tc+hj1uefq7qOHS2CEbqxEmEbn2cSOPQbSHizjsC/WRTp1X8QYfE+8cgrzJjHBfd0rr+kXG01l5PBAtKZFwIDAQAB
-----END PUBLIC KEY-----";
const HEADERS: RsaHeaders = RsaHeaders {
    signature: "x-bn-connect-signature",
    timestamp: "x-bn-connect-timestamp",
    recipient: Some("x-bn-connect-for"),
};
const BODY: &[u8] = b"{\"orderId\":\"1234567890\"}";
const SENT: u64 = 1_756_113_110_000;
const SIGNATURE: &str = "ZLpqPyjVQW6lT3i2AX1DJCgOprZsNJx3OqBbORktvDCjrYq6RyOOXNtT4vFkybqWE3+Ri14l9tRJUpqHDNwLXYtO419lXQI1NGOizeDMCa7KD1v1SqJsy8/P9zKurQZ9dn9aCIM/Uuu19Xjwbw2MDih0UE7Xwig07dvrytgKWww=";
const SECOND: (&[u8], u64, &str) = (
    b"{}",
    1_700_000_000_000,
    "XFxwXsLwfw3sDwZF5lKfvUnZSd6auSrJg4BtzuC6LyUc+1/OGwSg/NdubBrgY5zIwNSX85Oz6DJgZ9jHT9EVbd3f3TMtn6tGBxmc2+RufFcPf9Q2jqbuhI1YmE4OG2PW818cwjQzaaHfijvkFx2u2YYzcONsP+rVoPCd58T9kMY=",
);

fn verifier() -> Verifier {
    Verifier::rsa(HEADERS, RsaPublicKey::from_pem(PUBLIC).expect("a key"), "me")
}

fn headers(timestamp: &str, signature: &str, recipient: &str) -> HeaderMap {
    let value = |text: &str| HeaderValue::from_str(text).expect("a value");
    HeaderMap::from_iter([
        (
            "x-bn-connect-timestamp".parse().expect("a name"),
            value(timestamp),
        ),
        (
            "x-bn-connect-signature".parse().expect("a name"),
            value(signature),
        ),
        ("x-bn-connect-for".parse().expect("a name"), value(recipient)),
    ])
}

fn good() -> HeaderMap {
    headers(&SENT.to_string(), SIGNATURE, "me")
}

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

#[test]
fn posts_that_are_what_they_say() {
    verifier().verify_at(&good(), BODY, at(SENT)).expect("right");
    let (body, sent, signature) = SECOND;
    let headers = headers(&sent.to_string(), signature, "me");
    verifier().verify_at(&headers, body, at(sent)).expect("right");
}

#[test]
fn every_changed_byte_is_noticed() {
    for index in 0..BODY.len() {
        let mut body = BODY.to_vec();
        body[index] ^= 1;
        let error = verifier()
            .verify_at(&good(), &body, at(SENT))
            .expect_err("forged");
        assert!(matches!(error, WebhookError::WrongSignature), "{error}");
    }
    // What the time and the body share between them is not told apart by the signature, but by JSON.
    let longer = [BODY, b"1"].concat();
    let moved = headers(&SENT.to_string()[1..], SIGNATURE, "me");
    verifier()
        .tolerance(None)
        .verify_at(&moved, &longer, at(SENT))
        .expect("the signature covers both, one after the other");
    let error = verifier()
        .verify_at(&moved, &longer, at(SENT))
        .expect_err("another time");
    assert!(matches!(error, WebhookError::Stale { .. }), "{error}");
}

#[test]
fn the_time_is_checked_in_both_directions() {
    let tolerance = u64::try_from(DEFAULT_TOLERANCE.as_millis()).expect("small");
    for now in [SENT - tolerance, SENT + tolerance] {
        verifier().verify_at(&good(), BODY, at(now)).expect("fresh");
    }
    for now in [SENT - tolerance - 1, SENT + tolerance + 1, 0] {
        let error = verifier().verify_at(&good(), BODY, at(now)).expect_err("stale");
        assert!(
            matches!(error, WebhookError::Stale { sent, .. } if sent == SENT as i64),
            "{error}"
        );
        verifier()
            .tolerance(None)
            .verify_at(&good(), BODY, at(now))
            .expect("any time will do");
    }
    let strict = verifier().tolerance(Some(Duration::ZERO));
    strict
        .verify_at(&good(), BODY, at(SENT))
        .expect("at that very moment");
    strict
        .verify_at(&good(), BODY, at(SENT + 1))
        .expect_err("a moment later");
}

#[test]
fn a_forged_time_is_a_wrong_signature() {
    for timestamp in ["1756113110001", "soon", "", "-1756113110000", "+1756113110000"] {
        let error = verifier()
            .verify_at(&headers(timestamp, SIGNATURE, "me"), BODY, at(SENT))
            .expect_err("forged");
        assert!(
            matches!(error, WebhookError::WrongSignature),
            "{timestamp}: {error}"
        );
    }
}

#[test]
fn headers_that_are_not_as_they_should_be() {
    for (index, name) in [HEADERS.signature, HEADERS.timestamp, "x-bn-connect-for"]
        .into_iter()
        .enumerate()
    {
        let mut missing = good();
        missing.remove(name);
        let error = verifier()
            .verify_at(&missing, BODY, at(SENT))
            .expect_err("missing");
        assert!(
            matches!(error, WebhookError::MissingHeader(missing) if missing == name),
            "{index}: {error}"
        );
        let mut twice = good();
        twice.append(name, HeaderValue::from_static("x"));
        let error = verifier().verify_at(&twice, BODY, at(SENT)).expect_err("twice");
        assert!(
            matches!(error, WebhookError::RepeatedHeader(twice) if twice == name),
            "{index}: {error}"
        );
        let mut unreadable = good();
        unreadable.insert(name, HeaderValue::from_bytes(b"\xff").expect("opaque"));
        let error = verifier()
            .verify_at(&unreadable, BODY, at(SENT))
            .expect_err("unreadable");
        assert!(
            matches!(error, WebhookError::UnreadableHeader(text) if text == name),
            "{index}: {error}"
        );
    }
    for recipient in ["you", "m", "mee", ""] {
        let headers = headers(&SENT.to_string(), SIGNATURE, recipient);
        let error = verifier()
            .verify_at(&headers, BODY, at(SENT))
            .expect_err("not for us");
        assert!(matches!(error, WebhookError::WrongRecipient), "{error}");
    }
}

#[test]
fn what_cannot_be_decoded_is_kept() {
    let verifier = verifier().tolerance(None);
    let event: RawJson = verifier.receive(&good(), BODY).expect("an event");
    assert_eq!(event.as_str().as_bytes(), BODY);
    let error = verifier.receive::<bool>(&good(), BODY).expect_err("no boolean");
    assert!(matches!(error, WebhookError::Decode { body, .. } if body == BODY));
}

#[test]
fn hmac_over_the_body() {
    let body = r#"{"bizEntityKey":"","entityCustomerId":"","kycType":"USER","extra":{},"notifyUrl":""}"#;
    let signature = "5745e9afc873e77bef5a35eb24db941effafd6037d98d1b82585fef70f1f5d50";
    let header = HmacHeader {
        signature: "x-sha2-signature",
    };
    let verifier = Verifier::hmac(header, HmacKey::new("secret").expect("a key"));
    let mut headers = HeaderMap::new();
    let error = verifier.verify(&headers, body.as_bytes()).expect_err("missing");
    assert!(matches!(error, WebhookError::MissingHeader("x-sha2-signature")));
    headers.insert("x-sha2-signature", HeaderValue::from_static(signature));
    verifier.verify(&headers, body.as_bytes()).expect("right");
    let error = verifier
        .verify(&headers, &body.as_bytes()[1..])
        .expect_err("forged");
    assert!(matches!(error, WebhookError::WrongSignature));
}
