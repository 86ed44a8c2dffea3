//! What a section's words say of the endpoints in it.

use super::dates;
use super::mentions::{self, Mention};
use super::sections::Section;
use super::{Announcement, News, position, products};

/// A bullet, or what stands between two.
struct Piece<'a> {
    start: usize,
    text: &'a str,
}

/// What is carried from bullet to bullet.
#[derive(Default)]
struct Carried {
    /// The last line that ended in a colon.
    lead: String,
    lead_kind: Option<News>,
    lead_date: Option<dates::Date>,
    header: Option<&'static str>,
    /// The part of the API, where a header names it: `WEBSOCKET USER DATA STREAM`.
    part: String,
}

/// Reads one section.
pub(super) fn read(file: &str, text: &str, section: &Section, entries: &mut Vec<Announcement>) {
    let body = &text[section.range.clone()];
    let pieces = pieces(body, section.row);
    let banner = pieces.first().and_then(|piece| banner_date(piece.text));
    let mut carried = Carried::default();
    for piece in &pieces {
        let words = piece.text.trim();
        let context = format!("{} {}", carried.part, carried.lead);
        let found = mentions::find(piece.text, &context);
        let first = found.first().map_or(piece.text.len(), |mention| mention.start);
        let opens_with_name = piece.text[..first]
            .trim()
            .trim_matches(['`', '*', ' '])
            .chars()
            .all(|c| c.is_ascii_uppercase());
        // A line that says something by itself ends the list before it.
        if !opens_with_name && starts_anew(words) {
            carried.lead.clear();
            carried.lead_kind = None;
            carried.lead_date = None;
        }
        let own = kind_of(&without_names(piece.text, &found));
        let date = dates::effective(piece.text);
        for mention in &found {
            let Some(kind) = kind_of_mention(piece.text, mention, &found, own, carried.lead_kind) else {
                continue;
            };
            entries.push(Announcement {
                date: section.date,
                effective: date.or(carried.lead_date).or(banner),
                product: products::of(mention, carried.header, file),
                kind,
                method: mention.method,
                name: mention.name.clone(),
                position: position(file, text, section.range.start + piece.start + mention.start),
                text: words.chars().take(160).collect(),
            });
        }
        let colon = words.trim_end_matches(['*', ' ']).ends_with(':');
        // Some leads have lost their colon, or never had one.
        let leads = match found.is_empty() {
            true => colon || starts_anew(words) && own.is_some(),
            false => colon && (!opens_with_name || own.is_some()),
        };
        if leads {
            carried.lead = words.to_owned();
            carried.lead_kind = own.or(carried.lead_kind);
            carried.lead_date = date.or(carried.lead_date);
        }
        if let Some(header) = last_header(words) {
            carried.header = Some(header);
            carried.part.clear();
            carried.lead.clear();
            carried.lead_kind = None;
            carried.lead_date = None;
        }
        if let Some(part) = part_of(words) {
            carried.part = part.to_owned();
        }
    }
}

