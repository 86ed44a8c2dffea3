//! The values of FIX fields, as text and with serde.

mod serde;
mod values;
