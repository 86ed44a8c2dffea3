//! A WebSocket connection: the handshake's second half, and the task that serves it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role as Peer, WebSocketConfig};

use crate::clock::TimeUnit;
use crate::faults::{Fault, Incoming, Plan, spoil_event};
use crate::http::Response;
use crate::record::{ReceivedFrame, ReceivedPong, ReceivedRequest};
use crate::server::Transport;
use crate::state::{Connection, Outbound, Role, Shared};
use crate::{streams, ws_api};

const MAX_MESSAGE: usize = 1024 * 1024;
/// Close code of a planned end.
const GOING_AWAY: u16 = 1001;
/// Close code for a client that breaks the rules.
const POLICY: u16 = 1008;

/// The 101 answer, when the request is a WebSocket handshake.
pub(crate) fn switch(request: &ReceivedRequest) -> Option<Response> {
    let upgrades = request
        .header("upgrade")
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    let key = request
        .header("sec-websocket-key")
        .filter(|_| upgrades && request.method == "GET")?;
    let mut response = Response {
        status: 101,
        ..Response::default()
    };
    response.header("Upgrade", "websocket");
    response.header("Sec-WebSocket-Accept", derive_accept_key(key.as_bytes()));
    Some(response)
}

/// What may wait to be sent to a client that does not read; then it is cut off.
const MAX_BACKLOG: usize = 16 << 20;

/// The bytes of events that wait to be sent on a connection.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    bytes: AtomicUsize,
    full: Notify,
}

impl Backlog {
    /// Counts an event; whether there is room for it. Where there is none, the connection ends.
    pub(crate) fn add(&self, bytes: usize) -> bool {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= MAX_BACKLOG;
        if !fits {
            self.full.notify_one();
        }
        fits
    }

    /// How many bytes wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    fn sent(&self, bytes: usize) {
        // Answers are not counted, but sent.
        let less = |before: usize| Some(before.saturating_sub(bytes));
        let _ = self
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

/// Serves an established connection until it ends.
pub(crate) async fn serve<S: Transport>(
    shared: Arc<Shared>,
    stream: S,
    leftover: Vec<u8>,
    path: String,
    role: Role,
    unit: TimeUnit,
) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let socket = WebSocketStream::from_partially_read(stream, leftover, Peer::Server, Some(config)).await;
    let (outbound, inbox) = unbounded_channel();
    let backlog = Arc::new(Backlog::default());
    let (id, settings) = {
        let mut state = shared.lock();
        state.records.counts.websockets += 1;
        state.records.counts.open_websockets += 1;
        let id = state.records.counts.websockets;
        let connection = Connection {
            outbound,
            backlog: Arc::clone(&backlog),
            unit,
            role,
        };
        state.connections.insert(id, connection);
        (id, state.settings.clone())
    };
    let task = Task {
        shared: Arc::clone(&shared),
        id,
        path,
        frames_per_second: settings.stream_frames_per_second,
        window: (Instant::now(), 0),
        backlog,
        lag: Duration::ZERO,
        late: VecDeque::new(),
    };
    task.run(socket, inbox, settings.ping_interval, settings.close_after)
        .await;
    let mut state = shared.lock();
    state.connections.remove(&id);
    state.depth.closed(id);
    state.records.counts.open_websockets = state.records.counts.open_websockets.saturating_sub(1);
}

/// Completes when told to, or never.
async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

struct Task {
    shared: Arc<Shared>,
    id: u64,
    path: String,
    frames_per_second: Option<u32>,
    /// Begin of the running second, and frames received in it.
    window: (Instant, u32),
    backlog: Arc<Backlog>,
    /// How much later everything is sent.
    lag: Duration,
    /// What is sent later, and when.
    late: VecDeque<(Instant, Outbound)>,
}

/// Whether a connection goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Open,
    /// Only the client's close frame is waited for.
    Closing,
    Ended,
    /// Open, and silent for ever.
    Silent,
}

