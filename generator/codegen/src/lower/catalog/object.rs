//! JSON objects that leave out what has its default value.

use serde_json::{Map, Value};

/// An object without what has its default value.
#[derive(Default)]
pub(super) struct Object(pub(super) Map<String, Value>);

impl Object {
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        let default = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Bool(true) | Value::Number(_) => false,
        };
        if !default {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// The same for what may be empty without being left out: a member that is there means something.
    pub(super) fn keep(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// An object with one member, which says of what kind the value is.
    pub(super) fn kind(name: &str, value: impl Into<Value>) -> Value {
        let mut object = Self::default();
        object.keep(name, value);
        object.into()
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Value::Object(object.0)
    }
}

pub(super) fn all<T>(values: &[T], each: impl Fn(&T) -> Value) -> Vec<Value> {
    values.iter().map(each).collect()
}

pub(super) fn strings(values: &[String]) -> Vec<&str> {
    values.iter().map(String::as_str).collect()
}

pub(super) fn texts<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Map<String, Value> {
    pairs
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect()
}

pub(super) fn pairs(pairs: &[(String, String)]) -> Vec<Value> {
    all(pairs, |(a, b)| vec![a.as_str(), b.as_str()].into())
}
