//! Orders and algo orders.

use binance_wire::usds_futures::models::{NewBatchOrder, OrderOutcome};
use binance_wire::usds_futures::{
    AlgoOrderStatus, FuturesAlgoType, FuturesOrderStatus, FuturesOrderType, FuturesTimeInForce, PriceMatch,
    Side, ws_api,
};

use super::*;

#[tokio::test]
async fn an_order_is_placed_modified_found_and_canceled() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    let placed = client
        .call(limit(Side::Buy, dec!(0.010), dec!(51000.0)).new_client_order_id("mine"))
        .send()
        .await
        .unwrap();
    assert_eq!(placed.status, FuturesOrderStatus::New);
    assert_eq!(placed.client_order_id, "mine");
    let found = client
        .query_order(SYMBOL)
        .orig_client_order_id("mine")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (found.order_id, found.price),
        (placed.order_id, Some(dec!(51000.0)))
    );
    let modified = client
        .modify_order(SYMBOL, Side::Buy, dec!(0.020))
        .order_id(placed.order_id)
        .price(dec!(51001.0))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (modified.order_id, modified.orig_qty),
        (placed.order_id, Some(dec!(0.020)))
    );
    let history = client
        .get_order_modify_history(SYMBOL)
        .order_id(placed.order_id)
        .send()
        .await
        .unwrap();
    let change = history.iter().next().unwrap().amendment.clone().unwrap();
    assert_eq!(change.price.unwrap().after, Some(dec!(51001.0)));
    let open = client.open_orders().send().await.unwrap();
    assert_eq!(
        open.iter().map(|order| order.order_id).collect::<Vec<_>>(),
        [placed.order_id]
    );
    let canceled = client
        .cancel_order(SYMBOL)
        .order_id(placed.order_id)
        .send()
        .await
        .unwrap();
    assert_eq!(canceled.status, FuturesOrderStatus::Canceled);
    assert_eq!(
        code(client.cancel_order(SYMBOL).order_id(placed.order_id).send().await),
        -2011
    );
    assert_eq!(
        code(
            client
                .query_current_open_order(SYMBOL)
                .order_id(placed.order_id)
                .send()
                .await
        ),
        -2013
    );
    let all = client.all_orders().symbol(SYMBOL).send().await.unwrap();
    assert_eq!(all.iter().next().unwrap().status, FuturesOrderStatus::Canceled);
    // Another account has none of it.
    let other = super::client(&exchange, true);
    assert_eq!(
        code(other.query_order(SYMBOL).order_id(placed.order_id).send().await),
        -2013
    );
}

#[tokio::test]
async fn refusals_have_the_documented_codes() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    let raw = |order: binance_wire::usds_futures::requests::NewOrder| client.call(order).send();
    let price = dec!(51000.0);
    let buy = |quantity| limit(Side::Buy, quantity, price);
    assert_eq!(
        code(raw(limit(Side::Buy, dec!(0.01), dec!(60000.0))).await),
        -4016
    );
    assert_eq!(
        code(raw(limit(Side::Sell, dec!(0.01), dec!(40000.0))).await),
        -4024
    );
    assert_eq!(code(raw(buy(dec!(0.0015))).await), -1111);
    assert_eq!(code(raw(buy(dec!(2000))).await), -4005);
    assert_eq!(code(raw(buy(dec!(300))).await), -2027);
    let tiny =
        binance_wire::usds_futures::requests::NewOrder::new("ETHUSDT", Side::Buy, FuturesOrderType::Limit)
            .time_in_force(FuturesTimeInForce::Gtc)
            .quantity(dec!(0.001))
            .price(dec!(2590.00));
    assert_eq!(code(raw(tiny).await), -4164);
    assert_eq!(code(raw(buy(dec!(0.01)).reduce_only(true)).await), -2022);
    let taking = limit(Side::Buy, dec!(0.01), dec!(52100.0));
    assert_eq!(
        code(raw(taking.clone().time_in_force(FuturesTimeInForce::Gtx)).await),
        -5022
    );
    assert_eq!(
        code(raw(limit(Side::Buy, dec!(6), dec!(52000.1)).time_in_force(FuturesTimeInForce::Fok)).await),
        -5021
    );
    raw(buy(dec!(0.01)).new_client_order_id("same")).await.unwrap();
    assert_eq!(
        code(raw(buy(dec!(0.01)).new_client_order_id("same")).await),
        -4116
    );
    // Conditional orders are for another endpoint since December 2025; the client knows that before it sends.
    let stop =
        binance_wire::usds_futures::requests::NewOrder::new(SYMBOL, Side::Buy, FuturesOrderType::StopMarket);
    assert!(client.call(stop.quantity(dec!(0.01))).send().await.is_err());
    assert_eq!(
        code(client.change_initial_leverage(SYMBOL, 126).send().await),
        -4028
    );
    assert_eq!(code(client.change_position_mode(false).send().await), -4059);
    assert_eq!(code(client.change_position_mode(true).send().await), -4067);
    assert_eq!(code(client.depth("NOTHING").send().await), -1121);
}

