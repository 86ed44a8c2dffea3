//! Which page comes next, as a state machine that knows nothing of requests.

use crate::Text;

/// What a page begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PagedBy {
    /// A time.
    Time,
    /// The id of an element.
    Id,
    /// A text that the page before names.
    Cursor,
    /// The number of the page.
    Page,
    /// The number of elements before it.
    Offset,
}

/// What does not change from page to page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) by: PagedBy,
    /// The most elements of a page that are asked for; `None` where the exchange fixes it.
    pub(super) limit: Option<i64>,
    /// The most elements of a page where none are asked for; a page of that length may be full as well.
    pub(super) default: i64,
    /// The longest span of a request, in milliseconds.
    pub(super) span: Option<i64>,
    /// Whether elements have a time or an id by which their place is known.
    pub(super) keyed: bool,
}

impl Plan {
    /// Whether a page may lack elements for want of room.
    fn is_full(&self, count: usize) -> bool {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        match self.limit {
            Some(limit) => count >= limit || (count > 0 && count == self.default),
            None => count > 0,
        }
    }
}

/// What the next request begins at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// From one time to another, both included.
    Time(i64, i64),
    /// An id, a page or an offset.
    Number(i64),
    /// A cursor; `None` for the first page.
    Cursor(Option<Text>),
}

/// What is known of a page.
pub(super) struct Answered<'a> {
    /// How many elements it has, unreadable ones included.
    pub(super) count: usize,
    /// The place of each element that could be read.
    pub(super) keys: &'a [Option<i64>],
    /// The identity of an element.
    pub(super) print: &'a dyn Fn(usize) -> u128,
    /// The number of all elements, where the answer says it.
    pub(super) total: Option<i64>,
    /// The cursor of the next page.
    pub(super) cursor: Option<Text>,
}

/// What becomes of a page.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Whether each element that could be read is new.
    pub(super) keep: Vec<bool>,
    /// Why elements may be missing.
    pub(super) problem: Option<String>,
}

/// Which elements of a range the exchange returns where a page has no room for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Not known before two pages have shown it.
    Unknown,
    Oldest,
    Newest,
}

/// Which end of a page that was full a gap lies at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Window,
    Before,
    After,
}

/// A span of time whose elements have not been fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) side: Side,
    /// The elements at its borders that neighbouring pages had already.
    pub(super) seen: Vec<(i64, u128)>,
}

impl Gap {
    fn holds(&self, key: i64) -> bool {
        (self.from..=self.to).contains(&key)
    }

    /// Gaps that meet share a moment, which counts for neither.
    fn length(&self) -> i64 {
        self.to.saturating_sub(self.from)
    }
}

/// How far a history has been fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Course {
    Time {
        order: Order,
        /// The length of the whole range.
        whole: i64,
        /// What is left; the last is fetched next.
        gaps: Vec<Gap>,
    },
    Id {
        from: i64,
        last: Option<i64>,
    },
    Number {
        next: i64,
        /// The elements before the next page.
        before: i64,
        total: Option<i64>,
        /// The identities of the last page, in its order.
        tail: Vec<u128>,
    },
    Cursor {
        at: Option<Text>,
    },
    Done,
}

impl Course {
    pub(super) fn time(from: i64, to: i64) -> Self {
        if from > to {
            return Self::Done;
        }
        let gap = Gap {
            from,
            to,
            side: Side::Window,
            seen: Vec::new(),
        };
        Self::Time {
            order: Order::Unknown,
            whole: gap.length(),
            gaps: vec![gap],
        }
    }

    pub(super) fn id(from: i64) -> Self {
        Self::Id { from, last: None }
    }

    pub(super) fn number(next: i64, before: i64) -> Self {
        Self::Number {
            next,
            before,
            total: None,
            tail: Vec::new(),
        }
    }

    /// Whether it is of pages by `by`.
    pub(super) fn is_by(&self, by: PagedBy) -> bool {
        match self {
            Self::Time { .. } => by == PagedBy::Time,
            Self::Id { .. } => by == PagedBy::Id,
            Self::Number { .. } => matches!(by, PagedBy::Page | PagedBy::Offset),
            Self::Cursor { .. } => by == PagedBy::Cursor,
            Self::Done => true,
        }
    }

    /// What to ask for; `None` at the end.
    pub(super) fn next(&self, plan: &Plan) -> Option<Ask> {
        match self {
            Self::Time { gaps, .. } => gaps.last().map(|gap| match plan.span {
                Some(span) => Ask::Time(gap.from, gap.to.min(gap.from.saturating_add(span))),
                None => Ask::Time(gap.from, gap.to),
            }),
            Self::Id { from, .. } => Some(Ask::Number(*from)),
            Self::Number { next, .. } => Some(Ask::Number(*next)),
            Self::Cursor { at } => Some(Ask::Cursor(at.clone())),
            Self::Done => None,
        }
    }

