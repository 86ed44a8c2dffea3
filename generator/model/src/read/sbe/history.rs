//! Reads the file in which the faults of a schema's history stand.

use serde::Deserialize;

use crate::diagnostics::{Diagnostic, Diagnostics};
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
    for entry in file.faults {
        // The first line that names the place; good enough to find the entry by.
        let line = source.text.find(&entry.place).map_or(0, |at| source.line_of(at));
        let Some(kind) = FaultKind::parse(&entry.kind) else {
            errors.push(Diagnostic::new(
                &source.path,
                line,
                format!("unknown kind `{}` of fault", entry.kind),
                "allowed are block-changed, message-dropped, since-missing and odd-exponent",
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
