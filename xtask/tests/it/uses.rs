//! `cargo xtask uses` and `cargo xtask announcements` from end to end: the binary on folders of its own.

use crate::support::Tree;

const MANIFEST: &str = "[package]\nname = \"toy\"\n[dependencies]\nbinance-wire-convert = \"0.1\"\n";
const ITEMS: &str = r#"[
    {"krate": "binance_wire_convert", "kind": "method", "owner": "rest::Client", "name": "send_quote_request"},
    {"krate": "binance_wire_convert", "kind": "type", "path": "rest::Client"},
    {"krate": "binance_wire_convert", "kind": "type", "path": "rest::Nothing"}
]"#;
const MAIN: &str = "use binance_wire_convert::rest::Client;\n\nfn main() {}\n\nfn quote(c: &Client) {\n    \
                    c.send_quote_request(\"BTC\", \"USDT\");\n}\n";

#[test]
fn uses_are_printed_with_their_places() {
    let tree = Tree::new();
    tree.write("toy/Cargo.toml", MANIFEST);
    tree.write("toy/src/main.rs", MAIN);
    // Neither is searched.
    tree.write("toy/target/debug/build/out.rs", "fn broken( {");
    tree.write("toy/.cache/out.rs", "fn broken( {");
    tree.write("items.json", ITEMS);
    tree.run(&["uses", &tree.text("toy"), "--items", &tree.text("items.json")])
        .expect(
            0,
            &[
                "src/main.rs:1:33: names binance_wire_convert::rest::Client",
                "src/main.rs:6:7: calls binance_wire_convert::rest::Client::send_quote_request\n    c.send_quote_request(",
                "3 uses, and 0 that may be one",
                "note: binance_wire_convert::rest::Nothing is not in the crates",
            ],
            &[],
        );
    tree.run(&[
        "uses",
        &tree.text("toy"),
        "--items",
        &tree.text("items.json"),
        "--json",
    ])
    .expect(
        0,
        &["\"certainty\": \"certain\"", "\"line\": 6", "\"how\": \"calls\""],
        &[],
    );
}

#[test]
fn a_file_that_does_not_parse_is_a_finding() {
    let tree = Tree::new();
    tree.write("toy/Cargo.toml", MANIFEST);
    tree.write("toy/src/main.rs", MAIN);
    tree.write("toy/examples/broken.rs", "fn fine() {}\n\nfn broken( {\n");
    tree.write("items.json", ITEMS);
    tree.run(&["uses", &tree.text("toy"), "--items", &tree.text("items.json")])
        .expect(1, &["3 uses"], &["examples/broken.rs:3"]);
}

#[test]
fn what_is_no_project_cannot_be_searched() {
    let tree = Tree::new();
    tree.write("items.json", ITEMS);
    tree.write("empty/src/main.rs", MAIN);
    let items = tree.text("items.json");
    tree.run(&["uses", &tree.text("empty"), "--items", &items])
        .expect(101, &[], &["has no Cargo.toml"]);
    tree.write("broken/Cargo.toml", "[package]\nname = \n");
    tree.run(&["uses", &tree.text("broken"), "--items", &items])
        .expect(1, &[], &["Cargo.toml:2"]);
    tree.write("other/Cargo.toml", "[package]\nname = \"other\"\n");
    tree.run(&["uses", &tree.text("other"), "--items", &items])
        .expect(1, &[], &["depends on binance-wire"]);
    tree.write("toy/Cargo.toml", MANIFEST);
    tree.write("bad.json", "[{\"krate\": 1}]");
    tree.run(&["uses", &tree.text("toy"), "--items", &tree.text("bad.json")])
        .expect(1, &[], &["bad.json:1: not a list of items"]);
}

#[test]
fn change_logs_are_read_and_related() {
    let tree = Tree::new();
    tree.write(
        "log.md",
        "## 2026-04-14\n- New endpoint `GET /sapi/v1/convert/new` from 2026-05-01\n- New endpoint `GET \
         /sapi/v1/convert/other`\n## 2026-02-30\n- New endpoint `GET /sapi/v1/convert/lost`\n",
    );
    tree.write(
        "findings.json",
        r#"[{"product": "convert", "kind": "added", "method": "GET", "name": "/sapi/v1/convert/other"},
            {"product": "convert", "kind": "removed", "method": "POST", "name": "/sapi/v1/convert/gone"}]"#,
    );
    tree.run(&["announcements", &tree.text("log.md")]).expect(
        1,
        &["GET /sapi/v1/convert/new Added, from 2026-05-01", "2 mentions"],
        &["log.md:4", "2026-02-30"],
    );
    tree.run(&[
        "announcements",
        &tree.text("log.md"),
        "--findings",
        &tree.text("findings.json"),
    ])
    .expect(
        1,
        &[
            "In both: 1",
            "In the specs only: 1\n  convert: POST /sapi/v1/convert/gone Removed",
            "In the logs only: 1",
            "(holds from 2026-05-01)",
        ],
        &[],
    );
    tree.write("notes.md", "Release 2\n- things\n");
    tree.run(&["announcements", &tree.text("notes.md")])
        .expect(1, &["0 mentions"], &["no dated section"]);
    tree.run(&["announcements", &tree.text("absent.md")])
        .expect(101, &[], &["absent.md cannot be read"]);
}

#[test]
fn announcements_are_printed_for_programs() {
    let tree = Tree::new();
    tree.write(
        "log.md",
        "## 2026-05-20\n- New endpoint `GET /sapi/v1/convert/toy`\n- New package `@toys/core`\n",
    );
    let run = tree.run(&["announcements", &tree.text("log.md"), "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    let [one] = listed.as_array().expect("a list").as_slice() else {
        panic!("{listed}")
    };
    assert_eq!(one["date"], "2026-05-20");
    assert_eq!(
        (&one["method"], &one["name"]),
        (&"GET".into(), &"/sapi/v1/convert/toy".into())
    );
    assert_eq!(
        (&one["kind"], &one["product"]),
        (&"added".into(), &"convert".into())
    );
}
