//! Names of streams, and the patterns that specs give them.

/// Whether `name` is one of the streams that `pattern` describes.
///
/// A placeholder of the pattern stands for one or more characters other than `@`; a placeholder at the end may be
/// left out together with its `@`. The name may itself have placeholders, written `<…>` or `{…}`, whatever they are
/// called.
pub fn matches(pattern: &str, name: &str) -> bool {
    if name.len() > LONGEST_NAME {
        return false;
    }
    let name = concrete(name);
    let mut pattern = tokens(pattern);
    loop {
        if match_tokens(&pattern, &name) {
            return true;
        }
        // An optional placeholder at the end takes the `@` before it away with it.
        let Some(Token::Placeholder) = pattern.pop() else {
            return false;
        };
        if pattern.pop() != Some(Token::Character('@')) {
            return false;
        }
    }
}

/// How many characters of a pattern are not placeholders: the more, the more exactly it fits.
pub fn literal_length(pattern: &str) -> usize {
    tokens(pattern)
        .iter()
        .filter(|token| **token != Token::Placeholder)
        .count()
}

/// No stream's name comes near it.
const LONGEST_NAME: usize = 256;

/// Stands for a placeholder's value; no stream has it in its name.
const VALUE: char = '\u{0}';

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Character(char),
    Placeholder,
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '<' => rest.find('>'),
            '{' => rest.find('}'),
            _ => None,
        };
        let length = match end {
            Some(end) => {
                tokens.push(Token::Placeholder);
                end + 1
            }
            None => {
                tokens.push(Token::Character(first));
                first.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

fn concrete(name: &str) -> Vec<char> {
    let character = |token: Token| match token {
        Token::Character(character) => character,
        Token::Placeholder => VALUE,
    };
    tokens(name).into_iter().map(character).collect()
}

/// Patterns are short and placeholders cannot hold `@`, so trying every length is cheap.
fn match_tokens(pattern: &[Token], name: &[char]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((Token::Character(expected), rest)) => match name.split_first() {
            Some((found, name)) if found == expected => match_tokens(rest, name),
            _ => false,
        },
        Some((Token::Placeholder, rest)) => {
            let longest = name.iter().take_while(|character| **character != '@').count();
            (1..=longest).any(|length| name.get(length..).is_some_and(|name| match_tokens(rest, name)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_their_own_pattern_only() {
        let patterns = [
            "<symbol>@aggTrade",
            "<symbol>@kline_<interval>",
            "<symbol>@kline_<interval>@+08:00",
            "<symbol>@ticker",
            "<symbol>@ticker_<windowSize>",
            "!ticker_<windowSize>@arr",
            "!miniTicker@arr",
            "<symbol>@depth<levels>@<updateSpeed>",
            "<symbol>@depth@<updateSpeed>",
        ];
        for (name, expected) in [
            ("btcusdt@aggTrade", 0),
            ("btcusdt@kline_1m", 1),
            ("btcusdt@kline_1m@+08:00", 2),
            ("btcusdt@ticker", 3),
            ("btcusdt@ticker_1h", 4),
            ("!ticker_1h@arr", 5),
            ("!miniTicker@arr", 6),
            ("btcusdt@depth5@100ms", 7),
            ("btcusdt@depth20", 7),
            ("btcusdt@depth@100ms", 8),
            ("btcusdt@depth", 8),
            ("{symbol}@depth{levels}@{speed}", 7),
            ("<symbol>@depth@100ms", 8),
            ("{s}@kline_1m", 1),
        ] {
            let found: Vec<usize> = patterns
                .iter()
                .enumerate()
                .filter(|(_, pattern)| matches(pattern, name))
                .map(|(index, _)| index)
                .collect();
            assert_eq!(found, [expected], "{name}");
        }
        for name in [
            "",
            "btcusdt",
            "@aggTrade",
            "btcusdt@aggTrade2",
            "btcusdt@AggTrade",
            "btcusdt@@aggTrade",
        ] {
            assert!(!patterns.iter().any(|pattern| matches(pattern, name)), "{name}");
        }
    }

    #[test]
    fn literals_tell_which_pattern_fits_better() {
        assert!(literal_length("<symbol>@depth@<speed>") > literal_length("<symbol>@<anything>@<speed>"));
    }
}
