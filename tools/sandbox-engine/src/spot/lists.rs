//! Order lists: one cancels the other, one triggers the others, one pays for the others.

use crate::Fixed;
use crate::book::OrderId;

use super::event::{Event, ExecutionType};
use super::order::{Contingency, ListId, ListStage, NewList, NewOrder, Order, OrderList, Status};
use super::symbol::check_count;
use super::{AccountId, COMMISSION, Engine, Rejection};

const BAD_PRICES: &str = "The relationship of the prices for the orders is not correct.";

impl Engine {
    /// Places an order list; what it led to waits as events.
    ///
    /// # Errors
    /// -1121, -1013 with the filter, -2010 with the reason.
    pub fn place_list(
        &mut self,
        account: AccountId,
        new: &NewList,
        now_us: i64,
    ) -> Result<ListId, Rejection> {
        let first = new.working.as_ref().or(new.orders.first());
        let symbol = first.map(|order| order.symbol.clone()).unwrap_or_default();
        self.check_list(account, new)?;
        let id = self.next_list;
        let mut drafts = Vec::new();
        for order in new.working.iter().chain(&new.orders) {
            drafts.push(self.draft(account, order, Some(id), now_us)?);
        }
        let names: Vec<&String> = drafts.iter().map(|order| &order.client_order_id).collect();
        let twice = |(at, name): (usize, &&String)| !name.is_empty() && names[..at].contains(name);
        if names.iter().enumerate().any(twice) {
            return Err(Rejection::order("Duplicate order sent."));
        }
        let locks = match new.working {
            Some(_) => vec![self.admit(&drafts[0], true)?],
            None => vec![self.admit_pair(&drafts)?],
        };
        self.note_opening(&symbol, now_us);
        self.next_list += 1;
        let ids: Vec<OrderId> = drafts.into_iter().map(|order| self.take_in(order)).collect();
        let named = |id: &OrderId| {
            (
                *id,
                self.orders
                    .get(id)
                    .map(|o| o.client_order_id.clone())
                    .unwrap_or_default(),
            )
        };
        let list = OrderList {
            id,
            account,
            symbol,
            contingency: if new.working.is_some() {
                Contingency::Oto
            } else {
                Contingency::Oco
            },
            orders: ids.iter().map(named).collect(),
            client_id: new.client_id.clone().unwrap_or_else(|| format!("list{id:018}")),
            stage: ListStage::ExecStarted,
            created_us: now_us,
            updated_us: now_us,
            waits_for: new.working.as_ref().and(ids.first().copied()),
            pays: new.pays,
        };
        self.lists_by_client_id
            .insert((account, list.client_id.clone()), id);
        self.outbox.push(Event::List(Box::new(list.clone())));
        self.lists.insert(id, list);
        if let (Some(first), Some(locked)) = (ids.first(), locks.first()) {
            self.set_locked(*first, *locked);
        }
        if new.working.is_some() {
            for pending in &ids[1..] {
                if let Some(order) = self.orders.get_mut(pending) {
                    order.status = Status::PendingNew;
                }
                self.report(*pending, ExecutionType::New, now_us);
            }
            self.start(ids[0], now_us);
        } else {
            self.start_pair(&ids, now_us);
        }
        self.finish(now_us);
        Ok(id)
    }

    /// Checks what needs neither the book nor a balance, of each order and of the list.
    ///
    /// # Errors
    /// -1121, -1013 with the filter, -2010 for a name that is in use.
    pub fn check_list(&self, account: AccountId, new: &NewList) -> Result<(), Rejection> {
        for order in new.working.iter().chain(&new.orders) {
            self.check(account, order)?;
        }
        let Some(first) = new.working.as_ref().or(new.orders.first()) else {
            return Err(Rejection::new(-1014, "Unsupported order combination."));
        };
        let open = self
            .open_lists(account)
            .filter(|list| list.symbol == first.symbol)
            .count();
        let market = self.market(&first.symbol)?;
        check_count(open, 1, market.symbol.max_lists, "MAX_NUM_ORDER_LISTS")?;
        let used = |name: &String| self.lists_by_client_id.get(&(account, name.clone()));
        let used = new
            .client_id
            .as_ref()
            .and_then(used)
            .and_then(|id| self.lists.get(id));
        if used.is_some_and(|list| list.stage != ListStage::AllDone) {
            return Err(Rejection::order("Duplicate order sent."));
        }
        if let [above, below] = &new.orders[..] {
            // Around the last price for a pair alone, and around each other in any case.
            let last = new.working.is_none().then(|| market.tape.last_price());
            let (above, below) = (reference(above), reference(below));
            let ordered = |above: Option<Fixed>, below: Option<Fixed>| {
                above.zip(below).is_none_or(|(above, below)| above > below)
            };
            if !ordered(above, below) || !ordered(above, last) || !ordered(last, below) {
                return Err(Rejection::order(BAD_PRICES));
            }
        }
        Ok(())
    }

    /// Whether both orders of a pair may start; the more that one of them locks serves for both.
    fn admit_pair(&mut self, pair: &[Order]) -> Result<Fixed, Rejection> {
        let mut most = Fixed::ZERO;
        for order in pair {
            most = most.max(self.admit(order, true)?);
        }
        Ok(most)
    }

