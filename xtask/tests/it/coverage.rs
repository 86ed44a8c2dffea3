//! `cargo xtask coverage` from end to end: the binary on folders of its own.

use crate::support::{Run, Tree};

const REST: &str = "openapi: 3.0.3
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
      x-weight: 5
      deprecated: true
      parameters:
        - {name: shop, in: path, required: true, schema: {type: string}}
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
";

const STREAMS: &str = "openapi: 3.0.3
info: {title: Toys, version: '1'}
x-product: toys
x-transport: ws-streams
servers:
  - {url: 'wss://toys.example', x-environment: production}
x-user-data-events: {$ref: '#/components/schemas/UserDataEvent'}
paths:
  /{symbol}@toys:
    get:
      operationId: toys
      tags: [Streams]
      x-security: NONE
      parameters:
        - {name: symbol, in: path, required: true, x-lower-case: true, schema: {type: string}}
      responses:
        '200':
          description: A toy
          content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}
components:
  schemas:
    Toy: {type: object, properties: {name: {type: string}, note: {type: string}}, required: [name]}
    Sold: {type: object, properties: {e: {type: string, enum: [sold], x-name: eventType}}, required: [e]}
    UserDataEvent:
      oneOf: [{$ref: '#/components/schemas/Sold'}]
      discriminator: {propertyName: e, mapping: {sold: '#/components/schemas/Sold'}}
";

const IDENTITIES: &str = "identities:
  - {members: [eventType], because: what an event is}
  - {members: [name], beside: [note], because: which toy it is}
";

fn tree() -> Tree {
    let tree = Tree::new();
    tree.write("specs/toys/rest.yaml", REST);
    tree.write("specs/toys/ws-streams.yaml", STREAMS);
    tree.write("specs/identities.yaml", IDENTITIES);
    tree
}

fn coverage(tree: &Tree, arguments: &[&str]) -> Run {
    let specs = tree.text("specs");
    let mut all = vec!["coverage", "--specs", &specs];
    all.extend(arguments);
    tree.run(&all)
}

#[test]
fn a_row_for_each_product_and_transport() {
    coverage(&tree(), &["--no-samples"]).expect(
        0,
        &[
            "| product | transport | operations | events | drafts | deprecated | paged | with weight | without | samples | conforming |",
            "| toys | rest | 2 | 0 | 1 | 1 | 0 | 1 | 1 | – | – |\n| toys | ws-streams | 1 | 0 | 0 | 0 | 0 | 0 | 0 | – | – |\n\
             | toys | user data | 0 | 1 | 0 | 0 | 0 | 0 | 0 | – | – |\n| **all** | rest | 2 |",
            "| **1 product** |  | 3 | 1 | 1 | 1 | 0 | 1 | 1 | – | – |",
        ],
        &[],
    );
}

#[test]
fn the_table_is_written_and_checked() {
    let tree = tree();
    coverage(&tree, &["--check"]).expect(
        1,
        &["missing: ", "COVERAGE.md; run `cargo xtask coverage --write`"],
        &[],
    );
    coverage(&tree, &["--write"]).expect(0, &[], &[]);
    coverage(&tree, &["--check"]).expect(0, &[], &[]);
    tree.write("specs/toys/rest.yaml", &REST.replace("      x-weight: 5\n", ""));
    coverage(&tree, &["--check"]).expect(1, &["stale: "], &[]);
    coverage(&tree, &["--write"]).expect(0, &[], &[]);
    let written = std::fs::read_to_string(tree.path("specs/COVERAGE.md")).expect("a table");
    assert!(
        written.contains("| toys | rest | 2 | 0 | 1 | 1 | 0 | 0 | 2 | 0 | 0 |"),
        "{written}"
    );
}

