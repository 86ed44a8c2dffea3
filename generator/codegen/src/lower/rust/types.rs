//! Types.

use std::fmt::{self, Display};

use binance_wire_model::api::Type;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use serde::{Serialize, Serializer};

use super::ident;

/// A type of generated code, as it is written there: the runtime's types by their short names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RustType {
    /// `()`
    Unit,
    /// `bool`, `char` and the numbers.
    Primitive(Primitive),
    /// `Text`
    Text,
    /// `Decimal`
    Decimal,
    /// `Timestamp`
    Timestamp,
    /// `FixTimestamp`
    FixTimestamp,
    /// `RawJson`
    RawJson,
    /// `&'a str`
    Str,
    /// `&'a [u8]`
    Bytes,
    /// `sbe::Scaled`, a mantissa of 64 bits with its exponent.
    Scaled,
    /// `sbe::Scaled128`, a mantissa of 128 bits with its exponent.
    Scaled128,
    /// `sbe::SbeError`
    SbeError,
    /// A type that was generated.
    Named(Named),
    /// `Option<T>`
    Option(Box<RustType>),
    /// `Nullable<T>`
    Nullable(Box<RustType>),
    /// `sbe::Presence<T>`
    Presence(Box<RustType>),
    /// `OneOrMany<T>`
    OneOrMany(Box<RustType>),
    /// `Vec<T>`
    Vec(Box<RustType>),
    /// `List<T>`, of an answer: an unreadable element does not take its neighbours.
    List(Box<RustType>),
    /// `Entries<T>`, a map in the order of the wire.
    Entries(Box<RustType>),
    /// `Box<T>`
    Boxed(Box<RustType>),
    /// `Result<T, E>`
    Result(Box<RustType>, Box<RustType>),
    /// `sbe::Group<'a, T>`
    Group(Box<RustType>),
    /// A form of JSON by its name in `binance_wire_core::json`, and the form of what it holds, where it is a
    /// container's.
    Form(&'static str, Option<Box<RustType>>),
}

/// `bool`, `char` and the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Primitive {
    Bool,
    Char,
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    I128,
    F32,
    F64,
}

impl Primitive {
    /// The name in Rust.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Char => "char",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// Whether it is a binary floating-point number.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Whether it is a number.
    pub fn is_number(self) -> bool {
        self.is_float() || self.integer().is_some()
    }

    /// Whether it is an integer without a sign.
    pub fn is_unsigned(self) -> bool {
        matches!(self.integer(), Some((_, false)))
    }

    /// Bits and sign of an integer.
    fn integer(self) -> Option<(u32, bool)> {
        Some(match self {
            Self::U8 => (8, false),
            Self::U16 => (16, false),
            Self::U32 => (32, false),
            Self::U64 => (64, false),
            Self::I8 => (8, true),
            Self::I16 => (16, true),
            Self::I32 => (32, true),
            Self::I64 => (64, true),
            Self::I128 => (128, true),
            Self::Bool | Self::Char | Self::F32 | Self::F64 => return None,
        })
    }

    /// Whether every value of this integer is one of `other` too, so that `other` has a `From` for it.
    pub fn widens_to(self, other: Self) -> bool {
        match (self.integer(), other.integer()) {
            (Some((bits, signed)), Some((wide, wide_signed))) => {
                wide > bits && (signed == wide_signed || wide_signed)
            }
            _ => false,
        }
    }
}

impl Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ToTokens for Primitive {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        ident(self.name()).to_tokens(tokens);
    }
}

/// A generated type: its module and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    /// The segments of the module's path, such as `crate`, `models`; none where the name is in scope.
    pub module: Vec<String>,
    /// The name.
    pub name: String,
    /// Whether it borrows: `Name<'a>`.
    pub borrows: bool,
    /// Whether it is `Copy`.
    pub copy: bool,
}

