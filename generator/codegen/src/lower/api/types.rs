//! JSON types → Rust types.

use std::collections::BTreeSet;

use binance_wire_model::api::{Field, Product, Type, TypeDef, TypeKind};
use binance_wire_model::diagnostics::Warning;
use serde::Serialize;

use super::Context;
use super::codec::null_or;
use super::text::{code_span, sentence};
use crate::lower::rust::{Code, RustType};
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

/// A declared type, with the template that prints it.
#[derive(Debug, Serialize)]
#[serde(tag = "template")]
pub(super) enum Item {
    #[serde(rename = "api/model/object.rs.j2")]
    Object(Object),
    #[serde(rename = "api/model/tuple.rs.j2")]
    Tuple(Tuple),
    #[serde(rename = "api/model/pair.rs.j2")]
    Pair(Tuple),
    #[serde(rename = "api/model/union.rs.j2")]
    Union(Union),
    #[serde(rename = "api/model/shapes.rs.j2")]
    Shapes(Shapes),
    #[serde(rename = "api/model/alias.rs.j2")]
    Alias(Alias),
}

/// An object with declared members.
#[derive(Debug, Serialize)]
pub(super) struct Object {
    pub(super) name: String,
    doc: String,
    pub(super) fields: Vec<RustField>,
    constants: Vec<Constant>,
    /// Whether it arrives in streams, and is read fastest in the order of the documentation.
    in_order: bool,
    /// The variant of the market whose rules a symbol's filters follow.
    market: Option<String>,
    /// Of an object that requests send.
    pub(super) sent: Option<super::sent::Sent>,
}

/// A member whose value is a fixed text.
#[derive(Debug, Serialize)]
struct Constant {
    wire: String,
    text: String,
}

/// An array whose elements differ in meaning.
#[derive(Debug, Serialize)]
pub(super) struct Tuple {
    pub(super) name: String,
    doc: String,
    pub(super) fields: Vec<RustField>,
    slots: usize,
}

/// Whether a tuple has room for elements that its fields do not hold. A pair, such as the level of an order book, comes by the
/// thousand and has none: the room would cost a third of the time in which a book is read, and a quarter of its memory.
pub(crate) fn keeps_rest(slots: &[Field]) -> bool {
    slots.len() > 2
}

/// One of several objects, distinguished by the text of a member.
#[derive(Debug, Serialize)]
pub(super) struct Union {
    pub(super) name: String,
    doc: String,
    tag: String,
    pub(super) variants: Vec<Tagged>,
}

/// A variant of a union.
#[derive(Debug, Serialize)]
pub(super) struct Tagged {
    pub(super) name: String,
    rust: RustType,
    doc: String,
    /// The tag's value.
    pub(super) value: String,
}

/// One of several types, distinguished by their kind and by the members that are there.
#[derive(Debug, Serialize)]
pub(super) struct Shapes {
    pub(super) name: String,
    pub(super) doc: String,
    /// Names of members that tell shapes apart.
    pub(super) telling: Vec<String>,
    /// The richest first.
    pub(super) variants: Vec<Shape>,
    pub(super) accessors: Vec<Accessor>,
}

/// A variant of a type of several shapes.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) rust: RustType,
    pub(super) doc: String,
    /// The kinds of JSON that it can be.
    pub(super) kinds: Vec<&'static str>,
    /// Which of the telling names it knows, as bits.
    pub(super) known: Code,
    /// The form of the value, where it is not its type's own.
    pub(super) form: Option<RustType>,
}

/// A member that every shape has.
#[derive(Debug, Serialize)]
pub(super) struct Accessor {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) rust: RustType,
    /// Whether it is lent: a value that is not `Copy`.
    pub(super) borrowed: bool,
    /// What gets it out of `value`, of each variant.
    pub(super) values: Vec<Code>,
}

/// Another name of a type.
#[derive(Debug, Serialize)]
pub(super) struct Alias {
    name: String,
    doc: String,
    target: RustType,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct RustField {
    pub(super) name: String,
    pub(super) wire: String,
    /// Other names on the wire.
    aliases: Vec<String>,
    pub(super) doc: String,
    /// The type of the field.
    pub(super) rust: RustType,
    /// The type of the spec, resolved.
    #[serde(skip)]
    pub(super) ty: Type,
    #[serde(skip)]
    pub(super) required: bool,
    #[serde(skip)]
    pub(super) nullable: bool,
    /// The word of `json_object!` that says how it travels.
    how: &'static str,
    /// The form of the value, where it is not its type's own.
    form: Option<RustType>,
}

impl RustField {
    /// Whether the value is `Copy`.
    pub(super) fn is_copy(&self) -> bool {
        let plain = matches!(
            self.ty,
            Type::Boolean { .. } | Type::Integer { .. } | Type::Decimal { .. } | Type::Time { .. }
        );
        plain && !self.nullable
    }
}

impl Item {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Object(item) => &item.name,
            Self::Tuple(item) | Self::Pair(item) => &item.name,
            Self::Union(item) => &item.name,
            Self::Shapes(item) => &item.name,
            Self::Alias(item) => &item.name,
        }
    }

    /// The fields of a struct.
    pub(super) fn fields(&self) -> Option<&[RustField]> {
        match self {
            Self::Object(item) => Some(&item.fields),
            Self::Tuple(item) | Self::Pair(item) => Some(&item.fields),
            Self::Union(_) | Self::Shapes(_) | Self::Alias(_) => None,
        }
    }
}

/// Every named type: modules of structs and unions, and the value sets.
#[derive(Debug, Default)]
pub(super) struct Types {
    pub(super) modules: Vec<Module>,
    pub(super) enums: Vec<Enum>,
}

