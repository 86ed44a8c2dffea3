//! Reads FIX dictionaries in the QuickFIX format.

mod check;
mod fields;
mod xml;

use crate::diagnostics::{Diagnostic, Diagnostics, Warning};
use crate::fix::{
    Category, Component, Dictionary, Field, FieldType, Line, Member, MemberKind, Message, Value, Version,
};
use crate::source::SourceFile;
use xml::Element;

pub use fields::describe_fields;

/// Reads a dictionary and checks that it is whole: everything used is declared, nothing is declared twice, every
/// group has its count field.
///
/// # Errors
/// Everything that is wrong with the file, in the order of its lines.
pub fn read_dictionary(file: &SourceFile) -> Result<(Dictionary, Vec<Warning>), Diagnostics> {
    let root = xml::parse(file)?;
    let mut reader = Reader {
        file,
        found: Vec::new(),
    };
    let dictionary = reader.dictionary(&root);
    let mut found = reader.found;
    if let Some(dictionary) = &dictionary {
        check::check(file, dictionary, &mut found);
    }
    match dictionary {
        Some(dictionary) if found.is_empty() => {
            let warnings = check::warnings(file, &dictionary);
            Ok((dictionary, warnings))
        }
        _ => {
            found.sort_by_key(|diagnostic| diagnostic.line);
            found.dedup();
            Err(Diagnostics(found))
        }
    }
}

