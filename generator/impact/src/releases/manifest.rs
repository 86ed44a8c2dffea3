//! Edits of manifests. What is not edited stays as it was written, comments and all.

use std::collections::BTreeMap;

use binance_wire_codegen::versions::without_metadata;
use toml_edit::{Array, DocumentMut, Item, TableLike, Value};

use super::{Error, Result, fail};

/// Where a manifest has requirements.
const REQUIREMENTS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

fn parse(manifest: &str) -> Result<DocumentMut> {
    manifest
        .parse()
        .map_err(|error| Error(format!("this is not TOML: {error}")))
}

/// A manifest with its package's version.
///
/// # Errors
/// What is no manifest of a package with a version.
pub fn with_own_version(manifest: &str, version: &str) -> Result<String> {
    let mut document = parse(manifest)?;
    let package = document.get_mut("package").and_then(Item::as_table_mut);
    let Some(own) = package.and_then(|package| package.get_key_value_mut("version")) else {
        return fail("there is no version to be raised");
    };
    let (mut key, own) = own;
    // `version.workspace = true` becomes `version = "…"`.
    key.fmt();
    set(own, version);
    Ok(document.to_string())
}

/// The workspace's manifest with what it requires of its own crates.
///
/// # Errors
/// What is no TOML.
pub fn with_requirements(manifest: &str, versions: &BTreeMap<String, String>) -> Result<String> {
    let mut document = parse(manifest)?;
    each_requirement(document.as_table_mut(), &mut |name, requirement| {
        if let (Some(version), true) = (versions.get(name), requirement.contains_key("path"))
            && let Some(required) = requirement.get_mut("version")
        {
            set(required, without_metadata(version));
        }
    });
    Ok(document.to_string())
}

/// A manifest whose requirements of crates beside it name a registry.
///
/// # Errors
/// What is no TOML.
pub fn with_registry(manifest: &str, registry: &str) -> Result<String> {
    let mut document = parse(manifest)?;
    each_requirement(document.as_table_mut(), &mut |_, requirement| {
        if requirement.contains_key("path") && requirement.contains_key("version") {
            requirement.insert("registry", toml_edit::value(registry));
        }
    });
    Ok(document.to_string())
}

/// A workspace's manifest with other members, and nothing excluded.
///
/// # Errors
/// What is no manifest of a workspace.
pub fn with_members(manifest: &str, members: &[&str]) -> Result<String> {
    let mut document = parse(manifest)?;
    let Some(workspace) = document.get_mut("workspace").and_then(Item::as_table_mut) else {
        return fail("there is no workspace");
    };
    workspace.insert(
        "members",
        toml_edit::value(members.iter().copied().collect::<Array>()),
    );
    workspace.remove("exclude");
    Ok(document.to_string())
}

/// A manifest without what another version alone changes: versions, and the registries of requirements. For comparing; as
/// text it is no manifest any more.
pub(super) fn without_versions(manifest: &str) -> Result<String> {
    let mut document = parse(manifest)?;
    each_requirement(document.as_table_mut(), &mut |_, requirement| {
        if requirement.contains_key("path") {
            requirement.remove("registry");
        }
    });
    let mut table: toml::Table = document
        .to_string()
        .parse()
        .map_err(|error| Error(format!("this is not TOML: {error}")))?;
    table.iter_mut().for_each(|(_, value)| mask(value));
    Ok(format!("{table:?}"))
}

/// Takes versions for `*`, wherever they are.
fn mask(value: &mut toml::Value) {
    match value {
        toml::Value::String(text) if semver::Version::parse(text).is_ok() => "*".clone_into(text),
        toml::Value::Array(values) => values.iter_mut().for_each(mask),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, value)| mask(value)),
        _ => {}
    }
}

