//! The REST API: routing, verification, counting, and the choice between JSON and SBE.

use std::net::IpAddr;

use crate::catalog;
use crate::clock::TimeUnit;
use crate::error::Refusal;
use crate::faults::Fault;
use crate::http::Response;
use crate::params::Params;
use crate::record::ReceivedRequest;
use crate::sbe::{self, Negotiation};
use crate::signature::{is_properly_encoded, rest_payload};
use crate::spot::{Answer, Caller, Operation};
use crate::state::State;

/// Answers a request.
pub(crate) fn respond(
    state: &mut State,
    request: &ReceivedRequest,
    address: IpAddr,
    rejection: Option<Refusal>,
) -> Response {
    let Some(operation) = Operation::rest(&request.method, &request.path) else {
        // Of everything else, the specs know what it takes and returns.
        return catalog::respond(state, request, address).unwrap_or_else(|| not_found(request));
    };
    let now_us = state.clock.now_us();
    let sbe_enabled = state.settings.sbe_enabled;
    let negotiation = sbe::negotiate(request.header("accept"), request.header("x-mbx-sbe"), sbe_enabled);
    let (wants_sbe, outcome) = match &negotiation {
        Negotiation::Refused(refusal) => (true, Err(refusal.clone())),
        Negotiation::Sbe { .. } if !operation.has_sbe() => {
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
    if operation.counted_orders() > 0 && matches!(response.status, 200 | 409) {
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

/// What a request that nobody answers gets.
fn not_found(request: &ReceivedRequest) -> Response {
    let wants_page = request
        .header("accept")
        .is_some_and(|accept| accept.contains("text/html"));
    if wants_page {
        let page =
            "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>";
        return Response::new(404, "text/html", page);
    }
    Response {
        status: if has_path(&request.path) { 405 } else { 404 },
        ..Response::default()
    }
}

/// Whether an operation of the engine has this path, with any method.
fn has_path(path: &str) -> bool {
    let methods = ["GET", "POST", "PUT", "DELETE"];
    methods
        .iter()
        .any(|method| Operation::rest(method, path).is_some())
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
    operation.check(&params)?;
    let caller = Caller {
        account,
        unit,
        rejection,
    };
    let answer = state.execute(operation, &caller, &params)?;
    state.counters.refund(address, operation.refund(&params), now_us);
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
