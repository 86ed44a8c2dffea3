//! What `cargo xtask version` writes into change logs, from small specs in a checkout of its own.

use std::path::Path;
use std::process::Command;

use crate::support::small::{self, ENUMS, FIX, REST, SBE};
use crate::support::workspace::{Checkout, text};
use sha2::{Digest, Sha256};

const RUNTIME: &[&str] = &[
    "core",
    "signing",
    "net",
    "limits",
    "rest",
    "websocket",
    "sbe",
    "fix",
];

/// A checkout whose crates are published.
fn published() -> Checkout {
    let checkout = Checkout::new(&[], RUNTIME);
    small::write(&checkout);
    checkout.xtask(0, &["version"]);
    checkout.commit();
    checkout.xtask(0, &["version", "--publish-baseline"]);
    checkout.commit();
    checkout
}

/// The newest section of a crate's change log.
fn section(checkout: &Checkout, krate: &str) -> String {
    let log = checkout.read(&format!("releases/changelogs/{krate}.md"));
    let mut sections = log.split("\n## ");
    let title = sections.next().expect("a title");
    assert_eq!(title, format!("# Changes of {krate}\n"));
    format!("## {}\n", sections.next().expect("a section").trim_end())
}

#[track_caller]
fn reported(checkout: &Checkout, krate: &str, expected: &str) {
    let found = section(checkout, krate);
    assert_eq!(found, expected, "\n{found}");
}

#[test]
fn what_is_more_than_before() {
    let checkout = published();
    checkout.edit(
        REST,
        "        - {name: limit,",
        "        - {name: page, in: query, schema: {type: integer, format: int64}}\n        - {name: limit,",
    );
    checkout.edit(REST, "default: 10", "default: 20");
    checkout.edit(REST, "x-weight: 5", "x-weight: 9");
    checkout.edit(
        REST,
        "      operationId: makeToy\n",
        "      operationId: makeToy\n      deprecated: true\n",
    );
    checkout.edit(REST, "  /toys/v1/part:", small::NEW_OPERATION);
    checkout.edit(REST, "[RED, BLUE]", "[RED, BLUE, GREEN, WHITE]");
    checkout.edit(
        REST,
        "        price: {",
        "        cost: {type: string, format: decimal}\n        price: {",
    );
    checkout.edit(REST, "summary: A part", "summary: Some part");
    checkout.edit("specs/toys/ws-streams.yaml", "paths:\n", small::NEW_STREAM);
    checkout.edit(
        "specs/toys/ws-streams.yaml",
        "        id: {",
        "        at: {type: string}\n        id: {",
    );
    checkout.edit(ENUMS, "[OPEN, CLOSED]", "[OPEN, CLOSED, AJAR]");
    checkout.edit(
        "specs/shared/objects.yaml",
        "        size: {",
        "        depth: {type: integer, format: int64}\n        size: {",
    );
    checkout.edit(
        "specs/shared/error-codes.yaml",
        "codes:\n",
        "codes:\n  - {code: -2, name: BROKEN, families: [toys], text: It is broken}\n",
    );
    checkout.edit(
        "specs/shared/retired.yaml",
        "retired:\n",
        "retired:\n  - {call: GET /toys/v1/older, product: toys, date: '2026-02-03', replacement: GET /toys/v1/toy}\n",
    );
    let servers = "servers:\n  - {url: 'https://toys.example', x-environment: production}\n";
    let testnet = "  - {url: 'https://testnet.toys.example', x-environment: testnet}\n  \
                   - {url: 'https://big.toys.example', x-environment: production, x-name: big}\n";
    checkout.edit(REST, servers, &format!("{servers}{testnet}"));
    checkout.write(
        "specs/cars/rest.yaml",
        &small::DOLLS.replace("dolls", "cars").replace("Dolls", "Cars"),
    );
    checkout.xtask(0, &["version"]);

    reported(
        &checkout,
        "binance-wire-toys",
        "## 0.1.1

### Changes

- Added `get_doll()` (`GET /toys/v1/doll`)
- Added `streams::doll()` (stream `<shop>@doll`)
- Added environments `production, big` of rest, `testnet` of rest
- Added function `environments::big()`
- Added parameter `page` to `GET /toys/v1/toy`, WebSocket API `toy.get`; affected methods: `get_toy()`, `toy_get()`
- Marked `make_toy()` (`POST /toys/v1/toy`) as deprecated
- Modified `GET /toys/v1/toy`, WebSocket API `toy.get`: weight `5` → `9`; affected methods: `get_toy()`, `toy_get()`
- Modified enum `Colour`: value `GREEN` added, value `WHITE` added; affected methods: `get_toy()`, `make_toy()`, `toy_get()`
- Modified enum `State`: value `AJAR` added; affected methods: `get_part()`
- Modified event of stream `<shop>@toy`: property `at` of `ToyEvent` added; affected methods: `streams::toy_stream()`
- Modified parameter `limit` of `GET /toys/v1/toy`, WebSocket API `toy.get`: default `10` → `20`; affected methods: `get_toy()`, `toy_get()`
- Modified response for `GET /toys/v1/part`: property `depth` of `Part` added; affected methods: `get_part()`
- Modified response for `GET /toys/v1/toy`, `POST /toys/v1/toy`, WebSocket API `toy.get`: property `cost` of `Toy` added; affected methods: `get_toy()`, `make_toy()`, `toy_get()`
- Revised documentation of 1 operation
",
    );
    reported(
        &checkout,
        "binance-wire-shared",
        "## 0.1.1

### Changes

- Modified error codes of `toys`: `-2` (`BROKEN`) added
- Retired `GET /toys/v1/older`: since 2026-02-03, call GET /toys/v1/toy instead
",
    );
    reported(
        &checkout,
        "binance-wire",
        "## 0.1.1

### Changes

- Added product `cars`: `binance-wire-cars` 0.1.0
- Product `dolls`: `binance-wire-dolls` 0.1.0 → 0.1.1
- Product `toys`: `binance-wire-toys` 0.1.0 → 0.1.1
- `binance-wire-shared` 0.1.0 → 0.1.1
",
    );
    // What it takes from the shared types is its own.
    let dolls = section(&checkout, "binance-wire-dolls");
    assert!(dolls.contains("value `AJAR` added"), "{dolls}");

    // Changed again before it is published, the section is told anew; taken back, there is none.
    checkout.edit(REST, "x-weight: 9", "x-weight: 12");
    checkout.xtask(0, &["version"]);
    let log = checkout.read("releases/changelogs/binance-wire-toys.md");
    assert!(log.contains("weight `5` → `12`") && !log.contains("`9`"), "{log}");
    assert_eq!(log.matches("\n## ").count(), 2, "{log}");
    checkout.git(&["checkout", "--quiet", "HEAD", "--", "specs"]);
    std::fs::remove_dir_all(checkout.path("specs/cars")).expect("a folder");
    checkout.xtask(0, &["version"]);
    assert_eq!(
        section(&checkout, "binance-wire-toys"),
        "## 0.1.0\n\n### Changes\n\n- First version\n"
    );
}

