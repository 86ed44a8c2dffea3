//! The TLS configuration: rustls with AWS-LC, TLS 1.2 and 1.3, SNI on, Mozilla's roots or others.

use std::sync::Arc;

use binance_wire_core::Error;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// Returns a configuration that trusts the roots `own`, certificates in DER, and where `defaults` says so, Mozilla's.
///
/// The cryptographic provider is named rather than taken from the process, which may have none or another.
///
/// # Errors
/// [`Error::Unusable`] where a certificate cannot be read, or there is none.
pub(crate) fn client_config(own: &[Vec<u8>], defaults: bool) -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    if defaults {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for der in own {
        roots
            .add(CertificateDer::from(der.as_slice()).into_owned())
            .map_err(|error| Error::Unusable(format!("a root certificate is not usable: {error}")))?;
    }
    if roots.is_empty() {
        return Err(Error::Unusable(
            "no root certificate is trusted: add one, or keep the default roots".to_owned(),
        ));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Unusable(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
