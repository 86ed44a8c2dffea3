//! Products whose streams are unlike Spot's: topics behind a signature, and user data without market streams.

use binance_wire_model::product::Sources;
use binance_wire_model::source::SourceFile;

use crate::support;

fn file(product: &str, name: &str, text: &str) -> SourceFile {
    SourceFile::new(format!("{product}/{name}"), text.to_owned())
}

fn printed(product: &str, files: Vec<SourceFile>, path: &str) -> Option<String> {
    let sources = Sources {
        product: product.to_owned(),
        openapi: files,
        ..Sources::default()
    };
    let rendered = support::render(&sources);
    rendered
        .files
        .into_iter()
        .find(|file| file.path == path)
        .map(|file| file.contents)
}

#[test]
fn topics_are_opened_with_credentials() {
    let streams = "openapi: 3.0.3
info: {title: Topics, version: '1'}
x-product: topics
x-transport: ws-streams
x-connection: signed-topics
servers:
  - {url: 'wss://topics.example/sapi/wss', x-environment: production}
paths:
  /books_{marketId}:
    get:
      operationId: books
      tags: [Streams]
      summary: Books of a market
      x-update-speed: realtime
      parameters:
        - {name: marketId, in: path, required: true, schema: {type: string}}
      responses:
        '200':
          description: The answer
          content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}
components:
  schemas:
    Book:
      type: object
      required: [marketId]
      properties:
        marketId: {type: integer, format: int64}
";
    let files = || vec![file("topics", "ws-streams.yaml", streams)];
    let module = printed("topics", files(), "src/streams/mod.rs").expect("a module of streams");
    assert!(module.contains(".signed_topics(credentials)"), "{module}");
    assert!(module.contains("credentials: crate::Credentials"), "{module}");
    let events = printed("topics", files(), "src/streams/events.rs").expect("events");
    assert!(events.contains(r#"starts_with("books_")"#), "{events}");
    assert!(
        !events.contains("match &*tag"),
        "nothing is told by `e`: {events}"
    );
}

#[test]
fn user_data_needs_no_market_streams() {
    let rest = "openapi: 3.0.3
info: {title: Keys, version: '1'}
x-product: keys
x-transport: rest
servers:
  - {url: 'https://keys.example', x-environment: production}
paths:
  /v1/listenKey:
    post:
      operationId: createRenewListenKey
      tags: [Keys]
      summary: Gives a key, and keeps it alive
      x-security: USER_STREAM
      responses:
        '200':
          description: The answer
          content: {application/json: {schema: {$ref: '#/components/schemas/Key'}}}
components:
  schemas:
    Key:
      type: object
      required: [listenKey]
      properties:
        listenKey: {type: string}
";
    let streams = "openapi: 3.0.3
info: {title: Events, version: '1'}
x-product: keys
x-transport: ws-streams
x-user-data:
  kind: listen-key
  start: createRenewListenKey
  keep-alive: createRenewListenKey
  path: '/ws/{listenKey}@orderReport'
  events: {$ref: '#/components/schemas/OrderReport'}
servers:
  - {url: 'wss://keys.example/equity', x-environment: production}
paths: {}
components:
  schemas:
    OrderReport:
      type: object
      description: What became of an order
      required: [e]
      properties:
        e: {type: string, enum: [orderReport], x-name: eventType}
";
    let files = || {
        vec![
            file("keys", "rest.yaml", rest),
            file("keys", "ws-streams.yaml", streams),
        ]
    };
    let module = printed("keys", files(), "src/streams/mod.rs").expect("a module of streams");
    assert!(module.contains("pub use user_data::*;"), "{module}");
    assert!(!module.contains("pub fn builder"), "{module}");
    assert_eq!(printed("keys", files(), "src/streams/events.rs"), None);
    let user_data = printed("keys", files(), "src/streams/user_data.rs").expect("user data");
    for part in [
        "pub fn user_data(",
        "UserDataBuilder<OrderReport>",
        r#""/ws/{listenKey}@orderReport""#,
        "Ok(Some(answer.listen_key))",
    ] {
        assert!(user_data.contains(part), "no `{part}` in {user_data}");
    }
    assert!(
        !user_data.contains("fn close"),
        "there is nothing to end it with: {user_data}"
    );
}
