//! Error codes: constants of the leaf crate, one module a family, and what a product re-exports of them.

use std::collections::BTreeMap;

use binance_wire_model::api::{ErrorFamily, Location};
use binance_wire_model::diagnostics::Diagnostic;
use serde::Serialize;

use super::Context;
use super::text;
use crate::names;

/// A module of constants.
#[derive(Debug, Serialize)]
pub(super) struct Family {
    pub(super) module: String,
    doc: String,
    constants: Vec<Constant>,
    /// Number and documented name, for those that have one.
    names: Vec<(i32, String)>,
    /// Number and text, for those that travel as text with leading zeros.
    spellings: Vec<(i32, String)>,
}

#[derive(Debug, Serialize)]
struct Constant {
    name: String,
    code: i32,
    doc: String,
}

/// What a product re-exports of a family.
#[derive(Debug, Serialize)]
pub(super) struct Use {
    module: String,
    constants: Vec<String>,
    pub(super) spelled: bool,
}

/// The module of the only family in use, if there is one alone.
pub(super) fn sole(uses: &[Use]) -> Option<String> {
    match uses {
        [only] => Some(only.module.clone()),
        _ => None,
    }
}

/// Settles the constants of a family.
pub(super) fn family(family: &ErrorFamily, errors: &mut Vec<Diagnostic>) -> Family {
    let mut taken: BTreeMap<String, (i32, &Location)> = BTreeMap::new();
    let mut lowered = Family {
        module: names::snake(&family.name),
        doc: text::sentence(&family.description),
        constants: Vec::new(),
        names: Vec::new(),
        spellings: Vec::new(),
    };
    for code in &family.codes {
        let mut constants: Vec<String> = code.names.iter().map(|name| names::screaming(name)).collect();
        match &code.constant {
            Some(constant) if names::screaming(constant) != *constant => {
                let message = format!("`{constant}` is not a name for a constant");
                let remedy = format!("write `{}`", names::screaming(constant));
                errors.push(Diagnostic::at(&code.location, message, remedy));
            }
            Some(constant) => match constants.first_mut() {
                Some(first) => first.clone_from(constant),
                None => constants.push(constant.clone()),
            },
            None if constants.is_empty() => constants.push(format!("CODE_{}", code.code.unsigned_abs())),
            None => {}
        }
        let spelling = code.spelling.clone().unwrap_or_else(|| code.code.to_string());
        let mut doc = format!("`{spelling}`");
        // The constant says the name, where it can.
        if let Some(name) = code.names.first().filter(|name| constants.first() != Some(*name)) {
            doc += &format!(", {}", text::code_span(name));
        }
        doc = match &code.text {
            Some(text) => text::sentence(&format!("{doc}: {text}")),
            None => format!("{doc}."),
        };
        for constant in constants {
            if let Some((other, place)) = taken.insert(constant.clone(), (code.code, &code.location)) {
                let message = format!(
                    "{} would be called `{constant}` in `{}`, as is {other} at {}:{}",
                    code.code, family.name, place.file, place.line
                );
                errors.push(Diagnostic::at(
                    &code.location,
                    message,
                    "give one of them a `constant`",
                ));
                continue;
            }
            lowered.constants.push(Constant {
                name: constant,
                code: code.code,
                doc: doc.clone(),
            });
        }
        if let Some(name) = code.names.first() {
            lowered.names.push((code.code, name.clone()));
        }
        if let Some(spelling) = &code.spelling {
            lowered.spellings.push((code.code, spelling.clone()));
        }
    }
    lowered
}

/// The constants of a family, with the code of each.
pub(super) fn constants(declared: &ErrorFamily) -> Vec<(i32, String)> {
    let lowered = family(declared, &mut Vec::new());
    lowered
        .constants
        .into_iter()
        .map(|constant| (constant.code, constant.name))
        .collect()
}

impl Context<'_> {
    /// What the product re-exports. A constant that two families have with one number is re-exported once; with two
    /// numbers it cannot be.
    pub(super) fn error_codes(&mut self) -> Vec<Use> {
        let mut known: BTreeMap<String, (i32, String)> = BTreeMap::new();
        let mut uses = Vec::new();
        // What is wrong within a family is told where the leaf crate is made.
        let mut reported = Vec::new();
        for declared in &self.product.error_codes {
            let lowered = family(declared, &mut reported);
            let mut constants = Vec::new();
            for constant in lowered.constants {
                match known.get(&constant.name) {
                    None => {
                        known.insert(constant.name.clone(), (constant.code, declared.name.clone()));
                        constants.push(constant.name);
                    }
                    Some((code, _)) if *code == constant.code => {}
                    Some((code, other)) => {
                        let named = self
                            .product
                            .error_families
                            .iter()
                            .find(|(name, _)| *name == declared.name);
                        let place = named.map(|(_, place)| place.clone()).unwrap_or_default();
                        self.errors.push(Diagnostic::at(
                            &place,
                            format!(
                                "`{}` is {} in `{}`, and {code} in `{other}`",
                                constant.name, constant.code, declared.name
                            ),
                            "give one of them a `constant`, or leave one family out",
                        ));
                    }
                }
            }
            uses.push(Use {
                module: lowered.module,
                constants,
                spelled: !lowered.spellings.is_empty(),
            });
        }
        uses
    }
}