    /// Takes the answer to what [`next`](Self::next) asked for.
    pub(super) fn take(&mut self, plan: &Plan, page: &Answered<'_>) -> Verdict {
        let full = plan.is_full(page.count);
        match self {
            Self::Time { order, gaps, .. } => {
                let verdict = take_time(order, gaps, plan, page, full);
                if gaps.is_empty() {
                    *self = Self::Done;
                }
                verdict
            }
            Self::Id { from, last } => {
                let (next, verdict) = take_ids(*from, *last, page, full);
                *self = next;
                verdict
            }
            Self::Number {
                next,
                before,
                total,
                tail,
            } => {
                let (step, verdict) = take_number(*before, *total, tail, plan, page, full);
                match step {
                    Some(seen) => {
                        *next = next.saturating_add(match plan.by {
                            PagedBy::Offset => seen.saturating_sub(*before),
                            _ => 1,
                        });
                        *before = seen;
                        *total = page.total.or(*total);
                        *tail = (0..page.keys.len()).map(page.print).collect();
                    }
                    None => *self = Self::Done,
                }
                verdict
            }
            Self::Cursor { at } => {
                let verdict = Verdict {
                    keep: vec![true; page.keys.len()],
                    problem: None,
                };
                match &page.cursor {
                    Some(cursor) if !cursor.is_empty() && page.count > 0 && at.as_ref() != Some(cursor) => {
                        *at = Some(cursor.clone());
                    }
                    _ => *self = Self::Done,
                }
                verdict
            }
            Self::Done => Verdict::default(),
        }
    }

    /// The share that has been fetched, where it is known.
    pub(super) fn fraction(&self) -> Option<f64> {
        match self {
            Self::Done => Some(1.0),
            Self::Time { whole, gaps, .. } => {
                let left = gaps.iter().map(Gap::length).fold(0, i64::saturating_add);
                Some((1.0 - left as f64 / (*whole).max(1) as f64).clamp(0.0, 1.0))
            }
            Self::Number {
                before,
                total: Some(total),
                ..
            } => Some((*before as f64 / (*total).max(1) as f64).clamp(0.0, 1.0)),
            _ => None,
        }
    }
}

/// A page of the last gap, or of its first part where it is longer than a request may ask for.
fn take_time(
    order: &mut Order,
    gaps: &mut Vec<Gap>,
    plan: &Plan,
    page: &Answered<'_>,
    full: bool,
) -> Verdict {
    let Some(mut gap) = gaps.pop() else {
        return Verdict::default();
    };
    if let Some(span) = plan.span
        && gap.to.saturating_sub(gap.from) > span
    {
        let cut = gap.from.saturating_add(span);
        // Where elements have a time, windows share a border, so that it does not matter whether it is included.
        let from = if plan.keyed { cut } else { cut.saturating_add(1) };
        gaps.push(part(&gap, from, gap.to, gap.side));
        gap.to = cut;
        gap.seen.retain(|(key, _)| *key <= cut);
    }
    let keys: Option<Vec<i64>> = page.keys.iter().copied().collect();
    let keys = keys.filter(|_| plan.keyed).unwrap_or_default();
    let bounds = keys.iter().copied().min().zip(keys.iter().copied().max());
    let inside = bounds.filter(|(first, last)| gap.holds(*first) && gap.holds(*last));
    let keep = unseen(&gap, &keys, page);
    if full && inside.is_none() && gap.from < gap.to {
        // Where the page lies in the range is not known: halves of the range, until each fits a page.
        let middle = gap.from.midpoint(gap.to);
        gaps.push(part(&gap, middle + 1, gap.to, gap.side));
        gaps.push(part(&gap, gap.from, middle, gap.side));
        return Verdict {
            keep: vec![false; keep.len()],
            problem: None,
        };
    }
    if *order == Order::Unknown && keep.contains(&true) {
        *order = match gap.side {
            Side::Window => Order::Unknown,
            Side::Before => Order::Newest,
            Side::After => Order::Oldest,
        };
    }
    let mut problem = None;
    if full {
        // Both ends of the range, as long as it is not known which has more; the earlier is fetched first.
        let (first, last) = inside.unwrap_or((gap.from, gap.from));
        let (before, after) = if first < last {
            (first, last)
        } else {
            problem = Some(too_many(page.count, first));
            (first.saturating_sub(1), last.saturating_add(1))
        };
        let sides = match order {
            Order::Unknown => [Some(Side::After), Some(Side::Before)],
            Order::Oldest => [Some(Side::Window), None],
            Order::Newest => [None, Some(Side::Window)],
        };
        if let Some(side) = sides[0].filter(|_| after <= gap.to) {
            gaps.push(part(&gap, after, gap.to, side));
        }
        if let Some(side) = sides[1].filter(|_| gap.from <= before) {
            gaps.push(part(&gap, gap.from, before, side));
        }
    }
    for (index, key) in keys.iter().copied().enumerate() {
        for pending in gaps.iter_mut().filter(|pending| pending.holds(key)) {
            if keep[index] {
                pending.seen.push((key, (page.print)(index)));
            }
        }
    }
    Verdict { keep, problem }
}

