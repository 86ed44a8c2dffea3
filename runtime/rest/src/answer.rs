//! From an HTTP answer, or the lack of one, to an error that says what to do.

use std::time::Duration;

use binance_wire_core::envelope::{self, Opened, Refusal};
use binance_wire_core::{
    ApiError, CallName, DecodeError, DecodeErrorKind, Envelope, Error, ErrorCode, RawBody, Retry, Timestamp,
    TransportError, json,
};
use http::{HeaderMap, header};

use crate::call::Call;
use crate::connection::{BoxError, Reply};
use crate::error_body::{ErrorBody, SbeFormat};

/// The length to which a body that is not an error message is cut in an error.
const EXCERPT: usize = 200;

impl Call {
    /// The connection failed, or time ran out.
    pub(crate) fn lost(&self, sent: bool, action: &str, source: BoxError) -> Error {
        match self.unresolved().filter(|_| sent) {
            Some(unresolved) => {
                let reason = format!("{action}: {}", Causes(&*source));
                Error::execution_unknown(unresolved, None, reason, None, RawBody::default())
            }
            None => TransportError::new(action, source).into(),
        }
    }

    /// There is an answer, and nobody can read it: what was to be changed may have been.
    pub(crate) fn undecodable(&self, reply: &Reply, error: DecodeError) -> Error {
        Error::undecodable(self.unresolved(), reply.status, reply.body.to_vec(), error)
    }
}

/// An error with everything behind it, on one line.
struct Causes<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(error) = next {
            write!(f, ": {error}")?;
            next = error.source();
        }
        Ok(())
    }
}

/// Whether an answer is in SBE form.
pub(crate) fn is_sbe(headers: &HeaderMap) -> bool {
    const SBE: &[u8] = b"application/sbe";
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .map_or(&[][..], |value| value.as_bytes());
    content_type
        .get(..SBE.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(SBE))
}

/// What the headers say about when the next request may be sent.
pub(crate) fn retry(headers: &HeaderMap) -> Retry {
    headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .map_or_else(Retry::default, Retry::from_header)
}

/// The time to wait that the headers state, at `now`.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    retry(headers).wait(now)
}

/// Looks at the envelope of a successful answer; `None` where there is none to look at. An answer that says that the
/// request was refused is an error, whatever its status.
pub(crate) fn open(call: &Call, reply: &Reply) -> Result<Option<Opened>, Error> {
    if is_sbe(&reply.headers) {
        return Ok(None);
    }
    let Some(envelope) = call.info.envelope else {
        return match is_refusal(reply) {
            true => Err(failure(call, reply, None, None)),
            false => Ok(None),
        };
    };
    match text_of(reply).and_then(|text| envelope.open(text)) {
        Ok(Opened { refusal: Some(_), .. }) => Err(failure(call, reply, None, Some(envelope))),
        Ok(opened) if opened.is_bare() && is_refusal(reply) => Err(failure(call, reply, None, None)),
        Ok(opened) => Ok(Some(opened)),
        Err(error) => Err(call.undecodable(reply, error)),
    }
}

/// Whether a body is nothing but a code and a message that refuse the request; no longer one is.
fn is_refusal(reply: &Reply) -> bool {
    const LONGEST: usize = 4096;
    reply.body.len() <= LONGEST && text_of(reply).is_ok_and(envelope::is_refusal)
}

/// A body as text.
pub(crate) fn text_of(reply: &Reply) -> Result<&str, DecodeError> {
    std::str::from_utf8(&reply.body)
        .map_err(|error| DecodeError::new(DecodeErrorKind::NotUtf8, error.valid_up_to()))
}

/// What the envelope of a failure says, where it is one.
fn refusal(reply: &Reply, envelope: Option<&Envelope>) -> Option<ApiError> {
    let text = text_of(reply).ok()?;
    let opened = envelope?.open(text).ok()?;
    let refusal: Refusal = opened.refusal?;
    // What answers in front of an API may know nothing of its envelope.
    if opened.message.is_none() && error_body(reply, None).is_ok() {
        return None;
    }
    Some(refusal.into_error(reply.status, text))
}

