//! Functions that make something from what it must have, and how they take it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use serde::Serialize;

use super::rust::{Named, Printed, RustType, ident};

/// The most arguments that are taken by position.
const MOST: usize = 4;

/// Whether arguments of these types are taken by name: there are more than four, or a caller who swaps two neighbours
/// would not notice.
pub fn by_name<'t>(types: impl IntoIterator<Item = &'t RustType>) -> bool {
    let types: Vec<&RustType> = types.into_iter().collect();
    types.len() > MOST || types.windows(2).any(|pair| interchangeable(pair[0], pair[1]))
}

/// Whether a constructor with a name of its own takes arguments of these types by position: it may have one pair of
/// neighbours that one value fits, quantity and price.
pub fn by_position<'t>(types: impl IntoIterator<Item = &'t RustType>) -> bool {
    let types: Vec<&RustType> = types.into_iter().collect();
    let pairs = types.windows(2).filter(|pair| interchangeable(pair[0], pair[1]));
    types.len() <= MOST && pairs.count() <= 1
}

/// Whether one value can be passed for either type.
fn interchangeable(a: &RustType, b: &RustType) -> bool {
    match (a, b) {
        (RustType::Vec(a), RustType::Vec(b)) | (RustType::List(a), RustType::List(b)) => {
            interchangeable(a, b)
        }
        // `5` is a decimal, and an integer of any size.
        _ => a == b || a.is_number() && b.is_number(),
    }
}

/// The struct of what a type must have, where `new` takes it by name.
pub fn required_name(of: &str) -> String {
    format!("{of}Required")
}

/// The function `new` of a type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Constructor {
    /// The struct of the required members, where they are taken by name.
    pub named: Option<String>,
    /// Whether that struct borrows.
    borrows: bool,
    /// What it takes.
    arguments: Vec<Argument>,
    /// The members that must be there.
    pub members: Vec<Member>,
}

/// An argument of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Argument {
    name: String,
    r#type: Printed,
}

/// A member that must be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    name: String,
    doc: String,
    r#type: RustType,
    /// How it is taken by position.
    #[serde(skip)]
    taken: Printed,
    /// Whether the field holds an option.
    #[serde(skip)]
    wrapped: bool,
    /// The field with its value, as `new` writes it.
    value: Printed,
}

impl Member {
    /// A member that is taken as what it is.
    pub fn plain(name: &str, doc: &str, ty: &RustType) -> Self {
        Self::taken_as(name, doc, ty, ty.to_token_stream(), &TokenStream::new())
    }

