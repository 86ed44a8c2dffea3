//! Structs and enums of one dictionary.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::fix::{self, Dictionary, FieldType, MemberKind};
use binance_wire_model::source::Place;
use proc_macro2::TokenStream;
use quote::quote;

use super::{Enum, EnumVariant, Input, Member, Options, Struct};
use crate::lower::constructor::{self, Constructor};
use crate::lower::rust::{Code, Named, Primitive, RustType, ident, number};
use crate::names::{Scope, is_method_of_values, pascal, snake};

/// What the codec takes care of: BeginString, BodyLength, MsgType and CheckSum.
const FRAME: [u32; 4] = [8, 9, 35, 10];

/// Types that the emitted code names in addition to those of the dictionary.
#[rustfmt::skip]
const TAKEN_TYPES: &[&str] = &[
    "Box", "Checks", "Decimal", "Default", "Dictionary", "Err", "Field", "Fields", "FixError", "FixMessage",
    "FixTimestamp", "Frame", "Header", "Layout", "Message", "MessageWriter", "None", "Ok", "Option", "RawMessage",
    "Result", "Seen", "Some", "UnknownMessage", "UnrecognizedCode", "UnrecognizedValue", "Vec",
];

/// Methods that the emitted structs have in addition to the setters.
const TAKEN_METHODS: &[&str] = &[
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
        // An optional one arrives among a message's undeclared fields.
        let trailer = dictionary.trailer.iter();
        for member in trailer.filter(|member| member.required && member.name != "CheckSum") {
            lowering.report(
                member.line.0,
                format!(
                    "trailer field `{}` is required, which is not supported",
                    member.name
                ),
                "make it optional, or keep CheckSum alone in <trailer>",
            );
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
    fn report(&mut self, line: Place, message: String, remedy: &str) {
        self.found.push(Diagnostic::new(self.file, line, message, remedy));
    }

    fn claim(&mut self, rust: &str, original: &str, line: Place) {
        if let Err(other) = self.scope.claim(rust, original) {
            let message = format!("`{original}` and `{other}` both become `{rust}`");
            self.report(line, message, "rename one of the two");
        }
    }

    fn header(&mut self) -> Struct {
        let dictionary = self.dictionary;
        let mut header = self.structure("Header", "Header", &dictionary.header);
        // What is not the header's is the message's.
        header.extra = false;
        header.extra_last = false;
        for member in &mut header.members {
            member.extra_before = false;
        }
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
            fix::Category::Admin => "a session message",
            fix::Category::App => "an application message",
        };
        lowered.doc = format!("{} ({}), {layer}.", message.name, message.msg_type);
        let builders = self.options.builders.as_ref();
        lowered.has_setters &= builders.is_none_or(|names| names.contains(&message.name));
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
            extra: true,
            extra_last: true,
            words: 1,
            has_required: false,
            has_setters: false,
            uses: Vec::new(),
            make: Constructor::default(),
            plain_default: false,
        };
        let (mut uses, mut inner) = (BTreeSet::new(), BTreeSet::new());
        self.add(members, true, name, &mut lowered, &mut uses, &mut inner);
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
        let first_group = (lowered.members.iter())
            .position(|member| member.group.is_some())
            .filter(|at| *at > 0);
        if let Some(at) = first_group {
            lowered.members[at].extra_before = true;
            lowered.extra_last = false;
        }
        for member in &mut lowered.members {
            member.finish();
        }
        let required = lowered.members.iter().filter(|member| member.required).count();
        let taken = lowered
            .members
            .iter()
            .filter(|member| member.required || member.demanded);
        lowered.has_required = taken.clone().next().is_some();
        lowered.has_setters = required < lowered.members.len();
        let taken = taken.map(|member| {
            let make = match member.demanded {
                true => constructor::Member::wrapped,
                false => constructor::Member::plain,
            };
            make(&member.rust, &member.doc, &member.value_type)
        });
        lowered.make = Constructor::new(&[], name, taken.collect());
        if let Some(required) = &lowered.make.named {
            let line = members.first().map(|member| member.line.0).unwrap_or_default();
            self.claim(required, &format!("what `{fix_name}` must have"), line);
        }
        lowered.plain_default = !lowered.has_required;
        lowered.uses = uses.into_iter().collect();
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
                        self.add(&component.members, must, owner, lowered, uses, inner);
                    }
                }
                (MemberKind::Group(entry), Some(count)) => {
                    let group = self.group(&member.name, owner, entry, inner, member.line.0);
                    uses.insert(group.clone());
                    lowered.tags.push(count.number);
                    let mut item = plain(count, lowered.members.len(), must);
                    item.rust = member_name(member);
                    item.doc = format!("The entries of {} ({})", count.name, count.number);
                    let entry = Named::new(&group).borrowing();
                    item.set_type(RustType::Named(entry).vec(), quote!(Vec::new()), true);
                    let (entry, count) = (ident(&group), prefix(count.number));
                    item.read = quote!(fields.group(Self::LAYOUT, #entry::read)).into();
                    item.writes(|value, each| {
                        quote! {
                            writer.uint(#count, #value.len() as u64);
                            for entry in #each { entry.write(writer); }
                        }
                    });
                    item.group = Some(group);
                    lowered.members.push(item);
                }
                (MemberKind::Field, Some(field)) if !FRAME.contains(&field.number) => {
                    lowered.tags.push(field.number);
                    let mut item = plain(field, lowered.members.len(), must);
                    item.demanded = member.demanded && !must;
                    match length.take() {
                        Some(length) if matches!(field.field_type, FieldType::Data | FieldType::XmlData) => {
                            // The length before it is not a field of the struct: it follows from the data.
                            let before = lowered.members.pop();
                            item.number = lowered.members.len();
                            item.required = must || before.is_some_and(|member| member.required);
                            item.set_type(RustType::Bytes, quote!(&[]), false);
                            let tag = number(field.number);
                            item.read = quote!(fields.data(#tag)).into();
                            let (size, data) = (prefix(length.number), prefix(field.number));
                            item.writes(|value, _| quote!(writer.data(#size, #data, #value);));
                            let text = format!(
                                "{} ({}), any bytes; {} ({}) is written with it",
                                field.name, field.number, length.name, length.number
                            );
                            item.doc = described(field, &text);
                            item.tag = length.number;
                            item.data_tag = Some(field.number);
                            inner.insert(field.number);
                            lowered.tags.retain(|tag| *tag != field.number);
                        }
                        _ => {
                            self.value(field, &mut item, uses);
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
        line: Place,
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
    fn value(&mut self, field: &fix::Field, item: &mut Member, uses: &mut BTreeSet<String>) {
        let text = prefix(field.number);
        let Some(value) = plain_type(field) else {
            let name = self.code(field);
            let (values, first) = (ident(&name), ident(&self.first_variant(&name)));
            item.read = quote!(#values::read(fields)).into();
            item.set_type(RustType::Named(Named::new(&name)), quote!(#values::#first), true);
            item.writes(|value, _| quote!(writer.code(#text, #value.as_str());));
            uses.insert(name);
            return;
        };
        item.set_type(value.ty, value.empty, false);
        let (read, write) = (ident(value.read), ident(value.write));
        item.read = quote!(fields.#read()).into();
        let widened = value.widened;
        item.writes(|value, _| match widened {
            true => quote!(writer.#write(#text, u64::from(#value));),
            false => quote!(writer.#write(#text, #value);),
        });
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
    plain_type(field).map_or_else(|| pascal(&field.name), |value| value.ty.to_string())
}

/// A value whose type is not a value set.
struct Plain {
    ty: RustType,
    /// The functions that read and write it.
    read: &'static str,
    write: &'static str,
    /// Whether it is written as a wider number.
    widened: bool,
    /// Some value.
    empty: TokenStream,
}

/// The value of a field; `None` where it is of the value set of its own.
fn plain_type(field: &fix::Field) -> Option<Plain> {
    let plain = |ty: RustType, verb: &'static str, empty: TokenStream| Plain {
        ty,
        read: verb,
        write: verb,
        widened: false,
        empty,
    };
    Some(match field.field_type {
        FieldType::Amt
        | FieldType::Float
        | FieldType::Percentage
        | FieldType::Price
        | FieldType::PriceOffset
        | FieldType::Qty => plain(RustType::Decimal, "decimal", quote!(Decimal::ZERO)),
        FieldType::Boolean => plain(Primitive::Bool.into(), "boolean", quote!(false)),
        FieldType::UtcTimestamp => plain(RustType::FixTimestamp, "timestamp", quote!(FixTimestamp::EPOCH)),
        FieldType::SeqNum => Plain {
            write: "uint",
            widened: true,
            ..plain(Primitive::U32.into(), "seq_num", quote!(0))
        },
        FieldType::Length | FieldType::NumInGroup => plain(Primitive::U64.into(), "uint", quote!(0)),
        _ if !field.values.is_empty() => return None,
        FieldType::Char => plain(Primitive::Char.into(), "character", quote!(' ')),
        FieldType::Int | FieldType::DayOfMonth => plain(Primitive::I64.into(), "int", quote!(0)),
        FieldType::Data | FieldType::XmlData => plain(RustType::Bytes, "bytes", quote!(&[])),
        _ => plain(RustType::Str, "text", quote!("")),
    })
}

/// The name of a struct's field and of its setter.
fn field_name(name: &str) -> String {
    let rust = snake(name);
    if TAKEN_METHODS.contains(&rust.as_str()) || is_method_of_values(&rust) {
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
        doc: described(
            field,
            &format!("{} ({}), {}", field.name, field.number, kind_of_value(field)),
        ),
        value_type: RustType::Unit,
        field_type: RustType::Unit,
        required,
        optional: !required,
        demanded: false,
        read: Code::default(),
        stored: Code::default(),
        by_reference: false,
        written: Code::default(),
        empty: Code::default(),
        extra_before: false,
        group: None,
        data_tag: None,
        setter_doc: String::new(),
    }
}

impl Member {
    /// `by_reference`: whether the value is written by reference or by copy.
    fn set_type(&mut self, value_type: RustType, empty: TokenStream, by_reference: bool) {
        self.field_type = value_type.clone().option_if(!self.required);
        self.empty = if self.required { empty } else { quote!(None) }.into();
        self.value_type = value_type;
        self.optional = !self.required;
        self.by_reference = by_reference;
    }

    /// Settles the statement that writes the field, from what writes a value: as the receiver of a method or an argument,
    /// and as what a loop goes over.
    fn writes(&mut self, write: impl Fn(&TokenStream, &TokenStream) -> TokenStream) {
        let name = ident(&self.rust);
        let field = quote!(self.#name);
        let lent = match self.by_reference {
            true => quote!(&#field),
            false => field.clone(),
        };
        self.written = match self.required {
            true => write(&field, &lent),
            false => {
                let value = quote!(value);
                let write = write(&value, &value);
                quote!(if let Some(value) = #lent { #write })
            }
        }
        .into();
    }

    /// Settles what follows from the rest.
    fn finish(&mut self) {
        let read = &self.read;
        self.stored = match self.required {
            true => read.clone(),
            false => quote!(Some(#read)).into(),
        };
        self.setter_doc = format!("Sets {} ({}).", self.fix_name, self.data_tag.unwrap_or(self.tag));
        self.doc.push_str(if self.required { "; required." } else { "." });
    }
}

/// What a field means, before its name and kind.
fn described(field: &fix::Field, text: &str) -> String {
    match &field.description {
        Some(description) => format!("{description} {text}"),
        None => text.to_owned(),
    }
}

/// What a field's value is, in words.
fn kind_of_value(field: &fix::Field) -> String {
    let what = match field.field_type {
        FieldType::Boolean => "a truth value",
        FieldType::Length => "a number of bytes",
        FieldType::NumInGroup => "a number of entries",
        FieldType::SeqNum => "a sequence number",
        _ if !field.values.is_empty() => return format!("one of [`{}`]", pascal(&field.name)),
        FieldType::Amt => "an amount",
        FieldType::Char => "one character",
        FieldType::Country => "a country",
        FieldType::Currency => "an asset",
        FieldType::Data | FieldType::XmlData => "any bytes",
        FieldType::DayOfMonth => "a day of the month",
        FieldType::Exchange => "a market",
        FieldType::Float => "a decimal number",
        FieldType::Int => "a whole number",
        FieldType::Language => "a language",
        FieldType::LocalMktDate | FieldType::UtcDate | FieldType::UtcDateOnly => "a date",
        FieldType::MonthYear => "a month",
        FieldType::MultipleCharValue | FieldType::MultipleStringValue | FieldType::MultipleValueString => {
            "values with blanks between them"
        }
        FieldType::Percentage => "a share",
        FieldType::Price => "a price",
        FieldType::PriceOffset => "a distance of prices",
        FieldType::Qty => "a quantity",
        FieldType::String => "text",
        FieldType::TzTimeOnly | FieldType::UtcTimeOnly => "a time of day",
        FieldType::TzTimestamp | FieldType::UtcTimestamp => "a point in time",
    };
    what.to_owned()
}
