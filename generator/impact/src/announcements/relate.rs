//! What a log says beside what was found to differ.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Announcement, Date, Method, News};

/// A difference between two states of the specs, as far as a log could speak of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The product, as the specs call it.
    pub product: String,
    /// What became of it.
    pub kind: News,
    /// The HTTP method, or what kind of thing the name is of.
    pub method: Method,
    /// The path with a slash before it, or the name.
    pub name: String,
}

/// An entry and the findings that are about the same thing, by their places in the lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// The entry.
    pub entry: usize,
    /// The findings.
    pub findings: Vec<usize>,
    /// Whether one of them is of the entry's kind; otherwise the log says something else happened.
    pub agrees: bool,
}

/// How a log and findings are related.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Relation {
    /// In both.
    pub both: Vec<Match>,
    /// In the specs only: findings of which the log says nothing.
    pub specs_only: Vec<usize>,
    /// In the log only: entries for which nothing differs, each with the day from which it holds.
    pub log_only: Vec<(usize, Date)>,
    /// Notices without an endpoint: nothing can be related to them, so somebody has to read them.
    pub notices: Vec<usize>,
}

/// Relates the entries of logs to findings.
///
/// A thing is the same where method and path agree; spellings differ in slashes at the end and in what parameters of
/// the path and of a stream's name are called. A log may name all endpoints below a path, `/papi/v2/b402/*`, or an endpoint
/// of its product by the last part of its path, `/verify`. A log that names no method means any. The product decides only
/// where a name is one in several products, as names of streams and events are.
pub fn relate(entries: &[Announcement], findings: &[Difference]) -> Relation {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, finding) in findings.iter().enumerate() {
        by_name.entry(plain_name(&finding.name)).or_default().push(at);
    }
    let mut relation = Relation::default();
    let mut related = vec![false; findings.len()];
    for (at, entry) in entries.iter().enumerate() {
        if entry.kind == News::NoticeWithoutEndpoint {
            relation.notices.push(at);
            continue;
        }
        let named: Vec<usize> = match is_part(&entry.name) {
            true => (0..findings.len())
                .filter(|&at| covers(&entry.name, &findings[at].name))
                .filter(|&at| entry.product == findings[at].product)
                .collect(),
            false => by_name.get(&plain_name(&entry.name)).cloned().unwrap_or_default(),
        };
        let found: Vec<usize> = named
            .into_iter()
            .filter(|&finding| same(entry, &findings[finding]))
            .collect();
        if found.is_empty() {
            relation
                .log_only
                .push((at, entry.effective.unwrap_or(entry.date)));
            continue;
        }
        for &finding in &found {
            related[finding] = true;
        }
        relation.both.push(Match {
            entry: at,
            agrees: found.iter().any(|&finding| findings[finding].kind == entry.kind),
            findings: found,
        });
    }
    relation.specs_only = (0..findings.len()).filter(|&at| !related[at]).collect();
    relation
}

/// Whether a name is a part of a path: all endpoints below it, or one without its root and version.
pub(crate) fn is_part(name: &str) -> bool {
    let Some(path) = name.strip_prefix('/') else {
        return false;
    };
    let short = path.split('/').count() <= 2;
    name.ends_with("/*") || short && path.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'/')
}

/// Whether a part of a path means an endpoint.
pub(crate) fn covers(part: &str, path: &str) -> bool {
    match part.strip_suffix('*') {
        Some(above) => path.starts_with(above),
        None => path.ends_with(part),
    }
}

fn same(entry: &Announcement, finding: &Difference) -> bool {
    match (entry.method.is_path(), finding.method.is_path()) {
        (true, true) => {
            entry.method == finding.method
                || entry.method == Method::Unnamed
                || finding.method == Method::Unnamed
        }
        (false, false) => entry.method == finding.method && entry.product == finding.product,
        _ => false,
    }
}

/// A path or name without what is spelled in several ways.
pub(crate) fn plain_name(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut depth = 0usize;
    for c in name.trim_end_matches('/').chars() {
        match c {
            '{' | '<' => {
                depth += 1;
                if depth == 1 {
                    plain.push('*');
                }
            }
            '}' | '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    // The published texts lost what stood in angle brackets: `@forceOrder` is `<symbol>@forceOrder`.
    match plain.strip_prefix('*') {
        Some(rest) if rest.starts_with('@') => rest.to_owned(),
        _ => plain,
    }
}
