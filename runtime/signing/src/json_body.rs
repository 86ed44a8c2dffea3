//! JSON bodies: parameters as one object, written as it is signed and sent.

use binance_wire_core::{Decimal, ParamSink};

use crate::number::{push_decimal, push_integer};
use crate::ws_api::push_json_string;

/// Writes parameters as the members of a compact JSON object to the end of a string.
///
/// Decimals become JSON strings, [numbers](ParamSink::number), integers and booleans stay bare, lists and objects
/// become themselves.
///
/// ```
/// use binance_wire_core::ParamSink as _;
/// use binance_wire_signing::JsonBody;
///
/// let mut body = String::new();
/// let mut json = JsonBody::new(&mut body);
/// json.text("orderId", "1234567890");
/// json.finish();
/// assert_eq!(body, r#"{"orderId":"1234567890"}"#);
/// ```
#[derive(Debug)]
pub struct JsonBody<'a> {
    out: &'a mut String,
    empty: bool,
}

impl<'a> JsonBody<'a> {
    /// An object that is appended to `out`.
    pub fn new(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, empty: true }
    }

    /// Closes the object.
    pub fn finish(self) {
        self.out.push('}');
    }

    fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.empty) {
            self.out.push(',');
        }
        push_json_string(self.out, name);
        self.out.push(':');
    }
}

impl ParamSink for JsonBody<'_> {
    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        push_json_string(self.out, value);
    }

    fn integer(&mut self, name: &str, value: i64) {
        self.name(name);
        push_integer(self.out, value);
    }

    fn decimal(&mut self, name: &str, value: Decimal) {
        self.name(name);
        self.out.push('"');
        push_decimal(self.out, value);
        self.out.push('"');
    }

    fn number(&mut self, name: &str, value: Decimal) {
        self.name(name);
        push_decimal(self.out, value);
    }

    fn boolean(&mut self, name: &str, value: bool) {
        self.name(name);
        self.out.push_str(if value { "true" } else { "false" });
    }

    fn json(&mut self, name: &str, json: &str) {
        self.name(name);
        self.out.push_str(json);
    }
}
