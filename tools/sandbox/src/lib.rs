//! A small exchange over real loopback sockets, for tests, examples and documentation.
//!
//! It offers the REST API, the WebSocket API and the market data streams of a spot exchange on
//! one port of 127.0.0.1: it verifies signatures, counts request weight, matches orders, reports
//! on user data streams, and does wrong on demand. It has the specs as data in common with the
//! clients that it is there to test, and nothing else: it reads HTTP by itself and verifies
//! signatures with other cryptography. It is not published.
//!
//! # What it serves
//!
//! | transport | what |
//! |---|---|
//! | REST | `GET` `/api/v3/` `ping`, `time`, `exchangeInfo`, `depth`, `account`, `rateLimit/order`, `order`, `openOrders`, `myTrades`; `POST` `order`, `order/test`, `order/cancelReplace`; `DELETE` `order` |
//! | WebSocket API | the methods of these, sessions (`session.logon`, `session.status`, `session.logout`), user data (`userDataStream.subscribe`, `.subscribe.signature`, `.unsubscribe`, `session.subscriptions`) |
//! | streams | `/ws` and `/stream`, the commands on a connection; of a symbol: `@trade`, `@aggTrade`, `@depth`, `@depth@100ms`, `@bookTicker`, `@miniTicker`, `@avgPrice`, `@kline_<interval>` |
//!
//! Every other REST operation of every product, and every method of the WebSocket APIs of Spot, USDⓈ-M and COIN-M, is checked
//! by what the specs say of it, and answered with a documented answer or an example that has the request's values in it; what
//! was made is found by the query that belongs to it. Every other stream speaks at each tick of the market, by a documented
//! event or an example. All are on one port, at the paths that they have at the exchange: `/ws-fapi/v1`,
//! `/market/stream?streams=…`. Streams of products without a path of their own have the product's name in front:
//! `/coin-futures/ws`. A path that no product has is answered with 404.
//!
//! Books move when orders rest, trade or are canceled;
//! [`Builder::market_data_every`] adds events that leave the books as they are.
//!
//! It touches sockets on the loopback interface only, no files, and no clock but the system's,
//! which a test may shift. It runs on a thread of its own, so that it serves blocking tests as
//! well as those on any runtime, and it ends when its handle is dropped.
//!
//! ```
//! use std::io::{Read, Write};
//! use binance_wire_sandbox::{Exchange, Fault};
//!
//! let exchange = Exchange::start();
//! exchange.inject(Fault::RateLimited { retry_after: 7 });
//!
//! let mut stream = std::net::TcpStream::connect(exchange.address())?;
//! stream.write_all(b"GET /api/v3/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 429 "));
//! assert!(answer.contains("Retry-After: 7\r\n"));
//! assert_eq!(exchange.requests()[0].path, "/api/v3/ping");
//! # Ok::<(), std::io::Error>(())
//! ```

mod account;
mod catalog;
mod clock;
mod depth;
mod embedded;
mod error;
mod exchange;
mod faults;
mod http;
mod limits;
mod listen_keys;
mod params;
mod record;
mod rest;
mod sbe;
mod server;
mod signature;
mod spot;
mod state;
mod streams;
mod websocket;
mod ws_api;

pub use account::{KeyError, keys};
pub use depth::{Delivery, DepthChange, DepthState, LevelUnits};
pub use embedded::OrderSide;
pub use exchange::{Builder, Exchange, Key, StartError};
pub use faults::{Cut, Fault, Incoming, Injection};
pub use record::{
    BookView, Breaches, Counts, FillView, OrderView, ReceivedFrame, ReceivedPong, ReceivedRequest,
};
