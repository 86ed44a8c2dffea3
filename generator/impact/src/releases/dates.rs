//! The dates of specs.

use std::collections::BTreeMap;

use super::{Error, Package, Result};

/// The date of the facts in each folder of specs, from `sources.toml`.
#[derive(Clone, Debug, Default)]
pub struct Dates(BTreeMap<String, String>);

impl Dates {
    /// Reads `sources.toml`. `place`: the name of the file in messages.
    ///
    /// # Errors
    /// What is no TOML.
    pub fn read(place: &str, text: &str) -> Result<Self> {
        let sources: toml::Table = text
            .parse()
            .map_err(|error| Error(format!("{place} is not TOML: {error}")))?;
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for (file, entry) in &sources {
            let folder = file.split('/').next().unwrap_or(file);
            if let Some(date) = entry.get("as-of").and_then(toml::Value::as_str) {
                let digits: String = date.chars().filter(char::is_ascii_digit).collect();
                let latest = found.entry(folder.to_owned()).or_default();
                *latest = digits.max(std::mem::take(latest));
            }
        }
        Ok(Self(found))
    }

    /// The latest of a crate's specs; of all specs for the facade; none for a hand-written crate.
    pub(super) fn of(&self, package: &Package) -> Option<String> {
        let product = package.product()?;
        let date = match self.0.get(product) {
            Some(date) => Some(date),
            None => self.0.values().max(),
        };
        date.cloned().filter(|date| !date.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_date_of_a_folder_counts() {
        let text = "[\"a/x.yaml\"]\nas-of = \"2026-01-02\"\n[\"a/y.yaml\"]\nas-of = \"2025-12-31\"\n\
                    [\"b/z.yaml\"]\nas-of = \"2026-03\"\n";
        let dates = Dates::read("sources.toml", text).unwrap();
        let of = |folder: &str| {
            dates.of(&Package {
                folder: folder.to_owned(),
                ..Package::default()
            })
        };
        assert_eq!(of("generated/a").as_deref(), Some("20260102"));
        assert_eq!(of("generated/binance-wire").as_deref(), Some("202603"));
        assert_eq!(of("runtime/core"), None);
        assert!(Dates::read("sources.toml", "=").is_err());
    }
}
