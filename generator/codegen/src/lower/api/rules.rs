//! Rules and constructors of requests.

use binance_wire_model::api::{Operation, Parameter, Type, TypeKind};
use binance_wire_model::rules::{Condition, NamedConstructor, Need, Rule};
use serde::Serialize;

use super::Context;
use super::text::{code_span, sentence};
use super::types::value_name;
use crate::lower::constructor::{self, by_position};
use crate::lower::rust::{RustType, path};
use crate::names;

/// The rules of a request, as rows of the runtime's tables.
#[derive(Debug, Default, Serialize)]
pub(super) struct Rules {
    tables: Vec<Table>,
    /// Limits of single parameters.
    limits: Vec<Words>,
}

/// The rules of the request, or of the objects that a parameter carries.
#[derive(Debug, Serialize)]
struct Table {
    keyword: &'static str,
    parameter: Option<String>,
    rules: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    text: String,
    code: Option<i32>,
    when: Vec<Words>,
    need: Words,
}

/// The name of a condition or a demand, and what it is about: literals and lists of literals.
#[derive(Debug, Serialize)]
struct Words {
    kind: &'static str,
    about: Vec<String>,
}

impl Words {
    fn new(kind: &'static str, about: impl IntoIterator<Item = String>) -> Self {
        Self {
            kind,
            about: about.into_iter().collect(),
        }
    }
}

fn literal(text: &str) -> String {
    format!("{text:?}")
}

fn list(texts: &[String]) -> String {
    format!("{texts:?}")
}

impl Context<'_> {
    pub(super) fn request_rules(&self, operation: &Operation) -> Rules {
        let sent = || {
            operation
                .parameters
                .iter()
                .filter(|parameter| !parameter.in_path && !parameter.in_header)
        };
        let table = |keyword, parameter, rules: &[Rule]| Table {
            keyword,
            parameter,
            rules: rules.iter().map(row).collect(),
        };
        let entries = sent().map(|parameter| {
            let rules = self.product.object_rules(&parameter.ty);
            table("entries", Some(parameter.name.clone()), rules)
        });
        let mut tables = vec![table("rules", None, &operation.rules)];
        tables.extend(entries);
        tables.retain(|table| !table.rules.is_empty());
        Rules {
            tables,
            limits: sent().flat_map(|parameter| self.limits(parameter)).collect(),
        }
    }

    /// What holds for a parameter, whatever the others are.
    fn limits(&self, parameter: &Parameter) -> Vec<Words> {
        let mut limits = Vec::new();
        let name = literal(&parameter.name);
        let is_number = matches!(
            self.product.resolve(&parameter.ty),
            Type::Integer { .. } | Type::Decimal { .. }
        );
        if is_number && (parameter.minimum.is_some() || parameter.maximum.is_some()) {
            let bound = |bound: &Option<String>| literal(bound.as_deref().unwrap_or_default());
            let about = [name.clone(), bound(&parameter.minimum), bound(&parameter.maximum)];
            limits.push(Words::new("range", about));
        }
        if let Some(pattern) = &parameter.pattern {
            let (min, max) = (pattern.min.to_string(), pattern.max.to_string());
            limits.push(Words::new(
                "pattern",
                [name.clone(), literal(&pattern.class), min, max],
            ));
        }
        if let Some(items) = parameter.max_items {
            limits.push(Words::new("items", [name, items.to_string()]));
        }
        limits
    }

    pub(super) fn request_constructors(&self, operation: &Operation) -> Vec<RequestConstructor> {
        let constructors = operation.constructors.iter();
        constructors
            .map(|named| self.constructor(operation, named))
            .collect()
    }

    fn constructor(&self, operation: &Operation, named: &NamedConstructor) -> RequestConstructor {
        let request = self.request_name(operation);
        let rust = |parameter: &Parameter| RustType::from(self.product.resolve(&parameter.ty));
        let value = |parameter: &Parameter| {
            let fixed = named.set.iter().find(|(name, _)| *name == parameter.name);
            match fixed {
                None => Self::parameter_name(&parameter.name),
                Some((_, value)) if !self.is_set_of_values(parameter) => value.clone(),
                Some((_, value)) => path(&[&rust(parameter).to_string(), &value_name(value)]),
            }
        };
        let required = || operation.parameters.iter().filter(|parameter| parameter.required);
        let find = |name: &str| {
            operation
                .parameters
                .iter()
                .find(|parameter| parameter.name == name)
        };
        let fixed = named.set.iter().filter_map(|(name, _)| find(name));
        let taken = || named.takes.iter().filter_map(|name| find(name));
        let optional = fixed.chain(taken()).filter(|parameter| !parameter.required);
        RequestConstructor {
            name: names::snake(&named.name),
            doc: self.constructor_doc(named),
            named: (!by_position(&taken().map(rust).collect::<Vec<_>>()))
                .then(|| arguments_name(&request, &named.name)),
            arguments: taken()
                .map(|parameter| Argument {
                    name: Self::parameter_name(&parameter.name),
                    rust: rust(parameter),
                })
                .collect(),
            required_named: constructor::by_name(required().map(rust).collect::<Vec<_>>().iter())
                .then(|| constructor::required_name(&request)),
            required: required()
                .map(|parameter| Assigned::new(Self::parameter_name(&parameter.name), value(parameter)))
                .collect(),
            set: optional
                .map(|parameter| Assigned::new(Self::parameter_name(&parameter.name), value(parameter)))
                .collect(),
        }
    }

    fn is_set_of_values(&self, parameter: &Parameter) -> bool {
        match self.product.resolve(&parameter.ty) {
            Type::Named(name) => {
                let def = self.product.types.get(name);
                def.is_some_and(|def| matches!(def.kind, TypeKind::Enum(_)))
            }
            _ => false,
        }
    }

    fn constructor_doc(&self, named: &NamedConstructor) -> String {
        let fixed: Vec<String> = named
            .set
            .iter()
            .map(|(name, value)| format!("`{name}` is {value}"))
            .collect();
        let description = sentence(&named.description);
        match fixed.is_empty() {
            true => description,
            false => format!("{description} {}.", capitalised(&all(&fixed))),
        }
    }
}