    /// Starts the orders of a pair, those that wait for a price first: one that takes at once ends them.
    fn start_pair(&mut self, ids: &[OrderId], now_us: i64) {
        let waits =
            |engine: &Engine, id: &OrderId| engine.orders.get(id).is_some_and(|o| o.kind.is_conditional());
        let (waiting, others): (Vec<OrderId>, Vec<OrderId>) = ids.iter().partition(|id| waits(self, id));
        for id in waiting.into_iter().chain(others) {
            if self.orders.get(&id).is_some_and(|order| order.status.is_open()) {
                self.start(id, now_us);
            }
        }
    }

    /// An order of a list is about to trade or fires: the other one of a pair expires, and what that had locked is its own.
    pub(super) fn leg_takes_effect(&mut self, id: OrderId, now_us: i64) {
        let Some(list) = self
            .orders
            .get(&id)
            .and_then(|order| self.lists.get(&order.list?))
        else {
            return;
        };
        if list.waits_for.is_some() {
            return;
        }
        let first = usize::from(list.contingency == Contingency::Oto);
        let pair: Vec<OrderId> = list.orders.iter().skip(first).map(|(id, _)| *id).collect();
        if !pair.contains(&id) {
            return;
        }
        for other in pair.into_iter().filter(|other| *other != id) {
            let Some(order) = self.orders.get(&other).filter(|order| order.status.is_open()) else {
                continue;
            };
            let locked = order.locked;
            self.withdraw(other);
            self.expire(other, "OCO_TRIGGER", now_us);
            let own = self.orders.get(&id).map_or(Fixed::ZERO, |order| order.locked);
            self.set_locked(id, own.max(locked));
            self.keep_locked(id);
        }
    }

    /// Brings a list on after an order of it has ended.
    pub(super) fn list_goes_on(&mut self, id: ListId, now_us: i64) {
        let Some(list) = self
            .lists
            .get(&id)
            .filter(|list| list.stage != ListStage::AllDone)
        else {
            return;
        };
        let status = |order: OrderId| self.orders.get(&order).map(|order| order.status);
        let mut stage = list.stage;
        if let Some(working) = list.waits_for {
            let pending: Vec<OrderId> = list.orders.iter().skip(1).map(|(id, _)| *id).collect();
            match status(working) {
                Some(Status::Filled) => {
                    if let Some(list) = self.lists.get_mut(&id) {
                        list.waits_for = None;
                    }
                    self.release(working, &pending, now_us);
                    stage = ListStage::Updated;
                }
                Some(open) if open.is_open() => return,
                _ => {
                    for order in pending {
                        if self
                            .orders
                            .get(&order)
                            .is_some_and(|order| order.status.is_open())
                        {
                            self.expire(order, "OTO_PHASE_ONE_EXPIRED", now_us);
                        }
                    }
                }
            }
        }
        let Some(list) = self.lists.get_mut(&id) else {
            return;
        };
        let is_open = |order: &OrderId| self.orders.get(order).is_some_and(|order| order.status.is_open());
        if !list.orders.iter().any(|(order, _)| is_open(order)) {
            stage = ListStage::AllDone;
        }
        if stage != list.stage {
            list.stage = stage;
            list.updated_us = now_us;
            let event = Event::List(Box::new(list.clone()));
            self.outbox.push(event);
        }
    }

    /// Starts the orders that waited for one, which has been filled.
    fn release(&mut self, working: OrderId, pending: &[OrderId], now_us: i64) {
        let received = self.orders.get(&working).and_then(|order| {
            let pays = self.lists.get(&order.list?)?.pays;
            let received = order.executed - order.executed.times_up(COMMISSION);
            let step = self.market(&order.symbol).ok()?.symbol.step;
            pays.then(|| received.down_to(step))
        });
        let mut drafts = Vec::new();
        for id in pending {
            if let Some(order) = self.orders.get_mut(id) {
                order.quantity = received.unwrap_or(order.quantity);
                drafts.push(order.clone());
            }
        }
        if drafts.iter().any(|order| !order.status.is_open()) {
            return;
        }
        match self.admit_pair(&drafts) {
            Ok(locked) => {
                if let Some(first) = pending.first() {
                    self.set_locked(*first, locked);
                }
                self.start_pair(pending, now_us);
            }
            Err(rejection) => {
                let reason = reject_reason(&rejection);
                for id in pending {
                    self.close(*id, Status::Rejected, now_us);
                    self.report_with(*id, ExecutionType::Rejected, now_us, |execution| {
                        execution.reject_reason = Some(reason);
                    });
                }
            }
        }
    }
}

/// The price at which an order of a pair takes effect; none of one that trails.
fn reference(order: &NewOrder) -> Option<Fixed> {
    if order.kind.is_conditional() {
        order.stop_price
    } else {
        order.price.filter(|_| order.peg.is_none())
    }
}

/// The reason of a rejection as reports spell it.
fn reject_reason(rejection: &Rejection) -> &'static str {
    match rejection.message.as_str() {
        "Account has insufficient balance for requested action." => "INSUFFICIENT_BALANCES",
        "Order would trigger immediately." => "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
        "Order would immediately match and take." => "WOULD_MATCH_IMMEDIATELY",
        BAD_PRICES => "OCO_BAD_PRICES",
        _ => "NONE",
    }
}
