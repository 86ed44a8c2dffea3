//! Blocks → objects, tuples, lists and shapes.

use binance_wire_model::api::{Field, Type, TypeKind};
use binance_wire_model::diagnostics::{Diagnostic, Warning};
use binance_wire_model::sbe_models::Difference;
use proc_macro2::TokenStream;
use quote::quote;

use super::source::{Kind, Member, Source};
use super::value::{required, stored};
use super::{Engine, Function, FunctionPath, Outcome};
use crate::lower::api::keeps_rest;
use crate::lower::rust::{Expr, RustType, ident};
use crate::names;

/// An object that is made of a block, or of some of its members.
#[derive(Clone, Copy)]
struct Target<'t, 'a> {
    source: Source<'a>,
    /// What the block shows.
    members: &'t [Member<'a>],
    /// The path of the object within the block's.
    prefix: &'t str,
    /// The object's type.
    name: &'t str,
}

impl Target<'_, '_> {
    fn path(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }
}

impl<'a> Engine<'a> {
    /// The function that makes a type of a block.
    pub(super) fn function(&mut self, source: Source<'a>, ty: &Type) -> Outcome<FunctionPath> {
        let key = (source.place().to_owned(), ty.clone());
        if let Some(known) = self.functions.get(&key) {
            return Ok(known.path());
        }
        let mut unused = Vec::new();
        let outside = std::mem::replace(&mut self.reads, false);
        let value = self.block(source, ty, &mut unused);
        let reads = std::mem::replace(&mut self.reads, outside);
        let result = RustType::from(ty);
        let mut name = names::snake(source.place());
        if self.functions.keys().any(|(place, _)| place == source.place()) {
            name = format!("{name}_as_{}", names::snake(&result.short()));
        }
        let function = Function {
            doc: format!("`{}` as `{}`.", source.place(), result.short()),
            view: source.level.view.clone(),
            view_name: if reads { "view" } else { "_view" },
            result,
            flat: source.level.flat,
            whole: source.root && !matches!(self.input.product.resolve(ty), Type::Empty),
            body: value?.result().into(),
            module: source.module.to_owned(),
            unused,
            name,
        };
        let path = function.path();
        self.functions.insert(key, function);
        Ok(path)
    }

