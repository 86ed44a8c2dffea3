//! What a book is made of, and amounts of it.

use std::fmt;

use binance_wire_core::{Decimal, Timestamp};

/// A price and the quantity offered at it.
///
/// The unit of the quantity is the product's: the base asset on Spot and USDⓈ-M, contracts on COIN-M and options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Level {
    /// The price.
    pub price: Decimal,
    /// The quantity.
    pub quantity: Decimal,
}

impl Level {
    /// A level.
    pub const fn new(price: Decimal, quantity: Decimal) -> Self {
        Self { price, quantity }
    }
}

/// A side of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Offers to buy, the highest price first. Who sells takes from these.
    Bids,
    /// Offers to sell, the lowest price first. Who buys takes from these.
    Asks,
}

/// How much is to be traded, for [`Book::fill`](crate::Book::fill).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amount {
    /// A quantity, in the unit of the levels.
    Quantity(Decimal),
    /// A sum of price × quantity: the quote asset on Spot and USDⓈ-M.
    Quote(Decimal),
}

/// The result of taking an amount from one side of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fill {
    /// The quantity taken.
    pub quantity: Decimal,
    /// The sum of price × quantity taken.
    pub quote: Decimal,
    /// What the known levels do not offer, in the unit of the amount asked for; zero where all of it is there.
    pub unfilled: Decimal,
    /// The price of the last level taken from; `None` where nothing was taken.
    pub worst_price: Option<Decimal>,
    /// The number of levels taken from.
    pub levels: usize,
}

impl Fill {
    /// The average price, rounded to the 28 digits of a [`Decimal`]; `None` where nothing was taken.
    pub fn average_price(&self) -> Option<Decimal> {
        self.quote.checked_div(self.quantity)
    }

    /// Returns `true` where the known levels offer the whole amount.
    pub fn is_complete(&self) -> bool {
        self.unfilled.is_zero()
    }
}

/// What one side offers down to a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Volume {
    /// The quantity.
    pub quantity: Decimal,
    /// The sum of price × quantity.
    pub quote: Decimal,
    /// The number of levels.
    pub levels: usize,
    /// Returns `true` where every level up to the price is known; otherwise there may be more.
    pub complete: bool,
}

/// The best of both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Top {
    /// The best bid; `None` where nobody offers to buy.
    pub bid: Option<Level>,
    /// The best ask; `None` where nobody offers to sell.
    pub ask: Option<Level>,
    /// The last update that the book contains.
    pub update_id: i64,
    /// The time of that update, where the exchange states it.
    pub time: Option<Timestamp>,
}

/// An amount needs more digits than a [`Decimal`] has (96 bits, 28 of them behind the point), and would have had to be
/// rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotExact;

impl fmt::Display for NotExact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the amount needs more digits than a decimal has")
    }
}

impl std::error::Error for NotExact {}

/// The mantissa at a scale as a decimal, without the zeros at the end that do not fit.
fn exact(mut mantissa: i128, mut scale: u32) -> Result<Decimal, NotExact> {
    loop {
        if let Ok(value) = Decimal::try_from_i128_with_scale(mantissa, scale) {
            return Ok(value);
        }
        if scale == 0 || mantissa % 10 != 0 {
            return Err(NotExact);
        }
        mantissa /= 10;
        scale -= 1;
    }
}

/// The product, where it has room.
pub(crate) fn multiply(a: Decimal, b: Decimal) -> Result<Decimal, NotExact> {
    let product = a.mantissa().checked_mul(b.mantissa()).ok_or(NotExact)?;
    exact(product, a.scale() + b.scale())
}

/// The sum, where it has room.
pub(crate) fn add(a: Decimal, b: Decimal) -> Result<Decimal, NotExact> {
    let scale = a.scale().max(b.scale());
    let at_scale = |value: Decimal| {
        10_i128
            .checked_pow(scale - value.scale())
            .and_then(|factor| value.mantissa().checked_mul(factor))
            .ok_or(NotExact)
    };
    let sum = at_scale(a)?.checked_add(at_scale(b)?).ok_or(NotExact)?;
    exact(sum, scale)
}

#[cfg(test)]
mod tests {
    use binance_wire_core::dec;

    use super::*;

    #[test]
    fn amounts_are_exact_or_refused() {
        assert_eq!(multiply(dec!(0.10), dec!(3.5)).unwrap(), dec!(0.35));
        let huge = dec!(79228162514264337593543950335);
        assert_eq!(multiply(huge, dec!(1.000)).unwrap(), huge);
        assert_eq!(multiply(huge, dec!(1.1)), Err(NotExact));
        assert_eq!(add(huge, dec!(0.00)).unwrap(), huge);
        assert_eq!(add(huge, dec!(0.01)), Err(NotExact));
        assert_eq!(add(dec!(1.5), dec!(-0.25)).unwrap(), dec!(1.25));
        // Decimal's own multiplication would round this one.
        let wide = dec!(12345678901234.56789012345678);
        assert!(wide.checked_mul(dec!(1.00000001)).is_some());
        assert_eq!(multiply(wide, dec!(1.00000001)), Err(NotExact));
    }
}
