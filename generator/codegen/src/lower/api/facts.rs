//! What the documentation of an operation says apart from what it does.

use binance_wire_model::api::{Limit, Operation, PagedBy, Paging, WeightCondition as When, WeightRule};

use super::carriage;

/// Everything about an operation that its documentation should say apart from what it does.
pub(super) fn facts(operation: &Operation) -> Vec<String> {
    let mut facts = Vec::new();
    facts.push(format!(
        "Security: `{}`{}",
        operation.security,
        if operation.signed { ", signed" } else { "" }
    ));
    let rules: Vec<String> = operation
        .weight
        .0
        .iter()
        .map(|rule: &WeightRule| {
            let mut text = rule.weight.to_string();
            if rule.per_item {
                text += " an item";
            }
            if let Some(cap) = rule.cap {
                text += &format!(", at most {cap}");
            }
            match &rule.when {
                Some(when) => format!("{text} {}", condition(when)),
                None if operation.weight.0.len() > 1 => format!("{text} otherwise"),
                None => text,
            }
        })
        .collect();
    let scope = match operation.limit {
        Limit::Ip => "of the address",
        Limit::Uid => "of the account",
    };
    let mut weight = format!("Weight {scope}: {}", rules.join("; "));
    if let Some(success) = operation.weight_on_success {
        weight += &format!("; {success} where it succeeds");
    }
    facts.push(weight);
    facts.extend(carriage::facts(operation));
    if operation.unfilled_orders > 0 {
        facts.push(format!("Unfilled orders: {}", operation.unfilled_orders));
    }
    if !operation.paging.is_empty() {
        let ways: Vec<String> = operation.paging.iter().map(|way| paged(way, operation)).collect();
        facts.push(format!("Pages {}", ways.join(", or ")));
    }
    if !operation.data_source.is_empty() {
        facts.push(format!("Data source: {}", operation.data_source.join(", then ")));
    }
    if !operation.environments.is_empty() {
        facts.push(format!("Environments: {}", operation.environments.join(", ")));
    }
    if let Some(sunset) = &operation.sunset {
        facts.push(format!("Gone from {sunset}"));
    }
    facts
}

/// How an operation pages: by id from `fromId` (next: `id`), at most 1000 each.
fn paged(way: &Paging, operation: &Operation) -> String {
    let how = match way.by {
        PagedBy::Time => "time from",
        PagedBy::Id => "id from",
        PagedBy::Cursor => "a cursor in",
        PagedBy::Page => "number in",
        PagedBy::Offset => "offset in",
    };
    let mut text = format!("by {how} `{}`", way.from);
    if let Some(to) = &way.to {
        text += &format!(" to `{to}`");
    }
    if let Some(next) = &way.next {
        text += &format!(" (next: `{next}`)");
    }
    if let Some(total) = &way.total {
        text += &format!(" (of `{total}`)");
    }
    match way.hours {
        Some(hours) if hours % 24 == 0 => text += &format!(", at most {} days at once", hours / 24),
        Some(hours) => text += &format!(", at most {hours} hours at once"),
        None => {}
    }
    let limit = way.limit.as_ref();
    if let Some(limit) = limit.and_then(|name| operation.parameters.iter().find(|p| p.name == *name))
        && let Some(most) = &limit.maximum
    {
        text += &format!(", at most {most} each");
    }
    text
}

fn condition(when: &When) -> String {
    let span = |min: &Option<i64>, max: &Option<i64>| match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any".to_owned(),
    };
    match when {
        When::Present {
            parameter,
            present: true,
        } => format!("with `{parameter}`"),
        When::Present {
            parameter,
            present: false,
        } => format!("without `{parameter}`"),
        When::Range { parameter, min, max } => format!("for a `{parameter}` of {}", span(min, max)),
        When::OneOf { parameter, values } => format!("with `{parameter}` {}", values.join(" or ")),
        When::Items { parameter, min, max } => format!("for {} `{parameter}`", span(min, max)),
    }
}
