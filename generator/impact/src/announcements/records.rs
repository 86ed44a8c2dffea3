//! The logs of the exchange's connectors, collections and OpenAPI document: versions with a date, headings that say what became of
//! what stands below them, and bullets that are records rather than prose.

use super::mentions::{self, Mention};
use super::sections::Section;
use super::{Announcement, Method, News, dates, position, products};

/// The headings, and what they say.
const HEADINGS: [(&str, News); 7] = [
    ("added", News::Added),
    ("changed", News::Changed),
    ("updated", News::Changed),
    ("deprecated", News::Deprecated),
    ("deleted", News::Removed),
    ("removed", News::Removed),
    ("fixed", News::Changed),
];

/// What `### Changed (7)` says.
fn heading(line: &str) -> Option<News> {
    let words = line.strip_prefix("### ")?;
    let word = words.split(['(', ' ']).next()?.to_ascii_lowercase();
    HEADINGS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, news)| *news)
}

/// Whether a section is written so.
pub(super) fn is_record(text: &str, section: &Section) -> bool {
    section.versioned
        && text[section.range.clone()]
            .lines()
            .any(|line| heading(line.trim()).is_some())
}

/// A bullet with all that is indented below it.
struct Bullet {
    start: usize,
    text: String,
    details: Vec<String>,
    /// Where its entries begin.
    entries: usize,
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    section: &'a Section,
    news: News,
    header: Option<&'static str>,
    part: String,
    bullet: Option<Bullet>,
    entries: Vec<Announcement>,
}

/// Reads a section. What names nothing is among the details of its bullet, or a notice.
pub(super) fn read(file: &str, text: &str, section: &Section) -> Vec<Announcement> {
    let mut reader = Reader {
        file,
        text,
        section,
        news: News::Changed,
        header: None,
        part: String::new(),
        bullet: None,
        entries: Vec::new(),
    };
    let mut start = section.range.start;
    for line in text[section.range.clone()].split_inclusive('\n') {
        reader.line(start, line);
        start += line.len();
    }
    reader.end();
    reader.entries
}

impl Reader<'_> {
    fn line(&mut self, start: usize, line: &str) {
        let words = line.trim();
        let indent = line.len() - line.trim_start().len();
        if words.is_empty() {
            return;
        }
        if words.starts_with('#') {
            self.end();
            self.part = words.trim_start_matches(['#', ' ']).to_owned();
            if let Some(news) = heading(words) {
                self.news = news;
                self.part.clear();
            }
            return;
        }
        let bold = words
            .strip_prefix("**")
            .and_then(|rest| rest.trim_end_matches(':').strip_suffix("**"));
        if let Some(name) = bold.filter(|name| !name.contains("**")) {
            self.end();
            self.header = products::of_heading(name.trim_end_matches(':'));
            self.part.clear();
            return;
        }
        let bullet = words.strip_prefix(['-', '*']).map(str::trim_start);
        match bullet {
            Some(words) if indent == 0 => {
                self.end();
                self.bullet = Some(Bullet {
                    start,
                    text: words.to_owned(),
                    details: Vec::new(),
                    entries: self.entries.len(),
                });
                self.names(start, line, words, false);
            }
            None if indent == 0 && words.strip_suffix(':').and_then(products::of_heading).is_some() => {
                self.end();
                self.header = words.strip_suffix(':').and_then(products::of_heading);
            }
            below => {
                let words = below.unwrap_or(words);
                if self.bullet.is_none() {
                    self.bullet = Some(Bullet {
                        start,
                        text: words.to_owned(),
                        details: Vec::new(),
                        entries: self.entries.len(),
                    });
                    self.names(start, line, words, false);
                } else if !self.names(start, line, words, true) {
                    self.detail(words);
                }
            }
        }
    }

    /// Adds an entry for each thing that a line names.
    fn names(&mut self, start: usize, line: &str, words: &str, below: bool) -> bool {
        let Some(bullet) = &self.bullet else { return false };
        let mut found = stated(line);
        // What stands below says what changed; only records name there what it changed of.
        if found.is_empty() && !below {
            found = mentions::find(line, &self.part, &bullet.text, false);
            found.retain(|mention| !mention.name.contains('('));
        } else if found.is_empty() {
            found = mentions::find(line, "", "", false);
            found.retain(|mention| mention.method.is_path());
        }
        let news = self.news_of(&bullet.text);
        let under = below.then(|| bullet.text.clone());
        let details = bullet.details.clone();
        for mention in &found {
            self.entries.push(Announcement {
                date: self.section.date,
                effective: dates::effective(words),
                product: products::of(mention, self.header, self.file),
                kind: news,
                method: mention.method,
                name: mention.name.clone(),
                position: position(self.file, self.text, start + mention.start),
                text: words.to_owned(),
                under: under.clone(),
                details: details.clone(),
            });
        }
        !found.is_empty()
    }

    /// What a bullet says became of what it names.
    fn news_of(&self, text: &str) -> News {
        // ``- `GET /api/v3/thing`: what it is for``
        let purpose = text.strip_prefix('`').and_then(|rest| rest.split_once('`'));
        if purpose.is_some_and(|(_, rest)| rest.starts_with(':')) {
            return self.news;
        }
        // What stands between backticks is a name.
        let lower: String = text.split('`').step_by(2).collect();
        let lower = lower.to_ascii_lowercase();
        let part = ["parameter", "field", "response", "propert", "enum", "value"];
        if lower.contains("deprecated") {
            News::Deprecated
        } else if part.iter().any(|word| lower.contains(word)) {
            News::Changed
        } else if lower.contains("weight") || lower.contains("rate limit") {
            News::LimitChange
        } else {
            self.news
        }
    }

    fn detail(&mut self, words: &str) {
        let Some(bullet) = &mut self.bullet else { return };
        if words.starts_with("affected ") && words.ends_with(':') {
            return;
        }
        bullet.details.push(words.to_owned());
        for entry in self.entries.iter_mut().skip(bullet.entries) {
            entry.details.push(words.to_owned());
        }
    }

    /// Ends a bullet; one that named nothing is a notice.
    fn end(&mut self) {
        let Some(bullet) = self.bullet.take() else { return };
        if self.entries.len() > bullet.entries {
            return;
        }
        self.entries.push(Announcement {
            date: self.section.date,
            effective: dates::effective(&bullet.text),
            product: products::of_notice(&bullet.text, self.header, self.file),
            kind: News::NoticeWithoutEndpoint,
            method: Method::None,
            name: String::new(),
            position: position(self.file, self.text, bullet.start),
            text: bullet.text,
            under: None,
            details: bullet.details,
        });
    }
}

/// What a line names in the form of records: ``(`PUT /dapi/v1/order`)``, ``(`order.modify` method)``,
/// ``(`<symbol>@trade` stream)``.
fn stated(line: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("(`") {
        let start = at + 2;
        let Some((name, after)) = line[start..].split_once('`') else {
            continue;
        };
        let end = start + name.len();
        let (method, name) = match after.split(')').next().unwrap_or_default().trim() {
            "method" => (Method::WsApi, name),
            "stream" => (Method::Stream, name),
            "" => match name.split_once(' ') {
                Some((verb, path)) if path.starts_with('/') => {
                    (Method::of_verb(verb).unwrap_or(Method::Unnamed), path)
                }
                _ => continue,
            },
            _ => continue,
        };
        found.push(Mention {
            method,
            name: name.to_owned(),
            start,
            end,
        });
    }
    found
}
