//! When the snapshot of a book is fetched.

use std::time::Instant;

use crate::BookSettings;

/// Names one request of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Due(Instant),
    /// Asked for; of no use after this time.
    UnderWay(Instant),
}

#[derive(Clone, Debug)]
pub(crate) struct Fetch {
    phase: Phase,
    ticket: u64,
    /// When the last one was asked for, and how many in a row without a long pause between.
    last: Option<(Instant, u32)>,
}

impl Fetch {
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::Idle,
            ticket: 0,
            last: None,
        }
    }

    /// The number of the last ticket.
    pub(crate) fn ticket(&self) -> u64 {
        self.ticket
    }

    /// Tickets go on after this one.
    pub(crate) fn continue_after(&mut self, ticket: u64) {
        self.ticket = self.ticket.max(ticket);
    }

    pub(crate) fn is_on(&self) -> bool {
        self.phase != Phase::Idle
    }

    /// A snapshot is needed, after the pause that the last ones ask for.
    pub(crate) fn want(&mut self, now: Instant, settings: &BookSettings) {
        if self.is_on() {
            return;
        }
        let at = match self.last {
            Some((last, in_a_row)) => {
                let doublings = in_a_row.saturating_sub(1).min(16);
                let pause = settings.pause.saturating_mul(1 << doublings);
                now.max(last + pause.min(settings.max_pause))
            }
            None => now,
        };
        self.phase = Phase::Due(at);
    }

    pub(crate) fn want_at(&mut self, at: Instant) {
        self.phase = Phase::Due(at);
    }

    pub(crate) fn delay(&mut self, not_before: Instant) {
        if let Phase::Due(at) = &mut self.phase {
            *at = not_before.max(*at);
        }
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        match self.phase {
            Phase::Idle => None,
            Phase::Due(at) | Phase::UnderWay(at) => Some(at),
        }
    }

    pub(crate) fn start(&mut self, now: Instant, settings: &BookSettings) -> Option<Ticket> {
        if let Phase::UnderWay(until) = self.phase
            && until <= now
        {
            self.phase = Phase::Idle;
            self.want(now, settings);
        }
        match self.phase {
            Phase::Due(at) if at <= now => {}
            _ => return None,
        }
        let in_a_row = match self.last {
            // Twice the longest pause without one: what was wrong is over.
            Some((last, in_a_row)) if now.duration_since(last) < settings.max_pause * 2 => in_a_row + 1,
            _ => 1,
        };
        self.last = Some((now, in_a_row));
        self.ticket += 1;
        self.phase = Phase::UnderWay(now + settings.timeout);
        Some(Ticket(self.ticket))
    }

    /// Whether it is the one that is under way; then it no longer is.
    pub(crate) fn finish(&mut self, ticket: Ticket) -> bool {
        let current = matches!(self.phase, Phase::UnderWay(_)) && ticket.0 == self.ticket;
        if current {
            self.phase = Phase::Idle;
        }
        current
    }

    pub(crate) fn cancel(&mut self) {
        self.phase = Phase::Idle;
    }
}
