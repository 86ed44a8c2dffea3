//! Verification of signed requests, written apart from the client's signing code and on other
//! cryptography, so that a mistake there cannot cancel itself out here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use ring::{hmac, signature};

use crate::account::Verifier;

/// Whether `signature`, as text, is the signature of `payload`: hex for HMAC, in either case;
/// padded base64 for RSA and Ed25519.
pub(crate) fn verify(verifier: &Verifier, payload: &[u8], signature: &str) -> bool {
    match verifier {
        Verifier::Hmac(secret) => hex::decode(signature)
            .is_ok_and(|tag| hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), payload, &tag).is_ok()),
        Verifier::Rsa(public_key) => verify_public(
            &signature::RSA_PKCS1_2048_8192_SHA256,
            public_key,
            payload,
            signature,
        ),
        Verifier::Ed25519(public_key) => verify_public(&signature::ED25519, public_key, payload, signature),
    }
}

fn verify_public(
    algorithm: &'static dyn signature::VerificationAlgorithm,
    public_key: &[u8],
    payload: &[u8],
    signature: &str,
) -> bool {
    STANDARD.decode(signature).is_ok_and(|bytes| {
        signature::UnparsedPublicKey::new(algorithm, public_key)
            .verify(payload, &bytes)
            .is_ok()
    })
}

/// The payload of a REST request: query and body as they came over the wire, joined without a
/// separator, each without its `signature` parameter.
pub(crate) fn rest_payload(query: &str, body: &str) -> String {
    let mut payload = without_signature(query);
    payload.push_str(&without_signature(body));
    payload
}

fn without_signature(text: &str) -> String {
    let kept: Vec<&str> = text
        .split('&')
        .filter(|pair| pair.split('=').next() != Some("signature"))
        .collect();
    kept.join("&")
}

/// The payload of a WebSocket API request: parameters but the signature, sorted by name,
/// nothing encoded. `params` holds the text of each value.
pub(crate) fn ws_payload<'a>(params: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<(&str, &str)> = params.filter(|(name, _)| *name != "signature").collect();
    pairs.sort_unstable();
    let joined: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    joined.join("&")
}

/// Whether every byte of a query or form body is where it may stand unencoded: RFC 3986's
/// unreserved characters, the separators `&` and `=`, and `%` with two hex digits.
pub(crate) fn is_properly_encoded(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'%' => match bytes.get(at + 1..at + 3) {
                Some(pair) if pair.iter().all(u8::is_ascii_hexdigit) => at += 2,
                _ => return false,
            },
            b'-' | b'_' | b'.' | b'~' | b'&' | b'=' => {}
            other if other.is_ascii_alphanumeric() => {}
            _ => return false,
        }
        at += 1;
    }
    // A value with a bare `=` in it would be cut differently by different readers.
    text.split('&')
        .all(|pair| pair.bytes().filter(|&byte| byte == b'=').count() <= 1)
}

/// Decodes percent-encoding; nothing when it is malformed or not UTF-8 underneath.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    // The library leaves a `%` as it is where no two digits follow it.
    let digits = |after: &str| {
        after
            .as_bytes()
            .get(..2)
            .is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(digits) {
        return None;
    }
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documentation's secret key for its HMAC examples.
    const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

    #[test]
    fn documented_hmac_vectors_verify() {
        let secret = Verifier::Hmac(SECRET.into());
        let rest = rest_payload(
            "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC",
            "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559&signature=ff",
        );
        assert!(verify(
            &secret,
            rest.as_bytes(),
            "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"
        ));
        assert!(verify(
            &secret,
            rest.as_bytes(),
            "0FD168B8DDB4876A0358A8D14D0C9F3DA0E9B20C5D52B2A00FCF7D1C602F9A77"
        ));
        let params = [
            ("symbol", "１２３４５６"),
            ("side", "BUY"),
            ("type", "LIMIT"),
            ("timeInForce", "GTC"),
            ("quantity", "1.00000000"),
            ("price", "0.10000000"),
            ("recvWindow", "5000"),
            ("timestamp", "1645423376532"),
            ("signature", "left out"),
            (
                "apiKey",
                "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
            ),
        ];
        let payload = ws_payload(params.into_iter());
        let signature = "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd";
        assert!(verify(&secret, payload.as_bytes(), signature));
        assert!(!verify(
            &secret,
            payload.replace("BUY", "SELL").as_bytes(),
            signature
        ));
    }

    #[test]
    fn unusable_signatures_are_refused() {
        let secret = Verifier::Hmac(SECRET.into());
        for signature in ["", "abc", "zz", "é1", "////"] {
            assert!(!verify(&secret, b"payload", signature), "{signature:?}");
            assert!(
                !verify(&Verifier::Ed25519(vec![1; 32]), b"payload", signature),
                "{signature:?}"
            );
            assert!(
                !verify(&Verifier::Rsa(vec![0x30, 0]), b"payload", signature),
                "{signature:?}"
            );
        }
    }

    #[test]
    fn signature_may_stand_anywhere() {
        assert_eq!(rest_payload("signature=x&a=1", ""), "a=1");
        assert_eq!(rest_payload("a=1&signature=x&b=2", ""), "a=1&b=2");
        assert_eq!(rest_payload("a=1", "b=2&signature=x"), "a=1b=2");
    }

    #[test]
    fn only_unreserved_bytes_go_unencoded() {
        for good in ["", "a=1&b=-_.~", "symbol=%EF%BC%91", "a=%2b", "a="] {
            assert!(is_properly_encoded(good), "{good:?}");
        }
        for bad in [
            "a=１", "a=[1]", "a=1+2", "a=1/2", "a=1==", "a=%", "a=%2", "a=%zz", "a=b c", "a=\"b\"",
        ] {
            assert!(!is_properly_encoded(bad), "{bad:?}");
        }
        assert_eq!(percent_decode("%EF%BC%91x").as_deref(), Some("１x"));
        assert_eq!(percent_decode("%FF"), None);
    }
}
