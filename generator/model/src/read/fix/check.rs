//! What makes a dictionary whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Diagnostic, Warning};
use crate::fix::{Component, Dictionary, Field, FieldType, Member, MemberKind, Message};
use crate::source::{Place, SourceFile};

struct Check<'s> {
    file: &'s SourceFile,
    fields: BTreeMap<&'s str, &'s Field>,
    components: BTreeMap<&'s str, &'s Component>,
    found: &'s mut Vec<Diagnostic>,
}

/// Everything that is wrong with a dictionary whose elements could be read.
pub(super) fn check(file: &SourceFile, dictionary: &Dictionary, found: &mut Vec<Diagnostic>) {
    let mut fields = BTreeMap::new();
    let mut numbers: BTreeMap<u32, &Field> = BTreeMap::new();
    let mut add = |line: Place, message: String, remedy: &str| {
        found.push(Diagnostic::new(&file.path, line, message, remedy));
    };
    for field in &dictionary.fields {
        if let Some(first) = fields.insert(field.name.as_str(), field) {
            let message = format!(
                "field `{}` is declared twice, first in line {}",
                field.name, first.line.0.line
            );
            add(field.line.0, message, "remove one of the two");
        }
        match numbers.insert(field.number, field) {
            Some(first) if first.name != field.name => {
                let message = format!(
                    "number {} belongs to field `{}` already",
                    field.number, first.name
                );
                add(field.line.0, message, "give the field its own number");
            }
            _ if field.number == 0 => add(
                field.line.0,
                format!("field `{}` has no usable number", field.name),
                "numbers are 1 to 999999999",
            ),
            _ => {}
        }
        let (mut codes, mut names) = (BTreeSet::new(), BTreeSet::new());
        for value in &field.values {
            if !codes.insert(&value.code) {
                let message = format!(
                    "value `{}` of field `{}` is declared twice",
                    value.code, field.name
                );
                add(value.line.0, message, "remove one of the two");
            } else if !names.insert(&value.name) {
                let message = format!("two values of field `{}` are called `{}`", field.name, value.name);
                add(value.line.0, message, "give each value its own description");
            }
            if !value.code.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                let message = format!(
                    "value `{}` of field `{}` is not printable ASCII",
                    value.code, field.name
                );
                add(value.line.0, message, "correct the value");
            }
            if field.field_type == FieldType::Char && value.code.len() != 1 {
                let message = format!(
                    "value `{}` of field `{}` is not one character",
                    value.code, field.name
                );
                add(value.line.0, message, "correct the value, or the field's type");
            }
            if field.field_type == FieldType::Int && value.code.parse::<i64>().is_err() {
                let message = format!(
                    "value `{}` of field `{}` is not a whole number",
                    value.code, field.name
                );
                add(value.line.0, message, "correct the value, or the field's type");
            }
        }
    }
    let mut components = BTreeMap::new();
    for component in &dictionary.components {
        if components.insert(component.name.as_str(), component).is_some() {
            let message = format!("component `{}` is declared twice", component.name);
            add(component.line.0, message, "remove one of the two");
        }
    }
    let (mut names, mut types): (BTreeSet<&str>, BTreeMap<&str, &Message>) = Default::default();
    for message in &dictionary.messages {
        if !names.insert(&message.name) {
            let text = format!("message `{}` is declared twice", message.name);
            add(message.line.0, text, "remove one of the two");
        }
        if let Some(first) = types.insert(&message.msg_type, message) {
            let text = format!(
                "msgtype `{}` belongs to message `{}` already",
                message.msg_type, first.name
            );
            add(message.line.0, text, "give the message its own msgtype");
        }
    }
    let mut check = Check {
        file,
        fields,
        components,
        found,
    };
    check.frame(dictionary);
    check.members(&dictionary.header);
    check.members(&dictionary.trailer);
    for component in &dictionary.components {
        check.members(&component.members);
    }
    for message in &dictionary.messages {
        check.members(&message.members);
    }
    if check.cycles(dictionary) {
        return;
    }
    for message in &dictionary.messages {
        let mut seen = BTreeMap::new();
        check.repeated(&message.members, &message.name, message.line.0, &mut seen);
    }
}

