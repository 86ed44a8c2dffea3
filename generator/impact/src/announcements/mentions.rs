//! The endpoints, streams, events and methods that a text names.

use super::Method;

/// Something named in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) method: Method,
    pub(super) name: String,
    /// Where it begins and ends in the text.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// How paths of the exchange begin.
const ROOTS: [&str; 9] = [
    "api/v",
    "sapi/v",
    "fapi/v",
    "dapi/v",
    "eapi/v",
    "papi/v",
    "wapi/v",
    "bapi/",
    "futures/data/",
];

/// Everything that a text names; what is no path only where the text says what it is.
/// `part` is the part of the API that a header names, `lead` the line above the list, `short` whether the log names its
/// endpoints by the last parts of their paths.
pub(super) fn find(text: &str, part: &str, lead: &str, short: bool) -> Vec<Mention> {
    let mut found = paths(text);
    if short {
        found.extend(short_paths(text));
    }
    for (start, token) in quoted(text) {
        let end = start + token.len();
        let token = token.trim();
        if found.iter().any(|path| path.start < end && start < path.end) {
            continue;
        }
        if let Some(method) = kind_of(token, text, part, lead) {
            found.push(Mention {
                method,
                name: token.to_owned(),
                start,
                end,
            });
        }
    }
    // Events are also named without backticks: `event "ACCOUNT_UPDATE"`.
    for event in EVENTS {
        for (start, _) in text.match_indices(event) {
            let end = start + event.len();
            let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '<' | '>' | '=');
            let inside = text[..start].ends_with(part) || text[end..].starts_with(part);
            if !inside && !found.iter().any(|other| other.start < end && start < other.end) {
                found.push(Mention {
                    method: Method::Event,
                    name: event.to_owned(),
                    start,
                    end,
                });
            }
        }
    }
    found.sort_by_key(|mention| mention.start);
    found
}

fn is_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '{' | '}' | ':' | '.' | '*')
}

fn paths(text: &str) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    for root in ROOTS {
        for (at, _) in text.match_indices(root) {
            // `sapi/v1` is no `api/v1`, and an address is no path.
            let before = &text[..at];
            let start = at - usize::from(before.ends_with('/'));
            let before = &text[..start];
            if before.ends_with(|c: char| is_path(c) && !before_is_verb(before)) {
                continue;
            }
            let length = text[at..].find(|c| !is_path(c)).unwrap_or(text.len() - at);
            let path = text[at..at + length].trim_end_matches(['.', ':', '-', '/', '*']);
            let ends = at + path.len();
            // What is nothing but a version is a prefix, as in "all of /sapi/v1".
            if path.len() <= root.len() + 1 {
                continue;
            }
            let words = before.trim_end_matches(['`', ' ', '*']);
            let verb = words
                .rsplit(|c: char| !c.is_ascii_alphabetic())
                .next()
                .and_then(Method::of_verb);
            let mut name = path.replace("(HMAC", "");
            // All endpoints below a path.
            if text[ends..].starts_with("/*") {
                name += "/*";
            }
            found.push(Mention {
                method: verb.unwrap_or(Method::Unnamed),
                name: format!("/{name}"),
                start,
                end: ends,
            });
        }
    }
    found.sort_by_key(|mention| mention.start);
    // "`GET` and `POST /sapi/…`": the other verb has no path of its own.
    let mut others = Vec::new();
    for mention in &found {
        let before = text[..mention.start].trim_end_matches(['`', ' ']);
        let before = before.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let before = before.trim_end_matches(['`', ' ']);
        for joint in ["/", "and", ","] {
            let Some(rest) = before.strip_suffix(joint) else {
                continue;
            };
            let word = rest.trim_end_matches(['`', ' ']);
            let word = word
                .rsplit(|c: char| !c.is_ascii_alphabetic())
                .next()
                .unwrap_or_default();
            if word.chars().all(|c| c.is_ascii_uppercase())
                && let Some(method) = Method::of_verb(word)
                && mention.method != Method::Unnamed
            {
                others.push(Mention {
                    method,
                    ..mention.clone()
                });
            }
        }
    }
    found.extend(others);
    found
}

/// Paths by their last part, in backticks: `/verify`, `POST /supported`, `/bazaar/{resources, search}`.
fn short_paths(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    for (start, token) in quoted(text) {
        let (method, path) = match token.split_once(' ') {
            Some((verb, path)) if path.starts_with('/') => (Method::of_verb(verb), path),
            _ => (Some(Method::Unnamed), token),
        };
        let (Some(method), Some(rest)) = (method, path.strip_prefix('/')) else {
            continue;
        };
        let (around, names) = match rest.split_once('{') {
            Some((around, list)) => (around, list.trim_end_matches('}')),
            None => rest
                .rsplit_once('/')
                .map_or(("", rest), |(_, last)| rest.split_at(rest.len() - last.len())),
        };
        let word = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
        let names: Vec<&str> = names.split(',').map(str::trim).collect();
        if !names.iter().all(|name| word(name)) || !around.split_terminator('/').all(word) {
            continue;
        }
        found.extend(names.iter().map(|name| Mention {
            method,
            name: format!("/{around}{name}"),
            start,
            end: start + token.len(),
        }));
    }
    found
}

