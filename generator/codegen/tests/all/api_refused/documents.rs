//! What is wrong with documents, references and names.

use super::{ENUMS, REST, STREAMS, WS_API, check, fault, line_of, refused, sources, text};

#[test]
fn documents() {
    check(&[
        fault(
            REST,
            "  /v1/type:\n    get:",
            "  /v1/type:\n   get: [",
            "      tags: [type]",
            "not valid YAML",
            "correct the syntax",
        ),
        fault(
            REST,
            "  /v1/type:\n",
            "  /v1/ping:\n",
            "schemas/Nothing'}}}\n\n  /v1/ping:",
            "`/v1/ping` occurs twice, first in line",
            "each key once",
        ),
        fault(
            REST,
            "x-product: nasty",
            "x-product: other",
            "x-product",
            "the product is not \"other\"",
            "x-product: nasty",
        ),
        fault(
            REST,
            "x-transport: rest",
            "x-transport: grpc",
            "x-transport",
            "unknown transport `grpc`",
            "rest, ws-api, ws-streams, server or webhooks",
        ),
        fault(
            REST,
            "x-transport: rest\n",
            "",
            "paths:",
            "paths without a transport",
            "add x-transport",
        ),
        fault(
            REST,
            "x-transport: rest",
            "x-trasnport: rest",
            "x-trasnport",
            "unknown extension `x-trasnport`",
            "did you mean `x-transport`",
        ),
        fault(
            REST,
            "x-environment: testnet",
            "x-environment: test",
            "x-environment: test,",
            "unknown environment `test`",
            "testnet",
        ),
        fault(
            STREAMS,
            "x-encoding: sbe",
            "x-encoding: json",
            "x-encoding: json",
            "unknown encoding",
            "use sbe",
        ),
        fault(
            REST,
            "servers:\n",
            "severs:\n",
            "severs:",
            "unknown key `severs`",
            "did you mean `servers`",
        ),
        fault(
            REST,
            "    get:\n      operationId: type",
            "    patch:\n      operationId: type",
            "    patch:",
            "unknown key `patch`",
            "vocabulary",
        ),
        fault(
            REST,
            "operationId: type",
            "opertionId: type",
            "opertionId",
            "unknown key `opertionId`",
            "did you mean `operationId`",
        ),
        fault(
            REST,
            "      x-weight: 3",
            "      x-wait: 3",
            "x-wait",
            "unknown extension `x-wait`",
            "vocabulary",
        ),
        fault(
            REST,
            "      x-weight: 3",
            "      x-time: ms",
            "x-time: ms",
            "extension `x-time` means nothing here",
            "belongs elsewhere",
        ),
        fault(
            REST,
            "required: [option]",
            "requried: [option]",
            "requried: [option]",
            "unknown key `requried`",
            "did you mean `required`",
        ),
    ]);
}

#[test]
fn references() {
    check(&[
        fault(
            REST,
            "'#/components/schemas/Type'",
            "'#/components/schemas/Tipe'",
            "schemas/Tipe",
            "leads nowhere",
            "declare it under components/schemas",
        ),
        fault(
            REST,
            "../shared/enums.yaml#/components/schemas/Odd",
            "../shared/enums.yaml#/components/schemas/Evan",
            "schemas/Evan",
            "leads nowhere",
            "correct the reference",
        ),
        fault(
            REST,
            "../shared/enums.yaml#/components/schemas/Odd",
            "../shred/enums.yaml#/components/schemas/Odd",
            "../shred",
            "leads nowhere",
            "correct the reference",
        ),
        fault(
            REST,
            "../shared/enums.yaml#/components/schemas/Odd",
            "../../../x.yaml#/components/schemas/Odd",
            "../../../x",
            "leads nowhere",
            "correct the reference",
        ),
        fault(
            REST,
            "../shared/enums.yaml#/components/schemas/Odd",
            "Odd",
            "{$ref: 'Odd'}",
            "leads nowhere",
            "correct the reference",
        ),
        fault(
            REST,
            "'#/components/parameters/Window'",
            "'#/components/parameters/Door'",
            "parameters/Door",
            "leads nowhere",
            "components/parameters",
        ),
        fault(
            REST,
            "'#/components/responses/Everything'",
            "'#/components/responses/Nothing'",
            "responses/Nothing",
            "leads nowhere",
            "components/responses",
        ),
        fault(
            STREAMS,
            "- {$ref: '#/components/schemas/Shutdown'}",
            "- {$ref: '#/components/schemas/Shut'}",
            "schemas/Shut'",
            "leads nowhere",
            "declare it",
        ),
        fault(
            REST,
            "x-name: klineInterval, nullable: false",
            "x-name: klineInterval, x-time: ms",
            "x-time: ms, description: Sib",
            "`x-time` beside `$ref` has no effect",
            "move it",
        ),
        fault(
            REST,
            "- {$ref: '#/components/parameters/Window'}",
            "- {$ref: '#/components/parameters/Window', required: true}",
            "Window', required",
            "`required` beside `$ref` has no effect",
            "move it",
        ),
        fault(
            REST,
            "    Option:\n      type: object\n      description: Named as the prelude's\n      properties:\n        strike: {type: string, format: decimal}",
            "    Option: {$ref: '#/components/schemas/Choice'}\n    Choice: {$ref: '#/components/schemas/Option'}",
            "    Option:",
            "refers to itself without end",
            "break the cycle",
        ),
        fault(
            REST,
            "    Option:\n      type: object\n      description: Named as the prelude's\n      properties:\n        strike: {type: string, format: decimal}",
            "    Option: {$ref: '#/components/schemas/Option'}",
            "    Option:",
            "refers to itself without end",
            "break the cycle",
        ),
        fault(
            REST,
            "    Option:\n      type: object\n      description: Named as the prelude's\n      properties:\n        strike: {type: string, format: decimal}",
            "    Option: {type: array, items: {$ref: '#/components/schemas/Option'}}",
            "    Option:",
            "refers to itself without end",
            "break the cycle",
        ),
        fault(
            REST,
            "strike: {type: string, format: decimal}",
            "strike: {$ref: '#/components/schemas/Operation'}",
            "    Option:",
            "refers to itself without end: Option → Operation",
            "break the cycle",
        ),
    ]);
}

