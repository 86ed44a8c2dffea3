//! JSON types → Rust types.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Context;
use crate::diagnostics::{Diagnostic, Warning};
use crate::model::api::{Field, Product, Type, TypeDef, TypeKind};
use crate::names::{self, Scope};

/// A file of types: one declared type and the inline types that stand with it.
#[derive(Debug, Serialize)]
pub(super) struct Module {
    file: String,
    pub(super) types: Vec<Item>,
}

impl Module {
    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

/// An open value set.
#[derive(Debug, Serialize)]
pub(super) struct Enum {
    pub(super) name: String,
    doc: String,
    pub(super) variants: Vec<EnumVariant>,
}

#[derive(Debug, Serialize)]
pub(super) struct EnumVariant {
    pub(super) name: String,
    pub(super) text: String,
    doc: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Item {
    kind: &'static str,
    pub(super) name: String,
    doc: String,
    pub(super) fields: Vec<RustField>,
    /// Constant members: name on the wire, value.
    constants: Vec<(String, String)>,
    tag: String,
    pub(super) variants: Vec<Variant>,
    /// Names whose presence tells shapes apart.
    telling: Vec<String>,
    accessors: Vec<Accessor>,
    target: String,
    slots: usize,
    /// Whether it arrives in streams: read the fastest way, where other types are read the way that compiles fastest.
    hot: bool,
    /// How many members must be there, and what they are called in Rust and on the wire.
    required: usize,
    required_names: Vec<String>,
    required_wires: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct RustField {
    pub(super) name: String,
    pub(super) wire: String,
    doc: String,
    /// The type of the field.
    rust: String,
    /// The type without the option.
    inner: String,
    required: bool,
    /// The variable that holds the value while the object is read.
    local: String,
    /// The functions that read and write the value, where they are not the type's own.
    codec: Option<Functions>,
}

#[derive(Debug, Serialize)]
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) rust: String,
    doc: String,
    /// The tag's value, in a union.
    pub(super) value: String,
    /// When a value has this shape, as an expression; empty where it always has.
    condition: String,
    /// The expressions that read the value and write it.
    read: String,
    write: String,
}

#[derive(Debug, Serialize)]
struct Accessor {
    name: String,
    doc: String,
    rust: String,
    copy: bool,
}

/// Two expressions that are functions.
#[derive(Clone, Debug, Serialize)]
struct Functions {
    read: String,
    write: String,
}

/// How a value is read and written whose wire form is not its type's own.
pub(super) enum Codec {
    /// A module of `json`.
    Plain(&'static str),
    /// A module of `json` for containers, and the codec of what they hold.
    Container(&'static str, Box<Codec>),
}

impl Codec {
    fn functions(&self) -> Functions {
        match self {
            Self::Plain(module) => {
                Functions { read: format!("json::{module}::read"), write: format!("json::{module}::write") }
            }
            Self::Container(..) => Functions {
                read: format!("|reader| {}", self.read("reader")),
                write: format!("|value, writer| {}", self.write("value", "writer")),
            },
        }
    }

    fn read(&self, reader: &str) -> String {
        match self {
            Self::Plain(module) => format!("json::{module}::read({reader})"),
            Self::Container(module, inner) => {
                format!("json::{module}::read({reader}, {})", inner.functions().read)
            }
        }
    }

    /// The call that writes `value`.
    pub(super) fn write(&self, value: &str, writer: &str) -> String {
        match self {
            Self::Plain(module) => format!("json::{module}::write({value}, {writer})"),
            Self::Container(module, inner) => {
                format!("json::{module}::write({value}, {writer}, {})", inner.functions().write)
            }
        }
    }
}

impl Context<'_> {
    /// Every named type: modules of structs and unions, and the value sets.
    pub(super) fn types(&mut self) -> (Vec<Module>, Vec<Enum>) {
        let mut modules: Vec<Module> = Vec::new();
        let mut enums = Vec::new();
        let mut files = Scope::new();
        // A module that is always there.
        let _ = files.claim("enums", "the module of value sets");
        let product = self.product;
        for (name, def) in &product.types {
            if let TypeKind::Enum(values) = &def.kind {
                enums.push(self.value_set(name, def, values));
                continue;
            }
            let Some(item) = self.item(name, def) else { continue };
            let owner = self.file_owner(name, def);
            let file = names::snake(&owner);
            if let Err(other) = files.claim(&file, &owner) {
                self.collision(&def.location, &file, &owner, &other);
            }
            match modules.iter_mut().find(|m| m.file == file) {
                Some(module) => module.types.push(item),
                None => modules.push(Module { file, types: vec![item] }),
            }
        }
        enums.sort_by(|a: &Enum, b: &Enum| a.name.cmp(&b.name));
        modules.sort_by(|a, b| a.file.cmp(&b.file));
        (modules, enums)
    }

    /// The declared type in whose file an inline type stands.
    fn file_owner(&self, name: &str, def: &TypeDef) -> String {
        match &def.owner {
            Some(owner) => owner.clone(),
            None => name.to_owned(),
        }
    }

    fn value_set(&mut self, name: &str, def: &TypeDef, values: &[String]) -> Enum {
        let mut scope = Scope::new();
        let mut variants = Vec::new();
        for value in values {
            let rust = span_of_time(value).unwrap_or_else(|| variant_name(value));
            if let Err(other) = scope.claim(&rust, value) {
                self.collision(&def.location, &rust, value, &other);
            }
            variants.push(EnumVariant { name: rust, text: value.clone(), doc: code_span(value) });
        }
        let doc = def.description.clone().unwrap_or_else(|| format!("Values of `{name}`."));
        Enum { name: name.to_owned(), doc: sentence(&doc), variants }
    }

    fn item(&mut self, name: &str, def: &TypeDef) -> Option<Item> {
        let mut item = Item {
            kind: "",
            name: name.to_owned(),
            doc: sentence(def.description.as_deref().unwrap_or_default()),
            fields: Vec::new(),
            constants: Vec::new(),
            tag: String::new(),
            variants: Vec::new(),
            telling: Vec::new(),
            accessors: Vec::new(),
            target: String::new(),
            slots: 0,
            hot: self.hot.contains(name),
            required: 0,
            required_names: Vec::new(),
            required_wires: Vec::new(),
        };
        if item.doc.is_empty() {
            item.doc = format!("`{name}`.");
        }
        match &def.kind {
            TypeKind::Object(fields) => {
                item.kind = "object";
                item.fields = self.fields(fields, def);
                let required = || item.fields.iter().filter(|field| field.required);
                item.required_names = required().map(|field| field.local.clone()).collect();
                item.required_wires = required().map(|field| field.wire.clone()).collect();
                item.required = item.required_names.len();
                item.constants = fields
                    .iter()
                    .filter_map(|field| match &field.ty {
                        Type::Constant(value) => Some((field.name.clone(), value.clone())),
                        _ => None,
                    })
                    .collect();
            }
            TypeKind::Tuple(slots) => {
                item.kind = "tuple";
                item.fields = self.fields(slots, def);
                item.slots = slots.len();
            }
            TypeKind::Union { tag, variants } => {
                item.kind = "union";
                item.tag = tag.clone();
                let mut scope = Scope::new();
                for (value, target) in variants {
                    let rust = variant_name(value);
                    if let Err(other) = scope.claim(&rust, value) {
                        self.collision(&def.location, &rust, value, &other);
                    }
                    let doc = self.product.types.get(target).and_then(|t| t.description.clone());
                    item.variants.push(Variant {
                        name: rust,
                        rust: format!("crate::models::{target}"),
                        doc: doc.map_or_else(|| code_span(value), |doc| sentence(&doc)),
                        value: value.clone(),
                        condition: String::new(),
                        read: "FromJson::from_json(reader)".to_owned(),
                        write: "value.to_json(writer)".to_owned(),
                    });
                }
            }
            TypeKind::Shapes(types) => self.shapes(&mut item, name, def, types),
            TypeKind::Alias(target) => {
                item.kind = "alias";
                item.target = self.rust_type(target);
            }
            TypeKind::Enum(_) => return None,
        }
        Some(item)
    }

    fn fields(&mut self, fields: &[Field], def: &TypeDef) -> Vec<RustField> {
        let mut scope = Scope::new();
        let mut lowered = Vec::new();
        for field in fields {
            if let Type::Constant(_) = field.ty {
                continue;
            }
            let plain = field.plain_name.as_deref().unwrap_or(&field.name);
            let mut rust_name = names::snake(plain);
            if let Err(other) = scope.claim(&rust_name, &field.name) {
                // Keys that differ by case alone, and have no plain name: the second says which it is.
                let told_apart = format!("{}_{}", if plain.chars().any(char::is_lowercase) { "lower" } else { "upper" }, names::snake(plain));
                if field.plain_name.is_none()
                    && other.eq_ignore_ascii_case(&field.name)
                    && scope.claim(&told_apart, &field.name).is_ok()
                {
                    self.warnings.push(Warning::new(
                        &def.location.file,
                        def.location.line,
                        format!("`{other}` and `{}` differ by case alone; the latter is called `{told_apart}`", field.name),
                    ));
                    rust_name = told_apart;
                } else {
                    self.collision(&def.location, &rust_name, &field.name, &other);
                }
            }
            let mut codec = self.codec(&field.ty);
            if field.nullable {
                codec = codec.map(|codec| Codec::Container("nullable", Box::new(codec)));
            }
            let mut inner = self.rust_type(&field.ty);
            if field.nullable {
                inner = format!("Nullable<{inner}>");
            }
            let rust = if field.required { inner.clone() } else { format!("Option<{inner}>") };
            let mut doc = sentence(field.description.as_deref().unwrap_or_default());
            if field.plain_name.is_some() {
                let wire = code_span(&field.name);
                doc = if doc.is_empty() { format!("{wire} on the wire.") } else { format!("{doc} {wire} on the wire.") };
            }
            if doc.is_empty() {
                doc = format!("{}.", code_span(&field.name));
            }
            lowered.push(RustField {
                local: rust_name.clone(),
                name: rust_name,
                wire: field.name.clone(),
                doc,
                rust,
                inner,
                required: field.required,
                codec: codec.map(|codec| codec.functions()),
            });
        }
        for index in 0..lowered.len() {
            let name = &lowered[index].name;
            // Names that the reading code uses itself, and such as are no names for a variable.
            let used = ["guess", "key", "member", "present", "reader"].contains(&name.as_str());
            let mut local = if name.trim_matches(|c: char| c == '_' || c.is_ascii_digit()).is_empty() {
                format!("field{name}")
            } else if used {
                format!("{name}_")
            } else {
                continue;
            };
            while lowered.iter().any(|other| other.name == local) {
                local.push('_');
            }
            lowered[index].local = local;
        }
        lowered
    }

    /// How a value of a type is read and written, where it is not the type's own way.
    pub(super) fn codec(&self, ty: &Type) -> Option<Codec> {
        let container = |module, inner| self.codec(inner).map(|inner| Codec::Container(module, Box::new(inner)));
        match self.product.resolve(ty) {
            Type::Decimal { bare: true } => Some(Codec::Plain("number")),
            Type::Integer { as_text: true, .. } => Some(Codec::Plain("integer_text")),
            Type::Array(inner) => container("list", inner),
            Type::Map(inner) => container("map", inner),
            Type::OneOrMany(inner) => container("one_or_many", inner),
            _ => None,
        }
    }

    fn shapes(&mut self, item: &mut Item, name: &str, def: &TypeDef, types: &[Type]) {
        item.kind = "shapes";
        let mut described: Vec<(&Type, Vec<&'static str>, Vec<&str>)> = types
            .iter()
            .map(|ty| {
                let required = match self.product.resolve(ty) {
                    Type::Array(element) => self.product.required_members(element),
                    ty => self.product.required_members(ty),
                };
                (ty, self.json_kinds(ty), required.unwrap_or_default())
            })
            .collect();
        // The richest first, and what takes anything last; the sort is stable, so the spec's order decides between
        // equals.
        described.sort_by_key(|(_, kinds, required)| (kinds.is_empty(), std::cmp::Reverse(required.len())));
        let mut telling: Vec<String> = Vec::new();
        for (index, (_, kinds, required)) in described.iter().enumerate() {
            let rivals: Vec<&Vec<&str>> = described
                .iter()
                .enumerate()
                .filter(|(other, (_, other_kinds, _))| *other != index && overlap(other_kinds, kinds))
                .map(|(_, (_, _, required))| required)
                .collect();
            for member in required {
                // A member that every rival has too tells nothing.
                if rivals.iter().any(|rival| !rival.contains(member)) && !telling.iter().any(|t| t == member) {
                    telling.push((*member).to_owned());
                }
            }
        }
        telling.truncate(64);
        let words: Vec<Vec<String>> = described.iter().map(|(ty, _, _)| self.variant_words(ty)).collect();
        let shared = common_prefix(&words, name);
        let mut scope = Scope::new();
        let mut masked = false;
        for (index, (ty, kinds, required)) in described.iter().enumerate() {
            let rest: Vec<String> = words[index][shared.min(words[index].len().saturating_sub(1))..].to_vec();
            let rust = names::pascal(&rest.join(" "));
            let target = self.rust_type(ty);
            if let Err(other) = scope.claim(&rust, &target) {
                self.collision(&def.location, &rust, &target, &other);
            }
            let last_of_kind = !described[index + 1..].iter().any(|(_, other, _)| overlap(other, kinds));
            let mask: u64 = telling
                .iter()
                .enumerate()
                .filter(|(_, t)| required.contains(&t.as_str()))
                .map(|(bit, _)| 1 << bit)
                .sum();
            let mask = if last_of_kind { 0 } else { mask };
            masked |= mask != 0;
            let codec = self.codec(ty);
            item.variants.push(Variant {
                name: rust,
                doc: match self.product.resolve(ty) {
                    Type::Named(named) => sentence(
                        self.product.types.get(named).and_then(|t| t.description.as_deref()).unwrap_or(named),
                    ),
                    _ => format!("{}.", code_span(&target.replace("crate::models::", ""))),
                },
                rust: target,
                value: String::new(),
                condition: shape_condition(kinds, mask),
                read: codec.as_ref().map_or("FromJson::from_json(reader)".to_owned(), |codec| codec.read("reader")),
                write: codec.map_or("value.to_json(writer)".to_owned(), |codec| codec.write("value", "writer")),
            });
        }
        if described.iter().filter(|(_, kinds, _)| kinds.is_empty()).count() > 1 {
            self.errors.push(Diagnostic::new(
                &def.location.file,
                def.location.line,
                format!("two shapes of `{name}` may be anything"),
                "list their own shapes here instead",
            ));
        }
        item.telling = if masked { telling } else { Vec::new() };
        item.accessors = self.accessors(types, def);
    }

    /// Members that every shape has, with one type, are reached without a match.
    fn accessors(&mut self, types: &[Type], def: &TypeDef) -> Vec<Accessor> {
        let mut per_shape: Vec<Vec<RustField>> = Vec::new();
        for ty in types {
            let Type::Named(name) = self.product.resolve(ty) else { return Vec::new() };
            let Some(TypeKind::Object(fields)) = self.product.types.get(name).map(|d| &d.kind) else {
                return Vec::new();
            };
            per_shape.push(self.fields(fields, def));
        }
        let Some((first, others)) = per_shape.split_first() else { return Vec::new() };
        first
            .iter()
            .filter(|field| {
                others.iter().all(|fields| fields.iter().any(|f| f.name == field.name && f.rust == field.rust))
            })
            .map(|field| Accessor {
                name: field.name.clone(),
                doc: field.doc.clone(),
                rust: field.rust.clone(),
                copy: ["bool", "i32", "i64", "Decimal", "Timestamp"].contains(&field.inner.as_str()),
            })
            .collect()
    }

    /// The kinds of JSON that a value of a type can be; none where it can be any.
    fn json_kinds(&self, ty: &Type) -> Vec<&'static str> {
        match self.product.resolve(ty) {
            Type::Text | Type::Constant(_) | Type::Decimal { bare: false } => vec!["String"],
            Type::Integer { as_text: true, .. } => vec!["String"],
            Type::Integer { .. } | Type::Time { .. } | Type::Decimal { bare: true } => vec!["Number"],
            Type::Boolean => vec!["Boolean"],
            Type::Array(_) => vec!["Array"],
            Type::Map(_) | Type::Empty => vec!["Object"],
            Type::OneOrMany(_) => vec!["Object", "Array"],
            Type::Any => Vec::new(),
            Type::Named(name) => match self.product.types.get(name).map(|d| &d.kind) {
                Some(TypeKind::Enum(_)) => vec!["String"],
                Some(TypeKind::Tuple(_)) => vec!["Array"],
                Some(TypeKind::Shapes(types)) => {
                    let mut kinds: Vec<&'static str> = Vec::new();
                    for of_shape in types.iter().map(|ty| self.json_kinds(ty)) {
                        if of_shape.is_empty() {
                            return of_shape;
                        }
                        let new: Vec<_> = of_shape.into_iter().filter(|kind| !kinds.contains(kind)).collect();
                        kinds.extend(new);
                    }
                    kinds
                }
                _ => vec!["Object"],
            },
        }
    }

    fn variant_words(&self, ty: &Type) -> Vec<String> {
        match self.product.resolve(ty) {
            Type::Named(name) => names::words(name),
            Type::Array(element) => {
                let mut words = self.variant_words(element);
                words.push("list".to_owned());
                words
            }
            Type::OneOrMany(element) => self.variant_words(element),
            Type::Map(element) => {
                let mut words = self.variant_words(element);
                words.push("map".to_owned());
                words
            }
            Type::Text | Type::Constant(_) => vec!["text".to_owned()],
            Type::Boolean => vec!["boolean".to_owned()],
            Type::Integer { .. } => vec!["integer".to_owned()],
            Type::Decimal { .. } => vec!["decimal".to_owned()],
            Type::Time { .. } => vec!["time".to_owned()],
            Type::Any => vec!["other".to_owned()],
            Type::Empty => vec!["empty".to_owned()],
        }
    }

    /// The Rust type of a value that is there.
    pub(super) fn rust_type(&self, ty: &Type) -> String {
        rust_type(ty)
    }
}

/// The Rust type of a value that is there.
pub(super) fn rust_type(ty: &Type) -> String {
    match ty {
        Type::Text | Type::Constant(_) => "Text".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Integer { bits: 32, .. } => "i32".to_owned(),
        Type::Integer { .. } => "i64".to_owned(),
        Type::Decimal { .. } => "Decimal".to_owned(),
        Type::Time { .. } => "Timestamp".to_owned(),
        Type::Array(element) => format!("Vec<{}>", rust_type(element)),
        Type::Map(element) => format!("Entries<{}>", rust_type(element)),
        Type::OneOrMany(element) => format!("OneOrMany<{}>", rust_type(element)),
        Type::Named(name) => format!("crate::models::{name}"),
        Type::Any => "RawJson".to_owned(),
        Type::Empty => "()".to_owned(),
    }
}

/// The named types that stream events are made of.
pub(super) fn stream_types(product: &Product) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&Type> = product.streams.iter().map(|stream| &stream.event).collect();
    while let Some(ty) = waiting.pop() {
        match ty {
            Type::Array(inner) | Type::Map(inner) | Type::OneOrMany(inner) => waiting.push(inner),
            Type::Named(name) if found.insert(name.clone()) => match product.types.get(name).map(|def| &def.kind) {
                Some(TypeKind::Object(fields) | TypeKind::Tuple(fields)) => {
                    waiting.extend(fields.iter().map(|field| &field.ty));
                }
                Some(TypeKind::Alias(target)) => waiting.push(target),
                _ => {}
            },
            _ => {}
        }
    }
    found
}

/// How many leading words all have in common with each other and with the union's own name.
fn common_prefix(words: &[Vec<String>], name: &str) -> usize {
    let own = names::words(name);
    let mut shared = 0;
    while words.iter().all(|w| w.get(shared).is_some() && w.get(shared) == words[0].get(shared))
        && own.get(shared).is_none_or(|word| Some(word) == words[0].get(shared))
        && words.iter().all(|w| w.len() > shared + 1)
    {
        shared += 1;
    }
    shared
}

/// Whether two sets of kinds have one in common; the empty set stands for all.
fn overlap(a: &[&str], b: &[&str]) -> bool {
    a.is_empty() || b.is_empty() || a.iter().any(|kind| b.contains(kind))
}

fn shape_condition(kinds: &[&str], mask: u64) -> String {
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("Kind::{kind}")).collect();
    let kind = match kinds.as_slice() {
        [] => return String::new(),
        [one] => format!("kind == {one}"),
        several => format!("matches!(kind, {})", several.join(" | ")),
    };
    if mask == 0 { kind } else { format!("{kind} && members & {mask:#x} == {mask:#x}") }
}

