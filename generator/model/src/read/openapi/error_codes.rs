//! The list of error codes, by family.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_yaml::Value;

use crate::api::{ErrorCode, ErrorFamily, Location};
use crate::diagnostics::{Diagnostic, Diagnostics, nearest};
use crate::read::yaml::{Places, escape};
use crate::source::SourceFile;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    families: IndexMap<String, String>,
    codes: Vec<Value>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: Code,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    constant: Option<String>,
    families: Vec<String>,
    #[serde(default)]
    #[allow(dead_code)]
    transports: Vec<String>,
    #[serde(default)]
    text: Option<String>,
}

/// A number, or a text of digits that a number would not keep.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Code {
    Number(i32),
    Text(String),
}

impl Code {
    /// The number, and the spelling where it is not the number's own.
    fn number(self) -> Result<(i32, Option<String>), String> {
        match self {
            Self::Number(number) => Ok((number, None)),
            Self::Text(text) => match text.parse::<i32>() {
                Ok(number) if number.to_string() == text => Ok((number, None)),
                Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok((number, Some(text))),
                _ => Err(text),
            },
        }
    }
}

/// Reads lists of error codes. A code stands once in a family, and a name once, over all lists.
pub fn read_error_codes(files: &[SourceFile]) -> Result<Vec<ErrorFamily>, Diagnostics> {
    let mut families: IndexMap<String, ErrorFamily> = IndexMap::new();
    let mut entries: Vec<(Location, Entry)> = Vec::new();
    let mut errors = Vec::new();
    for file in files {
        if let Err(found) = read_file(file, &mut families, &mut entries) {
            errors.extend(found.0);
        }
    }
    // What is declared already, by family: numbers and constants.
    let mut known: BTreeMap<(String, i32), Location> = BTreeMap::new();
    for (location, entry) in entries {
        let mut wrong = |message: String, remedy: &str| {
            errors.push(Diagnostic::at(&location, message, remedy));
        };
        let (code, spelling) = match entry.code.number() {
            Ok(number) => number,
            Err(text) => {
                wrong(
                    format!("`{text}` is not an error code"),
                    "write a number of 32 bits, or its digits as text",
                );
                continue;
            }
        };
        if entry.name.is_none() && !entry.also.is_empty() {
            wrong(
                format!("{code} has further names, and no first one"),
                "write `name` and leave `also` to the others",
            );
        }
        if entry.families.is_empty() {
            wrong(format!("{code} belongs to no family"), "list its families");
        }
        let declared = ErrorCode {
            code,
            spelling,
            names: entry.name.into_iter().chain(entry.also).collect(),
            constant: entry.constant,
            text: entry.text,
            location: location.clone(),
        };
        for name in entry.families {
            let Some(family) = families.get_mut(&name) else {
                let near = nearest(families.keys().map(String::as_str), &name);
                let remedy = match near {
                    Some(near) => format!("did you mean `{near}`? families are declared under `families`"),
                    None => "declare it under `families`, with a description".to_owned(),
                };
                wrong(format!("there is no family `{name}`"), &remedy);
                continue;
            };
            if let Some(first) = known.insert((name.clone(), code), location.clone()) {
                wrong(
                    format!(
                        "{code} is already declared for `{name}` at {}:{}",
                        first.file, first.line
                    ),
                    "declare each code once a family; further names of it go to `also`",
                );
                continue;
            }
            family.codes.push(declared.clone());
        }
    }
    if errors.is_empty() {
        Ok(families.into_values().collect())
    } else {
        Err(Diagnostics(errors))
    }
}

fn read_file(
    file: &SourceFile,
    families: &mut IndexMap<String, ErrorFamily>,
    entries: &mut Vec<(Location, Entry)>,
) -> Result<(), Diagnostics> {
    let places = Places::new(&file.text);
    // What is not YAML has an error of its own.
    file.yaml::<Value>("valid YAML", "correct the syntax")?;
    let parsed: File = file.yaml(
        "a list of error codes",
        "write `families:` with a line each, and `codes:` and a list",
    )?;
    let mut errors = Vec::new();
    for (name, description) in parsed.families {
        let location = Location::new(&file.path, places.place(&format!("/families/{}", escape(&name))));
        let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !fits {
            let message = format!("`{name}` names no family");
            errors.push(Diagnostic::at(
                &location,
                message,
                "use small letters, digits and `-`",
            ));
        } else if let Some(first) = families.get(&name) {
            let message = format!(
                "the family `{name}` is already declared at {}:{}",
                first.location.file, first.location.line
            );
            errors.push(Diagnostic::at(&location, message, "declare it once"));
        } else {
            let family = ErrorFamily {
                name: name.clone(),
                description,
                codes: Vec::new(),
                location,
            };
            families.insert(name, family);
        }
    }
    for (index, entry) in parsed.codes.into_iter().enumerate() {
        let location = Location::new(&file.path, places.place(&format!("/codes/{index}")));
        match serde_yaml::from_value(entry) {
            Ok(entry) => entries.push((location, entry)),
            Err(error) => {
                let remedy =
                    "an entry has code and families, and may have name, also, constant, transports and text";
                let message = format!("not an error code: {error}");
                errors.push(Diagnostic::at(&location, message, remedy));
            }
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Diagnostics(errors))
    }
}
