//! Checking an order against each filter.

use super::context::FilterContext;
use super::grid::{Grid, exact_add, exact_product};
use super::order::OrderValues;
use super::read::{Bound, Counted, Factors, Kind, Range, Rule};
use super::report::{FailureKind, FilterFailure, FilterReport, NotChecked};
use super::{Market, OrderFilters};
use crate::{Decimal, ErrorCode, Text};

/// The result for one filter.
enum Outcome {
    /// The filter does not concern the order.
    Idle,
    Failures(Vec<FilterFailure>),
    /// What is missing.
    Needs(Text),
}

use Outcome::{Failures, Idle, Needs};

/// A filter that a failure is reported of, and what it says.
struct Failing<'a> {
    filters: &'a OrderFilters,
    filter: &'a str,
    parameter: &'static str,
}

pub(super) fn order(filters: &OrderFilters, order: &OrderValues, context: &FilterContext) -> FilterReport {
    let mut report = FilterReport {
        failures: filters.too_precise(order),
        ..FilterReport::default()
    };
    let other = order.symbol.as_ref().filter(|symbol| **symbol != filters.symbol);
    let other = other.map(|symbol| {
        let needs = format!("the filters of {symbol}; these are those of `{}`", filters.symbol);
        Text::from(needs)
    });
    for rule in &filters.rules {
        let outcome = match &other {
            Some(needs) => Needs(needs.clone()),
            None => filters.outcome(rule, order, context),
        };
        match outcome {
            Idle => {}
            Failures(failures) if failures.is_empty() => report.passed.push(rule.name.clone()),
            Failures(failures) => report.failures.extend(failures),
            Needs(needs) => report.not_checked.push(NotChecked::new(&rule.name, needs)),
        }
    }
    // Filters come first: where one of them says it too, its code is the exchange's.
    let failures = filters.not_positive(order).into_iter();
    let new = failures.filter(|failure| {
        let said = report.failures.iter();
        !said
            .map(|other| other.parameter)
            .any(|said| said == failure.parameter)
    });
    let new: Vec<FilterFailure> = new.collect();
    report.failures.extend(new);
    report
}

impl OrderFilters {
    fn outcome(&self, rule: &Rule, order: &OrderValues, context: &FilterContext) -> Outcome {
        if let Kind::NotReadable(why) = &rule.kind {
            return Needs(why.clone());
        }
        if order.amends {
            return self.amendment(rule, order, context);
        }
        let (Some(side), Some(_)) = (order.side.as_deref(), &order.order_type) else {
            return Needs("the side and the type of the order".into());
        };
        let buys = match side {
            "BUY" => true,
            "SELL" => false,
            _ => return Needs("a side that is BUY or SELL".into()),
        };
        match &rule.kind {
            Kind::Price(range) => self.prices(rule, *range, order),
            Kind::LotSize(range) | Kind::MarketLotSize(range)
                if range.max.is_some_and(|most| most.is_zero())
                    && (matches!(rule.kind, Kind::LotSize(_))
                        || order.is_market()
                        || order.becomes_market(self.market == Market::Spot)) =>
            {
                // No source says whether 0 switches the bound off, as it does for a step.
                Needs("what a maxQty of 0 means".into())
            }
            Kind::LotSize(range) => self.quantities(rule, *range, order),
            Kind::MarketLotSize(range) if order.becomes_market(self.market == Market::Spot) => {
                let outside = order
                    .quantity
                    .filter(|quantity| !self.out_of_range(rule, *range, "quantity", *quantity).is_empty());
                match outside {
                    Some(_) => Needs("whether it holds for the market order that this one becomes".into()),
                    None => Idle,
                }
            }
            Kind::MarketLotSize(_) if !order.is_market() => Idle,
            Kind::MarketLotSize(range) => match (order.quantity, order.closes_position) {
                (Some(quantity), _) => Failures(self.out_of_range(rule, *range, "quantity", quantity)),
                (None, true) => Idle,
                (None, false) => Needs("the quantity".into()),
            },
            Kind::PercentPrice { buy, sell, minutes } => {
                let factors = if buys { buy } else { sell };
                self.percent(rule, *factors, buys, order, self.market_price(*minutes, context))
            }
            Kind::Notional { min, max, minutes } => {
                self.notional(rule, *min, *max, order, self.market_price(*minutes, context))
            }
            Kind::IcebergParts(limit) => self.iceberg_parts(rule, *limit, order),
            Kind::Count(counted, limit, name) => self.count(rule, (*counted, *limit, name), order, context),
            Kind::MaxPosition(_) if !buys => Idle,
            Kind::MaxPosition(limit) => {
                let failing = self.failing(rule, "position and quantity");
                match (context.position, order.quantity) {
                    (None, _) => Needs(
                        "the position: what the account has of the base asset, and its open buys".into(),
                    ),
                    (_, None) => Needs("the quantity".into()),
                    (Some(position), Some(quantity)) => match exact_add(position, quantity) {
                        Some(sum) => failing.outcome(failing.above(sum, *limit, "maxPosition")),
                        None => too_long(),
                    },
                }
            }
            Kind::TrailingDelta { above, below } => self.trailing(rule, *above, *below, buys, order),
            Kind::SellBar(_) if buys => Idle,
            Kind::SellBar(end) => match context.time {
                _ if end.is_sign_negative() => Failures(Vec::new()),
                None => Needs("the time".into()),
                Some(now) => {
                    let failing = self.failing(rule, "time");
                    failing.outcome(failing.below(now.as_millis().into(), *end, "endTime"))
                }
            },
            Kind::MaxAsset { limit, asset } => self.max_asset(rule, *limit, asset, order),
            Kind::Idle | Kind::NotReadable(_) => Idle,
        }
    }

