//! Operations, streams and the JSON types that they exchange.

use std::collections::BTreeMap;

use indexmap::{IndexMap, IndexSet};

use super::path::PathTemplate;
use super::rules::{NamedConstructor, Pattern, Rule};
use super::server::{Offer, Webhooks};
use super::source::{Aside, Place};
use super::stream_pattern::StreamPattern;

/// A product family: what one crate is made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Product {
    /// The name, as in the folder: `spot`, `usds-futures`.
    pub name: String,
    /// The name in prose, where it is not the words of `name` with capitals.
    pub title: Option<String>,
    /// The name in the exchange's own SDKs, where it differs.
    pub sdk_name: Option<String>,
    /// Values that examples show, by the names of parameters and members on the wire.
    pub examples: BTreeMap<String, String>,
    /// Hosts by transport.
    pub servers: Vec<Server>,
    /// REST operations and WebSocket API methods.
    pub operations: Vec<Operation>,
    /// Market streams.
    pub streams: Vec<Stream>,
    /// Every named type, by name, in the order of the specs.
    pub types: IndexMap<String, TypeDef>,
    /// The union of user-data events that the WebSocket API sends.
    pub user_data_events: Option<String>,
    /// How much may be sent, where that is documented.
    pub rate_limits: Option<RateLimits>,
    /// How the user's own events are reached otherwise.
    pub user_data: Vec<UserData>,
    /// Where the state of the account is fetched.
    pub snapshot: Option<AccountSnapshot>,
    /// What holds for every stream connection.
    pub stream_rules: StreamRules,
    /// Events that may arrive on any connection without a subscription.
    pub connection_events: Vec<String>,
    /// Whether the exchange takes times in parameters in milliseconds and in microseconds, and tells them by magnitude;
    /// where it does not, a parameter has the one unit of its type.
    pub any_time_unit: bool,
    /// Those of `types` that the leaf crate declares for all products, and what they are called there.
    pub shared_types: BTreeMap<String, String>,
    /// What else the leaf crate declares, by its name there: nothing of the product refers to it.
    pub unreferenced: IndexMap<String, TypeDef>,
    /// The families of error codes that the product's errors come from, and where each is named.
    pub error_families: Vec<(String, Location)>,
    /// Those families, as they are declared.
    pub error_codes: Vec<ErrorFamily>,
    /// What the user's own server offers.
    pub offer: Option<Offer>,
    /// What is posted to the user's own server.
    pub webhooks: Option<Webhooks>,
}

/// Parameters that clients add by themselves: no operation declares them.
pub const ADDED_BY_CLIENT: &[&str] = &["timestamp", "signature", "recvWindow"];

/// The environments that servers and operations may name.
pub const ENVIRONMENTS: &[&str] = &["production", "market-data", "testnet", "demo"];

/// Where a thing stands in the specs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, relative to the specs folder.
    pub file: String,
    /// The line, counted from one.
    pub line: usize,
    /// The character of the line, counted from one; 0 where the line as a whole is meant.
    pub column: usize,
}

impl Location {
    /// The place of a file.
    pub fn new(file: impl Into<String>, place: impl Into<Place>) -> Self {
        let Place { line, column } = place.into();
        Self {
            file: file.into(),
            line,
            column,
        }
    }

    /// The place in the file.
    pub fn place(&self) -> Place {
        Place {
            line: self.line,
            column: self.column,
        }
    }
}

crate::named! {
    /// A transport.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Transport {
        /// HTTP requests.
        Rest = "rest",
        /// Requests over a WebSocket.
        WsApi = "ws-api",
        /// Subscriptions over a WebSocket.
        WsStreams = "ws-streams",
    }
}

crate::named! {
    /// An HTTP method that the exchange uses.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum HttpMethod {
        /// Reads.
        Get = "GET",
        /// Makes something new.
        Post = "POST",
        /// Replaces something.
        Put = "PUT",
        /// Takes something away.
        Delete = "DELETE",
    }
}

crate::named! {
    /// The unit of an interval in which calls are counted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum IntervalUnit {
        /// Seconds.
        Second = "second",
        /// Minutes.
        Minute = "minute",
        /// Hours.
        Hour = "hour",
        /// Days.
        Day = "day",
    }
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What is spoken there.
    pub transport: Transport,
    /// `production`, `market-data`, `testnet` or `demo`.
    pub environment: String,
    /// The address.
    pub url: String,
    /// Whether market data comes in SBE there.
    pub sbe: bool,
    /// The name under which the user data of that address refers to it; such an address has no market streams.
    pub name: Option<String>,
}

