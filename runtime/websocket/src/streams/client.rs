//! The handle of a stream connection.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use binance_wire_core::{Error, Text, TransportError};
use rustls::ClientConfig;
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

use super::builder::{StreamClientBuilder, StreamConfig};
use super::supervisor::{Command, Supervisor};
use crate::event_stream::{Sink, TextDecoder};
use crate::socket::{Connect, Socket};
use crate::subscriptions::{MAX_STREAMS, SubscriptionSet};

/// How long the server may take to answer a control message.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Commands that may wait for the connection's task to take them.
const COMMANDS: usize = 64;

/// Changes the subscriptions of a stream connection while it runs. Cloning is cheap.
///
/// The messages come out of the [`EventStream`](crate::EventStream) that is made together with it; the connection
/// lives as long as that does.
///
/// ```no_run
/// use binance_wire_core::{RawJson, json};
/// use binance_wire_websocket::{StreamClient, StreamItem};
///
/// # async fn example() -> Result<(), binance_wire_core::Error> {
/// let (client, mut messages) = StreamClient::builder(["wss://stream.binance.com:9443"], json::from_str::<RawJson>)
///     .streams(["btcusdt@trade"])
///     .connect()
///     .await?;
/// client.subscribe(["bnbusdt@bookTicker"]).await?;
/// while let Some(item) = messages.next().await {
///     match item {
///         StreamItem::Event(message) => println!("{message:?}"),
///         news => println!("{news:?}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct StreamClient {
    commands: mpsc::Sender<Command>,
}

impl fmt::Debug for StreamClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamClient").finish_non_exhaustive()
    }
}

/// Ends the connection when the consumer of its messages is dropped.
struct Guard(mpsc::Sender<Command>);

impl Drop for Guard {
    fn drop(&mut self) {
        // Where the queue is full, the task notices at the next message.
        let _ = self.0.try_send(Command::ConsumerGone);
    }
}

fn transport(action: &str, reason: &str) -> Error {
    Error::Transport(TransportError::new(action, reason))
}

impl StreamClient {
    /// A connection to the first of `urls` that takes it; the others are tried when it fails. An address is
    /// scheme, host and port, such as `wss://stream.binance.com:9443`. `decode` turns a whole text frame, its
    /// wrapper included, into a message; it runs on the task that reads the connection.
    pub fn builder<M: Send + 'static, U: Into<String>>(
        urls: impl IntoIterator<Item = U>,
        decode: TextDecoder<M>,
    ) -> StreamClientBuilder<M> {
        StreamClientBuilder::new(urls.into_iter().map(Into::into).collect(), decode)
    }

    pub(crate) async fn start(
        config: StreamConfig,
        tls: Arc<ClientConfig>,
        sink: Box<dyn Sink>,
    ) -> Result<(Self, Box<dyn Any + Send + Sync>), Error> {
        let timeout = config.reconnect.connect_timeout;
        let connect = Connect {
            tls,
            api_key: config.api_key.clone(),
            timeout,
        };
        let mut set = SubscriptionSet::new(PATIENCE, 1);
        let named = config.on_address(config.streams.iter());
        set.on_address(&named);
        set.subscribe(&config.streams, None).map_err(|_| too_many())?;
        let mut first = None;
        let mut failure = Error::Unusable("no address to connect to".into());
        for index in 0..config.urls.len() {
            let Some(url) = config.endpoint(index, &named) else {
                break;
            };
            match Socket::connect(&url, &connect).await {
                Ok(socket) => {
                    first = Some(socket);
                    break;
                }
                Err(error) => failure = error.error,
            }
        }
        let Some(first) = first else { return Err(failure) };
        let (commands, receiver) = mpsc::channel(COMMANDS);
        let (started, outcome) = oneshot::channel();
        let supervisor = Supervisor::new(config, connect, receiver, sink, started);
        tokio::spawn(
            supervisor
                .run(first, set)
                .instrument(tracing::info_span!("binance_streams")),
        );
        match outcome.await {
            Ok(Ok(())) => Ok((
                Self {
                    commands: commands.clone(),
                },
                Box::new(Guard(commands)),
            )),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(transport("connecting", "its task ended")),
        }
    }

    async fn ask<T>(
        &self,
        action: &str,
        command: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Command,
    ) -> Result<T, Error> {
        let (done, outcome) = oneshot::channel();
        let work = async {
            self.commands
                .send(command(done))
                .await
                .map_err(|_| transport(action, "the connection is closed"))?;
            outcome
                .await
                .map_err(|_| transport(action, "the connection is closed"))?
        };
        // Longer than the server has for its answer: this covers waiting for a connection and for the limit of
        // messages a second as well.
        match tokio::time::timeout(3 * PATIENCE, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(transport(action, "no connection in time")),
        }
    }

    /// Subscribes to streams, and returns when the server has confirmed them. From then on they are part of what
    /// is subscribed again on every later connection.
    ///
    /// # Errors
    /// Where the connection would carry more than 1024 streams, or the server refuses a name; then none of the
    /// streams refused is kept. Where the connection is lost before the answer the error says so, and the
    /// streams stay wanted.
    pub async fn subscribe<N: Into<Text>>(&self, names: impl IntoIterator<Item = N>) -> Result<(), Error> {
        let names = names.into_iter().map(Into::into).collect();
        self.ask("subscribing", |done| Command::Subscribe { names, done })
            .await
    }

    /// Unsubscribes from streams, and returns when the server has confirmed it. Messages that were under way may
    /// still come.
    ///
    /// # Errors
    /// Where the server refuses it or does not answer.
    pub async fn unsubscribe<N: Into<Text>>(&self, names: impl IntoIterator<Item = N>) -> Result<(), Error> {
        let names = names.into_iter().map(Into::into).collect();
        self.ask("unsubscribing", |done| Command::Unsubscribe { names, done })
            .await
    }

    /// The streams that this client keeps subscribed, sorted by name.
    ///
    /// # Errors
    /// Where the connection is closed.
    pub async fn subscriptions(&self) -> Result<Vec<Text>, Error> {
        self.ask("reading the subscriptions", |done| Command::Wanted { done })
            .await
    }

    /// The streams that the server says this connection is subscribed to.
    ///
    /// # Errors
    /// Where the server refuses to say, or the connection is lost before it does.
    pub async fn list_subscriptions(&self) -> Result<Vec<Text>, Error> {
        self.ask("listing subscriptions", |done| Command::List { done })
            .await
    }

    /// Closes the connection; the message stream ends.
    pub async fn close(&self) {
        let _ = self.ask("closing", |done| Command::Close { done }).await;
    }
}

pub(crate) fn too_many() -> Error {
    Error::Unusable(format!(
        "a connection carries at most {MAX_STREAMS} streams; open another one for more"
    ))
}
