//! From an order to its signed request, with each type of key: ours beside binance-sdk.
//!
//! Run with `cargo run --release -p bench-sign [PART-OF-A-NAME]`. The keys are made when the program starts.

mod keys;
#[cfg(feature = "peers")]
mod peer;

use binance_wire_core::{Decimal, Timestamp};
use binance_wire_rest::Client;
use binance_wire_signing::Credentials;
use binance_wire_spot::requests::NewOrder;
use binance_wire_spot::{OrderType, Side, TimeInForce};
use harness::{Comparison, CountingAllocator, Settings};
use keys::Key;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// The moment of every request, in milliseconds, so that both sign the same.
const NOW: i64 = 1_767_273_411_043;
const API_KEY: &str = "vT9pYdQe3bLr5uXz0cKn7aHw2sFj8mGi4oRt6yBv1xNq";
/// Both send one, which ours would make otherwise.
const CLIENT_ORDER_ID: &str = "2F7d0DzkwK0cGX7cyy5HGphSf0EkHWw8";
const BASE: &str = "https://api.binance.com";

fn main() {
    let settings = Settings::from_environment();
    for (name, key) in [
        ("HMAC-SHA256", Key::hmac()),
        ("Ed25519", Key::ed25519()),
        ("RSA-2048", Key::rsa()),
    ] {
        let client: Client = Client::builder([BASE])
            .credentials(credentials(&key))
            .recv_window(Decimal::new(5000, 0))
            .clock(|| Timestamp::from_millis(NOW))
            .build()
            .expect("a client");
        let bytes = client
            .signed_target(&order())
            .expect("credentials are there")
            .len();
        let comparison =
            Comparison::new(name, bytes).case("order to signed target", || client.signed_target(&order()));
        #[cfg(feature = "peers")]
        let sdk = peer::Signer::new(&key);
        #[cfg(feature = "peers")]
        let comparison = {
            check_signature(&credentials(&key), &sdk);
            check_parameters(&client, &sdk);
            comparison
                .case("binance-sdk, order to signed URL", || sdk.url())
                .case("binance-sdk, order to request", || sdk.request())
        };
        comparison.run(&settings);
    }
}

/// The order, made anew each time as a caller would.
fn order() -> NewOrder {
    NewOrder::new("BTCUSDT", Side::Buy, OrderType::Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(Decimal::new(1_518_000, 8))
        .price(Decimal::new(6_012_345, 2))
        .new_client_order_id(CLIENT_ORDER_ID)
}

fn credentials(key: &Key) -> Credentials {
    match key {
        Key::Hmac(secret) => Credentials::hmac(API_KEY, secret),
        Key::Ed25519(pem) => Credentials::ed25519(API_KEY, pem),
        Key::Rsa(pem) => Credentials::rsa(API_KEY, pem),
    }
    .expect("the key is well-formed")
}

/// Both give the same signature of the same text: all three are deterministic.
#[cfg(feature = "peers")]
fn check_signature(credentials: &Credentials, sdk: &peer::Signer) {
    let payload = "symbol=BTCUSDT&side=BUY&timestamp=1767273411043";
    let mut ours = String::new();
    credentials.sign(payload.as_bytes(), &mut ours).expect("signed");
    assert_eq!(ours, sdk.sign(payload), "the signatures differ");
}

/// Both send the same parameters, in whatever order.
#[cfg(feature = "peers")]
fn check_parameters(client: &Client, sdk: &peer::Signer) {
    let target = client.signed_target(&order()).expect("credentials are there");
    let parameters = |query: &str| {
        let mut pairs: Vec<String> = query
            .split('&')
            .filter(|pair| !pair.starts_with("signature="))
            .map(str::to_owned)
            .collect();
        pairs.sort();
        pairs
    };
    let (path, ours) = target.split_once('?').expect("a query string");
    let url = sdk.url();
    assert_eq!(path, url.path());
    assert_eq!(parameters(ours), parameters(url.query().unwrap_or_default()));
}