    /// An amendment has a new quantity, and nothing else that is known of its order.
    fn amendment(&self, rule: &Rule, order: &OrderValues, context: &FilterContext) -> Outcome {
        match &rule.kind {
            Kind::Count(Counted::Amendments, limit, name) => match context.amendments {
                Some(amendments) => {
                    let failing = self.failing(rule, "amendments");
                    let next = Decimal::from(amendments) + Decimal::ONE;
                    failing.outcome(failing.above(next, *limit, name))
                }
                None => Needs("how often the order has been amended".into()),
            },
            Kind::LotSize(range) => match order.quantity {
                Some(quantity) => Failures(self.out_of_range(rule, *range, "quantity", quantity)),
                None => Needs("the quantity".into()),
            },
            Kind::Idle | Kind::Count(..) => Idle,
            _ => Needs("the order that is amended".into()),
        }
    }

    fn prices(&self, rule: &Rule, range: Range, order: &OrderValues) -> Outcome {
        let prices = [("price", order.price), ("stopPrice", order.stop_price)];
        let mut failures = Vec::new();
        let mut any = false;
        for (parameter, price) in prices {
            if let Some(price) = price {
                any = true;
                failures.extend(self.out_of_range(rule, range, parameter, price));
            }
        }
        match any || !order.chosen_price {
            true if any => Failures(failures),
            true => Idle,
            false => Needs("the price, which the exchange chooses".into()),
        }
    }

    fn quantities(&self, rule: &Rule, range: Range, order: &OrderValues) -> Outcome {
        let Some(quantity) = order.quantity else {
            return match order.closes_position {
                true => Idle,
                false => Needs("the quantity".into()),
            };
        };
        let mut failures = self.out_of_range(rule, range, "quantity", quantity);
        if let Some(iceberg) = order.iceberg_quantity.filter(|part| !part.is_zero()) {
            failures.extend(self.out_of_range(rule, range, "icebergQty", iceberg));
        }
        Failures(failures)
    }