/// How much may be sent to a product, as far as it is known before the exchange is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// The name of the counters; products of one name on the same hosts share them.
    pub system: String,
    /// Whether each endpoint has weight counters of its own.
    pub each_endpoint: bool,
    /// The request weight of opening a connection of the WebSocket API.
    pub connect_weight: u32,
    /// The path of the REST operation that says the time, where it is one of another product on the same hosts.
    pub time_path: Option<String>,
    /// The limits.
    pub rules: Vec<RateLimitRule>,
}

crate::named! {
    /// What a rate limit counts.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum RateLimitKind {
        /// Request weight of the address.
        RequestWeight = "REQUEST_WEIGHT",
        /// Unfilled orders of the account.
        Orders = "ORDERS",
        /// Requests of the address.
        RawRequests = "RAW_REQUESTS",
        /// Attempts of the address to connect.
        Connections = "CONNECTIONS",
        /// Weight of the address on one endpoint.
        SapiIpWeight = "SAPI_IP_WEIGHT",
        /// Weight of the account on one endpoint.
        SapiUidWeight = "SAPI_UID_WEIGHT",
    }
}

/// A rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitRule {
    /// What is counted.
    pub kind: RateLimitKind,
    /// The most in an interval.
    pub count: u32,
    /// The unit of the interval.
    pub interval: IntervalUnit,
    /// The number of units.
    pub every: u32,
}

/// What holds for every connection to a product's streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamRules {
    /// Connection groups: name and path. Where there are any, every stream belongs to one.
    pub routes: IndexMap<String, String>,
    /// The most streams on one connection, where it is not 1024.
    pub max_streams: Option<u32>,
    /// The most messages a second that the server takes, where it is not 5.
    pub messages_per_second: Option<u32>,
    /// Whether the address is signed and streams are topics (`/sapi/wss`).
    pub signed_topics: bool,
}

/// How a user's own events are reached.
#[derive(Clone, Debug, PartialEq)]
pub struct UserData {
    /// What it is called: `userData`, or the name that the specs give one of several.
    pub name: String,
    /// The address, where it is not that of market streams: the name of a server.
    pub server: Option<String>,
    /// The REST operation that gives the key or the token.
    pub start: String,
    /// What is done with it.
    pub access: UserDataAccess,
    /// The events.
    pub events: Type,
    /// Where it stands.
    pub location: Location,
}

/// What opens a stream of user data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserDataAccess {
    /// A key that is part of the address and is kept alive.
    ListenKey {
        /// The REST operation that keeps it alive.
        keep_alive: String,
        /// The REST operation that ends it.
        close: Option<String>,
        /// What follows the server's address, with `{listenKey}` and perhaps `{events}` in it.
        path: String,
        /// How long it lives, in minutes.
        minutes: u32,
    },
    /// A token that a method of the WebSocket API takes.
    ListenToken {
        /// The method.
        subscribe: String,
    },
}

/// Where the state of an account is fetched, and what its events say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSnapshot {
    /// The entry of user data whose events these are; without it the only one, or those of the WebSocket API.
    pub of: Option<String>,
    /// The operations that answer with balances and positions.
    pub account: Vec<String>,
    /// The members of the first of these answers that say when it changed: the latest counts. `list.member` is that of
    /// each element.
    pub times: Vec<String>,
    /// The parts of the account with orders of their own.
    pub sections: Vec<OrderSection>,
    /// Tags of events, and what they say. Others say nothing that a snapshot contains.
    pub events: Vec<(String, EventMeaning)>,
    /// Where it stands.
    pub location: Location,
}

/// Where orders and trades of a part of an account are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSection {
    /// Its name; empty where it is the only one.
    pub name: String,
    /// The operation of open orders.
    pub open: String,
    /// The operation of one order.
    pub query: String,
    /// The operation of trades.
    pub trades: String,
    /// The member of a trade that is called the trade id in events, where it is not `id`, by which pages go.
    pub trade_id: Option<String>,
}

/// What an event says about the state of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventMeaning {
    /// The state of an order, and perhaps a fill.
    Order(OrderEvent),
    /// A fill of which an event about the order follows.
    Fill(OrderEvent),
    /// Balances or positions.
    Account {
        /// The member that says when they changed.
        time: Option<String>,
    },
}

