//! Calls without async: for scripts, notebooks and programs that have no runtime.
//!
//! The same client, requests and answers; only the waiting differs. The first call starts one thread for the whole
//! process, which looks after the connections; calls run on the thread that makes them.
//!
//! A call on a thread of tokio (in a task, in `block_on`, and in `spawn_blocking` too) is an error and not a deadlock:
//! there the async methods are the ones to use.
//!
//! ```
//! # mod call {
//! #     pub const PRODUCT: &str = "spot";
//! #     pub struct Call<T, O> { pub transport: T, pub request: O }
//! # }
//! # binance_wire_core::request! {
//! #     /// The exchange's time.
//! #     pub struct ServerTime -> binance_wire_core::RawJson {}
//! #     credit |_| binance_wire_core::Credit::ip(1);
//! #     rest Get "/api/v3/time" { id: "time", }
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::io::{Read as _, Write as _};
//! # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let url = format!("http://{}", server.local_addr()?);
//! # std::thread::spawn(move || {
//! #     let (mut peer, _) = server.accept()?;
//! #     let _ = peer.read(&mut [0; 4096])?;
//! #     peer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"serverTime\":1}")
//! # });
//! let client = binance_wire_rest::Client::builder([url]).build()?.blocking();
//! let time = client.send(&ServerTime::new())?;
//! assert_eq!(time.as_str(), r#"{"serverTime":1}"#);
//! # Ok(())
//! # }
//! ```

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use binance_wire_core::paging::{Items, Paged, Pages, Position, Progress};
use binance_wire_core::{CallOptions, Error, Fate, Reconcile, RestOperation, Unresolved};
use tokio::runtime::{Builder, Handle};

use crate::Response;
use crate::reconcile::Found;

/// Sends request values and waits for the answers. Made by [`Client::blocking`](crate::Client::blocking), with which it
/// shares connections, clock and counters; cloning is cheap.
#[derive(Clone, Debug)]
pub struct Client {
    inner: crate::Client,
}

impl Client {
    /// Sends a request and waits for its typed result.
    ///
    /// # Errors
    /// As the async [`send`](crate::Client::send), and [`Error::Unusable`] on a thread of tokio.
    pub fn send<O: RestOperation>(&self, operation: &O) -> Result<O::Response, Error> {
        wait(self.inner.send(operation))?
    }

    /// Like [`send`](Self::send), and also returns status, headers, rate-limit counters and the raw body.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_detailed<O: RestOperation>(&self, operation: &O) -> Result<Response<O::Response>, Error> {
        wait(self.inner.send_detailed(operation))?
    }

    /// Finds out what became of a mutation `O` whose fate is unknown ([`Error::unresolved`]), and waits until that is
    /// certain: see the async [`reconcile`](crate::Client::reconcile).
    ///
    /// # Errors
    /// As the async method, and [`Error::Unusable`] on a thread of tokio.
    pub fn reconcile<O>(&self, unresolved: &Unresolved) -> Result<Fate<Found<O>>, Error>
    where
        O: Reconcile<Query: RestOperation> + RestOperation,
    {
        wait(self.inner.reconcile::<O>(unresolved))?
    }

    /// As [`reconcile`](Self::reconcile), for each element of a batch, in order.
    ///
    /// # Errors
    /// As [`reconcile`](Self::reconcile).
    pub fn reconcile_each<O>(&self, unresolved: &Unresolved) -> Result<Vec<Fate<Found<O>>>, Error>
    where
        O: Reconcile<Query: RestOperation> + RestOperation,
    {
        wait(self.inner.reconcile_each::<O>(unresolved))?
    }

    /// The same client, connections and counters, with settings of their own for the calls that are made with it.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            inner: self.inner.with_options(options),
        }
    }

    /// Ends the client and all its clones, and waits for the requests under way for as long as `limit`: see the async
    /// [`shutdown`](crate::Client::shutdown). Returns whether all of them came to their end.
    ///
    /// # Errors
    /// [`Error::Unusable`] on a thread of tokio; nothing has ended then.
    pub fn shutdown(&self, limit: Duration) -> Result<bool, Error> {
        wait(self.inner.shutdown(limit))
    }

    /// The pages of a history, each fetched when the iterator is asked for it.
    pub fn pages<O: Paged + RestOperation>(&self, request: O) -> Iter<Pages<O>> {
        Iter(self.inner.pages(request))
    }

    /// The elements of a history one by one, fetched page by page.
    pub fn items<O: Paged + RestOperation>(&self, request: O) -> Iter<Items<O>> {
        Iter(self.inner.items(request))
    }
}

