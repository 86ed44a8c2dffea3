//! The sections of a log: which of their bullets are about an endpoint, and which are notices without one.

use super::kinds::{self, says};
use super::mentions::{self, Mention};
use super::sections::Section;
use super::{Announcement, Method, News, dates, position, products};

/// A bullet, or the text between two.
struct Piece<'a> {
    start: usize,
    text: &'a str,
}

/// A line above bullets that says what became of them.
struct Lead<'a> {
    piece: &'a Piece<'a>,
    kind: Option<News>,
    date: Option<dates::Date>,
    /// Whether a bullet below it names something. A lead without one is a notice itself.
    used: bool,
    /// The bullets below it that name nothing.
    details: Vec<String>,
}

/// What a bullet without names belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Above {
    Nothing,
    Lead,
    /// The entries from this one on.
    Entries(usize),
}

/// A section while it is read.
struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    section: &'a Section,
    /// The date in a banner above the first bullet.
    banner: Option<dates::Date>,
    /// The product that the names of the section belong to, where no header says so.
    around: Option<&'static str>,
    lead: Option<Lead<'a>>,
    above: Above,
    /// A line above the next entry that says nothing itself.
    heading: Option<&'a Piece<'a>>,
    header: Option<&'static str>,
    /// The part of the API, where a header names it: `WEBSOCKET USER DATA STREAM`.
    part: &'static str,
    entries: Vec<Announcement>,
}

/// Reads one section. Every bullet with words in it ends up in an entry: as its text, among its details, as the line
/// above it, or as a notice without an endpoint.
pub(super) fn read(file: &str, text: &str, section: &Section) -> Vec<Announcement> {
    let body = &text[section.range.clone()];
    let pieces = pieces(body, section.row);
    let mut reader = Reader {
        file,
        text,
        section,
        banner: pieces.first().and_then(|piece| banner_date(piece.text)),
        around: products::around(body),
        lead: None,
        above: Above::Nothing,
        heading: None,
        header: None,
        part: "",
        entries: Vec::new(),
    };
    for piece in &pieces {
        reader.piece(piece);
    }
    reader.end_part();
    reader.entries
}

impl<'a> Reader<'a> {
    fn piece(&mut self, piece: &'a Piece<'a>) {
        let words = piece.text.trim();
        let lead = self.lead.as_ref().map_or("", |lead| lead.piece.text.trim());
        let short = products::has_short_paths(self.file);
        let found = mentions::find(piece.text, self.part, lead, short);
        let first = found.first().map_or(piece.text.len(), |mention| mention.start);
        let opens_with_name = piece.text[..first]
            .trim()
            .trim_matches(['`', '*', ' '])
            .chars()
            .all(|c| c.is_ascii_uppercase());
        // A line that says something by itself ends the list before it.
        let alone = !opens_with_name && starts_sentence(words);
        if alone {
            self.end_list();
        }
        let own = kinds::of_words(&kinds::without_names(piece.text, &found));
        let date = dates::effective(piece.text);
        let named = self.mentions(piece, &found, date);
        // Some leads have lost their colon, or never had one.
        let colon = words.trim_end_matches(['*', ' ']).ends_with(':');
        let leads = match found.is_empty() {
            true => colon || alone && own.is_some() || self.above == Above::Nothing && is_heading(words, own),
            false => colon && (!opens_with_name || own.is_some()),
        };
        // `**Effective Date: 2026-06-30**` above everything says nothing else.
        let banner = self.entries.is_empty()
            && self.banner.is_some()
            && date == self.banner
            && found.is_empty()
            && own.is_none();
        if banner {
            self.end_list();
        } else if leads {
            let own = kinds::of_lead(&kinds::without_names(piece.text, &found)).filter(|_| own.is_some());
            self.lead(piece, own, date, named);
        } else if !named && !is_header(words) {
            self.nameless(piece, alone);
        }
        if let Some(header) = last_header(words) {
            self.end_part();
            self.header = Some(header);
            self.part = "";
        }
        if banner {
            self.heading = Some(piece);
        }
        if let Some(part) = part_of(words) {
            self.part = part;
            if is_header(words) {
                self.above = Above::Nothing;
            }
        }
    }

