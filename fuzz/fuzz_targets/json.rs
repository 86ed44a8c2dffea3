//! JSON reading: no input panics; what is kept raw is also what the readers of types accept; and what is read is
//! written back so that it reads as the same value.

#![no_main]

use binance_wire_core::json::{self, BooleanText, Entries, Form as _, IntegerText, Kind};
use binance_wire_core::{
    Decimal, DecodeError, FromJson, Nullable, OneOrMany, RawJson, Reader, Text, Timestamp, ToJson, Writer,
};
use libfuzzer_sys::fuzz_target;

/// Any JSON value.
#[derive(Debug, PartialEq)]
enum Tree {
    Null,
    Boolean(bool),
    Number(String),
    String(String),
    Array(Vec<Tree>),
    Object(Entries<Tree>),
}

impl FromJson for Tree {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match reader.peek_kind()? {
            Kind::Null => {
                reader.read_null()?;
                Self::Null
            }
            Kind::Boolean => Self::Boolean(reader.read_bool()?),
            Kind::Number => Self::Number(reader.raw_value()?.to_owned()),
            Kind::String => Self::String(reader.read_str()?.into_owned()),
            Kind::Array => Self::Array(Vec::from_json(reader)?),
            Kind::Object => Self::Object(Entries::from_json(reader)?),
        })
    }
}

impl ToJson for Tree {
    fn to_json(&self, writer: &mut Writer) {
        match self {
            Self::Null => writer.null(),
            Self::Boolean(value) => writer.bool(*value),
            Self::Number(text) => writer.raw(text),
            Self::String(text) => writer.str(text),
            Self::Array(elements) => elements.to_json(writer),
            Self::Object(members) => members.to_json(writer),
        }
    }
}

/// What reads as `T` reads as the same value after it has been written.
fn round_trip<T: FromJson + ToJson + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    match json::from_slice::<T>(bytes) {
        Ok(value) => {
            let text = json::to_string(&value);
            assert_eq!(json::from_str::<T>(&text).as_ref(), Ok(&value), "{text}");
        }
        Err(error) => assert!(error.offset() <= bytes.len(), "{error}"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let kept = json::from_slice::<RawJson>(bytes);
    let tree = json::from_slice::<Tree>(bytes);
    assert_eq!(kept.is_ok(), tree.is_ok(), "{kept:?} {tree:?}");

    round_trip::<RawJson>(bytes);
    round_trip::<Tree>(bytes);
    round_trip::<()>(bytes);
    round_trip::<i8>(bytes);
    round_trip::<i64>(bytes);
    round_trip::<u64>(bytes);
    round_trip::<Decimal>(bytes);
    round_trip::<Timestamp>(bytes);
    round_trip::<Text>(bytes);
    round_trip::<Entries<OneOrMany<Nullable<Decimal>>>>(bytes);
    round_trip::<Vec<Entries<bool>>>(bytes);

    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = IntegerText::read(&mut Reader::new(text));
        let _ = BooleanText::read(&mut Reader::new(text));
        let _ = Reader::new(text).peek_text_field("e");
        let _ = Reader::new(text).matching_keys(&["e", "code", "orderId"]);
    }
});
