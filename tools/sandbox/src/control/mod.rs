//! The control endpoint, below `/sandbox`: what the exchange looks like, and what is to happen to it.
//!
//! No key is asked for: whoever reaches the port may do everything. A page of another site that a browser shows may not: it
//! can neither read answers nor send JSON, and a name that leads here is no name of this machine.

mod page;
mod view;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::exchange::Exchange;
use crate::faults::{FaultName, Injection};
use crate::http::Response;
use crate::record::ReceivedRequest;
use crate::state::Shared;

/// The paths of the endpoint begin with this.
const PREFIX: &str = "/sandbox";
/// How much of what was received is returned.
const MAX_REQUESTS: usize = 1_000;
/// How far one request moves the market.
const MAX_STEPS: u64 = 1_000;

/// The answer to a request of the endpoint or for the page; `None` for a request of the exchange.
pub(crate) fn respond(shared: &Arc<Shared>, request: &ReceivedRequest) -> Option<Response> {
    let path = request.path.as_str();
    let rest = match path {
        "/" => "/",
        _ => path
            .strip_prefix(PREFIX)
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))?,
    };
    if !is_of_this_machine(request) {
        return Some(refuse(403, "this is for pages of the sandbox itself"));
    }
    let method = request.method.as_str();
    let is_read = method == "GET";
    if is_read && let Some(page) = page::file(rest) {
        return Some(page);
    }
    let exchange = Exchange::of(Arc::clone(shared));
    let body = match is_read || method == "DELETE" || request.body.is_empty() {
        true => Value::Null,
        false => match json_body(request) {
            Ok(body) => body,
            Err(response) => return Some(*response),
        },
    };
    let answer = match (method, rest) {
        ("GET", "/state") => Ok(view::state(shared, &exchange)),
        ("GET", "/requests") => Ok(view::requests(&exchange, MAX_REQUESTS)),
        ("DELETE", "/requests") => {
            exchange.clear_records();
            Ok(json!({}))
        }
        ("GET", "/faults") => Ok(faults(shared)),
        ("POST", "/faults") => add_faults(&exchange, &body).map(|()| faults(shared)),
        ("DELETE", "/faults") => {
            exchange.clear_faults();
            Ok(faults(shared))
        }
        ("GET", "/clock") => Ok(clock(shared)),
        ("POST", "/clock") => set_clock(&exchange, &body).map(|()| clock(shared)),
        ("POST", "/market") => move_market(&exchange, &body),
        ("POST", "/reset") => {
            shared.lock().reset();
            Ok(json!({}))
        }
        (_, "/state" | "/requests" | "/faults" | "/clock" | "/market" | "/reset") => {
            return Some(refuse(405, "not with this method"));
        }
        _ => {
            return Some(refuse(
                404,
                "there are /sandbox/state, /sandbox/faults, /sandbox/clock, /sandbox/market, /sandbox/requests and /sandbox/reset",
            ));
        }
    };
    Some(match answer {
        Ok(answer) => Response::json(200, &answer),
        Err(message) => refuse(400, &message),
    })
}

fn refuse(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "error": message }))
}

/// Whether a request names this machine, and comes from no page of another site.
fn is_of_this_machine(request: &ReceivedRequest) -> bool {
    let host = request.header("host").unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    // A name with dots may be anybody's, and lead here.
    let is_own =
        !name.contains('.') || name.ends_with(".localhost") || name.parse::<std::net::IpAddr>().is_ok();
    let origin = request.header("origin");
    let is_own_page =
        origin.is_none_or(|origin| origin.split_once("://").is_some_and(|(_, from)| from == host));
    is_own && is_own_page
}

/// The JSON that a request brings. Its type has to be said: a form of another site cannot.
fn json_body(request: &ReceivedRequest) -> Result<Value, Box<Response>> {
    let kind = request.header("content-type").unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/json") {
        return Err(Box::new(refuse(415, "the body has to be application/json")));
    }
    serde_json::from_slice(&request.body).map_err(|error| Box::new(refuse(400, &error.to_string())))
}

fn faults(shared: &Shared) -> Value {
    let state = shared.lock();
    let known = FaultName::all()
        .iter()
        .map(|known| json!({ "name": known.name, "argument": known.argument, "about": known.about }));
    json!({
        "waiting": state.faults.waiting().map(Injection::to_string).collect::<Vec<_>>(),
        "struck": state.faults.struck(),
        "known": known.collect::<Vec<_>>(),
    })
}

/// `{"fault": "lost-reply@5%"}`, or `{"faults": ["…", "…"]}`.
fn add_faults(exchange: &Exchange, body: &Value) -> Result<(), String> {
    let one = body.get("fault").map(std::slice::from_ref);
    let many = body.get("faults").and_then(Value::as_array).map(Vec::as_slice);
    let texts = one
        .or(many)
        .ok_or("expected {\"fault\": \"lost-reply@5%\"} or {\"faults\": [\"…\"]}")?;
    let read = texts.iter().map(|text| {
        let text = text
            .as_str()
            .ok_or("a fault is a text, such as \"lost-reply@5%\"")?;
        text.parse::<Injection>().map_err(|error| error.to_string())
    });
    // All of them, or none.
    let injections = read.collect::<Result<Vec<Injection>, String>>()?;
    for injection in injections {
        exchange.inject(injection);
    }
    Ok(())
}

/// `{"steps": 10}` for Spot, or `{"futures": "BTCUSDT", "price": "50000"}`.
fn move_market(exchange: &Exchange, body: &Value) -> Result<Value, String> {
    let expected = "expected {\"steps\": 10} or {\"futures\": \"BTCUSDT\", \"price\": \"50000\"}";
    if let Some(steps) = body.get("steps") {
        let steps = steps.as_u64().filter(|steps| *steps <= MAX_STEPS);
        let steps = steps.ok_or(format!("`steps` is a number up to {MAX_STEPS}"))?;
        (0..steps).for_each(|_| exchange.move_market());
        return Ok(json!({}));
    }
    let text = |name: &str| body.get(name).and_then(Value::as_str).ok_or(expected);
    let (symbol, price) = (text("futures")?, text("price")?);
    match exchange.move_futures(symbol, price) {
        true => Ok(json!({})),
        false => Err(format!("no contract `{symbol}` can have the price `{price}`")),
    }
}

fn clock(shared: &Shared) -> Value {
    let state = shared.lock();
    json!({ "now": state.clock.now_us().div_euclid(1000), "speed": state.clock.speed() })
}

/// `{"set": <milliseconds>}`, `{"offset": <milliseconds>}`, `{"speed": 60}`; 0 stops it.
fn set_clock(exchange: &Exchange, body: &Value) -> Result<(), String> {
    let number = |name: &str| match body.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_i64()
            .map(Some)
            .ok_or(format!("`{name}` is a whole number of milliseconds")),
    };
    let speed = match body.get("speed") {
        None => None,
        Some(value) => {
            let speed = value.as_f64().filter(|speed| *speed >= 0.0);
            Some(speed.ok_or("`speed` is a number from 0 on")?)
        }
    };
    let (set, offset) = (number("set")?, number("offset")?);
    if set.is_none() && offset.is_none() && speed.is_none() {
        return Err("expected `set`, `offset` or `speed`".to_owned());
    }
    if let Some(offset) = offset {
        exchange.shift_clock(offset);
    }
    if let Some(now_ms) = set {
        exchange.set_clock(now_ms);
    }
    if let Some(speed) = speed {
        exchange.run_clock(speed);
    }
    Ok(())
}
