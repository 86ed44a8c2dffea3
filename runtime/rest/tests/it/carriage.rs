//! How requests travel that are not a signed query: bodies, headers, brackets, partner signatures. What arrives is
//! looked at byte for byte.

use std::borrow::Cow;
use std::time::Duration;

use crate::common::{Action, Answer, Received, Server, http, ok};
use binance_wire_core::{
    Credit, Decimal, Envelope, Error, ErrorCode, FreeParameters, HttpMethod, LimitScope, Operation,
    OperationInfo, ParamSink, RawJson, RequestBody, RestOperation, Security, Timestamp, write_bracketed,
};
use binance_wire_rest::ClientBuilder;
use binance_wire_signing::partner::{HmacKey, RsaKey};
use binance_wire_signing::{Credentials, PartnerCredentials};

/// The key of the partner documentation, of 1024 bits; published, and good for tests alone.
const PARTNER_KEY: &str = include_str!("../data/partner_key.pem");

const SECRET: &str = "the-secret";

const fn credit() -> Credit {
    Credit {
        weight: 1,
        weight_on_success: 1,
        scope: LimitScope::Ip,
        uid_weight: 0,
        unfilled_orders: 0,
    }
}

/// An operation that sends `$params` and answers with `$response`.
macro_rules! operation {
    ($name:ident, $method:ident, $path:literal, $response:ty, $info:expr, |$sink:ident| $params:expr) => {
        struct $name;

        impl Operation for $name {
            type Response = $response;

            fn write_params(&self, $sink: &mut dyn ParamSink) {
                $params
            }

            fn credit(&self) -> Credit {
                credit()
            }
        }

        impl RestOperation for $name {
            const INFO: OperationInfo = OperationInfo {
                id: stringify!($name),
                ..$info
            };
            const METHOD: HttpMethod = HttpMethod::$method;
            const PATH: &'static str = $path;

            fn write_headers(&self, sink: &mut dyn ParamSink) {
                if stringify!($name) == "WithHeader" {
                    sink.text("lang", "pt-BR");
                    sink.integer("X-Number", 7);
                }
            }
        }
    };
}

const SIGNED: OperationInfo = OperationInfo {
    security: Security::Trade,
    signed: true,
    mutation: true,
    ..OperationInfo::DEFAULT
};