/// Calls `edit` with every requirement that is a table, and its name.
fn each_requirement(manifest: &mut dyn TableLike, edit: &mut dyn FnMut(&str, &mut dyn TableLike)) {
    for (key, item) in manifest.iter_mut() {
        let Some(table) = item.as_table_like_mut() else {
            continue;
        };
        match key.get() {
            name if REQUIREMENTS.contains(&name) => {
                for (name, requirement) in table.iter_mut() {
                    if let Some(requirement) = requirement.as_table_like_mut() {
                        edit(name.get(), requirement);
                    }
                }
            }
            "workspace" => each_requirement(table, edit),
            "target" => {
                for (_, item) in table.iter_mut() {
                    if let Some(table) = item.as_table_like_mut() {
                        each_requirement(table, edit);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Puts text in the place of a value, with what surrounds it left as it is.
fn set(item: &mut Item, text: &str) {
    let mut value = Value::from(text);
    if let Some(old) = item.as_value().filter(|old| !old.is_inline_table()) {
        *value.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_edited_in_place() {
        let manifest = "# A.\n[package]\nname = \"a\"\nversion.workspace = true\nedition = \"2024\" # why\n\
                        [dependencies]\nversion = \"1\"\n";
        let raised = with_own_version(manifest, "0.2.0").unwrap();
        assert_eq!(
            raised,
            manifest.replace("version.workspace = true", "version = \"0.2.0\"")
        );
        assert_eq!(with_own_version(&raised, "0.2.0").unwrap(), raised);
        let commented = raised.replace("\"0.2.0\"\n", "\"0.2.0\" # stays\n");
        assert_eq!(
            with_own_version(&commented, "0.3.0").unwrap(),
            commented.replace("0.2.0", "0.3.0")
        );
        for wrong in ["[dependencies]\nversion = \"1\"\n", "[package\n"] {
            assert!(with_own_version(wrong, "0.2.0").is_err());
        }
        let root = "[workspace.dependencies]\n# Ours.\na = { path = \"a\", version = \"0.1.0\", features = [\"x\"] }\n\
                    b = { version = \"1\" }\nc = { path = \"c\" }\nd = \"1\" # theirs\n";
        let versions =
            BTreeMap::from(["a", "b", "c", "d"].map(|name| (name.to_owned(), "0.2.0+x.2026".to_owned())));
        assert_eq!(
            with_requirements(root, &versions).unwrap(),
            root.replace("0.1.0", "0.2.0")
        );
    }

    #[test]
    fn requirements_name_the_registry() {
        let manifest = "# A.\n[workspace]\nmembers = [\"a/*\"]\nexclude = [\"b\"]\n[workspace.dependencies]\n\
                        a = { path = \"a\", version = \"0.1.0\", optional = true }\nb = { path = \"b\" }\n\
                        c = { version = \"1\" }\n[target.'cfg(unix)'.dependencies.d]\npath = \"d\"\nversion = \"1\"\n";
        let staged = with_members(&with_registry(manifest, "r").unwrap(), &["a/x"]).unwrap();
        let read: toml::Table = staged.parse().unwrap();
        let workspace = &read["workspace"];
        assert_eq!(workspace["members"].as_array().unwrap(), &["a/x".into()]);
        assert!(workspace.get("exclude").is_none());
        let required = &workspace["dependencies"];
        assert_eq!(required["a"]["registry"].as_str(), Some("r"));
        assert_eq!(required["a"]["version"].as_str(), Some("0.1.0"));
        assert!(required["b"].get("registry").is_none());
        assert!(required["c"].get("registry").is_none());
        assert_eq!(
            read["target"]["cfg(unix)"]["dependencies"]["d"]["registry"].as_str(),
            Some("r")
        );
        assert!(staged.starts_with("# A.\n[workspace]\n"));
        assert_eq!(
            without_versions(&with_registry(manifest, "r").unwrap()),
            without_versions(&manifest.replace("0.1.0", "0.2.0+a.2026"))
        );
        assert_ne!(
            without_versions(manifest),
            without_versions(&manifest.replace("optional = true", "optional = false"))
        );
    }
}
