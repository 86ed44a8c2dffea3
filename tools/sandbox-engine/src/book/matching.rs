//! What an order that comes in trades with, and what becomes of its rest.

use std::collections::VecDeque;

use super::levels::{Levels, Node};
use super::{OrderId, Owner, SelfTrade, Side};
use crate::Fixed;

/// How much an order wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// A quantity of the base asset.
    Base(Fixed),
    /// As many whole multiples of `step` as the amount of the quote asset pays for.
    Quote {
        /// What may be spent, or is to be received.
        amount: Fixed,
        /// The symbol's step of quantities.
        step: Fixed,
    },
}

/// Until when an order is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeInForce {
    /// The rest goes on the book.
    Gtc,
    /// The rest expires.
    Ioc,
    /// It trades as a whole or not at all. An order that self-trade prevention would touch does not trade as a whole.
    Fok,
    /// It trades nothing: an order that would is refused.
    PostOnly,
}

/// An order that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taker {
    /// Whose it is.
    pub owner: Owner,
    /// Owners with the same group count as one for self-trade prevention.
    pub group: Option<u64>,
    /// Its side.
    pub side: Side,
    /// The worst price that it takes; none for any.
    pub limit: Option<Fixed>,
    /// How much it wants.
    pub amount: Amount,
    /// What happens where it meets an order of the same owner.
    pub self_trade: SelfTrade,
}

impl Taker {
    /// An order with a limit.
    pub const fn limit(owner: Owner, side: Side, limit: Fixed, quantity: Fixed) -> Taker {
        Taker {
            owner,
            group: None,
            side,
            limit: Some(limit),
            amount: Amount::Base(quantity),
            self_trade: SelfTrade::None,
        }
    }

    /// Whether it has a price and a quantity that could go on the book.
    const fn may_rest(&self) -> bool {
        self.limit.is_some() && matches!(self.amount, Amount::Base(_))
    }

    /// An order that takes any price.
    pub const fn market(owner: Owner, side: Side, amount: Amount) -> Taker {
        Taker {
            owner,
            group: None,
            side,
            limit: None,
            amount,
            self_trade: SelfTrade::None,
        }
    }
}

/// A meeting with one resting order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// They trade.
    Trade {
        /// The resting order.
        maker: OrderId,
        /// Its price.
        price: Fixed,
        /// What both lose.
        quantity: Fixed,
    },
    /// Self-trade prevention keeps them from trading.
    Prevent {
        /// The resting order.
        maker: OrderId,
        /// Its price.
        price: Fixed,
        /// The quantity that would have been traded.
        quantity: Fixed,
        /// What the order that comes in loses.
        from_taker: Fixed,
        /// What the resting order loses.
        from_maker: Fixed,
        /// Whether the quantity changes hands without a trade.
        transfer: bool,
    },
}

/// What becomes of the rest of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left.
    Filled,
    /// This quantity goes on the book.
    Rests(Fixed),
    /// This quantity expires: it was immediate-or-cancel, or nothing is left to trade with. 0 where an amount of the quote
    /// asset was not used up.
    Expires(Fixed),
    /// All of it expires, for it cannot trade as a whole.
    Killed,
    /// Self-trade prevention ended it.
    Prevented,
    /// It must not trade, and would.
    WouldMatch,
}

/// What becomes of an order: in the order in which it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its meetings with resting orders.
    pub steps: Vec<Step>,
    /// What becomes of the rest.
    pub outcome: Outcome,
}

impl Plan {
    /// The quantity traded.
    pub fn traded(&self) -> Fixed {
        let quantities = self.steps.iter().map(|step| match step {
            Step::Trade { quantity, .. } => *quantity,
            Step::Prevent { .. } => Fixed::ZERO,
        });
        quantities.sum()
    }

    /// What is paid for the quantity traded, each trade rounded down.
    pub fn paid(&self) -> Fixed {
        let amounts = self.steps.iter().map(|step| match step {
            Step::Trade { price, quantity, .. } => price.times(*quantity),
            Step::Prevent { .. } => Fixed::ZERO,
        });
        amounts.sum()
    }
}

/// What an order still wants.
struct Appetite(Amount);

impl Appetite {
    fn at(&self, price: Fixed) -> Fixed {
        match self.0 {
            Amount::Base(quantity) => quantity,
            Amount::Quote { amount, step } => amount.divided_down_to(price, step),
        }
    }

    fn eat(&mut self, quantity: Fixed, price: Fixed) {
        match &mut self.0 {
            Amount::Base(left) => *left -= quantity,
            Amount::Quote { amount, .. } => *amount -= price.times(quantity),
        }
    }

    fn left(&self) -> Fixed {
        match self.0 {
            Amount::Base(left) => left,
            Amount::Quote { .. } => Fixed::ZERO,
        }
    }
}

