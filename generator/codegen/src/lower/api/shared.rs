//! The leaf crate: types that several products refer to, and error codes by family. Products re-export what they use.

use std::collections::BTreeSet;

use binance_wire_model::api::{ErrorFamily, Product, TypeKind};
use binance_wire_model::diagnostics::{Diagnostics, Warning};
use serde::Serialize;

use super::error_codes::{self, Family};
use super::types::{Enum, Module};
use super::{Context, Counts, crate_name};
use crate::render::{GeneratedFile, Renderer};
use crate::versions::without_metadata;

/// What a product's module of types re-exports from the leaf crate.
#[derive(Debug, Default, Serialize)]
pub(super) struct Exports {
    enums: Vec<Export>,
    types: Vec<Export>,
}

#[derive(Debug, Serialize)]
struct Export {
    /// The name in the leaf crate.
    of: String,
    /// The name here, where it is another one.
    renamed: Option<String>,
}

impl Exports {
    /// Nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.enums.is_empty() && self.types.is_empty()
    }

    /// Whether there are value sets among them.
    pub(super) fn has_enums(&self) -> bool {
        !self.enums.is_empty()
    }

    /// Every shared type that the product uses, under the name that the product gives it.
    pub(super) fn of(product: &Product) -> Self {
        let mut exports = Self::default();
        for (name, of) in &product.shared_types {
            let list = match product.types.get(name).map(|def| &def.kind) {
                Some(TypeKind::Enum(_)) => &mut exports.enums,
                _ => &mut exports.types,
            };
            list.push(Export {
                of: of.clone(),
                renamed: (name != of).then(|| name.clone()),
            });
        }
        exports
    }
}

/// The leaf crate, ready to print.
#[derive(Debug, Serialize)]
pub struct SharedCrate {
    name: String,
    version: String,
    /// The version without build metadata, as others require it.
    requirement: String,
    modules: Vec<Module>,
    enums: Vec<Enum>,
    /// The types of another crate that are re-exported: none.
    exports: Exports,
    /// The structs of what answers of a user's own server must have: none, as a server is a product's.
    answer_structs: Vec<String>,
    has_models: bool,
    has_enums: bool,
    families: Vec<Family>,
}

/// Settles the names of the leaf crate.
pub fn lower_shared(
    product: &Product,
    families: &[ErrorFamily],
    version: &str,
) -> Result<(SharedCrate, Counts, Vec<Warning>), Diagnostics> {
    let mut context = Context {
        product,
        errors: Vec::new(),
        warnings: Vec::new(),
        // Which of them arrive in streams differs by product.
        in_streams: BTreeSet::new(),
        // No request is shared.
        sent: BTreeSet::new(),
    };
    let types = context.types();
    let families = families
        .iter()
        .map(|family| error_codes::family(family, &mut context.errors))
        .collect();
    if !context.errors.is_empty() {
        return Err(Diagnostics(context.errors));
    }
    let counts = Counts {
        types: product.types.len(),
        ..Counts::default()
    };
    context.warnings.sort();
    context.warnings.dedup();
    let krate = SharedCrate {
        name: crate_name(&product.name),
        version: version.to_owned(),
        requirement: without_metadata(version).to_owned(),
        has_models: !types.is_empty(),
        has_enums: types.has_enums(),
        modules: types.modules,
        enums: types.enums,
        exports: Exports::default(),
        answer_structs: Vec::new(),
        families,
    };
    Ok((krate, counts, context.warnings))
}

/// Prints the leaf crate.
pub fn render_shared(krate: &SharedCrate, renderer: &Renderer<'_>) -> anyhow::Result<Vec<GeneratedFile>> {
    let mut files = vec![
        renderer.text("shared/Cargo.toml.j2", krate, "Cargo.toml")?,
        renderer.text("shared/README.md.j2", krate, "README.md")?,
        renderer.rust("shared/lib.rs.j2", krate, "src/lib.rs")?,
    ];
    if krate.has_models {
        files.extend(render_enums(krate.has_enums, krate, renderer)?);
        files.push(renderer.rust("api/models.rs.j2", krate, "src/models/mod.rs")?);
        for module in &krate.modules {
            let path = format!("src/models/{}.rs", module.file());
            files.push(renderer.rust("api/model.rs.j2", module, &path)?);
        }
    }
    if !krate.families.is_empty() {
        files.push(renderer.rust("shared/error_codes.rs.j2", krate, "src/error_codes/mod.rs")?);
        for family in &krate.families {
            let path = format!("src/error_codes/{}.rs", family.module);
            files.push(renderer.rust("shared/family.rs.j2", family, &path)?);
        }
    }
    Ok(files)
}

/// Prints the module of value sets, if there are any.
pub(super) fn render_enums(
    has_enums: bool,
    krate: &impl Serialize,
    renderer: &Renderer<'_>,
) -> anyhow::Result<Option<GeneratedFile>> {
    has_enums
        .then(|| renderer.rust("api/enums.rs.j2", krate, "src/models/enums.rs"))
        .transpose()
}
