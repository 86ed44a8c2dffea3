//! The exchange's time on a connection that is being set up: what was refused for its time stamp is asked for once more
//! when the exchange has said what time it is.

use std::time::Instant;

use binance_wire_core::Error;
use binance_wire_limits::{INVALID_TIMESTAMP, Permit, wire};

use super::super::connection::{Own, Pending, RawResponse};
use super::super::outcome::Subject;
use super::{Slot, Supervisor};

impl Supervisor {
    /// Asks for the exchange's time where it refused a request of the setup for its time stamp, once for a connection.
    /// Returns the refusal where that does not help.
    pub(super) fn ask_time(&mut self, pending: Pending, refusal: Error) -> Option<(Pending, Error)> {
        let method = self.config.gate.product.time_method;
        let can_ask = self.config.gate.clock.is_some() && !method.is_empty();
        let rising = self.rising.as_mut().filter(|_| can_ask);
        let Some(rising) = rising.filter(|_| refusal.code() == Some(INVALID_TIMESTAMP)) else {
            return Some((pending, refusal));
        };
        match &mut rising.untimely {
            None => rising.untimely = Some(vec![(pending, refusal)]),
            // Its answer is on the way.
            Some(waiting) if !waiting.is_empty() => {
                waiting.push((pending, refusal));
                return None;
            }
            Some(_) => return Some((pending, refusal)),
        }
        tracing::info!("the exchange finds the time stamps wrong; its clock is asked for again");
        // It is part of setting up from now on.
        rising.setup_left += 1;
        self.ask_leave(Slot::Rising, Own::Time);
        None
    }

    /// The exchange has said its time: what was refused goes out again.
    pub(super) fn time_answered(&mut self, sent: Instant, permit: Permit, response: &RawResponse) {
        let result = Subject::of_read("time").result(&response.text, &response.envelope);
        // What it says of the limits concerns everyone, whether or not there still is a connection to set up.
        permit.ended(&result);
        self.meet_ban(response);
        // Where a limit is the reason, whoever waits for the connection hears until when.
        let result = match result {
            Err(limit @ (Error::RateLimited { .. } | Error::Banned { .. })) => {
                return self.time_is_unknown(limit);
            }
            result => result,
        };
        let Some(rising) = &mut self.rising else { return };
        rising.setup_left = rising.setup_left.saturating_sub(1);
        let waiting = rising.untimely.replace(Vec::new()).unwrap_or_default();
        let time = result.ok().and_then(|span| response.text.get(span));
        let time = time.and_then(wire::read_server_time);
        if let (Some(time), Some(clock)) = (time, &self.config.gate.clock) {
            clock.replace(sent, time);
        }
        for (pending, refusal) in waiting {
            match pending {
                _ if time.is_none() => self.setup_refused(pending, refusal),
                Pending::Logon { credentials, done } => self.send_logon(Slot::Rising, credentials, done),
                Pending::Subscribe { local, done, .. } => self.send_subscribe(Slot::Rising, local, done),
                _ => {}
            }
        }
        self.ready_if_set_up();
    }

    /// A limit keeps the time from being asked for: the connection cannot be set up now.
    pub(super) fn time_is_unknown(&mut self, limit: Error) {
        let waiting = self.rising.as_mut().and_then(|rising| rising.untimely.take());
        if let Some((pending, _)) = waiting.into_iter().flatten().next() {
            tracing::warn!(error = %limit, "the exchange's clock cannot be asked for");
            self.setup_refused(pending, limit);
        }
    }
}
