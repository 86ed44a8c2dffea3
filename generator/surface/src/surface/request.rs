//! `request!` of the runtime: the items that a call of it declares.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, GenericArgument, Ident, Item, LitStr, Path, PathArguments, Token, Type, braced, parenthesized,
    parse_quote, token,
};

use super::macros::{Setter, Setters};

/// What a call of `request!` says.
pub(crate) struct Request {
    attributes: Vec<Attribute>,
    name: Ident,
    /// The struct of the required parameters, where `new` takes one.
    named: Option<Ident>,
    response: Type,
    parameters: Vec<Parameter>,
    free: Option<Ident>,
    constructors: Vec<NamedConstructor>,
    /// The HTTP method's variant and the path.
    rest: Option<(Ident, LitStr)>,
    ws_api: Option<LitStr>,
}

/// A row: `/// Limit price.` `price: Decimal = "price",`
struct Parameter {
    required: bool,
    name: Ident,
    ty: Type,
    /// What the exchange calls it.
    wire: Option<LitStr>,
}

/// A row of `constructors`: `limit(symbol: Text, price: Decimal) = …;`
struct NamedConstructor {
    name: Ident,
    /// The struct of its arguments, where it takes one.
    named: Option<Ident>,
    arguments: Vec<Parameter>,
}

impl Parse for NamedConstructor {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        let name = input.parse()?;
        let named = match input.peek(token::Paren) {
            true => None,
            false => {
                word(input, "from")?;
                Some(input.parse()?)
            }
        };
        let body;
        parenthesized!(body in input);
        let row = |input: ParseStream<'_>| {
            let name = input.parse()?;
            input.parse::<Token![:]>()?;
            let path: Path = input.parse()?;
            let ty = parse_quote!(#path);
            Ok(Parameter {
                required: true,
                name,
                ty,
                wire: None,
            })
        };
        let arguments: Punctuated<Parameter, Token![,]> = body.parse_terminated(row, Token![,])?;
        input.parse::<Token![=]>()?;
        input.parse::<syn::Expr>()?;
        Ok(Self {
            name,
            named,
            arguments: arguments.into_iter().collect(),
        })
    }
}

impl Parse for Request {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Token![pub]>()?;
        input.parse::<Token![struct]>()?;
        let name = input.parse()?;
        let named = match input.peek(Token![->]) {
            true => None,
            false => {
                word(input, "from")?;
                Some(input.parse()?)
            }
        };
        input.parse::<Token![->]>()?;
        let response = input.parse()?;
        let body;
        braced!(body in input);
        let (parameters, free) = parameters(&body)?;
        let mut request = Self {
            attributes,
            name,
            named,
            response,
            parameters,
            free,
            constructors: Vec::new(),
            rest: None,
            ws_api: None,
        };
        while !input.is_empty() {
            let section: Ident = input.parse()?;
            match section.to_string().as_str() {
                "constructors" => {
                    let rows;
                    braced!(rows in input);
                    let rows: Punctuated<NamedConstructor, Token![;]> =
                        rows.parse_terminated(NamedConstructor::parse, Token![;])?;
                    request.constructors = rows.into_iter().collect();
                    continue;
                }
                "rest" => request.rest = Some((input.parse()?, input.parse()?)),
                "ws_api" => request.ws_api = Some(input.parse()?),
                _ => {}
            }
            // Of the rest of a section, which ends with a semicolon or a block, nothing is public.
            while !(input.peek(Token![;]) || input.peek(token::Brace) && ends(input)) {
                input.parse::<proc_macro2::TokenTree>()?;
            }
            input.parse::<proc_macro2::TokenTree>()?;
        }
        Ok(request)
    }
}

/// Whether the next block ends a section: behind it comes the next one, or nothing.
fn ends(input: ParseStream<'_>) -> bool {
    input.peek2(syn::Ident) || {
        let behind = input.fork();
        behind.parse::<proc_macro2::TokenTree>().is_ok() && behind.is_empty()
    }
}

