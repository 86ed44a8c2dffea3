//! Placing, querying, replacing and canceling orders.

use binance_wire_core::{Error, ErrorCode, Nullable, dec};
use binance_wire_e2e::{
    FOREIGN_SYMBOL, RESTING, canceled_order, every_key_type, hmac, placed_status, rest_builder, rest_client,
    resting_order, status_of,
};
use binance_wire_sandbox::{Exchange, Fault, Injection};
use binance_wire_spot::models::{
    AmendedOrderResponse, CancelOutcome, CancelReplaceErrorData, NewOrderOutcome, NewOrderResponse,
    TestOrderResponse,
};
use binance_wire_spot::{
    CancelReplaceMode, CancelReplaceStatus, NewOrderRespType, OrderStatus, OrderType, Side, TimeInForce,
    TimeUnit, error_codes,
};

#[tokio::test]
async fn every_key_type_places_and_cancels_an_order() {
    let exchange = Exchange::start();
    for (name, credentials) in every_key_type() {
        let client = rest_client(&exchange, credentials);
        let id = format!("rest-{name}");
        let placed = client
            .new_order("BTCUSDT", Side::Buy, OrderType::Limit)
            .time_in_force(TimeInForce::Gtc)
            .quantity(dec!(0.01))
            .price(RESTING)
            .new_client_order_id(&id)
            .send()
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(placed_status(&placed), &OrderStatus::New, "{name}");
        assert_eq!(placed.client_order_id(), id.as_str());
        assert_eq!(status_of(&exchange, &id).as_deref(), Some("NEW"), "{name}");

        let canceled = client
            .cancel_order("BTCUSDT")
            .order_id(placed.order_id())
            .send()
            .await;
        let canceled = canceled_order(canceled.unwrap_or_else(|error| panic!("{name}: {error}")));
        assert_eq!(canceled.order_id, placed.order_id());
        assert_eq!(canceled.orig_client_order_id.as_deref(), Some(id.as_str()));
        assert_eq!(
            (canceled.status, canceled.price),
            (OrderStatus::Canceled, RESTING)
        );
        assert_eq!(status_of(&exchange, &id).as_deref(), Some("CANCELED"), "{name}");
    }
}

#[tokio::test]
async fn a_symbol_outside_of_ascii_is_encoded_and_signed() {
    let exchange = Exchange::start();
    for (name, credentials) in every_key_type() {
        let client = rest_client(&exchange, credentials);
        let placed = client
            .new_order(FOREIGN_SYMBOL, Side::Buy, OrderType::Limit)
            .time_in_force(TimeInForce::Gtc)
            .quantity(dec!(10))
            .price(dec!(0.5))
            .send()
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(placed.symbol(), FOREIGN_SYMBOL);
        let open = client
            .open_orders()
            .symbol(FOREIGN_SYMBOL)
            .send()
            .await
            .expect("open orders");
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].symbol, FOREIGN_SYMBOL);
        client
            .cancel_order(FOREIGN_SYMBOL)
            .order_id(placed.order_id())
            .send()
            .await
            .expect("canceled");
    }
    let sent = exchange.requests();
    assert!(sent.iter().all(|request| request.query.is_ascii()), "{sent:?}");
    assert!(sent[0].query.contains("symbol=%E8%BF%99"), "{}", sent[0].query);
}

