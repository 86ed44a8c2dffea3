//! Operations that no engine carries out, of every product: checked by what the specs say of them, and answered with what
//! they say that these answer.
//!
//! A request passes the checks of the exchange in its order: the key, the time, the signature, the parameters one by one,
//! and the rules between them. The answer is a documented one where there is one, and an example of its type otherwise, with
//! the values of the request in it. What a mutation makes is remembered, and the query that belongs to it finds it.
//!
//! The signatures of partners (`PARTNER`, `KYC`) are not verified, and only Spot's operations are charged.

mod answer;
mod check;
mod memory;
pub(crate) mod streams;

use std::net::IpAddr;
use std::sync::LazyLock;

use binance_wire_catalog_data::catalog;
use binance_wire_catalog_data::model::{Body, Operation, Product, Security, Transport};

use crate::error::Refusal;
use crate::futures;
use crate::http::Response;
use crate::params::Params;
use crate::record::ReceivedRequest;
use crate::rest::{form_body, refused, with_used_weight};
use crate::signature::{percent_decode, rest_payload};
use crate::state::State;

pub(crate) use check::check;
pub(crate) use memory::Memory;

/// The product whose operations weigh on the counters of the exchange.
pub(crate) const COUNTED: &str = "spot";

/// A request, and the operation that it is for.
struct Request<'r> {
    product: &'static Product,
    operation: &'static Operation,
    params: Result<Params, Refusal>,
    received: &'r ReceivedRequest,
}

/// Answers a request for an operation of any product; `None` where there is none with its method and path.
pub(crate) fn respond(state: &mut State, received: &ReceivedRequest, address: IpAddr) -> Option<Response> {
    let found = find(&received.method, &received.path);
    let now_us = state.clock.now_us();
    let read = |(product, operation, in_path): &Found<'_>| Request {
        product,
        operation,
        params: params(operation, received, in_path),
        received,
    };
    // Products of different hosts have the same path here and there: the one that knows the parameters.
    let knows = |request: &Request<'_>| {
        let params = request.params.as_ref();
        params.is_ok_and(|params| check::unknown(request.operation, params) == 0)
    };
    let mut requests: Vec<Request<'_>> = found.iter().map(read).collect();
    let at = requests.iter().position(knows).unwrap_or(0);
    let request = (at < requests.len()).then(|| requests.swap_remove(at))?;
    let mut response = match request.carry_out(state, address) {
        Ok(value) => Response::json(200, &value),
        Err(refusal) => refused(&refusal, false, now_us),
    };
    with_used_weight(state, &mut response, address);
    Some(response)
}

type Found<'r> = (&'static Product, &'static Operation, Vec<(&'static str, &'r str)>);

/// The operations of all products with a method and a path; those with the fewest parameters in the path.
fn find<'r>(method: &str, path: &'r str) -> Vec<Found<'r>> {
    // What cannot be read is of another version, which the build would have shown.
    let products = catalog().products().filter_map(Result::ok);
    let mut found: Vec<Found<'r>> = products
        .filter_map(|product| {
            let (operation, in_path) = product.route(method, path)?;
            Some((product, operation, in_path))
        })
        .collect();
    let fewest = found.iter().map(|(_, _, in_path)| in_path.len()).min();
    found.retain(|(_, _, in_path)| Some(in_path.len()) == fewest);
    found
}

