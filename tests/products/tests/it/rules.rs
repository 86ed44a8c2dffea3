//! Rules and constructors of requests: what people send passes, and what the exchange would refuse is named before.

use std::fmt::Write as _;

use binance_wire::dec;
use binance_wire::spot::models::{OrderType, Side, TimeInForce};
use binance_wire::spot::requests as spot;
use binance_wire_core::{Decimal, ErrorCode, Operation, ParamSink, Timestamp};

/// Parameters as they are sent in a query.
#[derive(Default)]
struct Query(String);

impl Query {
    fn push(&mut self, name: &str, value: impl std::fmt::Display) {
        let separator = if self.0.is_empty() { "" } else { "&" };
        write!(self.0, "{separator}{name}={value}").expect("a string");
    }
}

impl ParamSink for Query {
    fn text(&mut self, name: &str, value: &str) {
        self.push(name, value);
    }

    fn integer(&mut self, name: &str, value: i64) {
        self.push(name, value);
    }

    fn decimal(&mut self, name: &str, value: Decimal) {
        self.push(name, value);
    }

    fn boolean(&mut self, name: &str, value: bool) {
        self.push(name, value);
    }

    fn json(&mut self, name: &str, json: &str) {
        self.push(name, json);
    }
}

/// The request obeys its rules, and is sent as `query`.
#[track_caller]
fn passes(request: &impl Operation, query: &str) {
    assert_eq!(request.check(), Ok(()));
    let mut sent = Query::default();
    request.write_params(&mut sent);
    assert_eq!(sent.0, query);
}

/// The request breaks a rule: which parameters, and the exchange's code.
#[track_caller]
fn refused(request: &impl Operation, parameters: &[&str], code: impl Into<Option<i32>>) {
    let broken = request.check().expect_err("a broken rule");
    assert_eq!(broken.parameters, parameters, "{broken}");
    assert_eq!(broken.code, code.into().map(ErrorCode), "{broken}");
}

/// A documented request, by its parameters: it passes.
#[track_caller]
fn documented<O: Operation>(query: &str) {
    let result = O::RULES.check(&|sink| {
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match value.parse() {
                Ok(number) => sink.integer(name, number),
                Err(_) if value.starts_with('[') => sink.json(name, value),
                Err(_) => sink.text(name, value),
            }
        }
    });
    assert_eq!(result, Ok(()), "{query}");
}

const BTC: &str = "BTCUSDT";

