//! What `cargo xtask regenerate` says of wrong specs.

use std::fs;

use crate::support::{Run, Tree, desk, root, xtask};

/// The small product with edits.
fn wrong(edits: &[(&str, &str)]) -> Tree {
    let tree = Tree::new();
    let mut text = desk::SPEC.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    tree.write("specs/convert/rest.yaml", &text);
    tree
}

fn regenerate(tree: &Tree, more: &[&str]) -> Run {
    let (specs, out) = (tree.text("specs"), tree.text("generated"));
    xtask(&[&["regenerate", "--specs", &specs, "--out", &out][..], more].concat())
}

#[track_caller]
fn says(edits: &[(&str, &str)], expected: &[&str]) {
    regenerate(&wrong(edits), &[]).expect(1, &[], expected);
}

#[test]
fn a_mistake_is_shown_in_its_line() {
    let tree = wrong(&[("x-weight: 5", "x-wieght: 5")]);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["regenerate", "--specs", "specs", "--out", "generated"])
        .env("CARGO_MANIFEST_DIR", root().join("xtask"))
        .current_dir(tree.path(""))
        .output()
        .expect("it runs");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: unknown extension `x-wieght`\n  --> specs/convert/rest.yaml:14:7\n   |\n\
         14 |       x-wieght: 5\n   |       ^^^^^^^^\n   |\n   \
         = help: did you mean `x-weight`? specs/README.md lists the vocabulary\n\nnothing was written\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn all_mistakes_are_shown_at_once() {
    says(
        &[
            ("x-weight: 5", "x-wieght: 5"),
            ("x-security: NONE", "x-security: TRADES"),
            ("{type: integer, format: int32", "{type: integr, format: int32"),
            ("required: true", "required: yes"),
            ("required: [id]", "required: [id, prize]"),
            ("#/components/schemas/Toy", "#/components/schemas/Toi"),
        ],
        &[
            "unknown extension `x-wieght`",
            "unknown security type `TRADES`",
            "did you mean `TRADE`?",
            "unknown type `integr`",
            "did you mean `integer`?",
            "`yes` is a text",
            "write `true` or `false`",
            "`prize` is required but not among the properties",
            "did you mean `price`?",
            "Toi",
            "6 mistakes in specs",
            "nothing was written",
        ],
    );
}

#[test]
fn each_part_that_is_not_openapi_is_named() {
    says(
        &[
            ("limit, in: query,", "limit, in: nowhere,"),
            ("summary: Shops", "summary: [Shops]"),
            ("x-weight: 5", "x-wieght: 5"),
        ],
        &[
            "rest.yaml:14:",
            "rest.yaml:17:",
            "rest.yaml:21:",
            "3 mistakes in specs",
        ],
    );
}

#[test]
fn remedies_are_in_words() {
    says(
        &[("      summary", "\tsummary")],
        &["a tab", "write spaces", "rest.yaml:11:"],
    );
    says(
        &[("{name: shop, in", "{name: shop,\tin")],
        &["a tab", "write spaces"],
    );
    says(
        &[("openapi: 3.0.3", "\u{feff}openapi: 3.0.3")],
        &["byte order mark", "save it as UTF-8 without one"],
    );
    says(
        &[("type: integer, format: int32", "type: integer, format: int65")],
        &[
            "unknown format `int65`",
            "did you mean `int64`? use int64 or int32",
        ],
    );
    let tree = wrong(&[]);
    let mut bytes = desk::SPEC.as_bytes().to_vec();
    bytes.extend(b"# \xff\n");
    fs::write(tree.path("specs/convert/rest.yaml"), bytes).expect("a file can be written");
    let lines = desk::SPEC.lines().count();
    regenerate(&tree, &[]).expect(
        1,
        &[],
        &[
            "is not UTF-8",
            "save the file as UTF-8",
            &format!("rest.yaml:{}", lines + 1),
        ],
    );
}

#[test]
fn products_have_neighbours() {
    let tree = wrong(&[]);
    regenerate(&tree, &["--product", "covnert"]).expect(1, &[], &["did you mean `convert`?"]);
    let specs = tree.text("specs");
    xtask(&["diff", &specs, &specs, "--product", "covnert"]).expect(1, &[], &["did you mean `convert`?"]);
}

#[test]
fn machines_read_the_same() {
    let tree = wrong(&[
        ("x-weight: 5", "x-wieght: 5"),
        ("x-security: NONE", "x-security: TRADES"),
    ]);
    let reported = regenerate(&tree, &["--format", "json"]);
    assert_eq!(reported.code, Some(1), "{}", reported.err);
    let printed: serde_json::Value = serde_json::from_str(&reported.out).expect("JSON");
    let first = &printed["diagnostics"][0];
    assert_eq!(first["level"], "error");
    assert_eq!((&first["line"], &first["column"]), (&13.into(), &19.into()));
    assert_eq!(first["message"], "unknown security type `TRADES`");
    assert!(first["remedy"].as_str().expect("a text").contains("`TRADE`"));
    let file = first["file"].as_str().expect("a text");
    assert!(file.ends_with("specs/convert/rest.yaml"), "{file}");
    assert_eq!(printed["diagnostics"].as_array().map(Vec::len), Some(2));

    regenerate(&tree, &["--format", "github"]).expect(
        1,
        &[
            "::error file=",
            "rest.yaml,line=14,col=7::unknown extension `x-wieght`; did you mean",
        ],
        &["nothing was written"],
    );

    // The column is the reader's where no word of the message is in the line, and of XML too.
    let tree = wrong(&[]);
    tree.write(
        "specs/convert/sbe/convert.xml",
        "<sbe:messageSchema package=\"a\" id=\"1\" version=\"0\">\n  <types>\n    \
         <é type=\"é\" name=\"é\"/>\n  </types>\n</sbe:messageSchema>\n",
    );
    let reported = regenerate(&tree, &["--format", "json"]);
    let printed: serde_json::Value = serde_json::from_str(&reported.out).expect("JSON");
    let list = printed["diagnostics"].as_array().expect("a list");
    let element = |entry: &&serde_json::Value| entry["message"] == "unknown element <é> in <types>";
    let found = list.iter().find(element).expect("the element");
    assert_eq!((&found["line"], &found["column"]), (&3.into(), &5.into()));
    let github = regenerate(&tree, &["--format", "github"]);
    assert!(
        github.out.contains("convert.xml,line=3,col=5::"),
        "{}",
        github.out
    );

    // All is well, and JSON is all that standard output has.
    let reported = regenerate(&wrong(&[]), &["--format", "json"]);
    assert_eq!(reported.code, Some(0), "{}", reported.err);
    let printed: serde_json::Value = serde_json::from_str(&reported.out).expect("JSON");
    assert_eq!(printed["diagnostics"], serde_json::json!([]));
}

#[test]
fn the_schema_for_editors_is_what_the_reader_accepts() {
    let specs = root().join("specs").display().to_string();
    xtask(&["schema", "--check", "--specs", &specs]).expect(0, &[], &[]);
    let tree = Tree::new();
    let own = tree.text("");
    xtask(&["schema", "--check", "--specs", &own]).expect(1, &["missing: "], &[]);
    xtask(&["schema", "--specs", &own]).expect(0, &["written"], &[]);
    xtask(&["schema", "--check", "--specs", &own]).expect(0, &[], &[]);
}
