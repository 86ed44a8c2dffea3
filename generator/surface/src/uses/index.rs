//! All crates that matter, ours and the project's, as modules and what they declare; and how paths are resolved in
//! them. Imports, renames, globs, re-exports and aliases are followed across crates.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

pub(super) type ModuleId = usize;
pub(super) type TypeId = usize;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Def {
    Module(ModuleId),
    Type(TypeId),
    Alias(usize),
    Function(usize),
    Constant(usize),
    /// A variant of an enum, by its position.
    Variant(TypeId, usize),
    /// An associated item of a type.
    Associated(TypeId, String),
    /// Something of a crate that is not known here; the path to it.
    External(Vec<String>),
}

/// What a module says that a name is.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    Def(Def),
    Import(Vec<String>),
}

pub(super) struct Module {
    pub(super) krate: usize,
    pub(super) parent: Option<ModuleId>,
    /// A block with items of its own: what it does not know, its parent may.
    pub(super) anonymous: bool,
    pub(super) names: HashMap<String, Vec<Binding>>,
    pub(super) globs: Vec<Vec<String>>,
    pub(super) children: HashMap<String, ModuleId>,
}

pub(super) struct Crate {
    pub(super) root: ModuleId,
    pub(super) externs: BTreeMap<String, String>,
    /// Whether it is one of ours: only those have items to look for.
    pub(super) ours: bool,
}

/// A struct, an enum or a trait.
#[derive(Default)]
pub(super) struct TypeInfo {
    pub(super) krate: usize,
    pub(super) module: ModuleId,
    pub(super) name: String,
    pub(super) parameters: Vec<String>,
    pub(super) fields: Vec<(String, syn::Type)>,
    /// What the exchange calls fields.
    pub(super) wires: HashMap<String, String>,
    pub(super) variants: Vec<Variant>,
    pub(super) methods: HashMap<String, Vec<Function>>,
    /// Setters of optional parameters: the type that they take.
    pub(super) setters: HashMap<String, syn::Type>,
    /// Associated types of its traits, and where they are written.
    pub(super) associated: HashMap<String, (ModuleId, syn::Type)>,
    pub(super) is_trait: bool,
}

pub(super) struct Variant {
    pub(super) name: String,
    pub(super) fields: Vec<(String, syn::Type)>,
    /// What the exchange calls it.
    pub(super) wire: Option<String>,
}

/// The signature of a function or method.
pub(super) struct Function {
    pub(super) module: ModuleId,
    pub(super) generics: syn::Generics,
    /// Of the block that it stands in: its parameters, and the type it is for.
    pub(super) outer: Option<(syn::Generics, syn::Type)>,
    pub(super) has_self: bool,
    pub(super) arguments: Vec<syn::Type>,
    pub(super) output: Option<syn::Type>,
    pub(super) is_async: bool,
}

pub(super) struct Alias {
    pub(super) module: ModuleId,
    pub(super) parameters: Vec<String>,
    pub(super) target: syn::Type,
}

pub(super) struct Constant {
    pub(super) module: ModuleId,
    pub(super) ty: syn::Type,
}

/// Everything that is known.
#[derive(Default)]
pub(super) struct Index {
    pub(super) crates: Vec<Crate>,
    pub(super) by_name: HashMap<String, usize>,
    pub(super) modules: Vec<Module>,
    pub(super) types: Vec<TypeInfo>,
    pub(super) aliases: Vec<Alias>,
    pub(super) functions: Vec<Function>,
    pub(super) constants: Vec<Constant>,
    /// The modules that stand for blocks with items of their own: by file, line and column of the brace.
    pub(super) blocks: HashMap<(usize, usize, usize), ModuleId>,
    /// The names that are being looked up, so that imports that go in circles end.
    busy: RefCell<HashSet<(ModuleId, String)>>,
}

