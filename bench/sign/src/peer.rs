//! What binance-sdk does with an order until its HTTP client takes over, with the SDK's own signing.
//!
//! The steps stand in functions that need a server to go on, so they are repeated here: parameters become JSON values
//! in a sorted map, the map becomes text and is signed, the URL is parsed anew and gets the parameters once more, then
//! come the headers and the request, which is cloned before each attempt.

use std::collections::{BTreeMap, HashSet};
use std::hint::black_box;

use binance_sdk::common::utils::SignatureGenerator;
use binance_sdk::config::PrivateKey;
use binance_wire_core::Decimal;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, Method, Request};
use serde_json::{Value, json};
use url::Url;

use crate::keys::Key;
use crate::{API_KEY, BASE, CLIENT_ORDER_ID, NOW};

pub struct Signer {
    generator: SignatureGenerator,
    client: Client,
}

impl Signer {
    pub fn new(key: &Key) -> Self {
        let generator = match key {
            Key::Hmac(secret) => SignatureGenerator::new(Some(secret.clone()), None, None),
            Key::Ed25519(pem) | Key::Rsa(pem) => {
                SignatureGenerator::new(None, Some(PrivateKey::Raw(pem.clone().into_bytes())), None)
            }
        };
        Self {
            generator,
            client: Client::new(),
        }
    }

    pub fn sign(&self, payload: &str) -> String {
        self.generator.get_signature_from_str(payload).expect("signed")
    }

    /// The parameters of the order, as the SDK's method collects them.
    fn parameters() -> BTreeMap<String, Value> {
        let mut parameters = BTreeMap::new();
        parameters.insert("symbol".to_owned(), json!("BTCUSDT"));
        parameters.insert("side".to_owned(), json!("BUY"));
        parameters.insert("type".to_owned(), json!("LIMIT"));
        parameters.insert("timeInForce".to_owned(), json!("GTC"));
        // Its JSON form of a decimal is the text, as rust_decimal's serde support has it.
        parameters.insert(
            "quantity".to_owned(),
            json!(Decimal::new(1_518_000, 8).to_string()),
        );
        parameters.insert("price".to_owned(), json!(Decimal::new(6_012_345, 2).to_string()));
        parameters.insert("newClientOrderId".to_owned(), json!(CLIENT_ORDER_ID));
        parameters.insert("recvWindow".to_owned(), json!(Decimal::new(5000, 0).to_string()));
        parameters.insert("timestamp".to_owned(), json!(NOW));
        parameters
    }

    /// The URL that it sends.
    pub fn url(&self) -> Url {
        let endpoint = Url::parse(BASE)
            .and_then(|base| base.join("/api/v3/order"))
            .expect("a URL")
            .to_string();
        let parameters = Self::parameters();
        let signature = self.generator.get_signature(&parameters, None).expect("signed");
        let mut url = Url::parse(&endpoint).expect("a URL");
        {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in &parameters {
                let text = match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                pairs.append_pair(name, &text);
            }
            pairs.append_pair("signature", &signature);
        }
        url
    }

    /// The request that it sends.
    pub fn request(&self) -> Request {
        let url = self.url();
        let forbidden: HashSet<String> = ["host", "authorization", "cookie", ":method", ":path"]
            .into_iter()
            .map(str::to_ascii_lowercase)
            .collect();
        black_box(&forbidden);
        let mut headers = HeaderMap::new();
        headers.insert("Content-Type", HeaderValue::from_static("application/json"));
        headers.insert(
            "User-Agent",
            text("binance-sdk/spot/77.2.0 (Rust/rustc 1.95.0; linux; x86_64)"),
        );
        headers.insert("X-MBX-APIKEY", text(API_KEY));
        headers.insert("accept-encoding", text("gzip, deflate, br"));
        let request = self
            .client
            .request(Method::POST, url)
            .headers(headers)
            .build()
            .expect("a request");
        request.try_clone().expect("a request without a stream")
    }
}

fn text(value: &str) -> HeaderValue {
    value.parse().expect("a header value")
}
