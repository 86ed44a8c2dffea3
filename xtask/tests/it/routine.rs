//! Two weeks of MAINTAINING.md on real collections: specs as of 2026-04-20 are brought to 2026-07-06 and to 2026-07-22.

use std::fs;

use crate::support::{Run, Tree, copy, copy_specs, shared};

/// What the collections of 2026-04-20 lack: product, path.
const NEWER: &[(&str, &str)] = &[
    ("alpha", "/bapi/defi/v1/public/alpha-trade/fullDepth"),
    ("vip-loan", "/sapi/v1/loan/vip/fixed/borrow"),
    ("vip-loan", "/sapi/v1/loan/vip/fixed/market"),
    ("vip-loan", "/sapi/v1/loan/vip/repay/history"),
    ("wallet", "/sapi/v1/localentity/country/list"),
    ("wallet", "/sapi/v1/localentity/region/list"),
];

const PRODUCTS: &[&str] = &["alpha", "vip-loan", "wallet"];

/// A document without a path and all that is in it.
fn without(text: &str, path: &str) -> String {
    let start = text.find(&format!("\n  {path}:\n")).expect("the path") + 1;
    let rest = &text[start..];
    let mut end = 0;
    for (index, line) in rest.split_inclusive('\n').enumerate() {
        if index > 0 && !line.trim().is_empty() && !line.starts_with("   ") {
            break;
        }
        end += line.len();
    }
    format!("{}{}", &text[..start], &rest[end..])
}

fn april() -> Tree {
    let tree = Tree::new();
    let specs = tree.path("specs");
    copy_specs(PRODUCTS, &specs);
    copy_specs(&["shared", "drift.yaml"], &specs);
    for (product, path) in NEWER {
        let file = format!("specs/{product}/rest.yaml");
        let text = fs::read_to_string(tree.path(&file)).expect("specs");
        tree.write(&file, &without(&text, path));
    }
    copy(&tree.path("specs"), &tree.path("before"));
    tree
}

struct Week<'t> {
    tree: &'t Tree,
    collections: String,
}

impl Week<'_> {
    fn run(&self, arguments: &[&str]) -> Run {
        let specs = self.tree.text("specs");
        let mut all = arguments.to_vec();
        all.extend(["--specs", &specs]);
        self.tree.run(&all)
    }

    /// Every product is as published, but for what has been explained.
    fn is_current(&self) {
        for product in PRODUCTS {
            let drift = ["drift", "--postman", &self.collections, "--product", product];
            self.run(&drift).expect(0, &[" explained, 0 not\n"], &[]);
        }
    }
}

#[test]
fn two_weeks_are_imported_and_rendered() {
    let (Some(first), Some(second)) = (
        shared("upstream/postman-history/2026-07-06"),
        shared("upstream/postman"),
    ) else {
        return;
    };
    let tree = april();
    let week = Week {
        tree: &tree,
        collections: first,
    };
    week.run(&["drift", "--postman", &week.collections, "--product", "vip-loan"])
        .expect(
            100,
            &[
                "  missing-operation  GET /sapi/v1/loan/vip/fixed/market: ",
                "  missing-operation  POST /sapi/v1/loan/vip/fixed/borrow: ",
                " explained, 2 not\n",
            ],
            &[],
        );
    for (product, reported) in [
        ("alpha", "0 operations and 0 parameters new\n"),
        ("vip-loan", "2 operations and 0 parameters new\n"),
        ("wallet", "2 operations and 0 parameters new\n"),
    ] {
        week.run(&[
            "import",
            "postman",
            &week.collections,
            "--product",
            product,
            "--apply",
        ])
        .expect(0, &[reported], &[]);
    }
    week.is_current();

    let week = Week {
        tree: &tree,
        collections: second,
    };
    week.run(&["import", "postman", &week.collections, "--product", "vip-loan", "--apply"])
        .expect(
            0,
            &[
                "1 operation and 0 parameters new\nleft for you:\n  vip-loan: value POST /sapi/v1/loan/vip/fixed/borrow \
                 `collateralAccountId` (the collection has 12345,67890,13579)",
            ],
            &[],
        );
    week.run(&[
        "import",
        "postman",
        &week.collections,
        "--product",
        "alpha",
        "--apply",
    ])
    .expect(0, &["1 operation and 0 parameters new\n"], &[]);
    // The one thing that needs a hand: the first sample was one number, the second a list of them as text.
    let text = fs::read_to_string(tree.path("specs/vip-loan/rest.yaml")).expect("specs");
    let guessed =
        "{name: collateralAccountId, in: query, required: true, schema: {type: integer, format: int64}}";
    assert_eq!(text.matches(guessed).count(), 1);
    tree.write(
        "specs/vip-loan/rest.yaml",
        &text.replace(
            guessed,
            "{name: collateralAccountId, in: query, required: true, schema: {type: string}}",
        ),
    );
    week.is_current();

    // Six operations are new to users, and nothing else has happened to them.
    let (before, after) = (tree.text("before"), tree.text("specs"));
    let reported = tree.run(&["diff", &before, &after]);
    assert_eq!(
        reported.out.matches("operation-added").count(),
        NEWER.len(),
        "{}",
        reported.out
    );
    reported.expect(0, &["0 breaking, 0 to look at, 6 compatible\n"], &[]);

    // Drafts with parameters become requests that take them, and further ones by name.
    let out = tree.text("generated");
    week.run(&["regenerate", "--out", &out])
        .expect(0, &["(14 REST operations, "], &[]);
    let request =
        fs::read_to_string(tree.path("generated/vip-loan/src/requests/vip_loan_fixed_rate_borrow.rs"))
            .expect("a request");
    for part in [
        "            collateral_account_id: Text = \"collateralAccountId\",\n",
        "            auto_repay: bool = \"autoRepay\",\n",
        "        free parameters,\n",
        "    pub struct VipLoanFixedRateBorrow from VipLoanFixedRateBorrowRequired -> RawJson {\n",
    ] {
        assert!(request.contains(part), "no `{part}` in\n{request}");
    }
    week.run(&["regenerate", "--out", &out, "--check"])
        .expect(0, &["0 stale, 0 missing, 0 orphaned"], &[]);
}
