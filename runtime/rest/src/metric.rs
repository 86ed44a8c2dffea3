//! Counters and histograms, which the feature `metrics` switches on. Without it every function here is empty.

use binance_wire_core::OperationInfo;

use crate::connection::Reply;

binance_wire_core::call_watch!(
    "binance_rest_requests_total",
    "binance_rest_request_duration_seconds",
    "binance_rest_requests_in_flight"
);

/// One attempt of a call, `again` where it is not the first.
pub(crate) fn attempt(info: &'static OperationInfo, again: bool) {
    let _ = (info, again);
    #[cfg(feature = "metrics")]
    on::attempt(info, again);
}

/// A read that was not repeated for want of a budget.
pub(crate) fn unrepeated(info: &'static OperationInfo) {
    let _ = info;
    #[cfg(feature = "metrics")]
    metrics::counter!(on::UNREPEATED, "product" => info.product, "operation" => info.id).increment(1);
}

/// What an attempt sent: target, body and headers as far as they differ from request to request.
pub(crate) fn sent(bytes: usize) {
    let _ = bytes;
    #[cfg(feature = "metrics")]
    metrics::counter!(on::SENT).increment(bytes as u64);
}

/// An answer that was read whole.
pub(crate) fn received(reply: &Reply) {
    let _ = reply;
    #[cfg(feature = "metrics")]
    metrics::counter!(on::RECEIVED).increment(reply.body.len() as u64);
}

/// An attempt to connect.
pub(crate) fn connecting(succeeded: bool) {
    let _ = succeeded;
    #[cfg(feature = "metrics")]
    on::connecting(succeeded);
}

/// Stands for an open connection: it is counted as long as it exists.
pub(crate) struct Open(());

impl Open {
    pub(crate) fn new() -> Self {
        #[cfg(feature = "metrics")]
        metrics::gauge!(on::OPEN).increment(1.0);
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        #[cfg(feature = "metrics")]
        metrics::gauge!(on::OPEN).decrement(1.0);
    }
}

#[cfg(feature = "metrics")]
mod on {
    use binance_wire_core::OperationInfo;
    use metrics::counter;

    pub(super) const ATTEMPTS: &str = "binance_rest_attempts_total";
    pub(super) const RETRIES: &str = "binance_rest_retries_total";
    pub(super) const UNREPEATED: &str = "binance_rest_retries_refused_total";
    pub(super) const SENT: &str = "binance_rest_sent_bytes_total";
    pub(super) const RECEIVED: &str = "binance_rest_received_bytes_total";
    pub(super) const CONNECTS: &str = "binance_rest_connects_total";
    pub(super) const OPEN: &str = "binance_rest_connections_open";

    pub(super) fn attempt(info: &'static OperationInfo, again: bool) {
        let OperationInfo { product, id, .. } = *info;
        counter!(ATTEMPTS, "product" => product, "operation" => id).increment(1);
        if again {
            counter!(RETRIES, "product" => product, "operation" => id).increment(1);
        }
    }

    pub(super) fn connecting(succeeded: bool) {
        let outcome = if succeeded { "ok" } else { "failed" };
        counter!(CONNECTS, "outcome" => outcome).increment(1);
    }
}
