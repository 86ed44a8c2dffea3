//! Edits of a small spec, one at a time: what each is called, and what it means.

use binance_wire_impact::diff::{Content, Finding, State, Verdict};
use binance_wire_model::product::{self, Sources};
use binance_wire_model::source::SourceFile;

use super::{findings, lines, mirrored, state};

use Verdict::{Attention, Breaking, Compatible, None as Nothing};

const REST: &str = "openapi: 3.0.3
info: {title: Toys, version: '1'}
x-product: toys
x-transport: rest
servers:
  - {url: 'https://toys.example', x-environment: production}
paths:
  /toys/v1/toy:
    get:
      operationId: getToy
      summary: One toy
      tags: [General]
      x-security: NONE
      x-weight: 5
      parameters:
        - {name: id, in: query, required: true, schema: {type: integer, format: int64}}
        - {name: shop, in: query, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, format: int32, minimum: 1, maximum: 100, default: 10}}
        - {name: side, in: query, schema: {$ref: '#/components/schemas/Side'}}
      responses:
        '200': {description: A toy, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}
    post:
      operationId: makeToy
      summary: Make a toy
      tags: [General]
      x-security: TRADE
      parameters:
        - {name: parts, in: query, required: true, schema: {type: array, items: {$ref: '#/components/schemas/Part'}}}
      responses:
        '200': {description: Made, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}
components:
  schemas:
    Side: {type: string, x-extensible-enum: [BUY, SELL]}
    Toy:
      type: object
      description: A toy
      required: [id, side]
      properties:
        id: {type: integer, format: int64}
        side: {$ref: '#/components/schemas/Side'}
        price: {type: string, format: decimal}
    Part:
      type: object
      description: A part
      required: [name, size]
      properties:
        name: {type: string}
        size: {type: integer, format: int64}
        colour: {type: string}
";

const WS_API: &str = "openapi: 3.0.3
info: {title: Toys, version: '1'}
x-product: toys
x-transport: ws-api
servers:
  - {url: 'wss://toys.example/ws-api', x-environment: production}
paths:
  /toy.get:
    post:
      operationId: toyGet
      tags: [General]
      x-twin: getToy
      responses: {'200': {$ref: 'rest.yaml#/paths/~1toys~1v1~1toy/get/responses/200'}}
";

const STREAMS: &str = "openapi: 3.0.3
info: {title: Toys, version: '1'}
x-product: toys
x-transport: ws-streams
servers:
  - {url: 'wss://stream.toys.example', x-environment: production}
paths:
  /{shop}@toy:
    get:
      operationId: toyStream
      tags: [General]
      x-update-speed: 1000ms
      x-event-type: toy
      parameters:
        - {name: shop, in: path, required: true, x-lower-case: true, schema: {type: string}}
      responses:
        '200': {description: Event, content: {application/json: {schema: {$ref: '#/components/schemas/ToyEvent'}}}}
components:
  schemas:
    ToyEvent:
      type: object
      description: An event
      required: [e, id]
      properties:
        e: {type: string, enum: [toy]}
        id: {type: integer, format: int64}
";

fn toys(texts: [String; 3]) -> State {
    let names = ["rest", "ws-api", "ws-streams"];
    let files = names
        .iter()
        .zip(texts)
        .map(|(name, text)| SourceFile::new(format!("toys/{name}.yaml"), text));
    let sources = Sources {
        product: "toys".to_owned(),
        openapi: files.collect(),
        ..Sources::default()
    };
    let (model, _) = product::read(&sources).unwrap_or_else(|found| panic!("{found}"));
    state("toys", Content::Specs(vec![model]))
}

#[track_caller]
fn edited(from: &str, to: &str) -> (State, State) {
    let texts = || [REST.to_owned(), WS_API.to_owned(), STREAMS.to_owned()];
    assert!(texts().iter().any(|text| text.contains(from)), "{from}");
    let mut done = false;
    let new = texts().map(|text| match text.contains(from) && !done {
        true => {
            done = true;
            text.replacen(from, to, 1)
        }
        false => text,
    });
    // A twin refers to its original by path.
    let pointer = |line: &str| line.trim().trim_end_matches(':').replace('/', "~1");
    let new = new.map(|text| match from.starts_with("  /") {
        true => text.replace(&pointer(from), &pointer(to)),
        false => text,
    });
    (toys(texts()), toys(new))
}

