//! The matching engine: takes orders, moves balances, and tells what happened as events.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::{Account, AccountId, FIRST_ACCOUNT, SECOND_ACCOUNT};
use crate::book::{Appetite, Book, LISTINGS, Listing, Match, Side, listing};
use crate::decimal::Fixed;
use crate::error::Refusal;
use crate::events::{Event, Execution, MarketEvent, UserEvent};
use crate::order::{Fill, NewOrder, Order, Status};

/// One thousandth of what is received.
const COMMISSION: Fixed = Fixed::from_units(100_000);
const UNKNOWN_ORDER: &str = "Unknown order sent.";

/// The best levels of a book at one moment.
#[derive(Clone, Debug)]
pub(crate) struct DepthSnapshot {
    pub(crate) last_update_id: i64,
    pub(crate) bids: Vec<(Fixed, Fixed)>,
    pub(crate) asks: Vec<(Fixed, Fixed)>,
}

/// How a request names an order: by number, by client order id, or by both.
#[derive(Clone, Debug, Default)]
pub(crate) struct OrderRef {
    pub(crate) id: Option<u64>,
    pub(crate) client_order_id: Option<String>,
}

/// Books, orders and accounts.
#[derive(Debug)]
pub(crate) struct Engine {
    books: BTreeMap<&'static str, Book>,
    pub(crate) orders: BTreeMap<u64, Order>,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    next_order: u64,
    next_trade: i64,
    next_execution: i64,
    /// What happened since it was last taken.
    outbox: Vec<Event>,
}

