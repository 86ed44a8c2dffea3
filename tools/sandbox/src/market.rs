//! A market that moves: prices walk at random by the seed, through orders that two accounts of the sandbox's own place.

use binance_wire_sandbox_engine::Fixed;

use crate::embedded::OrderSide;
use crate::exchange::Exchange;

/// The account that offers, and the one that takes; with two of them nobody trades with themselves.
const OFFERS: u64 = 1_000_001;
const TAKES: u64 = 1_000_002;
/// The most levels that a price moves in a step.
const MAX_LEVELS: usize = 4;

/// Which symbols move, and what chance is drawn from.
#[derive(Debug)]
pub(crate) struct Market {
    /// These alone; all of them where it is empty.
    pub(crate) only: Vec<String>,
    pub(crate) chance: fastrand::Rng,
}

impl Default for Market {
    fn default() -> Market {
        Market {
            only: Vec::new(),
            chance: fastrand::Rng::with_seed(0),
        }
    }
}

impl Exchange {
    /// Moves the price of each symbol by up to four levels of its book, at random by the seed: some levels are taken, and as
    /// many are offered behind them. Trades, depth and tickers follow.
    pub fn move_market(&self) {
        for symbol in self.symbols() {
            let (moves, up, levels) = {
                let market = &mut self.shared.lock().market;
                let moves = market.only.is_empty() || market.only.contains(&symbol);
                (moves, market.chance.bool(), market.chance.usize(1..=MAX_LEVELS))
            };
            if moves {
                self.move_price(&symbol, up, levels);
            }
        }
    }

    /// Takes levels of a side of a book, but the last of them, and offers as much in their place on the other.
    fn move_price(&self, symbol: &str, up: bool, levels: usize) {
        let Some(book) = self.book(symbol, levels) else {
            return;
        };
        let (taken, takes, offers) = match up {
            true => (book.asks, OrderSide::Buy, OrderSide::Buy),
            false => (book.bids, OrderSide::Sell, OrderSide::Sell),
        };
        // The last level of a side stays, so that there is always a price.
        let Some(((last, _), whole)) = taken.split_last() else {
            return;
        };
        for (price, quantity) in whole {
            // Whatever the taker has left of an account goes for less.
            let _ = self.place_limit(TAKES, symbol, takes, price, quantity, true);
            let _ = self.place_limit(OFFERS, symbol, offers, price, quantity, false);
        }
        // A part of what is best now, so that each step has a trade.
        if let Some(part) = taken.last().and_then(|(_, quantity)| tenth(quantity)) {
            let _ = self.place_limit(TAKES, symbol, takes, last, &part, true);
        }
    }
}

/// A tenth of a quantity, in steps as coarse as the quantity's own last digit.
fn tenth(quantity: &str) -> Option<String> {
    let units = Fixed::parse(quantity).ok()?.units();
    let step = (0..)
        .map(|power| 10_i128.pow(power))
        .take_while(|step| units % step == 0)
        .take(30)
        .last()?;
    let part = (units / 10 / step).max(1) * step;
    (part <= units).then(|| Fixed::from_units(part).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_keeps_the_steps_of_a_quantity() {
        let of = |quantity| tenth(quantity);
        assert_eq!(of("0.23458000").as_deref(), Some("0.02345000"));
        assert_eq!(of("5.00000000").as_deref(), Some("1.00000000"));
        assert_eq!(of("0.00001000").as_deref(), Some("0.00001000"));
        assert_eq!(of("0.00000000"), None);
        assert_eq!(of("x"), None);
    }

    fn prices(exchange: &Exchange, symbol: &str) -> (String, String) {
        let book = exchange.book(symbol, 1).expect("a book");
        (book.bids[0].0.clone(), book.asks[0].0.clone())
    }

    #[test]
    fn prices_walk_by_the_seed_and_books_keep_two_sides() {
        let run = |seed| {
            let exchange = Exchange::builder()
                .seed(seed)
                .embed(|| 1_700_000_000_000_000)
                .expect("an exchange");
            let before = prices(&exchange, "BTCUSDT");
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..200 {
                exchange.move_market();
                let (bid, ask) = prices(&exchange, "BTCUSDT");
                let number = |text: &str| text.parse::<f64>().expect("a price");
                assert!(number(&bid) < number(&ask), "{bid} {ask}");
                seen.insert((bid, ask));
            }
            assert!(
                seen.len() > 20 && prices(&exchange, "BTCUSDT") != before,
                "{seen:?}"
            );
            assert!(!exchange.fills(TAKES).is_empty());
            prices(&exchange, "BTCUSDT")
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }
}
