//! Markets of futures in the hands of whoever runs the exchange.

use binance_wire_sandbox_engine::Fixed;

use super::{contracts, dispatch};
use crate::exchange::Exchange;

impl Exchange {
    /// Moves the market of a USDⓈ-M or COIN-M contract to a price, with an index price at it and the exchange's own offers
    /// around it: orders and triggers that they meet are carried out, and positions whose margin it takes are liquidated.
    /// Whether the contract is listed and the price one of more than zero.
    pub fn move_futures(&self, symbol: &str, price: &str) -> bool {
        self.with_contract(symbol, price, |venue, contract, price| {
            let inverse = venue.is_coin();
            let quantity = contracts::offered(&venue.futures.listings()[contract].contract, inverse);
            venue.futures.quote(contract, price, contracts::LEVELS, quantity);
        })
    }

    /// Sets the index price of a contract and leaves its book alone; the mark price is the median of both and stays between
    /// the best prices. Whether the contract is listed and the price one of more than zero.
    pub fn set_futures_index(&self, symbol: &str, price: &str) -> bool {
        self.with_contract(symbol, price, |venue, contract, price| {
            venue.futures.set_index(contract, price)
        })
    }

    /// Takes the exchange's own offers out of the book of a contract, so that clients have it for themselves; whether the
    /// contract is listed.
    pub fn withdraw_futures_offers(&self, symbol: &str) -> bool {
        self.with_contract(symbol, "1", |venue, contract, _| {
            let index = venue.futures.listings()[contract].index;
            venue.futures.quote(contract, index, 0, Fixed::ZERO);
        })
    }

    fn with_contract(
        &self,
        symbol: &str,
        price: &str,
        change: impl FnOnce(&mut super::Venue, usize, Fixed),
    ) -> bool {
        let price = Fixed::parse(price).ok().filter(|price| *price > Fixed::ZERO);
        let mut state = self.shared.lock();
        let now_us = state.clock.now_us();
        let found = state.futures.venues.iter_mut().find_map(|venue| {
            let contract = venue.futures.find(symbol)?;
            Some((venue, contract))
        });
        let (Some((venue, contract)), Some(price)) = (found, price) else {
            return false;
        };
        venue.futures.advance(now_us);
        change(venue, contract, price);
        dispatch(&mut state);
        true
    }
}