/// Bullets by line, or by the dashes that are left of them in a flattened text; rows of a table by sentence.
fn pieces(body: &str, row: bool) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let marks: &[&str] = if row {
        &[". ", "; "]
    } else {
        &["\n", " - ", " * ", "| "]
    };
    while at < body.len() {
        let rest = &body[at..];
        match marks.iter().find(|mark| rest.starts_with(**mark)) {
            Some(mark) => {
                found.push(Piece {
                    start,
                    text: &body[start..at],
                });
                at += mark.len();
                start = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    found.push(Piece {
        start,
        text: &body[start..],
    });
    found.retain(|piece| !piece.text.trim_matches(['-', ' ', '\n']).is_empty());
    found
}

/// `**Effective Date: 2026-06-30**`, and notices for the whole section.
fn banner_date(text: &str) -> Option<dates::Date> {
    let lower = text.to_ascii_lowercase();
    [
        "effective",
        "release date",
        "take effect",
        "will be",
        "will occur",
        "rolled out",
    ]
    .iter()
    .any(|word| lower.contains(word))
    .then(|| dates::effective(text))
    .flatten()
}

/// The header that a text is or ends with: of several, the first is meant.
fn last_header(words: &str) -> Option<&'static str> {
    if let Some(found) = products::header(words) {
        return Some(found);
    }
    // `USDⓈ-M Futures REST`, `European Options Websocket User Data Stream:`
    let trimmed = words.trim_end_matches([':', '*', ' ']);
    PARTS.iter().find_map(|part| {
        let cut = trimmed.len().checked_sub(part.len())?;
        let (before, end) = (trimmed.get(..cut)?, trimmed.get(cut..)?);
        end.eq_ignore_ascii_case(part)
            .then(|| products::header(before))
            .flatten()
    })
}

/// The parts of an API that headers name, the longest first.
const PARTS: [&str; 16] = [
    "WEB SOCKET USER DATA STREAM",
    "WEBSOCKET USER DATA STREAM",
    "USER DATA STREAMS",
    "USER DATA STREAM",
    "WEB SOCKET STREAM",
    "WEBSOCKET STREAMS",
    "WEBSOCKET STREAM",
    "WEBSOCKET API",
    "WEBSOCKET",
    "GENERAL CHANGES",
    "REST RATE LIMIT WEIGHT",
    "REST API",
    "SPOT API",
    "REST",
    "SAPI",
    "ENUM",
];

fn part_of(words: &str) -> Option<&'static str> {
    let trimmed = words.trim_end_matches([':', '*', ' ']);
    PARTS
        .iter()
        .find(|part| {
            trimmed
                .len()
                .checked_sub(part.len())
                .and_then(|cut| trimmed.get(cut..))
                .is_some_and(|end| end.eq_ignore_ascii_case(part))
        })
        .copied()
}

/// Whether a bullet says by itself what it is about.
fn starts_anew(words: &str) -> bool {
    let first = words
        .trim_start_matches(['*', '#', ' '])
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    [
        "new",
        "add",
        "added",
        "adding",
        "update",
        "updated",
        "updates",
        "change",
        "changes",
        "changed",
        "delete",
        "deleted",
        "remove",
        "removed",
        "the",
        "effective",
        "please",
        "deprecate",
        "deprecated",
        "rate",
        "as",
        "adjust",
        "support",
        "from",
        "starting",
        "following",
        "modify",
        "modified",
        "increase",
        "fix",
        "fixed",
    ]
    .iter()
    .any(|word| first.eq_ignore_ascii_case(word))
}

/// The words of a text without the names in it, in small letters.
fn without_names(text: &str, found: &[Mention]) -> String {
    let mut words = String::with_capacity(text.len());
    let mut at = 0;
    for mention in found {
        if mention.start >= at {
            words.push_str(&text[at..mention.start]);
            at = mention.end;
        }
    }
    words.push_str(&text[at..]);
    words.to_ascii_lowercase()
}

/// What words say becomes of something; `None` where they say nothing. The first sentence that says more than that
/// something changes is what counts.
fn kind_of(words: &str) -> Option<News> {
    let kinds: Vec<News> = words.split(". ").filter_map(kind_of_sentence).collect();
    let telling = kinds.iter().find(|kind| **kind != News::Changed);
    telling.or(kinds.first()).copied()
}

