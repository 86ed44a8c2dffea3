//! `cargo xtask diff`: what differs between two states of the specs, and what it does to their users.

mod announced;
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
use crate::outcome::{Outcome, told};
use crate::output::{self, Progress, error, say, warning};
use crate::{tree, uses};

/// Where decisions stand, below the specs folder.
const POLICY: &str = "diff.yaml";

#[derive(Args)]
#[command(
    long_about = "Compares the models of two states and says of each difference what it means on the wire, in the Rust that\n\
    is emitted, and in behaviour.\n\n\
    OLD and NEW are each one of:\n  \
    a specs folder (specs)\n  \
    a git revision (HEAD~3, v1.2.0; rev:NAME where a file has the same name)\n  \
    a file as the exchange publishes it: an SBE schema, a FIX dictionary, an OpenAPI document, a Postman collection\n  \
    a folder of Postman collections\n  \
    baseline, the state that was published last\n\n\
    A file or folder of collections beside specs is compared with the part of the specs that it is about.\n\n\
    With --uses, the report has only what the Rust project at PATH touches: what it calls, names, matches on or\n\
    constructs of what is gone or changed, the calls whose requests need more than before, and those whose weight,\n\
    limits or life changed; each with file, line and column. What is merely new touches nobody. The project is held\n\
    against the Rust of OLD, or of the repository's specs where OLD is something else.\n\n\
    With --announcements, the report also compares with the exchange's change logs: what is in both, in the specs\n\
    only, in the logs only. The entries that count are those of the days between --since and --until, which by default are\n\
    the days of OLD and NEW where these are revisions.\n\n\
    Exit codes: 0 nothing breaking, 100 breaking, 1 usage, or nothing breaking was found while a file of the project or\n\
    a section of a log could not be read, 101 could not run."
)]
pub(crate) struct Arguments {
    /// The state before
    #[arg(required_unless_present_any = ["schema", "kinds"])]
    old: Option<String>,
    /// The state after
    #[arg(required_unless_present_any = ["schema", "kinds"])]
    new: Option<String>,
    /// Report only this product
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the report there instead of to the terminal
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The file with severities and approvals; by default specs/diff.yaml, where there is one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The git repository that revisions are of; by default this one
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
    /// The folder that says what was published, for `baseline`; by default releases/baselines
    #[arg(long, value_name = "DIR")]
    baselines: Option<PathBuf>,
    /// Report only what the Rust project in this folder touches, and where
    #[arg(long, value_name = "PATH")]
    uses: Option<PathBuf>,
    /// A change log of the exchange to compare with the differences; may be repeated
    #[arg(long, value_name = "FILE")]
    announcements: Vec<PathBuf>,
    /// The first day of which entries of the logs count
    #[arg(long, value_name = "DAY", requires = "announcements")]
    since: Option<Date>,
    /// The last day of which entries of the logs count
    #[arg(long, value_name = "DAY", requires = "announcements")]
    until: Option<Date>,
    /// Print the JSON Schema of the JSON report, and nothing else
    #[arg(long)]
    schema: bool,
    /// Print the kinds of differences, and nothing else
    #[arg(long)]
    kinds: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a pull request
    Markdown,
    /// For machines; --schema says what is in it
    Json,
    /// A page that needs nothing else
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
    // Clap has seen to it that both are there.
    let (Some(old), Some(new)) = (&arguments.old, &arguments.new) else {
        return Ok(Outcome::Findings);
    };
    let repository = arguments.repository.clone().map_or_else(tree::root, Ok)?;
    let policy = policy(arguments.config.as_deref(), &repository)?;
    let baselines = arguments.baselines.as_deref();
    let progress = Progress::until_done("reading both states");
    let (before, after) = std::thread::scope(|scope| {
        let before = scope.spawn(|| side::read(old, &repository, baselines));
        let after = side::read(new, &repository, baselines);
        let before = before
            .join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("{old} could not be read")));
        (before, after)
    });
    drop(progress);
    let (before, after) = (before?, after?);
    let (mut findings, scope) = match diff::compare_within(&before, &after, arguments.product.as_deref()) {
        Ok(found) => found,
        Err(message) => {
            error!("{message}");
            return Ok(Outcome::Findings);
        }
    };
    let mut unread = Vec::new();
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
            let (kept, narrowed) = narrow(
                (folder, &shown),
                |project| surface::of(old, &repository, baselines, project),
                findings,
                logs.as_mut(),
            )?;
            findings = kept;
            unread.extend(narrowed.unread.iter().cloned());
            Some(narrowed)
        }
    };
    let mut found = policy.report(&before.label, &after.label, findings);
    found.narrowed = narrowed;
    found.logs = logs;
    let printed = match arguments.format {
        Format::Text => report::text(&found),
        Format::Markdown => report::markdown(&found),
        Format::Json => report::json(&found)?,
        Format::Html => report::html(&found),
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
    Policy::read(&SourceFile::new(path.display().to_string(), text)).map_err(told)
}
