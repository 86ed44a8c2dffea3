//! What trades make of positions, wallets and margins.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{
    IncomeType, MarginType, NewOrder, OrderType, PositionSide, Side, Status,
};

use crate::common::{ALICE, BOB, INVERSE, LINEAR, amount, code, exchange, fixed, limit, market, trade};

#[test]
fn a_long_is_opened_added_to_reduced_and_turned_around() {
    let mut futures = exchange();
    let order = trade(&mut futures, Side::Buy, "0.1", "50000");
    assert_eq!(order.status, Status::Filled);
    trade(&mut futures, Side::Buy, "0.1", "51000");
    let view = futures.position_view(ALICE, LINEAR, PositionSide::Both);
    assert_eq!((view.amount, view.entry_price), (fixed("0.2"), fixed("50500")));
    // 0.05 % of 5,000 and of 5,100 over 0.2.
    assert_eq!(view.break_even_price, fixed("50525.25"));

    trade(&mut futures, Side::Sell, "0.05", "52500");
    let view = futures.position_view(ALICE, LINEAR, PositionSide::Both);
    assert_eq!((view.amount, view.entry_price), (fixed("0.15"), fixed("50500")));
    assert_eq!(view.realized, fixed("100"));

    trade(&mut futures, Side::Sell, "0.25", "50400");
    let view = futures.position_view(ALICE, LINEAR, PositionSide::Both);
    assert_eq!((view.amount, view.entry_price), (fixed("-0.1"), fixed("50400")));
    assert_eq!(view.realized, fixed("85"));
    let margin = futures.asset_margin(ALICE, "USDT");
    let fees = fixed("2.5") + fixed("2.55") + fixed("1.3125") + fixed("6.3");
    assert_eq!(margin.wallet, fixed("10085") - fees);
    // The mark price is the index, 50,000, since the book is empty.
    assert_eq!(margin.unrealized, fixed("40"));
    assert_eq!(amount(&futures, BOB), fixed("0.1"));
    assert_eq!(futures.open_interest(LINEAR), fixed("0.1"));

    let owner = futures.account(ALICE).unwrap();
    let of = |kind| -> Fixed {
        owner
            .incomes
            .iter()
            .filter(|one| one.kind == kind)
            .map(|one| one.amount)
            .sum()
    };
    assert_eq!(of(IncomeType::RealizedProfit), fixed("85"));
    assert_eq!(of(IncomeType::Commission), fixed("0") - fees);
    assert_eq!(owner.trades.len(), 4);
}

#[test]
fn an_inverse_contract_earns_coins() {
    let mut futures = exchange();
    let sell = |price| NewOrder::limit(INVERSE, Side::Sell, fixed("500"), fixed(price));
    let buy = |price| NewOrder::limit(INVERSE, Side::Buy, fixed("500"), fixed(price));
    futures.place(BOB, sell("50000")).unwrap();
    futures.place(ALICE, buy("50000")).unwrap();
    let view = futures.position_view(ALICE, INVERSE, PositionSide::Both);
    assert_eq!((view.amount, view.entry_price), (fixed("500"), fixed("50000")));
    futures.set_index(INVERSE, fixed("52500"));
    // 500 · 100 · (1 / 50,000 - 1 / 52,500), rounded toward zero in one of its terms.
    let profit = futures
        .position_view(ALICE, INVERSE, PositionSide::Both)
        .unrealized;
    assert_eq!(profit, fixed("0.04761905"));
    let loss = futures.position_view(BOB, INVERSE, PositionSide::Both).unrealized;
    assert_eq!(loss, fixed("-0.04761905"));

    futures.place(BOB, buy("52500")).unwrap();
    let closed = futures.place(ALICE, sell("52500")).unwrap();
    assert_eq!(futures.average_price(&closed), fixed("52500.00013125"));
    let fees = fixed("0.0005") + fixed("0.00047619");
    assert_eq!(
        futures.asset_margin(ALICE, "BTC").wallet,
        fixed("10.04761905") - fees
    );
    assert_eq!(futures.open_interest(INVERSE), Fixed::ZERO);
}

