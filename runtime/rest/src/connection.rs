//! One HTTP/1.1 connection, driven by whoever uses it.

use std::future::{Future, poll_fn};
use std::io::Read as _;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

pub(crate) use binance_wire_net::BoxError;
use binance_wire_net::Stream;
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;
use tower_service::Service;

use crate::metric;

pub(crate) type Connector = HttpsConnector<binance_wire_net::Connector>;

/// What is sent: whole, and empty more often than not.
type Sent = Full<Bytes>;
type Driver = http1::Connection<MaybeHttpsStream<TokioIo<Stream>>, Sent>;

/// A connection that carries one request at a time.
///
/// No task is spawned for it: the future that waits for an answer also moves the bytes. That saves two switches of
/// task a request, and a request that is dropped closes its connection at once.
pub(crate) struct Connection {
    sender: http1::SendRequest<Sent>,
    /// `None` once the connection has come to its end. In a box: it is two kilobytes, which every lease would move.
    driver: Option<Box<Driver>>,
    /// When it was last put aside.
    pub(crate) idle_since: Instant,
    _open: metric::Open,
}

/// The answer to a request.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The index of the host that sent it.
    pub(crate) origin: usize,
}

/// The reason why there is no answer.
pub(crate) enum ExchangeError {
    /// The connection was closed before the first byte of the request went out.
    NotSent(BoxError),
    /// The request may have gone out.
    Broken(BoxError),
    /// The answer was cut off. Its status and headers came, so that a ban in them is known.
    Cut(Box<Reply>, BoxError),
}

impl Connection {
    /// Connects to the host of `uri`, with TLS where its scheme says so.
    pub(crate) async fn open(connector: &Connector, uri: &Uri) -> Result<Self, BoxError> {
        let mut connector = connector.clone();
        poll_fn(|cx| connector.poll_ready(cx)).await?;
        let stream = connector.call(uri.clone()).await?;
        let (sender, driver) = http1::Builder::new().handshake(stream).await?;
        Ok(Self {
            sender,
            driver: Some(Box::new(driver)),
            idle_since: Instant::now(),
            _open: metric::Open::new(),
        })
    }

    /// Whether a kept connection takes another request: looks whether the peer has closed it meanwhile, or has sent
    /// what nobody asked for.
    pub(crate) async fn is_usable(&mut self) -> bool {
        // What has happened to a socket is known once the runtime has looked. Where the thread was busy since the last
        // request, it has not.
        tokio::task::yield_now().await;
        self.takes_requests()
    }

    /// Whether the connection takes a request, as far as the runtime has looked at it.
    pub(crate) fn takes_requests(&mut self) -> bool {
        let Some(driver) = &mut self.driver else {
            return false;
        };
        // Nobody waits: whoever uses the connection polls it.
        let cx = &mut Context::from_waker(Waker::noop());
        if Pin::new(driver).poll(cx).is_ready() {
            self.driver = None;
            return false;
        }
        matches!(self.sender.poll_ready(cx), Poll::Ready(Ok(())))
    }

    /// Whether it is worth keeping after an answer.
    pub(crate) fn is_open(&self) -> bool {
        self.driver.is_some() && !self.sender.is_closed()
    }

    /// Sends `request` and reads the whole answer, of which the body has `max_body` bytes at most.
    pub(crate) async fn exchange(
        &mut self,
        request: Request<Sent>,
        max_body: usize,
    ) -> Result<Reply, ExchangeError> {
        let answer = self.sender.try_send_request(request);
        let exchange = async {
            let response = match answer.await {
                Ok(response) => response,
                Err(mut error) => {
                    return Err(match error.take_message() {
                        Some(_) => ExchangeError::NotSent(error.into_error().into()),
                        None => ExchangeError::Broken(error.into_error().into()),
                    });
                }
            };
            let (parts, body) = response.into_parts();
            let body = match read_body(body, max_body).await {
                Ok(body) => plain(&parts.headers, body, max_body),
                Err(error) => Err(error),
            };
            let reply = |body| Reply {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body,
                origin: 0,
            };
            match body {
                Ok(body) => Ok(reply(body)),
                Err(source) => Err(ExchangeError::Cut(Box::new(reply(Bytes::new())), source)),
            }
        };
        drive(&mut self.driver, exchange).await
    }
}

/// Runs `future` together with the connection that it waits for.
async fn drive<F: Future>(driver: &mut Option<Box<Driver>>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(output);
        }
        if let Some(connection) = driver
            && Pin::new(connection).poll(cx).is_ready()
        {
            // Whatever the connection still owes, dropping it hands out as an error.
            *driver = None;
        }
        future.as_mut().poll(cx)
    })
    .await
}

/// The body as it was before it was compressed.
fn plain(headers: &HeaderMap, body: Bytes, max: usize) -> Result<Bytes, BoxError> {
    let encoding = match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"" | b"identity") => return Ok(body),
        Some(encoding) => encoding,
    };
    if !encoding.eq_ignore_ascii_case(b"gzip") && !encoding.eq_ignore_ascii_case(b"x-gzip") {
        let encoding = encoding.escape_ascii();
        return Err(
            format!("the answer has the Content-Encoding `{encoding}`, and only gzip is understood").into(),
        );
    }
    let mut whole = Vec::new();
    // One byte more than is allowed shows that there is more.
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let unpacked = MultiGzDecoder::new(&*body).take(limit).read_to_end(&mut whole);
    unpacked.map_err(|error| format!("the answer is not good gzip: {error}"))?;
    if whole.len() > max {
        return Err(too_large(max));
    }
    Ok(whole.into())
}

/// All of a body. The usual answer comes in one piece, which is not copied.
async fn read_body(mut body: Incoming, max: usize) -> Result<Bytes, BoxError> {
    let expected = body
        .size_hint()
        .exact()
        .and_then(|size| usize::try_from(size).ok());
    if expected.is_some_and(|size| size > max) {
        return Err(too_large(max));
    }
    let mut whole = Bytes::new();
    let mut pieces = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if whole.len() + pieces.len() + data.len() > max {
            return Err(too_large(max));
        }
        if pieces.is_empty() && whole.is_empty() {
            whole = data;
            continue;
        }
        if pieces.is_empty() {
            pieces.reserve(expected.unwrap_or(whole.len() + data.len()));
            pieces.extend_from_slice(&whole);
            whole = Bytes::new();
        }
        pieces.extend_from_slice(&data);
    }
    Ok(if pieces.is_empty() { whole } else { pieces.freeze() })
}

fn too_large(max: usize) -> BoxError {
    format!("the answer is larger than {max} bytes").into()
}
