//! The exchange's published signing examples, byte for byte, and our own for Ed25519.
//!
//! V1 to V9 and V12 are the examples of the Spot documentation (REST and WebSocket API "request security", FIX
//! "Logon"), as far as they can be computed again. Where a key is not published, only what is signed and how the
//! signature is written can be checked.

use crate::common::{HMAC_KEY, data, decimal, documented_ed25519, documented_hmac};
use binance_wire_core::ParamSink;
use binance_wire_signing::fix::Logon;
use binance_wire_signing::{Credentials, KeyType, QueryEncoder, RecvWindow, SignError, WsApiParams, query};

/// Digits of full width, which take three bytes each.
const WIDE: &str = "１２３４５６";
const WIDE_ENCODED: &str = "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96";
const RSA_API_KEY: &str = "CAvIjXy3F44yW6Pou5k8Dy1swsYDWJZLeoK2r8G4cFDnE9nosRppc2eKc1T8TRTQ";
const ED25519_API_KEY: &str = "4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO";

const V6_SIGNATURE: &str = "HZ8HOjiJ1s/igS9JA+n7+7Ti/ihtkRF5BIWcPIEluJP6tlbFM/Bf44LfZka/iemtahZAZzcO9TnI5uaXh3++lrqtNonCwp6/245UFWkiW1elpgtVAmJPbogcAv6rSlokztAfWk296ZJXzRDYAtzGH0gq7CgSJKfH+XxaCmR0WcvlKjNQnp12/eKXJYO4tDap8UCBLuyxDnR7oJKLHQHJLP0r0EAVOOSIbrFang/1WOq+Jaq4Efc4XpnTgnwlBbWTmhWDR1pvS9iVEzcSYLHT/fNnMRxFc7u+j3qI//5yuGuu14KR0MuQKKCSpViieD+fIti46sxPTsjSemoUKp0oXA==";
const V6_ENCODED: &str = "HZ8HOjiJ1s%2FigS9JA%2Bn7%2B7Ti%2FihtkRF5BIWcPIEluJP6tlbFM%2FBf44LfZka%2FiemtahZAZzcO9TnI5uaXh3%2B%2BlrqtNonCwp6%2F245UFWkiW1elpgtVAmJPbogcAv6rSlokztAfWk296ZJXzRDYAtzGH0gq7CgSJKfH%2BXxaCmR0WcvlKjNQnp12%2FeKXJYO4tDap8UCBLuyxDnR7oJKLHQHJLP0r0EAVOOSIbrFang%2F1WOq%2BJaq4Efc4XpnTgnwlBbWTmhWDR1pvS9iVEzcSYLHT%2FfNnMRxFc7u%2Bj3qI%2F%2F5yuGuu14KR0MuQKKCSpViieD%2BfIti46sxPTsjSemoUKp0oXA%3D%3D";
const V7_SIGNATURE: &str = "qJtv66wyp/1mZE+mIFAAMUoTe8xkmLN7/eAZjuC9x1ocxovItHLl/sNK7Wq8QjgiHqGn0bb8P7yVvGBEd1gFe71NQ8aM0M+JNIMz5UFxfeA53rXjFlvsyH1Sig+OuO9Nz5nhCaJ6bEfj2iuv7w27pB3L8MVqmoCi6D9C/QMiLxtPaR70CxtnvoOlIgPmpv2bQy029A31NEK19ieVLkoyp1EUkXRaX3v0mohx8yMnUG1dhX9nUg3Oy8TYZ03DQy7kHDGkMKisNX7rt/GuGx1HIgjFclDGLsbAFIodvSLjm9FbseasMELoxlAJDlwRnW8zo5sQmL0Fz7ao935QBynrng==";
const V7_ENCODED: &str = "qJtv66wyp%2F1mZE%2BmIFAAMUoTe8xkmLN7%2FeAZjuC9x1ocxovItHLl%2FsNK7Wq8QjgiHqGn0bb8P7yVvGBEd1gFe71NQ8aM0M%2BJNIMz5UFxfeA53rXjFlvsyH1Sig%2BOuO9Nz5nhCaJ6bEfj2iuv7w27pB3L8MVqmoCi6D9C%2FQMiLxtPaR70CxtnvoOlIgPmpv2bQy029A31NEK19ieVLkoyp1EUkXRaX3v0mohx8yMnUG1dhX9nUg3Oy8TYZ03DQy7kHDGkMKisNX7rt%2FGuGx1HIgjFclDGLsbAFIodvSLjm9FbseasMELoxlAJDlwRnW8zo5sQmL0Fz7ao935QBynrng%3D%3D";

