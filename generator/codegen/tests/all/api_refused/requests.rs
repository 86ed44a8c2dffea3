//! What is wrong with how requests travel and answers come back.

use super::{REST, WS_API, check, fault};

#[test]
fn bodies() {
    check(&[
        fault(
            REST,
            "x-body: form",
            "x-body: xml",
            "x-body: xml",
            "unknown body \"xml\"",
            "form or json",
        ),
        fault(
            REST,
            "operationId: wrapped\n",
            "operationId: wrapped\n      x-body: json\n",
            "operationId: wrapped\n      x-body: json",
            "a GET request has no body",
            "use post",
        ),
        fault(
            REST,
            "x-body: json\n      x-timeout",
            "x-body: form\n      x-timeout",
            "x-mutation: false\n      x-body: form",
            "a partner API takes JSON bodies alone",
            "x-body: json",
        ),
        fault(
            REST,
            "x-timeout: 60",
            "x-timeout: 0",
            "x-timeout: 0",
            "no answer takes so long",
            "1 to 3600",
        ),
        fault(
            REST,
            "x-timeout: 60",
            "x-timeout: long",
            "x-timeout: long",
            "is not a number",
            "whole number",
        ),
        fault(
            WS_API,
            "operationId: orderBatch\n",
            "operationId: orderBatch\n      x-body: json\n",
            "x-body: json",
            "says nothing about a WebSocket API method",
            "take it away",
        ),
        fault(
            WS_API,
            "in a frame\n      x-security: TRADE",
            "in a frame\n      x-security: PARTNER",
            "x-security: PARTNER",
            "partners sign HTTP requests alone",
            "another security type",
        ),
        fault(
            REST,
            "x-raw-brackets: true",
            "x-raw-brackets: 1",
            "x-raw-brackets: 1",
            "not true or false",
            "write true or false",
        ),
        fault(
            REST,
            "x-raw-brackets: true",
            "x-raw-brackets: true\n      x-body: json",
            "x-raw-brackets: true",
            "a JSON body has lists of its own",
            "take one of",
        ),
        fault(
            REST,
            "x-rules: [{one-of: [symbol, symbols]}]",
            "x-raw-brackets: true",
            "- {weight: 7}\n      x-raw-brackets: true",
            "no parameter is a list of objects",
            "array of an object",
        ),
    ]);
}

#[test]
fn headers() {
    check(&[
        fault(
            REST,
            "- {name: lang, in: header",
            "- {name: 'la ng', in: header",
            "- {name: 'la ng'",
            "`la ng` is not a name of a header",
            "letters, digits and hyphens",
        ),
        fault(
            REST,
            "- {name: lang, in: header",
            "- {name: X-MBX-APIKEY, in: header",
            "- {name: X-MBX-APIKEY",
            "the client sets the header `X-MBX-APIKEY` itself",
            "take the parameter away",
        ),
        fault(
            REST,
            "- {name: lang, in: header, schema: {type: string}",
            "- {name: lang, in: header, schema: {type: array, items: {type: string}}",
            "- {name: lang",
            "header `lang` is neither a text nor a number",
            "declare it as a text",
        ),
        fault(
            WS_API,
            "- {name: legs, in: query, required: true,",
            "- {name: legs, in: header, required: true,",
            "  /order.batch:\n    post:",
            "parameter `legs` is a header, which a method has not",
            "in: query",
        ),
        fault(
            WS_API,
            "x-twin: ping",
            "x-twin: structured",
            "x-twin: structured",
            "`structured` has parameters in headers",
            "take x-twin away",
        ),
    ]);
}

#[test]
fn envelopes() {
    const ENVELOPE: &str =
        "x-envelope: {code: code, ok: ['000000'], success: success, message: message, data: data}";
    check(&[
        fault(
            REST,
            ENVELOPE,
            "x-envelope: data",
            "x-envelope: data",
            "not a mapping",
            "use the keys code",
        ),
        fault(
            REST,
            ENVELOPE,
            "x-envelope: {codes: code}",
            "x-envelope: {codes",
            "unknown key `codes`",
            "use code, ok",
        ),
        fault(
            REST,
            ENVELOPE,
            "x-envelope: {code: code}",
            "x-envelope: {code: code}",
            "`code` and `ok` belong together",
            "together",
        ),
        fault(
            REST,
            ENVELOPE,
            "x-envelope: {ok: ['0'], success: success}",
            "x-envelope: {ok",
            "`code` and `ok` belong together",
            "together",
        ),
        fault(
            REST,
            ENVELOPE,
            "x-envelope: {code: code, ok: 0}",
            "x-envelope: {code: code, ok: 0}",
            "not a list of codes",
            "in quotes",
        ),
        fault(
            REST,
            ENVELOPE,
            "x-envelope: {success: true}",
            "x-envelope: {success: true}",
            "`success` names no member",
            "write the member's name",
        ),
        fault(
            REST,
            ENVELOPE,
            "x-envelope: {data: data}",
            "x-envelope: {data: data}",
            "nothing says whether the call succeeded",
            "name `success`",
        ),
        fault(
            REST,
            ENVELOPE,
            "x-envelope: {success: data, data: data}",
            "x-envelope: {success: data",
            "`data` stands for two things",
            "its own member",
        ),
        fault(
            REST,
            "optional: true",
            "optional: perhaps",
            "optional: perhaps",
            "not true or false",
            "write true or false",
        ),
        fault(
            WS_API,
            "x-transport: ws-api",
            "x-transport: ws-api\nx-envelope: {success: ok}",
            "x-envelope",
            "only REST answers come in an envelope",
            "take it away",
        ),
    ]);
}

