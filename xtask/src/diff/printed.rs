//! The Rust of both sides, printed in memory as far as their files differ.

use anyhow::{Context, Result};
use binance_wire_codegen::names::crate_in_code;
use binance_wire_codegen::product;
use binance_wire_codegen::render::Renderer;
use binance_wire_codegen::versions::Versions;
use binance_wire_impact::diff::{Content, Printed};
use binance_wire_model::product::Model;
use binance_wire_model::source::GeneratedFile;
use binance_wire_surface::surface::extract;

use super::side::Sides;
use super::surface::{each, failed};
use crate::{specs, tree};

/// Prints the crates of both sides whose specs differ; nothing where a side is no specs. `only`: the one product that counts.
pub(super) fn printed(sides: &Sides, only: Option<&str>) -> Result<[Vec<Printed>; 2]> {
    let mut printed = [Vec::new(), Vec::new()];
    let Sides {
        old, new, unchanged, ..
    } = sides;
    let (Some(before), Some(after)) = (&old.specs, &new.specs) else {
        return Ok(printed);
    };
    let (Content::Specs(a), Content::Specs(b)) = (&old.state.content, &new.state.content) else {
        return Ok(printed);
    };
    let differs = |name: &str| !unchanged.contains(name) && only.is_none_or(|only| only == name);
    let mut pairs = Vec::new();
    for model in a.iter().filter(|model| differs(&model.api.name)) {
        if let Some(other) = b.iter().find(|other| other.api.name == model.api.name) {
            pairs.extend([model, other]);
        }
    }
    let shared = differs(specs::SHARED);
    if pairs.is_empty() && !shared {
        return Ok(printed);
    }
    let templates = tree::templates()?;
    let renderer = Renderer::new(&templates)?;
    for (at, krate) in each(&pairs, |model| print(model, &renderer))
        .into_iter()
        .enumerate()
    {
        printed[at % 2].push(krate?);
    }
    if shared {
        for (side, found) in printed.iter_mut().zip([before, after]) {
            let sources = specs::shared_sources(&found.shared()?)?;
            let leaf = product::render_shared(&sources, &Versions::default(), &renderer);
            side.push(of(specs::SHARED, &leaf.map_err(failed)?.files)?);
        }
    }
    Ok(printed)
}

fn print(model: &Model, renderer: &Renderer<'_>) -> Result<Printed> {
    let name = &model.api.name;
    let printed = product::print(model, &Versions::default(), renderer)
        .map_err(failed)
        .with_context(|| format!("the Rust of `{name}` cannot be printed"))?;
    of(name, &printed.files)
}

fn of(product: &str, files: &[GeneratedFile]) -> Result<Printed> {
    let surface = extract(files).with_context(|| format!("the Rust of `{product}` cannot be read"))?;
    Ok(Printed {
        product: product.to_owned(),
        krate: crate_in_code(product),
        surface,
    })
}
