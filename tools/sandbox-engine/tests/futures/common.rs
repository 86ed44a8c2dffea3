//! An exchange with one linear and one inverse contract.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{
    Bracket, Brackets, Contract, Futures, Kind, NewOrder, Order, OrderType, PositionSide, Reject, Side,
};

pub(crate) const LINEAR: usize = 0;
pub(crate) const INVERSE: usize = 1;
pub(crate) const ALICE: u64 = 1;
pub(crate) const BOB: u64 = 2;
pub(crate) const HOUR_US: i64 = 3_600_000_000;
pub(crate) const START_US: i64 = 1_700_000_000_000_000;

pub(crate) fn fixed(text: &str) -> Fixed {
    match text.strip_prefix('-') {
        Some(text) => Fixed::ZERO - Fixed::parse(text).unwrap(),
        None => Fixed::parse(text).unwrap(),
    }
}

pub(crate) fn brackets(caps: [&str; 2]) -> Brackets {
    let bracket = |max_leverage, cap, maintenance| Bracket {
        max_leverage,
        cap: fixed(cap),
        maintenance: fixed(maintenance),
    };
    Brackets::new([bracket(100, caps[0], "0.005"), bracket(20, caps[1], "0.02")])
}

pub(crate) fn contract(symbol: &str, kind: Kind) -> Contract {
    let linear = kind == Kind::Linear;
    Contract {
        symbol: symbol.to_owned(),
        pair: symbol.trim_end_matches("_PERP").to_owned(),
        base: "BTC".to_owned(),
        quote: if linear { "USDT" } else { "USD" }.to_owned(),
        kind,
        tick: fixed("0.1"),
        min_price: fixed("0.1"),
        max_price: fixed("1000000"),
        step: fixed(if linear { "0.001" } else { "1" }),
        min_quantity: fixed(if linear { "0.001" } else { "1" }),
        max_quantity: fixed("100000"),
        max_market_quantity: fixed("10000"),
        min_notional: if linear { fixed("5") } else { Fixed::ZERO },
        percent_price: (fixed("1.1"), fixed("0.91")),
        max_orders: 200,
        max_conditional_orders: 10,
        brackets: match linear {
            true => brackets(["100000", "1000000"]),
            false => brackets(["10", "100"]),
        },
        maker_fee: fixed("0.0002"),
        taker_fee: fixed("0.0005"),
        liquidation_fee: fixed("0.01"),
        funding_interval_us: 8 * HOUR_US,
        interest_rate: fixed("0.0001"),
        funding_cap: fixed("0.02"),
    }
}

/// Both accounts have 10,000 USDT and 10 BTC.
pub(crate) fn exchange() -> Futures {
    let mut futures = Futures::new();
    futures.list(contract("BTCUSDT", Kind::Linear), fixed("50000"));
    let contract_size = fixed("100");
    futures.list(
        contract("BTCUSD_PERP", Kind::Inverse { contract_size }),
        fixed("50000"),
    );
    futures.advance(START_US);
    for account in [ALICE, BOB] {
        futures.transfer(account, "USDT", fixed("10000"));
        futures.transfer(account, "BTC", fixed("10"));
    }
    futures.take_events();
    futures
}

pub(crate) fn limit(side: Side, quantity: &str, price: &str) -> NewOrder {
    NewOrder::limit(LINEAR, side, fixed(quantity), fixed(price))
}

pub(crate) fn market(side: Side, quantity: &str) -> NewOrder {
    NewOrder::new(LINEAR, side, OrderType::Market, fixed(quantity))
}

/// A trade of both accounts at a price: Alice's side.
pub(crate) fn trade(futures: &mut Futures, side: Side, quantity: &str, price: &str) -> Order {
    let other = match side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    };
    futures.place(BOB, limit(other, quantity, price)).unwrap();
    futures.place(ALICE, limit(side, quantity, price)).unwrap()
}

pub(crate) fn amount(futures: &Futures, account: u64) -> Fixed {
    futures.position_view(account, LINEAR, PositionSide::Both).amount
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Reject>) -> i32 {
    result.unwrap_err().code
}
