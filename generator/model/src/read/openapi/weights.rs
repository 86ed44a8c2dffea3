//! Weight tables.

use serde_json::Value;

use super::{At, Reader};
use crate::api::{Parameter, Type, TypeKind, Weight, WeightCondition, WeightRule};

/// What a rule, a path or a stream's name can do with a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    ValueSet,
    Boolean,
    List,
    Other,
}

impl Reader {
    /// Reads a weight: a number, or a table.
    pub(super) fn weight(&mut self, at: &At, value: &Value) -> Option<Weight> {
        if let Some(weight) = value.as_u64().and_then(|n| u32::try_from(n).ok()) {
            return Some(Weight(vec![WeightRule {
                when: None,
                weight,
                per_item: false,
                cap: None,
            }]));
        }
        let Some(rows) = value.as_array() else {
            self.error(
                at,
                "neither a number nor a list of rules",
                "see specs/README.md, weight tables",
            );
            return None;
        };
        let mut rules = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let at = at.child(&index.to_string());
            self.keys(&at, row, &["when", "weight", "weight-per-item", "cap"])?;
            let weight = self.whole(&at, row, "weight")?;
            let per_item = self.whole(&at, row, "weight-per-item")?;
            let cap = self.whole(&at, row, "cap")?;
            let when = match row.get("when") {
                None => None,
                Some(when) => Some(self.condition(&at.child("when"), when)?),
            };
            let problem = match (weight, per_item) {
                (Some(_), Some(_)) | (None, None) => Some((
                    "a weight rule has one weight",
                    "write `weight` or `weight-per-item`",
                )),
                (Some(_), None) if cap.is_some() => {
                    Some(("a `cap` limits only a `weight-per-item`", "take it away"))
                }
                (None, Some(_)) if when.is_none() => Some((
                    "`weight-per-item` counts no list",
                    "add a `when` that names the list",
                )),
                _ => None,
            };
            if let Some((message, remedy)) = problem {
                self.error(&at, message, remedy);
                return None;
            }
            if when.is_none() && index + 1 < rows.len() {
                self.error(
                    &at,
                    "rules follow one that always applies",
                    "put the rule without `when` last",
                );
                return None;
            }
            rules.push(WeightRule {
                when,
                weight: weight.or(per_item).unwrap_or_default(),
                per_item: per_item.is_some(),
                cap,
            });
        }
        match rules.last() {
            Some(WeightRule { when: None, .. }) => Some(Weight(rules)),
            _ => {
                self.error(
                    at,
                    "no weight rule applies otherwise",
                    "end with a rule without `when`",
                );
                None
            }
        }
    }

    pub(super) fn condition(&mut self, at: &At, when: &Value) -> Option<WeightCondition> {
        self.keys(
            at,
            when,
            &["param", "present", "min", "max", "min-items", "max-items", "in"],
        )?;
        let Some(parameter) = when.get("param").and_then(Value::as_str).map(str::to_owned) else {
            self.error(
                at,
                "a condition names no `param`",
                "name the parameter that it looks at",
            );
            return None;
        };
        for key in ["min", "max", "min-items", "max-items"] {
            if when.get(key).is_some_and(|value| value.as_i64().is_none()) {
                self.error(
                    &at.child(key),
                    format!("`{key}` is not a whole number"),
                    "write a whole number",
                );
                return None;
            }
        }
        let number = |key: &str| when.get(key).and_then(Value::as_i64);
        let groups = [
            ["present", "present"],
            ["min", "max"],
            ["min-items", "max-items"],
            ["in", "in"],
        ];
        let written: Vec<usize> = (0..groups.len())
            .filter(|&i| groups[i].iter().any(|key| when.get(key).is_some()))
            .collect();
        let condition = match written.as_slice() {
            [0] => when
                .get("present")
                .and_then(Value::as_bool)
                .map(|present| WeightCondition::Present { parameter, present }),
            [1] => Some(WeightCondition::Range {
                parameter,
                min: number("min"),
                max: number("max"),
            }),
            [2] => Some(WeightCondition::Items {
                parameter,
                min: number("min-items"),
                max: number("max-items"),
            }),
            [3] => when.get("in").and_then(Value::as_array).and_then(|values| {
                let values: Option<Vec<String>> = values
                    .iter()
                    .map(|value| value.as_str().map(str::to_owned))
                    .collect();
                values
                    .filter(|values| !values.is_empty())
                    .map(|values| WeightCondition::OneOf { parameter, values })
            }),
            _ => None,
        };
        if condition.is_none() {
            let remedy =
                "use one of present (true or false), min/max, min-items/max-items and in (a list of texts)";
            self.error(at, "a condition does not say one thing", remedy);
        }
        if let Some(
            WeightCondition::Range {
                min: Some(min),
                max: Some(max),
                ..
            }
            | WeightCondition::Items {
                min: Some(min),
                max: Some(max),
                ..
            },
        ) = &condition
            && min > max
        {
            self.error(
                at,
                format!("nothing lies between {min} and {max}"),
                "swap the two",
            );
            return None;
        }
        condition
    }

    /// A whole number that may be absent; `None` where it is something else.
    fn whole(&mut self, at: &At, row: &Value, key: &str) -> Option<Option<u32>> {
        let Some(value) = row.get(key) else {
            return Some(None);
        };
        let number = value.as_u64().and_then(|n| u32::try_from(n).ok());
        if number.is_none() {
            self.error(
                &at.child(key),
                format!("`{value}` is not a whole number"),
                "write a whole number",
            );
        }
        number.map(Some)
    }

    /// Checks that the conditions of a table look at parameters that there are, and that can be looked at so.
    pub(super) fn conditions(&mut self, at: &At, weight: &Weight, parameters: &[Parameter]) {
        for (index, rule) in weight.0.iter().enumerate() {
            let at = at.child(&index.to_string()).child("when").child("param");
            let (name, list, ranged) = match &rule.when {
                None => continue,
                Some(
                    WeightCondition::Present { parameter, .. } | WeightCondition::OneOf { parameter, .. },
                ) => (parameter, rule.per_item, false),
                Some(WeightCondition::Range { parameter, .. }) => (parameter, rule.per_item, true),
                Some(WeightCondition::Items { parameter, .. }) => (parameter, true, false),
            };
            let Some(parameter) = parameters.iter().find(|p| p.name == *name) else {
                self.error(
                    &at,
                    format!("no parameter is called `{name}`"),
                    "name a declared parameter",
                );
                continue;
            };
            let kind = self.kind_of(&parameter.ty);
            if list && kind != Kind::List {
                self.error(
                    &at,
                    format!("`{name}` is not a list, and has no items"),
                    "name a list",
                );
            } else if let Some(WeightCondition::OneOf { values, .. }) = &rule.when
                && !(kind == Kind::ValueSet
                    || kind == Kind::Boolean
                        && matches!(values.as_slice(), [one] if one == "true" || one == "false"))
            {
                self.error(
                    &at,
                    format!("`{name}` is not a value set, and is none of some values"),
                    "name a parameter with a value set, or write ['true'] or ['false'] of a boolean",
                );
            } else if ranged && kind != Kind::Integer {
                self.error(
                    &at,
                    format!("`{name}` is not an integer, and lies in no range"),
                    "name an integer",
                );
            } else if ranged
                && parameter
                    .default
                    .as_ref()
                    .is_some_and(|d| d.parse::<i64>().is_err())
            {
                self.error(
                    &at,
                    format!("the default of `{name}` is not an integer"),
                    "correct the default",
                );
            }
        }
    }

    /// What a parameter is, by its type.
    pub(super) fn kind_of(&self, ty: &Type) -> Kind {
        let mut ty = ty;
        // The bound ends what an alias cycle, reported elsewhere, would go on for ever.
        for _ in 0..=self.types.len() {
            match ty {
                Type::Named(name) => match self.types.get(name).map(|def| &def.kind) {
                    Some(TypeKind::Alias(target)) => ty = target,
                    Some(TypeKind::Enum(_)) => return Kind::ValueSet,
                    _ => return Kind::Other,
                },
                Type::Text | Type::Constant(_) => return Kind::Text,
                Type::Integer { .. } => return Kind::Integer,
                Type::Boolean { .. } => return Kind::Boolean,
                Type::Array(_) => return Kind::List,
                _ => return Kind::Other,
            }
        }
        Kind::Other
    }
}
