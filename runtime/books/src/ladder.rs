//! The levels of one side, sorted, the best one last.
//!
//! Most changes are near the best price, so that a sorted vector moves little memory, and a search from its end takes
//! few steps. Numbers are kept as integers at one scale for the whole side, 16 bytes a level, as long as they fit; the
//! exchange's own do, since its quantities end where 64 bits do. A side with a number that does not fit
//! keeps decimals.

use binance_wire_core::Decimal;
use binance_wire_core::decimal::to_mantissa;

use crate::{Level, Side};

/// A sorted column of prices and one of quantities. Prices of asks are negated, so that the best is always the last.
#[derive(Clone, Debug, Default)]
struct Columns<N> {
    prices: Vec<N>,
    quantities: Vec<N>,
}

impl<N: Copy + Ord> Columns<N> {
    fn with_capacity(levels: usize) -> Self {
        Self {
            prices: Vec::with_capacity(levels),
            quantities: Vec::with_capacity(levels),
        }
    }

    /// The place of a price: doubling steps from the end, then a binary search.
    fn find(&self, price: N) -> Result<usize, usize> {
        let (mut end, mut step) = (self.prices.len(), 4);
        while end > 0 {
            let start = end.saturating_sub(step);
            if self.prices[start] <= price || start == 0 {
                return match self.prices[start..end].binary_search(&price) {
                    Ok(place) => Ok(start + place),
                    Err(place) => Err(start + place),
                };
            }
            end = start;
            step *= 2;
        }
        Err(0)
    }

    fn set(&mut self, price: N, quantity: Option<N>) {
        match (self.find(price), quantity) {
            (Ok(place), Some(quantity)) => self.quantities[place] = quantity,
            (Ok(place), None) => {
                self.prices.remove(place);
                self.quantities.remove(place);
            }
            (Err(place), Some(quantity)) => {
                self.reserve();
                self.prices.insert(place, price);
                self.quantities.insert(place, quantity);
            }
            (Err(_), None) => {}
        }
    }

    /// Grows by an eighth, not to double: a book stays about as deep as its snapshot.
    fn reserve(&mut self) {
        let len = self.prices.len();
        if len == self.prices.capacity() {
            self.prices.reserve_exact(len / 8 + 8);
            self.quantities.reserve_exact(len / 8 + 8);
        }
    }

    fn drop_worst(&mut self, levels: usize) {
        self.prices.drain(..levels);
        self.quantities.drain(..levels);
    }
}

#[derive(Clone, Debug)]
enum Store {
    /// Mantissas at the scales of the ladder.
    Narrow(Columns<i64>),
    Wide(Columns<Decimal>),
}

/// The levels of one side.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    side: Side,
    store: Store,
    price_scale: u32,
    quantity_scale: u32,
}

impl Ladder {
    pub(crate) fn new(side: Side) -> Self {
        Self::with_capacity(side, 0)
    }

    pub(crate) fn with_capacity(side: Side, levels: usize) -> Self {
        Self {
            side,
            store: Store::Narrow(Columns::with_capacity(levels)),
            price_scale: 0,
            quantity_scale: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.store {
            Store::Narrow(columns) => columns.prices.len(),
            Store::Wide(columns) => columns.prices.len(),
        }
    }

    /// The level at a distance from the best.
    #[inline]
    pub(crate) fn get(&self, from_best: usize) -> Option<Level> {
        let place = self.len().checked_sub(from_best + 1)?;
        let (price, quantity) = match &self.store {
            Store::Narrow(columns) => (
                Decimal::new(columns.prices[place], self.price_scale),
                Decimal::new(columns.quantities[place], self.quantity_scale),
            ),
            Store::Wide(columns) => (columns.prices[place], columns.quantities[place]),
        };
        Some(Level::new(self.signed(price), quantity))
    }

    /// The quantity at a price, zero where there is none.
    pub(crate) fn quantity(&self, price: Decimal) -> Decimal {
        let price = self.signed(price);
        match &self.store {
            Store::Narrow(columns) => mantissa(price, self.price_scale)
                .and_then(|price| columns.find(price).ok())
                .map(|place| Decimal::new(columns.quantities[place], self.quantity_scale)),
            Store::Wide(columns) => columns.find(price).ok().map(|place| columns.quantities[place]),
        }
        .unwrap_or_default()
    }

    /// Whether `price` is worse than `bound`.
    pub(crate) fn is_beyond(&self, price: Decimal, bound: Decimal) -> bool {
        match self.side {
            Side::Bids => price < bound,
            Side::Asks => price > bound,
        }
    }

    /// Sets the quantity at a price; zero removes the level.
    #[inline]
    pub(crate) fn set(&mut self, level: Level) {
        loop {
            let price = self.signed(level.price);
            match &mut self.store {
                Store::Narrow(columns) => {
                    let numbers = (
                        mantissa(price, self.price_scale),
                        mantissa(level.quantity, self.quantity_scale),
                    );
                    if let (Some(price), Some(quantity)) = numbers {
                        return columns.set(price, (quantity != 0).then_some(quantity));
                    }
                }
                Store::Wide(columns) => {
                    return columns.set(price, (!level.quantity.is_zero()).then_some(level.quantity));
                }
            }
            self.make_room(level);
        }
    }

    pub(crate) fn drop_worst(&mut self, levels: usize) {
        match &mut self.store {
            Store::Narrow(columns) => columns.drop_worst(levels),
            Store::Wide(columns) => columns.drop_worst(levels),
        }
    }

    #[inline]
    fn signed(&self, price: Decimal) -> Decimal {
        match self.side {
            Side::Bids => price,
            Side::Asks => -price,
        }
    }

    /// Raises the scales to those of a level, or turns to decimals where that is too much.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, level: Level) {
        let Store::Narrow(columns) = &mut self.store else {
            return;
        };
        let price_scale = self.price_scale.max(level.price.normalize().scale());
        let quantity_scale = self.quantity_scale.max(level.quantity.normalize().scale());
        let scaled = |values: &[i64], from: u32, to: u32| -> Option<Vec<i64>> {
            let factor = 10_i64.checked_pow(to - from)?;
            let mut scaled = Vec::with_capacity(values.len() + 8);
            for value in values {
                scaled.push(value.checked_mul(factor)?);
            }
            Some(scaled)
        };
        // The level itself has to fit too.
        let fits = mantissa(level.price, price_scale).is_some()
            && mantissa(level.quantity, quantity_scale).is_some();
        if let (true, Some(prices), Some(quantities)) = (
            fits,
            scaled(&columns.prices, self.price_scale, price_scale),
            scaled(&columns.quantities, self.quantity_scale, quantity_scale),
        ) {
            *columns = Columns { prices, quantities };
            (self.price_scale, self.quantity_scale) = (price_scale, quantity_scale);
            return;
        }
        let decimals =
            |values: &[i64], scale| values.iter().map(|&value| Decimal::new(value, scale)).collect();
        self.store = Store::Wide(Columns {
            prices: decimals(&columns.prices, self.price_scale),
            quantities: decimals(&columns.quantities, self.quantity_scale),
        });
    }
}

