//! Addresses.

use binance_wire_core::{Error, TimeUnit};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Refuses a unit of time that the exchange does not offer.
pub(crate) fn check_time_unit(unit: Option<TimeUnit>) -> Result<(), Error> {
    unit.map_or(Ok(()), |unit| unit.on_request().map(drop))
}

/// `url` with more parameters in its query; the values need no encoding.
pub(crate) fn with_query(url: &str, query: &[(&str, &str)]) -> String {
    let mut url = url.to_owned();
    // A request line needs a path, be it an empty one.
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    if !query.is_empty() && !url[after_scheme..].contains(['/', '?']) {
        url.push('/');
    }
    for (name, value) in query {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(name);
        url.push('=');
        url.push_str(value);
    }
    url
}

/// `base` with a path after it.
pub(crate) fn with_path(base: &str, path: &str) -> String {
    format!("{}/{path}", base.trim_end_matches('/'))
}

/// The bytes of a stream name that a path does not carry as they are.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'@')
    .remove(b':');

/// A stream name as part of a path, percent-encoded.
pub(crate) fn encode_stream(name: &str) -> String {
    utf8_percent_encode(name, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(
            with_query("ws://h/p", &[("a", "1"), ("b", "2")]),
            "ws://h/p?a=1&b=2"
        );
        assert_eq!(with_query("ws://h/p?x=y", &[("a", "1")]), "ws://h/p?x=y&a=1");
        assert_eq!(with_query("ws://h:1", &[("a", "1")]), "ws://h:1/?a=1");
        assert_eq!(with_query("ws://h:1", &[]), "ws://h:1");
        assert_eq!(with_path("ws://h/", "stream"), "ws://h/stream");
        assert_eq!(
            encode_stream("btcusdt@kline_1m@+08:00"),
            "btcusdt@kline_1m@%2B08:00"
        );
        assert_eq!(encode_stream("１@trade"), "%EF%BC%91@trade");
    }

    #[test]
    fn seconds_are_not_on_offer() {
        assert!(check_time_unit(None).is_ok());
        assert!(check_time_unit(Some(TimeUnit::Microsecond)).is_ok());
        assert!(matches!(
            check_time_unit(Some(TimeUnit::Second)),
            Err(Error::Unusable(_))
        ));
    }
}
