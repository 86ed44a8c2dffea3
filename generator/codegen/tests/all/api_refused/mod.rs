//! What is wrong with an API spec is told with file, line, message and remedy; nothing panics, whatever the text.

mod documents;
mod error_codes;
mod operations;
mod rate_limits;
mod requests;
mod schemas;
mod server;
mod shared;
mod streams;
use binance_wire_codegen::product;
use binance_wire_codegen::render::Renderer;
use binance_wire_codegen::versions::Versions;
use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::product::{Sources, read as read_specs};
use binance_wire_model::read;

use crate::support;
use proptest::prelude::*;

const REST: &str = "nasty/rest.yaml";
const ANSWERS: &str = "nasty/answers.yaml";
const WS_API: &str = "nasty/ws-api.yaml";
const STREAMS: &str = "nasty/ws-streams.yaml";
const SERVER: &str = "nasty/server.yaml";
const WEBHOOKS: &str = "nasty/webhooks.yaml";
const ENUMS: &str = "shared/enums.yaml";
const OBJECTS: &str = "shared/objects.yaml";
const CODES: &str = "shared/error-codes.yaml";

fn sources() -> Sources {
    support::api_sources(
        "nasty",
        &support::root().join("generator/codegen/tests/nasty/specs"),
    )
}

/// The text of a file of `sources`.
fn text<'s>(sources: &'s mut Sources, path: &str) -> &'s mut String {
    let files = sources.openapi.iter_mut().chain(&mut sources.error_codes);
    &mut files
        .into_iter()
        .find(|file| file.path == path)
        .unwrap_or_else(|| panic!("no file {path}"))
        .text
}

/// What is said about the specs, of the leaf crate and of the product, with the first `from` in `path` put in the place of `to`.
fn refused(path: &str, from: &str, to: &str) -> Vec<Diagnostic> {
    let mut sources = sources();
    let text = text(&mut sources, path);
    assert!(text.contains(from), "{path} has no `{from}`");
    *text = text.replacen(from, to, 1);
    said(&sources)
}

fn said(sources: &Sources) -> Vec<Diagnostic> {
    let templates = support::templates();
    let renderer = Renderer::new(&templates).expect("templates");
    let found = |result: Result<(), product::Error>| match result {
        Ok(()) => Vec::new(),
        Err(product::Error::Specs(found)) => found.0,
        Err(product::Error::Templates(error)) => panic!("{error:?}"),
    };
    let mut shared = sources.clone();
    shared.openapi.retain(|file| file.path.starts_with("shared/"));
    let mut said = found(product::render_shared(&shared, &Versions::default(), &renderer).map(drop));
    for diagnostic in found(product::render(sources, &Versions::default(), &renderer).map(drop)) {
        // What is wrong with a shared file is found twice, in the same words.
        if !said.contains(&diagnostic) {
            said.push(diagnostic);
        }
    }
    said
}

/// The line in which `needle` ends, counted from one.
fn line_of(text: &str, needle: &str) -> usize {
    let start = text.find(needle).unwrap_or_else(|| panic!("no `{needle}`"));
    1 + text[..start + needle.trim_end_matches('\n').len()]
        .matches('\n')
        .count()
}

struct Fault<'f> {
    file: &'f str,
    /// What is replaced by what.
    from: &'f str,
    to: &'f str,
    /// What stands in the line that is named, after the replacement.
    at: &'f str,
    message: &'f str,
    remedy: &'f str,
}

const fn fault<'f>(
    file: &'f str,
    from: &'f str,
    to: &'f str,
    at: &'f str,
    message: &'f str,
    remedy: &'f str,
) -> Fault<'f> {
    Fault {
        file,
        from,
        to,
        at,
        message,
        remedy,
    }
}

