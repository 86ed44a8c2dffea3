//! Inputs with damage in them: whatever stands in a file, reading it and comparing it ends well, or with a place in the file.

use binance_wire_impact::diff::{Content, State, compare};
use binance_wire_model::diagnostics::Diagnostics;
use binance_wire_model::product::{self, Sources};
use binance_wire_model::read;
use binance_wire_model::source::SourceFile;

use super::{findings, fix, mirrored, sbe, state};
use crate::support::root;

/// How often each kind of input is damaged.
const TIMES: usize = 120;

/// Xorshift: the same damage in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap_or_default()
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.roll(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn span(&mut self, text: &str) -> std::ops::Range<usize> {
        let start = self.place(text);
        let mut end = text.len().min(start + 1 + self.roll(40));
        while !text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from.get(self.roll(from.len())).copied().unwrap_or_default()
    }

    fn damaged(&mut self, text: &str) -> String {
        const BITS: &[&str] = &[
            "<",
            ">",
            "/>",
            "&",
            "&amp;",
            "&#0;",
            "\"",
            "'",
            "{",
            "}",
            "[",
            "]",
            "{{",
            ":",
            "- ",
            "#",
            "|",
            "*a",
            "!!binary ",
            "\t",
            "\n",
            "\0",
            "\u{feff}",
            "é",
            "0",
            "-1",
            "65536",
            "99999999999999999999",
            "1e999",
            "null",
            "true",
            "$ref",
            "<!-- ",
            "<![CDATA[",
            "../",
            "%",
        ];
        let mut out = text.to_owned();
        match self.roll(6) {
            0 => out.truncate(self.place(text)),
            1 => out.replace_range(self.span(text), ""),
            2 => {
                let again = text[self.span(text)].to_owned();
                out.insert_str(self.place(text), &again);
            }
            3 => out.insert_str(self.place(text), self.pick(BITS)),
            4 => out.replace_range(self.span(text), self.pick(BITS)),
            // A line is gone, or stands elsewhere.
            _ => {
                let mut lines: Vec<&str> = text.lines().collect();
                let gone = lines.remove(self.roll(lines.len()));
                if self.roll(2) == 0 {
                    lines.insert(self.roll(lines.len() + 1), gone);
                }
                out = lines.join("\n");
            }
        }
        out
    }
}

/// Damages a text, reads it, and compares what could be read.
#[track_caller]
fn survives(file: &str, text: &str, read: impl Fn(SourceFile) -> Result<Content, Diagnostics>) {
    let content = |text: &str| read(SourceFile::new(file, text));
    let old = state("old", content(text).unwrap_or_else(|found| panic!("{found}")));
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut refused, mut differing) = (0, 0);
    for time in 0..TIMES {
        let mut broken = dice.damaged(text);
        if time % 4 == 3 {
            broken = dice.damaged(&broken);
        }
        match content(&broken) {
            Ok(content) => {
                let new = state("new", content);
                // The specs of another product have nothing in common, which is said.
                if compare(&old, &new, None).is_ok() {
                    mirrored(&old, &new);
                    differing += usize::from(!findings(&old, &new).is_empty());
                }
            }
            Err(Diagnostics(found)) => {
                refused += 1;
                assert!(!found.is_empty(), "refused without a reason:\n{broken}");
                // What ends too early is missed behind its end.
                let lines = broken.split('\n').count() + 1;
                // Of nothing at all there is no line.
                let empty = !broken.contains(char::is_alphanumeric);
                for found in found {
                    assert!(
                        found.file == file && ((1..=lines).contains(&found.line) || found.line == 0 && empty),
                        "no place of {lines} lines: {found}\n{broken}"
                    );
                    assert!(!found.message.is_empty() && !found.remedy.is_empty(), "{found}");
                }
            }
        }
    }
    println!("{file}: {TIMES} times damaged, {refused} refused, {differing} differ");
    assert!(
        refused > TIMES / 10 && differing > 0,
        "{file}: {refused} refused, {differing} differ"
    );
}

fn specs(file: &str) -> String {
    std::fs::read_to_string(root().join("specs").join(file)).expect("text")
}

#[test]
fn sbe_schemas() {
    survives("toys.xml", sbe::TOYS, |source| {
        let (schema, _) = read::sbe::read_schema(&source)?;
        Ok(Content::Schema(Box::new(schema)))
    });
}

#[test]
fn fix_dictionaries() {
    survives("toys.xml", fix::TOYS, |source| {
        let (dictionary, _) = read::fix::read_dictionary(&source)?;
        Ok(Content::Dictionary(source.path, Box::new(dictionary)))
    });
}

#[test]
fn openapi_documents() {
    survives(
        "copy-trading/rest.yaml",
        &specs("copy-trading/rest.yaml"),
        |source| {
            let (api, _) = read::openapi::read_product("copy-trading", &[source])?;
            Ok(Content::Document(Box::new(api)))
        },
    );
}

#[test]
fn error_codes() {
    let text = "families:\n  toys: What toys answer\ncodes:\n\
        - {code: -1000, name: UNKNOWN, families: [toys], text: Something went wrong}\n\
        - {code: -1001, name: DISCONNECTED, also: [GONE], families: [toys], text: No answer}\n\
        - {code: '050009', constant: CODE_LEADING, families: [toys], text: A text with leading zeros}\n";
    let document = "openapi: 3.0.3\ninfo: {title: Toys, version: '1'}\nx-product: toys\nx-transport: rest\n\
        x-error-codes: [toys]\nservers:\n- {url: https://toys.example, x-environment: production, description: Toys}\n\
        paths: {}\n";
    survives("shared/error-codes.yaml", text, |source| {
        let sources = Sources {
            product: "toys".to_owned(),
            openapi: vec![SourceFile::new("toys/rest.yaml", document)],
            error_codes: vec![source],
            ..Sources::default()
        };
        Ok(Content::Specs(vec![product::read(&sources)?.0]))
    });
}

