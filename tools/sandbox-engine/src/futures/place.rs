//! New orders: what they are checked for, and how they come into the book or wait.

use super::account::MarginType;
use super::math::{is_negative, is_positive};
use super::order::{
    Algo, AlgoStatus, Execution, NewOrder, Order, OrderType, PositionSide, Prevention, PriceMatch, Side,
    Status, TimeInForce,
};
use super::trigger::{Trigger, Working};
use super::{AccountEvent, AccountId, Futures, HOUSE, Reject, Waiting};
use crate::Fixed;

impl Futures {
    /// Places an order. A conditional one waits for its trigger under the same id.
    ///
    /// # Errors
    /// With the code of the rule that it breaks. Nothing has changed then.
    pub fn place(&mut self, account: AccountId, request: NewOrder) -> Result<Order, Reject> {
        let id = self.place_unsettled(account, request)?;
        let placed = self.orders.get(&id).cloned();
        self.settle();
        // It may have been filled, and with a history of few orders forgotten, meanwhile.
        let order = self.orders.get(&id).cloned().or(placed);
        order.ok_or_else(|| Reject::new(-2013, "Order does not exist."))
    }

    /// Checks an order as [`place`](Self::place) does, and places none.
    ///
    /// # Errors
    /// As `place`.
    pub fn test(&self, account: AccountId, mut request: NewOrder) -> Result<(), Reject> {
        self.check(account, &mut request)
    }

    pub(super) fn place_unsettled(
        &mut self,
        account: AccountId,
        mut request: NewOrder,
    ) -> Result<i64, Reject> {
        self.check(account, &mut request)?;
        let waits_for = self.trigger(&request)?;
        let id = self.accept(account, request, waits_for, None);
        if waits_for.is_none() {
            self.run(id);
        }
        Ok(id)
    }

    /// Places a conditional order that is apart from the order that it will place.
    ///
    /// # Errors
    /// With the code of the rule that it breaks. Nothing has changed then.
    pub fn place_algo(&mut self, account: AccountId, mut request: NewOrder) -> Result<Algo, Reject> {
        if !request.kind.is_conditional() {
            return Err(Reject::new(-1116, "Invalid orderType."));
        }
        self.check(account, &mut request)?;
        let trigger = self.trigger(&request)?;
        let trigger = trigger.ok_or_else(|| Reject::new(-1116, "Invalid orderType."))?;
        let id = self.next_id();
        let client_id = request
            .client_id
            .clone()
            .unwrap_or_else(|| format!("sandbox-{id}"));
        let algo = Algo {
            id,
            account,
            request,
            client_id: client_id.clone(),
            status: AlgoStatus::New,
            trigger,
            order: None,
            outcome: None,
            reason: None,
            created_us: self.now_us,
            updated_us: self.now_us,
            triggered_us: None,
        };
        if let Some(listing) = self.listings.get_mut(algo.request.contract) {
            listing.waiting.push(Waiting::Algo(id));
        }
        if let Some(at) = algo.request.good_till_us {
            self.expiring.insert((at, id));
        }
        let owner = self.entry(account);
        owner.algos.insert(id);
        owner.algos_by_client_id.insert(client_id, id);
        self.algos.insert(id, algo.clone());
        self.tell(account, AccountEvent::Algo(Box::new(algo.clone())));
        self.settle();
        Ok(self.algos.get(&id).cloned().unwrap_or(algo))
    }