#[track_caller]
fn after(from: &str, to: &str) -> Vec<Finding> {
    let (old, new) = edited(from, to);
    mirrored(&old, &new);
    findings(&old, &new)
}

#[test]
fn a_message_says_which_way_a_flag_went_and_no_more() {
    let said = |from: &str, to: &str| after(from, to)[0].message.clone();
    assert_eq!(
        said("{name: shop, in: query, required: true", "{name: shop, in: query"),
        "parameter `shop` of operation `GET /toys/v1/toy` is now optional"
    );
    assert_eq!(
        said(
            "{name: limit, in: query,",
            "{name: limit, in: query, required: true,"
        ),
        "parameter `limit` of operation `GET /toys/v1/toy` is now required"
    );
    assert!(said("x-weight: 5", "x-weight: 6").ends_with(": 5 → 6"));
}

/// Kind and verdicts of what follows from an edit; a twin has its REST operation's findings as well, once.
#[track_caller]
fn found(from: &str, to: &str, expected: &[(&str, Verdict, Verdict, Verdict)]) {
    let found = after(from, to);
    let mut reported: Vec<(&str, Verdict, Verdict, Verdict)> = found
        .iter()
        .map(|found| (found.kind.name(), found.wire, found.surface, found.behaviour))
        .collect();
    reported.dedup();
    reported.sort_unstable();
    reported.dedup();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(reported, expected, "{from} → {to}\n{}", lines(&found));
}

#[test]
fn parameters() {
    let shop = "        - {name: shop, in: query, required: true, schema: {type: string}}\n";
    let new = |required| {
        format!(
            "{shop}        - {{name: colour, in: query, required: {required}, schema: {{type: string}}}}\n"
        )
    };
    found(
        shop,
        &new("false"),
        &[("parameter-added", Compatible, Compatible, Nothing)],
    );
    found(
        shop,
        &new("true"),
        &[("required-parameter-added", Breaking, Breaking, Nothing)],
    );
    found(
        shop,
        "",
        &[("required-parameter-removed", Breaking, Breaking, Nothing)],
    );
    found(
        "{name: shop, in: query, required: true",
        "{name: shop, in: query, required: false",
        &[("parameter-now-optional", Compatible, Breaking, Nothing)],
    );
    found(
        "{name: limit, in: query,",
        "{name: limit, in: query, required: true,",
        &[("parameter-now-required", Breaking, Breaking, Nothing)],
    );
    found(
        "name: limit, in: query, schema: {type: integer, format: int32",
        "name: limit, in: query, schema: {type: integer, format: int64",
        &[("parameter-type", Breaking, Breaking, Nothing)],
    );
    found(
        "maximum: 100",
        "maximum: 50",
        &[("parameter-maximum-lowered", Breaking, Nothing, Attention)],
    );
    found(
        "maximum: 100",
        "maximum: 500",
        &[("parameter-maximum-raised", Compatible, Nothing, Compatible)],
    );
    found(
        "minimum: 1,",
        "minimum: 5,",
        &[("parameter-minimum-raised", Breaking, Nothing, Attention)],
    );
    found(
        "name: shop, in: query, required: true, schema: {type: string}",
        "name: shop, in: query, required: true, schema: {type: string, maxLength: 5}",
        &[("parameter-pattern-narrowed", Breaking, Nothing, Attention)],
    );
    found(
        "name: shop, in: query, required: true, schema: {type: string}",
        "name: shop, in: query, required: true, schema: {type: string, pattern: '^[a-z]{0,36}$'}",
        &[("parameter-pattern", Breaking, Nothing, Attention)],
    );
    found(
        "default: 10",
        "default: 20",
        &[("parameter-default", Nothing, Nothing, Attention)],
    );
    found(
        "name: limit",
        "name: Limit",
        &[("parameter-respelled", Breaking, Nothing, Nothing)],
    );
    found(
        "format: int32, minimum: 1, maximum: 100, default: 10}}",
        "format: int32, minimum: 1, maximum: 100, default: 10}, description: Most toys}",
        &[("parameter-documentation", Nothing, Nothing, Nothing)],
    );
}

