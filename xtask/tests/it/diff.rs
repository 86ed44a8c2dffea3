//! `cargo xtask diff` from end to end: the binary on folders and repositories of its own, and on the exchange's files.

use std::process::Command;

use crate::support::{Run, Tree, conforms, copy_specs, shared};

const SPEC: &str = "openapi: 3.0.3
info: {title: Toys, version: '1'}
x-product: toys
x-transport: rest
servers:
  - {url: 'https://toys.example', x-environment: production}
paths:
  /toys/v1/toy:
    get:
      operationId: getToy
      summary: A toy
      tags: [General]
      x-security: NONE
      x-weight: 5
      parameters:
        - {name: shop, in: query, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, format: int32, default: 10}}
      responses:
        '200': {description: A toy, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}
components:
  schemas:
    Toy:
      type: object
      description: A toy
      required: [id]
      properties:
        id: {type: integer, format: int64}
        price: {type: string, format: decimal}
";

/// A tree with `old/` and `new/` specs, the latter edited.
fn edited(edits: &[(&str, &str)]) -> Tree {
    let tree = Tree::new();
    let mut text = SPEC.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    tree.write("old/toys/rest.yaml", SPEC);
    tree.write("new/toys/rest.yaml", &text);
    tree
}

fn diff(tree: &Tree, arguments: &[&str]) -> Run {
    let (old, new, repository) = (tree.text("old"), tree.text("new"), tree.text(""));
    let mut all = vec!["diff", &old, &new, "--repository", &repository];
    all.extend(arguments);
    tree.run(&all)
}

const PRICE: &str = "        price: {type: string, format: decimal}\n";
const COST: &str = "        price: {type: string, format: decimal}\n        cost: {type: string}\n";

/// A file that the exchange published, if it is at hand.
fn upstream(path: &str) -> Option<String> {
    shared(&format!("upstream/{path}"))
}

/// A document of another project, with whatever else is required.
fn foreign(required: &str) -> String {
    format!(
        "openapi: 3.0.3
info: {{title: Small, version: '1'}}
paths:
  /order:
    post:
      operationId: placeOrder
      parameters:
        - {{name: symbol, in: query, required: {required}, schema: {{type: string}}}}
      responses:
        '200':
          description: An order
          content: {{application/json: {{schema: {{type: object, required: [id], properties: {{id: {{type: integer, format: int64}}}}}}}}}}
"
    )
}

#[test]
fn two_documents_are_compared_whatever_their_files_are_called() {
    let tree = Tree::new();
    tree.write("before.yaml", &foreign("false"));
    tree.write("after.yaml", &foreign("false"));
    tree.write("stricter.yaml", &foreign("true"));
    let [before, after, stricter] =
        ["before.yaml", "after.yaml", "stricter.yaml"].map(|name| tree.text(name));
    tree.run(&["diff", &before, &after])
        .expect(0, &["0 breaking, 0 to look at, 0 compatible"], &[]);
    tree.run(&["diff", &before, &stricter]).expect(
        100,
        &["1 breaking, 0 to look at, 0 compatible", "parameter `symbol`"],
        &[],
    );
}

#[test]
fn two_foreign_documents_are_compared_in_all_that_they_say() {
    let tree = Tree::new();
    let with_body = |member: &str| {
        let body = format!(
            "      requestBody:\n        required: true\n        content:\n          application/json:\n            schema: \
             {{type: object, required: [qty{member}], properties: {{qty: {{type: string}}}}}}\n"
        );
        foreign("true").replacen("      responses:\n", &format!("{body}      responses:\n"), 1)
    };
    let limited =
        foreign("true").replacen("{type: string}", "{type: string, maxLength: 5, pattern: '^A'}", 1);
    let extended = foreign("true").replacen(
        "      operationId",
        "      x-internal-id: 4\n      operationId",
        1,
    );
    for (name, text) in [
        ("body.yaml", with_body("")),
        ("stricter.yaml", with_body(", reason")),
        ("plain.yaml", foreign("true")),
        ("limited.yaml", limited),
        ("extended.yaml", extended),
    ] {
        tree.write(name, &text);
    }
    let path = |name: &str| tree.text(name);
    let none = "0 breaking, 0 to look at, 0 compatible";
    tree.run(&["diff", &path("body.yaml"), &path("stricter.yaml")])
        .expect(
            100,
            &["1 breaking", "property `reason`", "was added, and is required"],
            &[],
        );
    tree.run(&["diff", &path("body.yaml"), &path("body.yaml")])
        .expect(0, &[none], &[]);
    tree.run(&["diff", &path("plain.yaml"), &path("limited.yaml")])
        .expect(100, &["2 breaking", "maxLength 5", "pattern ^A"], &[]);
    tree.run(&["diff", &path("plain.yaml"), &path("extended.yaml")])
        .expect(
            0,
            &[none],
            &["extended.yaml:6: the extension `x-internal-id` is not compared"],
        );
}

