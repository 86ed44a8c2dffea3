//! `cargo xtask version`: which version each crate has to have, from what changed since it was published.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use binance_wire_impact::releases::{self as impact, Plan, Planned, Workspace};
use clap::Args;

use crate::complaints::Format;
use crate::outcome::{Outcome, plural};
use crate::output::{self, Progress, SUBJECT, error, remark, say};
use crate::{git, regenerate, releases, tree};

#[derive(Args)]
#[command(
    long_about = "Compares every published crate with its baseline in releases/baselines (digests and Rust surface of \
    the published version), and chooses its version by Cargo's rules: while the major number is zero, a breaking \
    change raises the minor number and any other change the patch number. A crate breaks, too, if its items name items \
    of a crate that breaks, and a hand-written one if cargo-semver-checks says so, where that is installed. Versions and change logs are written, and crates regenerated. A version that was raised by \
    hand further than needed is kept. A second run changes nothing.\n\n\
    With --check, nothing is written.\n\n\
    Exit codes: 0 success, 1 usage, or with --check a version that is too low or an unpublished one dated differently \
    from its specs, 101 could not run."
)]
pub(crate) struct Arguments {
    /// Check the versions instead of writing them
    #[arg(long, conflicts_with = "publish_baseline")]
    check: bool,
    /// Write the baselines as if the current state were published, and nothing else
    #[arg(long)]
    publish_baseline: bool,
    /// Print every change, not only the decisive ones
    #[arg(long)]
    all: bool,
    /// Only these crates and their dependencies
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
    let workspace = releases::workspace(&root, &arguments.only)?;
    let (plan, unchecked) = {
        let _progress = Progress::until_done("comparing with what was published");
        releases::plan(&root, &workspace, arguments.baselines.as_deref())?
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
            releases::write_baseline(&folder, planned, &revision)?;
        }
        say!(
            "{} written to {}",
            plural(plan.crates.len(), "baseline"),
            folder.display()
        );
        return Ok(Outcome::Clean);
    }
    let (settled, changed): (Vec<_>, Vec<_>) = plan
        .crates
        .iter()
        .partition(|planned| planned.unchanged() || planned.unpublished());
    for planned in changed {
        describe(planned, arguments.all);
    }
    if output::verbose() {
        for planned in settled {
            describe(planned, arguments.all);
        }
    } else if !output::quiet() {
        let unpublished = settled.iter().filter(|planned| planned.unpublished()).count();
        let unchanged = settled.len() - unpublished;
        if unchanged > 0 {
            say!("{} unchanged", plural(unchanged, "crate"));
        }
        if unpublished > 0 {
            say!("{} not published so far", plural(unpublished, "crate"));
        }
    }
    for (name, why) in &unchecked {
        remark!("{name}: auto traits and what else only a compiler sees were not compared: {why}");
    }
    for (name, version) in &plan.gone {
        say!("{name}: {version} is published, and is no longer a crate of this workspace");
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
    let forced = match planned.ahead() {
        true => format!(" (at least {})", planned.next),
        false => String::new(),
    };
    say!("{SUBJECT}{name}{SUBJECT:#}: {current}{moved}{forced}, {verdict}");
    let deciding: Vec<_> = match all {
        true => planned.comparison.changes.iter().collect(),
        false => planned.deciding().collect(),
    };
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
    let logs = releases::compare_specs(root, workspace, plan)?;
    for (name, why) in logs.mute() {
        say!("{name}: its change log has the words of its Rust surface alone: {why}");
    }
    let mut raised = BTreeMap::new();
    for (package, planned) in workspace.packages.iter().zip(&plan.crates) {
        let target = planned.target();
        raised.insert(package.name.clone(), target.to_string());
        let log = match package.generated() {
            true => releases::change_log_file(root, &package.name),
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
        edit(&manifest, |text| {
            impact::with_own_version(text, &target.to_string())
        })?;
    }
    edit(&root.join("Cargo.toml"), |text| {
        impact::with_requirements(text, &raised)
    })?;
    let text = impact::versions_text(&versions);
    let file = releases::versions_file(root);
    tree::update(&file, &text)?;
    Ok(())
}

fn edit(path: &Path, change: impl FnOnce(&str) -> impact::Result<String>) -> Result<()> {
    let text = tree::text(path)?;
    let changed = change(&text).with_context(|| path.display().to_string())?;
    tree::update(path, &changed)?;
    Ok(())
}
