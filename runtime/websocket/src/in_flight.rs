//! Requests that wait for their responses: ids, deadlines, what they were.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// The requests in flight on one connection, each with what is needed to answer it.
///
/// Ids come from the caller, which never gives one out twice; so no two requests in flight share one, and a
/// response that comes after its request was given up can never be taken for another's.
#[derive(Debug)]
pub(crate) struct InFlight<T> {
    waiting: BTreeMap<u64, (Instant, T)>,
    deadlines: BTreeSet<(Instant, u64)>,
}

impl<T> InFlight<T> {
    pub(crate) fn new() -> Self {
        Self {
            waiting: BTreeMap::new(),
            deadlines: BTreeSet::new(),
        }
    }

    pub(crate) fn insert(&mut self, id: u64, deadline: Instant, request: T) {
        if let Some((old, _)) = self.waiting.insert(id, (deadline, request)) {
            self.deadlines.remove(&(old, id));
        }
        self.deadlines.insert((deadline, id));
    }

    /// The request that a response with `id` answers; `None` for one that is unknown or was given up.
    pub(crate) fn take(&mut self, id: u64) -> Option<T> {
        let (deadline, request) = self.waiting.remove(&id)?;
        self.deadlines.remove(&(deadline, id));
        Some(request)
    }

    /// The id of the only request for which `which` holds; `None` where there are none or several.
    pub(crate) fn only(&self, which: impl Fn(&T) -> bool) -> Option<u64> {
        let mut matching = self
            .waiting
            .iter()
            .filter(|(_, (_, request))| which(request))
            .map(|(id, _)| *id);
        let first = matching.next()?;
        matching.next().is_none().then_some(first)
    }

    /// One request whose deadline has passed, if any; call until `None`.
    pub(crate) fn expired(&mut self, now: Instant) -> Option<T> {
        let &(deadline, id) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.take(id)
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Everything that waits, in the order in which it was sent, because the connection is gone.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        self.deadlines.clear();
        std::mem::take(&mut self.waiting)
            .into_values()
            .map(|(_, request)| request)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn responses_match_in_any_order_and_once() {
        let now = Instant::now();
        let mut in_flight = InFlight::new();
        for id in 1..=3 {
            in_flight.insert(id, now + Duration::from_secs(id), id * 10);
        }
        assert_eq!(in_flight.take(3), Some(30));
        assert_eq!(in_flight.take(1), Some(10));
        assert_eq!(in_flight.take(1), None);
        assert_eq!(in_flight.only(|_| true), Some(2));
        assert_eq!(in_flight.take(99), None);
        assert_eq!(in_flight.next_deadline(), Some(now + Duration::from_secs(2)));
    }

    #[test]
    fn deadlines_pass_in_order() {
        let now = Instant::now();
        let mut in_flight = InFlight::new();
        in_flight.insert(1, now + Duration::from_secs(5), "late");
        in_flight.insert(2, now + Duration::from_secs(1), "early");
        assert_eq!(in_flight.expired(now), None);
        assert_eq!(in_flight.expired(now + Duration::from_secs(2)), Some("early"));
        assert_eq!(in_flight.expired(now + Duration::from_secs(2)), None);
        assert_eq!(
            in_flight.take(2),
            None,
            "an expired request is no longer in flight"
        );
        assert_eq!(in_flight.drain().collect::<Vec<_>>(), ["late"]);
        assert!(in_flight.is_empty());
        assert_eq!(in_flight.next_deadline(), None);
    }
}
