//! Matching by price and time, and what fills do to accounts.

use super::account::{AccountTrade, Income, IncomeType};
use super::event::{BalanceView, MarketEvent, PositionView, Reason, Trade};
use super::math::{div, is_positive};
use super::order::{
    AlgoStatus, Execution, NewOrder, Order, OrderType, PositionSide, Prevention, Side, Status, TimeInForce,
};
use super::tape::push;
use super::{AccountEvent, AccountId, ContractId, Fill, Futures, HOUSE, Waiting};
use crate::Fixed;

/// A fill, before its accounts are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Executed {
    pub(super) trade: i64,
    pub(super) price: Fixed,
    pub(super) quantity: Fixed,
    pub(super) maker: bool,
    /// The share of the notional that it costs.
    pub(super) fee_rate: Fixed,
    /// What the fee is called in the account's history.
    pub(super) fee_kind: IncomeType,
}

impl Futures {
    /// Fills an order with what is in the book, and puts the rest where it belongs.
    pub(super) fn run(&mut self, id: i64) {
        self.take(id);
        let Some(order) = self.orders.get(&id).filter(|order| order.is_open()) else {
            return;
        };
        let immediate = matches!(order.request.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
        if order.kind != OrderType::Limit || immediate {
            self.close(id, Status::Expired);
            return;
        }
        let (side, price, left, contract) = (
            order.request.side,
            order.request.price,
            order.remaining(),
            order.request.contract,
        );
        let rests = self
            .listings
            .get_mut(contract)
            .is_some_and(|listing| listing.book.insert(side, price, id, left));
        if !rests {
            // The book is full, or the rest would trade with what it may not trade with.
            self.close(id, Status::Expired);
        }
    }

    fn take(&mut self, id: i64) {
        let contract = match self.orders.get(&id) {
            Some(order) => order.request.contract,
            None => return,
        };
        while let Some((price, maker)) = self.next_match(id) {
            let (Some(taker), Some(other)) = (self.orders.get(&id), self.orders.get(&maker)) else {
                break;
            };
            let prevention = taker.request.prevention;
            let own = taker.account == other.account && taker.account != HOUSE;
            if own && prevention != Prevention::None {
                if matches!(prevention, Prevention::ExpireMaker | Prevention::ExpireBoth) {
                    self.close(maker, Status::ExpiredInMatch);
                }
                if matches!(prevention, Prevention::ExpireTaker | Prevention::ExpireBoth) {
                    self.close(id, Status::ExpiredInMatch);
                    break;
                }
                continue;
            }
            let (takes, offers) = (self.capacity(taker), self.capacity(other));
            let quantity = taker.remaining().min(other.remaining()).min(takes).min(offers);
            if is_positive(quantity) {
                self.fill(contract, id, maker, price, quantity);
            } else if !is_positive(offers) {
                self.close(maker, Status::Expired);
            } else {
                // A reduce-only order that has reduced all there was.
                self.close(id, Status::Expired);
                break;
            }
        }
        let complete = self
            .listings
            .get_mut(contract)
            .and_then(|listing| listing.tape.end_aggregate());
        if let Some(complete) = complete {
            self.publish(contract, MarketEvent::AggTrade(complete));
        }
    }

    /// The best order of the other side that an order takes.
    fn next_match(&self, id: i64) -> Option<(Fixed, i64)> {
        let order = self
            .orders
            .get(&id)
            .filter(|order| order.is_open() && is_positive(order.remaining()))?;
        let listing = self.listings.get(order.request.contract)?;
        let (price, maker) = listing.book.front(order.request.side.opposite())?;
        let within = match order.kind {
            OrderType::Limit => self.takes(&order.request, price),
            _ => {
                let (highest, lowest) = listing.contract.price_bounds(listing.mark);
                match order.request.side {
                    Side::Buy => price <= highest,
                    Side::Sell => price >= lowest,
                }
            }
        };
        within.then_some((price, maker))
    }

    /// How much of an order its position allows to be filled.
    pub(super) fn capacity(&self, order: &Order) -> Fixed {
        match order.only_reduces() {
            true => self.reducible(order.account, &order.request),
            false => order.remaining(),
        }
    }

    fn fill(&mut self, contract: ContractId, taker: i64, maker: i64, price: Fixed, quantity: Fixed) {
        let now_us = self.now_us;
        let Some(listing) = self.listings.get_mut(contract) else {
            return;
        };
        let Some(made) = self.orders.get(&maker) else {
            return;
        };
        let maker_side = made.request.side;
        listing.last_trade += 1;
        let trade = Trade {
            id: listing.last_trade,
            price,
            quantity,
            buyer_is_maker: maker_side == Side::Buy,
            time_us: now_us,
        };
        let notional = match listing.contract.kind {
            super::Kind::Linear => listing.contract.quote_quantity(quantity, price),
            super::Kind::Inverse { .. } => listing.contract.base_quantity(quantity, price),
        };
        let complete = listing.tape.trade(&trade, notional);
        listing.book.trade(maker, price, quantity);
        let (maker_fee, taker_fee) = (listing.contract.maker_fee, listing.contract.taker_fee);
        let id = trade.id;
        if let Some(complete) = complete {
            self.publish(contract, MarketEvent::AggTrade(complete));
        }
        self.publish(contract, MarketEvent::Trade(trade));
        for (order, is_maker, fee_rate) in [(maker, true, maker_fee), (taker, false, taker_fee)] {
            let executed = Executed {
                trade: id,
                price,
                quantity,
                maker: is_maker,
                fee_rate,
                fee_kind: IncomeType::Commission,
            };
            self.execute(order, executed, Execution::Trade);
        }
        // What reduced the position of either may have nothing to reduce any more.
        for order in [maker, taker] {
            if let Some(order) = self.orders.get(&order) {
                let (account, side) = (order.account, order.request.position_side);
                self.expire_idle(account, contract, side, taker);
            }
        }
    }

    /// Takes a fill into an order and its account.
    pub(super) fn execute(&mut self, id: i64, executed: Executed, execution: Execution) {
        let now_us = self.now_us;
        let Some(order) = self.orders.get_mut(&id) else {
            return;
        };
        let Some(listing) = self.listings.get(order.request.contract) else {
            return;
        };
        order.executed += executed.quantity;
        order.notional += listing.contract.notional(executed.quantity, executed.price);
        order.updated_us = now_us;
        let filled = order.executed >= order.request.quantity;
        order.status = match filled {
            true => Status::Filled,
            false => Status::PartiallyFilled,
        };
        let order = order.clone();
        let fill = self.book_fill(&order, executed);
        if filled {
            self.retire(&order);
        }
        self.report(execution, order.clone(), Some(fill));
        if filled {
            self.finish_algo(&order);
        }
    }

    /// Takes a fill into the account of an order.
    fn book_fill(&mut self, order: &Order, executed: Executed) -> Fill {
        let NewOrder {
            contract: of,
            side,
            position_side,
            ..
        } = order.request;
        let Executed { price, quantity, .. } = executed;
        let (now_us, history) = (self.now_us, self.history);
        let contract = self.listings[of].contract.clone();
        let asset = contract.margin_asset().to_owned();
        let fee = match order.account {
            HOUSE => Fixed::ZERO,
            _ => contract.notional(quantity, price).times(executed.fee_rate),
        };
        let owner = self.entry(order.account);
        let position = owner.positions.entry((of, position_side)).or_default();
        let change = position.apply(&contract, side.signed(quantity), price, fee);
        position.updated_us = now_us;
        let opening = self.opening_margin(order.account, of, change.opened, price);
        let owner = self.entry(order.account);
        if let Some(position) = owner.positions.get_mut(&(of, position_side)) {
            position.isolated_wallet += opening;
        }
        let wallet = owner.wallets.entry(asset.clone()).or_insert(Fixed::ZERO);
        *wallet += change.realized + change.released - fee - opening;
        *owner.realized.entry((of, position_side)).or_insert(Fixed::ZERO) += change.realized;
        owner.updated_us = now_us;
        let fill = Fill {
            trade: executed.trade,
            price,
            quantity,
            fee,
            realized: change.realized,
            maker: executed.maker,
        };
        if order.account == HOUSE {
            return fill;
        }
        let account_trade = AccountTrade {
            id: executed.trade,
            contract: of,
            order: order.id,
            side,
            position_side,
            price,
            quantity,
            realized: change.realized,
            fee,
            maker: executed.maker,
            time_us: now_us,
        };
        push(&mut owner.trades, account_trade, history);
        let trade = Some(executed.trade);
        self.income(
            order.account,
            IncomeType::RealizedProfit,
            Some(of),
            change.realized,
            &asset,
            trade,
        );
        self.income(order.account, executed.fee_kind, Some(of), -fee, &asset, trade);
        self.tell_account(
            order.account,
            Reason::Order,
            &[(&asset, Fixed::ZERO)],
            &[(of, position_side)],
        );
        fill
    }

    /// Writes down why a wallet changed; nothing where it did not.
    pub(super) fn income(
        &mut self,
        account: AccountId,
        kind: IncomeType,
        contract: Option<ContractId>,
        amount: Fixed,
        asset: &str,
        trade: Option<i64>,
    ) {
        if amount.is_zero() {
            return;
        }
        let id = self.next_id();
        let (time_us, history) = (self.now_us, self.history);
        let income = Income {
            id,
            kind,
            contract,
            amount,
            asset: asset.to_owned(),
            trade,
            time_us,
        };
        push(&mut self.entry(account).incomes, income, history);
    }

    /// Tells an account which of its balances (with what was put in or taken out) and positions changed.
    pub(super) fn tell_account(
        &mut self,
        account: AccountId,
        reason: Reason,
        assets: &[(&str, Fixed)],
        positions: &[(ContractId, PositionSide)],
    ) {
        let balances = assets
            .iter()
            .map(|(asset, change)| BalanceView {
                asset: (*asset).to_owned(),
                wallet: self.wallet_balance(account, asset),
                cross: self
                    .accounts
                    .get(&account)
                    .map_or(Fixed::ZERO, |owner| owner.wallet(asset)),
                change: *change,
            })
            .collect();
        let positions: Vec<PositionView> = positions
            .iter()
            .map(|(contract, side)| self.position_view(account, *contract, *side))
            .collect();
        let event = AccountEvent::Account {
            reason,
            balances,
            positions,
        };
        self.tell(account, event);
    }

    /// Ends an order that is open.
    pub(super) fn close(&mut self, id: i64, status: Status) {
        let now_us = self.now_us;
        let Some(order) = self.orders.get_mut(&id).filter(|order| order.is_open()) else {
            return;
        };
        order.status = status;
        order.updated_us = now_us;
        let order = order.clone();
        let request = &order.request;
        if let Some(listing) = self.listings.get_mut(request.contract) {
            match order.waits_for {
                Some(_) => listing.waiting.retain(|waiting| *waiting != Waiting::Order(id)),
                None => listing.book.withdraw(id),
            }
        }
        self.retire(&order);
        let execution = match status {
            Status::Canceled => Execution::Canceled,
            _ => Execution::Expired,
        };
        self.report(execution, order.clone(), None);
        self.finish_algo(&order);
    }

    /// Takes an order that is over out of what is open.
    pub(super) fn retire(&mut self, order: &Order) {
        if let Some(owner) = self.accounts.get_mut(&order.account) {
            owner.open.remove(&order.id);
            if owner.by_client_id.get(&order.client_id) == Some(&order.id) {
                owner.by_client_id.remove(&order.client_id);
            }
        }
        if let Some(at) = order.request.good_till_us {
            self.expiring.remove(&(at, order.id));
        }
        match order.account {
            // Its offers come and go with every move of a market, and nobody asks for them.
            HOUSE => {
                self.orders.remove(&order.id);
                self.entry(HOUSE).orders.remove(&order.id);
            }
            _ => self.over(Waiting::Order(order.id)),
        }
    }

    /// Ends the conditional order whose order is over.
    fn finish_algo(&mut self, order: &Order) {
        let (now_us, price) = (self.now_us, self.average_price(order));
        let Some(algo) = order.algo.and_then(|id| self.algos.get_mut(&id)) else {
            return;
        };
        algo.status = AlgoStatus::Finished;
        algo.outcome = Some((price, order.executed));
        algo.updated_us = now_us;
        let algo = algo.clone();
        self.over(Waiting::Algo(algo.id));
        self.tell(algo.account, AccountEvent::Algo(Box::new(algo)));
    }

    /// The average price of what was filled of an order.
    pub fn average_price(&self, order: &Order) -> Fixed {
        let Some(listing) = self.listings.get(order.request.contract) else {
            return Fixed::ZERO;
        };
        match listing.contract.kind {
            super::Kind::Linear => div(order.notional, order.executed),
            super::Kind::Inverse { contract_size } => {
                div(order.executed.times(contract_size), order.notional)
            }
        }
    }

    /// Ends the orders that only reduce a position that is not there any more, but for `except`.
    fn expire_idle(&mut self, account: AccountId, contract: ContractId, side: PositionSide, except: i64) {
        let Some(owner) = self.accounts.get(&account) else {
            return;
        };
        let of_position = |order: &&Order| {
            let request = &order.request;
            request.contract == contract
                && request.position_side == side
                && order.rests()
                && order.only_reduces()
        };
        let orders = owner
            .open
            .iter()
            .filter_map(|id| self.orders.get(id))
            .filter(of_position);
        let idle: Vec<i64> = orders
            .filter(|order| order.id != except && self.capacity(order).is_zero())
            .map(|order| order.id)
            .collect();
        for id in idle {
            self.close(id, Status::Expired);
        }
    }
}
