//! What type a parameter has of which there is a name and perhaps one value.

use std::collections::BTreeMap;

use binance_wire_model::collection::{Guess, Parameter};
use serde_yaml::Value;

use super::yaml::scalar;

/// What the parameters of one document are, by their names.
pub(super) struct Namesakes(BTreeMap<String, BTreeMap<String, usize>>);

impl Namesakes {
    /// Reads them from a document; from none where it is not YAML.
    pub(super) fn of(document: &str) -> Self {
        let mut found = Self(BTreeMap::new());
        if let Ok(value) = serde_yaml::from_str::<Value>(document) {
            found.walk(&value);
        }
        found
    }

    fn walk(&mut self, value: &Value) {
        match value {
            Value::Mapping(mapping) => {
                if let (Some(name), Some(_), Some(schema)) = (
                    mapping.get("name").and_then(Value::as_str),
                    mapping.get("in"),
                    mapping.get("schema"),
                ) {
                    let schemas = self.0.entry(name.to_owned()).or_default();
                    *schemas.entry(flow(schema)).or_default() += 1;
                }
                for (_, inner) in mapping {
                    self.walk(inner);
                }
            }
            Value::Sequence(list) => {
                for inner in list {
                    self.walk(inner);
                }
            }
            _ => {}
        }
    }

    /// The schema that most parameters of a name have.
    fn schema(&self, name: &str) -> Option<&str> {
        let schemas = self.0.get(name)?;
        let most = schemas.iter().max_by_key(|(_, count)| **count);
        most.map(|(schema, _)| schema.as_str())
    }
}

/// Keys that are an operation's own: what its namesakes say there does not hold for a new one.
const OWN: &[&str] = &[
    "default",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "description",
    "example",
];

/// YAML on one line, without what is an operation's own.
fn flow(value: &Value) -> String {
    match value {
        Value::Mapping(mapping) => {
            let parts: Vec<String> = mapping
                .iter()
                .filter_map(|(key, value)| {
                    let key = key.as_str()?;
                    (!OWN.contains(&key)).then(|| {
                        let value = match value {
                            Value::String(text) if key == "$ref" => format!("'{text}'"),
                            other => flow(other),
                        };
                        format!("{key}: {value}")
                    })
                })
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Sequence(list) => {
            let parts: Vec<String> = list.iter().map(flow).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::String(text) => scalar(text),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        _ => "null".to_owned(),
    }
}

/// The schema of a parameter: that of its namesakes in the document where the sample's value does not speak against it, or
/// else what the value and the name look like.
pub(super) fn schema(parameter: &Parameter, namesakes: &Namesakes) -> String {
    if let Some(schema) = namesakes.schema(&parameter.name)
        && agrees(&parameter.guess, schema)
    {
        return schema.to_owned();
    }
    looks_like(&parameter.name, &parameter.guess)
}

/// Whether a value may be one of a schema.
fn agrees(guess: &Guess, schema: &str) -> bool {
    let is = |text: &str| schema.starts_with(&format!("{{type: {text}"));
    match guess {
        Guess::Unknown => true,
        Guess::Boolean => is("boolean") || is("string"),
        Guess::Integer => !is("boolean") && !is("array"),
        Guess::Decimal => is("number") || is("string"),
        Guess::List(_) => is("array") || schema.contains("$ref"),
        Guess::Object => schema == "{}" || schema.contains("$ref"),
        Guess::Text => is("string") || schema.contains("$ref"),
    }
}

/// Whether a name is one of points in time.
pub(super) fn is_time(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["time", "timestamp", "date"]
        .iter()
        .any(|end| lower.ends_with(end))
        || ["createdAt", "updatedAt"].contains(&name)
}

/// Whether a name is one of quantities and prices.
pub(super) fn is_amount(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "amount",
        "amt",
        "qty",
        "quantity",
        "price",
        "balance",
        "free",
        "locked",
        "rate",
        "fee",
        "commission",
        "interest",
        "volume",
        "value",
        "total",
        "margin",
        "pnl",
        "profit",
        "ratio",
        "apr",
        "principal",
    ];
    let lower = name.to_ascii_lowercase();
    ENDS.iter().any(|end| lower.ends_with(end))
}

fn looks_like(name: &str, guess: &Guess) -> String {
    match guess {
        Guess::Unknown | Guess::Integer if is_time(name) => {
            "{type: integer, format: int64, x-time: ms}".to_owned()
        }
        Guess::Unknown | Guess::Integer if is_amount(name) => "{type: number, format: decimal}".to_owned(),
        Guess::Unknown | Guess::Text => "{type: string}".to_owned(),
        Guess::Boolean => "{type: boolean}".to_owned(),
        Guess::Integer => "{type: integer, format: int64}".to_owned(),
        Guess::Decimal => "{type: number, format: decimal}".to_owned(),
        Guess::List(inner) => format!("{{type: array, items: {}}}", looks_like("", inner)),
        Guess::Object => "{}".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use binance_wire_model::collection::Place;

    fn reported(name: &str, guess: Guess, document: &str) -> String {
        let parameter = Parameter {
            name: name.to_owned(),
            place: Place::Query,
            required: false,
            example: None,
            guess,
            description: String::new(),
        };
        schema(&parameter, &Namesakes::of(document))
    }

    #[test]
    fn namesakes_come_before_looks() {
        let document = "a: [{name: size, in: query, schema: {type: integer, format: int32, default: 5}},\n \
                        {name: side, in: query, schema: {$ref: '#/components/schemas/Side'}}]";
        assert_eq!(
            reported("size", Guess::Unknown, document),
            "{type: integer, format: int32}"
        );
        assert_eq!(reported("size", Guess::Text, document), "{type: string}");
        assert_eq!(
            reported("side", Guess::Text, document),
            "{$ref: '#/components/schemas/Side'}"
        );
        assert_eq!(
            reported("endTime", Guess::Integer, document),
            "{type: integer, format: int64, x-time: ms}"
        );
        assert_eq!(
            reported("ids", Guess::List(Box::new(Guess::Integer)), document),
            "{type: array, items: {type: integer, format: int64}}"
        );
        assert_eq!(
            reported("amount", Guess::Unknown, "["),
            "{type: number, format: decimal}"
        );
    }
}
