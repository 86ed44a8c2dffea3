//! Finding out what became of a mutation whose answer was lost.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crate::evidence::{Shown, made_at};
use crate::unresolved::AHEAD;
use crate::{
    Credit, Error, Evidence, Operation, OrderRef, ParamSink, ParamValue, QueryTwin, RestOperation, Timestamp,
    Unresolved, WsApiOperation,
};

/// Gives the client of a product, whose field `inner` is a transport's, the methods `reconcile` and `reconcile_each`.
#[doc(hidden)]
#[macro_export]
macro_rules! reconcile_methods {
    ($($transport:tt)+) => {
        /// Finds out what became of a mutation `O` whose fate is unknown
        /// ([`Error::unresolved`](binance_wire_core::Error::unresolved)), by the query that belongs to it. Sends nothing
        /// but that query, and asks until the answer is certain; see the method of the transport.
        ///
        /// # Errors
        /// [`Error::Unusable`](binance_wire_core::Error::Unusable) where `unresolved` is another operation's, is a batch,
        /// or has no id to ask by.
        pub async fn reconcile<O>(
            &self,
            unresolved: &$crate::Unresolved,
        ) -> Result<
            $crate::Fate<<O::Query as $crate::Operation>::Response>,
            $crate::Error,
        >
        where
            O: $crate::Reconcile<Query: $($transport)+>
                + $($transport)+,
        {
            self.inner.reconcile::<O>(unresolved).await
        }

        /// As [`reconcile`](Self::reconcile), for each element of a batch, in order.
        ///
        /// # Errors
        /// As [`reconcile`](Self::reconcile).
        pub async fn reconcile_each<O>(
            &self,
            unresolved: &$crate::Unresolved,
        ) -> Result<
            Vec<$crate::Fate<<O::Query as $crate::Operation>::Response>>,
            $crate::Error,
        >
        where
            O: $crate::Reconcile<Query: $($transport)+>
                + $($transport)+,
        {
            self.inner.reconcile_each::<O>(unresolved).await
        }
    };
}

/// Gives the client of a product, whose field `inner` is a transport's, the method `shutdown`.
#[doc(hidden)]
#[macro_export]
macro_rules! shutdown_method {
    () => {
        /// Ends the client and all its clones: requests that are under way come to their end, for as long as `limit`, new
        /// ones fail ([`Error::is_shut_down`](binance_wire_core::Error::is_shut_down)), and connections are closed.
        /// Streams of events end. Returns whether all requests came to their end in time.
        pub async fn shutdown(&self, limit: ::core::time::Duration) -> bool {
            self.inner.shutdown(limit).await
        }
    };
}

/// What became of a mutation.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fate<T> {
    /// It was carried out; what the query says of it.
    ///
    /// An order that was placed more than a second before the request is not taken for its, where an id is used again. One
    /// that was placed later cannot be told from it: do not use an id twice within a second.
    CarriedOut(T),
    /// It was not, and will not be: the time in which it could still arrive is over. What the query says of the order that
    /// was to be changed, where there is one.
    ///
    /// Of the replacement of an order (`orderCancelReplace`) this says that the new order was not placed; the old one may
    /// have been cancelled, so ask for it.
    NotCarriedOut(Option<T>),
    /// Nobody knows yet, for this reason. Asking again later may help.
    NotKnownYet(Error),
}

/// How long `reconcile` waits, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconcilePolicy {
    /// The time after the end of the window in which the exchange may take a request, until which an order that it took
    /// may not be found yet: matching engines answer within it, and queries of orders read from memory before the
    /// database. The documentation states no bound. 2 seconds by default.
    pub settle: Duration,
    /// The same for what is found in histories alone, such as withdrawals and transfers, which come from replicas of
    /// databases. 60 seconds by default.
    pub settle_history: Duration,
    /// How long queries that fail (connections, limits, errors of the exchange) are repeated. 60 seconds by default.
    pub patience: Duration,
}

impl Default for ReconcilePolicy {
    fn default() -> Self {
        Self {
            settle: Duration::from_secs(2),
            settle_history: Duration::from_secs(60),
            patience: Duration::from_secs(60),
        }
    }
}

/// The first wait between two queries; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait between two queries.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// When a query was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// By the clock that never goes back.
    pub at: Instant,
    /// The timestamp that the query was signed with, or an earlier one.
    pub timestamp: Timestamp,
}