/// A variant of an open set; the name of the variant for what is not known is taken.
pub(super) fn variant_name(value: &str) -> String {
    let name = names::pascal(value);
    if name == "Unrecognized" { name + "_" } else { name }
}

/// `5m` → `Minutes5`, `1M` → `Month1`, `100ms` → `Milliseconds100`: spans of time, which differ by case alone.
fn span_of_time(value: &str) -> Option<String> {
    let digits = value.find(|c: char| !c.is_ascii_digit()).filter(|&end| end > 0)?;
    let (number, unit) = value.split_at(digits);
    let unit = match unit {
        "ms" => "Millisecond",
        "s" => "Second",
        "m" => "Minute",
        "h" => "Hour",
        "d" => "Day",
        "w" => "Week",
        "M" => "Month",
        _ => return None,
    };
    Some(format!("{unit}{}{number}", if number == "1" { "" } else { "s" }))
}

/// A line that ends as a sentence does; line breaks become blanks, and what rustdoc would take for something else than
/// text is escaped.
pub(super) fn sentence(text: &str) -> String {
    let text = escape_markdown(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    match text.chars().last() {
        None => text,
        Some('.' | '!' | '?' | ':' | ')') => text,
        Some(_) => text + ".",
    }
}

/// The statement that appends a text that is always the same to a string.
pub(super) fn push_literal(string: &str, text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) => format!("{string}.push({only:?});"),
        _ => format!("{string}.push_str({text:?});"),
    }
}

