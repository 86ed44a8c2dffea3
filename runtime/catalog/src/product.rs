//! What the specs of a product say.

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::rules::{Constructor, Pattern, Rule};
use crate::types::{Type, TypeDef};
use crate::weight::{Weight, WeightRule};

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

/// What holds for every connection to a product's streams.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct StreamRules {
    /// Connection groups: name and path. Where there are any, every stream belongs to one.
    pub routes: BTreeMap<String, String>,
    /// The most streams on a connection, where it is not 1,024.
    pub max_streams: Option<u32>,
    /// The most messages a second that the server takes, where it is not 5.
    pub messages_per_second: Option<u32>,
    /// Whether the address is signed and streams are topics.
    pub signed_topics: bool,
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

/// A security type, as documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Security {
    None,
    MarketData,
    UserStream,
    UserData,
    Trade,
    Margin,
    PredictionTrade,
    Partner,
    Kyc,
}

/// How an operation is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// An HTTP method and a path, with `{name}` for parameters that stand in it.
    Rest {
        /// The method: `GET`, `POST`, `PUT` or `DELETE`.
        method: String,
        /// The path.
        path: String,
    },
    /// A method of the WebSocket API.
    WsApi {
        /// The name on the wire.
        method: String,
    },
}

impl fmt::Display for Call {
    /// Writes the call as samples name it: `GET /api/v3/time`, `order.place`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rest { method, path } => write!(f, "{method} {path}"),
            Self::WsApi { method } => f.write_str(method),
        }
    }
}

/// A call of the API.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Flat")]
#[non_exhaustive]
pub struct Operation {
    /// The identifier: `newOrder`.
    pub id: String,
    /// How it is called.
    pub call: Call,
    /// The section of the documentation.
    pub tag: String,
    /// One line.
    pub summary: String,
    /// More, if there is more to say.
    pub description: Option<String>,
    /// The address of its documentation.
    pub docs: Option<String>,
    /// The security type.
    pub security: Security,
    /// Whether a request carries a time and a signature.
    pub signed: bool,
    /// Whether it changes something.
    pub mutation: bool,
    /// What it weighs.
    pub weight: Weight,
    /// What it weighs where it succeeds, if that differs.
    pub weight_on_success: Option<u32>,
    /// Whether the weight is charged to the account and not to the address.
    pub charged_to_account: bool,
    /// What is charged to the account's counter, in addition to the address's.
    pub uid_weight: u32,
    /// Limits of this operation alone, or shared with a few others.
    pub request_limits: Vec<RequestLimit>,
    /// The ways in which a long answer is fetched page by page.
    pub paging: Vec<Paging>,
    /// By what the exchange knows what it makes or changes.
    pub identity: Identity,
    /// How many unfilled orders it adds.
    pub unfilled_orders: u32,
    /// Where the exchange reads the answer from, in order.
    pub data_source: Vec<String>,
    /// The environments that offer it; empty: all.
    pub environments: Vec<String>,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Whether its answer is not known, and perhaps not all of its parameters.
    pub draft: bool,
    /// Whether clients have no method for it, because they do by themselves what it is for.
    pub by_transport: bool,
    /// The day from which it is gone.
    pub sunset: Option<String>,
    /// Its parameters, in the order of the documentation.
    pub parameters: Vec<Parameter>,
    /// Where parameters travel that stand neither in the path nor in headers.
    pub body: Body,
    /// Whether lists of objects are spelled `name[0].member`.
    pub raw_brackets: bool,
    /// The rules that a request must obey.
    pub rules: Vec<Rule>,
    /// Requests for one purpose.
    pub constructors: Vec<Constructor>,
    /// The answer.
    pub response: Type,
    /// What the answer comes in.
    pub envelope: Option<Envelope>,
    /// How many seconds the answer may take, where it takes long.
    pub timeout: Option<u32>,
    /// The SBE messages that a successful answer has.
    pub sbe: Vec<String>,
    /// The type of the error body's data.
    pub error_data: Option<Type>,
    /// The identifier of the REST operation that this method of the WebSocket API is the same as.
    pub twin: Option<String>,
    /// Other names that the exchange's documentation and libraries have for it.
    pub aliases: Vec<String>,
}