fn mixed(sink: &mut dyn ParamSink) {
    sink.text("symbol", "a&b=ü");
    sink.number("price", Decimal::new(150, 2));
    sink.decimal("quantity", Decimal::new(100, 3));
    sink.boolean("flag", true);
    sink.json("legs", r#"[{"s":"A B"},{"s":"[]"}]"#);
    sink.timestamp("since", Timestamp::from_millis(9));
}

operation!(
    Formed,
    Post,
    "/form",
    RawJson,
    OperationInfo {
        body: RequestBody::Form,
        ..SIGNED
    },
    |sink| mixed(sink)
);
operation!(
    Json,
    Put,
    "/json",
    RawJson,
    OperationInfo {
        body: RequestBody::Json,
        ..SIGNED
    },
    |sink| mixed(sink)
);
operation!(
    Public,
    Post,
    "/public",
    RawJson,
    OperationInfo {
        body: RequestBody::Json,
        mutation: true,
        ..OperationInfo::DEFAULT
    },
    |_sink| ()
);
operation!(
    Brackets,
    Post,
    "/brackets",
    RawJson,
    OperationInfo {
        raw_brackets: true,
        security: Security::PredictionTrade,
        ..SIGNED
    },
    |sink| {
        write_bracketed(sink, "cancelInfoList", r#"[{"orderId":"7/é"},{"orderId":"8"}]"#);
        sink.json("names", r#"["a"]"#);
    }
);
operation!(
    WithHeader,
    Get,
    "/header",
    RawJson,
    OperationInfo {
        mutation: false,
        ..SIGNED
    },
    |_sink| ()
);

const PARTNER: OperationInfo = OperationInfo {
    security: Security::Partner,
    signed: true,
    body: RequestBody::Json,
    envelope: Some(&Envelope {
        code: Some("code"),
        ok: &["000000"],
        success: Some("success"),
        message: Some("message"),
        data: Some("data"),
        optional: false,
    }),
    ..OperationInfo::DEFAULT
};

operation!(
    Order,
    Post,
    "/papi/v1/ramp/connect/order",
    Answer,
    PARTNER,
    |sink| sink.text("orderId", "1234567890")
);
operation!(Pairs, Post, "/pairs", (), PARTNER, |_sink| ());
operation!(
    PreOrder,
    Post,
    "/pre-order",
    Answer,
    OperationInfo {
        mutation: true,
        ..PARTNER
    },
    |_sink| ()
);
operation!(
    NoBody,
    Post,
    "/none",
    (),
    OperationInfo {
        body: RequestBody::None,
        ..PARTNER
    },
    |_sink| ()
);
operation!(
    Kyc,
    Post,
    "/kyc",
    RawJson,
    OperationInfo {
        security: Security::Kyc,
        body: RequestBody::Json,
        ..OperationInfo::DEFAULT
    },
    |sink| {
        sink.text("bizEntityKey", "");
        sink.text("entityCustomerId", "");
        sink.text("kycType", "USER");
        sink.json("extra", "{}");
        sink.text("notifyUrl", "");
    }
);
operation!(
    Slow,
    Get,
    "/slow",
    RawJson,
    OperationInfo {
        timeout: Some(Duration::from_secs(20)),
        ..OperationInfo::DEFAULT
    },
    |_sink| ()
);

struct Draft(FreeParameters);

impl Operation for Draft {
    type Response = RawJson;

    fn write_params(&self, sink: &mut dyn ParamSink) {
        self.0.write(sink);
    }

    fn credit(&self) -> Credit {
        credit()
    }
}

impl RestOperation for Draft {
    const INFO: OperationInfo = SIGNED;
    const METHOD: HttpMethod = HttpMethod::Post;
    const PATH: &'static str = "/draft";

    fn path(&self) -> Cow<'static, str> {
        Cow::Borrowed("/draft")
    }
}

fn at(builder: ClientBuilder, millis: i64) -> binance_wire_rest::Client {
    builder
        .clock(move || Timestamp::from_millis(millis))
        .recv_window(Decimal::new(60005, 1))
        .build()
        .expect("a client")
}

async fn sent<O: RestOperation>(operation: &O) -> Received {
    let server = Server::answering(ok("{}")).await;
    at(server.builder(), 1_700_000_000_000)
        .send(operation)
        .await
        .map(drop)
        .expect("an answer");
    server.request()
}

/// What the exchange would compute.
fn signature(payload: &str) -> String {
    let mut out = String::new();
    Credentials::hmac("k", SECRET)
        .expect("usable")
        .sign(payload.as_bytes(), &mut out)
        .expect("signed");
    out
}

const ENCODED: &str = "symbol=a%26b%3D%C3%BC&price=1.50&quantity=0.100&flag=true\
                       &legs=%5B%7B%22s%22%3A%22A%20B%22%7D%2C%7B%22s%22%3A%22%5B%5D%22%7D%5D&since=9";

#[tokio::test]
async fn a_form_has_everything_in_the_body() {
    let request = sent(&Formed).await;
    let payload = format!("{ENCODED}&recvWindow=6000.5&timestamp=1700000000000");
    assert_eq!(request.target, "/form");
    assert_eq!(
        request.body,
        format!("{payload}&signature={}", signature(&payload))
    );
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(request.header("x-mbx-apikey"), Some("the-key"));
    let lengths: Vec<_> = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .collect();
    assert_eq!(lengths.len(), 1, "{lengths:?}");
}

#[tokio::test]
async fn a_json_body_is_signed_behind_the_query() {
    let request = sent(&Json).await;
    let body = r#"{"symbol":"a&b=ü","price":1.50,"quantity":"0.100","flag":true,"legs":[{"s":"A B"},{"s":"[]"}],"since":9}"#;
    assert_eq!(request.body, body);
    let query = "recvWindow=6000.5&timestamp=1700000000000";
    let signature = signature(&format!("{query}{body}"));
    assert_eq!(request.target, format!("/json?{query}&signature={signature}"));
    assert_eq!(request.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn an_empty_json_body_is_an_object() {
    let request = sent(&Public).await;
    assert_eq!(
        (request.target.as_str(), request.body.as_str()),
        ("/public", "{}")
    );
    assert_eq!(request.header("x-mbx-apikey"), None);
}

#[tokio::test]
async fn brackets_stay_in_what_is_signed_and_on_the_wire() {
    let request = sent(&Brackets).await;
    let payload = "cancelInfoList[0].orderId=7%2F%C3%A9&cancelInfoList[1].orderId=8&names=[%22a%22]\
                   &recvWindow=6000.5&timestamp=1700000000000";
    assert_eq!(
        request.target,
        format!("/brackets?{payload}&signature={}", signature(payload))
    );
}

#[tokio::test]
async fn headers_are_not_signed() {
    let request = sent(&WithHeader).await;
    assert_eq!(request.header("lang"), Some("pt-BR"));
    assert_eq!(request.header("x-number"), Some("7"));
    let payload = "recvWindow=6000.5&timestamp=1700000000000";
    assert_eq!(
        request.target,
        format!("/header?{payload}&signature={}", signature(payload))
    );
}

#[tokio::test]
async fn free_parameters_are_sent_as_they_were_set() {
    let mut free = FreeParameters::default();
    free.push("legType", "LIMIT");
    free.push("n", 7);
    let request = sent(&Draft(free)).await;
    assert!(
        request.query().starts_with("legType=LIMIT&n=7&recvWindow="),
        "{}",
        request.target
    );
}

fn partner(server: &Server) -> ClientBuilder {
    let key = RsaKey::from_pem(PARTNER_KEY).expect("a key of 1024 bits is taken");
    assert_eq!(key.bits(), 1024);
    let credentials = PartnerCredentials::new("client-1", "token-1", key).expect("usable");
    server.builder().partner(credentials)
}

#[tokio::test]
async fn partners_sign_body_and_time_in_headers() {
    let reply = ok(r#"{"success":true,"code":"000000","data":{"id":1},"message":null}"#);
    let server = Server::answering(reply).await;
    let client = at(partner(&server), 1_756_113_110_000);
    assert_eq!(client.send(&Order).await.expect("an answer").id, 1);
    let request = server.request();
    assert_eq!(request.target, "/papi/v1/ramp/connect/order");
    assert_eq!(request.body, r#"{"orderId":"1234567890"}"#);
    for (name, value) in [
        ("Content-Type", "application/json"),
        ("X-Tesla-ClientId", "client-1"),
        ("X-Tesla-SignAccessToken", "token-1"),
        ("X-Tesla-Timestamp", "1756113110000"),
        (
            "X-Tesla-Signature",
            "ZLpqPyjVQW6lT3i2AX1DJCgOprZsNJx3OqBbORktvDCjrYq6RyOOXNtT4vFkybqWE3+Ri14l9tRJUpqHDNwLXYtO419lXQI1NGOizeDMCa7KD1v1SqJsy8/P9zKurQZ9dn9aCIM/Uuu19Xjwbw2MDih0UE7Xwig07dvrytgKWww=",
        ),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
        let count = request
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name));
        assert_eq!(count.count(), 1, "{name}");
    }
    assert_eq!(request.header("x-mbx-apikey"), None);
}

#[tokio::test]
async fn partners_sign_an_empty_object_and_no_body_at_all() {
    let server = Server::answering(ok(r#"{"success":true,"code":"000000","data":null}"#)).await;
    let client = at(partner(&server), 1_700_000_000_000);
    client.send(&Pairs).await.expect("no result is needed");
    client.send(&NoBody).await.expect("no result is needed");
    let requests = server.requests();
    assert_eq!(requests[0].body, "{}");
    assert_eq!(
        requests[0].header("x-tesla-signature"),
        Some(
            "XFxwXsLwfw3sDwZF5lKfvUnZSd6auSrJg4BtzuC6LyUc+1/OGwSg/NdubBrgY5zIwNSX85Oz6DJgZ9jHT9EVbd3f3TMtn6tGBxmc2+RufFcPf9Q2jqbuhI1YmE4OG2PW818cwjQzaaHfijvkFx2u2YYzcONsP+rVoPCd58T9kMY="
        )
    );
    assert_eq!(requests[1].body, "");
    let mut over_time_alone = String::new();
    let key = RsaKey::from_pem(PARTNER_KEY).expect("a key");
    key.sign(b"", "1700000000000", &mut over_time_alone)
        .expect("signed");
    assert_eq!(
        requests[1].header("x-tesla-signature"),
        Some(over_time_alone.as_str())
    );
    assert_eq!(requests[1].header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn kyc_signs_the_exact_body() {
    let server = Server::answering(ok("{}")).await;
    let key = HmacKey::new("secret").expect("usable");
    let client = server.builder().body_key(key).build().expect("a client");
    client.send(&Kyc).await.expect("an answer");
    let request = server.request();
    assert_eq!(
        request.body,
        r#"{"bizEntityKey":"","entityCustomerId":"","kycType":"USER","extra":{},"notifyUrl":""}"#
    );
    assert_eq!(
        request.header("X-SHA-Signature"),
        Some("5745e9afc873e77bef5a35eb24db941effafd6037d98d1b82585fef70f1f5d50")
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.target, "/kyc");
}

#[tokio::test]
async fn what_signs_must_be_there() {
    let server = Server::answering(ok("{}")).await;
    let client = server.client();
    for (error, says) in [
        (
            client.send(&Order).await.map(drop),
            "Order needs partner credentials",
        ),
        (
            client.send(&Kyc).await.map(drop),
            "Kyc needs the secret that signs bodies",
        ),
    ] {
        let error = error.expect_err("nothing signs").to_string();
        assert!(error.starts_with(says), "{error}");
    }
    assert!(server.requests().is_empty());
}

/// How an answer with this status and body is taken, as a read and as a mutation.
async fn answered(status: &'static str, body: &'static str) -> [Result<i64, Error>; 2] {
    let server =
        Server::start(move |_, _| Action::Reply(http(status, &[("Content-Type", "application/json")], body)))
            .await;
    let client = at(partner(&server), 1);
    [
        client.send(&Order).await.map(|answer| answer.id),
        client.send(&PreOrder).await.map(|answer| answer.id),
    ]
}

#[tokio::test]
async fn a_refusal_is_one_whatever_the_status() {
    const BODY: &str = r#"{"success":false,"code":"1130306","data":null,"message":"ORDER_NOT_FOUND"}"#;
    for status in ["200 OK", "400 Bad Request", "403 Forbidden", "409 Conflict"] {
        for answer in answered(status, BODY).await {
            let Err(Error::Api(error)) = answer else {
                panic!("{status}: {answer:?}");
            };
            assert_eq!(error.code, ErrorCode(1_130_306));
            assert_eq!(error.code_text.as_deref(), Some("1130306"));
            assert_eq!(error.message, "ORDER_NOT_FOUND");
            assert_eq!(error.data.as_ref().map(RawJson::as_str), Some(BODY));
            assert!(status.starts_with(&error.status.to_string()));
        }
    }
    let [read, mutation] = answered("500 Internal Server Error", BODY).await;
    assert!(
        matches!(&read, Err(Error::Server { error: Some(_), .. })),
        "{read:?}"
    );
    assert!(
        matches!(&mutation, Err(Error::ExecutionUnknown { error: Some(_), .. })),
        "{mutation:?}"
    );
    let [limited, _] = answered("429 Too Many Requests", BODY).await;
    assert!(
        matches!(&limited, Err(Error::RateLimited { retry_after: None, error, .. }) if error.code.0 == 1_130_306),
        "{limited:?}"
    );
}

#[tokio::test]
async fn a_wrong_envelope_is_a_decode_error_with_its_place() {
    for (body, says) in [
        (r#"{"success":true,"code":"000000"}"#, "field `data` is missing"),
        (
            r#"{"success":true,"code":"000000","data":null}"#,
            "null where a value is promised at $.data",
        ),
        (
            r#"{"success":true,"code":"000000","data":{"id":true}}"#,
            "at $.data.id (byte 45)",
        ),
        (r#"{"id":1}"#, "field `success` is missing"),
        ("[1]", "expected an object"),
        ("", "ends too early"),
    ] {
        let [read, mutation] = answered("200 OK", body).await;
        let (text, kept) = match (mutation, &read) {
            (Err(Error::ExecutionUnknown { reason, body, .. }), Err(Error::Decode { error, .. })) => {
                assert!(reason.contains(&error.to_string()), "{reason}: {error}");
                (error.to_string(), body)
            }
            (mutation, _) => panic!("{body}: {mutation:?}, {read:?}"),
        };
        assert!(text.contains(says), "{body}: {text}");
        assert_eq!(kept, body.as_bytes());
    }
}

#[tokio::test]
async fn a_failure_outside_the_envelope_is_read_as_everywhere() {
    for (body, code, text) in [
        (r#"{"code":-1102,"msg":"bad"}"#, -1102, None),
        (r#"{"code":"000002","message":"bad"}"#, 2, Some("000002")),
    ] {
        let [read, _] = answered("400 Bad Request", body).await;
        let Err(Error::Api(error)) = read else {
            panic!("{body}: {read:?}");
        };
        assert_eq!(
            (error.code.0, error.code_text.as_deref(), error.message.as_str()),
            (code, text, "bad")
        );
    }
}

#[tokio::test]
async fn the_message_of_a_success_is_kept() {
    let reply = ok(r#"{"success":true,"code":"000000","data":{"id":1},"message":"look"}"#);
    let server = Server::answering(reply).await;
    let answer = at(partner(&server), 1)
        .send_detailed(&Order)
        .await
        .expect("an answer");
    assert_eq!(answer.message.as_deref(), Some("look"));
    assert_eq!(answer.value.id, 1);
}

#[tokio::test]
async fn an_operation_that_takes_long_gets_the_time() {
    let server = Server::start(|_, _| {
        // Longer than the client's own limit, much shorter than the operation's.
        std::thread::sleep(Duration::from_millis(300));
        Action::Reply(ok("7"))
    })
    .await;
    let client = server
        .builder()
        .timeout(Duration::from_millis(20))
        .build()
        .expect("a client");
    assert_eq!(client.send(&Slow).await.expect("an answer").as_str(), "7");
}
