//! The exchange without a socket or a thread: its caller brings the connections and the time, and trades without a
//! client. For simulations, where a run must be repeatable.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use binance_wire_sandbox_engine::book::{Side, TimeInForce};
use binance_wire_sandbox_engine::spot::{Balance, NewOrder, OrderRef, OrderType};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::depth::{Delivery, DepthChange, DepthState, units};
use crate::exchange::Exchange;
use crate::faults::{Incoming, Injection};
use crate::record::{BookView, Breaches, FillView, OrderView};
use crate::server;
use crate::spot::{Fixed, depth_of};
use crate::state::{Outbound, Role};

/// A side, for orders that no client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderSide {
    /// Buy.
    Buy,
    /// Sell.
    Sell,
}

impl Exchange {
    /// Serves a connection until it ends, on the caller's runtime. Any transport will do.
    pub fn serve<S>(&self, stream: S, peer: SocketAddr) -> impl Future<Output = ()> + Send + 'static
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        server::serve(Arc::clone(&self.shared), stream, peer)
    }

    /// Lets `judge` choose what goes wrong with each request from now on. It must not call the exchange.
    pub fn judge(&self, judge: impl FnMut(Incoming<'_>) -> Vec<Injection> + Send + 'static) {
        self.shared.lock().faults.judged_by(Box::new(judge));
    }

    /// Places a limit order for an account, as another of its clients would; whether it was taken.
    ///
    /// Prices and quantities are decimal text.
    pub fn place_limit(
        &self,
        account: u64,
        symbol: &str,
        side: OrderSide,
        price: &str,
        quantity: &str,
        immediate_or_cancel: bool,
    ) -> Option<u64> {
        let side = match side {
            OrderSide::Buy => Side::Buy,
            OrderSide::Sell => Side::Sell,
        };
        let new = NewOrder {
            time_in_force: if immediate_or_cancel {
                TimeInForce::Ioc
            } else {
                TimeInForce::Gtc
            },
            quantity: Some(Fixed::parse(quantity).ok()?),
            price: Some(Fixed::parse(price).ok()?),
            ..NewOrder::new(symbol, side, OrderType::Limit)
        };
        let mut state = self.shared.lock();
        let now_us = state.clock.now_us();
        let placed = state.spot.place(account, &new, now_us).ok();
        state.dispatch();
        placed
    }

    /// Cancels an order of an account; whether it was open.
    pub fn cancel(&self, account: u64, symbol: &str, order_id: u64) -> bool {
        let mut state = self.shared.lock();
        let now_us = state.clock.now_us();
        let order = OrderRef {
            id: Some(order_id),
            client_order_id: None,
        };
        let canceled = state.spot.cancel(account, symbol, &order, None, "", now_us);
        state.dispatch();
        canceled.is_ok()
    }

    /// Bans an address: every request and handshake of it is answered with 418, and its sessions are closed.
    pub fn ban(&self, address: IpAddr, duration: Duration) {
        let mut state = self.shared.lock();
        let until = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        let until_us = state.clock.now_us().saturating_add(until);
        state.counters.ban(address, until_us);
        for connection in state.connections.values() {
            let banned = match &connection.role {
                Role::WsApi(session) => session.address == address,
                Role::Streams(_) => false,
            };
            if banned {
                let reason = "banned".to_owned();
                let _ = connection.outbound.send(Outbound::Close { code: 1008, reason });
            }
        }
    }

    /// How long a listen key is good unless it is kept alive. An hour without this call.
    pub fn set_listen_key_life(&self, life: Duration) {
        let life_us = i64::try_from(life.as_micros()).unwrap_or(i64::MAX);
        self.shared.lock().listen_keys.life_us = life_us;
    }

    /// Ends the listen keys whose time is over. An embedded exchange has no clock that would do it.
    pub fn expire_listen_keys(&self) {
        self.shared.lock().expire_listen_keys();
    }

    /// Ends the listen key of an account before its time; whether it had one.
    pub fn end_listen_key(&self, account: u64) -> bool {
        self.shared.lock().end_listen_key(account)
    }

    /// Ends every ban.
    pub fn lift_bans(&self) {
        self.shared.lock().counters.lift_bans();
    }

    /// How often limits were exceeded since the start.
    pub fn breaches(&self) -> Breaches {
        self.shared.lock().counters.breaches
    }

    /// The orders of an account, oldest first.
    pub fn orders_of(&self, account: u64) -> Vec<OrderView> {
        let state = self.shared.lock();
        let own = state.spot.orders().filter(|order| order.account == account);
        own.map(OrderView::of).collect()
    }

    /// The trades of an account on all symbols, in the order in which they happened.
    pub fn fills(&self, account: u64) -> Vec<FillView> {
        let state = self.shared.lock();
        let fills = state.spot.fills_of_account(account);
        let view = fills.map(|fill| FillView {
            trade_id: fill.trade_id,
            order_id: fill.order,
            quantity: fill.quantity.to_string(),
            price: fill.price.to_string(),
        });
        view.collect()
    }

    /// The balances of an account by asset, free and locked, as decimal text with eight fraction digits.
    pub fn balances(&self, account: u64) -> BTreeMap<String, (String, String)> {
        let mut state = self.shared.lock();
        let balances = &state.spot.account(account).balances;
        let text = |(asset, balance): (&String, &Balance)| {
            let amounts = (balance.free.to_string(), balance.locked.to_string());
            (asset.clone(), amounts)
        };
        balances.iter().map(text).collect()
    }

    /// Counts weight that somebody else uses on an address.
    pub fn use_weight(&self, address: IpAddr, weight: u32) {
        let mut state = self.shared.lock();
        let now_us = state.clock.now_us();
        state.counters.used_by_others(address, weight, now_us);
    }

    /// Lets `judge` choose what becomes of each depth event on its way to a connection, by the name of its stream. It must
    /// not call the exchange.
    pub fn judge_depth(&self, judge: impl FnMut(&str) -> Delivery + Send + 'static) {
        self.shared.lock().depth.judged_by(Some(Box::new(judge)));
    }

    /// Lets all depth events arrive again, as they come.
    pub fn deliver_depth(&self) {
        self.shared.lock().depth.judged_by(None);
    }

    /// Keeps a log of the changes of all books from now on.
    pub fn log_depth(&self) {
        self.shared.lock().depth.log = Some(Vec::new());
    }

    /// The changes of all books since this was last called, in order. Empty without [`log_depth`](Self::log_depth).
    pub fn take_depth(&self) -> Vec<DepthChange> {
        let mut state = self.shared.lock();
        state.depth.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// A symbol's book as a whole.
    pub fn depth(&self, symbol: &str) -> Option<DepthState> {
        let snapshot = depth_of(&self.shared.lock().spot, symbol, usize::MAX)?;
        Some(DepthState {
            last_update_id: snapshot.last_update_id,
            bids: units(&snapshot.bids),
            asks: units(&snapshot.asks),
        })
    }

    /// The best levels of a symbol's book.
    pub fn book(&self, symbol: &str, limit: usize) -> Option<BookView> {
        let snapshot = depth_of(&self.shared.lock().spot, symbol, limit)?;
        let side = |levels: &[(Fixed, Fixed)]| {
            let text = levels
                .iter()
                .map(|(price, quantity)| (price.to_string(), quantity.to_string()));
            text.collect()
        };
        Some(BookView {
            last_update_id: snapshot.last_update_id,
            bids: side(&snapshot.bids),
            asks: side(&snapshot.asks),
        })
    }
}
