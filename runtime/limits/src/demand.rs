//! What a request asks of the limits.

use binance_wire_core::{
    Credit, LimitScope, OperationInfo, ProductLimits, RateLimitKind, RequestLimit, Security,
};

use crate::Interval;

/// The order in which what is left of a limit is given out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Reads, and changes that are no trading.
    #[default]
    Normal,
    /// Trading requests that are no cancellations.
    Order,
    /// Cancellations.
    Cancel,
}

impl Priority {
    /// The priority of an operation, by its security type and the orders that it adds.
    pub fn of(info: &OperationInfo, credit: &Credit) -> Self {
        let trading = matches!(
            info.security,
            Security::Trade | Security::Margin | Security::PredictionTrade
        );
        match trading && info.mutation {
            false => Self::Normal,
            true if credit.unfilled_orders > 0 => Self::Order,
            true if names_cancel(info.id) => Self::Cancel,
            true => Self::Order,
        }
    }
}

/// Whether the identifier of an operation, such as `cancelOpenOrders` or `order.cancel`, speaks of cancelling.
fn names_cancel(id: &str) -> bool {
    const CANCEL: &[u8] = b"cancel";
    id.as_bytes()
        .windows(CANCEL.len())
        .any(|part| part.eq_ignore_ascii_case(CANCEL))
}

/// The address of a system of the exchange, in a [`Ledger`](crate::Ledger).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlaceId(pub(crate) u32);

/// An account, in a [`Ledger`](crate::Ledger).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AccountId(pub(crate) Option<u32>);

/// What a meter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Kind(RateLimitKind),
    /// Calls of an operation, or of a few together, in this interval.
    Calls(Interval),
}

/// Names a meter: what is counted, for whom, and of which endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) place: PlaceId,
    pub(crate) account: AccountId,
    pub(crate) what: What,
    /// Product and operation, of what is counted for one endpoint.
    pub(crate) endpoint: Option<(&'static str, &'static str)>,
}

/// An amount for one meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) key: Key,
    pub(crate) amount: u64,
    pub(crate) on_success: u64,
    /// The limit, where the charge itself says it.
    pub(crate) rule: Option<(u64, Interval)>,
}

/// What a request asks of the limits: amounts for the counters that it is charged to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    pub(crate) place: PlaceId,
    pub(crate) account: AccountId,
    pub(crate) priority: Priority,
    pub(crate) charges: Vec<Charge>,
}

impl Demand {
    /// Returns the demand of a call of an operation.
    ///
    /// `raw` is whether the request counts as a raw request, which those of the REST API do.
    pub fn of(
        place: PlaceId,
        account: AccountId,
        product: &ProductLimits,
        info: &OperationInfo,
        credit: &Credit,
        raw: bool,
    ) -> Self {
        let mut demand = Self::none(place, account, Priority::of(info, credit));
        let endpoint = product.each_endpoint.then_some((info.product, info.id));
        let (weight, on_success) = (
            credit.weight.into(),
            credit.weight_on_success.min(credit.weight).into(),
        );
        match (credit.scope, endpoint) {
            (LimitScope::Uid, _) => {
                demand.push(
                    RateLimitKind::SapiUidWeight,
                    endpoint,
                    account,
                    weight,
                    on_success,
                );
            }
            (_, Some(_)) => {
                demand.push(
                    RateLimitKind::SapiIpWeight,
                    endpoint,
                    AccountId(None),
                    weight,
                    on_success,
                );
            }
            // Of no weight too: what the answer reports of the counter is worth knowing.
            (_, None) => {
                demand.push(
                    RateLimitKind::RequestWeight,
                    None,
                    AccountId(None),
                    weight,
                    on_success,
                );
            }
        }
        if credit.uid_weight > 0 && credit.scope != LimitScope::Uid {
            let weight = credit.uid_weight.into();
            demand.push(RateLimitKind::SapiUidWeight, endpoint, account, weight, weight);
        }
        if raw {
            demand.push(RateLimitKind::RawRequests, None, AccountId(None), 1, 1);
        }
        if credit.unfilled_orders > 0 {
            let orders = credit.unfilled_orders.into();
            demand.push(RateLimitKind::Orders, None, account, orders, orders);
        }
        for limit in info.limits {
            demand.calls(info, limit);
        }
        demand
    }

    /// Returns the demand of an attempt to open a WebSocket connection, which costs `weight` besides.
    pub fn connection(place: PlaceId, weight: u32) -> Self {
        let mut demand = Self::none(place, AccountId(None), Priority::Order);
        demand.push(RateLimitKind::Connections, None, AccountId(None), 1, 1);
        if weight > 0 {
            let weight = weight.into();
            demand.push(
                RateLimitKind::RequestWeight,
                None,
                AccountId(None),
                weight,
                weight,
            );
        }
        demand
    }

    fn none(place: PlaceId, account: AccountId, priority: Priority) -> Self {
        Self {
            place,
            account,
            priority,
            charges: Vec::with_capacity(4),
        }
    }

    /// With another priority than that of the operation.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    fn push(
        &mut self,
        kind: RateLimitKind,
        endpoint: Option<(&'static str, &'static str)>,
        account: AccountId,
        amount: u64,
        on_success: u64,
    ) {
        self.charges.push(Charge {
            key: Key {
                place: self.place,
                account,
                what: What::Kind(kind),
                endpoint,
            },
            amount,
            on_success,
            rule: None,
        });
    }

    /// One call more of a limit on calls. Operations that share it have the same first name of all.
    fn calls(&mut self, info: &OperationInfo, limit: &RequestLimit) {
        let interval = Interval::new(limit.interval_num, limit.interval);
        let first = limit.with.iter().copied().fold(info.id, Ord::min);
        let account = match limit.scope {
            LimitScope::Uid => self.account,
            _ => AccountId(None),
        };
        self.charges.push(Charge {
            key: Key {
                place: self.place,
                account,
                what: What::Calls(interval),
                endpoint: Some((info.product, first)),
            },
            amount: 1,
            on_success: 1,
            rule: Some((limit.count.into(), interval)),
        });
    }
}
