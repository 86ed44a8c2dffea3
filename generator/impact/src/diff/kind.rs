//! The words in which a difference is told: what it is about, which side of it, which way it went, what it means.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use binance_wire_model::api;
use binance_wire_model::server::OwnServer;

/// What a difference means in one respect. Later ones are worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing: documentation, or what does not show in this respect.
    #[default]
    None,
    /// There is more than before, and whoever does not care need not.
    Compatible,
    /// What was there works otherwise than before: look at it.
    Attention,
    /// What worked before does not any more.
    Breaking,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Compatible => "compatible",
            Self::Attention => "attention",
            Self::Breaking => "breaking",
        })
    }
}

/// How loudly a finding is reported, and whether it fails the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Not reported.
    Ignore,
    /// Listed.
    Info,
    /// Listed before what is only listed.
    Warning,
    /// Makes the run end with 100.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ignore => "ignore",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Who sends the thing: what is safe in a request may not be so in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// The user.
    Sent,
    /// The exchange.
    Received,
    /// Either; the worse verdict counts.
    Both,
}

/// How a thing travels. In the order of the names, which is that of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// FIX messages.
    Fix,
    /// HTTP requests.
    Rest,
    /// SBE messages.
    Sbe,
    /// HTTP requests to the user's own server.
    Server,
    /// HTTP requests that the exchange posts.
    Webhooks,
    /// Requests over a WebSocket.
    WsApi,
    /// Events over a WebSocket.
    WsStreams,
}

impl Transport {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fix => "fix",
            Self::Rest => api::Transport::Rest.name(),
            Self::Sbe => "sbe",
            Self::Server => OwnServer::Offer.name(),
            Self::Webhooks => OwnServer::Webhooks.name(),
            Self::WsApi => api::Transport::WsApi.name(),
            Self::WsStreams => api::Transport::WsStreams.name(),
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<api::Transport> for Transport {
    fn from(transport: api::Transport) -> Self {
        match transport {
            api::Transport::Rest => Self::Rest,
            api::Transport::WsApi => Self::WsApi,
            api::Transport::WsStreams => Self::WsStreams,
        }
    }
}

impl From<&api::Call> for Transport {
    fn from(call: &api::Call) -> Self {
        match call {
            api::Call::Rest { .. } => Self::Rest,
            api::Call::WsApi { .. } => Self::WsApi,
        }
    }
}

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A product.
    Product,
    /// An environment with its hosts.
    Environment,
    /// A function of `environments`.
    Addresses,
    /// A group of streams on one connection path.
    Route,
    /// A rate limit.
    RateLimit,
    /// An operation.
    Operation,
    /// A parameter of an operation.
    Parameter,
    /// A rule of requests.
    Rule,
    /// A function that makes a request for one purpose.
    NamedConstructor,
    /// A stream.
    Stream,
    /// The order book that a stream keeps.
    Book,
    /// A part of a stream's name.
    Placeholder,
    /// A type of JSON.
    Type,
    /// A member of an object.
    Field,
    /// A member of a tuple.
    Slot,
    /// A value of a value set.
    Value,
    /// A case of a union.
    Variant,
    /// One of several forms of an answer.
    Shape,
    /// A way to a user's own events.
    UserData,
    /// The state of an account that is fetched after gaps.
    Snapshot,
    /// An event that every connection may receive.
    ConnectionEvent,
    /// An operation of the user's own server.
    ServerOperation,
    /// Webhooks.
    Webhooks,
    /// A family of error codes.
    ErrorFamily,
    /// An error code.
    ErrorCode,
    /// An endpoint that is gone.
    Retired,
    /// An SBE schema.
    SbeSchema,
    /// A simple type of SBE.
    SbeType,
    /// A composite of SBE.
    SbeComposite,
    /// A member of a composite.
    SbeCompositeMember,
    /// An enum of SBE.
    SbeEnum,
    /// A value of an SBE enum.
    SbeValue,
    /// A set of SBE.
    SbeSet,
    /// A flag of an SBE set.
    SbeChoice,
    /// An SBE message.
    SbeMessage,
    /// A field of an SBE message.
    SbeField,
    /// A group of an SBE message.
    SbeGroup,
    /// Variable data of an SBE message.
    SbeData,
    /// A FIX dictionary.
    FixDictionary,
    /// A FIX message.
    FixMessage,
    /// A field of a FIX message.
    FixMember,
    /// A group of a FIX message.
    FixGroup,
    /// A field that FIX messages share.
    FixField,
    /// A value of a FIX field.
    FixValue,
    /// An item of the emitted Rust, or a member of one.
    RustItem,
    /// The body of a request, in a document that is compared as it is.
    Body,
    /// An answer by its status.
    Answer,
    /// A form of a body or an answer.
    Media,
    /// A header of an answer.
    Header,
    /// A property of an object.
    Member,
    /// The elements of a list.
    Items,
    /// One of several schemas.
    Alternative,
    /// What a value may be.
    Schema,
}

