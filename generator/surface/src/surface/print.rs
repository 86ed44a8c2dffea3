//! Canonical text of types and signatures: every path is resolved to the one that users know, layout is gone.

use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Generics, Item, ItemFn, ItemStruct, ItemType, Pat, Path, PathSegment, Signature, Type};

use super::scope::{Tree, plain};

/// Prints what stands in one module.
pub(super) struct Printer<'t> {
    pub(super) tree: &'t Tree,
    pub(super) module: &'t [String],
}

impl Printer<'_> {
    /// A type.
    pub(super) fn ty(&self, ty: &Type) -> String {
        let mut ty = ty.clone();
        Resolver(self).visit_type_mut(&mut ty);
        raw_type(ty)
    }

    /// A path, as of a trait.
    pub(super) fn path(&self, path: &Path) -> String {
        self.ty(&Type::Path(syn::TypePath {
            attrs: Vec::new(),
            qself: None,
            path: path.clone(),
        }))
    }

    /// A signature without the function's name: generics, arguments with their names, answer.
    pub(super) fn signature(&self, signature: &Signature) -> String {
        let mut signature = signature.clone();
        for input in &mut signature.inputs {
            match input {
                FnArg::Receiver(receiver) => {
                    receiver.attrs.clear();
                    // `mut self` is the body's business; the `mut` of `&mut self` is none of this.
                    receiver.mutability = None;
                }
                FnArg::Typed(argument) => {
                    argument.attrs.clear();
                    if let Pat::Ident(pattern) = &mut *argument.pat {
                        pattern.mutability = None;
                    }
                }
            }
        }
        let name = plain(&signature.ident);
        Resolver(self).visit_signature_mut(&mut signature);
        let Ok(mut item) = syn::parse_str::<ItemFn>("fn x() {}") else {
            return String::new();
        };
        item.sig = signature;
        let printed = raw(Item::Fn(item));
        let printed = printed.strip_suffix("{}").unwrap_or(&printed).trim_end();
        // `async fn new(…)` → `async (…)`: the name stands before it already.
        printed
            .replacen(&format!("fn r#{name}"), "fn ", 1)
            .replacen(&format!("fn {name}"), "fn ", 1)
            .replacen("fn ", "", 1)
    }

    /// Generics with their bounds and `where`, or nothing.
    pub(super) fn generics(&self, generics: &Generics) -> String {
        if generics.params.is_empty() && generics.where_clause.is_none() {
            return String::new();
        }
        let mut generics = generics.clone();
        Resolver(self).visit_generics_mut(&mut generics);
        let Ok(mut item) = syn::parse_str::<ItemStruct>("struct X {}") else {
            return String::new();
        };
        item.generics = generics;
        let printed = raw(Item::Struct(item));
        let printed = printed.strip_suffix("{}").unwrap_or(&printed);
        printed
            .trim()
            .strip_prefix("struct X")
            .unwrap_or(printed)
            .trim()
            .to_owned()
    }

    /// The bounds of a trait or an associated type.
    pub(super) fn bounds<S>(&self, bounds: &Punctuated<syn::TypeParamBound, S>) -> String {
        if bounds.is_empty() {
            return String::new();
        }
        let bounds = bounds.iter().cloned().collect();
        let printed = self.ty(&Type::ImplTrait(syn::TypeImplTrait {
            attrs: Vec::new(),
            impl_token: Default::default(),
            bounds,
        }));
        printed.strip_prefix("impl ").unwrap_or(&printed).to_owned()
    }
}

/// An item as prettyplease prints it, on one line.
fn raw(item: Item) -> String {
    flat(&prettyplease::unparse(&syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    }))
}

fn raw_type(ty: Type) -> String {
    let Ok(mut item) = syn::parse_str::<ItemType>("type X = u8;") else {
        return String::new();
    };
    *item.ty = ty;
    let printed = raw(Item::Type(item));
    let printed = printed.strip_prefix("type X =").unwrap_or(&printed).trim();
    printed.strip_suffix(';').unwrap_or(printed).to_owned()
}

/// Text on one line, without what only breaking lines brings.
pub(super) fn flat(text: &str) -> String {
    let mut flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in [
        ("( ", "("),
        (", )", ")"),
        (" )", ")"),
        ("< ", "<"),
        (", >", ">"),
        ("[ ", "["),
        (" ]", "]"),
    ] {
        flat = flat.replace(from, to);
    }
    flat
}

/// Replaces every path by the one that users know.
struct Resolver<'p, 't>(&'p Printer<'t>);

impl VisitMut for Resolver<'_, '_> {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        // What stands before the first generic argument is resolved; what follows belongs to it.
        let bare = |segment: &PathSegment| matches!(segment.arguments, syn::PathArguments::None);
        let with = path
            .segments
            .iter()
            .position(|segment| !bare(segment))
            .unwrap_or(path.segments.len());
        let count = (with + 1).min(path.segments.len());
        let written: Vec<String> = path
            .segments
            .iter()
            .take(count)
            .map(|segment| plain(&segment.ident))
            .collect();
        if written.first().is_none_or(|first| first == "Self") {
            return;
        }
        let mut target = match path.leading_colon.take() {
            Some(_) => written,
            None => self.0.tree.resolve(self.0.module, &written, 0),
        };
        target = self.0.tree.shown(target);
        if let Some(first) = target
            .first_mut()
            .filter(|first| ["core", "alloc"].contains(&first.as_str()))
        {
            "std".clone_into(first);
        }
        let arguments = path
            .segments
            .iter()
            .nth(count - 1)
            .map(|segment| segment.arguments.clone());
        let rest: Vec<PathSegment> = path.segments.iter().skip(count).cloned().collect();
        let mut segments: Vec<PathSegment> = target.iter().filter_map(|text| segment(text)).collect();
        if let (Some(last), Some(arguments)) = (segments.last_mut(), arguments) {
            last.arguments = arguments;
        }
        segments.extend(rest);
        path.segments = segments.into_iter().collect();
    }

    fn visit_type_path_mut(&mut self, ty: &mut syn::TypePath) {
        // `<T as Trait>::Answer` counts the segments of its trait, so that they must stay as many as they are.
        if let Some(qself) = &mut ty.qself {
            self.visit_type_mut(&mut qself.ty);
            for segment in &mut ty.path.segments {
                self.visit_path_arguments_mut(&mut segment.arguments);
            }
        } else {
            visit_mut::visit_type_path_mut(self, ty);
        }
    }

    fn visit_attributes_mut(&mut self, attributes: &mut Vec<syn::Attribute>) {
        attributes.clear();
    }
}

fn segment(text: &str) -> Option<PathSegment> {
    let ident = syn::parse_str::<syn::Ident>(text)
        .or_else(|_| syn::parse_str::<syn::Ident>(&format!("r#{text}")))
        .or_else(|_| {
            // `crate`, `self` and `Self` cannot be raw.
            syn::parse_str::<Path>(text).and_then(|path| {
                path.segments
                    .first()
                    .map(|s| s.ident.clone())
                    .ok_or_else(|| syn::Error::new(proc_macro2::Span::call_site(), "an empty path"))
            })
        })
        .ok()?;
    Some(PathSegment {
        ident,
        arguments: syn::PathArguments::None,
    })
}
