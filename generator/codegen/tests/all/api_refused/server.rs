//! What is wrong with documents of the user's own server.

use super::{Fault, SERVER, WEBHOOKS, check, fault, said, sources};
use binance_wire_model::source::SourceFile;

const fn server(
    from: &'static str,
    to: &'static str,
    at: &'static str,
    message: &'static str,
    remedy: &'static str,
) -> Fault<'static> {
    fault(SERVER, from, to, at, message, remedy)
}

const fn webhooks(
    from: &'static str,
    to: &'static str,
    at: &'static str,
    message: &'static str,
    remedy: &'static str,
) -> Fault<'static> {
    fault(WEBHOOKS, from, to, at, message, remedy)
}

#[test]
fn settings_of_a_server() {
    check(&[
        server(
            "prefix: /nasty",
            "prefix: nasty/",
            "prefix:",
            "`nasty/` is not a path",
            "begin with `/`",
        ),
        server(
            "prefix: /nasty",
            "prefix: 1",
            "prefix: 1",
            "`prefix` is not a text",
            "in quotes",
        ),
        server(
            "prefix: /nasty",
            "prefxi: /nasty",
            "prefxi:",
            "unknown key `prefxi`",
            "use prefix,",
        ),
        server(
            "time-limit: 3",
            "time-limit: 0",
            "time-limit:",
            "`0` is not a number of seconds",
            "whole number",
        ),
        server(
            "time-limit: 3",
            "time-limit: 1.5",
            "time-limit:",
            "not a number of seconds",
            "whole number",
        ),
        server(
            "{status: 400, code: '1'}",
            "{status: 200, code: '1'}",
            "invalid:",
            "`invalid` has no status and code",
            "from 400 to 599",
        ),
        server(
            "{status: 400, code: '1'}",
            "{status: 400}",
            "invalid:",
            "no status and code",
            "write {status",
        ),
        server(
            "    failed: {status: 500, code: '4'}\n",
            "",
            "  refusals:",
            "`failed` has no status and code",
            "write {status",
        ),
        server(
            "    failed: {status",
            "    faield: {status",
            "    faield:",
            "unknown key `faield`",
            "failed",
        ),
        server(
            "ok: ['0', '000000'], ",
            "",
            "x-envelope:",
            "no code of success",
            "add ok",
        ),
        server(
            "success: success, ",
            "success: true, ",
            "x-envelope:",
            "`success` is not a text",
            "write a text",
        ),
        server(
            "x-envelope: {success",
            "x-envelope: {suces: a, success",
            "x-envelope:",
            "unknown key `suces`",
            "success",
        ),
        server(
            "x-envelope: {success: success, code: code, ok: ['0', '000000'], message: message, data: data}",
            "x-envelope: 1",
            "x-envelope: 1",
            "1 is not a mapping",
            "write {code",
        ),
        server(
            "paths:",
            "servers: [{url: 'https://a.example'}]\n\npaths:",
            "servers:",
            "is the user's",
            "take `servers` away",
        ),
    ]);
}

