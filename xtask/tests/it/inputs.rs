//! Wrong contents in every kind of file that a command reads: file, line and remedy, and the exit code 1.

use std::fs;

use crate::support::{desk, xtask};

const COLLECTION: &str = r#"{
  "info": {"name": "Convert REST API", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
  "item": []
}
"#;
const DOCUMENT: &str = "openapi: 3.0.3\ninfo:\n  title: Toys\n  version: '1'\npaths: {}\n";
const SCHEMA: &str = r#"<sbe:messageSchema xmlns:sbe="http://fixprotocol.io/2016/sbe"
  package="toys" id="1" version="0" byteOrder="littleEndian">
</sbe:messageSchema>
"#;
const DICTIONARY: &str = "<fix major=\"4\" minor=\"4\">\n  <header/>\n  <messages/>\n</fix>\n";
const LIFECYCLE: &str = "{\n  \"prod\": [],\n  \"testnet\": []\n}\n";
const HISTORY: &str =
    "schemaId: 3\nfaults:\n  - kind: block-changed\n    version: 1\n    place: Toy\n    note: why\n";
const ITEMS: &str =
    "[\n  {\"krate\": \"binance_wire_convert\", \"kind\": \"type\", \"path\": \"rest::Client\"}\n]\n";
const SAMPLES: &str = "{\n  \"a\": 1\n}\n";

/// A file, and a command that reads it.
struct Input {
    path: &'static str,
    /// Something right, so that what is reported is the edit.
    text: &'static str,
    command: &'static [&'static str],
}

const INPUTS: [Input; 16] = [
    Input {
        path: "specs/convert/rest.yaml",
        text: desk::SPEC,
        command: &["regenerate", "--specs", "@specs", "--out", "@out"],
    },
    Input {
        path: "specs/convert/rest.yaml",
        text: desk::SPEC,
        // Files that are the same on both sides are not read.
        command: &["diff", "@specs", "@new"],
    },
    Input {
        path: "specs/convert/rest.yaml",
        text: desk::SPEC,
        command: &["coverage", "--no-samples", "--specs", "@specs"],
    },
    Input {
        path: "specs/convert/sbe/history.yaml",
        text: HISTORY,
        command: &["regenerate", "--specs", "@specs", "--out", "@out"],
    },
    Input {
        path: "specs/drift.yaml",
        text: "explained:\n  - kind: extra-product\n    product: toys\n    reason: gone\n",
        command: &["drift", "--specs", "@specs", "--postman", "@postman"],
    },
    Input {
        path: "decisions.yaml",
        text: "severity:\n  field-removed: error\n",
        command: &["diff", "@specs", "@specs", "--config", "@decisions.yaml"],
    },
    Input {
        path: "postman/Convert.json",
        text: COLLECTION,
        command: &["drift", "--specs", "@specs", "--postman", "@postman"],
    },
    Input {
        path: "postman/Convert.json",
        text: COLLECTION,
        command: &["import", "--specs", "@specs", "postman", "@postman"],
    },
    Input {
        path: "openapi.yaml",
        text: DOCUMENT,
        command: &["import", "--specs", "@specs", "openapi", "@openapi.yaml"],
    },
    Input {
        path: "toys.xml",
        text: SCHEMA,
        command: &["import", "--specs", "@specs", "sbe", "@toys.xml"],
    },
    Input {
        path: "fix.xml",
        text: DICTIONARY,
        command: &["drift", "--specs", "@specs", "--fix", "@fix.xml"],
    },
    Input {
        path: "sbe/life.json",
        text: LIFECYCLE,
        command: &["drift", "--specs", "@specs", "--sbe", "@sbe"],
    },
    Input {
        path: "items.json",
        text: ITEMS,
        command: &["uses", "@desk", "--items", "@items.json", "--generated", "@out"],
    },
    Input {
        path: "findings.json",
        text: "[\n]\n",
        command: &["announcements", "@log.md", "--findings", "@findings.json"],
    },
    Input {
        path: "sample.json",
        text: SAMPLES,
        command: &["import", "--specs", "@specs", "response", "toy", "@sample.json"],
    },
    Input {
        path: "facts/convert.rest.json",
        text: "{\n  \"product\": \"convert\",\n  \"transport\": \"rest\"\n}\n",
        command: &["coverage", "--specs", "@specs", "--facts", "@facts"],
    },
];

