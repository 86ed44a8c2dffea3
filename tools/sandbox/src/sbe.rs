//! The few SBE messages that are offered, laid out by hand from the published schema 3:5.

use crate::error::Refusal;
use crate::spot::{DepthSnapshot, Fixed};

const SCHEMA_ID: u16 = 3;
/// The version that answers are written in.
const SCHEMA_VERSION: u16 = 5;

/// All numbers are sent with this many fraction digits.
const SCALE: u32 = 8;

const ERROR_RESPONSE: u16 = 100;
const PING_RESPONSE: u16 = 101;
const SERVER_TIME_RESPONSE: u16 = 102;
const DEPTH_RESPONSE: u16 = 200;

/// How a request asked for SBE.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Negotiation {
    /// It did not, or it cannot be had and JSON will do.
    Json,
    /// The schema named is served; `deprecated` when a newer version exists.
    Sbe { deprecated: bool },
    /// It cannot be had and nothing else was asked for.
    Refused(Refusal),
}

/// Reads the `Accept` and `X-MBX-SBE` headers.
pub(crate) fn negotiate(accept: Option<&str>, schema: Option<&str>, enabled: bool) -> Negotiation {
    let accept = accept.unwrap_or_default().to_ascii_lowercase();
    let accepts = |kind: &str| {
        accept
            .split(',')
            .any(|entry| entry.split(';').next().unwrap_or_default().trim() == kind)
    };
    if !accepts("application/sbe") {
        return Negotiation::Json;
    }
    let refusal = if enabled {
        match check_schema(schema) {
            Ok(deprecated) => return Negotiation::Sbe { deprecated },
            Err(refusal) => refusal,
        }
    } else {
        Refusal::new(-1155, "SBE is not enabled.").status(406)
    };
    if accepts("application/json") {
        Negotiation::Json
    } else {
        Negotiation::Refused(refusal)
    }
}

fn check_schema(header: Option<&str>) -> Result<bool, Refusal> {
    let parsed = header.and_then(|text| {
        let (id, version) = text.trim().split_once(':')?;
        let number = |part: &str| {
            if part.bytes().all(|byte| byte.is_ascii_digit()) {
                part.parse::<u16>().ok()
            } else {
                None
            }
        };
        Some((number(id)?, number(version)?))
    });
    match parsed {
        None => Err(Refusal::new(
            -1152,
            "Invalid `X-MBX-SBE` header; expected `<ID>:<VERSION>`.",
        )),
        Some((SCHEMA_ID, version)) if version <= SCHEMA_VERSION => Ok(version < SCHEMA_VERSION),
        Some(_) => Err(Refusal::new(
            -1153,
            "Unsupported SBE schema ID or version specified in the `X-MBX-SBE` header.",
        )),
    }
}

fn header(block_length: u16, template: u16) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    for part in [block_length, template, SCHEMA_ID, SCHEMA_VERSION] {
        out.extend_from_slice(&part.to_le_bytes());
    }
    out
}

/// A mantissa with exponent -8; what does not fit is sent as the greatest number that does,
/// as the exchange documents for depth quantities.
fn mantissa(number: Fixed) -> [u8; 8] {
    i64::try_from(number.units()).unwrap_or(i64::MAX).to_le_bytes()
}

/// `DepthResponse`.
pub(crate) fn depth(snapshot: &DepthSnapshot) -> Vec<u8> {
    let exponent = -(SCALE as i8);
    let mut out = header(8 + 1 + 1, DEPTH_RESPONSE);
    out.extend_from_slice(&snapshot.last_update_id.to_le_bytes());
    out.extend_from_slice(&exponent.to_le_bytes());
    out.extend_from_slice(&exponent.to_le_bytes());
    for side in [&snapshot.bids, &snapshot.asks] {
        out.extend_from_slice(&16u16.to_le_bytes());
        out.extend_from_slice(&u32::try_from(side.len()).unwrap_or(u32::MAX).to_le_bytes());
        for (price, quantity) in side {
            out.extend_from_slice(&mantissa(*price));
            out.extend_from_slice(&mantissa(*quantity));
        }
    }
    out
}

/// `PingResponse`.
pub(crate) fn ping() -> Vec<u8> {
    header(0, PING_RESPONSE)
}

/// `ServerTimeResponse`.
pub(crate) fn server_time(now_us: i64) -> Vec<u8> {
    let mut out = header(8, SERVER_TIME_RESPONSE);
    out.extend_from_slice(&now_us.to_le_bytes());
    out
}

/// `ErrorResponse`.
pub(crate) fn error(refusal: &Refusal, now_us: i64) -> Vec<u8> {
    let mut out = header(2 + 8 + 8, ERROR_RESPONSE);
    out.extend_from_slice(&i16::try_from(refusal.code).unwrap_or(-1000).to_le_bytes());
    let (server_time, retry_after) = match refusal.retry_after {
        Some(seconds) => {
            let wait = i64::try_from(seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(1_000_000);
            (now_us, now_us.saturating_add(wait))
        }
        // The null of an optional int64.
        None => (i64::MIN, i64::MIN),
    };
    out.extend_from_slice(&server_time.to_le_bytes());
    out.extend_from_slice(&retry_after.to_le_bytes());
    let message = refusal.message.as_bytes();
    let message = message.get(..usize::from(u16::MAX)).unwrap_or(message);
    out.extend_from_slice(&u16::try_from(message.len()).unwrap_or_default().to_le_bytes());
    out.extend_from_slice(message);
    // No embedded cancel-replace result.
    out.extend_from_slice(&0u32.to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negotiates_as_documented() {
        let sbe = Some("application/sbe");
        assert_eq!(negotiate(None, Some("3:5"), true), Negotiation::Json);
        assert_eq!(
            negotiate(sbe, Some("3:5"), true),
            Negotiation::Sbe { deprecated: false }
        );
        assert_eq!(
            negotiate(sbe, Some("3:1"), true),
            Negotiation::Sbe { deprecated: true }
        );
        for (text, code) in [
            (None, -1152),
            (Some(""), -1152),
            (Some("3"), -1152),
            (Some("3:x"), -1152),
            (Some("+3:5"), -1152),
            (Some("3:6"), -1153),
            (Some("1:0"), -1153),
        ] {
            match negotiate(sbe, text, true) {
                Negotiation::Refused(refusal) => assert_eq!(refusal.code, code, "{text:?}"),
                other => panic!("{text:?}: {other:?}"),
            }
            assert_eq!(
                negotiate(Some("application/sbe, application/json"), text, true),
                Negotiation::Json
            );
        }
        match negotiate(sbe, Some("3:5"), false) {
            Negotiation::Refused(refusal) => assert_eq!((refusal.status, refusal.code), (406, -1155)),
            other => panic!("{other:?}"),
        }
    }
}
