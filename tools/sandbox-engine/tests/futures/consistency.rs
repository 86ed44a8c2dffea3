//! After thousands of random operations, everything that can be asked and everything that was said agree with each other, and
//! with a model that knows nothing but the fills, the payments and the mark prices.

use std::collections::BTreeMap;

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{
    AccountEvent, Event, Execution, Futures, IncomeType, Kind, MarginType, MarketEvent, NewOrder,
    OrderChange, OrderType, PositionSide, Prevention, PriceMatch, Side, Status, TimeInForce, Working,
};

use crate::common::{INVERSE, LINEAR, START_US, exchange, fixed};

/// CI builds without optimizations.
const OPERATIONS: usize = if cfg!(debug_assertions) { 6_000 } else { 100_000 };
const ACCOUNTS: [u64; 4] = [1, 2, 3, 4];

/// Chance, by seed.
struct Random(fastrand::Rng);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0.u64(..end)
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.0.usize(..items.len())]
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

type Levels = BTreeMap<(Side, Fixed), Fixed>;

/// What was said, and what follows from it.
#[derive(Default)]
struct Model {
    /// By contract: the levels, and the last update.
    books: BTreeMap<usize, (Levels, i64)>,
    /// By order: status and what was filled.
    orders: BTreeMap<i64, (Status, Fixed)>,
    /// By account, contract and side.
    amounts: BTreeMap<(u64, usize, PositionSide), Fixed>,
    /// What was said of the wallets and of the positions.
    wallets: BTreeMap<(u64, String), Fixed>,
    positions: BTreeMap<(u64, usize, PositionSide), Fixed>,
    /// By account and contract: cash that its fills moved, of linear contracts in units of 10⁻¹⁶, and the fees.
    cash: BTreeMap<(u64, usize), i128>,
    fees: BTreeMap<(u64, usize), Fixed>,
    fills: i128,
    forced: i128,
    traded: BTreeMap<usize, Fixed>,
    bought: BTreeMap<usize, Fixed>,
    last_aggregated: BTreeMap<usize, i64>,
}

