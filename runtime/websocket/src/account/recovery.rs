//! One attempt at a snapshot: what is fetched, in which order, and whether it adds up.
//!
//! Trades are fetched after the orders, so that they explain every quantity that the orders say was filled. Trades beyond
//! that are left to the events, which flow already.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;

use binance_wire_core::Decimal;

use super::item::{Doubt, Snapshot};
use super::known::{Known, SymbolKey, symbol_of};
use super::model::{AccountModel, Fetch, Fetched, Fill, OrderKey, OrderState, TradeState};

/// How often orders are fetched that only trades have brought to light. Trades that show up after the first time happened
/// after the events began to flow, unless the exchange's answers lag; the orders of a busy account never end.
const STRANGER_ROUNDS: u32 = 3;

/// The steps of an attempt. Each begins when everything of the one before has been fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// First snapshot: the symbols of the open orders.
    Survey,
    /// First snapshot: the last trades of these symbols, which happened before it.
    Floors,
    /// The account and the open orders.
    States,
    /// The orders that were open and are not any more.
    Closed,
    /// The trades of every symbol.
    Trades,
    /// The orders that only trades have brought to light; after them, trades again.
    Strangers,
    Done,
}

/// The orders that events tell of which wait for the snapshot, and their fills.
pub(super) type KeptBack = BTreeMap<OrderKey, Vec<Fill>>;

/// Orders that are over.
pub(super) type Ended<M> = BTreeMap<OrderKey, (OrderState, <M as AccountModel>::Order)>;

/// What to do next.
pub(super) enum Next {
    /// These are to be fetched.
    Fetch(Vec<Fetch>),
    /// Everything is there.
    Finish,
}

pub(super) struct Recovery<M: AccountModel> {
    first: bool,
    step: Step,
    /// First snapshot: what was filled of the orders before the last trades were fetched.
    survey: BTreeMap<OrderKey, Option<Decimal>>,
    /// First snapshot: how often it may be tried to find the orders and the last trades in agreement.
    rounds: u32,
    /// How often strangers may still be fetched.
    stranger_rounds: u32,
    /// Closed orders of an attempt before this one, which need not be fetched again.
    ended: Ended<M>,
    account: Option<M::Account>,
    orders: BTreeMap<OrderKey, (OrderState, M::Order)>,
    /// Orders that the exchange does not know.
    unknown: BTreeSet<OrderKey>,
    trades: BTreeMap<(SymbolKey, i64, i64), (TradeState, M::Trade)>,
    /// The last place of the trades of a symbol that was fetched.
    fetched_to: HashMap<SymbolKey, i64>,
}

/// What an attempt comes to: a snapshot, and the doubts for which another attempt is worthwhile.
pub(super) struct Outcome<M: AccountModel> {
    account: M::Account,
    orders: BTreeMap<OrderKey, (OrderState, M::Order)>,
    trades: Vec<(TradeState, M::Trade)>,
    /// Trades that are left to their events.
    awaited: Vec<TradeState>,
    /// The trades up to here have been looked at and are told.
    fetched_to: HashMap<SymbolKey, i64>,
    unknown: BTreeSet<OrderKey>,
    first: bool,
    /// First snapshot: the orders that were filled meanwhile.
    moved: BTreeSet<OrderKey>,
    pub(super) doubts: Vec<Doubt>,
}

impl<M: AccountModel> Recovery<M> {
    pub(super) fn new(first: bool, rounds: u32, ended: Ended<M>, known: &mut Known) -> (Self, Next) {
        known.forget();
        let mut recovery = Self {
            first,
            step: Step::Survey,
            survey: BTreeMap::new(),
            rounds,
            stranger_rounds: STRANGER_ROUNDS,
            ended,
            account: None,
            orders: BTreeMap::new(),
            unknown: BTreeSet::new(),
            trades: BTreeMap::new(),
            fetched_to: HashMap::new(),
        };
        let next = match first {
            true => Next::Fetch(open_orders::<M>(known)),
            false => recovery.states(known),
        };
        (recovery, next)
    }

    fn states(&mut self, known: &Known) -> Next {
        self.step = Step::States;
        self.orders.clear();
        self.trades.clear();
        self.fetched_to.clear();
        let mut wanted = open_orders::<M>(known);
        wanted.push(Fetch::Account);
        Next::Fetch(wanted)
    }

