//! The macros by which our crates declare value sets.

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
