//! Who sent it, to whom, and when.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use binance_wire_core::{DecodeError, FromJson, json};
use binance_wire_signing::partner::{HmacKey, RsaPublicKey};
use http::HeaderMap;

/// The default tolerance: how far the time of a post may be from this machine's, in either direction.
///
/// The documentation names neither a tolerance nor how posts are repeated. Five minutes let a clock be wrong and a
/// connection be slow, and leave a recorded post of use for no longer than that. Within that time a post can still
/// arrive twice: distinguish events by their order id and update time.
pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(300);

/// The headers of posts that are signed with RSA over body and time.
#[derive(Clone, Copy, Debug)]
pub struct RsaHeaders {
    /// The signature in base64: RSASSA-PKCS1-v1_5 with SHA-256 over the body followed directly by the time's text.
    pub signature: &'static str,
    /// The time. Its unit is not documented; milliseconds since the Unix epoch are what every other time is.
    pub timestamp: &'static str,
    /// The client id of whom the post is for, where there is such a header.
    pub recipient: Option<&'static str>,
}

/// The header of posts that are signed with HMAC-SHA256 over the body, in hex.
#[derive(Clone, Copy, Debug)]
pub struct HmacHeader {
    /// The signature.
    pub signature: &'static str,
}

/// The reason why a post is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// A header that every post has is not there.
    #[error("header `{0}` is missing")]
    MissingHeader(&'static str),
    /// A header occurs twice.
    #[error("header `{0}` occurs more than once")]
    RepeatedHeader(&'static str),
    /// A header that is no text.
    #[error("header `{0}` is not plain text")]
    UnreadableHeader(&'static str),
    /// The post is for another client.
    #[error("the post is for another client id")]
    WrongRecipient,
    /// The signature does not belong to this body and time: another key, or a byte that was changed.
    #[error("the signature does not verify")]
    WrongSignature,
    /// The signature is right, and the time that it covers is no count of milliseconds.
    #[error("`{0}` is not a time in milliseconds")]
    UnreadableTimestamp(String),
    /// The signature is right, and the post is too old, or from too far in the future.
    #[error("sent at {sent} ms, {} ms from now; the tolerance is {} ms", .sent.abs_diff(*.now), .tolerance.as_millis())]
    Stale {
        /// When it was sent, in milliseconds since the Unix epoch.
        sent: i64,
        /// The time here.
        now: i64,
        /// The permitted difference.
        tolerance: Duration,
    },
    /// The body has more bytes than are taken.
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    /// The signature is right, and the body is none of the documented events.
    #[error("the event could not be decoded: {error}")]
    Decode {
        /// The place and the reason.
        error: DecodeError,
        /// The body as it came.
        body: Vec<u8>,
    },
}

/// Checks that a post comes from Binance, is for you, and is no old one sent again.
#[derive(Clone, Debug)]
pub struct Verifier {
    scheme: Scheme,
    tolerance: Option<Duration>,
}

#[derive(Clone, Debug)]
enum Scheme {
    Rsa {
        headers: RsaHeaders,
        key: RsaPublicKey,
        recipient: String,
    },
    Hmac {
        header: HmacHeader,
        key: HmacKey,
    },
}

impl Verifier {
    /// For posts signed with RSA: the public key that Binance handed over, and your client id.
    pub fn rsa(headers: RsaHeaders, key: RsaPublicKey, recipient: impl Into<String>) -> Self {
        Self {
            scheme: Scheme::Rsa {
                headers,
                key,
                recipient: recipient.into(),
            },
            tolerance: Some(DEFAULT_TOLERANCE),
        }
    }

    /// For posts signed with HMAC: the shared secret. Such posts carry no time that could be checked.
    pub fn hmac(header: HmacHeader, key: HmacKey) -> Self {
        Self {
            scheme: Scheme::Hmac { header, key },
            tolerance: None,
        }
    }

    /// Sets how far the time of a post may be from this machine's, in either direction; `None` accepts any time.
    /// Default: [`DEFAULT_TOLERANCE`]. Without effect on posts signed with HMAC.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Option<Duration>) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Checks a post that arrived now.
    ///
    /// `body` are the very bytes that came: parse them afterwards, and not before.
    ///
    /// # Errors
    /// Every [`WebhookError`] but `TooLarge` and `Decode`.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), WebhookError> {
        self.verify_at(headers, body, SystemTime::now())
    }

    /// Checks a post that arrived at a given time: for recorded ones.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_at(&self, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Result<(), WebhookError> {
        match &self.scheme {
            Scheme::Hmac { header, key } => {
                let signature = single(headers, header.signature)?;
                key.verify(body, signature)
                    .map_err(|_| WebhookError::WrongSignature)
            }
            Scheme::Rsa {
                headers: names,
                key,
                recipient,
            } => {
                let signature = single(headers, names.signature)?;
                let timestamp = single(headers, names.timestamp)?;
                if let Some(name) = names.recipient {
                    let sent = single(headers, name)?;
                    aws_lc_rs::constant_time::verify_slices_are_equal(sent.as_bytes(), recipient.as_bytes())
                        .map_err(|_| WebhookError::WrongRecipient)?;
                }
                key.verify(body, timestamp, signature)
                    .map_err(|_| WebhookError::WrongSignature)?;
                self.fresh(timestamp, now)
            }
        }
    }

    /// Checks a post that arrived now, then decodes it.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), and [`WebhookError::Decode`].
    pub fn receive<E: FromJson>(&self, headers: &HeaderMap, body: &[u8]) -> Result<E, WebhookError> {
        self.verify(headers, body)?;
        json::from_slice(body).map_err(|error| WebhookError::Decode {
            error,
            body: body.to_vec(),
        })
    }

    /// The time is believed once the signature over it is known to be right.
    fn fresh(&self, timestamp: &str, now: SystemTime) -> Result<(), WebhookError> {
        let Some(tolerance) = self.tolerance else {
            return Ok(());
        };
        let digits = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let sent = match timestamp.parse::<i64>() {
            Ok(sent) if digits => sent,
            _ => return Err(WebhookError::UnreadableTimestamp(timestamp.to_owned())),
        };
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        match u128::from(sent.abs_diff(now)) <= tolerance.as_millis() {
            true => Ok(()),
            false => Err(WebhookError::Stale { sent, now, tolerance }),
        }
    }
}

/// The value of a header that occurs once.
fn single<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, WebhookError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(WebhookError::MissingHeader(name))?;
    if values.next().is_some() {
        return Err(WebhookError::RepeatedHeader(name));
    }
    value.to_str().map_err(|_| WebhookError::UnreadableHeader(name))
}
