//! What the answer of a query says about the request before it.

use crate::identity::OrderRef;
use crate::json::{Kind, Reader};
use crate::{Decimal, DecodeError, ParamValue, Timestamp};

/// What the answer of a query must show for a mutation to have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// That there is such a thing: any answer shows it that is not about one of before the request.
    Exists,
    /// An element in the list that is this member of the answer; empty: the answer itself.
    Listed(&'static str),
    /// A member with one of these values.
    Is(&'static str, &'static [&'static str]),
    /// Members with the values of parameters: the member, the parameter. Where one of the parameters of the second list
    /// was sent, equality proves nothing, as the exchange decided what changes. Of an order that is over, other values prove
    /// nothing, as some changes end an order: a quantity that is filled already, or a price at which a GTX order would take.
    Same(&'static [(&'static str, &'static str)], &'static [&'static str]),
}

/// What an answer says of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shown {
    /// That it was carried out.
    CarriedOut,
    /// That it was not, up to the time of the answer.
    NotCarriedOut,
    /// Nothing, and no later answer will say more: what it would have changed looks the same before and after.
    Nothing,
}

impl Evidence {
    /// The parameters that the answer is compared with.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'static &'static str> {
        let (pairs, unless): (&'static [_], &'static [_]) = match self {
            Self::Same(pairs, unless) => (pairs, unless),
            _ => (&[], &[]),
        };
        pairs.iter().map(|(_, parameter)| parameter).chain(unless)
    }

    /// What `answer` says of the mutation of `order`.
    ///
    /// # Errors
    /// Where the answer is no JSON of the form that is looked for.
    pub fn shown(&self, order: &OrderRef, answer: &str) -> Result<Shown, DecodeError> {
        let sent = |name: &&str| order.expected().iter().any(|(sent, _)| sent == name);
        Ok(match self {
            Self::Same(..) if !self.is_met(order, answer)? => match is_over(answer)? {
                true => Shown::Nothing,
                false => Shown::NotCarriedOut,
            },
            _ if !self.is_met(order, answer)? => Shown::NotCarriedOut,
            Self::Same(_, unless) if unless.iter().any(sent) => Shown::Nothing,
            _ => Shown::CarriedOut,
        })
    }

    fn is_met(&self, order: &OrderRef, answer: &str) -> Result<bool, DecodeError> {
        match self {
            Self::Exists => Ok(true),
            Self::Listed("") => has_element(answer),
            Self::Listed(member) => member_of(answer, member)?.map_or(Ok(false), has_element),
            Self::Is(member, values) => {
                let value = member_of(answer, member)?.map(text).transpose()?;
                Ok(value.is_some_and(|value| values.contains(&value.as_str())))
            }
            Self::Same(pairs, _) => {
                for (member, parameter) in *pairs {
                    let expected = order.expected().iter().find(|(name, _)| name == parameter);
                    // What the request did not change says nothing.
                    let Some((_, expected)) = expected else { continue };
                    let Some(found) = member_of(answer, member)? else {
                        return Ok(false);
                    };
                    if !same(expected, &text(found)?) {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }
}

fn member_of<'a>(answer: &'a str, name: &str) -> Result<Option<&'a str>, DecodeError> {
    let mut reader = Reader::new(answer);
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        let found = key.as_str() == name;
        let value = reader.raw_value()?;
        if found {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Whether an order was ended by something other than being filled.
fn is_over(answer: &str) -> Result<bool, DecodeError> {
    const OVER: &[&str] = &["CANCELED", "CANCELLED", "EXPIRED", "EXPIRED_IN_MATCH"];
    let status = member_of(answer, "status")?.map(text).transpose()?;
    Ok(status.is_some_and(|status| OVER.contains(&status.as_str())))
}

/// When an order was made, where the answer about it says so.
pub(crate) fn made_at(answer: &str) -> Option<Timestamp> {
    // Of orders, of algo orders and options, of conditional orders.
    const NAMES: &[&str] = &["time", "createTime", "bookTime"];
    let found = NAMES.iter().find_map(|name| member_of(answer, name).ok()?)?;
    Some(Timestamp::from_wire(text(found).ok()?.parse().ok()?))
}

fn has_element(list: &str) -> Result<bool, DecodeError> {
    let mut reader = Reader::new(list);
    reader.begin_array()?;
    reader.next_element()
}

/// A value as text, without quotes.
fn text(value: &str) -> Result<String, DecodeError> {
    let mut reader = Reader::new(value);
    match reader.peek_kind()? {
        Kind::String => Ok(reader.read_str()?.into_owned()),
        _ => Ok(value.trim().to_owned()),
    }
}

fn same(expected: &ParamValue, found: &str) -> bool {
    let number = || found.parse::<Decimal>().ok();
    match expected {
        ParamValue::Text(text) => match (text.parse::<Decimal>(), number()) {
            (Ok(expected), Some(found)) => expected == found,
            _ => text.as_str() == found,
        },
        ParamValue::Integer(integer) => number() == Some(Decimal::from(*integer)),
        ParamValue::Decimal(decimal) => number() == Some(*decimal),
        ParamValue::Boolean(flag) => found == if *flag { "true" } else { "false" },
        ParamValue::Timestamp(_) | ParamValue::Json(_) => false,
    }
}
