//! How much may be sent, before the exchange has been asked.

use indexmap::IndexMap;
use serde_json::Value;

use super::{At, Reader};
use crate::api::{IntervalUnit, Product, RateLimitKind, RateLimitRule, RateLimits};
use crate::diagnostics::one_of;
use crate::named::Named;

impl Reader {
    /// Reads the limits that a document says for its product.
    pub(super) fn rate_limits(
        &mut self,
        root: &At,
        extensions: &IndexMap<String, Value>,
        product: &mut Product,
    ) {
        let Some(value) = extensions.get("x-rate-limits") else {
            return;
        };
        let at = root.child("x-rate-limits");
        let keys = ["system", "each-endpoint", "connect-weight", "time", "limits"];
        if self.keys(&at, value, &keys).is_none() {
            return;
        }
        if product.rate_limits.is_some() {
            self.error(&at, "another document of the product says it too", "say it once");
            return;
        }
        let system = value.get("system").and_then(Value::as_str).unwrap_or_default();
        if !system
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            || system.is_empty()
        {
            self.error(
                &at,
                "rate limits of no system",
                "write `system:` and a word in small letters that products with the same counters share",
            );
        }
        let flag = value.get("each-endpoint").map(Value::as_bool);
        if flag == Some(None) {
            self.error(
                &at.child("each-endpoint"),
                "not a choice",
                "write true, or leave it out",
            );
        }
        let time = value
            .get("time")
            .map(|path| path.as_str().filter(|path| path.starts_with('/')));
        if time == Some(None) {
            self.error(
                &at.child("time"),
                "not a path",
                "write the path of a REST operation",
            );
        }
        let rows_at = at.child("limits");
        let Some(rows) = value.get("limits").and_then(Value::as_array) else {
            self.error(
                &at,
                "no list of limits",
                "write `limits:` and a list, see specs/README.md",
            );
            return;
        };
        let mut rules = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            rules.extend(self.rate_limit(&rows_at.child(&index.to_string()), row));
        }
        product.rate_limits = Some(RateLimits {
            system: system.to_owned(),
            each_endpoint: flag.flatten().unwrap_or(false),
            connect_weight: self
                .number(&at, value.get("connect-weight"), "connect-weight")
                .unwrap_or(0),
            time_path: time.flatten().map(str::to_owned),
            rules,
        });
    }

    fn rate_limit(&mut self, at: &At, row: &Value) -> Option<RateLimitRule> {
        self.keys(at, row, &["type", "count", "interval", "every"])?;
        let (count, every) = self.count_and_every(at, row)?;
        let (kind, interval) = (
            row.get("type").and_then(Value::as_str),
            row.get("interval").and_then(Value::as_str),
        );
        let (Some(kind), Some(interval)) = (kind, interval) else {
            let remedy = format!(
                "{}; {}",
                one_of(RateLimitKind::NAMES, ""),
                one_of(IntervalUnit::NAMES, "")
            );
            self.error(at, "a limit without a type or an interval", remedy);
            return None;
        };
        Some(RateLimitRule {
            kind: self.named(&at.child("type"), kind, "type of limit")?,
            count,
            interval: self.named(&at.child("interval"), interval, "interval")?,
            every,
        })
    }
}
