//! Faults that happen to the exchange as a whole.

use crate::faults::{Fault, Injection};
use crate::state::{Outbound, Role, State};

/// Close code for a banned client.
const POLICY: u16 = 1008;

impl State {
    /// Takes a fault in: it waits for what it strikes, or happens at once.
    pub(crate) fn inject(&mut self, injection: Injection) {
        if injection.is_at_once() {
            self.faults.count(&injection.fault);
            self.happen(&injection.fault);
        } else {
            self.faults.add(injection);
        }
    }

    /// Lets a fault of the exchange as a whole happen.
    pub(crate) fn happen(&mut self, fault: &Fault) {
        match fault {
            Fault::ServerShutdown => self.announce_shutdown(),
            Fault::Lag(late) => self.broadcast(&Outbound::Lag(*late)),
            Fault::ExpireListenKeys => self.end_listen_keys(),
            Fault::RevokeSessions => {
                for connection in self.connections.values_mut() {
                    if let Role::WsApi(session) = &mut connection.role {
                        session.revoke();
                    }
                }
            }
            Fault::BanAddresses { seconds } => self.ban_all(*seconds),
            Fault::ClockOffset { milliseconds } => self.clock.shift_ms(*milliseconds),
            // Those of requests, connections and events.
            _ => {}
        }
    }

    fn ban_all(&mut self, seconds: u64) {
        let length_us = i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1_000_000);
        let until_us = self.clock.now_us().saturating_add(length_us);
        self.counters.ban_all(until_us);
        for connection in self.connections.values() {
            if matches!(connection.role, Role::WsApi(_)) {
                let reason = "banned".to_owned();
                let _ = connection.outbound.send(Outbound::Close { code: POLICY, reason });
            }
        }
    }
}
