//! Rules of requests, and the constructors that people use.

use super::api::Location;

/// A rule that a request must obey.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// When it holds: where all conditions are met.
    pub when: Vec<Condition>,
    /// What it demands.
    pub need: Need,
    /// The exchange's code for a request that breaks it.
    pub code: Option<i32>,
    /// What to do instead, in one line.
    pub hint: Option<String>,
    /// The place in the specs.
    pub location: Location,
}

/// What a rule depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The parameter is sent, or is not.
    Sent {
        /// Its name.
        parameter: String,
        /// Whether it must be there.
        sent: bool,
    },
    /// The parameter has one of these values.
    Is {
        /// Its name.
        parameter: String,
        /// The values.
        values: Vec<String>,
        /// Whether its default is one of them, so that it need not be sent.
        by_default: bool,
    },
}

impl Condition {
    /// The parameter that it looks at.
    pub fn parameter(&self) -> &str {
        match self {
            Self::Sent { parameter, .. } | Self::Is { parameter, .. } => parameter,
        }
    }
}

/// What a rule demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// All are sent.
    Required(Vec<String>),
    /// At least one is sent.
    OneOf(Vec<String>),
    /// At most one is sent.
    Exclusive(Vec<String>),
    /// All are sent, or none.
    Together(Vec<String>),
    /// None is sent.
    Forbidden(Vec<String>),
    /// Each that is sent is above 0.
    Positive(Vec<String>),
    /// The parameter has one of some of its values.
    Values {
        /// Its name.
        parameter: String,
        /// The values.
        allowed: Vec<String>,
        /// The other values of its type.
        refused: Vec<String>,
    },
    /// The parameter is a text of a form.
    Pattern {
        /// Its name.
        parameter: String,
        /// The form.
        pattern: Pattern,
    },
    /// The parameter is a number in a range.
    Range {
        /// Its name.
        parameter: String,
        /// The lowest value.
        min: Option<String>,
        /// The highest value.
        max: Option<String>,
    },
    /// One time is not much later than another.
    Span {
        /// The earlier one.
        from: String,
        /// The later one.
        to: String,
        /// The longest time between them, in hours.
        hours: u32,
    },
    /// Of all parameters named, exactly those of one list are sent.
    Combinations(Vec<Vec<String>>),
}

impl Need {
    /// The parameters that it looks at, each once.
    pub fn parameters(&self) -> Vec<&str> {
        match self {
            Self::Required(names)
            | Self::OneOf(names)
            | Self::Exclusive(names)
            | Self::Together(names)
            | Self::Forbidden(names)
            | Self::Positive(names) => names.iter().map(String::as_str).collect(),
            Self::Values { parameter, .. }
            | Self::Pattern { parameter, .. }
            | Self::Range { parameter, .. } => {
                vec![parameter]
            }
            Self::Span { from, to, .. } => vec![from, to],
            Self::Combinations(sets) => {
                let mut names: Vec<&str> = Vec::new();
                for name in sets.iter().flatten() {
                    if !names.contains(&name.as_str()) {
                        names.push(name);
                    }
                }
                names
            }
        }
    }
}

/// The form of a text: so many characters of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Single characters and ranges, `a-zA-Z0-9_-`, without escapes and with a hyphen last; empty: any character.
    pub class: String,
    /// The fewest characters.
    pub min: usize,
    /// The most characters.
    pub max: usize,
}

impl Pattern {
    /// Reads `^[class]{min,max}$`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.strip_prefix("^[")?.strip_suffix("}$")?;
        let (class, counts) = inner.rsplit_once("]{")?;
        let (min, max) = match counts.split_once(',') {
            Some((min, max)) => (min.parse().ok()?, max.parse().ok()?),
            None => (counts.parse().ok()?, counts.parse().ok()?),
        };
        let mut plain = String::new();
        let mut hyphen = false;
        let mut chars = class.chars().peekable();
        while let Some(c) = chars.next() {
            let c = match c {
                '\\' => chars.next()?,
                '[' | ']' | '^' => return None,
                '-' => {
                    hyphen = true;
                    continue;
                }
                c => c,
            };
            if c == '-' {
                hyphen = true;
                continue;
            }
            plain.push(c);
            let mut ahead = chars.clone();
            // A hyphen between two characters makes a range; anywhere else it is one itself.
            if let (Some('-'), Some(last)) = (ahead.next(), ahead.next())
                && last != '\\'
            {
                if last < c {
                    return None;
                }
                plain.push('-');
                plain.push(last);
                chars = ahead;
            }
        }
        if hyphen {
            plain.push('-');
        }
        (!plain.is_empty() && min <= max).then_some(Self {
            class: plain,
            min,
            max,
        })
    }
}

/// A function that makes a request for one purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedConstructor {
    /// The name: `limit`, `stopLossLimit`.
    pub name: String,
    /// What the request does, in one line.
    pub description: String,
    /// Parameters with fixed values.
    pub set: Vec<(String, String)>,
    /// Parameters that it takes, in order.
    pub takes: Vec<String>,
    /// The place in the specs.
    pub location: Location,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_classes_with_counts() {
        let read = |text: &str| Pattern::parse(text).map(|p| (p.class, p.min, p.max));
        let ids = Some(("a-zA-Z0-9_-".to_owned(), 1, 36));
        assert_eq!(read("^[a-zA-Z0-9-_]{1,36}$"), ids);
        assert_eq!(read("^[a-zA-Z0-9_-]{1,36}$"), ids);
        assert_eq!(read("^[a-zA-Z0-9_\\-]{1,36}$"), ids);
        let futures = Some((".A-Z:/a-z0-9_-".to_owned(), 1, 36));
        assert_eq!(read("^[\\.A-Z\\:/a-z0-9_-]{1,36}$"), futures);
        assert_eq!(read("^[0-9]{6}$"), Some(("0-9".to_owned(), 6, 6)));
        for other in [
            "[a-z]{1,2}",
            "^[a-z]+$",
            "^[^a]{1,2}$",
            "^[z-a]{1,2}$",
            "^[a]{3,2}$",
            "^[]{1,2}$",
            "^a$",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
