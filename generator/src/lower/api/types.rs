//! JSON types → Rust types.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Context;
use super::codec::{Codec, Functions};
use super::shared::Exports;
use super::text::{code_span, sentence};
use crate::diagnostics::Warning;
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
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) fields: Vec<RustField>,
    /// Constant members: name on the wire, value.
    pub(super) constants: Vec<(String, String)>,
    /// How many other names members have.
    pub(super) aliases: usize,
    pub(super) tag: String,
    pub(super) variants: Vec<Variant>,
    /// Names whose presence tells shapes apart.
    pub(super) telling: Vec<String>,
    pub(super) accessors: Vec<Accessor>,
    /// Of an object that requests send.
    pub(super) constructor: Option<super::sent::Constructor>,
    pub(super) target: String,
    pub(super) slots: usize,
    /// Whether it arrives in streams: read the fastest way, where other types are read the way that compiles fastest.
    pub(super) hot: bool,
    /// How many members must be there, and what they are called in Rust and on the wire.
    pub(super) required: usize,
    pub(super) required_names: Vec<String>,
    pub(super) required_wires: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct RustField {
    pub(super) name: String,
    pub(super) wire: String,
    /// Other names on the wire.
    pub(super) aliases: Vec<String>,
    pub(super) doc: String,
    /// The type of the field.
    pub(super) rust: String,
    /// The type without the option.
    pub(super) inner: String,
    pub(super) required: bool,
    /// Whether a `null` reads as absent: where the field may be absent, and no null is documented.
    pub(super) skips_null: bool,
    /// The variable that holds the value while the object is read.
    pub(super) local: String,
    /// The functions that read and write the value, where they are not the type's own.
    pub(super) codec: Option<Functions>,
}

#[derive(Debug, Serialize)]
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) rust: String,
    pub(super) doc: String,
    /// The tag's value, in a union.
    pub(super) value: String,
    /// When a value has this shape, as an expression; empty where it always has.
    pub(super) condition: String,
    /// The expressions that read the value and write it.
    pub(super) read: String,
    pub(super) write: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Accessor {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) rust: String,
    pub(super) copy: bool,
}

/// Every named type: modules of structs and unions, and the value sets.
#[derive(Debug, Default)]
pub(super) struct Types {
    pub(super) modules: Vec<Module>,
    pub(super) enums: Vec<Enum>,
    /// What the leaf crate declares.
    pub(super) shared_modules: Vec<Module>,
    pub(super) shared_enums: Vec<Enum>,
    /// What of that the product's own module of types re-exports.
    pub(super) exports: Exports,
}

impl Types {
    /// Whether the product has no types, neither of its own nor shared.
    pub(super) fn is_empty(&self) -> bool {
        self.modules.is_empty() && self.enums.is_empty() && self.exports.is_empty()
    }
}

