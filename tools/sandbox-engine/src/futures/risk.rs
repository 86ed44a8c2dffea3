//! The clock and the mark price, and what follows from them: triggers, funding, liquidation.

use super::account::{IncomeType, MarginType};
use super::event::{MarketEvent, PositionView, Reason};
use super::matching::Executed;
use super::math::{is_negative, is_positive};
use super::order::{AlgoStatus, Execution, NewOrder, OrderType, PositionSide, Side, Status, TimeInForce};
use super::tape::push;
use super::trigger::Working;
use super::{AccountEvent, AccountId, ContractId, Funding, Futures, HOUSE, Reject, Waiting, margin};
use crate::Fixed;

/// Fundings that are kept per contract.
const FUNDINGS: usize = 1_000;
/// Fundings that are caught up with after the clock has jumped.
const MISSED_FUNDINGS: i64 = 1_000;

impl Futures {
    /// Moves the time on, to microseconds since the epoch: orders end, fundings take place. A time at least a second before
    /// the present one is that of a clock which was set back: nothing is due then. One that is hardly before it changes
    /// nothing.
    pub fn advance(&mut self, now_us: i64) {
        if now_us < self.now_us {
            if self.now_us - now_us >= 1_000_000 {
                self.now_us = now_us;
                self.listings
                    .iter_mut()
                    .for_each(|listing| listing.next_funding_us = 0);
                self.next_funding();
            }
            return;
        }
        // Nothing is due before the first time; later, what was due is carried out at its own time.
        if self.now_us == 0 {
            self.now_us = now_us;
        }
        while let Some(at) = self.next_funding().filter(|at| *at <= now_us) {
            self.now_us = at.max(self.now_us);
            self.end_by_time();
            self.fund_due();
        }
        self.now_us = now_us;
        self.end_by_time();
        self.settle();
    }

    fn next_funding(&mut self) -> Option<i64> {
        let now_us = self.now_us;
        for listing in &mut self.listings {
            let interval = listing.contract.funding_interval_us.max(1);
            let behind = now_us - listing.next_funding_us;
            if listing.next_funding_us == 0 || behind > interval.saturating_mul(MISSED_FUNDINGS) {
                listing.next_funding_us = now_us - now_us.rem_euclid(interval) + interval;
            }
        }
        self.listings.iter().map(|listing| listing.next_funding_us).min()
    }

    fn fund_due(&mut self) {
        for contract in 0..self.listings.len() {
            if self.listings[contract].next_funding_us <= self.now_us {
                self.fund(contract);
                let listing = &mut self.listings[contract];
                listing.next_funding_us += listing.contract.funding_interval_us.max(1);
            }
        }
        self.settle();
    }

    /// Exchanges funding between the longs and the shorts of a contract, at the rate and the mark price of now.
    pub fn fund(&mut self, contract: ContractId) {
        let Some(listing) = self.listings.get(contract) else {
            return;
        };
        let (rate, mark) = (listing.funding_rate(), listing.mark);
        let details = listing.contract.clone();
        let asset = details.margin_asset().to_owned();
        let accounts: Vec<AccountId> = self.accounts.keys().copied().filter(|id| *id != HOUSE).collect();
        let mut paid = Fixed::ZERO;
        for account in accounts {
            for side in [PositionSide::Both, PositionSide::Long, PositionSide::Short] {
                let owner = self.entry(account);
                let position = owner.position(contract, side);
                if position.is_none() {
                    continue;
                }
                let payment = margin::funding_payment(&details, position.amount, mark, rate);
                if payment.is_zero() {
                    continue;
                }
                let isolated = owner.settings(contract).margin_type == MarginType::Isolated;
                match owner.positions.get_mut(&(contract, side)).filter(|_| isolated) {
                    Some(position) => position.isolated_wallet += payment,
                    None => *owner.wallets.entry(asset.clone()).or_insert(Fixed::ZERO) += payment,
                }
                paid += payment;
                self.income(
                    account,
                    IncomeType::Funding,
                    Some(contract),
                    payment,
                    &asset,
                    None,
                );
                let positions = [(contract, side)];
                let shown: &[_] = if isolated { &positions } else { &[] };
                self.tell_account(account, Reason::Funding, &[(&asset, payment)], shown);
            }
        }
        *self.entry(HOUSE).wallets.entry(asset).or_insert(Fixed::ZERO) -= paid;
        let funding = Funding {
            time_us: self.now_us,
            rate,
            mark,
        };
        push(&mut self.listings[contract].fundings, funding, FUNDINGS);
    }

    /// Sets the index price of a contract.
    pub fn set_index(&mut self, contract: ContractId, price: Fixed) {
        if let Some(listing) = self.listings.get_mut(contract).filter(|_| is_positive(price)) {
            listing.index = price;
        }
        self.settle();
    }

