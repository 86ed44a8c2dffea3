//! Brings facts from the exchange's own material into the specs: text in, text out.
//!
//! Specs are edited where they stand. What is written by hand (comments, order, descriptions, layout) stays as it is; a
//! place that cannot be edited so is an error that says what belongs there. Sentences of the material are never taken
//! over.

mod guess;
mod infer;
pub mod markup;
mod operations;
mod tree;
mod yaml;

pub use infer::{Inferred, Known, infer};
pub use operations::{ByHand, Change, Edited, Plan, apply, plan};
pub use yaml::{Refused, set_answer};
