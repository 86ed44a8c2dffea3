//! Properties that hold for any filters and orders.

use proptest::prelude::*;

use super::*;

/// Any decimal, and those at the ends of the range more often than they would come.
fn decimal() -> impl Strategy<Value = Decimal> {
    let any = (any::<i128>(), 0_u32..=28).prop_map(|(mantissa, scale)| {
        Decimal::from_i128_with_scale(mantissa % 79_228_162_514_264_337_593_543_950_336, scale)
    });
    let usual = (-1_000_000_000_i64..1_000_000_000, 0_u32..=9)
        .prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale));
    let ends = prop_oneof![
        Just(Decimal::MAX),
        Just(Decimal::MIN),
        Just(Decimal::ZERO),
        Just(dec!(0.0000000000000000000000000001))
    ];
    prop_oneof![2 => any, 5 => usual, 1 => ends]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// What rounding yields passes the filter, stays where it is when it is rounded again, and lies on the right side,
    /// less than a tick away.
    #[test]
    fn rounding_holds_its_promises(value in decimal(), tick in decimal(), spot in any::<bool>()) {
        let tick = tick.abs();
        let market = if spot { Market::Spot } else { Market::Options };
        let filters = prices(market, dec!(0), dec!(0), tick);
        for round in ROUNDS {
            let Ok(rounded) = filters.price(value, round) else { continue };
            let order = OrderValues::limit("BUY", dec!(1), rounded);
            prop_assert_eq!(filters.check(&order, &none()).is_passed(), rounded > dec!(0), "{}", rounded);
            for again in ROUNDS {
                prop_assert_eq!(filters.price(rounded, again), Ok(rounded));
            }
            match round {
                Round::Down => prop_assert!(rounded <= value),
                Round::Up => prop_assert!(rounded >= value),
                Round::Nearest => {}
            }
            if !tick.is_zero() && let Some(distance) = rounded.checked_sub(value) {
                let most = if round == Round::Nearest { tick / dec!(2) } else { tick };
                // The difference itself may have been rounded, in the last of 28 digits.
                prop_assert!(distance.abs() <= most + Decimal::new(1, 27), "{distance}");
            }
        }
    }

    /// Prices and ticks of the size that the exchange has are always rounded.
    #[test]
    fn usual_numbers_have_a_rounded_form(value in -1_000_000_000_000_i64..1_000_000_000_000, tick in 1_i64..1_000_000, scales in (0_u32..=9, 0_u32..=9)) {
        let (value, tick) = (Decimal::new(value, scales.0), Decimal::new(tick, scales.1));
        let filters = prices(Market::Spot, dec!(0), dec!(0), tick);
        let down = filters.price(value, Round::Down).expect("a multiple");
        let up = filters.price(value, Round::Up).expect("a multiple");
        prop_assert!(down <= value && value <= up && (up == down || up - down == tick));
        prop_assert_eq!(((down / tick).fract(), (up / tick).fract()), (dec!(0), dec!(0)));
        let nearest = filters.price(value, Round::Nearest).expect("a multiple");
        prop_assert_eq!(nearest, if value - down < up - value { down } else { up });
    }

    /// No decimal makes a check panic, whatever the filter says.
    #[test]
    fn checks_take_any_numbers(values in proptest::collection::vec(decimal(), 12), spot in any::<bool>()) {
        let [a, b, c, d, e, f, price, quantity, stop, part, reference, position] = values[..] else { unreachable!() };
        let market = if spot { Market::Spot } else { Market::UsdsFutures };
        let filters = filters(market, &format!(
            r#"{{"filterType":"PRICE_FILTER","minPrice":"{a}","maxPrice":"{b}","tickSize":"{c}"}},
               {{"filterType":"LOT_SIZE","minQty":"{d}","maxQty":"{e}","stepSize":"{f}"}},
               {{"filterType":"MARKET_LOT_SIZE","minQty":"{f}","maxQty":"{e}","stepSize":"{d}"}},
               {{"filterType":"NOTIONAL","minNotional":"{a}","applyMinToMarket":true,"maxNotional":"{b}","applyMaxToMarket":true,"avgPriceMins":0}},
               {{"filterType":"PERCENT_PRICE","multiplierUp":"{c}","multiplierDown":"{d}","avgPriceMins":0}},
               {{"filterType":"ICEBERG_PARTS","limit":"{e}"}},
               {{"filterType":"MAX_NUM_ORDERS","maxNumOrders":"{f}"}},
               {{"filterType":"MAX_POSITION","maxPosition":"{a}"}},
               {{"filterType":"T_PLUS_SELL","endTime":"{b}"}},
               {{"filterType":"MAX_ASSET","asset":"USDT","limit":"{c}"}}"#
        ));
        let context = none()
            .reference_price(Some(reference))
            .mark_price(reference)
            .position(position)
            .open_orders(u64::MAX)
            .time(Timestamp::from_millis(i64::MIN));
        for order in [
            OrderValues::limit("BUY", quantity, price).stop_price(stop).iceberg_quantity(part),
            OrderValues::market("SELL", quantity),
            OrderValues::market_quote("SELL", quantity),
        ] {
            let report = filters.check(&order, &context);
            for failure in report.failures() {
                prop_assert!(failure.by > dec!(0) || failure.filter == "positive", "{failure}");
            }
            for round in ROUNDS {
                let _ = filters.market_quantity(quantity, round);
            }
        }
    }
}

#[test]
fn prices_and_quantities_of_nothing_fail_whatever_the_filters_are() {
    // With bounds of 0, the price filter is off.
    let spot = prices(Market::Spot, dec!(0), dec!(0), dec!(0));
    let failures = |order: &OrderValues| check(&spot, order, none()).1;
    assert_eq!(
        failures(&OrderValues::limit("BUY", dec!(0), dec!(0))),
        [
            "positive: price is 0, more than is 0, and 0 is missing (-1013)",
            "positive: quantity is 0, more than is 0, and 0 is missing (-1013)",
        ]
    );
    assert_eq!(failures(&OrderValues::limit("BUY", dec!(-1), dec!(1))).len(), 1);
    assert!(failures(&OrderValues::limit("BUY", dec!(0.1), dec!(0.1))).is_empty());
    let futures = prices(Market::UsdsFutures, dec!(0), dec!(0), dec!(0));
    let report = futures.check(OrderValues::market("BUY", dec!(0)), &none());
    let codes: Vec<_> = report
        .failures()
        .iter()
        .filter_map(|failure| failure.code)
        .collect();
    assert_eq!(codes, [binance_wire_core::ErrorCode(-4003)]);
}

#[test]
fn a_greatest_quantity_of_nothing_is_not_judged() {
    let filters = filters(
        Market::Spot,
        r#"{"filterType":"MARKET_LOT_SIZE","minQty":"0","maxQty":"0.00000000","stepSize":"0"}"#,
    );
    let market = check(&filters, &OrderValues::market("BUY", dec!(1)), none());
    assert_eq!(
        (market.1.len(), market.2),
        (0, vec!["MARKET_LOT_SIZE".to_owned()])
    );
    let limit = check(&filters, &OrderValues::limit("BUY", dec!(1), dec!(1)), none());
    assert_eq!((limit.1.len(), limit.2.len()), (0, 0));
}
