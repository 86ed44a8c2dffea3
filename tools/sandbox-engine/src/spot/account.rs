//! Accounts and their balances.

use std::collections::BTreeMap;

use crate::Fixed;

/// Free and locked amount of an asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// What orders may use.
    pub free: Fixed,
    /// What open orders keep.
    pub locked: Fixed,
}

/// An account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Balances by asset.
    pub balances: BTreeMap<String, Balance>,
    /// When a balance last changed, in microseconds.
    pub updated_us: i64,
    /// The trade group: accounts of one count as one for self-trade prevention.
    pub trade_group: Option<u64>,
}

impl Account {
    /// What orders may use of an asset.
    pub fn free(&self, asset: &str) -> Fixed {
        self.balances
            .get(asset)
            .map_or(Fixed::ZERO, |balance| balance.free)
    }

    pub(super) fn balance_mut(&mut self, asset: &str) -> &mut Balance {
        if !self.balances.contains_key(asset) {
            self.balances.insert(asset.to_owned(), Balance::default());
        }
        self.balances.entry(asset.to_owned()).or_default()
    }

    /// Moves an amount from free to locked; from locked to free where it is less than 0.
    pub(super) fn lock(&mut self, asset: &str, amount: Fixed) {
        let balance = self.balance_mut(asset);
        balance.free -= amount;
        balance.locked += amount;
    }
}