#[test]
fn the_exit_code_says_whether_anything_breaks() {
    diff(&edited(&[]), &[]).expect(0, &["0 breaking, 0 to look at, 0 compatible"], &[]);
    diff(&edited(&[(PRICE, COST)]), &[]).expect(
        0,
        &["field `cost` of type `Toy` was added: text", "1 compatible"],
        &[],
    );
    diff(&edited(&[("x-weight: 5", "x-weight: 9")]), &[]).expect(
        0,
        &[
            "operation `GET /toys/v1/toy` has a higher weight: 5 → 9",
            "1 to look at",
            "toys/rest.yaml:9",
        ],
        &[],
    );
    diff(&edited(&[(PRICE, "")]), &[]).expect(
        100,
        &[
            "field `price` of type `Toy` was removed",
            "field-removed",
            "affects GET /toys/v1/toy",
        ],
        &[],
    );
}

#[test]
fn every_format_tells_the_same() {
    let tree = edited(&[(PRICE, ""), ("x-weight: 5", "x-weight: 9")]);
    diff(&tree, &["--format", "markdown"]).expect(
        100,
        &["## Breaks compilation", "## Changes behaviour", "`price`"],
        &[],
    );
    diff(&tree, &["--format", "github"]).expect(
        100,
        &[
            "::error file=",
            "rest.yaml,line=",
            "title=field-removed (toys)::field",
            "::warning file=",
        ],
        &[],
    );
    let reported = diff(&tree, &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&reported.out).expect("JSON");
    assert_eq!(json["summary"]["errors"], 1);
    assert_eq!(json["summary"]["warnings"], 1);
    let page = tree.text("page.html");
    diff(&tree, &["--format", "html", "--output", &page]).expect(100, &[], &[]);
    let page = std::fs::read_to_string(page).expect("the page");
    for text in [
        "<!doctype html>",
        "data-severity=\"error\"",
        "<code>price</code>",
        "prefers-color-scheme: dark",
    ] {
        assert!(page.contains(text), "the page has no `{text}`");
    }
    assert!(
        !page.contains("http://") && !page.contains("src="),
        "the page needs something else"
    );
}

#[test]
fn the_json_is_as_its_schema_says() {
    let tree = edited(&[
        (PRICE, COST),
        ("required: true", "required: false"),
        ("x-weight: 5", "x-weight: 9"),
    ]);
    let schema = tree.run(&["diff", "--schema"]);
    assert_eq!(schema.code, Some(0));
    let schema: serde_json::Value = serde_json::from_str(&schema.out).expect("JSON");
    let report: serde_json::Value =
        serde_json::from_str(&diff(&tree, &["--format", "json"]).out).expect("JSON");
    assert!(
        report["findings"]
            .as_array()
            .is_some_and(|found| found.len() == 3),
        "{report}"
    );
    conforms(&report, &schema, &schema, "report");
}

/// The fingerprint of the only finding.
fn fingerprint(tree: &Tree) -> String {
    let reported = diff(tree, &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&reported.out).expect("JSON");
    json["findings"][0]["fingerprint"]
        .as_str()
        .expect("a fingerprint")
        .to_owned()
}

