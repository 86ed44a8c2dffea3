//! The REST API: routing, verification, counting, and the choice between JSON and SBE.

use std::net::IpAddr;

use crate::catalog;
use crate::clock::TimeUnit;
use crate::error::Refusal;
use crate::execute::Caller;
use crate::faults::Fault;
use crate::http::Response;
use crate::operations::{Answer, Operation};
use crate::params::Params;
use crate::record::ReceivedRequest;
use crate::sbe::{self, Negotiation};
use crate::signature::{is_properly_encoded, rest_payload};
use crate::state::State;

/// Parameters that authenticate and belong to no operation.
const SIGNED_PARAMS: [&str; 3] = ["timestamp", "recvWindow", "signature"];

const ROUTES: [(&str, &str, Operation); 13] = [
    ("GET", "/api/v3/ping", Operation::Ping),
    ("GET", "/api/v3/time", Operation::Time),
    ("GET", "/api/v3/exchangeInfo", Operation::ExchangeInfo),
    ("GET", "/api/v3/depth", Operation::Depth),
    ("GET", "/api/v3/account", Operation::Account),
    ("GET", "/api/v3/rateLimit/order", Operation::OrderCounts),
    ("POST", "/api/v3/order", Operation::NewOrder),
    ("POST", "/api/v3/order/test", Operation::TestOrder),
    ("DELETE", "/api/v3/order", Operation::CancelOrder),
    ("GET", "/api/v3/order", Operation::QueryOrder),
    ("GET", "/api/v3/openOrders", Operation::OpenOrders),
    ("POST", "/api/v3/order/cancelReplace", Operation::CancelReplace),
    ("GET", "/api/v3/myTrades", Operation::MyTrades),
];

/// Answers a request.
pub(crate) fn respond(
    state: &mut State,
    request: &ReceivedRequest,
    address: IpAddr,
    rejection: Option<Refusal>,
) -> Response {
    let operation = match route(request) {
        Ok(operation) => operation,
        // Of everything else, the specs know what it takes and returns.
        Err(response) => return catalog::respond(state, request, address).unwrap_or(response),
    };
    let now_us = state.clock.now_us();
    let sbe_enabled = state.settings.sbe_enabled;
    let negotiation = sbe::negotiate(request.header("accept"), request.header("x-mbx-sbe"), sbe_enabled);
    let (wants_sbe, outcome) = match &negotiation {
        Negotiation::Refused(refusal) => (true, Err(refusal.clone())),
        Negotiation::Sbe { .. } if !has_sbe(operation) => {
            let refusal = Refusal::new(-1155, "SBE is not enabled.").status(406);
            (true, Err(refusal))
        }
        Negotiation::Sbe { .. } => (true, carry_out(state, request, operation, address, rejection)),
        Negotiation::Json => (false, carry_out(state, request, operation, address, rejection)),
    };
    state.dispatch();
    let mut response = match outcome {
        Ok((answer, _)) if wants_sbe => {
            let body = match answer {
                Answer::Depth(snapshot) => sbe::depth(&snapshot),
                Answer::Time(now_us) => sbe::server_time(now_us),
                _ => sbe::ping(),
            };
            Response::new(200, "application/sbe", body)
        }
        Ok((answer, unit)) => Response::json(200, &answer.into_json(unit)),
        Err(refusal) => refused(&refusal, wants_sbe, now_us),
    };
    if negotiation == (Negotiation::Sbe { deprecated: true }) {
        response.header("X-MBX-SBE-DEPRECATED", true);
    }
    if operation.counts_orders() && matches!(response.status, 200 | 409) {
        let key = request.header("x-mbx-apikey").and_then(|key| state.keys.get(key));
        if let Some(account) = key.map(|key| key.account) {
            let (short, day) = state.counters.order_counts(account, now_us);
            response.header("X-MBX-ORDER-COUNT-10S", short);
            response.header("X-MBX-ORDER-COUNT-1D", day);
        }
    }
    with_used_weight(state, &mut response, address);
    response
}

