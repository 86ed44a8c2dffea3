//! What the exchange's documentation describes, system by system, from `specs/systems.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use binance_wire_model::diagnostics::{Diagnostic, Diagnostics};
use serde::Deserialize;
use toml::Spanned;

use crate::outcome::wrong;
use crate::tree;

/// Where the systems stand, below the specs folder.
const FILE: &str = "systems.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    systems: Vec<System>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct System {
    name: Spanned<String>,
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
pub(super) struct Systems {
    path: PathBuf,
    text: String,
    systems: Vec<System>,
}

impl Systems {
    /// Reads the file, where there is one.
    pub(super) fn read(specs: &Path) -> Result<Option<Self>> {
        let path = specs.join(FILE);
        let Some(text) = tree::text_if_there(&path)? else {
            return Ok(None);
        };
        let systems = match toml::from_str::<File>(&text) {
            Ok(file) => file.systems,
            Err(error) => {
                let line = error.span().map_or(0, |span| line(&text, span.start));
                return Err(wrong(
                    &path,
                    line,
                    error.message(),
                    "its first lines say what an entry has",
                ));
            }
        };
        Ok(Some(Self { path, text, systems }))
    }

    /// Checks that each product is of a system, that what a system names is there and is of no other, and that what is
    /// left out has a reason.
    pub(super) fn check<'p>(&self, specs: &Path, products: impl Iterator<Item = &'p String>) -> Result<()> {
        let root = specs.parent().unwrap_or(specs);
        let known: BTreeSet<&str> = products.map(String::as_str).collect();
        let mut waiting = known.clone();
        let mut pages: BTreeMap<&str, &str> = BTreeMap::new();
        let mut mistakes = Vec::new();
        for system in &self.systems {
            let (name, at) = (system.name.get_ref(), system.name.span().start);
            let mut mistake = |message: String, remedy: &str| {
                let (file, line) = (self.path.display().to_string(), line(&self.text, at));
                mistakes.push(Diagnostic::new(file, line, format!("{name}: {message}"), remedy));
            };
            for product in &system.products {
                waiting.remove(product.as_str());
                if !known.contains(product.as_str()) {
                    mistake(
                        format!("there is no product `{product}`"),
                        "name a product of specs/",
                    );
                }
            }
            for folder in &system.beside {
                if !root.join(folder).is_dir() {
                    mistake(
                        format!("there is no folder {folder}"),
                        "name a folder of the project",
                    );
                }
            }
            if system.pages.is_empty() && system.products.is_empty() {
                mistake("no page describes it".to_owned(), "add pages, or products");
            }
            for page in &system.pages {
                if let Some(other) = pages.insert(page, name) {
                    mistake(
                        format!("{page} is of {other} already"),
                        "leave it with one of the two",
                    );
                }
            }
            if system.left_out.is_some() != system.because.is_some() {
                mistake(
                    "`left-out` and `because` go together".to_owned(),
                    "write both, or neither",
                );
            } else if system.products.is_empty() && system.beside.is_empty() && system.left_out.is_none() {
                let message = "nothing is said of what the project has or leaves out";
                mistake(
                    message.to_owned(),
                    "add products, beside, or left-out with because",
                );
            }
        }
        for product in waiting {
            let file = self.path.display().to_string();
            let message = format!("no system has the product `{product}`");
            mistakes.push(Diagnostic::new(
                file,
                1,
                message,
                "add it to the products of a system",
            ));
        }
        match mistakes.is_empty() {
            true => Ok(()),
            false => Err(Diagnostics(mistakes).into()),
        }
    }

    /// The table.
    pub(super) fn markdown(&self) -> String {
        let mut out = String::from(
            "\n## Systems of the documentation\n\n\
             Each system that the exchange's documentation describes, from `systems.toml`: the products and folders that\n\
             the project has for it, and what it leaves out, with the reason.\n\n\
             | system | pages | here | left out | because |\n|---|---|---|---|---|\n",
        );
        for system in &self.systems {
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
                system.name.get_ref(),
                or_none(system.pages.join(", ")),
                or_none(here.join(", ")),
                or_none(system.left_out.clone().unwrap_or_default()),
                or_none(system.because.clone().unwrap_or_default()),
            );
        }
        out
    }
}

/// The line of a byte of a text, counted from one.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
