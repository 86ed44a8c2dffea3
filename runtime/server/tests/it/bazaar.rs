//! Blobs that describe paid resources.

use binance_wire_core::RawJson;
use binance_wire_server::x402::bazaar::{Blob, BodyMethod, BodyType, QueryMethod, check};

const SCHEMA: &str = r#"{"type":"object","properties":{"input":{"type":"object"}},"required":["input"]}"#;

fn raw(text: &str) -> RawJson {
    RawJson::new(text).expect("JSON")
}

#[test]
fn what_is_built_says_what_was_given() {
    let blob = Blob::query(QueryMethod::Get)
        .query_param("symbol", "BTC")
        .header("X-Client-Version", "1")
        .path_param("userId", "123")
        .route_template("/users/:userId")
        .output("json", Some(raw(r#"{"price":67000}"#)))
        .description("A price")
        .build()
        .expect("a blob");
    let expected = concat!(
        r#"{"info":{"input":{"type":"http","method":"GET","queryParams":{"symbol":"BTC"},"#,
        r#""headers":{"X-Client-Version":"1"},"pathParams":{"userId":"123"}},"#,
        r#""output":{"type":"json","example":{"price":67000}}},"#,
        r#""schema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":"#,
        r#"{"input":{"type":"object","properties":{"type":{"const":"http"},"method":{"const":"GET"}},"#,
        r#""required":["type","method"]}},"required":["input"]},"#,
        r#""routeTemplate":"/users/:userId","description":"A price"}"#,
    );
    assert_eq!(blob.as_str(), expected);
}

#[test]
fn every_kind_of_resource() {
    for (method, name) in [
        (BodyMethod::Post, "POST"),
        (BodyMethod::Put, "PUT"),
        (BodyMethod::Patch, "PATCH"),
    ] {
        for (body, spelled) in [
            (BodyType::Json, "json"),
            (BodyType::FormData, "form-data"),
            (BodyType::Text, "text"),
        ] {
            let blob = Blob::body(method, body, raw("\"a\"")).build().expect("a blob");
            let input = format!(r#"{{"type":"http","method":"{name}","bodyType":"{spelled}","body":"a"}}"#);
            assert!(blob.as_str().contains(&input), "{blob}");
        }
    }
    let blob = Blob::tool("analysis", raw(r#"{"type":"object"}"#))
        .tool_description("Looks into it")
        .tool_example(raw("{}"))
        .schema(raw(SCHEMA))
        .build()
        .expect("a blob");
    assert_eq!(
        blob.as_str(),
        format!(
            r#"{{"info":{{"input":{{"type":"mcp","tool":"analysis","description":"Looks into it","inputSchema":{{"type":"object"}},"example":{{}}}}}},"schema":{SCHEMA}}}"#
        )
    );
}

#[test]
fn route_templates() {
    let built = |route: &str| Blob::query(QueryMethod::Head).route_template(route).build();
    for route in ["/users/:userId", "/a/:b/c", "/v1.0/~x/%20/:a-b_c"] {
        built(route).expect(route);
    }
    for (route, problem) in [
        ("users/:id", "does not begin with `/`"),
        ("", "does not begin with `/`"),
        ("/", "names no route"),
        ("/users/{id}", "has characters other than"),
        ("/users/:id?a=b", "has characters other than"),
        ("/users/../:id", "has `..`"),
        ("/https://a/:id", "has `://`"),
        ("/users", "has no parameter"),
        ("/users/:", "has no parameter"),
        ("/users/a:b", "has no parameter"),
    ] {
        let error = built(route).expect_err(route);
        assert_eq!(error.at(), "routeTemplate");
        assert!(error.problem().starts_with(problem), "{route}: {error}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let of_input = |input: &str| format!(r#"{{"info":{{"input":{input}}},"schema":{SCHEMA}}}"#);
    let of_schema = |schema: &str| {
        format!(r#"{{"info":{{"input":{{"type":"http","method":"GET"}}}},"schema":{schema}}}"#)
    };
    check(&raw(&of_input(r#"{"type":"http","method":"DELETE"}"#))).expect("right");
    check(&raw(&of_schema(SCHEMA))).expect("right");
    for (blob, said) in [
        ("[]".to_owned(), ": is no object"),
        ("{}".to_owned(), "info: is missing"),
        (r#"{"info":{}}"#.to_owned(), "info.input: is missing"),
        (of_input("{}"), "info.input.type: is missing"),
        (of_input(r#"{"type":1}"#), "info.input.type: is no text"),
        (
            of_input(r#"{"type":"ftp"}"#),
            "info.input.type: is none of http, mcp",
        ),
        (of_input(r#"{"type":"http"}"#), "info.input.method: is missing"),
        (
            of_input(r#"{"type":"http","method":"get"}"#),
            "info.input.method: is none of GET, HEAD, DELETE, POST, PUT, PATCH",
        ),
        (
            of_input(r#"{"type":"http","method":"GET","queryParams":[]}"#),
            "info.input.queryParams: is no object",
        ),
        (
            of_input(r#"{"type":"http","method":"POST","bodyType":"json"}"#),
            "info.input.body: is missing",
        ),
        (
            of_input(r#"{"type":"http","method":"POST","body":{}}"#),
            "info.input.bodyType: is missing",
        ),
        (
            of_input(r#"{"type":"http","method":"POST","body":{},"bodyType":"xml"}"#),
            "info.input.bodyType: is none of json, form-data, text",
        ),
        (of_input(r#"{"type":"mcp"}"#), "info.input.tool: is missing"),
        (
            of_input(r#"{"type":"mcp","tool":""}"#),
            "info.input.tool: is empty",
        ),
        (
            of_input(r#"{"type":"mcp","tool":"a"}"#),
            "info.input.inputSchema: is missing",
        ),
        (
            of_input(r#"{"type":"http","method":"GET"},"output":{}"#),
            "info.output.type: is missing",
        ),
        (of_schema("{}"), "schema.properties: is missing"),
        (
            of_schema(r#"{"properties":{}}"#),
            "schema.properties.input: is missing",
        ),
        (
            of_schema(r#"{"properties":{"input":{}}}"#),
            "schema.required: is missing",
        ),
        (
            of_schema(r#"{"properties":{"input":{}},"required":["output"]}"#),
            "schema.required: does not list `input`",
        ),
        (
            of_schema(&format!(r#"{SCHEMA},"description":1"#)),
            "description: is no text",
        ),
    ] {
        assert_eq!(check(&raw(&blob)).expect_err(&blob).to_string(), said, "{blob}");
    }
}
