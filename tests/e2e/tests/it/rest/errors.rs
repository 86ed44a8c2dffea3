//! Refusals: each kind of error with its fields, for a request that changes something and for one that reads.

use std::time::Duration;

use binance_wire_core::{Decimal, Error, ErrorCode, dec};
use binance_wire_e2e::{ed25519, hmac, rest_builder, rest_client, resting_order};
use binance_wire_sandbox::{Exchange, Fault, Injection, keys};
use binance_wire_spot::requests::NewOrder;
use binance_wire_spot::rest::Client;
use binance_wire_spot::{Call, Credentials, RejectReason, Side, error_codes};

/// What a mutation and a read come to when the same fault strikes both.
pub(crate) async fn both(exchange: &Exchange, client: &Client, fault: Fault) -> [Error; 2] {
    exchange.inject(Injection::new(fault.clone()).on_http("POST", "/api/v3/order"));
    let mutation = client
        .send(&resting_order("mine"))
        .await
        .expect_err("the order fails");
    exchange.inject(Injection::new(fault).on_http("GET", "/api/v3/order"));
    let read = client
        .query_order("BTCUSDT")
        .orig_client_order_id("mine")
        .send()
        .await;
    [mutation, read.expect_err("the query fails")]
}

fn json_answer(status: u16, code: i32) -> Fault {
    Fault::Status {
        status,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: format!(r#"{{"code":{code},"msg":"said the exchange"}}"#).into_bytes(),
    }
}

#[tokio::test]
async fn status_400_is_a_refusal_with_a_named_code() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let code = |error: Error| match error {
        Error::Api(said) => (said.status, said.code),
        other => panic!("a refusal: {other:?}"),
    };
    let too_much = resting_order("x").quantity(dec!(8000));
    let refused = client.send(&too_much).await.expect_err("too little money");
    assert_eq!(code(refused), (400, error_codes::NEW_ORDER_REJECTED));
    let refused = client
        .cancel_order("BTCUSDT")
        .order_id(404)
        .send()
        .await
        .expect_err("no such order");
    assert_eq!(code(refused), (400, error_codes::CANCEL_REJECTED));
    let refused = client
        .query_order("BTCUSDT")
        .order_id(404)
        .send()
        .await
        .expect_err("no such order");
    assert_eq!(code(refused), (400, error_codes::NO_SUCH_ORDER));
    let refused = client
        .depth("NOSUCHPAIR")
        .send()
        .await
        .expect_err("no such symbol");
    assert_eq!(code(refused), (400, error_codes::BAD_SYMBOL));
    let unchecked = rest_builder(&exchange)
        .credentials(hmac())
        .check_requests(false)
        .build()
        .expect("a usable setting");
    let refused = unchecked
        .send(&resting_order("bad id!"))
        .await
        .expect_err("an illegal character");
    assert_eq!(code(refused), (400, error_codes::ILLEGAL_CHARS));
    let refused = client
        .send(&resting_order("bad id!"))
        .await
        .expect_err("an illegal character");
    assert!(matches!(refused, Error::InvalidRequest(_)), "{refused:?}");
    let refused = client
        .send(&resting_order("x").price(dec!(51000.001)))
        .await
        .expect_err("off the tick");
    assert_eq!(code(refused), (400, error_codes::INVALID_MESSAGE));
    assert_eq!(error_codes::name(error_codes::BAD_SYMBOL), Some("BAD_SYMBOL"));
    assert!(exchange.orders().is_empty());
}

#[tokio::test]
async fn keys_signatures_and_clocks_that_are_wrong() {
    let exchange = Exchange::start();
    let forged = Credentials::hmac(keys::HMAC_API_KEY, "not the secret").expect("usable");
    let refused = rest_client(&exchange, forged)
        .account()
        .send()
        .await
        .expect_err("forged");
    assert_eq!(refused.code(), Some(error_codes::INVALID_SIGNATURE));

    let other_key =
        Credentials::ed25519(keys::ED25519_API_KEY, keys::SECOND_PRIVATE_KEY_PEM).expect("usable");
    let refused = rest_client(&exchange, other_key)
        .account()
        .send()
        .await
        .expect_err("another's key");
    assert_eq!(refused.code(), Some(error_codes::INVALID_SIGNATURE));

    let unknown = Credentials::hmac("unknown", "secret").expect("usable");
    let refused = rest_client(&exchange, unknown)
        .account()
        .send()
        .await
        .expect_err("unknown");
    assert!(
        matches!(&refused, Error::Api(said) if said.status == 401),
        "{refused:?}"
    );
    assert_eq!(refused.code(), Some(error_codes::REJECTED_MBX_KEY));

    // The exchange's clock runs ahead; an offset mends it.
    exchange.shift_clock(60_000);
    let client = rest_client(&exchange, ed25519());
    let refused = client.account().send().await.expect_err("too late");
    assert_eq!(refused.code(), Some(error_codes::INVALID_TIMESTAMP));
    client.transport().set_clock_offset_millis(60_000);
    client.account().send().await.expect("in time");

    // recvWindow is signed with the rest, fractions and all.
    let window = Decimal::new(4_999_125, 3);
    let client = rest_builder(&exchange)
        .credentials(hmac())
        .clock_offset_millis(60_000)
        .recv_window(window);
    client
        .build()
        .expect("a client")
        .account()
        .send()
        .await
        .expect("signed");
    let last = exchange.requests().pop().expect("a request");
    assert!(last.query.contains("recvWindow=4999.125"), "{}", last.query);
}

