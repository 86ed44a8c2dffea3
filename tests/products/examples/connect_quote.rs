//! Asks Connect what crypto costs, as a partner: RSA over body and time, answers in an envelope.
//!
//!     cargo run -p binance-wire-products-tests --example connect_quote

use binance_wire::Error;
use binance_wire::connect::error_codes;
use binance_wire::connect::requests::BuyEstimatedQuoteRequired;
use binance_wire::connect::rest::{self, PartnerCredentials};
use binance_wire_products_tests::http::{Action, Server};
use binance_wire_server_tests::private_key;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A small Connect inside of this program: the example needs neither contract nor network.
    let server = Server::start(|_, request| {
        Action::ok(if request.body.contains(r#""payMethodCode":"BUY_CARD""#) {
            r#"{"code":"000000","message":"success","success":true,"data":{"totalAmount":"0.00192","quotePrice":"52000.10","feeAmount":"0.5","feeCurrency":"EUR","payMethodCode":"BUY_CARD","payMethodSubCode":"card"}}"#
        } else {
            r#"{"code":"1130320","message":"NOT_SUPPORT_QUOTE_FOR_PAYMENT_METHOD","success":false}"#
        })
    })
    .await;
    // The address is the one that Binance hands to you, as are client id and token; the key is yours.
    let client = rest::Client::builder_at([&server.url])
        .partner(PartnerCredentials::new(
            "client-id",
            "access-token",
            private_key(),
        )?)
        .build()?;

    for method in ["BUY_CARD", "BUY_PIGEON"] {
        let quote = client
            .buy_estimated_quote(BuyEstimatedQuoteRequired {
                fiat_currency: "EUR".into(),
                requested_amount: "100".into(),
                amount_type: 1,
            })
            .crypto_currency("BTC")
            .pay_method_code(method)
            .send()
            .await;
        match quote {
            Ok(quote) => match (quote.total_amount, quote.quote_price) {
                (Some(amount), Some(price)) => println!("{method}: {amount} BTC at {price}"),
                _ => println!("{method}: no price"),
            },
            Err(Error::Api(refused)) if refused.code == error_codes::NOT_SUPPORT_QUOTE_FOR_PAYMENT_METHOD => {
                println!("{method}: not that way ({refused})");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
