//! Bodies in print, without the secrets in them.

use std::borrow::Cow;

/// The members whose values are secrets: parts of API keys, and what gives access to the events of an account.
const SECRETS: &[&str] = &[
    "secretKey",
    "apiSecret",
    "secretToken",
    "listenKey",
    "listenToken",
    "token",
];

/// A body with `***` in place of the values of members that are secrets. It may be cut or otherwise no JSON, for it is printed
/// where it could not be decoded: what follows such a name is left out up to the end of the text, where the value has none.
pub(crate) fn masked(body: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = body;
    while let Some((before, value, after)) = next_secret(rest) {
        shown.push_str(before);
        shown.push_str(if value.starts_with('"') { "\"***\"" } else { "***" });
        rest = after;
    }
    match shown.is_empty() {
        true => Cow::Borrowed(body),
        false => Cow::Owned(shown + rest),
    }
}

/// What is before the first value of a secret member, the value, and what is after it.
fn next_secret(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(quote) = text.get(from..)?.find('"') {
        let name = text.get(from + quote + 1..)?;
        from += quote + 1;
        let secret = SECRETS.iter().find_map(|secret| {
            let after = name.get(..secret.len())?.eq_ignore_ascii_case(secret);
            let after = name.get(secret.len()..).filter(|_| after)?;
            let value = after.strip_prefix('"')?.trim_start().strip_prefix(':')?;
            Some(value.trim_start())
        });
        if let Some(value) = secret {
            let start = text.len() - value.len();
            let end = start + length(value);
            return Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?));
        }
    }
    None
}

/// The length of a value, up to the end of the text where it has none.
fn length(value: &str) -> usize {
    let Some(text) = value.strip_prefix('"') else {
        // Neither a text nor a place to stop: nothing of what is no text is worth being shown.
        return value.find([',', '}', ']']).unwrap_or(value.len());
    };
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(value.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_of_secret_members_are_not_shown() {
        for (body, shown) in [
            (
                r#"{"apiKey":"k","secretKey":"s3cret"}"#,
                r#"{"apiKey":"k","secretKey":"***"}"#,
            ),
            (
                r#"{"id":1,"result":{"listenKey" : "s3cret\"s3cret","a":1}}"#,
                r#"{"id":1,"result":{"listenKey" : "***","a":1}}"#,
            ),
            (r#"{"token":"s3cret"#, r#"{"token":"***""#),
            (
                r#"[{"TOKEN":7},{"listenToken":null}]"#,
                r#"[{"TOKEN":***},{"listenToken":***}]"#,
            ),
            (
                r#"{"tokenId":"7","msg":"token"}"#,
                r#"{"tokenId":"7","msg":"token"}"#,
            ),
            ("<html>token</html>", "<html>token</html>"),
            ("", ""),
        ] {
            assert_eq!(masked(body), shown);
        }
    }

    proptest! {
        #[test]
        fn wherever_a_body_is_cut(cut in 0_usize..60, before in "[a-z\"{:, ä]{0,12}") {
            let body = format!(r#"{before}{{"secretKey": "XYZXYZ","b":"c"}}"#);
            let cut = body.char_indices().map(|(at, _)| at).take(cut).last().unwrap_or(0);
            let shown = masked(&body[..cut]).into_owned();
            prop_assert!(!shown.contains('X') || before.contains('X'), "{}", shown);
        }
    }
}
