//! Values of models and requests: they are compared and hashed, and made in users' tests.

use std::collections::HashSet;
use std::hash::Hash;

use binance_wire::{dec, margin, options, usds_futures};
use binance_wire_core::{Decimal, Timestamp, json};
use binance_wire_products_tests::samples;
use usds_futures::models::{ExchangeInfo, Filter, UserDataEvent};

#[test]
fn equal_values_have_equal_hashes() {
    fn is_hashed<T: Eq + Hash>() {}
    is_hashed::<UserDataEvent>();
    is_hashed::<Filter>();
    is_hashed::<usds_futures::requests::NewOrder>();
    is_hashed::<usds_futures::models::Kline>();
    is_hashed::<margin::models::RiskDataEvent>();
    is_hashed::<options::streams::MarketEvent>();

    let sample = samples::payload("usds-futures", "GET /fapi/v1/exchangeInfo");
    let info: ExchangeInfo = json::from_str(&sample).expect("a sample");
    // Another spelling of its prices, and of nothing else.
    let spelled = sample.replace(r#""tickSize":"0.0001""#, r#""tickSize":"0.00010""#);
    assert_ne!(spelled, sample);
    let again: ExchangeInfo = json::from_str(&spelled).expect("a sample");
    assert_eq!(again, info);
    assert_eq!(HashSet::from([info, again]).len(), 1);

    let seconds = Timestamp::from_secs(1_735_693_200);
    let times = [seconds, Timestamp::from_millis(seconds.as_millis())];
    assert_eq!(HashSet::from(times).len(), 1);
    let decimals: [Decimal; 3] = [dec!(1), dec!(1.0), dec!(1.00)];
    assert_eq!(HashSet::from(decimals).len(), 1);
}

#[test]
fn a_test_makes_a_model_of_a_sample_and_sets_its_fields() {
    let sample = samples::payload("usds-futures", "GET /fapi/v1/exchangeInfo");
    let mut info: ExchangeInfo = json::from_str(&sample).expect("a sample");
    let symbols = info.symbols.as_mut().expect("a list");
    symbols.truncate(1);
    symbols[0].symbol = "TESTUSDT".into();
    let text = json::to_string(&info);
    assert!(text.contains(r#""symbol":"TESTUSDT""#), "{text}");
    assert_eq!(json::from_str::<ExchangeInfo>(&text), Ok(info));
}
