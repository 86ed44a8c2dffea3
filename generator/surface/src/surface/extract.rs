//! From the sources of a crate to its surface.

use std::collections::BTreeMap;

use binance_wire_model::source::GeneratedFile;
use syn::{Attribute, Fields, ImplItem, Item as Source, ItemImpl, ItemMacro, Type};

use super::gate::Gate;
use super::macros::{self, OPEN_ENUM, Setters};
use super::members::{
    features, fields, inherent, join, line, openness, operation, short, standard, trait_member,
};
use super::print::Printer;
use super::request::Request;
use super::scope::{Segments, Tree, plain};
use super::{Error, Line, Surface, digest};

/// The surface of a crate, from its files by their paths in it: `Cargo.toml` for the features, `src/lib.rs` and what
/// that declares for the items.
pub fn extract(files: &[GeneratedFile]) -> Result<Surface, Error> {
    let tree = Tree::read(files)?;
    let mut found = Extractor {
        tree: &tree,
        surface: Surface::default(),
        keys: BTreeMap::new(),
    };
    for (path, module) in &tree.modules {
        let mut macros = Vec::new();
        for item in &module.items {
            if let Source::Macro(call) = item {
                macros.push(call);
            } else {
                found.item(path, item);
            }
        }
        for setters in &module.setters {
            found.setters(path, setters);
        }
        for call in macros {
            found.call(path, &module.file, call)?;
        }
    }
    found.reexports();
    let mut surface = found.surface;
    if let Some(manifest) = files.iter().find(|file| file.path == "Cargo.toml") {
        features(&manifest.contents, &mut surface);
    }
    Ok(surface)
}

struct Extractor<'t> {
    tree: &'t Tree,
    surface: Surface,
    /// Keys of public types, for what is implemented for them: `crate::models::Rebate` → `struct models::Rebate`.
    keys: BTreeMap<Segments, String>,
}