    /// Checks everything that an order is refused for, and fills in the price that it takes from the book.
    fn check(&self, account: AccountId, request: &mut NewOrder) -> Result<(), Reject> {
        let listing = self.listing(request.contract)?;
        let contract = &listing.contract;
        let is_limit = request.kind.triggered() == OrderType::Limit;
        if let Some((opposite, nth)) = request.price_match.place()
            && !request.kind.is_conditional()
        {
            request.price = self.matched_price(request, opposite, nth)?;
        }
        if is_limit && !(request.price_match != PriceMatch::None && request.kind.is_conditional()) {
            self.check_price(request.contract, request.side, request.price)?;
        }
        if let Some(stop) = request.stop_price {
            if !is_positive(stop) {
                return Err(Reject::new(-4006, "Stop price less than zero."));
            }
            if stop > contract.max_price {
                return Err(Reject::new(-4007, "Stop price greater than max price."));
            }
            if !stop.is_multiple_of(contract.tick) {
                return Err(Reject::new(-4014, "Price not increased by tick size."));
            }
        }
        if !request.close_position {
            let max = match is_limit {
                true => contract.max_quantity,
                false => contract.max_market_quantity,
            };
            self.check_quantity(request.contract, request.quantity, max)?;
        }
        self.check_position_side(account, request)?;
        if let Some(at) = request
            .good_till_us
            .filter(|_| request.time_in_force == TimeInForce::Gtd)
            && at < self.now_us + 600_000_000
        {
            let message = "GTD goodTillDate must be greater than the current time plus 600 seconds.";
            return Err(Reject::new(-5040, message));
        }
        let conditional = request.kind.is_conditional();
        if let Some(owner) = self.accounts.get(&account) {
            if request.client_id.as_ref().is_some_and(|id| {
                owner.by_client_id.contains_key(id) || owner.algos_by_client_id.contains_key(id)
            }) {
                return Err(Reject::new(-4116, "ClientOrderId is duplicated."));
            }
            if account != HOUSE {
                self.check_number(account, request)?;
            }
        }
        if request.only_reduces() {
            // A conditional order may be placed before the position that it is to close.
            if !conditional && self.reducible(account, request).is_zero() {
                return Err(Reject::new(-2022, "ReduceOnly Order is rejected."));
            }
        } else {
            let price = self.assumed_price(request);
            let notional = contract.notional(request.quantity, price);
            if notional < contract.min_notional {
                let message = format!(
                    "Order's notional must be no smaller than {} (unless you choose reduce only).",
                    contract.min_notional
                );
                return Err(Reject::new(-4164, message));
            }
            if !conditional {
                self.check_margin(account, request, notional, None)?;
            }
        }
        if !conditional {
            self.check_book(account, request)?;
        }
        Ok(())
    }

