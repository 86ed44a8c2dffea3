//! Goes through a file of the project: items, signatures, types and imports, with the names that are in scope.

use std::collections::{BTreeSet, HashMap};

use proc_macro2::Span;
use syn::visit::Visit;
use syn::{Item, UseTree};

use super::index::{Def, Index, ModuleId, TypeId, plain, segments};
use super::load::{ParsedFile, block_key};
use super::types::{Meaning, Ty};
use super::unseen::Unseen;
use super::watch::Watch;
use super::{Certainty, How, Use};

/// What is known at a place in the code.
pub(super) struct Walker<'a> {
    pub(super) index: &'a Index,
    pub(super) watch: &'a Watch<'a>,
    file: &'a ParsedFile,
    pub(super) module: ModuleId,
    pub(super) meaning: Meaning,
    /// Local variables, the innermost scope last.
    pub(super) scopes: Vec<HashMap<String, Ty>>,
    found: &'a mut BTreeSet<Use>,
    pub(super) unseen: &'a mut Unseen,
}

/// Adds the uses in a file to `found`.
pub(super) fn walk_file<'a>(
    index: &'a Index,
    watch: &'a Watch<'a>,
    file: &'a ParsedFile,
    found: &'a mut BTreeSet<Use>,
    unseen: &'a mut Unseen,
) {
    let mut walker = Walker {
        index,
        watch,
        file,
        module: file.module,
        meaning: Meaning::default(),
        scopes: Vec::new(),
        found,
        unseen,
    };
    walker.items(&file.syntax.items);
}

impl<'a> Walker<'a> {
    // Reports.

    pub(super) fn report(&mut self, items: Option<&Vec<usize>>, span: Span, certainty: Certainty, how: How) {
        for item in items.into_iter().flatten() {
            let at = span.start();
            let text = self.file.lines.get(at.line.saturating_sub(1));
            self.found.insert(Use {
                file: self.file.path.clone(),
                line: at.line,
                column: at.column + 1,
                item: self.watch.items[*item].clone(),
                certainty,
                how,
                text: text.map_or("", |text| text.trim()).to_owned(),
            });
        }
    }

    /// Where the file is, for what is said of it by another name than a use.
    pub(super) fn file(&self) -> &str {
        &self.file.path
    }

    pub(super) fn certain(&mut self, items: Option<&Vec<usize>>, span: Span, how: How) {
        self.report(items, span, Certainty::Certain, how);
    }

    pub(super) fn possible(&mut self, items: Option<&Vec<usize>>, span: Span, how: How) {
        self.report(items, span, Certainty::Possible, how);
    }

    /// Names something by a path; gives what the path means.
    pub(super) fn path(&mut self, path: &syn::Path, how: How) -> Vec<Def> {
        let names = segments(path);
        let idents: Vec<_> = path.segments.iter().map(|segment| &segment.ident).collect();
        for segment in &path.segments {
            self.generic_arguments(&segment.arguments);
        }
        self.named(&names, &idents, how)
    }

    /// The same for a path that may begin with a type in angle brackets: `<Side>::Buy`, `<Order as Default>::default`.
    pub(super) fn qualified(&mut self, of: Option<&syn::QSelf>, path: &syn::Path, how: How) -> Vec<Def> {
        let Some(of) = of else {
            return self.path(path, how);
        };
        self.written_type(&of.ty);
        let syn::Type::Path(syn::TypePath {
            qself: None,
            path: ty,
            ..
        }) = &*of.ty
        else {
            return self.path(path, how);
        };
        let own = path.segments.iter().skip(of.position);
        let idents: Vec<_> = own.map(|segment| &segment.ident).collect();
        let mut names = segments(ty);
        names.extend(idents.iter().map(|ident| plain(ident)));
        for segment in &path.segments {
            self.generic_arguments(&segment.arguments);
        }
        self.named(&names, &idents, how)
    }