#[tokio::test]
async fn an_order_is_found_by_either_id_and_among_the_open_ones() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let placed = client.send(&resting_order("mine")).await.expect("placed");

    let by_id = client
        .query_order("BTCUSDT")
        .order_id(placed.order_id())
        .send()
        .await
        .expect("found");
    let by_client_id = client
        .query_order("BTCUSDT")
        .orig_client_order_id("mine")
        .send()
        .await
        .expect("found");
    assert_eq!(by_id, by_client_id);
    assert_eq!(by_id.client_order_id, "mine");
    assert_eq!((by_id.price, by_id.orig_qty), (RESTING, Some(dec!(0.01))));
    assert_eq!(
        (by_id.side, by_id.type_, by_id.status),
        (Side::Buy, OrderType::Limit, OrderStatus::New)
    );
    assert!(by_id.is_working);
    // Numbers keep the digits that were sent.
    assert_eq!(by_id.price.to_string(), "51000.00000000");

    let open = client.open_orders().send().await.expect("open orders");
    assert_eq!(
        open.iter().map(|order| order.order_id).collect::<Vec<_>>(),
        [placed.order_id()]
    );
    client
        .cancel_order("BTCUSDT")
        .orig_client_order_id("mine")
        .send()
        .await
        .expect("canceled");
    assert!(client.open_orders().send().await.expect("open orders").is_empty());
}

#[tokio::test]
async fn a_market_order_tells_its_fills_in_each_form_of_answer() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let buy = || {
        client
            .new_order("BTCUSDT", Side::Buy, OrderType::Market)
            .quantity(dec!(0.01))
    };

    let NewOrderResponse::Full(full) = buy().send().await.expect("filled") else {
        panic!("FULL is the default of market orders")
    };
    assert_eq!(
        (&full.status, full.executed_qty),
        (&OrderStatus::Filled, dec!(0.01))
    );
    assert_eq!(
        full.fills
            .iter()
            .map(|fill| fill.qty)
            .sum::<binance_wire_core::Decimal>(),
        dec!(0.01)
    );

    let result = buy()
        .new_order_resp_type(NewOrderRespType::Result)
        .send()
        .await
        .expect("filled");
    assert!(matches!(&result, NewOrderResponse::Result(order) if order.status == OrderStatus::Filled));
    let ack = buy()
        .new_order_resp_type(NewOrderRespType::Ack)
        .send()
        .await
        .expect("filled");
    assert!(matches!(ack, NewOrderResponse::Ack(_)));

    let trades = client
        .my_trades("BTCUSDT")
        .order_id(full.order_id)
        .send()
        .await
        .expect("trades");
    assert_eq!(trades.len(), full.fills.len());
    assert_eq!(
        (trades[0].price, Some(trades[0].id)),
        (full.fills[0].price, full.fills[0].trade_id)
    );
    let account = client
        .account()
        .omit_zero_balances(true)
        .send()
        .await
        .expect("the account");
    assert!(
        account
            .balances
            .iter()
            .any(|balance| balance.asset == "BTC" && balance.locked.is_zero())
    );
}

#[tokio::test]
async fn a_test_order_changes_nothing() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let call = client
        .test_order("BTCUSDT", Side::Buy, OrderType::Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(dec!(0.01))
        .price(RESTING);
    let plain = call.clone().send().await.expect("accepted");
    assert!(
        !matches!(plain, TestOrderResponse::TestOrderCommission(_)),
        "{plain:?}"
    );
    let rates = call
        .compute_commission_rates(true)
        .send()
        .await
        .expect("accepted");
    assert!(
        matches!(rates, TestOrderResponse::TestOrderCommission(_)),
        "{rates:?}"
    );
    assert!(exchange.orders().is_empty());
}

#[tokio::test]
async fn cancel_replace_puts_one_order_in_place_of_another() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let first = client.send(&resting_order("first")).await.expect("placed");
    let replaced = client
        .order_cancel_replace(
            "BTCUSDT",
            Side::Buy,
            OrderType::Limit,
            CancelReplaceMode::StopOnFailure,
        )
        .cancel_order_id(first.order_id())
        .time_in_force(TimeInForce::Gtc)
        .quantity(dec!(0.02))
        .price(RESTING)
        .new_client_order_id("second")
        .send()
        .await
        .expect("replaced");
    assert_eq!(replaced.cancel_result, CancelReplaceStatus::Success);
    let (Some(canceled), Some(placed)) = (replaced.cancel_response, replaced.new_order_response) else {
        panic!("both steps answer");
    };
    assert_eq!(canceled.order_id, first.order_id());
    assert_eq!(placed.client_order_id(), "second");
    assert_eq!(status_of(&exchange, "first").as_deref(), Some("CANCELED"));
    assert_eq!(status_of(&exchange, "second").as_deref(), Some("NEW"));
}