impl Index {
    pub(super) fn new_module(&mut self, krate: usize, parent: Option<ModuleId>, anonymous: bool) -> ModuleId {
        self.modules.push(Module {
            krate,
            parent,
            anonymous,
            names: HashMap::new(),
            globs: Vec::new(),
            children: HashMap::new(),
        });
        self.modules.len() - 1
    }

    pub(super) fn declare(&mut self, module: ModuleId, name: String, binding: Binding) {
        self.modules[module].names.entry(name).or_default().push(binding);
    }

    /// Everything that a path means in a module: a name may be a type and a value at once.
    pub(super) fn resolve(&self, module: ModuleId, path: &[String]) -> Vec<Def> {
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        let mut found = match first.as_str() {
            "crate" | "$crate" => vec![Def::Module(self.crates[self.modules[module].krate].root)],
            "self" => vec![Def::Module(self.named_module(module))],
            "super" => self.modules[self.named_module(module)]
                .parent
                .map(|parent| vec![Def::Module(self.named_module(parent))])
                .unwrap_or_default(),
            "" => Vec::new(),
            name => self.lookup(module, name, true),
        };
        let mut rest = rest;
        // `::name` can only be a crate.
        if first.is_empty() {
            let Some((name, after)) = rest.split_first() else {
                return Vec::new();
            };
            found = self.extern_crate(module, name);
            rest = after;
        }
        for name in rest {
            let mut next = Vec::new();
            for def in found {
                for member in self.member(&def, name) {
                    if !next.contains(&member) {
                        next.push(member);
                    }
                }
            }
            found = next;
        }
        found
    }

    /// The module around a block.
    fn named_module(&self, mut module: ModuleId) -> ModuleId {
        while self.modules[module].anonymous {
            match self.modules[module].parent {
                Some(parent) => module = parent,
                None => break,
            }
        }
        module
    }

    fn extern_crate(&self, module: ModuleId, name: &str) -> Vec<Def> {
        let krate = &self.crates[self.modules[module].krate];
        let real = krate.externs.get(name).map_or(name, String::as_str);
        match self.by_name.get(real) {
            // A crate is known to a project by its manifest, and to ours without one.
            Some(&id) if krate.ours || krate.externs.contains_key(name) => {
                vec![Def::Module(self.crates[id].root)]
            }
            _ if krate.externs.contains_key(name)
                || matches!(name, "std" | "core" | "alloc")
                || krate.ours && name.starts_with("binance_wire") =>
            {
                vec![Def::External(vec![real.to_owned()])]
            }
            _ => Vec::new(),
        }
    }

    /// What a name is in a module; with `scope`, what it is to code in the module, to which crates have names too.
    pub(super) fn lookup(&self, module: ModuleId, name: &str, scope: bool) -> Vec<Def> {
        let key = (module, name.to_owned());
        if !self.busy.borrow_mut().insert(key.clone()) {
            return Vec::new();
        }
        let here = &self.modules[module];
        let mut found = Vec::new();
        for binding in here.names.get(name).into_iter().flatten() {
            match binding {
                Binding::Def(def) => found.push(def.clone()),
                Binding::Import(path) => found.extend(self.resolve_import(module, path)),
            }
        }
        if found.is_empty() {
            for glob in &here.globs {
                for def in self.resolve_import(module, glob) {
                    // What a glob of an unknown crate brings in is not known.
                    if !matches!(def, Def::External(_)) {
                        found.extend(self.member(&def, name));
                    }
                }
                if !found.is_empty() {
                    break;
                }
            }
        } else if let [Def::Module(inner)] = found.as_slice()
            && here
                .globs
                .iter()
                .any(|glob| glob.last().is_some_and(|last| last == name))
        {
            // `mod user_data; pub use user_data::*;`: the module hides no function of its name.
            let of_it = self.lookup(*inner, name, false).into_iter();
            found.extend(of_it.filter(|def| matches!(def, Def::Function(_) | Def::Constant(_))));
        }
        if found.is_empty() && scope {
            found = match here.parent {
                Some(parent) if here.anonymous => self.lookup(parent, name, true),
                _ => self.extern_crate(module, name),
            };
        }
        self.busy.borrow_mut().remove(&key);
        let mut unique: Vec<Def> = Vec::new();
        for def in found {
            if !unique.contains(&def) {
                unique.push(def);
            }
        }
        unique
    }

