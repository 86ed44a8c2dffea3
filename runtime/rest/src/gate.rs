//! What stands between a call and its sending: the limiter, and the exchange's clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use binance_wire_core::{Error, ProductLimits, Timestamp};
use binance_wire_limits::{Lane, Limiter, Permit, ServerClock, wire};

use crate::RateLimits;
use crate::answer;
use crate::attempt::too_late;
use crate::call::Call;
use crate::client::{Inner, When};
use crate::connection::Reply;

/// The limiter and the clock of one client; neither costs anything where it is absent.
pub(crate) struct Gate {
    lane: Option<Lane>,
    clock: Option<ServerClock>,
    /// The path of the operation that says the time.
    time_path: &'static str,
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
        }
    }

    /// Whether the cost of calls has to be known.
    pub(crate) fn wants_credit(&self) -> bool {
        self.lane.is_some()
    }

    /// The time to sign with, where the exchange's is used.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.clock.as_ref().map(|clock| clock.read().at)
    }

    /// Waits until a call may be sent, which it must be by `send_by`.
    pub(crate) async fn admit(&self, call: &Call, send_by: Option<Instant>) -> Result<Permit, Error> {
        let (Some(lane), Some(credit)) = (&self.lane, &call.credit) else {
            return Ok(Permit::unlimited());
        };
        let patience = match (call.options.get_fail_fast(), send_by) {
            (true, _) => Duration::ZERO,
            (false, None) => Duration::MAX,
            (false, Some(by)) => by.saturating_duration_since(tokio::time::Instant::now().into_std()),
        };
        lane.admit(call.info, credit, true, patience).await
    }
}

impl Inner {
    /// Takes what an attempt cost, and what its answer says of the limits.
    pub(crate) fn settle(&self, call: &Call, permit: Permit, result: &Result<Reply, Error>) {
        let Some(lane) = self.gate.lane.as_ref().filter(|_| permit.is_limited()) else {
            return permit.succeeded(&[]);
        };
        let reply = match result {
            Ok(reply) => reply,
            Err(error) => return permit.failed(error, &[]),
        };
        let usage = RateLimits::from_headers(&reply.headers);
        if let Err(error) = self.opened(call, reply) {
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

    /// Sends a call with the exchange's time in it, where that is used: asks for it first where it is not known, and once
    /// more where the exchange finds the time wrong.
    pub(crate) async fn execute_in_time(
        self: &Arc<Self>,
        call: &Arc<Call>,
        when: When,
    ) -> Result<Reply, Error> {
        if when
            .send_by
            .is_some_and(|by| tokio::time::Instant::now() >= by.into())
        {
            return Err(too_late(""));
        }
        let Some(clock) = self.gate.clock.as_ref().filter(|_| call.info.signed) else {
            return self.execute_repeatedly(call, when).await;
        };
        let probe = || {
            let this = self.clone();
            move || {
                let this = this.clone();
                async move { this.ask_time().await }
            }
        };
        let prepared = clock.prepare(probe(), !call.options.get_fail_fast());
        let reading = match when.send_by {
            None => prepared.await,
            Some(by) => tokio::time::timeout_at(by.into(), prepared)
                .await
                .map_err(|_| too_late("asking for the exchange's time"))?,
        };
        let result = self.execute_repeatedly(call, when).await;
        let refusal = result
            .as_ref()
            .ok()
            .filter(|reply| (400..500).contains(&reply.status));
        let code =
            refusal.and_then(|reply| answer::failure(call, reply, self.sbe, call.info.envelope).code());
        // The exchange refused it, so that nothing was done; but what changes something is sent once.
        if clock.is_corrected(code, reading, probe()).await && !call.info.mutation {
            return self.execute_repeatedly(call, when).await;
        }
        result
    }

    async fn ask_time(self: &Arc<Self>) -> Result<Timestamp, Error> {
        let call = Arc::new(Call::read(&self.prefix, self.gate.time_path, &wire::TIME));
        let reply = self.attempt(&call, None).await?;
        if !(200..300).contains(&reply.status) {
            return Err(answer::failure(&call, &reply, None, None));
        }
        let time = answer::text_of(&reply).ok().and_then(wire::read_server_time);
        time.ok_or_else(wire::no_server_time)
    }
}
