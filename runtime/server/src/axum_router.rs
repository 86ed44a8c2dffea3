//! An endpoint as an `axum::Router`.

use crate::endpoint::Endpoint;
use crate::service::EndpointService;

/// The endpoint's paths as a router, to be served, merged with others, or nested under a further prefix.
pub fn router<S>(endpoint: impl Endpoint) -> axum::Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let service = EndpointService::new(endpoint);
    let mut router = axum::Router::new();
    for path in service.endpoint().paths() {
        router = router.route_service(path, service.clone());
    }
    router
}
