//! A seller's side of the x402 protocol: the answer that asks for a payment, and the [`bazaar`] blob that makes a
//! paid resource found.

pub mod bazaar;

use binance_wire_core::{ToJson, json};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::server::json_response;

/// The header that carries the payment requirements.
pub const PAYMENT_REQUIREMENTS: HeaderName = HeaderName::from_static("x-payment-requirements");

/// The answer to a request without a payment: HTTP 402.
///
/// The documentation has the requirements in the header [`PAYMENT_REQUIREMENTS`] in one place, and in the body in
/// another, so they are put into both: `requirements` as JSON into the header (what is not ASCII escaped as `\u…`), and
/// `body` as it is. `extra` of the requirements must be the object that the facilitator's list of supported payments
/// has, copied whole: buyers build their signature from it.
pub fn payment_required<R, B>(requirements: &R, body: &B) -> Response<Bytes>
where
    R: ToJson + ?Sized,
    B: ToJson + ?Sized,
{
    let mut response = json_response(StatusCode::PAYMENT_REQUIRED, json::to_string(body));
    // JSON has no control characters outside of escapes, so the text is a header's once it is ASCII.
    if let Ok(value) = HeaderValue::try_from(ascii(&json::to_string(requirements))) {
        response.headers_mut().insert(PAYMENT_REQUIREMENTS, value);
    }
    response
}

/// The same JSON with characters beyond ASCII escaped, and without line breaks.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use binance_wire_core::RawJson;

    use super::*;

    #[test]
    fn the_requirements_stand_in_header_and_body() {
        let requirements =
            RawJson::new("[{\"scheme\":\"exact\",\n\t\"note\":\"é 😀 \\u007f\"}]").expect("JSON");
        let body = RawJson::new(r#"{"x402Version":2}"#).expect("JSON");
        let response = payment_required(&requirements, &body);
        assert_eq!(response.status(), 402);
        assert_eq!(response.body().as_ref(), br#"{"x402Version":2}"#);
        let header = response.headers()[PAYMENT_REQUIREMENTS].to_str().expect("ASCII");
        assert_eq!(
            header,
            r#"[{"scheme":"exact",  "note":"\u00e9 \ud83d\ude00 \u007f"}]"#
        );
        let back: Vec<RawJson> = json::from_str(header).expect("JSON");
        assert_eq!(back.len(), 1);
    }
}
