//! Ids that clients make for their orders.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::Text;

/// The length of every id, which all products accept: orders take up to 36 characters, transfers and algo orders 32.
const LENGTH: usize = 32;
/// The longest prefix, which leaves 11 characters for time and counter and 9 for chance.
const LONGEST_PREFIX: usize = 12;
/// The digits of ids, in the order of their bytes, so that ids sort as numbers do.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes client order ids for requests whose caller has set none.
///
/// An id is 32 characters of `a-z A-Z 0-9` behind a prefix: the time in milliseconds and a counter, so that ids of one
/// generator sort in the order in which they were made, and at least 53 bits of chance drawn when the generator is
/// made, so that no other process, and no later run of this one, makes the same. Clones share the counter.
///
/// ```
/// use binance_wire_core::OrderIds;
///
/// let ids = OrderIds::with_prefix("desk1-")?;
/// let (first, second) = (ids.next(), ids.next());
/// assert!(first.is_some_and(|id| id.starts_with("desk1-") && id.len() == 32));
/// assert!(OrderIds::with_prefix("no spaces").is_err());
/// # assert!(second.is_some());
/// # Ok::<(), binance_wire_core::order_ids::PrefixError>(())
/// ```
///
/// A partner of Link puts its `x-…` prefix here.
#[derive(Clone)]
pub struct OrderIds(Source);

#[derive(Clone)]
enum Source {
    Off,
    Made(Arc<Made>),
    Custom(Arc<dyn Fn() -> Text + Send + Sync>),
}

struct Made {
    prefix: Box<str>,
    /// The same for all ids of the generator.
    chance: u128,
    /// The milliseconds and the counter of the last id.
    last: AtomicU64,
}

/// A prefix that the exchange would refuse in an order id, or that leaves no room for an id behind it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the prefix `{0}` is not usable: it is up to {LONGEST_PREFIX} of a-z, A-Z, 0-9, - and _")]
pub struct PrefixError(pub String);

impl OrderIds {
    /// Ids without a prefix: the default of clients.
    pub fn new() -> Self {
        Self::behind("")
    }

    /// Ids behind a prefix of up to 12 characters, by which orders of one desk or strategy are recognized.
    ///
    /// # Errors
    /// Where the prefix is longer, or has a character that is not allowed in order ids.
    pub fn with_prefix(prefix: &str) -> Result<Self, PrefixError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        match prefix.len() <= LONGEST_PREFIX && prefix.bytes().all(allowed) {
            true => Ok(Self::behind(prefix)),
            false => Err(PrefixError(prefix.to_owned())),
        }
    }

    /// Ids from elsewhere. Each must be new, also after a restart; the exchange checks their form.
    pub fn from_fn(next: impl Fn() -> Text + Send + Sync + 'static) -> Self {
        Self(Source::Custom(Arc::new(next)))
    }

    /// None: the exchange makes an id for an order that has none, and it cannot be asked for where the answer is lost.
    pub fn off() -> Self {
        Self(Source::Off)
    }

    fn behind(prefix: &str) -> Self {
        // Each has keys of its own, from the operating system's chance.
        let chance = || u128::from(RandomState::new().hash_one(std::process::id()));
        Self(Source::Made(Arc::new(Made {
            prefix: prefix.into(),
            chance: chance() << 64 | chance(),
            last: AtomicU64::new(0),
        })))
    }

    /// The next id; `None` where none are made.
    pub fn next(&self) -> Option<Text> {
        match &self.0 {
            Source::Off => None,
            Source::Custom(next) => Some(next()),
            Source::Made(made) => Some(made.next()),
        }
    }
}

impl Default for OrderIds {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for OrderIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Off => f.write_str("OrderIds::off()"),
            Source::Custom(_) => f.write_str("OrderIds::from_fn(..)"),
            Source::Made(made) => write!(f, "OrderIds({:?})", made.prefix),
        }
    }
}

/// The ids that one millisecond has before the next is borrowed from.
const PER_MILLISECOND: u64 = 1 << 20;

impl Made {
    fn next(&self) -> Text {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_millis())
            .unwrap_or(u64::MAX)
            .wrapping_mul(PER_MILLISECOND);
        // A clock that goes back does not take the ids with it.
        let after = |last: u64| Some(now.max(last.wrapping_add(1)));
        let last = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, after);
        let moment = now.max(last.unwrap_or_default().wrapping_add(1));
        let mut id = String::with_capacity(LENGTH);
        id.push_str(&self.prefix);
        push_digits(&mut id, u128::from(moment), 11);
        let left = LENGTH - id.len();
        push_digits(&mut id, self.chance, left);
        id.into()
    }
}

/// The last `count` digits of a number.
fn push_digits(text: &mut String, mut number: u128, count: usize) {
    let mut digits = [b'0'; LENGTH];
    for digit in digits.iter_mut().rev().take(count) {
        let index = usize::try_from(number % 62).unwrap_or_default();
        *digit = DIGITS.get(index).copied().unwrap_or(b'0');
        number /= 62;
    }
    let start = LENGTH.saturating_sub(count);
    text.extend(digits.iter().skip(start).map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_fit_everywhere_and_sort_by_age() {
        for prefix in ["", "x-", "x-AB12cd34-_"] {
            let ids = OrderIds::with_prefix(prefix).expect("a prefix");
            let made: Vec<Text> = (0..10_000).filter_map(|_| ids.next()).collect();
            assert_eq!(made.len(), 10_000);
            for id in &made {
                assert!(id.starts_with(prefix) && id.len() == LENGTH, "{id}");
                let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                assert!(id.chars().all(allowed), "{id}");
            }
            assert!(made.windows(2).all(|pair| pair.first() < pair.last()));
        }
    }

    #[test]
    fn no_two_generators_make_the_same_id() {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let shared = OrderIds::new();
                std::thread::spawn(move || {
                    let clone = shared.clone();
                    let both = (0..500).flat_map(|_| [shared.next(), clone.next()]);
                    both.flatten().collect::<Vec<Text>>()
                })
            })
            .collect();
        let all: Vec<Text> = threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("ids"))
            .collect();
        let different: BTreeSet<&str> = all.iter().map(Text::as_str).collect();
        assert_eq!((all.len(), different.len()), (8_000, 8_000));
    }

    #[test]
    fn prefixes_are_checked_and_ids_may_come_from_elsewhere() {
        for refused in ["thirteenchars", "a b", "ä", "a.b", "a/b"] {
            let error = OrderIds::with_prefix(refused).expect_err(refused);
            assert_eq!(error, PrefixError(refused.to_owned()));
        }
        assert_eq!(OrderIds::off().next(), None);
        assert_eq!(
            OrderIds::from_fn(|| "mine".into()).next().as_deref(),
            Some("mine")
        );
    }
}
