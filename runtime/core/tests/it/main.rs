//! JSON, decimals, times and envelopes, on good and bad input.

/// What `request!` expects of a product.
#[cfg(feature = "serde")]
mod call {
    pub(crate) const PRODUCT: &str = "shop";

    #[allow(
        dead_code,
        reason = "the macro gives it setters, which these tests do not call"
    )]
    pub(crate) struct Call<T, O> {
        pub(crate) transport: T,
        pub(crate) request: O,
    }
}

mod envelope;
mod filters;
mod json_errors;
mod json_forms;
mod json_properties;
mod json_raw;
mod json_reading;
mod json_writing;
mod reject;
mod rules;
mod serde;
mod time;
