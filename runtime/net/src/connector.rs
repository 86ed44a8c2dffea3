//! Connections, straight or through a proxy.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::{Authority, PathAndQuery};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use tower_service::Service;

use crate::Proxy;
use crate::dial::{Dialer, Stream};

/// An error of any kind.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Makes connections, over TCP unless there is a [`Dial`](crate::Dial). Of a host with several addresses the first that
/// answers is taken, of both families.
#[derive(Clone, Debug)]
pub struct Connector {
    base: Base,
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
        let base = Base::Tcp(tcp);
        Self { base, proxy }
    }

    /// The same, with connections that `dialer` makes.
    pub(crate) fn dialing(proxy: Proxy, dialer: Dialer) -> Self {
        let base = Base::Dialer(dialer);
        Self { base, proxy }
    }

    /// Sets the time limit of all attempts to connect to the addresses of a host, among which it is divided. It covers
    /// neither the look-up of the name nor what follows the connection: whoever connects limits the whole.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        if let Base::Tcp(tcp) = &mut self.base {
            tcp.set_connect_timeout(Some(timeout));
        }
        self
    }

    /// Connects to the host and port of an `http` or `https` address.
    ///
    /// # Errors
    /// Why there is no connection.
    pub async fn connect(&mut self, destination: Uri) -> Result<Stream, BoxError> {
        self.call(destination).await.map(TokioIo::into_inner)
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.base.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let mut base = self.base.clone();
        let Some(proxy) = self.proxy.of(&destination) else {
            return Box::pin(async move { Ok(base.call(destination).await?) });
        };
        let address = proxy.uri().clone();
        Box::pin(async move {
            let destination = with_port(destination)?;
            let through = |error: BoxError| -> BoxError { Through(error).into() };
            match address.scheme_str() {
                Some("http") => {
                    let mut tunnel = Tunnel::new(address, base);
                    if let Some(auth) = proxy.basic_auth() {
                        tunnel = tunnel.with_auth(auth.clone());
                    }
                    tunnel
                        .call(destination)
                        .await
                        .map_err(|error| through(error.into()))
                }
                Some(scheme @ ("socks5" | "socks5h")) => {
                    let mut socks = SocksV5::new(address.clone(), base).local_dns(scheme == "socks5");
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

/// Connects straight: to the destination, or to the proxy.
#[derive(Clone, Debug)]
enum Base {
    Tcp(HttpConnector),
    Dialer(Dialer),
}

impl Service<Uri> for Base {
    type Response = TokioIo<Stream>;
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failed>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        match self {
            Self::Tcp(tcp) => tcp.poll_ready(cx).map_err(|error| Failed(error.into())),
            Self::Dialer(_) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        match self {
            Self::Tcp(tcp) => {
                let connecting = tcp.call(destination);
                Box::pin(async move {
                    let stream = connecting.await.map_err(|error| Failed(error.into()))?;
                    Ok(TokioIo::new(Stream::Tcp(stream.into_inner())))
                })
            }
            Self::Dialer(dialer) => {
                let host = destination.host().unwrap_or_default();
                let host = host
                    .strip_prefix('[')
                    .and_then(|host| host.strip_suffix(']'))
                    .unwrap_or(host);
                let dialing = dialer.0.dial(host, port_of(&destination));
                Box::pin(async move {
                    let stream = dialing.await.map_err(|error| Failed(error.into()))?;
                    Ok(TokioIo::new(Stream::Dialed(stream)))
                })
            }
        }
    }
}

/// The reason why there is no connection.
#[derive(Debug)]
struct Failed(BoxError);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
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

/// The port of an address, of its scheme where it has none.
fn port_of(destination: &Uri) -> u16 {
    match (destination.port_u16(), destination.scheme_str()) {
        (Some(port), _) => port,
        (None, Some("http")) => 80,
        (None, Some("socks5" | "socks5h")) => 1080,
        (None, _) => 443,
    }
}

/// The address with its port written out, which a tunnel would otherwise take for that of TLS.
fn with_port(destination: Uri) -> Result<Uri, BoxError> {
    if destination.port().is_some() {
        return Ok(destination);
    }
    let host = destination.host().unwrap_or_default();
    let port = port_of(&destination);
    let authority: Authority = format!("{host}:{port}").parse()?;
    let mut parts = destination.into_parts();
    parts.authority = Some(authority);
    parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
    Ok(Uri::from_parts(parts)?)
}
