//! Bodies in print, without the secrets in them.

use std::borrow::Cow;

/// The names whose values are secrets: API keys and their parts, signatures, and what gives access to the events of an account.
/// The longer of two that begin alike comes first.
const SECRETS: &[&str] = &[
    "x-mbx-apikey",
    "apiKey",
    "secretKey",
    "apiSecret",
    "secretToken",
    "listenKey",
    "listenToken",
    "signature",
    "token",
];

/// A body with `***` in place of the values that have the name of a secret: members of JSON, in a text of it too, parameters of a
/// query, percent-encoded or not, and headers. It may be cut or no JSON at all, such as the page of a proxy that shows the
/// request: what follows such a name is left out up to the end of the text, where the value has none.
pub(crate) fn masked(body: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = body;
    while let Some((before, after)) = next_secret(rest) {
        shown.push_str(before);
        shown.push_str("***");
        rest = after;
    }
    match shown.is_empty() {
        true => Cow::Borrowed(body),
        false => Cow::Owned(shown + rest),
    }
}

/// What is before the first value of a secret, and what is after it; quotes of the value are not part of it.
fn next_secret(text: &str) -> Option<(&str, &str)> {
    text.char_indices().find_map(|(at, _)| {
        let name = text.get(at..)?;
        SECRETS.iter().find_map(|secret| {
            name.get(..secret.len())
                .filter(|name| name.eq_ignore_ascii_case(secret))?;
            let value = value_behind(name.get(secret.len()..)?, text.get(..at)?.ends_with('"'))?;
            let start = text.len() - value.text.len();
            Some((text.get(..start)?, text.get(start + value.length..)?))
        })
    })
}

struct Value<'a> {
    /// From its first character to the end of the body.
    text: &'a str,
    length: usize,
}

impl<'a> Value<'a> {
    fn until(text: &'a str, ends: impl Fn(&str) -> bool) -> Self {
        let length = text
            .char_indices()
            .find(|(at, _)| text.get(*at..).is_some_and(&ends));
        Self {
            text,
            length: length.map_or(text.len(), |(at, _)| at),
        }
    }
}

/// The value that follows a name, where one does: `"name":"…"`, `name=…`, `name%3D…` or `name: …`.
fn value_behind(rest: &str, quoted: bool) -> Option<Value<'_>> {
    let one_of = |ends: &'static str| move |text: &str| text.starts_with(|c: char| ends.contains(c));
    if let Some(value) = rest.strip_prefix('=') {
        return Some(Value::until(value, |text| {
            one_of("&\"'<>\\#")(text) || text.starts_with(char::is_whitespace)
        }));
    }
    if let Some(value) = rest.strip_prefix("%3D").or_else(|| rest.strip_prefix("%3d")) {
        return Some(Value::until(value, |text| {
            text.starts_with("%26") || one_of("&\"'<>\\#")(text) || text.starts_with(char::is_whitespace)
        }));
    }
    // JSON in a text of JSON has its quotes escaped.
    let escaped = rest.starts_with("\\\"");
    let rest = rest.trim_start_matches('\\');
    let member = rest.strip_prefix('"').filter(|_| quoted);
    let value = member
        .unwrap_or(rest)
        .trim_start()
        .strip_prefix(':')?
        .trim_start();
    let value = if escaped {
        value.trim_start_matches('\\')
    } else {
        value
    };
    Some(match (value.strip_prefix('"'), member) {
        (Some(text), _) if escaped => Value::until(text, one_of("\\\"")),
        (Some(text), _) => Value {
            text,
            length: length(text),
        },
        // Neither a text nor a place to stop: nothing of what is no text is worth being shown.
        (None, Some(_)) => Value::until(value, one_of(",}]")),
        (None, None) => Value::until(value, |text| {
            one_of(",;<>\"'&")(text) || text.starts_with(char::is_whitespace)
        }),
    })
}

/// The length of a text of JSON behind its first quote, up to the end of the body where it has none.
fn length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
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
                r#"{"apiKey":"***","secretKey":"***"}"#,
            ),
            (
                r#"{"id":1,"result":{"listenKey" : "s3cret\"s3cret","a":1}}"#,
                r#"{"id":1,"result":{"listenKey" : "***","a":1}}"#,
            ),
            (r#"{"token":"s3cret"#, r#"{"token":"***"#),
            (
                r#"[{"TOKEN":7},{"listenToken":null}]"#,
                r#"[{"TOKEN":***},{"listenToken":***}]"#,
            ),
            (
                r#"{"tokenId":"7","msg":"token"}"#,
                r#"{"tokenId":"7","msg":"token"}"#,
            ),
            ("<html>token</html>", "<html>token</html>"),
            // The page of a proxy that shows what it turned away.
            (
                "<p>GET /api/v3/account?timestamp=1&amp;signature=s3cret&recvWindow=5</p>",
                "<p>GET /api/v3/account?timestamp=1&amp;signature=***&recvWindow=5</p>",
            ),
            (
                "https://login.example/?to=%2Fws%3FlistenKey%3Ds3cret%26a%3D1",
                "https://login.example/?to=%2Fws%3FlistenKey%3D***%26a%3D1",
            ),
            (
                "Host: example\r\nX-MBX-APIKEY: s3cret\r\nAccept: */*",
                "Host: example\r\nX-MBX-APIKEY: ***\r\nAccept: */*",
            ),
            (
                r#"{"error":"bad request","request":"{\"method\":\"order.place\",\"signature\":\"s3cret\",\"a\":1}"}"#,
                r#"{"error":"bad request","request":"{\"method\":\"order.place\",\"signature\":\"***\",\"a\":1}"}"#,
            ),
            ("signature=s3cret", "signature=***"),
            (
                "Signature for this request is not valid.",
                "Signature for this request is not valid.",
            ),
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
