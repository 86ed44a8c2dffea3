//! Faults on demand: what a test can make the exchange do wrong, and to which request.

use std::fmt;
use std::time::Duration;

use crate::error::Refusal;

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
    /// All open WebSocket connections are told `serverShutdown`, at once.
    ServerShutdown,
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
}

/// A fault, where it strikes, and how often. A bare [`Fault`] strikes the next request of any kind, once.
///
/// ```
/// use binance_wire_sandbox::{Cut, Fault, Injection};
///
/// let once = Injection::new(Fault::Unavailable503).on_http("POST", "/api/v3/order").after_processing();
/// let always = Injection::new(Fault::CutConnection(Cut::BeforeProcessing)).on_method("order.place").sticky();
/// assert_ne!(once, always);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Injection {
    pub(crate) fault: Fault,
    pub(crate) target: Target,
    sticky: bool,
    pub(crate) after_processing: bool,
}

impl Injection {
    /// A fault that strikes the next request of any kind, once.
    pub fn new(fault: Fault) -> Injection {
        Injection {
            fault,
            target: Target::Any,
            sticky: false,
            after_processing: false,
        }
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
        self.sticky = true;
        self
    }

    /// Carries the request out before the false answer is given.
    #[must_use]
    pub fn after_processing(mut self) -> Injection {
        self.after_processing = true;
        self
    }

    fn is_cut_on_accept(&self) -> bool {
        self.fault == Fault::CutConnection(Cut::OnAccept)
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

/// What applies to one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    pub(crate) fault: Option<Fault>,
    pub(crate) after_processing: bool,
}

/// The faults that wait for their request, oldest first.
#[derive(Default)]
pub(crate) struct Faults {
    waiting: Vec<Injection>,
    judge: Option<Box<Judge>>,
}

/// Chooses what goes wrong with a request.
pub(crate) type Judge = dyn FnMut(Incoming<'_>) -> Vec<Injection> + Send;

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults")
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

impl Faults {
    pub(crate) fn add(&mut self, injection: Injection) {
        self.waiting.push(injection);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.judge = None;
    }

    /// Lets `judge` choose for every request from now on.
    pub(crate) fn judged_by(&mut self, judge: Box<Judge>) {
        self.judge = Some(judge);
    }

    /// Whether the connection just accepted is to be cut.
    pub(crate) fn take_cut_on_accept(&mut self) -> bool {
        match self.waiting.iter().position(Injection::is_cut_on_accept) {
            Some(at) => {
                self.use_up(at);
                true
            }
            None => false,
        }
    }

    /// All delays and the first other fault that apply to a request.
    pub(crate) fn take(&mut self, incoming: Incoming<'_>) -> Plan {
        let mut plan = Plan::default();
        if let Some(judge) = &mut self.judge {
            for injection in judge(incoming) {
                match injection.fault {
                    Fault::Delay(delay) => plan.delay += delay,
                    fault => {
                        plan.fault = Some(fault);
                        plan.after_processing = injection.after_processing;
                    }
                }
            }
        }
        let mut at = 0;
        while let Some(injection) = self.waiting.get(at) {
            let strikes = !injection.is_cut_on_accept()
                && match (&injection.target, incoming) {
                    (Target::Any, _) => true,
                    (Target::Http(method, path), Incoming::Http { method: m, path: p }) => {
                        method == m && path == p
                    }
                    (Target::Method(method), Incoming::Method(m)) => method == m,
                    _ => false,
                };
            match &injection.fault {
                _ if !strikes => {}
                Fault::Delay(delay) => {
                    plan.delay += *delay;
                    if self.use_up(at) {
                        continue;
                    }
                }
                fault if plan.fault.is_none() => {
                    plan.fault = Some(fault.clone());
                    plan.after_processing = injection.after_processing;
                    if self.use_up(at) {
                        continue;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        plan
    }

    /// Removes a fault that strikes once; whether it did.
    fn use_up(&mut self, at: usize) -> bool {
        let once = self.waiting.get(at).is_some_and(|injection| !injection.sticky);
        if once {
            self.waiting.remove(at);
        }
        once
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const PING: Incoming<'_> = Incoming::Http {
        method: "GET",
        path: "/api/v3/ping",
    };

    #[test]
    fn faults_strike_once_unless_sticky() {
        let mut faults = Faults::default();
        faults.add(Injection::new(Fault::Html403).on_http("GET", "/api/v3/time"));
        faults.add(Fault::Unavailable503.into());
        faults.add(Injection::new(Fault::CutBody { after: 3 }).sticky());
        assert_eq!(faults.take(PING).fault, Some(Fault::Unavailable503));
        assert_eq!(faults.take(PING).fault, Some(Fault::CutBody { after: 3 }));
        assert_eq!(faults.take(PING).fault, Some(Fault::CutBody { after: 3 }));
        let time = Incoming::Http {
            method: "GET",
            path: "/api/v3/time",
        };
        assert_eq!(faults.take(time).fault, Some(Fault::Html403));
        faults.clear();
        assert_eq!(faults.take(PING).fault, None);
    }

    #[test]
    fn delays_add_up_and_leave_room_for_another_fault() {
        let mut faults = Faults::default();
        faults.add(Fault::Delay(Duration::from_millis(2)).into());
        faults.add(Fault::Html403.into());
        faults.add(Fault::Delay(Duration::from_millis(3)).into());
        faults.add(Fault::CutConnection(Cut::OnAccept).into());
        let plan = faults.take(Incoming::Method("order.place"));
        assert_eq!(
            (plan.delay, plan.fault),
            (Duration::from_millis(5), Some(Fault::Html403))
        );
        assert!(faults.take_cut_on_accept());
        assert!(!faults.take_cut_on_accept());
    }
}