#[test]
fn a_required_member_has_a_proof() {
    let tree = tree();
    let write = |toy: &str, name: &str, sample: &str| {
        let spec = STREAMS.replace("required: [name]}", toy);
        tree.write("specs/toys/ws-streams.yaml", &spec);
        tree.write("specs/identities.yaml", &IDENTITIES.replace("[name]", name));
        tree.write(
            "specs/toys/examples/toys.jsonl",
            &format!(r#"{{"product":"toys","transport":"ws_streams","key":"{{symbol}}@toys","kind":"response","payload":{sample}}}"#),
        );
        coverage(&tree, &["--check"])
    };
    let whole = r#"{"name":"bear","note":"soft"}"#;
    let table = |reported: Run, row: &str| {
        reported.expect(1, &["COVERAGE.md; run"], &[]);
        coverage(&tree, &["--no-samples"]).expect(
            0,
            &[
                "| product | required | sbe | identity | without proof | optional |",
                row,
            ],
            &[],
        );
    };
    table(
        write("required: [name]}", "[name]", whole),
        "| toys | 2 | 0 | 2 | 0 | 1 |",
    );
    // A sample that has the member proves nothing, one that leaves it out disproves any reason.
    let line = "toys/ws-streams.yaml:22: `Toy.name` is required";
    write("required: [name]}", "[note]", whole).expect(
        1,
        &[line, "without proof; take it off the list"],
        &[],
    );
    for sample in [
        r#"{"note":"soft"}"#,
        r#"{"stream":"x@toys","data":{"name":null}}"#,
    ] {
        write("required: [name]}", "[name]", sample).expect(
            1,
            &[&format!(
                "{line}, but toys/examples/toys.jsonl:1 leaves it out; take it off the list"
            )],
            &[],
        );
    }
    // What identifies nothing is no identity.
    write("required: [name]}", "[name, nickname]", whole).expect(
        1,
        &["identities.yaml:3: `nickname` is a member of no answer or event; correct the name, or remove it"],
        &[],
    );
    write("required: [name]}", "[]", whole).expect(1, &[], &["identities.yaml:3: an entry without members"]);
}

const SYSTEMS: &str = "[[systems]]
name = 'Toys'
pages = ['products/toys']
products = ['toys']
beside = ['specs/toys']
[[systems]]
name = 'Puppets'
pages = ['products/puppets']
left-out = 'all of it'
because = 'They have no API'
";

#[test]
fn systems_of_the_documentation_stand_below_the_table() {
    let tree = tree();
    tree.write("specs/systems.toml", SYSTEMS);
    coverage(&tree, &["--no-samples"]).expect(
        0,
        &[
            "| **1 product** |",
            "| system | pages | here | left out | because |\n|---|---|---|---|---|\n\
             | Toys | products/toys | toys, specs/toys | – | – |\n\
             | Puppets | products/puppets | – | all of it | They have no API |",
        ],
        &[],
    );
    coverage(&tree, &["--write"]).expect(0, &[], &[]);
    coverage(&tree, &["--check"]).expect(0, &[], &[]);
    tree.write("specs/systems.toml", &SYSTEMS.replace("no API", "no interface"));
    coverage(&tree, &["--check"]).expect(1, &["stale: "], &[]);
}

#[test]
fn a_system_says_what_there_is_and_why_the_rest_is_not() {
    let tree = tree();
    for (from, to, said) in [
        (
            "products = ['toys']",
            "products = ['tyos']",
            "Toys: there is no product `tyos`",
        ),
        ("products = ['toys']\n", "", "no system has the product `toys`"),
        (
            "beside = ['specs/toys']",
            "beside = ['specs/dolls']",
            "Toys: there is no folder specs/dolls",
        ),
        (
            "products/puppets",
            "products/toys",
            "Puppets: products/toys is of Toys already",
        ),
        (
            "pages = ['products/puppets']\n",
            "",
            "systems.toml:7: Puppets: no page describes it; add pages, or products",
        ),
        (
            "because = 'They have no API'\n",
            "",
            "Puppets: `left-out` and `because` go together",
        ),
        (
            "left-out = 'all of it'",
            "left_out = 'all of it'",
            "systems.toml:9: unknown field `left_out`",
        ),
        (
            "left-out = 'all of it'\nbecause = 'They have no API'\n",
            "",
            "Puppets: nothing is said of what the project has or leaves out",
        ),
    ] {
        assert!(SYSTEMS.contains(from), "{from}");
        tree.write("specs/systems.toml", &SYSTEMS.replacen(from, to, 1));
        coverage(&tree, &["--check"]).expect(1, &[], &["systems.toml:", said]);
    }
}

#[test]
fn facts_that_specs_have_not_are_listed() {
    let tree = tree();
    tree.write(
        "facts/toys.rest.json",
        r#"{"product":"toys","transport":"rest","operations":[
            {"id":"toy","method":"GET","path":"/toys/v1/toy/{place}","samples":[{}],"samplesLegacy":[{},{}]},
            {"id":"sketch","method":"POST","path":"/toys/v1/draft"},
            {"id":"lost","method":"GET","path":"/toys/v1/lost"}]}"#,
    );
    tree.write(
        "facts/toys.ws_streams.json",
        r#"{"product":"toys","transport":"ws_streams","operations":[{"id":"toys","stream":"<symbol>@toys","samples":[{}]}],
            "events":[{"event":"sold"},{"event":"broken"}]}"#,
    );
    tree.write(
        "facts/games.rest.json",
        r#"{"product":"games","transport":"rest","operations":[{"id":"a"}]}"#,
    );
    tree.write("facts/enums.json", "{}");
    tree.write(
        "specs/toys/examples/streams.jsonl",
        "{\"product\":\"toys\",\"transport\":\"ws_streams\",\"key\":\"<symbol>@toys\",\"payload\":{\"name\":\"a\"}}\n\n",
    );
    let facts = tree.text("facts");
    let reported = coverage(&tree, &["--facts", &facts]);
    assert!(!reported.out.contains("sold"), "{}", reported.out);
    assert!(
        !reported.out.contains("toys ws_streams: none"),
        "{}",
        reported.out
    );
    reported.expect(
        100,
        &[
            "toys rest: none of the 3 samples of GET /toys/v1/toy/{place}\n",
            "toys rest: POST /toys/v1/draft is called `draft`, and `sketch` in the facts\n",
            "toys rest: no operation GET /toys/v1/lost (lost)\n",
            "toys ws_streams: no event broken\n",
            "games rest: no specs; 1 operation, 0 events\n",
            "3 files of facts compared, 5 missing or different\n",
        ],
        &[],
    );
    for name in ["toys.rest.json", "games.rest.json"] {
        std::fs::remove_file(tree.path("facts").join(name)).expect("removed");
    }
    tree.write(
        "facts/toys.ws_streams.json",
        r#"{"product":"toys","transport":"ws_streams","events":[{"event":"sold"}]}"#,
    );
    coverage(&tree, &["--facts", &facts]).expect(0, &["1 file of facts compared, 0 missing"], &[]);
}

