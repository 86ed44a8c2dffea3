//! The partner APIs' signatures. The RSA key is the one that the partner documentation prints; the signatures and
//! the HMAC example were computed with OpenSSL.

use crate::common::{PASSPHRASE, data};
use binance_wire_signing::CredentialsError;
use binance_wire_signing::partner::{HmacKey, RsaKey, RsaPublicKey, VerifyError};

/// 1024 bits, on one line, as printed.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBANAAMnEOR1NIBIbwnDwHu19L/Jv0s4eEDHEjQ24OHjkHQ3CHWj4Ik4iFZyX9MvQsmZEzkDx8mJkkgAmIGjYkkZhEny1z6GPW55+ruo4dLYIRurESYRufZxI49BtIeLOOwL9ZFOnVfxBh8T7xyCvMmMcF93Suv6RcbTWXk8EC0pkXAgMBAAECgYA2cXbChNxCfj1BHMWoKNXwkbEjGR/MvtGK45IIwoVCpBYQ5DzIs/H58AEZvnaR1wKzMO32Bx7iJt2koQ1LUrMQ0UB9ydxhP2BogHvt9ZDI49+UPkTS92HMgPixi6O1HE6nOOu4rHR+6j7pdGcB+dneTwgPngWdk71VsbX8ZzPZsQJBAOGPmztuIpgXCxPlyLWCuEa9zTKc9lHiBe65ZN1jvUq1GCLClVcx/oEtEb9CCo7u1vacr/1sGFPxgBdvzv2y8HMCQQDsEfGEhp/79keDnjvJZ+TLfP4r+u1Gw0gAuj4Cay316K3f3q2OEqNm9lMNzg5dVYb78sVRd+guZ88u9etRBX/NAkAheIrjdcNiaED3keiHrr8jmDSj5xDSM8UHmLEz/QHw3RCYz+ETUFLg3kw84lLoxN5XOAcRhwHRKwwD7k577RqrAkEAhBiGTOIII7Vrzvp7+fdoz3ThxTpkC3S6la2hhTj0PuY0ZVD1TMqhJLwxPUhQQWnaXqE6SJwQD+eGx4BUbMHnAQJBAKomO+rK7ycU9OSRpEbPt2yQskwCcY2fiLgDy0Sy1hWmp/e5Cowt2Uyzp6uk/4QwMkfFApYzWtvjrnRkru19rMw=
-----END PRIVATE KEY-----";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDQADJxDkdTSASG8Jw8B7tfS/yb9LOHhAxxI0NuDh45B0Nwh1o+CJOIhWcl/TL0LJmRM5A8fJiZJIAJiBo2JJGYRJ8tc+hj1uefq7qOHS2CEbqxEmEbn2cSOPQbSHizjsC/WRTp1X8QYfE+8cgrzJjHBfd0rr+kXG01l5PBAtKZFwIDAQAB
-----END PUBLIC KEY-----";

const CASES: [(&str, &str, &str); 2] = [
    (
        "{\"orderId\":\"1234567890\"}",
        "1756113110000",
        "ZLpqPyjVQW6lT3i2AX1DJCgOprZsNJx3OqBbORktvDCjrYq6RyOOXNtT4vFkybqWE3+Ri14l9tRJUpqHDNwLXYtO419lXQI1NGOizeDMCa7KD1v1SqJsy8/P9zKurQZ9dn9aCIM/Uuu19Xjwbw2MDih0UE7Xwig07dvrytgKWww=",
    ),
    (
        "{}",
        "1700000000000",
        "XFxwXsLwfw3sDwZF5lKfvUnZSd6auSrJg4BtzuC6LyUc+1/OGwSg/NdubBrgY5zIwNSX85Oz6DJgZ9jHT9EVbd3f3TMtn6tGBxmc2+RufFcPf9Q2jqbuhI1YmE4OG2PW818cwjQzaaHfijvkFx2u2YYzcONsP+rVoPCd58T9kMY=",
    ),
];

