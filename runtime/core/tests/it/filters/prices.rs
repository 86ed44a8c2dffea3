//! Prices, their steps and their bounds.

use super::*;

#[test]
fn prices_are_rounded_in_a_stated_direction() {
    let filters = prices(Market::Spot, dec!(0.01), dec!(1000), dec!(0.01000000));
    let price = |value, round| filters.price(value, round).expect("a price").to_string();
    assert_eq!(price(dec!(1.239), Round::Down), "1.23");
    assert_eq!(price(dec!(1.231), Round::Up), "1.24");
    assert_eq!(price(dec!(1.235), Round::Nearest), "1.24");
    assert_eq!(price(dec!(1.234999), Round::Nearest), "1.23");
    // On the grid already, whatever zeros were written; and nothing is printed that the price does not need.
    for round in ROUNDS {
        assert_eq!(price(dec!(1.2300), round), "1.23");
        assert_eq!(price(dec!(100), round), "100");
    }
    let low = filters.price(dec!(0.004), Round::Down).expect_err("too low");
    assert_eq!(
        low.to_string(),
        "PRICE_FILTER: price is 0, minPrice is 0.01, and 0.01 is missing (-1013: Filter failure: PRICE_FILTER)"
    );
    assert!(filters.price(dec!(1000.001), Round::Up).is_err());
    assert_eq!(filters.price(dec!(0.004), Round::Up), Ok(dec!(0.01)));
}

#[test]
fn a_tick_that_is_no_power_of_ten_is_a_tick() {
    let filters = prices(Market::Spot, dec!(0), dec!(0), dec!(0.25));
    assert_eq!(filters.price(dec!(10.3), Round::Nearest), Ok(dec!(10.25)));
    assert_eq!(filters.price(dec!(10.3), Round::Up), Ok(dec!(10.5)));
    assert_eq!(filters.price(dec!(-10.3), Round::Down), Ok(dec!(-10.5)));
    assert_eq!(filters.price(dec!(-10.375), Round::Nearest), Ok(dec!(-10.25)));
    assert_eq!(filters.price(dec!(-10.38), Round::Nearest), Ok(dec!(-10.5)));
}

#[test]
fn filters_of_another_symbol_are_not_taken_for_those_of_an_order() {
    let filters = prices(Market::Spot, dec!(0), dec!(0), dec!(0.25));
    let order = OrderValues::limit("BUY", dec!(1), dec!(10.25));
    let own = filters.check(order.clone().symbol(filters.symbol()), &FilterContext::new());
    assert!(own.is_passed(), "{own:?}");
    let other = filters.check(order.symbol("OTHER"), &FilterContext::new());
    assert_eq!(other.passed().count(), 0);
    let unchecked = other.into_result().expect("no failure");
    assert!(
        unchecked.iter().all(|one| one.needs.contains("OTHER")),
        "{unchecked:?}"
    );
    assert!(!unchecked.is_empty());
}

/// Selling a long position of hedge mode makes it smaller, whatever else is sent, and small positions can be closed.
#[test]
fn an_order_that_closes_a_side_of_hedge_mode_has_no_smallest_value() {
    let filters = filters(
        Market::UsdsFutures,
        r#"{"filterType":"MIN_NOTIONAL","notional":"100"}"#,
    );
    let market = |side| OrderValues::market(side, dec!(0.001));
    let context = || FilterContext::new().mark_price(dec!(60000));
    assert_eq!(filters.check(market("SELL"), &context()).failures().len(), 1);
    for (side, position, fails) in [
        ("SELL", "LONG", 0),
        ("BUY", "SHORT", 0),
        ("BUY", "LONG", 1),
        ("SELL", "BOTH", 1),
    ] {
        let report = filters.check(market(side).position_side(position), &context());
        assert_eq!(report.failures().len(), fails, "{side} {position}");
    }
}

