//! Order books over the connections of a product.

mod builder;
mod handle;
mod item;
mod product;
mod stream;

pub use builder::OrderBooksBuilder;
pub use handle::BooksHandle;
pub use item::BookItem;
pub use product::BookProduct;
#[doc(hidden)]
pub use product::{binance_wire_core, binance_wire_websocket};
pub use stream::OrderBooks;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use ::binance_wire_core::{Error, Operation};

/// A snapshot on its way.
pub(crate) type Fetching<P> =
    Pin<Box<dyn Future<Output = Result<<<P as BookProduct>::Request as Operation>::Response, Error>> + Send>>;

/// What fetches snapshots.
pub(crate) type Fetcher<P> = Arc<dyn Fn(<P as BookProduct>::Request) -> Fetching<P> + Send + Sync>;
