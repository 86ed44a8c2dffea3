//! The operations that the engine carries out, whatever the transport.

use std::sync::LazyLock;

use binance_wire_catalog_data::catalog as all;
use binance_wire_catalog_data::model::{Operation as Described, Product, Type};

use crate::catalog;
use crate::error::Refusal;
use crate::params::Params;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ping,
    Time,
    ExchangeInfo,
    Depth,
    Trades,
    HistoricalTrades,
    AggTrades,
    Klines,
    AvgPrice,
    Ticker24hr,
    TickerTradingDay,
    TickerWindow,
    TickerPrice,
    BookTicker,
    Account,
    AccountCommission,
    OrderCounts,
    MyFilters,
    NewOrder,
    TestOrder,
    SorOrder,
    SorTest,
    CancelOrder,
    CancelAll,
    CancelReplace,
    Amend,
    QueryOrder,
    OpenOrders,
    AllOrders,
    Amendments,
    MyTrades,
    MyPreventedMatches,
    MyAllocations,
    /// The list of an older operation, whose legs are called limit and stop.
    OldOco,
    Oco,
    Oto,
    Otoco,
    Opo,
    Opoco,
    QueryList,
    CancelList,
    OpenLists,
    AllLists,
}

impl Kind {
    fn of(id: &str) -> Option<Kind> {
        Some(match id {
            "ping" => Kind::Ping,
            "time" => Kind::Time,
            "exchangeInfo" => Kind::ExchangeInfo,
            "depth" => Kind::Depth,
            "trades" => Kind::Trades,
            "historicalTrades" => Kind::HistoricalTrades,
            "aggTrades" => Kind::AggTrades,
            "klines" | "uiKlines" => Kind::Klines,
            "avgPrice" => Kind::AvgPrice,
            "ticker24hr" => Kind::Ticker24hr,
            "tickerTradingDay" => Kind::TickerTradingDay,
            "ticker" => Kind::TickerWindow,
            "tickerPrice" => Kind::TickerPrice,
            "bookTicker" => Kind::BookTicker,
            "account" => Kind::Account,
            "accountCommission" => Kind::AccountCommission,
            "rateLimitOrder" => Kind::OrderCounts,
            "myFilters" => Kind::MyFilters,
            "newOrder" => Kind::NewOrder,
            "testOrder" => Kind::TestOrder,
            "sorOrder" | "sorOrderPlace" => Kind::SorOrder,
            "sorOrderTest" => Kind::SorTest,
            "cancelOrder" => Kind::CancelOrder,
            "cancelAllOpenOrders" => Kind::CancelAll,
            "orderCancelReplace" => Kind::CancelReplace,
            "orderAmendKeepPriority" => Kind::Amend,
            "queryOrder" => Kind::QueryOrder,
            "openOrders" => Kind::OpenOrders,
            "allOrders" => Kind::AllOrders,
            "orderAmendments" => Kind::Amendments,
            "myTrades" => Kind::MyTrades,
            "myPreventedMatches" => Kind::MyPreventedMatches,
            "myAllocations" => Kind::MyAllocations,
            "orderOco" | "orderListPlace" => Kind::OldOco,
            "orderListOco" => Kind::Oco,
            "orderListOto" => Kind::Oto,
            "orderListOtoco" => Kind::Otoco,
            "orderListOpo" => Kind::Opo,
            "orderListOpoco" => Kind::Opoco,
            "queryOrderList" => Kind::QueryList,
            "cancelOrderList" => Kind::CancelList,
            "openOrderLists" => Kind::OpenLists,
            "allOrderLists" => Kind::AllLists,
            _ => return None,
        })
    }
}

/// The product as the specs describe it.
static SPOT: LazyLock<Option<&'static Product>> = LazyLock::new(|| {
    all()
        .products()
        .filter_map(Result::ok)
        .find(|product| product.name == catalog::COUNTED)
});

/// An operation that the engine carries out, and what the specs say of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) kind: Kind,
    product: &'static Product,
    described: &'static Described,
}

impl Operation {
    fn new(product: &'static Product, described: &'static Described) -> Option<Operation> {
        let kind = Kind::of(&described.id)?;
        Some(Operation {
            kind,
            product,
            described,
        })
    }

    /// The operation of a REST request.
    pub(crate) fn rest(method: &str, path: &str) -> Option<Operation> {
        let product = path.starts_with("/api/").then_some(*SPOT)??;
        let (described, _) = product.route(method, path)?;
        Operation::new(product, described)
    }

    /// The operation of a method of the WebSocket API.
    pub(crate) fn ws(method: &str) -> Option<Operation> {
        let product = (*SPOT)?;
        Operation::new(product, product.ws_method(method)?)
    }

    /// Whether it needs a signature.
    pub(crate) fn is_signed(self) -> bool {
        self.described.signed
    }

    /// Whether its answer is to be had in SBE.
    pub(crate) fn has_sbe(self) -> bool {
        matches!(self.kind, Kind::Ping | Kind::Time | Kind::Depth)
    }

    /// Checks the parameters, and the rules between them.
    pub(crate) fn check(self, params: &Params) -> Result<(), Refusal> {
        let of_signatures = |name: &&str| ["timestamp", "recvWindow", "signature"].contains(name);
        let superfluous = params.names().filter(of_signatures).count();
        if !self.is_signed() && superfluous > 0 {
            let sent = params.names().count();
            let read = sent - superfluous;
            let message = format!(
                "Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'."
            );
            return Err(Refusal::new(-1104, message));
        }
        let parameters = &self.described.parameters;
        let decimals = parameters
            .iter()
            .filter(|parameter| matches!(parameter.ty, Type::Decimal(_)));
        for name in decimals.map(|parameter| &parameter.name) {
            // Numbers of Spot have no sign.
            if params.get(name).is_some_and(|value| value.starts_with('-')) {
                params.decimal(name)?;
            }
        }
        catalog::check(self.product, self.described, params)
    }

    /// Request weight, which depends on parameters in places.
    pub(crate) fn weight(self, params: &Params) -> u32 {
        self.described.weight_of(params)
    }

    /// The part of the weight that success returns.
    pub(crate) fn refund(self, params: &Params) -> u32 {
        let weight = self.weight(params);
        self.described
            .weight_on_success
            .map_or(0, |on_success| weight.saturating_sub(on_success))
    }

    /// How many unfilled orders a request counts for; the answer has the counts where it does.
    pub(crate) fn counted_orders(self) -> u32 {
        self.described.unfilled_orders
    }
}
