//! What the generated models say: their types, and how each is written on the wire.

use std::collections::BTreeMap;

use syn::parse::{Parse, ParseStream};
use syn::visit::Visit;
use syn::{Expr, Ident, Item, ItemEnum, ItemImpl, ItemMacro, ItemStruct, ItemType, Lit, Token};

/// A type and what decodes and encodes it.
pub struct Type {
    pub item: Shape,
    pub impls: Vec<ItemImpl>,
    /// The call of `json_object!` that declares the type, where one does.
    pub table: Option<ItemMacro>,
}

impl Type {
    pub fn name(&self) -> &Ident {
        match &self.item {
            Shape::Object { item, .. } | Shape::Array(item) => &item.ident,
            Shape::Tagged { item, .. } | Shape::Untagged { item, .. } => &item.ident,
        }
    }
}

pub enum Shape {
    /// Fields become members, constants included: `(member, text)`.
    Object {
        item: ItemStruct,
        members: BTreeMap<String, String>,
        constant: Option<(String, String)>,
    },
    /// Fields become the elements of an array.
    Array(ItemStruct),
    /// One of several types, told apart by a member; variants by its text.
    Tagged {
        item: ItemEnum,
        tag: String,
        texts: BTreeMap<String, String>,
    },
    /// One of several types, told apart by what they have; variants in the order in which they are tried.
    Untagged { item: ItemEnum, order: Vec<String> },
}

pub struct Model {
    pub types: Vec<Type>,
    /// Value sets, as macro calls.
    pub enums: Vec<ItemMacro>,
    /// Names of objects without members.
    pub empty: Vec<ItemType>,
}

impl Model {
    /// Reads the files of a product's models.
    pub fn read(sources: &[(String, String)]) -> Result<Self, String> {
        let mut model = Self {
            types: Vec::new(),
            enums: Vec::new(),
            empty: Vec::new(),
        };
        for (name, text) in sources {
            let file = syn::parse_file(text).map_err(|error| format!("{name}: {error}"))?;
            let (mut items, mut impls) = (Vec::new(), Vec::new());
            for item in file.items {
                match item {
                    Item::Macro(call) if calls(&call, "json_object") => {
                        let table: Table = call
                            .mac
                            .parse_body()
                            .map_err(|error| format!("{name}: {error}"))?;
                        model.types.push(Type {
                            item: table.0,
                            impls: Vec::new(),
                            table: Some(call),
                        });
                    }
                    Item::Macro(call) if calls(&call, "open_enum") => model.enums.push(call),
                    Item::Type(alias) => model.empty.push(alias),
                    Item::Impl(item) if is_codec(&item) => impls.push(item),
                    Item::Struct(_) | Item::Enum(_) => items.push(item),
                    _ => {}
                }
            }
            for item in items {
                model
                    .types
                    .push(read_type(item, &impls).map_err(|error| format!("{name}: {error}"))?);
            }
        }
        Ok(model)
    }
}

/// `/// … pub struct Trade in order where "e" = "trade" { /// … price: Decimal = required("p"), … }`
struct Table(Shape);

