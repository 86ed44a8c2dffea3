//! Leverage brackets: the larger a position, the less leverage it may have, and the more maintenance margin it needs.
//!
//! Source: <https://www.binance.com/en/support/faq/360033162192>.

use super::math::or_zero;
use crate::Fixed;

/// A bracket of notional, from that of the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// The most leverage.
    pub max_leverage: u32,
    /// Where the bracket ends, in the margin asset.
    pub cap: Fixed,
    /// The share of the notional that is maintenance margin.
    pub maintenance: Fixed,
}

/// The brackets of a contract, from the smallest notional to the largest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brackets {
    brackets: Vec<(Bracket, Fixed)>,
}

impl Brackets {
    /// Brackets in the order of their caps. What is taken off the maintenance margin in each (`cum`) follows from the ones
    /// before it, so that the margin is continuous.
    pub fn new(brackets: impl IntoIterator<Item = Bracket>) -> Brackets {
        let mut all: Vec<(Bracket, Fixed)> = Vec::new();
        for bracket in brackets {
            let cumulative = all.last().map_or(Fixed::ZERO, |(before, cumulative)| {
                *cumulative + before.cap.times(bracket.maintenance - before.maintenance)
            });
            all.push((bracket, cumulative));
        }
        Brackets { brackets: all }
    }

    /// Each bracket with its floor and its `cum`.
    pub fn iter(&self) -> impl Iterator<Item = (Bracket, Fixed, Fixed)> + '_ {
        let floors = std::iter::once(Fixed::ZERO).chain(self.brackets.iter().map(|(bracket, _)| bracket.cap));
        self.brackets
            .iter()
            .zip(floors)
            .map(|((bracket, cumulative), floor)| (*bracket, floor, *cumulative))
    }

    /// The bracket of a notional, and its `cum`. Beyond the last cap it is the last bracket.
    pub fn of(&self, notional: Fixed) -> (Bracket, Fixed) {
        let found = self.brackets.iter().find(|(bracket, _)| notional <= bracket.cap);
        found.or(self.brackets.last()).copied().unwrap_or((
            Bracket {
                max_leverage: 1,
                cap: Fixed::ZERO,
                maintenance: Fixed::ZERO,
            },
            Fixed::ZERO,
        ))
    }

    /// The maintenance margin of a notional.
    pub fn maintenance_margin(&self, notional: Fixed) -> Fixed {
        let (bracket, cumulative) = self.of(notional);
        or_zero(notional.times(bracket.maintenance) - cumulative)
    }

    /// The most leverage of all.
    pub fn max_leverage(&self) -> u32 {
        self.brackets
            .first()
            .map_or(1, |(bracket, _)| bracket.max_leverage)
    }

    /// The most notional that a leverage allows.
    pub fn max_notional(&self, leverage: u32) -> Fixed {
        let allowing = self
            .brackets
            .iter()
            .filter(|(bracket, _)| leverage <= bracket.max_leverage);
        allowing
            .map(|(bracket, _)| bracket.cap)
            .max()
            .unwrap_or(Fixed::ZERO)
    }
}
