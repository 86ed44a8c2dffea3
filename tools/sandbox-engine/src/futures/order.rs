//! Orders and conditional (algo) orders, and the values that they are made of.

use super::trigger::{Trigger, Working};
use super::{AccountId, ContractId};
use crate::Fixed;

/// Makes an enum of values with their spelling on the wire.
macro_rules! spelled {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// The spelling on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)+
                }
            }

            /// Reads the spelling on the wire.
            pub fn parse(text: &str) -> Option<$name> {
                match text {
                    $($text => Some($name::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

spelled!(
    /// The side of an order.
    Side {
        /// Buys.
        Buy = "BUY",
        /// Sells.
        Sell = "SELL",
    }
);

spelled!(
    /// Which position an order is for.
    PositionSide {
        /// The only one of one-way mode.
        Both = "BOTH",
        /// The long one of hedge mode.
        Long = "LONG",
        /// The short one of hedge mode.
        Short = "SHORT",
    }
);

spelled!(
    /// What an order does.
    OrderType {
        /// At a price or better.
        Limit = "LIMIT",
        /// At any price.
        Market = "MARKET",
        /// A limit order once the price has gone against the position.
        Stop = "STOP",
        /// A market order once the price has gone against the position.
        StopMarket = "STOP_MARKET",
        /// A limit order once the price has gone for the position.
        TakeProfit = "TAKE_PROFIT",
        /// A market order once the price has gone for the position.
        TakeProfitMarket = "TAKE_PROFIT_MARKET",
        /// A market order once the price has turned back.
        TrailingStopMarket = "TRAILING_STOP_MARKET",
        /// Forced by a liquidation.
        Liquidation = "LIQUIDATION",
    }
);

spelled!(
    /// How long an order stays.
    TimeInForce {
        /// Until it is canceled.
        Gtc = "GTC",
        /// What is not filled at once expires.
        Ioc = "IOC",
        /// It is filled as a whole at once, or refused.
        Fok = "FOK",
        /// It is a maker, or refused.
        Gtx = "GTX",
        /// Until a time.
        Gtd = "GTD",
        /// As a maker, for retail orders. Handled as [`TimeInForce::Gtx`].
        Rpi = "RPI",
    }
);

spelled!(
    /// The state of an order.
    Status {
        /// In the book, or waiting for its trigger.
        New = "NEW",
        /// Filled in part.
        PartiallyFilled = "PARTIALLY_FILLED",
        /// Filled.
        Filled = "FILLED",
        /// Canceled by its owner.
        Canceled = "CANCELED",
        /// Ended by its rules.
        Expired = "EXPIRED",
        /// Ended by self-trade prevention.
        ExpiredInMatch = "EXPIRED_IN_MATCH",
    }
);

spelled!(
    /// What a report of an order is about.
    Execution {
        /// It was accepted.
        New = "NEW",
        /// It was canceled.
        Canceled = "CANCELED",
        /// It was forced.
        Calculated = "CALCULATED",
        /// It expired.
        Expired = "EXPIRED",
        /// It was filled, in part at least.
        Trade = "TRADE",
        /// It was modified.
        Amendment = "AMENDMENT",
    }
);

spelled!(
    /// Self-trade prevention, by the mode of the order that comes.
    Prevention {
        /// Orders of one account trade with each other.
        None = "NONE",
        /// The order that comes expires.
        ExpireTaker = "EXPIRE_TAKER",
        /// The order in the book expires.
        ExpireMaker = "EXPIRE_MAKER",
        /// Both expire.
        ExpireBoth = "EXPIRE_BOTH",
    }
);

spelled!(
    /// The price of the book that an order takes.
    PriceMatch {
        /// None: it has a price of its own.
        None = "NONE",
        /// The best of the other side.
        Opponent = "OPPONENT",
        /// The fifth of the other side.
        Opponent5 = "OPPONENT_5",
        /// The tenth of the other side.
        Opponent10 = "OPPONENT_10",
        /// The twentieth of the other side.
        Opponent20 = "OPPONENT_20",
        /// The best of its side.
        Queue = "QUEUE",
        /// The fifth of its side.
        Queue5 = "QUEUE_5",
        /// The tenth of its side.
        Queue10 = "QUEUE_10",
        /// The twentieth of its side.
        Queue20 = "QUEUE_20",
    }
);

spelled!(
    /// The state of a conditional order.
    AlgoStatus {
        /// It waits.
        New = "NEW",
        /// It was canceled.
        Canceled = "CANCELED",
        /// Its order is being placed.
        Triggering = "TRIGGERING",
        /// Its order was placed.
        Triggered = "TRIGGERED",
        /// Its order has ended.
        Finished = "FINISHED",
        /// Its order was refused.
        Rejected = "REJECTED",
        /// It ended by its rules.
        Expired = "EXPIRED",
    }
);

impl Side {
    /// The other side.
    pub fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// A quantity as the change of a position: negative for sales.
    pub fn signed(self, quantity: Fixed) -> Fixed {
        match self {
            Side::Buy => quantity,
            Side::Sell => Fixed::ZERO - quantity,
        }
    }
}

impl OrderType {
    /// What is placed in the book: a conditional order is of another type once it is triggered.
    pub fn triggered(self) -> OrderType {
        match self {
            OrderType::Stop | OrderType::TakeProfit => OrderType::Limit,
            OrderType::StopMarket | OrderType::TakeProfitMarket | OrderType::TrailingStopMarket => {
                OrderType::Market
            }
            other => other,
        }
    }

    /// Whether it waits for a trigger.
    pub fn is_conditional(self) -> bool {
        self.triggered() != self
    }
}

impl PriceMatch {
    /// Whether it is a price of the other side, and which one, from 1.
    pub fn place(self) -> Option<(bool, usize)> {
        Some(match self {
            PriceMatch::None => return None,
            PriceMatch::Opponent => (true, 1),
            PriceMatch::Opponent5 => (true, 5),
            PriceMatch::Opponent10 => (true, 10),
            PriceMatch::Opponent20 => (true, 20),
            PriceMatch::Queue => (false, 1),
            PriceMatch::Queue5 => (false, 5),
            PriceMatch::Queue10 => (false, 10),
            PriceMatch::Queue20 => (false, 20),
        })
    }
}

/// A new order, of any type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// The contract.
    pub contract: ContractId,
    /// `side`.
    pub side: Side,
    /// `positionSide`.
    pub position_side: PositionSide,
    /// `type`.
    pub kind: OrderType,
    /// `timeInForce`.
    pub time_in_force: TimeInForce,
    /// `quantity`; zero with `closePosition`.
    pub quantity: Fixed,
    /// `price`; zero of market orders.
    pub price: Fixed,
    /// `newClientOrderId`, `clientAlgoId`; one is made where there is none.
    pub client_id: Option<String>,
    /// `reduceOnly`.
    pub reduce_only: bool,
    /// `closePosition`.
    pub close_position: bool,
    /// `stopPrice`, `triggerPrice`.
    pub stop_price: Option<Fixed>,
    /// `activationPrice`, `activatePrice`.
    pub activation: Option<Fixed>,
    /// `callbackRate`, in percent.
    pub callback: Option<Fixed>,
    /// `workingType`.
    pub working: Working,
    /// `priceProtect`.
    pub price_protect: bool,
    /// `priceMatch`.
    pub price_match: PriceMatch,
    /// `selfTradePreventionMode`.
    pub prevention: Prevention,
    /// `goodTillDate` in microseconds.
    pub good_till_us: Option<i64>,
}

impl NewOrder {
    /// An order of a type with nothing optional in it.
    pub fn new(contract: ContractId, side: Side, kind: OrderType, quantity: Fixed) -> NewOrder {
        NewOrder {
            contract,
            side,
            position_side: PositionSide::Both,
            kind,
            time_in_force: TimeInForce::Gtc,
            quantity,
            price: Fixed::ZERO,
            client_id: None,
            reduce_only: false,
            close_position: false,
            stop_price: None,
            activation: None,
            callback: None,
            working: Working::Contract,
            price_protect: false,
            price_match: PriceMatch::None,
            prevention: Prevention::ExpireMaker,
            good_till_us: None,
        }
    }

    /// A limit order.
    pub fn limit(contract: ContractId, side: Side, quantity: Fixed, price: Fixed) -> NewOrder {
        NewOrder {
            price,
            ..NewOrder::new(contract, side, OrderType::Limit, quantity)
        }
    }
}

/// An order that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// `orderId`.
    pub id: i64,
    /// Whose it is.
    pub account: AccountId,
    /// What was asked for. `kind` is the original type, `quantity` and `price` are those of the latest amendment.
    pub request: NewOrder,
    /// `clientOrderId`.
    pub client_id: String,
    /// `type`: another one than the original once a conditional order is triggered.
    pub kind: OrderType,
    /// `status`.
    pub status: Status,
    /// `executedQty`.
    pub executed: Fixed,
    /// `cumQuote` of linear contracts and `cumBase` of inverse ones: the notional that was traded.
    pub notional: Fixed,
    /// What it waits for, of conditional orders that were not triggered.
    pub waits_for: Option<Trigger>,
    /// The conditional order that placed it.
    pub algo: Option<i64>,
    /// How often it was modified.
    pub amendments: u32,
    /// When it was placed.
    pub created_us: i64,
    /// When it last changed.
    pub updated_us: i64,
}

impl Order {
    /// What is not filled.
    pub fn remaining(&self) -> Fixed {
        self.request.quantity - self.executed
    }

    /// Whether it can still be filled.
    pub fn is_open(&self) -> bool {
        matches!(self.status, Status::New | Status::PartiallyFilled)
    }

    /// Whether it is in the book.
    pub fn rests(&self) -> bool {
        self.is_open() && self.waits_for.is_none()
    }

    /// Whether it closes a position and opens none: `reduceOnly`, `closePosition`, and in hedge mode the side that closes.
    pub fn only_reduces(&self) -> bool {
        self.request.only_reduces()
    }
}

impl NewOrder {
    /// Whether it closes a position and opens none.
    pub fn only_reduces(&self) -> bool {
        let closes = matches!(
            (self.position_side, self.side),
            (PositionSide::Long, Side::Sell) | (PositionSide::Short, Side::Buy)
        );
        self.reduce_only || self.close_position || closes
    }
}

/// A conditional order of USDⓈ-M, which is apart from the order that it places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Algo {
    /// `algoId`.
    pub id: i64,
    /// Whose it is.
    pub account: AccountId,
    /// What is placed when it is triggered.
    pub request: NewOrder,
    /// `clientAlgoId`.
    pub client_id: String,
    /// `algoStatus`.
    pub status: AlgoStatus,
    /// What it waits for.
    pub trigger: Trigger,
    /// The order that it placed.
    pub order: Option<i64>,
    /// Average price and quantity of that order, once it has ended.
    pub outcome: Option<(Fixed, Fixed)>,
    /// Why its order was refused.
    pub reason: Option<String>,
    /// When it was placed.
    pub created_us: i64,
    /// When it last changed.
    pub updated_us: i64,
    /// When it was triggered.
    pub triggered_us: Option<i64>,
}

impl Algo {
    /// Whether it waits for its trigger.
    pub fn waits(&self) -> bool {
        self.status == AlgoStatus::New
    }
}
