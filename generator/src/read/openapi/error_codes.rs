//! The list of error codes.

use serde_yaml::Value;

use super::document::parse_yaml;
use super::lines::LineIndex;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::model::api::{ErrorCode, Location};
use crate::source::SourceFile;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    codes: Vec<Value>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: i32,
    name: String,
    products: Vec<String>,
    #[serde(default)]
    #[allow(dead_code)]
    transports: Vec<String>,
    #[serde(default)]
    text: Option<String>,
}

/// Reads lists of error codes, keeping those of one product. A code has one name, and a name one code, over all lists.
pub fn read_error_codes(product: &str, files: &[SourceFile]) -> Result<Vec<ErrorCode>, Diagnostics> {
    let mut codes: Vec<ErrorCode> = Vec::new();
    let mut errors = Vec::new();
    for file in files {
        let lines = LineIndex::new(&file.text);
        let value = match parse_yaml(file, &lines) {
            Ok(value) => value,
            Err(found) => {
                errors.extend(found.0);
                continue;
            }
        };
        let parsed: File = match serde_yaml::from_value(value) {
            Ok(parsed) => parsed,
            Err(error) => {
                let message = format!("not a list of error codes: {error}");
                errors.push(Diagnostic::new(
                    &file.path,
                    1,
                    message,
                    "write `codes:` and a list",
                ));
                continue;
            }
        };
        for (index, entry) in parsed.codes.into_iter().enumerate() {
            let line = lines.line(&format!("/codes/{index}"));
            let entry: Entry = match serde_yaml::from_value(entry) {
                Ok(entry) => entry,
                Err(error) => {
                    let remedy = "an entry has code, name, products, and may have transports and text";
                    errors.push(Diagnostic::new(
                        &file.path,
                        line,
                        format!("not an error code: {error}"),
                        remedy,
                    ));
                    continue;
                }
            };
            if !entry.products.iter().any(|p| p == product) {
                continue;
            }
            if let Some(known) = codes
                .iter()
                .find(|c| c.code == entry.code || c.name == entry.name)
            {
                let place = format!("{}:{}", known.location.file, known.location.line);
                errors.push(Diagnostic::new(
                    &file.path,
                    line,
                    format!(
                        "{} {} is already declared as {} {} at {place}",
                        entry.code, entry.name, known.code, known.name
                    ),
                    "declare each code once, under one name",
                ));
                continue;
            }
            let location = Location {
                file: file.path.clone(),
                line,
            };
            codes.push(ErrorCode {
                code: entry.code,
                name: entry.name,
                text: entry.text,
                location,
            });
        }
    }
    if errors.is_empty() {
        Ok(codes)
    } else {
        Err(Diagnostics(errors))
    }
}