/// A function that makes a request for one purpose.
#[derive(Debug, Serialize)]
pub(super) struct RequestConstructor {
    name: String,
    doc: String,
    /// The struct of its arguments, where it takes them by name.
    pub(super) named: Option<String>,
    arguments: Vec<Argument>,
    /// The struct that `new` takes, where it takes one.
    required_named: Option<String>,
    required: Vec<Assigned>,
    set: Vec<Assigned>,
}

/// The struct of a constructor's arguments, where it takes them by name.
pub(super) fn arguments_name(request: &str, constructor: &str) -> String {
    names::type_name(&format!("{request} {constructor}"))
}

#[derive(Debug, Serialize)]
struct Argument {
    name: String,
    rust: RustType,
}

#[derive(Debug, Serialize)]
struct Assigned {
    name: String,
    value: String,
    /// Whether the value is anything but the variable of that name.
    differs: bool,
}

impl Assigned {
    fn new(name: String, value: String) -> Self {
        Self {
            differs: name != value,
            name,
            value,
        }
    }
}

fn row(rule: &Rule) -> Row {
    Row {
        text: rule_text(rule),
        code: rule.code,
        when: rule.when.iter().map(condition).collect(),
        need: need(&rule.need),
    }
}

fn condition(condition: &Condition) -> Words {
    match condition {
        Condition::Sent {
            parameter,
            sent: true,
        } => Words::new("sent", [literal(parameter)]),
        Condition::Sent {
            parameter,
            sent: false,
        } => Words::new("not_sent", [literal(parameter)]),
        Condition::Is {
            parameter,
            values,
            by_default,
        } => {
            let kind = if *by_default { "is_or_default" } else { "is" };
            Words::new(kind, [literal(parameter), list(values)])
        }
    }
}

fn need(need: &Need) -> Words {
    match need {
        Need::Required(names) => Words::new("required", [list(names)]),
        Need::OneOf(names) => Words::new("one_of", [list(names)]),
        Need::Exclusive(names) => Words::new("exclusive", [list(names)]),
        Need::Together(names) => Words::new("together", [list(names)]),
        Need::Forbidden(names) => Words::new("forbidden", [list(names)]),
        Need::Values {
            parameter, refused, ..
        } => Words::new("not", [literal(parameter), list(refused)]),
        Need::Pattern { parameter, pattern } => {
            let (min, max) = (pattern.min.to_string(), pattern.max.to_string());
            Words::new("pattern", [literal(parameter), literal(&pattern.class), min, max])
        }
        Need::Range { parameter, min, max } => {
            let bound = |bound: &Option<String>| literal(bound.as_deref().unwrap_or_default());
            Words::new("range", [literal(parameter), bound(min), bound(max)])
        }
        Need::Span { from, to, hours } => {
            let millis = (u64::from(*hours) * 3_600_000).to_string();
            Words::new("span", [literal(from), literal(to), millis])
        }
        Need::Combinations(sets) => {
            let names: Vec<String> = need.parameters().into_iter().map(str::to_owned).collect();
            Words::new(
                "combinations",
                std::iter::once(list(&names)).chain(sets.iter().map(|set| list(set))),
            )
        }
    }
}

