//! Counters: request weight by address and minute, unfilled orders by account.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Value, json};

use crate::account::AccountId;
use crate::error::Refusal;
use crate::record::Breaches;

const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60 * SECOND_US;
const DAY_US: i64 = 86_400 * SECOND_US;
/// Requests that an address may send while it is told to wait, before it is banned.
const PATIENCE: u32 = 20;
const BAN_SECONDS: u64 = 120;

/// The limits in force.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) weight_per_minute: u32,
    pub(crate) orders_per_10s: u32,
    pub(crate) orders_per_day: u32,
    /// REST requests of an address per five minutes; no limit by default.
    pub(crate) raw_requests_per_5m: Option<u32>,
    /// WebSocket handshakes of an address per five minutes; no limit by default.
    pub(crate) attempts_per_5m: Option<u32>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            weight_per_minute: 6000,
            orders_per_10s: 50,
            orders_per_day: 160_000,
            raw_requests_per_5m: None,
            attempts_per_5m: None,
        }
    }
}

/// A count that starts again with each interval of the wall clock.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    interval: i64,
    count: u32,
}

impl Counter {
    fn at(&mut self, now_us: i64, length_us: i64) -> &mut u32 {
        let interval = now_us.div_euclid(length_us);
        if interval != self.interval {
            *self = Counter { interval, count: 0 };
        }
        &mut self.count
    }
}

#[derive(Clone, Debug, Default)]
struct AddressCounters {
    weight: Counter,
    /// The same, with what was refused and without what others use.
    own_weight: Counter,
    refused: u32,
    banned_until_us: i64,
    raw_requests: Counter,
    attempts: Counter,
}

/// All counters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) limits: Limits,
    addresses: BTreeMap<IpAddr, AddressCounters>,
    orders: BTreeMap<AccountId, (Counter, Counter)>,
    pub(crate) breaches: Breaches,
}

impl Counters {
    /// Counts a request's weight, or refuses it: 429 over the limit, 418 for who does not stop.
    pub(crate) fn charge(&mut self, address: IpAddr, weight: u32, now_us: i64) -> Result<(), Refusal> {
        let limit = self.limits.weight_per_minute;
        let counters = self.addresses.entry(address).or_default();
        if now_us < counters.banned_until_us {
            self.breaches.while_banned += 1;
            return Err(banned(counters.banned_until_us, now_us));
        }
        let own = counters.own_weight.at(now_us, MINUTE_US);
        *own += weight;
        let alone = *own > limit;
        let used = counters.weight.at(now_us, MINUTE_US);
        if used.saturating_add(weight) <= limit {
            *used += weight;
            counters.refused = 0;
            return Ok(());
        }
        self.breaches.weight += 1;
        self.breaches.own_weight += u64::from(alone);
        counters.refused += 1;
        if counters.refused > PATIENCE {
            counters.banned_until_us = now_us.saturating_add(BAN_SECONDS as i64 * SECOND_US);
            return Err(banned(counters.banned_until_us, now_us));
        }
        Err(too_much_weight(limit, seconds_until(MINUTE_US, now_us)))
    }

    /// Counts a WebSocket handshake, or refuses it.
    pub(crate) fn attempt(&mut self, address: IpAddr, now_us: i64) -> Result<(), Refusal> {
        let counters = self.addresses.entry(address).or_default();
        if now_us < counters.banned_until_us {
            self.breaches.while_banned += 1;
            return Err(banned(counters.banned_until_us, now_us));
        }
        let Some(limit) = self.limits.attempts_per_5m else {
            return Ok(());
        };
        let attempts = counters.attempts.at(now_us, 5 * MINUTE_US);
        *attempts += 1;
        if *attempts > limit {
            self.breaches.attempts += 1;
            return Err(Refusal::new(-1003, "Too many connection attempts.")
                .status(429)
                .retry_after(seconds_until(5 * MINUTE_US, now_us)));
        }
        Ok(())
    }

