//! What the exchange was seen to leave out, as answers and events of the products read it.

use std::fmt::Debug;

use binance_wire::{Nullable, dec};
use binance_wire::{usds_futures, wallet};
use binance_wire_core::{FromJson, ToJson, json};
use binance_wire_products_tests::samples;

/// Reads an answer and checks that it is written as it came.
#[track_caller]
fn read<T: FromJson + ToJson + Debug>(text: &str) -> T {
    let value = json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(json::to_string(&value), text);
    value
}

/// A sample without some of its members, wherever they are.
fn without(product: &str, key: &str, members: &[&str]) -> String {
    fn remove(value: &mut serde_json::Value, members: &[&str], removed: &mut usize) {
        match value {
            serde_json::Value::Object(map) => {
                for member in members {
                    *removed += usize::from(map.remove(*member).is_some());
                }
                map.values_mut().for_each(|value| remove(value, members, removed));
            }
            serde_json::Value::Array(list) => {
                list.iter_mut().for_each(|value| remove(value, members, removed))
            }
            _ => {}
        }
    }
    let mut value = serde_json::from_str(&samples::payload(product, key)).expect("a sample");
    let mut removed = 0;
    remove(&mut value, members, &mut removed);
    assert!(removed >= members.len(), "{key} has not all of {members:?}");
    value.to_string()
}

#[test]
fn a_withdrawal_in_the_queue_and_a_deposit_under_way() {
    let withdrawals: Vec<wallet::models::Withdrawal> = json::from_str(&without(
        "wallet",
        "GET /sapi/v1/capital/withdraw/history",
        &["txId", "completeTime"],
    ))
    .expect("withdrawals");
    assert!(
        withdrawals
            .iter()
            .all(|row| row.tx_id.is_none() && !row.id.is_empty())
    );
    let deposit = |more: &str| {
        let text = format!(r#"[{{"id":"d1","amount":"0.001","coin":"BNB","status":0{more}}}]"#);
        read::<Vec<wallet::models::Deposit>>(&text).remove(0)
    };
    assert_eq!(deposit("").complete_time, None);
    assert_eq!(
        deposit(r#","completeTime":null"#).complete_time,
        Some(Nullable::Null)
    );
}

#[test]
fn an_account_without_totals_and_a_leverage_without_a_limit() {
    let account: usds_futures::models::Account = read(r#"{"assets":[],"positions":[]}"#);
    assert_eq!(
        (account.total_wallet_balance, account.available_balance),
        (None, None)
    );
    let leverage: usds_futures::models::InitialLeverage = read(r#"{"leverage":1,"symbol":"BTCUSDT"}"#);
    assert_eq!(
        (&*leverage.symbol, leverage.max_notional_value),
        ("BTCUSDT", None)
    );
}

#[test]
fn events_of_other_years() {
    use usds_futures::models::{AggTradeEvent, MarkPriceEvent, UserDataEvent};

    let trade: AggTradeEvent = read(
        r#"{"e":"aggTrade","E":123456789,"s":"BTCUSDT","a":5933014,"p":"0.001","q":"100","f":100,"l":105,"T":123456785,"m":true}"#,
    );
    assert_eq!(
        (trade.price, trade.quantity, trade.normal_quantity),
        (dec!(0.001), dec!(100), None)
    );
    let mark: MarkPriceEvent = read(
        r#"{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15","i":"11784.62","r":"0.00038167","T":1562306400000}"#,
    );
    assert_eq!(
        (mark.mark_price, mark.mark_price_moving_average),
        (dec!(11794.15), None)
    );
    let order = r#"{"e":"ORDER_TRADE_UPDATE","E":1568879465651,"T":1568879465650,"o":{"s":"BTCUSDT","c":"TEST","S":"SELL","o":"LIMIT","x":"NEW","X":"NEW","i":8886774,"ps":"LONG"}}"#;
    let UserDataEvent::OrderTradeUpdate(update) = read(order) else {
        panic!("an update of an order");
    };
    assert_eq!(update.order.order_id, 8_886_774);
}

#[test]
fn an_identity_is_missed_by_name() {
    for (text, field) in [
        (r#"{"amount":"1","coin":"BNB"}"#, "status"),
        (r#"{"id":"d1","status":0}"#, "coin"),
    ] {
        let error = json::from_str::<wallet::models::Deposit>(text).expect_err(text);
        assert!(error.to_string().contains(&format!("`{field}`")), "{error}");
    }
}
