//! The accept loop and the HTTP side of each connection, where faults take hold.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::clock::TimeUnit;
use crate::error::Refusal;
use crate::exchange::Exchange;
use crate::faults::{Cut, Fault, Incoming, Plan, spoil_response};
use crate::http::{ReadError, Reader, Response};
use crate::record::ReceivedRequest;
use crate::state::{Role, Shared, State};
use crate::{catalog, control, futures, listen_keys, rest, streams, tls, websocket, ws_api};

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Accepts connections for ever.
pub(crate) async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    tokio::spawn(futures::keep_time(Arc::clone(&shared)));
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of descriptors, as a rule; the next attempt may do.
            sleep(Duration::from_millis(5)).await;
            continue;
        };
        // Small answers should not wait for more to come.
        let _ = stream.set_nodelay(true);
        tokio::spawn(greet(Arc::clone(&shared), acceptor.clone(), stream, peer));
    }
}

/// Serves a connection with TLS where its first byte asks for it, and without it otherwise.
async fn greet(shared: Arc<Shared>, acceptor: TlsAcceptor, stream: TcpStream, peer: SocketAddr) {
    let mut first = [0];
    // A client that sends nothing is served as one that has yet to decide: by the same wait.
    let is_hello = matches!(stream.peek(&mut first).await, Ok(1)) && tls::is_hello(first[0]);
    if !is_hello {
        serve(shared, stream, peer).await;
        return;
    }
    if shared.lock().faults.take_hung_tls() {
        let mut stream = stream;
        websocket::swallow(&mut stream).await;
        return;
    }
    // A client that does not trust the certificate goes away here.
    if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
        serve(shared, stream, peer).await;
    }
}

/// Gives every subscribed stream an event now and then.
pub(crate) async fn tick_market(shared: Arc<Shared>, every: Duration) {
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(1)));
    loop {
        ticks.tick().await;
        shared.lock().tick_market();
    }
}

/// Moves prices now and then.
pub(crate) async fn move_market(exchange: Exchange, every: Duration) {
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        exchange.move_market();
    }
}

/// What a connection runs over.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Transport for S {}

/// Serves a connection that has just been made, until it ends.
pub(crate) async fn serve<S: Transport>(shared: Arc<Shared>, stream: S, peer: SocketAddr) {
    {
        let mut state = shared.lock();
        state.records.counts.accepted += 1;
        if state.faults.take_cut_on_accept() {
            return;
        }
        state.records.counts.open += 1;
    }
    requests(&shared, stream, peer.ip()).await;
    let mut state = shared.lock();
    state.records.counts.open = state.records.counts.open.saturating_sub(1);
}

/// What becomes of a request.
enum Outcome {
    Answer(Response),
    Upgrade(Response, Role, TimeUnit),
}

async fn requests<S: Transport>(shared: &Arc<Shared>, mut stream: S, address: IpAddr) {
    let mut reader = Reader::default();
    loop {
        let request = match reader.request(&mut stream).await {
            Ok(request) => request,
            Err(ReadError::Closed) => return,
            Err(ReadError::Malformed(what)) => {
                let _ = Response::new(400, "text/plain", what)
                    .send(&mut stream, false, None)
                    .await;
                return;
            }
        };
        if let Some(response) = control::respond(shared, &request) {
            let keep_alive = !asks_to_close(&request);
            if response.send(&mut stream, keep_alive, None).await.is_err() {
                return;
            }
            if !keep_alive {
                let _ = stream.shutdown().await;
                return;
            }
            continue;
        }
        let plan = {
            let mut state = shared.lock();
            state.records.counts.http_requests += 1;
            state.records.request(&request);
            let plan = state.faults.take(Incoming::Http {
                method: &request.method,
                path: &request.path,
            });
            for fault in &plan.of_exchange {
                state.happen(fault);
            }
            plan
        };
        if !plan.delay.is_zero() {
            sleep(plan.delay).await;
        }
        // The lock must be gone before anything is sent.
        let decided = decide(&mut shared.lock(), &request, address, &plan);
        let (outcome, body_limit, stray) = match decided {
            Decision::Cut => return,
            Decision::Silence => return websocket::swallow(&mut stream).await,
            Decision::Reply {
                outcome,
                body_limit,
                stray,
            } => (outcome, body_limit, stray),
        };
        match outcome {
            Outcome::Answer(response) => {
                let keep_alive = !asks_to_close(&request) && body_limit.is_none();
                // A cut answer must look like one of a server that meant to go on.
                let announced = keep_alive || body_limit.is_some();
                let sent = if stray {
                    // Both in one piece: what came after the next request would be taken for the answer to that.
                    let mut both = Vec::new();
                    let nobodys = Response::json(200, &serde_json::json!({}));
                    let written = response.send(&mut both, announced, body_limit).await;
                    let written = written.and(nobodys.send(&mut both, announced, None).await);
                    written
                        .and(stream.write_all(&both).await)
                        .and(stream.flush().await)
                } else {
                    response.send(&mut stream, announced, body_limit).await
                };
                if sent.is_err() {
                    return;
                }
                if !keep_alive {
                    // With TLS an end without a word is one that an attacker could have made; a cut is to look like it.
                    if body_limit.is_none() {
                        let _ = stream.shutdown().await;
                    }
                    return;
                }
            }
            Outcome::Upgrade(response, role, unit) => {
                if response.send_upgrade(&mut stream).await.is_ok() {
                    let (shared, leftover) = (Arc::clone(shared), reader.into_leftover());
                    websocket::serve(shared, stream, leftover, request.path, role, unit).await;
                }
                return;
            }
        }
    }
}

