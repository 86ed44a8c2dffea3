//! Rate-limit counters, as the exchange reports them in the headers of every answer.

use std::fmt;
use std::ops::Deref;

pub use binance_wire_core::{IntervalUnit, RateLimitKind, RateLimitUsage};
use http::HeaderMap;

/// The number of counters kept from one answer. The exchange sends three at most.
const CAPACITY: usize = 8;

/// The counters that one answer reported: a slice of [`RateLimitUsage`] that allocates nothing.
#[derive(Clone, Copy)]
pub struct RateLimits {
    items: [RateLimitUsage; CAPACITY],
    length: usize,
}

impl RateLimits {
    /// No counters.
    const fn new() -> Self {
        const NONE: RateLimitUsage = RateLimitUsage {
            kind: RateLimitKind::RequestWeight,
            interval_num: 0,
            interval: IntervalUnit::Second,
            count: 0,
        };
        Self {
            items: [NONE; CAPACITY],
            length: 0,
        }
    }

    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let mut limits = Self::new();
        for (name, value) in headers {
            let Some((kind, interval_num, interval)) = counter(name.as_str()) else {
                continue;
            };
            let Some(count) = value.to_str().ok().and_then(|text| text.trim().parse().ok()) else {
                continue;
            };
            if let Some(slot) = limits.items.get_mut(limits.length) {
                *slot = RateLimitUsage {
                    kind,
                    interval_num,
                    interval,
                    count,
                };
                limits.length += 1;
            }
        }
        limits
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for RateLimits {
    type Target = [RateLimitUsage];

    fn deref(&self) -> &[RateLimitUsage] {
        self.items.get(..self.length).unwrap_or_default()
    }
}

impl PartialEq for RateLimits {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for RateLimits {}

impl fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Takes the name of a counter's header apart. The older header without an interval is left out: it repeats the
/// one with the interval.
fn counter(name: &str) -> Option<(RateLimitKind, u32, IntervalUnit)> {
    const PREFIXES: [(&str, RateLimitKind); 4] = [
        ("x-mbx-used-weight-", RateLimitKind::RequestWeight),
        ("x-mbx-order-count-", RateLimitKind::Orders),
        ("x-sapi-used-ip-weight-", RateLimitKind::SapiIpWeight),
        ("x-sapi-used-uid-weight-", RateLimitKind::SapiUidWeight),
    ];
    if !name.starts_with("x-") {
        return None;
    }
    let (interval, kind) = PREFIXES
        .iter()
        .find_map(|(prefix, kind)| Some((name.strip_prefix(prefix)?, *kind)))?;
    let unit = match interval.as_bytes().last()? {
        b's' => IntervalUnit::Second,
        b'm' => IntervalUnit::Minute,
        b'h' => IntervalUnit::Hour,
        b'd' => IntervalUnit::Day,
        _ => return None,
    };
    let digits = interval.get(..interval.len() - 1)?;
    Some((kind, digits.parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn parse(headers: &[(&'static str, &'static str)]) -> RateLimits {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            // From bytes, as from the network: any case.
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            map.append(name, HeaderValue::from_static(value));
        }
        RateLimits::from_headers(&map)
    }

    #[test]
    fn every_documented_counter() {
        let limits = parse(&[
            ("Content-Type", "application/json"),
            ("X-MBX-USED-WEIGHT", "12"),
            ("X-MBX-USED-WEIGHT-1M", "12"),
            ("X-MBX-ORDER-COUNT-10S", "3"),
            ("X-MBX-ORDER-COUNT-1D", "4043"),
            ("X-SAPI-USED-IP-WEIGHT-1M", "100"),
            ("X-SAPI-USED-UID-WEIGHT-6H", "18000000000"),
        ]);
        let expected = [
            (RateLimitKind::RequestWeight, 1, IntervalUnit::Minute, 12),
            (RateLimitKind::Orders, 10, IntervalUnit::Second, 3),
            (RateLimitKind::Orders, 1, IntervalUnit::Day, 4043),
            (RateLimitKind::SapiIpWeight, 1, IntervalUnit::Minute, 100),
            (
                RateLimitKind::SapiUidWeight,
                6,
                IntervalUnit::Hour,
                18_000_000_000,
            ),
        ]
        .map(|(kind, interval_num, interval, count)| RateLimitUsage {
            kind,
            interval_num,
            interval,
            count,
        });
        assert_eq!(*limits, expected);
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let limits = parse(&[
            ("X-MBX-USED-WEIGHT-M", "1"),
            ("X-MBX-USED-WEIGHT-1Y", "1"),
            ("X-MBX-USED-WEIGHT-", "1"),
            ("X-MBX-USED-WEIGHT-1M", "many"),
            ("X-MBX-USED-WEIGHT-99999999999M", "1"),
            ("X-MBX-UUID", "1"),
        ]);
        assert!(limits.is_empty(), "{limits:?}");
    }

    #[test]
    fn more_than_fit() {
        let headers = [("X-MBX-USED-WEIGHT-1M", "1"); CAPACITY + 2];
        assert_eq!(parse(&headers).len(), CAPACITY);
    }
}
