//! One run: a seed, an exchange, a network, clients, faults; and whether the invariants held.

use std::fmt;

use crate::memory;
use crate::plan::Settings;
use crate::report::Report;
use crate::world::World;

/// Memory that a run may take, and what each order may add: the exchange keeps all orders.
const MEMORY: usize = 48 << 20;
const MEMORY_PER_ORDER: usize = 16 << 10;

/// An invariant that did not hold.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The seed that shows it.
    pub seed: u64,
    /// What is wrong.
    pub what: String,
    /// The last lines of what happened.
    pub trace: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}: {}", self.seed, self.what)
    }
}

impl std::error::Error for Violation {}

/// Runs a seed on this thread.
///
/// # Errors
/// The first invariant that did not hold.
///
/// # Panics
/// When there is no runtime to be had.
pub fn run(seed: u64, settings: &Settings) -> Result<Report, Box<Violation>> {
    memory::start();
    // What the clients draw is drawn from the thread's generator.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => panic!("a runtime: {error}"),
    };
    let (mut figures, trace, outcome) = runtime.block_on(async { World::new(seed, settings).live().await });
    drop(runtime);
    figures.memory = memory::peak();
    let allowed = MEMORY + usize::try_from(figures.orders).unwrap_or(0) * MEMORY_PER_ORDER;
    let outcome = outcome.and_then(|()| match figures.memory > allowed {
        true => Err(format!("the run took {} KiB of memory", figures.memory / 1024)),
        false => Ok(()),
    });
    match outcome {
        Ok(()) => Ok(Report {
            figures,
            hash: trace.hash(),
            trace: trace.lines(),
        }),
        Err(what) => Err(Box::new(Violation {
            seed,
            what,
            trace: trace.lines(),
        })),
    }
}
