//! What accounts set, and what is put into and taken out of their wallets and margins.

use super::account::{IncomeType, MarginChange, MarginType};
use super::event::Reason;
use super::math::{is_negative, is_positive};
use super::order::PositionSide;
use super::tape::push;
use super::{AccountEvent, AccountId, ContractId, Futures, Reject};
use crate::Fixed;

impl Futures {
    /// Puts an amount into a cross wallet; takes one out where it is negative.
    pub fn transfer(&mut self, account: AccountId, asset: &str, amount: Fixed) {
        *self
            .entry(account)
            .wallets
            .entry(asset.to_owned())
            .or_insert(Fixed::ZERO) += amount;
        self.income(account, IncomeType::Transfer, None, amount, asset, None);
        let reason = match is_negative(amount) {
            true => Reason::Withdraw,
            false => Reason::Deposit,
        };
        self.tell_account(account, reason, &[(asset, amount)], &[]);
        self.settle();
    }

    /// Sets the rate of an asset in US dollars in multi-assets mode.
    pub fn set_rate(&mut self, asset: &str, rate: Fixed) {
        self.rates.insert(asset.to_owned(), rate);
    }

    /// Sets the leverage of a contract.
    ///
    /// # Errors
    /// -4028 beyond what the brackets allow, -2027 where the position is too large for it, -4161 where an isolated position
    /// would need more margin, -2019 where the margin is insufficient.
    pub fn set_leverage(
        &mut self,
        account: AccountId,
        contract: ContractId,
        leverage: u32,
    ) -> Result<(), Reject> {
        let listing = self.listing(contract)?;
        if leverage == 0 || leverage > listing.contract.brackets.max_leverage() {
            return Err(Reject::new(-4028, format!("Leverage {leverage} is not valid")));
        }
        let asset = listing.contract.margin_asset().to_owned();
        let most = listing.contract.brackets.max_notional(leverage);
        let before = self
            .accounts
            .get(&account)
            .map(|owner| owner.settings(contract))
            .unwrap_or_default();
        let sides = self
            .accounts
            .get(&account)
            .map_or([PositionSide::Both].as_slice(), |owner| owner.sides());
        let exposed = sides
            .iter()
            .map(|side| self.contract_margin(account, contract, *side).exposed);
        if exposed.max().is_some_and(|exposed| exposed > most) {
            let message = "Exceeded the maximum allowable position at current leverage.";
            return Err(Reject::new(-2027, message));
        }
        let holds = self
            .accounts
            .get(&account)
            .is_some_and(|owner| owner.has_position(Some(contract)));
        if holds && before.margin_type == MarginType::Isolated && leverage < before.leverage {
            let message = "Leverage reduction is not supported in Isolated Margin Mode with open positions.";
            return Err(Reject::new(-4161, message));
        }
        let free = |futures: &Futures| {
            let multi = futures
                .accounts
                .get(&account)
                .is_some_and(|owner| owner.multi_assets);
            let margin = match multi {
                true => futures.total_margin(account),
                false => futures.asset_margin(account, &asset),
            };
            margin.cross_wallet + margin.cross_unrealized - margin.cross_initial
        };
        let free_before = free(self);
        self.entry(account).settings.entry(contract).or_default().leverage = leverage;
        if is_negative(free(self)) && !is_negative(free_before) {
            self.entry(account).settings.entry(contract).or_default().leverage = before.leverage;
            return Err(Reject::new(-2019, "Margin is insufficient."));
        }
        self.tell(account, AccountEvent::Leverage { contract, leverage });
        Ok(())
    }

    /// Sets whether positions of a contract have margin of their own.
    ///
    /// # Errors
    /// -4046 where it is so already, -4047 and -4048 with open orders and positions, -4168 in multi-assets mode.
    pub fn set_margin_type(
        &mut self,
        account: AccountId,
        contract: ContractId,
        margin_type: MarginType,
    ) -> Result<(), Reject> {
        self.listing(contract)?;
        let owner = self.entry(account);
        if owner.multi_assets && margin_type == MarginType::Isolated {
            let message = "Unable to adjust to isolated-margin mode under the Multi-Assets mode.";
            return Err(Reject::new(-4168, message));
        }
        if owner.settings(contract).margin_type == margin_type {
            return Err(Reject::new(-4046, "No need to change margin type."));
        }
        if owner.has_position(Some(contract)) {
            return Err(Reject::new(
                -4048,
                "Margin type cannot be changed if there exists position.",
            ));
        }
        if self.has_orders(account, Some(contract)) {
            return Err(Reject::new(
                -4047,
                "Margin type cannot be changed if there exists open orders.",
            ));
        }
        self.entry(account)
            .settings
            .entry(contract)
            .or_default()
            .margin_type = margin_type;
        Ok(())
    }

