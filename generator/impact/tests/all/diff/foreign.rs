//! Two documents of other projects: each kind of difference by an edit, forwards and backwards.

use binance_wire_impact::diff::{Content, State, Verdict};
use binance_wire_model::foreign::Foreign;
use binance_wire_model::source::SourceFile;

use super::{findings, lines, mirrored};

const BASE: &str = "
openapi: 3.1.0
info: {title: Shop, version: '1'}
security: [{key: []}]
paths:
  /orders/{id}:
    patch:
      operationId: change
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: tags, in: query, schema: {type: array, items: {type: string, maxLength: 8}, maxItems: 5}}
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100, default: 10}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [qty]
              properties:
                qty: {type: string, pattern: '^[0-9]+$'}
                note: {type: string, format: date}
                side: {enum: [BUY, SELL]}
                item: {$ref: '#/components/schemas/Item'}
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {qty: {type: string}}}
      responses:
        '200':
          description: Done
          headers: {X-Used: {required: true, schema: {type: integer}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Answer'}}}
        '404': {description: Unknown}
webhooks:
  filled:
    post:
      requestBody: {content: {application/json: {schema: {type: object, required: [qty], properties: {qty: {type: string}}}}}}
      responses: {'200': {description: Taken}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: KEY}}
  schemas:
    Item: {type: object, required: [sku], properties: {sku: {type: string, minLength: 2}, parent: {$ref: '#/components/schemas/Item'}}}
    Answer:
      allOf:
        - {type: object, required: [id], properties: {id: {type: integer}}}
        - {type: object, properties: {state: {enum: [NEW]}, price: {type: number}, item: {$ref: '#/components/schemas/Item'}}}
";

fn state(text: &str) -> State {
    let (document, _) =
        Foreign::read(&SourceFile::new("api.yaml", text)).unwrap_or_else(|found| panic!("{found}"));
    super::state("api.yaml", Content::Foreign(Box::new(document)))
}

/// A text, what stands in its place, and the kinds of what differs.
type Edit = (&'static str, &'static str, &'static [(&'static str, Verdict)]);

/// What is edited, and the kinds that it has with the worst verdict of each.
const EDITS: &[Edit] = &[
    (
        "    patch:",
        "    put:",
        &[
            ("operation-added", Verdict::Compatible),
            ("operation-removed", Verdict::Breaking),
        ],
    ),
    (
        "maxItems: 5",
        "maxItems: 4",
        &[("schema-maximum-narrowed", Verdict::Breaking)],
    ),
    (
        "maxItems: 5",
        "maxItems: 6",
        &[("schema-maximum-widened", Verdict::Compatible)],
    ),
    (
        "maxLength: 8",
        "maxLength: 7",
        &[("schema-maximum-narrowed", Verdict::Breaking)],
    ),
    (
        "maxItems: 5",
        "maxItems: 5, uniqueItems: true",
        &[("schema-constraint-narrowed", Verdict::Breaking)],
    ),
    (
        "maxItems: 5",
        "maxItems: 5, contains: {type: string}",
        &[("schema-constraint-narrowed", Verdict::Breaking)],
    ),
    (
        "minimum: 1",
        "exclusiveMinimum: 1",
        &[("schema-minimum-narrowed", Verdict::Breaking)],
    ),
    (
        "default: 10",
        "default: 20",
        &[("schema-default", Verdict::Breaking)],
    ),
    (
        "{name: tags, in: query, schema",
        "{name: tags, in: query, explode: false, schema",
        &[("parameter-encoding", Verdict::Breaking)],
    ),
    (
        "{name: tags, in: query, schema",
        "{name: tags, in: header, schema",
        &[
            ("parameter-encoding", Verdict::Breaking),
            ("parameter-place", Verdict::Breaking),
        ],
    ),
    (
        "{name: tags, in: query, schema",
        "{name: tags, in: query, deprecated: true, schema",
        &[("parameter-deprecated", Verdict::Attention)],
    ),
    (
        "required: [qty]\n",
        "required: [qty, note]\n",
        &[("property-now-required", Verdict::Breaking)],
    ),
    (
        "pattern: '^[0-9]+$'",
        "pattern: '^[0-9]*$'",
        &[("schema-pattern", Verdict::Breaking)],
    ),
    (
        "format: date}",
        "format: date-time}",
        &[("schema-format", Verdict::Breaking)],
    ),
    (
        "qty: {type: string, pattern",
        "qty: {type: [string, 'null'], pattern",
        &[("schema-type-widened", Verdict::Compatible)],
    ),
    (
        "[BUY, SELL]",
        "[BUY]",
        &[("schema-values-narrowed", Verdict::Breaking)],
    ),
    (
        "state: {enum: [NEW]}",
        "state: {enum: [NEW, OLD]}",
        &[("schema-values-widened", Verdict::Attention)],
    ),
    (
        "price: {type: number}",
        "price: {type: string}",
        &[("schema-type", Verdict::Breaking)],
    ),
    (
        "price: {type: number}",
        "price: {type: integer}",
        &[("schema-type-narrowed", Verdict::Compatible)],
    ),
    (
        "price: {type: number}",
        "price: {oneOf: [{type: number}, {type: string}]}",
        &[("schema-alternatives-widened", Verdict::Breaking)],
    ),
    (
        ", price: {type: number}",
        "",
        &[("property-removed", Verdict::Attention)],
    ),
    (
        "required: [id]",
        "required: []",
        &[("property-now-optional", Verdict::Breaking)],
    ),
    (
        "          application/x-www-form-urlencoded:\n            schema: {type: object, properties: {qty: {type: string}}}\n",
        "",
        &[("media-type-removed", Verdict::Breaking)],
    ),
    (
        "properties: {qty: {type: string}}}\n      responses",
        "required: [qty], properties: {qty: {type: string}}}\n      responses",
        &[("property-now-required", Verdict::Breaking)],
    ),
    (
        "        '404': {description: Unknown}\n",
        "",
        &[("answer-removed", Verdict::Attention)],
    ),
    (
        "{X-Used: {required: true,",
        "{X-Used: {required: false,",
        &[("header-now-optional", Verdict::Breaking)],
    ),
    (
        "minLength: 2",
        "minLength: 3",
        &[("schema-minimum-narrowed", Verdict::Breaking)],
    ),
    (
        "minLength: 2",
        "minLength: 1",
        &[("schema-minimum-widened", Verdict::Breaking)],
    ),
    (
        "security: [{key: []}]",
        "security: [{key: []}, {}]",
        &[("operation-security-lowered", Verdict::Attention)],
    ),
    (
        "required: [qty], properties: {qty: {type: string}}}}}}",
        "properties: {qty: {type: string}}}}}}",
        &[("property-now-optional", Verdict::Breaking)],
    ),
    (
        "        required: true\n",
        "",
        &[("body-now-optional", Verdict::Compatible)],
    ),
    (
        "operationId: change",
        "operationId: change\n      x-sunset: 2027-01-01",
        &[("operation-sunset-set", Verdict::Attention)],
    ),
    // What says the same in other words is no difference.
    (
        "{type: integer, minimum: 1, maximum: 100, default: 10}",
        "{allOf: [{type: integer, minimum: 1}, {maximum: 100, minimum: 0}], default: 10}",
        &[],
    ),
    (
        "    Answer:\n      allOf:",
        "    Answer:\n      x-note: 1\n      allOf:",
        &[],
    ),
];