fn hmac_order(query: &mut QueryEncoder<'_>, symbol: &str) {
    query.text("symbol", symbol);
    query.text("side", "BUY");
    query.text("type", "LIMIT");
    query.text("timeInForce", "GTC");
    hmac_order_rest(query);
}

fn hmac_order_rest(query: &mut QueryEncoder<'_>) {
    query.decimal("quantity", decimal("1"));
    query.decimal("price", decimal("0.1"));
    RecvWindow::from_millis(decimal("5000"))
        .expect("in range")
        .write_param(query);
    query.integer("timestamp", 1_499_827_319_559);
}

fn rsa_order(query: &mut QueryEncoder<'_>, symbol: &str) {
    query.text("symbol", symbol);
    query.text("side", "SELL");
    query.text("type", "LIMIT");
    query.text("timeInForce", "GTC");
    query.decimal("quantity", decimal("1"));
    query.decimal("price", decimal("0.2"));
    query.integer("timestamp", 1_668_481_559_918);
    query.decimal("recvWindow", decimal("5000"));
}

/// The ASCII order of the WebSocket API examples, handed over in an order of its own.
fn ws_order(params: &mut WsApiParams) {
    params.text("symbol", "BTCUSDT");
    params.text("side", "SELL");
    params.text("type", "LIMIT");
    params.text("timeInForce", "GTC");
    params.decimal("quantity", decimal("0.01000000"));
    params.decimal("price", decimal("52000.00"));
    params.decimal("recvWindow", decimal("100"));
    params.integer("timestamp", 1_645_423_376_532);
}

fn ws_order_wide(params: &mut WsApiParams) {
    params.text("symbol", WIDE);
    params.text("side", "BUY");
    params.text("type", "LIMIT");
    params.text("timeInForce", "GTC");
    params.decimal("quantity", decimal("1.00000000"));
    params.decimal("price", decimal("0.10000000"));
    params.integer("recvWindow", 5000);
    params.integer("timestamp", 1_645_423_376_532);
}

/// Hands a request's parameters over.
type Fill = fn(&mut WsApiParams);

fn ws_signature(fill: Fill, credentials: &Credentials) -> String {
    let mut params = WsApiParams::new();
    fill(&mut params);
    params.sign(credentials).expect("signed");
    let mut json = String::new();
    params.write_json(&mut json);
    let (_, tail) = json.split_once("\"signature\":\"").expect("a signature");
    tail.split_once('"').expect("its end").0.to_owned()
}

#[test]
fn v1_rest_hmac_ascii() {
    let mut out = String::new();
    let mut query = QueryEncoder::new(&mut out);
    hmac_order(&mut query, "LTCBTC");
    query.sign(&documented_hmac(), "").expect("signed");
    assert_eq!(
        out,
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559\
         &signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    );
}

#[test]
fn v2_rest_hmac_beyond_ascii() {
    let mut out = String::from("/api/v3/order?");
    let mut query = QueryEncoder::new(&mut out);
    hmac_order(&mut query, WIDE);
    assert_eq!(
        query.as_str(),
        format!(
            "symbol={WIDE_ENCODED}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
        )
    );
    query.sign(&documented_hmac(), "").expect("signed");
    assert!(
        out.starts_with("/api/v3/order?symbol=%EF"),
        "what stood there stays: {out}"
    );
    assert!(
        out.ends_with("&signature=e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"),
        "{out}"
    );
}

#[test]
fn v3_ws_api_hmac_ascii() {
    let mut params = WsApiParams::new();
    ws_order(&mut params);
    params.sign(&documented_hmac()).expect("signed");
    let mut json = String::new();
    params.write_json(&mut json);
    assert_eq!(
        json,
        format!(
            "{{\"apiKey\":\"{HMAC_KEY}\",\"price\":\"52000.00\",\"quantity\":\"0.01000000\",\"recvWindow\":\"100\",\
             \"side\":\"SELL\",\"symbol\":\"BTCUSDT\",\"timeInForce\":\"GTC\",\"timestamp\":1645423376532,\
             \"type\":\"LIMIT\",\
             \"signature\":\"aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24\"}}"
        )
    );
}