    /// Adds an entry for each thing that a bullet names.
    fn mentions(&mut self, piece: &Piece<'_>, found: &[Mention], date: Option<dates::Date>) -> bool {
        self.flush_lead();
        let lead = self.lead.as_ref();
        let above: Vec<&str> = self
            .heading
            .into_iter()
            .chain(lead.map(|lead| lead.piece))
            .map(|piece| words_of(piece.text))
            .collect();
        let above = (!above.is_empty()).then(|| above.join(" "));
        let (lead_kind, lead_date) = lead.map_or((None, None), |lead| (lead.kind, lead.date));
        let first = self.entries.len();
        for mention in found {
            let Some(mut kind) = kinds::of_mention(piece.text, mention, found, lead_kind) else {
                continue;
            };
            if kind == News::Changed && self.continues_addition(piece, mention, found) {
                kind = News::Added;
            }
            // The date of a list holds for what the list says, not for what a bullet says otherwise.
            let lead_date = lead_date
                .filter(|_| matches!(lead_kind, None | Some(News::Changed)) || lead_kind == Some(kind));
            self.entries.push(Announcement {
                date: self.section.date,
                effective: date.or(lead_date).or(self.banner),
                product: products::of(mention, self.header.or(self.around), self.file),
                kind,
                method: mention.method,
                name: mention.name.clone(),
                position: self.position(piece.start + mention.start),
                text: words_of(piece.text).to_owned(),
                under: above.clone(),
                details: Vec::new(),
            });
        }
        if self.entries.len() == first {
            return false;
        }
        self.above = Above::Entries(first);
        self.heading = None;
        if let Some(lead) = &mut self.lead {
            lead.used = true;
        }
        true
    }

    /// Whether a bullet goes on with a list of new methods: "New algo order: `algoOrder.place`", "Cancel algo order:
    /// `algoOrder.cancel`". Its own words say only what the method does.
    fn continues_addition(&self, piece: &Piece<'_>, mention: &Mention, found: &[Mention]) -> bool {
        let object = |name: &str| name.rsplit_once('.').map(|(object, _)| object.to_owned());
        let label = piece.text[..mention.start].trim_end_matches(['`', ' ', '*']);
        mention.method == Method::WsApi
            && found.len() == 1
            && label.ends_with(':')
            && kinds::of_words(&kinds::without_names(piece.text, found)).is_none()
            && self.above != Above::Nothing
            && self.entries.last().is_some_and(|last| {
                last.kind == News::Added
                    && last.method == mention.method
                    && object(&last.name) == object(&mention.name)
            })
    }

    fn lead(&mut self, piece: &'a Piece<'a>, own: Option<News>, date: Option<dates::Date>, named: bool) {
        // A lead below a lead says more of the same, unless it says otherwise.
        let (mut kind, mut outer) = (None, None);
        match self.lead.take() {
            Some(lead)
                if own.is_none() && !lead.used && lead.details.is_empty() && self.heading.is_none() =>
            {
                (kind, outer) = (lead.kind, lead.date);
                self.heading = Some(lead.piece);
            }
            Some(lead) => {
                (kind, outer) = (lead.kind, lead.date);
                self.lead = Some(lead);
                self.end_list();
            }
            None => self.end_list(),
        }
        self.lead = Some(Lead {
            piece,
            kind: own.or(kind),
            date: date.or(outer),
            used: named,
            details: Vec::new(),
        });
        if !named {
            self.above = Above::Lead;
        }
        if names_more_than_endpoints(piece.text) {
            self.notice(piece.start, piece.text, Vec::new());
            self.above = Above::Lead;
        }
    }

    /// A bullet that names no endpoint: more about what is above it, or a notice.
    fn nameless(&mut self, piece: &Piece<'_>, alone: bool) {
        let words = words_of(piece.text);
        if !words.contains(char::is_alphanumeric) {
            return;
        }
        if alone || names_more_than_endpoints(words) {
            self.flush_lead();
            if let Some(lead) = self
                .lead
                .as_mut()
                .filter(|lead| !lead.used && self.heading.is_none())
            {
                lead.used = true;
                self.heading = Some(lead.piece);
            }
            return self.notice(piece.start, piece.text, Vec::new());
        }
        match (self.above, &mut self.lead) {
            (Above::Lead, Some(lead)) if !is_header(lead.piece.text.trim()) => {
                lead.details.push(words.to_owned())
            }
            (Above::Entries(first), _) => {
                for entry in self.entries.iter_mut().skip(first) {
                    entry.details.push(words.to_owned());
                }
            }
            _ => self.notice(piece.start, piece.text, Vec::new()),
        }
    }

