//! Orders after they were placed: found, modified, canceled, ended by the clock.

use super::math::is_positive;
use super::order::{Algo, AlgoStatus, Execution, Order, OrderType, PriceMatch, Side, Status, TimeInForce};
use super::tape::push;
use super::{AccountEvent, AccountId, ContractId, Futures, Reject, Waiting};
use crate::Fixed;

/// Changes of an order that are allowed.
const MAX_AMENDMENTS: u32 = 10_000;

/// A change of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// `amendmentId`.
    pub id: i64,
    /// The order.
    pub order: i64,
    /// Whose it is.
    pub account: AccountId,
    /// Its contract.
    pub contract: ContractId,
    /// Its client id.
    pub client_id: String,
    /// The price before and after.
    pub price: (Fixed, Fixed),
    /// The quantity before and after.
    pub quantity: (Fixed, Fixed),
    /// How often it was changed, with this.
    pub count: u32,
    /// When.
    pub time_us: i64,
}

/// What is to change of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The side, which must be that of the order.
    pub side: Option<Side>,
    /// The new quantity.
    pub quantity: Option<Fixed>,
    /// The new price.
    pub price: Option<Fixed>,
    /// The price of the book that it takes.
    pub price_match: PriceMatch,
}

impl Futures {
    /// An order of an account, by its id or else its client id; of orders with the same client id, the latest.
    ///
    /// # Errors
    /// -2013 where there is none.
    pub fn find_order(
        &self,
        account: AccountId,
        contract: ContractId,
        id: Option<i64>,
        client_id: Option<&str>,
    ) -> Result<&Order, Reject> {
        let owner = self.accounts.get(&account);
        let known = |id: &i64| {
            self.orders
                .get(id)
                .filter(|order| order.request.contract == contract)
        };
        let found = match (id, client_id) {
            (Some(id), _) => owner
                .filter(|owner| owner.orders.contains(&id))
                .and_then(|_| known(&id)),
            (None, Some(text)) => owner.and_then(|owner| {
                let open = owner.by_client_id.get(text).and_then(known);
                let named = |order: &&Order| order.client_id == text;
                open.or_else(|| owner.orders.iter().rev().filter_map(known).find(named))
            }),
            (None, None) => None,
        };
        found.ok_or_else(|| Reject::new(-2013, "Order does not exist."))
    }

    /// A conditional order of an account, by its id or else its client id.
    ///
    /// # Errors
    /// -2013 where there is none.
    pub fn find_algo(
        &self,
        account: AccountId,
        id: Option<i64>,
        client_id: Option<&str>,
    ) -> Result<&Algo, Reject> {
        let owner = self.accounts.get(&account);
        let known = |id: &i64| self.algos.get(id);
        let found = match (id, client_id) {
            (Some(id), _) => owner
                .filter(|owner| owner.algos.contains(&id))
                .and_then(|_| known(&id)),
            (None, Some(text)) => owner.and_then(|owner| {
                let named = |algo: &&Algo| algo.client_id == text;
                let waiting = owner.algos_by_client_id.get(text).and_then(known);
                waiting.or_else(|| owner.algos.iter().rev().filter_map(known).find(named))
            }),
            (None, None) => None,
        };
        found.ok_or_else(|| Reject::new(-2013, "Order does not exist."))
    }

    /// Cancels an order.
    ///
    /// # Errors
    /// -2011 where it is not open.
    pub fn cancel(
        &mut self,
        account: AccountId,
        contract: ContractId,
        id: Option<i64>,
        client_id: Option<&str>,
    ) -> Result<Order, Reject> {
        let unknown = || Reject::new(-2011, "Unknown order sent.");
        let found = self.find_order(account, contract, id, client_id);
        let order = found.ok().filter(|order| order.is_open()).ok_or_else(unknown)?;
        let id = order.id;
        let mut canceled = order.clone();
        self.close(id, Status::Canceled);
        canceled.status = Status::Canceled;
        canceled.updated_us = self.now_us;
        self.settle();
        Ok(canceled)
    }

