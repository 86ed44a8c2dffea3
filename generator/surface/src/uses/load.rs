//! Fills the index from sources: which file is which module, and what each declares.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::source::Place;
use binance_wire_model::source::SourceFile;
use proc_macro2::LineColumn;
use syn::visit::Visit;
use syn::{Attribute, Fields, Item, ItemImpl, UseTree};

use crate::surface::{Request, Setters, expand};

use super::SurfaceCrate;
use super::declarations::OpenEnum;
use super::index::{
    Alias, Binding, Constant, Crate, Def, Function, Index, ModuleId, TypeInfo, Variant, plain, segments,
};
use super::manifest::{Project, folder_of};
use crate::surface::json_object;

/// A file of the project that could be parsed.
pub(super) struct ParsedFile {
    pub(super) path: String,
    pub(super) number: usize,
    pub(super) lines: Vec<String>,
    pub(super) module: ModuleId,
    pub(super) syntax: Rc<syn::File>,
}

/// An `impl`, kept until all types are known.
struct PendingImpl {
    module: ModuleId,
    generics: syn::Generics,
    self_type: syn::Type,
    methods: Vec<(String, Function)>,
    associated: Vec<(String, syn::Type)>,
}

/// The setters of a request.
struct PendingSetters {
    module: ModuleId,
    request: String,
    setters: Vec<(String, syn::Type)>,
}

impl PendingSetters {
    fn of(module: ModuleId, setters: &Setters) -> Self {
        let all = setters.setters.iter();
        Self {
            module,
            request: plain(&setters.request),
            setters: all.map(|one| (plain(&one.name), one.ty.clone())).collect(),
        }
    }
}

#[derive(Default)]
pub(super) struct Loader {
    index: Index,
    impls: Vec<PendingImpl>,
    setters: Vec<PendingSetters>,
    diagnostics: Vec<Diagnostic>,
}

/// The files of one crate while it is loaded.
struct Files<'a> {
    parsed: &'a HashMap<String, (usize, Rc<syn::File>)>,
    /// Those reached from a root, and their modules.
    reached: BTreeMap<String, ModuleId>,
}

impl Loader {
    /// Reads one of our crates.
    pub(super) fn add_surface(&mut self, krate: &SurfaceCrate) {
        let files = self.parse(krate.files.iter().filter(|file| file.path.starts_with("src/")), 0);
        let Some(root) = files.get("src/lib.rs").map(|(_, file)| file.clone()) else {
            return;
        };
        let id = self.new_crate(BTreeMap::new(), true);
        self.index.by_name.insert(krate.name.clone(), id);
        let mut files = Files {
            parsed: &files,
            reached: BTreeMap::new(),
        };
        let module = self.index.crates[id].root;
        self.module_items(&mut files, module, "src/lib.rs", "src/", &root.items, 0);
    }

    /// Reads a project, and gives its files back for the walk.
    pub(super) fn add_project(&mut self, project: &Project) -> Vec<ParsedFile> {
        let sources = || project.files.iter().filter(|file| file.path.ends_with(".rs"));
        let parsed = self.parse(sources(), 1);
        let mut modules: BTreeMap<String, ModuleId> = BTreeMap::new();

        // Libraries come first, so that what is shared with tests is known as a part of them.
        for package in &project.packages {
            let mut externs = package.externs.clone();
            for root in &package.roots {
                let Some((_, syntax)) = parsed.get(root) else {
                    continue;
                };
                let id = self.new_crate(externs.clone(), false);
                if root.ends_with("lib.rs") && package.roots.first() == Some(root) {
                    self.index.by_name.insert(package.library.clone(), id);
                    externs.insert(package.library.clone(), package.library.clone());
                }
                let mut files = Files {
                    parsed: &parsed,
                    reached: BTreeMap::new(),
                };
                let module = self.index.crates[id].root;
                self.module_items(&mut files, module, root, folder_of(root), &syntax.items, 0);
                files.reached.insert(root.clone(), module);
                for (path, module) in files.reached {
                    modules.entry(path).or_insert(module);
                }
            }
            // What no target reaches may be included by other means, and is read by itself.
            for path in sources().map(|file| &file.path) {
                let nearest = project
                    .packages
                    .iter()
                    .find(|package| path.starts_with(&package.folder));
                if modules.contains_key(path)
                    || nearest.is_none_or(|nearest| nearest.folder != package.folder)
                {
                    continue;
                }
                let Some((_, syntax)) = parsed.get(path) else {
                    continue;
                };
                let id = self.new_crate(externs.clone(), false);
                let mut files = Files {
                    parsed: &parsed,
                    reached: BTreeMap::new(),
                };
                let module = self.index.crates[id].root;
                self.module_items(&mut files, module, path, folder_of(path), &syntax.items, 0);
                modules.insert(path.clone(), module);
                modules.extend(files.reached);
            }
        }
        sources()
            .filter_map(|file| {
                let (number, syntax) = parsed.get(&file.path)?;
                Some(ParsedFile {
                    path: file.path.clone(),
                    number: *number,
                    lines: file.text.lines().map(str::to_owned).collect(),
                    module: *modules.get(&file.path)?,
                    syntax: syntax.clone(),
                })
            })
            .collect()
    }

