//! Taking an order in: filters, names, prices of pegs, balances.

use crate::Fixed;
use crate::book::{Amount, Direction, OrderId, Outcome, Plan, Side, Taker, TimeInForce, Trigger};

use super::event::{Event, ExecutionType};
use super::order::{ListId, NewOrder, Order, OrderType, Peg, Status};
use super::symbol::check_count;
use super::{AccountId, Engine, HOUSE, Market, Rejection};

const INSUFFICIENT: &str = "Account has insufficient balance for requested action.";
const TRIGGERS: &str = "Order would trigger immediately.";
const MATCHES: &str = "Order would immediately match and take.";
const NO_LIQUIDITY: &str = "Order book liquidity is less than `LOT_SIZE` filter minimum quantity.";
const NO_PEG: &str = "Order book liquidity is not enough to determine the pegged price.";
const DUPLICATE: &str = "Duplicate order sent.";

impl Engine {
    /// Places an order; what it led to waits as events.
    ///
    /// # Errors
    /// -1121, -1013 with the filter, -2010 with the reason.
    pub fn place(&mut self, account: AccountId, new: &NewOrder, now_us: i64) -> Result<OrderId, Rejection> {
        self.check(account, new)?;
        let order = self.draft(account, new, None, now_us)?;
        let locked = self.admit(&order, true)?;
        self.note_opening(&order.symbol, now_us);
        let id = self.take_in(order);
        self.set_locked(id, locked);
        self.start(id, now_us);
        self.finish(now_us);
        Ok(id)
    }

    /// Checks what needs neither the book nor a balance: the symbol, its filters, the number of open orders.
    ///
    /// # Errors
    /// -1121, and -1013 with the filter.
    pub fn check(&self, account: AccountId, new: &NewOrder) -> Result<(), Rejection> {
        let market = self.market(&new.symbol)?;
        market.symbol.check(new, market.tape.last_price())?;
        let counts = self.open_counts.get(&(account, new.symbol.clone()));
        let (all, algo) = counts.copied().unwrap_or_default();
        check_count(all, 1, market.symbol.max_orders, "MAX_NUM_ORDERS")?;
        if new.kind.is_conditional() {
            check_count(algo, 1, market.symbol.max_algo_orders, "MAX_NUM_ALGO_ORDERS")?;
        }
        Ok(())
    }

    /// Notes that a symbol was open by then.
    pub(super) fn note_opening(&mut self, symbol: &str, now_us: i64) {
        if let Some(market) = self.market_mut(symbol) {
            market.tape.opened(now_us);
        }
    }

    /// The order of a request, which nobody knows so far.
    pub(super) fn draft(
        &self,
        account: AccountId,
        new: &NewOrder,
        list: Option<ListId>,
        now_us: i64,
    ) -> Result<Order, Rejection> {
        let client_order_id = match &new.client_order_id {
            Some(wanted) => {
                let key = (account, new.symbol.clone(), wanted.clone());
                let same = self.by_client_id.get(&key).and_then(|id| self.orders.get(id));
                if same.is_some_and(|order| order.status.is_open() && order.client_order_id == *wanted) {
                    return Err(Rejection::order(DUPLICATE));
                }
                wanted.clone()
            }
            None => String::new(),
        };
        let time_in_force = match new.kind {
            OrderType::LimitMaker => TimeInForce::PostOnly,
            _ => new.time_in_force,
        };
        Ok(Order {
            id: 0,
            account,
            symbol: new.symbol.clone(),
            list,
            client_order_id,
            side: new.side,
            kind: new.kind,
            time_in_force,
            price: new.price.filter(|_| new.peg.is_none()).unwrap_or_default(),
            stop_price: new.stop_price.unwrap_or_default(),
            quantity: new.quantity.unwrap_or_default(),
            quote_quantity: new.quote_quantity.unwrap_or_default(),
            iceberg: new.iceberg.unwrap_or_default(),
            executed: Fixed::ZERO,
            executed_quote: Fixed::ZERO,
            prevented: Fixed::ZERO,
            prevented_match: None,
            status: Status::New,
            created_us: now_us,
            updated_us: now_us,
            working_us: None,
            trailing_delta: new.trailing_delta,
            trailing_us: None,
            strategy_id: new.strategy_id,
            strategy_type: new.strategy_type,
            self_trade: new.self_trade.unwrap_or_default(),
            expiry_reason: None,
            peg: new.peg,
            sor: new.sor,
            amendments: 0,
            locked: Fixed::ZERO,
        })
    }