/// The error of an unsuccessful answer, by its status or by its envelope.
pub(crate) fn failure(
    call: &Call,
    reply: &Reply,
    sbe: Option<SbeFormat>,
    envelope: Option<&Envelope>,
) -> Error {
    let status = reply.status;
    let text = || String::from_utf8_lossy(&reply.body).into_owned();
    let refusal = refusal(reply, envelope);
    let enveloped = refusal.is_some();
    let mut retry = retry(&reply.headers);
    let (error, why) = match refusal {
        Some(error) => (Some(error), None),
        None => match error_body(reply, sbe) {
            Ok(body) => {
                retry = retry.or_later(body.retry_at);
                let error = ApiError {
                    status,
                    code: body.code,
                    code_text: body.code_text,
                    message: body.message,
                    data: body.data,
                    code_name: None,
                    call: None,
                };
                (Some(error), None)
            }
            Err(why) => (None, Some(why)),
        },
    };
    // The firewall in front of the exchange knows no codes.
    if status == 403 && !enveloped && error.as_ref().is_none_or(ApiError::is_without_code) {
        return Error::Forbidden {
            body: text().into(),
            call: None,
        };
    }
    if let Some(error) = &error {
        retry = retry.or_as_said(&error.message);
    }
    let Retry {
        after: retry_after,
        at: retry_at,
    } = retry;
    // A limit is a limit even where something in front of the exchange enforces it and knows no codes.
    let or_excerpt = |error: Option<ApiError>| {
        error.unwrap_or_else(|| ApiError {
            status,
            code: ErrorCode(0),
            code_text: None,
            message: text().chars().take(EXCERPT).collect(),
            data: None,
            code_name: None,
            call: None,
        })
    };
    let unknown = error
        .as_ref()
        .is_some_and(|error| error.code.is_unknown_execution());
    match (status, error) {
        (409, Some(error)) if !enveloped => Error::PartialSuccess {
            retry_after,
            retry_at,
            error: Box::new(error),
        },
        // Of a cancel-replace that met a limit, one part was carried out all the same.
        // With other statuses the code is a plain refusal of futures: the order would be triggered at once.
        (429, Some(error)) if error.code == ErrorCode::CANCEL_REPLACE_PARTIALLY_FAILED => {
            Error::PartialSuccess {
                retry_after,
                retry_at,
                error: Box::new(error),
            }
        }
        (418, error) => Error::Banned {
            retry_after,
            retry_at,
            error: Box::new(or_excerpt(error)),
        },
        (429, error) => Error::RateLimited {
            retry_after,
            retry_at,
            error: Box::new(or_excerpt(error)),
        },
        (_, error) if status >= 500 || unknown => {
            let Some(unresolved) = call.unresolved() else {
                return Error::Server {
                    status,
                    error: error.map(Box::new),
                    body: text().into(),
                    call: None,
                };
            };
            let reason = match &error {
                Some(error) => error.to_string(),
                None => format!("the exchange failed to answer (status {status})"),
            };
            // What has been read is in the error.
            let body = match &error {
                Some(_) => RawBody::default(),
                None => reply.body.to_vec().into(),
            };
            Error::execution_unknown(unresolved, Some(status), reason, error, body)
        }
        (_, Some(error)) => Error::Api(error),
        // A status says what happened to a read, even where nothing else does.
        (300.., None) if call.unresolved().is_none() && !is_sbe(&reply.headers) => {
            let mut error = or_excerpt(None);
            error.message = unreadable(call, &error);
            Error::Api(error)
        }
        (_, None) => {
            let why = why.unwrap_or_else(|| DecodeError::new(DecodeErrorKind::NoMatchingShape, 0));
            call.undecodable(reply, why)
        }
    }
}

/// The message of an error whose body is not the exchange's: most often that of a server which does not know the path.
fn unreadable(call: &Call, error: &ApiError) -> String {
    let CallName { method, path, .. } = call.name();
    let body = match error.message.trim() {
        "" => "no body".to_owned(),
        excerpt => format!("a body that is not the exchange's: {excerpt}"),
    };
    format!(
        "status {} with {body}; does this address serve {method} {path}?",
        error.status
    )
}

fn error_body(reply: &Reply, sbe: Option<SbeFormat>) -> Result<ErrorBody, DecodeError> {
    if !is_sbe(&reply.headers) {
        return json::from_slice(&reply.body);
    }
    let not_an_error = || DecodeError::new(DecodeErrorKind::Other("not an SBE error message".to_owned()), 0);
    sbe.and_then(|sbe| (sbe.decode_error)(&reply.body))
        .ok_or_else(not_an_error)
}
