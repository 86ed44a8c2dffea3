//! The meaning of a response, or of its absence, for the caller.

use std::ops::Range;

use binance_wire_core::envelope::is_refusal;
use binance_wire_core::{
    ApiError, CallName, DecodeError, DecodeErrorKind, Error, ErrorCode, LateAnswer, OperationInfo, OrderRef,
    RawBody, Retry, Sent, TransportError, Unresolved,
};

use super::connection::RawResponse;
use super::frame::{Envelope, Said, read_error};

/// The properties of a request that determine the meaning of its failures.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) method: &'static str,
    pub(crate) info: &'static OperationInfo,
    /// What a mutation is about.
    pub(crate) orders: Vec<OrderRef>,
    /// When it was signed.
    pub(crate) sent: Option<Sent>,
}

impl Subject {
    /// Of a read that is no operation's.
    pub(crate) fn of_read(method: &'static str) -> Self {
        Self {
            method,
            info: const { &OperationInfo::DEFAULT },
            orders: Vec::new(),
            sent: None,
        }
    }

    /// What is needed to find out what became of the request, where it changes something.
    fn unresolved(&self) -> Option<Unresolved> {
        self.info
            .mutation
            .then(|| Unresolved::new(self.info, self.orders.clone(), self.sent))
    }

    pub(crate) fn name(&self) -> CallName {
        CallName {
            operation: self.info.id,
            method: self.method,
            path: "",
        }
    }

    /// The request went out and no answer came, nor will one come.
    pub(crate) fn unanswered(&self, reason: &str) -> Error {
        match self.unresolved() {
            Some(unresolved) => {
                Error::execution_unknown(unresolved, None, reason.to_owned(), None, RawBody::default())
            }
            None => self.not_sent(reason),
        }
    }

    /// The request never went out, or was a read.
    pub(crate) fn not_sent(&self, reason: &str) -> Error {
        Error::Transport(TransportError::new("calling", reason))
    }

    /// Its deadline passed while it waited for what `action` says; it never went out.
    pub(crate) fn past_deadline(&self, action: &str) -> Error {
        TransportError::past_deadline(action).into()
    }

    /// The client is closed; it never went out.
    pub(crate) fn closed(&self, reason: &str) -> Error {
        TransportError::shut_down("calling", format!("the connection is closed: {reason}")).into()
    }

    /// There is an answer, and nobody can read it: what was to be changed may have been.
    pub(crate) fn undecodable(&self, status: u16, text: &str, error: DecodeError) -> Error {
        Error::undecodable(self.unresolved(), status, text.as_bytes().to_vec(), error)
    }

    /// The response to a request that nobody waits for any more.
    pub(crate) fn late(
        self,
        response: &RawResponse,
        code_name: fn(ErrorCode) -> Option<&'static str>,
    ) -> LateAnswer {
        let RawResponse { text, envelope } = response;
        let result = self.result(text, envelope);
        let result = result.map(|span| text.get(span).unwrap_or_default().as_bytes().to_vec().into());
        let result = result.map_err(|error| error.of_call(self.name(), code_name));
        LateAnswer::new(self.name(), self.orders, envelope.status, result)
    }

    /// The place of a response's result, or the error in it.
    pub(crate) fn result(&self, text: &str, envelope: &Envelope) -> Result<Range<usize>, Error> {
        let status = envelope.status;
        let part = |span: &Range<usize>| text.get(span.clone()).unwrap_or_default();
        let missing = |name| DecodeError::new(DecodeErrorKind::MissingField(name), text.len());
        let is_success = (200..300).contains(&status);
        // A refusal may be in the place of a result.
        let refusal = envelope.result.as_ref().filter(|span| is_refusal(part(span)));
        match (envelope.error.as_ref().or(refusal), &envelope.result) {
            (Some(error), _) => {
                // An error under a status of success contradicts itself.
                let doubtful = is_success && envelope.error.is_some();
                Err(self.failed(text, status, doubtful, read_error(part(error), status)))
            }
            (None, Some(result)) if is_success => Ok(result.clone()),
            (None, _) => {
                let name = if is_success { "result" } else { "error" };
                Err(self.failed(text, status, false, Err(missing(name))))
            }
        }
    }

