//! Keys for measuring, made when the program starts: none is committed, and none is worth anything.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A key in the form in which a user has it: the secret, or PEM of PKCS#8.
pub enum Key {
    Hmac(String),
    Ed25519(String),
    Rsa(String),
}

impl Key {
    pub fn hmac() -> Self {
        // As long as the exchange makes them.
        Self::Hmac("k3J9xQ7w".repeat(8))
    }

    pub fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        let document = pair.to_pkcs8v1().expect("PKCS#8");
        Self::Ed25519(pem(document.as_ref()))
    }

    pub fn rsa() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let document = pair.as_der().expect("PKCS#8");
        Self::Rsa(pem(document.as_ref()))
    }
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, others) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = others;
    }
    pem + "-----END PRIVATE KEY-----\n"
}
