//! Filters: rounding, and what passes, fails or is not checked.

use binance_wire_core::filters::{FilterContext, FilterError, Market, OrderFilters, OrderValues, Round};
use binance_wire_core::{Decimal, RawJson, Timestamp, dec};
use proptest::prelude::*;

const ROUNDS: [Round; 3] = [Round::Down, Round::Up, Round::Nearest];

fn filters(market: Market, filters: &str) -> OrderFilters {
    let symbol = format!(
        r#"{{"symbol":"BTCUSDT","baseAsset":"BTC","quoteAsset":"USDT","pricePrecision":2,"quantityPrecision":3,"filters":[{filters}]}}"#
    );
    OrderFilters::read(market, &RawJson::new(&symbol).expect("JSON"))
}

fn prices(market: Market, min: Decimal, max: Decimal, tick: Decimal) -> OrderFilters {
    let filter = format!(
        r#"{{"filterType":"PRICE_FILTER","minPrice":"{min}","maxPrice":"{max}","tickSize":"{tick}"}}"#
    );
    filters(market, &filter)
}

/// What a check comes to: names of passed filters, texts of failures, names of what was not checked.
type Summary = (Vec<String>, Vec<String>, Vec<String>);

fn check(filters: &OrderFilters, order: &OrderValues, context: FilterContext) -> Summary {
    let report = filters.check(order, &context);
    assert_eq!(
        report.is_passed(),
        report.failures().is_empty() && report.not_checked().is_empty()
    );
    (
        report.passed().map(str::to_owned).collect(),
        report.failures().iter().map(ToString::to_string).collect(),
        report
            .not_checked()
            .iter()
            .map(|item| item.filter.to_string())
            .collect(),
    )
}

fn passes(filters: &OrderFilters, order: &OrderValues, context: FilterContext) {
    let report = filters.check(order, &context);
    assert!(report.is_passed(), "{report:?}");
    assert!(report.passed().next().is_some(), "nothing was checked");
}

/// The one failure of an order, and nothing that was not checked.
fn fails(filters: &OrderFilters, order: &OrderValues, context: FilterContext) -> String {
    match check(filters, order, context) {
        (_, failures, not_checked) if failures.len() == 1 && not_checked.is_empty() => failures[0].clone(),
        other => panic!("{other:?}"),
    }
}

fn not_checked(filters: &OrderFilters, order: &OrderValues, context: FilterContext) -> String {
    let report = filters.check(order, &context);
    assert_eq!(
        (report.failures(), report.passed().count()),
        (&[][..], 0),
        "{report:?}"
    );
    report.not_checked()[0].to_string()
}

fn concerns_nothing(filters: &OrderFilters, order: &OrderValues) {
    let nothing = (Vec::new(), Vec::new(), Vec::new());
    assert_eq!(check(filters, order, FilterContext::new()), nothing);
}

fn none() -> FilterContext {
    FilterContext::new()
}

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

#[test]
fn values_of_orders() {
    let notional = |to_market: bool| {
        filters(
            Market::Spot,
            &format!(
                r#"{{"filterType":"NOTIONAL","minNotional":"10","applyMinToMarket":{to_market},
                     "maxNotional":"1000","applyMaxToMarket":false,"avgPriceMins":5}}"#
            ),
        )
    };
    let filters = notional(true);
    passes(&filters, &OrderValues::limit("BUY", dec!(2), dec!(5)), none());
    fails(&filters, &OrderValues::limit("BUY", dec!(1.999), dec!(5)), none());
    fails(&filters, &OrderValues::limit("BUY", dec!(200.1), dec!(5)), none());
    let market = OrderValues::market("BUY", dec!(300));
    passes(&filters, &market, none().reference_price(Some(dec!(5))));
    fails(
        &filters,
        &market,
        none().reference_price(None).average_price(dec!(0.01)),
    );
    not_checked(&filters, &market, none());
    concerns_nothing(&notional(false), &market);
    // A lower amount of quote asset cannot become more; a sufficient one may.
    fails(&filters, &OrderValues::market_quote("BUY", dec!(9)), none());
    not_checked(&filters, &OrderValues::market_quote("BUY", dec!(10)), none());
    // It is not documented at which price an order without one counts.
    not_checked(
        &filters,
        &OrderValues::new("SELL", "STOP_LOSS")
            .quantity(dec!(1))
            .stop_price(dec!(50)),
        none(),
    );

    let futures = self::filters(
        Market::UsdsFutures,
        r#"{"filterType":"MIN_NOTIONAL","notional":"5"}"#,
    );
    let small = OrderValues::limit("SELL", dec!(1), dec!(1));
    assert!(fails(&futures, &small, none()).ends_with("(-4164)"));
    concerns_nothing(&futures, &small.reduce_only());
    passes(
        &futures,
        &OrderValues::market("SELL", dec!(1)),
        none().mark_price(dec!(5)),
    );
}

