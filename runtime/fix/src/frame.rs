//! Whole messages: BeginString, BodyLength and MsgType at the front, CheckSum at the end.

use crate::error::shortened;
use crate::value::parse_u64;
use crate::{FixError, SOH};

/// Whether BodyLength and CheckSum must be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Checks {
    /// They must be: for everything that comes from a connection.
    On,
    /// They are read and not compared: for tools that look at messages which were edited by hand.
    Off,
}

/// A message whose frame has been looked at and whose fields have not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawMessage<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) begin_string: &'a str,
    pub(crate) body_length: &'a [u8],
    pub(crate) msg_type: &'a str,
    pub(crate) check_sum: &'a [u8],
    /// Behind MsgType(35).
    pub(crate) body_start: usize,
    /// Where CheckSum(10) starts.
    pub(crate) body_end: usize,
}

impl<'a> RawMessage<'a> {
    /// Looks at the frame of exactly one message.
    ///
    /// # Errors
    /// Bytes that are not framed as BeginString(8), BodyLength(9), MsgType(35) … CheckSum(10); with
    /// [`Checks::On`] also a wrong BodyLength or CheckSum.
    pub fn parse(bytes: &'a [u8], checks: Checks) -> Result<Self, FixError> {
        let (begin_string, after_begin) = leading(bytes, 0, b"8=", "BeginString(8)")?;
        let (body_length, after_length) = leading(bytes, after_begin, b"9=", "BodyLength(9)")?;
        let (msg_type, body_start) = leading(bytes, after_length, b"35=", "MsgType(35)")?;
        let stated = parse_u64(body_length).ok_or_else(|| FixError::Value {
            tag: 9,
            offset: after_begin + 2,
            expected: "the number of bytes of the body",
            found: shortened(body_length),
        })?;
        let begin_string = text(begin_string, 8, 2)?;
        let msg_type = text(msg_type, 35, after_length + 3)?;
        let body_end = check_sum_start(bytes, body_start)?;
        // `check_sum_start` has found `10=` there and SOH at the end.
        let check_sum = bytes
            .get(body_end + 3..bytes.len().saturating_sub(1))
            .unwrap_or_default();
        if checks == Checks::On {
            let found = (body_end - after_length) as u64;
            if stated != found {
                return Err(FixError::BodyLength { stated, found });
            }
            let [hundreds @ b'0'..=b'2', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = check_sum else {
                return Err(bad_check_sum(body_end, check_sum));
            };
            let stated =
                u16::from(hundreds - b'0') * 100 + u16::from(tens - b'0') * 10 + u16::from(ones - b'0');
            let stated = u8::try_from(stated).map_err(|_| bad_check_sum(body_end, check_sum))?;
            let computed = sum(bytes.get(..body_end).unwrap_or_default());
            if stated != computed {
                return Err(FixError::CheckSum { stated, computed });
            }
        }
        Ok(Self {
            bytes,
            begin_string,
            body_length,
            msg_type,
            check_sum,
            body_start,
            body_end,
        })
    }

    /// All the bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// BeginString(8).
    pub fn begin_string(&self) -> &'a str {
        self.begin_string
    }

    /// BodyLength(9) as stated in the message, without leading zeros.
    pub fn body_length(&self) -> u64 {
        parse_u64(self.body_length).unwrap_or_default()
    }

    /// MsgType(35).
    pub fn msg_type(&self) -> &'a str {
        self.msg_type
    }

    /// The text of CheckSum(10).
    pub fn check_sum(&self) -> &'a [u8] {
        self.check_sum
    }
}

#[cold]
fn bad_check_sum(body_end: usize, found: &[u8]) -> FixError {
    let expected = "three digits, 000 to 255";
    FixError::Value {
        tag: 10,
        offset: body_end + 3,
        expected,
        found: shortened(found),
    }
}

/// The sum of the bytes, as CheckSum(10) has it.
#[inline]
pub(crate) fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// The value of the field that must be at `at`, and the start of the next field.
#[inline]
fn leading<'a>(
    bytes: &'a [u8],
    at: usize,
    prefix: &'static [u8],
    expected: &'static str,
) -> Result<(&'a [u8], usize), FixError> {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(value) = rest.strip_prefix(prefix) else {
        return Err(if prefix.starts_with(rest) {
            FixError::Truncated {
                offset: bytes.len(),
                expected,
            }
        } else {
            FixError::Syntax { offset: at, expected }
        });
    };
    // These values are short: a plain search is the quickest.
    let Some(length) = value.iter().position(|byte| *byte == SOH) else {
        return Err(FixError::Truncated {
            offset: bytes.len(),
            expected: "the end of a field",
        });
    };
    Ok((
        value.get(..length).unwrap_or_default(),
        at + prefix.len() + length + 1,
    ))
}

fn text(value: &[u8], tag: u32, offset: usize) -> Result<&str, FixError> {
    match std::str::from_utf8(value) {
        Ok(text) if !text.is_empty() => Ok(text),
        _ => Err(FixError::Value {
            tag,
            offset,
            expected: "text",
            found: shortened(value),
        }),
    }
}

