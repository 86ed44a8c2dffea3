//! `cargo xtask regenerate` from end to end: the binary on folders of its own.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Deref;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::support::{self, Run, root, xtask};

const SPEC: &str = "openapi: 3.0.3\ninfo: {title: Small, version: '1'}\nx-product: small\nx-transport: rest\n\
                    servers:\n  - {url: 'https://small.example', x-environment: production}\npaths:\n  /ping:\n    get:\n\
                    \x20     operationId: ping\n      tags: [General]\n      x-security: NONE\n      responses:\n\
                    \x20       '200': {description: Nothing}\n";

/// A specs folder with one product, and a folder for crates.
struct Tree(support::Tree);

impl Deref for Tree {
    type Target = support::Tree;

    fn deref(&self) -> &support::Tree {
        &self.0
    }
}

impl Tree {
    fn new() -> Self {
        let tree = support::Tree::new();
        tree.write("specs/small/rest.yaml", SPEC);
        Self(tree)
    }

    /// Runs the command on the two folders.
    fn run(&self, arguments: &[&str]) -> Run {
        let (specs, out) = (self.text("specs"), self.text("out"));
        let folders = ["regenerate", "--specs", &specs, "--out", &out];
        xtask(&[&folders, arguments].concat())
    }

    /// Every file of the crates, with contents and time of change.
    fn files(&self) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
        let mut found = BTreeMap::new();
        let mut waiting = vec![self.path("out")];
        while let Some(folder) = waiting.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries {
                let entry = entry.expect("an entry");
                if entry.path().is_dir() {
                    waiting.push(entry.path());
                } else {
                    let changed = entry.metadata().and_then(|m| m.modified()).expect("a time");
                    found.insert(entry.path(), (fs::read(entry.path()).expect("a file"), changed));
                }
            }
        }
        found
    }
}

#[test]
fn the_first_run_writes_and_the_second_does_not() {
    let tree = Tree::new();
    tree.run(&[]).expect(
        0,
        &["small: ", " 0 unchanged, 0 removed (1 REST operation; "],
        &[],
    );
    let first = tree.files();
    assert!(
        first
            .keys()
            .any(|path| path.ends_with("small/src/requests/ping.rs"))
    );
    tree.run(&[]).expect(0, &["small: 0 files written"], &[]);
    let quiet = tree.run(&["--quiet"]);
    assert_eq!(
        (quiet.code, quiet.out.as_str(), quiet.err.as_str()),
        (Some(0), "", "")
    );
    assert!(first == tree.files(), "a second run touched a file");
    tree.run(&["--check"])
        .expect(0, &["0 stale, 0 missing, 0 orphaned"], &[]);
    assert!(first == tree.files(), "--check touched a file");
}

#[test]
fn a_check_lists_what_differs_and_how_to_mend_it() {
    let tree = Tree::new();
    tree.run(&["--check"]).expect(
        1,
        &["missing: ", "Cargo.toml", "run `cargo xtask regenerate --specs "],
        &[],
    );
    assert!(tree.files().is_empty(), "--check wrote something");
    tree.run(&[]).expect(0, &[], &[]);
    tree.write("out/small/src/lib.rs", "// edited by hand\n");
    tree.write("out/small/src/left/over/from.rs", "");
    fs::remove_file(tree.path("out/small/README.md")).expect("it is there");
    let before = tree.files();
    tree.run(&["--check", "--product", "small"]).expect(
        1,
        &[
            &format!("stale: {}", tree.path("out/small/src/lib.rs").display()),
            &format!("missing: {}", tree.path("out/small/README.md").display()),
            &format!(
                "orphaned: {}",
                tree.path("out/small/src/left/over/from.rs").display()
            ),
            "1 stale, 1 missing, 1 orphaned",
            "run `cargo xtask regenerate --product small --specs ",
        ],
        &[],
    );
    assert!(before == tree.files(), "--check touched a file");
    tree.run(&[])
        .expect(0, &["small: 2 files written", "1 removed"], &[]);
    assert!(
        !tree.path("out/small/src/left").exists(),
        "an empty folder is left"
    );
    tree.run(&["--check"]).expect(0, &[], &[]);
}

#[test]
fn a_file_may_stand_where_a_folder_is_to_be() {
    let tree = Tree::new();
    tree.write("out/small/src/requests", "in the way");
    tree.write("out/small/src/lib.rs/left.rs", "in the way");
    tree.run(&[]).expect(0, &["2 removed"], &[]);
    tree.run(&["--check"]).expect(0, &[], &[]);
}

