//! `x-book` → how the events of a stream keep an order book.

use serde_json::Value;

use super::{At, Reader};
use crate::api::{BookRule, BookSource};

const KEYS: &[&str] = &[
    "rule",
    "snapshot",
    "depth",
    "weight-per-minute",
    "update-speed",
    "confirm",
];

impl Reader {
    /// Reads `x-book` of a stream.
    pub(super) fn book(&mut self, stream: &At, value: Option<&Value>) -> Option<BookSource> {
        let value = value?;
        let at = stream.child("x-book");
        let Some(map) = value.as_object() else {
            self.error(
                &at,
                "`x-book` is not a mapping",
                "write {rule: sequential, snapshot: …}",
            );
            return None;
        };
        for key in map.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let remedy = format!("the keys are {}", KEYS.join(", "));
            self.error(&at.child(key), format!("`{key}` means nothing here"), remedy);
        }
        let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
        let rule = match text("rule").as_deref() {
            Some("sequential") => Some(BookRule::Sequential),
            Some("linked") => Some(BookRule::Linked),
            _ => {
                let message = "`x-book` has no rule that is known";
                self.error(&at, message, "write rule: sequential or linked");
                None
            }
        };
        let snapshot = text("snapshot");
        if snapshot.is_none() {
            let remedy = "write snapshot: and the operationId of a REST operation";
            self.error(&at, "`x-book` names no snapshot", remedy);
        }
        let mut count = |key: &str, required: bool| {
            let value = map.get(key);
            let count = value
                .and_then(Value::as_u64)
                .and_then(|count| u32::try_from(count).ok());
            let count = count.filter(|count| *count > 0);
            if count.is_none() && (required || value.is_some()) {
                let message = format!("`{key}` of `x-book` is not a count");
                self.error(&at, message, format!("write {key}: and a number above 0"));
            }
            count
        };
        let (depth, weight) = (count("depth", true), count("weight-per-minute", true));
        let confirm = count("confirm", false);
        Some(BookSource {
            rule: rule?,
            snapshot: snapshot?,
            depth: depth?,
            weight_per_minute: weight?,
            update_speed: text("update-speed"),
            confirm,
            location: self.location(&at),
        })
    }
}
