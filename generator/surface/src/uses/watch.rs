//! The items looked for, by what code can be seen to do with them.

use std::collections::HashMap;

use crate::rust_item::{RustItem, RustItemKind};

use super::index::{Def, Index, ModuleId, TypeId};
use super::types::{Meaning, Ty};

type Items = Vec<usize>;

/// The items looked for.
#[derive(Default)]
pub(super) struct Watch<'a> {
    pub(super) items: Vec<&'a RustItem>,
    pub(super) types: HashMap<TypeId, Items>,
    pub(super) fields: HashMap<(TypeId, String), Items>,
    pub(super) variants: HashMap<(TypeId, usize), Items>,
    pub(super) methods: HashMap<(TypeId, String), Items>,
    pub(super) setters: HashMap<(TypeId, String), Items>,
    pub(super) constructors: HashMap<TypeId, Items>,
    pub(super) functions: HashMap<usize, Items>,
    pub(super) constants: HashMap<usize, Items>,
    /// Names of a module that are none of its own types: modules, and what is re-exported.
    pub(super) paths: HashMap<(ModuleId, String), Items>,
    /// Features, by crate and name.
    pub(super) features: HashMap<(String, String), Items>,
    // What a name may be where nothing else is known.
    pub(super) field_names: HashMap<String, Items>,
    pub(super) method_names: HashMap<String, Items>,
    /// Of variants: the enum's name, and the variant's.
    pub(super) variant_names: HashMap<(String, String), Items>,
    /// Variants by their own name alone, as a macro may be given it.
    pub(super) variants_alone: HashMap<String, Items>,
    /// Types, functions and constants by the last name of their path.
    pub(super) last_names: HashMap<String, Items>,
    /// What the exchange calls a variant.
    pub(super) spellings: HashMap<String, Items>,
    /// What the exchange calls a field or a parameter.
    pub(super) wires: HashMap<String, Items>,
}

impl<'a> Watch<'a> {
    /// Finds the items in the index; what it does not have comes back.
    pub(super) fn new(index: &Index, items: &'a [RustItem]) -> (Self, Vec<RustItem>) {
        let mut watch = Self::default();
        let mut absent = Vec::new();
        for item in items {
            let number = watch.items.len();
            watch.items.push(item);
            if watch.add(index, item, number).is_none() {
                absent.push(item.clone());
            }
        }
        if !watch.constructors.is_empty() {
            watch.client_methods(index);
        }
        (watch, absent)
    }

