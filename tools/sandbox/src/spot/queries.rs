//! Queries of orders, lists, executions and what is announced of symbols.

use binance_wire_sandbox_engine::spot::{COMMISSION, Fill, Order, OrderList, PreventedMatch};
use serde_json::{Value, json};

use super::execute::{Request, discount, no_such_order, rates};
use super::market::{DAY_US, last, limit, symbols, time, trading};
use super::operation::Kind;
use super::requests::order_ref;
use super::{answers, listings};
use crate::clock::TimeUnit;
use crate::error::Refusal;
use crate::params::Params;
use crate::state::State;

/// A stretch of time that a query is for, in microseconds; both ends are included.
struct Period {
    start_us: i64,
    end_us: i64,
    /// Whether it begins somewhere, so that the oldest entries come first.
    begins: bool,
}

impl Period {
    fn of(params: &Params) -> Result<Period, Refusal> {
        let (start, end) = (time(params, "startTime")?, time(params, "endTime")?);
        Ok(Period {
            start_us: start.unwrap_or(i64::MIN),
            end_us: end.unwrap_or(i64::MAX),
            begins: start.is_some(),
        })
    }

    fn has(&self, time_us: i64) -> bool {
        (self.start_us..=self.end_us).contains(&time_us)
    }
}

/// A page: from a starting point onwards the oldest, else the most recent; the oldest first.
fn page<T>(entries: impl DoubleEndedIterator<Item = T>, oldest: bool, limit: usize) -> Vec<T> {
    if oldest {
        entries.take(limit).collect()
    } else {
        last(entries.rev(), limit)
    }
}

/// A number that a query begins at.
fn from(params: &Params, name: &str) -> Result<Option<u64>, Refusal> {
    Ok(params.integer(name)?.map(|id| u64::try_from(id).unwrap_or(0)))
}

impl State {
    pub(super) fn query(&mut self, request: &Request<'_>) -> Result<Value, Refusal> {
        let Request {
            params,
            account,
            unit,
            ..
        } = *request;
        let symbol = request.symbol();
        Ok(match request.operation.kind {
            Kind::QueryOrder => {
                let order = order_ref(params, "orderId", "origClientOrderId")?;
                answers::queried(self.spot.find(account, symbol, &order, no_such_order)?, unit)
            }
            Kind::OpenOrders => {
                let open = self.spot.open_orders(account, params.get("symbol"));
                open.map(|order| answers::queried(order, unit)).collect()
            }
            Kind::AllOrders => self.all_orders(request)?,
            Kind::Amendments => {
                let order = order_ref(params, "orderId", "origClientOrderId")?;
                let order = self.spot.find(account, symbol, &order, no_such_order)?.id;
                let from = params.integer("fromExecutionId")?;
                let entries = self.spot.amendments_of(order).iter();
                let entries = entries.filter(|entry| from.is_none_or(|from| entry.execution_id >= from));
                let entries = page(entries, from.is_some(), limit(params, 500)?);
                entries
                    .into_iter()
                    .map(|entry| answers::amendment(symbol, entry, unit))
                    .collect()
            }
            Kind::MyTrades => self.my_trades(request)?,
            Kind::MyAllocations => self.my_allocations(request)?,
            Kind::MyPreventedMatches => self.my_prevented_matches(request)?,
            Kind::QueryList => {
                let id = from(params, "orderListId")?;
                let name = params.get("origClientOrderId");
                if id.is_none() && name.is_none() {
                    return Err(Refusal::missing("orderListId"));
                }
                let unknown = || Refusal::new(-2013, "Order list does not exist.");
                let found = self.spot.find_list(account, id, name);
                answers::list(found.ok_or_else(unknown)?, unit)
            }
            Kind::OpenLists => self
                .spot
                .open_lists(account)
                .map(|list| answers::list(list, unit))
                .collect(),
            Kind::AllLists => {
                let from = from(params, "fromId")?;
                let period = Period::of(params)?;
                let within = |list: &&OrderList| period.has(list.created_us);
                let lists = self.spot.lists_of(account, from.unwrap_or(0)).filter(within);
                let lists = page(lists, from.is_some() || period.begins, limit(params, 500)?);
                lists.into_iter().map(|list| answers::list(list, unit)).collect()
            }
            Kind::AccountCommission => {
                let (trade, side) = (["maker", "taker"], ["buyer", "seller"]);
                let all = [trade[0], trade[1], side[0], side[1]];
                json!({
                    "symbol": symbol,
                    "standardCommission": rates(&trade, COMMISSION, &side),
                    "specialCommission": rates(&[], COMMISSION, &all),
                    "taxCommission": rates(&[], COMMISSION, &all),
                    "discount": discount(),
                })
            }
            Kind::MyFilters => json!({
                "exchangeFilters": [],
                "symbolFilters": self.spot.symbol(symbol).map(listings::filters),
                "assetFilters": [],
            }),
            _ => return Err(Refusal::new(-1020, "This operation is not supported.")),
        })
    }

