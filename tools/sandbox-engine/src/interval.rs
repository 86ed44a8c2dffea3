//! The lengths of candles, and where they begin.

const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND_US;

/// The length of candles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// So many microseconds, counted from midnight.
    Micros(i64),
    /// From Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Interval {
    /// A second, the shortest there is.
    pub const SECOND: Interval = Interval::Micros(SECOND_US);

    /// Reads the exchange's names: `1s` to `1M`.
    pub fn parse(name: &str) -> Option<Interval> {
        let (count, unit) = name.split_at_checked(name.len().checked_sub(1)?)?;
        let count: i64 = count.parse().ok()?;
        let known = matches!(
            name,
            "1s" | "1m"
                | "3m"
                | "5m"
                | "15m"
                | "30m"
                | "1h"
                | "2h"
                | "4h"
                | "6h"
                | "8h"
                | "12h"
                | "1d"
                | "3d"
                | "1w"
                | "1M"
        );
        let micros = match unit {
            _ if !known => return None,
            "w" => return Some(Interval::Week),
            "M" => return Some(Interval::Month),
            "s" => SECOND_US,
            "m" => 60 * SECOND_US,
            "h" => 3600 * SECOND_US,
            _ => DAY_US,
        };
        Some(Interval::Micros(count * micros))
    }

    /// The start of the candle that a time is in, and of the next one; in microseconds.
    pub fn around(self, time_us: i64) -> (i64, i64) {
        match self {
            Interval::Micros(length) => {
                let start = time_us - time_us.rem_euclid(length);
                (start, start + length)
            }
            Interval::Week => {
                // The epoch was a Thursday.
                let start = time_us - (time_us + 3 * DAY_US).rem_euclid(7 * DAY_US);
                (start, start + 7 * DAY_US)
            }
            Interval::Month => {
                let (year, month) = month_of(time_us.div_euclid(DAY_US));
                let next = if month == 12 {
                    (year + 1, 1)
                } else {
                    (year, month + 1)
                };
                (
                    first_day(year, month) * DAY_US,
                    first_day(next.0, next.1) * DAY_US,
                )
            }
        }
    }
}

/// The days from the epoch to the first of a month, by the calendar whose years begin in March.
fn first_day(year: i64, month: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let shifted = (month + 9) % 12;
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    days + (153 * shifted + 2) / 5 - 719_468
}

/// Year and month of a day since the epoch.
fn month_of(day: i64) -> (i64, i64) {
    // A guess that is at most a year late, and the steps from it.
    let mut year = 1970 + day.div_euclid(366) - 1;
    while first_day(year + 1, 1) <= day {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| first_day(year, *month) <= day);
    (year, month.unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candles_begin_where_the_calendar_says() {
        // 2024-02-29T12:00:00Z, a Thursday.
        let time = 1_709_208_000 * SECOND_US;
        let of = |name: &str| Interval::parse(name).map(|interval| interval.around(time));
        let seconds = |from: i64, to: i64| Some((from * SECOND_US, to * SECOND_US));
        assert_eq!(of("1h"), seconds(1_709_208_000, 1_709_211_600));
        assert_eq!(of("1w"), seconds(1_708_905_600, 1_709_510_400));
        assert_eq!(of("1M"), seconds(1_706_745_600, 1_709_251_200));
        assert_eq!((of("2m"), of(""), of("s")), (None, None, None));
        assert_eq!((of("1é"), of("é")), (None, None));
        assert_eq!(Interval::Month.around(0), (0, 31 * DAY_US));
        assert_eq!(Interval::Month.around(-1).0, -31 * DAY_US);
    }

    #[test]
    fn months_and_weeks_begin_where_the_calendar_says() {
        let start = |interval: Interval, days: i64| interval.around(days * DAY_US + 5).0;
        // 2024-02-29, 2024-03-01, 2026-12-31.
        for (days, first) in [(19_782, 19_754), (19_783, 19_783), (20_818, 20_788)] {
            assert_eq!(start(Interval::Month, days), first * DAY_US);
        }
        assert_eq!(Interval::Month.around(19_754 * DAY_US).1, 19_783 * DAY_US);
        // 2024-02-29 was a Thursday.
        assert_eq!(start(Interval::Week, 19_782), 19_779 * DAY_US);
    }
}
