//! An HTTP server that writes down what it is asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Received {
    /// The method.
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// What stands before the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// What stands behind the `?`; empty where there is none.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// Answers with a status, headers and a body.
    Reply(u16, Vec<(&'static str, &'static str)>, String),
    /// Never answers.
    Hang,
    /// Closes the connection without a word.
    Drop,
}

impl Action {
    /// An answer of status 200.
    pub fn ok(body: impl Into<String>) -> Self {
        Self::Reply(200, Vec::new(), body.into())
    }
}

type Handler = Arc<dyn Fn(usize, &Received) -> Action + Send + Sync>;

/// A listening server, which lives as long as the runtime.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, `http://…`.
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// A server that hands every request, with the number of requests before it, to `handler`.
    ///
    /// # Panics
    /// Where there is no port.
    pub async fn start(handler: impl Fn(usize, &Received) -> Action + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::new(Mutex::new(Vec::new()));
        let handler: Handler = Arc::new(handler);
        let requests = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&handler), Arc::clone(&requests)));
            }
        });
        Self { url, received }
    }

    /// A server that always gives the same answer.
    pub async fn answering(body: &'static str) -> Self {
        Self::start(move |_, _| Action::ok(body)).await
    }

    /// What came in so far.
    ///
    /// # Panics
    /// Never: nobody panics with the lock held.
    pub fn requests(&self) -> Vec<Received> {
        self.received.lock().expect("no panic").clone()
    }

    /// The one request that came in.
    ///
    /// # Panics
    /// Where it is not one.
    #[track_caller]
    pub fn request(&self) -> Received {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }
}

/// Serves one connection; what is no HTTP ends it.
async fn serve(mut stream: TcpStream, handler: Handler, received: Arc<Mutex<Vec<Received>>>) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await {
        let number = {
            let mut received = received.lock().expect("no panic");
            received.push(request.clone());
            received.len() - 1
        };
        let (status, headers, body) = match handler(number, &request) {
            Action::Reply(status, headers, body) => (status, headers, body),
            Action::Hang => std::future::pending().await,
            Action::Drop => return,
        };
        let mut answer = format!("HTTP/1.1 {status} .\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            answer += &format!("{name}: {value}\r\n");
        }
        answer += "\r\n";
        answer += &body;
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Received> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, buffer).await?;
    };
    let head = String::from_utf8(buffer.drain(..end).collect()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let mut request = Received {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: String::new(),
    };
    let length = request
        .header("content-length")
        .map_or(Some(0), |length| length.parse().ok())?;
    while buffer.len() < length {
        more(stream, buffer).await?;
    }
    request.body = String::from_utf8(buffer.drain(..length).collect()).ok()?;
    Some(request)
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    match stream.read_buf(buffer).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(()),
    }
}
