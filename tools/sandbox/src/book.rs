//! The symbols listed and their order books. House liquidity fills each book from the start, so
//! that a first market order finds a counterparty.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use crate::decimal::Fixed;

/// A symbol, its filters and its two assets.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) symbol: &'static str,
    pub(crate) base: &'static str,
    pub(crate) quote: &'static str,
    pub(crate) mid: Fixed,
    pub(crate) tick: Fixed,
    pub(crate) max_price: Fixed,
    pub(crate) step: Fixed,
    pub(crate) max_quantity: Fixed,
    pub(crate) min_notional: Fixed,
    levels: i128,
}

const fn units(whole: i128, millionths_of_cent: i128) -> Fixed {
    Fixed::from_units(whole * 100_000_000 + millionths_of_cent)
}

/// Everything listed. The last symbol is there because symbols need not be ASCII; its digits are
/// full-width ones.
pub(crate) const LISTINGS: [Listing; 4] = [
    Listing {
        symbol: "BTCUSDT",
        base: "BTC",
        quote: "USDT",
        mid: units(52_000, 0),
        tick: units(0, 1_000_000),
        max_price: units(1_000_000, 0),
        step: units(0, 1_000),
        max_quantity: units(9_000, 0),
        min_notional: units(5, 0),
        levels: 1_200,
    },
    Listing {
        symbol: "ETHUSDT",
        base: "ETH",
        quote: "USDT",
        mid: units(3_000, 0),
        tick: units(0, 1_000_000),
        max_price: units(1_000_000, 0),
        step: units(0, 10_000),
        max_quantity: units(9_000, 0),
        min_notional: units(5, 0),
        levels: 600,
    },
    Listing {
        symbol: "LTCBTC",
        base: "LTC",
        quote: "BTC",
        mid: units(0, 150_000),
        tick: units(0, 100),
        max_price: units(1_000, 0),
        step: units(0, 1_000_000),
        max_quantity: units(100_000, 0),
        min_notional: units(0, 10_000),
        levels: 100,
    },
    Listing {
        symbol: "这是测试币４５６",
        base: "这是测试币",
        quote: "４５６",
        mid: units(1, 0),
        tick: units(0, 10_000),
        max_price: units(1_000, 0),
        step: units(0, 10_000_000),
        max_quantity: units(1_000_000, 0),
        min_notional: units(1, 0),
        levels: 20,
    },
];

/// The listing of a symbol.
pub(crate) fn listing(symbol: &str) -> Option<&'static Listing> {
    LISTINGS.iter().find(|listing| listing.symbol == symbol)
}

impl Listing {
    /// The symbol's entry in `exchangeInfo`.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "symbol": self.symbol,
            "status": "TRADING",
            "baseAsset": self.base,
            "baseAssetPrecision": 8,
            "quoteAsset": self.quote,
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "baseCommissionPrecision": 8,
            "quoteCommissionPrecision": 8,
            "orderTypes": [
                "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT",
                "TAKE_PROFIT_LIMIT"
            ],
            "icebergAllowed": false,
            "ocoAllowed": false,
            "otoAllowed": false,
            "opoAllowed": false,
            "quoteOrderQtyMarketAllowed": true,
            "allowTrailingStop": false,
            "cancelReplaceAllowed": true,
            "amendAllowed": false,
            "pegInstructionsAllowed": false,
            "isSpotTradingAllowed": true,
            "isMarginTradingAllowed": false,
            "filters": [
                {
                    "filterType": "PRICE_FILTER",
                    "minPrice": self.tick.to_string(),
                    "maxPrice": self.max_price.to_string(),
                    "tickSize": self.tick.to_string(),
                },
                {
                    "filterType": "LOT_SIZE",
                    "minQty": self.step.to_string(),
                    "maxQty": self.max_quantity.to_string(),
                    "stepSize": self.step.to_string(),
                },
                {
                    "filterType": "NOTIONAL",
                    "minNotional": self.min_notional.to_string(),
                    "applyMinToMarket": true,
                    "maxNotional": "9000000.00000000",
                    "applyMaxToMarket": false,
                    "avgPriceMins": 5,
                },
            ],
            "permissions": [],
            "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": "NONE",
            "allowedSelfTradePreventionModes": ["NONE"],
        })
    }
}

/// The side of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Buy,
    Sell,
}

impl Side {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        }
    }
}

/// What rests at one price: the house's quantity, which stands in front, and orders by time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    pub(crate) house: Fixed,
    /// Order number and quantity still open.
    pub(crate) orders: VecDeque<(u64, Fixed)>,
}

impl Level {
    pub(crate) fn quantity(&self) -> Fixed {
        self.house + self.orders.iter().map(|(_, open)| *open).sum::<Fixed>()
    }
}

/// One planned execution against the book.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Match {
    pub(crate) price: Fixed,
    pub(crate) quantity: Fixed,
    /// The resting order; none for the house.
    pub(crate) maker: Option<u64>,
}

