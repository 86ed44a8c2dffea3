//! Exact imports: full paths become short names, and a file imports the names that it uses and no others.
//!
//! A template writes a name where it needs it, in full (`crate::models::Side`) or after a `use` that lists whatever
//! the file may need. Which names the file needs is settled here, on the parsed file.

mod names;
mod shorten;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::visit_mut::VisitMut;

use self::names::Names;
use self::shorten::{Phase, Shortener};

/// A piece of the printed text, and what stands there instead.
pub(super) type Edit = (Range<usize>, String);

/// Shortens paths and settles the imports of a file. What is inside macro calls at the top level keeps its layout, so
/// the changes there are returned as edits of the text.
pub(super) fn settle(items: &mut Vec<syn::Item>) -> Vec<Edit> {
    let mut edits = Vec::new();
    settle_module(items, &mut edits);
    edits
}

fn settle_module(items: &mut Vec<syn::Item>, edits: &mut Vec<Edit>) {
    for item in items.iter_mut() {
        if let syn::Item::Mod(module) = item
            && let Some((_, content)) = &mut module.content
        {
            settle_module(content, edits);
        }
    }
    let mut listed = Imports::default();
    items.retain(|item| !listed.take(item));
    let mut names = Names::default();
    for item in items.iter() {
        names.visit_item(item);
    }
    let mut shortener = Shortener {
        imports: listed.by_name.clone(),
        taken: names.declared,
        needed: BTreeSet::new(),
        edits,
        in_call: false,
        phase: Phase::Always,
    };
    shortener.taken.extend(names.always.iter().cloned());
    shortener.taken.extend(names.conditional);
    for name in listed.by_name.keys() {
        if names.always.contains(name) {
            shortener.needed.insert(name.clone());
        }
        shortener.taken.remove(name);
    }
    for phase in [Phase::Always, Phase::Conditional] {
        shortener.phase = phase;
        for item in items.iter_mut() {
            match item {
                syn::Item::Mod(module) if module.content.is_some() => {}
                item => shortener.visit_item_mut(item),
            }
        }
    }
    let needed = shortener.needed;
    let imports = shortener.imports;
    listed.by_name = imports
        .into_iter()
        .filter(|(name, _)| needed.contains(name))
        .collect();
    items.splice(0..0, listed.print());
}

/// The private imports of a module.
#[derive(Default)]
struct Imports {
    /// The full path of each name.
    by_name: BTreeMap<String, Vec<String>>,
    /// Imports that name nothing in the file: traits for their methods (`as _`), and globs.
    kept: Vec<Vec<String>>,
}

impl Imports {
    /// Takes a private, unconditional `use` apart; returns whether the item was one.
    fn take(&mut self, item: &syn::Item) -> bool {
        let syn::Item::Use(import) = item else {
            return false;
        };
        if !matches!(import.vis, syn::Visibility::Inherited) || !import.attrs.is_empty() {
            return false;
        }
        self.flatten(&import.tree, &mut Vec::new());
        true
    }

    fn flatten(&mut self, tree: &syn::UseTree, prefix: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.flatten(&path.tree, prefix);
                prefix.pop();
            }
            syn::UseTree::Name(name) => self.name(prefix, &name.ident, &name.ident),
            syn::UseTree::Rename(rename) if rename.rename == "_" => {
                let mut path = prefix.clone();
                path.push(format!("{} as _", rename.ident));
                self.kept.push(path);
            }
            syn::UseTree::Rename(rename) => self.name(prefix, &rename.ident, &rename.rename),
            syn::UseTree::Glob(_) => {
                let mut path = prefix.clone();
                path.push("*".to_owned());
                self.kept.push(path);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.flatten(tree, prefix)),
        }
    }

    fn name(&mut self, prefix: &[String], ident: &syn::Ident, name: &syn::Ident) {
        let mut path = prefix.to_vec();
        let mut name = name.to_string();
        if ident != "self" {
            path.push(ident.to_string());
        } else if name == "self" {
            name = prefix.last().cloned().unwrap_or(name);
        }
        self.by_name.insert(name, path);
    }

    /// One `use` for each module that is imported from: the standard library first, then crates, then this crate.
    fn print(self) -> Vec<syn::Item> {
        let mut modules: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
        let leaves = self.by_name.into_iter().map(|(name, mut path)| {
            let last = path.pop().unwrap_or_default();
            let leaf = if last == name {
                last
            } else {
                format!("{last} as {name}")
            };
            (path, leaf)
        });
        let kept = self.kept.into_iter().map(|mut path| {
            let leaf = path.pop().unwrap_or_default();
            (path, leaf)
        });
        for (path, leaf) in leaves.chain(kept) {
            modules.entry(path).or_default().insert(leaf);
        }
        let mut imports: Vec<Vec<String>> = modules
            .into_iter()
            .map(|(mut path, leaves)| {
                let leaves: Vec<String> = leaves.into_iter().collect();
                path.push(match leaves.as_slice() {
                    [one] => one.clone(),
                    several => format!("{{{}}}", several.join(", ")),
                });
                path
            })
            .collect();
        // As rustfmt sorts them.
        imports.sort_by_cached_key(|path| (path.first().map(|root| group(root)), path.clone()));
        imports
            .into_iter()
            .filter_map(|path| syn::parse_str(&format!("use {};", path.join("::"))).ok())
            .collect()
    }
}

