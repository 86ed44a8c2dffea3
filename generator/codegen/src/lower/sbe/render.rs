//! Prints a lowered schema.

use anyhow::Result;
use serde::Serialize;

use super::{Lowered, MessageCode};
use crate::render::{GeneratedFile, Renderer};

#[derive(Serialize)]
struct ModuleName<'l> {
    module: &'l str,
    name: &'l str,
}

#[derive(Serialize)]
struct SchemaContext<'l> {
    schema: &'l Lowered,
}

#[derive(Serialize)]
struct TypeContext<'l, T> {
    r#type: &'l T,
}

#[derive(Serialize)]
struct TypesContext<'l> {
    types: Vec<ModuleName<'l>>,
}

#[derive(Serialize)]
struct MessageContext<'l> {
    schema: SchemaFacts<'l>,
    message: &'l MessageCode,
}

#[derive(Serialize)]
struct SchemaFacts<'l> {
    framed: bool,
    /// The enums and sets that a message may name.
    value_types: &'l [String],
}

/// Prints a schema's module into the folder `dir`, such as `src/sbe/spot`: `mod.rs`, a file for each message, and
/// one for each enum and set below `types`.
pub fn render_sbe(lowered: &Lowered, renderer: &Renderer<'_>, dir: &str) -> Result<Vec<GeneratedFile>> {
    let mut files = Vec::new();
    let schema = SchemaContext { schema: lowered };
    files.push(renderer.rust("sbe/mod.rs.j2", &schema, &format!("{dir}/mod.rs"))?);
    let mut types: Vec<ModuleName<'_>> = Vec::new();
    for code in &lowered.enums {
        types.push(ModuleName {
            module: &code.module,
            name: &code.name,
        });
        let path = format!("{dir}/types/{}.rs", code.module);
        files.push(renderer.rust("sbe/enum.rs.j2", TypeContext { r#type: code }, &path)?);
    }
    for code in &lowered.sets {
        types.push(ModuleName {
            module: &code.module,
            name: &code.name,
        });
        let path = format!("{dir}/types/{}.rs", code.module);
        files.push(renderer.rust("sbe/set.rs.j2", TypeContext { r#type: code }, &path)?);
    }
    types.sort_by_key(|r#type| r#type.module);
    files.push(renderer.rust(
        "sbe/types.rs.j2",
        TypesContext { types },
        &format!("{dir}/types/mod.rs"),
    )?);
    for message in &lowered.messages {
        let context = MessageContext {
            schema: SchemaFacts {
                framed: lowered.framed,
                value_types: &lowered.value_types,
            },
            message,
        };
        let path = format!("{dir}/{}.rs", message.module);
        files.push(renderer.rust("sbe/message.rs.j2", &context, &path)?);
    }
    files.sort();
    Ok(files)
}
