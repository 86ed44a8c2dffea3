//! The sandbox exchange itself.

mod common;
mod consistency;
mod environment;
mod faults;
mod orders;
mod products;
mod rest;
mod spot;
mod streams;
mod tls;
mod ws_api;
