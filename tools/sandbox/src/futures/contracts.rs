//! The contracts that the sandbox lists.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{Bracket, Brackets, Contract, Kind};

/// Levels on each side that the exchange quotes.
pub(super) const LEVELS: u32 = 20;

/// Contracts, each with its index price at the start.
pub(super) type Listings = Vec<(Contract, Fixed)>;

const HOUR_US: i64 = 3_600_000_000;

/// A number of units of 10⁻⁸.
const fn units(units: i128) -> Fixed {
    Fixed::from_units(units)
}

/// Brackets whose caps are multiples of the first one.
fn brackets(first_cap: i64) -> Brackets {
    let bracket = |max_leverage, cap: i64, basis_points: i128| Bracket {
        max_leverage,
        cap: Fixed::whole(first_cap * cap),
        maintenance: units(basis_points * 10_000),
    };
    Brackets::new([
        bracket(125, 1, 40),
        bracket(100, 12, 50),
        bracket(50, 60, 100),
        bracket(20, 240, 250),
        bracket(10, 1_000, 500),
        bracket(5, 2_000, 1_000),
        bracket(1, 10_000, 5_000),
    ])
}

fn contract(base: &str, quote: &str, kind: Kind) -> Contract {
    let linear = kind == Kind::Linear;
    let pair = format!("{base}{quote}");
    Contract {
        symbol: if linear {
            pair.clone()
        } else {
            format!("{pair}_PERP")
        },
        pair,
        base: base.to_owned(),
        quote: quote.to_owned(),
        kind,
        tick: if base == "BTC" {
            units(10_000_000)
        } else {
            units(1_000_000)
        },
        min_price: if base == "BTC" {
            units(10_000_000)
        } else {
            units(1_000_000)
        },
        max_price: Fixed::whole(4_529_764),
        step: if linear { units(100_000) } else { Fixed::whole(1) },
        min_quantity: if linear { units(100_000) } else { Fixed::whole(1) },
        max_quantity: if linear {
            Fixed::whole(1_000)
        } else {
            Fixed::whole(1_000_000)
        },
        max_market_quantity: if linear {
            Fixed::whole(120)
        } else {
            Fixed::whole(60_000)
        },
        min_notional: if linear { Fixed::whole(5) } else { Fixed::ZERO },
        percent_price: (units(105_000_000), units(95_000_000)),
        max_orders: 200,
        max_conditional_orders: 10,
        brackets: match (linear, base) {
            (true, _) => brackets(50_000),
            (false, "BTC") => brackets(5),
            (false, _) => brackets(75),
        },
        maker_fee: if linear { units(20_000) } else { units(10_000) },
        taker_fee: units(50_000),
        liquidation_fee: units(1_250_000),
        funding_interval_us: 8 * HOUR_US,
        interest_rate: units(10_000),
        funding_cap: units(300_000),
    }
}

/// What the exchange offers at each level of a contract.
pub(super) fn offered(contract: &Contract, inverse: bool) -> Fixed {
    Fixed::whole(match (inverse, contract.base.as_str()) {
        (false, "BTC") => 5,
        (false, _) => 100,
        (true, "BTC") => 3_000,
        (true, _) => 20_000,
    })
}

/// The contracts of USDⓈ-M.
pub(super) fn linear() -> Listings {
    let of = |base, quote| contract(base, quote, Kind::Linear);
    vec![
        (of("BTC", "USDT"), Fixed::whole(52_000)),
        (of("ETH", "USDT"), Fixed::whole(2_600)),
        (of("BTC", "USDC"), Fixed::whole(52_000)),
    ]
}

/// The contracts of COIN-M.
pub(super) fn inverse() -> Listings {
    let of = |base, size| {
        let contract_size = Fixed::whole(size);
        contract(base, "USD", Kind::Inverse { contract_size })
    };
    vec![
        (of("BTC", 100), Fixed::whole(52_000)),
        (of("ETH", 10), Fixed::whole(2_600)),
    ]
}
