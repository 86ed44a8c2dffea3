//! Makes a schema of samples: what one can tell by looking at values and names, in the manner of the specs.

use std::collections::BTreeSet;

use binance_wire_model::names;
use indexmap::IndexMap;
use serde_json::Value;

use super::guess::{is_amount, is_time};
use super::known::Known;
use super::shape::{Shape, common_unit, is_id, numeric};
use super::yaml::scalar;

/// A schema made of samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// The name of the component of the whole.
    pub name: String,
    /// Components as YAML, without indentation.
    pub components: String,
    /// What a person should look at.
    pub notes: Vec<String>,
}

/// Makes components of samples of one answer; equal samples count once.
pub fn infer(name: &str, samples: &[Value], known: &Known) -> Inferred {
    let mut different: Vec<&Value> = Vec::new();
    for sample in samples {
        if !different.contains(&sample) {
            different.push(sample);
        }
    }
    let mut shape = Shape::default();
    for (index, sample) in different.iter().enumerate() {
        shape.add(sample, index);
    }
    let mut writer = Writer {
        known,
        components: IndexMap::new(),
        notes: Vec::new(),
        taken: known.taken.clone(),
    };
    let root = writer.root(name, &shape);
    let blocks: Vec<String> = writer
        .components
        .iter()
        .map(|(name, body)| format!("{name}:{body}"))
        .collect();
    Inferred {
        name: root,
        components: blocks.join("\n\n"),
        notes: writer.notes.into_iter().map(|note| of_root(&note)).collect(),
    }
}

/// A note about a place, where that is the answer itself in words.
fn of_root(note: &str) -> String {
    match note.strip_prefix("``: ") {
        Some(rest) => format!("the answer itself: {rest}"),
        None => note.to_owned(),
    }
}

struct Writer<'k> {
    known: &'k Known,
    /// What stands behind the colon of each component.
    components: IndexMap<String, String>,
    notes: Vec<String>,
    taken: BTreeSet<String>,
}

