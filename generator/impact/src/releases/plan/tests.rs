//! What a crate becomes, given what it was and what those become that it depends on.

use super::*;

fn package(name: &str, inner: &[&str]) -> Package {
    Package {
        name: name.to_owned(),
        version: "0.1.3".to_owned(),
        folder: format!("generated/{name}"),
        inner: inner.iter().map(|name| (*name).to_owned()).collect(),
        ..Package::default()
    }
}

fn surface(text: &str) -> Surface {
    Surface::parse("x", 1, text).unwrap()
}

fn planned(name: &str, inner: &[&str], old: &str, new: &str, before: &[Planned]) -> Planned {
    let baseline = Baseline {
        version: "0.1.3+x.2026".to_owned(),
        inner: inner
            .iter()
            .map(|name| ((*name).to_owned(), "0.1.3".to_owned()))
            .collect(),
        surface: surface(old),
        ..Baseline::default()
    };
    let state = State {
        surface: surface(new),
        ..State::default()
    };
    plan(
        &package(name, inner),
        state,
        Some(baseline),
        (before, None),
        Some("202611".to_owned()),
    )
    .unwrap()
}

#[test]
fn what_is_unchanged_keeps_its_version_and_metadata() {
    let same = planned("a", &[], "struct A\n", "struct A\n", &[]);
    assert_eq!(
        (same.verdict, same.next.to_string()),
        (Verdict::Same, "0.1.3+x.2026".to_owned())
    );
    assert!(same.settled());
}

#[test]
fn a_crate_from_elsewhere_breaks_those_that_hand_out_its_types() {
    let requiring = |surface_text: &str, version: &str| {
        let mut baseline = Baseline {
            version: "0.1.3".to_owned(),
            surface: surface(surface_text),
            ..Baseline::default()
        };
        baseline
            .foreign
            .insert("rust-decimal".to_owned(), "^1.36".to_owned());
        let state = State {
            surface: surface(surface_text),
            foreign: BTreeMap::from([("rust-decimal".to_owned(), version.to_owned())]),
            ..State::default()
        };
        let planned = plan(&package("a", &[]), state, Some(baseline), (&[], None), None).unwrap();
        planned.verdict
    };
    let naming = "use Decimal\trust_decimal::Decimal\n";
    assert_eq!(requiring(naming, "^2"), Verdict::Major);
    assert_eq!(requiring(naming, "^1.40"), Verdict::Same);
    assert_eq!(requiring(naming, ">=1.36, <3"), Verdict::Major);
    assert_eq!(requiring("struct A\n", "^2"), Verdict::Same);
}

#[test]
fn what_another_tool_finds_to_break_breaks() {
    let baseline = Baseline {
        version: "0.1.3".to_owned(),
        ..Baseline::default()
    };
    let said = "auto_trait_impl_removed".to_owned();
    let checked = (&[] as &[Planned], Some(&said));
    let planned = plan(
        &package("a", &[]),
        State::default(),
        Some(baseline),
        checked,
        None,
    )
    .unwrap();
    assert_eq!(
        (planned.verdict, planned.next.to_string()),
        (Verdict::Major, "0.2.0".to_owned())
    );
    // Whoever names any of its items breaks too.
    let naming = super::tests::planned("c", &["a"], "use A\ta::A\n", "use A\ta::A\n", &[planned]);
    assert_eq!(naming.verdict, Verdict::Major);
}

#[test]
fn another_least_version_of_rust_is_a_minor_change() {
    let state = State {
        rust_version: "1.90".to_owned(),
        ..State::default()
    };
    let baseline = Baseline {
        version: "0.1.3".to_owned(),
        rust_version: "1.88".to_owned(),
        ..Baseline::default()
    };
    let planned = plan(&package("a", &[]), state, Some(baseline), (&[], None), None).unwrap();
    assert_eq!(planned.verdict, Verdict::Minor);
    assert_eq!(
        planned.reasons[0].to_string(),
        "it requires Rust 1.90 instead of 1.88"
    );
    assert_eq!(planned.reasons[0].in_log(), "Compiles with Rust 1.90 or newer");
}

