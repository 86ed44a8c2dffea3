//! Hosts, rate limits, and what a request costs.

use super::operations::Transport;

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