impl Parse for Table {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(syn::Attribute::parse_outer)?;
        input.parse::<Token![pub]>()?;
        input.parse::<Token![struct]>()?;
        let name: syn::Ident = input.parse()?;
        if input.parse::<Option<Token![in]>>()?.is_some() {
            input.parse::<syn::Ident>()?;
        }
        let mut constant = None;
        if input.parse::<Option<Token![where]>>()?.is_some() {
            while !input.peek(syn::token::Brace) {
                let member: syn::LitStr = input.parse()?;
                input.parse::<Token![=]>()?;
                let text: syn::LitStr = input.parse()?;
                input.parse::<Option<Token![,]>>()?;
                constant = Some((member.value(), text.value()));
            }
        }
        let (body, mut fields, mut members);
        syn::braced!(body in input);
        (fields, members) = (Vec::<syn::Field>::new(), BTreeMap::new());
        while !body.is_empty() {
            let attributes = body.call(syn::Attribute::parse_outer)?;
            let field: syn::Ident = body.parse()?;
            body.parse::<Token![:]>()?;
            let ty: syn::Type = body.parse()?;
            body.parse::<Token![=]>()?;
            body.parse::<syn::Ident>()?;
            let travels;
            syn::parenthesized!(travels in body);
            members.insert(field.to_string(), travels.parse::<syn::LitStr>()?.value());
            travels.parse::<proc_macro2::TokenStream>()?;
            body.parse::<Option<Token![,]>>()?;
            fields.push(syn::parse_quote!(#(#attributes)* pub #field: #ty));
        }
        let item = syn::parse_quote! {
            #(#attributes)*
            #[derive(Clone, Debug, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub struct #name { #(#fields),* }
        };
        Ok(Self(Shape::Object {
            item,
            members,
            constant,
        }))
    }
}

/// Whether this is a call of the macro of that name.
fn calls(call: &ItemMacro, name: &str) -> bool {
    call.mac
        .path
        .segments
        .last()
        .is_some_and(|segment| segment.ident == name)
}

/// Whether this is how a type is decoded or encoded.
fn is_codec(item: &ItemImpl) -> bool {
    item.trait_.as_ref().is_some_and(|(path, _)| {
        path.segments
            .last()
            .is_some_and(|segment| segment.ident == "FromJson" || segment.ident == "ToJson")
    })
}

fn read_type(item: Item, impls: &[ItemImpl]) -> Result<Type, String> {
    let name = match &item {
        Item::Struct(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        _ => return Err("neither a struct nor an enum".to_owned()),
    };
    let impls: Vec<ItemImpl> = impls
        .iter()
        .filter(|item| matches!(&*item.self_ty, syn::Type::Path(path) if path.path.is_ident(&name)))
        .cloned()
        .collect();
    let mut calls = Calls::default();
    impls.iter().for_each(|item| calls.visit_item_impl(item));
    let item = match item {
        Item::Struct(item) if calls.elements => Shape::Array(item),
        Item::Enum(item) => match calls.tag {
            Some(tag) => Shape::Tagged {
                item,
                tag,
                texts: calls.texts,
            },
            None => Shape::Untagged {
                item,
                order: calls.variants,
            },
        },
        _ => return Err("neither a struct nor an enum".to_owned()),
    };
    Ok(Type {
        item,
        impls,
        table: None,
    })
}

/// What the codec of one type calls.
#[derive(Default)]
struct Calls {
    /// `writer.element(…)`.
    elements: bool,
    /// `reader.peek_text_field("e")`.
    tag: Option<String>,
    /// Text by variant: `"LOT_SIZE" => … map(Self::LotSize)`.
    texts: BTreeMap<String, String>,
    /// `map(Self::Full)`, in order.
    variants: Vec<String>,
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let texts: Vec<String> = call.args.iter().filter_map(text_of).collect();
        match (call.method.to_string().as_str(), texts.as_slice()) {
            ("element", _) => self.elements = true,
            ("peek_text_field", [tag]) => self.tag = Some(tag.clone()),
            ("map", _) => self.variants.extend(call.args.iter().filter_map(variant_of)),
            _ => {}
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let known = self.variants.len();
        syn::visit::visit_arm(self, arm);
        if let syn::Pat::Lit(pattern) = &arm.pat
            && let Lit::Str(text) = &pattern.lit
            && let Some(variant) = self.variants.get(known)
        {
            self.texts.insert(variant.clone(), text.value());
        }
    }
}

/// The text of a literal.
fn text_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The variant of `Self::Variant`.
fn variant_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Path(path) if path.path.segments.first()?.ident == "Self" => {
            path.path.segments.last().map(|last| last.ident.to_string())
        }
        _ => None,
    }
}
