//! What clients keep: ids that are made, the state of accounts, order books, rate limits.

use binance_wire_core::json::from_str;
use binance_wire_core::{Evidence, Operation as _, RateLimitKind, Timestamp};
use binance_wire_nasty::environments::LIMITS;
use binance_wire_nasty::models::{FarTrade, NearTrade, UserEvent};
use binance_wire_nasty::requests::{NearBatch, NearCancel, NearChange, NearList};
use binance_wire_nasty::user_data::{AccountDataSource, AccountDataTrade, AccountModel};
use binance_wire_websocket::{Change, OrderKey};

#[test]
fn ids_are_made_always_and_beside_a_part() {
    let identity = NearList::IDENTITY;
    assert_eq!(identity.made, ["listClientOrderId"]);
    assert_eq!(
        identity.made_beside,
        [("belowClientOrderId", "type"), ("aboveClientOrderId", "above")]
    );
    assert!(identity.named.is_empty(), "{:?}", identity.named);
    let query = identity.query.expect("a query");
    assert_eq!(query.absent, [-2011]);
    assert_eq!(query.done, Evidence::Is("status", &["NEW", "FI\"LLED"]));
}

#[test]
fn batches_changes_and_what_nothing_finds() {
    let batch = NearBatch::IDENTITY;
    assert_eq!((batch.each, batch.made), (Some("orders"), &["clientId"][..]));
    // The symbol is that of the whole request.
    let params = batch.query.expect("a query").params;
    assert_eq!(params, [("symbol", "symbol"), ("clientId", "origClientOrderId")]);
    assert_eq!(
        NearChange::IDENTITY.query.expect("a query").done,
        Evidence::Same(&[("executedQty", "type"), ("status", "quantity")], &[])
    );
    let cancel = NearCancel::IDENTITY;
    assert_eq!(cancel.made, ["newClientOrderId"]);
    assert!(cancel.query.is_none());
}

fn change(event: &str) -> Change {
    AccountDataSource::change(&from_str::<UserEvent>(event).expect("an event"))
}

fn key(section: u8, symbol: &str, id: i64) -> OrderKey {
    OrderKey::new(section, symbol, id)
}

#[test]
fn events_say_what_happened_in_which_section() {
    assert!(matches!(
        change(r#"{"e":"balanceUpdate","a":"A","d":"1"}"#),
        Change::Account(None)
    ));
    let order = |section: &str| {
        let section = section.replace('"', "\\\"");
        change(&format!(
            r#"{{"e":"orderUpdate","fs":"{section}","o":{{"s":"A","i":7,"X":"NEW","z":"0"}}}}"#
        ))
    };
    for (word, number) in [("N", 0), ("F\"", 1)] {
        match order(word) {
            Change::Order(order, None) => assert_eq!(order.key, key(number, "A", 7)),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(order("M"), Change::Other));
    for incomplete in [
        r#"{"e":"orderUpdate","fs":"N"}"#,
        r#"{"e":"orderUpdate","fs":"N","o":{"s":"A","X":"NEW"}}"#,
        r#"{"e":"preview","s":"A","i":7}"#,
    ] {
        assert!(matches!(change(incomplete), Change::Other), "{incomplete}");
    }
    match change(r#"{"e":"preview","s":"A","i":7,"t":9}"#) {
        Change::Preview(of, 9) => assert_eq!(of, key(1, "A", 7)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn times_of_accounts_and_ids_of_trades() {
    let vault = |text: &str| (from_str(text).expect("a vault"), from_str("[]").expect("liens"));
    let time = |text: &str| AccountDataSource::account_time(&vault(text));
    assert_eq!(time("{}"), None);
    assert_eq!(
        time(r#"{"updateTime":5,"coins":[{"updateTime":7000},{},{"updateTime":6000}]}"#),
        Some(Timestamp::from_millis(7000))
    );
    let near: NearTrade =
        from_str(r#"{"symbol":"A","id":1,"orderId":2,"tradeId":3,"quantity":"4"}"#).expect("a trade");
    let near = AccountDataSource::trade(0, &AccountDataTrade::Near(near));
    assert_eq!((near.cursor, near.fill.trade_id), (1, 3));
    let far: FarTrade = from_str(r#"{"symbol":"A","id":1,"orderId":2}"#).expect("a trade");
    let far = AccountDataSource::trade(1, &AccountDataTrade::Far(far));
    assert_eq!((far.order, far.fill.trade_id), (key(1, "A", 2), 1));
    assert_eq!(
        (AccountDataSource::SECTIONS, AccountDataSource::OPEN_BY_SYMBOL),
        (2, &[1][..])
    );
}

#[test]
fn limits_of_every_kind() {
    let limits = LIMITS;
    assert!(limits.each_endpoint);
    assert_eq!((limits.system, limits.connect_weight), ("nasty", 5));
    let kinds: Vec<RateLimitKind> = LIMITS.rules.iter().map(|rule| rule.kind).collect();
    assert_eq!(
        kinds,
        [
            RateLimitKind::RequestWeight,
            RateLimitKind::Orders,
            RateLimitKind::Orders,
            RateLimitKind::RawRequests,
            RateLimitKind::Connections,
            RateLimitKind::SapiIpWeight,
            RateLimitKind::SapiUidWeight,
        ]
    );
    assert_eq!(LIMITS.rules[3].count, 4_294_967_295);
}
