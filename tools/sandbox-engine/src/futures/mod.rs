//! Perpetual futures, USDⓈ-M and COIN-M by one core: positions, margin, leverage, funding, liquidation and conditional orders.
//!
//! [`Futures`] is an exchange without sockets and clocks: calls change it, [`Futures::advance`] moves its time, and what
//! happened is taken with [`Futures::take_events`]. The contracts of the two products differ in [`Contract::value`] alone.
//!
//! # The model
//! - The index price is set from outside ([`Futures::set_index`]). The mark price is the median of the index and the best
//!   prices of the book.
//! - [`HOUSE`] is the exchange itself: it quotes ([`Futures::quote`]) and takes over what is liquidated, without margin and
//!   fees. [`margin`] describes liquidation.
//! - The initial margin of a contract is that of the larger of its position with the buys, and with the sells, that are open.
//!   What an order would lose at once is not reserved.
//! - Orders that only reduce are accepted while there is something to reduce, are filled up to that, and expire with it.
//! - Assets of multi-assets mode count at fixed rates ([`Futures::set_rate`]).
//! - Quotes at a price, RPI orders apart from others, delivery contracts and auto-deleveraging are absent.
//!
//! ```
//! use binance_wire_sandbox_engine::Fixed;
//! use binance_wire_sandbox_engine::futures::{
//!     Bracket, Brackets, Contract, Futures, Kind, NewOrder, PositionSide, Side,
//! };
//!
//! let bracket = Bracket { max_leverage: 20, cap: Fixed::whole(1_000_000), maintenance: Fixed::parse("0.01")? };
//! let contract = Contract {
//!     symbol: "BTCUSDT".to_owned(),
//!     pair: "BTCUSDT".to_owned(),
//!     base: "BTC".to_owned(),
//!     quote: "USDT".to_owned(),
//!     kind: Kind::Linear,
//!     tick: Fixed::ONE,
//!     min_price: Fixed::ONE,
//!     max_price: Fixed::whole(1_000_000),
//!     step: Fixed::parse("0.001")?,
//!     min_quantity: Fixed::parse("0.001")?,
//!     max_quantity: Fixed::whole(1_000),
//!     max_market_quantity: Fixed::whole(100),
//!     min_notional: Fixed::whole(5),
//!     percent_price: (Fixed::parse("1.05")?, Fixed::parse("0.95")?),
//!     max_orders: 200,
//!     max_conditional_orders: 10,
//!     brackets: Brackets::new([bracket]),
//!     maker_fee: Fixed::parse("0.0002")?,
//!     taker_fee: Fixed::parse("0.0005")?,
//!     liquidation_fee: Fixed::parse("0.0125")?,
//!     funding_interval_us: 8 * 3_600_000_000,
//!     interest_rate: Fixed::parse("0.0001")?,
//!     funding_cap: Fixed::parse("0.003")?,
//! };
//! let mut futures = Futures::new();
//! let contract = futures.list(contract, Fixed::whole(52_000));
//! futures.advance(1_700_000_000_000_000);
//! futures.transfer(1, "USDT", Fixed::whole(10_000));
//! futures.quote(contract, Fixed::whole(52_000), 5, Fixed::ONE);
//!
//! let order = NewOrder::limit(contract, Side::Buy, Fixed::ONE, Fixed::whole(52_001));
//! futures.place(1, order).map_err(|reject| reject.message)?;
//! futures.quote(contract, Fixed::whole(52_501), 5, Fixed::ONE);
//! let position = futures.position_view(1, contract, PositionSide::Both);
//! assert_eq!((position.entry_price, position.unrealized), (Fixed::whole(52_001), Fixed::whole(500)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod book;
mod brackets;
mod contract;
mod event;
mod lifecycle;
pub mod margin;
mod matching;
mod math;
mod order;
mod place;
mod position;
mod risk;
mod settings;
mod tape;
mod trigger;
mod view;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub use account::{Account, AccountTrade, Income, IncomeType, MarginChange, MarginType, Settings};
pub use book::Book;
pub use brackets::{Bracket, Brackets};
pub use contract::{Contract, Kind};
pub use event::{
    AccountEvent, AggTrade, BalanceView, Event, Fill, Level, MarketEvent, PositionView, Reason, Trade,
};
pub use lifecycle::{Amendment, Change as OrderChange};
pub use order::{
    Algo, AlgoStatus, Execution, NewOrder, Order, OrderType, PositionSide, Prevention, PriceMatch, Side,
    Status, TimeInForce,
};
pub use position::{Change, Position};
pub use tape::{Candle, Candles, Statistics, Tape, kline_interval};
pub use trigger::{Trigger, Working};
pub use view::{AssetMargin, ContractMargin};

