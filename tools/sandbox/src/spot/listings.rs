//! The symbols listed. The house fills each book from the start, so that a first market order finds a counterparty.

use std::collections::BTreeMap;

use binance_wire_sandbox_engine::book::Side;
use binance_wire_sandbox_engine::spot::{OrderType, SELF_TRADE_MODES, Symbol};
use serde_json::{Value, json};

use super::{Engine, Fixed};

/// Names, price and steps of a symbol.
struct Listing {
    symbol: &'static str,
    base: &'static str,
    quote: &'static str,
    mid: Fixed,
    tick: Fixed,
    max_price: Fixed,
    step: Fixed,
    max_quantity: Fixed,
    min_notional: Fixed,
    /// How many levels the house fills on each side.
    levels: i128,
}

const fn units(units: i128) -> Fixed {
    Fixed::from_units(units)
}

const LISTINGS: [Listing; 4] = [
    Listing {
        symbol: "BTCUSDT",
        base: "BTC",
        quote: "USDT",
        mid: Fixed::whole(52_000),
        tick: units(1_000_000),
        max_price: Fixed::whole(1_000_000),
        step: units(1_000),
        max_quantity: Fixed::whole(9_000),
        min_notional: Fixed::whole(5),
        levels: 1_200,
    },
    Listing {
        symbol: "ETHUSDT",
        base: "ETH",
        quote: "USDT",
        mid: Fixed::whole(3_000),
        tick: units(1_000_000),
        max_price: Fixed::whole(1_000_000),
        step: units(10_000),
        max_quantity: Fixed::whole(9_000),
        min_notional: Fixed::whole(5),
        levels: 600,
    },
    Listing {
        symbol: "LTCBTC",
        base: "LTC",
        quote: "BTC",
        mid: units(150_000),
        tick: units(100),
        max_price: Fixed::whole(1_000),
        step: units(1_000_000),
        max_quantity: Fixed::whole(100_000),
        min_notional: units(10_000),
        levels: 100,
    },
    // Symbols need not be ASCII; the digits of this one are full-width ones.
    Listing {
        symbol: "这是测试币４５６",
        base: "这是测试币",
        quote: "４５６",
        mid: Fixed::whole(1),
        tick: units(10_000),
        max_price: Fixed::whole(1_000),
        step: units(10_000_000),
        max_quantity: Fixed::whole(1_000_000),
        min_notional: Fixed::whole(1),
        levels: 20,
    },
];

/// Update id that every book begins with.
const FIRST_UPDATE_ID: i64 = 1_000_000;

/// What an account has of every asset.
const ENDOWMENT: Fixed = Fixed::whole(1_000_000);

/// An exchange with everything listed, its books filled.
pub(crate) fn engine() -> Engine {
    let assets = LISTINGS.iter().flat_map(|listing| [listing.base, listing.quote]);
    let endowment: BTreeMap<String, Fixed> = assets.map(|asset| (asset.to_owned(), ENDOWMENT)).collect();
    let mut engine = Engine::new(LISTINGS.iter().map(Listing::to_symbol).collect(), endowment);
    for listing in &LISTINGS {
        engine.seed(listing.symbol, listing.house(), FIRST_UPDATE_ID);
    }
    engine
}

impl Listing {
    fn to_symbol(&self) -> Symbol {
        Symbol {
            name: self.symbol.to_owned(),
            base: self.base.to_owned(),
            quote: self.quote.to_owned(),
            opening: self.mid,
            tick: self.tick,
            max_price: self.max_price,
            step: self.step,
            max_quantity: self.max_quantity,
            min_notional: self.min_notional,
            max_notional: Fixed::whole(1_000_000_000),
            iceberg_parts: 25,
            trailing_delta: (10, 2000),
            max_orders: 10_000,
            max_algo_orders: 200,
            max_lists: 200,
            max_amends: 10,
        }
    }

    /// The orders of the house.
    fn house(&self) -> impl Iterator<Item = (Side, Fixed, Fixed)> + '_ {
        // Uneven quantities, so that two levels are rarely mistaken for one another.
        let quantity = |seed: i128| units(self.step.units() * (seed * 7919 % 4999 + 20_000));
        (1..=self.levels).flat_map(move |distance| {
            let offset = units(self.tick.units() * distance);
            [
                (Side::Buy, self.mid - offset, quantity(distance)),
                (Side::Sell, self.mid + offset, quantity(distance + 31)),
            ]
        })
    }
}

/// The filters of a symbol.
pub(super) fn filters(symbol: &Symbol) -> Value {
    let lot = |name: &str| {
        json!({
            "filterType": name,
            "minQty": symbol.step.to_string(),
            "maxQty": symbol.max_quantity.to_string(),
            "stepSize": symbol.step.to_string(),
        })
    };
    let (least_delta, most_delta) = symbol.trailing_delta;
    json!([
        {
            "filterType": "PRICE_FILTER",
            "minPrice": symbol.tick.to_string(),
            "maxPrice": symbol.max_price.to_string(),
            "tickSize": symbol.tick.to_string(),
        },
        lot("LOT_SIZE"),
        { "filterType": "ICEBERG_PARTS", "limit": symbol.iceberg_parts },
        lot("MARKET_LOT_SIZE"),
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": least_delta,
            "maxTrailingAboveDelta": most_delta,
            "minTrailingBelowDelta": least_delta,
            "maxTrailingBelowDelta": most_delta,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": symbol.min_notional.to_string(),
            "applyMinToMarket": true,
            "maxNotional": symbol.max_notional.to_string(),
            "applyMaxToMarket": false,
            "avgPriceMins": 0,
        },
        { "filterType": "MAX_NUM_ORDERS", "maxNumOrders": symbol.max_orders },
        { "filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": symbol.max_lists },
        { "filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": symbol.max_algo_orders },
        { "filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": symbol.max_amends },
    ])
}

/// The symbol's entry in `exchangeInfo`.
pub(super) fn symbol_info(symbol: &Symbol, permission_sets: bool) -> Value {
    let mut info = json!({
        "symbol": symbol.name,
        "status": "TRADING",
        "baseAsset": symbol.base,
        "baseAssetPrecision": 8,
        "quoteAsset": symbol.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": OrderType::ALL.map(OrderType::as_str),
        "icebergAllowed": true,
        "ocoAllowed": true,
        "otoAllowed": true,
        "opoAllowed": true,
        "quoteOrderQtyMarketAllowed": true,
        "allowTrailingStop": true,
        "cancelReplaceAllowed": true,
        "amendAllowed": true,
        "pegInstructionsAllowed": true,
        "isSpotTradingAllowed": true,
        "isMarginTradingAllowed": false,
        "filters": filters(symbol),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": SELF_TRADE_MODES.map(|(name, _)| name),
    });
    if let Some(object) = info.as_object_mut().filter(|_| !permission_sets) {
        object.insert("permissionSets".to_owned(), json!([]));
    }
    info
}