#[test]
fn a_break_travels_to_those_that_name_it() {
    let broken = planned("a", &[], "struct A\n", "", &[]);
    assert_eq!(broken.next.to_string(), "0.2.0+a.202611");
    let grown = planned("b", &[], "", "struct B\n", &[]);
    assert_eq!(grown.next.to_string(), "0.1.4+b.202611");
    let before = [broken, grown];
    let naming = planned("c", &["a"], "use A\ta::A\n", "use A\ta::A\n", &before);
    assert_eq!(
        (naming.verdict, naming.next.minor),
        (Verdict::Major, 2),
        "{:?}",
        naming.reasons
    );
    let using = planned("d", &["a"], "struct D\n", "struct D\n", &before);
    assert_eq!(
        (using.verdict, using.next.to_string()),
        (Verdict::Patch, "0.1.4+d.202611".to_owned())
    );
    let follower = planned("e", &["b"], "use B\tb::B\n", "use B\tb::B\n", &before);
    assert_eq!(follower.verdict, Verdict::Same);
}

#[test]
fn a_crate_that_names_constants_breaks_with_those_alone() {
    let code = "\tbinance_wire_core::ErrorCode\n";
    let two = format!("const codes::a::X{code}const codes::b::Y{code}const codes::b::Z{code}struct S\n");
    let one = format!("const codes::a::X{code}const codes::b::Z{code}struct S\n");
    let before = [planned("leaf", &[], &two, &one, &[])];
    assert_eq!(before[0].verdict, Verdict::Major);
    let follows = |text: &str| planned("c", &["leaf"], text, text, &before).verdict;
    assert_eq!(follows("use codes::*\tleaf::codes::a::*\n"), Verdict::Patch);
    assert_eq!(follows("use Z\tleaf::codes::b::Z\n"), Verdict::Patch);
    assert_eq!(follows("use Y\tleaf::codes::b::Y\n"), Verdict::Major);
    assert_eq!(follows("use codes::*\tleaf::codes::b::*\n"), Verdict::Major);
    assert_eq!(follows("use codes\tleaf::codes\n"), Verdict::Major);
    // A type of another version is another type, and so is whatever is not known.
    assert_eq!(follows("use S\tleaf::S\n"), Verdict::Major);
    assert_eq!(follows("use all::*\tleaf::*\n"), Verdict::Major);
    assert_eq!(follows("use Odd\tleaf::Odd\n"), Verdict::Major);
}

#[test]
fn a_break_that_was_published_alone_is_one_of_those_that_still_ask_for_what_was_before() {
    let mut alone = planned("a", &[], "struct A\n", "struct A\n", &[]);
    alone.current = Version::new(0, 2, 0);
    alone.next = Version::new(0, 2, 0);
    if let Some(baseline) = &mut alone.baseline {
        "0.2.0".clone_into(&mut baseline.version);
    }
    assert!(alone.published());
    let naming = planned("c", &["a"], "use A\ta::A\n", "use A\ta::A\n", &[alone]);
    assert_eq!(naming.next.to_string(), "0.2.0+c.202611");
}

#[test]
fn what_is_not_published_has_the_date_of_the_present_specs() {
    let mut raised = planned("a", &[], "", "struct A\n", &[]);
    raised.current = Version::parse("0.1.4+a.202601").unwrap();
    assert!(raised.high_enough() && !raised.settled());
    assert_eq!(raised.target().to_string(), "0.1.4+a.202611");
    let mut published = planned("a", &[], "", "", &[]);
    published.current = Version::parse("0.1.3+x.2026").unwrap();
    assert_eq!(published.target().to_string(), "0.1.3+x.2026");
}

#[test]
fn a_crate_without_a_baseline_is_published_with_the_date_of_its_specs() {
    let state = State::default();
    let new = plan(
        &package("a", &[]),
        state,
        None,
        (&[], None),
        Some("202611".to_owned()),
    )
    .unwrap();
    assert_eq!(new.next.to_string(), "0.1.3+a.202611");
    assert!(new.high_enough() && !new.settled());
}
