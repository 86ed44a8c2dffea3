//! Looking at what there is.

use std::collections::BTreeMap;

use crate::book::{Book, OrderId};

use super::order::{Amendment, Fill, ListId, ListStage, Order, OrderList, PreventedMatch};
use super::symbol::Symbol;
use super::tape::Tape;
use super::{AccountId, Engine, Rejection};

/// How a request names an order: by number, by the user's name, or by both.
#[derive(Clone, Debug, Default)]
pub struct OrderRef {
    /// Its number.
    pub id: Option<OrderId>,
    /// The user's name for it.
    pub client_order_id: Option<String>,
}

impl Engine {
    /// The symbols, by name.
    pub fn symbols(&self) -> impl Iterator<Item = &Symbol> {
        self.markets.values().map(|market| &market.symbol)
    }

    /// A symbol.
    pub fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.markets.get(name).map(|market| &market.symbol)
    }

    /// The book of a symbol.
    pub fn book(&self, symbol: &str) -> Option<&Book> {
        self.markets.get(symbol).map(|market| &market.book)
    }

    /// The trades of a symbol.
    pub fn tape(&self, symbol: &str) -> Option<&Tape> {
        self.markets.get(symbol).map(|market| &market.tape)
    }

    /// An order by its number.
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.get(&id)
    }

    /// All orders kept, the oldest first.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    /// Finds an order of an account; `unknown` is what one that does not exist is answered with.
    ///
    /// # Errors
    /// -1121, -1102 where nothing names it, -2039 where number and name are of two orders, and `unknown`.
    pub fn find(
        &self,
        account: AccountId,
        symbol: &str,
        order: &OrderRef,
        unknown: impl Fn() -> Rejection,
    ) -> Result<&Order, Rejection> {
        self.market(symbol)?;
        let own = |found: &&Order| found.account == account && found.symbol == symbol;
        match (order.id, &order.client_order_id) {
            (None, None) => Err(Rejection::new(
                -1102,
                "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
            )),
            (Some(id), name) => {
                let found = self.orders.get(&id).filter(own).ok_or_else(unknown)?;
                match name {
                    Some(name) if *name != found.client_order_id => Err(Rejection::new(
                        -2039,
                        "Client order ID is not correct for this order ID.",
                    )),
                    _ => Ok(found),
                }
            }
            (None, Some(name)) => {
                let key = (account, symbol.to_owned(), name.clone());
                let found = self.by_client_id.get(&key).and_then(|id| self.orders.get(id));
                found.filter(own).ok_or_else(unknown)
            }
        }
    }

    /// The open orders of an account, the oldest first.
    pub fn open_orders<'e>(
        &'e self,
        account: AccountId,
        symbol: Option<&'e str>,
    ) -> impl Iterator<Item = &'e Order> + 'e {
        let ids = self.open.get(&account).into_iter().flatten();
        let orders = ids.filter_map(|id| self.orders.get(id));
        orders.filter(move |order| symbol.is_none_or(|symbol| order.symbol == symbol))
    }

    /// The orders of an account and symbol from a number on, the oldest first.
    pub fn orders_of(
        &self,
        account: AccountId,
        symbol: &str,
        from: OrderId,
    ) -> impl DoubleEndedIterator<Item = &Order> {
        let ids = self.by_symbol.get(&(account, symbol.to_owned()));
        let ids = ids.into_iter().flat_map(move |ids| ids.range(from..));
        ids.filter_map(|id| self.orders.get(id))
    }

    /// A list of an account, by its number or the user's name.
    pub fn find_list(
        &self,
        account: AccountId,
        id: Option<ListId>,
        name: Option<&str>,
    ) -> Option<&OrderList> {
        let id = match (id, name) {
            (Some(id), _) => id,
            (None, name) => *self.lists_by_client_id.get(&(account, name?.to_owned()))?,
        };
        self.lists.get(&id).filter(|list| list.account == account)
    }

    /// The lists of an account from a number on, the oldest first.
    pub fn lists_of(&self, account: AccountId, from: ListId) -> impl DoubleEndedIterator<Item = &OrderList> {
        self.lists
            .range(from..)
            .map(|(_, list)| list)
            .filter(move |list| list.account == account)
    }

    /// The lists of an account that are not done.
    pub fn open_lists(&self, account: AccountId) -> impl Iterator<Item = &OrderList> {
        let mut ids: Vec<ListId> = self
            .open_orders(account, None)
            .filter_map(|order| order.list)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let lists = ids.into_iter().filter_map(|id| self.lists.get(&id));
        lists.filter(|list| list.stage != ListStage::AllDone)
    }

    /// The executions of an account and symbol, the oldest first.
    pub fn fills_of(&self, account: AccountId, symbol: &str) -> impl DoubleEndedIterator<Item = &Fill> {
        self.fills.of((account, symbol.to_owned()))
    }

    /// The executions of an account on all symbols, in the order in which they happened.
    pub fn fills_of_account(&self, account: AccountId) -> impl Iterator<Item = &Fill> {
        let mut walks = BTreeMap::new();
        let own = self
            .fills
            .arrivals
            .iter()
            .filter(move |(owner, _)| *owner == account);
        own.filter_map(move |key| {
            walks
                .entry(key)
                .or_insert_with(|| self.fills.of(key.clone()))
                .next()
        })
    }

    /// The executions of an order, the oldest first.
    pub fn fills_of_order(&self, order: &Order) -> Vec<&Fill> {
        let id = order.id;
        let since = order.created_us;
        let newest = self.fills_of(order.account, &order.symbol).rev();
        let mut fills: Vec<&Fill> = newest
            .take_while(|fill| fill.time_us >= since)
            .filter(|fill| fill.order == id)
            .collect();
        fills.reverse();
        fills
    }

    /// The prevented matches of an account and symbol, the oldest first.
    pub fn prevented_of(
        &self,
        account: AccountId,
        symbol: &str,
    ) -> impl DoubleEndedIterator<Item = &PreventedMatch> {
        let own = move |id: &OrderId| self.orders.get(id).is_some_and(|order| order.account == account);
        let of_symbol = self.prevented.of(symbol.to_owned());
        of_symbol.filter(move |entry| own(&entry.taker) || own(&entry.maker))
    }

    /// The prevented matches that a new order has met, the oldest first.
    pub fn prevented_by(&self, order: &Order) -> Vec<&PreventedMatch> {
        let id = order.id;
        let since = order.created_us;
        let newest = self.prevented.of(order.symbol.clone()).rev();
        let mut matches: Vec<&PreventedMatch> = newest
            .take_while(|entry| entry.time_us >= since)
            .filter(|entry| entry.taker == id)
            .collect();
        matches.reverse();
        matches
    }

    /// The amendments of an order, the oldest first.
    pub fn amendments_of(&self, order: OrderId) -> &[Amendment] {
        self.amendments.get(&order).map_or(&[], Vec::as_slice)
    }
}