    /// The index, once everything is in it.
    pub(super) fn finish(mut self) -> (Index, Vec<Diagnostic>) {
        for pending in std::mem::take(&mut self.impls) {
            let syn::Type::Path(path) = strip(&pending.self_type) else {
                continue;
            };
            let Some(id) = self.index.type_at(pending.module, &segments(&path.path)) else {
                continue;
            };
            let info = &mut self.index.types[id];
            for (name, mut function) in pending.methods {
                function.outer = Some((pending.generics.clone(), pending.self_type.clone()));
                info.methods.entry(name).or_default().push(function);
            }
            for (name, ty) in pending.associated {
                info.associated.entry(name).or_insert((pending.module, ty));
            }
        }
        for pending in std::mem::take(&mut self.setters) {
            if let Some(id) = self.index.type_at(pending.module, &[pending.request]) {
                self.index.types[id].setters.extend(pending.setters);
            }
        }
        (self.index, self.diagnostics)
    }

    fn parse<'a>(
        &mut self,
        sources: impl Iterator<Item = &'a SourceFile>,
        first: usize,
    ) -> HashMap<String, (usize, Rc<syn::File>)> {
        let mut parsed = HashMap::new();
        for (number, file) in sources.enumerate() {
            match syn::parse_file(&file.text) {
                Ok(syntax) => {
                    parsed.insert(file.path.clone(), (number + first, Rc::new(syntax)));
                }
                Err(error) => {
                    let line = error.span().start().line;
                    let text = file.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
                    // What readers put in place of bytes that are not UTF-8.
                    let (reason, remedy) = match text.contains(char::REPLACEMENT_CHARACTER) {
                        true => ("the line is not UTF-8".to_owned(), "save the file as UTF-8"),
                        false => (error.to_string(), "correct it"),
                    };
                    self.diagnostics.push(Diagnostic::new(
                        file.path.as_str(),
                        place(error.span().start()),
                        format!("the file cannot be parsed: {reason}"),
                        format!("{remedy}; its uses are not in this report"),
                    ));
                }
            }
        }
        parsed
    }

    fn new_crate(&mut self, externs: BTreeMap<String, String>, ours: bool) -> usize {
        let id = self.index.crates.len();
        let root = self.index.new_module(id, None, false);
        self.index.crates.push(Crate { root, externs, ours });
        id
    }

    /// `folder` is where files of the module's children are.
    fn module_items(
        &mut self,
        files: &mut Files<'_>,
        module: ModuleId,
        file: &str,
        folder: &str,
        items: &[Item],
        depth: usize,
    ) {
        let number = files.parsed.get(file).map_or(0, |(number, _)| *number);
        for item in items {
            if let Item::Mod(item) = item {
                let name = plain(&item.ident);
                let child = match self.index.modules[module].children.get(&name) {
                    Some(&child) => child,
                    None => {
                        let krate = self.index.modules[module].krate;
                        let child = self.index.new_module(krate, Some(module), false);
                        self.index.modules[module].children.insert(name.clone(), child);
                        self.index
                            .declare(module, name.clone(), Binding::Def(Def::Module(child)));
                        child
                    }
                };
                if let Some((_, items)) = &item.content {
                    let folder = format!("{folder}{name}/");
                    self.module_items(files, child, file, &folder, items, depth);
                    continue;
                }
                // Modules that name each other's files are no Rust either.
                if depth > 64 {
                    continue;
                }
                let candidates = match path_attribute(&item.attrs) {
                    Some(path) => vec![normal(&format!("{}{path}", folder_of(file)))],
                    None => vec![format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")],
                };
                for path in candidates {
                    let Some((_, syntax)) = files.parsed.get(&path) else {
                        continue;
                    };
                    let syntax = syntax.clone();
                    let folder = if path.ends_with("/mod.rs") || path_attribute(&item.attrs).is_some() {
                        folder_of(&path).to_owned()
                    } else {
                        format!("{}{name}/", folder_of(&path))
                    };
                    files.reached.insert(path.clone(), child);
                    self.module_items(files, child, &path, &folder, &syntax.items, depth + 1);
                    break;
                }
            } else if let Item::Macro(call) = item
                && call.mac.path.is_ident("include")
            {
                self.include(files, (module, depth), file, &call.mac);
            } else {
                self.item(module, item, number);
            }
        }
    }

    /// `include!("file.rs")`: its items are those of the module. What a build script writes is not at hand, and is told.
    fn include(
        &mut self,
        files: &mut Files<'_>,
        (module, depth): (ModuleId, usize),
        file: &str,
        call: &syn::Macro,
    ) {
        let path = call.parse_body::<syn::LitStr>();
        let path = path.map(|path| normal(&format!("{}{}", folder_of(file), path.value())));
        let found = path.ok().and_then(|path| {
            let syntax = files.parsed.get(&path)?.1.clone();
            Some((path, syntax))
        });
        match found {
            Some((path, syntax)) if depth <= 64 => {
                files.reached.insert(path.clone(), module);
                let folder = folder_of(&path).to_owned();
                self.module_items(files, module, &path, &folder, &syntax.items, depth + 1);
            }
            _ => {
                let start = syn::spanned::Spanned::span(&call.path).start();
                self.diagnostics.push(Diagnostic::new(
                    file,
                    place(start),
                    "what `include!` takes in here is not read".to_owned(),
                    "look through it by hand; its uses are not in this report".to_owned(),
                ));
            }
        }
    }

    fn item(&mut self, module: ModuleId, item: &Item, file: usize) {
        match item {
            Item::Use(item) => {
                let prefix = match item.leading_colon {
                    Some(_) => vec![String::new()],
                    None => Vec::new(),
                };
                self.imports(module, prefix, &item.tree);
            }
            Item::ExternCrate(item) => {
                let name = plain(&item.ident);
                let rename = item.rename.as_ref().map_or(name.clone(), |(_, name)| plain(name));
                let path = vec![String::new(), name];
                self.index.declare(module, rename, Binding::Import(path));
            }
            Item::Struct(item) => {
                let info = TypeInfo {
                    fields: fields(&item.fields),
                    wires: wires(&item.fields),
                    ..self.type_info(module, &item.ident, &item.generics)
                };
                self.declare_type(module, info);
            }
            Item::Union(item) => {
                let info = self.type_info(module, &item.ident, &item.generics);
                self.declare_type(module, info);
            }
            Item::Enum(item) => {
                let variants = item.variants.iter().map(|variant| Variant {
                    name: plain(&variant.ident),
                    fields: fields(&variant.fields),
                    wire: None,
                });
                let info = TypeInfo {
                    variants: variants.collect(),
                    ..self.type_info(module, &item.ident, &item.generics)
                };
                self.declare_type(module, info);
            }
            Item::Trait(item) => {
                let mut info = TypeInfo {
                    is_trait: true,
                    ..self.type_info(module, &item.ident, &item.generics)
                };
                for member in &item.items {
                    if let syn::TraitItem::Fn(method) = member {
                        let entry = info.methods.entry(plain(&method.sig.ident)).or_default();
                        entry.push(function(module, &method.sig));
                        if let Some(body) = &method.default {
                            self.blocks_of(module, file, |visitor| visitor.visit_block(body));
                        }
                    }
                }
                self.declare_type(module, info);
            }
            Item::Type(item) => {
                self.index.aliases.push(Alias {
                    module,
                    parameters: type_parameters(&item.generics),
                    target: (*item.ty).clone(),
                });
                let def = Def::Alias(self.index.aliases.len() - 1);
                self.index.declare(module, plain(&item.ident), Binding::Def(def));
            }
            Item::Fn(item) => {
                self.index.functions.push(function(module, &item.sig));
                let def = Def::Function(self.index.functions.len() - 1);
                self.index
                    .declare(module, plain(&item.sig.ident), Binding::Def(def));
                self.blocks_of(module, file, |visitor| visitor.visit_block(&item.block));
            }
            Item::Const(item) => {
                self.constant(module, &item.ident, &item.ty);
                self.blocks_of(module, file, |visitor| visitor.visit_item_const(item));
            }
            Item::Static(item) => {
                self.constant(module, &item.ident, &item.ty);
                self.blocks_of(module, file, |visitor| visitor.visit_item_static(item));
            }
            Item::Impl(item) => self.implementation(module, item, file),
            Item::Macro(item) => self.macro_item(module, item, file),
            _ => {}
        }
    }

    fn type_info(&self, module: ModuleId, ident: &proc_macro2::Ident, generics: &syn::Generics) -> TypeInfo {
        TypeInfo {
            krate: self.index.modules[module].krate,
            module,
            name: plain(ident),
            parameters: type_parameters(generics),
            ..TypeInfo::default()
        }
    }

    fn declare_type(&mut self, module: ModuleId, info: TypeInfo) {
        let name = info.name.clone();
        self.index.types.push(info);
        let def = Def::Type(self.index.types.len() - 1);
        self.index.declare(module, name, Binding::Def(def));
    }

    fn constant(&mut self, module: ModuleId, ident: &proc_macro2::Ident, ty: &syn::Type) {
        self.index.constants.push(Constant {
            module,
            ty: ty.clone(),
        });
        let def = Def::Constant(self.index.constants.len() - 1);
        self.index.declare(module, plain(ident), Binding::Def(def));
    }

    fn implementation(&mut self, module: ModuleId, item: &ItemImpl, file: usize) {
        let ours = self.index.crates[self.index.modules[module].krate].ours;
        let mut pending = PendingImpl {
            module,
            generics: item.generics.clone(),
            self_type: (*item.self_ty).clone(),
            methods: Vec::new(),
            associated: Vec::new(),
        };
        for member in &item.items {
            match member {
                syn::ImplItem::Fn(method) => {
                    let public = !matches!(method.vis, syn::Visibility::Inherited);
                    if public || !ours {
                        let signature = function(module, &method.sig);
                        pending.methods.push((plain(&method.sig.ident), signature));
                    }
                    if !ours {
                        self.blocks_of(module, file, |visitor| visitor.visit_block(&method.block));
                    }
                }
                syn::ImplItem::Type(member) => {
                    pending.associated.push((plain(&member.ident), member.ty.clone()));
                }
                _ => {}
            }
        }
        if !pending.methods.is_empty() || !pending.associated.is_empty() {
            self.impls.push(pending);
        }
    }

    /// The macros by which our crates declare objects, value sets and requests.
    fn macro_item(&mut self, module: ModuleId, item: &syn::ItemMacro, file: usize) {
        if !self.index.crates[self.index.modules[module].krate].ours {
            return;
        }
        let name = item.mac.path.segments.last().map(|segment| plain(&segment.ident));
        match name.as_deref() {
            Some("json_object") => {
                for item in json_object::expand(item).unwrap_or_default() {
                    self.item(module, &item, file);
                }
            }
            Some("open_enum") => {
                if let Ok(set) = item.mac.parse_body::<OpenEnum>() {
                    let info = TypeInfo {
                        variants: set.variants,
                        ..self.type_info(module, &set.name, &syn::Generics::default())
                    };
                    self.declare_type(module, info);
                }
            }
            Some("request") => {
                if let Ok(request) = item.mac.parse_body::<Request>() {
                    for item in request.items() {
                        self.item(module, &item, file);
                    }
                    self.setters.push(PendingSetters::of(module, &request.setters()));
                }
            }
            Some("account_source" | "payload_codecs") => {
                let (expanded, _) = expand(vec![Item::Macro(item.clone())]);
                for item in expanded.iter().filter(|item| !matches!(item, Item::Macro(_))) {
                    self.item(module, item, file);
                }
            }
            Some("setters") => {
                if let Ok(setters) = item.mac.parse_body::<Setters>() {
                    self.setters.push(PendingSetters::of(module, &setters));
                }
            }
            _ => {}
        }
    }

    fn imports(&mut self, module: ModuleId, mut prefix: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(plain(&path.ident));
                self.imports(module, prefix, &path.tree);
            }
            UseTree::Name(name) => {
                let name = plain(&name.ident);
                if name == "self" {
                    if let Some(last) = prefix.last().cloned() {
                        self.index.declare(module, last, Binding::Import(prefix));
                    }
                } else {
                    prefix.push(name.clone());
                    self.index.declare(module, name, Binding::Import(prefix));
                }
            }
            UseTree::Rename(rename) => {
                let name = plain(&rename.ident);
                if name != "self" {
                    prefix.push(name);
                }
                let rename = plain(&rename.rename);
                self.index.declare(module, rename, Binding::Import(prefix));
            }
            UseTree::Glob(_) => self.index.modules[module].globs.push(prefix),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.imports(module, prefix.clone(), tree);
                }
            }
        }
    }

    /// Declares what stands inside of blocks.
    fn blocks_of(&mut self, module: ModuleId, file: usize, visit: impl FnOnce(&mut Blocks<'_>)) {
        if self.index.crates[self.index.modules[module].krate].ours {
            return;
        }
        let mut blocks = Blocks {
            loader: self,
            file,
            module,
        };
        visit(&mut blocks);
    }
}

