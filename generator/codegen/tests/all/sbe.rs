//! Reading and lowering SBE schemas: golden files, bad input, our schemas beside the published ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::sbe_support::{PUBLISHED, history, render, schema, source, upstream};
use crate::support::{self, root};
use binance_wire_codegen::lower::rust::{Primitive, RustType};
use binance_wire_codegen::lower::sbe::{Options, lower};
use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::read::sbe::{read_history, read_schema};
use binance_wire_model::sbe::{Schema, faults};
use binance_wire_model::source::SourceFile;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/sbe")
}

fn nasty() -> SourceFile {
    source(&golden().join("nasty.xml"))
}

/// The code for a schema with one of everything is what it was.
#[test]
fn golden_files() {
    let folder = golden().join("nasty");
    let files = render(
        &schema(&golden().join("nasty.xml")),
        Some(history(&golden().join("history.yaml"))),
        "nasty",
        "",
    );
    let printed: BTreeMap<String, String> = files
        .into_iter()
        .map(|file| (file.path.trim_start_matches('/').to_owned(), file.contents))
        .collect();
    support::golden(&folder, &printed, |_| true);
}

/// Replaces one text of the nasty schema, reads and lowers it, and gives the errors.
fn errors_after(from: &str, to: &str) -> (usize, Vec<Diagnostic>) {
    let good = nasty();
    assert!(good.text.contains(from), "the schema has no `{from}`");
    let line = good.place(good.text.find(from).unwrap_or_default()).line;
    let bad = SourceFile::new(good.path, good.text.replacen(from, to, 1));
    let result = read_schema(&bad).and_then(|(schema, _)| lower(&schema, &Options::default()).map(drop));
    (line, result.err().map(|errors| errors.0).unwrap_or_default())
}

