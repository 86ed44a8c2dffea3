use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::book::{Direction, Trigger, Triggers};
use proptest::prelude::*;

fn price(direction: Direction, whole: i64) -> Trigger {
    Trigger::Price {
        direction,
        price: Fixed::whole(whole),
    }
}

fn trailing(direction: Direction, delta_bips: u32, activation: Option<i64>) -> Trigger {
    Trigger::Trailing {
        direction,
        delta_bips,
        activation: activation.map(Fixed::whole),
    }
}

#[test]
fn the_nearest_fires_first_and_of_equals_the_first_that_arrived() {
    let mut triggers = Triggers::default();
    for (id, direction, at) in [
        (1, Direction::Up, 110),
        (2, Direction::Up, 105),
        (3, Direction::Up, 105),
        (4, Direction::Down, 90),
        (5, Direction::Down, 95),
        (6, Direction::Down, 95),
    ] {
        triggers.insert(id, price(direction, at));
    }
    assert!(triggers.on_price(Fixed::whole(100)).fired.is_empty());
    assert_eq!(triggers.on_price(Fixed::whole(110)).fired, [2, 3, 1]);
    assert!(triggers.remove(6) && !triggers.remove(6));
    assert_eq!(triggers.on_price(Fixed::whole(80)).fired, [5, 4]);
    assert!(triggers.is_empty());
}

#[test]
fn trails_from_the_price_that_activates_it() {
    let mut triggers = Triggers::default();
    // A seller's stop-loss: 5 % below the highest price since 100 was reached from above.
    triggers.insert(1, trailing(Direction::Down, 500, Some(100)));
    for (last, activated, fired) in [
        (110, false, false),
        (100, true, false),
        (120, false, false),
        (115, false, false),
        (114, false, true),
    ] {
        let reaction = triggers.on_price(Fixed::whole(last));
        assert_eq!(
            (reaction.activated == [1], reaction.fired == [1]),
            (activated, fired),
            "{last}"
        );
    }
    triggers.insert(2, trailing(Direction::Up, 1000, None));
    assert_eq!(triggers.on_price(Fixed::whole(100)).activated, [2]);
    assert!(triggers.on_price(Fixed::whole(90)).fired.is_empty());
    assert_eq!(triggers.on_price(Fixed::whole(99)).fired, [2]);
}

#[derive(Clone, Debug)]
enum Action {
    Insert(u64, Trigger),
    Remove(u64),
    Last(i64),
}

fn action() -> impl Strategy<Value = Action> {
    let direction = || prop_oneof![Just(Direction::Up), Just(Direction::Down)];
    let trigger = prop_oneof![
        (direction(), 90_i64..111).prop_map(|(direction, at)| price(direction, at)),
        (direction(), 1_u32..1500, prop::option::of(90_i64..111))
            .prop_map(|(direction, delta, activation)| trailing(direction, delta, activation)),
    ];
    prop_oneof![
        3 => (1_u64..20, trigger).prop_map(|(id, trigger)| Action::Insert(id, trigger)),
        1 => (1_u64..20).prop_map(Action::Remove),
        3 => (90_i64..111).prop_map(Action::Last),
    ]
}

/// Whether a trigger fires with the last of the prices since it was added.
fn fires(trigger: &Trigger, prices: &[i64]) -> bool {
    let Some(&last) = prices.last() else { return false };
    match *trigger {
        Trigger::Price { direction, price } => direction.reached(Fixed::whole(last), price),
        Trigger::Trailing {
            direction,
            delta_bips,
            activation,
        } => {
            let reached =
                |at: &i64| activation.is_none_or(|price| direction.reached(Fixed::whole(*at), price));
            let Some(from) = prices.iter().position(reached) else {
                return false;
            };
            let delta = i64::from(delta_bips);
            match direction {
                Direction::Down => {
                    let highest = prices[from..].iter().max().expect("one");
                    last * 10_000 <= highest * (10_000 - delta)
                }
                Direction::Up => {
                    let lowest = prices[from..].iter().min().expect("one");
                    last * 10_000 >= lowest * (10_000 + delta)
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn fires_what_the_model_fires(actions in prop::collection::vec(action(), 1..100)) {
        let mut triggers = Triggers::default();
        let mut model: Vec<(u64, Trigger, Vec<i64>)> = Vec::new();
        for action in actions {
            match action {
                Action::Insert(id, trigger) => {
                    triggers.insert(id, trigger);
                    model.retain(|(other, _, _)| *other != id);
                    model.push((id, trigger, Vec::new()));
                }
                Action::Remove(id) => {
                    let had = model.iter().any(|(other, _, _)| *other == id);
                    model.retain(|(other, _, _)| *other != id);
                    prop_assert_eq!(triggers.remove(id), had);
                }
                Action::Last(last) => {
                    let mut fired = triggers.on_price(Fixed::whole(last)).fired;
                    fired.sort_unstable();
                    let mut expected = Vec::new();
                    model.retain_mut(|(id, trigger, prices)| {
                        prices.push(last);
                        let fires = fires(trigger, prices);
                        expected.extend(fires.then_some(*id));
                        !fires
                    });
                    expected.sort_unstable();
                    prop_assert_eq!(fired, expected);
                }
            }
            prop_assert_eq!(triggers.len(), model.len());
        }
    }
}
