//! What a comparison of specs says of the Rust surface, held against the surfaces of the crates that come out.
//!
//! Two ways to one answer: `diff` judges models by its table, `surface` compares what the templates print. Whatever the
//! second sees the first has to tell, as loudly; where it is louder the reason stands beside the edit.

mod property;
mod random;

use std::sync::LazyLock;

use binance_wire_impact::diff::{
    Content, Finding, Kind, Printed, State, Verdict as Judged, compare, complete_with,
};
use binance_wire_model::diagnostics::Diagnostics;
use binance_wire_model::product::{Model, Sources, read};
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

/// The sources with edits; `None` where an edit does not find its text.
fn edited(edits: &[(&str, &str, &str)]) -> Option<Sources> {
    let mut sources = Sources {
        product: "toys".to_owned(),
        ..Sources::default()
    };
    for (path, text) in FILES {
        let mut text = text.to_owned();
        for (_, from, to) in edits
            .iter()
            .filter(|(file, ..)| path.ends_with(&format!("/{file}.yaml")))
        {
            text.find(from)?;
            text = text.replacen(from, to, 1);
        }
        let file = SourceFile::new(path.to_owned(), text);
        if path.ends_with("error-codes.yaml") {
            sources.error_codes.push(file);
        } else {
            sources.openapi.push(file);
        }
    }
    Some(sources)
}

struct Side {
    state: State,
    crates: [Surface; 2],
}

impl Side {
    fn printed(&self) -> [Printed; 2] {
        let [own, shared] = self.crates.clone();
        [("toys", own), ("shared", shared)].map(|(product, surface)| Printed {
            product: product.to_owned(),
            krate: format!("binance_wire_{product}"),
            surface,
        })
    }
}

fn side(edits: &[(&str, &str, &str)]) -> Side {
    let sources = edited(edits).unwrap_or_else(|| panic!("not all of {edits:?} find their text"));
    try_side(&sources).unwrap_or_else(|found| panic!("{found}"))
}

fn try_side(sources: &Sources) -> Result<Side, Diagnostics> {
    let (model, _) = read(sources)?;
    let own = support::try_render(sources)?;
    let mut shared = sources.clone();
    shared.openapi.retain(|file| file.path.starts_with("shared/"));
    let shared = support::try_render_shared(&shared)?;
    Ok(Side {
        state: state(model),
        crates: [own.files, shared.files].map(|files| extract(&files).expect("a surface")),
    })
}