#[test]
fn bad_schemas_are_errors_with_file_line_and_remedy() {
    for (from, to, message) in [
        // Syntax.
        ("</composite>", "</compost>", "not well-formed XML"),
        (
            "package=\"nasty\"",
            "package=\"nasty\" package=\"again\"",
            "bad attribute",
        ),
        // Vocabulary.
        (
            "<composite name=\"blob\">",
            "<compost name=\"x\"/><composite name=\"blob\">",
            "unknown element <compost>",
        ),
        (
            "name=\"ratio\" id",
            "name=\"ratio\" mbx:jsonPaht=\"x\" id",
            "unknown attribute `mbx:jsonPaht`",
        ),
        (
            "byteOrder=\"littleEndian\"",
            "byteOrder=\"bigEndian\"",
            "byte order `bigEndian`",
        ),
        (
            "presence=\"optional\" mbx:jsonDefaultValue=\"NONE\"",
            "presence=\"maybe\"",
            "unknown presence `maybe`",
        ),
        // Names.
        (
            "<sbe:message name=\"Rows\" id=\"2\"",
            "<sbe:message name=\"Rows\" id=\"1\"",
            "both have id 1",
        ),
        (
            "<sbe:message name=\"Rows\"",
            "<sbe:message name=\"Everything\"",
            "declared twice",
        ),
        (
            "name=\"odd\" id",
            "name=\"gap\" id",
            "occurs twice in the same block",
        ),
        (
            "<type name=\"exponent8\"",
            "<type name=\"mantissa64\"",
            "declared twice",
        ),
        (
            "<data name=\"block\"",
            "<data mbx:jsonPath=\"e\" name=\"block\"",
            "the same place `e` in JSON",
        ),
        (
            "mbx:jsonPath=\"a.e\"",
            "mbx:jsonPath=\"a.double\"",
            "both a value and an object",
        ),
        (
            "mbx:jsonPath=\"a.e\"",
            "mbx:jsonPath=\"a..e\"",
            "`mbx:jsonPath` is `a..e`",
        ),
        // Types and references.
        (
            "name=\"newer\" id=\"16\" type=\"uint32\"",
            "name=\"newer\" id=\"16\" type=\"uint33\"",
            "unknown type `uint33`",
        ),
        (
            "name=\"newer\" id=\"16\" type=\"uint32\"",
            "name=\"newer\" id=\"16\" type=\"varString8\"",
            "unknown type `varString8`",
        ),
        (
            "valueRef=\"interval.24hr\"",
            "valueRef=\"interval.25hr\"",
            "names nothing",
        ),
        (
            "valueRef=\"interval.24hr\"",
            "valueRef=\"side.Buy\"",
            "its valueRef is of `side`",
        ),
        (" valueRef=\"interval.24hr\"", "", "has no value"),
        (
            "dimensionType=\"smallGroupSize8Encoding\"",
            "dimensionType=\"varString8\"",
            "no known dimension type",
        ),
        (
            "name=\"raw\" id=\"204\" type=\"blob\"",
            "name=\"raw\" id=\"204\" type=\"side\"",
            "unknown type `side`",
        ),
        (
            "mbx:exponent=\"otherExponent\"",
            "mbx:exponent=\"gap\"",
            "which is not an int8",
        ),
        (
            "type=\"flags\"",
            "type=\"flags\" mbx:exponent=\"exponent\"",
            "cannot be a mantissa",
        ),
        // Numbers.
        ("offset=\"4\"", "offset=\"1\"", "at offset 1, inside or before"),
        (
            "<sbe:message name=\"Everything\" id=\"1\">",
            "<sbe:message name=\"Everything\" id=\"1\" blockLength=\"3\">",
            "blockLength of `Everything` is 3",
        ),
        (
            "nullValue=\"-1\"",
            "nullValue=\"40000\"",
            "does not fit the encoding",
        ),
        (
            "mbx:jsonValue=\"NONE\">2<",
            "mbx:jsonValue=\"NONE\">1<",
            "have the same number",
        ),
        (
            "mbx:jsonValue=\"NONE\">2<",
            "mbx:jsonValue=\"NONE\">255<",
            "does not fit the encoding",
        ),
        (
            "mbx:jsonValue=\"BUY\">1<",
            "mbx:jsonValue=\"BUY\">12<",
            "not a single ASCII character",
        ),
        (
            "mbx:jsonValue=\"HIGH\">63<",
            "mbx:jsonValue=\"HIGH\">64<",
            "not a bit of the encoding",
        ),
        (
            "id=\"7\" version=\"4\"",
            "id=\"7\" version=\"70000\"",
            "`version` of <messageSchema> is `70000`",
        ),
        ("sinceVersion=\"4\"", "sinceVersion=\"5\"", "since version 5"),
        (
            "type=\"int8\" presence=\"optional\"",
            "type=\"int8\" sinceVersion=\"3\"",
            "newer than itself",
        ),
        (
            "mbx:jsonDefaultValue=\"0.0\"",
            "mbx:jsonDefaultValue=\"zero\"",
            "`mbx:jsonDefaultValue` of `ratio` is `zero`",
        ),
        // What cannot be printed.
        (
            "<validValue name=\"None\"",
            "<validValue name=\"1M\"",
            "would both be the variant N1m",
        ),
        (
            "<sbe:message name=\"Nothing\"",
            "<sbe:message name=\"Side\"",
            "would both be the Rust type Side",
        ),
        (
            "<type name=\"version\" primitiveType=\"uint16\"/>",
            "<type name=\"version\" primitiveType=\"uint16\"/><type name=\"x\" primitiveType=\"uint8\"/>",
            "members that the runtime does not know",
        ),
        (
            "mbx:jsonPath=\"..\">\n      <field name=\"id\"",
            "mbx:jsonPath=\"..\">\n      <field mbx:jsonPath=\"..\" name=\"id2\" id=\"9\" type=\"int64\"/>\n      <field name=\"id\"",
            "shows other members too",
        ),
    ] {
        let (line, errors) = errors_after(from, to);
        let found = errors.iter().find(|error| error.message.contains(message));
        let Some(found) = found else {
            panic!("`{to}` gives no `{message}` but {errors:#?}")
        };
        assert_eq!(found.file, "nasty.xml");
        assert!(!found.remedy.is_empty());
        // A tag's attributes may follow in later lines; the error is at the tag.
        assert!(
            found.line.abs_diff(line) <= 5,
            "`{to}`: line {} instead of {line}",
            found.line
        );
    }
}

#[test]
fn a_field_behind_a_group_and_a_missing_end_are_errors() {
    let (_, errors) = errors_after(
        "<group name=\"levels\"",
        "<data name=\"x\" id=\"9\" type=\"blob\"/><group name=\"levels\"",
    );
    assert!(
        errors
            .iter()
            .any(|error| error.message.contains("comes after a group or data")),
        "{errors:?}"
    );
    let text = nasty().text.replace("</sbe:messageSchema>", "");
    let error = read_schema(&SourceFile::new("cut.xml", text)).expect_err("the root is never closed");
    assert!(error.to_string().starts_with("cut.xml:3: "), "{error}");
    for text in [
        "",
        "<!-- nothing -->",
        "text",
        "<a/><b/>",
        "<messageSchema>&unknown;</messageSchema>",
    ] {
        read_schema(&SourceFile::new("bad.xml", text)).expect_err("no schema");
    }
}

#[test]
fn a_dangling_exponent_is_a_warning_and_the_mantissa_a_number() {
    let text = nasty()
        .text
        .replacen("mbx:exponent=\"otherExponent\"", "mbx:exponent=\"nowhere\"", 1);
    let (schema, warnings) = read_schema(&SourceFile::new("odd.xml", text)).expect("legal but odd");
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].to_string().contains("names the exponent `nowhere`"),
        "{}",
        warnings[0]
    );
    let lowered = lower(&schema, &Options::default()).expect("can be lowered");
    let fee = lowered.messages[0].levels[0]
        .fields
        .iter()
        .find(|field| field.name == "fee");
    assert_eq!(
        fee.map(|field| &field.r#type),
        Some(&RustType::from(Primitive::I64))
    );
}