    /// The meaning of a response that is not a result: `said` is the error in it. What it does not refuse with a code and
    /// a message may have been carried out, except where a limit or the firewall kept it from the exchange.
    fn failed(&self, text: &str, status: u16, doubtful: bool, said: Result<Said, DecodeError>) -> Error {
        let has_code = said.as_ref().is_ok_and(|said| !said.error.is_without_code());
        // The firewall in front of the exchange knows no codes.
        if status == 403 && !has_code {
            return Error::Forbidden {
                body: text.into(),
                call: None,
            };
        }
        let unknown = doubtful
            || status >= 500
            || said
                .as_ref()
                .is_ok_and(|said| said.error.code.is_unknown_execution());
        if unknown && (status >= 500 || has_code) {
            return self.unknown(text, status, said.ok().map(|said| said.error));
        }
        let said = match said {
            Ok(said) if said.is_whole || matches!(status, 418 | 429) => said,
            Err(_) if matches!(status, 418 | 429) => Said::nothing(status),
            Ok(_) => {
                let missing = DecodeError::new(DecodeErrorKind::MissingField("code"), text.len());
                return self.undecodable(status, text, missing);
            }
            Err(error) => return self.undecodable(status, text, error),
        };
        let Retry { after, at } = said.retry();
        // The code is that of a cancel-replace which met a limit; with other statuses it is a plain refusal of futures.
        let in_part = said.error.code == ErrorCode::CANCEL_REPLACE_PARTIALLY_FAILED;
        match status {
            _ if status == 409 || status == 429 && in_part => Error::PartialSuccess {
                retry_after: after,
                retry_at: at,
                error: Box::new(said.error),
            },
            418 => Error::Banned {
                retry_after: after,
                retry_at: at,
                error: Box::new(said.error),
            },
            429 => Error::RateLimited {
                retry_after: after,
                retry_at: at,
                error: Box::new(said.error),
            },
            _ => Error::Api(said.error),
        }
    }

