//! Blank lines between items, which prettyplease leaves out.

use syn::visit_mut::VisitMut;
use syn::{ImplItem, Item, TraitItem};

use super::imports::group_of;

/// Stands for a blank line until the file is printed.
const MARK: &str = "blank_line!();";

/// Puts a mark wherever a blank line belongs.
pub(super) fn insert(file: &mut syn::File) {
    Inserter.visit_file_mut(file);
    if !file.attrs.is_empty()
        && !file.items.is_empty()
        && let Some(mark) = mark()
    {
        file.items.insert(0, mark);
    }
}

/// Replaces the marks in a printed file.
pub(super) fn clear(printed: &str) -> String {
    let mut text = String::with_capacity(printed.len());
    for line in printed.lines() {
        if line.trim_start() != MARK {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

fn mark<T: syn::parse::Parse>() -> Option<T> {
    syn::parse_str(MARK).ok()
}

struct Inserter;

impl VisitMut for Inserter {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        syn::visit_mut::visit_file_mut(self, file);
        space(&mut file.items, together);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        syn::visit_mut::visit_item_mod_mut(self, module);
        if let Some((_, items)) = &mut module.content {
            space(items, together);
        }
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        space(&mut block.items, |a, b| {
            matches!(
                (a, b),
                (
                    ImplItem::Const(_) | ImplItem::Type(_),
                    ImplItem::Const(_) | ImplItem::Type(_)
                )
            )
        });
    }

    fn visit_item_trait_mut(&mut self, block: &mut syn::ItemTrait) {
        space(&mut block.items, |a, b| {
            matches!(
                (a, b),
                (
                    TraitItem::Const(_) | TraitItem::Type(_),
                    TraitItem::Const(_) | TraitItem::Type(_)
                )
            )
        });
    }
}

/// Puts a mark between any two items that do not stand together.
fn space<T: syn::parse::Parse>(items: &mut Vec<T>, together: impl Fn(&T, &T) -> bool) {
    let mut spaced: Vec<T> = Vec::with_capacity(items.len() * 2);
    for item in items.drain(..) {
        if let Some(last) = spaced.last()
            && !together(last, &item)
        {
            spaced.extend(mark());
        }
        spaced.push(item);
    }
    *items = spaced;
}

/// Whether two items stand together: imports of one kind, modules of one visibility, constants without a comment.
fn together(a: &Item, b: &Item) -> bool {
    match (a, b) {
        (Item::Use(a), Item::Use(b)) => {
            let public = |import: &syn::ItemUse| !matches!(import.vis, syn::Visibility::Inherited);
            public(a) == public(b) && (public(a) || group_of(a) == group_of(b))
        }
        (Item::Mod(a), Item::Mod(b)) => a.content.is_none() && b.content.is_none(),
        (Item::Const(a), Item::Const(b)) => a.attrs.is_empty() && b.attrs.is_empty(),
        _ => false,
    }
}
