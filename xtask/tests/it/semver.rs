//! Our verdict on scripted changes of a spec, beside that of cargo-semver-checks on the crates that come out: ours has
//! to agree, or be the stricter for a reason that stands in the table.
//!
//! Where cargo-semver-checks is not installed, ours alone is held against the table, and the test says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::workspace::{Checkout, text, tool};
use binance_wire_codegen::render::GeneratedFile;
use binance_wire_surface::surface::{Surface, Verdict, compare, extract};

const SPEC: &str = "openapi: 3.0.3
info: {title: Small, version: '1'}
x-product: small
x-transport: rest
servers:
  - {url: 'https://small.example', x-environment: production}
paths:
  /order:
    get:
      operationId: getOrder
      tags: [Trade]
      x-security: NONE
      parameters:
        - {name: symbol, in: query, required: true, description: Symbol., schema: {type: string}}
        - {name: note, in: query, required: true, description: Note., schema: {type: string}}
        - {name: limit, in: query, description: Limit., schema: {type: integer, format: int64}}
      responses:
        '200':
          description: An order
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
  /ping:
    get:
      operationId: ping
      tags: [General]
      x-security: NONE
      responses:
        '200': {description: Nothing}
components:
  schemas:
    Side:
      type: string
      description: Which side.
      x-extensible-enum: [BUY, SELL]
    Order:
      type: object
      description: An order.
      required: [id, side]
      properties:
        id: {type: integer, format: int64, description: Number.}
        side: {$ref: '#/components/schemas/Side'}
        price: {type: string, format: decimal, description: Price.}
";

/// A change of the spec, what we have to say, what cargo-semver-checks says, and why ours is stricter where it is.
struct Change {
    name: &'static str,
    edit: (&'static str, &'static str),
    ours: Verdict,
    theirs: Verdict,
    stricter: &'static str,
}

const NEW_CODE: &str = "only what breaks is looked for by its lints; new items are not";

/// Theirs is what version 0.51 says: it knows breaks, and of additions next to nothing.
const CHANGES: &[Change] = &[
    Change {
        name: "add optional parameter",
        edit: (
            "        - {name: limit,",
            "        - {name: page, in: query, description: Page., schema: {type: integer, format: int64}}\n        - {name: limit,",
        ),
        ours: Verdict::Minor,
        theirs: Verdict::Same,
        stricter: NEW_CODE,
    },
    Change {
        name: "add response field",
        edit: (
            "        price: {",
            "        fee: {type: string, format: decimal, description: Fee.}\n        price: {",
        ),
        ours: Verdict::Minor,
        theirs: Verdict::Same,
        stricter: NEW_CODE,
    },
    Change {
        name: "add enum value",
        edit: ("[BUY, SELL]", "[BUY, SELL, BORROW]"),
        ours: Verdict::Minor,
        theirs: Verdict::Same,
        stricter: NEW_CODE,
    },
    Change {
        name: "make required",
        edit: ("required: [id, side]", "required: [id, side, price]"),
        ours: Verdict::Major,
        theirs: Verdict::Same,
        stricter: "it does not compare the types of fields; `Option<Decimal>` became `Decimal`",
    },
    Change {
        name: "make parameter required",
        edit: (
            "{name: limit, in: query,",
            "{name: limit, in: query, required: true,",
        ),
        ours: Verdict::Major,
        theirs: Verdict::Major,
        stricter: "",
    },
    Change {
        name: "remove field",
        edit: (
            "        price: {type: string, format: decimal, description: Price.}\n",
            "",
        ),
        ours: Verdict::Major,
        theirs: Verdict::Major,
        stricter: "",
    },
    Change {
        name: "rename field",
        edit: ("        price: {", "        cost: {"),
        ours: Verdict::Major,
        theirs: Verdict::Major,
        stricter: "",
    },
    Change {
        name: "remove enum value",
        edit: ("[BUY, SELL]", "[BUY]"),
        ours: Verdict::Major,
        theirs: Verdict::Major,
        stricter: "",
    },
    Change {
        name: "change type",
        edit: ("id: {type: integer, format: int64,", "id: {type: string,"),
        ours: Verdict::Major,
        theirs: Verdict::Same,
        stricter: "it does not compare the types of fields",
    },
    Change {
        name: "remove operation",
        edit: (
            "  /ping:\n    get:\n      operationId: ping\n      tags: [General]\n      x-security: NONE\n      responses:\n        '200': {description: Nothing}\n",
            "",
        ),
        ours: Verdict::Major,
        theirs: Verdict::Major,
        stricter: "",
    },
    Change {
        name: "reorder fields",
        edit: (
            "        id: {type: integer, format: int64, description: Number.}\n        side: {$ref: '#/components/schemas/Side'}\n",
            "        side: {$ref: '#/components/schemas/Side'}\n        id: {type: integer, format: int64, description: Number.}\n",
        ),
        ours: Verdict::Same,
        theirs: Verdict::Same,
        stricter: "",
    },
    Change {
        // They are taken by name, for a caller could not tell them apart by place.
        name: "reorder parameters of one type",
        edit: (
            "        - {name: symbol, in: query, required: true, description: Symbol., schema: {type: string}}\n        - {name: note, in: query, required: true, description: Note., schema: {type: string}}\n",
            "        - {name: note, in: query, required: true, description: Note., schema: {type: string}}\n        - {name: symbol, in: query, required: true, description: Symbol., schema: {type: string}}\n",
        ),
        ours: Verdict::Same,
        theirs: Verdict::Same,
        stricter: "",
    },
];

