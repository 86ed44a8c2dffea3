//! Rate limits as the exchange writes them in JSON.

use binance_wire_core::{
    DecodeError, FromJson, IntervalUnit, RateLimitKind, RateLimitRule, RateLimitUsage, Reader, Text, json,
};

/// One entry of `rateLimits`, as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `rateLimitType`: `REQUEST_WEIGHT`, `ORDERS` and the like.
    pub kind: Text,
    /// `interval`: `SECOND`, `MINUTE`, `HOUR` or `DAY`.
    pub interval: Text,
    /// `intervalNum`: the number of these units in the interval.
    pub interval_num: i64,
    /// `limit`: the most that is allowed in an interval.
    pub limit: i64,
    /// `count`: the usage in the current interval, where it is told.
    pub count: Option<i64>,
}

impl FromJson for Entry {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (mut kind, mut interval, mut interval_num, mut limit, mut count) = (None, None, None, None, None);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match key.as_bytes() {
                b"rateLimitType" => reader.field(&mut kind, "rateLimitType")?,
                b"interval" => reader.field(&mut interval, "interval")?,
                b"intervalNum" => reader.field(&mut interval_num, "intervalNum")?,
                b"limit" => reader.field(&mut limit, "limit")?,
                b"count" => reader.field(&mut count, "count")?,
                _ => reader.skip_value()?,
            }
        }
        Ok(Self {
            kind: reader.required(kind, "rateLimitType")?,
            interval: reader.required(interval, "interval")?,
            interval_num: reader.required(interval_num, "intervalNum")?,
            limit: reader.required(limit, "limit")?,
            count,
        })
    }
}

impl Entry {
    fn rule(&self) -> Option<RateLimitRule> {
        Some(RateLimitRule::new(
            RateLimitKind::from_wire(&self.kind)?,
            u64::try_from(self.limit).ok()?,
            u32::try_from(self.interval_num).ok()?,
            IntervalUnit::from_wire(&self.interval)?,
        ))
    }

    fn usage(&self) -> Option<RateLimitUsage> {
        let rule = self.rule()?;
        Some(RateLimitUsage {
            kind: rule.kind,
            interval_num: rule.interval_num,
            interval: rule.interval,
            count: u64::try_from(self.count?).ok()?,
        })
    }
}

/// Reads a list `rateLimits`. A text that is no such list is an empty one.
pub fn read_entries(text: &str) -> Vec<Entry> {
    json::from_str(text).unwrap_or_default()
}

/// Reads a list `rateLimits` of limits and of what is used of them. Kinds and intervals that are not known are left out,
/// and a text that is no such list is an empty one.
pub fn read_list(text: &str) -> (Vec<RateLimitRule>, Vec<RateLimitUsage>) {
    let entries = read_entries(text);
    let rules = entries.iter().filter_map(Entry::rule).collect();
    let usage = entries.iter().filter_map(Entry::usage).collect();
    (rules, usage)
}

/// Reads the limits in an answer of `exchangeInfo`: the member `rateLimits` of an object. What comes behind it is not read.
pub fn read_exchange_info(text: &str) -> Vec<RateLimitRule> {
    member(text, b"rateLimits").map_or_else(Vec::new, |list| read_list(list).0)
}

/// The request for the exchange's time.
pub static TIME: binance_wire_core::OperationInfo = binance_wire_core::OperationInfo {
    id: "time",
    ..binance_wire_core::OperationInfo::DEFAULT
};

/// The error of an answer to it that has no time.
pub fn no_server_time() -> binance_wire_core::Error {
    binance_wire_core::TransportError::new("asking for the time", "an answer without a time").into()
}

/// Reads the time in an answer to a request for it: the member `serverTime` of an object.
pub fn read_server_time(text: &str) -> Option<binance_wire_core::Timestamp> {
    let count = member(text, b"serverTime")?.trim().parse().ok()?;
    Some(binance_wire_core::Timestamp::from_wire(count))
}

/// The text of a member of an object.
fn member<'a>(text: &'a str, name: &[u8]) -> Option<&'a str> {
    let mut reader = Reader::new(text);
    reader.begin_object().ok()?;
    while let Some(key) = reader.next_key().ok()? {
        if key.as_bytes() == name {
            return reader.raw_value().ok();
        }
        reader.skip_value().ok()?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_exchange_info() {
        let list = r#"[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":50,"count":3},
            {"rateLimitType":"NEW_KIND","interval":"SECOND","intervalNum":10,"limit":50,"count":3},
            {"rateLimitType":"REQUEST_WEIGHT","interval":"FORTNIGHT","intervalNum":1,"limit":6000,"count":70},
            {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000}]"#;
        let (rules, usage) = read_list(list);
        let orders = RateLimitRule::new(RateLimitKind::Orders, 50, 10, IntervalUnit::Second);
        let weight = RateLimitRule::new(RateLimitKind::RequestWeight, 6_000, 1, IntervalUnit::Minute);
        assert_eq!(rules, [orders, weight]);
        assert_eq!((usage.len(), usage[0].count), (1, 3));
        let info = format!(r#"{{"timezone":"UTC","rateLimits":{list},"symbols":[ not read"#);
        assert_eq!(read_exchange_info(&info), [orders, weight]);
        for nothing in ["", "{}", "[]", "{\"rateLimits\":7}", "{\"rateLimits\":[{}]}"] {
            assert!(read_exchange_info(nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn times() {
        let time = read_server_time(r#"{"serverTime":1499827319559}"#).map(|time| time.as_millis());
        assert_eq!(time, Some(1_499_827_319_559));
        for nothing in ["", "{}", r#"{"serverTime":"soon"}"#, r#"{"serverTime":null}"#] {
            assert!(read_server_time(nothing).is_none(), "{nothing}");
        }
    }
}
