//! The time from which the exchange takes requests again, as its answers state it.

use std::time::Duration;

use crate::Timestamp;

/// The longest wait that is believed: bans last from two minutes to three days. A server that names more is asked
/// again after that.
///
/// Source: <https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits>.
const LONGEST: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// What an answer says about when the next request may be sent. An answer may say it in several places; the later
/// time counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retry {
    /// The time to wait from now on.
    pub after: Option<Duration>,
    /// The moment until which to wait.
    pub at: Option<Timestamp>,
}

impl Retry {
    /// The value of a `Retry-After` header: seconds, or an HTTP date. What is neither says nothing.
    pub fn from_header(value: &str) -> Self {
        let value = value.trim();
        // A number that does not fit is a long time all the same.
        let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        Self {
            after: is_number.then(|| value.parse().map_or(LONGEST, Duration::from_secs)),
            at: httpdate::parse_http_date(value)
                .ok()
                .map(|date| Timestamp::from_secs(Timestamp::from(date).as_secs())),
        }
    }

    /// Adds a moment, where it is later than the one that is known.
    #[must_use]
    pub fn or_later(mut self, moment: Option<Timestamp>) -> Self {
        self.at = self.at.max(moment);
        self
    }

    /// Adds the moment that a message names: `IP banned until 1659084590379`.
    #[must_use]
    pub fn or_as_said(self, message: &str) -> Self {
        self.or_later(moment_in(message))
    }

    /// The time to wait at `now`, three days at most; `None` where nothing is stated.
    pub fn wait(self, now: Timestamp) -> Option<Duration> {
        let wait = self.after.max(self.at.map(|at| at - now));
        wait.map(|wait| wait.min(LONGEST))
    }
}

/// The moment behind `until` in a message, in milliseconds or microseconds since the Unix epoch.
fn moment_in(message: &str) -> Option<Timestamp> {
    message.match_indices("until ").find_map(|(at, word)| {
        let rest = message.get(at + word.len()..)?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        // Fewer digits are no time since the epoch.
        (digits >= 13)
            .then(|| rest.get(..digits)?.parse().ok())
            .flatten()
            .map(Timestamp::from_wire)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAN: Timestamp = Timestamp::from_millis(1_659_084_590_379);

    #[test]
    fn headers_are_seconds_or_dates() {
        let seconds = Retry::from_header(" 17 ");
        assert_eq!((seconds.after, seconds.at), (Some(Duration::from_secs(17)), None));
        let date = Retry::from_header("Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!(date.after, None);
        assert_eq!(
            date.at.map(|at| at.to_string()).as_deref(),
            Some("2026-10-21T07:28:00Z")
        );
        for nothing in ["", "soon", "-1", "1.5", "Wed, 99 Oct 2026"] {
            assert_eq!(Retry::from_header(nothing), Retry::default(), "{nothing}");
        }
    }

    #[test]
    fn no_wait_is_longer_than_a_ban() {
        for (header, seconds) in [
            ("0", 0),
            ("259200", 259_200),
            ("259201", 259_200),
            ("18446744073709551615", 259_200),
            ("99999999999999999999999", 259_200),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 259_200),
        ] {
            let wait = Retry::from_header(header).wait(Timestamp::from_secs(0));
            assert_eq!(wait, Some(Duration::from_secs(seconds)), "{header}");
        }
    }

    #[test]
    fn messages_name_moments() {
        for message in [
            "Way too much request weight used; IP banned until 1659084590379. Please use WebSocket Streams.",
            "Way too many requests; IP(192.0.2.1) banned until 1659084590379",
            "wait until later; until 1659084590379000",
        ] {
            assert_eq!(Retry::default().or_as_said(message).at, Some(BAN), "{message}");
        }
        for message in [
            "",
            "until ",
            "banned until 5",
            "until 99999999999999999999",
            "1659084590379",
        ] {
            assert_eq!(Retry::default().or_as_said(message).at, None, "{message}");
        }
    }

    #[test]
    fn the_later_time_counts() {
        let now = Timestamp::from_millis(BAN.as_millis() - 5_000);
        let said = Retry::from_header("2").or_later(Some(BAN));
        assert_eq!(said.wait(now), Some(Duration::from_secs(5)));
        let header = Retry::from_header("9").or_later(Some(BAN));
        assert_eq!(header.wait(now), Some(Duration::from_secs(9)));
        let earlier = Timestamp::from_millis(BAN.as_millis() - 1);
        assert_eq!(header.or_later(Some(earlier)).at, Some(BAN));
        assert_eq!(
            Retry::default().or_later(Some(now)).wait(BAN),
            Some(Duration::ZERO)
        );
        assert_eq!(Retry::default().wait(now), None);
    }
}
