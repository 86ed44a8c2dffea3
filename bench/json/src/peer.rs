//! binance-sdk's own code, driven without a network.
//!
//! Its handlers are public: a frame is handed to the one that its connection would call, and the typed value arrives
//! in the callback that was registered through its public interface. What its socket task does around that (a lock, a
//! second emission of the text to whoever listens to all events) is left out, to its favour.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Waker};

use binance_sdk::common::websocket::{
    WebsocketApi, WebsocketBase, WebsocketConnection, WebsocketHandler, WebsocketStreams,
    create_stream_handler,
};
use binance_sdk::config::{ConfigurationWebsocketApi, ConfigurationWebsocketStreams};
use tokio::runtime::Runtime;

/// What may be the type of its event.
pub trait Event: serde::de::DeserializeOwned + Send + Sync + 'static {}
impl<T: serde::de::DeserializeOwned + Send + Sync + 'static> Event for T {}

/// A connection that was never opened, and what reached the callbacks.
struct Connection {
    /// The SDK spawns tasks for reconnecting when it is built; they are never polled.
    runtime: Runtime,
    connection: Arc<WebsocketConnection>,
    received: Arc<AtomicU64>,
}

impl Connection {
    fn new() -> Self {
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .expect("a runtime"),
            connection: WebsocketConnection::new("bench"),
            received: Arc::default(),
        }
    }

    /// Registers a callback through the SDK's public interface.
    fn subscribe<T: Event>(&self, base: WebsocketBase, stream: &str) {
        let stream = self
            .runtime
            .block_on(create_stream_handler::<T>(base, stream.to_owned(), None, None));
        let received = Arc::clone(&self.received);
        stream.on_message(move |event| {
            black_box(&event);
            received.fetch_add(1, Relaxed);
        });
    }

    /// As the socket's task does it: the text is copied out of the frame, and copied again for the handler.
    fn receive(&self, handler: &dyn WebsocketHandler, frame: &str) {
        let text = frame.to_owned();
        let mut handling = handler.on_message(text.clone(), Arc::clone(&self.connection));
        // Nobody else holds the handler's locks, so it has nothing to wait for.
        let state = handling.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(state.is_ready(), "the SDK's handler waits");
        drop(handling);
        black_box(text);
    }

    /// Makes sure that a frame does reach the callback.
    fn check(&self, handler: &dyn WebsocketHandler, frame: &str) {
        let before = self.received.load(Relaxed);
        self.receive(handler, frame);
        assert_eq!(
            self.received.load(Relaxed),
            before + 1,
            "the SDK did not understand {frame}"
        );
    }
}

/// Its client of market streams.
pub struct Streams {
    connection: Connection,
    handler: Arc<WebsocketStreams>,
}

impl Streams {
    pub fn new() -> Self {
        let connection = Connection::new();
        let settings = ConfigurationWebsocketStreams::builder()
            .build()
            .expect("settings");
        let handler = {
            let _entered = connection.runtime.enter();
            WebsocketStreams::new(settings, vec![Arc::clone(&connection.connection)], Vec::new())
        };
        Self { connection, handler }
    }

    pub fn subscribe<T: Event>(&self, stream: &str) {
        let base = WebsocketBase::WebsocketStreams(Arc::clone(&self.handler));
        self.connection.subscribe::<T>(base, stream);
    }

    pub fn receive(&self, frame: &str) {
        self.connection.receive(&*self.handler, frame);
    }

    pub fn check(&self, frame: &str) {
        self.connection.check(&*self.handler, frame);
    }
}

/// Its client of the WebSocket API.
pub struct Api {
    connection: Connection,
    handler: Arc<WebsocketApi>,
}

impl Api {
    pub fn new() -> Self {
        let connection = Connection::new();
        let settings = ConfigurationWebsocketApi::builder()
            .api_key("key")
            .api_secret("secret")
            .build()
            .expect("settings");
        let handler = {
            let _entered = connection.runtime.enter();
            WebsocketApi::new(settings, vec![Arc::clone(&connection.connection)])
        };
        Self { connection, handler }
    }

    pub fn subscribe<T: Event>(&self) {
        let base = WebsocketBase::WebsocketApi(Arc::clone(&self.handler));
        self.connection.subscribe::<T>(base, "user data");
    }

    pub fn receive(&self, frame: &str) {
        self.connection.receive(&*self.handler, frame);
    }

    pub fn check(&self, frame: &str) {
        self.connection.check(&*self.handler, frame);
    }
}

/// What it does with the body of an answer: checked and copied to a string, copied again for the closure that the
/// caller gets, and parsed when that is called. This part of the SDK needs a server, so its steps are repeated here.
pub fn body<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let content = String::from_utf8(bytes.to_vec()).expect("the body is UTF-8");
    let raw = content.clone();
    let parsed = serde_json::from_str(&raw);
    black_box(&content);
    parsed
}
