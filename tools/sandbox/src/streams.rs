//! Market data streams: names in the URL, commands on the connection, the combined wrapper.

use serde_json::{Value, json};

use crate::catalog;
use crate::clock::TimeUnit;
use crate::error::Refusal;
use crate::faults::{Cut, Fault, Plan, spoil_frame};
use crate::params::Params;
use crate::record::ReceivedRequest;
use crate::rest::invalid_time_unit;
use crate::signature::percent_decode;
use crate::state::{Outbound, Role, State};

/// Streams that one connection may listen to.
const MAX_STREAMS: usize = 1024;
const POLICY: u16 = 1008;
const METHODS: &str = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`";

/// What a connection listens to, and how it is told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subscriptions {
    /// What stands in the address before `/ws` or `/stream`: that of a product's streams.
    prefix: String,
    names: Vec<String>,
    combined: bool,
    /// The events of a listen key that are wanted; all where none are named.
    events: Vec<String>,
}

impl Subscriptions {
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|subscribed| subscribed == name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// An event of a stream that no engine feeds. `listed` is whether it is of a symbol that the engine has.
    pub(crate) fn described(&self, name: &str, listed: bool, now_us: i64) -> Option<Value> {
        catalog::streams::event(&self.prefix, name, listed, now_us)
    }

    /// Whether it is at an address of a product that has one of its own.
    pub(crate) fn is_of(&self, product: &str) -> bool {
        catalog::streams::is_of(&self.prefix, product)
    }

    /// Whether it listens to an event of the account that a listen key is of.
    pub(crate) fn hears(&self, key: &str, event: &str) -> bool {
        self.contains(key) && (self.events.is_empty() || self.events.iter().any(|wanted| wanted == event))
    }

    /// Whether it is at the address of Spot, whose streams have names that other products have too.
    pub(crate) fn is_of_spot(&self) -> bool {
        self.prefix.is_empty()
    }

    /// An event's text on this connection.
    pub(crate) fn wrap(&self, name: &str, data: &Value) -> String {
        if self.combined {
            json!({ "stream": name, "data": data }).to_string()
        } else {
            data.to_string()
        }
    }

    fn add(&mut self, name: String) {
        if !self.contains(&name) {
            self.names.push(name);
        }
    }
}

/// Reads the handshake's URL: `/ws`, `/ws/<name>/…`, `/stream` or `/stream?streams=<name>/…`.
pub(crate) fn open(request: &ReceivedRequest) -> Result<(Subscriptions, TimeUnit), Refusal> {
    // Names hold `@` and `!`, which stand in URLs as they are; the strict rule is for signed requests.
    let params = Params::from_rest(&request.query, "")?;
    let unit = match params.get("timeUnit") {
        None => TimeUnit::default(),
        Some(text) => TimeUnit::parse(text).ok_or_else(invalid_time_unit)?,
    };
    let (prefix, path) = catalog::streams::split(&request.path).unwrap_or(("", &request.path));
    let combined = path.starts_with("/stream");
    let names = if combined {
        params.text("streams").unwrap_or_default()
    } else {
        let path = path.strip_prefix("/ws").unwrap_or_default();
        percent_decode(path).ok_or_else(|| Refusal::new(-1100, "Illegal characters found in a parameter."))?
    };
    let mut subscriptions = Subscriptions {
        prefix: prefix.to_owned(),
        names: Vec::new(),
        combined,
        events: Vec::new(),
    };
    // The admission of USDⓈ-M: a listen key, and the events that are wanted.
    if let Some(key) = params.text("listenKey") {
        subscriptions.add(key);
        let events = params.text("events").unwrap_or_default();
        subscriptions.events.extend(
            events
                .split('/')
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
        );
    }
    for name in names.split('/').filter(|name| !name.is_empty()) {
        subscriptions.add(name.to_owned());
    }
    if subscriptions.names.len() > MAX_STREAMS {
        return Err(Refusal::new(
            -1191,
            format!(
                "Too many subscriptions. Connection may create up to '{MAX_STREAMS}' subscriptions at a time."
            ),
        ));
    }
    Ok((subscriptions, unit))
}

/// A command, read.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    id: Value,
    pub(crate) method: String,
    params: Option<Vec<Value>>,
}

/// Why a command was refused, in the form that streams use.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CommandError {
    code: u8,
    message: String,
    id: Option<Value>,
}

impl CommandError {
    fn new(code: u8, message: impl Into<String>) -> CommandError {
        CommandError {
            code,
            message: message.into(),
            id: None,
        }
    }

    fn invalid(what: &str) -> CommandError {
        CommandError::new(2, format!("Invalid request: {what}"))
    }

    fn to_json(&self) -> Value {
        match &self.id {
            Some(id) => json!({ "code": self.code, "msg": self.message, "id": id }),
            None => json!({ "code": self.code, "msg": self.message }),
        }
    }
}

/// Reads a command.
pub(crate) fn read(text: &str) -> Result<Command, CommandError> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        CommandError::new(3, format!("Invalid JSON: expected value at {place}"))
    })?;
    let end = text.len();
    let Some(method) = value.get("method") else {
        return Err(CommandError::invalid(&format!(
            "missing field `method` at line 1 column {end}"
        )));
    };
    let method = method.as_str().unwrap_or_default().to_owned();
    if !METHODS.split(", ").any(|known| known.trim_matches('`') == method) {
        return Err(CommandError::invalid(&format!(
            "unknown variant `{method}`, expected one of {METHODS} at line 1 column {end}"
        )));
    }
    let is_id = match value.get("id") {
        Some(Value::Null) => true,
        Some(Value::Number(number)) => number.is_i64(),
        Some(Value::String(text)) => {
            text.len() <= 36
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        }
        _ => false,
    };
    if !is_id {
        return Err(CommandError::invalid("request ID must be an unsigned integer"));
    }
    let params = match value.get("params") {
        None | Some(Value::Null) => None,
        Some(Value::Array(params)) => Some(params.clone()),
        Some(_) => return Err(CommandError::invalid("invalid type: expected a sequence")),
    };
    Ok(Command {
        id: value.get("id").cloned().unwrap_or_default(),
        method,
        params,
    })
}

