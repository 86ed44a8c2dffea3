//! Every published SBE schema, unchanged, becomes a crate that compiles.

mod sbe_support;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use sbe_support::{PUBLISHED, render, root, schema, upstream};

#[test]
fn published_schemas_compile() {
    let Some(upstream) = upstream() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sbe-upstream");
    let source = folder.join("src");
    let _ = fs::remove_dir_all(&source);
    let mut library = String::from("//! Rendered by a test.\n");
    for name in PUBLISHED {
        let module = name.replace('-', "_");
        let schema = schema(&upstream.join(format!("{name}.xml")));
        for file in render(&schema, None, &module, &module) {
            let path = source.join(&file.path);
            fs::create_dir_all(path.parent().expect("a file is in a folder"))
                .expect("scratch can be written");
            fs::write(path, file.contents).expect("scratch can be written");
        }
        writeln!(library, "pub mod {module};").expect("a String takes anything");
    }
    fs::write(source.join("lib.rs"), library).expect("scratch can be written");
    let runtime = root()
        .join("runtime")
        .canonicalize()
        .expect("the workspace is there");
    let manifest = format!(
        "[package]\nname = \"sbe-upstream\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         binance-wire-core = {{ path = {core:?} }}\nbinance-wire-sbe = {{ path = {sbe:?} }}\n\n[workspace]\n",
        core = runtime.join("core"),
        sbe = runtime.join("sbe"),
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("scratch can be written");
    // The versions that the workspace has, so that nothing is fetched.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("the workspace has a lock file");
    let output = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--offline"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTFLAGS", "-D warnings")
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
