//! A small XML tree that knows its lines.

use std::str::FromStr;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::Problems;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::sbe::{Aside, Doc};
use crate::source::SourceFile;

/// An element; its name has no namespace prefix.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) attributes: Vec<Attribute>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
}

/// An attribute; its name keeps the prefix `mbx:`.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) line: usize,
}

/// Deeper trees than this are refused, so that no file can exhaust the stack.
const MAX_DEPTH: usize = 64;

/// The root element of a file.
pub(super) fn parse(source: &SourceFile) -> Result<Element, Diagnostics> {
    let mut reader = Reader::from_str(&source.text);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut lines = Lines::new(&source.text);
    loop {
        let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let fail = |line: usize, message: String, remedy: &str| {
            Diagnostics::from(Diagnostic::new(&source.path, line, message, remedy))
        };
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(start);
            fail(
                source.line_of(at),
                format!("not well-formed XML: {error}"),
                "correct the XML syntax here",
            )
        })?;
        let line = lines.at(start);
        match event {
            Event::Start(tag) => {
                if open.len() >= MAX_DEPTH {
                    return Err(fail(
                        line,
                        "elements are nested too deeply".into(),
                        "flatten the file",
                    ));
                }
                open.push(element(&tag, line).map_err(|message| {
                    fail(line, message, "write each attribute once, as name=\"value\"")
                })?);
            }
            Event::Empty(tag) => {
                let element = element(&tag, line)
                    .map_err(|message| fail(line, message, "write each attribute once, as name=\"value\""))?;
                close(element, &mut open, &mut root)
                    .map_err(|()| fail(line, "a second root element".into(), "keep one root element"))?;
            }
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    close(element, &mut open, &mut root)
                        .map_err(|()| fail(line, "a second root element".into(), "keep one root element"))?;
                }
            }
            Event::Text(text) => {
                let text = text.xml10_content();
                match open.last_mut() {
                    Some(element) => element.text.push_str(&text),
                    None if text.trim().is_empty() => {}
                    None => {
                        return Err(fail(line, "text outside the root element".into(), "remove it"));
                    }
                }
            }
            Event::GeneralRef(reference) => {
                let resolved = reference
                    .resolve_char_ref()
                    .ok()
                    .flatten()
                    .map(String::from)
                    .or_else(|| quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned));
                match (resolved, open.last_mut()) {
                    (Some(text), Some(element)) => element.text.push_str(&text),
                    _ => {
                        return Err(fail(
                            line,
                            format!("unknown entity `&{};`", &*reference),
                            "use one of &amp; &lt; &gt; &quot; &apos;",
                        ));
                    }
                }
            }
            Event::CData(data) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&data.xml10_content());
                }
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    if let Some(element) = open.pop() {
        return Err(Diagnostic::new(
            &source.path,
            element.line,
            format!("<{}> is never closed", element.name),
            format!("add </{}>", element.name),
        )
        .into());
    }
    root.ok_or_else(|| {
        Diagnostic::new(
            &source.path,
            0,
            "the file has no element",
            "write an <sbe:messageSchema>",
        )
        .into()
    })
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), ()> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err(()),
    }
    Ok(())
}

fn element(tag: &BytesStart<'_>, line: usize) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| format!("bad attribute: {error}"))?;
        let name: &str = attribute.key.as_ref();
        if name.starts_with("xmlns") {
            continue;
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| format!("bad value of attribute `{name}`: {error}"))?;
        attributes.push(Attribute {
            name: name.to_owned(),
            value: value.into_owned(),
            line,
        });
    }
    let local_name = tag.local_name();
    let name: &str = local_name.as_ref();
    Ok(Element {
        name: name.to_owned(),
        line,
        attributes,
        children: Vec::new(),
        text: String::new(),
    })
}

/// Line numbers of ascending offsets.
struct Lines<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            offset: 0,
            line: 1,
        }
    }

    fn at(&mut self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let offset = offset.min(bytes.len());
        if offset > self.offset {
            self.line += bytes[self.offset..offset]
                .iter()
                .filter(|&&byte| byte == b'\n')
                .count();
            self.offset = offset;
        }
        self.line
    }
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.attribute(name).map(|attribute| attribute.value.clone())
    }

    /// The description on one line.
    pub(super) fn doc(&self) -> Doc {
        let text = self.text("description").unwrap_or_default();
        Aside(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    pub(super) fn required(&self, name: &str, problems: &mut Problems) -> String {
        self.text(name).unwrap_or_else(|| {
            problems.error(
                self.line,
                format!("<{}> has no attribute `{name}`", self.name),
                format!("add {name}=\"…\""),
            );
            String::new()
        })
    }

    pub(super) fn number<T: FromStr>(&self, name: &str, problems: &mut Problems) -> Option<T> {
        let attribute = self.attribute(name)?;
        let number = attribute.value.trim().parse().ok();
        if number.is_none() {
            problems.error(
                attribute.line,
                format!("`{name}` is `{}`", attribute.value),
                "write a whole number that fits the type",
            );
        }
        number
    }

    pub(super) fn required_number<T: FromStr + Default>(&self, name: &str, problems: &mut Problems) -> T {
        if self.attribute(name).is_none() {
            self.required(name, problems);
            return T::default();
        }
        self.number(name, problems).unwrap_or_default()
    }

    /// Reports every attribute that is not among `allowed`.
    pub(super) fn only_attributes(&self, allowed: &[&str], problems: &mut Problems) {
        for attribute in &self.attributes {
            if !allowed.contains(&attribute.name.as_str()) {
                problems.error(
                    attribute.line,
                    format!("unknown attribute `{}` of <{}>", attribute.name, self.name),
                    format!("allowed are {}", allowed.join(", ")),
                );
            }
        }
    }

    /// Reports every child element, for elements that hold none.
    pub(super) fn no_children(&self, problems: &mut Problems) {
        for child in &self.children {
            problems.error(
                child.line,
                format!("unknown element <{}> in <{}>", child.name, self.name),
                "remove it",
            );
        }
    }
}
