//! `cargo xtask version` and `publish` from end to end, on a registry that runs on loopback: the published crate
//! `cargo-http-registry`. Where that is not installed it is built; where it cannot be, the test says so, and passes.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::support::registry::{self, Mood, Moody, Server};
use crate::support::workspace::{Checkout, REGISTRY, text};

const PRODUCTS: &[&str] = &["rebate", "pay", "shared"];
const RUNTIME: &[&str] = &["core", "signing", "net", "limits", "rest"];
/// In the order in which they have to be published.
const CRATES: usize = 11;

/// Publishes the crate that all others stand on.
const ONE: [&str; 6] = [
    "publish",
    "--no-verify",
    "--registry",
    REGISTRY,
    "--only",
    "binance-wire-core",
];

/// What was said to be published, by name and version without build metadata.
fn published(said: &str) -> Vec<String> {
    said.lines()
        .filter_map(|line| line.strip_suffix(": published"))
        .map(|line| line.split('+').next().unwrap_or(line).to_owned())
        .collect()
}

/// Runs a command until it says that something is published, and kills it then, with whatever it has started.
fn interrupted(checkout: &Checkout, arguments: &[&str]) -> String {
    let mut process = checkout
        .command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("it runs");
    let said = BufReader::new(process.stdout.take().expect("what it says"));
    let first = said
        .lines()
        .map_while(Result::ok)
        .find(|line| line.ends_with(": published"));
    let killed = Command::new("kill")
        .args(["-KILL", "--", &format!("-{}", process.id())])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    assert!(!process.wait().expect("it ends").success());
    published(&first.expect("something is published")).join(", ")
}

/// A project that uses the published crate.
fn consume(checkout: &Checkout, version: &str, code: &str) {
    let project = format!("consumer-{version}");
    let manifest = format!(
        "[package]\nname = \"consumer\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         binance-wire-rebate = {{ version = \"={version}\", registry = \"{REGISTRY}\", default-features = false }}\n\n[workspace]\n"
    );
    checkout.write(&format!("{project}/Cargo.toml"), &manifest);
    checkout.write(&format!("{project}/src/lib.rs"), code);
    let output = checkout.cargo(&project, &["check", "--quiet"]);
    assert!(output.status.success(), "{version}: {}", text(&output));
}