/// An operation as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Flat {
    id: String,
    method: Option<String>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    ws_method: String,
    #[serde(default)]
    tag: String,
    #[serde(default)]
    summary: String,
    description: Option<String>,
    docs: Option<String>,
    security: Security,
    #[serde(default)]
    signed: bool,
    #[serde(default)]
    mutation: bool,
    #[serde(default)]
    weight: Vec<WeightRule>,
    #[serde(default)]
    weight_undocumented: bool,
    weight_on_success: Option<u32>,
    limit: Option<String>,
    #[serde(default)]
    uid_weight: u32,
    #[serde(default)]
    request_limits: Vec<RequestLimit>,
    #[serde(default)]
    paging: Vec<Paging>,
    #[serde(default)]
    identity: Identity,
    #[serde(default)]
    unfilled_orders: u32,
    #[serde(default)]
    data_source: Vec<String>,
    #[serde(default)]
    environments: Vec<String>,
    #[serde(default)]
    deprecated: bool,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    by_transport: bool,
    sunset: Option<String>,
    #[serde(default)]
    parameters: Vec<Parameter>,
    #[serde(default)]
    body: Body,
    #[serde(default)]
    raw_brackets: bool,
    #[serde(default)]
    rules: Vec<Rule>,
    #[serde(default)]
    constructors: Vec<Constructor>,
    response: Type,
    envelope: Option<Envelope>,
    timeout: Option<u32>,
    #[serde(default)]
    sbe: Vec<String>,
    error_data: Option<Type>,
    twin: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
}

impl From<Flat> for Operation {
    fn from(flat: Flat) -> Self {
        let call = match flat.method {
            Some(method) => Call::Rest {
                method,
                path: flat.path,
            },
            None => Call::WsApi {
                method: flat.ws_method,
            },
        };
        Self {
            id: flat.id,
            call,
            tag: flat.tag,
            summary: flat.summary,
            description: flat.description,
            docs: flat.docs,
            security: flat.security,
            signed: flat.signed,
            mutation: flat.mutation,
            weight: Weight {
                rules: flat.weight,
                documented: !flat.weight_undocumented,
            },
            weight_on_success: flat.weight_on_success,
            charged_to_account: flat.limit.as_deref() == Some("uid"),
            uid_weight: flat.uid_weight,
            request_limits: flat.request_limits,
            paging: flat.paging,
            identity: flat.identity,
            unfilled_orders: flat.unfilled_orders,
            data_source: flat.data_source,
            environments: flat.environments,
            deprecated: flat.deprecated,
            draft: flat.draft,
            by_transport: flat.by_transport,
            sunset: flat.sunset,
            parameters: flat.parameters,
            body: flat.body,
            raw_brackets: flat.raw_brackets,
            rules: flat.rules,
            constructors: flat.constructors,
            response: flat.response,
            envelope: flat.envelope,
            timeout: flat.timeout,
            sbe: flat.sbe,
            error_data: flat.error_data,
            twin: flat.twin,
            aliases: flat.aliases,
        }
    }
}

/// Where the parameters of a REST operation travel that stand neither in its path nor in its headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// In the query.
    #[default]
    None,
    /// In a form body.
    Form,
    /// In a JSON body.
    Json,
}

/// A parameter of an operation or a placeholder of a stream name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// Where it travels.
    #[serde(rename = "in", default)]
    pub place: Place,
    /// Whether it must be sent.
    #[serde(default)]
    pub required: bool,
    /// Whether the value is sent in lower case.
    #[serde(default)]
    pub lower_case: bool,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// One line.
    pub description: Option<String>,
    /// The value that counts where it is not sent, as JSON text.
    pub default: Option<String>,
    /// The lowest value.
    pub minimum: Option<String>,
    /// The highest value.
    pub maximum: Option<String>,
    /// The most items of a list.
    pub max_items: Option<usize>,
    /// The form of a text.
    pub pattern: Option<Pattern>,
    /// Whether it should no longer be used.
    #[serde(default)]
    pub deprecated: bool,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the query or the body, as [`Operation::body`] says; in a stream's name.
    #[default]
    Own,
    /// In the path.
    Path,
    /// In a header.
    Header,
}

/// How often an operation may be called.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RequestLimit {
    /// The number of calls.
    pub count: u32,
    /// The unit of the interval.
    pub interval: IntervalUnit,
    /// The number of units.
    pub every: u32,
    /// `uid` where the calls of an account are counted, and not those of an address.
    pub scope: Option<String>,
    /// Identifiers of the operations that are counted together with this one.
    #[serde(default)]
    pub with: Vec<String>,
}

