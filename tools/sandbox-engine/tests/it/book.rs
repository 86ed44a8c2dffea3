use std::collections::BTreeMap;

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::book::{
    Amount, Book, Outcome, RestError, Resting, SelfTrade, Side, Step, Taker, TimeInForce,
};
use proptest::prelude::*;

use crate::model::Model;

#[derive(Clone, Debug)]
enum Action {
    Place {
        taker: Taker,
        time_in_force: TimeInForce,
        peak: Option<Fixed>,
    },
    Cancel(prop::sample::Index),
    Reduce(prop::sample::Index, i64),
}

fn action() -> impl Strategy<Value = Action> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let mode = prop_oneof![
        3 => Just(SelfTrade::None),
        1 => Just(SelfTrade::ExpireTaker),
        1 => Just(SelfTrade::ExpireMaker),
        1 => Just(SelfTrade::ExpireBoth),
        1 => Just(SelfTrade::Decrement),
        2 => Just(SelfTrade::Transfer),
    ];
    let time_in_force = prop_oneof![
        4 => Just(TimeInForce::Gtc),
        1 => Just(TimeInForce::Ioc),
        1 => Just(TimeInForce::Fok),
        1 => Just(TimeInForce::PostOnly),
    ];
    let amount = prop_oneof![
        5 => (1_i64..30).prop_map(|whole| Amount::Base(Fixed::whole(whole))),
        1 => (1_i64..3000, 1_i64..4).prop_map(|(amount, step)| Amount::Quote {
            amount: Fixed::whole(amount),
            step: Fixed::whole(step),
        }),
    ];
    let limit = prop::option::weighted(0.9, (95_i64..106).prop_map(Fixed::whole));
    let peak = prop::option::weighted(0.3, (1_i64..5).prop_map(Fixed::whole));
    let taker = (1_u64..4, prop::option::of(1_u64..3), side, limit, amount, mode);
    let place = (taker, time_in_force, peak).prop_map(|(taker, time_in_force, peak)| {
        let (owner, group, side, limit, amount, self_trade) = taker;
        Action::Place {
            taker: Taker {
                owner,
                group,
                side,
                limit,
                amount,
                self_trade,
            },
            time_in_force,
            peak,
        }
    });
    prop_oneof![
        6 => place,
        1 => any::<prop::sample::Index>().prop_map(Action::Cancel),
        1 => (any::<prop::sample::Index>(), 1_i64..30).prop_map(|(at, open)| Action::Reduce(at, open)),
    ]
}

/// A book as a client keeps it, of changes alone.
#[derive(Default)]
struct Kept {
    levels: BTreeMap<(Side, Fixed), Fixed>,
    last_update_id: i64,
}

impl Kept {
    fn follow(&mut self, book: &mut Book) {
        let Some(change) = book.take_change() else { return };
        assert_eq!(change.first_update_id, self.last_update_id + 1);
        let levels = change.bids.len() + change.asks.len();
        assert_eq!(
            change.last_update_id - self.last_update_id,
            i64::try_from(levels).unwrap()
        );
        self.last_update_id = change.last_update_id;
        for (side, changed) in [(Side::Buy, change.bids), (Side::Sell, change.asks)] {
            for (price, quantity) in changed {
                self.levels.remove(&(side, price));
                if !quantity.is_zero() {
                    self.levels.insert((side, price), quantity);
                }
            }
        }
    }

