//! What becomes of the messages of each stream when the consumer is too slow.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use binance_wire_core::{Reader, Text};

use crate::queue::{Key, Overflow, Way};
use crate::streams::stream_of;

/// The choices of one client: for all streams, and for some of them.
#[derive(Debug)]
pub(crate) struct Policies {
    default: Overflow,
    /// Whether there are others: only then is the name of every message looked up.
    others: AtomicBool,
    of: RwLock<HashMap<Text, Overflow>>,
}

impl Policies {
    pub(crate) fn new(default: Overflow, of: HashMap<Text, Overflow>) -> Self {
        Self {
            default,
            others: AtomicBool::new(!of.is_empty()),
            of: RwLock::new(of),
        }
    }

    /// Sets what becomes of the messages of these streams.
    pub(crate) fn set(&self, names: impl IntoIterator<Item = Text>, overflow: Overflow) {
        let mut of = self.of.write().unwrap_or_else(PoisonError::into_inner);
        of.extend(names.into_iter().map(|name| (name, overflow)));
        self.others.store(!of.is_empty(), Ordering::Release);
    }

    /// What becomes of the messages of a stream.
    pub(crate) fn of(&self, name: &str) -> Overflow {
        let of = self.of.read().unwrap_or_else(PoisonError::into_inner);
        of.get(name).copied().unwrap_or(self.default)
    }

    /// These streams are subscribed to no longer.
    pub(crate) fn forget(&self, names: &[Text]) {
        let mut of = self.of.write().unwrap_or_else(PoisonError::into_inner);
        of.retain(|name, _| !names.contains(name));
        self.others.store(!of.is_empty(), Ordering::Release);
    }

    /// What becomes of a text frame.
    pub(crate) fn of_text(&self, text: &str) -> Way {
        let others = self.others.load(Ordering::Acquire);
        if !others && self.default == Overflow::Wait {
            return Way::Keep;
        }
        let stream = stream_of(text);
        let overflow = match stream {
            Some((name, _)) if others => self.of(name),
            _ => self.default,
        };
        match (overflow, stream) {
            (Overflow::Wait, _) => Way::Keep,
            (Overflow::Latest, Some((name, rest))) => match event_of(rest) {
                Some(event) => Way::Replace(Box::new(Key {
                    stream: Text::from(name),
                    symbol: symbol_of(event),
                })),
                None => Way::Drop(Some(Text::from(name))),
            },
            (_, stream) => Way::Drop(stream.map(|(name, _)| Text::from(name))),
        }
    }

    /// What becomes of a binary frame, which does not name its stream in a place that is known here.
    pub(crate) fn of_binary(&self) -> Way {
        match self.default {
            Overflow::Wait => Way::Keep,
            Overflow::DropOldest | Overflow::Latest => Way::Drop(None),
        }
    }
}

/// The event in the rest of a frame, which begins behind the name of the stream; `None` where it is a list of events, of which
/// the next list need not have all.
fn event_of(rest: &str) -> Option<&str> {
    let data = &rest[rest.find(['{', '['])?..];
    data.starts_with('{').then_some(data)
}

fn symbol_of(event: &str) -> Option<Text> {
    let mut reader = Reader::new(event);
    reader.begin_object().ok()?;
    while let Some(key) = reader.next_key().ok()? {
        match key.as_bytes() {
            b"s" => return reader.read_str().ok().map(|symbol| Text::from(&*symbol)),
            _ => reader.skip_value().ok()?,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(stream: &str, symbol: Option<&str>) -> Way {
        Way::Replace(Box::new(Key {
            stream: stream.into(),
            symbol: symbol.map(Text::from),
        }))
    }

    #[test]
    fn each_stream_has_its_own() {
        let policies = Policies::new(Overflow::Wait, HashMap::new());
        let book = r#"{"stream":"!bookTicker","data":{"e":"bookTicker","u":1,"s":"BTCUSDT","b":"1"}}"#;
        let trade = r#"{"stream":"a@trade","data":{"e":"trade","s":"A"}}"#;
        assert_eq!(policies.of_text(book), Way::Keep);
        policies.set(["!bookTicker".into(), "b@depth5".into()], Overflow::Latest);
        policies.set(["a@trade".into()], Overflow::DropOldest);
        assert_eq!(policies.of_text(book), key("!bookTicker", Some("BTCUSDT")));
        assert_eq!(policies.of_text(trade), Way::Drop(Some("a@trade".into())));
        // Nothing in it names a symbol.
        let levels = r#"{"stream":"b@depth5","data":{"lastUpdateId":1,"bids":[]}}"#;
        assert_eq!(policies.of_text(levels), key("b@depth5", None));
        assert_eq!(policies.of_text(r#"{"e":"trade","s":"A"}"#), Way::Keep);
        assert_eq!(policies.of_binary(), Way::Keep);
        policies.forget(&["!bookTicker".into(), "b@depth5".into(), "a@trade".into()]);
        assert_eq!(policies.of_text(book), Way::Keep);
    }

    #[test]
    fn without_a_name_the_oldest_is_dropped() {
        let policies = Policies::new(Overflow::Latest, HashMap::new());
        for text in [r#"{"e":"bookTicker","s":"A"}"#, "", "{", r#"{"stream":"#] {
            assert_eq!(policies.of_text(text), Way::Drop(None), "{text}");
        }
        assert_eq!(policies.of_binary(), Way::Drop(None));
        let list = r#"{"stream":"!miniTicker@arr","data":[{"s":"A"},{"s":"B"}]}"#;
        assert_eq!(policies.of_text(list), Way::Drop(Some("!miniTicker@arr".into())));
        assert_eq!(
            policies.of_text(r#"{"stream":"a@b","data":{"s":7}}"#),
            key("a@b", None)
        );
    }
}
