//! Open value sets.

/// Declares an enum of texts that the exchange may extend at any time.
///
/// A value that is not listed is kept as it came in the variant `Unrecognized`, and printed back unchanged; it
/// never becomes a listed variant and never fails a decode.
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
/// assert_eq!(Side::from("BUY"), Side::Buy);
/// assert_eq!(Side::from("BORROW").as_str(), "BORROW");
/// ```
#[macro_export]
macro_rules! open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$value_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$value_meta])* $variant,)*
            /// A value that this version does not know, as it came.
            Unrecognized($crate::UnrecognizedValue),
        }

        impl $name {
            /// Every value that this version knows.
            pub const KNOWN: &'static [&'static str] = &[$($text),*];

            /// The value's text on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unrecognized(value) => value.as_str(),
                }
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Unrecognized($crate::UnrecognizedValue::new(other)),
                }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::FromJson for $name {
            fn from_json(
                reader: &mut $crate::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::DecodeError> {
                ::core::result::Result::Ok(Self::from(&*reader.read_str()?))
            }
        }

        impl $crate::Parameter for $name {
            fn write(&self, name: &str, sink: &mut dyn $crate::ParamSink) {
                sink.text(name, self.as_str());
            }
        }

        impl $crate::ToJson for $name {
            fn to_json(&self, writer: &mut $crate::Writer) {
                writer.str(self.as_str());
            }
        }

        $crate::impl_serde!($name);
    };
}