#[test]
fn the_order_of_arguments_is_surface() {
    let id = "        - {name: id, in: query, required: true, schema: {type: integer, format: int64}}\n";
    let shop = "        - {name: shop, in: query, required: true, schema: {type: string}}\n";
    found(
        &format!("{id}{shop}"),
        &format!("{shop}{id}"),
        &[("operation-arguments", Nothing, Breaking, Nothing)],
    );
    // The order of optional ones is not.
    let side = "        - {name: side, in: query, schema: {$ref: '#/components/schemas/Side'}}\n";
    let limit = "        - {name: limit, in: query, schema: {type: integer, format: int32, minimum: 1, maximum: 100, default: 10}}\n";
    found(&format!("{limit}{side}"), &format!("{side}{limit}"), &[]);
}

#[test]
fn operations() {
    found(
        "x-weight: 5",
        "x-weight: 10",
        &[("operation-weight-raised", Nothing, Nothing, Attention)],
    );
    found(
        "x-weight: 5",
        "x-weight: 1",
        &[("operation-weight-lowered", Nothing, Nothing, Compatible)],
    );
    // Where nobody says what it weighs, it weighs 1.
    found(
        "      x-weight: 5\n",
        "",
        &[("operation-weight-lowered", Nothing, Nothing, Compatible)],
    );
    found(
        "x-weight: 5",
        "x-weight: 5\n      deprecated: true",
        &[("operation-deprecated", Nothing, Compatible, Attention)],
    );
    found(
        "x-weight: 5",
        "x-weight: 5\n      x-sunset: '2027-01-01'",
        &[("operation-sunset-set", Nothing, Nothing, Attention)],
    );
    found(
        "x-weight: 5",
        "x-weight: 5\n      x-limit: uid",
        &[("operation-counter", Nothing, Nothing, Attention)],
    );
    found(
        "x-security: TRADE",
        "x-security: TRADE\n      x-unfilled-orders: 1",
        &[("operation-order-count-raised", Nothing, Nothing, Attention)],
    );
    found(
        "x-security: NONE",
        "x-security: MARKET_DATA",
        &[("operation-security-raised", Breaking, Nothing, Attention)],
    );
    found(
        "x-security: TRADE",
        "x-security: TRADE\n      x-body: form",
        &[("operation-body", Breaking, Nothing, Nothing)],
    );
    found(
        "operationId: makeToy",
        "operationId: buildToy",
        &[("operation-renamed", Nothing, Breaking, Nothing)],
    );
    found(
        "  /toys/v1/toy:\n",
        "  /toys/v2/toy:\n",
        &[("operation-moved", Breaking, Nothing, Nothing)],
    );
    found(
        "  /toy.get:\n",
        "  /toy.fetch:\n",
        &[("operation-moved", Breaking, Nothing, Nothing)],
    );
    found(
        "summary: One toy",
        "summary: A single toy",
        &[("operation-documentation", Nothing, Nothing, Nothing)],
    );
    found(
        "https://toys.example",
        "https://api.toys.example",
        &[("environment-hosts", Attention, Nothing, Attention)],
    );
}

