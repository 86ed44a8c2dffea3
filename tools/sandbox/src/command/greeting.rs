//! What is printed at the start: addresses, keys, and how each client is pointed at them.

use std::fmt::Write as _;

use binance_wire_sandbox::{Exchange, keys};
use serde_json::{Value, json};

use super::Arguments;

/// The port that `Environment::Sandbox` of our clients means.
const DEFAULT_PORT: u16 = 9080;

/// Prints what a user needs.
pub(crate) fn print(exchange: &Exchange, arguments: &Arguments) {
    if arguments.json {
        println!("{}", as_json(exchange));
    } else {
        print!("{}", as_text(exchange, arguments));
    }
}

fn as_json(exchange: &Exchange) -> Value {
    json!({
        "rest": exchange.rest_url(),
        "wsApi": exchange.ws_api_url(),
        "streams": exchange.streams_url(),
        "restTls": exchange.https_url(),
        "wsApiTls": exchange.wss_api_url(),
        "streamsTls": exchange.wss_streams_url(),
        "ca": exchange.ca_pem(),
        "keys": keys_of_accounts().map(|(account, kind, api_key, secret)| {
            json!({ "account": account, "kind": kind, "apiKey": api_key, "secret": secret })
        }),
    })
}

/// Account, kind, API key and what signs.
fn keys_of_accounts() -> [(u64, &'static str, &'static str, &'static str); 6] {
    [
        (1, "HMAC", keys::HMAC_API_KEY, keys::HMAC_SECRET),
        (1, "RSA", keys::RSA_API_KEY, keys::RSA_PRIVATE_KEY_PEM),
        (1, "Ed25519", keys::ED25519_API_KEY, keys::ED25519_PRIVATE_KEY_PEM),
        (2, "HMAC", keys::SECOND_HMAC_API_KEY, keys::SECOND_HMAC_SECRET),
        (
            2,
            "RSA",
            keys::SECOND_RSA_API_KEY,
            keys::SECOND_RSA_PRIVATE_KEY_PEM,
        ),
        (2, "Ed25519", keys::SECOND_API_KEY, keys::SECOND_PRIVATE_KEY_PEM),
    ]
}

fn as_text(exchange: &Exchange, arguments: &Arguments) -> String {
    let (rest, ws_api, streams) = match arguments.tls {
        true => (
            exchange.https_url(),
            exchange.wss_api_url(),
            exchange.wss_streams_url(),
        ),
        false => (exchange.rest_url(), exchange.ws_api_url(), exchange.streams_url()),
    };
    let mut text = format!(
        "REST           {rest}\n\
         WebSocket API  {ws_api}\n\
         streams        {streams}/ws/btcusdt@trade\n\
         \u{20}              {streams}/stream?streams=btcusdt@trade/btcusdt@depth\n\
         page           {rest}/\n\n\
         Throwaway keys, test data, worth nothing elsewhere:\n"
    );
    // Writing to a text cannot fail.
    for (account, kind, api_key, secret) in keys_of_accounts() {
        let _ = match secret.trim_end() {
            pem if pem.contains('\n') => {
                writeln!(text, "\naccount {account}, {kind}\n  key     {api_key}\n{pem}")
            }
            secret => writeln!(
                text,
                "\naccount {account}, {kind}\n  key     {api_key}\n  secret  {secret}"
            ),
        };
    }
    if arguments.tls {
        let _ = writeln!(
            text,
            "\nCertificate to trust, good for this machine alone:\n{}",
            exchange.ca_pem().trim_end()
        );
    }
    text.push_str("\nClients:\n");
    for (client, line) in clients(&rest, exchange.address().port(), arguments.tls) {
        let _ = writeln!(text, "  {client}\n    {line}");
    }
    text
}

/// The line that points a client at the exchange.
fn clients(rest: &str, port: u16, tls: bool) -> [(&'static str, String); 6] {
    let ours = match (port, tls) {
        (DEFAULT_PORT, false) => "rest::Client::builder(Environment::Sandbox)".to_owned(),
        (_, false) => format!("rest::Client::builder_at([\"{rest}\"])"),
        (_, true) => format!("rest::Client::builder_at([\"{rest}\"]).root_certificate(der)"),
    };
    [
        ("binance-wire (Rust)", ours),
        (
            "binance-sdk (Rust)",
            format!(
                "ConfigurationRestApi::builder().api_key(key).api_secret(secret).base_path(\"{rest}\").build()?"
            ),
        ),
        (
            "python-binance",
            format!("client = Client(key, secret, ping=False); client.API_URL = '{rest}/api'"),
        ),
        (
            "binance-sdk-spot (PyPI)",
            format!(
                "Spot(config_rest_api=ConfigurationRestAPI(api_key=key, api_secret=secret, base_path='{rest}'))"
            ),
        ),
        (
            "ccxt (Python)",
            format!(
                "ex.urls['api'] = {{k: re.sub(r'^https://[^/]+', '{rest}', u) if isinstance(u, str) else u for k, u in ex.urls['api'].items()}}"
            ),
        ),
        (
            "binance (npm)",
            format!("new MainClient({{ api_key: key, api_secret: secret, baseUrl: '{rest}' }})"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn names_addresses_keys_and_clients() {
        let exchange = Exchange::start();
        let arguments = |arguments: &[&str]| {
            Arguments::try_parse_from(["binance-wire-sandbox"].iter().chain(arguments)).expect("arguments")
        };
        let text = as_text(&exchange, &arguments(&[]));
        assert!(text.contains(&exchange.rest_url()), "{text}");
        for (_, _, api_key, _) in keys_of_accounts() {
            assert!(text.contains(api_key), "{text}");
        }
        assert!(!text.contains("CERTIFICATE"), "{text}");
        let text = as_text(&exchange, &arguments(&["--tls"]));
        assert!(
            text.contains("BEGIN CERTIFICATE") && text.contains(&exchange.https_url()),
            "{text}"
        );
        let json = as_json(&exchange);
        assert_eq!(json["rest"], exchange.rest_url());
        assert_eq!(json["keys"].as_array().map(Vec::len), Some(6));
    }
}