/// The bounds of a conditional order of futures go by its trigger price.
#[test]
fn the_price_of_a_conditional_order_is_not_compared_with_the_market() {
    let percent = r#"{"filterType":"PERCENT_PRICE","multiplierUp":"1.05","multiplierDown":"0.95","multiplierDecimal":"4"}"#;
    let filters = filters(Market::UsdsFutures, percent);
    let context = FilterContext::new().mark_price(dec!(60000));
    let order = |kind| {
        OrderValues::new("SELL", kind)
            .price(dec!(49900))
            .quantity(dec!(1))
    };
    assert_eq!(filters.check(order("LIMIT"), &context).failures().len(), 1);
    let stop = filters.check(order("STOP").stop_price(dec!(50000)), &context);
    assert_eq!(
        (stop.failures().len(), stop.not_checked().len()),
        (0, 1),
        "{stop:?}"
    );
}

/// A stop that becomes a market order may be too large for one.
#[test]
fn the_size_of_a_coming_market_order_is_not_passed_over() {
    let lot = r#"{"filterType":"MARKET_LOT_SIZE","minQty":"1","maxQty":"120","stepSize":"1"}"#;
    let filters = filters(Market::CoinFutures, lot);
    let order = |quantity| {
        OrderValues::new("SELL", "STOP_MARKET")
            .stop_price(dec!(5))
            .quantity(quantity)
    };
    assert!(filters.check(order(dec!(120)), &FilterContext::new()).is_passed());
    let large = filters.check(order(dec!(500)), &FilterContext::new());
    assert_eq!(large.not_checked().len(), 1, "{large:?}");
}

#[test]
fn zero_switches_a_rule_of_prices_off() {
    let filters = prices(Market::Spot, dec!(0.00000000), dec!(0), dec!(0.000));
    passes(
        &filters,
        &OrderValues::limit("BUY", dec!(1), dec!(0.123456789)),
        none(),
    );
    assert_eq!(
        filters.price(dec!(0.123456789), Round::Down),
        Ok(dec!(0.123456789))
    );
}

/// Spot counts ticks from 0, futures from the lowest price.
#[test]
fn steps_are_counted_from_where_the_market_counts_them() {
    let spot = prices(Market::Spot, dec!(0.05), dec!(100), dec!(0.1));
    let futures = prices(Market::UsdsFutures, dec!(0.05), dec!(100), dec!(0.1));
    assert_eq!(spot.price(dec!(1.17), Round::Down), Ok(dec!(1.1)));
    assert_eq!(futures.price(dec!(1.17), Round::Down), Ok(dec!(1.15)));
    assert_eq!(
        fails(&futures, &OrderValues::limit("BUY", dec!(1), dec!(1.1)), none()),
        "PRICE_FILTER: price is 1.1, tickSize is 0.1, and 0.05 is above the next multiple below (-4014)"
    );
}

#[test]
fn a_market_order_fits_both_lot_sizes() {
    let filters = filters(
        Market::Spot,
        r#"{"filterType":"LOT_SIZE","minQty":"0.1","maxQty":"900","stepSize":"0.04"},
           {"filterType":"MARKET_LOT_SIZE","minQty":"0","maxQty":"20","stepSize":"0.06"}"#,
    );
    assert_eq!(filters.quantity(dec!(0.5), Round::Down), Ok(dec!(0.48)));
    assert_eq!(filters.market_quantity(dec!(0.5), Round::Up), Ok(dec!(0.6)));
    assert_eq!(filters.market_quantity(dec!(0.5), Round::Down), Ok(dec!(0.48)));
    assert!(matches!(
        filters.market_quantity(dec!(24), Round::Down),
        Err(FilterError::Failed(failure)) if failure.filter == "MARKET_LOT_SIZE" && failure.by == dec!(4)
    ));
    assert_eq!(filters.quantity(dec!(24), Round::Down), Ok(dec!(24)));
    // A step of 0 binds nothing.
    let loose = self::filters(
        Market::Spot,
        r#"{"filterType":"LOT_SIZE","minQty":"0.1","maxQty":"900","stepSize":"0.1"},
           {"filterType":"MARKET_LOT_SIZE","minQty":"0.00000000","maxQty":"20","stepSize":"0.00000000"}"#,
    );
    assert_eq!(loose.market_quantity(dec!(0.55), Round::Down), Ok(dec!(0.5)));
    passes(&loose, &OrderValues::market("SELL", dec!(0.5)), none());
    let iceberg = OrderValues::limit("SELL", dec!(1), dec!(1)).iceberg_quantity(dec!(0.05));
    let failures = check(&loose, &iceberg, none()).1;
    assert_eq!(failures.len(), 2);
    assert!(failures[0].starts_with("LOT_SIZE: icebergQty is 0.05, minQty is 0.1"));
}