/// The course of finding out about one order: a machine that says when to ask, and what an answer means. For transports.
///
/// An order that is not found will not be any more once the exchange's own clock is past the end of the request's window.
/// How wrong this side's clock was when the request was signed, nobody knows. But the exchange answers no query whose
/// timestamp is more than a second ahead of its clock: the timestamp of a query that it answers, less that second, is a time
/// that its clock has reached.
#[derive(Clone, Debug)]
pub struct Reconciling<'a> {
    twin: QueryTwin,
    order: &'a OrderRef,
    /// What the request made is not older than this, by the exchange's clock.
    not_before: Option<Timestamp>,
    /// An order that a query of this timestamp does not find will not be found later.
    definite_time: Option<Timestamp>,
    /// When that is, unless the clock is corrected.
    definite: Option<Instant>,
    give_up: Option<Instant>,
    ask_at: Instant,
    wait: Duration,
}

impl<'a> Reconciling<'a> {
    /// Begins `now`.
    ///
    /// # Errors
    /// [`Error::Unusable`] where the request has no id to ask by.
    pub fn new(
        twin: QueryTwin,
        unresolved: &Unresolved,
        order: &'a OrderRef,
        policy: ReconcilePolicy,
        now: Instant,
    ) -> Result<Self, Error> {
        if !order.query().iter().any(|(name, _)| name.ends_with("Id")) {
            let operation = unresolved.operation();
            return Err(Error::Unusable(format!(
                "{operation} was sent without an id to ask by"
            )));
        }
        let settle = match twin.done {
            Evidence::Listed(_) => policy.settle_history,
            _ => policy.settle,
        };
        let definite = unresolved.expires().and_then(|end| end.checked_add(settle));
        let signed_at = unresolved.signed_at();
        Ok(Self {
            twin,
            order,
            not_before: signed_at.and_then(|at| at.checked_sub(AHEAD)),
            definite_time: signed_at.and_then(|at| at.checked_add(unresolved.recv_window() + AHEAD + settle)),
            definite,
            give_up: now.max(definite.unwrap_or(now)).checked_add(policy.patience),
            ask_at: now,
            wait: FIRST_WAIT,
        })
    }

    /// When to ask.
    pub fn ask_at(&self) -> Instant {
        self.ask_at
    }

    /// Takes the answer to a query: the value and its JSON. `None`: ask again.
    pub fn answered<T>(
        &mut self,
        asked: Asked,
        now: Instant,
        answer: Result<(T, &str), Error>,
    ) -> Option<Fate<T>> {
        let mut hidden = false;
        let found = match answer {
            Ok((_, text)) if self.is_of_another(text) => {
                hidden = true;
                None
            }
            Ok((value, text)) => match self.twin.done.shown(self.order, text) {
                Ok(Shown::CarriedOut) => return Some(Fate::CarriedOut(value)),
                Ok(Shown::NotCarriedOut) => Some(value),
                Ok(Shown::Nothing) => {
                    let alike = "the order may look the same with and without the change";
                    return Some(Fate::NotKnownYet(Error::Unusable(alike.to_owned())));
                }
                Err(error) => {
                    let body = text.as_bytes().to_vec();
                    return Some(Fate::NotKnownYet(Error::undecodable(None, 200, body, error)));
                }
            },
            Err(error)
                if error
                    .code()
                    .is_some_and(|code| self.twin.absent.contains(&code.0)) =>
            {
                None
            }
            Err(error) => return self.failed(asked, now, error),
        };
        let (Some(definite), Some(definite_time)) = (self.definite, self.definite_time) else {
            let endless = "the request was not signed, so that it may still arrive whenever";
            return Some(Fate::NotKnownYet(Error::Unusable(endless.to_owned())));
        };
        let early = definite_time
            .checked_duration_since(asked.timestamp)
            .unwrap_or_default();
        if asked.at >= definite && early.is_zero() {
            if hidden {
                let reused = "the query finds an order of before the request, which had the same id";
                return Some(Fate::NotKnownYet(Error::Unusable(reused.to_owned())));
            }
            return Some(Fate::NotCarriedOut(found));
        }
        if asked.at < definite {
            let next = self.next(now, Duration::ZERO);
            self.ask_at = next.min(definite.max(now));
            return None;
        }
        // The clock has been corrected, or is corrected while this waits.
        let next = now.checked_add(early.max(FIRST_WAIT)).unwrap_or(now);
        if self.give_up.is_none_or(|give_up| next > give_up) {
            let ahead = "the clock by which the request was signed was far ahead of the exchange's";
            return Some(Fate::NotKnownYet(Error::Unusable(ahead.to_owned())));
        }
        self.ask_at = next;
        None
    }

    /// Whether an answer is about an order of before the request: ids may be used again once an order is over.
    fn is_of_another(&self, answer: &str) -> bool {
        let made = matches!(self.twin.done, Evidence::Exists)
            .then(|| made_at(answer))
            .flatten();
        made.zip(self.not_before)
            .is_some_and(|(made, earliest)| made < earliest)
    }

