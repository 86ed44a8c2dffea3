//! The WebSocket API: request and response by id, the session, and user data subscriptions.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use binance_wire_catalog_data::model::{Operation as Described, Product};

use crate::account::{AccountId, Verifier};
use crate::catalog;
use crate::clock::TimeUnit;
use crate::error::Refusal;
use crate::faults::{Fault, Plan, spoil_frame};
use crate::params::Params;
use crate::record::ReceivedRequest;
use crate::rest::invalid_time_unit;
use crate::signature::ws_payload;
use crate::spot::{Caller, Operation, stream_terminated};
use crate::state::{Outbound, Role, State, user_frame};

/// Weight of methods that only concern the session.
const SESSION_WEIGHT: u32 = 2;
/// Close code for a banned client.
const POLICY: u16 = 1008;

/// Methods that concern the session.
const OF_SESSION: [&str; 7] = [
    "session.logon",
    "session.status",
    "session.logout",
    "session.subscriptions",
    "userDataStream.subscribe",
    "userDataStream.subscribe.signature",
    "userDataStream.unsubscribe",
];

/// Parameters that authenticate and belong to no operation.
const SIGNED_PARAMS: [&str; 5] = [
    "apiKey",
    "timestamp",
    "recvWindow",
    "signature",
    "returnRateLimits",
];

/// A user data subscription.
#[derive(Clone, Copy, Debug)]
struct Subscription {
    account: AccountId,
    /// Ends with the session's logout.
    by_logon: bool,
}

/// A connection's session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) address: IpAddr,
    /// Whose methods it has.
    product: &'static Product,
    api_key: Option<String>,
    authorized_us: Option<i64>,
    connected_us: i64,
    return_rate_limits: bool,
    subscriptions: BTreeMap<u64, Subscription>,
    next_subscription: u64,
    /// Its logon was taken back, and it has not been told so yet.
    revoked: bool,
}

impl Session {
    /// What the control endpoint shows of it.
    pub(crate) fn to_view(&self) -> Value {
        json!({
            "product": self.product.name,
            "loggedOn": self.api_key.is_some() && !self.revoked,
            "accounts": self.subscriptions.values().map(|entry| entry.account).collect::<Vec<_>>(),
        })
    }

    /// Takes the logon back.
    pub(crate) fn revoke(&mut self) {
        self.revoked = true;
    }

    pub(crate) fn subscriptions_of(&self, account: AccountId) -> impl Iterator<Item = u64> + '_ {
        self.subscriptions
            .iter()
            .filter(move |(_, entry)| entry.account == account)
            .map(|(id, _)| *id)
    }

    fn to_json(&self, now_us: i64, unit: TimeUnit) -> Value {
        json!({
            "apiKey": self.api_key,
            "authorizedSince": self.authorized_us.map(|us| unit.of(us)),
            "connectedSince": unit.of(self.connected_us),
            "returnRateLimits": self.return_rate_limits,
            "serverTime": unit.of(now_us),
            "userDataStream": !self.subscriptions.is_empty(),
        })
    }

    fn subscribe(&mut self, subscription: Subscription) -> Result<u64, Refusal> {
        if self.subscriptions_of(subscription.account).next().is_some() {
            return Err(Refusal::new(
                -2035,
                "User Data Stream subscription already active.",
            ));
        }
        let id = self.next_subscription;
        self.next_subscription += 1;
        self.subscriptions.insert(id, subscription);
        Ok(id)
    }
}

