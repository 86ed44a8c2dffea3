//! What cannot become one model of two encodings is refused, with both places; what is out of date is refused too.

use binance_wire_codegen::lower::{api, sbe, sbe_models};
use binance_wire_codegen::product::always_in_sbe;
use binance_wire_model::product::{self, Sources};
use binance_wire_model::sbe_models::Rules;
use binance_wire_model::source::SourceFile;

const REST: &str = "\
openapi: 3.0.3
info: {title: T, version: '1'}
x-product: t
x-transport: rest
servers:
  - {url: https://example.com, x-environment: production}
paths:
  /a:
    get:
      operationId: a
      tags: [General]
      summary: A
      externalDocs: {url: https://example.com/a}
      x-security: NONE
      x-weight: 1
      x-data-source: Memory
      x-sbe: AResponse
      responses:
        '200':
          description: A
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
components:
  schemas:
    Side:
      type: string
      description: A side
      x-extensible-enum: [BUY]
    Thing:
      type: object
      description: A thing
      required: [id, side]
      properties:
        id: {type: integer, format: int64, description: An id}
        side: {$ref: '#/components/schemas/Side', description: A side}
        note: {type: string, description: A note}
";

const XML: &str = r#"<?xml version="1.0"?>
<sbe:messageSchema xmlns:mbx="https://example.com" xmlns:sbe="http://fixprotocol.io/2016/sbe" package="t" id="3" version="0"
    semanticVersion="5.2" byteOrder="littleEndian">
  <types>
    <composite name="messageHeader">
      <type name="blockLength" primitiveType="uint16"/><type name="templateId" primitiveType="uint16"/>
      <type name="schemaId" primitiveType="uint16"/><type name="version" primitiveType="uint16"/>
    </composite>
    <enum name="side" encodingType="uint8">
      <validValue name="Buy" mbx:jsonValue="BUY">0</validValue>
      <validValue name="Sell" mbx:jsonValue="SELL">1</validValue>
    </enum>
  </types>
  <sbe:message name="AResponse" id="1">
    <field name="thingId" id="1" type="uint32" mbx:jsonPath="id"/>
    <field name="side" id="2" type="side"/>
    <field name="extra" id="3" type="int64"/>
  </sbe:message>
</sbe:messageSchema>
"#;

const RULES: &str = "schemaId: 3\nignored:\n  - {field: extra}\n";

fn sources(rest: &str, xml: &str, rules: &str) -> Sources {
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    Sources {
        product: "t".to_owned(),
        openapi: vec![file("t/rest.yaml", rest)],
        sbe: vec![file("t/sbe/t.xml", xml)],
        sbe_models: vec![file("t/sbe/models.yaml", rules)],
        ..Sources::default()
    }
}

/// Warnings, or else errors, one a line.
fn lowered(rest: &str, xml: &str, rules: &str) -> Result<Vec<String>, Vec<String>> {
    let texts = |errors: binance_wire_model::diagnostics::Diagnostics| {
        errors.0.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (model, _) = product::read(&sources(rest, xml, rules)).map_err(texts)?;
    let (krate, ..) = api::lower(&model.api, &api::Options::default()).map_err(texts)?;
    let (name, schema) = &model.sbe[0];
    let code = sbe::lower(
        schema,
        &sbe::Options {
            name: name.clone(),
            history: None,
        },
    )
    .map_err(texts)?;
    let rules: &Rules = &model.sbe_models[0];
    let input = sbe_models::Input {
        product: &model.api,
        krate: &krate,
        schema,
        code: &code,
        rules,
    };
    let (conversions, warnings) = sbe_models::lower(input).map_err(texts)?;
    assert_eq!(conversions.requests().get("A").map(String::as_str), Some("a"));
    assert_eq!(
        (conversions.counts().operations, conversions.counts().messages),
        (1, 1)
    );
    Ok(warnings.iter().map(ToString::to_string).collect())
}

#[test]
fn what_a_message_always_has_is_known() {
    let always = |rest: &str, xml: &str, rules: &str| -> Vec<String> {
        let (model, _) = product::read(&sources(rest, xml, rules)).expect("specs");
        let always = always_in_sbe(&model).unwrap_or_else(|error| panic!("{error:?}"));
        assert!(always.iter().all(|(ty, _)| ty == "Thing"), "{always:?}");
        always.into_iter().map(|(_, member)| member).collect()
    };
    assert_eq!(always(REST, XML, RULES), ["id", "side"]);
    let with = |attributes: &str| {
        XML.replace(
            r#"<field name="side" id="2" type="side"/>"#,
            &format!(r#"<field name="side" id="2" type="side" {attributes}/>"#),
        )
    };
    assert_eq!(
        always(
            &REST.replace("[id, side]", "[id]"),
            &with(r#"presence="optional""#),
            RULES
        ),
        ["id"]
    );
    assert_eq!(
        always(REST, &with(r#"mbx:jsonDefaultValue="BUY""#), RULES),
        ["id"]
    );
    // What JSON leaves out is not always there, whatever the message has.
    let rest = REST.replace("required: [id, side]", "required: [id]");
    let omitted = format!("{RULES}omitted:\n  - {{member: side, value: BUY}}\n");
    assert_eq!(always(&rest, XML, &omitted), ["id"]);
}

#[test]
fn values_that_the_model_does_not_list_are_reported() {
    let warnings = lowered(REST, XML, RULES).expect("conversions");
    assert_eq!(
        warnings,
        ["t/sbe/t.xml:11: `Side` does not list `SELL` of `side`"]
    );
}

#[test]
fn a_field_without_a_place_is_reported() {
    let warnings = lowered(REST, XML, "schemaId: 3\n").expect("conversions");
    assert!(
        warnings.contains(&"t/sbe/t.xml:17: `AResponse.extra` has no place in `Thing`".to_owned()),
        "{warnings:?}"
    );
}

#[test]
fn a_required_member_that_the_message_lacks_is_refused_with_both_places() {
    let errors = lowered(&REST.replace("[id, side]", "[id, side, note]"), XML, RULES).expect_err("a refusal");
    assert_eq!(
        errors,
        [
            "t/sbe/t.xml:14: `Thing.note` (t/rest.yaml:28) is required, but `AResponse` has no `note`; make it optional, \
          correct mbx:jsonPath, or say in models.yaml what JSON has there"
        ]
    );
}

#[test]
fn what_json_has_in_its_place_mends_that() {
    let rules = format!("{RULES}absent:\n  - {{type: Thing, member: note, json: x}}\n");
    assert!(lowered(&REST.replace("[id, side]", "[id, side, note]"), XML, &rules).is_ok());
}

#[test]
fn a_rule_that_fits_nothing_is_refused() {
    let rules = format!("{RULES}omitted:\n  - {{member: nope, value: '0'}}\n");
    let errors = lowered(REST, XML, &rules).expect_err("a refusal");
    assert_eq!(
        errors,
        ["t/sbe/models.yaml:5: the entry for `nope` fits nothing; remove it, or correct what it names"]
    );
}

#[test]
fn types_that_do_not_go_together_are_refused() {
    let errors = lowered(
        &REST.replace("id: {type: integer, format: int64", "id: {type: boolean"),
        XML,
        RULES,
    );
    assert_eq!(
        errors.expect_err("a refusal"),
        [
            "t/sbe/t.xml:15: `AResponse.thingId` cannot become `bool`; correct the type on one of the two sides"
        ]
    );
}

#[test]
fn a_message_that_the_schema_does_not_have_is_refused() {
    let errors = lowered(
        &REST.replace("x-sbe: AResponse", "x-sbe: BResponse"),
        XML,
        "schemaId: 3\n",
    );
    let errors = errors.expect_err("a refusal");
    assert!(
        errors[0].contains("`a` is answered by the SBE message `BResponse`, which the schema does not have"),
        "{errors:?}"
    );
}
