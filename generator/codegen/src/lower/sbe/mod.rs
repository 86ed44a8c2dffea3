//! Settles the Rust of an SBE schema: names, types, and the expression by which each value is read, written and
//! shown.

mod data;
mod field;
mod group;
mod level;
mod render;
mod types;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::diagnostics::{Diagnostic, Diagnostics};
use binance_wire_model::sbe::{History, Message, Schema};
use binance_wire_model::source::Place;
use serde::Serialize;

use crate::lower::rust::RustType;
use crate::names::{Scope, snake};

pub use data::may_be_absent;
pub use field::may_be_missing;
pub use level::{Accessor, Level, OwnedField, Stored};
pub use render::render_sbe;
pub use types::{EnumCode, EnumValueCode, SetChoiceCode, SetCode};

/// What the caller decides.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The module's name, as texts name it: `spot`, `stream`, `fix`.
    pub name: String,
    /// What is known of the schema's history.
    pub history: Option<History>,
}

/// A schema, ready to print.
#[derive(Clone, Debug, Serialize)]
pub struct Lowered {
    /// The module's name.
    pub name: String,
    /// The schema's description.
    pub doc: Vec<String>,
    /// The schema id.
    pub id: u16,
    /// The schema version.
    pub version: u16,
    /// Bytes of the message header.
    pub header_length: u32,
    /// Whether messages have the framing and header of FIX SBE.
    pub framed: bool,
    /// Whether any message embeds others.
    pub embeds: bool,
    /// Whether any message is called a message.
    pub ends_in_message: bool,
    /// The Rust names of enums and sets.
    pub value_types: Vec<String>,
    /// Enums, by name.
    pub enums: Vec<EnumCode>,
    /// Sets, by name.
    pub sets: Vec<SetCode>,
    /// Messages, in the order of the schema.
    pub messages: Vec<MessageCode>,
}

impl Lowered {
    /// Notes which types of JSON blocks become, by their views: how much memory an entry takes depends on them.
    pub fn become_models<'t>(&mut self, models: impl Iterator<Item = (&'t str, &'t RustType)>) {
        let mut levels: BTreeMap<&str, &mut Vec<RustType>> = self
            .messages
            .iter_mut()
            .flat_map(|message| &mut message.levels)
            .map(|level| (level.view.as_str(), &mut level.made))
            .collect();
        for (view, model) in models {
            if let Some(made) = levels.get_mut(view) {
                made.push(model.clone());
            }
        }
    }
}

/// A message, ready to print.
#[derive(Clone, Debug, Serialize)]
pub struct MessageCode {
    /// The name in the schema.
    pub name: String,
    /// The module that holds it.
    pub module: String,
    /// The owned type, also the variant's name.
    pub owned: String,
    /// The view type.
    pub view: String,
    /// The template id.
    pub id: u16,
    /// The root block's length.
    pub block_length: u32,
    /// The root, then each group, outer before inner.
    pub levels: Vec<Level>,
}

/// Names that generated modules define or import themselves.
const RESERVED: &[&str] = &[
    "Message",
    "Group",
    "Context",
    "Timestamp",
    "Decimal",
    "Text",
    "Vec",
    "Option",
    "Result",
];

/// Members of the header of messages that stand by themselves.
const PLAIN_HEADER: &[&str] = &["blockLength", "templateId", "schemaId", "version"];

/// Members of the header of messages that belong to a session: both sides send such messages.
const SESSION_HEADER: &[&str] = &[
    "blockLength",
    "templateId",
    "schemaId",
    "version",
    "seqNum",
    "sendingTime",
];

fn has_header(schema: &Schema, names: &[&str], size: u32) -> bool {
    schema.composites.get("messageHeader").is_some_and(|header| {
        header.size() == size
            && header
                .members
                .iter()
                .map(|member| member.name.as_str())
                .eq(names.iter().copied())
    })
}

/// Whether users send messages of a schema too, so that they have setters in addition to `new`: those of a session.
pub fn has_setters(schema: &Schema) -> bool {
    has_header(schema, SESSION_HEADER, 20)
}

impl Lowered {
    /// The owned structs whose `new` takes its arguments by name.
    pub fn by_name(&self) -> BTreeSet<&str> {
        let levels = self.messages.iter().flat_map(|message| &message.levels);
        let named = levels.filter(|level| level.make.named.is_some());
        named.map(|level| level.owned.as_str()).collect()
    }
}