#[test]
fn v3_payload() {
    let mut params = WsApiParams::new();
    ws_order(&mut params);
    params.api_key(&documented_hmac());
    let mut payload = String::new();
    params.write_payload(&mut payload);
    assert_eq!(
        payload,
        format!(
            "apiKey={HMAC_KEY}&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT"
        )
    );
}

#[test]
fn v4_ws_api_hmac_beyond_ascii() {
    assert_eq!(
        ws_signature(ws_order_wide, &documented_hmac()),
        "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"
    );
}

#[test]
fn v5_rest_hmac_query_and_body() {
    let mut body = String::new();
    hmac_order_rest(&mut QueryEncoder::new(&mut body));
    let mut out = String::new();
    let mut query = QueryEncoder::new(&mut out);
    query.text("symbol", "LTCBTC");
    query.text("side", "BUY");
    query.text("type", "LIMIT");
    query.text("timeInForce", "GTC");
    query.sign(&documented_hmac(), &body).expect("signed");
    assert_eq!(
        body,
        "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
    );
    assert_eq!(
        out,
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC\
         &signature=0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"
    );
}

#[test]
fn v6_v7_rest_rsa_payload_and_encoding() {
    let mut out = String::new();
    let mut query = QueryEncoder::new(&mut out);
    rsa_order(&mut query, "BTCUSDT");
    assert_eq!(
        query.as_str(),
        "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&timestamp=1668481559918&recvWindow=5000"
    );
    let mut wide = String::new();
    rsa_order(&mut QueryEncoder::new(&mut wide), WIDE);
    assert_eq!(
        wide,
        format!(
            "symbol={WIDE_ENCODED}&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&timestamp=1668481559918&recvWindow=5000"
        )
    );
    for (signature, encoded) in [(V6_SIGNATURE, V6_ENCODED), (V7_SIGNATURE, V7_ENCODED)] {
        assert_eq!(signature.len(), 344);
        let mut out = String::new();
        query::percent_encode(&mut out, signature);
        assert_eq!(out, encoded);
    }
}

#[test]
fn v6_with_a_key_of_our_own() {
    let credentials = Credentials::rsa(RSA_API_KEY, data("rsa.pem")).expect("a key");
    let mut out = String::new();
    let mut query = QueryEncoder::new(&mut out);
    rsa_order(&mut query, "BTCUSDT");
    let payload = query.as_str().to_owned();
    query.sign(&credentials, "").expect("signed");
    let mut signature = String::new();
    credentials
        .sign(payload.as_bytes(), &mut signature)
        .expect("signed");
    assert_eq!(signature.len(), 344, "as long as the documented one");
    // PKCS#1 v1.5 is deterministic; OpenSSL made this one.
    assert_eq!(signature, data("rsa_v6.signature").trim());
    let mut encoded = String::new();
    query::percent_encode(&mut encoded, &signature);
    assert_eq!(out, format!("{payload}&signature={encoded}"));
}

#[test]
fn v8_v9_ws_api_rsa_payload() {
    let credentials = Credentials::rsa(RSA_API_KEY, data("rsa.pem")).expect("a key");
    let cases: [(Fill, String); 2] = [
        (
            ws_order,
            format!(
                "apiKey={RSA_API_KEY}&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT"
            ),
        ),
        (
            ws_order_wide,
            format!(
                "apiKey={RSA_API_KEY}&price=0.10000000&quantity=1.00000000&recvWindow=5000&side=BUY&symbol={WIDE}&timeInForce=GTC&timestamp=1645423376532&type=LIMIT"
            ),
        ),
    ];
    for (fill, expected) in cases {
        let mut params = WsApiParams::new();
        fill(&mut params);
        params.api_key(&credentials);
        let mut payload = String::new();
        params.write_payload(&mut payload);
        assert_eq!(payload, expected);
        let mut direct = String::new();
        credentials
            .sign(expected.as_bytes(), &mut direct)
            .expect("signed");
        assert_eq!(ws_signature(fill, &credentials), direct);
        assert_eq!(direct.len(), 344);
    }
}

#[test]
fn v12_fix_logon() {
    let logon = Logon {
        sender_comp_id: "EXAMPLE",
        target_comp_id: "SPOT",
        msg_seq_num: "1",
        sending_time: "20240627-11:17:25.223",
    };
    let mut payload = String::new();
    logon.write_payload(&mut payload);
    assert_eq!(payload, "A\u{1}EXAMPLE\u{1}SPOT\u{1}1\u{1}20240627-11:17:25.223");
    let mut signature = String::new();
    logon
        .sign(&documented_ed25519("key"), &mut signature)
        .expect("signed");
    assert_eq!(
        signature,
        "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA=="
    );
    assert_eq!(signature.len(), 88);
}

