//! Types of several shapes, distinguished by their kind and by the members that are there.

use binance_wire_model::api::{Type, TypeDef, TypeKind};
use binance_wire_model::diagnostics::Diagnostic;
use indexmap::IndexSet;
use quote::quote;

use super::Context;
use super::text::{code_span, sentence};
use super::types::{Accessor, RustField, Shape, Shapes};
use crate::lower::rust::{Code, RustType, bits, ident};
use crate::names::{self, Scope};

impl Context<'_> {
    /// Decides how shapes are distinguished, and their names.
    pub(super) fn shapes(&mut self, name: String, doc: String, def: &TypeDef, types: &[Type]) -> Shapes {
        let kinds = self.kinds_of_shapes(types);
        let mut described: Vec<(&Type, Vec<&'static str>, IndexSet<&str>)> = types
            .iter()
            .zip(kinds)
            .map(|(ty, kinds)| (ty, kinds, self.product.member_names(ty)))
            .collect();
        // The richest first, and what takes anything last; the sort is stable, so the spec's order decides between
        // equals.
        described
            .sort_by_key(|(ty, _, members)| (self.json_kinds(ty).is_any(), std::cmp::Reverse(members.len())));
        // A member that every rival has too tells nothing.
        let mut telling: Vec<&str> = Vec::new();
        for (_, kinds, members) in &described {
            let rivals = || described.iter().filter(|(_, other, _)| overlap(kinds, other));
            let tells = |name: &&str| !rivals().all(|(_, _, rival)| rival.contains(name));
            let new: Vec<&str> = members.iter().copied().filter(tells).collect();
            telling.extend(
                new.into_iter()
                    .filter(|name| !telling.contains(name))
                    .collect::<Vec<_>>(),
            );
        }
        if telling.len() > MAX_TELLING {
            self.errors.push(Diagnostic::at(
                &def.location,
                format!("the shapes of `{name}` differ in {} members", telling.len()),
                format!("shapes are told apart by at most {MAX_TELLING}; use a discriminator"),
            ));
            telling.truncate(MAX_TELLING);
        }
        let words: Vec<Vec<String>> = described
            .iter()
            .map(|(ty, _, _)| self.variant_words(ty))
            .collect();
        let shared = common_prefix(&words, &name);
        let mut scope = Scope::new();
        let mut variants = Vec::new();
        for ((ty, kinds, members), words) in described.iter().zip(&words) {
            let rest: Vec<String> = words[shared.min(words.len().saturating_sub(1))..].to_vec();
            let rust = names::pascal(&rest.join(" "));
            let target = RustType::from(*ty);
            let printed = target.to_string();
            if let Err(other) = scope.claim(&rust, &printed) {
                self.collision(&def.location, &rust, &printed, &other);
            }
            let known = telling
                .iter()
                .enumerate()
                .filter(|(_, name)| members.contains(*name));
            variants.push(Shape {
                name: rust,
                doc: match self.product.resolve(ty) {
                    Type::Named(named) => sentence(
                        self.product
                            .types
                            .get(named)
                            .and_then(|t| t.description.as_deref())
                            .unwrap_or(named),
                    ),
                    other => format!("{}.", code_span(&RustType::from(other).short())),
                },
                rust: target,
                kinds: kinds.clone(),
                known: bits(known.fold(0, |bits, (place, _)| bits | 1 << place)).into(),
                form: self.form(ty),
            });
        }
        if types.iter().filter(|ty| self.json_kinds(ty).is_any()).count() > 1 {
            self.errors.push(Diagnostic::at(
                &def.location,
                format!("two shapes of `{name}` may be anything"),
                "list their own shapes here instead",
            ));
        }
        let in_order: Vec<Type> = described.iter().map(|(ty, _, _)| (*ty).clone()).collect();
        let telling = telling.into_iter().map(str::to_owned).collect();
        Shapes {
            name,
            doc,
            telling,
            variants,
            accessors: self.accessors(&in_order, def),
        }
    }

    /// Members that every shape has, with one type, are reached without a match; `None` is possible where it is for one of
    /// the shapes.
    fn accessors(&mut self, types: &[Type], def: &TypeDef) -> Vec<Accessor> {
        let mut per_shape: Vec<Vec<RustField>> = Vec::new();
        for ty in types {
            let Type::Named(name) = self.product.resolve(ty) else {
                return Vec::new();
            };
            let Some(TypeKind::Object(fields)) = self.product.types.get(name).map(|d| &d.kind) else {
                return Vec::new();
            };
            per_shape.push(self.fields(fields, def));
        }
        let Some((first, others)) = per_shape.split_first() else {
            return Vec::new();
        };
        first
            .iter()
            .filter_map(|field| {
                let others = others
                    .iter()
                    .map(|fields| fields.iter().find(|f| f.name == field.name));
                let fields: Vec<&RustField> = std::iter::once(Some(field))
                    .chain(others)
                    .collect::<Option<_>>()?;
                accessor(&fields)
            })
            .collect()
    }

    /// The kinds of JSON that each shape takes. A text, number or boolean in a spelling that none of the shapes is written
    /// in belongs to the first that can be read from it.
    fn kinds_of_shapes(&self, types: &[Type]) -> Vec<Vec<&'static str>> {
        let shapes: Vec<Kinds> = types.iter().map(|ty| self.json_kinds(ty)).collect();
        let mut taken: Vec<Vec<&'static str>> = shapes.iter().map(|shape| shape.written.clone()).collect();
        for kind in SCALARS {
            if taken.iter().any(|kinds| kinds.contains(&kind)) {
                continue;
            }
            if let Some(first) = shapes.iter().position(|shape| shape.read.contains(&kind)) {
                taken[first].push(kind);
            }
        }
        // What may be anything is left what no other shape takes, and objects and lists whose members are not those of
        // another shape.
        for (place, _) in shapes.iter().enumerate().filter(|(_, shape)| shape.is_any()) {
            let rivals = || (0..types.len()).filter(|rival| *rival != place);
            let own = ALL.into_iter().filter(|kind| {
                rivals().all(|rival| {
                    !taken[rival].contains(kind) || !self.product.member_names(&types[rival]).is_empty()
                })
            });
            taken[place] = own.collect();
        }
        taken
    }

    /// The kinds of JSON that a value of a type can be.
    fn json_kinds(&self, ty: &Type) -> Kinds {
        let written = |kinds: &[&'static str]| Kinds::new(kinds, &[]);
        match self.product.resolve(ty) {
            Type::Text | Type::Constant(_) => Kinds::new(&["String"], &["Number"]),
            Type::Decimal { bare: false, .. }
            | Type::Integer { as_text: true, .. }
            | Type::Time { as_text: true, .. } => Kinds::new(&["String"], &["Number"]),
            Type::Boolean { as_text: true } => Kinds::new(&["String"], &["Boolean"]),
            Type::Decimal { .. } | Type::Integer { .. } | Type::Time { .. } => {
                Kinds::new(&["Number"], &["String"])
            }
            Type::Boolean { .. } => Kinds::new(&["Boolean"], &["String"]),
            Type::Array(_) => written(&["Array"]),
            Type::Map(_) | Type::Empty => written(&["Object"]),
            Type::OneOrMany(_) => written(&["Object", "Array"]),
            Type::Any => written(&ALL),
            Type::Named(name) => match self.product.types.get(name).map(|d| &d.kind) {
                Some(TypeKind::Enum(_)) => Kinds::new(&["String"], &["Number"]),
                Some(TypeKind::Tuple(_)) => written(&["Array"]),
                Some(TypeKind::Shapes(types)) => {
                    let mut all = Kinds::new(&[], &[]);
                    for kinds in types.iter().map(|ty| self.json_kinds(ty)) {
                        all.written.extend(kinds.written);
                        all.read.extend(kinds.read);
                    }
                    all.written.sort_unstable();
                    all.written.dedup();
                    all
                }
                _ => written(&["Object"]),
            },
        }
    }

    pub(super) fn variant_words(&self, ty: &Type) -> Vec<String> {
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
            Type::Boolean { .. } => vec!["boolean".to_owned()],
            Type::Integer { .. } => vec!["integer".to_owned()],
            Type::Decimal { .. } => vec!["decimal".to_owned()],
            Type::Time { .. } => vec!["time".to_owned()],
            Type::Any => vec!["other".to_owned()],
            Type::Empty => vec!["empty".to_owned()],
        }
    }
}

