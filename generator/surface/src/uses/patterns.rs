//! Patterns: what they match on, and what they give names to.

use proc_macro2::Span;
use syn::{Member, Pat};

use super::How;
use super::index::{Def, TypeId, plain};
use super::types::Ty;
use super::walk::Walker;

impl Walker<'_> {
    /// A pattern that a value of a type is held against.
    pub(super) fn pattern(&mut self, pattern: &Pat, ty: &Ty) {
        match pattern {
            Pat::Ident(pattern) => {
                let name = plain(&pattern.ident);
                if let Some((_, inner)) = &pattern.subpat {
                    self.pattern(inner, ty);
                }
                // `Filled` may be an imported variant or constant as well as a new variable.
                if pattern.subpat.is_none() && pattern.by_ref.is_none() && pattern.mutability.is_none() {
                    let meant = self.index.resolve(self.module, std::slice::from_ref(&name));
                    if meant
                        .iter()
                        .any(|def| matches!(def, Def::Variant(..) | Def::Constant(_)))
                    {
                        let path = syn::Path::from(pattern.ident.clone());
                        self.path(&path, How::Matches);
                        return;
                    }
                }
                self.define(&name, ty.clone());
            }
            Pat::Path(pattern) => {
                self.qualified(pattern.qself.as_ref(), &pattern.path, How::Matches);
            }
            Pat::TupleStruct(pattern) => {
                let found = self.qualified(pattern.qself.as_ref(), &pattern.path, How::Matches);
                let elements: Vec<&Pat> = pattern.elems.iter().collect();
                let types = self.contents(&found, &pattern.path, ty);
                self.elements(&elements, &types);
            }
            Pat::Struct(pattern) => {
                let found = self.path(&pattern.path, How::Matches);
                for field in &pattern.fields {
                    let (name, span) = member(&field.member);
                    let ty = self.field_of(&found, &name, span, ty, How::Matches);
                    self.pattern(&field.pat, &ty);
                }
            }
            Pat::Tuple(pattern) => {
                let elements: Vec<&Pat> = pattern.elems.iter().collect();
                let types = match ty {
                    Ty::Tuple(types) => types.clone(),
                    Ty::Other => vec![Ty::Other; elements.len()],
                    _ => Vec::new(),
                };
                self.elements(&elements, &types);
            }
            Pat::Slice(pattern) => {
                let inner = match ty {
                    Ty::List(inner) => (**inner).clone(),
                    Ty::Other => Ty::Other,
                    _ => Ty::Unknown,
                };
                for element in &pattern.elems {
                    match element {
                        // `rest @ ..` is a slice again.
                        Pat::Ident(rest) if rest.subpat.is_some() => self.pattern(element, ty),
                        _ => self.pattern(element, &inner),
                    }
                }
            }
            Pat::Or(pattern) => {
                for case in &pattern.cases {
                    self.pattern(case, ty);
                }
            }
            Pat::Guard(guarded) => {
                self.pattern(&guarded.pat, ty);
                self.expression(&guarded.guard);
            }
            Pat::Reference(pattern) => self.pattern(&pattern.pat, ty),
            Pat::Paren(pattern) => self.pattern(&pattern.pat, ty),
            Pat::Type(pattern) => {
                let written = self.written_type(&pattern.ty);
                self.pattern(&pattern.pat, &written.merge(ty.clone()));
            }
            Pat::Lit(literal) => self.literal(&literal.lit),
            Pat::Range(range) => {
                for end in [&range.start, &range.end].into_iter().flatten() {
                    self.expression(end);
                }
            }
            Pat::Macro(call) => {
                self.macro_call(&call.mac);
            }
            Pat::Verbatim(tokens) => self.tokens_by_name(tokens.clone()),
            _ => {}
        }
    }

    /// Patterns beside each other, of which one may be `..`.
    fn elements(&mut self, elements: &[&Pat], types: &[Ty]) {
        let rest = elements
            .iter()
            .position(|element| matches!(element, Pat::Rest(_)));
        for (at, element) in elements.iter().enumerate() {
            let ty = match rest {
                Some(rest) if at > rest => (types.len() + at).checked_sub(elements.len()),
                _ => Some(at),
            };
            let ty = ty.and_then(|at| types.get(at)).cloned().unwrap_or(Ty::Unknown);
            self.pattern(element, &ty);
        }
    }

    /// The types inside of `Some(…)`, `Filter::LotSize(…)`, `Wrapper(…)`.
    fn contents(&self, found: &[Def], path: &syn::Path, ty: &Ty) -> Vec<Ty> {
        for def in found {
            let (id, fields) = match def {
                Def::Variant(id, variant) => (*id, &self.index.types[*id].variants[*variant].fields),
                Def::Type(id) => (*id, &self.index.types[*id].fields),
                _ => continue,
            };
            return fields
                .iter()
                .map(|(_, field)| self.declared(id, field, ty))
                .collect();
        }
        let name = path.segments.last().map(|segment| plain(&segment.ident));
        let inner = match (name.as_deref(), ty) {
            (Some("Some" | "Ok"), Ty::Option(inner)) | (Some("Ok" | "Ready"), Ty::Result(inner, _)) => {
                (**inner).clone()
            }
            (Some("Err"), Ty::Result(_, error)) => (**error).clone(),
            (Some("Some" | "Ok" | "Err"), Ty::Other) => Ty::Other,
            _ => Ty::Unknown,
        };
        vec![inner]
    }

    /// The type of a declared field in a value of the type `ty`.
    fn declared(&self, owner: TypeId, field: &syn::Type, ty: &Ty) -> Ty {
        let mut meaning = super::types::Meaning::default();
        if let Ty::Named(id, arguments) = ty
            && *id == owner
        {
            meaning.parameters = self.index.type_arguments(owner, arguments);
        } else {
            let parameters = &self.index.types[owner].parameters;
            meaning
                .parameters
                .extend(parameters.iter().map(|name| (name.clone(), Ty::Unknown)));
        }
        meaning.this = Some(ty.clone());
        self.index.ty(self.index.types[owner].module, field, &meaning)
    }

    /// A field in a struct pattern or literal, by what its path means.
    pub(super) fn field_of(&mut self, found: &[Def], name: &str, span: Span, ty: &Ty, how: How) -> Ty {
        for def in found {
            let (id, fields) = match def {
                Def::Variant(id, variant) => {
                    let fields = &self.index.types[*id].variants[*variant].fields;
                    let field = fields.iter().find(|(field, _)| field == name);
                    return field.map_or(Ty::Unknown, |(_, field)| self.declared(*id, field, ty));
                }
                def => match self.index.as_type(def) {
                    Some(id) => (id, &self.index.types[id].fields),
                    None => continue,
                },
            };
            let watch = self.watch;
            self.certain(watch.fields.get(&(id, name.to_owned())), span, how);
            let field = fields.iter().find(|(field, _)| field == name);
            return field.map_or(Ty::Unknown, |(_, field)| self.declared(id, field, ty));
        }
        if found.is_empty() {
            let watch = self.watch;
            self.possible(watch.field_names.get(name), span, how);
        }
        Ty::Unknown
    }

    /// `value.name`: reports it, and gives its type.
    pub(super) fn field_access(&mut self, ty: &Ty, name: &str, span: Span) -> Ty {
        let watch = self.watch;
        match ty {
            Ty::Named(id, _) => {
                self.certain(watch.fields.get(&(*id, name.to_owned())), span, How::Accesses);
                let fields = &self.index.types[*id].fields;
                if let Some((_, field)) = fields.iter().find(|(field, _)| field == name) {
                    return self.declared(*id, field, ty);
                }
                match self.target_of(*id, ty) {
                    Some(target) => self.field_access(&target, name, span),
                    None => Ty::Unknown,
                }
            }
            Ty::Tuple(types) => name
                .parse::<usize>()
                .ok()
                .and_then(|at| types.get(at))
                .cloned()
                .unwrap_or(Ty::Unknown),
            Ty::Unknown => {
                self.possible(watch.field_names.get(name), span, How::Accesses);
                Ty::Unknown
            }
            Ty::Other => Ty::Other,
            _ => Ty::Unknown,
        }
    }

    /// What a wrapper of the project's own dereferences to.
    pub(super) fn target_of(&self, id: TypeId, ty: &Ty) -> Option<Ty> {
        let (module, target) = self.index.types[id].associated.get("Target")?;
        let mut meaning = super::types::Meaning::default();
        if let Ty::Named(_, arguments) = ty {
            meaning.parameters = self.index.type_arguments(id, arguments);
        }
        let target = self.index.ty(*module, target, &meaning);
        (target != *ty).then_some(target)
    }
}

/// A field's name and where it stands.
pub(super) fn member(member: &Member) -> (String, Span) {
    match member {
        Member::Named(ident) => (plain(ident), ident.span()),
        Member::Unnamed(index) => (index.index.to_string(), index.span),
    }
}
