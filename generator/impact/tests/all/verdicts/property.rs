//! Three ways to one answer, over random edits: `diff` says that something breaks exactly where `version` does, and whatever
//! breaks is found by `--uses` in a project that uses everything.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_impact::diff::{Calls, Content, Finding, Verdict as Judged, complete};
use binance_wire_model::product::{Sources, read};
use binance_wire_model::source::{GeneratedFile, SourceFile};
use binance_wire_surface::rust_item::RustItem;
use binance_wire_surface::surface::{self, Surface, Verdict, extract};
use binance_wire_surface::uses::{self, Project, SurfaceCrate};

use super::random::{Random, Specs};
use super::{BEFORE, FILES, Side, asked, completed};
use crate::support;

/// How many random edits are tried, unless `BINANCE_WIRE_RANDOM_EDITS` says another number.
const EDITS: usize = 100;

/// Where `diff` is louder than the printed Rust, by the kind of its finding, and why.
const LOUDER: [(&str, &str); 1] = [(
    "required-server-operation-added",
    "the first one of a product, whose trait nobody implements yet",
)];

fn sources(specs: &Specs) -> Sources {
    let mut sources = Sources {
        product: "toys".to_owned(),
        ..Sources::default()
    };
    for (path, value) in specs {
        let text = serde_yaml::to_string(value).expect("YAML");
        let file = SourceFile::new(path.clone(), text);
        match path.ends_with("error-codes.yaml") {
            true => sources.error_codes.push(file),
            false => sources.openapi.push(file),
        }
    }
    sources
}

/// A side without layout, and the files of its crate; none where the specs are wrong.
fn side(sources: &Sources) -> Option<(Side, Vec<GeneratedFile>)> {
    let (model, _) = read(sources).ok()?;
    let own = support::try_render_unformatted(sources).ok()?.files;
    let state = super::state(model);
    let crates = [extract(&own).expect("a surface"), Surface::default()];
    Some((Side { state, crates }, own))
}

/// A project that uses everything that a crate offers, and the line that uses each item and member.
struct User {
    project: Project,
    text: String,
    lines: BTreeMap<(String, String), usize>,
}

impl User {
    fn of(surface: &Surface) -> Self {
        let mut text = String::from("#![allow(unused)]\n");
        let mut lines = BTreeMap::new();
        let mut number = 1;
        let mut add = |key: (&str, &str), line: String, text: &mut String| {
            text.push_str(&line);
            text.push('\n');
            number += 1;
            lines.insert((key.0.to_owned(), key.1.to_owned()), number);
        };
        for (count, (key, item)) in surface.items.iter().enumerate() {
            let (kind, path) = key.split_once(' ').unwrap_or((key, ""));
            if path.contains(|c: char| c.is_whitespace() || "*<({".contains(c)) {
                continue;
            }
            let path = format!("binance_wire_toys::{path}");
            match kind {
                "struct" | "enum" | "union" | "trait" | "type" => {
                    add((key, ""), format!("fn f{count}(x: &{path}) {{"), &mut text);
                    for (member, line) in &item.members {
                        let (kind, name) = member.split_once(' ').unwrap_or((member, ""));
                        // Of a type with some arguments alone: `fn blocking for Call<…>`.
                        let name = name.split(' ').next().unwrap_or_default();
                        let line = match kind {
                            "field" => format!("let _ = &x.{name};"),
                            "variant" => format!("let _ = {path}::{name};"),
                            "setter" => format!("x.{name}();"),
                            "fn" if line.text.contains("self") => format!("x.{name}();"),
                            "fn" => format!("{path}::{name}();"),
                            _ => continue,
                        };
                        add((key, member), line, &mut text);
                    }
                    add((key, "end"), "}".to_owned(), &mut text);
                }
                "mod" | "use" => add((key, ""), format!("use {path} as _u{count};"), &mut text),
                "fn" => add((key, ""), format!("fn f{count}() {{ {path}(); }}"), &mut text),
                "const" | "static" => add((key, ""), format!("fn f{count}() {{ {path}; }}"), &mut text),
                _ => {}
            }
        }
        let features = surface
            .items
            .keys()
            .filter_map(|key| key.strip_prefix("feature "));
        let features: Vec<String> = features.map(|name| format!("\"{name}\"")).collect();
        let manifest = format!(
            "[package]\nname = \"user\"\n[dependencies]\nbinance-wire-toys = {{ version = \"0.1\", features = [{}] }}\n",
            features.join(", ")
        );
        let files = vec![
            SourceFile::new("Cargo.toml", manifest),
            SourceFile::new("src/main.rs", text.clone()),
        ];
        Self {
            text,
            project: Project::read(files, None).expect("a project"),
            lines,
        }
    }
}

