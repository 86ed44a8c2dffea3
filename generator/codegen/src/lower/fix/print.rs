//! Hands lowered dictionaries to the templates, file by file.

use anyhow::Result;
use serde::Serialize;

use super::{COMMON, Enum, Lowered, Module, Struct};
use crate::render::{GeneratedFile, Renderer};

/// Prints everything below `dir`, such as `src/fix`: `mod.rs`, and a folder per dictionary.
///
/// # Errors
/// A template that is missing or does not print Rust.
pub fn render_fix(lowered: &Lowered, renderer: &Renderer<'_>, dir: &str) -> Result<Vec<GeneratedFile>> {
    let common = lowered.modules.iter().any(|module| !module.dictionary);
    let named: Vec<&Module> = lowered
        .modules
        .iter()
        .filter(|module| module.dictionary)
        .collect();
    let mut files = vec![renderer.rust(
        "fix/root.rs.j2",
        Root {
            common,
            modules: &named,
        },
        &format!("{dir}/mod.rs"),
    )?];
    for module in &lowered.modules {
        let dir = format!("{dir}/{}", module.name);
        let seen = context(module);
        files.push(renderer.rust("fix/module.rs.j2", &seen, &format!("{dir}/mod.rs"))?);
        if module.dictionary {
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
            ("codecs", &module.messages, "fix/codec.rs.j2"),
            ("groups", &module.groups, "fix/group.rs.j2"),
        ] {
            let items: Vec<Entry<'_, Struct>> = items
                .iter()
                .map(|item| Entry {
                    file: &item.file,
                    names: [Some(&item.name), item.make.named.as_ref()]
                        .into_iter()
                        .flatten()
                        .collect(),
                    item,
                })
                .collect();
            folder_of(
                renderer,
                &format!("{dir}/{folder}"),
                folder,
                &items,
                template,
                &mut files,
            )?;
        }
        let items: Vec<Entry<'_, Enum>> = module
            .enums
            .iter()
            .map(|item| Entry {
                file: &item.file,
                names: vec![&item.name],
                item,
            })
            .collect();
        folder_of(
            renderer,
            &format!("{dir}/enums"),
            "enums",
            &items,
            "fix/enum.rs.j2",
            &mut files,
        )?;
    }
    files.sort();
    Ok(files)
}

/// Prints a folder of one file per item.
fn folder_of<T: Serialize>(
    renderer: &Renderer<'_>,
    dir: &str,
    folder: &str,
    items: &[Entry<'_, T>],
    template: &str,
    files: &mut Vec<GeneratedFile>,
) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let root = Context {
        doc: folder_doc(folder),
        reexport: folder != "codecs",
        ..context(&items)
    };
    files.push(renderer.rust("fix/folder.rs.j2", root, &format!("{dir}/mod.rs"))?);
    for Entry { file, item, .. } in items {
        files.push(renderer.rust(template, context(*item), &format!("{dir}/{file}.rs"))?);
    }
    Ok(())
}

/// An item with a file of its own.
#[derive(Serialize)]
struct Entry<'c, T> {
    file: &'c str,
    /// What the file declares for others.
    names: Vec<&'c String>,
    #[serde(skip)]
    item: &'c T,
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
    /// Whether a folder's items are passed on by name.
    reexport: bool,
    item: &'c T,
}

fn context<'c, T: Serialize>(item: &'c T) -> Context<'c, T> {
    Context {
        doc: "",
        common: COMMON,
        reexport: false,
        item,
    }
}

fn folder_doc(folder: &str) -> &'static str {
    match folder {
        "messages" => "The messages.",
        "codecs" => "Reading and writing of the messages.",
        "groups" => "The entries of repeating groups.",
        _ => "The value sets, open: a value that is not known is kept.",
    }
}
