//! The sandbox exchange itself.

mod bad_input;
mod common;
mod consistency;
mod control;
mod environment;
mod faults;
mod orders;
mod products;
mod rest;
mod spot;
mod streams;
mod tls;
mod ws_api;
