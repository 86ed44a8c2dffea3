//! What a check found.

use std::fmt;

use crate::{Decimal, ErrorCode, Text};

/// A filter that an order does not pass.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FilterFailure {
    /// The filter's name, such as `LOT_SIZE`.
    pub filter: Text,
    /// What was looked at, such as `quantity`.
    pub parameter: &'static str,
    /// Its value.
    pub value: Decimal,
    /// The member of the filter that it does not keep, such as `minQty`.
    pub rule: &'static str,
    /// The bound, or the step.
    pub limit: Decimal,
    /// How far the value is beyond the bound, or above the next multiple below it.
    pub by: Decimal,
    pub(super) kind: FailureKind,
    /// The code with which the exchange would refuse the order, where it is documented.
    pub code: Option<ErrorCode>,
    /// The text of that refusal, where it is documented: `Filter failure: LOT_SIZE`.
    pub message: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FailureKind {
    TooLow,
    TooHigh,
    OffGrid,
}

impl fmt::Display for FilterFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            filter,
            parameter,
            value,
            rule,
            limit,
            by,
            ..
        } = self;
        write!(f, "{filter}: {parameter} is {value}, {rule} is {limit}, and ")?;
        match self.kind {
            FailureKind::TooLow => write!(f, "{by} is missing")?,
            FailureKind::TooHigh => write!(f, "{by} is too much")?,
            FailureKind::OffGrid => write!(f, "{by} is above the next multiple below")?,
        }
        match (self.code, &self.message) {
            (Some(code), Some(message)) => write!(f, " ({code}: {message})"),
            (Some(code), None) => write!(f, " ({code})"),
            _ => Ok(()),
        }
    }
}

/// A filter that was not checked. The order may fail it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotChecked {
    /// The filter's name.
    pub filter: Text,
    /// What is missing for a check.
    pub needs: Text,
}

impl NotChecked {
    pub(super) fn new(filter: &str, needs: impl Into<Text>) -> Self {
        Self {
            filter: filter.into(),
            needs: needs.into(),
        }
    }
}

impl fmt::Display for NotChecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was not checked: {}", self.filter, self.needs)
    }
}

/// The result of checking an order against all filters: each filter that concerns the order has passed, failed, or was
/// not checked.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "the report says whether the order passes"]
pub struct FilterReport {
    pub(super) passed: Vec<Text>,
    pub(super) failures: Vec<FilterFailure>,
    pub(super) not_checked: Vec<NotChecked>,
}

impl FilterReport {
    /// The filters that the order does not pass.
    pub fn failures(&self) -> &[FilterFailure] {
        &self.failures
    }

    /// The filters that were not checked, because the context does not have what they need, or because this version
    /// does not know them.
    pub fn not_checked(&self) -> &[NotChecked] {
        &self.not_checked
    }

    /// The names of the filters that the order passes. Those that do not concern it are not among them.
    pub fn passed(&self) -> impl Iterator<Item = &str> {
        self.passed.iter().map(|name| &**name)
    }

    /// Returns `true` where every filter was checked and none failed.
    pub fn is_passed(&self) -> bool {
        self.failures.is_empty() && self.not_checked.is_empty()
    }

    /// What was not checked, where nothing failed.
    ///
    /// # Errors
    /// The first failure.
    pub fn into_result(self) -> Result<Unchecked, FilterError> {
        match self.failures.into_iter().next() {
            Some(failure) => Err(FilterError::Failed(Box::new(failure))),
            None => Ok(Unchecked(self.not_checked)),
        }
    }
}

/// The filters that were not checked, of an order that no other one fails. A list: iterate over it, or ask whether it is
/// empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "the order may fail the filters that were not checked"]
pub struct Unchecked(Vec<NotChecked>);

impl std::ops::Deref for Unchecked {
    type Target = [NotChecked];

    fn deref(&self) -> &[NotChecked] {
        &self.0
    }
}

impl IntoIterator for Unchecked {
    type Item = NotChecked;
    type IntoIter = std::vec::IntoIter<NotChecked>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The reason why a number has no rounded form, or an order does not pass.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// A filter does not let the value pass.
    #[error("{0}")]
    Failed(Box<FilterFailure>),
    /// The filter that has the step cannot be read.
    #[error("{0}")]
    NotChecked(NotChecked),
    /// There is no rounded form: it would need more digits than a [`Decimal`] has, or the steps of two filters never
    /// meet.
    #[error("{parameter} {value} cannot be rounded exactly")]
    NoRoundedForm {
        /// What was to be rounded.
        parameter: &'static str,
        /// Its value.
        value: Decimal,
    },
}
