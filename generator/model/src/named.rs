//! Kinds that specs, documents and reports name: each has one name, and one place that says it.

/// An enum whose values have names.
pub trait Named: Copy + 'static {
    /// All values, in order.
    const ALL: &'static [Self];
    /// Their names, in the same order.
    const NAMES: &'static [&'static str];

    /// The value with a name.
    fn of(name: &str) -> Option<Self> {
        let index = Self::NAMES.iter().position(|known| *known == name)?;
        Self::ALL.get(index).copied()
    }
}

/// A name that no value has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// The name.
    pub name: String,
    /// The names that there are.
    pub known: &'static [&'static str],
}

impl std::fmt::Display for UnknownName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let remedy = crate::diagnostics::one_of(self.known, &self.name);
        write!(f, "unknown name `{}`: {remedy}", self.name)
    }
}

impl std::error::Error for UnknownName {}

/// Declares an enum with a name for each value: `name`, `Display`, `FromStr` and [`Named`].
#[macro_export]
macro_rules! named {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$doc:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// The name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl $crate::named::Named for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            const NAMES: &'static [&'static str] = &[$($text),+];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::named::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                use $crate::named::Named;
                Self::of(name).ok_or_else(|| $crate::named::UnknownName {
                    name: name.to_owned(),
                    known: Self::NAMES,
                })
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Security, Transport};

    #[test]
    fn names_are_read_back() {
        for transport in Transport::ALL {
            assert_eq!(transport.to_string().parse(), Ok(*transport));
        }
        let error = "USER_DAT".parse::<Security>().expect_err("no such type");
        assert!(error.to_string().contains("did you mean `USER_DATA`?"), "{error}");
    }
}
