//! `cargo xtask diff`: the differences between two states of the specs, and what they mean for users.

mod announced;
mod printed;
mod side;
mod surface;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use binance_wire_impact::announcements::Date;
use binance_wire_impact::diff::{self, Announced, Finding, Narrowed, Policy, report};
use binance_wire_model::source::SourceFile;
use binance_wire_surface::rust_item::RustItem;
use binance_wire_surface::uses::{self as search, Project};
use clap::{Args, ValueEnum};

use self::surface::Surface;
use crate::outcome::Outcome;
use crate::output::{self, Progress, error, say, warning};
use crate::{tree, uses};

/// The file of decisions, below the specs folder.
const POLICY: &str = "diff.yaml";

#[derive(Args)]
#[command(
    long_about = "Compares the models of two states of the specs, and reports what each difference means on the wire, \
    in the generated Rust, and in behaviour.\n\n\
    OLD and NEW are each one of:\n  \
    a specs folder (specs)\n  \
    a git revision (HEAD~3, v1.2.0; rev:NAME if a file has the same name)\n  \
    a file that the exchange publishes (SBE schema, FIX dictionary, OpenAPI, Postman)\n  \
    a folder of Postman collections\n  \
    baseline: the state that was published last\n\n\
    A published file, or a folder of collections, is compared with the matching part of the specs; two OpenAPI documents \
    are compared in all that they say, but for vendor extensions. Of requests, recvWindow, timestamp and signature, which \
    the client adds, are left out, but for two documents of others.\n\n\
    Of two specs, the public Rust of each product that differs is compared as well, as `version` compares it; a break \
    that no difference of the specs explains is reported as a Rust item.\n\n\
    With --uses, the report has only what affects the Rust project at PATH: its uses of removed and changed items, and \
    its calls whose requirements, weight, limits or lifecycle changed, each with file, line and column. Additions \
    affect nobody. The project is read with the Rust of OLD, or with that of the repository's specs if OLD is a \
    published file.\n\n\
    With --announcements, the report also compares the differences with the exchange's announcements: those in both, in \
    the specs only, and in the announcements only. Entries count from --since to --until; the defaults are the dates \
    of OLD and NEW where these are revisions.\n\n\
    Exit codes: 0 nothing breaking, 1 usage, or nothing breaking but some input could not be read, 100 breaking, \
    101 could not run."
)]
pub(crate) struct Arguments {
    /// The old state
    #[arg(required_unless_present_any = ["schema", "kinds"])]
    old: Option<String>,
    /// The new state
    #[arg(required_unless_present_any = ["schema", "kinds"])]
    new: Option<String>,
    /// Report only this product
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// The format of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the report to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The file with severities and approvals; default: specs/diff.yaml, if it exists
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The git repository to read revisions from; default: this one
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
    /// The folder of baselines, for `baseline`; default: releases/baselines
    #[arg(long, value_name = "DIR")]
    baselines: Option<PathBuf>,
    /// Report only what affects the Rust project in this folder, and where
    #[arg(long, value_name = "PATH")]
    uses: Option<PathBuf>,
    /// A file of the exchange's announcements to compare with; may be repeated
    #[arg(long, value_name = "FILE")]
    announcements: Vec<PathBuf>,
    /// The date of the first announcement that counts
    #[arg(long, value_name = "DAY", requires = "announcements")]
    since: Option<Date>,
    /// The date of the last announcement that counts
    #[arg(long, value_name = "DAY", requires = "announcements")]
    until: Option<Date>,
    /// Print the JSON Schema of the JSON report, and exit
    #[arg(long)]
    schema: bool,
    /// Print the kinds of differences, and exit
    #[arg(long)]
    kinds: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a pull request
    Markdown,
    /// For programs; --schema prints its JSON Schema
    Json,
    /// A page without external resources
    Html,
    /// Annotations of a pull request on GitHub
    Github,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    if arguments.schema {
        output::text(&report::schema()?);
        return Ok(Outcome::Clean);
    }
    if arguments.kinds {
        for kind in diff::Kind::all() {
            say!("{kind}");
        }
        return Ok(Outcome::Clean);
    }
    // Clap requires both.
    let (Some(old), Some(new)) = (&arguments.old, &arguments.new) else {
        return Ok(Outcome::Findings);
    };
    let repository = arguments.repository.clone().map_or_else(tree::root, Ok)?;
    let policy = policy(arguments.config.as_deref(), &repository)?;
    let baselines = arguments.baselines.as_deref();
    let progress = Progress::until_done("reading both states");
    // Announcements speak of what did not change as well.
    let whole = !arguments.announcements.is_empty();
    let sides = side::read([old, new], &repository, baselines, whole)?;
    let (before, after) = (&sides.old, &sides.new);
    drop(progress);
    // What both sides have is said once.
    let known: BTreeSet<&str> = before
        .warnings
        .iter()
        .map(|found| found.message.as_str())
        .collect();
    let more = after
        .warnings
        .iter()
        .filter(|found| !known.contains(found.message.as_str()));
    for found in before.warnings.iter().chain(more) {
        warning!("{found}");
    }
    let only = arguments.product.as_deref();
    let (mut findings, scope) = match diff::compare_within(&before.state, &after.state, only, &sides.left_out)
    {
        Ok(found) => found,
        Err(message) => {
            error!("{message}");
            return Ok(Outcome::Findings);
        }
    };
    let mut unread = Vec::new();
    let progress = Progress::until_done("comparing the Rust of both");
    match printed::printed(&sides, only) {
        Ok([old, new]) => {
            diff::complete_with(&mut findings, (&before.state, &after.state), (&old, &new));
        }
        Err(error) => unread.push(format!(
            "what only the printed Rust shows was not compared: {error:#}"
        )),
    }
    drop(progress);
    let mut logs = match arguments.announcements.as_slice() {
        [] => None,
        files => {
            let window = announced::window(arguments.since, arguments.until, (old, new), &repository)?;
            let (entries, complaints) = announced::read(files)?;
            unread.extend(complaints);
            let files = files.iter().map(|file| file.display().to_string()).collect();
            Some(Announced::relate(files, &entries, window, &findings, &scope))
        }
    };
    let narrowed = match &arguments.uses {
        None => None,
        Some(folder) => {
            let shown = match arguments.format {
                Format::Github => surface::in_its_repository(folder),
                _ => folder.clone(),
            };
            let _progress = Progress::until_done("searching the project for uses");
            let (kept, narrowed) = narrow(
                (folder, &shown),
                |project| surface::of(old, before, &repository, project),
                findings,
                logs.as_mut(),
            )?;
            findings = kept;
            unread.extend(narrowed.unread.iter().cloned());
            Some(narrowed)
        }
    };
    let mut found = policy.report(&before.state.label, &after.state.label, findings);
    found.narrowed = narrowed;
    found.logs = logs;
    let printed = match arguments.format {
        Format::Text => report::text(&found),
        Format::Markdown => report::markdown(&found),
        Format::Json => report::json(&found)?,
        Format::Html => report::html(&found)?,
        Format::Github => report::github(&found),
    };
    match &arguments.output {
        Some(path) => {
            std::fs::write(path, printed).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        None => output::text(&printed),
    }
    for line in &unread {
        error!("{line}");
    }
    // A report of one product, or for one project, says nothing of approvals for others.
    if arguments.product.is_none() && arguments.uses.is_none() {
        for diagnostic in policy.unused(&found) {
            warning!("{diagnostic}");
        }
    }
    Ok(if found.fails() {
        Outcome::Differences
    } else if unread.is_empty() {
        Outcome::Clean
    } else {
        // There may be more than was found, which must not read as if all were well.
        Outcome::Findings
    })
}

/// Leaves what touches the project in a folder, which is shown in files as another.
fn narrow(
    (folder, shown): (&Path, &Path),
    surface: impl FnOnce(&Project) -> Result<Surface>,
    mut findings: Vec<Finding>,
    logs: Option<&mut Announced>,
) -> Result<(Vec<Finding>, Narrowed)> {
    let project = uses::read_project(folder)?;
    let surface = surface(&project)?;
    diff::complete(&mut findings, &surface.calls);
    let mut items: BTreeSet<RustItem> = findings
        .iter()
        .flat_map(|finding| finding.items.iter().cloned())
        .collect();
    if let Some(logs) = &logs {
        items.extend(logs.items(&surface.calls));
    }
    let items: Vec<RustItem> = items.into_iter().collect();
    let mut found = search::find(&project, &surface.crates, &items);
    for one in &mut found.uses {
        one.file = surface::located(shown, &one.file);
    }
    for diagnostic in &mut found.diagnostics {
        diagnostic.file = surface::located(shown, &diagnostic.file);
    }
    let (kept, left_out) = diff::narrow(findings, &found);
    if let Some(logs) = logs {
        logs.narrow(&kept, &found, &surface.calls);
    }
    let narrowed = Narrowed {
        project: folder.display().to_string(),
        against: surface.against,
        left_out,
        unread: found.diagnostics.iter().map(ToString::to_string).collect(),
        not_searched: found.unseen,
    };
    Ok((kept, narrowed))
}

fn policy(config: Option<&Path>, repository: &Path) -> Result<Policy> {
    let usual = repository.join("specs").join(POLICY);
    let path = match config {
        Some(path) => path,
        None if usual.exists() => &usual,
        None => return Ok(Policy::default()),
    };
    let text = tree::text(path)?;
    Ok(Policy::read(&SourceFile::new(path.display().to_string(), text))?)
}
