//! Filters as values, from the JSON that they are written as.

use super::{Market, OrderFilters};
use crate::{Decimal, DecodeError, Reader, Text};

/// A filter.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) name: Text,
    pub(super) kind: Kind,
}

/// What a filter demands.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Price(Range),
    LotSize(Range),
    MarketLotSize(Range),
    /// Multiples of a price between which a price must lie.
    PercentPrice {
        buy: Factors,
        sell: Factors,
        minutes: Option<Decimal>,
    },
    Notional {
        min: Bound,
        max: Option<Bound>,
        minutes: Option<Decimal>,
    },
    IcebergParts(Decimal),
    /// The most of what is counted, and the member that says it.
    Count(Counted, Decimal, &'static str),
    MaxPosition(Decimal),
    TrailingDelta {
        above: (Decimal, Decimal),
        below: (Decimal, Decimal),
    },
    /// No sale before a time, in milliseconds.
    SellBar(Decimal),
    MaxAsset {
        limit: Decimal,
        asset: Text,
    },
    /// Says nothing.
    Idle,
    /// Not known, or a member is missing.
    NotReadable(Text),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) min: Option<Decimal>,
    pub(super) max: Option<Decimal>,
    pub(super) step: Option<Decimal>,
}

impl Range {
    /// The number from which steps are counted.
    pub(super) fn origin(self, market: Market) -> Decimal {
        match market {
            Market::Spot => Decimal::ZERO,
            _ => self.min.unwrap_or_default(),
        }
    }
}

/// The highest and the lowest multiple; futures bound each side in one direction alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factors {
    pub(super) up: (Decimal, &'static str),
    pub(super) down: (Decimal, &'static str),
}

/// A bound of an order's value, and whether it holds for market orders.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub(super) value: Decimal,
    pub(super) name: &'static str,
    pub(super) to_market: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Counted {
    Orders,
    AlgoOrders,
    IcebergOrders,
    OrderLists,
    ExchangeOrders,
    ExchangeAlgoOrders,
    ExchangeIcebergOrders,
    ExchangeOrderLists,
    Amendments,
}

/// The member of a symbol that lists its filters.
pub(super) const LIST: &str = "filters";

/// The filters of a symbol.
pub(super) fn symbol(market: Market, json: &str) -> OrderFilters {
    let members = members(json).unwrap_or_default();
    let text = |name: &str| members.text(name).unwrap_or_default();
    let precision = |name: &str| match market {
        Market::UsdsFutures | Market::CoinFutures => {
            members.number(name).ok().and_then(|n| n.try_into().ok())
        }
        _ => None,
    };
    // A symbol without a list is one whose filters are not known, not one that has none.
    let rules = match members.raw(LIST).filter(|list| *list != "null") {
        Some(list) => rules(list),
        None => vec![Rule {
            name: LIST.into(),
            kind: Kind::NotReadable("the symbol has no list of them".into()),
        }],
    };
    OrderFilters {
        market,
        symbol: text("symbol"),
        base_asset: text("baseAsset"),
        quote_asset: text("quoteAsset"),
        price_precision: precision("pricePrecision"),
        quantity_precision: precision("quantityPrecision"),
        rules,
    }
}

/// A list of filters.
pub(super) fn rules(json: &str) -> Vec<Rule> {
    let elements = elements(json).into_iter().enumerate();
    elements.map(|(index, json)| rule(index, json)).collect()
}

fn rule(index: usize, json: &str) -> Rule {
    let members = members(json).unwrap_or_default();
    let name = members.text("filterType").filter(|name| !name.is_empty());
    // One without a name is told by its place.
    let name = name.unwrap_or_else(|| format!("{LIST}[{index}]").into());
    let kind = match kind(&name, &members) {
        Ok(kind) => kind,
        Err(why) => Kind::NotReadable(why),
    };
    Rule { name, kind }
}

fn kind(name: &str, members: &Members<'_>) -> Result<Kind, Text> {
    let number = |name: &str| members.number(name);
    let minutes = members.number("avgPriceMins").ok();
    let step = |name: &str| match number(name)? {
        step if step.is_sign_negative() && !step.is_zero() => {
            Err(Text::from(format!("`{name}` is less than 0")))
        }
        step => Ok(on(step)),
    };
    let quantities = || {
        Ok::<_, Text>(Range {
            min: Some(number("minQty")?),
            max: Some(number("maxQty")?),
            step: step("stepSize")?,
        })
    };
    let count = |counted, names: [&'static str; 2]| {
        let found = names.into_iter().find(|name| members.raw(name).is_some());
        let name = found.unwrap_or(names[0]);
        Ok::<_, Text>(Kind::Count(counted, number(name)?, name))
    };
    Ok(match name {
        "PRICE_FILTER" => Kind::Price(Range {
            min: on(number("minPrice")?),
            max: on(number("maxPrice")?),
            step: step("tickSize")?,
        }),
        "LOT_SIZE" => Kind::LotSize(quantities()?),
        "MARKET_LOT_SIZE" => Kind::MarketLotSize(quantities()?),
        "PERCENT_PRICE" => {
            let both = Factors {
                up: (number("multiplierUp")?, "multiplierUp"),
                down: (number("multiplierDown")?, "multiplierDown"),
            };
            Kind::PercentPrice {
                buy: both,
                sell: both,
                minutes,
            }
        }
        "PERCENT_PRICE_BY_SIDE" => Kind::PercentPrice {
            buy: Factors {
                up: (number("bidMultiplierUp")?, "bidMultiplierUp"),
                down: (number("bidMultiplierDown")?, "bidMultiplierDown"),
            },
            sell: Factors {
                up: (number("askMultiplierUp")?, "askMultiplierUp"),
                down: (number("askMultiplierDown")?, "askMultiplierDown"),
            },
            minutes,
        },
        "MIN_NOTIONAL" => {
            // Futures have no flag: their bound holds for market orders too.
            let (name, to_market) = match members.raw("notional") {
                Some(_) => ("notional", true),
                None => ("minNotional", members.truth("applyToMarket")?),
            };
            let min = Bound {
                value: number(name)?,
                name,
                to_market,
            };
            Kind::Notional {
                min,
                max: None,
                minutes,
            }
        }
        "NOTIONAL" => Kind::Notional {
            min: Bound {
                value: number("minNotional")?,
                name: "minNotional",
                to_market: members.truth("applyMinToMarket")?,
            },
            max: Some(Bound {
                value: number("maxNotional")?,
                name: "maxNotional",
                to_market: members.truth("applyMaxToMarket")?,
            }),
            minutes,
        },
        "ICEBERG_PARTS" => Kind::IcebergParts(number("limit")?),
        "MAX_POSITION" => Kind::MaxPosition(number("maxPosition")?),
        "TRAILING_DELTA" => Kind::TrailingDelta {
            above: (number("minTrailingAboveDelta")?, number("maxTrailingAboveDelta")?),
            below: (number("minTrailingBelowDelta")?, number("maxTrailingBelowDelta")?),
        },
        "MAX_NUM_ORDERS" => count(Counted::Orders, ["maxNumOrders", "limit"])?,
        "MAX_NUM_ALGO_ORDERS" => count(Counted::AlgoOrders, ["maxNumAlgoOrders", "limit"])?,
        "MAX_NUM_ICEBERG_ORDERS" => count(Counted::IcebergOrders, ["maxNumIcebergOrders", "limit"])?,
        "MAX_NUM_ORDER_LISTS" => count(Counted::OrderLists, ["maxNumOrderLists", "limit"])?,
        "MAX_NUM_ORDER_AMENDS" => count(Counted::Amendments, ["maxNumOrderAmends", "limit"])?,
        "EXCHANGE_MAX_NUM_ORDERS" => count(Counted::ExchangeOrders, ["maxNumOrders", "limit"])?,
        "EXCHANGE_MAX_NUM_ALGO_ORDERS" => count(Counted::ExchangeAlgoOrders, ["maxNumAlgoOrders", "limit"])?,
        "EXCHANGE_MAX_NUM_ICEBERG_ORDERS" => {
            count(Counted::ExchangeIcebergOrders, ["maxNumIcebergOrders", "limit"])?
        }
        "EXCHANGE_MAX_NUM_ORDER_LISTS" => count(Counted::ExchangeOrderLists, ["maxNumOrderLists", "limit"])?,
        "T_PLUS_SELL" => Kind::SellBar(number("endTime")?),
        "MAX_ASSET" => Kind::MaxAsset {
            limit: number("limit")?,
            asset: members
                .text("asset")
                .ok_or_else(|| Text::from("`asset` is missing"))?,
        },
        "POSITION_RISK_CONTROL" if members.text("positionControlSide").as_deref() == Some("NONE") => {
            Kind::Idle
        }
        _ => return Err("this version does not know the filter".into()),
    })
}

/// A number that switches its rule off where it is 0.
fn on(value: Decimal) -> Option<Decimal> {
    (!value.is_zero()).then_some(value)
}

/// The members of an object as they are written.
#[derive(Default)]
struct Members<'a>(Vec<(Text, &'a str)>);