impl Engine {
    pub(crate) fn new() -> Engine {
        let mut accounts = BTreeMap::new();
        for id in [FIRST_ACCOUNT, SECOND_ACCOUNT] {
            accounts.insert(id, endowed_account());
        }
        Engine {
            books: LISTINGS
                .iter()
                .map(|listing| (listing.symbol, Book::new(listing)))
                .collect(),
            orders: BTreeMap::new(),
            accounts,
            next_order: 1,
            next_trade: 1,
            next_execution: 1,
            outbox: Vec::new(),
        }
    }

    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox)
    }

    pub(crate) fn book(&self, symbol: &str) -> Option<&Book> {
        self.books.get(symbol)
    }

    pub(crate) fn symbols(&self) -> impl Iterator<Item = &str> {
        self.books.keys().copied()
    }

    pub(crate) fn account(&mut self, id: AccountId) -> &mut Account {
        self.accounts.entry(id).or_insert_with(endowed_account)
    }

    pub(crate) fn depth(&self, symbol: &str, limit: usize) -> Option<DepthSnapshot> {
        let book = self.books.get(symbol)?;
        Some(DepthSnapshot {
            last_update_id: book.last_update_id,
            bids: book.top(Side::Buy, limit),
            asks: book.top(Side::Sell, limit),
        })
    }

    /// Checks that need no balance: filters and the features that the symbol lacks.
    pub(crate) fn check(&self, new: &NewOrder) -> Result<&'static Listing, Refusal> {
        let listing = listing(&new.symbol).ok_or_else(|| Refusal::new(-1121, "Invalid symbol."))?;
        let filter = |name: &str| Err(Refusal::new(-1013, format!("Filter failure: {name}")));
        for price in [new.price, new.stop_price].into_iter().flatten() {
            if price < listing.tick || price > listing.max_price || !price.is_multiple_of(listing.tick) {
                return filter("PRICE_FILTER");
            }
        }
        let fits = |quantity: Fixed| {
            (listing.step..=listing.max_quantity).contains(&quantity) && quantity.is_multiple_of(listing.step)
        };
        if !new.quantity.is_none_or(fits) {
            return filter("LOT_SIZE");
        }
        let reference = new.price.or(new.stop_price).unwrap_or(listing.mid);
        let notional = new
            .quote_quantity
            .or(new.quantity.map(|quantity| quantity.times(reference)));
        if notional.is_some_and(|notional| notional < listing.min_notional) {
            return filter("NOTIONAL");
        }
        Ok(listing)
    }

    /// Places an order; the events of it wait in the outbox.
    pub(crate) fn place(&mut self, account: AccountId, new: &NewOrder, now_us: i64) -> Result<u64, Refusal> {
        let listing = self.check(new)?;
        let taken = new.client_order_id.as_ref().is_some_and(|wanted| {
            self.orders.values().any(|order| {
                order.account == account && order.status.is_open() && order.client_order_id == *wanted
            })
        });
        if taken {
            return Err(Refusal::rejected_order("Duplicate order sent."));
        }
        let book = self
            .books
            .get(listing.symbol)
            .ok_or_else(|| Refusal::new(-1121, "Invalid symbol."))?;
        let appetite = match (new.quantity, new.quote_quantity) {
            (Some(quantity), _) => Appetite::Base(quantity),
            (None, Some(amount)) => Appetite::Quote(amount),
            (None, None) => return Err(Refusal::missing("quantity")),
        };
        let mut plan = if new.waits_for_stop() {
            Vec::new()
        } else {
            book.plan(new.side, new.price, appetite, listing.step)
        };
        if new.kind == "LIMIT_MAKER" && !plan.is_empty() {
            return Err(Refusal::rejected_order("Order would immediately match and take."));
        }
        let matched = |plan: &[Match]| plan.iter().map(|execution| execution.quantity).sum::<Fixed>();
        let quantity = new.quantity.unwrap_or_else(|| matched(&plan));
        if new.time_in_force.as_deref() == Some("FOK") && matched(&plan) < quantity {
            plan.clear();
        }
        let rest = quantity - matched(&plan);
        let rests = new.waits_for_stop()
            || !new.is_market() && matches!(new.time_in_force.as_deref(), None | Some("GTC"));
        let mut order = self.new_order(account, new, quantity, now_us);
        let locks = if rests {
            rest.times(order.locked_per_unit())
        } else {
            Fixed::ZERO
        };
        let pays: Fixed = match new.side {
            Side::Buy => plan
                .iter()
                .map(|execution| execution.quantity.times(execution.price))
                .sum(),
            Side::Sell => matched(&plan),
        };
        let spent_asset = match new.side {
            Side::Buy => listing.quote,
            Side::Sell => listing.base,
        };
        if self.account(account).free(spent_asset) < pays + locks {
            return Err(Refusal::rejected_order(
                "Account has insufficient balance for requested action.",
            ));
        }

        self.next_order += 1;
        self.report(&order, "NEW", None, None, now_us);
        let mut changed = BTreeSet::new();
        for execution in &plan {
            self.execute(listing, &mut order, execution, now_us);
            let resting = if new.side == Side::Buy {
                Side::Sell
            } else {
                Side::Buy
            };
            changed.insert((resting, execution.price));
        }
        if !rest.is_zero() || quantity.is_zero() {
            if rests {
                self.account(account).lock(spent_asset, locks);
                if order.working_us.is_some() {
                    if let Some(book) = self.books.get_mut(listing.symbol) {
                        book.rest(order.side, order.price, order.id, rest);
                    }
                    changed.insert((order.side, order.price));
                }
            } else {
                order.status = Status::Expired;
                order.expiry_reason = Some(match new.time_in_force.as_deref() {
                    Some("FOK") => "UNFILLED_FOK_ORDER_EXPIRED",
                    Some("IOC") => "UNFILLED_IOC_QUANTITY_EXPIRED",
                    _ => "INSUFFICIENT_LIQUIDITY",
                });
                self.report(&order, "EXPIRED", None, None, now_us);
            }
        }
        let id = order.id;
        self.orders.insert(id, order);
        self.settle(account, listing, now_us);
        self.publish_depth(listing, &changed, now_us);
        Ok(id)
    }

    fn new_order(&self, account: AccountId, new: &NewOrder, quantity: Fixed, now_us: i64) -> Order {
        Order {
            id: self.next_order,
            account,
            symbol: new.symbol.clone(),
            client_order_id: new
                .client_order_id
                .clone()
                .unwrap_or_else(|| format!("given{:017}", self.next_order)),
            side: new.side,
            kind: new.kind.clone(),
            time_in_force: new.time_in_force.clone().unwrap_or_else(|| "GTC".to_owned()),
            price: new.price.unwrap_or_default(),
            stop_price: new.stop_price.unwrap_or_default(),
            quantity,
            quote_quantity: new.quote_quantity.unwrap_or_default(),
            executed: Fixed::ZERO,
            executed_quote: Fixed::ZERO,
            status: Status::New,
            created_us: now_us,
            updated_us: now_us,
            working_us: (!new.waits_for_stop()).then_some(now_us),
            strategy_id: new.strategy_id,
            strategy_type: new.strategy_type,
            self_trade_prevention: new
                .self_trade_prevention
                .clone()
                .unwrap_or_else(|| "NONE".to_owned()),
            expiry_reason: None,
            fills: Vec::new(),
        }
    }

    /// Carries out one planned execution, on both sides of it.
    fn execute(&mut self, listing: &'static Listing, taker: &mut Order, execution: &Match, now_us: i64) {
        let trade_id = self.next_trade;
        self.next_trade += 1;
        if let Some(book) = self.books.get_mut(listing.symbol) {
            book.take(taker.side, execution);
        }
        self.outbox.push(Event::Market(MarketEvent::Trade {
            symbol: listing.symbol.to_owned(),
            trade_id,
            price: execution.price,
            quantity: execution.quantity,
            buyer_is_maker: taker.side == Side::Sell,
            time_us: now_us,
        }));
        if let Some(mut maker) = execution.maker.and_then(|id| self.orders.get(&id).cloned()) {
            // The maker pays out of what it had locked; a better price than its own gives the rest back.
            let (asset, amount) = match maker.side {
                Side::Buy => (listing.quote, execution.quantity.times(maker.price)),
                Side::Sell => (listing.base, execution.quantity),
            };
            let (owner, id) = (maker.account, maker.id);
            self.account(owner).unlock(asset, amount);
            self.fill(listing, &mut maker, execution, trade_id, true, now_us);
            self.orders.insert(id, maker);
            if owner != taker.account {
                self.settle(owner, listing, now_us);
            }
        }
        self.fill(listing, taker, execution, trade_id, false, now_us);
    }

    fn fill(
        &mut self,
        listing: &Listing,
        order: &mut Order,
        execution: &Match,
        trade_id: i64,
        is_maker: bool,
        now_us: i64,
    ) {
        let amount = execution.quantity.times(execution.price);
        let (pays, paid, receives, received) = match order.side {
            Side::Buy => (listing.quote, amount, listing.base, execution.quantity),
            Side::Sell => (listing.base, execution.quantity, listing.quote, amount),
        };
        let commission = received.times(COMMISSION);
        let account = self.account(order.account);
        account.balance_mut(pays).free -= paid;
        account.balance_mut(receives).free += received - commission;
        order.executed += execution.quantity;
        order.executed_quote += amount;
        order.updated_us = now_us;
        order.status = if order.open_quantity() <= Fixed::ZERO {
            Status::Filled
        } else {
            Status::PartiallyFilled
        };
        let fill = Fill {
            trade_id,
            price: execution.price,
            quantity: execution.quantity,
            commission,
            commission_asset: receives.to_owned(),
            time_us: now_us,
            is_maker,
        };
        order.fills.push(fill.clone());
        self.report(order, "TRADE", Some(fill), None, now_us);
    }

    /// Finds an order of the account; `not_found` is what an unknown one is answered with.
    pub(crate) fn find(
        &self,
        account: AccountId,
        symbol: &str,
        order: &OrderRef,
        not_found: fn() -> Refusal,
    ) -> Result<&Order, Refusal> {
        let own = |found: &&Order| found.account == account && found.symbol == symbol;
        match (order.id, &order.client_order_id) {
            (None, None) => Err(Refusal::new(
                -1102,
                "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
            )),
            (Some(id), wanted) => {
                let found = self.orders.get(&id).filter(own).ok_or_else(not_found)?;
                if wanted
                    .as_ref()
                    .is_some_and(|wanted| *wanted != found.client_order_id)
                {
                    return Err(Refusal::new(
                        -2039,
                        "Client order ID is not correct for this order ID.",
                    ));
                }
                Ok(found)
            }
            // The newest one, as client order ids may be used again.
            (None, Some(wanted)) => self
                .orders
                .values()
                .rev()
                .filter(own)
                .find(|order| order.client_order_id == *wanted)
                .ok_or_else(not_found),
        }
    }

    /// Cancels an order and gives its last state.
    pub(crate) fn cancel(
        &mut self,
        account: AccountId,
        symbol: &str,
        order: &OrderRef,
        restriction: Option<&str>,
        cancel_client_id: &str,
        now_us: i64,
    ) -> Result<Order, Refusal> {
        let unknown = || Refusal::new(-2011, UNKNOWN_ORDER);
        let listing = listing(symbol).ok_or_else(|| Refusal::new(-1121, "Invalid symbol."))?;
        let mut order = self.find(account, symbol, order, unknown)?.clone();
        if !order.status.is_open() {
            return Err(unknown());
        }
        let excluded = match restriction {
            Some("ONLY_NEW") => order.status != Status::New,
            Some("ONLY_PARTIALLY_FILLED") => order.status != Status::PartiallyFilled,
            _ => false,
        };
        if excluded {
            return Err(Refusal::new(
                -2011,
                "Order was not canceled due to cancel restrictions.",
            ));
        }
        let asset = match order.side {
            Side::Buy => listing.quote,
            Side::Sell => listing.base,
        };
        let locked = order.open_quantity().times(order.locked_per_unit());
        self.account(account).unlock(asset, locked);
        let mut changed = BTreeSet::new();
        if order.working_us.is_some() {
            if let Some(book) = self.books.get_mut(listing.symbol) {
                book.reduce(order.side, order.price, order.id, None);
            }
            changed.insert((order.side, order.price));
        }
        order.status = Status::Canceled;
        order.updated_us = now_us;
        self.orders.insert(order.id, order.clone());
        self.report(&order, "CANCELED", None, Some(cancel_client_id), now_us);
        self.settle(account, listing, now_us);
        self.publish_depth(listing, &changed, now_us);
        Ok(order)
    }

    fn report(
        &mut self,
        order: &Order,
        kind: &'static str,
        fill: Option<Fill>,
        cancel_client_id: Option<&str>,
        now_us: i64,
    ) {
        let execution_id = self.next_execution;
        self.next_execution += 1;
        let execution = Execution {
            order: order.clone(),
            kind,
            fill,
            cancel_client_id: cancel_client_id.map(str::to_owned),
            execution_id,
            time_us: now_us,
        };
        self.outbox.push(Event::User {
            account: order.account,
            event: UserEvent::Execution(Box::new(execution)),
        });
    }

    /// Tells an account its balances in the symbol's two assets.
    fn settle(&mut self, id: AccountId, listing: &Listing, now_us: i64) {
        let account = self.account(id);
        account.updated_us = now_us;
        let balances = [listing.base, listing.quote].map(|asset| {
            (
                asset.to_owned(),
                account.balances.get(asset).copied().unwrap_or_default(),
            )
        });
        let event = UserEvent::Position {
            balances: balances.to_vec(),
            time_us: now_us,
        };
        self.outbox.push(Event::User { account: id, event });
    }

    fn publish_depth(&mut self, listing: &Listing, changed: &BTreeSet<(Side, Fixed)>, now_us: i64) {
        let Some(book) = self.books.get_mut(listing.symbol) else {
            return;
        };
        if changed.is_empty() {
            return;
        }
        let first_update_id = book.last_update_id + 1;
        book.last_update_id += i64::try_from(changed.len()).unwrap_or(1);
        let of_side = |side: Side| {
            let prices = changed.iter().filter(move |(changed, _)| *changed == side);
            prices
                .map(|(_, price)| (*price, book.quantity_at(side, *price)))
                .collect::<Vec<_>>()
        };
        let event = MarketEvent::Depth {
            symbol: listing.symbol.to_owned(),
            first_update_id,
            last_update_id: book.last_update_id,
            bids: of_side(Side::Buy),
            asks: of_side(Side::Sell),
            time_us: now_us,
        };
        self.outbox.push(Event::Market(event));
        self.outbox.push(Event::Market(MarketEvent::BookTicker {
            symbol: listing.symbol.to_owned(),
        }));
    }
}

/// An account with enough of everything listed.
fn endowed_account() -> Account {
    let mut account = Account::default();
    for listing in &LISTINGS {
        for asset in [listing.base, listing.quote] {
            account.balance_mut(asset).free = Fixed::from_units(1_000_000 * 100_000_000);
        }
    }
    account
}
