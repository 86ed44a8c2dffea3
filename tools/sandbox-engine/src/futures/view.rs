//! What accounts have, at the prices of now.

use super::account::MarginType;
use super::event::PositionView;
use super::math::{div, is_negative, or_zero};
use super::order::{PositionSide, Side};
use super::{Account, AccountId, ContractId, Futures, margin};
use crate::Fixed;

/// The margin of one asset of an account, or of all of them in multi-assets mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssetMargin {
    /// Cross and isolated wallets together.
    pub wallet: Fixed,
    /// The cross wallet.
    pub cross_wallet: Fixed,
    /// The profit of all positions at the mark price.
    pub unrealized: Fixed,
    /// That of cross positions.
    pub cross_unrealized: Fixed,
    /// The margin that positions need.
    pub position_initial: Fixed,
    /// The margin that open orders need in addition.
    pub order_initial: Fixed,
    /// The margin at which positions are liquidated.
    pub maintenance: Fixed,
    /// That of cross positions.
    pub cross_maintenance: Fixed,
    /// What is taken of the cross wallet: by cross positions and by all open orders.
    pub cross_initial: Fixed,
}

impl AssetMargin {
    fn add(&mut self, other: &AssetMargin, rate: Fixed) {
        self.wallet += other.wallet.times(rate);
        self.cross_wallet += other.cross_wallet.times(rate);
        self.unrealized += other.unrealized.times(rate);
        self.cross_unrealized += other.cross_unrealized.times(rate);
        self.position_initial += other.position_initial.times(rate);
        self.order_initial += other.order_initial.times(rate);
        self.maintenance += other.maintenance.times(rate);
        self.cross_maintenance += other.cross_maintenance.times(rate);
        self.cross_initial += other.cross_initial.times(rate);
    }

    /// What new positions can use.
    pub fn available(&self) -> Fixed {
        or_zero(self.cross_wallet + self.cross_unrealized - self.cross_initial)
    }

    /// What could be taken out: profits at the mark price could not.
    pub fn withdrawable(&self) -> Fixed {
        or_zero(self.available().min(self.cross_wallet - self.cross_initial))
    }
}

/// The margin of a contract on one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContractMargin {
    /// The notional of the position at the mark price; negative for shorts.
    pub notional: Fixed,
    /// The notional of open buys.
    pub bids: Fixed,
    /// The notional of open sells.
    pub asks: Fixed,
    /// The larger notional that the position has with the buys, or with the sells.
    pub exposed: Fixed,
    /// The margin of that.
    pub initial: Fixed,
    /// The margin of the position alone.
    pub position_initial: Fixed,
    /// The margin at which the position is liquidated.
    pub maintenance: Fixed,
}

impl Futures {
    /// The notionals of the buys and the sells of an account that would open a position, but for one order.
    pub(super) fn exposure(
        &self,
        account: AccountId,
        contract: ContractId,
        side: PositionSide,
        except: Option<i64>,
    ) -> (Fixed, Fixed) {
        let mut sums = (Fixed::ZERO, Fixed::ZERO);
        let (Some(owner), Some(listing)) = (self.accounts.get(&account), self.listings.get(contract)) else {
            return sums;
        };
        for order in owner.open.iter().filter_map(|id| self.orders.get(id)) {
            let request = &order.request;
            let counted = request.contract == contract
                && request.position_side == side
                && order.rests()
                && !order.only_reduces()
                && Some(order.id) != except;
            if counted {
                let notional = listing.contract.notional(order.remaining(), request.price);
                match request.side {
                    Side::Buy => sums.0 += notional,
                    Side::Sell => sums.1 += notional,
                }
            }
        }
        sums
    }

    /// The margin of a contract on one side, with open orders of these notionals.
    pub(super) fn contract_margin_with(
        &self,
        account: AccountId,
        contract: ContractId,
        side: PositionSide,
        (bids, asks): (Fixed, Fixed),
    ) -> ContractMargin {
        let none = Account::default();
        let owner = self.accounts.get(&account).unwrap_or(&none);
        let Some(listing) = self.listings.get(contract) else {
            return ContractMargin::default();
        };
        let amount = owner.position(contract, side).amount;
        let size = listing.contract.notional(amount, listing.mark);
        let notional = if is_negative(amount) { -size } else { size };
        let exposed = match side {
            PositionSide::Both => or_zero((notional + bids).max(asks - notional)),
            PositionSide::Long => size + bids,
            PositionSide::Short => size + asks,
        };
        let leverage = owner.settings(contract).leverage;
        ContractMargin {
            notional,
            bids,
            asks,
            exposed,
            initial: margin::initial_margin(exposed, leverage),
            position_initial: margin::initial_margin(size, leverage),
            maintenance: listing.contract.brackets.maintenance_margin(size),
        }
    }

    /// The margin of a contract on one side.
    pub fn contract_margin(
        &self,
        account: AccountId,
        contract: ContractId,
        side: PositionSide,
    ) -> ContractMargin {
        let open = self.exposure(account, contract, side, None);
        self.contract_margin_with(account, contract, side, open)
    }

