//! Answers the operations of a contract.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use binance_wire_core::{DecodeError, FromJson, ToJson, Writer, json};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::arguments;
use crate::contract::{Contract, Operation, RefusalForm};
use crate::endpoint::{BoxFuture, Endpoint};
use crate::idempotency::{Claim, IdempotencyKey, IdempotencyStore};
use crate::refusal::{Refusal, RefusalKind};

/// A request that was read, and the answer that it will have.
pub struct Call {
    /// The arguments as JSON, written the same way for the same arguments.
    request: String,
    /// Asks the handler; gives the answer as JSON.
    answer: BoxFuture<'static, Result<String, Refusal>>,
}

/// For generated code: reads the arguments and prepares the call of the handler.
///
/// # Errors
/// Arguments that are not those of the operation.
pub fn call<Q, A, F>(arguments: &str, handler: impl FnOnce(Q) -> F) -> Result<Call, DecodeError>
where
    Q: FromJson + ToJson,
    A: ToJson,
    F: Future<Output = Result<A, Refusal>> + Send + 'static,
{
    let request: Q = json::Reading::new().strict().read(arguments)?;
    let text = json::to_string(&request);
    let answer = handler(request);
    Ok(Call {
        request: text,
        answer: Box::pin(async move { answer.await.map(|answer| json::to_string(&answer)) }),
    })
}

/// For generated code: calls the method of a trait for an operation.
pub trait Dispatch: Send + Sync + 'static {
    /// The call of operation `index` of the contract with these arguments, a JSON object.
    ///
    /// # Errors
    /// Arguments that are not those of the operation.
    fn call(self: Arc<Self>, index: usize, arguments: &str) -> Result<Call, DecodeError>;
}

/// Answers what Binance asks of your server, without knowing what carries the requests.
///
/// Generated crates make one from your implementation of their trait. It is an [`Endpoint`]: hand it to
/// [`router`](crate::router), to [`EndpointService`](crate::EndpointService), or call it yourself.
///
/// Operations with an idempotency key run in a tokio task of their own, so that neither a caller who hangs up nor the
/// time limit stops them half-way.
pub struct Server {
    pub(crate) contract: &'static Contract,
    pub(crate) dispatch: Arc<dyn Dispatch>,
    pub(crate) routes: Vec<Route>,
    pub(crate) time_limit: Option<Duration>,
    pub(crate) max_body: usize,
    pub(crate) overload: Option<Overload>,
    pub(crate) token: Option<String>,
    pub(crate) store: Arc<dyn IdempotencyStore>,
}

/// An operation and where it is.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) path: String,
    pub(crate) operation: &'static Operation,
}

/// The result of looking for a path.
enum Found<'s> {
    Route(usize, &'s Route),
    /// Something that is called by these methods.
    OtherMethod(String),
    Nothing,
}

/// When it is too much.
#[derive(Debug)]
pub(crate) struct Overload {
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) retry_after: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("product", &self.contract.product)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}

impl Endpoint for Server {
    fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = self.routes.iter().map(|route| route.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    fn max_body(&self) -> usize {
        self.max_body
    }

    fn handle(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        Box::pin(async move {
            if request.body().len() > self.max_body {
                return too_large();
            }
            let (index, route) = match self.find(&request) {
                Found::Route(index, route) => (index, route),
                Found::OtherMethod(allowed) => return method_not_allowed(&allowed),
                Found::Nothing => return self.refused(&Refusal::not_offered()),
            };
            match self.answer(index, route.operation, &request).await {
                Ok(answer) if route.operation.enveloped => self.enveloped(&answer),
                Ok(answer) => json_response(StatusCode::OK, answer),
                Err(refusal) => {
                    tracing::debug!(operation = route.operation.id, %refusal, "refused");
                    self.refused(&refusal)
                }
            }
        })
    }
}

impl Server {
    fn find(&self, request: &Request<Bytes>) -> Found<'_> {
        let mut allowed = Vec::new();
        for (index, route) in self.routes.iter().enumerate() {
            if route.path != request.uri().path() {
                continue;
            }
            if route.operation.method == request.method().as_str() {
                return Found::Route(index, route);
            }
            allowed.push(route.operation.method);
        }
        match allowed.is_empty() {
            true => Found::Nothing,
            false => Found::OtherMethod(allowed.join(", ")),
        }
    }

    async fn answer(
        &self,
        index: usize,
        operation: &'static Operation,
        request: &Request<Bytes>,
    ) -> Result<String, Refusal> {
        self.authorized(request.headers())?;
        let permit = self.permit()?;
        let arguments = arguments::collect(operation.arguments, request.uri().query(), request.body())?;
        let call = Arc::clone(&self.dispatch)
            .call(index, &arguments)
            .map_err(|error| Refusal::invalid(format!("invalid argument: {error}")))?;
        if let Some(refusal) = arguments::missing_one_of(&call.request, operation.one_of) {
            return Err(refusal);
        }
        match operation.idempotency_key {
            None => self.within_limit(call.answer).await,
            Some(name) => {
                let value = match arguments::text_of(&call.request, name) {
                    Some(value) if !value.is_empty() => value.into_owned(),
                    _ => return Err(Refusal::invalid(format!("`{name}` is empty"))),
                };
                let key = IdempotencyKey::new(operation.id, value);
                self.once(key, call, permit).await
            }
        }
    }

    async fn within_limit<F>(&self, answer: F) -> Result<String, Refusal>
    where
        F: Future<Output = Result<String, Refusal>> + Send,
    {
        let Some(limit) = self.time_limit else {
            return answer.await;
        };
        tokio::time::timeout(limit, answer)
            .await
            .unwrap_or_else(|_| Err(Refusal::new(RefusalKind::TimedOut, "it took too long")))
    }

