//! Times as text.

use binance_wire_core::Timestamp;
use binance_wire_core::calendar::{civil_from_days, days_from_civil};
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
