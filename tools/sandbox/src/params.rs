//! Parameters of requests: what an operation takes, and what is wrong with what it got.

use std::collections::BTreeMap;

use binance_wire_catalog_data::model::Values;

use binance_wire_sandbox_engine::{Fixed, FixedError};

use crate::error::Refusal;
use crate::signature::percent_decode;

const INTEGER_RANGE: &str = "^[0-9]{1,20}$";
const DECIMAL_RANGE: &str = "^([0-9]{1,20})(\\.[0-9]{1,20})?$";

/// The parameters of a request by name, decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params {
    values: BTreeMap<String, String>,
}

impl Params {
    /// Reads query and body of a REST request. A name may stand once in each; where it stands in
    /// both the query's value counts.
    pub(crate) fn from_rest(query: &str, body: &str) -> Result<Params, Refusal> {
        let mut values = read_form(body)?;
        values.extend(read_form(query)?);
        Ok(Params { values })
    }

    pub(crate) fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Params {
        Params {
            values: pairs.into_iter().collect(),
        }
    }

    pub(crate) fn insert(&mut self, name: impl Into<String>, value: String) {
        self.values.insert(name.into(), value);
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.values
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
    }

    /// Whether an element of a list was sent: `orders[0].symbol` of `orders`.
    pub(crate) fn has_part_of(&self, list: &str) -> bool {
        let part = format!("{list}[");
        self.values.keys().any(|name| name.starts_with(&part))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Checks everything sent against what is declared: `integers`, all of them optional, and `also`, which belongs to
    /// authentication rather than to the operation.
    pub(crate) fn check(&self, integers: &[&str], also: &[&str]) -> Result<(), Refusal> {
        let is_known = |name: &str| also.contains(&name) || integers.contains(&name);
        let read = self.values.keys().filter(|name| is_known(name)).count();
        let sent = self.values.len();
        if read != sent {
            let message = format!(
                "Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'."
            );
            return Err(Refusal::new(-1104, message));
        }
        for name in integers {
            match self.get(name) {
                None => {}
                Some("") => return Err(Refusal::new(-1105, format!("Parameter '{name}' was empty."))),
                Some(value) => integer(name, value).map(drop)?,
            }
        }
        Ok(())
    }

    /// A decimal parameter, already checked or not.
    pub(crate) fn decimal(&self, name: &str) -> Result<Option<Fixed>, Refusal> {
        self.get(name).map(|text| decimal(name, text)).transpose()
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.get(name).map(|text| integer(name, text)).transpose()
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }
}

impl Values for Params {
    fn value(&self, name: &str) -> Option<&str> {
        self.get(name)
    }
}

pub(crate) fn boolean(name: &str, text: &str) -> Result<(), Refusal> {
    match text {
        "true" | "false" => Ok(()),
        _ => Err(Refusal::illegal(name, "true|false")),
    }
}

pub(crate) fn integer(name: &str, text: &str) -> Result<i64, Refusal> {
    if text.is_empty() || text.len() > 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::illegal(name, INTEGER_RANGE));
    }
    text.parse()
        .map_err(|_| Refusal::new(-1108, format!("Parameter '{name}' overflowed.")))
}

pub(crate) fn decimal(name: &str, text: &str) -> Result<Fixed, Refusal> {
    Fixed::parse(text).map_err(|error| match error {
        FixedError::Precision => Refusal::new(-1111, format!("Parameter '{name}' has too much precision.")),
        _ => Refusal::illegal(name, DECIMAL_RANGE),
    })
}

fn read_form(text: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let mut values = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |part: &str| {
            percent_decode(part)
                .ok_or_else(|| Refusal::new(-1100, "Illegal characters found in a parameter."))
        };
        if values.insert(decode(name)?, decode(value)?).is_some() {
            return Err(Refusal::new(-1101, "Duplicate values for a parameter detected."));
        }
    }
    Ok(values)
}
