//! TCP connections, straight or through a proxy.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::{Authority, PathAndQuery};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::Proxy;

/// An error of any kind.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Makes TCP connections. Of a host with several addresses the first that answers is taken, of both families.
#[derive(Clone, Debug)]
pub struct Connector {
    tcp: HttpConnector,
    proxy: Proxy,
}

impl Connector {
    /// Returns a connector that goes through `proxy`.
    pub fn new(proxy: Proxy) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Requests are small and must not wait for each other.
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(Duration::from_secs(30)));
        Self { tcp, proxy }
    }

    /// Sets the time limit of connecting to the host, or to the proxy in front of it.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.tcp.set_connect_timeout(Some(timeout));
        self
    }

    /// Connects to the host and port of an `http` or `https` address.
    ///
    /// # Errors
    /// Why there is no connection.
    pub async fn connect(&mut self, destination: Uri) -> Result<TcpStream, BoxError> {
        self.call(destination).await.map(TokioIo::into_inner)
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let mut tcp = self.tcp.clone();
        let Some(proxy) = self.proxy.of(&destination) else {
            return Box::pin(async move { Ok(tcp.call(destination).await?) });
        };
        let address = proxy.uri().clone();
        Box::pin(async move {
            let destination = with_port(destination)?;
            let through = |error: BoxError| -> BoxError { Through(error).into() };
            match address.scheme_str() {
                Some("http") => {
                    let mut tunnel = Tunnel::new(address, tcp);
                    if let Some(auth) = proxy.basic_auth() {
                        tunnel = tunnel.with_auth(auth.clone());
                    }
                    tunnel
                        .call(destination)
                        .await
                        .map_err(|error| through(error.into()))
                }
                Some(scheme @ ("socks5" | "socks5h")) => {
                    let mut socks = SocksV5::new(address.clone(), tcp).local_dns(scheme == "socks5");
                    if let Some((user, password)) = proxy.raw_auth() {
                        socks = socks.with_auth(user.to_owned(), password.to_owned());
                    }
                    socks
                        .call(destination)
                        .await
                        .map_err(|error| through(error.into()))
                }
                _ => Err("the proxy is of a kind that is not supported: http, socks5 and socks5h are".into()),
            }
        })
    }
}

/// A failure of, or behind, the proxy.
#[derive(Debug)]
struct Through(BoxError);

impl std::fmt::Display for Through {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "through the proxy: {}", self.0)
    }
}

impl std::error::Error for Through {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// The address with its port written out, which a tunnel would otherwise take for that of TLS.
fn with_port(destination: Uri) -> Result<Uri, BoxError> {
    if destination.port().is_some() {
        return Ok(destination);
    }
    let host = destination.host().unwrap_or_default();
    let port = match destination.scheme_str() {
        Some("http") => 80,
        _ => 443,
    };
    let authority: Authority = format!("{host}:{port}").parse()?;
    let mut parts = destination.into_parts();
    parts.authority = Some(authority);
    parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
    Ok(Uri::from_parts(parts)?)
}