use crate::Fixed;

/// An account.
pub type AccountId = u64;
/// A contract, by its place among those of the exchange.
pub type ContractId = usize;

/// The exchange's own account.
pub const HOUSE: AccountId = 0;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The documented code.
    pub code: i32,
    /// The message.
    pub message: String,
}

impl Reject {
    /// A refusal.
    pub fn new(code: i32, message: impl Into<String>) -> Reject {
        Reject {
            code,
            message: message.into(),
        }
    }
}

/// A funding that took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funding {
    /// When.
    pub time_us: i64,
    /// At what rate.
    pub rate: Fixed,
    /// At what mark price.
    pub mark: Fixed,
}

/// A conditional order that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Order(i64),
    Algo(i64),
}

/// A contract with its market.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The contract.
    pub contract: Contract,
    /// Its book.
    pub book: Book,
    /// Its trades.
    pub tape: Tape,
    /// The index price.
    pub index: Fixed,
    /// The mark price.
    pub mark: Fixed,
    /// Candles of the mark price.
    pub mark_candles: Candles,
    /// Candles of the index price.
    pub index_candles: Candles,
    /// The next funding, in microseconds since the epoch; zero before the clock was set.
    pub next_funding_us: i64,
    /// The latest fundings, the last one last.
    pub fundings: VecDeque<Funding>,
    waiting: Vec<Waiting>,
    last_trade: i64,
    shown_mark: Fixed,
}

impl Listing {
    fn new(contract: Contract, index: Fixed) -> Listing {
        Listing {
            contract,
            book: Book::default(),
            tape: Tape::default(),
            index,
            mark: index,
            mark_candles: Candles::default(),
            index_candles: Candles::default(),
            next_funding_us: 0,
            fundings: VecDeque::new(),
            waiting: Vec::new(),
            last_trade: 0,
            shown_mark: index,
        }
    }

    /// The price of the last trade, or the index before the first.
    pub fn last_price(&self) -> Fixed {
        self.tape.last_price().unwrap_or(self.index)
    }

    /// The funding rate as it is now.
    pub fn funding_rate(&self) -> Fixed {
        let premium = margin::premium(self.mark, self.index);
        margin::funding_rate(premium, self.contract.interest_rate, self.contract.funding_cap)
    }
}

/// The exchange.
#[derive(Clone, Debug)]
pub struct Futures {
    listings: Vec<Listing>,
    accounts: BTreeMap<AccountId, Account>,
    orders: BTreeMap<i64, Order>,
    algos: BTreeMap<i64, Algo>,
    amendments: VecDeque<Amendment>,
    forced: VecDeque<i64>,
    /// Rates of assets in multi-assets mode.
    rates: BTreeMap<String, Fixed>,
    /// Times at which orders end, and the orders.
    expiring: BTreeSet<(i64, i64)>,
    countdowns: BTreeMap<(AccountId, ContractId), i64>,
    /// Orders and conditional orders that have ended, the oldest first.
    ended: VecDeque<Waiting>,
    /// How many of those are remembered.
    history: usize,
    last_id: i64,
    now_us: i64,
    events: Vec<Event>,
}

