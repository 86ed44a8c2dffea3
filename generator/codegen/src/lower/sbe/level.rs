//! Blocks: a message's root and the entries of its groups.

use binance_wire_model::sbe::{
    Composite, Data, DataKind, Field, FieldLayout, Group, Members, Message, Presence, block_layout,
};
use binance_wire_model::source;
use proc_macro2::TokenStream;
use quote::quote;
use serde::Serialize;

use super::field::{Exponent, FieldCode, Kind, Missing};
use super::{Lowering, sentence};
use crate::lower::constructor::{Constructor, Member};
use crate::lower::rust::{Code, Named, RustType, ident, index, number};
use crate::names::{Scope, is_method_of_values, pascal, snake};

/// A block with its views, its owned struct and its encoder, ready to print.
#[derive(Clone, Debug, Serialize)]
pub struct Level {
    /// `Message` or `Message.group`, for error texts.
    pub place: String,
    /// The view type.
    pub view: String,
    /// The owned type.
    pub owned: String,
    /// Doc lines of the view.
    pub view_doc: Vec<String>,
    /// Doc lines of the owned struct.
    pub owned_doc: Vec<String>,
    /// Bytes of the block in the first version.
    pub least: u32,
    /// Bytes of the block in the schema's version.
    pub block_length: u32,
    /// Whether the block is all there is.
    pub flat: bool,
    /// The name of the view's field that holds the block; unused ones start with an underscore.
    pub block_name: &'static str,
    /// Whether later versions appended fields.
    pub extended: bool,
    /// The block's length as of each version that lengthened it.
    pub lengths: Vec<(u16, u32)>,
    /// Whether the view keeps its context.
    pub keeps_context: bool,
    /// Whether making the view's parts uses the context.
    #[serde(skip)]
    pub reads_context: bool,
    /// What the context is called where the view is read; unused names start with an underscore.
    pub context_name: &'static str,
    /// The statement that strips a former layout's head off the block.
    pub former: Option<Code>,
    /// Groups and data, in order: how the view reads and stores them.
    pub stored: Vec<Stored>,
    /// Accessors of the view.
    pub accessors: Vec<Accessor>,
    /// Fields of the owned struct.
    pub fields: Vec<OwnedField>,
    /// Statements that write the owned struct.
    pub encode: Vec<Code>,
    /// Whether writing uses the context.
    pub encode_context: bool,
    /// What the encoder is called; unused names start with an underscore.
    pub encoder_name: &'static str,
    /// Statements that write the JSON view.
    pub json: Code,
    /// Whether JSON shows messages that are embedded in this one.
    pub embeds: bool,
    /// Whether this is an entry of a group.
    pub entry: bool,
    /// The types that an entry becomes: the owned struct, and types of JSON.
    pub made: Vec<RustType>,
    /// Whether this is the root of a message.
    pub root: bool,
    /// The function `new`.
    pub make: Constructor,
    /// Whether fields have setters.
    pub has_setters: bool,
    /// Whether `new` takes no arguments.
    pub plain_default: bool,
}

/// A group or datum that a view stores.
#[derive(Clone, Debug, Serialize)]
pub struct Stored {
    /// The field.
    pub name: String,
    /// Its type.
    pub r#type: RustType,
    /// The expression that reads it.
    pub read: Code,
}

/// A function of a view.
#[derive(Clone, Debug, Serialize)]
pub struct Accessor {
    /// The name.
    pub name: String,
    /// A doc line.
    pub doc: String,
    /// The type that it returns.
    pub r#type: RustType,
    /// Its body.
    pub body: Code,
    /// Whether it needs no `self`.
    pub constant: bool,
}

/// A field of an owned struct.
#[derive(Clone, Debug, Serialize)]
pub struct OwnedField {
    /// The name.
    pub name: String,
    /// A doc line.
    pub doc: String,
    /// The type.
    pub r#type: RustType,
    /// The expression by which a view makes it.
    pub from_view: Code,
    /// What `new` takes for it.
    #[serde(skip)]
    pub argument: Option<Member>,
    /// Whether it can be set afterwards.
    pub setter: bool,
    /// The field without a value, where `new` does not take it.
    pub initial: Option<Code>,
    /// How its setter sets it: `value`, `into`, `entries`.
    pub how: &'static str,
    /// The type that the setter sets.
    pub inner: RustType,
    /// What the setter says that it sets.
    pub setter_doc: String,
}

