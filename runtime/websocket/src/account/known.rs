//! What the reader of the events has been told so far.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use binance_wire_core::{Decimal, Text, Timestamp};

use super::model::{Change, Fill, OrderKey, OrderState, TradeState};

/// How many closed orders are remembered, so that an event that comes late or twice is recognized.
const CLOSED: usize = 4096;
/// How many fills of a symbol are remembered, apart from those of the last snapshot: their events are yet to come, and
/// fills between them as well. Of those with lower ids it is not known whether they were seen.
const FILLS: usize = 256;
/// Trades are fetched from that many fills back: futures deliver events out of order under load, so the last fill that
/// came before a gap need not be the last one that was seen.
const LOOK_BACK: usize = 32;

/// A symbol of a section of the account.
pub(super) type SymbolKey = (u8, Text);

pub(super) struct KnownOrder {
    pub(super) state: OrderState,
    /// What was filled before the first snapshot, and is no fill of these events.
    base: Decimal,
    /// The time of the state that `base` is from. Earlier trades are part of it, and those of the same time where the order
    /// was filled while the first snapshot was fetched.
    base_time: Option<Timestamp>,
    base_moved: bool,
    /// The sum of the fills that were seen.
    seen: Decimal,
    /// What no trade was found for, and has been reported.
    excused: Decimal,
    /// Whether it is among the closed orders.
    remembered: bool,
    /// Whether the exchange said that it does not know it.
    unknown: bool,
}

impl KnownOrder {
    fn new(state: OrderState) -> Self {
        Self {
            state,
            base: Decimal::ZERO,
            base_time: None,
            base_moved: false,
            seen: Decimal::ZERO,
            excused: Decimal::ZERO,
            remembered: false,
            unknown: false,
        }
    }

    fn counted(&self) -> Decimal {
        sum(self.base, self.seen)
    }

    /// Whether nothing is missing of what was filled, up to now and to `state`, or a snapshot has said so.
    fn counts_all(&self, state: &OrderState) -> bool {
        let filled = self.state.filled.max(state.filled);
        filled.is_some_and(|filled| filled <= sum(self.counted(), self.excused))
    }
}

#[derive(Default)]
pub(super) struct KnownSymbol {
    /// Fills that were seen: trade and order id, since a self-trade is two fills of one trade.
    seen: BTreeSet<(i64, i64)>,
    /// How many of them the last snapshot has brought.
    from_snapshot: usize,
    /// Fills up to this one are not remembered, because the set is bounded.
    forgotten: Option<(i64, i64)>,
    /// Fills that the last snapshot has found and left to their events.
    awaited: BTreeSet<(i64, i64)>,
    /// Trades up to this id happened before the first snapshot.
    floor: Option<i64>,
    /// Where the last of those begin.
    floor_page: Option<i64>,
    /// Trades before this time happened before the first event.
    since: Option<Timestamp>,
    /// The page that trades were last fetched from, where pages do not go by trade id.
    cursor: Option<i64>,
}

impl KnownSymbol {
    /// Whether a fill counts as seen.
    fn has(&self, trade_id: i64, order_id: i64) -> bool {
        self.seen.contains(&(trade_id, order_id)) || self.may_have_forgotten(trade_id, order_id)
    }

    /// Whether it cannot be said any more if a fill was seen.
    fn may_have_forgotten(&self, trade_id: i64, order_id: i64) -> bool {
        let fill = (trade_id, order_id);
        self.forgotten.is_some_and(|last| fill <= last)
            && !self.seen.contains(&fill)
            && !self.awaited.contains(&fill)
    }

    fn mark(&mut self, trade_id: i64, order_id: i64) {
        self.awaited.remove(&(trade_id, order_id));
        self.seen.insert((trade_id, order_id));
        self.forget();
    }

    fn forget(&mut self) {
        while self.seen.len() > FILLS + self.from_snapshot {
            self.forgotten = self.forgotten.max(self.seen.pop_first());
        }
    }
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Deliver,
    /// Its fill counts; its order is further.
    Late,
    /// It is too late to say whether its fill has counted.
    Unclear,
    /// It says nothing new.
    Drop,
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Connection,
    /// Kept back until the first snapshot.
    FirstReplay,
    /// Kept back until a later one.
    Replay,
    /// Kept back, and followed by a loss: whatever came after it is in the snapshot alone.
    BeforeLoss,
}

