//! Rules for the streams of one product: routes, and the limits of a connection.

use binance_wire_core::Error;

/// A group of streams that the exchange serves on connections of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its name, such as `market`.
    pub name: &'static str,
    /// The path between the address and `/stream`, such as `/market`.
    pub path: &'static str,
}

/// Routes and limits of a product's streams, as its crate has them from the specs.
#[derive(Clone, Copy, Debug)]
pub struct StreamRules {
    /// The routes; empty where every connection carries every stream.
    pub routes: &'static [Route],
    /// Patterns of stream names, such as `<symbol>@depth<levels>@<updateSpeed>`, each with the place of its route.
    /// A placeholder at the end may be left out together with its `@`.
    pub streams: &'static [(&'static str, usize)],
    /// The most streams on one connection.
    pub max_streams: usize,
    /// The most messages a second that the server takes on one connection, pongs included.
    pub messages_per_second: usize,
    /// Whether the symbols that names begin with are in small letters. The exchange accepts capitals, and sends nothing.
    pub lower_case: bool,
}

impl StreamRules {
    /// Those of Spot: no routes, 1024 streams, 5 messages a second, symbols in small letters.
    pub const DEFAULT: Self = Self {
        routes: &[],
        streams: &[],
        max_streams: 1024,
        messages_per_second: 5,
        lower_case: true,
    };

    /// The route of a stream: `None` where the product has none at all. `only` is the route that connections are held
    /// to, if they are; a stream that no pattern fits goes over that, since the exchange may know more streams.
    ///
    /// # Errors
    /// Where the stream would stay silent: its symbol is in capitals, it belongs to another route than `only`, or no
    /// pattern fits it and connections are held to no route.
    pub(crate) fn route_of(
        &self,
        stream: &str,
        only: Option<&'static Route>,
    ) -> Result<Option<&'static Route>, Error> {
        if let Some((symbol, channel)) = stream.split_once('@')
            && self.lower_case
            && !symbol.starts_with('!')
            && symbol.bytes().any(|byte| byte.is_ascii_uppercase())
        {
            let right = symbol.to_ascii_lowercase();
            return Err(Error::Unusable(format!(
                "stream `{stream}` would stay silent, since the exchange wants symbols in small letters: \
                 `{right}@{channel}`"
            )));
        }
        if self.routes.is_empty() {
            return Ok(None);
        }
        // If several patterns fit, the one with the most fixed text is chosen.
        let fitting = self
            .streams
            .iter()
            .filter(|(pattern, _)| matches(pattern, stream));
        let best = fitting.max_by_key(|(pattern, _)| literal_length(pattern));
        let route = best.and_then(|(_, route)| self.routes.get(*route));
        match (route, only) {
            (Some(route), Some(only)) if route != only => {}
            (None, None) => {}
            (route, only) => return Ok(route.or(only)),
        }
        Err(Error::WrongRoute {
            stream: stream.into(),
            route: route.map(|route| route.name),
            connection: only.map(|only| only.name),
        })
    }

    pub(crate) fn route_named(&self, name: &str) -> Result<&'static Route, Error> {
        let known = || {
            self.routes
                .iter()
                .map(|route| route.name)
                .collect::<Vec<_>>()
                .join(", ")
        };
        self.routes
            .iter()
            .find(|route| route.name == name)
            .ok_or_else(|| Error::Unusable(format!("there is no route `{name}`, but: {}", known())))
    }
}

/// Whether each message of a stream is a whole state, so that a newer one may take its place. Those of whole order books are
/// changes: a book that misses one is wrong from then on.
///
/// # Errors
/// Where it sends changes.
pub(crate) fn check_whole_states(stream: &str) -> Result<(), Error> {
    let channel = stream.split('@').nth(1).unwrap_or_default();
    // Behind the word, those of the best levels have their number.
    if !matches!(channel, "depth" | "rpiDepth" | "fulldepth") {
        return Ok(());
    }
    Err(Error::Unusable(format!(
        "stream `{stream}` sends the changes of an order book, of which `Overflow::Latest` would lose some: let it wait, \
         or take a stream of whole states, such as `@depth20` or `@bookTicker`"
    )))
}

/// Whether `name` is one of the streams that `pattern` describes.
fn matches(pattern: &str, name: &str) -> bool {
    if fits(pattern, name) {
        return true;
    }
    // A last part that is nothing but a placeholder may be missing.
    match pattern.rsplit_once('@') {
        Some((before, last)) if last.starts_with('<') && last.find('>') == Some(last.len() - 1) => {
            fits(before, name)
        }
        _ => false,
    }
}

