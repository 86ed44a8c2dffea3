//! What the tests of the generator share: folders, templates, sources, and `cargo check` of what was rendered.
#![allow(dead_code, reason = "each test uses its part")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use binance_wire_generator::product::{self, Rendered, RenderedShared, Sources};
use binance_wire_generator::render::{GeneratedFile, Renderer};
use binance_wire_generator::source::SourceFile;

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// A folder or file of the material beside the checkout; `None`, and a line that says so, where it is absent.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("BINANCE_WIRE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let found = folder.join(path);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: {} is absent", found.display());
    None
}

/// Every file below a folder, by its path relative to it, in order.
pub(crate) fn files_below(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![String::new()];
    while let Some(relative) = waiting.pop() {
        let Ok(entries) = fs::read_dir(folder.join(&relative)) else {
            continue;
        };
        for entry in entries {
            let entry = entry.expect("an entry");
            let path = format!("{relative}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                waiting.push(path + "/");
            } else {
                found.insert(path, fs::read_to_string(entry.path()).expect("text"));
            }
        }
    }
    found
}

/// The project's templates.
pub(crate) fn templates() -> BTreeMap<String, String> {
    files_below(&root().join("templates"))
}

/// The OpenAPI documents and error codes of a specs folder, as those of `product`.
pub(crate) fn api_sources(product: &str, specs: &Path) -> Sources {
    let mut sources = Sources {
        product: product.to_owned(),
        ..Sources::default()
    };
    for (path, text) in files_below(specs) {
        let file = SourceFile::new(path, text);
        if file.path.ends_with("error-codes.yaml") {
            sources.error_codes.push(file);
        } else if file.path.ends_with("retired.yaml") {
            sources.retired.push(file);
        } else {
            sources.openapi.push(file);
        }
    }
    sources
}

/// Those of them that several products share.
pub(crate) fn shared_sources(specs: &Path) -> Sources {
    let mut sources = api_sources("shared", specs);
    sources.openapi.retain(|file| file.path.starts_with("shared/"));
    sources
}

/// Renders a product, which must succeed.
pub(crate) fn render(sources: &Sources) -> Rendered {
    let templates = templates();
    let renderer = Renderer::new(&templates).expect("templates");
    match product::render(sources, &renderer) {
        Ok(rendered) => rendered,
        Err(product::Error::Specs(found)) => panic!("{found}"),
        Err(product::Error::Templates(error)) => panic!("{error:?}"),
    }
}

/// Renders the leaf crate, which must succeed.
pub(crate) fn render_shared(sources: &Sources) -> RenderedShared {
    let templates = templates();
    let renderer = Renderer::new(&templates).expect("templates");
    match product::render_shared(sources, &renderer) {
        Ok(rendered) => rendered,
        Err(product::Error::Specs(found)) => panic!("{found}"),
        Err(product::Error::Templates(error)) => panic!("{error:?}"),
    }
}

/// Holds what was rendered against a folder of golden files, by path below it; `BLESS=1` writes them.
pub(crate) fn hold_golden(folder: &Path, rendered: &BTreeMap<String, String>) {
    if std::env::var_os("BLESS").is_some() {
        let _ = fs::remove_dir_all(folder);
        for (path, contents) in rendered {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            fs::write(path, contents).expect("a file can be written");
        }
    }
    let kept = files_below(folder);
    let paths: BTreeSet<&String> = rendered.keys().chain(kept.keys()).collect();
    let differing: Vec<_> = paths
        .into_iter()
        .filter(|path| rendered.get(*path) != kept.get(*path))
        .collect();
    assert!(
        differing.is_empty(),
        "{} differs in {differing:?}; if that is meant, run `cargo xtask bless` and read the diff",
        folder.display()
    );
}

/// Writes a rendered crate into a workspace of its own, named `name`, and checks it with `arguments`. The lock file is
/// the project's, so that no registry is asked.
pub(crate) fn cargo_check(name: &str, files: &[GeneratedFile], arguments: &[&str]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let member = folder.join("crate");
    let _ = fs::remove_dir_all(&member);
    for file in files {
        let path = member.join(&file.path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, &file.contents).expect("a file can be written");
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace's manifest");
    let (_, tables) = manifest
        .split_once("[workspace.package]")
        .expect("a package table");
    let runtime = root().canonicalize().expect("the workspace");
    let tables = tables.replace("path = \"", &format!("path = \"{}/", runtime.display()));
    let manifest =
        format!("[workspace]\nresolver = \"3\"\nmembers = [\"crate\"]\n\n[workspace.package]{tables}");
    fs::write(folder.join("Cargo.toml"), manifest).expect("Cargo.toml");
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("Cargo.lock");
    let checked = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet"])
        .args(arguments)
        .current_dir(&folder)
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("scratch"),
        )
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}

/// Modules that were rendered into `src/`, as a crate that depends on some of the workspace's crates and is checked with
/// these lints denied.
pub(crate) fn check_modules(
    name: &str,
    modules: &[String],
    mut files: Vec<GeneratedFile>,
    dependencies: &[&str],
    denied: &str,
) {
    let mut manifest = String::from(
        "[package]\nname = \"rendered\"\nversion = \"0.0.0\"\nedition.workspace = true\n\n[dependencies]\n",
    );
    for dependency in dependencies {
        manifest += &format!("{dependency}.workspace = true\n");
    }
    let mut library = format!("//! Rendered by a test.\n#![deny({denied})]\n");
    for module in modules {
        library += &format!("pub mod {module};\n");
    }
    for (path, contents) in [("Cargo.toml", manifest), ("src/lib.rs", library)] {
        files.push(GeneratedFile {
            path: path.to_owned(),
            contents,
        });
    }
    cargo_check(name, &files, &[]);
}
