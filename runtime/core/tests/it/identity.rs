//! What requests are known by: ids that are made for them, and what a query says about them.

use binance_wire_core::{
    Credit, Decimal, Evidence, Identified, Identity, OrderIds, ParamSink, ParamValue, QueryTwin, Shown, Text,
};

const TWIN: QueryTwin = QueryTwin::new(
    &[("symbol", "symbol"), ("newClientOrderId", "origClientOrderId")],
    &[-2013],
    Evidence::Exists,
    Credit::ip(4),
);
const ORDER: Identity = Identity {
    made: &["newClientOrderId"],
    query: Some(TWIN),
    ..Identity::NONE
};
const LIST: Identity = Identity {
    made: &["listClientOrderId", "workingClientOrderId"],
    ..Identity::NONE
};
const BATCH: Identity = Identity {
    each: Some("batchOrders"),
    ..ORDER
};
const CHANGE: Identity = Identity {
    named: &["origClientOrderId"],
    query: Some(QueryTwin::new(
        &[
            ("symbol", "symbol"),
            ("orderId", "orderId"),
            ("origClientOrderId", "origClientOrderId"),
        ],
        &[-2013],
        Evidence::Same(&[("price", "price"), ("origQty", "quantity")], &["priceMatch"]),
        Credit::ip(1),
    )),
    ..Identity::NONE
};

/// Counts up.
fn ids() -> OrderIds {
    let next = std::sync::atomic::AtomicU32::new(1);
    OrderIds::from_fn(move || {
        let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        format!("made-{number}").into()
    })
}

/// What is sent, in order.
#[derive(Default)]
struct Sent(Vec<String>);

impl ParamSink for Sent {
    fn text(&mut self, name: &str, value: &str) {
        self.0.push(format!("{name}={value}"));
    }
    fn integer(&mut self, name: &str, value: i64) {
        self.0.push(format!("{name}={value}"));
    }
    fn decimal(&mut self, name: &str, value: Decimal) {
        self.0.push(format!("{name}={value}"));
    }
    fn boolean(&mut self, name: &str, value: bool) {
        self.0.push(format!("{name}={value}"));
    }
    fn json(&mut self, name: &str, json: &str) {
        self.0.push(format!("{name}={json}"));
    }
}

fn sent(identity: &Identity, params: &dyn Fn(&mut dyn ParamSink)) -> (Identified, Vec<String>) {
    let identified = Identified::new(identity, &ids(), params);
    let mut sent = Sent::default();
    identified.write(params, &mut sent);
    (identified, sent.0)
}

fn order_ids(identified: &Identified) -> Vec<Vec<&str>> {
    let orders = identified.orders().iter();
    orders
        .map(|order| order.client_order_ids().iter().map(Text::as_str).collect())
        .collect()
}

#[test]
fn ids_are_made_where_none_is_set() {
    let (identified, params) = sent(&ORDER, &|sink| {
        sink.text("symbol", "BTCUSDT");
        sink.decimal("quantity", Decimal::ONE);
    });
    assert_eq!(
        params,
        ["symbol=BTCUSDT", "quantity=1", "newClientOrderId=made-1"]
    );
    assert_eq!(order_ids(&identified), [["made-1"]]);
    assert_eq!(
        identified.orders()[0].query(),
        [
            ("symbol", ParamValue::from("BTCUSDT")),
            ("origClientOrderId", ParamValue::from("made-1")),
        ]
    );
    let (identified, params) = sent(&ORDER, &|sink| sink.text("newClientOrderId", "mine"));
    assert_eq!(params, ["newClientOrderId=mine"]);
    assert_eq!(order_ids(&identified), [["mine"]]);
    let (identified, params) = sent(&Identity::NONE, &|sink| sink.text("newClientOrderId", "mine"));
    assert_eq!((identified.orders().len(), params.len()), (0, 1));
}

#[test]
fn lists_of_orders_have_an_id_for_each_leg() {
    let (identified, params) = sent(&LIST, &|sink| sink.text("workingClientOrderId", "leg"));
    assert_eq!(params, ["workingClientOrderId=leg", "listClientOrderId=made-1"]);
    assert_eq!(order_ids(&identified), [["made-1", "leg"]]);
}

#[test]
fn each_element_of_a_batch_has_an_id() {
    let list = r#"[{"symbol":"A","price":"1.50"},{"symbol":"B","newClientOrderId":"mine"},{}]"#;
    let (identified, params) = sent(&BATCH, &|sink| {
        sink.json("other", "[1]");
        sink.json("batchOrders", list);
    });
    assert_eq!(
        params,
        [
            "other=[1]",
            r#"batchOrders=[{"symbol":"A","price":"1.50","newClientOrderId":"made-1"},{"symbol":"B","newClientOrderId":"mine"},{"newClientOrderId":"made-2"}]"#
        ]
    );
    assert_eq!(order_ids(&identified), [["made-1"], ["mine"], ["made-2"]]);
    assert_eq!(
        identified.orders()[1].query()[0],
        ("symbol", ParamValue::from("B"))
    );
    // What is no list of objects goes out as it is.
    for list in ["[1]", "7", "[]"] {
        let (identified, params) = sent(&BATCH, &|sink| sink.json("batchOrders", list));
        assert_eq!(params, [format!("batchOrders={list}")]);
        assert_eq!(identified.orders().len(), 0);
    }
}

