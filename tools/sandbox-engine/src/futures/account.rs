//! Accounts: wallets, positions and settings.

use std::collections::BTreeMap;

use super::order::{PositionSide, Side};
use super::position::Position;
use super::{AccountId, ContractId};
use crate::Fixed;

/// Whether positions of a contract have margin of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarginType {
    /// The cross wallet is the margin of all.
    #[default]
    Cross,
    /// Each has its own.
    Isolated,
}

/// What an account has set for a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The leverage of new positions.
    pub leverage: u32,
    /// Whether positions have margin of their own.
    pub margin_type: MarginType,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            leverage: 20,
            margin_type: MarginType::Cross,
        }
    }
}

/// Why the wallet of an account changed, as `incomeType` spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncomeType {
    /// `TRANSFER`
    Transfer,
    /// `REALIZED_PNL`
    RealizedProfit,
    /// `COMMISSION`
    Commission,
    /// `FUNDING_FEE`
    Funding,
    /// `INSURANCE_CLEAR`: a liquidation's fee, and what the exchange takes over after one.
    InsuranceClear,
}

impl IncomeType {
    /// The spelling on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            IncomeType::Transfer => "TRANSFER",
            IncomeType::RealizedProfit => "REALIZED_PNL",
            IncomeType::Commission => "COMMISSION",
            IncomeType::Funding => "FUNDING_FEE",
            IncomeType::InsuranceClear => "INSURANCE_CLEAR",
        }
    }
}

/// A change of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Income {
    /// `tranId`.
    pub id: i64,
    /// Why.
    pub kind: IncomeType,
    /// The contract that it concerns.
    pub contract: Option<ContractId>,
    /// How much.
    pub amount: Fixed,
    /// Of what.
    pub asset: String,
    /// The trade that caused it.
    pub trade: Option<i64>,
    /// When.
    pub time_us: i64,
}

/// A trade as one of its two accounts sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTrade {
    /// The id of the trade.
    pub id: i64,
    /// The contract.
    pub contract: ContractId,
    /// The order that was filled.
    pub order: i64,
    /// Its side.
    pub side: Side,
    /// The position that changed.
    pub position_side: PositionSide,
    /// The price.
    pub price: Fixed,
    /// The quantity.
    pub quantity: Fixed,
    /// The profit that it realized.
    pub realized: Fixed,
    /// The fee.
    pub fee: Fixed,
    /// Whether the order was in the book.
    pub maker: bool,
    /// When.
    pub time_us: i64,
}

/// A change of the margin of an isolated position by its owner, or by a trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarginChange {
    /// The contract.
    pub contract: ContractId,
    /// The position.
    pub position_side: PositionSide,
    /// How much; negative where margin was taken out.
    pub amount: Fixed,
    /// Whether a trade caused it, and not the owner.
    pub by_trade: bool,
    /// When.
    pub time_us: i64,
}

/// An account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Who it is.
    pub id: AccountId,
    /// Cross wallets by asset.
    pub wallets: BTreeMap<String, Fixed>,
    /// Positions by contract and side; those that are over stay, with an amount of zero.
    pub positions: BTreeMap<(ContractId, PositionSide), Position>,
    /// Profits that were realized, by position.
    pub realized: BTreeMap<(ContractId, PositionSide), Fixed>,
    /// What was set, by contract.
    pub settings: BTreeMap<ContractId, Settings>,
    /// Whether long and short positions of a contract are apart (hedge mode).
    pub hedge: bool,
    /// Whether all assets are margin of all positions.
    pub multi_assets: bool,
    /// Its trades, the latest last.
    pub trades: std::collections::VecDeque<AccountTrade>,
    /// The changes of its wallets, the latest last.
    pub incomes: std::collections::VecDeque<Income>,
    /// The changes of its isolated margins, the latest last.
    pub margin_changes: std::collections::VecDeque<MarginChange>,
    /// Its open orders.
    pub open: std::collections::BTreeSet<i64>,
    /// All its orders that are remembered.
    pub orders: std::collections::BTreeSet<i64>,
    /// Open orders by client id.
    pub by_client_id: BTreeMap<String, i64>,
    /// All its conditional orders that are remembered.
    pub algos: std::collections::BTreeSet<i64>,
    /// Those that wait, by client id.
    pub algos_by_client_id: BTreeMap<String, i64>,
    /// Whether a margin call was sent since its margin was sufficient.
    pub(crate) called: bool,
    /// When it last changed.
    pub updated_us: i64,
}

impl Account {
    /// What is set for a contract.
    pub fn settings(&self, contract: ContractId) -> Settings {
        self.settings.get(&contract).copied().unwrap_or_default()
    }

    /// A position; one of nothing where there is none.
    pub fn position(&self, contract: ContractId, side: PositionSide) -> Position {
        self.positions.get(&(contract, side)).copied().unwrap_or_default()
    }

    /// The sides of positions in its mode.
    pub fn sides(&self) -> &'static [PositionSide] {
        match self.hedge {
            true => &[PositionSide::Long, PositionSide::Short],
            false => &[PositionSide::Both],
        }
    }

    /// The cross wallet of an asset.
    pub fn wallet(&self, asset: &str) -> Fixed {
        self.wallets.get(asset).copied().unwrap_or(Fixed::ZERO)
    }

    /// Whether it has a position in a contract, or in any.
    pub fn has_position(&self, contract: Option<ContractId>) -> bool {
        let concerned = |of: ContractId| contract.is_none_or(|contract| contract == of);
        self.positions
            .iter()
            .any(|((of, _), position)| concerned(*of) && !position.is_none())
    }
}
