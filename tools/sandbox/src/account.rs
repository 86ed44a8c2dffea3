//! Accounts, and the API keys that open them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::KeyPair as _;

/// Throwaway keys that every test exchange knows. Test data: they open nothing anywhere else.
///
/// There is one of each kind for two accounts; those of the second begin with `SECOND`.
pub mod keys {
    /// API key of the HMAC secret.
    pub const HMAC_API_KEY: &str = "TESTDATAhmacTESTDATAhmacTESTDATAhmacTESTDATAhmacTESTDATAhmac0001";
    /// The HMAC secret of [`HMAC_API_KEY`].
    pub const HMAC_SECRET: &str = "TESTDATAsecretTESTDATAsecretTESTDATAsecretTESTDATAsecretTEST0001";
    /// API key of the RSA-2048 key.
    pub const RSA_API_KEY: &str = "TESTDATArsaTESTDATArsaTESTDATArsaTESTDATArsaTESTDATArsaTESTD0002";
    /// The private key of [`RSA_API_KEY`], unencrypted PKCS#8 in PEM.
    pub const RSA_PRIVATE_KEY_PEM: &str = include_str!("../keys/rsa.pem");
    /// API key of the first Ed25519 key, of the same account.
    pub const ED25519_API_KEY: &str = "TESTDATAed25519TESTDATAed25519TESTDATAed25519TESTDATAed255190003";
    /// The private key of [`ED25519_API_KEY`], unencrypted PKCS#8 in PEM.
    pub const ED25519_PRIVATE_KEY_PEM: &str = include_str!("../keys/ed25519.pem");
    /// API key of the second account's HMAC secret.
    pub const SECOND_HMAC_API_KEY: &str = "TESTDATAsecondhmacTESTDATAsecondhmacTESTDATAsecondhmacTESTDA0005";
    /// The HMAC secret of [`SECOND_HMAC_API_KEY`].
    pub const SECOND_HMAC_SECRET: &str = "TESTDATAsecondsecretTESTDATAsecondsecretTESTDATAsecondsecret0005";
    /// API key of the second account's RSA-2048 key.
    pub const SECOND_RSA_API_KEY: &str = "TESTDATAsecondrsaTESTDATAsecondrsaTESTDATAsecondrsaTESTDATA00006";
    /// The private key of [`SECOND_RSA_API_KEY`], unencrypted PKCS#8 in PEM.
    pub const SECOND_RSA_PRIVATE_KEY_PEM: &str = include_str!("../keys/rsa_second.pem");
    /// API key of the Ed25519 key of the second account.
    pub const SECOND_API_KEY: &str = "TESTDATAsecondTESTDATAsecondTESTDATAsecondTESTDATAsecondTEST0004";
    /// The private key of [`SECOND_API_KEY`], unencrypted PKCS#8 in PEM.
    pub const SECOND_PRIVATE_KEY_PEM: &str = include_str!("../keys/ed25519_second.pem");
}

/// An account's number.
pub(crate) type AccountId = u64;

/// The account of the built-in keys.
pub(crate) const FIRST_ACCOUNT: AccountId = 1;
/// The account of those that begin with `SECOND`.
pub(crate) const SECOND_ACCOUNT: AccountId = 2;

/// A key that could not be taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not a PEM block with base64 in it.
    #[error("not an unencrypted PKCS#8 PEM: {0}")]
    Pem(&'static str),
    /// The key inside the PEM was refused.
    #[error("key refused: {0}")]
    Rejected(String),
}

/// What signatures of an API key are verified with.
#[derive(Clone, Debug)]
pub(crate) enum Verifier {
    Hmac(Vec<u8>),
    /// DER of an RSAPublicKey.
    Rsa(Vec<u8>),
    /// The 32 bytes of the public key.
    Ed25519(Vec<u8>),
}

impl Verifier {
    pub(crate) fn rsa_from_private_pem(pem: &str) -> Result<Verifier, KeyError> {
        let pair = ring::rsa::KeyPair::from_pkcs8(&pem_body(pem)?)
            .map_err(|error| KeyError::Rejected(error.to_string()))?;
        Ok(Verifier::Rsa(pair.public().as_ref().to_vec()))
    }

    pub(crate) fn ed25519_from_private_pem(pem: &str) -> Result<Verifier, KeyError> {
        // PKCS#8 version 1 carries no public key to check against; that is how keys are usually written.
        let pair = ring::signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pem_body(pem)?)
            .map_err(|error| KeyError::Rejected(error.to_string()))?;
        Ok(Verifier::Ed25519(pair.public_key().as_ref().to_vec()))
    }
}

/// The DER inside a PEM block.
fn pem_body(pem: &str) -> Result<Vec<u8>, KeyError> {
    let mut lines = pem.lines().map(str::trim).filter(|line| !line.is_empty());
    if lines.next() != Some("-----BEGIN PRIVATE KEY-----") {
        return Err(KeyError::Pem(
            "it does not begin with -----BEGIN PRIVATE KEY-----",
        ));
    }
    let body: String = lines.take_while(|line| !line.starts_with("-----END")).collect();
    STANDARD
        .decode(body)
        .map_err(|_| KeyError::Pem("its body is not base64"))
}

/// An API key's entry.
#[derive(Clone, Debug)]
pub(crate) struct ApiKey {
    pub(crate) account: AccountId,
    pub(crate) verifier: Verifier,
}

/// The API keys known to the exchange.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyRing {
    keys: BTreeMap<String, ApiKey>,
}

impl KeyRing {
    /// The built-in keys.
    pub(crate) fn built_in() -> Result<KeyRing, KeyError> {
        let mut ring = KeyRing::default();
        ring.insert(
            keys::HMAC_API_KEY,
            FIRST_ACCOUNT,
            Verifier::Hmac(keys::HMAC_SECRET.into()),
        );
        ring.insert(
            keys::RSA_API_KEY,
            FIRST_ACCOUNT,
            Verifier::rsa_from_private_pem(keys::RSA_PRIVATE_KEY_PEM)?,
        );
        ring.insert(
            keys::ED25519_API_KEY,
            FIRST_ACCOUNT,
            Verifier::ed25519_from_private_pem(keys::ED25519_PRIVATE_KEY_PEM)?,
        );
        ring.insert(
            keys::SECOND_HMAC_API_KEY,
            SECOND_ACCOUNT,
            Verifier::Hmac(keys::SECOND_HMAC_SECRET.into()),
        );
        ring.insert(
            keys::SECOND_RSA_API_KEY,
            SECOND_ACCOUNT,
            Verifier::rsa_from_private_pem(keys::SECOND_RSA_PRIVATE_KEY_PEM)?,
        );
        ring.insert(
            keys::SECOND_API_KEY,
            SECOND_ACCOUNT,
            Verifier::ed25519_from_private_pem(keys::SECOND_PRIVATE_KEY_PEM)?,
        );
        Ok(ring)
    }

    pub(crate) fn insert(&mut self, api_key: &str, account: AccountId, verifier: Verifier) {
        self.keys.insert(api_key.to_owned(), ApiKey { account, verifier });
    }

    pub(crate) fn remove(&mut self, api_key: &str) -> bool {
        self.keys.remove(api_key).is_some()
    }

    pub(crate) fn get(&self, api_key: &str) -> Option<&ApiKey> {
        self.keys.get(api_key)
    }
}
