//! What a product's crate says of its books.

use std::time::Duration;

#[doc(hidden)]
pub use ::{binance_wire_core, binance_wire_websocket};

use ::binance_wire_core::{Operation, Text};

use crate::{DepthSnapshot, DepthUpdate, Rule};

/// How a product's books are kept: its rule, stream and snapshot. Product crates implement it; so can anyone whose
/// events come another way.
pub trait BookProduct: Send + Sync + 'static {
    /// What the product's streams send.
    type Message: Send + 'static;
    /// The event with changes of a book.
    type Event: DepthUpdate + Send + 'static;
    /// The request of a snapshot.
    type Request: Operation<Response: DepthSnapshot> + Send + 'static;

    /// Which event may follow which.
    const RULE: Rule;
    /// The most levels a side that a snapshot has.
    const MAX_DEPTH: u32;
    /// The request weight per minute that snapshots use unless set otherwise; half of what an address has.
    const WEIGHT_PER_MINUTE: u32;
    /// See [`BookSettings::confirm`](crate::BookSettings::confirm).
    const CONFIRM: Option<Duration> = None;

    /// The name of a symbol's stream.
    fn stream(symbol: &str) -> Text;
    /// The request of a symbol's snapshot with at most `depth` levels a side.
    fn request(symbol: &str, depth: u32) -> Self::Request;
    /// The name of the stream that a message with a depth event came from; `None` for all others.
    fn stream_of(message: &Self::Message) -> Option<&str>;
    /// The depth event of a message for which [`stream_of`](Self::stream_of) has a name.
    fn event(message: Self::Message) -> Option<Self::Event>;
}

/// Implements [`DepthUpdate`] and [`DepthSnapshot`] for the types of a product, and [`BookProduct`] for a type that stands
/// for the product. For the crates of products.
#[doc(hidden)]
#[macro_export]
macro_rules! product_books {
    (
        $market:ident: $rule:ident, depth $depth:literal, weight $weight:literal $(, confirm $confirm:literal)?;
        message $message:ty as $variant:path;
        event $event:ty { $first:ident, $last:ident, $(previous $previous:ident,)? $(time $time:ident,)? }
        snapshot $request:ty => $snapshot:ty { $snapshot_id:ident $(, time $snapshot_time:ident)? }
        stream |$symbol:ident| $stream:expr;
    ) => {
        impl $crate::DepthUpdate for $event {
            fn first_update_id(&self) -> i64 {
                self.$first
            }
            fn last_update_id(&self) -> i64 {
                self.$last
            }
            $(fn previous_update_id(&self) -> ::core::option::Option<i64> {
                ::core::option::Option::Some(self.$previous)
            })?
            $(fn time(&self) -> ::core::option::Option<$crate::driver::binance_wire_core::Timestamp> {
                ::core::option::Option::Some(self.$time)
            })?
            $crate::product_books!(@levels);
        }

        impl $crate::DepthSnapshot for $snapshot {
            fn last_update_id(&self) -> i64 {
                self.$snapshot_id
            }
            $(fn time(&self) -> ::core::option::Option<$crate::driver::binance_wire_core::Timestamp> {
                ::core::convert::Into::into(self.$snapshot_time)
            })?
            $crate::product_books!(@levels);
        }

        impl $crate::driver::BookProduct for $market {
            type Message = $message;
            type Event = $event;
            type Request = $request;

            const RULE: $crate::Rule = $crate::Rule::$rule;
            const MAX_DEPTH: u32 = $depth;
            const WEIGHT_PER_MINUTE: u32 = $weight;
            $(const CONFIRM: ::core::option::Option<::core::time::Duration> =
                ::core::option::Option::Some(::core::time::Duration::from_secs($confirm));)?

            fn stream($symbol: &str) -> $crate::driver::binance_wire_core::Text {
                $stream
            }
            fn request(symbol: &str, depth: u32) -> $request {
                <$request>::new(symbol).limit(depth as _)
            }
            fn stream_of(message: &$message) -> ::core::option::Option<&str> {
                match &message.event {
                    $variant(_) => message.stream.as_deref(),
                    _ => ::core::option::Option::None,
                }
            }
            fn event(message: $message) -> ::core::option::Option<$event> {
                match message.event {
                    $variant(event) => ::core::option::Option::Some(event),
                    _ => ::core::option::Option::None,
                }
            }
        }
    };
    (@levels) => {
        fn is_complete(&self) -> bool {
            self.bids.unreadable().is_empty() && self.asks.unreadable().is_empty()
        }
        fn bids(&self) -> impl ::core::iter::Iterator<Item = $crate::Level> {
            self.bids.iter().map(|level| $crate::Level::new(level.price, level.quantity))
        }
        fn asks(&self) -> impl ::core::iter::Iterator<Item = $crate::Level> {
            self.asks.iter().map(|level| $crate::Level::new(level.price, level.quantity))
        }
    };
}
