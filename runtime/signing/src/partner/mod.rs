//! The partner APIs, which sign the body of a request instead of its parameters.
//!
//! - RSA over body and time: Connect 2.0, Connect Prime and x402, in the header `X-Tesla-Signature` with the time
//!   in `X-Tesla-Timestamp`; their webhooks the same way in `X-BN-Connect-Signature` and
//!   `X-BN-Connect-Timestamp`. [`RsaKey`] signs, [`RsaPublicKey`] verifies.
//! - HMAC over the exact body: KYC, in the header `X-SHA-Signature`, its webhooks in `X-SHA2-Signature`.
//!   [`HmacKey`] does both.
//!
//! The body must be the very bytes that are sent or were received: sign after encoding, verify before parsing.

mod ffi;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::credentials::SignatureText;
use crate::key::{self, Pem};
use crate::{CredentialsError, KeyType, SignError};

/// A signature that does not belong to what it came with: refuse the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct VerifyError;

/// A private RSA key for signing a body and a time.
///
/// Takes keys from 1024 bits, the size that the partner documentation generates, in PKCS#8 or PKCS#1.
pub struct RsaKey(ffi::RsaSigner);

impl RsaKey {
    /// A key from PEM that is not encrypted.
    ///
    /// # Errors
    /// If the PEM holds no private RSA key, or one of less than 1024 bits.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, CredentialsError> {
        let pem = Pem::parse(pem.as_ref())?;
        if pem.label == key::RSA_PRIVATE_KEY {
            return ffi::RsaSigner::from_pkcs1(&pem.der).map(Self);
        }
        let der = key::plain(pem)?;
        ffi::RsaSigner::from_pkcs8(der.of_type(KeyType::Rsa)?).map(Self)
    }

    /// A key from PKCS#8 PEM that is encrypted with a passphrase (PBES2).
    ///
    /// # Errors
    /// If the PEM holds no such key or the passphrase is wrong.
    pub fn from_encrypted_pem(
        pem: impl AsRef<[u8]>,
        passphrase: impl AsRef<[u8]>,
    ) -> Result<Self, CredentialsError> {
        let der = key::from_encrypted_pem(pem.as_ref(), passphrase.as_ref())?;
        ffi::RsaSigner::from_pkcs8(der.of_type(KeyType::Rsa)?).map(Self)
    }

    /// The size of the key. Less than 2048 bits is weak by today's measure; the partner documentation asks for no more.
    pub fn bits(&self) -> u32 {
        self.0.bits()
    }

    /// Signs `body` followed directly by `timestamp`, and appends the signature as padded base64.
    ///
    /// `timestamp` is the text of the header that goes with it: milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// [`SignError::Failed`] when the cryptographic library fails.
    pub fn sign(&self, body: &[u8], timestamp: &str, out: &mut String) -> Result<(), SignError> {
        let signature = self
            .0
            .sign(&[body, timestamp.as_bytes()])
            .ok_or(SignError::Failed(KeyType::Rsa))?;
        BASE64.encode_string(signature, out);
        Ok(())
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaKey").finish_non_exhaustive()
    }
}

/// The credentials of a partner: the client id, the access token and the private key whose public half the exchange
/// has. Cloning is cheap: all clones share one key.
///
/// Only the client id shows in `Debug`.
#[derive(Clone)]
pub struct PartnerCredentials(Arc<Partner>);

struct Partner {
    client_id: String,
    access_token: Zeroizing<String>,
    key: RsaKey,
}

impl PartnerCredentials {
    /// Client id and access token as the exchange handed them out, and the private key.
    ///
    /// # Errors
    /// [`CredentialsError::InvalidPartner`] if one of the two is empty or is not allowed in an HTTP header.
    pub fn new(
        client_id: impl Into<String>,
        access_token: impl Into<String>,
        key: RsaKey,
    ) -> Result<Self, CredentialsError> {
        let client_id = client_id.into();
        let access_token = Zeroizing::new(access_token.into());
        for text in [client_id.as_str(), access_token.as_str()] {
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(CredentialsError::InvalidPartner);
            }
        }
        Ok(Self(Arc::new(Partner {
            client_id,
            access_token,
            key,
        })))
    }

    /// The client id, for the header `X-Tesla-ClientId`.
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// The access token, for the header `X-Tesla-SignAccessToken`.
    pub fn access_token(&self) -> &str {
        &self.0.access_token
    }

    /// The key that signs.
    pub fn key(&self) -> &RsaKey {
        &self.0.key
    }
}

impl fmt::Debug for PartnerCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartnerCredentials")
            .field("client_id", &self.client_id())
            .finish_non_exhaustive()
    }
}

/// The exchange's public RSA key, with which its webhooks are verified.
#[derive(Clone, Debug)]
pub struct RsaPublicKey(UnparsedPublicKey<Vec<u8>>);

impl RsaPublicKey {
    /// A key from PEM (`PUBLIC KEY`).
    ///
    /// # Errors
    /// If the PEM holds something else.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, CredentialsError> {
        let pem = Pem::parse(pem.as_ref())?;
        if pem.label != key::PUBLIC_KEY {
            return Err(CredentialsError::Label {
                found: pem.label.to_owned(),
                expected: key::PUBLIC_KEY,
            });
        }
        Self::from_der(pem.der.to_vec())
    }

    /// A key from the DER form of a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// If the bytes are no RSA key.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, CredentialsError> {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, der.into());
        key.parse()
            .map_err(|rejected| CredentialsError::KeyRejected(rejected.to_string()))?;
        Ok(Self(key))
    }

    /// Verifies that `signature` (base64) was made over `body` followed directly by `timestamp`, the text of the
    /// header that came with it.
    ///
    /// # Errors
    /// [`VerifyError`] if it was not.
    pub fn verify(&self, body: &[u8], timestamp: &str, signature: &str) -> Result<(), VerifyError> {
        let signature = BASE64.decode(signature).map_err(|_| VerifyError)?;
        let signed = [body, timestamp.as_bytes()].concat();
        self.0.verify(&signed, &signature).map_err(|_| VerifyError)
    }
}

/// A shared secret for signing a body and for verifying one. Wiped when dropped.
#[derive(Clone)]
pub struct HmacKey(Hmac<Sha256>);

impl HmacKey {
    /// A key from the secret.
    ///
    /// # Errors
    /// [`CredentialsError::EmptySecret`].
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, CredentialsError> {
        let secret = secret.as_ref();
        if secret.is_empty() {
            return Err(CredentialsError::EmptySecret);
        }
        Hmac::new_from_slice(secret)
            .map(Self)
            .map_err(|_| CredentialsError::EmptySecret)
    }

    /// Appends the signature of `body`: 64 lower-case hex digits.
    pub fn sign(&self, body: &[u8], out: &mut String) {
        let mac = self.0.clone().chain_update(body).finalize().into_bytes();
        out.push_str(SignatureText::hex(&mac.into()).as_str());
    }

    /// Verifies that `signature` (64 hex digits, in either case) was made over `body`, in constant time.
    ///
    /// # Errors
    /// [`VerifyError`] if it was not.
    pub fn verify(&self, body: &[u8], signature: &str) -> Result<(), VerifyError> {
        let mut mac = [0; 32];
        hex::decode_to_slice(signature, &mut mac).map_err(|_| VerifyError)?;
        self.0
            .clone()
            .chain_update(body)
            .verify_slice(&mac)
            .map_err(|_| VerifyError)
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HmacKey").finish_non_exhaustive()
    }
}