impl<'s> Check<'s> {
    fn report(&mut self, line: Place, message: String, remedy: impl Into<String>) {
        self.found
            .push(Diagnostic::new(&self.file.path, line, message, remedy));
    }

    /// The fields that frame every message are the codec's own business.
    fn frame(&mut self, dictionary: &Dictionary) {
        let frame = [
            (
                "header",
                &dictionary.header,
                ["BeginString", "BodyLength", "MsgType"].as_slice(),
            ),
            ("trailer", &dictionary.trailer, ["CheckSum"].as_slice()),
        ];
        for (section, members, names) in frame {
            let place: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
            let framed = if section == "header" {
                place.starts_with(names)
            } else {
                place.ends_with(names)
            };
            if !framed {
                // An empty section has no line in the model; the file starts with the element that holds it.
                let line = members.first().map_or(Place::from(1), |member| member.line.0);
                let message = format!("<{section}> has {place:?} in place of {names:?}");
                self.report(line, message, "put these fields there, in this order");
            }
        }
        for (name, number) in [
            ("BeginString", 8),
            ("BodyLength", 9),
            ("CheckSum", 10),
            ("MsgType", 35),
        ] {
            if let Some(field) = self
                .fields
                .get(name)
                .copied()
                .filter(|field| field.number != number)
            {
                let message = format!("field `{name}` has the number {}", field.number);
                self.report(field.line.0, message, format!("its number is {number}"));
            }
        }
    }

    fn members(&mut self, members: &[Member]) {
        for (index, member) in members.iter().enumerate() {
            let (name, line) = (&member.name, member.line.0);
            match &member.kind {
                MemberKind::Field => match self.fields.get(name.as_str()).copied() {
                    None => self.report(
                        line,
                        format!("field `{name}` is not declared"),
                        "declare it under <fields>, or correct the name",
                    ),
                    Some(field) if matches!(field.field_type, FieldType::Data | FieldType::XmlData) => {
                        let length = index.checked_sub(1).and_then(|before| members.get(before));
                        let length = length.and_then(|member| self.fields.get(member.name.as_str()));
                        if length.is_none_or(|field| field.field_type != FieldType::Length) {
                            self.report(
                                line,
                                format!("data field `{name}` has no length field before it"),
                                "put the field of type LENGTH right before it",
                            );
                        }
                    }
                    Some(_) => {}
                },
                MemberKind::Component => {
                    if !self.components.contains_key(name.as_str()) {
                        self.report(
                            line,
                            format!("component `{name}` is not declared"),
                            "declare it under <components>, or correct the name",
                        );
                    }
                }
                MemberKind::Group(entry) => {
                    match self.fields.get(name.as_str()).copied() {
                        None => self.report(
                            line,
                            format!("group `{name}` has no count field"),
                            format!("declare `{name}` under <fields> with the type NUMINGROUP"),
                        ),
                        Some(field) if field.field_type != FieldType::NumInGroup => self.report(
                            line,
                            format!(
                                "the count field of group `{name}` is of type {}",
                                field.field_type.name()
                            ),
                            format!("give the field in line {} the type NUMINGROUP", field.line.0.line),
                        ),
                        Some(_) => {}
                    }
                    if entry.is_empty() {
                        self.report(
                            line,
                            format!("group `{name}` is empty"),
                            "give its entries fields",
                        );
                    }
                    self.members(entry);
                }
            }
        }
    }

    /// Whether a component contains itself.
    fn cycles(&mut self, dictionary: &Dictionary) -> bool {
        let mut done = BTreeSet::new();
        let before = self.found.len();
        for component in &dictionary.components {
            let mut path = Vec::new();
            self.visit(component.name.as_str(), component.line.0, &mut path, &mut done);
        }
        self.found.len() > before
    }

    fn visit(&mut self, name: &str, line: Place, path: &mut Vec<String>, done: &mut BTreeSet<String>) {
        if let Some(start) = path.iter().position(|earlier| earlier == name) {
            let circle = path.get(start..).unwrap_or_default().join(" → ");
            self.report(
                line,
                format!("component `{name}` contains itself: {circle} → {name}"),
                "break the circle",
            );
            return;
        }
        let Some(component) = self
            .components
            .get(name)
            .copied()
            .filter(|_| !done.contains(name))
        else {
            return;
        };
        path.push(name.to_owned());
        let mut uses = Vec::new();
        collect_components(&component.members, &mut uses);
        for member in uses {
            self.visit(&member.name, member.line.0, path, done);
        }
        path.pop();
        done.insert(name.to_owned());
    }