/// Makes the crate of a spec, in the place of the one before: what it stands on is compiled once.
fn generate(checkout: &Checkout, spec: &str) -> Surface {
    checkout.write("specs/small/rest.yaml", spec);
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args([
            "regenerate",
            "--specs",
            &checkout.path("specs").display().to_string(),
        ])
        .args(["--out", &checkout.path("generated").display().to_string()])
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", text(&output));
    extract(&files(&checkout.path("generated/small"))).expect("a surface")
}

/// What rustdoc says of the crate as it stands, as the tool reads it.
fn documented(checkout: &Checkout, name: &str) -> PathBuf {
    let output = Command::new("cargo")
        .args([
            "rustdoc",
            "--quiet",
            "--package",
            "binance-wire-small",
            "--no-default-features",
            "--lib",
            "--",
        ])
        .args([
            "-Zunstable-options",
            "--output-format",
            "json",
            "--document-private-items",
            "--cap-lints",
            "allow",
        ])
        .current_dir(checkout.path(""))
        .env("CARGO_TARGET_DIR", checkout.path("target"))
        .env("RUSTC_BOOTSTRAP", "1")
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", text(&output));
    let kept = checkout.path(name);
    std::fs::copy(checkout.path("target/doc/binance_wire_small.json"), &kept).expect("rustdoc's answer");
    kept
}

fn files(folder: &Path) -> Vec<GeneratedFile> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(here) = waiting.pop() {
        for entry in std::fs::read_dir(here).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("below").display().to_string();
            let contents = std::fs::read_to_string(&path).expect("a text");
            found.push(GeneratedFile { path: name, contents });
        }
    }
    found
}

/// What cargo-semver-checks says of two states: the bump that it asks for.
fn theirs(tool: &Path, old: &Path, new: &Path) -> Verdict {
    let output = Command::new(tool)
        .args([
            "semver-checks",
            "check-release",
            "--release-type",
            "patch",
            "--baseline-rustdoc",
        ])
        .arg(old)
        .arg("--current-rustdoc")
        .arg(new)
        .output()
        .expect("it runs");
    let said = text(&output);
    if said.contains("requires new major version") {
        return Verdict::Major;
    }
    if said.contains("requires new minor version") {
        return Verdict::Minor;
    }
    assert!(output.status.success(), "{said}");
    Verdict::Same
}

/// A checkout whose hand-written crate differs from what was published by words alone.
fn reworded() -> Checkout {
    let checkout = Checkout::new(
        &["rebate", "shared"],
        &["core", "signing", "net", "limits", "rest", "fix"],
    );
    checkout.xtask(0, &["version"]);
    checkout.commit();
    checkout.xtask(0, &["version", "--publish-baseline"]);
    checkout.commit();
    checkout.edit("runtime/fix/src/error.rs", "//! ", "//! Otherwise. ");
    checkout
}

