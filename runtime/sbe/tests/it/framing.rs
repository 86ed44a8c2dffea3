//! Headers and framing of FIX SBE.

use binance_wire_core::Timestamp;
use binance_wire_sbe::{
    EncodeBody, EncodeFramed, Encoder, Header, SbeErrorKind, Schema, SessionHeader, Sofh, open_any,
    open_framed, split_frame,
};
use proptest::prelude::*;

const SCHEMA: Schema = Schema {
    id: 1,
    version: 1,
    header_length: 20,
};

struct Heartbeat(&'static str);

impl EncodeBody for Heartbeat {
    const SCHEMA: Schema = SCHEMA;
    const TEMPLATE_ID: u16 = 20001;
    const BLOCK_LENGTH: u16 = 0;

    fn encode_body(&self, encoder: &mut Encoder<'_>) {
        encoder.data(1, self.0.as_bytes(), "TestReqID");
    }
}

impl EncodeFramed for Heartbeat {}

fn frame() -> Vec<u8> {
    let mut out = Vec::new();
    Heartbeat("id")
        .encode(7, Timestamp::from_micros(1_719_479_845_223_000), &mut out)
        .expect("it fits");
    out
}

#[test]
fn a_frame_has_framing_session_header_and_body() {
    let frame = frame();
    assert_eq!(frame.len(), 6 + 20 + 3);
    assert_eq!(&frame[..6], [29, 0, 0, 0, 0x50, 0xeb]);
    let (session, body) = open_framed(&frame, SCHEMA).expect("the frame is whole");
    let header = Header {
        block_length: 0,
        template_id: 20001,
        schema_id: 1,
        version: 1,
    };
    let sending_time = Timestamp::from_micros(1_719_479_845_223_000);
    assert_eq!(
        session,
        SessionHeader {
            header,
            seq_num: 7,
            sending_time
        }
    );
    assert_eq!(body, b"\x02id");
    assert_eq!(open_any(&frame, SCHEMA), Ok((header, &b"\x02id"[..])));
    assert_eq!(open_any(&frame[6..], SCHEMA), Ok((header, &b"\x02id"[..])));
}

#[test]
fn frames_are_split_off_a_stream() {
    let one = frame();
    let mut buffer = one.clone();
    buffer.extend_from_slice(&one);
    for length in 0..one.len() {
        assert_eq!(split_frame(&one[..length], 1000), Ok(None));
        assert!(open_framed(&one[..length], SCHEMA).is_err());
    }
    assert_eq!(split_frame(&buffer, 1000), Ok(Some((&one[6..], one.len()))));
    assert!(open_framed(&buffer, SCHEMA).is_err());
}

#[test]
fn bad_framing_is_an_error() {
    for (length, encoding_type) in [
        (29_u32, 0xeb51_u16),
        (5, 0xeb50),
        (0, 0xeb50),
        (1001, 0xeb50),
        (u32::MAX, 0xeb50),
    ] {
        let mut bad = frame();
        bad[..4].copy_from_slice(&length.to_le_bytes());
        bad[4..6].copy_from_slice(&encoding_type.to_le_bytes());
        let error = split_frame(&bad, 1000).expect_err("bad framing");
        assert_eq!(
            error.kind(),
            &SbeErrorKind::BadFraming {
                message_length: length,
                encoding_type
            }
        );
    }
    let mut other = frame();
    other[10] = 3;
    let error = open_framed(&other, SCHEMA).expect_err("another schema");
    assert_eq!(
        error.kind(),
        &SbeErrorKind::WrongSchema {
            expected: 1,
            found: 3
        }
    );
}

#[test]
fn a_message_too_long_leaves_the_buffer() {
    let text: &'static str = Box::leak("x".repeat(256).into_boxed_str());
    let mut out = vec![1, 2, 3];
    assert!(
        Heartbeat(text)
            .encode(1, Timestamp::from_micros(0), &mut out)
            .is_err()
    );
    assert_eq!(out, [1, 2, 3]);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = Sofh::read(&bytes);
        let _ = split_frame(&bytes, 64);
        let _ = open_framed(&bytes, SCHEMA);
        let _ = open_any(&bytes, SCHEMA);
        let _ = Header::read(&bytes);
        let _ = SessionHeader::read(&bytes);
    }
}
