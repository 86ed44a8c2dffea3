//! Every way in which a call fails, and what it is reported as: for a request that changes something and for a read.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Account, Action, Answer, Depth, NewOrder, Server, http, ok};
use binance_wire_core::{CallOptions, Error, ErrorCode, RetryBudget, Timestamp};

/// What a mutation and a read come to when the server always does the same.
async fn both(action: impl Fn() -> Action + Send + Sync + 'static) -> (Error, Error) {
    let server = Server::start(move |_, _| action()).await;
    let client = server
        .builder()
        .timeout(Duration::from_millis(300))
        .build()
        .expect("a client");
    let mutation = client.send(&NewOrder::new()).await.expect_err("a failure");
    let read = client.send(&Account).await.expect_err("a failure");
    assert_eq!(server.requests().len(), 2, "nothing is sent twice");
    (mutation, read)
}

async fn both_answered(
    status: &'static str,
    headers: &'static [(&str, &str)],
    body: &'static str,
) -> (Error, Error) {
    both(move || Action::Reply(http(status, headers, body))).await
}

/// The status and code of an unknown execution with the order's id.
fn unknown(error: &Error) -> (Option<u16>, Option<i32>) {
    match error {
        Error::ExecutionUnknown {
            client_order_id: Some(id),
            status,
            reason,
            error,
            ..
        } => {
            assert_eq!(id, &"my-order-1");
            assert!(!reason.is_empty());
            (*status, error.as_ref().map(|error| error.code.0))
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn refusals() {
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "404 Not Found",
        "406 Not Acceptable",
    ] {
        let (mutation, read) =
            both_answered(status, &[], "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}").await;
        for error in [mutation, read] {
            match &error {
                Error::Api(api) => {
                    assert!(status.starts_with(&api.status.to_string()));
                    assert_eq!(api.code, ErrorCode(-1121));
                    assert_eq!(api.message, "Invalid symbol.");
                    assert!(api.data.is_none());
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_that_is_not_json() {
    for status in [
        "301 Moved Permanently",
        "404 Not Found",
        "408 Request Timeout",
        "499 Client Closed Request",
    ] {
        let html = "<html>no</html>";
        let (mutation, read) = both_answered(status, &[("Content-Type", "text/html")], html).await;
        let (code, _) = unknown(&mutation);
        assert!(status.starts_with(&code.unwrap_or_default().to_string()));
        assert!(
            matches!(&mutation, Error::ExecutionUnknown { body, .. } if body == html.as_bytes()),
            "{mutation:?}"
        );
        // Nothing was done by a read, so that its status says enough.
        assert_eq!((read.kind(), read.status()), ("api", code));
        assert!(read.to_string().contains("<html>no</html>"), "{read}");
    }
}

#[tokio::test]
async fn a_status_without_a_body() {
    let (mutation, read) = both_answered("404 Not Found", &[], "").await;
    assert_eq!(unknown(&mutation).0, Some(404));
    assert_eq!((read.kind(), read.status()), ("api", Some(404)));
    assert!(
        read.to_string()
            .contains("status 404 with no body; does this address serve GET /api/v3/account?"),
        "{read}"
    );
}

#[tokio::test]
async fn the_firewall() {
    for body in ["<html>Request blocked</html>", "{\"code\":0,\"msg\":\"no\"}"] {
        let (mutation, read) = both(move || Action::Reply(http("403 Forbidden", &[], body))).await;
        for error in [mutation, read] {
            assert!(
                matches!(&error, Error::Forbidden { body: found, .. } if found == body),
                "{error:?}"
            );
        }
    }
}

#[tokio::test]
async fn partial_success_keeps_both_results() {
    let body = "{\"code\":-2021,\"msg\":\"Order cancel-replace partially failed.\",\"data\":{\"cancelResult\":\"FAILURE\",\
                \"newOrderResponse\":{\"id\":7}}}";
    let (mutation, _) = both_answered("409 Conflict", &[], body).await;
    match &mutation {
        Error::PartialSuccess { error: api, .. } => {
            assert_eq!((api.status, api.code), (409, ErrorCode(-2021)));
            let data = api.data.as_ref().expect("data").as_str();
            assert_eq!(
                data,
                "{\"cancelResult\":\"FAILURE\",\"newOrderResponse\":{\"id\":7}}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_part_that_met_a_limit_leaves_a_partial_success() {
    let body = "{\"code\":-2021,\"msg\":\"Order cancel-replace partially failed.\",\"data\":{\"cancelResult\":\"SUCCESS\"}}";
    let (mutation, _) = both_answered("429 Too Many Requests", &[("Retry-After", "7")], body).await;
    match &mutation {
        Error::PartialSuccess {
            retry_after, error, ..
        } => {
            assert_eq!(*retry_after, Some(Duration::from_secs(7)));
            assert_eq!((error.status, error.code), (429, ErrorCode(-2021)));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_order_of_futures_that_would_be_triggered_at_once_is_refused() {
    let body = "{\"code\":-2021,\"msg\":\"Order would immediately trigger.\"}";
    let (mutation, _) = both_answered("400 Bad Request", &[], body).await;
    match &mutation {
        Error::Api(error) => assert_eq!((error.status, error.code), (400, ErrorCode(-2021))),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_with_a_status_of_success() {
    let body = "{\"code\":-2019,\"msg\":\"Margin is insufficient.\"}";
    let (mutation, read) = both_answered("200 OK", &[], body).await;
    for error in [mutation, read] {
        match &error {
            Error::Api(said) => assert_eq!((said.status, said.code), (200, ErrorCode(-2019))),
            other => panic!("{other:?}"),
        }
    }
    let (mutation, _) = both_answered("200 OK", &[], "{\"code\":-1007,\"msg\":\"Timeout\"}").await;
    assert!(
        matches!(
            mutation,
            Error::ExecutionUnknown {
                status: Some(200),
                ..
            }
        ),
        "{mutation:?}"
    );
}

#[tokio::test]
async fn a_403_with_a_code_is_the_exchange_s_own() {
    let body = "{\"code\":-2015,\"msg\":\"Invalid API-key, IP, or permissions for action\"}";
    let (mutation, read) = both_answered("403 Forbidden", &[], body).await;
    for error in [mutation, read] {
        match &error {
            Error::Api(said) => {
                assert_eq!((said.status, said.code), (403, ErrorCode(-2015)));
                assert_eq!(said.message, "Invalid API-key, IP, or permissions for action");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_restricted_location_keeps_its_message() {
    let body = "{\"code\":0,\"msg\":\"Service unavailable from a restricted location\"}";
    let (mutation, _) = both_answered("451 Unavailable For Legal Reasons", &[], body).await;
    assert!(
        matches!(&mutation, Error::Api(said) if said.status == 451
            && said.message == "Service unavailable from a restricted location"),
        "{mutation:?}"
    );
}

#[tokio::test]
async fn limits() {
    let body = "{\"code\":-1003,\"msg\":\"Too much request weight used.\"}";
    let (mutation, read) = both_answered("429 Too Many Requests", &[("Retry-After", "17")], body).await;
    for error in [mutation, read] {
        match &error {
            Error::RateLimited {
                retry_after,
                retry_at,
                error,
            } => {
                assert_eq!(*retry_after, Some(Duration::from_secs(17)));
                assert_eq!(*retry_at, None);
                assert_eq!((error.status, error.code), (429, ErrorCode(-1003)));
            }
            other => panic!("{other:?}"),
        }
    }
    let (mutation, _) = both_answered(
        "429 Too Many Requests",
        &[("Retry-After", "soon")],
        "<html>slow</html>",
    )
    .await;
    match &mutation {
        Error::RateLimited {
            retry_after: None,
            error,
            ..
        } => {
            assert_eq!(
                (error.code, error.message.as_str()),
                (ErrorCode(0), "<html>slow</html>")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn bans() {
    let body =
        "{\"code\":-1003,\"msg\":\"Way too much request weight used; IP banned until 1770123456789.\"}";
    let (mutation, read) = both_answered("418 I'm a teapot", &[("retry-after", "120")], body).await;
    for error in [mutation, read] {
        match &error {
            Error::Banned {
                retry_after, error, ..
            } => {
                assert_eq!(*retry_after, Some(Duration::from_secs(120)));
                assert_eq!((error.status, error.code), (418, ErrorCode(-1003)));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_end_of_a_ban_is_read_from_text_and_from_dates() {
    let ban = "{\"code\":-1003,\"msg\":\"Way too much request weight used; IP banned until 1700000000000. \
               Please use WebSocket Streams.\"}";
    let moment = |error: &Error| match error {
        Error::Banned { retry_at, .. } | Error::RateLimited { retry_at, .. } => *retry_at,
        other => panic!("{other:?}"),
    };
    let end = Some(Timestamp::from_millis(1_700_000_000_000));
    let (mutation, read) = both_answered("418 I'm a teapot", &[], ban).await;
    assert_eq!((moment(&mutation), moment(&read)), (end, end));
    // The date is later than the moment in the text, and earlier: the later one counts.
    const LATER: &[(&str, &str)] = &[("Retry-After", "Tue, 14 Nov 2023 22:13:21 GMT")];
    const EARLIER: &[(&str, &str)] = &[("Retry-After", "Tue, 14 Nov 2023 22:13:19 GMT")];
    let later = both_answered("418 I'm a teapot", LATER, ban).await.0;
    assert_eq!(moment(&later), Some(Timestamp::from_secs(1_700_000_001)));
    let earlier = both_answered("418 I'm a teapot", EARLIER, ban).await.0;
    assert_eq!(moment(&earlier), end);
    let slow = "{\"code\":-1003,\"msg\":\"Too many requests\"}";
    const LIMITED: &[(&str, &str)] = &[("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT")];
    let (mutation, _) = both_answered("429 Too Many Requests", LIMITED, slow).await;
    assert_eq!(
        moment(&mutation).map(|at| at.to_string()).as_deref(),
        Some("2026-10-21T07:28:00Z")
    );
    assert_eq!(
        mutation.wait(Timestamp::from_secs(1_792_567_680 - 3)),
        Some(Duration::from_secs(3))
    );
}

#[tokio::test]
async fn the_exchange_fails() {
    for (status, number) in [
        ("500 Internal Server Error", 500),
        ("503 Service Unavailable", 503),
    ] {
        let (mutation, read) = both(move || Action::Reply(http(status, &[], "upstream"))).await;
        assert_eq!(unknown(&mutation), (Some(number), None));
        assert!(
            matches!(&read, Error::Server { status, error: None, body, .. } if *status == number && body == "upstream"),
            "{read:?}"
        );
    }
    let body = "{\"code\":-1000,\"msg\":\"An unknown error occurred.\"}";
    let (mutation, read) = both_answered("504 Gateway Timeout", &[], body).await;
    assert_eq!(unknown(&mutation), (Some(504), Some(-1000)));
    assert_eq!(read.code(), Some(ErrorCode(-1000)));
}

#[tokio::test]
async fn codes_of_unknown_execution_whatever_the_status() {
    for (body, code) in [
        (
            "{\"code\":-1006,\"msg\":\"An unexpected response was received.\"}",
            -1006,
        ),
        (
            "{\"code\":-1007,\"msg\":\"Timeout waiting for response.\"}",
            -1007,
        ),
    ] {
        let (mutation, read) = both(move || Action::Reply(http("400 Bad Request", &[], body))).await;
        assert_eq!(unknown(&mutation), (Some(400), Some(code)));
        assert!(matches!(&read, Error::Server { status: 400, .. }), "{read:?}");
    }
}

#[tokio::test]
async fn the_connection_is_cut_before_the_answer() {
    let (mutation, read) = both(|| Action::Close(Vec::new())).await;
    assert_eq!(unknown(&mutation), (None, None));
    assert!(matches!(&read, Error::Transport(_)), "{read:?}");
}

#[tokio::test]
async fn the_body_is_cut() {
    let whole = ok("{\"id\":7}");
    let cut = whole[..whole.len() - 3].to_vec();
    let (mutation, read) = both(move || Action::Close(cut.clone())).await;
    assert_eq!(unknown(&mutation), (None, None));
    assert!(matches!(&read, Error::Transport(_)), "{read:?}");
}

#[tokio::test]
async fn the_head_is_cut_or_garbled() {
    for bytes in [
        b"HTTP/1.1 200 OK\r\nContent-".to_vec(),
        b"SSH-2.0-OpenSSH\r\n\r\n".to_vec(),
    ] {
        let (mutation, read) = both(move || Action::Close(bytes.clone())).await;
        assert_eq!(unknown(&mutation), (None, None));
        assert!(matches!(&read, Error::Transport(_)), "{read:?}");
    }
}

#[tokio::test]
async fn time_runs_out() {
    let (mutation, read) = both(|| Action::Hang).await;
    assert_eq!(unknown(&mutation), (None, None));
    assert!(
        matches!(&read, Error::Transport(error) if error.source.to_string().contains("not within")),
        "{read:?}"
    );
}

#[tokio::test]
async fn time_runs_out_within_the_body() {
    let whole = ok("{\"id\":7}");
    let cut = whole[..whole.len() - 3].to_vec();
    let (mutation, read) = both(move || Action::Reply(cut.clone())).await;
    assert_eq!(unknown(&mutation), (None, None));
    assert!(matches!(&read, Error::Transport(_)), "{read:?}");
}

#[tokio::test]
async fn time_runs_out_before_anything_went_out() {
    let server = Server::start(|_, _| Action::Hang).await;
    let client = server
        .builder()
        .max_connections(1)
        .timeout(Duration::from_millis(300))
        .build()
        .expect("a client");
    // The one connection allowed is taken by a request that hangs; it holds it for as long as it is not polled.
    let mut first = pin!(client.send(&Account));
    while server.requests().is_empty() {
        tokio::select! {
            biased;
            answer = &mut first => panic!("{answer:?}"),
            () = tokio::time::sleep(Duration::from_millis(5)) => {}
        }
    }
    let error = client
        .send(&NewOrder::new())
        .await
        .expect_err("no connection is free");
    assert!(
        matches!(&error, Error::Transport(error) if error.action.contains("connection")),
        "{error:?}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn answers_that_are_not_understood() {
    for body in ["", "{\"id\":", "[]", "{\"id\":\"x\"}", "{}", "<html>"] {
        let (mutation, read) = both(move || Action::Reply(ok(body))).await;
        assert_eq!(unknown(&mutation), (Some(200), None));
        assert!(
            matches!(&mutation, Error::ExecutionUnknown { body: kept, .. } if kept == body.as_bytes()),
            "{body}: {mutation:?}"
        );
        assert!(
            matches!(&read, Error::Decode { status: 200, body: kept, .. } if kept == body.as_bytes()),
            "{body}: {read:?}"
        );
    }
    let (_, read) = both_answered("200 OK", &[], "{\"id\":{}}").await;
    assert!(
        matches!(&read, Error::Decode { error, .. } if error.path() == "$.id"),
        "{read:?}"
    );
}

#[tokio::test]
async fn reads_are_repeated_within_the_budget() {
    let server = Server::start(|number, _| match number {
        0 => Action::Close(Vec::new()),
        1 => Action::Reply(http("502 Bad Gateway", &[], "")),
        _ => Action::Reply(ok("{\"id\":7}")),
    })
    .await;
    let client = server
        .builder()
        .retry_reads(5, Duration::from_secs(60))
        .build()
        .expect("a client");
    assert_eq!(client.send(&Account).await.expect("an answer"), Answer { id: 7 });
    assert_eq!(server.requests().len(), 3);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.param("signature").is_some())
    );
}

#[tokio::test]
async fn repetitions_end() {
    let server = Server::answering(http("502 Bad Gateway", &[], "")).await;
    let client = server
        .builder()
        .retry_reads(2, Duration::from_secs(60))
        .build()
        .expect("a client");
    let error = client.send(&Account).await.expect_err("a failure");
    assert!(matches!(error, Error::Server { status: 502, .. }));
    assert_eq!(server.requests().len(), 3);
    let client = server
        .builder()
        .retry_reads(1000, Duration::ZERO)
        .build()
        .expect("a client");
    client.send(&Account).await.expect_err("a failure");
    assert_eq!(server.requests().len(), 4, "no budget, no repetition");
}

#[tokio::test]
async fn what_is_never_repeated() {
    let server = Server::start(|number, _| match number {
        0 => Action::Reply(http("503 Service Unavailable", &[], "")),
        1 => Action::Close(Vec::new()),
        2 => Action::Hang,
        3 => Action::Reply(http("429 Too Many Requests", &[], "")),
        4 => Action::Reply(http("400 Bad Request", &[], "{\"code\":-1100,\"msg\":\"\"}")),
        _ => Action::Reply(ok("{\"id\":7}")),
    })
    .await;
    let client = server
        .builder()
        .retry_reads(5, Duration::from_secs(60))
        .timeout(Duration::from_millis(300))
        .build()
        .expect("a client");
    // Mutations, whatever happens to them.
    for _ in 0..3 {
        let error = client.send(&NewOrder::new()).await.expect_err("a failure");
        assert!(matches!(error, Error::ExecutionUnknown { .. }), "{error:?}");
    }
    // Reads that were refused.
    client.send(&Account).await.expect_err("a limit");
    client.send(&Account).await.expect_err("a refusal");
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn limits_are_seen_when_a_call_fails() {
    let headers = [("X-MBX-USED-WEIGHT-1M", "6001"), ("Retry-After", "5")];
    let server = Server::answering(http(
        "429 Too Many Requests",
        &headers,
        "{\"code\":-1003,\"msg\":\"\"}",
    ))
    .await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let client = server
        .builder()
        .observe(move |observation| sink.lock().expect("no panic").push(*observation))
        .build()
        .expect("a client");
    client.send(&Account).await.expect_err("a limit");
    assert_eq!(client.last_limits()[0].count, 6001);
    let seen = seen.lock().expect("no panic");
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].operation.id, seen[0].status), ("getAccount", 429));
    assert_eq!(seen[0].limits[0].count, 6001);
    assert_eq!(seen[0].retry_after, Some(Duration::from_secs(5)));
}

#[tokio::test]
async fn a_dropped_request_leaves_the_pool_usable() {
    let number = Arc::new(AtomicUsize::new(0));
    let counter = number.clone();
    let server = Server::start(move |_, _| match counter.fetch_add(1, Ordering::SeqCst) {
        0 => Action::Hang,
        _ => Action::Reply(ok("{\"id\":7}")),
    })
    .await;
    let client = server.builder().max_connections(1).build().expect("a client");
    let dropped = tokio::time::timeout(Duration::from_millis(100), client.send(&Account)).await;
    assert!(dropped.is_err());
    assert_eq!(client.send(&Account).await.expect("an answer"), Answer { id: 7 });
}

/// A port that takes connections and says nothing, and the number of those.
async fn mute() -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            kept.push(stream);
        }
    });
    (address, connections)
}

#[tokio::test]
async fn a_host_that_hangs_in_the_tls_handshake_is_left_for_the_next_one() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let (hung, connections) = mute().await;
    let client = server
        .builder()
        .base_urls([format!("https://{hung}"), server.url.clone()])
        .connect_timeout(Duration::from_millis(100))
        .build()
        .expect("a client");
    for _ in 0..2 {
        let answer = client.send(&NewOrder::new()).await.expect("an answer");
        assert_eq!(answer, Answer { id: 7 });
    }
    assert_eq!(
        connections.load(Ordering::SeqCst),
        1,
        "the second call goes where the first was answered"
    );
}

#[tokio::test]
async fn a_read_that_a_silent_host_leaves_unanswered_is_repeated_on_another() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let (silent, connections) = mute().await;
    let client = server
        .builder()
        .base_urls([format!("http://{silent}"), server.url.clone()])
        .timeout(Duration::from_millis(200))
        .retry_reads(1, Duration::from_secs(10))
        .build()
        .expect("a client");
    let answer = client.send(&Depth { symbol: "A" }).await.expect("an answer");
    assert_eq!(answer, Answer { id: 7 });
    // What changes something is not repeated, but its host is left as well.
    let order = client.send(&NewOrder::new()).await.expect("an answer");
    assert_eq!(order, Answer { id: 7 });
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn clients_share_a_budget_of_repetitions() {
    let answers = Arc::new(AtomicUsize::new(0));
    let server = Server::start({
        let failures = answers.clone();
        move |_, _| match failures.load(Ordering::SeqCst) {
            0 => Action::Reply(http("503 Service Unavailable", &[], "")),
            _ => Action::Reply(ok("{\"id\":7}")),
        }
    })
    .await;
    let budget = RetryBudget::new(3, 2);
    let client = || {
        let builder = server.builder().retry_reads(2, Duration::from_secs(60));
        builder.retry_budget(&budget).build().expect("a client")
    };
    let (one, two) = (client(), client());
    for client in [&one, &two, &one, &two] {
        let error = client.send(&Account).await.expect_err("a failure");
        assert!(matches!(error, Error::Server { status: 503, .. }));
    }
    assert_eq!(
        server.requests().len(),
        4 + 3,
        "four calls and the three repetitions there were"
    );
    // Calls that succeed earn one back, also those that change something.
    answers.store(1, Ordering::SeqCst);
    one.send(&Account).await.expect("an answer");
    two.send(&NewOrder::new()).await.expect("an answer");
    assert_eq!(budget.available(), 1);
}

#[tokio::test]
async fn what_is_to_fail_fast_is_not_repeated() {
    let server = Server::answering(http("503 Service Unavailable", &[], "")).await;
    let client = server.builder().retry_reads(5, Duration::from_secs(60));
    let client = client.build().expect("a client");
    let fast = client.with_options(CallOptions::new().fail_fast(true));
    fast.send(&Account).await.expect_err("a failure");
    assert_eq!(server.requests().len(), 1);
}