    /// The expression that calls the function of the whole block.
    fn call(&mut self, source: Source<'a>, ty: &Type) -> Outcome<Expr> {
        let function = self.function(source, ty)?.local();
        self.reads = true;
        Ok(Expr::fallible(quote!(#function(view))))
    }

    /// The expression that makes a type of a block.
    fn block(&mut self, source: Source<'a>, ty: &Type, unused: &mut Vec<Warning>) -> Outcome<Expr> {
        let members = source.shown(&self.input);
        let product = self.input.product;
        // What stands in place of the object around it is all there is.
        let sole = members.iter().find(|member| member.path == "..").cloned();
        match (product.resolve(ty), sole) {
            (Type::OneOrMany(one), Some(sole)) => {
                let list = self.sole(source, &sole, &Type::Array(one.clone()))?.value();
                Ok(Expr::plain(quote!(OneOrMany::Many(#list))))
            }
            (Type::OneOrMany(one), None) => {
                let one = self.call(source, one)?.value();
                Ok(Expr::plain(quote!(OneOrMany::One(#one))))
            }
            (ty, Some(sole)) => self.sole(source, &sole, ty),
            (Type::Empty, None) => Ok(Expr::plain(quote!(()))),
            (Type::Named(name), None) => match product.types.get(name).map(|def| &def.kind) {
                Some(TypeKind::Object(_)) => {
                    let (literal, used) = self.object(Target {
                        source,
                        members: &members,
                        prefix: "",
                        name,
                    })?;
                    for member in members.iter().filter(|member| !used.contains(&member.name)) {
                        if !self.ignored(name, member.name) {
                            unused.push(Warning::new(
                                &self.input.schema.file.0,
                                member.line,
                                format!("`{}.{}` has no place in `{name}`", source.place(), member.name),
                            ));
                        }
                    }
                    Ok(Expr::plain(literal))
                }
                Some(TypeKind::Tuple(slots)) => self.tuple(source, &members, name, slots),
                Some(TypeKind::Shapes(shapes)) => match &members[..] {
                    [message] if matches!(message.kind, Kind::Message) => {
                        self.sole(source, message, &Type::Named(name.clone()))
                    }
                    _ => self.shape(source, name, shapes),
                },
                _ => self.only(source, &members, ty),
            },
            (ty, None) => self.only(source, &members, ty),
        }
    }

    fn only(&mut self, source: Source<'a>, members: &[Member<'a>], ty: &Type) -> Outcome<Expr> {
        match members {
            [only] => self.sole(source, only, ty),
            _ => Err(self.problem(
                source.line,
                format!(
                    "`{}` has {} members and cannot be `{}`",
                    source.place(),
                    members.len(),
                    RustType::from(ty)
                ),
                "give the member that is meant mbx:jsonPath=\"..\"",
            )),
        }
    }

    fn sole(&mut self, source: Source<'a>, member: &Member<'a>, ty: &Type) -> Outcome<Expr> {
        let value = self.value(source, member, ty, None, false)?;
        Ok(required(value.expr, member.name))
    }

    /// The literal of an object, and the members of the block that it uses.
    fn object(&mut self, target: Target<'_, 'a>) -> Outcome<(TokenStream, Vec<&'a str>)> {
        let Target {
            source, prefix, name, ..
        } = target;
        let product = self.input.product;
        let Some(TypeKind::Object(fields)) = product.types.get(name).map(|def| &def.kind) else {
            return Err(self.problem(
                source.line,
                format!("`{prefix}` of `{}` is not an object in JSON", source.place()),
                "correct mbx:jsonPath",
            ));
        };
        let mut errors = Vec::new();
        let mut used = Vec::new();
        let mut values = Vec::new();
        for field in fields
            .iter()
            .filter(|field| !matches!(field.ty, Type::Constant(_)))
        {
            match self.member(target, field, &mut used) {
                Ok(value) => {
                    let rust = ident(self.input.krate.field(name, &field.name).unwrap_or(&field.name));
                    values.push(quote!(#rust: #value));
                }
                Err(found) => errors.extend(found),
            }
        }
        if errors.is_empty() {
            let model = RustType::model(name);
            Ok((quote!(#model { #(#values,)* raw: Default::default() }), used))
        } else {
            Err(errors)
        }
    }

    /// The value of one member of an object.
    fn member(
        &mut self,
        target: Target<'_, 'a>,
        field: &Field,
        used: &mut Vec<&'a str>,
    ) -> Outcome<TokenStream> {
        let Target { source, name, .. } = target;
        let expr = self.found(target, field, used)?;
        let always = self.always(target, field);
        self.presence.push((name.to_owned(), field.name.clone(), always));
        let Some(mut expr) = expr else {
            return match self.absent(name, &field.name) {
                Some(json) => {
                    let value = self.constant(source, &field.ty, json)?;
                    Ok(stored(value.expr(), field))
                }
                None if !field.required => Ok(quote!(None)),
                None => {
                    let location = &self.input.product.types[name].location;
                    let path = target.path(&field.name);
                    Err(self.problem(
                        source.line,
                        format!(
                            "`{name}.{}` ({}:{}) is required, but `{}` has no `{path}`",
                            field.name,
                            location.file,
                            location.line,
                            source.place()
                        ),
                        "make it optional, correct mbx:jsonPath, or say in models.yaml what JSON has there",
                    ))
                }
            };
        };
        if !field.required {
            match self.omission(name, &field.name) {
                Some(Difference::OmittedAt(text)) => {
                    let condition = self.constant(source, &field.ty, text)?.differs();
                    let some = expr.some();
                    expr = Expr::option(quote!(#some.filter(#condition)));
                }
                Some(Difference::OmittedWithout(other)) => {
                    let beside = self.beside(target, other)?;
                    let some = expr.some();
                    expr = Expr::option(quote!(if #beside { #some } else { None }));
                }
                _ => {}
            }
        }
        Ok(stored(expr, field))
    }

    /// Whether the block always has a member of an object, and JSON with it.
    fn always(&self, target: Target<'_, 'a>, field: &Field) -> bool {
        let sent = |member: &Member<'a>| !member.read.is_optional() && member.json.default.is_none();
        if self.omits(target.name, &field.name) {
            return false;
        }
        let path = target.path(&field.name);
        if let Some(member) = target.members.iter().find(|member| member.path == path) {
            return sent(member);
        }
        let inner = format!("{path}.");
        let mut leaves = target
            .members
            .iter()
            .filter(|member| member.path.starts_with(&inner))
            .peekable();
        if leaves.peek().is_some() {
            return leaves.any(sent);
        }
        match self.input.product.resolve(&field.ty) {
            Type::Named(object) if self.is_flat(target.name, &field.name) => {
                match self.input.product.types.get(object).map(|def| &def.kind) {
                    Some(TypeKind::Object(fields)) => {
                        let flat = Target {
                            prefix: "",
                            name: object,
                            ..target
                        };
                        fields.iter().any(|field| self.always(flat, field))
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// What the block has for a member of an object, if anything.
    fn found(
        &mut self,
        target: Target<'_, 'a>,
        field: &Field,
        used: &mut Vec<&'a str>,
    ) -> Outcome<Option<Expr>> {
        let Target {
            source,
            members,
            name,
            ..
        } = target;
        let path = target.path(&field.name);
        if let Some(member) = members.iter().find(|member| member.path == path) {
            used.push(member.name);
            let default = match &member.json.default {
                Some(default) => Some(default.as_str()),
                None if member.read.is_optional() => self.absent(name, &field.name),
                None => None,
            };
            let sorted = matches!(self.input.product.resolve(&field.ty), Type::Array(_))
                && self.sorted(name, &field.name);
            let value = self.value(source, member, &field.ty, default, sorted)?;
            // A list that JSON may leave out is left out where it is empty.
            return Ok(Some(match (field.required, value.filled) {
                (false, Some(filled)) => filled,
                _ => value.expr,
            }));
        }
        let inner = format!("{path}.");
        let leaves: Vec<&Member<'a>> = members
            .iter()
            .filter(|member| member.path.starts_with(&inner))
            .collect();
        let flat = leaves.is_empty() && self.flat(name, &field.name);
        let Type::Named(object) = self.input.product.resolve(&field.ty) else {
            return Ok(None);
        };
        if flat {
            let (literal, inner_used) = self.object(Target {
                prefix: "",
                name: object,
                ..target
            })?;
            used.extend(inner_used);
            return Ok(Some(Expr::plain(literal)));
        }
        if leaves.is_empty() {
            return Ok(None);
        }
        let (literal, inner_used) = self.object(Target {
            prefix: &inner,
            name: object,
            ..target
        })?;
        used.extend(inner_used);
        if !field.required && leaves.iter().all(|leaf| leaf.read.is_optional()) {
            // JSON leaves an object out that would be empty.
            let leaves = leaves.iter().map(|leaf| leaf.read.value());
            let empty = quote!(#(#leaves.is_none())&&*);
            return Ok(Some(Expr::option(
                quote!(if #empty { None } else { Some(#literal) }),
            )));
        }
        Ok(Some(Expr::plain(literal)))
    }

    /// Whether JSON has another member of the object.
    fn beside(&mut self, target: Target<'_, 'a>, other: &str) -> Outcome<TokenStream> {
        let Target {
            source,
            members,
            name,
            ..
        } = target;
        let product = self.input.product;
        let field = match product.types.get(name).map(|def| &def.kind) {
            Some(TypeKind::Object(fields)) => {
                fields.iter().find(|field| field.name == other && !field.required)
            }
            _ => None,
        };
        let Some(field) = field else {
            return Err(vec![Diagnostic::new(
                &self.input.rules.file.0,
                0,
                format!("`{name}` has no optional member `{other}`"),
                "correct `without`",
            )]);
        };
        if let Some(Difference::OmittedAt(text)) = self.omission(name, other)
            && text == "false"
            && let Some(member) = members.iter().find(|member| member.path == target.path(other))
            && !member.read.is_optional()
        {
            let value = self.value(source, member, &field.ty, None, false)?;
            return Ok(required(value.expr, member.name).value());
        }
        let value = self.member(target, field, &mut Vec::new())?;
        Ok(quote!(#value.is_some()))
    }

    fn tuple(
        &mut self,
        source: Source<'a>,
        members: &[Member<'a>],
        name: &str,
        slots: &[Field],
    ) -> Outcome<Expr> {
        if let Some(named) = members.iter().find(|member| member.path != "[]") {
            return Err(self.problem(
                named.line,
                format!(
                    "`{}.{}` is not a position of the array `{name}`",
                    source.place(),
                    named.name
                ),
                "give it mbx:jsonPath=\"[]\"",
            ));
        }
        let mut values = Vec::new();
        for (index, slot) in slots.iter().enumerate() {
            let value = match members.get(index) {
                Some(member) => {
                    let default = member.json.default.as_deref();
                    let value = self.value(source, member, &slot.ty, default, false)?;
                    required(value.expr, member.name).value()
                }
                None => match self.absent(name, &slot.name) {
                    Some(json) => self.constant(source, &slot.ty, json)?.expr().value(),
                    None => {
                        return Err(self.problem(
                            source.line,
                            format!(
                                "`{}` has no position {index}, `{name}.{}`",
                                source.place(),
                                slot.name
                            ),
                            "say in models.yaml what JSON has there",
                        ));
                    }
                },
            };
            let rust = ident(self.input.krate.field(name, &slot.name).unwrap_or(&slot.name));
            values.push(quote!(#rust: #value));
        }
        let model = RustType::model(name);
        if keeps_rest(slots) {
            values.push(quote!(raw: Default::default()));
        }
        Ok(Expr::plain(quote!(#model { #(#values),* })))
    }

    /// The shape that fits the block best: that of its own name, or that which leaves the fewest of the block's members
    /// unused and the fewest of its own empty.
    fn shape(&mut self, source: Source<'a>, name: &str, shapes: &[Type]) -> Outcome<Expr> {
        let mut candidates: Vec<&Type> = shapes.iter().collect();
        let product = self.input.product;
        let named =
            |ty: &Type| source.root && self.messages_of(ty).iter().any(|m| m.name == source.message.name);
        let members = source.shown(&self.input);
        let rank = |ty: &Type| {
            let fields: &[Field] = match product.resolve(ty) {
                Type::Empty => &[],
                Type::Named(name) => match product.types.get(name).map(|def| &def.kind) {
                    Some(TypeKind::Object(fields)) => fields,
                    _ => return (usize::MAX, 0),
                },
                _ => return (usize::MAX, 0),
            };
            let has = |member: &Member<'_>, field: &Field| {
                member.path.split('.').next() == Some(field.name.as_str())
            };
            let unused = members
                .iter()
                .filter(|member| !fields.iter().any(|field| has(member, field)));
            let empty = fields
                .iter()
                .filter(|field| !members.iter().any(|member| has(member, field)));
            (unused.count(), empty.count())
        };
        candidates.sort_by_key(|ty| (std::cmp::Reverse(named(ty)), rank(ty)));
        let mut errors = Vec::new();
        for candidate in candidates {
            let presence = self.presence.len();
            let (functions, enums, sets, embedded) = (
                self.functions.len(),
                self.enums.len(),
                self.sets.len(),
                self.embedded.len(),
            );
            // A shape without members has nothing to convert.
            let value = match product.resolve(candidate) {
                Type::Empty => Ok(Expr::plain(quote!(()))),
                _ => self.call(source, candidate),
            };
            match value {
                Ok(value) => {
                    let variant = self
                        .input
                        .krate
                        .shape_variant(name, candidate)
                        .unwrap_or_default();
                    let (shapes, variant) = (RustType::model(name), ident(variant));
                    let value = value.value();
                    return Ok(Expr::plain(quote!(#shapes::#variant(#value))));
                }
                Err(why) => {
                    // What was settled for this shape alone goes with it.
                    self.functions.truncate(functions);
                    self.enums.truncate(enums);
                    self.sets.truncate(sets);
                    self.embedded.truncate(embedded);
                    self.presence.truncate(presence);
                    errors = why;
                }
            }
        }
        Err(errors)
    }
}