    /// Cancels a conditional order that waits.
    ///
    /// # Errors
    /// -2011 where it does not.
    pub fn cancel_algo(
        &mut self,
        account: AccountId,
        id: Option<i64>,
        client_id: Option<&str>,
    ) -> Result<Algo, Reject> {
        let unknown = || Reject::new(-2011, "Unknown order sent.");
        let found = self.find_algo(account, id, client_id);
        let algo = found
            .ok()
            .filter(|algo| algo.waits())
            .cloned()
            .ok_or_else(unknown)?;
        self.end_algo(algo.id, AlgoStatus::Canceled, None);
        Ok(algo)
    }

    /// Cancels all orders of an account in a contract.
    pub fn cancel_all(&mut self, account: AccountId, contract: ContractId) {
        for id in self.open_orders(account, Some(contract)) {
            self.close(id, Status::Canceled);
        }
        self.settle();
    }

    /// Cancels all conditional orders of an account in a contract.
    pub fn cancel_all_algos(&mut self, account: AccountId, contract: ContractId) {
        for id in self.open_algos(account, Some(contract)) {
            self.end_algo(id, AlgoStatus::Canceled, None);
        }
    }

    /// The ids of the open orders of an account, the oldest first; those that wait as well.
    pub fn open_orders(&self, account: AccountId, contract: Option<ContractId>) -> Vec<i64> {
        let Some(owner) = self.accounts.get(&account) else {
            return Vec::new();
        };
        let concerned = |id: &&i64| {
            let of = self.orders.get(id).map(|order| order.request.contract);
            contract.is_none() || of == contract
        };
        owner.open.iter().filter(concerned).copied().collect()
    }

    /// The ids of the conditional orders of an account that wait, the oldest first.
    pub fn open_algos(&self, account: AccountId, contract: Option<ContractId>) -> Vec<i64> {
        let Some(owner) = self.accounts.get(&account) else {
            return Vec::new();
        };
        let concerned = |id: &i64| {
            let of = self.algos.get(id).map(|algo| algo.request.contract);
            contract.is_none() || of == contract
        };
        let mut ids: Vec<i64> = owner
            .algos_by_client_id
            .values()
            .copied()
            .filter(concerned)
            .collect();
        ids.sort_unstable();
        ids
    }

    /// Ends a conditional order that has placed none.
    pub(super) fn end_algo(&mut self, id: i64, status: AlgoStatus, reason: Option<String>) {
        let now_us = self.now_us;
        let Some(algo) = self.algos.get_mut(&id) else {
            return;
        };
        algo.status = status;
        algo.reason = reason;
        algo.updated_us = now_us;
        let algo = algo.clone();
        self.stop_waiting(&algo);
        self.over(Waiting::Algo(id));
        self.tell(algo.account, AccountEvent::Algo(Box::new(algo)));
    }

    /// Takes a conditional order out of those that wait.
    pub(super) fn stop_waiting(&mut self, algo: &Algo) {
        if let Some(listing) = self.listings.get_mut(algo.request.contract) {
            listing
                .waiting
                .retain(|waiting| *waiting != Waiting::Algo(algo.id));
        }
        if let Some(owner) = self.accounts.get_mut(&algo.account) {
            owner.algos_by_client_id.remove(&algo.client_id);
        }
        if let Some(at) = algo.request.good_till_us {
            self.expiring.remove(&(at, algo.id));
        }
    }