/// `GET/sapi/v1/…`, without a blank
fn before_is_verb(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    Method::of_verb(word).is_some()
}

/// What stands between backticks, and where.
fn quoted(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    for (at, _) in text.match_indices('`') {
        match open.take() {
            Some(start) => found.push((start, &text[start..at])),
            None => open = Some(at + 1),
        }
    }
    found
}

/// What a quoted word is the name of: streams have an `@` or a `!`, methods dots; the text says which words are events.
fn kind_of(token: &str, text: &str, part: &str, lead: &str) -> Option<Method> {
    let context = format!("{part} {lead}");
    let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/');
    if token.len() < 3 || token.contains([' ', '"', '=', ',']) || token.contains("://") {
        return None;
    }
    // `@scope/package` is a package of JavaScript.
    if token.starts_with('@') && token.contains('/') {
        return None;
    }
    if token.contains('@') || token.starts_with('!') {
        return Some(Method::Stream);
    }
    if !token.chars().all(simple) {
        return None;
    }
    let dotted = token.split_once('.').is_some_and(|(first, rest)| {
        first
            .trim_start_matches("v2/")
            .starts_with(|c: char| c.is_ascii_lowercase())
            && rest.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && !["com", "vision", "md", "info", "us", "xml", "json"]
                .iter()
                .any(|end| rest.rsplit('.').next() == Some(*end))
    });
    let lower = format!("{context} {text}").to_ascii_lowercase();
    // `order.place` is a method wherever it is said.
    let is_call = token.rsplit('.').next().is_some_and(|last| CALLS.contains(&last));
    let websocket_api = [
        "websocket api",
        "ws api",
        "ws-api",
        "wsapi",
        "endpoint",
        "method",
        "request",
    ]
    .iter()
    .any(|word| lower.contains(word))
        || part.eq_ignore_ascii_case("websocket")
        || context.trim().to_ascii_lowercase().ends_with("websocket");
    if dotted && (websocket_api || is_call) && !token.contains("List.") && !token.starts_with("extensions.") {
        return Some(Method::WsApi);
    }
    if EVENTS.contains(&token) {
        return Some(Method::Event);
    }
    // "New WebSocket API: - `tradingSession`: …"
    let opens = text.trim_start().trim_start_matches('`').starts_with(token);
    let camel = token.starts_with(|c: char| c.is_ascii_lowercase())
        && token.contains(|c: char| c.is_ascii_uppercase())
        && token.chars().all(char::is_alphanumeric);
    if camel
        && opens
        && context
            .to_ascii_lowercase()
            .trim()
            .trim_end_matches([':', '*'])
            .ends_with("websocket api")
    {
        return Some(Method::WsApi);
    }
    let shouted = token.contains('_')
        && token
            .chars()
            .all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
        && EVENT_ENDS.iter().any(|end| token.ends_with(end));
    // The word stands before or after the name.
    let at = text.find(token)?;
    let near = |range: &str| range.to_ascii_lowercase().contains("event") || range.contains("payload");
    let after: String = text[at + token.len()..].chars().take(30).collect();
    let before: String = text[..at]
        .chars()
        .rev()
        .take(40)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    (shouted && (near(&after) || near(&before))).then_some(Method::Event)
}

/// How the names of events end that are not known yet; other words in capitals are values.
const EVENT_ENDS: [&str; 6] = ["_UPDATE", "_CHANGE", "_CALL", "_REJECT", "_LITE", "_EVENT"];

/// What methods of a WebSocket API do.
const CALLS: [&str; 8] = [
    "place",
    "cancel",
    "modify",
    "amend",
    "test",
    "subscribe",
    "logon",
    "ping",
];

/// Events that are events wherever they are named.
const EVENTS: [&str; 23] = [
    "executionReport",
    "outboundAccountPosition",
    "outboundAccountInfo",
    "balanceUpdate",
    "listStatus",
    "ACCOUNT_UPDATE",
    "ORDER_TRADE_UPDATE",
    "CONDITIONAL_ORDER_TRADE_UPDATE",
    "ACCOUNT_CONFIG_UPDATE",
    "STRATEGY_UPDATE",
    "GRID_UPDATE",
    "ALGO_UPDATE",
    "TRADE_LITE",
    "RISK_LEVEL_CHANGE",
    "MARGIN_CALL",
    "serverShutdown",
    "externalLockUpdate",
    "eventStreamTerminated",
    "listenKeyExpired",
    "riskLevelChange",
    "liabilityChange",
    "openOrderLoss",
    "CONDITIONAL_ORDER_TRIGGER_REJECT",
];