#[test]
fn hedge_mode_has_two_positions() {
    let mut futures = exchange();
    futures.set_hedge(ALICE, true).unwrap();
    assert_eq!(code(futures.set_hedge(ALICE, true)), -4059);
    let of = |side, position_side, quantity: &str| NewOrder {
        position_side,
        ..market(side, quantity)
    };
    for (side, price) in [(Side::Sell, "50010"), (Side::Buy, "49990")] {
        futures.place(BOB, limit(side, "1", price)).unwrap();
    }
    assert_eq!(code(futures.place(ALICE, market(Side::Buy, "0.1"))), -4061);
    let reducing = NewOrder {
        reduce_only: true,
        ..of(Side::Sell, PositionSide::Long, "0.1")
    };
    assert_eq!(code(futures.place(ALICE, reducing)), -1106);
    // There is no long position to sell of.
    assert_eq!(
        code(futures.place(ALICE, of(Side::Sell, PositionSide::Long, "0.1"))),
        -2022
    );
    futures
        .place(ALICE, of(Side::Buy, PositionSide::Long, "0.2"))
        .unwrap();
    futures
        .place(ALICE, of(Side::Sell, PositionSide::Short, "0.1"))
        .unwrap();
    let view = |side| futures.position_view(ALICE, LINEAR, side).amount;
    assert_eq!(
        (view(PositionSide::Long), view(PositionSide::Short)),
        (fixed("0.2"), fixed("-0.1"))
    );
    // Margin is needed for both.
    let margin = futures.asset_margin(ALICE, "USDT");
    assert_eq!(margin.position_initial, fixed("750"));
    // More than there is of a position cannot be closed: the rest expires.
    let closed = futures
        .place(ALICE, of(Side::Sell, PositionSide::Long, "0.3"))
        .unwrap();
    assert_eq!((closed.status, closed.executed), (Status::Expired, fixed("0.2")));
    assert_eq!(code(futures.set_hedge(ALICE, false)), -4068);
}

#[test]
fn isolated_margin_is_apart() {
    let mut futures = exchange();
    futures
        .set_margin_type(ALICE, LINEAR, MarginType::Isolated)
        .unwrap();
    assert_eq!(
        code(futures.set_margin_type(ALICE, LINEAR, MarginType::Isolated)),
        -4046
    );
    assert_eq!(
        code(futures.change_margin(ALICE, LINEAR, PositionSide::Both, fixed("1"))),
        -4054
    );
    trade(&mut futures, Side::Buy, "0.4", "50000");
    let view = futures.position_view(ALICE, LINEAR, PositionSide::Both);
    assert_eq!(view.isolated_wallet, fixed("1000"));
    let margin = futures.asset_margin(ALICE, "USDT");
    assert_eq!(
        (margin.wallet, margin.cross_wallet),
        (fixed("9990"), fixed("8990"))
    );
    futures
        .change_margin(ALICE, LINEAR, PositionSide::Both, fixed("500"))
        .unwrap();
    assert_eq!(
        code(futures.change_margin(ALICE, LINEAR, PositionSide::Both, fixed("9000"))),
        -4050
    );
    assert_eq!(
        code(futures.change_margin(ALICE, LINEAR, PositionSide::Both, fixed("-501"))),
        -4051
    );
    futures
        .change_margin(ALICE, LINEAR, PositionSide::Both, fixed("-100"))
        .unwrap();
    assert_eq!(futures.available(ALICE, "USDT"), fixed("8590"));
    assert_eq!(code(futures.set_leverage(ALICE, LINEAR, 10)), -4161);
    assert_eq!(code(futures.set_multi_assets(ALICE, true)), -4167);
    // Half of it gives back half of its margin.
    trade(&mut futures, Side::Sell, "0.2", "50000");
    let view = futures.position_view(ALICE, LINEAR, PositionSide::Both);
    assert_eq!(view.isolated_wallet, fixed("700"));
    assert_eq!(
        code(futures.set_margin_type(ALICE, LINEAR, MarginType::Cross)),
        -4048
    );
}

