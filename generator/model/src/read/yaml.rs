//! Where each value of a YAML file is.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser};

use crate::diagnostics::Diagnostic;
use crate::source::{Place, SourceFile};

/// Places by JSON pointer (`/paths/~1api~1v3~1order/post`).
#[derive(Debug, Default)]
pub(crate) struct Places {
    places: HashMap<String, Place>,
    /// Keys that are there twice in one mapping, with the places of the second and the first.
    duplicates: Vec<(String, Place, Place)>,
}

/// A pointer's part with `~` and `/` escaped.
pub(crate) fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

enum Frame {
    /// A mapping: the key that waits for its value.
    Mapping(String, Option<String>),
    /// A sequence: the index of the next element.
    Sequence(String, usize),
}

impl Places {
    /// Walks the file once; what comes after a syntax error is left out (the YAML reader reports the error).
    pub(crate) fn new(text: &str) -> Self {
        let mut places = HashMap::new();
        let mut duplicates = Vec::new();
        let mut stack: Vec<Frame> = Vec::new();
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            let here = place(span.start);
            match event {
                Event::MappingEnd | Event::SequenceEnd => {
                    stack.pop();
                }
                Event::Scalar(value, ..) => {
                    if let Some(Frame::Mapping(base, key @ None)) = stack.last_mut() {
                        if let Some(first) = places.insert(format!("{base}/{}", escape(&value)), here) {
                            duplicates.push((value.to_string(), here, first));
                        }
                        *key = Some(value.into_owned());
                        continue;
                    }
                    Self::enter(&mut stack, &mut places, here);
                }
                Event::MappingStart(..) => {
                    let pointer = Self::enter(&mut stack, &mut places, here);
                    stack.push(Frame::Mapping(pointer, None));
                }
                Event::SequenceStart(..) => {
                    let pointer = Self::enter(&mut stack, &mut places, here);
                    stack.push(Frame::Sequence(pointer, 0));
                }
                Event::Alias(..) => {
                    Self::enter(&mut stack, &mut places, here);
                }
                _ => {}
            }
        }
        Self { places, duplicates }
    }

    /// Notes a value and gives its pointer.
    fn enter(stack: &mut [Frame], places: &mut HashMap<String, Place>, here: Place) -> String {
        match stack.last_mut() {
            None => String::new(),
            // The key's own place, noted before, says more than that where its value begins.
            Some(Frame::Mapping(base, key)) => format!("{base}/{}", escape(&key.take().unwrap_or_default())),
            Some(Frame::Sequence(base, index)) => {
                let pointer = format!("{base}/{index}");
                places.insert(pointer.clone(), here);
                *index += 1;
                pointer
            }
        }
    }

    /// The keys that are there twice in one mapping, as errors.
    pub(crate) fn twice(&self, file: &SourceFile) -> Vec<Diagnostic> {
        let twice = self.duplicates.iter().map(|(key, place, first)| {
            let message = format!("`{key}` occurs twice, first in line {}", first.line);
            Diagnostic::new(&file.path, *place, message, "write each key once")
        });
        twice.collect()
    }

    /// The place of a pointer, or of the nearest thing around it that is known.
    pub(crate) fn place(&self, pointer: &str) -> Place {
        let mut pointer = pointer;
        loop {
            if let Some(&place) = self.places.get(pointer) {
                return place;
            }
            match pointer.rfind('/') {
                Some(end) => pointer = &pointer[..end],
                None => return Place::from(1),
            }
        }
    }
}

fn place(marker: Marker) -> Place {
    Place {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_keys_and_elements() {
        let places = Places::new("a: 1\nb:\n  c: {ö: 2, d: 2}\n  /e/f:\n  - x\n  - y: 3\n");
        let place = |pointer| {
            let Place { line, column } = places.place(pointer);
            (line, column)
        };
        assert_eq!(place("/a"), (1, 1));
        assert_eq!(place("/b"), (2, 1));
        assert_eq!(place("/b/c/d"), (3, 13));
        assert_eq!(place("/b/~1e~1f/1"), (6, 5));
        assert_eq!(place("/b/~1e~1f/1/y"), (6, 5));
        assert_eq!(place("/b/unknown"), (2, 1));
        assert_eq!(place("/unknown"), (1, 0));
        assert!(places.duplicates.is_empty());
    }

    #[test]
    fn keys_that_stand_twice() {
        let places = Places::new("a:\n  b: 1\n  c: 2\n  b: 3\nd: {b: 1}\n");
        let [(key, second, first)] = places.duplicates.as_slice() else {
            panic!("{:?}", places.duplicates);
        };
        assert_eq!((key.as_str(), second.line, first.line), ("b", 4, 2));
    }
}