pub(super) struct Known {
    orders: HashMap<OrderKey, KnownOrder>,
    /// In the order in which they were closed.
    closed: VecDeque<OrderKey>,
    symbols: BTreeMap<SymbolKey, KnownSymbol>,
    /// The last change of the account that was told.
    account: Option<Timestamp>,
    /// The last change of the account that a snapshot contained.
    in_snapshot: Option<Timestamp>,
    /// The latest time that the exchange named.
    latest: Option<Timestamp>,
    started: Timestamp,
}

impl Known {
    /// `started` serves as the begin where the exchange has named no time.
    pub(super) fn new(started: Timestamp) -> Self {
        Self {
            orders: HashMap::new(),
            closed: VecDeque::new(),
            symbols: BTreeMap::new(),
            account: None,
            in_snapshot: None,
            latest: None,
            started,
        }
    }

    /// A symbol about which trades are to be fetched, from the id where it is known.
    pub(super) fn touch(&mut self, key: SymbolKey) {
        let since = self.latest.unwrap_or(self.started);
        self.symbols.entry(key).or_insert_with(|| KnownSymbol {
            since: Some(since),
            ..KnownSymbol::default()
        });
    }

    /// An event names its symbol, whatever becomes of it.
    pub(super) fn noticed(&mut self, change: &Change) {
        let Change::Order(state, _) = change else { return };
        let since = state.time.unwrap_or(self.started);
        let symbol = self
            .symbols
            .entry(symbol_of(&state.key))
            .or_insert_with(|| KnownSymbol {
                since: Some(since),
                ..KnownSymbol::default()
            });
        symbol.since = symbol.since.map(|earlier| earlier.min(since));
    }

    pub(super) fn symbols(&self) -> Vec<SymbolKey> {
        self.symbols.keys().cloned().collect()
    }

    pub(super) fn open_orders(&self) -> impl Iterator<Item = &OrderKey> {
        let open = |order: &&KnownOrder| !order.state.closed && !order.unknown;
        self.orders.values().filter(open).map(|order| &order.state.key)
    }

    pub(super) fn order(&self, key: &OrderKey) -> Option<&KnownOrder> {
        self.orders.get(key)
    }

    pub(super) fn account(&self) -> Option<Timestamp> {
        self.account
    }

    /// Where trades of a symbol are to be fetched from.
    pub(super) fn fetch_from(&self, key: &SymbolKey, paged_by_trade_id: bool) -> Option<i64> {
        let symbol = self.symbols.get(key)?;
        if !paged_by_trade_id {
            return symbol.cursor;
        }
        let back = symbol.seen.iter().nth_back(LOOK_BACK - 1);
        let back = back.map(|(id, _)| *id).or(symbol.floor_page)?;
        let awaited = symbol.awaited.first().map(|(id, _)| *id);
        Some(awaited.map_or(back, |id| back.min(id)))
    }

    /// Trades that happened before the first snapshot.
    pub(super) fn before_first(&mut self, key: SymbolKey, trades: impl Iterator<Item = TradeState>) {
        let symbol = self.symbols.entry(key).or_default();
        // What can tell the begin is the id now, or that there was none.
        symbol.since = None;
        let mut ids = BTreeSet::new();
        for trade in trades {
            ids.insert(trade.fill.trade_id);
            symbol.floor = symbol.floor.max(Some(trade.fill.trade_id));
            symbol.cursor = symbol.cursor.max(Some(trade.cursor));
        }
        symbol.floor_page = ids.iter().nth_back(LOOK_BACK - 1).or(ids.first()).copied();
    }

    /// Whether a fill has been told.
    pub(super) fn has(&self, order: &OrderKey, trade_id: i64) -> bool {
        let symbol = self.symbols.get(&symbol_of(order));
        symbol.is_some_and(|symbol| symbol.has(trade_id, order.id))
    }

