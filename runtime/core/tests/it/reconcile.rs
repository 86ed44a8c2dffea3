//! When it is certain what became of a mutation.

use std::time::{Duration, Instant};

use binance_wire_core::{
    ApiError, Asked, Credit, Error, ErrorCode, Evidence, Fate, Identified, Identity, OperationInfo, OrderIds,
    OrderRef, ParamSink, QueryTwin, ReconcilePolicy, Reconciling, RecvWindow, Sent, Timestamp,
    TransportError, Unresolved,
};
use proptest::prelude::*;

const INFO: OperationInfo = OperationInfo {
    product: "spot",
    id: "newOrder",
    mutation: true,
    signed: true,
    ..OperationInfo::DEFAULT
};

fn twin(done: Evidence) -> QueryTwin {
    QueryTwin::new(
        &[("symbol", "symbol"), ("newClientOrderId", "origClientOrderId")],
        &[-2013],
        done,
        Credit::ip(4),
    )
}

const SIGNED: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A query that is sent at `at` by the clock that has signed the request at `start`.
fn asked(start: Instant, at: Instant) -> Asked {
    Asked {
        at,
        timestamp: SIGNED + (at - start),
    }
}

fn orders(ids: &OrderIds) -> Vec<OrderRef> {
    let identity = Identity {
        made: &["newClientOrderId"],
        query: Some(twin(Evidence::Exists)),
        ..Identity::NONE
    };
    let params = |sink: &mut dyn ParamSink| sink.text("symbol", "BTCUSDT");
    Identified::new(&identity, ids, &params).into_orders()
}

/// Signed at `at`, good for 5 seconds.
fn unresolved(at: Option<Instant>) -> Unresolved {
    let sent = at.map(|at| Sent {
        timestamp: SIGNED,
        at,
        recv_window: RecvWindow::read(5_000).ok(),
    });
    Unresolved::new(&INFO, orders(&OrderIds::new()), sent)
}

fn course(unresolved: &Unresolved, done: Evidence, now: Instant) -> Reconciling<'_> {
    let order = &unresolved.orders()[0];
    Reconciling::new(twin(done), unresolved, order, ReconcilePolicy::default(), now).expect("an id")
}

fn refused(status: u16, code: i32) -> Error {
    Error::Api(ApiError {
        status,
        code: ErrorCode(code),
        code_text: None,
        message: String::new(),
        data: None,
        code_name: None,
        call: None,
    })
}

fn absent() -> Result<(u32, &'static str), Error> {
    Err(refused(400, -2013))
}

