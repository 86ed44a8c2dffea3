//! What a call looks like from outside: its span and its metrics.

use std::future::Future;
use std::time::Instant;

use binance_wire_core::{Error, OperationInfo};
use tracing::Instrument as _;

use crate::metric::Watch;

/// Runs a call inside a span of its own, and counts it.
pub(super) async fn watched<T>(
    info: &'static OperationInfo,
    method: &'static str,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let span = tracing::debug_span!(
        "ws_api",
        operation = info.id,
        method,
        status = tracing::field::Empty,
        latency_us = tracing::field::Empty,
    );
    let mut watch = Watch::start(info);
    let started = Instant::now();
    let result = call.instrument(span.clone()).await;
    let latency = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.record("latency_us", latency);
    let status = match &result {
        Ok(_) => Some(200),
        Err(error) => error.status(),
    };
    if let Some(status) = status {
        span.record("status", status);
    }
    watch.end(200, result.as_ref().err());
    if let Err(error) = &result {
        let _entered = span.enter();
        tracing::debug!(
            kind = error.kind(),
            code = error.code().map(|code| code.0),
            "the call failed"
        );
    }
    result
}