    /// Changes the price or the quantity of a limit order, which goes to the end of its level. A quantity of no more than
    /// what is filled cancels it, and so does a post-only order's price at which it would take.
    ///
    /// # Errors
    /// With the code of the rule that it breaks; nothing has changed then.
    pub fn modify(
        &mut self,
        account: AccountId,
        contract: ContractId,
        id: Option<i64>,
        client_id: Option<&str>,
        change: Change,
    ) -> Result<Order, Reject> {
        let order = self.find_order(account, contract, id, client_id)?;
        if !order.is_open() {
            return Err(Reject::new(-2013, "Order does not exist."));
        }
        if order.kind != OrderType::Limit || order.waits_for.is_some() {
            return Err(Reject::new(-5025, "Only limit order is supported."));
        }
        if order.amendments >= MAX_AMENDMENTS {
            return Err(Reject::new(-5026, "Exceed maximum modify order limit."));
        }
        if change.side.is_some_and(|side| side != order.request.side) {
            return Err(Reject::new(-1130, "Data sent for parameter 'side' is not valid."));
        }
        let (id, before) = (order.id, order.request.clone());
        let (filled, left) = (order.executed, order.remaining());
        let mut request = before.clone();
        request.quantity = change.quantity.unwrap_or(before.quantity);
        request.price = change.price.unwrap_or(before.price);
        if let Some((opposite, nth)) = change.price_match.place() {
            request.price = self.matched_price(&request, opposite, nth)?;
            request.price_match = change.price_match;
        }
        let most = self.listing(contract)?.contract.max_quantity;
        self.check_price(contract, request.side, request.price)?;
        self.check_quantity(contract, request.quantity, most)?;
        if request.price == before.price && request.quantity == before.quantity {
            return Err(Reject::new(-5027, "No need to modify the order."));
        }
        if request.quantity <= filled {
            return self.cancel(account, contract, Some(id), None);
        }
        if !request.only_reduces() {
            let listing = self.listing(contract)?;
            let notional = listing
                .contract
                .notional(request.quantity - filled, request.price);
            let of_order = listing.contract.notional(left, before.price);
            if notional > of_order {
                self.check_margin(account, &request, notional, Some(id))?;
            }
        }
        let listing = self.listing(contract)?;
        let other = listing.book.best(request.side.opposite());
        let takes = other.is_some_and(|(price, _)| self.takes(&request, price));
        if takes && matches!(request.time_in_force, TimeInForce::Gtx | TimeInForce::Rpi) {
            return self.cancel(account, contract, Some(id), None);
        }
        let changed = self.amend(id, &request);
        if let Some(listing) = self.listings.get_mut(contract) {
            listing.book.withdraw(id);
        }
        if let Some(order) = changed {
            let amendment = Amendment {
                id: self.next_id(),
                order: id,
                account,
                contract,
                client_id: order.client_id.clone(),
                price: (before.price, request.price),
                quantity: (before.quantity, request.quantity),
                count: order.amendments,
                time_us: self.now_us,
            };
            let history = self.history;
            push(&mut self.amendments, amendment, history);
            self.report(Execution::Amendment, order, None);
        }
        self.run(id);
        let modified = self.orders.get(&id).cloned();
        self.settle();
        let order = self.orders.get(&id).cloned().or(modified);
        order.ok_or_else(|| Reject::new(-2013, "Order does not exist."))
    }

    fn amend(&mut self, id: i64, request: &super::NewOrder) -> Option<Order> {
        let now_us = self.now_us;
        let order = self.orders.get_mut(&id)?;
        order.request = request.clone();
        order.amendments += 1;
        order.updated_us = now_us;
        Some(order.clone())
    }

    /// Cancels all orders of an account in a contract once a time has passed, unless this is called again before; zero
    /// takes that back.
    pub fn countdown(&mut self, account: AccountId, contract: ContractId, milliseconds: i64) {
        let key = (account, contract);
        match is_positive(Fixed::from_units(milliseconds.into())) {
            true => {
                let at = self.now_us.saturating_add(milliseconds.saturating_mul(1000));
                self.countdowns.insert(key, at);
            }
            false => drop(self.countdowns.remove(&key)),
        }
    }

    /// Ends what the clock ends.
    pub(super) fn end_by_time(&mut self) {
        while let Some((at, id)) = self
            .expiring
            .first()
            .copied()
            .filter(|(at, _)| *at <= self.now_us)
        {
            self.expiring.remove(&(at, id));
            match self.orders.contains_key(&id) {
                true => self.close(id, Status::Canceled),
                false => self.end_algo(id, AlgoStatus::Expired, None),
            }
        }
        let over: Vec<(AccountId, ContractId)> = self
            .countdowns
            .iter()
            .filter(|(_, at)| **at <= self.now_us)
            .map(|(key, _)| *key)
            .collect();
        for (account, contract) in over {
            self.countdowns.remove(&(account, contract));
            for id in self.open_orders(account, Some(contract)) {
                self.close(id, Status::Canceled);
            }
        }
    }
}