    /// Sets the index price and puts the exchange's own orders around it: a number of levels on each side with a tick
    /// between them, each of a quantity. What it quoted before is canceled; orders of others that its new ones meet are
    /// filled.
    pub fn quote(&mut self, contract: ContractId, price: Fixed, levels: u32, quantity: Fixed) {
        let Some(listing) = self.listings.get_mut(contract).filter(|_| is_positive(price)) else {
            return;
        };
        let tick = listing.contract.tick;
        let middle = Fixed::from_units(price.units() - price.units() % tick.units().max(1));
        listing.index = price;
        for id in self.open_orders(HOUSE, Some(contract)) {
            self.close(id, Status::Canceled);
        }
        for level in 1..=i128::from(levels) {
            let step = Fixed::from_units(tick.units() * level);
            for (side, price) in [(Side::Buy, middle - step), (Side::Sell, middle + step)] {
                if is_positive(price) {
                    let order = NewOrder::limit(contract, side, quantity, price);
                    let id = self.accept(HOUSE, order, None, None);
                    self.run(id);
                }
            }
        }
        self.settle();
    }

    /// Carries out what follows from the last change until nothing does, and publishes what changed of the markets.
    pub(super) fn settle(&mut self) {
        loop {
            self.mark_to_market();
            if !self.trigger_next() && !self.liquidate_next() {
                break;
            }
        }
        self.call_margins();
        for contract in 0..self.listings.len() {
            let now_us = self.now_us;
            let listing = &mut self.listings[contract];
            let update = listing.book.take_update();
            let marked = listing.mark != listing.shown_mark;
            listing.shown_mark = listing.mark;
            if now_us > 0 {
                listing.mark_candles.price(now_us, listing.mark);
                listing.index_candles.price(now_us, listing.index);
            }
            if let Some(update) = update {
                self.publish(
                    contract,
                    MarketEvent::Depth {
                        first: update.change.first_update_id,
                        last: update.change.last_update_id,
                        previous: update.previous,
                        bids: update.change.bids,
                        asks: update.change.asks,
                    },
                );
                if let Some((bid, ask)) = update.best {
                    let update = update.change.last_update_id;
                    self.publish(contract, MarketEvent::BookTicker { update, bid, ask });
                }
            }
            if marked {
                self.publish(contract, MarketEvent::MarkPrice);
            }
        }
    }

    fn mark_to_market(&mut self) {
        for listing in &mut self.listings {
            let best = |side| listing.book.best(side).map(|(price, _)| price);
            listing.mark = margin::mark_price(listing.index, best(Side::Buy), best(Side::Sell));
        }
    }

    /// Carries out one order whose trigger the prices have reached; whether there was one.
    fn trigger_next(&mut self) -> bool {
        let mut found = None;
        for listing in &self.listings {
            let (mark, last) = (listing.mark, listing.last_price());
            for waiting in &listing.waiting {
                let price_of = |working: Working| match working {
                    Working::Mark => mark,
                    Working::Contract => last,
                };
                let reached = match waiting {
                    Waiting::Order(id) => self.orders.get_mut(id).is_some_and(|order| {
                        let price = price_of(order.request.working);
                        order
                            .waits_for
                            .as_mut()
                            .is_some_and(|trigger| trigger.observe(price))
                    }),
                    Waiting::Algo(id) => self
                        .algos
                        .get_mut(id)
                        .is_some_and(|algo| algo.trigger.observe(price_of(algo.request.working))),
                };
                if reached {
                    found = Some(*waiting);
                    break;
                }
            }
        }
        match found {
            Some(Waiting::Order(id)) => self.trigger_order(id),
            Some(Waiting::Algo(id)) => self.trigger_algo(id),
            None => return false,
        }
        true
    }

    /// The order that a triggered one becomes, or why it cannot.
    fn triggered(&self, account: AccountId, request: &NewOrder) -> Result<NewOrder, Reject> {
        let mut request = request.clone();
        if request.close_position || request.only_reduces() {
            let left = self.reducible(account, &request);
            if left.is_zero() {
                return Err(Reject::new(-2022, "ReduceOnly Order is rejected."));
            }
            if request.close_position {
                request.quantity = left;
            }
        }
        if let Some((opposite, nth)) = request.price_match.place() {
            request.price = self.matched_price(&request, opposite, nth)?;
        }
        if !request.only_reduces() {
            let listing = self.listing(request.contract)?;
            let price = if is_positive(request.price) {
                request.price
            } else {
                listing.mark
            };
            let notional = listing.contract.notional(request.quantity, price);
            self.check_margin(account, &request, notional, None)?;
        }
        Ok(request)
    }

