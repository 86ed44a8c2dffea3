//! The rows, as a Markdown table.

use std::sync::Once;

use crate::Case;

static HEADER: Once = Once::new();

/// The middle of some values, and their ends.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// The middle one.
    pub median: f64,
    /// The greatest.
    pub most: f64,
}

impl Spread {
    /// Of these values; `NaN` where there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        Self {
            least: at(0),
            median: at(values.len() / 2),
            most: at(values.len().saturating_sub(1)),
        }
    }
}

fn median(case: &Case<'_>) -> f64 {
    Spread::of(case.nanoseconds.iter().copied()).median
}

/// `nanoseconds (allocations)`.
fn figure(case: &Case<'_>) -> String {
    let median = median(case);
    let digits = if median < 100.0 { 1 } else { 0 };
    format!("{median:.digits$} ({})", case.allocations.calls)
}

/// Prints the first case beside each of the others, or alone.
pub(crate) fn print(name: &str, bytes: usize, target: Option<f64>, cases: &[Case<'_>]) {
    HEADER.call_once(|| {
        println!("| what | bytes | ours, ns (allocations) | beside | its ns (allocations) | ratio, median (least–most) | target |");
        println!("|---|--:|--:|---|--:|--:|--:|");
    });
    let Some((ours, others)) = cases.split_first() else {
        return;
    };
    if others.is_empty() {
        println!(
            "| {name}: {} | {bytes} | {} | – | | | |",
            ours.label,
            figure(ours)
        );
    }
    for (index, other) in others.iter().enumerate() {
        let ratio = Spread::of(
            ours.nanoseconds
                .iter()
                .zip(&other.nanoseconds)
                .map(|(ours, other)| ours / other),
        );
        // The target speaks of the peer, which is the second case.
        let target = match target.filter(|_| index == 0) {
            Some(target) if ratio.median <= target => format!("≤ {target}"),
            Some(target) => format!("≤ {target}: missed"),
            None => String::new(),
        };
        println!(
            "| {name}: {} | {bytes} | {} | {} | {} | {:.3} ({:.3}–{:.3}) | {target} |",
            ours.label,
            figure(ours),
            other.label,
            figure(other),
            ratio.median,
            ratio.least,
            ratio.most,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn the_median_is_the_middle_one() {
        let spread = Spread::of([5.0, 1.0, 3.0, 9.0, 2.0]);
        assert_eq!((spread.least, spread.median, spread.most), (1.0, 3.0, 9.0));
    }
}
