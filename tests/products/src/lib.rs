//! What the tests of products share: servers that answer as they are told, signatures computed apart from the code
//! under test, and the samples of the specs.
//!
//! The crate may depend on everything; nothing depends on it. It opens sockets on this machine alone.

pub mod http;
pub mod samples;
pub mod ws;

use std::future::Future;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The key that clients of the tests have.
pub const API_KEY: &str = "the-key";
/// The secret that they sign with.
pub const SECRET: &str = "the-secret";
/// The time of their clocks, in milliseconds.
pub const NOW: i64 = 1_753_244_327_210;

/// The signature of a text by [`SECRET`], in hexadecimal digits: computed here, not by the crate under test.
///
/// # Panics
/// Never: HMAC takes keys of any length.
pub fn signature(text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Cuts the signature off a signed text and checks it.
///
/// # Panics
/// Where there is no signature at the end, or a wrong one.
#[track_caller]
pub fn verified(signed: &str) -> &str {
    let (text, sent) = signed
        .rsplit_once("&signature=")
        .unwrap_or_else(|| panic!("no signature in {signed:?}"));
    assert_eq!(sent, signature(text), "the signature of {text:?}");
    text
}

/// Waits for something that must happen. A hang is a failure; nothing asserts on how long anything takes.
///
/// # Panics
/// Where it does not happen.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(30), future).await {
        Ok(value) => value,
        Err(_) => panic!("nothing happened while waiting for {what}"),
    }
}
