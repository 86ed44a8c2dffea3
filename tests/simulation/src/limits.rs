//! The exchange's limits, the limiter that keeps the clients under them, and a watch over what they send after a refusal.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use binance_wire_core::Timestamp;
use binance_wire_limits::{Limiter, ServerClock, WhenFull};
use binance_wire_sandbox::Breaches;
use tokio::time::Instant;

use crate::clock::WallClock;
use crate::trace::{Trace, note};
use crate::{API_HOST, REST_HOST};

/// The limits of a run. The clients begin with those of the specs and learn these from `exchangeInfo`.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) weight: u32,
    pub(crate) orders: u32,
    pub(crate) raw_requests: u32,
    pub(crate) attempts: u32,
    /// How long a request waits for room; not at all without it.
    pub(crate) wait: Option<Duration>,
    /// Whether another process uses the address too.
    pub(crate) shared: bool,
}

impl Limits {
    pub(crate) fn new(rng: &mut fastrand::Rng) -> Self {
        Self {
            weight: [6_000, 2_000, 900][rng.usize(0..3)],
            orders: [50, 10, 4][rng.usize(0..3)],
            raw_requests: [300_000, 600, 300][rng.usize(0..3)],
            attempts: [300, 120][rng.usize(0..2)],
            wait: [None, Some(Duration::from_secs(2)), Some(Duration::from_secs(10))][rng.usize(0..3)],
            shared: rng.bool(),
        }
    }
}

/// What keeps the clients of a process under the limits.
#[derive(Clone)]
pub(crate) struct Keeper {
    pub(crate) limiter: Limiter,
    pub(crate) clock: ServerClock,
}

impl Keeper {
    pub(crate) fn new(limits: &Limits, now_us: i64) -> Self {
        Self::waiting(limits.wait, now_us)
    }

    /// One of a process of its own, which begins with the limits of the specs.
    pub(crate) fn waiting(wait: Option<Duration>, now_us: i64) -> Self {
        let clock = ServerClock::starting_at(Timestamp::from_micros(now_us));
        let when_full = wait.map_or(WhenFull::Refuse, WhenFull::Wait);
        let limiter = Limiter::builder()
            .server_clock(&clock)
            .when_full(when_full)
            .build();
        Self { limiter, clock }
    }
}

/// The first limit that the clients exceeded, on the exchange's own count.
pub(crate) fn exceeded(breaches: &Breaches) -> Option<String> {
    let counts = [
        ("weight", breaches.own_weight),
        ("orders", breaches.orders),
        ("raw requests", breaches.raw_requests),
        ("attempts to connect", breaches.attempts),
    ];
    let (what, count) = counts.into_iter().find(|(_, count)| *count > 0)?;
    Some(format!("the limit of {what} is exceeded {count} times"))
}

/// What an answer asks of the address that it is for.
#[derive(Clone, Copy, Debug)]
struct Quiet {
    since: Instant,
    until: Instant,
    /// Whether connections are not to be attempted either.
    banned: bool,
}

/// Listens to the wires of the clients: whoever has read a 429 or 418 sends nothing before its end. Clones are the same.
#[derive(Clone)]
pub(crate) struct Tap {
    quiet: Arc<Mutex<BTreeMap<IpAddr, Quiet>>>,
    /// The exchange's clock.
    clock: WallClock,
    trace: Trace,
}

impl Tap {
    pub(crate) fn new(clock: WallClock, trace: Trace) -> Self {
        Self {
            quiet: Arc::default(),
            clock,
            trace,
        }
    }

    /// A connection of a client.
    pub(crate) fn wire(&self, address: IpAddr, host: &str) -> Wire {
        Wire {
            tap: self.clone(),
            address,
            host: host.to_owned(),
            asked: BTreeMap::new(),
        }
    }

