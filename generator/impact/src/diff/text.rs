//! Types, weights and the like in words.

use binance_wire_model::api::{
    Envelope, Evidence, Identity, Limit, Paging, RequestLimit, Security, TimeUnit, Type, Weight,
    WeightCondition, WeightRule,
};
use binance_wire_model::server::Offer;

/// A type as it is on the wire.
pub(super) fn wire(ty: &Type) -> String {
    let as_text = |what: &str, as_text: bool| match as_text {
        true => format!("{what} as text"),
        false => what.to_owned(),
    };
    match ty {
        Type::Text => "text".to_owned(),
        Type::Constant(value) => format!("constant {value:?}"),
        Type::Boolean { as_text: text } => as_text("boolean", *text),
        Type::Integer {
            bits, as_text: text, ..
        } => as_text(&format!("int{bits}"), *text),
        Type::Decimal { bare, .. } => match bare {
            true => "bare decimal".to_owned(),
            false => "decimal as text".to_owned(),
        },
        Type::Time {
            unit, as_text: text, ..
        } => as_text(
            match unit {
                TimeUnit::Second => "time in s",
                TimeUnit::Millisecond => "time in ms",
                TimeUnit::Microsecond => "time in us",
            },
            *text,
        ),
        Type::Array(element) => format!("list of {}", wire(element)),
        Type::Map(element) => format!("map of {}", wire(element)),
        Type::OneOrMany(element) => format!("{0} or list of {0}", wire(element)),
        Type::Named(name) => name.clone(),
        Type::Any => "any JSON".to_owned(),
        Type::Empty => "nothing".to_owned(),
    }
}

/// The named types in a type.
pub(super) fn named<'t>(ty: &'t Type, found: &mut Vec<&'t str>) {
    match ty {
        Type::Array(element) | Type::Map(element) | Type::OneOrMany(element) => named(element, found),
        Type::Named(name) => found.push(name),
        _ => {}
    }
}

/// A weight table in words, what its rules depend on, and its numbers.
pub(super) fn weight(Weight(rules): &Weight) -> (String, String, Vec<f64>) {
    let mut texts = Vec::new();
    let mut shape = String::new();
    let mut values = Vec::new();
    for rule in rules {
        let WeightRule {
            when,
            weight,
            per_item,
            cap,
        } = rule;
        let condition = when.as_ref().map(condition).unwrap_or_default();
        let mut text = weight.to_string();
        if *per_item {
            text += " an item";
        }
        if let Some(cap) = cap {
            text += &format!(", at most {cap}");
        }
        if !condition.is_empty() {
            text += &format!(" {condition}");
        } else if rules.len() > 1 {
            text += " otherwise";
        }
        texts.push(text);
        shape += &format!("{condition}/{per_item};");
        values.push(f64::from(*weight));
        values.push(cap.map_or(f64::INFINITY, f64::from));
    }
    (texts.join("; "), shape, values)
}

fn condition(condition: &WeightCondition) -> String {
    let range = |min: &Option<i64>, max: &Option<i64>| match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any".to_owned(),
    };
    match condition {
        WeightCondition::Present {
            parameter,
            present: true,
        } => format!("with {parameter}"),
        WeightCondition::Present {
            parameter,
            present: false,
        } => format!("without {parameter}"),
        WeightCondition::Range { parameter, min, max } => format!("for {parameter} {}", range(min, max)),
        WeightCondition::OneOf { parameter, values } => format!("for {parameter} {}", values.join("|")),
        WeightCondition::Items { parameter, min, max } => {
            format!("for {} items of {parameter}", range(min, max))
        }
    }
}

/// How an operation pages, in words.
pub(super) fn paging(ways: &[Paging]) -> String {
    let texts = ways.iter().map(|way| {
        let mut text = format!("by {} from {}", way.by.name(), way.from);
        for (word, name) in [
            ("to", &way.to),
            ("limit", &way.limit),
            ("rows", &way.rows),
            ("next", &way.next),
            ("total", &way.total),
            ("id", &way.id),
        ] {
            if let Some(name) = name {
                text += &format!(", {word} {name}");
            }
        }
        if let Some(hours) = way.hours {
            text += &format!(", at most {hours} hours at once");
        }
        text
    });
    texts.collect::<Vec<_>>().join("; ")
}

