//! Request weight.

use serde::Deserialize;

use crate::{Parameter, Values};

/// What a request weighs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Weight {
    /// Rules, of which the first counts whose condition is met.
    pub rules: Vec<WeightRule>,
    /// Whether it is not documented; it then counts as 1.
    pub undocumented: bool,
}

/// A line of a weight table.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WeightRule {
    /// When it counts; `None`: otherwise.
    pub when: Option<WeightCondition>,
    /// The weight, or the weight of one item.
    pub weight: u32,
    /// Whether `weight` counts for each item of the condition's list.
    #[serde(default)]
    pub per_item: bool,
    /// The most that the items weigh together.
    pub cap: Option<u32>,
}

/// When a line of a weight table counts: where all of it is true.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WeightCondition {
    /// The parameter that it is about.
    pub parameter: String,
    /// Whether the parameter must be sent or must not.
    pub present: Option<bool>,
    /// The lowest value.
    pub min: Option<i64>,
    /// The highest value.
    pub max: Option<i64>,
    /// The values.
    pub values: Option<Vec<String>>,
    /// The fewest items.
    pub min_items: Option<u64>,
    /// The most items.
    pub max_items: Option<u64>,
}

impl Weight {
    /// Returns the weight of a request with these values of `parameters`. Where a parameter is not sent, its default counts.
    pub(crate) fn of(&self, values: &impl Values, parameters: &[Parameter]) -> u32 {
        for rule in &self.rules {
            let Some(when) = &rule.when else {
                return rule.weight;
            };
            let sent = values.value(&when.parameter);
            let default = parameters
                .iter()
                .find(|parameter| parameter.name == when.parameter)
                .and_then(Parameter::default_value);
            if !when.met(sent, sent.or(default)) {
                continue;
            }
            if !rule.per_item {
                return rule.weight;
            }
            let count = u32::try_from(items(sent)).unwrap_or(u32::MAX);
            let weight = rule.weight.saturating_mul(count);
            return rule.cap.map_or(weight, |cap| weight.min(cap));
        }
        1
    }
}

impl WeightCondition {
    fn met(&self, sent: Option<&str>, counts: Option<&str>) -> bool {
        if self.present.is_some_and(|present| present != sent.is_some()) {
            return false;
        }
        if let Some(values) = &self.values
            && !counts.is_some_and(|value| values.iter().any(|known| known == value))
        {
            return false;
        }
        if self.min.is_some() || self.max.is_some() {
            let Some(number) = counts.and_then(|value| value.parse::<i64>().ok()) else {
                return false;
            };
            if self.min.is_some_and(|min| number < min) || self.max.is_some_and(|max| number > max) {
                return false;
            }
        }
        if self.min_items.is_some() || self.max_items.is_some() {
            if sent.is_none() {
                return false;
            }
            let count = items(sent);
            if self.min_items.is_some_and(|min| count < min) || self.max_items.is_some_and(|max| count > max)
            {
                return false;
            }
        }
        true
    }
}

/// The number of items of a list, which travels as a JSON array or with commas between them.
fn items(list: Option<&str>) -> u64 {
    let Some(list) = list.map(str::trim).filter(|list| !list.is_empty()) else {
        return 0;
    };
    let count = match serde_json::from_str::<Vec<&serde_json::value::RawValue>>(list) {
        Ok(items) => items.len(),
        Err(_) => list.split(',').count(),
    };
    u64::try_from(count).unwrap_or(u64::MAX)
}
