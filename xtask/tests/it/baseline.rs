//! `cargo xtask diff baseline NEW`: the state that was published last, each product at the revision of its own.

use std::path::Path;
use std::process::Command;

use crate::support::workspace::Checkout;

const REBATE: &str = "specs/rebate/rest.yaml";
const PAY: &str = "specs/pay/rest.yaml";

/// A property more, in a checkout's specs of rebates.
fn add_fee(checkout: &Checkout) {
    checkout.edit(
        REBATE,
        "        updateTime: {",
        "        fee: {type: string, format: decimal, description: Fee.}\n        updateTime: {",
    );
}

#[test]
fn each_product_is_read_at_the_revision_that_it_was_published_from() {
    let checkout = Checkout::new(
        &["rebate", "pay", "shared"],
        &["core", "signing", "net", "limits", "rest"],
    );
    let (root, specs) = (checkout.path(""), checkout.path("specs").display().to_string());
    let said = checkout.diff(101, &root, &["baseline", &specs]);
    assert!(said.contains("no baseline has been published yet"), "{said}");

    checkout.xtask(0, &["version"]);
    checkout.commit();
    checkout.xtask(0, &["version", "--publish-baseline"]);
    let said = checkout.diff(0, &root, &["baseline", &specs]);
    assert!(said.contains("baseline → ") && said.contains("0 breaking, 0 to look at, 0 compatible"));

    // Of two products that change, one is published; the other is as it was.
    add_fee(&checkout);
    checkout.edit(PAY, "x-weight: 3000", "x-weight: 4000");
    checkout.xtask(0, &["version"]);
    checkout.commit();
    let both = checkout.diff(0, &root, &["baseline", "HEAD"]);
    assert!(both.contains("`fee`") && both.contains("3000 → 4000"), "{both}");
    checkout.xtask(
        0,
        &["version", "--publish-baseline", "--only", "binance-wire-pay"],
    );
    let one = checkout.diff(0, &root, &["baseline", "HEAD"]);
    assert!(one.contains("`fee`") && !one.contains("pay"), "{one}");
    let back = checkout.diff(100, &root, &["HEAD", "baseline"]);
    assert!(back.contains("`fee`") && back.contains("removed"), "{back}");

    // A product without a baseline is new.
    std::fs::remove_file(checkout.path("releases/baselines/binance-wire-pay.txt")).expect("a baseline");
    let new = checkout.diff(0, &root, &["baseline", "HEAD"]);
    assert!(new.contains("product `pay` was added"), "{new}");

    // Baselines that are kept elsewhere, and a folder that has none.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let elsewhere = elsewhere.path().display().to_string();
    let said = checkout.diff(101, &root, &["baseline", "HEAD", "--baselines", &elsewhere]);
    assert!(said.contains(&format!("{elsewhere} has none")), "{said}");
    checkout.xtask(0, &["version", "--publish-baseline", "--baselines", &elsewhere]);
    let said = checkout.diff(0, &root, &["baseline", "HEAD", "--baselines", &elsewhere]);
    assert!(said.contains("0 compatible"), "{said}");
}

#[test]
fn a_baseline_that_cannot_be_read_is_reported_with_its_crate_and_a_remedy() {
    let checkout = Checkout::new(
        &["rebate", "shared"],
        &["core", "signing", "net", "limits", "rest"],
    );
    checkout.xtask(0, &["version"]);
    checkout.commit();
    checkout.xtask(0, &["version", "--publish-baseline"]);
    add_fee(&checkout);
    checkout.commit();
    let specs = checkout.path("specs").display().to_string();

    // A clone without the revision.
    let folder = tempfile::tempdir().expect("a folder");
    let shallow = folder.path().join("shallow");
    let from = format!("file://{}", checkout.path("").display());
    let cloned = Command::new("git")
        .args(["clone", "--quiet", "--depth", "1", &from])
        .arg(&shallow)
        .status();
    assert!(cloned.expect("git runs").success());
    let said = checkout.diff(101, &shallow, &["baseline", &specs]);
    assert!(
        said.contains("binance-wire-rebate 0.1.0+rebate.") && said.contains("which this clone does not have"),
        "{said}"
    );
    assert!(said.contains("`git fetch --unshallow`"), "{said}");
    let whole = Command::new("git")
        .args(["fetch", "--quiet", "--unshallow"])
        .current_dir(&shallow)
        .status();
    assert!(whole.expect("git runs").success());
    assert!(
        checkout
            .diff(0, &shallow, &["baseline", &specs])
            .contains("`fee`")
    );

    // Another digest than the specs have, and no revision at all.
    let baseline = "releases/baselines/binance-wire-rebate.txt";
    let text = checkout.read(baseline);
    let line = |key: &str| {
        let found = text.lines().find(|line| line.starts_with(key));
        found.expect("a line").to_owned()
    };
    let root = checkout.path("");
    checkout.edit(baseline, &line("specs "), "specs 00");
    let said = checkout.diff(101, &root, &["baseline", &specs]);
    assert!(
        said.contains("the specs of `rebate` at") && said.contains("and the baseline has 00"),
        "{said}"
    );
    for wrong in ["revision --all", "revision"] {
        checkout.write(baseline, &text.replace(&line("revision "), wrong));
        let said = checkout.diff(101, &root, &["baseline", &specs]);
        assert!(
            said.contains("binance-wire-rebate") && said.contains("revision"),
            "{said}"
        );
    }
    checkout.write(baseline, "version\n");
    let said = checkout.diff(101, Path::new(&root), &["baseline", &specs]);
    assert!(
        said.contains("binance-wire-rebate.txt: `` is not a version"),
        "{said}"
    );
}
