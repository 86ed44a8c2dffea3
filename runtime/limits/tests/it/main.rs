//! The limiter without and with time, against an exchange that counts for itself.

mod clock;
mod ledger;
mod limiter;
#[cfg(feature = "metrics")]
mod metrics;
mod properties;
mod store;

use std::time::Duration;

use binance_wire_core::{
    Credit, IntervalUnit, OperationInfo, ProductLimits, RateLimitKind, RateLimitRule, RateLimitUsage,
    RequestLimit, Security, Timestamp,
};
use binance_wire_limits::Moment;

/// The limits of a small exchange.
const LIMITS: ProductLimits = ProductLimits {
    system: "toys",
    connect_weight: 2,
    rules: &[
        RateLimitRule::new(RateLimitKind::RequestWeight, 100, 1, IntervalUnit::Minute),
        RateLimitRule::new(RateLimitKind::Orders, 10, 10, IntervalUnit::Second),
        RateLimitRule::new(RateLimitKind::Orders, 40, 1, IntervalUnit::Day),
        RateLimitRule::new(RateLimitKind::Connections, 3, 5, IntervalUnit::Minute),
    ],
    ..ProductLimits::UNKNOWN
};

const READ: OperationInfo = OperationInfo {
    product: "toys",
    id: "depth",
    ..OperationInfo::DEFAULT
};

const ORDER: OperationInfo = OperationInfo {
    product: "toys",
    id: "newOrder",
    security: Security::Trade,
    signed: true,
    mutation: true,
    ..OperationInfo::DEFAULT
};

const CANCEL: OperationInfo = OperationInfo {
    id: "cancelOrder",
    ..ORDER
};

/// Two calls per three seconds, together with `otherQuote`.
const QUOTE: OperationInfo = OperationInfo {
    product: "toys",
    id: "quote",
    limits: &[RequestLimit {
        count: 2,
        interval_num: 3,
        interval: IntervalUnit::Second,
        scope: binance_wire_core::LimitScope::Ip,
        with: &["otherQuote"],
    }],
    ..OperationInfo::DEFAULT
};

const OTHER_QUOTE: OperationInfo = OperationInfo {
    id: "otherQuote",
    limits: &[RequestLimit {
        with: &["quote"],
        ..QUOTE.limits[0]
    }],
    ..QUOTE
};

const MINUTE: Duration = Duration::from_secs(60);

/// A minute after the beginning of a day.
const START: i64 = 1_700_006_460_000;

fn order() -> Credit {
    Credit::ip(1).on_success(0).unfilled_orders(1)
}

/// So many milliseconds after the start of a window of a minute, known within a millisecond.
fn after(millis: i64) -> Moment {
    Moment::new(Timestamp::from_millis(START + millis), Duration::from_millis(1))
}

fn weight(count: u64) -> RateLimitUsage {
    RateLimitUsage {
        kind: RateLimitKind::RequestWeight,
        interval_num: 1,
        interval: IntervalUnit::Minute,
        count,
    }
}

fn orders(count: u64) -> RateLimitUsage {
    RateLimitUsage {
        kind: RateLimitKind::Orders,
        interval_num: 10,
        interval: IntervalUnit::Second,
        count,
    }
}