    /// The same for a path as names, of which the last have the given identifiers.
    fn named(&mut self, names: &[String], idents: &[&proc_macro2::Ident], how: How) -> Vec<Def> {
        let watch = self.watch;
        let skipped = names.len().saturating_sub(idents.len());
        if names.first().map(String::as_str) == Some("Self") {
            return self.named_of_self(names, idents, how);
        }
        let mut last = Vec::new();
        for (at, ident) in idents.iter().enumerate() {
            if !watch.paths.is_empty() {
                let within = self.index.resolve(self.module, &names[..at + skipped]);
                for module in within.into_iter().filter_map(as_module) {
                    let key = (module, names[at + skipped].clone());
                    self.certain(watch.paths.get(&key), ident.span(), How::Names);
                }
            }
            last = self.index.resolve(self.module, &names[..=at + skipped]);
            let end = at + 1 == idents.len();
            for def in &last {
                match def {
                    Def::Type(id) => {
                        self.certain(
                            watch.types.get(id),
                            ident.span(),
                            if end { how } else { How::Names },
                        );
                    }
                    Def::Alias(alias) => {
                        if let Some(id) = self.index.alias_target(*alias) {
                            self.certain(
                                watch.types.get(&id),
                                ident.span(),
                                if end { how } else { How::Names },
                            );
                        }
                    }
                    Def::Variant(id, variant) => {
                        self.certain(watch.variants.get(&(*id, *variant)), ident.span(), how);
                    }
                    Def::Function(id) if end => self.certain(watch.functions.get(id), ident.span(), how),
                    Def::Constant(id) if end => {
                        self.certain(watch.constants.get(id), ident.span(), How::Names);
                    }
                    Def::Associated(id, name) if end => self.associated_use(*id, name, ident.span(), how),
                    _ => {}
                }
            }
        }
        if let ([.., owner, name], [.., ident]) = (names, idents)
            && last.is_empty()
        {
            self.possible(
                watch.variant_names.get(&(owner.clone(), name.clone())),
                ident.span(),
                how,
            );
        }
        last
    }

    /// `Self::New`, in an `impl` of the project for one of our types or of its own.
    fn named_of_self(&mut self, names: &[String], idents: &[&proc_macro2::Ident], how: How) -> Vec<Def> {
        let Some(Ty::Named(id, _)) = self.meaning.this else {
            return Vec::new();
        };
        match (names, idents) {
            ([_], _) => vec![Def::Type(id)],
            ([_, name], [.., ident]) => {
                let variants = &self.index.types[id].variants;
                match variants.iter().position(|variant| variant.name == *name) {
                    Some(at) => {
                        self.certain(self.watch.variants.get(&(id, at)), ident.span(), how);
                        vec![Def::Variant(id, at)]
                    }
                    None => {
                        self.associated_use(id, name, ident.span(), how);
                        vec![Def::Associated(id, name.clone())]
                    }
                }
            }
            _ => Vec::new(),
        }
    }

    fn associated_use(&mut self, id: TypeId, name: &str, span: Span, how: How) {
        let watch = self.watch;
        if name == "new" {
            let how = if how == How::Calls { How::Constructs } else { how };
            self.certain(watch.constructors.get(&id), span, how);
        }
        self.member_use(id, name, span, how);
    }

    /// A method or setter, and the constructor behind a method of a client.
    pub(super) fn member_use(&mut self, id: TypeId, name: &str, span: Span, how: How) {
        let watch = self.watch;
        let key = (id, name.to_owned());
        self.certain(watch.methods.get(&key), span, how);
        self.certain(watch.setters.get(&key), span, how);
        if watch.constructors.is_empty() || !self.index.is_ours(id) {
            return;
        }
        let functions = self.index.types[id].methods.get(name);
        for function in functions.into_iter().flatten() {
            let output = self.index.output(function, &self.index.called(function, None));
            if let Some(request) = self.index.request_of(&output) {
                self.certain(watch.constructors.get(&request), span, how);
                break;
            }
        }
    }

