//! `cargo xtask diff --uses` from end to end: on the bot of tests/bot, whose lines say themselves what they use, and on small
//! projects of their own.

use std::collections::BTreeSet;
use std::fs;

use crate::support::desk::{MAIN, PRICE, SPEC, diff, git, small};
use crate::support::{Tree, conforms, copy_specs, root};
use serde_json::Value;

fn bot() -> String {
    root().join("tests/bot").display().to_string()
}

/// The specs of Spot, before and after some edits: file, what is there, what is to be there.
fn spot(edits: &[(&str, &str, &str)]) -> Tree {
    let tree = Tree::new();
    for side in ["old", "new"] {
        copy_specs(&["spot", "shared"], &tree.path(side));
    }
    for (file, from, to) in edits {
        let path = format!("new/{file}");
        let text = fs::read_to_string(tree.path(&path)).expect("a spec");
        assert!(text.contains(from), "{file} has no `{from}`");
        tree.write(&path, &text.replacen(from, to, 1));
    }
    tree
}

/// The differences that touch a project, as JSON.
fn touched(tree: &Tree, project: &str, code: i32) -> Value {
    let (old, new) = (tree.text("old"), tree.text("new"));
    let reported = tree.run(&["diff", &old, &new, "--uses", project, "--format", "json"]);
    assert_eq!(reported.code, Some(code), "{}\n{}", reported.out, reported.err);
    serde_json::from_str(&reported.out).expect("JSON")
}

fn kinds(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| finding["kind"].as_str().expect("a kind"))
        .collect()
}

/// `file:line` of the uses of a finding, and that each is sure.
fn places(finding: &Value) -> BTreeSet<String> {
    let uses = finding["uses"].as_array().expect("uses");
    uses.iter()
        .map(|one| {
            assert_eq!(one["certainty"], "certain", "{one}");
            format!("{}:{}", one["file"].as_str().expect("a file"), one["line"])
        })
        .collect()
}

/// The lines of the bot that say of themselves that they use something.
fn marked(tag: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["src", "tests"] {
        for entry in fs::read_dir(root().join("tests/bot").join(folder)).expect("the bot") {
            let entry = entry.expect("an entry");
            let text = fs::read_to_string(entry.path()).expect("a source");
            for (index, line) in text.lines().enumerate() {
                let tags = line.split_once("// uses: ").map_or("", |(_, tags)| tags);
                if tags.split(", ").any(|own| own == tag) {
                    let name = entry.file_name().into_string().expect("a name");
                    found.insert(format!("{}/{folder}/{name}:{}", bot(), index + 1));
                }
            }
        }
    }
    assert!(!found.is_empty(), "no line of the bot says `uses: {tag}`");
    found
}

const STATUSES: &str = "PENDING_CANCEL, REJECTED, EXPIRED, EXPIRED_IN_MATCH, UNKNOWN";
const FILLED: &str =
    "        z: {type: string, format: decimal, x-name: executedQty, description: Amount filled}\n";
const ORDER_TYPE: &str = "        - {name: type, in: query, required: true, schema: {$ref: \
                          '../shared/enums.yaml#/components/schemas/OrderType'}, description: Order type}\n";

#[test]
fn a_removed_response_field_touches_exactly_the_lines_that_read_it() {
    let tree = spot(&[
        ("spot/ws-streams.yaml", FILLED, ""),
        ("spot/ws-streams.yaml", "X, i, l, z, L,", "X, i, l, L,"),
    ]);
    let report = touched(&tree, &bot(), 100);
    assert_eq!(kinds(&report), ["required-field-removed"]);
    assert_eq!(places(&report["findings"][0]), marked("executed-qty"));
    assert_eq!(report["narrowed"]["left_out"], 0, "{report}");
}

#[test]
fn a_new_required_parameter_touches_exactly_the_calls_that_lack_it() {
    let desk =
        "        - {name: desk, in: query, required: true, schema: {type: string}, description: Desk}\n";
    let mut edits = vec![(
        "spot/rest.yaml",
        ORDER_TYPE.to_owned(),
        format!("{ORDER_TYPE}{desk}"),
    )];
    // Each constructor takes it, or the specs would be refused.
    let specs = fs::read_to_string(root().join("specs/spot/rest.yaml")).expect("the specs");
    let order = specs.split_once("operationId: newOrder\n").expect("the order").1;
    let constructors = order.split_once("x-constructors:\n").expect("constructors").1;
    for line in constructors
        .lines()
        .take_while(|line| line.contains("takes: [symbol, "))
    {
        edits.push((
            "spot/rest.yaml",
            line.to_owned(),
            line.replace("takes: [symbol, ", "takes: [symbol, desk, "),
        ));
    }
    let edits: Vec<(&str, &str, &str)> = (edits.iter())
        .map(|(file, from, to)| (*file, from.as_str(), to.as_str()))
        .collect();
    let tree = spot(&edits);
    let report = touched(&tree, &bot(), 100);
    // The request is one over both transports.
    assert_eq!(
        kinds(&report),
        ["required-parameter-added", "required-parameter-added"]
    );
    for finding in report["findings"].as_array().expect("findings") {
        assert_eq!(places(finding), marked("new-order"), "{finding}");
    }
}

