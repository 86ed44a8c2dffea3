//! Bytes → types: which message it is decides which conversion.

use binance_wire_model::api::{Type, TypeKind};
use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::sbe::Message;
use proc_macro2::TokenStream;
use quote::quote;

use super::{Arm, Caller, Dispatch, Engine, Open, Outcome};
use crate::lower::rust::{RustType, ident};
use crate::names;

impl<'a> Engine<'a> {
    /// The messages that a type, or one of its shapes or variants, says it comes from.
    pub(super) fn messages_of(&self, ty: &Type) -> Vec<&'a Message> {
        let product = self.input.product;
        let Type::Named(name) = product.resolve(ty) else {
            return Vec::new();
        };
        let Some(def) = product.types.get(name) else {
            return Vec::new();
        };
        let own = def
            .sbe
            .as_deref()
            .and_then(|message| self.input.schema.message(message));
        match &def.kind {
            TypeKind::Shapes(shapes) => shapes.iter().flat_map(|shape| self.messages_of(shape)).collect(),
            TypeKind::Union { variants, .. } => variants
                .values()
                .flat_map(|variant| self.messages_of(&Type::Named(variant.clone())))
                .collect(),
            _ => own.into_iter().collect(),
        }
    }

    /// One arm for each message that may become the type, as `caller` calls it with what `read` makes of the body.
    pub(super) fn arms(
        &mut self,
        ty: &Type,
        messages: &[&'a Message],
        caller: Caller,
        read: &TokenStream,
    ) -> Outcome<Vec<Arm>> {
        let mut arms = Vec::new();
        let mut errors = Vec::new();
        for message in messages {
            match self.whole(message, ty) {
                Ok(function) => {
                    let function = function.called_by(caller);
                    arms.push(Arm {
                        template: message.id,
                        message: message.name.clone(),
                        call: quote!(#function(#read(header, body)?)?).into(),
                    });
                }
                Err(found) => errors.extend(found),
            }
        }
        if errors.is_empty() { Ok(arms) } else { Err(errors) }
    }

    /// A function of bytes that hold one of these messages.
    pub(super) fn dispatch(
        &mut self,
        name: String,
        doc: String,
        ty: &Type,
        messages: &[&'a Message],
        read: &TokenStream,
    ) -> Outcome<Dispatch> {
        Ok(Dispatch {
            name,
            doc,
            result: RustType::from(ty),
            arms: self.arms(ty, messages, Caller::Sibling, read)?,
            open: None,
        })
    }

    /// The name of the function of bytes embedded in another message.
    pub(super) fn embedded(&mut self, ty: &Type) -> Outcome<String> {
        let product = self.input.product;
        let ty = product.resolve(ty);
        if let Some(known) = self.embedded.get(ty) {
            return Ok(known.name.clone());
        }
        let rust = RustType::from(ty);
        let plain = rust.short();
        let def = match ty {
            Type::Named(name) => product.types.get(name).map(|def| (name, def)),
            _ => None,
        };
        let messages = self.messages_of(ty);
        if messages.is_empty() {
            let (file, line) = def.map_or(("", 0), |(_, def)| (&def.location.file, def.location.line));
            return Err(vec![Diagnostic::new(
                file,
                line,
                format!("`{plain}` is embedded in SBE, but nothing says which message it is"),
                "add x-sbe",
            )]);
        }
        let name = names::snake(&plain);
        let read = quote!(sbe::models::embedded);
        let doc = format!("The message embedded where JSON has `{plain}`.");
        let dispatch = match def {
            Some((union, def)) if matches!(def.kind, TypeKind::Union { .. }) => {
                let TypeKind::Union { tag, variants } = &def.kind else {
                    return Ok(name);
                };
                let mut arms = Vec::new();
                for (value, variant) in variants {
                    let inner = Type::Named(variant.clone());
                    let variant = self.input.krate.tagged_variant(union, value).unwrap_or_default();
                    let variant = ident(variant);
                    let messages = self.messages_of(&inner);
                    for mut arm in self.arms(&inner, &messages, Caller::Sibling, &read)? {
                        let call = arm.call;
                        arm.call = quote!(#rust::#variant(#call)).into();
                        arms.push(arm);
                    }
                }
                let open = Some(Open {
                    tag: tag.clone(),
                    variant: quote!(#rust::Unrecognized).into(),
                });
                Dispatch {
                    name,
                    doc,
                    result: rust,
                    arms,
                    open,
                }
            }
            _ => self.dispatch(name, doc, ty, &messages, &read)?,
        };
        let name = dispatch.name.clone();
        self.embedded.insert(ty.clone(), dispatch);
        Ok(name)
    }
}
