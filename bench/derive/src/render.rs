//! The two forms as Rust text.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};
use syn::{Fields, Ident, ItemEnum, ItemStruct};

use crate::model::{Model, Shape, Type};

/// The models as they are generated.
pub fn emitted(model: &Model) -> String {
    let types = model.types.iter().map(|each| {
        if let Some(table) = &each.table {
            return table.to_token_stream();
        }
        let item = match &each.item {
            Shape::Object { item, .. } | Shape::Array(item) => item.to_token_stream(),
            Shape::Tagged { item, .. } | Shape::Untagged { item, .. } => item.to_token_stream(),
        };
        let impls = &each.impls;
        quote!(#item #(#impls)*)
    });
    let (enums, empty) = (&model.enums, &model.empty);
    let calls = calls(
        model,
        &quote!(binance_wire_core::json::from_str),
        &quote!(binance_wire_core::DecodeError),
        |value| quote!(binance_wire_core::json::to_string(#value)),
    );
    print(quote! {
        //! Generated models with emitted impls.
        pub mod models {
            #[allow(unused_imports)]
            use binance_wire_core::json::{self, *};
            #[allow(unused_imports)]
            use crate::models;
            #[allow(unused_imports)]
            use binance_wire_core::{
                DecodeError, DecodeErrorKind, Decimal, FromJson, Nullable, OneOrMany, RawJson, Reader, Text, Timestamp,
                ToJson, Writer,
            };
            #(#enums)*
            #(#empty)*
            #(#types)*
        }
        #calls
    })
}

/// The models with serde's derives; `with_calls`: and with a function that decodes and encodes each, without which
/// serde's code is generic and compiled by whoever uses it.
pub fn derived(model: &Model, with_calls: bool) -> String {
    let types = model.types.iter().map(derive_type);
    let enums = model.enums.iter().map(|call| {
        let body = &call.mac.tokens;
        quote!(crate::open_enum! { #body })
    });
    let empty = model.empty.iter().map(|alias| {
        let name = &alias.ident;
        quote!(pub type #name = crate::values::Empty;)
    });
    let calls = with_calls.then(|| {
        calls(
            model,
            &quote!(serde_json::from_str),
            &quote!(serde_json::Error),
            |value| quote!(serde_json::to_string(#value).unwrap_or_default()),
        )
    });
    print(quote! {
        //! Generated models with derives.
        #[macro_use]
        pub mod values;
        pub mod models {
            use serde::{Deserialize, Serialize, Serializer};
            #[allow(unused_imports)]
            use crate::values::{Decimal, List, Nullable, OneOrMany, RawJson, Text, Timestamp};
            #(#enums)*
            #(#empty)*
            #(#types)*
        }
        #calls
    })
}

fn derive_type(each: &Type) -> TokenStream {
    match &each.item {
        Shape::Object {
            item,
            members,
            constant,
        } => {
            let mut item = item.clone();
            for field in &mut item.fields {
                let name = field.ident.as_ref().map(Ident::to_string).unwrap_or_default();
                if let Some(member) = members.get(&name) {
                    field.attrs.push(syn::parse_quote!(#[serde(rename = #member)]));
                }
                if field.ty.to_token_stream().to_string().starts_with("Option") {
                    field
                        .attrs
                        .push(syn::parse_quote!(#[serde(skip_serializing_if = "Option::is_none")]));
                }
            }
            let constant = constant
                .as_ref()
                .map(|(member, text)| quote!(#[serde(tag = #member, rename = #text)]));
            quote!(#[derive(Deserialize, Serialize)] #constant #item)
        }
        // serde reads a struct from an array, but does not write one as an array.
        Shape::Array(item) => {
            let item = &without_raw(item);
            let serialize = serialize_array(item);
            quote!(#[derive(Deserialize)] #item #serialize)
        }
        // The types within write their own tag.
        Shape::Tagged { item, tag, texts } => {
            let mut tagged = item.clone();
            for variant in &mut tagged.variants {
                match texts.get(&variant.ident.to_string()) {
                    Some(text) => variant.attrs.push(syn::parse_quote!(#[serde(rename = #text)])),
                    None => variant.attrs.push(syn::parse_quote!(#[serde(untagged)])),
                }
            }
            let serialize = serialize_variants(item);
            quote!(#[derive(Deserialize)] #[serde(tag = #tag)] #tagged #serialize)
        }
        Shape::Untagged { item, order } => {
            let mut item = item.clone();
            let place = |name: &Ident| order.iter().position(|other| name == other);
            let mut variants: Vec<_> = item.variants.into_iter().collect();
            variants.sort_by_key(|variant| place(&variant.ident).unwrap_or(usize::MAX));
            item.variants = variants.into_iter().collect();
            quote!(#[derive(Deserialize, Serialize)] #[serde(untagged)] #item)
        }
    }
}

/// Without the field for what could not be read, which the tables of objects do not name either: serde keeps nothing.
fn without_raw(item: &ItemStruct) -> ItemStruct {
    let mut item = item.clone();
    if let Fields::Named(fields) = &mut item.fields {
        let named = std::mem::take(&mut fields.named);
        fields.named = named
            .into_iter()
            .filter(|field| field.ty.to_token_stream().to_string() != "RawMembers")
            .collect();
    }
    item
}

fn serialize_array(item: &ItemStruct) -> TokenStream {
    let name = &item.ident;
    let fields = item.fields.iter().filter_map(|field| field.ident.as_ref());
    quote! {
        impl Serialize for #name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                (#(&self.#fields,)*).serialize(serializer)
            }
        }
    }
}

fn serialize_variants(item: &ItemEnum) -> TokenStream {
    let name = &item.ident;
    let variants = item.variants.iter().map(|variant| &variant.ident);
    quote! {
        impl Serialize for #name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    #(Self::#variants(value) => value.serialize(serializer),)*
                }
            }
        }
    }
}

/// Functions that decode and encode each type, so that both forms compile the code for all of them.
fn calls(
    model: &Model,
    from_str: &TokenStream,
    error: &TokenStream,
    to_string: impl Fn(TokenStream) -> TokenStream,
) -> TokenStream {
    let functions = model.types.iter().enumerate().map(|(index, each)| {
        let name = each.name();
        let (decode, encode) = (format_ident!("decode_{index}"), format_ident!("encode_{index}"));
        let encoded = to_string(quote!(value));
        quote! {
            pub fn #decode(text: &str) -> Result<super::models::#name, #error> {
                #from_str(text)
            }
            pub fn #encode(value: &super::models::#name) -> String {
                #encoded
            }
        }
    });
    quote! {
        pub mod calls {
            #(#functions)*
        }
    }
}

fn print(tokens: TokenStream) -> String {
    match syn::parse2(tokens) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => format!("compile_error!({:?});\n", error.to_string()),
    }
}