#[test]
fn severities_and_approvals_are_a_file() {
    let tree = edited(&[(PRICE, "")]);
    let approved = fingerprint(&tree);
    let config = tree.text("diff.yaml");
    tree.write("diff.yaml", "severity: {field-removed: warning}\n");
    diff(&tree, &["--config", &config]).expect(0, &["0 breaking, 1 to look at"], &[]);
    tree.write(
        "diff.yaml",
        &format!("approved:\n  - {{fingerprint: '{approved}', because: nobody reads it}}\n"),
    );
    diff(&tree, &["--config", &config]).expect(0, &["1 approved", "approved: nobody reads it"], &[]);
    // Where it lies where it is looked for, it need not be named.
    tree.write(
        "specs/diff.yaml",
        &format!("approved:\n  - {{fingerprint: '{approved}', because: nobody reads it}}\n"),
    );
    diff(&tree, &[]).expect(0, &["1 approved"], &[]);
    tree.write(
        "diff.yaml",
        "approved:\n  - {fingerprint: '0123456789abcdef', because: it was once}\n",
    );
    diff(&tree, &["--config", &config]).expect(
        100,
        &[],
        &["diff.yaml:2: nothing found has the fingerprint 0123456789abcdef"],
    );
    for (text, message) in [
        (
            "severity: {field-lost: error}\n",
            "diff.yaml:1: there is no kind `field-lost`",
        ),
        (
            "severity: {field-removed: loud}\n",
            "diff.yaml:1: not a file of decisions",
        ),
        (
            "approved:\n  - {fingerprint: 'xyz', because: why}\n",
            "diff.yaml:2: `xyz` is not a fingerprint",
        ),
        (
            "approved:\n  - {fingerprint: '0123456789abcdef', because: ' '}\n",
            "approved without a reason",
        ),
    ] {
        tree.write("diff.yaml", text);
        diff(&tree, &["--config", &config]).expect(1, &[], &[message]);
    }
}

