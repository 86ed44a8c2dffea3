//! The sandbox exchange itself.

mod common;
mod faults;
mod orders;
mod products;
mod rest;
mod streams;
mod ws_api;
