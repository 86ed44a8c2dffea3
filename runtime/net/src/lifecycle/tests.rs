use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::ConnectBudget;

const SECOND: Duration = Duration::from_secs(1);

fn policy(seed: u64) -> ReconnectPolicy {
    ReconnectPolicy {
        seed: Some(seed),
        ..ReconnectPolicy::default()
    }
}

fn takeover(meet_within: u64, drain_for: u64) -> Takeover {
    Takeover {
        meet_within: SECOND * u32::try_from(meet_within).expect("small"),
        drain_for: SECOND * u32::try_from(drain_for).expect("small"),
        ping_every: None,
    }
}

/// What happens to one of the lifecycles. Which connection is meant is taken from what there is.
#[derive(Clone, Debug)]
enum Input {
    Opened,
    Failed,
    Ready,
    Met,
    LostActive,
    LostRising,
    Announced,
    Heard,
    Answered,
    Unanswered,
    Stalled(bool),
    /// The oldest of those that were replaced has nothing more to say.
    Drained,
    Banned(u64),
    /// Milliseconds pass.
    Wait(u64),
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        6 => Just(Input::Opened),
        3 => Just(Input::Failed),
        6 => Just(Input::Ready),
        2 => Just(Input::Met),
        2 => Just(Input::LostActive),
        1 => Just(Input::LostRising),
        2 => Just(Input::Announced),
        2 => Just(Input::Heard),
        2 => Just(Input::Answered),
        1 => Just(Input::Unanswered),
        1 => any::<bool>().prop_map(Input::Stalled),
        2 => Just(Input::Drained),
        1 => (0_u64..100).prop_map(Input::Banned),
        8 => (0_u64..60_000).prop_map(Input::Wait),
    ]
}

/// A driver that holds the lifecycle to its word.
struct Driver {
    life: Lifecycle,
    connecting: bool,
    rising: Option<ConnectionId>,
    is_ready: bool,
    active: Option<ConnectionId>,
    draining: BTreeSet<ConnectionId>,
    stalled: bool,
    banned_until: Instant,
    /// The attempts that were made.
    attempts: Vec<Instant>,
}

impl Driver {
    fn new(seed: u64, takeover: Takeover, now: Instant) -> Self {
        let mut life = Lifecycle::new(&policy(seed), takeover);
        life.connect();
        Self {
            life,
            connecting: false,
            rising: None,
            is_ready: false,
            active: None,
            draining: BTreeSet::new(),
            stalled: false,
            banned_until: now,
            attempts: Vec::new(),
        }
    }

    fn input(&mut self, input: &Input, now: Instant) {
        match input {
            Input::Opened if self.connecting => {
                self.connecting = false;
                self.rising = Some(self.life.opened(now));
                self.is_ready = false;
            }
            Input::Failed if self.connecting => {
                self.connecting = false;
                self.life.failed(now, None);
            }
            Input::Ready => {
                if let Some(id) = self.rising {
                    self.is_ready = true;
                    self.life.ready(id, now);
                }
            }
            Input::Met => self.life.met(now),
            Input::LostActive => {
                if let Some(id) = self.active.take() {
                    self.stalled = false;
                    self.life.lost(id, now);
                }
            }
            Input::LostRising => {
                if let Some(id) = self.rising.take() {
                    self.life.lost(id, now);
                }
            }
            Input::Announced => self
                .active
                .into_iter()
                .for_each(|id| self.life.announced(id, now)),
            Input::Heard => self.active.into_iter().for_each(|id| self.life.heard(id, now)),
            Input::Answered => self.active.into_iter().for_each(|id| self.life.answered(id, now)),
            Input::Unanswered => {
                let unanswered = |id| self.life.unanswered(id, 10 * SECOND, 5 * SECOND, now);
                self.active.into_iter().for_each(unanswered);
            }
            Input::Stalled(stalled) if self.active.is_some() => {
                self.stalled = *stalled;
                self.life.stalled(*stalled, now);
            }
            Input::Drained => {
                if let Some(id) = self.draining.first() {
                    self.life.drained(*id);
                }
            }
            Input::Banned(seconds) => {
                let until = now + SECOND * u32::try_from(*seconds).expect("small");
                self.life.banned(until);
                // One that ends earlier does not end another.
                self.banned_until = self.banned_until.max(until);
            }
            _ => {}
        }
    }

    /// Does what the lifecycle wants, and checks that it may want it.
    fn act(&mut self, budget: &ConnectBudget, now: Instant) {
        loop {
            self.life.tick(now);
            let Some(action) = self.life.next_action() else {
                break;
            };
            match action {
                Action::Connect => {
                    assert!(!self.connecting && self.rising.is_none(), "one attempt at a time");
                    let settled = self.active.is_none() || self.draining.is_empty();
                    assert!(settled, "one replacement at a time");
                    match budget.take("exchange", now) {
                        Ok(()) => {
                            self.connecting = true;
                            self.attempts.push(now);
                        }
                        Err(at) => self.life.postponed(at),
                    }
                }
                Action::Promote { id, replaced } => {
                    assert_eq!((self.rising.take(), self.is_ready), (Some(id), true));
                    assert_eq!(replaced, self.active, "what works is not forgotten");
                    assert!(
                        replaced.is_none() || !self.stalled,
                        "it may have something to say"
                    );
                    self.draining.extend(replaced);
                    self.active = Some(id);
                }
                Action::Ping(id) => assert_eq!(self.active, Some(id)),
                Action::Silent(id) => {
                    assert_eq!(self.active.take(), Some(id));
                    self.stalled = false;
                    self.life.lost(id, now);
                }
                Action::Close(id) => assert!(self.draining.remove(&id), "each is closed once"),
                Action::GiveUp => panic!("attempts are not limited"),
            }
        }
        let there_is = self.active.is_some() || self.life.is_connecting();
        assert!(there_is, "nothing leads to a connection");
        if let Some(wake) = self.life.next_wake() {
            assert!(wake > now, "a wake that is past: the driver would spin");
        }
    }
}