#[test]
fn operations_that_are_offered() {
    check(&[
        server(
            "  /bare:",
            "  /bare/{id}:",
            "  /bare/{id}:",
            "is not a path for a server",
            "begin with `/`",
        ),
        server(
            "  /bare:\n    get:",
            "  /bare:\n    put:",
            "    put:",
            "is not called by `put`",
            "use get or post",
        ),
        server(
            "x-body: json",
            "x-body: form",
            "x-body:",
            "in the query or as JSON of a post",
            "x-body: json",
        ),
        server(
            "      x-rules: [{one-of: [match, amount]}]",
            "      x-body: json",
            "      x-body: json",
            "as JSON of a post",
            "under post",
        ),
        server(
            "one-of: [match, amount]",
            "one-of: [match, other]",
            "one-of:",
            "no parameter is called `other`",
            "use match",
        ),
        server(
            "x-idempotency-key: key",
            "x-idempotency-key: other",
            "x-idempotency-key:",
            "\"other\" is not a required parameter",
            "name one",
        ),
        server(
            "name: key, in: query, required: true",
            "name: key, in: query",
            "x-idempotency-key:",
            "not a required parameter",
            "declare it required",
        ),
        server(
            "required: true, schema: {type: string}",
            "required: true, schema: {type: boolean}",
            "x-idempotency-key:",
            "that is a text",
            "a text",
        ),
        server(
            "x-envelope: {}",
            "x-envelope: {data: a}",
            "      x-envelope:",
            "the document's envelope or none",
            "write {}",
        ),
        server(
            ", data: data}",
            "}",
            "  /type:\n    get:",
            "no envelope with data",
            "x-envelope: {}",
        ),
        server(
            "x-free-path: true",
            "x-free-path: 1",
            "x-free-path:",
            "not true or false",
            "write true",
        ),
        server(
            "x-optional: true",
            "x-optional: 'yes'",
            "x-optional:",
            "not true or false",
            "write true",
        ),
        server(
            "x-optional: true",
            "x-weight: 2",
            "x-weight:",
            "says nothing about an operation that your server offers",
            "take it away",
        ),
        server(
            "operationId: bare",
            "operationId: type",
            "  /bare:\n    get:",
            "`type` is already used in line",
            "its own operationId",
        ),
        server(
            "      operationId: bare\n",
            "",
            "  /bare:\n    get:",
            "has no operationId",
            "add",
        ),
        server(
            "    Served:\n",
            "    BareRequest: {type: object}\n    Served:\n",
            "  /bare:\n    get:",
            "the type `BareRequest`, which is already declared",
            "rename",
        ),
    ]);
}

#[test]
fn webhooks_that_are_posted() {
    check(&[
        webhooks(
            "scheme: rsa",
            "scheme: dsa",
            "x-signed-by:",
            "not said how posts are signed",
            "scheme: hmac",
        ),
        webhooks(
            "scheme: rsa",
            "scheme: hmac",
            "x-signed-by:",
            "not said how posts are signed",
            "scheme: hmac",
        ),
        webhooks(
            ", timestamp: X-Time",
            "",
            "x-signed-by:",
            "not said how posts are signed",
            "timestamp",
        ),
        webhooks(
            "signature: X-Signature",
            "signature: 'X Signature'",
            "x-signed-by:",
            "`X Signature` is not a name of a header",
            "letters",
        ),
        webhooks(
            "signature: X-Signature",
            "sign: X-Signature",
            "x-signed-by:",
            "unknown key `sign`",
            "signature",
        ),
        webhooks(
            "x-events: {$ref: '#/components/schemas/Posted'}\n",
            "",
            "openapi:",
            "webhooks without events",
            "add x-events",
        ),
        webhooks(
            "schemas/Posted'}",
            "schemas/PostedReply'}",
            "x-events:",
            "`PostedReply` is not a union",
            "discriminator",
        ),
        webhooks(
            "schemas/PostedReply'}",
            "schemas/None'}",
            "x-reply:",
            "leads nowhere",
            "declare it",
        ),
        webhooks(
            "paths: {}",
            "paths: {/a: {}}",
            "paths:",
            "webhooks have no paths",
            "x-events",
        ),
    ]);
}

#[test]
fn one_document_of_a_kind() {
    for (path, transport) in [(SERVER, "server"), (WEBHOOKS, "webhooks")] {
        let mut sources = sources();
        let text = format!(
            "openapi: 3.0.3\ninfo: {{title: Again, version: '1'}}\nx-product: nasty\nx-transport: {transport}\npaths: {{}}\n"
        );
        let again = path.replace(".yaml", "2.yaml");
        sources.openapi.push(SourceFile::new(again.clone(), text));
        let found = said(&sources);
        let reported = found
            .iter()
            .any(|d| d.message.contains("already") && d.remedy.contains("one file"));
        assert!(reported, "{found:?}");
    }
}
