//! Opening user data by a key or a token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use binance_wire_core::FromJson;
use binance_wire_core::json::Reading;
use binance_wire_core::{Error, ProductLimits, Text, Timestamp};
use binance_wire_limits::{Limiter, ServerClock};

use super::keeper::KeyAccess;
use super::keys::{Fetching, ListenKeys, ListenTokens};
use super::tokens;
use crate::api::{ApiClient, Clock};
use crate::event_stream::{EventStream, Life, Sink, Sinks, TextDecoder, channel, decoder, shared_channel};
use crate::gate::Gate;
use crate::overflow::Policies;
use crate::queue::{ACCOUNT, Bounds, Overflow};
use crate::streams::StreamClient;
use crate::streams::builder::{Access, StreamConfig};
use crate::streams::pool::Pool;
use binance_wire_net::ConnectBudget;
use binance_wire_net::lifecycle::ReconnectPolicy;

/// The access to the events.
#[derive(Clone)]
enum Admission {
    Key(KeyAccess),
    Token(TokenAccess),
}

#[derive(Clone)]
struct TokenAccess {
    method: &'static str,
    tokens: Arc<dyn ListenTokens>,
    /// The client whose connection carries the events, where it is not one of their own.
    over: Option<ApiClient>,
}

/// Everything a stream of user data is set up with; see the methods for the defaults. Product crates make it, over
/// their REST client.
///
/// The key is kept alive at half of its life, the token is renewed at half of its life, and both are replaced when the
/// exchange says that they are no longer good. What was missed is reported in-band as
/// [`StreamItem::Gap`](crate::StreamItem::Gap), like the loss of a connection. The connection is replaced before the
/// exchange cuts it.
#[must_use = "a builder does nothing before `connect`"]
pub struct UserDataBuilder<M> {
    config: StreamConfig,
    admission: Admission,
    bounds: Bounds,
    overflow: Overflow,
    decode: TextDecoder<M>,
}

impl<M> Clone for UserDataBuilder<M> {
    fn clone(&self) -> Self {
        Self {
            config: self.config.clone(),
            admission: self.admission.clone(),
            bounds: self.bounds,
            overflow: self.overflow,
            decode: self.decode,
        }
    }
}

impl<M> fmt::Debug for UserDataBuilder<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserDataBuilder")
            .field("urls", &self.config.urls)
            .finish_non_exhaustive()
    }
}

impl<M: FromJson> UserDataBuilder<M> {
    /// Keeps members that the types of this version do not know, in the field `raw` of the object that has them, and writes
    /// them back where the value is written. Without it they are skipped, which costs nothing.
    pub fn keep_unknown_members(mut self) -> Self {
        self.decode = decoder(Reading::new().keeping_unknown());
        self
    }
}