/// An event about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    /// The member that has the order, where it is not the event itself.
    pub at: Option<String>,
    /// The section that the order belongs to.
    pub section: SectionChoice,
}

/// Which section an order belongs to, by its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SectionChoice {
    /// Always the same.
    Always(usize),
    /// By the value of a member of the event.
    By {
        /// The member.
        member: String,
        /// Its values, and the section that each of them means.
        values: Vec<(String, usize)>,
    },
}

crate::named! {
    /// Security types, as documented.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[allow(missing_docs)]
    pub enum Security {
        None = "NONE",
        MarketData = "MARKET_DATA",
        UserStream = "USER_STREAM",
        UserData = "USER_DATA",
        Trade = "TRADE",
        Margin = "MARGIN",
        PredictionTrade = "PREDICTION_TRADE",
        Partner = "PARTNER",
        Kyc = "KYC",
    }
}

impl Security {
    /// Whether a request of this type is signed, where nothing else is said.
    pub fn signs(self) -> bool {
        !matches!(self, Self::None | Self::MarketData | Self::UserStream)
    }
}

/// Where the parameters of a REST operation travel that stand neither in its path nor in its headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestBody {
    /// In the query.
    #[default]
    None,
    /// In a form body.
    Form,
    /// In a JSON body.
    Json,
}

/// The members of an answer that say whether the call succeeded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The member with the code.
    pub code: Option<String>,
    /// The codes of success, as they are sent.
    pub ok: Vec<String>,
    /// The member that is true where the call succeeded.
    pub success: Option<String>,
    /// The member with the message.
    pub message: Option<String>,
    /// The member that the answer's schema describes; without it, that is the whole body.
    pub data: Option<String>,
    /// Whether the answer may come without the envelope.
    pub optional: bool,
}

/// How often an operation may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLimit {
    /// So many calls.
    pub count: u32,
    /// The unit of the interval.
    pub interval: IntervalUnit,
    /// How many units long the interval is.
    pub every: u32,
    /// Whose calls are counted.
    pub scope: Limit,
    /// The operations that are counted together with this one.
    pub with: Vec<String>,
}

impl Call {
    /// The transport.
    pub fn transport(&self) -> Transport {
        match self {
            Self::Rest { .. } => Transport::Rest,
            Self::WsApi { .. } => Transport::WsApi,
        }
    }
}

/// How an operation is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// An HTTP method and a path.
    Rest {
        /// The method.
        method: HttpMethod,
        /// The path.
        path: PathTemplate,
    },
    /// A method of the WebSocket API.
    WsApi {
        /// The name on the wire.
        method: String,
    },
}

crate::named! {
    /// Which counter a weight is charged to.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Limit {
        /// The address's.
        #[default]
        Ip = "ip",
        /// The account's.
        Uid = "uid",
    }
}

/// One call of the API.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The exchange's identifier.
    pub id: String,
    /// How it is called.
    pub call: Call,
    /// The section of the documentation.
    pub tag: String,
    /// One line.
    pub summary: String,
    /// More, if there is more to say.
    pub description: Option<String>,
    /// The documentation address.
    pub docs: Option<String>,
    /// The security type.
    pub security: Security,
    /// Whether it carries timestamp and signature.
    pub signed: bool,
    /// Whether it changes something.
    pub mutation: bool,
    /// What it weighs.
    pub weight: Weight,
    /// Whether the specs say what it is charged; where they do not, `weight` is 1.
    pub weight_documented: bool,
    /// What it weighs where it succeeds, if that differs.
    pub weight_on_success: Option<u32>,
    /// The counter charged.
    pub limit: Limit,
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
    /// Whether its answer is not known, and perhaps not all of its parameters: those that are not declared are free, and
    /// the answer is any JSON.
    pub draft: bool,
    /// Whether clients have no method for it, because they do by themselves what it is for.
    pub by_transport: bool,
    /// The day from which it is gone.
    pub sunset: Option<String>,
    /// Its parameters, in the order of the documentation.
    pub parameters: Vec<Parameter>,
    /// Where they travel.
    pub body: RequestBody,
    /// Whether lists of objects are spelled `name[0].member`, and brackets stay as they are.
    pub raw_brackets: bool,
    /// The rules that a request must obey.
    pub rules: Vec<Rule>,
    /// Functions that make a request for one purpose.
    pub constructors: Vec<NamedConstructor>,
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
    /// The REST operation that this WebSocket API method is the same as.
    pub twin: Option<String>,
    /// Other names that the exchange's documentation and libraries have for it.
    pub aliases: Vec<String>,
    /// Where it stands.
    pub location: Location,
}

