//! The operations that REST and the WebSocket API share: their parameters, weights and answers.

use serde_json::{Value, json};

use crate::clock::TimeUnit;
use crate::engine::DepthSnapshot;
use crate::events::levels_json;
use crate::params::Kind::{Boolean, Choice, ClientId, Decimal, Integer, Symbol, Symbols};
use crate::params::{Kind, Param, Params, optional, required};

/// An operation, whatever the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Ping,
    Time,
    ExchangeInfo,
    Depth,
    Account,
    OrderCounts,
    NewOrder,
    TestOrder,
    CancelOrder,
    QueryOrder,
    OpenOrders,
    CancelReplace,
    MyTrades,
}

/// What an operation answers with.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Json(Value),
    /// Kept as numbers, for it is also to be had in SBE.
    Depth(DepthSnapshot),
    /// Likewise.
    Time(i64),
    Pong,
}

impl Answer {
    pub(crate) fn into_json(self, unit: TimeUnit) -> Value {
        match self {
            Answer::Json(value) => value,
            Answer::Depth(snapshot) => json!({
                "lastUpdateId": snapshot.last_update_id,
                "bids": levels_json(&snapshot.bids),
                "asks": levels_json(&snapshot.asks),
            }),
            Answer::Time(now_us) => json!({ "serverTime": unit.of(now_us) }),
            Answer::Pong => json!({}),
        }
    }
}

const STATUSES: Kind = Choice(
    &["TRADING", "HALT", "BREAK", "CANCEL_ONLY"],
    -1122,
    "Invalid symbolStatus.",
);
const SIDE: Kind = Choice(&["BUY", "SELL"], -1117, "Invalid side.");
const TYPE: Kind = Choice(
    &[
        "LIMIT",
        "MARKET",
        "LIMIT_MAKER",
        "STOP_LOSS",
        "STOP_LOSS_LIMIT",
        "TAKE_PROFIT",
        "TAKE_PROFIT_LIMIT",
    ],
    -1116,
    "Invalid orderType.",
);
const TIME_IN_FORCE: Kind = Choice(&["GTC", "IOC", "FOK"], -1115, "Invalid timeInForce.");
const RESPONSE_TYPE: Kind = Choice(
    &["ACK", "RESULT", "FULL"],
    -1130,
    "Data sent for parameter 'newOrderRespType' is not valid.",
);
const STP_MODE: Kind = Choice(
    &["NONE"],
    -1130,
    "Data sent for parameter 'selfTradePreventionMode' is not valid.",
);
const RESTRICTIONS: Kind = Choice(
    &["ONLY_NEW", "ONLY_PARTIALLY_FILLED"],
    -1145,
    "cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED.",
);
const REPLACE_MODE: Kind = Choice(
    &["STOP_ON_FAILURE", "ALLOW_FAILURE"],
    -1130,
    "Data sent for parameter 'cancelReplaceMode' is not valid.",
);
const RATE_LIMIT_MODE: Kind = Choice(
    &["DO_NOTHING", "CANCEL_ONLY"],
    -1130,
    "Data sent for parameter 'orderRateLimitExceededMode' is not valid.",
);

const NEW_ORDER: [Param; 19] = [
    required("symbol", Symbol),
    required("side", SIDE),
    required("type", TYPE),
    optional("timeInForce", TIME_IN_FORCE),
    optional("quantity", Decimal),
    optional("quoteOrderQty", Decimal),
    optional("price", Decimal),
    optional("newClientOrderId", ClientId),
    optional("strategyId", Integer),
    optional("strategyType", Integer),
    optional("stopPrice", Decimal),
    optional("trailingDelta", Integer),
    optional("icebergQty", Decimal),
    optional("newOrderRespType", RESPONSE_TYPE),
    optional("selfTradePreventionMode", STP_MODE),
    optional(
        "pegPriceType",
        Choice(&["PRIMARY_PEG", "MARKET_PEG"], -1210, "Invalid pegPriceType."),
    ),
    optional("pegOffsetValue", Integer),
    optional(
        "pegOffsetType",
        Choice(&["PRICE_LEVEL"], -1211, "Invalid pegOffsetType."),
    ),
    // Of order/test alone; elsewhere it is taken out of the list.
    optional("computeCommissionRates", Boolean),
];

