//! Requests that the documentation says are refused, by their parameters.

use binance_wire::{
    coin_futures, link, margin, portfolio_margin, spot, stocks, sub_account, usds_futures, wallet,
};
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
                        _ if value.starts_with('[') => sink.json(name, value),
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
fn an_order_of_hedge_mode_has_no_reduce_only() {
    let hedged = "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1&positionSide=LONG&reduceOnly=true";
    let one_way = "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1&positionSide=BOTH&reduceOnly=true";
    let both = [hedged, one_way];
    assert_eq!(passing::<usds_futures::requests::NewOrder>(&both), [one_way]);
    assert_eq!(passing::<coin_futures::requests::NewOrder>(&both), [one_way]);
    assert_eq!(
        passing::<portfolio_margin::requests::NewUmOrder>(&both),
        [one_way]
    );
    assert_eq!(
        passing::<portfolio_margin::requests::NewCmOrder>(&both),
        [one_way]
    );
    let one_way = one_way.replace(
        "type=MARKET",
        "type=STOP_MARKET&algoType=CONDITIONAL&triggerPrice=1",
    );
    let hedged = hedged.replace(
        "type=MARKET",
        "type=STOP_MARKET&algoType=CONDITIONAL&triggerPrice=1",
    );
    assert_eq!(
        passing::<usds_futures::requests::NewAlgoOrder>(&[&hedged, &one_way]),
        [one_way]
    );
}

#[test]
fn transfers_and_loans_say_what_their_kind_needs() {
    let isolated = "type=ISOLATEDMARGIN_MARGIN&asset=USDT&amount=1";
    let with_symbol = "type=ISOLATEDMARGIN_MARGIN&asset=USDT&amount=1&fromSymbol=BTCUSDT";
    let spot = "type=MAIN_MARGIN&asset=USDT&amount=1";
    assert_eq!(
        passing::<wallet::requests::UserUniversalTransfer>(&[isolated, with_symbol, spot]),
        [with_symbol, spot]
    );
    let mut pass = passing::<margin::requests::MarginAccountBorrowRepay>(&[
        "asset=USDT&isIsolated=TRUE&amount=1&type=BORROW",
    ]);
    pass.extend(passing::<sub_account::requests::QueryUniversalTransferHistory>(
        &[
            "fromEmail=a&toEmail=b",
            "startTime=1700000000000&endTime=1700604800001",
        ],
    ));
    pass.extend(passing::<stocks::requests::PlaceEquityOrder>(&[
        "symbol=AAPL&side=BUY&orderType=MARKET&quantity=1",
        "symbol=AAPL&side=SELL&orderType=MARKET&notional=1",
        "symbol=AAPL&side=BUY&orderType=LIMIT&price=1&quantity=1",
        "symbol=AAPL&side=BUY&orderType=MARKET&notional=1&tradingSession=24H",
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
        "symbol=BTCUSDT&limit=1001",
    ]));
    pass.extend(passing::<usds_futures::requests::MyTrades>(&[
        "symbol=BTCUSDT&startTime=1700000000000&endTime=1700604800001",
        "symbol=BTCUSDT&fromId=1&startTime=1700000000000",
        "symbol=BTCUSDT&limit=1001",
    ]));
    pass.extend(passing::<coin_futures::requests::MyTrades>(&[
        "symbol=BTCUSD_PERP&pair=BTCUSD",
        "pair=BTCUSD&fromId=1",
        "pair=BTCUSD&orderId=1",
    ]));
    pass.extend(passing::<link::requests::SubAccountDepositHistory>(&[
        "startTime=1700000000000&endTime=1700604800001",
    ]));
    pass.extend(passing::<usds_futures::requests::CancelMultipleOrders>(&[
        "symbol=BTCUSDT&orderIdList=[1,2,3,4,5,6,7,8,9,10,11]",
    ]));
    pass.extend(passing::<wallet::requests::WithdrawHistory>(&[
        "startTime=1700000000000&endTime=1707776000001",
        "withdrawOrderId=a&startTime=1700000000000&endTime=1700604800001",
        "limit=1001",
    ]));
    assert_eq!(pass, Vec::<String>::new());
}