impl<'a> Members<'a> {
    fn raw(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> Option<Text> {
        Reader::new(self.raw(name)?)
            .read_str()
            .ok()
            .map(|text| (&*text).into())
    }

    /// A number, as a number or as text.
    fn number(&self, name: &str) -> Result<Decimal, Text> {
        let raw = self
            .raw(name)
            .ok_or_else(|| Text::from(format!("`{name}` is missing")))?;
        Decimal::from_str_exact(raw.trim_matches('"')).map_err(|_| {
            Text::from(format!(
                "`{name}` is {raw}, which is no number that can be compared"
            ))
        })
    }

    fn truth(&self, name: &str) -> Result<bool, Text> {
        match self.raw(name).map(|raw| raw.trim_matches('"')) {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(Text::from(format!("`{name}` is missing"))),
        }
    }
}

fn members(json: &str) -> Result<Members<'_>, DecodeError> {
    let mut reader = Reader::new(json);
    let mut members = Vec::new();
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        members.push((key.as_str().into(), reader.raw_value()?));
    }
    Ok(Members(members))
}

/// The elements of an array as they are written. Models print valid JSON; what is not ends the list with an element
/// that is no filter.
fn elements(json: &str) -> Vec<&str> {
    let mut reader = Reader::new(json);
    let mut elements = Vec::new();
    if reader.begin_array().is_err() {
        return vec![json];
    }
    loop {
        match reader.next_element() {
            Ok(false) => return elements,
            Ok(true) => match reader.raw_value() {
                Ok(element) => elements.push(element),
                Err(_) => break,
            },
            Err(_) => break,
        }
    }
    elements.push("");
    elements
}