#[test]
fn answers_and_requests_are_judged_apart() {
    // A field of an answer: whoever ignores it need not care.
    let price = "        price: {type: string, format: decimal}\n";
    found(
        price,
        &format!("{price}        cost: {{type: string, format: decimal}}\n"),
        &[("field-added", Compatible, Compatible, Nothing)],
    );
    found(price, "", &[("field-removed", Compatible, Breaking, Nothing)]);
    found(
        "required: [id, side]",
        "required: [id, side, price]",
        &[("field-now-required", Compatible, Breaking, Nothing)],
    );
    found(
        "required: [id, side]",
        "required: [id]",
        &[("field-now-optional", Breaking, Breaking, Nothing)],
    );
    found(
        price,
        "        price: {type: number, format: decimal}\n",
        &[("field-encoding", Breaking, Nothing, Nothing)],
    );
    found(
        price,
        "        price: {type: string}\n",
        &[("field-type", Breaking, Breaking, Nothing)],
    );
    // A member of what is sent.
    found(
        "required: [name, size]",
        "required: [name, size, colour]",
        &[("field-now-required", Breaking, Breaking, Nothing)],
    );
    found(
        "required: [name, size]",
        "required: [name]",
        &[("field-now-optional", Compatible, Breaking, Nothing)],
    );
    let name = "        name: {type: string}\n";
    let size = "        size: {type: integer, format: int64}\n";
    found(
        &format!("{name}{size}"),
        &format!("{size}{name}"),
        &[("type-arguments", Nothing, Breaking, Nothing)],
    );
    // A value of a set that goes both ways.
    found(
        "[BUY, SELL]",
        "[BUY, SELL, SWAP]",
        &[("value-added", Compatible, Compatible, Nothing)],
    );
    found(
        "[BUY, SELL]",
        "[BUY]",
        &[("value-removed", Breaking, Breaking, Nothing)],
    );
    // In the place of another, between the same others.
    found(
        "[BUY, SELL]",
        "[BUY, ASK]",
        &[("value-renamed", Breaking, Breaking, Nothing)],
    );
}

#[test]
fn streams() {
    found(
        "x-update-speed: 1000ms",
        "x-update-speed: 100ms",
        &[("stream-speed", Nothing, Nothing, Attention)],
    );
    found(
        "/{shop}@toy:",
        "/{shop}@toys:",
        &[("stream-pattern", Breaking, Nothing, Nothing)],
    );
    found(
        "operationId: toyStream",
        "operationId: toys",
        &[("stream-renamed", Nothing, Breaking, Nothing)],
    );
    found(
        "required: [e, id]",
        "required: [e]",
        &[("field-now-optional", Breaking, Breaking, Nothing)],
    );
}

#[test]
fn a_type_under_another_name_is_one_finding() {
    let (old, _) = edited("x-weight: 5", "x-weight: 5");
    let texts = [
        REST.replace("schemas/Side", "schemas/Way")
            .replace("    Side:", "    Way:"),
        WS_API.to_owned(),
        STREAMS.to_owned(),
    ];
    let new = toys(texts);
    mirrored(&old, &new);
    let kinds: Vec<String> = findings(&old, &new)
        .into_iter()
        .map(|found| found.kind.to_string())
        .collect();
    assert_eq!(kinds, ["type-renamed"]);
}

#[test]
fn a_finding_names_calls_and_rust_items_and_its_group() {
    let shop = "        - {name: shop, in: query, required: true, schema: {type: string}}\n";
    let all = after(
        shop,
        &format!("{shop}        - {{name: colour, in: query, required: true, schema: {{type: string}}}}\n"),
    );
    assert_eq!(all.len(), 2, "REST and its twin");
    assert_eq!(all[0].group, all[1].group);
    let items: Vec<String> = all[0].items.iter().map(ToString::to_string).collect();
    for item in [
        "binance_wire_toys::requests::GetToy::new",
        "binance_wire_toys::requests::GetToy.colour",
        "binance_wire_toys::rest::Client::get_toy",
    ] {
        assert!(
            items.iter().any(|known| known == item),
            "{item} is not among {items:?}"
        );
    }
    let price = "        price: {type: string, format: decimal}\n";
    let all = after(price, "");
    let calls: Vec<&str> = all[0].affected.iter().map(|call| call.call.as_str()).collect();
    assert_eq!(calls, ["GET /toys/v1/toy", "POST /toys/v1/toy", "toy.get"]);
    assert_eq!(
        all[0].items[0].to_string(),
        "binance_wire_toys::models::Toy.price"
    );
}

#[test]
fn a_fingerprint_does_not_depend_on_what_else_differs() {
    let alone = after("default: 10", "default: 20");
    let (old, _) = edited("default: 10", "default: 20");
    let text = REST
        .replace("default: 10", "default: 20")
        .replace("x-weight: 5", "x-weight: 50")
        .replace("[BUY, SELL]", "[SELL, BUY, SWAP]");
    let more = findings(&old, &toys([text, WS_API.to_owned(), STREAMS.to_owned()]));
    for finding in alone {
        assert!(
            more.iter().any(|other| other.fingerprint == finding.fingerprint),
            "{}",
            finding.message
        );
    }
}
