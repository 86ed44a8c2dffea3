//! The forms of answers: JSON, SBE, in pieces, compressed.

use std::io::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::{Account, Action, Answer, Depth, NewOrder, Server, http, ok};
use binance_wire_core::{
    Credit, Error, HttpMethod, Operation, OperationInfo, ParamSink, RestOperation, Timestamp, json,
};
use binance_wire_rest::{ErrorBody, IntervalUnit, RateLimitKind, RateLimitUsage, SbeFormat};

binance_wire_core::json_object! {
    /// An account.
    pub struct Kept {
        /// Its id.
        id: i64 = required("id"),
    }
}

/// As [`Account`], with an answer that keeps what it does not know.
struct Keeping;

impl Operation for Keeping {
    type Response = Kept;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    fn credit(&self) -> Credit {
        Account.credit()
    }
}

impl RestOperation for Keeping {
    const INFO: OperationInfo = Account::INFO;
    const METHOD: HttpMethod = Account::METHOD;
    const PATH: &'static str = Account::PATH;
}

#[tokio::test]
async fn unknown_members_are_kept_on_request() {
    let body = r#"{"id":7,"new":{"a":null}}"#;
    let server = Server::start(move |_, _| Action::Reply(ok(body))).await;
    let skipping = server.builder().build().expect("a client");
    let skipped = skipping.send(&Keeping).await.expect("an answer");
    assert!(skipped.raw.is_empty());
    let keeping = server.builder().keep_unknown_members().build().expect("a client");
    let kept = keeping.send(&Keeping).await.expect("an answer");
    assert_eq!((kept.id, kept.raw.get("new")), (7, Some(r#"{"a":null}"#)));
    assert_eq!(json::to_string(&kept), body);
}

/// As [`Account`], with a list.
struct Listing;

impl Operation for Listing {
    type Response = binance_wire_core::List<Kept>;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    fn credit(&self) -> Credit {
        Account.credit()
    }
}

impl RestOperation for Listing {
    const INFO: OperationInfo = Account::INFO;
    const METHOD: HttpMethod = Account::METHOD;
    const PATH: &'static str = Account::PATH;
}

#[tokio::test]
async fn lists_are_complete_on_request() {
    let server = Server::start(|_, _| Action::Reply(ok(r#"[{"id":7},{"id":"x"}]"#))).await;
    let client = server.builder().build().expect("a client");
    let list = client.send(&Listing).await.expect("an answer");
    assert_eq!((list.len(), list.unreadable().len()), (1, 1));
    let client = server.builder().complete_lists().build().expect("a client");
    let error = client.send(&Listing).await.expect_err("an element is missing");
    assert!(
        matches!(&error, Error::Decode { error, .. } if error.path() == "$[1].id"),
        "{error:?}"
    );
}

fn decode_error(bytes: &[u8]) -> Option<ErrorBody> {
    match bytes {
        [0xEE, low, high] => Some(ErrorBody {
            code: binance_wire_core::ErrorCode(i32::from(i16::from_le_bytes([*low, *high]))),
            code_text: None,
            message: "in SBE".to_owned(),
            data: None,
            retry_at: Some(Timestamp::from_micros(1)),
        }),
        _ => None,
    }
}

pub(crate) const SBE: SbeFormat = SbeFormat {
    schema_id: 3,
    version: 4,
    decode_error,
};
const SBE_TYPE: (&str, &str) = ("Content-Type", "application/sbe");

#[tokio::test]
async fn sbe_is_asked_for_where_there_is_a_form() {
    let server = Server::start(|_, request| {
        Action::Reply(match request.header("accept") {
            Some("application/sbe") => http("200 OK", &[SBE_TYPE, ("X-MBX-SBE-DEPRECATED", "true")], [9]),
            _ => ok("{\"id\":7}"),
        })
    })
    .await;
    let client = server.builder().sbe(SBE).build().expect("a client");
    let answer = client
        .send_detailed(&Depth { symbol: "A" })
        .await
        .expect("an answer");
    assert_eq!(answer.value, Answer { id: 9 });
    assert!(answer.sbe_deprecated);
    assert_eq!(client.send(&Account).await.expect("an answer"), Answer { id: 7 });
    let requests = server.requests();
    assert_eq!(requests[0].header("x-mbx-sbe"), Some("3:4"));
    assert_eq!(requests[1].header("accept"), Some("application/json"));
    assert_eq!(requests[1].header("x-mbx-sbe"), None);
    let plain = server.builder().sbe(SBE).json().build().expect("a client");
    assert_eq!(
        plain.send(&Depth { symbol: "A" }).await.expect("an answer"),
        Answer { id: 7 }
    );
}

#[tokio::test]
async fn the_answer_says_in_which_form_it_is() {
    // SBE switched off at the exchange: JSON comes although SBE was asked for.
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server.builder().sbe(SBE).build().expect("a client");
    assert_eq!(
        client.send(&Depth { symbol: "A" }).await.expect("an answer"),
        Answer { id: 7 }
    );
    // And the reverse.
    let server = Server::answering(http("200 OK", &[SBE_TYPE], [9])).await;
    let error = server.client().send(&Account).await.expect_err("not understood");
    assert!(
        matches!(&error, Error::Decode { status: 200, body, .. } if body == &[9]),
        "{error:?}"
    );
}

#[tokio::test]
async fn sbe_errors() {
    let bytes = [0xEE, (-1121_i16).to_le_bytes()[0], (-1121_i16).to_le_bytes()[1]];
    let server = Server::answering(http("400 Bad Request", &[SBE_TYPE], bytes)).await;
    let client = server.builder().sbe(SBE).build().expect("a client");
    let error = client.send(&Depth { symbol: "A" }).await.expect_err("refused");
    assert!(
        matches!(&error, Error::Api(api) if api.code.0 == -1121 && api.message == "in SBE"),
        "{error:?}"
    );

    let server = Server::answering(http("429 Too Many Requests", &[SBE_TYPE], bytes)).await;
    let client = server.builder().sbe(SBE).build().expect("a client");
    let error = client.send(&Depth { symbol: "A" }).await.expect_err("refused");
    assert!(
        matches!(&error, Error::RateLimited { retry_at: Some(at), .. } if *at == Timestamp::from_micros(1)),
        "{error:?}"
    );

    let server = Server::answering(http("400 Bad Request", &[SBE_TYPE], [1, 2])).await;
    let client = server.builder().sbe(SBE).build().expect("a client");
    let error = client.send(&Depth { symbol: "A" }).await.expect_err("refused");
    assert!(
        matches!(&error, Error::Decode { status: 400, body, .. } if body == &[1, 2]),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_else_an_answer_says() {
    let headers = [
        ("X-MBX-USED-WEIGHT-1M", "12"),
        ("X-MBX-ORDER-COUNT-10S", "3"),
        ("x-mbx-uuid", "6d4e2b1a"),
        ("Retry-After", "2"),
    ];
    let server = Server::answering(http("200 OK", &headers, "{\"id\":7}")).await;
    let client = server.client();
    assert!(client.last_limits().is_empty());
    let answer = client.send_detailed(&Account).await.expect("an answer");
    let expected = [
        (RateLimitKind::RequestWeight, 1, IntervalUnit::Minute, 12),
        (RateLimitKind::Orders, 10, IntervalUnit::Second, 3),
    ]
    .map(|(kind, interval_num, interval, count)| RateLimitUsage {
        kind,
        interval_num,
        interval,
        count,
    });
    assert_eq!(*answer.limits, expected);
    assert_eq!(*client.last_limits(), expected);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("X-MBX-UUID"), Some("6d4e2b1a"));
    assert_eq!(answer.header("absent"), None);
    assert_eq!(answer.retry_after, Some(Duration::from_secs(2)));
    assert!(!answer.sbe_deprecated);
    assert_eq!(&*answer.body, b"{\"id\":7}");
    assert_eq!(answer.body.clone().into_vec(), b"{\"id\":7}");
    assert_eq!(answer.map(|value| value.id).value, 7);
}

#[tokio::test]
async fn bodies_in_many_pieces() {
    let long = format!("{{\"pad\":\"{}\",\"id\":7}}", "x".repeat(300_000));
    let mut chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for piece in long.as_bytes().chunks(1000) {
        chunked.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        chunked.extend_from_slice(piece);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    for reply in [ok(&long), chunked] {
        let server = Server::answering(reply.clone()).await;
        let client = server.client();
        for _ in 0..2 {
            let answer = client.send_detailed(&Account).await.expect("an answer");
            assert_eq!(answer.value, Answer { id: 7 });
            assert_eq!(answer.body.len(), long.len());
        }
        assert_eq!(server.connections.load(Ordering::SeqCst), 1);
        let narrow = server.builder().max_body(1000).build().expect("a client");
        let error = narrow.send(&Account).await.expect_err("too large");
        assert!(matches!(&error, Error::Transport(error) if error.source.to_string().contains("1000 bytes")));
    }
}

fn gzipped(body: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(body.as_bytes()).expect("written");
    packer.finish().expect("packed")
}

#[tokio::test]
async fn compressed_answers_are_read_whether_asked_for_or_not() {
    let packed = http("200 OK", &[("Content-Encoding", "gzip")], gzipped("{\"id\":7}"));
    for asked in [false, true] {
        let server = Server::answering(packed.clone()).await;
        let client = server.builder().gzip(asked).build().expect("a client");
        let answer = client.send(&Account).await.expect("an answer");
        assert_eq!(answer, Answer { id: 7 });
        let asks = server.request().header("accept-encoding").map(str::to_owned);
        assert_eq!(asks.as_deref(), asked.then_some("gzip"));
    }
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_an_error_that_says_so() {
    let huge = gzipped(&" ".repeat(1 << 20));
    let cases = [
        (
            http("200 OK", &[("Content-Encoding", "br")], "{}"),
            "Content-Encoding `br`",
        ),
        (http("200 OK", &[("Content-Encoding", "gzip")], "{}"), "gzip"),
        (http("200 OK", &[("Content-Encoding", "gzip")], huge), "1000"),
    ];
    for (reply, says) in cases {
        let server = Server::answering(reply).await;
        let client = server.builder().max_body(1000 * 10).build().expect("a client");
        let error = client.send(&Account).await.expect_err("no answer");
        assert!(error.to_string().contains(says), "{error}");
        let unknown = client.send(&NewOrder::new()).await.expect_err("no answer");
        assert!(matches!(unknown, Error::ExecutionUnknown { .. }), "{unknown:?}");
    }
}
