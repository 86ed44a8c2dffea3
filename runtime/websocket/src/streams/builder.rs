//! Setting up a stream connection.

use std::collections::HashMap;
use std::fmt;

use binance_wire_core::FromJson;
use binance_wire_core::json::Reading;
use binance_wire_core::{Error, ProductLimits, Text, TimeUnit, Timestamp};
use binance_wire_limits::{Limiter, ServerClock};
use binance_wire_net::lifecycle::ReconnectPolicy;
use binance_wire_net::{ConnectBudget, Network};
use binance_wire_signing::{Credentials, RecvWindow, RecvWindowError};

use super::client::StreamClient;
use super::frame::Frames;
use super::pool::Pool;
use super::rules::{Route, StreamRules};
use super::topics;
use crate::api::Clock;
use crate::event_stream::{BinaryDecoder, EventStream, Life, Sinks, TextDecoder, decoder, shared_channel};
use crate::gate::Gate;
use crate::overflow::Policies;
use crate::queue::{Bounds, MARKET, Overflow};
use crate::subscriptions::Manner;
use crate::url;
use crate::user_data::Fetching;
use crate::user_data::keeper::KeyAccess;

/// The access to a connection.
#[derive(Clone)]
pub(crate) enum Access {
    /// Nothing, or an API key in the handshake.
    Open,
    /// A signature in the address; streams are topics.
    Topics(Credentials),
    /// A listen key in the address; the connection carries that key's events.
    Key(KeyAccess),
}

/// The settings of the connections' tasks, which do not depend on the type of messages.
#[derive(Clone)]
pub(crate) struct StreamConfig {
    pub(crate) urls: Vec<String>,
    /// `/ws` rather than `/stream`: messages come without the name of their stream.
    pub(crate) raw: bool,
    pub(crate) streams: Vec<Text>,
    pub(crate) time_unit: Option<TimeUnit>,
    pub(crate) api_key: Option<String>,
    pub(crate) reconnect: ReconnectPolicy,
    pub(crate) network: Network,
    pub(crate) budget: ConnectBudget,
    pub(crate) gate: Gate,
    pub(crate) rules: StreamRules,
    /// The one route that connections are held to.
    pub(crate) only: Option<&'static Route>,
    pub(crate) access: Access,
    /// Of signed addresses.
    pub(crate) recv_window: Option<RecvWindow>,
    pub(crate) clock: Clock,
}

/// The inputs of an address in addition to the settings.
pub(crate) struct Dial<'a> {
    /// The index of the address.
    pub(crate) index: usize,
    pub(crate) route: Option<&'static Route>,
    /// The streams that it names.
    pub(crate) streams: &'a [Text],
    pub(crate) key: Option<&'a str>,
    pub(crate) random: u64,
}

impl StreamConfig {
    pub(crate) fn new(urls: Vec<String>) -> Self {
        Self {
            urls,
            raw: false,
            streams: Vec::new(),
            time_unit: None,
            api_key: None,
            reconnect: ReconnectPolicy::default(),
            network: Network::default(),
            budget: ConnectBudget::shared(),
            gate: Gate::NONE,
            rules: StreamRules::DEFAULT,
            only: None,
            access: Access::Open,
            recv_window: None,
            clock: Clock::system(),
        }
    }

    /// The form and pace of control messages.
    pub(crate) fn manner(&self) -> Manner {
        Manner {
            max_streams: self.rules.max_streams,
            messages_per_second: self.rules.messages_per_second,
            topics: matches!(self.access, Access::Topics(_)),
        }
    }

    /// The form of frames.
    pub(crate) fn frames(&self) -> Frames {
        match self.access {
            Access::Open => Frames::Streams,
            Access::Topics(_) => Frames::Topics,
            Access::Key(_) => Frames::UserData,
        }
    }

