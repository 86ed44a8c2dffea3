//! The Spot exchange without a wire: accounts, orders of all types, order lists, trades.
//!
//! [`Engine`] takes requests that have been read and the time in microseconds, and hands out what happened as [`Event`]s. It
//! checks what needs its state: filters, balances, names of orders; what a request must have by itself is checked before it.
//!
//! # What is simpler than at the exchange
//!
//! - Every order pays a commission of a thousandth of what it receives, in that asset.
//! - A pegged order's price is taken once, when it reaches the book.
//! - Smart order routing finds one book, the symbol's own: what its orders execute there are allocations.
//! - Stop orders of buyers without a limit lock their quantity at the stop price, and expire where the market is dearer than
//!   the account can pay.
//! - What the house rests ([`Engine::seed`], [`Engine::house_order`]) belongs to no account and pays nothing.
//!
//! # Memory
//!
//! Open orders are bounded by the filters of each account. Of closed orders, and of executions, the latest million of each are
//! kept, and 200,000 trades of each symbol; an order that was dropped is unknown to queries.

mod account;
mod change;
mod event;
mod lists;
mod matching;
mod order;
mod place;
mod query;
mod symbol;
mod tape;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::Fixed;
use crate::book::{Book, OrderId, Resting, Side, Triggers};

pub use account::{Account, Balance};
pub use change::{Canceled, Restriction};
pub use event::{Event, Execution, ExecutionType};
pub use order::{
    Amendment, Contingency, Fill, ListId, ListStage, NewList, NewOrder, Order, OrderList, OrderType, Peg,
    PreventedMatch, SELF_TRADE_MODES, Status, self_trade_name, time_in_force_name,
};
pub use query::OrderRef;
pub use symbol::Symbol;
pub use tape::{Aggregate, Stats, Tape, Trade};

/// The number of an account.
pub type AccountId = u64;

/// Whose orders belong to no account.
const HOUSE: AccountId = 0;
/// Orders of the house are numbered from here, beyond every other.
const FIRST_HOUSE_ORDER: OrderId = 1 << 62;
/// Closed orders kept, and executions.
const KEPT: usize = 1_000_000;
/// What an order pays of what it receives.
pub const COMMISSION: Fixed = Fixed::from_units(100_000);

/// Why a request was refused, by the exchange's code and text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Rejection {
    /// The exchange's code.
    pub code: i32,
    /// The exchange's text.
    pub message: String,
}

impl Rejection {
    pub(crate) fn new(code: i32, message: impl Into<String>) -> Rejection {
        Rejection {
            code,
            message: message.into(),
        }
    }

    /// A new order refused.
    pub(crate) fn order(message: &str) -> Rejection {
        Rejection::new(-2010, message)
    }
}

/// A symbol in business.
#[derive(Debug)]
pub(crate) struct Market {
    pub(crate) symbol: Symbol,
    pub(crate) book: Book,
    pub(crate) triggers: Triggers,
    pub(crate) tape: Tape,
    /// The best levels when they were last reported.
    best: [Option<(Fixed, Fixed)>; 2],
    touched: bool,
}

/// Books, orders and accounts. See the [module](self).
#[derive(Debug)]
pub struct Engine {
    markets: BTreeMap<String, Market>,
    accounts: BTreeMap<AccountId, Account>,
    /// What a new account has.
    endowment: BTreeMap<String, Fixed>,
    orders: BTreeMap<OrderId, Order>,
    lists: BTreeMap<ListId, OrderList>,
    /// Open orders by account.
    open: BTreeMap<AccountId, BTreeSet<OrderId>>,
    /// How many orders are open by account and symbol, and how many of them are conditional.
    open_counts: BTreeMap<(AccountId, String), (usize, usize)>,
    /// All orders kept, by account and symbol.
    by_symbol: BTreeMap<(AccountId, String), BTreeSet<OrderId>>,
    /// The latest order of a name. Looked up, never walked.
    by_client_id: HashMap<(AccountId, String, String), OrderId>,
    lists_by_client_id: HashMap<(AccountId, String), ListId>,
    /// Closed orders in the order in which they ended.
    closed: VecDeque<OrderId>,
    fills: Kept<(AccountId, String), Fill>,
    prevented: Kept<String, PreventedMatch>,
    amendments: BTreeMap<OrderId, Vec<Amendment>>,
    next_order: OrderId,
    next_house_order: OrderId,
    next_list: ListId,
    next_execution: i64,
    next_allocation: i64,
    next_prevented: i64,
    /// Accounts and symbols whose balances the running request changed.
    settled: BTreeSet<(AccountId, String)>,
    /// What the running request still has to do: prices that may fire orders, and lists that may go on.
    due: VecDeque<Due>,
    outbox: Vec<Event>,
}

