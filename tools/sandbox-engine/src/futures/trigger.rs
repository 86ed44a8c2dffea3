//! When conditional orders are triggered.

use crate::Fixed;

/// Which price a trigger is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Working {
    /// `MARK_PRICE`.
    Mark,
    /// `CONTRACT_PRICE`: that of the last trade.
    Contract,
}

/// What a conditional order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The price at or above this.
    AtOrAbove(Fixed),
    /// The price at or below this.
    AtOrBelow(Fixed),
    /// The price turns back by a share of its extreme, once it was at the activation price.
    Trailing {
        /// Whether the order sells: it follows the highest price, and a buy the lowest.
        sells: bool,
        /// From which price on the extreme is followed; none of an order that is active from the start.
        activation: Option<Fixed>,
        /// The share, 0.01 for 1 %.
        callback: Fixed,
        /// The extreme since it was activated.
        extreme: Option<Fixed>,
    },
}

impl Trigger {
    /// Takes a price in, and returns whether it triggers the order.
    pub fn observe(&mut self, price: Fixed) -> bool {
        match self {
            Trigger::AtOrAbove(at) => price >= *at,
            Trigger::AtOrBelow(at) => price <= *at,
            Trigger::Trailing {
                sells,
                activation,
                callback,
                extreme,
            } => {
                let sells = *sells;
                let reached = activation.is_none_or(|at| if sells { price >= at } else { price <= at });
                if extreme.is_none() && !reached {
                    return false;
                }
                let further = |one: Fixed, other: Fixed| if sells { one.max(other) } else { one.min(other) };
                let followed = extreme.map_or(price, |extreme| further(extreme, price));
                *extreme = Some(followed);
                match sells {
                    true => price <= followed.times(Fixed::ONE - *callback),
                    false => price >= followed.times(Fixed::ONE + *callback),
                }
            }
        }
    }
}
