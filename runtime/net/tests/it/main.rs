//! Connections through proxies that are made for the purpose.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use binance_wire_core::Error;
use binance_wire_net::{Connector, Dial, Dialing, Duplex, Network, Proxy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Takes one connection, lets `talk` speak the proxy's protocol, and then greets who says something, as the destination would.
fn proxy(talk: fn(&mut TcpStream) -> String) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (heard, hears) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        heard.send(talk(&mut stream)).expect("somebody listens");
        if stream.read_exact(&mut [0]).is_ok() {
            stream.write_all(b"hello").expect("written");
        }
    });
    (port, hears)
}

fn read(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).expect("so many bytes");
    bytes
}

/// The head of a `CONNECT` request, which is granted.
fn tunnel(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(read(stream, 1));
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("written");
    String::from_utf8(head).expect("text")
}

/// User, password and destination of a SOCKS 5 request, which is granted.
fn socks(stream: &mut TcpStream) -> String {
    let greeting = read(stream, 2);
    assert_eq!(greeting[0], 5);
    read(stream, greeting[1].into());
    stream.write_all(&[5, 2]).expect("written");
    let mut text = String::new();
    read(stream, 1);
    for _ in 0..2 {
        let length = read(stream, 1)[0];
        text += &String::from_utf8(read(stream, length.into())).expect("text");
        text.push(' ');
    }
    stream.write_all(&[1, 0]).expect("written");
    assert_eq!(read(stream, 4), [5, 1, 0, 3], "a connection to a name");
    let length = read(stream, 1)[0];
    text += &String::from_utf8(read(stream, length.into())).expect("text");
    let port = read(stream, 2);
    text += &format!(":{}", u16::from_be_bytes([port[0], port[1]]));
    stream
        .write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        .expect("written");
    text
}

async fn greeting(proxy: Proxy, destination: &str) -> String {
    let mut stream = Connector::new(proxy)
        .connect(destination.parse().expect("a URI"))
        .await
        .expect("a connection");
    stream.write_all(b"?").await.expect("written");
    let mut greeting = [0; 5];
    stream.read_exact(&mut greeting).await.expect("a greeting");
    String::from_utf8(greeting.to_vec()).expect("text")
}

#[tokio::test]
async fn http_proxies_are_asked_for_a_tunnel() {
    for (destination, host) in [
        ("https://api.example.invalid/path", "api.example.invalid:443"),
        ("http://api.example.invalid", "api.example.invalid:80"),
        ("https://api.example.invalid:9443", "api.example.invalid:9443"),
    ] {
        let (port, heard) = proxy(tunnel);
        let proxy = Proxy::url(&format!("http://user:secret@127.0.0.1:{port}")).expect("usable");
        assert_eq!(greeting(proxy, destination).await, "hello");
        let head = heard.recv().expect("a request");
        assert!(
            head.starts_with(&format!("CONNECT {host} HTTP/1.1\r\n")),
            "{head}"
        );
        // user:secret in Base64.
        assert!(head.contains("dXNlcjpzZWNyZXQ="), "{head}");
    }
}

#[tokio::test]
async fn socks_proxies_look_up_names() {
    let (port, heard) = proxy(socks);
    let proxy = Proxy::url(&format!("socks5h://user:secret@127.0.0.1:{port}")).expect("usable");
    assert_eq!(greeting(proxy, "https://api.example.invalid").await, "hello");
    assert_eq!(
        heard.recv().expect("a request"),
        "user secret api.example.invalid:443"
    );
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    fn refuse(stream: &mut TcpStream) -> String {
        stream
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            .expect("written");
        String::new()
    }
    let (port, _heard) = proxy(refuse);
    let proxy = Proxy::url(&format!("http://127.0.0.1:{port}")).expect("usable");
    let error = Connector::new(proxy)
        .connect("https://api.example.invalid".parse().expect("a URI"))
        .await
        .expect_err("a refusal");
    assert!(error.to_string().starts_with("through the proxy: "), "{error}");
}

#[test]
fn addresses_that_are_no_proxies() {
    for url in [
        "",
        "host:3128",
        "https://host:1",
        "ftp://user:secret@host",
        "socks5://",
    ] {
        match Proxy::url(url) {
            Err(Error::Unusable(text)) => assert!(!text.contains("secret"), "{text}"),
            other => panic!("{url}: {other:?}"),
        }
    }
    let proxy = Proxy::url("http://user:secret@host:1").expect("usable");
    assert_eq!(format!("{proxy:?}"), "Proxy(set)");
}

