//! USDⓈ-M and COIN-M futures: what their operations ask for, by one core, and what streams say of it.
//!
//! REST and the WebSocket API come here by the same way, once a request has passed the checks that the specs describe.
//! Operations that are not here are answered as those of other products are.

mod account;
mod contracts;
mod control;
mod events;
mod market;
mod numbers;
mod orders;
mod read;
mod streams;

use std::sync::Arc;
use std::time::Duration;

use binance_wire_catalog_data::model::{Operation, Product};
use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{ContractId, Futures, Kind, Reject};
use serde_json::{Value, json};

use crate::account::{FIRST_ACCOUNT, SECOND_ACCOUNT};
use crate::error::Refusal;
use crate::listen_keys::Use;
use crate::params::Params;
use crate::state::{Shared, State};
use crate::streams::Subscriptions;

/// How often the clocks of futures are looked at, and streams with a speed of their own are fed.
const TICK: Duration = Duration::from_secs(1);

/// One of the two products.
#[derive(Debug)]
pub(crate) struct Venue {
    /// `usds-futures`, `coin-futures`.
    name: &'static str,
    futures: Futures,
}

/// Both products.
#[derive(Debug)]
pub(crate) struct Venues {
    venues: [Venue; 2],
}

impl Venues {
    pub(crate) fn new() -> Venues {
        Venues {
            venues: [
                Venue::new("usds-futures", contracts::linear()),
                Venue::new("coin-futures", contracts::inverse()),
            ],
        }
    }

    /// The venue of a product.
    pub(crate) fn of(&mut self, product: &str) -> Option<&mut Venue> {
        self.venues.iter_mut().find(|venue| venue.name == product)
    }

    fn advance(&mut self, now_us: i64) {
        for venue in &mut self.venues {
            venue.futures.advance(now_us);
        }
    }
}

/// What an account has at the start, in each margin asset.
const ENDOWMENT: [(&str, i64); 5] = [
    ("USDT", 100_000),
    ("USDC", 100_000),
    ("BTC", 10),
    ("ETH", 100),
    ("BNB", 100),
];

impl Venue {
    fn new(name: &'static str, listings: contracts::Listings) -> Venue {
        let mut futures = Futures::new();
        for (contract, index) in listings {
            let quantity = contracts::offered(&contract, contract.kind != Kind::Linear);
            let contract = futures.list(contract, index);
            futures.quote(contract, index, contracts::LEVELS, quantity);
        }
        let assets: Vec<String> = futures.assets().into_iter().map(str::to_owned).collect();
        for account in [FIRST_ACCOUNT, SECOND_ACCOUNT] {
            for (asset, amount) in ENDOWMENT {
                if assets.iter().any(|one| one == asset) {
                    futures.transfer(account, asset, Fixed::whole(amount));
                }
            }
        }
        futures.take_events();
        Venue { name, futures }
    }

    /// Whether its contracts are inverse.
    fn is_coin(&self) -> bool {
        let contracts = self.futures.listings().iter().map(|listing| &listing.contract);
        contracts
            .map(|contract| contract.kind)
            .any(|kind| matches!(kind, Kind::Inverse { .. }))
    }

    /// The contract of the parameter `symbol`.
    fn contract(&self, params: &Params) -> Result<ContractId, Refusal> {
        let symbol = params.get("symbol").unwrap_or_default();
        self.futures.find(symbol).ok_or_else(invalid_symbol)
    }

    /// The contracts that `symbol` or `pair` name, or all of them; and whether one was named.
    fn contracts(&self, params: &Params) -> Result<(Vec<ContractId>, bool), Refusal> {
        if params.contains("symbol") {
            return Ok((vec![self.contract(params)?], true));
        }
        let all = 0..self.futures.listings().len();
        let Some(pair) = params.get("pair") else {
            return Ok((all.collect(), false));
        };
        let of_pair: Vec<ContractId> = all
            .filter(|contract| self.futures.listings()[*contract].contract.pair == pair)
            .collect();
        match of_pair.is_empty() {
            true => Err(Refusal::new(-1121, "Invalid pair.")),
            false => Ok((of_pair, false)),
        }
    }
}

fn invalid_symbol() -> Refusal {
    Refusal::new(-1121, "Invalid symbol.")
}

/// The answer of operations that say only that they were carried out.
fn done() -> Value {
    json!({ "code": 200, "msg": "success" })
}

impl From<Reject> for Refusal {
    fn from(reject: Reject) -> Refusal {
        Refusal::new(reject.code, reject.message)
    }
}

/// A call of an operation by an account.
struct Call<'c> {
    product: &'static Product,
    /// The identifier of the REST operation.
    id: &'static str,
    params: &'c Params,
    account: u64,
    now_us: i64,
}

/// Carries out an operation of futures whose parameters were checked; `None` where it is none of the engine's.
pub(crate) fn carry_out(
    state: &mut State,
    product: &'static Product,
    operation: &'static Operation,
    params: &Params,
    account: u64,
) -> Option<Result<Value, Refusal>> {
    let now_us = state.clock.now_us();
    let id = operation.twin.as_deref().unwrap_or(&operation.id);
    let venue = state.futures.of(&product.name)?;
    if let Some(used) = listen_key(id) {
        let keys = match venue.is_coin() {
            true => &mut state.coin_keys,
            false => &mut state.listen_keys,
        };
        return Some(keys.carry_out(used, account, now_us));
    }
    venue.futures.advance(now_us);
    let call = Call {
        product,
        id,
        params,
        account,
        now_us,
    };
    let answer = market::answer(venue, &call)
        .or_else(|| account::answer(venue, &call))
        .or_else(|| orders::answer(venue, &call));
    dispatch(state);
    answer
}

/// What the WebSocket API asks of a listen key; REST has paths of its own for that.
fn listen_key(id: &str) -> Option<Use> {
    Some(match id {
        "startUserDataStream" => Use::Start,
        "keepaliveUserDataStream" => Use::KeepAlive,
        "closeUserDataStream" => Use::End,
        _ => return None,
    })
}

/// Sends what happened to whoever has subscribed to it.
pub(crate) fn dispatch(state: &mut State) {
    let now_us = state.clock.now_us();
    for venue in &mut state.futures.venues {
        let events = venue.futures.take_events();
        if events.is_empty() {
            continue;
        }
        let keys = match venue.is_coin() {
            true => &state.coin_keys,
            false => &state.listen_keys,
        };
        let key_of = |account| keys.of(account, now_us).map(str::to_owned);
        events::send(venue, &state.connections, &mut state.depth, key_of, events);
    }
}

/// Lets the clocks of futures go on until the exchange ends.
pub(crate) async fn keep_time(shared: Arc<Shared>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        let mut state = shared.lock();
        let now_us = state.clock.now_us();
        state.futures.advance(now_us);
        dispatch(&mut state);
        streams::tick(&state);
        state.expire_listen_keys();
    }
}

impl State {
    /// What a stream of futures that the engine feeds says now, if anything; `None` of other streams.
    pub(crate) fn stream_of_futures(
        &self,
        subscriptions: &Subscriptions,
        name: &str,
    ) -> Option<Option<Value>> {
        let venue = self
            .futures
            .venues
            .iter()
            .find(|venue| subscriptions.is_of(venue.name))?;
        streams::present(venue, name, self.clock.now_us())
    }
}