impl OwnedField {
    /// A field, an option or not; `into`: whether other types become its value.
    pub(super) fn value(name: String, doc: String, r#type: RustType, from_view: Code, into: bool) -> Self {
        let inner = r#type.inside_option();
        let optional = inner.is_some();
        let inner = inner.unwrap_or(&r#type);
        let argument = match into {
            true => Member::into(&name, &doc, inner),
            false => Member::plain(&name, &doc, inner),
        };
        let field = ident(&name);
        Self {
            argument: (!optional).then_some(argument),
            setter: optional,
            initial: optional.then(|| quote!(#field: None).into()),
            how: if into { "into" } else { "value" },
            inner: inner.clone(),
            setter_doc: setter_doc(&doc),
            name,
            doc,
            r#type,
            from_view,
        }
    }

    /// The entries of a group.
    pub(super) fn group(name: String, doc: String, r#type: RustType, from_view: Code) -> Self {
        let field = ident(&name);
        Self {
            argument: None,
            setter: true,
            initial: Some(quote!(#field: Vec::new()).into()),
            how: "entries",
            inner: r#type.clone(),
            setter_doc: setter_doc(&doc),
            name,
            doc,
            r#type,
            from_view,
        }
    }
}

/// The head of a doc line.
fn setter_doc(doc: &str) -> String {
    let head = doc.split_once(", ").map_or(doc, |(head, _)| head);
    head.trim_end_matches('.').to_owned()
}

/// Exponents that one block can share with those inside it; the runtime's `Context::EXPONENTS`.
pub(super) const MAX_SHARED_EXPONENTS: usize = 6;

/// A member of a block, for the JSON view.
pub(super) enum Shown<'m> {
    Field {
        field: &'m Field,
        name: String,
        code: FieldCode,
    },
    Constant {
        field: &'m Field,
        json: String,
    },
    Group {
        group: &'m Group,
        name: String,
    },
    Data {
        data: &'m Data,
        name: String,
        kind: DataKind,
    },
}

/// Where a level stands.
pub(super) struct Place<'m, 'o> {
    pub(super) message: &'m Message,
    /// `Message.group`.
    pub(super) path: String,
    /// The Rust name without a suffix.
    pub(super) stem: String,
    pub(super) doc: String,
    /// The blocks around it, innermost last.
    pub(super) outer: &'o [&'m Members],
    /// The exponents that the blocks around it share with it.
    pub(super) inherited: Vec<String>,
    pub(super) line: source::Place,
}

/// What generated code calls itself; members of these names get an underscore.
const OWN_NAMES: &[&str] = &[
    "block",
    "extension",
    "context",
    "decode",
    "decode_body",
    "encode",
    "encode_body",
    "new",
    "into_owned",
    "write_json",
];

impl<'s> Lowering<'s> {
    /// The root of a message and all groups in it, outer before inner.
    pub(super) fn levels(&mut self, message: &'s Message) -> Vec<Level> {
        let stem = pascal(&message.name);
        let mut levels = Vec::new();
        let mut doc = if message.doc.0.is_empty() {
            String::new()
        } else {
            sentence(&message.doc.0)
        };
        if let Some(kind) = &message.semantic_type {
            doc = format!("{doc} MsgType `{kind}`.").trim().to_owned();
        }
        let place = Place {
            message,
            path: message.name.clone(),
            stem,
            doc,
            outer: &[],
            inherited: Vec::new(),
            line: message.line.0,
        };
        self.level(&message.members, message.block_length, &place, &mut levels);
        levels
    }

    fn level(
        &mut self,
        members: &'s Members,
        fixed_length: Option<u16>,
        place: &Place<'s, '_>,
        levels: &mut Vec<Level>,
    ) {
        let owned = self.claim_type(place.stem.clone(), &place.path, place.line);
        let view = self.claim_type(
            format!("{}View", place.stem),
            &format!("{} view", place.path),
            place.line,
        );
        let entry = !place.outer.is_empty();
        let (layout, end) = block_layout(self.schema, &members.fields).unwrap_or_default();
        let block_length = u32::from(fixed_length.unwrap_or_default()).max(end);
        let least = members
            .fields
            .iter()
            .zip(&layout)
            .filter(|(field, layout)| field.since == 0 && layout.size > 0)
            .map(|(_, layout)| layout.offset + layout.size)
            .max()
            .unwrap_or_default();
        let history = self.options.history.as_ref();
        let leading = history.and_then(|history| history.leading_exponents(&place.path));
        let former = leading.map(|(version, leading)| {
            let indexes: Vec<TokenStream> = (leading.names.iter())
                .map(|name| {
                    let found = place.inherited.iter().position(|known| known == name);
                    index(found.unwrap_or(usize::MAX))
                })
                .collect();
            let version = number(version);
            quote! {
                let (context, block) = if context.version() < #version {
                    context.leading_exponents(block, &[#(#indexes),*])
                } else {
                    (context, block)
                };
            }
            .into()
        });
        let mut level = Level {
            made: vec![RustType::Named(Named::new(&owned))],
            place: place.path.clone(),
            view_doc: doc_lines(place, "", entry),
            owned_doc: doc_lines(place, "owned", entry),
            view,
            owned,
            least,
            block_length,
            flat: entry && members.groups.is_empty() && members.data.is_empty() && former.is_none(),
            // Unused fields start with an underscore.
            block_name: "_block",
            extended: false,
            lengths: lengths(&members.fields, &layout),
            keeps_context: false,
            reads_context: former.is_some(),
            context_name: "context",
            former,
            stored: Vec::new(),
            accessors: Vec::new(),
            fields: Vec::new(),
            encode: Vec::new(),
            encode_context: false,
            encoder_name: "encoder",
            json: Code::default(),
            embeds: false,
            entry,
            root: !entry,
            make: Constructor::default(),
            has_setters: false,
            plain_default: false,
        };
        let mut scope = Scope::new();
        for name in OWN_NAMES {
            let _ = scope.claim(name, "a name that generated code uses itself");
        }
        let mut shown = Vec::new();
        let mut written = 0;
        for (index, field) in members.fields.iter().enumerate() {
            let name = self.member_name(&field.name, field.line.0, &mut scope);
            if self.schema.presence(field) == Presence::Constant {
                self.constant(field, name, &mut level, &mut shown);
                continue;
            }
            let exponent = field
                .exponent
                .as_deref()
                .and_then(|exponent| self.exponent(exponent, members, &layout, index, &place.inherited));
            let Some(code) = self.field(&place.message.name, members, field, layout[index], exponent) else {
                continue;
            };
            if code.layout.offset > written {
                level.encode.push(zeros(code.layout.offset - written));
            }
            written = code.layout.offset + code.layout.size;
            if matches!(code.missing, Missing::Absent | Missing::NullOrAbsent) {
                level.extended = true;
            }
            if matches!(code.exponent, Some(Exponent::Outer(_))) {
                level.keeps_context = true;
                level.encode_context = true;
            }
            let doc = field_doc(field);
            level.accessors.push(Accessor {
                name: name.clone(),
                doc: doc.clone(),
                r#type: code.accessor_type(),
                body: code.accessor().into(),
                constant: false,
            });
            level.fields.push(OwnedField::value(
                name.clone(),
                doc,
                code.owned_type(),
                code.to_owned(&name).into(),
                matches!(code.kind, Kind::Enum { is_bool: true, .. }),
            ));
            level.encode.push(code.encode(&name).into());
            if code.reads_block() {
                level.block_name = "block";
            }
            if !self.is_exponent(field, members) {
                shown.push(Shown::Field { field, name, code });
            }
        }
        if block_length > written {
            level.encode.push(zeros(block_length - written));
        }
        let mut inner = Vec::new();
        for group in &members.groups {
            self.group(
                group, members, &layout, place, &mut scope, &mut level, &mut shown, &mut inner,
            );
        }
        for data in &members.data {
            self.data(data, &mut scope, &mut level, &mut shown);
        }
        let arguments: Vec<Member> = level
            .fields
            .iter()
            .filter_map(|field| field.argument.clone())
            .collect();
        level.plain_default = arguments.is_empty();
        level.make = Constructor::new(&[], &level.owned, arguments);
        if let Some(required) = level.make.named.clone() {
            self.claim_type(required, &format!("what {} must have", place.path), place.line);
        }
        level.has_setters = self.framed && level.fields.iter().any(|field| field.setter);
        level.json = self.json_statements(&shown, &place.path);
        level.embeds = shown.iter().any(|member| {
            matches!(
                member,
                Shown::Data {
                    kind: DataKind::Message,
                    ..
                }
            )
        });
        if !(level.reads_context || level.keeps_context || level.extended) {
            level.context_name = "_context";
        }
        if level.encode.is_empty() {
            level.encoder_name = "_encoder";
        }
        levels.push(level);
        let mut outer = place.outer.to_vec();
        outer.push(members);
        for (group, stem, inherited) in inner {
            let place = Place {
                message: place.message,
                path: format!("{}.{}", place.path, group.name),
                stem,
                doc: if group.doc.0.is_empty() {
                    String::new()
                } else {
                    sentence(&group.doc.0)
                },
                outer: &outer,
                inherited,
                line: group.line.0,
            };
            self.level(&group.members, group.block_length, &place, levels);
        }
    }

    pub(super) fn member_name(&mut self, name: &str, line: source::Place, scope: &mut Scope) -> String {
        let mut rust = snake(name);
        if OWN_NAMES.contains(&rust.as_str()) || is_method_of_values(&rust) {
            rust.push('_');
        }
        if scope.contains(&rust) && scope.claim(&rust, name).is_err() {
            // Names that differ only by case: the second says which case it has.
            rust.push_str(if name.starts_with(char::is_uppercase) {
                "_upper"
            } else {
                "_lower"
            });
        }
        if let Err(other) = scope.claim(&rust, name) {
            self.error(
                line,
                format!("`{name}` and `{other}` would both be the Rust field {rust}"),
                "rename one of them",
            );
        }
        rust
    }

    /// Finds the exponent of a mantissa; `None` where there is none, about which reading has warned.
    pub(super) fn exponent(
        &self,
        name: &str,
        members: &Members,
        layout: &[FieldLayout],
        before: usize,
        inherited: &[String],
    ) -> Option<Exponent> {
        if let Some(index) = members.fields[..before]
            .iter()
            .position(|field| field.name == name)
        {
            let field = &members.fields[index];
            return Some(Exponent::Own {
                name: name.to_owned(),
                layout: layout[index],
                extension: field.since > 0,
                optional: self.schema.presence(field) == Presence::Optional,
            });
        }
        inherited
            .iter()
            .position(|inherited| inherited == name)
            .map(Exponent::Outer)
    }

    /// Whether a field is an exponent: JSON does not show it.
    fn is_exponent(&self, field: &Field, members: &Members) -> bool {
        fn names(members: &Members, name: &str) -> bool {
            members
                .fields
                .iter()
                .any(|field| field.exponent.as_deref() == Some(name))
                || members.groups.iter().any(|group| names(&group.members, name))
        }
        field.type_name == "exponent8" || names(members, &field.name)
    }
}

/// The statement that writes bytes which no field has.
fn zeros(count: u32) -> Code {
    let count = number(count);
    quote!(encoder.zeros(#count);).into()
}

/// The block's length as of each version that appended to it.
fn lengths(fields: &[Field], layout: &[FieldLayout]) -> Vec<(u16, u32)> {
    let mut lengths: Vec<(u16, u32)> = Vec::new();
    for (field, layout) in fields.iter().zip(layout) {
        let end = layout.offset + layout.size;
        match lengths.last_mut() {
            _ if field.since == 0 || layout.size == 0 => {}
            Some((since, length)) if *since == field.since => *length = end,
            _ => lengths.push((field.since, end)),
        }
    }
    lengths
}

/// Byte sizes of a composite's members.
pub(super) fn sizes<const N: usize>(composite: &Composite, names: [&str; N]) -> [u32; N] {
    names.map(|name| {
        composite
            .member(name)
            .map_or(0, |(_, member)| member.primitive.size())
    })
}

fn doc_lines(place: &Place<'_, '_>, what: &str, entry: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if !place.doc.is_empty() {
        lines.push(place.doc.clone());
        lines.push(String::new());
    }
    lines.push(match (entry, what.is_empty()) {
        (true, true) => format!("An entry of `{}`, in place.", place.path),
        (true, false) => format!("An entry of `{}`.", place.path),
        (false, true) => format!("`{}`, template {}, in place.", place.path, place.message.id),
        (false, false) => format!("`{}`, template {}.", place.path, place.message.id),
    });
    lines
}

fn field_doc(field: &Field) -> String {
    let what = match (&field.exponent, field.presence) {
        (Some(exponent), Presence::Optional) => format!("a mantissa at `{exponent}`, or null"),
        (Some(exponent), _) => format!("a mantissa at `{exponent}`"),
        (None, Presence::Optional) => "or null".to_owned(),
        (None, _) => String::new(),
    };
    if field.doc.0.is_empty() {
        member_doc(&field.name, field.id, &what, field.since)
    } else {
        sentence(&field.doc.0)
    }
}

pub(super) fn member_doc(name: &str, id: u16, what: &str, since: u16) -> String {
    let mut doc = format!("`{name}` ({id})");
    if !what.is_empty() {
        doc.push_str(", ");
        doc.push_str(what);
    }
    if since > 0 {
        doc.push_str(&format!(", since version {since}"));
    }
    doc.push('.');
    doc
}