/// Where an import stands among the others: the standard library, crates, this crate.
fn group(root: &str) -> u8 {
    match root {
        "std" | "core" | "alloc" => 0,
        "crate" | "super" | "self" => 2,
        _ => 1,
    }
}

/// Where an import stands among the others.
pub(super) fn group_of(import: &syn::ItemUse) -> u8 {
    match &import.tree {
        syn::UseTree::Path(path) => group(&path.ident.to_string()),
        syn::UseTree::Name(name) => group(&name.ident.to_string()),
        syn::UseTree::Rename(rename) => group(&rename.ident.to_string()),
        syn::UseTree::Glob(_) | syn::UseTree::Group(_) => 1,
    }
}

/// The text of a macro call, with the edits that fall into it.
pub(super) fn edited(printed: &str, call: &syn::ItemMacro, edits: &[Edit]) -> Option<String> {
    let range = call.span().byte_range();
    let mut text = String::new();
    let mut from = range.start;
    for (edit, instead) in edits {
        if edit.start < from || edit.end > range.end {
            continue;
        }
        text.push_str(printed.get(from..edit.start)?);
        text.push_str(instead);
        from = edit.end;
    }
    text.push_str(printed.get(from..range.end)?);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(text: &str) -> String {
        let mut file = syn::parse_file(text).unwrap();
        settle(&mut file.items);
        prettyplease::unparse(&file)
    }

    #[test]
    fn a_full_path_becomes_an_import_and_a_short_name() {
        assert_eq!(
            settled(
                "struct A { a: Vec<crate::models::Side>, b: binance_wire_core::json::Reader<crate::models::Side> }"
            ),
            "use binance_wire_core::json::Reader;\nuse crate::models::Side;\nstruct A {\n    a: Vec<Side>,\n    b: Reader<Side>,\n}\n"
        );
    }

    #[test]
    fn imports_that_nothing_uses_are_dropped_and_those_of_methods_and_globs_kept() {
        assert_eq!(
            settled("use binance_wire_core::{Text, Decimal, ToJson as _}; use super::*; struct A(Text);"),
            "use binance_wire_core::{Text, ToJson as _};\nuse super::*;\nstruct A(Text);\n"
        );
    }

    #[test]
    fn a_name_that_means_something_else_is_not_imported() {
        // Declared here, used without a path, and imported from elsewhere.
        assert_eq!(
            settled("struct Side(crate::models::Side);"),
            "use crate::models;\nstruct Side(models::Side);\n"
        );
        assert_eq!(
            settled("struct A(Side, crate::models::Side);"),
            "use crate::models;\nstruct A(Side, models::Side);\n"
        );
        assert_eq!(
            settled("use crate::a::Side; struct A(Side, crate::b::c::Side);"),
            "use crate::a::Side;\nuse crate::b::c;\nstruct A(Side, c::Side);\n"
        );
        assert_eq!(settled("struct A(crate::Option);"), "struct A(crate::Option);\n");
    }

    #[test]
    fn paths_in_macro_calls_count_and_are_shortened() {
        assert_eq!(
            settled(
                "use binance_wire_core::Text; fn a() { assert!(matches!(b, crate::models::Side::Buy | Text)); }"
            ),
            "use binance_wire_core::Text;\nuse crate::models::Side;\nfn a() {\n    assert!(matches!(b, Side::Buy | Text));\n}\n"
        );
    }

    #[test]
    fn public_and_conditional_imports_stay_where_they_are() {
        let text = "pub use crate::models::Side;\n#[cfg(test)]\nuse crate::models::Fill;\nstruct A(Side);\n";
        assert_eq!(settled(text), text);
    }

    #[test]
    fn what_a_cfg_may_leave_out_needs_no_import() {
        assert_eq!(
            settled(
                "use binance_wire_core::{Text, DecodeError}; struct A(Text); \
                 impl A { #[cfg(feature = \"sbe\")] const B: C<DecodeError, crate::models::Side, binance_wire_core::Text> = d; }"
            ),
            "use binance_wire_core::Text;\nstruct A(Text);\nimpl A {\n    #[cfg(feature = \"sbe\")]\n    \
             const B: C<binance_wire_core::DecodeError, crate::models::Side, Text> = d;\n}\n"
        );
    }

    #[test]
    fn an_inline_module_has_imports_of_its_own() {
        assert_eq!(
            settled("struct A(crate::models::Side); mod b { struct B(crate::models::Side); }"),
            "use crate::models::Side;\nstruct A(Side);\nmod b {\n    use crate::models::Side;\n    struct B(Side);\n}\n"
        );
    }
}
