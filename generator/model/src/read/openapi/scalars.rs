//! Schemas of texts and integers → value sets and types.

use indexmap::IndexMap;
use openapiv3::{StringType, VariantOrUnknownOrEmpty};
use serde_json::Value;

use super::{At, Reader};
use crate::api::{Type, TypeKind};

impl Reader {
    /// An integer, or a time where it has a unit.
    pub(super) fn integer(
        &mut self,
        at: &At,
        bits: u8,
        as_text: bool,
        extensions: &IndexMap<String, Value>,
    ) -> Type {
        let Some(unit) = extensions.get("x-time") else {
            return Type::Integer { bits, as_text };
        };
        let name = unit.as_str().map_or_else(|| unit.to_string(), str::to_owned);
        let Some(unit) = self.named(&at.child("x-time"), &name, "unit of time") else {
            return Type::Any;
        };
        Type::Time { unit, as_text }
    }

    pub(super) fn text(
        &mut self,
        at: &At,
        string: &StringType,
        extensions: &IndexMap<String, Value>,
    ) -> TypeKind {
        let format = match &string.format {
            VariantOrUnknownOrEmpty::Unknown(format) => format.as_str(),
            _ => "",
        };
        if extensions.contains_key("x-time") && format != "int64" {
            self.error(
                &at.child("x-time"),
                "`x-time` stands at a text that is no such number",
                "add `format: int64`, or take the key away",
            );
        }
        if let Some(values) = extensions.get("x-extensible-enum") {
            let Some(values) = values.as_array().and_then(|values| {
                values
                    .iter()
                    .map(|v| v.as_str().map(str::to_owned))
                    .collect::<Option<Vec<String>>>()
            }) else {
                self.error(
                    &at.child("x-extensible-enum"),
                    "not a list of texts",
                    "list the values as texts",
                );
                return TypeKind::Alias(Type::Text);
            };
            for (index, value) in values.iter().enumerate() {
                if values[..index].contains(value) {
                    self.error(
                        &at.child("x-extensible-enum").child(&index.to_string()),
                        format!("the value `{value}` is listed twice"),
                        "list each value once",
                    );
                }
            }
            return TypeKind::Enum(values);
        }
        let values: Vec<String> = string.enumeration.iter().flatten().cloned().collect();
        match values.as_slice() {
            [] => {}
            [one] => return TypeKind::Alias(Type::Constant(one.clone())),
            _ => return TypeKind::Enum(values),
        }
        TypeKind::Alias(match format {
            "decimal" => Type::Decimal { bare: false },
            "int64" | "int32" => self.integer(at, 64, true, extensions),
            "boolean" => Type::Boolean { as_text: true },
            _ => Type::Text,
        })
    }
}
