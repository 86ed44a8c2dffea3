//! Everyone else: trades against the bot's orders, and rests orders of its own.

use std::sync::Arc;
use std::time::Duration;

use binance_wire_sandbox::{Exchange, OrderSide};
use tokio::time::sleep;

use crate::plan::about;
use crate::{MARKET, SYMBOLS};

/// The middle of each symbol's prices and how far they go from it, with the number of fraction digits between.
const PRICES: [(i64, usize, i64); SYMBOLS.len()] = [(5_200_000, 2, 500), (300_000, 2, 300), (1_500, 6, 30)];
/// The least and the most quantity, with the number of fraction digits.
const QUANTITIES: [(i64, i64, usize); SYMBOLS.len()] = [(100, 5_000, 5), (100, 5_000, 4), (100, 5_000, 2)];

/// How many orders of a symbol rest before some are canceled.
const RESTING: usize = 20;

pub(crate) struct Crowd {
    exchange: Arc<Exchange>,
    rng: fastrand::Rng,
    resting: [Vec<u64>; SYMBOLS.len()],
    /// How many of the symbols are traded.
    symbols: usize,
}

impl Crowd {
    pub(crate) fn new(exchange: &Arc<Exchange>, rng: fastrand::Rng, symbols: usize) -> Self {
        Self {
            exchange: Arc::clone(exchange),
            rng,
            resting: Default::default(),
            symbols: symbols.clamp(1, SYMBOLS.len()),
        }
    }

    /// Acts for ever.
    pub(crate) async fn trade(&mut self, mean: Duration) {
        loop {
            sleep(about(&mut self.rng, mean)).await;
            self.exchange.expire_listen_keys();
            // Most of it happens on the symbol that the bot trades most.
            let symbol = match self.rng.u8(0..4) {
                0 => self.rng.usize(0..self.symbols),
                _ => 0,
            };
            self.act(symbol);
        }
    }

    /// Changes every book once more, which shows readers whether they have missed something.
    pub(crate) fn nudge(&mut self) {
        for symbol in 0..SYMBOLS.len() {
            self.rest(symbol);
        }
    }

    fn act(&mut self, symbol: usize) {
        match self.rng.u8(0..4) {
            0 if self.resting[symbol].len() > RESTING => {
                let at = self.rng.usize(0..self.resting[symbol].len());
                let order = self.resting[symbol].swap_remove(at);
                self.exchange.cancel(MARKET, SYMBOLS[symbol], order);
            }
            0 | 1 => self.rest(symbol),
            _ => drop(self.place(symbol, true)),
        }
    }

    fn rest(&mut self, symbol: usize) {
        let order = self.place(symbol, false);
        self.resting[symbol].extend(order);
    }

    fn place(&mut self, symbol: usize, immediate_or_cancel: bool) -> Option<u64> {
        let side = match self.rng.bool() {
            true => OrderSide::Buy,
            false => OrderSide::Sell,
        };
        let (middle, scale, spread) = PRICES[symbol];
        let price = decimal(middle + self.rng.i64(-spread..=spread), scale);
        let (least, most, scale) = QUANTITIES[symbol];
        let quantity = decimal(self.rng.i64(least..most), scale);
        let symbol = SYMBOLS[symbol];
        self.exchange
            .place_limit(MARKET, symbol, side, &price, &quantity, immediate_or_cancel)
    }
}

/// `units` of the last of so many fraction digits, as text.
fn decimal(units: i64, fraction_digits: usize) -> String {
    let digits = format!("{units:0width$}", width = fraction_digits + 1);
    let (whole, fraction) = digits.split_at(digits.len() - fraction_digits);
    format!("{whole}.{fraction}")
}
