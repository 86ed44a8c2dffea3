//! Answers in an envelope: a body of which some members say whether the call succeeded, and one has the result.

use crate::json::{self, Kind, Reading};
use crate::{ApiError, DecodeError, DecodeErrorKind, ErrorCode, FromJson, RawJson, Reader};

/// The members of an answer that state whether the call succeeded, and the one with the result.
///
/// At least one of [`code`](Self::code) and [`success`](Self::success) is named. Where both are, both must speak for
/// success; one of the two may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The member with the code: an integer, or text.
    pub code: Option<&'static str>,
    /// The codes of success, as they are sent.
    pub ok: &'static [&'static str],
    /// The member that is true where the call succeeded.
    pub success: Option<&'static str>,
    /// The member with the message.
    pub message: Option<&'static str>,
    /// The member with the result; where none is named, the whole body is the result.
    pub data: Option<&'static str>,
    /// Whether the answer may come without an envelope: it has none where not all of `code` and `success` that are
    /// named are there.
    pub optional: bool,
}

/// An answer whose envelope was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The reason of a refusal.
    pub refusal: Option<Refusal>,
    /// The message, where there was one.
    pub message: Option<String>,
    result: Place,
}

/// Where the result is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// The body is the result.
    Body,
    /// A member of the body is.
    Member(&'static str),
    /// The member is not there; the body ends at this byte.
    Missing(&'static str, usize),
}

/// The refusal that an envelope states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code; 0 where it is no number, or none was sent.
    pub code: ErrorCode,
    /// The code as it was sent, where that was text or no number of 32 bits.
    pub code_text: Option<Box<str>>,
    /// The message.
    pub message: String,
}

impl Refusal {
    /// The error of an answer with this status and body.
    pub fn into_error(self, status: u16, body: &str) -> ApiError {
        ApiError {
            status,
            code: self.code,
            code_text: self.code_text,
            message: self.message,
            data: RawJson::new(body.trim()).ok(),
            code_name: None,
            call: None,
        }
    }
}

impl Envelope {
    /// Looks at the envelope of an answer; the result itself is read by [`Opened::decode`].
    ///
    /// # Errors
    /// Where the body is not a JSON object, one of the members named is of another type or occurs twice, or neither
    /// the code nor the success is there.
    pub fn open(&self, body: &str) -> Result<Opened, DecodeError> {
        let mut reader = Reader::new(body);
        if self.optional && !self.is_there(&mut reader)? {
            return Ok(Opened {
                refusal: None,
                message: None,
                result: Place::Body,
            });
        }
        let (mut code, mut success, mut message, mut data) = (None, None, None, None);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            let key = Some(key.as_str());
            match (key == self.code, key == self.success) {
                (true, _) => reader.field_with(&mut code, self.code.unwrap_or_default(), read_code)?,
                (_, true) => {
                    reader.field_with(&mut success, self.success.unwrap_or_default(), read_success)?
                }
                _ if key == self.message => {
                    reader.field_with(&mut message, self.message.unwrap_or_default(), read_message)?;
                }
                _ if key == self.data => {
                    reader.field_with(&mut data, self.data.unwrap_or_default(), |reader| {
                        reader.skip_value()
                    })?;
                }
                _ => reader.skip_value()?,
            }
        }
        reader.finish()?;
        let (code, success, message) = (code.flatten(), success.flatten(), message.flatten());
        if code.is_none() && success.is_none() {
            let name = self.success.or(self.code).unwrap_or_default();
            return Err(DecodeError::new(
                DecodeErrorKind::MissingField(name),
                reader.offset(),
            ));
        }
        let known = |code: &SentCode| self.ok.iter().any(|ok| code.is(ok));
        let accepted = success != Some(false) && code.as_ref().is_none_or(known);
        Ok(Opened {
            refusal: (!accepted).then(|| Refusal {
                code: code.as_ref().map_or(ErrorCode(0), |code| code.code),
                code_text: code.and_then(|code| code.text),
                message: match &message {
                    Some(message) if !message.is_empty() => message.clone(),
                    _ => "no message".to_owned(),
                },
            }),
            message,
            result: match self.data {
                None => Place::Body,
                Some(name) if data.is_some() => Place::Member(name),
                Some(name) => Place::Missing(name, reader.offset()),
            },
        })
    }

    fn is_there(&self, reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
        if reader.peek_kind()? != Kind::Object {
            return Ok(false);
        }
        let named: Vec<&str> = self.code.into_iter().chain(self.success).collect();
        Ok(reader.matching_keys(&named)?.count_ones() as usize == named.len())
    }
}