/// The noun, which several classes share.
impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.noun())
    }
}

impl Class {
    /// The noun in messages.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Environment => "environment",
            Self::Addresses => "list of addresses",
            Self::Route => "route",
            Self::RateLimit => "rate limit",
            Self::Operation => "operation",
            Self::Parameter => "parameter",
            Self::Rule => "rule",
            Self::NamedConstructor => "constructor",
            Self::Stream => "stream",
            Self::Book => "order book",
            Self::Placeholder => "placeholder",
            Self::Type => "type",
            Self::Field => "field",
            Self::Slot => "slot",
            Self::Value => "value",
            Self::Variant => "variant",
            Self::Shape => "shape",
            Self::UserData => "user data",
            Self::Snapshot => "snapshot of accounts",
            Self::ConnectionEvent => "event of connections",
            Self::ServerOperation => "server operation",
            Self::Webhooks => OwnServer::Webhooks.name(),
            Self::ErrorFamily => "family of error codes",
            Self::ErrorCode => "error code",
            Self::Retired => "endpoint",
            Self::SbeSchema => "SBE schema",
            Self::SbeType => "SBE type",
            Self::SbeComposite => "SBE composite",
            Self::SbeCompositeMember => "member",
            Self::SbeEnum => "SBE enum",
            Self::SbeValue => "value",
            Self::SbeSet => "SBE set",
            Self::SbeChoice => "flag",
            Self::SbeMessage => "SBE message",
            Self::SbeField => "field",
            Self::SbeGroup => "group",
            Self::SbeData => "data",
            Self::FixDictionary => "FIX dictionary",
            Self::FixMessage => "FIX message",
            Self::FixMember => "field",
            Self::FixGroup => "group",
            Self::FixField => "FIX field",
            Self::FixValue => "value",
            Self::RustItem => "Rust item",
            Self::Body => "request",
            Self::Answer => "response",
            Self::Media => "media type",
            Self::Header => "header",
            Self::Member => "property",
            Self::Items => "element",
            Self::Alternative => "alternative",
            Self::Schema => "schema",
        }
    }

    /// Things of one nature in different languages have one word, so that a change of all of them is one group.
    pub(super) fn family(self) -> &'static str {
        match self {
            Self::Operation | Self::SbeMessage | Self::FixMessage => "operation",
            Self::Field | Self::Member | Self::Slot | Self::SbeField | Self::SbeData | Self::FixMember => {
                "member"
            }
            Self::SbeGroup | Self::FixGroup => "member",
            Self::Value | Self::SbeValue | Self::SbeChoice | Self::FixValue => "value",
            Self::Type | Self::SbeEnum | Self::SbeSet => "type",
            other => other.noun(),
        }
    }

    /// Whether the order of such things in what holds them is part of the wire format.
    pub(super) fn ordered(self) -> bool {
        matches!(
            self,
            Self::Slot
                | Self::SbeCompositeMember
                | Self::SbeField
                | Self::SbeGroup
                | Self::SbeData
                | Self::FixMember
                | Self::FixGroup
        )
    }
}

