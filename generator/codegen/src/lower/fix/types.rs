//! Structs and enums of one dictionary.

use std::collections::{BTreeMap, BTreeSet};

use super::{Enum, EnumVariant, Input, Member, Options, Struct};
use crate::diagnostics::Diagnostic;
use crate::model::fix::{self, Dictionary, FieldType, MemberKind};
use crate::names::{Scope, pascal, snake};

/// What the codec takes care of: BeginString, BodyLength, MsgType and CheckSum.
const FRAME: [u32; 4] = [8, 9, 35, 10];

/// Types that the emitted code names besides those of the dictionary.
#[rustfmt::skip]
const TAKEN_TYPES: &[&str] = &[
    "Box", "Checks", "Decimal", "Default", "Dictionary", "Err", "Field", "Fields", "FixError", "FixMessage",
    "FixTimestamp", "Frame", "Header", "Layout", "Message", "MessageWriter", "None", "Ok", "Option", "RawMessage",
    "Result", "Seen", "Some", "UnknownMessage", "UnrecognizedCode", "UnrecognizedValue", "Vec",
];

/// Methods that the emitted structs have besides the setters.
const TAKEN_METHODS: &[&str] = &[
    "clone",
    "complete",
    "default",
    "empty",
    "extra",
    "extra_mut",
    "new",
    "read",
    "take",
    "write",
];

/// The types of one dictionary.
pub(super) struct Types {
    pub(super) header: Struct,
    pub(super) messages: Vec<Struct>,
    pub(super) groups: Vec<Struct>,
    pub(super) enums: Vec<Enum>,
}

struct Lowering<'l> {
    file: &'l str,
    dictionary: &'l Dictionary,
    options: &'l Options,
    found: &'l mut Vec<Diagnostic>,
    scope: Scope,
    groups: Vec<Struct>,
    enums: BTreeMap<String, Enum>,
    /// Names of groups whose entries differ from message to message.
    various: BTreeSet<&'l str>,
}

impl Types {
    pub(super) fn lower(input: &Input<'_>, options: &Options, found: &mut Vec<Diagnostic>) -> Self {
        let dictionary = input.dictionary;
        let mut lowering = Lowering {
            file: &input.file,
            dictionary,
            options,
            found,
            scope: Scope::new(),
            groups: Vec::new(),
            enums: BTreeMap::new(),
            various: various_groups(dictionary),
        };
        for name in TAKEN_TYPES {
            // The first claim of a name cannot fail.
            let _ = lowering.scope.claim(name, "the code around the types");
        }
        for member in &dictionary.trailer {
            if member.name != "CheckSum" {
                lowering.report(
                    member.line.0,
                    format!("trailer field `{}` is not supported", member.name),
                    "keep CheckSum alone in <trailer>",
                );
            }
        }
        let header = lowering.header();
        let messages = dictionary
            .messages
            .iter()
            .map(|message| lowering.message(message))
            .collect();
        Self {
            header,
            messages,
            groups: lowering.groups,
            enums: lowering.enums.into_values().collect(),
        }
    }
}

/// Names of groups that have different entries in different places.
pub fn various_groups(dictionary: &Dictionary) -> BTreeSet<&str> {
    fn walk<'d>(
        members: &'d [fix::Member],
        seen: &mut BTreeMap<&'d str, &'d [fix::Member]>,
        various: &mut BTreeSet<&'d str>,
    ) {
        for member in members {
            if let MemberKind::Group(entry) = &member.kind {
                if *seen.entry(&member.name).or_insert(entry) != entry.as_slice() {
                    various.insert(&member.name);
                }
                walk(entry, seen, various);
            }
        }
    }
    let (mut seen, mut various) = (BTreeMap::new(), BTreeSet::new());
    let messages = dictionary.messages.iter().map(|message| &message.members);
    for members in messages.chain(dictionary.components.iter().map(|component| &component.members)) {
        walk(members, &mut seen, &mut various);
    }
    various
}

impl<'l> Lowering<'l> {
    fn report(&mut self, line: usize, message: String, remedy: &str) {
        self.found.push(Diagnostic::new(self.file, line, message, remedy));
    }

    fn claim(&mut self, rust: &str, original: &str, line: usize) {
        if let Err(other) = self.scope.claim(rust, original) {
            let message = format!("`{original}` and `{other}` both become `{rust}`");
            self.report(line, message, "rename one of the two");
        }
    }

