//! Reading specs and what the exchange publishes.

mod postman_upstream;

#[path = "../support/mod.rs"]
mod support;
