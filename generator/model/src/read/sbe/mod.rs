//! Reads SBE schemas, with the exchange's `mbx:` attributes, and the history files beside them.

mod check;
mod history;
mod message;
mod types;
mod xml;

use indexmap::IndexMap;

use crate::diagnostics::{Diagnostic, Diagnostics, Warning};
use crate::sbe::{Aside, Schema};
use crate::source::SourceFile;

pub use history::read_history;
use xml::Element;

/// Reads one schema. Warnings are about what is legal but odd.
pub fn read_schema(source: &SourceFile) -> Result<(Schema, Vec<Warning>), Diagnostics> {
    let root = xml::parse(source)?;
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

/// What was found so far, all of one file.
struct Problems {
    file: String,
    errors: Vec<Diagnostic>,
    warnings: Vec<Warning>,
}

impl Problems {
    fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn error(&mut self, line: usize, message: impl Into<String>, remedy: impl Into<String>) {
        self.errors
            .push(Diagnostic::new(&self.file, line, message, remedy));
    }

    fn warning(&mut self, line: usize, message: impl Into<String>) {
        self.warnings.push(Warning::new(&self.file, line, message));
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
    if root.name != "messageSchema" {
        problems.error(
            root.line,
            format!("the root element is <{}>", root.name),
            "an SBE schema starts with <sbe:messageSchema>",
        );
        return schema;
    }
    root.only_attributes(
        &[
            "package",
            "id",
            "version",
            "semanticVersion",
            "description",
            "byteOrder",
            "headerType",
        ],
        problems,
    );
    schema.package = root.required("package", problems);
    schema.id = root.required_number("id", problems);
    schema.version = root.number("version", problems).unwrap_or_default();
    schema.semantic_version = root.text("semanticVersion");
    schema.doc = root.doc();
    if let Some(order) = root.attribute("byteOrder")
        && order.value != "littleEndian"
    {
        problems.error(
            order.line,
            format!("byte order `{}`", order.value),
            "only littleEndian is supported; the exchange sends nothing else",
        );
    }
    if let Some(header) = root.attribute("headerType")
        && header.value != "messageHeader"
    {
        problems.error(
            header.line,
            format!("header type `{}`", header.value),
            "name the header composite messageHeader",
        );
    }
    // Types may be used before they are declared, so they are read first.
    for child in &root.children {
        match child.name.as_str() {
            "types" => types::types(child, &mut schema, problems),
            "message" => {}
            other => problems.error(
                child.line,
                format!("unknown element <{other}> in <sbe:messageSchema>"),
                "allowed are <types> and <sbe:message>",
            ),
        }
    }
    types::resolve_references(root, &mut schema, problems);
    for child in root.children.iter().filter(|child| child.name == "message") {
        let message = message::message(child, problems);
        schema.messages.push(message);
    }
    schema
}