fn asks_to_close(request: &ReceivedRequest) -> bool {
    let connection = request.header("connection");
    connection.is_some_and(|value| value.to_ascii_lowercase().contains("close"))
}

/// What is done about a request.
enum Decision {
    /// The connection is cut.
    Cut,
    /// It stays open, and nothing more is said on it.
    Silence,
    Reply {
        outcome: Outcome,
        /// How much of a body is sent.
        body_limit: Option<usize>,
        /// Whether an answer that nobody asked for comes after it.
        stray: bool,
    },
}

impl Decision {
    fn reply(outcome: Outcome) -> Decision {
        Decision::Reply {
            outcome,
            body_limit: None,
            stray: false,
        }
    }
}

/// What is done about a request under a plan.
fn decide(state: &mut State, request: &ReceivedRequest, address: IpAddr, plan: &Plan) -> Decision {
    let mut right = |rejection| answer(state, request, address, rejection);
    match &plan.fault {
        Some(Fault::CutConnection(Cut::AfterProcessing)) => {
            right(None);
            Decision::Cut
        }
        Some(Fault::CutConnection(_)) => Decision::Cut,
        Some(Fault::Silence) => {
            if plan.after_processing {
                right(None);
            }
            Decision::Silence
        }
        Some(Fault::CutBody { after }) => Decision::Reply {
            outcome: right(None),
            body_limit: Some(*after),
            stray: false,
        },
        Some(Fault::StrayAnswer) => Decision::Reply {
            outcome: right(None),
            body_limit: None,
            stray: true,
        },
        Some(Fault::RejectNewOrder { code, message }) => {
            Decision::reply(right(Some(Refusal::new(*code, message.clone()))))
        }
        Some(fault) if fault.spoils() => {
            let mut outcome = right(None);
            if let Outcome::Answer(response) = &mut outcome {
                spoil_response(fault, response);
            }
            Decision::reply(outcome)
        }
        Some(fault) => {
            // First what is carried out: the headers of the false answer count it.
            let right = plan
                .after_processing
                .then(|| answer(state, request, address, None));
            let outcome = match (rest::false_answer(state, fault, address), right) {
                (Some(response), _) => Outcome::Answer(response),
                (None, Some(right)) => right,
                (None, None) => answer(state, request, address, None),
            };
            Decision::reply(outcome)
        }
        None => Decision::reply(right(None)),
    }
}

/// The right outcome of a request.
fn answer(
    state: &mut State,
    request: &ReceivedRequest,
    address: IpAddr,
    rejection: Option<Refusal>,
) -> Outcome {
    let path = request.path.as_str();
    let now_us = state.clock.now_us();
    let is_stream = catalog::streams::split(path).is_some();
    if listen_keys::is_at(path) {
        return Outcome::Answer(listen_keys::respond(state, request));
    }
    // Listen keys cost no weight, and are kept alive through a ban.
    if let Err(refusal) = state.counters.admit(address, now_us) {
        return Outcome::Answer(rest::refused(&refusal, false, now_us));
    }
    if catalog::ws_api(path).is_none() && !is_stream {
        return Outcome::Answer(rest::respond(state, request, address, rejection));
    }
    let Some(switching) = websocket::switch(request) else {
        return Outcome::Answer(Response::new(400, "text/plain", "not a WebSocket handshake"));
    };
    let opened = match state.counters.attempt(address, now_us) {
        Err(refusal) => Err(refusal),
        Ok(()) if is_stream => {
            streams::open(request).map(|(subscriptions, unit)| (Role::Streams(subscriptions), unit))
        }
        Ok(()) => ws_api::open(state, request, address).map(|(session, unit)| (Role::WsApi(session), unit)),
    };
    match opened {
        Ok((role, unit)) => Outcome::Upgrade(switching, role, unit),
        Err(refusal) => Outcome::Answer(rest::refused(&refusal, false, now_us)),
    }
}
