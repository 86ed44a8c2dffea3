//! The arguments of a request as one JSON object, wherever they travel: generated types read JSON.

use std::borrow::Cow;

use binance_wire_core::{Reader, Writer, json};
use percent_encoding::percent_decode;

use crate::contract::{Argument, ArgumentKind, Arguments};
use crate::refusal::Refusal;

/// The arguments of a request as the text of a JSON object.
pub(crate) fn collect(arguments: Arguments, query: Option<&str>, body: &[u8]) -> Result<String, Refusal> {
    match arguments {
        Arguments::Query(known) => from_query(known, query.unwrap_or_default()),
        Arguments::Json => {
            let text = std::str::from_utf8(body).map_err(|_| Refusal::invalid("the body is not UTF-8"))?;
            match text.trim_ascii().is_empty() {
                true => Ok("{}".to_owned()),
                false => Ok(text.to_owned()),
            }
        }
    }
}

fn from_query(known: &[Argument], query: &str) -> Result<String, Refusal> {
    let mut seen = Vec::with_capacity(known.len());
    let mut writer = Writer::new();
    writer.begin_object();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name)?;
        let Some(argument) = known.iter().find(|argument| argument.name == name) else {
            continue;
        };
        if seen.contains(&argument.name) {
            return Err(Refusal::invalid(format!("`{}` was sent twice", argument.name)));
        }
        seen.push(argument.name);
        let value = decode(value)?;
        match argument.kind {
            // Nothing is neither a number nor JSON: it is read as not sent.
            ArgumentKind::Scalar | ArgumentKind::ScalarText | ArgumentKind::Json
                if value.trim_ascii().is_empty() => {}
            ArgumentKind::Text | ArgumentKind::ScalarText => {
                writer.key(argument.name);
                writer.str(&value);
            }
            ArgumentKind::Scalar => {
                writer.key(argument.name);
                match is_scalar(&value) {
                    true => writer.raw(&value),
                    false => writer.str(&value),
                }
            }
            ArgumentKind::Json => {
                let value = json::RawJson::new(&value)
                    .map_err(|error| Refusal::invalid(format!("`{}` is not JSON: {error}", argument.name)))?;
                writer.key(argument.name);
                writer.raw(value.as_str());
            }
        }
    }
    writer.end_object();
    Ok(writer.into_string())
}

/// Whether a text is a JSON number or boolean and nothing else.
fn is_scalar(text: &str) -> bool {
    let mut reader = Reader::new(text);
    let bare = matches!(reader.peek_kind(), Ok(json::Kind::Number | json::Kind::Boolean));
    bare && !text.starts_with([' ', '\t', '\n', '\r'])
        && reader.skip_value().is_ok()
        && reader.offset() == text.len()
}

/// Decodes percent-encoding, and `+` as a blank.
fn decode(text: &str) -> Result<Cow<'_, str>, Refusal> {
    let broken = || Refusal::invalid("the query is not well encoded");
    // The library leaves a `%` as it is where no two digits follow it.
    let digits = |after: &str| {
        after
            .as_bytes()
            .get(..2)
            .is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(digits) {
        return Err(broken());
    }
    let decoded = match text.contains('+') {
        true => percent_decode(text.replace('+', " ").as_bytes())
            .decode_utf8()
            .map(|text| Cow::Owned(text.into_owned())),
        false => percent_decode(text.as_bytes()).decode_utf8(),
    };
    decoded.map_err(|_| broken())
}

/// The names of `one_of` if none of them was sent with a value.
pub(crate) fn missing_one_of(arguments: &str, one_of: &[&str]) -> Option<Refusal> {
    if one_of.is_empty() {
        return None;
    }
    let sent = one_of.iter().any(|name| {
        let Ok(mask) = Reader::new(arguments).matching_keys(&[name]) else {
            return false;
        };
        // An empty text says as little as no text.
        mask != 0 && text_of(arguments, name).is_none_or(|text| !text.is_empty())
    });
    (!sent).then(|| Refusal::invalid(format!("at least one of {} must be sent", one_of.join(", "))))
}

/// The text of a member, if it is a text.
pub(crate) fn text_of<'a>(arguments: &'a str, name: &str) -> Option<Cow<'a, str>> {
    Reader::new(arguments).peek_text_field(name).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Argument] = &[
        Argument {
            name: "name",
            kind: ArgumentKind::Text,
        },
        Argument {
            name: "count",
            kind: ArgumentKind::Scalar,
        },
        Argument {
            name: "list",
            kind: ArgumentKind::Json,
        },
    ];

    #[test]
    fn a_query_becomes_an_object() {
        for (query, object) in [
            ("", "{}"),
            ("name=a%20b+c%22", r#"{"name":"a b c\""}"#),
            ("count=12&name=12&other=1", r#"{"count":12,"name":"12"}"#),
            ("count=-1.50", r#"{"count":-1.50}"#),
            ("count=true", r#"{"count":true}"#),
            ("count=1x", r#"{"count":"1x"}"#),
            ("count=01", r#"{"count":"01"}"#),
            ("count=&list=", "{}"),
            ("list=%5B%22a%22%2C+%22b%22%5D", r#"{"list":["a", "b"]}"#),
            ("list=[1]&&", r#"{"list":[1]}"#),
        ] {
            assert_eq!(from_query(KNOWN, query).as_deref(), Ok(object), "{query}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (query, message) in [
            ("name=a&name=b", "`name` was sent twice"),
            ("name=%4", "the query is not well encoded"),
            ("name=%zz", "the query is not well encoded"),
            ("name=%+4", "the query is not well encoded"),
            ("name=%ff", "the query is not well encoded"),
            ("list=[a]", "`list` is not JSON"),
            ("list=[]]", "`list` is not JSON"),
        ] {
            let refusal = from_query(KNOWN, query).expect_err(query);
            assert!(refusal.message().starts_with(message), "{query}: {refusal}");
        }
    }

    #[test]
    fn one_of_several() {
        assert!(missing_one_of("{}", &[]).is_none());
        assert!(missing_one_of("{}", &["a", "b"]).is_some());
        assert!(missing_one_of(r#"{"a":""}"#, &["a", "b"]).is_some());
        assert!(missing_one_of(r#"{"b":1}"#, &["a", "b"]).is_none());
        assert!(missing_one_of(r#"{"a":"x"}"#, &["a", "b"]).is_none());
    }
}
