//! One page after another, without I/O.

use std::fmt;
use std::time::Duration;

use super::course::{Answered, Ask, Course, PagedBy, Plan};
use super::{Fields, Paged, Position, Way};
use crate::json::{self, ToJson};
use crate::{Decimal, Error, ParamSink, Text, Timestamp};

/// Asks for the pages of a history, one after another: the requests come out, the answers go in, and whoever holds it does
/// the sending.
///
/// ```
/// # mod call {
/// #     pub const PRODUCT: &str = "spot";
/// #     pub struct Call<T, O> { pub transport: T, pub request: O }
/// # }
/// use binance_wire_core::paging::Pager;
/// use binance_wire_core::{Credit, List, Text, Timestamp, json};
///
/// binance_wire_core::request! {
///     /// A list of numbers.
///     pub struct Numbers -> List<i64> {
///         optional {
///             /// The first of them.
///             from_id: i64 = "fromId",
///             /// The most of them.
///             limit: i32 = "limit",
///         }
///     }
///
///     pages i64 {
///         by Id(from_id, limit = limit(0, 2), key = |element| *element);
///     }
///     credit |_| Credit::ip(1);
/// }
///
/// # fn main() -> Result<(), binance_wire_core::Error> {
/// let mut pager = Pager::new(Numbers::new().from_id(1), Timestamp::now())?;
/// let mut found = Vec::new();
/// while let Some(request) = pager.request() {
///     let from = request.from_id.unwrap_or(0);
///     // The exchange's part: two of the numbers from 1 to 5.
///     let answer: Vec<i64> = (from..=5).take(2).collect();
///     found.extend(pager.take(answer.into()).items);
/// }
/// assert_eq!(found, [1, 2, 3, 4, 5]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Pager<O: Paged> {
    request: O,
    way: &'static Way<O>,
    plan: Plan,
    position: Position,
}

/// Where it is; the request may hold what is nobody's business.
impl<O: Paged> fmt::Debug for Pager<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("by", &self.way.by)
            .field("position", &self.position.to_string())
            .finish_non_exhaustive()
    }
}

/// A page of a history: what is new in it.
#[derive(Debug)]
pub struct Page<T> {
    /// The new elements.
    pub items: Vec<T>,
    /// What went wrong on the page: elements that could not be read, or that may be missing.
    pub errors: Vec<Error>,
}

/// How far a history has been fetched.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// The pages that were answered.
    pub pages: u64,
    /// The elements on them, each counted once.
    pub items: u64,
    /// The number of all elements, where the exchange says it.
    pub total: Option<u64>,
    /// The elements that are left, where the exchange says how many there are.
    pub remaining: Option<u64>,
    /// The share that has been fetched, from 0 to 1: of the range by time, of the elements where the exchange says how
    /// many there are.
    pub fraction: Option<f64>,
}

impl<O: Paged> Pager<O> {
    /// The pages of what a request asks for. `now` is where a range of time ends that has no end of its own.
    ///
    /// The parameters that are set choose the way: an id from which to start, or a time. The limit of the request is the
    /// size of a page; without one it is the largest that is documented.
    ///
    /// # Errors
    /// [`Error::Unusable`] where the request does not say where to start, and the exchange has no first page.
    pub fn new(mut request: O, now: Timestamp) -> Result<Self, Error> {
        let Some(way) = choose(&mut request) else {
            return Err(no_start(request));
        };
        let plan = plan(&mut request, way);
        let fields = (way.fields)(&mut request);
        let from = fields.from.number();
        let to = fields.to.and_then(|to| to.number());
        let missing = || Error::Unusable(format!("{}: what it begins at is no number", name::<O>()));
        let course = match way.by {
            PagedBy::Time => Course::time(from.ok_or_else(missing)?, to.unwrap_or_else(|| now.as_millis())),
            PagedBy::Id => Course::id(from.ok_or_else(missing)?),
            PagedBy::Cursor => Course::Cursor {
                at: fields.from.text(),
            },
            PagedBy::Page => {
                let from = from.unwrap_or(way.first);
                let pages = from.saturating_sub(way.first);
                Course::number(from, pages.saturating_mul(plan.limit.unwrap_or(0)))
            }
            PagedBy::Offset => {
                let from = from.unwrap_or(way.first);
                Course::number(from, from)
            }
        };
        Ok(Self {
            request,
            way,
            plan,
            position: Position {
                course,
                skip: 0,
                pages: 0,
                items: 0,
            },
        })
    }

