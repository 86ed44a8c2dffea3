//! The table of retired endpoints, as the crate of shared types has it.

use anyhow::Result;
use binance_wire_model::retired::Retired;
use serde::Serialize;

use crate::render::{GeneratedFile, Renderer};

#[derive(Serialize)]
struct Table<'m> {
    retired: Vec<Row<'m>>,
}

#[derive(Serialize)]
struct Row<'m> {
    method: &'m str,
    path: &'m str,
    product: &'m str,
    date: String,
    replacement: String,
}

/// Prints `src/retired.rs`. The list is in the order that the reader gives it, which the table is searched by.
///
/// # Errors
/// A template that is missing or does not print Rust.
pub fn render(retired: &[Retired], renderer: &Renderer<'_>) -> Result<GeneratedFile> {
    let option = |text: &Option<String>| match text {
        Some(text) => format!("Some({text:?})"),
        None => "None".to_owned(),
    };
    let retired = retired
        .iter()
        .map(|entry| Row {
            method: entry.method.name(),
            path: &entry.path,
            product: &entry.product,
            date: option(&entry.date),
            replacement: option(&entry.replacement),
        })
        .collect();
    renderer.rust("shared/retired.rs.j2", Table { retired }, "src/retired.rs")
}