    /// Numbers and keeps an order.
    pub(super) fn take_in(&mut self, mut order: Order) -> OrderId {
        order.id = self.next_order;
        self.next_order += 1;
        if order.client_order_id.is_empty() {
            order.client_order_id = format!("given{:017}", order.id);
        }
        let id = order.id;
        self.insert(order);
        id
    }

    /// Whether an order may start now, and what it has to lock for it. `pays` is whether its account has to have that free.
    pub(super) fn admit(&mut self, order: &Order, pays: bool) -> Result<Fixed, Rejection> {
        let market = self.market(&order.symbol)?;
        let last = market.tape.last_price();
        let waits = order.kind.is_conditional();
        if waits && !order.stop_price.is_zero() && direction(order).reached(last, order.stop_price) {
            return Err(Rejection::order(TRIGGERS));
        }
        let mut order = order.clone();
        if let Some(peg) = order.peg {
            order.price = pegged_price(market, order.side, peg).ok_or_else(|| Rejection::order(NO_PEG))?;
        }
        let needed = if waits {
            required(&order, last)
        } else {
            let plan = self.plan(&order)?;
            match plan.outcome {
                Outcome::WouldMatch => return Err(Rejection::order(MATCHES)),
                Outcome::Expires(_) if order.kind.is_market() && plan.steps.is_empty() => {
                    return Err(Rejection::order(NO_LIQUIDITY));
                }
                _ => {}
            }
            match order.side {
                Side::Buy if !order.quote_quantity.is_zero() => order.quote_quantity,
                Side::Buy if order.kind.is_market() => plan.paid(),
                Side::Sell if !order.quote_quantity.is_zero() => plan.traded(),
                _ => required(&order, last),
            }
        };
        let (asset, _) = self.assets(&order);
        if pays && self.account_mut(order.account).free(&asset) < needed {
            return Err(Rejection::order(INSUFFICIENT));
        }
        Ok(needed)
    }

    /// What an order would do on the book as it is.
    pub(super) fn plan(&self, order: &Order) -> Result<Plan, Rejection> {
        let market = self.market(&order.symbol)?;
        let amount = match order.quote_quantity {
            amount if amount.is_zero() => Amount::Base(order.open_quantity()),
            amount => Amount::Quote {
                amount,
                step: market.symbol.step,
            },
        };
        let group = self
            .accounts
            .get(&order.account)
            .and_then(|account| account.trade_group);
        let taker = Taker {
            owner: order.account,
            group,
            side: order.side,
            limit: (!order.kind.is_market()).then_some(order.price),
            amount,
            self_trade: order.self_trade,
        };
        let time_in_force = match order.time_in_force {
            _ if order.kind.is_market() => TimeInForce::Ioc,
            time_in_force => time_in_force,
        };
        Ok(market.book.plan(&taker, time_in_force))
    }

    /// Lets an order that was admitted wait for its price, or meet the book.
    pub(super) fn start(&mut self, id: OrderId, now_us: i64) {
        let Some(order) = self.orders.get_mut(&id) else {
            return;
        };
        order.status = Status::New;
        let order = order.clone();
        if !order.kind.is_conditional() {
            self.enter(id, now_us);
            return;
        }
        let Some(market) = self.market_mut(&order.symbol) else {
            return;
        };
        let direction = direction(&order);
        let price = Some(order.stop_price).filter(|price| !price.is_zero());
        let trigger = match (order.trailing_delta, price) {
            (Some(delta_bips), activation) => Trigger::Trailing {
                direction,
                delta_bips,
                activation,
            },
            (None, price) => Trigger::Price {
                direction,
                price: price.unwrap_or_default(),
            },
        };
        market.triggers.insert(id, trigger);
        if order.trailing_delta.is_some() && price.is_none() {
            let last = market.tape.last_price();
            if market.triggers.begin(id, last) {
                self.activated(&[id], now_us);
            }
        }
        self.report(id, ExecutionType::New, now_us);
    }

