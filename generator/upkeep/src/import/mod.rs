//! Brings facts from the exchange's own material into the specs: text in, text out.
//!
//! Specs are edited where they stand. What is written by hand (comments, order, descriptions, layout) stays as it is; a
//! place that cannot be edited so is an error that says what belongs there. Sentences of the material are never taken
//! over.

mod apply;
mod guess;
mod infer;
mod known;
pub mod markup;
mod naming;
mod operations;
mod shape;
mod yaml;

pub use apply::{Edited, apply};
pub use infer::{Inferred, infer};
pub use known::Known;
pub use operations::{ByHand, Change, Plan, plan};
pub use yaml::{Refused, set_answer};
