//! User data that is reached by a listen key or a listen token.

mod builder;
pub(crate) mod keeper;
mod keys;
pub(crate) mod tokens;

pub use builder::UserDataBuilder;
pub use keys::{Fetching, ListenKeys, ListenToken, ListenTokens};
