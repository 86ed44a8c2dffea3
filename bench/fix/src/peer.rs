//! fefix, with the dictionary that our messages were generated from.

use fefix::Dictionary;
use fefix::tagvalue::{Config, FvWrite as _};

const DICTIONARY: &str = include_str!("../../../specs/spot/fix/oe.xml");

pub struct Encoder(fefix::tagvalue::Encoder<Config>);

impl Encoder {
    pub fn new() -> Self {
        Self(fefix::tagvalue::Encoder::new(Config::default()))
    }

    /// The order that ours encodes, from values that are text already.
    pub fn new_order(&mut self, out: &mut Vec<u8>) -> usize {
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

    /// How many fields it sees, the frame's own left out.
    pub fn count(&mut self, message: &[u8]) -> usize {
        let message = self.0.decode(message).expect("fefix reads the message");
        message
            .fields()
            .filter(|(tag, _)| ![8, 9, 10].contains(&tag.get()))
            .count()
    }
}