    /// Whether a trade is a fill that nothing has told of so far.
    pub(super) fn is_new(&self, trade: &TradeState) -> bool {
        let id = trade.fill.trade_id;
        let order = self.orders.get(&trade.order);
        // An order that began with an event has no fill from before.
        let began_before = order.is_none_or(|order| order.base_time.is_some() || order.base != Decimal::ZERO);
        let symbol_knows = self.symbols.get(&symbol_of(&trade.order)).is_some_and(|symbol| {
            symbol.has(id, trade.order.id)
                || (began_before && symbol.floor.is_some_and(|floor| id <= floor))
                || symbol
                    .since
                    .zip(trade.time)
                    .is_some_and(|(since, time)| time < since)
        });
        let in_base = order.is_some_and(|order| {
            let contained = |(at, time)| time < at || (order.base_moved && time == at);
            order.base_time.zip(trade.time).is_some_and(contained)
        });
        !symbol_knows && !in_base
    }

    /// What was filled of an order between what was seen of it and `state`; `None` where it is not stated.
    pub(super) fn unseen_quantity(&self, state: &OrderState) -> Option<Decimal> {
        let counted = self
            .orders
            .get(&state.key)
            .map_or(Decimal::ZERO, KnownOrder::counted);
        state
            .filled
            .map(|filled| filled.checked_sub(counted).unwrap_or_default())
    }

    pub(super) fn excused(&self, key: &OrderKey) -> Decimal {
        self.orders.get(key).map_or(Decimal::ZERO, |order| order.excused)
    }

    /// What becomes of an event, which counts as told from then on.
    pub(super) fn take(&mut self, change: &Change, origin: Origin) -> Verdict {
        match change {
            Change::Other => Verdict::Deliver,
            Change::Preview(order, trade_id) => match self.has(order, *trade_id) {
                true => Verdict::Drop,
                false => Verdict::Deliver,
            },
            Change::Account(time) => {
                // At the same time it may be newer than the snapshot. The events after it make up for it where it is not.
                let as_old = origin == Origin::BeforeLoss;
                let contained = |(time, snapshot)| time < snapshot || (as_old && time == snapshot);
                if time.zip(self.in_snapshot).map_or(as_old, contained) {
                    return Verdict::Drop;
                }
                self.account = self.account.max(*time);
                self.saw(*time);
                Verdict::Deliver
            }
            Change::Order(state, fill) => self.take_order(state, *fill, origin),
        }
    }

    fn take_order(&mut self, state: &OrderState, fill: Option<Fill>, origin: Origin) -> Verdict {
        self.saw(state.time);
        let symbol = self.symbols.entry(symbol_of(&state.key)).or_default();
        if let Some(fill) = fill.filter(|fill| fill.trade_id >= 0) {
            if symbol.may_have_forgotten(fill.trade_id, state.key.id) && origin == Origin::Connection {
                let order = self.orders.get(&state.key);
                let is_counted = order.is_some_and(|order| order.counts_all(state));
                return if is_counted {
                    Verdict::Drop
                } else {
                    Verdict::Unclear
                };
            }
            if symbol.has(fill.trade_id, state.key.id) {
                return Verdict::Drop;
            }
            symbol.mark(fill.trade_id, state.key.id);
        }
        let quantity = fill.map_or(Decimal::ZERO, |fill| fill.quantity);
        let Some(known) = self.orders.get_mut(&state.key) else {
            let mut order = KnownOrder::new(state.clone());
            order.seen = quantity;
            if origin == Origin::FirstReplay {
                let before = state.filled.and_then(|filled| filled.checked_sub(quantity));
                order.base = before.unwrap_or_default();
            }
            self.orders.insert(state.key.clone(), order);
            self.remember_closed(&state.key);
            return Verdict::Deliver;
        };
        known.unknown = false;
        let late = state.is_before(&known.state);
        let over = known.state.closed;
        // Without an id, a fill is known by what it comes to.
        let anonymous = fill.is_some_and(|fill| fill.trade_id < 0);
        let told = anonymous
            && state
                .filled
                .zip(known.state.filled)
                .is_some_and(|(filled, told)| filled <= told);
        let in_base = told || state.filled.is_some_and(|filled| filled <= known.base);
        if fill.is_some() && !in_base {
            known.seen = sum(known.seen, quantity);
            if late {
                return Verdict::Late;
            }
        } else if late
            || (fill.is_some() && over == state.closed)
            || (over && origin != Origin::Connection && known.state.filled == state.filled)
        {
            return Verdict::Drop;
        }
        known.state = state.clone();
        self.remember_closed(&state.key);
        Verdict::Deliver
    }

