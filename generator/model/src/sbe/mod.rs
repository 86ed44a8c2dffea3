//! What an SBE schema says: types, messages, and how each field maps onto the exchange's JSON.
//!
//! Two schemas are equal when they mean the same on the wire and in JSON; descriptions and line numbers are
//! [`Aside`]s and take no part in it.

mod history;
mod layout;

use indexmap::IndexMap;

pub use crate::source::{Aside, Line};
pub use history::{Fault, FaultKind, History, LeadingExponents, faults};
pub use layout::{Encoding, FieldLayout, block_layout};

/// A description, empty where the file has none.
pub type Doc = Aside<String>;

/// A whole schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The file it was read from.
    pub file: Aside<String>,
    /// The `package`, such as `spot_sbe`.
    pub package: String,
    /// The schema id; another id is another, incompatible schema.
    pub id: u16,
    /// The version within the id; a higher one only adds.
    pub version: u16,
    /// The version of the SBE standard that the file names.
    pub semantic_version: Option<String>,
    /// The description.
    pub doc: Doc,
    /// Simple types by name.
    pub types: IndexMap<String, SimpleType>,
    /// Composites by name: headers, group dimensions, variable data.
    pub composites: IndexMap<String, Composite>,
    /// Enums by name.
    pub enums: IndexMap<String, Enum>,
    /// Sets by name.
    pub sets: IndexMap<String, Set>,
    /// Messages in the order of the file.
    pub messages: Vec<Message>,
}

impl Schema {
    /// The message with this name.
    pub fn message(&self, name: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.name == name)
    }
}

crate::named! {
    /// The primitive types of SBE.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Primitive {
        /// One byte of ASCII.
        Char = "char",
        /// Signed, one byte.
        Int8 = "int8",
        /// Signed, two bytes.
        Int16 = "int16",
        /// Signed, four bytes.
        Int32 = "int32",
        /// Signed, eight bytes.
        Int64 = "int64",
        /// Unsigned, one byte.
        UInt8 = "uint8",
        /// Unsigned, two bytes.
        UInt16 = "uint16",
        /// Unsigned, four bytes.
        UInt32 = "uint32",
        /// Unsigned, eight bytes.
        UInt64 = "uint64",
        /// IEEE 754, four bytes.
        Float = "float",
        /// IEEE 754, eight bytes.
        Double = "double",
    }
}

impl Primitive {
    /// Bytes on the wire.
    pub fn size(self) -> u32 {
        match self {
            Self::Char | Self::Int8 | Self::UInt8 => 1,
            Self::Int16 | Self::UInt16 => 2,
            Self::Int32 | Self::UInt32 | Self::Float => 4,
            Self::Int64 | Self::UInt64 | Self::Double => 8,
        }
    }

    /// The least and the greatest whole number that fits, for the whole-number types.
    pub fn range(self) -> Option<(i128, i128)> {
        Some(match self {
            Self::Char | Self::UInt8 => (0, i128::from(u8::MAX)),
            Self::UInt16 => (0, i128::from(u16::MAX)),
            Self::UInt32 => (0, i128::from(u32::MAX)),
            Self::UInt64 => (0, i128::from(u64::MAX)),
            Self::Int8 => (i128::from(i8::MIN), i128::from(i8::MAX)),
            Self::Int16 => (i128::from(i16::MIN), i128::from(i16::MAX)),
            Self::Int32 => (i128::from(i32::MIN), i128::from(i32::MAX)),
            Self::Int64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
            Self::Float | Self::Double => return None,
        })
    }

    /// The value that stands for null unless a type says otherwise; NaN for the floating-point types.
    pub fn null(self) -> Option<i128> {
        Some(match self {
            Self::Char => 0,
            Self::Int8 | Self::Int16 | Self::Int32 | Self::Int64 => self.range()?.0,
            _ => self.range()?.1,
        })
    }
}

crate::named! {
    /// Whether a value must be there.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Presence {
        /// Always a value.
        #[default]
        Required = "required",
        /// The null value is allowed.
        Optional = "optional",
        /// Not on the wire: the schema has the value.
        Constant = "constant",
    }
}

