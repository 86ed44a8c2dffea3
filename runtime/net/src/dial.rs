//! Connections that something other than TCP makes.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::{fmt, io::IoSlice};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A stream of bytes in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection that a [`Dial`] makes, once it is made.
pub type Dialing = Pin<Box<dyn Future<Output = io::Result<Box<dyn Duplex>>> + Send>>;

/// Makes connections in place of TCP: over a Unix socket, a tunnel of one's own, or the simulated network of a test.
///
/// TLS goes on top of the connection for `https` and `wss`. The time limit of connecting applies, and a proxy, where one
/// is set, is what is dialed.
///
/// ```
/// use binance_wire_net::{Dial, Dialing, Duplex};
///
/// /// Connects to this machine, whatever the name of the host.
/// struct Local;
///
/// impl Dial for Local {
///     fn dial(&self, _host: &str, port: u16) -> Dialing {
///         Box::pin(async move {
///             let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
///             Ok(Box::new(stream) as Box<dyn Duplex>)
///         })
///     }
/// }
/// ```
pub trait Dial: Send + Sync + 'static {
    /// Connects to a host, a name or an address without brackets, and port.
    fn dial(&self, host: &str, port: u16) -> Dialing;
}

/// A shared [`Dial`].
#[derive(Clone)]
pub(crate) struct Dialer(pub(crate) Arc<dyn Dial>);

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}

/// A connection without TLS.
pub enum Stream {
    /// Over TCP.
    Tcp(TcpStream),
    /// Made by a [`Dial`].
    Dialed(Box<dyn Duplex>),
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(stream) => stream.fmt(f),
            Self::Dialed(_) => f.write_str("Dialed"),
        }
    }
}

/// Calls a method of whatever connection it is.
macro_rules! forward {
    ($stream:expr, $method:ident($($argument:expr),*)) => {
        match $stream.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).$method($($argument),*),
            Stream::Dialed(stream) => Pin::new(stream).$method($($argument),*),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        forward!(self, poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        forward!(self, poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        forward!(self, poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Dialed(stream) => stream.is_write_vectored(),
        }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}
