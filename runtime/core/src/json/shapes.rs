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
    /// # Errors
    ///
    /// [`DecodeErrorKind::NoMatchingShape`] where no shape is of the value's kind; where the value is not well-formed.
    pub fn shape(&mut self, Shapes { names, shapes }: &Shapes) -> Result<usize, DecodeError> {
        let kind = self.peek_kind()?;
        let members = match kind {
            Kind::Object | Kind::Array if !names.is_empty() => self.matching_keys(names)?,
            _ => 0,
        };
        let of_kind = shapes
            .iter()
            .enumerate()
            .filter(|(_, (kinds, _))| kinds.contains(&kind));
        of_kind
            .max_by_key(|(_, (_, known))| (members & known).count_ones())
            .map(|(index, _)| index)
            .ok_or_else(|| self.error(DecodeErrorKind::NoMatchingShape))
    }
}
