//! What generated structs compare, hash and print themselves by: one list of their fields, and functions that are compiled once.
//!
//! Derived code repeats the fields for each of the three traits, in more than a thousand structs.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A field of a struct, whatever its type.
pub trait Field: Any + fmt::Debug {
    /// Whether another field has the same type and value.
    fn same(&self, other: &dyn Field) -> bool;

    /// Feeds the value to a hasher.
    fn feed(&self, state: &mut dyn Hasher);
}

impl<T: Any + fmt::Debug + PartialEq + Hash> Field for T {
    fn same(&self, other: &dyn Field) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn feed(&self, mut state: &mut dyn Hasher) {
        self.hash(&mut state);
    }
}

/// What is handed a struct's name, and the names and values of its fields.
pub type See<'s> = dyn FnMut(&'static str, &'static [&'static str], &[&dyn Field]) + 's;

/// A struct as a list of its fields.
pub trait Fields {
    /// Hands the struct's name, and the names and values of its fields, to `see`.
    fn fields(&self, see: &mut See<'_>);
}

/// Whether two structs of one type have equal fields.
pub fn same(one: &dyn Fields, other: &dyn Fields) -> bool {
    let mut same = false;
    one.fields(&mut |_, _, fields| {
        other.fields(&mut |_, _, others| {
            same = fields.iter().zip(others).all(|(field, other)| field.same(*other));
        });
    });
    same
}

/// Feeds all fields to a hasher.
pub fn feed(value: &dyn Fields, state: &mut dyn Hasher) {
    value.fields(&mut |_, _, fields| {
        for field in fields {
            field.feed(state);
        }
    });
}

/// Prints a struct as `derive(Debug)` does.
///
/// # Errors
///
/// As the formatter.
pub fn debug(value: &dyn Fields, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut result = Ok(());
    value.fields(&mut |name, names, fields| {
        let mut shown = f.debug_struct(name);
        for (name, field) in names.iter().zip(fields) {
            shown.field(name.strip_prefix("r#").unwrap_or(name), field);
        }
        result = shown.finish();
    });
    result
}

/// Implements `Debug`, `PartialEq`, `Eq` and `Hash` for a struct, by the list of its fields. That each of them is `Eq` is
/// for the caller to see to.
#[doc(hidden)]
#[macro_export]
macro_rules! fields {
    ($name:ident { $($field:ident)* }) => {
        impl $crate::table::Fields for $name {
            #[inline]
            fn fields(&self, see: &mut $crate::table::See<'_>) {
                see(stringify!($name), &[$(stringify!($field)),*], &[$(&self.$field),*]);
            }
        }

        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::table::debug(self, f)
            }
        }

        impl ::core::cmp::PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::table::same(self, other)
            }
        }

        impl ::core::cmp::Eq for $name {}

        impl ::core::hash::Hash for $name {
            #[inline]
            fn hash<H: ::core::hash::Hasher>(&self, state: &mut H) {
                $crate::table::feed(self, state);
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::{Decimal, Text, dec};

    #[derive(Clone)]
    struct Trade {
        symbol: Text,
        price: Option<Decimal>,
        r#type: bool,
    }

    crate::fields!(Trade { symbol price r#type });

    /// The same with what the compiler derives.
    mod derived {
        use super::{Decimal, Text};

        #[derive(Debug)]
        #[allow(dead_code, reason = "they are printed")]
        pub(super) struct Trade {
            pub(super) symbol: Text,
            pub(super) price: Option<Decimal>,
            pub(super) r#type: bool,
        }
    }

    fn trade(price: Option<Decimal>) -> Trade {
        Trade {
            symbol: "BTCUSDT".into(),
            price,
            r#type: true,
        }
    }

    #[test]
    fn prints_as_derived_code_does() {
        let Trade {
            symbol,
            price,
            r#type,
        } = trade(Some(dec!(1.50)));
        let derived = derived::Trade {
            symbol,
            price,
            r#type,
        };
        let ours = trade(Some(dec!(1.50)));
        assert_eq!(format!("{ours:?}"), format!("{derived:?}"));
        assert_eq!(format!("{ours:#?}"), format!("{derived:#?}"));
    }

    #[test]
    fn compares_and_hashes_by_value() {
        let all = [trade(None), trade(Some(dec!(1))), trade(Some(dec!(2)))];
        for (index, one) in all.iter().enumerate() {
            for (place, other) in all.iter().enumerate() {
                assert_eq!(one == other, index == place);
            }
        }
        // Equal numbers are equal, and hash alike, however they are spelled.
        assert_eq!(trade(Some(dec!(1.0))), all[1]);
        let mut set: HashSet<Trade> = all.iter().cloned().collect();
        assert!(!set.insert(trade(Some(dec!(1.0)))));
        let mut other = trade(None);
        other.symbol = "ETHUSDT".into();
        assert!(set.insert(other));
    }
}
