//! The partner APIs: bodies signed in headers.

use std::time::Duration;

use binance_wire::connect::rest::PartnerCredentials;
use binance_wire::kyc::rest::HmacKey;
use binance_wire::{Environment, Error, dec};
use binance_wire::{b402, connect, kyc};
use binance_wire_products_tests::NOW;
use binance_wire_products_tests::http::{Action, Received, Server};
use binance_wire_server_tests::{private_key, public_key};

use super::at;

const TOKEN: &str = "token-1";

fn partner() -> PartnerCredentials {
    PartnerCredentials::new("client-1", TOKEN, private_key()).expect("usable")
}

/// Checks the headers of the scheme, and the signature over body and time with the public key.
#[track_caller]
fn signed_by_partner(request: &Received) {
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("x-tesla-clientid"), Some("client-1"));
    assert_eq!(request.header("x-tesla-signaccesstoken"), Some(TOKEN));
    let time = request.header("x-tesla-timestamp").expect("a time");
    assert_eq!(time, NOW.to_string());
    let signature = request.header("x-tesla-signature").expect("a signature");
    public_key()
        .verify(request.body.as_bytes(), time, signature)
        .expect("the signature is that of body and time");
    assert_eq!(request.header("x-mbx-apikey"), None);
    assert_eq!(request.query(), "");
}

const QUOTE: &str = r#"{"code":"000000","message":"success","data":{"totalAmount":"0.0021","quotePrice":50000.10,"feeAmount":1,"feeCurrency":"EUR","payMethodCode":"BUY_CARD","payMethodSubCode":"card"},"success":true}"#;

#[tokio::test]
async fn connect_signs_body_and_time() {
    let server = Server::answering(QUOTE).await;
    let client = at(&server, connect::rest::Client::builder_at([&server.url]))
        .partner(partner())
        .build()
        .expect("usable");
    let quote = client
        .buy_estimated_quote(connect::requests::BuyEstimatedQuoteRequired {
            fiat_currency: "EUR".into(),
            requested_amount: "100".into(),
            amount_type: 1,
        })
        .crypto_currency("BTC")
        .send()
        .await
        .expect("answered");
    assert_eq!(quote.total_amount, Some(dec!(0.0021)));
    let request = server.request();
    signed_by_partner(&request);
    assert_eq!(
        request.body,
        r#"{"fiatCurrency":"EUR","cryptoCurrency":"BTC","requestedAmount":"100","amountType":1}"#
    );
}

