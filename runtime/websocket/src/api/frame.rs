//! The envelope of the WebSocket API: requests out, responses and events in.

use std::ops::Range;

use binance_wire_core::{
    ApiError, DecodeError, ErrorCode, FromJson, RawJson, Reader, Retry, Text, Timestamp,
};
use binance_wire_limits::wire;

/// A frame from the server, delimited but not decoded.
#[derive(Debug, PartialEq)]
pub(crate) enum Incoming {
    Response(Envelope),
    Event {
        /// The subscription it belongs to, where it says so.
        subscription: Option<i64>,
        /// The text of the event.
        event: Range<usize>,
        kind: EventKind,
    },
}

/// The events that concern the connection or the subscription itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    Other,
    ServerShutdown,
    StreamTerminated,
}

/// The places of a response's parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Envelope {
    /// `None` where it is null, absent or not one of ours.
    pub(crate) id: Option<u64>,
    /// It has an id, though it may not be one of ours.
    pub(crate) has_id: bool,
    pub(crate) status: u16,
    pub(crate) result: Option<Range<usize>>,
    pub(crate) error: Option<Range<usize>>,
    pub(crate) rate_limits: Option<Range<usize>>,
}

/// Reads the envelope of a frame.
pub(crate) fn read(text: &str) -> Result<Incoming, DecodeError> {
    let mut reader = Reader::new(text);
    let mut envelope = Envelope::default();
    let mut subscription = None;
    let mut event = None;
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        match key.as_bytes() {
            b"id" => {
                let id = reader.raw_value()?;
                envelope.has_id = id != "null";
                // A number may come back as text.
                let quoted = id.strip_prefix('"').and_then(|id| id.strip_suffix('"'));
                envelope.id = quoted.unwrap_or(id).parse().ok();
            }
            b"status" => {
                let status: i64 = member(&mut reader, "status")?;
                envelope.status = u16::try_from(status).unwrap_or(0);
            }
            b"result" => envelope.result = Some(span(&mut reader)?),
            b"error" => {
                envelope.error =
                    Some(span(&mut reader)?).filter(|span| text.get(span.clone()) != Some("null"))
            }
            b"rateLimits" => envelope.rate_limits = Some(span(&mut reader)?),
            b"subscriptionId" => subscription = reader.raw_value()?.parse().ok(),
            b"event" => event = Some(span(&mut reader)?),
            _ => reader.skip_value()?,
        }
    }
    reader.finish()?;
    let Some(event) = event else {
        return Ok(Incoming::Response(envelope));
    };
    let kind = match Reader::new(text.get(event.clone()).unwrap_or_default())
        .peek_text_field("e")?
        .as_deref()
    {
        Some("serverShutdown") => EventKind::ServerShutdown,
        Some("eventStreamTerminated") => EventKind::StreamTerminated,
        _ => EventKind::Other,
    };
    Ok(Incoming::Event {
        subscription,
        event,
        kind,
    })
}

fn member<T: FromJson>(reader: &mut Reader<'_>, name: &'static str) -> Result<T, DecodeError> {
    T::from_json(reader).map_err(|error| error.in_field(name))
}

fn span(reader: &mut Reader<'_>) -> Result<Range<usize>, DecodeError> {
    let length = reader.raw_value()?.len();
    Ok(reader.offset() - length..reader.offset())
}

/// The exchange's error, and the time at which requests may be sent again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) error: ApiError,
    /// It has a code and a message, as every error of the exchange itself.
    pub(crate) is_whole: bool,
    /// What its data say about when requests may be sent again.
    pub(crate) stated: Retry,
}

impl Said {
    /// Of a response without an error that can be read.
    pub(crate) fn nothing(status: u16) -> Self {
        let error = ApiError {
            status,
            code: ErrorCode(0),
            code_text: None,
            message: String::new(),
            data: None,
            code_name: None,
            call: None,
        };
        Self {
            error,
            is_whole: false,
            stated: Retry::default(),
        }
    }

    /// When requests may be sent again, by the data and by the text.
    pub(crate) fn retry(&self) -> Retry {
        self.stated.or_as_said(&self.error.message)
    }
}

