//! Orders that meet the book: trades, self-trade prevention, what becomes of the rest, and prices that fire other orders.

use crate::Fixed;
use crate::book::{OrderId, Outcome, Plan, Resting, Side, Step, TimeInForce};

use super::event::{Event, ExecutionType};
use super::order::{Fill, Order, PreventedMatch, Status};
use super::place::{pegged_price, required};
use super::{COMMISSION, Due, Engine};

/// One execution, seen from neither side.
#[derive(Clone, Copy)]
struct Match {
    trade_id: i64,
    price: Fixed,
    quantity: Fixed,
}

impl Engine {
    /// Brings an order to the book, with what it has locked.
    pub(super) fn enter(&mut self, id: OrderId, now_us: i64) {
        let Some(order) = self.orders.get(&id) else { return };
        let (symbol, side, account, peg) = (order.symbol.clone(), order.side, order.account, order.peg);
        let pegged = peg.and_then(|peg| pegged_price(self.market(&symbol).ok()?, side, peg));
        if let Some(order) = self.orders.get_mut(&id) {
            order.price = pegged.unwrap_or(order.price);
            order.working_us = Some(now_us);
            order.updated_us = now_us;
        }
        let Some(plan) = self.orders.get(&id).and_then(|order| self.plan(order).ok()) else {
            return;
        };
        if let Some(order) = self
            .orders
            .get_mut(&id)
            .filter(|order| !order.quote_quantity.is_zero())
        {
            // Bought or sold by an amount: its quantity is what that comes to.
            let off = plan.steps.iter().map(|step| match step {
                Step::Trade { quantity, .. } => *quantity,
                Step::Prevent { from_taker, .. } => *from_taker,
            });
            order.quantity = off.sum();
        }
        self.report(id, ExecutionType::New, now_us);
        if !plan.steps.is_empty() {
            self.leg_takes_effect(id, now_us);
        }
        self.carry_out(&symbol, Some(id), side, &plan, now_us);
        let group = self
            .accounts
            .get(&account)
            .and_then(|account| account.trade_group);
        let Some(order) = self.orders.get(&id) else { return };
        match plan.outcome {
            Outcome::Filled => self.close(id, Status::Filled, now_us),
            Outcome::Prevented => self.close(id, Status::ExpiredInMatch, now_us),
            Outcome::Rests(open) => {
                let resting = Resting {
                    id,
                    owner: account,
                    group,
                    side,
                    price: order.price,
                    open,
                    peak: Some(order.iceberg).filter(|peak| !peak.is_zero()),
                    self_trade: order.self_trade,
                };
                if self.rest(&symbol, resting) {
                    self.keep_locked(id);
                } else {
                    self.expire(id, "EXCHANGE_CANCELED", now_us);
                }
            }
            Outcome::Killed => self.expire(id, "UNFILLED_FOK_ORDER_EXPIRED", now_us),
            Outcome::WouldMatch => self.expire(id, "REJECTED", now_us),
            Outcome::Expires(_) => {
                let ioc = !order.kind.is_market() && order.time_in_force == TimeInForce::Ioc;
                let reason = if ioc {
                    "UNFILLED_IOC_QUANTITY_EXPIRED"
                } else {
                    "INSUFFICIENT_LIQUIDITY"
                };
                self.expire(id, reason, now_us);
            }
        }
    }

    /// Puts an order on a book; whether it could.
    pub(super) fn rest(&mut self, symbol: &str, order: Resting) -> bool {
        let Some(market) = self.market_mut(symbol) else {
            return false;
        };
        market.touched = true;
        market.book.rest(order).is_ok()
    }

    /// Locks what the rest of an order needs, and no more.
    pub(super) fn keep_locked(&mut self, id: OrderId) {
        let Some(order) = self.orders.get(&id) else { return };
        let last = self
            .market(&order.symbol)
            .map_or(Fixed::ZERO, |market| market.tape.last_price());
        let needed = required(order, last).min(order.locked);
        self.set_locked(id, needed);
    }

    /// Ends an order by a rule.
    pub(super) fn expire(&mut self, id: OrderId, reason: &'static str, now_us: i64) {
        if let Some(order) = self.orders.get_mut(&id) {
            order.expiry_reason = Some(reason);
        }
        self.close(id, Status::Expired, now_us);
        self.report(id, ExecutionType::Expired, now_us);
    }