/// Reads the handshake's URL: a session and the unit of its times, or why it is refused.
pub(crate) fn open(
    state: &mut State,
    request: &ReceivedRequest,
    address: IpAddr,
) -> Result<(Session, TimeUnit), Refusal> {
    let params = Params::from_rest(&request.query, "")?;
    let product =
        catalog::ws_api(&request.path).ok_or_else(|| Refusal::new(-1000, "Not found.").status(404))?;
    let now_us = state.clock.now_us();
    state.counters.charge(address, SESSION_WEIGHT, now_us)?;
    if params
        .get("responseFormat")
        .is_some_and(|format| format != "json")
    {
        return Err(Refusal::new(-1155, "SBE is not enabled."));
    }
    let unit = match params.get("timeUnit") {
        None => TimeUnit::default(),
        Some(text) => TimeUnit::parse(text).ok_or_else(invalid_time_unit)?,
    };
    let session = Session {
        address,
        product,
        api_key: None,
        authorized_us: None,
        connected_us: now_us,
        return_rate_limits: params.get("returnRateLimits") != Some("false"),
        subscriptions: BTreeMap::new(),
        next_subscription: 0,
        revoked: false,
    };
    Ok((session, unit))
}

/// A request frame, read.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The id's JSON text, to be echoed as it came.
    id: String,
    /// Without the version prefix.
    pub(crate) method: String,
    params: Params,
    payload: String,
}

/// A frame that is no request, with the id that it bore, if any.
#[derive(Debug)]
pub(crate) struct Unreadable {
    id: String,
    refusal: Refusal,
}