impl Named {
    /// A type that is in scope, owns what it has and is not `Copy`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            module: Vec::new(),
            name: name.into(),
            borrows: false,
            copy: false,
        }
    }

    /// The type inside a module, such as `["crate", "models"]`.
    pub fn within(mut self, module: &[&str]) -> Self {
        self.module = module.iter().map(|&segment| segment.to_owned()).collect();
        self
    }

    /// The type with the lifetime `'a`.
    pub fn borrowing(mut self) -> Self {
        self.borrows = true;
        self
    }

    /// The type, which is `Copy`.
    pub fn copied(mut self) -> Self {
        self.copy = true;
        self
    }
}

/// A path as text, for documentation.
pub fn path(segments: &[&str]) -> String {
    segments.join("::")
}

/// Which modules a printed type names.
#[derive(Clone, Copy)]
enum Modules {
    All,
    Outside,
    None,
}

/// What a type is printed of.
enum Printed<'t> {
    Whole(&'static str, TokenStream),
    Path {
        module: Vec<&'t str>,
        name: &'t str,
        borrows: bool,
        arguments: Vec<&'t RustType>,
    },
}

impl RustType {
    /// The generated type of the JSON model with this name.
    pub fn model(name: &str) -> Self {
        Self::Named(Named::new(name).within(&["crate", "models"]))
    }

    /// The value of this type or none.
    pub fn option(self) -> Self {
        Self::Option(Box::new(self))
    }

    /// This type, as an `Option` where it is optional.
    pub fn option_if(self, optional: bool) -> Self {
        if optional { self.option() } else { self }
    }

    /// The value of this type or null.
    pub fn nullable(self) -> Self {
        Self::Nullable(Box::new(self))
    }

    /// The value of this type, null, or absent in an older version of an SBE schema.
    pub fn presence(self) -> Self {
        Self::Presence(Box::new(self))
    }

    /// The type of a parameter that is sent: what a caller makes has no unreadable elements.
    pub fn sent(ty: &Type) -> Self {
        match ty {
            Type::Array(element) => Self::from(&**element).vec(),
            ty => Self::from(ty),
        }
    }

    /// A list of this type.
    pub fn vec(self) -> Self {
        Self::Vec(Box::new(self))
    }

    /// This type, or the error of SBE.
    pub fn or_sbe_error(self) -> Self {
        Self::Result(Box::new(self), Box::new(Self::SbeError))
    }

    /// What is inside an `Option`.
    pub fn inside_option(&self) -> Option<&Self> {
        match self {
            Self::Option(inner) => Some(inner),
            _ => None,
        }
    }

    /// What a `Result` is when nothing failed.
    pub fn inside_result(&self) -> Option<&Self> {
        match self {
            Self::Result(inner, _) => Some(inner),
            _ => None,
        }
    }

    /// What is inside a `Presence`.
    pub fn inside_presence(&self) -> Option<&Self> {
        match self {
            Self::Presence(inner) => Some(inner),
            _ => None,
        }
    }

    /// Whether the type is a reference.
    pub fn is_reference(&self) -> bool {
        matches!(self, Self::Str | Self::Bytes)
    }

    /// Whether a literal without a suffix is a value of the type, or becomes one.
    pub fn is_number(&self) -> bool {
        match self {
            Self::Decimal => true,
            Self::Primitive(primitive) => primitive.is_number(),
            _ => false,
        }
    }

    /// Whether the type has the lifetime `'a`.
    pub fn borrows(&self) -> bool {
        match self.printed() {
            Printed::Whole(..) => self.is_reference(),
            Printed::Path {
                borrows, arguments, ..
            } => borrows || arguments.into_iter().any(Self::borrows),
        }
    }

    /// Whether the type is `Copy`.
    pub fn is_copy(&self) -> bool {
        match self {
            Self::Unit
            | Self::Primitive(_)
            | Self::Decimal
            | Self::Timestamp
            | Self::FixTimestamp
            | Self::Str
            | Self::Bytes
            | Self::Scaled
            | Self::Scaled128
            | Self::Group(_)
            | Self::Form(..) => true,
            Self::Named(named) => named.copy,
            Self::Option(inner) | Self::Nullable(inner) | Self::Presence(inner) => inner.is_copy(),
            Self::Result(inner, error) => inner.is_copy() && error.is_copy(),
            Self::Text
            | Self::RawJson
            | Self::SbeError
            | Self::OneOrMany(_)
            | Self::Vec(_)
            | Self::List(_)
            | Self::Entries(_)
            | Self::Boxed(_) => false,
        }
    }

