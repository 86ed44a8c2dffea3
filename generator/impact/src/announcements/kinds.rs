//! What words say becomes of the things that they name.

use super::mentions::Mention;
use super::{Method, News};

/// Whether a text has one of some words.
pub(super) fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// The words of a text in small letters, without the names in it, what links lead to, and what a name is for:
/// "`X` to support users who delete" deletes nothing.
pub(super) fn without_names(text: &str, found: &[Mention]) -> String {
    let mut words = String::with_capacity(text.len());
    let mut at = 0;
    for mention in found {
        if mention.start >= at {
            words.push_str(&text[at..mention.start]);
            at = mention.end;
            if let Some(purpose) = purpose(&text[at..]) {
                at += purpose;
            }
        }
    }
    words.push_str(text.get(at..).unwrap_or_default());
    without_addresses(&words.to_ascii_lowercase())
}

/// The length of what says what a name is for, behind the name.
fn purpose(after: &str) -> Option<usize> {
    let words = after.trim_start_matches(['`', ' ', '*', ':']);
    let verb = words.strip_prefix("to ").or_else(|| words.strip_prefix("To "))?;
    if verb.starts_with("be ") || !verb.starts_with(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    let ends = words.find(". ").unwrap_or(words.len());
    Some(after.len() - words.len() + ends)
}

/// A text without addresses, whose words say nothing.
fn without_addresses(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = ["](", "https://", "http://", "wss://"]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min()
    {
        words.push_str(&rest[..at]);
        rest = &rest[at..];
        let ends = rest.find([')', ' ', '`', '\n']).unwrap_or(rest.len());
        rest = &rest[ends..];
    }
    words.push_str(rest);
    words
}

/// What the words of a line above a list say: of several sentences, the last is the one about the list.
pub(super) fn of_lead(words: &str) -> Option<News> {
    let decisive = words
        .split(". ")
        .filter(|sentence| !sentence.starts_with("please"))
        .filter_map(kind_of_sentence)
        .filter(|kind| *kind != News::Changed);
    decisive.last().or_else(|| of_words(words))
}

/// What words say becomes of something; `None` where they say nothing. The first sentence that says more than that
/// something changes is what counts.
pub(super) fn of_words(words: &str) -> Option<News> {
    let kinds: Vec<News> = words.split(". ").filter_map(kind_of_sentence).collect();
    let decisive = kinds.iter().find(|kind| **kind != News::Changed);
    decisive.or(kinds.first()).copied()
}

fn kind_of_sentence(words: &str) -> Option<News> {
    let has = |all: &[&str]| says(words, all);
    // What is gone for some days comes back.
    let gone = has(&[
        "unavailable",
        "offline",
        "suspend",
        "disabled",
        "not be available",
    ]);
    if gone && has(&["until", "resum", "maintenance", "temporar", "during the"])
        || has(&["under maintenance"])
    {
        return Some(News::Suspended);
    }
    let whole = then(
        words,
        &[
            "endpoint",
            "endpoints",
            "endpoin",
            "enpoints",
            "endpont",
            "api",
            "apis",
            "interface",
            "sapi",
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
        if has(&["add rate limit", "added rate limit", "add weight"]) {
            return Some(News::LimitChange);
        }
        if whole(&["remove", "removed", "delete", "deleted", "discontinue"])
            || has(&[
                "discontinued",
                "no longer",
                "be removed",
                "be deleted",
                "been removed",
                "offline",
                "decommission",
                "be retired",
                "been retired",
                "be unavailable",
                "disabled",
                "disable the following",
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
            || is_added(words)
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

/// "`GET` added", and nothing else.
fn is_added(words: &str) -> bool {
    let mut words = words
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| !word.is_empty() && Method::of_verb(word).is_none());
    words.next() == Some("added") && words.next().is_none()
}

/// Whether one of the words comes before one of `last`, in one sentence.
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
pub(super) fn of_mention(text: &str, mention: &Mention, all: &[Mention], lead: Option<News>) -> Option<News> {
    let own = own_kind(text, mention, all);
    let before = text[..mention.start].to_ascii_lowercase();
    let between = all
        .iter()
        .filter(|other| other.end <= mention.start)
        .map(|other| other.end)
        .max()
        .map_or(before.as_str(), |end| before.get(end..).unwrap_or_default());
    let first = all.first() == Some(mention);
    // "`A` is deprecated, use `B` instead"
    let instead = says(
        between,
        &[
            "use ",
            "using",
            "replaced by",
            "instead",
            "in favor of",
            "refer to",
            "switch to",
            "same as",
            "provided within",
        ],
    );
    if instead && !first {
        return None;
    }
    if instead && matches!(own, Some(News::Deprecated | News::Removed)) {
        return None;
    }
    // "`A` is deleted, `B` is able to achieve the same"
    let after = text[mention.end..].trim_start_matches(['`', ' ', '*']);
    if !first
        && says(
            after.get(..40).unwrap_or(after),
            &["is able to", "can be used", "is the replacement"],
        )
    {
        return None;
    }
    // "new `A` replaces `B`"
    if !first && says(between, &["replace", "to substitute"]) {
        return Some(News::Deprecated);
    }
    let opens = opens(text, mention);
    // "New algo order: `algoOrder.place`", "Faster data: `@depth@100ms`"
    let label = before.trim().trim_matches(['`', ' ', '*']).strip_suffix(':');
    if first
        && !mention.method.is_path()
        && label.is_some_and(|label| label.starts_with("new ") || label.starts_with("faster "))
    {
        return Some(News::Added);
    }
    // A sentence in which a name comes late is no bullet of the list above it.
    let lead = lead.filter(|_| opens || before.split_whitespace().count() <= LABEL);
    // An endpoint at the start of its bullet is what the list is of, but for words that say it is changed.
    Some(match (own, lead) {
        (Some(News::Changed), Some(News::Added)) if opens => News::Added,
        (Some(News::LimitChange), Some(News::Added)) if opens => News::Added,
        (Some(News::Added), Some(News::Changed)) if opens => News::Changed,
        (Some(own), _) => own,
        (None, Some(lead)) => lead,
        (None, None) => News::Changed,
    })
}

/// The most words of a label before a name: `Cancel all open orders: `.
const LABEL: usize = 12;

/// What the words around a name say: its own sentence where a text says something else of another name.
fn own_kind(text: &str, mention: &Mention, all: &[Mention]) -> Option<News> {
    let whole = of_words(&without_names(text, all));
    let starts = text[..mention.start].rfind(". ").map_or(0, |at| at + 2);
    let ends = text[mention.end..]
        .find(". ")
        .map_or(text.len(), |at| mention.end + at);
    let alone = all.iter().all(|other| starts <= other.start && other.end <= ends);
    if alone {
        return whole;
    }
    let inside: Vec<Mention> = all
        .iter()
        .filter(|other| starts <= other.start && other.end <= ends)
        .map(|other| Mention {
            start: other.start - starts,
            end: other.end - starts,
            ..other.clone()
        })
        .collect();
    of_words(&without_names(&text[starts..ends], &inside)).or(whole)
}

/// Whether a bullet begins with the name.
pub(super) fn opens(text: &str, mention: &Mention) -> bool {
    text[..mention.start]
        .trim()
        .trim_matches(['`', '*', ' '])
        .chars()
        .all(|c| c.is_ascii_alphabetic())
        && text[..mention.start].split_whitespace().count() <= 2
}
