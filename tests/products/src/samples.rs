//! The sample payloads beside the specs.

use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

/// One line of `specs/*/examples/*.jsonl`.
#[derive(Debug, serde::Deserialize)]
pub struct Sample {
    /// The product, as the row has it.
    pub product: String,
    /// `rest`, `ws_api` …
    pub transport: String,
    /// What identifies the payload.
    pub key: String,
    /// `response`, `event` or `error`.
    #[serde(default = "response")]
    pub kind: String,
    /// The payload, byte for byte.
    pub payload: Box<RawValue>,
}

fn response() -> String {
    "response".to_owned()
}

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

/// The samples of one product, in the order of files and lines; FIX messages are left out.
///
/// # Panics
/// Where a file cannot be read, or a line is no row.
pub fn of(product: &str) -> Vec<Sample> {
    let folder = specs().join(product).join("examples");
    let mut files: Vec<PathBuf> = match std::fs::read_dir(&folder) {
        Ok(entries) => entries.map(|entry| entry.expect("an entry").path()).collect(),
        Err(_) => Vec::new(),
    };
    files.sort();
    let mut samples = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a text");
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let sample: Sample = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{}:{}: {error}", file.display(), number + 1));
            if sample.transport != "fix" {
                samples.push(sample);
            }
        }
    }
    samples
}

/// The payload of a product's first sample with a key.
///
/// # Panics
/// Where there is none.
pub fn payload(product: &str, key: &str) -> String {
    of(product)
        .into_iter()
        .find(|sample| sample.key == key && sample.kind != "error")
        .unwrap_or_else(|| panic!("{product} has no sample of {key}"))
        .payload
        .get()
        .to_owned()
}
