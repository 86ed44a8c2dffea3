//! What proves that the required members of answers and events are always there.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Result, anyhow};
use binance_wire_codegen::names::rust_types;
use binance_wire_codegen::product::{Error, always_in_sbe};
use binance_wire_model::api::{Product, Transport};
use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::named::Named;
use binance_wire_model::presence::{Evidence, Proof, Required, Sample, Samples};
use binance_wire_model::product::Model;
use serde::Deserialize;
use serde_json::Value;

use super::samples::files_of;
use crate::outcome::{plural, wrong};
use crate::{specs, tree};

/// The required members of every product.
pub(super) struct Presence {
    products: BTreeMap<String, Required>,
    /// Names on the list of identities that no member has.
    unused: Vec<Diagnostic>,
}

#[derive(Deserialize)]
struct Row {
    transport: String,
    key: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    payload: Value,
}

impl Presence {
    pub(super) fn read(specs: &Path, models: &BTreeMap<String, Model>) -> Result<Self> {
        let identities = specs::identities(specs)?;
        let mut products = BTreeMap::new();
        for (name, model) in models {
            let sbe = always_in_sbe(model).map_err(|error| match error {
                Error::Specs(found) => anyhow!(found),
                Error::Templates(error) => error,
            })?;
            let product = rust_types(&model.api)?;
            let evidence = Evidence {
                sbe: &sbe,
                identities: &identities,
                samples: &samples(specs, name, &product)?,
            };
            products.insert(name.clone(), Required::of(&product, evidence));
        }
        let unused = identities.unused(models.values().map(|model| &model.api));
        Ok(Self { products, unused })
    }

    /// What is wrong: required members without proof, and identities that nothing has.
    pub(super) fn findings(&self) -> impl Iterator<Item = &Diagnostic> {
        let required = self.products.values().flat_map(|required| &required.findings);
        required.chain(&self.unused)
    }

    /// The table, as Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut out = String::from(
            "\n## Required members by kind of proof\n\n\
             Members of answers and events, per product. `specs/README.md` says what each proof is.\n\n\
             | product | required",
        );
        for proof in Proof::ALL {
            // Writing to a String cannot fail.
            let _ = write!(out, " | {proof}");
        }
        out.push_str(" | without proof | optional |\n|---");
        out.push_str(&"|--:".repeat(Proof::ALL.len() + 3));
        out.push_str("|\n");
        let mut all = [0; Proof::ALL.len() + 2];
        for (product, required) in &self.products {
            let figures = figures(required);
            line(&mut out, product, &figures);
            for (sum, figure) in all.iter_mut().zip(figures) {
                *sum += figure;
            }
        }
        line(
            &mut out,
            &format!("**{}**", plural(self.products.len(), "product")),
            &all,
        );
        out
    }
}

/// The proofs in order, what has none, and what is optional.
fn figures(required: &Required) -> [usize; Proof::ALL.len() + 2] {
    let mut figures = [0; Proof::ALL.len() + 2];
    for (figure, proof) in figures.iter_mut().zip(Proof::ALL) {
        *figure = required.proven.get(proof).copied().unwrap_or_default();
    }
    figures[Proof::ALL.len()] = required.findings.len();
    figures[Proof::ALL.len() + 1] = required.optional;
    figures
}

fn line(out: &mut String, name: &str, figures: &[usize]) {
    let required: usize = figures
        .split_last()
        .map_or(0, |(_, required)| required.iter().sum());
    let cells: Vec<String> = figures.iter().map(usize::to_string).collect();
    let _ = writeln!(out, "| {name} | {required} | {} |", cells.join(" | "));
}

/// What the samples of a product leave out.
fn samples(specs: &Path, name: &str, product: &Product) -> Result<Samples> {
    let mut samples = Samples::default();
    for path in files_of(specs, name)? {
        let shown = path
            .strip_prefix(specs)
            .map_or_else(|_| path.display().to_string(), tree::slashes);
        for (index, text) in tree::text(&path)?.lines().enumerate() {
            if text.trim().is_empty() {
                continue;
            }
            let row: Row = serde_json::from_str(text).map_err(|error| {
                let remedy = "write one JSON object per line; `cargo xtask conform --help` lists the members";
                wrong(&path, index + 1, format!("not a sample: {error}"), remedy)
            })?;
            // FIX and what concerns the user's own server have no answers of the exchange.
            let Ok(transport) = row.transport.replace('_', "-").parse::<Transport>() else {
                continue;
            };
            samples.add(
                product,
                Sample {
                    transport,
                    key: &row.key,
                    error: row.kind == "error",
                    payload: &row.payload,
                    place: &format!("{shown}:{}", index + 1),
                },
            );
        }
    }
    Ok(samples)
}
