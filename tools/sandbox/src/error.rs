//! Refusals in the exchange's terms: HTTP status, code and message.

use serde_json::{Value, json};

/// A request refused, or (status 409) half done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: i32,
    pub(crate) message: String,
    /// `data` of a cancel-replace that failed in part or wholly.
    pub(crate) data: Option<Value>,
    /// Seconds to wait, with 429 and 418.
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal with status 400.
    pub(crate) fn new(code: i32, message: impl Into<String>) -> Refusal {
        Refusal {
            status: 400,
            code,
            message: message.into(),
            data: None,
            retry_after: None,
        }
    }

    pub(crate) fn status(mut self, status: u16) -> Refusal {
        self.status = status;
        self
    }

    pub(crate) fn data(mut self, data: Value) -> Refusal {
        self.data = Some(data);
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> Refusal {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn missing(name: &str) -> Refusal {
        Refusal::new(
            -1102,
            format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed."),
        )
    }

    pub(crate) fn illegal(name: &str, range: &str) -> Refusal {
        Refusal::new(
            -1100,
            format!("Illegal characters found in parameter '{name}'; legal range is '{range}'."),
        )
    }

    pub(crate) fn bad_signature() -> Refusal {
        Refusal::new(-1022, "Signature for this request is not valid.")
    }

    pub(crate) fn rejected_key() -> Refusal {
        Refusal::new(-2015, "Invalid API-key, IP, or permissions for action.").status(401)
    }

    /// `{"code", "msg"[, "data"]}` as a REST body.
    pub(crate) fn to_json(&self) -> Value {
        let mut body = json!({ "code": self.code, "msg": self.message });
        if let (Some(data), Some(object)) = (&self.data, body.as_object_mut()) {
            object.insert("data".to_owned(), data.clone());
        }
        body
    }

    /// The `error` of a WebSocket API response. Waiting is told there as the time, in epoch
    /// milliseconds, from which requests are taken again.
    pub(crate) fn to_ws_json(&self, now_us: i64) -> Value {
        let mut error = self.to_json();
        if let (Some(seconds), Some(object)) = (self.retry_after, error.as_object_mut()) {
            let now_ms = now_us.div_euclid(1000);
            let until =
                now_ms.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000));
            object.insert(
                "data".to_owned(),
                json!({ "serverTime": now_ms, "retryAfter": until }),
            );
        }
        error
    }
}
