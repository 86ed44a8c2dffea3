//! The project's own macros, and what is known of others.

use proc_macro2::TokenTree;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Item, ItemEnum, ItemMacro, Token, Type, braced};

use super::json_object;
use super::print::flat;
use super::request::Request;

/// The attribute that marks an enum declared by `open_enum!`.
pub(super) const OPEN_ENUM: &str = "open_enum";

/// Items with `open_enum!`, `json_object!`, `impl_serde!`, `payload_codecs!`, `account_source!` and `request!` replaced by what they
/// declare, and the setters of requests. Calls of `setters!` stay: they may be about a type of another file.
pub(crate) fn expand(items: Vec<Item>) -> (Vec<Item>, Vec<Setters>) {
    let mut setters = Vec::new();
    let mut expanded = |item: Item| match &item {
        Item::Macro(call) if is(call, "open_enum") => {
            vec![declared(call).map_or(item, Item::Enum)]
        }
        Item::Macro(call) if is(call, "request") => match call.mac.parse_body::<Request>() {
            Ok(request) => {
                setters.push(request.setters());
                request.items()
            }
            Err(_) => vec![item],
        },
        Item::Macro(call) if is(call, "payload_codecs") => {
            vec![call.mac.parse_body_with(codecs).unwrap_or(item)]
        }
        Item::Macro(call) if is(call, "account_source") => {
            call.mac.parse_body_with(account_source).unwrap_or(vec![item])
        }
        Item::Macro(call) => json_object::expand(call)
            .or_else(|| json_object::expand_serde(call))
            .unwrap_or_else(|| vec![item]),
        _ => vec![item],
    };
    let items = items.into_iter().flat_map(&mut expanded).collect();
    (items, setters)
}

/// Whether an item is a call of a macro by this name.
pub(super) fn is(call: &ItemMacro, name: &str) -> bool {
    call.ident.is_none()
        && call
            .mac
            .path
            .segments
            .last()
            .is_some_and(|segment| segment.ident == name)
}

/// `open_enum! { pub enum Side { Buy = "BUY", } }` as an enum whose discriminants are texts.
fn declared(call: &ItemMacro) -> Option<ItemEnum> {
    let mut item = call.mac.parse_body::<ItemEnum>().ok()?;
    let marks: syn::DeriveInput = syn::parse_str(
        "#[open_enum] #[non_exhaustive] #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)] struct X;",
    )
    .ok()?;
    item.attrs.extend(marks.attrs);
    item.attrs.extend(call.attrs.iter().cloned());
    Some(item)
}

/// `payload_codecs! { pub const CODECS; "rest" "GET /path" response = recode::<Trade>, }` as a constant. The rows are its
/// value, which is no part of a surface.
fn codecs(input: ParseStream<'_>) -> syn::Result<Item> {
    let attributes = input.call(Attribute::parse_outer)?;
    input.parse::<Token![pub]>()?;
    input.parse::<Token![const]>()?;
    let name: Ident = input.parse()?;
    input.parse::<Token![;]>()?;
    input.parse::<proc_macro2::TokenStream>()?;
    Ok(syn::parse_quote! {
        #(#attributes)*
        pub const #name: &[::binance_wire_core::payload::PayloadCodec] = &[];
    })
}

/// `account_source! { Source { type Event = Event; … } }` as the traits that it implements. The table behind the types is
/// code, which is no part of a surface.
fn account_source(input: ParseStream<'_>) -> syn::Result<Vec<Item>> {
    let name: Ident = input.parse()?;
    let table;
    braced!(table in input);
    let mut types = Vec::new();
    while table.peek(Token![type]) {
        types.push(table.parse::<syn::ImplItemType>()?);
    }
    table.parse::<proc_macro2::TokenStream>()?;
    Ok(vec![
        syn::parse_quote!(impl ::binance_wire_websocket::AccountModel for #name { #(#types)* }),
        syn::parse_quote!(impl ::binance_wire_websocket::AccountSource for #name {}),
    ])
}

/// The setters of a request: what `request!` declares, or `setters! { Request { value page: i64, } }`.
pub(crate) struct Setters {
    pub(crate) request: Ident,
    pub(crate) setters: Vec<Setter>,
}

/// One of them: `value page: i64`.
pub(crate) struct Setter {
    pub(crate) how: String,
    pub(crate) name: Ident,
    pub(crate) ty: Type,
}

impl Parse for Setters {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let request = input.parse()?;
        let body;
        braced!(body in input);
        let mut setters = Vec::new();
        while !body.is_empty() {
            body.call(Attribute::parse_outer)?;
            let how = body.parse::<Ident>()?.to_string();
            let name = body.parse()?;
            body.parse::<Token![:]>()?;
            let ty = body.parse()?;
            body.parse::<Option<Token![,]>>()?;
            setters.push(Setter { how, name, ty });
        }
        Ok(Self { request, setters })
    }
}

impl Setter {
    /// The method's name.
    pub(crate) fn method(&self) -> String {
        match self.how.as_str() {
            // It takes any name and value, and is called the same everywhere.
            "free" => "parameter".to_owned(),
            _ => super::scope::plain(&self.name),
        }
    }
}

/// What a `macro_rules!` accepts, and all that it says.
pub(super) fn rules(call: &ItemMacro) -> (String, String) {
    let mut matchers = Vec::new();
    let mut at_matcher = true;
    for tree in call.mac.tokens.clone() {
        match tree {
            TokenTree::Group(group) => {
                if at_matcher {
                    matchers.push(flat(&group.stream().to_string()));
                }
                at_matcher = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => at_matcher = true,
            _ => {}
        }
    }
    (matchers.join(" | "), call.mac.tokens.to_string())
}
