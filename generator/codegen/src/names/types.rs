//! The types of a product under their Rust names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use binance_wire_model::api::{Location, Parameter, Product, Type, TypeDef, TypeKind};
use binance_wire_model::diagnostics::{Diagnostic, Diagnostics};
use indexmap::IndexMap;

use super::{identifier, unused};

/// The product with every type under its Rust name; the product itself where that changes nothing. Two types that have
/// one name in Rust are an error.
pub fn rust_types(product: &Product) -> Result<Cow<'_, Product>, Diagnostics> {
    let names = product.types.keys().chain(product.shared_types.values());
    let renamed: BTreeMap<String, String> = names
        .map(|name| (name.clone(), in_rust(name)))
        .filter(|(name, rust)| name != rust)
        .collect();
    if renamed.is_empty() {
        return Ok(Cow::Borrowed(product));
    }
    let renaming = Renaming(renamed);
    let mut product = product.clone();
    renaming.product(&mut product)?;
    Ok(Cow::Owned(product))
}

/// The Rust name of a type of the model, whose words have capitals already.
fn in_rust(name: &str) -> String {
    unused(identifier(name.to_owned()))
}

/// The names that change, and what they become.
struct Renaming(BTreeMap<String, String>);

impl Renaming {
    fn name(&self, name: &mut String) {
        if let Some(rust) = self.0.get(name) {
            name.clone_from(rust);
        }
    }

    fn product(&self, product: &mut Product) -> Result<(), Diagnostics> {
        self.declared(&mut product.types)?;
        let shared = std::mem::take(&mut product.shared_types);
        for (mut here, mut there) in shared {
            self.name(&mut here);
            self.name(&mut there);
            product.shared_types.insert(here, there);
        }
        for name in product
            .user_data_events
            .iter_mut()
            .chain(&mut product.connection_events)
        {
            self.name(name);
        }
        for operation in &mut product.operations {
            self.parameters(&mut operation.parameters);
            self.ty(&mut operation.response);
            operation.error_data.iter_mut().for_each(|ty| self.ty(ty));
        }
        for stream in &mut product.streams {
            self.parameters(&mut stream.parameters);
            self.ty(&mut stream.event);
        }
        for entry in &mut product.user_data {
            self.ty(&mut entry.events);
        }
        for offered in product.offer.iter_mut().flat_map(|offer| &mut offer.operations) {
            self.parameters(&mut offered.parameters);
            self.name(&mut offered.request);
            self.ty(&mut offered.response);
        }
        if let Some(webhooks) = &mut product.webhooks {
            self.name(&mut webhooks.events);
            webhooks.reply.iter_mut().for_each(|ty| self.ty(ty));
        }
        Ok(())
    }

    fn declared(&self, types: &mut IndexMap<String, TypeDef>) -> Result<(), Diagnostics> {
        for (name, mut def) in std::mem::take(types) {
            let mut rust = name.clone();
            self.name(&mut rust);
            if let Some(other) = types.get(&rust) {
                return Err(collision(&name, &rust, &def.location, &other.location).into());
            }
            def.owner.iter_mut().for_each(|owner| self.name(owner));
            match &mut def.kind {
                TypeKind::Object(fields) | TypeKind::Tuple(fields) => {
                    fields.iter_mut().for_each(|field| self.ty(&mut field.ty));
                }
                TypeKind::Union { variants, .. } => variants.values_mut().for_each(|name| self.name(name)),
                TypeKind::Shapes(shapes) => shapes.iter_mut().for_each(|ty| self.ty(ty)),
                TypeKind::Alias(ty) => self.ty(ty),
                TypeKind::Enum(_) => {}
            }
            types.insert(rust, def);
        }
        Ok(())
    }

    fn parameters(&self, parameters: &mut [Parameter]) {
        parameters
            .iter_mut()
            .for_each(|parameter| self.ty(&mut parameter.ty));
    }

    fn ty(&self, ty: &mut Type) {
        match ty {
            Type::Named(name) => self.name(name),
            Type::Array(inner) | Type::Map(inner) | Type::OneOrMany(inner) => self.ty(inner),
            _ => {}
        }
    }
}

fn collision(name: &str, rust: &str, at: &Location, other: &Location) -> Diagnostic {
    Diagnostic::at(
        at,
        format!(
            "the type `{name}` is called `{rust}` in Rust, as another is at {}:{}",
            other.file, other.line
        ),
        "rename one of the two",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(types: &[(&str, Type)]) -> Product {
        let types = types.iter().enumerate().map(|(line, (name, ty))| {
            let def = TypeDef {
                description: None,
                sbe: None,
                owner: None,
                filters: None,
                kind: TypeKind::Alias(ty.clone()),
                rules: Vec::new(),
                location: Location::new("spot/rest.yaml", line + 1),
            };
            ((*name).to_owned(), def)
        });
        Product {
            types: types.collect(),
            ..Product::default()
        }
    }

    #[test]
    fn reserved_names_change_wherever_they_are_used() {
        let named = Type::Array(Box::new(Type::Named("Kind".to_owned())));
        let product = product(&[("Kind", Type::Text), ("1m", Type::Text), ("List", named)]);
        let renamed = rust_types(&product).expect("no collision");
        let names: Vec<&String> = renamed.types.keys().collect();
        assert_eq!(names, ["Kind_", "N1m", "List"]);
        let inner = Type::Array(Box::new(Type::Named("Kind_".to_owned())));
        assert_eq!(renamed.types["List"].kind, TypeKind::Alias(inner));
    }

    #[test]
    fn names_that_fit_stay() {
        let product = product(&[("Order", Type::Text)]);
        assert!(matches!(rust_types(&product), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn two_types_of_one_rust_name_are_an_error() {
        let error =
            rust_types(&product(&[("N1m", Type::Text), ("1m", Type::Text)])).expect_err("a collision");
        assert_eq!(
            error.to_string(),
            "spot/rest.yaml:2: the type `1m` is called `N1m` in Rust, as another is at spot/rest.yaml:1; \
             rename one of the two"
        );
    }
}
