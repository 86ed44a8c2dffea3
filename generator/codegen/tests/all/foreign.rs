//! Dictionaries and schemas of other projects, where a folder of them is at hand: each is refused with a line, or becomes code
//! that compiles. `--nocapture` prints which.

use std::fs;
use std::path::{Path, PathBuf};

use binance_wire_codegen::lower::{fix, sbe};
use binance_wire_codegen::render::{GeneratedFile, Renderer};
use binance_wire_model::diagnostics::Diagnostics;
use binance_wire_model::read::fix::read_dictionary;
use binance_wire_model::read::sbe::read_schema;
use binance_wire_model::source::SourceFile;

use crate::support;

/// The files of a folder, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let Some(folder) = support::shared(&format!("upstream/foreign/{folder}")) else {
        return Vec::new();
    };
    let entries = fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "xml"));
    files.sort();
    files
}

fn source(path: &Path) -> SourceFile {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    SourceFile::new(name.unwrap_or_default(), text)
}

/// Renders each file into a module of its own, and checks the crate; returns how many were refused.
fn all(
    name: &str,
    folder: &str,
    dependency: &str,
    render: impl Fn(&SourceFile, &str) -> Result<Vec<GeneratedFile>, Diagnostics>,
) -> Option<(usize, usize)> {
    let (mut modules, mut written, mut refused) = (Vec::new(), Vec::new(), 0);
    for path in files(folder) {
        let source = source(&path);
        let stem: String = source.path.trim_end_matches(".xml").to_lowercase();
        let module = format!("m_{}", stem.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        match render(&source, &module) {
            Ok(files) => {
                println!("compiled {}", source.path);
                written.extend(files);
                modules.push(module);
            }
            Err(found) => {
                refused += 1;
                let first = found.0.first().expect("a refusal says why");
                assert!(first.line > 0, "{first}");
                println!("refused  {first}");
            }
        }
    }
    if modules.is_empty() {
        return None;
    }
    support::check_modules(
        name,
        &modules,
        written,
        &["binance-wire-core", dependency],
        "warnings",
    );
    Some((modules.len(), refused))
}

#[test]
fn schemas_compile_or_are_refused_with_a_line() {
    let templates = support::templates();
    let renderer = Renderer::new(&templates).expect("templates");
    let counts = all("foreign-sbe", "sbe", "binance-wire-sbe", |source, module| {
        let (schema, _) = read_schema(source)?;
        let options = sbe::Options {
            name: module.to_owned(),
            history: None,
        };
        let lowered = sbe::lower(&schema, &options)?;
        Ok(sbe::render_sbe(&lowered, &renderer, &format!("src/{module}")).expect("rendered"))
    });
    println!("schemas compiled, refused: {counts:?}");
}

#[test]
fn dictionaries_compile_or_are_refused_with_a_line() {
    let templates = support::templates();
    let renderer = Renderer::new(&templates).expect("templates");
    let counts = all("foreign-fix", "fix", "binance-wire-fix", |source, module| {
        let (dictionary, _) = read_dictionary(source)?;
        let input = fix::Input {
            module: "own".to_owned(),
            doc: "A dictionary.".to_owned(),
            file: source.path.clone(),
            dictionary: &dictionary,
        };
        let lowered = fix::lower(&[input], &fix::Options::default())?;
        Ok(fix::render_fix(&lowered, &renderer, &format!("src/{module}")).expect("rendered"))
    });
    println!("dictionaries compiled, refused: {counts:?}");
}
