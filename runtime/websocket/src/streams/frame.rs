//! Telling data from control on a stream connection.

use binance_wire_core::{Reader, Text};

use super::topics;
use crate::socket::FrameText;
use crate::subscriptions::Answer;

/// The form of a connection's frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frames {
    /// Market streams.
    Streams,
    /// Signed topics.
    Topics,
    /// The events of a listen key.
    UserData,
}

impl Frames {
    /// Sorts a frame; the text to go on with, where that is another.
    #[inline]
    pub(crate) fn sort(self, text: &str) -> (Kind, Option<FrameText>) {
        match self {
            Self::Streams => (sort(text), None),
            Self::Topics => topics::sort(text),
            Self::UserData => match expired_key(text) {
                Some(key) => (Kind::KeyExpired { key }, None),
                None => (sort(text), None),
            },
        }
    }
}

/// The kind of a text frame.
#[derive(Debug, PartialEq)]
pub(crate) enum Kind {
    /// A message for the user.
    Data,
    /// An answer to a control message.
    Control {
        /// The id of the control message, where it is one of ours.
        id: Option<u64>,
        /// The value.
        answer: Answer,
    },
    /// The announcement that the server will close the connection.
    ServerShutdown,
    /// The announcement that a listen key has expired; the key, where it names one.
    KeyExpired { key: Option<Text> },
}

/// Whether a frame says that a listen key has expired, bare or in the wrapper of combined streams.
fn expired_key(text: &str) -> Option<Option<Text>> {
    const EVENT: &str = "listenKeyExpired";
    if !text.contains(EVENT) {
        return None;
    }
    let event = |text: &str| {
        let tag = Reader::new(text).peek_text_field("e");
        tag.ok().flatten().is_some_and(|tag| tag == EVENT)
    };
    let wrapped = || {
        let mut reader = Reader::new(text);
        reader.begin_object().ok()?;
        while let Some(key) = reader.next_key().ok()? {
            match key.as_bytes() {
                b"data" => return reader.raw_value().ok(),
                _ => reader.skip_value().ok()?,
            }
        }
        None
    };
    let event = match event(text) {
        true => text,
        false => wrapped().filter(|inner| event(inner))?,
    };
    let key = Reader::new(event).peek_text_field("listenKey").ok().flatten();
    Some(key.map(|key| Text::from(&*key)))
}

/// The name of the first member and the text from its value on, at the cost of a few bytes; `None` where the
/// text is no such object.
fn first_member(text: &str) -> Option<(&str, &str)> {
    let rest = text
        .trim_start()
        .strip_prefix('{')?
        .trim_start()
        .strip_prefix('"')?;
    let (name, rest) = rest.split_at_checked(rest.bytes().position(|byte| byte == b'"')?)?;
    let value = rest
        .strip_prefix('"')?
        .trim_start()
        .strip_prefix(':')?
        .trim_start();
    Some((name, value))
}

/// The name of the stream that a frame of combined streams names, and the text behind the name.
pub(crate) fn stream_of(text: &str) -> Option<(&str, &str)> {
    let (_, value) = first_member(text).filter(|(name, _)| *name == "stream")?;
    let (name, rest) = value.strip_prefix('"')?.split_once('"')?;
    // Names have no escapes; one that had is not looked for.
    (!name.contains('\\')).then_some((name, rest))
}

/// Sorts a frame. Data is recognised by its first member alone, for this happens to every message.
#[inline]
pub(crate) fn sort(text: &str) -> Kind {
    let Some((name, value)) = first_member(text) else {
        return Kind::Data;
    };
    match name {
        "stream" if value.starts_with("\"!serverShutdown\"") => Kind::ServerShutdown,
        "e" if value.starts_with("\"serverShutdown\"") => Kind::ServerShutdown,
        // No documented event begins with its time; the announcement is not left to that.
        "E" if Reader::new(text)
            .peek_text_field("e")
            .is_ok_and(|e| e.as_deref() == Some("serverShutdown")) =>
        {
            Kind::ServerShutdown
        }
        "result" | "id" | "error" | "code" | "msg" => control(text).unwrap_or(Kind::Data),
        _ => Kind::Data,
    }
}

/// Reads an answer: `{"result":…,"id":…}`, `{"code":…,"msg":…,"id":…}` or the latter within `error`.
fn control(text: &str) -> Option<Kind> {
    let mut reader = Reader::new(text);
    let mut id = None;
    let mut answer = None;
    let mut refusal = Refusal::default();
    reader.begin_object().ok()?;
    while let Some(key) = reader.next_key().ok()? {
        match key.as_bytes() {
            b"id" => id = reader.raw_value().ok()?.parse().ok(),
            b"result" => {
                let raw = reader.raw_value().ok()?;
                answer = Some(names(raw).map_or(Answer::Done, Answer::Names));
            }
            b"error" => {
                let mut inner = Reader::new(reader.raw_value().ok()?);
                inner.begin_object().ok()?;
                while let Some(key) = inner.next_key().ok()? {
                    refusal.member(key.as_bytes(), &mut inner)?;
                }
            }
            name => refusal.member(name, &mut reader)?,
        }
    }
    reader.finish().ok()?;
    let answer = match refusal.code {
        Some(code) => Answer::Refused {
            code,
            message: refusal.message,
        },
        None => answer?,
    };
    Some(Kind::Control { id, answer })
}

#[derive(Default)]
struct Refusal {
    code: Option<i32>,
    message: String,
}