    /// Goes on from a position that an earlier pager of the same request had reached.
    ///
    /// # Errors
    /// [`Error::Unusable`] where the position is that of a request that pages in another way.
    pub fn resume(mut self, position: Position) -> Result<Self, Error> {
        if !position.course.is_by(self.plan.by) {
            return Err(Error::Unusable(
                "the position belongs to a request that pages in another way".to_owned(),
            ));
        }
        self.position = position;
        Ok(self)
    }

    /// Asks for at most so much time at once, for a history whose longest range is not documented or has become
    /// shorter. It changes nothing where pages do not go by time.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX).max(1);
        self.plan.span = Some(self.plan.span.map_or(window, |span| span.min(window)));
        self
    }

    /// The request of the next page; `None` at the end. It is the same until an answer is taken.
    pub fn request(&self) -> Option<O> {
        let ask = self.position.course.next(&self.plan)?;
        let mut request = self.request.clone();
        let Fields { from, to, limit } = (self.way.fields)(&mut request);
        match ask {
            Ask::Time(start, end) => {
                from.set_number(start);
                if let Some(to) = to {
                    to.set_number(end);
                }
            }
            Ask::Number(number) => from.set_number(number),
            Ask::Cursor(Some(cursor)) => {
                if !from.set_text(&cursor) {
                    return None;
                }
            }
            Ask::Cursor(None) => {}
        }
        if let (Some(parameter), Some(limit)) = (limit, self.plan.limit) {
            parameter.set_number(limit);
        }
        Some(request)
    }

    /// Takes the answer to [`request`](Self::request), and returns what is new in it.
    pub fn take(&mut self, response: O::Response) -> Page<O::Item> {
        let total = O::total(&response);
        let cursor = O::cursor(&response);
        let (items, unreadable) = O::rows(response).unwrap_or_default().into_parts();
        let keys: Vec<Option<i64>> = match self.way.key {
            Some(key) => items.iter().map(key).collect(),
            None => vec![None; items.len()],
        };
        let verdict = self.position.course.take(
            &self.plan,
            &Answered {
                count: items.len() + unreadable.len(),
                keys: &keys,
                print: &|index| {
                    items
                        .get(index)
                        .map_or(0, |item| O::id(item).map_or_else(|| print(item), of_id))
                },
                total,
                cursor,
            },
        );
        let position = &mut self.position;
        let mut fresh: Vec<O::Item> = items
            .into_iter()
            .zip(verdict.keep)
            .filter_map(|(item, keep)| keep.then_some(item))
            .collect();
        let skip = usize::try_from(std::mem::take(&mut position.skip)).unwrap_or(usize::MAX);
        fresh.drain(..skip.min(fresh.len()));
        position.pages += 1;
        position.items += fresh.len() as u64;
        let incomplete = verdict.problem.map(Error::Incomplete);
        let unreadable = unreadable.into_iter().map(|element| Error::Decode {
            status: 200,
            error: element.error,
            body: element.raw.as_str().as_bytes().to_vec().into(),
            call: None,
        });
        Page {
            items: fresh,
            errors: unreadable.chain(incomplete).collect(),
        }
    }

    /// How far it has come: what a new pager of the same request goes on from.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Ends it: [`request`](Self::request) returns `None` from now on.
    pub fn end(&mut self) {
        self.position.course = Course::Done;
    }

    /// How far it has come, in numbers.
    pub fn progress(&self) -> Progress {
        let Position {
            course, pages, items, ..
        } = &self.position;
        let (total, before) = match course {
            Course::Number { total, before, .. } => (*total, *before),
            _ => (None, 0),
        };
        let total = total.and_then(|total| u64::try_from(total).ok());
        Progress {
            pages: *pages,
            items: *items,
            total,
            remaining: total.map(|total| total.saturating_sub(u64::try_from(before).unwrap_or(0))),
            fraction: course.fraction(),
        }
    }
}

