//! Edits of OpenAPI documents by line: what is inserted stands in the manner of the neighbours, and nothing else moves.

use std::fmt;

/// An edit that was not made: the document is not laid out as edits in place need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line nearest to where it belongs, counted from one; 0 where there is none.
    pub line: usize,
    /// Why, and what to do by hand.
    pub reason: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

fn refused(line: usize, reason: impl Into<String>) -> Refused {
    Refused {
        line,
        reason: reason.into(),
    }
}

/// A document as lines.
pub(super) struct Lines {
    lines: Vec<String>,
    ends_with_newline: bool,
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether a line says nothing by itself.
fn is_aside(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// Whether a line begins with this key, quoted or not; what stands behind the colon.
fn value_of<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let line = line.trim_start();
    [format!("{key}:"), format!("'{key}':"), format!("\"{key}\":")]
        .iter()
        .find_map(|start| line.strip_prefix(start.as_str()))
        .filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        .map(str::trim)
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Self {
            lines: text.lines().map(str::to_owned).collect(),
            ends_with_newline: text.ends_with('\n') || text.is_empty(),
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        if self.ends_with_newline {
            text.push('\n');
        }
        text
    }

    fn line(&self, index: usize) -> &str {
        self.lines.get(index).map(String::as_str).unwrap_or_default()
    }

    /// The line behind the block that begins at `start`: blank lines and comments at its end are not of it.
    fn end(&self, start: usize) -> usize {
        let depth = indent(self.line(start));
        let mut end = start + 1;
        for index in start + 1..self.lines.len() {
            let line = self.line(index);
            if is_aside(line) {
                continue;
            }
            if indent(line) <= depth {
                break;
            }
            end = index + 1;
        }
        end
    }

    /// The line of a key directly in the block that begins at `block`; `None`: in the document.
    fn key(&self, block: Option<usize>, key: &str) -> Option<usize> {
        let (start, end) = match block {
            Some(block) => (block + 1, self.end(block)),
            None => (0, self.lines.len()),
        };
        let depth = match block {
            Some(_) => indent(self.line((start..end).find(|&index| !is_aside(self.line(index)))?)),
            None => 0,
        };
        (start..end).find(|&index| {
            let line = self.line(index);
            !is_aside(line) && indent(line) == depth && value_of(line, key).is_some()
        })
    }

    /// The line of `paths:`.
    fn paths(&self) -> Result<usize, Refused> {
        let paths = self
            .key(None, "paths")
            .ok_or_else(|| refused(0, "the document has no `paths:` of its own line; write it"))?;
        match value_of(self.line(paths), "paths") {
            Some("") => Ok(paths),
            _ => Err(refused(
                paths + 1,
                "`paths` is written on one line; write every path on its own line",
            )),
        }
    }

    fn operation(&self, method: &str, path: &str) -> Result<usize, Refused> {
        let paths = self.paths()?;
        let found = self.key(Some(paths), path).ok_or_else(|| {
            refused(
                paths + 1,
                format!("`{path}:` is not on a line of its own; edit the file"),
            )
        })?;
        let method = method.to_lowercase();
        self.key(Some(found), &method)
            .filter(|&line| value_of(self.line(line), &method) == Some(""))
            .ok_or_else(|| {
                refused(
                    found + 1,
                    format!("`{method}:` of `{path}` is not on a line of its own; edit the file"),
                )
            })
    }

    /// The first lines of the entries of the list at `list`, and the line behind the last.
    fn entries(&self, list: usize) -> (Vec<usize>, usize) {
        let mut found: Vec<usize> = Vec::new();
        let mut end = list + 1;
        let depth = indent(self.line(list));
        for index in list + 1..self.lines.len() {
            let line = self.line(index);
            if is_aside(line) {
                continue;
            }
            let dash = line.trim_start().starts_with("- ");
            if indent(line) < depth || indent(line) == depth && !dash {
                break;
            }
            if dash
                && found
                    .first()
                    .is_none_or(|&first| indent(self.line(first)) == indent(line))
            {
                found.push(index);
            }
            end = index + 1;
        }
        (found, end)
    }

    /// Inserts a parameter (`{name: …}`) behind the one called `after`, or else behind the last.
    pub(super) fn insert_parameter(
        &mut self,
        method: &str,
        path: &str,
        parameter: &str,
        after: Option<&str>,
    ) -> Result<(), Refused> {
        let operation = self.operation(method, path)?;
        let Some(list) = self.key(Some(operation), "parameters") else {
            let before = ["requestBody", "responses"]
                .iter()
                .find_map(|key| self.key(Some(operation), key))
                .unwrap_or_else(|| self.end(operation));
            let depth = " ".repeat(indent(self.line(operation)) + 2);
            self.lines.insert(before, format!("{depth}  - {parameter}"));
            self.lines.insert(before, format!("{depth}parameters:"));
            return Ok(());
        };
        let (entries, end) = self.entries(list);
        let written = value_of(self.line(list), "parameters").unwrap_or_default();
        let Some(&first) = entries.first().filter(|_| written.is_empty()) else {
            return Err(refused(
                list + 1,
                format!("the parameters are not one per line; add `- {parameter}` by hand"),
            ));
        };
        let named = |start: usize, end: usize| {
            (start..end).any(|index| {
                after.is_some_and(|after| {
                    let line = self.line(index);
                    let line = line.trim_start().trim_start_matches("- ").trim_start_matches('{');
                    value_of(line.split(',').next().unwrap_or_default(), "name")
                        .is_some_and(|name| name.trim_matches(['\'', '"', '}']) == after)
                })
            })
        };
        let mut place = end;
        for (number, &start) in entries.iter().enumerate() {
            let stop = entries.get(number + 1).copied().unwrap_or(end);
            if named(start, stop) {
                place = stop;
                // Comments before the next entry are about that one.
                while place > start + 1 && is_aside(self.line(place - 1)) {
                    place -= 1;
                }
            }
        }
        let depth = " ".repeat(indent(self.line(first)));
        self.lines.insert(place, format!("{depth}- {parameter}"));
        Ok(())
    }

    /// Inserts an operation. `lines` begin with the method, as if it stood at the margin. A new path is placed behind
    /// the last of its section (`tag`), or else at the end under a heading.
    pub(super) fn insert_operation(
        &mut self,
        path: &str,
        tag: &str,
        lines: &[String],
    ) -> Result<(), Refused> {
        let paths = self.paths()?;
        if let Some(found) = self.key(Some(paths), path) {
            if value_of(self.line(found), path) != Some("") {
                return Err(refused(
                    found + 1,
                    format!("`{path}` is written on one line; add the operation by hand"),
                ));
            }
            let depth = indent(self.line(found)) + 2;
            let end = self.end(found);
            self.insert(end, depth, lines);
            return Ok(());
        }
        let end = self.end(paths);
        let depth = (paths + 1..end)
            .find(|&index| !is_aside(self.line(index)))
            .map_or(2, |index| indent(self.line(index)));
        let mut last = None;
        let mut current = None;
        for index in paths + 1..end {
            let line = self.line(index);
            if !is_aside(line) && indent(line) == depth {
                current = Some(index);
            }
            let tags = value_of(line, "tags").map(|tags| tags.trim_matches(['[', ']', '\'', '"']));
            if tags == Some(tag) {
                last = current;
            }
        }
        let at = last.map_or(end, |last| self.end(last));
        let mut block = vec![String::new()];
        if last.is_none() {
            block.extend([format!("{}# {tag}", " ".repeat(depth)), String::new()]);
        }
        block.push(format!("{}{path}:", " ".repeat(depth)));
        let inner = " ".repeat(depth + 2);
        block.extend(lines.iter().map(|line| format!("{inner}{line}")));
        self.lines.splice(at..at, block);
        Ok(())
    }

    fn insert(&mut self, at: usize, depth: usize, lines: &[String]) {
        let indent = " ".repeat(depth);
        let block: Vec<String> = lines.iter().map(|line| format!("{indent}{line}")).collect();
        self.lines.splice(at..at, block);
    }
}

/// Gives an operation that has no answer yet the answer `reference` (`#/components/schemas/…`), and adds `components` (lines
/// without indentation) at the end of the document's schemas. A draft is none any more.
///
/// # Errors
/// The operation has an answer already, or the document is not laid out line by line.
pub fn set_answer(
    text: &str,
    method: &str,
    path: &str,
    reference: &str,
    components: &str,
) -> Result<String, Refused> {
    let mut document = Lines::new(text);
    let operation = document.operation(method, path)?;
    let depth = " ".repeat(indent(document.line(operation)) + 2);
    let answer = [
        format!("{depth}responses:"),
        format!("{depth}  '200':"),
        format!("{depth}    description: The answer"),
        format!("{depth}    content: {{application/json: {{schema: {{$ref: '{reference}'}}}}}}"),
    ];
    match document.key(Some(operation), "responses") {
        Some(responses) => {
            let end = document.end(responses);
            let written = document.lines.get(responses..end).unwrap_or_default().join("\n");
            if written.contains("content") {
                return Err(refused(
                    responses + 1,
                    "the operation has an answer already; edit its schema by hand",
                ));
            }
            document.lines.splice(responses..end, answer);
        }
        None => {
            let end = document.end(operation);
            document.lines.splice(end..end, answer);
        }
    }
    if let Some(draft) = document.key(Some(operation), "x-stability-level") {
        document.lines.remove(draft);
    }
    let indented = |depth: usize| {
        let indent = " ".repeat(depth);
        let mut lines = Vec::new();
        for line in components.lines() {
            lines.push(if line.is_empty() {
                String::new()
            } else {
                format!("{indent}{line}")
            });
        }
        lines
    };
    let components_key = document.key(None, "components");
    let schemas = components_key.and_then(|components| document.key(Some(components), "schemas"));
    match (components_key, schemas) {
        (_, Some(schemas)) => {
            let end = document.end(schemas);
            let mut block = vec![String::new()];
            block.extend(indented(4));
            document.lines.splice(end..end, block);
        }
        (Some(components), None) => {
            let end = document.end(components);
            let mut block = vec!["  schemas:".to_owned()];
            block.extend(indented(4));
            document.lines.splice(end..end, block);
        }
        (None, None) => {
            let end = document.lines.len();
            let mut block = vec![String::new(), "components:".to_owned(), "  schemas:".to_owned()];
            block.extend(indented(4));
            document.lines.splice(end..end, block);
        }
    }
    Ok(document.text())
}

/// A text as a flow scalar: plain where YAML reads the same text back.
pub(super) fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " _-./".contains(c))
        && !text.ends_with(' ')
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "openapi: 3.0.3
paths:
  # Toys

  /a:
    get:
      operationId: a
      tags: [Toys]
      parameters:
        # the first
        - {name: x, in: query, schema: {type: string},
           description: an x}
        # the last
        - {name: z, in: query, schema: {type: string}}
      responses: {'200': {description: Nothing}}

  # Games

  /b:
    post:
      operationId: b
      tags: [Games]
      responses: {'200': {description: Nothing}}

