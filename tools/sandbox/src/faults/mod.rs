//! Faults on demand: what a test can make the exchange do wrong, and to which request.

mod queue;
mod spoil;
mod text;

use std::time::Duration;

use crate::error::Refusal;

pub(crate) use queue::{Faults, Plan};
pub(crate) use spoil::{spoil_event, spoil_frame, spoil_response};
pub use text::{FaultName, UnknownFault};

/// A moment at which a connection is cut without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// When the next connection is accepted, before anything is read. Takes no notice of the
    /// injection's target, as nothing is known yet of the request.
    OnAccept,
    /// After the request was read and recorded, before anything is done about it.
    BeforeProcessing,
    /// After the request was carried out, before the answer: its outcome stays unknown to the client.
    AfterProcessing,
}

/// Something that goes wrong. On the WebSocket API the answers among these become error frames
/// with the same status, and [`Banned`](Fault::Banned) closes the connection after that.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// An answer made up by the test. On the WebSocket API the body, when it is
    /// `{"code", "msg"}`, becomes the frame's `error`; the headers have no meaning there.
    Status {
        /// HTTP status.
        status: u16,
        /// Headers besides `Content-Length`.
        headers: Vec<(String, String)>,
        /// Body as sent.
        body: Vec<u8>,
    },
    /// The right answer with its full `Content-Length`, of which only the first bytes are sent
    /// before the connection is cut. On a WebSocket nothing of it arrives.
    CutBody {
        /// Bytes of the body that arrive.
        after: usize,
    },
    /// The connection is cut.
    CutConnection(Cut),
    /// The answer comes late. Does not use up other faults: what follows it in the queue applies too.
    Delay(Duration),
    /// 403 with an HTML page, as a web application firewall answers.
    Html403,
    /// 429 with code -1003.
    RateLimited {
        /// Seconds in `Retry-After`.
        retry_after: u64,
    },
    /// 418 with code -1003.
    Banned {
        /// Seconds in `Retry-After`.
        retry_after: u64,
    },
    /// 503 with code -1001, which leaves open whether the request was carried out.
    Unavailable503,
    /// The next new order is refused; a cancel-replace is then half done and answers 409.
    RejectNewOrder {
        /// The exchange's error code, such as -2010.
        code: i32,
        /// Its message.
        message: String,
    },
    /// The connection stays open, and nothing more is sent on it: no answer, no event, no pong.
    Silence,
    /// The next hello of TLS is never answered. Takes no notice of the injection's target.
    HungTls,
    /// An event of a depth stream is lost on its way to a connection.
    DropDepth,
    /// An event of a depth stream arrives twice.
    DoubleDepth,
    /// The first member of a value set in an answer or event has a value that no documentation lists.
    UnknownValue,
    /// An answer or event has a member that no documentation lists.
    UnknownMember,
    /// An answer in SBE is of a newer version of its schema, with more in its root block than the client's has.
    NewerSbe,
    /// A body ends in the middle of its JSON, or has its bytes changed; on a WebSocket, a frame breaks the protocol.
    Corrupted,
    /// What nobody asked for comes along: over HTTP a second answer after the right one, on the WebSocket API an answer
    /// with an id that no request has, before it.
    StrayAnswer,
    /// All open WebSocket connections are told `serverShutdown`.
    ServerShutdown,
    /// Whatever the WebSocket connections that are open then are to get, they get this much later.
    Lag(Duration),
    /// The listen keys of all accounts end before their time.
    ExpireListenKeys,
    /// The sessions of WebSocket API connections lose their logon.
    RevokeSessions,
    /// Every address that has sent something is banned: 418 for whatever it sends.
    BanAddresses {
        /// For how long, in seconds.
        seconds: u64,
    },
    /// The exchange's clock is put ahead of the system's, or behind it.
    ClockOffset {
        /// By how much, in milliseconds.
        milliseconds: i64,
    },
}

impl Fault {
    /// Whether it happens to the exchange as a whole, and to no request.
    pub(crate) fn is_of_exchange(&self) -> bool {
        matches!(
            self,
            Fault::ServerShutdown
                | Fault::Lag(_)
                | Fault::ExpireListenKeys
                | Fault::RevokeSessions
                | Fault::BanAddresses { .. }
                | Fault::ClockOffset { .. }
        )
    }

    /// Whether the right answer is sent, but not as it should be.
    pub(crate) fn spoils(&self) -> bool {
        matches!(
            self,
            Fault::UnknownValue
                | Fault::UnknownMember
                | Fault::NewerSbe
                | Fault::Corrupted
                | Fault::StrayAnswer
        )
    }

    /// Whether it happens to a connection before anything is read from it.
    fn is_of_connection(&self) -> bool {
        matches!(self, Fault::HungTls | Fault::CutConnection(Cut::OnAccept))
    }

    /// Whether it happens to events of depth streams alone.
    fn is_of_depth(&self) -> bool {
        matches!(self, Fault::DropDepth | Fault::DoubleDepth)
    }
}

/// Which requests a fault strikes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Target {
    #[default]
    Any,
    /// HTTP requests, WebSocket handshakes among them, by method and path.
    Http(String, String),
    /// Requests inside of a WebSocket: WebSocket API methods, or stream commands such as `SUBSCRIBE`.
    Method(String),
    /// Requests that place an order, over any transport.
    NewOrders,
    /// Events on their way to a connection, by their type; any where it is empty.
    Event(String),
}

