//! The pages and the elements of a history as streams.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

use super::{Page, Paged, Pager, Position, Progress};
use crate::{Error, Timestamp};

/// An answer that is on its way.
type Answer<O> = Pin<Box<dyn Future<Output = Result<<O as crate::Operation>::Response, Error>> + Send>>;

/// What sends a request.
type Sender<O> = Box<dyn Fn(O) -> Answer<O> + Send + Sync>;

/// The pages of a history: a stream whose items are the new elements of a page.
///
/// A request is sent when the stream is polled, one at a time. An error does not end it: the next poll asks for the same
/// page again, so that the caller decides whether to wait, as after [`Error::RateLimited`], or to stop. Errors
/// that would come back with every attempt ([`Error::InvalidRequest`], [`Error::Unusable`]) end it. Dropping it loses
/// nothing but the answer that is on its way.
///
/// A history that is paged by id or by time has no first page of its own: the request must set where to start, such as
/// `fromId` or `startTime`, or the stream has one item, the [`Error::Unusable`] that names these parameters.
#[must_use = "a stream does nothing before it is polled"]
pub struct Pages<O: Paged> {
    pager: Option<Pager<O>>,
    /// Why there is no pager, or what went wrong on the last page.
    errors: VecDeque<Error>,
    send: Sender<O>,
    answer: Option<Answer<O>>,
    /// The position before the last page that was answered.
    before: Option<Position>,
}

impl<O: Paged> Pages<O> {
    /// The pages of what `request` asks for, sent by `send`. For transports, whose `pages` call it.
    pub fn new<F, A>(request: O, now: Timestamp, send: F) -> Self
    where
        F: Fn(O) -> A + Send + Sync + 'static,
        A: Future<Output = Result<O::Response, Error>> + Send + 'static,
    {
        Self::of(
            Pager::new(request, now),
            Box::new(move |request| Box::pin(send(request))),
        )
    }

    fn of(pager: Result<Pager<O>, Error>, send: Sender<O>) -> Self {
        let (pager, errors) = match pager {
            Ok(pager) => (Some(pager), VecDeque::new()),
            Err(error) => (None, VecDeque::from([error])),
        };
        Self {
            pager,
            errors,
            send,
            answer: None,
            before: None,
        }
    }

    fn map(self, change: impl FnOnce(Pager<O>) -> Result<Pager<O>, Error>) -> Self {
        match self.pager {
            Some(pager) => Self::of(change(pager), self.send),
            None => self,
        }
    }

    /// Goes on from a position that an earlier stream of the same request had reached. A position of a request that
    /// pages in another way is an error, which the stream returns first.
    pub fn resume(self, position: Position) -> Self {
        self.map(|pager| pager.resume(position))
    }

    /// Asks for at most so much time at once: see [`Pager::window`].
    pub fn window(self, window: Duration) -> Self {
        self.map(|pager| Ok(pager.window(window)))
    }

    /// How far it has come: what a new stream of the same request goes on from. `None` where the request was refused.
    pub fn position(&self) -> Option<Position> {
        self.pager.as_ref().map(|pager| pager.position().clone())
    }

    /// How far it has come, in numbers. `None` where the request was refused.
    pub fn progress(&self) -> Option<Progress> {
        self.pager.as_ref().map(Pager::progress)
    }

    /// The next of them: `StreamExt::next`, for those who have it not in scope.
    pub async fn next(&mut self) -> Option<<Self as Stream>::Item> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<O: Paged> Stream for Pages<O> {
    type Item = Result<Vec<O::Item>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(error) = this.errors.pop_front() {
                return Poll::Ready(Some(Err(error)));
            }
            let Some(pager) = &mut this.pager else {
                return Poll::Ready(None);
            };
            let answer = match &mut this.answer {
                Some(answer) => answer,
                none => match pager.request() {
                    Some(request) => none.insert((this.send)(request)),
                    None => return Poll::Ready(None),
                },
            };
            let result = ready!(answer.as_mut().poll(cx));
            this.answer = None;
            match result {
                Ok(response) => {
                    this.before = Some(pager.position().clone());
                    let Page { items, errors } = pager.take(response);
                    this.errors.extend(errors);
                    // A page that has nothing new is no news.
                    if !items.is_empty() {
                        return Poll::Ready(Some(Ok(items)));
                    }
                }
                Err(error) => {
                    if matches!(error, Error::InvalidRequest(_) | Error::Unusable(_)) {
                        pager.end();
                    }
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

// Nothing in it is pinned: the answer is boxed.
impl<O: Paged> Unpin for Pages<O> {}

impl<O: Paged> fmt::Debug for Pages<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("position", &self.position().map(|position| position.to_string()))
            .finish_non_exhaustive()
    }
}

/// The elements of a history, one by one: the stream of [`Pages`], page after page.
#[must_use = "a stream does nothing before it is polled"]
pub struct Items<O: Paged> {
    pages: Pages<O>,
    page: std::vec::IntoIter<O::Item>,
    /// How many of its elements have been handed out.
    taken: u64,
}

impl<O: Paged> From<Pages<O>> for Items<O> {
    fn from(pages: Pages<O>) -> Self {
        Self {
            pages,
            page: Vec::new().into_iter(),
            taken: 0,
        }
    }
}

impl<O: Paged> Items<O> {
    /// Goes on from a position, as [`Pages::resume`] does.
    pub fn resume(self, position: Position) -> Self {
        self.pages.resume(position).into()
    }

    /// Asks for at most so much time at once: see [`Pager::window`].
    pub fn window(self, window: Duration) -> Self {
        self.pages.window(window).into()
    }

    /// How far it has come, within a page too: what a new stream of the same request goes on from. Within a page of a list
    /// that changes at its front, as histories by page number do, the page number is the same and its elements may not be.
    pub fn position(&self) -> Option<Position> {
        match &self.pages.before {
            Some(before) if self.page.len() > 0 => {
                let mut position = before.clone();
                position.skip += self.taken;
                position.items += self.taken;
                Some(position)
            }
            _ => self.pages.position(),
        }
    }

    /// How far the pages have come, in numbers. Elements of a page count as soon as it was answered.
    pub fn progress(&self) -> Option<Progress> {
        self.pages.progress()
    }

    /// The next of them: `StreamExt::next`, for those who have it not in scope.
    pub async fn next(&mut self) -> Option<<Self as Stream>::Item> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<O: Paged> Stream for Items<O> {
    type Item = Result<O::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.page.next() {
                this.taken += 1;
                return Poll::Ready(Some(Ok(item)));
            }
            let next = ready!(Pin::new(&mut this.pages).poll_next(cx));
            match next {
                Some(Ok(page)) => {
                    this.taken = 0;
                    this.page = page.into_iter();
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<O: Paged> Unpin for Items<O> {}

impl<O: Paged> fmt::Debug for Items<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}
