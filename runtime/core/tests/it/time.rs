//! Times as text, and what is calculated with them.

use std::time::{Duration, SystemTime};

use binance_wire_core::calendar::{civil_from_days, days_from_civil};
use binance_wire_core::{TimeUnit, Timestamp};
use proptest::prelude::*;

#[test]
fn a_time_prints_as_rfc_3339_with_the_digits_of_its_unit() {
    let printed = [
        (Timestamp::from_secs(0), "1970-01-01T00:00:00Z"),
        (
            Timestamp::from_millis(1_499_827_319_559),
            "2017-07-12T02:41:59.559Z",
        ),
        (
            Timestamp::from_micros(1_499_827_319_000_007),
            "2017-07-12T02:41:59.000007Z",
        ),
        (Timestamp::from_secs(1_709_251_199), "2024-02-29T23:59:59Z"),
        // What the exchange sends for a time that it does not know.
        (Timestamp::from_millis(-1), "1969-12-31T23:59:59.999Z"),
        (Timestamp::from_secs(-62_167_219_200), "0000-01-01T00:00:00Z"),
        (Timestamp::from_secs(253_402_300_799), "9999-12-31T23:59:59Z"),
    ];
    for (time, text) in printed {
        assert_eq!(time.to_string(), text);
    }
}

#[test]
fn what_rfc_3339_cannot_say_prints_as_a_count_and_its_unit() {
    let printed = [
        (Timestamp::from_secs(253_402_300_800), "253402300800s"),
        (Timestamp::from_millis(-62_167_219_200_001), "-62167219200001ms"),
        (Timestamp::from_secs(i64::MAX), "9223372036854775807s"),
        (Timestamp::from_secs(i64::MIN), "-9223372036854775808s"),
        (Timestamp::from_micros(i64::MAX), "9223372036854775807us"),
    ];
    for (time, text) in printed {
        assert_eq!(time.to_string(), text);
    }
}

proptest! {
    #[test]
    fn a_day_is_the_date_it_was_made_of(days in -719_528_i64..=2_932_896) {
        let (year, month, day) = civil_from_days(days);
        let year = u32::try_from(year).expect("a year of four digits");
        prop_assert!((1..=12).contains(&month) && (1..=31).contains(&day));
        prop_assert_eq!(days_from_civil(year, month, day), days);
    }
}

#[test]
fn durations_move_times_in_their_unit() {
    let at = Timestamp::from_millis(1_500);
    assert_eq!((at + Duration::from_micros(1_900)).count(), 1_501);
    assert_eq!((at - Duration::from_secs(2)).count(), -500);
    assert_eq!((at + Duration::from_secs(1)).unit(), TimeUnit::Millisecond);
    assert_eq!((Timestamp::from_secs(1) + Duration::from_millis(999)).count(), 1);
    assert_eq!(at.checked_add(Duration::MAX), None);
    assert_eq!(at.checked_sub(Duration::MAX), None);
    assert_eq!((at + Duration::MAX).count(), i64::MAX);
    assert_eq!((at - Duration::MAX).count(), i64::MIN);
    let mut moved = at;
    moved += Duration::from_millis(7);
    moved -= Duration::from_millis(8);
    assert_eq!(moved.count(), 1_499);
}

#[test]
fn differences_are_durations_across_units() {
    let (early, late) = (Timestamp::from_secs(-2), Timestamp::from_micros(1_500_001));
    assert_eq!(late - early, Duration::from_micros(3_500_001));
    assert_eq!(early - late, Duration::ZERO);
    assert_eq!(early.checked_duration_since(late), None);
    let (early, late) = (Timestamp::from_millis(900), Timestamp::from_millis(1_100));
    assert_eq!(late - early, Duration::from_millis(200));
    assert_eq!(early.checked_duration_since(late), None);
    let (early, late) = (Timestamp::from_secs(i64::MIN), Timestamp::from_secs(i64::MAX));
    assert_eq!(late - early, Duration::from_secs(u64::MAX));
}

#[test]
fn system_times_come_back() {
    for at in [
        Timestamp::from_micros(1_499_827_319_559_123),
        Timestamp::from_millis(-1),
        Timestamp::from_secs(0),
    ] {
        assert_eq!(SystemTime::try_from(at).map(Timestamp::from), Ok(at));
    }
    let now = Timestamp::now();
    assert_eq!(now.unit(), TimeUnit::Millisecond);
    assert!(Timestamp::from(SystemTime::now()) - now < Duration::from_secs(60));
}

#[cfg(feature = "chrono")]
#[test]
fn chrono_times_come_back() {
    use chrono::{DateTime, Utc};

    for (at, text) in [
        (
            Timestamp::from_millis(1_499_827_319_559),
            "2017-07-12T02:41:59.559Z",
        ),
        (Timestamp::from_micros(-1), "1969-12-31T23:59:59.999999Z"),
    ] {
        let time = DateTime::<Utc>::try_from(at).unwrap();
        assert_eq!(time, text.parse::<DateTime<Utc>>().unwrap());
        assert_eq!(Timestamp::from(time), at);
    }
    let error = DateTime::<Utc>::try_from(Timestamp::from_secs(i64::MAX)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "9223372036854775807s since 1970 is out of range"
    );
}

#[cfg(feature = "jiff")]
#[test]
fn jiff_times_come_back() {
    for (at, text) in [
        (
            Timestamp::from_millis(1_499_827_319_559),
            "2017-07-12T02:41:59.559Z",
        ),
        (Timestamp::from_micros(-1), "1969-12-31T23:59:59.999999Z"),
    ] {
        let time = jiff::Timestamp::try_from(at).unwrap();
        assert_eq!(time.to_string(), text);
        assert_eq!(Timestamp::from(time), at);
    }
    assert!(jiff::Timestamp::try_from(Timestamp::from_secs(i64::MAX)).is_err());
}
