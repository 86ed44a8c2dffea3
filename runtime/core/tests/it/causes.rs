//! Chains of causes: complete, and nothing in them twice.

use std::error::Error as _;

use binance_wire_core::{Error, TransportError};

#[derive(Debug, thiserror::Error)]
#[error("the handshake failed")]
struct Handshake(#[source] std::io::Error);

/// As programs print an error with its causes.
fn printed(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(" <- {next}"));
        cause = next.source();
    }
    text
}

#[test]
fn every_cause_is_printed_once() {
    let handshake = Handshake(std::io::Error::other("the certificate has expired"));
    let error = Error::Transport(TransportError::new("connecting to api.binance.com", handshake));
    assert_eq!(
        printed(&error),
        "connecting to api.binance.com: the handshake failed <- the certificate has expired"
    );
    let deepest = error.source().expect("what is behind the reason");
    assert!(deepest.downcast_ref::<std::io::Error>().is_some());
}

#[test]
fn a_reason_without_causes_ends_the_chain() {
    let error = Error::Transport(TransportError::new("calling", "timed out"));
    assert_eq!(printed(&error), "calling: timed out");
}