/// By what the exchange knows what a mutation makes or changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The list whose elements have the parameters, where it is a batch.
    pub each: Option<String>,
    /// The parameters with ids that clients make where the caller sets none; the best first.
    pub ids: Vec<String>,
    /// The same of parts that a request may leave out: the parameter with the id, and the one that says that the part is
    /// there.
    pub ids_beside: Vec<(String, String)>,
    /// The query that finds it.
    pub query: Option<QueryTwin>,
    /// Why no query finds it.
    pub none: Option<String>,
}

/// The query that finds out what became of a mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryTwin {
    /// Its identifier.
    pub operation: String,
    /// Parameters of the mutation, and those of the query that take their values.
    pub with: Vec<(String, String)>,
    /// The codes by which it says that there is nothing.
    pub absent: Vec<i64>,
    /// What its answer must show for the mutation to have been carried out.
    pub done: Evidence,
}

/// What the answer of a query must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing but that there is one.
    Exists,
    /// An element in this list; empty: in the answer.
    Listed(String),
    /// One of these values in this member.
    Is(String, Vec<String>),
    /// The values of parameters: the member, the parameter. Proves nothing where one of the second list was sent.
    Same(Vec<(String, String)>, Vec<String>),
}

/// Request weight, by rules read from top to bottom; the last one has no condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight(pub Vec<WeightRule>);

/// One line of a weight table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightRule {
    /// When it applies; `None`: otherwise.
    pub when: Option<WeightCondition>,
    /// The weight, or the weight of one item.
    pub weight: u32,
    /// Whether `weight` counts for each item of the condition's list.
    pub per_item: bool,
    /// The most that the items may weigh together.
    pub cap: Option<u32>,
}

/// When a weight applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeightCondition {
    /// The parameter is sent, or is not.
    Present {
        /// Its name.
        parameter: String,
        /// Whether it must be there.
        present: bool,
    },
    /// The parameter's value, or its default, lies in a range.
    Range {
        /// Its name.
        parameter: String,
        /// The lowest value.
        min: Option<i64>,
        /// The highest value.
        max: Option<i64>,
    },
    /// The parameter has one of these values.
    OneOf {
        /// Its name.
        parameter: String,
        /// The values.
        values: Vec<String>,
    },
    /// The list has so many items.
    Items {
        /// The parameter's name.
        parameter: String,
        /// The fewest.
        min: Option<i64>,
        /// The most.
        max: Option<i64>,
    },
}

impl WeightCondition {
    /// Returns the name of the parameter that the condition is about.
    pub fn parameter(&self) -> &str {
        match self {
            Self::Present { parameter, .. }
            | Self::Range { parameter, .. }
            | Self::OneOf { parameter, .. }
            | Self::Items { parameter, .. } => parameter,
        }
    }
}

/// A parameter of an operation or a placeholder of a stream name.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// Whether it stands in the path.
    pub in_path: bool,
    /// Whether it travels as a request header.
    pub in_header: bool,
    /// Whether it must be sent.
    pub required: bool,
    /// Whether the value is sent in lower case.
    pub lower_case: bool,
    /// Its type.
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
    pub deprecated: bool,
}

/// A stream to subscribe to.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// The exchange's identifier.
    pub id: String,
    /// The pattern of its names.
    pub pattern: StreamPattern,
    /// The section of the documentation.
    pub tag: String,
    /// One line.
    pub summary: String,
    /// More, if there is more to say.
    pub description: Option<String>,
    /// The documentation address.
    pub docs: Option<String>,
    /// The placeholders, in order.
    pub parameters: Vec<Parameter>,
    /// How often it speaks, in the documentation's words.
    pub update_speed: Option<String>,
    /// The connection group: a name of [`StreamRules::routes`].
    pub route: Option<String>,
    /// The values of the event's `e`.
    pub event_types: Vec<String>,
    /// The event.
    pub event: Type,
    /// How its events keep an order book, where they do.
    pub book: Option<BookSource>,
    /// The environments that offer it; empty: all.
    pub environments: Vec<String>,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Other names that the exchange's documentation and libraries have for it.
    pub aliases: Vec<String>,
    /// Where it stands.
    pub location: Location,
}