#[tokio::test]
async fn a_body_without_members_is_an_object_and_signed() {
    let server = Server::answering(r#"{"code":"000000","success":true,"data":[]}"#).await;
    let client = at(&server, connect::rest::Client::builder_at([&server.url]))
        .partner(partner())
        .build()
        .expect("usable");
    client.crypto_network().send().await.expect("answered");
    let request = server.request();
    signed_by_partner(&request);
    assert_eq!(request.body, "{}");
}

#[tokio::test]
async fn without_partner_credentials_nothing_is_sent() {
    let server = Server::answering(QUOTE).await;
    let client = at(&server, connect::rest::Client::builder_at([&server.url]))
        .build()
        .expect("usable");
    let error = client
        .buy_estimated_quote(connect::requests::BuyEstimatedQuoteRequired {
            fiat_currency: "EUR".into(),
            requested_amount: "100".into(),
            amount_type: 1,
        })
        .crypto_currency("BTC")
        .send()
        .await
        .expect_err("no key");
    assert!(
        matches!(&error, Error::Unusable(text) if text.contains("partner")),
        "{error}"
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn kyc_signs_the_exact_body() {
    let server = Server::answering(r#"{"success":true,"data":{}}"#).await;
    let key = || HmacKey::new("kyc secret").expect("usable");
    let client = at(&server, kyc::rest::Client::builder(Environment::Production))
        .body_key(key())
        .build()
        .expect("usable");
    client
        .check_kyc_status(kyc::requests::CheckKycStatusRequired {
            biz_entity_key: "entity \"1\"".into(),
            entity_customer_id: "customer".into(),
            kyc_type: kyc::KycType::unlisted("USER"),
            broker_main_account_id: "master".into(),
            broker_sub_account_id: "sub".into(),
        })
        .send()
        .await
        .expect("answered");
    let request = server.request();
    assert_eq!(
        request.body,
        r#"{"bizEntityKey":"entity \"1\"","entityCustomerId":"customer","kycType":"USER","brokerMainAccountId":"master","brokerSubAccountId":"sub"}"#
    );
    let sent = request.header("x-sha-signature").expect("a signature");
    key().verify(request.body.as_bytes(), sent).expect("of the body");
    for name in ["x-tesla-signature", "x-mbx-apikey"] {
        assert_eq!(request.header(name), None, "{name}");
    }
    assert_eq!(request.query(), "");
}

fn settlement() -> b402::requests::Settle {
    use b402::models::{PaymentPayload, PaymentRequirements, PaymentRequirementsRequired, SignedPayment};

    let signed = binance_wire_core::json::from_str::<SignedPayment>(
        r#"{"signature":"0xab","authorization":{"from":"0x1","to":"0x2","value":"1","validAfter":"0","validBefore":"9","nonce":"0x3"}}"#,
    );
    let asked = PaymentRequirements::new(PaymentRequirementsRequired {
        scheme: b402::PaymentScheme::Exact,
        network: "eip155:56".into(),
        asset: "0xToken".into(),
        pay_to: "0xSeller".into(),
    });
    b402::requests::Settle::new(2, PaymentPayload::new(2, signed.expect("JSON")), asked)
}

/// A settlement waits for the chain: an answer that takes longer than the client's time is still waited for. A quote is
/// not.
#[tokio::test]
async fn a_settlement_has_the_time_that_it_is_documented_to_take() {
    use binance_wire::RestOperation as _;

    assert_eq!(
        b402::requests::Settle::INFO.timeout,
        Some(Duration::from_secs(60))
    );
    assert_eq!(b402::requests::Verify::INFO.timeout, None);

    let server = Server::start(|_, request| match request.path() {
        "/papi/v2/b402/settle" => {
            std::thread::sleep(Duration::from_millis(200));
            Action::ok(r#"{"success":true,"transaction":"0xfeed","network":"eip155:56","payer":"0x1"}"#)
        }
        _ => Action::Hang,
    })
    .await;
    let client = at(&server, b402::rest::Client::builder_at([&server.url]))
        .partner(partner())
        .timeout(Duration::from_millis(50))
        .build()
        .expect("usable");
    let settled = client.send(&settlement()).await.expect("waited for");
    assert_eq!(settled.transaction.as_deref(), Some("0xfeed"));
    signed_by_partner(&server.request());
    let error = client.supported().send().await.expect_err("too late");
    assert!(matches!(error, Error::Transport(_)), "{error}");
}

#[tokio::test]
async fn an_envelope_that_may_be_left_out() {
    let bare =
        r#"{"success":false,"transaction":"","network":"eip155:56","errorReason":"insufficient_funds"}"#;
    let wrapped: String = format!(r#"{{"code":"000000","success":true,"data":{bare}}}"#);
    let refused = r#"{"code":"invalid_payload","success":false,"message":"no"}"#;
    for (body, code) in [
        (bare.to_owned(), None),
        (wrapped, None),
        (refused.to_owned(), Some("invalid_payload")),
    ] {
        let answer = body.clone();
        let server = Server::start(move |_, _| Action::ok(answer.clone())).await;
        let client = at(&server, b402::rest::Client::builder_at([&server.url]))
            .partner(partner())
            .build()
            .expect("usable");
        let outcome = client.send(&settlement()).await;
        match code {
            None => assert_eq!(
                outcome.expect(&body).error_reason.as_deref(),
                Some("insufficient_funds")
            ),
            Some(code) => {
                let error = outcome.expect_err("refused");
                let api = error.api().expect("said so");
                assert_eq!(api.code_text.as_deref(), Some(code), "{error}");
            }
        }
    }
}
