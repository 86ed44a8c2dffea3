//! Signed topic streams (`/sapi/wss`): the signed address, and frames.

use binance_wire_core::{Error, ParamSink, Reader, Timestamp, Writer};
use binance_wire_signing::{Credentials, QueryEncoder, RecvWindow};

use super::frame::Kind;
use crate::socket::FrameText;
use crate::subscriptions::Answer;
use crate::url;

/// The form of pings that the server expects.
pub(crate) const PING_EVERY: std::time::Duration = std::time::Duration::from_secs(30);

/// The address to connect to at `now`. The parameters are in the order of their names, which is how they are
/// signed, whichever way the exchange puts them together.
pub(crate) fn address(
    base: &str,
    topic: Option<&str>,
    credentials: &Credentials,
    window: Option<RecvWindow>,
    random: u64,
    now: Timestamp,
) -> Result<String, Error> {
    let mut query = String::new();
    let mut encoder = QueryEncoder::new(&mut query);
    encoder.text("random", &format!("{random:016x}"));
    match window {
        Some(window) => window.write_param(&mut encoder),
        None => encoder.integer("recvWindow", 5000),
    }
    encoder.integer("timestamp", now.as_millis());
    if let Some(topic) = topic {
        encoder.text("topic", topic);
    }
    encoder
        .sign(credentials, "")
        .map_err(|error| Error::Unusable(error.to_string()))?;
    Ok(format!(
        "{}?{query}",
        url::with_query(base.trim_end_matches('/'), &[])
    ))
}

/// Sorts a frame. Data comes out as a combined stream would send it: `{"stream":<topic>,"data":<the event>}`, for on
/// the wire the event is JSON text within JSON. What is neither data nor an answer is handed on as it is.
pub(crate) fn sort(text: &str) -> (Kind, Option<FrameText>) {
    let Some(frame) = Frame::read(text) else {
        return (Kind::Data, None);
    };
    if frame.kind == "COMMAND" {
        let done = frame.data.as_ref().is_some_and(|data| data.text == "SUCCESS");
        let answer = match done {
            true => Answer::Done,
            false => Answer::Refused {
                code: frame.code.parse().unwrap_or(0),
                message: frame.data.map(|data| data.text).unwrap_or_default(),
            },
        };
        return (Kind::Control { id: None, answer }, None);
    }
    let (Some(topic), Some(data)) = (frame.topic, frame.data) else {
        return (Kind::Data, None);
    };
    let mut unwrapped = Writer::append_to(String::with_capacity(data.text.len() + 64));
    unwrapped.begin_object();
    unwrapped.key("stream");
    unwrapped.str(&topic);
    unwrapped.key("data");
    let mut unwrapped = unwrapped.into_string();
    unwrapped.push_str(&data.text);
    unwrapped.push('}');
    (Kind::Data, Some(unwrapped.into()))
}

#[derive(Default)]
struct Frame {
    kind: String,
    topic: Option<String>,
    data: Option<Payload>,
    code: String,
}

/// The content of `data`: the text of a string, or any other JSON as it came.
struct Payload {
    text: String,
}

impl Frame {
    fn read(text: &str) -> Option<Self> {
        let mut reader = Reader::new(text);
        let mut frame = Self::default();
        reader.begin_object().ok()?;
        while let Some(key) = reader.next_key().ok()? {
            let field = match key.as_bytes() {
                b"type" => &mut frame.kind,
                b"code" => &mut frame.code,
                b"topic" => frame.topic.insert(String::new()),
                b"data" => &mut frame.data.insert(Payload { text: String::new() }).text,
                _ => {
                    reader.skip_value().ok()?;
                    continue;
                }
            };
            let raw = reader.raw_value().ok()?;
            *field = match raw.starts_with('"') {
                true => Reader::new(raw).read_str().ok()?.into_owned(),
                false => raw.to_owned(),
            };
        }
        reader.finish().ok()?;
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_unwrapped() {
        for (frame, unwrapped) in [
            (
                r#"{"type":"DATA","topic":"com_announcement_en","data":"{\"catalogId\":161,\"title\":\"a \\\"b\\\"\"}"}"#,
                r#"{"stream":"com_announcement_en","data":{"catalogId":161,"title":"a \"b\""}}"#,
            ),
            (
                r#"{"topic":"t","data":{"a":1},"type":"DATA"}"#,
                r#"{"stream":"t","data":{"a":1}}"#,
            ),
        ] {
            let (kind, text) = sort(frame);
            assert_eq!(kind, Kind::Data);
            assert_eq!(text.as_deref(), Some(unwrapped));
        }
        for other in [
            "",
            "[1]",
            "not JSON",
            r#"{"type":"DATA"}"#,
            r#"{"type":"DATA","data":"x"}"#,
            r#"{"type":"DATA","topic":"#,
        ] {
            assert_eq!(sort(other), (Kind::Data, None), "{other}");
        }
    }

    #[test]
    fn answers() {
        let (kind, _) =
            sort(r#"{"type":"COMMAND","data":"SUCCESS","subType":"SUBSCRIBE","code":"00000000"}"#);
        assert_eq!(
            kind,
            Kind::Control {
                id: None,
                answer: Answer::Done
            }
        );
        let (kind, _) =
            sort(r#"{"type":"COMMAND","data":"unknown topic","subType":"SUBSCRIBE","code":"10000012"}"#);
        let refused = Answer::Refused {
            code: 10_000_012,
            message: "unknown topic".into(),
        };
        assert_eq!(
            kind,
            Kind::Control {
                id: None,
                answer: refused
            }
        );
        let (kind, _) = sort(r#"{"type":"COMMAND"}"#);
        assert!(matches!(
            kind,
            Kind::Control {
                answer: Answer::Refused { code: 0, .. },
                ..
            }
        ));
    }

    /// The signature is that of OpenSSL.
    #[test]
    fn the_address_is_signed_as_it_is_sent() {
        let credentials = Credentials::hmac("key", "secret").unwrap();
        let now = Timestamp::from_millis(1_753_244_327_210);
        let url = address("wss://h/sapi/wss/", Some("topic1"), &credentials, None, 255, now).unwrap();
        assert_eq!(
            url,
            "wss://h/sapi/wss?random=00000000000000ff&recvWindow=5000&timestamp=1753244327210&topic=topic1&signature=ef419760a81ec11bf1a319a31453380f4bbe0df24fc097fe4dfb1493fd3e9621"
        );
        let url = address("wss://h/sapi/wss", None, &credentials, None, 1, now).unwrap();
        assert!(!url.contains("topic"), "{url}");
    }
}
