//! The dependencies between the workspace's crates point one way, and are those that ARCHITECTURE.md states.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::root;

/// What the crates of the generator may depend on, of this workspace.
const GENERATOR: &[(&str, &[&str])] = &[
    ("binance-wire-codegen", &["binance-wire-model"]),
    (
        "binance-wire-impact",
        &[
            "binance-wire-codegen",
            "binance-wire-model",
            "binance-wire-surface",
        ],
    ),
    ("binance-wire-model", &[]),
    ("binance-wire-surface", &["binance-wire-model"]),
    ("binance-wire-upkeep", &["binance-wire-model"]),
];

/// What a manifest of a folder of crates says.
struct Crate {
    name: String,
    dependencies: BTreeSet<String>,
    /// Those of tests and build scripts too.
    all: BTreeSet<String>,
}

fn manifest(path: &str) -> Crate {
    let text = std::fs::read_to_string(root().join(path).join("Cargo.toml")).expect("a manifest");
    let table: toml::Table = text.parse().expect("TOML");
    let name = table["package"]["name"].as_str().expect("a name").to_owned();
    let mut dependencies = BTreeSet::new();
    let mut all = BTreeSet::new();
    let targets = table.get("target").and_then(toml::Value::as_table);
    let places = std::iter::once(&table).chain(
        targets
            .into_iter()
            .flat_map(|targets| targets.values().filter_map(toml::Value::as_table)),
    );
    for place in places {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (key, value) in place
                .get(kind)
                .and_then(toml::Value::as_table)
                .into_iter()
                .flatten()
            {
                let package = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
                all.insert(package.to_owned());
                if kind == "dependencies" {
                    dependencies.insert(package.to_owned());
                }
            }
        }
    }
    Crate {
        name,
        dependencies,
        all,
    }
}

/// The crates in the folders below `folder`.
fn crates(folder: &str) -> BTreeMap<String, Crate> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root().join(folder)).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.path().join("Cargo.toml").is_file() {
            let one = manifest(&format!("{folder}/{}", entry.file_name().to_string_lossy()));
            found.insert(one.name.clone(), one);
        }
    }
    assert!(!found.is_empty(), "{folder} has no crates");
    found
}

#[test]
fn the_runtime_depends_on_nothing_generated_and_on_no_generator() {
    let others: BTreeSet<String> = ["generated", "generator"]
        .iter()
        .flat_map(|folder| crates(folder).into_keys())
        .collect();
    for (name, krate) in crates("runtime") {
        let wrong: Vec<_> = krate.dependencies.intersection(&others).collect();
        assert!(wrong.is_empty(), "{name} depends on {wrong:?}");
    }
}

#[test]
fn generated_crates_depend_on_no_generator() {
    let generator: BTreeSet<String> = crates("generator").into_keys().collect();
    for (name, krate) in crates("generated") {
        let wrong: Vec<_> = krate.all.intersection(&generator).collect();
        assert!(wrong.is_empty(), "{name} depends on {wrong:?}");
    }
}

#[test]
fn crates_of_the_generator_depend_on_each_other_as_stated_and_on_nothing_else_here() {
    let found: BTreeMap<String, BTreeSet<String>> = crates("generator")
        .into_values()
        .map(|krate| {
            let ours = krate
                .dependencies
                .into_iter()
                .filter(|name| name.starts_with("binance-wire"));
            (krate.name, ours.collect())
        })
        .collect();
    let stated: BTreeMap<String, BTreeSet<String>> = GENERATOR
        .iter()
        .map(|(name, on)| {
            (
                (*name).to_owned(),
                on.iter().map(|name| (*name).to_owned()).collect(),
            )
        })
        .collect();
    assert_eq!(found, stated);
}

#[test]
fn the_model_and_upkeep_print_no_rust() {
    let crates = crates("generator");
    for name in ["binance-wire-model", "binance-wire-upkeep"] {
        // heck splits words of the exchange's names, and knows no language.
        for tool in ["minijinja", "prettyplease", "proc-macro2", "quote", "syn"] {
            assert!(
                !crates[name].dependencies.contains(tool),
                "{name} depends on {tool}"
            );
        }
    }
}

#[test]
fn xtask_works_while_generated_code_is_broken() {
    let outside: BTreeSet<String> = ["generated", "runtime", "tests"]
        .iter()
        .flat_map(|folder| crates(folder).into_keys())
        .collect();
    let wrong: Vec<_> = manifest("xtask").all.intersection(&outside).cloned().collect();
    assert!(wrong.is_empty(), "xtask depends on {wrong:?}");
}

/// Signs that a source names things in Rust: casing, a table of keywords, raw identifiers, or talk of it.
fn signs_of_rust(source: &str) -> Vec<&'static str> {
    const SIGNS: &[&str] = &[
        "Rust",
        "fn snake",
        "fn pascal",
        "fn screaming",
        "PascalCase",
        "is_xid_start",
        "\"r#",
        "\"dyn\"",
        "\"impl\"",
        "\"Self\"",
        "\"self\"",
    ];
    let code = source.lines().filter(|line| !line.contains("rename_all"));
    let code: Vec<&str> = code.collect();
    SIGNS
        .iter()
        .filter(|sign| code.iter().any(|line| line.contains(**sign)))
        .copied()
        .collect()
}

fn sources_below(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_model_names_nothing_in_rust() {
    let mut sources = Vec::new();
    sources_below(&root().join("generator/model/src"), &mut sources);
    assert!(sources.len() > 30, "only {} sources", sources.len());
    for path in sources {
        let signs = signs_of_rust(&std::fs::read_to_string(&path).expect("a source"));
        assert!(signs.is_empty(), "{}: {signs:?}", path.display());
    }
}

#[test]
fn names_in_rust_are_seen() {
    assert_eq!(
        signs_of_rust("pub fn snake(name: &str) -> String {}"),
        ["fn snake"]
    );
    assert_eq!(
        signs_of_rust("const KEYWORDS: &[&str] = &[\"dyn\", \"impl\"];"),
        ["\"dyn\"", "\"impl\""]
    );
    assert!(signs_of_rust("pub struct Message { r#type: String }").is_empty());
    let codegen = std::fs::read_to_string(root().join("generator/codegen/src/names.rs")).expect("a source");
    assert!(!signs_of_rust(&codegen).is_empty());
}
