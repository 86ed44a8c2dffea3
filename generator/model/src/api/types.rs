//! JSON types.

use indexmap::IndexMap;

use super::Location;
use crate::rules::Rule;
use crate::source::Aside;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Text.
    Text,
    /// Text that is always the same.
    Constant(String),
    /// True or false.
    Boolean {
        /// Whether it travels as text.
        as_text: bool,
    },
    /// An integer.
    Integer {
        /// 32 or 64.
        bits: u8,
        /// Whether it travels as text.
        as_text: bool,
    },
    /// An exact number.
    Decimal {
        /// Whether it travels as a bare number instead of text.
        bare: bool,
    },
    /// A point in time.
    Time {
        /// What the documentation counts.
        unit: TimeUnit,
        /// Whether it travels as text.
        as_text: bool,
    },
    /// A list.
    Array(Box<Type>),
    /// An object whose keys are data.
    Map(Box<Type>),
    /// The object itself or a list of it.
    OneOrMany(Box<Type>),
    /// A type of [`Product::types`](super::Product::types).
    Named(String),
    /// Any JSON.
    Any,
    /// An answer that says nothing.
    Empty,
}

crate::named! {
    /// What the documentation counts time in.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum TimeUnit {
        /// Seconds.
        Second = "s",
        /// Milliseconds.
        Millisecond = "ms",
        /// Microseconds.
        Microsecond = "us",
    }
}

crate::named! {
    /// A market whose order filters follow rules of their own.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum FilterMarket {
        /// Spot and margin.
        Spot = "spot",
        /// USDⓈ-M futures.
        UsdsFutures = "usds-futures",
        /// COIN-M futures.
        CoinFutures = "coin-futures",
        /// European options.
        Options = "options",
    }
}

/// A named type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeDef {
    /// One line.
    pub description: Option<String>,
    /// The SBE message or enum that carries the same thing, where the names differ.
    pub sbe: Option<String>,
    /// The named type inside whose file it is printed: inline objects stand with their owner.
    pub owner: Option<String>,
    /// Of a symbol whose `filters` orders must pass: the market whose rules they follow.
    pub filters: Option<FilterMarket>,
    /// What it is.
    pub kind: TypeKind,
    /// The rules that the object must obey where a request carries it.
    pub rules: Vec<Rule>,
    /// Where it stands.
    pub location: Location,
}

/// The kinds of named types.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// An object with known members.
    Object(Vec<Field>),
    /// A positional array.
    Tuple(Vec<Field>),
    /// An open set of texts, each with a description if there is one.
    Enum(Vec<String>),
    /// Objects distinguished by a member.
    Union {
        /// The member's name.
        tag: String,
        /// Tag value and named type.
        variants: IndexMap<String, String>,
    },
    /// Shapes distinguished by kind and by the members that are there.
    Shapes(Vec<Type>),
    /// Another name for a type.
    Alias(Type),
}

/// A member of an object, or a slot of a tuple.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// Other names under which it comes as well.
    pub aliases: Vec<String>,
    /// The plain name, where the name on the wire is an abbreviation.
    pub plain_name: Option<String>,
    /// Its type.
    pub ty: Type,
    /// Whether it is always there.
    pub required: bool,
    /// Whether `null` means something.
    pub nullable: bool,
    /// One line.
    pub description: Option<String>,
    /// Where it stands: in the list of required members, where it is among them.
    pub location: Aside<Location>,
}
