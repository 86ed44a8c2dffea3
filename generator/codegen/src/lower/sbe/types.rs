//! Enums and sets.

use binance_wire_model::sbe::Primitive;
use proc_macro2::Literal;
use quote::quote;
use serde::Serialize;

use super::{Lowering, sentence};
use crate::lower::rust::{self, RustType};
use crate::names::{Scope, pascal, screaming, snake};

/// An enum, ready to print.
#[derive(Clone, Debug, Serialize)]
pub struct EnumCode {
    /// The Rust type.
    pub name: String,
    /// The module that holds it.
    pub module: String,
    /// Doc lines.
    pub doc: Vec<String>,
    /// `u8`, `u16` or `u32`.
    pub wire: RustType,
    /// Whether it is a truth value.
    pub is_bool: bool,
    /// Its values.
    pub values: Vec<EnumValueCode>,
}

/// An enum's value, ready to print.
#[derive(Clone, Debug, Serialize)]
pub struct EnumValueCode {
    /// The variant.
    pub variant: String,
    /// A doc line.
    pub doc: String,
    /// The number on the wire, as a literal.
    pub raw: rust::Code,
    /// The value in JSON.
    pub json: String,
    /// The same where it is a truth value.
    pub truth: bool,
}

/// A set, ready to print.
#[derive(Clone, Debug, Serialize)]
pub struct SetCode {
    /// The Rust type.
    pub name: String,
    /// The module that holds it.
    pub module: String,
    /// Doc lines.
    pub doc: Vec<String>,
    /// `u8` to `u64`.
    pub wire: RustType,
    /// Whether the bits have to be widened for JSON.
    pub widened: bool,
    /// Its flags, by ascending bit.
    pub choices: Vec<SetChoiceCode>,
}

/// A flag, ready to print.
#[derive(Clone, Debug, Serialize)]
pub struct SetChoiceCode {
    /// The constant.
    pub constant: String,
    /// A doc line.
    pub doc: String,
    /// The bit.
    pub bit: u8,
    /// The value in JSON.
    pub json: String,
}

/// The Rust type that holds a primitive.
pub(super) fn rust_primitive(primitive: Primitive) -> rust::Primitive {
    match primitive {
        Primitive::Char | Primitive::UInt8 => rust::Primitive::U8,
        Primitive::UInt16 => rust::Primitive::U16,
        Primitive::UInt32 => rust::Primitive::U32,
        Primitive::UInt64 => rust::Primitive::U64,
        Primitive::Int8 => rust::Primitive::I8,
        Primitive::Int16 => rust::Primitive::I16,
        Primitive::Int32 => rust::Primitive::I32,
        Primitive::Int64 => rust::Primitive::I64,
        Primitive::Float => rust::Primitive::F32,
        Primitive::Double => rust::Primitive::F64,
    }
}

impl Lowering<'_> {
    pub(super) fn enums(&mut self) -> Vec<EnumCode> {
        let mut codes = Vec::new();
        for r#enum in self.schema.enums.values() {
            let name = self.claim_type(pascal(&r#enum.name), &r#enum.name, r#enum.line.0);
            self.value_types.insert(r#enum.name.clone(), name.clone());
            let mut scope = Scope::new();
            let _ = scope.claim("Unrecognized", "the variant for unknown values");
            let mut values = Vec::new();
            for value in &r#enum.values {
                let variant = pascal(&value.name);
                if let Err(other) = scope.claim(&variant, &value.name) {
                    self.error(
                        value.line.0,
                        format!("`{}` and {other} would both be the variant {variant}", value.name),
                        "rename one of them",
                    );
                }
                let (raw, shown) = match (r#enum.encoding, u8::try_from(value.raw)) {
                    (Primitive::Char, Ok(byte)) => {
                        let literal = Literal::byte_character(byte);
                        (quote!(#literal), format!("{:?}", char::from(byte)))
                    }
                    _ => (rust::number(value.raw), value.raw.to_string()),
                };
                let json = value.json.clone().unwrap_or_else(|| value.name.clone());
                let doc = if value.doc.0.is_empty() {
                    format!("`{json}`, on the wire `{shown}`.")
                } else {
                    sentence(&value.doc.0)
                };
                values.push(EnumValueCode {
                    variant,
                    doc,
                    raw: raw.into(),
                    json,
                    truth: value.raw == 1,
                });
            }
            let mut doc = vec![format!("`{}` of the schema.", r#enum.name)];
            if !r#enum.doc.0.is_empty() {
                doc.insert(0, sentence(&r#enum.doc.0));
                doc.insert(1, String::new());
            }
            codes.push(EnumCode {
                module: snake(&r#enum.name),
                name,
                doc,
                wire: rust_primitive(r#enum.encoding).into(),
                is_bool: r#enum.is_bool(),
                values,
            });
        }
        codes
    }

    pub(super) fn sets(&mut self) -> Vec<SetCode> {
        let mut codes = Vec::new();
        for set in self.schema.sets.values() {
            let name = self.claim_type(pascal(&set.name), &set.name, set.line.0);
            self.value_types.insert(set.name.clone(), name.clone());
            let mut scope = Scope::new();
            let _ = scope.claim("NAMES", "the table of names");
            let mut choices = Vec::new();
            for choice in &set.choices {
                let constant = screaming(&choice.name);
                if let Err(other) = scope.claim(&constant, &choice.name) {
                    self.error(
                        choice.line.0,
                        format!(
                            "`{}` and {other} would both be the constant {constant}",
                            choice.name
                        ),
                        "rename one of them",
                    );
                }
                let json = choice.json.clone().unwrap_or_else(|| choice.name.clone());
                let doc = format!("`{json}`, bit {}.", choice.bit);
                choices.push(SetChoiceCode {
                    constant,
                    doc,
                    bit: choice.bit,
                    json,
                });
            }
            choices.sort_by_key(|choice| choice.bit);
            let mut doc = vec![format!("`{}` of the schema: a set of flags.", set.name)];
            if !set.doc.0.is_empty() {
                doc.insert(0, sentence(&set.doc.0));
                doc.insert(1, String::new());
            }
            codes.push(SetCode {
                module: snake(&set.name),
                name,
                doc,
                wire: rust_primitive(set.encoding).into(),
                widened: set.encoding != Primitive::UInt64,
                choices,
            });
        }
        codes
    }
}