impl Extractor<'_> {
    fn printer<'p>(&'p self, module: &'p [String]) -> Printer<'p> {
        Printer {
            tree: self.tree,
            module,
        }
    }

    /// An item that is declared in a module, where users reach it; what is implemented is for any module to say.
    fn item(&mut self, module: &[String], item: &Source) {
        let absolute =
            |ident: &syn::Ident| module.iter().cloned().chain([plain(ident)]).collect::<Segments>();
        let printer = Printer {
            tree: self.tree,
            module,
        };
        match item {
            Source::Struct(item) => {
                let shape = match &item.fields {
                    Fields::Named(_) => "{}",
                    Fields::Unnamed(_) => "()",
                    Fields::Unit => ";",
                };
                let text = join(&[&openness(&item.attrs), &printer.generics(&item.generics), shape]);
                let Some(key) = self.declare("struct", absolute(&item.ident), text) else {
                    return;
                };
                let fields = fields(&printer, &item.fields);
                self.members(&key, fields);
                self.derives(&key, &item.attrs);
            }
            Source::Enum(item) => {
                let text = join(&[&openness(&item.attrs), &printer.generics(&item.generics)]);
                let Some(key) = self.declare("enum", absolute(&item.ident), text) else {
                    return;
                };
                let mut variants: Vec<(String, Line)> = Vec::new();
                for variant in &item.variants {
                    let Some(gate) = Gate::of(&variant.attrs) else {
                        continue;
                    };
                    let shape = match &variant.fields {
                        Fields::Unit => String::new(),
                        Fields::Unnamed(fields) => {
                            let types: Vec<String> =
                                fields.unnamed.iter().map(|field| printer.ty(&field.ty)).collect();
                            format!("({})", types.join(", "))
                        }
                        Fields::Named(fields) => {
                            let mut named: Vec<String> = fields
                                .named
                                .iter()
                                .filter_map(|field| {
                                    let name = plain(field.ident.as_ref()?);
                                    Some(format!("{name}: {}", printer.ty(&field.ty)))
                                })
                                .collect();
                            named.sort();
                            format!("{{ {} }}", named.join(", "))
                        }
                    };
                    let value = variant.discriminant.as_ref().and_then(|(_, value)| short(value));
                    let value = value.map(|value| format!("= {value}")).unwrap_or_default();
                    variants.push((
                        format!("variant {}", plain(&variant.ident)),
                        Line {
                            text: join(&[&openness(&variant.attrs), &shape, &value]),
                            gate: gate.text(),
                        },
                    ));
                }
                if item
                    .attrs
                    .iter()
                    .any(|attribute| attribute.path().is_ident(OPEN_ENUM))
                {
                    // What the runtime's macro adds is the runtime's surface.
                    variants.push(("impl open_enum!".to_owned(), Line::default()));
                }
                self.members(&key, variants);
                self.derives(&key, &item.attrs);
            }
            Source::Union(item) => {
                let text = printer.generics(&item.generics);
                let Some(key) = self.declare("union", absolute(&item.ident), text) else {
                    return;
                };
                let fields = fields(&printer, &Fields::Named(item.fields.clone()));
                self.members(&key, fields);
                self.derives(&key, &item.attrs);
            }
            Source::Trait(item) => {
                let bounds = printer.bounds(&item.supertraits);
                let bounds = if bounds.is_empty() {
                    bounds
                } else {
                    format!(": {bounds}")
                };
                let safety = if item.unsafety.is_some() { "unsafe" } else { "" };
                let text = join(&[safety, &printer.generics(&item.generics), &bounds]);
                let Some(key) = self.declare("trait", absolute(&item.ident), text) else {
                    return;
                };
                let members = item
                    .items
                    .iter()
                    .filter_map(|item| trait_member(&printer, item))
                    .collect();
                self.members(&key, members);
            }
            Source::Type(item) => {
                let text = join(&[&printer.generics(&item.generics), "=", &printer.ty(&item.ty)]);
                self.declare("type", absolute(&item.ident), text);
            }
            Source::Fn(item) => {
                self.declare("fn", absolute(&item.sig.ident), printer.signature(&item.sig));
            }
            Source::Const(item) => {
                let value = short(&item.expr);
                let Some(key) = self.declare("const", absolute(&item.ident), printer.ty(&item.ty)) else {
                    return;
                };
                self.members(
                    &key,
                    value
                        .map(|text| ("value".to_owned(), line(text)))
                        .into_iter()
                        .collect(),
                );
            }
            Source::Static(item) => {
                self.declare("static", absolute(&item.ident), printer.ty(&item.ty));
            }
            Source::Mod(item) => {
                self.declare("mod", absolute(&item.ident), String::new());
            }
            Source::Impl(item) => self.implementation(module, item),
            _ => {}
        }
    }

    /// Notes an item where users reach it; `None` where they do not.
    fn declare(&mut self, kind: &str, absolute: Segments, text: String) -> Option<String> {
        let reached = self.tree.public.get(&absolute)?.first()?;
        let key = format!("{kind} {}", reached.path.join("::"));
        let item = self.surface.items.entry(key.clone()).or_default();
        item.line = Line {
            text,
            gate: reached.gate.text(),
        };
        self.keys.insert(absolute, key.clone());
        Some(key)
    }

    fn members(&mut self, key: &str, members: Vec<(String, Line)>) {
        let item = self.surface.items.entry(key.to_owned()).or_default();
        item.members.extend(members);
    }

    fn derives(&mut self, key: &str, attributes: &[Attribute]) {
        let mut members = Vec::new();
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("derive"))
        {
            // A list that does not parse would not have compiled.
            let _ = attribute.parse_nested_meta(|meta| {
                let name = meta.path.segments.last().map(|segment| segment.ident.to_string());
                members.extend(name.map(|name| (format!("impl {name}"), Line::default())));
                Ok(())
            });
        }
        self.members(key, members);
    }

    fn implementation(&mut self, module: &[String], item: &ItemImpl) {
        let Some(own) = Gate::of(&item.attrs) else { return };
        let gate = self.tree.gate(module).and(&own);
        let printer = Printer {
            tree: self.tree,
            module,
        };
        let target = item.self_ty.as_ref();
        let local = local_type(&printer, target);
        let ty = printer.ty(target);
        let header = printer.generics(&item.generics);
        // `impl<T> Call<T>` is for every `T`; `impl Call<&Client>` is not, and two of those may have one method.
        let special =
            !item.generics.params.is_empty() && header.contains(':') || is_special(target, &item.generics);
        let place = if special {
            join(&[" for", &header, &ty])
        } else {
            String::new()
        };
        let (key, base) = match local {
            Some(absolute) => {
                // What users cannot name is none of theirs.
                let Some(reached) = self.tree.public.get(&absolute).and_then(|paths| paths.first()) else {
                    return;
                };
                let Some(key) = self.kind_of(&absolute, &reached.path) else {
                    return;
                };
                (key, reached.gate.clone())
            }
            None => (join(&["impls for", &header, &ty]), Gate::default()),
        };
        let foreign = key.starts_with("impls for");
        let gate = gate.less(&base).text();
        let Some((path, _)) = &item.trait_ else {
            let members = item.items.iter().filter_map(|item| {
                let (name, text, own) = inherent(&printer, item)?;
                let gate = [gate.as_str(), own.as_str()]
                    .iter()
                    .filter(|g| !g.is_empty())
                    .copied()
                    .collect::<Vec<_>>();
                Some((
                    format!("{name}{place}"),
                    Line {
                        text,
                        gate: gate.join("+"),
                    },
                ))
            });
            let members = members.collect();
            self.members(&key, members);
            return;
        };
        let name = printer.path(path);
        if name.starts_with("crate::") && !self.is_public_path(module, path) {
            return;
        }
        let mut types: Vec<String> = item
            .items
            .iter()
            .filter_map(|item| match item {
                ImplItem::Type(item) => Some(format!("{} = {}", item.ident, printer.ty(&item.ty))),
                _ => None,
            })
            .collect();
        types.sort();
        let text = if types.is_empty() {
            String::new()
        } else {
            format!("{{ {} }}", types.join(", "))
        };
        let negative = if item.modifiers.polarity.is_some() {
            "!"
        } else {
            ""
        };
        let short_name = standard(&name);
        let place = if foreign { String::new() } else { place };
        let mut members = vec![(
            format!("impl {negative}{short_name}{place}"),
            Line {
                text,
                gate: gate.clone(),
            },
        )];
        if let Some(operation) = operation(&short_name, item) {
            members.push((
                operation.0,
                Line {
                    text: operation.1,
                    gate,
                },
            ));
        }
        self.members(&key, members);
    }

    /// The key of a public type, which may be declared in a module that is yet to come.
    fn kind_of(&mut self, absolute: &Segments, path: &[String]) -> Option<String> {
        if let Some(key) = self.keys.get(absolute) {
            return Some(key.clone());
        }
        let (name, module) = absolute.split_last()?;
        let kind = self
            .tree
            .modules
            .get(module)?
            .items
            .iter()
            .find_map(|item| match item {
                Source::Struct(item) if plain(&item.ident) == *name => Some("struct"),
                Source::Enum(item) if plain(&item.ident) == *name => Some("enum"),
                Source::Union(item) if plain(&item.ident) == *name => Some("union"),
                Source::Trait(item) if plain(&item.ident) == *name => Some("trait"),
                Source::Type(item) if plain(&item.ident) == *name => Some("type"),
                _ => None,
            })?;
        let key = format!("{kind} {}", path.join("::"));
        self.keys.insert(absolute.clone(), key.clone());
        Some(key)
    }

    fn is_public_path(&self, module: &[String], path: &syn::Path) -> bool {
        let written: Segments = path
            .segments
            .iter()
            .map(|segment| plain(&segment.ident))
            .collect();
        self.tree
            .public
            .contains_key(&self.tree.resolve(module, &written, 0))
    }

    /// A call of a macro as an item.
    fn call(&mut self, module: &[String], file: &str, call: &ItemMacro) -> Result<(), Error> {
        if Gate::of(&call.attrs).is_none() {
            return Ok(());
        }
        if let Some(name) = &call.ident {
            if call
                .attrs
                .iter()
                .any(|attribute| attribute.path().is_ident("macro_export"))
            {
                let (matchers, all) = macros::rules(call);
                let key = format!("macro {name}");
                self.surface.items.entry(key.clone()).or_default().line = line(matchers);
                self.members(&key, vec![("body".to_owned(), line(digest(&all)))]);
            }
            return Ok(());
        }
        // `expand` has replaced those that it can read.
        if macros::is(call, "request")
            && let Err(error) = call.mac.parse_body::<Request>()
        {
            return Err(Error::new(
                file,
                format!("a call of `request!` is not understood: {error}"),
            ));
        }
        if macros::is(call, "setters") {
            let parsed: Setters = call.mac.parse_body().map_err(|error| {
                Error::new(file, format!("a call of `setters!` is not understood: {error}"))
            })?;
            self.setters(module, &parsed);
            return Ok(());
        }
        let name = call
            .mac
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string())
            .unwrap_or_default();
        let key = format!(
            "macro call {}::{name}! {}",
            module.join("::"),
            digest(&call.mac.tokens.to_string())
        );
        self.surface.items.entry(key).or_default();
        Ok(())
    }

    /// The setters of a request that users can name.
    fn setters(&mut self, module: &[String], setters: &Setters) {
        let absolute = self.tree.resolve(module, &[plain(&setters.request)], 0);
        let Some(path) = self
            .tree
            .public
            .get(&absolute)
            .and_then(|paths| paths.first())
            .map(|r| r.path.clone())
        else {
            return;
        };
        let Some(key) = self.kind_of(&absolute, &path) else {
            return;
        };
        let members = setters
            .setters
            .iter()
            .map(|setter| {
                let ty = self.printer(module).ty(&setter.ty);
                (
                    format!("setter {}", setter.method()),
                    line(format!("{} {ty}", setter.how)),
                )
            })
            .collect();
        self.members(&key, members);
    }

    /// Names of other crates' items, and further names of the crate's own.
    fn reexports(&mut self) {
        for (path, (target, gate)) in &self.tree.foreign {
            self.surface
                .items
                .entry(format!("use {}", path.join("::")))
                .or_default()
                .line = Line {
                text: target.join("::"),
                gate: gate.text(),
            };
        }
        for paths in self.tree.public.values() {
            let Some((first, others)) = paths.split_first() else {
                continue;
            };
            for other in others {
                // What stands in a module that has a second name has one too; the module's says it.
                let parent = other
                    .path
                    .split_last()
                    .map(|(_, parent)| parent)
                    .unwrap_or_default();
                let covered = self.tree.public.values().flatten().any(|reached| {
                    reached.path == parent && !first.path.starts_with(parent) && !parent.is_empty()
                });
                if covered && first.path.last() == other.path.last() {
                    continue;
                }
                self.surface
                    .items
                    .entry(format!("use {}", other.path.join("::")))
                    .or_default()
                    .line = Line {
                    text: format!("crate::{}", first.path.join("::")),
                    gate: other.gate.text(),
                };
            }
        }
    }
}

/// The local type that something is implemented for.
fn local_type(printer: &Printer<'_>, ty: &Type) -> Option<Segments> {
    let Type::Path(path) = ty else { return None };
    let written: Segments = path
        .path
        .segments
        .iter()
        .map(|segment| plain(&segment.ident))
        .collect();
    let absolute = printer.tree.resolve(printer.module, &written, 0);
    absolute
        .first()
        .is_some_and(|first| first == "crate")
        .then_some(absolute)
}

/// Whether an impl is for some arguments of its type alone: `Call<&Client, O>`.
fn is_special(ty: &Type, generics: &syn::Generics) -> bool {
    let Type::Path(path) = ty else { return true };
    let Some(syn::PathArguments::AngleBracketed(arguments)) =
        path.path.segments.last().map(|last| &last.arguments)
    else {
        return false;
    };
    let declared: Vec<String> = generics
        .type_params()
        .map(|parameter| parameter.ident.to_string())
        .collect();
    arguments.args.iter().any(|argument| match argument {
        syn::GenericArgument::Type(Type::Path(path)) => path
            .path
            .get_ident()
            .is_none_or(|ident| !declared.contains(&ident.to_string())),
        syn::GenericArgument::Lifetime(_) => false,
        _ => true,
    })
}
