//! XML as a tree that knows its lines.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::diagnostics::Diagnostic;
use crate::source::SourceFile;

/// An element with its attributes and the elements in it.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) line: usize,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Deeper than any dictionary; a limit all the same, since elements are walked recursively.
const MAX_DEPTH: usize = 64;

/// The root element of a file.
pub(super) fn parse(file: &SourceFile) -> Result<Element, Diagnostic> {
    let lines = Lines::new(&file.text);
    let mut reader = Reader::from_str(&file.text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            broken(file, lines.at(at), error)
        })?;
        let line = lines.at(start);
        let element = match event {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(Diagnostic::new(
                        &file.path,
                        line,
                        format!("elements are nested more than {MAX_DEPTH} deep"),
                        "flatten the groups",
                    ));
                }
                if open.is_empty() && root.is_some() {
                    return Err(two_roots(file, line));
                }
                open.push(element(file, line, &start)?);
                None
            }
            Event::Empty(start) => {
                if open.is_empty() && root.is_some() {
                    return Err(two_roots(file, line));
                }
                Some(element(file, line, &start)?)
            }
            Event::End(_) => open.pop(),
            Event::Text(text) => {
                if !text.trim().is_empty() {
                    return Err(stray_text(
                        file,
                        lines.at(start + leading_space(&text)),
                        text.trim(),
                    ));
                }
                None
            }
            Event::CData(text) => return Err(stray_text(file, line, &text)),
            Event::GeneralRef(_) => return Err(stray_text(file, line, "&…;")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => None,
            Event::Eof => break,
        };
        if let Some(element) = element {
            match open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => root = Some(element),
            }
        }
    }
    if let Some(unclosed) = open.pop() {
        let message = format!("<{}> is never closed", unclosed.name);
        let remedy = format!("add </{}>", unclosed.name);
        return Err(Diagnostic::new(&file.path, unclosed.line, message, remedy));
    }
    root.ok_or_else(|| {
        Diagnostic::new(
            &file.path,
            0,
            "no XML element",
            "start the dictionary with <fix …>",
        )
    })
}

fn element(file: &SourceFile, line: usize, start: &BytesStart<'_>) -> Result<Element, Diagnostic> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| broken(file, line, error))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| broken(file, line, error))?;
        attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(Element {
        name: start.name().0.to_owned(),
        attributes,
        children: Vec::new(),
        line,
    })
}

fn broken(file: &SourceFile, line: usize, error: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::new(
        &file.path,
        line,
        format!("not well-formed XML: {error}"),
        "correct the XML",
    )
}

fn two_roots(file: &SourceFile, line: usize) -> Diagnostic {
    Diagnostic::new(
        &file.path,
        line,
        "a second root element",
        "put everything into one <fix> element",
    )
}

fn stray_text(file: &SourceFile, line: usize, text: &str) -> Diagnostic {
    let shown: String = text.chars().take(40).collect();
    let message = format!("text between elements: `{shown}`");
    Diagnostic::new(&file.path, line, message, "remove it, or put it into a comment")
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Where lines start.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        let ends = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(ends).collect())
    }

    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }
}
