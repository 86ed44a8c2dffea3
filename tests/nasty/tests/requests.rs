//! Requests are values: they say what they weigh, hand over their parameters in order, and can be kept and sent over any
//! transport.

use binance_wire_core::json::from_str;
use binance_wire_core::{
    Decimal, HttpMethod, LimitScope, Operation, ParamSink, RestOperation, Security, Timestamp, WsApiOperation,
};
use binance_wire_nasty::models::{Filter, Interval, Side};
use binance_wire_nasty::requests::{
    Batch, Everything, Loop, Lot, N24hr, N24hrTicker, Operation_, Otoco, Ping, SessionClose, Symbols, Type,
};

#[derive(Default)]
struct Sink(Vec<String>);

impl ParamSink for Sink {
    fn text(&mut self, name: &str, value: &str) {
        self.0.push(format!("{name}=text {value}"));
    }
    fn integer(&mut self, name: &str, value: i64) {
        self.0.push(format!("{name}=integer {value}"));
    }
    fn decimal(&mut self, name: &str, value: Decimal) {
        self.0.push(format!("{name}=decimal {value}"));
    }
    fn boolean(&mut self, name: &str, value: bool) {
        self.0.push(format!("{name}=boolean {value}"));
    }
    fn json(&mut self, name: &str, json: &str) {
        self.0.push(format!("{name}=json {json}"));
    }
    fn timestamp(&mut self, name: &str, value: Timestamp) {
        self.0.push(format!("{name}=time {value:?}"));
    }
}

fn sent(request: &impl Operation) -> Vec<String> {
    let mut sink = Sink::default();
    request.write_params(&mut sink);
    sink.0
}

fn otoco() -> Otoco {
    let rate: Decimal = "0.50".parse().unwrap();
    Otoco::new(
        "S",
        Side::Buy,
        "1M",
        rate,
        3,
        -1,
        Timestamp::from_micros(7),
        true,
        "mine",
    )
}

#[test]
fn parameters_come_in_the_order_of_the_documentation() {
    let request = otoco().window(9).hidden("YES").direction("T+Sell");
    assert_eq!(
        sent(&request),
        [
            "symbol=text S",
            "side=text BUY",
            "interval=text 1M",
            "price=decimal 0.50",
            "rate=decimal 3",
            "count=integer -1",
            "since=time 7us",
            "flag=boolean true",
            "newClientOrderId=text mine",
            "direction=text T+Sell",
            "hidden=text YES",
            "window=integer 9",
        ]
    );
    assert_eq!(request.direction, Some(Side::TSell));
    assert_eq!(request.interval, Interval::Month1);
    assert_eq!(request.client_order_id(), Some("mine"));
}

#[test]
fn names_that_mean_something_in_rust() {
    let request = Type::new("t")
        .self_(true)
        .async_(2)
        .new_("n")
        .send_("s")
        .value("v")
        .sink("k");
    assert_eq!(
        sent(&request),
        [
            "type=text t",
            "self=boolean true",
            "async=integer 2",
            "new=text n",
            "send=text s",
            "value=text v",
            "sink=text k"
        ]
    );
    assert_eq!(Loop::METHOD, HttpMethod::Delete);
    assert_eq!(<Operation_ as RestOperation>::INFO.id, "operation");
    assert_eq!(<N24hrTicker as WsApiOperation>::METHOD, "24hr.ticker");
}

