//! Requests of the WebSocket API as text: id, method, signed parameters.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use binance_wire_core::{Decimal, Error, ParamSink, Timestamp, Writer};
use binance_wire_signing::{Credentials, RecvWindow, WsApiParams};

/// The clock for request timestamps.
#[derive(Clone)]
pub(crate) struct Clock(pub(crate) Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    pub(crate) fn system() -> Self {
        Self(Arc::new(|| Timestamp::from(SystemTime::now())))
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The authorisation of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Authorization<'a> {
    /// Not at all.
    None,
    /// With a key and no signature.
    Key(&'a Credentials),
    /// By the session; the timestamp is still needed.
    Session,
    /// With its own key and signature.
    Signature(&'a Credentials),
}

/// The text of a request.
pub(crate) fn build(
    id: u64,
    method: &str,
    authorization: Authorization<'_>,
    recv_window: Option<RecvWindow>,
    timestamp: Timestamp,
    write_params: &dyn Fn(&mut dyn ParamSink),
) -> Result<String, Error> {
    let mut sink = Noting {
        params: WsApiParams::new(),
        recv_window: false,
    };
    write_params(&mut sink);
    if let Authorization::Session | Authorization::Signature(_) = authorization {
        if let Some(window) = recv_window.filter(|_| !sink.recv_window) {
            window.write_param(&mut sink);
        }
        sink.timestamp("timestamp", timestamp);
    }
    let mut params = sink.params;
    match authorization {
        Authorization::None | Authorization::Session => {}
        Authorization::Key(credentials) => params.api_key(credentials),
        Authorization::Signature(credentials) => {
            params
                .sign(credentials)
                .map_err(|error| Error::Unusable(error.to_string()))?;
        }
    }
    let mut frame = Writer::append_to(String::with_capacity(512));
    frame.begin_object();
    frame.key("id");
    frame.u64(id);
    frame.key("method");
    frame.str(method);
    if params.is_empty() {
        frame.end_object();
        return Ok(frame.into_string());
    }
    frame.key("params");
    // What was signed is written by the one who signed it.
    let mut text = frame.into_string();
    params.write_json(&mut text);
    text.push('}');
    Ok(text)
}

/// Notes whether the request brings its own `recvWindow`, which then takes the place of the client's.
struct Noting {
    params: WsApiParams,
    recv_window: bool,
}

impl ParamSink for Noting {
    fn text(&mut self, name: &str, value: &str) {
        self.params.text(name, value);
    }

    fn integer(&mut self, name: &str, value: i64) {
        self.recv_window |= name == "recvWindow";
        self.params.integer(name, value);
    }

    fn decimal(&mut self, name: &str, value: Decimal) {
        if name == "recvWindow" {
            self.recv_window = true;
            // The one decimal that is documented as a JSON number.
            self.params.json(name, &value.to_string());
        } else {
            self.params.decimal(name, value);
        }
    }

    fn boolean(&mut self, name: &str, value: bool) {
        self.params.boolean(name, value);
    }

    fn json(&mut self, name: &str, json: &str) {
        self.params.json(name, json);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(authorization: Authorization<'_>, write_params: &dyn Fn(&mut dyn ParamSink)) -> String {
        let timestamp = Timestamp::from_millis(1_645_423_376_532);
        let window = RecvWindow::from_millis(Decimal::from(100)).ok();
        build(7, "order.place", authorization, window, timestamp, write_params).unwrap()
    }

    fn order(sink: &mut dyn ParamSink) {
        sink.text("symbol", "BTCUSDT");
        sink.text("side", "SELL");
        sink.text("type", "LIMIT");
        sink.text("timeInForce", "GTC");
        sink.decimal("quantity", Decimal::new(1_000_000, 8));
        sink.decimal("price", Decimal::new(5_200_000, 2));
    }

    #[test]
    fn times_are_in_the_unit_of_the_clock() {
        let window = RecvWindow::from_millis(Decimal::new(1, 3)).ok();
        let timestamp = Timestamp::from_micros(1_645_423_376_532_999);
        let frame = build(7, "time", Authorization::Session, window, timestamp, &|_| {}).unwrap();
        for part in [r#""timestamp":1645423376532999"#, r#""recvWindow":0.001"#] {
            assert!(frame.contains(part), "{frame}");
        }
    }

    /// The exchange's published example, whose signature is known.
    #[test]
    fn the_published_hmac_example() {
        let credentials = Credentials::hmac(
            "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
            "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
        )
        .unwrap();
        let frame = text(Authorization::Signature(&credentials), &order);
        assert!(
            frame.starts_with(r#"{"id":7,"method":"order.place","params":{"apiKey":"vmPU"#),
            "{frame}"
        );
        assert!(
            frame.ends_with(
                r#""signature":"aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"}}"#
            ),
            "{frame}"
        );
    }

    #[test]
    fn a_session_leaves_out_key_and_signature_but_not_the_time() {
        let frame = text(Authorization::Session, &|sink| sink.text("symbol", "BTCUSDT"));
        for kept in [
            r#""timestamp":1645423376532"#,
            r#""recvWindow":100"#,
            r#""symbol":"BTCUSDT""#,
        ] {
            assert!(frame.contains(kept), "{frame}");
        }
        assert!(
            !frame.contains("apiKey") && !frame.contains("signature"),
            "{frame}"
        );
    }

    #[test]
    fn the_requests_own_window_wins_and_nothing_means_no_params() {
        let frame = text(Authorization::Session, &|sink| {
            sink.decimal("recvWindow", Decimal::from(7))
        });
        assert_eq!(frame.matches("recvWindow").count(), 1);
        assert_eq!(
            text(Authorization::None, &|_| {}),
            r#"{"id":7,"method":"order.place"}"#
        );
        let credentials = Credentials::hmac("k", "s").unwrap();
        let frame = text(Authorization::Key(&credentials), &|_| {});
        assert_eq!(
            frame,
            r#"{"id":7,"method":"order.place","params":{"apiKey":"k"}}"#
        );
    }
}
