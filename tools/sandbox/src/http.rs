//! HTTP/1.1 as far as an exchange needs it, written out so that an answer can be cut at any byte.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::record::ReceivedRequest;

const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 1024 * 1024;

/// Why a request could not be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The client went away, in the middle or between requests.
    Closed,
    /// What came is not HTTP, or too big.
    Malformed(&'static str),
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
        Response {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
        }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Response {
        Response::new(status, "application/json;charset=UTF-8", body.to_string())
    }

    pub(crate) fn header(&mut self, name: &str, value: impl ToString) {
        // A line break in a value would end the header early.
        let value: String = value
            .to_string()
            .chars()
            .filter(|c| !matches!(c, '\r' | '\n'))
            .collect();
        self.headers.push((name.to_owned(), value));
    }

    /// The bytes of the whole answer; the body begins where the length given second ends.
    fn encode(&self, keep_alive: bool) -> (Vec<u8>, usize) {
        let mut out = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status)).into_bytes();
        for (name, value) in &self.headers {
            if !name.eq_ignore_ascii_case("content-length") {
                out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
        }
        let connection = if keep_alive { "keep-alive" } else { "close" };
        out.extend_from_slice(
            format!(
                "Content-Length: {}\r\nConnection: {connection}\r\n\r\n",
                self.body.len()
            )
            .as_bytes(),
        );
        let head = out.len();
        out.extend_from_slice(&self.body);
        (out, head)
    }

    /// Sends the answer, of its body at most the first `limit` bytes.
    pub(crate) async fn send<S: AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        keep_alive: bool,
        limit: Option<usize>,
    ) -> std::io::Result<()> {
        let (bytes, head) = self.encode(keep_alive);
        let end = limit.map_or(bytes.len(), |limit| head.saturating_add(limit).min(bytes.len()));
        stream.write_all(bytes.get(..end).unwrap_or(&bytes)).await?;
        stream.flush().await
    }
}

impl Response {
    /// Sends the answer that turns the connection into a WebSocket.
    pub(crate) async fn send_upgrade<S: AsyncWrite + Unpin>(&self, stream: &mut S) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("Connection: Upgrade\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        stream.flush().await
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        418 => "I'm a teapot",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        500..=599 => "Server Error",
        _ => "Status",
    }
}

/// A connection's reading side, with what was read ahead.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// Bytes read beyond the last request.
    pub(crate) fn into_leftover(self) -> Vec<u8> {
        self.buffer
    }

    async fn more<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> Result<(), ReadError> {
        match stream.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => Err(ReadError::Closed),
            Ok(_) => Ok(()),
        }
    }

    fn split_off_front(&mut self, length: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(length.min(self.buffer.len()));
        std::mem::replace(&mut self.buffer, rest)
    }

    async fn exactly<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        length: usize,
    ) -> Result<Vec<u8>, ReadError> {
        while self.buffer.len() < length {
            self.more(stream).await?;
        }
        Ok(self.split_off_front(length))
    }

    /// Everything up to and with the next occurrence of `mark`.
    async fn until<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        mark: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>, ReadError> {
        let mut searched = 0usize;
        loop {
            let from = searched.saturating_sub(mark.len());
            let window = self.buffer.get(from..).unwrap_or_default();
            if let Some(at) = window.windows(mark.len()).position(|bytes| bytes == mark) {
                return Ok(self.split_off_front(from + at + mark.len()));
            }
            if self.buffer.len() > limit {
                return Err(ReadError::Malformed("head too long"));
            }
            searched = self.buffer.len();
            self.more(stream).await?;
        }
    }

    /// Reads one request with its body.
    pub(crate) async fn request<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<ReceivedRequest, ReadError> {
        let head = self.until(stream, b"\r\n\r\n", MAX_HEAD).await?;
        let mut request = parse_head(&head)?;
        if request
            .header("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
        {
            let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
            stream.write_all(interim).await.map_err(|_| ReadError::Closed)?;
        }
        let chunked = request
            .header("transfer-encoding")
            .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
        request.body = if chunked {
            self.chunks(stream).await?
        } else {
            let length = match request.header("content-length") {
                None => 0,
                Some(text) => text
                    .trim()
                    .parse::<usize>()
                    .map_err(|_| ReadError::Malformed("bad Content-Length"))?,
            };
            if length > MAX_BODY {
                return Err(ReadError::Malformed("body too long"));
            }
            self.exactly(stream, length).await?
        };
        Ok(request)
    }

    async fn chunks<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> Result<Vec<u8>, ReadError> {
        let mut body = Vec::new();
        loop {
            let line = self.until(stream, b"\r\n", MAX_HEAD).await?;
            let line = String::from_utf8_lossy(&line);
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| ReadError::Malformed("bad chunk"))?;
            if size > MAX_BODY || body.len() + size > MAX_BODY {
                return Err(ReadError::Malformed("body too long"));
            }
            if size == 0 {
                // Trailers, if any, end with an empty line.
                while self.until(stream, b"\r\n", MAX_HEAD).await? != b"\r\n" {}
                return Ok(body);
            }
            body.extend(self.exactly(stream, size).await?);
            if self.exactly(stream, 2).await? != b"\r\n" {
                return Err(ReadError::Malformed("bad chunk"));
            }
        }
    }
}

fn parse_head(head: &[u8]) -> Result<ReceivedRequest, ReadError> {
    // A raw non-ASCII byte in the target must come through, so that it can be refused for what it is.
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (first.next(), first.next(), first.next(), first.next())
    else {
        return Err(ReadError::Malformed("bad request line"));
    };
    if !version.starts_with("HTTP/1.") || !target.starts_with('/') {
        return Err(ReadError::Malformed("bad request line"));
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines
        .map(|line| {
            line.split_once(':')
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect::<Option<Vec<_>>>()
        .ok_or(ReadError::Malformed("bad header"))?;
    Ok(ReceivedRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Result<ReceivedRequest, ReadError> {
        let (mut near, mut far) = tokio::io::duplex(1 << 20);
        far.write_all(bytes).await.unwrap();
        far.shutdown().await.unwrap();
        Reader::default().request(&mut near).await
    }

    #[tokio::test]
    async fn reads_lengths_and_chunks() {
        let request = read(b"POST /a?b=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nq=1tail")
            .await
            .unwrap();
        assert_eq!((request.path.as_str(), request.query.as_str()), ("/a", "b=1"));
        assert_eq!(
            (request.body.as_slice(), request.header("HOST")),
            (b"q=1".as_slice(), Some("x"))
        );
        let chunked =
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nq=\r\n1;x\r\n1\r\n0\r\n\r\n";
        assert_eq!(read(chunked).await.unwrap().body, b"q=1");
    }

    #[tokio::test]
    async fn refuses_what_is_not_http() {
        for bad in [
            "nonsense\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / FTP/1.1\r\n\r\n",
            "GET x HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
        ] {
            assert!(
                matches!(read(bad.as_bytes()).await, Err(ReadError::Malformed(_))),
                "{bad:?}"
            );
        }
        assert!(matches!(
            read(&vec![b'a'; MAX_HEAD + 2]).await,
            Err(ReadError::Malformed(_))
        ));
        for cut in ["", "GET / HTT", "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc"] {
            assert!(
                matches!(read(cut.as_bytes()).await, Err(ReadError::Closed)),
                "{cut:?}"
            );
        }
    }
}