    fn add(&mut self, index: &Index, item: &RustItem, number: usize) -> Option<()> {
        let root = index.crates[*index.by_name.get(&item.krate)?].root;
        let defs = |path: &str| {
            let path: Vec<String> = path.split("::").map(str::to_owned).collect();
            let mut full = vec!["crate".to_owned()];
            full.extend(path.into_iter().filter(|part| !part.is_empty()));
            index.resolve(root, &full)
        };
        let ty = |path: &str| defs(path).iter().find_map(|def| index.as_type(def));
        let in_module = |module: &str, name: &str| defs(&format!("{module}::{name}"));
        match &item.kind {
            RustItemKind::Type { path } => {
                let krate = index.modules[root].krate;
                match ty(path) {
                    Some(id) if index.types[id].krate == krate => {
                        self.types.entry(id).or_default().push(number);
                        push(&mut self.last_names, index.types[id].name.clone(), number);
                    }
                    of_another => {
                        let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
                        let module = defs(module).into_iter().find_map(|def| match def {
                            Def::Module(id) => Some(id),
                            _ => None,
                        });
                        let named = module.filter(|id| index.modules[*id].names.contains_key(name));
                        match (named, of_another) {
                            (Some(id), _) => push(&mut self.paths, (id, name.to_owned()), number),
                            // It comes with a glob.
                            (None, Some(id)) => self.types.entry(id).or_default().push(number),
                            (None, None) => return None,
                        }
                    }
                }
            }
            RustItemKind::Feature { name } => {
                push(&mut self.features, (item.krate.clone(), name.clone()), number);
            }
            RustItemKind::Field { owner, name } => {
                let owner = ty(owner)?;
                let fields = &index.types[owner].fields;
                fields.iter().find(|(field, _)| field == name)?;
                push(&mut self.fields, (owner, name.clone()), number);
                if let Some(required) = required_of(index, owner) {
                    push(&mut self.fields, (required, name.clone()), number);
                }
                push(&mut self.field_names, name.clone(), number);
                if let Some(wire) = index.types[owner].wires.get(name) {
                    push(&mut self.wires, wire.clone(), number);
                }
            }
            RustItemKind::Variant { owner, name } => {
                let owner = ty(owner)?;
                let info = &index.types[owner];
                let at = info.variants.iter().position(|variant| variant.name == *name)?;
                push(&mut self.variants, (owner, at), number);
                push(&mut self.variant_names, (info.name.clone(), name.clone()), number);
                push(&mut self.variants_alone, name.clone(), number);
                if let Some(wire) = &info.variants[at].wire {
                    push(&mut self.spellings, wire.clone(), number);
                }
            }
            RustItemKind::Method { owner, name } => {
                let owner = ty(owner)?;
                index.types[owner].methods.get(name)?;
                push(&mut self.methods, (owner, name.clone()), number);
                push(&mut self.method_names, name.clone(), number);
            }
            RustItemKind::Setter { owner, name } => {
                let owner = ty(owner)?;
                let info = &index.types[owner];
                // Requests declare theirs by a macro; objects that are sent, and messages, have plain methods.
                let setters = match info.setters.contains_key(name) {
                    true => &mut self.setters,
                    false if info.methods.contains_key(name) => &mut self.methods,
                    false => return None,
                };
                push(setters, (owner, name.clone()), number);
                push(&mut self.method_names, name.clone(), number);
                if let Some(wire) = info.wires.get(name) {
                    push(&mut self.wires, wire.clone(), number);
                }
            }
            RustItemKind::Constructor { owner } => {
                let owner = ty(owner)?;
                push(&mut self.constructors, owner, number);
                push(&mut self.last_names, index.types[owner].name.clone(), number);
                if let Some(required) = required_of(index, owner) {
                    push(&mut self.constructors, required, number);
                }
            }
            RustItemKind::Function { module, name } => {
                let found = in_module(module, name).into_iter().find_map(|def| match def {
                    Def::Function(id) => Some(id),
                    _ => None,
                });
                push(&mut self.functions, found?, number);
                push(&mut self.last_names, name.clone(), number);
            }
            RustItemKind::Constant { module, name } => {
                let found = in_module(module, name).into_iter().find_map(|def| match def {
                    Def::Constant(id) => Some(id),
                    _ => None,
                });
                push(&mut self.constants, found?, number);
                push(&mut self.last_names, name.clone(), number);
            }
        }
        Some(())
    }

    /// Methods of clients that take what a watched constructor takes.
    fn client_methods(&mut self, index: &Index) {
        let mut found = Vec::new();
        for (id, info) in index.types.iter().enumerate() {
            if !index.is_ours(id) {
                continue;
            }
            for (name, functions) in &info.methods {
                for function in functions {
                    if let Some(request) =
                        index.request_of(&index.output(function, &index.called(function, None)))
                        && let Some(items) = self.constructors.get(&request)
                    {
                        found.extend(items.iter().map(|item| (name.clone(), *item)));
                    }
                }
            }
        }
        found.sort();
        found.dedup();
        for (name, item) in found {
            push(&mut self.method_names, name, item);
        }
    }
}

/// The struct of what must be there, where `new` of a type takes that.
fn required_of(index: &Index, owner: TypeId) -> Option<TypeId> {
    let new = index.types[owner].methods.get("new")?.first()?;
    let [taken] = new.arguments.as_slice() else {
        return None;
    };
    let Ty::Named(id, _) = index.ty(new.module, taken, &Meaning::default()) else {
        return None;
    };
    (index.types[id].name == format!("{}Required", index.types[owner].name)).then_some(id)
}

fn push<K: Eq + std::hash::Hash>(map: &mut HashMap<K, Items>, key: K, item: usize) {
    map.entry(key).or_default().push(item);
}
