//! The book and the triggers beside simple models of them.

mod book;
mod model;
mod triggers;
