//! Whether a connection still works, and when it is due for replacement.

use std::time::{Duration, Instant};

use super::policy::{Jitter, ReconnectPolicy};

/// The result of watching a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing came for too long that shows life.
    Silent,
    /// It is to be replaced: it is old, its end was announced, or its server answers nothing although it sends events.
    Old,
    /// The server should be asked for a sign of life.
    Ping,
}

/// Watches one connection.
#[derive(Debug)]
pub(super) struct Health {
    silence: Duration,
    /// When something came that the server was not asked for, and that is worth having the connection for.
    last_heard: Instant,
    /// When the server last answered, which shows that it reads.
    last_answered: Instant,
    last_pinged: Instant,
    /// The server wants to be pinged, whatever else is sent.
    ping_every: Option<Duration>,
    replace_at: Option<Instant>,
    /// Whether its replacement was planned because of an announcement.
    announced: bool,
    /// Whether its replacement was planned because it answers nothing.
    mute: bool,
    /// An answer is due until then.
    answer_by: Option<Instant>,
}

impl Health {
    pub(super) fn new(
        policy: &ReconnectPolicy,
        ping_every: Option<Duration>,
        jitter: &mut Jitter,
        now: Instant,
    ) -> Self {
        // Up to a fiftieth earlier (28 minutes of the default), so that many clients spread out.
        let age = policy.lifetime.saturating_sub(jitter.up_to(policy.lifetime / 50));
        Self {
            silence: policy.silence,
            last_heard: now,
            last_answered: now,
            last_pinged: now,
            ping_every,
            replace_at: now.checked_add(age),
            announced: false,
            mute: false,
            answer_by: None,
        }
    }

    pub(super) fn pinged(&mut self, now: Instant) {
        self.last_pinged = now;
    }

    /// When the server is to be pinged. A second ping shows nothing that an answer to the first would not, and a server that
    /// reads again after a while counts all that comes at once.
    fn ping_at(&self) -> Option<Instant> {
        match self.ping_every {
            Some(interval) => Some(self.last_pinged + interval),
            None => (self.last_pinged <= self.last_answered).then(|| self.last_answered + self.silence / 2),
        }
    }

    /// An event came.
    pub(super) fn heard(&mut self, now: Instant) {
        self.last_heard = now;
    }

    /// An answer came, to a request or a ping.
    pub(super) fn answered(&mut self, now: Instant) {
        self.last_answered = now;
        self.answer_by = None;
        self.mute = false;
    }

    /// A request that was sent `within` ago was not answered. Where nothing else was either, the server is asked, and taken
    /// for dead where it does not answer within `patience`. Returns whether a ping is to be sent.
    pub(super) fn doubt(&mut self, now: Instant, within: Duration, patience: Duration) -> bool {
        let doubtful =
            self.answer_by.is_none() && now.saturating_duration_since(self.last_answered) >= within;
        if doubtful {
            self.answer_by = Some(now + patience);
            self.pinged(now);
        }
        doubtful
    }

    /// Its end was announced. Returns whether for the first time.
    pub(super) fn announce(&mut self) -> bool {
        !std::mem::replace(&mut self.announced, true)
    }

    /// It is to be replaced from then on.
    pub(super) fn replace_from(&mut self, at: Instant) {
        self.replace_at = Some(at);
    }

    /// A replacement is under way; do not ask for another.
    pub(super) fn replacement_started(&mut self, now: Instant) {
        self.mute |= self.mute_at().is_some_and(|at| now >= at);
        if self.replace_at.is_some_and(|at| now >= at) {
            self.replace_at = None;
        }
    }

    /// When a server that sends events and answers nothing is to be left.
    fn mute_at(&self) -> Option<Instant> {
        (!self.mute).then(|| self.last_answered + self.silence)
    }

    fn replace_due(&self) -> Option<Instant> {
        self.replace_at.into_iter().chain(self.mute_at()).min()
    }

    fn dead_at(&self) -> Instant {
        let silent = self.last_heard.max(self.last_answered) + self.silence;
        self.answer_by.map_or(silent, |at| at.min(silent))
    }

    pub(super) fn check(&self, now: Instant) -> Option<Verdict> {
        if now >= self.dead_at() {
            Some(Verdict::Silent)
        } else if self.replace_due().is_some_and(|at| now >= at) {
            Some(Verdict::Old)
        } else if self.ping_at().is_some_and(|at| now >= at) {
            Some(Verdict::Ping)
        } else {
            None
        }
    }

