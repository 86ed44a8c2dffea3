//! `cargo xtask drift` from end to end: the binary on folders of its own.

use crate::support::{Run, Tree};

const SPEC: &str = "openapi: 3.0.3
info: {title: Toys, version: '1'}
x-product: toys
x-transport: rest
servers:
  - {url: 'https://toys.example', x-environment: production}
paths:
  /toys/v1/toy/{shop}:
    get:
      operationId: toy
      tags: [General]
      x-security: USER_DATA
      parameters:
        - {name: shop, in: path, required: true, schema: {type: string}}
        - {name: size, in: query, required: true, schema: {type: integer, format: int64}}
        - {name: colour, in: query, schema: {type: string}}
        - {name: side, in: query, schema: {$ref: '#/components/schemas/Side'}}
      responses:
        '200': {description: Nothing}
  /toys/v1/hidden:
    get:
      operationId: hidden
      tags: [General]
      x-security: NONE
      responses:
        '200': {description: Nothing}
  /toys/v1/draft:
    post:
      operationId: draft
      tags: [General]
      x-security: USER_DATA
      x-stability-level: draft
      responses:
        '200': {description: Nothing}
components:
  schemas:
    Side: {type: string, x-extensible-enum: [BUY, SELL]}
";

/// A collection with these items.
fn collection(name: &str, items: &str) -> String {
    format!(
        r#"{{"info":{{"name":"{name}","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}},
        "item":[{items}]}}"#
    )
}

/// The request that fits `toy` of the specs, and one that nobody knows.
const ITEMS: &str = r#"
  {"name":"A toy (USER_DATA)","request":{"method":"GET","url":{"path":["toys","v1","toy",":place"],
    "query":[{"key":"size","value":"5"},{"key":"colour","value":"red","disabled":true},
             {"key":"side","value":"BUY","disabled":true},
             {"key":"timestamp","value":""},{"key":"signature","value":""}]}}},
  {"name":"New","request":{"method":"DELETE","url":{"path":["toys","v1","new"]}}}"#;

fn tree(items: &str) -> Tree {
    let tree = Tree::new();
    tree.write("specs/toys/rest.yaml", SPEC);
    tree.write("postman/Toys.json", &collection("Toys REST API", items));
    tree
}

fn drift(tree: &Tree, arguments: &[&str]) -> Run {
    let (specs, postman) = (tree.text("specs"), tree.text("postman"));
    let mut all = vec!["drift", "--specs", &specs, "--postman", &postman];
    all.extend(arguments);
    tree.run(&all)
}

#[test]
fn what_only_one_side_has_is_listed_by_product() {
    drift(&tree(ITEMS), &[]).expect(
        100,
        &[
            "toys: 2 requests, 3 operations; 3 differences, 1 explained\n",
            "  missing-operation  DELETE /toys/v1/new: New\n",
            "  extra-operation    GET /toys/v1/hidden: hidden [toys/rest.yaml:",
            "  extra-operation    POST /toys/v1/draft: draft [toys/rest.yaml:",
            "(explained: a draft: the exchange has published its name alone)",
            "1 product, 2 requests, 3 operations; 3 differences, 1 explained, 2 not\n",
        ],
        &[],
    );
}

#[test]
fn parameters_that_differ_are_listed() {
    let items = r#"{"name":"A toy","request":{"method":"GET","url":{"path":["toys","v1","toy","{{place}}"],
        "query":[{"key":"size","value":"big","disabled":true},{"key":"side","value":"LEFT"},{"key":"weight","value":"1.5"}]}}},
        {"name":"Draft","request":{"method":"POST","url":{"path":"toys/v1/draft","query":[{"key":"a","value":"1"}]}}}"#;
    drift(&tree(items), &[]).expect(
        100,
        &[
            "  signature          GET /toys/v1/toy/{place}: the specs sign it [",
            "  missing-parameter  GET /toys/v1/toy/{place} `weight`: required, such as 1.5 [",
            "  extra-parameter    GET /toys/v1/toy/{place} `colour`: optional [",
            "  required-parameter GET /toys/v1/toy/{place} `side` [",
            "  optional-parameter GET /toys/v1/toy/{place} `size` [",
            "  value              GET /toys/v1/toy/{place} `size`: the collection has big [",
            "  value              GET /toys/v1/toy/{place} `side`: the collection has LEFT [",
            "  documented-draft   POST /toys/v1/draft: a [",
        ],
        &[],
    );
}

#[test]
fn what_is_explained_is_no_finding_and_every_format_says_why() {
    let tree = tree(ITEMS);
    tree.write(
        "specs/drift.yaml",
        "explained:\n- {product: toys, kind: missing-operation, operation: DELETE /toys/v1/new, because: not offered yet}\n\
         - {product: toys, kind: extra-operation, operation: GET /toys/v1/hidden, because: newer than the | collection}\n",
    );
    drift(&tree, &[]).expect(0, &["(explained: not offered yet)", "3 explained, 0 not"], &[]);
    drift(&tree, &["--format", "markdown"]).expect(
        0,
        &[
            "| toys | 2 | 3 | 3 | 3 |",
            "| missing-operation | DELETE /toys/v1/new |  | New | not offered yet |",
            "| newer than the \\| collection |",
        ],
        &[],
    );
    drift(&tree, &["--format", "json"]).expect(
        0,
        &[
            r#""kind": "missing-operation""#,
            r#""because": "not offered yet""#,
        ],
        &[],
    );
    // The explanations are of another day than the collection.
    drift(&tree, &["--unexplained"]).expect(100, &["1 explained, 2 not"], &[]);
    // The same twice gives the same text.
    assert_eq!(drift(&tree, &[]).out, drift(&tree, &[]).out);
}

