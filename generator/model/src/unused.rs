//! Shared types that no product refers to. They are in no crate, and no difference of them is reported.

use std::collections::BTreeSet;

use serde_yaml::Value;

use crate::diagnostics::Warning;
use crate::source::SourceFile;

/// What a reference to a type has between the file and the type's name.
const SCHEMAS: &str = "#/components/schemas/";

/// Warns of each type of the shared files that none of the products' files refers to, directly or by way of other shared types.
/// A file that is no YAML has no types here; its reader reports it.
pub fn unused_shared_types<'f>(
    shared: &[SourceFile],
    products: impl IntoIterator<Item = &'f SourceFile>,
) -> Vec<Warning> {
    let mut waiting: Vec<(String, String)> = Vec::new();
    for file in products {
        let found = references(&file.text, "");
        waiting.extend(found.into_iter().filter_map(|(file, name)| {
            let (_, file) = file.rsplit_once("shared/")?;
            Some((file.to_owned(), name))
        }));
    }
    let types: Vec<(&SourceFile, &str, String, String)> = shared
        .iter()
        .flat_map(|file| {
            let base = file.path.rsplit('/').next().unwrap_or(&file.path);
            let types = schemas(file).into_iter();
            types.map(move |(name, text)| (file, base, name, text))
        })
        .collect();
    let mut used = BTreeSet::new();
    while let Some(one) = waiting.pop() {
        if !used.insert(one.clone()) {
            continue;
        }
        let of_it = types
            .iter()
            .filter(|(_, base, name, _)| *base == one.0 && *name == one.1);
        waiting.extend(of_it.flat_map(|(_, base, _, text)| references(text, base)));
    }
    types
        .iter()
        .filter(|(_, base, name, _)| !used.contains(&((*base).to_owned(), name.clone())))
        .map(|(file, _, name, _)| {
            let declared = format!("    {name}:");
            let line = file.text.lines().position(|line| line.starts_with(&declared));
            Warning::new(
                file.path.as_str(),
                line.map_or(0, |line| line + 1),
                format!("no product refers to the shared type `{name}`, so it is in no crate; remove it, or refer to it"),
            )
        })
        .collect()
}

/// The types of a document, each with its text.
fn schemas(file: &SourceFile) -> Vec<(String, String)> {
    let document: Option<Value> = serde_yaml::from_str(&file.text).ok();
    let types = document
        .as_ref()
        .and_then(|document| document.get("components")?.get("schemas")?.as_mapping());
    let types = types.into_iter().flatten();
    types
        .filter_map(|(name, schema)| Some((name.as_str()?.to_owned(), serde_yaml::to_string(schema).ok()?)))
        .collect()
}

/// The types that a text refers to, each with the file as it is written there, or else `own`.
fn references(text: &str, own: &str) -> Vec<(String, String)> {
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.match_indices(SCHEMAS)
        .map(|(at, _)| {
            let before = text.get(..at).unwrap_or_default();
            let file = before
                .rsplit(|c: char| c.is_whitespace() || matches!(c, '\'' | '"'))
                .next()
                .unwrap_or_default();
            let after = text.get(at + SCHEMAS.len()..).unwrap_or_default();
            let name = after.split(|c| !part_of_name(c)).next().unwrap_or_default();
            let file = if file.is_empty() { own } else { file };
            (file.to_owned(), name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_nothing_leads_to_is_named_with_its_line() {
        let shared = SourceFile::new(
            "shared/objects.yaml",
            "components:\n  schemas:\n    Used:\n      properties: {a: {$ref: '#/components/schemas/Inner'}}\n    Inner:\n      \
             properties: {b: {$ref: 'enums.yaml#/components/schemas/Side'}}\n    Lost:\n      properties: {a: {$ref: \
             '#/components/schemas/AlsoLost'}}\n    AlsoLost: {type: string}\n",
        );
        let enums = SourceFile::new(
            "shared/enums.yaml",
            "components:\n  schemas:\n    Side: {type: string}\n    SideOfMore: {type: string}\n",
        );
        let product = SourceFile::new(
            "toys/rest.yaml",
            "schema: {$ref: '../shared/objects.yaml#/components/schemas/Used'}\nother: {$ref: '#/components/schemas/Lost'}\n",
        );
        let found: Vec<String> = unused_shared_types(&[shared, enums], [&product])
            .iter()
            .map(|warning| format!("{}:{} {}", warning.file, warning.line, warning.message))
            .collect();
        let named: Vec<&str> = found
            .iter()
            .filter_map(|line| line.split(" so it").next())
            .collect();
        assert_eq!(
            named,
            [
                "shared/objects.yaml:7 no product refers to the shared type `Lost`,",
                "shared/objects.yaml:9 no product refers to the shared type `AlsoLost`,",
                "shared/enums.yaml:4 no product refers to the shared type `SideOfMore`,",
            ]
        );
    }
}