fn kind_of_sentence(words: &str) -> Option<News> {
    let has = |all: &[&str]| all.iter().any(|word| words.contains(word));
    let whole = then(
        words,
        &[
            "endpoint",
            "endpoints",
            "api",
            "apis",
            "interface",
            "stream",
            "streams",
            "event",
            "method",
        ],
    );
    // What is about a part of an endpoint is a change of it, whatever becomes of the part.
    let part = has(&[
        "parameter",
        "field",
        "param ",
        "params",
        "response",
        "enum",
        "error code",
        "transfer type",
        "default",
        "permission",
        "description",
        "status",
        "error message",
        "documentation",
        "in endpoint",
        "to endpoint",
        "new key",
        "new type",
        "reason type",
        "in payload",
        "in event",
        "in stream",
    ]) && !has(&["new event", "new stream"]);
    if !part || has(&["permanently removed", "removed deprecated"]) {
        if has(&[
            "permanently removed",
            "removed deprecated",
            "delete this endpoint",
        ]) {
            return Some(News::Removed);
        }
        if has(&["deprecat"]) {
            return Some(News::Deprecated);
        }
        if whole(&["remove", "removed", "delete", "deleted", "discontinue"])
            || has(&[
                "discontinued",
                "no longer",
                "will be removed",
                "been removed",
                "offline",
                "decommission",
                "be retired",
                "been retired",
                "be unavailable",
                "disabled",
                "be delisted",
                "removed the",
                "remove the following",
                "delete the following",
                "stop being maintained",
            ])
        {
            return Some(News::Removed);
        }
        if whole(&["new", "add", "added", "adding"])
            || has(&[
                "will be enabled",
                "published",
                "released",
                "been added",
                "is added",
                "are added",
                "are available",
                "is available",
            ])
            || words.trim().trim_matches(['`', ' ', '*', '-', ':', '.']) == "added"
        {
            return Some(News::Added);
        }
    }
    if has(&[
        "weight",
        "rate limit",
        "ratelimit",
        "request limit",
        "ip limit",
        "uid limit",
        "limit adjust",
    ]) && !has(&["field"])
    {
        return Some(News::LimitChange);
    }
    let changes = has(&[
        "update", "change", "adjust", "modif", "fix", "support", "correct", "increase", "decrease", "reduce",
        "limit",
    ]);
    (changes || part).then_some(News::Changed)
}

/// Tells whether one of the words comes before one of `last`, in one sentence.
fn then<'a>(words: &'a str, last: &'a [&'a str]) -> impl Fn(&[&str]) -> bool + 'a {
    move |first| {
        words.split(['.', ';']).any(|sentence| {
            let mut seen = false;
            sentence.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
                seen |= first.contains(&word);
                seen && last.contains(&word)
            })
        })
    }
}

/// What becomes of one of the things that a text names; `None` where it is only what is to be used instead.
fn kind_of_mention(
    text: &str,
    mention: &Mention,
    all: &[Mention],
    own: Option<News>,
    lead: Option<News>,
) -> Option<News> {
    let before = text[..mention.start].to_ascii_lowercase();
    let between = all
        .iter()
        .filter(|other| other.end <= mention.start)
        .map(|other| other.end)
        .max()
        .map_or(before.as_str(), |end| before.get(end..).unwrap_or_default());
    let says = |all: &[&str]| all.iter().any(|word| between.contains(word));
    let first = all.first() == Some(mention);
    // "`A` is deprecated, use `B` instead"
    let instead = says(&[
        "use ",
        "using",
        "replaced by",
        "instead",
        "in favor of",
        "refer to",
        "switch to",
        "same as",
    ]);
    if instead && !first {
        return None;
    }
    if instead && matches!(own, Some(News::Deprecated | News::Removed)) {
        return None;
    }
    // "new `A` replaces `B`"
    if !first && says(&["replace", "to substitute"]) {
        return Some(News::Deprecated);
    }
    // An endpoint at the start of its bullet is what the list is of, but for words that say it is changed.
    Some(match (own, lead) {
        (Some(News::Changed), Some(News::Added)) if opens(text, mention) => News::Added,
        (Some(News::LimitChange), Some(News::Added)) if opens(text, mention) => News::Added,
        (Some(News::Added), Some(News::Changed)) if opens(text, mention) => News::Changed,
        (Some(own), _) => own,
        (None, Some(lead)) => lead,
        (None, None) => News::Changed,
    })
}

/// Whether a bullet begins with the name.
fn opens(text: &str, mention: &Mention) -> bool {
    text[..mention.start]
        .trim()
        .trim_matches(['`', '*', ' '])
        .chars()
        .all(|c| c.is_ascii_alphabetic())
        && text[..mention.start].split_whitespace().count() <= 2
}