    /// Carries a request out unless it was before.
    async fn once(
        &self,
        key: IdempotencyKey,
        call: Call,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<String, Refusal> {
        // Claiming is part of the task: were it dropped between the claim and the call, the key would stay claimed.
        let store = Arc::clone(&self.store);
        let task = tokio::spawn(async move {
            let answer = carry_out(&*store, &key, call).await;
            drop(permit);
            answer
        });
        self.within_limit(async {
            task.await.unwrap_or_else(|error| {
                tracing::error!(%error, "a request with an idempotency key did not end");
                Err(Refusal::failed("internal error"))
            })
        })
        .await
    }

    fn authorized(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(token) = &self.token else {
            return Ok(());
        };
        let sent = headers
            .get(header::AUTHORIZATION)
            .map_or(&b""[..], HeaderValue::as_bytes);
        let right = match sent.split_at_checked(7) {
            Some((scheme, sent)) if scheme.eq_ignore_ascii_case(b"Bearer ") => {
                aws_lc_rs::constant_time::verify_slices_are_equal(sent, token.as_bytes()).is_ok()
            }
            _ => false,
        };
        match right {
            true => Ok(()),
            false => Err(Refusal::new(RefusalKind::Unauthorized, "unauthorized")),
        }
    }

    fn permit(&self) -> Result<Option<OwnedSemaphorePermit>, Refusal> {
        let Some(overload) = &self.overload else {
            return Ok(None);
        };
        Arc::clone(&overload.permits)
            .try_acquire_owned()
            .map(Some)
            .map_err(|_| Refusal::overloaded(overload.retry_after))
    }

    fn enveloped(&self, answer: &str) -> Response<Bytes> {
        let envelope = &self.contract.envelope;
        let body = match envelope.data {
            None => answer.to_owned(),
            Some(data) => self.envelope(true, envelope.ok, envelope.ok_message, |writer| {
                writer.key(data);
                writer.raw(answer);
            }),
        };
        json_response(StatusCode::OK, body)
    }

    /// A refusal in the form of the contract.
    fn refused(&self, refusal: &Refusal) -> Response<Bytes> {
        let forms = &self.contract.refusals;
        let RefusalForm { status, code } = match refusal.kind() {
            RefusalKind::Invalid => forms.invalid,
            RefusalKind::NotOffered => RefusalForm {
                status: 404,
                ..forms.failed
            },
            RefusalKind::Unauthorized => RefusalForm {
                status: 401,
                ..forms.failed
            },
            RefusalKind::Conflict => RefusalForm {
                status: 409,
                ..forms.invalid
            },
            RefusalKind::Overloaded => forms.overloaded,
            RefusalKind::TimedOut => forms.timed_out,
            RefusalKind::Failed | RefusalKind::Unknown => forms.failed,
        };
        let data = self.contract.envelope.data;
        let body = self.envelope(
            false,
            refusal.code().unwrap_or(code),
            Some(refusal.message()),
            |writer| {
                if let Some(data) = data {
                    writer.key(data);
                    writer.null();
                }
            },
        );
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json_response(status, body);
        let headers = response.headers_mut();
        if let Some(seconds) = refusal.retry_seconds() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if refusal.kind() == RefusalKind::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }

    fn envelope(
        &self,
        success: bool,
        code: &str,
        message: Option<&str>,
        data: impl FnOnce(&mut Writer),
    ) -> String {
        let envelope = &self.contract.envelope;
        let mut writer = Writer::new();
        writer.begin_object();
        if let Some(name) = envelope.success {
            writer.field(name, &success);
        }
        if let Some(name) = envelope.code {
            writer.field(name, code);
        }
        if let (Some(name), Some(message)) = (envelope.message, message) {
            writer.field(name, message);
        }
        data(&mut writer);
        writer.end_object();
        writer.into_string()
    }
}

/// Claims the key, asks the handler, keeps the answer.
async fn carry_out(
    store: &dyn IdempotencyStore,
    key: &IdempotencyKey,
    call: Call,
) -> Result<String, Refusal> {
    let store_failed = |error: &dyn fmt::Display| {
        tracing::error!(%error, operation = key.operation, key = %key.value, "idempotency store");
        Refusal::failed("internal error")
    };
    match store.claim(key, &call.request).await {
        Ok(Claim::Granted) => {}
        Ok(Claim::Answered(answer)) => return Ok(answer),
        Ok(Claim::InProgress) => {
            let refusal = Refusal::new(RefusalKind::TimedOut, "the same request is being carried out");
            return Err(refusal.with_retry_after(Duration::from_secs(1)));
        }
        Ok(Claim::Conflict) => {
            let message = "the same key came with other arguments";
            return Err(Refusal::new(RefusalKind::Conflict, message));
        }
        Err(error) => return Err(store_failed(&error)),
    }
    // What a handler that panicked has done nobody knows: its key stays claimed.
    let answer = AssertUnwindSafe(call.answer).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(operation = key.operation, key = %key.value, "the handler panicked; the key stays claimed");
        Err(Refusal::outcome_unknown("internal error"))
    });
    match &answer {
        Ok(text) => {
            // It was carried out, so the caller gets the answer, even if it cannot be recorded; the key stays claimed.
            if let Err(error) = store.complete(key, text).await {
                store_failed(&error);
            }
        }
        Err(refusal) if refusal.kind() == RefusalKind::Unknown => {}
        Err(_) => {
            if let Err(error) = store.release(key).await {
                store_failed(&error);
            }
        }
    }
    answer
}

pub(crate) fn json_response(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub(crate) fn method_not_allowed(allowed: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    if let Ok(value) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

pub(crate) fn too_large() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    response
}
