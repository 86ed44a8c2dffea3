//! Setting up a stream connection.

use std::fmt;

use binance_wire_core::{Error, Text, TimeUnit};

use super::client::StreamClient;
use crate::event_stream::{BinaryDecoder, EventStream, TextDecoder};
use crate::queue::Overflow;
use crate::reconnect::ReconnectPolicy;
use crate::{tls, url};

/// What the connection's task needs to know, whatever the messages decode into.
#[derive(Clone)]
pub(crate) struct StreamConfig {
    pub(crate) urls: Vec<String>,
    /// `/ws` rather than `/stream`: messages come without the name of their stream.
    pub(crate) raw: bool,
    pub(crate) streams: Vec<Text>,
    pub(crate) time_unit: Option<TimeUnit>,
    pub(crate) api_key: Option<String>,
    pub(crate) reconnect: ReconnectPolicy,
    pub(crate) root_certificates: Vec<Vec<u8>>,
}

impl StreamConfig {
    /// The streams that the address itself names: those of the raw form.
    pub(crate) fn on_address<'a>(&self, wanted: impl Iterator<Item = &'a Text>) -> Vec<Text> {
        if self.raw {
            wanted
                .filter(|name| self.streams.contains(name))
                .cloned()
                .collect()
        } else {
            Vec::new()
        }
    }

    /// The address to connect to, naming `streams`.
    pub(crate) fn endpoint(&self, index: usize, streams: &[Text]) -> Option<String> {
        let base = self.urls.get(index % self.urls.len().max(1))?;
        let mut path = String::from(if self.raw { "ws" } else { "stream" });
        for name in streams {
            path.push('/');
            path.push_str(&url::encode_stream(name));
        }
        let unit = self
            .time_unit
            .and_then(url::time_unit)
            .map(|unit| ("timeUnit", unit));
        Some(url::with_query(&url::with_path(base, &path), unit.as_slice()))
    }
}

/// Everything a stream connection is set up with; see the methods for the defaults.
#[derive(Clone)]
pub struct StreamClientBuilder<M> {
    config: StreamConfig,
    capacity: usize,
    overflow: Overflow,
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

impl<M: Send + 'static> StreamClientBuilder<M> {
    pub(crate) fn new(urls: Vec<String>, decode: TextDecoder<M>) -> Self {
        let config = StreamConfig {
            urls,
            raw: false,
            streams: Vec::new(),
            time_unit: None,
            api_key: None,
            reconnect: ReconnectPolicy::default(),
            root_certificates: Vec::new(),
        };
        Self {
            config,
            capacity: 4096,
            overflow: Overflow::Wait,
            text: decode,
            binary: None,
        }
    }

    /// Decodes binary frames, which SBE streams send.
    #[must_use]
    pub fn binary_decoder(mut self, decode: BinaryDecoder<M>) -> Self {
        self.binary = Some(decode);
        self
    }

    /// Streams to begin with; [`connect`](Self::connect) waits until the server has confirmed them.
    #[must_use]
    pub fn streams<N: Into<Text>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        for name in names {
            let name = name.into();
            if !self.config.streams.contains(&name) {
                self.config.streams.push(name);
            }
        }
        self
    }

    /// Connects to `/ws/<streams>` instead of `/stream`: payloads come without `{"stream":…,"data":…}` around
    /// them, and some of them then do not tell their stream or symbol.
    #[must_use]
    pub fn raw(mut self) -> Self {
        self.config.raw = true;
        self
    }

    /// The unit of times in messages; milliseconds without it. SBE always has microseconds. Seconds are not on offer:
    /// [`connect`](Self::connect) refuses them.
    #[must_use]
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.config.time_unit = Some(unit);
        self
    }

    /// Sends this API key with the handshake, as SBE streams demand. The key must be an Ed25519 one.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.config.api_key = Some(key.into());
        self
    }

    /// How many messages wait for a slow consumer before [`overflow`](Self::overflow) acts. Default 4096.
    #[must_use]
    pub fn capacity(mut self, messages: usize) -> Self {
        self.capacity = messages;
        self
    }

    /// What happens when the consumer does not keep up. Default [`Overflow::Wait`].
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How the connection is kept alive and made again.
    #[must_use]
    pub fn reconnect(mut self, policy: ReconnectPolicy) -> Self {
        self.config.reconnect = policy.bounded();
        self
    }

    /// Trusts one more certificate authority, given in DER, besides Mozilla's; for test servers and proxies.
    #[must_use]
    pub fn root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.config.root_certificates.push(der.into());
        self
    }

    /// Connects, subscribes to what [`streams`](Self::streams) names, and starts the task that keeps the
    /// connection. Must be called within a Tokio runtime with its I/O and time drivers on.
    ///
    /// # Errors
    /// Where no address takes the connection, or the streams are refused. Later losses are mended by the client
    /// itself.
    pub async fn connect(self) -> Result<(StreamClient, EventStream<M>), Error> {
        url::check_time_unit(self.config.time_unit)?;
        let (sink, consumer) =
            crate::event_stream::channel(self.capacity, self.overflow, self.text, self.binary);
        let tls = tls::client_config(&self.config.root_certificates)?;
        let (client, guard) = StreamClient::start(self.config, tls, sink).await?;
        Ok((client, EventStream::new(consumer, guard)))
    }
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
        let config = &builder.clone().time_unit(TimeUnit::Microsecond).config;
        assert_eq!(
            config.endpoint(0, &[]).as_deref(),
            Some("ws://a:1/stream?timeUnit=MICROSECOND")
        );
        assert!(config.on_address(config.streams.iter()).is_empty());
        let config = &builder.raw().config;
        let named = config.on_address(["y@depth".into(), "z".into()].iter());
        assert_eq!(config.endpoint(3, &named).as_deref(), Some("ws://b/ws/y@depth"));
        assert_eq!(config.streams.len(), 2);
    }
}
