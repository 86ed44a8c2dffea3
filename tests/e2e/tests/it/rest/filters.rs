//! Filters of `exchangeInfo`: what the check says of an order is what the exchange does with it.

use binance_wire_core::filters::{FilterContext, OrderFilters, OrderValues, Round};
use binance_wire_core::{Decimal, dec};
use binance_wire_e2e::{hmac, rest_builder, resting_order};
use binance_wire_sandbox::Exchange;
use binance_wire_spot::requests::NewOrder;
use binance_wire_spot::{RejectReason, Side};

fn order(price: Decimal, quantity: Decimal) -> NewOrder {
    resting_order("mine").price(price).quantity(quantity)
}

#[tokio::test]
async fn the_check_says_what_the_exchange_does() {
    let exchange = Exchange::start();
    // The exchange is to judge a quantity of 0, too.
    let client = rest_builder(&exchange)
        .credentials(hmac())
        .check_requests(false)
        .build()
        .expect("a client");
    let info = client
        .exchange_info()
        .symbol("BTCUSDT")
        .send()
        .await
        .expect("symbols");
    let filters = OrderFilters::from(&info.symbols[0]).and(&info.exchange_filters);
    assert_eq!(filters.symbol(), "BTCUSDT");
    let context = FilterContext::new()
        .reference_price(None)
        .average_price(dec!(50000))
        .open_orders(0);

    for (price, quantity) in [
        (dec!(49123.456), dec!(0.01)),
        (dec!(49123.45), dec!(0.01234567)),
        (dec!(49123.45), dec!(0)),
        (dec!(49123.45), dec!(0.00001)),
        (dec!(49123.45), dec!(1000000000)),
    ] {
        let report = filters.check(&order(price, quantity), &context);
        assert_eq!(report.not_checked(), []);
        let failure = report.failures().first().expect("a failure").clone();
        let refused = client.send(&order(price, quantity)).await.expect_err("refused");
        assert_eq!(refused.code(), failure.code, "{failure}");
        let said = failure.message.as_deref().map(RejectReason::unlisted);
        assert_eq!(refused.reject_reason(), said, "{failure}");
    }

    let price = filters.price(dec!(49123.456), Round::Down).expect("a price");
    let quantity = filters
        .quantity(dec!(0.01234567), Round::Down)
        .expect("a quantity");
    let rounded = order(price, quantity);
    let report = filters.check(&rounded, &context);
    assert!(report.is_passed(), "{report:?}");
    // The others are of icebergs, market, conditional and trailing orders, lists and amendments.
    let of_limit_orders = ["PRICE_FILTER", "LOT_SIZE", "NOTIONAL", "MAX_NUM_ORDERS"];
    assert_eq!(report.passed().collect::<Vec<_>>(), of_limit_orders);
    assert_eq!(filters.names().count(), 10);
    client.send(&rounded).await.expect("accepted");
    // The same of plain values.
    let values = OrderValues::limit(Side::Buy, quantity, price);
    assert_eq!(filters.check(&values, &context), report);
}