impl Model {
    fn hear(&mut self, futures: &Futures, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Account { account, event, .. } => self.of_account(futures, account, event),
                Event::Market { contract, event, .. } => self.of_market(contract, event),
            }
        }
    }

    fn of_account(&mut self, futures: &Futures, account: u64, event: AccountEvent) {
        match event {
            AccountEvent::Order {
                execution,
                order,
                fill,
            } => {
                let known = self.orders.entry(order.id).or_insert((Status::New, Fixed::ZERO));
                assert!(
                    matches!(known.0, Status::New | Status::PartiallyFilled),
                    "an order that was over: {order:?}"
                );
                if let Some(fill) = fill {
                    assert!(matches!(execution, Execution::Trade | Execution::Calculated));
                    known.1 += fill.quantity;
                    let request = &order.request;
                    let contract = request.contract;
                    let signed = request.side.signed(fill.quantity);
                    let key = (account, contract, request.position_side);
                    *self.amounts.entry(key).or_default() += signed;
                    // The formulas of the documentation, with numbers of its own.
                    let moved = match futures.listings()[contract].contract.kind {
                        Kind::Linear => -(signed.units() * fill.price.units()),
                        Kind::Inverse { contract_size } => {
                            signed.units() * contract_size.units() / fill.price.units()
                        }
                    };
                    *self.cash.entry((account, contract)).or_default() += moved;
                    *self.fees.entry((account, contract)).or_default() += fill.fee;
                    self.fills += 1;
                    self.forced += i128::from(execution == Execution::Calculated);
                    if execution == Execution::Trade {
                        *self.bought.entry(contract).or_default() += fill.quantity;
                    }
                }
                known.0 = order.status;
                assert_eq!(known.1, order.executed, "{order:?}");
            }
            AccountEvent::Account {
                balances, positions, ..
            } => {
                for balance in balances {
                    self.wallets.insert((account, balance.asset), balance.wallet);
                }
                for position in positions {
                    self.positions
                        .insert((account, position.contract, position.side), position.amount);
                }
            }
            _ => {}
        }
    }

    fn of_market(&mut self, contract: usize, event: MarketEvent) {
        match event {
            MarketEvent::Depth {
                first,
                last,
                previous,
                bids,
                asks,
            } => {
                let (levels, update) = self.books.entry(contract).or_default();
                assert_eq!((first, previous), (*update + 1, *update), "a gap");
                assert!(last >= first);
                *update = last;
                let sides = [(Side::Buy, bids), (Side::Sell, asks)];
                for (side, (price, quantity)) in sides
                    .into_iter()
                    .flat_map(|(side, all)| all.into_iter().map(move |level| (side, level)))
                {
                    match quantity.is_zero() {
                        true => levels.remove(&(side, price)),
                        false => levels.insert((side, price), quantity),
                    };
                }
            }
            MarketEvent::Trade(trade) => *self.traded.entry(contract).or_default() += trade.quantity,
            MarketEvent::AggTrade(trade) => {
                let last = self.last_aggregated.entry(contract).or_default();
                assert!(trade.first > *last && trade.last >= trade.first);
                *last = trade.last;
            }
            _ => {}
        }
    }

    fn compare(&self, futures: &Futures) {
        for contract in [LINEAR, INVERSE] {
            self.compare_book(futures, contract);
            let net: Fixed = futures
                .accounts()
                .flat_map(|one| one.positions.iter())
                .filter(|((of, _), _)| *of == contract)
                .map(|(_, position)| position.amount)
                .sum();
            assert_eq!(net, Fixed::ZERO, "every long has its short");
        }
        for account in ACCOUNTS {
            self.compare_account(futures, account);
        }
        for (id, (status, executed)) in &self.orders {
            // Old ones are forgotten.
            if let Some(order) = futures.order(*id) {
                assert_eq!((order.status, order.executed), (*status, *executed));
            }
        }
    }

    fn compare_book(&self, futures: &Futures, contract: usize) {
        let book = &futures.listings()[contract].book;
        let none = (BTreeMap::new(), 0);
        let (levels, update) = self.books.get(&contract).unwrap_or(&none);
        assert_eq!(*update, book.last_update());
        let mut resting: BTreeMap<(Side, Fixed), Fixed> = BTreeMap::new();
        for account in futures.accounts() {
            for id in futures.open_orders(account.id, Some(contract)) {
                let order = futures.order(id).unwrap();
                if order.rests() {
                    *resting
                        .entry((order.request.side, order.request.price))
                        .or_default() += order.remaining();
                }
            }
        }
        assert_eq!(*levels, resting, "what streams say, and the open orders");
        let listed = |side| {
            book.levels(side)
                .map(move |(price, quantity)| ((side, price), quantity))
        };
        let asked: BTreeMap<_, _> = listed(Side::Buy).chain(listed(Side::Sell)).collect();
        assert_eq!(*levels, asked);
        if let (Some((bid, _)), Some((ask, _))) = (book.best(Side::Buy), book.best(Side::Sell)) {
            assert!(bid < ask);
        }
        let volume: Fixed = futures.listings()[contract]
            .tape
            .candles
            .of(binance_wire_sandbox_engine::Interval::Week)
            .iter()
            .map(|candle| candle.volume)
            .sum();
        assert_eq!(volume, self.traded.get(&contract).copied().unwrap_or_default());
    }

    fn compare_account(&self, futures: &Futures, account: u64) {
        let owner = futures.account(account).unwrap();
        for ((contract, side), position) in &owner.positions {
            let key = (account, *contract, *side);
            assert_eq!(
                self.amounts.get(&key).copied().unwrap_or_default(),
                position.amount
            );
            assert_eq!(
                self.positions.get(&key).copied().unwrap_or_default(),
                position.amount
            );
            assert!(position.isolated_wallet >= Fixed::ZERO || !position.is_none());
            if position.is_none() {
                assert_eq!(position.isolated_wallet, Fixed::ZERO);
            }
        }
        for (contract, asset) in [(LINEAR, "USDT"), (INVERSE, "BTC")] {
            let listing = &futures.listings()[contract];
            let wallet = futures.wallet_balance(account, asset);
            let said = self.wallets.get(&(account, asset.to_owned())).copied();
            assert_eq!(said.unwrap_or(wallet), wallet);
            let margin = futures.asset_margin(account, asset);
            assert_eq!(margin.wallet, wallet);
            assert!(margin.order_initial >= Fixed::ZERO && margin.maintenance >= Fixed::ZERO);
            // Payments that are no profits and no fees.
            let paid: Fixed = owner
                .incomes
                .iter()
                .filter(|income| income.asset == asset)
                .filter(|income| match income.kind {
                    IncomeType::Transfer | IncomeType::Funding => true,
                    // The fee of a liquidation is the fee of a fill.
                    IncomeType::InsuranceClear => income.trade.is_none(),
                    _ => false,
                })
                .map(|income| income.amount)
                .sum();
            let key = (account, contract);
            let fees = self.fees.get(&key).copied().unwrap_or_default();
            let cash = self.cash.get(&key).copied().unwrap_or_default();
            let held: i128 = owner
                .positions
                .iter()
                .filter(|((of, _), _)| *of == contract)
                .map(|(_, position)| position.amount.units())
                .sum();
            let mark = listing.mark.units();
            // Linear contracts are rounded at marks that are no ticks alone, inverse ones with every fill.
            let (worth, rounding) = match listing.contract.kind {
                Kind::Linear => ((cash + held * mark) / 100_000_000, 3 + 2 * self.forced),
                Kind::Inverse { contract_size } => {
                    (cash - held * contract_size.units() / mark, 3 * self.fills + 3)
                }
            };
            let expected = (paid - fees).units() + worth;
            let actual = (wallet + margin.unrealized).units();
            assert!(
                (expected - actual).abs() <= rounding,
                "{account} has {actual} {asset}, and its fills and payments make {expected}"
            );
        }
    }
}

