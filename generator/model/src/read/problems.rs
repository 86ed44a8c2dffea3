//! What is wrong with one XML file, and what both of its languages ask of elements.

use std::str::FromStr;

use super::xml::{Attribute, Element};
use crate::diagnostics::{Diagnostic, Warning, one_of};
use crate::named::Named;
use crate::source::Place;

/// What was found so far, all of one file.
pub(crate) struct Problems {
    pub(crate) file: String,
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) warnings: Vec<Warning>,
}

impl Problems {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(crate) fn error(
        &mut self,
        place: impl Into<Place>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.errors
            .push(Diagnostic::new(&self.file, place, message, remedy));
    }

    pub(crate) fn warning(&mut self, place: impl Into<Place>, message: impl Into<String>) {
        self.warnings.push(Warning::new(&self.file, place, message));
    }

    /// An attribute's value, which must be there and say something.
    pub(crate) fn required(&mut self, element: &Element, name: &str) -> Option<String> {
        match element.attribute(name) {
            Some(attribute) if !attribute.value.is_empty() => Some(attribute.value.clone()),
            Some(attribute) => {
                let message = format!("attribute `{name}` of <{}> is empty", element.local());
                self.error(attribute.place, message, format!("give `{name}` a value"));
                None
            }
            None => {
                let message = format!("<{}> has no attribute `{name}`", element.local());
                self.error(element.place, message, format!("add {name}=\"…\""));
                None
            }
        }
    }

    /// A number, where the attribute is there.
    pub(crate) fn number<T: FromStr>(&mut self, element: &Element, name: &str) -> Option<T> {
        let attribute = element.attribute(name)?;
        let number = attribute.value.trim().parse().ok();
        if number.is_none() {
            self.not_a_number(element, attribute, "write a whole number that fits the type");
        }
        number
    }

    /// A number that must be there.
    pub(crate) fn required_number<T: FromStr>(&mut self, element: &Element, name: &str) -> Option<T> {
        self.required(element, name)?;
        self.number(element, name)
    }

    /// The value that an attribute names, where the attribute is there. `what` it should be is said where it is not.
    pub(crate) fn named<T: Named>(&mut self, element: &Element, name: &str, what: &str) -> Option<T> {
        let attribute = element.attribute(name)?;
        let value = T::of(&attribute.value);
        if value.is_none() {
            let message = format!("unknown {what} `{}`", attribute.value);
            self.error(attribute.place, message, one_of(T::NAMES, &attribute.value));
        }
        value
    }

    pub(crate) fn not_a_number(&mut self, element: &Element, attribute: &Attribute, remedy: &str) {
        let Attribute { name, value, .. } = attribute;
        let message = format!("`{name}` of <{}> is `{value}`", element.local());
        self.error(attribute.place, message, remedy);
    }

    /// Reports every attribute that is not among `allowed`.
    pub(crate) fn only_attributes(&mut self, element: &Element, allowed: &[&str]) {
        for attribute in &element.attributes {
            if !attribute.is_namespace() && !allowed.contains(&attribute.name.as_str()) {
                let message = format!("unknown attribute `{}` of <{}>", attribute.name, element.local());
                self.error(attribute.place, message, instead(allowed, &attribute.name));
            }
        }
    }

    /// Whether an element is one of `allowed`; reports it where it is none.
    pub(crate) fn known(&mut self, child: &Element, parent: &Element, allowed: &[&str]) -> bool {
        let known = allowed.contains(&child.local());
        if !known {
            let message = format!("unknown element <{}> in <{}>", child.local(), parent.local());
            self.error(child.place, message, instead(allowed, child.local()));
        }
        known
    }

    /// Reports every element in one that has none.
    pub(crate) fn no_children(&mut self, element: &Element) {
        for child in &element.children {
            self.known(child, element, &[]);
        }
    }
}

/// What to write instead of a name that is none of a few.
fn instead(allowed: &[&str], name: &str) -> String {
    match allowed {
        [] => "remove it".to_owned(),
        allowed => one_of(allowed, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::xml::parse;
    use crate::source::SourceFile;

    #[test]
    fn each_problem_has_its_line_and_column() {
        let file = SourceFile::new("a.xml", "<a id='x'\n   tpye='b' name=''>\n  <b/></a>");
        let root = parse(&file, "<a>").expect("XML");
        let mut problems = Problems::new(&file.path);
        problems.only_attributes(&root, &["id", "type", "name"]);
        assert_eq!(problems.number::<u8>(&root, "id"), None);
        assert_eq!(problems.required(&root, "name"), None);
        assert_eq!(problems.required(&root, "type"), None);
        problems.no_children(&root);
        let found: Vec<_> = problems
            .errors
            .iter()
            .map(|error| (error.line, error.column, error.message.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (2, 4, "unknown attribute `tpye` of <a>"),
                (1, 4, "`id` of <a> is `x`"),
                (2, 13, "attribute `name` of <a> is empty"),
                (1, 1, "<a> has no attribute `type`"),
                (3, 3, "unknown element <b> in <a>"),
            ]
        );
        assert_eq!(
            problems.errors[0].remedy,
            "did you mean `type`? use id, type or name"
        );
    }
}
