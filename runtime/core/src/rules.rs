//! Rules of requests, and the check that a request obeys them.
//!
//! Rules are tables: [`request!`](crate::request) writes them from the specs, and one interpreter reads them. It looks at
//! the parameters as they are sent, by their names, so a parameter that was set by name counts as any other. What it does
//! not know (a value that is not in the specs) it lets through: the exchange decides.

use std::borrow::Cow;
use std::fmt;

use crate::json::{Kind, Reader};
use crate::{CallName, Decimal, ErrorCode, ParamSink, Timestamp};

/// The rules of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    rules: &'static [Rule],
    limits: &'static [Need],
    entries: &'static [EntryRules],
}

/// An empty list, for [`request!`](crate::request).
#[doc(hidden)]
pub const fn none<T>() -> &'static [T] {
    &[]
}

/// The rules of the objects that a parameter carries as JSON: of one, or of each in a list.
pub type EntryRules = (&'static str, &'static [Rule]);

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The rule in words.
    pub text: &'static str,
    /// The exchange's code for a request that breaks it, where one is documented.
    pub code: Option<ErrorCode>,
    /// The conditions under which it holds: all of them.
    pub when: &'static [When],
    /// What it demands.
    pub need: Need,
}

/// A condition.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// The parameter is sent with one of these values.
    Is(&'static str, &'static [&'static str]),
    /// The parameter is sent with one of these values, or is not sent.
    IsOrDefault(&'static str, &'static [&'static str]),
    /// The parameter is sent.
    Sent(&'static str),
    /// The parameter is not sent.
    NotSent(&'static str),
}

/// What a rule demands of the parameters named.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// All are sent.
    Required(&'static [&'static str]),
    /// At least one is sent.
    OneOf(&'static [&'static str]),
    /// At most one is sent.
    Exclusive(&'static [&'static str]),
    /// All are sent, or none.
    Together(&'static [&'static str]),
    /// None is sent.
    Forbidden(&'static [&'static str]),
    /// Each that is sent is a number above 0.
    Positive(&'static [&'static str]),
    /// The parameter has none of these values.
    Not(&'static str, &'static [&'static str]),
    /// The parameter is a text of these characters (a list of single ones and of ranges: `a-z0-9_-`; empty: any), and
    /// of so many.
    Pattern(&'static str, &'static str, usize, usize),
    /// The parameter is a number that is not less than the first bound, and not more than the second; an empty bound is
    /// none.
    Range(&'static str, &'static str, &'static str),
    /// The list has no more items.
    Items(&'static str, usize),
    /// The second time is no more than so many milliseconds after the first.
    Span(&'static str, &'static str, i64),
    /// Of the first list, exactly the parameters of one of the others are sent.
    Combinations(&'static [&'static str], &'static [&'static [&'static str]]),
}

/// A request that breaks a rule of its operation. It was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidRequest {
    /// The rule in words.
    pub rule: Cow<'static, str>,
    /// The parameters that break it: those that are missing, too many or of a wrong value.
    pub parameters: Vec<&'static str>,
    /// The place of the object that breaks it, where the rule is about objects that a parameter carries: the parameter,
    /// and the index in its list.
    pub entry: Option<(&'static str, usize)>,
    /// The code that the exchange would refuse the request with, where one is documented.
    pub code: Option<ErrorCode>,
    /// The documented name of the code.
    pub code_name: Option<&'static str>,
    /// The call.
    pub call: Option<Box<CallName>>,
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((parameter, index)) = self.entry {
            write!(f, "{parameter}[{index}]: ")?;
        }
        f.write_str(self.rule.trim_end_matches('.'))?;
        let unnamed = match self.rule_names_them() {
            true => &[][..],
            false => &self.parameters,
        };
        for (index, name) in unnamed.iter().enumerate() {
            let before = if index == 0 { " (" } else { ", " };
            write!(f, "{before}{name}")?;
        }
        if !unnamed.is_empty() {
            f.write_str(")")?;
        }
        match (self.code, self.code_name) {
            (Some(code), Some(name)) => write!(f, "; the exchange's code is {name} ({code})"),
            (Some(code), None) => write!(f, "; the exchange's code is {code}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for InvalidRequest {}

impl Rules {
    /// No rules.
    pub const NONE: Self = Self::new(&[], &[], &[]);

    /// The rules of a request, the limits of single parameters, and the rules of objects that it carries.
    ///
    /// # Panics
    /// When compiled, where a table looks at more than 512 things.
    pub const fn new(
        rules: &'static [Rule],
        limits: &'static [Need],
        entries: &'static [EntryRules],
    ) -> Self {
        assert!(facts(rules) <= Facts::MOST, "too many rules");
        let mut index = 0;
        while index < entries.len() {
            assert!(facts(entries[index].1) <= Facts::MOST, "too many rules");
            index += 1;
        }
        Self {
            rules,
            limits,
            entries,
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.limits.is_empty() && self.entries.is_empty()
    }

    /// The rules of the request itself.
    pub const fn rules(&self) -> &'static [Rule] {
        self.rules
    }

    /// The limits of single parameters.
    pub const fn limits(&self) -> &'static [Need] {
        self.limits
    }

    /// The rules of the objects that parameters carry.
    pub const fn entries(&self) -> &'static [EntryRules] {
        self.entries
    }

    /// Checks the parameters that `write` hands to a sink.
    ///
    /// # Errors
    /// The first rule that they break.
    pub fn check(&self, write: &dyn Fn(&mut dyn ParamSink)) -> Result<(), InvalidRequest> {
        if self.is_empty() {
            return Ok(());
        }
        let mut sight = Sight::of(self.rules);
        sight.limits = self.limits;
        sight.entries = self.entries;
        write(&mut sight);
        if let Some(need) = sight.past_limit {
            return Err(InvalidRequest::new(need.to_string(), need.names().to_vec(), None));
        }
        if let Some(broken) = sight.of_entries {
            return Err(*broken);
        }
        match broken(self.rules, &sight.facts, write) {
            Some(broken) => Err(broken),
            None => Ok(()),
        }
    }
}

impl InvalidRequest {
    /// Whether the rule names the parameters that break it, and no others.
    fn rule_names_them(&self) -> bool {
        // What else is in backticks is a set of characters: `[a-z]`.
        let named = || {
            let spans = self.rule.split('`').skip(1).step_by(2);
            spans.filter(|span| !span.starts_with('['))
        };
        named().all(|name| self.parameters.contains(&name))
            && self
                .parameters
                .iter()
                .all(|parameter| named().any(|name| name == *parameter))
    }

    fn new(
        rule: impl Into<Cow<'static, str>>,
        parameters: Vec<&'static str>,
        code: Option<ErrorCode>,
    ) -> Self {
        Self {
            rule: rule.into(),
            parameters,
            entry: None,
            code,
            code_name: None,
            call: None,
        }
    }
}

impl Need {
    /// The parameters that it is about.
    const fn names(&self) -> &[&'static str] {
        match self {
            Self::Required(names)
            | Self::OneOf(names)
            | Self::Exclusive(names)
            | Self::Together(names)
            | Self::Forbidden(names)
            | Self::Positive(names)
            | Self::Combinations(names, _) => names,
            Self::Not(name, _) | Self::Pattern(name, ..) | Self::Range(name, ..) | Self::Items(name, _) => {
                std::slice::from_ref(name)
            }
            // The first: the other is looked at only where both are sent.
            Self::Span(from, ..) => std::slice::from_ref(from),
        }
    }

    /// Whether a value is one that the need is about: for most, that there is any; for those about the value itself,
    /// that it is wrong.
    fn is_met_with(&self, value: Value<'_>) -> bool {
        match self {
            Self::Positive(_) => value.number().is_some_and(|number| number <= Decimal::ZERO),
            Self::Not(_, refused) => value.is_one_of(refused),
            Self::Pattern(_, class, least, most) => match value {
                Value::Text(text) => {
                    let length = text.chars().count();
                    !(*least..=*most).contains(&length) || !text.chars().all(|c| in_class(class, c))
                }
                _ => false,
            },
            Self::Range(_, least, most) => value.number().is_some_and(|number| {
                let bound = |text: &str| text.parse::<Decimal>().ok();
                bound(least).is_some_and(|least| number < least)
                    || bound(most).is_some_and(|most| number > most)
            }),
            Self::Items(_, most) => match value {
                Value::Json(text) => items(text) > *most,
                _ => false,
            },
            _ => true,
        }
    }
}

/// The words for the limit of a single parameter, whose rule has no text of its own.
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(name, least, "") => write!(f, "`{name}` is at least {least}"),
            Self::Range(name, "", most) => write!(f, "`{name}` is at most {most}"),
            Self::Range(name, least, most) => write!(f, "`{name}` is {least} to {most}"),
            Self::Pattern(name, "", least, most) => write!(f, "`{name}` has {least} to {most} characters"),
            Self::Pattern(name, class, least, most) => {
                write!(f, "`{name}` has {least} to {most} characters, all of `[{class}]`")
            }
            Self::Items(name, most) => write!(f, "`{name}` has at most {most} items"),
            other => fmt::Debug::fmt(other, f),
        }
    }
}

/// Whether a character is in a list of single ones and of ranges.
fn in_class(class: &str, c: char) -> bool {
    let mut rest = class.chars();
    if class.is_empty() {
        return true;
    }
    while let Some(first) = rest.next() {
        let mut ahead = rest.clone();
        let last = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) => {
                rest = ahead;
                last
            }
            _ => first,
        };
        if (first..=last).contains(&c) {
            return true;
        }
    }
    false
}

