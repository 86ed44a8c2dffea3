//! Fields → values.

use super::source::{Kind, Member, Source};
use super::{Engine, Outcome, SetConversion, ValueConversion};
use crate::diagnostics::Warning;
use crate::lower::api::rust_type;
use crate::model::api::{Field, Type, TypeKind};
use crate::model::sbe::Encoding;
use crate::names;

/// The value of an enum that stands for all that a schema version cannot say.
const NON_REPRESENTABLE: &str = "NON_REPRESENTABLE";

/// An expression and whether it gives an option.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    code: String,
    optional: bool,
    /// For lists: the expression that gives `None` where there is no entry.
    pub(super) filled: Option<String>,
}

impl Expr {
    /// One that gives a value.
    pub(super) fn plain(code: String) -> Self {
        Self {
            code,
            optional: false,
            filled: None,
        }
    }

    /// One that gives an option.
    pub(super) fn option(code: String) -> Self {
        Self {
            code,
            optional: true,
            filled: None,
        }
    }

    fn of(code: String, optional: bool) -> Self {
        Self {
            code,
            optional,
            filled: None,
        }
    }

    /// As an option.
    pub(super) fn some(&self) -> String {
        if self.optional {
            self.code.clone()
        } else {
            format!("Some({})", self.code)
        }
    }

    /// As a value: an error where there is none.
    pub(super) fn required(&self, member: &str) -> String {
        if self.optional {
            format!("sbe::models::required({}, {member:?})?", self.code)
        } else {
            self.code.clone()
        }
    }

    /// As a field of a model stores it.
    pub(super) fn stored(&self, field: &Field) -> String {
        match (field.required, field.nullable, self.optional) {
            (true, false, _) => self.required(&field.name),
            (true, true, true) => format!("Nullable::from({})", self.code),
            (true, true, false) => format!("Nullable::Value({})", self.code),
            (false, false, _) => self.some(),
            (false, true, true) => format!("{}.map(Nullable::Value)", self.code),
            (false, true, false) => format!("Some(Nullable::Value({}))", self.code),
        }
    }
}

impl<'a> Engine<'a> {
    /// The value of a member as a type. `default` is what JSON has in place of null.
    pub(super) fn value(
        &mut self,
        source: Source<'a>,
        member: &Member<'a>,
        ty: &Type,
        default: Option<&str>,
        sorted: bool,
    ) -> Outcome<Expr> {
        let product = self.input.product;
        let ty = product.resolve(ty);
        match &member.kind {
            Kind::Field(_) => self.field(source, member, ty, default, sorted),
            Kind::Group(group) => {
                let Some(entries) = source.entries(group) else {
                    return Err(self.mismatch(source, member, ty));
                };
                match ty {
                    Type::Array(element) => {
                        let convert = self.function(entries, element)?;
                        let collect = if entries.level.flat {
                            "sbe::models::collect_flat"
                        } else {
                            "sbe::collect"
                        };
                        let mut expr = Expr::plain(format!("{collect}({}, {convert})?", member.read));
                        expr.filled = Some(format!("sbe::models::collect_some({}, {convert})?", member.read));
                        Ok(expr)
                    }
                    // A group of one entry or none stands for an object that may be left out.
                    Type::Named(_) => {
                        let convert = self.function(entries, ty)?;
                        Ok(Expr::option(format!(
                            "{}.next().map({convert}).transpose()?",
                            member.read
                        )))
                    }
                    _ => Err(self.mismatch(source, member, ty)),
                }
            }
            Kind::Text => {
                let value_set = self.value_set(ty);
                if *ty != Type::Text && value_set.is_none() {
                    return Err(self.mismatch(source, member, ty));
                }
                let into = format!("{}::from", rust_type(ty));
                Ok(match (member.optional, default) {
                    (false, _) => Expr::plain(format!("{into}({})", member.read)),
                    (true, Some("")) => Expr::plain(format!("{into}({}.unwrap_or_default())", member.read)),
                    (true, Some(default)) => {
                        Expr::plain(format!("{into}({}.unwrap_or({default:?}))", member.read))
                    }
                    (true, None) => Expr::option(format!("{}.map({into})", member.read)),
                })
            }
            Kind::Message => {
                let convert = self.embedded(ty)?;
                Ok(if member.optional {
                    Expr::option(format!("{}.map({convert}).transpose()?", member.read))
                } else {
                    Expr::plain(format!("{convert}({})?", member.read))
                })
            }
            Kind::Bytes => Err(self.mismatch(source, member, ty)),
        }
    }

