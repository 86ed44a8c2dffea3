//! `cargo xtask version`: which version each crate has to have, from what changed since it was published.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use binance_wire_surface::surface::Verdict;
use clap::Args;

use crate::complaints::Format;
use crate::outcome::{Outcome, plural};
use crate::output::{self, Progress, SUBJECT, error, say};
use crate::releases::{self, ChangeLogs, Plan, Planned, Workspace};
use crate::{git, regenerate, tree};

#[derive(Args)]
#[command(
    long_about = "Compares every crate that is published with its baseline in releases/baselines (digests and the Rust \
    surface of the published version), and decides the version that it has to have. Cargo's rules: while the major is \
    zero a break raises the minor number, everything else the patch. A crate whose own items name those of one that \
    breaks, breaks too. Versions are raised, change logs written and crates regenerated; a version that is higher than \
    it has to be stays. A second run changes nothing.\n\n\
    With --check nothing is written, and the exit code is 1 where a version is too low, or not published so far and dated \
    otherwise than its specs."
)]
pub(crate) struct Arguments {
    /// Compare instead of writing
    #[arg(long, conflicts_with = "publish_baseline")]
    check: bool,
    /// Take what is now for published: write the baselines, and nothing else
    #[arg(long)]
    publish_baseline: bool,
    /// Print every change, not only those that decide
    #[arg(long)]
    all: bool,
    /// Only these crates, and what they stand on
    #[arg(long, value_name = "CRATE")]
    only: Vec<String>,
    /// The root of the checkout
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The folder of baselines; default: releases/baselines
    #[arg(long, value_name = "DIR")]
    baselines: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let root = arguments.root.clone().map_or_else(tree::root, Ok)?;
    if !up_to_date(&root, arguments.check || arguments.publish_baseline)? {
        return Ok(Outcome::Findings);
    }
    let mut workspace = Workspace::read(&root)?;
    workspace.narrow(&arguments.only)?;
    let plan = {
        let _progress = Progress::until_done("comparing with what was published");
        Plan::read(&workspace, arguments.baselines.as_deref())?
    };
    if arguments.publish_baseline {
        let folder = arguments
            .baselines
            .clone()
            .unwrap_or_else(|| releases::baselines_folder(&root));
        // What it says of the revision would not be true.
        if let Some(refusal) = releases::dirty(&root)? {
            error!("{refusal}");
            return Ok(Outcome::Findings);
        }
        let revision = git::head(&root)?;
        for planned in &plan.crates {
            planned.publish(&folder, &revision)?;
        }
        say!(
            "{} written to {}",
            plural(plan.crates.len(), "baseline"),
            folder.display()
        );
        return Ok(Outcome::Clean);
    }
    let (unchanged, changed): (Vec<_>, Vec<_>) = plan.crates.iter().partition(|planned| unchanged(planned));
    for planned in changed {
        describe(planned, arguments.all);
    }
    if output::verbose() {
        for planned in unchanged {
            describe(planned, arguments.all);
        }
    } else if !unchanged.is_empty() && !output::quiet() {
        say!("{} unchanged", plural(unchanged.len(), "crate"));
    }
    for (name, version) in &plan.gone {
        say!("{name}: {version} is published, and no crate of this workspace any more");
    }
    let unsettled = plan.crates.iter().filter(|planned| !planned.settled()).count();
    if arguments.check {
        if unsettled > 0 {
            say!(
                "{} to change; run `cargo xtask version`",
                plural(unsettled, "version")
            );
            return Ok(Outcome::Findings);
        }
        return Ok(Outcome::Clean);
    }
    write(&root, &workspace, &plan)?;
    if !up_to_date(&root, false)? {
        bail!("the crates cannot be regenerated with their new versions");
    }
    settle_lock(&root);
    say!(
        "{} changed, of {}",
        plural(unsettled, "version"),
        plural(plan.crates.len(), "crate")
    );
    Ok(Outcome::Clean)
}

/// Regenerates, or says whether that would change anything.
pub(crate) fn up_to_date(root: &Path, check: bool) -> Result<bool> {
    let arguments = regenerate::Arguments {
        product: None,
        check,
        specs: Some(root.join("specs")),
        out: Some(root.join("generated")),
        format: Format::Text,
        quiet: true,
    };
    Ok(matches!(regenerate::run(&arguments)?, Outcome::Clean))
}

/// Brings the new versions into Cargo.lock, which would be changed by the next command otherwise, and be in the way of
/// publishing as a change that is not committed.
fn settle_lock(root: &Path) {
    let settled = std::process::Command::new(releases::cargo())
        .args(["update", "--workspace", "--offline", "--quiet"])
        .current_dir(root)
        .output();
    let why = match settled {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
        Err(error) => error.to_string(),
    };
    say!("Cargo.lock could not be brought up to date; run `cargo check`, and commit it too\n{why}");
}

/// How many changes are printed of a crate unless all are asked for.
const SHOWN: usize = 5;

/// Whether a crate is what was published, in its version too.
fn unchanged(planned: &Planned) -> bool {
    planned.verdict == Verdict::Same && planned.current == planned.target() && planned.reasons.is_empty()
}