/// Where the last field starts, which must be CheckSum(10).
fn check_sum_start(bytes: &[u8], body_start: usize) -> Result<usize, FixError> {
    let Some((&SOH, fields)) = bytes.split_last() else {
        return Err(FixError::Truncated {
            offset: bytes.len(),
            expected: "the end of a field",
        });
    };
    // The usual place first: three digits.
    let usual = bytes.len().saturating_sub(7);
    let start = if bytes.get(usual..).is_some_and(|last| last.starts_with(b"10=")) {
        usual
    } else {
        fields
            .iter()
            .rposition(|byte| *byte == SOH)
            .map_or(0, |end| end + 1)
    };
    let stands_alone = start >= body_start && bytes.get(start.wrapping_sub(1)) == Some(&SOH);
    if stands_alone && bytes.get(start..).is_some_and(|last| last.starts_with(b"10=")) {
        Ok(start)
    } else {
        Err(FixError::Truncated {
            offset: bytes.len(),
            expected: "CheckSum(10) as the last field",
        })
    }
}

/// Bytes that no message starts with, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}; reading can go on {resync} bytes further")]
pub struct FrameError {
    /// What is wrong.
    pub error: FixError,
    /// The number of bytes to drop from the front of the buffer: the rest is empty or may start a message.
    pub resync: usize,
}

/// Finds the first message in what has come from a connection: its length once it is complete, `None` while more
/// bytes are needed. Nothing but the frame is looked at; [`RawMessage::parse`] comes next.
///
/// # Errors
/// The buffer does not start with a message, or with one longer than `limit` bytes: drop
/// [`resync`](FrameError::resync) bytes and call again.
///
/// ```
/// use binance_wire_fix::next_frame;
/// let stream = b"8=FIX.4.4\x019=5\x0135=0\x0110=163\x018=FIX";
/// assert_eq!(next_frame(stream, 4096), Ok(Some(26)));
/// assert_eq!(next_frame(&stream[26..], 4096), Ok(None));
/// assert_eq!(next_frame(b"?8=FIX.4.4", 4096).unwrap_err().resync, 1);
/// ```
pub fn next_frame(buffer: &[u8], limit: usize) -> Result<Option<usize>, FrameError> {
    match frame_length(buffer, limit) {
        Ok(length) => Ok(length),
        Err(error) => Err(FrameError {
            error,
            resync: resync(buffer),
        }),
    }
}

fn frame_length(buffer: &[u8], limit: usize) -> Result<Option<usize>, FixError> {
    const BEGIN: &[u8] = b"8=FIX";
    /// `.4.4` and `T.1.1` and their like.
    const LONGEST_VERSION: usize = 8;
    /// Twenty digits are more than any length needs, zeros in front included.
    const LONGEST_LENGTH: usize = 20;
    const TRAILER: usize = 7;

    let Some(rest) = buffer.strip_prefix(BEGIN) else {
        let expected = "BeginString(8)";
        return if BEGIN.starts_with(buffer) {
            Ok(None)
        } else {
            Err(FixError::Syntax { offset: 0, expected })
        };
    };
    let Some(end) = rest.iter().take(LONGEST_VERSION).position(|byte| *byte == SOH) else {
        let expected = "the end of BeginString(8)";
        return if rest.len() < LONGEST_VERSION {
            Ok(None)
        } else {
            Err(FixError::Syntax {
                offset: BEGIN.len(),
                expected,
            })
        };
    };
    let length_at = BEGIN.len() + end + 1;
    let rest = buffer.get(length_at..).unwrap_or_default();
    let Some(digits) = rest.strip_prefix(b"9=") else {
        let error = FixError::Syntax {
            offset: length_at,
            expected: "BodyLength(9)",
        };
        return if b"9=".starts_with(rest) {
            Ok(None)
        } else {
            Err(error)
        };
    };
    let digit_count = digits
        .iter()
        .take(LONGEST_LENGTH + 1)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let bad_length = || FixError::Value {
        tag: 9,
        offset: length_at + 2,
        expected: "the number of bytes of the body",
        found: shortened(digits.get(..digit_count + 1).unwrap_or(digits)),
    };
    match digits.get(digit_count) {
        None if digit_count <= LONGEST_LENGTH => return Ok(None),
        Some(&SOH) => {}
        _ => return Err(bad_length()),
    }
    let stated = digits
        .get(..digit_count)
        .and_then(parse_u64)
        .ok_or_else(bad_length)?;
    let body_at = length_at + 2 + digit_count + 1;
    let total = usize::try_from(stated)
        .ok()
        .and_then(|body| body.checked_add(body_at + TRAILER));
    let Some(total) = total.filter(|total| *total <= limit) else {
        return Err(FixError::TooLong { stated, limit });
    };
    let Some(frame) = buffer.get(..total) else {
        return Ok(None);
    };
    // A body length that leads anywhere but to CheckSum(10) cannot be trusted to find the next message.
    match frame.get(total - TRAILER..) {
        Some([b'1', b'0', b'=', _, _, _, SOH]) => Ok(Some(total)),
        _ => Err(FixError::Syntax {
            offset: total - TRAILER,
            expected: "CheckSum(10), where BodyLength(9) leads",
        }),
    }
}

/// The next place behind the first byte where a message may start.
fn resync(buffer: &[u8]) -> usize {
    const BEGIN: &[u8] = b"8=FIX.";
    (1..buffer.len())
        .find(|start| {
            let rest = buffer.get(*start..).unwrap_or_default();
            rest.starts_with(BEGIN) || BEGIN.starts_with(rest)
        })
        .unwrap_or(buffer.len())
}