    fn field(
        &mut self,
        source: Source<'a>,
        member: &Member<'a>,
        ty: &Type,
        default: Option<&str>,
        sorted: bool,
    ) -> Outcome<Expr> {
        let Kind::Field(field) = member.kind else {
            return Err(self.mismatch(source, member, ty));
        };
        let Some(encoding) = self.input.schema.encoding(&field.type_name) else {
            return Err(self.mismatch(source, member, ty));
        };
        let name = member.name;
        let (read, optional) = (&member.read, member.optional);
        let expr = match (encoding, ty) {
            (_, Type::Decimal { .. }) if member.rust.starts_with("sbe::Scaled") => Expr::of(
                if optional {
                    format!("{read}.map({}::decimal).transpose()?", member.rust)
                } else {
                    format!("{read}.decimal()?")
                },
                optional,
            ),
            (_, Type::Decimal { .. }) if matches!(member.rust.as_str(), "f32" | "f64") => Expr::of(
                if optional {
                    format!("{read}.map(|value| sbe::models::float(value, {name:?})).transpose()?")
                } else {
                    format!("sbe::models::float({read}, {name:?})?")
                },
                optional,
            ),
            (Encoding::Simple(_), Type::Time { .. }) if member.rust == "Timestamp" => {
                Expr::of(read.clone(), optional)
            }
            (Encoding::Enum(r#enum), Type::Boolean { .. }) if r#enum.is_bool() => Expr::of(
                if optional {
                    format!("{read}.map(|value| sbe::models::truth(value.as_bool(), {name:?})).transpose()?")
                } else {
                    format!("sbe::models::truth({read}.as_bool(), {name:?})?")
                },
                optional,
            ),
            (Encoding::Enum(r#enum), Type::Named(values)) if self.value_set(ty).is_some() => {
                let convert = self.enum_function(&r#enum.name, values);
                let code = if optional {
                    format!("{read}.map({convert})")
                } else {
                    format!("{convert}({read})")
                };
                Expr::of(code, optional)
            }
            (Encoding::Set(set), Type::Array(element)) => {
                let (false, Type::Named(values), Some(_)) = (optional, &**element, self.value_set(element))
                else {
                    return Err(self.mismatch(source, member, ty));
                };
                let convert = self.set_function(&set.name, values, sorted);
                Expr::plain(format!("{convert}({read})"))
            }
            (Encoding::Primitive(_) | Encoding::Simple(_), Type::Integer { bits, .. }) => {
                let Some(convert) = integer(&member.rust, if *bits == 32 { "i32" } else { "i64" }) else {
                    return Err(self.mismatch(source, member, ty));
                };
                let code = match (convert, optional) {
                    (Widen::Same, _) => read.clone(),
                    (Widen::Lossless(into), false) => format!("{into}({read})"),
                    (Widen::Lossless(into), true) => format!("{read}.map({into})"),
                    (Widen::Checked, false) => format!("sbe::models::integer({read}, {name:?})?"),
                    (Widen::Checked, true) => {
                        format!("{read}.map(|value| sbe::models::integer(value, {name:?})).transpose()?")
                    }
                };
                Expr::of(code, optional)
            }
            _ => return Err(self.mismatch(source, member, ty)),
        };
        match default {
            Some(default) if optional => {
                let default = self.constant(source, ty, default)?;
                Ok(Expr::plain(format!("{}.unwrap_or({default})", expr.code)))
            }
            _ => Ok(expr),
        }
    }

    /// The values of an open set.
    fn value_set(&self, ty: &Type) -> Option<&'a [String]> {
        match self.input.product.resolve(ty) {
            Type::Named(name) => match &self.input.product.types.get(name)?.kind {
                TypeKind::Enum(values) => Some(values),
                _ => None,
            },
            _ => None,
        }
    }

    /// The function that makes a value of an open set of an SBE enum.
    fn enum_function(&mut self, sbe: &str, values: &str) -> String {
        let key = (sbe.to_owned(), values.to_owned());
        if !self.enums.contains_key(&key) {
            let mut name = names::snake(values);
            if self.enums.values().any(|known| known.name == name) {
                name = format!("{name}_of_{}", names::snake(sbe));
            }
            let schema = self.input.schema;
            let mut arms = Vec::new();
            let model = &schema.enums[sbe];
            for value in &model.values {
                let text = value.json.as_deref().unwrap_or(&value.name);
                let known = self.input.krate.value_variant(values, text);
                if known.is_none() && text != NON_REPRESENTABLE {
                    self.warnings.push(Warning::new(
                        &schema.file.0,
                        value.line.0,
                        format!("`{values}` does not list `{text}` of `{sbe}`"),
                    ));
                }
                let expr = match known {
                    Some(variant) => format!("crate::models::{values}::{variant}"),
                    None => format!("crate::models::{values}::from({text:?})"),
                };
                arms.push((names::pascal(&value.name), expr));
            }
            let from = names::pascal(sbe);
            let to = format!("crate::models::{values}");
            self.enums
                .insert(key.clone(), ValueConversion { name, from, to, arms });
        }
        format!("super::values::{}", self.enums[&key].name)
    }

    /// The function that makes a list of values of an SBE set.
    fn set_function(&mut self, sbe: &str, values: &str, sorted: bool) -> String {
        let key = (sbe.to_owned(), values.to_owned(), sorted);
        if !self.sets.contains_key(&key) {
            let mut name = format!("{}_list", names::snake(values));
            if self.sets.values().any(|known| known.name == name) {
                name = format!("{name}_of_{}", names::snake(sbe));
            }
            let mut flags: Vec<(u8, String)> = (self.input.schema.sets[sbe].choices.iter())
                .map(|choice| {
                    (
                        choice.bit,
                        choice.json.clone().unwrap_or_else(|| choice.name.clone()),
                    )
                })
                .collect();
            flags.sort();
            if sorted {
                flags.sort_by(|a, b| a.1.cmp(&b.1));
            }
            let (from, to) = (names::pascal(sbe), format!("crate::models::{values}"));
            self.sets.insert(
                key.clone(),
                SetConversion {
                    name,
                    from,
                    to,
                    flags,
                },
            );
        }
        format!("super::values::{}", self.sets[&key].name)
    }

    /// A value that is the same in every message.
    pub(super) fn constant(&mut self, source: Source<'a>, ty: &Type, text: &str) -> Outcome<String> {
        let ty = self.input.product.resolve(ty);
        let code = match ty {
            Type::Text => Some(format!("Text::from({text:?})")),
            Type::Boolean { .. } => matches!(text, "true" | "false").then(|| text.to_owned()),
            Type::Integer { .. } => text.parse::<i64>().ok().map(|number| number.to_string()),
            Type::Time { .. } => text
                .parse::<i64>()
                .ok()
                .map(|count| format!("Timestamp::from_wire({count})")),
            Type::Decimal { .. } => decimal(text),
            Type::Named(values) if self.value_set(ty).is_some() => {
                Some(match self.input.krate.value_variant(values, text) {
                    Some(variant) => format!("crate::models::{values}::{variant}"),
                    None => format!("crate::models::{values}::from({text:?})"),
                })
            }
            _ => None,
        };
        code.ok_or_else(|| {
            self.problem(
                source.line,
                format!("`{text}` is no `{}`", rust_type(ty)),
                "correct the default value",
            )
        })
    }

    /// The closure that says whether a value differs from a text.
    pub(super) fn differs(&mut self, source: Source<'a>, ty: &Type, text: &str) -> Outcome<String> {
        let value = self.constant(source, ty, text)?;
        Ok(match value.as_str() {
            "false" => "|value| *value".to_owned(),
            "true" => "|value| !*value".to_owned(),
            "Decimal::ZERO" => "|value| !value.is_zero()".to_owned(),
            value => format!("|value| *value != {value}"),
        })
    }

    fn mismatch(
        &self,
        source: Source<'a>,
        member: &Member<'a>,
        ty: &Type,
    ) -> Vec<crate::diagnostics::Diagnostic> {
        self.problem(
            member.line,
            format!(
                "`{}.{}` cannot become `{}`",
                source.place(),
                member.name,
                rust_type(ty)
            ),
            "correct the type on one of the two sides",
        )
    }
}

enum Widen {
    Same,
    Lossless(String),
    Checked,
}

/// How an integer of the wire becomes one of a model.
fn integer(from: &str, to: &str) -> Option<Widen> {
    let lossless = match to {
        "i32" => ["i8", "i16", "u8", "u16"].contains(&from),
        _ => ["i8", "i16", "i32", "u8", "u16", "u32"].contains(&from),
    };
    match from {
        _ if from == to => Some(Widen::Same),
        _ if lossless => Some(Widen::Lossless(format!("{to}::from"))),
        "u32" | "u64" | "i64" => Some(Widen::Checked),
        _ => None,
    }
}

/// `0.0` → `Decimal::new(0, 1)`.
fn decimal(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mantissa: i64 = format!("{whole}{fraction}").parse().ok()?;
    if fraction.chars().any(|c| !c.is_ascii_digit()) || fraction.len() > 28 {
        return None;
    }
    Some(match (mantissa, fraction.len()) {
        (0, 0) => "Decimal::ZERO".to_owned(),
        (mantissa, scale) => format!("Decimal::new({mantissa}, {scale})"),
    })
}
