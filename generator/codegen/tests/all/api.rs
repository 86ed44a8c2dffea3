//! The API of a deliberately nasty spec: what is emitted for it stands in `tests/nasty`, byte for byte, and is compiled
//! and exercised there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use binance_wire_model::product::Sources;

use crate::support;

fn specs() -> PathBuf {
    support::root().join("generator/codegen/tests/nasty/specs")
}

fn sources() -> Sources {
    support::api_sources("nasty", &specs())
}

/// The files of the crates as they are in the workspace, by folder below `tests`: not for publishing, and the leaf crate
/// under another name than the project's own.
fn rendered() -> [(&'static str, BTreeMap<String, String>); 2] {
    let product = support::render(&sources());
    assert_eq!(product.warnings, [], "our own specs give no warnings");
    let shared = support::render_shared(&support::shared_sources(&specs()));
    assert_eq!(shared.warnings, [], "our own specs give no warnings");
    [("nasty", product.files), ("nasty-shared", shared.files)].map(|(folder, files)| {
        let files = files.into_iter().map(|file| {
            let contents = file
                .contents
                .replace(
                    "readme = \"README.md\"",
                    "readme = \"README.md\"\npublish = false",
                )
                .replace(
                    "name = \"binance-wire-shared\"",
                    "name = \"binance-wire-nasty-shared\"",
                )
                .replace(
                    "path = \"../shared\", ",
                    "package = \"binance-wire-nasty-shared\", path = \"../nasty-shared\", ",
                );
            (file.path, contents)
        });
        (folder, files.collect())
    })
}

#[test]
fn golden_crates() {
    for (krate, files) in rendered() {
        support::golden(&support::root().join("tests").join(krate), &files, |path| {
            path.starts_with("src/") || ["Cargo.toml", "README.md"].contains(&path)
        });
    }
}

#[test]
fn times_have_the_unit_of_the_parameter_unless_the_exchange_takes_any() {
    let line = |sources: &Sources| {
        let files = support::render(sources).files;
        let of_times =
            |file: &&binance_wire_codegen::render::GeneratedFile| file.path == "src/requests/lot.rs";
        let lot = files.iter().find(of_times).expect("the request");
        let line = lot.contents.lines().find(|line| line.contains("\"when\""));
        line.expect("the parameter").trim().to_owned()
    };
    let mut sources = sources();
    assert_eq!(line(&sources), "when: Timestamp = \"when\",");
    for file in &mut sources.openapi {
        file.text = file.text.replace("x-time-units: [ms, us]\n", "");
    }
    assert_eq!(line(&sources), "when: Timestamp = \"when\" as parameter::millis,");
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

#[test]
fn without_published_addresses_the_user_names_one() {
    let mut sources = sources();
    for file in sources
        .openapi
        .iter_mut()
        .filter(|file| file.path == "nasty/rest.yaml")
    {
        let kept = |line: &&str| !line.starts_with("servers:") && !line.contains("x-environment:");
        file.text = file
            .text
            .lines()
            .filter(kept)
            .map(|line| format!("{line}\n"))
            .collect();
    }
    let files = support::render(&sources).files;
    let client = files
        .iter()
        .find(|file| file.path == "src/rest/mod.rs")
        .expect("the client");
    let said = "The exchange publishes no address of this\n    /// product; it hands one out to each partner.\n    pub fn builder_at";
    assert!(client.contents.contains(said), "{}", client.contents);
    // The sandbox alone has it at an address that is known.
    let addresses = files
        .iter()
        .find(|file| file.path == "src/environments.rs")
        .expect("the addresses");
    let (_, rest) = addresses.contents.split_once("pub fn rest(").expect("of REST");
    let rest = rest.split_once("\n}\n").expect("its end").0;
    assert!(rest.contains("Environment::Sandbox => "), "{rest}");
    assert_eq!(rest.matches(" => ").count(), 2, "{rest}");
}

#[test]
fn what_the_transport_does_has_no_method() {
    let files = support::render(&sources()).files;
    let holds = |text: &str, folder: &str| {
        files
            .iter()
            .any(|file| file.path.starts_with(folder) && file.contents.contains(text))
    };
    assert!(holds("pub struct SessionClose", "src/requests/"));
    assert!(!holds("fn session_close", "src/ws_api/"));
}