/// The answer that a fault gives in place of the right one; none when it gives none.
pub(crate) fn false_answer(state: &mut State, fault: &Fault, address: IpAddr) -> Option<Response> {
    match fault {
        Fault::Status {
            status,
            headers,
            body,
        } => Some(Response {
            status: *status,
            headers: headers.clone(),
            body: body.clone(),
        }),
        Fault::Html403 => {
            let page = "<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1>\
                        </center></body></html>\r\n";
            Some(Response::new(403, "text/html", page))
        }
        other => {
            let now_us = state.clock.now_us();
            let refusal = other.refusal(state.counters.limits.weight_per_minute, now_us)?;
            let mut response = refused(&refusal, false, now_us);
            with_used_weight(state, &mut response, address);
            Some(response)
        }
    }
}

/// A refusal as a response.
pub(crate) fn refused(refusal: &Refusal, as_sbe: bool, now_us: i64) -> Response {
    let mut response = if as_sbe {
        Response::new(refusal.status, "application/sbe", sbe::error(refusal, now_us))
    } else {
        Response::json(refusal.status, &refusal.to_json())
    };
    if let Some(seconds) = refusal.retry_after {
        response.header("Retry-After", seconds);
    }
    response
}

/// Adds the headers that every answer of the API carries.
pub(crate) fn with_used_weight(state: &mut State, response: &mut Response, address: IpAddr) {
    let now_us = state.clock.now_us();
    let used = state.counters.used_weight(address, now_us);
    response.header("X-MBX-USED-WEIGHT", used);
    response.header("X-MBX-USED-WEIGHT-1M", used);
}

fn route(request: &ReceivedRequest) -> Result<Operation, Response> {
    let on_path = || ROUTES.iter().filter(|(_, path, _)| *path == request.path);
    if let Some((_, _, operation)) = on_path().find(|(method, _, _)| *method == request.method) {
        return Ok(*operation);
    }
    if on_path().next().is_some() {
        return Err(Response {
            status: 405,
            ..Response::default()
        });
    }
    if request
        .header("accept")
        .is_some_and(|accept| accept.contains("text/html"))
    {
        let page =
            "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>";
        return Err(Response::new(404, "text/html", page));
    }
    Err(Response {
        status: 404,
        ..Response::default()
    })
}

fn has_sbe(operation: Operation) -> bool {
    matches!(operation, Operation::Ping | Operation::Time | Operation::Depth)
}

fn carry_out(
    state: &mut State,
    request: &ReceivedRequest,
    operation: Operation,
    address: IpAddr,
    rejection: Option<Refusal>,
) -> Result<(Answer, TimeUnit), Refusal> {
    let now_us = state.clock.now_us();
    let body = form_body(request);
    let encoded = is_properly_encoded(&request.query) && is_properly_encoded(&body);
    let params = if encoded {
        Params::from_rest(&request.query, &body)
    } else {
        Ok(Params::default())
    };
    // A request that cannot be read costs the least that its operation can.
    let weight = operation.weight(params.as_ref().unwrap_or(&Params::default()));
    state.counters.raw_request(address, now_us)?;
    state.counters.charge(address, weight, now_us)?;
    if !encoded {
        return Err(if operation.is_signed() {
            Refusal::bad_signature()
        } else {
            Refusal::new(-1100, "Illegal characters found in a parameter.")
        });
    }
    let params = params?;
    let unit = match request.header("x-mbx-time-unit") {
        None => TimeUnit::default(),
        Some(text) => TimeUnit::parse(text).ok_or_else(invalid_time_unit)?,
    };
    let account = if operation.is_signed() {
        let payload = rest_payload(&request.query, &body);
        Some(state.authenticate(request.header("x-mbx-apikey"), &params, &payload)?)
    } else {
        None
    };
    let also: &[&str] = if operation.is_signed() {
        &SIGNED_PARAMS
    } else {
        &[]
    };
    params.check(&operation.params(), also)?;
    let caller = Caller {
        account,
        unit,
        rejection,
    };
    let answer = state.execute(operation, &caller, &params)?;
    if operation.is_free_on_success() {
        state.counters.refund(address, weight, now_us);
    }
    Ok((answer, unit))
}

/// The refusal of a time unit that does not exist.
pub(crate) fn invalid_time_unit() -> Refusal {
    Refusal::new(
        -1194,
        "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.",
    )
}

/// The body, where it is a form and the method has one.
pub(crate) fn form_body(request: &ReceivedRequest) -> String {
    let is_form = request.header("content-type").is_none_or(|kind| {
        kind.to_ascii_lowercase()
            .starts_with("application/x-www-form-urlencoded")
    });
    if request.method == "GET" || !is_form {
        String::new()
    } else {
        request.body_text()
    }
}
