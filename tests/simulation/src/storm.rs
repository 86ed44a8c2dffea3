//! The faults: what happens to the network, the clocks and the exchange, and to single requests.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use binance_wire_sandbox::{Cut, Exchange, Fault, Incoming, Injection};
use tokio::time::{Instant, sleep, sleep_until};

use crate::BOT;
use crate::clock::WallClock;
use crate::network::{Conditions, Failure, Network};
use crate::plan::{Plan, about};
use crate::trace::{Trace, note};

/// How often each kind of fault happened. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Tally {
    pub(crate) fn count(&self, kind: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(kind).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Everything that the faults need.
pub(crate) struct Storm {
    pub(crate) rng: fastrand::Rng,
    pub(crate) plan: Plan,
    pub(crate) network: Network,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) client_clock: WallClock,
    /// The address of the clients, and others.
    pub(crate) addresses: [IpAddr; 2],
    pub(crate) trace: Trace,
    pub(crate) tally: Tally,
}

impl Storm {
    /// Lets faults happen until `end`.
    pub(crate) async fn rage(&mut self, end: Instant) {
        loop {
            let wait = about(&mut self.rng, self.plan.between_faults);
            if self.trace.violation().is_some() {
                return;
            }
            if Instant::now() + wait >= end {
                return sleep_until(end).await;
            }
            sleep(wait).await;
            self.fault().await;
        }
    }

    async fn fault(&mut self) {
        if let Some(kind) = self.crowded() {
            note!(self.trace, "fault: {kind}");
            return self.tally.count(kind);
        }
        let kind = match self.rng.u32(0..100) {
            0..14 => self.one("connection reset", Failure::Reset),
            14..24 => {
                let bytes = self.rng.usize(0..400);
                self.one("frame cut in two", Failure::ResetAfter(bytes))
            }
            24..32 => self.one("connection closed by the exchange", Failure::Finish),
            32..42 => self.stuck("half-dead: the client is not heard", Failure::UpStuck),
            42..48 => self.stuck("half-dead: the exchange is not heard", Failure::DownStuck),
            48..54 => self.stuck("both directions stuck", Failure::BothStuck),
            54..58 => {
                self.network.fail_all(Failure::Reset);
                "all connections reset"
            }
            58..65 => self.shutdown(),
            65..73 => {
                let latency = Duration::from_millis(self.rng.u64(300..3_000));
                self.weather(Conditions {
                    latency,
                    jitter: latency,
                    refused: 0,
                    unanswered: 0,
                })
                .await;
                "slow network"
            }
            73..82 => {
                let (latency, jitter) = (self.plan.conditions.latency, self.plan.conditions.jitter);
                let (refused, unanswered) = (self.rng.u32(0..700), self.rng.u32(0..300));
                self.weather(Conditions {
                    latency,
                    jitter,
                    refused,
                    unanswered,
                })
                .await;
                "no new connections"
            }
            82..90 => {
                let by_us = self.rng.i64(-20_000_000..=20_000_000);
                self.client_clock.step(by_us);
                note!(self.trace, "the client's clock moves by {by_us} us");
                "clock step"
            }
            90..94 => {
                let duration = Duration::from_millis(self.rng.u64(500..20_000));
                let address = self.addresses[usize::from(self.rng.u8(0..4) == 0)];
                self.exchange.ban(address, duration);
                note!(self.trace, "{address} is banned for {duration:?}");
                "ban"
            }
            94..96 => {
                self.exchange.end_listen_key(BOT);
                "listen key ended"
            }
            96..98 => {
                self.exchange.send_raw(GARBAGE[self.rng.usize(0..GARBAGE.len())]);
                "garbage frames"
            }
            _ => {
                self.exchange.close_websockets(1001, "maintenance");
                "all WebSockets closed"
            }
        };
        note!(self.trace, "fault: {kind}");
        self.tally.count(kind);
    }

