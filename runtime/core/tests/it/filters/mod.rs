//! Filters: rounding, and what passes, fails or is not checked.

mod prices;
mod properties;
mod values;

use binance_wire_core::filters::{FilterContext, FilterError, Market, OrderFilters, OrderValues, Round};
use binance_wire_core::{Decimal, RawJson, Timestamp, dec};

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