/// Lowers a schema. Errors are about what is legal SBE but cannot be printed.
pub fn lower(schema: &Schema, options: &Options) -> Result<Lowered, Diagnostics> {
    let mut lowering = Lowering::new(schema, options);
    lowering.header();
    let enums = lowering.enums();
    let sets = lowering.sets();
    let mut messages = Vec::new();
    let mut modules = Scope::new();
    let _ = modules.claim("types", "the module of value types");
    for message in &schema.messages {
        let lowered = lowering.message(message);
        if let Err(other) = modules.claim(&lowered.module, &message.name) {
            lowering.error(
                message.line.0,
                format!(
                    "messages `{other}` and `{}` would be one Rust module",
                    message.name
                ),
                "rename one of them",
            );
        }
        messages.push(lowered);
    }
    lowering.check_history();
    if !lowering.errors.is_empty() {
        return Err(Diagnostics(lowering.errors));
    }
    let header = schema
        .composites
        .get("messageHeader")
        .map_or(0, |header| header.size());
    let mut doc = Vec::new();
    if !schema.doc.0.is_empty() {
        doc.push(sentence(&schema.doc.0));
        doc.push(String::new());
    }
    doc.push(format!(
        "Package `{}`, schema {}, version {}.",
        schema.package, schema.id, schema.version
    ));
    Ok(Lowered {
        name: options.name.clone(),
        doc,
        id: schema.id,
        version: schema.version,
        header_length: header,
        framed: lowering.framed,
        embeds: (messages.iter()).any(|message| message.levels.iter().any(|level| level.embeds)),
        ends_in_message: messages.iter().any(|message| message.owned.ends_with("Message")),
        value_types: lowering.value_types.into_values().collect(),
        enums,
        sets,
        messages,
    })
}

/// A description that ends like a sentence.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// What goes along while a schema is lowered.
struct Lowering<'s> {
    schema: &'s Schema,
    options: &'s Options,
    framed: bool,
    types: Scope,
    /// Rust names of enums and sets.
    value_types: BTreeMap<String, String>,
    errors: Vec<Diagnostic>,
}

impl<'s> Lowering<'s> {
    fn new(schema: &'s Schema, options: &'s Options) -> Self {
        let mut types = Scope::new();
        for name in RESERVED {
            // A fresh scope refuses nothing.
            let _ = types.claim(name, &format!("the generated `{name}`"));
        }
        Self {
            schema,
            options,
            framed: false,
            types,
            value_types: BTreeMap::new(),
            errors: Vec::new(),
        }
    }

    fn error(&mut self, line: Place, message: impl Into<String>, remedy: impl Into<String>) {
        self.errors
            .push(Diagnostic::new(&self.schema.file.0, line, message, remedy));
    }

    /// The Rust type for `original`, which must be the only one of its name.
    fn claim_type(&mut self, rust: String, original: &str, line: Place) -> String {
        if let Err(other) = self.types.claim(&rust, original) {
            self.error(
                line,
                format!("`{original}` and `{other}` would both be the Rust type {rust}"),
                "rename one of them",
            );
        }
        rust
    }

    /// The Rust name of an enum or a set.
    fn value_type(&self, name: &str) -> String {
        self.value_types.get(name).cloned().unwrap_or_default()
    }

    fn header(&mut self) {
        let Some(header) = self.schema.composites.get("messageHeader") else {
            return;
        };
        self.framed = has_setters(self.schema);
        if !self.framed && !has_header(self.schema, PLAIN_HEADER, 8) {
            self.error(
                header.line.0,
                "the message header has members that the runtime does not know",
                "known are blockLength, templateId, schemaId and version, with seqNum (uint32) and sendingTime \
                 (int64) behind them or not",
            );
        }
    }

    fn message(&mut self, message: &'s Message) -> MessageCode {
        let levels = self.levels(message);
        let root = &levels[0];
        MessageCode {
            name: message.name.clone(),
            module: snake(&message.name),
            owned: root.owned.clone(),
            view: root.view.clone(),
            id: message.id,
            block_length: root.block_length,
            levels,
        }
    }

    /// A history that speaks of places which the schema does not have is out of date.
    fn check_history(&mut self) {
        let Some(history) = &self.options.history else {
            return;
        };
        let mut errors = Vec::new();
        if history.schema_id != self.schema.id {
            errors.push(Diagnostic::new(
                &history.file.0,
                1,
                format!(
                    "the history is of schema {}, the schema is {}",
                    history.schema_id, self.schema.id
                ),
                "correct schemaId",
            ));
        }
        for fault in &history.faults {
            let Some(leading) = &fault.leading_exponents.0 else {
                continue;
            };
            let mut parts = fault.place.split('.');
            let mut members = parts
                .next()
                .and_then(|name| self.schema.message(name))
                .map(|message| &message.members);
            let mut outer_fields = Vec::new();
            for part in parts {
                members = members.and_then(|members| {
                    outer_fields.extend(members.fields.iter().map(|field| field.name.as_str()));
                    members
                        .groups
                        .iter()
                        .find(|group| group.name == part)
                        .map(|group| &group.members)
                });
            }
            if members.is_none() {
                errors.push(Diagnostic::new(
                    &history.file.0,
                    fault.line.0,
                    format!("`{}` is not in the schema", fault.place),
                    "remove the entry or correct its place",
                ));
            } else if let Some(name) = leading
                .names
                .iter()
                .find(|name| !outer_fields.contains(&name.as_str()))
            {
                errors.push(Diagnostic::new(
                    &history.file.0,
                    fault.line.0,
                    format!("`{name}` is not a field of a block around `{}`", fault.place),
                    "leadingExponents must name exponents that stand further out since then",
                ));
            }
        }
        self.errors.extend(errors);
    }
}
