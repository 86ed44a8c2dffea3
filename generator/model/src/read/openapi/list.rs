//! YAML files that are one list of entries, each with its place.

use serde::de::DeserializeOwned;
use serde_yaml::Value;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::read::yaml::Places;
use crate::source::{Place, SourceFile};

/// Reads `<key>: [entry, …]`; `remedy` says what an entry has. Every entry that cannot be read is reported.
pub fn read_list<T: DeserializeOwned>(
    file: &SourceFile,
    key: &str,
    remedy: &str,
) -> Result<Vec<(Place, T)>, Diagnostics> {
    let places = Places::new(&file.text);
    let shape = |place: Place, message: String| {
        Diagnostic::new(&file.path, place, message, format!("write `{key}:` and a list"))
    };
    let Value::Mapping(mut mapping) = file.yaml("valid YAML", "correct the syntax")? else {
        return Err(shape(Place::from(1), format!("not a mapping with `{key}`")).into());
    };
    let list = match mapping.remove(key) {
        Some(Value::Sequence(list)) => list,
        Some(_) => {
            return Err(shape(places.place(&format!("/{key}")), format!("`{key}` is not a list")).into());
        }
        None => return Err(shape(Place::from(1), format!("no `{key}`")).into()),
    };
    if let Some(other) = mapping.keys().next() {
        let name = other.as_str().unwrap_or("?");
        return Err(shape(places.place(&format!("/{name}")), format!("unknown key `{name}`")).into());
    }
    let mut entries = Vec::new();
    let mut errors = Vec::new();
    for (index, entry) in list.into_iter().enumerate() {
        let place = places.place(&format!("/{key}/{index}"));
        match serde_yaml::from_value(entry) {
            Ok(entry) => entries.push((place, entry)),
            Err(error) => errors.push(Diagnostic::new(
                &file.path,
                place,
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
