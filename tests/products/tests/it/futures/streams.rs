//! Market streams, order books, and user data.

use binance_wire::usds_futures::books::{self, BookItem};
use binance_wire::usds_futures::models::UserDataEvent;
use binance_wire::usds_futures::streams::{self, MarketEvent, StreamItem};
use binance_wire::usds_futures::user_data::{UserDataItem, UserDataSource};
use binance_wire::usds_futures::{
    AccountUpdateReason, AlgoOrderStatus, FuturesAlgoType, FuturesExecutionType, FuturesOrderStatus,
    MarginType, Side,
};

use super::*;

#[tokio::test]
async fn trades_and_prices_are_published() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    let connecting = streams::builder_at([exchange.streams_url()])
        .streams([
            streams::agg_trade(SYMBOL),
            streams::mark_price(SYMBOL, None),
            streams::liquidation_order(SYMBOL),
        ])
        .connect();
    let (_streams, mut events) = soon(connecting).await.expect("connected");
    let subscribed = |exchange: &Exchange| exchange.subscribed_streams().len() == 3;
    assert!(exchange.wait_for(Duration::from_secs(20), subscribed).await);
    client.change_initial_leverage(SYMBOL, 100).send().await.unwrap();
    client.call(market(Side::Buy, dec!(11))).send().await.unwrap();
    // Beyond what the whole account is worth.
    assert!(exchange.move_futures(SYMBOL, "42000"));
    let (mut traded, mut marked, mut forced) = (Vec::new(), false, false);
    while traded.len() < 3 || !marked || !forced {
        let StreamItem::Event(message) = soon(events.next()).await.expect("an event") else {
            continue;
        };
        match message.event {
            MarketEvent::AggTrade(trade) => traded.push((trade.price, trade.quantity)),
            MarketEvent::MarkPrice(mark) => marked = marked || mark.symbol == SYMBOL,
            MarketEvent::Liquidation(event) => forced = forced || event.order.side == Side::Sell,
            _ => {}
        }
    }
    assert_eq!(
        traded,
        [
            (dec!(52000.1), dec!(5)),
            (dec!(52000.2), dec!(5)),
            (dec!(52000.3), dec!(1))
        ]
    );
    let told = client.agg_trades(SYMBOL).send().await.unwrap();
    assert_eq!(
        told.iter().map(|trade| trade.price.unwrap()).collect::<Vec<_>>(),
        traded.iter().map(|one| one.0).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn an_order_book_follows_the_exchange() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    let connecting = books::builder(&client)
        .symbols([SYMBOL])
        .start(streams::builder_at([exchange.streams_url()]));
    let mut books = soon(connecting).await.expect("connected");
    loop {
        // The first event begins the synchronization.
        client
            .call(limit(Side::Buy, dec!(0.01), dec!(51000.0)))
            .send()
            .await
            .unwrap();
        if let Ok(Some(BookItem::Synced { .. })) =
            tokio::time::timeout(Duration::from_millis(200), books.next()).await
        {
            break;
        }
    }
    client.call(market(Side::Sell, dec!(7))).send().await.unwrap();
    assert!(exchange.move_futures(SYMBOL, "52345.6"));
    let theirs = client.depth(SYMBOL).limit(1000).send().await.unwrap();
    let book = books.book(SYMBOL).expect("a book");
    let mut ours = book.read(|book| book.update_id());
    while ours != Some(theirs.last_update_id) {
        soon(books.next()).await.expect("an item");
        ours = book.read(|book| book.update_id());
    }
    let (bids, asks) = book
        .read(|book| {
            let of = |level: binance_wire_books::Level| (level.price, level.quantity);
            (
                book.bids().map(of).collect::<Vec<_>>(),
                book.asks().map(of).collect::<Vec<_>>(),
            )
        })
        .expect("in step");
    let levels = |levels: &[models::PriceLevel]| {
        levels
            .iter()
            .map(|level| (level.price, level.quantity))
            .collect::<Vec<_>>()
    };
    assert_eq!(bids, levels(&theirs.bids));
    assert_eq!(asks, levels(&theirs.asks));
}

