//! The words in which a difference is told: what it is about, which side of it, which way it went, what it means.

use std::fmt;

use serde::{Deserialize, Serialize};

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

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Class {
    Product,
    Environment,
    Addresses,
    Route,
    Operation,
    Parameter,
    Stream,
    Placeholder,
    Type,
    Field,
    Slot,
    Value,
    Variant,
    Shape,
    UserData,
    ConnectionEvent,
    ServerOperation,
    Webhooks,
    ErrorFamily,
    ErrorCode,
    Retired,
    SbeSchema,
    SbeType,
    SbeComposite,
    SbeCompositeMember,
    SbeEnum,
    SbeValue,
    SbeSet,
    SbeChoice,
    SbeMessage,
    SbeField,
    SbeGroup,
    SbeData,
    FixDictionary,
    FixMessage,
    FixMember,
    FixGroup,
    FixField,
    FixValue,
}

impl Class {
    /// The noun in messages.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Environment => "environment",
            Self::Addresses => "list of addresses",
            Self::Route => "route",
            Self::Operation => "operation",
            Self::Parameter => "parameter",
            Self::Stream => "stream",
            Self::Placeholder => "placeholder",
            Self::Type => "type",
            Self::Field => "field",
            Self::Slot => "slot",
            Self::Value => "value",
            Self::Variant => "variant",
            Self::Shape => "shape",
            Self::UserData => "user data",
            Self::ConnectionEvent => "event of connections",
            Self::ServerOperation => "server operation",
            Self::Webhooks => "webhooks",
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
        }
    }

    /// Things of one nature in different languages have one word, so that a change of all of them is one group.
    pub(super) fn family(self) -> &'static str {
        match self {
            Self::Operation | Self::SbeMessage | Self::FixMessage => "operation",
            Self::Field | Self::Slot | Self::SbeField | Self::SbeData | Self::FixMember => "member",
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
pub(super) enum Aspect {
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
    Kind,
    Type,
    /// The form on the wire of what is one type in code.
    Encoding,
    Required,
    Nullable,
    Aliases,
    Lenient,
    Proof,
    Default,
    /// The value that an example has.
    Sample,
    /// What that value looks like.
    Form,
    Minimum,
    Maximum,
    MaxItems,
    Place,
    LowerCase,
    Deprecated,
    Documentation,
    /// The order of what stands in it.
    Order,
    /// The order of the arguments of what makes it.
    Arguments,
    Security,
    Signed,
    Mutation,
    Weight,
    SuccessWeight,
    Counter,
    UidWeight,
    RequestLimits,
    UnfilledOrders,
    DataSource,
    Environments,
    Draft,
    ByTransport,
    Sunset,
    Body,
    Brackets,
    OneOf,
    Response,
    Envelope,
    Timeout,
    Sbe,
    ErrorData,
    Twin,
    Hosts,
    Path,
    UpdateSpeed,
    Route,
    EventTypes,
    Event,
    TimeUnits,
    MaxStreams,
    MessageRate,
    Topics,
    Tag,
    Access,
    Signature,
    Text,
    Replacement,
    Id,
    Version,
    InPlace,
    Package,
    Primitive,
    Length,
    NullValue,
    Constant,
    Raw,
    Json,
    Since,
    Exponent,
    Offset,
    BlockLength,
    Dimension,
    Semantics,
    Category,
}

/// Which way a difference went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sense {
    Added,
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
