//! Rules and constructors of requests.

use binance_wire_model::api::{Operation, Parameter, Type};
use binance_wire_model::rules::{Condition, NamedConstructor, Need, Pattern, Rule};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use serde::Serialize;

use super::Context;
use super::text::{capitalised, code_span, sentence};
use super::types::value_name;
use crate::lower::constructor::{self, by_position};
use crate::lower::rust::{Printed, RustType, ident, index, number};
use crate::names;

/// The rules of a request, as rows of the runtime's tables.
#[derive(Debug, Default, Serialize)]
pub(super) struct Rules {
    tables: Vec<Table>,
    /// Limits of single parameters.
    limits: Vec<Printed>,
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
    when: Vec<Printed>,
    need: Printed,
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
    fn limits(&self, parameter: &Parameter) -> Vec<Printed> {
        let mut limits = Vec::new();
        let name = &parameter.name;
        let is_number = matches!(
            self.product.resolve(&parameter.ty),
            Type::Integer { .. } | Type::Decimal { .. }
        );
        if is_number && (parameter.minimum.is_some() || parameter.maximum.is_some()) {
            limits.push(range(name, &parameter.minimum, &parameter.maximum));
        }
        limits.extend(parameter.pattern.as_ref().map(|form| pattern(name, form)));
        limits.extend(parameter.max_items.map(|items| {
            let items = index(items);
            quote!(items(#name, #items))
        }));
        limits.into_iter().map(Printed::from).collect()
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
        let fixed_value = |parameter: &Parameter| named.set.iter().find(|(name, _)| *name == parameter.name);
        let value = |parameter: &Parameter| match fixed_value(parameter) {
            None => ident(&Self::parameter_name(&parameter.name)).into_token_stream(),
            Some((_, value)) if !self.is_set_of_values(parameter) => ident(value).into_token_stream(),
            Some((_, value)) => {
                let (of, variant) = (rust(parameter), ident(&value_name(value)));
                quote!(#of::#variant)
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
        let is_named = constructor::by_name(&required().map(rust).collect::<Vec<_>>());
        let arguments = required().map(|parameter| {
            let (field, value) = (ident(&Self::parameter_name(&parameter.name)), value(parameter));
            match (is_named, fixed_value(parameter)) {
                (true, Some(_)) => quote!(#field: #value),
                // An argument has the field's name, and a literal names the two once.
                (true, None) | (false, _) => value,
            }
        });
        let made = match is_named {
            true => {
                let required = ident(&constructor::required_name(&request));
                quote!(Self::new(#required { #(#arguments),* }))
            }
            false => quote!(Self::new(#(#arguments),*)),
        };
        let optional = fixed.chain(taken()).filter(|parameter| !parameter.required);
        let set = optional.map(|parameter| {
            let (setter, value) = (ident(&Self::parameter_name(&parameter.name)), value(parameter));
            quote!(.#setter(#value))
        });
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
            value: quote!(#made #(#set)*).into(),
        }
    }

    fn is_set_of_values(&self, parameter: &Parameter) -> bool {
        match self.product.resolve(&parameter.ty) {
            Type::Named(name) => self.is_value_set(name),
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
    /// The call of `new` and of setters that makes it.
    value: Printed,
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

fn row(rule: &Rule) -> Row {
    Row {
        text: rule_text(rule),
        code: rule.code,
        when: rule.when.iter().map(|when| condition(when).into()).collect(),
        need: need(&rule.need).into(),
    }
}

fn condition(condition: &Condition) -> TokenStream {
    match condition {
        Condition::Sent {
            parameter,
            sent: true,
        } => quote!(sent(#parameter)),
        Condition::Sent {
            parameter,
            sent: false,
        } => quote!(not_sent(#parameter)),
        Condition::Is {
            parameter,
            values,
            by_default: true,
        } => quote!(is_or_default(#parameter, [#(#values),*])),
        Condition::Is {
            parameter, values, ..
        } => quote!(is(#parameter, [#(#values),*])),
    }
}

fn need(need: &Need) -> TokenStream {
    match need {
        Need::Required(names) => quote!(required([#(#names),*])),
        Need::OneOf(names) => quote!(one_of([#(#names),*])),
        Need::Exclusive(names) => quote!(exclusive([#(#names),*])),
        Need::Together(names) => quote!(together([#(#names),*])),
        Need::Forbidden(names) => quote!(forbidden([#(#names),*])),
        Need::Positive(names) => quote!(positive([#(#names),*])),
        Need::Values {
            parameter, refused, ..
        } => quote!(not(#parameter, [#(#refused),*])),
        Need::Pattern {
            parameter,
            pattern: form,
        } => pattern(parameter, form),
        Need::Range { parameter, min, max } => range(parameter, min, max),
        Need::Span { from, to, hours } => {
            let millis = number(i64::from(*hours) * 3_600_000);
            quote!(span(#from, #to, #millis))
        }
        Need::Combinations(sets) => {
            let names = need.parameters();
            let sets = sets.iter().map(|set| quote!([#(#set),*]));
            quote!(combinations([#(#names),*], #(#sets),*))
        }
    }
}

/// A range with its bounds as text, empty where there is none.
fn range(name: &str, min: &Option<String>, max: &Option<String>) -> TokenStream {
    let (min, max) = (
        min.as_deref().unwrap_or_default(),
        max.as_deref().unwrap_or_default(),
    );
    quote!(range(#name, #min, #max))
}

fn pattern(name: &str, Pattern { class, min, max }: &Pattern) -> TokenStream {
    let (min, max) = (index(*min), index(*max));
    quote!(pattern(#name, #class, #min, #max))
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
        Need::Forbidden(names) => format!("{} must not be sent", all(&spans(names))),
        Need::Positive(names) => format!("{} must be above 0", all(&spans(names))),
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