/// Runs a command of the project where `cargo-semver-checks` is this script, or is not installed.
fn with_tool(checkout: &Checkout, script: Option<&str>, code: i32, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    if let Some(script) = script {
        let path = folder.path().join("cargo-semver-checks");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        let made = Command::new("chmod")
            .arg("+x")
            .arg(&path)
            .status()
            .expect("chmod runs");
        assert!(made.success());
    }
    // Nothing else on the path has that name.
    let path = std::env::var_os("PATH").expect("a path");
    let others = std::env::split_paths(&path).filter(|there| !there.join("cargo-semver-checks").exists());
    let path = std::env::join_paths(std::iter::once(folder.path().to_owned()).chain(others)).expect("a path");
    let output = checkout
        .command(arguments)
        .env("PATH", path)
        .output()
        .expect("it runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

#[test]
#[cfg(unix)]
fn what_only_a_compiler_sees_of_hand_written_crates_is_asked_of_cargo_semver_checks() {
    let checkout = reworded();
    let check = ["version", "--check"];
    let said = with_tool(&checkout, None, 1, &check);
    assert!(said.contains("binance-wire-fix: 0.1.0 -> 0.1.1, patch"), "{said}");
    assert!(
        said.contains("binance-wire-fix: auto traits and what else only a compiler sees were not compared: cargo-semver-checks is not installed"),
        "{said}"
    );
    let said = with_tool(&checkout, Some("exit 0"), 1, &check);
    assert!(said.contains("binance-wire-fix: 0.1.0 -> 0.1.1, patch"), "{said}");
    assert!(!said.contains("not compared"), "{said}");
    // Its arguments name the crate and the commit of its baseline.
    let lost = "case \"$*\" in *--version*) exit 0;; *'--package binance-wire-fix'*--baseline-rev*) \
                echo '--- failure auto_trait_impl_removed: auto trait no longer implemented ---'; exit 1;; esac; exit 7";
    let said = with_tool(&checkout, Some(lost), 1, &check);
    assert!(said.contains("binance-wire-fix: 0.1.0 -> 0.2.0, major"), "{said}");
    assert!(
        said.contains("cargo-semver-checks says that it breaks: auto_trait_impl_removed"),
        "{said}"
    );
    // A tool that fails has judged nothing.
    let fails = "case \"$*\" in *--version*) exit 0;; esac; echo 'error: no network' >&2; exit 1";
    let said = with_tool(&checkout, Some(fails), 1, &check);
    assert!(
        said.contains("were not compared: cargo-semver-checks failed: error: no network"),
        "{said}"
    );

    checkout.xtask(0, &["version"]);
    checkout.commit();
    let said = with_tool(&checkout, None, 1, &["publish", "--dry-run"]);
    assert!(
        said.contains("--no-semver-checks goes without") && said.contains("nothing was published"),
        "{said}"
    );
}

#[test]
fn our_verdict_agrees_with_cargo_semver_checks_or_is_the_stricter() {
    let tool = tool("cargo-semver-checks");
    if tool.is_none() {
        println!(
            "skipped: cargo-semver-checks is not installed (`cargo install cargo-semver-checks --locked`); ours alone is checked"
        );
    }
    let checkout = Checkout::new(&[], &["core", "signing", "net", "limits", "rest"]);
    let before = generate(&checkout, SPEC);
    let old = tool.as_ref().map(|_| documented(&checkout, "old.json"));
    for change in CHANGES {
        let (from, to) = change.edit;
        assert!(SPEC.contains(from), "{}: the spec has no `{from}`", change.name);
        let after = generate(&checkout, &SPEC.replacen(from, to, 1));
        let found = compare(&before, &after);
        assert_eq!(found.verdict(), change.ours, "{}: {found:#?}", change.name);
        assert!(change.ours >= change.theirs, "{}", change.name);
        assert_eq!(
            change.ours == change.theirs,
            change.stricter.is_empty(),
            "{}: a reason where ours is stricter, and nowhere else",
            change.name
        );
        let (Some(tool), Some(old)) = (&tool, &old) else {
            continue;
        };
        let said = theirs(tool, old, &documented(&checkout, "new.json"));
        println!(
            "{}: ours {}, cargo-semver-checks {said}. {}",
            change.name, change.ours, change.stricter
        );
        // A later version of the tool may see more; never more than we do.
        assert!(
            said >= change.theirs && said <= change.ours,
            "{}: {said}",
            change.name
        );
    }
}