    /// Reports fields that stand twice in one message, or in one entry of a group, components included.
    fn repeated(
        &mut self,
        members: &'s [Member],
        owner: &str,
        use_line: Place,
        seen: &mut BTreeMap<&'s str, Place>,
    ) {
        for member in members {
            match &member.kind {
                MemberKind::Component => {
                    if let Some(component) = self.components.get(member.name.as_str()).copied() {
                        self.repeated(&component.members, owner, member.line.0, seen);
                    }
                    continue;
                }
                MemberKind::Group(entry) => self.repeated(entry, owner, use_line, &mut BTreeMap::new()),
                MemberKind::Field => {}
            }
            if seen.insert(&member.name, member.line.0).is_some() {
                let message = format!("field `{}` occurs twice in `{owner}`", member.name);
                self.report(member.line.0.max(use_line), message, "remove one of the two");
            }
        }
    }
}

fn collect_components<'m>(members: &'m [Member], out: &mut Vec<&'m Member>) {
    for member in members {
        match &member.kind {
            MemberKind::Component => out.push(member),
            MemberKind::Group(entry) => collect_components(entry, out),
            MemberKind::Field => {}
        }
    }
}

/// What is odd about a dictionary that is whole.
pub(super) fn warnings(file: &SourceFile, dictionary: &Dictionary) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |line: Place, message: String| warnings.push(Warning::new(&file.path, line, message));
    let (mut used, mut used_components) = (BTreeSet::new(), BTreeSet::new());
    let bodies = dictionary.messages.iter().map(|message| &message.members);
    let components = dictionary.components.iter().map(|component| &component.members);
    for members in [&dictionary.header, &dictionary.trailer]
        .into_iter()
        .chain(bodies)
        .chain(components)
    {
        collect_used(members, &mut used, &mut used_components);
    }
    for field in &dictionary.fields {
        if !used.contains(field.name.as_str()) {
            let text = format!(
                "field `{}` is not used by any message; its number stays a constant",
                field.name
            );
            warn(field.line.0, text);
        }
        if field.field_type == FieldType::Boolean && field.values.len() == 1 {
            let text = format!(
                "field `{}` lists one of the two values of BOOLEAN; both are read",
                field.name
            );
            warn(field.line.0, text);
        }
    }
    for member in &dictionary.trailer {
        if member.name != "CheckSum" && !member.required {
            let text = format!(
                "trailer field `{}` is not sent, and is read among the undeclared fields of a message",
                member.name
            );
            warn(member.line.0, text);
        }
    }
    for component in &dictionary.components {
        if !used_components.contains(component.name.as_str()) {
            warn(
                component.line.0,
                format!("component `{}` is not used by any message", component.name),
            );
        }
    }
    if let Some(field) = dictionary
        .field("MsgType")
        .filter(|field| !field.values.is_empty())
    {
        for message in &dictionary.messages {
            if !field.values.iter().any(|value| value.code == message.msg_type) {
                let text = format!(
                    "MsgType does not list `{}` of message `{}`",
                    message.msg_type, message.name
                );
                warn(message.line.0, text);
            }
        }
        for value in &field.values {
            if !dictionary
                .messages
                .iter()
                .any(|message| message.msg_type == value.code)
            {
                warn(
                    value.line.0,
                    format!("MsgType lists `{}`, which no message has", value.code),
                );
            }
        }
    }
    warnings
}

fn collect_used<'m>(
    members: &'m [Member],
    fields: &mut BTreeSet<&'m str>,
    components: &mut BTreeSet<&'m str>,
) {
    for member in members {
        match &member.kind {
            MemberKind::Component => {
                components.insert(&member.name);
            }
            MemberKind::Group(entry) => {
                fields.insert(&member.name);
                collect_used(entry, fields, components);
            }
            MemberKind::Field => {
                fields.insert(&member.name);
            }
        }
    }
}
