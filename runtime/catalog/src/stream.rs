//! What the specs say of streams.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::operation::Parameter;
use crate::types::Type;

/// What holds for every connection to a product's streams.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct StreamRules {
    /// Connection groups: name and path. Where there are any, every stream belongs to one.
    pub routes: BTreeMap<String, String>,
    /// The most streams on a connection, where it is not 1,024.
    pub max_streams: Option<u32>,
    /// The most messages a second that the server takes, where it is not 5.
    pub messages_per_second: Option<u32>,
    /// Whether the address is signed and streams are topics.
    pub signed_topics: bool,
}

/// A stream to subscribe to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Stream {
    /// The identifier.
    pub id: String,
    /// The pattern of its names: `<symbol>@kline_<interval>`.
    pub pattern: String,
    /// The section of the documentation.
    #[serde(default)]
    pub tag: String,
    /// One line.
    #[serde(default)]
    pub summary: String,
    /// More, if there is more to say.
    pub description: Option<String>,
    /// The address of its documentation.
    pub docs: Option<String>,
    /// The placeholders, in order.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// How often it speaks, in the documentation's words.
    pub update_speed: Option<String>,
    /// The connection group: a name of [`StreamRules::routes`].
    pub route: Option<String>,
    /// The values of the event's `e`.
    #[serde(default)]
    pub event_types: Vec<String>,
    /// The event.
    pub event: Type,
    /// How its events keep an order book, where they do.
    pub book: Option<Book>,
    /// The environments that offer it; empty: all.
    #[serde(default)]
    pub environments: Vec<String>,
    /// Whether it should no longer be used.
    #[serde(default)]
    pub deprecated: bool,
    /// Other names that the exchange's documentation and libraries have for it.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// How the events of a stream keep an order book.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Book {
    /// How events are numbered.
    pub rule: BookRule,
    /// The identifier of the operation that returns a snapshot.
    pub snapshot: String,
    /// The most levels a side that a snapshot has.
    pub depth: u32,
}

/// How the updates of an order book are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BookRule {
    /// Without holes: `U` follows the `u` before.
    Sequential,
    /// Each event names the one before in `pu`.
    Linked,
}