components:
  schemas: {}
";

    #[test]
    fn parameters_stand_behind_the_one_they_follow() {
        let mut lines = Lines::new(DOCUMENT);
        lines
            .insert_parameter("GET", "/a", "{name: y}", Some("x"))
            .expect("inserted");
        lines
            .insert_parameter("GET", "/a", "{name: w}", Some("nobody"))
            .expect("inserted");
        lines
            .insert_parameter("POST", "/b", "{name: v}", None)
            .expect("inserted");
        let text = lines.text();
        assert!(
            text.contains("           description: an x}\n        - {name: y}\n        # the last\n"),
            "{text}"
        );
        assert!(
            text.contains("{type: string}}\n        - {name: w}\n      responses"),
            "{text}"
        );
        assert!(
            text.contains("tags: [Games]\n      parameters:\n        - {name: v}\n      responses"),
            "{text}"
        );
    }

    #[test]
    fn operations_stand_in_their_section() {
        let mut lines = Lines::new(DOCUMENT);
        let get = ["get:".to_owned(), "  operationId: c".to_owned()];
        lines.insert_operation("/b", "Games", &get).expect("inserted");
        lines.insert_operation("/c", "Toys", &get).expect("inserted");
        lines.insert_operation("/d", "New", &get).expect("inserted");
        let text = lines.text();
        for part in [
            "Nothing}}\n    get:\n      operationId: c\n",
            "Nothing}}\n\n  /c:\n    get:\n      operationId: c\n\n  # Games\n",
            "\n\n  # New\n\n  /d:\n    get:\n      operationId: c\n\ncomponents:\n",
        ] {
            assert!(text.contains(part), "no `{part}` in\n{text}");
        }
    }

    #[test]
    fn what_is_laid_out_otherwise_is_refused_with_its_line() {
        let text = "paths:\n  /a: {get: {operationId: a}}\n  /b:\n    get:\n      parameters: [{name: x}]\n";
        let mut lines = Lines::new(text);
        let refused = lines
            .insert_parameter("GET", "/a", "{name: y}", None)
            .expect_err("refused");
        assert_eq!(refused.line, 2, "{refused}");
        let refused = lines
            .insert_parameter("GET", "/b", "{name: y}", None)
            .expect_err("refused");
        assert_eq!(refused.line, 5, "{refused}");
        assert!(refused.reason.contains("add `- {name: y}` by hand"), "{refused}");
        assert_eq!(lines.text(), text);
    }

    #[test]
    fn an_answer_is_given_once() {
        let one = set_answer(
            DOCUMENT.replace("{}", "\n    Old: {type: string}").as_str(),
            "POST",
            "/b",
            "#/components/schemas/B",
            "B:\n  type: object",
        )
        .expect("set");
        assert!(
            one.ends_with("    Old: {type: string}\n\n    B:\n      type: object\n"),
            "{one}"
        );
        let again = set_answer(&one, "POST", "/b", "#/components/schemas/B", "").expect_err("refused");
        assert!(again.reason.contains("has an answer already"), "{again}");
    }
}
