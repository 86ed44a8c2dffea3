//! Fixed fields: the expressions that read, copy and write one.

use binance_wire_model::sbe::{Encoding, Field, FieldLayout, Members, Presence, Primitive, Schema};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Lowering;
use super::types::rust_primitive;
use crate::lower::rust::{self, Named, RustType, ident, index, number};
use crate::names::snake;

/// What a field's value is in Rust.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A number.
    Number,
    /// A point in time.
    Time,
    /// An enum, its Rust type and whether it is a truth value.
    Enum { name: String, is_bool: bool },
    /// A set, its Rust type.
    Set(String),
    /// A mantissa of 64 bits.
    Mantissa64,
    /// A mantissa of 128 bits.
    Mantissa128,
}

/// How a field's value can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// It cannot.
    Never,
    /// It can be null.
    Null,
    /// An older version does not have it.
    Absent,
    /// Both.
    NullOrAbsent,
}

/// The exponent of a mantissa.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Exponent {
    /// A field of the same block.
    Own {
        name: String,
        layout: FieldLayout,
        extension: bool,
        optional: bool,
    },
    /// A field of a block around it, at this place of the context.
    Outer(usize),
}

/// What an exponent is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receiver {
    /// A view: its fields.
    View,
    /// The function that makes a view: its variables.
    Reading,
}

impl Receiver {
    fn block(self) -> TokenStream {
        match self {
            Self::View => quote!(self.block),
            Self::Reading => quote!(base),
        }
    }

    fn extension(self) -> TokenStream {
        match self {
            Self::View => quote!(self.extension),
            Self::Reading => quote!(extension),
        }
    }

    fn context(self) -> TokenStream {
        match self {
            Self::View => quote!(self.context),
            Self::Reading => quote!(context),
        }
    }
}

