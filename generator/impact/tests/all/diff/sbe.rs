//! Every published schema against the one before.

use binance_wire_impact::diff::{Content, State, Verdict};
use binance_wire_model::diagnostics::Diagnostics;
use binance_wire_model::read::sbe::read_schema;
use binance_wire_model::source::SourceFile;

use super::{findings, golden, lines, mirrored, state};
use crate::support::shared;

fn schema(text: String, name: &str) -> State {
    read(&text, name).unwrap_or_else(|found| panic!("{found}"))
}

/// The state of a schema.
pub(crate) fn read(text: &str, name: &str) -> Result<State, Diagnostics> {
    let (schema, _) = read_schema(&SourceFile::new(format!("{name}.xml"), text))?;
    Ok(state(name, Content::Schema(Box::new(schema))))
}

fn published(name: &str) -> Option<State> {
    let path = shared(&format!("upstream/sbe/{name}.xml"))?;
    Some(schema(std::fs::read_to_string(path).expect("text"), name))
}

#[test]
fn golden_differences_of_published_schemas() {
    for (old, new) in [
        ("spot_1_0", "spot_2_0"),
        ("spot_2_0", "spot_2_1"),
        ("spot_2_1", "spot_3_0"),
        ("spot_3_0", "spot_3_1"),
        ("spot_3_1", "spot_3_2"),
        ("spot_3_2", "spot_3_3"),
        ("spot_3_3", "spot_3_4"),
        ("spot_3_4", "spot_3_5"),
        ("spot-fixsbe-1_0", "spot-fixsbe-1_1"),
    ] {
        let (Some(before), Some(after)) = (published(old), published(new)) else {
            return;
        };
        mirrored(&before, &after);
        let (from, to) = (
            old.replace("-", "_"),
            new.rsplit(['-', '_']).take(2).collect::<Vec<_>>(),
        );
        let to: Vec<&str> = to.into_iter().rev().collect();
        golden(
            &format!("{from}-{}.txt", to.join("_")),
            &lines(&findings(&before, &after)),
        );
    }
}

pub(crate) const TOYS: &str = r#"<sbe:messageSchema xmlns:sbe="http://fixprotocol.io/2016/sbe" xmlns:mbx="https://binance.com"
  package="toy_sbe" id="9" version="0" semanticVersion="5.2" byteOrder="littleEndian">
<types>
  <composite name="messageHeader"><type name="blockLength" primitiveType="uint16"/>
    <type name="templateId" primitiveType="uint16"/><type name="schemaId" primitiveType="uint16"/>
    <type name="version" primitiveType="uint16"/></composite>
  <composite name="groupSizeEncoding"><type name="blockLength" primitiveType="uint16"/>
    <type name="numInGroup" primitiveType="uint32"/></composite>
  <composite name="varString8"><type name="length" primitiveType="uint8"/>
    <type name="varData" length="0" primitiveType="uint8" characterEncoding="UTF-8"/></composite>
  <type name="count" primitiveType="int64"/>
  <type name="size" primitiveType="int64"/>
  <enum name="colour" encodingType="uint8"><validValue name="Red">0</validValue><validValue name="Blue">1</validValue></enum>
</types>
<sbe:message name="Toy" id="1">
  <field id="1" name="first" type="count"/>
  <field id="2" name="second" type="count"/>
  <field id="3" name="tint" type="colour"/>
  <group id="100" name="parts"><field id="1" name="weight" type="count"/></group>
  <data id="200" name="label" type="varString8"/>
</sbe:message>
</sbe:messageSchema>"#;

/// What follows from one edit: kinds with the verdicts on the wire.
#[track_caller]
fn after(from: &str, to: &str) -> Vec<(String, Verdict)> {
    assert!(TOYS.contains(from), "{from}");
    between(TOYS, &TOYS.replacen(from, to, 1))
}

#[track_caller]
fn between(old: &str, new: &str) -> Vec<(String, Verdict)> {
    assert_ne!(old, new);
    let (old, new) = (schema(old.to_owned(), "old"), schema(new.to_owned(), "new"));
    mirrored(&old, &new);
    findings(&old, &new)
        .into_iter()
        .map(|found| (found.kind.to_string(), found.wire))
        .collect()
}

#[track_caller]
fn found(from: &str, to: &str, expected: &[(&str, Verdict)]) {
    let mut kinds = after(from, to);
    // The version is the same, so that every edit is one in place.
    let before = kinds.len();
    kinds.retain(|(kind, _)| kind != "sbe-schema-edited-in-place");
    assert_eq!(kinds.len() + 1, before, "{kinds:?}");
    let kinds: Vec<(&str, Verdict)> = kinds.iter().map(|(kind, wire)| (kind.as_str(), *wire)).collect();
    assert_eq!(kinds, expected);
}

