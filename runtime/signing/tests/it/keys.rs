//! Keys from PEM files: which are taken, which are refused and with what words.

use crate::common::{PASSPHRASE, data};
use aws_lc_rs::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use binance_wire_signing::{Credentials, CredentialsError, KeyType};

/// The bytes of a PEM block.
fn der(name: &str) -> Vec<u8> {
    let text: String = data(name)
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    BASE64.decode(text).expect("base64")
}

fn sign(credentials: &Credentials, payload: &str) -> Vec<u8> {
    let mut text = String::new();
    credentials.sign(payload.as_bytes(), &mut text).expect("signed");
    BASE64.decode(text).expect("padded standard base64")
}

#[test]
fn ed25519_plain_and_encrypted_are_one_key() {
    let public = der("ed25519_public.pem");
    // The raw key is the last 32 bytes of a SubjectPublicKeyInfo.
    let public = UnparsedPublicKey::new(&ED25519, &public[public.len() - 32..]);
    let plain = Credentials::ed25519("key", data("ed25519.pem")).expect("plain");
    assert_eq!(plain.key_type(), KeyType::Ed25519);
    for file in ["ed25519_encrypted.pem", "ed25519_encrypted_scrypt.pem"] {
        let encrypted = Credentials::ed25519_encrypted("key", data(file), PASSPHRASE).expect(file);
        assert_eq!(sign(&encrypted, "payload"), sign(&plain, "payload"));
        public
            .verify(b"payload", &sign(&encrypted, "payload"))
            .expect("verifies");
    }
}

#[test]
fn rsa_plain_and_encrypted_are_one_key() {
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der("rsa_public.pem"));
    let plain = Credentials::rsa("key", data("rsa.pem")).expect("plain");
    let encrypted =
        Credentials::rsa_encrypted("key", data("rsa_encrypted.pem"), PASSPHRASE).expect("encrypted");
    assert_eq!(encrypted.key_type(), KeyType::Rsa);
    assert_eq!(sign(&encrypted, "payload"), sign(&plain, "payload"));
    public
        .verify(b"payload", &sign(&plain, "payload"))
        .expect("verifies");
}

#[test]
fn pem_is_read_as_people_keep_it() {
    let pem = data("ed25519.pem");
    let one_line = pem.replace('\n', " ");
    let windows = format!("a comment before\r\n{}", pem.replace('\n', "\r\n"));
    for text in [pem.trim(), &one_line, &windows] {
        assert!(Credentials::ed25519("key", text).is_ok(), "{text:?}");
    }
}

#[test]
fn wrong_passphrases() {
    for passphrase in ["", "correct-hors", "Correct-horse"] {
        assert_eq!(
            Credentials::ed25519_encrypted("key", data("ed25519_encrypted.pem"), passphrase).err(),
            Some(CredentialsError::WrongPassphrase)
        );
        assert_eq!(
            Credentials::rsa_encrypted("key", data("rsa_encrypted.pem"), passphrase).err(),
            Some(CredentialsError::WrongPassphrase)
        );
    }
    assert_eq!(
        Credentials::ed25519_encrypted("key", data("ed25519_encrypted_scrypt.pem"), "wrong").err(),
        Some(CredentialsError::WrongPassphrase)
    );
}

/// About one wrong passphrase in 256 leaves padding that looks right: still the same error.
#[test]
fn wrong_passphrases_that_pass_for_padding() {
    // PBKDF2 with one iteration, so that hundreds of tries take no time.
    let pem = data("ed25519_encrypted_weak.pem");
    Credentials::ed25519_encrypted("key", &pem, PASSPHRASE).expect("the right one");
    for attempt in 0..2_000 {
        assert_eq!(
            Credentials::ed25519_encrypted("key", &pem, format!("wrong {attempt}")).err(),
            Some(CredentialsError::WrongPassphrase)
        );
    }
}

#[test]
fn encrypted_or_not() {
    assert_eq!(
        Credentials::ed25519("key", data("ed25519_encrypted.pem")).err(),
        Some(CredentialsError::Encrypted)
    );
    assert_eq!(
        Credentials::rsa_encrypted("key", data("rsa.pem"), PASSPHRASE).err(),
        Some(CredentialsError::NotEncrypted)
    );
}

#[test]
fn wrong_kinds_of_key() {
    let found = |result: Result<Credentials, CredentialsError>| match result {
        Err(CredentialsError::WrongKeyType { expected, found }) => (expected, found),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        found(Credentials::ed25519("key", data("rsa.pem"))),
        (KeyType::Ed25519, "RSA".to_owned())
    );
    assert_eq!(
        found(Credentials::rsa("key", data("ed25519.pem"))),
        (KeyType::Rsa, "Ed25519".to_owned())
    );
    assert_eq!(
        found(Credentials::rsa_encrypted(
            "key",
            data("ed25519_encrypted.pem"),
            PASSPHRASE
        )),
        (KeyType::Rsa, "Ed25519".to_owned())
    );
    assert_eq!(
        found(Credentials::rsa("key", data("ec.pem"))),
        (KeyType::Rsa, "elliptic curve (ECDSA)".to_owned())
    );
}

