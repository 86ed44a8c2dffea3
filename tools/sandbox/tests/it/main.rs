//! The sandbox exchange itself.

mod common;
mod faults;
mod orders;
mod products;
mod rest;
mod spot;
mod streams;
mod ws_api;