#[test]
fn rsa_over_body_and_time() {
    let key = RsaKey::from_pem(PRIVATE).expect("a key");
    let public = RsaPublicKey::from_pem(PUBLIC).expect("a key");
    for (body, timestamp, expected) in CASES {
        let mut signature = String::new();
        key.sign(body.as_bytes(), timestamp, &mut signature)
            .expect("signed");
        assert_eq!(signature, expected);
        assert_eq!(public.verify(body.as_bytes(), timestamp, expected), Ok(()));
    }
}

#[test]
fn forged_webhooks_are_refused() {
    let public = RsaPublicKey::from_pem(PUBLIC).expect("a key");
    let (body, timestamp, signature) = CASES[0];
    assert_eq!(public.verify(b"{}", timestamp, signature), Err(VerifyError));
    assert_eq!(
        public.verify(body.as_bytes(), "1756113110001", signature),
        Err(VerifyError)
    );
    assert_eq!(
        public.verify(body.as_bytes(), timestamp, CASES[1].2),
        Err(VerifyError)
    );
    assert_eq!(
        public.verify(body.as_bytes(), timestamp, "not base64!"),
        Err(VerifyError)
    );
    assert_eq!(public.verify(body.as_bytes(), timestamp, ""), Err(VerifyError));
}

#[test]
fn rsa_keys_of_every_form() {
    let mut expected = String::new();
    RsaKey::from_pem(data("rsa.pem"))
        .expect("PKCS#8")
        .sign(b"{}", "1", &mut expected)
        .expect("signed");
    for key in [
        RsaKey::from_pem(data("rsa_pkcs1.pem")).expect("PKCS#1"),
        RsaKey::from_encrypted_pem(data("rsa_encrypted.pem"), PASSPHRASE).expect("encrypted"),
    ] {
        let mut signature = String::new();
        key.sign(b"{}", "1", &mut signature).expect("signed");
        assert_eq!(signature, expected);
        assert_eq!(format!("{key:?}"), "RsaKey { .. }");
    }
    let public = RsaPublicKey::from_pem(data("rsa_public.pem")).expect("a key");
    assert_eq!(public.verify(b"{}", "1", &expected), Ok(()));
}

#[test]
fn rsa_keys_that_are_none() {
    assert!(matches!(
        RsaKey::from_pem(data("ed25519.pem")),
        Err(CredentialsError::WrongKeyType { .. })
    ));
    assert!(matches!(
        RsaKey::from_pem(PUBLIC),
        Err(CredentialsError::Label { .. })
    ));
    assert!(matches!(
        RsaPublicKey::from_pem(PRIVATE),
        Err(CredentialsError::Label { .. })
    ));
    assert!(matches!(
        RsaPublicKey::from_pem(data("ed25519_public.pem")),
        Err(CredentialsError::KeyRejected(_))
    ));
    let garbled = data("rsa_pkcs1.pem").replacen("MII", "MIJ", 1);
    assert!(matches!(
        RsaKey::from_pem(garbled),
        Err(CredentialsError::Malformed(_))
    ));
    assert!(matches!(
        RsaKey::from_pem(data("rsa_512.pem")),
        Err(CredentialsError::KeyRejected(_))
    ));
}

#[test]
fn hmac_over_the_body() {
    let key = HmacKey::new("secret").expect("usable");
    let body = br#"{"bizEntityKey":"","entityCustomerId":"","kycType":"USER","extra":{},"notifyUrl":""}"#;
    let expected = "5745e9afc873e77bef5a35eb24db941effafd6037d98d1b82585fef70f1f5d50";
    let mut signature = String::new();
    key.sign(body, &mut signature);
    assert_eq!(signature, expected);
    assert_eq!(key.verify(body, expected), Ok(()));
    assert_eq!(key.verify(body, &expected.to_uppercase()), Ok(()));
    assert_eq!(key.verify(b"{}", expected), Err(VerifyError));
    assert_eq!(key.verify(body, &expected[2..]), Err(VerifyError));
    assert_eq!(key.verify(body, &expected.replace('5', "g")), Err(VerifyError));
    assert_eq!(key.verify(body, &"é".repeat(32)), Err(VerifyError));
    assert_eq!(format!("{key:?}"), "HmacKey { .. }");
    assert!(matches!(HmacKey::new(""), Err(CredentialsError::EmptySecret)));
}
