//! Canceling and amending orders.

use crate::Fixed;
use crate::book::OrderId;

use super::event::ExecutionType;
use super::order::{Amendment, Contingency, ListId, Order, OrderList, Status};
use super::query::OrderRef;
use super::{AccountId, Engine, Rejection};

const UNKNOWN: &str = "Unknown order sent.";

/// What a cancellation ended.
#[derive(Clone, Debug)]
pub enum Canceled {
    /// An order.
    Order(Box<Order>),
    /// A list with the orders of it that were open.
    List(Box<OrderList>, Vec<Order>),
}

/// Which orders a cancellation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restriction {
    /// Those of which nothing is executed.
    OnlyNew,
    /// Those that are executed in part.
    OnlyPartiallyFilled,
}

impl Engine {
    /// Cancels an order; of a list, all of its orders.
    ///
    /// # Errors
    /// -1121, -2011 where it is not open or does not fit the restriction, and the errors of [`find`](Self::find).
    pub fn cancel(
        &mut self,
        account: AccountId,
        symbol: &str,
        order: &OrderRef,
        restriction: Option<Restriction>,
        client_id: &str,
        now_us: i64,
    ) -> Result<Canceled, Rejection> {
        let unknown = || Rejection::new(-2011, UNKNOWN);
        let found = self.find(account, symbol, order, unknown)?;
        if !found.status.is_open() {
            return Err(unknown());
        }
        let fits = match restriction {
            None => true,
            Some(Restriction::OnlyNew) => matches!(found.status, Status::New | Status::PendingNew),
            Some(Restriction::OnlyPartiallyFilled) => found.status == Status::PartiallyFilled,
        };
        if !fits {
            return Err(Rejection::new(
                -2011,
                "Order was not canceled due to cancel restrictions.",
            ));
        }
        let (id, list) = (found.id, found.list);
        let canceled = match list {
            Some(list) => self.end_list(list, client_id, now_us),
            None => self
                .end(id, client_id, now_us)
                .map(|order| Canceled::Order(Box::new(order))),
        };
        self.finish(now_us);
        canceled.ok_or_else(unknown)
    }

    /// Cancels an order list.
    ///
    /// # Errors
    /// -1121, and -2011 where it is unknown or over.
    pub fn cancel_list(
        &mut self,
        account: AccountId,
        symbol: &str,
        id: Option<ListId>,
        client_id: Option<&str>,
        new_client_id: &str,
        now_us: i64,
    ) -> Result<Canceled, Rejection> {
        self.market(symbol)?;
        let unknown = || Rejection::new(-2011, UNKNOWN);
        let list = self
            .find_list(account, id, client_id)
            .filter(|list| list.symbol == symbol);
        let id = list.map(|list| list.id).ok_or_else(unknown)?;
        let canceled = self.end_list(id, new_client_id, now_us);
        self.finish(now_us);
        canceled.ok_or_else(unknown)
    }

    /// Cancels every open order and list of an account and symbol.
    ///
    /// # Errors
    /// -1121, and -2011 where none is open.
    pub fn cancel_all(
        &mut self,
        account: AccountId,
        symbol: &str,
        client_id: impl Fn(OrderId) -> String,
        now_us: i64,
    ) -> Result<Vec<(Canceled, String)>, Rejection> {
        self.market(symbol)?;
        let open: Vec<_> = self
            .open_orders(account, Some(symbol))
            .map(|order| (order.id, order.list))
            .collect();
        let mut canceled = Vec::new();
        for (id, list) in open {
            let name = client_id(id);
            let ended = match list {
                // The other orders of a list go with the first.
                Some(list) => self.end_list(list, &name, now_us),
                None => self
                    .end(id, &name, now_us)
                    .map(|order| Canceled::Order(Box::new(order))),
            };
            canceled.extend(ended.map(|ended| (ended, name)));
        }
        self.finish(now_us);
        if canceled.is_empty() {
            Err(Rejection::new(-2011, UNKNOWN))
        } else {
            Ok(canceled)
        }
    }

    /// Ends an order for its user; none where it is over.
    fn end(&mut self, id: OrderId, client_id: &str, now_us: i64) -> Option<Order> {
        self.orders.get(&id).filter(|order| order.status.is_open())?;
        self.withdraw(id);
        self.close(id, Status::Canceled, now_us);
        let name = client_id.to_owned();
        self.report_with(id, ExecutionType::Canceled, now_us, |execution| {
            execution.other_client_id = Some(name)
        });
        self.orders.get(&id).cloned()
    }