/// A process of its own, since the environment is everyone's.
#[test]
fn the_environment_counts_on_request_only() {
    for (wanted, no_proxy, through) in [("1", "", true), ("1", "example.invalid", false), ("0", "", false)] {
        let (port, heard) = proxy(tunnel);
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--ignored", "--exact", "child_of_the_environment"])
            .env("ALL_PROXY", format!("http://127.0.0.1:{port}"))
            .env("NO_PROXY", no_proxy)
            .env("TAKE_PROXY_FROM_ENV", wanted)
            .output()
            .expect("a child");
        assert!(child.status.success(), "{child:?}");
        assert_eq!(heard.try_recv().is_ok(), through, "{wanted} {no_proxy}");
    }
}

#[tokio::test]
#[ignore = "a part of the test of the environment"]
async fn child_of_the_environment() {
    let proxy = match std::env::var("TAKE_PROXY_FROM_ENV").as_deref() {
        Ok("1") => Proxy::from_env(),
        _ => Proxy::default(),
    };
    let destination = "https://api.example.invalid".parse().expect("a URI");
    // Straight, there is no such host.
    let _ = Connector::new(proxy).connect(destination).await;
}

/// Notes who is dialed, and greets.
struct Greeter(Sender<(String, u16)>);

impl Dial for Greeter {
    fn dial(&self, host: &str, port: u16) -> Dialing {
        self.0.send((host.to_owned(), port)).expect("somebody listens");
        let (mine, theirs) = tokio::io::duplex(64);
        Box::pin(async move {
            let mut theirs = theirs;
            theirs.write_all(b"hello").await?;
            // Held until it is read, since the end of one side ends the other.
            tokio::spawn(async move { theirs.read_u8().await });
            Ok(Box::new(mine) as Box<dyn Duplex>)
        })
    }
}

#[tokio::test]
async fn a_dialer_takes_the_place_of_tcp() {
    for (url, expected) in [
        ("http://exchange.invalid/path", ("exchange.invalid", 80)),
        ("https://exchange.invalid", ("exchange.invalid", 443)),
        ("https://[2001:db8::1]:9443", ("2001:db8::1", 9443)),
    ] {
        let (dialed, dials) = channel();
        let mut network = Network::default();
        network.dialer(Greeter(dialed));
        let mut connector = network.connector(Duration::from_secs(3)).expect("usable");
        let mut stream = connector
            .connect(url.parse().expect("a URI"))
            .await
            .expect("a connection");
        let mut greeting = [0; 5];
        stream.read_exact(&mut greeting).await.expect("a greeting");
        assert_eq!(&greeting, b"hello");
        let (host, port) = dials.recv().expect("a dial");
        assert_eq!((host.as_str(), port), expected);
    }
}

#[tokio::test]
async fn with_a_dialer_the_proxy_is_dialed() {
    let (dialed, dials) = channel();
    let mut network = Network::default();
    network.dialer(Greeter(dialed));
    network.proxy("socks5h://proxy.invalid");
    let mut connector = network.connector(Duration::from_secs(3)).expect("usable");
    let destination = "https://exchange.invalid".parse().expect("a URI");
    let error = connector.connect(destination).await.expect_err("it is no proxy");
    assert!(error.to_string().starts_with("through the proxy: "), "{error}");
    assert_eq!(dials.recv().expect("a dial"), ("proxy.invalid".to_owned(), 1080));
}

#[test]
fn connections_without_tls_stay_on_this_machine() {
    let mut network = Network::default();
    for url in [
        "https://api.binance.com",
        "wss://stream.binance.com:9443/ws",
        "http://127.0.0.1:8080/api",
        "ws://127.9.9.9",
        "WS://LocalHost:1/stream?x=y",
        "http://gateway.localhost",
        "ws://[::1]:9/ws",
    ] {
        assert!(network.check_url(url).is_ok(), "{url}");
    }
    let plain = [
        "http://api.binance.com",
        "HTTP://10.0.0.1:80/",
        "ws://127.0.0.1.example.com",
        "ws://localhost@example.com/ws",
        "ws://[2001:db8::1]",
        "ws://example.com?listenKey=127.0.0.1",
    ];
    for url in plain {
        match network.check_url(url) {
            Err(Error::Unusable(text)) => {
                assert!(
                    text.contains("allow_plaintext") && !text.contains("listenKey"),
                    "{text}"
                );
            }
            other => panic!("{url}: {other:?}"),
        }
    }
    network.allow_plaintext(true);
    assert!(plain.iter().all(|url| network.check_url(url).is_ok()));
}

#[test]
fn roots_are_added_or_taken_instead() {
    let mut network = Network::default();
    assert!(network.tls().is_ok());
    network.default_roots(false);
    assert!(matches!(network.tls(), Err(Error::Unusable(text)) if text.contains("root certificate")));
    network.root_certificate(include_bytes!("../../../rest/tests/data/ca.der").to_vec());
    assert!(network.tls().is_ok());
}
