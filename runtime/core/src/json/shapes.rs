//! Types of several shapes: which one a value has.

use super::reader::{Kind, Reader};
use crate::{DecodeError, DecodeErrorKind};

/// The shapes that a value can have, the richest first.
#[derive(Clone, Copy, Debug)]
pub struct Shapes {
    /// Members that some of the shapes have and others have not; at most 128.
    pub names: &'static [&'static str],
    /// Of each shape, the kinds of JSON that it can be and the names that it knows: bit `i` stands for `names[i]`.
    pub shapes: &'static [(&'static [Kind], u128)],
}

impl Reader<'_> {
    /// The place of the shape that knows most of the members that the next value has; of equals, the last, which is the
    /// one with the fewest others. Consumes nothing.
    ///
    /// What is absent decides nothing: a member that only one shape has leads to that shape, and if the value lacks
    /// something that the shape requires, that is an error of the shape rather than a value of another one. Of an array,
    /// the first element is looked at.
    ///
    /// A negative code beside a message is a refusal, whatever it says of the order that was refused.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::NoMatchingShape`] where no shape is of the value's kind; where the value is not well-formed.
    pub fn shape(&mut self, Shapes { names, shapes }: &Shapes) -> Result<usize, DecodeError> {
        let kind = self.peek_kind()?;
        let members = match kind {
            Kind::Object | Kind::Array if !names.is_empty() => self.matching_keys(names)?,
            _ => 0,
        };
        let refusal = self.refusal(names, members);
        let of_kind = shapes
            .iter()
            .enumerate()
            .filter(|(_, (kinds, _))| kinds.contains(&kind));
        of_kind
            .max_by_key(|(_, (_, known))| {
                let refuses = refusal != 0 && known & refusal == refusal;
                (refuses, (members & known).count_ones())
            })
            .map(|(index, _)| index)
            .ok_or_else(|| self.error(DecodeErrorKind::NoMatchingShape))
    }

    /// The members by which the next value is a refusal, as bits; none where it is not.
    fn refusal(&self, names: &[&str], members: u128) -> u128 {
        let bit = |name: &str| {
            let place = names.iter().position(|other| *other == name);
            place.map_or(0, |place| 1_u128.checked_shl(place as u32).unwrap_or(0))
        };
        let (code, message) = (bit("code"), bit("msg"));
        let has = |bit: u128| bit != 0 && members & bit != 0;
        if has(code) && has(message) && self.has_negative("code") {
            code | message
        } else {
            0
        }
    }

    /// Whether the next value, or its first element, has a member `name` that is a negative number.
    fn has_negative(&self, name: &str) -> bool {
        let mut ahead = self.ahead();
        let mut look = || {
            if ahead.peek_kind()? == Kind::Array {
                ahead.begin_array()?;
                ahead.next_element()?;
            }
            ahead.begin_object()?;
            while let Some(key) = ahead.next_key()? {
                let raw = ahead.raw_value()?;
                if key.as_str() == name {
                    return Ok::<_, DecodeError>(raw.trim_matches('"').starts_with('-'));
                }
            }
            Ok(false)
        };
        look().unwrap_or(false)
    }
}
