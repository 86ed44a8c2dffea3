//! What stands between a call and its sending: the limiter, and the exchange's clock.

use std::sync::Weak;
use std::time::{Duration, Instant};

use binance_wire_core::{Error, OperationInfo, ProductLimits, Timestamp, TransportError};
use binance_wire_limits::{Lane, Limiter, Need, Permit, ServerClock, wire};

use crate::answer;
use crate::call::Call;
use crate::client::Inner;
use crate::connection::Reply;
use crate::{RateLimits, SbeFormat};

/// `INVALID_TIMESTAMP`: the time of a request is outside of its window.
const INVALID_TIMESTAMP: i32 = -1021;

/// The request for the exchange's time.
static TIME: OperationInfo = OperationInfo {
    id: "time",
    ..OperationInfo::DEFAULT
};

/// The limiter and the clock of one client; neither costs anything where it is absent.
pub(crate) struct Gate {
    lane: Option<Lane>,
    clock: Option<ServerClock>,
    /// The path of the operation that says the time.
    time_path: &'static str,
    /// The client, for what it does beside a request.
    this: Weak<Inner>,
}

impl Gate {
    pub(crate) fn new(
        limiter: Option<&Limiter>,
        clock: Option<ServerClock>,
        product: ProductLimits,
        url: &str,
        key: Option<&str>,
    ) -> Self {
        Self {
            lane: limiter.map(|limiter| limiter.lane(&product, url, key, clock.as_ref())),
            // Without a way to ask for it, there is no time of the exchange.
            clock: clock.filter(|_| !product.time_path.is_empty()),
            time_path: product.time_path,
            this: Weak::new(),
        }
    }

    pub(crate) fn belongs_to(&mut self, client: Weak<Inner>) {
        self.this = client;
    }

    /// Whether the cost of calls has to be known.
    pub(crate) fn wants_credit(&self) -> bool {
        self.lane.is_some()
    }

    /// The time to sign with, where the exchange's is used.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.clock.as_ref().map(|clock| clock.read().at)
    }

    /// Waits until a call may be sent.
    pub(crate) async fn admit(&self, call: &Call) -> Result<Permit, Error> {
        match (&self.lane, &call.credit) {
            (Some(lane), Some(credit)) => lane.admit(call.info, credit, true, Duration::MAX).await,
            _ => Ok(Permit::unlimited()),
        }
    }

    /// Takes what an attempt cost, and what its answer says of the limits.
    pub(crate) fn settle(
        &self,
        call: &Call,
        permit: Permit,
        result: &Result<Reply, Error>,
        sbe: Option<SbeFormat>,
    ) {
        let Some(lane) = self.lane.as_ref().filter(|_| permit.is_limited()) else {
            return permit.succeeded(&[]);
        };
        let reply = match result {
            Ok(reply) => reply,
            Err(error) => return permit.failed(error, &[]),
        };
        let usage = RateLimits::from_headers(&reply.headers);
        let refused = match (200..300).contains(&reply.status) {
            true => answer::open(call.stakes(), reply, call.info.envelope).err(),
            false => Some(answer::failure(call.stakes(), reply, sbe, call.info.envelope)),
        };
        if let Some(error) = refused {
            return permit.failed(&error, &usage);
        }
        permit.succeeded(&usage);
        if call.info.id == "exchangeInfo"
            && !answer::is_sbe(&reply.headers)
            && let Ok(text) = answer::text_of(reply)
        {
            let rules = wire::read_exchange_info(text);
            if !rules.is_empty() {
                lane.learn(&rules, true);
            }
        }
    }
}

impl Inner {
    /// Sends a call with the exchange's time in it, where that is used: asks for it first where it is not known, and once
    /// more where the exchange finds the time wrong.
    pub(crate) async fn execute_in_time(&self, call: &Call, started: Instant) -> Result<Reply, Error> {
        let Some(clock) = self.gate.clock.as_ref().filter(|_| call.info.signed) else {
            return self.execute_repeatedly(call, started).await;
        };
        match clock.need() {
            Need::None => {}
            Need::First => {
                if let Err(error) = clock.synchronize(|| self.ask_time()).await {
                    tracing::warn!(%error, "the exchange's time is not known; the system's is used");
                }
            }
            Need::Soon => self.synchronize_beside(clock.clone()),
        }
        let reading = clock.read();
        let result = self.execute_repeatedly(call, started).await;
        let wrong = result.as_ref().is_ok_and(|reply| {
            (400..500).contains(&reply.status)
                && answer::failure(call.stakes(), reply, self.sbe, call.info.envelope)
                    .code()
                    .is_some_and(|code| code.0 == INVALID_TIMESTAMP)
        });
        if !wrong {
            return result;
        }
        match clock.correct(reading, || self.ask_time()).await {
            // The exchange refused it, so that nothing was done; but what changes something is sent once.
            Ok(()) if !call.info.mutation => self.execute_repeatedly(call, started).await,
            Ok(()) => result,
            Err(error) => {
                tracing::warn!(%error, "the exchange's time could not be asked for");
                result
            }
        }
    }

    /// Synchronises the clock while the request at hand goes on.
    fn synchronize_beside(&self, clock: ServerClock) {
        let Some(this) = self.gate.this.upgrade() else {
            return;
        };
        tokio::spawn(async move {
            if let Err(error) = clock.synchronize(|| this.ask_time()).await {
                tracing::debug!(%error, "the exchange's time could not be asked for");
            }
        });
    }

    async fn ask_time(&self) -> Result<Timestamp, Error> {
        let call = Call::read(&self.prefix, self.gate.time_path, &TIME);
        let reply = self.attempt(&call).await?;
        if !(200..300).contains(&reply.status) {
            return Err(answer::failure(call.stakes(), &reply, None, None));
        }
        let time = answer::text_of(&reply).ok().and_then(wire::read_server_time);
        time.ok_or_else(|| TransportError::new("asking for the time", "an answer without a time").into())
    }
}
