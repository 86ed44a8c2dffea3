//! Fixed fields: the expressions that read, copy and write one.

use super::Lowering;
use super::types::rust_primitive;
use crate::model::sbe::{Encoding, Field, FieldLayout, Members, Presence, Primitive, Schema};
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

impl Exponent {
    /// How a view reads it.
    pub(super) fn read(&self) -> String {
        match self {
            Self::Own {
                layout,
                extension: false,
                ..
            } => {
                format!("sbe::read::i8(self.block, {})", layout.offset)
            }
            // It precedes its mantissa, so it is there when the mantissa is.
            Self::Own { layout, .. } => {
                format!(
                    "sbe::read::since_i8(self.extension, {}).unwrap_or_default()",
                    layout.offset
                )
            }
            Self::Outer(index) => format!("self.context.exponent({index})"),
        }
    }

    /// How an owned value reads it.
    pub(super) fn owned(&self) -> String {
        match self {
            Self::Own {
                name, optional: true, ..
            } => {
                format!("self.{}.unwrap_or(i8::MIN)", snake(name))
            }
            Self::Own {
                name,
                extension: true,
                ..
            } => {
                format!("self.{}.unwrap_or(i8::MIN)", snake(name))
            }
            Self::Own { name, .. } => format!("self.{}", snake(name)),
            Self::Outer(index) => format!("context.exponent({index})"),
        }
    }
}

/// A fixed field on its way to Rust.
#[derive(Clone, Debug)]
pub(super) struct FieldCode {
    pub(super) kind: Kind,
    /// `u8` to `i128`, `f32`, `f64`.
    pub(super) wire: &'static str,
    /// The null value, as a Rust expression.
    pub(super) null: String,
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
                let name = self.value_types.get(&r#enum.name).cloned().unwrap_or_default();
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
                let name = self.value_types.get(&set.name).cloned().unwrap_or_default();
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
            "i128"
        } else {
            rust_primitive(primitive)
        };
        let null = match (null, wire) {
            (Some(null), _) => null.to_string(),
            (None, "f32" | "f64") => format!("{wire}::NAN"),
            (None, _) if primitive == Primitive::Char => "0".to_owned(),
            (None, "u8" | "u16" | "u32" | "u64") => format!("{wire}::MAX"),
            (None, _) => format!("{wire}::MIN"),
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
            null,
            missing,
            exponent,
            layout,
        })
    }
}

impl FieldCode {
    /// The type of a value that is there, as a view gives it.
    fn value_type(&self) -> String {
        match &self.kind {
            Kind::Number => self.wire.to_owned(),
            Kind::Time => "Timestamp".to_owned(),
            Kind::Enum { name, .. } | Kind::Set(name) => name.clone(),
            Kind::Mantissa64 => "sbe::Scaled".to_owned(),
            Kind::Mantissa128 => "sbe::Scaled128".to_owned(),
        }
    }

    /// The function that makes the value of the number on the wire.
    fn conversion(&self) -> Option<String> {
        match &self.kind {
            Kind::Time => Some("Timestamp::from_micros".to_owned()),
            Kind::Enum { name, .. } | Kind::Set(name) => Some(format!("{name}::from_raw")),
            _ => None,
        }
    }

    pub(super) fn accessor_type(&self) -> String {
        let value = self.value_type();
        match self.missing {
            Missing::Never => value,
            Missing::Null | Missing::Absent => format!("Option<{value}>"),
            Missing::NullOrAbsent => format!("sbe::Presence<{value}>"),
        }
    }

