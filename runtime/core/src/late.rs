//! Answers that come when nobody waits for them any more.

use std::fmt;
use std::sync::Arc;

use crate::{CallName, DecodeError, Error, Operation, OrderRef, RawBody, Text};

/// The answer to a mutation that came after its caller was told that its fate is unknown, or had stopped waiting.
#[non_exhaustive]
pub struct LateAnswer {
    /// The call.
    pub call: CallName,
    /// What it was to make or change; one for each element of a batch.
    pub orders: Vec<OrderRef>,
    /// The HTTP or frame status.
    pub status: u16,
    /// The result as it was sent; or the error that the caller would have got.
    pub result: Result<RawBody, Error>,
    /// Whether the result is in SBE.
    pub sbe: bool,
}

impl LateAnswer {
    /// An answer in JSON. For transports.
    pub fn new(call: CallName, orders: Vec<OrderRef>, status: u16, result: Result<RawBody, Error>) -> Self {
        Self {
            call,
            orders,
            status,
            result,
            sbe: false,
        }
    }

    /// The client id of the first order.
    pub fn client_order_id(&self) -> Option<&Text> {
        self.orders.first()?.client_order_id()
    }

    /// The result as the answer of operation `O`, where there is one; compare [`call`](Self::call) first.
    pub fn decode<O: Operation>(&self) -> Option<Result<O::Response, DecodeError>> {
        let body = self.result.as_ref().ok()?;
        match O::SBE {
            Some(decode) if self.sbe => Some(decode(body)),
            _ => Some(crate::json::from_slice(body)),
        }
    }
}

/// Without the result, which may have what is secret.
impl fmt::Debug for LateAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = self.result.as_ref().map(|body| format!("{} bytes", body.len()));
        f.debug_struct("LateAnswer")
            .field("call", &self.call)
            .field("orders", &self.orders)
            .field("status", &self.status)
            .field("result", &result)
            .finish()
    }
}

/// A function that takes late answers.
#[derive(Clone)]
pub struct LateAnswerHook(Arc<dyn Fn(LateAnswer) + Send + Sync>);

impl LateAnswerHook {
    /// The function.
    pub fn new(hook: impl Fn(LateAnswer) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    /// Hands it an answer.
    pub fn call(&self, answer: LateAnswer) {
        (self.0)(answer);
    }
}

impl fmt::Debug for LateAnswerHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LateAnswerHook")
    }
}
