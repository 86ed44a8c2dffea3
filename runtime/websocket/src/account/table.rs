//! How a product reads and fetches the state of an account, as a table.

/// Implements [`AccountModel`](crate::AccountModel) and [`AccountSource`](crate::AccountSource) for a type with a field `client`,
/// from a table of what the product's events and answers are called.
///
/// - `account` lists the requests for balances and positions, and `account_time` the time of their last change, if the
///   answers state one.
/// - `change` says what an event means: `order` (its state, and perhaps a fill), `preview` (a fill that the order's own event
///   follows) or `account`. An expression may end the row with `?` where an event lacks what identifies the order; the
///   event then changes nothing. `let order = …` behind the section names the part of an event that the expressions behind
///   it read.
/// - `section` says for each part of an account with orders of its own how an order and a trade are read, and how they are
///   requested: `open` orders, the `query` of one order, and pages of `trades`. Where there are several sections, each names the
///   variant that wraps its orders and trades.
///
/// ```
/// # use binance_wire_core::{Decimal, Timestamp, dec};
/// # use binance_wire_core::json::List;
/// # struct Client;
/// # impl Client {
/// #     async fn send<T: Answered>(&self, request: &T) -> Result<T::Answer, binance_wire_core::Error> { Ok(request.answer()) }
/// # }
/// # trait Answered { type Answer; fn answer(&self) -> Self::Answer; }
/// # struct Balances;
/// # struct Open;
/// # struct One(binance_wire_core::Text, i64);
/// # struct Page { from_id: Option<i64> }
/// # impl Answered for Balances { type Answer = Decimal; fn answer(&self) -> Decimal { dec!(5) } }
/// # impl Answered for Open { type Answer = List<Order>; fn answer(&self) -> List<Order> { List::new() } }
/// # impl Answered for One { type Answer = Order; fn answer(&self) -> Order { Order { symbol: "A".into(), id: 7, status: "NEW" } } }
/// # impl Answered for Page { type Answer = List<Trade>; fn answer(&self) -> List<Trade> { List::new() } }
/// # struct Order { symbol: binance_wire_core::Text, id: i64, status: &'static str }
/// # struct Trade { symbol: binance_wire_core::Text, order: i64, id: i64, quantity: Decimal }
/// enum Event {
///     Order(Order),
///     Balance(Decimal),
/// }
///
/// struct Source {
///     client: Client,
/// }
///
/// binance_wire_websocket::account_source! {
///     Source {
///         type Event = Event;
///         type Account = Decimal;
///         type Order = Order;
///         type Trade = Trade;
///
///         account { Balances }
///         change {
///             Order |order| order {
///                 section: 0, symbol: &order.symbol, id: order.id, status: order.status,
///                 filled: None, time: None, trade_id: None, quantity: None,
///             }
///             Balance |_balance| account { time: None }
///         }
///         section 0 {
///             order |order| { symbol: &order.symbol, id: order.id, status: order.status, filled: None, time: None }
///             trade |trade| {
///                 symbol: &trade.symbol, order_id: trade.order, trade_id: trade.id, quantity: trade.quantity,
///                 cursor: trade.id, time: None,
///             }
///             open |_| Open;
///             query |key| One(key.symbol, key.id);
///             trades |_symbol| Page { from_id: None };
///         }
///     }
/// }
///
/// use binance_wire_websocket::{AccountModel, Change};
///
/// let event = Event::Order(Order { symbol: "BTCUSDT".into(), id: 1, status: "NEW" });
/// assert!(matches!(Source::change(&event), Change::Order(state, None) if state.key.id == 1 && !state.closed));
/// assert_eq!(Source::change(&Event::Balance(dec!(1))), Change::Account(None));
/// ```
#[macro_export]
macro_rules! account_source {
    (
        $source:ident {
            type Event = $event:ident;
            type Account = $account:ty;
            type Order = $order:ty;
            type Trade = $trade:ty;

            account { $($request:expr),+ }
            $(account_time |$of:ident| $latest:expr;)?
            $(open_by_symbol: $by_symbol:expr;)?
            $(paged_by_trade_id: $by_trade_id:expr;)?
            change {
                $($variant:ident |$bound:ident| $kind:ident $meaning:tt)*
            }
            $(
                section $section:literal $(as $($wrap:ident)::+, $($wrap_trade:ident)::+)? {
                    order |$of_order:ident| { $($order_row:tt)* }
                    trade |$of_trade:ident| { $($trade_row:tt)* }
                    open |$open_symbol:tt| $open:expr;
                    query |$key:ident| $query:expr;
                    trades |$symbol:ident| $trades:expr;
                }
            )+
        }
    ) => {
        impl $crate::AccountModel for $source {
            type Event = $event;
            type Account = $account;
            type Order = $order;
            type Trade = $trade;
            const SECTIONS: u8 = [$($section),+].len() as u8;
            $(const OPEN_BY_SYMBOL: &'static [u8] = &$by_symbol;)?
            $(const PAGED_BY_TRADE_ID: bool = $by_trade_id;)?

            #[inline]
            fn change(event: &Self::Event) -> $crate::Change {
                // Rows leave it with `?`.
                let change = || -> ::core::option::Option<$crate::Change> {
                    match event {
                        $($event::$variant($bound) => $crate::account_source!(@change $kind $meaning),)*
                        #[allow(unreachable_patterns)]
                        _ => None,
                    }
                };
                change().unwrap_or($crate::Change::Other)
            }

            #[inline]
            fn account_time(account: &Self::Account) -> ::core::option::Option<$crate::account_source::Timestamp> {
                $crate::account_source!(@time account $($of $latest)?)
            }

            #[inline]
            fn order(section: u8, order: &Self::Order) -> $crate::OrderState {
                match order {
                    $($crate::account_source!(@pattern $of_order $($($wrap)::+)?) => {
                        $crate::account_source!(@order section $($order_row)*)
                    })+
                }
            }

            #[inline]
            fn trade(section: u8, trade: &Self::Trade) -> $crate::TradeState {
                match trade {
                    $($crate::account_source!(@pattern $of_trade $($($wrap_trade)::+)?) => {
                        $crate::account_source!(@trade section $($trade_row)*)
                    })+
                }
            }
        }

        impl $crate::AccountSource for $source {
            #[inline]
            fn fetch(&self, fetch: $crate::Fetch) -> $crate::Fetching<'_, $crate::Fetched<Self>> {
                let client = &self.client;
                ::std::boxed::Box::pin(async move {
                    match fetch {
                        $crate::Fetch::Account => Ok($crate::Fetched::Account(($(client.send(&$request).await?),+))),
                        $(
                            $crate::Fetch::OpenOrders { section: $section, symbol: $open_symbol } => {
                                let orders = client.send(&$open).await?;
                                $crate::Fetched::orders(orders, $crate::account_source!(@wrap $($($wrap)::+)?))
                            }
                            $crate::Fetch::Order($key) if $key.section == $section => {
                                let order = client.send(&$query).await;
                                $crate::Fetched::order(order.map($crate::account_source!(@wrap $($($wrap)::+)?)))
                            }
                            $crate::Fetch::Trades { section: $section, symbol: $symbol, from } => {
                                let mut request = $trades;
                                request.from_id = from;
                                let trades = client.send(&request).await?;
                                $crate::Fetched::trades(trades, $crate::account_source!(@wrap $($($wrap_trade)::+)?))
                            }
                        )+
                        _ => Err($crate::account_source::no_such_section()),
                    }
                })
            }
        }
    };

    (@change account { time: $time:expr $(,)? }) => {
        Some($crate::Change::Account($time))
    };
    (@change order {
        section: $section:expr,
        $(let $order:ident = $at:expr,)?
        symbol: $symbol:expr, id: $id:expr, status: $status:expr,
        filled: $filled:expr, time: $time:expr, trade_id: $trade_id:expr, quantity: $quantity:expr $(,)?
    }) => {{
        let section = $section;
        $(let $order = $at;)?
        let key = $crate::OrderKey::new(section, $symbol, $id);
        Some($crate::Change::order($crate::OrderState::new(key, $status, $filled, $time), $trade_id, $quantity))
    }};
    (@change preview {
        section: $section:expr,
        $(let $order:ident = $at:expr,)?
        symbol: $symbol:expr, id: $id:expr, trade_id: $trade_id:expr $(,)?
    }) => {{
        let section = $section;
        $(let $order = $at;)?
        Some($crate::Change::Preview($crate::OrderKey::new(section, $symbol, $id), $trade_id?))
    }};

    (@time $account:ident) => {{
        let _ = $account;
        None
    }};
    (@time $account:ident $of:ident $latest:expr) => {{
        let $of = $account;
        $latest
    }};

    (@pattern $bound:ident) => { $bound };
    (@pattern $bound:ident $($wrap:ident)::+) => { $($wrap)::+($bound) };

    (@wrap) => { ::core::convert::identity };
    (@wrap $($wrap:ident)::+) => { $($wrap)::+ };

    (@order $section:ident
        symbol: $symbol:expr, id: $id:expr, status: $status:expr, filled: $filled:expr, time: $time:expr $(,)?
    ) => {
        $crate::OrderState::new($crate::OrderKey::new($section, $symbol, $id), $status, $filled, $time)
    };

    (@trade $section:ident
        symbol: $symbol:expr, order_id: $order:expr, trade_id: $trade_id:expr, quantity: $quantity:expr,
        cursor: $cursor:expr, time: $time:expr $(,)?
    ) => {
        $crate::TradeState {
            order: $crate::OrderKey::new($section, $symbol, $order),
            fill: $crate::Fill { trade_id: $trade_id, quantity: $quantity },
            cursor: $cursor,
            time: $time,
        }
    };
}

/// What the code of [`account_source!`](crate::account_source) calls.
#[doc(hidden)]
pub mod account_source {
    use binance_wire_core::Error;
    pub use binance_wire_core::Timestamp;

    /// A section that the account does not have.
    #[cold]
    pub fn no_such_section() -> Error {
        Error::Unusable("the account has no such section".into())
    }

    /// The section that the value of a member means.
    pub fn section_of(value: &str, sections: &[(&str, u8)]) -> Option<u8> {
        sections
            .iter()
            .find(|(name, _)| *name == value)
            .map(|(_, section)| *section)
    }
}
