//! An API key together with what signs for it.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::key::{self, CredentialsError};

/// The kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// A shared secret, HMAC-SHA-256. The exchange discourages it.
    Hmac,
    /// RSA, 2048 to 4096 bits, RSASSA-PKCS1-v1_5 with SHA-256.
    Rsa,
    /// Ed25519: the fastest, the one the exchange recommends, and the only one for FIX and for `session.logon`.
    Ed25519,
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hmac => "HMAC",
            Self::Rsa => "RSA",
            Self::Ed25519 => "Ed25519",
        })
    }
}

/// A request could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The operation takes another kind of key.
    #[error("{operation} needs an {needed} key; these credentials hold an {found} key")]
    WrongKeyType {
        /// What was to be signed.
        operation: &'static str,
        /// The kind it takes.
        needed: KeyType,
        /// The kind at hand.
        found: KeyType,
    },
    /// The cryptographic library failed, which it does only when memory runs out.
    #[error("the cryptographic library could not make the {0} signature")]
    Failed(KeyType),
}

/// An API key and the secret that signs for it. Cloning is cheap: all clones share one key.
///
/// Only the API key and the kind show in `Debug`; the secret is wiped when the last clone is dropped.
///
/// ```
/// use binance_wire_signing::{Credentials, KeyType};
///
/// let credentials = Credentials::hmac("key", "secret")?;
/// assert_eq!(credentials.key_type(), KeyType::Hmac);
/// # Ok::<(), binance_wire_signing::CredentialsError>(())
/// ```
#[derive(Clone)]
pub struct Credentials(Arc<Inner>);

struct Inner {
    api_key: String,
    secret: Secret,
}

/// What signs. Each of the libraries wipes its own state when it is dropped.
enum Secret {
    /// The state after the key went in, copied for each signature.
    Hmac(Hmac<Sha256>),
    Rsa(rsa::KeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Credentials {
    /// An API key with a shared secret.
    ///
    /// # Errors
    /// If one of the two is empty, or the API key cannot stand in an HTTP header.
    pub fn hmac(api_key: impl Into<String>, secret: impl AsRef<[u8]>) -> Result<Self, CredentialsError> {
        Self::new(api_key, || {
            let secret = secret.as_ref();
            if secret.is_empty() {
                return Err(CredentialsError::EmptySecret);
            }
            // HMAC takes keys of any length.
            let state = Hmac::new_from_slice(secret).map_err(|_| CredentialsError::EmptySecret)?;
            Ok(Secret::Hmac(state))
        })
    }

    /// An API key with an Ed25519 key: PEM, PKCS#8, not encrypted.
    ///
    /// # Errors
    /// If the PEM is not such a key; the error says what it is instead and what to do.
    pub fn ed25519(api_key: impl Into<String>, pem: impl AsRef<[u8]>) -> Result<Self, CredentialsError> {
        Self::new(api_key, || Self::ed25519_secret(&key::from_pem(pem.as_ref())?))
    }

    /// An API key with an Ed25519 key: PEM, PKCS#8, encrypted with a passphrase (PBES2).
    ///
    /// # Errors
    /// If the PEM is not such a key or the passphrase is wrong.
    pub fn ed25519_encrypted(
        api_key: impl Into<String>,
        pem: impl AsRef<[u8]>,
        passphrase: impl AsRef<[u8]>,
    ) -> Result<Self, CredentialsError> {
        Self::new(api_key, || {
            Self::ed25519_secret(&key::from_encrypted_pem(pem.as_ref(), passphrase.as_ref())?)
        })
    }

    /// An API key with an RSA key of 2048 bits or more: PEM, PKCS#8, not encrypted.
    ///
    /// # Errors
    /// If the PEM is not such a key; the error says what it is instead and what to do.
    pub fn rsa(api_key: impl Into<String>, pem: impl AsRef<[u8]>) -> Result<Self, CredentialsError> {
        Self::new(api_key, || Self::rsa_secret(&key::from_pem(pem.as_ref())?))
    }

    /// An API key with an RSA key of 2048 bits or more: PEM, PKCS#8, encrypted with a passphrase (PBES2).
    ///
    /// # Errors
    /// If the PEM is not such a key or the passphrase is wrong.
    pub fn rsa_encrypted(
        api_key: impl Into<String>,
        pem: impl AsRef<[u8]>,
        passphrase: impl AsRef<[u8]>,
    ) -> Result<Self, CredentialsError> {
        Self::new(api_key, || {
            Self::rsa_secret(&key::from_encrypted_pem(pem.as_ref(), passphrase.as_ref())?)
        })
    }

    fn new(
        api_key: impl Into<String>,
        secret: impl FnOnce() -> Result<Secret, CredentialsError>,
    ) -> Result<Self, CredentialsError> {
        let api_key = api_key.into();
        // It goes out as an HTTP header, as a FIX field and as a raw part of what is signed.
        if api_key.is_empty() || !api_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CredentialsError::InvalidApiKey);
        }
        Ok(Self(Arc::new(Inner {
            api_key,
            secret: secret()?,
        })))
    }

