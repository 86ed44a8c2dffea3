//! Reads FIX dictionaries in the QuickFIX format.

mod check;
mod fields;

use std::collections::BTreeSet;

use crate::diagnostics::{Diagnostics, Warning};
use crate::fix::{
    Aside, Category, Component, Dictionary, Field, FieldType, Member, MemberKind, Message, Value, Version,
};
use crate::read::problems::Problems;
use crate::read::xml::{self, Element};
use crate::source::SourceFile;

pub use fields::describe_fields;

/// Reads a dictionary and checks that it is whole: everything used is declared, nothing is declared twice, every
/// group has its count field.
///
/// # Errors
/// Everything that is wrong with the file, in the order of its lines.
pub fn read_dictionary(file: &SourceFile) -> Result<(Dictionary, Vec<Warning>), Diagnostics> {
    let root = xml::parse(file, "<fix …>")?;
    let mut reader = Reader {
        problems: Problems::new(&file.path),
    };
    reader.stray_text(&root);
    let mut dictionary = reader.dictionary(&root);
    if let Some(dictionary) = &mut dictionary {
        counts(dictionary);
    }
    let Problems {
        errors: mut found, ..
    } = reader.problems;
    if let Some(dictionary) = &dictionary {
        check::check(file, dictionary, &mut found);
    }
    match dictionary {
        Some(dictionary) if found.is_empty() => {
            let warnings = check::warnings(file, &dictionary);
            Ok((dictionary, warnings))
        }
        _ => {
            found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
            found.dedup();
            Err(Diagnostics(found))
        }
    }
}

/// Before FIX 4.3 had a type for them, the counts of groups were whole numbers.
fn counts(dictionary: &mut Dictionary) {
    let Version { major, minor, .. } = dictionary.version;
    if (major, minor) >= (4, 3) || dictionary.version.protocol != "FIX" {
        return;
    }
    let (mut groups, mut plain) = (BTreeSet::new(), BTreeSet::new());
    let bodies = dictionary.messages.iter().map(|message| &message.members);
    let components = dictionary.components.iter().map(|component| &component.members);
    for members in [&dictionary.header, &dictionary.trailer]
        .into_iter()
        .chain(bodies)
        .chain(components)
    {
        uses(members, &mut groups, &mut plain);
    }
    let counts: BTreeSet<String> = groups.difference(&plain).map(|name| (*name).to_owned()).collect();
    for field in &mut dictionary.fields {
        if field.field_type == FieldType::Int && field.values.is_empty() && counts.contains(&field.name) {
            field.field_type = FieldType::NumInGroup;
        }
    }
}

/// The names of groups, and of fields that are none.
fn uses<'m>(members: &'m [Member], groups: &mut BTreeSet<&'m str>, plain: &mut BTreeSet<&'m str>) {
    for member in members {
        match &member.kind {
            MemberKind::Group(entry) => {
                groups.insert(&member.name);
                uses(entry, groups, plain);
            }
            MemberKind::Field => _ = plain.insert(&member.name),
            MemberKind::Component => {}
        }
    }
}

struct Reader {
    problems: Problems,
}

impl Reader {
    /// Elements of dictionaries have no text: what there is was meant to be a comment.
    fn stray_text(&mut self, element: &Element) {
        if let Some(place) = element.text_place {
            let shown: String = element.text.trim().chars().take(40).collect();
            let message = format!("text between elements: `{shown}`");
            self.problems
                .error(place, message, "remove it, or put it into a comment");
        }
        for child in &element.children {
            self.stray_text(child);
        }
    }