/// A placeholder stands for one or more characters other than `@`.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((literal, rest)) = pattern.split_once('<') else {
        return pattern == name;
    };
    let Some(value) = name.strip_prefix(literal) else {
        return false;
    };
    let Some((_, rest)) = rest.split_once('>') else {
        return false;
    };
    let longest = value.find('@').unwrap_or(value.len());
    let ends = value.char_indices().map(|(at, _)| at).chain([value.len()]);
    ends.filter(|end| (1..=longest).contains(end))
        .any(|end| value.get(end..).is_some_and(|behind| fits(rest, behind)))
}

fn literal_length(pattern: &str) -> usize {
    let mut length = 0;
    let mut inside = false;
    for character in pattern.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => length += 1,
            _ => {}
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_no_whole_states() {
        for stream in [
            "btcusdt@depth",
            "btcusdt@depth@100ms",
            "btcusdt@rpiDepth@500ms",
            "a@fulldepth@500ms",
        ] {
            let error = check_whole_states(stream).unwrap_err();
            assert!(error.to_string().contains(stream), "{error}");
        }
        for stream in [
            "btcusdt@depth20@100ms",
            "btcusdt@bookTicker",
            "!ticker@arr",
            "!bookTicker",
            "",
        ] {
            check_whole_states(stream).unwrap();
        }
    }

    static RULES: StreamRules = StreamRules {
        routes: &[
            Route {
                name: "public",
                path: "/public",
            },
            Route {
                name: "market",
                path: "/market",
            },
        ],
        streams: &[
            ("<symbol>@depth@<updateSpeed>", 0),
            ("<symbol>@depth<levels>@<updateSpeed>", 0),
            ("!bookTicker", 0),
            ("<symbol>@markPrice@<updateSpeed>", 1),
            ("!markPrice@arr@<updateSpeed>", 1),
            ("<pair>_<contractType>@continuousKline_<interval>", 1),
            ("<symbol>@rpiDepth@500ms", 0),
            ("tradingSession", 1),
        ],
        ..StreamRules::DEFAULT
    };

    #[test]
    fn names_tell_their_route() {
        for (name, route) in [
            ("btcusdt@depth", "public"),
            ("btcusdt@depth@100ms", "public"),
            ("btcusdt@depth20", "public"),
            ("btcusdt@depth5@500ms", "public"),
            ("１２@depth", "public"),
            ("!bookTicker", "public"),
            ("btcusdt@rpiDepth@500ms", "public"),
            ("btcusdt@markPrice", "market"),
            ("btcusdt@markPrice@1s", "market"),
            ("!markPrice@arr", "market"),
            ("!markPrice@arr@1s", "market"),
            ("btcusdt_perpetual@continuousKline_1m", "market"),
            ("tradingSession", "market"),
        ] {
            let found = RULES.route_of(name, None).unwrap().map(|route| route.name);
            assert_eq!(found, Some(route), "{name}");
        }
    }

    #[test]
    fn a_name_that_nothing_fits_is_refused() {
        for name in [
            "",
            "@depth",
            "btcusdt@Depth",
            "btcusdt@depth@",
            "btcusdt@trade",
            "a@b@depth",
            "tradingsession@",
        ] {
            assert!(
                matches!(RULES.route_of(name, None), Err(Error::WrongRoute { .. })),
                "{name}"
            );
            // Unless the caller says where it belongs.
            let held = RULES.routes.first();
            assert_eq!(RULES.route_of(name, held).unwrap(), held, "{name}");
        }
        let market = RULES.routes.get(1);
        assert!(matches!(
            RULES.route_of("btcusdt@depth", market),
            Err(Error::WrongRoute {
                route: Some("public"),
                connection: Some("market"),
                ..
            })
        ));
        assert_eq!(
            StreamRules::DEFAULT.route_of("btcusdt@trade", None).unwrap(),
            None
        );
        assert!(RULES.route_named("private").is_err());
    }

    #[test]
    fn capitals_of_symbols_are_refused() {
        for rules in [&StreamRules::DEFAULT, &RULES] {
            for name in ["BTCUSDT@depth", "btcusdT@aggTrade"] {
                let error = rules
                    .route_of(name, RULES.routes.first())
                    .unwrap_err()
                    .to_string();
                assert!(
                    error.contains(&name.to_ascii_lowercase().replace("trade", "Trade")),
                    "{error}"
                );
            }
        }
        for name in [
            "!markPrice@arr",
            "tradingSession",
            "１２@depth",
            "btcusdt@rpiDepth@500ms",
        ] {
            RULES.route_of(name, None).unwrap();
        }
        let any = StreamRules {
            lower_case: false,
            ..StreamRules::DEFAULT
        };
        assert_eq!(any.route_of("BTC-260327-C@quote", None).unwrap(), None);
    }
}