/// Carries out a command as the faults allow, and sends what there is to send.
pub(crate) fn process(state: &mut State, connection: u64, read: Result<Command, CommandError>, plan: &Plan) {
    let (processed, answered) = match &plan.fault {
        Some(Fault::CutConnection(Cut::AfterProcessing) | Fault::CutBody { .. }) => (true, false),
        Some(Fault::CutConnection(_)) => (false, false),
        Some(Fault::Status { .. } | Fault::RateLimited { .. } | Fault::Banned { .. })
        | Some(Fault::Html403 | Fault::Unavailable503) => (plan.after_processing, true),
        _ => (true, true),
    };
    if matches!(plan.fault, Some(Fault::Silence)) {
        state.send_to(connection, Outbound::Silence);
        return;
    }
    let id = read.as_ref().ok().map(|command| command.id.clone());
    let answer = match read {
        Err(error) => Err(error),
        Ok(command) if processed => state.command(connection, &command),
        Ok(_) => Ok(Value::Null),
    };
    if !answered {
        state.send_to(connection, Outbound::Cut);
        return;
    }
    let text = match &plan.fault {
        // Streams have no statuses: the fault's message is what is left of it.
        Some(fault) if !matches!(fault, Fault::RejectNewOrder { .. }) && !fault.spoils() => {
            let message = match fault {
                Fault::Status { body, .. } => String::from_utf8_lossy(body).into_owned(),
                _ => "Invalid request: too many requests".to_owned(),
            };
            CommandError { code: 2, message, id }.to_json().to_string()
        }
        _ => match answer {
            Ok(result) => json!({ "result": result, "id": id }).to_string(),
            Err(error) => error.to_json().to_string(),
        },
    };
    let outbound = match &plan.fault {
        Some(fault) if fault.spoils() => spoil_frame(fault, text),
        _ => vec![Outbound::Text(text)],
    };
    for outbound in outbound {
        state.send_to(connection, outbound);
    }
    if matches!(plan.fault, Some(Fault::Banned { .. })) {
        state.send_to(
            connection,
            Outbound::Close {
                code: POLICY,
                reason: "banned".to_owned(),
            },
        );
    }
}

impl State {
    fn command(&mut self, connection: u64, command: &Command) -> Result<Value, CommandError> {
        let Some(Role::Streams(subscriptions)) = self
            .connections
            .get_mut(&connection)
            .map(|connection| &mut connection.role)
        else {
            return Ok(Value::Null);
        };
        subscriptions.apply(command)
    }
}