    /// Adds what names no endpoint.
    fn notice(&mut self, start: usize, text: &str, details: Vec<String>) {
        let indent = text.len() - text.trim_start().len();
        self.entries.push(Announcement {
            date: self.section.date,
            effective: dates::effective(text).or(self.banner),
            product: products::of_notice(text, self.header.or(self.around), self.file),
            kind: News::NoticeWithoutEndpoint,
            method: Method::None,
            name: String::new(),
            position: self.position(start + indent),
            text: words_of(text).to_owned(),
            under: self.heading.take().map(|piece| words_of(piece.text).to_owned()),
            details,
        });
        self.above = Above::Entries(self.entries.len() - 1);
    }

    /// Ends the list below a lead. A lead that nothing below it names an endpoint for is a notice, or a heading of what
    /// comes next.
    fn end_list(&mut self) {
        let unused = self.lead.take().filter(|lead| !lead.used);
        if let Some(lead) = unused.filter(|lead| !is_header(lead.piece.text.trim())) {
            let colon = lead.piece.text.trim().trim_end_matches(['*', ' ']).ends_with(':');
            let heads = lead.details.is_empty() && (colon || is_heading(lead.piece.text.trim(), lead.kind));
            match heads && self.heading.is_none() {
                true => self.heading = Some(lead.piece),
                false => self.notice(lead.piece.start, lead.piece.text, lead.details),
            }
        }
        self.above = Above::Nothing;
    }

    /// A lead with bullets that name nothing is a notice, whatever the next bullet is.
    fn flush_lead(&mut self) {
        if let Some(lead) = &mut self.lead
            && !lead.details.is_empty()
        {
            lead.used = true;
            let (piece, details) = (lead.piece, std::mem::take(&mut lead.details));
            self.notice(piece.start, piece.text, details);
        }
    }

    /// Ends what is below a header. A heading without anything below it is a notice.
    fn end_part(&mut self) {
        self.end_list();
        if let Some(heading) = self.heading.take() {
            self.notice(heading.start, heading.text, Vec::new());
            self.above = Above::Nothing;
        }
    }

    fn position(&self, offset: usize) -> super::Position {
        position(self.file, self.text, self.section.range.start + offset)
    }
}

/// A bullet without its dash.
fn words_of(text: &str) -> &str {
    let words = text.trim();
    words.strip_prefix("- ").unwrap_or(words).trim_start()
}

/// Whether a text speaks of what is no endpoint and concerns users all the same: an error code or an address.
fn names_more_than_endpoints(text: &str) -> bool {
    let code = text.match_indices('-').any(|(at, _)| {
        let before = text[..at].ends_with(['`', ' ', '(', '"', '*', '/', '[']);
        let digits = text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        before && (4..=5).contains(&digits)
    });
    code || says(text, &["wss://", "error code"])
}

/// Whether a text is a few words above a list.
fn is_heading(words: &str, own: Option<News>) -> bool {
    own.is_none() && words.split_whitespace().count() <= 5 && !words.contains(['`', ':']) && !is_header(words)
}

/// Whether a text is nothing but the names of products and of parts of an API.
fn is_header(words: &str) -> bool {
    let joins = ["and", "for", "the", "api", "apis"];
    let mut rest = words.trim_matches(['*', '#', ':', ' ', '-']).to_ascii_lowercase();
    let length = rest.len();
    // Longer names come first, so that none leaves half of another.
    for name in products::names().chain(PARTS) {
        rest = rest.replace(&name.to_ascii_lowercase(), " ");
    }
    rest.len() < length
        && rest
            .split(|c: char| !c.is_alphanumeric())
            .all(|word| word.is_empty() || joins.contains(&word))
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
    if is_header(words)
        && let Some(first) = products::first(words)
    {
        return Some(first);
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
const PARTS: [&str; 18] = [
    "WEBSOCKET MARKET STREAMS",
    "MARKET STREAMS",
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
fn starts_sentence(words: &str) -> bool {
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