/// How often a fault strikes, of the times that it could.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Frequency {
    /// The first time.
    #[default]
    Once,
    Always,
    /// By chance, with this probability.
    Rate(f64),
    /// Each time that this many have passed.
    Every(u64),
}

/// A fault, where it strikes, and how often. A bare [`Fault`] strikes the next request of any kind, once; one of the exchange
/// as a whole, such as [`Fault::ServerShutdown`], happens at once.
///
/// As text it is what the command line and the control endpoint take: a name of [`FaultName::all`], what it needs after `=`,
/// and behind `@` how often (`5%`, `every 100`, `always`) and `at` what.
///
/// ```
/// use binance_wire_sandbox::{Cut, Fault, Injection};
///
/// let once = Injection::new(Fault::Unavailable503).on_http("POST", "/api/v3/order").after_processing();
/// let always = Injection::new(Fault::CutConnection(Cut::BeforeProcessing)).on_method("order.place").sticky();
/// assert_ne!(once, always);
///
/// let now_and_then: Injection = "latency=250ms@5% at order.place".parse()?;
/// let delay = Injection::new(Fault::Delay(std::time::Duration::from_millis(250)));
/// assert_eq!(now_and_then, delay.on_method("order.place").at_rate(0.05));
/// assert_eq!(now_and_then.to_string(), "latency=250ms@5% at order.place");
/// # Ok::<(), binance_wire_sandbox::UnknownFault>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Injection {
    pub(crate) fault: Fault,
    pub(crate) target: Target,
    pub(crate) frequency: Frequency,
    pub(crate) after_processing: bool,
}

impl Injection {
    /// A fault that strikes the next request of any kind, once.
    pub fn new(fault: Fault) -> Injection {
        Injection {
            fault,
            target: Target::Any,
            frequency: Frequency::Once,
            after_processing: false,
        }
    }

    /// Whether it waits for nothing.
    pub(crate) fn is_at_once(&self) -> bool {
        self.fault.is_of_exchange() && self.target == Target::Any && self.frequency == Frequency::Once
    }

    /// Only HTTP requests with this method and path, as in `("POST", "/api/v3/order")`. WebSocket
    /// handshakes are `GET` requests for `/ws-api/v3`, `/stream` or `/ws/…`.
    #[must_use]
    pub fn on_http(mut self, method: &str, path: &str) -> Injection {
        self.target = Target::Http(method.to_owned(), path.to_owned());
        self
    }

    /// Only requests inside of a WebSocket with this method, as in `"order.place"` or `"SUBSCRIBE"`.
    #[must_use]
    pub fn on_method(mut self, method: &str) -> Injection {
        self.target = Target::Method(method.to_owned());
        self
    }

    /// Every matching request until the faults are cleared, not only the next.
    #[must_use]
    pub fn sticky(mut self) -> Injection {
        self.frequency = Frequency::Always;
        self
    }

    /// Only requests that place an order, over any transport.
    #[must_use]
    pub fn on_new_orders(mut self) -> Injection {
        self.target = Target::NewOrders;
        self
    }

    /// Only events on their way to a connection, by their type, as in `"depthUpdate"` or `"executionReport"`; any where it is
    /// empty.
    #[must_use]
    pub fn on_event(mut self, kind: &str) -> Injection {
        self.target = Target::Event(kind.to_owned());
        self
    }

    /// By chance: of a hundred matching requests, `rate` times a hundred. Which ones, the seed decides.
    #[must_use]
    pub fn at_rate(mut self, rate: f64) -> Injection {
        self.frequency = Frequency::Rate(rate.clamp(0.0, 1.0));
        self
    }

    /// Each `count`th matching request.
    #[must_use]
    pub fn every(mut self, count: u64) -> Injection {
        self.frequency = Frequency::Every(count.max(1));
        self
    }

    /// Carries the request out before the false answer is given.
    #[must_use]
    pub fn after_processing(mut self) -> Injection {
        self.after_processing = true;
        self
    }
}

impl From<Fault> for Injection {
    fn from(fault: Fault) -> Injection {
        Injection::new(fault)
    }
}

/// What is asked of the faults: the request that has just been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// An HTTP request, a WebSocket handshake among them.
    Http {
        /// `GET`, `POST`, …
        method: &'a str,
        /// Path without the query.
        path: &'a str,
    },
    /// A request inside of a WebSocket, by its method.
    Method(&'a str),
}

impl Fault {
    /// The refusal that the fault amounts to, where it is an answer in the exchange's own form.
    pub(crate) fn refusal(&self, weight_limit: u32, now_us: i64) -> Option<Refusal> {
        match self {
            Fault::RateLimited { retry_after } => {
                Some(crate::limits::too_much_weight(weight_limit, *retry_after))
            }
            Fault::Banned { retry_after } => {
                let wait = i64::try_from(*retry_after)
                    .unwrap_or(i64::MAX)
                    .saturating_mul(1_000_000);
                Some(crate::limits::banned(now_us.saturating_add(wait), now_us))
            }
            Fault::Unavailable503 => {
                let message = "Internal error; unable to process your request. Please try again.";
                Some(Refusal::new(-1001, message).status(503))
            }
            _ => None,
        }
    }
}
