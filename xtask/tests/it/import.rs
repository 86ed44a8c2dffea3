//! `cargo xtask import` and `drift` against schemas and documents, from end to end: the binary on folders of its own.

use std::fs;

use crate::support::{Run, Tree, copy, root, shared};
use sha2::{Digest, Sha256};

const SPEC: &str = "openapi: 3.0.3
info: {title: Toys, version: '1'}
x-product: toys
x-transport: rest
servers:
  - {url: 'https://toys.example', x-environment: production}
paths:
  # Shelves, by hand

  /toys/v1/toy:
    get:
      operationId: toy
      tags: [Shelves]
      summary: A toy, in words that somebody chose
      x-security: USER_DATA
      parameters:
        # the first
        - {name: size, in: query, required: true, schema: {type: integer, format: int32}, description: How large}
        - {name: endTime, in: query, schema: {type: integer, format: int64, x-time: ms}}
      responses:
        '200': {description: Nothing}
components:
  schemas:
    Side: {type: string, x-extensible-enum: [BUY, SELL]}
";

const COLLECTION: &str = r#"{"info":{"name":"Toys REST API",
  "schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[{"name":"Shelves","item":[
  {"name":"A toy (USER_DATA)","request":{"method":"GET","url":{"path":["toys","v1","toy"],
    "query":[{"key":"size","value":"5"},{"key":"colour","value":"red","disabled":true},
             {"key":"endTime","value":"","disabled":true},{"key":"timestamp","value":""},{"key":"signature","value":""}]}}},
  {"name":"Get Toy Parts (USER_DATA)","request":{"method":"GET","url":{"path":["toys","v1","toy",":id","parts"],
    "query":[{"key":"size","value":"5","disabled":true},{"key":"amount","value":"1.5"},
             {"key":"timestamp","value":""},{"key":"signature","value":""}]}}}]}]}"#;

fn tree() -> Tree {
    let tree = Tree::new();
    tree.write("specs/toys/rest.yaml", SPEC);
    tree.write("postman/Toys.json", COLLECTION);
    tree
}

fn import(tree: &Tree, arguments: &[&str]) -> Run {
    let specs = tree.text("specs");
    let mut all = vec!["import", "--specs", &specs];
    all.extend(arguments);
    tree.run(&all)
}

#[test]
fn a_product_that_is_none_has_a_neighbour() {
    let tree = tree();
    tree.write("sample.json", "{}");
    let postman = tree.text("postman");
    let sample = tree.text("sample.json");
    let near = ["no product `toyz`", "did you mean `toys`? there are: toys"];
    import(&tree, &["postman", &postman, "--product", "toyz"]).expect(1, &[], &near);
    import(&tree, &["response", "toy", &sample, "--product", "toyz"]).expect(1, &[], &near);
}

fn text(tree: &Tree, path: &str) -> String {
    fs::read_to_string(tree.path(path)).expect("a file")
}

/// A copy of the project's own specs.
fn own_specs() -> Tree {
    let tree = Tree::new();
    copy(&root().join("specs"), &tree.path("specs"));
    tree
}

#[test]
fn a_collection_is_shown_then_written_and_then_has_nothing_new() {
    let tree = tree();
    let postman = tree.text("postman");
    import(&tree, &["postman", &postman]).expect(
        100,
        &[
            "--- specs/toys/rest.yaml\n",
            "+        - {name: colour, in: query, schema: {type: string}}\n",
            "+  /toys/v1/toy/{id}/parts:\n+    get:\n+      operationId: getToyParts\n+      tags: [Shelves]\n\
             +      summary: Toy parts\n+      x-security: USER_DATA\n+      x-stability-level: draft\n+      parameters:\n\
             +        - {name: id, in: path, required: true, schema: {type: string}}\n\
             +        - {name: size, in: query, schema: {type: integer, format: int32}}\n\
             +        - {name: amount, in: query, required: true, schema: {type: number, format: decimal}}\n",
            "1 operation and 1 parameter new\n",
            "1 file would change; write with --apply\n",
        ],
        &[],
    );
    assert_eq!(text(&tree, "specs/toys/rest.yaml"), SPEC);
    import(&tree, &["postman", &postman, "--apply"]).expect(0, &["1 file written"], &[]);
    let written = text(&tree, "specs/toys/rest.yaml");
    // Every line that was there is there, in its order.
    let mut lines = written.lines();
    for line in SPEC.lines() {
        assert!(
            lines.any(|other| other == line),
            "`{line}` is gone from\n{written}"
        );
    }
    let order = ["size", "colour", "endTime"].map(|name| written.find(&format!("name: {name},")));
    assert!(order.is_sorted() && order[0].is_some(), "{written}");
    import(&tree, &["postman", &postman, "--apply"]).expect(0, &["nothing to write"], &[]);
    assert_eq!(text(&tree, "specs/toys/rest.yaml"), written);
    let specs = tree.text("specs");
    tree.run(&["drift", "--specs", &specs, "--postman", &postman])
        .expect(0, &["0 differences"], &[]);
}

