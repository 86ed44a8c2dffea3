//! Rules of requests as data.

use binance_wire_model::rules::{Condition, NamedConstructor, Need, Pattern, Rule};
use serde_json::Value;

use super::object::{Object, all, pairs, strings};

pub(super) fn rule(rule: &Rule) -> Value {
    let mut object = Object::default();
    object.set("when", all(&rule.when, condition));
    object.set("need", need(&rule.need));
    object.set("code", rule.code);
    object.set("hint", rule.hint.as_deref());
    object.into()
}

fn condition(condition: &Condition) -> Value {
    let mut object = Object::default();
    object.set("parameter", condition.parameter());
    match condition {
        Condition::Sent { sent, .. } => object.keep("sent", *sent),
        Condition::Is {
            values, by_default, ..
        } => {
            object.set("values", strings(values));
            object.set("byDefault", *by_default);
        }
    }
    object.into()
}

fn need(need: &Need) -> Value {
    let (name, value): (&str, Value) = match need {
        Need::Required(names) => ("required", strings(names).into()),
        Need::OneOf(names) => ("oneOf", strings(names).into()),
        Need::Exclusive(names) => ("exclusive", strings(names).into()),
        Need::Together(names) => ("together", strings(names).into()),
        Need::Forbidden(names) => ("forbidden", strings(names).into()),
        Need::Positive(names) => ("positive", strings(names).into()),
        Need::Values {
            parameter,
            allowed,
            refused,
        } => {
            let mut object = Object::default();
            object.set("parameter", parameter.as_str());
            object.set("allowed", strings(allowed));
            object.set("refused", strings(refused));
            ("values", object.into())
        }
        Need::Pattern { parameter, pattern } => {
            let mut object = Object::default();
            object.set("parameter", parameter.as_str());
            object.set("pattern", self::pattern(pattern));
            ("pattern", object.into())
        }
        Need::Range { parameter, min, max } => {
            let mut object = Object::default();
            object.set("parameter", parameter.as_str());
            object.set("min", min.as_deref());
            object.set("max", max.as_deref());
            ("range", object.into())
        }
        Need::Span { from, to, hours } => {
            let mut object = Object::default();
            object.set("from", from.as_str());
            object.set("to", to.as_str());
            object.set("hours", *hours);
            ("span", object.into())
        }
        Need::Combinations(lists) => {
            let lists = lists.iter().map(|names| strings(names).into());
            ("combinations", lists.collect::<Vec<Value>>().into())
        }
    };
    Object::kind(name, value)
}

pub(super) fn constructor(constructor: &NamedConstructor) -> Value {
    let mut object = Object::default();
    object.set("name", constructor.name.as_str());
    object.set("description", constructor.description.as_str());
    object.set("set", pairs(&constructor.set));
    object.set("takes", strings(&constructor.takes));
    object.into()
}

pub(super) fn pattern(pattern: &Pattern) -> Value {
    let mut object = Object::default();
    object.set("class", pattern.class.as_str());
    object.set("min", pattern.min);
    object.set("max", pattern.max);
    object.into()
}