    /// The exchange failed, or does not know itself.
    fn unknown(&self, text: &str, status: u16, error: Option<ApiError>) -> Error {
        let Some(unresolved) = self.unresolved() else {
            return Error::Server {
                status,
                error: error.map(Box::new),
                body: text.into(),
                call: None,
            };
        };
        let reason = match &error {
            Some(error) => error.to_string(),
            None => format!("status {status}"),
        };
        // What has been read is in the error.
        let body = match &error {
            Some(_) => RawBody::default(),
            None => text.as_bytes().to_vec().into(),
        };
        Error::execution_unknown(unresolved, Some(status), reason, error, body)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use binance_wire_core::{Identified, Identity, OrderIds, ParamSink, Timestamp};

    use super::super::frame::{Incoming, read};
    use super::*;

    fn subject(mutation: bool) -> Subject {
        const MUTATION: OperationInfo = OperationInfo {
            mutation: true,
            ..OperationInfo::DEFAULT
        };
        const IDENTITY: Identity = Identity {
            made: &["newClientOrderId"],
            ..Identity::NONE
        };
        if !mutation {
            return Subject::of_read("order.status");
        }
        let params = |sink: &mut dyn ParamSink| sink.text("newClientOrderId", "mine");
        Subject {
            method: "order.place",
            info: const { &MUTATION },
            orders: Identified::new(&IDENTITY, &OrderIds::off(), &params).into_orders(),
            sent: None,
        }
    }

    fn outcome(mutation: bool, text: &str) -> Result<String, Error> {
        let Ok(Incoming::Response(envelope)) = read(text) else {
            panic!("a response")
        };
        subject(mutation)
            .result(text, &envelope)
            .map(|span| text[span].to_owned())
    }

    fn failed(mutation: bool, status: u16, code: i32) -> Error {
        let text = format!(r#"{{"id":1,"status":{status},"error":{{"code":{code},"msg":"m"}}}}"#);
        outcome(mutation, &text).unwrap_err()
    }

    #[test]
    fn statuses_become_what_to_do() {
        assert_eq!(
            outcome(true, r#"{"id":1,"status":200,"result":[]}"#).unwrap(),
            "[]"
        );
        assert!(matches!(failed(true, 400, -1121), Error::Api(error) if error.code == ErrorCode(-1121)));
        assert!(matches!(failed(true, 401, -2015), Error::Api(error) if error.status == 401));
        assert!(matches!(failed(true, 403, 0), Error::Forbidden { .. }));
        assert!(matches!(failed(true, 409, -2021), Error::PartialSuccess { .. }));
        assert!(matches!(failed(true, 429, -2021), Error::PartialSuccess { .. }));
        // Of futures: the order would be triggered at once, and was refused.
        assert!(matches!(failed(true, 400, -2021), Error::Api(_)));
        assert!(matches!(failed(true, 429, -2022), Error::RateLimited { .. }));
        // Refused with a status of success, as `referencePrice` is where there is none.
        for result in [r#"{"code":-2043,"msg":"m"}"#, r#"{ "msg": "m", "code": -2043 }"#] {
            let text = format!(r#"{{"id":1,"status":200,"result":{result}}}"#);
            assert!(
                matches!(outcome(false, &text), Err(Error::Api(error)) if error.code == ErrorCode(-2043))
            );
        }
        for result in [
            r#"{"code":200,"msg":"success"}"#,
            r#"[{"code":-2022,"msg":"m"}]"#,
            r#"{"code":-2022,"msg":"m","orderId":1}"#,
            r#"{"code":-2022}"#,
        ] {
            let text = format!(r#"{{"id":1,"status":200,"result":{result}}}"#);
            assert_eq!(outcome(true, &text).unwrap(), result);
        }
        assert!(matches!(
            outcome(true, r#"{"id":1,"status":403}"#),
            Err(Error::Forbidden { .. })
        ));
    }

    #[test]
    fn an_answer_that_cannot_be_read_says_nothing_of_a_mutation() {
        for text in [
            r#"{"id":1,"status":200}"#,
            r#"{"id":1,"status":400}"#,
            r#"{"id":1,"result":{"symbol":"BTCUSDT","orderId":28,"status":"FILLED"}}"#,
            r#"{"id":1,"result":{"code":200,"msg":"success"}}"#,
            r#"{"id":1,"status":0,"result":{"symbol":"BTCUSDT","orderId":28,"status":"FILLED"}}"#,
            r#"{"id":1,"status":65736,"result":{"orderId":28}}"#,
            r#"{"id":1,"status":302,"result":{"orderId":28}}"#,
            r#"{"id":1,"status":100,"result":{"code":0,"msg":"accepted"}}"#,
            r#"{"id":1,"status":408,"error":{}}"#,
            r#"{"id":1,"status":409,"error":{}}"#,
            r#"{"id":1,"status":400,"error":{"code":-2010}}"#,
            r#"{"id":1,"status":400,"error":{"reason":"upstream timeout"}}"#,
            r#"{"id":1,"status":200,"result":{"orderId":28},"error":{}}"#,
        ] {
            match outcome(true, text).unwrap_err() {
                Error::ExecutionUnknown {
                    client_order_id,
                    status: Some(_),
                    body,
                    ..
                } => {
                    assert_eq!(client_order_id.as_deref(), Some("mine"));
                    assert_eq!(body, text.as_bytes());
                }
                other => panic!("{other:?}"),
            }
            assert!(matches!(outcome(false, text), Err(Error::Decode { .. })));
        }
    }

    #[test]
    fn an_error_under_a_status_of_success_keeps_its_code() {
        for code in [-1007, -2010] {
            let error = failed(true, 200, code);
            assert!(
                matches!(&error, Error::ExecutionUnknown { error: Some(said), .. } if said.code.0 == code),
                "{error:?}"
            );
        }
        let result = r#"{"id":1,"status":200,"error":null,"result":{}}"#;
        assert_eq!(outcome(true, result).unwrap(), "{}");
    }

    #[test]
    fn a_limit_needs_no_code() {
        for error in [r#","error":{}"#, r#","error":"slow down""#, ""] {
            let text = |status: u16| format!(r#"{{"id":1,"status":{status}{error}}}"#);
            assert!(
                matches!(outcome(true, &text(429)), Err(Error::RateLimited { .. })),
                "{error}"
            );
            assert!(
                matches!(outcome(true, &text(418)), Err(Error::Banned { .. })),
                "{error}"
            );
        }
    }

    #[test]
    fn limits_name_the_moment() {
        let text = |status: u16| {
            format!(
                r#"{{"id":1,"status":{status},"error":{{"code":-1003,"msg":"m","data":{{"serverTime":1659142907531,"retryAfter":1659142979024}}}}}}"#
            )
        };
        let expected = (
            Some(Duration::from_millis(71_493)),
            Some(Timestamp::from_millis(1_659_142_979_024)),
        );
        for status in [429, 418] {
            let Err(
                Error::RateLimited {
                    retry_after,
                    retry_at,
                    ..
                }
                | Error::Banned {
                    retry_after,
                    retry_at,
                    ..
                },
            ) = outcome(true, &text(status))
            else {
                panic!("{status} is a limit");
            };
            assert_eq!((retry_after, retry_at), expected);
        }
    }

    #[test]
    fn what_may_have_been_carried_out_is_unknown() {
        for (status, code) in [
            (500, -1000),
            (503, -1008),
            (504, -1007),
            (400, -1006),
            (408, -1007),
        ] {
            match failed(true, status, code) {
                Error::ExecutionUnknown {
                    client_order_id,
                    status: got,
                    error,
                    ..
                } => {
                    assert_eq!(client_order_id.as_deref(), Some("mine"));
                    assert_eq!(got, Some(status));
                    assert_eq!(error.map(|error| error.code), Some(ErrorCode(code)));
                }
                other => panic!("{other:?}"),
            }
            assert!(matches!(failed(false, status, code), Error::Server { .. }));
        }
        let lost = |mutation| subject(mutation).unanswered("cut");
        assert!(matches!(lost(true), Error::ExecutionUnknown { status: None, .. }));
        assert!(matches!(lost(false), Error::Transport(_)));
    }
}