    /// The rules of a range that a value does not keep.
    pub(super) fn out_of_range(
        &self,
        rule: &Rule,
        range: Range,
        parameter: &'static str,
        value: Decimal,
    ) -> Vec<FilterFailure> {
        let names = match rule.kind {
            Kind::Price(_) => ["minPrice", "maxPrice", "tickSize"],
            _ => ["minQty", "maxQty", "stepSize"],
        };
        let failing = self.failing(rule, parameter);
        let grid = range.step.map(|step| Grid {
            step,
            origin: range.origin(self.market),
        });
        let off_grid = grid
            .filter(|grid| !grid.has(value))
            .map(|grid| failing.failure(FailureKind::OffGrid, value, grid.step, names[2], grid.rest(value)));
        [
            range.min.and_then(|min| failing.below(value, min, names[0])),
            range.max.and_then(|max| failing.above(value, max, names[1])),
            off_grid,
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The price that stands for the market, or what is missing.
    fn market_price(&self, minutes: Option<Decimal>, context: &FilterContext) -> Result<Decimal, Text> {
        if self.market != Market::Spot {
            return context.mark_price.ok_or_else(|| "the mark price".into());
        }
        match context.reference_price {
            Some(Some(price)) => Ok(price),
            None => Err("the reference price, or that the symbol has none".into()),
            Some(None) => match minutes {
                Some(minutes) if minutes.is_zero() => {
                    context.last_price.ok_or_else(|| "the last price".into())
                }
                Some(minutes) => context
                    .average_price
                    .ok_or_else(|| format!("the average price of {minutes} minutes").into()),
                None => Err("`avgPriceMins` is missing".into()),
            },
        }
    }

    fn percent(
        &self,
        rule: &Rule,
        factors: Factors,
        buys: bool,
        order: &OrderValues,
        market: Result<Decimal, Text>,
    ) -> Outcome {
        let Some(price) = order.price else {
            return match order.chosen_price {
                true => Needs("the price, which the exchange chooses".into()),
                false => Idle,
            };
        };
        if self.market != Market::Spot && order.is_algo() {
            // Its bounds are multiples of the trigger price, with factors that no filter states.
            return Needs("the bounds around the trigger price of a conditional order".into());
        }
        let market = match market {
            Ok(market) => market,
            Err(needs) => return Needs(needs),
        };
        let (up, down) = (
            exact_product(market, factors.up.0),
            exact_product(market, factors.down.0),
        );
        let (Some(up), Some(down)) = (up, down) else {
            return too_long();
        };
        let failing = self.failing(rule, "price");
        let both = self.market == Market::Spot;
        let above = failing.above(price, up, factors.up.1).filter(|_| both || buys);
        let below = failing
            .below(price, down, factors.down.1)
            .filter(|_| both || !buys);
        Failures(above.into_iter().chain(below).collect())
    }

    fn notional(
        &self,
        rule: &Rule,
        min: Bound,
        max: Option<Bound>,
        order: &OrderValues,
        market: Result<Decimal, Text>,
    ) -> Outcome {
        let exempt = self.market != Market::Spot && (order.only_reduces() || order.closes_position);
        let (min, max) = match order.is_market() {
            true => (
                Some(min).filter(|bound| bound.to_market),
                max.filter(|bound| bound.to_market),
            ),
            false => (Some(min), max),
        };
        if exempt || (min.is_none() && max.is_none()) {
            return Idle;
        }
        let price = match (order.price, order.is_market()) {
            (Some(price), _) => Ok(price),
            (None, true) => market,
            (None, false) => Err("the price at which an order without one counts".into()),
        };
        let value = |failing: &Failing<'_>, value| {
            [
                min.and_then(|min| failing.below(value, min.value, min.name)),
                max.and_then(|max| failing.above(value, max.value, max.name)),
            ]
        };
        match (order.quantity, order.quote_quantity, price) {
            (Some(quantity), _, Ok(price)) => match exact_product(price, quantity) {
                Some(notional) => {
                    let failures = value(&self.failing(rule, "price * quantity"), notional);
                    Failures(failures.into_iter().flatten().collect())
                }
                None => too_long(),
            },
            (Some(_), _, Err(needs)) => Needs(needs),
            // What the exchange buys for it may be worth less, and never more.
            (None, Some(quote), _) => match value(&self.failing(rule, "quoteOrderQty"), quote) {
                [Some(failure), _] => Failures(vec![failure]),
                _ => Needs("the quantity, which the exchange derives from quoteOrderQty".into()),
            },
            (None, None, _) => Needs("the quantity".into()),
        }
    }

    fn iceberg_parts(&self, rule: &Rule, limit: Decimal, order: &OrderValues) -> Outcome {
        if !order.is_iceberg() {
            return Idle;
        }
        let (Some(quantity), Some(iceberg)) = (order.quantity, order.iceberg_quantity) else {
            return Needs("the quantity".into());
        };
        let Some(most) = exact_product(iceberg, limit) else {
            return too_long();
        };
        // Division rounds; one part more than the limit is known.
        let more = limit.floor().checked_add(Decimal::ONE);
        let parts = quantity
            .checked_div(iceberg)
            .and_then(|parts| Some(parts.ceil().max(more?)));
        let failing = self.failing(rule, "parts");
        match (quantity <= most, parts) {
            (true, _) => Failures(Vec::new()),
            (false, Some(parts)) => {
                let by = parts.checked_sub(limit);
                failing.outcome(Some(failing.failure(
                    FailureKind::TooHigh,
                    parts,
                    limit,
                    "limit",
                    by,
                )))
            }
            (false, None) => too_long(),
        }
    }

    fn count(
        &self,
        rule: &Rule,
        (counted, limit, name): (Counted, Decimal, &'static str),
        order: &OrderValues,
        context: &FilterContext,
    ) -> Outcome {
        let (concerned, parameter, count) = match counted {
            Counted::Orders => (true, "open orders", context.open_orders),
            Counted::AlgoOrders => (order.is_algo(), "open algo orders", context.open_algo_orders),
            Counted::IcebergOrders => (
                order.is_iceberg(),
                "open iceberg orders",
                context.open_iceberg_orders,
            ),
            Counted::OrderLists => (order.opens_list, "open order lists", context.open_order_lists),
            Counted::ExchangeOrders => (true, "open orders of all symbols", context.exchange_open_orders),
            Counted::ExchangeAlgoOrders => (
                order.is_algo(),
                "open algo orders of all symbols",
                context.exchange_open_algo_orders,
            ),
            Counted::ExchangeIcebergOrders => (
                order.is_iceberg(),
                "open iceberg orders of all symbols",
                context.exchange_open_iceberg_orders,
            ),
            Counted::ExchangeOrderLists => (
                order.opens_list,
                "open order lists of all symbols",
                context.exchange_open_order_lists,
            ),
            // Of amendments alone.
            Counted::Amendments => (false, "amendments", None),
        };
        match count {
            _ if !concerned => Idle,
            None => Needs(format!("the number of {parameter}").into()),
            Some(count) => {
                let failing = self.failing(rule, parameter);
                failing.outcome(failing.above(Decimal::from(count) + Decimal::ONE, limit, name))
            }
        }
    }

    fn trailing(
        &self,
        rule: &Rule,
        above: (Decimal, Decimal),
        below: (Decimal, Decimal),
        buys: bool,
        order: &OrderValues,
    ) -> Outcome {
        let Some(delta) = order.trailing_delta.map(Decimal::from) else {
            return Idle;
        };
        let stops = match order.order_type.as_deref() {
            Some("STOP_LOSS" | "STOP_LOSS_LIMIT") => true,
            Some("TAKE_PROFIT" | "TAKE_PROFIT_LIMIT") => false,
            _ => return Needs("an order type that may trail".into()),
        };
        let ((min, max), names) = match stops == buys {
            true => (above, ["minTrailingAboveDelta", "maxTrailingAboveDelta"]),
            false => (below, ["minTrailingBelowDelta", "maxTrailingBelowDelta"]),
        };
        let failing = self.failing(rule, "trailingDelta");
        let failures = [
            failing.below(delta, min, names[0]),
            failing.above(delta, max, names[1]),
        ];
        Failures(failures.into_iter().flatten().collect())
    }

    fn max_asset(&self, rule: &Rule, limit: Decimal, asset: &Text, order: &OrderValues) -> Outcome {
        if *asset == self.base_asset {
            let failing = self.failing(rule, "quantity");
            return match order.quantity {
                Some(quantity) => failing.outcome(failing.above(quantity, limit, "limit")),
                None => Needs("the quantity".into()),
            };
        }
        if *asset != self.quote_asset {
            return Idle;
        }
        let (parameter, value) = match (order.quote_quantity, order.price, order.quantity) {
            (Some(quote), ..) => ("quoteOrderQty", Some(quote)),
            (None, Some(price), Some(quantity)) => ("price * quantity", exact_product(price, quantity)),
            _ => return Needs("the value of the order".into()),
        };
        let failing = self.failing(rule, parameter);
        match value {
            Some(value) => failing.outcome(failing.above(value, limit, "limit")),
            None => too_long(),
        }
    }

    /// Futures refuse more decimal places than the symbol has, before any filter.
    fn too_precise(&self, order: &OrderValues) -> Vec<FilterFailure> {
        let places = [
            ("price", order.price, self.price_precision, "pricePrecision"),
            (
                "stopPrice",
                order.stop_price,
                self.price_precision,
                "pricePrecision",
            ),
            (
                "quantity",
                order.quantity,
                self.quantity_precision,
                "quantityPrecision",
            ),
        ];
        let failures = places.into_iter().filter_map(|(parameter, value, most, name)| {
            let (value, most) = (value?.normalize(), most?);
            let more = value.scale().checked_sub(most).filter(|more| *more > 0)?;
            Some(FilterFailure {
                filter: name.into(),
                parameter,
                value,
                rule: "decimal places",
                limit: most.into(),
                by: more.into(),
                kind: FailureKind::TooHigh,
                code: Some(BAD_PRECISION),
                message: None,
            })
        });
        failures.collect()
    }

    /// Prices and quantities of 0 or less. A filter that is off, with bounds of 0, would let them pass.
    fn not_positive(&self, order: &OrderValues) -> Vec<FilterFailure> {
        let values = [
            ("price", order.price),
            ("stopPrice", order.stop_price),
            ("quantity", order.quantity),
            ("quoteOrderQty", order.quote_quantity),
        ];
        let failures = values.into_iter().filter_map(|(parameter, value)| {
            let value = value.filter(|value| *value <= Decimal::ZERO)?;
            let code = match (self.market, parameter) {
                // The text is not in the documented list.
                (Market::Spot, _) => Some(-1013),
                (_, "price") => Some(-4001),
                (Market::Options, "stopPrice") => None,
                (_, "stopPrice") => Some(-4006),
                _ => Some(-4003),
            };
            Some(FilterFailure {
                filter: POSITIVE.into(),
                parameter,
                value: value.normalize(),
                rule: "more than",
                limit: Decimal::ZERO,
                by: value.abs().normalize(),
                kind: FailureKind::TooLow,
                code: code.map(ErrorCode),
                message: None,
            })
        });
        failures.collect()
    }

    fn failing<'a>(&'a self, rule: &'a Rule, parameter: &'static str) -> Failing<'a> {
        Failing {
            filters: self,
            filter: &rule.name,
            parameter,
        }
    }
}

