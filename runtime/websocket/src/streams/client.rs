//! The handle of stream connections.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use binance_wire_core::{Error, Text, Timestamp, TransportError};
use tokio::sync::{mpsc, oneshot};

use super::builder::StreamClientBuilder;
use super::pool::{Guard, Pool, Share, closed};
use super::rules;
use super::supervisor::{Command, Done};
use crate::event_stream::{Life, TextDecoder};
use crate::queue::Overflow;

/// The time limit of the answer to a control message.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Changes what is subscribed to while it runs. Cloning is cheap.
///
/// The messages come out of the [`EventStream`](crate::EventStream) that is made together with it; the connections
/// live as long as that does.
///
/// Streams are spread over as many connections as they need: one for each route of the product, and another where one
/// carries as many as the exchange allows. Each has its own task, messages of one stream keep their order,
/// and events of a connection are reported with the streams that it carries. A connection that is given up after
/// [`max_attempts`](crate::ReconnectPolicy::max_attempts) ends all.
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
    pool: Arc<Pool>,
}

impl fmt::Debug for StreamClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamClient").finish_non_exhaustive()
    }
}

impl StreamClient {
    /// Connections to the first of `urls` that takes them; the others are tried when it fails. An address is scheme,
    /// host and port, such as `wss://stream.binance.com:9443`, and perhaps a path. `decode` turns a whole text frame,
    /// its wrapper included, into a message; it runs on the task that reads the connection.
    pub fn builder<M: Send + 'static, U: Into<String>>(
        urls: impl IntoIterator<Item = U>,
        decode: TextDecoder<M>,
    ) -> StreamClientBuilder<M> {
        StreamClientBuilder::new(urls.into_iter().map(Into::into).collect(), decode)
    }

    /// Opens what the streams of the settings need, and waits until all of it is there.
    pub(crate) async fn start(pool: Pool) -> Result<(Self, Life), Error> {
        let client = Self { pool: Arc::new(pool) };
        // Whatever goes wrong, the connections that did come about end with it.
        let guard = Guard(Arc::clone(&client.pool));
        let config = client.pool.config();
        if config.urls.is_empty() {
            return Err(Error::Unusable("no address to connect to".into()));
        }
        if !config.streams.is_empty() {
            client.take_on(config.streams.clone()).await?;
        } else if config.rules.routes.is_empty() || config.only.is_some() {
            let opened = client.pool.open_idle();
            opened.await.map_err(|_| closed("connecting"))??;
        }
        Ok((client, Box::new(guard)))
    }

    async fn take_on(&self, names: Vec<Text>) -> Result<(), Error> {
        self.pool.check_overflow(&names)?;
        let mut waiting = Vec::new();
        for mut share in self.pool.assign(names)? {
            let outcome = match share.opened.take() {
                Some(opened) => (opened, None),
                None => {
                    let names = share.streams.clone();
                    let pending = self.send(&share.commands, |done| Command::Subscribe { names, done });
                    (pending.await, Some(3 * PATIENCE))
                }
            };
            waiting.push((share, outcome));
        }
        self.settle("subscribing", waiting, false).await
    }

    /// Waits for all outcomes; the first error counts.
    async fn settle(&self, action: &str, waiting: Vec<(Share, Pending)>, carried: bool) -> Result<(), Error> {
        let mut outcome = Ok(());
        for (share, (pending, patience)) in waiting {
            if let Err(error) = outcome_of(action, pending, patience).await {
                // Where the connection was lost before it answered, the streams stay as they were wanted.
                if !matches!(error, Error::Transport(_)) || share.commands.is_closed() {
                    self.pool.undo(&share, carried);
                }
                outcome = outcome.and(Err(error));
            }
        }
        outcome
    }

    /// Hands a command to a connection; where that has ended, the answer never comes.
    async fn send<T>(
        &self,
        to: &mpsc::Sender<Command>,
        command: impl FnOnce(Done<T>) -> Command,
    ) -> oneshot::Receiver<Result<T, Error>> {
        let (done, outcome) = oneshot::channel();
        let _ = tokio::time::timeout(PATIENCE, to.send(command(done))).await;
        outcome
    }

    /// Subscribes to streams, and returns when the server has confirmed all of them. From then on they are part of
    /// what is subscribed again on every later connection. Where they need a further connection it is opened.
    ///
    /// # Errors
    /// Before anything is sent, for a stream that would stay silent: [`Error::WrongRoute`], or [`Error::Unusable`] where
    /// its symbol is in capitals. Where the server refuses a
    /// name, or a further connection does not come about; then none of the streams refused is kept. Where the
    /// connection is lost before the answer, or there is none for half a minute, the error says so, and the streams stay
    /// wanted; so they do where the future is dropped. What the exchange then refuses comes as
    /// [`StreamItem::Refused`](crate::StreamItem::Refused).
    pub async fn subscribe<N: Into<Text>>(&self, names: impl IntoIterator<Item = N>) -> Result<(), Error> {
        self.take_on(names.into_iter().map(Into::into).collect()).await
    }

    /// Subscribes to streams whose messages are treated in this way when the consumer does not keep up, whatever
    /// [`overflow`](StreamClientBuilder::overflow) says. For streams that are subscribed to already it is changed.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe), and [`Error::Unusable`] where [`Overflow::Latest`] is asked for with a stream that
    /// sends changes (`<symbol>@depth`): nothing is changed then.
    pub async fn subscribe_with_overflow<N: Into<Text>>(
        &self,
        names: impl IntoIterator<Item = N>,
        overflow: Overflow,
    ) -> Result<(), Error> {
        let names: Vec<Text> = names.into_iter().map(Into::into).collect();
        if overflow == Overflow::Latest {
            names
                .iter()
                .try_for_each(|name| rules::check_whole_states(name))?;
        }
        self.pool.set_overflow(&names, Some(overflow));
        self.take_on(names).await
    }

    /// Unsubscribes from streams, and returns when the server has confirmed it. Messages that were under way may
    /// still come. A connection without streams is kept for those to come.
    ///
    /// # Errors
    /// Where the server refuses it or does not answer.
    pub async fn unsubscribe<N: Into<Text>>(&self, names: impl IntoIterator<Item = N>) -> Result<(), Error> {
        let names: Vec<Text> = names.into_iter().map(Into::into).collect();
        self.pool.set_overflow(&names, None);
        let mut waiting = Vec::new();
        for share in self.pool.release(&names) {
            let names = share.streams.clone();
            let outcome = self
                .send(&share.commands, |done| Command::Unsubscribe { names, done })
                .await;
            waiting.push((share, (outcome, Some(3 * PATIENCE))));
        }
        self.settle("unsubscribing", waiting, true).await
    }

    /// The streams that this client keeps subscribed, sorted by name.
    ///
    /// # Errors
    /// Where the connections are closed.
    pub async fn subscriptions(&self) -> Result<Vec<Text>, Error> {
        self.gather("reading the subscriptions", |done| Command::Wanted { done })
            .await
    }

    /// The streams that the server says the connections are subscribed to, sorted by name.
    ///
    /// # Errors
    /// Where the server refuses to say, or a connection is lost before it does. Servers of signed topics cannot be
    /// asked.
    pub async fn list_subscriptions(&self) -> Result<Vec<Text>, Error> {
        if self.pool.config().manner().topics {
            return Err(Error::Unusable(
                "a server of topics does not list subscriptions".into(),
            ));
        }
        self.gather("listing subscriptions", |done| Command::List { done })
            .await
    }

    async fn gather(
        &self,
        action: &str,
        command: impl Fn(Done<Vec<Text>>) -> Command,
    ) -> Result<Vec<Text>, Error> {
        if self.pool.has_ended() {
            return Err(closed(action));
        }
        let mut names = Vec::new();
        for commands in self.pool.all() {
            let pending = self.send(&commands, &command).await;
            names.extend(outcome_of(action, pending, Some(3 * PATIENCE)).await?);
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The time by the clock of the settings, which is the exchange's where they have a
    /// [`server_clock`](StreamClientBuilder::server_clock).
    pub fn now(&self) -> Timestamp {
        self.pool.config().clock.now()
    }

    /// Ends the client: the connections are closed with close frames, the stream of messages ends behind those that have
    /// come, and the tasks end. Returns whether that was done within `limit`; it goes on in the background otherwise.
    pub async fn shutdown(&self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.close()).await.is_ok()
    }

    /// Closes the connections; the message stream ends.
    pub async fn close(&self) {
        let connections = self.pool.all();
        self.pool.end("the client was closed");
        for connection in connections {
            let _ = tokio::time::timeout(3 * PATIENCE, connection.closed()).await;
        }
    }
}

/// An outcome to come, and how long it is waited for: longer than the server has for its answer, for this covers
/// waiting for a connection and for the limit of messages a second as well. A connection that is being opened says
/// itself when that has failed.
type Pending = (oneshot::Receiver<Result<(), Error>>, Option<Duration>);

async fn outcome_of<T>(
    action: &str,
    pending: oneshot::Receiver<Result<T, Error>>,
    patience: Option<Duration>,
) -> Result<T, Error> {
    let outcome = match patience {
        Some(patience) => tokio::time::timeout(patience, pending).await,
        None => Ok(pending.await),
    };
    match outcome {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(closed(action)),
        Err(_) => Err(Error::Transport(TransportError::new(
            action,
            "no connection in time",
        ))),
    }
}

pub(crate) fn too_many(most: usize) -> Error {
    Error::Unusable(format!("a connection carries at most {most} streams"))
}
