//! For machines.

use serde::Serialize;
use serde_json::{Value, json};

use crate::diff::finding::Report;
use crate::diff::row::Kind;

/// The version of the format: raised with each change that a reader of the one before cannot read.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Versioned<'r> {
    version: u32,
    #[serde(flatten)]
    report: &'r Report,
}

/// The report as JSON.
///
/// # Errors
/// None that a report can cause; they are the writer's.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Versioned {
        version: VERSION,
        report,
    })?;
    text.push('\n');
    Ok(text)
}

/// The JSON Schema of a report.
///
/// # Errors
/// None that the schema can cause; they are the writer's.
pub fn schema() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&described())?;
    text.push('\n');
    Ok(text)
}

fn described() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    let list = |of: &str| json!({"type": "array", "items": {"$ref": format!("#/$defs/{of}")}});
    let kinds: Vec<&str> = Kind::all().map(Kind::name).collect();
    let count = json!({"type": "integer", "minimum": 0});
    let mut defs = json!({
        "verdict": {
            "enum": ["none", "compatible", "attention", "breaking"],
            "description": "What a difference means in one respect; later ones are worse."
        },
        "severity": {"enum": ["ignore", "info", "warning", "error"]},
        "step": object(&["what", "name"], json!({
            "what": text("What it is: operation, parameter, type."),
            "name": text("What it is called."),
        })),
        "subject": object(&["product", "path"], json!({
            "product": text("The product; shared where it concerns all."),
            "transport": {"enum": ["rest", "ws-api", "ws-streams", "server", "webhooks", "sbe", "fix"]},
            "path": list("step"),
        })),
        "affected": object(&["transport", "call", "id"], json!({
            "transport": text("The transport."),
            "call": text("Method and path, name of the method, pattern of the stream, name of the message."),
            "id": text("The exchange's identifier; empty where it has none."),
        })),
        "place": object(&["file", "line"], json!({
            "file": text("The file."),
            "line": {"type": "integer", "minimum": 0, "description": "Counted from one; 0 for the file as a whole."},
        })),
        "group": object(&["name", "title", "severity", "findings", "affected"], json!({
            "name": text("Its name, as findings have it."),
            "title": text("One line."),
            "severity": {"$ref": "#/$defs/severity"},
            "findings": {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{16}$"}},
            "affected": list("affected"),
        })),
        "summary": object(&["errors", "warnings", "infos", "approved", "ignored"], json!({
            "errors": count, "warnings": count, "infos": count, "approved": count, "ignored": count,
        })),
    });
    let use_of = object(
        &["file", "line", "column", "item", "certainty", "how", "text"],
        json!({
            "file": text("The file, from where the caller stood."),
            "line": {"type": "integer", "minimum": 1},
            "column": {"type": "integer", "minimum": 1, "description": "In characters."},
            "item": {"$ref": "#/$defs/item"},
            "certainty": {
                "enum": ["certain", "possible"],
                "description": "Whether types and paths lead to the item, or its name alone."
            },
            "how": {"enum": ["calls", "names", "accesses", "matches", "constructs", "spells"]},
            "text": text("The line, without the blanks around it."),
        }),
    );
    let finding = object(
        &[
            "fingerprint",
            "kind",
            "subject",
            "group",
            "wire",
            "surface",
            "behaviour",
            "severity",
            "message",
            "affected",
            "items",
            "location",
        ],
        json!({
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
            "kind": {"enum": kinds},
            "subject": {"$ref": "#/$defs/subject"},
            "group": text("The change that it is part of."),
            "wire": {"$ref": "#/$defs/verdict"},
            "surface": {"$ref": "#/$defs/verdict"},
            "behaviour": {"$ref": "#/$defs/verdict"},
            "severity": {"$ref": "#/$defs/severity"},
            "approved": text("Why it is approved, where it is."),
            "message": text("One sentence."),
            "before": text("What it was; absent where there was nothing."),
            "after": text("What it is; absent where there is nothing."),
            "affected": list("affected"),
            "items": list("item"),
            "location": {"$ref": "#/$defs/place"},
            "uses": list("use"),
        }),
    );
    // An item is told by its kind, and each kind has members of its own.
    let item = json!({
        "type": "object",
        "required": ["krate", "kind"],
        "properties": {
            "krate": text("The crate as code names it."),
            "kind": {"enum": [
                "type", "field", "variant", "method", "setter", "constructor", "function", "constant",
            ]},
            "path": text("Of a type: its path in the crate."),
            "owner": text("Of what belongs to a type: the type's path."),
            "module": text("Of a function or constant: the module's path."),
            "name": text("Its own name."),
        },
        "additionalProperties": false,
    });
    if let Some(defs) = defs.as_object_mut() {
        defs.insert("finding".to_owned(), finding);
        defs.insert("item".to_owned(), item);
        defs.insert("use".to_owned(), use_of);
        logs(defs);
    }
    let mut schema = object(
        &["version", "old", "new", "summary", "groups", "findings"],
        json!({
            "version": {"enum": [VERSION], "description": "The version of this format."},
            "old": text("What the old side is called."),
            "new": text("What the new side is called."),
            "summary": {"$ref": "#/$defs/summary"},
            "groups": list("group"),
            "findings": list("finding"),
            "narrowed": object(&["project", "against", "left_out"], json!({
                "project": text("The project, as the caller named it."),
                "against": text("The specs whose Rust it was compared with."),
                "left_out": {"type": "integer", "minimum": 0, "description": "Findings that do not touch it."},
                "unread": {"type": "array", "items": text("A file that could not be parsed, and why.")},
                "not_searched": {"type": "array", "items": text("What the search for uses did not look at.")},
            })),
            "logs": {"$ref": "#/$defs/logs"},
        }),
    );
    if let Some(schema) = schema.as_object_mut() {
        schema.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        schema.insert("title".to_owned(), json!("Report of cargo xtask diff"));
        schema.insert("$defs".to_owned(), defs);
    }
    schema
}

