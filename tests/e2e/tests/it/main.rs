//! Generated clients against the sandbox exchange.

mod books;
mod examples;
mod faults;
mod rest;
mod sbe;
mod sbe_models;
mod streams;
mod ws_api;
