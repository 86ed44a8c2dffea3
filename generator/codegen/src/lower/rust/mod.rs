//! A model of Rust: types, expressions and statements are values until a template prints them.
//!
//! Whoever makes a type or an expression knows what it is, and what comes after asks the value: is it `Copy`, what is
//! inside the `Option`, can it fail. Nothing here can be taken apart as text, so printed Rust decides nothing.

mod code;
mod expr;
mod types;

pub use code::{Code, Printed, bits, ident, index, number};
pub use expr::Expr;
pub use types::{Named, Primitive, RustType, path};