fn order(random: &mut Random, futures: &Futures, account: u64) -> NewOrder {
    let contract = random.of(&[LINEAR, LINEAR, INVERSE]);
    let listing = &futures.listings()[contract];
    let side = random.of(&[Side::Buy, Side::Sell]);
    let hedge = futures.account(account).is_some_and(|owner| owner.hedge);
    let tick = listing.contract.tick.units();
    let away = i128::from(random.below(400)) - 200;
    let price = Fixed::from_units(listing.mark.units() / tick * tick + away * tick * 10);
    let steps = random.of(&[200, 200, 3_000]);
    let steps = i128::from(random.below(steps) + 1);
    let quantity = Fixed::from_units(listing.contract.step.units() * steps);
    let kind = random.of(&[
        OrderType::Limit,
        OrderType::Limit,
        OrderType::Limit,
        OrderType::Market,
        OrderType::Stop,
        OrderType::StopMarket,
        OrderType::TakeProfit,
        OrderType::TakeProfitMarket,
        OrderType::TrailingStopMarket,
    ]);
    let limited = kind.triggered() == OrderType::Limit;
    NewOrder {
        position_side: match hedge {
            true => random.of(&[PositionSide::Long, PositionSide::Short]),
            false => PositionSide::Both,
        },
        price: if limited { price } else { Fixed::ZERO },
        time_in_force: match limited {
            true => random.of(&[
                TimeInForce::Gtc,
                TimeInForce::Gtc,
                TimeInForce::Ioc,
                TimeInForce::Fok,
                TimeInForce::Gtx,
            ]),
            false => TimeInForce::Gtc,
        },
        reduce_only: !hedge && random.chance(15),
        stop_price: (kind.is_conditional() && kind != OrderType::TrailingStopMarket).then(|| {
            let off = i128::from(random.below(100)) - 50;
            Fixed::from_units(listing.mark.units() / tick * tick + off * tick * 20)
        }),
        callback: (kind == OrderType::TrailingStopMarket).then(|| fixed("0.5")),
        working: random.of(&[Working::Mark, Working::Contract]),
        prevention: random.of(&[
            Prevention::None,
            Prevention::ExpireMaker,
            Prevention::ExpireTaker,
            Prevention::ExpireBoth,
        ]),
        price_match: match limited && random.chance(5) {
            true => random.of(&[PriceMatch::Opponent, PriceMatch::Queue5]),
            false => PriceMatch::None,
        },
        ..NewOrder::new(contract, side, kind, quantity)
    }
}

