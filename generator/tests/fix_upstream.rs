//! The exchange's own FIX dictionaries go in unchanged, say the same as ours, and come out as code that compiles; so
//! does the golden dictionary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use binance_wire_generator::lower::fix::{Input, Options, lower, render_fix};
use binance_wire_generator::model::fix::Dictionary;
use binance_wire_generator::read::fix::read_dictionary;
use binance_wire_generator::render::Renderer;
use binance_wire_generator::source::SourceFile;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn shared() -> Option<PathBuf> {
    let folder =
        std::env::var_os("BINANCE_WIRE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let folder = folder.join("upstream/fix");
    if !folder.is_dir() {
        println!("skipped: {} is absent", folder.display());
        return None;
    }
    Some(folder)
}

fn dictionary(path: &Path) -> Dictionary {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = SourceFile::new(path.display().to_string(), text);
    read_dictionary(&file).unwrap_or_else(|found| panic!("{found}")).0
}

#[test]
fn ours_say_the_same_as_upstreams() {
    let Some(folder) = shared() else { return };
    for name in ["oe", "md"] {
        let ours = dictionary(&root().join(format!("specs/spot/fix/{name}.xml")));
        let theirs = dictionary(&folder.join(format!("spot-fix-{name}.xml")));
        for (left, right) in ours.messages.iter().zip(&theirs.messages) {
            assert_eq!(left, right, "message {} of {name}", right.name);
        }
        for (left, right) in ours.fields.iter().zip(&theirs.fields) {
            assert_eq!(left, right, "field {} of {name}", right.name);
        }
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn emitted_code_compiles() {
    let mut sets: Vec<(&str, Vec<(&str, PathBuf)>)> = vec![(
        "golden",
        vec![("nasty", root().join("generator/tests/golden/fix/nasty.xml"))],
    )];
    if let Some(folder) = shared() {
        let file = |name: &str| folder.join(format!("spot-fix-{name}.xml"));
        sets.push(("fix", vec![("oe", file("oe")), ("md", file("md"))]));
    }
    let mut templates = BTreeMap::new();
    for entry in fs::read_dir(root().join("templates/fix")).expect("templates/fix") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        templates.insert(
            format!("fix/{name}"),
            fs::read_to_string(path).expect("a template"),
        );
    }
    let renderer = Renderer::new(&templates).expect("templates");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fix_upstream");
    let _ = fs::remove_dir_all(out.join("src"));
    let mut modules = String::from("//! Rendered by a test.\n#![deny(warnings)]\n");
    for (module, dictionaries) in &sets {
        let read: Vec<_> = dictionaries.iter().map(|(_, path)| dictionary(path)).collect();
        let inputs: Vec<Input<'_>> = dictionaries
            .iter()
            .zip(&read)
            .map(|((name, path), dictionary)| Input {
                module: (*name).to_owned(),
                doc: format!("The dictionary {name}."),
                file: path.display().to_string(),
                dictionary,
            })
            .collect();
        let lowered = lower(&inputs, &Options::default()).unwrap_or_else(|found| panic!("{found}"));
        for file in render_fix(&lowered, &renderer, &format!("src/{module}")).expect("rendered") {
            let path = out.join(file.path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            fs::write(path, file.contents).expect("a file can be written");
        }
        modules.push_str(&format!("pub mod {module};\n"));
    }
    fs::write(out.join("src/lib.rs"), modules).expect("lib.rs");
    let runtime = root().canonicalize().expect("the workspace").join("runtime");
    let manifest = format!(
        "[package]\nname = \"rendered\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         binance-wire-core = {{ path = {:?} }}\nbinance-wire-fix = {{ path = {:?} }}\n[lints.rust]\n\
         missing_docs = \"warn\"\nunreachable_pub = \"warn\"\n",
        runtime.join("core"),
        runtime.join("fix"),
    );
    fs::write(out.join("Cargo.toml"), manifest).expect("Cargo.toml");
    // The workspace's lock file names everything that is needed, so that no registry is asked.
    fs::copy(root().join("Cargo.lock"), out.join("Cargo.lock")).expect("Cargo.lock");
    let checked = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet"])
        .current_dir(&out)
        .env("CARGO_TARGET_DIR", out.join("target"))
        .output()
        .expect("cargo runs");
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}
