//! One WebSocket connection: connecting, frames in, text frames out. The only place that knows the WebSocket
//! library.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use binance_wire_core::{
    ApiError, Credit, Error, ErrorCode, OperationInfo, Retry, Timestamp, TransportError,
};
use binance_wire_limits::{Lane, Permit};
use binance_wire_net::{ConnectBudget, Network, Stream as NetStream};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use rustls::ClientConfig;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::uri::InvalidUri;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message, Utf8Bytes};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use tracing::Instrument as _;

use crate::api::Clock;
use crate::clock::now;
use crate::item::GapReason;
use crate::metric;

/// The largest message taken. The exchange's information about all symbols is some 20 MB of JSON.
const MAX_MESSAGE: usize = 128 << 20;
/// The bytes that may wait to be sent on one connection, so that a server that does not read costs no memory.
const MAX_UNSENT: usize = 16 << 20;

/// Text that came in a frame; cloning shares the memory.
pub(crate) type FrameText = Utf8Bytes;

/// A frame received on a connection.
#[derive(Debug)]
pub(crate) enum Frame {
    Text(FrameText),
    Binary(Bytes),
    /// The peer writes. It is answered before the next frame is read.
    Ping,
    /// The peer has read a ping.
    Pong,
}

/// The settings of every connection of a client.
#[derive(Clone, Debug)]
pub(crate) struct Connect {
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) tcp: binance_wire_net::Connector,
    pub(crate) api_key: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) budget: ConnectBudget,
    pub(crate) clock: Clock,
    /// The limits of the address, and whether the connection is one of the WebSocket API.
    pub(crate) limits: Option<(Lane, bool)>,
}

impl Connect {
    /// Settings for connections to `urls`.
    pub(crate) fn new(
        network: &Network,
        urls: &[String],
        timeout: Duration,
        budget: ConnectBudget,
        clock: Clock,
    ) -> Result<Self, Error> {
        for url in urls {
            network.check_url(url)?;
        }
        Ok(Self {
            tls: network.tls()?,
            tcp: network.connector(timeout)?,
            api_key: None,
            timeout,
            budget,
            clock,
            limits: None,
        })
    }

    /// Takes an attempt to connect to `url`, or says when there may be one. Every connection asks here before it is made.
    pub(crate) fn admit(&self, url: &str, now: Instant) -> Result<(), Instant> {
        let (_, rest) = url.split_once("://").unwrap_or(("", url));
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        self.budget.take(host, now)
    }

    /// Leave of the limiter to connect, where there is one.
    async fn permit(&self) -> Result<Permit, ConnectError> {
        let Some((lane, api)) = &self.limits else {
            return Ok(Permit::unlimited());
        };
        lane.connect(*api, self.timeout)
            .await
            .map_err(|error| ConnectError {
                retry_after: error.wait(lane.now()),
                error,
            })
    }

    /// Whether the limiter lets the address send at all.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.limits.as_ref().map_or(Ok(()), |(lane, _)| lane.check())
    }

    /// Leave of the limiter for requests of this weight that the client makes itself on a connection of the WebSocket API.
    pub(crate) async fn setup(&self, weight: u32) -> Result<Permit, ConnectError> {
        let Some((lane, _)) = self.limits.as_ref().filter(|_| weight > 0) else {
            return Ok(Permit::unlimited());
        };
        let credit = Credit::ip(weight);
        let permit = lane.admit(&OperationInfo::DEFAULT, &credit, false, self.timeout);
        permit.await.map_err(|error| ConnectError {
            retry_after: error.wait(lane.now()),
            error,
        })
    }

    /// [`admit`](Self::admit) for whoever can wait.
    pub(crate) async fn admitted(&self, url: &str) {
        while let Err(at) = self.admit(url, now()) {
            tokio::time::sleep_until(at.into()).await;
        }
    }
}

/// The reason why there is no connection.
#[derive(Debug)]
pub(crate) struct ConnectError {
    pub(crate) error: Error,
    /// The time that the exchange asked to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl ConnectError {
    fn unusable(text: String) -> Self {
        Self {
            error: Error::Unusable(text),
            retry_after: None,
        }
    }

    fn transport(action: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let error = Error::Transport(TransportError::new(action, source));
        Self {
            error,
            retry_after: None,
        }
    }