#[test]
fn fix_logon_takes_ed25519_alone() {
    let logon = Logon {
        sender_comp_id: "A",
        target_comp_id: "SPOT",
        msg_seq_num: "1",
        sending_time: "20240627-11:17:25",
    };
    let mut out = String::new();
    assert_eq!(
        logon.sign(&documented_hmac(), &mut out),
        Err(SignError::WrongKeyType {
            operation: "FIX Logon",
            needed: KeyType::Ed25519,
            found: KeyType::Hmac
        })
    );
    assert_eq!(out, "");
}

/// The documentation has no usable Ed25519 example for REST; these were computed with another library
/// (python-cryptography) from the private key of the FIX example.
#[test]
fn ed25519_rest() {
    let credentials = documented_ed25519(ED25519_API_KEY);
    let cases: [(&str, &str); 2] = [
        (
            "BTCUSDT",
            "inDT086KVIP8vgUfw5sV3VTkescWztiAGlf4x8FLKHM4NInsn0c1kYVLoGMO8cyjfR6vmTku2YQE0gtfVVlfCw%3D%3D",
        ),
        (
            WIDE,
            "vECjNXSlVOz1DskXXQ866KhikKY8cxajBXKAU0COlYYemqEr45TXiRS%2FjNB3LyHHh48pu7z2S6pTFhmhWNRBBw%3D%3D",
        ),
    ];
    for (symbol, signature) in cases {
        let mut out = String::new();
        let mut query = QueryEncoder::new(&mut out);
        rsa_order(&mut query, symbol);
        query.sign(&credentials, "").expect("signed");
        assert!(
            out.ends_with(&format!("&recvWindow=5000&signature={signature}")),
            "{out}"
        );
    }
    let mut out = String::new();
    let mut query = QueryEncoder::new(&mut out);
    query.text("symbol", "LTCBTC");
    query.text("side", "BUY");
    query.text("type", "LIMIT");
    query.text("timeInForce", "GTC");
    query
        .sign(
            &credentials,
            "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
        )
        .expect("signed");
    assert_eq!(
        out,
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC\
         &signature=2pXDIYPNs4esiq6kcFM3fr%2FmNpZhER%2FK5FrvoahNnYcX1bd0ZE9Is%2BO5vUdVUcUKuG8kae%2FkNqmDnDtghivWBA%3D%3D"
    );
}

/// As above, for the WebSocket API: the two documented orders, a session logon, and a request with a boolean and
/// a list.
#[test]
fn ed25519_ws_api() {
    let credentials = documented_ed25519(ED25519_API_KEY);
    let cases: [(Fill, &str); 4] = [
        (
            ws_order,
            "82wlF5RobwT7JZehRQgOaupNEm5GrAqJj5tqZeCCE6ZxkhlUbWBThOx00q3FVnCKn882P+9p85phztjk4bOMAQ==",
        ),
        (
            ws_order_wide,
            "c54NpyUZhXB0TQWxM60+OHcwRu50TfjPg5I3J3mPeFasLGjHZnuNGE6Ych+fRF6te6sr6URRF4lxUmYXbQ/rCA==",
        ),
        (
            |params| {
                params.integer("timestamp", 1_649_729_878_532);
                params.decimal("recvWindow", decimal("5000"));
            },
            "61dXDnlk+m1Gbva0mKlRSc70BnAPjz0x/c40jKDUOjbL8RfBCxbm2MYZz0C2jGNByv62j6Hg9iX9lEwDmIxBBg==",
        ),
        (
            |params| {
                params.json("symbols", "[\"BTCUSDT\",\"BNBBTC\"]");
                params.boolean("omitZeroBalances", true);
                params.integer("timestamp", 1_649_729_878_532);
            },
            "iAexzSRikL1FUif57zDMNmZ/wkbg2fNcVK3vPcJcj/uKmGW9sl/kigxofHuFqqz4HlBE+zYOPGJiG1wWuH2eCQ==",
        ),
    ];
    for (fill, signature) in cases {
        assert_eq!(ws_signature(fill, &credentials), signature);
    }
}
