//! The faults that wait, and which of them strikes what.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::{Cut, Fault, Frequency, Incoming, Injection, Target};

/// Chooses what goes wrong with a request.
type Judge = dyn FnMut(Incoming<'_>) -> Vec<Injection> + Send;

/// What applies to one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    pub(crate) fault: Option<Fault>,
    pub(crate) after_processing: bool,
    /// What happens to the exchange as a whole before it.
    pub(crate) of_exchange: Vec<Fault>,
}

/// A fault, and how often it could have struck so far.
#[derive(Debug)]
struct Waiting {
    injection: Injection,
    passed: u64,
}

/// The faults that wait for what they strike, oldest first.
pub(crate) struct Faults {
    waiting: Vec<Waiting>,
    judge: Option<Box<Judge>>,
    chance: fastrand::Rng,
    /// How often each has struck, by its name.
    struck: BTreeMap<&'static str, u64>,
}

impl Default for Faults {
    fn default() -> Faults {
        Faults {
            waiting: Vec::new(),
            judge: None,
            chance: fastrand::Rng::with_seed(0),
            struck: BTreeMap::new(),
        }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults")
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

impl Faults {
    /// Sets what faults at a rate are drawn from.
    pub(crate) fn seed(&mut self, seed: u64) {
        self.chance = fastrand::Rng::with_seed(seed);
    }

    pub(crate) fn add(&mut self, injection: Injection) {
        self.waiting.push(Waiting { injection, passed: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.judge = None;
    }

    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Injection> {
        self.waiting.iter().map(|waiting| &waiting.injection)
    }

    pub(crate) fn struck(&self) -> &BTreeMap<&'static str, u64> {
        &self.struck
    }

    /// Counts a fault that has happened.
    pub(crate) fn count(&mut self, fault: &Fault) {
        *self.struck.entry(fault.name()).or_default() += 1;
    }

    /// Lets `judge` choose for every request from now on.
    pub(crate) fn judged_by(&mut self, judge: Box<Judge>) {
        self.judge = Some(judge);
    }

    /// Whether any waits for events.
    pub(crate) fn await_events(&self) -> bool {
        self.waiting().any(|injection| injection.is_of_events())
    }

    /// Whether the connection just accepted is to be cut.
    pub(crate) fn take_cut_on_accept(&mut self) -> bool {
        self.take_of_connection(&Fault::CutConnection(Cut::OnAccept))
    }

    /// Whether the hello of TLS just begun is to be left without an answer.
    pub(crate) fn take_hung_tls(&mut self) -> bool {
        self.take_of_connection(&Fault::HungTls)
    }

    fn take_of_connection(&mut self, fault: &Fault) -> bool {
        let is_it = |injection: &Injection| injection.fault == *fault;
        let mut struck = self.strike(is_it);
        struck.truncate(1);
        !struck.is_empty()
    }

    /// The faults of an event on its way to a connection, by its type.
    pub(crate) fn take_of_event(&mut self, kind: &str) -> Vec<Fault> {
        let struck = self.strike(|injection| injection.is_of_events() && injection.strikes_event(kind));
        struck.into_iter().map(|injection| injection.fault).collect()
    }

    /// All delays and the first other fault that apply to a request.
    pub(crate) fn take(&mut self, incoming: Incoming<'_>) -> Plan {
        let mut plan = Plan::default();
        if let Some(judge) = &mut self.judge {
            for injection in judge(incoming) {
                plan.add(injection);
            }
        }
        let mut has_one = plan.fault.is_some();
        let struck = self.strike(|injection| {
            if injection.fault.is_of_connection() || injection.is_of_events() || !injection.strikes(incoming)
            {
                return false;
            }
            if matches!(injection.fault, Fault::Delay(_)) || injection.fault.is_of_exchange() {
                return true;
            }
            // What waits for its turn keeps waiting.
            !std::mem::replace(&mut has_one, true)
        });
        for injection in struck {
            plan.add(injection);
        }
        plan
    }

    /// Takes what strikes now of those that could, and counts it.
    fn strike(&mut self, mut could: impl FnMut(&Injection) -> bool) -> Vec<Injection> {
        let mut struck = Vec::new();
        let chance = &mut self.chance;
        self.waiting.retain_mut(|waiting| {
            // Chance comes first for those that need it: what it spares takes nobody's turn.
            let spared = match waiting.injection.frequency {
                Frequency::Rate(rate) => chance.f64() >= rate,
                _ => false,
            };
            if spared || !could(&waiting.injection) {
                return true;
            }
            waiting.passed += 1;
            let strikes = match waiting.injection.frequency {
                Frequency::Every(count) => waiting.passed.is_multiple_of(count),
                _ => true,
            };
            if strikes {
                struck.push(waiting.injection.clone());
            }
            waiting.injection.frequency != Frequency::Once
        });
        for injection in &struck {
            self.count(&injection.fault);
        }
        struck
    }
}

impl Plan {
    fn add(&mut self, injection: Injection) {
        match injection.fault {
            Fault::Delay(delay) => self.delay += delay,
            fault if fault.is_of_exchange() => self.of_exchange.push(fault),
            fault => {
                self.fault = Some(fault);
                self.after_processing = injection.after_processing;
            }
        }
    }
}

impl Injection {
    /// Whether it waits for events on their way to a connection.
    fn is_of_events(&self) -> bool {
        self.fault.is_of_depth() || matches!(self.target, Target::Event(_))
    }

    fn strikes(&self, incoming: Incoming<'_>) -> bool {
        match (&self.target, incoming) {
            (Target::Any, _) => true,
            (Target::Http(method, path), Incoming::Http { method: m, path: p }) => method == m && path == p,
            (Target::Method(method), Incoming::Method(m)) => method == m,
            (Target::NewOrders, Incoming::Http { method, path }) => {
                let last = path.rsplit('/').next().unwrap_or_default();
                method == "POST"
                    && matches!(
                        last,
                        "order" | "cancelReplace" | "batchOrders" | "oco" | "oto" | "otoco"
                    )
            }
            (Target::NewOrders, Incoming::Method(m)) => {
                m == "order.cancelReplace" || m.ends_with("order.place") || m.starts_with("orderList.place")
            }
            _ => false,
        }
    }

    fn strikes_event(&self, kind: &str) -> bool {
        let of_depth = kind == "depthUpdate";
        match &self.target {
            Target::Event(wanted) => {
                (wanted.is_empty() || wanted == kind) && (of_depth || !self.fault.is_of_depth())
            }
            _ => of_depth && self.fault.is_of_depth(),
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
        assert_eq!(faults.struck().get("cut-body"), Some(&2));
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
        assert!(!faults.take_hung_tls());
        assert!(faults.take_cut_on_accept());
        assert!(!faults.take_cut_on_accept());
    }

    #[test]
    fn a_rate_is_kept_and_repeats_with_its_seed() {
        let strikes = |seed| {
            let mut faults = Faults::default();
            faults.seed(seed);
            faults.add(Injection::new(Fault::Html403).at_rate(0.25));
            let of_one = (0..1000).map(|_| faults.take(PING).fault.is_some());
            of_one.collect::<Vec<bool>>()
        };
        let count = strikes(7).into_iter().filter(|strikes| *strikes).count();
        assert!((200..300).contains(&count), "{count}");
        assert_eq!(strikes(7), strikes(7));
        assert_ne!(strikes(7), strikes(8));
    }

    #[test]
    fn every_nth_and_places_are_told_apart() {
        let mut faults = Faults::default();
        faults.add(Injection::new(Fault::Unavailable503).on_new_orders().every(3));
        let mut struck = |incoming| faults.take(incoming).fault.is_some();
        let order = Incoming::Http {
            method: "POST",
            path: "/fapi/v1/order",
        };
        assert!(!struck(order) && !struck(PING) && !struck(Incoming::Method("order.place")));
        assert!(!struck(Incoming::Method("order.status")) && struck(order) && !struck(order));

        let mut faults = Faults::default();
        faults.add(Fault::DropDepth.into());
        faults.add(Injection::new(Fault::UnknownMember).on_event("trade").sticky());
        faults.add(Injection::new(Fault::BanAddresses { seconds: 1 }).on_method("SUBSCRIBE"));
        assert!(faults.await_events() && faults.take(PING).fault.is_none());
        assert_eq!(faults.take_of_event("trade"), [Fault::UnknownMember]);
        assert_eq!(faults.take_of_event("depthUpdate"), [Fault::DropDepth]);
        assert_eq!(faults.take_of_event("depthUpdate"), []);
        let plan = faults.take(Incoming::Method("SUBSCRIBE"));
        assert_eq!(
            (plan.fault, plan.of_exchange),
            (None, vec![Fault::BanAddresses { seconds: 1 }])
        );
    }
}