    /// An import that cannot be resolved names something of a crate that is not known.
    fn resolve_import(&self, module: ModuleId, path: &[String]) -> Vec<Def> {
        // `use spot::Side` in a module that has a `spot` of its own means that one; its import of the same name as
        // its first part (`use spot;`, `use anyhow::anyhow`) means the crate.
        let found = self.resolve(module, path);
        if !found.is_empty() {
            return found;
        }
        match path.split_first() {
            Some((first, rest)) => {
                let mut found = self.extern_crate(module, first);
                for name in rest {
                    found = found.iter().flat_map(|def| self.member(def, name)).collect();
                }
                found
            }
            None => found,
        }
    }

    fn member(&self, def: &Def, name: &str) -> Vec<Def> {
        match def {
            Def::Module(module) => match name {
                "self" => vec![def.clone()],
                "super" => self.modules[*module]
                    .parent
                    .map(Def::Module)
                    .into_iter()
                    .collect(),
                _ => self.lookup(*module, name, false),
            },
            Def::Type(id) => {
                let variant = self.types[*id]
                    .variants
                    .iter()
                    .position(|variant| variant.name == name);
                vec![variant.map_or_else(
                    || Def::Associated(*id, name.to_owned()),
                    |at| Def::Variant(*id, at),
                )]
            }
            Def::Alias(alias) => self
                .alias_target(*alias)
                .map(|id| self.member(&Def::Type(id), name))
                .unwrap_or_default(),
            Def::External(path) => {
                let mut path = path.clone();
                path.push(name.to_owned());
                vec![Def::External(path)]
            }
            _ => Vec::new(),
        }
    }

    /// The struct or enum that an alias stands for.
    pub(super) fn alias_target(&self, alias: usize) -> Option<TypeId> {
        // Aliases of each other are no Rust, but must not bring this down.
        let key = (ModuleId::MAX, alias.to_string());
        if !self.busy.borrow_mut().insert(key.clone()) {
            return None;
        }
        let alias = &self.aliases[alias];
        let found = match &alias.target {
            syn::Type::Path(path) => self.type_at(alias.module, &segments(&path.path)),
            _ => None,
        };
        self.busy.borrow_mut().remove(&key);
        found
    }

    /// The struct or enum that a path names.
    pub(super) fn type_at(&self, module: ModuleId, path: &[String]) -> Option<TypeId> {
        self.resolve(module, path)
            .iter()
            .find_map(|def| self.as_type(def))
    }

    pub(super) fn as_type(&self, def: &Def) -> Option<TypeId> {
        match def {
            Def::Type(id) => Some(*id),
            Def::Alias(alias) => self.alias_target(*alias),
            _ => None,
        }
    }

    /// Whether a type is declared by one of our crates.
    pub(super) fn is_ours(&self, id: TypeId) -> bool {
        self.crates[self.types[id].krate].ours
    }
}

/// A path as names; an empty one first stands for a leading `::`.
pub(super) fn segments(path: &syn::Path) -> Vec<String> {
    let mut names = Vec::with_capacity(path.segments.len() + 1);
    if path.leading_colon.is_some() {
        names.push(String::new());
    }
    names.extend(path.segments.iter().map(|segment| plain(&segment.ident)));
    names
}

/// An identifier without the `r#` before a keyword.
pub(super) fn plain(ident: &proc_macro2::Ident) -> String {
    let text = ident.to_string();
    match text.strip_prefix("r#") {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}
