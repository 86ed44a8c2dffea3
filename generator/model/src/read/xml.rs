//! XML as a tree that knows where everything is: what SBE schemas, FIX dictionaries and edits in them are read from.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::diagnostics::Diagnostic;
use crate::source::{Lines, Place, SourceFile};

/// An element.
#[derive(Clone, Debug)]
pub struct Element {
    /// The name with its prefix.
    pub name: String,
    /// The attributes in their order.
    pub attributes: Vec<Attribute>,
    /// The elements in it.
    pub children: Vec<Element>,
    /// The text in it, without that of its children.
    pub text: String,
    /// Where that text begins, where it is not all space.
    pub text_place: Option<Place>,
    /// Where it begins.
    pub place: Place,
    /// All of it, in bytes of the file.
    pub span: Range<usize>,
    /// Its start tag; all of it where it is empty.
    pub tag: Range<usize>,
    /// Its end tag; empty where it has none.
    pub end: Range<usize>,
}

/// An attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name with its prefix.
    pub name: String,
    /// The value, without escapes.
    pub value: String,
    /// Where it begins.
    pub place: Place,
    /// From the name to the closing quotation mark, in bytes of the file.
    pub span: Range<usize>,
}

impl Attribute {
    /// Whether it declares a namespace.
    pub fn is_namespace(&self) -> bool {
        self.name == "xmlns" || self.name.starts_with("xmlns:")
    }
}

impl Element {
    /// The name without its prefix.
    pub fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or(&self.name)
    }

    /// The attribute with a name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The value of an attribute.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.attribute(name).map(|attribute| attribute.value.as_str())
    }
}

/// Deeper trees than this are refused, so that no file can exhaust the stack.
const MAX_DEPTH: usize = 64;

/// The root element of a file. `root` is what such a file starts with, for whoever has to write it.
///
/// # Errors
/// The first thing that is not well-formed XML; a file without an element, or with two roots.
pub fn parse(file: &SourceFile, root: &str) -> Result<Element, Diagnostic> {
    let mut tree = Tree {
        file,
        lines: Lines::new(&file.text),
        open: Vec::new(),
        root: None,
    };
    let mut reader = Reader::from_str(&file.text);
    reader.config_mut().check_end_names = true;
    loop {
        let start = offset(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            let at = offset(reader.error_position());
            tree.fail(
                at,
                format!("not well-formed XML: {error}"),
                "correct the XML syntax here",
            )
        })?;
        let here = start..offset(reader.buffer_position());
        match event {
            Event::Start(tag) => {
                if tree.open.len() >= MAX_DEPTH {
                    let message = format!("elements are nested more than {MAX_DEPTH} deep");
                    return Err(tree.fail(start, message, "make the structure flatter"));
                }
                let element = tree.element(&tag, here)?;
                tree.open.push(element);
            }
            Event::Empty(tag) => {
                let element = tree.element(&tag, here)?;
                tree.close(element)?;
            }
            Event::End(_) => {
                if let Some(mut element) = tree.open.pop() {
                    element.span.end = here.end;
                    element.end = here;
                    tree.close(element)?;
                }
            }
            Event::Text(text) => tree.text(&text.xml10_content(), start)?,
            Event::CData(data) => tree.text(&data.xml10_content(), start)?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten().map(String::from);
                let named = || quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned);
                match character.or_else(named) {
                    Some(text) => tree.text(&text, start)?,
                    None => {
                        let message = format!("unknown entity `&{};`", &*reference);
                        let remedy = "use one of &amp; &lt; &gt; &quot; &apos;";
                        return Err(tree.fail(start, message, remedy));
                    }
                }
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    if let Some(left) = tree.open.pop() {
        let message = format!("<{}> is never closed", left.name);
        return Err(tree.fail(left.span.start, message, format!("add </{}>", left.name)));
    }
    tree.root.ok_or_else(|| {
        let remedy = format!("start it with {root}");
        Diagnostic::new(&file.path, 0, "the file has no element", remedy)
    })
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// A tree while it is read.
struct Tree<'f> {
    file: &'f SourceFile,
    lines: Lines<'f>,
    open: Vec<Element>,
    root: Option<Element>,
}

