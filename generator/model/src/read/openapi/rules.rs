//! Rules of requests and constructors: `x-rules`, `x-constructors`.

use serde_json::Value;

use super::weights::Kind;
use super::{At, Reader};
use crate::api::{Field, Parameter, TimeUnit, Type, TypeKind, WeightCondition};
use crate::diagnostics::one_of;
use crate::names;
use crate::rules::{Condition, NamedConstructor, Need, Pattern, Rule};

/// What rules may name: a parameter, or a member of an object that requests send.
pub(super) struct Subject<'s> {
    name: &'s str,
    ty: &'s Type,
    required: bool,
    default: Option<&'s str>,
    /// Whether it travels in the path or in a header, where rules do not look.
    elsewhere: bool,
}

impl<'s> From<&'s Parameter> for Subject<'s> {
    fn from(parameter: &'s Parameter) -> Self {
        Self {
            name: &parameter.name,
            ty: &parameter.ty,
            required: parameter.required,
            default: parameter.default.as_deref(),
            elsewhere: parameter.in_path || parameter.in_header,
        }
    }
}

impl<'s> From<&'s Field> for Subject<'s> {
    fn from(field: &'s Field) -> Self {
        Self {
            name: &field.name,
            ty: &field.ty,
            required: field.required,
            default: None,
            elsewhere: false,
        }
    }
}

const NEEDS: &[&str] = &[
    "required",
    "one-of",
    "exclusive",
    "together",
    "forbidden",
    "positive",
    "values",
    "pattern",
    "range",
    "span",
    "combinations",
];

impl Reader {
    /// Reads the rules of an operation or of an object.
    pub(super) fn rules(&mut self, at: &At, value: Option<&Value>, subjects: &[Subject<'_>]) -> Vec<Rule> {
        let at = at.child("x-rules");
        let Some(value) = value else { return Vec::new() };
        let Some(rows) = value.as_array() else {
            self.error(
                &at,
                "not a list of rules",
                "see specs/README.md, rules of requests",
            );
            return Vec::new();
        };
        let mut rules: Vec<Rule> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let at = at.child(&index.to_string());
            if let Some(rule) = self.rule(&at, row, subjects) {
                self.contradiction(&at, &rule, &rules);
                rules.push(rule);
            }
        }
        rules
    }

