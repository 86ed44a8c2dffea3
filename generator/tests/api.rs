//! The API of a deliberately nasty spec: what is emitted for it stands in `tests/nasty`, byte for byte, and is compiled
//! and exercised there.

mod support;

use std::collections::BTreeMap;
use std::fs;

use binance_wire_generator::product::Sources;

fn sources() -> Sources {
    support::api_sources("nasty", &support::root().join("generator/tests/nasty/specs"))
}

/// The crate, as it stands in the workspace: without a page of its own, and not for publishing.
fn rendered() -> BTreeMap<String, String> {
    let rendered = support::render(&sources());
    assert_eq!(rendered.warnings, [], "our own specs give no warnings");
    rendered
        .files
        .into_iter()
        .filter(|file| file.path != "README.md")
        .map(|file| {
            (
                file.path,
                file.contents.replace("readme = \"README.md\"", "publish = false"),
            )
        })
        .collect()
}

#[test]
fn emitted_code_is_as_expected() {
    let folder = support::root().join("tests/nasty");
    let expected = rendered();
    let mut found = support::files_below(&folder);
    found.retain(|path, _| path.starts_with("src/") || path == "Cargo.toml");
    if std::env::var_os("BLESS").is_some() {
        for path in found.keys().filter(|path| !expected.contains_key(*path)) {
            fs::remove_file(folder.join(path)).expect("a stale file can be removed");
        }
        for (path, contents) in &expected {
            if found.get(path) != Some(contents) {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
                fs::write(path, contents).expect("a file can be written");
            }
        }
        return;
    }
    let differing: Vec<&String> = expected
        .keys()
        .chain(found.keys().filter(|path| !expected.contains_key(*path)))
        .filter(|path| expected.get(*path) != found.get(*path))
        .collect();
    assert!(
        differing.is_empty(),
        "tests/nasty differs in {differing:?}; if that is meant, run `BLESS=1 cargo test -p binance-wire-generator \
         --test api` and read the diff"
    );
}

#[test]
fn times_have_the_unit_of_the_parameter_unless_the_exchange_takes_any() {
    let line = |sources: &Sources| {
        let files = support::render(sources).files;
        let of_times =
            |file: &&binance_wire_generator::render::GeneratedFile| file.path == "src/requests/lot.rs";
        let lot = files.iter().find(of_times).expect("the request");
        let line = lot.contents.lines().find(|line| line.contains("\"when\""));
        line.expect("the parameter").trim().to_owned()
    };
    let mut sources = sources();
    assert_eq!(line(&sources), "sink.timestamp(\"when\", *value);");
    for file in &mut sources.openapi {
        file.text = file.text.replace("x-time-units: [ms, us]\n", "");
    }
    assert_eq!(line(&sources), "sink.integer(\"when\", value.as_millis());");
}

#[test]
fn the_same_specs_give_the_same_bytes() {
    let first = support::render(&sources()).files;
    let again = support::render(&sources()).files;
    assert!(first == again, "rendering twice gives different bytes");
    let mut turned = sources();
    turned.openapi.reverse();
    turned.error_codes.reverse();
    assert!(
        first == support::render(&turned).files,
        "the order of the files shows in the output"
    );
}