/// A rule in words.
pub fn rule_text(rule: &Rule) -> String {
    let demand = demand(&rule.need);
    let conditions: Vec<String> = rule.when.iter().map(condition_text).collect();
    let text = match conditions.is_empty() {
        true => format!("{}.", capitalised(&demand)),
        false => format!("Where {}, {demand}.", all(&conditions)),
    };
    match &rule.hint {
        Some(hint) => format!("{text} {}", sentence(hint)),
        None => text,
    }
}

fn condition_text(condition: &Condition) -> String {
    match condition {
        Condition::Sent { parameter, sent } => {
            let parameter = code_span(parameter);
            match sent {
                true => format!("{parameter} is sent"),
                false => format!("{parameter} is not sent"),
            }
        }
        Condition::Is {
            parameter, values, ..
        } => format!("{} is {}", code_span(parameter), any(values)),
    }
}

fn demand(need: &Need) -> String {
    let spans = |names: &[String]| names.iter().map(|name| code_span(name)).collect::<Vec<_>>();
    match need {
        Need::Required(names) => format!("{} must be sent", all(&spans(names))),
        Need::OneOf(names) => format!("at least one of {} must be sent", any(&spans(names))),
        Need::Exclusive(names) => format!("only one of {} may be sent", any(&spans(names))),
        Need::Together(names) => format!("{} are sent together or not at all", all(&spans(names))),
        Need::Forbidden(names) => format!("{} must not be sent", any(&spans(names))),
        Need::Values {
            parameter, allowed, ..
        } => format!("{} must be {}", code_span(parameter), any(allowed)),
        Need::Pattern { parameter, pattern } => {
            let (parameter, class) = (code_span(&parameter.clone()), code_span(&pattern.class));
            format!(
                "{parameter} has {} to {} characters of {class}",
                pattern.min, pattern.max
            )
        }
        Need::Range { parameter, min, max } => {
            let parameter = code_span(parameter);
            match (min, max) {
                (Some(min), Some(max)) => format!("{parameter} is {min} to {max}"),
                (Some(min), None) => format!("{parameter} is at least {min}"),
                (None, max) => format!("{parameter} is at most {}", max.as_deref().unwrap_or_default()),
            }
        }
        Need::Span { from, to, hours } => {
            let length = match hours % 24 {
                0 if *hours > 24 => format!("{} days", hours / 24),
                _ => format!("{hours} hours"),
            };
            format!("{} is at most {length} after {}", code_span(to), code_span(from))
        }
        Need::Combinations(sets) => {
            let names: Vec<String> = need.parameters().into_iter().map(code_span).collect();
            let sets = sets.iter().map(|set| match set.is_empty() {
                true => "none".to_owned(),
                false => spans(set).join(" with "),
            });
            let sets: Vec<String> = sets.collect();
            format!(
                "of {}, these combinations may be sent: {}",
                all(&names),
                sets.join("; ")
            )
        }
    }
}

fn all(texts: &[String]) -> String {
    joined(texts, "and")
}

fn any(texts: &[String]) -> String {
    joined(texts, "or")
}

fn joined(texts: &[String], word: &str) -> String {
    match texts {
        [one] => one.clone(),
        [others @ .., last] => format!("{} {word} {last}", others.join(", ")),
        [] => String::new(),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().chain(chars).collect());
    first.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use binance_wire_model::api::Location;

    fn text(when: Vec<Condition>, need: Need) -> String {
        rule_text(&Rule {
            when,
            need,
            code: None,
            hint: None,
            location: Location::default(),
        })
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_rule_reads_as_a_sentence() {
        let limit = Condition::Is {
            parameter: "type".to_owned(),
            values: names(&["LIMIT", "STOP_LOSS_LIMIT"]),
            by_default: false,
        };
        let unpegged = Condition::Sent {
            parameter: "pegPriceType".to_owned(),
            sent: false,
        };
        assert_eq!(
            text(vec![limit, unpegged], Need::Required(names(&["price"]))),
            "Where `type` is LIMIT or STOP_LOSS_LIMIT and `pegPriceType` is not sent, `price` must be sent."
        );
        assert_eq!(
            text(Vec::new(), Need::Exclusive(names(&["a", "b"]))),
            "Only one of `a` or `b` may be sent."
        );
        let span = Need::Span {
            from: "startTime".to_owned(),
            to: "endTime".to_owned(),
            hours: 168,
        };
        assert_eq!(
            text(Vec::new(), span),
            "`endTime` is at most 7 days after `startTime`."
        );
    }
}
