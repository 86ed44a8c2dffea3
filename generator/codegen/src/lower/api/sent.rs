//! Objects that requests send: what makes them, in addition to what reads and writes them.

use std::collections::BTreeSet;

use binance_wire_model::api::{Product, Type, TypeKind};
use binance_wire_model::diagnostics::Diagnostic;
use quote::quote;
use serde::Serialize;

use super::Context;
use super::types::{Item, Module};
use crate::lower::constructor::{Constructor, Member, argument};
use crate::lower::rust::{Printed, RustType};
use crate::names;

/// The constructor and the setters of an object.
#[derive(Debug, Serialize)]
pub(super) struct Sent {
    /// The attributes of `new`.
    attributes: Vec<Printed>,
    make: Constructor,
    optional: Vec<Setter>,
}

impl Sent {
    pub(super) fn is_by_name(&self) -> bool {
        self.make.named.is_some()
    }
}

#[derive(Debug, Serialize)]
struct Setter {
    attributes: Vec<Printed>,
    name: String,
    doc: String,
    /// The type of the argument.
    argument: Printed,
    /// What makes the value of the argument: method calls, or nothing.
    conversion: Printed,
}

/// The lints that a constructor of so many members breaks on purpose.
pub(super) fn constructor_attributes(members: usize) -> Vec<Printed> {
    match members {
        0 => vec![quote!(#[allow(clippy::new_without_default)]).into()],
        _ => Vec::new(),
    }
}

/// The lints that a setter of this name breaks on purpose.
fn setter_attributes(name: &str) -> Vec<Printed> {
    let conventional = ["as_", "from_", "is_", "to_"];
    match conventional.iter().any(|start| name.starts_with(start)) {
        true => {
            let reason = "a setter is called what its member is called";
            vec![quote!(#[allow(clippy::wrong_self_convention, reason = #reason)]).into()]
        }
        false => Vec::new(),
    }
}

/// The type of a member's value that is sent.
pub(super) fn value_type(resolved: &Type, nullable: bool) -> RustType {
    let value = RustType::from(resolved);
    if nullable { value.nullable() } else { value }
}

impl Context<'_> {
    pub(super) fn is_value_set(&self, name: &str) -> bool {
        let def = self.product.types.get(name);
        def.is_some_and(|def| matches!(def.kind, TypeKind::Enum(_)))
    }

    pub(super) fn is_list_of_objects(&self, resolved: &Type) -> bool {
        let Type::Array(item) = resolved else { return false };
        match self.product.resolve(item) {
            Type::Named(name) => {
                let def = self.product.types.get(name);
                def.is_some_and(|def| matches!(def.kind, TypeKind::Object(_)))
            }
            _ => false,
        }
    }

    /// Gives the objects that requests send their constructors.
    pub(super) fn constructors(&mut self, modules: &mut [Module]) {
        let product = self.product;
        let mut named = Vec::new();
        for item in modules.iter_mut().flat_map(|module| &mut module.types) {
            let Item::Object(object) = item else { continue };
            if !self.sent.contains(&object.name) {
                continue;
            }
            let Some(def) = product.types.get(&object.name) else {
                continue;
            };
            let (mut required, mut optional) = (Vec::new(), Vec::new());
            for field in &object.fields {
                if field.name == "new" || names::is_method_of_values(&field.name) {
                    self.errors.push(Diagnostic::at(
                        &def.location,
                        format!(
                            "`{}` of an object that requests send would be called `{}` in Rust, as a method that it has",
                            field.wire, field.name
                        ),
                        "give it another x-name",
                    ));
                }
                let ty = value_type(&field.ty, field.nullable);
                if field.required {
                    required.push(Member::converted(&field.name, &field.doc, &ty));
                    continue;
                }
                let (argument, conversion) = argument(&ty);
                optional.push(Setter {
                    attributes: setter_attributes(&field.name),
                    name: field.name.clone(),
                    doc: field.doc.clone(),
                    argument: argument.into(),
                    conversion: conversion.into(),
                });
            }
            object.sent = Some(Sent {
                attributes: constructor_attributes(required.len()),
                make: Constructor::new(&[], &object.name, required),
                optional,
            });
            named.extend(object.sent.iter().filter_map(|sent| {
                let required = sent.make.named.clone()?;
                Some((required, def))
            }));
        }
        for (required, def) in named {
            if product.types.contains_key(&required) {
                self.errors.push(Diagnostic::new(
                    &def.location.file,
                    def.location.line,
                    format!("`{required}` is the struct of what an object must have, and another type"),
                    "give the other type another name",
                ));
            }
        }
    }
}

/// The named types that parameters are made of.
pub(super) fn sent_types(product: &Product) -> BTreeSet<String> {
    let operations = product.operations.iter();
    let parameters = operations.flat_map(|operation| &operation.parameters);
    product.types_within(parameters.map(|parameter| &parameter.ty))
}
