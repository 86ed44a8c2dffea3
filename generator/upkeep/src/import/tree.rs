//! XML as a tree that knows where in the text each element stands.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::source::SourceFile;

/// Deeper than any schema; a limit all the same, since elements are walked recursively.
const MAX_DEPTH: usize = 64;

/// An element.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The name with its prefix.
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
    /// The text in it, without space around it.
    pub(super) text: String,
    /// All of it.
    pub(super) span: Range<usize>,
    /// Its start tag; all of it where it is empty.
    pub(super) tag: Range<usize>,
    /// Its end tag; empty where it has none.
    pub(super) end: Range<usize>,
}

impl Node {
    /// The name without its prefix.
    pub(super) fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or(&self.name)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The root element of a file.
pub(super) fn parse(file: &SourceFile) -> Result<Node, Diagnostic> {
    let fail = |at: usize, message: String| {
        Diagnostic::new(
            &file.path,
            file.line_of(at),
            message,
            "correct the XML syntax here",
        )
    };
    let mut reader = Reader::from_str(&file.text);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<Node> = Vec::new();
    let mut root: Option<Node> = None;
    loop {
        let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(start);
            fail(at, format!("not well-formed XML: {error}"))
        })?;
        let here = start..usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let closed = match event {
            Event::Start(tag) => {
                if open.len() >= MAX_DEPTH {
                    return Err(fail(start, "elements are nested too deeply".to_owned()));
                }
                open.push(node(&tag, here).map_err(|message| fail(start, message))?);
                None
            }
            Event::Empty(tag) => Some(node(&tag, here).map_err(|message| fail(start, message))?),
            Event::End(_) => open.pop().map(|mut node| {
                node.span.end = here.end;
                node.end = here;
                node
            }),
            Event::Text(text) => {
                if let Some(parent) = open.last_mut() {
                    parent.text.push_str(text.trim());
                }
                None
            }
            Event::Eof => break,
            _ => None,
        };
        let Some(closed) = closed else { continue };
        match open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None if root.is_none() => root = Some(closed),
            None => return Err(fail(start, "a second root element".to_owned())),
        }
    }
    if let Some(left) = open.first() {
        return Err(fail(left.span.start, format!("<{}> is never closed", left.name)));
    }
    root.ok_or_else(|| fail(0, "the file has no element".to_owned()))
}

fn node(tag: &BytesStart<'_>, here: Range<usize>) -> Result<Node, String> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| format!("bad attribute: {error}"))?;
        let name: &str = attribute.key.as_ref();
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| format!("bad value of attribute `{name}`: {error}"))?;
        attributes.push((name.to_owned(), value.into_owned()));
    }
    let name = tag.name();
    let name: &str = name.as_ref();
    Ok(Node {
        name: name.to_owned(),
        attributes,
        children: Vec::new(),
        text: String::new(),
        span: here.clone(),
        end: here.end..here.end,
        tag: here,
    })
}