#[test]
fn spot_orders_for_what_people_do() {
    use spot::NewOrder as New;
    let (quantity, price, stop) = (dec!(0.01), dec!(52000.00), dec!(51000));
    passes(
        &New::limit(BTC, Side::Sell, quantity, price),
        "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.01&price=52000.00",
    );
    passes(
        &New::limit(BTC, Side::Sell, quantity, price)
            .time_in_force(TimeInForce::Ioc)
            .new_client_order_id("my-order_1"),
        "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=IOC&quantity=0.01&price=52000.00&newClientOrderId=my-order_1",
    );
    passes(
        &New::limit_maker(BTC, Side::Buy, quantity, price),
        "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.01&price=52000.00",
    );
    passes(
        &New::market(BTC, Side::Buy, quantity),
        "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01",
    );
    passes(
        &New::market_quote(BTC, Side::Buy, 100),
        "symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=100",
    );
    passes(
        &New::stop_loss(BTC, Side::Sell, quantity, stop),
        "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=0.01&stopPrice=51000",
    );
    passes(
        &New::stop_loss_limit(spot::NewOrderStopLossLimit {
            symbol: BTC.into(),
            side: Side::Sell,
            quantity,
            price,
            stop_price: stop,
        }),
        "symbol=BTCUSDT&side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=0.01&price=52000.00&stopPrice=51000",
    );
    passes(
        &New::take_profit(BTC, Side::Sell, quantity, stop),
        "symbol=BTCUSDT&side=SELL&type=TAKE_PROFIT&quantity=0.01&stopPrice=51000",
    );
    passes(
        &New::take_profit_limit(spot::NewOrderTakeProfitLimit {
            symbol: BTC.into(),
            side: Side::Sell,
            quantity,
            price,
            stop_price: stop,
        }),
        "symbol=BTCUSDT&side=SELL&type=TAKE_PROFIT_LIMIT&timeInForce=GTC&quantity=0.01&price=52000.00&stopPrice=51000",
    );
    passes(
        &spot::SorOrder::limit(BTC, Side::Buy, quantity, price),
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=52000.00",
    );
    passes(
        &spot::OrderListOco::sell(spot::OrderListOcoSell {
            symbol: BTC.into(),
            quantity,
            above_price: price,
            below_stop_price: stop,
        }),
        "symbol=BTCUSDT&side=SELL&quantity=0.01&aboveType=LIMIT_MAKER&abovePrice=52000.00\
         &belowType=STOP_LOSS&belowStopPrice=51000",
    );
    passes(
        &spot::OrderListOco::buy(spot::OrderListOcoBuy {
            symbol: BTC.into(),
            quantity,
            above_stop_price: price,
            below_price: stop,
        }),
        "symbol=BTCUSDT&side=BUY&quantity=0.01&aboveType=STOP_LOSS&aboveStopPrice=52000.00\
         &belowType=LIMIT_MAKER&belowPrice=51000",
    );
    passes(
        &spot::OrderListOpo::limit(spot::OrderListOpoLimit {
            symbol: BTC.into(),
            working_price: stop,
            working_quantity: quantity,
            pending_price: price,
        }),
        "symbol=BTCUSDT&workingType=LIMIT&workingSide=BUY&workingPrice=51000&workingQuantity=0.01\
         &workingTimeInForce=GTC&pendingType=LIMIT&pendingSide=SELL&pendingPrice=52000.00&pendingTimeInForce=GTC",
    );
}

