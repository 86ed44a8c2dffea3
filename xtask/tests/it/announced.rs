//! `cargo xtask diff --announcements` from end to end: on small logs, and on the exchange's.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Tree;
use crate::support::desk::{PRICE, diff, git, small};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

const LOG: &str = "## 2026-06-20
- New endpoint `GET /sapi/v1/convert/later`
## 2026-05-20
- `GET /sapi/v1/convert/toy`: weight changed to 9
- `GET /sapi/v1/convert/shops`: new parameter `town` from 2026-06-01
- New endpoint `GET /sapi/v1/convert/doll`
- New endpoint `GET /sapi/v1/mining/pick`
## 2026-04-02
- New endpoint `GET /sapi/v1/convert/older`
## 2026-04-01
- `GET /sapi/v1/convert/toy` will be discontinued on 2026-05-15
";
const DOLL: &str = "  /sapi/v1/convert/doll:
    get:
      operationId: getDoll
      summary: A doll
      tags: [General]
      x-security: NONE
      x-weight: 1
      responses:
        '200': {description: A toy, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}
components:
";

#[test]
fn logs_are_compared_with_the_differences_of_their_days() {
    let tree = small(&[
        ("x-weight: 5", "x-weight: 9"),
        (PRICE, ""),
        ("components:\n", DOLL),
    ]);
    tree.write("log.md", LOG);
    let (old, new, log) = (tree.text("specs"), tree.text("new"), tree.text("log.md"));
    let days = ["--since", "2026-05-01", "--until", "2026-06-10"];
    let mut arguments = vec!["diff", &old, &new, "--announcements", &log];
    arguments.extend(days);
    tree.run(&arguments).expect(
        100,
        &[
            "entries from 2026-05-01 to 2026-06-10 count; 2 entries of other days; 1 entry about what was not compared",
            "In both: 4 entries",
            "2026-05-20 convert: `GET /sapi/v1/convert/toy` has another weight or limit",
            "operation `GET /sapi/v1/convert/toy` has a higher weight: 5 → 9",
            "2026-05-20 convert: `GET /sapi/v1/convert/doll` added (",
            // Announced before, and to be so by now: its weight and its answer differ, but it is there still.
            "2026-04-01 convert: `GET /sapi/v1/convert/toy` removed from 2026-05-15",
            "; the specs differ",
            // The answer that lost its price is one of both calls.
            "2026-05-20 convert: `GET /sapi/v1/convert/shops` changed from 2026-06-01",
            "In the specs only: 0 findings",
            "In the logs only: 0 entries",
        ],
        &[],
    );
    // Without days, all entries count.
    tree.run(&[
        "diff",
        &old,
        &new,
        "--announcements",
        &log,
        "--format",
        "markdown",
    ])
    .expect(
        100,
        &[
            "## Announcements",
            "entries of all days count",
            "### In the logs only: 2 entries",
        ],
        &[],
    );
    tree.run(&["diff", &old, &new, "--announcements", &log, "--format", "html"])
        .expect(
            100,
            &[
                "<section id=\"logs\">",
                "<code>GET &#x2f;sapi&#x2f;v1&#x2f;convert&#x2f;later</code>",
            ],
            &[],
        );
    tree.run(&["diff", &old, &new, "--announcements", &log, "--format", "github"])
        .expect(
            100,
            &[
                "::notice file=",
                "log.md,line=2,title=in the change log only (convert)",
            ],
            &[],
        );
}

#[test]
fn logs_and_uses_go_together() {
    let tree = small(&[("x-weight: 1", "x-weight: 2")]);
    tree.write("log.md", LOG);
    // The shops weigh more, which nobody here calls; the toy is announced to change, and its caller wants to know.
    diff(
        &tree,
        &["--announcements", &tree.text("log.md"), "--since", "2026-05-16"],
    )
    .expect(
        0,
        &[
            "0 findings touch",
            "In both: 0 entries",
            "In the specs only: 0 findings",
            "In the logs only: 1 entry",
            "2026-05-20 convert: `GET /sapi/v1/convert/toy` has another weight or limit",
            "desk/src/main.rs:4:22 calls binance_wire_convert::rest::Client::get_toy",
            "3 entries about what the project does not use",
        ],
        &[],
    );
    diff(
        &tree,
        &["--announcements", &tree.text("log.md"), "--format", "github"],
    )
    .expect(
        0,
        &["desk/src/main.rs,line=4,col=22,title=in the change log only (convert)::GET /sapi/v1/convert/toy"],
        &[],
    );
}

#[test]
fn the_days_of_revisions_are_those_of_their_commits() {
    let tree = small(&[("x-weight: 5", "x-weight: 9")]);
    tree.write("log.md", LOG);
    git(&tree, "2026-05-01", &["init", "--quiet"]);
    git(&tree, "2026-05-01", &["add", "specs"]);
    git(&tree, "2026-05-01", &["commit", "--quiet", "-m", "one"]);
    git(&tree, "2026-05-01", &["tag", "v1"]);
    let text = fs::read_to_string(tree.path("new/convert/rest.yaml")).expect("a spec");
    tree.write("specs/convert/rest.yaml", &text);
    git(&tree, "2026-06-10", &["commit", "--quiet", "-am", "two"]);
    let (repository, log, desk) = (tree.text(""), tree.text("log.md"), tree.text("desk"));
    let run = |more: &[&str]| {
        let mut arguments = vec![
            "diff",
            "v1",
            "HEAD",
            "--repository",
            &repository,
            "--announcements",
            &log,
        ];
        arguments.extend(more);
        tree.run(&arguments)
    };
    run(&[]).expect(
        0,
        &[
            "entries from 2026-05-01 to 2026-06-10 count",
            "In both: 2 entries",
        ],
        &[],
    );
    run(&["--since", "2026-03-01"]).expect(0, &["entries from 2026-03-01 to 2026-06-10 count"], &[]);
    // The project is compared with the Rust of the revision.
    run(&["--uses", &desk]).expect(
        0,
        &[
            "compared with the Rust of v1",
            "desk/src/main.rs:4:22 calls",
            "In both: 2 entries",
        ],
        &[],
    );
}