/// Finds blocks that have items of their own.
struct Blocks<'a> {
    loader: &'a mut Loader,
    file: usize,
    module: ModuleId,
}

impl Visit<'_> for Blocks<'_> {
    fn visit_block(&mut self, block: &syn::Block) {
        let outer = self.module;
        if block.stmts.iter().any(|stmt| matches!(stmt, syn::Stmt::Item(_))) {
            let krate = self.loader.index.modules[outer].krate;
            self.module = self.loader.index.new_module(krate, Some(outer), true);
            let key = block_key(self.file, block.brace_token.span.open().start());
            self.loader.index.blocks.insert(key, self.module);
            for stmt in &block.stmts {
                if let syn::Stmt::Item(item) = stmt {
                    self.loader.item(self.module, item, self.file);
                }
            }
        }
        for stmt in &block.stmts {
            // The loader went into items, with the blocks inside of them.
            if !matches!(stmt, syn::Stmt::Item(_)) {
                self.visit_stmt(stmt);
            }
        }
        self.module = outer;
    }
}

pub(super) fn block_key(file: usize, at: LineColumn) -> (usize, usize, usize) {
    (file, at.line, at.column)
}

/// A type without references and parentheses.
fn strip(ty: &syn::Type) -> &syn::Type {
    match ty {
        syn::Type::Reference(inner) => strip(&inner.elem),
        syn::Type::Paren(inner) => strip(&inner.elem),
        syn::Type::Group(inner) => strip(&inner.elem),
        _ => ty,
    }
}

