//! What the specs say of each product, seen on the wire: one program, so that the products are linked once.

mod account;
mod bad_input;
mod blocking;
mod bodies;
mod books;
mod drafts;
mod envelopes;
mod examples;
mod filters;
mod futures;
mod listen_keys;
mod pages;
mod partners;
mod presence;
mod prices;
mod retries;
mod rules;
mod signed_topics;
mod stream_routes;
mod values;
mod wrong;

use binance_wire::{Credentials, Environment, Timestamp};
use binance_wire_products_tests::http::Server;
use binance_wire_products_tests::{API_KEY, NOW, SECRET};
use binance_wire_rest::{Client, ClientBuilder};

fn credentials() -> Credentials {
    Credentials::hmac(API_KEY, SECRET).expect("usable")
}

/// The settings of a product's client, for a server of the test's own, with a clock that stands still.
fn at<C: From<Client>>(server: &Server, builder: ClientBuilder<C>) -> ClientBuilder<C> {
    builder
        .base_url(&server.url)
        .credentials(credentials())
        .clock(|| Timestamp::from_millis(NOW))
}

/// The client of a product at a server of the test's own.
macro_rules! client {
    ($product:ident, $server:expr) => {
        $crate::at(
            $server,
            binance_wire::$product::rest::Client::builder($crate::Environment::Production),
        )
        .build()
        .expect("usable settings")
    };
}
use client;
