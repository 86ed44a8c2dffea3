//! RSA signatures with keys from 1024 bits.
//!
//! aws-lc-rs signs with 2048 bits and more only; the library underneath has no such limit. This module is the
//! only one with `unsafe` code, and holds nothing but the calls.

use std::ptr::{self, NonNull};

use aws_lc_sys as aws;

use crate::CredentialsError;

/// The size that the partner documentation generates; smaller keys are not secure.
const LEAST_BITS: i32 = 1024;

/// An RSA key for RSASSA-PKCS1-v1_5 with SHA-256. The library wipes the key when it frees it.
pub(super) struct RsaSigner(NonNull<aws::EVP_PKEY>);

// SAFETY: the library allows one key in several threads at once as long as none of them changes it. Nothing here
// changes it after it was made, and its reference count, which making a signing context raises, is atomic.
unsafe impl Send for RsaSigner {}
// SAFETY: as above.
unsafe impl Sync for RsaSigner {}

impl RsaSigner {
    /// From the DER form of a PKCS#8 `PrivateKeyInfo`.
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, CredentialsError> {
        let mut cbs = aws::CBS {
            data: der.as_ptr(),
            len: der.len(),
        };
        // SAFETY: `cbs` describes `der`, which outlives the call. The result is null or ours to free.
        let key = unsafe { aws::EVP_parse_private_key(&raw mut cbs) };
        let key = NonNull::new(key).map(Self).ok_or_else(malformed)?;
        if cbs.len != 0 {
            return Err(malformed());
        }
        key.checked()
    }

    /// From the DER form of a PKCS#1 `RSAPrivateKey`.
    pub(super) fn from_pkcs1(der: &[u8]) -> Result<Self, CredentialsError> {
        // SAFETY: pointer and length are those of `der`. The result is null or ours to free.
        let rsa = unsafe { aws::RSA_private_key_from_bytes(der.as_ptr(), der.len()) };
        if rsa.is_null() {
            return Err(malformed());
        }
        // SAFETY: takes nothing; the result is null or ours to free.
        let key = NonNull::new(unsafe { aws::EVP_PKEY_new() }).map(Self);
        let set = key.as_ref().is_some_and(|key| {
            // SAFETY: both pointers are valid; the call takes its own reference to `rsa`.
            unsafe { aws::EVP_PKEY_set1_RSA(key.0.as_ptr(), rsa) == 1 }
        });
        // SAFETY: `rsa` is valid and this reference to it is ours.
        unsafe { aws::RSA_free(rsa) };
        key.filter(|_| set).ok_or_else(malformed)?.checked()
    }

    fn checked(self) -> Result<Self, CredentialsError> {
        // SAFETY: the pointer is valid; neither call changes the key.
        let (id, bits) = unsafe {
            (
                aws::EVP_PKEY_id(self.0.as_ptr()),
                aws::EVP_PKEY_bits(self.0.as_ptr()),
            )
        };
        if id != aws::EVP_PKEY_RSA {
            return Err(malformed());
        }
        if bits < LEAST_BITS {
            return Err(CredentialsError::KeyRejected(format!(
                "{bits} bits are less than {LEAST_BITS}"
            )));
        }
        Ok(self)
    }

    /// The size of the key.
    pub(super) fn bits(&self) -> u32 {
        // SAFETY: the pointer is valid; the call does not change the key.
        let bits = unsafe { aws::EVP_PKEY_bits(self.0.as_ptr()) };
        u32::try_from(bits).unwrap_or(0)
    }

    /// The signature of `parts`, one after the other; `None` when the library fails.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> Option<Vec<u8>> {
        // SAFETY: takes nothing; the result is null or ours to free.
        let context = Context(NonNull::new(unsafe { aws::EVP_MD_CTX_new() })?);
        let raw = context.0.as_ptr();
        // SAFETY: the context is fresh and the key valid; the call takes its own reference to the key and
        // needs neither a place for the key's context nor an engine.
        let began = unsafe {
            aws::EVP_DigestSignInit(
                raw,
                ptr::null_mut(),
                aws::EVP_sha256(),
                ptr::null_mut(),
                self.0.as_ptr(),
            )
        };
        if began != 1 {
            return None;
        }
        for part in parts {
            // SAFETY: pointer and length are those of `part`.
            if unsafe { aws::EVP_DigestSignUpdate(raw, part.as_ptr().cast(), part.len()) } != 1 {
                return None;
            }
        }
        // SAFETY: the key is valid.
        let size = usize::try_from(unsafe { aws::EVP_PKEY_size(self.0.as_ptr()) }).ok()?;
        let mut signature = vec![0; size];
        let mut length = signature.len();
        // SAFETY: `length` is the room at `signature`; the call writes no more, and sets it to what it wrote.
        if unsafe { aws::EVP_DigestSignFinal(raw, signature.as_mut_ptr(), &raw mut length) } != 1 {
            return None;
        }
        signature.truncate(length);
        Some(signature)
    }
}

impl Drop for RsaSigner {
    fn drop(&mut self) {
        // SAFETY: the pointer is valid and this reference to the key is ours.
        unsafe { aws::EVP_PKEY_free(self.0.as_ptr()) };
    }
}

/// A signing context, freed when dropped.
struct Context(NonNull<aws::EVP_MD_CTX>);

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the pointer is valid and the context ours.
        unsafe { aws::EVP_MD_CTX_free(self.0.as_ptr()) };
    }
}

fn malformed() -> CredentialsError {
    CredentialsError::Malformed("not an RSA private key".to_owned())
}
