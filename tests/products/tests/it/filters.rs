//! Filters of futures and of options, from the symbols that the exchange publishes.

use binance_wire::filters::{FilterContext, OrderFilters, OrderValues, Round};
use binance_wire::{Decimal, dec, options, usds_futures};
use binance_wire_core::json;
use binance_wire_products_tests::samples;
use usds_futures::requests::NewOrder;
use usds_futures::{FuturesOrderType, FuturesTimeInForce, Side};

fn futures() -> OrderFilters {
    let sample = samples::payload("usds-futures", "GET /fapi/v1/exchangeInfo");
    let mut info: usds_futures::models::ExchangeInfo = json::from_str(&sample).expect("a sample");
    let symbol = &mut info.symbols.as_mut().expect("symbols")[0];
    symbol.filters = Some(
        json::from_str(
        r#"[{"filterType":"PRICE_FILTER","minPrice":"261.10","maxPrice":"809484","tickSize":"0.10"},
            {"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"1000","stepSize":"0.001"},
            {"filterType":"MARKET_LOT_SIZE","minQty":"0.001","maxQty":"120","stepSize":"0.001"},
            {"filterType":"MAX_NUM_ORDERS","limit":200},
            {"filterType":"MAX_NUM_ALGO_ORDERS","limit":10},
            {"filterType":"MIN_NOTIONAL","notional":"50"},
            {"filterType":"PERCENT_PRICE","multiplierUp":"1.0500","multiplierDown":"0.9500","multiplierDecimal":"4"},
            {"filterType":"POSITION_RISK_CONTROL","positionControlSide":"NONE"}]"#,
    )
    .expect("filters"),
    );
    symbol.price_precision = Some(2);
    symbol.quantity_precision = Some(3);
    OrderFilters::from(&*symbol)
}

fn order(price: Decimal, quantity: Decimal) -> NewOrder {
    NewOrder::new("BLZUSDT", Side::Buy, FuturesOrderType::Limit)
        .time_in_force(FuturesTimeInForce::Gtc)
        .price(price)
        .quantity(quantity)
}

#[test]
fn an_order_of_futures_fails_with_the_codes_of_futures() {
    let filters = futures();
    let context = FilterContext::new().mark_price(dec!(60000)).open_orders(12);
    let codes = |price, quantity| {
        let report = filters.check(&order(price, quantity), &context);
        assert_eq!(report.not_checked(), []);
        let codes = report
            .failures()
            .iter()
            .map(|failure| failure.code.map(|code| code.0));
        codes.collect::<Option<Vec<_>>>().expect("documented codes")
    };
    assert!(codes(dec!(60000.1), dec!(0.001)).is_empty());
    assert_eq!(codes(dec!(60000.15), dec!(0.001)), [-4014]);
    assert_eq!(codes(dec!(60000.155), dec!(0.001)), [-1111, -4014]);
    assert_eq!(
        codes(dec!(261), dec!(0.0005)),
        [-1111, -4013, -4004, -4023, -4164]
    );
    assert_eq!(codes(dec!(63000.1), dec!(1001)), [-4005, -4016]);
    assert_eq!(filters.price(dec!(60000.17), Round::Up).ok(), Some(dec!(60000.2)));
    assert_eq!(
        filters.market_quantity(dec!(0.0129), Round::Down).ok(),
        Some(dec!(0.012))
    );
    assert!(filters.market_quantity(dec!(121), Round::Down).is_err());

    // Without the mark price, and without the number of open orders, nothing is said of the filters that need them.
    let report = filters.check(&order(dec!(60000), dec!(1)), &FilterContext::new());
    let not_checked: Vec<_> = report.not_checked().iter().map(|item| &*item.filter).collect();
    assert_eq!(not_checked, ["MAX_NUM_ORDERS", "PERCENT_PRICE"]);
    assert_eq!(
        report.passed().collect::<Vec<_>>(),
        ["PRICE_FILTER", "LOT_SIZE", "MIN_NOTIONAL"]
    );
}

/// One filter of the sample has the members of two.
#[test]
fn an_option_has_filters_too() {
    let sample = samples::payload("options", "GET /eapi/v1/exchangeInfo");
    let info: options::models::ExchangeInfo = json::from_str(&sample).expect("a sample");
    let filters = OrderFilters::from(&info.option_symbols.expect("symbols")[0]);
    assert_eq!(filters.price(dec!(1.239), Round::Down).ok(), Some(dec!(1.23)));
    let report = filters.check(
        OrderValues::limit("BUY", dec!(1), dec!(0.01)),
        &FilterContext::new(),
    );
    assert_eq!(
        report.failures()[0].code,
        Some(options::error_codes::PRICE_LESS_THAN_MIN_PRICE)
    );
}

/// A filter that the model cannot hold is kept in the list as it came, and is not passed over.
#[test]
fn a_filter_that_cannot_be_decoded_is_not_checked() {
    let sample = samples::payload("usds-futures", "GET /fapi/v1/exchangeInfo");
    let mut info: usds_futures::models::ExchangeInfo = json::from_str(&sample).expect("a sample");
    let symbol = &mut info.symbols.as_mut().expect("symbols")[0];
    symbol.filters = Some(
        json::from_str(
            r#"[{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"1000","stepSize":{"of":1}},
            {"filterType":"NEW_FILTER","limit":1},
            {"filterType":"PRICE_FILTER","minPrice":"1","maxPrice":"2","tickSize":"1"}]"#,
        )
        .expect("a list"),
    );
    let filters = OrderFilters::from(&*symbol).and(symbol.filters.as_ref().expect("filters"));
    let report = filters.check(&order(dec!(1), dec!(1)), &FilterContext::new());
    let not_checked: Vec<_> = report.not_checked().iter().map(|item| &*item.filter).collect();
    assert_eq!(not_checked, ["LOT_SIZE", "NEW_FILTER", "LOT_SIZE", "NEW_FILTER"]);
    assert!(filters.quantity(dec!(1), Round::Down).is_err());
}