#[test]
fn an_explanation_of_nothing_is_an_error_with_its_line() {
    let tree = tree(ITEMS);
    tree.write(
        "specs/drift.yaml",
        "explained:\n\
         - {product: toys, kind: missing-operation, operation: DELETE /toys/v1/new, because: not offered yet}\n\
         - {product: toys, kind: extra-operation, operation: GET /toys/v1/hidden, because: newer}\n\
         - {product: toys, kind: extra-parameter, operation: GET /toys/v1/toy, parameter: [gone], because: it was}\n\
         - {product: games, kind: missing-product, because: no specs}\n",
    );
    drift(&tree, &[]).expect(
        100,
        &["0 not"],
        &[
            "error: specs/drift.yaml:4: no difference matches the explanation: toys: extra-parameter GET /toys/v1/toy, gone; \
             take the explanation away, or correct it",
            "error: specs/drift.yaml:5: no difference matches the explanation: games: missing-product",
        ],
    );
    // What is not reported is not judged.
    drift(&tree, &["--product", "toys"]).expect(100, &[], &["drift.yaml:4"]);
}

#[test]
fn products_meet_by_name_and_requests_are_found_elsewhere() {
    let tree = tree(ITEMS);
    tree.write(
        "specs/usds-futures/rest.yaml",
        &SPEC
            .replace("x-product: toys", "x-product: usds-futures")
            .replace("/toys/", "/fapi/"),
    );
    tree.write(
        "postman/Futures.json",
        &collection(
            "Futures (USDⓈ-M) REST API",
            r#"{"name":"Hidden","request":"{{url}}/toys/v1/hidden"},
               {"name":"Own","request":"{{url}}/fapi/v1/hidden"}"#,
        ),
    );
    tree.write(
        "postman/Games.json",
        &collection(
            "Binance Games API",
            r#"{"name":"Play","request":"x/games/v1/play"}"#,
        ),
    );
    // By no name, but most of its requests are known.
    tree.write(
        "postman/Odd.json",
        &collection(
            "Odd",
            r#"{"name":"Draft","request":{"method":"POST","url":"x/toys/v1/draft"}}"#,
        ),
    );
    let reported = drift(&tree, &[]);
    assert!(!reported.out.contains("fapi/v1/hidden"), "{}", reported.out);
    reported.expect(
        100,
        &[
            "games: 1 request, 0 operations; 1 difference, 0 explained\n  missing-product    `Binance Games API` has 1 request",
            "usds-futures: 2 requests, 3 operations;",
            "  other-product      GET /toys/v1/hidden: toys [toys/rest.yaml:",
            "toys: 3 requests, 3 operations; 1 difference, 0 explained",
        ],
        &[],
    );
}

#[test]
fn specs_without_a_collection_are_one_difference() {
    let tree = tree(ITEMS);
    tree.write(
        "specs/connect/rest.yaml",
        &SPEC
            .replace("x-product: toys", "x-product: connect")
            .replace("/toys/", "/connect/"),
    );
    drift(&tree, &["--product", "connect"]).expect(
        100,
        &["  extra-product      its specs have 3 operations\n1 product,"],
        &[],
    );
}

#[test]
fn what_cannot_be_read_is_reported() {
    let empty = tree(ITEMS);
    std::fs::remove_file(empty.path("postman/Toys.json")).expect("removed");
    drift(&empty, &[]).expect(
        101,
        &[],
        &["holds no collection; name the folder with the *.json files"],
    );
    std::fs::remove_dir(empty.path("postman")).expect("removed");
    drift(&empty, &[]).expect(101, &[], &["postman cannot be read"]);

    for (text, expected) in [
        ("{\n", "Toys.json:2: not JSON"),
        (
            "{\"records\": []}",
            "Toys.json:1: not a Postman collection: missing field `info`",
        ),
        ("[]", "Toys.json:1: not a Postman collection"),
    ] {
        let tree = tree(ITEMS);
        tree.write("postman/Toys.json", text);
        drift(&tree, &[]).expect(1, &[], &[expected]);
    }

    let malformed = tree(ITEMS);
    malformed.write("specs/drift.yaml", "explained:\n- {product: toys}\n");
    drift(&malformed, &[]).expect(
        1,
        &[],
        &["specs/drift.yaml:2: not an entry of `explained`: missing field `kind`"],
    );
    let wrong = tree(ITEMS);
    wrong.write("specs/toys/rest.yaml", &SPEC.replace("x-security", "x-secruity"));
    drift(&wrong, &[]).expect(1, &[], &["toys/rest.yaml:", "did you mean `x-security`"]);
}

#[test]
fn usage_is_one() {
    let tree = tree(ITEMS);
    tree.run(&["drift"]).expect(1, &[], &["--postman"]);
    drift(&tree, &["--product", "nothing"]).expect(1, &[], &["no product `nothing` in specs or collections"]);
    drift(&tree, &["--product", "toyz"]).expect(1, &[], &["did you mean `toys`?"]);
}
