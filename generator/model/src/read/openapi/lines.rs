//! Which line of a YAML file each of its values stands on.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};

/// Lines by JSON pointer (`/paths/~1api~1v3~1order/post`), counted from one.
#[derive(Debug, Default)]
pub(super) struct LineIndex {
    lines: HashMap<String, usize>,
    /// Keys that stand twice in one mapping, with the lines of the second and the first.
    pub(super) duplicates: Vec<(String, usize, usize)>,
}

/// A pointer's part with `~` and `/` escaped.
pub(super) fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

enum Frame {
    /// A mapping: the key that waits for its value.
    Mapping(String, Option<String>),
    /// A sequence: the index of the next element.
    Sequence(String, usize),
}

impl LineIndex {
    /// Walks the file once; what comes after a syntax error is left out (the YAML reader reports the error).
    pub(super) fn new(text: &str) -> Self {
        let mut lines = HashMap::new();
        let mut duplicates = Vec::new();
        let mut stack: Vec<Frame> = Vec::new();
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            let line = span.start.line();
            match event {
                Event::MappingEnd | Event::SequenceEnd => {
                    stack.pop();
                }
                Event::Scalar(value, ..) => {
                    if let Some(Frame::Mapping(base, key @ None)) = stack.last_mut() {
                        if let Some(first) = lines.insert(format!("{base}/{}", escape(&value)), line) {
                            duplicates.push((value.to_string(), line, first));
                        }
                        *key = Some(value.into_owned());
                        continue;
                    }
                    Self::enter(&mut stack, &mut lines, line);
                }
                Event::MappingStart(..) => {
                    let pointer = Self::enter(&mut stack, &mut lines, line);
                    stack.push(Frame::Mapping(pointer, None));
                }
                Event::SequenceStart(..) => {
                    let pointer = Self::enter(&mut stack, &mut lines, line);
                    stack.push(Frame::Sequence(pointer, 0));
                }
                Event::Alias(..) => {
                    Self::enter(&mut stack, &mut lines, line);
                }
                _ => {}
            }
        }
        Self { lines, duplicates }
    }

    /// Notes a value and gives its pointer.
    fn enter(stack: &mut [Frame], lines: &mut HashMap<String, usize>, line: usize) -> String {
        match stack.last_mut() {
            None => String::new(),
            // The key's own line, noted before, says more than the line on which its value begins.
            Some(Frame::Mapping(base, key)) => format!("{base}/{}", escape(&key.take().unwrap_or_default())),
            Some(Frame::Sequence(base, index)) => {
                let pointer = format!("{base}/{index}");
                lines.insert(pointer.clone(), line);
                *index += 1;
                pointer
            }
        }
    }

    /// The line of a pointer, or of the nearest thing around it that is known.
    pub(super) fn line(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            if let Some(&line) = self.lines.get(pointer) {
                return line;
            }
            match pointer.rfind('/') {
                Some(end) => pointer = &pointer[..end],
                None => return 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_keys_and_elements() {
        let index = LineIndex::new("a: 1\nb:\n  c: {d: 2}\n  /e/f:\n  - x\n  - y: 3\n");
        assert_eq!(index.line("/a"), 1);
        assert_eq!(index.line("/b"), 2);
        assert_eq!(index.line("/b/c/d"), 3);
        assert_eq!(index.line("/b/~1e~1f/1"), 6);
        assert_eq!(index.line("/b/~1e~1f/1/y"), 6);
        assert_eq!(index.line("/b/unknown"), 2);
        assert!(index.duplicates.is_empty());
    }

    #[test]
    fn keys_that_stand_twice() {
        let index = LineIndex::new("a:\n  b: 1\n  c: 2\n  b: 3\nd: {b: 1}\n");
        assert_eq!(index.duplicates, [("b".to_owned(), 4, 2)]);
    }
}