impl Task {
    async fn run<S: Transport>(
        mut self,
        mut socket: WebSocketStream<S>,
        mut inbox: UnboundedReceiver<Outbound>,
        ping_every: Option<Duration>,
        close_after: Option<Duration>,
    ) {
        let started = Instant::now();
        let mut pings = ping_every.filter(|every| !every.is_zero()).map(|every| {
            let mut ticks = interval_at(started + every, every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        let mut close_at = close_after.map(|after| started + after);
        let mut next = Next::Open;
        loop {
            let closing = next == Next::Closing;
            let next_ping = async {
                match &mut pings {
                    Some(ticks) => {
                        ticks.tick().await;
                    }
                    None => std::future::pending().await,
                }
            };
            let due = self.late.front().map(|(at, _)| *at);
            // In this order, so that a simulated run can be repeated.
            let after = tokio::select! {
                biased;
                outbound = inbox.recv() => match outbound {
                    None => Next::Ended,
                    Some(_) if closing => Next::Closing,
                    Some(outbound) => self.outbound(&mut socket, outbound).await,
                },
                () = at(due), if !closing => match self.late.pop_front() {
                    Some((_, outbound)) => self.send(&mut socket, outbound).await,
                    None => Next::Open,
                },
                message = socket.next() => match message {
                    None | Some(Err(_)) => Next::Ended,
                    Some(Ok(message)) => {
                        self.received(message);
                        next
                    }
                },
                () = next_ping, if !closing => {
                    let now_ms = self.shared.lock().clock.now_us().div_euclid(1000);
                    self.send(&mut socket, Outbound::Ping(now_ms.to_string().into_bytes())).await
                }
                () = at(close_at), if !closing => {
                    close_at = None;
                    let reason = "connection lifetime is over".to_owned();
                    self.send(&mut socket, Outbound::Close { code: GOING_AWAY, reason }).await
                }
            };
            next = after;
            match next {
                Next::Open | Next::Closing => {}
                Next::Ended => return,
                Next::Silent => return swallow(socket.get_mut()).await,
            }
        }
    }

    /// Sends what there is to send, with what goes wrong with it, now or later.
    async fn outbound<S: Transport>(&mut self, socket: &mut WebSocketStream<S>, outbound: Outbound) -> Next {
        for outbound in self.with_faults(outbound) {
            if let Outbound::Lag(late) = outbound {
                self.lag = late;
                continue;
            }
            if !self.lag.is_zero() || !self.late.is_empty() {
                self.late.push_back((Instant::now() + self.lag, outbound));
                continue;
            }
            let next = self.send(socket, outbound).await;
            if next != Next::Open {
                return next;
            }
        }
        Next::Open
    }

    /// What becomes of an event where faults wait for events.
    fn with_faults(&self, outbound: Outbound) -> Vec<Outbound> {
        let Outbound::Text(text) = outbound else {
            return vec![outbound];
        };
        let mut state = self.shared.lock();
        if !state.faults.await_events() {
            return vec![Outbound::Text(text)];
        }
        let Some(kind) = event_type(&text) else {
            return vec![Outbound::Text(text)];
        };
        let faults = state.faults.take_of_event(&kind);
        let mut sent = vec![Outbound::Text(text)];
        for fault in faults {
            if fault.is_of_exchange() && !matches!(fault, Fault::Lag(_)) {
                state.happen(&fault);
                continue;
            }
            let spoil = |outbound| match outbound {
                Outbound::Text(text) => spoil_event(&fault, text),
                other => vec![other],
            };
            sent = sent.into_iter().flat_map(spoil).collect();
        }
        sent
    }

    async fn send<S: Transport>(&self, socket: &mut WebSocketStream<S>, outbound: Outbound) -> Next {
        let message = match outbound {
            Outbound::Text(text) => Message::text(text),
            Outbound::Ping(payload) => Message::Ping(payload.into()),
            Outbound::Close { code, reason } => Message::Close(Some(CloseFrame {
                code: code.into(),
                reason: reason.into(),
            })),
            Outbound::Raw(bytes) => {
                let stream = socket.get_mut();
                let sent = stream.write_all(&bytes).await.is_ok() && stream.flush().await.is_ok();
                return if sent { Next::Open } else { Next::Ended };
            }
            Outbound::Lag(_) => return Next::Open,
            Outbound::Silence => return Next::Silent,
            Outbound::Cut => return Next::Ended,
        };
        let (bytes, closes) = (message.len(), message.is_close());
        let sent = tokio::select! {
            biased;
            sent = socket.send(message) => sent.is_ok(),
            // It does not read, and too much waits for it.
            () = self.backlog.full.notified() => false,
        };
        self.backlog.sent(bytes);
        match (sent, closes) {
            (false, _) => Next::Ended,
            (true, true) => Next::Closing,
            (true, false) => Next::Open,
        }
    }

    fn received(&mut self, message: Message) {
        if matches!(message, Message::Text(_) | Message::Ping(_) | Message::Pong(_)) && self.is_too_fast() {
            let reason = "Too many requests".to_owned();
            let mut state = self.shared.lock();
            state.counters.breaches.control_messages += 1;
            state.send_to(self.id, Outbound::Close { code: POLICY, reason });
            return;
        }
        match message {
            Message::Text(text) => self.text(text.as_str()),
            Message::Pong(payload) => {
                let pong = ReceivedPong {
                    connection: self.id,
                    payload: payload.to_vec(),
                };
                self.shared.lock().records.pong(pong);
            }
            // Pings are answered by the library; binary frames mean nothing here.
            _ => {}
        }
    }

    /// Counts a frame against the limit for stream connections.
    fn is_too_fast(&mut self) -> bool {
        let Some(limit) = self.frames_per_second else {
            return false;
        };
        if self.path.starts_with("/ws-api") {
            return false;
        }
        let now = Instant::now();
        let (begin, count) = &mut self.window;
        if now.duration_since(*begin) >= Duration::from_secs(1) {
            (*begin, *count) = (now, 0);
        }
        *count += 1;
        *count > limit
    }

    fn text(&self, text: &str) {
        let mut state = self.shared.lock();
        let frame = ReceivedFrame {
            connection: self.id,
            path: self.path.clone(),
            text: text.to_owned(),
        };
        state.records.frame(frame);
        let is_api = matches!(
            state.connections.get(&self.id),
            Some(Connection {
                role: Role::WsApi(_),
                ..
            })
        );
        let request = if is_api {
            Request::Api(ws_api::read(text))
        } else {
            Request::Stream(streams::read(text))
        };
        let method = request.method().unwrap_or_default();
        let plan = state.faults.take(Incoming::Method(method));
        for fault in &plan.of_exchange {
            state.happen(fault);
        }
        if plan.delay.is_zero() {
            request.process(&mut state, self.id, &plan);
            return;
        }
        // Requests that come after a slow one do not wait for it.
        let (shared, id) = (Arc::clone(&self.shared), self.id);
        tokio::spawn(async move {
            tokio::time::sleep(plan.delay).await;
            request.process(&mut shared.lock(), id, &plan);
        });
    }
}

/// A text frame, read for what its connection is for.
enum Request {
    Api(Result<ws_api::Frame, Box<ws_api::Unreadable>>),
    Stream(Result<streams::Command, streams::CommandError>),
}

impl Request {
    fn method(&self) -> Option<&str> {
        match self {
            Request::Api(frame) => frame.as_ref().ok().map(|frame| frame.method.as_str()),
            Request::Stream(command) => command.as_ref().ok().map(|command| command.method.as_str()),
        }
    }

    fn process(self, state: &mut crate::state::State, connection: u64, plan: &Plan) {
        match self {
            Request::Api(frame) => ws_api::process(state, connection, frame, plan),
            Request::Stream(command) => streams::process(state, connection, command, plan),
        }
    }
}

/// Reads what a client sends and says nothing, until it goes away.
pub(crate) async fn swallow<S: Transport>(stream: &mut S) {
    let mut scratch = [0; 4096];
    while matches!(stream.read(&mut scratch).await, Ok(read) if read > 0) {}
}

/// The type of an event, within what wraps it; `None` for what is none.
fn event_type(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    let wrapped = value.get("data").or_else(|| value.get("event")).unwrap_or(&value);
    let event = match wrapped {
        Value::Array(events) => events.first()?,
        event => event,
    };
    match event.get("e") {
        Some(kind) => kind.as_str().map(str::to_owned),
        // Spot's book tickers and partial books have none.
        None if value.get("stream").is_some() => Some(String::new()),
        None => None,
    }
}