/// What change logs say.
fn logs(defs: &mut serde_json::Map<String, Value>) {
    let text = |about: &str| json!({"type": "string", "description": about});
    let count = |about: &str| json!({"type": "integer", "minimum": 0, "description": about});
    let list = |of: Value| json!({"type": "array", "items": of});
    let day = json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"});
    let fingerprints = list(json!({"type": "string", "pattern": "^[0-9a-f]{16}$"}));
    let entry = object(
        &["date", "product", "kind", "method", "name", "position", "text"],
        json!({
            "date": day,
            "effective": day,
            "product": text("The product."),
            "kind": {"enum": ["added", "changed", "limit-change", "deprecated", "removed", "suspended", "notice-without-endpoint"]},
            "method": {
                "enum": ["GET", "POST", "PUT", "DELETE", "UNNAMED", "STREAM", "EVENT", "WSAPI", "NONE"],
                "description": "The HTTP method, or what kind of thing the name is of."
            },
            "name": text("The path, or the name; empty for a notice without endpoint."),
            "position": object(&["file", "line", "column"], json!({
                "file": text("The log."),
                "line": {"type": "integer", "minimum": 1},
                "column": {"type": "integer", "minimum": 1},
            })),
            "text": text("What the log says."),
            "under": text("The line above, where the text is a bullet below one."),
            "details": list(text("A bullet below.")),
        }),
    );
    defs.insert("entry".to_owned(), entry);
    let entry = json!({"$ref": "#/$defs/entry"});
    let logs = object(
        &[
            "files",
            "window",
            "outside",
            "elsewhere",
            "untouched",
            "unspoken",
            "both",
            "specs_only",
            "log_only",
            "notices",
        ],
        json!({
            "files": list(text("A log.")),
            "window": object(&[], json!({"since": day, "until": day})),
            "outside": count("Entries of other days."),
            "elsewhere": count("Entries about what was not compared."),
            "untouched": count("Entries about what the project does not use."),
            "unspoken": count("Findings of kinds that no log speaks of."),
            "both": list(object(&["entry", "findings", "agrees"], json!({
                "entry": entry,
                "findings": fingerprints,
                "agrees": {"type": "boolean", "description": "Whether a finding is what the entry says."},
            }))),
            "specs_only": fingerprints,
            "log_only": list(object(&["entry", "from"], json!({
                "entry": entry,
                "from": day,
                "uses": list(json!({"$ref": "#/$defs/use"})),
            }))),
            "notices": list(entry),
        }),
    );
    defs.insert("logs".to_owned(), logs);
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    })
}
