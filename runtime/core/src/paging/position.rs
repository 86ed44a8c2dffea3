//! The text of a position.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use super::course::{Course, Gap, Order, Side};
use crate::Text;

/// How far a history has been fetched: what a stream of pages goes on from, in this process or another.
///
/// It prints as a line of text and is parsed from it. What the text consists of may change between minor versions; a
/// text of another version is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub(super) course: Course,
    /// How many new elements of the next page have been handed out already.
    pub(super) skip: u64,
    pub(super) pages: u64,
    pub(super) items: u64,
}

/// A text that is no [`Position`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position of a history")]
pub struct ParsePositionError;

const VERSION: &str = "1";

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            course,
            skip,
            pages,
            items,
        } = self;
        write!(f, "{VERSION} {pages} {items} {skip} ")?;
        match course {
            Course::Done => f.write_str("done"),
            Course::Id { from, last } => {
                write!(f, "id {from} ")?;
                or_dash(f, *last)
            }
            Course::Number {
                next,
                before,
                total,
                tail,
            } => {
                write!(f, "number {next} {before} ")?;
                or_dash(f, *total)?;
                tail.iter().try_for_each(|print| write!(f, " {print:x}"))
            }
            Course::Cursor { at: None } => f.write_str("start"),
            Course::Cursor { at: Some(at) } => write!(f, "cursor {at}"),
            Course::Time { order, whole, gaps } => {
                let order = match order {
                    Order::Unknown => '?',
                    Order::Oldest => '+',
                    Order::Newest => '-',
                };
                write!(f, "time {order} {whole}")?;
                for gap in gaps {
                    let side = match gap.side {
                        Side::Window => '=',
                        Side::Before => '<',
                        Side::After => '>',
                    };
                    write!(f, " {side},{},{}", gap.from, gap.to)?;
                    for (key, print) in &gap.seen {
                        write!(f, ",{key}:{print:x}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

fn or_dash(f: &mut fmt::Formatter<'_>, number: Option<i64>) -> fmt::Result {
    match number {
        Some(number) => write!(f, "{number}"),
        None => f.write_char('-'),
    }
}

impl FromStr for Position {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, ParsePositionError> {
        read(text).ok_or(ParsePositionError)
    }
}

fn read(text: &str) -> Option<Position> {
    let mut head = text.splitn(6, ' ');
    if head.next()? != VERSION {
        return None;
    }
    let (pages, items, skip) = (number(&mut head)?, number(&mut head)?, number(&mut head)?);
    let kind = head.next()?;
    let rest = head.next();
    let mut words = rest
        .unwrap_or_default()
        .split(' ')
        .filter(|word| !word.is_empty());
    let course = match kind {
        "done" => Course::Done,
        "start" => Course::Cursor { at: None },
        "cursor" => Course::Cursor {
            at: Some(Text::from(rest?)),
        },
        "id" => Course::Id {
            from: number(&mut words)?,
            last: optional(&mut words)?,
        },
        "number" => Course::Number {
            next: number(&mut words)?,
            before: number(&mut words)?,
            total: optional(&mut words)?,
            tail: words.by_ref().map(print).collect::<Option<_>>()?,
        },
        "time" => Course::Time {
            order: match words.next()? {
                "?" => Order::Unknown,
                "+" => Order::Oldest,
                "-" => Order::Newest,
                _ => return None,
            },
            whole: number(&mut words)?,
            gaps: words.by_ref().map(gap).collect::<Option<_>>()?,
        },
        _ => return None,
    };
    let left_over = kind != "cursor" && words.next().is_some();
    (!left_over).then_some(Position {
        course,
        skip,
        pages,
        items,
    })
}

fn gap(word: &str) -> Option<Gap> {
    let mut parts = word.split(',');
    let side = match parts.next()? {
        "=" => Side::Window,
        "<" => Side::Before,
        ">" => Side::After,
        _ => return None,
    };
    let (from, to): (i64, i64) = (number(&mut parts)?, number(&mut parts)?);
    let seen = parts.map(|seen| {
        let (key, seen) = seen.split_once(':')?;
        Some((key.parse().ok()?, print(seen)?))
    });
    let seen = seen.collect::<Option<_>>()?;
    (from <= to).then_some(Gap { from, to, side, seen })
}

fn print(word: &str) -> Option<u128> {
    u128::from_str_radix(word, 16).ok()
}

fn number<'a, T: FromStr>(words: &mut impl Iterator<Item = &'a str>) -> Option<T> {
    words.next()?.parse().ok()
}

fn optional<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Option<i64>> {
    match words.next()? {
        "-" => Some(None),
        word => word.parse().ok().map(Some),
    }
}