    /// A member that is taken as what it is, and held as an option.
    pub fn wrapped(name: &str, doc: &str, ty: &RustType) -> Self {
        let field = ident(name);
        Self {
            value: quote!(#field: Some(#field)).into(),
            wrapped: true,
            ..Self::plain(name, doc, ty)
        }
    }

    /// A member that is taken as whatever becomes its type.
    pub fn into(name: &str, doc: &str, ty: &RustType) -> Self {
        Self::taken_as(name, doc, ty, quote!(impl Into<#ty>), &quote!(.into()))
    }

    /// A member that is taken as whatever becomes it, where there is something.
    pub fn converted(name: &str, doc: &str, ty: &RustType) -> Self {
        let (taken, conversion) = argument(ty);
        Self::taken_as(name, doc, ty, taken, &conversion)
    }

    fn taken_as(name: &str, doc: &str, ty: &RustType, taken: TokenStream, conversion: &TokenStream) -> Self {
        let field = ident(name);
        Self {
            name: name.to_owned(),
            doc: doc.to_owned(),
            r#type: ty.clone(),
            taken: taken.into(),
            wrapped: false,
            value: match conversion.is_empty() {
                true => quote!(#field),
                false => quote!(#field: #field #conversion),
            }
            .into(),
        }
    }
}

/// The type of the argument that a value of a type is made from, and the method calls that make it.
pub fn argument(ty: &RustType) -> (TokenStream, TokenStream) {
    match ty {
        RustType::Vec(element) | RustType::List(element) => (
            quote!(impl IntoIterator<Item = impl Into<#element>>),
            quote!(.into_iter().map(Into::into).collect()),
        ),
        RustType::Text | RustType::Decimal => (quote!(impl Into<#ty>), quote!(.into())),
        _ => (ty.to_token_stream(), TokenStream::new()),
    }
}

impl Constructor {
    /// The function that takes these members of the type `of`, whose struct of required members is in `module` where it
    /// has one.
    pub fn new(module: &[&str], of: &str, mut members: Vec<Member>) -> Self {
        let named = by_name(members.iter().map(|member| &member.r#type)).then(|| required_name(of));
        let borrows = members.iter().any(|member| member.r#type.borrows());
        let arguments = match &named {
            Some(named) => {
                // What is taken by name has the type of the field, unless that is an option.
                for member in members.iter_mut().filter(|member| !member.wrapped) {
                    member.value = ident(&member.name).into_token_stream().into();
                }
                let named = Named::new(named).within(module);
                let ty = RustType::Named(if borrows { named.borrowing() } else { named });
                vec![Argument {
                    name: "required".to_owned(),
                    r#type: ty.to_token_stream().into(),
                }]
            }
            None => members
                .iter()
                .map(|member| Argument {
                    name: member.name.clone(),
                    r#type: member.taken.clone(),
                })
                .collect(),
        };
        Self {
            named,
            borrows,
            arguments,
            members,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::rust::{Named, Primitive};

    fn named(name: &str) -> RustType {
        RustType::Named(Named::new(name))
    }

    #[test]
    fn up_to_four_arguments_of_different_neighbours_are_taken_by_position() {
        let text = RustType::Text;
        assert!(!by_name([]));
        assert!(!by_name([&text, &RustType::Timestamp, &text, &named("Side")]));
        assert!(by_name([
            &text,
            &named("Side"),
            &text,
            &named("Side"),
            &RustType::Decimal
        ]));
    }

    #[test]
    fn neighbours_that_a_caller_could_swap_are_taken_by_name() {
        let (small, large) = (RustType::from(Primitive::I32), RustType::from(Primitive::I64));
        for (a, b) in [
            (RustType::Text, RustType::Text),
            (RustType::Decimal, RustType::Decimal),
            (RustType::Decimal, large.clone()),
            (small.clone(), large.clone()),
            (RustType::Timestamp, RustType::Timestamp),
            (named("Side"), named("Side")),
            (RustType::Text.vec(), RustType::Text.vec()),
            (small.clone().vec(), large.clone().vec()),
        ] {
            assert!(by_name([&named("Kind"), &a, &b]), "{a} {b}");
        }
        for (a, b) in [
            (RustType::Text, RustType::Decimal),
            (named("Side"), named("OrderType")),
            (RustType::Text, RustType::Text.vec()),
            (large, RustType::Timestamp),
            (RustType::from(Primitive::Bool), small),
        ] {
            assert!(!by_name([&a, &b]), "{a} {b}");
        }
    }

    #[test]
    fn a_named_constructor_may_have_quantity_and_price_by_position() {
        let (text, decimal) = (RustType::Text, RustType::Decimal);
        let side = named("Side");
        assert!(by_position([&text, &side, &decimal, &decimal]));
        assert!(!by_position([&text, &decimal, &decimal, &decimal]));
        assert!(!by_position([&text, &text, &decimal, &decimal]));
        assert!(!by_position([&text, &side, &decimal, &side, &decimal]));
    }

    #[test]
    fn members_taken_by_name_are_not_converted() {
        let price = Member::converted("price", "", &RustType::Decimal);
        let symbol = Member::converted("symbol", "", &RustType::Text);
        let one = Constructor::new(&[], "Order", vec![symbol, price.clone()]);
        assert_eq!(one.named, None);
        assert_eq!(one.arguments.len(), 2);
        assert_eq!(one.members[1].value, quote!(price: price.into()).into());
        let two = Constructor::new(&[], "Order", vec![price.clone(), price]);
        assert_eq!(two.named.as_deref(), Some("OrderRequired"));
        assert_eq!(two.arguments.len(), 1);
        assert_eq!(two.members[1].value, quote!(price).into());
    }
}