#[test]
fn leverage_decides_how_much_margin_orders_need() {
    let mut futures = exchange();
    assert_eq!(code(futures.set_leverage(ALICE, LINEAR, 101)), -4028);
    futures.set_leverage(ALICE, LINEAR, 5).unwrap();
    // 10,000 at 5 allow 50,000.
    futures.place(ALICE, limit(Side::Buy, "0.6", "50000")).unwrap();
    assert_eq!(futures.available(ALICE, "USDT"), fixed("4000"));
    assert_eq!(
        code(futures.place(ALICE, limit(Side::Buy, "0.401", "50000"))),
        -2019
    );
    // The sells of one-way mode need no more while they are less than the buys.
    futures.place(ALICE, limit(Side::Sell, "0.6", "50000.1")).unwrap();
    assert_eq!(futures.available(ALICE, "USDT"), fixed("3999.988"));
    futures.cancel_all(ALICE, LINEAR);
    assert_eq!(futures.available(ALICE, "USDT"), fixed("10000"));
    futures.place(ALICE, limit(Side::Buy, "0.6", "50000")).unwrap();
    // 30,000 at 2 are more than 10,000.
    assert_eq!(code(futures.set_leverage(ALICE, LINEAR, 2)), -2019);
    assert_eq!(futures.available(ALICE, "USDT"), fixed("4000"));
    futures.cancel_all(ALICE, LINEAR);
    futures.set_leverage(ALICE, LINEAR, 100).unwrap();
    assert_eq!(
        code(futures.place(ALICE, limit(Side::Buy, "2.001", "50000"))),
        -2027
    );
}

#[test]
fn all_assets_are_margin_in_multi_assets_mode() {
    let mut futures = exchange();
    futures.set_rate("BTC", fixed("45000"));
    assert_eq!(futures.available(ALICE, "USDT"), fixed("10000"));
    futures.set_multi_assets(ALICE, true).unwrap();
    assert_eq!(futures.available(ALICE, "USDT"), fixed("460000"));
    assert_eq!(
        code(futures.set_margin_type(ALICE, LINEAR, MarginType::Isolated)),
        -4168
    );
    assert_eq!(code(futures.set_multi_assets(ALICE, true)), -4171);
}

#[test]
fn orders_that_reduce_end_with_the_position() {
    let mut futures = exchange();
    let reducing = |quantity: &str, price: &str| NewOrder {
        reduce_only: true,
        ..limit(Side::Sell, quantity, price)
    };
    assert_eq!(code(futures.place(ALICE, reducing("0.1", "51000"))), -2022);
    trade(&mut futures, Side::Buy, "0.1", "50000");
    let first = futures.place(ALICE, reducing("0.1", "51000")).unwrap();
    let second = futures.place(ALICE, reducing("0.3", "51000")).unwrap();
    // No margin is needed for them.
    assert_eq!(futures.asset_margin(ALICE, "USDT").order_initial, Fixed::ZERO);
    futures.place(BOB, limit(Side::Buy, "0.06", "51000")).unwrap();
    futures.place(BOB, limit(Side::Buy, "0.05", "51000")).unwrap();
    assert_eq!(futures.order(first.id).unwrap().status, Status::Filled);
    assert_eq!(futures.order(second.id).unwrap().status, Status::Expired);
    assert_eq!(amount(&futures, ALICE), Fixed::ZERO);
    let bought = futures.open_orders(BOB, Some(LINEAR));
    assert_eq!(futures.order(bought[0]).unwrap().executed, fixed("0.04"));
    let owned = NewOrder::new(LINEAR, Side::Sell, OrderType::Market, fixed("0.1"));
    let order = futures
        .place(
            ALICE,
            NewOrder {
                reduce_only: false,
                ..owned
            },
        )
        .unwrap();
    assert_eq!(order.executed, fixed("0.01"));
}