#[test]
fn what_breaks_stands_first() {
    let checkout = published();
    checkout.edit(
        REST,
        "{name: limit, in: query,",
        "{name: limit, in: query, required: true,",
    );
    checkout.edit(REST, "        price: {type: string, format: decimal}\n", "");
    checkout.edit(
        REST,
        "        id: {type: integer, format: int64}",
        "        id: {type: string}",
    );
    checkout.edit(REST, "[RED, BLUE]", "[RED]");
    checkout.edit(REST, small::PART, "");
    checkout.edit("specs/toys/ws-streams.yaml", "/{shop}@toy:", "/{shop}@toys:");
    checkout.edit(
        SBE,
        "<field id=\"3\" name=\"tint\" type=\"colour\"/>",
        "<field id=\"3\" name=\"tint\" type=\"count\"/>",
    );
    checkout.edit(FIX, "<field name='Size' required='N'/>", "");
    checkout.xtask(0, &["version"]);
    reported(
        &checkout,
        "binance-wire-toys",
        "## 0.2.0

### Breaking

- Modified FIX message `Toy<T>`: field `Size(502)` removed
- Modified SBE message `Toy` of `toys`: field `tint` type `colour` → `count`
- Modified enum `Colour`: value `BLUE` removed; affected methods: `get_toy()`, `make_toy()`, `toy_get()`
- Modified parameter `limit` of `GET /toys/v1/toy`, WebSocket API `toy.get`: now required; affected methods: `get_toy()`, `toy_get()`
- Modified response for `GET /toys/v1/toy`, `POST /toys/v1/toy`, WebSocket API `toy.get`: property `id` of `Toy` type `int64` → `text`, property `price` of `Toy` removed; affected methods: `get_toy()`, `make_toy()`, `toy_get()`
- Removed `get_part()` (`GET /toys/v1/part`)

### Changes

- Added type `sbe::toys::ToyRequired`
- Modified SBE schema `toys`: changed under the same id and version
- Modified stream `<shop>@toy`: moved to `<shop>@toys`; affected methods: `streams::toy_stream()`
",
    );
    reported(
        &checkout,
        "binance-wire",
        "## 0.2.0

### Breaking

- Product `toys`: `binance-wire-toys` 0.1.0 → 0.2.0
",
    );
}

