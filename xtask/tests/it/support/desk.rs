//! One small product in `specs/` and, edited, in `new/`, and a project that uses it.
use std::process::Command;

use super::{Run, Tree};

pub(crate) const SPEC: &str = "openapi: 3.0.3
info: {title: Convert, version: '1'}
x-product: convert
x-transport: rest
servers:
  - {url: 'https://api.example', x-environment: production}
paths:
  /sapi/v1/convert/toy:
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
  /sapi/v1/convert/shops:
    get:
      operationId: getShops
      summary: Shops
      tags: [General]
      x-security: NONE
      x-weight: 1
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
pub(crate) const PRICE: &str = "        price: {type: string, format: decimal}\n";
pub(crate) const MANIFEST: &str =
    "[package]\nname = \"desk\"\n[dependencies]\nbinance-wire-convert = \"0.1\"\n";
pub(crate) const MAIN: &str = "use binance_wire_convert::rest::Client;

async fn toy(client: &Client) -> Option<String> {
    let toy = client.get_toy(\"here\").limit(5).send().await.ok()?;
    toy.price.map(|price| price.to_string())
}

fn main() {}
";

/// `specs/` and `new/` with one small product, the latter edited, and a project that uses it.
pub(crate) fn small(edits: &[(&str, &str)]) -> Tree {
    let tree = Tree::new();
    let mut text = SPEC.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    tree.write("specs/convert/rest.yaml", SPEC);
    tree.write("new/convert/rest.yaml", &text);
    tree.write("desk/Cargo.toml", MANIFEST);
    tree.write("desk/src/main.rs", MAIN);
    tree
}

/// What the differences of a small tree do to its project.
pub(crate) fn diff(tree: &Tree, arguments: &[&str]) -> Run {
    let (old, new, repository, desk) = (
        tree.text("specs"),
        tree.text("new"),
        tree.text(""),
        tree.text("desk"),
    );
    let mut all = vec!["diff", &old, &new, "--repository", &repository, "--uses", &desk];
    all.extend(arguments);
    tree.run(&all)
}

/// Runs git in a tree, on a day.
pub(crate) fn git(tree: &Tree, day: &str, arguments: &[&str]) {
    let output = Command::new("git")
        .arg("-C")
        .arg(tree.path(""))
        .args(["-c", "user.name=Test", "-c", "user.email=test@localhost"])
        .args(arguments)
        .env("GIT_AUTHOR_DATE", format!("{day}T12:00:00+0000"))
        .env("GIT_COMMITTER_DATE", format!("{day}T12:00:00+0000"))
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
