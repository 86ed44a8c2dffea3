//! JSON, decimals, times and envelopes, on good and bad input.

/// What `request!` expects of a product.
#[allow(
    dead_code,
    reason = "no request here goes over a transport, or has its setters called on a call"
)]
mod call {
    pub(crate) const PRODUCT: &str = "shop";

    pub(crate) struct Call<T, O> {
        pub(crate) transport: T,
        pub(crate) request: O,
    }
}

mod causes;
mod envelope;
mod filters;
mod identity;
mod json_errors;
mod json_forms;
mod json_kept;
mod json_properties;
mod json_raw;
mod json_reading;
mod json_writing;
mod paging;
mod read_retries;
mod reconcile;
mod reject;
mod rules;
mod serde;
mod time;