    /// Takes an order off the book and out of those that wait.
    pub(super) fn withdraw(&mut self, id: OrderId) {
        let Some(order) = self.orders.get(&id) else { return };
        let Some(market) = self.markets.get_mut(&order.symbol) else {
            return;
        };
        market.triggers.remove(id);
        market.touched |= market.book.cancel(id).is_some();
    }

    /// Carries out what an order meets; none of the house's.
    pub(super) fn carry_out(
        &mut self,
        symbol: &str,
        taker: Option<OrderId>,
        side: Side,
        plan: &Plan,
        now_us: i64,
    ) {
        let Some(market) = self.market_mut(symbol) else {
            return;
        };
        market.book.commit(plan);
        market.touched |= !plan.steps.is_empty();
        let last = plan.steps.len().saturating_sub(1);
        let mut continues = false;
        for (at, step) in plan.steps.iter().enumerate() {
            match *step {
                Step::Trade {
                    maker,
                    price,
                    quantity,
                } => {
                    self.leg_takes_effect(maker, now_us);
                    self.trade(symbol, taker, side, (maker, price, quantity), continues, now_us);
                    continues = true;
                }
                Step::Prevent {
                    maker,
                    price,
                    quantity,
                    from_taker,
                    from_maker,
                    transfer,
                } => {
                    let Some(taker) = taker else { continue };
                    self.leg_takes_effect(maker, now_us);
                    let entry = PreventedMatch {
                        id: self.next_prevented,
                        taker,
                        maker,
                        group: -1,
                        mode: Default::default(),
                        price,
                        quantity,
                        from_taker,
                        from_maker,
                        time_us: now_us,
                    };
                    let ends = at == last && plan.outcome == Outcome::Prevented;
                    self.prevent(symbol, entry, ends, transfer, now_us);
                }
            }
        }
    }

    fn trade(
        &mut self,
        symbol: &str,
        taker: Option<OrderId>,
        side: Side,
        (maker, price, quantity): (OrderId, Fixed, Fixed),
        continues: bool,
        now_us: i64,
    ) {
        let Some(market) = self.market_mut(symbol) else {
            return;
        };
        let trade = market
            .tape
            .push(price, quantity, now_us, side == Side::Sell, continues);
        self.due.push_back(Due::Price(symbol.to_owned(), price));
        self.outbox.push(Event::Trade {
            symbol: symbol.to_owned(),
            trade,
        });
        let executed = Match {
            trade_id: trade.id,
            price,
            quantity,
        };
        self.fill(maker, executed, true, now_us);
        let filled = self
            .orders
            .get(&maker)
            .is_some_and(|order| order.status == Status::Filled);
        if filled {
            self.close(maker, Status::Filled, now_us);
        }
        if let Some(taker) = taker {
            self.fill(taker, executed, false, now_us);
        }
    }

    /// Books an execution of an order; of the house's there is nothing to book.
    fn fill(&mut self, id: OrderId, executed: Match, is_maker: bool, now_us: i64) {
        let Some(order) = self.orders.get_mut(&id) else {
            return;
        };
        let Match {
            trade_id,
            price,
            quantity,
        } = executed;
        let amount = price.times(quantity);
        order.executed += quantity;
        order.executed_quote += amount;
        order.updated_us = now_us;
        order.status = match order.open_quantity() > Fixed::ZERO {
            true => Status::PartiallyFilled,
            false => Status::Filled,
        };
        let order = order.clone();
        let (paid, received) = match order.side {
            Side::Buy => (amount, quantity),
            Side::Sell => (quantity, amount),
        };
        let (pays, receives) = self.assets(&order);
        let commission = received.times(COMMISSION);
        self.pay(&order, &pays, paid);
        self.account_mut(order.account).balance_mut(&receives).free += received - commission;
        if is_maker {
            self.keep_locked(id);
        }
        let allocation = (order.sor && !is_maker).then(|| {
            self.next_allocation += 1;
            self.next_allocation - 1
        });
        let fill = Fill {
            order: id,
            trade_id: if allocation.is_some() { -1 } else { trade_id },
            allocation,
            price,
            quantity,
            commission,
            commission_asset: receives,
            time_us: now_us,
            is_buyer: order.side == Side::Buy,
            is_maker,
        };
        self.fills
            .push((order.account, order.symbol.clone()), fill.clone());
        self.settled.insert((order.account, order.symbol));
        self.report_with(id, ExecutionType::Trade, now_us, |execution| {
            execution.fill = Some(fill)
        });
    }

