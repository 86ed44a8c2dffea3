//! Where a project uses items: the bot in tests/, whose lines say themselves what they use, and small projects for
//! everything that a bot does not do.

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use binance_wire_generator::rust_item::{RustItem, RustItemKind};
use binance_wire_generator::source::SourceFile;
use binance_wire_generator::uses::{self, Certainty, Project, Report, SurfaceCrate};

/// The manifests and sources in a folder.
fn sources(folder: &Path) -> Vec<SourceFile> {
    let mut found = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(relative) = waiting.pop() {
        for entry in std::fs::read_dir(folder.join(&relative)).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name");
            let path = format!("{relative}{name}");
            if entry.path().is_dir() {
                waiting.push(format!("{path}/"));
            } else if name.ends_with(".rs") || name == "Cargo.toml" {
                found.push(SourceFile::new(path, std::fs::read_to_string(entry.path()).expect("text")));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The crates that the items of these tests are in.
fn surface() -> &'static [SurfaceCrate] {
    static SURFACE: OnceLock<Vec<SurfaceCrate>> = OnceLock::new();
    SURFACE.get_or_init(|| {
        let root = support::root();
        [
            ("binance_wire", "generated/binance-wire"),
            ("binance_wire_shared", "generated/shared"),
            ("binance_wire_spot", "generated/spot"),
            ("binance_wire_core", "runtime/core"),
            ("binance_wire_rest", "runtime/rest"),
            ("binance_wire_websocket", "runtime/websocket"),
        ]
        .into_iter()
        .map(|(name, folder)| SurfaceCrate {
            name: name.into(),
            files: sources(&root.join(folder))
                .into_iter()
                // Neither codec is needed here, and they are most of the text.
                .filter(|file| !file.path.starts_with("src/sbe/") && !file.path.starts_with("src/fix/"))
                .collect(),
        })
        .collect()
    })
}

fn spot(kind: RustItemKind) -> RustItem {
    RustItem {
        krate: "binance_wire_spot".into(),
        kind,
    }
}

fn field(owner: &str, name: &str) -> RustItem {
    spot(RustItemKind::Field {
        owner: owner.into(),
        name: name.into(),
    })
}

fn variant(owner: &str, name: &str) -> RustItem {
    spot(RustItemKind::Variant {
        owner: owner.into(),
        name: name.into(),
    })
}

fn setter(owner: &str, name: &str) -> RustItem {
    spot(RustItemKind::Setter {
        owner: owner.into(),
        name: name.into(),
    })
}

fn constructor(owner: &str) -> RustItem {
    spot(RustItemKind::Constructor { owner: owner.into() })
}

/// The lines of a project that end in `// uses: TAG`.
fn marked(files: &[SourceFile], tag: &str) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            let tags = line.split_once("// uses: ").map_or("", |(_, tags)| tags);
            if tags.split(", ").any(|found| found == tag) {
                lines.insert(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    lines
}

fn lines(report: &Report, certainty: Certainty) -> BTreeSet<String> {
    report
        .uses
        .iter()
        .filter(|found| found.certainty == certainty)
        .map(|found| format!("{}:{}: {}", found.file, found.line, found.text))
        .collect()
}

#[track_caller]
fn bot_uses(item: RustItem, tag: &str) {
    let files = sources(&support::root().join("tests/bot"));
    let expected = marked(&files, tag);
    assert!(expected.len() > 1 || tag == "cancel-rejected", "{tag}: {expected:#?}");
    let project = Project::read(files, None).expect("a project");
    let report = uses::find(&project, surface(), &[item]);
    assert_eq!(report.absent, []);
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    assert_eq!(lines(&report, Certainty::Certain), expected, "{tag}");
    assert_eq!(lines(&report, Certainty::Possible), BTreeSet::new(), "{tag}");
}

#[test]
fn a_removed_response_field_touches_these_lines_of_the_bot() {
    bot_uses(field("models::ExecutionReport", "executed_qty"), "executed-qty");
}

#[test]
fn a_new_required_parameter_touches_these_lines_of_the_bot() {
    bot_uses(constructor("requests::NewOrder"), "new-order");
}

#[test]
fn a_renamed_enum_value_touches_these_lines_of_the_bot() {
    bot_uses(variant("models::OrderStatus", "Expired"), "expired");
}

#[test]
fn a_removed_optional_parameter_touches_these_lines_of_the_bot() {
    bot_uses(setter("requests::NewOrder", "price"), "price-setter");
}

#[test]
fn a_removed_error_code_touches_this_line_of_the_bot() {
    let item = spot(RustItemKind::Constant {
        module: "error_codes".into(),
        name: "CANCEL_REJECTED".into(),
    });
    bot_uses(item, "cancel-rejected");
}