/// Times keep the unit that was asked for, and compare by instant.
#[tokio::test]
async fn times_come_in_the_unit_asked_for() {
    let exchange = Exchange::start();
    let millis = rest_client(&exchange, hmac());
    let micros = rest_builder(&exchange)
        .credentials(hmac())
        .time_unit(TimeUnit::Microsecond)
        .build()
        .expect("a client");
    millis.send(&resting_order("mine")).await.expect("placed");
    let in_millis = millis
        .query_order("BTCUSDT")
        .orig_client_order_id("mine")
        .send()
        .await
        .expect("found");
    let in_micros = micros
        .query_order("BTCUSDT")
        .orig_client_order_id("mine")
        .send()
        .await
        .expect("found");
    assert_eq!(
        (in_millis.time.unit(), in_micros.time.unit()),
        (TimeUnit::Millisecond, TimeUnit::Microsecond)
    );
    assert_eq!(in_millis.time.as_millis(), in_micros.time.as_millis());
}

/// Status 409, canceled but not replaced: both results are there as types.
#[tokio::test]
async fn a_cancel_replace_half_done_tells_both_results() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let first = client.send(&resting_order("first")).await.expect("placed");
    let message = "Account has insufficient balance for requested action.".to_owned();
    exchange.inject(
        Injection::new(Fault::RejectNewOrder { code: -2010, message })
            .on_http("POST", "/api/v3/order/cancelReplace"),
    );
    let half = client
        .order_cancel_replace(
            "BTCUSDT",
            Side::Buy,
            OrderType::Limit,
            CancelReplaceMode::StopOnFailure,
        )
        .cancel_order_id(first.order_id())
        .time_in_force(TimeInForce::Gtc)
        .quantity(dec!(0.02))
        .price(RESTING)
        .new_client_order_id("second")
        .send()
        .await;
    let Err(Error::PartialSuccess { error: said, .. }) = half else {
        panic!("409 is a success in part: {half:?}")
    };
    assert_eq!(
        (said.status, said.code),
        (409, error_codes::CANCEL_REPLACE_PARTIALLY_FAILED)
    );
    let data: CancelReplaceErrorData = said.data_as().expect("data").expect("typed");
    assert_eq!(data.cancel_result, CancelReplaceStatus::Success);
    assert_eq!(data.new_order_result, CancelReplaceStatus::Failure);
    let Some(Nullable::Value(CancelOutcome::CanceledOrder(canceled))) = data.cancel_response else {
        panic!("the cancellation succeeded: {:?}", data.cancel_response)
    };
    assert_eq!(
        (canceled.order_id, canceled.status),
        (first.order_id(), OrderStatus::Canceled)
    );
    let Some(Nullable::Value(NewOrderOutcome::CancelReplaceFailure(failure))) = data.new_order_response
    else {
        panic!("the new order failed: {:?}", data.new_order_response)
    };
    assert_eq!(ErrorCode(failure.code), error_codes::NEW_ORDER_REJECTED);
    assert_eq!(status_of(&exchange, "first").as_deref(), Some("CANCELED"));
    assert_eq!(status_of(&exchange, "second"), None);
}

