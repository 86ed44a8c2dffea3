//! Types of several shapes, distinguished by their kind and by the members that are there.

use binance_wire_model::api::{Field, Type, TypeDef, TypeKind};
use binance_wire_model::diagnostics::Diagnostic;
use proc_macro2::TokenStream;
use quote::quote;

use super::Context;
use super::text::{code_span, sentence};
use super::types::{Accessor, RustField, Shape, Shapes};
use crate::lower::rust::{Code, RustType, bits, ident};
use crate::names::{self, Scope};

impl Context<'_> {
    /// Decides how shapes are distinguished, and their names.
    pub(super) fn shapes(&mut self, name: String, doc: String, def: &TypeDef, types: &[Type]) -> Shapes {
        let mut described: Vec<(&Type, Vec<&'static str>, Vec<&Field>)> = types
            .iter()
            .map(|ty| {
                let required = match self.product.resolve(ty) {
                    Type::Array(element) => self.product.required_fields(element),
                    ty => self.product.required_fields(ty),
                };
                (ty, self.json_kinds(ty), required.unwrap_or_default())
            })
            .collect();
        // The richest first, and what takes anything last; the sort is stable, so the spec's order decides between
        // equals.
        described.sort_by_key(|(_, kinds, required)| (kinds.is_empty(), std::cmp::Reverse(required.len())));
        let mut telling: Vec<String> = Vec::new();
        for (index, (_, kinds, required)) in described.iter().enumerate() {
            let rivals: Vec<&Vec<&Field>> = described
                .iter()
                .enumerate()
                .filter(|(other, (_, other_kinds, _))| *other != index && overlap(other_kinds, kinds))
                .map(|(_, (_, _, required))| required)
                .collect();
            for member in required {
                // A member that every rival has too tells nothing.
                if rivals
                    .iter()
                    .all(|rival| rival.iter().any(|r| r.name == member.name))
                {
                    continue;
                }
                for name in std::iter::once(&member.name).chain(&member.aliases) {
                    if !telling.contains(name) {
                        telling.push(name.clone());
                    }
                }
            }
        }
        // A shape whose required members tell nothing has one of the members that no rival knows.
        let own: Vec<Vec<String>> = described
            .iter()
            .enumerate()
            .map(|(index, (ty, kinds, required))| {
                if required.iter().any(|member| telling.contains(&member.name)) {
                    return Vec::new();
                }
                let rivals: Vec<&Type> = described
                    .iter()
                    .enumerate()
                    .filter(|(other, (_, other_kinds, _))| *other != index && overlap(other_kinds, kinds))
                    .map(|(_, (ty, _, _))| *ty)
                    .collect();
                let known = |name: &str| {
                    rivals
                        .iter()
                        .any(|rival| self.member_names(rival).contains(&name))
                };
                self.member_names(ty)
                    .into_iter()
                    .filter(|name| !known(name))
                    .map(str::to_owned)
                    .collect()
            })
            .collect();
        for name in own.iter().flatten() {
            if !telling.contains(name) {
                telling.push(name.clone());
            }
        }
        telling.truncate(64);
        let words: Vec<Vec<String>> = described
            .iter()
            .map(|(ty, _, _)| self.variant_words(ty))
            .collect();
        let shared = common_prefix(&words, &name);
        let mut scope = Scope::new();
        let mut masked = false;
        let mut variants = Vec::new();
        let mut otherwise = None;
        for (index, (ty, kinds, required)) in described.iter().enumerate() {
            let rest: Vec<String> = words[index][shared.min(words[index].len().saturating_sub(1))..].to_vec();
            let rust = names::pascal(&rest.join(" "));
            let target = RustType::from(*ty);
            let printed = target.to_string();
            if let Err(other) = scope.claim(&rust, &printed) {
                self.collision(&def.location, &rust, &printed, &other);
            }
            let last_of_kind = !described[index + 1..]
                .iter()
                .any(|(_, other, _)| overlap(other, kinds));
            let bit = |name: &String| {
                let index = telling.iter().position(|t| t == name);
                index.map_or(0_u64, |index| 1 << index)
            };
            // All members of one name, and each member of several under any of them.
            let (mut mask, mut any) = (0, Vec::new());
            for member in required.iter().filter(|_| !last_of_kind) {
                match member
                    .aliases
                    .iter()
                    .map(bit)
                    .fold(bit(&member.name), |a, b| a | b)
                {
                    0 => {}
                    bits if member.aliases.is_empty() => mask |= bits,
                    bits => any.push(bits),
                }
            }
            if mask == 0 && any.is_empty() && !last_of_kind {
                let own = own[index].iter().map(bit);
                any.extend(Some(own.fold(0, |a, b| a | b)).filter(|bits| *bits != 0));
            }
            masked |= mask != 0 || !any.is_empty();
            let shape = Shape {
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
                condition: shape_condition(kinds, mask, &any),
                form: self.form(ty),
            };
            // It comes last, and there is one.
            if kinds.is_empty() {
                otherwise = Some(shape);
            } else {
                variants.push(shape);
            }
        }
        if described.iter().filter(|(_, kinds, _)| kinds.is_empty()).count() > 1 {
            self.errors.push(Diagnostic::at(
                &def.location,
                format!("two shapes of `{name}` may be anything"),
                "list their own shapes here instead",
            ));
        }
        Shapes {
            name,
            doc,
            telling: if masked { telling } else { Vec::new() },
            all: variants.iter().chain(&otherwise).cloned().collect(),
            variants,
            otherwise,
            accessors: self.accessors(types, def),
        }
    }

    /// The names of an object's members, or of those of a list's elements.
    fn member_names<'t>(&'t self, ty: &'t Type) -> Vec<&'t str> {
        let ty = match self.product.resolve(ty) {
            Type::Array(element) => self.product.resolve(element),
            ty => ty,
        };
        match ty {
            Type::Named(name) => match self.product.types.get(name).map(|def| &def.kind) {
                Some(TypeKind::Object(fields)) => fields.iter().map(|field| field.name.as_str()).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// Members that every shape has, with one type, are reached without a match.
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
            .filter(|field| {
                others.iter().all(|fields| {
                    fields
                        .iter()
                        .any(|f| f.name == field.name && f.rust == field.rust)
                })
            })
            .map(|field| Accessor {
                name: field.name.clone(),
                doc: field.doc.clone(),
                rust: field.rust.clone(),
                borrowed: !field.is_copy(),
            })
            .collect()
    }

    /// The kinds of JSON that a value of a type can be; none where it can be any.
    fn json_kinds(&self, ty: &Type) -> Vec<&'static str> {
        match self.product.resolve(ty) {
            Type::Text | Type::Constant(_) => vec!["String"],
            Type::Decimal { lenient: true, .. }
            | Type::Integer { lenient: true, .. }
            | Type::Time { lenient: true, .. } => vec!["String", "Number"],
            Type::Decimal { bare: false, .. }
            | Type::Integer { as_text: true, .. }
            | Type::Time { as_text: true, .. }
            | Type::Boolean { as_text: true } => vec!["String"],
            Type::Decimal { .. } | Type::Integer { .. } | Type::Time { .. } => vec!["Number"],
            Type::Boolean { .. } => vec!["Boolean"],
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
                        let new: Vec<_> = of_shape
                            .into_iter()
                            .filter(|kind| !kinds.contains(kind))
                            .collect();
                        kinds.extend(new);
                    }
                    kinds
                }
                _ => vec!["Object"],
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

/// How many leading words all have in common with each other and with the union's own name.
fn common_prefix(words: &[Vec<String>], name: &str) -> usize {
    let own = names::words(name);
    let mut shared = 0;
    while words
        .iter()
        .all(|w| w.get(shared).is_some() && w.get(shared) == words[0].get(shared))
        && own
            .get(shared)
            .is_none_or(|word| Some(word) == words[0].get(shared))
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

/// When a value has a shape, as an expression; empty where it always may.
fn shape_condition(kinds: &[&str], mask: u64, any: &[u64]) -> Code {
    let kinds: Vec<_> = kinds.iter().map(|kind| ident(kind)).collect();
    let kind = match kinds.as_slice() {
        [] => return Code::default(),
        [one] => quote!(kind == Kind::#one),
        several => quote!(matches!(kind, #(Kind::#several)|*)),
    };
    let all = (mask != 0).then(|| {
        let mask = bits(mask);
        quote!(&& members & #mask == #mask)
    });
    let any: TokenStream = any
        .iter()
        .map(|&any| {
            let any = bits(any);
            quote!(&& members & #any != 0)
        })
        .collect();
    quote!(#kind #all #any).into()
}
