//! A WebSocket connection: the handshake's second half, and the task that serves it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::SinkExt as _;
use futures_util::stream::{SplitSink, StreamExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role as Peer, WebSocketConfig};

use crate::clock::TimeUnit;
use crate::faults::{Incoming, Plan};
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

type Sink<S> = SplitSink<WebSocketStream<S>, Message>;

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
    let (id, settings) = {
        let mut state = shared.lock();
        state.records.counts.websockets += 1;
        state.records.counts.open_websockets += 1;
        let id = state.records.counts.websockets;
        state.connections.insert(id, Connection { outbound, unit, role });
        (id, state.settings.clone())
    };
    let task = Task {
        shared: Arc::clone(&shared),
        id,
        path,
        frames_per_second: settings.stream_frames_per_second,
        window: (Instant::now(), 0),
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
}

impl Task {
    async fn run<S: Transport>(
        mut self,
        socket: WebSocketStream<S>,
        mut inbox: UnboundedReceiver<Outbound>,
        ping_every: Option<Duration>,
        close_after: Option<Duration>,
    ) {
        let (mut sink, mut source) = socket.split();
        let started = Instant::now();
        let mut pings = ping_every.filter(|every| !every.is_zero()).map(|every| {
            let mut ticks = interval_at(started + every, every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        let mut close_at = close_after.map(|after| started + after);
        // After our close frame only the client's is waited for.
        let mut closing = false;
        loop {
            let next_ping = async {
                match &mut pings {
                    Some(ticks) => {
                        ticks.tick().await;
                    }
                    None => std::future::pending().await,
                }
            };
            // In this order, so that a simulated run can be repeated.
            let sent = tokio::select! {
                biased;
                outbound = inbox.recv() => match outbound {
                    None | Some(Outbound::Cut) => return,
                    Some(_) if closing => Ok(()),
                    Some(outbound) => {
                        closing = matches!(outbound, Outbound::Close { .. });
                        send(&mut sink, outbound).await
                    }
                },
                message = source.next() => match message {
                    None | Some(Err(_)) => return,
                    Some(Ok(message)) => {
                        self.received(message);
                        Ok(())
                    }
                },
                () = next_ping, if !closing => {
                    let now_ms = self.shared.lock().clock.now_us().div_euclid(1000);
                    send(&mut sink, Outbound::Ping(now_ms.to_string().into_bytes())).await
                }
                () = at(close_at), if !closing => {
                    close_at = None;
                    closing = true;
                    let reason = "connection lifetime is over".to_owned();
                    send(&mut sink, Outbound::Close { code: GOING_AWAY, reason }).await
                }
            };
            if sent.is_err() {
                return;
            }
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

async fn send<S: Transport>(sink: &mut Sink<S>, outbound: Outbound) -> Result<(), ()> {
    let message = match outbound {
        Outbound::Text(text) => Message::text(text),
        Outbound::Ping(payload) => Message::Ping(payload.into()),
        Outbound::Close { code, reason } => Message::Close(Some(CloseFrame {
            code: code.into(),
            reason: reason.into(),
        })),
        Outbound::Cut => return Err(()),
    };
    sink.send(message).await.map_err(|_| ())
}
