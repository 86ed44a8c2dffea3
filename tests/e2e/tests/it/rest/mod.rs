//! The generated REST client against the sandbox exchange.

mod errors;
mod filters;
mod limits;
mod orders;
mod uncertainty;
