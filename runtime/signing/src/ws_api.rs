//! The WebSocket API: parameters sorted by name, signed raw, sent as a JSON object.
//!
//! What is signed is `name=value&…` in the order of the names, without any percent-encoding; the JSON object
//! carries the very same value texts, so that the exchange finds what was signed.

use std::ops::Range;

use binance_wire_core::{Decimal, ParamSink};

use crate::number::{push_decimal, push_integer};
use crate::{Credentials, SignError};

/// Collects the parameters of one request, signs them, and writes them as the JSON object `params`.
///
/// Decimals become JSON strings, integers and booleans stay bare, lists become arrays. The value can be reused:
/// [`clear`](Self::clear) keeps its memory.
///
/// ```
/// use binance_wire_core::ParamSink as _;
/// use binance_wire_signing::{Credentials, WsApiParams};
///
/// let mut params = WsApiParams::new();
/// params.text("symbol", "BTCUSDT");
/// params.integer("timestamp", 1_645_423_376_532);
/// params.sign(&Credentials::hmac("key", "secret")?)?;
/// let mut json = String::new();
/// params.write_json(&mut json);
/// assert!(json.starts_with(r#"{"apiKey":"key","symbol":"BTCUSDT","timestamp":1645423376532,"signature":""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct WsApiParams {
    params: Vec<Param>,
    /// All names and value texts, one after the other.
    texts: String,
    /// The payload that was signed last, kept for its memory.
    payload: String,
}

#[derive(Debug)]
struct Param {
    name: Range<usize>,
    text: Range<usize>,
    /// Whether the text is a JSON value; otherwise it becomes a JSON string.
    bare: bool,
}

impl WsApiParams {
    /// No parameters yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.params.is_empty()
    }

    /// Forgets all parameters and keeps the memory.
    pub fn clear(&mut self) {
        self.params.clear();
        self.texts.clear();
    }

    /// Adds the parameter `apiKey`: for requests that need a key and no signature. [`sign`](Self::sign) does it
    /// by itself.
    pub fn api_key(&mut self, credentials: &Credentials) {
        self.text("apiKey", credentials.api_key());
    }

    /// Adds `apiKey`, signs everything collected so far and adds `signature`.
    ///
    /// Everything else, `timestamp` and `recvWindow` included, must have been added before.
    ///
    /// # Errors
    /// [`SignError::Failed`] when the cryptographic library fails.
    pub fn sign(&mut self, credentials: &Credentials) -> Result<(), SignError> {
        self.api_key(credentials);
        let mut payload = std::mem::take(&mut self.payload);
        payload.clear();
        self.write_payload(&mut payload);
        let signature = credentials.signature(payload.as_bytes(), &[]);
        self.payload = payload;
        self.text("signature", signature?.as_str());
        Ok(())
    }

    /// Sorts what was collected and appends it to `out` in the form that is signed.
    pub fn write_payload(&mut self, out: &mut String) {
        // Stable, so that a repeated name is signed in the order in which it is sent.
        let texts = &self.texts;
        self.params
            .sort_by(|a, b| texts[a.name.clone()].cmp(&texts[b.name.clone()]));
        for (index, param) in self.params.iter().enumerate() {
            if index > 0 {
                out.push('&');
            }
            out.push_str(&self.texts[param.name.clone()]);
            out.push('=');
            out.push_str(&self.texts[param.text.clone()]);
        }
    }

    /// Appends what was collected to `out` as a JSON object.
    pub fn write_json(&self, out: &mut String) {
        out.push('{');
        for (index, param) in self.params.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            push_json_string(out, &self.texts[param.name.clone()]);
            out.push(':');
            let text = &self.texts[param.text.clone()];
            if param.bare {
                out.push_str(text);
            } else {
                push_json_string(out, text);
            }
        }
        out.push('}');
    }

    fn push(&mut self, name: &str, bare: bool, write: impl FnOnce(&mut String)) {
        let before = self.texts.len();
        self.texts.push_str(name);
        let start = self.texts.len();
        write(&mut self.texts);
        self.params.push(Param {
            name: before..start,
            text: start..self.texts.len(),
            bare,
        });
    }
}

impl ParamSink for WsApiParams {
    fn text(&mut self, name: &str, value: &str) {
        self.push(name, false, |out| out.push_str(value));
    }

    fn integer(&mut self, name: &str, value: i64) {
        self.push(name, true, |out| push_integer(out, value));
    }

    fn decimal(&mut self, name: &str, value: Decimal) {
        self.push(name, false, |out| push_decimal(out, value));
    }

    fn boolean(&mut self, name: &str, value: bool) {
        self.push(name, true, |out| {
            out.push_str(if value { "true" } else { "false" })
        });
    }

    fn json(&mut self, name: &str, json: &str) {
        self.push(name, true, |out| out.push_str(json));
    }
}

/// Appends `text` to `out` as a JSON string.
pub(crate) fn push_json_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            control => {
                out.push_str("\\u00");
                out.push(if control < 0x10 { '0' } else { '1' });
                out.push(char::from_digit(u32::from(control & 15), 16).unwrap_or('0'));
            }
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