/// Until where an incoming order takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Appetite {
    Base(Fixed),
    Quote(Fixed),
}

/// Both sides of a symbol's order book.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    bids: BTreeMap<Fixed, Level>,
    asks: BTreeMap<Fixed, Level>,
    pub(crate) last_update_id: i64,
    pub(crate) last_price: Fixed,
}

impl Book {
    pub(crate) fn new(listing: &Listing) -> Book {
        let mut book = Book {
            bids: BTreeMap::new(),
            asks: BTreeMap::new(),
            last_update_id: 1_000_000,
            last_price: listing.mid,
        };
        for distance in 1..=listing.levels {
            let offset = Fixed::from_units(listing.tick.units() * distance);
            // Uneven quantities, so that two levels are rarely mistaken for one another.
            let quantity = |seed: i128| Level {
                house: Fixed::from_units(listing.step.units() * (seed * 7919 % 4999 + 20_000)),
                orders: VecDeque::new(),
            };
            book.bids.insert(listing.mid - offset, quantity(distance));
            book.asks.insert(listing.mid + offset, quantity(distance + 31));
        }
        book
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Fixed, Level> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// The resting levels that an order on `side` meets, best first.
    fn against(&self, side: Side) -> Box<dyn Iterator<Item = (&Fixed, &Level)> + '_> {
        match side {
            Side::Buy => Box::new(self.asks.iter()),
            Side::Sell => Box::new(self.bids.iter().rev()),
        }
    }

    /// What an incoming order would trade against, without touching the book.
    pub(crate) fn plan(
        &self,
        side: Side,
        limit: Option<Fixed>,
        appetite: Appetite,
        step: Fixed,
    ) -> Vec<Match> {
        let mut plan = Vec::new();
        let mut left = appetite;
        for (&price, level) in self.against(side) {
            let beyond = limit.is_some_and(|limit| match side {
                Side::Buy => price > limit,
                Side::Sell => price < limit,
            });
            if beyond {
                break;
            }
            let house = (!level.house.is_zero()).then_some((None, level.house));
            let makers = level.orders.iter().map(|&(order, open)| (Some(order), open));
            for (maker, open) in house.into_iter().chain(makers) {
                let wanted = match left {
                    Appetite::Base(quantity) => quantity,
                    Appetite::Quote(amount) => amount.divided_down_to(price, step),
                };
                let quantity = open.min(wanted);
                if quantity.is_zero() {
                    return plan;
                }
                plan.push(Match {
                    price,
                    quantity,
                    maker,
                });
                left = match left {
                    Appetite::Base(rest) => Appetite::Base(rest - quantity),
                    Appetite::Quote(rest) => Appetite::Quote(rest - quantity.times(price)),
                };
            }
        }
        plan
    }

    /// Takes a planned execution out of the side that rests, given the side that takes.
    pub(crate) fn take(&mut self, taker: Side, execution: &Match) {
        let resting = match taker {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        };
        self.last_price = execution.price;
        match execution.maker {
            Some(order) => self.reduce(resting, execution.price, order, Some(execution.quantity)),
            None => {
                if let Some(level) = self.side_mut(resting).get_mut(&execution.price) {
                    level.house -= execution.quantity;
                }
                self.drop_empty(resting, execution.price);
            }
        }
    }

    /// Puts an order at the end of its level.
    pub(crate) fn rest(&mut self, side: Side, price: Fixed, order: u64, open: Fixed) {
        self.side_mut(side)
            .entry(price)
            .or_default()
            .orders
            .push_back((order, open));
    }

    /// Takes an order out, wholly or by a quantity.
    pub(crate) fn reduce(&mut self, side: Side, price: Fixed, order: u64, by: Option<Fixed>) {
        if let Some(level) = self.side_mut(side).get_mut(&price) {
            for (_, open) in level.orders.iter_mut().filter(|(id, _)| *id == order) {
                *open -= by.unwrap_or(*open);
            }
            level.orders.retain(|(_, open)| *open > Fixed::ZERO);
        }
        self.drop_empty(side, price);
    }

    fn drop_empty(&mut self, side: Side, price: Fixed) {
        let levels = self.side_mut(side);
        if levels.get(&price).is_some_and(|level| level.quantity().is_zero()) {
            levels.remove(&price);
        }
    }

    /// The quantity now at a price; zero where nothing rests.
    pub(crate) fn quantity_at(&self, side: Side, price: Fixed) -> Fixed {
        let levels = match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        };
        levels.get(&price).map_or(Fixed::ZERO, Level::quantity)
    }

    /// The best `limit` levels of a side.
    pub(crate) fn top(&self, side: Side, limit: usize) -> Vec<(Fixed, Fixed)> {
        // What a seller meets are the bids, and the other way round.
        let taker = match side {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        };
        self.against(taker)
            .take(limit)
            .map(|(price, level)| (*price, level.quantity()))
            .collect()
    }

    pub(crate) fn best(&self, side: Side) -> Option<(Fixed, Fixed)> {
        self.top(side, 1).into_iter().next()
    }
}