/// Reads a frame.
pub(crate) fn read(text: &str) -> Result<Frame, Box<Unreadable>> {
    let unreadable = |id: &str, refusal| {
        Box::new(Unreadable {
            id: id.to_owned(),
            refusal,
        })
    };
    let invalid = || Refusal::new(-1135, "Invalid JSON Request");
    let fields: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(text).map_err(|_| unreadable("null", invalid()))?;
    let Some(id) = fields.get("id").map(|id| id.get().to_owned()) else {
        return Err(unreadable("null", Refusal::missing("id")));
    };
    let is_scalar = id == "null" || id.starts_with('"') || id.parse::<i64>().is_ok();
    if !is_scalar {
        return Err(unreadable("null", invalid()));
    }
    let method = fields
        .get("method")
        .and_then(|method| serde_json::from_str::<String>(method.get()).ok());
    let Some(method) = method else {
        return Err(unreadable(&id, Refusal::missing("method")));
    };
    let params: BTreeMap<String, Box<RawValue>> = match fields.get("params").map(|params| params.get()) {
        None | Some("null") => BTreeMap::new(),
        Some(params) => match serde_json::from_str(params) {
            Ok(params) => params,
            Err(_) => return Err(unreadable(&id, invalid())),
        },
    };
    let params: Vec<(String, String)> = params
        .into_iter()
        .map(|(name, value)| (name, value_text(value.get())))
        .collect();
    let payload = ws_payload(params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let method = method.strip_prefix("v3/").unwrap_or(&method).to_owned();
    Ok(Frame {
        id,
        method,
        params: Params::from_pairs(params),
        payload,
    })
}

/// A parameter's text: what is inside the quotes of a string, else the JSON as written.
fn value_text(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

/// Carries out a request as the faults allow, and sends what there is to send.
pub(crate) fn process(state: &mut State, connection: u64, read: Result<Frame, Box<Unreadable>>, plan: &Plan) {
    let now_us = state.clock.now_us();
    let frame = match read {
        Ok(frame) => frame,
        Err(unreadable) => {
            state.counters_charge_quietly(connection);
            let text = response_text(&unreadable.id, Err(&unreadable.refusal), now_us, None);
            state.send_to(connection, Outbound::Text(text));
            return;
        }
    };
    let mut rejection = None;
    let (processed, cut, answer) = match &plan.fault {
        None => (true, false, None),
        Some(Fault::RejectNewOrder { code, message }) => {
            rejection = Some(Refusal::new(*code, message.clone()));
            (true, false, None)
        }
        Some(Fault::CutConnection(crate::faults::Cut::AfterProcessing) | Fault::CutBody { .. }) => {
            (true, true, None)
        }
        Some(fault) if fault.spoils() => (true, false, None),
        Some(Fault::Silence) => {
            if plan.after_processing {
                let _ = answer_frame(state, connection, &frame, None);
                state.dispatch();
            }
            state.send_to(connection, Outbound::Silence);
            return;
        }
        Some(Fault::CutConnection(_)) => (false, true, None),
        Some(fault) => (plan.after_processing, false, false_refusal(state, fault, now_us)),
    };
    let right = processed.then(|| answer_frame(state, connection, &frame, rejection));
    match answer {
        Some(refusal) => {
            let text = response_text(&frame.id, Err(&refusal), now_us, None);
            state.send_to(connection, Outbound::Text(text));
            if refusal.status == 418 {
                state.send_to(
                    connection,
                    Outbound::Close {
                        code: POLICY,
                        reason: "banned".to_owned(),
                    },
                );
            }
        }
        None if !cut => {
            for text in right.into_iter().flatten() {
                for outbound in spoiled(plan.fault.as_ref(), text) {
                    state.send_to(connection, outbound);
                }
            }
        }
        None => {}
    }
    state.dispatch();
    if cut {
        state.send_to(connection, Outbound::Cut);
    }
}

/// What is sent of an answer's frame.
fn spoiled(fault: Option<&Fault>, text: String) -> Vec<Outbound> {
    match fault {
        Some(fault) => spoil_frame(fault, text),
        None => vec![Outbound::Text(text)],
    }
}

/// What a fault becomes as an error frame.
fn false_refusal(state: &State, fault: &Fault, now_us: i64) -> Option<Refusal> {
    match fault {
        Fault::Status { status, body, .. } => {
            let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
            let code = body
                .get("code")
                .and_then(Value::as_i64)
                .and_then(|code| i32::try_from(code).ok());
            let message = body.get("msg").and_then(Value::as_str);
            let unknown = "An unknown error occurred while processing the request.";
            Some(Refusal::new(code.unwrap_or(-1000), message.unwrap_or(unknown)).status(*status))
        }
        Fault::Html403 => Some(Refusal::new(0, "Forbidden").status(403)),
        other => other.refusal(state.counters.limits.weight_per_minute, now_us),
    }
}

fn response_text(
    id: &str,
    outcome: Result<&Value, &Refusal>,
    now_us: i64,
    rate_limits: Option<Value>,
) -> String {
    let limits = rate_limits.map_or_else(String::new, |limits| format!(",\"rateLimits\":{limits}"));
    match outcome {
        Ok(result) => format!("{{\"id\":{id},\"status\":200,\"result\":{result}{limits}}}"),
        Err(refusal) => {
            let error = refusal.to_ws_json(now_us);
            format!(
                "{{\"id\":{id},\"status\":{},\"error\":{error}{limits}}}",
                refusal.status
            )
        }
    }
}

/// Whether a request carries its own authority.
fn is_ad_hoc(params: &Params) -> bool {
    params.contains("apiKey") || params.contains("signature")
}

/// The frames that answer a request: one, and what ends subscriptions after it.
fn answer_frame(
    state: &mut State,
    connection: u64,
    frame: &Frame,
    rejection: Option<Refusal>,
) -> Vec<String> {
    let now_us = state.clock.now_us();
    let Some((mut session, unit)) = state.session(connection) else {
        return Vec::new();
    };
    if let Some(api_key) = session.api_key.clone() {
        let revoked = session.revoked || state.keys.get(&api_key).is_none();
        if revoked && !is_ad_hoc(&frame.params) {
            session.api_key = None;
            session.authorized_us = None;
            session.revoked = false;
            state.put_session(connection, session);
            // The session itself is told, not the request.
            return vec![response_text("null", Err(&Refusal::rejected_key()), now_us, None)];
        }
    }
    let mut ended = Vec::new();
    let request = Request {
        frame,
        unit,
        now_us,
        rejection,
    };
    let (outcome, account) = request.carry_out(state, &mut session, &mut ended);
    let wanted = match frame.params.get("returnRateLimits") {
        Some(text) => text == "true",
        None => session.return_rate_limits,
    };
    let limits = wanted.then(|| {
        let mut limits = Vec::new();
        if let (Some(account), true) = (account, outcome.is_ok()) {
            limits = state.counters.order_limits_json(account, now_us);
        }
        limits.push(state.counters.weight_limit_json(session.address, now_us));
        Value::Array(limits)
    });
    state.put_session(connection, session);
    let mut frames = vec![response_text(&frame.id, outcome.as_ref(), now_us, limits)];
    frames.extend(
        ended
            .into_iter()
            .map(|id| user_frame(Some(id), &stream_terminated(now_us, unit))),
    );
    frames
}

/// A request in the course of being carried out.
struct Request<'a> {
    frame: &'a Frame,
    unit: TimeUnit,
    now_us: i64,
    rejection: Option<Refusal>,
}

impl Request<'_> {
    /// The result, and the account whose orders were counted.
    fn carry_out(
        self,
        state: &mut State,
        session: &mut Session,
        ended: &mut Vec<u64>,
    ) -> (Result<Value, Refusal>, Option<AccountId>) {
        let of_engine =
            Operation::ws(&self.frame.method).filter(|_| session.product.name == catalog::COUNTED);
        let Some(operation) = of_engine else {
            let described = session
                .product
                .ws_method(&self.frame.method)
                .filter(|_| !OF_SESSION.contains(&self.frame.method.as_str()));
            if let Some(described) = described {
                return (self.described(state, session, described), None);
            }
            let result = match state
                .counters
                .charge(session.address, SESSION_WEIGHT, self.now_us)
            {
                Ok(()) => self.of_session(state, session, ended),
                Err(refusal) => Err(refusal),
            };
            return (result, None);
        };
        match self.of_operation(state, session, operation) {
            Ok((value, account)) => (Ok(value), account.filter(|_| operation.counted_orders() > 0)),
            Err(refusal) => (Err(refusal), None),
        }
    }

    fn of_operation(
        self,
        state: &mut State,
        session: &Session,
        operation: Operation,
    ) -> Result<(Value, Option<AccountId>), Refusal> {
        let params = &self.frame.params;
        let weight = operation.weight(params);
        state.counters.charge(session.address, weight, self.now_us)?;
        let account = match operation.is_signed() {
            true => Some(self.account(state, session)?),
            false => None,
        };
        operation.check(params)?;
        let caller = Caller {
            account,
            unit: self.unit,
            rejection: self.rejection,
        };
        let answer = state.execute(operation, &caller, params)?;
        state
            .counters
            .refund(session.address, operation.refund(params), self.now_us);
        Ok((answer.into_json(self.unit), account))
    }

    /// The account that signs a request, by itself or by the session.
    fn account(&self, state: &State, session: &Session) -> Result<AccountId, Refusal> {
        let params = &self.frame.params;
        if is_ad_hoc(params) {
            let api_key = params.get("apiKey").ok_or_else(|| Refusal::missing("apiKey"))?;
            return state.authenticate(Some(api_key), params, &self.frame.payload);
        }
        let api_key = session
            .api_key
            .as_deref()
            .ok_or_else(|| Refusal::missing("apiKey"))?;
        let account = state.keys.get(api_key).ok_or_else(Refusal::rejected_key)?.account;
        state.check_time(params)?;
        Ok(account)
    }

    /// A method that no engine carries out, and the specs describe.
    fn described(
        &self,
        state: &mut State,
        session: &Session,
        operation: &'static Described,
    ) -> Result<Value, Refusal> {
        let params = &self.frame.params;
        if session.product.name == catalog::COUNTED {
            let weight = operation.weight_of(params);
            state.counters.charge(session.address, weight, self.now_us)?;
        }
        let account = match operation.signed {
            true => self.account(state, session)?,
            false => 0,
        };
        catalog::carry_out(state, session.product, operation, params, account)
    }

    /// Methods that concern the session alone.
    fn of_session(
        &self,
        state: &State,
        session: &mut Session,
        ended: &mut Vec<u64>,
    ) -> Result<Value, Refusal> {
        let params = &self.frame.params;
        match self.frame.method.as_str() {
            "session.logon" => {
                params.check(&[], &SIGNED_PARAMS)?;
                let api_key = params.get("apiKey").ok_or_else(|| Refusal::missing("apiKey"))?;
                let kind = match state.keys.get(api_key).map(|key| &key.verifier) {
                    Some(Verifier::Hmac(_)) => Some("HMAC_SHA256"),
                    Some(Verifier::Rsa(_)) => Some("RSA"),
                    _ => None,
                };
                if let Some(kind) = kind {
                    return Err(Refusal::new(-4056, format!("{kind} API key is not supported.")));
                }
                state.authenticate(Some(api_key), params, &self.frame.payload)?;
                session.api_key = Some(api_key.to_owned());
                session.authorized_us = Some(self.now_us);
                Ok(session.to_json(self.now_us, self.unit))
            }
            "session.status" => {
                params.check(&[], &["returnRateLimits"])?;
                Ok(session.to_json(self.now_us, self.unit))
            }
            "session.logout" => {
                params.check(&[], &["returnRateLimits"])?;
                session.api_key = None;
                session.authorized_us = None;
                ended.extend(
                    session
                        .subscriptions
                        .iter()
                        .filter(|(_, s)| s.by_logon)
                        .map(|(id, _)| *id),
                );
                session
                    .subscriptions
                    .retain(|_, subscription| !subscription.by_logon);
                Ok(session.to_json(self.now_us, self.unit))
            }
            "session.subscriptions" => {
                params.check(&[], &["returnRateLimits"])?;
                Ok(session
                    .subscriptions
                    .keys()
                    .map(|id| json!({ "subscriptionId": id }))
                    .collect())
            }
            "userDataStream.subscribe" => {
                params.check(&[], &["returnRateLimits"])?;
                let key = session.api_key.as_deref().and_then(|key| state.keys.get(key));
                let account = key.ok_or_else(Refusal::rejected_key)?.account;
                let id = session.subscribe(Subscription {
                    account,
                    by_logon: true,
                })?;
                Ok(json!({ "subscriptionId": id }))
            }
            "userDataStream.subscribe.signature" => {
                params.check(&[], &SIGNED_PARAMS)?;
                let api_key = params.get("apiKey").ok_or_else(|| Refusal::missing("apiKey"))?;
                let account = state.authenticate(Some(api_key), params, &self.frame.payload)?;
                let id = session.subscribe(Subscription {
                    account,
                    by_logon: false,
                })?;
                Ok(json!({ "subscriptionId": id }))
            }
            "userDataStream.unsubscribe" => {
                params.check(&["subscriptionId"], &["returnRateLimits"])?;
                match params.integer("subscriptionId")? {
                    None => {
                        ended.extend(session.subscriptions.keys());
                        session.subscriptions.clear();
                    }
                    Some(id) => {
                        let id = u64::try_from(id).unwrap_or(u64::MAX);
                        if session.subscriptions.remove(&id).is_none() {
                            let message = "User Data Stream subscription not active.";
                            return Err(Refusal::new(-2036, message));
                        }
                        ended.push(id);
                    }
                }
                Ok(json!({}))
            }
            _ => Err(Refusal::new(-1020, "This operation is not supported.")),
        }
    }
}

impl State {
    fn session(&self, connection: u64) -> Option<(Session, TimeUnit)> {
        let connection = self.connections.get(&connection)?;
        match &connection.role {
            Role::WsApi(session) => Some((session.clone(), connection.unit)),
            Role::Streams(_) => None,
        }
    }

    fn put_session(&mut self, connection: u64, session: Session) {
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.role = Role::WsApi(session);
        }
    }

    /// Counts a frame that could not be read.
    fn counters_charge_quietly(&mut self, connection: u64) {
        let now_us = self.clock.now_us();
        if let Some((session, _)) = self.session(connection) {
            let _ = self.counters.charge(session.address, 1, now_us);
        }
    }

    /// Tells one connection's task something.
    pub(crate) fn send_to(&self, connection: u64, outbound: Outbound) {
        if let Some(connection) = self.connections.get(&connection) {
            let _ = connection.outbound.send(outbound);
        }
    }
}
