//! Histories that are fetched page by page.
//!
//! The specs say of each operation how it pages; [`request!`](crate::request) makes a [`Paged`] request of that, and a
//! [`Pager`] asks for one page after another without doing any I/O. The clients' `pages` and `items` are streams over it.
//!
//! # What is guaranteed
//!
//! - **Nothing twice.** Pages by id are cut at the id, pages by time at the time and the element. Elements that two pages
//!   share are handed out once, and elements that are alike, but were listed twice in one page, twice.
//! - **Nothing skipped in silence.** Pages by time overlap by the time at which they meet, and whether the exchange
//!   returns the oldest or the newest elements of a range that has too many for a page is found out by asking for both
//!   ends (one request more a stream). Where more elements have one time than fit a page, and where a list shrinks while it
//!   is read by page number, the stream says so with [`Error::Incomplete`](crate::Error::Incomplete), and goes on.
//! - **Within the limits.** A page has as many elements as the exchange allows, or as the request's own limit says. A range
//!   longer than the exchange allows is cut into windows, from the oldest to the newest.
//!
//! Elements come in the exchange's order within a page. Pages by time go from the oldest to the newest window, and within a
//! window in the direction in which the exchange fills pages.

mod course;
mod pager;
mod position;
mod stream;
mod value;

pub use course::PagedBy;
pub use pager::{Page, Pager, Progress};
pub use position::{ParsePositionError, Position};
pub use stream::{Items, Pages};
pub use value::{PageParameter, PageRows, PageValue};

use crate::json::ToJson;
use crate::{List, Operation};

/// A request whose answer is a page of a longer history.
pub trait Paged: Operation + Clone + Send + Sync + 'static {
    /// An element of the history.
    type Item: ToJson + Send + 'static;

    /// The ways in which it pages.
    const WAYS: &'static [Way<Self>];

    /// The elements of a page; `None` where the answer has no list.
    fn rows(response: Self::Response) -> Option<List<Self::Item>>;

    /// The number of all elements, where the answer says it.
    fn total(response: &Self::Response) -> Option<i64> {
        let _ = response;
        None
    }

    /// What the next page begins at, of pages by cursor.
    fn cursor(response: &Self::Response) -> Option<crate::Text> {
        let _ = response;
        None
    }

    /// The id of an element, where it has one; otherwise two elements are the same where their JSON is.
    fn id(item: &Self::Item) -> Option<i64> {
        let _ = item;
        None
    }
}

/// What finds the time or the id of an element.
pub type Key<O> = fn(&<O as Paged>::Item) -> Option<i64>;

/// A way in which an operation pages, as the specs have it.
#[allow(missing_debug_implementations, reason = "a row of a table of functions")]
pub struct Way<O: Paged> {
    /// What a page begins at.
    pub by: PagedBy,
    /// The parameters that say it.
    pub fields: fn(&mut O) -> Fields<'_>,
    /// The number of elements of a page where none is asked for; 0 where it is not documented.
    pub default_limit: i64,
    /// The most elements of a page; 0 where it is not documented.
    pub max_limit: i64,
    /// The longest time between start and end, in milliseconds; 0 where none is documented.
    pub span: i64,
    /// The number of the first page, or the first offset.
    pub first: i64,
    /// The time (in milliseconds) or the id of an element.
    pub key: Option<Key<O>>,
}

/// The parameters of a request that say which page it asks for.
#[allow(missing_debug_implementations, reason = "they are fields of a request, lent")]
pub struct Fields<'a> {
    /// What the page begins at.
    pub from: &'a mut dyn PageParameter,
    /// The end, of pages by time.
    pub to: Option<&'a mut dyn PageParameter>,
    /// The most elements.
    pub limit: Option<&'a mut dyn PageParameter>,
}
