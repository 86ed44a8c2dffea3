//! YAML files that are one list of entries, each with the line that it stands on.

use serde::de::DeserializeOwned;
use serde_yaml::Value;

use super::document::parse_yaml;
use super::lines::LineIndex;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::source::SourceFile;

/// Reads `<key>: [entry, …]`; `remedy` says what an entry has. Every entry that cannot be read is reported.
pub fn read_list<T: DeserializeOwned>(
    file: &SourceFile,
    key: &str,
    remedy: &str,
) -> Result<Vec<(usize, T)>, Diagnostics> {
    let lines = LineIndex::new(&file.text);
    let shape = |line: usize, message: String| {
        Diagnostic::new(&file.path, line, message, format!("write `{key}:` and a list"))
    };
    let Value::Mapping(mut mapping) = parse_yaml(file, &lines)? else {
        return Err(shape(1, format!("not a mapping with `{key}`")).into());
    };
    let list = match mapping.remove(key) {
        Some(Value::Sequence(list)) => list,
        Some(_) => {
            return Err(shape(lines.line(&format!("/{key}")), format!("`{key}` is not a list")).into());
        }
        None => return Err(shape(1, format!("no `{key}`")).into()),
    };
    if let Some(other) = mapping.keys().next() {
        let name = other.as_str().unwrap_or("?");
        return Err(shape(lines.line(&format!("/{name}")), format!("unknown key `{name}`")).into());
    }
    let mut entries = Vec::new();
    let mut errors = Vec::new();
    for (index, entry) in list.into_iter().enumerate() {
        let line = lines.line(&format!("/{key}/{index}"));
        match serde_yaml::from_value(entry) {
            Ok(entry) => entries.push((line, entry)),
            Err(error) => errors.push(Diagnostic::new(
                &file.path,
                line,
                format!("not an entry of `{key}`: {error}"),
                remedy,
            )),
        }
    }
    if errors.is_empty() {
        Ok(entries)
    } else {
        Err(Diagnostics(errors))
    }
}
