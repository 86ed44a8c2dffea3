//! Wire forms that are not a Rust type's own.

use serde::Serialize;

use super::Context;
use crate::model::api::{TimeUnit, Type};

/// Two expressions that are functions.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Functions {
    read: String,
    write: String,
}

impl Functions {
    /// The one that writes.
    pub(super) fn write(&self) -> &str {
        &self.write
    }
}

/// How a value is read and written whose wire form is not its type's own.
pub(super) enum Codec {
    /// A module of `json`.
    Plain(&'static str),
    /// A module of `json` for containers, and the codec of what they hold.
    Container(&'static str, Box<Codec>),
}

impl Codec {
    /// As functions.
    pub(super) fn functions(&self) -> Functions {
        match self {
            Self::Plain(module) => Functions {
                read: format!("json::{module}::read"),
                write: format!("json::{module}::write"),
            },
            Self::Container(..) => Functions {
                read: format!("|reader| {}", self.read("reader")),
                write: format!("|value, writer| {}", self.write("value", "writer")),
            },
        }
    }

    /// The call that reads a value.
    pub(super) fn read(&self, reader: &str) -> String {
        match self {
            Self::Plain(module) => format!("json::{module}::read({reader})"),
            Self::Container(module, inner) => {
                format!("json::{module}::read({reader}, {})", inner.functions().read)
            }
        }
    }

    /// The call that writes `value`.
    pub(super) fn write(&self, value: &str, writer: &str) -> String {
        match self {
            Self::Plain(module) => format!("json::{module}::write({value}, {writer})"),
            Self::Container(module, inner) => {
                format!(
                    "json::{module}::write({value}, {writer}, {})",
                    inner.functions().write
                )
            }
        }
    }
}

impl Context<'_> {
    /// How a value of a type is read and written, where it is not the type's own way.
    pub(super) fn codec(&self, ty: &Type) -> Option<Codec> {
        let container = |module, inner| {
            self.codec(inner)
                .map(|inner| Codec::Container(module, Box::new(inner)))
        };
        match self.product.resolve(ty) {
            Type::Decimal { bare: true, .. } => Some(Codec::Plain("number")),
            Type::Integer { as_text: true, .. } => Some(Codec::Plain("integer_text")),
            Type::Integer { lenient: true, .. } => Some(Codec::Plain("lenient_integer")),
            Type::Boolean { as_text: true } => Some(Codec::Plain("boolean_text")),
            // Both read the other form as well.
            Type::Time { unit, as_text, .. } => match (unit, as_text) {
                (TimeUnit::Second, true) => Some(Codec::Plain("seconds_text")),
                (TimeUnit::Second, false) => Some(Codec::Plain("seconds")),
                (_, true) => Some(Codec::Plain("time_text")),
                (_, false) => None,
            },
            Type::Array(inner) => container("list", inner),
            Type::Map(inner) => container("map", inner),
            Type::OneOrMany(inner) => container("one_or_many", inner),
            _ => None,
        }
    }
}