    /// Takes an answer; another page, where the one that came was full.
    pub(super) fn answered(&mut self, fetch: &Fetch, fetched: Fetched<M>) -> Option<Fetch> {
        match (fetch, fetched) {
            (_, Fetched::Account(account)) => self.account = Some(account),
            (Fetch::OpenOrders { section, .. }, Fetched::Orders(orders)) => {
                for order in orders {
                    self.add(*section, order);
                }
            }
            (Fetch::Order(key), Fetched::Order(order)) => match order {
                Some(order) => self.add(key.section, order),
                None => drop(self.unknown.insert(key.clone())),
            },
            (
                Fetch::Trades {
                    section,
                    symbol,
                    from,
                },
                Fetched::Trades(trades),
            ) => {
                return self.page(*section, symbol.clone(), *from, trades);
            }
            // An answer to something else answers nothing; what is missing shows at the end.
            _ => {}
        }
        None
    }

    fn add(&mut self, section: u8, order: M::Order) {
        let state = M::order(section, &order);
        self.orders.insert(state.key.clone(), (state, order));
    }

    fn page(
        &mut self,
        section: u8,
        symbol: binance_wire_core::Text,
        from: Option<i64>,
        trades: Vec<M::Trade>,
    ) -> Option<Fetch> {
        let full = trades.len() >= M::PAGE;
        let key = (section, symbol.clone());
        let mut last = None;
        for trade in trades {
            let state = M::trade(section, &trade);
            last = last.max(Some(state.cursor));
            let place = (key.clone(), state.fill.trade_id, state.order.id);
            self.trades.insert(place, (state, trade));
        }
        let last = last?;
        let reached = self.fetched_to.entry(key).or_insert(last);
        *reached = last.max(*reached);
        // Without an id to begin with, a page has the last trades; there are none after it.
        let from = from.filter(|_| full)?;
        let from = Some(last.max(from.saturating_add(1)));
        Some(Fetch::Trades {
            section,
            symbol,
            from,
        })
    }

    /// Goes on once everything that was wanted has been fetched.
    pub(super) fn next(&mut self, known: &mut Known, kept_back: &KeptBack) -> Next {
        loop {
            let wanted = match self.step {
                Step::Survey => {
                    self.touch_all(known);
                    self.survey = self.filled();
                    self.step = Step::Floors;
                    self.pages(known, true)
                }
                Step::Floors => {
                    let mut by_symbol: BTreeMap<SymbolKey, Vec<TradeState>> = BTreeMap::new();
                    for key in known.symbols() {
                        by_symbol.insert(key, Vec::new());
                    }
                    for ((key, ..), (trade, _)) in mem::take(&mut self.trades) {
                        by_symbol.entry(key).or_default().push(trade);
                    }
                    for (key, trades) in by_symbol {
                        known.before_first(key, trades.into_iter());
                    }
                    return self.states(known);
                }
                // Filled in between: whether the last trades are part of these states is not known.
                Step::States | Step::Closed if self.first && self.rounds > 1 && !self.moved().is_empty() => {
                    self.rounds -= 1;
                    self.step = Step::Survey;
                    continue;
                }
                Step::States => {
                    self.touch_all(known);
                    self.step = Step::Closed;
                    // A loss may have hidden the end of an order that only events which are kept back tell of.
                    let unheard = kept_back.keys().filter(|key| known.order(key).is_none());
                    let gone: BTreeSet<&OrderKey> = known
                        .open_orders()
                        .chain(unheard)
                        .filter(|key| !self.orders.contains_key(key))
                        .collect();
                    let gone: Vec<OrderKey> = gone.into_iter().cloned().collect();
                    let (over, gone): (Vec<_>, Vec<_>) =
                        gone.into_iter().partition(|key| self.ended.contains_key(key));
                    for key in over {
                        self.orders.extend(self.ended.remove_entry(&key));
                    }
                    gone.into_iter().map(Fetch::Order).collect()
                }
                Step::Closed if self.first => {
                    self.step = Step::Done;
                    Vec::new()
                }
                Step::Closed | Step::Strangers => {
                    self.step = Step::Trades;
                    self.pages(known, false)
                }
                Step::Trades if self.stranger_rounds == 0 => {
                    self.step = Step::Done;
                    Vec::new()
                }
                Step::Trades => {
                    self.stranger_rounds -= 1;
                    let strangers: BTreeSet<&OrderKey> = self
                        .new_trades(known)
                        .filter(|(trade, _)| !is_waiting(kept_back, trade))
                        .map(|(trade, _)| &trade.order)
                        .filter(|key| !self.orders.contains_key(key) && !self.unknown.contains(key))
                        .filter(|key| known.order(key).is_none())
                        .collect();
                    let wanted: Vec<Fetch> = strangers.into_iter().cloned().map(Fetch::Order).collect();
                    self.step = if wanted.is_empty() {
                        Step::Done
                    } else {
                        Step::Strangers
                    };
                    wanted
                }
                Step::Done => return Next::Finish,
            };
            if !wanted.is_empty() {
                return Next::Fetch(wanted);
            }
        }
    }