impl Tree<'_> {
    fn fail(&self, at: usize, message: impl Into<String>, remedy: impl Into<String>) -> Diagnostic {
        Diagnostic::new(&self.file.path, self.lines.place(at), message, remedy)
    }

    fn close(&mut self, element: Element) -> Result<(), Diagnostic> {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if self.root.is_none() => self.root = Some(element),
            None => {
                let remedy = "keep one root element";
                return Err(self.fail(element.span.start, "a second root element", remedy));
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str, start: usize) -> Result<(), Diagnostic> {
        let space = text.len() - text.trim_start().len();
        let place = (space < text.len()).then(|| self.lines.place(start + space));
        match (self.open.last_mut(), place) {
            (Some(element), place) => {
                element.text.push_str(text);
                element.text_place = element.text_place.or(place);
            }
            (None, None) => {}
            (None, Some(_)) => {
                return Err(self.fail(start + space, "text outside the root element", "remove it"));
            }
        }
        Ok(())
    }

    fn element(&self, tag: &BytesStart<'_>, here: Range<usize>) -> Result<Element, Diagnostic> {
        let name: &str = tag.name().0;
        let mut attributes = Vec::new();
        // Behind `<` and the name. Between attributes there is space alone.
        let mut at = here.start + 1 + name.len();
        for attribute in tag.attributes() {
            at = self.behind_space(at);
            let wrong =
                |message: String| self.fail(at, message, "write each attribute once, as name=\"value\"");
            let attribute = attribute.map_err(|error| wrong(format!("bad attribute: {error}")))?;
            let name: &str = attribute.key.0;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| wrong(format!("bad value of attribute `{name}`: {error}")))?
                .into_owned();
            let sign = self.behind_space(at + name.len());
            let quote = self.behind_space(sign + 1);
            let span = at..quote + 2 + attribute.value.len();
            at = span.end;
            attributes.push(Attribute {
                name: name.to_owned(),
                value,
                place: self.lines.place(span.start),
                span,
            });
        }
        Ok(Element {
            name: name.to_owned(),
            attributes,
            children: Vec::new(),
            text: String::new(),
            text_place: None,
            place: self.lines.place(here.start),
            span: here.clone(),
            end: here.end..here.end,
            tag: here,
        })
    }

    fn behind_space(&self, at: usize) -> usize {
        let rest = self.file.text.get(at..).unwrap_or_default();
        at + (rest.len() - rest.trim_start().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Element, Diagnostic> {
        parse(&SourceFile::new("a.xml", text), "<a>")
    }

    #[test]
    fn everything_has_its_place() {
        let text = "<?xml version=\"1.0\"?>\n<x:a b = 'ä' c=\"&lt;\"\n  d=\"2\">\n  <!-- no text -->\n  <e/>\n é&amp;</x:a>\n";
        let root = read(text).expect("XML");
        assert_eq!((root.name.as_str(), root.local()), ("x:a", "a"));
        assert_eq!((root.place.line, root.place.column), (2, 1));
        let found: Vec<_> = root
            .attributes
            .iter()
            .map(|a| {
                (
                    &text[a.span.clone()],
                    a.value.as_str(),
                    a.place.line,
                    a.place.column,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("b = 'ä'", "ä", 2, 6),
                ("c=\"&lt;\"", "<", 2, 14),
                ("d=\"2\"", "2", 3, 3)
            ]
        );
        assert_eq!(root.text.trim(), "é&");
        let at = root.text_place.expect("text");
        assert_eq!((at.line, at.column), (6, 2));
        assert_eq!(&text[root.children[0].span.clone()], "<e/>");
        assert_eq!(&text[root.end.clone()], "</x:a>");
        assert_eq!(&text[root.span.clone()], text[22..].trim_end());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, message) in [
            ("", "a.xml: the file has no element; start it with <a>"),
            ("<a>\n <b>\n</a>", "a.xml:3: not well-formed XML"),
            ("<a>", "a.xml:1: <a> is never closed; add </a>"),
            ("<a/>\n<b/>", "a.xml:2: a second root element"),
            ("<a/>\n x", "a.xml:2: text outside the root element"),
            ("<a>&b;</a>", "a.xml:1: unknown entity `&b;`"),
            ("<a b='1' b='2'/>", "a.xml:1: bad attribute"),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.starts_with(message), "{error}");
        }
        let error = read("<a\n  b='1' é='2' b='3'/>").expect_err("twice");
        assert_eq!((error.line, error.column), (2, 15));
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        assert!(read(&deep).expect_err("deep").message.contains("nested"));
    }
}