pub(super) fn plan(levels: &Levels, taker: &Taker, time_in_force: TimeInForce) -> Plan {
    let mut appetite = Appetite(taker.amount);
    let mut steps = Vec::new();
    let mut prevented = false;
    // Whether it got all that it wanted, and not only all that there is.
    let mut sated = false;
    for (price, level) in levels.of(taker.side.opposite()) {
        if prevented
            || taker
                .limit
                .is_some_and(|limit| taker.side.is_beyond(price, limit))
        {
            break;
        }
        let mut nodes = levels.nodes_of(level);
        // Icebergs whose shown part is gone wait behind everybody with their next part.
        let mut again: VecDeque<(&Node, Fixed)> = VecDeque::new();
        while let Some((node, open, shown)) = nodes
            .next()
            .map(|node| (node, node.order.open, node.shown))
            .or_else(|| {
                let (node, open) = again.pop_front()?;
                Some((node, open, node.order.peak.map_or(open, |peak| peak.min(open))))
            })
        {
            let wanted = appetite.at(price);
            if wanted.is_zero() {
                break;
            }
            let quantity = shown.min(wanted);
            let maker = node.order.id;
            let step = meet(
                taker,
                node,
                Meeting {
                    maker,
                    price,
                    quantity,
                    wanted,
                    open,
                },
            );
            let (from_taker, from_maker) = match step {
                Step::Trade { .. } => (quantity, quantity),
                Step::Prevent {
                    from_taker,
                    from_maker,
                    ..
                } => (from_taker, from_maker),
            };
            steps.push(step);
            appetite.eat(from_taker, price);
            if from_maker >= shown && from_maker < open {
                again.push_back((node, open - from_maker));
            }
            if is_ended(taker, &step) {
                prevented = true;
                break;
            }
        }
        if appetite.at(price).is_zero() {
            sated = true;
            break;
        }
    }
    let end = End {
        left: appetite.left(),
        sated,
        prevented,
    };
    conclude(taker, time_in_force, steps, &end)
}

struct Meeting {
    maker: OrderId,
    price: Fixed,
    quantity: Fixed,
    wanted: Fixed,
    open: Fixed,
}

/// What two orders that meet do.
fn meet(taker: &Taker, node: &Node, meeting: Meeting) -> Step {
    let Meeting {
        maker,
        price,
        quantity,
        wanted,
        open,
    } = meeting;
    let order = &node.order;
    let same_owner = order.owner == taker.owner;
    let related = same_owner || taker.group.is_some() && taker.group == order.group;
    let prevent = |from_taker, from_maker, transfer| Step::Prevent {
        maker,
        price,
        quantity,
        from_taker,
        from_maker,
        transfer,
    };
    match taker.self_trade {
        SelfTrade::ExpireTaker if related => prevent(wanted, Fixed::ZERO, false),
        SelfTrade::ExpireMaker if related => prevent(Fixed::ZERO, open, false),
        SelfTrade::ExpireBoth if related => prevent(wanted, open, false),
        SelfTrade::Decrement if related => prevent(quantity, quantity, false),
        SelfTrade::Transfer if related => {
            let transfer = !same_owner && order.self_trade == SelfTrade::Transfer;
            prevent(quantity, quantity, transfer)
        }
        _ => Step::Trade {
            maker,
            price,
            quantity,
        },
    }
}

/// Whether a step ends the order that comes in, whatever is left of it.
fn is_ended(taker: &Taker, step: &Step) -> bool {
    matches!(step, Step::Prevent { .. })
        && matches!(taker.self_trade, SelfTrade::ExpireTaker | SelfTrade::ExpireBoth)
}

/// How the walk through the levels ended.
struct End {
    left: Fixed,
    sated: bool,
    prevented: bool,
}

fn conclude(taker: &Taker, time_in_force: TimeInForce, steps: Vec<Step>, end: &End) -> Plan {
    let prevents = |step: &Step| matches!(step, Step::Prevent { .. });
    let touched = steps.iter().any(prevents);
    // What was taken off it last, by prevention, was not filled.
    let used_up = end.sated && steps.last().is_some_and(prevents);
    let whole = end.sated && !steps.is_empty();
    let none = |outcome| Plan {
        steps: Vec::new(),
        outcome,
    };
    let outcome = match time_in_force {
        TimeInForce::PostOnly if !steps.is_empty() => return none(Outcome::WouldMatch),
        TimeInForce::Fok if touched || !whole => return none(Outcome::Killed),
        _ if end.prevented || used_up => Outcome::Prevented,
        _ if whole => Outcome::Filled,
        TimeInForce::Gtc | TimeInForce::PostOnly if taker.may_rest() => Outcome::Rests(end.left),
        _ => Outcome::Expires(end.left),
    };
    Plan { steps, outcome }
}