    // Types.

    pub(super) fn written_type(&mut self, ty: &syn::Type) -> Ty {
        TypePaths { walker: self }.visit_type(ty);
        self.index.ty(self.module, ty, &self.meaning)
    }

    pub(super) fn generic_arguments(&mut self, arguments: &syn::PathArguments) {
        TypePaths { walker: self }.visit_path_arguments(arguments);
    }

    fn generics(&mut self, generics: &syn::Generics) {
        TypePaths { walker: self }.visit_generics(generics);
        self.index.inside(self.module, generics, &mut self.meaning);
    }

    // Items.

    pub(super) fn items(&mut self, items: &[Item]) {
        for item in items {
            self.item(item);
        }
    }

    pub(super) fn item(&mut self, item: &Item) {
        let outer = self.meaning.clone();
        match item {
            Item::Mod(item) => {
                if let Some((_, items)) = &item.content {
                    let children = &self.index.modules[self.module].children;
                    let child = children.get(&plain(&item.ident)).copied();
                    let outer = self.module;
                    self.module = child.unwrap_or(outer);
                    self.items(items);
                    self.module = outer;
                }
            }
            Item::Use(item) => {
                let prefix = match item.leading_colon {
                    Some(_) => vec![String::new()],
                    None => Vec::new(),
                };
                self.import(&prefix, &item.tree);
            }
            Item::Fn(item) => self.function(&item.sig, Some(&item.block)),
            Item::Impl(item) => {
                self.generics(&item.generics);
                let implemented = match &item.trait_ {
                    Some(implemented) => self.path(&implemented.0, How::Implements),
                    None => Vec::new(),
                };
                let implemented = implemented.iter().find_map(|def| self.index.as_type(def));
                let this = self.written_type(&item.self_ty);
                self.meaning.this = Some(this);
                for member in &item.items {
                    match member {
                        syn::ImplItem::Fn(method) => {
                            if let Some(of) = implemented {
                                let key = (of, plain(&method.sig.ident));
                                let watch = self.watch;
                                let span = method.sig.ident.span();
                                self.certain(watch.methods.get(&key), span, How::Implements);
                            }
                            self.function(&method.sig, Some(&method.block));
                        }
                        syn::ImplItem::Const(constant) => {
                            self.written_type(&constant.ty);
                            self.expression(&constant.expr);
                        }
                        syn::ImplItem::Type(member) => {
                            self.written_type(&member.ty);
                        }
                        syn::ImplItem::Macro(member) => {
                            self.macro_call(&member.mac);
                        }
                        _ => {}
                    }
                }
            }
            Item::Trait(item) => {
                self.generics(&item.generics);
                let this = self.index.resolve(self.module, &[plain(&item.ident)]);
                self.meaning.this = this
                    .iter()
                    .find_map(|def| self.index.as_type(def))
                    .map(|id| Ty::Named(id, Vec::new()));
                for member in &item.items {
                    match member {
                        syn::TraitItem::Fn(method) => self.function(&method.sig, method.default.as_ref()),
                        other => TypePaths { walker: self }.visit_trait_item(other),
                    }
                }
            }
            Item::Const(item) => {
                self.written_type(&item.ty);
                self.expression(&item.expr);
            }
            Item::Static(item) => {
                self.written_type(&item.ty);
                self.expression(&item.expr);
            }
            Item::Macro(item) => {
                // Its items are read where the loader found the file.
                if item.mac.path.is_ident("include") {
                    return;
                }
                if item.ident.is_some() {
                    self.tokens_by_name(item.mac.tokens.clone());
                } else {
                    self.macro_call(&item.mac);
                }
            }
            other => {
                self.written_names(other);
                TypePaths { walker: self }.visit_item(other);
            }
        }
        self.meaning = outer;
    }