#[test]
fn each_kind_of_difference_is_found_and_judged_by_who_sends_it() {
    let base = state(BASE);
    for (from, to, expected) in EDITS {
        assert!(BASE.contains(from), "no `{from}`");
        let edited = state(&BASE.replacen(from, to, 1));
        let found = findings(&base, &edited);
        let mut got: Vec<(&str, Verdict)> = found
            .iter()
            .map(|found| (found.kind.name(), found.worst()))
            .collect();
        got.sort();
        assert_eq!(got, *expected, "`{from}` → `{to}`:\n{}", lines(&found));
        mirrored(&base, &edited);
    }
}

#[test]
fn a_path_is_the_same_whatever_its_placeholders_are_called() {
    let renamed = BASE
        .replace("/orders/{id}:", "/orders/{key}:")
        .replace("{name: id, in: path", "{name: key, in: path");
    let found = findings(&state(BASE), &state(&renamed));
    assert!(found.is_empty(), "{}", lines(&found));
}

/// A difference in a component is one finding, with the calls that it concerns and the worse of both directions.
#[test]
fn a_component_is_compared_once() {
    let found = findings(
        &state(BASE),
        &state(&BASE.replace("minLength: 2", "minLength: 1")),
    );
    let [one] = found.as_slice() else {
        panic!("{}", lines(&found));
    };
    assert!(
        one.message.contains("property `sku` of type `Item`"),
        "{}",
        one.message
    );
    let calls: Vec<&str> = one.affected.iter().map(|call| call.call.as_str()).collect();
    assert_eq!(calls, ["PATCH /orders/{id}"]);
    // Longer texts break who sends them, shorter ones who reads them; here it is both.
    assert_eq!(one.wire, Verdict::Breaking);
}

#[test]
fn documents_of_3_0_and_3_1_say_bounds_and_null_in_two_ways() {
    let old = BASE.replace("openapi: 3.1.0", "openapi: 3.0.3").replace(
        "price: {type: number}",
        "price: {type: number, nullable: true, minimum: 0, exclusiveMinimum: true}",
    );
    let new = BASE.replace(
        "price: {type: number}",
        "price: {type: [number, 'null'], exclusiveMinimum: 0}",
    );
    let found = findings(&state(&old), &state(&new));
    assert!(found.is_empty(), "{}", lines(&found));
}

/// Components that contain themselves and each other within `allOf`, and references in a circle.
#[test]
fn circles_end() {
    let names: Vec<String> = (0..4).map(|at| format!("C{at}")).collect();
    let properties: Vec<String> = names
        .iter()
        .map(|name| {
            format!("p{name}: {{allOf: [{{$ref: '#/components/schemas/{name}'}}], minProperties: 1}}")
        })
        .collect();
    let mut text = BASE.replace(
        "item: {$ref: '#/components/schemas/Item'}",
        "item: {allOf: [{$ref: '#/components/schemas/C0'}]}",
    );
    for name in &names {
        let all = properties.join(", ");
        text += &format!("    {name}: {{type: object, properties: {{leaf: {{type: string}}, {all}}}}}\n");
    }
    text += "    Loop: {$ref: '#/components/schemas/Loop'}\n    Both: {allOf: [{$ref: '#/components/schemas/Both'}, {$ref: '#/components/schemas/Loop'}]}\n";
    let text = text.replace(
        "note: {type: string, format: date}",
        "note: {$ref: '#/components/schemas/Both'}",
    );
    assert!(findings(&state(&text), &state(&text)).is_empty());
    let last = text.rfind("leaf: {type: string}").expect("a leaf");
    let mut changed = text.clone();
    changed.replace_range(last..last + "leaf: {type: string}".len(), "leaf: {type: integer}");
    let found = findings(&state(&text), &state(&changed));
    assert!(
        found.iter().any(|found| found.kind.name() == "schema-type"),
        "{}",
        lines(&found)
    );
}