    /// A client attempts to connect. Only WebSocket handshakes are limited, which follow at once.
    pub(crate) fn dials(&self, address: IpAddr, host: &str) {
        let banned = |quiet: &Quiet| quiet.banned && host != REST_HOST;
        if let Some(quiet) = self.in_force(address).filter(banned) {
            self.violated(address, &quiet, format_args!("an attempt to connect to {host}"));
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IpAddr, Quiet>> {
        self.quiet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, address: IpAddr, status: u16, wait: Duration) {
        let now = Instant::now();
        let mut quiet = self.lock();
        let entry = quiet.entry(address).or_insert(Quiet {
            since: now,
            until: now,
            banned: false,
        });
        if entry.until <= now {
            (entry.since, entry.banned) = (now, false);
        }
        entry.until = entry.until.max(now + wait);
        entry.banned |= status == 418;
    }

    fn in_force(&self, address: IpAddr) -> Option<Quiet> {
        let now = Instant::now();
        let quiet = self.lock().get(&address).copied();
        quiet.filter(|quiet| now > quiet.since && now < quiet.until)
    }

    fn violated(&self, address: IpAddr, quiet: &Quiet, what: std::fmt::Arguments<'_>) {
        let (since, left) = (quiet.since.elapsed(), quiet.until - Instant::now());
        self.trace.violated(format_args!(
            "{address}: {what}, {since:?} after a refusal and {left:?} before its end"
        ));
    }
}

/// The client's end of a connection.
pub(crate) struct Wire {
    tap: Tap,
    address: IpAddr,
    host: String,
    /// The methods of the WebSocket API's requests by their ids; of REST the last request, under no id.
    asked: BTreeMap<String, String>,
}

impl Wire {
    /// The client reads these bytes.
    pub(crate) fn heard(&mut self, bytes: &[u8]) {
        let (asked, refusal) = match self.host.as_str() {
            REST_HOST => (self.asked.get(""), rest_refusal(bytes)),
            API_HOST => {
                let text = String::from_utf8_lossy(bytes);
                let asked = id_of(&text).and_then(|id| self.asked.get(id));
                (asked, api_refusal(&text, self.tap.clock.now_us()))
            }
            _ => return,
        };
        let (Some(asked), Some((status, wait))) = (asked, refusal) else {
            return;
        };
        note!(
            self.tap.trace,
            "{} hears of {status} for {wait:?}, to {asked}",
            self.address
        );
        self.tap.stop(self.address, status, wait);
    }

    /// The client sends these bytes.
    pub(crate) fn sends(&mut self, bytes: &[u8]) {
        let (id, request) = match self.host.as_str() {
            REST_HOST => (String::new(), rest_request(bytes)),
            API_HOST => {
                let text = api_request(bytes).unwrap_or_default();
                let id = id_of(&text).unwrap_or_default().to_owned();
                (id, method_of(&text).map(str::to_owned))
            }
            _ => return,
        };
        let Some(request) = request else { return };
        if let Some(quiet) = self.tap.in_force(self.address) {
            self.tap.violated(self.address, &quiet, format_args!("{request}"));
        }
        if self.asked.len() > 1_000 {
            self.asked.pop_first();
        }
        self.asked.insert(id, request);
    }
}

/// What stands behind `"id":` of a request or an answer.
fn id_of(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("\"id\":")?;
    rest.split([',', '}']).next()
}

fn method_of(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("\"method\":\"")?;
    rest.split('"').next()
}

/// The first line of a REST request up to its query, if that is what these bytes begin with.
fn rest_request(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let methods = ["GET /", "POST /", "PUT /", "DELETE /"];
    let begins = methods.iter().any(|method| text.starts_with(method));
    begins.then(|| text.split(['?', '\r']).next().unwrap_or_default().to_owned())
}

/// The text of a client's frame, if that is what these bytes are.
fn api_request(bytes: &[u8]) -> Option<String> {
    // One frame of text.
    let rest = bytes.strip_prefix(&[0x81])?;
    let (length, rest) = rest.split_first()?;
    let rest = match length & 0x7f {
        126 => rest.get(2..)?,
        127 => rest.get(8..)?,
        _ => rest,
    };
    let (mask, payload) = rest.split_first_chunk::<4>()?;
    let unmasked = payload
        .iter()
        .zip(mask.iter().cycle())
        .map(|(byte, mask)| byte ^ mask);
    Some(String::from_utf8_lossy(&unmasked.collect::<Vec<u8>>()).into_owned())
}

/// The status and the wait of a REST answer that stops the address.
fn rest_refusal(bytes: &[u8]) -> Option<(u16, Duration)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let status = ["429", "418"].into_iter().find(|status| {
        text.strip_prefix("HTTP/1.1 ")
            .is_some_and(|rest| rest.starts_with(status))
    })?;
    let (_, rest) = text.split_once("Retry-After: ")?;
    let seconds = rest.split("\r\n").next()?.parse().ok()?;
    // Too many orders stop orders alone.
    let orders = text.contains("-1015");
    (!orders).then_some((status.parse().ok()?, Duration::from_secs(seconds)))
}

/// The same of an answer of the WebSocket API, as `{"id":…,"status":429,"error":{…,"data":{"retryAfter":…}}}`.
fn api_refusal(text: &str, now_us: i64) -> Option<(u16, Duration)> {
    let status = ["429", "418"]
        .into_iter()
        .find(|status| text.contains(&format!("\"status\":{status},")))?;
    let (_, rest) = text.split_once("\"retryAfter\":")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let until_us = digits.parse::<i64>().ok()?.checked_mul(1000)?;
    let wait = u64::try_from(until_us - now_us).ok()?;
    (!text.contains("-1015")).then_some((status.parse().ok()?, Duration::from_micros(wait)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read() {
        let rest = rest_request(b"GET /api/v3/time?x=1 HTTP/1.1\r\n");
        assert_eq!(rest.as_deref(), Some("GET /api/v3/time"));
        assert_eq!(rest_request(b"timestamp=1"), None);
        let mask = [1, 2, 3, 4];
        let text = b"{\"id\":1}";
        let mut frame = vec![0x81, 0x80 | 8];
        frame.extend(mask);
        frame.extend(
            text.iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        assert_eq!(api_request(&frame).as_deref(), Some("{\"id\":1}"));
        assert_eq!(api_request(b"\x8a\x80...."), None);
    }

    #[test]
    fn refusals_are_heard() {
        let rest = b"HTTP/1.1 418 I'm a teapot\r\nRetry-After: 7\r\n\r\n{\"code\":-1003}";
        assert_eq!(rest_refusal(rest), Some((418, Duration::from_secs(7))));
        assert_eq!(rest_refusal(b"HTTP/1.1 200 OK\r\nRetry-After: 7\r\n\r\n"), None);
        let orders = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n\r\n{\"code\":-1015}";
        assert_eq!(rest_refusal(orders), None);
        let api =
            r#"..{"id":"1","status":429,"error":{"code":-1003,"data":{"retryAfter":3000,"serverTime":1}}}"#;
        assert_eq!(api_refusal(api, 1_000_000), Some((429, Duration::from_secs(2))));
        assert_eq!(api_refusal(r#"{"id":"1","status":200}"#, 0), None);
    }
}
