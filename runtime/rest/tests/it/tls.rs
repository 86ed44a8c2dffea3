//! HTTPS: a root of one's own, and no connection to a server that nobody vouches for.

use std::sync::Arc;

use crate::common::{Answer, Depth, ok};
use binance_wire_core::Error;
use binance_wire_rest::Client;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

const ROOT: &[u8] = include_bytes!("../data/ca.der");

/// A server for `localhost` that answers everything with `{"id":7}`; gives its base URL.
async fn start() -> String {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(
        &include_bytes!("../data/server.key.der")[..],
    ));
    let chain = vec![CertificateDer::from(&include_bytes!("../data/server.der")[..])];
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate and its key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().expect("an address").port()
    );
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Clients that do not trust the certificate hang up.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut head = Vec::new();
                while let Ok(byte) = stream.read_u8().await {
                    head.push(byte);
                    if head.ends_with(b"\r\n\r\n") {
                        head.clear();
                        if stream.write_all(&ok("{\"id\":7}")).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn a_root_of_ones_own() {
    let url = start().await;
    for defaults in [true, false] {
        let client = Client::builder([url.as_str()])
            .root_certificate(ROOT)
            .default_roots(defaults)
            .build()
            .expect("a client");
        for _ in 0..2 {
            assert_eq!(
                client.send(&Depth { symbol: "A" }).await.expect("an answer"),
                Answer { id: 7 }
            );
        }
    }
}

#[tokio::test]
async fn nobody_vouches() {
    let url = start().await;
    let client = Client::builder([url]).build().expect("a client");
    let error = client
        .send(&Depth { symbol: "A" })
        .await
        .expect_err("not trusted");
    assert!(
        matches!(&error, Error::Transport(error) if error.action.starts_with("connecting to https://localhost")),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_wrong_name() {
    let url = start().await.replace("localhost", "127.0.0.1");
    let client = Client::builder([url])
        .root_certificate(ROOT)
        .build()
        .expect("a client");
    assert!(matches!(
        client.send(&Depth { symbol: "A" }).await,
        Err(Error::Transport(_))
    ));
}

#[test]
fn roots_that_are_none() {
    let builder = Client::builder(["https://localhost"]).root_certificate(*b"no certificate");
    assert!(matches!(builder.build(), Err(Error::Unusable(text)) if text.contains("root certificate")));
}
