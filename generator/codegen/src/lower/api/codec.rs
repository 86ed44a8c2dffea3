//! Wire forms that are not a Rust type's own.

use std::fmt;

use binance_wire_model::api::{TimeUnit, Type};
use serde::{Serialize, Serializer};

use super::Context;

/// How a value is read and written whose wire form is not its type's own.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// A form of the runtime's `json`.
    Plain(&'static str),
    /// A form of the runtime's `json` for containers, and the form of what they hold.
    Of(&'static str, Box<Form>),
}

/// The form's type.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(form) => write!(f, "binance_wire_core::json::{form}"),
            Self::Of(form, inner) => write!(f, "binance_wire_core::json::{form}<{inner}>"),
        }
    }
}

impl Serialize for Form {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Form {
    /// The same, where `null` may stand for the value.
    pub(super) fn nullable(self) -> Self {
        Self::Of("NullOr", Box::new(self))
    }
}

impl Context<'_> {
    /// The form in which a value of a type is read and written, where it is not the type's own.
    pub(super) fn form(&self, ty: &Type) -> Option<Form> {
        let container = |form, inner| self.form(inner).map(|inner| Form::Of(form, Box::new(inner)));
        match self.product.resolve(ty) {
            Type::Decimal { bare: true, .. } => Some(Form::Plain("Number")),
            Type::Integer { as_text: true, .. } => Some(Form::Plain("IntegerText")),
            Type::Boolean { as_text: true } => Some(Form::Plain("BooleanText")),
            // Both read the other form as well.
            Type::Time { unit, as_text, .. } => match (unit, as_text) {
                (TimeUnit::Second, true) => Some(Form::Plain("SecondsText")),
                (TimeUnit::Second, false) => Some(Form::Plain("Seconds")),
                (_, true) => Some(Form::Plain("TimeText")),
                (_, false) => None,
            },
            Type::Array(inner) => container("ListOf", inner),
            Type::Map(inner) => container("MapOf", inner),
            Type::OneOrMany(inner) => container("OneOrListOf", inner),
            _ => None,
        }
    }
}
