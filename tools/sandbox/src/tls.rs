//! TLS with a certificate of the sandbox's own: a certificate authority that clients are told to trust, and that can vouch
//! for this machine alone.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// The name of the authority's certificate in a folder that keeps it.
const CERTIFICATE: &str = "sandbox-ca.pem";
/// The name of the authority's key there.
const KEY: &str = "sandbox-ca-key.pem";
const NAME: &str = "binance-wire-sandbox";

/// A certificate could not be made, read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// It cannot be made, or what is kept is no key.
    #[error("cannot make a certificate: {0}")]
    Make(String),
    /// The folder that keeps the authority cannot be read or written.
    #[error("{path}: {error}")]
    Keep {
        /// The file.
        path: String,
        /// Why not.
        error: io::Error,
    },
}

impl From<rcgen::Error> for CertificateError {
    fn from(error: rcgen::Error) -> CertificateError {
        CertificateError::Make(error.to_string())
    }
}

impl From<rustls::Error> for CertificateError {
    fn from(error: rustls::Error) -> CertificateError {
        CertificateError::Make(error.to_string())
    }
}

/// The certificate authority, and what accepts TLS with a certificate of it.
pub(crate) struct Tls {
    pub(crate) ca_pem: String,
    pub(crate) ca_der: Vec<u8>,
    pub(crate) acceptor: TlsAcceptor,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// An authority for a sandbox that listens at `address`: that which `folder` keeps, or a new one, which is kept there.
    pub(crate) fn new(address: IpAddr, folder: Option<&Path>) -> Result<Tls, CertificateError> {
        let (key, kept) = match folder {
            Some(folder) => key_of(folder)?,
            None => (KeyPair::generate()?, None),
        };
        let params = authority(address)?;
        let (ca_pem, ca_der) = match kept {
            Some((pem, der)) => (pem, der),
            None => {
                let certificate = params.self_signed(&key)?;
                if let Some(folder) = folder {
                    keep(folder, &certificate, &key)?;
                }
                (certificate.pem(), certificate.der().to_vec())
            }
        };
        let own_key = KeyPair::generate()?;
        let own = leaf(address)?.signed_by(&own_key, &Issuer::new(params, key))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![own.der().clone(), CertificateDer::from(ca_der.clone())],
                PrivatePkcs8KeyDer::from(own_key.serialize_der()).into(),
            )?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls {
            ca_pem,
            ca_der,
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }
}

/// What the authority's certificate says. The constraints keep it from vouching for the exchange's own hosts, whoever comes
/// by its key.
fn authority(address: IpAddr) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, format!("{NAME} CA"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2099, 1, 1));
    let host = |address: IpAddr| {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
    };
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
            host(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)),
            host(address),
        ],
        excluded_subtrees: Vec::new(),
    });
    Ok(params)
}

/// What the certificate says that connections are accepted with.
fn leaf(address: IpAddr) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, NAME);
    let name = Ia5String::try_from("localhost")?;
    params.subject_alt_names.push(SanType::DnsName(name));
    let mut addresses = vec![
        IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
    ];
    if !addresses.contains(&address) {
        addresses.push(address);
    }
    params
        .subject_alt_names
        .extend(addresses.into_iter().map(SanType::IpAddress));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2098, 1, 1));
    Ok(params)
}

/// The certificate that a folder keeps, in PEM and DER.
type Kept = (String, Vec<u8>);

/// The key that a folder keeps with its certificate, or a new key.
fn key_of(folder: &Path) -> Result<(KeyPair, Option<Kept>), CertificateError> {
    let read = |name: &str| match std::fs::read_to_string(folder.join(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&folder.join(name), error)),
    };
    let (Some(certificate), Some(key)) = (read(CERTIFICATE)?, read(KEY)?) else {
        return Ok((KeyPair::generate()?, None));
    };
    let der = der_of(&certificate)
        .ok_or_else(|| CertificateError::Make(format!("{CERTIFICATE} is no certificate in PEM")))?;
    Ok((KeyPair::from_pem(&key)?, Some((certificate, der))))
}

/// The DER inside a PEM block.
fn der_of(pem: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let body = pem.split_once("-----BEGIN CERTIFICATE-----")?.1;
    let body: String = body.split_once("-----END")?.0.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(body).ok()
}

fn keep(folder: &Path, certificate: &Certificate, key: &KeyPair) -> Result<(), CertificateError> {
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    write_private(&folder.join(KEY), &key.serialize_pem())?;
    let path = folder.join(CERTIFICATE);
    std::fs::write(&path, certificate.pem()).map_err(|error| failed(&path, error))
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, text: &str) -> Result<(), CertificateError> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: io::Error) -> CertificateError {
    CertificateError::Keep {
        path: path.display().to_string(),
        error,
    }
}

/// Whether the first byte of a connection is that of a TLS hello; no request of HTTP begins with it.
pub(crate) fn is_hello(first: u8) -> bool {
    first == 0x16
}
