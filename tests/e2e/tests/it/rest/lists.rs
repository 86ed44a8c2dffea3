//! Order lists over REST and the WebSocket API.

use binance_wire_core::dec;
use binance_wire_e2e::{hmac, logged_on, rest_client};
use binance_wire_sandbox::Exchange;
use binance_wire_spot::requests::{OrderListOco, OrderListOcoRequired};
use binance_wire_spot::{ListOrderStatus, OrderStatus, OrderType, Side};

fn pair() -> OrderListOco {
    OrderListOco::new(OrderListOcoRequired {
        symbol: "BTCUSDT".into(),
        side: Side::Sell,
        quantity: dec!(0.1),
        above_type: OrderType::LimitMaker,
        below_type: OrderType::StopLoss,
    })
    .above_price(dec!(60000))
    .below_stop_price(dec!(40000))
}

#[tokio::test]
async fn a_list_of_either_transport_is_found_and_canceled_by_the_other() {
    let exchange = Exchange::start();
    let (rest, api) = (rest_client(&exchange, hmac()), logged_on(&exchange).await);
    let by_rest = rest.send(&pair()).await.expect("placed");
    let by_api = api.send(&pair()).await.expect("placed");
    assert_ne!(by_rest.order_list_id, by_api.order_list_id);
    for placed in [by_rest, by_api] {
        assert_eq!((placed.orders.len(), placed.order_reports.len()), (2, 2));
        let found = rest.query_order_list().order_list_id(placed.order_list_id).send();
        let found = found.await.expect("found");
        assert_eq!(found.list_order_status, ListOrderStatus::Executing);
        assert_eq!(found.list_client_order_id, placed.list_client_order_id);
        let canceled = api
            .cancel_order_list("BTCUSDT")
            .order_list_id(placed.order_list_id)
            .send();
        let canceled = canceled.await.expect("canceled");
        assert_eq!(canceled.list_order_status, ListOrderStatus::AllDone);
        let ended = |status: &OrderStatus| *status == OrderStatus::Canceled;
        assert!(canceled.order_reports.iter().all(|report| ended(&report.status)));
    }
    assert!(rest.open_orders().send().await.expect("orders").is_empty());
}