    fn trigger_order(&mut self, id: i64) {
        let Some(order) = self.orders.get(&id) else { return };
        let (account, contract) = (order.account, order.request.contract);
        let becomes = self.triggered(account, &order.request);
        let Ok(request) = becomes else {
            self.close(id, Status::Expired);
            return;
        };
        let now_us = self.now_us;
        if let Some(listing) = self.listings.get_mut(contract) {
            listing.waiting.retain(|waiting| *waiting != Waiting::Order(id));
        }
        if let Some(order) = self.orders.get_mut(&id) {
            order.waits_for = None;
            order.kind = request.kind.triggered();
            order.request = request;
            order.updated_us = now_us;
            let order = order.clone();
            self.report(Execution::New, order, None);
        }
        self.run(id);
    }

    fn trigger_algo(&mut self, id: i64) {
        let now_us = self.now_us;
        let Some(algo) = self.algos.get_mut(&id) else {
            return;
        };
        algo.status = AlgoStatus::Triggering;
        algo.triggered_us = Some(now_us);
        algo.updated_us = now_us;
        let algo = algo.clone();
        self.stop_waiting(&algo);
        let account = algo.account;
        self.tell(account, AccountEvent::Algo(Box::new(algo.clone())));
        let mut request = match self.triggered(account, &algo.request) {
            Ok(request) => request,
            Err(reject) => {
                self.end_algo(id, AlgoStatus::Rejected, Some(reject.message));
                return;
            }
        };
        request.client_id = Some(algo.client_id);
        let order = self.accept(account, request, None, Some(id));
        if let Some(algo) = self.algos.get_mut(&id) {
            algo.status = AlgoStatus::Triggered;
            algo.order = Some(order);
            let algo = algo.clone();
            self.tell(account, AccountEvent::Algo(Box::new(algo)));
        }
        self.run(order);
    }

    /// Liquidates one isolated position, or the cross positions of one account, where the margin is not sufficient; whether
    /// there was one.
    fn liquidate_next(&mut self) -> bool {
        let with_positions = |account: &&super::Account| account.id != HOUSE && account.has_position(None);
        let accounts: Vec<AccountId> = self
            .accounts
            .values()
            .filter(with_positions)
            .map(|one| one.id)
            .collect();
        accounts
            .into_iter()
            .any(|account| self.liquidate_isolated(account) || self.liquidate_cross(account))
    }

    fn liquidate_isolated(&mut self, account: AccountId) -> bool {
        let Some(owner) = self.accounts.get(&account) else {
            return false;
        };
        let found = owner.positions.iter().find(|((contract, side), position)| {
            let listing = &self.listings[*contract];
            let isolated = owner.settings(*contract).margin_type == MarginType::Isolated;
            let balance = position.isolated_wallet + position.unrealized(&listing.contract, listing.mark);
            let needed = self.contract_margin(account, *contract, *side).maintenance;
            isolated && !position.is_none() && balance < needed
        });
        let Some((&(contract, side), _)) = found else {
            return false;
        };
        let asset = self.listings[contract].contract.margin_asset().to_owned();
        for id in self.open_orders(account, Some(contract)) {
            self.close(id, Status::Canceled);
        }
        let before = self.accounts[&account].wallet(&asset);
        self.force(account, contract, side);
        let lost = self.accounts[&account].wallet(&asset) - before;
        if is_negative(lost) {
            self.clear(account, &asset, -lost, Some(contract));
        }
        true
    }

    fn liquidate_cross(&mut self, account: AccountId) -> bool {
        let Some(owner) = self.accounts.get(&account) else {
            return false;
        };
        let multi = owner.multi_assets;
        let assets: Vec<String> = self.assets().into_iter().map(str::to_owned).collect();
        let short = |margin: super::AssetMargin| {
            is_positive(margin.cross_maintenance)
                && margin.cross_wallet + margin.cross_unrealized < margin.cross_maintenance
        };
        let concerned: Vec<String> = match multi {
            true if short(self.total_margin(account)) => assets,
            true => return false,
            false => {
                let is_short = |asset: &String| short(self.asset_margin(account, asset));
                assets.into_iter().find(is_short).into_iter().collect()
            }
        };
        if concerned.is_empty() {
            return false;
        }
        let of_margin = |contract: ContractId| {
            let asset = self.listings[contract].contract.margin_asset();
            let settings = owner.settings(contract);
            settings.margin_type == MarginType::Cross && concerned.iter().any(|one| one == asset)
        };
        let contracts: Vec<ContractId> = (0..self.listings.len()).filter(|one| of_margin(*one)).collect();
        let positions: Vec<(ContractId, PositionSide)> = owner
            .positions
            .iter()
            .filter(|((contract, _), position)| contracts.contains(contract) && !position.is_none())
            .map(|(key, _)| *key)
            .collect();
        for contract in contracts {
            for id in self.open_orders(account, Some(contract)) {
                self.close(id, Status::Canceled);
            }
        }
        for (contract, side) in positions {
            self.force(account, contract, side);
        }
        for asset in concerned {
            let left = self.accounts[&account].wallet(&asset);
            // In multi-assets mode other assets may make up for it.
            if is_negative(left) && (!multi || is_negative(self.total_margin(account).cross_wallet)) {
                self.clear(account, &asset, -left, None);
            }
        }
        true
    }

