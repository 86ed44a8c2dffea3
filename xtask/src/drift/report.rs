//! Prints comparisons, as text, as Markdown and as JSON.

use std::fmt::Write;

use anyhow::Result;
use binance_wire_impact::diff::report::{cell, escaped};
use binance_wire_upkeep::drift::{Comparison, Difference};
use serde::Serialize;

use crate::outcome::plural;

/// Differences and explained ones of a product.
fn counts(comparison: &Comparison) -> (usize, usize) {
    let explained = comparison
        .differences
        .iter()
        .filter(|difference| difference.because.is_some())
        .count();
    (comparison.differences.len(), explained)
}

/// What is to be said about a product in one line.
fn headline(comparison: &Comparison) -> String {
    let (differences, explained) = counts(comparison);
    if comparison.files.is_some() {
        return format!(
            "{} there, {} here; {}, {explained} explained",
            plural(comparison.requests, "message"),
            comparison.operations,
            plural(differences, "difference")
        );
    }
    format!(
        "{}, {}; {}, {explained} explained",
        plural(comparison.requests, "request"),
        plural(comparison.operations, "operation"),
        plural(differences, "difference")
    )
}

/// What it is about: the product, and the files where there are such.
fn title(comparison: &Comparison) -> String {
    match &comparison.files {
        Some(files) => format!("{} {files}", comparison.product),
        None => comparison.product.clone(),
    }
}

fn total(comparisons: &[Comparison]) -> String {
    let (mut requests, mut operations, mut differences, mut explained) = (0, 0, 0, 0);
    let (mut products, mut files) = (0, 0);
    for comparison in comparisons {
        let (all, known) = counts(comparison);
        differences += all;
        explained += known;
        if comparison.files.is_some() {
            files += 1;
        } else {
            products += 1;
            requests += comparison.requests;
            operations += comparison.operations;
        }
    }
    let mut parts = Vec::new();
    if products > 0 || files == 0 {
        parts.extend([
            plural(products, "product"),
            plural(requests, "request"),
            plural(operations, "operation"),
        ]);
    }
    if files > 0 {
        parts.push(plural(files, "file"));
    }
    format!(
        "{}; {}, {explained} explained, {} not",
        parts.join(", "),
        plural(differences, "difference"),
        differences - explained
    )
}

/// Operation, parameter and detail, as far as there are any.
fn subject(difference: &Difference) -> String {
    let mut text = difference.operation.clone().unwrap_or_default();
    if let Some(parameter) = &difference.parameter {
        text = format!("{text} `{parameter}`");
    }
    match (text.is_empty(), difference.detail.is_empty()) {
        (true, _) => difference.detail.clone(),
        (false, true) => text,
        (false, false) => format!("{text}: {}", difference.detail),
    }
}

/// One line for each difference, product by product: first what nobody has explained.
pub(super) fn text(comparisons: &[Comparison]) -> String {
    let mut out = String::new();
    for comparison in comparisons {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}: {}", title(comparison), headline(comparison));
        for (notice, _) in &comparison.notices {
            let _ = writeln!(out, "  {notice}");
        }
        for explained in [false, true] {
            for difference in &comparison.differences {
                if difference.because.is_some() != explained {
                    continue;
                }
                let place = difference
                    .location
                    .as_ref()
                    .map(|at| format!(" [{}:{}]", at.file, at.line))
                    .unwrap_or_default();
                let reason = difference
                    .because
                    .as_ref()
                    .map(|because| format!(" (explained: {because})"))
                    .unwrap_or_default();
                let _ = writeln!(
                    out,
                    "  {:<18} {}{place}{reason}",
                    difference.kind.name(),
                    subject(difference)
                );
            }
        }
    }
    let _ = writeln!(out, "{}", total(comparisons));
    out
}

