//! The items of the emitted Rust that a user's code can name: the words in which what a change touches is told, and
//! looked for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A public item of a generated crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RustItem {
    /// The crate as code names it: `binance_wire_spot`.
    pub krate: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: RustItemKind,
}

/// The kinds of items.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum RustItemKind {
    /// A struct, enum or trait, by its path in the crate: `models::Order`, `requests::NewOrder`; a module, and what is
    /// re-exported from another crate, as well.
    Type { path: String },
    /// A field of a struct: of an answer, an event or a plain request.
    Field { owner: String, name: String },
    /// A variant of an enum: `models::OrderStatus`, `Filled`.
    Variant { owner: String, name: String },
    /// A method of a client: `rest::Client`, `new_order`.
    Method { owner: String, name: String },
    /// The setter of an optional parameter, on the request and on a call of it: `requests::NewOrder`, `price`.
    Setter { owner: String, name: String },
    /// `new` of a type, and the client method that takes the same arguments.
    Constructor { owner: String },
    /// A function of a module: `streams`, `agg_trade`.
    Function { module: String, name: String },
    /// A constant of a module: `error_codes`, `TOO_MANY_REQUESTS`.
    Constant { module: String, name: String },
    /// A feature of the crate: `server`.
    Feature { name: String },
}

impl fmt::Display for RustItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { krate, kind } = self;
        match kind {
            RustItemKind::Type { path } => write!(f, "{krate}::{path}"),
            RustItemKind::Field { owner, name } => write!(f, "{krate}::{owner}.{name}"),
            RustItemKind::Variant { owner, name }
            | RustItemKind::Method { owner, name }
            | RustItemKind::Setter { owner, name } => write!(f, "{krate}::{owner}::{name}"),
            RustItemKind::Constructor { owner } => write!(f, "{krate}::{owner}::new"),
            RustItemKind::Function { module, name } | RustItemKind::Constant { module, name } => {
                write!(f, "{krate}::{module}::{name}")
            }
            RustItemKind::Feature { name } => write!(f, "{krate}/{name}"),
        }
    }
}
