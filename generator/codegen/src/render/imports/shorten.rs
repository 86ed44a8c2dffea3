//! Full paths become short names.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::visit_mut::VisitMut;

use super::Edit;
use super::names::{attributes, is_conditional, member_attributes};

/// Names that mean something without an import.
const PRELUDE: &[&str] = &[
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Hash",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Vec",
];

/// What is being read: first what is compiled in any case, which decides the imports, then what may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Always,
    Conditional,
    /// Inside what may be left out, in the second phase.
    Inside,
}

pub(super) struct Shortener<'e> {
    pub(super) imports: BTreeMap<String, Vec<String>>,
    /// Names that mean something else here.
    pub(super) taken: BTreeSet<String>,
    /// Imports that the file needs.
    pub(super) needed: BTreeSet<String>,
    pub(super) edits: &'e mut Vec<Edit>,
    /// Whether a macro call at the top level is being read, whose layout stays.
    pub(super) in_call: bool,
    pub(super) phase: Phase,
}

impl Shortener<'_> {
    /// Visits what is compiled in any case in the first phase, and what may be left out in the second.
    fn within(&mut self, conditional: bool, visit: impl FnOnce(&mut Self)) {
        match (self.phase, conditional) {
            (Phase::Always, true) => {}
            (Phase::Conditional, true) => {
                self.phase = Phase::Inside;
                visit(self);
                self.phase = Phase::Conditional;
            }
            _ => visit(self),
        }
    }

    /// How many leading segments of a path an import takes the place of; the path's type is the first of its names
    /// that is written as one.
    fn replaced(&mut self, segments: &[String]) -> usize {
        let Some(root) = segments.first() else { return 0 };
        if !(root == "crate" || root == "std" || root.starts_with("binance_wire_")) {
            return 0;
        }
        let Some(index) = segments.iter().position(|segment| is_type_name(segment)) else {
            return 0;
        };
        if index == 0 {
            return 0;
        }
        if self.import(&segments[..=index]) {
            return index;
        }
        // Something else has the name: `models::Side` instead.
        if index > 1 && self.import(&segments[..index]) {
            return index - 1;
        }
        0
    }

    /// Writes a listed name in full that nothing else needs, inside what may be left out.
    fn write_in_full(&mut self, path: &mut syn::Path) {
        let Some(first) = path.segments.first() else {
            return;
        };
        let name = first.ident.to_string();
        if self.phase != Phase::Inside || self.needed.contains(&name) {
            return;
        }
        if let Some(full) = self.imports.get(&name)
            && let Ok(full) = syn::parse_str::<syn::Path>(&full.join("::"))
        {
            let mut segments = full.segments;
            if let Some(last) = segments.last_mut() {
                last.arguments = first.arguments.clone();
            }
            segments.extend(std::mem::take(&mut path.segments).into_iter().skip(1));
            path.segments = segments;
        }
    }

    /// Whether the last name of a path means that path here, imported if need be.
    fn import(&mut self, path: &[String]) -> bool {
        let Some(name) = path.last() else { return false };
        if self.phase == Phase::Inside {
            // An import for what may be left out would be unused without it.
            return self.needed.contains(name) && self.imports.get(name).is_some_and(|known| known == path);
        }
        match self.imports.get(name) {
            Some(known) if known != path => return false,
            Some(_) => {}
            None if self.taken.contains(name) || PRELUDE.contains(&name.as_str()) => return false,
            None => {
                self.imports.insert(name.clone(), path.to_vec());
            }
        }
        self.needed.insert(name.clone());
        true
    }

    fn tokens(&mut self, tokens: TokenStream) -> TokenStream {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut shortened = Vec::with_capacity(tokens.len());
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            match token {
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), self.tokens(group.stream()));
                    inner.set_span(group.span());
                    shortened.push(TokenTree::Group(inner));
                }
                TokenTree::Ident(first) if !follows_path(&shortened) => {
                    let (segments, at) = path_at(&tokens, index);
                    let replaced = self.replaced(&segments);
                    if replaced > 0 {
                        let end = at[replaced];
                        if self.in_call {
                            self.edits.push((
                                first.span().byte_range().start..tokens[end].span().byte_range().start,
                                String::new(),
                            ));
                        }
                        shortened.push(tokens[end].clone());
                        index = end + 1;
                        continue;
                    }
                    shortened.push(token.clone());
                }
                other => shortened.push(other.clone()),
            }
            index += 1;
        }
        shortened.into_iter().collect()
    }
}

