//! Writes the generated Spot models in two forms, as packages to compile and to measure: with the emitted `impl`s that
//! they have, and with serde's derives in their place. Same types, same fields, same members on the wire.
//!
//! Usage: `bench-derive OUT`, where OUT is a folder for the packages; `derive.sh` does it all. It reads the models
//! beside it in the repository, and writes below OUT and nowhere else.

mod model;
mod render;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use model::Model;

fn main() -> ExitCode {
    let Some(out) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: bench-derive OUT");
        return ExitCode::FAILURE;
    };
    match write_packages(&out) {
        Ok(types) => {
            println!("{types} types in both forms in {}", out.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write_packages(out: &Path) -> io::Result<usize> {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let root = bench.join("..").canonicalize()?;
    let models = |product: &str| read_folder(&root.join(format!("generated/{product}/src/models")));
    let model = Model::read(&models("spot")?).map_err(io::Error::other)?;

    let core = format!(
        "binance-wire-core = {{ path = {:?} }}\n",
        root.join("runtime/core")
    );
    let serde = "serde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\n";
    let package = |name: &str, dependencies: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
        )
    };
    let write = |path: &str, text: &str| -> io::Result<()> {
        let path = out.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)
    };

    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"models-*\"]\n",
    )?;
    fs::copy(bench.join("Cargo.lock"), out.join("Cargo.lock"))?;
    write("models-emitted/Cargo.toml", &package("models-emitted", &core))?;
    write("models-emitted/src/lib.rs", &render::emitted(&model))?;
    for (name, calls) in [("models-derived", true), ("models-derived-uncalled", false)] {
        write(
            &format!("{name}/Cargo.toml"),
            &package(name, &format!("{core}{serde}")),
        )?;
        write(&format!("{name}/src/lib.rs"), &render::derived(&model, calls))?;
        write(
            &format!("{name}/src/values.rs"),
            include_str!("../scaffold/values.rs"),
        )?;
    }
    let harness = format!("harness = {{ path = {:?} }}\n", bench.join("harness"));
    let forms = "models-derived = { path = \"../models-derived\" }\nmodels-emitted = { path = \"../models-emitted\" }\n";
    write(
        "models-speed/Cargo.toml",
        &package(
            "models-speed",
            &format!("{core}{harness}{forms}serde_json = \"1\"\n"),
        ),
    )?;
    write("models-speed/src/main.rs", include_str!("../scaffold/speed.rs"))?;
    Ok(model.types.len())
}

/// The Rust files of a folder, by name.
fn read_folder(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".rs") {
            files.push((name, fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(files)
}
