//! JSON types → Rust types.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Context;
use crate::diagnostics::Warning;
use crate::model::api::{Field, Product, Type, TypeDef, TypeKind};
use crate::names::{self, Scope};

/// A file of types: one declared type and the inline types that stand with it.
#[derive(Debug, Serialize)]
pub(super) struct Module {
    file: String,
    types: Vec<Item>,
}

impl Module {
    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

/// An open value set.
#[derive(Debug, Serialize)]
pub(super) struct Enum {
    name: String,
    doc: String,
    variants: Vec<EnumVariant>,
}

#[derive(Debug, Serialize)]
struct EnumVariant {
    name: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct Item {
    kind: &'static str,
    name: String,
    doc: String,
    fields: Vec<RustField>,
    /// Constant members: name on the wire, value.
    constants: Vec<(String, String)>,
    tag: String,
    variants: Vec<Variant>,
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
struct RustField {
    name: String,
    wire: String,
    doc: String,
    /// The type of the field.
    rust: String,
    /// The type without the option.
    inner: String,
    required: bool,
    /// The module of `json` that reads and writes the value, where it is not the type's own.
    codec: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Variant {
    name: String,
    rust: String,
    doc: String,
    /// The tag's value, in a union.
    value: String,
    /// `Object`, `Array`, `String`, `Number`, `Boolean`, in shapes.
    kind: &'static str,
    /// The bits of `telling` that must be set, as an integer literal; empty where nothing need be told.
    mask: String,
}

#[derive(Debug, Serialize)]
struct Accessor {
    name: String,
    doc: String,
    rust: String,
    copy: bool,
}

impl Context<'_> {
    /// Every named type: modules of structs and unions, and the value sets.
    pub(super) fn types(&mut self) -> (Vec<Module>, Vec<Enum>) {
        let mut modules: Vec<Module> = Vec::new();
        let mut enums = Vec::new();
        let mut files = Scope::new();
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
            let mut rust = span_of_time(value).unwrap_or_else(|| names::pascal(value));
            if rust == "Unrecognized" {
                rust.push('_');
            }
            if let Err(other) = scope.claim(&rust, value) {
                self.collision(&def.location, &rust, value, &other);
            }
            variants.push(EnumVariant { name: rust, text: value.clone() });
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
                item.required_names = required().map(|field| field.name.clone()).collect();
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
                    let rust = names::pascal(value);
                    if let Err(other) = scope.claim(&rust, value) {
                        self.collision(&def.location, &rust, value, &other);
                    }
                    let doc = self.product.types.get(target).and_then(|t| t.description.clone());
                    item.variants.push(Variant {
                        name: rust,
                        rust: format!("crate::models::{target}"),
                        doc: sentence(&doc.unwrap_or_else(|| format!("`{value}`"))),
                        value: value.clone(),
                        kind: "Object",
                        mask: String::new(),
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
            let codec = self.codec(&field.ty);
            let mut inner = self.rust_type(&field.ty);
            if field.nullable {
                inner = format!("Nullable<{inner}>");
            }
            let rust = if field.required { inner.clone() } else { format!("Option<{inner}>") };
            let mut doc = sentence(field.description.as_deref().unwrap_or_default());
            if field.plain_name.is_some() {
                doc = match doc.as_str() {
                    "" => format!("`{}` on the wire.", field.name),
                    doc => format!("{doc} `{}` on the wire.", field.name),
                };
            }
            if doc.is_empty() {
                doc = format!("`{}`.", field.name);
            }
            lowered.push(RustField {
                name: rust_name,
                wire: field.name.clone(),
                doc,
                rust,
                inner,
                required: field.required,
                codec: if field.nullable { None } else { codec },
            });
        }
        lowered
    }

    /// The module of `json` that must be named to read and write a value of a type.
    fn codec(&self, ty: &Type) -> Option<&'static str> {
        match self.product.resolve(ty) {
            Type::Decimal { bare: true } => Some("number"),
            Type::Integer { as_text: true, bits: 64 } => Some("integer_text"),
            _ => None,
        }
    }

    fn shapes(&mut self, item: &mut Item, name: &str, def: &TypeDef, types: &[Type]) {
        item.kind = "shapes";
        let mut described: Vec<(&Type, &'static str, Vec<&str>)> = types
            .iter()
            .map(|ty| {
                let kind = self.json_kind(ty);
                let required = match self.product.resolve(ty) {
                    Type::Array(element) => self.product.required_members(element),
                    ty => self.product.required_members(ty),
                };
                (ty, kind, required.unwrap_or_default())
            })
            .collect();
        // The richest first; the sort is stable, so the spec's order decides between equals.
        described.sort_by_key(|(_, _, required)| std::cmp::Reverse(required.len()));
        let mut telling: Vec<String> = Vec::new();
        for (index, (_, kind, required)) in described.iter().enumerate() {
            let rivals: Vec<&Vec<&str>> = described
                .iter()
                .enumerate()
                .filter(|(other, (_, other_kind, _))| *other != index && other_kind == kind)
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
        for (index, (ty, kind, required)) in described.iter().enumerate() {
            let rest: Vec<String> = words[index][shared.min(words[index].len().saturating_sub(1))..].to_vec();
            let rust = names::pascal(&rest.join(" "));
            if let Err(other) = scope.claim(&rust, &words[index].join(" ")) {
                self.collision(&def.location, &rust, &words[index].join(" "), &other);
            }
            let last_of_kind = !described[index + 1..].iter().any(|(_, other, _)| other == kind);
            let mask: u64 = telling
                .iter()
                .enumerate()
                .filter(|(_, t)| required.contains(&t.as_str()))
                .map(|(bit, _)| 1 << bit)
                .sum();
            let target = self.rust_type(ty);
            item.variants.push(Variant {
                name: rust,
                doc: match self.product.resolve(ty) {
                    Type::Named(named) => sentence(
                        self.product.types.get(named).and_then(|t| t.description.as_deref()).unwrap_or(named),
                    ),
                    _ => format!("`{}`.", target.replace("crate::models::", "")),
                },
                rust: target,
                value: String::new(),
                kind,
                mask: if last_of_kind || mask == 0 { String::new() } else { format!("{mask:#x}") },
            });
        }
        item.telling = telling;
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

    fn json_kind(&self, ty: &Type) -> &'static str {
        match self.product.resolve(ty) {
            Type::Text | Type::Constant(_) | Type::Decimal { bare: false } => "String",
            Type::Integer { as_text, .. } => if *as_text { "String" } else { "Number" },
            Type::Time { .. } | Type::Decimal { bare: true } => "Number",
            Type::Boolean => "Boolean",
            Type::Array(_) => "Array",
            Type::Map(_) | Type::Empty | Type::Any | Type::OneOrMany(_) => "Object",
            Type::Named(name) => match self.product.types.get(name).map(|d| &d.kind) {
                Some(TypeKind::Enum(_)) => "String",
                Some(TypeKind::Tuple(_)) => "Array",
                _ => "Object",
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
        match ty {
            Type::Text | Type::Constant(_) => "Text".to_owned(),
            Type::Boolean => "bool".to_owned(),
            Type::Integer { bits: 32, .. } => "i32".to_owned(),
            Type::Integer { .. } => "i64".to_owned(),
            Type::Decimal { .. } => "Decimal".to_owned(),
            Type::Time { .. } => "Timestamp".to_owned(),
            Type::Array(element) => format!("Vec<{}>", self.rust_type(element)),
            Type::Map(element) => format!("Entries<{}>", self.rust_type(element)),
            Type::OneOrMany(element) => format!("OneOrMany<{}>", self.rust_type(element)),
            Type::Named(name) => format!("crate::models::{name}"),
            Type::Any => "RawJson".to_owned(),
            Type::Empty => "()".to_owned(),
        }
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

/// A line that ends as a sentence does; line breaks become blanks.
pub(super) fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().last() {
        None => text,
        Some('.' | '!' | '?' | ':' | ')') => text,
        Some(_) => text + ".",
    }
}
