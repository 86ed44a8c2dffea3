//! Texts of the specs as documentation and as code.

/// A line that ends as a sentence does; line breaks become blanks, and what rustdoc would take for something else than
/// text is escaped.
pub(super) fn sentence(text: &str) -> String {
    let text = escape_markdown(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    match text.chars().last() {
        None => text,
        Some('.' | '!' | '?' | ':' | ')') => text,
        Some(_) => text + ".",
    }
}

/// Text with a capital at its start.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().chain(chars).collect());
    first.unwrap_or_default()
}

/// Text as code within a line of documentation.
pub(super) fn code_span(text: &str) -> String {
    if text.is_empty() {
        return "The empty text".to_owned();
    }
    let text: String = text
        .chars()
        .map(|c| if c.is_control() || c == '\u{2028}' { ' ' } else { c })
        .collect();
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

/// Outside of code spans, what looks like a tag, an intra-doc link or a bare address is none. Links stay links.
fn escape_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let closed = text.matches('`').count() / 2 * 2;
    let mut in_code = false;
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            // A backtick without a partner is a backtick.
            out.push_str(if index <= closed { "`" } else { "\\`" });
            in_code = index <= closed && !in_code;
        }
        if in_code {
            out.push_str(part);
            continue;
        }
        let mut rest = part;
        while let Some(c) = rest.chars().next() {
            let address = ["https://", "http://", "wss://", "ws://"]
                .iter()
                .any(|scheme| rest.starts_with(scheme));
            let link = rest
                .find("](")
                .filter(|_| c == '[')
                .and_then(|end| rest[end..].find(')').map(|close| end + close + 1));
            let taken = match (c, link) {
                (_, Some(end)) => {
                    out.push_str(&rest[..end]);
                    end
                }
                _ if address => {
                    let end = rest.find([' ', ')', ',', ';']).unwrap_or(rest.len());
                    let end = rest[..end].trim_end_matches(['.', ':']).len();
                    out.push_str(&format!("<{}>", &rest[..end]));
                    end
                }
                ('<' | '[' | ']', None) => {
                    out.push('\\');
                    out.push(c);
                    1
                }
                _ => {
                    out.push(c);
                    c.len_utf8()
                }
            };
            rest = &rest[taken..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_is_text() {
        for (text, doc) in [
            ("a list [1, 2]", "a list \\[1, 2\\]."),
            ("see [the page](https://x.y/z)", "see [the page](https://x.y/z)"),
            ("at https://x.y/z. Then", "at <https://x.y/z>. Then."),
            ("a `<tag>` and a <tag>", "a `<tag>` and a \\<tag>."),
            ("one ` alone", "one \\` alone."),
            ("two\n lines */", "two lines */."),
            ("", ""),
        ] {
            assert_eq!(sentence(text), doc);
        }
        assert_eq!(code_span("a`b"), "`` a`b ``");
    }
}