#[test]
fn lists_of_everything() {
    let filter: Filter = from_str(r#"{"filterType":"NEW"}"#).unwrap();
    let request = Symbols::new()
        .symbols(["A", "B"])
        .codes([1, 2])
        .prices([Decimal::ONE])
        .flags([true, false])
        .sides(["BUY", "HOLD"])
        .filters([filter]);
    assert_eq!(
        sent(&request),
        [
            r#"symbols=json ["A","B"]"#,
            "codes=json [1,2]",
            "prices=json [1]",
            "flags=json [true,false]",
            r#"sides=json ["BUY","HOLD"]"#,
            r#"filters=json [{"filterType":"NEW"}]"#,
        ]
    );
    assert_eq!(sent(&Batch::new([5, 6])), ["ids=json [5,6]"]);
    assert_eq!(sent(&Symbols::new()), Vec::<String>::new());
}

#[test]
fn weights_follow_the_parameters() {
    let weight = |request: &dyn Fn() -> u32| request();
    for (limit, expected) in [
        (None, 5),
        (Some(1), 5),
        (Some(100), 5),
        (Some(101), 25),
        (Some(0), 25),
        (Some(501), 50),
        (Some(5000), 50),
    ] {
        let mut request = N24hr::new();
        request.limit = limit;
        assert_eq!(weight(&|| request.credit().weight), expected, "{limit:?}");
    }
    let names = |count: usize| vec!["A"; count];
    for (request, expected) in [
        (Symbols::new().symbol("A").symbols(names(200)), 2),
        (Symbols::new().symbols(names(1)), 10),
        (Symbols::new().symbols(names(20)), 10),
        (Symbols::new().symbols(names(21)), 40),
        (Symbols::new().symbols(names(0)), 40),
        (Symbols::new().symbols(names(101)), 80),
        (Symbols::new().codes([1, 2, 3]), 12),
        (Symbols::new().codes(0..100_i64), 50),
        (Symbols::new().prices([1, 2, 3]), 9),
        (Symbols::new().prices([1]), 80),
        (Symbols::new().flags([true]), 7),
    ] {
        assert_eq!(request.credit().weight, expected, "{request:?}");
    }
}

#[test]
fn costs_besides_weight() {
    let credit = Batch::new([1, 2, 3]).credit();
    assert_eq!(
        (
            credit.weight,
            credit.weight_on_success,
            credit.scope,
            credit.unfilled_orders
        ),
        (6, 0, LimitScope::Uid, 1)
    );
    let credit = Ping::new().credit();
    assert_eq!(
        (
            credit.weight,
            credit.weight_on_success,
            credit.scope,
            credit.unfilled_orders
        ),
        (1, 1, LimitScope::Ip, 0)
    );
}

#[test]
fn twins_share_a_request_and_keep_what_is_their_own() {
    fn rest<O: RestOperation>(_: &O) -> (Security, bool, bool) {
        (O::INFO.security, O::INFO.signed, O::INFO.mutation)
    }
    fn ws<O: WsApiOperation>(_: &O) -> (Security, bool, bool) {
        (O::INFO.security, O::INFO.signed, O::INFO.mutation)
    }
    let request = otoco();
    assert_eq!(rest(&request), (Security::Margin, true, true));
    assert_eq!(ws(&request), (Security::Trade, false, true));
    assert_eq!(<Otoco as WsApiOperation>::METHOD, "order.OTOCO");
    let ping = Ping::new();
    assert_eq!(rest(&ping), ws(&ping));
    assert_eq!(
        <Ping as WsApiOperation>::INFO.docs,
        "https://nasty.example/ws#ping"
    );
    let close = SessionClose::new();
    assert_eq!(ws(&close), (Security::UserStream, false, false));
    assert_eq!(ws(&N24hrTicker::new("S")), (Security::None, true, false));
}

#[test]
fn path_parameters_stand_in_their_places_and_stay_there() {
    let lot = Lot::new("A/B?c=ü", -7).when(Timestamp::from_millis(5));
    assert_eq!(lot.path(), "/v1/lots/-7/of/A%2FB%3Fc%3D%C3%BC");
    assert_eq!(Lot::PATH, "/v1/lots/{lot}/of/{symbol}");
    assert_eq!(sent(&lot), ["when=time 5ms"]);
    assert_eq!(Loop::new(1, "..").path(), "/v1/lots/1/of/%2E%2E");
    assert!(matches!(
        Everything::new().path(),
        std::borrow::Cow::Borrowed("/v1/everything")
    ));
}

#[test]
fn requests_can_be_kept_and_compared() {
    let request = otoco();
    let kept = [request.clone(), request.clone().window(1)];
    assert_eq!(kept[0], request);
    assert_ne!(kept[1], request);
    assert_eq!(Ping::default(), Ping::new());
}

#[test]
fn answers_are_typed() {
    fn answer<O: Operation>(_: &O, text: &str) -> Result<O::Response, binance_wire_core::DecodeError> {
        from_str(text)
    }
    answer(&Ping::new(), "{}").unwrap();
    answer(&SessionClose::new(), r#"{"more":1}"#).unwrap();
    assert!(answer(&Ping::new(), "[]").is_err());
    assert_eq!(answer(&Symbols::new(), r#"["A"]"#).unwrap().len(), 1);
    let ticker = r#"{"e":"24hrTicker","E":1,"s":"S"}"#;
    assert_eq!(answer(&N24hr::new(), ticker).unwrap().as_slice().len(), 1);
    assert_eq!(
        answer(&N24hr::new(), &format!("[{ticker},{ticker}]"))
            .unwrap()
            .as_slice()
            .len(),
        2
    );
}
