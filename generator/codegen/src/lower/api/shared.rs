//! The leaf crate: error codes by family, and the endpoints that are gone. Products re-export the families that they name.

use binance_wire_model::api::ErrorFamily;
use binance_wire_model::diagnostics::Diagnostics;
use serde::Serialize;

use super::crate_name;
use super::error_codes::{self, Family};
use crate::render::{GeneratedFile, Renderer};
use crate::versions::without_metadata;

/// The leaf crate, ready to print.
#[derive(Debug, Serialize)]
pub struct SharedCrate {
    name: String,
    version: String,
    /// The version without build metadata, as others require it.
    requirement: String,
    families: Vec<Family>,
}

/// Settles the names of the leaf crate.
pub fn lower_shared(name: &str, families: &[ErrorFamily], version: &str) -> Result<SharedCrate, Diagnostics> {
    let mut errors = Vec::new();
    let families = families
        .iter()
        .map(|family| error_codes::family(family, &mut errors))
        .collect();
    if !errors.is_empty() {
        return Err(Diagnostics(errors));
    }
    Ok(SharedCrate {
        name: crate_name(name),
        version: version.to_owned(),
        requirement: without_metadata(version).to_owned(),
        families,
    })
}

/// Prints the leaf crate.
pub fn render_shared(krate: &SharedCrate, renderer: &Renderer<'_>) -> anyhow::Result<Vec<GeneratedFile>> {
    let mut files = vec![
        renderer.text("shared/Cargo.toml.j2", krate, "Cargo.toml")?,
        renderer.text("shared/README.md.j2", krate, "README.md")?,
        renderer.rust("shared/lib.rs.j2", krate, "src/lib.rs")?,
    ];
    if !krate.families.is_empty() {
        files.push(renderer.rust("shared/error_codes.rs.j2", krate, "src/error_codes/mod.rs")?);
        for family in &krate.families {
            let path = format!("src/error_codes/{}.rs", family.module);
            files.push(renderer.rust("shared/family.rs.j2", family, &path)?);
        }
    }
    Ok(files)
}