    /// The server answered the handshake with something other than 101, at `now` by the client's clock.
    fn refused(response: Response<Option<Vec<u8>>>, now: Timestamp) -> Self {
        let status = response.status().as_u16();
        let mut retry = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok())
            .map_or_else(Retry::default, Retry::from_header);
        let body = String::from_utf8_lossy(response.body().as_deref().unwrap_or_default()).into_owned();
        let said = crate::api::error_body(&body, status);
        if let Some(said) = &said {
            retry = retry.or_later(said.retry().at);
        }
        let named = said.as_ref().is_some_and(|said| !said.error.is_without_code());
        let said = said.map(|said| said.error);
        let said_or_body = |said: Option<ApiError>| {
            said.unwrap_or_else(|| ApiError {
                status,
                code: ErrorCode(0),
                code_text: None,
                message: match body.trim() {
                    "" => format!("the WebSocket handshake was answered with status {status}"),
                    body => format!("the WebSocket handshake was answered with status {status}: {body}"),
                },
                data: None,
                code_name: None,
                call: None,
            })
        };
        let Retry {
            after: retry_after,
            at: retry_at,
        } = retry;
        let error = match status {
            403 if !named => Error::Forbidden {
                body: body.into(),
                call: None,
            },
            418 => Error::Banned {
                retry_after,
                retry_at,
                error: Box::new(said_or_body(said)),
            },
            429 => Error::RateLimited {
                retry_after,
                retry_at,
                error: Box::new(said_or_body(said)),
            },
            500.. => Error::Server {
                status,
                error: said.map(Box::new),
                body: body.into(),
                call: None,
            },
            _ => Error::Api(said_or_body(said)),
        };
        Self {
            error,
            retry_after: retry.wait(now),
        }
    }
}

/// The reason why a frame was not taken.
#[derive(Debug)]
pub(crate) enum SendError {
    /// The server reads too slowly: so much waits to be sent that this frame was turned away.
    Full,
    /// The connection broke; a part of the frame may have gone out.
    Broken(GapReason),
}

impl From<SendError> for GapReason {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Full => Self::Broken("the server does not read what is sent".to_owned()),
            SendError::Broken(reason) => reason,
        }
    }
}

/// A ping that was sent on a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ping(pub(crate) u64);

/// A connection that is being made.
pub(crate) type Connecting = Pin<Box<dyn Future<Output = Result<Socket, ConnectError>> + Send>>;

/// An open connection.
#[derive(Debug)]
pub(crate) struct Socket {
    /// Boxed: with its buffers' bookkeeping and the TLS state it is more than a kilobyte that would be moved about.
    ws: Box<WebSocketStream<MaybeTlsStream<NetStream>>>,
    /// Whether something written may still have to be flushed.
    unflushed: bool,
    /// The pings sent so far; each carries its number.
    pings: u64,
    /// The number of the last ping that was answered.
    answered: u64,
    _open: metric::Open,
    /// From its opening to its end, around every frame.
    span: tracing::Span,
}

impl Socket {
    /// Makes a connection, for whoever polls it.
    pub(crate) fn connecting(url: String, options: Connect) -> Connecting {
        tracing::debug!(url = redacted(&url), "connecting");
        Box::pin(async move { Self::connect(&url, &options).await })
    }

    pub(crate) async fn connect(url: &str, options: &Connect) -> Result<Self, ConnectError> {
        let action = format!("connecting to {}", redacted(url));
        let permit = options.permit().await?;
        // An attempt counts, whatever becomes of it.
        permit.sent().store(true, Ordering::Relaxed);
        let span = tracing::debug_span!("connect", url = redacted(url));
        let opening = Self::open(url, options, &action).instrument(span);
        let result = match tokio::time::timeout(options.timeout, opening).await {
            Ok(result) => result,
            Err(_) => Err(ConnectError::transport(&action, "timed out")),
        };
        metric::connecting(result.is_ok());
        match &result {
            Ok(_) => permit.succeeded(&[]),
            Err(error) => permit.failed(&error.error, &[]),
        }
        result
    }