#[test]
fn limits_and_drafts() {
    check(&[
        fault(
            REST,
            "x-limit: uid",
            "x-limit: uid\n      x-uid-weight: 3",
            "x-uid-weight: 3",
            "charged to the account already",
            "take `x-limit: uid` away",
        ),
        fault(
            REST,
            "x-uid-weight: 360",
            "x-uid-weight: many",
            "x-uid-weight: many",
            "is not a number",
            "whole number",
        ),
        fault(
            REST,
            "{count: 20, interval: second}",
            "{interval: second}",
            "- {interval: second}",
            "a limit without a count",
            "count: 1",
        ),
        fault(
            REST,
            "{count: 20, interval: second}",
            "{count: 20, interval: week}",
            "- {count: 20",
            "unknown interval `week`",
            "second, minute, hour or day",
        ),
        fault(
            REST,
            "{count: 20, interval: second}",
            "{count: 20, interval: second, every: 0}",
            "- {count: 20",
            "an interval of nothing",
            "1 or more",
        ),
        fault(
            REST,
            "{count: 20, interval: second}",
            "{count: 20, interval: second, scope: all}",
            "- {count: 20",
            "unknown scope",
            "ip or uid",
        ),
        fault(
            REST,
            "{count: 20, interval: second}",
            "{count: 20, interval: second, of: ping}",
            "- {count: 20",
            "unknown key `of`",
            "count, interval",
        ),
        fault(
            REST,
            "with: [lot, batch]",
            "with: [lot, batsch]",
            "  /v1/structured:\n    post:",
            "shared with `batsch`, which is no other operation",
            "operationIds",
        ),
        fault(
            REST,
            "x-security: MARKET_DATA\n",
            "x-security: MARKET_DATA\n      x-stability-level: draft\n",
            "  /v1/24hr:\n    get:",
            "a draft answers with any JSON, and declares an answer",
            "take x-stability-level away",
        ),
        fault(
            REST,
            "value: {type: boolean}\n        parts",
            "new: {type: boolean}\n        parts",
            "    Leg:",
            "`new` of an object that requests send",
            "x-name",
        ),
    ]);
}

#[test]
fn what_the_transport_does() {
    check(&[fault(
        WS_API,
        "x-by-transport: true",
        "x-by-transport: client",
        "x-by-transport: client",
        "`x-by-transport` is not true or false",
        "write true or false",
    )]);
}

#[test]
fn a_document_names_the_envelope_of_its_operations() {
    check(&[
        fault(
            REST,
            "x-transport: rest",
            "x-transport: rest\nx-envelope: {success: 7}",
            "x-envelope: {success: 7}",
            "`success` names no member",
            "write the member's name",
        ),
        fault(
            REST,
            "x-transport: rest",
            "x-transport: rest\nx-body: json",
            "x-body: json",
            "means nothing here",
            "belongs elsewhere",
        ),
    ]);
}

/// A fault in the rules or constructors of an operation: what is replaced, by what, the message and the remedy.
fn of_rules(from: &str, to: &str, message: &str, remedy: &str) {
    let line = to
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .trim_start_matches("- ");
    check(&[fault(REST, from, to, line, message, remedy)]);
}