impl Context<'_> {
    /// Every named type.
    pub(super) fn types(&mut self) -> Types {
        let mut modules: Vec<Module> = Vec::new();
        let mut enums = Vec::new();
        let mut shared_modules = Vec::new();
        let mut shared_enums = Vec::new();
        let mut files = Scope::new();
        // A module that is always there.
        let _ = files.claim("enums", "the module of value sets");
        let product = self.product;
        for (name, def) in &product.types {
            let shared = product.shared_types.contains_key(name);
            if let TypeKind::Enum(values) = &def.kind {
                let values = self.value_set(name, def, values);
                if shared { &mut shared_enums } else { &mut enums }.push(values);
                continue;
            }
            let Some(item) = self.item(name, def) else {
                continue;
            };
            if shared {
                shared_modules.push(Module {
                    file: String::new(),
                    types: vec![item],
                });
                continue;
            }
            let owner = self.file_owner(name, def);
            let file = names::snake(&owner);
            if let Err(other) = files.claim(&file, &owner) {
                self.collision(&def.location, &file, &owner, &other);
            }
            match modules.iter_mut().find(|m| m.file == file) {
                Some(module) => module.types.push(item),
                None => modules.push(Module {
                    file,
                    types: vec![item],
                }),
            }
        }
        enums.sort_by(|a: &Enum, b: &Enum| a.name.cmp(&b.name));
        modules.sort_by(|a, b| a.file.cmp(&b.file));
        Types {
            modules,
            enums,
            shared_modules,
            shared_enums,
            exports: Exports::of(product),
        }
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
            let rust = value_name(value);
            if let Err(other) = scope.claim(&rust, value) {
                self.collision(&def.location, &rust, value, &other);
            }
            variants.push(EnumVariant {
                name: rust,
                text: value.clone(),
                doc: code_span(value),
            });
        }
        let doc = def
            .description
            .clone()
            .unwrap_or_else(|| format!("Values of `{name}`."));
        Enum {
            name: name.to_owned(),
            doc: sentence(&doc),
            variants,
        }
    }

    fn item(&mut self, name: &str, def: &TypeDef) -> Option<Item> {
        let mut item = Item {
            kind: "",
            name: name.to_owned(),
            doc: sentence(def.description.as_deref().unwrap_or_default()),
            fields: Vec::new(),
            constants: Vec::new(),
            aliases: 0,
            tag: String::new(),
            variants: Vec::new(),
            telling: Vec::new(),
            accessors: Vec::new(),
            constructor: None,
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
                item.aliases = item.fields.iter().map(|field| field.aliases.len()).sum();
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

    pub(super) fn fields(&mut self, fields: &[Field], def: &TypeDef) -> Vec<RustField> {
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
                let told_apart = format!(
                    "{}_{}",
                    if plain.chars().any(char::is_lowercase) {
                        "lower"
                    } else {
                        "upper"
                    },
                    names::snake(plain)
                );
                if field.plain_name.is_none()
                    && other.eq_ignore_ascii_case(&field.name)
                    && scope.claim(&told_apart, &field.name).is_ok()
                {
                    self.warnings.push(Warning::new(
                        &def.location.file,
                        def.location.line,
                        format!(
                            "`{other}` and `{}` differ by case alone; the latter is called `{told_apart}`",
                            field.name
                        ),
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
            let rust = if field.required {
                inner.clone()
            } else {
                format!("Option<{inner}>")
            };
            let mut doc = sentence(field.description.as_deref().unwrap_or_default());
            if field.plain_name.is_some() {
                let wire = code_span(&field.name);
                doc = if doc.is_empty() {
                    format!("{wire} on the wire.")
                } else {
                    format!("{doc} {wire} on the wire.")
                };
            }
            if doc.is_empty() {
                doc = format!("{}.", code_span(&field.name));
            }
            if !field.aliases.is_empty() {
                let names: Vec<String> = field.aliases.iter().map(|name| code_span(name)).collect();
                doc.push_str(&format!(" Also sent as {}.", names.join(" or ")));
            }
            if field.unproven {
                doc.push_str(" Optional for want of proof that it is always sent.");
            }
            lowered.push(RustField {
                local: rust_name.clone(),
                name: rust_name,
                wire: field.name.clone(),
                aliases: field.aliases.clone(),
                doc,
                rust,
                inner,
                required: field.required,
                skips_null: !field.required && !field.nullable,
                codec: codec.map(|codec| codec.functions()),
            });
        }
        for index in 0..lowered.len() {
            let name = &lowered[index].name;
            // Names that the reading code uses itself, and such as are no names for a variable.
            let used = ["guess", "key", "member", "present", "reader"].contains(&name.as_str());
            let mut local = if name
                .trim_matches(|c: char| c == '_' || c.is_ascii_digit())
                .is_empty()
            {
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

    /// The Rust type of a value that is there.
    pub(super) fn rust_type(&self, ty: &Type) -> String {
        rust_type(ty)
    }
}

/// The Rust type of a value that is there.
pub(super) fn rust_type(ty: &Type) -> String {
    match ty {
        Type::Text | Type::Constant(_) => "Text".to_owned(),
        Type::Boolean { .. } => "bool".to_owned(),
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
    product.types_within(product.streams.iter().map(|stream| &stream.event))
}

/// A variant of an open set; the name of the variant for what is not known is taken.
pub(super) fn variant_name(value: &str) -> String {
    let name = names::pascal(value);
    if name == "Unrecognized" { name + "_" } else { name }
}

/// The variant of a value of an open set.
pub(super) fn value_name(value: &str) -> String {
    span_of_time(value).unwrap_or_else(|| variant_name(value))
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