    /// Counts a REST request, or refuses it.
    pub(crate) fn raw_request(&mut self, address: IpAddr, now_us: i64) -> Result<(), Refusal> {
        let Some(limit) = self.limits.raw_requests_per_5m else {
            return Ok(());
        };
        let counters = self.addresses.entry(address).or_default();
        let requests = counters.raw_requests.at(now_us, 5 * MINUTE_US);
        *requests += 1;
        if *requests > limit {
            self.breaches.raw_requests += 1;
            let message = format!("Too many requests; current limit is {limit} requests per 5 MINUTE.");
            return Err(Refusal::new(-1003, message)
                .status(429)
                .retry_after(seconds_until(5 * MINUTE_US, now_us)));
        }
        Ok(())
    }

    /// Counts weight that somebody else uses on an address.
    pub(crate) fn used_by_others(&mut self, address: IpAddr, weight: u32, now_us: i64) {
        let counters = self.addresses.entry(address).or_default();
        *counters.weight.at(now_us, MINUTE_US) += weight;
    }

    /// Bans an address until the time given.
    pub(crate) fn ban(&mut self, address: IpAddr, until_us: i64) {
        self.addresses.entry(address).or_default().banned_until_us = until_us;
    }

    /// The counts of all addresses and accounts, for people.
    pub(crate) fn usage_json(&mut self, now_us: i64) -> Value {
        let limits = self.limits;
        let addresses = self.addresses.iter_mut().map(|(address, counters)| {
            let banned_ms = (counters.banned_until_us - now_us).max(0).div_euclid(1000);
            json!({
                "address": address,
                "weight": *counters.weight.at(now_us, MINUTE_US),
                "weightLimit": limits.weight_per_minute,
                "bannedMs": banned_ms,
            })
        });
        let addresses: Vec<Value> = addresses.collect();
        let accounts = self.orders.iter_mut().map(|(account, (short, day))| {
            json!({
                "account": account,
                "orders10s": *short.at(now_us, 10 * SECOND_US),
                "orders10sLimit": limits.orders_per_10s,
                "orders1d": *day.at(now_us, DAY_US),
                "orders1dLimit": limits.orders_per_day,
            })
        });
        json!({ "addresses": addresses, "accounts": accounts.collect::<Vec<_>>() })
    }

    /// Bans every address that has sent something.
    pub(crate) fn ban_all(&mut self, until_us: i64) {
        for counters in self.addresses.values_mut() {
            counters.banned_until_us = until_us;
        }
    }

    /// Refuses whatever a banned address sends.
    pub(crate) fn admit(&mut self, address: IpAddr, now_us: i64) -> Result<(), Refusal> {
        let until_us = self.addresses.entry(address).or_default().banned_until_us;
        if now_us < until_us {
            self.breaches.while_banned += 1;
            return Err(banned(until_us, now_us));
        }
        Ok(())
    }

    /// The same limits, without counts and bans.
    pub(crate) fn unused(&self) -> Counters {
        Counters {
            limits: self.limits,
            ..Counters::default()
        }
    }

    /// Ends every ban.
    pub(crate) fn lift_bans(&mut self) {
        for counters in self.addresses.values_mut() {
            counters.banned_until_us = 0;
        }
    }

    /// Takes back the weight of a request that costs nothing when it succeeds.
    pub(crate) fn refund(&mut self, address: IpAddr, weight: u32, now_us: i64) {
        let counters = self.addresses.entry(address).or_default();
        for counter in [&mut counters.weight, &mut counters.own_weight] {
            let used = counter.at(now_us, MINUTE_US);
            *used = used.saturating_sub(weight);
        }
    }

    /// Weight used in the running minute.
    pub(crate) fn used_weight(&mut self, address: IpAddr, now_us: i64) -> u32 {
        *self
            .addresses
            .entry(address)
            .or_default()
            .weight
            .at(now_us, MINUTE_US)
    }

