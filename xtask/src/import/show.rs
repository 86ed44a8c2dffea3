//! Differences of texts, line by line, as people read them.

use std::time::Duration;

use similar::TextDiff;

/// Lines that are the same around those that differ.
const AROUND: usize = 3;

/// Finding the fewest edits is given up after this long, and more are shown than there need be.
const PATIENCE: Duration = Duration::from_secs(2);

/// A unified difference of two texts.
pub(super) fn difference(name: &str, old: &str, new: &str) -> String {
    TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(old, new)
        .unified_diff()
        .context_radius(AROUND)
        .missing_newline_hint(false)
        .header(name, name)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_have_what_is_around() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n";
        let new = "1\n2\n3\n4\n5\nfive\n6\n7\n8\n9\n10\n11\n12\n13\n15\nsixteen\n";
        assert_eq!(
            difference("a", old, new),
            "--- a\n+++ a\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+five\n 6\n 7\n 8\n\
             @@ -11,6 +12,5 @@\n 11\n 12\n 13\n-14\n 15\n-16\n+sixteen\n"
        );
    }

    #[test]
    fn texts_with_nothing_in_common_are_shown_in_time() {
        let numbers = |from: usize| -> String { (from..from + 20_000).map(|n| format!("{n}\n")).collect() };
        let (old, new) = (numbers(0), numbers(50_000));
        let shown = difference("a", &old, &new);
        assert_eq!(shown.lines().filter(|line| line.starts_with('-')).count(), 20_001);
        assert_eq!(shown.lines().filter(|line| line.starts_with('+')).count(), 20_001);
    }
}
