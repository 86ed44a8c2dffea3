//! Rate limits: their kinds, what answers report of them, and what a product documents.

use std::fmt;

use crate::{CallName, IntervalUnit, Timestamp};

/// The kind of a rate limit's counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RateLimitKind {
    /// Request weight used by the sender's IP address (`REQUEST_WEIGHT`, `X-MBX-USED-WEIGHT-…`).
    RequestWeight,
    /// Unfilled orders of the account (`ORDERS`, `X-MBX-ORDER-COUNT-…`).
    Orders,
    /// Request weight used by the IP address on one SAPI endpoint (`X-SAPI-USED-IP-WEIGHT-…`).
    SapiIpWeight,
    /// Request weight used by the account on one SAPI endpoint (`X-SAPI-USED-UID-WEIGHT-…`).
    SapiUidWeight,
    /// Requests of the IP address, whatever their weight (`RAW_REQUESTS`).
    RawRequests,
    /// Attempts of the IP address to open a WebSocket connection (`CONNECTIONS`).
    Connections,
}

impl RateLimitKind {
    /// The kind that `exchangeInfo` and the WebSocket API call `name`; `None` for a name that is not documented.
    pub fn from_wire(name: &str) -> Option<Self> {
        match name {
            "REQUEST_WEIGHT" => Some(Self::RequestWeight),
            "ORDERS" => Some(Self::Orders),
            "RAW_REQUESTS" => Some(Self::RawRequests),
            "CONNECTIONS" => Some(Self::Connections),
            _ => None,
        }
    }
}

impl fmt::Display for RateLimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RequestWeight => "request weight",
            Self::Orders => "unfilled orders",
            Self::SapiIpWeight => "IP weight of the endpoint",
            Self::SapiUidWeight => "UID weight of the endpoint",
            Self::RawRequests => "raw requests",
            Self::Connections => "connection attempts",
        })
    }
}

impl IntervalUnit {
    /// The unit that `exchangeInfo` and the WebSocket API call `name`.
    pub fn from_wire(name: &str) -> Option<Self> {
        match name {
            "SECOND" => Some(Self::Second),
            "MINUTE" => Some(Self::Minute),
            "HOUR" => Some(Self::Hour),
            "DAY" => Some(Self::Day),
            _ => None,
        }
    }

    /// The length of the unit in seconds.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// One counter after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateLimitUsage {
    /// The kind of the counter.
    pub kind: RateLimitKind,
    /// The length of its interval, in units.
    pub interval_num: u32,
    /// The unit of its interval, which is aligned to the wall clock (UTC).
    pub interval: IntervalUnit,
    /// The count within the present interval.
    pub count: u64,
}

/// A rate limit: so much of a kind per interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateLimitRule {
    /// What is counted.
    pub kind: RateLimitKind,
    /// The most in an interval.
    pub count: u64,
    /// The length of the interval, in units.
    pub interval_num: u32,
    /// The unit of the interval, which is aligned to the wall clock (UTC).
    pub interval: IntervalUnit,
}

impl RateLimitRule {
    /// Returns the limit of `count` per `interval_num` units.
    pub const fn new(kind: RateLimitKind, count: u64, interval_num: u32, interval: IntervalUnit) -> Self {
        Self {
            kind,
            count,
            interval_num,
            interval,
        }
    }
}

/// The rate limits of a product, from its specs: what is known before the exchange has been asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductLimits {
    /// The name of the counters of an address. Products with the same name on the same hosts share them.
    pub system: &'static str,
    /// Whether each endpoint has weight counters of its own, as those under `/sapi/` have.
    pub each_endpoint: bool,
    /// The request weight of opening a connection of the WebSocket API.
    pub connect_weight: u32,
    /// The limits.
    pub rules: &'static [RateLimitRule],
    /// The path of the REST operation that returns the server's time; empty where there is none.
    pub time_path: &'static str,
    /// The method of the WebSocket API that returns the server's time; empty where there is none.
    pub time_method: &'static str,
}

impl ProductLimits {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        system: "",
        each_endpoint: false,
        connect_weight: 0,
        rules: &[],
        time_path: "",
        time_method: "",
    };
}

/// A request that a limiter of this process kept back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Throttled {
    /// Why it was kept back.
    pub reason: ThrottleReason,
    /// The exchange's time from which on such a request can be sent, as far as is known.
    pub until: Option<Timestamp>,
    /// The call that was to be sent.
    pub call: Option<Box<CallName>>,
}

impl Throttled {
    /// Returns the description of a request that cannot be sent before `until`. For limiters.
    pub fn new(reason: ThrottleReason, until: Option<Timestamp>) -> Self {
        Self {
            reason,
            until,
            call: None,
        }
    }
}

/// The reason why a limiter kept a request back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThrottleReason {
    /// A limit is used up; the text names it.
    Exhausted(String),
    /// The request needs more than a whole interval allows; the text names the limit.
    TooLarge(String),
    /// The exchange banned the address, or asked it to send nothing for a time.
    Banned,
    /// The store of the shared budget cannot be reached, and the limiter is to refuse without it.
    StoreUnreachable,
}

impl fmt::Display for Throttled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            ThrottleReason::Exhausted(limit) => write!(f, "{limit} are used up")?,
            ThrottleReason::TooLarge(limit) => write!(f, "it needs more than {limit}")?,
            ThrottleReason::Banned => f.write_str("the exchange sent this address away")?,
            ThrottleReason::StoreUnreachable => f.write_str("the shared budget cannot be reached")?,
        }
        match self.until {
            Some(until) => write!(f, " until {until}"),
            None => Ok(()),
        }
    }
}