const CANCEL_REPLACE: [Param; 6] = [
    required("cancelReplaceMode", REPLACE_MODE),
    optional("cancelNewClientOrderId", ClientId),
    optional("cancelOrigClientOrderId", ClientId),
    optional("cancelOrderId", Integer),
    optional("cancelRestrictions", RESTRICTIONS),
    optional("orderRateLimitExceededMode", RATE_LIMIT_MODE),
];

impl Operation {
    /// Whether it needs a signature.
    pub(crate) fn is_signed(self) -> bool {
        !matches!(
            self,
            Operation::Ping | Operation::Time | Operation::ExchangeInfo | Operation::Depth
        )
    }

    pub(crate) fn params(self) -> Vec<Param> {
        let without_commission = NEW_ORDER.len() - 1;
        match self {
            Operation::Ping | Operation::Time | Operation::OrderCounts => Vec::new(),
            Operation::Account => vec![optional("omitZeroBalances", Boolean)],
            Operation::ExchangeInfo => vec![
                optional("symbol", Symbol),
                optional("symbols", Symbols),
                optional("showPermissionSets", Boolean),
                optional("symbolStatus", STATUSES),
            ],
            Operation::Depth => vec![
                required("symbol", Symbol),
                optional("limit", Integer),
                optional("symbolStatus", STATUSES),
            ],
            Operation::NewOrder => NEW_ORDER.iter().take(without_commission).copied().collect(),
            Operation::TestOrder => NEW_ORDER.to_vec(),
            Operation::CancelOrder => vec![
                required("symbol", Symbol),
                optional("orderId", Integer),
                optional("origClientOrderId", ClientId),
                optional("newClientOrderId", ClientId),
                optional("cancelRestrictions", RESTRICTIONS),
            ],
            Operation::QueryOrder => vec![
                required("symbol", Symbol),
                optional("orderId", Integer),
                optional("origClientOrderId", ClientId),
            ],
            Operation::OpenOrders => vec![optional("symbol", Symbol)],
            Operation::CancelReplace => NEW_ORDER
                .iter()
                .take(without_commission)
                .chain(&CANCEL_REPLACE)
                .copied()
                .collect(),
            Operation::MyTrades => vec![
                required("symbol", Symbol),
                optional("orderId", Integer),
                optional("startTime", Integer),
                optional("endTime", Integer),
                optional("fromId", Integer),
                optional("limit", Integer),
            ],
        }
    }

    /// Request weight, which depends on parameters in places.
    pub(crate) fn weight(self, params: &Params) -> u32 {
        match self {
            Operation::Ping
            | Operation::Time
            | Operation::NewOrder
            | Operation::CancelOrder
            | Operation::CancelReplace => 1,
            Operation::TestOrder => {
                if params.contains("computeCommissionRates") {
                    20
                } else {
                    1
                }
            }
            Operation::Depth => match params
                .get("limit")
                .map_or(Some(100), |text| text.parse::<u64>().ok())
            {
                Some(0..=100) | None => 5,
                Some(101..=500) => 25,
                Some(501..=1000) => 50,
                Some(_) => 250,
            },
            Operation::ExchangeInfo | Operation::Account => 20,
            Operation::OrderCounts => 40,
            Operation::QueryOrder => 4,
            Operation::OpenOrders => {
                if params.contains("symbol") {
                    6
                } else {
                    80
                }
            }
            Operation::MyTrades => {
                if params.contains("orderId") {
                    5
                } else {
                    20
                }
            }
        }
    }

    /// Whether success gives the weight back.
    pub(crate) fn is_free_on_success(self) -> bool {
        matches!(
            self,
            Operation::NewOrder | Operation::CancelOrder | Operation::CancelReplace
        )
    }

    /// Whether the answer tells how many unfilled orders there are.
    pub(crate) fn counts_orders(self) -> bool {
        matches!(self, Operation::NewOrder | Operation::CancelReplace)
    }
}
