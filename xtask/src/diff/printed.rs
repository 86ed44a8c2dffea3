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

use super::side::{Side, Specs};
use super::surface::failed;
use crate::{specs, tree};

/// Prints the crates of both sides whose specs differ; nothing where a side is no specs. `only`: the one product that counts.
pub(super) fn printed(old: &Side, new: &Side, only: Option<&str>) -> Result<[Vec<Printed>; 2]> {
    let (Some(before), Some(after)) = (&old.specs, &new.specs) else {
        return Ok([Vec::new(), Vec::new()]);
    };
    let (Content::Specs(a), Content::Specs(b)) = (&old.state.content, &new.state.content) else {
        return Ok([Vec::new(), Vec::new()]);
    };
    let shared = shared_sources(before)? != shared_sources(after)?;
    let mut pairs = Vec::new();
    for model in a {
        let name = model.api.name.as_str();
        let Some(other) = b.iter().find(|other| other.api.name == name) else {
            continue;
        };
        let counts = only.is_none_or(|only| only == name);
        if counts && (shared || sources(before, name)? != sources(after, name)?) {
            pairs.extend([model, other]);
        }
    }
    if pairs.is_empty() && !shared {
        return Ok([Vec::new(), Vec::new()]);
    }
    let templates = tree::templates()?;
    let renderer = Renderer::new(&templates)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = pairs.len().div_ceil(cores).max(1);
    let crates: Vec<Printed> = std::thread::scope(|scope| {
        let running: Vec<_> = (pairs.chunks(share))
            .map(|models| {
                scope.spawn(|| {
                    let each = models.iter().map(|model| print(model, &renderer));
                    each.collect::<Result<Vec<_>>>()
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| {
                let done = thread.join();
                done.unwrap_or_else(|_| Err(anyhow::anyhow!("the printer stopped")))
            })
            .collect::<Result<Vec<_>>>()
    })?
    .into_iter()
    .flatten()
    .collect();
    let mut sides = [Vec::new(), Vec::new()];
    for (at, krate) in crates.into_iter().enumerate() {
        sides[at % 2].push(krate);
    }
    if shared && only.is_none_or(|only| only == specs::SHARED) {
        for (side, found) in sides.iter_mut().zip([before, after]) {
            let leaf = product::render_shared(&shared_sources(found)?, &Versions::default(), &renderer);
            side.push(of(specs::SHARED, &leaf.map_err(failed)?.files)?);
        }
    }
    Ok(sides)
}

fn shared_sources(found: &Specs) -> Result<binance_wire_model::product::Sources> {
    specs::shared_sources(&found.shared()?)
}

fn sources(found: &Specs, product: &str) -> Result<binance_wire_model::product::Sources> {
    specs::sources(&found.of(product)?, product)
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