/// Runs an input's command on other contents of its file.
#[track_caller]
fn refused(input: &Input, contents: &[u8], line: usize, expected: &[&str]) {
    let tree = desk::small(&[]);
    tree.write("postman/Convert.json", COLLECTION);
    tree.write("log.md", "# Change Log\n\n## 2026-07-01\n");
    tree.write(input.path, "");
    fs::write(tree.path(input.path), contents).expect("a file can be written");
    let command: Vec<String> = input
        .command
        .iter()
        .map(|word| match word.strip_prefix('@') {
            Some(path) => tree.text(path),
            None => (*word).to_owned(),
        })
        .collect();
    let mut command: Vec<&str> = command.iter().map(String::as_str).collect();
    let here = tree.text("");
    if command.first() == Some(&"diff") {
        command.extend(["--repository", &here]);
    }
    let name = input.path.rsplit('/').next().unwrap_or_default();
    let place = format!("{name}:{line}");
    xtask(&command).expect(1, &[], &[&[place.as_str()], expected].concat());
}

#[test]
fn bytes_that_are_not_utf_8_are_reported_with_their_line() {
    for input in &INPUTS {
        let lines = input.text.lines().count();
        let contents = [input.text.as_bytes(), b"\xff\n"].concat();
        refused(
            input,
            &contents,
            lines + 1,
            &["is not UTF-8", "save the file as UTF-8"],
        );
    }
}

#[test]
fn a_byte_order_mark_is_reported_where_the_format_has_none() {
    for input in &INPUTS {
        if input.path.ends_with(".xml") {
            continue;
        }
        let contents = format!("\u{feff}{}", input.text);
        let expected = ["begins with a byte order mark", "save it as UTF-8 without one"];
        refused(input, contents.as_bytes(), 1, &expected);
    }
}

#[test]
fn tabs_in_yaml_are_reported() {
    for input in &INPUTS {
        if !input.path.ends_with(".yaml") {
            continue;
        }
        let at = input.text.find("\n  ").expect("something indented");
        let contents = input.text.replacen("\n  ", "\n\t", 1);
        let line = input.text.get(..=at).unwrap_or_default().lines().count() + 1;
        refused(input, contents.as_bytes(), line, &["a tab", "write spaces"]);
    }
}

#[test]
fn json_and_yaml_that_end_too_early_are_reported() {
    for input in &INPUTS {
        let contents = match input.path.rsplit('.').next() {
            Some("yaml") => format!("{}]\n", input.text),
            // Lifecycles are published with damaged JSON, and read entry by entry.
            Some("json") if !input.path.ends_with("life.json") => {
                input.text.trim_end_matches(['}', ']', '\n']).to_owned()
            }
            _ => continue,
        };
        let line = contents.lines().count();
        refused(input, contents.as_bytes(), line, &[]);
    }
}

#[test]
fn rust_that_cannot_be_read_is_reported_and_the_rest_is_searched() {
    let tree = desk::small(&[]);
    let desk = tree.text("desk");
    tree.write("items.json", ITEMS);
    let items = tree.text("items.json");
    let uses = || xtask(&["uses", &desk, "--items", &items]);
    fs::write(
        tree.path("desk/src/bytes.rs"),
        b"fn one() {}\n// \xff\nfn two( {\xff}\n",
    )
    .expect("a file");
    uses().expect(
        1,
        &["2 uses"],
        &["src/bytes.rs:3: the file cannot be parsed: the line is not UTF-8; save the file as UTF-8"],
    );
    tree.write("desk/src/bytes.rs", "fn one( {\n");
    uses().expect(
        1,
        &["2 uses"],
        &["src/bytes.rs:1: the file cannot be parsed:", "; correct it;"],
    );
    tree.write("desk/src/bytes.rs", "\u{feff}fn one() {\n\t\n}\n");
    uses().expect(0, &["2 uses"], &[]);
}

#[test]
fn all_collections_with_mistakes_are_reported_at_once() {
    let tree = desk::small(&[]);
    tree.write("postman/One.json", "{\n");
    tree.write("postman/Two.json", "[]");
    let (specs, postman) = (tree.text("specs"), tree.text("postman"));
    xtask(&["drift", "--specs", &specs, "--postman", &postman]).expect(
        1,
        &[],
        &[
            "error: One.json:2: not JSON",
            "error: Two.json:1: not a Postman collection",
        ],
    );
}
