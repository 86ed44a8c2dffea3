//! What the specs of a product say.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::operation::Operation;
use crate::stream::{Stream, StreamRules};
use crate::types::{Type, TypeDef};

/// A product family of the exchange.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Product {
    /// The name, as in the name of its crate: `usds-futures`.
    pub name: String,
    /// The name in prose, where it is not the words of `name` with capitals.
    pub title: Option<String>,
    /// Addresses, by transport and environment.
    pub servers: Vec<Server>,
    /// How much may be sent, where that is documented.
    pub rate_limits: Option<RateLimits>,
    /// The families of [`Catalog::error_codes`](crate::Catalog::error_codes) that its errors come from.
    pub error_families: Vec<String>,
    /// Whether parameters take times in milliseconds and in microseconds, and tell them by magnitude.
    pub any_time_unit: bool,
    /// Values to show in examples, by the names of parameters.
    pub examples: BTreeMap<String, String>,
    /// What holds for every stream connection.
    pub stream_rules: StreamRules,
    /// How the account's events are reached with a key or a token.
    pub user_data: Vec<UserData>,
    /// The union of the account's events on the WebSocket API: a name of `types`.
    pub user_data_events: Option<String>,
    /// Events that may arrive on any connection: names of `types`.
    pub connection_events: Vec<String>,
    /// REST operations and methods of the WebSocket API.
    pub operations: Vec<Operation>,
    /// Market streams.
    pub streams: Vec<Stream>,
    /// Documented payloads.
    pub samples: Vec<Sample>,
    /// Types by their names in Rust.
    pub types: IndexMap<String, TypeDef>,
}

/// A transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum Transport {
    /// HTTP requests.
    #[serde(rename = "rest")]
    Rest,
    /// Requests over a WebSocket.
    #[serde(rename = "ws-api", alias = "ws_api")]
    WsApi,
    /// Subscriptions over a WebSocket.
    #[serde(rename = "ws-streams", alias = "ws_streams")]
    WsStreams,
    /// FIX sessions.
    #[serde(rename = "fix")]
    Fix,
    /// What the user's own server offers.
    #[serde(rename = "server")]
    Server,
    /// What is posted to the user's own server.
    #[serde(rename = "webhooks")]
    Webhooks,
}

/// An address.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Server {
    /// What is spoken there.
    pub transport: Transport,
    /// `production`, `market-data`, `testnet` or `demo`.
    pub environment: String,
    /// The address.
    pub url: String,
    /// Whether market data comes in SBE there.
    #[serde(default)]
    pub sbe: bool,
    /// The name of an address with a purpose of its own.
    pub name: Option<String>,
}

/// How much may be sent to a product.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct RateLimits {
    /// The name of the counters: products of one name on the same hosts share them.
    pub system: String,
    /// Whether each endpoint has weight counters of its own.
    pub each_endpoint: bool,
    /// The request weight of opening a connection of the WebSocket API.
    pub connect_weight: u32,
    /// The path of the operation that returns the time, where it belongs to another product on the same hosts.
    pub time_path: Option<String>,
    /// The limits.
    pub rules: Vec<RateLimit>,
}

/// A limit of requests, weight, orders or connections.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimit {
    /// What is counted: `REQUEST_WEIGHT`, `ORDERS`, `RAW_REQUESTS`, `CONNECTIONS`, `SAPI_IP_WEIGHT` or `SAPI_UID_WEIGHT`.
    pub kind: String,
    /// The most in an interval.
    pub count: u32,
    /// The unit of the interval.
    pub interval: IntervalUnit,
    /// The number of units.
    pub every: u32,
}

/// The unit of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntervalUnit {
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
}

impl IntervalUnit {
    /// Returns the length in seconds.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// How the account's events are reached with a key or a token.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct UserData {
    /// The name: `userData`, or that of one of several.
    pub name: String,
    /// The name of the server, where it is not that of market streams.
    pub server: Option<String>,
    /// The identifier of the REST operation that returns the key or the token.
    pub start: String,
    /// The type of the events.
    pub events: Type,
    /// The key's life, where it is a listen key.
    pub listen_key: Option<ListenKey>,
    /// The method of the WebSocket API that takes the token, where it is a listen token.
    pub listen_token: Option<String>,
}

/// The life of a listen key.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ListenKey {
    /// The identifier of the operation that keeps it alive.
    pub keep_alive: String,
    /// The identifier of the operation that ends it.
    pub close: Option<String>,
    /// What follows the server's address, with `{listenKey}` and perhaps `{events}` in it.
    pub path: String,
    /// How long it lives, in minutes.
    pub minutes: u32,
}

/// A documented payload.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Sample {
    /// The transport.
    pub transport: Transport,
    /// What it belongs to: `GET /api/v3/time`, `order.place`, `<symbol>@trade`, the name of a FIX message.
    pub key: String,
    /// `request`, `response` or `event`, where that is stated.
    pub kind: Option<String>,
    /// The payload, as it is spelled.
    pub payload: Box<RawValue>,
}

/// Error codes that belong together: those of one API.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ErrorFamily {
    /// The name: `spot`, `sapi`.
    pub name: String,
    /// One line.
    #[serde(default)]
    pub description: String,
    /// The codes, in the order of the documentation.
    #[serde(default)]
    pub codes: Vec<ErrorCode>,
}

/// An error code.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ErrorCode {
    /// The number.
    pub code: i32,
    /// The text on the wire, where it is not the number's own: `050009`.
    pub spelling: Option<String>,
    /// Its names, as documented.
    #[serde(default)]
    pub names: Vec<String>,
    /// One line.
    pub text: Option<String>,
}
