//! Faults as text, for the command line and the control endpoint: `NAME[=ARGUMENT][@HOW OFTEN][ at WHAT]`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Cut, Fault, Frequency, Injection, Target};

/// A name that faults have as text, and what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultName {
    /// The name, such as `lost-reply`.
    pub name: &'static str,
    /// An argument that it can have after `=`; empty where it has none.
    pub argument: &'static str,
    /// What goes wrong.
    pub about: &'static str,
}

const fn name(name: &'static str, argument: &'static str, about: &'static str) -> FaultName {
    FaultName {
        name,
        argument,
        about,
    }
}

const NAMES: &[FaultName] = &[
    name("latency", "250ms", "the answer comes late"),
    name(
        "lost-reply",
        "",
        "carried out, and the connection is cut before the answer; at new orders unless said",
    ),
    name(
        "unavailable-placed",
        "",
        "503 although it was carried out; at new orders unless said",
    ),
    name("unavailable", "", "503, and nothing was carried out"),
    name("cut", "", "the connection is cut before anything is done"),
    name(
        "cut-body",
        "10",
        "the connection is cut after this many bytes of the answer",
    ),
    name("refuse", "", "the next connection is cut when it is accepted"),
    name("silence", "", "the connection stays open and says nothing more"),
    name("hung-tls", "", "the next TLS hello is never answered"),
    name("rate-limited", "7", "429, to come back after this many seconds"),
    name(
        "banned",
        "120",
        "418, to come back after this many seconds; the next request passes",
    ),
    name("html-403", "", "403 with a page, as a firewall answers"),
    name("status", "502", "this HTTP status with a page"),
    name(
        "reject-order",
        "-2010",
        "the new order is refused with this code; a cancel-replace is half done",
    ),
    name(
        "unknown-value",
        "",
        "a member has a value that no documentation lists",
    ),
    name(
        "unknown-member",
        "",
        "there is a member that no documentation lists",
    ),
    name("newer-sbe", "", "an answer in SBE is of a newer schema version"),
    name(
        "corrupted",
        "",
        "a broken body, or a frame that breaks the protocol",
    ),
    name("stray-answer", "", "an answer that nobody asked for"),
    name("drop-depth", "", "a depth event is lost"),
    name("double-depth", "", "a depth event comes twice"),
    name(
        "server-shutdown",
        "",
        "WebSocket connections are told serverShutdown",
    ),
    name(
        "lag",
        "5s",
        "WebSocket connections that are open now get everything this much later",
    ),
    name("expire-listen-keys", "", "listen keys end before their time"),
    name(
        "revoke-sessions",
        "",
        "sessions of the WebSocket API lose their logon",
    ),
    name(
        "ban-addresses",
        "60",
        "addresses are banned for this many seconds",
    ),
    name(
        "clock-offset",
        "5000",
        "the clock is this many milliseconds ahead",
    ),
];

impl FaultName {
    /// All names.
    pub fn all() -> &'static [FaultName] {
        NAMES
    }
}

/// A text that names no fault, or not how often or at what it strikes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownFault(String);

impl Fault {
    /// Its name as text; what also depends on when it strikes is the injection's.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Fault::Status { .. } => "status",
            Fault::CutBody { .. } => "cut-body",
            Fault::CutConnection(Cut::OnAccept) => "refuse",
            Fault::CutConnection(Cut::BeforeProcessing) => "cut",
            Fault::CutConnection(Cut::AfterProcessing) => "lost-reply",
            Fault::Delay(_) => "latency",
            Fault::Html403 => "html-403",
            Fault::RateLimited { .. } => "rate-limited",
            Fault::Banned { .. } => "banned",
            Fault::Unavailable503 => "unavailable",
            Fault::RejectNewOrder { .. } => "reject-order",
            Fault::Silence => "silence",
            Fault::HungTls => "hung-tls",
            Fault::DropDepth => "drop-depth",
            Fault::DoubleDepth => "double-depth",
            Fault::UnknownValue => "unknown-value",
            Fault::UnknownMember => "unknown-member",
            Fault::NewerSbe => "newer-sbe",
            Fault::Corrupted => "corrupted",
            Fault::StrayAnswer => "stray-answer",
            Fault::ServerShutdown => "server-shutdown",
            Fault::Lag(_) => "lag",
            Fault::ExpireListenKeys => "expire-listen-keys",
            Fault::RevokeSessions => "revoke-sessions",
            Fault::BanAddresses { .. } => "ban-addresses",
            Fault::ClockOffset { .. } => "clock-offset",
        }
    }

    fn argument(&self) -> Option<String> {
        Some(match self {
            Fault::Status { status, .. } => status.to_string(),
            Fault::CutBody { after } => after.to_string(),
            Fault::Delay(delay) | Fault::Lag(delay) => format!("{}ms", delay.as_millis()),
            Fault::RateLimited { retry_after } | Fault::Banned { retry_after } => retry_after.to_string(),
            Fault::RejectNewOrder { code, .. } => code.to_string(),
            Fault::BanAddresses { seconds } => seconds.to_string(),
            Fault::ClockOffset { milliseconds } => milliseconds.to_string(),
            _ => return None,
        })
    }
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.fault, self.after_processing) {
            (Fault::Unavailable503, true) => f.write_str("unavailable-placed")?,
            (fault, _) => f.write_str(fault.name())?,
        }
        if let Some(argument) = self.fault.argument() {
            write!(f, "={argument}")?;
        }
        match self.frequency {
            Frequency::Once if self.target == Target::Any => return Ok(()),
            Frequency::Once => f.write_str("@once")?,
            Frequency::Always => f.write_str("@always")?,
            Frequency::Rate(rate) => write!(f, "@{}%", rate * 100.0)?,
            Frequency::Every(count) => write!(f, "@every {count}")?,
        }
        match &self.target {
            Target::Any => Ok(()),
            Target::NewOrders => f.write_str(" at new-order"),
            Target::Http(method, path) => write!(f, " at {method} {path}"),
            Target::Method(method) => write!(f, " at {method}"),
            Target::Event(kind) => write!(f, " at event {kind}"),
        }
    }
}