    fn function(&mut self, signature: &syn::Signature, body: Option<&syn::Block>) {
        let outer = self.meaning.clone();
        self.generics(&signature.generics);
        // What is local to a function around this one is not to be seen from within.
        let scopes = std::mem::replace(&mut self.scopes, vec![HashMap::new()]);
        for input in &signature.inputs {
            match input {
                syn::FnArg::Receiver(_) => {
                    let this = self.meaning.this.clone().unwrap_or(Ty::Unknown);
                    self.define("self", this);
                }
                syn::FnArg::Typed(argument) => {
                    let ty = self.written_type(&argument.ty);
                    self.pattern(&argument.pat, &ty);
                }
            }
        }
        if let syn::ReturnType::Type(_, ty) = &signature.output {
            self.written_type(ty);
        }
        if let Some(body) = body {
            self.block(body);
        }
        self.scopes = scopes;
        self.meaning = outer;
    }

    fn import(&mut self, prefix: &[String], tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                let name = plain(&path.ident);
                let mut names = prefix.to_vec();
                names.push(name);
                // `use models::OrderStatus::*` names the enum on the way.
                self.named(&names, &[&path.ident], How::Names);
                self.import(&names, &path.tree);
            }
            UseTree::Name(name) => self.imported(prefix, &name.ident),
            UseTree::Rename(rename) => self.imported(prefix, &rename.ident),
            UseTree::Glob(glob) => {
                let watch = self.watch;
                for module in self
                    .index
                    .resolve(self.module, prefix)
                    .into_iter()
                    .filter_map(as_module)
                {
                    let within = watch.paths.iter().filter(|((of, _), _)| *of == module);
                    for (_, items) in within {
                        self.possible(Some(items), glob.star_token.spans[0], How::Names);
                    }
                }
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(prefix, tree);
                }
            }
        }
    }

    fn imported(&mut self, prefix: &[String], ident: &proc_macro2::Ident) {
        let name = plain(ident);
        if name == "self" {
            return;
        }
        let mut names = prefix.to_vec();
        names.push(name);
        self.named(&names, &[ident], How::Names);
    }

    // Scopes.

    pub(super) fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(HashMap::new());
        let result = inside(self);
        self.scopes.pop();
        result
    }

    pub(super) fn define(&mut self, name: &str, ty: Ty) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), ty);
        }
    }

    pub(super) fn local(&self, name: &str) -> Option<&Ty> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    /// Learns more of a variable.
    pub(super) fn learn(&mut self, expression: &syn::Expr, ty: Ty) {
        if let syn::Expr::Path(path) = expression
            && let Some(ident) = path.path.get_ident()
            && let Some(known) = self
                .scopes
                .iter_mut()
                .rev()
                .find_map(|scope| scope.get_mut(&plain(ident)))
        {
            *known = std::mem::replace(known, Ty::Unknown).merge(ty);
        }
    }

    /// The module of a block's own items.
    pub(super) fn enter_block(&mut self, block: &syn::Block) -> ModuleId {
        let key = block_key(self.file.number, block.brace_token.span.open().start());
        let outer = self.module;
        self.module = self.index.blocks.get(&key).copied().unwrap_or(outer);
        outer
    }
}

fn as_module(def: Def) -> Option<ModuleId> {
    match def {
        Def::Module(id) => Some(id),
        _ => None,
    }
}

/// Reports the paths in types, bounds and attributes of items.
struct TypePaths<'w, 'a> {
    walker: &'w mut Walker<'a>,
}

impl Visit<'_> for TypePaths<'_, '_> {
    fn visit_path(&mut self, path: &syn::Path) {
        // Goes into the arguments by itself.
        self.walker.path(path, How::Names);
    }

    fn visit_expr(&mut self, expression: &syn::Expr) {
        self.walker.expression(expression);
    }

    fn visit_attribute(&mut self, _: &syn::Attribute) {}

    fn visit_visibility(&mut self, _: &syn::Visibility) {}

    fn visit_macro(&mut self, call: &syn::Macro) {
        self.walker.macro_call(call);
    }
}