/// Reads an error object `{code, msg, data?}`.
pub(crate) fn read_error(text: &str, status: u16) -> Result<Said, DecodeError> {
    let mut reader = Reader::new(text);
    let Said {
        mut error,
        mut stated,
        ..
    } = Said::nothing(status);
    let mut has_message = false;
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        match key.as_bytes() {
            b"code" => {
                let code: i64 = member(&mut reader, "code")?;
                error.code = ErrorCode(i32::try_from(code).unwrap_or(0));
            }
            b"msg" => {
                error.message = member(&mut reader, "msg")?;
                has_message = true;
            }
            b"data" => {
                let data = reader.raw_value()?;
                stated = retry(data).unwrap_or_default();
                error.data = RawJson::new(data).ok();
            }
            _ => reader.skip_value()?,
        }
    }
    reader.finish()?;
    Ok(Said {
        is_whole: has_message && !error.is_without_code(),
        error,
        stated,
    })
}

/// `retryAfter` of an error's data: a moment in epoch milliseconds, not a number of seconds as in REST. `serverTime` beside
/// it makes it a time to wait as well, which holds whatever the clock here shows.
fn retry(data: &str) -> Option<Retry> {
    let mut reader = Reader::new(data);
    let (mut at, mut now) = (None, None);
    reader.begin_object().ok()?;
    while let Some(key) = reader.next_key().ok()? {
        let moment = match key.as_bytes() {
            b"retryAfter" => &mut at,
            b"serverTime" => &mut now,
            _ => {
                reader.skip_value().ok()?;
                continue;
            }
        };
        *moment = Some(Timestamp::from_wire(reader.read_i64().ok()?));
    }
    Some(Retry {
        after: at.zip(now).map(|(at, now)| at - now),
        at,
    })
}

/// The exchange's error in the body of a refused handshake, if it is such an object: one with a code or a message.
pub(crate) fn error_body(body: &str, status: u16) -> Option<Said> {
    let said = read_error(body, status).ok()?;
    let says = !said.error.is_without_code() || !said.error.message.is_empty();
    says.then_some(said)
}

/// The usage of a rate limit, from a response.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RateLimit {
    /// `REQUEST_WEIGHT`, `ORDERS` and the like.
    pub rate_limit_type: Text,
    /// The unit of the interval: `SECOND`, `MINUTE`, `HOUR` or `DAY`.
    pub interval: Text,
    /// The number of these units in the interval.
    pub interval_num: i64,
    /// The most that is allowed in an interval.
    pub limit: i64,
    /// The usage in the current interval.
    pub count: i64,
}

/// The rate limits of a response; none where the text is not such a list, for they are not worth losing a
/// result over.
pub(crate) fn read_rate_limits(text: Option<&str>) -> Vec<RateLimit> {
    let entries = text.map(wire::read_entries).unwrap_or_default().into_iter();
    let limits = entries.map(|entry| {
        Some(RateLimit {
            count: entry.count?,
            rate_limit_type: entry.kind,
            interval: entry.interval,
            interval_num: entry.interval_num,
            limit: entry.limit,
        })
    });
    limits.collect::<Option<_>>().unwrap_or_default()
}

