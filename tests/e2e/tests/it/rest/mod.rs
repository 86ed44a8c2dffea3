//! The generated REST client against the sandbox exchange.

mod errors;
mod filters;
mod limits;
mod lists;
mod orders;
mod uncertainty;
