//! `cargo xtask decode`: raw SBE and FIX messages, readable.
