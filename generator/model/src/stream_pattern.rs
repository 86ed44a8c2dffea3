//! Patterns of stream names, parsed once.

use std::fmt;

use crate::path::Piece;

/// The name of a stream with placeholders in angle brackets, in parts that `@` separates: `<symbol>@kline_<interval>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamPattern {
    text: String,
    parts: Vec<Vec<Piece>>,
}

/// How a name, or a part of one, begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// The text before the first placeholder.
    pub text: String,
    /// Whether nothing follows, so that the text is the whole of it.
    pub whole: bool,
}

impl StreamPattern {
    /// Parses a pattern, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        Ok(Self {
            text: text.to_owned(),
            parts: text.split('@').map(part).collect::<Result<_, _>>()?,
        })
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What `@` separates, as texts and placeholders.
    pub fn parts(&self) -> &[Vec<Piece>] {
        &self.parts
    }

    /// The names of its placeholders in their order.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flatten().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Variable(name) => Some(name.as_str()),
        })
    }

    /// What the names of a stream have in common that says what its events are.
    ///
    /// `<symbol>@kline_<interval>` → `kline_`, a prefix; `<symbol>@depth@<updateSpeed>` → `depth`, whole, because the
    /// third part does not change the event; `!miniTicker@arr` → itself, whole; `!ticker_<windowSize>@arr` → a prefix.
    pub fn channel(&self) -> Beginning {
        if !self.text.starts_with('!') {
            return beginning(self.parts.get(1).or(self.parts.first()));
        }
        let mut name = Beginning {
            text: String::new(),
            whole: true,
        };
        for part in self.parts.iter().map(|part| beginning(Some(part))) {
            // A last part that is a placeholder may be left out with its `@`; those with text in it are longer.
            if !name.text.is_empty() && !part.text.is_empty() {
                name.text.push('@');
            }
            name.text += &part.text;
            if !part.whole {
                name.whole = false;
                break;
            }
        }
        name
    }

    /// How the first and the last part begin, where the first is a text and the parts between them say nothing:
    /// `came@<contractAddress>@<chainId>@kline_<interval>` → `came` and the prefix `kline_`.
    pub fn ends(&self) -> Option<(&str, Beginning)> {
        let (first, behind) = self.parts.split_first()?;
        let [Piece::Literal(first)] = first.as_slice() else {
            return None;
        };
        let last = beginning(Some(behind.last()?));
        (!last.text.is_empty()).then_some((first, last))
    }
}

fn part(text: &str) -> Result<Vec<Piece>, &'static str> {
    if text.is_empty() {
        return Err("a part between `@` is empty");
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((literal, behind)) = rest.split_once('<') {
        let (name, behind) = behind.split_once('>').ok_or("a placeholder is not closed")?;
        if name.is_empty() || name.contains('<') {
            return Err("a placeholder has no name");
        }
        pieces.extend(self::literal(literal)?);
        pieces.push(Piece::Variable(name.to_owned()));
        rest = behind;
    }
    pieces.extend(literal(rest)?);
    Ok(pieces)
}

fn literal(text: &str) -> Result<Option<Piece>, &'static str> {
    match text.contains('>') {
        true => Err("a placeholder is not opened"),
        false => Ok((!text.is_empty()).then(|| Piece::Literal(text.to_owned()))),
    }
}

fn beginning(part: Option<&Vec<Piece>>) -> Beginning {
    let (text, whole) = match part.map(Vec::as_slice) {
        Some([Piece::Literal(text), behind @ ..]) => (text.clone(), behind.is_empty()),
        _ => (String::new(), false),
    };
    Beginning { text, whole }
}

impl fmt::Display for StreamPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> StreamPattern {
        StreamPattern::parse(text).expect("a pattern")
    }

    #[test]
    fn a_pattern_is_parts_of_texts_and_placeholders() {
        let depth = pattern("<symbol>@depth<levels>@<updateSpeed>");
        assert_eq!(
            depth.placeholders().collect::<Vec<_>>(),
            ["symbol", "levels", "updateSpeed"]
        );
        let depth_levels = [
            Piece::Literal("depth".to_owned()),
            Piece::Variable("levels".to_owned()),
        ];
        assert_eq!(depth.parts()[1], depth_levels);
        assert_eq!(depth.parts().len(), 3);
        assert_eq!(depth.to_string(), "<symbol>@depth<levels>@<updateSpeed>");
    }

    #[test]
    fn the_channel_says_what_the_events_are() {
        for (text, channel, whole) in [
            ("<symbol>@kline_<interval>", "kline_", false),
            ("<symbol>@depth@<updateSpeed>", "depth", true),
            ("!miniTicker@arr", "!miniTicker@arr", true),
            ("!ticker_<windowSize>@arr", "!ticker_", false),
            ("!markPrice@arr@<updateSpeed>", "!markPrice@arr", false),
            ("web3_orderbook_<marketId>", "web3_orderbook_", false),
            ("<symbol>", "", false),
        ] {
            let channel = Beginning {
                text: channel.to_owned(),
                whole,
            };
            assert_eq!(pattern(text).channel(), channel, "{text}");
        }
    }

    #[test]
    fn ends_are_a_text_and_how_the_last_part_begins() {
        let kline = Beginning {
            text: "kline_".to_owned(),
            whole: false,
        };
        assert_eq!(
            pattern("came@<address>@<chainId>@kline_<interval>").ends(),
            Some(("came", kline))
        );
        for text in ["<symbol>@trade", "came@<address>", "trade"] {
            assert_eq!(pattern(text).ends(), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (text, message) in [
            ("", "a part between `@` is empty"),
            ("<symbol>@", "a part between `@` is empty"),
            ("<symbol@trade>", "a placeholder is not closed"),
            ("symbol>@trade", "a placeholder is not opened"),
            ("<>@trade", "a placeholder has no name"),
            ("<<symbol>@trade", "a placeholder has no name"),
        ] {
            assert_eq!(StreamPattern::parse(text), Err(message), "{text}");
        }
    }
}