fn cut() -> Result<(u32, &'static str), Error> {
    Err(Error::Transport(TransportError::new("calling", "cut")))
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_order_that_is_found_is_in() {
    let start = Instant::now();
    let unresolved = unresolved(Some(start));
    let mut course = course(&unresolved, Evidence::Exists, start);
    assert_eq!(course.ask_at(), start);
    let fate = course.answered(asked(start, start), start, Ok((7, "{}")));
    assert!(matches!(fate, Some(Fate::CarriedOut(7))), "{fate:?}");
}

#[test]
fn an_order_that_is_not_found_may_still_arrive() {
    let start = Instant::now();
    let unresolved = unresolved(Some(start));
    assert_eq!(unresolved.expires(), Some(start + 6 * SECOND));
    let mut course = course(&unresolved, Evidence::Exists, start);
    // 5 seconds of window, one by which clocks may differ, two until what was taken can be found.
    let definite = start + 8 * SECOND;
    let mut queries = 0;
    loop {
        let at = course.ask_at();
        queries += 1;
        match course.answered(asked(start, at), at, absent()) {
            None => assert!(at < definite && course.ask_at() > at && course.ask_at() <= definite),
            Some(Fate::NotCarriedOut(None)) => {
                assert_eq!(at, definite);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((3..10).contains(&queries), "{queries} queries");
}

#[test]
fn what_is_found_must_show_it() {
    let start = Instant::now();
    let unresolved = unresolved(Some(start));
    let canceled = Evidence::Is("status", &["CANCELED"]);
    let mut asking = course(&unresolved, canceled, start);
    assert!(
        asking
            .answered(asked(start, start), start, Ok((7, r#"{"status":"NEW"}"#)))
            .is_none()
    );
    let late = start + 8 * SECOND;
    let fate = asking.answered(asked(start, late), late, Ok((7, r#"{"status":"FILLED"}"#)));
    assert!(matches!(fate, Some(Fate::NotCarriedOut(Some(7)))), "{fate:?}");
    let mut asking = course(&unresolved, canceled, start);
    let fate = asking.answered(asked(start, start), start, Ok((7, r#"{"status":"CANCELED"}"#)));
    assert!(matches!(fate, Some(Fate::CarriedOut(7))), "{fate:?}");
    let mut asking = course(&unresolved, canceled, start);
    let fate = asking.answered(asked(start, start), start, Ok((7, "no object")));
    assert!(
        matches!(fate, Some(Fate::NotKnownYet(Error::Decode { .. }))),
        "{fate:?}"
    );
}

#[test]
fn histories_are_given_more_time() {
    let start = Instant::now();
    let unresolved = unresolved(Some(start));
    let mut course = course(&unresolved, Evidence::Listed(""), start);
    let at = start + 8 * SECOND;
    assert!(course.answered(asked(start, at), at, Ok((7, "[]"))).is_none());
    let at = start + 66 * SECOND;
    let fate = course.answered(asked(start, at), at, Ok((7, "[]")));
    assert!(matches!(fate, Some(Fate::NotCarriedOut(Some(7)))), "{fate:?}");
}

#[test]
fn a_request_without_a_window_may_arrive_whenever() {
    let start = Instant::now();
    let unresolved = unresolved(None);
    assert_eq!(unresolved.expires(), None);
    let mut course = course(&unresolved, Evidence::Exists, start);
    let fate = course.answered(asked(start, start), start, absent());
    assert!(matches!(fate, Some(Fate::NotKnownYet(_))), "{fate:?}");
}

#[test]
fn queries_that_fail_say_nothing() {
    let start = Instant::now();
    let unresolved = unresolved(Some(start));
    let mut asking = course(&unresolved, Evidence::Exists, start);
    let mut last = start;
    // Past the end of the window as well, for as long as the policy says.
    let fate = loop {
        let at = asking.ask_at();
        match asking.answered(asked(start, at), at, cut()) {
            None => last = at,
            Some(fate) => break fate,
        }
    };
    assert!(matches!(fate, Fate::NotKnownYet(Error::Transport(_))), "{fate:?}");
    assert!(last > start + 60 * SECOND && last <= start + 68 * SECOND);
    // A limit says when to come back, by the clock that signs.
    let ban = Error::Banned {
        retry_after: None,
        retry_at: Some(SIGNED + 25 * SECOND),
        error: Box::new(ApiError {
            status: 418,
            code: ErrorCode(-1003),
            code_text: None,
            message: String::new(),
            data: None,
            code_name: None,
            call: None,
        }),
    };
    let mut asking = course(&unresolved, Evidence::Exists, start);
    let answered = start + SECOND;
    assert!(
        asking
            .answered::<u32>(asked(start, start), answered, Err(ban))
            .is_none()
    );
    assert_eq!(asking.ask_at(), start + 25 * SECOND);
    let mut asking = course(&unresolved, Evidence::Exists, start);
    let limited = Error::RateLimited {
        retry_after: Some(20 * SECOND),
        retry_at: None,
        error: Box::new(ApiError {
            status: 429,
            code: ErrorCode(-1003),
            code_text: None,
            message: String::new(),
            data: None,
            code_name: None,
            call: None,
        }),
    };
    assert!(
        asking
            .answered::<u32>(asked(start, start), start, Err(limited))
            .is_none()
    );
    assert_eq!(asking.ask_at(), start + 20 * SECOND);
    // What does not pass is not repeated.
    let mut asking = course(&unresolved, Evidence::Exists, start);
    let fate = asking.answered::<u32>(asked(start, start), start, Err(refused(401, -2015)));
    assert!(matches!(fate, Some(Fate::NotKnownYet(Error::Api(_)))), "{fate:?}");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let start = Instant::now();
    let anonymous = Unresolved::new(&INFO, orders(&OrderIds::off()), None);
    let order = &anonymous.orders()[0];
    let policy = ReconcilePolicy::default();
    let refused = Reconciling::new(twin(Evidence::Exists), &anonymous, order, policy, start);
    assert!(matches!(refused, Err(Error::Unusable(_))));
    let other = OperationInfo {
        product: "margin",
        ..INFO
    };
    let error = anonymous.only_order(&other).expect_err("another product");
    assert!(error.to_string().contains("newOrder of spot"), "{error}");
    let two = [orders(&OrderIds::new()), orders(&OrderIds::new())].concat();
    let batch = Unresolved::new(&INFO, two, None);
    assert!(batch.only_order(&INFO).is_err());
    assert!(batch.check_operation(&INFO).is_ok());
}

proptest! {
    /// Whatever the answers and their times, "not" is said only of a query that was sent when the request had expired and
    /// what the exchange had taken could be found.
    #[test]
    fn not_is_never_said_too_early(steps in prop::collection::vec((0_u8..3, 0_u64..2_000, 0_u64..3_000), 1..60)) {
        let start = Instant::now();
        let unresolved = unresolved(Some(start));
        let mut course = course(&unresolved, Evidence::Is("status", &["CANCELED"]), start);
        let mut now = start;
        for (answer, before, during) in steps {
            now = now.max(course.ask_at()) + Duration::from_millis(before);
            let sent = now;
            now += Duration::from_millis(during);
            let fate = course.answered(asked(start, sent), now, match answer {
                0 => absent(),
                1 => Ok((7, r#"{"status":"NEW"}"#)),
                _ => cut(),
            });
            match fate {
                None => prop_assert!(course.ask_at() >= now),
                Some(Fate::NotCarriedOut(_)) => {
                    prop_assert!(sent >= start + 8 * SECOND);
                    break;
                }
                Some(Fate::NotKnownYet(_)) => {
                    prop_assert_eq!(answer, 2);
                    break;
                }
                Some(other) => prop_assert!(false, "{:?}", other),
            }
        }
    }
}

#[test]
fn what_looks_the_same_before_and_after_is_not_known() {
    const CHANGED: Evidence = Evidence::Same(&[("origQty", "quantity")], &["priceMatch"]);
    let start = Instant::now();
    let identity = Identity {
        named: &["origClientOrderId"],
        query: Some(twin(CHANGED)),
        ..Identity::NONE
    };
    let params = |sink: &mut dyn ParamSink| {
        sink.text("symbol", "BTCUSDT");
        sink.text("newClientOrderId", "a");
        sink.integer("quantity", 5);
        sink.text("priceMatch", "QUEUE");
    };
    let orders = Identified::new(&identity, &OrderIds::off(), &params).into_orders();
    let sent = Sent {
        timestamp: SIGNED,
        at: start,
        recv_window: RecvWindow::read(5_000).ok(),
    };
    let unresolved = Unresolved::new(&INFO, orders, Some(sent));
    let mut course = course(&unresolved, CHANGED, start);
    let other = course.answered(asked(start, start), start, Ok((1, r#"{"origQty":"4"}"#)));
    assert!(other.is_none(), "it may still arrive: {other:?}");
    let same = course.answered(asked(start, start), start, Ok((2, r#"{"origQty":"5"}"#)));
    assert!(
        matches!(same, Some(Fate::NotKnownYet(Error::Unusable(_)))),
        "{same:?}"
    );
}

/// The exchange takes a request while its clock is less than a second behind the timestamp, and not past the window.
#[test]
fn a_request_of_a_clock_that_was_ahead_may_arrive_for_longer() {
    let start = Instant::now();
    let unresolved = unresolved(Some(start));
    for ahead in [2 * SECOND, 10 * SECOND, 40 * SECOND] {
        let mut course = course(&unresolved, Evidence::Exists, start);
        loop {
            let at = course.ask_at();
            // The clock has been corrected: that of the exchange is `ahead` behind what was signed.
            let query = Asked {
                at,
                timestamp: SIGNED.checked_sub(ahead).expect("in range") + (at - start),
            };
            match course.answered(query, at, absent()) {
                None => assert!(course.ask_at() > at),
                Some(Fate::NotCarriedOut(None)) => {
                    assert!(at >= start + ahead + 6 * SECOND, "{ahead:?}: {:?}", at - start);
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
    }
    // A clock that was minutes ahead is not waited for.
    let mut course = course(&unresolved, Evidence::Exists, start);
    let late = start + 8 * SECOND;
    let query = Asked {
        at: late,
        timestamp: SIGNED.checked_sub(300 * SECOND).expect("in range"),
    };
    let fate = course.answered(query, late, absent());
    assert!(
        matches!(fate, Some(Fate::NotKnownYet(Error::Unusable(_)))),
        "{fate:?}"
    );
}

#[test]
fn an_order_of_before_the_request_is_another() {
    let start = Instant::now();
    let unresolved = unresolved(Some(start));
    for name in ["time", "createTime", "bookTime"] {
        let order =
            |time: i64| format!(r#"{{"status":"FILLED","{name}":{time},"updateTime":1800000000000}}"#);
        let (old, new) = (order(1_699_999_998_999), order(1_699_999_999_000));
        let mut asking = course(&unresolved, Evidence::Exists, start);
        assert!(
            asking
                .answered(asked(start, start), start, Ok((7, &*old)))
                .is_none()
        );
        // It may hide the one that was asked for.
        let late = start + 8 * SECOND;
        let fate = asking.answered(asked(start, late), late, Ok((7, &*old)));
        assert!(
            matches!(fate, Some(Fate::NotKnownYet(Error::Unusable(_)))),
            "{fate:?}"
        );
        let mut asking = course(&unresolved, Evidence::Exists, start);
        let fate = asking.answered(asked(start, start), start, Ok((7, &*new)));
        assert!(matches!(fate, Some(Fate::CarriedOut(7))), "{fate:?}");
    }
}