/// How the events of a stream keep an order book.
#[derive(Clone, Debug, PartialEq)]
pub struct BookSource {
    /// How events are numbered.
    pub rule: BookRule,
    /// The REST operation that answers with a snapshot.
    pub snapshot: String,
    /// The most levels a side that a snapshot has.
    pub depth: u32,
    /// The request weight per minute that snapshots use unless the user sets another.
    pub weight_per_minute: u32,
    /// The value of the stream's placeholder for its speed that is used unless the user sets another.
    pub update_speed: Option<String>,
    /// The seconds after which a snapshot that no event has followed is fetched again, where it may come out of a cache.
    pub confirm: Option<u32>,
    /// Where it stands.
    pub location: Location,
}

/// How the updates of an order book are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookRule {
    /// Without holes: `U` follows the `u` before.
    Sequential,
    /// Each event names the one before in `pu`.
    Linked,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Text.
    Text,
    /// Text that is always the same.
    Constant(String),
    /// True or false.
    Boolean {
        /// Whether it travels as text.
        as_text: bool,
    },
    /// An integer.
    Integer {
        /// 32 or 64.
        bits: u8,
        /// Whether it travels as text.
        as_text: bool,
    },
    /// An exact number.
    Decimal {
        /// Whether it travels as a bare number instead of text.
        bare: bool,
    },
    /// A point in time.
    Time {
        /// What the documentation counts.
        unit: TimeUnit,
        /// Whether it travels as text.
        as_text: bool,
    },
    /// A list.
    Array(Box<Type>),
    /// An object whose keys are data.
    Map(Box<Type>),
    /// The object itself or a list of it.
    OneOrMany(Box<Type>),
    /// A type of [`Product::types`].
    Named(String),
    /// Any JSON.
    Any,
    /// An answer that says nothing.
    Empty,
}

crate::named! {
    /// What the documentation counts time in.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum TimeUnit {
        /// Seconds.
        Second = "s",
        /// Milliseconds.
        Millisecond = "ms",
        /// Microseconds.
        Microsecond = "us",
    }
}

crate::named! {
    /// A market whose order filters follow rules of their own.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum FilterMarket {
        /// Spot and margin.
        Spot = "spot",
        /// USDⓈ-M futures.
        UsdsFutures = "usds-futures",
        /// COIN-M futures.
        CoinFutures = "coin-futures",
        /// European options.
        Options = "options",
    }
}

crate::named! {
    /// What a page begins at.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum PagedBy {
        /// A time.
        Time = "time",
        /// The id of an element.
        Id = "id",
        /// A text that the page before names.
        Cursor = "cursor",
        /// The number of the page.
        Page = "page",
        /// The number of elements before it.
        Offset = "offset",
    }
}

/// How a long answer is fetched page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// What a page begins at.
    pub by: PagedBy,
    /// The parameter that says it.
    pub from: String,
    /// The parameter of the end, of pages by time.
    pub to: Option<String>,
    /// The parameter of the most elements of a page.
    pub limit: Option<String>,
    /// The path of the elements in the answer; `None` where the answer is the list.
    pub rows: Option<String>,
    /// Of pages by time or id: the member of an element that the next page goes on from. Of a cursor: the member of the
    /// answer.
    pub next: Option<String>,
    /// The member of the answer that counts all elements.
    pub total: Option<String>,
    /// Of pages by time: the member of an element that no other has.
    pub id: Option<String>,
    /// Of pages by time: the longest range of a request, in hours.
    pub hours: Option<u32>,
}

/// A named type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeDef {
    /// One line.
    pub description: Option<String>,
    /// The SBE message or enum that carries the same thing, where the names differ.
    pub sbe: Option<String>,
    /// The named type inside whose file it is printed: inline objects stand with their owner.
    pub owner: Option<String>,
    /// Of a symbol whose `filters` orders must pass: the market whose rules they follow.
    pub filters: Option<FilterMarket>,
    /// What it is.
    pub kind: TypeKind,
    /// The rules that the object must obey where a request carries it.
    pub rules: Vec<Rule>,
    /// Where it stands.
    pub location: Location,
}

