//! What is wrong with an API spec is told with file, line, message and remedy; nothing panics, whatever the text.

mod support;

use binance_wire_generator::diagnostics::Diagnostic;
use binance_wire_generator::product::{self, Sources};
use binance_wire_generator::render::Renderer;
use proptest::prelude::*;

const REST: &str = "nasty/rest.yaml";
const WS_API: &str = "nasty/ws-api.yaml";
const STREAMS: &str = "nasty/ws-streams.yaml";
const ENUMS: &str = "shared/enums.yaml";
const CODES: &str = "shared/error-codes.yaml";

fn sources() -> Sources {
    support::api_sources("nasty", &support::root().join("generator/tests/nasty/specs"))
}

/// The text of a file of `sources`.
fn text<'s>(sources: &'s mut Sources, path: &str) -> &'s mut String {
    let files = sources.openapi.iter_mut().chain(&mut sources.error_codes);
    &mut files.into_iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no file {path}")).text
}

/// What is said about the specs, with the first `from` in `path` put in the place of `to`.
fn refused(path: &str, from: &str, to: &str) -> Vec<Diagnostic> {
    let mut sources = sources();
    let text = text(&mut sources, path);
    assert!(text.contains(from), "{path} has no `{from}`");
    *text = text.replacen(from, to, 1);
    said(&sources)
}

fn said(sources: &Sources) -> Vec<Diagnostic> {
    let templates = support::templates();
    let renderer = Renderer::new(&templates).expect("templates");
    match product::render(sources, &renderer) {
        Ok(_) => Vec::new(),
        Err(product::Error::Specs(found)) => found.0,
        Err(product::Error::Templates(error)) => panic!("{error:?}"),
    }
}

/// The line in which `needle` ends, counted from one.
fn line_of(text: &str, needle: &str) -> usize {
    let start = text.find(needle).unwrap_or_else(|| panic!("no `{needle}`"));
    1 + text[..start + needle.trim_end_matches('\n').len()].matches('\n').count()
}

struct Fault {
    file: &'static str,
    /// What is replaced by what.
    from: &'static str,
    to: &'static str,
    /// What stands in the line that is named, after the replacement.
    at: &'static str,
    message: &'static str,
    remedy: &'static str,
}

const fn fault(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    at: &'static str,
    message: &'static str,
    remedy: &'static str,
) -> Fault {
    Fault { file, from, to, at, message, remedy }
}