    /// When [`check`](Self::check) can next say something new.
    pub(super) fn next_check(&self) -> Instant {
        let due = self.ping_at().into_iter().chain(self.replace_due());
        due.fold(self.dead_at(), Instant::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> ReconnectPolicy {
        ReconnectPolicy {
            lifetime: Duration::from_secs(1000),
            silence: Duration::from_secs(60),
            ..ReconnectPolicy::default()
        }
    }

    fn health(ping_every: Option<Duration>) -> (Health, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        let health = Health::new(&policy(), ping_every, &mut Jitter::new(Some(1)), start);
        (health, move |seconds| start + Duration::from_secs(seconds))
    }

    #[test]
    fn doubts_end_with_an_answer_or_with_the_connection() {
        let (mut health, at) = health(None);
        let (ten, five) = (Duration::from_secs(10), Duration::from_secs(5));
        assert!(!health.doubt(at(9), ten, five), "it answered not long ago");
        assert!(health.doubt(at(10), ten, five));
        assert!(!health.doubt(at(11), ten, five), "asked already");
        assert_eq!(health.next_check(), at(15));
        assert_eq!(health.check(at(14)), None);
        health.heard(at(14));
        assert_eq!(
            health.check(at(15)),
            Some(Verdict::Silent),
            "events answer nothing"
        );
        health.answered(at(15));
        assert_eq!(health.check(at(16)), None);
    }

    #[test]
    fn silence_and_age_are_noticed() {
        let (mut health, at) = health(None);
        assert_eq!(health.next_check(), at(30));
        assert_eq!(health.check(at(29)), None);
        assert_eq!(health.check(at(30)), Some(Verdict::Ping));
        health.pinged(at(30));
        assert_eq!(health.next_check(), at(60));
        assert_eq!(health.check(at(59)), None);
        assert_eq!(health.check(at(60)), Some(Verdict::Silent));
        health.answered(at(1000));
        assert_eq!(health.check(at(1000)), Some(Verdict::Old));
        health.replacement_started(at(1000));
        assert_eq!(health.check(at(1000)), None);
        health.replace_from(at(1005));
        assert_eq!(health.next_check(), at(1005));
    }

    #[test]
    fn a_server_that_sends_events_and_answers_nothing_is_to_be_replaced_once() {
        let (mut health, at) = health(None);
        for second in 0..60 {
            health.heard(at(second));
            match health.check(at(second)) {
                None => {}
                Some(Verdict::Ping) => health.pinged(at(second)),
                other => panic!("{other:?}"),
            }
        }
        health.heard(at(60));
        assert_eq!(health.check(at(60)), Some(Verdict::Old));
        health.replacement_started(at(60));
        health.heard(at(90));
        health.pinged(at(90));
        assert_eq!(health.check(at(90)), None);
        assert_eq!(health.check(at(150)), Some(Verdict::Silent));
    }

    #[test]
    fn a_ping_is_not_repeated_before_it_is_answered() {
        let (mut health, at) = health(None);
        assert_eq!(health.check(at(30)), Some(Verdict::Ping));
        health.pinged(at(30));
        health.heard(at(59));
        assert_eq!(health.check(at(59)), None);
        health.answered(at(59));
        assert_eq!(health.check(at(88)), None);
        assert_eq!(health.check(at(89)), Some(Verdict::Ping));
        health.pinged(at(89));
        health.heard(at(118));
        assert_eq!(health.check(at(118)), None);
        assert_eq!(health.next_check(), at(119), "the server answers nothing");
    }

    #[test]
    fn a_server_that_wants_pings_gets_them_however_much_it_sends() {
        let (mut health, at) = health(Some(Duration::from_secs(30)));
        health.answered(at(30));
        assert_eq!(health.check(at(30)), Some(Verdict::Ping));
        health.pinged(at(30));
        assert_eq!(health.check(at(30)), None);
        assert_eq!(health.next_check(), at(60));
    }

    #[test]
    fn endless_times_do_not_overflow_the_clock() {
        let endless = ReconnectPolicy {
            silence: Duration::MAX,
            lifetime: Duration::MAX,
            ..policy()
        };
        let now = Instant::now();
        let health = Health::new(&endless.bounded(), None, &mut Jitter::new(Some(1)), now);
        assert!(health.next_check() > now);
    }
}
