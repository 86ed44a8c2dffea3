//! The book and the triggers beside simple models of them, and what must hold of an exchange whatever is done.

mod book;
mod model;
mod spot;
mod spot_history;
mod triggers;
