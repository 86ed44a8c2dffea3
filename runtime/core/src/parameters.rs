//! Parameters whose names or shapes are not settled when a crate is generated.

use crate::json::{Kind, Reader};
use crate::{Decimal, DecodeError, ParamSink, RawJson, Text, Timestamp};

/// A value of any kind that a parameter can have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParamValue {
    /// Text.
    Text(Text),
    /// An integer.
    Integer(i64),
    /// A decimal.
    Decimal(Decimal),
    /// `true` or `false`.
    Boolean(bool),
    /// A point in time, sent in its own unit.
    Timestamp(Timestamp),
    /// A list or an object.
    Json(RawJson),
}

impl ParamValue {
    /// Hands the value to `sink` under a name.
    pub fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        match self {
            Self::Text(value) => sink.text(name, value),
            Self::Integer(value) => sink.integer(name, *value),
            Self::Decimal(value) => sink.decimal(name, *value),
            Self::Boolean(value) => sink.boolean(name, *value),
            Self::Timestamp(value) => sink.timestamp(name, *value),
            Self::Json(value) => sink.json(name, value.as_str()),
        }
    }
}

/// Conversions that move the value into a variant.
macro_rules! from {
    ($($type:ty => $variant:ident,)*) => {$(
        impl From<$type> for ParamValue {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from! {
    &str => Text,
    String => Text,
    Text => Text,
    i64 => Integer,
    i32 => Integer,
    u32 => Integer,
    Decimal => Decimal,
    bool => Boolean,
    Timestamp => Timestamp,
    RawJson => Json,
}

/// Parameters by name, in the order in which they are sent: those of an operation whose documentation names none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FreeParameters(Vec<(Text, ParamValue)>);

impl FreeParameters {
    /// Adds a parameter.
    pub fn push(&mut self, name: impl Into<Text>, value: impl Into<ParamValue>) {
        self.0.push((name.into(), value.into()));
    }

    /// All of them, in order.
    pub fn as_slice(&self) -> &[(Text, ParamValue)] {
        &self.0
    }

    /// Hands all of them to `sink`.
    pub fn write(&self, sink: &mut dyn ParamSink) {
        for (name, value) in &self.0 {
            value.write(name, sink);
        }
    }
}

/// Hands a list of objects to `sink` one member at a time, as `name[0].member`: for the operations that take lists in
/// this form. `json` is the list as compact JSON.
pub fn write_bracketed(sink: &mut dyn ParamSink, name: &str, json: &str) {
    // The text comes from an encoder; what is no JSON could only be cut short here, and never is.
    let written = spread(sink, name, &mut Reader::new(json));
    debug_assert!(written.is_ok(), "{json} is not JSON");
}

fn spread(sink: &mut dyn ParamSink, name: &str, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    match reader.peek_kind()? {
        Kind::Array => {
            reader.begin_array()?;
            let mut index = 0_usize;
            while reader.next_element()? {
                spread(sink, &format!("{name}[{index}]"), reader)?;
                index += 1;
            }
            Ok(())
        }
        Kind::Object => {
            reader.begin_object()?;
            while let Some(key) = reader.next_key()? {
                spread(sink, &format!("{name}.{}", key.as_str()), reader)?;
            }
            Ok(())
        }
        Kind::String => reader.read_str().map(|text| sink.text(name, &text)),
        _ => reader.raw_value().map(|text| sink.text(name, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes what it is handed.
    #[derive(Default)]
    struct Notes(Vec<String>);

    impl ParamSink for Notes {
        fn text(&mut self, name: &str, value: &str) {
            self.0.push(format!("{name}={value}"));
        }
        fn integer(&mut self, name: &str, value: i64) {
            self.0.push(format!("{name}=i{value}"));
        }
        fn decimal(&mut self, name: &str, value: Decimal) {
            self.0.push(format!("{name}=d{value}"));
        }
        fn boolean(&mut self, name: &str, value: bool) {
            self.0.push(format!("{name}=b{value}"));
        }
        fn json(&mut self, name: &str, json: &str) {
            self.0.push(format!("{name}=j{json}"));
        }
    }

    #[test]
    fn lists_are_spread_member_by_member() {
        let mut notes = Notes::default();
        write_bracketed(
            &mut notes,
            "list",
            r#"[{"id":"7\u0020a","n":1.50,"deep":{"flag":true,"more":["x"]}},{}]"#,
        );
        assert_eq!(
            notes.0,
            [
                "list[0].id=7 a",
                "list[0].n=1.50",
                "list[0].deep.flag=true",
                "list[0].deep.more[0]=x"
            ]
        );
    }

    #[test]
    fn free_parameters_keep_kind_and_order() {
        let mut free = FreeParameters::default();
        free.push("b", "text");
        free.push("a", 7_i64);
        free.push("c", Decimal::new(150, 2));
        free.push("d", true);
        free.push("e", Timestamp::from_micros(9));
        free.push("f", RawJson::new("[1]").expect("JSON"));
        let mut notes = Notes::default();
        free.write(&mut notes);
        assert_eq!(
            notes.0,
            ["b=text", "a=i7", "c=d1.50", "d=btrue", "e=i9", "f=j[1]"]
        );
    }
}
