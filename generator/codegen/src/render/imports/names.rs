//! The names that a module declares and uses.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

use super::Imports;

/// The names that a module declares, and those that it uses without a path.
#[derive(Default)]
pub(super) struct Names {
    pub(super) declared: BTreeSet<String>,
    /// Used by what is compiled in any case.
    pub(super) always: BTreeSet<String>,
    /// Used by what a `cfg` may leave out.
    pub(super) conditional: BTreeSet<String>,
    in_conditional: bool,
}

impl Names {
    fn used(&mut self, name: String) {
        let names = if self.in_conditional {
            &mut self.conditional
        } else {
            &mut self.always
        };
        names.insert(name);
    }

    fn within(&mut self, attributes: &[syn::Attribute], visit: impl FnOnce(&mut Self)) {
        let outer = self.in_conditional;
        self.in_conditional |= is_conditional(attributes);
        visit(self);
        self.in_conditional = outer;
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let mut after_colon = false;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if !after_colon {
                        // Inside a macro call a name cannot be written in full later.
                        self.always.insert(ident.to_string());
                    }
                    after_colon = false;
                }
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    after_colon = false;
                }
                TokenTree::Punct(punct) => {
                    // Of `::` alone: a single colon stands before a type.
                    after_colon = punct.as_char() == ':'
                        && (after_colon || punct.spacing() == proc_macro2::Spacing::Joint);
                }
                TokenTree::Literal(_) => after_colon = false,
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::Item;
        let name = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Mod(item) => Some(&item.ident),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            Item::Use(item) => {
                let mut public = Imports::default();
                public.flatten(&item.tree, &mut Vec::new());
                self.declared.extend(public.by_name.into_keys());
                return;
            }
            _ => None,
        };
        self.declared.extend(name.map(ToString::to_string));
        // What an inline module uses is its own affair.
        if !matches!(item, Item::Mod(_)) {
            self.within(attributes(item), |names| syn::visit::visit_item(names, item));
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        self.within(member_attributes(item), |names| {
            syn::visit::visit_impl_item(names, item)
        });
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        self.within(&field.attrs, |names| syn::visit::visit_field(names, field));
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.within(&variant.attrs, |names| syn::visit::visit_variant(names, variant));
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.within(&arm.attrs, |names| syn::visit::visit_arm(names, arm));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none()
            && let Some(first) = path.segments.first()
        {
            self.used(first.ident.to_string());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_generic_param(&mut self, parameter: &'ast syn::GenericParam) {
        if let syn::GenericParam::Type(parameter) = parameter {
            self.declared.insert(parameter.ident.to_string());
        }
        syn::visit::visit_generic_param(self, parameter);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        syn::visit::visit_macro(self, call);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

/// Whether a `cfg` may leave something out.
pub(super) fn is_conditional(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg"))
}

/// The attributes of an item.
pub(super) fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    use syn::Item;
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The attributes of an item of an `impl`.
pub(super) fn member_attributes(item: &syn::ImplItem) -> &[syn::Attribute] {
    match item {
        syn::ImplItem::Const(item) => &item.attrs,
        syn::ImplItem::Fn(item) => &item.attrs,
        syn::ImplItem::Type(item) => &item.attrs,
        syn::ImplItem::Macro(item) => &item.attrs,
        _ => &[],
    }
}
