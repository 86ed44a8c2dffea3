//! REST: the query string, percent-encoded as it is written and signed as it is sent.
//!
//! What is signed is the query string followed by the body, without anything between the two and without the
//! signature. The exchange does not sort; the order is the order of writing.

use binance_wire_core::percent::percent_encode_raw_brackets;
use binance_wire_core::{Decimal, ParamSink};

pub use binance_wire_core::percent::percent_encode;

use crate::number::{push_decimal, push_integer};
use crate::{Credentials, SignError};

/// Writes parameters as `name=value&…` to the end of a string, percent-encoded (RFC 3986: letters, digits and
/// `-._~` stay, every other byte of the UTF-8 text becomes `%XX`).
///
/// A form body (`application/x-www-form-urlencoded`) is written in the same way.
///
/// ```
/// use binance_wire_core::ParamSink as _;
/// use binance_wire_signing::{Credentials, QueryEncoder};
///
/// let credentials = Credentials::hmac("key", "secret")?;
/// let mut target = String::from("/api/v3/order?");
/// let mut query = QueryEncoder::new(&mut target);
/// query.text("symbol", "BTCUSDT");
/// query.integer("timestamp", 1_499_827_319_559);
/// query.sign(&credentials, "")?;
/// assert!(target.starts_with("/api/v3/order?symbol=BTCUSDT&timestamp=1499827319559&signature="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct QueryEncoder<'a> {
    out: &'a mut String,
    start: usize,
    encode: fn(&mut String, &str),
}

impl<'a> QueryEncoder<'a> {
    /// An encoder that appends to `out`, after what it holds.
    pub fn new(out: &'a mut String) -> Self {
        let start = out.len();
        Self {
            out,
            start,
            encode: percent_encode,
        }
    }

    /// An encoder that goes on with the parameters that begin at byte `start` of `out`.
    ///
    /// # Panics
    /// If `start` is not a place between two characters of `out`.
    pub fn resume(out: &'a mut String, start: usize) -> Self {
        assert!(
            out.is_char_boundary(start),
            "parameters cannot begin at byte {start}"
        );
        Self {
            out,
            start,
            encode: percent_encode,
        }
    }

    /// Leaves `[` and `]` as they are from here on, in names and values, for the operations whose signature is checked
    /// over the raw form.
    #[must_use]
    pub fn raw_brackets(mut self, raw: bool) -> Self {
        self.encode = if raw {
            percent_encode_raw_brackets
        } else {
            percent_encode
        };
        self
    }

    /// The text written so far.
    pub fn as_str(&self) -> &str {
        &self.out[self.start..]
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.out.len() == self.start
    }

    /// Signs what was written followed by `body`, and appends `signature=…`, percent-encoded.
    ///
    /// # Errors
    /// [`SignError::Failed`] when the cryptographic library fails; nothing is appended then.
    pub fn sign(&mut self, credentials: &Credentials, body: &str) -> Result<(), SignError> {
        let signature = credentials.signature(self.as_str().as_bytes(), body.as_bytes())?;
        self.name("signature");
        percent_encode(self.out, signature.as_str());
        Ok(())
    }

    fn name(&mut self, name: &str) {
        if !self.is_empty() {
            self.out.push('&');
        }
        (self.encode)(self.out, name);
        self.out.push('=');
    }
}

impl ParamSink for QueryEncoder<'_> {
    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        (self.encode)(self.out, value);
    }

    fn integer(&mut self, name: &str, value: i64) {
        self.name(name);
        push_integer(self.out, value);
    }

    fn decimal(&mut self, name: &str, value: Decimal) {
        self.name(name);
        push_decimal(self.out, value);
    }

    fn boolean(&mut self, name: &str, value: bool) {
        self.name(name);
        self.out.push_str(if value { "true" } else { "false" });
    }

    fn json(&mut self, name: &str, json: &str) {
        self.text(name, json);
    }
}