    /// The streams that the address itself names: of the raw form those of the settings, of topics the first.
    pub(crate) fn on_address<'a>(&self, mut wanted: impl Iterator<Item = &'a Text>) -> Vec<Text> {
        match self.access {
            Access::Topics(_) => wanted.next().cloned().into_iter().collect(),
            _ if self.raw => wanted
                .filter(|name| self.streams.contains(name))
                .cloned()
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The address to connect to.
    pub(crate) fn endpoint(&self, dial: &Dial<'_>) -> Result<String, Error> {
        let missing = || Error::Unusable("no address to connect to".into());
        let base = self
            .urls
            .get(dial.index % self.urls.len().max(1))
            .ok_or_else(missing)?;
        let base = base.trim_end_matches('/');
        match (&self.access, dial.key) {
            (Access::Topics(credentials), _) => {
                let (topic, window) = (dial.streams.first().map(Text::as_str), self.recv_window);
                topics::address(base, topic, credentials, window, dial.random, self.clock.now())
            }
            (Access::Key(access), Some(key)) => Ok(format!("{base}{}", access.target(key))),
            (Access::Key(_), None) => Err(Error::Unusable("no listen key to connect with".into())),
            (Access::Open, _) => {
                let route = dial.route.map_or("", |route| route.path);
                let mut path = String::from(if self.raw { "ws" } else { "stream" });
                for name in dial.streams {
                    path.push('/');
                    path.push_str(&url::encode_stream(name));
                }
                let unit = self
                    .time_unit
                    .and_then(|unit| unit.on_request().ok())
                    .map(|unit| ("timeUnit", unit));
                let url = url::with_path(&format!("{base}{route}"), &path);
                Ok(url::with_query(&url, unit.as_slice()))
            }
        }
    }
}

/// Everything a stream connection is set up with; see the methods for the defaults.
#[derive(Clone)]
#[must_use = "a builder does nothing before `connect`"]
pub struct StreamClientBuilder<M> {
    config: StreamConfig,
    route: Option<String>,
    /// An invalid window is an error when connecting.
    recv_window: Option<Result<RecvWindow, RecvWindowError>>,
    bounds: Bounds,
    overflow: Overflow,
    /// Of streams that have their own.
    overflows: HashMap<Text, Overflow>,
    text: TextDecoder<M>,
    binary: Option<BinaryDecoder<M>>,
}

impl<M> fmt::Debug for StreamClientBuilder<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamClientBuilder")
            .field("urls", &self.config.urls)
            .field("raw", &self.config.raw)
            .field("streams", &self.config.streams)
            .finish_non_exhaustive()
    }
}

impl<M: FromJson> StreamClientBuilder<M> {
    /// Keeps members that the types of this version do not know, in the field `raw` of the object that has them, and writes
    /// them back where the value is written. Without it they are skipped, which costs nothing.
    pub fn keep_unknown_members(mut self) -> Self {
        self.text = decoder(Reading::new().keeping_unknown());
        self
    }
}

