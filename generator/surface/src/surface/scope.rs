//! The modules of a crate, what a name means in each, and by which paths a user reaches an item.

use std::collections::{BTreeMap, HashMap};

use binance_wire_model::source::GeneratedFile;
use syn::{Item, UseTree, Visibility};

use super::Error;
use super::gate::Gate;
use super::macros::{self, Setters};

/// A path; one of the crate begins with `crate`.
pub(super) type Segments = Vec<String>;

/// How deep re-exports of re-exports are followed.
const DEPTH: usize = 32;

/// A name in a module.
#[derive(Clone, Debug)]
struct Name {
    /// What it stands for: the item itself, or the path of a `use` as written.
    target: Target,
    public: bool,
    gate: Gate,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Own,
    Use(Segments),
}

/// A module.
pub(super) struct Module {
    pub(super) file: String,
    pub(super) items: Vec<Item>,
    /// The setters of its requests.
    pub(super) setters: Vec<Setters>,
    gate: Gate,
    /// Names of all namespaces: types and modules first, then `use`, functions and constants.
    names: BTreeMap<String, Vec<Name>>,
    /// `use path::*`.
    globs: Vec<Name>,
}

/// A path by which users reach an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reached {
    pub(super) path: Segments,
    pub(super) gate: Gate,
}

/// All modules of a crate.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) modules: BTreeMap<Segments, Module>,
    /// Public paths of each item of the crate, the shortest first.
    pub(super) public: HashMap<Segments, Vec<Reached>>,
    /// Re-exports of other crates: public path, and what stands there.
    pub(super) foreign: BTreeMap<Segments, (Segments, Gate)>,
}

impl Tree {
    /// Parses the files of a crate, from `src/lib.rs` on.
    pub(super) fn read(files: &[GeneratedFile]) -> Result<Self, Error> {
        let by_path: HashMap<&str, &str> = files
            .iter()
            .map(|file| (file.path.as_str(), file.contents.as_str()))
            .collect();
        let mut tree = Self::default();
        let mut waiting = vec![(
            vec!["crate".to_owned()],
            None,
            Gate::default(),
            "src/lib.rs".to_owned(),
        )];
        while let Some((path, inline, gate, file)) = waiting.pop() {
            let (items, setters) = match inline {
                Some(items) => (items, Vec::new()),
                // The project's own macros declare types, which names must find.
                None => macros::expand({
                    let text = by_path
                        .get(file.as_str())
                        .ok_or_else(|| Error::new(&file, "is not among the files of the crate"))?;
                    syn::parse_file(text)
                        .map_err(|error| Error::new(&file, error.to_string()))?
                        .items
                }),
            };
            for item in &items {
                let Item::Mod(module) = item else { continue };
                let Some(own) = Gate::of(&module.attrs) else {
                    continue;
                };
                let mut inner = path.clone();
                inner.push(plain(&module.ident));
                let gate = gate.and(&own);
                if let Some((_, items)) = &module.content {
                    waiting.push((inner, Some(items.clone()), gate, file.clone()));
                    continue;
                }
                let stem = format!("src/{}", inner.get(1..).unwrap_or_default().join("/"));
                let found = [format!("{stem}.rs"), format!("{stem}/mod.rs")]
                    .into_iter()
                    .find(|candidate| by_path.contains_key(candidate.as_str()))
                    .ok_or_else(|| Error::new(&file, format!("no file for `mod {}`", module.ident)))?;
                waiting.push((inner, None, gate, found));
            }
            tree.modules.insert(path, Module::new(file, items, setters, gate));
        }
        let root = vec!["crate".to_owned()];
        tree.reach(&root, &[], &Gate::default(), 0);
        for paths in tree.public.values_mut() {
            paths.sort_by(|a, b| (a.path.len(), a).cmp(&(b.path.len(), b)));
            paths.dedup_by(|a, b| a.path == b.path);
        }
        Ok(tree)
    }

    /// The gate of a module.
    pub(super) fn gate(&self, module: &[String]) -> Gate {
        self.modules
            .get(module)
            .map(|module| module.gate.clone())
            .unwrap_or_default()
    }