/// How many items a JSON list has; 0 for what is none.
fn items(json: &str) -> usize {
    let mut count = 0;
    // What cannot be read is for the exchange to refuse.
    let _ = each(json, |_| {
        count += 1;
        Ok(())
    });
    count
}

/// Calls `read` at each element of a JSON list, or at the value itself where it is none.
fn each<'a>(
    json: &'a str,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<(), crate::DecodeError>,
) -> Result<(), crate::DecodeError> {
    let mut reader = Reader::new(json);
    if reader.peek_kind()? != Kind::Array {
        return Ok(());
    }
    reader.begin_array()?;
    while reader.next_element()? {
        let mut element = Reader::new(reader.raw_value()?);
        read(&mut element)?;
    }
    Ok(())
}

/// A value as it is sent.
#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Integer(i64),
    Decimal(Decimal),
    Boolean(bool),
    Time(Timestamp),
    Json(&'a str),
}

impl Value<'_> {
    fn is_one_of(self, values: &[&str]) -> bool {
        match self {
            Self::Text(text) => values.contains(&text),
            Self::Boolean(truth) => values.contains(&if truth { "true" } else { "false" }),
            _ => false,
        }
    }

    fn number(self) -> Option<Decimal> {
        match self {
            Self::Integer(number) => Some(number.into()),
            Self::Decimal(number) => Some(number),
            // Numbers that are sent as text.
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn micros(self) -> Option<i64> {
        match self {
            // A time that was set by name: of this size it is in microseconds, as some products take it.
            Self::Integer(micros) if micros.unsigned_abs() >= 100_000_000_000_000 => Some(micros),
            Self::Integer(millis) => millis.checked_mul(1000),
            Self::Time(time) => Some(time.as_micros()),
            _ => None,
        }
    }
}

/// What is known of the parameters: one bit for each thing that rules look at, in the order of the rules.
#[derive(Clone, Copy, Default)]
struct Facts([u64; 8]);

impl Facts {
    const MOST: usize = 512;

    fn note(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    fn has(&self, index: usize) -> bool {
        self.0
            .get(index / 64)
            .is_some_and(|word| word & (1 << (index % 64)) != 0)
    }
}

/// How many things rules look at. A condition has two: that the parameter is sent, and that it has the value.
const fn facts(rules: &[Rule]) -> usize {
    let (mut count, mut index) = (0, 0);
    while index < rules.len() {
        count += 2 * rules[index].when.len() + rules[index].need.names().len();
        index += 1;
    }
    count
}

/// Looks at parameters on behalf of rules, and keeps none.
struct Sight {
    rules: &'static [Rule],
    limits: &'static [Need],
    entries: &'static [EntryRules],
    facts: Facts,
    past_limit: Option<&'static Need>,
    of_entries: Option<Box<InvalidRequest>>,
}

impl Sight {
    fn of(rules: &'static [Rule]) -> Self {
        Self {
            rules,
            limits: &[],
            entries: &[],
            facts: Facts::default(),
            past_limit: None,
            of_entries: None,
        }
    }

    fn see(&mut self, name: &str, value: Value<'_>) {
        let mut index = 0;
        for rule in self.rules {
            for when in rule.when {
                let (of, values): (&str, &[&str]) = match when {
                    When::Is(of, values) | When::IsOrDefault(of, values) => (of, values),
                    When::Sent(of) | When::NotSent(of) => (of, &[]),
                };
                if of == name {
                    self.facts.note(index);
                    if value.is_one_of(values) {
                        self.facts.note(index + 1);
                    }
                }
                index += 2;
            }
            for of in rule.need.names() {
                if *of == name && rule.need.is_met_with(value) {
                    self.facts.note(index);
                }
                index += 1;
            }
        }
        let mut limits = self.limits.iter();
        if self.past_limit.is_none() {
            self.past_limit = limits.find(|limit| limit.names() == [name] && limit.is_met_with(value));
        }
    }

    fn see_entries(&mut self, name: &str, json: &str) {
        let of_this = self.entries.iter().find(|(parameter, _)| *parameter == name);
        let Some(&(parameter, rules)) = of_this.filter(|_| self.of_entries.is_none()) else {
            return;
        };
        let mut index = 0;
        // What cannot be read is for the exchange to refuse.
        let _ = each(json, |entry| {
            let mut sight = Sight::of(rules);
            let text = entry.clone().raw_value()?;
            let write = |sink: &mut dyn ParamSink| {
                let _ = members(text, sink);
            };
            write(&mut sight);
            if self.of_entries.is_none()
                && let Some(mut broken) = broken(rules, &sight.facts, &write)
            {
                broken.entry = Some((parameter, index));
                self.of_entries = Some(Box::new(broken));
            }
            index += 1;
            Ok(())
        });
    }
}

/// Hands the members of a JSON object to `sink`.
fn members(json: &str, sink: &mut dyn ParamSink) -> Result<(), crate::DecodeError> {
    let mut reader = Reader::new(json);
    if reader.peek_kind()? != Kind::Object {
        return Ok(());
    }
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        match reader.peek_kind()? {
            Kind::String => sink.text(&key, &reader.read_str()?),
            Kind::Number => {
                let text = reader.raw_value()?;
                match text.parse() {
                    Ok(number) => sink.integer(&key, number),
                    Err(_) => sink.text(&key, text),
                }
            }
            Kind::Boolean => sink.boolean(&key, reader.read_bool()?),
            Kind::Null => {
                reader.raw_value()?;
            }
            Kind::Object | Kind::Array => sink.json(&key, reader.raw_value()?),
        }
    }
    Ok(())
}

impl ParamSink for Sight {
    fn text(&mut self, name: &str, value: &str) {
        self.see(name, Value::Text(value));
    }

    fn integer(&mut self, name: &str, value: i64) {
        self.see(name, Value::Integer(value));
    }

    fn decimal(&mut self, name: &str, value: Decimal) {
        self.see(name, Value::Decimal(value));
    }

    fn boolean(&mut self, name: &str, value: bool) {
        self.see(name, Value::Boolean(value));
    }

    fn json(&mut self, name: &str, json: &str) {
        self.see(name, Value::Json(json));
        self.see_entries(name, json);
    }

    fn timestamp(&mut self, name: &str, value: Timestamp) {
        self.see(name, Value::Time(value));
    }
}

/// Two times of a request, in microseconds.
struct Times {
    names: [&'static str; 2],
    micros: [Option<i64>; 2],
}

impl Times {
    fn see(&mut self, name: &str, value: Value<'_>) {
        for (of, micros) in self.names.iter().zip(&mut self.micros) {
            if *of == name {
                *micros = value.micros();
            }
        }
    }
}

impl ParamSink for Times {
    fn text(&mut self, _: &str, _: &str) {}

    fn integer(&mut self, name: &str, value: i64) {
        self.see(name, Value::Integer(value));
    }

    fn decimal(&mut self, _: &str, _: Decimal) {}

    fn boolean(&mut self, _: &str, _: bool) {}

    fn json(&mut self, _: &str, _: &str) {}

    fn timestamp(&mut self, name: &str, value: Timestamp) {
        self.see(name, Value::Time(value));
    }
}

/// The first rule that is broken.
fn broken(
    rules: &'static [Rule],
    facts: &Facts,
    write: &dyn Fn(&mut dyn ParamSink),
) -> Option<InvalidRequest> {
    let mut index = 0;
    for rule in rules {
        let mut holds = true;
        for when in rule.when {
            let (sent, matches) = (facts.has(index), facts.has(index + 1));
            holds &= match when {
                When::Is(..) => matches,
                When::IsOrDefault(..) => matches || !sent,
                When::Sent(_) => sent,
                When::NotSent(_) => !sent,
            };
            index += 2;
        }
        let first = index;
        index += rule.need.names().len();
        if holds && let Some(parameters) = at_fault(&rule.need, |nth| facts.has(first + nth), write) {
            return Some(InvalidRequest::new(rule.text, parameters, rule.code));
        }
    }
    None
}

/// The parameters that break a rule; `None` where it is obeyed. `sent` is asked for the fact of the nth name.
fn at_fault(
    need: &Need,
    sent: impl Fn(usize) -> bool,
    write: &dyn Fn(&mut dyn ParamSink),
) -> Option<Vec<&'static str>> {
    let names = need.names();
    let count = (0..names.len()).filter(|&nth| sent(nth)).count();
    let which = |present: bool| {
        let chosen = names.iter().enumerate().filter(|(nth, _)| sent(*nth) == present);
        chosen.map(|(_, name)| *name).collect::<Vec<_>>()
    };
    match need {
        Need::Required(_) => (count < names.len()).then(|| which(false)),
        Need::OneOf(_) => (count == 0).then(|| names.to_vec()),
        Need::Exclusive(_) => (count > 1).then(|| which(true)),
        Need::Together(_) => (count > 0 && count < names.len()).then(|| which(false)),
        Need::Forbidden(_)
        | Need::Positive(_)
        | Need::Not(..)
        | Need::Pattern(..)
        | Need::Range(..)
        | Need::Items(..) => (count > 0).then(|| which(true)),
        Need::Span(from, to, millis) => {
            if count == 0 {
                return None;
            }
            let mut times = Times {
                names: [from, to],
                micros: [None; 2],
            };
            write(&mut times);
            let [from_micros, to_micros] = times.micros;
            let span = to_micros?.checked_sub(from_micros?)?;
            (span > millis.checked_mul(1000)?).then(|| vec![*from, *to])
        }
        Need::Combinations(_, allowed) => {
            let fits = |set: &&[&str]| {
                let given = names.iter().enumerate();
                given
                    .into_iter()
                    .all(|(nth, name)| sent(nth) == set.contains(name))
            };
            (!allowed.iter().any(fits)).then(|| which(true))
        }
    }
}

/// Makes a rule of a row of `request!`.
#[doc(hidden)]
#[macro_export]
macro_rules! rule {
    ($text:literal $(code $code:literal)? $(if $($when:ident $of:tt),+)? => $need:ident $args:tt) => {
        $crate::rules::Rule {
            text: $text,
            code: $crate::rule!(@code $($code)?),
            when: &[$($($crate::rule!(@when $when $of)),+)?],
            need: $crate::rule!(@need $need $args),
        }
    };
    (@code) => { ::core::option::Option::None };
    (@code $code:literal) => { ::core::option::Option::Some($crate::ErrorCode($code)) };
    (@when is($name:literal, $values:tt)) => { $crate::rules::When::Is($name, &$values) };
    (@when is_or_default($name:literal, $values:tt)) => { $crate::rules::When::IsOrDefault($name, &$values) };
    (@when sent($name:literal)) => { $crate::rules::When::Sent($name) };
    (@when not_sent($name:literal)) => { $crate::rules::When::NotSent($name) };
    (@need required($names:tt)) => { $crate::rules::Need::Required(&$names) };
    (@need one_of($names:tt)) => { $crate::rules::Need::OneOf(&$names) };
    (@need exclusive($names:tt)) => { $crate::rules::Need::Exclusive(&$names) };
    (@need together($names:tt)) => { $crate::rules::Need::Together(&$names) };
    (@need forbidden($names:tt)) => { $crate::rules::Need::Forbidden(&$names) };
    (@need positive($names:tt)) => { $crate::rules::Need::Positive(&$names) };
    (@need not($name:literal, $values:tt)) => { $crate::rules::Need::Not($name, &$values) };
    (@need pattern($name:literal, $class:literal, $least:literal, $most:literal)) => {
        $crate::rules::Need::Pattern($name, $class, $least, $most)
    };
    (@need range($name:literal, $least:literal, $most:literal)) => {
        $crate::rules::Need::Range($name, $least, $most)
    };
    (@need items($name:literal, $most:literal)) => { $crate::rules::Need::Items($name, $most) };
    (@need span($from:literal, $to:literal, $millis:literal)) => {
        $crate::rules::Need::Span($from, $to, $millis)
    };
    (@need combinations($names:tt, $($set:tt),+)) => {
        $crate::rules::Need::Combinations(&$names, &[$(&$set),+])
    };
}
