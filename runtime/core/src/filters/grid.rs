//! Multiples of a step, exactly.

use super::Round;
use crate::Decimal;

/// The numbers at a whole number of steps from an origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    /// More than 0.
    pub(super) step: Decimal,
    pub(super) origin: Decimal,
}

/// A number that is not negative, as a whole number of steps and a rest.
struct Division {
    rest: Decimal,
    /// Whether the next multiple above is as near as the one below, or nearer.
    nearer_above: bool,
}

impl Grid {
    /// The distance of a number to the next multiple at or below it; `None` where more digits would be needed than a
    /// `Decimal` has.
    pub(super) fn rest(self, value: Decimal) -> Option<Decimal> {
        let offset = exact_sub(value, self.origin)?;
        let Division { rest, .. } = divide(offset.abs(), self.step)?;
        match offset.is_sign_negative() && !rest.is_zero() {
            true => exact_sub(self.step, rest),
            false => Some(rest),
        }
    }

    pub(super) fn has(self, value: Decimal) -> bool {
        let offset = exact_sub(value, self.origin).map(|offset| offset.abs());
        offset
            .and_then(|offset| divide(offset, self.step))
            .is_some_and(|division| division.rest.is_zero())
    }

    /// `None` where the result would need more digits than a `Decimal` has.
    pub(super) fn round(self, value: Decimal, round: Round) -> Option<Decimal> {
        let offset = exact_sub(value, self.origin)?;
        let below = offset.is_sign_negative();
        let Division { rest, nearer_above } = divide(offset.abs(), self.step)?;
        if rest.is_zero() {
            return Some(value);
        }
        // Towards the origin, which is up for what lies below it.
        let inner = exact_sub(offset.abs(), rest)?;
        let away = match round {
            Round::Down => below,
            Round::Up => !below,
            // A half goes up.
            Round::Nearest if below => nearer_above && exact_sub(self.step, rest)? != rest,
            Round::Nearest => nearer_above,
        };
        let size = if away { exact_add(inner, self.step)? } else { inner };
        let signed = if below { -size } else { size };
        let rounded = exact_add(self.origin, signed)?;
        self.has(rounded).then_some(rounded)
    }

    /// The numbers of both grids.
    pub(super) fn common(self, other: Self) -> Option<Self> {
        let step = least_common_multiple(self.step, other.step)?;
        // Both origins are 0, or the first number of one grid from the other's origin on.
        if other.has(self.origin) {
            return Some(Self { step, ..self });
        }
        self.has(other.origin).then_some(Self { step, ..other })
    }
}

/// `value` is not negative, `step` more than 0.
fn divide(value: Decimal, step: Decimal) -> Option<Division> {
    let (value, step) = (value.normalize(), step.normalize());
    let (mut v, t) = (
        u128::try_from(value.mantissa()).ok()?,
        u128::try_from(step.mantissa()).ok()?,
    );
    if t == 0 {
        return None;
    }
    let (scale, step_at_scale) = match value.scale().checked_sub(step.scale()) {
        Some(more) => (
            value.scale(),
            10_u128.checked_pow(more).and_then(|factor| t.checked_mul(factor)),
        ),
        None => {
            // Both stay below 2^96 · 10: the value's further zeros are added modulo the step.
            v %= t;
            for _ in value.scale()..step.scale() {
                v = v * 10 % t;
            }
            (step.scale(), Some(t))
        }
    };
    // A step that needs more than 128 bits is greater than the value, and more than twice as great.
    let (rest, nearer_above) = match step_at_scale {
        Some(t) => (v % t, v % t >= t - v % t),
        None => (v, false),
    };
    let rest = Decimal::try_from_i128_with_scale(i128::try_from(rest).ok()?, scale).ok()?;
    Some(Division { rest, nearer_above })
}

fn least_common_multiple(a: Decimal, b: Decimal) -> Option<Decimal> {
    let scale = a.scale().max(b.scale());
    let at_scale = |value: Decimal| {
        let factor = 10_u128.checked_pow(scale - value.scale())?;
        u128::try_from(value.mantissa()).ok()?.checked_mul(factor)
    };
    let (a, b) = (at_scale(a)?, at_scale(b)?);
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    let multiple = a.checked_div(x)?.checked_mul(b)?;
    Decimal::try_from_i128_with_scale(i128::try_from(multiple).ok()?, scale).ok()
}

/// A sum without rounding; `Decimal` rounds where digits do not fit.
pub(super) fn exact_add(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    let scale = a.scale().max(b.scale());
    let at_scale = |value: Decimal| {
        let factor = 10_i128.checked_pow(scale - value.scale())?;
        value.mantissa().checked_mul(factor)
    };
    let sum = at_scale(a)?.checked_add(at_scale(b)?)?;
    exact(sum, scale)
}

pub(super) fn exact_sub(a: Decimal, b: Decimal) -> Option<Decimal> {
    exact_add(a, -b)
}

/// A product without rounding.
pub(super) fn exact_product(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    exact(a.mantissa().checked_mul(b.mantissa())?, a.scale() + b.scale())
}

/// A mantissa at a scale that may be more than a `Decimal` has: zeros at its end are dropped.
fn exact(mut mantissa: i128, mut scale: u32) -> Option<Decimal> {
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}