    /// The name without the module, for texts.
    pub fn short(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Modules::None);
        text
    }

    /// The type as seen from outside of the crate, for documentation.
    pub fn outside(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Modules::Outside);
        text
    }

    fn printed(&self) -> Printed<'_> {
        fn runtime<'t>(
            name: &'static str,
            arguments: &[&'t RustType],
        ) -> (Vec<&'t str>, &'t str, Vec<&'t RustType>) {
            (Vec::new(), name, arguments.to_vec())
        }
        let (module, name, arguments) = match self {
            Self::Unit => return Printed::Whole("()", quote!(())),
            Self::Str => return Printed::Whole("&'a str", quote!(&'a str)),
            Self::Bytes => return Printed::Whole("&'a [u8]", quote!(&'a [u8])),
            Self::Named(named) => {
                return Printed::Path {
                    module: named.module.iter().map(String::as_str).collect(),
                    name: &named.name,
                    borrows: named.borrows,
                    arguments: Vec::new(),
                };
            }
            Self::Group(entry) => {
                return Printed::Path {
                    module: vec!["sbe"],
                    name: "Group",
                    borrows: true,
                    arguments: vec![entry],
                };
            }
            Self::Primitive(primitive) => runtime(primitive.name(), &[]),
            Self::Text => runtime("Text", &[]),
            Self::Decimal => runtime("Decimal", &[]),
            Self::Timestamp => runtime("Timestamp", &[]),
            Self::FixTimestamp => runtime("FixTimestamp", &[]),
            Self::RawJson => runtime("RawJson", &[]),
            Self::Scaled => (vec!["sbe"], "Scaled", Vec::new()),
            Self::Scaled128 => (vec!["sbe"], "Scaled128", Vec::new()),
            Self::SbeError => (vec!["sbe"], "SbeError", Vec::new()),
            Self::Presence(inner) => (vec!["sbe"], "Presence", vec![&**inner]),
            Self::Form(name, inner) => (
                vec!["binance_wire_core", "json"],
                *name,
                inner.iter().map(|inner| &**inner).collect(),
            ),
            Self::Option(inner) => runtime("Option", &[inner]),
            Self::Nullable(inner) => runtime("Nullable", &[inner]),
            Self::OneOrMany(inner) => runtime("OneOrMany", &[inner]),
            Self::Vec(inner) => runtime("Vec", &[inner]),
            Self::List(inner) => (vec!["binance_wire_core"], "List", vec![&**inner]),
            Self::Entries(inner) => runtime("Entries", &[inner]),
            Self::Boxed(inner) => runtime("Box", &[inner]),
            Self::Result(inner, error) => runtime("Result", &[inner, error]),
        };
        Printed::Path {
            module,
            name,
            borrows: false,
            arguments,
        }
    }

    fn write(&self, text: &mut String, modules: Modules) {
        match self.printed() {
            Printed::Whole(whole, _) => text.push_str(whole),
            Printed::Path {
                module,
                name,
                borrows,
                arguments,
            } => {
                let shown = module.iter().filter(|segment| match modules {
                    Modules::All => true,
                    Modules::Outside => **segment != "crate",
                    Modules::None => false,
                });
                for segment in shown {
                    text.push_str(segment);
                    text.push_str("::");
                }
                text.push_str(name);
                let mut separator = "<";
                if borrows {
                    text.push_str("<'a");
                    separator = ", ";
                }
                for argument in &arguments {
                    text.push_str(separator);
                    argument.write(text, modules);
                    separator = ", ";
                }
                if borrows || !arguments.is_empty() {
                    text.push('>');
                }
            }
        }
    }
}

impl From<Primitive> for RustType {
    fn from(primitive: Primitive) -> Self {
        Self::Primitive(primitive)
    }
}

/// The type of a JSON value that is there.
impl From<&Type> for RustType {
    fn from(ty: &Type) -> Self {
        let inner = |element: &Type| Box::new(Self::from(element));
        match ty {
            Type::Text | Type::Constant(_) => Self::Text,
            Type::Boolean { .. } => Primitive::Bool.into(),
            Type::Integer { bits: 32, .. } => Primitive::I32.into(),
            Type::Integer { .. } => Primitive::I64.into(),
            Type::Decimal { .. } => Self::Decimal,
            Type::Time { .. } => Self::Timestamp,
            Type::Array(element) => Self::List(inner(element)),
            Type::Map(element) => Self::Entries(inner(element)),
            Type::OneOrMany(element) => Self::OneOrMany(inner(element)),
            Type::Named(name) => Self::model(name),
            Type::Any => Self::RawJson,
            Type::Empty => Self::Unit,
        }
    }
}

impl Display for RustType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text, Modules::All);
        f.write_str(&text)
    }
}

