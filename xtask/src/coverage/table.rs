//! The table, as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::AddAssign;

use binance_wire_model::product::Model;

use super::samples::Samples;
use super::{events_of, user_data_events};
use crate::outcome::plural;

/// The rows of a product, in their order; what else there is follows.
const TRANSPORTS: &[&str] = &[
    "rest",
    "ws-api",
    "ws-streams",
    "user data",
    "webhooks",
    "server",
    "sbe",
    "fix",
];

/// The figures of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Row {
    operations: usize,
    events: usize,
    drafts: usize,
    deprecated: usize,
    weighed: usize,
    unweighed: usize,
    samples: usize,
    conforming: usize,
}

impl AddAssign for Row {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.events += other.events;
        self.drafts += other.drafts;
        self.deprecated += other.deprecated;
        self.weighed += other.weighed;
        self.unweighed += other.unweighed;
        self.samples += other.samples;
        self.conforming += other.conforming;
    }
}

/// The table with its totals.
pub(super) fn markdown(models: &BTreeMap<String, Model>, samples: Option<&Samples>) -> String {
    let mut out = String::from(
        "# Coverage\n\n\
         Written by `cargo xtask coverage --write`; do not edit.\n\n\
         Operations are requests, methods, streams, and the messages of SBE and FIX. Drafts are operations of which the\n\
         exchange has published the name alone. Weights are counted where a request is charged. A sample conforms where\n\
         the generated type decodes it and encodes it again without loss.\n\n",
    );
    let columns = [
        "product",
        "transport",
        "operations",
        "events",
        "drafts",
        "deprecated",
        "with weight",
        "without",
        "samples",
        "conforming",
    ];
    // Writing to a String cannot fail.
    let _ = writeln!(out, "| {} |", columns.join(" | "));
    let _ = writeln!(out, "|---|---|{}", "--:|".repeat(columns.len() - 2));
    let mut totals: BTreeMap<(usize, String), Row> = BTreeMap::new();
    let mut all = Row::default();
    for (product, model) in models {
        for ((order, transport), row) in rows(product, model, samples) {
            line(&mut out, product, &transport, row, samples.is_some());
            *totals.entry((order, transport)).or_default() += row;
            all += row;
        }
    }
    for ((_, transport), row) in totals {
        line(&mut out, "**all**", &transport, row, samples.is_some());
    }
    line(
        &mut out,
        &format!("**{}**", plural(models.len(), "product")),
        "",
        all,
        samples.is_some(),
    );
    out
}

fn line(out: &mut String, product: &str, transport: &str, row: Row, samples: bool) {
    let mut cells = vec![product.to_owned(), transport.to_owned()];
    let figures = [
        row.operations,
        row.events,
        row.drafts,
        row.deprecated,
        row.weighed,
        row.unweighed,
    ];
    cells.extend(figures.map(|figure| figure.to_string()));
    cells.extend([row.samples, row.conforming].map(|figure| match samples {
        true => figure.to_string(),
        false => "–".to_owned(),
    }));
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// The rows of one product, by transport; a transport of which nothing is known has none.
fn rows(product: &str, model: &Model, samples: Option<&Samples>) -> BTreeMap<(usize, String), Row> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for operation in &model.api.operations {
        let row = rows
            .entry(document(&operation.location.file).to_owned())
            .or_default();
        row.operations += 1;
        row.drafts += usize::from(operation.draft);
        row.deprecated += usize::from(operation.deprecated);
        if operation.weight_documented {
            row.weighed += 1;
        } else {
            row.unweighed += 1;
        }
    }
    for stream in &model.api.streams {
        let row = rows.entry("ws-streams".to_owned()).or_default();
        row.operations += 1;
        row.deprecated += usize::from(stream.deprecated);
    }
    if !model.api.connection_events.is_empty() {
        rows.entry("ws-streams".to_owned()).or_default().events += model.api.connection_events.len();
    }
    let own = user_data_events(&model.api);
    if !own.is_empty() {
        rows.entry("user data".to_owned()).or_default().events += own.len();
    }
    if let Some(offer) = &model.api.offer {
        rows.entry("server".to_owned()).or_default().operations += offer.operations.len();
    }
    if let Some(webhooks) = &model.api.webhooks {
        rows.entry("webhooks".to_owned()).or_default().events +=
            events_of(&model.api, &webhooks.events).len();
    }
    for (_, schema) in &model.sbe {
        rows.entry("sbe".to_owned()).or_default().operations += schema.messages.len();
    }
    for (_, _, dictionary) in &model.fix {
        rows.entry("fix".to_owned()).or_default().operations += dictionary.messages.len();
    }
    if let Some(samples) = samples {
        for transport in samples.transports(product) {
            let count = samples.of(product, transport);
            let row = rows.entry(transport.to_owned()).or_default();
            row.samples += count.all;
            row.conforming += count.conforming;
        }
    }
    rows.into_iter()
        .map(|(transport, row)| {
            let order = TRANSPORTS.iter().position(|known| *known == transport);
            ((order.unwrap_or(TRANSPORTS.len()), transport), row)
        })
        .collect()
}

/// The document that an operation stands in, which is called after its transport: `spot/ws-api.yaml` → `ws-api`.
fn document(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.split('.').next().unwrap_or(name)
}
