//! What cargo-semver-checks says of hand-written crates. It compiles them, so it sees what their source does not show:
//! which auto traits a type has, and what a type has through another one. Generated crates are compared by the surface
//! alone: everything in them is printed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use binance_wire_impact::releases::{Plan, Workspace};

/// What the tool says of the crates that differ from what was published and break by nothing that their surface shows.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// The crates that break, and by which lints.
    pub(super) breaking: BTreeMap<String, String>,
    /// The crates that were not checked, and why.
    pub(super) unchecked: Vec<(String, String)>,
}

/// Checks the crates of a plan, each against the commit that it was published from.
pub(super) fn check(root: &Path, workspace: &Workspace, plan: &Plan) -> Checked {
    let mut checked = Checked::default();
    let mut installed = None;
    for (package, planned) in workspace.packages.iter().zip(&plan.crates) {
        let Some(baseline) = planned.unproven(package) else {
            continue;
        };
        if !*installed.get_or_insert_with(|| is_installed(root)) {
            let why = "cargo-semver-checks is not installed (cargo install --locked cargo-semver-checks)";
            checked.unchecked.push((package.name.clone(), why.to_owned()));
            continue;
        }
        match compare(root, &package.name, &baseline.revision) {
            Ok(None) => {}
            Ok(Some(lints)) => {
                checked.breaking.insert(package.name.clone(), lints);
            }
            Err(why) => checked.unchecked.push((package.name.clone(), why)),
        }
    }
    checked
}

fn tool(root: &Path) -> Command {
    let mut command = Command::new("cargo-semver-checks");
    command.arg("semver-checks").current_dir(root);
    command
}

fn is_installed(root: &Path) -> bool {
    let run = tool(root).arg("--version").output();
    run.is_ok_and(|output| output.status.success())
}

/// The lints of breaking changes that fail, if there are any.
fn compare(root: &Path, krate: &str, revision: &str) -> Result<Option<String>, String> {
    let run = tool(root)
        .args(["check-release", "--color", "never", "--package", krate])
        .args(["--release-type", "minor", "--baseline-rev", revision])
        .output();
    let output = run.map_err(|error| format!("cargo-semver-checks cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(None);
    }
    let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    let text = said.concat();
    let lints = lints(&text);
    if lints.is_empty() {
        let last = said[1].lines().rev().find(|line| !line.trim().is_empty());
        return Err(format!(
            "cargo-semver-checks failed: {}",
            last.unwrap_or("it printed nothing").trim()
        ));
    }
    Ok(Some(lints.join(", ")))
}

/// The names in lines such as `--- failure auto_trait_impl_removed: auto trait no longer implemented ---`.
fn lints(said: &str) -> Vec<&str> {
    said.lines()
        .filter_map(|line| line.trim().strip_prefix("--- failure "))
        .filter_map(|line| line.split(':').next())
        .collect()
}