#[test]
fn no_ids_are_made_by_a_generator_that_is_off() {
    let params = |sink: &mut dyn ParamSink| sink.text("symbol", "BTCUSDT");
    let identified = Identified::new(&ORDER, &OrderIds::off(), &params);
    let mut sent = Sent::default();
    identified.write(&params, &mut sent);
    assert_eq!(sent.0, ["symbol=BTCUSDT"]);
    assert_eq!(identified.orders()[0].client_order_id(), None);
}

#[test]
fn answers_show_what_was_done() {
    let (identified, params) = sent(&CHANGE, &|sink| {
        sink.text("symbol", "BTCUSDT");
        sink.integer("orderId", 7);
        sink.decimal("price", Decimal::new(5_200_000, 2));
        sink.decimal("quantity", Decimal::ONE);
    });
    assert_eq!(params.len(), 4, "{params:?}");
    let order = &identified.orders()[0];
    assert_eq!(order.query()[1], ("orderId", ParamValue::from(7_i64)));
    let shown = |evidence: Evidence, answer: &str| evidence.shown(order, answer);
    let same = CHANGE.query.expect("a query").done;
    assert_eq!(
        shown(same, r#"{"price":"52000","origQty":"1.000"}"#),
        Ok(Shown::CarriedOut)
    );
    assert_eq!(
        shown(same, r#"{"price":"52000","origQty":"2"}"#),
        Ok(Shown::NotCarriedOut)
    );
    assert_eq!(shown(same, r#"{"price":52000}"#), Ok(Shown::NotCarriedOut));
    // The change may be what has ended the order.
    for (status, expected) in [
        ("CANCELED", Shown::Nothing),
        ("EXPIRED", Shown::Nothing),
        ("NEW", Shown::NotCarriedOut),
        ("FILLED", Shown::NotCarriedOut),
    ] {
        let answer = format!(r#"{{"price":"52000","origQty":"2","status":"{status}"}}"#);
        assert_eq!(shown(same, &answer), Ok(expected), "{status}");
    }
    let canceled = Evidence::Is("status", &["CANCELED"]);
    assert_eq!(
        shown(canceled, r#"{"a":{"status":"NEW"},"status":"CANCELED"}"#),
        Ok(Shown::CarriedOut)
    );
    assert_eq!(shown(canceled, r#"{"status":"NEW"}"#), Ok(Shown::NotCarriedOut));
    assert_eq!(shown(Evidence::Listed(""), "[{}]"), Ok(Shown::CarriedOut));
    assert_eq!(shown(Evidence::Listed(""), "[]"), Ok(Shown::NotCarriedOut));
    assert_eq!(
        shown(Evidence::Listed("rows"), r#"{"rows":[1]}"#),
        Ok(Shown::CarriedOut)
    );
    assert_eq!(
        shown(Evidence::Listed("rows"), r#"{"rows":[]}"#),
        Ok(Shown::NotCarriedOut)
    );
    assert_eq!(shown(Evidence::Exists, "anything"), Ok(Shown::CarriedOut));
    for evidence in [canceled, same, Evidence::Listed("")] {
        assert!(shown(evidence, "7").is_err());
    }
}

#[test]
fn the_id_of_a_part_is_made_where_the_request_has_the_part() {
    const OTOCO: Identity = Identity {
        made: &["listClientOrderId"],
        made_beside: &[("pendingBelowClientOrderId", "pendingBelowType")],
        ..Identity::NONE
    };
    let (without, texts) = sent(&OTOCO, &|sink| sink.text("symbol", "BTCUSDT"));
    assert_eq!(texts, ["symbol=BTCUSDT", "listClientOrderId=made-1"]);
    assert_eq!(order_ids(&without), [["made-1"]]);
    let (with, texts) = sent(&OTOCO, &|sink| sink.text("pendingBelowType", "STOP_LOSS"));
    assert_eq!(
        texts,
        [
            "pendingBelowType=STOP_LOSS",
            "listClientOrderId=made-1",
            "pendingBelowClientOrderId=made-2"
        ]
    );
    assert_eq!(order_ids(&with), [["made-1", "made-2"]]);
    let (own, texts) = sent(&OTOCO, &|sink| {
        sink.text("pendingBelowType", "STOP_LOSS");
        sink.text("pendingBelowClientOrderId", "mine");
    });
    assert_eq!(texts.len(), 3);
    assert_eq!(order_ids(&own), [["made-1", "mine"]]);
}

#[test]
fn a_change_by_which_the_exchange_sets_the_price_is_not_proved_by_what_was_sent() {
    let (identified, _) = sent(&CHANGE, &|sink| {
        sink.integer("orderId", 7);
        sink.decimal("quantity", Decimal::ONE);
        sink.text("priceMatch", "QUEUE");
    });
    let done = CHANGE.query.expect("a query").done;
    let shown = |answer: &str| done.shown(&identified.orders()[0], answer);
    assert_eq!(shown(r#"{"price":"5","origQty":"1"}"#), Ok(Shown::Nothing));
    assert_eq!(shown(r#"{"price":"5","origQty":"2"}"#), Ok(Shown::NotCarriedOut));
}