    /// Takes a payment out of what an order has locked, and what that lacks out of what is free.
    fn pay(&mut self, order: &Order, asset: &str, amount: Fixed) {
        let from_locked = amount.min(order.locked);
        if let Some(order) = self.orders.get_mut(&order.id) {
            order.locked -= from_locked;
        }
        let balance = self.account_mut(order.account).balance_mut(asset);
        balance.locked -= from_locked;
        balance.free -= amount - from_locked;
    }

    /// Books a prevented match on both sides of it.
    fn prevent(&mut self, symbol: &str, entry: PreventedMatch, ends: bool, transfer: bool, now_us: i64) {
        let Some(taker) = self.orders.get(&entry.taker) else {
            return;
        };
        let group = self
            .accounts
            .get(&taker.account)
            .and_then(|account| account.trade_group);
        let group = group.and_then(|group| i64::try_from(group).ok()).unwrap_or(-1);
        let entry = PreventedMatch {
            group,
            mode: taker.self_trade,
            ..entry
        };
        self.next_prevented += 1;
        self.prevented.push(symbol.to_owned(), entry.clone());
        if transfer {
            self.transfer(&entry);
        }
        let sides = [
            (entry.maker, entry.taker, entry.from_maker),
            (entry.taker, entry.maker, entry.from_taker),
        ];
        for (id, counter, lost) in sides {
            let Some(order) = self.orders.get_mut(&id).filter(|_| !lost.is_zero()) else {
                continue;
            };
            order.prevented += lost;
            order.prevented_match = Some(entry.id);
            order.updated_us = now_us;
            let is_taker = id == entry.taker;
            let over = order.open_quantity() <= Fixed::ZERO || is_taker && ends;
            if over {
                order.status = Status::ExpiredInMatch;
            }
            if over && !is_taker {
                self.close(id, Status::ExpiredInMatch, now_us);
            } else if !is_taker {
                self.keep_locked(id);
            }
            let about = (entry.clone(), counter);
            self.report_with(id, ExecutionType::TradePrevention, now_us, |execution| {
                execution.prevented = Some(about)
            });
        }
    }

    /// Lets a quantity and its price change hands between two accounts, without a trade and a commission.
    fn transfer(&mut self, entry: &PreventedMatch) {
        for id in [entry.maker, entry.taker] {
            let Some(order) = self.orders.get(&id).cloned() else {
                continue;
            };
            let amount = entry.price.times(entry.quantity);
            let (paid, received) = match order.side {
                Side::Buy => (amount, entry.quantity),
                Side::Sell => (entry.quantity, amount),
            };
            let (pays, receives) = self.assets(&order);
            self.pay(&order, &pays, paid);
            self.account_mut(order.account).balance_mut(&receives).free += received;
            self.settled.insert((order.account, order.symbol));
        }
    }

    /// Lets a last price fire the orders that wait for it.
    pub(super) fn fire(&mut self, symbol: &str, price: Fixed, now_us: i64) {
        let Some(market) = self.market_mut(symbol) else {
            return;
        };
        let reaction = market.triggers.on_price(price);
        self.activated(&reaction.activated, now_us);
        for id in reaction.fired {
            // One that fired before it may have ended it.
            let Some(order) = self.orders.get(&id).filter(|order| order.status.is_open()) else {
                continue;
            };
            let mut order = order.clone();
            self.leg_takes_effect(id, now_us);
            if let (Some(peg), Ok(market)) = (order.peg, self.market(symbol)) {
                order.price = pegged_price(market, order.side, peg).unwrap_or_default();
            }
            let paid = self.plan(&order).map_or(Fixed::ZERO, |plan| plan.paid());
            let needed = match order.side {
                Side::Buy if order.kind.is_market() => paid,
                _ => required(&order, price),
            };
            let locked = self.orders.get(&id).map_or(Fixed::ZERO, |order| order.locked);
            let (pays, _) = self.assets(&order);
            if needed > locked + self.account_mut(order.account).free(&pays) {
                self.expire(id, "REJECTED", now_us);
                continue;
            }
            self.set_locked(id, needed.max(locked));
            self.enter(id, now_us);
        }
    }
}
