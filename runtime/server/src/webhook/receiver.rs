//! Posts behind HTTP.

use std::fmt;
use std::sync::Arc;

use binance_wire_core::{DecodeError, FromJson, ToJson, json};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};

use super::verifier::{Verifier, WebhookError};
use crate::endpoint::{BoxFuture, Endpoint};
use crate::refusal::{Refusal, RefusalKind};
use crate::server::{json_response, method_not_allowed, too_large};
use crate::settings::{SettingsError, check_path};

/// The default limit of a post, in bytes: many times the size of any documented event.
const MAX_BODY: usize = 256 * 1024;

/// The handler's reply to an event as JSON, or nothing where the documentation asks for none.
pub type Receipt = BoxFuture<'static, Result<Option<String>, Refusal>>;

/// Decodes an event and asks the handler.
type Handler = dyn Fn(&[u8]) -> Result<Receipt, DecodeError> + Send + Sync;

/// For generated code: decodes a body and prepares the call of the handler.
///
/// # Errors
/// A body that is none of the documented events.
pub fn receipt<E, R, F>(body: &[u8], handler: impl FnOnce(E) -> F) -> Result<Receipt, DecodeError>
where
    E: FromJson,
    R: ToJson,
    F: Future<Output = Result<Option<R>, Refusal>> + Send + 'static,
{
    let reply = handler(json::from_slice(body)?);
    Ok(Box::pin(async move {
        reply
            .await
            .map(|reply| reply.map(|reply| json::to_string(&reply)))
    }))
}

/// Settings of a [`Receiver`].
#[must_use = "settings do nothing before they are built"]
pub struct ReceiverBuilder {
    path: String,
    max_body: usize,
    verifier: Verifier,
    handler: Arc<Handler>,
}

impl ReceiverBuilder {
    /// For generated code: posts to `path` that `verifier` vouches for go to `handler`.
    pub fn new(
        path: impl Into<String>,
        verifier: Verifier,
        handler: impl Fn(&[u8]) -> Result<Receipt, DecodeError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            path: path.into(),
            max_body: MAX_BODY,
            verifier,
            handler: Arc::new(handler),
        }
    }

    /// The path of the address that you gave to Binance.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The most bytes of a post. Default: 256 KiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// The receiver.
    ///
    /// # Errors
    /// A path that is none.
    pub fn build(self) -> Result<Receiver, SettingsError> {
        check_path(&self.path)?;
        Ok(Receiver {
            path: self.path,
            max_body: self.max_body,
            verifier: self.verifier,
            handler: self.handler,
        })
    }
}

impl fmt::Debug for ReceiverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiverBuilder")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Takes posts from Binance: verifies, decodes, asks your handler, replies.
///
/// What is refused here was not handed over: 400 where a header is missing or unreadable or the event cannot be
/// decoded, 401 where the signature, the recipient or the time is wrong, 413 where the body is too large. The reason is
/// in the log, not in the answer.
pub struct Receiver {
    path: String,
    max_body: usize,
    verifier: Verifier,
    handler: Arc<Handler>,
}

impl Receiver {
    fn accept(&self, request: &Request<Bytes>) -> Result<Receipt, WebhookError> {
        let body = request.body();
        if body.len() > self.max_body {
            return Err(WebhookError::TooLarge(self.max_body));
        }
        self.verifier.verify(request.headers(), body)?;
        (self.handler)(body).map_err(|error| WebhookError::Decode {
            error,
            body: body.to_vec(),
        })
    }
}

impl Endpoint for Receiver {
    fn paths(&self) -> Vec<&str> {
        vec![&self.path]
    }

    fn max_body(&self) -> usize {
        self.max_body
    }

    fn handle(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        Box::pin(async move {
            if request.uri().path() != self.path {
                return empty(StatusCode::NOT_FOUND);
            }
            if request.method() != http::Method::POST {
                return method_not_allowed("POST");
            }
            let receipt = match self.accept(&request) {
                Ok(receipt) => receipt,
                Err(error) => {
                    tracing::warn!(path = self.path, %error, "webhook refused");
                    return match error {
                        WebhookError::TooLarge(_) => too_large(),
                        WebhookError::WrongRecipient
                        | WebhookError::WrongSignature
                        | WebhookError::Stale { .. } => empty(StatusCode::UNAUTHORIZED),
                        _ => empty(StatusCode::BAD_REQUEST),
                    };
                }
            };
            match receipt.await {
                Ok(Some(reply)) => json_response(StatusCode::OK, reply),
                Ok(None) => empty(StatusCode::OK),
                Err(refusal) => refused(&refusal),
            }
        })
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// A refusal of the handler: a status that is not 200, so that whoever repeats posts repeats this one.
fn refused(refusal: &Refusal) -> Response<Bytes> {
    let mut response = empty(match refusal.kind() {
        RefusalKind::Invalid => StatusCode::BAD_REQUEST,
        RefusalKind::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    });
    if let Some(seconds) = refusal.retry_seconds() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