#[test]
fn a_wrong_spec_is_reported_and_nothing_is_written() {
    let tree = Tree::new();
    tree.run(&[]).expect(0, &[], &[]);
    let before = tree.files();
    tree.write(
        "specs/small/rest.yaml",
        &SPEC.replace("operationId: ping", "operationId: pong\n      x-wieght: 2"),
    );
    // A product that is right is not written either.
    tree.write(
        "specs/other/rest.yaml",
        &SPEC.replace("x-product: small", "x-product: other"),
    );
    for arguments in [&[][..], &["--check"]] {
        tree.run(arguments).expect(
            1,
            &[],
            &[
                "error: unknown extension `x-wieght`",
                "specs/small/rest.yaml:11:7",
                "did you mean `x-weight`",
                "nothing was written",
            ],
        );
        assert!(before == tree.files(), "something was written");
    }
}

#[test]
fn a_change_of_a_spec_changes_what_it_names_alone() {
    let tree = Tree::new();
    tree.run(&[]).expect(0, &[], &[]);
    tree.write(
        "specs/small/rest.yaml",
        &SPEC.replace("x-security: NONE", "x-security: NONE\n      x-weight: 7"),
    );
    tree.run(&["--check"])
        .expect(1, &["requests/ping.rs", "2 stale, 0 missing, 0 orphaned"], &[]);
    tree.run(&[]).expect(0, &["small: 2 files written"], &[]);
}

#[test]
fn a_crate_whose_product_is_gone_goes_too() {
    let tree = Tree::new();
    tree.write(
        "specs/other-one/rest.yaml",
        &SPEC.replace("x-product: small", "x-product: other-one"),
    );
    tree.run(&[]).expect(0, &["2 products regenerated"], &[]);
    assert!(tree.path("out/other-one/Cargo.toml").is_file());
    // What nobody generated is nobody's business.
    tree.write("out/by-hand/Cargo.toml", "[package]\n");
    fs::remove_dir_all(tree.path("specs/other-one")).expect("it is there");
    tree.run(&["--check"])
        .expect(1, &["orphaned: ", "other-one"], &[]);
    tree.run(&["--check", "--product", "small"]).expect(0, &[], &[]);
    tree.run(&[]).expect(0, &["no longer has specs"], &[]);
    assert!(!tree.path("out/other-one").exists() && tree.path("out/by-hand/Cargo.toml").is_file());
    tree.run(&["--check"]).expect(0, &[], &[]);
}

#[test]
fn usage_is_reported_and_exits_with_1() {
    let tree = Tree::new();
    tree.run(&["--product", "samll"])
        .expect(1, &[], &["no product `samll`", "there are: small"]);
    tree.run(&["--chekc"]).expect(1, &[], &["--check"]);
    xtask(&[]).expect(1, &[], &["Usage"]);
    for arguments in [&["--help"][..], &["regenerate", "--help"]] {
        xtask(arguments).expect(0, &["Usage"], &[]);
    }
    // What a command says at length is not hidden by the line that the list of commands has.
    for (command, sentence) in [
        ("regenerate", "A second run writes nothing"),
        ("sources", "their date"),
        ("coverage", "Exit codes: "),
        ("drift", "Exit codes: "),
        ("diff", "OLD and NEW are each one of:"),
        ("uses", "Exit codes: "),
        ("announcements", "Exit codes: "),
        ("import", "Exit codes: "),
        ("version", "Cargo's rules: "),
        ("publish", "The registry is the only state"),
    ] {
        xtask(&[command, "--help"]).expect(0, &[sentence], &[]);
    }
}

#[test]
fn what_cannot_run_exits_with_101() {
    let tree = Tree::new();
    fs::remove_dir_all(tree.path("specs/small")).expect("it is there");
    tree.run(&[]).expect(101, &[], &["holds no product"]);
    tree.write("specs/Bad Name/rest.yaml", SPEC);
    tree.run(&[]).expect(101, &[], &["Bad Name", "names no product"]);
    fs::remove_dir_all(tree.path("specs")).expect("it is there");
    tree.run(&[]).expect(101, &[], &["specs cannot be read"]);
    // A file that is no text is a mistake in specs as others are.
    let tree = Tree::new();
    fs::write(tree.path("specs/small/ws-api.yaml"), [0xff, 0xfe]).expect("a file can be written");
    tree.run(&[]).expect(
        1,
        &[],
        &["ws-api.yaml:1", "byte 0 is not UTF-8", "save the file as UTF-8"],
    );
    // A file where the crates' folder should be.
    let tree = Tree::new();
    tree.write("out", "in the way");
    tree.run(&[]).expect(101, &[], &["out"]);
    assert_eq!(
        fs::read_to_string(tree.path("out")).expect("it is there"),
        "in the way"
    );
}

