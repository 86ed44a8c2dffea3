//! Paths of REST operations, parsed once.

use std::fmt;

/// A path, whose placeholders in braces are variables: `/v1/orders/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathTemplate {
    text: String,
    pieces: Vec<Piece>,
}

/// A piece of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// Text that is sent as it is.
    Literal(String),
    /// The name of the parameter whose value is sent.
    Variable(String),
}

impl PathTemplate {
    /// Parses a path. A brace that is never closed is text.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((literal, (variable, behind))) = rest
            .split_once('{')
            .and_then(|(literal, rest)| Some((literal, rest.split_once('}')?)))
        {
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
            }
            pieces.push(Piece::Variable(variable.to_owned()));
            rest = behind;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Self {
            text: text.to_owned(),
            pieces,
        }
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Literals and variables in their order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The names of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Variable(name) => Some(name.as_str()),
        })
    }

    /// The path with `{}` in place of each variable: what two paths have in common that name their variables
    /// differently.
    pub fn nameless(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text,
                Piece::Variable(_) => "{}",
            })
            .collect()
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_literals_and_variables() {
        let path = PathTemplate::parse("/v1/orders/{id}/fills/{fill}");
        assert_eq!(path.variables().collect::<Vec<_>>(), ["id", "fill"]);
        assert_eq!(path.nameless(), "/v1/orders/{}/fills/{}");
        assert_eq!(path.pieces().len(), 4);
        assert_eq!(path.to_string(), "/v1/orders/{id}/fills/{fill}");
        let open = PathTemplate::parse("/v1/{id");
        assert_eq!(open.pieces(), [Piece::Literal("/v1/{id".to_owned())]);
    }
}