impl FromStr for Injection {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Injection, UnknownFault> {
        let (what, when) = text.split_once('@').unwrap_or((text, ""));
        let (name, argument) = match what.trim().split_once('=') {
            Some((name, argument)) => (name.trim(), Some(argument.trim())),
            None => (what.trim(), None),
        };
        let mut injection = fault(name, argument)?;
        let (often, place) = match when.trim().split_once("at ") {
            // `at` begins the place where it is a word of its own.
            Some((often, place)) if often.is_empty() || often.ends_with(' ') => {
                (often.trim(), Some(place.trim()))
            }
            _ => (when.trim(), None),
        };
        injection.frequency = frequency(often)?;
        if let Some(place) = place {
            injection.target = target(place)?;
        }
        Ok(injection)
    }
}

fn fault(name: &str, argument: Option<&str>) -> Result<Injection, UnknownFault> {
    let known = NAMES.iter().find(|known| known.name == name).ok_or_else(|| {
        let names: Vec<&str> = NAMES.iter().map(|known| known.name).collect();
        UnknownFault(format!(
            "no fault is called `{name}`; there are {}",
            names.join(", ")
        ))
    })?;
    if known.argument.is_empty() && argument.is_some() {
        return Err(UnknownFault(format!("`{name}` takes no argument")));
    }
    let argument = argument.unwrap_or(known.argument);
    let wrong = || {
        UnknownFault(format!(
            "`{name}={argument}`: expected one such as `{}`",
            known.argument
        ))
    };
    let number = || argument.parse::<u64>().map_err(|_| wrong());
    let time = || duration(argument).ok_or_else(wrong);
    let plain = |fault: Fault| Injection::new(fault);
    Ok(match name {
        "latency" => plain(Fault::Delay(time()?)),
        "lost-reply" => plain(Fault::CutConnection(Cut::AfterProcessing)).on_new_orders(),
        "unavailable-placed" => plain(Fault::Unavailable503).after_processing().on_new_orders(),
        "unavailable" => plain(Fault::Unavailable503),
        "cut" => plain(Fault::CutConnection(Cut::BeforeProcessing)),
        "cut-body" => plain(Fault::CutBody {
            after: argument.parse().map_err(|_| wrong())?,
        }),
        "refuse" => plain(Fault::CutConnection(Cut::OnAccept)),
        "silence" => plain(Fault::Silence),
        "hung-tls" => plain(Fault::HungTls),
        "rate-limited" => plain(Fault::RateLimited {
            retry_after: number()?,
        }),
        "banned" => plain(Fault::Banned {
            retry_after: number()?,
        }),
        "html-403" => plain(Fault::Html403),
        "status" => plain(Fault::Status {
            status: argument
                .parse()
                .ok()
                .filter(|status| (200..600).contains(status))
                .ok_or_else(wrong)?,
            headers: vec![("Content-Type".to_owned(), "text/html".to_owned())],
            body: b"<html><body>something went wrong</body></html>".to_vec(),
        }),
        "reject-order" => plain(Fault::RejectNewOrder {
            code: argument.parse().map_err(|_| wrong())?,
            message: "Order refused on demand.".to_owned(),
        }),
        "unknown-value" => plain(Fault::UnknownValue),
        "unknown-member" => plain(Fault::UnknownMember),
        "newer-sbe" => plain(Fault::NewerSbe),
        "corrupted" => plain(Fault::Corrupted),
        "stray-answer" => plain(Fault::StrayAnswer),
        "drop-depth" => plain(Fault::DropDepth),
        "double-depth" => plain(Fault::DoubleDepth),
        "server-shutdown" => plain(Fault::ServerShutdown),
        "lag" => plain(Fault::Lag(time()?)),
        "expire-listen-keys" => plain(Fault::ExpireListenKeys),
        "revoke-sessions" => plain(Fault::RevokeSessions),
        "ban-addresses" => plain(Fault::BanAddresses { seconds: number()? }),
        // The last of the table.
        _ => plain(Fault::ClockOffset {
            milliseconds: argument.parse().map_err(|_| wrong())?,
        }),
    })
}

