//! An API key together with what signs for it.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

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
        /// The kind of signature.
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

/// A signing key. Each of the libraries wipes its state when it is dropped.
enum Secret {
    /// The state after the key went in, copied for each signature.
    Hmac(Hmac<Sha256>),
    Rsa(rsa::KeyPair),
    Ed25519(Ed25519KeyPair),
}

const API_KEY: &str = "BINANCE_API_KEY";
const API_SECRET: &str = "BINANCE_API_SECRET";
const PRIVATE_KEY_FILE: &str = "BINANCE_PRIVATE_KEY_FILE";
const PASSPHRASE: &str = "BINANCE_PRIVATE_KEY_PASSPHRASE";

/// An API key goes out as an HTTP header, as a FIX field and as a raw part of what is signed.
fn is_api_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Credentials {
    /// An API key with a shared secret.
    ///
    /// # Errors
    /// If one of the two is empty, or the API key is not allowed in an HTTP header.
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

    /// An API key with a private key of either kind, Ed25519 or RSA: PEM, PKCS#8, not encrypted.
    ///
    /// # Errors
    /// If the PEM is not such a key; the error says what it is instead and what to do.
    pub fn private_key(api_key: impl Into<String>, pem: impl AsRef<[u8]>) -> Result<Self, CredentialsError> {
        Self::new(api_key, || Self::secret_of(&key::from_pem(pem.as_ref())?))
    }

    /// An API key with a private key of either kind, Ed25519 or RSA: PEM, PKCS#8, encrypted with a passphrase (PBES2).
    ///
    /// # Errors
    /// If the PEM is not such a key or the passphrase is wrong.
    pub fn private_key_encrypted(
        api_key: impl Into<String>,
        pem: impl AsRef<[u8]>,
        passphrase: impl AsRef<[u8]>,
    ) -> Result<Self, CredentialsError> {
        Self::new(api_key, || {
            Self::secret_of(&key::from_encrypted_pem(pem.as_ref(), passphrase.as_ref())?)
        })
    }

    /// As [`private_key`](Self::private_key), with the PEM in a file.
    ///
    /// # Errors
    /// If the file cannot be read or is not such a key; the error names the file.
    pub fn from_pem_file(
        api_key: impl Into<String>,
        path: impl AsRef<Path>,
    ) -> Result<Self, CredentialsError> {
        Self::from_file(path.as_ref(), |pem| Self::private_key(api_key, pem))
    }

    /// As [`private_key_encrypted`](Self::private_key_encrypted), with the PEM in a file.
    ///
    /// # Errors
    /// If the file cannot be read, is not such a key, or the passphrase is wrong; the error names the file.
    pub fn from_encrypted_pem_file(
        api_key: impl Into<String>,
        path: impl AsRef<Path>,
        passphrase: impl AsRef<[u8]>,
    ) -> Result<Self, CredentialsError> {
        Self::from_file(path.as_ref(), |pem| {
            Self::private_key_encrypted(api_key, pem, passphrase)
        })
    }

    /// Credentials from the environment:
    ///
    /// - `BINANCE_API_KEY`: the API key;
    /// - `BINANCE_API_SECRET`: the secret of an HMAC key; or
    /// - `BINANCE_PRIVATE_KEY_FILE`: the path of the PEM file of an Ed25519 or RSA key, and
    ///   `BINANCE_PRIVATE_KEY_PASSPHRASE` where that is encrypted.
    ///
    /// An empty variable counts as one that is not set.
    ///
    /// # Errors
    /// If a variable is missing or its content is not usable; the error names the variable, or the file, and the
    /// remedy. It never holds a secret.
    pub fn from_env() -> Result<Self, CredentialsError> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// As [`from_env`](Self::from_env), with another source of the variables, such as a secret store.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, CredentialsError> {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let text = |name: &'static str| {
            let text = |value: OsString| value.into_string().map(Zeroizing::new);
            variable(name)
                .map(text)
                .transpose()
                .map_err(|_| CredentialsError::Variable {
                    name,
                    error: Box::new(CredentialsError::NotText),
                })
        };
        let api_key = text(API_KEY)?.ok_or(CredentialsError::MissingVariable {
            name: API_KEY,
            purpose: "the API key",
        })?;
        // The key alone first, so that what is wrong with it is reported under its own name.
        if !is_api_key(&api_key) {
            return Err(CredentialsError::Variable {
                name: API_KEY,
                error: Box::new(CredentialsError::InvalidApiKey),
            });
        }
        let api_key = api_key.as_str();
        match (text(API_SECRET)?, variable(PRIVATE_KEY_FILE)) {
            (Some(secret), None) => Self::hmac(api_key, secret.as_bytes()),
            (None, Some(path)) => match text(PASSPHRASE)? {
                None => Self::from_pem_file(api_key, path).map_err(|error| match error {
                    CredentialsError::File { error, .. } if *error == CredentialsError::Encrypted => {
                        CredentialsError::MissingVariable {
                            name: PASSPHRASE,
                            purpose: "the passphrase of the encrypted private key",
                        }
                    }
                    other => other,
                }),
                Some(passphrase) => Self::from_encrypted_pem_file(api_key, path, passphrase.as_bytes()),
            },
            (None, None) => Err(CredentialsError::OneSecret { found: "none" }),
            (Some(_), Some(_)) => Err(CredentialsError::OneSecret { found: "each" }),
        }
    }

    fn from_file(
        path: &Path,
        read: impl FnOnce(&[u8]) -> Result<Self, CredentialsError>,
    ) -> Result<Self, CredentialsError> {
        let pem = match std::fs::read(path) {
            Ok(pem) => Zeroizing::new(pem),
            Err(error) => {
                return Err(CredentialsError::UnreadableFile {
                    path: path.to_owned(),
                    reason: error.to_string(),
                });
            }
        };
        read(&pem).map_err(|error| match error {
            // Not the file's fault.
            CredentialsError::InvalidApiKey => error,
            error => CredentialsError::File {
                path: path.to_owned(),
                error: Box::new(error),
            },
        })
    }

    fn secret_of(der: &key::PrivateKeyDer) -> Result<Secret, CredentialsError> {
        match der.key_type() {
            Some(KeyType::Rsa) => Self::rsa_secret(der),
            // What signs in no way is reported as not being the key that the exchange recommends.
            _ => Self::ed25519_secret(der),
        }
    }

    fn new(
        api_key: impl Into<String>,
        secret: impl FnOnce() -> Result<Secret, CredentialsError>,
    ) -> Result<Self, CredentialsError> {
        let api_key = api_key.into();
        if !is_api_key(&api_key) {
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
    /// base64 for RSA and Ed25519 (88 characters). Only RSA allocates anything but `out`.
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

/// Shows the first characters of the key, by which it can be told from others, and nothing of the secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A key is ASCII; so short a one as tests have would be given away.
        let start = match self.api_key().len() {
            16.. => self.api_key().get(..4).unwrap_or_default(),
            _ => "",
        };
        f.debug_struct("Credentials")
            .field("api_key", &format_args!("\"{start}…\""))
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
        let mut text = [0; Self::SHORT];
        let length = 2 * mac.len();
        match hex::encode_to_slice(mac, &mut text[..length]) {
            Ok(()) => Self::Short(text, length),
            Err(_) => Self::Long(hex::encode(mac)),
        }
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