    fn header(&mut self) -> Struct {
        let dictionary = self.dictionary;
        let mut header = self.structure("Header", "Header", &dictionary.header);
        header.doc =
            "The fields in front of every message. BeginString(8), BodyLength(9) and MsgType(35) are the \
                      codec's business."
                .to_owned();
        // Wherever they stand, the frame's fields are not the message's own.
        header.tags.extend(FRAME);
        header.tags.sort_unstable();
        header
    }

    fn message(&mut self, message: &fix::Message) -> Struct {
        let name = pascal(&message.name);
        self.claim(&name, &format!("message {}", message.name), message.line.0);
        let mut lowered = self.structure(&name, &message.name, &message.members);
        lowered.msg_type.clone_from(&message.msg_type);
        let layer = match message.category {
            fix::Category::Admin => "a message of the session",
            fix::Category::App => "a message of the application",
        };
        lowered.doc = format!("{}({}), {layer}.", message.name, message.msg_type);
        lowered.builder = self
            .options
            .builders
            .as_ref()
            .is_none_or(|names| names.contains(&message.name));
        lowered
    }

    /// A struct of these members, components put in place.
    fn structure(&mut self, name: &str, fix_name: &str, members: &[fix::Member]) -> Struct {
        let mut lowered = Struct {
            name: name.to_owned(),
            file: snake(name),
            fix_name: fix_name.to_owned(),
            msg_type: String::new(),
            doc: String::new(),
            members: Vec::new(),
            tags: Vec::new(),
            misplaced: Vec::new(),
            misplaced_pattern: String::new(),
            extra_before: None,
            words: 1,
            has_required: false,
            builder: true,
            uses: Vec::new(),
            runtime: Vec::new(),
            decimal: false,
            many_arguments: false,
            plain_default: false,
        };
        let (mut uses, mut runtime, mut inner) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        self.add(
            members,
            true,
            name,
            &mut lowered,
            &mut uses,
            &mut runtime,
            &mut inner,
        );
        let mut scope = Scope::new();
        let _ = scope.claim("extra", "the fields that are not declared");
        for member in &lowered.members {
            if let Err(other) = scope.claim(&member.rust, &member.fix_name) {
                let message = format!(
                    "`{}` and `{other}` of `{fix_name}` both become `{}`",
                    member.fix_name, member.rust
                );
                self.found
                    .push(Diagnostic::new(self.file, 0, message, "rename one of the two"));
            }
        }
        lowered.tags.sort_unstable();
        lowered.misplaced = inner
            .into_iter()
            .filter(|tag| !lowered.tags.contains(tag))
            .collect();
        lowered.misplaced_pattern = pattern(&lowered.misplaced);
        lowered.words = lowered.members.len().div_ceil(64).max(1);
        // An entry has to start with its first field, even where that is the count of a group.
        lowered.extra_before = lowered
            .members
            .iter()
            .position(|member| member.group.is_some())
            .filter(|at| *at > 0);
        let required = lowered.members.iter().filter(|member| member.required).count();
        lowered.has_required = required > 0;
        lowered.many_arguments = required > 7;
        lowered.plain_default = required == 0;
        lowered.decimal = lowered
            .members
            .iter()
            .any(|member| member.value_type == "Decimal");
        lowered.uses = uses.into_iter().collect();
        lowered.runtime = runtime.into_iter().collect();
        lowered
    }