/// The way that the request's own parameters choose: an id or a time to start from, and otherwise one that has a first
/// page. A list that has both times and page numbers is read by number, where its elements have no time to cut pages at.
fn choose<O: Paged>(request: &mut O) -> Option<&'static Way<O>> {
    let mut find = |fits: &dyn Fn(&Way<O>, bool) -> bool| {
        O::WAYS.iter().find(|way| {
            let is_set = (way.fields)(request).from.text().is_some();
            fits(way, is_set)
        })
    };
    let numbered = |by| !matches!(by, PagedBy::Id | PagedBy::Time);
    find(&|way, is_set| way.by == PagedBy::Id && is_set)
        .or_else(|| find(&|way, is_set| way.by == PagedBy::Time && is_set && way.key.is_some()))
        .or_else(|| find(&|way, _| numbered(way.by)))
        .or_else(|| find(&|way, is_set| way.by == PagedBy::Time && is_set))
}

fn plan<O: Paged>(request: &mut O, way: &Way<O>) -> Plan {
    let asked = (way.fields)(request).limit.map(|limit| limit.number());
    let known = |number: i64| (number > 0).then_some(number);
    Plan {
        by: way.by,
        limit: asked.and_then(|asked| {
            asked
                .or(known(way.max_limit))
                .or(known(way.default_limit))
                .map(|limit| limit.max(1))
        }),
        default: way.default_limit,
        // A moment less: some say `at most`, others `less than`.
        span: known(way.span).map(|span| (span - 1).max(1)),
        keyed: way.key.is_some(),
    }
}

/// Says which parameters a history can begin at: those that the request sends once they are set.
fn no_start<O: Paged>(mut request: O) -> Error {
    let mut starts: Vec<String> = Vec::new();
    for way in O::WAYS {
        let mut before = Names::default();
        request.write_params(&mut before);
        (way.fields)(&mut request).from.set_number(1);
        let mut after = Names::default();
        request.write_params(&mut after);
        let new = after.0.into_iter().filter(|name| !before.0.contains(name));
        starts.extend(new.map(|name| format!("`{name}`")));
    }
    let starts = match starts.is_empty() {
        true => "the time or the id".to_owned(),
        false => starts.join(" or "),
    };
    Error::Unusable(format!(
        "{}: set {starts}, which the first page begins at",
        name::<O>()
    ))
}

/// The request's name, such as `MyTrades`: for texts.
fn name<O>() -> &'static str {
    let path = std::any::type_name::<O>();
    path.rsplit("::").next().unwrap_or(path)
}

/// The names of the parameters that a request sends.
#[derive(Default)]
struct Names(Vec<String>);

impl ParamSink for Names {
    fn text(&mut self, name: &str, _: &str) {
        self.0.push(name.to_owned());
    }

    fn integer(&mut self, name: &str, _: i64) {
        self.0.push(name.to_owned());
    }

    fn decimal(&mut self, name: &str, _: Decimal) {
        self.0.push(name.to_owned());
    }

    fn boolean(&mut self, name: &str, _: bool) {
        self.0.push(name.to_owned());
    }

    fn json(&mut self, name: &str, _: &str) {
        self.0.push(name.to_owned());
    }
}

fn of_id(id: i64) -> u128 {
    u128::from(id.cast_unsigned())
}

/// The identity of an element without an id: a hash of its JSON (FNV-1a), which is the same in every process.
fn print(item: &impl ToJson) -> u128 {
    const START: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let text = Text::from(json::to_string(item));
    text.bytes()
        .fold(START, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}
