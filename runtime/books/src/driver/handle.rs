//! The handle of a stream of books.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use binance_wire_core::{Error, Text};
use binance_wire_websocket::StreamClient;
use tokio::sync::mpsc;

use super::stream::Command;
use crate::SharedBook;

/// The books by symbol.
pub(crate) type Shelf = Arc<RwLock<HashMap<Text, SharedBook>>>;

/// Reads the books of an [`OrderBooks`](super::OrderBooks), from any thread, and adds and removes some. Cloning is cheap.
///
/// The books are kept while the stream is polled.
#[derive(Clone, Debug)]
pub struct BooksHandle {
    pub(crate) shelf: Shelf,
    pub(crate) commands: mpsc::UnboundedSender<Command>,
    pub(crate) streams: Option<StreamClient>,
    pub(crate) stream_of: fn(&str) -> Text,
}

impl BooksHandle {
    /// The book of a symbol, spelled as it was when added.
    pub fn book(&self, symbol: &str) -> Option<SharedBook> {
        let shelf = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        shelf.get(symbol).cloned()
    }

    /// The symbols, in no order.
    pub fn symbols(&self) -> Vec<Text> {
        let shelf = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        shelf.keys().cloned().collect()
    }

    /// Adds books and subscribes to their streams. The stream of books must be polled meanwhile.
    ///
    /// # Errors
    /// As of [`StreamClient::subscribe`]; books whose streams are refused are not added.
    pub async fn add<S: Into<Text>>(&self, symbols: impl IntoIterator<Item = S>) -> Result<(), Error> {
        let known = self.symbols();
        let symbols: Vec<Text> = symbols
            .into_iter()
            .map(Into::into)
            .filter(|symbol| !known.contains(symbol))
            .collect();
        let _ = self.commands.send(Command::Add(symbols.clone()));
        let outcome = match &self.streams {
            Some(streams) => streams.subscribe(self.names(&symbols)).await,
            None => Ok(()),
        };
        let _ = self.commands.send(match &outcome {
            Ok(()) => Command::Connected(symbols),
            // The streams stay wanted, and come with the next connection.
            Err(Error::Transport(_)) => return outcome,
            Err(_) => Command::Remove(symbols),
        });
        outcome
    }

    /// Removes books and ends the subscriptions to their streams.
    ///
    /// # Errors
    /// As of [`StreamClient::unsubscribe`]; the books are removed all the same.
    pub async fn remove<S: Into<Text>>(&self, symbols: impl IntoIterator<Item = S>) -> Result<(), Error> {
        let symbols: Vec<Text> = symbols.into_iter().map(Into::into).collect();
        let names = self.names(&symbols);
        let _ = self.commands.send(Command::Remove(symbols));
        match &self.streams {
            Some(streams) => streams.unsubscribe(names).await,
            None => Ok(()),
        }
    }

    fn names(&self, symbols: &[Text]) -> Vec<Text> {
        symbols.iter().map(|symbol| (self.stream_of)(symbol)).collect()
    }
}
