//! Making connections: the first, and those that take the place of others.

use std::time::Duration;

use binance_wire_core::{Error, Text};

use super::Supervisor;
use crate::clock::now;
use crate::socket::{ConnectError, Socket};
use crate::streams::builder::Dial;
use crate::streams::client::PATIENCE;
use crate::subscriptions::SubscriptionSet;
use crate::user_data::keeper::Keeper;

impl Supervisor {
    pub(super) fn connect_now(&mut self) {
        if self.lacks_key() {
            return;
        }
        let wanted = self.wanted().map(SubscriptionSet::wanted).unwrap_or_default();
        let named = self.config.on_address(wanted.iter());
        let dial = Dial {
            index: self.next_endpoint,
            route: self.route,
            streams: &named,
            key: self.keeper.as_ref().and_then(Keeper::key).map(Text::as_str),
            random: self.random.u64(..),
        };
        let url = match self.config.endpoint(&dial) {
            Ok(url) => url,
            Err(error) => {
                let reason = error.to_string();
                self.fail_start(error);
                return self.close(&reason);
            }
        };
        if let Err(at) = self.connect.admit(&url, now()) {
            return self.life.postponed(at);
        }
        self.next_endpoint = self.next_endpoint.wrapping_add(1);
        // What is named in the address is subscribed before the answer comes.
        if self.active.is_some() {
            self.handover.begin();
        }
        self.connecting = Some((Socket::connecting(url, self.connect.clone()), named));
    }

    pub(super) fn connected(&mut self, result: Result<Socket, ConnectError>) {
        let named = self.connecting.take().map(|(_, named)| named).unwrap_or_default();
        match result {
            Ok(socket) => {
                let mut set = match self.wanted() {
                    Some(set) => set.renewed(&named),
                    None => SubscriptionSet::new(self.config.manner(), PATIENCE, 1),
                };
                if self.started.is_none() {
                    set.set_renewing();
                }
                self.rise(socket, set);
            }
            Err(error) => {
                // A key that the exchange does not take is replaced.
                if let (Some(keeper), Error::Api(_)) = (&mut self.keeper, &error.error) {
                    keeper.forget();
                }
                self.not_connected(error.error, error.retry_after);
            }
        }
    }

    pub(super) fn not_connected(&mut self, error: Error, retry_after: Option<Duration>) {
        tracing::warn!(%error, "connecting failed");
        self.handover.abandon();
        self.attempts_left = self.attempts_left.saturating_sub(1);
        match self.started {
            None => self.life.failed(now(), retry_after),
            Some(_) if self.attempts_left > 0 => self.connect_now(),
            Some(_) => self.fail_start(error),
        }
    }

    /// The first connection does not come about.
    pub(super) fn fail_start(&mut self, error: Error) {
        if let Some(started) = self.started.take() {
            // Before anyone hears of it: nothing more is to be given to this connection.
            self.commands.close();
            let _ = started.send(Err(error));
            self.close("the first connection could not be set up");
        }
    }
}