/// A named simple type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimpleType {
    /// The name.
    pub name: String,
    /// What it is on the wire.
    pub primitive: Primitive,
    /// How many of the primitive; 1 for a plain value, 0 for variable data.
    pub length: u32,
    /// Whether it must be there.
    pub presence: Presence,
    /// The value of a constant.
    pub constant: Option<String>,
    /// The null value, where it is not the primitive's own.
    pub null: Option<i128>,
    /// The least value, where it is not the primitive's own.
    pub min: Option<i128>,
    /// The greatest value, where it is not the primitive's own.
    pub max: Option<i128>,
    /// `UTF-8`, for text.
    pub character_encoding: Option<String>,
    /// The FIX data type.
    pub semantic_type: Option<String>,
    /// The first version that has it.
    pub since: u16,
    /// The description.
    pub doc: Doc,
    /// Where it stands.
    pub line: Line,
}

/// A composite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composite {
    /// The name.
    pub name: String,
    /// Its parts in order.
    pub members: Vec<CompositeMember>,
    /// The FIX data type.
    pub semantic_type: Option<String>,
    /// The first version that has it.
    pub since: u16,
    /// The description.
    pub doc: Doc,
    /// Where it stands.
    pub line: Line,
}

impl Composite {
    /// The member with this name, with its byte offset.
    pub fn member(&self, name: &str) -> Option<(u32, &SimpleType)> {
        let mut offset = 0;
        for member in &self.members {
            if member.name == name {
                return Some((offset, &member.r#type));
            }
            offset += member.r#type.primitive.size() * member.r#type.length;
        }
        None
    }

    /// Bytes on the wire, without variable data.
    pub fn size(&self) -> u32 {
        self.members
            .iter()
            .map(|member| member.r#type.primitive.size() * member.r#type.length)
            .sum()
    }

    /// Whether this is a group's dimensions: exactly `blockLength` and `numInGroup`.
    pub fn is_dimension(&self) -> bool {
        matches!(&self.members[..], [block, count]
            if block.name == "blockLength" && count.name == "numInGroup"
                && is_plain(&block.r#type, &[Primitive::UInt8, Primitive::UInt16])
                && is_plain(&count.r#type, &[Primitive::UInt8, Primitive::UInt16, Primitive::UInt32]))
    }

    /// Whether this is variable data: exactly `length` and `varData`.
    pub fn is_data(&self) -> bool {
        matches!(&self.members[..], [length, data]
            if length.name == "length" && data.name == "varData"
                && is_plain(&length.r#type, &[Primitive::UInt8, Primitive::UInt16, Primitive::UInt32])
                && data.r#type.primitive.size() == 1 && data.r#type.length == 0)
    }
}

fn is_plain(r#type: &SimpleType, allowed: &[Primitive]) -> bool {
    r#type.length == 1 && allowed.contains(&r#type.primitive)
}

/// One part of a composite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompositeMember {
    /// The name within the composite.
    pub name: String,
    /// The named type it refers to, where it is a reference.
    pub reference: Option<String>,
    /// Its type, references resolved.
    pub r#type: SimpleType,
}

/// An enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enum {
    /// The name.
    pub name: String,
    /// What it is on the wire: char or an unsigned number.
    pub encoding: Primitive,
    /// Its values in the order of the file.
    pub values: Vec<EnumValue>,
    /// The first version that has it.
    pub since: u16,
    /// The description.
    pub doc: Doc,
    /// Where it stands.
    pub line: Line,
}

impl Enum {
    /// Whether this is a truth value: exactly False = 0 and True = 1.
    pub fn is_bool(&self) -> bool {
        matches!(&self.values[..], [no, yes]
            if no.name == "False" && no.raw == 0 && yes.name == "True" && yes.raw == 1)
    }

    /// The value with this name.
    pub fn value(&self, name: &str) -> Option<&EnumValue> {
        self.values.iter().find(|value| value.name == name)
    }
}

/// One value of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumValue {
    /// The name.
    pub name: String,
    /// The number on the wire; a char enum's is its ASCII code.
    pub raw: u64,
    /// The value that JSON has for it (`mbx:jsonValue`); the name where there is none.
    pub json: Option<String>,
    /// The first version that has it, as far as the schema says so.
    pub since: u16,
    /// The description.
    pub doc: Doc,
    /// Where it stands.
    pub line: Line,
}

/// A set of flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// The name.
    pub name: String,
    /// What it is on the wire.
    pub encoding: Primitive,
    /// Its flags in the order of the file.
    pub choices: Vec<Choice>,
    /// The first version that has it.
    pub since: u16,
    /// The description.
    pub doc: Doc,
    /// Where it stands.
    pub line: Line,
}

/// One flag of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The name.
    pub name: String,
    /// The bit, counted from the least significant.
    pub bit: u8,
    /// The value that JSON has for it; the name where there is none.
    pub json: Option<String>,
    /// The first version that has it, as far as the schema says so.
    pub since: u16,
    /// The description.
    pub doc: Doc,
    /// Where it stands.
    pub line: Line,
}

/// How a field, group or datum maps onto JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Json {
    /// `mbx:jsonPath`: a name, `a.b` to nest, `..` to stand in place of the object around it, `[]` for a
    /// position in an array. The field's own name where there is none.
    pub path: Option<String>,
    /// `mbx:jsonDefaultValue`: what JSON has in place of null.
    pub default: Option<String>,
    /// `mbx:jsonOmitNull`: an empty group is left out.
    pub omit_null: bool,
}

/// What a block holds: fixed fields, then groups, then variable data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Fixed fields in order.
    pub fields: Vec<Field>,
    /// Groups in order.
    pub groups: Vec<Group>,
    /// Variable data in order.
    pub data: Vec<Data>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The name.
    pub name: String,
    /// The template id.
    pub id: u16,
    /// What it is for, such as the FIX MsgType.
    pub semantic_type: Option<String>,
    /// The root block's length, where the schema fixes it.
    pub block_length: Option<u16>,
    /// The first version that has it.
    pub since: u16,
    /// What it holds.
    pub members: Members,
    /// The description.
    pub doc: Doc,
    /// Where it stands.
    pub line: Line,
}

/// A fixed field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The id; in a FIX schema the tag.
    pub id: u16,
    /// The name.
    pub name: String,
    /// A simple type, enum, set or primitive.
    pub type_name: String,
    /// Whether it must be there.
    pub presence: Presence,
    /// `enum.value` of a constant.
    pub value_ref: Option<String>,
    /// The byte offset, where the schema fixes it.
    pub offset: Option<u32>,
    /// The FIX data type.
    pub semantic_type: Option<String>,
    /// The field that holds the power of ten of this mantissa (`mbx:exponent`).
    pub exponent: Option<String>,
    /// Its place in JSON.
    pub json: Json,
    /// The first version that has it.
    pub since: u16,
    /// The description.
    pub doc: Doc,
    /// Where it stands.
    pub line: Line,
}

