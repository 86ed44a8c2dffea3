//! The desk: all of it together.

use std::collections::HashMap;
use std::sync::Arc;

use binance::{Credentials, Environment, requests, rest};
use tokio::sync::Mutex;

use crate::ledger::Ledger;
use crate::market::Best;
use crate::prelude::*;
use crate::{errors, orders};

/// The desk of one symbol.
pub struct Desk {
    client: rest::Client,
    symbol: String,
    waiting: HashMap<Side, requests::NewOrder>,
    /// The ledger, which the user data stream writes.
    pub ledger: Arc<Mutex<Ledger>>,
}

impl Desk {
    /// A desk on the test network.
    pub fn open(symbol: &str, credentials: Credentials) -> Result<Self, Error> {
        let client = rest::Client::builder(Environment::Testnet)
            .credentials(credentials)
            .build()?;
        Ok(Self {
            client,
            symbol: symbol.to_owned(),
            waiting: HashMap::new(),
            ledger: Arc::default(),
        })
    }

    /// Makes quotes around the middle of the book.
    pub fn prepare(&mut self, best: Best, edge: Decimal) {
        let middle = best.middle();
        for (side, price) in [(Side::Buy, middle - edge), (Side::Sell, middle + edge)] {
            let order = orders::quote(&self.symbol, side.clone(), price, dec!(0.01));
            self.waiting.insert(side, order);
        }
    }

    /// Moves a quote that has not been sent yet.
    pub fn shift(&mut self, side: &Side, price: Decimal) {
        if let Some(order) = self.waiting.remove(side) {
            self.waiting.insert(side.clone(), order.price(price)); // uses: price-setter
        }
    }

    /// Sends what waits; gives the ids of what was placed.
    pub async fn send(&mut self) -> Result<Vec<i64>, Error> {
        let mut placed = Vec::new();
        for (_, order) in self.waiting.drain() {
            match self.client.send(&order).await {
                Ok(answer) => placed.push(answer.order_id()),
                Err(error) if errors::next(&error) == errors::Next::Stop => return Err(error),
                Err(error) => println!("{error}"),
            }
        }
        Ok(placed)
    }

    /// Cancels what rests, and tells how much of it was filled.
    pub async fn stop(&self) -> Result<Decimal, Error> {
        let mut filled = dec!(0);
        for order in self.client.open_orders().symbol(&*self.symbol).send().await? {
            if orders::State::from(&order.status) == orders::State::Expired {
                continue;
            }
            self.client
                .cancel_order(&*self.symbol)
                .order_id(order.order_id)
                .send()
                .await?;
            filled += order.executed_qty;
        }
        Ok(filled + self.ledger.lock().await.last_filled().unwrap_or_default())
    }
}