#[test]
fn a_history_that_does_not_fit_is_an_error() {
    let schema = schema(&golden().join("nasty.xml"));
    let good = source(&golden().join("history.yaml"));
    for (from, to, message) in [
        ("kind: block-changed", "kind: block-swapped", "unknown kind"),
        (
            "kind: block-changed",
            "kind: message-dropped",
            "leadingExponents of a fault that changed no block",
        ),
        (
            "place: Everything.moved",
            "place: Everything.gone",
            "is not in the schema",
        ),
        ("[exponent]", "[amount]", "is not a field of a block around"),
        ("schemaId: 7", "schemaId: 8", "the history is of schema 8"),
        ("note:", "notes:", "not a schema history"),
    ] {
        let file = SourceFile::new("history.yaml", good.text.replacen(from, to, 1));
        let result = read_history(&file).and_then(|history| {
            lower(
                &schema,
                &Options {
                    name: String::new(),
                    history: Some(history),
                },
            )
            .map(drop)
        });
        let errors = result.expect_err(message);
        assert!(errors.to_string().contains(message), "`{to}` gives {errors}");
    }
}

#[test]
fn descriptions_and_layout_make_no_difference() {
    let one = schema(&golden().join("nasty.xml"));
    let text = nasty()
        .text
        .replace(" description=\"An array in place of the message.\"", "")
        .replace("\n", "\n\n");
    let (other, _) = read_schema(&SourceFile::new("other.xml", text.clone())).expect("the same schema");
    assert_eq!(one, other);
    let (third, _) = read_schema(&SourceFile::new(
        "third.xml",
        text.replace("offset=\"4\"", "offset=\"6\""),
    ))
    .expect("legal");
    assert_ne!(one, third);
}

#[test]
fn our_schemas_say_what_the_published_ones_say() {
    let Some(upstream) = upstream() else { return };
    for (ours, published) in [
        ("spot", "spot_3_5"),
        ("stream", "stream_1_0"),
        ("fix", "spot-fixsbe-1_1"),
    ] {
        let ours: Schema = schema(&root().join(format!("specs/spot/sbe/{ours}.xml")));
        let theirs: Schema = schema(&upstream.join(format!("{published}.xml")));
        for message in &theirs.messages {
            assert_eq!(
                ours.message(&message.name),
                Some(message),
                "{published}, message {}",
                message.name
            );
        }
        assert_eq!(ours, theirs, "{published}");
    }
}

#[test]
fn published_schemas_are_read_without_a_warning() {
    let Some(upstream) = upstream() else { return };
    for name in PUBLISHED {
        let (schema, warnings) = read_schema(&source(&upstream.join(format!("{name}.xml"))))
            .unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(warnings, [], "{name}");
        assert!(!schema.messages.is_empty());
    }
}

/// The history file lists exactly what a comparison of the published versions finds.
#[test]
fn the_history_is_complete() {
    let Some(upstream) = upstream() else { return };
    let versions: Vec<Schema> = (PUBLISHED.iter().filter(|name| name.starts_with("spot_")))
        .map(|name| schema(&upstream.join(format!("{name}.xml"))))
        .collect();
    let key = |fault: &binance_wire_model::sbe::Fault| (fault.kind, fault.version, fault.place.clone());
    let found: BTreeSet<_> = faults(&versions).iter().map(key).collect();
    let listed: BTreeSet<_> = history(&root().join("specs/spot/sbe/history.yaml"))
        .faults
        .iter()
        .map(key)
        .collect();
    assert_eq!(found, listed);
}

/// `encodingType` may name a simple type, wherever that is declared.
#[test]
fn an_encoding_may_be_a_declared_type() {
    let text = nasty().text;
    let named = text.replacen(
        r#"<enum name="boolEnum" encodingType="uint8">"#,
        r#"<enum name="boolEnum" encodingType="enumEncoding" semanticType="Boolean">"#,
        1,
    );
    let last = named.rfind("</types>").expect("types");
    let mut declared = named.clone();
    declared.insert_str(last, "<type name=\"enumEncoding\" primitiveType=\"uint8\"/>");
    let read = |text: &str| read_schema(&SourceFile::new("nasty.xml", text));
    let enums = |text: &str| read(text).expect("a schema").0.enums;
    let (plain, other) = (enums(&text), enums(&declared));
    assert_eq!(plain["boolEnum"].encoding, other["boolEnum"].encoding);
    for (text, message) in [
        (named, "unknown primitive type `enumEncoding`"),
        (
            declared.replace(
                "primitiveType=\"uint8\"/></types>",
                "primitiveType=\"double\"/></types>",
            ),
            "cannot be encoded as Double",
        ),
    ] {
        let found = read(&text).expect_err(message);
        assert!(found.to_string().contains(message), "{found}");
    }
}