#[test]
fn calls_are_known_by_what_they_are_now() {
    let checkout = published();
    // Another address: what else differs is told of the new one.
    checkout.edit(REST, "  /toys/v1/part:", "  /toys/v2/part:");
    checkout.edit(
        REST,
        "      operationId: getPart\n",
        "      operationId: getPart\n      deprecated: true\n",
    );
    // Another method: the old one is no affected method, and a parameter that is required breaks whoever renames the call.
    checkout.edit(REST, "operationId: getToy", "operationId: findToy");
    checkout.edit("specs/toys/ws-api.yaml", "x-twin: getToy", "x-twin: findToy");
    checkout.edit(
        REST,
        "{name: limit, in: query,",
        "{name: limit, in: query, required: true,",
    );
    checkout.xtask(0, &["version"]);
    let log = section(&checkout, "binance-wire-toys");
    let (breaking, changes) = log.split_once("### Changes").expect("both headings");
    for line in [
        "- Modified `GET /toys/v1/toy`: renamed from `get_toy` to `find_toy`; affected methods: `find_toy()`\n",
        "- Modified parameter `limit` of `GET /toys/v1/toy`, WebSocket API `toy.get`: now required; affected methods: \
         `find_toy()`, `toy_get()`\n",
    ] {
        assert!(breaking.contains(line), "{line}\n{log}");
    }
    for line in [
        "- Modified `GET /toys/v1/part`: moved to `GET /toys/v2/part`; affected methods: `get_part()`\n",
        "- Marked `get_part()` (`GET /toys/v2/part`) as deprecated\n",
    ] {
        assert!(changes.contains(line), "{line}\n{log}");
    }
}

#[test]
fn what_no_item_shows_is_reported_too() {
    let checkout = published();
    // Nothing but words of the code, and a break of what others are made of.
    checkout.edit("runtime/fix/src/error.rs", "//! ", "//! Otherwise. ");
    checkout.edit(ENUMS, "[OPEN, CLOSED]", "[OPEN]");
    checkout.xtask(0, &["version"]);
    let fix = checkout.read("runtime/fix/CHANGELOG.md");
    let line = "- Revised code or documentation; nothing that it offers differs\n";
    assert!(fix.contains(line), "{fix}");
    // A shared value set is each product's own: the crates that have it break, and no other.
    let said = section(&checkout, "binance-wire-toys");
    assert!(said.contains("value `CLOSED` removed"), "{said}");
    let facade = section(&checkout, "binance-wire");
    assert!(facade.contains("`binance-wire-toys` 0.1.0 → 0.2.0\n"), "{facade}");
    assert!(!facade.contains("binance-wire-shared"), "{facade}");
}

#[test]
fn a_crate_that_is_published_alone_leaves_its_break_to_those_that_ask_for_it() {
    let checkout = published();
    checkout.edit(REST, "        price: {type: string, format: decimal}\n", "");
    let only = ["--only", "binance-wire-toys"];
    checkout.xtask(0, &[&["version"][..], &only].concat());
    let publish = [&["version", "--publish-baseline"][..], &only].concat();
    let said = checkout.xtask(1, &publish);
    assert!(said.contains("these are not committed: "), "{said}");
    checkout.commit();
    checkout.xtask(0, &publish);
    checkout.commit();
    // The facade that is published still asks for 0.1.0.
    checkout.xtask(0, &["version"]);
    reported(
        &checkout,
        "binance-wire",
        "## 0.2.0

### Breaking

- Product `toys`: `binance-wire-toys` 0.1.0 → 0.2.0
",
    );

    // A product that goes.
    checkout.commit();
    std::fs::remove_dir_all(checkout.path("specs/dolls")).expect("specs");
    let said = checkout.xtask(0, &["version"]);
    let gone = "binance-wire-dolls: 0.1.0";
    let line = said.lines().find(|line| line.starts_with(gone));
    assert!(
        line.is_some_and(|line| line.ends_with(" is published, and is no longer a crate of this workspace")),
        "{said}"
    );
    let log = section(&checkout, "binance-wire");
    assert!(
        log.contains("- Removed product `dolls`: `binance-wire-dolls`\n"),
        "{log}"
    );
}

