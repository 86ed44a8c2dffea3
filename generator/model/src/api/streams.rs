//! Streams, user data, and the order books that streams keep.

use indexmap::IndexMap;

use super::Location;
use super::operations::Parameter;
use super::types::Type;
use crate::stream_pattern::StreamPattern;

/// What holds for every connection to a product's streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamRules {
    /// Connection groups: name and path. Where there are any, every stream belongs to one.
    pub routes: IndexMap<String, String>,
    /// The most streams on one connection, where it is not 1024.
    pub max_streams: Option<u32>,
    /// The most messages a second that the server takes, where it is not 5.
    pub messages_per_second: Option<u32>,
    /// Whether the address is signed and streams are topics (`/sapi/wss`).
    pub signed_topics: bool,
}

/// How a user's own events are reached.
#[derive(Clone, Debug, PartialEq)]
pub struct UserData {
    /// What it is called: `userData`, or the name that the specs give one of several.
    pub name: String,
    /// The address, where it is not that of market streams: the name of a server.
    pub server: Option<String>,
    /// The REST operation that gives the key or the token.
    pub start: String,
    /// What is done with it.
    pub access: UserDataAccess,
    /// The events.
    pub events: Type,
    /// Where it stands.
    pub location: Location,
}

/// What opens a stream of user data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserDataAccess {
    /// A key that is part of the address and is kept alive.
    ListenKey {
        /// The REST operation that keeps it alive.
        keep_alive: String,
        /// The REST operation that ends it.
        close: Option<String>,
        /// What follows the server's address, with `{listenKey}` and perhaps `{events}` in it.
        path: String,
        /// How long it lives, in minutes.
        minutes: u32,
    },
    /// A token that a method of the WebSocket API takes.
    ListenToken {
        /// The method.
        subscribe: String,
    },
}

/// A stream to subscribe to.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// The exchange's identifier.
    pub id: String,
    /// The pattern of its names.
    pub pattern: StreamPattern,
    /// The section of the documentation.
    pub tag: String,
    /// One line.
    pub summary: String,
    /// More, if there is more to say.
    pub description: Option<String>,
    /// The documentation address.
    pub docs: Option<String>,
    /// The placeholders, in order.
    pub parameters: Vec<Parameter>,
    /// How often it speaks, in the documentation's words.
    pub update_speed: Option<String>,
    /// The connection group: a name of [`StreamRules::routes`].
    pub route: Option<String>,
    /// The values of the event's `e`.
    pub event_types: Vec<String>,
    /// The event.
    pub event: Type,
    /// How its events keep an order book, where they do.
    pub book: Option<BookSource>,
    /// The environments that offer it; empty: all.
    pub environments: Vec<String>,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Other names that the exchange's documentation and libraries have for it.
    pub aliases: Vec<String>,
    /// Where it stands.
    pub location: Location,
}

/// How the events of a stream keep an order book.
#[derive(Clone, Debug, PartialEq)]
pub struct BookSource {
    /// How events are numbered.
    pub rule: BookRule,
    /// The REST operation that answers with a snapshot.
    pub snapshot: String,
    /// The most levels a side that a snapshot has.
    pub depth: u32,
    /// The request weight per minute that snapshots use unless the user sets another.
    pub weight_per_minute: u32,
    /// The value of the stream's placeholder for its speed that is used unless the user sets another.
    pub update_speed: Option<String>,
    /// The seconds after which a snapshot that no event has followed is fetched again, where it may come out of a cache.
    pub confirm: Option<u32>,
    /// Where it stands.
    pub location: Location,
}

/// How the updates of an order book are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookRule {
    /// Without holes: `U` follows the `u` before.
    Sequential,
    /// Each event names the one before in `pu`.
    Linked,
}
