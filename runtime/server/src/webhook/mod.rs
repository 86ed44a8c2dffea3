//! Posts to your server: verified over their raw bytes before anything is parsed.
//!
//! A generated crate says how a product's posts are signed ([`RsaHeaders`] or [`HmacHeader`]) and what events there
//! are; [`Verifier`] checks, [`Receiver`] puts it behind HTTP.

mod receiver;
mod verifier;

pub use binance_wire_signing::CredentialsError;
pub use binance_wire_signing::partner::{HmacKey, RsaPublicKey};
pub use receiver::{Receipt, Receiver, ReceiverBuilder, receipt};
pub use verifier::{DEFAULT_TOLERANCE, HmacHeader, RsaHeaders, Verifier, WebhookError};
