//! Values and counts of orders, filters of some kinds of orders, and what is not known.

use super::*;

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
