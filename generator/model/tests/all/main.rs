//! Reading specs and what the exchange publishes.

mod client_ids;
mod openapi;
mod postman_upstream;

#[path = "../support/mod.rs"]
mod support;