impl Writer<'_> {
    fn root(&mut self, name: &str, shape: &Shape) -> String {
        if shape.kinds() == ["object"] && !shape.is_map() {
            return self.object(name, shape, "");
        }
        let name = self.free(name);
        // Its place comes before those of what is in it.
        self.components.insert(name.clone(), String::new());
        let schema = self.schema(&name, "", shape, "");
        self.components.insert(name.clone(), format!(" {schema}"));
        name
    }

    /// A name that nothing else has.
    fn free(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        let mut number = 2;
        while !self.taken.insert(free.clone()) {
            free = format!("{name}{number}");
            number += 1;
        }
        free
    }

    /// Declares an object and gives its name.
    fn object(&mut self, name: &str, shape: &Shape, place: &str) -> String {
        let name = self.free(name);
        self.components.insert(name.clone(), String::new());
        let mut body = String::from("\n  type: object");
        // That samples have a member proves nothing; only an identity may be required.
        let members: Vec<&str> = shape.members.keys().map(String::as_str).collect();
        let identities: Vec<String> = shape
            .members
            .iter()
            .filter(|(_, member)| member.count == shape.objects)
            .filter(|(member, _)| self.known.identities.have_name(&name, &members, member))
            .map(|(member, _)| scalar(member))
            .collect();
        if !identities.is_empty() {
            body.push_str(&format!("\n  required: [{}]", identities.join(", ")));
        }
        if shape.members.is_empty() {
            body.push_str("\n  properties: {}");
        } else {
            body.push_str("\n  properties:");
        }
        for (key, member) in &shape.members {
            let at = if place.is_empty() {
                key.clone()
            } else {
                format!("{place}.{key}")
            };
            let schema = self.schema(&name, key, &member.shape, &at);
            if key.len() <= 3
                && !["id", "uid", "ip", "url", "fee", "qty", "apr", "day", "max", "min"]
                    .contains(&key.as_str())
            {
                self.notes.push(format!(
                    "`{at}`: set a plain name (x-name) if it is an abbreviation"
                ));
            }
            body.push_str(&format!("\n    {}: {schema}", scalar(key)));
        }
        // Two that are the same are one.
        let twin = self
            .components
            .iter()
            .find(|(other, known)| **other != name && **known == body)
            .map(|(other, _)| other.clone());
        if let Some(twin) = twin {
            self.components.shift_remove(&name);
            self.taken.remove(&name);
            return twin;
        }
        self.components.insert(name.clone(), body);
        name
    }

    /// The schema of a value, on one line. `owner`: the object that it stands in; `key`: its name there; `place`: where
    /// that is, for notes.
    fn schema(&mut self, owner: &str, key: &str, shape: &Shape, place: &str) -> String {
        let kinds = shape.kinds();
        let mut parts: Vec<String> = match kinds.as_slice() {
            [] => {
                self.notes.push(format!(
                    "`{place}`: every sample has null or an empty list; its type is not known"
                ));
                Vec::new()
            }
            ["boolean"] => vec!["type: boolean".to_owned()],
            ["number"] => self.number(key, shape, place),
            ["text"] => self.text(key, shape, place),
            ["number", "text"] if !shape.beyond && shape.texts.iter().all(|text| numeric(text).is_some()) => {
                self.notes
                    .push(format!("`{place}`: comes bare and as text; both are read"));
                vec!["type: string".to_owned(), "format: decimal".to_owned()]
            }
            ["array"] => {
                let items = match &shape.items {
                    Some(items) => self.schema(owner, &singular(key), items, place),
                    None => {
                        self.notes
                            .push(format!("`{place}`: every sample is an empty list"));
                        "{}".to_owned()
                    }
                };
                vec!["type: array".to_owned(), format!("items: {items}")]
            }
            ["object"] if shape.is_map() => {
                let mut all = Shape::default();
                for member in shape.members.values() {
                    all.absorb(&member.shape);
                }
                self.notes.push(format!(
                    "`{place}`: its keys look like data; see whether they are"
                ));
                let values = self.schema(owner, &format!("{key}Value"), &all, place);
                vec![
                    "type: object".to_owned(),
                    format!("additionalProperties: {values}"),
                ]
            }
            ["object"] => {
                let key = match names::capitalised(key) {
                    nameless if nameless.is_empty() => "Item".to_owned(),
                    key => key,
                };
                let name = self.object(&format!("{owner}{key}"), shape, place);
                vec![format!("$ref: '#/components/schemas/{name}'")]
            }
            _ => {
                self.notes.push(format!(
                    "`{place}`: comes as {}; any JSON is taken",
                    kinds.join(" and ")
                ));
                Vec::new()
            }
        };
        if shape.nulls > 0 && !parts.is_empty() {
            parts.push("nullable: true".to_owned());
        }
        format!("{{{}}}", parts.join(", "))
    }

    fn number(&mut self, key: &str, shape: &Shape, place: &str) -> Vec<String> {
        if shape.beyond {
            self.notes.push(format!(
                "`{place}`: larger than a decimal can be; any JSON is taken"
            ));
            return Vec::new();
        }
        if shape.fractions > 0 {
            return vec!["type: number".to_owned(), "format: decimal".to_owned()];
        }
        let mut parts = vec!["type: integer".to_owned(), "format: int64".to_owned()];
        let unit = common_unit(shape.integers.iter().copied());
        match unit {
            Some(unit) if is_time(key) || key.len() == 1 => parts.push(format!("x-time: {unit}")),
            Some("ms" | "us") if !is_id(key) => {
                self.notes
                    .push(format!("`{place}`: as large as a time; add x-time if it is one"));
            }
            // How many there are, beside a page of them.
            None if key == "total" => {}
            _ if is_amount(key) && unit.is_none() => {
                return vec!["type: number".to_owned(), "format: decimal".to_owned()];
            }
            _ => {}
        }
        if is_time(key) && unit.is_none() {
            self.notes.push(format!(
                "`{place}`: called a time, but no sample is of the size of one"
            ));
        }
        parts
    }

    fn text(&mut self, key: &str, shape: &Shape, place: &str) -> Vec<String> {
        let plain = vec!["type: string".to_owned()];
        let numbers: Vec<Option<bool>> = shape.texts.iter().map(|text| numeric(text)).collect();
        if numbers.iter().all(Option::is_some) {
            if numbers.contains(&Some(false)) {
                return vec!["type: string".to_owned(), "format: decimal".to_owned()];
            }
            let integers = shape.texts.iter().filter_map(|text| text.parse::<i128>().ok());
            if is_time(key)
                && let Some(unit) = common_unit(integers)
            {
                return vec![
                    "type: string".to_owned(),
                    "format: int64".to_owned(),
                    format!("x-time: {unit}"),
                ];
            }
            if is_amount(key) {
                return vec!["type: string".to_owned(), "format: decimal".to_owned()];
            }
            if !is_id(key) {
                self.notes.push(format!(
                    "`{place}`: digits in text; a decimal if it counts something"
                ));
            }
            return plain;
        }
        match self.known.set(key, &shape.texts) {
            Some(reference) => vec![format!("$ref: '{reference}'")],
            None => plain,
        }
    }
}

