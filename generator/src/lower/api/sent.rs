//! Objects that requests send: what makes them, besides what reads and writes them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Context;
use super::types::Module;
use crate::diagnostics::Diagnostic;
use crate::model::api::{Product, Type, TypeKind};

/// How deep an example is built up; deeper ones help nobody.
const EXAMPLE_DEPTH: usize = 3;

/// The constructor and the setters of an object.
#[derive(Debug, Serialize)]
pub(super) struct Constructor {
    /// The arguments of `new`.
    required: Vec<Member>,
    /// The setters.
    optional: Vec<Member>,
}

#[derive(Debug, Serialize)]
struct Member {
    name: String,
    doc: String,
    /// The type of the value.
    rust: String,
    /// How it is taken: `into`, `value` or `list`.
    taken: &'static str,
    /// The element's type, of a list.
    element: String,
}

impl Context<'_> {
    /// The type of the argument for a value of a type.
    pub(super) fn argument(&self, resolved: &Type, rust: &str) -> String {
        match resolved {
            Type::Array(element) => format!(
                "impl IntoIterator<Item = impl Into<{}>>",
                self.rust_type(element)
            ),
            Type::Text | Type::Constant(_) | Type::Decimal { .. } => format!("impl Into<{rust}>"),
            _ => rust.to_owned(),
        }
    }

    /// How a value of a type is taken by a constructor or a setter.
    pub(super) fn taken(&self, resolved: &Type) -> &'static str {
        match resolved {
            Type::Text | Type::Constant(_) | Type::Decimal { .. } => "into",
            Type::Array(_) => "list",
            Type::Named(name) if self.is_value_set(name) => "into",
            _ => "value",
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
        let items = modules.iter_mut().flat_map(|module| &mut module.types);
        for item in items.filter(|item| self.sent.contains(&item.name)) {
            let Some(def) = product.types.get(&item.name) else {
                continue;
            };
            let TypeKind::Object(fields) = &def.kind else {
                continue;
            };
            let mut constructor = Constructor {
                required: Vec::new(),
                optional: Vec::new(),
            };
            for field in fields {
                let Some(rust) = item.fields.iter().find(|rust| rust.wire == field.name) else {
                    continue;
                };
                if rust.name == "new" {
                    self.errors.push(Diagnostic::new(
                        &def.location.file,
                        def.location.line,
                        format!(
                            "`{}` of an object that requests send would be called `new` in Rust",
                            field.name
                        ),
                        "give it another x-name",
                    ));
                }
                let resolved = product.resolve(&field.ty);
                let member = Member {
                    name: rust.name.clone(),
                    doc: rust.doc.clone(),
                    rust: rust.inner.clone(),
                    taken: if field.nullable {
                        "value"
                    } else {
                        self.taken(resolved)
                    },
                    element: match resolved {
                        Type::Array(element) => self.rust_type(element),
                        _ => String::new(),
                    },
                };
                if field.required {
                    constructor.required.push(member);
                } else {
                    constructor.optional.push(member);
                }
            }
            item.constructor = Some(constructor);
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
