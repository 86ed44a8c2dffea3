//! Reads SBE schemas, with the exchange's `mbx:` attributes, and the history files beside them.

mod check;
mod history;
mod message;
mod types;

use indexmap::IndexMap;

use crate::diagnostics::{Diagnostics, Warning};
use crate::read::problems::Problems;
use crate::read::xml::{self, Element};
use crate::sbe::{Aside, Doc, Schema};
use crate::source::SourceFile;

pub use history::read_history;

/// Reads one schema. Warnings are about what is legal but odd.
pub fn read_schema(source: &SourceFile) -> Result<(Schema, Vec<Warning>), Diagnostics> {
    let root = xml::parse(source, "<sbe:messageSchema>")?;
    let mut problems = Problems::new(&source.path);
    let schema = schema(&root, &mut problems);
    if problems.errors.is_empty() {
        check::check(&schema, &mut problems);
    }
    if problems.errors.is_empty() {
        Ok((schema, problems.warnings))
    } else {
        Err(Diagnostics(problems.errors))
    }
}

fn schema(root: &Element, problems: &mut Problems) -> Schema {
    let mut schema = Schema {
        file: Aside(problems.file.clone()),
        package: String::new(),
        id: 0,
        version: 0,
        semantic_version: None,
        doc: Aside::default(),
        types: IndexMap::new(),
        composites: IndexMap::new(),
        enums: IndexMap::new(),
        sets: IndexMap::new(),
        messages: Vec::new(),
    };
    if root.local() != "messageSchema" {
        problems.error(
            root.place,
            format!("the root element is <{}>", root.local()),
            "an SBE schema starts with <sbe:messageSchema>",
        );
        return schema;
    }
    problems.only_attributes(
        root,
        &[
            "package",
            "id",
            "version",
            "semanticVersion",
            "description",
            "byteOrder",
            "headerType",
        ],
    );
    schema.package = problems.required(root, "package").unwrap_or_default();
    schema.id = problems.required_number(root, "id").unwrap_or_default();
    schema.version = problems.number(root, "version").unwrap_or_default();
    schema.semantic_version = root.value("semanticVersion").map(str::to_owned);
    schema.doc = doc(root);
    if let Some(order) = root.attribute("byteOrder")
        && order.value != "littleEndian"
    {
        problems.error(
            order.place,
            format!("byte order `{}`", order.value),
            "only littleEndian is supported; the exchange sends nothing else",
        );
    }
    if let Some(header) = root.attribute("headerType")
        && header.value != "messageHeader"
    {
        problems.error(
            header.place,
            format!("header type `{}`", header.value),
            "name the header composite messageHeader",
        );
    }
    // Types may be used before they are declared, so they are read first.
    let encodings = types::encodings(root);
    for child in &root.children {
        match child.local() {
            "types" => types::types(child, &encodings, &mut schema, problems),
            "message" => {}
            other => problems.error(
                child.place,
                format!("unknown element <{other}> in <sbe:messageSchema>"),
                "allowed are <types> and <sbe:message>",
            ),
        }
    }
    types::resolve_references(root, &mut schema, problems);
    for child in root.children.iter().filter(|child| child.local() == "message") {
        let message = message::message(child, problems);
        schema.messages.push(message);
    }
    schema
}

/// The description on one line.
fn doc(element: &Element) -> Doc {
    let text = element.value("description").unwrap_or_default();
    Aside(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