impl VisitMut for Shortener<'_> {
    fn visit_item_mut(&mut self, item: &mut syn::Item) {
        let conditional = is_conditional(attributes(item));
        self.within(conditional, |shortener| match item {
            syn::Item::Use(_) => {}
            syn::Item::Macro(call) if call.mac.path.is_ident("macro_rules") => {}
            syn::Item::Macro(call) => {
                shortener.in_call = true;
                shortener.visit_macro_mut(&mut call.mac);
                shortener.in_call = false;
            }
            item => syn::visit_mut::visit_item_mut(shortener, item),
        });
    }

    fn visit_impl_item_mut(&mut self, item: &mut syn::ImplItem) {
        let conditional = is_conditional(member_attributes(item));
        self.within(conditional, |shortener| {
            syn::visit_mut::visit_impl_item_mut(shortener, item);
        });
    }

    fn visit_field_mut(&mut self, field: &mut syn::Field) {
        self.within(is_conditional(&field.attrs), |shortener| {
            syn::visit_mut::visit_field_mut(shortener, field);
        });
    }

    fn visit_variant_mut(&mut self, variant: &mut syn::Variant) {
        self.within(is_conditional(&variant.attrs), |shortener| {
            syn::visit_mut::visit_variant_mut(shortener, variant);
        });
    }

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        self.within(is_conditional(&arm.attrs), |shortener| {
            syn::visit_mut::visit_arm_mut(shortener, arm);
        });
    }

    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        if path.leading_colon.is_none() && self.phase != Phase::Conditional {
            let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
            let replaced = self.replaced(&segments);
            path.segments = std::mem::take(&mut path.segments)
                .into_iter()
                .skip(replaced)
                .collect();
            self.write_in_full(path);
        }
        syn::visit_mut::visit_path_mut(self, path);
    }

    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        if self.phase != Phase::Conditional {
            call.tokens = self.tokens(call.tokens.clone());
        }
    }

    fn visit_attribute_mut(&mut self, _: &mut syn::Attribute) {}

    fn visit_visibility_mut(&mut self, _: &mut syn::Visibility) {}
}

/// Whether a name is written as one of a type: `Side`, but neither `json` nor `SCHEMA`.
fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().any(|c| c.is_ascii_lowercase())
}

/// Whether what was read so far ends in the middle of a path.
fn follows_path(tokens: &[TokenTree]) -> bool {
    match tokens {
        [.., TokenTree::Punct(a), TokenTree::Punct(b)] => a.as_char() == ':' && b.as_char() == ':',
        [.., TokenTree::Punct(dollar)] => dollar.as_char() == '$',
        _ => false,
    }
}

/// The segments of the path that begins at a token, and where each stands.
fn path_at(tokens: &[TokenTree], start: usize) -> (Vec<String>, Vec<usize>) {
    let (mut segments, mut at) = (Vec::new(), Vec::new());
    let mut index = start;
    while let Some(TokenTree::Ident(ident)) = tokens.get(index) {
        segments.push(ident.to_string());
        at.push(index);
        match (tokens.get(index + 1), tokens.get(index + 2)) {
            (Some(TokenTree::Punct(a)), Some(TokenTree::Punct(b)))
                if a.as_char() == ':' && b.as_char() == ':' =>
            {
                index += 3;
            }
            _ => break,
        }
    }
    (segments, at)
}
