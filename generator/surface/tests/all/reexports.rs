//! Every type of the runtime that the public surface of a generated crate names is re-exported by that crate, so that
//! its users need no crate of the runtime; and the facade passes on every feature of every product.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use binance_wire_model::source::GeneratedFile;
use binance_wire_surface::surface::{Surface, extract};

/// The crates of the runtime, by their names in Rust.
const RUNTIME: [&str; 8] = [
    "binance_wire_books",
    "binance_wire_core",
    "binance_wire_fix",
    "binance_wire_rest",
    "binance_wire_sbe",
    "binance_wire_server",
    "binance_wire_signing",
    "binance_wire_websocket",
];

fn root() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = folder.ancestors().find(|folder| folder.join("specs").is_dir());
    workspace.expect("a workspace with specs").to_owned()
}

/// The manifest and the sources of a crate.
fn files(folder: &Path) -> Vec<GeneratedFile> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.join("Cargo.toml"), folder.join("src")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder");
            waiting.extend(entries.map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let name = path.strip_prefix(folder).expect("a file of the crate");
        files.push(GeneratedFile {
            path: name.to_str().expect("UTF-8").replace('\\', "/"),
            contents: std::fs::read_to_string(&path).expect("a text"),
        });
    }
    files.sort();
    files
}

/// The paths into the runtime that a text has.
fn runtime_paths(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
        .map(|path| path.trim_start_matches(':').trim_end_matches(':'))
        .filter(|path| {
            RUNTIME
                .iter()
                .any(|name| path.strip_prefix(name).is_some_and(|rest| rest.starts_with("::")))
        })
}

/// The types of the runtime that a surface names and that no path of it leads to. A re-export counts for the item, and
/// for what is below it.
fn unreachable(surface: &Surface) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let mut exported = BTreeSet::new();
    for (key, item) in &surface.items {
        let found = if key.starts_with("use ") {
            &mut exported
        } else {
            &mut named
        };
        found.extend(runtime_paths(&item.line.text).map(str::to_owned));
        for (member, line) in &item.members {
            named.extend(
                runtime_paths(member)
                    .chain(runtime_paths(&line.text))
                    .map(str::to_owned),
            );
        }
    }
    named.retain(|path| {
        let mut path = path.as_str();
        loop {
            if exported.contains(path) {
                return false;
            }
            match path.rsplit_once("::") {
                Some((above, _)) => path = above,
                None => return true,
            }
        }
    });
    named
}

/// The surface of a crate of one file.
pub(crate) fn surface_of(lib: &str) -> Surface {
    let file = |path: &str, contents: &str| GeneratedFile {
        path: path.to_owned(),
        contents: contents.to_owned(),
    };
    extract(&[
        file("Cargo.toml", "[package]\nname = \"x\"\n"),
        file("src/lib.rs", lib),
    ])
    .expect("Rust")
}

/// The surfaces of the generated crates that are for users, by their folders. The leaf crate is not: its types are
/// reached by the products, which re-export what it shows.
pub(crate) fn surfaces() -> &'static BTreeMap<String, Surface> {
    static SURFACES: OnceLock<BTreeMap<String, Surface>> = OnceLock::new();
    SURFACES.get_or_init(|| {
        let mut surfaces = BTreeMap::new();
        for entry in std::fs::read_dir(root().join("generated")).expect("generated crates") {
            let folder = entry.expect("an entry").path();
            let name = folder.file_name().and_then(|name| name.to_str());
            let name = name.expect("a name").to_owned();
            if name != "shared" && folder.join("src").is_dir() {
                let surface = extract(&files(&folder)).expect("the generated code parses");
                surfaces.insert(name, surface);
            }
        }
        assert!(surfaces.len() > 30, "{} crates", surfaces.len());
        surfaces
    })
}

#[test]
fn a_type_without_a_re_export_is_found() {
    let lib = "use binance_wire_core::{Text, json};\npub struct A { pub a: Vec<json::Entries<Text>> }\n\
               impl A { pub fn b(&self) -> &binance_wire_rest::Client { &self.0 } }\n";
    let names: Vec<String> = unreachable(&surface_of(lib)).into_iter().collect();
    assert_eq!(
        names,
        [
            "binance_wire_core::Text",
            "binance_wire_core::json::Entries",
            "binance_wire_rest::Client"
        ]
    );
    let with = format!(
        "{lib}pub use binance_wire_core::{{Text as Word, json}};\npub use binance_wire_rest::Client;\n"
    )
    .replace(
        "use binance_wire_core::{Text, json};\npub struct",
        "use binance_wire_core::Text;\npub struct",
    );
    assert_eq!(unreachable(&surface_of(&with)), BTreeSet::new());
}

#[test]
fn what_a_signature_shows_is_re_exported() {
    let mut missing = BTreeMap::new();
    for (name, surface) in surfaces() {
        let names = unreachable(surface);
        if !names.is_empty() {
            missing.insert(name, names);
        }
    }
    assert_eq!(
        missing,
        BTreeMap::new(),
        "templates/api/lib.rs.j2 and its neighbours re-export what users see"
    );
}

#[test]
fn the_facade_passes_on_every_feature() {
    let generated = root().join("generated");
    let features = |folder: &str| -> BTreeMap<String, Vec<String>> {
        let text = std::fs::read_to_string(generated.join(folder).join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = text.parse().expect("TOML");
        let features = manifest
            .get("features")
            .cloned()
            .unwrap_or(toml::Table::new().into());
        features.try_into().expect("features are lists of texts")
    };
    let facade = features("binance-wire");
    let mut missing = BTreeSet::new();
    let products = facade["all-products"].clone();
    for product in &products {
        for feature in features(product)
            .into_keys()
            .filter(|feature| feature != "default")
        {
            let passed = format!("binance-wire-{product}?/{feature}");
            if !facade
                .get(&feature)
                .is_some_and(|enables| enables.contains(&passed))
            {
                missing.insert(passed);
            }
        }
    }
    assert!(products.len() > 30, "{} products", products.len());
    assert_eq!(
        missing,
        BTreeSet::new(),
        "generator/codegen/src/lower/facade.rs lists what the facade passes on"
    );
}