#[test]
fn names() {
    check(&[
        fault(
            REST,
            "operationId: loop",
            "operationId: lot",
            "    delete:",
            "operationId `lot` is already used at nasty/rest.yaml:",
            "its own operationId",
        ),
        fault(
            WS_API,
            "operationId: 24hrTicker",
            "operationId: session.close",
            "  /session.close:\n    post",
            "operationId `session.close` is already used",
            "its own operationId",
        ),
        fault(
            STREAMS,
            "operationId: two",
            "operationId: kline",
            "/{name}@{name2}:\n    get:",
            "operationId `kline` is already used",
            "its own operationId",
        ),
        fault(
            REST,
            "      operationId: loop\n",
            "",
            "    delete:",
            "an operation has no operationId",
            "add the exchange's identifier",
        ),
        fault(
            REST,
            "operationId: loop",
            "operationId: 'LOT'",
            "    delete:",
            "would be called",
            "rename one",
        ),
        fault(
            REST,
            "operationId: loop",
            "operationId: send",
            "    delete:",
            "the client's own method",
            "another",
        ),
        fault(
            WS_API,
            "operationId: 24hrTicker",
            "operationId: everything",
            "  /24hr.ticker:\n    post:",
            "as that of the operation at nasty/rest.yaml:",
            "x-twin",
        ),
        fault(
            REST,
            "    PriceFilter:\n",
            "    Full:\n      type: object\n    PriceFilter:\n",
            "orderId: {type: integer, format: int64}\n\n    Full:",
            "`Full` occurs twice, first in line",
            "each key once",
        ),
        fault(
            REST,
            "    Failure:\n",
            "    FULL:\n",
            "    FULL:",
            "`FULL` is already declared at nasty/rest.yaml:",
            "rename one of the two",
        ),
        fault(
            STREAMS,
            "    ListStatus:\n      type",
            "    Ack:\n      type",
            "    Ack:",
            "`Ack` is already declared at nasty/rest.yaml:",
            "declare it once",
        ),
    ]);
}

#[test]
fn a_value_set_declared_twice_with_other_values_names_both_places() {
    // The shared one is the first, and the product's is wrong.
    let found = refused(
        REST,
        "    Failure:\n",
        "    Interval: {type: string, x-extensible-enum: [1s, 2s]}\n    Failure:\n",
    );
    let mut changed = sources();
    let first = line_of(text(&mut changed, ENUMS), "    Interval:");
    let line = line_of(text(&mut changed, REST), "    Failure:");
    let [only] = found.as_slice() else {
        panic!("{found:?}")
    };
    let message =
        format!("the value set `Interval` is already declared at {ENUMS}:{first}, with other values");
    assert_eq!(
        (only.file.as_str(), only.line, &only.message),
        (REST, line, &message)
    );
    // A set that nobody refers to counts as well.
    let found = refused(
        REST,
        "    Failure:\n",
        "    NeverUsed: {type: string, x-extensible-enum: [C]}\n    Failure:\n",
    );
    assert!(
        found[0].message.contains("`NeverUsed` is already declared"),
        "{found:?}"
    );
}
