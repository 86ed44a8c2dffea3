//! The exchange's own FIX dictionaries go in unchanged, say the same as ours, and come out as code that compiles; so
//! does the golden dictionary.

use std::fs;
use std::path::{Path, PathBuf};

use binance_wire_codegen::lower::fix::{Input, Options, lower, render_fix};
use binance_wire_codegen::render::Renderer;
use binance_wire_model::fix::Dictionary;
use binance_wire_model::read::fix::read_dictionary;
use binance_wire_model::source::SourceFile;

use crate::support;

fn upstream() -> Option<PathBuf> {
    support::shared("upstream/fix")
}

fn dictionary(path: &Path) -> Dictionary {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = SourceFile::new(path.display().to_string(), text);
    read_dictionary(&file).unwrap_or_else(|found| panic!("{found}")).0
}

/// Takes out what differs on purpose: specs/drift.yaml says why. `drift --fix` compares with what it explains.
fn take_out_explained(ours: &mut Dictionary, theirs: &mut Dictionary) {
    const GONE: &str = "LastFragment";
    assert!(!ours.fields.iter().any(|field| field.name == GONE));
    theirs.fields.retain(|field| field.name != GONE);
    for message in &mut theirs.messages {
        message.members.retain(|member| member.name != GONE);
    }
    for field in &mut ours.fields {
        if field.name == "SessionRejectReason" {
            field.values.retain(|value| value.code != "12");
        }
    }
}

#[test]
fn ours_say_the_same_as_upstreams() {
    let Some(folder) = upstream() else { return };
    for name in ["oe", "md"] {
        let mut ours = dictionary(&support::root().join(format!("specs/spot/fix/{name}.xml")));
        let mut theirs = dictionary(&folder.join(format!("spot-fix-{name}.xml")));
        take_out_explained(&mut ours, &mut theirs);
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
        vec![(
            "nasty",
            support::root().join("generator/codegen/tests/golden/fix/nasty.xml"),
        )],
    )];
    if let Some(folder) = upstream() {
        let file = |name: &str| folder.join(format!("spot-fix-{name}.xml"));
        sets.push(("fix", vec![("oe", file("oe")), ("md", file("md"))]));
    }
    let templates = support::templates();
    let renderer = Renderer::new(&templates).expect("templates");
    let mut modules = Vec::new();
    let mut files = Vec::new();
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
        files.extend(render_fix(&lowered, &renderer, &format!("src/{module}")).expect("rendered"));
        modules.push((*module).to_owned());
    }
    let dependencies = ["binance-wire-core", "binance-wire-fix"];
    let denied = "warnings, missing_docs, unreachable_pub";
    support::check_modules("fix_upstream", &modules, files, &dependencies, denied);
}