struct Reader<'s> {
    file: &'s SourceFile,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn report(&mut self, line: usize, message: impl Into<String>, remedy: impl Into<String>) {
        self.found
            .push(Diagnostic::new(&self.file.path, line, message, remedy));
    }

    fn dictionary(&mut self, root: &Element) -> Option<Dictionary> {
        if root.name != "fix" {
            let message = format!("the root element is <{}>", root.name);
            self.report(
                root.line,
                message,
                "a FIX dictionary starts with <fix major=… minor=…>",
            );
            return None;
        }
        self.attributes(root, &["type", "major", "minor", "servicepack"]);
        let version = Version {
            protocol: root.attribute("type").unwrap_or("FIX").to_owned(),
            major: self.number(root, "major").unwrap_or_default(),
            minor: self.number(root, "minor").unwrap_or_default(),
            service_pack: match root.attribute("servicepack") {
                Some(_) => self.number(root, "servicepack").unwrap_or_default(),
                None => 0,
            },
        };
        let sections = ["header", "messages", "trailer", "components", "fields"];
        for (index, child) in root.children.iter().enumerate() {
            self.known(child, root, &sections);
            if root
                .children
                .iter()
                .take(index)
                .any(|earlier| earlier.name == child.name)
            {
                let message = format!("<{}> stands twice", child.name);
                self.report(child.line, message, "put everything into one of them");
            }
        }
        for needed in ["header", "messages", "trailer", "fields"] {
            if !root.children.iter().any(|child| child.name == needed) {
                self.report(
                    root.line,
                    format!("<{needed}> is missing"),
                    format!("add <{needed}>"),
                );
            }
        }
        let section = |name: &str| root.children.iter().find(|child| child.name == name);
        Some(Dictionary {
            version,
            header: section("header")
                .map(|section| self.plain_members(section))
                .unwrap_or_default(),
            trailer: section("trailer")
                .map(|section| self.plain_members(section))
                .unwrap_or_default(),
            messages: self.each(section("messages"), "message", Self::message),
            components: self.each(section("components"), "component", Self::component),
            fields: self.each(section("fields"), "field", Self::field),
        })
    }

    /// The children of a section, all of one kind.
    fn each<T>(
        &mut self,
        section: Option<&Element>,
        kind: &str,
        read: fn(&mut Self, &Element) -> Option<T>,
    ) -> Vec<T> {
        let Some(section) = section else {
            return Vec::new();
        };
        self.attributes(section, &[]);
        let mut items = Vec::new();
        for child in &section.children {
            if self.known(child, section, &[kind]) {
                items.extend(read(self, child));
            }
        }
        items
    }

    fn plain_members(&mut self, section: &Element) -> Vec<Member> {
        self.attributes(section, &[]);
        self.members(section)
    }

    fn message(&mut self, element: &Element) -> Option<Message> {
        self.attributes(element, &["name", "msgtype", "msgcat"]);
        let category = match element.attribute("msgcat") {
            Some("admin") => Category::Admin,
            Some("app") | None => Category::App,
            Some(other) => {
                let message = format!("msgcat `{other}` is not known");
                self.report(element.line, message, "write `admin` or `app`");
                Category::App
            }
        };
        let members = self.members(element);
        Some(Message {
            name: self.text(element, "name")?,
            msg_type: self.text(element, "msgtype")?,
            category,
            members,
            line: Line(element.line),
        })
    }

    fn component(&mut self, element: &Element) -> Option<Component> {
        self.attributes(element, &["name"]);
        let members = self.members(element);
        Some(Component {
            name: self.text(element, "name")?,
            members,
            line: Line(element.line),
        })
    }

    fn members(&mut self, parent: &Element) -> Vec<Member> {
        let mut members = Vec::new();
        for child in &parent.children {
            if !self.known(child, parent, &["field", "group", "component"]) {
                continue;
            }
            self.attributes(child, &["name", "required"]);
            let kind = match child.name.as_str() {
                "group" => MemberKind::Group(self.members(child)),
                name => {
                    self.leaf(child);
                    if name == "component" {
                        MemberKind::Component
                    } else {
                        MemberKind::Field
                    }
                }
            };
            let required = self.required(child);
            if let Some(name) = self.text(child, "name") {
                members.push(Member {
                    name,
                    required,
                    kind,
                    line: Line(child.line),
                });
            }
        }
        members
    }

    fn required(&mut self, element: &Element) -> bool {
        match element.attribute("required") {
            Some("Y") => true,
            Some("N") | None => false,
            Some(other) => {
                let message = format!("required is `{other}`");
                self.report(element.line, message, "write `Y` or `N`");
                false
            }
        }
    }

    fn field(&mut self, element: &Element) -> Option<Field> {
        self.attributes(element, &["number", "name", "type"]);
        let mut values = Vec::new();
        for child in &element.children {
            if self.known(child, element, &["value"]) {
                self.attributes(child, &["enum", "description"]);
                self.leaf(child);
                if let Some(code) = self.text(child, "enum") {
                    let name = child.attribute("description").unwrap_or(&code).to_owned();
                    values.push(Value {
                        code,
                        name,
                        line: Line(child.line),
                    });
                }
            }
        }
        let name = self.text(element, "name");
        let number = self.number(element, "number");
        let field_type = self.text(element, "type").and_then(|name| {
            let known = FieldType::named(&name);
            if known.is_none() {
                let names: Vec<&str> = FieldType::NAMES.iter().map(|(name, _)| *name).collect();
                let message = format!("`{name}` is not a FIX type");
                self.report(element.line, message, format!("use one of {}", names.join(", ")));
            }
            known
        });
        // The field is kept even where its type is not known: uses of it are not a second mistake.
        let field_type = field_type.unwrap_or(FieldType::String);
        Some(Field {
            number: number.unwrap_or_default(),
            name: name?,
            field_type,
            values,
            description: None,
            line: Line(element.line),
        })
    }

    fn known(&mut self, child: &Element, parent: &Element, names: &[&str]) -> bool {
        let known = names.contains(&child.name.as_str());
        if !known {
            let message = format!("<{}> is not known inside <{}>", child.name, parent.name);
            let names: Vec<String> = names.iter().map(|name| format!("<{name}>")).collect();
            self.report(
                child.line,
                message,
                format!("remove it, or use {}", names.join(", ")),
            );
        }
        known
    }

    fn leaf(&mut self, element: &Element) {
        if let Some(child) = element.children.first() {
            let message = format!("<{}> is not known inside <{}>", child.name, element.name);
            self.report(child.line, message, "move it out");
        }
    }

    fn attributes(&mut self, element: &Element, names: &[&str]) {
        for (name, _) in &element.attributes {
            if !names.contains(&name.as_str()) {
                let message = format!("attribute `{name}` is not known on <{}>", element.name);
                let remedy = match names {
                    [] => "remove it".to_owned(),
                    names => format!("remove it, or use {}", names.join(", ")),
                };
                self.report(element.line, message, remedy);
            }
        }
    }

    fn text(&mut self, element: &Element, name: &str) -> Option<String> {
        match element.attribute(name) {
            Some(value) if !value.is_empty() => Some(value.to_owned()),
            Some(_) => {
                let message = format!("attribute `{name}` of <{}> is empty", element.name);
                self.report(element.line, message, format!("give `{name}` a value"));
                None
            }
            None => {
                let message = format!("<{}> has no attribute `{name}`", element.name);
                self.report(element.line, message, format!("add {name}=\"…\""));
                None
            }
        }
    }

    fn number(&mut self, element: &Element, name: &str) -> Option<u32> {
        let text = self.text(element, name)?;
        match text.parse::<u32>() {
            // Readers take tags of at most nine digits.
            Ok(number) if number < 1_000_000_000 => Some(number),
            _ => {
                let message = format!("`{name}` of <{}> is `{text}`", element.name);
                self.report(
                    element.line,
                    message,
                    "write a whole number of at most nine digits",
                );
                None
            }
        }
    }
}