#[test]
fn publish_all_change_one_spec_publish_what_moved() {
    let Some(executable) = registry::executable() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(&executable, &folder.path().join("registry"));
    let checkout = Checkout::new(PRODUCTS, RUNTIME).with_registry(&server.index, Some("sesame"));
    let baselines = checkout.path("releases/baselines").display().to_string();
    // Consumers below compile what was published; `a_package_that_lacks_a_file` has the build that publishing itself does.
    let publish = [
        "publish",
        "--no-verify",
        "--registry",
        REGISTRY,
        "--baselines",
        &baselines,
    ];

    checkout.xtask(0, &["version"]);
    assert!(
        checkout
            .read("generated/rebate/Cargo.toml")
            .contains("version = \"0.1.0+rebate.2026")
    );
    checkout.commit();
    let said = checkout.xtask(
        0,
        &["publish", "--dry-run", "--no-verify", "--registry", REGISTRY],
    );
    assert_eq!(said.matches(": would be published").count(), CRATES, "{said}");

    // Killed after the first upload, and run again: it goes on where it was.
    assert_eq!(interrupted(&checkout, &publish), "binance-wire-core 0.1.0");
    let said = checkout.xtask(0, &publish);
    assert!(said.contains("binance-wire-core 0.1.0: there already"), "{said}");
    let rest = published(&said);
    assert_eq!(rest.len(), CRATES - 1, "{said}");
    assert_eq!(rest.last().map(String::as_str), Some("binance-wire 0.1.0"));
    assert!(
        checkout
            .read("releases/baselines/binance-wire-core.txt")
            .contains("version 0.1.0")
    );

    // Again: nothing is left to do, and versions stay.
    assert!(checkout.xtask(0, &publish).contains("nothing to publish"));
    checkout.commit();
    assert!(
        checkout
            .xtask(0, &["version"])
            .contains(&format!("0 versions changed, of {CRATES} crates"))
    );
    checkout.git(&["diff", "--exit-code"]);

    // One spec changes: an answer has one property more.
    checkout.edit(
        "specs/rebate/rest.yaml",
        "        updateTime: {",
        "        fee: {type: string, format: decimal, description: Fee.}\n        updateTime: {",
    );
    checkout.xtask(0, &["version"]);
    checkout.commit();
    let log = checkout.read("generated/rebate/CHANGELOG.md");
    let line = "Modified response for `GET /sapi/v1/rebate/taxQuery`: property `fee` of `Rebate` added; affected methods: \
                `get_spot_rebate_history_records()`";
    assert!(
        log.contains(line) && log.contains("## 0.1.1") && log.contains("## 0.1.0"),
        "{log}"
    );
    assert!(
        checkout
            .read("generated/rebate/README.md")
            .contains("binance-wire-rebate = \"0.1.1\"")
    );
    assert_eq!(
        published(&checkout.xtask(0, &publish)),
        ["binance-wire-catalog-data 0.1.1", "binance-wire-rebate 0.1.1"]
    );
    checkout.commit();

    consume(
        &checkout,
        "0.1.0",
        "pub fn f(r: binance_wire_rebate::models::Rebate) -> impl Sized { r.amount }\n",
    );
    consume(
        &checkout,
        "0.1.1",
        "pub fn f(r: binance_wire_rebate::models::Rebate) -> impl Sized { r.fee }\n",
    );

    // A break of one crate, and an addition to what several share: what names the former breaks too.
    checkout.edit(
        "specs/rebate/rest.yaml",
        "        fee: {type: string, format: decimal, description: Fee.}\n",
        "",
    );
    checkout.edit(
        "specs/shared/error-codes.yaml",
        "codes:\n",
        "codes:\n  - {code: -9, name: BROKEN, families: [kyc], text: It is broken}\n",
    );
    checkout.xtask(0, &["version"]);
    checkout.commit();
    assert_eq!(
        published(&checkout.xtask(0, &publish)),
        [
            "binance-wire-catalog-data 0.1.2",
            "binance-wire-shared 0.1.1",
            "binance-wire-rebate 0.2.0",
            "binance-wire 0.2.0"
        ]
    );
    checkout.commit();
    // Since the facade was published, not since the product was.
    let log = checkout.read("generated/binance-wire/CHANGELOG.md");
    assert!(
        log.contains("- Product `rebate`: `binance-wire-rebate` 0.1.0 → 0.2.0\n"),
        "{log}"
    );

    // A version that is there with other contents, and nobody knows of it.
    checkout.edit("runtime/core/src/error.rs", "//! ", "//! Otherwise. ");
    std::fs::remove_dir_all(checkout.path("releases/baselines")).expect("baselines");
    checkout.commit();
    let said = checkout.xtask(1, &publish);
    assert!(
        said.contains("binance-wire-core 0.1.0 is on the registry with other contents"),
        "{said}"
    );

    // Nothing that has to be uploaded gets through without a token, and none is ever printed.
    checkout.edit(
        "runtime/core/Cargo.toml",
        "version = \"0.1.0\"",
        "version = \"0.1.9\"",
    );
    checkout.xtask(0, &["version"]);
    checkout.commit();
    let checkout = checkout.with_registry(&server.index, None);
    let said = checkout.xtask(101, &ONE);
    assert!(
        said.contains("no token found") && said.contains("run the same again"),
        "{said}"
    );
}