    pub(super) fn accessor(&self) -> String {
        let offset = self.layout.offset;
        let wire = self.wire;
        let null = &self.null;
        let float = matches!(wire, "f32" | "f64");
        let raw = match self.missing {
            Missing::Never => format!("sbe::read::{wire}(self.block, {offset})"),
            Missing::Null if float => {
                format!("sbe::non_null_{wire}(sbe::read::{wire}(self.block, {offset}))")
            }
            Missing::Null => format!("sbe::non_null(sbe::read::{wire}(self.block, {offset}), {null})"),
            Missing::Absent => format!("sbe::read::since_{wire}(self.extension, {offset})"),
            Missing::NullOrAbsent if float => {
                format!("sbe::Presence::of_{wire}(sbe::read::since_{wire}(self.extension, {offset}))")
            }
            Missing::NullOrAbsent => {
                format!("sbe::Presence::of(sbe::read::since_{wire}(self.extension, {offset}), {null})")
            }
        };
        if let Some(exponent) = &self.exponent {
            let (function, r#type) = match self.kind {
                Kind::Mantissa128 => ("scaled128", "sbe::Scaled128"),
                _ => ("scaled", "sbe::Scaled"),
            };
            let power = exponent.read();
            return match (self.missing, exponent) {
                (Missing::Never, _) => format!("{type}::new({raw}, {power})"),
                (Missing::NullOrAbsent, _) => format!("{raw}.{function}({power})"),
                // Without an exponent a mantissa says nothing.
                (_, Exponent::Own { optional: true, .. }) => {
                    format!("sbe::{function}({raw}, {power}).filter(|value| value.exponent != i8::MIN)")
                }
                _ => format!("sbe::{function}({raw}, {power})"),
            };
        }
        match (self.missing, self.conversion()) {
            (_, None) => raw,
            (Missing::Never, Some(conversion)) => format!("{conversion}({raw})"),
            (_, Some(conversion)) => format!("{raw}.map({conversion})"),
        }
    }

    fn is_mantissa(&self) -> bool {
        self.exponent.is_some()
    }

    pub(super) fn owned_type(&self) -> String {
        let value = if self.is_mantissa() {
            "Decimal".to_owned()
        } else {
            self.value_type()
        };
        if self.missing == Missing::Never {
            value
        } else {
            format!("Option<{value}>")
        }
    }

    /// How a view makes the owned value.
    pub(super) fn to_owned(&self, name: &str) -> String {
        match (self.missing, self.is_mantissa()) {
            (Missing::Never, false) => format!("self.{name}()"),
            (Missing::Never, true) => format!("self.{name}().decimal()?"),
            (Missing::NullOrAbsent, false) => format!("self.{name}().value()"),
            (Missing::NullOrAbsent, true) => format!("sbe::optional_decimal(self.{name}().value())?"),
            (_, false) => format!("self.{name}()"),
            (_, true) => format!("sbe::optional_decimal(self.{name}())?"),
        }
    }

    /// How an owned value is written.
    pub(super) fn encode(&self, name: &str) -> String {
        let wire = self.wire;
        let null = &self.null;
        let required = self.missing == Missing::Never;
        match (&self.kind, &self.exponent) {
            (kind, Some(exponent)) => {
                let bits = if *kind == Kind::Mantissa128 {
                    "mantissa128"
                } else {
                    "mantissa64"
                };
                let optional = if required { "" } else { "optional_" };
                format!("encoder.{optional}{bits}(self.{name}, {});", exponent.owned())
            }
            (Kind::Time, None) if required => format!("encoder.timestamp(self.{name});"),
            (Kind::Time, None) => format!("encoder.optional_timestamp(self.{name}, {null});"),
            (Kind::Enum { .. } | Kind::Set(_), None) if required => {
                format!("encoder.{wire}(self.{name}.raw());")
            }
            (Kind::Enum { name: r#type, .. }, None) => {
                format!("encoder.{wire}(self.{name}.map_or({null}, {type}::raw));")
            }
            (Kind::Set(r#type), None) => format!("encoder.{wire}(self.{name}.map_or(0, {type}::raw));"),
            (_, None) if required => format!("encoder.{wire}(self.{name});"),
            (_, None) => format!("encoder.{wire}(self.{name}.unwrap_or({null}));"),
        }
    }

    /// The value for the JSON view: an expression, and whether it is an `Option`.
    pub(super) fn json_value(&self, name: &str) -> (String, bool) {
        let missing = self.missing != Missing::Never;
        let mut value = format!("self.{name}()");
        if self.missing == Missing::NullOrAbsent {
            value.push_str(".value()");
        }
        match &self.kind {
            Kind::Enum { name: r#type, .. } | Kind::Set(r#type) if missing => {
                value.push_str(&format!(".map({type}::json)"));
            }
            Kind::Enum { .. } | Kind::Set(_) => value.push_str(".json()"),
            _ => {}
        }
        (value, missing)
    }

    /// The JSON of `mbx:jsonDefaultValue`, or `None` where it does not fit.
    pub(super) fn json_default(&self, text: &str) -> Option<String> {
        let quoted = || Some(serde_json::Value::from(text).to_string());
        match &self.kind {
            Kind::Mantissa64 | Kind::Mantissa128 => is_number(text).then(quoted).flatten(),
            Kind::Number if matches!(self.wire, "f32" | "f64") => is_number(text).then(|| text.to_owned()),
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