    /// Counts an order, or refuses it.
    pub(crate) fn count_order(&mut self, account: AccountId, now_us: i64) -> Result<(), Refusal> {
        let limits = self.limits;
        let (short, day) = self.orders.entry(account).or_default();
        let (short, day) = (short.at(now_us, 10 * SECOND_US), day.at(now_us, DAY_US));
        let exceeded = if *day >= limits.orders_per_day {
            Some((limits.orders_per_day, "1 DAY", DAY_US))
        } else if *short >= limits.orders_per_10s {
            Some((limits.orders_per_10s, "10 SECOND", 10 * SECOND_US))
        } else {
            None
        };
        if let Some((limit, interval, length_us)) = exceeded {
            self.breaches.orders += 1;
            let message = format!("Too many new orders; current limit is {limit} orders per {interval}.");
            return Err(Refusal::new(-1015, message)
                .status(429)
                .retry_after(seconds_until(length_us, now_us)));
        }
        *short += 1;
        *day += 1;
        Ok(())
    }

    /// Unfilled orders in the running ten seconds and in the running day.
    pub(crate) fn order_counts(&mut self, account: AccountId, now_us: i64) -> (u32, u32) {
        let (short, day) = self.orders.entry(account).or_default();
        (*short.at(now_us, 10 * SECOND_US), *day.at(now_us, DAY_US))
    }

    /// The two order limits with their counts, as `GET /api/v3/rateLimit/order` lists them.
    pub(crate) fn order_limits_json(&mut self, account: AccountId, now_us: i64) -> Vec<Value> {
        let (short, day) = self.order_counts(account, now_us);
        vec![
            entry("ORDERS", "SECOND", 10, self.limits.orders_per_10s, Some(short)),
            entry("ORDERS", "DAY", 1, self.limits.orders_per_day, Some(day)),
        ]
    }

    /// The weight limit with its count, as a WebSocket API response carries it.
    pub(crate) fn weight_limit_json(&mut self, address: IpAddr, now_us: i64) -> Value {
        let used = self.used_weight(address, now_us);
        entry(
            "REQUEST_WEIGHT",
            "MINUTE",
            1,
            self.limits.weight_per_minute,
            Some(used),
        )
    }

    /// The limits as `exchangeInfo` announces them.
    pub(crate) fn announced_json(&self) -> Value {
        let mut limits = vec![
            entry("REQUEST_WEIGHT", "MINUTE", 1, self.limits.weight_per_minute, None),
            entry("ORDERS", "SECOND", 10, self.limits.orders_per_10s, None),
            entry("ORDERS", "DAY", 1, self.limits.orders_per_day, None),
        ];
        let optional = [
            ("RAW_REQUESTS", self.limits.raw_requests_per_5m),
            ("CONNECTIONS", self.limits.attempts_per_5m),
        ];
        for (kind, limit) in optional {
            limits.extend(limit.map(|limit| entry(kind, "MINUTE", 5, limit, None)));
        }
        Value::Array(limits)
    }
}

fn entry(kind: &str, interval: &str, interval_num: u32, limit: u32, count: Option<u32>) -> Value {
    let mut entry = json!({
        "rateLimitType": kind, "interval": interval, "intervalNum": interval_num, "limit": limit,
    });
    if let (Some(count), Some(object)) = (count, entry.as_object_mut()) {
        object.insert("count".to_owned(), count.into());
    }
    entry
}

fn seconds_until(length_us: i64, now_us: i64) -> u64 {
    let left_us = length_us - now_us.rem_euclid(length_us);
    u64::try_from(left_us.div_euclid(SECOND_US) + 1).unwrap_or(1)
}

/// 429 for too much weight.
pub(crate) fn too_much_weight(limit: u32, retry_after: u64) -> Refusal {
    let message = format!(
        "Too much request weight used; current limit is {limit} request weight per 1 MINUTE. Please use \
         WebSocket Streams for live updates to avoid polling the API."
    );
    Refusal::new(-1003, message).status(429).retry_after(retry_after)
}