proptest! {
    /// Several lifecycles of a process, in any order of events and times: one attempt at a time each, never more of them
    /// together than the budget has in its window, one replacement at a time, no connection forgotten or closed twice, always a next step, and no
    /// busy loop.
    #[test]
    fn any_order_of_events(
        steps in prop::collection::vec((0_usize..3, input()), 1..400),
        meet_within in 0_u64..3,
        drain_for in 0_u64..3,
        limit in 1_usize..10,
    ) {
        let window = 300 * SECOND;
        let budget = ConnectBudget::new(limit, window);
        let mut now = Instant::now();
        let mut drivers: Vec<Driver> = (0..3)
            .map(|seed| Driver::new(seed, takeover(meet_within, drain_for), now))
            .collect();
        for (which, input) in &steps {
            match input {
                // Time passes from one wake to the next, as for a driver that sleeps.
                Input::Wait(millis) => {
                    let until = now + Duration::from_millis(*millis);
                    loop {
                        drivers.iter_mut().for_each(|driver| driver.act(&budget, now));
                        let wakes = drivers.iter().filter_map(|driver| driver.life.next_wake());
                        match wakes.min() {
                            Some(wake) if wake < until => now = wake,
                            _ => break,
                        }
                    }
                    now = until;
                }
                input => drivers[*which].input(input, now),
            }
            drivers.iter_mut().for_each(|driver| driver.act(&budget, now));
        }
        let mut attempts: Vec<Instant> = drivers.into_iter().flat_map(|driver| driver.attempts).collect();
        attempts.sort_unstable();
        for several in attempts.windows(limit + 1) {
            prop_assert!(several[limit] - several[0] >= window, "more than {limit} attempts in a window");
        }
    }

    /// A peer that does not answer is left within a bounded time, whatever else it sends.
    #[test]
    fn a_peer_that_does_not_answer_is_left(seed in any::<u64>(), events in prop::collection::vec(any::<bool>(), 200)) {
        let budget = ConnectBudget::new(1000, SECOND);
        let start = Instant::now();
        let mut driver = Driver::new(seed, takeover(1, 0), start);
        driver.act(&budget, start);
        driver.input(&Input::Opened, start);
        driver.input(&Input::Ready, start);
        driver.act(&budget, start);
        prop_assert_eq!(driver.active, Some(1));
        for (second, event) in (1_u32..).zip(events) {
            let now = start + SECOND * second;
            if event {
                driver.input(&Input::Heard, now);
            }
            driver.act(&budget, now);
            driver.input(&Input::Opened, now);
            driver.input(&Input::Ready, now);
            driver.act(&budget, now);
            if driver.active != Some(1) {
                prop_assert!(second >= 65);
                return Ok(());
            }
        }
        prop_assert!(false, "it is still in use");
    }

    /// A server that announces its end to every newcomer, again and again, is visited at the pace of the back-off.
    #[test]
    fn announcements_make_no_storm(seed in any::<u64>(), repeats in 1_usize..5) {
        let budget = ConnectBudget::new(1000, SECOND);
        let start = Instant::now();
        let mut now = start;
        let mut driver = Driver::new(seed, takeover(1, 0), now);
        while now < start + 300 * SECOND {
            driver.act(&budget, now);
            for input in [Input::Opened, Input::Ready, Input::Met] {
                driver.input(&input, now);
            }
            driver.act(&budget, now);
            for _ in 0..repeats {
                driver.input(&Input::Announced, now);
            }
            driver.input(&Input::Answered, now);
            now += Duration::from_millis(50);
        }
        // From a quarter of a second the delays double up to 30 s, of which half is certain.
        prop_assert!((8..30).contains(&driver.attempts.len()), "{} attempts", driver.attempts.len());
    }
}

#[test]
fn a_sound_connection_is_replaced_at_once_when_its_end_is_announced_and_only_once() {
    let budget = ConnectBudget::new(1000, SECOND);
    let start = Instant::now();
    let mut driver = Driver::new(1, takeover(1, 0), start);
    let later = start + 40 * SECOND;
    driver.act(&budget, start);
    for input in [Input::Opened, Input::Ready] {
        driver.input(&input, start);
        driver.act(&budget, start);
    }
    driver.input(&Input::Answered, later);
    driver.act(&budget, later);
    for _ in 0..3 {
        driver.input(&Input::Announced, later);
        driver.act(&budget, later);
    }
    assert_eq!(driver.attempts, [start, later]);
    for input in [Input::Opened, Input::Ready, Input::Met] {
        driver.input(&input, later);
        driver.act(&budget, later);
    }
    assert_eq!((driver.active, driver.draining.len()), (Some(2), 0));
    driver.act(&budget, later + 20 * SECOND);
    assert_eq!(driver.attempts.len(), 2);
}

#[test]
fn a_ban_holds_back_retries_and_replacements() {
    let budget = ConnectBudget::new(1000, SECOND);
    let start = Instant::now();
    let mut driver = Driver::new(1, takeover(0, 1), start);
    driver.act(&budget, start);
    driver.input(&Input::Opened, start);
    driver.input(&Input::Ready, start);
    driver.act(&budget, start);
    driver.input(&Input::Banned(90), start);
    driver.input(&Input::LostActive, start);
    let wake = driver.life.next_wake().expect("an attempt is planned");
    assert!(wake >= start + 90 * SECOND);
}