#[tokio::test]
async fn a_refused_order_says_why() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    for (code, message, reason) in [
        (-2010, "Duplicate order sent.", RejectReason::DuplicateOrderSent),
        (
            -1013,
            "Filter failure: LOT_SIZE",
            RejectReason::FilterFailureLotSize,
        ),
        (-2010, "A new one.", RejectReason::unlisted("A new one.")),
    ] {
        let message = message.to_owned();
        exchange.inject(Injection::new(Fault::RejectNewOrder { code, message }));
        let refused = client.send(&resting_order("mine")).await.expect_err("refused");
        assert_eq!(refused.reject_reason(), Some(reason));
    }
    let unknown = client.depth("NOSUCHSYMBOL").send().await.expect_err("refused");
    assert_eq!(unknown.reject_reason::<RejectReason>(), None);
}

#[tokio::test]
async fn status_403_is_the_firewall_and_keeps_the_page() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    for error in both(&exchange, &client, Fault::Html403).await {
        let Error::Forbidden { body, .. } = &error else {
            panic!("{error:?}")
        };
        let body = body.to_string();
        assert!(
            body.starts_with("<html>") && body.contains("403 Forbidden"),
            "{body}"
        );
        assert_eq!((error.code(), error.api()), (None, None));
    }
    assert!(exchange.orders().is_empty());
}

#[tokio::test]
async fn status_409_is_a_success_in_part() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    for error in both(&exchange, &client, json_answer(409, -2021)).await {
        let Error::PartialSuccess { error: said, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(
            (said.status, said.code),
            (409, error_codes::CANCEL_REPLACE_PARTIALLY_FAILED)
        );
        assert_eq!((said.message.as_str(), &said.data), ("said the exchange", &None));
    }
}

#[tokio::test]
async fn status_418_is_a_ban_and_says_how_long() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    for error in both(&exchange, &client, Fault::Banned { retry_after: 120 }).await {
        let Error::Banned {
            retry_after,
            error: said,
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(*retry_after, Some(Duration::from_secs(120)));
        assert_eq!((said.status, said.code), (418, error_codes::TOO_MANY_REQUESTS));
    }
    assert!(exchange.orders().is_empty());
}

#[tokio::test]
async fn status_429_says_how_long_to_wait() {
    let exchange = Exchange::start();
    // Reads are repeated after failures, but never after a refusal for a limit.
    let client = rest_builder(&exchange)
        .credentials(hmac())
        .retry_reads(3, Duration::from_secs(30))
        .build()
        .expect("a client");
    for error in both(&exchange, &client, Fault::RateLimited { retry_after: 7 }).await {
        let Error::RateLimited {
            retry_after,
            error: said,
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(*retry_after, Some(Duration::from_secs(7)));
        assert_eq!((said.status, said.code), (429, error_codes::TOO_MANY_REQUESTS));
    }
    assert_eq!(exchange.requests().len(), 2);
    assert!(exchange.orders().is_empty());
}

#[tokio::test]
async fn a_limit_is_a_limit_whatever_stands_in_the_body() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let plain = |status| Fault::Status {
        status,
        headers: vec![("Retry-After".to_owned(), "3".to_owned())],
        body: b"slow down".to_vec(),
    };
    for error in both(&exchange, &client, plain(429)).await {
        let Error::RateLimited {
            retry_after,
            error: said,
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(
            (*retry_after, said.message.as_str()),
            (Some(Duration::from_secs(3)), "slow down")
        );
        assert_eq!(said.code, ErrorCode(0));
    }
    for error in both(&exchange, &client, plain(418)).await {
        assert!(
            matches!(
                error,
                Error::Banned {
                    retry_after: Some(_),
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

/// A code that this version has no name for is kept as a number.
#[tokio::test]
async fn an_unknown_code_is_kept() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    for error in both(&exchange, &client, json_answer(400, -7777)).await {
        assert!(
            matches!(&error, Error::Api(said) if said.message == "said the exchange"),
            "{error:?}"
        );
        assert_eq!(error.code(), Some(ErrorCode(-7777)));
        assert_eq!(error_codes::name(ErrorCode(-7777)), None);
    }
}

/// An answer that cannot be read keeps its bytes, and leaves the fate of an order open.
#[tokio::test]
async fn an_undecodable_answer_keeps_the_body() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let nonsense = Fault::Status {
        status: 200,
        headers: Vec::new(),
        body: b"{\"symbol\":".to_vec(),
    };
    for error in both(&exchange, &client, nonsense).await {
        assert_eq!(unreadable(&error), (200, b"{\"symbol\":".as_slice()));
    }
    let page = Fault::Status {
        status: 404,
        headers: Vec::new(),
        body: b"<html>not found</html>".to_vec(),
    };
    for error in both(&exchange, &client, page).await {
        assert_eq!(error.status(), Some(404));
        assert!(error.to_string().contains("404"), "{error}");
        match &error {
            Error::Api(refused) => assert!(refused.message.contains("<html>not found</html>"), "{error}"),
            _ => assert_eq!(unreadable(&error).1, b"<html>not found</html>".as_slice()),
        }
    }
}

/// The status and the body of an answer that cannot be read.
fn unreadable(error: &Error) -> (u16, &[u8]) {
    match error {
        Error::Decode {
            status, body, call, ..
        } => {
            assert!(call.as_ref().is_some_and(|call| call.method == "GET"));
            (*status, body)
        }
        Error::ExecutionUnknown {
            status: Some(status),
            body,
            call,
            ..
        } => {
            assert!(call.as_ref().is_some_and(|call| call.method == "POST"));
            (*status, body)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_has_settings_of_its_own() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let order = NewOrder::limit("BTCUSDT", Side::Buy, dec!(0.01), dec!(50000));
    let placed = Call::new(&client, order).recv_window(Duration::from_micros(250_500));
    placed.send().await.expect("an order");
    let refused = client.account().recv_window(Duration::from_secs(61)).send().await;
    assert!(matches!(refused, Err(Error::Unusable(_))), "{refused:?}");
}