#[track_caller]
fn git(tree: &Tree, arguments: &[&str]) {
    let output = Command::new("git")
        .arg("-C")
        .arg(tree.path(""))
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What earlier specs said in extensions of their day says nothing today, and hides no difference.
#[test]
fn specs_with_extensions_of_former_days_are_read() {
    let tree = edited(&[(PRICE, "")]);
    let former = SPEC
        .replace(
            "      x-weight: 5\n",
            "      x-weight: 5\n      x-one-of: [shop, limit]\n",
        )
        .replace(
            "      description: A toy\n",
            "      description: A toy\n      x-presence: unproven\n",
        );
    assert!(former.contains("x-one-of") && former.contains("x-presence"));
    tree.write("old/toys/rest.yaml", &former);
    diff(&tree, &[]).expect(100, &["1 breaking", "field-removed"], &[]);
}

/// A folder of specs has a file of JSON beside its products.
#[test]
fn specs_are_no_collections() {
    let tree = edited(&[]);
    for side in ["old", "new"] {
        copy_specs(&["shared"], &tree.path(side));
        tree.write(&format!("{side}/schema.json"), "{}");
    }
    diff(&tree, &[]).expect(0, &["0 breaking"], &[]);
}

#[test]
fn revisions_are_read_without_touching_the_work_tree() {
    let tree = Tree::new();
    git(&tree, &["init", "--quiet"]);
    tree.write("specs/toys/rest.yaml", SPEC);
    git(&tree, &["add", "."]);
    git(&tree, &["commit", "--quiet", "-m", "one"]);
    git(&tree, &["tag", "v1"]);
    tree.write("specs/toys/rest.yaml", &SPEC.replace(PRICE, ""));
    git(&tree, &["commit", "--quiet", "-am", "two"]);
    let (repository, specs) = (tree.text(""), tree.text("specs"));
    let run = |old: &str, new: &str| tree.run(&["diff", old, new, "--repository", &repository]);
    run("v1", "HEAD").expect(100, &["v1 → HEAD: 1 breaking", "specs/toys/rest.yaml"], &[]);
    run("HEAD~1", "rev:HEAD").expect(100, &["field-removed"], &[]);
    run("HEAD", &specs).expect(0, &["0 breaking"], &[]);
    run("HEAD", "v9").expect(101, &[], &["`v9` is neither a file or folder nor a git revision"]);
    run("--nothing", "HEAD").expect(1, &[], &["unexpected argument"]);
    run("rev:-x", "HEAD").expect(101, &[], &["neither a file nor a git revision"]);
    // A commit whose specs are wrong is told by file and line.
    tree.write("specs/toys/rest.yaml", &SPEC.replace("x-weight", "x-wait"));
    git(&tree, &["commit", "--quiet", "-am", "three"]);
    run("v1", "HEAD").expect(
        1,
        &[],
        &["the specs at HEAD are wrong", "toys/rest.yaml:", "x-wait"],
    );
    git(&tree, &["rm", "--quiet", "-r", "specs"]);
    git(&tree, &["commit", "--quiet", "-m", "four"]);
    run("v1", "HEAD").expect(101, &[], &["HEAD has no specs/"]);
}

#[test]
fn what_cannot_be_read_is_reported() {
    let tree = edited(&[]);
    let old = tree.text("old");
    let run = |new: &str| tree.run(&["diff", &old, &tree.text(new), "--repository", &tree.text("")]);
    run("nowhere.xml").expect(101, &[], &["nowhere.xml is not there"]);
    tree.write("toys.txt", "toys");
    run("toys.txt").expect(101, &[], &["toys.txt is none of the files that are understood"]);
    tree.write("toys.xml", "<sbe:messageSchema");
    run("toys.xml").expect(1, &[], &["toys.xml"]);
    tree.write("toys.json", "{\"getpostman.com\": 1}");
    run("toys.json").expect(1, &[], &["toys.json", "not a Postman collection"]);
    std::fs::write(tree.path("bytes.xml"), b"<sbe:messageSchema\n\xff/>").expect("a file");
    run("bytes.xml").expect(1, &[], &["bytes.xml:2: byte 19 is not UTF-8"]);
    tree.write("new/toys/rest.yaml", "openapi: 3.0.3\nx-product: toys\n  broken");
    run("new").expect(1, &[], &["toys/rest.yaml"]);
    tree.write("empty/README", "");
    run("empty").expect(101, &[], &["holds no product"]);
    tree.run(&["diff", &old, "baseline", "--repository", &tree.text("")])
        .expect(101, &[], &["no baseline"]);
    tree.run(&["diff", &old]).expect(1, &[], &["<NEW>"]);
    tree.run(&["diff", &old, &old, "--product", "dolls"])
        .expect(1, &[], &["no product `dolls`", "toys"]);
}

#[test]
fn sides_without_anything_in_common_are_refused() {
    let (Some(schema), Some(dictionary)) = (upstream("sbe/spot_3_5.xml"), upstream("fix/spot-fix-oe.xml"))
    else {
        return;
    };
    let tree = edited(&[]);
    tree.run(&["diff", &schema, &dictionary])
        .expect(1, &[], &["nothing in common to compare"]);
    let old = tree.text("old");
    tree.run(&["diff", &schema, &old])
        .expect(1, &[], &["no SBE schema of the package `spot_sbe`"]);
    tree.run(&["diff", &old, &dictionary])
        .expect(1, &[], &["no FIX dictionary"]);
}

#[test]
fn published_files_are_compared_as_they_come() {
    let (Some(old), Some(new)) = (upstream("sbe/spot_3_2.xml"), upstream("sbe/spot_3_3.xml")) else {
        return;
    };
    let tree = Tree::new();
    tree.run(&["diff", &old, &new]).expect(
        100,
        &[
            "SBE message `TPlusFilterLockEvent` of SBE schema `spot` was removed",
            "sbe-schema-version-raised",
        ],
        &[],
    );
    let Some(dictionary) = upstream("fix/spot-fix-md.xml") else {
        return;
    };
    tree.run(&["diff", &dictionary, &dictionary])
        .expect(0, &["0 breaking"], &[]);
    let (Some(before), Some(after)) = (upstream("postman-history/2026-07-06"), upstream("postman")) else {
        return;
    };
    tree.run(&["diff", &before, &after]).expect(
        100,
        &[
            "parameter `modifyId` of operation `PUT /fapi/v1/order` was added",
            "product `nft` was removed",
        ],
        &[],
    );
    tree.run(&["diff", &before, &after, "--product", "alpha"]).expect(
        0,
        &["operation `GET /bapi/defi/v1/public/alpha-trade/fullDepth` was added"],
        &[],
    );
}

#[test]
fn published_files_are_compared_with_specs() {
    let (Some(schema), Some(dictionary)) = (upstream("sbe/spot_3_4.xml"), upstream("fix/spot-fix-oe.xml"))
    else {
        return;
    };
    // Spot alone, which has all three languages, and what it refers to.
    let tree = Tree::new();
    copy_specs(&["spot", "shared"], &tree.path("specs"));
    let specs = tree.text("specs");
    tree.run(&["diff", &schema, &specs])
        .expect(0, &["value `CancelOnly` of SBE enum `symbolStatus`"], &[]);
    tree.run(&["diff", &dictionary, &specs])
        .expect(0, &["0 breaking"], &[]);
}