/// A time as `250ms`, `5s`, or milliseconds without a unit.
fn duration(text: &str) -> Option<Duration> {
    if let Some(milliseconds) = text.strip_suffix("ms") {
        return milliseconds.parse().ok().map(Duration::from_millis);
    }
    match text.strip_suffix('s') {
        Some(seconds) => seconds.parse().ok().map(Duration::from_secs),
        None => text.parse().ok().map(Duration::from_millis),
    }
}

fn frequency(text: &str) -> Result<Frequency, UnknownFault> {
    let wrong = || {
        UnknownFault(format!(
            "`@{text}`: expected a rate such as `5%` or `0.05`, `every 100`, `always` or `once`"
        ))
    };
    match text {
        "" | "once" => return Ok(Frequency::Once),
        "always" => return Ok(Frequency::Always),
        _ => {}
    }
    if let Some(count) = text.strip_prefix("every ") {
        let count = count.trim().parse().ok().filter(|count| *count > 0);
        return count.map(Frequency::Every).ok_or_else(wrong);
    }
    let (number, scale) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    let rate = number.trim().parse::<f64>().ok().map(|rate| rate / scale);
    let rate = rate.filter(|rate| (0.0..=1.0).contains(rate));
    rate.map(Frequency::Rate).ok_or_else(wrong)
}

fn target(text: &str) -> Result<Target, UnknownFault> {
    if text == "new-order" {
        return Ok(Target::NewOrders);
    }
    if let Some(kind) = text.strip_prefix("event") {
        return Ok(Target::Event(kind.trim().to_owned()));
    }
    match text.split_once(' ') {
        Some((method, path)) if path.starts_with('/') => Ok(Target::Http(method.to_owned(), path.to_owned())),
        None if !text.is_empty() => Ok(Target::Method(text.to_owned())),
        _ => Err(UnknownFault(format!(
            "`at {text}`: expected `new-order`, a method such as `order.place`, `POST /api/v3/order`, or `event depthUpdate`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_printed() {
        for known in NAMES {
            let read: Injection = known.name.parse().expect(known.name);
            let shown = read.to_string();
            assert!(shown.starts_with(known.name), "{shown}");
            assert_eq!(shown.parse::<Injection>(), Ok(read), "{shown}");
            for when in [
                "@5%",
                "@every 7 at POST /api/v3/order",
                "@always at event depthUpdate",
                "@once at a.b",
            ] {
                let text = format!("{}{when}", known.name);
                let read: Injection = text.parse().expect(&text);
                assert_eq!(read.to_string().parse::<Injection>(), Ok(read), "{text}");
            }
        }
    }

    #[test]
    fn the_rest_is_refused_with_what_there_is() {
        for (text, part) in [
            ("lost-repli", "there are latency, lost-reply"),
            ("cut=3", "takes no argument"),
            ("latency=soon", "such as `250ms`"),
            ("status=99", "such as `502`"),
            ("cut@often", "such as `5%`"),
            ("cut@200%", "such as `5%`"),
            ("cut@every 0", "such as `5%`"),
            ("cut@at GET", ""),
            ("cut@at two words", "POST /api/v3/order"),
            ("", "no fault"),
        ] {
            match text.parse::<Injection>() {
                Err(error) => assert!(error.to_string().contains(part), "{text}: {error}"),
                Ok(read) => assert_eq!(
                    (read.target, part),
                    (Target::Method("GET".to_owned()), ""),
                    "{text}"
                ),
            }
        }
        let read: Injection = "lag=5s@0.5 at order.place".parse().expect("a fault");
        let wanted = Injection::new(Fault::Lag(Duration::from_secs(5))).on_method("order.place");
        assert_eq!(read, wanted.at_rate(0.5));
    }
}
