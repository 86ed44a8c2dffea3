//! A small trading desk: everything that a program which trades puts together, in one place.
//!
//!     cargo run -p binance-wire-e2e --example desk

use std::time::Duration;

use binance_wire_sandbox::{Cut, Exchange, Fault, Injection, keys};
use binance_wire_spot::books::{self, BookItem};
use binance_wire_spot::filters::{FilterContext, OrderFilters, Round};
use binance_wire_spot::limits::{Limiter, Policy, ServerClock, WhenFull};
use binance_wire_spot::models::UserDataEvent;
use binance_wire_spot::requests::{MyTrades, NewOrder};
use binance_wire_spot::user_data::{UserData, UserDataItem};
use binance_wire_spot::{
    Credentials, Environment, Fate, OrderIds, RejectReason, Side, dec, rest, streams, user_data, ws_api,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A small exchange inside of this program: the example needs neither account nor network.
    let exchange = Exchange::start();
    let credentials = Credentials::ed25519(keys::ED25519_API_KEY, keys::ED25519_PRIVATE_KEY_PEM)?;

    // One limiter and one clock for all clients of an address: they share the exchange's counters and its time.
    let clock = ServerClock::new();
    let limiter = Limiter::builder()
        .server_clock(&clock)
        .when_full(WhenFull::Wait(Duration::from_secs(3)))
        .policy(Policy::default().for_trading(0.2).for_cancels(0.05))
        .build();
    let rest = rest::Client::builder(Environment::Testnet)
        // Leave this line out, and those like it, to trade on the real test network.
        .base_url(exchange.rest_url())
        .credentials(credentials.clone())
        .limiter(&limiter)
        .server_clock(&clock)
        .order_ids(OrderIds::with_prefix("desk-")?)
        .retry_reads(2, Duration::from_secs(3))
        .build()?;
    let api = ws_api::Client::builder_at([exchange.ws_api_url()])
        .credentials(credentials)
        .logon(true)
        .limiter(&limiter)
        .server_clock(&clock)
        .order_ids(OrderIds::with_prefix("desk-")?)
        .connect()
        .await?;

    // What becomes of the account's orders: a snapshot first, and after every gap.
    let account = tokio::spawn(follow(user_data(&api).symbols(["BTCUSDT"]).connect().await?));

    // The book, kept in step with the exchange's.
    let mut books = books::builder(&rest)
        .symbols(["BTCUSDT"])
        .start(streams::builder_at([exchange.streams_url()]).limiter(&limiter))
        .await?;
    let best_bid = loop {
        match books.next().await {
            Some(BookItem::Synced { symbol, .. }) => {
                let top = books.book(&symbol).and_then(|book| book.top());
                println!("the book of {symbol} is in step: {top:?}");
                break rest.depth("BTCUSDT").limit(5).send().await?.bids[0].price;
            }
            Some(_) => {}
            None => return Err("the books ended".into()),
        }
    };

    // The symbol's filters round in a stated direction, and check the order before it costs anything.
    let info = rest.exchange_info().symbol("BTCUSDT").send().await?;
    let filters = OrderFilters::from(&info.symbols[0]).and(&info.exchange_filters);
    let price = filters.price(best_bid - dec!(100.005), Round::Down)?;
    let quantity = filters.quantity(dec!(0.0100049), Round::Down)?;
    let order = NewOrder::limit("BTCUSDT", Side::Buy, quantity, price);
    for not_checked in filters
        .check(&order, &FilterContext::new().open_orders(0))
        .into_result()?
    {
        println!("only the exchange can check {not_checked}");
    }

    // An order is sent within its deadline or not at all.
    let placed = api
        .call(order.clone())
        .deadline(Duration::from_secs(5))
        .send()
        .await?;
    println!("order {} is in", placed.order_id());
    let late = api.call(order.clone()).deadline(Duration::ZERO).send().await;
    if let Err(error) = late {
        assert!(error.is_past_deadline());
        println!("too late: {error}");
    }

    // The connection is cut when the order has been taken: ask what became of it, and never send it twice.
    exchange
        .inject(Injection::new(Fault::CutConnection(Cut::AfterProcessing)).on_http("POST", "/api/v3/order"));
    if let Err(error) = rest.send(&order).await {
        let unresolved = error.unresolved().ok_or("the order was not sent")?;
        match rest.reconcile::<NewOrder>(unresolved).await? {
            Fate::CarriedOut(found) => println!("the answer was lost, and the order is in: {}", found.status),
            Fate::NotCarriedOut(_) => println!("the answer was lost, and the order is not in"),
            fate => println!("ask again later: {fate:?}"),
        }
    }

    // A refusal has a reason.
    let too_much = NewOrder::limit("BTCUSDT", Side::Buy, dec!(1000), price);
    if let Err(error) = rest.send(&too_much).await {
        println!("refused: {:?}", error.reject_reason::<RejectReason>());
    }

    // Trades of the past, page by page from a start.
    rest.send(&NewOrder::market("BTCUSDT", Side::Buy, dec!(0.002)))
        .await?;
    let mut pages = rest.pages(MyTrades::new("BTCUSDT").from_id(0));
    while let Some(page) = pages.next().await {
        println!("a page of {} trades", page?.len());
    }

    for counter in limiter.snapshot().counters {
        println!("{counter}");
    }

    // What is under way comes to its end; the account's events end with their client.
    drop(books);
    let finished = api.shutdown(Duration::from_secs(5)).await && rest.shutdown(Duration::from_secs(5)).await;
    println!("everything was answered: {finished}");
    println!("{} reports of orders came", account.await?);
    Ok(())
}

/// Prints what becomes of an account until its client ends, and counts the reports.
async fn follow(mut events: UserData) -> usize {
    let mut reports = 0;
    while let Some(item) = events.next().await {
        match item {
            UserDataItem::Event(UserDataEvent::ExecutionReport(report)) => {
                reports += 1;
                println!("  [account] order {}: {}", report.order_id, report.order_status);
            }
            UserDataItem::Snapshot(snapshot) => {
                println!("  [account] {} open orders", snapshot.open_orders.len());
            }
            UserDataItem::Gap(cause) => println!("  [account] events may be missing: {cause}"),
            _ => {}
        }
    }
    reports
}