impl Subscriptions {
    fn apply(&mut self, command: &Command) -> Result<Value, CommandError> {
        let params = command.params.as_deref();
        match command.method.as_str() {
            "SUBSCRIBE" => {
                for name in stream_names(params)? {
                    self.add(name);
                }
                if self.names.len() > MAX_STREAMS {
                    self.names.truncate(MAX_STREAMS);
                    return Err(CommandError::invalid("too many parameters"));
                }
                Ok(Value::Null)
            }
            "UNSUBSCRIBE" => {
                let gone = stream_names(params)?;
                self.names.retain(|name| !gone.contains(name));
                Ok(Value::Null)
            }
            "LIST_SUBSCRIPTIONS" => match params {
                None | Some([]) => Ok(self.names.iter().map(String::as_str).collect()),
                Some(_) => Err(CommandError::invalid("too many parameters")),
            },
            "GET_PROPERTY" => {
                property_name(params, &command.id)?;
                match params {
                    Some([_]) => Ok(self.combined.into()),
                    _ => Err(CommandError::invalid("too many parameters")),
                }
            }
            _ => {
                property_name(params, &command.id)?;
                match params {
                    Some([_, Value::Bool(combined)]) => {
                        self.combined = *combined;
                        Ok(Value::Null)
                    }
                    Some([_, _, _, ..]) => Err(CommandError::invalid("too many parameters")),
                    _ => Err(CommandError::new(1, "Invalid value type: expected Boolean")),
                }
            }
        }
    }
}

fn stream_names(params: Option<&[Value]>) -> Result<Vec<String>, CommandError> {
    let Some(params) = params else {
        return Err(CommandError::invalid("missing field `params`"));
    };
    params
        .iter()
        .map(|name| name.as_str().map(str::to_owned))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| CommandError::invalid("invalid type: expected a string"))
}

fn property_name(params: Option<&[Value]>, id: &Value) -> Result<(), CommandError> {
    match params.and_then(<[Value]>::first) {
        Some(Value::String(name)) if name == "combined" => Ok(()),
        Some(Value::String(_)) => Err(CommandError {
            code: 0,
            message: "Unknown property".to_owned(),
            id: Some(id.clone()),
        }),
        _ => Err(CommandError::invalid("property name must be a string")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(subscriptions: &mut Subscriptions, text: &str) -> Value {
        let applied = read(text).and_then(|command| subscriptions.apply(&command));
        applied.unwrap_or_else(|error| error.to_json())
    }

    #[test]
    fn commands_and_their_documented_errors() {
        let mut subs = Subscriptions::default();
        let mut run = |text: &str| apply(&mut subs, text);
        assert_eq!(
            run(r#"{"method":"SUBSCRIBE","params":["a@trade","b@depth","a@trade"],"id":1}"#),
            Value::Null
        );
        assert_eq!(
            run(r#"{"method":"UNSUBSCRIBE","params":["b@depth"],"id":312}"#),
            Value::Null
        );
        assert_eq!(
            run(r#"{"method":"LIST_SUBSCRIPTIONS","id":3}"#),
            json!(["a@trade"])
        );
        assert_eq!(
            run(r#"{"method":"GET_PROPERTY","params":["combined"],"id":2}"#),
            json!(false)
        );
        assert_eq!(
            run(r#"{"method":"SET_PROPERTY","params":["combined",true],"id":null}"#),
            Value::Null
        );
        assert_eq!(
            run(r#"{"method":"GET_PROPERTY","params":["combined"],"id":"x1"}"#),
            json!(true)
        );
        assert_eq!(
            run(r#"{"method":"GET_PROPERTY","params":["other"],"id":2}"#),
            json!({"code": 0, "msg": "Unknown property", "id": 2})
        );
        for (text, code) in [
            (r#"{"method":"SET_PROPERTY","params":["combined",1],"id":2}"#, 1),
            (r#"{"method":"SET_PROPERTY","params":["combined"],"id":2}"#, 1),
            (r#"{"method":"SET_PROPERTY","params":[1,true],"id":2}"#, 2),
            (r#"{"method":"SET_PROPERTY","id":2}"#, 2),
            (
                r#"{"method":"SET_PROPERTY","params":["combined",true,1],"id":2}"#,
                2,
            ),
            (r#"{"method":"GET_PROPERTY","params":["combined",1],"id":2}"#, 2),
            (r#"{"method":"LIST_SUBSCRIPTIONS","params":[1],"id":2}"#, 2),
            (r#"{"method":"SUBSCRIBE","params":[1],"id":2}"#, 2),
            (r#"{"method":"SUBSCRIBE","params":["a@trade"]}"#, 2),
            (r#"{"method":"SUBSCRIBE","params":["a@trade"],"id":1.5}"#, 2),
            (r#"{"method":"SUBSCRYBE","params":[],"id":1}"#, 2),
            (r#"{"id":1}"#, 2),
            ("[]", 2),
            ("{", 3),
            ("", 3),
        ] {
            assert_eq!(run(text).get("code"), Some(&json!(code)), "{text}");
        }
    }
}
