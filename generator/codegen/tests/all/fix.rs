//! FIX dictionaries: what is refused and how, and what is emitted for a dictionary full of traps.

use std::collections::BTreeMap;
use std::fs;

use binance_wire_codegen::lower::fix::{Input, Options, lower, render_fix};
use binance_wire_codegen::render::Renderer;
use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::read::fix::{describe_fields, read_dictionary};
use binance_wire_model::source::SourceFile;

use crate::support::{self, root};

fn nasty() -> String {
    fs::read_to_string(root().join("generator/codegen/tests/golden/fix/nasty.xml")).expect("nasty.xml")
}

/// What is said about the dictionary with `from` put in the place of `to`.
fn refused(from: &str, to: &str) -> Vec<Diagnostic> {
    let text = nasty();
    assert!(text.contains(from), "the dictionary has no `{from}`");
    let file = SourceFile::new("fix/nasty.xml", text.replacen(from, to, 1));
    match read_dictionary(&file) {
        Ok(_) => panic!("`{to}` is accepted"),
        Err(diagnostics) => diagnostics.0,
    }
}

#[test]
fn every_fault_has_a_line_and_a_remedy() {
    let count = r#"    <field number="117" name="NoLegs" type="NUMINGROUP"/>"#;
    let text = r#"<field name="AText" required="Y"/>"#;
    // What is replaced by what, the text in whose line the fault is told (the replaced one where empty), and what is
    // told.
    for (from, to, place, message) in [
        ("</fix>", "</fox>", "", "not well-formed XML"),
        ("  </fields>\n</fix>", "", "<fields>", "never closed"),
        (
            r#"name="PossDup" required"#,
            r#"name="PossDup" name="X" required"#,
            "",
            "bad attribute",
        ),
        ("<trailer>", "<trailer>x", "", "text between elements"),
        (
            r#"<fix type="FIX""#,
            r#"<fox type="FIX""#,
            "</fix>",
            "not well-formed XML",
        ),
        (r#"minor="0""#, r#"minor="x""#, "", "`minor` of <fix> is `x`"),
        (
            r#"minor="0""#,
            r#"minor="0" age="1""#,
            "",
            "unknown attribute `age`",
        ),
        (
            "<header>",
            "<header><fild/>",
            "",
            "unknown element <fild> in <header>",
        ),
        (
            text,
            r#"<field name="AText" required="X"/>"#,
            "",
            "required is `X`",
        ),
        (
            text,
            r#"<field name="Atext" required="Y"/>"#,
            "",
            "field `Atext` is not declared",
        ),
        (
            text,
            r#"<field name="AnInt" required="Y"/>"#,
            "",
            "field `AnInt` occurs twice in `EveryType`",
        ),
        (text, "<field required=\"Y\"/>", "", "no attribute `name`"),
        (
            r#"component name="Inner" req"#,
            r#"component name="Iner" req"#,
            "",
            "component `Iner` is not declared",
        ),
        (
            r#"component name="Inner" req"#,
            r#"component name="Outer" req"#,
            "",
            "contains itself: Outer → Outer",
        ),
        (
            count,
            "",
            r#"group name="NoLegs" required="N""#,
            "group `NoLegs` has no count field",
        ),
        (
            count,
            r#"<field number="117" name="NoLegs" type="INT"/>"#,
            r#"group name="NoLegs" required="N""#,
            "count field of group `NoLegs` is of type INT",
        ),
        (
            r#"<field name="BlobLen" required="Y"/>"#,
            "",
            r#"<field name="Blob" required="Y"/>"#,
            "data field `Blob` has no length field",
        ),
        (
            r#"name="OtherLegs""#,
            r#"name="EveryType""#,
            "",
            "message `EveryType` is declared twice",
        ),
        (
            r#"msgtype="OL""#,
            r#"msgtype="ET""#,
            "",
            "msgtype `ET` belongs to message `EveryType`",
        ),
        (r#"msgcat="admin""#, r#"msgcat="other""#, "", "msgcat `other`"),
        (
            r#"number="102""#,
            r#"number="101""#,
            "",
            "number 101 belongs to field `new`",
        ),
        (
            r#"number="102""#,
            r#"number="x""#,
            "",
            "`number` of <field> is `x`",
        ),
        (
            r#"number="102""#,
            r#"number="1000000000""#,
            "",
            "`number` of <field> is",
        ),
        (
            r#"number="102" name="self""#,
            r#"number="102" name="new""#,
            "",
            "field `new` is declared twice",
        ),
        (
            r#"name="self" type="INT""#,
            r#"name="self" type="INTEGER""#,
            "",
            "unknown FIX type `INTEGER`",
        ),
        (
            r#"enum="'""#,
            r#"enum="1""#,
            "",
            "value `1` of field `Mod` is declared twice",
        ),
        (r#"enum="'""#, r#"enum="''""#, "", "not one character"),
        (
            r#"description="Self""#,
            r#"description="1m""#,
            "",
            "two values of field `Mod`",
        ),
        (r#"enum="1h""#, r#"enum="é""#, "", "not printable ASCII"),
        (
            r#"<field name="MsgType" required="Y"/>"#,
            "",
            r#""BeginString" req"#,
            "<header> has",
        ),
        (
            r#"number="35""#,
            r#"number="36""#,
            "",
            "field `MsgType` has the number 36",
        ),
    ] {
        let original = nasty();
        let place = if place.is_empty() { from } else { place };
        let line = 1 + original
            .find(place)
            .map_or(0, |at| original[..at].matches('\n').count());
        let found = refused(from, to);
        let hit = found
            .iter()
            .find(|diagnostic| diagnostic.message.contains(message));
        let hit = hit.unwrap_or_else(|| panic!("`{to}`: {found:?}"));
        assert_eq!((hit.file.as_str(), hit.line), ("fix/nasty.xml", line), "{hit}");
        assert!(!hit.remedy.is_empty(), "{hit}");
    }
}

#[test]
fn descriptions_are_texts_of_fields_that_there_are() {
    let described = |text: &str| {
        let file = SourceFile::new("fix/nasty.xml", nasty());
        let (mut dictionary, _) = read_dictionary(&file).expect("it is whole");
        let result = describe_fields(&SourceFile::new("fix/fields.yaml", text), &mut [&mut dictionary]);
        result.map(|()| dictionary)
    };
    let dictionary = described("AText: Any text.\n").expect("a field");
    let description = |name| {
        dictionary
            .field(name)
            .and_then(|field| field.description.as_deref())
    };
    assert_eq!(description("AText"), Some("Any text."));
    assert_eq!(description("PossDup"), None);
    for (text, line, message) in [
        (
            "AText: Any text.\nAtext: Any text.\n",
            2,
            "no dictionary has a field `Atext`",
        ),
        (
            "AText: Any text.\nPossDup: 1\n",
            2,
            "the description of `PossDup` is not a text",
        ),
        ("AText: ''\n", 1, "the description of `AText` is not a text"),
        ("AText: a\nAText: b\n", 2, "`AText` occurs twice, first in line 1"),
        ("- AText\n", 1, "not a list of descriptions"),
        (
            "AText: Any text.\nLogon.Nothing: Why.\n",
            2,
            "no dictionary has a message with `Logon.Nothing`",
        ),
    ] {
        let found = described(text).expect_err(text).0;
        let [only] = found.as_slice() else {
            panic!("{text}: {found:?}");
        };
        assert!(only.message.contains(message), "{only}");
        assert_eq!(
            (only.file.as_str(), only.line),
            ("fix/fields.yaml", line),
            "{only}"
        );
        assert!(!only.remedy.is_empty(), "{only}");
    }
}

#[test]
fn names_that_become_one_are_reported() {
    for (from, to, message) in [
        (
            r#"description="24hr""#,
            r#"description="1M""#,
            "both become `N1m`",
        ),
        (
            r#"message name="type""#,
            r#"message name="Frame""#,
            "both become `Frame`",
        ),
        (
            r#"message name="type""#,
            r#"message name="every_type""#,
            "both become `EveryType`",
        ),
    ] {
        let file = SourceFile::new("fix/nasty.xml", nasty().replacen(from, to, 1));
        let (dictionary, _) = read_dictionary(&file).expect("it is whole");
        let input = Input {
            module: "nasty".into(),
            doc: "Traps.".into(),
            file: file.path,
            dictionary: &dictionary,
        };
        let found = lower(&[input], &Options::default()).expect_err(to);
        assert!(found.to_string().contains(message), "{found}");
    }
}

/// Prints a dictionary as two modules: `nasty`, and `other` of which one value set differs.
fn rendered() -> BTreeMap<String, String> {
    let other = nasty().replacen(r#"<value enum="1h"/>"#, r#"<value enum="2h"/>"#, 1);
    let files = [
        SourceFile::new("fix/nasty.xml", nasty()),
        SourceFile::new("fix/other.xml", other),
    ];
    let dictionaries: Vec<_> = files
        .iter()
        .map(|file| {
            let mut dictionary = read_dictionary(file).expect("it is whole").0;
            let fields = SourceFile::new("fix/fields.yaml", "AText: Any text.\n");
            describe_fields(&fields, &mut [&mut dictionary]).expect("a field");
            dictionary
        })
        .collect();
    let inputs: Vec<Input<'_>> = ["nasty", "other"]
        .iter()
        .zip(&files)
        .zip(&dictionaries)
        .map(|((module, file), dictionary)| Input {
            module: (*module).to_owned(),
            doc: "Traps.".to_owned(),
            file: file.path.clone(),
            dictionary,
        })
        .collect();
    let lowered = lower(&inputs, &Options::default()).expect("names are apart");
    let templates = support::templates();
    let renderer = Renderer::new(&templates).expect("templates");
    let files = render_fix(&lowered, &renderer, "rendered").expect("rendered");
    let below = |path: &str| path.strip_prefix("rendered/").expect("the folder").to_owned();
    files
        .into_iter()
        .map(|file| (below(&file.path), file.contents))
        .collect()
}

/// The emitted code of the golden dictionary is what it was.
#[test]
fn golden_dictionary() {
    let files = rendered();
    assert_eq!(files, rendered(), "the same input gives the same bytes");
    // What the second module has of its own shows what is shared; the rest of it repeats the first.
    let reported = |path: &str| !path.starts_with("other/") || path.ends_with("mod.rs");
    let files = files.into_iter().filter(|(path, _)| reported(path)).collect();
    support::golden(
        &root().join("generator/codegen/tests/golden/fix/rendered"),
        &files,
        |_| true,
    );
}

/// FIX had no type for the counts of groups before 4.3.
#[test]
fn counts_of_old_versions_are_whole_numbers() {
    let old = nasty()
        .replacen(r#"major="5""#, r#"major="4""#, 1)
        .replacen(r#"minor="0""#, r#"minor="2""#, 1)
        .replacen(
            r#"name="NoLegs" type="NUMINGROUP""#,
            r#"name="NoLegs" type="INT""#,
            1,
        );
    let (dictionary, _) =
        read_dictionary(&SourceFile::new("fix/old.xml", old)).expect("a dictionary of FIX 4.2");
    let field = dictionary.field("NoLegs").expect("the count");
    assert_eq!(field.field_type.name(), "NUMINGROUP");
}

#[test]
fn only_required_fields_of_the_trailer_are_refused() {
    for (required, refused) in [("N", false), ("Y", true)] {
        let text = nasty().replacen(
            "<trailer>\n",
            &format!("<trailer>\n    <field name=\"AText\" required=\"{required}\"/>\n"),
            1,
        );
        let file = SourceFile::new("fix/nasty.xml", text);
        let (dictionary, warnings) = read_dictionary(&file).expect("it is whole");
        let warned = warnings
            .iter()
            .any(|warning| warning.message.contains("trailer field `AText` is not sent"));
        assert_ne!(warned, refused);
        let input = Input {
            module: "nasty".into(),
            doc: "Traps.".into(),
            file: file.path,
            dictionary: &dictionary,
        };
        match lower(&[input], &Options::default()) {
            Ok(_) => assert!(!refused),
            Err(found) => {
                assert!(refused, "{found}");
                assert!(
                    found
                        .to_string()
                        .contains("fix/nasty.xml:45: trailer field `AText` is required"),
                    "{found}"
                );
            }
        }
    }
}
