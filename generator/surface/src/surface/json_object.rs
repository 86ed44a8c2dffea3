//! What a call of `json_object!` declares.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Field, Ident, Item, ItemMacro, ItemStruct, LitStr, Token, Type, braced, parenthesized};

/// The items that a call of `json_object!` expands to; `None` for another call, or one that does not parse.
pub(crate) fn expand(call: &ItemMacro) -> Option<Vec<Item>> {
    if !super::macros::is(call, "json_object") {
        return None;
    }
    let JsonObject(mut object) = call.mac.parse_body().ok()?;
    object.attrs.extend(call.attrs.iter().cloned());
    let name = object.ident.clone();
    let mut items = vec![
        Item::Struct(object),
        syn::parse_quote! {
            impl ::binance_wire_core::FromJson for #name {
                fn from_json(
                    reader: &mut ::binance_wire_core::Reader<'_>,
                ) -> Result<Self, ::binance_wire_core::DecodeError> {
                    unreachable!()
                }
            }
        },
        syn::parse_quote! {
            impl ::binance_wire_core::ToJson for #name {
                fn to_json(&self, writer: &mut ::binance_wire_core::Writer) {}
            }
        },
    ];
    items.extend(serde(&name));
    Some(items)
}

/// The items that a call of `impl_serde!` expands to; `None` for another call, or one that does not parse.
pub(super) fn expand_serde(call: &ItemMacro) -> Option<Vec<Item>> {
    if !super::macros::is(call, "impl_serde") {
        return None;
    }
    let names = Punctuated::<Ident, Token![,]>::parse_terminated;
    let names = call.mac.parse_body_with(names).ok()?;
    Some(names.iter().flat_map(serde).collect())
}

/// What a type has of serde.
fn serde(name: &Ident) -> [Item; 2] {
    [
        syn::parse_quote! {
            #[cfg(feature = "serde")]
            impl ::serde::Serialize for #name {}
        },
        syn::parse_quote! {
            #[cfg(feature = "serde")]
            impl<'de> ::serde::Deserialize<'de> for #name {}
        },
    ]
}

/// `/// … pub struct Trade in order where "e" = "trade" { /// … price: Decimal = required("p"), … }`, as a struct.
struct JsonObject(ItemStruct);

impl Parse for JsonObject {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Token![pub]>()?;
        input.parse::<Token![struct]>()?;
        let name: Ident = input.parse()?;
        if input.parse::<Option<Token![in]>>()?.is_some() {
            input.parse::<Ident>()?;
        }
        if input.parse::<Option<Token![where]>>()?.is_some() {
            loop {
                input.parse::<LitStr>()?;
                input.parse::<Token![=]>()?;
                input.parse::<LitStr>()?;
                if input.parse::<Option<Token![,]>>()?.is_none() {
                    break;
                }
            }
        }
        let mut object: ItemStruct = syn::parse_quote! {
            #(#attributes)*
            #[derive(Clone, Debug, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub struct #name {}
        };
        let body;
        braced!(body in input);
        let fields = body.parse_terminated(field, Token![,])?;
        if let syn::Fields::Named(named) = &mut object.fields {
            named.named = fields;
            named.named.push(syn::parse_quote! {
                /// Members that the fields do not hold.
                pub raw: ::binance_wire_core::json::RawMembers
            });
        }
        Ok(Self(object))
    }
}

/// `/// … price: Decimal = required("p")`; what the exchange calls it is an attribute of the field: `#[wire = "p"]`.
fn field(input: ParseStream<'_>) -> syn::Result<Field> {
    let attributes = input.call(Attribute::parse_outer)?;
    let name: Ident = input.parse()?;
    input.parse::<Token![:]>()?;
    let ty: Type = input.parse()?;
    input.parse::<Token![=]>()?;
    input.parse::<Ident>()?;
    let travels;
    parenthesized!(travels in input);
    let wire = travels.parse::<Option<LitStr>>()?;
    travels.parse::<proc_macro2::TokenStream>()?;
    let wire = wire.map(|wire| -> Attribute { syn::parse_quote!(#[wire = #wire]) });
    Ok(syn::parse_quote! { #(#attributes)* #wire pub #name: #ty })
}
