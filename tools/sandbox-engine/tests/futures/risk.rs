//! Funding and liquidation.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{
    AccountEvent, Event, HOUSE, IncomeType, MarginType, MarketEvent, NewOrder, OrderType, PositionSide, Side,
    margin,
};

use crate::common::{ALICE, BOB, HOUR_US, INVERSE, LINEAR, START_US, amount, exchange, fixed, limit, trade};

fn income(futures: &binance_wire_sandbox_engine::futures::Futures, account: u64, kind: IncomeType) -> Fixed {
    let owner = futures.account(account).unwrap();
    owner
        .incomes
        .iter()
        .filter(|one| one.kind == kind)
        .map(|one| one.amount)
        .sum()
}

#[test]
fn longs_pay_shorts_each_interval() {
    let mut futures = exchange();
    trade(&mut futures, Side::Buy, "0.1", "50000");
    let next = futures.listings()[LINEAR].next_funding_us;
    assert!(next > START_US && next <= START_US + 8 * HOUR_US && next % (8 * HOUR_US) == 0);
    futures.advance(next - 1);
    assert_eq!(income(&futures, ALICE, IncomeType::Funding), Fixed::ZERO);
    futures.advance(next + 16 * HOUR_US);
    // 0.01 % of 5,000, three times.
    assert_eq!(income(&futures, ALICE, IncomeType::Funding), fixed("-1.5"));
    assert_eq!(income(&futures, BOB, IncomeType::Funding), fixed("1.5"));
    assert_eq!(futures.account(HOUSE).unwrap().wallet("USDT"), Fixed::ZERO);
    let times: Vec<i64> = futures.listings()[LINEAR]
        .fundings
        .iter()
        .map(|one| one.time_us)
        .collect();
    assert_eq!(times, [next, next + 8 * HOUR_US, next + 16 * HOUR_US]);
}

#[test]
fn a_clock_that_is_set_back_funds_nothing() {
    let mut futures = exchange();
    trade(&mut futures, Side::Buy, "0.1", "50000");
    futures.advance(START_US - 100 * HOUR_US);
    assert_eq!(futures.now_us(), START_US - 100 * HOUR_US);
    assert_eq!(income(&futures, ALICE, IncomeType::Funding), Fixed::ZERO);
    let next = futures.listings()[LINEAR].next_funding_us;
    assert!(next > START_US - 100 * HOUR_US && next <= START_US - 92 * HOUR_US);
    futures.advance(next);
    assert_eq!(income(&futures, ALICE, IncomeType::Funding), fixed("-0.5"));
}

#[test]
fn the_rate_follows_the_premium() {
    let rate = |premium: &str| margin::funding_rate(fixed(premium), fixed("0.0001"), fixed("0.02"));
    for (premium, expected) in [
        ("0", "0.0001"),
        ("0.0004", "0.0001"),
        ("0.001", "0.0005"),
        ("-0.001", "-0.0005"),
        ("0.5", "0.02"),
        ("-0.5", "-0.02"),
    ] {
        assert_eq!(rate(premium), fixed(expected), "{premium}");
    }
}

#[test]
fn a_cross_account_is_liquidated_at_its_price() {
    let mut futures = exchange();
    futures.set_leverage(ALICE, LINEAR, 20).unwrap();
    trade(&mut futures, Side::Buy, "2", "50000");
    let price = futures.liquidation_price(ALICE, LINEAR, PositionSide::Both);
    // 9,950 and what it loses are 0.5 % of its notional: p · 2 · 0.995 = 100,000 - 9,950.
    assert_eq!(price, fixed("45251.25628140"));
    futures.place(ALICE, limit(Side::Sell, "0.1", "50000")).unwrap();
    futures.take_events();
    futures.set_index(LINEAR, fixed("45251.3"));
    assert_eq!(amount(&futures, ALICE), fixed("2"));
    futures.set_index(LINEAR, fixed("45251.2"));
    assert_eq!(amount(&futures, ALICE), Fixed::ZERO);
    assert!(futures.open_orders(ALICE, None).is_empty());
    assert_eq!(amount(&futures, BOB), fixed("-2"));
    assert_eq!(
        futures.position_view(HOUSE, LINEAR, PositionSide::Both).amount,
        fixed("2")
    );
    let forced: Vec<_> = futures.forced().collect();
    assert_eq!(forced.len(), 1);
    assert_eq!(
        (forced[0].kind, forced[0].account),
        (OrderType::Liquidation, ALICE)
    );
    // What the fee took below zero was taken over.
    assert_eq!(futures.asset_margin(ALICE, "USDT").wallet, Fixed::ZERO);
    let events = futures.take_events();
    let called = |event: &Event| {
        matches!(
            event,
            Event::Account {
                account: ALICE,
                event: AccountEvent::MarginCall { .. },
                ..
            }
        )
    };
    let published = |event: &Event| {
        matches!(
            event,
            Event::Market {
                event: MarketEvent::Forced { .. },
                ..
            }
        )
    };
    assert_eq!(events.iter().filter(|event| called(event)).count(), 1);
    assert_eq!(events.iter().filter(|event| published(event)).count(), 1);
}

#[test]
fn an_isolated_position_takes_nothing_else_with_it() {
    let mut futures = exchange();
    futures
        .set_margin_type(ALICE, LINEAR, MarginType::Isolated)
        .unwrap();
    futures.set_leverage(ALICE, LINEAR, 100).unwrap();
    trade(&mut futures, Side::Buy, "1", "50000");
    let before = futures.account(ALICE).unwrap().wallet("USDT");
    let price = futures.liquidation_price(ALICE, LINEAR, PositionSide::Both);
    assert_eq!(price, fixed("49748.74371859"));
    // Far beyond it: the loss is more than its margin.
    futures.set_index(LINEAR, fixed("49000"));
    assert_eq!(amount(&futures, ALICE), Fixed::ZERO);
    assert_eq!(futures.account(ALICE).unwrap().wallet("USDT"), before);
    assert_eq!(futures.asset_margin(ALICE, "USDT").wallet, before);
}

#[test]
fn the_liquidation_price_of_inverse_contracts() {
    let mut futures = exchange();
    futures
        .set_margin_type(ALICE, INVERSE, MarginType::Isolated)
        .unwrap();
    for side in [Side::Buy, Side::Sell] {
        let other = if side == Side::Buy { Side::Sell } else { Side::Buy };
        let order = |side| NewOrder::limit(INVERSE, side, fixed("1000"), fixed("50000"));
        futures.place(BOB, order(other)).unwrap();
        futures.place(ALICE, order(side)).unwrap();
        let price = futures.liquidation_price(ALICE, INVERSE, PositionSide::Both);
        let beyond = |parts: i128| {
            let far = if side == Side::Buy { -parts } else { parts };
            Fixed::from_units(price.units() + price.units() / 100_000 * far)
        };
        futures.set_index(INVERSE, beyond(-1));
        assert!(
            !futures
                .position_view(ALICE, INVERSE, PositionSide::Both)
                .amount
                .is_zero()
        );
        futures.set_index(INVERSE, beyond(1));
        assert!(
            futures
                .position_view(ALICE, INVERSE, PositionSide::Both)
                .amount
                .is_zero(),
            "{price}"
        );
        futures.set_index(INVERSE, fixed("50000"));
    }
}
