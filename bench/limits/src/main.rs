//! What the limiter adds to a request: leave to send it, and taking what it cost.
//!
//! Run with `cargo run --release -p bench-limits [PART-OF-A-NAME]`.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use binance_wire_core::{
    Credit, IntervalUnit, OperationInfo, ProductLimits, RateLimitKind, RateLimitRule, RateLimitUsage,
    Security,
};
use binance_wire_limits::{Lane, Limiter, Permit, WhenFull};
use harness::{Comparison, CountingAllocator, Settings};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Those of Spot, with room for as many requests as are measured.
const LIMITS: ProductLimits = ProductLimits {
    system: "api",
    rules: &[
        RateLimitRule::new(
            RateLimitKind::RequestWeight,
            u64::MAX >> 8,
            1,
            IntervalUnit::Minute,
        ),
        RateLimitRule::new(RateLimitKind::RawRequests, u64::MAX >> 8, 5, IntervalUnit::Minute),
        RateLimitRule::new(RateLimitKind::Orders, u64::MAX >> 8, 10, IntervalUnit::Second),
        RateLimitRule::new(RateLimitKind::Orders, u64::MAX >> 8, 1, IntervalUnit::Day),
    ],
    ..ProductLimits::UNKNOWN
};
const READ: OperationInfo = OperationInfo {
    product: "spot",
    id: "depth",
    ..OperationInfo::DEFAULT
};
const ORDER: OperationInfo = OperationInfo {
    id: "newOrder",
    security: Security::Trade,
    signed: true,
    mutation: true,
    ..READ
};
const USAGE: &[RateLimitUsage] = &[RateLimitUsage {
    kind: RateLimitKind::RequestWeight,
    interval_num: 1,
    interval: IntervalUnit::Minute,
    count: 1,
}];
/// How long the threads of the last measurement run.
const TOGETHER: Duration = Duration::from_millis(500);

fn main() {
    let settings = Settings::from_environment();
    let limiter = Limiter::builder().when_full(WhenFull::Refuse).build();
    let lane = limiter.lane(&LIMITS, "https://api.binance.com", Some("key"), None);
    Comparison::new("one request", 0)
        .case("a read", || request(&lane, &READ, Credit::ip(5), &[]))
        .case("a read whose answer reports", || {
            request(&lane, &READ, Credit::ip(5), USAGE)
        })
        .case("an order", || {
            request(&lane, &ORDER, Credit::ip(1).on_success(0).unfilled_orders(1), &[])
        })
        .case("no limiter", || Permit::unlimited().succeeded(&[]))
        .run(&settings);
    println!();
    for threads in [1, 2] {
        println!(
            "- a read, {threads} threads on one limiter: {:.0} ns of wall time each",
            together(&lane, threads)
        );
    }
}

/// Leave to send, and the answer.
fn request(lane: &Lane, info: &OperationInfo, credit: Credit, usage: &[RateLimitUsage]) {
    let future = pin!(lane.admit(info, &credit, true, Duration::ZERO));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(permit)) => permit.succeeded(usage),
        other => panic!("there is room for everything: {other:?}"),
    }
}

/// The time between two requests of one thread, in nanoseconds, while all of them send.
fn together(lane: &Lane, threads: u32) -> f64 {
    let stop = AtomicBool::new(false);
    let begin = Instant::now();
    let done: u64 = std::thread::scope(|scope| {
        let work = || {
            let mut done = 0;
            while !stop.load(Ordering::Relaxed) {
                request(lane, &READ, Credit::ip(5), &[]);
                done += 1;
            }
            done
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        std::thread::sleep(TOGETHER);
        stop.store(true, Ordering::Relaxed);
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .sum()
    });
    begin.elapsed().as_nanos() as f64 * f64::from(threads) / done as f64
}
