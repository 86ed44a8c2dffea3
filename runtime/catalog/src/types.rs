//! JSON types.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::rules::Rule;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Type {
    /// Text.
    Text,
    /// Text that is always the same.
    Constant(String),
    /// True or false.
    Boolean(Spelling),
    /// An integer of 64 bits.
    Integer(Spelling),
    /// An integer of 32 bits.
    Int32(Spelling),
    /// An exact number.
    Decimal(Spelling),
    /// A point in time.
    Time(Time),
    /// A list.
    Array(Box<Type>),
    /// An object whose keys are data.
    Map(Box<Type>),
    /// The object itself or a list of it.
    OneOrMany(Box<Type>),
    /// A type of [`Product::types`](crate::Product::types).
    Named(String),
    /// Any JSON.
    Any,
    /// An answer that says nothing.
    Empty,
}

/// How a number or a boolean travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Spelling {
    /// Whether it travels as text.
    pub as_text: bool,
}

/// How a time travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Time {
    /// What is counted since 1970.
    pub unit: TimeUnit,
    /// Whether it travels as text.
    #[serde(default)]
    pub as_text: bool,
}

/// What is counted in times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum TimeUnit {
    /// Seconds.
    #[serde(rename = "s")]
    Second,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Millisecond,
    /// Microseconds.
    #[serde(rename = "us")]
    Microsecond,
}

/// A named type.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TypeDef {
    /// One line.
    pub description: Option<String>,
    /// The SBE message or enum that carries the same thing, where the names differ.
    pub sbe: Option<String>,
    /// Of a symbol whose `filters` orders must pass: the market whose rules they follow.
    pub filters: Option<String>,
    /// The rules that the object must obey where a request carries it.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// What it is.
    #[serde(flatten)]
    pub kind: TypeKind,
}

/// The kinds of named types.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum TypeKind {
    /// An object with known members.
    Object(Vec<Field>),
    /// A positional array.
    Tuple(Vec<Field>),
    /// An open set of texts.
    Enum(Vec<String>),
    /// Objects distinguished by a member.
    Union(Union),
    /// Shapes distinguished by kind and by the members that are there.
    Shapes(Vec<Type>),
    /// Another name for a type.
    Alias(Type),
}

/// Objects distinguished by a member.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Union {
    /// The member's name.
    pub tag: String,
    /// The member's values, and the names of types that they mean.
    pub variants: IndexMap<String, String>,
}

/// A member of an object, or a slot of a tuple.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// Other names under which it comes as well.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The plain name, where the name on the wire is an abbreviation.
    pub plain_name: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whether it is always there.
    #[serde(default)]
    pub required: bool,
    /// Whether null means something.
    #[serde(default)]
    pub nullable: bool,
    /// One line.
    pub description: Option<String>,
}