    fn depth(&self, side: Side) -> Vec<(Fixed, Fixed)> {
        let own = self.levels.iter().filter(|((of, _), _)| *of == side);
        let mut levels: Vec<_> = own.map(|((_, price), quantity)| (*price, *quantity)).collect();
        if side == Side::Buy {
            levels.reverse();
        }
        levels
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn does_what_the_model_does(actions in prop::collection::vec(action(), 1..120)) {
        let (mut book, mut model, mut kept) = (Book::default(), Model::default(), Kept::default());
        for (id, action) in (1_u64..).zip(actions) {
            match action {
                Action::Place { taker, time_in_force, peak } => {
                    let plan = book.plan(&taker, time_in_force);
                    if let Some(limit) = taker.limit {
                        let best = model.queue(taker.side.opposite()).first().map(|order| order.price);
                        let meets = best.is_some_and(|best| !taker.side.is_beyond(best, limit));
                        prop_assert_eq!(book.would_match(taker.side, limit), meets);
                    }
                    let (steps, outcome) = model.take(&taker, time_in_force);
                    prop_assert_eq!(&plan.steps, &steps);
                    prop_assert_eq!(plan.outcome, outcome);
                    book.commit(&plan);
                    if let (Outcome::Rests(open), Some(price)) = (plan.outcome, taker.limit) {
                        let Taker { owner, group, side, self_trade, .. } = taker;
                        let order = Resting { id, owner, group, side, price, open, peak, self_trade };
                        prop_assert_eq!(book.rest(order), Ok(()));
                        prop_assert_eq!(book.rest(order), Err(RestError::Duplicate(id)));
                        model.rest(order);
                    }
                }
                Action::Cancel(at) => {
                    let ids = model.ids();
                    if !ids.is_empty() {
                        let id = *at.get(&ids);
                        prop_assert_eq!(book.cancel(id).map(|order| order.open), model.open(id));
                        prop_assert_eq!(book.cancel(id), None);
                        model.cancel(id);
                    }
                }
                Action::Reduce(at, open) => {
                    let ids = model.ids();
                    if !ids.is_empty() {
                        let (id, open) = (*at.get(&ids), Fixed::whole(open));
                        let less = model.open(id).is_some_and(|now| open <= now);
                        prop_assert_eq!(book.reduce(id, open), less);
                        if less {
                            model.reduce(id, open);
                        }
                    }
                }
            }
            kept.follow(&mut book);
            prop_assert_eq!(book.len(), model.ids().len());
            for side in [Side::Buy, Side::Sell] {
                let depth: Vec<_> = book.depth(side).collect();
                prop_assert_eq!(&depth, &model.depth(side));
                prop_assert_eq!(&depth, &kept.depth(side));
                let queue: Vec<_> = depth.iter().flat_map(|(price, _)| book.queue(side, *price)).collect();
                prop_assert_eq!(queue, model.queue(side));
            }
        }
    }
}

#[test]
fn an_iceberg_goes_to_the_end_of_its_level_with_each_part() {
    let mut book = Book::default();
    let price = Fixed::whole(100);
    let iceberg = Resting {
        peak: Some(Fixed::whole(2)),
        ..Resting::new(1, 1, Side::Sell, price, Fixed::whole(5))
    };
    book.rest(iceberg).unwrap();
    book.rest(Resting::new(2, 2, Side::Sell, price, Fixed::whole(3)))
        .unwrap();
    assert_eq!(book.quantity_at(Side::Sell, price), Fixed::whole(5));
    let taker = Taker::limit(3, Side::Buy, price, Fixed::whole(6));
    let plan = book.plan(&taker, TimeInForce::Gtc);
    let trade = |maker, quantity| Step::Trade {
        maker,
        price,
        quantity: Fixed::whole(quantity),
    };
    assert_eq!(plan.steps, [trade(1, 2), trade(2, 3), trade(1, 1)]);
    assert_eq!((plan.traded(), plan.paid()), (Fixed::whole(6), Fixed::whole(600)));
    book.commit(&plan);
    assert_eq!(book.get(1).unwrap().open, Fixed::whole(2));
    assert_eq!(book.quantity_at(Side::Sell, price), Fixed::whole(1));
}

#[test]
fn what_cannot_rest_changes_nothing() {
    let mut book = Book::with_limit(2);
    let order = |id, side, price, open| Resting::new(id, 1, side, Fixed::whole(price), Fixed::whole(open));
    book.rest(order(1, Side::Sell, 100, 1)).unwrap();
    for (order, error) in [
        (order(2, Side::Sell, 0, 1), RestError::NotPositive),
        (order(2, Side::Sell, 100, 0), RestError::NotPositive),
        (order(2, Side::Sell, -1, 1), RestError::NotPositive),
        (order(1, Side::Sell, 101, 1), RestError::Duplicate(1)),
        (order(2, Side::Buy, 100, 1), RestError::Crosses(Fixed::whole(100))),
    ] {
        assert_eq!(book.rest(order), Err(error));
    }
    book.rest(order(2, Side::Buy, 99, 1)).unwrap();
    assert_eq!(book.rest(order(3, Side::Buy, 98, 1)), Err(RestError::Full(2)));
    assert_eq!(book.len(), 2);
    assert!(!book.reduce(1, Fixed::ZERO) && !book.reduce(1, Fixed::whole(2)) && !book.reduce(9, Fixed::ONE));
}

#[test]
fn a_market_order_ends_with_the_book() {
    let mut book = Book::default();
    book.rest(Resting::new(1, 1, Side::Sell, Fixed::whole(10), Fixed::whole(2)))
        .unwrap();
    let outcome = |amount| {
        book.plan(&Taker::market(2, Side::Buy, amount), TimeInForce::Ioc)
            .outcome
    };
    let quote = |amount| Amount::Quote {
        amount: Fixed::whole(amount),
        step: Fixed::ONE,
    };
    assert_eq!(outcome(Amount::Base(Fixed::whole(2))), Outcome::Filled);
    assert_eq!(
        outcome(Amount::Base(Fixed::whole(3))),
        Outcome::Expires(Fixed::ONE)
    );
    assert_eq!(outcome(quote(15)), Outcome::Filled);
    assert_eq!(outcome(quote(30)), Outcome::Expires(Fixed::ZERO));
    assert_eq!(outcome(quote(9)), Outcome::Expires(Fixed::ZERO));
}