    /// Ends the orders of a list for its user; none where all are over.
    fn end_list(&mut self, list: ListId, client_id: &str, now_us: i64) -> Option<Canceled> {
        let ids: Vec<OrderId> = self.lists.get(&list)?.orders.iter().map(|(id, _)| *id).collect();
        let ended: Vec<Order> = ids
            .into_iter()
            .filter_map(|id| self.end(id, client_id, now_us))
            .collect();
        if ended.is_empty() {
            return None;
        }
        self.list_goes_on(list, now_us);
        Some(Canceled::List(Box::new(self.lists.get(&list)?.clone()), ended))
    }

    /// Makes an order smaller; it keeps its place in the queue. The order after it and the number of the execution.
    ///
    /// # Errors
    /// -1121, -1013 with the filter, -2038 with the reason.
    pub fn amend(
        &mut self,
        account: AccountId,
        symbol: &str,
        order: &OrderRef,
        new_client_id: Option<&str>,
        quantity: Fixed,
        now_us: i64,
    ) -> Result<(Order, Amendment), Rejection> {
        let refuse = |message: &str| Rejection::new(-2038, message);
        let market = self.market(symbol)?;
        let (step, max_quantity, max_amends) = (
            market.symbol.step,
            market.symbol.max_quantity,
            market.symbol.max_amends,
        );
        let found = self
            .find(account, symbol, order, || {
                Rejection::new(-2013, "Order does not exist.")
            })?
            .clone();
        if !found.status.is_open() {
            return Err(refuse(UNKNOWN));
        }
        if !(step..=max_quantity).contains(&quantity) || !quantity.is_multiple_of(step) {
            return Err(Rejection::new(-1013, "Filter failure: LOT_SIZE"));
        }
        if found.amendments >= max_amends {
            return Err(Rejection::new(-1013, "Filter failure: MAX_NUM_ORDER_AMENDS"));
        }
        if quantity > found.quantity {
            return Err(refuse("Order amend (quantity increase) is not supported."));
        }
        let open = quantity - found.executed - found.prevented;
        if quantity == found.quantity || open <= Fixed::ZERO {
            return Err(refuse("The requested action would change no state; rejecting."));
        }
        let id = found.id;
        let new_name = match new_client_id {
            Some(name) => name.to_owned(),
            None => format!("amend{:08}{id:09}", found.amendments),
        };
        if let Some(order) = self.orders.get_mut(&id) {
            order.quantity = quantity;
            order.amendments += 1;
            order.updated_us = now_us;
            order.client_order_id = new_name.clone();
        }
        self.by_client_id
            .insert((account, symbol.to_owned(), new_name.clone()), id);
        if let Some(list) = found.list.and_then(|list| self.lists.get_mut(&list)) {
            for (_, name) in list.orders.iter_mut().filter(|(order, _)| *order == id) {
                name.clone_from(&new_name);
            }
        }
        if let Some(market) = self.market_mut(symbol) {
            market.touched |= market.book.reduce(id, open);
        }
        // The orders of a pair share what the first of them has locked; every other order has its own.
        let in_pair = found
            .list
            .and_then(|list| self.lists.get(&list))
            .is_some_and(|list| {
                let pair = match list.contingency {
                    Contingency::Oco => list.orders.as_slice(),
                    Contingency::Oto => list.orders.get(1..).unwrap_or_default(),
                };
                pair.len() > 1 && pair.iter().any(|(order, _)| *order == id)
            });
        if !in_pair {
            self.keep_locked(id);
        }
        let amendment = Amendment {
            order: id,
            execution_id: self.next_execution,
            old_client_order_id: found.client_order_id.clone(),
            new_client_order_id: new_name,
            old_quantity: found.quantity,
            new_quantity: quantity,
            time_us: now_us,
        };
        self.amendments.entry(id).or_default().push(amendment.clone());
        let before = found.client_order_id;
        self.report_with(id, ExecutionType::Replaced, now_us, |execution| {
            execution.other_client_id = Some(before)
        });
        self.finish(now_us);
        let after = self.orders.get(&id).cloned().ok_or_else(|| refuse(UNKNOWN))?;
        Ok((after, amendment))
    }
}
