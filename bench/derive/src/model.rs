//! What the generated models say: their types, and how each is written on the wire.

use std::collections::BTreeMap;

use syn::visit::Visit;
use syn::{Expr, Item, ItemEnum, ItemImpl, ItemMacro, ItemStruct, ItemType, Lit};

/// A type and the `impl`s that decode and encode it.
pub struct Type {
    pub item: Shape,
    pub impls: Vec<ItemImpl>,
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
    /// Reads the files of the models.
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
                    Item::Macro(call) => model.enums.push(call),
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
        Item::Struct(item) => Shape::Object {
            item,
            members: calls.members,
            constant: calls.constant,
        },
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
    Ok(Type { item, impls })
}

/// What the codec of one type calls.
#[derive(Default)]
struct Calls {
    /// Member by field: `writer.field("a", &self.agg_trade_id)`.
    members: BTreeMap<String, String>,
    /// `writer.constant("e", "aggTrade")`.
    constant: Option<(String, String)>,
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
            ("field" | "optional_field", [member]) => {
                if let Some(field) = call.args.iter().nth(1).and_then(field_of) {
                    self.members.insert(field, member.clone());
                }
            }
            ("constant", [member, text]) => self.constant = Some((member.clone(), text.clone())),
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

/// The field of `&self.field`.
fn field_of(expression: &Expr) -> Option<String> {
    let Expr::Reference(reference) = expression else {
        return None;
    };
    let Expr::Field(access) = &*reference.expr else {
        return None;
    };
    match (&*access.base, &access.member) {
        (Expr::Path(base), syn::Member::Named(field)) if base.path.is_ident("self") => {
            Some(field.to_string())
        }
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