#[test]
fn files_that_are_no_specs_are_left_out_and_named() {
    let tree = Tree::new();
    tree.write("specs/small/ws-api.yml", "x");
    tree.write(
        "specs/small/examples/rest.jsonl",
        r#"{"product":"small","transport":"rest","key":"GET /x","payload":{}}"#,
    );
    tree.write("specs/.hidden/rest.yaml", "x");
    tree.write("specs/README.md", "x");
    let reported = tree.run(&[]);
    assert!(!reported.err.contains("examples"), "{}", reported.err);
    reported.expect(
        0,
        &["1 product regenerated"],
        &["small/ws-api.yml is not a spec by its name"],
    );
}

/// A shared value set and a family of error codes, and a product that refers to both.
fn share(tree: &Tree) {
    tree.write(
        "specs/shared/enums.yaml",
        "openapi: 3.0.3\ninfo: {title: Shared, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n\
         \x20   Side: {type: string, x-extensible-enum: [BUY, SELL]}\n",
    );
    tree.write(
        "specs/shared/error-codes.yaml",
        "families: {toys: Toys}\ncodes:\n  - {code: -1, name: BROKEN, families: [toys]}\n",
    );
    let user = SPEC.replace("x-product: small", "x-product: user\nx-error-codes: [toys]").replace(
        "x-security: NONE",
        "x-security: NONE\n      parameters:\n        - {name: side, in: query, schema: {$ref: '../shared/enums.yaml#/components/schemas/Side'}}",
    );
    tree.write("specs/user/rest.yaml", &user);
}

#[test]
fn the_leaf_crate_and_the_facade_are_kept_like_products() {
    let tree = Tree::new();
    share(&tree);
    tree.run(&["--check"])
        .expect(1, &["out/shared/Cargo.toml", "out/binance-wire/Cargo.toml"], &[]);
    tree.run(&[])
        .expect(0, &["(1 error code; ", "(the facade of 2 products; "], &[]);
    let facade = fs::read_to_string(tree.path("out/binance-wire/Cargo.toml")).expect("a facade");
    assert!(
        facade.contains("small = [\"dep:binance-wire-small\"]"),
        "{facade}"
    );
    assert!(!facade.contains("websocket"), "no product has it:\n{facade}");
    assert!(
        facade.contains("binance-wire-shared = { path = \"../shared\""),
        "{facade}"
    );
    let facade = fs::read_to_string(tree.path("out/binance-wire/src/lib.rs")).expect("a facade");
    assert!(
        facade.contains("pub use binance_wire_shared::retired;"),
        "{facade}"
    );
    let user = fs::read_to_string(tree.path("out/user/Cargo.toml")).expect("a crate");
    assert!(
        user.contains("binance-wire-shared = { path = \"../shared\""),
        "{user}"
    );
    let small = fs::read_to_string(tree.path("out/small/Cargo.toml")).expect("a crate");
    assert!(!small.contains("shared"), "{small}");
    tree.run(&["--check"]).expect(0, &[], &[]);
    // A change of a shared type changes the products that refer to it, and not the leaf crate.
    let text = fs::read_to_string(tree.path("specs/shared/enums.yaml")).expect("a spec");
    tree.write("specs/shared/enums.yaml", &text.replace("SELL]", "SELL, HOLD]"));
    tree.run(&["--check"]).expect(
        1,
        &[
            "stale: ",
            "out/user/src/models/enums.rs",
            "shared: 0 stale",
            "small: 0 stale",
            "user: 1 stale",
        ],
        &[],
    );
    // The leaf crate goes with a product that stands on it.
    let text = fs::read_to_string(tree.path("specs/shared/error-codes.yaml")).expect("a spec");
    tree.write(
        "specs/shared/error-codes.yaml",
        &text.replace("BROKEN", "CRACKED"),
    );
    tree.run(&["--check", "--product", "small"]).expect(0, &[], &[]);
    tree.run(&["--check", "--product", "user"])
        .expect(1, &["shared: 1 stale"], &[]);
    tree.run(&["--product", "user"])
        .expect(0, &["shared: 1 file written"], &[]);
    tree.run(&["--check"]).expect(0, &[], &[]);
    // What is edited by hand is stale there too.
    tree.write("out/binance-wire/src/lib.rs", "// edited by hand\n");
    tree.write("out/shared/src/left.rs", "");
    tree.run(&["--check"]).expect(
        1,
        &["binance-wire: 1 stale", "shared: 0 stale, 0 missing, 1 orphaned"],
        &[],
    );
    tree.run(&[]).expect(0, &[], &[]);
    // Nothing shared any more: the crate of it goes.
    fs::remove_dir_all(tree.path("specs/shared")).expect("it is there");
    fs::remove_dir_all(tree.path("specs/user")).expect("it is there");
    tree.run(&["--check"]).expect(
        1,
        &[
            "orphaned: ",
            "out/shared/Cargo.toml",
            "out/user/Cargo.toml",
            "binance-wire: 4 stale",
        ],
        &[],
    );
    tree.run(&[]).expect(0, &["no longer has specs"], &[]);
    assert!(!tree.path("out/shared").exists() && !tree.path("out/user").exists());
    tree.run(&["--check"]).expect(0, &[], &[]);
}

