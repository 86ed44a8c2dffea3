//! Requests that the documentation says are refused, by their parameters.

use binance_wire::{margin, spot, usds_futures};
use binance_wire_core::Operation;

/// Which of these queries break no rule of the request.
fn passing<O: Operation>(queries: &[&str]) -> Vec<String> {
    let passes = |query: &&&str| {
        O::RULES
            .check(&|sink| {
                for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
                    match (value.parse(), value.parse(), value.parse()) {
                        (Ok(number), ..) => sink.integer(name, number),
                        (_, Ok(number), _) => sink.decimal(name, number),
                        (.., Ok(answer)) => sink.boolean(name, answer),
                        _ => sink.text(name, value),
                    }
                }
            })
            .is_ok()
    };
    queries
        .iter()
        .filter(passes)
        .map(|query| (*query).to_owned())
        .collect()
}

#[test]
fn wrong_orders_break_a_rule() {
    let mut pass = passing::<spot::requests::NewOrder>(&[
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&price=1&quantity=1",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=1",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=1&quantity=0",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=0&quantity=1",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=-1&quantity=1",
        "symbol=BTCUSDT&side=BUY&type=MARKET",
        "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&quoteOrderQty=1",
        "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0",
        "symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=0",
        "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&price=1",
        "symbol=BTCUSDT&side=BUY&type=STOP_LOSS&quantity=1",
        "symbol=BTCUSDT&side=BUY&type=STOP_LOSS_LIMIT&quantity=1&price=1&timeInForce=GTC",
        "symbol=BTCUSDT&side=BUY&type=TAKE_PROFIT_LIMIT&quantity=1&stopPrice=1&timeInForce=GTC",
        "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=1",
        "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=1&price=1&timeInForce=GTC",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=IOC&price=1&quantity=1&icebergQty=0.5",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=1&quantity=1&newClientOrderId=a%20b",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=1&quantity=1&strategyType=5",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=1&quantity=1&pegOffsetValue=1",
    ]);
    pass.extend(passing::<margin::requests::NewMarginOrder>(&[
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1",
        "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&quoteOrderQty=1",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=1&quantity=0",
        "symbol=BTCUSDT&side=BUY&type=STOP_LOSS_LIMIT&quantity=1&price=1&timeInForce=GTC",
    ]));
    pass.extend(passing::<usds_futures::requests::NewOrder>(&[
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&price=1&quantity=1",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=1&quantity=0",
        "symbol=BTCUSDT&side=BUY&type=MARKET",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTD&price=1&quantity=1",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=1&priceMatch=QUEUE&quantity=1",
    ]));
    assert_eq!(pass, Vec::<String>::new());
}

#[test]
fn wrong_queries_break_a_rule() {
    let mut pass = passing::<spot::requests::QueryOrder>(&["symbol=BTCUSDT"]);
    pass.extend(passing::<spot::requests::CancelOrder>(&["symbol=BTCUSDT"]));
    pass.extend(passing::<spot::requests::MyTrades>(&[
        "symbol=BTCUSDT&startTime=1700000000000&endTime=1700086400001",
        "symbol=BTCUSDT&fromId=1&startTime=1700000000000",
    ]));
    assert_eq!(pass, Vec::<String>::new());
}
