//! Whether the parameters of a request are those that the specs describe.

use binance_wire_catalog_data::model::{Call, Need, Operation, Parameter, Product, Type, TypeKind};

use crate::error::Refusal;
use crate::params::{Params, boolean, decimal, integer};

/// Parameters that authenticate and belong to no operation.
const ADDED: [&str; 3] = ["timestamp", "recvWindow", "signature"];
/// The same of the WebSocket API alone.
const ADDED_BY_WS_API: [&str; 2] = ["apiKey", "returnRateLimits"];

/// The number of parameters that an operation does not have. Of a draft, they are not known.
pub(super) fn unknown(operation: &Operation, params: &Params) -> usize {
    let by_ws_api = matches!(operation.call, Call::WsApi { .. });
    let declared = |name: &str| {
        // `orders[0].symbol` is of the list `orders`.
        let list = name.split(['[', '.']).next().unwrap_or(name);
        let known = |parameter: &Parameter| parameter.name == name || parameter.name == list;
        let added = ADDED.contains(&name) || by_ws_api && ADDED_BY_WS_API.contains(&name);
        added || operation.draft || operation.parameters.iter().any(known)
    };
    params.names().filter(|name| !declared(name)).count()
}

/// Checks every parameter, and the rules between them.
pub(crate) fn check(product: &Product, operation: &Operation, params: &Params) -> Result<(), Refusal> {
    let unknown = unknown(operation, params);
    if unknown > 0 {
        let sent = params.names().count();
        let read = sent - unknown;
        let message =
            format!("Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.");
        return Err(Refusal::new(-1104, message));
    }
    for parameter in &operation.parameters {
        let name = &parameter.name;
        match params.get(name) {
            None if parameter.required && !params.has_part_of(name) => return Err(Refusal::missing(name)),
            None => {}
            Some("") if parameter.required => return Err(Refusal::missing(name)),
            Some("") => return Err(Refusal::new(-1105, format!("Parameter '{name}' was empty."))),
            Some(value) => of_parameter(product, parameter, value)?,
        }
    }
    match operation.broken_rule(params) {
        Some((rule, names)) => Err(broken(&rule.need, rule.code, &names)),
        None => Ok(()),
    }
}

fn of_parameter(product: &Product, parameter: &Parameter, value: &str) -> Result<(), Refusal> {
    let name = &parameter.name;
    of_type(product, &parameter.ty, name, value)?;
    if let Some(pattern) = parameter
        .pattern
        .as_ref()
        .filter(|pattern| !pattern.matches(value))
    {
        return Err(Refusal::illegal(name, &pattern.to_string()));
    }
    let bound = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
    if let Ok(number) = value.parse::<f64>() {
        let below = bound(&parameter.minimum).is_some_and(|least| number < least);
        let above = bound(&parameter.maximum).is_some_and(|most| number > most);
        if below && name.to_ascii_lowercase().ends_with("strategytype") {
            return Err(Refusal::new(-1134, format!("`{name}` was less than 1000000.")));
        }
        if below || above {
            return Err(invalid(name));
        }
    }
    if let (Some(most), Ok(list)) = (
        parameter.max_items,
        serde_json::from_str::<Vec<serde_json::Value>>(value),
    ) && list.len() > most
    {
        return Err(invalid(name));
    }
    Ok(())
}

fn of_type(product: &Product, ty: &Type, name: &str, value: &str) -> Result<(), Refusal> {
    match product.resolve(ty) {
        Type::Boolean(_) => boolean(name, value),
        Type::Integer(_) | Type::Int32(_) | Type::Time(_) => {
            integer(name, value.strip_prefix('-').unwrap_or(value)).map(drop)
        }
        Type::Decimal(_) => decimal(name, value.strip_prefix('-').unwrap_or(value)).map(drop),
        Type::Constant(only) if only != value => Err(invalid(name)),
        Type::Array(element) | Type::OneOrMany(element) => {
            match serde_json::from_str::<Vec<serde_json::Value>>(value) {
                Ok(list) => list.iter().try_for_each(|item| {
                    let text = match item {
                        serde_json::Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    of_type(product, element, name, &text)
                }),
                // With commas between them.
                Err(_) => value
                    .split(',')
                    .try_for_each(|item| of_type(product, element, name, item)),
            }
        }
        Type::Named(known) => match product.types.get(known).map(|def| &def.kind) {
            Some(TypeKind::Enum(values)) if !values.iter().any(|known| known == value) => Err(of_a_set(name)),
            Some(TypeKind::Object(_) | TypeKind::Union(_)) => {
                match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(value) {
                    Ok(_) => Ok(()),
                    Err(_) => Err(Refusal::new(
                        -1135,
                        format!("JSON sent for parameter '{name}' is not valid"),
                    )),
                }
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// A value that is in no set of values.
fn of_a_set(name: &str) -> Refusal {
    match name {
        "side" => Refusal::new(-1117, "Invalid side."),
        "type" => Refusal::new(-1116, "Invalid orderType."),
        "timeInForce" => Refusal::new(-1115, "Invalid timeInForce."),
        "interval" => Refusal::new(-1120, "Invalid interval."),
        "symbolStatus" => Refusal::new(-1122, "Invalid symbolStatus."),
        "cancelRestrictions" => {
            let message = "cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED.";
            Refusal::new(-1145, message)
        }
        "pegPriceType" => Refusal::new(-1210, "Invalid pegPriceType."),
        "pegOffsetType" => Refusal::new(-1211, "Invalid pegOffsetType."),
        _ => invalid(name),
    }
}

fn invalid(name: &str) -> Refusal {
    Refusal::new(-1130, format!("Data sent for parameter '{name}' is not valid."))
}

/// The refusal of a request that breaks a rule, with the rule's code where it states one.
fn broken(need: &Need, code: Option<i32>, names: &[&str]) -> Refusal {
    let first = names.first().copied().unwrap_or_default();
    let mut refusal = match need {
        Need::Required(_) | Need::OneOf(_) => Refusal::missing(first),
        Need::Forbidden(_) => Refusal::new(-1106, format!("Parameter '{first}' sent when not required.")),
        Need::Pattern { pattern, .. } => Refusal::illegal(first, &pattern.to_string()),
        Need::Span { hours, .. } => {
            let message = format!("More than {hours} hours between {}.", names.join(" and "));
            Refusal::new(-1127, message)
        }
        Need::Exclusive(_) | Need::Together(_) | Need::Combinations(_) => {
            Refusal::new(-1128, "Combination of optional parameters invalid.")
        }
        Need::Positive(_) if code == Some(-1013) => {
            let filter = if first.to_ascii_lowercase().ends_with("price") {
                "PRICE_FILTER"
            } else {
                "LOT_SIZE"
            };
            Refusal::new(-1013, format!("Filter failure: {filter}"))
        }
        _ => invalid(first),
    };
    if let Some(code) = code {
        refusal.code = code;
    }
    refusal
}