fn step(random: &mut Random, futures: &mut Futures, now_us: &mut i64) {
    let account = random.of(&ACCOUNTS);
    let contract = random.of(&[LINEAR, INVERSE]);
    let open = futures.open_orders(account, Some(contract));
    let one = (!open.is_empty()).then(|| random.of(&open));
    match random.below(100) {
        0..=54 => {
            let order = order(random, futures, account);
            match order.kind.is_conditional() && random.chance(50) {
                true => drop(futures.place_algo(account, order)),
                false => drop(futures.place(account, order)),
            }
        }
        55..=69 => drop(futures.cancel(account, contract, one, None)),
        70..=79 => {
            let order = order(random, futures, account);
            let change = OrderChange {
                side: None,
                quantity: random.chance(70).then_some(order.quantity),
                price: (order.price > Fixed::ZERO).then_some(order.price),
                price_match: PriceMatch::None,
            };
            drop(futures.modify(account, contract, one, None, change));
        }
        80..=86 => {
            let index = futures.listings()[contract].index.units();
            // A few hundredths as a rule, and a crash now and then.
            let far = if random.chance(10) { 5 } else { 1 };
            let moved = index + index / 1_000 * far * (i128::from(random.below(61)) - 30);
            let near = moved.clamp(fixed("20000").units(), fixed("120000").units());
            match random.chance(30) {
                true => {
                    let size = futures.listings()[contract].contract.step.units() * 50;
                    futures.quote(contract, Fixed::from_units(near), 5, Fixed::from_units(size));
                }
                false => futures.set_index(contract, Fixed::from_units(near)),
            }
        }
        87..=91 => {
            *now_us += i64::try_from(random.below(600_000_000)).unwrap();
            futures.advance(*now_us);
        }
        92 => drop(futures.set_hedge(account, random.chance(50))),
        93 => {
            let margin_type = random.of(&[MarginType::Cross, MarginType::Isolated]);
            drop(futures.set_margin_type(account, contract, margin_type));
        }
        94 => drop(futures.set_leverage(account, contract, random.of(&[5, 20, 50, 100]))),
        95 => {
            let side = random.of(&[PositionSide::Both, PositionSide::Long, PositionSide::Short]);
            let amount = random.of(&["1", "100", "-1", "-50"]);
            drop(futures.change_margin(account, contract, side, fixed(amount)));
        }
        96 => drop(futures.set_multi_assets(account, random.chance(20))),
        97 => futures.cancel_all(account, contract),
        98 => futures.countdown(account, contract, random.of(&[0, 60_000])),
        _ => {
            // Those who lost everything go on.
            for (asset, amount) in [("USDT", "5000"), ("BTC", "2")] {
                if futures.available(account, asset) < fixed(amount) {
                    futures.transfer(account, asset, fixed(amount));
                }
            }
        }
    }
}

#[test]
fn everything_agrees_after_random_operations() {
    let mut forced = 0;
    for seed in [1, 2] {
        let mut random = Random(fastrand::Rng::with_seed(seed));
        let mut futures = exchange();
        futures.remember(1_000_000);
        for account in ACCOUNTS {
            futures.transfer(account, "USDT", fixed("5000"));
            futures.transfer(account, "BTC", fixed("1"));
            for contract in [LINEAR, INVERSE] {
                futures.set_leverage(account, contract, 100).unwrap();
            }
        }
        let mut model = Model::default();
        let mut now_us = START_US;
        for count in 0..OPERATIONS {
            step(&mut random, &mut futures, &mut now_us);
            let events = futures.take_events();
            model.hear(&futures, events);
            if count % 250 == 0 {
                model.compare(&futures);
            }
        }
        model.compare(&futures);
        assert!(model.fills > 500, "{}", model.fills);
        forced += futures.forced().count();
    }
    assert!(forced > 0, "nothing was liquidated");
}
