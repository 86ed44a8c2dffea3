//! A surface as text: an item a line, its members below it behind two blanks; columns are parted by tabs.

use std::fmt::Write as _;

use super::{Error, Item, Line, Surface};

impl Surface {
    /// The surface as text. The same surface gives the same bytes.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for (key, item) in &self.items {
            push(&mut out, "", key, &item.line);
            for (key, line) in &item.members {
                push(&mut out, "  ", key, line);
            }
        }
        out
    }

    /// Reads what [`to_text`](Self::to_text) wrote; `file` names it in errors, and `first_line` is its first line there.
    pub fn parse(file: &str, first_line: usize, text: &str) -> Result<Self, Error> {
        let mut surface = Self::default();
        let mut current: Option<&mut Item> = None;
        for (index, row) in text.lines().enumerate() {
            let place = |message: &str| Error::new(&format!("{file}:{}", first_line + index), message);
            let (member, row) = match row.strip_prefix("  ") {
                Some(row) => (true, row),
                None => (false, row),
            };
            let mut columns = row.split('\t');
            let key = columns.next().unwrap_or_default().to_owned();
            let line = Line {
                text: columns.next().unwrap_or_default().to_owned(),
                gate: columns.next().unwrap_or_default().to_owned(),
            };
            if key.is_empty() || columns.next().is_some() {
                return Err(place(
                    "not a line of a surface; restore the file from version control",
                ));
            }
            if member {
                let item = current.as_mut().ok_or_else(|| {
                    place("a member without an item; restore the file from version control")
                })?;
                item.members.insert(key, line);
            } else {
                let item = surface.items.entry(key).or_default();
                item.line = line;
                current = Some(item);
            }
        }
        Ok(surface)
    }
}

fn push(out: &mut String, indent: &str, key: &str, line: &Line) {
    let _ = write!(out, "{indent}{key}");
    if !line.text.is_empty() || !line.gate.is_empty() {
        let _ = write!(out, "\t{}", line.text);
    }
    if !line.gate.is_empty() {
        let _ = write!(out, "\t{}", line.gate);
    }
    out.push('\n');
}
