//! JSON, decimals, times and envelopes, on good and bad input.

mod envelope;
mod json_errors;
mod json_forms;
mod json_properties;
mod json_raw;
mod json_reading;
mod json_writing;
mod serde;
mod time;