/// Text as code within a line of documentation.
pub(super) fn code_span(text: &str) -> String {
    if text.is_empty() {
        return "The empty text".to_owned();
    }
    let text: String = text.chars().map(|c| if c.is_control() || c == '\u{2028}' { ' ' } else { c }).collect();
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// Outside of code spans, what looks like a tag, an intra-doc link or a bare address is none. Links stay links.
fn escape_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let closed = text.matches('`').count() / 2 * 2;
    let mut in_code = false;
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            // A backtick without a partner is a backtick.
            out.push_str(if index <= closed { "`" } else { "\\`" });
            in_code = index <= closed && !in_code;
        }
        if in_code {
            out.push_str(part);
            continue;
        }
        let mut rest = part;
        while let Some(c) = rest.chars().next() {
            let address = ["https://", "http://", "wss://", "ws://"].iter().any(|scheme| rest.starts_with(scheme));
            let link = rest.find("](").filter(|_| c == '[').and_then(|end| rest[end..].find(')').map(|close| end + close + 1));
            let taken = match (c, link) {
                (_, Some(end)) => {
                    out.push_str(&rest[..end]);
                    end
                }
                _ if address => {
                    let end = rest.find([' ', ')', ',', ';']).unwrap_or(rest.len());
                    let end = rest[..end].trim_end_matches(['.', ':']).len();
                    out.push_str(&format!("<{}>", &rest[..end]));
                    end
                }
                ('<' | '[' | ']', None) => {
                    out.push('\\');
                    out.push(c);
                    1
                }
                _ => {
                    out.push(c);
                    c.len_utf8()
                }
            };
            rest = &rest[taken..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_is_text() {
        for (text, doc) in [
            ("a list [1, 2]", "a list \\[1, 2\\]."),
            ("see [the page](https://x.y/z)", "see [the page](https://x.y/z)"),
            ("at https://x.y/z. Then", "at <https://x.y/z>. Then."),
            ("a `<tag>` and a <tag>", "a `<tag>` and a \\<tag>."),
            ("one ` alone", "one \\` alone."),
            ("two\n lines */", "two lines */."),
            ("", ""),
        ] {
            assert_eq!(sentence(text), doc);
        }
        assert_eq!(code_span("a`b"), "`` a`b ``");
    }
}