    pub(super) fn activated(&mut self, ids: &[OrderId], now_us: i64) {
        for id in ids {
            if let Some(order) = self.orders.get_mut(id) {
                order.trailing_us = Some(now_us);
            }
        }
    }

    /// Places an order of the house: it takes what it meets, and what is left rests where `rests`. The number under which it
    /// rests; none where it does not.
    pub fn house_order(
        &mut self,
        symbol: &str,
        side: Side,
        price: Fixed,
        quantity: Fixed,
        rests: bool,
        now_us: i64,
    ) -> Option<OrderId> {
        let market = self.market_mut(symbol)?;
        market.tape.opened(now_us);
        let time_in_force = if rests { TimeInForce::Gtc } else { TimeInForce::Ioc };
        let plan = market
            .book
            .plan(&Taker::limit(HOUSE, side, price, quantity), time_in_force);
        let id = self.next_house_order;
        self.next_house_order += 1;
        self.carry_out(symbol, None, side, &plan, now_us);
        let rested = match plan.outcome {
            Outcome::Rests(open) => {
                self.rest(symbol, crate::book::Resting::new(id, HOUSE, side, price, open))
            }
            _ => false,
        };
        self.finish(now_us);
        rested.then_some(id)
    }

    /// Lets the house trade a quantity with itself at the last price, which leaves the book as it is.
    pub fn print(&mut self, symbol: &str, quantity: Fixed, now_us: i64) {
        let Some(market) = self.market_mut(symbol) else {
            return;
        };
        market.tape.opened(now_us);
        let price = market.tape.last_price();
        let buyer_is_maker = market
            .tape
            .trades()
            .next_back()
            .is_some_and(|last| !last.buyer_is_maker);
        let trade = market.tape.push(price, quantity, now_us, buyer_is_maker, false);
        self.outbox.push(Event::Trade {
            symbol: symbol.to_owned(),
            trade,
        });
    }

    /// Reports the best levels of a book again, under update ids of their own.
    pub fn repeat_best(&mut self, symbol: &str, now_us: i64) {
        if let Some(market) = self.market_mut(symbol) {
            market.book.touch_best();
            market.touched = true;
        }
        self.finish(now_us);
    }

    /// Takes an order of the house out of its book; whether it rested.
    pub fn cancel_house_order(&mut self, symbol: &str, id: OrderId, now_us: i64) -> bool {
        let is_house = |market: &Market| market.book.get(id).is_some_and(|order| order.owner == HOUSE);
        let Some(market) = self.market_mut(symbol).filter(|market| is_house(market)) else {
            return false;
        };
        market.book.cancel(id);
        market.touched = true;
        self.finish(now_us);
        true
    }
}

/// Where the last price has to go for an order to fire.
pub(super) fn direction(order: &Order) -> Direction {
    match (order.side, order.kind.is_stop_loss()) {
        (Side::Buy, true) | (Side::Sell, false) => Direction::Up,
        (Side::Sell, true) | (Side::Buy, false) => Direction::Down,
    }
}

/// What is left of an order keeps this much of the asset that it pays with.
pub(super) fn required(order: &Order, last: Fixed) -> Fixed {
    let price = [order.price, order.stop_price]
        .into_iter()
        .find(|price| !price.is_zero());
    match order.side {
        Side::Buy => order.open_quantity().times_up(price.unwrap_or(last)),
        Side::Sell => order.open_quantity(),
    }
}

/// The price that a peg names.
pub(super) fn pegged_price(market: &Market, side: Side, peg: Peg) -> Option<Fixed> {
    let side = if peg.market { side.opposite() } else { side };
    let offset = usize::try_from(peg.offset.unwrap_or(0)).ok()?;
    market.book.depth(side).nth(offset).map(|(price, _)| price)
}