    /// The first snapshot tells of the state of an order, which was filled meanwhile where it `moved`.
    pub(super) fn begin(&mut self, state: OrderState, moved: bool) {
        let mut known = KnownOrder::new(state);
        known.base = known.state.filled.unwrap_or_default();
        known.base_time = known.state.time;
        known.base_moved = moved;
        self.saw(known.state.time);
        self.orders.insert(known.state.key.clone(), known);
    }

    /// A later snapshot tells of the state of an order.
    pub(super) fn settle(&mut self, state: OrderState, unexplained: Decimal) {
        self.saw(state.time);
        let key = state.key.clone();
        let known = self
            .orders
            .entry(key.clone())
            .or_insert_with(|| KnownOrder::new(state.clone()));
        known.excused = known.excused.max(unexplained);
        known.unknown = false;
        if !state.is_before(&known.state) {
            known.state = state;
        }
        self.remember_closed(&key);
    }

    /// A snapshot tells of a fill.
    pub(super) fn filled(&mut self, trade: &TradeState) {
        let symbol = self.symbols.entry(symbol_of(&trade.order)).or_default();
        symbol.awaited.remove(&(trade.fill.trade_id, trade.order.id));
        if symbol.seen.insert((trade.fill.trade_id, trade.order.id)) {
            symbol.from_snapshot += 1;
        }
        if let Some(order) = self.orders.get_mut(&trade.order) {
            order.seen = sum(order.seen, trade.fill.quantity);
        }
    }

    /// A snapshot leaves a fill to its event.
    pub(super) fn left_to_event(&mut self, trade: &TradeState) {
        let symbol = self.symbols.entry(symbol_of(&trade.order)).or_default();
        symbol.awaited.insert((trade.fill.trade_id, trade.order.id));
    }

    /// A snapshot begins to be made: what the one before it brought is remembered like everything else. So a symbol never
    /// takes more memory than the trades of one snapshot, which were in memory anyway, and [`FILLS`].
    pub(super) fn forget(&mut self) {
        for symbol in self.symbols.values_mut() {
            symbol.from_snapshot = 0;
            symbol.forget();
        }
    }

    /// Where the next pages of trades begin, which do not go by trade id.
    pub(super) fn fetched_up_to(&mut self, key: &SymbolKey, cursor: i64) {
        if let Some(symbol) = self.symbols.get_mut(key) {
            symbol.cursor = symbol.cursor.max(Some(cursor));
        }
    }

    /// The exchange no longer knows this order.
    pub(super) fn not_found(&mut self, key: &OrderKey) {
        if let Some(order) = self.orders.get_mut(key) {
            order.unknown = true;
        }
    }

    /// A snapshot tells of the account as of a time.
    pub(super) fn settle_account(&mut self, time: Option<Timestamp>) {
        self.account = time;
        self.in_snapshot = time;
        self.saw(time);
    }

    fn saw(&mut self, time: Option<Timestamp>) {
        self.latest = self.latest.max(time);
    }

    fn remember_closed(&mut self, key: &OrderKey) {
        match self.orders.get_mut(key) {
            Some(order) if order.state.closed && !order.remembered => order.remembered = true,
            _ => return,
        }
        self.closed.push_back(key.clone());
        if self.closed.len() > CLOSED
            && let Some(oldest) = self.closed.pop_front()
        {
            self.orders.remove(&oldest);
        }
    }
}

pub(super) fn symbol_of(order: &OrderKey) -> SymbolKey {
    (order.section, order.symbol.clone())
}

/// The sum, or the first where it cannot be held.
fn sum(one: Decimal, other: Decimal) -> Decimal {
    one.checked_add(other).unwrap_or(one)
}
