//! The interface for adapters to web frameworks.

use std::pin::Pin;

use bytes::Bytes;

/// A future that can be sent to another thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that answers HTTP requests, whatever carries them.
///
/// A web framework without an adapter here needs three things: route [`paths`](Self::paths) to it, collect the body up
/// to [`max_body`](Self::max_body) bytes, and await [`handle`](Self::handle) within a tokio runtime.
pub trait Endpoint: Send + Sync + 'static {
    /// The paths that it answers, each beginning with `/` and free of placeholders.
    fn paths(&self) -> Vec<&str>;

    /// The most bytes of a body; more than that is refused.
    fn max_body(&self) -> usize;

    /// Answers a request. A request that is refused is an answer too.
    fn handle(&self, request: http::Request<Bytes>) -> BoxFuture<'_, http::Response<Bytes>>;
}