#[test]
fn where_a_field_comes_matters() {
    use Verdict::{Breaking, Compatible, None};
    let tint = r#"<field id="3" name="tint" type="colour"/>"#;
    let new = r#"<field id="4" name="more" type="count"/>"#;
    found(
        tint,
        &format!("{tint}{new}"),
        &[("required-sbe-field-added", Compatible)],
    );
    found(
        tint,
        &format!("{new}{tint}"),
        &[("required-sbe-field-inserted", Breaking)],
    );
    // What may be null is an option in code, and no argument.
    let nullable = r#"<field id="4" name="more" type="count" presence="optional"/>"#;
    found(
        tint,
        &format!("{tint}{nullable}"),
        &[("sbe-field-added", Compatible)],
    );
    // Data behind a group cannot be found by who does not know the group.
    let data = r#"<data id="200""#;
    let group = r#"<group id="101" name="more"><field id="1" name="x" type="count"/></group>"#;
    found(
        data,
        &format!("{group}{data}"),
        &[("sbe-group-inserted", Breaking)],
    );
    found(
        r#"name="first" type="count""#,
        r#"name="first" type="size""#,
        &[("sbe-field-type-name", None)],
    );
    found(
        r#"name="first" type="count""#,
        r#"name="first" type="colour""#,
        &[("sbe-field-type", Breaking)],
    );
    found(
        r#"id="2" name="second""#,
        r#"id="2" name="other""#,
        // Without a path of its own, the name is the place in JSON.
        &[("sbe-field-json", None), ("sbe-field-renamed", None)],
    );
    found(
        r#"name="count" primitiveType="int64""#,
        r#"name="count" primitiveType="int32""#,
        &[("sbe-type-primitive", Breaking)],
    );
    found(
        r#"<sbe:message name="Toy" id="1">"#,
        r#"<sbe:message name="Toy" id="7">"#,
        &[("sbe-message-id", Breaking)],
    );
    found(
        r#"<sbe:message name="Toy" id="1">"#,
        r#"<sbe:message name="Doll" id="1">"#,
        &[("sbe-message-renamed", None)],
    );
    found(
        r#"name="Blue">1<"#,
        r#"name="Blue">2<"#,
        &[("sbe-enum-value-raw", Breaking)],
    );
    found(
        r#"name="Blue">1<"#,
        r#"name="Navy">1<"#,
        &[("sbe-enum-value-json", None), ("sbe-enum-value-renamed", None)],
    );
}