fn describe(planned: &Planned, all: bool) {
    let Planned {
        name,
        current,
        verdict,
        ..
    } = planned;
    let target = planned.target();
    let moved = if *current == target {
        String::new()
    } else {
        format!(" -> {target}")
    };
    let forced =
        match planned.high_enough() && *verdict > Verdict::Same && !releases::same(current, &planned.next) {
            true => format!(" (at least {})", planned.next),
            false => String::new(),
        };
    say!("{SUBJECT}{name}{SUBJECT:#}: {current}{moved}{forced}, {verdict}");
    let deciding: Vec<_> = planned
        .comparison
        .changes
        .iter()
        .filter(|change| all || change.verdict == *verdict)
        .collect();
    let shown = if all { deciding.len() } else { SHOWN };
    for change in deciding.iter().take(shown) {
        say!("  {change}");
    }
    if deciding.len() > shown {
        say!("  and {} more; --all prints them", deciding.len() - shown);
    }
    for reason in &planned.reasons {
        say!("  {reason}");
    }
}

/// Writes versions and change logs.
fn write(root: &Path, workspace: &Workspace, plan: &Plan) -> Result<()> {
    let mut versions = releases::versions(root)?.0;
    let logs = ChangeLogs::read(workspace, plan)?;
    for (name, why) in logs.mute() {
        say!("{name}: its change log has the words of its Rust surface alone: {why}");
    }
    let mut raised = BTreeMap::new();
    for (package, planned) in workspace.packages.iter().zip(&plan.crates) {
        let target = planned.target();
        raised.insert(package.name.clone(), target.to_string());
        let log = match package.generated() {
            true => releases::changelog_file(root, &package.name),
            false => root.join(&package.folder).join("CHANGELOG.md"),
        };
        let before = tree::text_if_there(&log)?;
        let after = logs.with_changes(before.as_deref(), package, planned);
        tree::update(&log, &after)?;
        if package.generated() {
            versions.insert(package.name.clone(), target.to_string());
            continue;
        }
        let manifest = root.join(&package.folder).join("Cargo.toml");
        edit(&manifest, |text| with_own_version(text, &target.to_string()))?;
    }
    edit(&root.join("Cargo.toml"), |text| with_requirements(text, &raised))?;
    let text = releases::versions_text(&versions);
    let file = releases::versions_file(root);
    tree::update(&file, &text)?;
    Ok(())
}

fn edit(path: &Path, change: impl FnOnce(&str) -> Option<String>) -> Result<()> {
    let text = tree::text_if_there(path)?.with_context(|| format!("{} is not there", path.display()))?;
    let changed =
        change(&text).with_context(|| format!("{}: there is no version to be raised", path.display()))?;
    tree::update(path, &changed)?;
    Ok(())
}

/// A manifest with its package's version.
fn with_own_version(manifest: &str, version: &str) -> Option<String> {
    let mut found = false;
    let mut section = "";
    let mut text = String::new();
    for line in manifest.split_inclusive('\n') {
        if line.starts_with('[') {
            section = line.trim();
        }
        let own = section == "[package]" && (line.starts_with("version =") || line.starts_with("version."));
        if own && !found {
            found = true;
            text += &format!("version = \"{version}\"\n");
        } else {
            text += line;
        }
    }
    found.then_some(text)
}

/// The workspace's manifest with what it requires of its own crates.
fn with_requirements(manifest: &str, versions: &BTreeMap<String, String>) -> Option<String> {
    let mut text = String::new();
    for line in manifest.split_inclusive('\n') {
        let name = line.split_once(" = {").map(|(name, _)| name.trim());
        let version = name.and_then(|name| versions.get(name));
        let place = line
            .contains("path = ")
            .then(|| line.split_once("version = \""))
            .flatten();
        match (version, place) {
            (Some(version), Some((before, after))) => {
                let after = after.split_once('"').map_or("", |(_, after)| after);
                let version = binance_wire_codegen::versions::without_metadata(version);
                text += &format!("{before}version = \"{version}\"{after}");
            }
            _ => text += line,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_edited_in_place() {
        let manifest = "# A.\n[package]\nname = \"a\"\nversion.workspace = true\nedition = \"2024\"\n[dependencies]\nversion = \"1\"\n";
        let raised = with_own_version(manifest, "0.2.0").unwrap();
        assert_eq!(
            raised,
            manifest.replace("version.workspace = true", "version = \"0.2.0\"")
        );
        assert_eq!(with_own_version(&raised, "0.2.0").unwrap(), raised);
        assert_eq!(
            with_own_version("[dependencies]\nversion = \"1\"\n", "0.2.0"),
            None
        );
        let root = "[workspace.dependencies]\na = { path = \"a\", version = \"0.1.0\", features = [\"x\"] }\nb = { version = \"1\" }\nc = { path = \"c\" }\n";
        let versions =
            BTreeMap::from(["a", "b", "c"].map(|name| (name.to_owned(), "0.2.0+x.2026".to_owned())));
        assert_eq!(
            with_requirements(root, &versions).unwrap(),
            root.replace("0.1.0", "0.2.0")
        );
    }
}