    async fn open(url: &str, options: &Connect, action: &str) -> Result<Self, ConnectError> {
        let mut request = url.into_client_request().map_err(|error| {
            ConnectError::unusable(format!("the address `{}` is not usable: {error}", redacted(url)))
        })?;
        let headers = request.headers_mut();
        headers.insert(
            "user-agent",
            HeaderValue::from_static(concat!("binance-wire/", env!("CARGO_PKG_VERSION"))),
        );
        if let Some(key) = &options.api_key {
            let mut value = HeaderValue::from_str(key)
                .map_err(|_| ConnectError::unusable("the API key is not allowed in a header".into()))?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static("x-mbx-apikey"), value);
        }
        let uri = request.uri();
        let port = match (uri.port_u16(), uri.scheme_str()) {
            (Some(port), Some("ws" | "wss")) => port,
            (None, Some("wss")) => 443,
            (None, Some("ws")) => 80,
            _ => {
                return Err(ConnectError::unusable(format!(
                    "the address `{}` is not ws:// or wss://",
                    redacted(url)
                )));
            }
        };
        let host = uri.host().unwrap_or_default();
        // As the connector and the environment's proxies know it.
        let scheme = if uri.scheme_str() == Some("wss") {
            "https"
        } else {
            "http"
        };
        let address = format!("{scheme}://{host}:{port}")
            .parse()
            .map_err(|error: InvalidUri| ConnectError::transport(action, error))?;
        let tcp = options
            .tcp
            .clone()
            .connect(address)
            .await
            .map_err(|error| ConnectError::transport(action, error))?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE))
            .max_write_buffer_size(MAX_UNSENT);
        let connector = Connector::Rustls(options.tls.clone());
        match client_async_tls_with_config(request, tcp, Some(config), Some(connector)).await {
            Ok((ws, _)) => Ok(Self {
                ws: Box::new(ws),
                unflushed: false,
                pings: 0,
                answered: 0,
                _open: metric::Open::new(),
                span: tracing::debug_span!("connection", url = redacted(url)),
            }),
            Err(WsError::Http(response)) => Err(ConnectError::refused(*response, options.clock.now())),
            Err(error) => Err(ConnectError::transport(action, error)),
        }
    }

    /// Takes a text frame for sending; it goes out as the connection is polled. Once taken it may have
    /// reached the server, whatever happens next.
    pub(crate) fn send(&mut self, text: String) -> Result<(), SendError> {
        self.unflushed = true;
        metric::sent(text.len());
        let _entered = self.span.enter();
        let sent = Pin::new(&mut *self.ws).start_send(Message::text(text));
        sent.map_err(|error| match error {
            WsError::WriteBufferFull(_) => SendError::Full,
            error => SendError::Broken(broken(error)),
        })
    }

    /// Asks the server for a sign of life.
    pub(crate) fn ping(&mut self) -> Result<Ping, GapReason> {
        self.unflushed = true;
        self.pings += 1;
        let number = Bytes::copy_from_slice(&self.pings.to_be_bytes());
        Pin::new(&mut *self.ws)
            .start_send(Message::Ping(number))
            .map_err(broken)?;
        Ok(Ping(self.pings))
    }

    /// Whether the server has answered a ping. Then everything has come that it sent before it read the ping.
    pub(crate) fn has_answered(&self, ping: Ping) -> bool {
        self.answered >= ping.0
    }

    /// The next frame. Also drives what was sent, pongs included.
    pub(crate) fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, GapReason>> {
        if self.unflushed {
            match Pin::new(&mut *self.ws).poll_flush(cx) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                // What the server said before the connection broke is still to be read.
                Poll::Ready(Err(_)) => self.unflushed = false,
                Poll::Pending => {}
            }
        }
        let message = {
            let _entered = self.span.enter();
            std::task::ready!(Pin::new(&mut *self.ws).poll_next(cx))
        };
        Poll::Ready(match message {
            Some(Ok(Message::Text(text))) => {
                metric::received(text.len());
                Ok(Frame::Text(text))
            }
            Some(Ok(Message::Binary(bytes))) => {
                metric::received(bytes.len());
                Ok(Frame::Binary(bytes))
            }
            Some(Ok(Message::Ping(_))) => {
                // The library has queued the pong; have it flushed before anything else is awaited.
                self.unflushed = true;
                Ok(Frame::Ping)
            }
            Some(Ok(Message::Pong(number))) => {
                if let Ok(number) = <[u8; 8]>::try_from(number.as_ref()) {
                    self.answered = self.answered.max(u64::from_be_bytes(number).min(self.pings));
                }
                Ok(Frame::Pong)
            }
            Some(Ok(Message::Frame(_))) => Ok(Frame::Pong),
            Some(Ok(Message::Close(frame))) => Err(GapReason::Closed {
                code: frame.as_ref().map(|frame| frame.code.into()),
                reason: frame
                    .map(|frame| frame.reason.as_str().to_owned())
                    .unwrap_or_default(),
            }),
            Some(Err(error)) => Err(broken(error)),
            None => Err(GapReason::Closed {
                code: None,
                reason: String::new(),
            }),
        })
    }

    /// Says goodbye, waiting a second at most for it to leave.
    pub(crate) async fn close(mut self) {
        let goodbye = std::future::poll_fn(|cx| Pin::new(&mut *self.ws).poll_close(cx));
        let _ = tokio::time::timeout(Duration::from_secs(1), goodbye).await;
    }
}

fn broken(error: WsError) -> GapReason {
    match error {
        WsError::ConnectionClosed | WsError::AlreadyClosed => GapReason::Closed {
            code: None,
            reason: String::new(),
        },
        error => GapReason::Broken(error.to_string()),
    }
}

/// An address for messages and logs: without the query, and without parts of the path that are long enough to be a listen
/// key.
fn redacted(url: &str) -> String {
    const LONGEST: usize = 24;
    let before_query = url.split_once('?').map_or(url, |(before, _)| before);
    let (scheme, rest) = before_query.split_once("://").unwrap_or(("", before_query));
    let mut parts = rest.split('/');
    let host = parts.next().unwrap_or_default();
    let path = parts.map(|part| if part.len() > LONGEST { "…" } else { part });
    let mut text = match scheme {
        "" => host.to_owned(),
        scheme => format!("{scheme}://{host}"),
    };
    for part in path {
        text.push('/');
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_their_secrets() {
        let key = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1";
        for (url, shown) in [
            ("wss://h.example:9443/ws", "wss://h.example:9443/ws"),
            (
                "wss://h.example/stream?streams=btcusdt@trade",
                "wss://h.example/stream",
            ),
            (&format!("wss://h.example/ws/{key}"), "wss://h.example/ws/…"),
            (
                &format!("wss://h.example/private/ws?listenKey={key}"),
                "wss://h.example/private/ws",
            ),
            (&format!("https://h.example/ws/{key}"), "https://h.example/ws/…"),
            (&format!("h.example/{key}"), "h.example/…"),
            ("", ""),
        ] {
            assert_eq!(redacted(url), shown);
        }
    }
}