    /// Notes every public name of a module, as reached by `at`.
    fn reach(&mut self, module: &[String], at: &[String], gate: &Gate, depth: usize) {
        if depth > DEPTH {
            return;
        }
        let Some(here) = self.modules.get(module) else {
            return;
        };
        let names: Vec<(String, Name)> = here
            .names
            .iter()
            .flat_map(|(text, names)| names.iter().map(|name| (text.clone(), name.clone())))
            .filter(|(_, name)| name.public)
            .collect();
        let globs: Vec<Name> = here.globs.iter().filter(|glob| glob.public).cloned().collect();
        for (text, name) in names {
            let path: Segments = at.iter().chain([&text]).cloned().collect();
            let gate = gate.and(&name.gate);
            let target = match &name.target {
                Target::Own => module.iter().chain([&text]).cloned().collect(),
                Target::Use(written) => self.resolve_use(module, &text, written, 0),
            };
            if target.first().is_none_or(|first| first != "crate") {
                self.foreign.insert(path, (target, gate));
                continue;
            }
            if self.modules.contains_key(&target) {
                self.reach(&target, &path, &gate, depth + 1);
            }
            self.public
                .entry(target)
                .or_default()
                .push(Reached { path, gate });
        }
        for glob in globs {
            let Target::Use(written) = &glob.target else {
                continue;
            };
            let target = self.resolve(module, written, 0);
            let gate = gate.and(&glob.gate);
            if target.first().is_some_and(|first| first == "crate") {
                self.reach(&target, at, &gate, depth + 1);
            } else {
                let path: Segments = at
                    .iter()
                    .cloned()
                    .chain([format!("* of {}", target.join("::"))])
                    .collect();
                self.foreign.insert(path, (target, gate));
            }
        }
    }

    /// What a path means in a module: an absolute path, of this crate (`crate::…`) or another.
    pub(super) fn resolve(&self, module: &[String], path: &[String], depth: usize) -> Segments {
        let Some((first, mut rest)) = path.split_first() else {
            return Vec::new();
        };
        if depth > DEPTH {
            return path.to_vec();
        }
        let mut base = match first.as_str() {
            "crate" => vec!["crate".to_owned()],
            "self" => module.to_vec(),
            "super" => parent(module),
            _ => match self.lookup(module, first, depth) {
                Some(found) => found,
                None => return path.to_vec(),
            },
        };
        while let Some((next, others)) = rest.split_first().filter(|(next, _)| *next == "super") {
            debug_assert_eq!(next, "super");
            base = parent(&base);
            rest = others;
        }
        for segment in rest {
            let inside = self
                .modules
                .contains_key(&base)
                .then(|| self.lookup(&base, segment, depth));
            match inside.flatten() {
                Some(found) => base = found,
                None => base.push(segment.clone()),
            }
        }
        base
    }

    /// What a name means in a module.
    fn lookup(&self, module: &[String], text: &str, depth: usize) -> Option<Segments> {
        let here = self.modules.get(module)?;
        if let Some(name) = here.names.get(text).and_then(|names| names.first()) {
            return Some(match &name.target {
                Target::Own => module.iter().cloned().chain([text.to_owned()]).collect(),
                Target::Use(written) => self.resolve_use(module, text, written, depth + 1),
            });
        }
        here.globs.iter().find_map(|glob| {
            let Target::Use(written) = &glob.target else {
                return None;
            };
            // A glob of this very module would be asked for ever.
            let target = self.resolve(module, written, depth + 1);
            let other =
                target.first().is_some_and(|first| first == "crate") && target != module && depth < DEPTH;
            other.then(|| self.lookup(&target, text, depth + 1)).flatten()
        })
    }

    fn resolve_use(&self, module: &[String], alias: &str, written: &[String], depth: usize) -> Segments {
        // `use spot::x as spot`: the first segment can be no name but a crate's.
        if written.first().is_some_and(|first| first == alias) {
            return written.to_vec();
        }
        self.resolve(module, written, depth + 1)
    }

