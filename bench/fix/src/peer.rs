//! fefix, with the dictionary that our messages were generated from.

use std::hint::black_box;

use binance_wire_core::Decimal;
use binance_wire_fix::FixTimestamp;
use fefix::tagvalue::{Config, FvWrite as _};
use fefix::{Dictionary, FixValue as _};

const DICTIONARY: &str = include_str!("../../../specs/spot/fix/oe.xml");

pub struct Encoder(fefix::tagvalue::Encoder<Config>);

impl Encoder {
    pub fn new() -> Self {
        Self(fefix::tagvalue::Encoder::new(Config::default()))
    }

    /// The order that ours encodes, from the same values; decimals and times are made text, as fefix has no type for
    /// them that keeps every digit.
    pub fn new_order(
        &mut self,
        quantity: Decimal,
        price: Decimal,
        now: FixTimestamp,
        out: &mut Vec<u8>,
    ) -> usize {
        out.clear();
        let mut message = self.0.start_message(b"FIX.4.4", out, b"D");
        message.set_fv(&49, "BENCH");
        message.set_fv(&56, "SPOT");
        message.set_fv(&34, 2_u32);
        message.set_fv(&52, now.to_string().as_str());
        message.set_fv(&11, "1718096506197867067");
        message.set_fv(&38, quantity.to_string().as_str());
        message.set_fv(&40, "2");
        message.set_fv(&44, price.to_string().as_str());
        message.set_fv(&54, "1");
        message.set_fv(&55, "BTCUSDT");
        message.set_fv(&59, "1");
        message.wrap().len()
    }

    /// The same order from values that are text already.
    pub fn new_order_of_text(&mut self, out: &mut Vec<u8>) -> usize {
        const FIELDS: [(u32, &str); 11] = [
            (49, "BENCH"),
            (56, "SPOT"),
            (34, "2"),
            (52, "20260101-13:16:51.043"),
            (11, "1718096506197867067"),
            (38, "0.01518000"),
            (40, "2"),
            (44, "60123.45"),
            (54, "1"),
            (55, "BTCUSDT"),
            (59, "1"),
        ];
        out.clear();
        let mut message = self.0.start_message(b"FIX.4.4", out, b"D");
        for (tag, value) in &FIELDS {
            message.set_fv(tag, *value);
        }
        message.wrap().len()
    }
}

pub struct Decoder(fefix::tagvalue::Decoder<Config>);

impl Decoder {
    pub fn new() -> Self {
        let dictionary = Dictionary::from_quickfix_spec(DICTIONARY).expect("fefix reads the dictionary");
        Self(fefix::tagvalue::Decoder::new(dictionary))
    }

    /// Visits every field as bytes; no value is parsed.
    pub fn walk(&mut self, message: &[u8]) -> u64 {
        let message = self.0.decode(message).expect("fefix reads the message");
        message
            .fields()
            .map(|(tag, value)| u64::from(tag.get()) + value.len() as u64)
            .sum()
    }

    /// Visits every field and makes it a value of its type, as ours does.
    pub fn values(&mut self, message: &[u8]) {
        let message = self.0.decode(message).expect("fefix reads the message");
        for (tag, value) in message.fields() {
            let parsed = match tag.get() {
                14 | 31 | 32 | 38 | 44 | 137 | 151 | 270 | 271 | 25017 => {
                    let text = <&str>::deserialize(value).ok();
                    black_box(text.and_then(|text| Decimal::from_str_exact(text).ok())).is_some()
                }
                17 | 34 | 37 | 136 | 268 | 1003 | 25043 | 25044 => {
                    black_box(u64::deserialize(value).ok()).is_some()
                }
                52 | 60 | 25018 | 25023 => black_box(FixTimestamp::parse(value)).is_some(),
                636 | 1057 => black_box(bool::deserialize(value).ok()).is_some(),
                _ => black_box(<&str>::deserialize(value).ok()).is_some(),
            };
            assert!(parsed, "field {tag} has another type");
        }
    }

    /// How many fields it sees, the frame's own left out.
    pub fn count(&mut self, message: &[u8]) -> usize {
        let message = self.0.decode(message).expect("fefix reads the message");
        message
            .fields()
            .filter(|(tag, _)| ![8, 9, 10].contains(&tag.get()))
            .count()
    }
}
