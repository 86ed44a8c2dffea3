//! Orders and order lists.

use crate::Fixed;
use crate::book::{OrderId, SelfTrade, Side, TimeInForce};

use super::AccountId;

/// The number of an order list.
pub type ListId = u64;

/// A type of orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderType {
    /// Rests at its price or better.
    Limit,
    /// Takes what there is.
    Market,
    /// A limit order that never takes.
    LimitMaker,
    /// A market order once the price has gone against it.
    StopLoss,
    /// A limit order once the price has gone against it.
    StopLossLimit,
    /// A market order once the price has gone its way.
    TakeProfit,
    /// A limit order once the price has gone its way.
    TakeProfitLimit,
}

impl OrderType {
    /// All types, as the exchange lists them.
    pub const ALL: [OrderType; 7] = [
        OrderType::Limit,
        OrderType::LimitMaker,
        OrderType::Market,
        OrderType::StopLoss,
        OrderType::StopLossLimit,
        OrderType::TakeProfit,
        OrderType::TakeProfitLimit,
    ];

    /// The exchange's name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            OrderType::Limit => "LIMIT",
            OrderType::Market => "MARKET",
            OrderType::LimitMaker => "LIMIT_MAKER",
            OrderType::StopLoss => "STOP_LOSS",
            OrderType::StopLossLimit => "STOP_LOSS_LIMIT",
            OrderType::TakeProfit => "TAKE_PROFIT",
            OrderType::TakeProfitLimit => "TAKE_PROFIT_LIMIT",
        }
    }

    /// The type of a name.
    pub fn parse(name: &str) -> Option<OrderType> {
        OrderType::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether it waits for a price before it meets the book.
    pub const fn is_conditional(self) -> bool {
        matches!(
            self,
            OrderType::StopLoss
                | OrderType::StopLossLimit
                | OrderType::TakeProfit
                | OrderType::TakeProfitLimit
        )
    }

    /// Whether it takes any price once it works.
    pub const fn is_market(self) -> bool {
        matches!(
            self,
            OrderType::Market | OrderType::StopLoss | OrderType::TakeProfit
        )
    }

    /// Whether it waits for the price to go against it.
    pub const fn is_stop_loss(self) -> bool {
        matches!(self, OrderType::StopLoss | OrderType::StopLossLimit)
    }
}

/// The exchange's name of a time in force.
pub const fn time_in_force_name(time_in_force: TimeInForce) -> &'static str {
    match time_in_force {
        TimeInForce::Gtc | TimeInForce::PostOnly => "GTC",
        TimeInForce::Ioc => "IOC",
        TimeInForce::Fok => "FOK",
    }
}

/// The modes of self-trade prevention with the exchange's names.
pub const SELF_TRADE_MODES: [(&str, SelfTrade); 6] = [
    ("NONE", SelfTrade::None),
    ("EXPIRE_TAKER", SelfTrade::ExpireTaker),
    ("EXPIRE_MAKER", SelfTrade::ExpireMaker),
    ("EXPIRE_BOTH", SelfTrade::ExpireBoth),
    ("DECREMENT", SelfTrade::Decrement),
    ("TRANSFER", SelfTrade::Transfer),
];

/// The exchange's name of a mode.
pub fn self_trade_name(mode: SelfTrade) -> &'static str {
    let found = SELF_TRADE_MODES.iter().find(|(_, known)| *known == mode);
    found.map_or("NONE", |(name, _)| *name)
}

/// Life stages of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Accepted, nothing executed.
    New,
    /// Waits for another order of its list to be filled.
    PendingNew,
    /// Executed in part.
    PartiallyFilled,
    /// Executed as a whole.
    Filled,
    /// Ended by its user.
    Canceled,
    /// Refused after it was accepted as part of a list.
    Rejected,
    /// Ended by the rules of its type or of its list.
    Expired,
    /// Ended by self-trade prevention.
    ExpiredInMatch,
}

impl Status {
    /// The exchange's name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::New => "NEW",
            Status::PendingNew => "PENDING_NEW",
            Status::PartiallyFilled => "PARTIALLY_FILLED",
            Status::Filled => "FILLED",
            Status::Canceled => "CANCELED",
            Status::Rejected => "REJECTED",
            Status::Expired => "EXPIRED",
            Status::ExpiredInMatch => "EXPIRED_IN_MATCH",
        }
    }

    /// Whether something can still come of the order.
    pub const fn is_open(self) -> bool {
        matches!(self, Status::New | Status::PendingNew | Status::PartiallyFilled)
    }
}