#[test]
fn entries_of_groups_end_where_their_members_do() {
    use Verdict::{Breaking, Compatible};
    let weight = r#"<field id="1" name="weight" type="count"/>"#;
    let behind = |more: &str| format!("{weight}{more}");
    // The wire says how long the fields of an entry are, and nothing of what stands behind them.
    found(
        weight,
        &behind(r#"<field id="2" name="more" type="count"/>"#),
        &[("required-sbe-field-added", Compatible)],
    );
    found(
        weight,
        &behind(r#"<data id="2" name="more" type="varString8"/>"#),
        &[("required-sbe-data-inserted", Breaking)],
    );
    found(
        weight,
        &behind(r#"<group id="2" name="more"><field id="1" name="x" type="count"/></group>"#),
        &[("sbe-group-inserted", Breaking)],
    );
    // Behind the message there is nothing.
    let label = r#"<data id="200" name="label" type="varString8"/>"#;
    found(
        label,
        &format!(r#"{label}<data id="201" name="more" type="varString8"/>"#),
        &[("required-sbe-data-added", Compatible)],
    );
}

#[test]
fn data_that_may_be_null() {
    use Verdict::{Breaking, None};
    let label = r#"name="label" type="varString8""#;
    found(
        label,
        &format!(r#"{label} mbx:jsonDefaultValue="""#),
        &[
            ("sbe-data-json-default", None),
            ("sbe-data-now-optional", Breaking),
        ],
    );
    let optional = r#"<composite name="optionalVarString8"><type name="length" primitiveType="uint8"/>
      <type name="varData" length="0" primitiveType="uint8" characterEncoding="UTF-8"/></composite>
      <type name="count""#;
    let toys = TOYS.replacen(r#"<type name="count""#, optional, 1);
    let kinds = between(
        &toys,
        &toys.replace(label, r#"name="label" type="optionalVarString8""#),
    );
    assert_eq!(
        kinds,
        [
            ("sbe-schema-edited-in-place".to_owned(), Verdict::Attention),
            ("sbe-data-now-optional".to_owned(), Breaking),
            ("sbe-data-type-name".to_owned(), None),
        ]
    );
}

#[test]
fn what_json_has_for_null_says_that_it_may_be_null() {
    use Verdict::{Breaking, None};
    let first = r#"name="first" type="count""#;
    let instead = format!(r#"{first} mbx:jsonDefaultValue="-1""#);
    found(
        first,
        &instead,
        &[
            ("sbe-field-json-default", None),
            ("sbe-field-now-optional", Breaking),
        ],
    );
    let toys = TOYS.replacen(first, &instead, 1);
    let stated = toys.replacen(first, &format!(r#"{first} presence="optional""#), 1);
    let kinds = between(&toys, &stated);
    assert!(
        kinds.contains(&("sbe-field-presence-stated".to_owned(), None)) && kinds.len() == 2,
        "{kinds:?}"
    );
}

#[test]
fn parts_of_composites() {
    use Verdict::{Attention, Breaking};
    let count = r#"<type name="numInGroup" primitiveType="uint32""#;
    for (attribute, kind, wire) in [
        (r#"maxValue="100""#, "sbe-composite-member-range", Attention),
        (r#"nullValue="7""#, "sbe-composite-member-null", Breaking),
        (
            r#"presence="optional""#,
            "sbe-composite-member-now-optional",
            Breaking,
        ),
    ] {
        found(count, &format!("{count} {attribute}"), &[(kind, wire)]);
    }
}

#[test]
fn a_type_under_another_name_is_the_same_type() {
    let toys = TOYS.replace(r#""colour""#, r#""tone""#);
    let kinds = between(TOYS, &toys);
    let kinds: Vec<&str> = kinds.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["sbe-schema-edited-in-place", "sbe-enum-renamed"]);
    // A type of the same width with another null is another type.
    let sizes = TOYS.replace(
        r#"<type name="size" primitiveType="int64"/>"#,
        r#"<type name="size" primitiveType="int64" nullValue="-1"/>"#,
    );
    let first = r#"name="first" type="count""#;
    let kinds = between(&sizes, &sizes.replace(first, r#"name="first" type="size""#));
    assert!(
        kinds.contains(&("sbe-field-type".to_owned(), Verdict::Breaking)),
        "{kinds:?}"
    );
}

#[test]
fn what_both_sides_send_is_judged_by_the_worse() {
    let gone = |toys: &str| {
        between(
            toys,
            &toys.replace(r#"<validValue name="Blue">1</validValue>"#, ""),
        )
    };
    let removed = |wire| ("sbe-enum-value-removed".to_owned(), wire);
    let kinds = gone(TOYS);
    assert!(kinds.contains(&removed(Verdict::Compatible)), "{kinds:?}");
    // Messages with a MsgType belong to a session.
    let session = TOYS.replace(r#"name="Toy" id="1""#, r#"name="Toy" id="1" semanticType="D""#);
    let kinds = gone(&session);
    assert!(kinds.contains(&removed(Verdict::Breaking)), "{kinds:?}");
}

#[test]
fn another_order_breaks() {
    let first = r#"<field id="1" name="first" type="count"/>"#;
    let second = r#"<field id="2" name="second" type="count"/>"#;
    let both = format!("{first}\n  {second}");
    // Two numbers side by side are taken by name.
    found(
        &both,
        &format!("{second}\n  {first}"),
        &[("sbe-message-order", Verdict::Breaking)],
    );
    let tint = r#"<field id="3" name="tint" type="colour"/>"#;
    let by_position = |fields: String| TOYS.replace(&format!("{both}\n  {tint}"), &fields);
    let mut kinds = between(
        &by_position(format!("{first}\n  {tint}")),
        &by_position(format!("{tint}\n  {first}")),
    );
    kinds.retain(|(kind, _)| kind != "sbe-schema-edited-in-place");
    assert_eq!(
        kinds,
        [
            ("sbe-message-arguments".to_owned(), Verdict::None),
            ("sbe-message-order".to_owned(), Verdict::Breaking),
        ]
    );
}

#[test]
fn a_later_version_is_no_edit_in_place() {
    let kinds = after(r#"version="0""#, r#"version="1""#);
    assert_eq!(
        kinds,
        [("sbe-schema-version-raised".to_owned(), Verdict::Compatible)]
    );
    let kinds = after(r#"id="9" version="0""#, r#"id="10" version="0""#);
    assert_eq!(
        kinds.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(),
        ["sbe-schema-id"],
        "{kinds:?}"
    );
}
