//! Values by which pages are asked for and read.

use crate::{List, Nullable, OneOrMany, Text, Timestamp};

/// A parameter that says which page is asked for.
pub trait PageParameter {
    /// The number: a time is its milliseconds. `None` where it is not set, or no number.
    fn number(&self) -> Option<i64>;
    /// The text. `None` where it is not set.
    fn text(&self) -> Option<Text>;
    /// Sets a number; a time by its milliseconds. One that does not fit is cut to what fits.
    fn set_number(&mut self, number: i64);
    /// Sets a text. Returns whether it has such a value.
    fn set_text(&mut self, text: &str) -> bool;
}

/// A value of an answer that says where an element is, or which page comes next.
pub trait PageValue {
    /// The number: a time is its milliseconds.
    fn number(&self) -> Option<i64>;
    /// The text.
    fn text(&self) -> Option<Text>;
    /// The value that a number makes.
    fn of_number(number: i64) -> Self;
    /// The value that a text makes.
    fn of_text(text: &str) -> Option<Self>
    where
        Self: Sized;
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl PageValue for $type {
            fn number(&self) -> Option<i64> {
                i64::try_from(*self).ok()
            }
            fn text(&self) -> Option<Text> {
                Some(self.to_string().into())
            }
            fn of_number(number: i64) -> Self {
                Self::try_from(number).unwrap_or(if number < 0 { Self::MIN } else { Self::MAX })
            }
            fn of_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

integers!(i32, i64);

impl PageValue for Timestamp {
    fn number(&self) -> Option<i64> {
        Some(self.as_millis())
    }
    fn text(&self) -> Option<Text> {
        Some(self.as_millis().to_string().into())
    }
    fn of_number(number: i64) -> Self {
        Self::from_millis(number)
    }
    fn of_text(text: &str) -> Option<Self> {
        text.parse().ok().map(Self::from_millis)
    }
}

impl PageValue for Text {
    fn number(&self) -> Option<i64> {
        self.parse().ok()
    }
    fn text(&self) -> Option<Text> {
        Some(self.clone())
    }
    fn of_number(number: i64) -> Self {
        number.to_string().into()
    }
    fn of_text(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

impl<T: PageValue> PageValue for Option<T> {
    fn number(&self) -> Option<i64> {
        self.as_ref().and_then(T::number)
    }
    fn text(&self) -> Option<Text> {
        self.as_ref().and_then(T::text)
    }
    fn of_number(number: i64) -> Self {
        Some(T::of_number(number))
    }
    fn of_text(text: &str) -> Option<Self> {
        T::of_text(text).map(Some)
    }
}

impl<T: PageValue> PageValue for Nullable<T> {
    fn number(&self) -> Option<i64> {
        self.as_option().and_then(T::number)
    }
    fn text(&self) -> Option<Text> {
        self.as_option().and_then(T::text)
    }
    fn of_number(number: i64) -> Self {
        Self::Value(T::of_number(number))
    }
    fn of_text(text: &str) -> Option<Self> {
        T::of_text(text).map(Self::Value)
    }
}

impl<T: PageValue> PageParameter for T {
    fn number(&self) -> Option<i64> {
        PageValue::number(self)
    }
    fn text(&self) -> Option<Text> {
        PageValue::text(self)
    }
    fn set_number(&mut self, number: i64) {
        *self = T::of_number(number);
    }
    fn set_text(&mut self, text: &str) -> bool {
        let value = T::of_text(text);
        let fits = value.is_some();
        if let Some(value) = value {
            *self = value;
        }
        fits
    }
}

/// A member of an answer that holds the elements of a page.
pub trait PageRows<T> {
    /// The elements; `None` where the member is not there.
    fn rows(self) -> Option<List<T>>;
}

impl<T> PageRows<T> for List<T> {
    fn rows(self) -> Option<List<T>> {
        Some(self)
    }
}

impl<T> PageRows<T> for OneOrMany<T> {
    fn rows(self) -> Option<List<T>> {
        Some(self.into_list())
    }
}

impl<T, R: PageRows<T>> PageRows<T> for Option<R> {
    fn rows(self) -> Option<List<T>> {
        self.and_then(R::rows)
    }
}

impl<T, R: PageRows<T>> PageRows<T> for Nullable<R> {
    fn rows(self) -> Option<List<T>> {
        self.into_option().and_then(R::rows)
    }
}
