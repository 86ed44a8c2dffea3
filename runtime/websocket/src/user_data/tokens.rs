//! The task that renews a listen token.

use std::sync::Arc;
use std::time::Duration;

use binance_wire_core::{Error, TransportError};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::keys::{ListenToken, ListenTokens};
use crate::api::{Clock, Command};
use crate::lease::Lease;

/// A token that is no longer good is replaced at once, and the next one no sooner than this after it.
const APART: Duration = Duration::from_secs(1);

/// The settings of a subscription by tokens.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) tokens: Arc<dyn ListenTokens>,
    pub(crate) clock: Clock,
}

impl Request {
    pub(crate) async fn issue(&self) -> Result<ListenToken, Error> {
        self.tokens.issue().await?.ok_or_else(|| {
            let reason = "the answer lacks the token or its end";
            Error::Transport(TransportError::new("asking for a listen token", reason))
        })
    }

    fn lease(&self, token: &ListenToken) -> Lease {
        let micros = token
            .expires
            .as_micros()
            .saturating_sub(self.clock.now().as_micros());
        Lease::new(
            Duration::from_micros(u64::try_from(micros).unwrap_or(0)),
            Instant::now().into_std(),
        )
    }

    /// Gets a new token at half of the life of the one before, and whenever `wanted` says that it is no longer good.
    /// Ends with the subscription, which holds the other end of `wanted`.
    pub(crate) async fn keep(
        self,
        first: ListenToken,
        local: u64,
        mut wanted: mpsc::Receiver<()>,
        commands: mpsc::WeakSender<Command>,
    ) {
        let mut lease = self.lease(&first);
        let mut issued = Instant::now();
        // Nothing may come in between while the token is no longer good.
        let mut urgent = false;
        loop {
            tokio::select! {
                biased;
                asked = wanted.recv() => match asked {
                    Some(()) => {
                        urgent = true;
                        tokio::time::sleep_until(issued + APART).await;
                    }
                    None => return,
                },
                () = tokio::time::sleep_until(Instant::from_std(lease.due())) => {}
            }
            issued = Instant::now();
            match self.issue().await {
                Ok(token) => {
                    lease = self.lease(&token);
                    urgent = false;
                    let Some(commands) = commands.upgrade() else {
                        return;
                    };
                    let token = token.token;
                    if commands.send(Command::Token { local, token }).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "renewing the listen token failed");
                    let wait = error.wait(self.clock.now());
                    lease.failed(issued.into_std(), wait);
                    if urgent {
                        lease.hurry(issued.into_std(), wait.unwrap_or_default().max(APART));
                    }
                }
            }
        }
    }
}