#[test]
fn a_renamed_enum_value_touches_exactly_the_lines_that_match_on_it() {
    let tree = spot(&[(
        "shared/enums.yaml",
        STATUSES,
        "PENDING_CANCEL, REJECTED, LAPSED, EXPIRED_IN_MATCH, UNKNOWN",
    )]);
    let report = touched(&tree, &bot(), 100);
    assert_eq!(kinds(&report), ["value-renamed"]);
    assert_eq!(places(&report["findings"][0]), marked("expired"));
    assert_eq!(report["narrowed"]["left_out"], 0);
}

#[test]
fn what_the_bot_does_not_touch_is_counted_and_breaks_nothing() {
    let tree = spot(&[
        // Gone, from an answer that the bot never asks for.
        (
            "spot/rest.yaml",
            "        isBestMatch: {type: boolean, description: Of no use}\n",
            "",
        ),
        ("spot/rest.yaml", "isBuyerMaker, isBestMatch]", "isBuyerMaker]"),
        // More than before, where the bot is at home: a parameter, a value, a field.
        (
            "spot/rest.yaml",
            ORDER_TYPE,
            &format!(
                "{ORDER_TYPE}        - {{name: desk, in: query, schema: {{type: string}}, description: Desk}}\n"
            ),
        ),
        ("shared/enums.yaml", STATUSES, &format!("{STATUSES}, LOST")),
        (
            "spot/ws-streams.yaml",
            FILLED,
            &format!("{FILLED}        zz: {{type: string, x-name: venue, description: Venue}}\n"),
        ),
    ]);
    let report = touched(&tree, &bot(), 0);
    assert_eq!(kinds(&report), [""; 0]);
    let left_out = report["narrowed"]["left_out"].as_u64().expect("a count");
    let (old, new) = (tree.text("old"), tree.text("new"));
    tree.run(&["diff", &old, &new]).expect(100, &["1 breaking"], &[]);
    let all = tree.run(&["diff", &old, &new, "--format", "json"]);
    let all: Value = serde_json::from_str(&all.out).expect("JSON");
    assert_eq!(
        all["findings"].as_array().map(Vec::len),
        usize::try_from(left_out).ok()
    );
    assert!(left_out >= 5, "{all}");
}

