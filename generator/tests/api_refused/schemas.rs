//! What is wrong with schemas and error codes.

use super::{CODES, ENUMS, REST, check, fault, refused};

#[test]
fn schemas() {
    check(&[
        fault(
            REST,
            "flag: {type: boolean}\n",
            "flag: {type: bool}\n",
            "type: bool}",
            "unknown type `bool`",
            "boolean",
        ),
        fault(
            REST,
            "at: {type: integer, format: int64, x-time: ms}",
            "at: {type: integer, format: int64, x-time: s}",
            "x-time: s}",
            "unknown unit of time `s`",
            "ms or us",
        ),
        fault(
            REST,
            "price: {type: string, format: decimal}\n        rate",
            "price: {type: string, format: decimial}\n        rate",
            "decimial",
            "unknown format `decimial`",
            "decimal",
        ),
        fault(
            REST,
            "text: {type: string}\n",
            "text: {type: string, x-time: ms}\n",
            "text: {type: string, x-time",
            "`x-time` says nothing about a value of type string",
            "correct the type",
        ),
        fault(
            REST,
            "text: {type: string}\n",
            "text: {nullable: true, format: decimal}\n",
            "text: {nullable",
            "`format` stands without a `type`",
            "correct the type",
        ),
        fault(
            REST,
            "text: {type: string}\n",
            "text:\n",
            "text:\n",
            "not OpenAPI 3.0",
            "neighbouring",
        ),
        fault(
            REST,
            "text: {type: string}\n",
            "text: {type: string, description: }\n",
            "text: {type",
            "`description` is null",
            "leave it out",
        ),
        fault(
            REST,
            "text: {type: string}\n",
            "text: {type: string, nullable: perhaps}\n",
            "text: {type",
            "not OpenAPI 3.0",
            "neighbouring",
        ),
        fault(
            REST,
            "required: [symbol, orderId]\n",
            "required: [symbol, orderID]\n",
            "required: [symbol, orderID]",
            "`orderID` is required but not among the properties",
            "declare the property",
        ),
        fault(
            ENUMS,
            "[BUY, SELL, T+Sell]",
            "[BUY, SELL, BUY]",
            "[BUY, SELL, BUY]",
            "the value `BUY` is listed twice",
            "each value once",
        ),
        fault(
            ENUMS,
            "[BUY, SELL, T+Sell]",
            "[BUY, SELL, T-Sell, T+Sell]",
            "    Side:",
            "`T+Sell` and `T-Sell` would both be called `TSell`",
            "x-name",
        ),
        fault(
            ENUMS,
            "[BUY, SELL, T+Sell]",
            "[1, 2]",
            "[1, 2]",
            "not a list of texts",
            "texts",
        ),
        fault(
            REST,
            "- {type: string, format: decimal, x-name: open}",
            "- {type: string, format: decimal}",
            "        - {type: string, format: decimal}\n",
            "a slot of a tuple has no name",
            "add x-name",
        ),
        fault(
            REST,
            "- {type: string, format: decimal, x-name: open}",
            "- {type: string, enum: [a], x-name: open}",
            "enum: [a]",
            "a slot of a tuple is a constant",
            "enum",
        ),
        fault(
            REST,
            "p: {type: string, format: decimal, x-name: priceChange, description: Change}\n        P: {type: string, format: decimal, x-name: priceChangePercent}",
            "p: {type: string}\n        P: {type: string}",
            "        P: {type",
            "`p` and `P` differ by case alone",
            "x-name",
        ),
        fault(
            REST,
            "x-name: priceChangePercent",
            "x-name: price_change",
            "    Ticker:",
            "`P` and `p` would both be called `price_change`",
            "x-name",
        ),
        fault(
            REST,
            "          PRICE_FILTER: '#/components/schemas/PriceFilter'\n",
            "",
            "- {$ref: '#/components/schemas/PriceFilter'}",
            "has no value in the discriminator's mapping",
            "map a value",
        ),
        fault(
            REST,
            "enum: [PRICE_FILTER]",
            "enum: [PRICE]",
            "    Filter:",
            "whose `filterType` is always `PRICE`",
            "correct the mapping",
        ),
        fault(
            REST,
            "allOf: [{$ref: '#/components/schemas/Option'}, {type: object",
            "allOf: [{type: string}, {type: object",
            "joined:",
            "joins something that is not an object",
            "objects only",
        ),
        fault(
            REST,
            "- {type: number, format: decimal}\n\n    Ack",
            "- {description: x}\n        - {oneOf: [{description: y}, {type: string}]}\n\n    Ack",
            "    Outcome:",
            "may be anything",
            "here instead",
        ),
    ]);
}

#[test]
fn error_codes() {
    check(&[
        fault(
            CODES,
            "{code: -1001, name: 24HR",
            "{code: -1000, name: 24HR",
            "name: 24HR",
            "-1000 24HR is already declared as -1000 UNKNOWN at shared/error-codes.yaml:2",
            "once",
        ),
        fault(
            CODES,
            "name: 24HR",
            "name: UNKNOWN",
            "-1001",
            "-1001 UNKNOWN is already declared",
            "under one name",
        ),
        fault(
            CODES,
            "name: 24HR",
            "nmae: 24HR",
            "-1001",
            "not an error code",
            "an entry has code, name",
        ),
        fault(
            CODES,
            "codes:",
            "cods:",
            "cods:",
            "not a list of error codes",
            "codes:",
        ),
        fault(
            CODES,
            "code: -1001",
            "code: -1001, code: -1001",
            "-1001, code",
            "`code` stands twice",
            "each key once",
        ),
        fault(
            CODES,
            "code: -1001",
            "code: [",
            "code: [",
            "not valid YAML",
            "correct the syntax",
        ),
    ]);
}

#[test]
fn names_of_error_codes_that_become_one() {
    let found = refused(CODES, "name: 24HR", "name: Unknown");
    assert!(
        found[0].message.contains("would both be called `UNKNOWN`") && found[0].line == 3,
        "{found:?}"
    );
}
