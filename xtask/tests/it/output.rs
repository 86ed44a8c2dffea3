//! Where commands act, and what becomes of their work when nobody reads what they print.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::workspace::Checkout;
use crate::support::{self, Tree, copy, desk, root};

fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments);
    command
}

/// Runs a command whose standard output is a pipe that nobody reads.
#[track_caller]
fn unread(mut command: Command, code: i32) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = command.stdout(writer).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "{command:?}\n{said}");
    assert!(!said.contains("pipe"), "{command:?}\n{said}");
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{said}");
}

#[test]
fn regenerate_writes_everything_where_nobody_reads() {
    let tree = desk::small(&[]);
    let (specs, out) = (tree.text("specs"), tree.text("generated"));
    let regenerate = ["regenerate", "--specs", &specs, "--out", &out];
    unread(xtask(&regenerate), 0);
    let check = [&regenerate[..], &["--check"]].concat();
    support::xtask(&check).expect(0, &["0 stale, 0 missing, 0 orphaned"], &[]);
    fs::remove_file(tree.path("generated/convert/src/lib.rs")).expect("a file");
    unread(xtask(&check), 1);
    unread(xtask(&regenerate), 0);
    assert!(tree.path("generated/convert/src/lib.rs").is_file());
}

#[test]
fn reports_end_quietly_where_nobody_reads() {
    let tree = desk::small(&[(desk::PRICE, "")]);
    let [specs, new, desk, here, generated] =
        ["specs", "new", "desk", "", "generated"].map(|name| tree.text(name));
    support::xtask(&["regenerate", "--quiet", "--specs", &specs, "--out", &generated]).expect(0, &[], &[]);
    unread(xtask(&["diff", "--kinds"]), 0);
    unread(xtask(&["diff", "--schema"]), 0);
    unread(xtask(&["diff", &specs, &new, "--repository", &here]), 100);

    tree.write(
        "items.json",
        r#"[{"krate": "binance_wire_convert", "kind": "type", "path": "rest::Client"}]"#,
    );
    unread(xtask(&["uses", &desk, "--items", &tree.text("items.json")]), 0);

    unread(xtask(&["coverage", "--no-samples", "--specs", &specs]), 0);
    unread(xtask(&["coverage", "--types", "--out", &generated]), 0);
    tree.write("specs/sources.toml", "# Nothing is listed.\n");
    unread(xtask(&["sources", "--check", "--specs", &specs]), 1);
    unread(xtask(&["sources", "--specs", &specs]), 1);

    tree.write(
        "log.md",
        "# Change Log\n\n## 2026-07-01\n\nREST API\n\n* `GET /sapi/v1/convert/toy` is new\n",
    );
    unread(xtask(&["announcements", &tree.text("log.md")]), 0);

    let collection = r#"{"info":{"name":"Convert REST API",
        "schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[
        {"name":"New","request":{"method":"DELETE","url":{"path":["sapi","v1","convert","new"]}}}]}"#;
    tree.write("postman/Convert.json", collection);
    let postman = tree.text("postman");
    unread(xtask(&["drift", "--specs", &specs, "--postman", &postman]), 100);
    unread(xtask(&["import", "--specs", &specs, "postman", &postman]), 100);
    unread(
        xtask(&["import", "--apply", "--specs", &specs, "postman", &postman]),
        0,
    );
    let spec = fs::read_to_string(tree.path("specs/convert/rest.yaml")).expect("a spec");
    assert!(spec.contains("/sapi/v1/convert/new"), "{spec}");
}

#[test]
fn version_and_publish_do_their_work_where_nobody_reads() {
    let checkout = Checkout::new(
        &["rebate", "shared"],
        &["core", "signing", "net", "limits", "rest"],
    );
    unread(checkout.command(&["version"]), 0);
    assert!(
        checkout
            .path("releases/changelogs/binance-wire-rebate.md")
            .is_file()
    );
    checkout.xtask(0, &["version", "--check"]);
    unread(checkout.command(&["version", "--check"]), 0);
    checkout.write("generated/rebate/src/lib.rs", "// Edited by hand.\n");
    unread(checkout.command(&["publish", "--dry-run"]), 1);
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let file = fs::File::options().write(true).open(full).expect("a file");
    let output = xtask(&["diff", "--kinds"])
        .stdout(Stdio::from(file))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(101), "{said}");
    assert!(said.contains("the output cannot be printed"), "{said}");
}