#[test]
fn what_is_explained_is_not_imported_and_what_is_gone_neither() {
    let tree = tree();
    tree.write(
        "specs/drift.yaml",
        "explained:\n- {product: toys, kind: missing-parameter, operation: GET /toys/v1/toy, parameter: colour, because: all are red}\n",
    );
    tree.write(
        "specs/shared/retired.yaml",
        "retired:\n- {call: 'GET /toys/v1/toy/{id}/parts', product: toys}\n",
    );
    import(&tree, &["postman", &tree.text("postman"), "--apply"]).expect(
        0,
        &[
            "0 operations and 0 parameters new",
            "shared/retired.yaml says that it was removed",
            "nothing to write",
        ],
        &[],
    );
}

#[test]
fn a_layout_that_cannot_be_edited_is_an_error_that_says_what_to_write() {
    let tree = tree();
    let inline = SPEC.replace(
        "      parameters:\n        # the first\n        - {name: size, in: query, required: true, schema: {type: integer, format: int32}, description: How large}\n        - {name: endTime, in: query, schema: {type: integer, format: int64, x-time: ms}}\n",
        "      parameters: [{name: size, in: query, required: true, schema: {type: integer, format: int32}}]\n",
    );
    tree.write("specs/toys/rest.yaml", &inline);
    import(&tree, &["postman", &tree.text("postman"), "--apply"]).expect(
        100,
        &["1 operation and 0 parameters new"],
        &[
            "error: toys/rest.yaml:16: GET /toys/v1/toy `colour` is not imported",
            "add `- {name: colour, in: query",
        ],
    );
}

#[test]
fn bad_input_is_refused() {
    let tree = tree();
    tree.write("bad/Toys.json", "{\"info\": 1}");
    tree.write("bad.xml", "<sbe:messageSchema>");
    tree.write("bad.json", "{\"a\": ");
    tree.write("empty.json", " ");
    let (folder, xml) = (tree.text("bad"), tree.text("bad.xml"));
    import(&tree, &["postman", &folder]).expect(1, &[], &["Toys.json:1: not a Postman collection"]);
    import(&tree, &["postman", &tree.text("nowhere")]).expect(101, &[], &["cannot be read"]);
    import(&tree, &["sbe", &xml]).expect(1, &[], &["bad.xml"]);
    import(&tree, &["fix", &xml]).expect(1, &[], &["bad.xml"]);
    import(&tree, &["openapi", &xml]).expect(1, &[], &["bad.xml"]);
    import(&tree, &["response", "toy", &tree.text("bad.json")]).expect(1, &[], &["bad.json:1: not JSON"]);
    import(&tree, &["response", "toy", &tree.text("empty.json")]).expect(101, &[], &["holds no sample"]);
    tree.write("good.json", "{\"a\": 1}");
    import(&tree, &["response", "nobody", &tree.text("good.json")]).expect(
        1,
        &[],
        &["error: no REST operation `nobody`; pass an operationId"],
    );
    import(&tree, &["response", "toy"]).expect(1, &[], &["<SAMPLE>"]);
    tree.run(&["drift"]).expect(1, &[], &["--postman"]);
    tree.run(&["drift", "--sbe", &folder, "--today", "soon"])
        .expect(1, &[], &["write a day as 2026-11-22"]);
    assert_eq!(text(&tree, "specs/toys/rest.yaml"), SPEC);
}