fn too_long() -> Outcome {
    Needs("numbers with fewer digits".into())
}

impl Failing<'_> {
    fn outcome(&self, failure: Option<FilterFailure>) -> Outcome {
        Failures(failure.into_iter().collect())
    }

    fn below(&self, value: Decimal, min: Decimal, rule: &'static str) -> Option<FilterFailure> {
        (value < min).then(|| self.failure(FailureKind::TooLow, value, min, rule, min.checked_sub(value)))
    }

    fn above(&self, value: Decimal, max: Decimal, rule: &'static str) -> Option<FilterFailure> {
        (value > max).then(|| self.failure(FailureKind::TooHigh, value, max, rule, value.checked_sub(max)))
    }

    fn failure(
        &self,
        kind: FailureKind,
        value: Decimal,
        limit: Decimal,
        rule: &'static str,
        by: Option<Decimal>,
    ) -> FilterFailure {
        let (code, message) = refusal(self.filters.market, self.filter, self.parameter, kind);
        FilterFailure {
            filter: self.filter.into(),
            parameter: self.parameter,
            value: value.normalize(),
            rule,
            limit: limit.normalize(),
            // Only of numbers that no order has.
            by: by.unwrap_or(Decimal::MAX).normalize(),
            kind,
            code,
            message,
        }
    }
}