/// Which price an order's own is taken from when it reaches the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peg {
    /// The best of the other side (`MARKET_PEG`) instead of its own (`PRIMARY_PEG`).
    pub market: bool,
    /// How many levels from the best.
    pub offset: Option<u32>,
}

/// An order as requested.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// Its symbol.
    pub symbol: String,
    /// Its side.
    pub side: Side,
    /// Its type.
    pub kind: OrderType,
    /// Until when it is good; [`TimeInForce::Gtc`] where it was not sent.
    pub time_in_force: TimeInForce,
    /// Quantity of the base asset.
    pub quantity: Option<Fixed>,
    /// Amount of the quote asset, of a market order.
    pub quote_quantity: Option<Fixed>,
    /// Limit.
    pub price: Option<Fixed>,
    /// The price that it waits for.
    pub stop_price: Option<Fixed>,
    /// Basis points that it trails the price by.
    pub trailing_delta: Option<u32>,
    /// Quantity shown at a time.
    pub iceberg: Option<Fixed>,
    /// The user's name for it.
    pub client_order_id: Option<String>,
    /// The user's number of a strategy.
    pub strategy_id: Option<i64>,
    /// The user's number of a kind of strategies.
    pub strategy_type: Option<i64>,
    /// What happens where it meets an order of the same account; the symbol's default where it was not sent.
    pub self_trade: Option<SelfTrade>,
    /// Where its price comes from.
    pub peg: Option<Peg>,
    /// Whether it goes through smart order routing.
    pub sor: bool,
}

impl NewOrder {
    /// An order with nothing but what every order has.
    pub fn new(symbol: impl Into<String>, side: Side, kind: OrderType) -> NewOrder {
        NewOrder {
            symbol: symbol.into(),
            side,
            kind,
            time_in_force: TimeInForce::Gtc,
            quantity: None,
            quote_quantity: None,
            price: None,
            stop_price: None,
            trailing_delta: None,
            iceberg: None,
            client_order_id: None,
            strategy_id: None,
            strategy_type: None,
            self_trade: None,
            peg: None,
            sor: false,
        }
    }
}

/// An order of the engine.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// Whose it is.
    pub account: AccountId,
    /// Its symbol.
    pub symbol: String,
    /// The list that it belongs to.
    pub list: Option<ListId>,
    /// The user's name for it.
    pub client_order_id: String,
    /// Its side.
    pub side: Side,
    /// Its type.
    pub kind: OrderType,
    /// Until when it is good.
    pub time_in_force: TimeInForce,
    /// Its limit; 0 without one.
    pub price: Fixed,
    /// The price that it waits or waited for; 0 without one.
    pub stop_price: Fixed,
    /// Quantity of the base asset, as placed or amended.
    pub quantity: Fixed,
    /// Amount of the quote asset; 0 where it was placed by quantity.
    pub quote_quantity: Fixed,
    /// Quantity shown at a time; 0 for all of it.
    pub iceberg: Fixed,
    /// Quantity executed.
    pub executed: Fixed,
    /// Amount of the quote asset executed.
    pub executed_quote: Fixed,
    /// Quantity taken off by self-trade prevention.
    pub prevented: Fixed,
    /// The last prevented match.
    pub prevented_match: Option<i64>,
    /// Its stage.
    pub status: Status,
    /// When it was accepted, in microseconds.
    pub created_us: i64,
    /// When it last changed, in microseconds.
    pub updated_us: i64,
    /// When it came onto the book, in microseconds; none while it waits.
    pub working_us: Option<i64>,
    /// Basis points that it trails the price by.
    pub trailing_delta: Option<u32>,
    /// When it began to trail, in microseconds.
    pub trailing_us: Option<i64>,
    /// The user's number of a strategy.
    pub strategy_id: Option<i64>,
    /// The user's number of a kind of strategies.
    pub strategy_type: Option<i64>,
    /// What happens where it meets an order of the same account.
    pub self_trade: SelfTrade,
    /// Why it expired.
    pub expiry_reason: Option<&'static str>,
    /// Where its price comes from.
    pub peg: Option<Peg>,
    /// Whether it went through smart order routing.
    pub sor: bool,
    /// How often it was amended.
    pub amendments: u32,
    /// What it keeps locked, in the asset that it pays with.
    pub locked: Fixed,
}

impl Order {
    /// What is left of it.
    pub fn open_quantity(&self) -> Fixed {
        self.quantity - self.executed - self.prevented
    }