#[test]
fn a_spot_order_cannot_lack_what_its_type_needs() {
    use OrderType::{Limit, LimitMaker, Market, StopLoss, StopLossLimit};
    let new = |order_type| spot::NewOrder::new(BTC, Side::Buy, order_type);
    refused(&new(Limit), &["timeInForce", "quantity"], -1102);
    refused(
        &new(Limit).time_in_force(TimeInForce::Gtc).quantity(1),
        &["price"],
        -1102,
    );
    refused(&new(LimitMaker).price(1), &["quantity"], -1102);
    refused(&new(Market), &["quantity", "quoteOrderQty"], -1102);
    refused(
        &new(Market).quantity(1).quote_order_qty(1),
        &["quantity", "quoteOrderQty"],
        None,
    );
    refused(
        &new(Market).quantity(1).time_in_force(TimeInForce::Gtc),
        &["timeInForce"],
        -1106,
    );
    refused(&new(StopLoss).quantity(1), &["stopPrice", "trailingDelta"], -1102);
    refused(
        &new(StopLossLimit).stop_price(1),
        &["timeInForce", "quantity"],
        -1102,
    );
    refused(
        &spot::NewOrder::limit(BTC, Side::Buy, 1, 1).quote_order_qty(1),
        &["quoteOrderQty"],
        -1106,
    );
    refused(
        &spot::NewOrder::limit(BTC, Side::Buy, 1, 1).new_client_order_id("no spaces"),
        &["newClientOrderId"],
        None,
    );
    refused(
        &spot::NewOrder::limit(BTC, Side::Buy, 1, 1)
            .iceberg_qty(1)
            .time_in_force(TimeInForce::Fok),
        &["icebergQty"],
        None,
    );
    // An order is an iceberg where `icebergQty` is more than 0.
    let no_iceberg = spot::NewOrder::limit(BTC, Side::Buy, 1, 1)
        .iceberg_qty(0)
        .time_in_force(TimeInForce::Ioc);
    assert_eq!(no_iceberg.check(), Ok(()));
    // A type that the specs do not know is the exchange's to judge.
    assert_eq!(new(OrderType::unlisted("NOVEL")).check(), Ok(()));
    // A pegged order has no price.
    let pegged = new(Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(1)
        .peg_price_type(binance_wire::spot::models::PegPriceType::PrimaryPeg);
    assert_eq!(pegged.check(), Ok(()));
    // An order with a trailing trigger has no trigger price.
    assert_eq!(new(StopLoss).quantity(1).trailing_delta(100).check(), Ok(()));
}

#[test]
fn the_legs_of_a_spot_pair_are_on_their_sides() {
    let pair = |side, above, below| {
        spot::OrderListOco::new(spot::OrderListOcoRequired {
            symbol: BTC.into(),
            side,
            quantity: dec!(1),
            above_type: above,
            below_type: below,
        })
        .above_price(2)
        .above_stop_price(2)
        .below_price(1)
        .below_stop_price(1)
    };
    use OrderType::{Limit, LimitMaker, StopLoss, TakeProfit};
    assert_eq!(pair(Side::Buy, StopLoss, LimitMaker).check(), Ok(()));
    assert_eq!(pair(Side::Buy, StopLoss, TakeProfit).check(), Ok(()));
    assert_eq!(pair(Side::Sell, TakeProfit, StopLoss).check(), Ok(()));
    refused(&pair(Side::Buy, LimitMaker, StopLoss), &["side"], -1165);
    refused(&pair(Side::Sell, StopLoss, LimitMaker), &["side"], -1197);
    refused(&pair(Side::Sell, Limit, StopLoss), &["aboveType"], -1158);
}

#[test]
fn spot_queries_in_the_documented_combinations() {
    let (from, day) = (Timestamp::from_millis(1_700_000_000_000), 86_400_000);
    let after = |millis| Timestamp::from_millis(from.as_millis() + millis);
    let trades = || spot::MyTrades::new(BTC);
    assert_eq!(trades().check(), Ok(()));
    assert_eq!(trades().order_id(1).from_id(2).limit(1000).check(), Ok(()));
    assert_eq!(trades().start_time(from).end_time(after(day)).check(), Ok(()));
    refused(
        &trades().from_id(2).start_time(from),
        &["startTime", "fromId"],
        -1128,
    );
    refused(
        &trades().start_time(from).end_time(after(day + 1)),
        &["startTime", "endTime"],
        -1127,
    );
    // Where the exchange cut the answer short, a page would be taken for the last one.
    refused(&trades().limit(1001), &["limit"], None);
    refused(&spot::MyPreventedMatches::new(BTC), &[], -1128);
    assert_eq!(spot::MyPreventedMatches::new(BTC).order_id(1).check(), Ok(()));
    refused(
        &spot::ExchangeInfo::new().symbol(BTC).symbols(["ETHUSDT"]),
        &["symbol", "symbols"],
        None,
    );
}

/// Requests as the exchange's documentation shows them.
#[test]
fn documented_spot_requests_pass() {
    documented::<spot::NewOrder>("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1");
    documented::<spot::NewOrder>(
        "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&price=23416.10000000&quantity=0.00847000",
    );
    documented::<spot::TestOrder>(
        "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&price=23416.1&quantity=0.00847",
    );
    documented::<spot::OrderCancelReplace>(
        "symbol=BTCUSDT&cancelReplaceMode=ALLOW_FAILURE&cancelOrigClientOrderId=4d96324ff9d44481926157&side=SELL\
         &type=LIMIT&timeInForce=GTC&price=23416.10000000&quantity=0.00847000",
    );
    documented::<spot::OrderListOco>(
        "symbol=LTCBTC&side=BUY&quantity=1&aboveType=STOP_LOSS_LIMIT&abovePrice=1.52&aboveStopPrice=1.5\
         &aboveTimeInForce=GTC&belowType=LIMIT_MAKER&belowPrice=1.48",
    );
    documented::<spot::OrderListOto>(
        "symbol=LTCBNB&workingType=LIMIT&workingSide=SELL&workingTimeInForce=GTC&workingQuantity=1.00000000\
         &workingPrice=1.00000000&pendingType=MARKET&pendingSide=BUY&pendingQuantity=5.00000000",
    );
    documented::<spot::OrderListOtoco>(
        "symbol=LTCBNB&workingType=LIMIT&workingSide=BUY&workingPrice=1.50000000&workingQuantity=1.00000000\
         &workingTimeInForce=GTC&pendingSide=SELL&pendingQuantity=5.00000000&pendingAboveType=LIMIT_MAKER\
         &pendingAbovePrice=5.00000000&pendingBelowType=STOP_LOSS&pendingBelowStopPrice=0.50000000",
    );
    documented::<spot::OrderOco>(
        "symbol=BTCUSDT&side=SELL&price=23420.00000000&quantity=0.00650000&stopPrice=23410.00000000\
         &stopLimitPrice=23405.00000000&stopLimitTimeInForce=GTC&newOrderRespType=RESULT",
    );
    documented::<spot::SorOrder>(
        "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=0.5&timeInForce=GTC&price=31000",
    );
    documented::<spot::OrderAmendKeepPriority>("symbol=BTCUSDT&newQty=5&origClientOrderId=my_test_order1");
    documented::<spot::MyTrades>("symbol=BTCUSDT&startTime=1660780800000&endTime=1660867200000");
    documented::<spot::AllOrders>("symbol=BTCUSDT&startTime=1660780800000&endTime=1660867200000&limit=5");
}

#[test]
fn futures_orders_for_what_people_do() {
    use binance_wire::usds_futures::models::{FuturesOrderType, NewBatchOrder, PriceMatch, Side};
    use binance_wire::usds_futures::requests as futures;
    let (quantity, price) = (dec!(0.01), dec!(52000.0));
    passes(
        &futures::NewOrder::limit(BTC, Side::Buy, quantity, price),
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=52000.0",
    );
    passes(
        &futures::NewOrder::limit_maker(BTC, Side::Buy, quantity, price),
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTX&quantity=0.01&price=52000.0",
    );
    passes(
        &futures::NewOrder::market(BTC, Side::Buy, quantity),
        "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01",
    );
    passes(
        &futures::NewAlgoOrder::stop_market(BTC, Side::Sell, quantity, price),
        "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=0.01&triggerPrice=52000.0",
    );
    passes(
        &futures::NewAlgoOrder::close_at_stop(BTC, Side::Sell, price),
        "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&triggerPrice=52000.0&closePosition=true",
    );
    passes(
        &futures::NewAlgoOrder::trailing_stop_market(BTC, Side::Sell, quantity, 1),
        "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=TRAILING_STOP_MARKET&quantity=0.01&callbackRate=1",
    );
    refused(
        &futures::NewAlgoOrder::close_at_stop(BTC, Side::Sell, price).quantity(1),
        &["quantity"],
        -4137,
    );
    refused(
        &futures::NewAlgoOrder::trailing_stop_market(BTC, Side::Sell, quantity, 21),
        &["callbackRate"],
        None,
    );

    // A conditional order leads to the operation that takes it.
    let stop = futures::NewOrder::new(BTC, Side::Sell, FuturesOrderType::StopMarket);
    refused(&stop, &["type"], -4120);
    let reported = stop.check().expect_err("a broken rule").to_string();
    assert!(reported.contains("newAlgoOrder"), "{reported}");

    let matched = futures::NewOrder::limit(BTC, Side::Buy, quantity, price).price_match(PriceMatch::Queue);
    refused(&matched, &["price"], None);

    let entry = |order_type| NewBatchOrder::new(BTC, Side::Buy, order_type, quantity);
    let batch = |second| futures::PlaceMultipleOrders::new([entry(FuturesOrderType::Market), second]);
    assert_eq!(batch(entry(FuturesOrderType::Market)).check(), Ok(()));
    let broken = batch(entry(FuturesOrderType::Limit))
        .check()
        .expect_err("a broken rule");
    assert_eq!(broken.entry, Some(("batchOrders", 1)));
    assert_eq!(broken.parameters, ["timeInForce"]);
    refused(&batch(entry(FuturesOrderType::Stop)), &["type"], -4120);
    let six = std::iter::repeat_n(entry(FuturesOrderType::Market), 6);
    refused(&futures::PlaceMultipleOrders::new(six), &["batchOrders"], None);
}

#[test]
fn options_and_margin_orders() {
    use binance_wire::{margin, options};
    passes(
        &options::requests::NewOrder::limit("BTC-200730-9000-C", options::Side::Buy, 1, 100),
        "symbol=BTC-200730-9000-C&side=BUY&type=LIMIT&quantity=1&price=100&timeInForce=GTC",
    );
    passes(
        &margin::requests::NewMarginOrder::limit(BTC, margin::Side::Buy, 1, 2),
        "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=2&timeInForce=GTC",
    );
    let limit =
        margin::requests::NewMarginOrder::new(BTC, margin::Side::Buy, margin::models::OrderType::Limit);
    refused(&limit, &["quantity", "price"], -1102);
}

/// Requests as the exchange's documentation shows them.
#[test]
fn a_change_of_a_batch_by_price_match_is_not_proved_by_its_quantity() {
    use binance_wire::usds_futures::requests::ModifyMultipleOrders;
    use binance_wire_core::Shown;
    use binance_wire_core::{Identified, OrderIds};
    let list = r#"[{"orderId":1,"symbol":"BTCUSDT","side":"BUY","quantity":"1","priceMatch":"QUEUE"},
                   {"orderId":2,"symbol":"BTCUSDT","side":"BUY","quantity":"1","price":"5"}]"#;
    let identified = Identified::new(&ModifyMultipleOrders::IDENTITY, &OrderIds::off(), &|sink| {
        sink.json("batchOrders", list);
    });
    let query = ModifyMultipleOrders::IDENTITY
        .query
        .expect("orders can be asked for");
    let shown: Vec<_> = identified
        .orders()
        .iter()
        .map(|order| query.done.shown(order, r#"{"price":"5","origQty":"1"}"#))
        .collect();
    assert_eq!(shown, [Ok(Shown::Nothing), Ok(Shown::CarriedOut)]);
}

#[test]
fn documented_requests_of_derivatives_pass() {
    use binance_wire::{margin, options, usds_futures};
    documented::<usds_futures::requests::NewOrder>(
        "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC",
    );
    documented::<usds_futures::requests::NewOrder>(
        "symbol=BTCUSDT&side=BUY&positionSide=BOTH&type=LIMIT&quantity=0.1&price=43187.00&timeInForce=GTC",
    );
    documented::<usds_futures::requests::PlaceMultipleOrders>(
        "batchOrders=[{\"type\":\"LIMIT\",\"timeInForce\":\"GTC\",\"symbol\":\"BTCUSDT\",\"side\":\"BUY\",\
         \"price\":\"10001\",\"quantity\":\"0.001\"}]",
    );
    documented::<usds_futures::requests::ModifyMultipleOrders>(
        "batchOrders=[{\"orderId\":1,\"symbol\":\"BTCUSDT\",\"side\":\"BUY\",\"quantity\":\"1\",\"price\":\"2\"}]",
    );
    documented::<options::requests::PlaceMultipleOrders>(
        "orders=[{\"symbol\":\"BTC-210115-35000-C\",\"price\":\"100\",\"quantity\":\"0.0002\",\"side\":\"BUY\",\
         \"type\":\"LIMIT\"}]",
    );
    documented::<margin::requests::NewMarginOrder>(
        "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.1&sideEffectType=AUTO_REPAY",
    );
}
