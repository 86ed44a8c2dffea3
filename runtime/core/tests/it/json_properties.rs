//! Properties of the reader and writer over random documents, random bytes and damaged documents; serde_json is
//! the second opinion.

use binance_wire_core::json::{self, BooleanText, Entries, Form as _, IntegerText, Kind, Number};
use binance_wire_core::{
    Decimal, DecodeError, DecodeErrorKind, FromJson, Nullable, OneOrMany, RawJson, Reader, Text, Timestamp,
    ToJson, Writer,
};
use proptest::prelude::*;
use serde_json::Value;

/// Any JSON value, read and written through the public interface only.
#[derive(Clone, Debug, PartialEq)]
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

impl From<&Value> for Tree {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(elements) => Self::Array(elements.iter().map(Self::from).collect()),
            Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(key, value)| (key.as_str(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9_]{0,12}",
        proptest::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
        proptest::collection::vec(prop_oneof![0..0x80_u32, Just(0x1F4B1)], 0..40)
            .prop_map(|codes| codes.into_iter().filter_map(char::from_u32).collect()),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::vec((any_text(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Text close to JSON: a document with some bytes replaced, inserted, removed or repeated.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    const TELLING: &[u8] = b"{}[],:\"\\u0123456789-+.eEtrufalsn \t\n\r\0\x1f\x7f\x80\xc3\xed\xff/";
    let damage = (
        any::<prop::sample::Index>(),
        0..4_u8,
        prop_oneof![any::<u8>(), prop::sample::select(TELLING)],
    );
    let document = (any_value(), any::<bool>()).prop_map(|(value, pretty)| {
        let text = if pretty {
            serde_json::to_vec_pretty(&value)
        } else {
            serde_json::to_vec(&value)
        };
        text.expect("writes")
    });
    (document, proptest::collection::vec(damage, 0..5)).prop_map(|(mut bytes, damages)| {
        for (index, action, byte) in damages {
            let at = index.index(bytes.len() + 1);
            match action {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => bytes[at] = byte,
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.extend_from_within(at..),
            }
        }
        bytes
    })
}

/// Whether serde_json takes it for JSON. It stops at numbers beyond an `f64`, which are well-formed, and then does
/// not tell.
fn is_json(bytes: &[u8]) -> Option<bool> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(_) => Some(true),
        Err(error) if error.to_string().starts_with("number out of range") => None,
        Err(_) => Some(false),
    }
}

/// Runs every reader there is over the bytes; what matters is that they come back.
fn read_as_everything(bytes: &[u8]) {
    fn check<T: FromJson>(bytes: &[u8]) {
        if let Err(error) = json::from_slice::<T>(bytes) {
            assert!(error.offset() <= bytes.len(), "{error}");
            assert!(!error.to_string().is_empty());
        }
    }
    check::<RawJson>(bytes);
    check::<Tree>(bytes);
    check::<()>(bytes);
    check::<bool>(bytes);
    check::<i8>(bytes);
    check::<i64>(bytes);
    check::<u64>(bytes);
    check::<Decimal>(bytes);
    check::<Timestamp>(bytes);
    check::<Text>(bytes);
    check::<Vec<Decimal>>(bytes);
    check::<Entries<OneOrMany<Nullable<Decimal>>>>(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = IntegerText::read(&mut Reader::new(text));
        let _ = BooleanText::read(&mut Reader::new(text));
        let _ = Reader::new(text).peek_text_field("e");
        let _ = Reader::new(text).matching_keys(&["e", "a"]);
        let mut reader = Reader::new(text);
        let start = reader.aside();
        if reader.begin_array().is_ok() {
            let _ = reader
                .element::<Decimal>(0, 2)
                .and_then(|_| reader.element::<Text>(1, 2))
                .map(|_| reader.end_tuple(2, start));
        }
    }
}

/// The largest mantissa, 2^96 - 1.
const LARGEST: &str = "79228162514264337593543950335";

/// Whether digits without leading zeros are at most [`LARGEST`], compared as text.
fn fits(digits: &str) -> bool {
    (digits.len(), digits) <= (LARGEST.len(), LARGEST)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_serde_json_writes_is_read_back_equal(value in any_value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let tree: Tree = json::from_str(&text).unwrap();
        prop_assert_eq!(&tree, &Tree::from(&value));
        prop_assert_eq!(json::to_string(&tree), serde_json::to_string(&value).unwrap());
        let raw: RawJson = json::from_str(&text).unwrap();
        prop_assert_eq!(raw.as_str(), &text);
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn damaged_documents_are_judged_as_serde_json_does(bytes in damaged()) {
        read_as_everything(&bytes);
        let kept = json::from_slice::<RawJson>(&bytes);
        if let Some(expected) = is_json(&bytes) {
            prop_assert_eq!(kept.is_ok(), expected, "{:?}: {:?}", String::from_utf8_lossy(&bytes), kept);
        }
        // Reading and skipping agree on the first fault.
        match (kept, json::from_slice::<Tree>(&bytes)) {
            (Ok(_), tree) => prop_assert!(tree.is_ok(), "{:?}", tree),
            (Err(kept), Err(tree)) => {
                prop_assert_eq!((kept.kind(), kept.offset()), (tree.kind(), tree.offset()));
            }
            (Err(kept), Ok(tree)) => prop_assert!(false, "{:?} read as {:?}", kept, tree),
        }
    }

    #[test]
    fn every_decimal_survives(lo: u32, mid: u32, hi: u32, width in 0..3_u8, negative: bool, scale in 0..=28_u32) {
        let (mid, hi) = (if width > 0 { mid } else { 0 }, if width > 1 { hi } else { 0 });
        let value = Decimal::from_parts(lo, mid, hi, negative, scale);
        let text = json::to_string(&value);
        prop_assert_eq!(&text, &format!("\"{value}\""));
        let read: Decimal = json::from_str(&text).unwrap();
        prop_assert_eq!((read.mantissa(), read.scale()), (value.mantissa(), value.scale()));
        let mut writer = Writer::new();
        Number::write(&value, &mut writer);
        let read = Number::read(&mut Reader::new(writer.as_str())).unwrap();
        prop_assert_eq!((read.mantissa(), read.scale()), (value.mantissa(), value.scale()));
    }

    #[test]
    fn decimals_are_exact_or_refused(
        whole in "0|[1-9][0-9]{0,31}", fraction in "[0-9]{0,31}", negative: bool, tail in "[ ]{0,12}",
    ) {
        let sign = if negative { "-" } else { "" };
        let text = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
        // Where the digits do not fit as they are, they may without zeros at their end.
        let spelled = |fraction: &str| (format!("{whole}{fraction}").trim_start_matches('0').to_owned(), fraction.len());
        let is_exact = |(digits, scale): &(String, usize)| fits(digits) && *scale <= 28;
        let (as_sent, trimmed) = (spelled(&fraction), spelled(fraction.trim_end_matches('0')));
        let (digits, scale) = if is_exact(&as_sent) { as_sent } else { trimmed };
        let exact = is_exact(&(digits.clone(), scale));
        for document in [format!("\"{text}\"{tail}"), format!("{text}{tail}")] {
            match json::from_str::<Decimal>(&document) {
                Ok(value) => {
                    prop_assert!(exact, "{}", document);
                    let mantissa: i128 = if digits.is_empty() { 0 } else { digits.parse().unwrap() };
                    prop_assert_eq!(value.mantissa(), if negative { -mantissa } else { mantissa });
                    prop_assert_eq!(value.scale() as usize, scale);
                }
                Err(error) => {
                    prop_assert!(!exact, "{}", document);
                    prop_assert!(matches!(error.kind(), DecodeErrorKind::OutOfRange(_)));
                }
            }
        }
    }

    #[test]
    fn an_exponent_moves_the_point_and_nothing_else(mantissa in 0..1_000_000_000_u64, exponent in -28..=19_i32) {
        let value: Decimal = json::from_str(&format!("\"{mantissa}E{exponent}\"")).unwrap();
        let power = 10_i128.pow(exponent.unsigned_abs());
        if exponent >= 0 {
            prop_assert_eq!((value.mantissa(), value.scale()), (i128::from(mantissa) * power, 0));
        } else {
            prop_assert_eq!((value.mantissa(), value.scale()), (i128::from(mantissa), exponent.unsigned_abs()));
        }
    }

    #[test]
    fn every_integer_survives(signed: i64, unsigned: u64, shift in 0..64_u32) {
        let (signed, unsigned) = (signed >> shift, unsigned >> shift);
        prop_assert_eq!(json::from_str::<i64>(&json::to_string(&signed)).unwrap(), signed);
        prop_assert_eq!(json::from_str::<u64>(&json::to_string(&unsigned)).unwrap(), unsigned);
        prop_assert_eq!(json::from_str::<Vec<i64>>(&format!("[{signed} , {signed}]")).unwrap(), vec![signed; 2]);
        prop_assert_eq!(json::from_str::<i64>(&unsigned.to_string()).ok(), i64::try_from(unsigned).ok());
        prop_assert_eq!(json::from_str::<u64>(&signed.to_string()).ok(), u64::try_from(signed).ok());
        prop_assert_eq!(json::from_str::<i32>(&signed.to_string()).ok(), i32::try_from(signed).ok());
    }
}