/// By what the exchange knows what an operation makes or changes, in words.
pub(super) fn identity(identity: &Identity) -> String {
    let pairs = |pairs: &[(String, String)]| {
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(one, other)| format!("{one} = {other}"))
            .collect();
        pairs.join(", ")
    };
    let mut parts = Vec::new();
    if !identity.ids.is_empty() {
        parts.push(format!("ids {}", identity.ids.join(", ")));
    }
    for (id, part) in &identity.ids_beside {
        parts.push(format!("id {id} beside {part}"));
    }
    if let Some(each) = &identity.each {
        parts.push(format!("each of {each}"));
    }
    if let Some(query) = &identity.query {
        parts.push(format!("found by {} ({})", query.operation, pairs(&query.with)));
        match &query.done {
            Evidence::Exists => {}
            Evidence::Listed(list) => parts.push(format!("listed in `{list}`")),
            Evidence::Is(member, values) => parts.push(format!("`{member}` is {}", values.join(" or "))),
            Evidence::Same(same, unless) => {
                parts.push(pairs(same));
                if !unless.is_empty() {
                    parts.push(format!("unless {} is sent", unless.join(" or ")));
                }
            }
        }
    }
    parts.join("; ")
}

/// Limits of an operation in words.
pub(super) fn limits(limits: &[RequestLimit]) -> String {
    let texts: Vec<String> = limits
        .iter()
        .map(|limit| {
            let RequestLimit {
                count,
                interval,
                every,
                scope,
                with,
            } = limit;
            let every = if *every == 1 {
                String::new()
            } else {
                format!("{every} ")
            };
            let mut text = format!("{count} each {every}{interval} by {}", counter(*scope));
            if !with.is_empty() {
                text += &format!(" with {}", with.join(", "));
            }
            text
        })
        .collect();
    texts.join("; ")
}

/// A counter in words.
pub(super) fn counter(limit: Limit) -> &'static str {
    match limit {
        Limit::Ip => "address",
        Limit::Uid => "account",
    }
}

/// How much a security type asks for; schemes that do not compare have no number.
pub(super) fn rank(security: Security) -> Option<f64> {
    match security {
        Security::None => Some(0.0),
        Security::MarketData | Security::UserStream => Some(1.0),
        Security::UserData => Some(2.0),
        Security::Trade | Security::Margin | Security::PredictionTrade => Some(3.0),
        Security::Partner | Security::Kyc => None,
    }
}

/// An envelope in words.
pub(super) fn envelope(envelope: Option<&Envelope>) -> String {
    let Some(envelope) = envelope else {
        return String::new();
    };
    let Envelope {
        code,
        ok,
        success,
        message,
        data,
        optional,
    } = envelope;
    let named = [
        ("code", code),
        ("success", success),
        ("message", message),
        ("data", data),
    ];
    let mut parts: Vec<String> = named
        .iter()
        .filter_map(|(what, name)| name.as_ref().map(|name| format!("{what} `{name}`")))
        .collect();
    if !ok.is_empty() {
        parts.push(format!("ok {}", ok.join("|")));
    }
    if *optional {
        parts.push("or none".to_owned());
    }
    parts.join(", ")
}

/// What the user's own server has to do, in words.
pub(super) fn server_rules(offer: &Offer) -> String {
    let Offer {
        prefix,
        time_limit,
        envelope,
        refusals,
        ..
    } = offer;
    let mut parts = Vec::new();
    if !prefix.is_empty() {
        parts.push(format!("below {prefix}"));
    }
    if let Some(seconds) = time_limit {
        parts.push(format!("within {seconds} s"));
    }
    let named = [
        ("success", &envelope.success),
        ("code", &envelope.code),
        ("message", &envelope.message),
        ("data", &envelope.data),
    ];
    parts.extend(
        named
            .iter()
            .filter_map(|(what, name)| name.as_ref().map(|name| format!("{what} `{name}`"))),
    );
    parts.push(format!("ok {}", envelope.ok));
    parts.extend(
        envelope
            .ok_message
            .iter()
            .map(|text| format!("ok message `{text}`")),
    );
    let forms = [
        ("invalid", &refusals.invalid),
        ("overloaded", &refusals.overloaded),
        ("timed out", &refusals.timed_out),
        ("failed", &refusals.failed),
    ];
    parts.extend(
        forms
            .iter()
            .map(|(what, form)| format!("{what} {} {}", form.status, form.code)),
    );
    parts.join(", ")
}

/// A number as a rank; what is no number has none.
pub(super) fn number(text: Option<&str>, absent: f64) -> Option<f64> {
    match text {
        None => Some(absent),
        Some(text) => text.parse().ok(),
    }
}