#[derive(Debug)]
enum Due {
    Price(String, Fixed),
    List(ListId),
}

/// Entries by key, of which the latest are kept.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    entries: BTreeMap<K, VecDeque<V>>,
    arrivals: VecDeque<K>,
}

impl<K: Ord + Clone, V> Kept<K, V> {
    fn new() -> Kept<K, V> {
        Kept {
            entries: BTreeMap::new(),
            arrivals: VecDeque::new(),
        }
    }

    fn push(&mut self, key: K, value: V) {
        self.entries.entry(key.clone()).or_default().push_back(value);
        self.arrivals.push_back(key);
        if self.arrivals.len() > KEPT
            && let Some(oldest) = self.arrivals.pop_front()
            && let Some(entries) = self.entries.get_mut(&oldest)
        {
            entries.pop_front();
        }
    }

    fn of(&self, key: K) -> impl DoubleEndedIterator<Item = &V> + use<'_, K, V> {
        self.entries.get(&key).into_iter().flatten()
    }
}

impl Engine {
    /// An exchange with these symbols. A new account has each amount of `endowment`.
    pub fn new(symbols: Vec<Symbol>, endowment: BTreeMap<String, Fixed>) -> Engine {
        let market = |symbol: Symbol| {
            let tape = Tape::new(symbol.opening);
            let market = Market {
                book: Book::default(),
                triggers: Triggers::default(),
                tape,
                best: [None; 2],
                touched: false,
                symbol,
            };
            (market.symbol.name.clone(), market)
        };
        Engine {
            markets: symbols.into_iter().map(market).collect(),
            accounts: BTreeMap::new(),
            endowment,
            orders: BTreeMap::new(),
            lists: BTreeMap::new(),
            open: BTreeMap::new(),
            open_counts: BTreeMap::new(),
            by_symbol: BTreeMap::new(),
            by_client_id: HashMap::new(),
            lists_by_client_id: HashMap::new(),
            closed: VecDeque::new(),
            fills: Kept::new(),
            prevented: Kept::new(),
            amendments: BTreeMap::new(),
            next_order: 1,
            next_house_order: FIRST_HOUSE_ORDER,
            next_list: 0,
            next_execution: 1,
            next_allocation: 0,
            next_prevented: 0,
            settled: BTreeSet::new(),
            due: VecDeque::new(),
            outbox: Vec::new(),
        }
    }

