//! What the exchange's documentation describes, system by system, from `specs/systems.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::tree;

/// Where the systems stand, below the specs folder.
pub(super) const FILE: &str = "systems.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    systems: Vec<System>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct System {
    name: String,
    #[serde(default)]
    pages: Vec<String>,
    #[serde(default)]
    products: Vec<String>,
    #[serde(default)]
    beside: Vec<String>,
    left_out: Option<String>,
    because: Option<String>,
}

/// The systems of a specs folder.
pub(super) struct Systems(Vec<System>);

impl Systems {
    /// Reads the file, where there is one.
    pub(super) fn read(specs: &Path) -> Result<Option<Self>> {
        let path = specs.join(FILE);
        let Some(text) = tree::text_if_there(&path)? else {
            return Ok(None);
        };
        let file: File =
            toml::from_str(&text).with_context(|| format!("{} names no systems", path.display()))?;
        Ok(Some(Self(file.systems)))
    }

    /// What is wrong with the systems: products that none has or that there are not, folders that there are not, pages
    /// of two systems, and systems that are left out without a reason.
    pub(super) fn mistakes<'p>(
        &self,
        specs: &Path,
        products: impl Iterator<Item = &'p String>,
    ) -> Vec<String> {
        let root = specs.parent().unwrap_or(specs);
        let mut mistakes = Vec::new();
        let mut waiting: BTreeSet<&str> = products.map(String::as_str).collect();
        let known = waiting.clone();
        let mut pages: BTreeMap<&str, &str> = BTreeMap::new();
        for system in &self.0 {
            let name = &system.name;
            for product in &system.products {
                waiting.remove(product.as_str());
                if !known.contains(product.as_str()) {
                    mistakes.push(format!("{name}: there is no product `{product}`"));
                }
            }
            for folder in &system.beside {
                if !root.join(folder).is_dir() {
                    mistakes.push(format!("{name}: there is no folder {folder}"));
                }
            }
            if system.pages.is_empty() && system.products.is_empty() {
                mistakes.push(format!("{name}: no page describes it"));
            }
            for page in &system.pages {
                if let Some(other) = pages.insert(page, name) {
                    mistakes.push(format!("{name}: {page} is of {other} already"));
                }
            }
            if system.left_out.is_some() != system.because.is_some() {
                mistakes.push(format!("{name}: `left-out` and `because` go together"));
            }
            if system.products.is_empty() && system.beside.is_empty() && system.left_out.is_none() {
                mistakes.push(format!(
                    "{name}: nothing is said of what the project has or leaves out"
                ));
            }
        }
        mistakes.extend(
            waiting
                .iter()
                .map(|product| format!("no system has the product `{product}`")),
        );
        mistakes
    }

    /// The table.
    pub(super) fn markdown(&self) -> String {
        let mut out = String::from(
            "\n## Systems of the documentation\n\n\
             Each system that the exchange's documentation describes, from `systems.toml`: the products and folders that\n\
             the project has for it, and what it leaves out, with the reason.\n\n\
             | system | pages | here | left out | because |\n|---|---|---|---|---|\n",
        );
        for system in &self.0 {
            let here: Vec<&str> = system
                .products
                .iter()
                .chain(&system.beside)
                .map(String::as_str)
                .collect();
            let or_none = |text: String| if text.is_empty() { "–".to_owned() } else { text };
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                system.name,
                or_none(system.pages.join(", ")),
                or_none(here.join(", ")),
                or_none(system.left_out.clone().unwrap_or_default()),
                or_none(system.because.clone().unwrap_or_default()),
            );
        }
        out
    }
}
