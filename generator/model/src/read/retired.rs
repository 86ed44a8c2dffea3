//! Reads the list of endpoints that the exchange has taken away.

use serde::Deserialize;

use super::openapi::{is_day, read_list};
use crate::api::{Call, HttpMethod, Location, Product};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::named::Named;
use crate::retired::Retired;
use crate::source::SourceFile;

const REMEDY: &str = "an entry has call and product, and may have date and replacement";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    call: String,
    product: String,
    date: Option<String>,
    replacement: Option<String>,
}

/// Reads `retired:` of specs/shared/retired.yaml, in the order of method and path.
///
/// # Errors
/// Bad YAML, an entry with a key missing or unknown, a call that is no method and path, a date that is none, the same
/// call twice, a replacement that is itself retired.
pub fn read_retired(file: &SourceFile) -> Result<Vec<Retired>, Diagnostics> {
    let mut retired: Vec<Retired> = Vec::new();
    let mut errors = Vec::new();
    for (place, entry) in read_list::<Entry>(file, "retired", REMEDY)? {
        let mut error = |message: String, remedy: &str| {
            errors.push(Diagnostic::new(&file.path, place, message, remedy));
        };
        let Some((method, path)) = call(&entry.call) else {
            error(
                format!("`{}` is not a call", entry.call),
                "write a method and a path: GET /wapi/v3/assetDetail.html",
            );
            continue;
        };
        if entry
            .replacement
            .as_deref()
            .is_some_and(|text| call(text).is_none())
        {
            error(
                format!(
                    "the replacement `{}` is not a call",
                    entry.replacement.as_deref().unwrap_or_default()
                ),
                "write a method and a path, or leave it out",
            );
            continue;
        }
        if entry.date.as_deref().is_some_and(|date| !is_day(&date.into())) {
            error(
                format!("{} is not a day", entry.date.as_deref().unwrap_or_default()),
                "write it as '2026-01-31'",
            );
            continue;
        }
        if let Some(first) = retired
            .iter()
            .find(|known| known.method == method && known.path == path)
        {
            let first = first.location.line;
            error(
                format!("{} already stands in line {first}", entry.call),
                "list each call once",
            );
            continue;
        }
        retired.push(Retired {
            method,
            path: path.to_owned(),
            product: entry.product,
            date: entry.date,
            replacement: entry.replacement,
            location: Location::new(&file.path, place),
        });
    }
    for entry in &retired {
        if let Some(replacement) = &entry.replacement
            && retired.iter().any(|other| other.key() == *replacement)
        {
            errors.push(Diagnostic::new(
                &file.path,
                entry.location.line,
                format!("the replacement {replacement} is itself retired"),
                "name what replaces that one",
            ));
        }
    }
    if !errors.is_empty() {
        return Err(Diagnostics(errors));
    }
    retired.sort_by(|a, b| (&a.path, a.method.name()).cmp(&(&b.path, b.method.name())));
    Ok(retired)
}

/// Operations of a product's specs that are listed as gone.
pub fn still_there(retired: &[Retired], product: &Product) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for operation in &product.operations {
        let Call::Rest { method, path } = &operation.call else {
            continue;
        };
        if let Some(entry) = retired
            .iter()
            .find(|entry| entry.method == *method && entry.path == path.as_str())
        {
            errors.push(Diagnostic::at(
                &operation.location,
                format!(
                    "{method} {path} is listed as retired at {}:{}",
                    entry.location.file, entry.location.line
                ),
                "take the operation or the entry away; what is still there and will go has x-sunset",
            ));
        }
    }
    errors
}

/// `GET /path` → its parts.
fn call(text: &str) -> Option<(HttpMethod, &str)> {
    let (method, path) = text.split_once(' ')?;
    let method = HttpMethod::of(method)?;
    let plain = path.starts_with('/') && !path.contains(|c: char| c.is_whitespace() || c == '?');
    plain.then_some((method, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Retired>, Diagnostics> {
        read_retired(&SourceFile::new("shared/retired.yaml", text))
    }

    #[test]
    fn entries_in_the_order_of_their_paths() {
        let retired = read(
            "retired:\n- {call: POST /b, product: x}\n- {call: GET /b, product: x, date: '2020-01-31'}\n\
             - {call: GET /a, product: x, replacement: GET /c}\n",
        )
        .expect("a list");
        let reported: Vec<String> = retired.iter().map(Retired::key).collect();
        assert_eq!(reported, ["GET /a", "GET /b", "POST /b"]);
        assert_eq!(retired[1].date.as_deref(), Some("2020-01-31"));
        assert_eq!(retired[1].location.line, 3);
    }

    #[test]
    fn bad_entries_are_refused_with_their_line() {
        for (entries, expected) in [
            (
                "- {call: FETCH /a, product: x}",
                "retired.yaml:2: `FETCH /a` is not a call",
            ),
            ("- {call: GET a, product: x}", "`GET a` is not a call"),
            ("- {call: GET /a}", "missing field `product`"),
            ("- {call: GET /a, product: x, when: y}", "unknown field `when`"),
            (
                "- {call: GET /a, product: x, date: '2020-13-01'}",
                "2020-13-01 is not a day; write it as",
            ),
            (
                "- {call: GET /a, product: x, replacement: /b}",
                "the replacement `/b` is not a call",
            ),
            (
                "- {call: GET /a, product: x}\n- {call: GET /a, product: y}",
                "retired.yaml:3: GET /a already stands in line 2",
            ),
            (
                "- {call: GET /a, product: x}\n- {call: GET /b, product: y, replacement: GET /a}",
                "retired.yaml:3: the replacement GET /a is itself retired",
            ),
        ] {
            let reported = read(&format!("retired:\n{entries}\n"))
                .expect_err("an error")
                .to_string();
            assert!(reported.contains(expected), "{entries}\n{reported}");
        }
    }
}