#[tokio::test]
async fn user_data_agrees_with_the_account() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    let connecting = streams::user_data_at([exchange.streams_url()], &client)
        .with_snapshots(UserDataSource::new(&client))
        .connect();
    let mut events = soon(connecting).await.expect("connected");
    client.call(market(Side::Buy, dec!(0.5))).send().await.unwrap();
    client.change_initial_leverage(SYMBOL, 7).send().await.unwrap();
    let (mut updates, mut filled, mut lite, mut leverage) = (Vec::new(), None, 0, None);
    while leverage.is_none() {
        let UserDataItem::Event(event) = soon(events.next()).await.expect("an item") else {
            continue;
        };
        match event {
            UserDataEvent::AccountUpdate(update) => updates.push(update.change),
            UserDataEvent::OrderTradeUpdate(update)
                if update.order.execution_type == FuturesExecutionType::Trade =>
            {
                filled = Some(update.order);
            }
            UserDataEvent::TradeLite(_) => lite += 1,
            UserDataEvent::AccountConfigUpdate(update) => leverage = update.symbol_leverage,
            _ => {}
        }
    }
    let filled = filled.expect("a fill");
    assert_eq!(filled.order_status, FuturesOrderStatus::Filled);
    assert_eq!(filled.last_price, Some(dec!(52000.1)));
    assert_eq!(lite, 1);
    let update = updates.last().expect("an update");
    assert_eq!(update.event_reason_type, Some(AccountUpdateReason::Order));
    let told = update.positions.as_ref().unwrap().iter().next().unwrap().clone();
    let held = position(&client).await;
    assert_eq!(
        (told.position_amt, told.entry_price),
        (held.position_amt, held.entry_price)
    );
    let wallet = update
        .balances
        .as_ref()
        .unwrap()
        .iter()
        .next()
        .unwrap()
        .wallet_balance;
    assert_eq!(wallet, balance(&client).await.balance);
}

#[tokio::test]
async fn what_befalls_a_position_is_reported() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    let connecting = streams::user_data_at([exchange.streams_url()], &client).connect();
    let mut events = soon(connecting).await.expect("connected");
    client
        .change_margin_type(SYMBOL, MarginType::Isolated)
        .send()
        .await
        .unwrap();
    client.change_initial_leverage(SYMBOL, 50).send().await.unwrap();
    client.call(market(Side::Buy, dec!(1))).send().await.unwrap();
    client
        .new_algo_order(
            FuturesAlgoType::Conditional,
            SYMBOL,
            Side::Sell,
            FuturesOrderType::StopMarket,
        )
        .trigger_price(dec!(50000.0))
        .close_position(true)
        .send()
        .await
        .unwrap();
    // The margin is nearly used up, and then it is.
    assert!(exchange.move_futures(SYMBOL, "51200"));
    assert!(exchange.move_futures(SYMBOL, "51000"));
    let (mut algo, mut warned) = (None, 0);
    let forced = loop {
        let StreamItem::Event(event) = soon(events.next()).await.expect("an item") else {
            continue;
        };
        match event {
            UserDataEvent::AlgoUpdate(update) => algo = update.order.algo_status,
            UserDataEvent::MarginCall(call) => warned += call.positions.map_or(0, |list| list.iter().count()),
            UserDataEvent::OrderTradeUpdate(update)
                if update.order.execution_type == FuturesExecutionType::Calculated =>
            {
                break update.order;
            }
            _ => {}
        }
    };
    assert_eq!((algo, warned), (Some(AlgoOrderStatus::New), 1));
    assert_eq!((forced.side, forced.executed_qty), (Side::Sell, Some(dec!(1))));
}
