//! The file of versions: `releases/versions.toml`.

use std::collections::BTreeMap;

use binance_wire_codegen::versions::Versions;
use binance_wire_model::source::Lines;
use toml_edit::{Document, DocumentMut, Key};

use super::{Result, fail};

/// What the file says first.
const HEAD: &str = "# Versions of generated crates, decided by `cargo xtask version` and printed by `cargo xtask regenerate`.\n\
                    # What follows `+` is the date of the specs. A version may be raised by hand, never lowered.\n\n";

/// Reads the versions of generated crates. `place`: the name of the file in messages.
///
/// # Errors
/// What is no TOML, and what is no version.
pub fn read_versions(place: &str, text: &str) -> Result<Versions> {
    let lines = Lines::new(text);
    let line_of = |at: usize| lines.place(at).line;
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let line = error.span().map_or(1, |span| line_of(span.start));
            return fail(format!(
                "{place}:{line}: {}; write `\"binance-wire-spot\" = \"0.1.0\"`",
                error.message().trim_end()
            ));
        }
    };
    let mut versions = BTreeMap::new();
    for (name, item) in document.iter() {
        let line = item.span().map_or(1, |span| line_of(span.start));
        let Some(version) = item.as_str() else {
            return fail(format!(
                "{place}:{line}: not a version; write `\"{name}\" = \"0.1.0\"`"
            ));
        };
        if let Err(error) = semver::Version::parse(version) {
            return fail(format!("{place}:{line}: `{version}` is not a version: {error}"));
        }
        versions.insert(name.to_owned(), version.to_owned());
    }
    Ok(Versions(versions))
}

/// The text of the file of versions.
pub fn versions_text(versions: &BTreeMap<String, String>) -> String {
    let mut document = DocumentMut::new();
    for (name, version) in versions {
        // All names are quoted, whatever is in them.
        let key = format!("{name:?}").parse().unwrap_or_else(|_| Key::new(name));
        document.insert_formatted(&key, toml_edit::value(version.as_str()));
    }
    format!("{HEAD}{document}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_what_is_wrong_has_its_line() {
        let versions = BTreeMap::from(
            [("a", "0.1.0"), ("b-c", "0.2.0+x.2026")]
                .map(|(name, version)| (name.to_owned(), version.to_owned())),
        );
        let text = versions_text(&versions);
        assert_eq!(
            text.strip_prefix(HEAD),
            Some("\"a\" = \"0.1.0\"\n\"b-c\" = \"0.2.0+x.2026\"\n")
        );
        assert_eq!(read_versions("v.toml", &text).unwrap().0, versions);
        for (text, reported) in [
            (
                "# a\nb = 5\n",
                "v.toml:2: not a version; write `\"b\" = \"0.1.0\"`",
            ),
            ("b = \"1\"\n", "v.toml:1: `1` is not a version"),
            ("\nb = \"1.0.0\"\nb = \"1.0.0\"\n", "v.toml:3: duplicate key"),
            ("b\n", "v.toml:1: "),
        ] {
            let error = read_versions("v.toml", text).unwrap_err().to_string();
            assert!(error.starts_with(reported), "{error}");
        }
    }
}