impl Opened {
    /// Reads the result out of the body that was opened.
    ///
    /// A result that is not there reads as `null`, which only an operation without a result takes.
    ///
    /// # Errors
    /// Where the result is not of the type, or is missing; path and offset count from the start of the body.
    pub fn decode<T: FromJson>(&self, body: &str, reading: Reading) -> Result<T, DecodeError> {
        match self.result {
            Place::Body => reading.read(body),
            Place::Member(name) => {
                let mut reader = Reader::with(body, reading);
                seek(&mut reader, name)?;
                T::from_json(&mut reader).map_err(|error| error.in_field(name))
            }
            Place::Missing(name, offset) => json::from_str("null")
                .map_err(|_| DecodeError::new(DecodeErrorKind::MissingField(name), offset)),
        }
    }

    /// The member that is the result, where it is one and is there.
    pub(crate) fn member(&self) -> Option<&'static str> {
        match self.result {
            Place::Member(name) => Some(name),
            Place::Body | Place::Missing(..) => None,
        }
    }

    /// Whether the result is the whole body.
    pub fn is_bare(&self) -> bool {
        self.result == Place::Body
    }
}

/// Whether a body is exactly `{"code":…,"msg":…}` with a negative code: an error of the exchange, whatever the status of
/// the answer. A list of outcomes and an outcome within an answer are not looked at.
pub fn is_refusal(body: &str) -> bool {
    fn read(body: &str) -> Result<bool, DecodeError> {
        let mut reader = Reader::new(body);
        let (mut code, mut message) = (None, None);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match key.as_bytes() {
                b"code" => reader.field(&mut code, "code")?,
                b"msg" => reader.field::<crate::Text>(&mut message, "msg")?,
                _ => return Ok(false),
            }
        }
        reader.finish()?;
        Ok(code.is_some_and(|code: i64| code < 0) && message.is_some())
    }
    read(body).unwrap_or(false)
}

/// Goes to the value of a member; kept out of what is compiled for each type.
fn seek(reader: &mut Reader<'_>, name: &'static str) -> Result<(), DecodeError> {
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        if key.as_str() == name {
            return Ok(());
        }
        reader.skip_value()?;
    }
    Err(DecodeError::new(
        DecodeErrorKind::MissingField(name),
        reader.offset(),
    ))
}

/// An error code as it was sent: an integer, or text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCode {
    /// The number; 0 where it is none, or none of 32 bits.
    pub code: ErrorCode,
    /// The text, where it was sent as text, or is no number of 32 bits.
    pub text: Option<Box<str>>,
}

impl SentCode {
    fn is(&self, known: &str) -> bool {
        match &self.text {
            Some(text) => **text == *known,
            None => known.parse() == Ok(self.code.0),
        }
    }
}

impl FromJson for SentCode {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text: Box<str> = match reader.peek_kind()? {
            Kind::String => reader.read_str()?.into(),
            Kind::Number => {
                let text = reader.raw_value()?;
                match text.parse() {
                    Ok(code) => {
                        return Ok(Self {
                            code: ErrorCode(code),
                            text: None,
                        });
                    }
                    Err(_) => text.into(),
                }
            }
            _ => {
                return Err(DecodeError::new(
                    DecodeErrorKind::WrongType("a code: an integer or text"),
                    reader.offset(),
                ));
            }
        };
        Ok(Self {
            code: ErrorCode(text.parse().unwrap_or(0)),
            text: Some(text),
        })
    }
}

fn read_code(reader: &mut Reader<'_>) -> Result<Option<SentCode>, DecodeError> {
    match reader.peek_kind()? {
        Kind::Null => reader.skip_value().map(|()| None),
        _ => SentCode::from_json(reader).map(Some),
    }
}

fn read_success(reader: &mut Reader<'_>) -> Result<Option<bool>, DecodeError> {
    match reader.peek_kind()? {
        Kind::Null => reader.skip_value().map(|()| None),
        _ => reader.read_bool().map(Some),
    }
}

/// The message as text; any other value as its JSON.
fn read_message(reader: &mut Reader<'_>) -> Result<Option<String>, DecodeError> {
    match reader.peek_kind()? {
        Kind::Null => reader.skip_value().map(|()| None),
        Kind::String => reader.read_str().map(|text| Some(text.into_owned())),
        _ => reader.raw_value().map(|text| Some(text.to_owned())),
    }
}