    #[allow(clippy::too_many_arguments)]
    fn add(
        &mut self,
        members: &[fix::Member],
        required: bool,
        owner: &str,
        lowered: &mut Struct,
        uses: &mut BTreeSet<String>,
        runtime: &mut BTreeSet<String>,
        inner: &mut BTreeSet<u32>,
    ) {
        let mut length: Option<&fix::Field> = None;
        for member in members {
            let must = required && member.required;
            // Copied out of `self`, so that the dictionary's fields outlive the borrow.
            let dictionary = self.dictionary;
            let field = dictionary.field(&member.name);
            match (&member.kind, field) {
                (MemberKind::Component, _) => {
                    if let Some(component) = dictionary.component(&member.name) {
                        self.add(&component.members, must, owner, lowered, uses, runtime, inner);
                    }
                }
                (MemberKind::Group(entry), Some(count)) => {
                    let group = self.group(&member.name, owner, entry, inner, member.line.0);
                    uses.insert(group.clone());
                    lowered.tags.push(count.number);
                    let mut item = plain(count, lowered.members.len(), must);
                    item.rust = member_name(member);
                    item.doc = format!("The entries of {}({}).", count.name, count.number);
                    item.set_type(format!("Vec<{group}<'a>>"), "Vec::new()", true);
                    item.read = format!("fields.group(Self::LAYOUT, {group}::read)");
                    item.write = format!(
                        "writer.uint({:?}, value.len() as u64); for entry in value {{ entry.write(writer); }}",
                        prefix(count.number)
                    );
                    item.group = Some(group);
                    lowered.members.push(item);
                }
                (MemberKind::Field, Some(field)) if !FRAME.contains(&field.number) => {
                    lowered.tags.push(field.number);
                    let mut item = plain(field, lowered.members.len(), must);
                    match length.take() {
                        Some(length) if matches!(field.field_type, FieldType::Data | FieldType::XmlData) => {
                            // The length before it is not a field of the struct: it follows from the data.
                            let before = lowered.members.pop();
                            item.number = lowered.members.len();
                            item.required = must || before.is_some_and(|member| member.required);
                            item.set_type("&'a [u8]".to_owned(), "&[]", false);
                            item.read = format!("fields.data({})", field.number);
                            item.write = format!(
                                "writer.data({:?}, {:?}, value)",
                                prefix(length.number),
                                prefix(field.number)
                            );
                            item.doc = format!(
                                "{}({}), any bytes; {}({}) is written with it.",
                                field.name, field.number, length.name, length.number
                            );
                            item.tag = length.number;
                            item.data_tag = Some(field.number);
                            inner.insert(field.number);
                            lowered.tags.retain(|tag| *tag != field.number);
                        }
                        _ => {
                            self.value(field, &mut item, uses, runtime);
                            if field.field_type == FieldType::Length {
                                length = Some(field);
                            }
                        }
                    }
                    lowered.members.push(item);
                }
                _ => {}
            }
        }
    }

    /// The name of the struct for an entry of a group.
    fn group(
        &mut self,
        name: &str,
        owner: &str,
        entry: &[fix::Member],
        inner: &mut BTreeSet<u32>,
        line: usize,
    ) -> String {
        let rust = group_name(name, owner, &self.various);
        let mut lowered = self.structure(&rust, name, entry);
        lowered.doc = format!("An entry of the group {name}.");
        inner.extend(&lowered.tags);
        inner.extend(&lowered.misplaced);
        match self.groups.iter().find(|known| known.name == rust) {
            Some(known) if *known == lowered => {}
            Some(_) => {
                let message = format!("two groups `{name}` both become `{rust}`");
                self.report(line, message, "give them different count fields");
            }
            None => {
                self.claim(&rust, &format!("group {name}"), line);
                self.groups.push(lowered);
            }
        }
        rust
    }

    /// Settles the type of a field that is not a group.
    fn value(
        &mut self,
        field: &fix::Field,
        item: &mut Member,
        uses: &mut BTreeSet<String>,
        runtime: &mut BTreeSet<String>,
    ) {
        let text = prefix(field.number);
        let Some((value_type, verb, empty)) = plain_type(field) else {
            let name = self.code(field);
            let empty = format!("{name}::{}", self.first_variant(&name));
            item.read = format!("{name}::read(fields)");
            item.write = format!("writer.code({text:?}, value.as_str())");
            item.set_type(name.clone(), &empty, true);
            uses.insert(name);
            return;
        };
        if value_type == "FixTimestamp" {
            runtime.insert(value_type.to_owned());
        }
        item.set_type(value_type.to_owned(), empty, false);
        item.read = format!("fields.{verb}()");
        item.write = match verb {
            "seq_num" => format!("writer.uint({text:?}, u64::from(value))"),
            verb => format!("writer.{verb}({text:?}, value)"),
        };
    }

    fn first_variant(&self, name: &str) -> String {
        let variant = self.enums.get(name).and_then(|item| item.variants.first());
        variant.map(|variant| variant.rust.clone()).unwrap_or_default()
    }