#[tokio::test]
async fn entries_of_a_batch_have_results_of_their_own() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    let order = |quantity, price| {
        NewBatchOrder::new(SYMBOL, Side::Buy, FuturesOrderType::Limit, quantity)
            .time_in_force(FuturesTimeInForce::Gtc)
            .price(price)
    };
    let batch = [
        order(dec!(0.01), dec!(51000.0)),
        order(dec!(0.01), dec!(90000.0)),
        order(dec!(0.02), dec!(51000.0)),
    ];
    let outcomes = client.place_multiple_orders(batch).send().await.unwrap();
    let codes: Vec<i64> = outcomes
        .iter()
        .map(|outcome| match outcome {
            OrderOutcome::OrderReport(_) => 0,
            OrderOutcome::Outcome(outcome) => outcome.code,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(codes, [0, -4016, 0]);
    assert_eq!(
        client
            .open_orders()
            .symbol(SYMBOL)
            .send()
            .await
            .unwrap()
            .iter()
            .count(),
        2
    );
    client.cancel_all_open_orders(SYMBOL).send().await.unwrap();
    assert_eq!(
        client
            .open_orders()
            .symbol(SYMBOL)
            .send()
            .await
            .unwrap()
            .iter()
            .count(),
        0
    );
}

#[tokio::test]
async fn prices_come_from_the_book() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    let order =
        binance_wire::usds_futures::requests::NewOrder::new(SYMBOL, Side::Buy, FuturesOrderType::Limit)
            .time_in_force(FuturesTimeInForce::Gtc)
            .quantity(dec!(0.01))
            .price_match(PriceMatch::Queue5);
    let placed = client.call(order).send().await.unwrap();
    assert_eq!(placed.price, Some(dec!(51999.5)));
}

#[tokio::test]
async fn an_algo_order_places_an_order_when_it_is_triggered() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    client.call(market(Side::Buy, dec!(0.1))).send().await.unwrap();
    let stop = |trigger| {
        client
            .new_algo_order(
                FuturesAlgoType::Conditional,
                SYMBOL,
                Side::Sell,
                FuturesOrderType::StopMarket,
            )
            .trigger_price(trigger)
            .quantity(dec!(0.1))
            .reduce_only(true)
            .working_type(binance_wire::usds_futures::WorkingType::MarkPrice)
    };
    assert_eq!(code(stop(dec!(53000.0)).send().await), -2021);
    let algo = stop(dec!(51500.0)).client_algo_id("loss").send().await.unwrap();
    assert_eq!(algo.algo_status, AlgoOrderStatus::New);
    let open = client.current_all_algo_open_orders().send().await.unwrap();
    assert_eq!(open.iter().next().unwrap().algo_id, algo.algo_id);
    assert!(exchange.move_futures(SYMBOL, "51400"));
    let ended = client
        .query_algo_order()
        .client_algo_id("loss")
        .send()
        .await
        .unwrap();
    assert_eq!(ended.algo_status, AlgoOrderStatus::Finished);
    let id: i64 = ended.actual_order_id.unwrap().parse().unwrap();
    let order = client.query_order(SYMBOL).order_id(id).send().await.unwrap();
    assert_eq!(order.status, FuturesOrderStatus::Filled);
    assert_eq!(position(&client).await.position_amt, Some(dec!(0)));
    let second = stop(dec!(50000.0)).send().await.unwrap();
    client
        .cancel_algo_order()
        .algo_id(second.algo_id)
        .send()
        .await
        .unwrap();
    let all = client.query_all_algo_orders(SYMBOL).send().await.unwrap();
    let states: Vec<AlgoOrderStatus> = all.iter().map(|algo| algo.algo_status.clone()).collect();
    assert_eq!(states, [AlgoOrderStatus::Finished, AlgoOrderStatus::Canceled]);
}

#[tokio::test]
async fn the_websocket_api_is_the_same_exchange() {
    let exchange = Exchange::start();
    let rest = client(&exchange, false);
    let url = format!("{}/ws-fapi/v1", exchange.streams_url());
    let connecting = ws_api::Client::builder_at([url])
        .credentials(credentials(false))
        .connect();
    let api = soon(connecting).await.expect("connected");
    let placed = api
        .call(limit(Side::Buy, dec!(0.010), dec!(51000.0)))
        .send()
        .await
        .unwrap();
    let found = rest
        .query_order(SYMBOL)
        .order_id(placed.order_id)
        .send()
        .await
        .unwrap();
    assert_eq!(found.status, FuturesOrderStatus::New);
    let filled = rest.call(market(Side::Buy, dec!(0.010))).send().await.unwrap();
    assert_eq!(filled.status, FuturesOrderStatus::Filled);
    let positions = api.position_risk_v3().symbol(SYMBOL).send().await.unwrap();
    assert_eq!(positions.iter().next().unwrap().position_amt, Some(dec!(0.010)));
    let account = api.account_v3().send().await.unwrap();
    assert_eq!(account.total_wallet_balance, balance(&rest).await.balance);
    api.cancel_order(SYMBOL)
        .order_id(placed.order_id)
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(api.cancel_order(SYMBOL).order_id(placed.order_id).send().await),
        -2011
    );
}