#[test]
fn what_is_refused_before_anything_is_uploaded() {
    // Nobody listens there: what is refused first is refused without asking.
    let checkout =
        Checkout::new(PRODUCTS, RUNTIME).with_registry("sparse+http://127.0.0.1:9/", Some("sesame"));
    let publish = ["publish", "--no-verify", "--registry", REGISTRY];
    checkout.xtask(0, &["version"]);
    let said = checkout.xtask(1, &publish);
    assert!(
        said.contains("these are not committed: ") && said.contains("nothing was published"),
        "{said}"
    );
    checkout.commit();

    checkout.xtask(0, &["version", "--publish-baseline"]);
    let said = checkout.xtask(101, &publish);
    assert!(
        said.contains("the registry cannot be asked for binance-wire-core 0.1.0"),
        "{said}"
    );
    checkout.commit();

    checkout.edit(
        "generated/rebate/src/lib.rs",
        "pub mod requests;",
        "pub  mod requests;",
    );
    checkout.commit();
    let said = checkout.xtask(1, &publish);
    assert!(
        said.contains("generated crates are not what the specs say"),
        "{said}"
    );
    assert!(checkout.xtask(1, &["version", "--check"]).contains("stale: "));
    checkout.xtask(0, &["version"]);

    // A break: the version has to be another one, of the facade too.
    checkout.edit(
        "specs/rebate/rest.yaml",
        "        updateTime: {",
        "        updateTme: {",
    );
    let regenerate = |code: i32| {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args([
                "regenerate",
                "--specs",
                &checkout.path("specs").display().to_string(),
            ])
            .args(["--out", &checkout.path("generated").display().to_string()])
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    };
    regenerate(0);
    checkout.commit();
    let said = checkout.xtask(1, &publish);
    assert!(
        said.contains("versions are not what they have to be: ")
            && said.contains("binance-wire-rebate is 0.1.0"),
        "{said}"
    );
    assert!(said.contains("has to be 0.2.0+rebate."), "{said}");
    let said = checkout.xtask(1, &["version", "--check"]);
    assert!(
        said.contains("- struct models::Rebate / field update_time"),
        "{said}"
    );
    assert!(
        said.contains("its own items name those of binance-wire-rebate 0.2.0"),
        "{said}"
    );
    assert!(said.contains("3 versions to change"), "{said}");
    checkout.xtask(0, &["version"]);
    assert!(
        checkout
            .read("generated/binance-wire/Cargo.toml")
            .contains("path = \"../rebate\", version = \"0.2.0\",")
    );
    checkout.xtask(0, &["version", "--check"]);

    let unknown = checkout.xtask(101, &["version", "--only", "binance-wire-nothing"]);
    assert!(unknown.contains("no crate `binance-wire-nothing`"), "{unknown}");
    checkout.write("releases/versions.toml", "binance-wire-rebate = 1\n");
    let said = checkout.xtask(101, &["version", "--check"]);
    assert!(said.contains("versions.toml:1: not a version"), "{said}");
}

/// A registry that says no to every upload, and repeats the token as it does.
#[test]
fn a_registry_that_refuses() {
    let registry = Moody::start(Mood::Refuses);
    let checkout = Checkout::new(PRODUCTS, RUNTIME).with_registry(&registry.index, Some("sesame"));
    checkout.xtask(0, &["version"]);
    checkout.commit();
    let said = checkout.xtask(101, &ONE);
    assert!(
        said.contains("binance-wire-core 0.1.0 was not published") && said.contains("[token] is not welcome"),
        "{said}"
    );
}

/// What is uploaded is there only when the index says so.
#[test]
fn an_index_that_lags() {
    const QUESTIONS: usize = 3;
    let registry = Moody::start(Mood::Lags(QUESTIONS));
    let checkout = Checkout::new(PRODUCTS, RUNTIME).with_registry(&registry.index, Some("sesame"));
    checkout.xtask(0, &["version"]);
    checkout.commit();
    assert_eq!(published(&checkout.xtask(0, &ONE)), ["binance-wire-core 0.1.0"]);
    assert!(registry.asked("binance-wire-core") > QUESTIONS);
    assert!(checkout.xtask(0, &ONE).contains("nothing to publish"));
}

/// What does not compile from its package is found before anything is uploaded, and a package is built against one
/// that the registry does not have yet.
#[test]
fn a_package_that_lacks_a_file() {
    let registry = Moody::start(Mood::Lags(0));
    let checkout = Checkout::new(PRODUCTS, RUNTIME).with_registry(&registry.index, Some("sesame"));
    let manifest = "runtime/core/Cargo.toml";
    checkout.edit(
        manifest,
        "[package]\n",
        "[package]\nexclude = [\"src/decimal.rs\"]\n",
    );
    checkout.xtask(0, &["version"]);
    checkout.commit();
    let verified = ["publish", "--registry", REGISTRY, "--only", "binance-wire-core"];
    let said = checkout.xtask(101, &verified);
    assert!(
        said.contains("the packages cannot be made") && said.contains("decimal"),
        "{said}"
    );
    assert!(registry.uploaded().is_empty());

    checkout.edit(manifest, "exclude = [\"src/decimal.rs\"]\n", "");
    checkout.commit();
    let verified = ["publish", "--registry", REGISTRY, "--only", "binance-wire-shared"];
    assert_eq!(
        published(&checkout.xtask(0, &verified)),
        ["binance-wire-core 0.1.0", "binance-wire-shared 0.1.0"]
    );
    assert_eq!(registry.uploaded(), ["binance-wire-core", "binance-wire-shared"]);
}