    /// The price that comes from a peg: known once it works.
    pub fn pegged_price(&self) -> Option<Fixed> {
        (self.peg.is_some() && !self.price.is_zero()).then_some(self.price)
    }
}

/// One execution of one order.
#[derive(Clone, Debug, PartialEq)]
pub struct Fill {
    /// The order.
    pub order: OrderId,
    /// The trade, the same for both sides; -1 of an allocation.
    pub trade_id: i64,
    /// The allocation of smart order routing.
    pub allocation: Option<i64>,
    /// Price.
    pub price: Fixed,
    /// Quantity.
    pub quantity: Fixed,
    /// Commission paid.
    pub commission: Fixed,
    /// The asset that it was paid in.
    pub commission_asset: String,
    /// When it was executed, in microseconds.
    pub time_us: i64,
    /// Whether the order bought.
    pub is_buyer: bool,
    /// Whether the order rested.
    pub is_maker: bool,
}

/// A match that self-trade prevention kept from being a trade.
#[derive(Clone, Debug, PartialEq)]
pub struct PreventedMatch {
    /// Its number.
    pub id: i64,
    /// The order that came in.
    pub taker: OrderId,
    /// The order that rested.
    pub maker: OrderId,
    /// The trade group of both; -1 without one.
    pub group: i64,
    /// The mode that was applied.
    pub mode: SelfTrade,
    /// The price of the order that rested.
    pub price: Fixed,
    /// What would have been traded.
    pub quantity: Fixed,
    /// What the order that came in lost.
    pub from_taker: Fixed,
    /// What the order that rested lost.
    pub from_maker: Fixed,
    /// When it happened, in microseconds.
    pub time_us: i64,
}

/// A change of an order's quantity by its user.
#[derive(Clone, Debug, PartialEq)]
pub struct Amendment {
    /// The order.
    pub order: OrderId,
    /// The execution that reported it.
    pub execution_id: i64,
    /// The user's name for the order before.
    pub old_client_order_id: String,
    /// The user's name for the order since.
    pub new_client_order_id: String,
    /// Quantity before.
    pub old_quantity: Fixed,
    /// Quantity since.
    pub new_quantity: Fixed,
    /// When it happened, in microseconds.
    pub time_us: i64,
}

/// How the orders of a list depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contingency {
    /// One cancels the other.
    Oco,
    /// One triggers the others.
    Oto,
}

impl Contingency {
    /// The exchange's name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Contingency::Oco => "OCO",
            Contingency::Oto => "OTO",
        }
    }
}

/// An order list as requested.
#[derive(Clone, Debug)]
pub struct NewList {
    /// The user's name for it.
    pub client_id: Option<String>,
    /// The order that has to be filled first; none of an OCO.
    pub working: Option<NewOrder>,
    /// The order or the pair that follows, the one above first; of an OCO the pair itself.
    pub orders: Vec<NewOrder>,
    /// Whether what the first order receives pays for what follows.
    pub pays: bool,
}

/// Stages of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListStage {
    /// Placed, or an order of it took effect.
    ExecStarted,
    /// The orders that follow work.
    Updated,
    /// Nothing can come of it any more.
    AllDone,
}

impl ListStage {
    /// `listStatusType`.
    pub const fn status_type(self) -> &'static str {
        match self {
            ListStage::ExecStarted => "EXEC_STARTED",
            ListStage::Updated => "UPDATED",
            ListStage::AllDone => "ALL_DONE",
        }
    }

    /// `listOrderStatus`.
    pub const fn order_status(self) -> &'static str {
        match self {
            ListStage::ExecStarted | ListStage::Updated => "EXECUTING",
            ListStage::AllDone => "ALL_DONE",
        }
    }
}

/// An order list.
#[derive(Clone, Debug)]
pub struct OrderList {
    /// Its number.
    pub id: ListId,
    /// Whose it is.
    pub account: AccountId,
    /// Its symbol.
    pub symbol: String,
    /// How its orders depend on each other.
    pub contingency: Contingency,
    /// Its orders, the one that has to be filled first in front, with the users' names for them.
    pub orders: Vec<(OrderId, String)>,
    /// The user's name for it.
    pub client_id: String,
    /// Its stage.
    pub stage: ListStage,
    /// When it was placed, in microseconds.
    pub created_us: i64,
    /// When it last changed, in microseconds.
    pub updated_us: i64,
    /// The order that has to be filled first, while the others wait for it.
    pub(super) waits_for: Option<OrderId>,
    pub(super) pays: bool,
}
