//! Reads the list that explains where specs and the exchange's collections differ.

use binance_wire_model::api::Location;
use binance_wire_model::diagnostics::{Diagnostic, Diagnostics};
use binance_wire_model::read::openapi::read_list;
use binance_wire_model::source::SourceFile;
use serde::Deserialize;

use super::{Against, Explanation, Kind};

/// So many digits of a hash name a document.
const DIGITS: usize = 12;

const REMEDY: &str = "an entry has product, kind and because, and may have against, document, operation or place, and parameter";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    product: String,
    kind: String,
    because: String,
    against: Option<String>,
    document: Option<String>,
    #[serde(default, alias = "place")]
    operation: OneOrMany,
    #[serde(default)]
    parameter: OneOrMany,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// The texts, or `None` once where nothing is written.
    fn each(self) -> Vec<Option<String>> {
        match self {
            Self::None => vec![None],
            Self::One(text) => vec![Some(text)],
            Self::Many(list) => list.into_iter().map(Some).collect(),
        }
    }
}

/// Reads `explained:` of specs/drift.yaml. An entry with several operations or parameters becomes one explanation for each.
///
/// # Errors
/// Bad YAML, an entry with a key missing or unknown, an unknown kind, an operation or parameter where the kind speaks of
/// none (or the other way round), an empty reason, the same difference explained twice.
pub fn read_explanations(file: &SourceFile) -> Result<Vec<Explanation>, Diagnostics> {
    let mut explanations: Vec<Explanation> = Vec::new();
    let mut errors = Vec::new();
    for (place, entry) in read_list::<Entry>(file, "explained", REMEDY)? {
        let mut error = |message: String, remedy: String| {
            errors.push(Diagnostic::new(&file.path, place, message, remedy));
        };
        let Some(kind) = Kind::parse(&entry.kind) else {
            let known = Kind::ALL.map(Kind::name).join(", ");
            error(
                format!("unknown kind `{}` of difference", entry.kind),
                format!("use {known}"),
            );
            continue;
        };
        if entry.because.trim().is_empty() {
            error(
                "the explanation says nothing".to_owned(),
                "write one line after `because:`".to_owned(),
            );
            continue;
        }
        let against = match entry.against.as_deref() {
            Some(name) => Against::parse(name),
            None if kind.has_place() => None,
            None => Some(Against::Postman),
        };
        let Some(against) =
            against.filter(|against| kind.has_place() == matches!(against, Against::Sbe | Against::Fix))
        else {
            let remedy = if kind.has_place() {
                "write `against: sbe` or `against: fix`"
            } else {
                "write `against: openapi`, or leave it out for the collections"
            };
            error(
                format!("`{}` is not a difference from that", entry.kind),
                remedy.to_owned(),
            );
            continue;
        };
        if let Some(document) = &entry.document {
            let digits = document
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if against != Against::OpenApi || document.len() < DIGITS || document.len() > 64 || !digits {
                error(
                    format!("`{document}` names no document"),
                    format!("write the first {DIGITS} digits of its SHA-256, and `against: openapi`"),
                );
                continue;
            }
        }
        for operation in entry.operation.each() {
            for parameter in match &entry.parameter {
                OneOrMany::None => vec![None],
                OneOrMany::One(text) => vec![Some(text.clone())],
                OneOrMany::Many(list) => list.iter().cloned().map(Some).collect(),
            } {
                let wrong = [
                    ("operation", operation.is_some(), kind.has_operation()),
                    ("parameter", parameter.is_some(), kind.has_parameter()),
                ]
                .into_iter()
                .find(|(_, written, wanted)| written != wanted);
                if let Some((what, _, wanted)) = wrong {
                    let (message, remedy) = if wanted {
                        (
                            format!("`{}` is about one {what}", entry.kind),
                            format!("add `{what}:`"),
                        )
                    } else {
                        (
                            format!("`{}` is about no {what}", entry.kind),
                            format!("take `{what}:` away"),
                        )
                    };
                    error(message, remedy);
                    break;
                }
                let explanation = Explanation {
                    against,
                    document: entry.document.clone(),
                    product: entry.product.clone(),
                    operation: operation.clone(),
                    parameter,
                    kind,
                    because: entry.because.trim().to_owned(),
                    location: Location::new(&file.path, place),
                };
                if explanation.is_pattern() && explanation.document.is_none() {
                    error(
                        format!("{explanation} would hide what is not known yet"),
                        "name what differs; `*` is for a document that is named by `document:`".to_owned(),
                    );
                    continue;
                }
                if let Some(first) = explanations.iter().find(|known| known.same(&explanation)) {
                    let first = first.location.line;
                    error(
                        format!("{explanation} is already explained in line {first}"),
                        "explain each difference once".to_owned(),
                    );
                    continue;
                }
                explanations.push(explanation);
            }
        }
    }
    if errors.is_empty() {
        Ok(explanations)
    } else {
        Err(Diagnostics(errors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Explanation>, Diagnostics> {
        read_explanations(&SourceFile::new("drift.yaml", text))
    }

    #[test]
    fn one_entry_explains_several() {
        let text = "explained:\n- product: toys\n  operation: [GET /a, GET /b]\n  parameter: [x, y]\n  \
                    kind: extra-parameter\n  because: the page has it\n";
        let reported: Vec<String> = read(text)
            .expect("explanations")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            reported,
            [
                "toys: extra-parameter GET /a, x",
                "toys: extra-parameter GET /a, y",
                "toys: extra-parameter GET /b, x",
                "toys: extra-parameter GET /b, y"
            ]
        );
    }

    #[test]
    fn bad_entries_are_refused_with_their_line() {
        let entry = |more: &str| format!("explained:\n\n- {{product: toys, {more}}}\n");
        for (text, expected) in [
            (
                "explained: 5\n".to_owned(),
                "drift.yaml:1: `explained` is not a list",
            ),
            ("other: []\n".to_owned(), "drift.yaml:1: no `explained`"),
            ("[]".to_owned(), "drift.yaml:1: not a mapping with `explained`"),
            (
                "explained: []\nmore: 1\n".to_owned(),
                "drift.yaml:2: unknown key `more`",
            ),
            ("explained: [\n".to_owned(), "not valid YAML"),
            (
                entry("kind: extra-operation"),
                "drift.yaml:3: not an entry of `explained`: missing field `because`",
            ),
            (
                entry("kind: odd, because: x"),
                "drift.yaml:3: unknown kind `odd` of difference; use missing-product",
            ),
            (
                entry("kind: extra-operation, because: x"),
                "drift.yaml:3: `extra-operation` is about one operation; add `operation:`",
            ),
            (
                entry("kind: extra-operation, because: x, operation: GET /a, parameter: p"),
                "is about no parameter; take `parameter:` away",
            ),
            (
                entry("kind: extra-operation, because: ' ', operation: GET /a"),
                "the explanation says nothing",
            ),
            (
                entry("kind: missing, because: x, place: sbe/spot.xml Toy"),
                "`missing` is not a difference from that; write `against: sbe` or `against: fix`",
            ),
            (
                entry("kind: value, against: fix, because: x, operation: GET /a, parameter: p"),
                "`value` is not a difference from that; write `against: openapi`",
            ),
            (
                entry("kind: extra-operation, because: x, operation: GET /*"),
                "drift.yaml:3: toys: extra-operation GET /* would hide what is not known yet; name what differs",
            ),
            (
                entry("kind: extra-operation, document: 0123456789ab, because: x, operation: GET /*"),
                "`0123456789ab` names no document; write the first 12 digits of its SHA-256, and `against: openapi`",
            ),
            (
                entry(
                    "kind: extra-operation, against: openapi, document: abc, because: x, operation: GET /*",
                ),
                "`abc` names no document",
            ),
            (
                entry("kind: extra-operation, because: x, operation: [GET /a, GET /a]"),
                "GET /a is already explained in line 3",
            ),
        ] {
            let reported = read(&text).expect_err("an error").to_string();
            assert!(reported.contains(expected), "{text}\n{reported}");
        }
    }
}
