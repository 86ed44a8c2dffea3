//! A network in memory: connections between clients and the exchange whose bytes are late, lost, stuck or cut as a seed has it.
//!
//! Bytes of one direction of a connection keep their order, as in TCP; connections do not wait for each other, so that what
//! was sent first on one may arrive after what was sent later on another.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use binance_wire_sandbox::Exchange;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::limits::{Tap, Wire};

/// Bytes that may be under way in one direction: what send and receive buffers hold.
const CAPACITY: usize = 256 << 10;

/// What the network does to connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditions {
    /// The least time that bytes take, one way.
    pub(crate) latency: Duration,
    /// The longest that comes on top, drawn for each write.
    pub(crate) jitter: Duration,
    /// How many of a thousand attempts to connect are refused.
    pub(crate) refused: u32,
    /// How many of a thousand attempts to connect are never answered.
    pub(crate) unanswered: u32,
}

/// A way in which a connection fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Both ends see a reset at once; what was under way is lost.
    Reset,
    /// The client's bytes arrive up to the given one, then both ends see a reset: a frame is cut in two.
    ResetAfter(usize),
    /// The exchange closes its side; what it sent before arrives.
    Finish,
    /// What the client sends is stuck; the exchange is still heard.
    UpStuck,
    /// What the exchange sends is stuck; the client is still heard.
    DownStuck,
    /// Both directions are stuck.
    BothStuck,
    /// What was stuck flows again.
    Healed,
}

/// The network between clients and one exchange. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Network {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    exchange: Arc<Exchange>,
    rng: fastrand::Rng,
    conditions: Conditions,
    links: BTreeMap<u64, Link>,
    next_link: u64,
    attempts: BTreeMap<(IpAddr, String), Attempts>,
    tap: Option<Tap>,
}

struct Link {
    host: String,
    up: Weak<Mutex<Pipe>>,
    down: Weak<Mutex<Pipe>>,
}

