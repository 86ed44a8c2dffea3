//! The macros by which our crates declare value sets and setters.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Token};

use super::index::{Variant, plain};

/// `/// … pub enum Side { Buy = "BUY", … }`
pub(super) struct OpenEnum {
    pub(super) name: proc_macro2::Ident,
    pub(super) variants: Vec<Variant>,
}

impl Parse for OpenEnum {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Attribute::parse_outer(input)?;
        input.parse::<syn::Visibility>()?;
        input.parse::<Token![enum]>()?;
        let name = input.parse()?;
        let body;
        syn::braced!(body in input);
        let variant = |input: ParseStream<'_>| {
            Attribute::parse_outer(input)?;
            let name: proc_macro2::Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            let wire: syn::LitStr = input.parse()?;
            Ok(Variant {
                name: plain(&name),
                fields: Vec::new(),
                wire: Some(wire.value()),
            })
        };
        let variants: Punctuated<Variant, Token![,]> = body.parse_terminated(variant, Token![,])?;
        Ok(Self {
            name,
            variants: variants.into_iter().collect(),
        })
    }
}

/// `NewOrder { /// … into price: Decimal, … }`
pub(super) struct Setters {
    pub(super) request: String,
    pub(super) setters: Vec<(String, syn::Type)>,
}

impl Parse for Setters {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let request: proc_macro2::Ident = input.parse()?;
        let body;
        syn::braced!(body in input);
        let setter = |input: ParseStream<'_>| {
            Attribute::parse_outer(input)?;
            input.parse::<proc_macro2::Ident>()?;
            let name: proc_macro2::Ident = input.parse()?;
            input.parse::<Token![:]>()?;
            Ok((plain(&name), input.parse::<syn::Type>()?))
        };
        let setters: Punctuated<_, Token![,]> = body.parse_terminated(setter, Token![,])?;
        Ok(Self {
            request: plain(&request),
            setters: setters.into_iter().collect(),
        })
    }
}
