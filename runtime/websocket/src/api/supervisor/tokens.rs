//! Subscriptions by listen token: subscribing again with a new one, and what happens when one is no longer good.

use binance_wire_core::{ParamSink, Text};

use super::super::connection::{By, Own, Pending};
use super::super::request::Authorization;
use super::{Slot, Supervisor};
use crate::item::{GapReason, Notice};

impl Supervisor {
    /// Subscribes with the token of the subscription.
    pub(super) fn send_token(&mut self, slot: Slot, method: &str, token: &Text, pending: Pending) {
        let params = |sink: &mut dyn ParamSink| sink.text("listenToken", token);
        self.send(slot, method, Authorization::None, &params, pending);
    }

    /// A new token: it extends the subscription, or brings it back.
    pub(super) fn renew_token(&mut self, local: u64, new: Text) {
        let Some(By::Token { token, .. }) = self.subscriptions.get_mut(&local).map(|known| &mut known.by)
        else {
            return;
        };
        *token = new;
        self.ask_leave(Slot::Active, Own::Token { local });
    }

    /// The token is no longer good: events are missing until there is another. Whether `local` has a token at all.
    pub(super) fn token_lapsed(&mut self, local: u64) -> bool {
        let Some(subscription) = self.subscriptions.get_mut(&local) else {
            return false;
        };
        let By::Token { wanted, lapsed, .. } = &mut subscription.by else {
            return false;
        };
        if !std::mem::replace(lapsed, true) {
            subscription.sink.notice(Notice::Gap {
                reason: GapReason::KeyExpired,
                streams: Vec::new(),
            });
            subscription.sink.flush();
        }
        // One wish that waits is enough.
        let _ = wanted.try_send(());
        for connection in self.active.iter_mut().chain(&mut self.rising) {
            connection.routes.retain(|_, ours| *ours != local);
        }
        true
    }

    /// A subscription with a new token is confirmed.
    pub(super) fn token_confirmed(&mut self, local: u64) {
        if let Some(subscription) = self.subscriptions.get_mut(&local)
            && let By::Token { lapsed, .. } = &mut subscription.by
            && std::mem::replace(lapsed, false)
        {
            subscription
                .sink
                .notice(Notice::Reconnected { streams: Vec::new() });
            subscription.sink.flush();
        }
    }
}