    /// The orders that are over, if this is not to go on.
    pub(super) fn ended(self) -> Ended<M> {
        let mut ended = self.ended;
        ended.extend(self.orders);
        ended.retain(|_, (state, _)| state.closed);
        ended
    }

    fn filled(&self) -> BTreeMap<OrderKey, Option<Decimal>> {
        let filled = |(key, (state, _)): (&OrderKey, &(OrderState, M::Order))| (key.clone(), state.filled);
        self.orders.iter().map(filled).collect()
    }

    /// The orders that were filled since the survey.
    fn moved(&self) -> BTreeSet<OrderKey> {
        let as_before = |key: &OrderKey, filled: &Option<Decimal>| match self.survey.get(key) {
            Some(before) => before == filled,
            None => *filled == Some(Decimal::ZERO),
        };
        let filled = self.filled().into_iter();
        filled
            .filter(|(key, filled)| !as_before(key, filled))
            .map(|(key, _)| key)
            .collect()
    }

    fn touch_all(&self, known: &mut Known) {
        for key in self.orders.keys() {
            known.touch(symbol_of(key));
        }
    }

    /// The next page of trades of each symbol.
    fn pages(&self, known: &Known, last_ones: bool) -> Vec<Fetch> {
        let page = |key: SymbolKey| {
            let from = match self.fetched_to.get(&key) {
                _ if last_ones => None,
                Some(reached) => Some(*reached),
                None => known.fetch_from(&key, M::PAGED_BY_TRADE_ID),
            };
            let (section, symbol) = key;
            Fetch::Trades {
                section,
                symbol,
                from,
            }
        };
        known.symbols().into_iter().map(page).collect()
    }

    fn new_trades<'a>(&'a self, known: &'a Known) -> impl Iterator<Item = &'a (TradeState, M::Trade)> {
        self.trades.values().filter(|(trade, _)| known.is_new(trade))
    }

    /// Compares everything with what is known. `None` where the account is missing.
    pub(super) fn finish(self, known: &Known, kept_back: &KeptBack) -> Option<Outcome<M>> {
        let mut doubts = Vec::new();
        let moved = self.moved();
        let account = self.account?;
        if let (Some(time), Some(told)) = (M::account_time(&account), known.account())
            && time < told
        {
            doubts.push(Doubt::AccountBehind);
        }
        for (key, (state, _)) in &self.orders {
            if let Some(order) = known.order(key)
                && is_behind(state, &order.state)
            {
                doubts.push(Doubt::OrderBehind(key.clone()));
            }
        }
        let unknown = self.unknown.iter().filter(|key| !self.orders.contains_key(key));
        doubts.extend(unknown.cloned().map(Doubt::OrderUnknown));

        let mut left: BTreeMap<OrderKey, Left> = BTreeMap::new();
        if !self.first {
            for (key, (state, _)) in &self.orders {
                left.insert(key.clone(), Left::new(known.unseen_quantity(state)));
            }
        }
        let (mut trades, mut awaited) = (Vec::new(), Vec::new());
        let mut fetched_to = self.fetched_to;
        for ((symbol, ..), (trade, value)) in self.trades {
            if !known.is_new(&trade) {
                // An order that ended before the first snapshot, and of which an event came after it.
                if let Some(left) = left
                    .get_mut(&trade.order)
                    .filter(|_| known.order(&trade.order).is_none())
                {
                    left.takes(trade.fill.quantity);
                }
                continue;
            }
            let order = known.order(&trade.order);
            // The events of an order that has not been fetched bring it, and its fills.
            let is_fetched =
                order.is_some() || left.contains_key(&trade.order) || self.unknown.contains(&trade.order);
            let left = is_fetched.then(|| {
                left.entry(trade.order.clone())
                    .or_insert_with(|| Left::new(order.and_then(|order| known.unseen_quantity(&order.state))))
            });
            if left.is_some_and(|left| left.takes(trade.fill.quantity)) {
                trades.push((trade, value));
            } else {
                let reached = fetched_to.entry(symbol).or_insert(trade.cursor);
                *reached = trade.cursor.min(*reached);
                awaited.push(trade);
            }
        }
        let taken: BTreeSet<(&OrderKey, i64)> = trades
            .iter()
            .map(|(trade, _)| (&trade.order, trade.fill.trade_id))
            .collect();
        for (order, left) in left {
            // Of these, events tell after the snapshot.
            let events = kept_back.get(&order).into_iter().flatten();
            let new = events.filter(|fill| {
                !known.has(&order, fill.trade_id) && !taken.contains(&(&order, fill.trade_id))
            });
            let told: Decimal = new.map(|fill| fill.quantity).sum();
            let excused = known.excused(&order).max(told);
            match left.quantity {
                Some(quantity) if quantity > excused => doubts.push(Doubt::Unexplained { order, quantity }),
                _ => {}
            }
        }
        Some(Outcome {
            account,
            orders: self.orders,
            trades,
            awaited,
            fetched_to,
            unknown: self.unknown,
            first: self.first,
            moved,
            doubts,
        })
    }
}

