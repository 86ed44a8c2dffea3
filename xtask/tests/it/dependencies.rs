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
    (
        "binance-wire-upkeep",
        &["binance-wire-impact", "binance-wire-model"],
    ),
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
fn the_engine_of_the_sandbox_depends_on_nothing_here_and_does_no_io() {
    let engine = manifest("tools/sandbox-engine");
    let outside =
        |name: &&String| name.starts_with("binance-wire") || ["tokio", "serde_json"].contains(&name.as_str());
    let wrong: Vec<_> = engine.dependencies.iter().filter(outside).collect();
    assert!(wrong.is_empty(), "it depends on {wrong:?}");
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
    let outside: BTreeSet<String> = ["generated", "runtime", "tests", "tools"]
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

/// Where the name of a transport is a literal, and why.
const NAMES_OF_TRANSPORTS: &[&str] = &[
    // The modules of generated crates.
    "generator/codegen/src/lower/api/addresses.rs",
    // A word in the exchange's prose.
    "generator/impact/src/announcements/mentions.rs",
    // The schema of reports, for others.
    "generator/impact/src/diff/report/json.rs",
    // The names.
    "generator/model/src/api/operations.rs",
    // Sections of `request!`.
    "generator/surface/src/surface/request.rs",
    // The rows of the coverage table, which are more than transports.
    "xtask/src/coverage/table.rs",
];

#[test]
fn transports_are_values_and_named_in_one_place() {
    let mut sources = Vec::new();
    for folder in ["codegen", "impact", "model", "surface", "upkeep"] {
        sources_below(&root().join(format!("generator/{folder}/src")), &mut sources);
    }
    sources_below(&root().join("xtask/src"), &mut sources);
    let mut found: Vec<String> = sources
        .iter()
        .filter(|path| {
            let text = std::fs::read_to_string(path).expect("a source");
            let names = ["\"ws-api\"", "\"ws_api\"", "\"ws-streams\"", "\"ws_streams\""];
            names.iter().any(|name| text.contains(name))
        })
        .map(|path| {
            let below = path.strip_prefix(root()).expect("below the root");
            below.to_string_lossy().replace('\\', "/")
        })
        .collect();
    found.sort();
    assert_eq!(found, NAMES_OF_TRANSPORTS);
}

/// What a source names of the world outside, tests aside.
fn signs_of_the_world(source: &str) -> Vec<&'static str> {
    const SIGNS: &[&str] = &[
        "std::fs",
        "std::process",
        "std::net",
        "std::env::",
        "env::var",
        "tempfile",
    ];
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or(source);
    SIGNS
        .iter()
        .filter(|sign| code.contains(**sign))
        .copied()
        .collect()
}

#[test]
fn what_reads_and_compares_has_no_disk_no_processes_and_no_network() {
    let mut sources = Vec::new();
    // What codegen quotes is run by users, and may read files.
    for name in ["impact", "model", "surface", "upkeep"] {
        sources_below(&root().join("generator").join(name).join("src"), &mut sources);
    }
    assert!(sources.len() > 100, "only {} sources", sources.len());
    for path in sources.iter().filter(|path| !path.ends_with("tests.rs")) {
        let signs = signs_of_the_world(&std::fs::read_to_string(path).expect("a source"));
        assert!(signs.is_empty(), "{}: {signs:?}", path.display());
    }
    let own = std::fs::read_to_string(root().join("xtask/src/tree.rs")).expect("a source");
    assert!(!signs_of_the_world(&own).is_empty());
}

/// What a source of xtask decides that is for the generator to decide: verdicts, versions, Rust and its layout.
fn signs_of_planning(source: &str) -> Vec<&'static str> {
    const SIGNS: &[&str] = &[
        "Verdict",
        // The library, and not the tool that has it in its name.
        "semver::",
        "ChangeKind",
        "RustItemKind",
        "Aspect::",
        "Sense::",
    ];
    SIGNS
        .iter()
        .filter(|sign| source.contains(**sign))
        .copied()
        .collect()
}

#[test]
fn xtask_plans_nothing() {
    let mut sources = Vec::new();
    sources_below(&root().join("xtask/src"), &mut sources);
    assert!(sources.len() > 30, "only {} sources", sources.len());
    for path in sources {
        let signs = signs_of_planning(&std::fs::read_to_string(&path).expect("a source"));
        assert!(signs.is_empty(), "{}: {signs:?}", path.display());
    }
    let all = manifest("xtask").dependencies;
    for tool in [
        "minijinja",
        "prettyplease",
        "proc-macro2",
        "quote",
        "semver",
        "syn",
    ] {
        assert!(!all.contains(tool), "xtask depends on {tool}");
    }
    let plan = root().join("generator/impact/src/releases/plan.rs");
    let plan = std::fs::read_to_string(plan).expect("a source");
    assert_eq!(signs_of_planning(&plan), ["Verdict", "semver::"]);
}