#[test]
fn percentages_are_of_the_reference_price_where_there_is_one() {
    let filters = filters(
        Market::Spot,
        r#"{"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"1.2","bidMultiplierDown":"0.2",
            "askMultiplierUp":"5","askMultiplierDown":"0.8","avgPriceMins":1}"#,
    );
    let buy = OrderValues::limit("BUY", dec!(1), dec!(125));
    let sell = OrderValues::limit("SELL", dec!(1), dec!(125));
    let at = |price| none().reference_price(Some(price)).average_price(dec!(1));
    assert_eq!(
        fails(&filters, &buy, at(dec!(100))),
        "PERCENT_PRICE_BY_SIDE: price is 125, bidMultiplierUp is 120, and 5 is too much (-1013: Filter failure: PERCENT_PRICE_BY_SIDE)"
    );
    passes(&filters, &sell, at(dec!(100)));
    fails(&filters, &sell, at(dec!(200)));
    // The average counts once it is known that there is no reference price, and not before.
    assert_eq!(
        not_checked(&filters, &buy, none().average_price(dec!(110))),
        "PERCENT_PRICE_BY_SIDE was not checked: the reference price, or that the symbol has none"
    );
    passes(
        &filters,
        &buy,
        none().reference_price(None).average_price(dec!(110)),
    );
    not_checked(&filters, &buy, none().reference_price(None).last_price(dec!(110)));
    concerns_nothing(&filters, &OrderValues::market("BUY", dec!(1)));
}

#[test]
fn an_average_over_no_minutes_is_the_last_price() {
    let filters = filters(
        Market::Spot,
        r#"{"filterType":"PERCENT_PRICE","multiplierUp":"1.3000","multiplierDown":"0.7000","avgPriceMins":0}"#,
    );
    let order = OrderValues::limit("SELL", dec!(1), dec!(130));
    passes(
        &filters,
        &order,
        none().reference_price(None).last_price(dec!(100)),
    );
    fails(
        &filters,
        &order,
        none().reference_price(None).last_price(dec!(99.99)),
    );
    not_checked(
        &filters,
        &order,
        none().reference_price(None).average_price(dec!(100)),
    );
}

#[test]
fn futures_bound_each_side_in_one_direction_by_the_mark_price() {
    let filters = filters(
        Market::UsdsFutures,
        r#"{"filterType":"PERCENT_PRICE","multiplierUp":"1.05","multiplierDown":"0.95","multiplierDecimal":"4"}"#,
    );
    let order = |side, price| OrderValues::limit(side, dec!(1), price);
    let mark = none().mark_price(dec!(100));
    passes(&filters, &order("BUY", dec!(1)), mark);
    passes(&filters, &order("SELL", dec!(200)), mark);
    assert!(fails(&filters, &order("BUY", dec!(105.01)), mark).ends_with("0.01 is too much (-4016)"));
    assert!(fails(&filters, &order("SELL", dec!(94.99)), mark).ends_with("0.01 is missing (-4024)"));
    not_checked(&filters, &order("BUY", dec!(1)), none().last_price(dec!(100)));
}