impl Exponent {
    /// How it is read.
    pub(super) fn read(&self, from: Receiver) -> TokenStream {
        match self {
            Self::Own {
                layout, extension, ..
            } => {
                let offset = number(layout.offset);
                if *extension {
                    // It precedes its mantissa, so it is there when the mantissa is.
                    let extension = from.extension();
                    quote!(sbe::read::since_i8(#extension, #offset).unwrap_or_default())
                } else {
                    let block = from.block();
                    quote!(sbe::read::i8(#block, #offset))
                }
            }
            Self::Outer(place) => {
                let (context, place) = (from.context(), index(*place));
                quote!(#context.exponent(#place))
            }
        }
    }

    /// How an owned value reads it.
    pub(super) fn owned(&self) -> TokenStream {
        match self {
            Self::Own {
                name,
                extension,
                optional,
                ..
            } => {
                let field = ident(&snake(name));
                if *optional || *extension {
                    quote!(self.#field.unwrap_or(i8::MIN))
                } else {
                    quote!(self.#field)
                }
            }
            Self::Outer(place) => {
                let place = index(*place);
                quote!(context.exponent(#place))
            }
        }
    }
}

/// A fixed field on its way to Rust.
#[derive(Clone, Debug)]
pub(super) struct FieldCode {
    pub(super) kind: Kind,
    /// The number on the wire.
    pub(super) wire: rust::Primitive,
    /// The null value, as an expression.
    pub(super) null: rust::Code,
    pub(super) missing: Missing,
    pub(super) exponent: Option<Exponent>,
    pub(super) layout: FieldLayout,
}

/// Whether a field of a block can be null. A set has no null value, all its flags may be off. What JSON has a default for
/// may be null, and so may a mantissa whose exponent can be.
fn may_be_null(schema: &Schema, members: &Members, field: &Field) -> bool {
    let exponent = || {
        let before = members.fields.iter().take_while(|other| other.name != field.name);
        field
            .exponent
            .as_deref()
            .and_then(|name| before.into_iter().find(|other| other.name == name))
    };
    !matches!(schema.encoding(&field.type_name), Some(Encoding::Set(_)))
        && (schema.presence(field) == Presence::Optional
            || field.json.default.is_some()
            || exponent().is_some_and(|exponent| schema.presence(exponent) == Presence::Optional))
}

/// Whether a field is an option in code: it can be null, or an older version does not have it.
pub fn may_be_missing(schema: &Schema, members: &Members, field: &Field) -> bool {
    field.since > 0 || may_be_null(schema, members, field)
}

impl Lowering<'_> {
    /// Lowers a field that is on the wire.
    pub(super) fn field(
        &mut self,
        message: &str,
        members: &Members,
        field: &Field,
        layout: FieldLayout,
        exponent: Option<Exponent>,
    ) -> Option<FieldCode> {
        let place = format!("{message}.{}", field.name);
        let line = field.line.0;
        let (kind, primitive, null) = match self.schema.encoding(&field.type_name)? {
            Encoding::Primitive(primitive) => (Kind::Number, primitive, None),
            Encoding::Simple(simple) => {
                if simple.length == 16 && simple.primitive == Primitive::UInt8 && exponent.is_some() {
                    (Kind::Mantissa128, Primitive::UInt8, None)
                } else if simple.length == 1 {
                    let time = field.type_name.starts_with("utcTimestamp")
                        || simple.semantic_type.as_deref() == Some("UTCTimestamp");
                    let kind = if time && simple.primitive == Primitive::Int64 {
                        Kind::Time
                    } else {
                        Kind::Number
                    };
                    (kind, simple.primitive, simple.null)
                } else {
                    self.error(
                        line,
                        format!("`{place}` is an array of {} elements", simple.length),
                        "arrays other than mantissas of 16 bytes are not supported; use <data>",
                    );
                    return None;
                }
            }
            Encoding::Enum(r#enum) => {
                let name = self.value_type(&r#enum.name);
                (
                    Kind::Enum {
                        name,
                        is_bool: r#enum.is_bool(),
                    },
                    r#enum.encoding,
                    None,
                )
            }
            Encoding::Set(set) => {
                let name = self.value_type(&set.name);
                (Kind::Set(name), set.encoding, None)
            }
        };
        let kind = match (kind, &exponent) {
            (Kind::Number | Kind::Time, Some(_)) => {
                if primitive != Primitive::Int64 || null.is_some() {
                    self.error(
                        line,
                        format!("the mantissa `{place}` is neither a plain int64 nor 16 bytes of uint8"),
                        "use mantissa64 or mantissa128",
                    );
                    return None;
                }
                Kind::Mantissa64
            }
            (kind, _) => kind,
        };
        let wire = if kind == Kind::Mantissa128 {
            rust::Primitive::I128
        } else {
            rust_primitive(primitive)
        };
        let null = match (null, wire) {
            (Some(null), _) => number(null),
            (None, rust::Primitive::F32 | rust::Primitive::F64) => quote!(#wire::NAN),
            (None, _) if primitive == Primitive::Char => number(0),
            (None, wire) if wire.is_unsigned() => quote!(#wire::MAX),
            (None, _) => quote!(#wire::MIN),
        };
        let missing = match (may_be_null(self.schema, members, field), field.since > 0) {
            (false, false) => Missing::Never,
            (true, false) => Missing::Null,
            (false, true) => Missing::Absent,
            (true, true) => Missing::NullOrAbsent,
        };
        Some(FieldCode {
            kind,
            wire,
            null: null.into(),
            missing,
            exponent,
            layout,
        })
    }
}

impl FieldCode {
    /// The type of a value that is there, as a view returns it.
    fn value_type(&self) -> RustType {
        match &self.kind {
            Kind::Number => self.wire.into(),
            Kind::Time => RustType::Timestamp,
            Kind::Enum { name, .. } | Kind::Set(name) => RustType::Named(Named::new(name).copied()),
            Kind::Mantissa64 => RustType::Scaled,
            Kind::Mantissa128 => RustType::Scaled128,
        }
    }

    /// The function that makes the value of the number on the wire.
    fn conversion(&self) -> Option<TokenStream> {
        match &self.kind {
            Kind::Time => Some(quote!(Timestamp::from_micros)),
            Kind::Enum { name, .. } | Kind::Set(name) => {
                let name = ident(name);
                Some(quote!(#name::from_raw))
            }
            _ => None,
        }
    }

    pub(super) fn accessor_type(&self) -> RustType {
        let value = self.value_type();
        match self.missing {
            Missing::Never => value,
            Missing::Null | Missing::Absent => value.option(),
            Missing::NullOrAbsent => value.presence(),
        }
    }

    /// Whether the accessor reads the block of the first version.
    pub(super) fn reads_block(&self) -> bool {
        matches!(self.missing, Missing::Never | Missing::Null)
            || matches!(self.exponent, Some(Exponent::Own { extension: false, .. }))
    }

    pub(super) fn accessor(&self) -> TokenStream {
        let offset = number(self.layout.offset);
        let wire = self.wire;
        let null = &self.null;
        let read = quote!(sbe::read::#wire(self.block, #offset));
        let since = format_ident!("since_{}", wire.name());
        let since = quote!(sbe::read::#since(self.extension, #offset));
        let raw = match self.missing {
            Missing::Never => read,
            Missing::Null if wire.is_float() => {
                let non_null = format_ident!("non_null_{}", wire.name());
                quote!(sbe::#non_null(#read))
            }
            Missing::Null => quote!(sbe::non_null(#read, #null)),
            Missing::Absent => since,
            Missing::NullOrAbsent if wire.is_float() => {
                let of = format_ident!("of_{}", wire.name());
                quote!(sbe::Presence::#of(#since))
            }
            Missing::NullOrAbsent => quote!(sbe::Presence::of(#since, #null)),
        };
        if let Some(exponent) = &self.exponent {
            let (function, scaled) = match self.kind {
                Kind::Mantissa128 => (ident("scaled128"), RustType::Scaled128),
                _ => (ident("scaled"), RustType::Scaled),
            };
            let power = exponent.read(Receiver::View);
            return match (self.missing, exponent) {
                (Missing::Never, _) => quote!(#scaled::new(#raw, #power)),
                (Missing::NullOrAbsent, _) => quote!(#raw.#function(#power)),
                // Without an exponent a mantissa says nothing.
                (_, Exponent::Own { optional: true, .. }) => {
                    quote!(sbe::#function(#raw, #power).filter(|value| value.exponent != i8::MIN))
                }
                _ => quote!(sbe::#function(#raw, #power)),
            };
        }
        match (self.missing, self.conversion()) {
            (_, None) => raw,
            (Missing::Never, Some(conversion)) => quote!(#conversion(#raw)),
            (_, Some(conversion)) => quote!(#raw.map(#conversion)),
        }
    }

    fn is_mantissa(&self) -> bool {
        self.exponent.is_some()
    }

    /// The type of the owned value, whether it is there or not.
    pub(super) fn owned_type(&self) -> RustType {
        let value = if self.is_mantissa() {
            RustType::Decimal
        } else {
            self.value_type()
        };
        value.option_if(self.missing != Missing::Never)
    }

    /// How a view makes the owned value.
    pub(super) fn to_owned(&self, name: &str) -> TokenStream {
        let name = ident(name);
        match (self.missing, self.is_mantissa()) {
            (Missing::Never, false) => quote!(self.#name()),
            (Missing::Never, true) => quote!(self.#name().decimal()?),
            (Missing::NullOrAbsent, false) => quote!(self.#name().value()),
            (Missing::NullOrAbsent, true) => quote!(sbe::optional_decimal(self.#name().value())?),
            (_, false) => quote!(self.#name()),
            (_, true) => quote!(sbe::optional_decimal(self.#name())?),
        }
    }

    /// How an owned value is written.
    pub(super) fn encode(&self, name: &str) -> TokenStream {
        let wire = self.wire;
        let null = &self.null;
        let required = self.missing == Missing::Never;
        let name = ident(name);
        match (&self.kind, &self.exponent) {
            (kind, Some(exponent)) => {
                let function = ident(match (kind, required) {
                    (Kind::Mantissa128, true) => "mantissa128",
                    (Kind::Mantissa128, false) => "optional_mantissa128",
                    (_, true) => "mantissa64",
                    (_, false) => "optional_mantissa64",
                });
                let exponent = exponent.owned();
                quote!(encoder.#function(self.#name, #exponent);)
            }
            (Kind::Time, None) if required => quote!(encoder.timestamp(self.#name);),
            (Kind::Time, None) => quote!(encoder.optional_timestamp(self.#name, #null);),
            (Kind::Enum { .. } | Kind::Set(_), None) if required => {
                quote!(encoder.#wire(self.#name.raw());)
            }
            (Kind::Enum { name: r#type, .. }, None) => {
                let values = ident(r#type);
                quote!(encoder.#wire(self.#name.map_or(#null, #values::raw));)
            }
            (Kind::Set(r#type), None) => {
                let values = ident(r#type);
                quote!(encoder.#wire(self.#name.map_or(0, #values::raw));)
            }
            (_, None) if required => quote!(encoder.#wire(self.#name);),
            (_, None) => quote!(encoder.#wire(self.#name.unwrap_or(#null));),
        }
    }

    /// The value for the JSON view: an expression, and whether it is an `Option`.
    pub(super) fn json_value(&self, name: &str) -> (TokenStream, bool) {
        let missing = self.missing != Missing::Never;
        let name = ident(name);
        let mut value = quote!(self.#name());
        if self.missing == Missing::NullOrAbsent {
            value = quote!(#value.value());
        }
        let value = match &self.kind {
            Kind::Enum { name: r#type, .. } | Kind::Set(r#type) if missing => {
                let values = ident(r#type);
                quote!(#value.map(#values::json))
            }
            Kind::Enum { .. } | Kind::Set(_) => quote!(#value.json()),
            _ => value,
        };
        (value, missing)
    }

    /// The JSON of `mbx:jsonDefaultValue`, or `None` where it does not fit.
    pub(super) fn json_default(&self, text: &str) -> Option<String> {
        let quoted = || Some(serde_json::Value::from(text).to_string());
        match &self.kind {
            Kind::Mantissa64 | Kind::Mantissa128 => is_number(text).then(quoted).flatten(),
            Kind::Number if self.wire.is_float() => is_number(text).then(|| text.to_owned()),
            Kind::Number | Kind::Time => text.parse::<i128>().ok().map(|number| number.to_string()),
            Kind::Enum { is_bool: true, .. } => matches!(text, "true" | "false").then(|| text.to_owned()),
            Kind::Enum { .. } => quoted(),
            Kind::Set(_) => None,
        }
    }
}

/// Whether a text is a JSON number.
fn is_number(text: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(text).is_ok()
}