    /// What happened since this was last called.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox)
    }

    /// Fills a book with orders of the house, and sets the update id that it begins with. Levels that would trade are left out.
    pub fn seed(
        &mut self,
        symbol: &str,
        levels: impl IntoIterator<Item = (Side, Fixed, Fixed)>,
        last_update_id: i64,
    ) {
        let Some(market) = self.markets.get_mut(symbol) else {
            return;
        };
        for (side, price, quantity) in levels {
            let order = Resting::new(self.next_house_order, HOUSE, side, price, quantity);
            self.next_house_order += u64::from(market.book.rest(order).is_ok());
        }
        market.book.take_change();
        market.book.set_last_update_id(last_update_id);
        market.best = [Side::Buy, Side::Sell].map(|side| market.book.best(side));
    }

    /// Brings an asset into an account, or out of it where the amount is less than 0; whether it has that much.
    pub fn deposit(&mut self, account: AccountId, asset: &str, delta: Fixed, now_us: i64) -> bool {
        let own = self.account_mut(account);
        let balance = own.balance_mut(asset);
        if balance.free + delta < Fixed::ZERO {
            return false;
        }
        balance.free += delta;
        let after = *balance;
        own.updated_us = now_us;
        let asset = asset.to_owned();
        self.outbox.push(Event::BalanceUpdate {
            account,
            asset: asset.clone(),
            delta,
            time_us: now_us,
        });
        self.outbox.push(Event::Position {
            account,
            balances: vec![(asset, after)],
            time_us: now_us,
        });
        true
    }

    /// Puts an account into a trade group, or takes it out of its own.
    pub fn set_trade_group(&mut self, account: AccountId, group: Option<u64>) {
        self.account_mut(account).trade_group = group;
    }

    /// An account, endowed where it is new.
    pub fn account(&mut self, id: AccountId) -> &Account {
        self.account_mut(id)
    }

    fn account_mut(&mut self, id: AccountId) -> &mut Account {
        self.accounts.entry(id).or_insert_with(|| {
            let balance = |(asset, free): (&String, &Fixed)| {
                (
                    asset.clone(),
                    Balance {
                        free: *free,
                        locked: Fixed::ZERO,
                    },
                )
            };
            Account {
                balances: self.endowment.iter().map(balance).collect(),
                ..Account::default()
            }
        })
    }

    fn market(&self, symbol: &str) -> Result<&Market, Rejection> {
        self.markets
            .get(symbol)
            .ok_or_else(|| Rejection::new(-1121, "Invalid symbol."))
    }

    fn market_mut(&mut self, symbol: &str) -> Option<&mut Market> {
        self.markets.get_mut(symbol)
    }

    /// The asset that an order pays with, and the one that it receives.
    fn assets(&self, order: &Order) -> (String, String) {
        let Some(Market { symbol, .. }) = self.markets.get(&order.symbol) else {
            return (String::new(), String::new());
        };
        match order.side {
            Side::Buy => (symbol.quote.clone(), symbol.base.clone()),
            Side::Sell => (symbol.base.clone(), symbol.quote.clone()),
        }
    }

    /// Keeps an order, under its number and its name.
    fn insert(&mut self, order: Order) {
        let key = (order.account, order.symbol.clone(), order.client_order_id.clone());
        self.by_client_id.insert(key, order.id);
        self.count_open(&order, |count, conditional| {
            count.0 += 1;
            count.1 += conditional;
        });
        self.open.entry(order.account).or_default().insert(order.id);
        self.by_symbol
            .entry((order.account, order.symbol.clone()))
            .or_default()
            .insert(order.id);
        self.orders.insert(order.id, order);
    }

    /// Changes the counts of open orders, by an order and whether it is conditional.
    fn count_open(&mut self, order: &Order, change: impl FnOnce(&mut (usize, usize), usize)) {
        let count = self
            .open_counts
            .entry((order.account, order.symbol.clone()))
            .or_default();
        change(count, usize::from(order.kind.is_conditional()));
    }

    /// Ends an order in a stage: unlocks what it keeps, and lets its list go on.
    fn close(&mut self, id: OrderId, status: Status, now_us: i64) {
        self.set_locked(id, Fixed::ZERO);
        let Some(order) = self.orders.get_mut(&id) else {
            return;
        };
        order.status = status;
        order.updated_us = now_us;
        let order = order.clone();
        if self
            .open
            .get_mut(&order.account)
            .is_some_and(|open| open.remove(&id))
        {
            self.count_open(&order, |count, conditional| {
                count.0 = count.0.saturating_sub(1);
                count.1 = count.1.saturating_sub(conditional);
            });
        }
        self.due.extend(order.list.map(Due::List));
        self.closed.push_back(id);
        if self.closed.len() > KEPT
            && let Some(oldest) = self.closed.pop_front()
        {
            self.forget(oldest);
        }
    }

    fn forget(&mut self, id: OrderId) {
        let Some(order) = self.orders.remove(&id) else {
            return;
        };
        let amended = self.amendments.remove(&id).unwrap_or_default();
        let key = (order.account, order.symbol);
        if let Some(ids) = self.by_symbol.get_mut(&key) {
            ids.remove(&id);
        }
        let names = amended.into_iter().map(|amendment| amendment.old_client_order_id);
        for name in names.chain([order.client_order_id]) {
            let name = (key.0, key.1.clone(), name);
            if self.by_client_id.get(&name) == Some(&id) {
                self.by_client_id.remove(&name);
            }
        }
        let is_last = |list: &OrderList| {
            list.orders
                .iter()
                .all(|(order, _)| !self.orders.contains_key(order))
        };
        if let Some(list) = order
            .list
            .filter(|list| self.lists.get(list).is_some_and(is_last))
            && let Some(list) = self.lists.remove(&list)
        {
            self.lists_by_client_id.remove(&(list.account, list.client_id));
        }
    }

    /// Sets what an order keeps locked.
    fn set_locked(&mut self, id: OrderId, locked: Fixed) {
        let Some(order) = self.orders.get_mut(&id) else {
            return;
        };
        let more = locked - std::mem::replace(&mut order.locked, locked);
        if more.is_zero() {
            return;
        }
        let order = order.clone();
        let (pays, _) = self.assets(&order);
        self.account_mut(order.account).lock(&pays, more);
        self.settled.insert((order.account, order.symbol));
    }

    fn report(&mut self, id: OrderId, kind: ExecutionType, now_us: i64) {
        self.report_with(id, kind, now_us, |_| {});
    }

    fn report_with(
        &mut self,
        id: OrderId,
        kind: ExecutionType,
        now_us: i64,
        add: impl FnOnce(&mut Execution),
    ) {
        let Some(order) = self.orders.get(&id) else { return };
        let mut execution = Execution {
            order: order.clone(),
            kind,
            fill: None,
            prevented: None,
            other_client_id: None,
            reject_reason: None,
            execution_id: self.next_execution,
            time_us: now_us,
        };
        self.next_execution += 1;
        add(&mut execution);
        self.outbox.push(Event::Execution(Box::new(execution)));
    }

    /// Does what the request has led to, and reports balances and books.
    fn finish(&mut self, now_us: i64) {
        while let Some(due) = self.due.pop_front() {
            match due {
                Due::Price(symbol, price) => self.fire(&symbol, price, now_us),
                Due::List(list) => self.list_goes_on(list, now_us),
            }
        }
        for (account, symbol) in std::mem::take(&mut self.settled) {
            let Some(assets) = self
                .markets
                .get(&symbol)
                .map(|market| [market.symbol.base.clone(), market.symbol.quote.clone()])
            else {
                continue;
            };
            let own = self.account_mut(account);
            own.updated_us = now_us;
            let balances = assets.map(|asset| {
                let balance = own.balances.get(&asset).copied().unwrap_or_default();
                (asset, balance)
            });
            self.outbox.push(Event::Position {
                account,
                balances: balances.to_vec(),
                time_us: now_us,
            });
        }
        for market in self.markets.values_mut() {
            if !std::mem::take(&mut market.touched) {
                continue;
            }
            let symbol = &market.symbol.name;
            if let Some(change) = market.book.take_change() {
                self.outbox.push(Event::Depth {
                    symbol: symbol.clone(),
                    change,
                    time_us: now_us,
                });
            }
            let best = [Side::Buy, Side::Sell].map(|side| market.book.best(side));
            if std::mem::replace(&mut market.best, best) != best {
                self.outbox.push(Event::BookTicker {
                    symbol: symbol.clone(),
                });
            }
        }
    }
}