    fn ed25519_secret(der: &key::PrivateKeyDer) -> Result<Secret, CredentialsError> {
        let der = der.of_type(KeyType::Ed25519)?;
        Ed25519KeyPair::from_pkcs8(der)
            .map(Secret::Ed25519)
            .map_err(|rejected| CredentialsError::KeyRejected(rejected.to_string()))
    }

    fn rsa_secret(der: &key::PrivateKeyDer) -> Result<Secret, CredentialsError> {
        let der = der.of_type(KeyType::Rsa)?;
        rsa::KeyPair::from_pkcs8(der)
            .map(Secret::Rsa)
            .map_err(|rejected| CredentialsError::KeyRejected(rejected.to_string()))
    }

    /// The API key.
    pub fn api_key(&self) -> &str {
        &self.0.api_key
    }

    /// The kind of key that signs.
    pub fn key_type(&self) -> KeyType {
        match self.0.secret {
            Secret::Hmac(_) => KeyType::Hmac,
            Secret::Rsa(_) => KeyType::Rsa,
            Secret::Ed25519(_) => KeyType::Ed25519,
        }
    }

    /// Signs `payload` and appends the signature to `out`: 64 lower-case hex digits for HMAC, padded standard
    /// base64 for RSA and Ed25519 (88 characters). Only RSA allocates anything besides `out`.
    ///
    /// # Errors
    /// [`SignError::Failed`] when the cryptographic library fails; `out` is then as it was.
    pub fn sign(&self, payload: &[u8], out: &mut String) -> Result<(), SignError> {
        out.push_str(self.signature(payload, &[])?.as_str());
        Ok(())
    }

    /// The signature of `first` followed directly by `second`.
    pub(crate) fn signature(&self, first: &[u8], second: &[u8]) -> Result<SignatureText, SignError> {
        if let Secret::Hmac(keyed) = &self.0.secret {
            let mut mac = keyed.clone();
            mac.update(first);
            mac.update(second);
            return Ok(SignatureText::hex(&mac.finalize().into_bytes().into()));
        }
        // Neither RSA's nor Ed25519's signer takes its message in parts.
        let joined;
        let payload = if second.is_empty() {
            first
        } else {
            joined = [first, second].concat();
            &joined
        };
        match &self.0.secret {
            Secret::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), payload, &mut signature)
                    .map_err(|_| SignError::Failed(KeyType::Rsa))?;
                Ok(SignatureText::Long(BASE64.encode(signature)))
            }
            Secret::Ed25519(pair) => {
                let signature = pair
                    .try_sign(payload)
                    .map_err(|_| SignError::Failed(KeyType::Ed25519))?;
                Ok(SignatureText::base64(signature.as_ref()))
            }
            Secret::Hmac(_) => Err(SignError::Failed(KeyType::Hmac)),
        }
    }

    /// An error unless these credentials hold a key of the type that `operation` takes.
    ///
    /// # Errors
    /// [`SignError::WrongKeyType`].
    pub fn require(&self, needed: KeyType, operation: &'static str) -> Result<(), SignError> {
        let found = self.key_type();
        if found == needed {
            Ok(())
        } else {
            Err(SignError::WrongKeyType {
                operation,
                needed,
                found,
            })
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("api_key", &self.api_key())
            .field("key_type", &self.key_type())
            .finish_non_exhaustive()
    }
}

/// A signature in its text form, on the stack where it fits.
pub(crate) enum SignatureText {
    Short([u8; Self::SHORT], usize),
    Long(String),
}

impl SignatureText {
    /// An Ed25519 signature in base64.
    const SHORT: usize = 88;

    /// Lower-case hex.
    pub(crate) fn hex(mac: &[u8; 32]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; Self::SHORT];
        for (pair, byte) in text.chunks_exact_mut(2).zip(mac) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self::Short(text, 2 * mac.len())
    }

    fn base64(signature: &[u8]) -> Self {
        let mut text = [0; Self::SHORT];
        match BASE64.encode_slice(signature, &mut text) {
            Ok(length) => Self::Short(text, length),
            Err(_) => Self::Long(BASE64.encode(signature)),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            // Hex and base64 are ASCII, so that this cannot fail.
            Self::Short(text, length) => std::str::from_utf8(&text[..*length]).unwrap_or_default(),
            Self::Long(text) => text,
        }
    }
}