#[test]
fn counts_include_the_order_itself() {
    let one = |name: &str, member: &str| {
        filters(
            Market::Spot,
            &format!(r#"{{"filterType":"{name}","{member}":5}}"#),
        )
    };
    let limit = OrderValues::limit("BUY", dec!(1), dec!(1));
    let stop = OrderValues::new("SELL", "STOP_LOSS_LIMIT");
    let iceberg = limit.clone().iceberg_quantity(dec!(0.1));
    let list = limit.clone().opens_list();
    let plain = [&limit, &iceberg, &stop, &list];
    type Set = fn(FilterContext, u64) -> FilterContext;
    let cases: [(&str, &str, Vec<&OrderValues>, Set); 8] = [
        (
            "MAX_NUM_ORDERS",
            "maxNumOrders",
            plain.to_vec(),
            FilterContext::open_orders,
        ),
        (
            "MAX_NUM_ALGO_ORDERS",
            "maxNumAlgoOrders",
            vec![&stop],
            FilterContext::open_algo_orders,
        ),
        (
            "MAX_NUM_ICEBERG_ORDERS",
            "maxNumIcebergOrders",
            vec![&iceberg],
            FilterContext::open_iceberg_orders,
        ),
        (
            "MAX_NUM_ORDER_LISTS",
            "maxNumOrderLists",
            vec![&list],
            FilterContext::open_order_lists,
        ),
        (
            "EXCHANGE_MAX_NUM_ORDERS",
            "maxNumOrders",
            plain.to_vec(),
            FilterContext::exchange_open_orders,
        ),
        (
            "EXCHANGE_MAX_NUM_ALGO_ORDERS",
            "maxNumAlgoOrders",
            vec![&stop],
            FilterContext::exchange_open_algo_orders,
        ),
        (
            "EXCHANGE_MAX_NUM_ICEBERG_ORDERS",
            "maxNumIcebergOrders",
            vec![&iceberg],
            FilterContext::exchange_open_iceberg_orders,
        ),
        (
            "EXCHANGE_MAX_NUM_ORDER_LISTS",
            "maxNumOrderLists",
            vec![&list],
            FilterContext::exchange_open_order_lists,
        ),
    ];
    for (name, member, concerned, set) in cases {
        let filters = one(name, member);
        for order in plain {
            if !concerned.contains(&order) {
                concerns_nothing(&filters, order);
                continue;
            }
            passes(&filters, order, set(none(), 4));
            let failure = fails(&filters, order, set(none(), 5));
            assert!(
                failure.contains(&format!("{member} is 5, and 1 is too much")),
                "{failure}"
            );
            assert!(not_checked(&filters, order, none()).starts_with(name));
        }
    }
    let futures = filters(
        Market::CoinFutures,
        r#"{"filterType":"MAX_NUM_ALGO_ORDERS","limit":10}"#,
    );
    let trailing = OrderValues::new("SELL", "TRAILING_STOP_MARKET");
    assert!(fails(&futures, &trailing, none().open_algo_orders(10)).ends_with("(-4045)"));
}

#[test]
fn amendments_have_a_filter_of_their_own() {
    let filters = filters(
        Market::Spot,
        r#"{"filterType":"MAX_NUM_ORDER_AMENDS","maxNumOrderAmends":10},
           {"filterType":"LOT_SIZE","minQty":"1","maxQty":"9","stepSize":"1"}"#,
    );
    let order = OrderValues::amendment(dec!(2));
    passes(&filters, &order, none().amendments(9));
    assert!(
        fails(&filters, &order, none().amendments(10))
            .ends_with("(-2038: Filter failure: MAX_NUM_ORDER_AMENDS)")
    );
    assert!(
        fails(&filters, &OrderValues::amendment(dec!(2.5)), none().amendments(1)).starts_with("LOT_SIZE")
    );
    assert_eq!(check(&filters, &order, none()).2, ["MAX_NUM_ORDER_AMENDS"]);
}

#[test]
fn icebergs_positions_trailing_stops_and_bars() {
    let parts = filters(Market::Spot, r#"{"filterType":"ICEBERG_PARTS","limit":10}"#);
    let iceberg = |quantity| OrderValues::limit("BUY", quantity, dec!(1)).iceberg_quantity(dec!(0.1));
    passes(&parts, &iceberg(dec!(1)), none());
    assert!(
        fails(&parts, &iceberg(dec!(1.01)), none()).contains("parts is 11, limit is 10, and 1 is too much")
    );
    concerns_nothing(
        &parts,
        &OrderValues::limit("BUY", dec!(1), dec!(1)).iceberg_quantity(dec!(0)),
    );

    let position = filters(
        Market::Spot,
        r#"{"filterType":"MAX_POSITION","maxPosition":"10.00000000"}"#,
    );
    let buy = OrderValues::market("BUY", dec!(3));
    passes(&position, &buy, none().position(dec!(7)));
    assert!(fails(&position, &buy, none().position(dec!(7.5))).contains("0.5 is too much"));
    not_checked(&position, &buy, none());
    concerns_nothing(&position, &OrderValues::market("SELL", dec!(300)));

    let trailing = filters(
        Market::Spot,
        r#"{"filterType":"TRAILING_DELTA","minTrailingAboveDelta":10,"maxTrailingAboveDelta":20,
            "minTrailingBelowDelta":100,"maxTrailingBelowDelta":200}"#,
    );
    for (side, order_type, passing) in [
        ("BUY", "STOP_LOSS", 15),
        ("SELL", "TAKE_PROFIT_LIMIT", 15),
        ("SELL", "STOP_LOSS_LIMIT", 150),
        ("BUY", "TAKE_PROFIT", 150),
    ] {
        let order = |delta| OrderValues::new(side, order_type).trailing_delta(delta);
        passes(&trailing, &order(passing), none());
        fails(&trailing, &order(165 - passing), none());
        concerns_nothing(&trailing, &OrderValues::new(side, order_type));
    }

    let bar = |end: &str| {
        filters(
            Market::Spot,
            &format!(r#"{{"filterType":"T_PLUS_SELL","endTime":{end}}}"#),
        )
    };
    let sell = OrderValues::market("SELL", dec!(1));
    let at = |millis| none().time(Timestamp::from_millis(millis));
    fails(&bar("1700000000000"), &sell, at(1_699_999_999_999));
    passes(&bar("1700000000000"), &sell, at(1_700_000_000_000));
    passes(&bar("-1"), &sell, none());
    not_checked(&bar("1700000000000"), &sell, none());
    concerns_nothing(&bar("1700000000000"), &OrderValues::market("BUY", dec!(1)));
}

#[test]
fn assets_are_limited_as_base_and_as_quote() {
    let base = filters(
        Market::Spot,
        r#"{"filterType":"MAX_ASSET","asset":"BTC","limit":"42"}"#,
    );
    fails(&base, &OrderValues::limit("BUY", dec!(43), dec!(1)), none());
    passes(&base, &OrderValues::limit("BUY", dec!(42), dec!(100)), none());
    let quote = RawJson::new(r#"{"filterType":"MAX_ASSET","asset":"USDT","limit":"42"}"#).expect("JSON");
    let quote = filters(Market::Spot, "").and(&vec![quote]);
    fails(&quote, &OrderValues::limit("BUY", dec!(0.43), dec!(100)), none());
    passes(&quote, &OrderValues::market_quote("BUY", dec!(42)), none());
    not_checked(&quote, &OrderValues::market("BUY", dec!(1)), none());
    let other = filters(
        Market::Spot,
        r#"{"filterType":"MAX_ASSET","asset":"ETH","limit":"42"}"#,
    );
    concerns_nothing(&other, &OrderValues::limit("BUY", dec!(43), dec!(1)));
}

#[test]
fn a_symbol_without_a_list_has_filters_that_are_not_known() {
    for symbol in [
        r#"{"symbol":"BTCUSDT"}"#,
        r#"{"symbol":"BTCUSDT","filters":null}"#,
    ] {
        let symbol: RawJson = binance_wire_core::json::from_str(symbol).expect("JSON");
        let filters = OrderFilters::read(Market::Spot, &symbol);
        let order = OrderValues::limit("BUY", dec!(1), dec!(1));
        assert_eq!(
            not_checked(&filters, &order, none()),
            "filters was not checked: the symbol has no list of them"
        );
        for rounded in [
            filters.price(dec!(1), Round::Down),
            filters.quantity(dec!(1), Round::Down),
            filters.market_quantity(dec!(1), Round::Down),
        ] {
            assert!(matches!(rounded, Err(FilterError::NotChecked(_))), "{rounded:?}");
        }
    }
}

#[test]
fn what_is_not_known_is_not_passed() {
    for filter in [
        r#"{"filterType":"MOON_PHASE","limit":1}"#,
        r#"{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"9"}"#,
        r#"{"filterType":"LOT_SIZE","minQty":"INF","maxQty":"9","stepSize":"1"}"#,
        r#"{"filterType":"NOTIONAL","minNotional":"1","maxNotional":"2","avgPriceMins":1}"#,
        r#"{"filterType":"POSITION_RISK_CONTROL","positionControlSide":"LONG"}"#,
        r#"{"limit":1}"#,
        "7",
    ] {
        let filters = filters(Market::Spot, filter);
        not_checked(&filters, &OrderValues::limit("BUY", dec!(1), dec!(1)), none());
    }
    let damaged = filters(
        Market::Spot,
        r#"{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"9"}"#,
    );
    assert_eq!(
        damaged
            .price(dec!(1), Round::Down)
            .expect_err("no tick size")
            .to_string(),
        "PRICE_FILTER was not checked: `tickSize` is missing"
    );
    let idle = filters(
        Market::Spot,
        r#"{"filterType":"POSITION_RISK_CONTROL","positionControlSide":"NONE"}"#,
    );
    concerns_nothing(&idle, &OrderValues::limit("BUY", dec!(1), dec!(1)));
    // Not one order.
    let lots = filters(
        Market::Spot,
        r#"{"filterType":"LOT_SIZE","minQty":"1","maxQty":"9","stepSize":"1"}"#,
    );
    not_checked(&lots, &OrderValues::default(), none());
    not_checked(&lots, &OrderValues::market("HOLD", dec!(1)), none());
    not_checked(&lots, &OrderValues::market_quote("BUY", dec!(1)), none());
}

#[test]
fn futures_have_a_precision_too() {
    let filters = prices(Market::UsdsFutures, dec!(0), dec!(0), dec!(0.001));
    let report = filters.check(OrderValues::limit("BUY", dec!(1.0000), dec!(1.001)), &none());
    let failure = &report.failures()[0];
    assert_eq!(
        (failure.code.map(|code| code.0), failure.by),
        (Some(-1111), dec!(1))
    );
    assert_eq!(report.failures().len(), 1);
    passes(
        &filters,
        &OrderValues::limit("BUY", dec!(1.123000), dec!(1.010)),
        none(),
    );
    // Spot has none.
    let spot = prices(Market::Spot, dec!(0), dec!(0), dec!(0.001));
    passes(&spot, &OrderValues::limit("BUY", dec!(1), dec!(1.001)), none());
}

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
