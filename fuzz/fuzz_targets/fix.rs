//! FIX reading: no input panics; what is read is written so that nothing is lost; the view agrees with the types.

#![no_main]

use binance_wire_fix::{Checks, Dictionary, FixError, RawMessage, next_frame, view};
use binance_wire_spot::fix::{md, oe};
use libfuzzer_sys::fuzz_target;

/// A message that was read must come back whole.
fn kept(bytes: &[u8], again: &[u8], dictionary: &'static Dictionary) {
    let left = RawMessage::parse(bytes, Checks::Off).expect("it was read");
    let right = RawMessage::parse(again, Checks::On).expect("we wrote it");
    let found = view::differences(&left, &right, dictionary).expect("both were read");
    // A wrong BodyLength is not kept: it is computed anew.
    let found: Vec<_> = found
        .into_iter()
        .filter(|line| !line.starts_with("BodyLength(9)"))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

fn dictionary_of(
    bytes: &[u8],
    dictionary: &'static Dictionary,
    again: impl Fn(&[u8]) -> Result<Vec<u8>, FixError>,
    json: impl Fn(&[u8], &mut String) -> Result<(), FixError>,
) {
    let mut text = String::new();
    let viewed = json(bytes, &mut text);
    match again(bytes) {
        Ok(again) => {
            assert_eq!(viewed, Ok(()));
            kept(bytes, &again, dictionary);
        }
        Err(error) => {
            assert!(
                error.offset().is_none_or(|offset| offset <= bytes.len()),
                "{error}"
            );
        }
    }
}

fn message(bytes: &[u8]) {
    dictionary_of(
        bytes,
        &oe::DICTIONARY,
        |bytes| {
            let mut out = Vec::new();
            oe::decode(bytes, Checks::Off)?.encode(&mut out)?;
            Ok(out)
        },
        |bytes, out| oe::to_json(bytes, Checks::Off, out),
    );
    dictionary_of(
        bytes,
        &md::DICTIONARY,
        |bytes| {
            let mut out = Vec::new();
            md::decode(bytes, Checks::Off)?.encode(&mut out)?;
            Ok(out)
        },
        |bytes, out| md::to_json(bytes, Checks::Off, out),
    );
}

fuzz_target!(|bytes: &[u8]| {
    message(bytes);
    // Most inputs have no frame of their own; give them one.
    let mut framed = b"8=FIX.4.4\x019=1\x01".to_vec();
    framed.extend(bytes);
    framed.extend(b"\x0110=000\x01");
    message(&framed);

    let mut rest = bytes;
    while !rest.is_empty() {
        match next_frame(rest, 1 << 16) {
            Ok(Some(length)) => rest = &rest[length..],
            Ok(None) => break,
            Err(error) => {
                assert!(error.resync > 0 && error.resync <= rest.len());
                rest = &rest[error.resync..];
            }
        }
    }
});