/// Which side of a thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// Whether it is there at all.
    Itself,
    /// The same of what must be there.
    Demanded,
    /// The same of what has others behind it, whose place it shifts.
    Inserted,
    /// The same of what must be there and has others behind it.
    InsertedDemanded,
    /// The name on the wire.
    Name,
    /// The name on the wire, where code calls both the same.
    Spelling,
    /// The name in code alone.
    Identifier,
    /// The kind of type.
    Kind,
    /// The type.
    Type,
    /// The form on the wire of what is one type in code.
    Encoding,
    /// Whether it must be there.
    Required,
    /// Whether it may be null.
    Nullable,
    /// Other names on the wire.
    Aliases,
    /// The value where none is sent.
    Default,
    /// The value that an example has.
    Sample,
    /// What that value looks like.
    Form,
    /// The least value.
    Minimum,
    /// The greatest value.
    Maximum,
    /// The most items.
    MaxItems,
    /// The form of a text.
    Pattern,
    /// The values that are set.
    Fixed,
    /// Whether a client must send it although messages come without it.
    ByClient,
    /// The exchange's code for what breaks a rule.
    Code,
    /// The part of a request that it travels in.
    Place,
    /// Whether it is sent in lower case.
    LowerCase,
    /// Whether it is deprecated.
    Deprecated,
    /// What documentation says.
    Documentation,
    /// The order of what stands in it.
    Order,
    /// The order of the arguments of what makes it.
    Arguments,
    /// The security type.
    Security,
    /// Whether it is signed.
    Signed,
    /// Whether it changes something.
    Mutation,
    /// The weight.
    Weight,
    /// The weight where it succeeds.
    SuccessWeight,
    /// The counter that is charged.
    Counter,
    /// The weight on the account's counter.
    UidWeight,
    /// Limits of its own.
    RequestLimits,
    /// What it adds to the order count.
    UnfilledOrders,
    /// By what the exchange knows what it makes or changes.
    Identity,
    /// How it pages.
    Paging,
    /// The market whose rules a symbol's filters follow.
    OrderFilters,
    /// The source of the data.
    DataSource,
    /// The environments that have it.
    Environments,
    /// Whether it is a draft.
    Draft,
    /// Whether the client makes it by itself.
    ByTransport,
    /// The day on which it goes.
    Sunset,
    /// The form of the request.
    Body,
    /// How lists are spelled.
    Brackets,
    /// Parameters of which one is needed.
    OneOf,
    /// The answer.
    Response,
    /// What surrounds the answer.
    Envelope,
    /// The time that it may take.
    Timeout,
    /// The SBE message.
    Sbe,
    /// Error data, or families of error codes.
    ErrorData,
    /// The operation whose request it shares.
    Twin,
    /// Addresses.
    Hosts,
    /// The path.
    Path,
    /// The pace of a stream.
    UpdateSpeed,
    /// The route of a stream.
    Route,
    /// The names of events.
    EventTypes,
    /// The type of events.
    Event,
    /// Units of time.
    TimeUnits,
    /// The most streams on a connection.
    MaxStreams,
    /// The most messages per second.
    MessageRate,
    /// Whether streams are topics.
    Topics,
    /// The counters of rate limits.
    Counters,
    /// The weight of a connection.
    ConnectWeight,
    /// The most in an interval.
    Count,
    /// The member that distinguishes cases.
    Tag,
    /// How events are reached.
    Access,
    /// How something is signed.
    Signature,
    /// The meaning of an error code.
    Text,
    /// What to call instead.
    Replacement,
    /// An id.
    Id,
    /// A version.
    Version,
    /// A schema under the same id and version.
    InPlace,
    /// The package of a schema.
    Package,
    /// The primitive.
    Primitive,
    /// The length.
    Length,
    /// The value for null.
    NullValue,
    /// The constant.
    Constant,
    /// The number on the wire.
    Raw,
    /// The place or text in JSON.
    Json,
    /// The version that it came with.
    Since,
    /// The field that scales it.
    Exponent,
    /// The offset.
    Offset,
    /// The length of the block.
    BlockLength,
    /// The dimensions of a group.
    Dimension,
    /// The semantic type.
    Semantics,
    /// The layer of a message, or how stable an operation is.
    Category,
    /// Whether the values are listed.
    Values,
    /// Values of the list.
    Value,
    /// The schemas of which one holds.
    Alternatives,
    /// Any other demand on a value.
    Constraint,
    /// A day on which it goes, where it is another than before.
    Deadline,
}

/// Which way a difference went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sense {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// More is asked, charged or promised than before.
    Up,
    /// Less.
    Down,
    /// Neither.
    Changed,
}

impl Sense {
    /// The sense of the same difference, read backwards.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::Added => Self::Removed,
            Self::Removed => Self::Added,
            Self::Up => Self::Down,
            Self::Down => Self::Up,
            Self::Changed => Self::Changed,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            _ => "changed",
        }
    }
}