/// 418 until the time given.
pub(crate) fn banned(until_us: i64, now_us: i64) -> Refusal {
    let message = format!(
        "Way too much request weight used; IP banned until {}. Please use WebSocket Streams for live \
         updates to avoid bans.",
        until_us.div_euclid(1000)
    );
    // Whole seconds, of which the last is over when the ban is: who waits for them is not early.
    let left_us = until_us.saturating_sub(now_us);
    let seconds = left_us.saturating_add(SECOND_US - 1).div_euclid(SECOND_US).max(1);
    Refusal::new(-1003, message)
        .status(418)
        .retry_after(u64::try_from(seconds).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn weight_is_limited_by_the_minute_and_persistence_is_banned() {
        let mut counters = Counters::default();
        counters.limits.weight_per_minute = 10;
        assert!(counters.charge(HERE, 10, 0).is_ok());
        let refused = counters.charge(HERE, 1, 15 * SECOND_US).unwrap_err();
        assert_eq!(
            (refused.status, refused.code, refused.retry_after),
            (429, -1003, Some(46))
        );
        assert_eq!(counters.used_weight(HERE, 15 * SECOND_US), 10);
        assert_eq!(counters.used_weight(HERE, 60 * SECOND_US), 0);
        counters.refund(HERE, 99, 60 * SECOND_US);
        assert!(counters.charge(HERE, 10, 60 * SECOND_US).is_ok());
        let last = (0..=PATIENCE)
            .map(|_| counters.charge(HERE, 1, 61 * SECOND_US))
            .last();
        assert_eq!(last.unwrap().unwrap_err().status, 418);
        assert_eq!(counters.charge(HERE, 1, 130 * SECOND_US).unwrap_err().status, 418);
        assert!(counters.charge(HERE, 1, 200 * SECOND_US).is_ok());
    }

    #[test]
    fn what_others_use_is_no_fault_of_ones_own() {
        let mut counters = Counters::default();
        counters.limits.weight_per_minute = 10;
        counters.used_by_others(HERE, 8, 0);
        assert!(counters.charge(HERE, 3, 0).is_err());
        assert_eq!((counters.breaches.weight, counters.breaches.own_weight), (1, 0));
        assert!(counters.charge(HERE, 2, 0).is_ok());
        assert!(counters.charge(HERE, 6, 0).is_err());
        assert_eq!((counters.breaches.weight, counters.breaches.own_weight), (2, 1));
        assert!(counters.charge(HERE, 10, MINUTE_US).is_ok());
    }

    #[test]
    fn requests_and_attempts_are_counted_in_fixed_windows() {
        let mut counters = Counters::default();
        assert!(counters.raw_request(HERE, 0).is_ok() && counters.attempt(HERE, 0).is_ok());
        counters.limits.raw_requests_per_5m = Some(1);
        counters.limits.attempts_per_5m = Some(1);
        let late = 5 * MINUTE_US - SECOND_US;
        assert!(counters.raw_request(HERE, late).is_ok());
        assert_eq!(counters.raw_request(HERE, late).unwrap_err().retry_after, Some(2));
        assert!(counters.attempt(HERE, late).is_ok() && counters.attempt(HERE, late).is_err());
        assert!(counters.raw_request(HERE, 5 * MINUTE_US).is_ok());
        assert!(counters.attempt(HERE, 5 * MINUTE_US).is_ok());
        assert_eq!(
            (counters.breaches.raw_requests, counters.breaches.attempts),
            (1, 1)
        );
    }

    #[test]
    fn orders_are_counted_by_account() {
        let mut counters = Counters::default();
        counters.limits.orders_per_10s = 1;
        assert!(counters.count_order(1, 0).is_ok());
        let refused = counters.count_order(1, 0).unwrap_err();
        assert_eq!((refused.status, refused.code), (429, -1015));
        assert!(counters.count_order(2, 0).is_ok());
        assert!(counters.count_order(1, 10 * SECOND_US).is_ok());
        assert_eq!(counters.order_counts(1, 10 * SECOND_US), (1, 2));
    }
}