/// The other half: nothing to cancel, and the new order placed all the same.
#[tokio::test]
async fn a_cancel_replace_may_only_place() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let replace = |mode: CancelReplaceMode| {
        client
            .order_cancel_replace("BTCUSDT", Side::Buy, OrderType::Limit, mode)
            .cancel_orig_client_order_id("never-was")
            .time_in_force(TimeInForce::Gtc)
            .quantity(dec!(0.02))
            .price(RESTING)
            .new_client_order_id("second")
    };
    let half = replace(CancelReplaceMode::AllowFailure).send().await;
    let Err(Error::PartialSuccess { error: said, .. }) = half else {
        panic!("409 is a success in part: {half:?}")
    };
    let data: CancelReplaceErrorData = said.data_as().expect("data").expect("typed");
    let Some(Nullable::Value(CancelOutcome::CancelReplaceFailure(failure))) = data.cancel_response else {
        panic!("the cancellation failed: {:?}", data.cancel_response)
    };
    assert_eq!(ErrorCode(failure.code), error_codes::CANCEL_REJECTED);
    let Some(Nullable::Value(NewOrderOutcome::NewOrderResponse(placed))) = data.new_order_response else {
        panic!("the order was placed: {:?}", data.new_order_response)
    };
    assert_eq!(placed.client_order_id(), "second");
    assert_eq!(status_of(&exchange, "second").as_deref(), Some("NEW"));

    // With the other mode nothing is tried after the failure, and that is a plain refusal.
    let refused = replace(CancelReplaceMode::StopOnFailure)
        .new_client_order_id("third")
        .send()
        .await;
    let Err(Error::Api(said)) = refused else {
        panic!("nothing was done: {refused:?}")
    };
    assert_eq!(
        (said.status, said.code),
        (400, error_codes::CANCEL_REPLACE_FAILED)
    );
    let data: CancelReplaceErrorData = said.data_as().expect("data").expect("typed");
    assert_eq!(data.new_order_result, CancelReplaceStatus::NotAttempted);
    assert_eq!(data.new_order_response, Some(Nullable::Null));
    assert_eq!(status_of(&exchange, "third"), None);
}

#[tokio::test]
async fn public_operations_need_no_credentials_and_signed_ones_say_so() {
    let exchange = Exchange::start();
    let client = rest_builder(&exchange).build().expect("a client");
    client.ping().send().await.expect("pong");
    assert!(
        client
            .time()
            .send()
            .await
            .expect("the time")
            .server_time
            .as_millis()
            > 0
    );
    let info = client
        .exchange_info()
        .symbols(["BTCUSDT", FOREIGN_SYMBOL])
        .send()
        .await
        .expect("listed");
    let symbols: Vec<&str> = info.symbols.iter().map(|listed| listed.symbol.as_str()).collect();
    assert_eq!(symbols, ["BTCUSDT", FOREIGN_SYMBOL]);
    let book = client.depth("BTCUSDT").limit(5).send().await.expect("a book");
    assert_eq!((book.bids.len(), book.asks.len()), (5, 5));
    assert!(book.bids[0].price < book.asks[0].price);

    let sent = exchange.requests();
    for request in &sent {
        assert_eq!(request.header("x-mbx-apikey"), None);
        assert!(
            !request.query.contains("signature") && !request.query.contains("timestamp"),
            "{request:?}"
        );
    }
    let refused = client.account().send().await;
    assert!(matches!(refused, Err(Error::Unusable(_))), "{refused:?}");
    assert_eq!(exchange.requests().len(), sent.len(), "nothing went out");
}

#[test]
fn a_pending_order_has_no_working_time() {
    let amended = r#"{"transactTime":1,"executionId":22,"amendedOrder":{"symbol":"BTCUSDT","orderId":9,"origClientOrderId":"a","clientOrderId":"b","price":"0.00000000","qty":"4.00000000","executedQty":"0.00000000","preventedQty":"0.00000000","cumulativeQuoteQty":"0.00000000","status":"PENDING_NEW","timeInForce":"GTC","type":"MARKET","side":"BUY","selfTradePreventionMode":"NONE"}}"#;
    let amended: AmendedOrderResponse = binance_wire_core::json::from_str(amended).expect("an amendment");
    assert_eq!(
        (amended.amended_order.order_id, amended.amended_order.working_time),
        (9, None)
    );
}