    fn dictionary(&mut self, root: &Element) -> Option<Dictionary> {
        if root.local() != "fix" {
            let message = format!("the root element is <{}>", root.local());
            self.problems.error(
                root.place,
                message,
                "a FIX dictionary starts with <fix major=… minor=…>",
            );
            return None;
        }
        self.problems
            .only_attributes(root, &["type", "major", "minor", "servicepack"]);
        let version = Version {
            protocol: root.value("type").unwrap_or("FIX").to_owned(),
            major: self.number(root, "major").unwrap_or_default(),
            minor: self.number(root, "minor").unwrap_or_default(),
            service_pack: match root.attribute("servicepack") {
                Some(_) => self.number(root, "servicepack").unwrap_or_default(),
                None => 0,
            },
        };
        let sections = ["header", "messages", "trailer", "components", "fields"];
        for (index, child) in root.children.iter().enumerate() {
            self.problems.known(child, root, &sections);
            if root
                .children
                .iter()
                .take(index)
                .any(|earlier| earlier.local() == child.local())
            {
                let message = format!("<{}> occurs twice", child.local());
                self.problems
                    .error(child.place, message, "put everything into one of them");
            }
        }
        for needed in ["header", "messages", "trailer", "fields"] {
            if !root.children.iter().any(|child| child.local() == needed) {
                self.problems.error(
                    root.place,
                    format!("<{needed}> is missing"),
                    format!("add <{needed}>"),
                );
            }
        }
        let section = |name: &str| root.children.iter().find(|child| child.local() == name);
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
        self.problems.only_attributes(section, &[]);
        let mut items = Vec::new();
        for child in &section.children {
            if self.problems.known(child, section, &[kind]) {
                items.extend(read(self, child));
            }
        }
        items
    }

    fn plain_members(&mut self, section: &Element) -> Vec<Member> {
        self.problems.only_attributes(section, &[]);
        self.members(section)
    }

    fn message(&mut self, element: &Element) -> Option<Message> {
        self.problems
            .only_attributes(element, &["name", "msgtype", "msgcat"]);
        let category = self.problems.named(element, "msgcat", "msgcat");
        let members = self.members(element);
        Some(Message {
            name: self.problems.required(element, "name")?,
            msg_type: self.problems.required(element, "msgtype")?,
            category: category.unwrap_or(Category::App),
            members,
            line: Aside(element.place),
        })
    }

    fn component(&mut self, element: &Element) -> Option<Component> {
        self.problems.only_attributes(element, &["name"]);
        let members = self.members(element);
        Some(Component {
            name: self.problems.required(element, "name")?,
            members,
            line: Aside(element.place),
        })
    }

    fn members(&mut self, parent: &Element) -> Vec<Member> {
        let mut members = Vec::new();
        for child in &parent.children {
            if !self
                .problems
                .known(child, parent, &["field", "group", "component"])
            {
                continue;
            }
            self.problems.only_attributes(child, &["name", "required"]);
            let kind = match child.local() {
                "group" => MemberKind::Group(self.members(child)),
                name => {
                    self.problems.no_children(child);
                    if name == "component" {
                        MemberKind::Component
                    } else {
                        MemberKind::Field
                    }
                }
            };
            let required = self.required(child);
            if let Some(name) = self.problems.required(child, "name") {
                members.push(Member {
                    name,
                    required,
                    demanded: false,
                    kind,
                    line: Aside(child.place),
                });
            }
        }
        members
    }

    fn required(&mut self, element: &Element) -> bool {
        match element.value("required") {
            Some("Y") => true,
            Some("N") | None => false,
            Some(other) => {
                let message = format!("required is `{other}`");
                self.problems.error(element.place, message, "write `Y` or `N`");
                false
            }
        }
    }

    fn field(&mut self, element: &Element) -> Option<Field> {
        self.problems
            .only_attributes(element, &["number", "name", "type"]);
        let mut values = Vec::new();
        for child in &element.children {
            if self.problems.known(child, element, &["value"]) {
                self.problems.only_attributes(child, &["enum", "description"]);
                self.problems.no_children(child);
                if let Some(code) = self.problems.required(child, "enum") {
                    let name = child.value("description").unwrap_or(&code).to_owned();
                    values.push(Value {
                        code,
                        name,
                        line: Aside(child.place),
                    });
                }
            }
        }
        let name = self.problems.required(element, "name");
        let number = self.number(element, "number");
        let field_type = (self.problems.required(element, "type"))
            .and_then(|_| self.problems.named(element, "type", "FIX type"));
        // The field is kept even where its type is not known: uses of it are not a second mistake.
        let field_type = field_type.unwrap_or(FieldType::String);
        Some(Field {
            number: number.unwrap_or_default(),
            name: name?,
            field_type,
            values,
            description: None,
            line: Aside(element.place),
        })
    }

    fn number(&mut self, element: &Element, name: &str) -> Option<u32> {
        let number: Option<u32> = self.problems.required_number(element, name);
        // Readers take tags of at most nine digits.
        if number.is_some_and(|number| number > 999_999_999)
            && let Some(attribute) = element.attribute(name)
        {
            let remedy = "write a whole number of at most nine digits";
            self.problems.not_a_number(element, attribute, remedy);
            return None;
        }
        number
    }
}