#[test]
fn a_product_rendered_alone_leaves_the_facade_and_says_so() {
    let tree = Tree::new();
    tree.run(&[]).expect(0, &[], &[]);
    tree.write(
        "specs/other/rest.yaml",
        &SPEC.replace("x-product: small", "x-product: other"),
    );
    tree.run(&["--product", "other"]).expect(
        0,
        &["1 product regenerated", "the facade does not have other so far"],
        &[],
    );
    tree.run(&["--check", "--product", "other"]).expect(0, &[], &[]);
    tree.run(&["--check"])
        .expect(1, &["binance-wire: 4 stale", "other: 0 stale"], &[]);
    tree.run(&[]).expect(0, &["binance-wire: 4 files written"], &[]);
    let reported = tree.run(&["--product", "other"]);
    assert!(!reported.out.contains("so far"), "{}", reported.out);
}

#[test]
fn a_fault_in_a_shared_file_is_reported_once() {
    let tree = Tree::new();
    share(&tree);
    let text = fs::read_to_string(tree.path("specs/shared/enums.yaml")).expect("a spec");
    tree.write("specs/shared/enums.yaml", &text.replace("SELL]", "BUY]"));
    let reported = tree.run(&[]);
    let line = "error: the value `BUY` is listed twice";
    assert!(
        reported.err.contains("specs/shared/enums.yaml:6:"),
        "{}",
        reported.err
    );
    assert_eq!(reported.err.matches(line).count(), 1, "{}", reported.err);
    reported.expect(1, &[], &["nothing was written"]);
    assert!(tree.files().is_empty(), "something was written");
}

#[test]
fn a_product_has_what_its_specs_have_and_nothing_else() {
    let tree = Tree::new();
    fs::remove_dir_all(tree.path("specs/small")).expect("it is there");
    tree.write(
        "specs/two-words/ws-streams.yaml",
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\nx-product: two-words\nx-transport: ws-streams\n\
         x-sdk-name: other_words\nservers:\n  - {url: 'wss://t.example', x-environment: production}\npaths:\n\
         \x20 /{symbol}@tick:\n    get:\n      operationId: tick\n      tags: [S]\n      parameters:\n\
         \x20       - {name: symbol, in: path, required: true, x-lower-case: true, schema: {type: string}}\n      responses:\n\
         \x20       '200': {description: The answer, content: {application/json: {schema: {$ref: '#/components/schemas/Tick'}}}}\ncomponents:\n  schemas:\n\
         \x20   Tick: {type: object, required: [p], properties: {p: {type: string, format: decimal, x-name: price}}}\n",
    );
    tree.run(&[])
        .expect(0, &["two-words: ", "(1 stream, 1 type; "], &[]);
    for absent in [
        "call.rs",
        "error_codes.rs",
        "models/enums.rs",
        "requests",
        "rest",
        "ws_api",
    ] {
        let path = tree.path("out/two-words/src").join(absent);
        assert!(!path.exists(), "{}", path.display());
    }
    let read = |path: &str| fs::read_to_string(tree.path(path)).expect("a file");
    let manifest = read("out/two-words/Cargo.toml");
    assert!(manifest.contains("default = [\"websocket\"]"), "{manifest}");
    assert!(!manifest.contains("rest"), "{manifest}");
    let manifest = read("out/binance-wire/Cargo.toml");
    assert!(!manifest.contains("shared"), "nothing is shared:\n{manifest}");
    let facade = read("out/binance-wire/src/lib.rs") + &read("out/binance-wire/src/payloads.rs");
    for text in [
        "pub use binance_wire_two_words as two_words;",
        "name: \"two-words\"",
        "sdk_name: \"other_words\"",
    ] {
        assert!(facade.contains(text), "{facade}");
    }
}

#[test]
fn names_that_no_product_can_have() {
    for (name, reason) in [
        ("rest", "is a feature of the facade"),
        ("full", "is a feature of the facade"),
        ("all-products", "is a feature of the facade"),
        ("binance-wire", "is another generated crate's folder"),
        ("retired", "is a module of the facade"),
        ("two_words", "names no product"),
        ("two--words", "names no product"),
        ("2words", "names no product"),
    ] {
        let tree = Tree::new();
        tree.write(&format!("specs/{name}/rest.yaml"), SPEC);
        tree.run(&[]).expect(101, &[], &[name, reason]);
        assert!(tree.files().is_empty(), "something was written");
    }
}

#[test]
fn the_generated_crates_are_what_the_specs_say() {
    assert!(root().join("generated").is_dir());
    xtask(&["regenerate", "--check"]).expect(0, &["up to date"], &[]);
}