    /// The path by which users know an item; the item's own where it has none.
    pub(super) fn shown(&self, absolute: Segments) -> Segments {
        // The item may be a module's, an enum's variant or a type's associated item.
        for length in (1..=absolute.len()).rev() {
            let (item, rest) = absolute.split_at(length);
            if let Some(reached) = self.public.get(item).and_then(|paths| paths.first()) {
                let crate_path = ["crate".to_owned()]
                    .into_iter()
                    .chain(reached.path.iter().cloned());
                return crate_path.chain(rest.iter().cloned()).collect();
            }
        }
        absolute
    }
}

impl Module {
    fn new(file: String, items: Vec<Item>, setters: Vec<Setters>, gate: Gate) -> Self {
        let mut names: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        let mut globs = Vec::new();
        // Types and modules stand before functions and constants of the same name: only they begin a path.
        for values in [false, true] {
            for item in &items {
                let Some((ident, vis, attributes, value)) = named(item) else {
                    continue;
                };
                let Some(gate) = Gate::of(attributes) else {
                    continue;
                };
                if value == values {
                    names.entry(plain(ident)).or_default().push(Name {
                        target: Target::Own,
                        public: is_public(vis),
                        gate,
                    });
                }
            }
        }
        for item in &items {
            let Item::Use(import) = item else { continue };
            let Some(gate) = Gate::of(&import.attrs) else {
                continue;
            };
            let public = is_public(&import.vis);
            for (alias, path) in flatten(&import.tree) {
                let name = Name {
                    target: Target::Use(path),
                    public,
                    gate: gate.clone(),
                };
                match alias {
                    Some(alias) => names.entry(alias).or_default().push(name),
                    None => globs.push(name),
                }
            }
        }
        Self {
            file,
            items,
            setters,
            gate,
            names,
            globs,
        }
    }
}

pub(super) fn is_public(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}

/// A name without `r#`.
pub(super) fn plain(ident: &syn::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

fn parent(module: &[String]) -> Segments {
    let above = module
        .split_last()
        .map(|(_, above)| above.to_vec())
        .unwrap_or_default();
    if above.is_empty() {
        vec!["crate".to_owned()]
    } else {
        above
    }
}

type Named<'i> = (&'i syn::Ident, &'i Visibility, &'i [syn::Attribute], bool);

/// The name of an item that has one, and whether it is a value rather than a type.
fn named(item: &Item) -> Option<Named<'_>> {
    Some(match item {
        Item::Struct(item) => (&item.ident, &item.vis, &item.attrs, false),
        Item::Enum(item) => (&item.ident, &item.vis, &item.attrs, false),
        Item::Union(item) => (&item.ident, &item.vis, &item.attrs, false),
        Item::Trait(item) => (&item.ident, &item.vis, &item.attrs, false),
        Item::TraitAlias(item) => (&item.ident, &item.vis, &item.attrs, false),
        Item::Type(item) => (&item.ident, &item.vis, &item.attrs, false),
        Item::Mod(item) => (&item.ident, &item.vis, &item.attrs, false),
        Item::Fn(item) => (&item.sig.ident, &item.vis, &item.attrs, true),
        Item::Const(item) => (&item.ident, &item.vis, &item.attrs, true),
        Item::Static(item) => (&item.ident, &item.vis, &item.attrs, true),
        _ => return None,
    })
}

/// The names that a `use` brings, `None` for a glob, and their paths.
fn flatten(tree: &UseTree) -> Vec<(Option<String>, Segments)> {
    let mut found = Vec::new();
    let mut waiting = vec![(Vec::new(), tree)];
    while let Some((mut prefix, tree)) = waiting.pop() {
        match tree {
            UseTree::Path(path) => {
                prefix.push(plain(&path.ident));
                waiting.push((prefix, &path.tree));
            }
            UseTree::Name(name) if name.ident == "self" => found.push((prefix.last().cloned(), prefix)),
            UseTree::Name(name) => {
                prefix.push(plain(&name.ident));
                found.push((prefix.last().cloned(), prefix));
            }
            UseTree::Rename(rename) => {
                if rename.ident != "self" {
                    prefix.push(plain(&rename.ident));
                }
                found.push((Some(plain(&rename.rename)), prefix));
            }
            UseTree::Glob(_) => found.push((None, prefix)),
            UseTree::Group(group) => waiting.extend(group.items.iter().map(|tree| (prefix.clone(), tree))),
        }
    }
    found
}