impl Types {
    /// Whether the product has no types.
    pub(super) fn is_empty(&self) -> bool {
        self.modules.is_empty() && self.enums.is_empty()
    }

    /// Whether the product has value sets.
    pub(super) fn has_enums(&self) -> bool {
        !self.enums.is_empty()
    }
}

impl Context<'_> {
    /// Every named type.
    pub(super) fn types(&mut self) -> Types {
        let mut modules: Vec<Module> = Vec::new();
        let mut enums = Vec::new();
        let mut files = Scope::new();
        // A module that is always there.
        let _ = files.claim("enums", "the module of value sets");
        let product = self.product;
        for (name, def) in &product.types {
            if let TypeKind::Enum(values) = &def.kind {
                let values = self.value_set(name, def, values);
                enums.push(values);
                continue;
            }
            let Some(item) = self.item(name, def) else {
                continue;
            };
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
        Types { modules, enums }
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
        let mut doc = sentence(def.description.as_deref().unwrap_or_default());
        if doc.is_empty() {
            doc = format!("`{name}`.");
        }
        let name = name.to_owned();
        Some(match &def.kind {
            TypeKind::Object(fields) => Item::Object(Object {
                in_order: self.in_streams.contains(&name),
                name,
                doc,
                fields: self.fields(fields, def),
                constants: fields
                    .iter()
                    .filter_map(|field| match &field.ty {
                        Type::Constant(text) => Some(Constant {
                            wire: field.name.clone(),
                            text: text.clone(),
                        }),
                        _ => None,
                    })
                    .collect(),
                market: def.filters.map(|market| names::pascal(market.name())),
                sent: None,
            }),
            TypeKind::Tuple(slots) => {
                let kind = if keeps_rest(slots) {
                    Item::Tuple
                } else {
                    Item::Pair
                };
                kind(Tuple {
                    name,
                    doc,
                    fields: self.fields(slots, def),
                    slots: slots.len(),
                })
            }
            TypeKind::Union { tag, variants } => {
                let mut scope = Scope::new();
                let variants = variants.iter().map(|(value, target)| {
                    let rust = variant_name(value);
                    if let Err(other) = scope.claim(&rust, value) {
                        self.collision(&def.location, &rust, value, &other);
                    }
                    let doc = self.product.types.get(target).and_then(|t| t.description.clone());
                    Tagged {
                        name: rust,
                        rust: RustType::model(target),
                        doc: doc.map_or_else(|| code_span(value), |doc| sentence(&doc)),
                        value: value.clone(),
                    }
                });
                let variants = variants.collect();
                Item::Union(Union {
                    name,
                    doc,
                    tag: tag.clone(),
                    variants,
                })
            }
            TypeKind::Shapes(types) => Item::Shapes(self.shapes(name, doc, def, types)),
            TypeKind::Alias(target) => Item::Alias(Alias {
                name,
                doc,
                target: RustType::from(target),
            }),
            TypeKind::Enum(_) => return None,
        })
    }

    pub(super) fn fields(&mut self, fields: &[Field], def: &TypeDef) -> Vec<RustField> {
        let mut scope = Scope::new();
        // Every object has a field for the members that the others do not hold.
        let _ = scope.claim("raw", "the members that no field holds");
        let mut lowered = Vec::new();
        for field in fields {
            if let Type::Constant(_) = field.ty {
                continue;
            }
            let plain = field.plain_name.as_deref().unwrap_or(&field.name);
            let mut rust_name = names::snake(plain);
            if let Err(other) = scope.claim(&rust_name, &field.name) {
                // Keys that differ by case alone, and have no plain name: the second says which it is.
                let distinguished = format!(
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
                    && scope.claim(&distinguished, &field.name).is_ok()
                {
                    self.warnings.push(Warning::at(
                        &def.location,
                        format!(
                            "`{other}` and `{}` differ by case alone; the latter is called `{distinguished}`",
                            field.name
                        ),
                    ));
                    rust_name = distinguished;
                } else {
                    self.collision(&def.location, &rust_name, &field.name, &other);
                }
            }
            let form = match self.form(&field.ty) {
                Some(form) if field.nullable => Some(null_or(form)),
                form => form,
            };
            let how = match (field.required, field.nullable, form.is_some()) {
                (true, _, false) => "required",
                (true, _, true) => "required_as",
                // A `null` reads as absent where none is documented.
                (false, false, false) => "optional",
                (false, false, true) => "optional_as",
                (false, true, false) => "nullable",
                (false, true, true) => "nullable_as",
            };
            let value = RustType::from(&field.ty);
            let value = if field.nullable { value.nullable() } else { value };
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
            lowered.push(RustField {
                name: rust_name,
                wire: field.name.clone(),
                aliases: field.aliases.clone(),
                doc,
                rust: value.option_if(!field.required),
                ty: self.product.resolve(&field.ty).clone(),
                required: field.required,
                nullable: field.nullable,
                how,
                form,
            });
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
    RustType::from(ty).to_string()
}

/// The named types that events are made of, of streams and of the account.
pub(super) fn event_types(product: &Product) -> BTreeSet<String> {
    let account = product.user_data_events.clone().map(Type::Named);
    let streams = product.streams.iter().map(|stream| &stream.event);
    let keyed = product.user_data.iter().map(|entry| &entry.events);
    product.types_within(streams.chain(keyed).chain(&account))
}

/// A variant of an open set; the name of the variant for what is not known is taken.
pub(super) fn variant_name(value: &str) -> String {
    let name = names::pascal(value);
    if name == "Unrecognized" { name + "_" } else { name }
}

/// The variant of a value set for a value.
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