#[test]
fn rules() {
    let rule = "{one-of: [direction, hidden]}\n        - {when: {param: side";
    let with = |rule: &str| format!("{rule}\n        - {{when: {{param: side");
    for (written, message, remedy) in [
        ("{one-of: [direction]}", "too few parameters", "name 2 or more"),
        (
            "{one-of: [direction, direction]}",
            "`direction` is named twice",
            "name it once",
        ),
        ("{one-of: direction}", "not a list of texts", "write a list"),
        ("{oneof: [direction, hidden]}", "unknown key `oneof`", "one-of"),
        ("{code: -1}", "a rule demands one thing", "write one of required"),
        (
            "{one-of: [direction, hidden], exclusive: [direction, hidden]}",
            "a rule demands one thing",
            "write one of",
        ),
        (
            "{one-of: [direction, hidden], code: 1102}",
            "not an error code",
            "negative number",
        ),
        (
            "{one-of: [direction, hidden], hint: 5}",
            "not a text",
            "what to do instead",
        ),
        (
            "{required: [direction]}",
            "without a condition requires",
            "required: true",
        ),
        (
            "{when: {param: side, present: true}, forbidden: [hidden]}",
            "`side` is always sent",
            "at values",
        ),
        (
            "{when: {param: side, in: [BYU]}, forbidden: [hidden]}",
            "`BYU` is no value of `side`",
            "did you mean `BUY`",
        ),
        (
            "{when: {param: count, min: 1}, forbidden: [hidden]}",
            "depends on presence or on values",
            "present or in",
        ),
        (
            "{when: {param: symbol, in: [A]}, forbidden: [hidden]}",
            "neither a value set nor true",
            "with a value set",
        ),
        (
            "{when: {param: hidden, present: true}, forbidden: [hidden]}",
            "and forbids it",
            "correct one of the two",
        ),
        (
            "{when: {param: hidden, present: true}, required: [hidden]}",
            "and requires it",
            "it says nothing",
        ),
        (
            "{when: [{param: side, in: [BUY]}, {param: side, in: [SELL]}], forbidden: [hidden]}",
            "two conditions look at `side`",
            "write one",
        ),
        (
            "{values: {param: side, in: [BUY, SELL, T+Sell]}}",
            "every value of `side` is allowed",
            "leave values out",
        ),
        (
            "{values: {param: count, in: [BUY]}}",
            "neither a value set",
            "with a value set",
        ),
        ("{range: {param: price}}", "a range has no bound", "min or max"),
        (
            "{range: {param: price, min: 5, max: 1}}",
            "nothing lies in the range",
            "swap",
        ),
        (
            "{range: {param: price, min: many}}",
            "not a number",
            "fractions in quotes",
        ),
        (
            "{range: {param: symbol, min: 5}}",
            "`symbol` is not a number",
            "name a number",
        ),
        (
            "{pattern: {param: symbol, is: 'a+'}}",
            "not a pattern that clients can check",
            "a class and counts",
        ),
        (
            "{pattern: {param: price, is: '^[a]{1,2}$'}}",
            "`price` is not a text",
            "name a text",
        ),
        (
            "{span: {from: since, to: since, hours: 1}}",
            "not a time in milliseconds",
            "x-time: ms",
        ),
        (
            "{combinations: [[direction]]}",
            "not a list of combinations",
            "list lists",
        ),
        (
            "{combinations: [[direction], [direction]]}",
            "a combination is listed twice",
            "list it once",
        ),
    ] {
        of_rules(rule, &with(written), message, remedy);
    }
    let (required, other) = (
        "{when: {param: side, in: [BUY]}, required: [direction], code: -1102, hint: Name \"it\"}",
        "{when: {param: side, in: [BUY]}, forbidden: [direction]}",
    );
    check(&[fault(
        REST,
        required,
        &format!("{required}\n        - {other}"),
        other,
        "one rule requires `direction` and another forbids it",
        "correct one of the two",
    )]);
}

#[test]
fn texts_of_a_form() {
    let form = "pattern: '^[a-zA-Z0-9-_]{1,36}$'";
    for (written, message, remedy) in [
        (
            "pattern: 'a*'",
            "not a pattern that clients can check",
            "a class and counts",
        ),
        (
            "minLength: 1, pattern: '^[a]{1,2}$'",
            "a pattern beside a length",
            "in the pattern",
        ),
    ] {
        check(&[fault(REST, form, written, written, message, remedy)]);
    }
}

#[test]
fn constructors() {
    let set = "{set: {side: BUY, interval: 1m, flag: true, direction: BUY}, takes: [symbol,";
    for (written, message, remedy) in [
        (
            "{set: {side: BYU, interval: 1m, flag: true}, takes: [symbol,",
            "`BYU` is no value of `side`",
            "`BUY`",
        ),
        (
            "{set: {side: BUY, symbol: A, flag: true}, takes: [",
            "`symbol` is neither a value set",
            "a value set",
        ),
        (
            "{set: {side: BUY, flag: true}, takes: [symbol,",
            "neither sets nor takes `interval`",
            "`takes`",
        ),
        (
            "{set: {side: BUY, interval: 1m, flag: 1}, takes: [symbol,",
            "neither a text nor true",
            "a value of",
        ),
        (
            "{set: {side: BUY, interval: 1m, flag: true}, takes: [side, symbol,",
            "both set and taken",
            "name it once",
        ),
        (
            "{set: [side], takes: [symbol,",
            "not a mapping",
            "with their values",
        ),
    ] {
        check(&[fault(REST, set, written, written, message, remedy)]);
    }
    check(&[fault(
        REST,
        "        buy: {set: {side",
        "        direction: {set: {side",
        "        direction: {set",
        "`direction` is the name of a method",
        "choose another",
    )]);
}