/// The kinds of named types.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// An object with known members.
    Object(Vec<Field>),
    /// A positional array.
    Tuple(Vec<Field>),
    /// An open set of texts, each with a description if there is one.
    Enum(Vec<String>),
    /// Objects distinguished by a member.
    Union {
        /// The member's name.
        tag: String,
        /// Tag value and named type.
        variants: IndexMap<String, String>,
    },
    /// Shapes distinguished by kind and by the members that are there.
    Shapes(Vec<Type>),
    /// Another name for a type.
    Alias(Type),
}

/// A member of an object, or a slot of a tuple.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// Other names under which it comes as well.
    pub aliases: Vec<String>,
    /// The plain name, where the name on the wire is an abbreviation.
    pub plain_name: Option<String>,
    /// Its type.
    pub ty: Type,
    /// Whether it is always there.
    pub required: bool,
    /// Whether `null` means something.
    pub nullable: bool,
    /// One line.
    pub description: Option<String>,
    /// Where it stands: in the list of required members, where it is among them.
    pub location: Aside<Location>,
}

/// Error codes that belong together: those of one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorFamily {
    /// The name: `spot`, `sapi`.
    pub name: String,
    /// One line.
    pub description: String,
    /// The codes, in the order of the list.
    pub codes: Vec<ErrorCode>,
    /// Where it is declared.
    pub location: Location,
}

/// An error code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// The number.
    pub code: i32,
    /// The text on the wire, where it is not the number's own: `050009`.
    pub spelling: Option<String>,
    /// Its names, as documented; most have one.
    pub names: Vec<String>,
    /// What the constant is called, where the name cannot say it.
    pub constant: Option<String>,
    /// One line.
    pub text: Option<String>,
    /// Where it stands.
    pub location: Location,
}

impl Product {
    /// Follows aliases to the type that a name stands for.
    pub fn resolve<'t>(&'t self, ty: &'t Type) -> &'t Type {
        let mut ty = ty;
        // The reader has refused alias cycles; the bound keeps this total all the same.
        for _ in 0..self.types.len() + 1 {
            match ty {
                Type::Named(name) => match self.types.get(name).map(|def| &def.kind) {
                    Some(TypeKind::Alias(target)) => ty = target,
                    _ => break,
                },
                _ => break,
            }
        }
        ty
    }

    /// The rules of an object, or of the objects in a list; none for anything else.
    pub fn object_rules(&self, ty: &Type) -> &[Rule] {
        let element = match self.resolve(ty) {
            Type::Array(element) => self.resolve(element),
            other => other,
        };
        match element {
            Type::Named(name) => self.types.get(name).map_or(&[], |def| &def.rules),
            _ => &[],
        }
    }

    /// The members that an object type always has; `None` for anything but an object.
    pub fn required_fields(&self, ty: &Type) -> Option<Vec<&Field>> {
        match self.resolve(ty) {
            Type::Named(name) => match &self.types.get(name)?.kind {
                TypeKind::Object(fields) => Some(fields.iter().filter(|f| f.required).collect()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Every name of a member, in the order of the documentation, that a value of a type can have, or that each element has where it is a list.
    pub fn member_names<'t>(&'t self, ty: &'t Type) -> IndexSet<&'t str> {
        let kind = match self.resolve(ty) {
            Type::Array(element) | Type::OneOrMany(element) => return self.member_names(element),
            Type::Named(name) => self.types.get(name).map(|def| &def.kind),
            _ => None,
        };
        match kind {
            Some(TypeKind::Object(fields)) => fields
                .iter()
                .flat_map(|field| std::iter::once(&field.name).chain(&field.aliases))
                .map(String::as_str)
                .collect(),
            Some(TypeKind::Union { tag, variants }) => {
                let of_variants = variants
                    .values()
                    .filter_map(|name| self.types.get_key_value(name));
                let names = of_variants.flat_map(|(_, def)| match &def.kind {
                    TypeKind::Object(fields) => fields.iter().map(|field| field.name.as_str()).collect(),
                    _ => Vec::new(),
                });
                [tag.as_str()].into_iter().chain(names).collect()
            }
            Some(TypeKind::Shapes(types)) => types.iter().flat_map(|ty| self.member_names(ty)).collect(),
            _ => IndexSet::new(),
        }
    }

    /// The members that an object type always has, and under no other name; `None` for anything but an object.
    pub fn required_members(&self, ty: &Type) -> Option<Vec<&str>> {
        let fields = self.required_fields(ty)?;
        Some(
            fields
                .into_iter()
                .filter(|f| f.aliases.is_empty())
                .map(|f| f.name.as_str())
                .collect(),
        )
    }
}