fn state(model: Model) -> State {
    State {
        label: String::new(),
        prefix: String::new(),
        content: Content::Specs(vec![model]),
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

#[test]
fn what_is_not_laid_out_offers_the_same_as_what_is_generated() {
    let sources = edited(&[]).expect("the sources");
    let laid_out = support::try_render(&sources).expect("a crate").files;
    let plain = support::try_render_unformatted(&sources).expect("a crate").files;
    assert_ne!(laid_out, plain);
    let [one, other] = Printed::differing("toys", [laid_out, plain.clone()])
        .expect("Rust")
        .expect("other text");
    assert_eq!(one.surface, other.surface);
    assert_eq!(one.surface, BEFORE.crates[0]);
    // Documentation is no difference.
    let mut documented = plain.clone();
    let rust = documented.iter_mut().find(|file| file.path.ends_with(".rs"));
    rust.expect("Rust")
        .contents
        .insert_str(0, "//! Another sentence.\n");
    assert!(
        Printed::differing("toys", [plain, documented])
            .expect("Rust")
            .is_none()
    );
}

/// A union whose shapes have `id` in common, so that it has an accessor of the name.
const COMMON: (&str, &str, &str) = (
    "rest",
    "        - {$ref: '#/components/schemas/Key'}\n        - {$ref: '#/components/schemas/Toy'}\n",
    "        - {$ref: '#/components/schemas/Doll'}\n        - {$ref: '#/components/schemas/Toy'}\n    Doll:\n      \
     type: object\n      required: [id]\n      properties:\n        id: {type: integer, format: int64}\n        \
     hair: {type: string}\n",
);

/// What `diff` reports of two sides, once their printed Rust is compared as well.
fn completed(old: &Side, new: &Side) -> Vec<Finding> {
    let mut found = compare(&old.state, &new.state, None).expect("specs");
    complete_with(
        &mut found,
        (&old.state, &new.state),
        (&old.printed(), &new.printed()),
    );
    found
}

#[test]
fn an_accessor_that_a_new_shape_takes_away_is_reported_with_its_place_and_item() {
    let before = side(&[COMMON]);
    let shape = "        - {$ref: '#/components/schemas/Toy'}\n    Doll:";
    let with_key = format!("        - {{$ref: '#/components/schemas/Key'}}\n{shape}");
    let after = side(&[COMMON, ("rest", shape, &with_key)]);
    let found = completed(&before, &after);
    let lost: Vec<&Finding> = found
        .iter()
        .filter(|found| found.kind.name() == "rust-item-removed")
        .collect();
    let [lost] = lost.as_slice() else {
        panic!("{found:#?}");
    };
    assert_eq!(lost.surface, Judged::Breaking);
    assert_eq!(lost.wire, Judged::None);
    assert_eq!(lost.items[0].to_string(), "binance_wire_toys::models::Either::id");
    assert_eq!(lost.location.file, "toys/rest.yaml");
    assert!(lost.location.line > 0);
    assert!(
        lost.message.contains("`enum models::Either / fn id` was removed"),
        "{}",
        lost.message
    );
    assert!(lost.affected.iter().any(|call| call.call == "GET /v1/either"));
}

#[test]
fn setters_that_a_type_loses_since_nobody_sends_it_any_more_are_reported() {
    let sent = (
        "rest",
        "items: {$ref: '#/components/schemas/Part'}}",
        "items: {$ref: '#/components/schemas/Toy'}}",
    );
    let found = completed(&side(&[sent]), &BEFORE);
    let gone = |name: &str| {
        found.iter().any(|found| {
            found.kind.name() == "rust-item-removed"
                && found.items.iter().any(|item| item.to_string() == name)
        })
    };
    assert!(gone("binance_wire_toys::models::Toy::price"), "{found:#?}");
    assert!(gone("binance_wire_toys::models::Toy::new"), "{found:#?}");
}

#[test]
fn a_break_that_a_finding_explains_is_reported_once() {
    for edit in [
        ("rest", "        count: {type: integer, format: int32}\n", ""),
        (
            "rest",
            "x-extensible-enum: [GLAD, SAD]",
            "x-extensible-enum: [GLAD]",
        ),
        (
            "rest",
            "required: [id, side, at]",
            "required: [id, side, at, cost]",
        ),
        (
            "rest",
            "{name: shelf, in: query, required: true,",
            "{name: shelf, in: query,",
        ),
    ] {
        let found = completed(&BEFORE, &side(&[edit]));
        assert!(
            found.iter().any(|found| found.surface == Judged::Breaking),
            "{edit:?}"
        );
        let more: Vec<&Finding> = found
            .iter()
            .filter(|found| found.kind.name().starts_with("rust-item"))
            .collect();
        assert!(more.is_empty(), "{edit:?}: {more:#?}");
    }
}

/// How many sets of edits are tried, unless `BINANCE_WIRE_EDIT_SETS` says another number.
const SETS: usize = 24;

#[test]
fn diff_and_version_agree_on_what_several_edits_at_once_break() {
    let cases: Vec<Case> = serde_yaml::from_str(include_str!("edits.yaml")).expect("a list of edits");
    let sets = std::env::var("BINANCE_WIRE_EDIT_SETS").map_or(SETS, |sets| sets.parse().expect("a number"));
    let mut random = fastrand::Rng::with_seed(20_261_130);
    let mut tried = 0;
    while tried < sets {
        let picked: Vec<&Case> = (0..random.usize(2..5))
            .map(|_| &cases[random.usize(..cases.len())])
            .collect();
        let edits: Vec<(&str, &str, &str)> = (picked.iter().flat_map(|case| &case.edits))
            .map(|(file, from, to)| (file.as_str(), from.as_str(), to.as_str()))
            .collect();
        // Two edits may take each other's text away, or be wrong together.
        let Some(sources) = edited(&edits) else { continue };
        let Ok(after) = try_side(&sources) else { continue };
        tried += 1;
        let names: Vec<&str> = picked.iter().map(|case| case.name.as_str()).collect();
        for (old, new) in [(&*BEFORE, &after), (&after, &*BEFORE)] {
            let found = completed(old, new);
            let ours = found.iter().any(|found| found.surface == Judged::Breaking);
            let theirs = asked(old, new) == Verdict::Major;
            let stricter = picked.iter().any(|case| !case.stricter.is_empty());
            assert!(
                ours == theirs || ours && stricter,
                "{names:?}: diff says {ours}, version {theirs}"
            );
        }
    }
}