/// Attempts of one address to connect to one host.
#[derive(Default)]
struct Attempts {
    recent: VecDeque<Instant>,
    most: usize,
    total: u64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Network {
    /// A network in front of `exchange`, whose chances are drawn from `seed`.
    pub(crate) fn new(exchange: Arc<Exchange>, seed: u64, conditions: Conditions) -> Self {
        let inner = Inner {
            exchange,
            rng: fastrand::Rng::with_seed(seed),
            conditions,
            links: BTreeMap::new(),
            next_link: 0,
            attempts: BTreeMap::new(),
            tap: None,
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Has `tap` listen to what clients send and read from now on.
    pub(crate) fn listen(&self, tap: Tap) {
        lock(&self.inner).tap = Some(tap);
    }

    /// Changes what happens to connections from now on.
    pub(crate) fn set_conditions(&self, conditions: Conditions) {
        lock(&self.inner).conditions = conditions;
    }

    /// The conditions in force.
    pub(crate) fn conditions(&self) -> Conditions {
        lock(&self.inner).conditions
    }

    /// Connects a client at `from` to the exchange at `host`.
    ///
    /// # Errors
    /// The attempt was refused.
    pub(crate) async fn dial(&self, from: IpAddr, host: &str) -> io::Result<End> {
        let (conditions, chance, wait) = {
            let mut inner = lock(&self.inner);
            inner.attempt(from, host);
            if let Some(tap) = &inner.tap {
                tap.dials(from, host);
            }
            let conditions = inner.conditions;
            (conditions, inner.rng.u32(0..1000), inner.delay())
        };
        // There and back.
        sleep(wait * 2).await;
        if chance < conditions.unanswered {
            std::future::pending::<()>().await;
        }
        if chance < conditions.unanswered + conditions.refused {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (client, server, serve) = {
            let mut inner = lock(&self.inner);
            let (up, down) = (Pipe::shared(), Pipe::shared());
            let number = inner.next_link;
            inner.next_link += 1;
            let link = Link {
                host: host.to_owned(),
                up: Arc::downgrade(&up),
                down: Arc::downgrade(&down),
            };
            inner.links.insert(number, link);
            let peer = SocketAddr::new(from, u16::try_from(number % 60_000).unwrap_or(0) + 1024);
            let wire = inner.tap.as_ref().map(|tap| tap.wire(from, host));
            let client = End::new(Arc::clone(&down), Arc::clone(&up), self.clone(), wire);
            let server = End::new(up, down, self.clone(), None);
            (client, server, (Arc::clone(&inner.exchange), peer))
        };
        let (exchange, peer) = serve;
        tokio::spawn(exchange.serve(server, peer));
        Ok(client)
    }

    /// Lets `failure` happen to a connection chosen by chance among those that are open; its host, if there is one.
    pub(crate) fn fail_one(&self, failure: Failure) -> Option<(u64, String)> {
        let mut inner = lock(&self.inner);
        inner.links.retain(|_, link| link.is_open());
        let at = inner.links.len();
        if at == 0 {
            return None;
        }
        let at = inner.rng.usize(0..at);
        let (number, link) = inner.links.iter().nth(at)?;
        link.fail(failure);
        Some((*number, link.host.clone()))
    }

    /// Lets `failure` happen to the connection of that number, if it is still open.
    pub(crate) fn fail(&self, number: u64, failure: Failure) {
        if let Some(link) = lock(&self.inner).links.get(&number) {
            link.fail(failure);
        }
    }

    /// Lets `failure` happen to every open connection.
    pub(crate) fn fail_all(&self, failure: Failure) {
        for link in lock(&self.inner).links.values() {
            link.fail(failure);
        }
    }

    /// The largest number of attempts that one address made at one WebSocket host in any five minutes.
    pub(crate) fn most_attempts(&self) -> usize {
        let inner = lock(&self.inner);
        inner
            .attempts
            .values()
            .map(|attempts| attempts.most)
            .max()
            .unwrap_or(0)
    }

    /// The attempts of all addresses at WebSocket hosts.
    pub(crate) fn attempts(&self) -> u64 {
        lock(&self.inner)
            .attempts
            .values()
            .map(|attempts| attempts.total)
            .sum()
    }

    fn delay(&self) -> Duration {
        lock(&self.inner).delay()
    }
}

impl Inner {
    fn delay(&mut self) -> Duration {
        let jitter = u64::try_from(self.conditions.jitter.as_micros()).unwrap_or(u64::MAX);
        self.conditions.latency + Duration::from_micros(self.rng.u64(0..=jitter))
    }

    fn attempt(&mut self, from: IpAddr, host: &str) {
        // Only WebSocket handshakes are limited.
        if host == crate::REST_HOST {
            return;
        }
        const WINDOW: Duration = Duration::from_secs(300);
        let now = Instant::now();
        let attempts = self.attempts.entry((from, host.to_owned())).or_default();
        while attempts.recent.front().is_some_and(|at| now - *at >= WINDOW) {
            attempts.recent.pop_front();
        }
        attempts.recent.push_back(now);
        attempts.most = attempts.most.max(attempts.recent.len());
        attempts.total += 1;
    }
}

impl Link {
    fn is_open(&self) -> bool {
        let open = |pipe: &Weak<Mutex<Pipe>>| pipe.upgrade().is_some_and(|pipe| !lock(&pipe).reset);
        open(&self.up) && open(&self.down)
    }

    fn fail(&self, failure: Failure) {
        let on = |pipe: &Weak<Mutex<Pipe>>, change: &dyn Fn(&mut Pipe)| {
            if let Some(pipe) = pipe.upgrade() {
                let mut pipe = lock(&pipe);
                change(&mut pipe);
                pipe.wake();
            }
        };
        let (up, down) = match failure {
            Failure::Reset => (true, true),
            Failure::Finish => {
                on(&self.down, &|pipe| pipe.finish(Instant::now()));
                return;
            }
            Failure::ResetAfter(bytes) => {
                on(&self.up, &|pipe| pipe.cut_after = Some(bytes));
                return;
            }
            Failure::UpStuck => {
                on(&self.up, &|pipe| pipe.stuck = true);
                return;
            }
            Failure::DownStuck => {
                on(&self.down, &|pipe| pipe.stuck = true);
                return;
            }
            Failure::BothStuck => {
                on(&self.up, &|pipe| pipe.stuck = true);
                on(&self.down, &|pipe| pipe.stuck = true);
                return;
            }
            Failure::Healed => {
                on(&self.up, &|pipe| pipe.stuck = false);
                on(&self.down, &|pipe| pipe.stuck = false);
                return;
            }
        };
        if up {
            on(&self.up, &Pipe::reset);
        }
        if down {
            on(&self.down, &Pipe::reset);
        }
    }
}

/// One direction of a connection.
#[derive(Default)]
struct Pipe {
    /// Bytes under way and when they arrive.
    chunks: VecDeque<(Instant, VecDeque<u8>)>,
    bytes: usize,
    /// When the end arrives, once the writer is gone.
    end: Option<Instant>,
    reset: bool,
    stuck: bool,
    /// The number of bytes after which the connection is cut.
    cut_after: Option<usize>,
    /// Nothing comes after what is under way but a reset.
    broken: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Pipe {
    fn shared() -> Arc<Mutex<Self>> {
        Arc::default()
    }

    fn wake(&mut self) {
        for waker in [self.reader.take(), self.writer.take()].into_iter().flatten() {
            waker.wake();
        }
    }

    fn reset(&mut self) {
        self.reset = true;
        self.chunks.clear();
        self.bytes = 0;
    }

    /// No more bytes after those under way.
    fn finish(&mut self, at: Instant) {
        let last = self.chunks.back().map_or(at, |(arrives, _)| at.max(*arrives));
        self.end.get_or_insert(last);
    }
}

/// One end of a connection.
pub(crate) struct End {
    read: Arc<Mutex<Pipe>>,
    write: Arc<Mutex<Pipe>>,
    network: Network,
    alarm: Option<Pin<Box<Sleep>>>,
    /// Who listens to a client.
    wire: Option<Wire>,
}

impl End {
    fn new(read: Arc<Mutex<Pipe>>, write: Arc<Mutex<Pipe>>, network: Network, wire: Option<Wire>) -> Self {
        Self {
            read,
            write,
            network,
            alarm: None,
            wire,
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let at = Instant::now() + self.network.conditions().latency;
        let mut write = lock(&self.write);
        write.finish(at);
        write.wake();
        drop(write);
        // What still comes is answered with a reset.
        let mut read = lock(&self.read);
        read.reset();
        read.wake();
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let mut pipe = lock(&this.read);
        if pipe.reset {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let now = Instant::now();
        let arrives = match pipe.chunks.front() {
            _ if pipe.stuck => None,
            Some((arrives, _)) => Some(*arrives),
            None => pipe.end,
        };
        let Some(arrives) = arrives else {
            pipe.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        if arrives > now {
            pipe.reader = Some(cx.waker().clone());
            drop(pipe);
            let alarm = this.alarm.insert(Box::pin(sleep_until(arrives)));
            // It may have become due meanwhile.
            if alarm.as_mut().poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
            return Poll::Pending;
        }
        let broken = pipe.broken;
        let Some((_, chunk)) = pipe.chunks.front_mut() else {
            return Poll::Ready(match broken {
                true => Err(io::ErrorKind::ConnectionReset.into()),
                false => Ok(()),
            });
        };
        let (front, _) = chunk.as_slices();
        let length = front.len().min(buf.remaining());
        buf.put_slice(&front[..length]);
        if let Some(wire) = &mut this.wire {
            wire.heard(&front[..length]);
        }
        chunk.drain(..length);
        if chunk.is_empty() {
            pipe.chunks.pop_front();
        }
        pipe.bytes -= length;
        if let Some(waker) = pipe.writer.take() {
            waker.wake();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for End {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let delay = this.network.delay();
        let mut pipe = lock(&this.write);
        if pipe.reset || pipe.broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = CAPACITY.saturating_sub(pipe.bytes);
        if room == 0 {
            pipe.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if let Some(wire) = &mut this.wire {
            wire.sends(bytes);
        }
        let mut length = bytes.len().min(room);
        if let Some(left) = pipe.cut_after {
            if left == 0 {
                // The part of the frame that was sent before arrives.
                pipe.broken = true;
                pipe.finish(Instant::now() + delay);
                pipe.wake();
                drop(pipe);
                let mut read = lock(&this.read);
                read.reset();
                read.wake();
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            length = length.min(left);
            pipe.cut_after = Some(left - length);
        }
        let earliest = Instant::now() + delay;
        let arrives = pipe
            .chunks
            .back()
            .map_or(earliest, |(last, _)| earliest.max(*last));
        pipe.chunks
            .push_back((arrives, bytes[..length].iter().copied().collect()));
        pipe.bytes += length;
        if let Some(waker) = pipe.reader.take() {
            waker.wake();
        }
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let at = Instant::now() + self.network.conditions().latency;
        let mut pipe = lock(&self.write);
        pipe.finish(at);
        pipe.wake();
        Poll::Ready(Ok(()))
    }
}