impl Refusal {
    fn member(&mut self, name: &[u8], reader: &mut Reader<'_>) -> Option<()> {
        match name {
            b"code" => self.code = Some(i32::try_from(reader.read_i64().ok()?).unwrap_or(i32::MAX)),
            b"msg" => self.message = reader.read_str().ok()?.into_owned(),
            _ => reader.skip_value().ok()?,
        }
        Some(())
    }
}

/// A list of stream names.
fn names(raw: &str) -> Option<Vec<Text>> {
    let mut reader = Reader::new(raw);
    let mut names = Vec::new();
    reader.begin_array().ok()?;
    while reader.next_element().ok()? {
        names.push(Text::from(reader.read_str().ok()?.as_ref()));
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_left_alone() {
        for text in [
            r#"{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","id":1}}"#,
            r#"{"e":"aggTrade","E":1,"s":"BTCUSDT"}"#,
            r#"{"u":400900217,"s":"BNBUSDT","b":"25.35190000"}"#,
            r#"{"lastUpdateId":160,"bids":[],"asks":[]}"#,
            r#"[{"e":"24hrMiniTicker"}]"#,
            r#"{"e":"trade","s":"serverShutdown"}"#,
            r#"{"id":7,"other":1}"#,
            "not JSON",
            "",
        ] {
            assert_eq!(sort(text), Kind::Data, "{text}");
        }
    }

    #[test]
    fn answers_in_all_shapes() {
        let done = |id| Kind::Control {
            id,
            answer: Answer::Done,
        };
        assert_eq!(sort(r#"{"result":null,"id":3}"#), done(Some(3)));
        assert_eq!(sort(r#" { "id" : 3 , "result" : null } "#), done(Some(3)));
        assert_eq!(sort(r#"{"result":null,"id":null}"#), done(None));
        assert_eq!(sort(r#"{"result":true,"id":2}"#), done(Some(2)));
        assert_eq!(
            sort(r#"{"result":["a@trade","b"],"id":1}"#),
            Kind::Control {
                id: Some(1),
                answer: Answer::Names(vec!["a@trade".into(), "b".into()])
            }
        );
        let refused = |id| Kind::Control {
            id,
            answer: Answer::Refused {
                code: 2,
                message: "Invalid request".into(),
            },
        };
        assert_eq!(
            sort(r#"{"code":2,"msg":"Invalid request","id":9}"#),
            refused(Some(9))
        );
        assert_eq!(sort(r#"{"code":2,"msg":"Invalid request"}"#), refused(None));
        assert_eq!(
            sort(r#"{"error":{"code":2,"msg":"Invalid request"},"id":9}"#),
            refused(Some(9))
        );
    }

    #[test]
    fn the_end_of_a_key_in_its_shapes() {
        for (text, key) in [
            (r#"{"e":"listenKeyExpired","E":1,"listenKey":"k"}"#, Some("k")),
            (r#"{"E":1,"e":"listenKeyExpired"}"#, None),
            (
                r#"{"stream":"k","data":{"e":"listenKeyExpired","E":1,"listenKey":"k"}}"#,
                Some("k"),
            ),
        ] {
            let key = key.map(Text::from);
            assert_eq!(
                Frames::UserData.sort(text),
                (Kind::KeyExpired { key }, None),
                "{text}"
            );
            assert_eq!(Frames::Streams.sort(text), (Kind::Data, None), "{text}");
        }
        for text in [
            r#"{"e":"ORDER_TRADE_UPDATE","o":{"c":"listenKeyExpired"}}"#,
            r#"{"stream":"k","data":{"e":"x","c":"listenKeyExpired"}}"#,
            r#"{"e":"listenKeyExpired"#,
            r#"["listenKeyExpired"]"#,
        ] {
            assert_eq!(Frames::UserData.sort(text), (Kind::Data, None), "{text}");
        }
    }

    #[test]
    fn the_shutdown_in_its_shapes() {
        for text in [
            r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}"#,
            r#"{ "stream": "!serverShutdown", "data": {} }"#,
            r#"{"e":"serverShutdown","E":1770123456789}"#,
            r#"{"E":1770123456789,"e":"serverShutdown"}"#,
        ] {
            assert_eq!(sort(text), Kind::ServerShutdown, "{text}");
        }
    }

    /// Damaged data never turns into an answer to a control message, and damaged answers never break the reading.
    #[test]
    fn no_damage_breaks_the_sorting() {
        let damaged = |good: &'static str| {
            (0..good.len()).flat_map(move |at| {
                b"{}[]\",:0e-\\ntu \0".iter().filter_map(move |byte| {
                    let mut bytes = good.as_bytes().to_vec();
                    bytes[at] = *byte;
                    String::from_utf8(bytes).ok()
                })
            })
        };
        for text in damaged(r#"{"stream":"a@trade","data":{"e":"trade","id":1,"result":null}}"#) {
            assert_eq!(sort(&text), Kind::Data, "{text}");
        }
        for text in damaged(r#"{"result":["a"],"id":31}"#) {
            if let Kind::Control { answer, .. } = sort(&text) {
                assert!(matches!(answer, Answer::Done | Answer::Names(_)), "{text}");
            }
        }
        for text in damaged(r#"{"code":2,"msg":"no","id":31}"#) {
            if let Kind::Control { answer, .. } = sort(&text) {
                assert!(matches!(answer, Answer::Refused { .. }), "{text}");
            }
        }
    }
}
