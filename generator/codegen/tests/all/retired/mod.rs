//! The list of retired endpoints becomes a table that finds them, and keeps them out of the specs.

/// What is printed of [`LIST`]; `cargo xtask bless` writes it.
#[allow(dead_code, unreachable_pub, reason = "printed for a library")]
mod table;

use std::fs;

use binance_wire_codegen::lower::retired;
use binance_wire_codegen::render::Renderer;
use binance_wire_model::product;
use binance_wire_model::read::retired::read_retired;
use binance_wire_model::source::SourceFile;

use crate::support;

const LIST: &str = "retired:\n\
    - {call: POST /toys/v1/order, product: toys, date: '2020-01-31', replacement: POST /toys/v2/order}\n\
    - {call: GET /toys/v1/order, product: toys, replacement: GET /toys/v2/order}\n\
    - {call: GET /games/v1/all, product: \"games \\\"and\\\" more\", date: '2021-02-03'}\n\
    - {call: DELETE /toys/v1/order, product: toys}\n";

#[test]
fn golden_table() {
    let list = read_retired(&SourceFile::new("shared/retired.yaml", LIST)).expect("a list");
    let templates = support::templates();
    let renderer = Renderer::new(&templates).expect("templates");
    let printed = retired::render(&list, &renderer).expect("a file");
    assert_eq!(printed.path, "src/retired.rs");
    let golden = support::root().join("generator/codegen/tests/all/retired/table.rs");
    support::golden_file(&golden, &printed.contents);
}

#[test]
fn what_is_gone_is_found() {
    let reported = |method, path| table::lookup(method, path).map(ToString::to_string);
    assert_eq!(
        reported("POST", "/toys/v1/order").as_deref(),
        Some("POST /toys/v1/order is retired since 2020-01-31; use POST /toys/v2/order")
    );
    assert_eq!(
        reported("GET", "/games/v1/all").as_deref(),
        Some("GET /games/v1/all is retired since 2021-02-03")
    );
    assert_eq!(
        reported("DELETE", "/toys/v1/order").as_deref(),
        Some("DELETE /toys/v1/order is retired")
    );
    for (method, path) in [
        ("PUT", "/toys/v1/order"),
        ("GET", "/toys/v1/orde"),
        ("GET", ""),
        ("", "/zoo"),
    ] {
        assert_eq!(reported(method, path), None);
    }
    // The search needs the order that the reader gives.
    for entry in table::RETIRED {
        assert_eq!(table::lookup(entry.method, entry.path), Some(entry));
    }
}

#[test]
fn an_operation_that_is_listed_as_gone_is_refused() {
    let mut sources = support::api_sources(
        "nasty",
        &support::root().join("generator/codegen/tests/nasty/specs"),
    );
    let (model, _) = product::read(&sources).expect("a model");
    let operation = model.api.operations.first().expect("an operation");
    let binance_wire_model::api::Call::Rest { method, path } = &operation.call else {
        panic!("{:?}", operation.call)
    };
    sources.retired.push(SourceFile::new(
        "shared/retired.yaml",
        format!("retired:\n- {{call: GET /other, product: nasty}}\n- {{call: '{method} {path}', product: nasty}}\n"),
    ));
    let said = product::read(&sources).expect_err("an error").to_string();
    let place = format!("{}:{}: ", operation.location.file, operation.location.line);
    assert!(said.starts_with(&place), "{said}");
    assert!(
        said.contains(&format!(
            "{method} {path} is listed as retired at shared/retired.yaml:3; take the operation or the entry away"
        )),
        "{said}"
    );
}

#[test]
fn the_projects_list_reads_and_names_nothing_that_facts_have() {
    let text = fs::read_to_string(support::root().join("specs/shared/retired.yaml")).expect("text");
    let list = read_retired(&SourceFile::new("shared/retired.yaml", text)).expect("a list");
    assert!(list.len() > 100, "{}", list.len());
    let Some(facts) = support::shared("facts") else {
        return;
    };
    let mut live = std::collections::BTreeSet::new();
    for (name, text) in support::files_below(&facts) {
        if !name.ends_with(".rest.json") {
            continue;
        }
        let facts: serde_json::Value = serde_json::from_str(&text).expect("facts");
        for operation in facts["operations"].as_array().expect("operations") {
            let part = |key: &str| operation[key].as_str().expect("text").to_owned();
            live.insert(format!("{} {}", part("method"), part("path")));
        }
    }
    assert!(live.len() > 700, "{}", live.len());
    for entry in &list {
        assert!(!live.contains(&entry.key()), "{} is still there", entry.key());
    }
}
