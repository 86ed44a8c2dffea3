//! What other lowerings ask of a lowered product: the Rust names that it has settled.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::api::{ErrorFamily, Field, Product, Type, TypeKind};

use super::Crate;
use super::types::{self, Item};
use crate::lower::rust::RustType;
use crate::names;

impl Crate {
    fn item(&self, name: &str) -> Option<&Item> {
        self.modules
            .iter()
            .flat_map(|module| &module.types)
            .find(|item| item.name() == name)
    }

    /// The Rust field of a member, or of a slot of a tuple.
    pub fn field(&self, name: &str, wire: &str) -> Option<&str> {
        self.item(name)?
            .fields()?
            .iter()
            .find(|field| field.wire == wire)
            .map(|field| field.name.as_str())
    }

    /// The variant of a union for a value of its tag.
    pub fn tagged_variant(&self, name: &str, value: &str) -> Option<&str> {
        let Item::Union(union) = self.item(name)? else {
            return None;
        };
        union
            .variants
            .iter()
            .find(|variant| variant.value == value)
            .map(|variant| variant.name.as_str())
    }

    /// The variant of a type of several shapes that holds a type.
    pub fn shape_variant(&self, name: &str, shape: &Type) -> Option<&str> {
        let rust = RustType::from(shape);
        let Item::Shapes(shapes) = self.item(name)? else {
            return None;
        };
        shapes
            .variants
            .iter()
            .find(|variant| variant.rust == rust)
            .map(|variant| variant.name.as_str())
    }

    /// The variant of an open value set for a value.
    pub fn value_variant(&self, name: &str, text: &str) -> Option<&str> {
        let values = self.enums.iter().find(|values| values.name == name)?;
        values
            .variants
            .iter()
            .find(|variant| variant.text == text)
            .map(|variant| variant.name.as_str())
    }

    /// Whether `new` of a request takes its parameters by name.
    pub fn request_by_name(&self, name: &str) -> bool {
        let mut requests = self.requests.iter();
        requests.any(|request| request.name == name && request.is_by_name())
    }

    /// Whether `new` of a type takes its members by name.
    pub fn type_by_name(&self, name: &str) -> bool {
        let Some(Item::Object(object)) = self.item(name) else {
            return false;
        };
        object.sent.as_ref().is_some_and(|sent| sent.is_by_name())
    }

    /// The product's name in prose.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// Gives requests the functions that decode their answers from SBE, by the name of the request type.
    pub fn connect_sbe(&mut self, functions: &BTreeMap<String, String>, events: bool) {
        for request in &mut self.requests {
            request.sbe = functions.get(&request.name).cloned();
        }
        self.sbe_models = true;
        self.sbe_events = events;
    }
}

/// The Rust type of a value that is there.
pub fn rust_type(ty: &Type) -> String {
    types::rust_type(ty)
}

/// What the field and setter of a parameter are called.
pub fn parameter_name(wire: &str) -> String {
    super::Context::parameter_name(wire)
}

/// The variant of a value set or union for a value.
pub fn variant_name(value: &str) -> String {
    types::variant_name(value)
}

/// The variant of `MarketEvent` for a type of events.
pub fn event_variant(name: &str) -> String {
    super::streams::event_variant(name)
}

/// The named types that requests send.
pub fn sent_types(product: &Product) -> BTreeSet<String> {
    super::sent::sent_types(product)
}

/// The constants of a family of error codes, with the code of each.
pub fn error_constants(family: &ErrorFamily) -> Vec<(i32, String)> {
    super::error_codes::constants(family)
}

/// What the field of a member is called.
pub(super) fn field_name(field: &Field) -> String {
    names::snake(field.plain_name.as_deref().unwrap_or(&field.name))
}

/// The members of an object.
pub(super) fn members<'p>(product: &'p Product, ty: &Type) -> Option<&'p [Field]> {
    let Type::Named(name) = product.resolve(ty) else {
        return None;
    };
    match &product.types.get(name)?.kind {
        TypeKind::Object(fields) => Some(fields),
        _ => None,
    }
}
