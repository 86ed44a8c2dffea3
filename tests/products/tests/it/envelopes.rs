//! Answers in envelopes: what counts as success, and what is left of a refusal.

use binance_wire::connect::rest::PartnerCredentials;
use binance_wire::{Environment, Error, ErrorCode};
use binance_wire::{alpha, connect};
use binance_wire_core::DecodeErrorKind;
use binance_wire_products_tests::http::{Action, Server};
use binance_wire_server_tests::private_key;

use super::at;

async fn serving(status: u16, body: &str) -> Server {
    let body = body.to_owned();
    Server::start(move |_, _| Action::Reply(status, Vec::new(), body.clone())).await
}

/// What alpha's client makes of a body.
async fn tokens(status: u16, body: &str) -> Result<usize, Error> {
    let server = serving(status, body).await;
    let client = at(&server, alpha::rest::Client::builder(Environment::Production)).build()?;
    Ok(client.token_list().send().await?.len())
}

/// What Connect's client makes of a body.
async fn networks(status: u16, body: &str) -> Result<usize, Error> {
    let server = serving(status, body).await;
    let client = at(&server, connect::rest::Client::builder_at([&server.url]))
        .partner(PartnerCredentials::new("client", "token", private_key()).expect("usable"))
        .build()?;
    Ok(client.crypto_network().send().await?.len())
}

#[tokio::test]
async fn a_code_is_a_number_a_text_or_absent() {
    for body in [
        r#"{"code":"000000","success":true,"data":[]}"#,
        r#"{"code":"000000","data":[]}"#,
        r#"{"success":true,"data":[]}"#,
        r#"{"data":[],"code":0,"success":true}"#,
        r#"{"code":null,"success":true,"message":null,"messageDetail":null,"data":[],"more":{"a":[1]}}"#,
    ] {
        assert_eq!(tokens(200, body).await.expect(body), 0);
        assert_eq!(networks(200, body).await.expect(body), 0);
    }
}

#[tokio::test]
async fn a_refusal_without_data_keeps_code_message_and_body() {
    for (body, code, text, message) in [
        (
            r#"{"code":"000002","message":"illegal parameter","success":false}"#,
            2,
            Some("000002"),
            "illegal parameter",
        ),
        (
            r#"{"code":"351105","message":"no","data":null,"success":false}"#,
            351_105,
            Some("351105"),
            "no",
        ),
        (
            r#"{"code":-1121,"message":"Invalid symbol."}"#,
            -1121,
            None,
            "Invalid symbol.",
        ),
        (r#"{"success":false,"message":"no"}"#, 0, None, "no"),
        (r#"{"success":false}"#, 0, None, "no message"),
        (
            r#"{"code":"invalid_payload","success":true,"data":[]}"#,
            0,
            Some("invalid_payload"),
            "no message",
        ),
        (
            r#"{"code":99999999999,"success":false}"#,
            0,
            Some("99999999999"),
            "no message",
        ),
    ] {
        for status in [200, 400] {
            for outcome in [tokens(status, body).await, networks(status, body).await] {
                let Err(Error::Api(error)) = outcome else {
                    panic!("{status} {body}: {outcome:?}");
                };
                assert_eq!(error.status, status);
                assert_eq!(error.code, ErrorCode(code), "{body}");
                assert_eq!(error.code_text.as_deref(), text, "{body}");
                assert_eq!(error.message, message, "{body}");
                assert_eq!(error.data.as_ref().map(|raw| raw.as_str()), Some(body));
            }
        }
    }
}

/// What was promised and is not there is an error, never an empty list.
#[tokio::test]
async fn success_without_data_is_an_error_that_names_it() {
    for (body, kind) in [
        (
            r#"{"code":"000000","success":true}"#,
            DecodeErrorKind::MissingField("data"),
        ),
        (
            r#"{"code":"000000","success":true,"data":null}"#,
            DecodeErrorKind::UnexpectedNull,
        ),
        (
            r#"{"code":"000000","success":true,"data":{}}"#,
            DecodeErrorKind::WrongType("an array"),
        ),
        (r#"{"data":[]}"#, DecodeErrorKind::MissingField("success")),
        (
            r#"{"code":"000000","success":"yes","data":[]}"#,
            DecodeErrorKind::WrongType("a boolean"),
        ),
        ("", DecodeErrorKind::UnexpectedEnd),
    ] {
        for outcome in [tokens(200, body).await, networks(200, body).await] {
            let Err(Error::Decode { error, .. }) = outcome else {
                panic!("{body}: {outcome:?}");
            };
            assert_eq!(error.kind(), &kind, "{body}: {error}");
        }
    }
}

/// A gateway's page in place of an answer.
#[tokio::test]
async fn a_page_is_no_answer() {
    let page = "<html><body>Bad Gateway</body></html>";
    assert!(matches!(tokens(200, page).await, Err(Error::Decode { .. })));
    assert!(matches!(tokens(502, page).await, Err(Error::Server { .. })));
    assert!(matches!(tokens(403, page).await, Err(Error::Forbidden { .. })));
}