impl<M: AccountModel> Outcome<M> {
    /// Makes the snapshot, all of which counts as told from then on.
    pub(super) fn settle(mut self, known: &mut Known) -> Snapshot<M> {
        known.settle_account(M::account_time(&self.account));
        let unexplained: HashMap<&OrderKey, Decimal> = self
            .doubts
            .iter()
            .filter_map(|doubt| match doubt {
                Doubt::Unexplained { order, quantity } => Some((order, *quantity)),
                _ => None,
            })
            .collect();
        let (mut open_orders, mut closed_orders) = (Vec::new(), Vec::new());
        for (key, (state, order)) in self.orders {
            match state.closed {
                // It was over before the reader heard of anything.
                true if self.first => {}
                true => closed_orders.push(order),
                false => open_orders.push(order),
            }
            if self.first {
                known.begin(state, self.moved.contains(&key));
            } else {
                known.settle(state, unexplained.get(&key).copied().unwrap_or_default());
            }
        }
        for key in &self.unknown {
            known.not_found(key);
        }
        self.trades
            .sort_by_key(|(trade, _)| (trade.time, trade.fill.trade_id));
        for (trade, _) in &self.trades {
            known.filled(trade);
        }
        for trade in &self.awaited {
            known.left_to_event(trade);
        }
        for (key, reached) in &self.fetched_to {
            known.fetched_up_to(key, *reached);
        }
        Snapshot {
            account: self.account,
            open_orders,
            closed_orders,
            trades: self.trades.into_iter().map(|(_, trade)| trade).collect(),
            doubts: self.doubts,
        }
    }
}

/// Whether the event of a trade waits for the snapshot.
fn is_waiting(kept_back: &KeptBack, trade: &TradeState) -> bool {
    let fills = kept_back.get(&trade.order);
    fills.is_some_and(|fills| fills.iter().any(|fill| fill.trade_id == trade.fill.trade_id))
}

/// What is left to explain of the quantity that an order says was filled.
struct Left {
    /// `None` where it is not stated.
    quantity: Option<Decimal>,
    /// Whether a trade came that the order's state does not contain. Nor does it contain later ones: events tell of them.
    over: bool,
}

impl Left {
    fn new(quantity: Option<Decimal>) -> Self {
        Self {
            quantity,
            over: false,
        }
    }

    /// Whether a trade of this quantity is part of it.
    fn takes(&mut self, filled: Decimal) -> bool {
        match &mut self.quantity {
            None => true,
            Some(left) if !self.over && *left >= filled => {
                *left -= filled;
                true
            }
            Some(_) => {
                self.over = true;
                false
            }
        }
    }
}

/// Whether an order has lost ground. Times alone do not say so: an order and its events may state different ones.
fn is_behind(state: &OrderState, known: &OrderState) -> bool {
    (known.closed && !state.closed)
        || matches!((state.filled, known.filled), (Some(mine), Some(told)) if mine < told)
}

fn open_orders<M: AccountModel>(known: &Known) -> Vec<Fetch> {
    let by_symbol = |section: &u8| M::OPEN_BY_SYMBOL.contains(section);
    let whole = (0..M::SECTIONS)
        .filter(|section| !by_symbol(section))
        .map(|section| Fetch::OpenOrders {
            section,
            symbol: None,
        });
    let symbols = known
        .symbols()
        .into_iter()
        .filter(|(section, _)| by_symbol(section));
    let single = symbols.map(|(section, symbol)| Fetch::OpenOrders {
        section,
        symbol: Some(symbol),
    });
    whole.chain(single).collect()
}
