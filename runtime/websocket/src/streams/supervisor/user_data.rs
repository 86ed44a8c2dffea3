//! Events of a listen key, and their effect on the connection whose address has it.

use std::time::Duration;

use binance_wire_core::{Error, Text};

use super::{Supervisor, now, transport};
use crate::item::GapReason;
use crate::streams::builder::Access;
use crate::user_data::keeper::Kept;

/// The time limit of deleting the key when nobody waits for it.
const GOODBYE: Duration = Duration::from_secs(5);

impl Supervisor {
    /// Whether a key is being asked for, without which there is nothing to connect to.
    pub(super) fn lacks_key(&mut self) -> bool {
        match &mut self.keeper {
            Some(keeper) if keeper.key().is_none() => {
                keeper.start();
                true
            }
            _ => false,
        }
    }

    pub(super) fn kept(&mut self, starting: bool, result: Result<Option<Text>, Error>) {
        let Some(keeper) = &mut self.keeper else { return };
        match keeper.answered(starting, result, now(), self.config.clock.now()) {
            Kept::Alive => {}
            Kept::Started => self.connect_now(),
            Kept::NotStarted(error) => {
                let wait = error.wait(self.config.clock.now());
                self.attempts_left = 0;
                self.not_connected(error, wait);
            }
            Kept::Gone => self.key_gone(),
        }
    }

    /// The exchange says that a key has expired.
    pub(super) fn key_expired(&mut self, expired: Option<&Text>) {
        let Some(keeper) = &mut self.keeper else { return };
        // Not every announcement is about the key of this connection.
        if expired.is_none() || expired == keeper.key() {
            keeper.forget();
            self.key_gone();
        }
    }

    /// What was connected with the key is worth nothing now; a connection with the next one is made.
    pub(super) fn key_gone(&mut self) {
        if self.connecting.take().is_some() {
            self.life.cancelled();
            self.handover.abandon();
        }
        if let Some(rising) = self.rising.take() {
            self.handover.abandon();
            self.life.lost(rising.id, now());
            tokio::spawn(rising.socket.close());
        }
        if self.active.is_some() {
            self.lost(false, GapReason::KeyExpired);
        } else if self.started.is_some() {
            let reason = GapReason::KeyExpired.to_string();
            self.fail_start(transport("setting up the connection", reason));
        } else if !self.life.is_connecting() {
            self.life.failed(now(), None);
        }
    }
}

/// Ends the key, where that is wanted.
pub(super) async fn end_key(access: &Access, key: Option<Text>) {
    let (Access::Key(access), Some(key)) = (access, &key) else {
        return;
    };
    if access.close
        && let Ok(Err(error)) = tokio::time::timeout(GOODBYE, access.keys.close(key)).await
    {
        tracing::warn!(%error, "ending the listen key failed");
    }
}
