//! How a request pages, as rows of the runtime's table.

use binance_wire_model::api::{Field, Operation, PagedBy, Paging, Parameter, Type, TypeKind};
use binance_wire_model::rules::Need;
use proc_macro2::TokenStream;
use quote::quote;
use serde::Serialize;

use super::Context;
use super::lookup::field_name;
use crate::lower::rust::{Printed, RustType, ident, number};
use crate::names;

/// The pages of a request.
#[derive(Debug, Serialize)]
pub(super) struct Pages {
    /// The type of an element.
    element: RustType,
    /// Where the elements are in the answer; `None` where it is the list.
    rows: Option<Printed>,
    total: Option<Printed>,
    cursor: Option<Printed>,
    /// The id of an element.
    id: Option<Printed>,
    ways: Vec<Printed>,
}

/// A value inside another, by a path of members.
struct Place<'t> {
    ty: &'t Type,
    code: TokenStream,
}

impl Context<'_> {
    /// The pages of an operation; `None` where it has none, or where the answer's list is not in a fixed place.
    pub(super) fn pages(&self, operation: &Operation) -> Option<Pages> {
        let first = operation.paging.first()?;
        let rows = match &first.rows {
            None => Place {
                ty: &operation.response,
                code: quote!(answer),
            },
            Some(path) => self.place(&operation.response, quote!(answer), path, false)?,
        };
        let element = match self.product.resolve(rows.ty) {
            Type::Array(element) | Type::OneOrMany(element) => &**element,
            _ => return None,
        };
        let of_answer = |path: &Option<String>| {
            let place = self.place(&operation.response, quote!(answer), path.as_deref()?, true)?;
            Some(place.code.into())
        };
        let of = |by| operation.paging.iter().find(move |way| way.by == by);
        let key = |path: &Option<String>| {
            let place = self.place(element, quote!(element), path.as_deref()?, true)?;
            self.is_value(place.ty).then_some(place.code)
        };
        let ways: Vec<Printed> = operation
            .paging
            .iter()
            .filter(|way| way.rows == first.rows)
            .filter_map(|way| self.way(operation, way, key(&way.next)))
            .collect();
        let id = operation.paging.iter().find_map(|way| key(&way.id));
        let id = id.or_else(|| of(PagedBy::Id).and_then(|way| key(&way.next)));
        (!ways.is_empty()).then(|| Pages {
            element: RustType::from(element),
            rows: first.rows.is_some().then(|| rows.code.into()),
            total: operation.paging.iter().find_map(|way| of_answer(&way.total)),
            cursor: of(PagedBy::Cursor).and_then(|way| of_answer(&way.next)),
            id: id.map(Printed::from),
            ways,
        })
    }

    fn way(&self, operation: &Operation, way: &Paging, key: Option<TokenStream>) -> Option<Printed> {
        let find = |name: &str| operation.parameters.iter().find(|p| p.name == name);
        let from = find(&way.from).filter(|from| self.is_value(&from.ty))?;
        let limit = way.limit.as_deref().and_then(find);
        let to = way.to.as_deref().and_then(find);
        let by = ident(&names::pascal(way.by.name()));
        let key = key.filter(|_| matches!(way.by, PagedBy::Time | PagedBy::Id));
        match way.by {
            // Dates as texts are no times to reckon with.
            PagedBy::Time if !self.is_time(&from.ty) || to.is_none() || limit.is_none() => return None,
            PagedBy::Id if key.is_none() => return None,
            _ => {}
        }
        let field = |parameter: &Parameter| ident(&Self::parameter_name(&parameter.name));
        let from_field = field(from);
        let to = to.map(|to| {
            let to = field(to);
            quote!(, to = #to)
        });
        let limit = limit.map(|limit| {
            let bound = |text: &Option<String>| {
                number(
                    text.as_deref()
                        .and_then(|text| text.parse::<i64>().ok())
                        .unwrap_or(0),
                )
            };
            let (default, most, limit) = (bound(&limit.default), bound(&limit.maximum), field(limit));
            quote!(, limit = #limit(#default, #most))
        });
        let first = match way.by {
            PagedBy::Page => {
                let first = from.default.as_deref().and_then(|text| text.parse::<i64>().ok());
                let first = number(first.unwrap_or(1));
                Some(quote!(, first = #first))
            }
            _ => None,
        };
        let span = span_hours(operation, way).map(|hours| {
            let span = number(i64::from(hours) * 3_600_000);
            quote!(, span = #span)
        });
        let key = key.map(|key| quote!(, key = |element| #key));
        Some(quote!(#by(#from_field #to #limit #first #span #key)).into())
    }

    /// The member at the end of a path, and the expression for it: moved out of what it is in, or looked at.
    fn place<'t>(&'t self, ty: &'t Type, code: TokenStream, path: &str, lent: bool) -> Option<Place<'t>> {
        let mut place = Place { ty, code };
        let mut open = false;
        for name in path.split('.') {
            if open {
                // A member that may be absent, on the way to another.
                let code = place.code;
                place.code = if lent {
                    quote!(#code.as_ref()?)
                } else {
                    quote!(#code?)
                };
            }
            let Type::Named(type_name) = self.product.resolve(place.ty) else {
                return None;
            };
            let (TypeKind::Object(fields) | TypeKind::Tuple(fields)) =
                &self.product.types.get(type_name)?.kind
            else {
                return None;
            };
            let field = fields.iter().find(|field| is_called(field, name))?;
            let (code, member) = (&place.code, ident(&field_name(field)));
            place = Place {
                ty: &field.ty,
                code: quote!(#code.#member),
            };
            open = !field.required;
        }
        Some(place)
    }

    /// Whether a value is a number, a time or a text.
    fn is_value(&self, ty: &Type) -> bool {
        matches!(
            self.product.resolve(ty),
            Type::Integer { .. } | Type::Time { .. } | Type::Text
        )
    }

    fn is_time(&self, ty: &Type) -> bool {
        matches!(self.product.resolve(ty), Type::Time { .. } | Type::Integer { .. })
    }
}

fn is_called(field: &Field, name: &str) -> bool {
    field.name == name || field.plain_name.as_deref() == Some(name)
}

/// The longest range of a request: the way's own, or that of the rule about its times.
fn span_hours(operation: &Operation, way: &Paging) -> Option<u32> {
    way.hours.or_else(|| {
        operation.rules.iter().find_map(|rule| match &rule.need {
            Need::Span { from, to, hours } if *from == way.from && Some(to) == way.to.as_ref() => {
                Some(*hours)
            }
            _ => None,
        })
    })
}
