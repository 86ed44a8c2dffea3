//! The sandbox exchange itself.

mod common;
mod faults;
mod orders;
mod rest;
mod streams;
mod ws_api;