/// The parameters of a request, wherever they travel.
fn params(
    operation: &Operation,
    received: &ReceivedRequest,
    in_path: &[(&'static str, &str)],
) -> Result<Params, Refusal> {
    let mut params = if operation.body == Body::Json {
        let mut pairs: Vec<(String, String)> = Params::from_rest(&received.query, "")?.pairs().collect();
        pairs.extend(json_members(&received.body)?);
        Params::from_pairs(pairs)
    } else {
        Params::from_rest(&received.query, &form_body(received))?
    };
    let illegal = || Refusal::new(-1100, "Illegal characters found in a parameter.");
    for (name, value) in in_path {
        params.insert(*name, percent_decode(value).ok_or_else(illegal)?);
    }
    let headers = operation.parameters.iter().filter_map(|parameter| {
        let value = received.header(&parameter.name)?;
        Some((parameter.name.as_str(), value.to_owned()))
    });
    for (name, value) in headers {
        params.insert(name, value);
    }
    Ok(params)
}

/// The members of a JSON body: texts as they are, everything else as JSON.
fn json_members(body: &[u8]) -> Result<Vec<(String, String)>, Refusal> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(body).map_err(|_| Refusal::new(-1135, "Invalid JSON Request"))?;
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(members
        .into_iter()
        .map(|(name, value)| (name, text(value)))
        .collect())
}

/// Checks the parameters of an operation and answers it.
pub(crate) fn carry_out(
    state: &mut State,
    product: &'static Product,
    operation: &'static Operation,
    params: &Params,
    account: u64,
) -> Result<serde_json::Value, Refusal> {
    check::check(product, operation, params)?;
    if let Some(answer) = futures::carry_out(state, product, operation, params, account) {
        return answer;
    }
    let call = answer::Call {
        product,
        operation,
        params,
        account,
        now_us: state.clock.now_us(),
    };
    call.answer(&mut state.memory)
}

/// The product whose WebSocket API has a path.
pub(crate) fn ws_api(path: &str) -> Option<&'static Product> {
    // Most requests are of REST, and need not be compared.
    let apis = path.starts_with("/ws").then_some(&*WS_APIS)?;
    let (_, product) = apis.iter().find(|(known, _)| *known == path)?;
    Some(product)
}

/// The paths of all WebSocket APIs.
static WS_APIS: LazyLock<Vec<(&'static str, &'static Product)>> = LazyLock::new(|| {
    let products = catalog().products().filter_map(Result::ok);
    products
        .flat_map(|product| product.servers.iter().map(move |server| (server, product)))
        .filter(|(server, _)| server.transport == Transport::WsApi)
        .filter_map(|(server, product)| {
            let (_, rest) = server.url.split_once("://")?;
            Some((rest.get(rest.find('/')?..)?, product))
        })
        .collect()
});

impl Request<'_> {
    fn carry_out(&self, state: &mut State, address: IpAddr) -> Result<serde_json::Value, Refusal> {
        let now_us = state.clock.now_us();
        // A request that cannot be read costs the least that its operation can.
        let none = Params::default();
        let weight = self.operation.weight_of(self.params.as_ref().unwrap_or(&none));
        let counted = self.product.name == COUNTED;
        if counted {
            state.counters.raw_request(address, now_us)?;
            state.counters.charge(address, weight, now_us)?;
        }
        let params = self.params.as_ref().map_err(Clone::clone)?;
        let account = self.authenticate(state, params)?;
        let answer = carry_out(state, self.product, self.operation, params, account)?;
        if let Some(on_success) = self.operation.weight_on_success.filter(|_| counted) {
            state
                .counters
                .refund(address, weight.saturating_sub(on_success), now_us);
        }
        Ok(answer)
    }

    /// The account whose key a request carries; 0 for operations without one.
    fn authenticate(&self, state: &State, params: &Params) -> Result<u64, Refusal> {
        match self.operation.security {
            Security::None | Security::Partner | Security::Kyc => Ok(0),
            _ if self.operation.signed => {
                let body = form_body(self.received);
                let payload = rest_payload(&self.received.query, &body);
                state.authenticate(self.received.header("x-mbx-apikey"), params, &payload)
            }
            _ => {
                let key = self.received.header("x-mbx-apikey");
                let key = key.ok_or_else(|| Refusal::new(-2014, "API-key format invalid.").status(401))?;
                let known = state.keys.get(key).ok_or_else(Refusal::rejected_key)?;
                Ok(known.account)
            }
        }
    }
}
