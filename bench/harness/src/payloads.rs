//! Payloads of Binance Spot as the exchange prints them, the same bytes in every run.
//!
//! Prices have a tick of 0.01 and eight printed decimals, as BTCUSDT has; quantities are mostly small.

use std::fmt::Write as _;

/// One hundred-millionth is the unit of prices and quantities here.
const UNIT: i64 = 100_000_000;

/// A level of a book: price and quantity in units of 10⁻⁸.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Price.
    pub price: i64,
    /// Quantity.
    pub quantity: i64,
}

/// Where the numbers come from: xorshift64*, which needs no library and no seed from outside.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % limit
    }

    fn quantity(&mut self) -> i64 {
        // Four orders of magnitude, in lots of 0.00001.
        let lots = 10_u64.pow(1 + self.below(5) as u32);
        (1 + self.below(lots) as i64) * 1000
    }
}

/// The text of a number of units of 10⁻⁸.
pub fn decimal(units: i64) -> String {
    format!("{}.{:08}", units / UNIT, units % UNIT)
}

/// `count` levels of one side, from the best on.
pub fn side(seed: u64, count: usize, bids: bool) -> Vec<Level> {
    let mut numbers = Numbers(seed);
    let mut price = 60_123 * UNIT + if bids { 0 } else { UNIT / 100 };
    (0..count)
        .map(|_| {
            let level = Level {
                price,
                quantity: numbers.quantity(),
            };
            let step = (1 + numbers.below(40) as i64) * (UNIT / 100);
            price += if bids { -step } else { step };
            level
        })
        .collect()
}

fn levels(side: &[Level]) -> String {
    let mut text = String::from("[");
    for (index, level) in side.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{comma}[\"{}\",\"{}\"]",
            decimal(level.price),
            decimal(level.quantity)
        );
    }
    text.push(']');
    text
}

/// The answer to `GET /api/v3/depth`.
pub fn order_book(bids: &[Level], asks: &[Level]) -> String {
    format!(
        r#"{{"lastUpdateId":71234567890,"bids":{},"asks":{}}}"#,
        levels(bids),
        levels(asks)
    )
}

/// A frame of a combined stream.
pub fn combined(stream: &str, data: &str) -> String {
    format!(r#"{{"stream":"{stream}","data":{data}}}"#)
}

/// The event of `<symbol>@aggTrade`.
pub fn agg_trade() -> String {
    r#"{"e":"aggTrade","E":1767273411043,"s":"BTCUSDT","a":3887512904,"p":"60123.45000000","q":"0.01518000","f":5764231877,"l":5764231880,"T":1767273411042,"m":true,"M":true}"#.to_owned()
}

/// The event of `<symbol>@bookTicker`.
pub fn book_ticker() -> String {
    r#"{"u":72519047331,"s":"BTCUSDT","b":"60123.45000000","B":"1.20431000","a":"60123.46000000","A":"0.08214000"}"#
        .to_owned()
}

/// The event of `<symbol>@depth` with `count` levels, half of them bids; every fourth level is removed.
pub fn depth_update(count: usize) -> String {
    let change = |mut side: Vec<Level>| {
        side.iter_mut().step_by(4).for_each(|level| level.quantity = 0);
        levels(&side)
    };
    format!(
        r#"{{"e":"depthUpdate","E":1767273411100,"s":"BTCUSDT","U":71234567801,"u":71234567890,"b":{},"a":{}}}"#,
        change(side(11, count / 2, true)),
        change(side(12, count - count / 2, false)),
    )
}

/// A filled limit order, as the WebSocket API sends it to a subscription of user data.
pub fn execution_report() -> String {
    let event = [
        r#"{"e":"executionReport","E":1767273411043,"s":"BTCUSDT","c":"x-4f1c5d2a90b37e61","S":"BUY","o":"LIMIT","#,
        r#""f":"GTC","q":"0.01518000","p":"60123.45000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"TRADE","#,
        r#""X":"FILLED","r":"NONE","i":50412345678,"l":"0.01518000","z":"0.01518000","L":"60123.45000000","#,
        r#""n":"0.00000912","N":"BNB","T":1767273411042,"t":5764231877,"v":3,"I":104987654321,"w":false,"m":true,"#,
        r#""M":true,"O":1767273410511,"Z":"912.67397100","Y":"912.67397100","Q":"0.00000000","W":1767273410511,"#,
        r#""V":"EXPIRE_MAKER"}"#,
    ]
    .concat();
    format!(r#"{{"subscriptionId":0,"event":{event}}}"#)
}

/// The answer to `POST /api/v3/order` in its longest form, with so many fills.
pub fn new_order_full(fills: i64) -> String {
    let mut numbers = Numbers(21);
    let fills: Vec<String> = (0..fills)
        .map(|index| {
            format!(
                r#"{{"price":"{}","qty":"{}","commission":"{}","commissionAsset":"BNB","tradeId":{}}}"#,
                decimal(60_123 * UNIT + index * UNIT / 100),
                decimal(numbers.quantity()),
                decimal(numbers.below(UNIT as u64 / 1000) as i64),
                5_764_231_877 + index
            )
        })
        .collect();
    let order = [
        r#"{"symbol":"BTCUSDT","orderId":50412345678,"orderListId":-1,"clientOrderId":"x-4f1c5d2a90b37e61","#,
        r#""transactTime":1767273411042,"price":"60123.50000000","origQty":"0.84210000","executedQty":"0.84210000","#,
        r#""origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"50629.99935000","status":"FILLED","#,
        r#""timeInForce":"GTC","type":"LIMIT","side":"BUY","workingTime":1767273411042,"fills":["#,
    ]
    .concat();
    format!(
        r#"{order}{}],"selfTradePreventionMode":"EXPIRE_MAKER"}}"#,
        fills.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_has_the_levels_that_were_asked_for() {
        let (bids, asks) = (side(1, 3, true), side(2, 2, false));
        assert!(bids.windows(2).all(|pair| pair[0].price > pair[1].price));
        assert!(asks.windows(2).all(|pair| pair[0].price < pair[1].price));
        assert_eq!(order_book(&bids, &asks).matches("],[").count(), 3);
        assert_eq!(side(1, 3, true), bids);
    }

    #[test]
    fn decimals_have_eight_places() {
        assert_eq!(decimal(6_012_345_000_000), "60123.45000000");
        assert_eq!(decimal(1_000), "0.00001000");
    }
}
