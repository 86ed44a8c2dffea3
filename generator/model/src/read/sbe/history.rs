//! Reads the file in which the faults of a schema's history stand.

use serde::Deserialize;

use crate::diagnostics::{Diagnostic, Diagnostics, one_of};
use crate::named::Named;
use crate::read::yaml::Places;
use crate::sbe::{Aside, Fault, FaultKind, History, LeadingExponents};
use crate::source::SourceFile;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct HistoryFile {
    schema_id: u16,
    faults: Vec<FaultEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FaultEntry {
    kind: String,
    version: u16,
    place: String,
    note: String,
    #[serde(default)]
    leading_exponents: Vec<String>,
}

/// Reads one history file.
pub fn read_history(source: &SourceFile) -> Result<History, Diagnostics> {
    let places = Places::new(&source.text);
    let file: HistoryFile = source.yaml(
        "a schema history",
        "write schemaId and faults, each with kind, version, place and note",
    )?;
    let mut history = History {
        file: Aside(source.path.clone()),
        schema_id: file.schema_id,
        faults: Vec::new(),
    };
    let mut errors = Vec::new();
    for (index, entry) in file.faults.into_iter().enumerate() {
        let line = places.place(&format!("/faults/{index}/place"));
        let Some(kind) = FaultKind::of(&entry.kind) else {
            errors.push(Diagnostic::new(
                &source.path,
                line,
                format!("unknown kind `{}` of fault", entry.kind),
                one_of(FaultKind::NAMES, &entry.kind),
            ));
            continue;
        };
        if !entry.leading_exponents.is_empty() && kind != FaultKind::BlockChanged {
            errors.push(Diagnostic::new(
                &source.path,
                line,
                "leadingExponents of a fault that changed no block",
                "remove them, or make the kind block-changed",
            ));
        }
        let leading = Some(LeadingExponents {
            names: entry.leading_exponents,
        })
        .filter(|l| !l.names.is_empty());
        history.faults.push(Fault {
            kind,
            version: entry.version,
            place: entry.place,
            note: Aside(entry.note),
            leading_exponents: Aside(leading),
            line: Aside(line),
        });
    }
    if errors.is_empty() {
        Ok(history)
    } else {
        Err(Diagnostics(errors))
    }
}