    /// The margin of an asset.
    pub fn asset_margin(&self, account: AccountId, asset: &str) -> AssetMargin {
        let Some(owner) = self.accounts.get(&account) else {
            return AssetMargin::default();
        };
        let mut sum = AssetMargin {
            wallet: self.wallet_balance(account, asset),
            cross_wallet: owner.wallet(asset),
            ..AssetMargin::default()
        };
        for (contract, listing) in self.listings.iter().enumerate() {
            if listing.contract.margin_asset() != asset {
                continue;
            }
            let isolated = owner.settings(contract).margin_type == MarginType::Isolated;
            for side in owner.sides() {
                let position = owner.position(contract, *side);
                let one = self.contract_margin(account, contract, *side);
                let unrealized = position.unrealized(&listing.contract, listing.mark);
                let of_orders = one.initial - one.position_initial;
                sum.unrealized += unrealized;
                sum.position_initial += one.position_initial;
                sum.order_initial += of_orders;
                sum.maintenance += one.maintenance;
                sum.cross_initial += of_orders;
                if !isolated {
                    sum.cross_unrealized += unrealized;
                    sum.cross_maintenance += one.maintenance;
                    sum.cross_initial += one.position_initial;
                }
            }
        }
        sum
    }

    /// The margin of all assets together, in US dollars at the rates of multi-assets mode.
    pub fn total_margin(&self, account: AccountId) -> AssetMargin {
        let mut total = AssetMargin::default();
        for asset in self.assets() {
            total.add(&self.asset_margin(account, asset), self.rate(asset));
        }
        total
    }

    /// What new positions can use of an asset.
    pub fn available(&self, account: AccountId, asset: &str) -> Fixed {
        match self.accounts.get(&account) {
            Some(owner) if owner.multi_assets => {
                div(self.total_margin(account).available(), self.rate(asset))
            }
            _ => self.asset_margin(account, asset).available(),
        }
    }

    /// The assets that are margin, in the order of the contracts, and those that have a rate.
    pub fn assets(&self) -> Vec<&str> {
        let of_contracts = self
            .listings
            .iter()
            .map(|listing| listing.contract.margin_asset());
        let mut assets: Vec<&str> = Vec::new();
        for asset in of_contracts.chain(self.rates.keys().map(String::as_str)) {
            if !assets.contains(&asset) {
                assets.push(asset);
            }
        }
        assets
    }

    /// The rate of an asset in US dollars in multi-assets mode; one where none was set.
    pub fn rate(&self, asset: &str) -> Fixed {
        self.rates.get(asset).copied().unwrap_or(Fixed::ONE)
    }

    /// Cross and isolated wallets of an asset together.
    pub fn wallet_balance(&self, account: AccountId, asset: &str) -> Fixed {
        let Some(owner) = self.accounts.get(&account) else {
            return Fixed::ZERO;
        };
        let of_asset = |contract: ContractId| {
            let listing = self.listings.get(contract);
            listing.is_some_and(|listing| listing.contract.margin_asset() == asset)
        };
        let isolated = owner
            .positions
            .iter()
            .filter(|((contract, _), _)| of_asset(*contract));
        owner.wallet(asset) + isolated.map(|(_, position)| position.isolated_wallet).sum()
    }

    /// A position at the prices of now.
    pub fn position_view(
        &self,
        account: AccountId,
        contract: ContractId,
        side: PositionSide,
    ) -> PositionView {
        let none = Account::default();
        let owner = self.accounts.get(&account).unwrap_or(&none);
        let position = owner.position(contract, side);
        let realized = owner
            .realized
            .get(&(contract, side))
            .copied()
            .unwrap_or(Fixed::ZERO);
        let mut view = PositionView {
            contract,
            side,
            amount: position.amount,
            entry_price: Fixed::ZERO,
            break_even_price: Fixed::ZERO,
            realized,
            unrealized: Fixed::ZERO,
            margin_type: owner.settings(contract).margin_type,
            isolated_wallet: position.isolated_wallet,
        };
        if let Some(listing) = self.listings.get(contract) {
            view.entry_price = position.entry_price(&listing.contract);
            view.break_even_price = position.break_even_price(&listing.contract);
            view.unrealized = position.unrealized(&listing.contract, listing.mark);
        }
        view
    }

    /// The mark price at which a position is liquidated, while everything else stays as it is; zero where there is none.
    pub fn liquidation_price(&self, account: AccountId, contract: ContractId, side: PositionSide) -> Fixed {
        let (Some(owner), Some(listing)) = (self.accounts.get(&account), self.listings.get(contract)) else {
            return Fixed::ZERO;
        };
        let position = owner.position(contract, side);
        let asset = listing.contract.margin_asset();
        let wallet = match owner.settings(contract).margin_type {
            MarginType::Isolated => position.isolated_wallet,
            MarginType::Cross => {
                let own = self.contract_margin(account, contract, side).maintenance;
                let profit = position.unrealized(&listing.contract, listing.mark);
                let (all, rate) = match owner.multi_assets {
                    true => (self.total_margin(account), self.rate(asset)),
                    false => (self.asset_margin(account, asset), Fixed::ONE),
                };
                let others = all.cross_wallet + all.cross_unrealized - all.cross_maintenance;
                div(others, rate) - profit + own
            }
        };
        margin::liquidation_price(&listing.contract, &position, wallet, listing.mark).unwrap_or(Fixed::ZERO)
    }

    /// The most quantity that an account could have at its leverage.
    pub fn max_notional(&self, account: AccountId, contract: ContractId) -> Fixed {
        let settings = self
            .accounts
            .get(&account)
            .map(|owner| owner.settings(contract))
            .unwrap_or_default();
        let listing = self.listings.get(contract);
        listing.map_or(Fixed::ZERO, |listing| {
            listing.contract.brackets.max_notional(settings.leverage)
        })
    }

    /// All positions of a contract, of longs alone, so that each contract is counted once.
    pub fn open_interest(&self, contract: ContractId) -> Fixed {
        let positions = self
            .accounts
            .values()
            .flat_map(|account| account.positions.iter());
        let of_contract = positions.filter(|((of, _), _)| *of == contract);
        let sizes: Fixed = of_contract.map(|(_, position)| position.amount.abs()).sum();
        Fixed::from_units(sizes.units() / 2)
    }
}