    fn all_orders(&self, request: &Request<'_>) -> Result<Value, Refusal> {
        let params = request.params;
        let from = from(params, "orderId")?;
        let period = Period::of(params)?;
        if period.begins
            && period.end_us != i64::MAX
            && period.end_us.saturating_sub(period.start_us) > DAY_US
        {
            return Err(Refusal::new(
                -1127,
                "More than 24 hours between startTime and endTime.",
            ));
        }
        let within = |order: &&Order| from.is_some() || period.has(order.created_us);
        let orders = self
            .spot
            .orders_of(request.account, request.symbol(), from.unwrap_or(0))
            .filter(within);
        let orders = page(orders, from.is_some() || period.begins, limit(params, 500)?);
        Ok(orders
            .into_iter()
            .map(|order| answers::queried(order, request.unit))
            .collect())
    }

    /// `orderListId` of the order of an execution.
    fn list_of(&self, fill: &Fill) -> i64 {
        self.spot.order(fill.order).map_or(-1, answers::list_id)
    }

    fn my_trades(&self, request: &Request<'_>) -> Result<Value, Refusal> {
        let params = request.params;
        let (order, from) = (from(params, "orderId")?, params.integer("fromId")?);
        let period = Period::of(params)?;
        let wanted = |fill: &&Fill| {
            fill.allocation.is_none()
                && order.is_none_or(|order| fill.order == order)
                && from.is_none_or(|from| fill.trade_id >= from)
                && period.has(fill.time_us)
        };
        let fills = self
            .spot
            .fills_of(request.account, request.symbol())
            .filter(wanted);
        let fills = page(fills, from.is_some() || period.begins, limit(params, 500)?);
        let one = |fill: &Fill| answers::own_trade(request.symbol(), self.list_of(fill), fill, request.unit);
        Ok(fills.into_iter().map(one).collect())
    }

    fn my_allocations(&self, request: &Request<'_>) -> Result<Value, Refusal> {
        let params = request.params;
        let (order, from) = (from(params, "orderId")?, params.integer("fromAllocationId")?);
        let period = Period::of(params)?;
        let wanted = |fill: &&Fill| {
            fill.allocation
                .is_some_and(|id| from.is_none_or(|from| id >= from))
                && order.is_none_or(|order| fill.order == order)
                && period.has(fill.time_us)
        };
        let fills = self
            .spot
            .fills_of(request.account, request.symbol())
            .filter(wanted);
        let fills = page(fills, from.is_some() || period.begins, limit(params, 500)?);
        let one = |fill: &Fill| answers::allocation(request.symbol(), self.list_of(fill), fill, request.unit);
        Ok(fills.into_iter().filter_map(one).collect())
    }

    fn my_prevented_matches(&self, request: &Request<'_>) -> Result<Value, Refusal> {
        let params = request.params;
        let id = params.integer("preventedMatchId")?;
        let (order, from) = (from(params, "orderId")?, params.integer("fromPreventedMatchId")?);
        if id.is_none() && order.is_none() {
            return Err(Refusal::new(-1128, "Combination of optional parameters invalid."));
        }
        let wanted = |entry: &&PreventedMatch| {
            id.is_none_or(|id| entry.id == id)
                && order.is_none_or(|order| entry.taker == order || entry.maker == order)
                && from.is_none_or(|from| entry.id >= from)
        };
        let entries = self
            .spot
            .prevented_of(request.account, request.symbol())
            .filter(wanted);
        let entries = page(entries, true, limit(params, 500)?);
        let one = |entry| answers::prevented(request.symbol(), entry, request.unit);
        Ok(entries.into_iter().map(one).collect())
    }

    pub(super) fn exchange_info(
        &self,
        params: &Params,
        now_us: i64,
        unit: TimeUnit,
    ) -> Result<Value, Refusal> {
        let wanted = match (params.text("symbol"), params.get("symbols")) {
            (Some(symbol), _) => Some(vec![symbol]),
            (None, Some(list)) => Some(symbols(&self.spot, list)?),
            (None, None) => None,
        };
        let is_listed = |name: &String| wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
        let permission_sets = params.get("showPermissionSets") != Some("false");
        let listed = self
            .spot
            .symbols()
            .filter(|symbol| trading(params) && is_listed(&symbol.name));
        let (mut infos, mut sors) = (Vec::new(), Vec::new());
        for symbol in listed {
            infos.push(listings::symbol_info(symbol, permission_sets));
            sors.push(json!({ "baseAsset": symbol.base, "symbols": [symbol.name] }));
        }
        Ok(json!({
            "timezone": "UTC",
            "serverTime": unit.of(now_us),
            "rateLimits": self.counters.announced_json(),
            "exchangeFilters": [],
            "symbols": infos,
            "sors": sors,
        }))
    }
}
