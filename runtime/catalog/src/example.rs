//! Values of types that no payload is documented for.

use serde_json::{Map, Value};

use crate::product::Product;
use crate::types::{Field, Spelling, TimeUnit, Type, TypeKind};

/// How deep objects may stand in each other: types may hold themselves.
const DEPTH: usize = 12;

/// The moment of all times: 2024-01-01 in seconds.
const MOMENT: i64 = 1_704_067_200;

impl Product {
    /// Returns a value of a type, with every member that is always there and those that are not. It is the same each time.
    pub fn example(&self, ty: &Type) -> Value {
        self.value(ty, "", DEPTH)
    }

    fn value(&self, ty: &Type, name: &str, depth: usize) -> Value {
        match self.resolve(ty) {
            Type::Text => self.text(name).into(),
            Type::Constant(text) => text.as_str().into(),
            Type::Boolean(spelling) => spelled(true, "true", *spelling),
            Type::Integer(spelling) | Type::Int32(spelling) => spelled(1, "1", *spelling),
            Type::Decimal(spelling) => spelled(1, "1.00000000", *spelling),
            Type::Time(time) => {
                let moment = match time.unit {
                    TimeUnit::Second => MOMENT,
                    TimeUnit::Millisecond => MOMENT * 1_000,
                    TimeUnit::Microsecond => MOMENT * 1_000_000,
                };
                spelled(
                    moment,
                    &moment.to_string(),
                    Spelling {
                        as_text: time.as_text,
                    },
                )
            }
            Type::Array(element) => match depth {
                0 => Value::Array(Vec::new()),
                _ => vec![self.value(element, name, depth - 1)].into(),
            },
            Type::OneOrMany(element) => self.value(element, name, depth),
            Type::Map(value) => {
                let mut members = Map::new();
                if depth > 0 {
                    members.insert(self.text("symbol"), self.value(value, name, depth - 1));
                }
                members.into()
            }
            Type::Any | Type::Empty => Value::Object(Map::new()),
            Type::Named(known) => match self.types.get(known) {
                Some(def) => self.named(&def.kind, name, depth),
                None => Value::Null,
            },
        }
    }

    fn named(&self, kind: &TypeKind, name: &str, depth: usize) -> Value {
        match kind {
            TypeKind::Object(fields) => self.object(fields, depth),
            TypeKind::Tuple(slots) => slots
                .iter()
                .map(|slot| self.value(&slot.ty, &slot.name, depth.saturating_sub(1)))
                .collect(),
            TypeKind::Enum(values) => values.first().map_or(Value::Null, |value| value.as_str().into()),
            TypeKind::Union(union) => {
                let Some((tag, variant)) = union.variants.first() else {
                    return Value::Null;
                };
                let mut value = self.value(&Type::Named(variant.clone()), name, depth);
                if let Some(members) = value.as_object_mut() {
                    members.insert(union.tag.clone(), tag.as_str().into());
                }
                value
            }
            TypeKind::Shapes(types) => types.last().map_or(Value::Null, |ty| self.value(ty, name, depth)),
            TypeKind::Alias(target) => self.value(target, name, depth),
        }
    }

    fn object(&self, fields: &[Field], depth: usize) -> Value {
        let of_field = |field: &Field| {
            let value = self.value(&field.ty, &field.name, depth.saturating_sub(1));
            (field.name.clone(), value)
        };
        let kept = fields.iter().filter(|field| field.required || depth > 0);
        Value::Object(kept.map(of_field).collect())
    }

    /// A text for a member of this name.
    fn text(&self, name: &str) -> String {
        match self.examples.get(name) {
            Some(value) => value.clone(),
            None if name == "symbol" => "BTCUSDT".to_owned(),
            None if name == "asset" || name == "coin" => "USDT".to_owned(),
            None => "text".to_owned(),
        }
    }
}

fn spelled(value: impl Into<Value>, text: &str, spelling: Spelling) -> Value {
    match spelling.as_text {
        true => text.into(),
        false => value.into(),
    }
}