/// What a checkout has that the commands look for: this package, templates and the specs of one small product.
fn checkout(tree: &Tree, name: &str) {
    tree.write(
        &format!("{name}/xtask/Cargo.toml"),
        "[package]\nname = \"xtask\"\n",
    );
    copy(
        &root().join("templates"),
        &tree.path(&format!("{name}/templates")),
    );
    tree.write(&format!("{name}/specs/convert/rest.yaml"), desk::SPEC);
}

#[test]
fn commands_act_on_the_checkout_that_they_are_run_in() {
    let tree = Tree::new();
    checkout(&tree, "one");
    checkout(&tree, "two");
    let generated = |name: &str| tree.path(&format!("{name}/generated/convert/Cargo.toml"));

    // As cargo runs it, from wherever.
    let run = |command: &mut Command| {
        let output = command.output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let by_cargo = run(xtask(&["regenerate"])
        .env("CARGO_MANIFEST_DIR", tree.path("one/xtask"))
        .current_dir(tree.path("two")));
    assert_eq!(by_cargo, (Some(0), String::new()));
    assert!(generated("one").is_file() && !generated("two").exists());

    // Without cargo it is the folder that the caller is in, or one above it.
    let by_itself = run(xtask(&["regenerate"])
        .env_remove("CARGO_MANIFEST_DIR")
        .current_dir(tree.path("two/specs/convert")));
    assert_eq!(by_itself, (Some(0), String::new()));
    assert!(generated("two").is_file());

    // Moved, it acts on itself.
    fs::rename(tree.path("one"), tree.path("three")).expect("it can be moved");
    let moved = run(xtask(&["regenerate", "--check"])
        .env("CARGO_MANIFEST_DIR", tree.path("three/xtask"))
        .current_dir(tree.path("")));
    assert_eq!(moved, (Some(0), String::new()));
    assert!(!tree.path("one").exists());

    let (code, said) = run(xtask(&["regenerate"])
        .env_remove("CARGO_MANIFEST_DIR")
        .current_dir(tree.path("")));
    assert_eq!(code, Some(101), "{said}");
    assert!(said.contains("is in no checkout of this project"), "{said}");
}

/// What a command prints to both streams, with variables of the environment.
fn printed(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = xtask(arguments)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .envs(environment.iter().copied())
        .output()
        .expect("it runs");
    [output.stdout, output.stderr]
        .map(|text| String::from_utf8(text).expect("text"))
        .concat()
}

#[test]
fn colours_are_as_asked() {
    let tree = desk::small(&[]);
    let (specs, out) = (tree.text("specs"), tree.text("generated"));
    let wrong = |more: &[&str], environment: &[(&str, &str)]| {
        let arguments = [
            "regenerate",
            "--product",
            "absent",
            "--specs",
            &specs,
            "--out",
            &out,
        ];
        let said = printed(&[&arguments[..], more].concat(), environment);
        assert!(said.contains("no product `absent`"), "{said}");
        said.contains('\u{1b}')
    };
    assert!(!wrong(&[], &[]));
    assert!(wrong(&["--color", "always"], &[]));
    assert!(wrong(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!wrong(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!wrong(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn help_has_the_colours_of_everything_else() {
    let colored = |arguments: &[&str], environment: &[(&str, &str)]| {
        let help = printed(&[&["diff"], arguments, &["--help"]].concat(), environment);
        assert!(help.contains("--announcements"), "{help}");
        help.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color=always"], &[]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["--color=never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    let wrong = printed(&["diff", "--color=always", "--sincee"], &[]);
    assert!(wrong.contains('\u{1b}'), "{wrong}");
    let wrong = printed(&["diff", "--color=loud"], &[]);
    assert!(wrong.contains("invalid value 'loud'"), "{wrong}");
}

/// Every command, and commands of commands.
const COMMANDS: [&[&str]; 21] = [
    &[],
    &["regenerate"],
    &["sources"],
    &["coverage"],
    &["drift"],
    &["diff"],
    &["uses"],
    &["announcements"],
    &["import"],
    &["import", "postman"],
    &["import", "openapi"],
    &["import", "sbe"],
    &["import", "fix"],
    &["import", "response"],
    &["version"],
    &["publish"],
    &["bless"],
    &["schema"],
    &["man"],
    &["completions"],
    &["help"],
];

#[test]
fn help_is_wrapped_and_says_the_version() {
    for width in [60, 80, 100] {
        for command in COMMANDS.iter().filter(|command| **command != ["help"]) {
            let help = printed(
                &[command, &["--help"][..]].concat(),
                &[("COLUMNS", &width.to_string())],
            );
            let body = help.lines().filter(|line| !line.starts_with("Usage"));
            let lines: Vec<&str> = body.collect();
            assert!(lines.len() > 5, "{help}");
            for (line, next) in lines.iter().zip(&lines[1..]) {
                // A list is laid out by hand; no line of it is longer than 80 characters.
                let listed = line.starts_with("  a ") && line.chars().count() <= 80;
                assert!(listed || line.chars().count() <= width, "{width}: {line}");
                // A line that ends early where the next begins a word that would fit was broken by hand.
                let word = next.split(' ').next().unwrap_or_default();
                let prose =
                    !line.is_empty() && !word.is_empty() && !line.starts_with(' ') && !line.ends_with(':');
                let fits = line.chars().count() + 1 + word.chars().count() <= width;
                assert!(!(prose && fits), "{width}: {line}\n{next}");
            }
        }
    }
    assert_eq!(
        printed(&["--version"], &[]),
        format!("cargo xtask {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn every_command_has_a_manual_page() {
    let tree = Tree::new();
    let folder = tree.text("manual/pages");
    support::xtask(&["man", &folder]).expect(0, &[], &[]);
    for command in COMMANDS.iter().filter(|command| **command != ["help"]) {
        let name = [&["xtask"], *command].concat().join("-");
        let page = fs::read_to_string(tree.path(&format!("manual/pages/{name}.1"))).expect("a page");
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
        let title = format!(".TH {name} 1");
        assert!(page.contains(&title), "{title}: {page}");
    }
    tree.write("file", "");
    support::xtask(&["man", &tree.text("file")]).expect(101, &[], &["manual pages cannot be written to"]);
}

#[test]
fn help_of_every_command_ends_quietly_where_nobody_reads() {
    for command in COMMANDS {
        unread(
            xtask(&[command, &["--help"][..]].concat()),
            if command == ["help"] { 1 } else { 0 },
        );
    }
    unread(xtask(&["completions", "bash"]), 0);
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell], &[]);
        assert!(
            script.contains("regenerate") && script.contains("publish-baseline"),
            "{script}"
        );
    }
}

#[test]
fn what_stays_is_one_line() {
    let checkout = Checkout::new(
        &["rebate", "shared"],
        &["core", "signing", "net", "limits", "rest"],
    );
    checkout.xtask(0, &["version"]);
    checkout.commit();
    checkout.xtask(0, &["version", "--publish-baseline"]);
    let said = checkout.xtask(0, &["version", "--check"]);
    assert_eq!(said.trim_end(), "10 crates unchanged");
    let said = checkout.xtask(0, &["version", "--check", "--verbose"]);
    assert!(said.contains("binance-wire-rebate: 0.1.0"), "{said}");
    let said = checkout.xtask(0, &["version", "--check", "--quiet"]);
    assert_eq!(said.trim_end(), "");
}

#[test]
fn many_warnings_are_counted_unless_all_are_asked_for() {
    // Published documents are read with warnings; a response without a description is one.
    let operation = |number: usize| {
        format!(
            "  /toys/{number}:\n    get:\n      operationId: toy{number}\n      summary: A toy\n      tags: [T]\n      \
             responses: {{'200': {{}}}}\n"
        )
    };
    let document = |operations: usize| {
        let paths: String = (0..operations).map(operation).collect();
        format!("openapi: 3.0.3\ninfo: {{title: Toys, version: '1'}}\npaths:\n{paths}")
    };
    let run = |operations: usize, more: &[&str]| {
        let tree = Tree::new();
        tree.write("specs/toys/rest.yaml", &document(operations));
        let (specs, out) = (tree.text("specs"), tree.text("generated"));
        let arguments = ["regenerate", "--specs", &specs, "--out", &out];
        let said = support::xtask(&[&arguments[..], more].concat());
        assert_eq!(said.code, Some(0), "{}", said.err);
        said.err
    };
    assert!(run(1, &[]).starts_with("warning: toys/rest.yaml:"));
    let counted = run(30, &[]);
    assert_eq!(counted.lines().count(), 1, "{counted}");
    assert!(counted.contains("--verbose prints them"), "{counted}");
    assert!(run(30, &["--verbose"]).lines().count() >= 30);
    assert_eq!(run(30, &["--quiet"]), "");
}
