//! The Rust of both sides, printed in memory as far as their files differ.

use anyhow::{Context, Result};
use binance_wire_codegen::product;
use binance_wire_codegen::render::Renderer;
use binance_wire_codegen::versions::Versions;
use binance_wire_impact::diff::{Content, Printed};
use binance_wire_model::product::Model;
use binance_wire_model::source::GeneratedFile;

use super::side::{Sides, Specs};
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
            pairs.push([model, other]);
        }
    }
    let shared = differs(specs::SHARED);
    if pairs.is_empty() && !shared {
        return Ok(printed);
    }
    let templates = tree::templates()?;
    let renderer = Renderer::unformatted(&templates)?;
    let mut both = each(&pairs, |[old, new]| {
        differing(&old.api.name, [print(old, &renderer)?, print(new, &renderer)?])
    });
    if shared {
        let leaf = |side: &Specs| -> Result<Vec<GeneratedFile>> {
            let sources = specs::shared_sources(&side.shared()?)?;
            let leaf = product::render_shared(&sources, &Versions::default(), &renderer);
            Ok(leaf.map_err(failed)?.files)
        };
        both.push(differing(specs::SHARED, [leaf(before)?, leaf(after)?]));
    }
    for pair in both {
        if let Some([old, new]) = pair? {
            printed[0].push(old);
            printed[1].push(new);
        }
    }
    Ok(printed)
}

/// What both sides of a crate offer, where it is not the same.
fn differing(product: &str, files: [Vec<GeneratedFile>; 2]) -> Result<Option<[Printed; 2]>> {
    Printed::differing(product, files).with_context(|| format!("the Rust of `{product}` cannot be read"))
}

fn print(model: &Model, renderer: &Renderer<'_>) -> Result<Vec<GeneratedFile>> {
    let printed = product::print(model, &Versions::default(), renderer)
        .map_err(failed)
        .with_context(|| format!("the Rust of `{}` cannot be printed", model.api.name))?;
    Ok(printed.files)
}
