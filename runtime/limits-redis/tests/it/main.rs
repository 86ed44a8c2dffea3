//! The store against a real Redis, which each test starts for itself. Where there is none, they say so and pass.

mod processes;
mod server;
mod store;

use std::time::Duration;

use binance_wire_core::{
    Credit, IntervalUnit, OperationInfo, ProductLimits, RateLimitKind, RateLimitRule, Timestamp,
};
use binance_wire_limits::{Lane, Limiter, LimiterBuilder, Policy, ServerClock};
use tokio::time::Instant;

/// Windows of a day for what must not end during a test, and of a second for what must.
const DAY: ProductLimits = ProductLimits {
    system: "toys",
    rules: &[RateLimitRule::new(
        RateLimitKind::RequestWeight,
        100,
        1,
        IntervalUnit::Day,
    )],
    ..ProductLimits::UNKNOWN
};
const SECOND: ProductLimits = ProductLimits {
    rules: &[RateLimitRule::new(
        RateLimitKind::RequestWeight,
        20,
        1,
        IntervalUnit::Second,
    )],
    ..DAY
};

const READ: OperationInfo = OperationInfo {
    product: "toys",
    id: "depth",
    ..OperationInfo::DEFAULT
};

const LONG: Duration = Duration::from_secs(600);

/// A limiter with a clock that is right, and in the middle of a day where the present is not wanted.
fn builder(now: Timestamp) -> LimiterBuilder {
    let clock = ServerClock::new();
    clock.record(Instant::now().into_std(), now);
    Limiter::builder()
        .policy(
            Policy::default()
                .for_trading(0.0)
                .for_cancels(0.0)
                .late(Duration::from_millis(300)),
        )
        .server_clock(&clock)
}

/// In the middle of today.
fn noon() -> Timestamp {
    let day = Timestamp::now().as_millis() / 86_400_000;
    Timestamp::from_millis(day * 86_400_000 + 43_200_000)
}

fn lane(limiter: &Limiter, product: &ProductLimits) -> Lane {
    limiter.lane(product, "https://toys.example", Some("key"), None)
}

async fn read(lane: &Lane, weight: u32) -> Result<binance_wire_limits::Permit, binance_wire_core::Error> {
    lane.admit(&READ, &Credit::ip(weight), true, LONG).await
}
