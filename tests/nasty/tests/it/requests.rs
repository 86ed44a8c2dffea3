//! Requests are values: they say what they weigh, hand over their parameters in order, and can be kept and sent over any
//! transport.

use binance_wire_core::json::from_str;
use binance_wire_core::{
    Decimal, HttpMethod, Identified, LimitScope, Operation, OrderIds, ParamSink, Reconcile, RestOperation,
    Security, Timestamp, WsApiOperation,
};
use binance_wire_core::{IntervalUnit, Nullable, RawJson, RequestBody};
use binance_wire_nasty::models::{Bank, Filter, Interval, Leg, Side};
use binance_wire_nasty::requests::{
    Batch, Brackets, Everything, Formed, Judged, Loop, Lot, N24hr, N24hrTicker, Operation_, OrderBatch,
    Otoco, OtocoRequired, Partnered, PartneredRequired, Ping, Report, SessionClose, Structured, Symbols,
    Type, Unknown, Wrapped,
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
    fn number(&mut self, name: &str, value: Decimal) {
        self.0.push(format!("{name}=number {value}"));
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
    Otoco::new(OtocoRequired {
        symbol: "S".into(),
        side: Side::Buy,
        interval: Interval::Month1,
        price: rate,
        rate: 3.into(),
        count: -1,
        since: Timestamp::from_micros(7),
        flag: true,
        new_client_order_id: "mine".into(),
    })
}

#[test]
fn parameters_come_in_the_order_of_the_documentation() {
    let request = otoco().window(9).hidden("YES").direction(Side::TSell);
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
    // What it is known by, and the query that finds it.
    let identified = Identified::new(&Otoco::IDENTITY, &OrderIds::new(), &|sink| {
        request.write_params(sink)
    });
    let order = &identified.orders()[0];
    assert_eq!(order.client_order_id().map(|id| id.as_str()), Some("mine"));
    let query = [("symbol", "mine".into()), ("sides", "BUY".into())];
    assert_eq!(order.query(), query);
    let twin = <Otoco as Operation>::IDENTITY.query.expect("a query");
    assert_eq!((twin.absent, twin.credit.weight), (&[-1, -2][..], 80));
    fn asked<O: Reconcile<Query = Symbols>>() {}
    asked::<Otoco>();
    asked::<Batch>();
    assert_eq!(Batch::IDENTITY.made, ["newClientOrderId"]);
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
        .sides([Side::Buy, Side::unlisted("HOLD")])
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

fn leg() -> Leg {
    Leg::new(
        "S \"1\"",
        Side::Buy,
        "1.50".parse::<Decimal>().unwrap(),
        ["a", "b"],
    )
    .price("0.10".parse::<Decimal>().unwrap())
    .rate("0.20".parse::<Decimal>().unwrap())
    .parts([Bank::new().account_number("7")])
    .bank(Nullable::Null)
}

const LEG: &str = concat!(
    r#"{"kind":"LIMIT","symbol":"S \"1\"","side":"BUY","quantity":"1.50","tags":["a","b"],"price":"0.10","rate":0.20,"#,
    r#""parts":[{"accountNumber":"7"}],"bank":null}"#
);

#[test]
fn objects_are_built_and_sent_as_json() {
    let plain = Leg::new("S", Side::Sell, 1, ["t"]);
    let request = Structured::new([leg(), plain.clone()], plain)
        .bank(Bank::new().opened(Timestamp::from_millis(5)))
        .ext(RawJson::new(r#"{"any": 1}"#).unwrap())
        .lang("en")
        .x_type(3);
    let short = r#"{"kind":"LIMIT","symbol":"S","side":"SELL","quantity":"1","tags":["t"]}"#;
    assert_eq!(
        sent(&request),
        [
            format!("orders=json [{LEG},{short}]"),
            format!("first=json {short}"),
            r#"bank=json {"opened":5}"#.to_owned(),
            r#"ext=json {"any": 1}"#.to_owned(),
        ]
    );
    let mut headers = Sink::default();
    request.write_headers(&mut headers);
    assert_eq!(headers.0, ["lang=text en", "X-Type=integer 3"]);
    assert_eq!(sent(&OrderBatch::new([leg()])), [format!("legs=json [{LEG}]")]);
    assert_eq!(
        sent(&Formed::new().orders([leg()])),
        [format!("orders=json [{LEG}]")]
    );
    assert_eq!((request.credit().weight, request.credit().uid_weight), (10, 360));
    let [first, second] = Structured::INFO.limits else {
        panic!("{:?}", Structured::INFO.limits);
    };
    assert_eq!(
        (
            first.count,
            first.interval_num,
            first.interval,
            first.scope,
            first.with
        ),
        (1, 2, IntervalUnit::Hour, LimitScope::Uid, &["lot", "batch"][..])
    );
    assert_eq!(
        (second.count, second.interval_num, second.interval, second.scope),
        (20, 1, IntervalUnit::Second, LimitScope::Ip)
    );
}

#[test]
fn lists_in_brackets_are_spread() {
    let request = Brackets::new([leg()]).names(["[x]"]);
    assert_eq!(
        sent(&request),
        [
            "orders[0].kind=text LIMIT",
            "orders[0].symbol=text S \"1\"",
            "orders[0].side=text BUY",
            "orders[0].quantity=text 1.50",
            "orders[0].tags[0]=text a",
            "orders[0].tags[1]=text b",
            "orders[0].price=text 0.10",
            "orders[0].rate=text 0.20",
            "orders[0].parts[0].accountNumber=text 7",
            "orders[0].bank=text null",
            r#"names=json ["[x]"]"#,
        ]
    );
    const { assert!(Brackets::INFO.raw_brackets) };
    assert_eq!(Brackets::INFO.security, Security::PredictionTrade);
}

#[test]
fn a_json_body_tells_numbers_from_texts() {
    let required = PartneredRequired {
        id: "id".into(),
        text: "t".into(),
    };
    let request = Partnered::new(required)
        .amount("1.0".parse::<Decimal>().unwrap())
        .rate("0.5".parse::<Decimal>().unwrap())
        .big(i64::MAX)
        .kind(1)
        .side(Side::Buy)
        .flag(false)
        .networks(["BSC"])
        .bank(Bank::new())
        .extra(RawJson::new("[]").unwrap())
        .since(Timestamp::from_millis(9));
    assert_eq!(
        sent(&request),
        [
            "text=text t",
            "amount=decimal 1.0",
            "rate=number 0.5",
            "big=text 9223372036854775807",
            "kind=integer 1",
            "side=text BUY",
            "flag=boolean false",
            r#"networks=json ["BSC"]"#,
            "bank=json {}",
            "extra=json []",
            "since=time 9ms",
        ]
    );
    assert_eq!(
        (Partnered::INFO.body, Formed::INFO.body, Ping::INFO_BODY),
        (RequestBody::Json, RequestBody::Form, RequestBody::None)
    );
    assert_eq!(Partnered::INFO.timeout, Some(std::time::Duration::from_secs(60)));
    assert_eq!(Partnered::INFO.security, Security::Partner);
}

/// `Ping` is offered over both transports.
trait Body {
    const INFO_BODY: RequestBody;
}

impl<O: RestOperation> Body for O {
    const INFO_BODY: RequestBody = O::INFO.body;
}

#[test]
fn drafts_take_any_parameter_and_give_any_json() {
    let request = Unknown::new()
        .parameter("b", "x")
        .parameter("a", 7)
        .parameter("c", true);
    assert_eq!(sent(&request), ["b=text x", "a=integer 7", "c=boolean true"]);
    assert_eq!(Loop::new(1, "S").parameter("p", "v").path(), "/v1/lots/1/of/S");
    fn raw(_: &impl Operation<Response = RawJson>) {}
    raw(&request);
}

#[cfg(feature = "payloads")]
fn codec(key: &str, kind: &str) -> &'static binance_wire_core::payload::PayloadCodec {
    binance_wire_nasty::payloads::CODECS
        .iter()
        .find(|codec| codec.key == key && codec.kind == kind)
        .unwrap_or_else(|| panic!("no codec for {key}"))
}

#[cfg(feature = "payloads")]
#[test]
fn payloads_are_checked_in_their_envelopes() {
    let there_and_back = |key: &str, text: &str| {
        (codec(key, "response").recode)(text, binance_wire_core::json::Reading::new())
    };
    for (key, text) in [
        (
            "POST /v1/partner/{id}",
            r#"{"message":null,"data":{"symbol":"S","orderId":1},"total":3,"code":"000000","success":true}"#,
        ),
        ("POST /v1/report", r#"{"ok":true,"msg":"","data":null}"#),
        ("POST /v1/report", r#"{"ok":true}"#),
        (
            "GET /v1/wrapped",
            r#"{"code":200,"data":[{"symbol":"S","orderId":1}]}"#,
        ),
        ("GET /v1/wrapped", r#"[{"symbol":"S","orderId":1}]"#),
        ("GET /v1/judged", r#"{"code":0,"verdict":"fine"}"#),
    ] {
        assert_eq!(there_and_back(key, text).as_deref(), Ok(text), "{key}");
    }
    for (key, text, says) in [
        (
            "POST /v1/partner/{id}",
            r#"{"success":true,"code":"000000"}"#,
            "`data` is missing",
        ),
        (
            "POST /v1/partner/{id}",
            r#"{"success":true,"data":{"symbol":"S"}}"#,
            "`orderId` is missing at $.data",
        ),
        ("POST /v1/report", r#"{"ok":false,"msg":"no"}"#, "refused: no"),
        (
            "GET /v1/wrapped",
            r#"{"code":"1","data":[]}"#,
            "refused: no message",
        ),
        ("GET /v1/judged", r#"{"code":5}"#, "refused"),
    ] {
        let error = there_and_back(key, text).unwrap_err().to_string();
        assert!(error.contains(says), "{key}: {error}");
    }
    let refused = r#"{"ok":false,"msg":"no"}"#;
    let refusal = codec("POST /v1/report", "error");
    assert_eq!(
        (refusal.recode)(refused, binance_wire_core::json::Reading::new()).as_deref(),
        Ok(refused)
    );
}

#[test]
fn envelopes_are_told_to_the_transport() {
    let (Some(report), Some(wrapped), Some(judged)) = (
        Report::INFO.envelope,
        Wrapped::INFO.envelope,
        Judged::INFO.envelope,
    ) else {
        panic!("all three have envelopes");
    };
    assert_eq!(
        (report.success, report.code, report.optional),
        (Some("ok"), None, false)
    );
    assert_eq!((wrapped.ok, wrapped.optional), (&["000000", "200"][..], true));
    assert_eq!(judged.data, None);
}
