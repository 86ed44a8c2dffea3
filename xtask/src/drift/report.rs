//! Prints comparisons, as text, as Markdown and as JSON.

use std::fmt::Write;

use anyhow::Result;
use binance_wire_generator::drift::{Comparison, Difference};
use serde::Serialize;

use crate::plural;

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
    format!(
        "{}, {}; {}, {explained} explained",
        plural(comparison.requests, "request"),
        plural(comparison.operations, "operation"),
        plural(differences, "difference")
    )
}

fn total(comparisons: &[Comparison]) -> String {
    let (mut requests, mut operations, mut differences, mut explained) = (0, 0, 0, 0);
    for comparison in comparisons {
        let (all, known) = counts(comparison);
        requests += comparison.requests;
        operations += comparison.operations;
        differences += all;
        explained += known;
    }
    format!(
        "{}, {}, {}; {}, {explained} explained, {} not",
        plural(comparisons.len(), "product"),
        plural(requests, "request"),
        plural(operations, "operation"),
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
        let _ = writeln!(out, "{}: {}", comparison.product, headline(comparison));
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

/// A table of products, and one of differences for each product that has any.
pub(super) fn markdown(comparisons: &[Comparison]) -> String {
    let mut out = String::from(
        "| product | requests | operations | differences | explained |\n|---|--:|--:|--:|--:|\n",
    );
    for comparison in comparisons {
        let (differences, explained) = counts(comparison);
        let _ = writeln!(
            out,
            "| {} | {} | {} | {differences} | {explained} |",
            comparison.product, comparison.requests, comparison.operations
        );
    }
    let _ = writeln!(out, "\n{}", total(comparisons));
    for comparison in comparisons.iter().filter(|c| !c.differences.is_empty()) {
        let _ = writeln!(
            out,
            "\n## {}\n\n| kind | operation | parameter | detail | because |\n|---|---|---|---|---|",
            comparison.product
        );
        for difference in &comparison.differences {
            let cell = |text: Option<&String>| text.map(|text| text.replace('|', "\\|")).unwrap_or_default();
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                difference.kind.name(),
                cell(difference.operation.as_ref()),
                cell(difference.parameter.as_ref()),
                cell(Some(&difference.detail)),
                cell(difference.because.as_ref())
            );
        }
    }
    out
}

#[derive(Serialize)]
struct JsonProduct<'a> {
    product: &'a str,
    requests: usize,
    operations: usize,
    differences: Vec<JsonDifference<'a>>,
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
