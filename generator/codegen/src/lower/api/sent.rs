//! Objects that requests send: what makes them, besides what reads and writes them.

use std::collections::BTreeSet;

use binance_wire_model::api::{Product, Type, TypeKind};
use binance_wire_model::diagnostics::Diagnostic;
use serde::Serialize;

use super::Context;
use super::types::{Item, Module};

/// How deep an example is built up; deeper ones help nobody.
const EXAMPLE_DEPTH: usize = 3;

/// The constructor and the setters of an object.
#[derive(Debug, Serialize)]
pub(super) struct Constructor {
    attributes: Vec<&'static str>,
    /// The arguments of `new`.
    required: Vec<Member>,
    /// The setters.
    optional: Vec<Member>,
}

#[derive(Debug, Serialize)]
struct Member {
    name: String,
    doc: String,
    /// The type of the argument.
    argument: String,
    /// What makes the value of the argument: method calls, or nothing.
    conversion: &'static str,
}

/// The lints that a constructor of so many arguments breaks on purpose.
pub(super) fn constructor_attributes(arguments: usize) -> Vec<&'static str> {
    match arguments {
        0 => vec!["#[allow(clippy::new_without_default)]"],
        1..=7 => Vec::new(),
        _ => vec!["#[allow(clippy::too_many_arguments)]"],
    }
}

impl Context<'_> {
    /// The type of the argument that a value of a type is made from, and the method calls that make it.
    pub(super) fn argument(&self, resolved: &Type, rust: &str) -> (String, &'static str) {
        match resolved {
            Type::Array(element) => (
                format!("impl IntoIterator<Item = impl Into<{}>>", self.rust_type(element)),
                ".into_iter().map(Into::into).collect()",
            ),
            Type::Text | Type::Constant(_) | Type::Decimal { .. } => {
                (format!("impl Into<{rust}>"), ".into()")
            }
            _ => (rust.to_owned(), ""),
        }
    }

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
                if field.name == "new" {
                    self.errors.push(Diagnostic::new(
                        &def.location.file,
                        def.location.line,
                        format!(
                            "`{}` of an object that requests send would be called `new` in Rust",
                            field.wire
                        ),
                        "give it another x-name",
                    ));
                }
                let (argument, conversion) = match field.nullable {
                    true => (field.value().to_string(), ""),
                    false => self.argument(&field.ty, &field.value().to_string()),
                };
                let member = Member {
                    name: field.name.clone(),
                    doc: field.doc.clone(),
                    argument,
                    conversion,
                };
                if field.required {
                    &mut required
                } else {
                    &mut optional
                }
                .push(member);
            }
            object.constructor = Some(Constructor {
                attributes: constructor_attributes(required.len()),
                required,
                optional,
            });
        }
    }

    /// An object to show in an example; empty where there is none to show.
    pub(super) fn object_example(&self, name: &str) -> String {
        self.object_example_at(name, 0).unwrap_or_default()
    }

    fn object_example_at(&self, name: &str, depth: usize) -> Option<String> {
        let TypeKind::Object(fields) = &self.product.types.get(name)?.kind else {
            return None;
        };
        if depth >= EXAMPLE_DEPTH || !self.sent.contains(name) {
            return None;
        }
        let required = fields
            .iter()
            .filter(|field| field.required && !matches!(field.ty, Type::Constant(_)));
        let arguments: Vec<String> = required
            .map(|field| {
                let inner = match self.product.resolve(&field.ty) {
                    Type::Named(inner) if !self.is_value_set(inner) => {
                        self.object_example_at(inner, depth + 1)?
                    }
                    Type::Array(element) => match self.product.resolve(element) {
                        Type::Named(inner) if !self.is_value_set(inner) => {
                            format!("[{}]", self.object_example_at(inner, depth + 1)?)
                        }
                        _ => self.example(&field.name, &field.ty, None),
                    },
                    _ => self.example(&field.name, &field.ty, None),
                };
                (!field.nullable && !inner.is_empty()).then_some(inner)
            })
            .collect::<Option<_>>()?;
        Some(format!(
            "{}::models::{name}::new({})",
            self.crate_name(),
            arguments.join(", ")
        ))
    }
}

/// The named types that parameters are made of.
pub(super) fn sent_types(product: &Product) -> BTreeSet<String> {
    let operations = product.operations.iter();
    let parameters = operations.flat_map(|operation| &operation.parameters);
    product.types_within(parameters.map(|parameter| &parameter.ty))
}
