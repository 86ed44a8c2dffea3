//! An account that is the truth, the connection that tells of it, and a reader that believes what it is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use binance_wire_core::{Decimal, Text, Timestamp};
use binance_wire_websocket::{
    AccountModel, Change, Fetch, Fetched, Fill, OrderKey, OrderState, Snapshot, TradeState, UserDataItem,
};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    pub id: i64,
    pub symbol: &'static str,
    pub quantity: i64,
    pub filled: i64,
    pub time: i64,
    pub canceled: bool,
}

impl Order {
    pub(super) fn is_closed(&self) -> bool {
        self.canceled || self.filled == self.quantity
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trade {
    pub id: i64,
    pub order: i64,
    pub symbol: &'static str,
    pub quantity: i64,
    pub time: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// The order as it is now, and the fill.
    Order(Order, Option<(i64, i64)>),
    /// The fill alone, which comes before the order's event.
    Lite {
        symbol: &'static str,
        order: i64,
        trade: i64,
    },
    Balance {
        asset: usize,
        amount: i64,
        time: i64,
    },
    Note(u32),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Account {
    pub balances: [i64; 2],
    pub time: i64,
}

#[derive(Debug)]
pub(super) struct Model;

pub(super) fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn state(order: &Order) -> OrderState {
    OrderState {
        key: OrderKey::new(0, order.symbol, order.id),
        filled: Some(Decimal::from(order.filled)),
        time: Some(time(order.time)),
        closed: order.is_closed(),
    }
}

impl AccountModel for Model {
    type Event = Event;
    type Account = Account;
    type Order = Order;
    type Trade = Trade;
    const PAGE: usize = 16;

    fn change(event: &Event) -> Change {
        match event {
            Event::Order(order, fill) => Change::Order(
                state(order),
                fill.map(|(trade_id, quantity)| Fill {
                    trade_id,
                    quantity: Decimal::from(quantity),
                }),
            ),
            Event::Lite { symbol, order, trade } => {
                Change::Preview(OrderKey::new(0, *symbol, *order), *trade)
            }
            Event::Balance { time: at, .. } => Change::Account(Some(time(*at))),
            Event::Note(_) => Change::Other,
        }
    }

    fn account_time(account: &Account) -> Option<Timestamp> {
        Some(time(account.time))
    }

    fn order(_: u8, order: &Order) -> OrderState {
        state(order)
    }

    fn trade(_: u8, trade: &Trade) -> TradeState {
        TradeState {
            order: OrderKey::new(0, trade.symbol, trade.order),
            fill: Fill {
                trade_id: trade.id,
                quantity: Decimal::from(trade.quantity),
            },
            cursor: trade.id,
            time: Some(time(trade.time)),
        }
    }
}

/// The exchange's side.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub now: i64,
    pub orders: BTreeMap<i64, Order>,
    pub trades: Vec<Trade>,
    pub account: Account,
    /// What the connection has yet to bring.
    pub queue: VecDeque<Event>,
    pub connected: bool,
}

impl Exchange {
    pub(super) fn new() -> Self {
        Self {
            now: 1_000_000,
            orders: BTreeMap::new(),
            trades: Vec::new(),
            account: Account {
                balances: [1000, 1000],
                time: 1_000_000,
            },
            queue: VecDeque::new(),
            connected: false,
        }
    }

    fn tell(&mut self, event: Event) {
        if self.connected {
            self.queue.push_back(event);
        }
    }

    fn balance(&mut self, asset: usize, change: i64) {
        self.account.balances[asset] += change;
        self.account.time = self.now;
        let amount = self.account.balances[asset];
        let time = self.now;
        self.tell(Event::Balance { asset, amount, time });
    }

    pub(super) fn deposit(&mut self, asset: usize, amount: i64) {
        self.balance(asset, amount);
    }

    pub(super) fn note(&mut self, number: u32) {
        self.tell(Event::Note(number));
    }

    pub(super) fn place(&mut self, symbol: &'static str, quantity: i64) -> i64 {
        let id = 100 + i64::try_from(self.orders.len()).expect("few orders");
        let order = Order {
            id,
            symbol,
            quantity,
            filled: 0,
            time: self.now,
            canceled: false,
        };
        self.orders.insert(id, order.clone());
        self.tell(Event::Order(order, None));
        self.balance(0, -1);
        id
    }

    pub(super) fn open(&self) -> Vec<i64> {
        let open = self.orders.values().filter(|order| !order.is_closed());
        open.map(|order| order.id).collect()
    }

    pub(super) fn fill(&mut self, id: i64, quantity: i64) {
        let now = self.now;
        let trade_id = 7000 + i64::try_from(self.trades.len()).expect("few trades");
        let Some(order) = self.orders.get_mut(&id) else {
            return;
        };
        let quantity = quantity.min(order.quantity - order.filled);
        order.filled += quantity;
        order.time = now;
        let order = order.clone();
        self.trades.push(Trade {
            id: trade_id,
            order: id,
            symbol: order.symbol,
            quantity,
            time: now,
        });
        self.tell(Event::Lite {
            symbol: order.symbol,
            order: id,
            trade: trade_id,
        });
        self.tell(Event::Order(order, Some((trade_id, quantity))));
        self.balance(1, quantity);
    }

    pub(super) fn cancel(&mut self, id: i64) {
        let now = self.now;
        let Some(order) = self.orders.get_mut(&id) else {
            return;
        };
        order.canceled = true;
        order.time = now;
        let order = order.clone();
        self.tell(Event::Order(order, None));
        self.balance(0, 1);
    }

    pub(super) fn serve(&self, fetch: &Fetch) -> Fetched<Model> {
        match fetch {
            Fetch::Account => Fetched::Account(self.account.clone()),
            Fetch::OpenOrders { .. } => {
                let open = self.orders.values().filter(|order| !order.is_closed());
                Fetched::Orders(open.cloned().collect())
            }
            Fetch::Order(key) => Fetched::Order(self.orders.get(&key.id).cloned()),
            Fetch::Trades { symbol, from, .. } => {
                let mine = self.trades.iter().filter(|trade| trade.symbol == symbol.as_ref());
                let page = Model::PAGE;
                Fetched::Trades(match from {
                    Some(from) => mine
                        .filter(|trade| trade.id >= *from)
                        .take(page)
                        .cloned()
                        .collect(),
                    None => {
                        let all: Vec<Trade> = mine.cloned().collect();
                        all[all.len().saturating_sub(page)..].to_vec()
                    }
                })
            }
        }
    }
}

/// The reader's side: what it makes of the items, and what it finds wrong with them.
#[derive(Debug, Default)]
pub(super) struct View {
    pub orders: BTreeMap<i64, Order>,
    /// The fills that were seen: trade id and order.
    pub fills: BTreeSet<(i64, i64)>,
    /// What was filled of the orders of the first snapshot.
    pub before: BTreeMap<i64, i64>,
    pub balances: [i64; 2],
    pub snapshots: usize,
    pub late: usize,
    pub notes: Vec<u32>,
    pub gaps: Vec<String>,
    pub wrong: Vec<String>,
    pub doubts: Vec<String>,
}

impl View {
    pub(super) fn take(&mut self, item: UserDataItem<Model>) {
        match item {
            UserDataItem::Event(event) => self.event(event, false),
            UserDataItem::LateFill(event) => {
                self.late += 1;
                self.event(event, true);
            }
            UserDataItem::Snapshot(snapshot) => self.snapshot(*snapshot),
            UserDataItem::Gap(cause) => self.gaps.push(cause.to_string()),
            _ => {}
        }
    }

    fn event(&mut self, event: Event, late: bool) {
        if self.snapshots == 0 {
            self.wrong
                .push(format!("{event:?} came before the first snapshot"));
        }
        match event {
            Event::Order(order, fill) => {
                if let Some((trade, _)) = fill {
                    self.fill(trade, order.id);
                }
                if !late {
                    self.order(order);
                }
            }
            Event::Balance { asset, amount, .. } => self.balances[asset] = amount,
            Event::Note(number) => self.notes.push(number),
            Event::Lite { order, trade, .. } => {
                if self.fills.contains(&(trade, order)) {
                    self.wrong
                        .push(format!("a preview of trade {trade} came after it"));
                }
            }
        }
    }

    fn fill(&mut self, trade: i64, order: i64) {
        if !self.fills.insert((trade, order)) {
            self.wrong
                .push(format!("trade {trade} of order {order} came twice"));
        }
    }

    fn order(&mut self, order: Order) {
        if let Some(known) = self.orders.get(&order.id)
            && (order.filled < known.filled || (known.is_closed() && !order.is_closed()))
        {
            self.wrong.push(format!("{known:?} went back to {order:?}"));
        }
        self.orders.insert(order.id, order);
    }

    fn snapshot(&mut self, snapshot: Snapshot<Model>) {
        self.snapshots += 1;
        self.doubts
            .extend(snapshot.doubts.iter().map(|doubt| format!("{doubt:?}")));
        let open: BTreeSet<i64> = snapshot.open_orders.iter().map(|order| order.id).collect();
        if self.snapshots == 1 {
            self.before = snapshot
                .open_orders
                .iter()
                .map(|order| (order.id, order.filled))
                .collect();
            if !snapshot.trades.is_empty() || !snapshot.closed_orders.is_empty() {
                self.wrong.push("the first snapshot tells of a past".into());
            }
        }
        for order in snapshot.open_orders.into_iter().chain(snapshot.closed_orders) {
            self.order(order);
        }
        for trade in &snapshot.trades {
            self.fill(trade.id, trade.order);
        }
        let vanished = self
            .orders
            .values()
            .filter(|order| !order.is_closed() && !open.contains(&order.id));
        let vanished: Vec<String> = vanished
            .map(|order| format!("{order:?} is in no snapshot"))
            .collect();
        self.wrong.extend(vanished);
        self.balances = snapshot.account.balances;
    }

    /// Compares with the truth.
    pub(super) fn check(&self, exchange: &Exchange) -> Vec<String> {
        let mut wrong = self.wrong.clone();
        if self.balances != exchange.account.balances {
            wrong.push(format!(
                "balances {:?}, not {:?}",
                self.balances, exchange.account.balances
            ));
        }
        let open: Vec<i64> = self
            .orders
            .values()
            .filter(|order| !order.is_closed())
            .map(|order| order.id)
            .collect();
        if open != exchange.open() {
            wrong.push(format!("open orders {open:?}, not {:?}", exchange.open()));
        }
        for (id, order) in &self.orders {
            if exchange.orders.get(id) != Some(order) {
                wrong.push(format!("{order:?}, not {:?}", exchange.orders.get(id)));
            }
        }
        wrong
    }

    /// The fills of an order that are missing, where its beginning is known.
    pub(super) fn missing(&self, exchange: &Exchange, id: i64) -> Vec<i64> {
        let mut sum = 0;
        let before = self.before.get(&id).copied().unwrap_or(0);
        let mine = exchange.trades.iter().filter(|trade| trade.order == id);
        let after = mine.filter(|trade| {
            sum += trade.quantity;
            sum > before
        });
        after
            .map(|trade| trade.id)
            .filter(|trade| !self.fills.contains(&(*trade, id)))
            .collect()
    }
}

pub(super) fn symbols(names: &[&'static str]) -> Vec<(u8, Text)> {
    names.iter().map(|name| (0, Text::from(*name))).collect()
}