/// The `subscriptionId` of a result.
pub(crate) fn read_subscription_id(result: &str) -> Option<i64> {
    let mut reader = Reader::new(result);
    reader.begin_object().ok()?;
    while let Some(key) = reader.next_key().ok()? {
        if key.as_bytes() == b"subscriptionId" {
            return reader.read_i64().ok();
        }
        reader.skip_value().ok()?;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn responses_are_delimited() {
        let text = r#"{"id":7,"status":200,"result":{"a":[1,"}"]},"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":70}]}"#;
        let Ok(Incoming::Response(envelope)) = read(text) else {
            panic!("a response")
        };
        assert_eq!((envelope.id, envelope.status), (Some(7), 200));
        assert_eq!(&text[envelope.result.unwrap()], r#"{"a":[1,"}"]}"#);
        let limits = read_rate_limits(envelope.rate_limits.map(|span| &text[span]));
        assert_eq!((limits.len(), limits[0].count), (1, 70));
    }

    #[test]
    fn ids_that_are_not_ours_are_no_ids() {
        for id in ["null", "\"x\"", "\"\"", "-7", "7.0"] {
            let text = format!(r#"{{"id":{id},"status":401}}"#);
            let Ok(Incoming::Response(envelope)) = read(&text) else {
                panic!("a response")
            };
            assert_eq!((envelope.id, envelope.has_id), (None, id != "null"), "{id}");
        }
    }

    #[test]
    fn a_number_in_quotes_is_an_id() {
        let Ok(Incoming::Response(envelope)) = read(r#"{"status":200,"id":"7","result":{}}"#) else {
            panic!("a response")
        };
        assert_eq!((envelope.id, envelope.has_id), (Some(7), true));
    }

    #[test]
    fn events_are_told_apart() {
        let event = |text: &str| match read(text) {
            Ok(Incoming::Event {
                subscription,
                event,
                kind,
            }) => (subscription, text[event].to_owned(), kind),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            event(r#"{"subscriptionId":0,"event":{"e":"balanceUpdate"}}"#),
            (Some(0), r#"{"e":"balanceUpdate"}"#.into(), EventKind::Other)
        );
        assert_eq!(
            event(r#"{"event":{"E":1,"e":"serverShutdown"}}"#).2,
            EventKind::ServerShutdown
        );
        assert_eq!(
            event(r#"{"event":{"e":"eventStreamTerminated"},"subscriptionId":3}"#),
            (
                Some(3),
                r#"{"e":"eventStreamTerminated"}"#.into(),
                EventKind::StreamTerminated
            )
        );
    }

    #[test]
    fn errors_keep_their_data_and_the_moment_to_come_back() {
        let said = read_error(
            r#"{"code":-1003,"msg":"Too much","data":{"serverTime":1659142907531,"retryAfter":1659142979024}}"#,
            429,
        )
        .unwrap();
        assert_eq!(said.error.code, ErrorCode(-1003));
        assert_eq!(said.retry().at, Some(Timestamp::from_millis(1_659_142_979_024)));
        assert_eq!(said.retry().after, Some(Duration::from_millis(71_493)));
        for (data, after) in [
            (r#"{"retryAfter":2000000000000}"#, None),
            (
                r#"{"retryAfter":1000000000000,"serverTime":1000000000001}"#,
                Some(Duration::ZERO),
            ),
            (r#"{"serverTime":1000000000001}"#, None),
            (r#"{"serverTime":"now","retryAfter":1000000000000}"#, None),
            ("[]", None),
        ] {
            let text = format!(r#"{{"code":-1003,"msg":"Too much","data":{data}}}"#);
            assert_eq!(read_error(&text, 429).unwrap().retry().after, after, "{data}");
        }
        assert!(said.error.data.is_some());
        assert!(read_error("<html>", 403).is_err());
        assert_eq!(error_body("{}", 400), None);
    }

    #[test]
    fn damaged_frames_are_errors() {
        let good = r#"{"id":7,"status":200,"result":{"é":"\"}"}}"#;
        for end in (0..good.len()).filter(|end| good.is_char_boundary(*end)) {
            assert!(read(&good[..end]).is_err());
        }
        assert!(read(r#"{"id":1,"status":"ok"}"#).is_err());
        assert!(read(r#"{"event":7}"#).is_err());
    }

    /// Every byte of good frames replaced by every byte that means something to JSON: no panic, and what is
    /// delimited lies within the frame.
    #[test]
    fn no_damage_breaks_the_reading() {
        for good in [
            r#"{"id":7,"status":429,"error":{"code":-1003,"msg":"é","data":{"retryAfter":1}},"rateLimits":[]}"#,
            r#"{"subscriptionId":0,"event":{"e":"balanceUpdate","E":1}}"#,
        ] {
            for at in (0..good.len()).filter(|at| good.as_bytes()[*at].is_ascii()) {
                for byte in b"{}[]\",:0e-\\ntu \0" {
                    let mut bytes = good.as_bytes().to_vec();
                    bytes[at] = *byte;
                    let text = String::from_utf8(bytes).unwrap();
                    match read(&text) {
                        Ok(Incoming::Event { event, .. }) => assert!(text.get(event).is_some()),
                        Ok(Incoming::Response(envelope)) => {
                            for span in [envelope.result, envelope.error, envelope.rate_limits]
                                .into_iter()
                                .flatten()
                            {
                                let part = text.get(span).expect("within the frame");
                                let _ = read_error(part, 400);
                                read_rate_limits(Some(part));
                            }
                        }
                        Err(error) => assert!(error.offset() <= text.len()),
                    }
                }
            }
        }
    }
}
