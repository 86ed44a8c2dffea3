//! The TLS configuration: rustls with AWS-LC, TLS 1.2 and 1.3, SNI on, Mozilla's roots.

use std::sync::Arc;

use binance_wire_core::Error;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// Returns a configuration that trusts Mozilla's roots and `extra`, certificates in DER.
///
/// The cryptographic provider is named rather than taken from the process, which may have none or another.
///
/// # Errors
/// [`Error::Unusable`] where a certificate cannot be read.
pub fn client_config(extra: &[Vec<u8>]) -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    for der in extra {
        roots
            .add(CertificateDer::from(der.as_slice()).into_owned())
            .map_err(|error| Error::Unusable(format!("a root certificate is not usable: {error}")))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Unusable(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