/// The lines of a project that uses everything of `old`, by the items that they use.
fn found(
    user: &User,
    files: &[GeneratedFile],
    items: &BTreeSet<RustItem>,
) -> BTreeMap<RustItem, BTreeSet<usize>> {
    let rust = files.iter().filter(|file| file.path.ends_with(".rs"));
    let krate = SurfaceCrate {
        name: "binance_wire_toys".to_owned(),
        files: rust
            .map(|file| SourceFile::new(file.path.clone(), file.contents.clone()))
            .collect(),
    };
    let items: Vec<RustItem> = items.iter().cloned().collect();
    let report = uses::find(&user.project, &[krate], &items);
    let shown = |line: usize| user.text.lines().nth(line - 1).unwrap_or_default();
    let wrong: Vec<String> = report
        .diagnostics
        .iter()
        .map(|wrong| format!("{wrong}: {}", shown(wrong.line)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let mut lines: BTreeMap<RustItem, BTreeSet<usize>> = BTreeMap::new();
    for one in report.uses {
        lines.entry(one.item).or_default().insert(one.line);
    }
    lines
}

/// One comparison: what broke, by findings and by printed items, and what to say where they disagree.
struct Broken {
    edit: String,
    findings: Vec<Finding>,
    changes: Vec<surface::Change>,
}

impl Broken {
    fn of(edit: String, old: &Side, new: &Side, wrong: &mut Vec<String>) -> Self {
        let mut findings = completed(old, new);
        if let Content::Specs(models) = &old.state.content {
            complete(&mut findings, &Calls::of(models));
        }
        findings.retain(|found| found.surface == Judged::Breaking);
        let (ours, theirs) = (!findings.is_empty(), asked(old, new) == Verdict::Major);
        let explained = |found: &Finding| LOUDER.iter().any(|(kind, _)| found.kind.name() == *kind);
        if theirs && !ours || ours && !theirs && !findings.iter().all(explained) {
            let kinds: Vec<&str> = findings.iter().map(|found| found.kind.name()).collect();
            wrong.push(format!("{edit}: diff says {ours} {kinds:?}, version {theirs}"));
        }
        let changes = surface::compare(&old.crates[0], &new.crates[0]).changes;
        let changes = changes
            .into_iter()
            .filter(|change| change.verdict == Verdict::Major);
        Self {
            edit,
            changes: changes.collect(),
            findings,
        }
    }

    fn items(&self) -> impl Iterator<Item = &RustItem> {
        self.findings.iter().flat_map(|found| &found.items)
    }

    /// Holds the findings to the uses that a project has which uses everything.
    fn check(&self, user: &User, lines: &BTreeMap<RustItem, BTreeSet<usize>>, wrong: &mut Vec<String>) {
        for found in &self.findings {
            if self.changes.is_empty() && LOUDER.iter().any(|(kind, _)| found.kind.name() == *kind) {
                continue;
            }
            if !found.items.iter().any(|item| lines.contains_key(item)) {
                let (kind, items) = (found.kind, &found.items);
                wrong.push(format!(
                    "{}: nothing uses {kind} {} {items:?}",
                    self.edit, found.message
                ));
            }
        }
        let told: BTreeSet<usize> = self
            .items()
            .filter_map(|item| lines.get(item))
            .flatten()
            .copied()
            .collect();
        for change in &self.changes {
            let member = change.member.clone().unwrap_or_default();
            let line = user.lines.get(&(change.item.clone(), member.clone()));
            if line.is_some_and(|line| !told.contains(line)) {
                let (item, reason) = (&change.item, change.reason);
                wrong.push(format!(
                    "{}: the use of {item} / {member} is not found ({reason})",
                    self.edit
                ));
            }
        }
    }
}

#[test]
fn diff_version_and_uses_agree_on_random_edits() {
    let edits =
        std::env::var("BINANCE_WIRE_RANDOM_EDITS").map_or(EDITS, |edits| edits.parse().expect("a number"));
    let seed = std::env::var("BINANCE_WIRE_SEED").map_or(20_261_201, |seed| seed.parse().expect("a number"));
    let mut random = Random::new(seed);
    let whole: Specs = FILES
        .iter()
        .map(|(path, text)| ((*path).to_owned(), serde_yaml::from_str(text).expect("YAML")))
        .collect();
    let (before, files) = side(&sources(&whole)).expect("the specs are right");
    assert_eq!(before.crates[0], BEFORE.crates[0]);
    let user = User::of(&before.crates[0]);
    let (mut wrong, mut there, mut items) = (Vec::new(), Vec::new(), BTreeSet::new());
    let (mut tried, mut refused, mut breaking) = (0, 0, 0);
    while tried < edits {
        let mut specs = whole.clone();
        let edit = random.edit(&mut specs);
        let Some((after, new_files)) = side(&sources(&specs)) else {
            refused += 1;
            continue;
        };
        tried += 1;
        let forth = Broken::of(edit.clone(), &before, &after, &mut wrong);
        items.extend(forth.items().cloned());
        breaking += usize::from(!forth.findings.is_empty());
        there.push(forth);
        // Backwards, each has a project of its own, which costs more.
        let back = Broken::of(format!("{edit}, backwards"), &after, &before, &mut wrong);
        if tried % 8 == 0 {
            let user = User::of(&after.crates[0]);
            let lines = found(&user, &new_files, &back.items().cloned().collect());
            back.check(&user, &lines, &mut wrong);
        }
    }
    let lines = found(&user, &files, &items);
    for one in &there {
        one.check(&user, &lines, &mut wrong);
    }
    println!("{tried} edits, of which {breaking} break; {refused} more are wrong specs");
    assert!(breaking > tried / 4, "{breaking} of {tried} break");
    let shown: Vec<&str> = wrong.iter().take(40).map(String::as_str).collect();
    assert!(
        wrong.is_empty(),
        "{} of {tried}:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}
