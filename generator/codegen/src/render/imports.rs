//! Exact imports: full paths become short names, and a file imports the names that it uses and no others.
//!
//! A template writes a name where it needs it, in full (`crate::models::Side`) or after a `use` that lists whatever
//! the file may need. Which names the file needs is settled here, on the parsed file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::visit_mut::VisitMut;

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

/// The names that a module declares, and those that it uses without a path.
#[derive(Default)]
struct Names {
    declared: BTreeSet<String>,
    /// Used by what is compiled in any case.
    always: BTreeSet<String>,
    /// Used by what a `cfg` may leave out.
    conditional: BTreeSet<String>,
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
}

/// Whether a `cfg` may leave something out.
fn is_conditional(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg"))
}

/// The attributes of an item.
fn attributes(item: &syn::Item) -> &[syn::Attribute] {
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
fn member_attributes(item: &syn::ImplItem) -> &[syn::Attribute] {
    match item {
        syn::ImplItem::Const(item) => &item.attrs,
        syn::ImplItem::Fn(item) => &item.attrs,
        syn::ImplItem::Type(item) => &item.attrs,
        syn::ImplItem::Macro(item) => &item.attrs,
        _ => &[],
    }
}

impl Names {
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

/// What is being read: first what is compiled in any case, which decides the imports, then what may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Always,
    Conditional,
    /// Inside what may be left out, in the second phase.
    Inside,
}

struct Shortener<'e> {
    imports: BTreeMap<String, Vec<String>>,
    /// Names that mean something else here.
    taken: BTreeSet<String>,
    /// Imports that the file needs.
    needed: BTreeSet<String>,
    edits: &'e mut Vec<Edit>,
    /// Whether a macro call at the top level is being read, whose layout stays.
    in_call: bool,
    phase: Phase,
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