    /// Has another process use the clients' address, where one shares it.
    fn crowded(&mut self) -> Option<&'static str> {
        let limits = self.plan.limits.as_ref().filter(|limits| limits.shared)?;
        if self.rng.u8(0..6) > 0 {
            return None;
        }
        let weight = self.rng.u32(1..limits.weight / 3);
        note!(self.trace, "others use a weight of {weight}");
        self.exchange.use_weight(self.addresses[0], weight);
        Some("weight used by others")
    }

    fn one(&mut self, kind: &'static str, failure: Failure) -> &'static str {
        if let Some((number, host)) = self.network.fail_one(failure) {
            note!(self.trace, "connection {number} to {host}: {failure:?}");
        }
        kind
    }

    /// Stops a connection, which later goes on with everything that waited, or breaks.
    fn stuck(&mut self, kind: &'static str, failure: Failure) -> &'static str {
        if let Some((number, host)) = self.network.fail_one(failure) {
            let after = Duration::from_millis(self.rng.u64(500..60_000));
            let then = if self.rng.bool() {
                Failure::Healed
            } else {
                Failure::Reset
            };
            note!(
                self.trace,
                "connection {number} to {host}: {failure:?}, {then:?} after {after:?}"
            );
            let network = self.network.clone();
            tokio::spawn(async move {
                sleep(after).await;
                network.fail(number, then);
            });
        }
        kind
    }

    /// Announces a shutdown to every WebSocket connection, and carries it out.
    fn shutdown(&mut self) -> &'static str {
        self.exchange.inject(Fault::ServerShutdown);
        let after = Duration::from_millis(self.rng.u64(0..20_000));
        let exchange = Arc::clone(&self.exchange);
        tokio::spawn(async move {
            sleep(after).await;
            exchange.close_websockets(1001, "shutdown");
        });
        "shutdown announced"
    }

    /// Changes the network for a while.
    async fn weather(&mut self, conditions: Conditions) {
        self.network.set_conditions(conditions);
        sleep(Duration::from_millis(self.rng.u64(200..8_000))).await;
        self.network.set_conditions(self.plan.conditions);
    }
}

/// Texts that are no frames of the exchange.
pub(crate) const GARBAGE: [&str; 5] = [
    "",
    "<html><body>502 Bad Gateway</body></html>",
    "{\"id\":",
    "[]",
    "{\"unheard\":\"of\"}",
];

/// Chooses what happens to single requests, for [`Exchange::judge`].
pub(crate) fn judge(
    mut rng: fastrand::Rng,
    share: u32,
    tally: Tally,
    trace: Trace,
) -> impl FnMut(Incoming<'_>) -> Vec<Injection> + Send + 'static {
    move |incoming| {
        if rng.u32(0..1000) >= share {
            return Vec::new();
        }
        let (kind, injection) = choose(&mut rng, is_mutation(incoming));
        note!(trace, "request {incoming:?}: {kind}");
        tally.count(kind);
        vec![injection]
    }
}

fn is_mutation(incoming: Incoming<'_>) -> bool {
    match incoming {
        Incoming::Http { method, .. } => method != "GET",
        Incoming::Method(method) => method.starts_with("order.") && method != "order.status",
    }
}

fn choose(rng: &mut fastrand::Rng, mutation: bool) -> (&'static str, Injection) {
    let status = |status: u16, body: &str| Fault::Status {
        status,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: body.as_bytes().to_vec(),
    };
    let after = |injection: Injection, rng: &mut fastrand::Rng| match rng.bool() {
        true => injection.after_processing(),
        false => injection,
    };
    match rng.u32(0..100) {
        0..25 => {
            let delay = match rng.u8(0..4) {
                0 => rng.u64(1_000..20_000),
                _ => rng.u64(10..1_000),
            };
            ("late", Fault::Delay(Duration::from_millis(delay)).into())
        }
        25..40 => ("request lost", Fault::CutConnection(Cut::BeforeProcessing).into()),
        40..58 => ("answer lost", Fault::CutConnection(Cut::AfterProcessing).into()),
        58..66 => (
            "answer cut",
            Fault::CutBody {
                after: rng.usize(0..60),
            }
            .into(),
        ),
        66..76 => ("503", after(Injection::new(Fault::Unavailable503), rng)),
        76..82 => {
            let code = [-1000, -1001, -1006, -1007][rng.usize(0..4)];
            let body = format!("{{\"code\":{code},\"msg\":\"An unknown error occurred.\"}}");
            ("500", after(Injection::new(status(500, &body)), rng))
        }
        82..88 if mutation => {
            let html = Fault::Status {
                status: 200,
                headers: vec![("Content-Type".to_owned(), "text/html".to_owned())],
                body: b"<html><body>OK</body></html>".to_vec(),
            };
            ("garbage", after(Injection::new(html), rng))
        }
        88..94 => (
            "429",
            Fault::RateLimited {
                retry_after: rng.u64(1..4),
            }
            .into(),
        ),
        94..97 => ("403", Fault::Html403.into()),
        _ => {
            let body =
                "{\"code\":-1021,\"msg\":\"Timestamp for this request is outside of the recvWindow.\"}";
            ("-1021", Injection::new(status(400, body)))
        }
    }
}