fn function(module: ModuleId, signature: &syn::Signature) -> Function {
    Function {
        module,
        generics: signature.generics.clone(),
        outer: None,
        has_self: signature.receiver().is_some(),
        arguments: signature
            .inputs
            .iter()
            .filter_map(|input| match input {
                syn::FnArg::Typed(argument) => Some((*argument.ty).clone()),
                syn::FnArg::Receiver(_) => None,
            })
            .collect(),
        output: match &signature.output {
            syn::ReturnType::Type(_, ty) => Some((**ty).clone()),
            syn::ReturnType::Default => None,
        },
        is_async: signature.asyncness.is_some(),
    }
}

fn fields(fields: &Fields) -> Vec<(String, syn::Type)> {
    fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let name = field.ident.as_ref().map_or_else(|| at.to_string(), plain);
            (name, field.ty.clone())
        })
        .collect()
}

/// What the exchange calls the fields of our objects and requests.
fn wires(fields: &Fields) -> HashMap<String, String> {
    fields
        .iter()
        .filter_map(|field| {
            let name = plain(field.ident.as_ref()?);
            let wire = field
                .attrs
                .iter()
                .find_map(|attribute| text_of(attribute, "wire"))?;
            Some((name, wire))
        })
        .collect()
}

fn type_parameters(generics: &syn::Generics) -> Vec<String> {
    generics
        .type_params()
        .map(|parameter| plain(&parameter.ident))
        .collect()
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| text_of(attribute, "path"))
}

/// The text of `#[name = "text"]`.
fn text_of(attribute: &Attribute, name: &str) -> Option<String> {
    match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident(name) => match &pair.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Where a token is. Columns of tokens are counted from zero.
fn place(at: proc_macro2::LineColumn) -> Place {
    Place {
        line: at.line,
        column: at.column + 1,
    }
}
