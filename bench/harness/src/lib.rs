//! Measuring one thing beside another in one run.
//!
//! The cases of a [`Comparison`] take turns, round after round, so that whatever else the machine does falls on all
//! of them alike. Time is the CPU time of the measuring thread; what is reported is the median over the rounds, and
//! the ratio of two cases within the same round. Ratios are what to quote: nanoseconds differ from machine to machine.
//!
//! This crate may read the clock and the environment, and print. It knows nothing of what is measured, except for the
//! [`payloads`] that several programs share.

mod clock;
pub mod fix;
mod memory;
pub mod payloads;
mod report;
pub mod sbe;

use std::hint::black_box;
use std::time::Duration;

pub use clock::{pin, process_time};
pub use memory::{Allocations, CountingAllocator, count_allocations};
pub use report::Spread;

/// How long to measure, and what.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How often each case has its turn.
    pub rounds: usize,
    /// The CPU time of one turn.
    pub turn: Duration,
    /// Only comparisons whose name contains this.
    pub only: Option<String>,
}

impl Settings {
    /// From the environment (`ROUNDS`, 41; `TURN_US`, 3000) and the first argument (part of a name).
    pub fn from_environment() -> Self {
        let number = |name: &str, default: u64| {
            std::env::var(name)
                .ok()
                .and_then(|value| value.parse().ok())
                .unwrap_or(default)
        };
        Self {
            rounds: number("ROUNDS", 41).max(1) as usize,
            turn: Duration::from_micros(number("TURN_US", 3000).max(1)),
            only: std::env::args().nth(1),
        }
    }
}

struct Case<'a> {
    label: String,
    run: Box<dyn FnMut(u64) + 'a>,
    allocations: Allocations,
    /// Repetitions that fill one turn.
    repetitions: u64,
    /// Nanoseconds of one repetition, by round.
    nanoseconds: Vec<f64>,
}

/// Cases that do the same work; the first is ours, and the others are what it is compared with.
pub struct Comparison<'a> {
    name: String,
    bytes: usize,
    target: Option<f64>,
    cases: Vec<Case<'a>>,
}

impl<'a> Comparison<'a> {
    /// A comparison over an input of `bytes` bytes.
    pub fn new(name: impl Into<String>, bytes: usize) -> Self {
        Self {
            name: name.into(),
            bytes,
            target: None,
            cases: Vec::new(),
        }
    }

    /// The most that our time may be of the time of the second case.
    pub fn target(mut self, ratio: f64) -> Self {
        self.target = Some(ratio);
        self
    }

    /// Adds a case. What it returns is dropped within the measured time.
    pub fn case<R>(mut self, label: impl Into<String>, mut work: impl FnMut() -> R + 'a) -> Self {
        self.cases.push(Case {
            label: label.into(),
            run: Box::new(move |repetitions| {
                for _ in 0..repetitions {
                    black_box(work());
                }
            }),
            allocations: Allocations::default(),
            repetitions: 1,
            nanoseconds: Vec::new(),
        });
        self
    }

    /// Measures, and prints a row for each pair of ours and another.
    pub fn run(mut self, settings: &Settings) {
        if settings
            .only
            .as_ref()
            .is_some_and(|only| !self.name.contains(only.as_str()))
        {
            return;
        }
        for case in &mut self.cases {
            case.prepare(settings.turn);
        }
        for round in 0..settings.rounds {
            // Nobody always comes first, or right after the same neighbour's caches.
            for turn in 0..self.cases.len() {
                let index = (round + turn) % self.cases.len();
                self.cases[index].take_turn();
            }
        }
        report::print(&self.name, self.bytes, self.target, &self.cases);
    }
}

impl Case<'_> {
    /// Warms up, counts allocations, and finds out how many repetitions fill a turn.
    fn prepare(&mut self, turn: Duration) {
        (self.run)(3);
        self.allocations = count_allocations(|| (self.run)(1));
        loop {
            let taken = clock::measure(|| (self.run)(self.repetitions));
            if taken * 4 >= turn {
                let fill = turn.as_secs_f64() / taken.as_secs_f64();
                self.repetitions = ((self.repetitions as f64 * fill) as u64).max(1);
                return;
            }
            self.repetitions *= 2;
        }
    }

    fn take_turn(&mut self) {
        let taken = clock::measure(|| (self.run)(self.repetitions));
        self.nanoseconds
            .push(taken.as_secs_f64() * 1e9 / self.repetitions as f64);
    }
}