    /// Adds margin to an isolated position; takes it off where the amount is negative.
    ///
    /// # Errors
    /// -4054 and -4049 without such a position, -4050 and -4051 where there is not enough.
    pub fn change_margin(
        &mut self,
        account: AccountId,
        contract: ContractId,
        side: PositionSide,
        amount: Fixed,
    ) -> Result<(), Reject> {
        let listing = self.listing(contract)?;
        let asset = listing.contract.margin_asset().to_owned();
        let (details, mark) = (listing.contract.clone(), listing.mark);
        let now_us = self.now_us;
        let history = self.history;
        let owner = self.entry(account);
        if owner.hedge == (side == PositionSide::Both) {
            let message = "Position side does not match user's setting.";
            return Err(Reject::new(-4061, message));
        }
        let settings = owner.settings(contract);
        if settings.margin_type != MarginType::Isolated {
            return Err(Reject::new(
                -4049,
                "Add margin only support for isolated position.",
            ));
        }
        let position = owner.position(contract, side);
        if position.is_none() {
            return Err(Reject::new(-4054, "Cannot add position margin: position is 0."));
        }
        if is_positive(amount) && self.available(account, &asset) < amount {
            return Err(Reject::new(-4050, "Cross balance insufficient."));
        }
        if is_negative(amount) {
            // The margin of the opening stays, and so does what the position has lost since.
            let notional = details.notional(position.amount, mark);
            let needed = super::margin::initial_margin(notional, settings.leverage);
            let lost = position.unrealized(&details, mark).min(Fixed::ZERO);
            if position.isolated_wallet + amount + lost < needed {
                return Err(Reject::new(-4051, "Isolated balance insufficient."));
            }
        }
        let owner = self.entry(account);
        *owner.wallets.entry(asset.clone()).or_insert(Fixed::ZERO) -= amount;
        if let Some(position) = owner.positions.get_mut(&(contract, side)) {
            position.isolated_wallet += amount;
            position.updated_us = now_us;
        }
        let change = MarginChange {
            contract,
            position_side: side,
            amount,
            by_trade: false,
            time_us: now_us,
        };
        push(&mut owner.margin_changes, change, history);
        self.tell_account(
            account,
            Reason::MarginTransfer,
            &[(&asset, Fixed::ZERO)],
            &[(contract, side)],
        );
        self.settle();
        Ok(())
    }

    /// Sets whether long and short positions are apart.
    ///
    /// # Errors
    /// -4059 where it is so already, -4067 and -4068 with open orders and positions.
    pub fn set_hedge(&mut self, account: AccountId, hedge: bool) -> Result<(), Reject> {
        let owner = self.entry(account);
        if owner.hedge == hedge {
            return Err(Reject::new(-4059, "No need to change position side."));
        }
        if owner.has_position(None) {
            return Err(Reject::new(
                -4068,
                "Position side cannot be changed if there exists position.",
            ));
        }
        if self.has_orders(account, None) {
            return Err(Reject::new(
                -4067,
                "Position side cannot be changed if there exists open orders.",
            ));
        }
        self.entry(account).hedge = hedge;
        Ok(())
    }

    /// Sets whether all assets are margin of all positions.
    ///
    /// # Errors
    /// -4171 where it is so already, -4167 with isolated contracts, -4170 with open orders.
    pub fn set_multi_assets(&mut self, account: AccountId, multi: bool) -> Result<(), Reject> {
        let owner = self.entry(account);
        if owner.multi_assets == multi {
            return Err(Reject::new(-4171, "No need to change Multi-Assets mode."));
        }
        if multi
            && owner
                .settings
                .values()
                .any(|settings| settings.margin_type == MarginType::Isolated)
        {
            let message = "Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode.";
            return Err(Reject::new(-4167, message));
        }
        if self.has_orders(account, None) {
            let message = "Unable to adjust Multi-Assets Mode with open orders in USDⓈ-M Futures.";
            return Err(Reject::new(-4170, message));
        }
        let negative = self
            .accounts
            .get(&account)
            .is_some_and(|owner| owner.wallets.values().any(|one| is_negative(*one)));
        if !multi && negative {
            let message = "Unable to adjust Multi-Assets Mode with a negative balance.";
            return Err(Reject::new(-4172, message));
        }
        self.entry(account).multi_assets = multi;
        self.tell(account, AccountEvent::MultiAssets(multi));
        self.settle();
        Ok(())
    }

    /// Whether an account has open orders, or conditional orders that wait, in a contract or in any.
    fn has_orders(&self, account: AccountId, contract: Option<ContractId>) -> bool {
        let Some(owner) = self.accounts.get(&account) else {
            return false;
        };
        let concerned = |of: ContractId| contract.is_none_or(|contract| contract == of);
        let orders = owner
            .open
            .iter()
            .filter_map(|id| self.orders.get(id))
            .map(|order| order.request.contract);
        let algos = owner
            .algos_by_client_id
            .values()
            .filter_map(|id| self.algos.get(id));
        orders
            .chain(algos.map(|algo| algo.request.contract))
            .any(concerned)
    }
}
