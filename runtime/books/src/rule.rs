//! Which event may follow which.

use crate::DepthUpdate;

/// How a product numbers the updates of a book, and so how a missing event is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The updates of a symbol are counted without holes: an event continues a book where `U` is at most one more than
    /// the book's update. Spot:
    /// [How to manage a local order book correctly](https://developers.binance.com/en/dev-docs/products/spot/web-socket-streams#how-to-manage-a-local-order-book-correctly).
    Sequential,
    /// Numbers have holes, and each event names the one before in `pu`: an event continues a book where `pu` is the
    /// book's update. The first one after a snapshot has `U <= lastUpdateId <= u`, or names in `pu` an update that the
    /// snapshot has, so that nothing lies between. USDⓈ-M, COIN-M and options:
    /// [How to manage a local order book correctly](https://developers.binance.com/en/dev-docs/products/derivatives-trading-usds-futures/websocket-market-streams/How-to-manage-a-local-order-book-correctly).
    Linked,
}

/// The relation of an event to a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The book has all of it already.
    Old,
    /// It brings the book to its last update.
    Next,
    /// Something between the two is missing.
    Beyond,
}

impl Rule {
    /// The relation of an event to a book at update `at`; `first` after a snapshot, before any event.
    #[inline]
    pub(crate) fn fit(self, at: i64, first: bool, update: &impl DepthUpdate) -> Fit {
        let (first_id, last_id) = (update.first_update_id(), update.last_update_id());
        if last_id <= at {
            return Fit::Old;
        }
        let next = match self {
            Self::Sequential => first_id <= at.saturating_add(1),
            Self::Linked => match (first, update.previous_update_id()) {
                (false, Some(previous)) => previous == at,
                (true, Some(previous)) => first_id <= at || previous <= at,
                (_, None) => false,
            },
        };
        if next { Fit::Next } else { Fit::Beyond }
    }
}
