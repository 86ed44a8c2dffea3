//! Sources of keys and tokens: product crates implement them over their REST clients.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use binance_wire_core::{Error, Text, Timestamp};

/// A request for a key or a token under way.
pub type Fetching<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Makes listen keys, keeps them alive and ends them.
pub trait ListenKeys: Send + Sync + 'static {
    /// A key: a new one, or the one that the account has already. `None`: the answer names none.
    fn start(&self) -> Fetching<'_, Option<Text>>;

    /// Keeps a key alive. An answer that names another key means that the account has that one now.
    fn keep_alive<'a>(&'a self, key: &'a str) -> Fetching<'a, Option<Text>>;

    /// Ends a key. Does nothing where the exchange has no such operation.
    fn close<'a>(&'a self, key: &'a str) -> Fetching<'a, ()> {
        let _ = key;
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A token that admits to the account's events for a time.
#[derive(Clone, PartialEq)]
pub struct ListenToken {
    /// The token.
    pub token: Text,
    /// When it expires, by the exchange's clock.
    pub expires: Timestamp,
}

/// Does not show the token, which is as good as a key while it lasts.
impl fmt::Debug for ListenToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenToken")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Makes listen tokens.
pub trait ListenTokens: Send + Sync + 'static {
    /// A new token. `None`: the answer lacks the token or its end.
    fn issue(&self) -> Fetching<'_, Option<ListenToken>>;
}