/// A repeating group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The id; in a FIX schema the tag.
    pub id: u16,
    /// The name.
    pub name: String,
    /// The composite with its dimensions; `groupSizeEncoding` where the schema names none.
    pub dimension: String,
    /// The block length, where the schema fixes it.
    pub block_length: Option<u16>,
    /// The FIX data type.
    pub semantic_type: Option<String>,
    /// Its place in JSON.
    pub json: Json,
    /// The first version that has it.
    pub since: u16,
    /// What each entry holds.
    pub members: Members,
    /// The description.
    pub doc: Doc,
    /// Where it stands.
    pub line: Line,
}

/// Variable data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// The id; in a FIX schema the tag.
    pub id: u16,
    /// The name.
    pub name: String,
    /// The composite that says how its length is sent.
    pub type_name: String,
    /// The FIX data type.
    pub semantic_type: Option<String>,
    /// Its place in JSON.
    pub json: Json,
    /// The first version that has it.
    pub since: u16,
    /// The description.
    pub doc: Doc,
    /// Where it stands.
    pub line: Line,
}

/// What variable data holds, told by its type: text has a character encoding; the `messageData` types hold a
/// whole SBE message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataKind {
    /// UTF-8 text.
    Text,
    /// An SBE message with its header.
    Message,
    /// Bytes of no known meaning.
    Bytes,
}

impl Data {
    /// Whether length 0 means null: the type's name starts with `optional`.
    pub fn is_optional(&self) -> bool {
        self.type_name.starts_with("optional")
    }

    /// What it holds.
    pub fn kind(&self, r#type: &Composite) -> DataKind {
        let text = r#type
            .member("varData")
            .is_some_and(|(_, data)| data.character_encoding.is_some());
        if text {
            DataKind::Text
        } else if self.type_name.to_ascii_lowercase().contains("messagedata") {
            DataKind::Message
        } else {
            DataKind::Bytes
        }
    }
}
