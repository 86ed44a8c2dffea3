//! Wire forms that are not a Rust type's own.

use super::Context;
use crate::lower::rust::RustType;
use binance_wire_model::api::{TimeUnit, Type};

impl Context<'_> {
    /// The form in which a value of a type is read and written, where it is not the type's own.
    pub(super) fn form(&self, ty: &Type) -> Option<RustType> {
        let plain = |form| Some(RustType::Form(form, None));
        let container = |form, inner| self.form(inner).map(|inner| of(form, inner));
        match self.product.resolve(ty) {
            Type::Decimal { bare: true, .. } => plain("Number"),
            Type::Integer { as_text: true, .. } => plain("IntegerText"),
            Type::Boolean { as_text: true } => plain("BooleanText"),
            // Both read the other form as well.
            Type::Time { unit, as_text, .. } => match (unit, as_text) {
                (TimeUnit::Second, true) => plain("SecondsText"),
                (TimeUnit::Second, false) => plain("Seconds"),
                (_, true) => plain("TimeText"),
                (_, false) => None,
            },
            Type::Array(inner) => container("ListOf", inner),
            Type::Map(inner) => container("MapOf", inner),
            Type::OneOrMany(inner) => container("OneOrListOf", inner),
            _ => None,
        }
    }
}

/// A form, where `null` may stand for the value.
pub(super) fn null_or(form: RustType) -> RustType {
    of("NullOr", form)
}

fn of(container: &'static str, inner: RustType) -> RustType {
    RustType::Form(container, Some(Box::new(inner)))
}
