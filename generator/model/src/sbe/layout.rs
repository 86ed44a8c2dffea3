//! Where each field of a block lies.

use super::{Enum, Field, Presence, Primitive, Schema, Set, SimpleType};
use crate::named::Named;

/// What a field's type name stands for.
#[derive(Clone, Copy, Debug)]
pub enum Encoding<'s> {
    /// A primitive, named directly.
    Primitive(Primitive),
    /// A named simple type.
    Simple(&'s SimpleType),
    /// An enum.
    Enum(&'s Enum),
    /// A set.
    Set(&'s Set),
}

impl Encoding<'_> {
    /// Bytes on the wire.
    pub fn size(self) -> u32 {
        match self {
            Self::Primitive(primitive) => primitive.size(),
            Self::Simple(simple) => simple.primitive.size() * simple.length,
            Self::Enum(r#enum) => r#enum.encoding.size(),
            Self::Set(set) => set.encoding.size(),
        }
    }

    /// The presence that the type itself states.
    pub fn presence(self) -> Presence {
        match self {
            Self::Simple(simple) => simple.presence,
            _ => Presence::Required,
        }
    }
}

impl Schema {
    /// What a field's type name stands for.
    pub fn encoding(&self, type_name: &str) -> Option<Encoding<'_>> {
        if let Some(simple) = self.types.get(type_name) {
            Some(Encoding::Simple(simple))
        } else if let Some(r#enum) = self.enums.get(type_name) {
            Some(Encoding::Enum(r#enum))
        } else if let Some(set) = self.sets.get(type_name) {
            Some(Encoding::Set(set))
        } else {
            Primitive::of(type_name).map(Encoding::Primitive)
        }
    }

    /// Whether a field must be there: its own word, else its type's.
    pub fn presence(&self, field: &Field) -> Presence {
        match (field.presence, self.encoding(&field.type_name)) {
            (Presence::Required, Some(encoding)) => encoding.presence(),
            (presence, _) => presence,
        }
    }
}

/// Where one field lies in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldLayout {
    /// The first byte.
    pub offset: u32,
    /// Bytes; 0 for a constant.
    pub size: u32,
}

/// The layout of a block's fields and the block's length. A field without an offset of its own follows the
/// one before it. `None` where a type is unknown.
pub fn block_layout(schema: &Schema, fields: &[Field]) -> Option<(Vec<FieldLayout>, u32)> {
    let mut layout = Vec::with_capacity(fields.len());
    let mut end = 0;
    for field in fields {
        let encoding = schema.encoding(&field.type_name)?;
        if schema.presence(field) == Presence::Constant {
            layout.push(FieldLayout { offset: end, size: 0 });
            continue;
        }
        let offset = field.offset.unwrap_or(end);
        let size = encoding.size();
        end = offset.saturating_add(size);
        layout.push(FieldLayout { offset, size });
    }
    Some((layout, end))
}
