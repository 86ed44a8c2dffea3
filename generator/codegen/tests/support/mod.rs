//! What tests of generated code share: templates, sources, and `cargo check` of what was rendered.
#![allow(dead_code, unused_imports, reason = "each test uses its part")]

#[path = "../../../model/tests/support/mod.rs"]
mod files;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use binance_wire_codegen::product::{self, Rendered, RenderedShared};
use binance_wire_codegen::render::{GeneratedFile, Renderer};
use binance_wire_codegen::versions::Versions;
use binance_wire_model::diagnostics::Diagnostics;
use binance_wire_model::product::Sources;
use binance_wire_model::source::SourceFile;

pub(crate) use files::{files_below, golden, golden_file, root, shared};

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

/// The templates, read once for all tests of a program.
static TEMPLATES: LazyLock<BTreeMap<String, String>> = LazyLock::new(templates);

/// Renders a product, which must succeed.
pub(crate) fn render(sources: &Sources) -> Rendered {
    try_render(sources).unwrap_or_else(|found| panic!("{found}"))
}

/// Renders a product, unless its specs are wrong.
pub(crate) fn try_render(sources: &Sources) -> Result<Rendered, Diagnostics> {
    let renderer = Renderer::new(&TEMPLATES).expect("templates");
    specs_alone(product::render(sources, &Versions::default(), &renderer))
}

/// Renders a product as `diff` reads it, without layout.
#[allow(dead_code, reason = "not every program of tests reads what is not laid out")]
pub(crate) fn try_render_unformatted(sources: &Sources) -> Result<Rendered, Diagnostics> {
    let renderer = Renderer::unformatted(&TEMPLATES).expect("templates");
    specs_alone(product::render(sources, &Versions::default(), &renderer))
}

/// Renders the leaf crate, which must succeed.
pub(crate) fn render_shared(sources: &Sources) -> RenderedShared {
    try_render_shared(sources).unwrap_or_else(|found| panic!("{found}"))
}

/// Renders the leaf crate, unless its specs are wrong.
pub(crate) fn try_render_shared(sources: &Sources) -> Result<RenderedShared, Diagnostics> {
    let renderer = Renderer::new(&TEMPLATES).expect("templates");
    specs_alone(product::render_shared(sources, &Versions::default(), &renderer))
}

/// What was rendered, or what is wrong with the specs; templates must be right.
fn specs_alone<T>(rendered: Result<T, product::Error>) -> Result<T, Diagnostics> {
    rendered.map_err(|error| match error {
        product::Error::Specs(found) => found,
        product::Error::Templates(error) => panic!("{error:?}"),
    })
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
