//! Passing of a request's parameters to a [`ParamSink`].

use std::fmt::Display;

use crate::json::{self, Form, ToJson, Writer};
use crate::{Decimal, ParamSink, Text, Timestamp};

/// A value that a request sends under a name.
///
/// Types that are sent in one way alone implement it; for the others, a function of this module makes one of a value.
pub trait Parameter {
    /// Hands the value to `sink`.
    fn write(&self, name: &str, sink: &mut dyn ParamSink);
}

impl<T: Parameter + ?Sized> Parameter for &T {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        (**self).write(name, sink);
    }
}

/// Nothing where there is no value.
impl<T: Parameter> Parameter for Option<T> {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        if let Some(value) = self {
            value.write(name, sink);
        }
    }
}

impl Parameter for Text {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        sink.text(name, self);
    }
}

impl Parameter for bool {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        sink.boolean(name, *self);
    }
}

impl Parameter for i32 {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        sink.integer(name, i64::from(*self));
    }
}

impl Parameter for i64 {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        sink.integer(name, *self);
    }
}

impl Parameter for Decimal {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        sink.decimal(name, *self);
    }
}

/// In its own unit.
impl Parameter for Timestamp {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        sink.timestamp(name, *self);
    }
}

/// A value that is sent in the path or in a header instead of among the parameters.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere;

impl Parameter for Elsewhere {
    fn write(&self, _: &str, _: &mut dyn ParamSink) {}
}

/// A value that is sent as text, whatever its type.
#[derive(Clone, Debug)]
pub struct AsText(String);

impl Parameter for AsText {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        sink.text(name, &self.0);
    }
}

/// A decimal that JSON carries as a bare number.
#[derive(Clone, Copy, Debug)]
pub struct Number(Decimal);

impl Parameter for Number {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        sink.number(name, self.0);
    }
}

/// JSON text.
#[derive(Clone, Debug)]
pub struct Json(String);

impl Parameter for Json {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        sink.json(name, &self.0);
    }
}

/// JSON text that is spread as `name[0].member`.
#[derive(Clone, Debug)]
pub struct Bracketed(Json);

impl Parameter for Bracketed {
    fn write(&self, name: &str, sink: &mut dyn ParamSink) {
        crate::write_bracketed(sink, name, &self.0.0);
    }
}

/// Sent in the path or in a header.
pub fn elsewhere<T>(_: &T) -> Elsewhere {
    Elsewhere
}

/// Sent as text, where JSON would have a number or a boolean.
pub fn text(value: &impl Display) -> AsText {
    AsText(value.to_string())
}

/// Sent as a bare number in JSON.
pub fn number(value: &Decimal) -> Number {
    Number(*value)
}

/// Sent in seconds.
pub fn seconds(value: &Timestamp) -> i64 {
    value.as_secs()
}

/// Sent in milliseconds.
pub fn millis(value: &Timestamp) -> i64 {
    value.as_millis()
}

/// Sent in microseconds.
pub fn micros(value: &Timestamp) -> i64 {
    value.as_micros()
}

/// Sent in seconds, as text.
pub fn seconds_text(value: &Timestamp) -> AsText {
    text(&value.as_secs())
}

/// Sent in milliseconds, as text.
pub fn millis_text(value: &Timestamp) -> AsText {
    text(&value.as_millis())
}

/// Sent in microseconds, as text.
pub fn micros_text(value: &Timestamp) -> AsText {
    text(&value.as_micros())
}

/// Sent as JSON.
pub fn json(value: &impl ToJson) -> Json {
    Json(json::to_string(value))
}

/// Sent as JSON, in the form `F`.
pub fn json_as<F: Form<T>, T>(value: &T) -> Json {
    let mut writer = Writer::new();
    F::write(value, &mut writer);
    Json(writer.as_str().to_owned())
}

/// A list of objects, sent one member at a time.
pub fn bracketed(value: &impl ToJson) -> Bracketed {
    Bracketed(json(value))
}

/// A list of objects, each in the form `F`, sent one member at a time.
pub fn bracketed_as<F: Form<T>, T>(value: &T) -> Bracketed {
    Bracketed(json_as::<F, T>(value))
}