impl ToTokens for RustType {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self.printed() {
            Printed::Whole(_, whole) => tokens.extend(whole),
            Printed::Path {
                module,
                name,
                borrows,
                arguments,
            } => {
                let module = module.into_iter().map(ident);
                let name = ident(name);
                let lifetime = borrows.then(|| quote!('a));
                let mut generics = lifetime
                    .into_iter()
                    .chain(arguments.iter().map(|ty| quote!(#ty)))
                    .peekable();
                tokens.extend(quote!(#(#module::)* #name));
                if generics.peek().is_some() {
                    tokens.extend(quote!(<#(#generics),*>));
                }
            }
        }
    }
}

impl Serialize for RustType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested() -> RustType {
        let entry = Named::new("BidsView").borrowing().copied();
        RustType::Group(Box::new(RustType::Named(entry)))
    }

    #[test]
    fn types_print_alike_as_text_and_as_tokens() {
        let all = [
            (nested(), "sbe::Group<'a, BidsView<'a>>"),
            (RustType::model("Side").option(), "Option<crate::models::Side>"),
            (
                RustType::Str.option().or_sbe_error(),
                "Result<Option<&'a str>, sbe::SbeError>",
            ),
            (RustType::Unit, "()"),
            (
                RustType::Form("ListOf", Some(Box::new(RustType::Form("Number", None)))),
                "binance_wire_core::json::ListOf<binance_wire_core::json::Number>",
            ),
            (RustType::from(Primitive::I128).presence(), "sbe::Presence<i128>"),
        ];
        for (ty, text) in all {
            assert_eq!(ty.to_string(), text);
            let printed = |ty: TokenStream| {
                let file: syn::File = syn::parse2(quote!(type T<'a> = #ty;)).expect("an item");
                prettyplease::unparse(&file)
            };
            assert_eq!(
                printed(ty.to_token_stream()),
                printed(text.parse().expect("tokens"))
            );
        }
        assert_eq!(RustType::model("Side").vec().short(), "Vec<Side>");
        assert_eq!(RustType::model("Side").vec().outside(), "Vec<models::Side>");
    }

    #[test]
    fn what_is_inside_and_what_is_copied_are_questions_to_the_type() {
        assert_eq!(RustType::Text.option().inside_option(), Some(&RustType::Text));
        assert_eq!(RustType::Text.inside_option(), None);
        assert!(RustType::Decimal.option().is_copy());
        assert!(!RustType::Text.option().is_copy());
        assert!(nested().is_copy());
        assert!(RustType::Str.is_reference());
    }

    #[test]
    fn integers_widen_where_no_value_is_lost() {
        assert!(Primitive::U32.widens_to(Primitive::I64));
        assert!(!Primitive::U64.widens_to(Primitive::I64));
        assert!(!Primitive::I8.widens_to(Primitive::U16));
        assert!(!Primitive::I64.widens_to(Primitive::I64));
    }
}