/// What stands for a filter's name where no filter is needed to know that a value is wrong.
const POSITIVE: &str = "positive";

const BAD_PRECISION: ErrorCode = ErrorCode(-1111);

/// How the exchange refuses an order that fails a filter, as far as it documents that.
fn refusal(
    market: Market,
    filter: &str,
    parameter: &str,
    kind: FailureKind,
) -> (Option<ErrorCode>, Option<Text>) {
    use FailureKind::{OffGrid, TooHigh, TooLow};
    if market == Market::Spot {
        let code = match filter {
            // Not in the list of filter failures.
            "T_PLUS_SELL" | "MAX_ASSET" => return (None, None),
            "MAX_NUM_ORDER_AMENDS" => -2038,
            _ => -1013,
        };
        let message = format!("Filter failure: {filter}").into();
        return (Some(ErrorCode(code)), Some(message));
    }
    let futures = market != Market::Options;
    let code = match (filter, parameter, kind) {
        ("PRICE_FILTER", "price", TooLow) => Some(-4013),
        ("PRICE_FILTER", "price", TooHigh) => Some(-4002),
        ("PRICE_FILTER", "stopPrice", TooHigh) if futures => Some(-4007),
        ("PRICE_FILTER", _, OffGrid) if futures => Some(-4014),
        ("LOT_SIZE" | "MARKET_LOT_SIZE", _, TooLow) => Some(-4004),
        ("LOT_SIZE" | "MARKET_LOT_SIZE", _, TooHigh) => Some(-4005),
        ("LOT_SIZE" | "MARKET_LOT_SIZE", _, OffGrid) if futures => Some(-4023),
        ("PERCENT_PRICE", _, TooHigh) if futures => Some(-4016),
        ("PERCENT_PRICE", _, TooLow) if futures => Some(-4024),
        ("MAX_NUM_ORDERS", ..) if futures => Some(-2025),
        ("MAX_NUM_ALGO_ORDERS", ..) if futures => Some(-4045),
        ("MIN_NOTIONAL", ..) if market == Market::UsdsFutures => Some(-4164),
        _ => None,
    };
    (code.map(ErrorCode), None)
}
