//! Figures of runs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What happened in one run, or in many.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Virtual time.
    pub time: Duration,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Orders that the bot asked for.
    pub orders: u64,
    /// Of these, those that the exchange took.
    pub placed: u64,
    /// Orders whose fate was unknown at first.
    pub reconciled: u64,
    /// Trades of the bot's orders.
    pub fills: u64,
    /// Events of user data that its consumer got.
    pub events: u64,
    /// Gaps that were reported to it.
    pub gaps: u64,
    /// Updates of order books, resyncs of them, and books that were compared level by level.
    pub books: (u64, u64, u64),
    /// Snapshots of the account, and the trades that only they told of.
    pub account: (u64, u64),
    /// Requests that the exchange refused because of what others used.
    pub refused: u64,
    /// Attempts to connect to WebSocket hosts.
    pub attempts: u64,
    /// The most attempts in five minutes.
    pub most_attempts: usize,
    /// The most memory that a run took, in bytes.
    pub memory: usize,
}

impl Figures {
    /// Adds another run.
    pub fn add(&mut self, other: &Self) {
        self.time += other.time;
        for (kind, count) in &other.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        self.orders += other.orders;
        self.placed += other.placed;
        self.reconciled += other.reconciled;
        self.fills += other.fills;
        self.events += other.events;
        self.gaps += other.gaps;
        self.books.0 += other.books.0;
        self.books.1 += other.books.1;
        self.books.2 += other.books.2;
        self.account.0 += other.account.0;
        self.account.1 += other.account.1;
        self.refused += other.refused;
        self.attempts += other.attempts;
        self.most_attempts = self.most_attempts.max(other.most_attempts);
        self.memory = self.memory.max(other.memory);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "virtual hours    {:.1}", self.time.as_secs_f64() / 3600.0)?;
        writeln!(
            f,
            "orders           {} asked for, {} placed, {} reconciled, {} trades",
            self.orders, self.placed, self.reconciled, self.fills
        )?;
        writeln!(
            f,
            "user data        {} events, {} gaps reported",
            self.events, self.gaps
        )?;
        let (updates, resyncs, compared) = self.books;
        writeln!(
            f,
            "order books      {updates} updates, {resyncs} resyncs, {compared} compared level by level"
        )?;
        let (snapshots, trades) = self.account;
        writeln!(
            f,
            "account          {snapshots} snapshots, {trades} trades told by them alone"
        )?;
        writeln!(
            f,
            "limits           {} requests refused for what others used",
            self.refused
        )?;
        writeln!(
            f,
            "connections      {} attempts, at most {} in five minutes of one run",
            self.attempts, self.most_attempts
        )?;
        writeln!(
            f,
            "memory           at most {} KiB in one run",
            self.memory / 1024
        )?;
        writeln!(f, "faults           {}", self.faults.values().sum::<u64>())?;
        for (kind, count) in &self.faults {
            writeln!(f, "  {count:>10}  {kind}")?;
        }
        Ok(())
    }
}

/// A run that broke no invariant.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its figures.
    pub figures: Figures,
    /// A hash of everything that happened, in order and with its times.
    pub hash: u64,
    /// The last lines of what happened.
    pub trace: Vec<String>,
}