/// The groups of a request's parameters, and the field of those that are set by name.
fn parameters(body: ParseStream<'_>) -> syn::Result<(Vec<Parameter>, Option<Ident>)> {
    let mut parameters = Vec::new();
    let mut free = None;
    while !body.is_empty() {
        body.call(Attribute::parse_outer)?;
        let presence: Ident = body.parse()?;
        if presence == "free" {
            free = Some(body.parse()?);
            body.parse::<Token![,]>()?;
            continue;
        }
        let required = presence == "required";
        let rows;
        braced!(rows in body);
        let row = match required {
            true => |input: ParseStream<'_>| Parameter::read(input, true),
            false => |input: ParseStream<'_>| Parameter::read(input, false),
        };
        let group: Punctuated<Parameter, Token![,]> = rows.parse_terminated(row, Token![,])?;
        parameters.extend(group);
    }
    Ok((parameters, free))
}

fn word(input: ParseStream<'_>, expected: &str) -> syn::Result<()> {
    let found: Ident = input.parse()?;
    match found == expected {
        true => Ok(()),
        false => Err(syn::Error::new(found.span(), format!("expected `{expected}`"))),
    }
}

impl Parameter {
    fn read(input: ParseStream<'_>, required: bool) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let path: Path = input.parse()?;
        input.parse::<Token![=]>()?;
        let wire = Some(input.parse()?);
        if input.parse::<Option<Token![as]>>()?.is_some() {
            input.parse::<syn::Expr>()?;
        }
        let ty = parse_quote!(#path);
        Ok(Self {
            required,
            name,
            ty,
            wire,
        })
    }

    /// How a setter or `new` takes the value, and the type that it names: `into Text`, `list Leg`, `value Side`.
    fn taken(&self) -> (&'static str, &Type) {
        let Type::Path(path) = &self.ty else {
            return ("value", &self.ty);
        };
        if path.path.is_ident("Text") || path.path.is_ident("Decimal") {
            return ("into", &self.ty);
        }
        let segment = path
            .path
            .segments
            .first()
            .filter(|_| path.path.segments.len() == 1);
        match segment.map(|segment| (&segment.ident, &segment.arguments)) {
            Some((name, PathArguments::AngleBracketed(arguments))) if name == "Vec" => {
                match arguments.args.first() {
                    Some(GenericArgument::Type(element)) => ("list", element),
                    _ => ("value", &self.ty),
                }
            }
            _ => ("value", &self.ty),
        }
    }

    fn argument(&self) -> Type {
        match self.taken() {
            ("into", ty) => parse_quote!(impl Into<#ty>),
            ("list", element) => parse_quote!(impl IntoIterator<Item = impl Into<#element>>),
            (_, ty) => ty.clone(),
        }
    }
}

impl NamedConstructor {
    /// The function, and the struct that it takes.
    fn items(&self, request: &Ident) -> Vec<Item> {
        let mut items = Vec::new();
        let arguments: Vec<syn::FnArg> = match &self.named {
            Some(named) => {
                let fields = self
                    .arguments
                    .iter()
                    .map(|Parameter { name, ty, .. }| -> syn::Field { parse_quote!(pub #name: #ty) });
                let mut of_it: syn::ItemStruct = parse_quote! {
                    #[derive(Clone, Debug, PartialEq)]
                    pub struct #named {}
                };
                if let syn::Fields::Named(named) = &mut of_it.fields {
                    named.named.extend(fields);
                }
                items.push(Item::Struct(of_it));
                vec![parse_quote!(arguments: #named)]
            }
            None => self
                .arguments
                .iter()
                .map(|parameter| {
                    let (name, ty) = (&parameter.name, parameter.argument());
                    parse_quote!(#name: #ty)
                })
                .collect(),
        };
        let name = &self.name;
        let mut function: syn::ImplItemFn = parse_quote!(
            pub fn #name() -> Self {}
        );
        function.sig.inputs.extend(arguments);
        items.push(parse_quote!(impl #request { #function }));
        items
    }
}

impl Request {
    /// The items that the call declares, without its setters.
    pub(crate) fn items(&self) -> Vec<Item> {
        let Self {
            attributes,
            name,
            response,
            ..
        } = self;
        let fields = self.parameters.iter().map(|parameter| -> syn::Field {
            let Parameter { name, ty, wire, .. } = parameter;
            let wire = wire
                .as_ref()
                .map(|wire| -> Attribute { parse_quote!(#[wire = #wire]) });
            match parameter.required {
                true => parse_quote!(#wire pub #name: #ty),
                false => parse_quote!(#wire pub #name: Option<#ty>),
            }
        });
        let free = self
            .free
            .iter()
            .map(|field| -> syn::Field { parse_quote!(pub #field: binance_wire_core::FreeParameters) });
        let mut declared: syn::ItemStruct = parse_quote! {
            #[derive(Clone, Debug, PartialEq)]
            #[non_exhaustive]
            pub struct #name {}
        };
        declared.attrs.extend(attributes.iter().cloned());
        if let syn::Fields::Named(named) = &mut declared.fields {
            named.named.extend(fields.chain(free));
        }
        let mut items = vec![Item::Struct(declared)];
        let required = || self.parameters.iter().filter(|parameter| parameter.required);
        let arguments: Vec<syn::FnArg> = match &self.named {
            Some(named) => {
                let mut of_it: syn::ItemStruct = parse_quote! {
                    #[derive(Clone, Debug, PartialEq)]
                    pub struct #named {}
                };
                if let syn::Fields::Named(fields) = &mut of_it.fields {
                    fields.named.extend(required().map(|parameter| -> syn::Field {
                        let Parameter { name, ty, .. } = parameter;
                        parse_quote!(pub #name: #ty)
                    }));
                }
                items.push(Item::Struct(of_it));
                vec![parse_quote!(required: #named)]
            }
            None => required()
                .map(|parameter| {
                    let (name, ty) = (&parameter.name, parameter.argument());
                    parse_quote!(#name: #ty)
                })
                .collect(),
        };
        let mut constructor: syn::ImplItemFn = parse_quote!(
            pub fn new() -> Self {}
        );
        constructor.sig.inputs.extend(arguments);
        items.push(parse_quote!(impl #name { #constructor }));
        for constructor in &self.constructors {
            items.extend(constructor.items(name));
        }
        items.push(parse_quote!(impl binance_wire_core::Operation for #name { type Response = #response; }));
        if let Some((method, path)) = &self.rest {
            items.push(parse_quote! {
                impl binance_wire_core::RestOperation for #name {
                    const METHOD: binance_wire_core::HttpMethod = binance_wire_core::HttpMethod::#method;
                    const PATH: &'static str = #path;
                }
            });
        }
        if let Some(method) = &self.ws_api {
            items.push(parse_quote! {
                impl binance_wire_core::WsApiOperation for #name {
                    const METHOD: &'static str = #method;
                }
            });
        }
        items
    }

    /// The setters, which are methods of the request and of a `Call` of it.
    pub(crate) fn setters(&self) -> Setters {
        let optional = self.parameters.iter().filter(|parameter| !parameter.required);
        let mut setters: Vec<Setter> = optional
            .map(|parameter| {
                let (how, ty) = parameter.taken();
                Setter {
                    how: how.to_owned(),
                    name: parameter.name.clone(),
                    ty: ty.clone(),
                }
            })
            .collect();
        setters.extend(self.free.iter().map(|free| Setter {
            how: "free".to_owned(),
            name: free.clone(),
            ty: parse_quote!(binance_wire_core::FreeParameters),
        }));
        Setters {
            request: self.name.clone(),
            setters,
        }
    }
}
