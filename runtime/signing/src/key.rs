//! Private keys from PEM text.

use std::path::PathBuf;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use pkcs8::der::{ErrorKind, Tag};
use pkcs8::{EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use crate::KeyType;

/// Credentials could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The API key is empty or has characters that no API key has.
    #[error("the API key must be visible ASCII without spaces")]
    InvalidApiKey,
    /// A partner's client id or access token is empty or has characters that none of them has.
    #[error("a client id and an access token must be visible ASCII without spaces")]
    InvalidPartner,
    /// The secret is empty.
    #[error("the secret is empty")]
    EmptySecret,
    /// Not PEM at all, or PEM that is cut off or garbled.
    #[error("not a PEM file: {0}")]
    Pem(&'static str),
    /// PEM of something that is not a PKCS#8 private key.
    #[error("the PEM file holds a {found}; a {expected} is needed")]
    Label {
        /// The label in the file.
        found: String,
        /// The label needed.
        expected: &'static str,
    },
    /// An RSA key in the older PKCS#1 form, which the exchange does not take either.
    #[error(
        "the PEM file holds an RSA key as PKCS#1; convert it: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW"
    )]
    Pkcs1,
    /// The key is encrypted and no passphrase was given.
    #[error("the private key is encrypted; use the constructor that takes a passphrase")]
    Encrypted,
    /// A passphrase was given, but the key is not encrypted.
    #[error("the private key is not encrypted; use the constructor that takes no passphrase")]
    NotEncrypted,
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the private key")]
    WrongPassphrase,
    /// The key is encrypted in a way that is not supported.
    #[error(
        "the private key's encryption is not supported ({0}); encrypt it again: openssl pkcs8 -topk8 -v2 aes-256-cbc"
    )]
    UnsupportedEncryption(String),
    /// The content is not the DER form of a PKCS#8 private key.
    #[error("the private key is not valid PKCS#8: {0}")]
    Malformed(String),
    /// The key is of another kind.
    #[error("this is an {found} key; an {expected} key is needed")]
    WrongKeyType {
        /// The kind asked for.
        expected: KeyType,
        /// The kind in the file: a name, or an object identifier.
        found: String,
    },
    /// An environment variable that is needed is not set, or empty.
    #[error("the environment variable {name} is not set; set it to {purpose}")]
    MissingVariable {
        /// The variable.
        name: &'static str,
        /// Its content.
        purpose: &'static str,
    },
    /// No environment variable names a secret, or more than one does.
    #[error(
        "{found} of the environment variables BINANCE_API_SECRET and BINANCE_PRIVATE_KEY_FILE is set; set the \
         former to the secret of an HMAC key, or the latter to the path of the PEM file of an Ed25519 or RSA key"
    )]
    OneSecret {
        /// `none` or `each`.
        found: &'static str,
    },
    /// The content of an environment variable is not usable.
    #[error("the environment variable {name}: {error}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// The error.
        error: Box<CredentialsError>,
    },
    /// The content of an environment variable is not Unicode.
    #[error("it is not UTF-8 text; set it again")]
    NotText,
    /// A file cannot be read.
    #[error("the file {} cannot be read: {reason}; check the path and its permissions", path.display())]
    UnreadableFile {
        /// The file.
        path: PathBuf,
        /// The reason, as the system words it.
        reason: String,
    },
    /// The content of a file is not usable.
    #[error("the file {}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error.
        error: Box<CredentialsError>,
    },
    /// The key is well-formed but not usable, such as an RSA key that is too short.
    #[error("the private key is not usable: {0}")]
    KeyRejected(String),
}

pub(crate) const PRIVATE_KEY: &str = "PRIVATE KEY";
pub(crate) const PUBLIC_KEY: &str = "PUBLIC KEY";
const ENCRYPTED_PRIVATE_KEY: &str = "ENCRYPTED PRIVATE KEY";
pub(crate) const RSA_PRIVATE_KEY: &str = "RSA PRIVATE KEY";

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const ELLIPTIC_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// A decoded PEM block; its content is wiped when dropped.
pub(crate) struct Pem<'a> {
    pub(crate) label: &'a str,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