    /// Asks until the answer is certain. `ask` returns the value and its JSON; `now` and `sleep_until` are the time of the
    /// transport, and `clock` is what it signs queries by.
    pub async fn run<T, A, S>(
        mut self,
        now: impl Fn() -> Instant,
        clock: impl Fn() -> Timestamp,
        sleep_until: impl Fn(Instant) -> S,
        ask: impl Fn() -> A,
    ) -> Fate<T>
    where
        A: Future<Output = Result<(T, String), Error>>,
        S: Future<Output = ()>,
    {
        loop {
            sleep_until(self.ask_at()).await;
            let (at, before) = (now(), clock());
            let (answer, text) = match ask().await {
                Ok((value, text)) => (Ok(value), text),
                Err(error) => (Err(error), String::new()),
            };
            let answer = answer.map(|value| (value, &*text));
            let now = now();
            // Where the clock was set back before the query was signed, it says now what it said then.
            let after = clock().checked_sub(now.saturating_duration_since(at));
            let timestamp = after.map_or(before, |after| after.min(before));
            if let Some(fate) = self.answered(Asked { at, timestamp }, now, answer) {
                return fate;
            }
        }
    }

    /// A query that failed says nothing, and some failures pass.
    fn failed<T>(&mut self, asked: Asked, now: Instant, error: Error) -> Option<Fate<T>> {
        let passing = matches!(
            error,
            Error::Transport(_)
                | Error::Server { .. }
                | Error::RateLimited { .. }
                | Error::Banned { .. }
                | Error::Throttled(_)
        );
        let time = asked.timestamp + now.saturating_duration_since(asked.at);
        let next = self.next(now, error.wait(time).unwrap_or_default());
        if !passing || self.give_up.is_none_or(|give_up| next > give_up) {
            return Some(Fate::NotKnownYet(error));
        }
        self.ask_at = next;
        None
    }

    fn next(&mut self, now: Instant, at_least: Duration) -> Instant {
        let wait = self.wait.max(at_least);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        now.checked_add(wait).unwrap_or(now)
    }
}

/// The query `Q` with parameters by name. For transports.
#[derive(Debug)]
pub struct QueryOf<'a, Q> {
    params: &'a [(&'static str, ParamValue)],
    credit: Credit,
    query: PhantomData<fn() -> Q>,
}

impl<'a, Q> QueryOf<'a, Q> {
    /// The query that finds an order.
    pub fn new(twin: &QueryTwin, order: &'a OrderRef) -> Self {
        Self {
            params: order.query(),
            credit: twin.credit,
            query: PhantomData,
        }
    }
}

/// Without an SBE form: what it says is looked for in JSON.
impl<Q: Operation> Operation for QueryOf<'_, Q> {
    type Response = Q::Response;

    fn write_params(&self, sink: &mut dyn ParamSink) {
        for (name, value) in self.params {
            value.write(name, sink);
        }
    }

    fn credit(&self) -> Credit {
        self.credit
    }
}

impl<Q: RestOperation> RestOperation for QueryOf<'_, Q> {
    const INFO: crate::OperationInfo = Q::INFO;
    const METHOD: crate::HttpMethod = Q::METHOD;
    const PATH: &'static str = Q::PATH;
}

impl<Q: WsApiOperation> WsApiOperation for QueryOf<'_, Q> {
    const INFO: crate::OperationInfo = Q::INFO;
    const METHOD: &'static str = Q::METHOD;
}

impl Unresolved {
    /// The one order that a request of `operation` is about. For transports.
    ///
    /// # Errors
    /// [`Error::Unusable`] where it is another operation's, or a batch.
    pub fn only_order(&self, info: &crate::OperationInfo) -> Result<&OrderRef, Error> {
        self.check_operation(info)?;
        match self.orders() {
            [order] => Ok(order),
            orders => Err(Error::Unusable(format!(
                "{} is about {} orders: use `reconcile_each`",
                self.operation(),
                orders.len()
            ))),
        }
    }

    /// Whether the request is one of `operation`. For transports.
    ///
    /// # Errors
    /// [`Error::Unusable`] where it is another operation's.
    pub fn check_operation(&self, info: &crate::OperationInfo) -> Result<(), Error> {
        let (asked, sent) = ((info.product, info.id), (self.product(), self.operation()));
        match asked == sent {
            true => Ok(()),
            false => Err(Error::Unusable(format!(
                "the request whose fate is unknown is {} of {}, and not {} of {}",
                sent.1, sent.0, asked.1, asked.0
            ))),
        }
    }
}