fn check(faults: &[Fault]) {
    let mut wrong = String::new();
    for Fault { file, from, to, at, message, remedy } in faults {
        let found = refused(file, from, to);
        let mut changed = sources();
        let changed = text(&mut changed, file);
        *changed = changed.replacen(from, to, 1);
        let line = line_of(changed, at);
        let said = found.iter().any(|d| {
            d.file == *file && d.line == line && d.message.contains(message) && d.remedy.contains(remedy)
        });
        if !said {
            wrong += &format!("`{to}` should be told at {file}:{line} with `{message}`; `{remedy}`, and is with {found:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_nasty_spec_itself_is_accepted() {
    assert_eq!(said(&sources()), []);
}

#[test]
fn documents() {
    check(&[
        fault(REST, "  /v1/type:\n    get:", "  /v1/type:\n   get: [", "      tags: [type]", "not valid YAML", "correct the syntax"),
        fault(REST, "  /v1/type:\n", "  /v1/ping:\n", "schemas/Nothing'}}}\n\n  /v1/ping:", "`/v1/ping` stands twice, first in line", "each key once"),
        fault(REST, "x-product: nasty", "x-product: other", "x-product", "the product is not \"other\"", "x-product: nasty"),
        fault(REST, "x-transport: rest", "x-transport: grpc", "x-transport", "unknown transport `grpc`", "rest, ws-api or ws-streams"),
        fault(REST, "x-transport: rest\n", "", "paths:", "paths without a transport", "add x-transport"),
        fault(REST, "x-transport: rest", "x-trasnport: rest", "x-trasnport", "unknown extension `x-trasnport`", "did you mean `x-transport`"),
        fault(REST, "x-environment: testnet", "x-environment: test", "x-environment: test,", "unknown environment `test`", "testnet"),
        fault(STREAMS, "x-encoding: sbe", "x-encoding: json", "x-encoding: json", "unknown encoding", "use sbe"),
        fault(REST, "servers:\n", "severs:\n", "severs:", "unknown key `severs`", "did you mean `servers`"),
        fault(REST, "    get:\n      operationId: type", "    patch:\n      operationId: type", "    patch:", "unknown key `patch`", "vocabulary"),
        fault(REST, "operationId: type", "opertionId: type", "opertionId", "unknown key `opertionId`", "did you mean `operationId`"),
        fault(REST, "      x-weight: 3", "      x-wait: 3", "x-wait", "unknown extension `x-wait`", "vocabulary"),
        fault(REST, "      x-weight: 3", "      x-time: ms", "x-time: ms", "extension `x-time` means nothing here", "belongs elsewhere"),
        fault(REST, "required: [option]", "requried: [option]", "requried: [option]", "unknown key `requried`", "did you mean `required`"),
    ]);
}

#[test]
fn references() {
    check(&[
        fault(REST, "'#/components/schemas/Type'", "'#/components/schemas/Tipe'", "schemas/Tipe", "leads nowhere", "declare it under components/schemas"),
        fault(REST, "../shared/enums.yaml#/components/schemas/Odd", "../shared/enums.yaml#/components/schemas/Even", "schemas/Even", "leads nowhere", "correct the reference"),
        fault(REST, "../shared/enums.yaml#/components/schemas/Odd", "../shred/enums.yaml#/components/schemas/Odd", "../shred", "leads nowhere", "correct the reference"),
        fault(REST, "../shared/enums.yaml#/components/schemas/Odd", "../../../x.yaml#/components/schemas/Odd", "../../../x", "leads nowhere", "correct the reference"),
        fault(REST, "../shared/enums.yaml#/components/schemas/Odd", "Odd", "{$ref: 'Odd'}", "leads nowhere", "correct the reference"),
        fault(REST, "'#/components/parameters/Window'", "'#/components/parameters/Door'", "parameters/Door", "leads nowhere", "components/parameters"),
        fault(REST, "'#/components/responses/Everything'", "'#/components/responses/Nothing'", "responses/Nothing", "leads nowhere", "components/responses"),
        fault(STREAMS, "- {$ref: '#/components/schemas/Shutdown'}", "- {$ref: '#/components/schemas/Shut'}", "schemas/Shut'", "leads nowhere", "declare it"),
        fault(REST, "x-name: klineInterval, nullable: false", "x-name: klineInterval, x-time: ms", "x-time: ms, description: Sib", "`x-time` beside `$ref` has no effect", "move it"),
        fault(REST, "- {$ref: '#/components/parameters/Window'}", "- {$ref: '#/components/parameters/Window', required: true}", "Window', required", "`required` beside `$ref` has no effect", "move it"),
        fault(REST, "    Option:\n      type: object\n      description: Named as the prelude's\n      properties:\n        strike: {type: string, format: decimal}", "    Option: {$ref: '#/components/schemas/Choice'}\n    Choice: {$ref: '#/components/schemas/Option'}", "    Option:", "refers to itself without end", "break the cycle"),
        fault(REST, "    Option:\n      type: object\n      description: Named as the prelude's\n      properties:\n        strike: {type: string, format: decimal}", "    Option: {$ref: '#/components/schemas/Option'}", "    Option:", "refers to itself without end", "break the cycle"),
        fault(REST, "    Option:\n      type: object\n      description: Named as the prelude's\n      properties:\n        strike: {type: string, format: decimal}", "    Option: {type: array, items: {$ref: '#/components/schemas/Option'}}", "    Option:", "refers to itself without end", "break the cycle"),
        fault(REST, "strike: {type: string, format: decimal}", "strike: {$ref: '#/components/schemas/Operation'}", "    Option:", "refers to itself without end: Option_ → Operation_", "break the cycle"),
    ]);
}

#[test]
fn names() {
    check(&[
        fault(REST, "operationId: loop", "operationId: lot", "    delete:", "operationId `lot` is already used at nasty/rest.yaml:", "its own operationId"),
        fault(WS_API, "operationId: 24hrTicker", "operationId: session.close", "  /session.close:\n    post", "operationId `session.close` is already used", "its own operationId"),
        fault(STREAMS, "operationId: two", "operationId: kline", "/<name>@<name2>:\n    get:", "operationId `kline` is already used", "its own operationId"),
        fault(REST, "      operationId: loop\n", "", "    delete:", "an operation has no operationId", "add the exchange's identifier"),
        fault(REST, "operationId: loop", "operationId: 'LOT'", "    delete:", "would be called", "rename one"),
        fault(REST, "operationId: loop", "operationId: send", "    delete:", "the client's own method", "another"),
        fault(WS_API, "operationId: 24hrTicker", "operationId: everything", "  /24hr.ticker:\n    post:", "as that of the operation at nasty/rest.yaml:", "x-twin"),
        fault(REST, "    PriceFilter:\n", "    Full:\n      type: object\n    PriceFilter:\n", "orderId: {type: integer, format: int64}\n\n    Full:", "`Full` stands twice, first in line", "each key once"),
        fault(REST, "    Failure:\n", "    FULL:\n", "    FULL:", "`FULL` is already declared at nasty/rest.yaml:", "rename one of the two"),
        fault(STREAMS, "    ListStatus:\n      type", "    Ack:\n      type", "    Ack:", "`Ack` is already declared at nasty/rest.yaml:", "declare it once"),
    ]);
}

#[test]
fn a_value_set_declared_twice_with_other_values_names_both_places() {
    // The order of the files decides which of the two is the first.
    let found = refused(REST, "    Failure:\n", "    Side: {type: string, x-extensible-enum: [BUY, HOLD]}\n    Failure:\n");
    let mut changed = sources();
    let line = line_of(text(&mut changed, ENUMS), "    Side:");
    let first = line_of(text(&mut changed, REST), "    Failure:");
    let [only] = found.as_slice() else { panic!("{found:?}") };
    let message = format!("the value set `Side` is already declared at {REST}:{first}, with other values");
    assert_eq!((only.file.as_str(), only.line, &only.message), (ENUMS, line, &message));
    // A set that nobody refers to counts as well.
    let found = refused(REST, "    Failure:\n", "    NeverUsed: {type: string, x-extensible-enum: [C]}\n    Failure:\n");
    assert!(found[0].message.contains("`NeverUsed` is already declared"), "{found:?}");
}

#[test]
fn parameters() {
    check(&[
        fault(REST, "- {name: send, in", "- {name: new, in", "- {name: new, in: query, schema: {type: string}, description: As the verb", "parameter `new` is declared twice", "declare it once"),
        fault(REST, "/v1/lots/{lot}/of/{symbol}:", "/v1/lots/{lot}/of/{asset}:", "    put:", "the path names `{asset}`, which is not declared", "`asset` with `in: path`"),
        fault(REST, "/v1/lots/{lot}/of/{symbol}:", "/v1/lots/{lot}:", "    put:", "path parameter `symbol` does not stand in the path", "in: query"),
        fault(REST, "- {name: self, in: query", "- {name: self, in: header", "- {name: self", "neither in the query nor in the path", "in: query"),
        fault(REST, "- {name: self, in: query", "- {name: self, in: qurey", "- {name: self", "not OpenAPI 3.0", "neighbouring"),
        fault(REST, "- {name: symbol, in: path, required: true, schema: {type: string}}", "- {name: symbol, in: path, required: true, schema: {type: array, items: {type: string}}}", "    put:", "neither a text nor an integer", "declare it as a text"),
        fault(STREAMS, "- {name: interval, in: path", "- {name: span, in: path", "    get:", "the name names `<interval>`, which is not declared", "in: path"),
        fault(STREAMS, "- {name: interval, in: path", "- {name: span, in: path", "    get:", "parameter `span` does not stand in the name", "angle brackets"),
        fault(STREAMS, "x-lower-case: true", "x-lower-case: yes", "x-lower-case: yes", "`x-lower-case` is not true or false", "write true or false"),
        fault(STREAMS, "schema: {type: integer, format: int32, minimum: 5}", "schema: {type: boolean}", "<levels>@<updateSpeed>:\n    get:", "placeholder `levels` is neither", "declare it as a text"),
        fault(REST, "x-one-of: [symbol, symbols]", "x-one-of: [symbol, sybmols]", "x-one-of", "no parameter is called `sybmols`", "declared parameters"),
        fault(REST, "- {name: async, in", "- {name: TYPE, in", "  /v1/type:\n    get:", "`TYPE` and `type` would both be called `type_`", "x-name"),
        fault(STREAMS, "/<name>@<name2>:", "/<name>@<Name>:", "  /<name>@<Name>:\n    get:", "which is not declared", "`Name`"),
    ]);
}

#[test]
fn operations() {
    check(&[
        fault(REST, "x-security: MARGIN", "x-security: MARGINS", "x-security: MARGINS", "unknown security type `MARGINS`", "MARGIN"),
        fault(REST, "x-signed: true", "x-signed: maybe", "x-signed", "not true or false", "write true or false"),
        fault(REST, "x-mutation: true", "x-mutation: 1", "x-mutation", "not true or false", "write true or false"),
        fault(REST, "x-limit: uid", "x-limit: account", "x-limit", "unknown limit `account`", "ip or uid"),
        fault(REST, "x-weight-on-success: 0", "x-weight-on-success: none", "x-weight-on-success", "is not a number", "whole number"),
        fault(REST, "x-unfilled-orders: 3", "x-unfilled-orders: -3", "x-unfilled-orders: -3", "is not a number", "whole number"),
        fault(REST, "x-data-source: [Memory, Database]", "x-data-source: [Memory, Disk]", "x-data-source", "`Disk` is not known", "Database"),
        fault(REST, "x-environments: [production, testnet]", "x-environments: [prod]", "x-environments", "`prod` is not known", "production"),
        fault(REST, "x-stability-level: draft", "x-stability-level: beta", "x-stability-level", "unknown level `beta`", "draft or stable"),
        fault(REST, "x-sunset: '2027-01-31'", "x-sunset: '31.1.2027'", "x-sunset", "is not a day", "2026-01-31"),
        fault(REST, "x-sbe: [OneResponse, OtherResponse]", "x-sbe: [1, 2]", "x-sbe", "is not a text", "write a text"),
        fault(REST, "        '200': {description: Nothing at all}", "        '204': {description: Nothing at all}", "    delete:", "an operation has no answer", "'200'"),
        fault(REST, "        '200': {description: Nothing at all}", "        '200':", "        '200':\n\n", "not OpenAPI", "neighbouring"),
        fault(WS_API, "x-twin: ping", "x-twin: pong", "x-twin: pong", "`x-twin: pong` names no REST operation", "operationId"),
        fault(WS_API, "x-twin: ping", "x-twin: loop", "x-twin: loop", "has parameters in its path", "take x-twin away"),
        fault(WS_API, "x-twin: ping", "x-twin: ping\n      parameters: [{name: a, in: query, schema: {type: string}}]", "    post:", "lists its own besides", "leave them out"),
        fault(WS_API, "x-twin: ping", "x-twin: OTOCO", "/order.OTOCO:\n    post", "`OTOCO` has a twin already, at nasty/ws-api.yaml:", "only one"),
        fault(WS_API, "      x-sbe: AnotherResponse", "      x-weight: 9", "/order.OTOCO:\n    post", "costs something else than `OTOCO`", "x-weight"),
        fault(WS_API, "x-one-of: [direction, hidden]", "x-one-of: [drection]", "x-one-of", "no parameter is called `drection`", "declared parameters"),
        fault(WS_API, "    post:\n      operationId: 24hrTicker", "    get:\n      operationId: 24hrTicker", "    get:", "a `post` operation", "post"),
        fault(REST, "      x-weight: 3", "      x-twin: ping", "x-twin: ping", "only a WebSocket API method has a twin", "take x-twin away"),
        fault(STREAMS, "    get:\n      operationId: two", "    post:\n      operationId: two", "  /<name>@<name2>:", "a stream is a `get` operation", "get"),
    ]);
}

#[test]
fn weights() {
    check(&[
        fault(REST, "        - {weight: 250}\n", "", "x-security: MARKET_DATA\n      x-weight:", "no weight rule applies otherwise", "end with a rule without `when`"),
        fault(REST, "- {weight: 250}", "- {weight: 250, factor: 2}", "factor: 2", "unknown key `factor`", "weight-per-item"),
        fault(REST, "{param: limit, max: 500}", "{param: limt, max: 500}", "param: limt", "no parameter is called `limt`", "declared parameter"),
        fault(REST, "{param: limit, max: 500}", "{param: limit, maximum: 500}", "maximum: 500", "unknown key `maximum`", "max"),
        fault(REST, "{param: limit, max: 500}", "{param: limit}", "{param: limit}", "a condition does not say one thing", "present"),
        fault(REST, "{param: limit, max: 500}", "{max: 500}", "{max: 500}", "a condition names no `param`", "name the parameter"),
        fault(REST, "{param: limit, max: 500}", "{param: limit, max: many}", "max: many", "`max` is not a whole number", "whole number"),
        fault(REST, "{param: limit, min: 1, max: 100}", "{param: limit, min: 100, max: 1}", "min: 100", "nothing lies between 100 and 1", "swap"),
        fault(REST, "{param: limit, max: 500}", "{param: limit, max-items: 500}", "max-items: 500", "`limit` is not a list", "name a list"),
        fault(REST, "{param: symbols, max-items: 100}", "{param: symbols, max: 100}", "max: 100}, weight: 40", "`symbols` is not an integer", "name an integer"),
        fault(REST, "      x-weight: 3", "      x-weight: heavy", "x-weight: heavy", "neither a number nor a list", "specs/README.md"),
        fault(REST, "        - {weight: 7}", "        - {weight-per-item: 7}", "{weight-per-item: 7}", "counts no list", "`when` that names the list"),
        fault(REST, "        - {weight: 7}", "        - {weight: 7, cap: 9}", "cap: 9", "limits only a `weight-per-item`", "take it away"),
        fault(REST, "        - {weight: 7}", "        - {weight: 7, weight-per-item: 7}", "{weight: 7, w", "one weight", "weight"),
        fault(REST, "        - {weight: 250}", "        - {weight: 250}\n        - {weight: 251}", "{weight: 250}", "rules follow one that always applies", "last"),
        fault(REST, "        - {weight: 250}", "        - {weight: -1}", "{weight: -1}", "is not a whole number", "whole number"),
    ]);
}

#[test]
fn schemas() {
    check(&[
        fault(REST, "flag: {type: boolean}\n", "flag: {type: bool}\n", "type: bool}", "unknown type `bool`", "boolean"),
        fault(REST, "at: {type: integer, format: int64, x-time: ms}", "at: {type: integer, format: int64, x-time: s}", "x-time: s}", "unknown unit of time `s`", "ms or us"),
        fault(REST, "price: {type: string, format: decimal}\n        rate", "price: {type: string, format: decimial}\n        rate", "decimial", "unknown format `decimial`", "decimal"),
        fault(REST, "text: {type: string}\n", "text: {type: string, x-time: ms}\n", "text: {type: string, x-time", "`x-time` says nothing about a value of type string", "correct the type"),
        fault(REST, "text: {type: string}\n", "text: {nullable: true, format: decimal}\n", "text: {nullable", "`format` stands without a `type`", "correct the type"),
        fault(REST, "text: {type: string}\n", "text:\n", "text:\n", "not OpenAPI 3.0", "neighbouring"),
        fault(REST, "text: {type: string}\n", "text: {type: string, description: }\n", "text: {type", "`description` is null", "leave it out"),
        fault(REST, "text: {type: string}\n", "text: {type: string, nullable: perhaps}\n", "text: {type", "not OpenAPI 3.0", "neighbouring"),
        fault(REST, "required: [symbol, orderId]\n", "required: [symbol, orderID]\n", "required: [symbol, orderID]", "`orderID` is required but not among the properties", "declare the property"),
        fault(ENUMS, "[BUY, SELL, T+Sell]", "[BUY, SELL, BUY]", "[BUY, SELL, BUY]", "the value `BUY` is listed twice", "each value once"),
        fault(ENUMS, "[BUY, SELL, T+Sell]", "[BUY, SELL, T-Sell, T+Sell]", "    Side:", "`T+Sell` and `T-Sell` would both be called `TSell`", "x-name"),
        fault(ENUMS, "[BUY, SELL, T+Sell]", "[1, 2]", "[1, 2]", "not a list of texts", "texts"),
        fault(REST, "- {type: string, format: decimal, x-name: open}", "- {type: string, format: decimal}", "        - {type: string, format: decimal}\n", "a slot of a tuple has no name", "add x-name"),
        fault(REST, "- {type: string, format: decimal, x-name: open}", "- {type: string, enum: [a], x-name: open}", "enum: [a]", "a slot of a tuple is a constant", "enum"),
        fault(REST, "p: {type: string, format: decimal, x-name: priceChange, description: Change}\n        P: {type: string, format: decimal, x-name: priceChangePercent}", "p: {type: string}\n        P: {type: string}", "        P: {type", "`p` and `P` differ by case alone", "x-name"),
        fault(REST, "x-name: priceChangePercent", "x-name: price_change", "    Ticker:", "`P` and `p` would both be called `price_change`", "x-name"),
        fault(REST, "          PRICE_FILTER: '#/components/schemas/PriceFilter'\n", "", "- {$ref: '#/components/schemas/PriceFilter'}", "has no value in the discriminator's mapping", "map a value"),
        fault(REST, "enum: [PRICE_FILTER]", "enum: [PRICE]", "    Filter:", "whose `filterType` is always `PRICE`", "correct the mapping"),
        fault(REST, "allOf: [{$ref: '#/components/schemas/Option'}, {type: object", "allOf: [{type: string}, {type: object", "joined:", "joins something that is not an object", "objects only"),
        fault(REST, "- {type: number, format: decimal}\n\n    Ack", "- {description: x}\n        - {oneOf: [{description: y}, {type: string}]}\n\n    Ack", "    Outcome:", "may be anything", "here instead"),
    ]);
}

#[test]
fn error_codes() {
    check(&[
        fault(CODES, "{code: -1001, name: 24HR", "{code: -1000, name: 24HR", "name: 24HR", "-1000 24HR is already declared as -1000 UNKNOWN at shared/error-codes.yaml:2", "once"),
        fault(CODES, "name: 24HR", "name: UNKNOWN", "-1001", "-1001 UNKNOWN is already declared", "under one name"),
        fault(CODES, "name: 24HR", "nmae: 24HR", "-1001", "not an error code", "an entry has code, name"),
        fault(CODES, "codes:", "cods:", "cods:", "not a list of error codes", "codes:"),
        fault(CODES, "code: -1001", "code: -1001, code: -1001", "-1001, code", "`code` stands twice", "each key once"),
        fault(CODES, "code: -1001", "code: [", "code: [", "not valid YAML", "correct the syntax"),
    ]);
}

#[test]
fn names_of_error_codes_that_become_one() {
    let found = refused(CODES, "name: 24HR", "name: Unknown");
    assert!(found[0].message.contains("would both be called `UNKNOWN`") && found[0].line == 3, "{found:?}");
}

#[test]
fn nesting_without_end_is_an_error_and_not_a_crash() {
    let inline = format!("{}{{type: string}}{}", "{type: array, items: ".repeat(110), "}".repeat(110));
    for deep in [inline, format!("{}{{type: string}}{}", "{type: array, items: ".repeat(5000), "}".repeat(5000))] {
        let found = refused(REST, "text: {type: string}\n", &format!("text: {deep}\n"));
        assert!(!found.is_empty() && found[0].file == REST, "{found:?}");
    }
    let mut chain = String::new();
    for link in 0..3000 {
        let next = link + 1;
        chain += &format!("    Link{link}x: {{type: object, properties: {{next: {{$ref: '#/components/schemas/Link{next}x'}}}}}}\n");
    }
    chain += "    Link3000x: {type: object}\n";
    let mut sources = sources();
    let rest = text(&mut sources, REST);
    *rest = rest.replacen("text: {type: string}\n", "text: {$ref: '#/components/schemas/Link0x'}\n", 1);
    *rest += &chain;
    let found = said(&sources);
    assert!(found.iter().any(|d| d.message.contains("too many levels") || d.message.contains("too deeply")), "{found:?}");
}

#[test]
fn all_faults_of_a_document_are_told_at_once() {
    let mut sources = sources();
    let rest = text(&mut sources, REST);
    *rest = rest.replacen("x-security: MARGIN", "x-security: ALL", 1).replacen("x-limit: uid", "x-limit: all", 1);
    let codes = text(&mut sources, CODES);
    *codes = codes.replacen("name: 24HR", "name: UNKNOWN", 1);
    assert_eq!(said(&sources).len(), 3);
}

/// One change of a text, by numbers that are taken modulo what there is.
fn mutated(text: &str, kind: u8, first: usize, second: usize, byte: u8) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let (first_line, second_line) = (first % lines.len(), second % lines.len());
    match kind % 6 {
        0 => drop(lines.remove(first_line)),
        1 => lines.insert(second_line, lines[first_line]),
        2 => lines.swap(first_line, second_line),
        3 => lines.truncate(first_line),
        4 => {
            let mut bytes = text.as_bytes().to_vec();
            let at = first % bytes.len();
            bytes[at] = byte;
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        _ => {
            let mut bytes = text.as_bytes().to_vec();
            let at = first % bytes.len();
            bytes[at] ^= 1 << (second % 8);
            return String::from_utf8_lossy(&bytes).into_owned();
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(
        file in 0_usize..5,
        changes in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>(), any::<u8>()), 1..5),
    ) {
        let mut sources = sources();
        let path = [REST, WS_API, STREAMS, ENUMS, CODES][file];
        for (kind, first, second, byte) in changes {
            let text = text(&mut sources, path);
            if !text.is_empty() {
                *text = mutated(text, kind, first, second, byte);
            }
        }
        // Either is right; `lower` is reached by what is still well-formed.
        if let Ok((model, _)) = product::read(&sources) {
            let _ = binance_wire_generator::lower::api::lower(&model.api, &Default::default());
        }
    }
}