fn check(faults: &[Fault<'_>]) {
    let mut wrong = String::new();
    for Fault {
        file,
        from,
        to,
        at,
        message,
        remedy,
    } in faults
    {
        let found = refused(file, from, to);
        let mut changed = sources();
        let changed = text(&mut changed, file);
        *changed = changed.replacen(from, to, 1);
        let line = line_of(changed, at);
        let said = found.iter().any(|d| {
            d.file == *file && d.line == line && d.message.contains(message) && d.remedy.contains(remedy)
        });
        if !said {
            wrong += &format!(
                "`{to}` should be told at {file}:{line} with `{message}`; `{remedy}`, and is with {found:#?}\n"
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_nasty_spec_itself_is_accepted() {
    assert_eq!(said(&sources()), []);
}

#[test]
fn nesting_without_end_is_an_error_and_not_a_crash() {
    let inline = format!(
        "{}{{type: string}}{}",
        "{type: array, items: ".repeat(110),
        "}".repeat(110)
    );
    for deep in [
        inline,
        format!(
            "{}{{type: string}}{}",
            "{type: array, items: ".repeat(5000),
            "}".repeat(5000)
        ),
    ] {
        let found = refused(REST, "text: {type: string}\n", &format!("text: {deep}\n"));
        assert!(!found.is_empty() && found[0].file == REST, "{found:?}");
    }
    let mut chain = String::new();
    for link in 0..3000 {
        let next = link + 1;
        chain += &format!(
            "    Link{link}x: {{type: object, properties: {{next: {{$ref: '#/components/schemas/Link{next}x'}}}}}}\n"
        );
    }
    chain += "    Link3000x: {type: object}\n";
    let mut sources = sources();
    let rest = text(&mut sources, REST);
    *rest = rest.replacen(
        "text: {type: string}\n",
        "text: {$ref: '#/components/schemas/Link0x'}\n",
        1,
    );
    *rest += &chain;
    let found = said(&sources);
    assert!(
        found
            .iter()
            .any(|d| d.message.contains("too many levels") || d.message.contains("too deeply")),
        "{found:?}"
    );
}

#[test]
fn all_faults_of_a_document_are_reported_at_once() {
    let mut sources = sources();
    let rest = text(&mut sources, REST);
    *rest = rest
        .replacen("x-security: MARGIN", "x-security: ALL", 1)
        .replacen("x-limit: uid", "x-limit: all", 1);
    let codes = text(&mut sources, CODES);
    *codes = codes.replacen("code: -1001", "code: -1000", 1);
    assert_eq!(said(&sources).len(), 3);
}

/// One change of a text, by numbers that are taken modulo what there is.
fn mutated(text: &str, kind: u8, first: usize, second: usize, byte: u8) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let (first_line, second_line) = (first % lines.len(), second % lines.len());
    match kind % 6 {
        0 => drop(lines.remove(first_line)),
        1 => lines.insert(second_line, lines[first_line]),
        2 => lines.swap(first_line, second_line),
        3 => lines.truncate(first_line),
        4 => {
            let mut bytes = text.as_bytes().to_vec();
            let at = first % bytes.len();
            bytes[at] = byte;
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        _ => {
            let mut bytes = text.as_bytes().to_vec();
            let at = first % bytes.len();
            bytes[at] ^= 1 << (second % 8);
            return String::from_utf8_lossy(&bytes).into_owned();
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(
        file in 0_usize..9,
        changes in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>(), any::<u8>()), 1..5),
    ) {
        let mut sources = sources();
        let path = [REST, WS_API, STREAMS, SERVER, WEBHOOKS, ENUMS, OBJECTS, CODES, ANSWERS][file];
        for (kind, first, second, byte) in changes {
            let text = text(&mut sources, path);
            if !text.is_empty() {
                *text = mutated(text, kind, first, second, byte);
            }
        }
        // Either is right; `lower` is reached by what is still well-formed.
        if let Ok((model, _)) = read_specs(&sources) {
            let _ = binance_wire_codegen::lower::api::lower(&model.api, &Default::default());
        }
        sources.openapi.retain(|file| file.path.starts_with("shared/"));
        let _ = read::openapi::read_shared(&sources.openapi);
        if let Ok(codes) = read::openapi::read_error_codes(&sources.error_codes) {
            let _ = binance_wire_codegen::lower::api::lower_shared("shared", &codes, "1.0.0");
        }
    }
}
