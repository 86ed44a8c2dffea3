//! What happened in a run, in order, with virtual times: a hash of all of it, and the last lines for people.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

/// Lines kept for printing.
const LINES: usize = 4000;

/// The events of a run. Clones share them.
#[derive(Clone)]
pub(crate) struct Trace(Arc<Mutex<Inner>>);

struct Inner {
    start: Instant,
    hash: u64,
    lines: VecDeque<String>,
    violation: Option<String>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Inner {
            start: Instant::now(),
            // The offset basis of FNV-1a.
            hash: 0xcbf2_9ce4_8422_2325,
            lines: VecDeque::new(),
            violation: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line.
    pub(crate) fn add(&self, what: fmt::Arguments<'_>) {
        let mut inner = self.lock();
        let mut line = String::with_capacity(96);
        let _ = write!(line, "{:>12.6} {what}", inner.start.elapsed().as_secs_f64());
        for byte in line.bytes() {
            inner.hash = (inner.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if inner.lines.len() == LINES {
            inner.lines.pop_front();
        }
        inner.lines.push_back(line);
    }

    /// Notes that an invariant is broken; the first counts.
    pub(crate) fn violated(&self, what: fmt::Arguments<'_>) {
        self.add(format_args!("VIOLATION {what}"));
        self.lock().violation.get_or_insert_with(|| what.to_string());
    }

    pub(crate) fn violation(&self) -> Option<String> {
        self.lock().violation.clone()
    }

    pub(crate) fn hash(&self) -> u64 {
        self.lock().hash
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lock().lines.iter().cloned().collect()
    }
}

/// Adds a line to a trace, with the arguments of `format!`.
macro_rules! note {
    ($trace:expr, $($what:tt)*) => { $trace.add(format_args!($($what)*)) };
}
pub(crate) use note;
