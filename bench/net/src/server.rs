//! The exchange's side, as cheap as it can be: fixed answers with the headers and counters that the exchange sends.

use std::io::Write as _;

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use harness::{payloads, pin};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::{STREAM, runtime};

/// The other processor is the clients'.
const PROCESSOR: usize = 0;
/// The fills of an order.
const FILLS: i64 = 2;
/// Events that are written at once.
const BATCH: usize = 64;

/// Prints the three addresses, and answers until standard input is closed.
pub fn main() {
    pin(PROCESSOR);
    runtime().block_on(async {
        let (rest, api, streams) = (listen().await, listen().await, listen().await);
        let at = |listener: &TcpListener| listener.local_addr().expect("an address");
        println!("{} {} {}", at(&rest), at(&api), at(&streams));
        std::io::stdout().flush().expect("standard output");
        tokio::spawn(accept(rest, serve_rest));
        tokio::spawn(accept(api, serve_api));
        tokio::spawn(accept(streams, serve_streams));
        let (closed, input) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            drop(closed);
        });
        let _ = input.await;
    });
}

async fn listen() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).await.expect("a port")
}

async fn accept<F: Future<Output = Option<()>> + Send + 'static>(
    listener: TcpListener,
    serve: impl Fn(TcpStream) -> F,
) {
    while let Ok((socket, _)) = listener.accept().await {
        socket.set_nodelay(true).expect("no delay");
        tokio::spawn(serve(socket));
    }
}

/// HTTP/1.1: one answer for each head, whatever it asks for. Bodies are skipped by their length.
async fn serve_rest(mut socket: TcpStream) -> Option<()> {
    let body = payloads::new_order_full(FILLS);
    let answer = [
        "HTTP/1.1 200 OK\r\ncontent-type: application/json;charset=UTF-8\r\n",
        "x-mbx-uuid: 6d4e2b1a-0000-4000-8000-000000000000\r\nx-mbx-used-weight: 12\r\nx-mbx-used-weight-1m: 12\r\n",
        "x-mbx-order-count-10s: 3\r\nx-mbx-order-count-1d: 4043\r\n",
        "strict-transport-security: max-age=31536000; includeSubdomains\r\nx-frame-options: SAMEORIGIN\r\n",
        "x-content-type-options: nosniff\r\ncache-control: no-cache, no-store, must-revalidate\r\n",
        &format!("content-length: {}\r\n\r\n{body}", body.len()),
    ]
    .concat();
    let mut unread = Vec::with_capacity(4096);
    loop {
        while let Some(length) = request_length(&unread) {
            unread.drain(..length);
            socket.write_all(answer.as_bytes()).await.ok()?;
        }
        if socket.read_buf(&mut unread).await.ok()? == 0 {
            return None;
        }
    }
}

/// The length of the first request with its body, if all of it is there.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let head = 4 + bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let body = bytes[..head]
        .split(|&byte| byte == b'\n')
        .filter_map(|line| std::str::from_utf8(line).ok()?.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.trim().parse().expect("a length"));
    (bytes.len() >= head + body).then_some(head + body)
}

/// The WebSocket API: every request is an order, and answered with its own id.
async fn serve_api(socket: TcpStream) -> Option<()> {
    let mut socket = tokio_tungstenite::accept_async(socket).await.ok()?;
    let rest = format!(
        r#","status":200,"result":{},"rateLimits":[{},{},{}]}}"#,
        payloads::new_order_full(FILLS),
        r#"{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":60000000,"count":3}"#,
        r#"{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":60000000,"count":4043}"#,
        r#"{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":60000000,"count":12}"#,
    );
    let mut message = socket.next().await;
    loop {
        if let Message::Text(request) = message?.ok()? {
            let id = id_of(&request)?;
            socket
                .feed(Message::text(format!(r#"{{"id":{id}{rest}"#)))
                .await
                .ok()?;
        }
        message = match socket.next().now_or_never() {
            Some(next) => next,
            None => {
                socket.flush().await.ok()?;
                socket.next().await
            }
        };
    }
}

/// The request's id as it stands in its text.
fn id_of(request: &str) -> Option<&str> {
    let (_, behind) = request.split_once(r#""id":"#)?;
    Some(&behind[..behind.find([',', '}'])?])
}

/// Events as fast as they are read.
async fn serve_streams(socket: TcpStream) -> Option<()> {
    let mut socket: WebSocketStream<TcpStream> = tokio_tungstenite::accept_async(socket).await.ok()?;
    let event = payloads::combined(STREAM, &payloads::agg_trade());
    let mut frame = vec![0x81, 126];
    frame.extend(u16::try_from(event.len()).expect("a short event").to_be_bytes());
    frame.extend(event.as_bytes());
    let batch = frame.repeat(BATCH);
    loop {
        if let Some(message) = socket.next().now_or_never()
            && let Message::Text(request) = message?.ok()?
        {
            let answer = format!(r#"{{"result":null,"id":{}}}"#, id_of(&request)?);
            socket.send(Message::text(answer)).await.ok()?;
        }
        socket.get_mut().write_all(&batch).await.ok()?;
    }
}
