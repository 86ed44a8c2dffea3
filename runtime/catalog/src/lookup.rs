//! Operations, streams and types by what is known of them.

use serde_json::{Map, Value};

use crate::operation::{Call, Envelope, Operation, Parameter};
use crate::product::Product;
use crate::stream::Stream;
use crate::types::{Field, Type, TypeKind};
use crate::{Rule, Values};

impl Product {
    /// Returns the operation with an identifier: over REST, where it is offered there too.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        let mut with_id = self.operations.iter().filter(|operation| operation.id == id);
        let first = with_id
            .clone()
            .find(|operation| matches!(operation.call, Call::Rest { .. }));
        first.or_else(|| with_id.next())
    }

    /// Returns the method of the WebSocket API with a name on the wire.
    pub fn ws_method(&self, name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| matches!(&operation.call, Call::WsApi { method } if method == name))
    }

    /// Returns the REST operation with a method and a path, and the parameters that stand in the path. An operation that
    /// has the path as it stands goes before those with parameters in it.
    pub fn route<'p, 'r>(
        &'p self,
        method: &str,
        path: &'r str,
    ) -> Option<(&'p Operation, Vec<(&'p str, &'r str)>)> {
        let matching = self
            .operations
            .iter()
            .filter_map(|operation| match &operation.call {
                Call::Rest {
                    method: own,
                    path: pattern,
                } if own == method => Some((operation, in_path(pattern, path)?)),
                _ => None,
            });
        matching.min_by_key(|(_, parameters)| parameters.len())
    }

    /// Whether any REST operation has a path, whatever its method.
    pub fn has_path(&self, path: &str) -> bool {
        self.operations.iter().any(|operation| match &operation.call {
            Call::Rest { path: pattern, .. } => in_path(pattern, path).is_some(),
            Call::WsApi { .. } => false,
        })
    }

    /// Returns the stream with a name, and the values of its placeholders. Of several, the one with the fewest placeholders.
    pub fn stream<'p, 'n>(&'p self, name: &'n str) -> Option<(&'p Stream, Vec<(&'p str, &'n str)>)> {
        let matching = self.streams.iter().filter_map(|stream| {
            let whole = in_name(&stream.pattern, name);
            let values = whole.or_else(|| in_name(stream.pattern_without_last()?, name))?;
            Some((stream, values))
        });
        matching.min_by_key(|(_, values)| values.len())
    }

    /// Returns the documented payloads of a call, a stream's pattern or a FIX message.
    pub fn samples<'p>(&'p self, key: &'p str) -> impl Iterator<Item = &'p crate::Sample> {
        self.samples.iter().filter(move |sample| sample.key == key)
    }

    /// Follows aliases to the type that a name stands for.
    pub fn resolve<'t>(&'t self, ty: &'t Type) -> &'t Type {
        let mut ty = ty;
        // No alias is one of itself, and the bound keeps this total all the same.
        for _ in 0..=self.types.len() {
            match ty {
                Type::Named(name) => match self.types.get(name).map(|def| &def.kind) {
                    Some(TypeKind::Alias(target)) => ty = target,
                    _ => break,
                },
                _ => break,
            }
        }
        ty
    }

    /// Returns the members of an object type; `None` for anything else.
    pub fn fields(&self, ty: &Type) -> Option<&[Field]> {
        match self.resolve(ty) {
            Type::Named(name) => match &self.types.get(name)?.kind {
                TypeKind::Object(fields) => Some(fields),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Operation {
    /// Returns the request weight of a call with these parameters, where it succeeds or fails alike.
    pub fn weight_of(&self, values: &impl Values) -> u32 {
        self.weight.of(values, &self.parameters)
    }

    /// Returns the first rule that a request breaks, and the parameters that break it.
    pub fn broken_rule(&self, values: &impl Values) -> Option<(&Rule, Vec<&str>)> {
        self.rules
            .iter()
            .find_map(|rule| Some((rule, rule.broken_by(values)?)))
    }
}

impl Envelope {
    /// Returns an answer in the envelope, as one of success.
    pub fn around(&self, answer: Value) -> Value {
        let mut members = match (&self.data, answer) {
            (Some(data), answer) => Map::from_iter([(data.clone(), answer)]),
            (None, Value::Object(members)) => members,
            // Around no member, and no object to add members to.
            (None, answer) => return answer,
        };
        if let (Some(code), Some(ok)) = (&self.code, self.ok.first()) {
            members.insert(code.clone(), ok.as_str().into());
        }
        if let Some(success) = &self.success {
            members.insert(success.clone(), true.into());
        }
        if let Some(message) = &self.message {
            members.insert(message.clone(), "success".into());
        }
        Value::Object(members)
    }
}

impl Parameter {
    /// Returns the value that counts where the parameter is not sent, as it would be sent.
    pub fn default_value(&self) -> Option<&str> {
        let text = self.default.as_deref()?;
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        Some(quoted.unwrap_or(text))
    }
}

impl Stream {
    /// The pattern without a last part that is a placeholder and may be left out.
    fn pattern_without_last(&self) -> Option<&str> {
        let (pattern, last) = self.pattern.rsplit_once('@')?;
        let name = last.strip_prefix('<')?.strip_suffix('>')?;
        let parameter = self.parameters.iter().find(|parameter| parameter.name == name)?;
        (!parameter.required).then_some(pattern)
    }
}

/// The parameters that stand in a path, where it is one of a pattern.
fn in_path<'p, 'r>(pattern: &'p str, path: &'r str) -> Option<Vec<(&'p str, &'r str)>> {
    between(pattern, path, ['{', '}'], |value| !value.contains('/'))
}

/// The values of placeholders, where a stream's name is one of a pattern.
fn in_name<'p, 'r>(pattern: &'p str, name: &'r str) -> Option<Vec<(&'p str, &'r str)>> {
    between(pattern, name, ['<', '>'], |value| !value.contains('@'))
}

/// The values between the fixed parts of a pattern. Each is as short as the fixed part that follows it allows.
fn between<'p, 't>(
    pattern: &'p str,
    text: &'t str,
    [open, close]: [char; 2],
    fits: impl Fn(&str) -> bool,
) -> Option<Vec<(&'p str, &'t str)>> {
    let (mut pattern, mut text, mut found) = (pattern, text, Vec::new());
    while let Some((fixed, rest)) = pattern.split_once(open) {
        text = text.strip_prefix(fixed)?;
        let (name, rest) = rest.split_once(close)?;
        let next = rest.split(open).next().unwrap_or_default();
        let end = match next {
            "" => text.len(),
            // The last fixed part ends the text.
            _ if next.len() == rest.len() => text.len().checked_sub(next.len())?,
            _ => text.find(next)?,
        };
        let (value, after) = text.split_at_checked(end)?;
        if value.is_empty() || !fits(value) {
            return None;
        }
        found.push((name, value));
        (pattern, text) = (rest, after);
    }
    (pattern == text).then_some(found)
}