#[test]
fn a_sample_becomes_the_answer_once() {
    let tree = tree();
    let sample = tree.text("sample.json");
    tree.write(
        "specs/identities.yaml",
        "identities: [{members: [toyId], because: the id}]",
    );
    tree.write(
        "sample.json",
        r#"{"toyId": 7, "side": "BUY", "price": "1.50", "parts": [{"no": 1}]}"#,
    );
    import(&tree, &["response", "GET /toys/v1/toy", &sample, "--apply"]).expect(
        0,
        &["toy from 1 sample:", "1 file written"],
        &[],
    );
    let written = text(&tree, "specs/toys/rest.yaml");
    for part in [
        "content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}\n",
        "    Side: {type: string, x-extensible-enum: [BUY, SELL]}\n\n    Toy:\n      type: object\n      required: [toyId]\n",
        "        side: {$ref: '#/components/schemas/Side'}\n",
        "        parts: {type: array, items: {$ref: '#/components/schemas/ToyPart'}}\n",
    ] {
        assert!(written.contains(part), "no `{part}` in\n{written}");
    }
    import(&tree, &["response", "toy", &sample, "--apply"]).expect(
        100,
        &["nothing to write"],
        &["toys/rest.yaml:11: GET /toys/v1/toy has an answer already"],
    );
    assert_eq!(text(&tree, "specs/toys/rest.yaml"), written);
}

