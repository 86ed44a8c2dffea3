//! The members that samples leave out.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::{Call, Operation, Product, Transport, Type, TypeKind};

/// A sample payload.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// What carries it.
    pub transport: Transport,
    /// The operation, stream or event, as on the wire.
    pub key: &'a str,
    /// Whether it is an error's body.
    pub error: bool,
    /// The payload.
    pub payload: &'a Value,
    /// Its place, for messages.
    pub place: &'a str,
}

/// Which members samples leave out, or have as a null that means nothing, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    left_out: BTreeMap<(String, String), String>,
    empty: BTreeMap<(String, String), String>,
}

impl Samples {
    /// The first sample that leaves out a member of a type.
    pub fn without(&self, ty: &str, member: &str) -> Option<&str> {
        self.left_out
            .get(&(ty.to_owned(), member.to_owned()))
            .map(String::as_str)
    }

    /// The first sample that has a member of a type as an empty text, which identifies nothing.
    pub fn with_empty(&self, ty: &str, member: &str) -> Option<&str> {
        self.empty
            .get(&(ty.to_owned(), member.to_owned()))
            .map(String::as_str)
    }

    /// Takes note of what a sample leaves out. One of something that the product does not have says nothing.
    pub fn add(&mut self, product: &Product, sample: Sample<'_>) {
        let mut reader = Reader {
            product,
            place: sample.place,
            samples: self,
        };
        let whole = sample.payload;
        let within_frame = sample.transport == Transport::WsApi && is_event(whole);
        if sample.transport == Transport::WsStreams || within_frame {
            let Some(event) = event(whole) else { return };
            reader.best(&event, &events(product, sample.key));
            return;
        }
        let operations = || {
            let of_key = |operation: &&Operation| {
                operation.call.transport() == sample.transport && key(operation) == normal(sample.key)
            };
            product.operations.iter().filter(of_key)
        };
        if sample.error {
            let body = whole.get("error").unwrap_or(whole);
            if let Some(data) = body.get("data") {
                let types: Vec<&Type> = operations()
                    .filter_map(|operation| operation.error_data.as_ref())
                    .collect();
                reader.best(data, &types);
            }
            return;
        }
        for operation in operations() {
            if let Some(answer) = answer(operation, whole) {
                reader.value(answer, &operation.response);
            }
        }
    }
}

/// What of a sample is an operation's answer.
fn answer<'v>(operation: &Operation, whole: &'v Value) -> Option<&'v Value> {
    if operation.call.transport() == Transport::WsApi {
        return whole.get("result");
    }
    let Some(envelope) = &operation.envelope else {
        return Some(whole);
    };
    let has = |member: &Option<String>| member.as_ref().is_none_or(|member| whole.get(member).is_some());
    match &envelope.data {
        Some(_) if envelope.optional && !(has(&envelope.code) && has(&envelope.success)) => Some(whole),
        Some(data) => whole.get(data).filter(|data| !data.is_null()),
        None => Some(whole),
    }
}

/// Whether a frame of the WebSocket API has an event.
fn is_event(frame: &Value) -> bool {
    frame.get("event").is_some() && frame.get("result").is_none() && frame.get("error").is_none()
}

/// The event within a frame.
fn event(frame: &Value) -> Option<Value> {
    let event = frame.get("event").filter(|event| event.is_object());
    let data = frame
        .get("data")
        .filter(|_| frame.get("stream").is_some() || frame.get("topic").is_some());
    match event.or(data).unwrap_or(frame) {
        // JSON within JSON.
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

/// What an event of this key may be: the name of a stream, or its own type.
fn events<'p>(product: &'p Product, name: &str) -> Vec<&'p Type> {
    let name = normal(name);
    let mut types: Vec<&Type> = product
        .streams
        .iter()
        .filter(|stream| normal(stream.pattern.as_str()) == name || stream.event_types.contains(&name))
        .map(|stream| &stream.event)
        .collect();
    types.extend(product.user_data.iter().map(|entry| &entry.events));
    types
}

fn key(operation: &Operation) -> String {
    normal(&match &operation.call {
        Call::Rest { method, path } => format!("{method} {path}"),
        Call::WsApi { method } => method.clone(),
    })
}

/// A name without those of its placeholders.
fn normal(name: &str) -> String {
    let mut normal = String::new();
    let mut inside = false;
    for character in name.chars() {
        match character {
            '<' | '{' => inside = true,
            '>' | '}' => {
                inside = false;
                normal.push_str("<>");
            }
            _ if inside => {}
            other => normal.push(other),
        }
    }
    normal
}

