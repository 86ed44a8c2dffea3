//! The exchange's dictionaries, edited one place at a time.

use binance_wire_impact::diff::{Content, State};
use binance_wire_model::diagnostics::Diagnostics;
use binance_wire_model::read::fix::read_dictionary;
use binance_wire_model::source::SourceFile;

use super::{findings, mirrored, state};

fn dictionary(text: String, name: &str) -> State {
    read(&text, name).unwrap_or_else(|found| panic!("{found}"))
}

/// The state of a dictionary.
pub(crate) fn read(text: &str, name: &str) -> Result<State, Diagnostics> {
    let (dictionary, _) = read_dictionary(&SourceFile::new("oe.xml", text))?;
    Ok(state(
        name,
        Content::Dictionary("oe.xml".to_owned(), Box::new(dictionary)),
    ))
}

pub(crate) const TOYS: &str = "<fix type='FIX' major='4' minor='4' servicepack='0'>
<header><field name='BeginString' required='Y'/><field name='BodyLength' required='Y'/><field name='MsgType' required='Y'/></header>
<trailer><field name='CheckSum' required='Y'/></trailer>
<messages>
<message name='Toy' msgtype='T' msgcat='app'>
<field name='Name' required='Y'/><field name='Size' required='N'/>
<group name='NoParts' required='N'><field name='Colour' required='Y'/><field name='Weight' required='N'/></group>
</message>
</messages>
<components/>
<fields>
<field number='8' name='BeginString' type='STRING'/><field number='9' name='BodyLength' type='LENGTH'/>
<field number='35' name='MsgType' type='STRING'/><field number='10' name='CheckSum' type='STRING'/>
<field number='501' name='Name' type='STRING'/><field number='502' name='Size' type='INT'/>
<field number='503' name='NoParts' type='NUMINGROUP'/>
<field number='504' name='Colour' type='CHAR'><value enum='1' description='RED'/><value enum='2' description='BLUE'/></field>
<field number='505' name='Weight' type='QTY'/>
</fields></fix>";

#[track_caller]
fn found(edits: &[(&str, &str)], expected: &[&str]) {
    let mut text = TOYS.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let (old, new) = (dictionary(TOYS.to_owned(), "old"), dictionary(text, "new"));
    mirrored(&old, &new);
    let kinds: Vec<String> = findings(&old, &new)
        .into_iter()
        .map(|found| found.kind.to_string())
        .collect();
    assert_eq!(kinds, expected, "{edits:?}");
}

#[test]
fn every_kind_of_edit_is_reported() {
    found(
        &[("name='Size' required='N'", "name='Size' required='Y'")],
        &["fix-member-now-required"],
    );
    found(
        &[("<field name='Size' required='N'/>", "")],
        &["fix-member-removed"],
    );
    found(
        &[(
            "<field name='Size' required='N'/>",
            "<field name='Size' required='N'/><field name='Weight' required='Y'/>",
        )],
        &["required-fix-member-added"],
    );
    found(
        &[("name='Size' type='INT'", "name='Size' type='QTY'")],
        &["fix-field-type"],
    );
    found(
        &[("name='Weight' type='QTY'", "name='Weight' type='PRICE'")],
        &["fix-field-type-name"],
    );
    found(&[("msgtype='T'", "msgtype='U'")], &["fix-message-type"]);
    found(
        &[("message name='Toy'", "message name='Doll'")],
        &["fix-message-renamed"],
    );
    found(
        &[("<value enum='2' description='BLUE'/>", "")],
        &["fix-value-removed"],
    );
    found(
        &[("enum='2' description='BLUE'", "enum='2' description='NAVY'")],
        &["fix-value-renamed"],
    );
    found(
        &[("enum='2' description='BLUE'", "enum='3' description='BLUE'")],
        &["fix-value-code"],
    );
    found(
        &[(
            "<field name='Colour' required='Y'/><field name='Weight' required='N'/>",
            "<field name='Weight' required='N'/><field name='Colour' required='Y'/>",
        )],
        &["fix-group-order"],
    );
    // The tag is that of the field, and of what has it.
    found(
        &[("number='502' name='Size'", "number='512' name='Size'")],
        &["fix-field-tag", "fix-member-tag"],
    );
    found(
        &[("number='503' name='NoParts'", "number='513' name='NoParts'")],
        &["fix-field-tag", "fix-group-tag"],
    );
    let with = |required: &str| {
        format!(
            "<components><component name='Box'><field name='Weight' required='{required}'/></component></components>"
        )
    };
    let text = TOYS.replacen(
        "<field name='Size' required='N'/>",
        "<component name='Box' required='N'/>",
        1,
    );
    let (old, new) = (
        dictionary(text.replacen("<components/>", &with("N"), 1), "old"),
        dictionary(text.replacen("<components/>", &with("Y"), 1), "new"),
    );
    mirrored(&old, &new);
    let kinds: Vec<String> = findings(&old, &new)
        .into_iter()
        .map(|found| found.kind.to_string())
        .collect();
    assert_eq!(kinds, ["fix-member-with-component"]);
    found(
        &[
            ("name='Size' required", "name='Bulk' required"),
            ("name='Size' type", "name='Bulk' type"),
        ],
        &["fix-field-renamed"],
    );
}