#[test]
fn unusable_files_say_why() {
    let message = |result: Result<Credentials, CredentialsError>| match result {
        Ok(_) => panic!("taken"),
        Err(error) => error.to_string(),
    };
    let pkcs1 = message(Credentials::rsa("key", data("rsa_pkcs1.pem")));
    assert!(
        pkcs1.contains("PKCS#1") && pkcs1.contains("openssl pkcs8 -topk8"),
        "{pkcs1}"
    );
    assert_eq!(
        message(Credentials::ed25519("key", data("ed25519_public.pem"))),
        "the PEM file holds a PUBLIC KEY; a PRIVATE KEY is needed"
    );
    for file in ["rsa_encrypted_des3.pem", "rsa_encrypted_pbes1.pem"] {
        let text = message(Credentials::rsa_encrypted("key", data(file), PASSPHRASE));
        assert!(text.contains("not supported"), "{file}: {text}");
    }
    let short = message(Credentials::rsa("key", data("rsa_1024.pem")));
    assert!(short.contains("not usable"), "{short}");
    let pem = data("ed25519.pem");
    for (text, expected) in [
        (String::new(), "no -----BEGIN line"),
        ("key".to_owned(), "no -----BEGIN line"),
        (pem.replace("-----END", "---"), "no -----END line"),
        (pem.replace("END PRIVATE", "END PUBLIC"), "does not match"),
        (pem.replacen("MC4C", "M!4C", 1), "not base64"),
        (pem.replacen("MC4C", "MC4D", 1), "not valid PKCS#8"),
    ] {
        let text = message(Credentials::ed25519("key", text));
        assert!(text.contains(expected), "{text} / {expected}");
    }
    assert!(message(Credentials::ed25519("key", [0xFF, 0xFE])).contains("not text"));
}

#[test]
fn api_keys_and_secrets() {
    for api_key in ["", "with space", "line\nbreak", "nön-ascii"] {
        assert_eq!(
            Credentials::hmac(api_key, "secret").err(),
            Some(CredentialsError::InvalidApiKey)
        );
    }
    assert_eq!(
        Credentials::hmac("key", "").err(),
        Some(CredentialsError::EmptySecret)
    );
    assert_eq!(
        Credentials::hmac("key", "secret").map(|c| c.api_key().to_owned()),
        Ok("key".to_owned())
    );
}

#[test]
fn debug_keeps_secrets() {
    let hmac = Credentials::hmac("the-key", "the-secret").expect("usable");
    let text = format!("{hmac:?}");
    assert_eq!(text, "Credentials { api_key: \"…\", key_type: Hmac, .. }");
    let long = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
    let ed25519 = Credentials::ed25519(long, data("ed25519.pem")).expect("usable");
    assert_eq!(
        format!("{ed25519:?}"),
        "Credentials { api_key: \"vmPU…\", key_type: Ed25519, .. }"
    );
}

/// Credentials from variables, or the text of the error.
fn from_variables(variables: &[(&str, &str)]) -> Result<Credentials, String> {
    let find = |name: &str| variables.iter().find(|(known, _)| *known == name);
    Credentials::from_variables(|name| find(name).map(|(_, value)| value.into()))
        .map_err(|error| error.to_string())
}

fn path(name: &str) -> String {
    format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn credentials_come_from_the_environment() {
    let hmac = from_variables(&[("BINANCE_API_KEY", "key"), ("BINANCE_API_SECRET", "secret")]).expect("HMAC");
    assert_eq!((hmac.api_key(), hmac.key_type()), ("key", KeyType::Hmac));
    for (file, passphrase, key_type) in [
        ("ed25519.pem", "", KeyType::Ed25519),
        ("rsa.pem", "", KeyType::Rsa),
        ("ed25519_encrypted.pem", PASSPHRASE, KeyType::Ed25519),
    ] {
        let credentials = from_variables(&[
            ("BINANCE_API_KEY", "key"),
            ("BINANCE_API_SECRET", ""),
            ("BINANCE_PRIVATE_KEY_FILE", &path(file)),
            ("BINANCE_PRIVATE_KEY_PASSPHRASE", passphrase),
        ]);
        assert_eq!(credentials.expect(file).key_type(), key_type);
    }
}

#[test]
fn a_bad_environment_is_named_with_its_remedy_and_without_a_secret() {
    let (key, secret) = (("BINANCE_API_KEY", "key"), ("BINANCE_API_SECRET", "very secret"));
    let (missing, encrypted) = (path("missing.pem"), path("ed25519_encrypted.pem"));
    for (variables, expected) in [
        (&[secret][..], "BINANCE_API_KEY is not set; set it to the API key"),
        (
            &[("BINANCE_API_KEY", "a key"), secret],
            "BINANCE_API_KEY: the API key must be visible ASCII",
        ),
        (
            &[key],
            "none of the environment variables BINANCE_API_SECRET and BINANCE_PRIVATE_KEY_FILE",
        ),
        (
            &[key, secret, ("BINANCE_PRIVATE_KEY_FILE", "x")],
            "each of the environment variables BINANCE_API_SECRET",
        ),
        (
            &[key, ("BINANCE_PRIVATE_KEY_FILE", &missing)],
            "missing.pem cannot be read",
        ),
        (
            &[key, ("BINANCE_PRIVATE_KEY_FILE", &encrypted)],
            "BINANCE_PRIVATE_KEY_PASSPHRASE is not set",
        ),
        (
            &[
                key,
                ("BINANCE_PRIVATE_KEY_FILE", &encrypted),
                ("BINANCE_PRIVATE_KEY_PASSPHRASE", "very secret"),
            ],
            "ed25519_encrypted.pem: the passphrase does not open the private key",
        ),
    ] {
        let error = from_variables(variables).expect_err(expected);
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("very secret"), "{error}");
    }
}