const COLLECTION: &str = r#"{
 "info": {"name": "Toys", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
 "item": [
  {"name": "Small", "item": [
   {"name": "All toys (USER_DATA)",
    "request": {"method": "GET", "header": [{"key": "lang", "value": "en", "disabled": true}],
     "url": {"raw": "{{url}}/toys/v1/all", "path": ["toys", "v1", "all"],
      "query": [{"key": "size", "value": "1", "description": "How big"},
       {"key": "timestamp", "value": ""},
       {"key": "signature", "value": ""}]}}},
   {"name": "New toy (TRADE)",
    "request": {"method": "POST", "body": {"mode": "urlencoded", "urlencoded": [{"key": "colour", "value": "red"}]},
     "url": {"raw": "{{url}}/toys/v1/:shop", "path": ["toys", "v1", ":shop"], "variable": [{"key": "shop", "value": "7"}]}}}
  ]}
 ]
}"#;

#[test]
fn collections() {
    survives("Toys.json", COLLECTION, |source| {
        Ok(Content::Collections(vec![read::postman::read_collection(
            &source,
        )?]))
    });
}

/// What stands ever deeper in itself would need a stack without an end.
#[test]
fn nesting_without_an_end() {
    let deep = |open: &str, close: &str| open.repeat(5_000) + &close.repeat(5_000);
    let refused = |found: Result<(), Diagnostics>| {
        let Err(Diagnostics(found)) = found else {
            panic!("something so deep was read");
        };
        assert!(found.iter().all(|found| found.line > 0), "{found:?}");
    };
    let part = deep(r#"<group id="1" name="x">"#, "</group>");
    let schema = SourceFile::new(
        "toys.xml",
        sbe::TOYS.replacen("<data", &format!("{part}<data"), 1),
    );
    refused(read::sbe::read_schema(&schema).map(drop));
    let part = deep("<group name='NoParts' required='N'>", "</group>");
    let dictionary = SourceFile::new(
        "toys.xml",
        fix::TOYS.replacen("</message>", &format!("{part}</message>"), 1),
    );
    refused(read::fix::read_dictionary(&dictionary).map(drop));
    let part = deep(r#"{"item":["#, "]}");
    let collection = SourceFile::new(
        "Toys.json",
        COLLECTION.replacen(
            "{\"name\": \"Small\"",
            &format!("{part},{{\"name\": \"Small\""),
            1,
        ),
    );
    refused(read::postman::read_collection(&collection).map(drop));
    for part in [deep("[", "]"), deep("{a: ", "}")] {
        let text = specs("copy-trading/rest.yaml").replacen(
            "x-error-codes: [sapi]",
            &format!("x-error-codes: {part}"),
            1,
        );
        refused(read::openapi::read_product("copy-trading", &[SourceFile::new("rest.yaml", text)]).map(drop));
    }
}

type Read = fn(&str, &str) -> Result<State, Diagnostics>;

/// Every attribute of a document of XML, changed by itself, is told, or refused where it says nothing sensible then.
#[test]
fn every_attribute_counts() {
    // What is no promise: prose, and what the readers demand or take for granted.
    let mute = |name: &str| name == "description" || name.starts_with("xmlns");
    let inputs: [(&str, Read); 2] = [(sbe::TOYS, sbe::read), (fix::TOYS, fix::read)];
    for (text, read) in inputs {
        let old = read(text, "old").unwrap_or_else(|found| panic!("{found}"));
        let (mut reported, mut refused) = (0, 0);
        for (name, span) in attributes(text) {
            // In a FIX dictionary, what a value is called is its description.
            if mute(name) && !text.contains("<fix") || name.starts_with("xmlns") {
                continue;
            }
            let value = &text[span.clone()];
            let other = match value {
                "Y" => "N".to_owned(),
                "N" => "Y".to_owned(),
                _ => value
                    .parse::<i64>()
                    .map_or_else(|_| format!("{value}X"), |number| (number + 400).to_string()),
            };
            let mut edited = text.to_owned();
            edited.replace_range(span.clone(), &other);
            match read(&edited, "new") {
                Err(_) => refused += 1,
                Ok(new) => {
                    reported += 1;
                    mirrored(&old, &new);
                    let line = text[..span.start].split('\n').count();
                    assert!(
                        !findings(&old, &new).is_empty(),
                        "{name} in line {line}: {value} → {other} is not told"
                    );
                }
            }
        }
        println!("{reported} told, {refused} refused");
        assert!(reported > 20, "{reported} told");
    }
}

/// The attributes of a document of XML, and where their values stand.
fn attributes(text: &str) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(equals) = text[at..].find('=').map(|equals| at + equals) {
        let name = text[..equals].rsplit([' ', '\n']).next().unwrap_or_default();
        let quote = text[equals + 1..]
            .chars()
            .next()
            .filter(|quote| ['"', '\''].contains(quote));
        let start = equals + 2;
        let end = quote
            .and_then(|quote| text[start..].find(quote))
            .map(|end| start + end);
        at = end.map_or(equals, |end| end) + 1;
        if let Some(end) = end {
            found.push((name, start..end));
        }
    }
    found
}