impl<'a> Pem<'a> {
    /// Reads the first PEM block. More lenient than RFC 7468 in the length of lines, which people's secret
    /// stores change.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, CredentialsError> {
        const BASE64: GeneralPurpose = GeneralPurpose::new(
            &alphabet::STANDARD,
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        let text = std::str::from_utf8(text).map_err(|_| CredentialsError::Pem("it is not text"))?;
        let (_, rest) = text
            .split_once("-----BEGIN ")
            .ok_or(CredentialsError::Pem("no -----BEGIN line"))?;
        let (label, rest) = rest
            .split_once("-----")
            .ok_or(CredentialsError::Pem("the -----BEGIN line is cut off"))?;
        let (body, rest) = rest
            .split_once("-----END ")
            .ok_or(CredentialsError::Pem("no -----END line"))?;
        if rest.split_once("-----").is_none_or(|(end, _)| end != label) {
            return Err(CredentialsError::Pem(
                "the -----END line does not match the -----BEGIN line",
            ));
        }
        // OpenSSL's old way of encrypting puts headers before the base64.
        if label == RSA_PRIVATE_KEY && body.contains(':') {
            return Err(CredentialsError::Pkcs1);
        }
        let compact: Zeroizing<Vec<u8>> =
            Zeroizing::new(body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
        let der = BASE64
            .decode(&*compact)
            .map_err(|_| CredentialsError::Pem("its content is not base64"))?;
        Ok(Self {
            label,
            der: Zeroizing::new(der),
        })
    }
}

/// A PKCS#8 private key in DER, wiped when dropped.
pub(crate) enum PrivateKeyDer {
    Plain(Zeroizing<Vec<u8>>),
    Decrypted(SecretDocument),
}

impl PrivateKeyDer {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Plain(der) => der,
            Self::Decrypted(document) => document.as_bytes(),
        }
    }

    /// The type of the key, where it is one that signs.
    pub(crate) fn key_type(&self) -> Option<KeyType> {
        let info = PrivateKeyInfoRef::try_from(self.as_bytes()).ok()?;
        match info.algorithm.oid {
            ED25519 => Some(KeyType::Ed25519),
            RSA => Some(KeyType::Rsa),
            _ => None,
        }
    }

    /// The bytes, if they are a private key of type `expected`.
    pub(crate) fn of_type(&self, expected: KeyType) -> Result<&[u8], CredentialsError> {
        let der = self.as_bytes();
        let info = PrivateKeyInfoRef::try_from(der)
            .map_err(|error| CredentialsError::Malformed(error.to_string()))?;
        let oid = info.algorithm.oid;
        let matches = match expected {
            KeyType::Ed25519 => oid == ED25519,
            KeyType::Rsa => oid == RSA,
            KeyType::Hmac => false,
        };
        if matches {
            return Ok(der);
        }
        let found = match oid {
            ED25519 => "Ed25519".to_owned(),
            RSA => "RSA".to_owned(),
            RSA_PSS => "RSA-PSS".to_owned(),
            ELLIPTIC_CURVE => "elliptic curve (ECDSA)".to_owned(),
            other => other.to_string(),
        };
        Err(CredentialsError::WrongKeyType { expected, found })
    }
}

/// The key in a PEM file that is not encrypted.
pub(crate) fn from_pem(text: &[u8]) -> Result<PrivateKeyDer, CredentialsError> {
    plain(Pem::parse(text)?)
}

/// The key in a PEM block that is not encrypted.
pub(crate) fn plain(pem: Pem<'_>) -> Result<PrivateKeyDer, CredentialsError> {
    match pem.label {
        PRIVATE_KEY => Ok(PrivateKeyDer::Plain(pem.der)),
        ENCRYPTED_PRIVATE_KEY => Err(CredentialsError::Encrypted),
        RSA_PRIVATE_KEY => Err(CredentialsError::Pkcs1),
        other => Err(CredentialsError::Label {
            found: other.to_owned(),
            expected: PRIVATE_KEY,
        }),
    }
}

/// The key in a PEM file that is encrypted.
pub(crate) fn from_encrypted_pem(text: &[u8], passphrase: &[u8]) -> Result<PrivateKeyDer, CredentialsError> {
    let pem = Pem::parse(text)?;
    match pem.label {
        ENCRYPTED_PRIVATE_KEY => {}
        PRIVATE_KEY => return Err(CredentialsError::NotEncrypted),
        RSA_PRIVATE_KEY => return Err(CredentialsError::Pkcs1),
        other => {
            return Err(CredentialsError::Label {
                found: other.to_owned(),
                expected: ENCRYPTED_PRIVATE_KEY,
            });
        }
    }
    let info = EncryptedPrivateKeyInfoRef::try_from(pem.der.as_slice()).map_err(|error| match error {
        // Schemes that the decoder does not know; of PBES1 it takes the identifier for a malformed one.
        pkcs8::Error::Asn1(error)
            if matches!(
                error.kind(),
                ErrorKind::OidUnknown { .. }
                    | ErrorKind::Value {
                        tag: Tag::ObjectIdentifier
                    }
            ) =>
        {
            CredentialsError::UnsupportedEncryption(error.to_string())
        }
        other => CredentialsError::Malformed(other.to_string()),
    })?;
    let document = info.decrypt(passphrase).map_err(decryption_error)?;
    // One wrong passphrase in 256 survives the check of the padding and leaves noise behind.
    if PrivateKeyInfoRef::try_from(document.as_bytes()).is_err() {
        return Err(CredentialsError::WrongPassphrase);
    }
    Ok(PrivateKeyDer::Decrypted(document))
}

fn decryption_error(error: pkcs8::Error) -> CredentialsError {
    use pkcs8::pkcs5::Error as Pbes;
    match error {
        pkcs8::Error::EncryptedPrivateKey(
            unsupported @ (Pbes::UnsupportedAlgorithm { .. }
            | Pbes::NoPbes1CryptSupport
            | Pbes::AlgorithmParametersInvalid { .. }),
        ) => CredentialsError::UnsupportedEncryption(unsupported.to_string()),
        // `Asn1`: the padding was right by chance and the content is noise.
        pkcs8::Error::EncryptedPrivateKey(Pbes::DecryptFailed) | pkcs8::Error::Asn1(_) => {
            CredentialsError::WrongPassphrase
        }
        other => CredentialsError::Malformed(other.to_string()),
    }
}