/// How a long answer is fetched page by page.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Paging {
    /// What a page begins at: `time`, `id`, `cursor`, `page` or `offset`.
    pub by: String,
    /// The parameter that says it.
    pub from: String,
    /// The parameter of the end, of pages by time.
    pub to: Option<String>,
    /// The parameter of the most elements of a page.
    pub limit: Option<String>,
    /// The path of the elements in the answer, where it is not the list itself.
    pub rows: Option<String>,
    /// The member of an element, or of the answer, that the next page goes on from.
    pub next: Option<String>,
    /// The member of the answer that counts all elements.
    pub total: Option<String>,
    /// Of pages by time: the member of an element that no other has.
    pub id: Option<String>,
    /// Of pages by time: the longest range of a request, in hours.
    pub hours: Option<u32>,
}

/// By what the exchange knows what a mutation makes or changes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Identity {
    /// The list whose elements have the parameters, where it is a batch.
    pub each: Option<String>,
    /// The parameters with ids that clients make; the best first.
    pub ids: Vec<String>,
    /// The same of parts that a request may leave out: the parameter with the id, and the one that says that the part is
    /// there.
    pub ids_beside: Vec<(String, String)>,
    /// The query that finds it.
    pub query: Option<Query>,
    /// Why no query finds it.
    pub none: Option<String>,
}

/// The query that finds out what became of a mutation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Query {
    /// The identifier of the operation.
    pub operation: String,
    /// Parameters of the mutation, and those of the query that take their values.
    #[serde(default)]
    pub with: Vec<(String, String)>,
    /// The codes by which it says that there is nothing.
    #[serde(default)]
    pub absent: Vec<i64>,
    /// What its answer must show for the mutation to have been carried out.
    pub done: Evidence,
}

/// What the answer of a query must show.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Evidence {
    /// Nothing but that there is one.
    Exists,
    /// An element in this list; empty: in the answer.
    Listed(String),
    /// One of these values in this member.
    Is {
        /// The member.
        member: String,
        /// The values.
        values: Vec<String>,
    },
    /// The values of parameters.
    Same {
        /// Members, and the parameters whose values they have.
        members: Vec<(String, String)>,
        /// The parameters of which none may have been sent.
        #[serde(default)]
        unless: Vec<String>,
    },
}

/// The members of an answer that say whether the call succeeded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Envelope {
    /// The member with the code.
    pub code: Option<String>,
    /// The codes of success, as they are sent.
    pub ok: Vec<String>,
    /// The member that is true where the call succeeded.
    pub success: Option<String>,
    /// The member with the message.
    pub message: Option<String>,
    /// The member that has the answer; without it, that is the whole body.
    pub data: Option<String>,
    /// Whether the answer may come without the envelope.
    pub optional: bool,
}

/// A stream to subscribe to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Stream {
    /// The identifier.
    pub id: String,
    /// The pattern of its names: `<symbol>@kline_<interval>`.
    pub pattern: String,
    /// The section of the documentation.
    #[serde(default)]
    pub tag: String,
    /// One line.
    #[serde(default)]
    pub summary: String,
    /// More, if there is more to say.
    pub description: Option<String>,
    /// The address of its documentation.
    pub docs: Option<String>,
    /// The placeholders, in order.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// How often it speaks, in the documentation's words.
    pub update_speed: Option<String>,
    /// The connection group: a name of [`StreamRules::routes`].
    pub route: Option<String>,
    /// The values of the event's `e`.
    #[serde(default)]
    pub event_types: Vec<String>,
    /// The event.
    pub event: Type,
    /// How its events keep an order book, where they do.
    pub book: Option<Book>,
    /// The environments that offer it; empty: all.
    #[serde(default)]
    pub environments: Vec<String>,
    /// Whether it should no longer be used.
    #[serde(default)]
    pub deprecated: bool,
    /// Other names that the exchange's documentation and libraries have for it.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// How the events of a stream keep an order book.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Book {
    /// How events are numbered.
    pub rule: BookRule,
    /// The identifier of the operation that returns a snapshot.
    pub snapshot: String,
    /// The most levels a side that a snapshot has.
    pub depth: u32,
}

/// How the updates of an order book are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BookRule {
    /// Without holes: `U` follows the `u` before.
    Sequential,
    /// Each event names the one before in `pu`.
    Linked,
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
