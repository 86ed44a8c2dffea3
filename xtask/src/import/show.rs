//! Differences of texts, line by line, as people read them.

use std::fmt::Write;

/// Lines that are the same around those that differ.
const AROUND: usize = 3;

/// More edits than this are shown as one block: finding the fewest would take long.
const MOST: usize = 4_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line<'t> {
    Same(&'t str),
    Gone(&'t str),
    New(&'t str),
}

/// A unified difference of two texts.
pub(super) fn difference(name: &str, old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lines = compare(&old, &new);
    let mut out = format!("--- {name}\n+++ {name}\n");
    let changed: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !matches!(line, Line::Same(_)))
        .map(|(index, _)| index)
        .collect();
    let mut shown = 0;
    let (mut at_old, mut at_new) = (1, 1);
    let mut waiting = changed.iter().copied().peekable();
    while let Some(first) = waiting.next() {
        let start = first.saturating_sub(AROUND).max(shown);
        let mut last = first;
        while let Some(next) = waiting.next_if(|next| *next <= last + 2 * AROUND + 1) {
            last = next;
        }
        let end = (last + AROUND + 1).min(lines.len());
        for line in lines.get(shown..start).unwrap_or_default() {
            at_old += usize::from(!matches!(line, Line::New(_)));
            at_new += usize::from(!matches!(line, Line::Gone(_)));
        }
        let hunk = lines.get(start..end).unwrap_or_default();
        let olds = hunk.iter().filter(|line| !matches!(line, Line::New(_))).count();
        let news = hunk.iter().filter(|line| !matches!(line, Line::Gone(_))).count();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "@@ -{at_old},{olds} +{at_new},{news} @@");
        for line in hunk {
            let _ = match line {
                Line::Same(text) => writeln!(out, " {text}"),
                Line::Gone(text) => writeln!(out, "-{text}"),
                Line::New(text) => writeln!(out, "+{text}"),
            };
        }
        at_old += olds;
        at_new += news;
        shown = end;
    }
    out
}

/// The shortest row of edits that makes `new` of `old` (Myers, 1986).
fn compare<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = |lines: &[&'t str]| lines.get(head..).unwrap_or_default().to_vec();
    let (old_rest, new_rest) = (rest(old), rest(new));
    let tail = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let middle = |lines: &[&'t str]| lines.get(..lines.len() - tail).unwrap_or_default().to_vec();
    let (a, b) = (middle(&old_rest), middle(&new_rest));
    let mut lines: Vec<Line<'t>> = old.iter().take(head).map(|line| Line::Same(line)).collect();
    lines.extend(edits(&a, &b).unwrap_or_else(|| {
        let gone = a.iter().map(|line| Line::Gone(line));
        gone.chain(b.iter().map(|line| Line::New(line))).collect()
    }));
    lines.extend(old.iter().skip(old.len() - tail).map(|line| Line::Same(line)));
    lines
}

fn edits<'t>(a: &[&'t str], b: &[&'t str]) -> Option<Vec<Line<'t>>> {
    let index = |diagonal: isize, around: usize| usize::try_from(diagonal + around as isize).unwrap_or(0);
    let limit = (a.len() + b.len()).min(MOST);
    // The furthest place on each diagonal, after each number of edits.
    let mut trace: Vec<Vec<usize>> = Vec::new();
    let mut furthest = vec![0_usize; 2 * limit + 3];
    let middle = limit + 1;
    for count in 0..=limit {
        let reach = count as isize;
        let mut diagonal = -reach;
        while diagonal <= reach {
            let at = index(diagonal, middle);
            let down = diagonal == -reach || diagonal != reach && furthest[at - 1] < furthest[at + 1];
            let mut x = if down {
                furthest[at + 1]
            } else {
                furthest[at - 1] + 1
            };
            let mut y = usize::try_from(x as isize - diagonal).unwrap_or(0);
            while x < a.len() && y < b.len() && a[x] == b[y] {
                x += 1;
                y += 1;
            }
            furthest[at] = x;
            if x >= a.len() && y >= b.len() {
                trace.push(furthest[middle - count..=middle + count].to_vec());
                return Some(walk_back(a, b, &trace));
            }
            diagonal += 2;
        }
        trace.push(furthest[middle - count..=middle + count].to_vec());
    }
    None
}

/// The edits that led to the end.
fn walk_back<'t>(a: &[&'t str], b: &[&'t str], trace: &[Vec<usize>]) -> Vec<Line<'t>> {
    let (mut x, mut y) = (a.len(), b.len());
    let mut lines = Vec::new();
    for count in (1..trace.len()).rev() {
        let Some(before) = trace.get(count - 1) else { break };
        let reach = count as isize;
        let diagonal = x as isize - y as isize;
        // Row `count - 1` begins at its diagonal -(count - 1).
        let at = |diagonal: isize| {
            usize::try_from(diagonal + reach - 1)
                .ok()
                .and_then(|index| before.get(index))
                .copied()
        };
        let (left, right) = (at(diagonal - 1), at(diagonal + 1));
        let down = diagonal == -reach || diagonal != reach && left < right;
        let from = if down { diagonal + 1 } else { diagonal - 1 };
        let from_x = at(from).unwrap_or(0);
        let from_y = usize::try_from(from_x as isize - from).unwrap_or(0);
        while x > from_x && y > from_y {
            x -= 1;
            y -= 1;
            lines.push(Line::Same(a[x]));
        }
        if down {
            y -= 1;
            lines.push(Line::New(b[y]));
        } else {
            x -= 1;
            lines.push(Line::Gone(a[x]));
        }
    }
    while x > 0 && y > 0 {
        x -= 1;
        y -= 1;
        lines.push(Line::Same(a[x]));
    }
    lines.reverse();
    lines
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
    fn edits_make_the_new_text() {
        // All texts of up to six lines of two kinds, against one another.
        let texts: Vec<Vec<&str>> = (0..7_u32)
            .flat_map(|length| (0..1_u32 << length).map(move |bits| (length, bits)))
            .map(|(length, bits)| {
                (0..length)
                    .map(|bit| if bits >> bit & 1 == 1 { "x" } else { "y" })
                    .collect()
            })
            .collect();
        for old in &texts {
            for new in &texts {
                let lines = compare(old, new);
                let keep = |which: &dyn Fn(&Line<'_>) -> bool| -> Vec<&str> {
                    lines
                        .iter()
                        .filter(|line| which(line))
                        .map(|line| match line {
                            Line::Same(text) | Line::Gone(text) | Line::New(text) => *text,
                        })
                        .collect()
                };
                assert_eq!(keep(&|line| !matches!(line, Line::New(_))), *old);
                assert_eq!(keep(&|line| !matches!(line, Line::Gone(_))), *new);
            }
        }
    }
}