impl crate::Client {
    /// The same client for code that is not async: see [`blocking`](crate::blocking).
    pub fn blocking(&self) -> Client {
        Client { inner: self.clone() }
    }
}

/// A request that is ready to be sent by a blocking client. Made by `blocking` of a call.
#[derive(Clone, Debug)]
#[must_use = "a call does nothing before it is sent"]
pub struct Call<O> {
    client: Client,
    request: O,
}

impl<O> Call<O> {
    /// A request for a client. For crates of products.
    pub fn new(client: Client, request: O) -> Self {
        Self { client, request }
    }
}

impl<O: RestOperation> Call<O> {
    /// Sends the request and waits for its typed result.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn send(&self) -> Result<O::Response, Error> {
        self.client.send(&self.request)
    }

    /// Sends the request and waits for the answer with its status, rate limits, headers and raw body.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn send_detailed(&self) -> Result<Response<O::Response>, Error> {
        self.client.send_detailed(&self.request)
    }

    /// The pages of the history that the request begins, each fetched when the iterator is asked for it.
    pub fn pages(self) -> Iter<Pages<O>>
    where
        O: Paged,
    {
        self.client.pages(self.request)
    }

    /// The elements of the history that the request begins, fetched page by page.
    pub fn items(self) -> Iter<Items<O>>
    where
        O: Paged,
    {
        self.client.items(self.request)
    }
}

/// The pages or the elements of a history as an iterator, which waits for what it fetches. Like the stream inside, it goes
/// on after errors: see [`Pages`].
#[derive(Debug)]
#[must_use = "an iterator does nothing before it is asked for an element"]
pub struct Iter<S>(S);

impl<O: Paged> Iter<Pages<O>> {
    /// Goes on from a position, as [`Pages::resume`] does.
    pub fn resume(self, position: Position) -> Self {
        Self(self.0.resume(position))
    }
}

impl<O: Paged> Iter<Items<O>> {
    /// Goes on from a position, as [`Items::resume`] does.
    pub fn resume(self, position: Position) -> Self {
        Self(self.0.resume(position))
    }
}

/// What both streams say of themselves.
macro_rules! iterate {
    ($stream:ident, $item:ty) => {
        impl<O: Paged> Iter<$stream<O>> {
            /// How far it has come: what a new iterator or stream of the same request goes on from.
            pub fn position(&self) -> Option<Position> {
                self.0.position()
            }

            /// How far it has come, in numbers.
            pub fn progress(&self) -> Option<Progress> {
                self.0.progress()
            }
        }

        impl<O: Paged> Iterator for Iter<$stream<O>> {
            type Item = Result<$item, Error>;

            fn next(&mut self) -> Option<Self::Item> {
                wait(self.0.next()).unwrap_or_else(|error| Some(Err(error)))
            }
        }
    };
}

iterate!(Pages, Vec<O::Item>);
iterate!(Items, O::Item);

/// Runs a future to its end on this thread, while the process's own runtime drives its connections.
fn wait<T>(future: impl Future<Output = T>) -> Result<T, Error> {
    if Handle::try_current().is_ok() {
        return Err(Error::Unusable(
            "a blocking call on a thread of tokio would block it: use the async method".to_owned(),
        ));
    }
    Ok(driver()?.block_on(future))
}

/// The runtime that drives connections, on a thread of its own that lives as long as the process.
fn driver() -> Result<&'static Handle, Error> {
    static DRIVER: OnceLock<Result<Handle, String>> = OnceLock::new();
    let driver = DRIVER.get_or_init(|| {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let handle = runtime.handle().clone();
        std::thread::Builder::new()
            .name("binance-wire-blocking".to_owned())
            .spawn(move || runtime.block_on(std::future::pending::<()>()))
            .map_err(|error| error.to_string())?;
        Ok(handle)
    });
    driver
        .as_ref()
        .map_err(|error| Error::Unusable(format!("no thread for blocking calls: {error}")))
}