/// A file of the material beside the checkout.
fn material(path: &str) -> Option<String> {
    let folder =
        std::env::var_os("BINANCE_WIRE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let path = folder.join(path);
    if path.exists() {
        return Some(path.display().to_string());
    }
    println!("skipped: {} is absent", path.display());
    None
}

/// What the logs of derivatives and of Wallet say of the collections of two days, in short.
fn related(old: &str, new: &str, days: [&str; 2]) -> Option<Value> {
    let (old, new) = (material(old)?, material(new)?);
    let derivatives = material("reference/0221-products__common__derivatives-trading__change-log.txt")?;
    let wallet = material("reference/0041-products__wallet__change-log.txt")?;
    let [since, until] = days;
    let reported = Tree::new().run(&[
        "diff",
        &old,
        &new,
        "--announcements",
        &derivatives,
        "--announcements",
        &wallet,
        "--since",
        since,
        "--until",
        until,
        "--format",
        "json",
    ]);
    assert_eq!(reported.code, Some(100), "{}", reported.err);
    Some(serde_json::from_str(&reported.out).expect("JSON"))
}

/// `METHOD name kind` of entries, in order.
fn entries(list: &Value) -> Vec<String> {
    let found = list.as_array().expect("a list").iter();
    let mut lines: Vec<String> = found
        .map(|one| {
            let entry = &one["entry"];
            let word = |name: &str| entry[name].as_str().expect("a word").to_owned();
            let agrees = match one["agrees"].as_bool() {
                Some(false) => ", otherwise",
                _ => "",
            };
            format!("{} {} {}{agrees}", word("method"), word("name"), word("kind"))
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn the_published_logs_beside_the_published_collections() {
    let history = "upstream/postman-history";
    let first = related(
        &format!("{history}/2026-04-20"),
        &format!("{history}/2026-07-06"),
        ["2026-04-20", "2026-07-06"],
    );
    let second = related(
        &format!("{history}/2026-07-06"),
        "upstream/postman",
        ["2026-07-06", "2026-07-22"],
    );
    let (Some(first), Some(second)) = (first, second) else {
        return;
    };
    assert_eq!(
        entries(&first["logs"]["both"]),
        [
            "GET /sapi/v1/localentity/country/list added",
            "GET /sapi/v1/localentity/region/list added",
            // The collection had it eight days before it was enabled, and has other parameters since.
            "POST /papi/v1/um/algo/order added, otherwise",
            "POST /sapi/v1/asset/dust-convert/convert changed",
            "POST /sapi/v1/asset/dust-convert/query-convertible-assets changed",
        ]
    );
    assert_eq!(
        entries(&first["logs"]["log_only"]),
        [
            // In the collection since before it was enabled, as above.
            "DELETE /papi/v1/um/algo/allOpenOrders added",
            "DELETE /papi/v1/um/algo/order added",
            // A sample does not say that it is deprecated.
            "DELETE /papi/v1/um/conditional/allOpenOrders deprecated",
            "DELETE /papi/v1/um/conditional/order deprecated",
            // Of answers, values and limits a sample knows nothing.
            "GET /fapi/v1/tradingSchedule changed",
            "GET /papi/v1/um/algo/algoOrder added",
            "GET /papi/v1/um/algo/allAlgoOrders added",
            "GET /papi/v1/um/algo/openAlgoOrders added",
            "GET /papi/v1/um/conditional/allOrders deprecated",
            "GET /papi/v1/um/conditional/openOrder deprecated",
            "GET /papi/v1/um/conditional/openOrders deprecated",
            "GET /papi/v1/um/conditional/orderHistory deprecated",
            "POST /fapi/v1/algoOrder changed",
            "POST /fapi/v1/positionSide/dual changed",
            "POST /papi/v1/um/conditional/order deprecated",
            "POST /sapi/v1/capital/withdraw/apply changed",
        ]
    );
    // Products that these logs are not about, and `pmAccountInfo`, which went without a word.
    assert_eq!(first["logs"]["specs_only"].as_array().map(Vec::len), Some(9));
    // The logs end before these days.
    assert_eq!(entries(&second["logs"]["both"]), [""; 0]);
    assert_eq!(entries(&second["logs"]["log_only"]), [""; 0]);
    // Every finding is in the specs only, or such as no log speaks of: examples, documentation.
    let findings = second["findings"].as_array().map(Vec::len);
    let alone = second["logs"]["specs_only"].as_array().map_or(0, Vec::len);
    let unspoken = second["logs"]["unspoken"].as_u64().unwrap_or(0);
    assert!(alone > 0);
    assert_eq!(
        findings,
        Some(alone + usize::try_from(unspoken).expect("a count"))
    );
}