/// The name of one of several: `fills` → `fill`, `entries` → `entry`; `status` stays.
fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies") {
        return format!("{stem}y");
    }
    match name.strip_suffix('s') {
        Some(stem) if !stem.ends_with(['s', 'u', 'i']) && stem.len() > 2 => stem.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use binance_wire_model::presence::read_identities;
    use binance_wire_model::source::SourceFile;

    use super::*;

    fn known() -> Known {
        Known {
            sets: vec![(
                "../shared/enums.yaml#/components/schemas/Side".to_owned(),
                "Side".to_owned(),
                vec!["BUY".to_owned(), "SELL".to_owned()],
            )],
            identities: read_identities(&SourceFile::new(
                "identities.yaml",
                "identities: [{members: [orderId, tradeId], because: the id}]",
            ))
            .expect("identities"),
            ..Known::default()
        }
    }

    #[test]
    fn values_and_names_say_what_a_member_is() {
        let sample = json!({
            "orderId": 1712345678901_i64, "price": "1.50", "origQty": "10", "free": 1, "side": "BUY", "timeInForce": "GTC",
            "time": 1712345678901_i64, "updateTime": 0, "transactTime": "1712345678901234", "done": true,
            "ratio": 0.5, "tranId": "0012", "count": "12", "nothing": null,
            "fills": [{"price": "1", "tradeId": 1}, {"price": "2"}], "BTC": "1"
        });
        let inferred = infer("Toy", &[sample], &known());
        assert_eq!(
            inferred.components,
            "Toy:\n  type: object\n  required: [orderId]\n  properties:\n    \
             orderId: {type: integer, format: int64}\n    \
             price: {type: string, format: decimal}\n    \
             origQty: {type: string, format: decimal}\n    \
             free: {type: number, format: decimal}\n    \
             side: {$ref: '../shared/enums.yaml#/components/schemas/Side'}\n    \
             timeInForce: {type: string}\n    \
             time: {type: integer, format: int64, x-time: ms}\n    \
             updateTime: {type: integer, format: int64}\n    \
             transactTime: {type: string, format: int64, x-time: us}\n    \
             done: {type: boolean}\n    \
             ratio: {type: number, format: decimal}\n    \
             tranId: {type: string}\n    \
             count: {type: string}\n    \
             nothing: {}\n    \
             fills: {type: array, items: {$ref: '#/components/schemas/ToyFill'}}\n    \
             BTC: {type: string}\n\n\
             ToyFill:\n  type: object\n  properties:\n    \
             price: {type: string, format: decimal}\n    \
             tradeId: {type: integer, format: int64}"
        );
        let reported = inferred.notes.join("\n");
        for note in [
            "`updateTime`: called a time",
            "`count`: digits in text",
            "`nothing`: every sample",
        ] {
            assert!(reported.contains(note), "no `{note}` in\n{reported}");
        }
    }

    #[test]
    fn identities_alone_are_required() {
        let samples = [
            json!({"orderId": 1, "a": 1}),
            json!({"orderId": 2, "a": 2}),
            json!({"orderId": 3, "a": 3}),
        ];
        let all = infer("Toy", &samples, &known());
        assert!(
            all.components.contains("  required: [orderId]\n"),
            "{}",
            all.components
        );
        let without = infer(
            "Toy",
            &[samples.as_slice(), &[json!({"a": 4})]].concat(),
            &known(),
        );
        assert!(!without.components.contains("required"), "{}", without.components);
    }

    #[test]
    fn numbers_that_types_do_not_hold() {
        let sample = r#"[{"u": 18446744073709551615, "huge": 123456789012345678901234567890,
            "wei": "123456789012345678901234567890.5", "most": "1234567890123456789012345678"}]"#;
        let reported = infer(
            "Toys",
            &[serde_json::from_str(sample).unwrap()],
            &Known::default(),
        );
        for line in [
            "u: {type: number, format: decimal}",
            "huge: {}",
            "wei: {type: string}",
            "most: {type: string}",
        ] {
            assert!(
                reported.components.contains(line),
                "{line}\n{}",
                reported.components
            );
        }
        let notes = reported.notes.join("\n");
        assert!(notes.contains("`huge`: larger than a decimal can be"), "{notes}");
        let empty = infer("Toys", &[json!([])], &Known::default());
        assert_eq!(empty.notes[0], "the answer itself: every sample is an empty list");
    }

    #[test]
    fn lists_maps_and_mixtures() {
        let list = infer("Toys", &[json!([{"id": 1}])], &Known::default());
        assert_eq!(list.name, "Toys");
        assert!(
            list.components.starts_with(
                "Toys: {type: array, items: {$ref: '#/components/schemas/ToysItem'}}\n\nToysItem:"
            ),
            "{}",
            list.components
        );
        let map = infer(
            "Prices",
            &[json!({"BTC": {"bid": "1.0"}, "ETH": {"bid": "2.0"}})],
            &Known::default(),
        );
        assert!(
            map.components.contains("additionalProperties: {$ref: "),
            "{}",
            map.components
        );
        let odd = infer(
            "Odd",
            &[json!({"x": [1, "a"], "yes": ["1.5", 2]})],
            &Known::default(),
        );
        assert!(
            odd.components.contains("x: {type: array, items: {}}"),
            "{}",
            odd.components
        );
        assert!(
            odd.components
                .contains("'yes': {type: array, items: {type: string, format: decimal}}"),
            "{}",
            odd.components
        );
    }
}