struct Reader<'r> {
    product: &'r Product,
    place: &'r str,
    samples: &'r mut Samples,
}

impl Reader<'_> {
    fn value(&mut self, value: &Value, ty: &Type) {
        let product = self.product;
        match (product.resolve(ty), value) {
            (Type::Array(element) | Type::OneOrMany(element), Value::Array(values)) => {
                values.iter().for_each(|value| self.value(value, element));
            }
            (Type::OneOrMany(one), value) => self.value(value, one),
            (Type::Map(element), Value::Object(values)) => {
                values.values().for_each(|value| self.value(value, element));
            }
            (Type::Named(name), value) => self.named(value, name),
            _ => {}
        }
    }

    fn named(&mut self, value: &Value, name: &str) {
        let product = self.product;
        match (product.types.get(name).map(|def| &def.kind), value) {
            (Some(TypeKind::Object(fields)), Value::Object(members)) => {
                for field in fields {
                    let names = || std::iter::once(&field.name).chain(&field.aliases);
                    match names().find_map(|name| members.get(name)) {
                        Some(Value::Null) if field.nullable => {}
                        Some(value) if value.as_str() != Some("") && !value.is_null() => {
                            self.value(value, &field.ty);
                        }
                        other => {
                            let found = match other {
                                Some(Value::String(_)) => &mut self.samples.empty,
                                _ => &mut self.samples.left_out,
                            };
                            found
                                .entry((name.to_owned(), field.name.clone()))
                                .or_insert_with(|| self.place.to_owned());
                        }
                    }
                }
            }
            (Some(TypeKind::Tuple(slots)), Value::Array(values)) => {
                for (slot, value) in slots.iter().zip(values) {
                    self.value(value, &slot.ty);
                }
            }
            (Some(TypeKind::Union { tag, variants }), value) => {
                let tag = value.get(tag).and_then(Value::as_str);
                if let Some(variant) = tag.and_then(|tag| variants.get(tag)) {
                    self.named(value, variant);
                }
            }
            (Some(TypeKind::Shapes(shapes)), value) => self.best(value, &shapes.iter().collect::<Vec<_>>()),
            _ => {}
        }
    }

    /// Reads a value as the type that knows most of it.
    fn best(&mut self, value: &Value, types: &[&Type]) {
        let best = types
            .iter()
            .filter_map(|ty| Some((self.unfitness(value, ty)?, ty)))
            .min_by_key(|(unfitness, _)| *unfitness);
        if let Some((_, ty)) = best {
            self.value(value, ty);
        }
    }

    /// How many members of a value a type does not know, and how many of its own the value lacks; `None` where it is of
    /// another kind.
    fn unfitness(&self, value: &Value, ty: &Type) -> Option<(usize, usize)> {
        let product = self.product;
        match (product.resolve(ty), value) {
            (Type::Array(element) | Type::OneOrMany(element), Value::Array(values)) => values
                .first()
                .map_or(Some((0, 0)), |first| self.unfitness(first, element)),
            (Type::OneOrMany(one), value) => self.unfitness(value, one),
            (Type::Named(name), value) => match (&product.types.get(name)?.kind, value) {
                (TypeKind::Object(fields), Value::Object(members)) => {
                    let knows = |member: &str| {
                        fields.iter().any(|field| {
                            field.name == member || field.aliases.iter().any(|alias| alias == member)
                        })
                    };
                    let unknown = members.keys().filter(|member| !knows(member)).count();
                    let lacks = fields
                        .iter()
                        .filter(|field| !members.contains_key(&field.name))
                        .count();
                    Some((unknown, lacks))
                }
                (TypeKind::Union { tag, variants }, value) => {
                    let variant = variants.get(value.get(tag)?.as_str()?)?;
                    self.unfitness(value, &Type::Named(variant.clone()))
                }
                (TypeKind::Shapes(shapes), value) => {
                    shapes.iter().filter_map(|ty| self.unfitness(value, ty)).min()
                }
                (TypeKind::Tuple(_), Value::Array(_)) => Some((0, 0)),
                _ => None,
            },
            (Type::Empty, Value::Object(members)) => Some((members.len(), 0)),
            (Type::Any | Type::Map(_) | Type::Empty, _) => Some((usize::MAX, 0)),
            (Type::Array(_), _) => None,
            (_, Value::Object(_) | Value::Array(_)) => None,
            _ => Some((0, 0)),
        }
    }
}
