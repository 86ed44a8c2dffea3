//! Fields → values.

use binance_wire_model::api::{Field, Type, TypeKind};
use binance_wire_model::diagnostics::{Diagnostic, Warning};
use binance_wire_model::sbe::Encoding;
use proc_macro2::TokenStream;
use quote::quote;

use super::source::{Kind, Member, Source};
use super::{Engine, Outcome, SetConversion, ValueConversion};
use crate::lower::rust::{Expr, Primitive, RustType, ident, index, number};
use crate::names;

/// The value of an enum that stands for all that a schema version cannot say.
const NON_REPRESENTABLE: &str = "NON_REPRESENTABLE";

/// The value of a member.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) expr: Expr,
    /// For lists: the expression that is `None` where there is no entry.
    pub(super) filled: Option<Expr>,
}

impl From<Expr> for Value {
    fn from(expr: Expr) -> Self {
        Self { expr, filled: None }
    }
}

/// An expression as a value: an error where there is none.
pub(super) fn required(expr: Expr, member: &str) -> Expr {
    if expr.is_optional() {
        let value = expr.value();
        Expr::fallible(quote!(sbe::models::required(#value, #member)))
    } else {
        expr
    }
}

/// An expression as a field of a model stores it.
pub(super) fn stored(expr: Expr, field: &Field) -> TokenStream {
    let value = expr.value();
    match (field.required, field.nullable, expr.is_optional()) {
        (true, false, _) => required(expr, &field.name).value(),
        (true, true, true) => quote!(Nullable::from(#value)),
        (true, true, false) => quote!(Nullable::Value(#value)),
        (false, false, _) => expr.some(),
        // What SBE has as null is a `null` in JSON, not an absent member.
        (false, true, true) => quote!(Some(Nullable::from(#value))),
        (false, true, false) => quote!(Some(Nullable::Value(#value))),
    }
}

/// A value that is the same in every message.
pub(super) enum Constant {
    Bool(bool),
    /// Of a decimal.
    Zero,
    Other(TokenStream),
}

impl Constant {
    pub(super) fn expr(&self) -> Expr {
        Expr::plain(match self {
            Self::Bool(value) => quote!(#value),
            Self::Zero => quote!(Decimal::ZERO),
            Self::Other(code) => code.clone(),
        })
    }

    /// The closure that says whether a value differs from this one.
    pub(super) fn differs(&self) -> TokenStream {
        match self {
            Self::Bool(false) => quote!(|value| *value),
            Self::Bool(true) => quote!(|value| !*value),
            Self::Zero => quote!(|value| !value.is_zero()),
            Self::Other(code) => quote!(|value| *value != #code),
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
    ) -> Outcome<Value> {
        self.reads = true;
        let product = self.input.product;
        let ty = product.resolve(ty);
        let read = &member.read;
        match &member.kind {
            Kind::Field(_) => Ok(self.field(source, member, ty, default, sorted)?.into()),
            Kind::Group(group) => {
                let Some(entries) = source.entries(group) else {
                    return Err(self.mismatch(source, member, ty));
                };
                let read = read.value();
                match ty {
                    Type::Array(element) => {
                        let convert = self.function(entries, element)?.local();
                        let collect = if entries.level.flat {
                            quote!(sbe::models::collect_flat)
                        } else {
                            quote!(sbe::collect)
                        };
                        let some = quote!(sbe::models::collect_some(#read, #convert));
                        Ok(Value {
                            expr: Expr::fallible(quote!(#collect(#read, #convert))),
                            filled: Some(Expr::fallible(some).or_absent(true)),
                        })
                    }
                    // A group of one entry or none stands for an object that may be left out.
                    Type::Named(_) => {
                        let convert = self.function(entries, ty)?.local();
                        Ok(Expr::option(quote!(#read.next())).try_map(convert).into())
                    }
                    _ => Err(self.mismatch(source, member, ty)),
                }
            }
            Kind::Text => {
                let value_set = self.value_set(ty);
                if *ty != Type::Text && value_set.is_none() {
                    return Err(self.mismatch(source, member, ty));
                }
                let into = RustType::from(ty);
                let into = match value_set {
                    Some(_) => quote!(#into::unlisted),
                    None => quote!(#into::from),
                };
                let read_text = read.value();
                let text = match default {
                    Some("") if read.is_optional() => Expr::plain(quote!(#read_text.unwrap_or_default())),
                    Some(default) if read.is_optional() => {
                        Expr::plain(quote!(#read_text.unwrap_or(#default)))
                    }
                    _ => read.clone(),
                };
                Ok(text.map(into).into())
            }
            Kind::Message => {
                let convert = ident(&self.embedded(ty)?);
                Ok(read.try_map(quote!(super::embedded::#convert)).into())
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
        let read = &member.read;
        let value = read.value();
        // A function of the runtime that takes the name for its error.
        let named = |function: TokenStream, argument: fn(TokenStream) -> TokenStream| {
            if read.is_optional() {
                let argument = argument(quote!(value));
                read.try_map(quote!(|value| #function(#argument, #name)))
            } else {
                let argument = argument(value.clone());
                Expr::fallible(quote!(#function(#argument, #name)))
            }
        };
        let expr = match (encoding, ty) {
            (_, Type::Decimal { .. }) if matches!(member.ty, RustType::Scaled | RustType::Scaled128) => {
                if read.is_optional() {
                    let scaled = member.ty;
                    read.try_map(quote!(#scaled::decimal))
                } else {
                    Expr::fallible(quote!(#value.decimal()))
                }
            }
            (_, Type::Decimal { .. }) if matches!(member.ty, RustType::Primitive(primitive) if primitive.is_float()) => {
                named(quote!(sbe::models::float), |value| value)
            }
            (Encoding::Simple(_), Type::Time { .. }) if *member.ty == RustType::Timestamp => read.clone(),
            (Encoding::Enum(r#enum), Type::Boolean { .. }) if r#enum.is_bool() => {
                named(quote!(sbe::models::truth), |value| quote!(#value.as_bool()))
            }
            (Encoding::Enum(r#enum), Type::Named(values)) if self.value_set(ty).is_some() => {
                read.map(self.enum_function(&r#enum.name, values))
            }
            (Encoding::Set(set), Type::Array(element)) => {
                let (false, Type::Named(values), Some(_)) =
                    (read.is_optional(), &**element, self.value_set(element))
                else {
                    return Err(self.mismatch(source, member, ty));
                };
                read.map(self.set_function(&set.name, values, sorted))
            }
            (Encoding::Primitive(_) | Encoding::Simple(_), Type::Integer { bits, .. }) => {
                let to = if *bits == 32 {
                    Primitive::I32
                } else {
                    Primitive::I64
                };
                let widen = match member.ty {
                    RustType::Primitive(from) => integer(*from, to),
                    _ => None,
                };
                match widen {
                    None => return Err(self.mismatch(source, member, ty)),
                    Some(Widen::Same) => read.clone(),
                    Some(Widen::Lossless) => read.map(quote!(#to::from)),
                    Some(Widen::Checked) => named(quote!(sbe::models::integer), |value| value),
                }
            }
            _ => return Err(self.mismatch(source, member, ty)),
        };
        match default {
            Some(default) if read.is_optional() => {
                let default = self.constant(source, ty, default)?.expr().value();
                let value = expr.value();
                Ok(Expr::plain(quote!(#value.unwrap_or(#default))))
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
    fn enum_function(&mut self, sbe: &str, values: &str) -> TokenStream {
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
                arms.push((names::pascal(&value.name), listed(values, known, text).into()));
            }
            let from = names::pascal(sbe);
            let to = RustType::model(values);
            self.enums
                .insert(key.clone(), ValueConversion { name, from, to, arms });
        }
        let name = ident(&self.enums[&key].name);
        quote!(super::values::#name)
    }

    /// The function that makes a list of values of an SBE set.
    fn set_function(&mut self, sbe: &str, values: &str, sorted: bool) -> TokenStream {
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
            let (from, to) = (names::pascal(sbe), RustType::model(values));
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
        let name = ident(&self.sets[&key].name);
        quote!(super::values::#name)
    }

    /// A value that is the same in every message.
    pub(super) fn constant(&mut self, source: Source<'a>, ty: &Type, text: &str) -> Outcome<Constant> {
        let ty = self.input.product.resolve(ty);
        let whole = || text.parse::<i64>().ok().map(number);
        let constant = match ty {
            Type::Text => Some(Constant::Other(quote!(Text::from(#text)))),
            Type::Boolean { .. } => text.parse().ok().map(Constant::Bool),
            Type::Integer { .. } => whole().map(Constant::Other),
            Type::Time { .. } => whole().map(|count| Constant::Other(quote!(Timestamp::from_wire(#count)))),
            Type::Decimal { .. } => decimal(text),
            Type::Named(values) if self.value_set(ty).is_some() => {
                let known = self.input.krate.value_variant(values, text);
                Some(Constant::Other(listed(values, known, text)))
            }
            _ => None,
        };
        constant.ok_or_else(|| {
            self.problem(
                source.line,
                format!("`{text}` is no `{}`", RustType::from(ty)),
                "correct the default value",
            )
        })
    }

    fn mismatch(&self, source: Source<'a>, member: &Member<'a>, ty: &Type) -> Vec<Diagnostic> {
        self.problem(
            member.line,
            format!(
                "`{}.{}` cannot become `{}`",
                source.place(),
                member.name,
                RustType::from(ty)
            ),
            "correct the type on one of the two sides",
        )
    }
}

/// A value of an open set: its variant, or its text where it is not listed.
fn listed(values: &str, variant: Option<&str>, text: &str) -> TokenStream {
    let values = RustType::model(values);
    match variant.map(ident) {
        Some(variant) => quote!(#values::#variant),
        None => quote!(#values::unlisted(#text)),
    }
}

enum Widen {
    Same,
    Lossless,
    Checked,
}

/// How an integer of the wire becomes one of a model.
fn integer(from: Primitive, to: Primitive) -> Option<Widen> {
    match from {
        _ if from == to => Some(Widen::Same),
        _ if from.widens_to(to) => Some(Widen::Lossless),
        Primitive::U32 | Primitive::U64 | Primitive::I64 => Some(Widen::Checked),
        _ => None,
    }
}

/// `0.0` → `Decimal::new(0, 1)`.
fn decimal(text: &str) -> Option<Constant> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mantissa: i64 = format!("{whole}{fraction}").parse().ok()?;
    if fraction.chars().any(|c| !c.is_ascii_digit()) || fraction.len() > 28 {
        return None;
    }
    Some(match (mantissa, fraction.len()) {
        (0, 0) => Constant::Zero,
        (mantissa, scale) => {
            let (mantissa, scale) = (number(mantissa), index(scale));
            Constant::Other(quote!(Decimal::new(#mantissa, #scale)))
        }
    })
}
