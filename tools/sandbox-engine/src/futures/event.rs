//! What happens in the exchange, in its order.

use super::account::MarginType;
use super::order::{Algo, Execution, Order, PositionSide, Side};
use super::{AccountId, ContractId};
use crate::Fixed;

/// A price and what is offered at it; zero where nothing is any more.
pub type Level = (Fixed, Fixed);

/// A trade in the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Its id.
    pub id: i64,
    /// The price.
    pub price: Fixed,
    /// The quantity.
    pub quantity: Fixed,
    /// Whether the buyer's order was in the book.
    pub buyer_is_maker: bool,
    /// When.
    pub time_us: i64,
}

/// Trades of one order at one price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AggTrade {
    /// Its id.
    pub id: i64,
    /// The price.
    pub price: Fixed,
    /// The quantity.
    pub quantity: Fixed,
    /// The first trade.
    pub first: i64,
    /// The last trade.
    pub last: i64,
    /// Whether the buyer's order was in the book.
    pub buyer_is_maker: bool,
    /// When.
    pub time_us: i64,
}

/// What a fill was to one of its accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The trade.
    pub trade: i64,
    /// The price.
    pub price: Fixed,
    /// The quantity.
    pub quantity: Fixed,
    /// The fee, in the margin asset.
    pub fee: Fixed,
    /// The profit that it realized.
    pub realized: Fixed,
    /// Whether the order was in the book.
    pub maker: bool,
}

/// A balance after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceView {
    /// The asset.
    pub asset: String,
    /// Cross and isolated wallets together.
    pub wallet: Fixed,
    /// The cross wallet.
    pub cross: Fixed,
    /// The change, without profits and fees.
    pub change: Fixed,
}

/// A position after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionView {
    /// The contract.
    pub contract: ContractId,
    /// The side.
    pub side: PositionSide,
    /// The quantity.
    pub amount: Fixed,
    /// The entry price.
    pub entry_price: Fixed,
    /// The break-even price.
    pub break_even_price: Fixed,
    /// All profits that were realized.
    pub realized: Fixed,
    /// The profit at the mark price.
    pub unrealized: Fixed,
    /// Whether it has margin of its own.
    pub margin_type: MarginType,
    /// That margin.
    pub isolated_wallet: Fixed,
}

/// Why an account changed, as `ACCOUNT_UPDATE` spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `ORDER`
    Order,
    /// `FUNDING_FEE`
    Funding,
    /// `DEPOSIT`
    Deposit,
    /// `WITHDRAW`
    Withdraw,
    /// `MARGIN_TRANSFER`
    MarginTransfer,
    /// `MARGIN_TYPE_CHANGE`
    MarginTypeChange,
    /// `INSURANCE_CLEAR`
    InsuranceClear,
}

impl Reason {
    /// The spelling on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Order => "ORDER",
            Reason::Funding => "FUNDING_FEE",
            Reason::Deposit => "DEPOSIT",
            Reason::Withdraw => "WITHDRAW",
            Reason::MarginTransfer => "MARGIN_TRANSFER",
            Reason::MarginTypeChange => "MARGIN_TYPE_CHANGE",
            Reason::InsuranceClear => "INSURANCE_CLEAR",
        }
    }
}

/// What an account's owner is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountEvent {
    /// `ORDER_TRADE_UPDATE`, and `TRADE_LITE` for fills.
    Order {
        /// What happened.
        execution: Execution,
        /// The order after it.
        order: Box<Order>,
        /// The fill.
        fill: Option<Fill>,
    },
    /// `ACCOUNT_UPDATE`.
    Account {
        /// Why.
        reason: Reason,
        /// Balances that changed.
        balances: Vec<BalanceView>,
        /// Positions that changed.
        positions: Vec<PositionView>,
    },
    /// `ALGO_UPDATE`.
    Algo(Box<Algo>),
    /// `ACCOUNT_CONFIG_UPDATE` of the leverage.
    Leverage {
        /// The contract.
        contract: ContractId,
        /// The leverage.
        leverage: u32,
    },
    /// `ACCOUNT_CONFIG_UPDATE` of the mode of assets.
    MultiAssets(bool),
    /// `MARGIN_CALL`.
    MarginCall {
        /// The cross wallet; none where isolated positions alone are concerned.
        cross: Option<Fixed>,
        /// The positions, each with its maintenance margin.
        positions: Vec<(PositionView, Fixed)>,
    },
}

/// What everybody is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketEvent {
    /// A trade in the book.
    Trade(Trade),
    /// Trades of one order at one price, once they are complete.
    AggTrade(AggTrade),
    /// A change of the book.
    Depth {
        /// `U`.
        first: i64,
        /// `u`.
        last: i64,
        /// `pu`.
        previous: i64,
        /// The bids that changed.
        bids: Vec<Level>,
        /// The asks that changed.
        asks: Vec<Level>,
    },
    /// The best prices changed.
    BookTicker {
        /// The update of the book.
        update: i64,
        /// The best bid.
        bid: Option<Level>,
        /// The best ask.
        ask: Option<Level>,
    },
    /// The mark price changed.
    MarkPrice,
    /// An order was forced.
    Forced {
        /// The order, filled.
        order: Box<Order>,
        /// The side, again, for short.
        side: Side,
    },
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// To an account.
    Account {
        /// Whose.
        account: AccountId,
        /// When.
        time_us: i64,
        /// What.
        event: AccountEvent,
    },
    /// In a market.
    Market {
        /// Which.
        contract: ContractId,
        /// When.
        time_us: i64,
        /// What.
        event: MarketEvent,
    },
}