    pub(super) fn check_price(&self, contract: usize, side: Side, price: Fixed) -> Result<(), Reject> {
        let listing = self.listing(contract)?;
        let contract = &listing.contract;
        if !is_positive(price) {
            return Err(Reject::new(-4001, "Price less than 0."));
        }
        if price < contract.min_price {
            return Err(Reject::new(-4013, "Price less than min price."));
        }
        if price > contract.max_price {
            return Err(Reject::new(-4002, "Price greater than max price."));
        }
        if !price.is_multiple_of(contract.tick) {
            return Err(Reject::new(-4014, "Price not increased by tick size."));
        }
        let (highest, lowest) = contract.price_bounds(listing.mark);
        match side {
            Side::Buy if price > highest => Err(Reject::new(
                -4016,
                format!("Limit price can't be higher than {highest}."),
            )),
            Side::Sell if price < lowest => Err(Reject::new(
                -4024,
                format!("Limit price can't be lower than {lowest}."),
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn check_quantity(&self, contract: usize, quantity: Fixed, max: Fixed) -> Result<(), Reject> {
        let contract = &self.listing(contract)?.contract;
        if !is_positive(quantity) {
            return Err(Reject::new(-4003, "Quantity less than or equal to zero."));
        }
        if quantity < contract.min_quantity {
            return Err(Reject::new(-4004, "Quantity less than min quantity."));
        }
        if quantity > max {
            return Err(Reject::new(-4005, "Quantity greater than max quantity."));
        }
        if !quantity.is_multiple_of(contract.step) {
            return Err(Reject::new(-4023, "Qty not increased by step size."));
        }
        Ok(())
    }

    fn check_position_side(&self, account: AccountId, request: &NewOrder) -> Result<(), Reject> {
        let hedge = self.accounts.get(&account).is_some_and(|owner| owner.hedge);
        if hedge == (request.position_side == PositionSide::Both) {
            let message = "Order's position side does not match user's setting.";
            return Err(Reject::new(-4061, message));
        }
        if hedge && request.reduce_only {
            return Err(Reject::new(
                -1106,
                "Parameter 'reduceonly' sent when not required.",
            ));
        }
        Ok(())
    }

    fn check_number(&self, account: AccountId, request: &NewOrder) -> Result<(), Reject> {
        let Some(owner) = self.accounts.get(&account) else {
            return Ok(());
        };
        let contract = &self.listing(request.contract)?.contract;
        let open = owner.open.iter().filter_map(|id| self.orders.get(id));
        let open = open.filter(|order| order.request.contract == request.contract);
        if request.kind.is_conditional() {
            let algos = owner
                .algos_by_client_id
                .values()
                .filter_map(|id| self.algos.get(id));
            let algos = algos
                .filter(|algo| algo.request.contract == request.contract)
                .count();
            if algos + open.filter(|order| order.waits_for.is_some()).count()
                >= contract.max_conditional_orders
            {
                return Err(Reject::new(-4045, "Reach max stop order limit."));
            }
        } else if open.filter(|order| order.waits_for.is_none()).count() >= contract.max_orders {
            return Err(Reject::new(-2025, "Reach max open order limit."));
        }
        Ok(())
    }

    /// The price at which an order's margin is counted.
    fn assumed_price(&self, request: &NewOrder) -> Fixed {
        let Some(listing) = self.listings.get(request.contract) else {
            return Fixed::ZERO;
        };
        if is_positive(request.price) {
            return request.price;
        }
        match request.side {
            Side::Buy => listing
                .book
                .best(Side::Sell)
                .map_or(listing.mark, |(price, _)| price.max(listing.mark)),
            Side::Sell => listing.mark,
        }
    }

    /// Refuses what the margin or the leverage does not allow. `instead` is an order whose place it takes.
    pub(super) fn check_margin(
        &self,
        account: AccountId,
        request: &NewOrder,
        notional: Fixed,
        instead: Option<i64>,
    ) -> Result<(), Reject> {
        if account == HOUSE {
            return Ok(());
        }
        let none = super::Account::default();
        let owner = self.accounts.get(&account).unwrap_or(&none);
        let listing = self.listing(request.contract)?;
        let side = request.position_side;
        let now = self.exposure(account, request.contract, side, None);
        let mut then = self.exposure(account, request.contract, side, instead);
        match request.side {
            Side::Buy => then.0 += notional,
            Side::Sell => then.1 += notional,
        }
        let settings = owner.settings(request.contract);
        let before = self.contract_margin_with(account, request.contract, side, now);
        let after = self.contract_margin_with(account, request.contract, side, then);
        let more = after.initial - before.initial;
        if !is_positive(more) {
            return Ok(());
        }
        if after.exposed > listing.contract.brackets.max_notional(settings.leverage) {
            let message = "Exceeded the maximum allowable position at current leverage.";
            return Err(Reject::new(-2027, message));
        }
        if self.available(account, listing.contract.margin_asset()) < more {
            return Err(Reject::new(-2019, "Margin is insufficient."));
        }
        Ok(())
    }

    /// Refuses what depends on the book: post-only orders that would take, and orders that cannot be filled as a whole.
    fn check_book(&self, account: AccountId, request: &NewOrder) -> Result<(), Reject> {
        let listing = self.listing(request.contract)?;
        let other = request.side.opposite();
        let crosses = |price: Fixed| self.takes(request, price);
        match request.time_in_force {
            _ if request.kind == OrderType::Market => {
                let (highest, lowest) = listing.contract.price_bounds(listing.mark);
                match listing.book.best(other) {
                    Some((price, _)) if request.side == Side::Buy && price > highest => {}
                    Some((price, _)) if request.side == Side::Sell && price < lowest => {}
                    _ => return Ok(()),
                }
                let message = "The counterparty's best price does not meet the PERCENT_PRICE filter limit.";
                Err(Reject::new(-4131, message))
            }
            TimeInForce::Gtx | TimeInForce::Rpi => match listing.book.best(other) {
                Some((price, _)) if crosses(price) => Err(Reject::new(
                    -5022,
                    "Due to the order could not be executed as maker, the Post Only order will be rejected. \
                     The order will not be recorded in the order history.",
                )),
                _ => Ok(()),
            },
            TimeInForce::Fok => {
                let mut there = Fixed::ZERO;
                for (price, id) in listing.book.orders(other) {
                    if !crosses(price) || there >= request.quantity {
                        break;
                    }
                    let Some(order) = self.orders.get(&id) else {
                        continue;
                    };
                    let own = order.account == account && request.prevention != Prevention::None;
                    if own && request.prevention != Prevention::ExpireMaker {
                        break;
                    }
                    if !own {
                        there += order.remaining().min(self.capacity(order));
                    }
                }
                if there < request.quantity {
                    return Err(Reject::new(
                        -5021,
                        "Due to the order could not be filled immediately, the FOK order has been rejected. \
                         The order will not be recorded in the order history.",
                    ));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether an order takes what is offered at a price.
    pub(super) fn takes(&self, request: &NewOrder, price: Fixed) -> bool {
        let market = request.kind.triggered() != OrderType::Limit;
        match request.side {
            _ if market => true,
            Side::Buy => price <= request.price,
            Side::Sell => price >= request.price,
        }
    }

    pub(super) fn matched_price(
        &self,
        request: &NewOrder,
        opposite: bool,
        nth: usize,
    ) -> Result<Fixed, Reject> {
        let side = match opposite {
            true => request.side.opposite(),
            false => request.side,
        };
        let listing = self.listing(request.contract)?;
        let level = listing
            .book
            .levels(side)
            .nth(nth - 1)
            .or_else(|| listing.book.levels(side).last());
        let none = || Reject::new(-5041, "No depth matches this BBO order");
        level.map(|(price, _)| price).ok_or_else(none)
    }

    /// What an order that only reduces can still close.
    pub(super) fn reducible(&self, account: AccountId, request: &NewOrder) -> Fixed {
        let Some(owner) = self.accounts.get(&account) else {
            return Fixed::ZERO;
        };
        let amount = owner.position(request.contract, request.position_side).amount;
        let closes = match request.side {
            Side::Sell => is_positive(amount),
            Side::Buy => is_negative(amount),
        };
        if closes { amount.abs() } else { Fixed::ZERO }
    }

    /// What a conditional order waits for; `None` of others.
    ///
    /// # Errors
    /// Where it would be triggered at once.
    fn trigger(&self, request: &NewOrder) -> Result<Option<Trigger>, Reject> {
        if !request.kind.is_conditional() {
            return Ok(None);
        }
        let listing = self.listing(request.contract)?;
        let price = match request.working {
            Working::Mark => listing.mark,
            Working::Contract => listing.last_price(),
        };
        let missing = |name: &str| {
            let message = format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed.");
            Reject::new(-1102, message)
        };
        if request.kind == OrderType::TrailingStopMarket {
            let percent = request.callback.ok_or_else(|| missing("callbackRate"))?;
            let (least, most) = (Fixed::from_units(10_000_000), Fixed::from_units(1_000_000_000));
            if percent < least || percent > most {
                return Err(Reject::new(-2007, "Invalid callBack rate."));
            }
            let wrong = |at: Fixed| match request.side {
                Side::Sell => at <= price,
                Side::Buy => at >= price,
            };
            // An activation price that the market is already past activates at once.
            return Ok(Some(Trigger::Trailing {
                sells: request.side == Side::Sell,
                activation: request.activation.filter(|at| !wrong(*at)),
                callback: Fixed::from_units(percent.units() / 100),
                extreme: None,
            }));
        }
        let at = request.stop_price.ok_or_else(|| missing("stopPrice"))?;
        let against = matches!(request.kind, OrderType::Stop | OrderType::StopMarket);
        let mut trigger = match (request.side, against) {
            (Side::Buy, true) | (Side::Sell, false) => Trigger::AtOrAbove(at),
            _ => Trigger::AtOrBelow(at),
        };
        match trigger.observe(price) {
            true => Err(Reject::new(-2021, "Order would immediately trigger.")),
            false => Ok(Some(trigger)),
        }
    }

    /// Makes an order of a request that was checked.
    pub(super) fn accept(
        &mut self,
        account: AccountId,
        request: NewOrder,
        waits_for: Option<Trigger>,
        algo: Option<i64>,
    ) -> i64 {
        let id = self.next_id();
        let client_id = request
            .client_id
            .clone()
            .unwrap_or_else(|| format!("sandbox-{id}"));
        let order = Order {
            id,
            account,
            kind: match waits_for {
                Some(_) => request.kind,
                None => request.kind.triggered(),
            },
            client_id: client_id.clone(),
            status: Status::New,
            executed: Fixed::ZERO,
            notional: Fixed::ZERO,
            waits_for,
            algo,
            amendments: 0,
            created_us: self.now_us,
            updated_us: self.now_us,
            request,
        };
        if waits_for.is_some()
            && let Some(listing) = self.listings.get_mut(order.request.contract)
        {
            listing.waiting.push(Waiting::Order(id));
        }
        if let Some(at) = order.request.good_till_us {
            self.expiring.insert((at, id));
        }
        let owner = self.entry(account);
        owner.orders.insert(id);
        owner.open.insert(id);
        owner.by_client_id.insert(client_id, id);
        self.orders.insert(id, order.clone());
        self.report(Execution::New, order, None);
        id
    }

    /// Tells the owner of an order what happened to it.
    pub(super) fn report(&mut self, execution: Execution, order: Order, fill: Option<super::Fill>) {
        let account = order.account;
        self.tell(
            account,
            AccountEvent::Order {
                execution,
                order: Box::new(order),
                fill,
            },
        );
    }

    /// The margin of an isolated position at its opening; zero for cross positions.
    pub(super) fn opening_margin(
        &self,
        account: AccountId,
        contract: usize,
        opened: Fixed,
        price: Fixed,
    ) -> Fixed {
        let (Some(owner), Some(listing)) = (self.accounts.get(&account), self.listings.get(contract)) else {
            return Fixed::ZERO;
        };
        let settings = owner.settings(contract);
        match settings.margin_type {
            MarginType::Cross => Fixed::ZERO,
            MarginType::Isolated => {
                super::margin::initial_margin(listing.contract.notional(opened, price), settings.leverage)
            }
        }
    }
}
