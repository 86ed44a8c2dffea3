//! Random messages, written by the schema alone: neither the generated codecs nor their encoders take part.

use binance_wire_model::sbe::{
    DataKind, Encoding, Field, Members, Message, Presence, Primitive, Schema, block_layout,
};

/// Numbers that a seed determines.
pub(crate) struct Random(fastrand::Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0.u64(..)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.u64(..end)
    }

    fn one_in(&mut self, odds: u64) -> bool {
        self.below(odds) == 0
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len() as u64) as usize]
    }
}

/// Writes messages of a schema.
pub(crate) struct Writer<'s> {
    pub(crate) schema: &'s Schema,
    pub(crate) random: Random,
    /// Whether the steps of a cancel-replace may have failed.
    pub(crate) failures: bool,
}

impl Writer<'_> {
    /// A message with its header, of a version that has it.
    pub(crate) fn message(&mut self, name: &str) -> Vec<u8> {
        // What version 0 laid out otherwise is tested with the codecs.
        let version = 1 + self.random.below(u64::from(self.schema.version)) as u16;
        self.message_of(name, version)
    }

    fn message_of(&mut self, name: &str, version: u16) -> Vec<u8> {
        let schema = self.schema;
        let message = schema
            .message(name)
            .unwrap_or_else(|| panic!("{name} is in the schema"));
        let version = version.max(message.since);
        let mut out = Vec::new();
        let block = self.block(&message.members, version);
        for number in [block.len() as u16, message.id, schema.id, version] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&block);
        self.rest(message, &message.members, version, &mut out);
        out
    }

    fn block(&mut self, members: &Members, version: u16) -> Vec<u8> {
        let (layout, _) = block_layout(self.schema, &members.fields).expect("known types");
        let mut block = Vec::new();
        // The members of an object in JSON are there together or not at all.
        let nested_null = self.random.one_in(3);
        for (field, place) in members.fields.iter().zip(&layout) {
            if place.size == 0 || field.since > version {
                continue;
            }
            block.resize(place.offset as usize, 0);
            let value = self.value(field, members, nested_null);
            assert_eq!(value.len(), place.size as usize, "{}", field.name);
            block.extend_from_slice(&value);
        }
        block
    }

    /// Groups and data.
    fn rest(&mut self, message: &Message, members: &Members, version: u16, out: &mut Vec<u8>) {
        for group in members.groups.iter().filter(|group| group.since <= version) {
            // An object that JSON has once at most.
            let most = if group.name == "listStatus" { 2 } else { 4 };
            let count = self.random.below(most);
            let dimension = &self.schema.composites[&group.dimension];
            let length = self.block(&group.members, version).len() as u64;
            for (name, number) in [("blockLength", length), ("numInGroup", count)] {
                let (_, part) = dimension.member(name).expect("a dimension");
                out.extend_from_slice(&number.to_le_bytes()[..part.primitive.size() as usize]);
            }
            for _ in 0..count {
                let block = self.block(&group.members, version);
                out.extend_from_slice(&block);
                self.rest(message, &group.members, version, out);
            }
        }
        for data in members.data.iter().filter(|data| data.since <= version) {
            let composite = &self.schema.composites[&data.type_name];
            let (_, length) = composite.member("length").expect("a length");
            let empty = data.is_optional() && self.random.one_in(3);
            let bytes = match data.kind(composite) {
                DataKind::Text if empty => Vec::new(),
                DataKind::Text => self.text(),
                DataKind::Message => self.embedded(message, &data.name, version),
                DataKind::Bytes => Vec::new(),
            };
            out.extend_from_slice(&(bytes.len() as u64).to_le_bytes()[..length.primitive.size() as usize]);
            out.extend_from_slice(&bytes);
        }
    }

    fn text(&mut self) -> Vec<u8> {
        let texts = [
            "BTCUSDT",
            "BNB",
            "x",
            "my-order-12345678901234567890123456",
            "币安",
            "a\"b\\c\n",
            "NONE",
        ];
        self.random.pick(&texts).as_bytes().to_vec()
    }

    fn embedded(&mut self, message: &Message, data: &str, version: u16) -> Vec<u8> {
        let failed = self.failures && self.random.one_in(3);
        let names: Vec<&str> = match (message.name.as_str(), data) {
            (_, "filter") => self
                .schema
                .messages
                .iter()
                .map(|message| message.name.as_str())
                .filter(|name| name.ends_with("Filter"))
                .collect(),
            (_, "rule") => vec!["PriceRangeExecutionRule"],
            ("CancelOpenOrdersResponse", _) => vec!["CancelOrderResponse", "CancelOrderListResponse"],
            ("ErrorResponse", _) if failed => return Vec::new(),
            ("ErrorResponse", _) => vec!["CancelReplaceOrderResponse"],
            // What was not attempted has no answer.
            _ if failed && self.random.one_in(2) => return Vec::new(),
            _ if failed => vec!["ErrorResponse"],
            (_, "cancelResponse") => vec!["CancelOrderResponse"],
            (_, "newOrderResponse") => vec![
                "NewOrderAckResponse",
                "NewOrderResultResponse",
                "NewOrderFullResponse",
            ],
            (message, data) => panic!("what {data} of {message} embeds"),
        };
        let name = *self.random.pick(&names);
        self.message_of(name, version)
    }

    fn value(&mut self, field: &Field, members: &Members, nested_null: bool) -> Vec<u8> {
        let schema = self.schema;
        let optional = schema.presence(field) == Presence::Optional || field.json.default.is_some();
        let nested = field
            .json
            .path
            .as_deref()
            .is_some_and(|path| path.len() > 2 && path.contains('.'));
        let null = optional
            && if nested {
                nested_null
            } else {
                self.random.one_in(3)
            };
        let encoding = schema.encoding(&field.type_name).expect("a known type");
        let is_exponent = field.type_name == "exponent8"
            || members
                .fields
                .iter()
                .any(|other| other.exponent.as_deref() == Some(&field.name));
        let (primitive, length) = match encoding {
            Encoding::Enum(values) => {
                let raw = if null {
                    u64::MAX
                } else {
                    self.random.pick(&values.values).raw
                };
                return raw.to_le_bytes()[..values.encoding.size() as usize].to_vec();
            }
            Encoding::Set(set) => {
                let bits = self.random.next();
                let known = set
                    .choices
                    .iter()
                    .fold(0_u64, |bits, choice| bits | 1 << choice.bit);
                return (bits & known).to_le_bytes()[..set.encoding.size() as usize].to_vec();
            }
            Encoding::Primitive(primitive) => (primitive, 1),
            Encoding::Simple(simple) => (simple.primitive, simple.length),
        };
        if length == 16 {
            let mantissa = i128::from(self.random.next() as i64) * i128::from(self.random.below(1_000_000));
            return if null { i128::MIN } else { mantissa }.to_le_bytes().to_vec();
        }
        if is_exponent {
            let exponent = if null {
                i8::MIN
            } else {
                -(self.random.below(9) as i8)
            };
            return exponent.to_le_bytes().to_vec();
        }
        match primitive {
            Primitive::Float => {
                let value = (self.random.below(4_000_000) as i64 - 2_000_000) as f32 / 1000.0;
                return if null { f32::NAN } else { value }.to_le_bytes().to_vec();
            }
            Primitive::Double => return (self.random.below(1_000_000) as f64 / 8.0).to_le_bytes().to_vec(),
            _ => {}
        }
        let number = if null {
            primitive.null().expect("a number")
        } else if field.type_name.starts_with("utcTimestamp") {
            1_600_000_000_000_000 + i128::from(self.random.below(200_000_000_000_000))
        } else if self.random.one_in(4) {
            0
        } else {
            let (least, most) = primitive.range().expect("a number");
            let number = i128::from(self.random.next() as i64) % 1_000_000_000_000_000_000;
            // The greatest and the least may be null.
            let span = (most - least - 2).min(2_000_000_000_000_000_000);
            (number.rem_euclid(span) + least + 1)
                .clamp(least + 1, most - 1)
                .min(i128::from(i64::MAX))
        };
        number.to_le_bytes()[..primitive.size() as usize].to_vec()
    }
}