impl<M: Send + 'static> StreamClientBuilder<M> {
    binance_wire_net::network_settings!(config.network);

    pub(crate) fn new(urls: Vec<String>, decode: TextDecoder<M>) -> Self {
        Self {
            config: StreamConfig::new(urls),
            route: None,
            recv_window: None,
            bounds: MARKET,
            overflow: Overflow::Wait,
            overflows: HashMap::new(),
            text: decode,
            binary: None,
        }
    }

    /// Decodes binary frames, which SBE streams send.
    pub fn binary_decoder(mut self, decode: BinaryDecoder<M>) -> Self {
        self.binary = Some(decode);
        self
    }

    /// Routes and limits of the product, which its crate knows; [`StreamRules::DEFAULT`] without it.
    pub fn rules(mut self, rules: &StreamRules) -> Self {
        self.config.rules = *rules;
        self
    }

    /// Holds the connections to one route of the product. A stream of another is then
    /// [`Error::WrongRoute`] instead of a further connection; one that the product does not know goes over this route.
    pub fn route(mut self, name: impl Into<String>) -> Self {
        self.route = Some(name.into());
        self
    }

    /// Opens connections with a signature in their address, as servers of topics (`/sapi/wss`) demand. The address is
    /// signed again for every connection.
    pub fn signed_topics(mut self, credentials: Credentials) -> Self {
        self.config.api_key = Some(credentials.api_key().to_owned());
        self.config.access = Access::Topics(credentials);
        self
    }

    /// For how many milliseconds a signed address is good: `recvWindow`, 0 to 60,000 with at most three fraction
    /// digits, as a [`RecvWindow`], an integer or a [`Decimal`](binance_wire_core::Decimal); 5,000 without it. Of no
    /// effect where addresses are not signed.
    pub fn recv_window(mut self, window: impl binance_wire_core::recv_window::IntoRecvWindow) -> Self {
        self.recv_window = Some(RecvWindow::read(window));
        self
    }

    /// Sets the clock for signed addresses. Default: the system's.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.config.clock = Clock(std::sync::Arc::new(clock));
        self
    }

    /// Streams to begin with; [`connect`](Self::connect) waits until the server has confirmed them.
    pub fn streams<N: Into<Text>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        for name in names {
            let name = name.into();
            if !self.config.streams.contains(&name) {
                self.config.streams.push(name);
            }
        }
        self
    }

    /// Streams to begin with, whose messages are treated in this way when the consumer does not keep up:
    /// [`Overflow::Latest`] for book tickers, say, while depth waits. Streams that wait and streams that give way have
    /// [`capacity`](Self::capacity) each.
    pub fn streams_with_overflow<N: Into<Text>>(
        mut self,
        names: impl IntoIterator<Item = N>,
        overflow: Overflow,
    ) -> Self {
        let names: Vec<Text> = names.into_iter().map(Into::into).collect();
        self.overflows
            .extend(names.iter().map(|name| (name.clone(), overflow)));
        self.streams(names)
    }

    /// Connects to `/ws/<streams>` instead of `/stream`: payloads come without `{"stream":…,"data":…}` around
    /// them, and some of them then do not name their stream or symbol.
    pub fn raw(mut self) -> Self {
        self.config.raw = true;
        self
    }

    /// The unit of times in messages; milliseconds without it. SBE always has microseconds. Seconds are not on offer:
    /// [`connect`](Self::connect) refuses them.
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.config.time_unit = Some(unit);
        self
    }

    /// Sends this API key with the handshake, as SBE streams demand. The key must be an Ed25519 one.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.config.api_key = Some(key.into());
        self
    }

    /// Sets how many messages wait for a slow consumer before [`overflow`](Self::overflow) acts. Default 4096.
    pub fn capacity(mut self, messages: usize) -> Self {
        self.bounds.items = messages;
        self
    }

    /// Sets how many bytes of frames may wait before [`overflow`](Self::overflow) acts. Default 64 MiB.
    pub fn capacity_bytes(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes;
        self
    }

    /// Sets what happens when the consumer does not keep up, for streams without their own setting. Default
    /// [`Overflow::Wait`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets how the connection is kept alive and restored.
    pub fn reconnect(mut self, policy: ReconnectPolicy) -> Self {
        self.config.reconnect = policy.bounded();
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

    /// Connects, subscribes to what [`streams`](Self::streams) names, and starts the tasks that keep the
    /// connections. Without streams, a product with routes is connected to when the first is subscribed to. Must be
    /// called within a Tokio runtime with its I/O and time drivers on.
    ///
    /// # Errors
    /// Where no address takes the connection, a stream belongs to another route, the streams are refused, or
    /// `recvWindow` is out of range. Later losses are repaired by the client.
    pub async fn connect(self) -> Result<(StreamClient, EventStream<M>), Error> {
        let policies = Policies::new(self.overflow, self.overflows);
        let (sinks, consumer) = shared_channel(self.bounds, policies, self.text, self.binary);
        let (client, guard) = connect(self.config, self.recv_window, self.route, sinks).await?;
        Ok((client, EventStream::new(consumer, guard)))
    }
}

/// Boxed: what an async function awaits is compiled into every crate that awaits it, and connecting is much.
fn connect(
    mut config: StreamConfig,
    recv_window: Option<Result<RecvWindow, RecvWindowError>>,
    route: Option<String>,
    sinks: Box<dyn Sinks>,
) -> Fetching<'static, (StreamClient, Life)> {
    Box::pin(async move {
        url::check_time_unit(config.time_unit)?;
        config.recv_window = recv_window
            .transpose()
            .map_err(|error| Error::Unusable(error.to_string()))?;
        if let Some(name) = &route {
            config.only = Some(config.rules.route_named(name)?);
        }
        StreamClient::start(Pool::new(config, sinks)?).await
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        fn decode(_: &str) -> Result<(), binance_wire_core::DecodeError> {
            Ok(())
        }
        let builder = StreamClientBuilder::new(vec!["ws://a:1/".into(), "ws://b".into()], decode)
            .streams(["x@trade", "y@depth", "x@trade"]);
        let dial = |index, streams| Dial {
            index,
            route: None,
            streams,
            key: None,
            random: 0,
        };
        let config = &builder.clone().time_unit(TimeUnit::Microsecond).config;
        assert_eq!(
            config.endpoint(&dial(0, &[])).unwrap(),
            "ws://a:1/stream?timeUnit=MICROSECOND"
        );
        assert!(config.on_address(config.streams.iter()).is_empty());
        let config = &builder.raw().config;
        let named = config.on_address(["y@depth".into(), "z".into()].iter());
        assert_eq!(config.endpoint(&dial(3, &named)).unwrap(), "ws://b/ws/y@depth");
        assert_eq!(config.streams.len(), 2);
        let routed = Dial {
            route: Some(&Route {
                name: "market",
                path: "/market",
            }),
            ..dial(1, &[])
        };
        assert_eq!(config.endpoint(&routed).unwrap(), "ws://b/market/ws");
        assert!(StreamConfig::new(Vec::new()).endpoint(&dial(0, &[])).is_err());
    }
}
