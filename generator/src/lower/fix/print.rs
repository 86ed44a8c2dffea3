//! Hands lowered dictionaries to the templates, file by file.

use anyhow::Result;
use serde::Serialize;

use super::{COMMON, Lowered, Module};
use crate::render::{GeneratedFile, Renderer};

/// Prints everything below `dir`, such as `src/fix`: `mod.rs`, and a folder per dictionary.
///
/// # Errors
/// A template that is missing or does not print Rust.
pub fn render_fix(lowered: &Lowered, renderer: &Renderer<'_>, dir: &str) -> Result<Vec<GeneratedFile>> {
    let common = lowered.modules.iter().any(|module| module.common);
    let named: Vec<&Module> = lowered.modules.iter().filter(|module| !module.common).collect();
    let mut files = vec![renderer.rust("fix/root.rs.j2", Root { common, modules: &named }, &format!("{dir}/mod.rs"))?];
    for module in &lowered.modules {
        let dir = format!("{dir}/{}", module.name);
        let seen = context(module);
        files.push(renderer.rust("fix/module.rs.j2", &seen, &format!("{dir}/mod.rs"))?);
        if !module.common {
            files.push(renderer.rust("fix/tags.rs.j2", &seen, &format!("{dir}/tag.rs"))?);
            files.push(renderer.rust("fix/message.rs.j2", &seen, &format!("{dir}/message.rs"))?);
            files.push(renderer.rust("fix/dictionary.rs.j2", &seen, &format!("{dir}/dictionary.rs"))?);
        }
        if let Some(header) = &module.header {
            let seen = context(header);
            files.push(renderer.rust("fix/header.rs.j2", seen, &format!("{dir}/header.rs"))?);
        }
        for (folder, items, template) in [
            ("messages", &module.messages, "fix/body.rs.j2"),
            ("groups", &module.groups, "fix/group.rs.j2"),
        ] {
            if items.is_empty() {
                continue;
            }
            let seen = Context { doc: folder_doc(folder), ..context(items) };
            files.push(renderer.rust("fix/folder.rs.j2", seen, &format!("{dir}/{folder}/mod.rs"))?);
            for item in items {
                let path = format!("{dir}/{folder}/{}.rs", item.file);
                files.push(renderer.rust(template, context(item), &path)?);
            }
        }
        if !module.enums.is_empty() {
            let seen = Context { doc: folder_doc("enums"), ..context(&module.enums) };
            files.push(renderer.rust("fix/folder.rs.j2", seen, &format!("{dir}/enums/mod.rs"))?);
            for item in &module.enums {
                let path = format!("{dir}/enums/{}.rs", item.file);
                files.push(renderer.rust("fix/enum.rs.j2", context(item), &path)?);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What the root module's template sees.
#[derive(Serialize)]
struct Root<'c> {
    common: bool,
    modules: &'c [&'c Module],
}

/// What the templates see of one file.
#[derive(Serialize)]
struct Context<'c, T> {
    doc: &'static str,
    common: &'static str,
    item: &'c T,
}

fn context<'c, T: Serialize>(item: &'c T) -> Context<'c, T> {
    Context { doc: "", common: COMMON, item }
}

fn folder_doc(folder: &str) -> &'static str {
    match folder {
        "messages" => "The messages.",
        "groups" => "The entries of repeating groups.",
        _ => "The value sets, open: a value that is not known is kept.",
    }
}