    fn rule(&mut self, at: &At, row: &Value, subjects: &[Subject<'_>]) -> Option<Rule> {
        let mut keys = vec!["when", "code", "hint"];
        keys.extend(NEEDS);
        self.keys(at, row, &keys)?;
        let demands: Vec<&str> = NEEDS
            .iter()
            .copied()
            .filter(|key| row.get(key).is_some())
            .collect();
        let &[demand] = demands.as_slice() else {
            let message = "a rule demands one thing";
            self.error(at, message, format!("write one of {}", NEEDS.join(", ")));
            return None;
        };
        let code = match row.get("code") {
            None => None,
            Some(code) => match code.as_i64().and_then(|code| i32::try_from(code).ok()) {
                Some(code) if code < 0 => Some(code),
                _ => {
                    self.error(&at.child("code"), "not an error code", "write a negative number");
                    return None;
                }
            },
        };
        let hint = row.get("hint").map(|hint| hint.as_str().map(str::to_owned));
        if hint == Some(None) {
            self.error(&at.child("hint"), "not a text", "write what to do instead");
            return None;
        }
        let mut when = Vec::new();
        let conditions = match row.get("when") {
            None => Vec::new(),
            Some(Value::Array(list)) => list
                .iter()
                .enumerate()
                .map(|(index, entry)| (at.child("when").child(&index.to_string()), entry))
                .collect(),
            Some(one) => vec![(at.child("when"), one)],
        };
        for (at, condition) in conditions {
            when.push(self.rule_condition(&at, condition, subjects)?);
        }
        let need_at = at.child(demand);
        let need = self.need(&need_at, demand, row.get(demand)?, subjects)?;
        Some(Rule {
            when,
            need,
            code,
            hint: hint.flatten(),
            location: self.location(at),
        })
    }

    fn rule_condition(&mut self, at: &At, value: &Value, subjects: &[Subject<'_>]) -> Option<Condition> {
        let condition = match self.condition(at, value)? {
            WeightCondition::Present { parameter, present } => {
                let subject = self.subject(&at.child("param"), &parameter, subjects)?;
                if subject.required {
                    let message = format!("`{parameter}` is always sent");
                    self.error(
                        &at.child("param"),
                        message,
                        "look at what is optional, or at values",
                    );
                    return None;
                }
                Condition::Sent {
                    parameter,
                    sent: present,
                }
            }
            WeightCondition::OneOf { parameter, values } => {
                let subject = self.subject(&at.child("param"), &parameter, subjects)?;
                let default = subject.default.map(str::to_owned);
                let known = self.values_of(subject.ty);
                self.known_values(&at.child("in"), &parameter, &values, known.as_deref())?;
                Condition::Is {
                    by_default: default.is_some_and(|default| values.contains(&default)),
                    parameter,
                    values,
                }
            }
            WeightCondition::Range { .. } | WeightCondition::Items { .. } => {
                self.error(at, "a rule depends on presence or on values", "use present or in");
                return None;
            }
        };
        Some(condition)
    }

    fn need(&mut self, at: &At, demand: &str, value: &Value, subjects: &[Subject<'_>]) -> Option<Need> {
        Some(match demand {
            "required" => Need::Required(self.subjects(at, value, subjects, 1)?),
            "one-of" => Need::OneOf(self.subjects(at, value, subjects, 2)?),
            "exclusive" => Need::Exclusive(self.subjects(at, value, subjects, 2)?),
            "together" => Need::Together(self.subjects(at, value, subjects, 2)?),
            "forbidden" => Need::Forbidden(self.subjects(at, value, subjects, 1)?),
            "positive" => {
                let names = self.subjects(at, value, subjects, 1)?;
                let number = |ty: &Type| matches!(ty, Type::Integer { .. } | Type::Decimal { .. });
                let is_number = |name: &&String| {
                    let subject = subjects.iter().find(|subject| subject.name == name.as_str());
                    subject.is_some_and(|subject| number(self.resolved(subject.ty)))
                };
                if let Some(name) = names.iter().find(|name| !is_number(name)) {
                    self.error(at, format!("`{name}` is no number"), "name numbers");
                    return None;
                }
                Need::Positive(names)
            }
            "values" => {
                self.keys(at, value, &["param", "in"])?;
                let subject = self.param(at, value, "param", subjects)?;
                let parameter = subject.name.to_owned();
                let known = self.values_of(subject.ty);
                let allowed = self.texts_of(&at.child("in"), value.get("in"))?;
                self.known_values(&at.child("in"), &parameter, &allowed, known.as_deref())?;
                let mut refused = known.unwrap_or_default();
                refused.retain(|value| !allowed.contains(value));
                if refused.is_empty() {
                    let message = format!("every value of `{parameter}` is allowed");
                    self.error(
                        &at.child("in"),
                        message,
                        "leave values out, or take the rule away",
                    );
                    return None;
                }
                Need::Values {
                    parameter,
                    allowed,
                    refused,
                }
            }
            "pattern" => {
                self.keys(at, value, &["param", "is"])?;
                let subject = self.param(at, value, "param", subjects)?;
                let parameter = subject.name.to_owned();
                if !matches!(self.kind_of(subject.ty), Kind::Text) {
                    let message = format!("`{parameter}` is not a text, and has no pattern");
                    self.error(&at.child("param"), message, "name a text");
                    return None;
                }
                let pattern = self.text_pattern(&at.child("is"), value.get("is").and_then(Value::as_str))?;
                Need::Pattern { parameter, pattern }
            }
            "range" => {
                self.keys(at, value, &["param", "min", "max"])?;
                let subject = self.param(at, value, "param", subjects)?;
                let parameter = subject.name.to_owned();
                let number = |ty: &Type| matches!(ty, Type::Integer { .. } | Type::Decimal { .. });
                if !number(self.resolved(subject.ty)) {
                    let message = format!("`{parameter}` is not a number, and lies in no range");
                    self.error(&at.child("param"), message, "name a number");
                    return None;
                }
                let min = self.bound(at, value, "min")?;
                let max = self.bound(at, value, "max")?;
                let number = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
                let problem = match (number(&min), number(&max)) {
                    (None, None) => Some(("a range has no bound", "write min or max")),
                    (Some(least), Some(most)) if least > most => {
                        Some(("nothing lies in the range", "swap min and max"))
                    }
                    _ => None,
                };
                if let Some((message, remedy)) = problem {
                    self.error(at, message, remedy);
                    return None;
                }
                Need::Range { parameter, min, max }
            }
            "span" => {
                self.keys(at, value, &["from", "to", "hours", "days"])?;
                let from = self.time(at, value, "from", subjects)?;
                let to = self.time(at, value, "to", subjects)?;
                let Some(hours) = hours(value) else {
                    self.error(at, "a span has no length", "write `hours: 24` or `days: 7`");
                    return None;
                };
                Need::Span { from, to, hours }
            }
            _ => {
                let Some(rows) = value.as_array().filter(|rows| rows.len() > 1) else {
                    self.error(at, "not a list of combinations", "list lists of parameters");
                    return None;
                };
                let mut sets = Vec::new();
                for (index, row) in rows.iter().enumerate() {
                    let mut set = self.subjects(&at.child(&index.to_string()), row, subjects, 0)?;
                    set.sort();
                    if sets.contains(&set) {
                        let message = "a combination is listed twice";
                        self.error(&at.child(&index.to_string()), message, "list it once");
                        return None;
                    }
                    sets.push(set);
                }
                Need::Combinations(sets)
            }
        })
    }

    /// A pattern of the one form that clients check.
    pub(super) fn text_pattern(&mut self, at: &At, text: Option<&str>) -> Option<Pattern> {
        let pattern = text.and_then(Pattern::parse);
        if pattern.is_none() {
            let remedy = "write a class and counts: '^[a-zA-Z0-9_-]{1,36}$'";
            self.error(at, "not a pattern that clients can check", remedy);
        }
        pattern
    }

    fn bound(&mut self, at: &At, value: &Value, key: &str) -> Option<Option<String>> {
        let text = match value.get(key) {
            None => return Some(None),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => String::new(),
        };
        let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.'));
        if !plain || text.parse::<f64>().is_err() {
            self.error(
                &at.child(key),
                "not a number",
                "write a number, with fractions in quotes",
            );
            return None;
        }
        Some(Some(text))
    }

    fn time(&mut self, at: &At, value: &Value, key: &str, subjects: &[Subject<'_>]) -> Option<String> {
        let subject = self.param(at, value, key, subjects)?;
        let millis = matches!(
            self.resolved(subject.ty),
            Type::Time {
                unit: TimeUnit::Millisecond,
                as_text: false,
                ..
            }
        );
        if !millis {
            let message = format!("`{}` is not a time in milliseconds", subject.name);
            self.error(&at.child(key), message, "name a parameter with `x-time: ms`");
            return None;
        }
        Some(subject.name.to_owned())
    }

    /// The subject that a key names.
    fn param<'s, 'l>(
        &mut self,
        at: &At,
        value: &Value,
        key: &str,
        subjects: &'l [Subject<'s>],
    ) -> Option<&'l Subject<'s>> {
        let Some(name) = value.get(key).and_then(Value::as_str) else {
            self.error(at, format!("a rule has no `{key}`"), "name a parameter there");
            return None;
        };
        self.subject(&at.child(key), name, subjects)
    }

    fn subject<'s, 'l>(
        &mut self,
        at: &At,
        name: &str,
        subjects: &'l [Subject<'s>],
    ) -> Option<&'l Subject<'s>> {
        let Some(subject) = subjects.iter().find(|subject| subject.name == name) else {
            let known: Vec<&str> = subjects.iter().map(|subject| subject.name).collect();
            self.error(
                at,
                format!("no parameter is called `{name}`"),
                one_of(&known, name),
            );
            return None;
        };
        if subject.elsewhere {
            let message = format!("`{name}` travels in the path or in a header, where rules do not look");
            self.error(at, message, "name a parameter of the query or of the body");
            return None;
        }
        Some(subject)
    }

    /// A list of subjects, each named once.
    fn subjects(
        &mut self,
        at: &At,
        value: &Value,
        subjects: &[Subject<'_>],
        least: usize,
    ) -> Option<Vec<String>> {
        let names = self.texts_of(at, Some(value))?;
        for (index, name) in names.iter().enumerate() {
            self.subject(&at.child(&index.to_string()), name, subjects)?;
            if names[..index].contains(name) {
                self.error(at, format!("`{name}` is named twice"), "name it once");
                return None;
            }
        }
        if names.len() < least {
            let remedy = format!("name {least} or more");
            self.error(at, "too few parameters for a rule of this kind", remedy);
            return None;
        }
        Some(names)
    }

    fn texts_of(&mut self, at: &At, value: Option<&Value>) -> Option<Vec<String>> {
        let texts = value.and_then(Value::as_array).and_then(|list| {
            let texts = list.iter().map(|text| text.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<String>>>()
        });
        if texts.is_none() {
            self.error(at, "not a list of texts", "write a list, such as [a, b]");
        }
        texts
    }

    /// Refuses values that a type does not have.
    fn known_values(
        &mut self,
        at: &At,
        name: &str,
        values: &[String],
        known: Option<&[String]>,
    ) -> Option<()> {
        let Some(known) = known else {
            let message = format!("`{name}` is neither a value set nor true or false");
            self.error(at, message, "name a parameter with a value set");
            return None;
        };
        let Some(stray) = values.iter().find(|value| !known.contains(value)) else {
            return Some(());
        };
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.error(
            at,
            format!("`{stray}` is no value of `{name}`"),
            one_of(&known, stray),
        );
        None
    }

    /// The values that a type has, where they can be listed.
    fn values_of(&self, ty: &Type) -> Option<Vec<String>> {
        match self.resolved(ty) {
            Type::Boolean { .. } => Some(vec!["true".to_owned(), "false".to_owned()]),
            Type::Named(name) => match self.types.get(name).map(|def| &def.kind) {
                Some(TypeKind::Enum(values)) => Some(values.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    fn resolved<'t>(&'t self, ty: &'t Type) -> &'t Type {
        let mut ty = ty;
        // The bound ends what an alias cycle, reported elsewhere, would go on for ever.
        for _ in 0..=self.types.len() {
            match ty {
                Type::Named(name) => match self.types.get(name).map(|def| &def.kind) {
                    Some(TypeKind::Alias(target)) => ty = target,
                    _ => return ty,
                },
                _ => return ty,
            }
        }
        ty
    }

    /// Refuses a rule that no request can obey, or that says nothing.
    fn contradiction(&mut self, at: &At, rule: &Rule, before: &[Rule]) {
        let sent = |sent: bool, name: &str| {
            rule.when.iter().any(|when| match when {
                Condition::Sent { parameter, sent: is } => parameter == name && *is == sent,
                Condition::Is {
                    parameter,
                    by_default,
                    ..
                } => parameter == name && sent && !by_default,
            })
        };
        let twice = rule.when.iter().enumerate().find(|(index, condition)| {
            let earlier = &rule.when[..*index];
            earlier
                .iter()
                .any(|other| other.parameter() == condition.parameter())
        });
        if let Some((_, condition)) = twice {
            let message = format!("two conditions look at `{}`", condition.parameter());
            self.error(&at.child("when"), message, "write one");
        }
        match &rule.need {
            Need::Forbidden(names) => {
                if let Some(name) = names.iter().find(|name| sent(true, name)) {
                    let message = format!("the rule holds where `{name}` is sent, and forbids it");
                    self.error(at, message, "no request can obey it: correct one of the two");
                }
            }
            Need::Required(names) => {
                if let Some(name) = names.iter().find(|name| sent(true, name)) {
                    let message = format!("the rule holds where `{name}` is sent, and requires it");
                    self.error(at, message, "it says nothing: take the name away");
                }
                if rule.when.is_empty() {
                    let remedy = "write `required: true` at the parameter, or a condition";
                    self.error(at, "a rule without a condition requires parameters", remedy);
                }
            }
            _ => {}
        }
        let clash = before
            .iter()
            .filter(|other| other.when == rule.when)
            .find_map(|other| {
                let (Need::Required(a), Need::Forbidden(b)) = (&other.need, &rule.need) else {
                    let (Need::Forbidden(a), Need::Required(b)) = (&other.need, &rule.need) else {
                        return None;
                    };
                    return a.iter().find(|name| b.contains(name));
                };
                a.iter().find(|name| b.contains(name))
            });
        if let Some(name) = clash {
            let message = format!("one rule requires `{name}` and another forbids it, under one condition");
            self.error(at, message, "no request can obey both: correct one of the two");
        }
    }

    /// Reads the constructors of an operation.
    pub(super) fn constructors(
        &mut self,
        at: &At,
        value: Option<&Value>,
        parameters: &[Parameter],
    ) -> Vec<NamedConstructor> {
        let at = at.child("x-constructors");
        let Some(value) = value else { return Vec::new() };
        let Some(entries) = value.as_object() else {
            self.error(&at, "not a mapping", "write names with what they set and take");
            return Vec::new();
        };
        let mut constructors = Vec::new();
        for (name, entry) in entries {
            let at = at.child(name);
            constructors.extend(self.constructor(&at, name, entry, parameters));
        }
        constructors
    }

    fn constructor(
        &mut self,
        at: &At,
        name: &str,
        entry: &Value,
        parameters: &[Parameter],
    ) -> Option<NamedConstructor> {
        self.keys(at, entry, &["description", "set", "takes"])?;
        let subjects: Vec<Subject<'_>> = parameters.iter().map(Subject::from).collect();
        let Some(description) = entry.get("description").and_then(Value::as_str) else {
            self.error(
                at,
                "a constructor has no description",
                "say what its request does",
            );
            return None;
        };
        let method = names::words(name).join("_").to_lowercase();
        let taken = |other: &str| names::words(other).join("_").to_lowercase() == method;
        if method == "new"
            || parameters
                .iter()
                .any(|parameter| !parameter.required && taken(&parameter.name))
        {
            let message = format!("`{name}` is the name of a method that the request has");
            self.error(at, message, "choose another name");
            return None;
        }
        let takes = self.subjects(
            &at.child("takes"),
            entry.get("takes").unwrap_or(&Value::Null),
            &subjects,
            0,
        )?;
        let mut set = Vec::new();
        let fixed = entry.get("set").map_or(Some(Vec::new()), |set| {
            set.as_object().map(|set| set.iter().collect::<Vec<_>>())
        });
        let Some(fixed) = fixed else {
            self.error(
                &at.child("set"),
                "not a mapping",
                "write parameters with their values",
            );
            return None;
        };
        for (parameter, value) in fixed {
            let at = at.child("set").child(parameter);
            let subject = self.subject(&at, parameter, &subjects)?;
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Bool(truth) => truth.to_string(),
                _ => {
                    self.error(
                        &at,
                        "neither a text nor true or false",
                        "write a value of the parameter",
                    );
                    return None;
                }
            };
            let known = self.values_of(subject.ty);
            if known.as_ref().is_none_or(|known| !known.contains(&value)) {
                self.known_values(&at, parameter, std::slice::from_ref(&value), known.as_deref());
                return None;
            }
            if takes.contains(parameter) {
                self.error(
                    &at,
                    format!("`{parameter}` is both set and taken"),
                    "name it once",
                );
                return None;
            }
            set.push((parameter.clone(), value));
        }
        let missing = parameters.iter().find(|parameter| {
            let named =
                takes.contains(&parameter.name) || set.iter().any(|(name, _)| *name == parameter.name);
            parameter.required && !named
        });
        if let Some(missing) = missing {
            let message = format!(
                "the constructor neither sets nor takes `{}`, which is required",
                missing.name
            );
            self.error(at, message, "add it to `takes`");
            return None;
        }
        Some(NamedConstructor {
            name: name.to_owned(),
            description: description.to_owned(),
            set,
            takes,
            location: self.location(at),
        })
    }
}

/// A length of time in `hours` or `days`, one of which is written.
pub(super) fn hours(value: &Value) -> Option<u32> {
    let whole = |key: &str| {
        let number = value.get(key).and_then(Value::as_u64);
        number
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| *number > 0)
    };
    match (whole("hours"), whole("days")) {
        (Some(hours), None) => Some(hours),
        (None, Some(days)) if days < 10_000 => Some(days * 24),
        _ => None,
    }
}