    /// Closes a position at the mark price, against the exchange.
    fn force(&mut self, account: AccountId, contract: ContractId, side: PositionSide) {
        let Some(owner) = self.accounts.get(&account) else {
            return;
        };
        let amount = owner.position(contract, side).amount;
        let Some(listing) = self.listings.get_mut(contract).filter(|_| !amount.is_zero()) else {
            return;
        };
        let (mark, fee_rate) = (listing.mark, listing.contract.liquidation_fee);
        listing.last_trade += 1;
        let trade = listing.last_trade;
        let closing = if is_negative(amount) {
            Side::Buy
        } else {
            Side::Sell
        };
        let number = self.last_id + 1;
        let forced = NewOrder {
            position_side: side,
            time_in_force: TimeInForce::Ioc,
            price: mark,
            client_id: Some(format!("autoclose-{number}")),
            reduce_only: side == PositionSide::Both,
            ..NewOrder::new(contract, closing, OrderType::Liquidation, amount.abs())
        };
        let taken = NewOrder {
            side: closing.opposite(),
            position_side: PositionSide::Both,
            client_id: None,
            reduce_only: false,
            ..forced.clone()
        };
        let executed = Executed {
            trade,
            price: mark,
            quantity: amount.abs(),
            maker: false,
            fee_rate,
            fee_kind: IncomeType::InsuranceClear,
        };
        let id = self.accept(account, forced, None, None);
        self.execute(id, executed, Execution::Calculated);
        let counter = self.accept(HOUSE, taken, None, None);
        self.execute(
            counter,
            Executed {
                maker: true,
                ..executed
            },
            Execution::Calculated,
        );
        if let Some(order) = self.orders.get(&id).cloned() {
            let history = self.history;
            push(&mut self.forced, id, history);
            let side = order.request.side;
            let order = Box::new(order);
            self.publish(contract, MarketEvent::Forced { order, side });
        }
    }

    /// Takes over what an account has lost beyond its margin.
    fn clear(&mut self, account: AccountId, asset: &str, amount: Fixed, contract: Option<ContractId>) {
        *self
            .entry(account)
            .wallets
            .entry(asset.to_owned())
            .or_insert(Fixed::ZERO) += amount;
        *self
            .entry(HOUSE)
            .wallets
            .entry(asset.to_owned())
            .or_insert(Fixed::ZERO) -= amount;
        self.income(account, IncomeType::InsuranceClear, contract, amount, asset, None);
        self.tell_account(account, Reason::InsuranceClear, &[(asset, amount)], &[]);
    }

    /// Warns accounts whose maintenance margin is more than four fifths of what they have, once until it is less again.
    fn call_margins(&mut self) {
        let with_positions =
            |account: &&super::Account| account.id != HOUSE && (account.called || account.has_position(None));
        let accounts: Vec<AccountId> = self
            .accounts
            .values()
            .filter(with_positions)
            .map(|one| one.id)
            .collect();
        let share = Fixed::from_units(80_000_000);
        for account in accounts {
            let Some(owner) = self.accounts.get(&account) else {
                continue;
            };
            let called = owner.called;
            let mut cross = None;
            let mut concerned: Vec<(PositionView, Fixed)> = Vec::new();
            for (&(contract, side), position) in &owner.positions {
                if position.is_none() {
                    continue;
                }
                let listing = &self.listings[contract];
                let needed = self.contract_margin(account, contract, side).maintenance;
                let isolated = owner.settings(contract).margin_type == MarginType::Isolated;
                let asset = listing.contract.margin_asset();
                let (balance, maintenance) = match isolated {
                    true => {
                        let profit = position.unrealized(&listing.contract, listing.mark);
                        (position.isolated_wallet + profit, needed)
                    }
                    false => {
                        let all = match owner.multi_assets {
                            true => self.total_margin(account),
                            false => self.asset_margin(account, asset),
                        };
                        (all.cross_wallet + all.cross_unrealized, all.cross_maintenance)
                    }
                };
                if maintenance > balance.times(share) {
                    concerned.push((self.position_view(account, contract, side), needed));
                    cross = cross.or((!isolated).then(|| owner.wallet(asset)));
                }
            }
            let warned = !concerned.is_empty();
            if warned && !called {
                self.tell(
                    account,
                    AccountEvent::MarginCall {
                        cross,
                        positions: concerned,
                    },
                );
            }
            self.entry(account).called = warned;
        }
    }
}