/// What reaches a member, of which each shape has one of these fields, in the order of the variants.
fn accessor(fields: &[&RustField]) -> Option<Accessor> {
    let field = fields.first()?;
    let (name, copied) = (ident(&field.name), field.is_copy());
    let one_type = fields.iter().all(|other| other.rust == field.rust);
    let plain = |rust: &RustType| rust.inside_option().unwrap_or(rust).clone();
    if !one_type
        && (!copied
            || fields
                .iter()
                .any(|other| plain(&other.rust) != plain(&field.rust)))
    {
        return None;
    }
    let values = fields.iter().map(|other| match other.rust.inside_option() {
        _ if !copied => quote!(&value.#name),
        None if !one_type => quote!(Some(value.#name)),
        _ => quote!(value.#name),
    });
    let values = values.map(Code::from).collect();
    let rust = if one_type {
        field.rust.clone()
    } else {
        plain(&field.rust).option()
    };
    Some(Accessor {
        name: field.name.clone(),
        doc: field.doc.clone(),
        rust,
        borrowed: !copied,
        values,
    })
}

/// How many leading words all have in common with each other and with the union's own name.
fn common_prefix(words: &[Vec<String>], name: &str) -> usize {
    let own = names::words(name);
    let Some(first) = words.first() else {
        return 0;
    };
    let mut shared = 0;
    while words
        .iter()
        .all(|w| w.get(shared).is_some() && w.get(shared) == first.get(shared))
        && own.get(shared).is_none_or(|word| Some(word) == first.get(shared))
        && words.iter().all(|w| w.len() > shared + 1)
    {
        shared += 1;
    }
    shared
}

/// How many members may tell shapes apart: one bit stands for each.
const MAX_TELLING: usize = 128;

/// Kinds of JSON that come in each other's place.
const SCALARS: [&str; 3] = ["String", "Number", "Boolean"];

/// Every kind of JSON.
const ALL: [&str; 6] = ["Object", "Array", "String", "Number", "Boolean", "Null"];

/// The kinds of JSON that a value can be.
struct Kinds {
    /// As it is documented.
    written: Vec<&'static str>,
    /// Others from which it is read.
    read: Vec<&'static str>,
}

impl Kinds {
    fn new(written: &[&'static str], read: &[&'static str]) -> Self {
        Self {
            written: written.to_vec(),
            read: read.to_vec(),
        }
    }

    fn is_any(&self) -> bool {
        ALL.iter().all(|kind| self.written.contains(kind))
    }
}

/// Whether two sets of kinds have one in common.
fn overlap(a: &[&str], b: &[&str]) -> bool {
    a.iter().any(|kind| b.contains(kind))
}