/// The mantissa at a scale, where it has 64 bits.
#[inline]
fn mantissa(value: Decimal, scale: u32) -> Option<i64> {
    if value.scale() == scale {
        return i64::try_from(value.mantissa()).ok();
    }
    let exponent = -i8::try_from(scale).ok()?;
    i64::try_from(to_mantissa(value, exponent)?).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use binance_wire_core::dec;
    use proptest::prelude::*;

    use super::*;

    fn levels(ladder: &Ladder) -> Vec<Level> {
        (0..ladder.len()).filter_map(|place| ladder.get(place)).collect()
    }

    #[test]
    fn the_best_is_first_on_either_side() {
        for (side, expected) in [(Side::Bids, [3, 2, 1]), (Side::Asks, [1, 2, 3])] {
            let mut ladder = Ladder::new(side);
            for price in [2, 3, 1] {
                ladder.set(Level::new(price.into(), dec!(0.5)));
            }
            let prices: Vec<_> = levels(&ladder).iter().map(|level| level.price).collect();
            assert_eq!(prices, expected.map(Decimal::from));
        }
    }

    #[test]
    fn the_exchange_s_largest_quantity_takes_no_decimals() {
        let mut ladder = Ladder::new(Side::Asks);
        ladder.set(Level::new(dec!(0.00001234), dec!(92233720368.54775807)));
        assert!(matches!(ladder.store, Store::Narrow(_)));
        assert_eq!(
            ladder.get(0).unwrap().quantity.to_string(),
            "92233720368.54775807"
        );
        ladder.set(Level::new(dec!(0.00001235), dec!(92233720368.54775808)));
        assert!(matches!(ladder.store, Store::Wide(_)));
        assert_eq!(
            ladder.get(1).unwrap().quantity.to_string(),
            "92233720368.54775808"
        );
    }

    /// Decimals of many sizes, often the same price in another spelling.
    fn decimal() -> impl Strategy<Value = Decimal> {
        prop_oneof![
            8 => (0_i64..40, 0_u32..4).prop_map(|(value, scale)| Decimal::new(value, scale)),
            1 => (any::<i64>(), 0_u32..19).prop_map(|(value, scale)| Decimal::new(value.saturating_abs(), scale)),
            1 => (any::<u32>(), any::<u32>(), any::<u32>(), 0_u32..29)
                .prop_map(|(lo, mid, hi, scale)| Decimal::from_parts(lo, mid, hi, false, scale)),
        ]
    }

    proptest! {
        #[test]
        fn a_ladder_is_a_sorted_map(changes in prop::collection::vec((decimal(), decimal()), 0..200), asks: bool) {
            let mut ladder = Ladder::new(if asks { Side::Asks } else { Side::Bids });
            let mut map = BTreeMap::new();
            for (price, quantity) in changes {
                ladder.set(Level::new(price, quantity));
                match quantity.is_zero() {
                    true => map.remove(&price),
                    false => map.insert(price, quantity),
                };
            }
            let mut expected: Vec<_> = map.into_iter().map(|(price, quantity)| Level::new(price, quantity)).collect();
            if !asks {
                expected.reverse();
            }
            prop_assert_eq!(levels(&ladder), expected);
        }
    }
}
