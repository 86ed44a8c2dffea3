//! Bytes → types: which message it is decides which conversion.

use super::{Arm, Dispatch, Engine, Outcome};
use crate::diagnostics::Diagnostic;
use crate::lower::api::rust_type;
use crate::model::api::{Type, TypeKind};
use crate::model::sbe::Message;
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

    /// One arm for each message that may become the type.
    pub(super) fn arms(&mut self, ty: &Type, messages: &[&'a Message]) -> Outcome<Vec<Arm>> {
        let mut arms = Vec::new();
        let mut errors = Vec::new();
        for message in messages {
            match self.whole(message, ty) {
                Ok(function) => arms.push(Arm {
                    template: message.id,
                    message: message.name.clone(),
                    call: format!("{function}(sbe::models::body(header, body)?)?"),
                }),
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
    ) -> Outcome<Dispatch> {
        Ok(Dispatch {
            name,
            doc,
            result: rust_type(ty),
            arms: self.arms(ty, messages)?,
            open: None,
        })
    }

    /// The function of bytes embedded in another message, as a path from within the conversions.
    pub(super) fn embedded(&mut self, ty: &Type) -> Outcome<String> {
        let product = self.input.product;
        let ty = product.resolve(ty);
        if let Some(known) = self.embedded.get(ty) {
            return Ok(format!("super::embedded::{}", known.name));
        }
        let rust = rust_type(ty);
        let plain = rust.replace("crate::models::", "");
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
        let doc = format!("The message embedded where JSON has `{plain}`.");
        let dispatch = match def {
            Some((union, def)) if matches!(def.kind, TypeKind::Union { .. }) => {
                let TypeKind::Union { tag, variants } = &def.kind else {
                    return Ok(String::new());
                };
                let mut arms = Vec::new();
                for (value, variant) in variants {
                    let inner = Type::Named(variant.clone());
                    let variant = self.input.krate.tagged_variant(union, value).unwrap_or("");
                    let messages = self.messages_of(&inner);
                    for mut arm in self.arms(&inner, &messages)? {
                        arm.call = format!("{rust}::{variant}({})", arm.call);
                        arms.push(arm);
                    }
                }
                let open = Some((tag.clone(), format!("{rust}::Unrecognized")));
                Dispatch {
                    name,
                    doc,
                    result: rust,
                    arms,
                    open,
                }
            }
            _ => self.dispatch(name, doc, ty, &messages)?,
        };
        let path = format!("super::embedded::{}", dispatch.name);
        self.embedded.insert(ty.clone(), dispatch);
        Ok(path)
    }
}
