//! The exchange's published OpenAPI document goes in unchanged and comes out as a crate that compiles.

use std::collections::BTreeSet;
use std::fs;

use binance_wire_model::product::Sources;
use binance_wire_model::source::SourceFile;

use crate::support;

#[test]
fn the_published_document_becomes_a_crate_that_compiles() {
    let Some(path) = support::shared("upstream/openapi/spot_api.yaml") else {
        return;
    };
    let text = fs::read_to_string(path).expect("text");
    let sources = Sources {
        product: "published".to_owned(),
        openapi: vec![SourceFile::new("spot_api.yaml", text)],
        ..Sources::default()
    };
    let rendered = support::render(&sources);
    assert_eq!(rendered.counts.api.rest, 340);
    assert!(rendered.counts.api.types > 340, "{:?}", rendered.counts);

    // What is lived with is told once a place, and the place is in the document.
    let places: BTreeSet<String> = rendered
        .warnings
        .iter()
        .map(|warning| warning.to_string())
        .collect();
    assert_eq!(places.len(), rendered.warnings.len(), "a warning is given twice");
    assert!(
        rendered
            .warnings
            .iter()
            .all(|warning| warning.file == "spot_api.yaml" && warning.line > 1)
    );
    for kind in KINDS {
        assert!(
            rendered
                .warnings
                .iter()
                .any(|warning| warning.message.contains(kind)),
            "no warning says `{kind}`"
        );
    }
    for warning in &rendered.warnings {
        assert!(
            KINDS.iter().any(|kind| warning.message.contains(kind)),
            "{warning}"
        );
    }

    support::cargo_check(
        "api_upstream",
        &rendered.files,
        &["--no-default-features", "--features", "payloads"],
    );
}

/// What the document is forgiven.
const KINDS: &[&str] = &[
    "is null, read as absent",
    "a response has no description",
    "differ by case alone",
    "keywords do not belong together, so any value is accepted",
    "is required but not among the properties, ignored",
];