/// A table of products, one of schemas and dictionaries, and one of differences for each that has any. What nobody has
/// explained comes first; the rest is folded up.
pub(super) fn markdown(comparisons: &[Comparison]) -> String {
    let mut out = String::new();
    let (files, products): (Vec<&Comparison>, Vec<&Comparison>) = comparisons
        .iter()
        .partition(|comparison| comparison.files.is_some());
    if !products.is_empty() {
        out.push_str(
            "| product | requests | operations | differences | explained |\n|---|--:|--:|--:|--:|\n",
        );
        for comparison in products {
            let (differences, explained) = counts(comparison);
            let _ = writeln!(
                out,
                "| {} | {} | {} | {differences} | {explained} |",
                comparison.product, comparison.requests, comparison.operations
            );
        }
        out.push('\n');
    }
    if !files.is_empty() {
        out.push_str("| files | messages there | here | differences | explained |\n|---|--:|--:|--:|--:|\n");
        for comparison in &files {
            let (differences, explained) = counts(comparison);
            let _ = writeln!(
                out,
                "| {} | {} | {} | {differences} | {explained} |",
                cell(&title(comparison)),
                comparison.requests,
                comparison.operations
            );
        }
        out.push('\n');
        for (notice, left) in files.iter().flat_map(|comparison| &comparison.notices) {
            let mark = if left.is_some() { "**" } else { "" };
            let _ = writeln!(out, "- {mark}{}{mark}", escaped(notice));
        }
        if files.iter().any(|comparison| !comparison.notices.is_empty()) {
            out.push('\n');
        }
    }
    let _ = writeln!(out, "{}", total(comparisons));
    for comparison in comparisons {
        let (explained, open): (Vec<&Difference>, Vec<&Difference>) = comparison
            .differences
            .iter()
            .partition(|difference| difference.because.is_some());
        if open.is_empty() && explained.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n## {}", escaped(&title(comparison)));
        if !open.is_empty() {
            out.push('\n');
            table(&mut out, &open);
        }
        if !explained.is_empty() {
            let _ = writeln!(
                out,
                "\n<details><summary>{} explained</summary>\n",
                explained.len()
            );
            table(&mut out, &explained);
            out.push_str("\n</details>\n");
        }
    }
    out
}

fn table(out: &mut String, differences: &[&Difference]) {
    out.push_str("| kind | operation | parameter | detail | because |\n|---|---|---|---|---|\n");
    for difference in differences {
        let optional = |text: Option<&String>| text.map(|text| cell(text)).unwrap_or_default();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            difference.kind.name(),
            optional(difference.operation.as_ref()),
            optional(difference.parameter.as_ref()),
            cell(&difference.detail),
            optional(difference.because.as_ref())
        );
    }
}

#[derive(Serialize)]
struct JsonProduct<'a> {
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notices: Vec<JsonNotice<'a>>,
    requests: usize,
    operations: usize,
    differences: Vec<JsonDifference<'a>>,
}

#[derive(Serialize)]
struct JsonNotice<'a> {
    text: &'a str,
    days_left: Option<i64>,
}

#[derive(Serialize)]
struct JsonDifference<'a> {
    kind: &'static str,
    operation: Option<&'a str>,
    parameter: Option<&'a str>,
    detail: &'a str,
    file: Option<&'a str>,
    line: Option<usize>,
    because: Option<&'a str>,
}

/// A list of products with their differences.
pub(super) fn json(comparisons: &[Comparison]) -> Result<String> {
    let products: Vec<JsonProduct<'_>> = comparisons
        .iter()
        .map(|comparison| JsonProduct {
            product: &comparison.product,
            files: comparison.files.as_deref(),
            notices: comparison
                .notices
                .iter()
                .map(|(text, days_left)| JsonNotice {
                    text,
                    days_left: *days_left,
                })
                .collect(),
            requests: comparison.requests,
            operations: comparison.operations,
            differences: comparison
                .differences
                .iter()
                .map(|difference| JsonDifference {
                    kind: difference.kind.name(),
                    operation: difference.operation.as_deref(),
                    parameter: difference.parameter.as_deref(),
                    detail: &difference.detail,
                    file: difference.location.as_ref().map(|at| at.file.as_str()),
                    line: difference.location.as_ref().map(|at| at.line),
                    because: difference.because.as_deref(),
                })
                .collect(),
        })
        .collect();
    Ok(serde_json::to_string_pretty(&products)? + "\n")
}
