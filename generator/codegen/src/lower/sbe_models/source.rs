//! The SBE side: a block, its members, and how generated code reads them.

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::sbe::{Data, DataKind, Field, Group, Json, Members, Message, Presence};
use binance_wire_model::source::Place;
use quote::quote;

use super::{Input, Outcome};
use crate::lower::rust::{Expr, RustType, ident};
use crate::lower::sbe::Level;

/// A block of a message: its root or the entries of a group.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) message: &'a Message,
    /// The module of the message.
    pub(super) module: &'a str,
    members: &'a Members,
    pub(super) level: &'a Level,
    levels: &'a [Level],
    pub(super) line: Place,
    pub(super) root: bool,
}

/// A member of a block that JSON shows.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    pub(super) kind: Kind<'a>,
    /// The name in the schema.
    pub(super) name: &'a str,
    /// Where JSON has it.
    pub(super) path: &'a str,
    pub(super) json: &'a Json,
    /// The call that reads it.
    pub(super) read: Expr,
    /// The type of the value in the view.
    pub(super) ty: &'a RustType,
    pub(super) line: Place,
}

#[derive(Clone, Debug)]
pub(super) enum Kind<'a> {
    Field(&'a Field),
    Group(&'a Group),
    Text,
    Message,
    Bytes,
}

impl<'a> Source<'a> {
    /// The root of a message.
    pub(super) fn root(input: &Input<'a>, message: &'a Message) -> Outcome<Self> {
        let code = input.code.messages.iter().find(|code| code.name == message.name);
        let Some((code, level)) = code.and_then(|code| Some((code, code.levels.first()?))) else {
            return Err(vec![Diagnostic::new(
                &input.schema.file.0,
                message.line.0,
                format!("`{}` has no codec", message.name),
                "lower the schema that the rules are for",
            )]);
        };
        Ok(Self {
            message,
            module: &code.module,
            members: &message.members,
            level,
            levels: &code.levels,
            line: message.line.0,
            root: true,
        })
    }

    /// The entries of a group of this block.
    pub(super) fn entries(self, group: &'a Group) -> Option<Self> {
        let place = format!("{}.{}", self.level.place, group.name);
        let level = self.levels.iter().find(|level| level.place == place)?;
        Some(Self {
            members: &group.members,
            level,
            line: group.line.0,
            root: false,
            ..self
        })
    }

    /// `Message` or `Message.group`.
    pub(super) fn place(self) -> &'a str {
        &self.level.place
    }

    /// The members that JSON shows, in order: no constants, which models do not store, and no exponents.
    pub(super) fn shown(self, input: &Input<'a>) -> Vec<Member<'a>> {
        // Accessors stand in the order of the schema; an embedded message has two.
        let mut accessors = self.level.accessors.iter();
        let mut shown = Vec::new();
        let fields = self.members.fields.iter();
        for field in fields {
            let Some(accessor) = accessors.next() else { break };
            if input.schema.presence(field) == Presence::Constant || self.is_exponent(field) {
                continue;
            }
            shown.push(Member::new(
                Kind::Field(field),
                &field.name,
                &field.json,
                field.line.0,
                accessor,
            ));
        }
        for group in &self.members.groups {
            let Some(accessor) = accessors.next() else { break };
            shown.push(Member::new(
                Kind::Group(group),
                &group.name,
                &group.json,
                group.line.0,
                accessor,
            ));
        }
        for data in &self.members.data {
            let kind = data_kind(input, data);
            if let Kind::Message = kind {
                accessors.next();
            }
            let Some(accessor) = accessors.next() else { break };
            shown.push(Member::new(kind, &data.name, &data.json, data.line.0, accessor));
        }
        shown
    }

    fn is_exponent(self, field: &Field) -> bool {
        fn names(members: &Members, name: &str) -> bool {
            members
                .fields
                .iter()
                .any(|field| field.exponent.as_deref() == Some(name))
                || members.groups.iter().any(|group| names(&group.members, name))
        }
        field.type_name == "exponent8" || names(self.members, &field.name)
    }
}

fn data_kind<'a>(input: &Input<'_>, data: &Data) -> Kind<'a> {
    match input
        .schema
        .composites
        .get(&data.type_name)
        .map(|composite| data.kind(composite))
    {
        Some(DataKind::Text) => Kind::Text,
        Some(DataKind::Message) => Kind::Message,
        Some(DataKind::Bytes) | None => Kind::Bytes,
    }
}

impl<'a> Member<'a> {
    fn new(
        kind: Kind<'a>,
        name: &'a str,
        json: &'a Json,
        line: Place,
        accessor: &'a crate::lower::sbe::Accessor,
    ) -> Self {
        let function = ident(&accessor.name);
        let call = quote!(view.#function());
        // Text that is not UTF-8 is an error before it is anything else.
        let (call, ty) = match accessor.r#type.inside_result() {
            Some(inner) => (quote!(#call?), inner),
            None => (call, &accessor.r#type),
        };
        let (read, ty) = match (ty.inside_option(), ty.inside_presence()) {
            (Some(inner), _) => (Expr::option(call), inner),
            (None, Some(inner)) => (Expr::option(quote!(#call.value())), inner),
            (None, None) => (Expr::plain(call), ty),
        };
        Self {
            kind,
            name,
            path: json.path.as_deref().unwrap_or(name),
            json,
            read,
            ty,
            line,
        }
    }
}
