//! What a folder of facts has and the specs have not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, bail};
use binance_wire_model::api::{Call, Product};
use binance_wire_model::collection::product_of;
use binance_wire_model::product::Model;
use serde::Deserialize;
use serde_json::Value;

use super::samples::files_of;
use super::user_data_events;
use crate::outcome::{Outcome, plural, wrong};
use crate::output::say;
use crate::tree;

/// A file of facts: `<product>.<transport>.json`.
#[derive(Deserialize)]
struct Facts {
    product: String,
    transport: String,
    #[serde(default)]
    operations: Vec<Fact>,
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fact {
    id: String,
    method: Option<String>,
    path: Option<String>,
    ws_method: Option<String>,
    stream: Option<String>,
    #[serde(default)]
    samples: Vec<Value>,
    #[serde(default)]
    samples_legacy: Vec<Value>,
}

#[derive(Deserialize)]
struct Event {
    event: String,
}

impl Fact {
    /// What the operation is called by on the wire.
    fn key(&self) -> Option<String> {
        match (&self.method, &self.path, &self.ws_method, &self.stream) {
            (Some(method), Some(path), ..) => Some(format!("{method} {path}")),
            (_, _, Some(method), _) => Some(method.clone()),
            (_, _, _, Some(stream)) => Some(stream.clone()),
            _ => None,
        }
    }
}

/// Lists operations, events and samples of the facts that are not in the specs, and operations by another identifier.
pub(super) fn compare(folder: &Path, specs: &Path, models: &BTreeMap<String, Model>) -> Result<Outcome> {
    let names: Vec<&str> = models.keys().map(String::as_str).collect();
    let mut looked = 0;
    let mut missing = 0;
    for file in tree::files_below(folder)? {
        let name = tree::slashes(&file);
        // `<product>.<transport>.json`; shared value sets have no transport.
        if !name.ends_with(".json") || name.matches('.').count() != 2 {
            continue;
        }
        let path = folder.join(&file);
        let facts: Facts = tree::json(
            &path,
            "a file of facts",
            "write it again from the exchange's documentation",
        )?;
        looked += 1;
        let label = format!("{} {}", facts.product, facts.transport);
        let known = product_of(&[&facts.product], &names).and_then(|product| models.get_key_value(product));
        let Some((product, model)) = known else {
            missing += facts.operations.len() + facts.events.len();
            say!(
                "{label}: no specs; {}, {}",
                plural(facts.operations.len(), "operation"),
                plural(facts.events.len(), "event")
            );
            continue;
        };
        let sampled = sampled(specs, product, &facts.transport)?;
        for line in absent(&facts, &model.api, &sampled)? {
            missing += 1;
            say!("{product} {}: {line}", facts.transport);
        }
    }
    if looked == 0 {
        bail!(
            "{} holds no facts; they are files called <product>.<transport>.json",
            folder.display()
        );
    }
    say!(
        "{} of facts compared, {missing} missing or different",
        plural(looked, "file")
    );
    Ok(if missing == 0 {
        Outcome::Clean
    } else {
        Outcome::Differences
    })
}

/// What one file of facts has and the product has not.
fn absent(facts: &Facts, product: &Product, sampled: &BTreeSet<String>) -> Result<Vec<String>> {
    let known = known(product);
    let taken: BTreeSet<&str> = known.values().flatten().copied().collect();
    let mut lines = Vec::new();
    for fact in &facts.operations {
        let Some(key) = fact.key() else {
            bail!(
                "{}: the operation `{}` has no name on the wire",
                facts.product,
                fact.id
            );
        };
        match known.get(&normal(&key)) {
            None => lines.push(format!("no operation {key} ({})", fact.id)),
            // One name is one request type with one weight: where two transports differ, one has another name.
            Some(ids) if ids.contains(fact.id.as_str()) || taken.contains(fact.id.as_str()) => {}
            Some(ids) => {
                let ids: Vec<&str> = ids.iter().copied().collect();
                lines.push(format!(
                    "{key} is called `{}`, and `{}` in the facts",
                    ids.join("` or `"),
                    fact.id
                ));
            }
        }
        let samples = fact.samples.len() + fact.samples_legacy.len();
        if samples > 0 && !sampled.contains(&normal(&key)) {
            lines.push(format!("none of the {samples} samples of {key}"));
        }
    }
    let mut events = user_data_events(product);
    for stream in &product.streams {
        events.extend(stream.event_types.iter().map(String::as_str));
    }
    for fact in &facts.events {
        // The end of a connection and the like come as events of their own types.
        let named = product
            .connection_events
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&fact.event));
        if !events.contains(fact.event.as_str()) && !named {
            lines.push(format!("no event {}", fact.event));
        }
    }
    Ok(lines)
}

/// Identifiers by name on the wire; names that differ by their placeholders alone have several.
fn known(product: &Product) -> BTreeMap<String, BTreeSet<&str>> {
    let operations = product.operations.iter().map(|operation| {
        let key = match &operation.call {
            Call::Rest { method, path } => format!("{method} {path}"),
            Call::WsApi { method } => method.clone(),
        };
        (normal(&key), operation.id.as_str())
    });
    let streams = product
        .streams
        .iter()
        .map(|stream| (normal(stream.pattern.as_str()), stream.id.as_str()));
    let mut known: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (key, id) in operations.chain(streams) {
        known.entry(key).or_default().insert(id);
    }
    known
}

/// A name without those of its placeholders, which the two may call differently.
fn normal(key: &str) -> String {
    let mut normal = String::new();
    let mut inside = false;
    for character in key.chars() {
        match character {
            '<' | '{' => inside = true,
            '>' | '}' => {
                inside = false;
                normal.push_str("<>");
            }
            _ if inside => {}
            other => normal.push(other),
        }
    }
    normal
}

/// The keys of a product's samples over a transport.
fn sampled(specs: &Path, product: &str, transport: &str) -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Row {
        transport: String,
        key: String,
    }
    let mut keys = BTreeSet::new();
    for path in files_of(specs, product)? {
        let text = tree::text(&path)?;
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let row: Row = serde_json::from_str(line).map_err(|error| {
                let remedy = "write one JSON object per line; `cargo xtask conform --help` lists the members";
                wrong(&path, index + 1, format!("not a sample: {error}"), remedy)
            })?;
            if row.transport == transport {
                keys.insert(normal(&row.key));
            }
        }
    }
    Ok(keys)
}