/// Which elements of a page no neighbouring page had. Looking into an element costs something, and few are at a border.
fn unseen(gap: &Gap, keys: &[i64], page: &Answered<'_>) -> Vec<bool> {
    let mut seen = gap.seen.clone();
    let is_new = |index: usize| {
        let key = keys.get(index).copied()?;
        seen.iter().find(|(at, _)| *at == key)?;
        let print = (page.print)(index);
        let place = seen.iter().position(|known| *known == (key, print))?;
        Some(seen.swap_remove(place))
    };
    (0..page.keys.len())
        .map(is_new)
        .map(|found| found.is_none())
        .collect()
}

/// Part of a gap.
fn part(gap: &Gap, from: i64, to: i64, side: Side) -> Gap {
    let seen = gap.seen.iter().filter(|(key, _)| (from..=to).contains(key));
    Gap {
        from,
        to,
        side,
        seen: seen.copied().collect(),
    }
}

fn too_many(count: usize, time: i64) -> String {
    format!(
        "a full page of {count} elements has the one time {time}, and more elements of that time cannot be asked for"
    )
}

/// A page of ascending ids. The next begins at the last id and not behind it, so that nothing depends on whether the
/// exchange includes it.
fn take_ids(from: i64, last: Option<i64>, page: &Answered<'_>, full: bool) -> (Course, Verdict) {
    let keep: Vec<bool> = page
        .keys
        .iter()
        .map(|key| key.is_none_or(|key| last.is_none_or(|last| key > last)))
        .collect();
    let newest = page.keys.iter().flatten().copied().max();
    let mut problem = None;
    let course = match (
        newest.filter(|newest| last.is_none_or(|last| *newest > last)),
        last,
    ) {
        _ if !full => Course::Done,
        (Some(newest), _) => Course::Id {
            from: newest,
            last: Some(newest),
        },
        (None, Some(last)) if from == last => {
            if page.count > 1 {
                problem = Some(format!(
                    "a full page of {} elements has nothing but the id {last}",
                    page.count
                ));
            }
            Course::Id {
                from: last.saturating_add(1),
                last: Some(last),
            }
        }
        (None, Some(_)) => Course::Done,
        (None, None) => {
            problem = Some("the elements of a full page have no id to go on from".to_owned());
            Course::Done
        }
    };
    (course, Verdict { keep, problem })
}

/// A page by its number. Elements that come or go while pages are fetched move the others: where the total grew or is not
/// known, elements at the start that end the page before are the same ones; where it shrank, some may have been passed.
fn take_number(
    before: i64,
    total: Option<i64>,
    tail: &[u128],
    plan: &Plan,
    page: &Answered<'_>,
    full: bool,
) -> (Option<i64>, Verdict) {
    let mut problem = None;
    let mut repeated = 0;
    match (total, page.total) {
        (Some(was), Some(is)) if is < was => {
            problem = Some(format!(
                "the list shrank from {was} to {is} elements while it was read"
            ));
        }
        (Some(was), Some(is)) if is == was => {}
        _ => {
            let head: Vec<u128> = (0..page.keys.len().min(tail.len())).map(page.print).collect();
            repeated = (1..=head.len())
                .rev()
                .find(|length| tail.ends_with(&head[..*length]))
                .unwrap_or(0);
        }
    }
    let keep = (0..page.keys.len()).map(|index| index >= repeated).collect();
    let seen = before.saturating_add(i64::try_from(page.count).unwrap_or(i64::MAX));
    let more = page.total.is_some_and(|total| total > seen);
    if page.count == 0 && more && problem.is_none() {
        problem = Some(format!(
            "the list has {} elements, and its pages ended after {seen}",
            page.total.unwrap_or_default()
        ));
    }
    let goes_on = match plan.limit {
        _ if page.count == 0 => false,
        Some(_) => full || more,
        // Pages of a fixed length: only the total or an empty page ends them.
        None => more || page.total.is_none(),
    };
    (goes_on.then_some(seen), Verdict { keep, problem })
}