#[test]
fn bad_facts_and_samples_are_reported() {
    let tree = tree();
    let facts = tree.text("facts");
    coverage(&tree, &["--facts", &facts]).expect(101, &[], &["cannot be read"]);
    tree.write("facts/enums.json", "{}");
    coverage(&tree, &["--facts", &facts]).expect(101, &[], &["holds no facts"]);
    tree.write("facts/toys.rest.json", "{\"product\": 5}");
    coverage(&tree, &["--facts", &facts]).expect(1, &[], &["toys.rest.json:1: not a file of facts"]);
    tree.write(
        "facts/toys.rest.json",
        r#"{"product":"toys","transport":"rest","operations":[{"id":"nameless"}]}"#,
    );
    coverage(&tree, &["--facts", &facts]).expect(
        101,
        &[],
        &["toys: the operation `nameless` has no name on the wire"],
    );
    tree.write("specs/toys/examples/a.jsonl", "\n{\"key\":5}\n");
    coverage(&tree, &["--facts", &facts]).expect(1, &[], &["a.jsonl:2: not a sample"]);
    tree.write("specs/toys/rest.yaml", "openapi: [");
    coverage(&tree, &["--no-samples"]).expect(1, &[], &["toys/rest.yaml:2: not valid YAML"]);
    coverage(&tree, &["--check", "--write"]).expect(1, &[], &["cannot be used with"]);
}

#[test]
fn types_are_counted_by_crate() {
    let tree = tree();
    tree.write(
        "out/toys/src/lib.rs",
        "pub struct A;\nopen_enum! {\n    pub enum B {}\n}\n",
    );
    tree.write(
        "out/toys/src/models/b.rs",
        "pub struct C<'a> {}\nstruct Hidden;\n",
    );
    tree.write("out/games/src/lib.rs", "pub enum D {}\n");
    let out = tree.text("out");
    coverage(&tree, &["--types", "--out", &out]).expect(
        0,
        &["| games | 0 | 1 | 1 |\n| toys | 2 | 1 | 6 |\n| **all** | 2 | 2 | 7 |\n"],
        &[],
    );
}

#[test]
fn a_family_of_error_codes_that_no_product_names_fails_the_check() {
    let tree = tree();
    tree.write(
        "specs/shared/error-codes.yaml",
        "families: {toys: Toys, games: Games}\n\
         codes:\n  - {code: -1, name: BROKEN, families: [toys]}\n  - {code: -2, name: LOST, families: [games]}\n",
    );
    let naming = |families: &str| {
        let key = format!("x-transport: rest\nx-error-codes: [{families}]\n");
        tree.write("specs/toys/rest.yaml", &REST.replace("x-transport: rest\n", &key));
        coverage(&tree, &["--write"]).expect(0, &[], &[]);
    };
    naming("toys");
    coverage(&tree, &["--check"]).expect(
        1,
        &["no product names these families of error codes with x-error-codes: games"],
        &[],
    );
    naming("toys, games");
    coverage(&tree, &["--check"]).expect(0, &[], &[]);
}