impl Default for Futures {
    fn default() -> Futures {
        Futures::new()
    }
}

impl Futures {
    /// An exchange without contracts.
    pub fn new() -> Futures {
        let house = Account {
            id: HOUSE,
            ..Account::default()
        };
        Futures {
            listings: Vec::new(),
            accounts: BTreeMap::from([(HOUSE, house)]),
            orders: BTreeMap::new(),
            algos: BTreeMap::new(),
            amendments: VecDeque::new(),
            forced: VecDeque::new(),
            rates: BTreeMap::new(),
            expiring: BTreeSet::new(),
            countdowns: BTreeMap::new(),
            ended: VecDeque::new(),
            history: 100_000,
            last_id: 0,
            now_us: 0,
            events: Vec::new(),
        }
    }

    /// Lists a contract at an index price.
    pub fn list(&mut self, contract: Contract, index: Fixed) -> ContractId {
        self.listings.push(Listing::new(contract, index));
        self.listings.len() - 1
    }

    /// How many orders, trades and incomes that are over are remembered, of all accounts or of each.
    pub fn remember(&mut self, most: usize) {
        self.history = most.max(1);
    }

    /// The contracts.
    pub fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// A contract by its symbol.
    pub fn find(&self, symbol: &str) -> Option<ContractId> {
        self.listings
            .iter()
            .position(|listing| listing.contract.symbol == symbol)
    }

    /// An account, where it has done anything.
    pub fn account(&self, account: AccountId) -> Option<&Account> {
        self.accounts.get(&account)
    }

    /// All accounts; [`HOUSE`] is the first.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// The time, in microseconds since the epoch.
    pub fn now_us(&self) -> i64 {
        self.now_us
    }

    /// An order of any account.
    pub fn order(&self, id: i64) -> Option<&Order> {
        self.orders.get(&id)
    }

    /// A conditional order of any account.
    pub fn algo(&self, id: i64) -> Option<&Algo> {
        self.algos.get(&id)
    }

    /// The amendments of orders that are remembered, the oldest first.
    pub fn amendments(&self) -> impl Iterator<Item = &Amendment> {
        self.amendments.iter()
    }

    /// The orders that were forced, the oldest first.
    pub fn forced(&self) -> impl Iterator<Item = &Order> {
        self.forced.iter().filter_map(|id| self.orders.get(id))
    }

    /// What happened since this was last called.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    fn entry(&mut self, id: AccountId) -> &mut Account {
        self.accounts.entry(id).or_insert_with(|| Account {
            id,
            ..Account::default()
        })
    }

    fn listing(&self, contract: ContractId) -> Result<&Listing, Reject> {
        self.listings
            .get(contract)
            .ok_or_else(|| Reject::new(-1121, "Invalid symbol."))
    }

    fn tell(&mut self, account: AccountId, event: AccountEvent) {
        // Nobody listens to the exchange's own account.
        if account != HOUSE {
            self.events.push(Event::Account {
                account,
                time_us: self.now_us,
                event,
            });
        }
    }

    fn publish(&mut self, contract: ContractId, event: MarketEvent) {
        self.events.push(Event::Market {
            contract,
            time_us: self.now_us,
            event,
        });
    }

    /// Remembers an order that is over, and forgets the oldest that is too much.
    fn over(&mut self, ended: Waiting) {
        self.ended.push_back(ended);
        if self.ended.len() <= self.history {
            return;
        }
        match self.ended.pop_front() {
            Some(Waiting::Order(id)) => {
                if let Some(order) = self.orders.remove(&id)
                    && let Some(account) = self.accounts.get_mut(&order.account)
                {
                    account.orders.remove(&id);
                }
            }
            Some(Waiting::Algo(id)) => {
                if let Some(algo) = self.algos.remove(&id)
                    && let Some(account) = self.accounts.get_mut(&algo.account)
                {
                    account.algos.remove(&id);
                }
            }
            None => {}
        }
    }
}
