//! What a comparison of specs says of the Rust surface, held against the surfaces of the crates that come out.
//!
//! Two ways to one answer: `diff` judges models by its table, `surface` compares what the templates print. Whatever the
//! second sees the first has to tell, as loudly; where it is louder the reason stands beside the edit.

use std::sync::LazyLock;

use binance_wire_impact::diff::{Content, Finding, Kind, State, Verdict as Judged, compare};
use binance_wire_model::product::{Sources, read};
use binance_wire_model::source::SourceFile;
use binance_wire_surface::surface::{self, ChangeKind, Surface, Verdict, extract};

use crate::support;

const FILES: [(&str, &str); 7] = [
    ("toys/rest.yaml", include_str!("rest.yaml")),
    ("toys/ws-api.yaml", include_str!("ws-api.yaml")),
    ("toys/ws-streams.yaml", include_str!("ws-streams.yaml")),
    ("toys/webhooks.yaml", include_str!("webhooks.yaml")),
    ("toys/server.yaml", include_str!("server.yaml")),
    ("shared/enums.yaml", include_str!("enums.yaml")),
    ("shared/error-codes.yaml", include_str!("error-codes.yaml")),
];

fn sources(edits: &[(&str, &str, &str)]) -> Sources {
    let mut sources = Sources {
        product: "toys".to_owned(),
        ..Sources::default()
    };
    for (path, text) in FILES {
        let mut text = text.to_owned();
        for (file, from, to) in edits
            .iter()
            .filter(|(file, ..)| path.ends_with(&format!("/{file}.yaml")))
        {
            assert!(text.contains(from), "{file} has no `{from}`");
            text = text.replacen(from, to, 1);
        }
        let file = SourceFile::new(path.to_owned(), text);
        if path.ends_with("error-codes.yaml") {
            sources.error_codes.push(file);
        } else {
            sources.openapi.push(file);
        }
    }
    sources
}

struct Side {
    state: State,
    crates: [Surface; 2],
}

fn side(edits: &[(&str, &str, &str)]) -> Side {
    let sources = sources(edits);
    let (model, _) = read(&sources).unwrap_or_else(|found| panic!("{found}"));
    let own = extract(&support::render(&sources).files).expect("a surface");
    let mut shared = sources.clone();
    shared.openapi.retain(|file| file.path.starts_with("shared/"));
    let shared = extract(&support::render_shared(&shared).files).expect("a surface");
    Side {
        state: State {
            label: String::new(),
            prefix: String::new(),
            content: Content::Specs(vec![model]),
        },
        crates: [own, shared],
    }
}

/// An edit of the specs, and where `diff` is to be louder than `surface`, why.
#[derive(serde::Deserialize)]
struct Case {
    name: String,
    edits: Vec<(String, String, String)>,
    #[serde(default)]
    stricter: String,
}

/// What is declared otherwise without anything being more or less, such as the name of an argument, is no matter of `diff`.
fn asked(old: &Side, new: &Side) -> Verdict {
    let both = old.crates.iter().zip(&new.crates);
    both.flat_map(|(a, b)| surface::compare(a, b).changes)
        .filter(|change| change.verdict > Verdict::Minor || change.kind != ChangeKind::Changed)
        .map(|change| change.verdict)
        .max()
        .unwrap_or_default()
}

fn kinds(found: &[Finding], read: impl Fn(Kind) -> Kind) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = found.iter().map(|found| read(found.kind)).collect();
    kinds.sort();
    kinds
}

/// The state without an edit.
static BEFORE: LazyLock<Side> = LazyLock::new(|| side(&[]));

/// How many tests share the edits, so that all cores are used.
const PARTS: usize = 4;

/// Compares what `diff` and the surface say of every edit of a part, in both directions.
#[track_caller]
fn agree(part: usize) {
    let cases: Vec<Case> = serde_yaml::from_str(include_str!("edits.yaml")).expect("a list of edits");
    assert!(cases.len() > PARTS, "only {} edits", cases.len());
    let before = &*BEFORE;
    let mut wrong = String::new();
    for case in cases.iter().skip(part).step_by(PARTS) {
        let name = &case.name;
        let edits: Vec<(&str, &str, &str)> = (case.edits.iter())
            .map(|(file, from, to)| (file.as_str(), from.as_str(), to.as_str()))
            .collect();
        let after = side(&edits);
        let there = compare(&before.state, &after.state, None).expect("specs");
        let back = compare(&after.state, &before.state, None).expect("specs");
        let mirrored = |kind: Kind| kind.mirror().unwrap_or_else(|| panic!("{kind} has no mirror"));
        assert_eq!(kinds(&there, mirrored), kinds(&back, |kind| kind), "{name}");
        let mut louder = false;
        for (reported, old, new) in [(there, before, &after), (back, &after, before)] {
            let ours = reported
                .iter()
                .map(|found| found.surface)
                .max()
                .unwrap_or(Judged::None);
            let theirs = asked(old, new);
            let missed = match theirs {
                Verdict::Major => ours < Judged::Breaking,
                Verdict::Minor => ours < Judged::Compatible,
                Verdict::Patch | Verdict::Same => false,
            };
            louder |= ours == Judged::Breaking && theirs < Verdict::Major;
            if missed {
                wrong += &format!(
                    "{name}: diff says {ours}, the surface {theirs}: {:?}\n",
                    kinds(&reported, |kind| kind)
                );
            }
        }
        if louder == case.stricter.is_empty() {
            wrong += &format!("{name}: a reason where diff is louder ({louder}), and nowhere else\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn diff_and_the_surface_agree_on_the_first_part_of_the_edits() {
    agree(0);
}

#[test]
fn diff_and_the_surface_agree_on_the_second_part_of_the_edits() {
    agree(1);
}

#[test]
fn diff_and_the_surface_agree_on_the_third_part_of_the_edits() {
    agree(2);
}

#[test]
fn diff_and_the_surface_agree_on_the_last_part_of_the_edits() {
    agree(3);
}
