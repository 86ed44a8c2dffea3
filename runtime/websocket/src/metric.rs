//! Counters and histograms, which the feature `metrics` switches on. Without it every function here is empty.

use binance_wire_core::OperationInfo;

use crate::item::StreamItem;

binance_wire_core::call_watch!(
    "binance_ws_api_requests_total",
    "binance_ws_api_request_duration_seconds",
    "binance_ws_api_requests_in_flight"
);

/// A read that is repeated.
pub(crate) fn repeated(info: &'static OperationInfo) {
    let _ = info;
    #[cfg(feature = "metrics")]
    metrics::counter!(on::RETRIES, "product" => info.product, "operation" => info.id).increment(1);
}

/// A read that was not repeated for want of a budget.
pub(crate) fn unrepeated(info: &'static OperationInfo) {
    let _ = info;
    #[cfg(feature = "metrics")]
    metrics::counter!(on::UNREPEATED, "product" => info.product, "operation" => info.id).increment(1);
}

/// An attempt to connect.
pub(crate) fn connecting(succeeded: bool) {
    let _ = succeeded;
    #[cfg(feature = "metrics")]
    {
        let outcome = if succeeded { "ok" } else { "failed" };
        metrics::counter!(on::CONNECTS, "outcome" => outcome).increment(1);
    }
}

/// Stands for an open connection: it is counted as long as it exists.
#[derive(Debug)]
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

/// A frame that was read.
pub(crate) fn received(bytes: usize) {
    let _ = bytes;
    #[cfg(feature = "metrics")]
    on::received(bytes);
}

/// A frame that was handed to the socket.
pub(crate) fn sent(bytes: usize) {
    let _ = bytes;
    #[cfg(feature = "metrics")]
    metrics::counter!(on::SENT).increment(bytes as u64);
}

/// An item that the consumer of a stream of messages gets.
pub(crate) fn delivered<M>(item: &StreamItem<M>) {
    let _ = item;
    #[cfg(feature = "metrics")]
    on::delivered(item);
}

/// The items that waited when the consumer of a stream of messages took some.
pub(crate) fn waiting(items: usize) {
    let _ = items;
    #[cfg(feature = "metrics")]
    if items > 0 {
        metrics::histogram!(on::QUEUE).record(items as f64);
    }
}

#[cfg(feature = "metrics")]
mod on {
    use metrics::counter;

    use crate::item::{GapReason, StreamItem};

    pub(super) const RETRIES: &str = "binance_ws_api_retries_total";
    pub(super) const UNREPEATED: &str = "binance_ws_api_retries_refused_total";
    pub(super) const CONNECTS: &str = "binance_ws_connects_total";
    pub(super) const OPEN: &str = "binance_ws_connections_open";
    pub(super) const SENT: &str = "binance_ws_sent_bytes_total";
    pub(super) const RECEIVED: &str = "binance_ws_received_bytes_total";
    pub(super) const FRAMES: &str = "binance_ws_received_frames_total";
    pub(super) const EVENTS: &str = "binance_ws_events_total";
    pub(super) const UNDECODABLE: &str = "binance_ws_undecodable_frames_total";
    pub(super) const GAPS: &str = "binance_ws_gaps_total";
    pub(super) const RECONNECTS: &str = "binance_ws_reconnects_total";
    pub(super) const REPLACEMENTS: &str = "binance_ws_replacements_total";
    pub(super) const DROPPED: &str = "binance_ws_dropped_events_total";
    pub(super) const COALESCED: &str = "binance_ws_coalesced_events_total";
    pub(super) const REFUSED: &str = "binance_ws_refused_streams_total";
    pub(super) const QUEUE: &str = "binance_ws_queue_length";

    pub(super) fn received(bytes: usize) {
        counter!(FRAMES).increment(1);
        counter!(RECEIVED).increment(bytes as u64);
    }

    pub(super) fn delivered<M>(item: &StreamItem<M>) {
        match item {
            StreamItem::Event(_) => counter!(EVENTS).increment(1),
            StreamItem::Undecodable { .. } => counter!(UNDECODABLE).increment(1),
            StreamItem::Gap { reason, .. } => counter!(GAPS, "reason" => word(reason)).increment(1),
            StreamItem::Reconnected { .. } => counter!(RECONNECTS).increment(1),
            StreamItem::Replaced => counter!(REPLACEMENTS).increment(1),
            StreamItem::Lagged {
                dropped, coalesced, ..
            } => {
                counter!(DROPPED).increment(*dropped);
                counter!(COALESCED).increment(*coalesced);
            }
            StreamItem::Refused { names, .. } => counter!(REFUSED).increment(names.len() as u64),
            StreamItem::ServerShutdown | StreamItem::Terminated { .. } => {}
        }
    }

    /// Why a connection was lost, as a label.
    fn word(reason: &GapReason) -> &'static str {
        match reason {
            GapReason::Closed { .. } => "closed",
            GapReason::Broken(_) => "broken",
            GapReason::Silent => "silent",
            GapReason::Unconfirmed => "unconfirmed",
            GapReason::KeyExpired => "key_expired",
        }
    }
}
