//! An endpoint as a `tower_service::Service`.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use tower_service::Service;

use crate::endpoint::{BoxFuture, Endpoint};
use crate::server::too_large;

/// An [`Endpoint`] as a `tower_service::Service`, for hyper and every framework that takes one.
#[derive(Debug)]
pub struct EndpointService<E>(Arc<E>);

impl<E: Endpoint> EndpointService<E> {
    /// The endpoint as a service.
    pub fn new(endpoint: E) -> Self {
        Self(Arc::new(endpoint))
    }

    /// The endpoint.
    pub fn endpoint(&self) -> &E {
        &self.0
    }
}

impl<E> Clone for EndpointService<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E, B> Service<Request<B>> for EndpointService<E>
where
    E: Endpoint,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let endpoint = Arc::clone(&self.0);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            // Nothing beyond the limit is kept in memory.
            let answer = match Limited::new(body, endpoint.max_body()).collect().await {
                Ok(body) => endpoint.handle(Request::from_parts(parts, body.to_bytes())).await,
                Err(error) if error.is::<LengthLimitError>() => too_large(),
                Err(error) => {
                    tracing::debug!(%error, "a body did not arrive");
                    let mut response = Response::new(Bytes::new());
                    *response.status_mut() = StatusCode::BAD_REQUEST;
                    response
                }
            };
            Ok(answer.map(Full::new))
        })
    }
}
