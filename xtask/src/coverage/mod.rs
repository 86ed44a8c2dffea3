//! `cargo xtask coverage`: how much of the API the specs describe, product by product.

mod facts;
mod presence;
mod queries;
mod samples;
mod systems;
mod table;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Result;
use binance_wire_model::api::{Product, Type, TypeKind};
use binance_wire_model::product::Model;
use clap::Args;

use self::presence::Presence;
use self::samples::Samples;
use self::systems::Systems;
use crate::outcome::Outcome;
use crate::output::{self, Progress, say};
use crate::{specs, tree};

/// Where the table stands, below the specs folder.
const TABLE: &str = "COVERAGE.md";

#[derive(Args)]
#[command(
    long_about = "Prints a table of products and transports: operations, events, drafts, deprecated operations, \
    operations with and without a documented weight, and the sample payloads of specs/<product>/examples/ with how \
    many of them the generated types decode and encode without loss. Below it are the mutations and the queries that find out what became of them, and the systems of the exchange's \
    documentation, with what the project has for each and why the rest is left out (specs/systems.toml). A further table counts the required members of answers and events by what proves that they are \
    always there: the SBE schema, a documented table, or that they are identities (specs/identities.yaml).\n\n\
    With --check, the table is compared with specs/COVERAGE.md, each family of error codes must be named by a \
    product, and each required member must have a proof that no sample contradicts; with --write, the table is written. Samples are decoded \
    by generated code; --no-samples omits them when that does not compile.\n\n\
    Exit codes: 0 success, 1 usage or a stale table, 100 --facts found something missing, 101 could not run."
)]
pub(crate) struct Arguments {
    /// Compare with specs/COVERAGE.md instead of printing
    #[arg(long, conflicts_with_all = ["write", "facts", "types", "no_samples"])]
    check: bool,
    /// Write specs/COVERAGE.md instead of printing
    #[arg(long, conflicts_with_all = ["facts", "types", "no_samples"])]
    write: bool,
    /// Do not decode sample payloads
    #[arg(long)]
    no_samples: bool,
    /// Count the structs and enums of each generated crate instead
    #[arg(long, conflicts_with = "facts")]
    types: bool,
    /// List what a folder of facts (`PRODUCT.TRANSPORT.json`) has and the specs lack instead
    #[arg(long, value_name = "DIR")]
    facts: Option<PathBuf>,
    /// The specs folder; default: specs
    #[arg(long, value_name = "DIR")]
    specs: Option<PathBuf>,
    /// The folder of generated crates; default: generated
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let specs = tree::folder(arguments.specs.as_deref(), "specs")?;
    if arguments.types {
        let out = tree::folder(arguments.out.as_deref(), "generated")?;
        output::text(&types::table(&out)?);
        return Ok(Outcome::Clean);
    }
    let models = {
        let _progress = Progress::until_done("reading specs");
        let models = specs::models(&specs, |_| true)?;
        let named = models.into_iter().map(|model| (model.api.name.clone(), model));
        named.collect::<BTreeMap<String, Model>>()
    };
    if let Some(folder) = &arguments.facts {
        return facts::compare(folder, &specs, &models);
    }
    let systems = Systems::read(&specs)?;
    if let Some(systems) = &systems {
        systems.check(&specs, models.keys())?;
    }
    let presence = Presence::read(&specs, &models)?;
    if arguments.check && presence.findings().next().is_some() {
        for finding in presence.findings() {
            say!("{finding}");
        }
        return Ok(Outcome::Findings);
    }
    let samples = match arguments.no_samples {
        true => None,
        false => Some(Samples::decode(&specs, models.keys())?),
    };
    let mut printed = table::markdown(&models, samples.as_ref());
    printed += &queries::markdown(&models);
    printed += &presence.markdown();
    if let Some(systems) = &systems {
        printed += &systems.markdown();
    }
    let path = specs.join(TABLE);
    if !(arguments.write || arguments.check) {
        output::text(&printed);
        return Ok(Outcome::Clean);
    }
    let table = tree::settle(&path, &printed, arguments.check, "cargo xtask coverage --write")?;
    let unreached: Vec<&str> = unreached_families(&models).into_iter().collect();
    if arguments.check && !unreached.is_empty() {
        say!(
            "no product names these families of error codes with x-error-codes: {}",
            unreached.join(", ")
        );
        return Ok(Outcome::Findings);
    }
    Ok(table)
}

/// The families of error codes whose constants no product has.
fn unreached_families(models: &BTreeMap<String, Model>) -> BTreeSet<&str> {
    let mut families: BTreeSet<&str> = models
        .values()
        .flat_map(|model| &model.families)
        .map(|family| family.name.as_str())
        .collect();
    for family in models.values().flat_map(|model| &model.api.error_codes) {
        families.remove(family.name.as_str());
    }
    families
}

/// The user's own events: the names that the product's unions tell them apart by.
fn user_data_events(product: &Product) -> BTreeSet<&str> {
    let named = |ty| match product.resolve(ty) {
        Type::Named(name) => Some(name.as_str()),
        _ => None,
    };
    let unions = product.user_data.iter().filter_map(|entry| named(&entry.events));
    product
        .user_data_events
        .as_deref()
        .into_iter()
        .chain(unions)
        .flat_map(|union| events_of(product, union))
        .collect()
}

/// The names by which a union tells its events apart.
fn events_of<'p>(product: &'p Product, union: &str) -> Vec<&'p str> {
    match product.types.get(union).map(|def| &def.kind) {
        Some(TypeKind::Union { variants, .. }) => variants.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}
