//! `cargo xtask publish`: what has a version that the registry does not have, in the order of dependencies.
//!
//! The registry is the only state: a run that was interrupted is run again, and skips what is there. Everything that
//! can be wrong is looked for before anything is uploaded.

mod registry;
mod stage;

use std::path::{Path, PathBuf};

use anyhow::Result;
use binance_wire_impact::releases::{Package, Plan, Planned, Workspace, contents_digest};
use clap::Args;

use self::registry::{Registry, Uploaded};
use self::stage::Stage;
use crate::outcome::{Outcome, plural};
use crate::output::{Progress, error, remark, say};
use crate::{git, releases, tree, version};

#[derive(Args)]
#[command(
    long_about = "Publishes every crate whose version is not on the registry yet, dependencies first, and waits for each \
    until the registry offers it. Before anything is uploaded, it refuses: uncommitted changes, stale generated \
    crates, versions that are too low, a version that the registry has with other contents, incomplete manifests, and \
    hand-written crates that differ from what was published and that cargo-semver-checks could not compare. \
    The crates are packaged and built first.\n\n\
    The registry is the only state: after an interruption, run the command again. Cargo handles tokens \
    (`cargo login`, CARGO_REGISTRY_TOKEN, CARGO_REGISTRIES_<NAME>_TOKEN); none is an argument, and none is printed.\n\n\
    When a crate was published to crates.io, its baseline is written to releases/baselines; commit it. For another \
    registry, baselines are written only with --baselines.\n\n\
    Exit codes: 0 success, 1 usage or refused, 101 could not run."
)]
pub(crate) struct Arguments {
    /// Check, package and build, but upload nothing
    #[arg(long)]
    dry_run: bool,
    /// A registry from cargo's configuration; default: crates.io
    #[arg(long, value_name = "NAME")]
    registry: Option<String>,
    /// Only these crates and their dependencies
    #[arg(long, value_name = "CRATE")]
    only: Vec<String>,
    /// Upload the packages without building them first
    #[arg(long)]
    no_verify: bool,
    /// Publish hand-written crates that cargo-semver-checks did not compare with what was published
    #[arg(long)]
    no_semver_checks: bool,
    /// The root of the checkout
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The folder of baselines; default: releases/baselines
    #[arg(long, value_name = "DIR")]
    baselines: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let root = arguments.root.clone().map_or_else(tree::root, Ok)?;
    if let Some(refusal) = releases::dirty(&root)? {
        return Ok(refuse(&refusal));
    }
    if !version::up_to_date(&root, true)? {
        return Ok(refuse(
            "generated crates are not what the specs say; run `cargo xtask regenerate` and commit",
        ));
    }
    let workspace = releases::workspace(&root, &arguments.only)?;
    let (plan, unchecked) = {
        let _progress = Progress::until_done("comparing with what was published");
        releases::plan(&root, &workspace, arguments.baselines.as_deref())?
    };
    if let Some((name, why)) = unchecked.first().filter(|_| !arguments.no_semver_checks) {
        return Ok(refuse(&format!(
            "{name}: auto traits and what else only a compiler sees were not compared: {why}; --no-semver-checks goes without"
        )));
    }
    if let Some(refusal) = unfit(&workspace, &plan) {
        return Ok(refuse(&refusal));
    }

    let stage = match &arguments.registry {
        Some(name) => Some(Stage::new(&root, &workspace, name)?),
        None => None,
    };
    let folder = stage.as_ref().map_or(root.as_path(), Stage::path);
    let registry = Registry::new(arguments.registry.clone(), folder);
    let mut missing = Vec::new();
    for (package, planned) in workspace.packages.iter().zip(&plan.crates) {
        if !registry.has(package)? {
            missing.push((package, planned));
            continue;
        }
        say!("{} {}: there already", package.name, package.version);
        if planned.published() {
            continue;
        }
        // Left by a run that was interrupted, or put there by somebody else.
        if let Some(refusal) = other_contents(&registry, package, planned)? {
            return Ok(refuse(&refusal));
        }
        if !arguments.dry_run {
            keep_baseline(arguments, &root, planned)?;
        }
    }
    if missing.is_empty() {
        say!("nothing to publish");
        return Ok(Outcome::Clean);
    }
    let packages: Vec<&Package> = missing.iter().map(|(package, _)| *package).collect();
    say!("{} to publish", plural(packages.len(), "crate"));
    {
        let _progress = Progress::until_done("packaging and building");
        registry.rehearse(&packages, !arguments.no_verify)?;
    }
    if arguments.dry_run {
        for package in packages {
            say!("{} {}: would be published", package.name, package.version);
        }
        return Ok(Outcome::Clean);
    }
    for (package, planned) in missing {
        let progress = Progress::until_done("uploading");
        match registry.upload(package)? {
            Uploaded::New => {}
            // Somebody was faster; whether it is the same is for its contents to say.
            Uploaded::Before => {
                if let Some(refusal) = other_contents(&registry, package, planned)? {
                    return Ok(refuse(&refusal));
                }
            }
        }
        registry.wait_for(package)?;
        drop(progress);
        say!("{} {}: published", package.name, package.version);
        keep_baseline(arguments, &root, planned)?;
    }
    if keeps_baselines(arguments) {
        say!("baselines have been written; commit them");
    }
    Ok(Outcome::Clean)
}

fn refuse(why: &str) -> Outcome {
    error!("{why}");
    remark!("nothing was published");
    Outcome::Findings
}

/// Versions that are not what they have to be, and manifests that lack something.
fn unfit(workspace: &Workspace, plan: &Plan) -> Option<String> {
    let unsettled: Vec<String> = plan
        .crates
        .iter()
        .filter(|planned| !planned.settled())
        .map(|planned| {
            format!(
                "{} is {}, and has to be {} ({})",
                planned.name,
                planned.current,
                planned.target(),
                planned.verdict
            )
        })
        .collect();
    if !unsettled.is_empty() {
        return Some(format!(
            "versions are not what they have to be: {}; run `cargo xtask version` and commit",
            unsettled.join("; ")
        ));
    }
    let lacking: Vec<String> = workspace
        .packages
        .iter()
        .filter(|package| !package.lacking.is_empty())
        .map(|package| format!("{} lacks {}", package.name, package.lacking.join(", ")))
        .collect();
    (!lacking.is_empty()).then(|| format!("{}; see how other crates have it", lacking.join("; ")))
}

/// That the registry has a version with other contents than it has here.
fn other_contents(registry: &Registry<'_>, package: &Package, planned: &Planned) -> Result<Option<String>> {
    let there = releases::files(&registry.unpacked(package)?)?;
    Ok((contents_digest(&there) != planned.state.contents).then(|| {
        format!(
            "{} {} is on the registry with other contents; raise its version{}",
            package.name,
            package.version,
            if package.generated() {
                " in releases/versions.toml and regenerate"
            } else {
                ""
            }
        )
    }))
}

fn keeps_baselines(arguments: &Arguments) -> bool {
    arguments.registry.is_none() || arguments.baselines.is_some()
}

fn keep_baseline(arguments: &Arguments, root: &Path, planned: &Planned) -> Result<()> {
    if !keeps_baselines(arguments) {
        return Ok(());
    }
    let folder = arguments
        .baselines
        .clone()
        .unwrap_or_else(|| releases::baselines_folder(root));
    releases::write_baseline(&folder, planned, &git::head(root)?)
}
