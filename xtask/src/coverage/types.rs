//! How many types each generated crate offers.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use crate::tree;

#[derive(Clone, Copy, Default)]
struct Count {
    structs: usize,
    enums: usize,
    lines: usize,
}

/// A row for each crate in `out`, and a total.
pub(super) fn table(out: &Path) -> Result<String> {
    let mut printed = String::from("| crate | structs | enums | lines |\n|---|--:|--:|--:|\n");
    let mut total = Count::default();
    for name in tree::folders_in(out)? {
        let folder = out.join(&name).join("src");
        if !folder.is_dir() {
            continue;
        }
        let mut count = Count::default();
        for file in tree::files_below(&folder)? {
            if file.extension().is_none_or(|end| end != "rs") {
                continue;
            }
            let path = folder.join(&file);
            let text = tree::text(&path)?;
            for line in text.lines() {
                count.lines += 1;
                match declares(line) {
                    Some("struct") => count.structs += 1,
                    Some("enum") => count.enums += 1,
                    _ => {}
                }
            }
        }
        row(&mut printed, &name, count);
        total.structs += count.structs;
        total.enums += count.enums;
        total.lines += count.lines;
    }
    row(&mut printed, "**all**", total);
    Ok(printed)
}

fn row(out: &mut String, name: &str, count: Count) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "| {name} | {} | {} | {} |",
        count.structs, count.enums, count.lines
    );
}

/// Which kind of public type a line declares. Generated files are laid out by the printer, so a declaration begins a
/// line, also inside the macro call that makes an open value set.
fn declares(line: &str) -> Option<&str> {
    let mut words = line.trim_start().split([' ', '<', '(', ';']);
    (words.next()? == "pub").then_some(())?;
    words.next().filter(|word| ["struct", "enum"].contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations() {
        assert_eq!(declares("pub struct A {"), Some("struct"));
        assert_eq!(declares("    pub enum Side {"), Some("enum"));
        assert_eq!(declares("pub fn enum_of() {"), None);
        assert_eq!(declares("/// pub struct A"), None);
        assert_eq!(declares("struct Private;"), None);
    }
}
