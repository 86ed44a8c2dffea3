//! TLS on the port that speaks plaintext as well, and the authority that clients are told to trust.

use std::sync::Arc;

use binance_wire_sandbox::{Exchange, StartError};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::common::get;

fn trusting(der: &[u8]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(der.to_vec()))
        .expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn ping(exchange: &Exchange, connector: &TlsConnector, name: &str) -> std::io::Result<String> {
    let stream = TcpStream::connect(exchange.address()).await?;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let mut stream = connector.connect(name, stream).await?;
    let request = b"GET /api/v3/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn one_port_speaks_both() {
    let exchange = Exchange::start();
    let connector = trusting(exchange.ca_der());
    for name in ["127.0.0.1", "localhost"] {
        let answer = ping(&exchange, &connector, name).await.expect(name);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 200);
    assert!(exchange.ca_pem().starts_with("-----BEGIN CERTIFICATE-----"));
}

#[tokio::test]
async fn the_certificate_is_good_for_this_machine_and_this_authority_alone() {
    let exchange = Exchange::start();
    let elsewhere = ping(&exchange, &trusting(exchange.ca_der()), "api.binance.com").await;
    assert!(elsewhere.is_err(), "{elsewhere:?}");
    let other = Exchange::start();
    let strange = ping(&exchange, &trusting(other.ca_der()), "127.0.0.1").await;
    assert!(strange.is_err(), "{strange:?}");
    // A client that goes away leaves the others served.
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 200);
}

#[tokio::test]
async fn a_folder_keeps_the_authority() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = || Exchange::builder().certificate_dir(folder.path()).start();
    let first = start().expect("a new authority");
    let connector = trusting(first.ca_der());
    let pem = first.ca_pem().to_owned();
    drop(first);
    let second = start().expect("the same authority");
    assert_eq!(second.ca_pem(), pem);
    assert!(ping(&second, &connector, "localhost").await.is_ok());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = std::fs::metadata(folder.path().join("sandbox-ca-key.pem")).expect("a key");
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(folder.path().join("sandbox-ca.pem"), "none").expect("written");
    let error = start().expect_err("no certificate");
    assert!(matches!(error, StartError::Certificate(_)), "{error}");
    let error = Exchange::builder()
        .certificate_dir(folder.path().join("sandbox-ca.pem"))
        .start();
    assert!(matches!(error, Err(StartError::Certificate(_))), "{error:?}");
}
