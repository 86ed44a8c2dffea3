//! What calls cost, which counters they are charged to, and what the answers say of the counters.

use binance_wire::{Credit, Operation, dec};
use binance_wire::{margin, sub_account, usds_futures, wallet};
use binance_wire_core::{IntervalUnit, LimitScope};
use binance_wire_products_tests::http::{Action, Server};
use binance_wire_rest::RateLimitKind;

use super::client;

fn costs(weight: u32, scope: LimitScope) -> Credit {
    Credit {
        weight,
        weight_on_success: weight,
        scope,
        uid_weight: 0,
        unfilled_orders: 0,
    }
}

#[test]
fn a_transfer_is_charged_to_address_and_account() {
    use sub_account::SubAccountType::{Spot, UsdtFuture};

    let transfer =
        sub_account::requests::UniversalTransfer::new(sub_account::requests::UniversalTransferRequired {
            from_account_type: Spot,
            to_account_type: UsdtFuture,
            asset: "USDT".into(),
            amount: dec!(1),
        });
    assert_eq!(
        transfer.credit(),
        Credit {
            uid_weight: 360,
            ..costs(1, LimitScope::Ip)
        }
    );
}

#[test]
fn a_withdrawal_is_charged_to_the_account() {
    let withdrawal = wallet::requests::Withdraw::new(wallet::requests::WithdrawRequired {
        coin: "USDT".into(),
        address: "0xab".into(),
        amount: dec!(1),
    });
    assert_eq!(withdrawal.credit(), costs(900, LimitScope::Uid));
    assert_eq!(
        wallet::requests::UserAsset::new().credit(),
        costs(5, LimitScope::Ip)
    );
}

#[test]
fn an_order_that_borrows_costs_more() {
    use margin::SideEffectType;

    let order =
        margin::requests::NewMarginOrder::new("BTCUSDT", margin::Side::Buy, margin::OrderType::Market);
    assert_eq!(order.credit(), costs(6, LimitScope::Uid));
    for (effect, weight) in [
        (SideEffectType::MarginBuy, 1500),
        (SideEffectType::AutoBorrowRepay, 1500),
        (SideEffectType::AutoRepay, 6),
        ("MARGIN_BUY".parse().expect("listed"), 1500),
        (SideEffectType::unlisted("SOMETHING_NEW"), 6),
    ] {
        let order = order.clone().side_effect_type(effect);
        assert_eq!(order.credit(), costs(weight, LimitScope::Uid), "{order:?}");
    }
}

#[test]
fn futures_orders_are_counted() {
    use usds_futures::{FuturesOrderType, Side, requests};

    let order = requests::NewOrder::new("BTCUSDT", Side::Buy, FuturesOrderType::Market);
    assert_eq!(
        order.credit(),
        Credit {
            unfilled_orders: 1,
            ..costs(0, LimitScope::Ip)
        }
    );
    for (limit, weight) in [(Some(50), 2), (Some(100), 5), (Some(1000), 20), (None, 10)] {
        let mut depth = requests::Depth::new("BTCUSDT");
        depth.limit = limit;
        assert_eq!(depth.credit(), costs(weight, LimitScope::Ip), "{limit:?}");
    }
}

#[tokio::test]
async fn counters_of_sapi_stand_beside_the_general_ones() {
    let headers = vec![
        ("X-SAPI-USED-IP-WEIGHT-1M", "12"),
        ("X-SAPI-USED-UID-WEIGHT-1M", "900"),
        ("X-MBX-USED-WEIGHT-1M", "3"),
    ];
    let server = Server::start(move |_, _| Action::Reply(200, headers.clone(), r#"{"id":"1"}"#.into())).await;
    let client = client!(wallet, &server);
    let withdrawal = wallet::requests::Withdraw::new(wallet::requests::WithdrawRequired {
        coin: "USDT".into(),
        address: "0xab".into(),
        amount: dec!(1),
    });
    let answer = client.send_detailed(&withdrawal).await.expect("taken");
    let counters: Vec<_> = answer
        .limits
        .iter()
        .map(|usage| (usage.kind, usage.interval_num, usage.interval, usage.count))
        .collect();
    assert_eq!(
        counters,
        [
            (RateLimitKind::SapiIpWeight, 1, IntervalUnit::Minute, 12),
            (RateLimitKind::SapiUidWeight, 1, IntervalUnit::Minute, 900),
            (RateLimitKind::RequestWeight, 1, IntervalUnit::Minute, 3),
        ]
    );
    assert_eq!(client.transport().last_limits(), answer.limits);
}

#[tokio::test]
async fn counters_of_futures_orders() {
    let headers = vec![
        ("X-MBX-ORDER-COUNT-10S", "1"),
        ("X-MBX-ORDER-COUNT-1M", "7"),
        ("Retry-After", "9"),
    ];
    let body = r#"{"code":-1015,"msg":"Too many new orders; current limit is 300 orders per TEN_SECONDS."}"#;
    let server = Server::start(move |_, _| Action::Reply(429, headers.clone(), body.into())).await;
    let client = client!(usds_futures, &server);
    let error = client
        .new_order(
            "BTCUSDT",
            usds_futures::Side::Buy,
            usds_futures::FuturesOrderType::Market,
        )
        .quantity(dec!(1))
        .send()
        .await
        .expect_err("too many");
    assert_eq!(error.code(), Some(usds_futures::error_codes::TOO_MANY_ORDERS));
    let binance_wire::Error::RateLimited { retry_after, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(retry_after, Some(std::time::Duration::from_secs(9)));
    let counts: Vec<u64> = client
        .transport()
        .last_limits()
        .iter()
        .map(|usage| usage.count)
        .collect();
    assert_eq!(counts, [1, 7]);
}