#[test]
fn users_of_codecs_are_touched_by_what_the_json_users_are_not() {
    let sell = "      <validValue name=\"Sell\" mbx:jsonValue=\"SELL\">1</validValue>\n";
    let sor = "<component name=\"NewOrder\" required=\"Y\"/>\n      <field name=\"SOR\" required=\"N\"/>";
    let tree = spot(&[
        (
            "spot/sbe/spot.xml",
            sell,
            // What is new beside it concerns nobody.
            &format!(
                "{}      <validValue name=\"Lend\">2</validValue>\n",
                sell.replace("name=\"Sell\"", "name=\"Ask\"")
            ),
        ),
        ("spot/fix/oe.xml", sor, &sor.replace("\"N\"", "\"Y\"")),
    ]);
    tree.write(
        "desk/Cargo.toml",
        "[package]\nname = \"desk\"\n[dependencies]\nbinance-wire-spot = \"0.1\"\n",
    );
    tree.write(
        "desk/src/lib.rs",
        "use binance_wire_spot::{fix::oe, sbe::spot as sbe};

pub fn buys(side: sbe::OrderSide) -> bool {
    match side {
        sbe::OrderSide::Buy => true,
        sbe::OrderSide::Sell | sbe::OrderSide::NonRepresentable => false,
    }
}

pub fn list<'a>() -> oe::NewOrderList<'a> {
    oe::NewOrderList::new(\"list\", oe::ContingencyType::OneCancelsTheOther)
}

pub fn order(order: oe::NewOrderSingle<'_>) -> oe::NewOrderSingle<'_> {
    order.sor(true)
}
",
    );
    let desk = tree.text("desk");
    let report = touched(&tree, &desk, 100);
    let found: Vec<(&str, BTreeSet<String>)> = kinds(&report)
        .into_iter()
        .zip(report["findings"].as_array().into_iter().flatten().map(places))
        .collect();
    let lines = |lines: &[usize]| {
        let place = |line: &usize| format!("{desk}/src/lib.rs:{line}");
        lines.iter().map(place).collect::<BTreeSet<_>>()
    };
    assert_eq!(
        found,
        [
            ("fix-member-now-required", lines(&[15])),
            ("sbe-enum-value-renamed", lines(&[6])),
        ]
    );
    // The bot speaks JSON.
    assert_eq!(kinds(&touched(&tree, &bot(), 0)), [""; 0]);
}

#[test]
fn a_call_is_touched_by_what_is_said_of_it() {
    for (from, to, kind) in [
        ("x-weight: 5", "x-weight: 9", "operation-weight-raised"),
        (
            "x-weight: 5",
            "x-weight: 5\n      deprecated: true",
            "operation-deprecated",
        ),
        (
            "https://api.example",
            "https://elsewhere.example",
            "environment-hosts",
        ),
    ] {
        let tree = small(&[(from, to)]);
        let line = if kind.starts_with("environment") { 3 } else { 4 };
        diff(&tree, &[]).expect(
            0,
            &[
                "0 breaking, 1 to look at",
                kind,
                "1 finding touches",
                &format!("desk/src/main.rs:{line}:"),
            ],
            &[],
        );
    }
    let tree = small(&[("x-weight: 1", "x-weight: 2")]);
    diff(&tree, &[]).expect(0, &["0 findings touch", "and 1 does not"], &[]);
    // Another default is for those who leave the parameter out, another least value for those who do not.
    let tree = small(&[("default: 10", "default: 20")]);
    diff(&tree, &[]).expect(0, &["parameter-default", "desk/src/main.rs:4:22 calls"], &[]);
    let tree = small(&[("default: 10", "default: 10, minimum: 7")]);
    let reported = diff(&tree, &[]);
    assert!(!reported.out.contains("main.rs:4:22"), "{}", reported.out);
    reported.expect(
        100,
        &["parameter-minimum-raised", "desk/src/main.rs:4:38 calls"],
        &[],
    );
}

#[test]
fn a_retired_endpoint_and_a_product_that_is_gone_touch_their_callers() {
    let paths = "  /sapi/v1/convert/toy:\n";
    let tree = small(&[
        (paths, "  /sapi/v1/convert/doll:\n"),
        ("operationId: getToy", "operationId: getDoll"),
    ]);
    tree.write(
        "new/shared/retired.yaml",
        "retired:\n  - {call: GET /sapi/v1/convert/toy, product: convert, date: '2026-05-01'}\n",
    );
    diff(&tree, &[]).expect(
        100,
        &[
            "operation-removed",
            "endpoint-retired",
            "desk/src/main.rs:4:22 calls",
        ],
        &[],
    );
    let tree = small(&[]);
    let other = SPEC.replace("x-product: convert", "x-product: other");
    fs::remove_dir_all(tree.path("new")).expect("it goes");
    tree.write("new/other/rest.yaml", &other);
    diff(&tree, &[]).expect(
        100,
        &[
            "product `convert` was removed",
            "desk/src/main.rs:1:",
            "and 1 does not",
        ],
        &[],
    );
}

#[test]
fn every_format_says_where() {
    let tree = small(&[(PRICE, ""), ("x-weight: 1", "x-weight: 2")]);
    let place = format!("{}/src/main.rs", tree.text("desk"));
    diff(&tree, &["--format", "markdown"]).expect(
        100,
        &[
            "1 finding touches",
            "1 does not",
            "- Breaks compilation: 1 change in 1 line",
            "- \\[1\\] **field `price` of type `Toy` was removed",
            &format!("`{place}:5:9` accesses"),
            "`toy.price.map(|price| price.to_string())`",
        ],
        &[],
    );
    let reported = diff(&tree, &["--format", "github"]);
    assert_eq!(
        reported.out.matches("::error ").count(),
        1,
        "one place, one annotation: {}",
        reported.out
    );
    reported.expect(
        100,
        &[&format!(
            "::error file={place},line=5,col=9,title=field-removed (convert)::field"
        )],
        &[],
    );
    // GitHub names files from the root of the project's repository, wherever the command runs.
    git(&tree, "2026-05-01", &["init", "--quiet"]);
    diff(&tree, &["--format", "github"]).expect(100, &["::error file=desk/src/main.rs,line=5,col=9,"], &[]);
    let page = tree.text("page.html");
    diff(&tree, &["--format", "html", "--output", &page]).expect(100, &[], &[]);
    let page = fs::read_to_string(page).expect("the page");
    for text in [
        "This breaks the project.",
        "class=\"narrowed\"",
        &format!("<dt>{}:5:9</dt>", place.replace('/', "&#x2f;")),
        "<pre>toy.price.map(|price| price.to_string())</pre>",
    ] {
        assert!(page.contains(text), "the page has no `{text}`");
    }
    tree.write("log.md", "## 2026-05-04\n- `GET /sapi/v1/convert/toy`: price is gone\n- New endpoint `GET /sapi/v1/convert/new`\n");
    tree.write("desk/src/lib.rs", "fn broken( {\n");
    let reported = diff(
        &tree,
        &["--format", "json", "--announcements", &tree.text("log.md")],
    );
    let report: Value = serde_json::from_str(&reported.out).expect("JSON");
    let schema: Value = serde_json::from_str(&tree.run(&["diff", "--schema"]).out).expect("JSON");
    assert_eq!(report["narrowed"]["unread"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        report["logs"]["both"].as_array().map(Vec::len),
        Some(1),
        "{report}"
    );
    conforms(&report, &schema, &schema, "report");
}

#[test]
fn each_line_is_listed_once_and_documentation_is_one_line() {
    let tree = small(&[
        ("x-weight: 5", "x-weight: 9\n      deprecated: true"),
        ("summary: A toy", "summary: One toy"),
    ]);
    tree.write(
        "desk/src/main.rs",
        "use binance_wire_convert::requests::GetToy;\n\nfn main() {\n    let _ = GetToy::new(\"here\");\n}\n",
    );
    let reported = diff(&tree, &[]);
    let summary = "  Changes behaviour: 2 changes in 2 lines\n  Documentation and sample values: 1 finding\n";
    let line =
        "/desk/src/main.rs:4:13 names binance_wire_convert::requests::GetToy [1, 2]\n    let _ = GetToy::new";
    assert_eq!(reported.out.matches("main.rs:").count(), 1, "{}", reported.out);
    reported.expect(
        0,
        &[
            summary,
            "  [2] operation `GET /sapi/v1/convert/toy`",
            "\n  convert: 1 description changed: `GET /sapi/v1/convert/toy`\n",
            line,
            "  and 1 import of what is listed\n",
        ],
        &[],
    );
    // An import of what was removed does not compile.
    let tree = small(&[("operationId: getToy", "operationId: findToy")]);
    tree.write(
        "desk/src/main.rs",
        "use binance_wire_convert::requests::GetToy;\n\nfn main() {\n    let _ = GetToy::new(\"here\");\n}\n",
    );
    diff(&tree, &[]).expect(100, &["main.rs:1:", "main.rs:4:"], &[]);
}

#[test]
fn many_additions_of_one_kind_are_one_line() {
    let more: Vec<String> = (b'a'..=b'h')
        .map(|name| format!("        {}: {{type: string}}\n", char::from(name)))
        .collect();
    let tree = small(&[(PRICE, &(PRICE.to_owned() + &more.concat()))]);
    let (old, new, here) = (tree.text("specs"), tree.text("new"), tree.text(""));
    tree.run(&["diff", &old, &new, "--repository", &here]).expect(
        0,
        &[
            "0 breaking, 0 to look at, 8 compatible",
            "convert: 8 × field-added: `a` of `Toy`, `b` of `Toy`, ",
            " and 2 more\n",
        ],
        &[],
    );
}

#[test]
fn what_cannot_be_known_is_marked_as_possible() {
    let tree = small(&[(PRICE, "")]);
    tree.write(
        "desk/src/main.rs",
        "fn main() {\n    let toy = elsewhere::toy();\n    println!(\"{:?}\", toy.price);\n}\n",
    );
    diff(&tree, &[]).expect(
        100,
        &["desk/src/main.rs:3:26 possibly accesses binance_wire_convert::models::Toy.price"],
        &[],
    );
    let report = diff(&tree, &["--format", "json"]).out;
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["findings"][0]["uses"][0]["certainty"], "possible");
}

#[test]
fn the_facade_leads_to_the_product() {
    let tree = small(&[(PRICE, "")]);
    tree.write(
        "desk/Cargo.toml",
        "[package]\nname = \"desk\"\n[dependencies]\nbinance = { package = \"binance-wire\", version = \"0.1\" }\n",
    );
    tree.write(
        "desk/src/main.rs",
        &MAIN.replace("binance_wire_convert::", "binance::convert::"),
    );
    diff(&tree, &[]).expect(100, &["field-removed", "desk/src/main.rs:5:9 accesses"], &[]);
}

#[test]
fn what_is_no_specs_is_compared_with_those_of_the_repository() {
    let collection = |parameter: &str| {
        format!(
            r#"{{"info": {{"name": "Binance Convert API", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}},
                "item": [{{"name": "Toy", "request": {{"method": "GET", "header": [], "url": {{
                    "raw": "{{{{url}}}}/sapi/v1/convert/toy?shop=a", "host": ["{{{{url}}}}"],
                    "path": ["sapi", "v1", "convert", "toy"],
                    "query": [{{"key": "shop", "value": "a"}}{parameter}]}}}}}}]}}"#
        )
    };
    let tree = small(&[]);
    tree.write(
        "old/Binance Convert API.json",
        &collection(r#", {"key": "limit", "value": "5", "disabled": true}"#),
    );
    tree.write("later/Binance Convert API.json", &collection(""));
    let (old, new, repository, desk) = (
        tree.text("old"),
        tree.text("later"),
        tree.text(""),
        tree.text("desk"),
    );
    tree.run(&["diff", &old, &new, "--repository", &repository, "--uses", &desk])
        .expect(
            100,
            &[
                "parameter `limit` of operation `GET /sapi/v1/convert/toy` was removed",
                "desk/src/main.rs:4:38 calls binance_wire_convert::requests::GetToy::limit",
                &format!("compared with the Rust of {}", tree.text("specs")),
            ],
            &[],
        );
    let empty = tree.text("desk");
    tree.run(&["diff", &old, &new, "--repository", &empty, "--uses", &desk])
        .expect(101, &[], &["old is no specs", "--repository"]);
}

#[test]
fn what_cannot_be_read_is_reported_and_never_reads_as_clean() {
    let broken = "fn fine() {}\n\nfn broken( {\n";
    // Something may be missing: neither clean nor broken.
    let tree = small(&[("x-weight: 1", "x-weight: 2")]);
    tree.write("desk/examples/one.rs", broken);
    diff(&tree, &[]).expect(
        1,
        &["findings may be missing: ", "desk/examples/one.rs:3"],
        &["desk/examples/one.rs:3"],
    );
    diff(&tree, &["--format", "html"]).expect(1, &["not all could be read"], &[]);
    diff(&tree, &["--format", "github"]).expect(1, &["::warning title=findings may be missing::"], &[]);
    // What was found breaks all the same.
    let tree = small(&[(PRICE, "")]);
    tree.write("desk/examples/one.rs", broken);
    diff(&tree, &[]).expect(100, &["field-removed"], &["desk/examples/one.rs:3"]);

    let tree = small(&[(PRICE, "")]);
    tree.write("desk/Cargo.toml", "[package]\nname = \"desk\"\n");
    diff(&tree, &[]).expect(1, &[], &["depends on binance-wire"]);
    fs::remove_file(tree.path("desk/Cargo.toml")).expect("it goes");
    diff(&tree, &[]).expect(101, &[], &["has no Cargo.toml"]);
    tree.write("desk/Cargo.toml", "[package]\nname = \n");
    diff(&tree, &[]).expect(1, &[], &["Cargo.toml:2"]);

    for side in ["specs", "new"] {
        let tree = small(&[(PRICE, "")]);
        tree.write(
            &format!("{side}/convert/rest.yaml"),
            &SPEC.replace("type: object", "type: objekt"),
        );
        diff(&tree, &[]).expect(1, &[], &["convert/rest.yaml:", "objekt"]);
    }
    let tree = small(&[]);
    let (new, repository, desk) = (tree.text("new"), tree.text(""), tree.text("desk"));
    git(&tree, "2026-05-01", &["init", "--quiet"]);
    tree.run(&["diff", "v9", &new, "--repository", &repository, "--uses", &desk])
        .expect(101, &[], &["`v9` is neither a file or folder nor a git revision"]);
    diff(&tree, &["--announcements", &tree.text("absent.md")]).expect(
        101,
        &[],
        &["absent.md cannot be read"],
    );
    diff(&tree, &["--since", "2026-05-01"]).expect(1, &[], &["--announcements"]);
    tree.write(
        "log.md",
        "## 2026-05-04\n- `GET /sapi/v1/convert/toy`: new field\n",
    );
    diff(
        &tree,
        &["--announcements", &tree.text("log.md"), "--since", "2026-02-30"],
    )
    .expect(1, &[], &["`2026-02-30` is not a day"]);
    tree.write("notes.md", "Release 2\n- things\n");
    diff(&tree, &["--announcements", &tree.text("notes.md")]).expect(1, &[], &["no dated section"]);
}