#[test]
fn a_sample_ends_a_draft() {
    let tree = tree();
    import(&tree, &["postman", &tree.text("postman"), "--apply"]).expect(
        0,
        &["1 operation and 1 parameter"],
        &[],
    );
    let draft = text(&tree, "specs/toys/rest.yaml");
    assert!(draft.contains("x-stability-level: draft"), "{draft}");
    let sample = tree.text("sample.json");
    tree.write("sample.json", r#"{"rows": [{"partName": "leg"}], "total": 1}"#);
    import(&tree, &["response", "getToyParts", &sample, "--apply"]).expect(0, &["1 file written"], &[]);
    let written = text(&tree, "specs/toys/rest.yaml");
    assert!(!written.contains("draft"), "{written}");
    for part in [
        "content: {application/json: {schema: {$ref: '#/components/schemas/ToyParts'}}}\n",
        "        rows: {type: array, items: {$ref: '#/components/schemas/ToyPartsRow'}}\n",
        "        total: {type: integer, format: int64}\n",
    ] {
        assert!(written.contains(part), "no `{part}` in\n{written}");
    }
    import(&tree, &["response", "getToyParts", &sample]).expect(100, &[], &["has an answer already"]);
}

#[cfg(unix)]
#[test]
fn specs_that_cannot_be_written_are_an_error() {
    let tree = tree();
    // A folder in the place of the file cannot be read as one either, so the file is a link to what takes no writes.
    fs::remove_file(tree.path("specs/toys/rest.yaml")).expect("removed");
    tree.write("elsewhere.yaml", SPEC);
    let mut locked = fs::metadata(tree.path("elsewhere.yaml"))
        .expect("a file")
        .permissions();
    locked.set_readonly(true);
    fs::set_permissions(tree.path("elsewhere.yaml"), locked).expect("locked");
    std::os::unix::fs::symlink(tree.path("elsewhere.yaml"), tree.path("specs/toys/rest.yaml"))
        .expect("a link");
    if fs::OpenOptions::new()
        .write(true)
        .open(tree.path("elsewhere.yaml"))
        .is_ok()
    {
        println!("skipped: this user may write anything");
        return;
    }
    import(&tree, &["postman", &tree.text("postman"), "--apply"]).expect(
        101,
        &[],
        &["specs/toys/rest.yaml cannot be written"],
    );
}

#[test]
fn the_published_schemas_and_dictionaries_are_ours() {
    let (Some(sbe), Some(fix)) = (shared("upstream/sbe"), shared("upstream/fix")) else {
        return;
    };
    let specs = root().join("specs").display().to_string();
    let (oe, md) = (format!("{fix}/spot-fix-oe.xml"), format!("{fix}/spot-fix-md.xml"));
    let base = [
        "drift",
        "--specs",
        &specs,
        "--sbe",
        &sbe,
        "--fix",
        &oe,
        "--fix",
        &md,
        "--today",
        "2026-11-22",
    ];
    let tree = Tree::new();
    tree.run(&base).expect(
        0,
        &[
            "spot sbe/spot.xml 3:5, spot_3_5.xml 3:5: ",
            "  PROD 3:4: deprecated since 2026-07-07, may go from 2027-01-07, 46 days left\n",
            "  PROD 3:1: gone since 2026-06-29\n",
            "spot fix/oe.xml FIX.4.4, spot-fix-oe.xml",
            "5 files; 4 differences, 4 explained, 0 not\n",
        ],
        &["not JSON, read entry by entry"],
    );
    let mut json = base.to_vec();
    json.extend(["--format", "json"]);
    tree.run(&json).expect(0, &["\"days_left\": 46"], &[]);
    let mut markdown = base.to_vec();
    markdown.extend(["--format", "markdown"]);
    tree.run(&markdown).expect(
        0,
        &["- **PROD 3:4: deprecated", "| files | messages there |"],
        &[],
    );
}

#[test]
fn every_difference_from_what_is_published_is_explained() {
    let (Some(document), Some(postman)) = (
        shared("upstream/openapi/spot_api.yaml"),
        shared("upstream/postman"),
    ) else {
        return;
    };
    let specs = root().join("specs").display().to_string();
    Tree::new()
        .run(&[
            "drift",
            "--specs",
            &specs,
            "--openapi",
            &document,
            "--postman",
            &postman,
        ])
        .expect(
            0,
            &[
                "auto-invest: 17 requests, 0 operations; 17 differences, 17 explained\n",
                " explained, 0 not\n",
            ],
            &[],
        );
}

#[test]
fn a_version_of_sbe_goes_in_as_it_was_written_by_hand() {
    let (Some(old), Some(new)) = (
        shared("upstream/sbe/spot_3_4.xml"),
        shared("upstream/sbe/spot_3_5.xml"),
    ) else {
        return;
    };
    let tree = own_specs();
    let ours = text(&tree, "specs/spot/sbe/spot.xml");
    let history = text(&tree, "specs/spot/sbe/history.yaml");
    // Back to 3:4, in place.
    tree.write(
        "specs/spot/sbe/spot.xml",
        &ours.replace("id=\"3\" version=\"5\"", "id=\"3\" version=\"4\""),
    );
    import(&tree, &["sbe", &old, "--apply"]).expect(0, &["-      <validValue name=\"CancelOnly\""], &[]);
    let specs = tree.text("specs");
    tree.run(&["drift", "--specs", &specs, "--sbe", &new, "--today", "2026-07-07"]).expect(
        100,
        &[
            "  different          sbe/spot.xml schema: version is 5 there, 4 here\n",
            "  missing            sbe/spot.xml symbolStatus.CancelOnly: value 4, jsonValue CANCEL_ONLY [spot/sbe/spot.xml:",
        ],
        &[],
    );
    import(&tree, &["sbe", &new]).expect(100, &["+      <validValue name=\"CancelOnly\""], &[]);
    import(&tree, &["sbe", &new, "--apply"]).expect(0, &["1 file written"], &[]);
    assert_eq!(text(&tree, "specs/spot/sbe/spot.xml"), ours);
    assert_eq!(text(&tree, "specs/spot/sbe/history.yaml"), history);
    import(&tree, &["sbe", &new, "--apply"]).expect(0, &["nothing to write"], &[]);
    import(&tree, &["sbe", &old, "--apply"]).expect(
        1,
        &[],
        &["it is 3:4, and spot/sbe/spot.xml is 3:5 already"],
    );
}

const DOCUMENT: &str = "openapi: 3.0.2
info: {title: Public, version: '1'}
servers: [{url: 'https://toys.example'}]
paths:
  /toys/v1/toy:
    get:
      summary: A toy (USER_DATA)
      tags: [Toys]
      parameters:
        - {name: size, in: query, schema: {type: integer}}
        - {name: colour, in: query, required: true, schema: {type: string}}
        - {name: signature, in: query, required: true, schema: {type: string}}
      responses: {'200': {description: OK}}
  /toys/v1/old:
    get:
      summary: An old toy (USER_DATA)
      tags: [Toys]
      responses: {'200': {description: OK}}
  /toys/v1/new:
    post:
      summary: Make a toy (TRADE)
      tags: [Toys]
      responses: {'200': {description: OK}}
";

#[test]
fn a_document_is_compared_and_imported_likewise() {
    let tree = tree();
    tree.write("public.yaml", DOCUMENT);
    tree.write(
        "specs/shared/retired.yaml",
        "retired:\n- {call: GET /toys/v1/old, product: toys, date: '2026-01-31'}\n",
    );
    tree.write(
        "specs/drift.yaml",
        "explained:\n- {product: toys, against: openapi, kind: optional-parameter, operation: GET /toys/v1/toy, parameter: size, because: the page says so}\n\
         - {product: toys, against: sbe, kind: extra, place: sbe/toys.xml Toy, because: not compared here}\n",
    );
    let (specs, document) = (tree.text("specs"), tree.text("public.yaml"));
    let drift = ["drift", "--specs", &specs, "--openapi", &document];
    tree.run(&drift).expect(
        100,
        &[
            "toys: 3 requests, 1 operation; 5 differences, 2 explained\n",
            "  missing-operation  POST /toys/v1/new: Make a toy\n",
            "  missing-parameter  GET /toys/v1/toy `colour`: required [",
            "(explained: gone since 2026-01-31: shared/retired.yaml)",
            "(explained: the page says so)",
        ],
        &[],
    );
    import(&tree, &["openapi", &document, "--apply"]).expect(
        0,
        &[
            "+      operationId: makeAToy\n",
            "+      x-security: TRADE\n",
            "1 operation and 1 parameter new\n",
        ],
        &[],
    );
    import(&tree, &["openapi", &document, "--apply"]).expect(0, &["nothing to write"], &[]);
}

#[test]
fn one_explanation_may_be_about_many_differences_of_one_document() {
    let tree = tree();
    let sections = DOCUMENT.to_owned()
        + "  /toys/v1/game:\n    get:\n      summary: A game\n      tags: [Games]\n      responses: {'200': {description: OK}}\n";
    tree.write("public.yaml", &sections);
    tree.write(
        "specs/shared/retired.yaml",
        "retired:\n- {call: GET /toys/v1/old, product: toys}\n",
    );
    let (specs, document) = (tree.text("specs"), tree.text("public.yaml"));
    let drift = ["drift", "--specs", &specs, "--openapi", &document];
    // A product that nobody has is told operation by operation.
    tree.run(&drift).expect(
        100,
        &["games: 1 request, 0 operations; 1 difference, 0 explained\n  missing-operation  GET /toys/v1/game: A game\n"],
        &[],
    );
    let digest = hex::encode(Sha256::digest(sections.as_bytes()));
    let explanations = |hash: &str| {
        format!(
            "explained:\n\
             - {{product: '*', against: openapi, document: &d '{hash}', kind: missing-operation, operation: '* /toys/v1/*', because: not offered yet}}\n\
             - {{product: toys, against: openapi, kind: missing-operation, operation: POST /toys/v1/new, because: made by hand}}\n\
             - {{product: toys, against: openapi, document: *d, kind: missing-parameter, operation: '*', parameter: col*, because: all are red}}\n\
             - {{product: toys, against: openapi, document: *d, kind: optional-parameter, operation: '*', parameter: s*e, because: the page}}\n\
             - {{product: toys, against: openapi, document: *d, kind: extra-parameter, operation: '*', parameter: '*', because: newer}}\n\
             - {{product: toys, against: openapi, document: *d, kind: required-parameter, operation: GET /games/*, parameter: '*', because: none}}\n"
        )
    };
    tree.write("specs/drift.yaml", &explanations(&digest[..12]));
    tree.run(&drift).expect(
        100,
        &[
            "GET /toys/v1/game: A game (explained: not offered yet)",
            "GET /toys/v1/old: An old toy (explained: gone: shared/retired.yaml)",
            "POST /toys/v1/new: Make a toy (explained: made by hand)",
            " `colour`: required [",
            "(explained: all are red)",
            "(explained: newer)",
            "6 explained, 0 not",
        ],
        &["error: specs/drift.yaml:7: no difference matches the explanation: toys: required-parameter GET /games/*, *"],
    );
    // What one product has does not speak for all.
    let mut one = drift.to_vec();
    one.extend(["--product", "games"]);
    tree.run(&one).expect(0, &["1 explained, 0 not"], &[]);
    tree.write("specs/drift.yaml", &explanations("0123456789ab"));
    let reported = tree.run(&drift);
    assert_eq!(
        reported.err.matches("this is about another document").count(),
        5,
        "{}",
        reported.err
    );
    reported.expect(
        100,
        &["6 differences, 2 explained, 4 not"],
        &[&format!(
            "see what differs now, and write `document: {}`",
            &digest[..12]
        )],
    );
}

const DICTIONARY: &str = "<fix type='FIX' major='4' minor='4' servicepack='0'>\n  <header>\n    \
    <field name='BeginString' required='Y'/>\n    <field name='BodyLength' required='Y'/>\n    \
    <field name='MsgType' required='Y'/>\n  </header>\n  <trailer>\n    <field name='CheckSum' required='Y'/>\n  </trailer>\n  \
    <messages>\n    <!-- the only one -->\n    <message name='Toy' msgtype='T' msgcat='app'>\n      \
    <field name='Size' required='Y'/>\n    </message>\n  </messages>\n  <fields>\n    \
    <field number='8' name='BeginString' type='STRING'/>\n    <field number='9' name='BodyLength' type='LENGTH'/>\n    \
    <field number='10' name='CheckSum' type='STRING'/>\n    <field number='35' name='MsgType' type='STRING'/>\n    \
    <field number='5000' name='Size' type='INT'/>\n  </fields>\n</fix>\n";

#[test]
fn a_dictionary_goes_in_place_by_place() {
    let tree = tree();
    tree.write("specs/toys/fix/toys.xml", DICTIONARY);
    let theirs = DICTIONARY
        .replace("<!-- the only one -->", "")
        .replace("name='Size' required='Y'/>", "name='Size' required='N'/><field name='Hue' required='N'/>")
        .replace("type='INT'/>", "type='INT'/><field type='CHAR' name='Hue' number='5001'><value enum='R' description='RED'/></field>");
    tree.write("theirs.xml", &theirs);
    let (specs, file) = (tree.text("specs"), tree.text("theirs.xml"));
    tree.run(&["drift", "--specs", &specs, "--fix", &file]).expect(
        100,
        &[
            "  different          fix/toys.xml message Toy.Size: required is N there, Y here [toys/fix/toys.xml:",
            "  missing            fix/toys.xml message Toy.Hue: kind field, required N [",
            "  missing            fix/toys.xml field Hue: number 5001, type CHAR\n",
            "1 file; 3 differences, 0 explained, 3 not\n",
        ],
        &[],
    );
    import(&tree, &["fix", &file, "--apply"]).expect(0, &["1 file written"], &[]);
    let written = text(&tree, "specs/toys/fix/toys.xml");
    for part in [
        "<!-- the only one -->\n    <message name='Toy'",
        "      <field name='Size' required=\"N\"/>\n      <field name=\"Hue\" required=\"N\"/>\n",
        "    <field number=\"5001\" name=\"Hue\" type=\"CHAR\">\n      <value enum=\"R\" description=\"RED\"/>\n    </field>\n",
    ] {
        assert!(written.contains(part), "no `{part}` in\n{written}");
    }
    import(&tree, &["fix", &file, "--apply"]).expect(0, &["nothing to write"], &[]);
    tree.run(&["drift", "--specs", &specs, "--fix", &file])
        .expect(0, &["0 differences"], &[]);
}

#[test]
fn a_dictionary_of_something_else_replaces_none() {
    let tree = tree();
    tree.write("specs/toys/fix/toys.xml", DICTIONARY);
    let others: String = ["A", "B", "C"]
        .map(|name| format!("<message name='{name}' msgtype='{name}' msgcat='app'/>"))
        .concat();
    let theirs = DICTIONARY.replace("</messages>", &format!("{others}</messages>"));
    tree.write("theirs.xml", &theirs);
    let file = tree.text("theirs.xml");
    import(&tree, &["fix", &file, "--apply"]).expect(101, &[], &["the specs have no FIX dictionary like it"]);
    assert_eq!(text(&tree, "specs/toys/fix/toys.xml"), DICTIONARY);
}