    /// The enum of a field's value set.
    fn code(&mut self, field: &fix::Field) -> String {
        let name = pascal(&field.name);
        if self.enums.contains_key(&name) {
            self.claim(&name, &format!("values of {}", field.name), field.line.0);
            return name;
        }
        self.claim(&name, &format!("values of {}", field.name), field.line.0);
        let mut scope = Scope::new();
        let _ = scope.claim("Unrecognized", "a value that is not known");
        let mut variants = Vec::new();
        for value in &field.values {
            let rust = pascal(&value.name);
            if let Err(other) = scope.claim(&rust, &value.code) {
                let message = format!(
                    "values `{}` and `{other}` of `{}` both become `{rust}`",
                    value.code, field.name
                );
                self.report(value.line.0, message, "give each value its own description");
            }
            let doc = format!("`{}`, {}.", value.code, value.name);
            variants.push(EnumVariant {
                rust,
                code: value.code.clone(),
                doc,
            });
        }
        let copy = matches!(field.field_type, FieldType::Char | FieldType::Int);
        let doc = format!("The values of {}({}).", field.name, field.number);
        self.enums.insert(
            name.clone(),
            Enum {
                name: name.clone(),
                file: snake(&name),
                doc,
                copy,
                variants,
            },
        );
        name
    }
}

/// Sorted tags as a pattern, neighbours as a range.
fn pattern(tags: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for tag in tags {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *tag => *last = *tag,
            _ => ranges.push((*tag, *tag)),
        }
    }
    let parts: Vec<String> = ranges
        .into_iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}..={last}")
            }
        })
        .collect();
    parts.join(" | ")
}

/// A tag and the sign behind it, as a writer wants it.
fn prefix(tag: u32) -> String {
    format!("{tag}=")
}

/// The type of a group's entries; `various`: the groups that are called after their owner too.
pub fn group_name(name: &str, owner: &str, various: &BTreeSet<&str>) -> String {
    let base = pascal(name.strip_prefix("No").unwrap_or(name));
    let base = match base.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => base.strip_suffix('s').unwrap_or(&base).to_owned(),
    };
    if various.contains(name) {
        format!("{owner}{base}Group")
    } else {
        format!("{base}Group")
    }
}

/// What the field of a struct is called that holds a member.
pub fn member_name(member: &fix::Member) -> String {
    match member.kind {
        MemberKind::Group(_) => field_name(member.name.strip_prefix("No").unwrap_or(&member.name)),
        _ => field_name(&member.name),
    }
}

/// The type of a field's value.
pub fn value_type(field: &fix::Field) -> String {
    plain_type(field).map_or_else(|| pascal(&field.name), |(value_type, ..)| value_type.to_owned())
}

/// The type of a field's value, the verb by which it is read and written, and a value; `None` where it is the value set's
/// own.
fn plain_type(field: &fix::Field) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match field.field_type {
        FieldType::Amt
        | FieldType::Float
        | FieldType::Percentage
        | FieldType::Price
        | FieldType::PriceOffset
        | FieldType::Qty => ("Decimal", "decimal", "Decimal::ZERO"),
        FieldType::Boolean => ("bool", "boolean", "false"),
        FieldType::UtcTimestamp => ("FixTimestamp", "timestamp", "FixTimestamp::EPOCH"),
        FieldType::SeqNum => ("u32", "seq_num", "0"),
        FieldType::Length | FieldType::NumInGroup => ("u64", "uint", "0"),
        _ if !field.values.is_empty() => return None,
        FieldType::Char => ("char", "character", "' '"),
        FieldType::Int | FieldType::DayOfMonth => ("i64", "int", "0"),
        FieldType::Data | FieldType::XmlData => ("&'a [u8]", "bytes", "&[]"),
        _ => ("&'a str", "text", "\"\""),
    })
}

/// The name of a struct's field and of its setter.
fn field_name(name: &str) -> String {
    let rust = snake(name);
    if TAKEN_METHODS.contains(&rust.as_str()) {
        rust + "_"
    } else {
        rust
    }
}

fn plain(field: &fix::Field, number: usize, required: bool) -> Member {
    Member {
        rust: field_name(&field.name),
        fix_name: field.name.clone(),
        tag: field.number,
        number,
        doc: format!("{}({}).", field.name, field.number),
        value_type: String::new(),
        field_type: String::new(),
        required,
        read: String::new(),
        write: String::new(),
        by_reference: false,
        empty: String::new(),
        group: None,
        data_tag: None,
    }
}

impl Member {
    fn set_type(&mut self, value_type: String, empty: &str, by_reference: bool) {
        self.field_type = if self.required {
            value_type.clone()
        } else {
            format!("Option<{value_type}>")
        };
        self.empty = if self.required {
            empty.to_owned()
        } else {
            "None".to_owned()
        };
        self.value_type = value_type;
        self.by_reference = by_reference;
    }
}
