//! Open value sets.

use std::cmp::Ordering;
use std::fmt;

use crate::{DecodeError, Reader, Text};

/// A set of texts that the exchange may extend at any time, declared with [`open_enum!`](crate::open_enum!).
pub trait ValueSet: Clone + Sized + 'static {
    /// The set's name, such as `OrderType`.
    const NAME: &'static str;

    /// The texts of the listed values.
    const KNOWN: &'static [&'static str];

    /// The value with this text: a listed one, or one that keeps the text.
    fn from_wire(text: &str) -> Self;
}

/// Declares an enum of texts that the exchange may extend at any time.
///
/// A value that is not listed is kept as it came in the variant `Unrecognized`, and printed back unchanged; it
/// never becomes a listed variant and never fails a decode.
///
/// Text becomes a value with `parse`, which refuses what is not listed, so that a mistyped value is not sent. For a
/// value that the exchange knows and this version does not, there is `unlisted`.
///
/// ```
/// binance_wire_core::open_enum! {
///     /// Which side of the book.
///     pub enum Side {
///         /// Buys.
///         Buy = "BUY",
///         /// Sells.
///         Sell = "SELL",
///     }
/// }
/// assert_eq!("BUY".parse(), Ok(Side::Buy));
/// assert_eq!(
///     "BYU".parse::<Side>().unwrap_err().to_string(),
///     "`BYU` is not a value of Side: BUY, SELL; a value that is missing here is made with `Side::unlisted`"
/// );
/// assert_eq!(Side::unlisted("BORROW").as_str(), "BORROW");
/// assert_eq!(Side::unlisted("SELL"), Side::Sell);
/// assert_eq!(Side::ALL, [Side::Buy, Side::Sell]);
/// ```
///
/// A text is no value by itself:
///
/// ```compile_fail
/// # binance_wire_core::open_enum! {
/// #     /// Which side of the book.
/// #     pub enum Side {
/// #         /// Buys.
/// #         Buy = "BUY",
/// #     }
/// # }
/// let side: Side = "BYU".into();
/// ```
///
/// The enum is not `Copy`: a value that is not listed has any length, and is kept whole. An inline copy would have to
/// cut it off or refuse it, and one that holds just the longest listed values (36 bytes) would make
/// every enum, most of them one word today, larger than the `Text` that it holds now (24 bytes). Cloning a listed
/// value, or one of up to 24 bytes, does not allocate.
#[macro_export]
macro_rules! open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$value_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$value_meta])* $variant,)*
            /// A value that this version does not know, as it came.
            Unrecognized($crate::UnrecognizedValue),
        }

        impl $name {
            /// Every value that this version knows, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The texts of [`ALL`](Self::ALL).
            pub const KNOWN: &'static [&'static str] = &[$($text),*];

            /// The value's text on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unrecognized(value) => value.as_str(),
                }
            }

            /// The value with this text, which this version need not know: for what the exchange has added since.
            /// A text that is listed becomes its variant.
            pub fn unlisted(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Unrecognized($crate::UnrecognizedValue::new(other)),
                }
            }

            /// Returns `true` where this version knows the value.
            #[inline]
            pub const fn is_listed(&self) -> bool {
                !matches!(self, Self::Unrecognized(_))
            }
        }

        impl $crate::ValueSet for $name {
            const NAME: &'static str = stringify!($name);
            const KNOWN: &'static [&'static str] = Self::KNOWN;

            #[inline]
            fn from_wire(text: &str) -> Self {
                Self::unlisted(text)
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::ParseValueError;

            #[inline]
            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                match Self::unlisted(text) {
                    Self::Unrecognized(_) => {
                        Err($crate::ParseValueError::new(text, stringify!($name), Self::KNOWN))
                    }
                    value => Ok(value),
                }
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        // By the text, so that one function serves all sets.
        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::open_enum::debug(self.as_str(), Self::KNOWN, &[$(stringify!($variant)),*], f)
            }
        }

        impl ::core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::core::cmp::Ord for $name {
            #[inline]
            fn cmp(&self, other: &Self) -> ::core::cmp::Ordering {
                $crate::open_enum::order(Self::KNOWN, self.as_str(), other.as_str())
            }
        }

        impl ::core::cmp::PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> ::core::option::Option<::core::cmp::Ordering> {
                Some(::core::cmp::Ord::cmp(self, other))
            }
        }

        impl ::core::hash::Hash for $name {
            #[inline]
            fn hash<H: ::core::hash::Hasher>(&self, state: &mut H) {
                ::core::hash::Hash::hash(self.as_str(), state);
            }
        }

        impl $crate::FromJson for $name {
            fn from_json(
                reader: &mut $crate::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::DecodeError> {
                $crate::open_enum::read(reader, Self::unlisted)
            }
        }

        impl $crate::Parameter for $name {
            #[inline]
            fn write(&self, name: &str, sink: &mut dyn $crate::ParamSink) {
                sink.text(name, self.as_str());
            }
        }

        impl $crate::ToJson for $name {
            #[inline]
            fn to_json(&self, writer: &mut $crate::Writer) {
                writer.str(self.as_str());
            }
        }

        $crate::impl_serde!($name);
    };
}

/// Reads a value, for [`open_enum!`](crate::open_enum!).
///
/// # Errors
///
/// Where the next value is not a text.
#[doc(hidden)]
#[inline]
pub fn read<T>(reader: &mut Reader<'_>, value: fn(&str) -> T) -> Result<T, DecodeError> {
    match reader.read_str() {
        Ok(text) => Ok(value(&text)),
        Err(error) => Err(error),
    }
}

/// Compares two values of a set, for [`open_enum!`](crate::open_enum!): in the order of the documentation, and behind
/// them what is not listed, by its text.
#[doc(hidden)]
pub fn order(known: &[&str], one: &str, other: &str) -> Ordering {
    let place = |text: &str| known.iter().position(|known| *known == text);
    match (place(one), place(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => one.cmp(other),
    }
}

/// Prints a value as `derive(Debug)` does, for [`open_enum!`](crate::open_enum!).
///
/// # Errors
///
/// As the formatter.
#[doc(hidden)]
pub fn debug(text: &str, known: &[&str], variants: &[&str], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut named = known.iter().zip(variants);
    match named.find(|(known, _)| **known == text) {
        Some((_, variant)) => f.write_str(variant),
        None => f.debug_tuple("Unrecognized").field(&text).finish(),
    }
}

/// A text that is not among the listed values of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseValueError {
    text: Text,
    set: &'static str,
    known: &'static [&'static str],
}

impl ParseValueError {
    /// For [`open_enum!`](crate::open_enum!) alone.
    #[doc(hidden)]
    #[cold]
    pub fn new(text: &str, set: &'static str, known: &'static [&'static str]) -> Self {
        Self {
            text: text.into(),
            set,
            known,
        }
    }

    /// The text that was to become a value.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The texts of the listed values.
    pub fn known(&self) -> &'static [&'static str] {
        self.known
    }
}

impl fmt::Display for ParseValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, set, known } = self;
        write!(f, "`{text}` is not a value of {set}: {}", known.join(", "))?;
        write!(f, "; a value that is missing here is made with `{set}::unlisted`")
    }
}

impl std::error::Error for ParseValueError {}