#[test]
fn what_no_model_knows_of_the_surface_tells() {
    let checkout = published();
    // As if the templates had had no `transport()`, and another function, when the crate was published.
    let baseline = "releases/baselines/binance-wire-toys.txt";
    let text_of = checkout.read(baseline);
    let (head, surface) = text_of.split_once("\n\n").expect("a head");
    let line = |start: &str| {
        let found = surface.lines().find(|line| line.starts_with(start));
        format!("{}\n", found.expect("a line"))
    };
    let surface = surface.replacen(
        &line("fn environments::rest\t"),
        "fn environments::http\t() -> u8\n",
        1,
    );
    let surface = surface.replace("  impl PartialEq\n", "");
    let digest = hex::encode(&Sha256::digest(surface.as_bytes())[..16]);
    let said = head.lines().find(|line| line.starts_with("surface "));
    let head = head.replace(said.expect("a digest"), &format!("surface {digest}"));
    checkout.write(baseline, &format!("{head}\n\n{surface}"));
    checkout.edit(
        REST,
        "        price: {",
        "        cost: {type: string, format: decimal}\n        price: {",
    );
    // Written by hand.
    checkout.edit(
        "runtime/core/src/lib.rs",
        "\nmod ",
        "\n/// New.\npub fn novelty() {}\nmod ",
    );
    checkout.xtask(0, &["version"]);
    let log = section(&checkout, "binance-wire-toys");
    for line in [
        "\n### Breaking\n\n- Removed function `environments::http`\n",
        "\n- Added function `environments::rest`\n",
        "\n- Modified response for `GET /toys/v1/toy`, `POST /toys/v1/toy`, WebSocket API `toy.get`: property `cost` of `Toy` \
         added; affected methods: `get_toy()`, `make_toy()`, `toy_get()`\n",
        "more: implementation of `PartialEq` added\n",
    ] {
        assert!(log.contains(line), "{line}\n{log}");
    }
    // What became of many types is one line, and what a finding tells no other line does.
    assert_eq!(log.matches("PartialEq").count(), 1, "{log}");
    assert_eq!(log.matches("cost").count(), 1, "{log}");
    let core = checkout.read("runtime/core/CHANGELOG.md");
    assert!(core.contains("\n- Added function `novelty`\n"), "{core}");
}

#[test]
fn without_the_published_specs_the_surface_tells_it_and_the_command_says_so() {
    let checkout = published();
    checkout.edit(
        REST,
        "        price: {",
        "        cost: {type: string, format: decimal}\n        price: {",
    );
    checkout.commit();
    let folder = tempfile::tempdir().expect("a folder");
    let shallow = folder.path().join("shallow");
    let cloned = Command::new("git")
        .args(["clone", "--quiet", "--depth", "1"])
        .arg(format!("file://{}", checkout.path("").display()))
        .arg(&shallow)
        .output()
        .expect("git runs");
    assert!(cloned.status.success(), "{}", text(&cloned));
    let said = version(&shallow);
    assert!(
        said.contains("binance-wire-toys: its change log has the words of its Rust surface alone: ")
            && said.contains("`git fetch --unshallow`")
            && said.contains("binance-wire-toys: 0.1.0 -> 0.1.1"),
        "{said}"
    );
    let log =
        std::fs::read_to_string(shallow.join("releases/changelogs/binance-wire-toys.md")).expect("a log");
    assert!(
        log.contains("property `cost` of `models::Toy` added; affected methods: `get_toy()`"),
        "{log}"
    );
    // With the whole history at hand, in the models' words.
    let whole = Command::new("git")
        .args(["fetch", "--quiet", "--unshallow"])
        .current_dir(&shallow)
        .status();
    assert!(whole.expect("git runs").success());
    assert!(!version(&shallow).contains("its change log has the words"));
    let log =
        std::fs::read_to_string(shallow.join("releases/changelogs/binance-wire-toys.md")).expect("a log");
    assert!(log.contains("property `cost` of `Toy` added"), "{log}");
}

/// Decides versions in a checkout.
fn version(root: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["version", "--root"])
        .arg(root)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}