impl<M: Send + 'static> UserDataBuilder<M> {
    binance_wire_net::network_settings!(config.network);

    fn new<U: Into<String>>(
        urls: impl IntoIterator<Item = U>,
        admission: Admission,
        decode: TextDecoder<M>,
    ) -> Self {
        Self {
            config: StreamConfig::new(urls.into_iter().map(Into::into).collect()),
            admission,
            bounds: ACCOUNT,
            overflow: Overflow::Wait,
            decode,
        }
    }

    /// User data by a listen key. `path` follows the address, with `{listenKey}` and perhaps `&events={events}` in it;
    /// a key lives for `minutes`.
    pub fn listen_key<U: Into<String>>(
        urls: impl IntoIterator<Item = U>,
        path: &'static str,
        minutes: u32,
        keys: impl ListenKeys,
        decode: TextDecoder<M>,
    ) -> Self {
        let access = KeyAccess {
            keys: Arc::new(keys),
            path,
            events: Vec::new(),
            life: Duration::from_secs(60 * u64::from(minutes)),
            close: false,
        };
        Self::new(urls, Admission::Key(access), decode)
    }

    /// User data by a listen token, which the WebSocket API takes with `method`; `urls` are its addresses.
    pub fn listen_token<U: Into<String>>(
        urls: impl IntoIterator<Item = U>,
        method: &'static str,
        tokens: impl ListenTokens,
        decode: TextDecoder<M>,
    ) -> Self {
        let admission = Admission::Token(TokenAccess {
            method,
            tokens: Arc::new(tokens),
            over: None,
        });
        Self::new(urls, admission, decode)
    }

    /// Only events of these types, such as `ORDER_TRADE_UPDATE`; all without it. Not every product lets them be chosen.
    pub fn events<N: Into<Text>>(mut self, types: impl IntoIterator<Item = N>) -> Self {
        let types = types.into_iter().map(Into::into).collect();
        match &mut self.admission {
            Admission::Key(access) => access.events = types,
            // Refused when it is opened.
            Admission::Token(_) => self.config.streams = types,
        }
        self
    }

    /// Whether the listen key is ended with the stream. Default: no. An account has one key: where other
    /// programs use it too, they would miss events until they ask for the key again. Left alone, a key ends by itself.
    pub fn close_key(mut self, wanted: bool) -> Self {
        if let Admission::Key(access) = &mut self.admission {
            access.close = wanted;
        }
        self
    }

    /// Sets the lifetime of a listen key, where it differs from the product's specs.
    pub fn key_life(mut self, life: Duration) -> Self {
        if let Admission::Key(access) = &mut self.admission {
            access.life = life;
        }
        self
    }

    /// Subscribes with the listen token over this connection of the WebSocket API instead of a separate one.
    pub fn over(mut self, client: &ApiClient) -> Self {
        if let Admission::Token(access) = &mut self.admission {
            access.over = Some(client.clone());
        }
        self
    }

    /// Sets how many events wait for a slow consumer before [`overflow`](Self::overflow) acts. Default 65,536.
    pub fn capacity(mut self, events: usize) -> Self {
        self.bounds.items = events;
        self
    }

    /// Sets how many bytes of frames may wait before [`overflow`](Self::overflow) acts. Default 64 MiB.
    pub fn capacity_bytes(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes;
        self
    }

    /// Sets what happens when the consumer does not keep up. Default [`Overflow::Wait`]. With a listen token, events come over
    /// the WebSocket API, where they would hold up the answers of requests: there it is always
    /// [`Overflow::DropOldest`], and [`StreamItem::Lagged`](crate::StreamItem::Lagged) says how many are missing.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets how the connection is kept alive and restored.
    pub fn reconnect(mut self, policy: ReconnectPolicy) -> Self {
        self.config.reconnect = policy.bounded();
        self
    }

    pub(crate) fn clock_in_use(&self) -> &Clock {
        &self.config.clock
    }

    /// Sets the clock that the end of a token's life is measured by. Default: the system's.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.config.clock = Clock(Arc::new(clock));
        self
    }

    /// Keeps attempts to connect under the exchange's limits: each waits for room, or is refused, as the limiter is
    /// set. All clients that are given the same limiter share it. A ban of the address stops them too. Without one, nothing is counted.
    pub fn limiter(mut self, limiter: &Limiter) -> Self {
        self.config.gate.limiter = Some(limiter.clone());
        self
    }

    /// Uses the exchange's time where a time is needed, in place of [`clock`](Self::clock). The clock is kept right by clients of
    /// the REST API and of the WebSocket API that have it too: streams do not say the time.
    pub fn server_clock(mut self, clock: &ServerClock) -> Self {
        self.config.gate.clock = Some(clock.clone());
        self.config.clock = Gate::read_by(clock);
        self
    }

    /// Sets what is known of the product's limits, and where its time is asked for. Product crates set it.
    pub fn product_limits(mut self, limits: ProductLimits) -> Self {
        self.config.gate.product = limits;
        self
    }

    /// Sets the budget of attempts to connect. Default: the one that all clients of the process share, 300 in 5 minutes for
    /// each host, as the exchange counts them. While it is used up, connecting waits, which the log shows.
    pub fn connect_budget(mut self, budget: ConnectBudget) -> Self {
        self.config.budget = budget;
        self
    }

    /// Gets a key or a token, connects, and starts the task that keeps both. Must be called within a Tokio runtime with
    /// its I/O and time drivers on. Dropping the events ends it all.
    ///
    /// # Errors
    /// Where there is no key or token to be had, no address takes the connection, or events were chosen where they
    /// cannot be. Later losses are repaired automatically.
    pub async fn connect(self) -> Result<EventStream<M>, Error> {
        let (guard, consumer) = match self.admission {
            Admission::Key(access) => {
                let policies = Policies::new(self.overflow, Default::default());
                let (sinks, consumer) = shared_channel(self.bounds, policies, self.decode, None);
                (open_by_key(self.config, access, sinks), consumer)
            }
            Admission::Token(access) => {
                let (sink, consumer) = channel(self.bounds, self.decode, None);
                (open_by_token(self.config, access, sink), consumer)
            }
        };
        Ok(EventStream::new(consumer, guard.await?))
    }
}

fn no_choice() -> Error {
    Error::Unusable("the events of this product cannot be chosen".into())
}

/// Boxed, as the next: it is compiled here, and not into the crate of every type of event.
fn open_by_key(
    mut config: StreamConfig,
    access: KeyAccess,
    sinks: Box<dyn Sinks>,
) -> Fetching<'static, Life> {
    Box::pin(async move {
        if !access.events.is_empty() && !access.has_choice() {
            return Err(no_choice());
        }
        config.access = Access::Key(access);
        let (_, guard) = StreamClient::start(Pool::new(config, sinks)?).await?;
        Ok(guard)
    })
}

fn open_by_token(config: StreamConfig, access: TokenAccess, sink: Box<dyn Sink>) -> Fetching<'static, Life> {
    Box::pin(async move {
        if !config.streams.is_empty() {
            return Err(no_choice());
        }
        let client = match access.over {
            Some(client) => client,
            None => {
                ApiClient::builder(config.urls)
                    .reconnect(config.reconnect)
                    .network(config.network)
                    .connect_budget(config.budget)
                    .gate(config.gate)
                    .connect()
                    .await?
            }
        };
        let request = tokens::Request {
            method: access.method,
            tokens: access.tokens,
            clock: config.clock,
        };
        client.subscribe_with_tokens(request, sink).await
    })
}
