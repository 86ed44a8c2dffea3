//! What a report says and in which order, for a terminal and for a pull request: changes by what they do to a user, each place
//! in a project once, and in one line what nobody has to read one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::wording::{self, plural};
use crate::diff::finding::{Finding, Report};
use crate::diff::kind::{Aspect, Severity, Transport, Verdict};
use crate::diff::row::Kind;

/// How many compatible changes of one kind in one product are listed one by one.
const LISTED: usize = 3;

/// How many names a folded line has before it counts the rest.
const NAMED: usize = 6;

/// What a change does to a user, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    BreaksCompilation,
    BreaksAtRunTime,
    /// What is breaking by decision alone.
    Decided,
    ChangesBehaviour,
    ToLookAt,
    Compatible,
    Approved,
    /// Documentation and the values of examples.
    Documentation,
}

impl Effect {
    const ALL: [Self; 8] = [
        Self::BreaksCompilation,
        Self::BreaksAtRunTime,
        Self::Decided,
        Self::ChangesBehaviour,
        Self::ToLookAt,
        Self::Compatible,
        Self::Approved,
        Self::Documentation,
    ];

    fn of(finding: &Finding) -> Self {
        if finding.approved.is_some() {
            return Self::Approved;
        }
        match finding.severity {
            Severity::Error if finding.surface == Verdict::Breaking => Self::BreaksCompilation,
            Severity::Error if finding.wire == Verdict::Breaking => Self::BreaksAtRunTime,
            Severity::Error => Self::Decided,
            Severity::Warning if finding.behaviour >= Verdict::Attention => Self::ChangesBehaviour,
            Severity::Warning => Self::ToLookAt,
            Severity::Info | Severity::Ignore => match finding.kind.aspect() {
                Aspect::Documentation | Aspect::Sample => Self::Documentation,
                _ => Self::Compatible,
            },
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::BreaksCompilation => "Breaks compilation",
            Self::BreaksAtRunTime => "Breaks at run time",
            Self::Decided => "Breaking by the severities of the policy",
            Self::ChangesBehaviour => "Changes behaviour",
            Self::ToLookAt => "To look at",
            Self::Compatible => "Compatible",
            Self::Approved => "Approved",
            Self::Documentation => "Documentation and sample values",
        }
    }

    /// Whether a change is one line: nobody has to act.
    pub(super) fn is_short(self) -> bool {
        self >= Self::Compatible
    }
}

pub(super) struct Outline<'r> {
    pub(super) sections: Vec<Section<'r>>,
    pub(super) places: Vec<Place<'r>>,
    /// How many imports are not among the places, since their file uses what they import elsewhere.
    pub(super) imports: usize,
}

pub(super) struct Section<'r> {
    pub(super) effect: Effect,
    pub(super) changes: Vec<Change<'r>>,
    /// Lines of several findings each.
    pub(super) folded: Vec<String>,
    /// What the summary says of it: `2 changes in 5 places`.
    pub(super) counted: String,
}

/// One change in all products, calls and transports that have it.
pub(super) struct Change<'r> {
    /// By which places refer to it; none where the project does not use it.
    pub(super) number: Option<usize>,
    /// Said before the rows where there are several.
    pub(super) title: Option<&'r str>,
    pub(super) rows: Vec<Row<'r>>,
    pub(super) calls: Vec<&'r str>,
}

/// Findings that say the same.
pub(super) struct Row<'r> {
    pub(super) message: &'r str,
    /// `spot rest 0123456789abcdef`, one per finding.
    pub(super) findings: Vec<String>,
    pub(super) kind: Kind,
    /// The verdicts that are not `none`.
    pub(super) verdicts: String,
    pub(super) location: String,
    pub(super) approved: Option<&'r str>,
}

/// A line of a project.
pub(super) struct Place<'r> {
    pub(super) file: &'r str,
    pub(super) line: usize,
    /// The columns, and what is done there.
    pub(super) done: BTreeSet<(usize, String)>,
    pub(super) text: &'r str,
    pub(super) changes: BTreeSet<usize>,
    /// Whether one of them breaks its compilation.
    breaks: bool,
}

impl<'r> Outline<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let mut by_group: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in &report.findings {
            by_group.entry(&finding.group).or_default().push(finding);
        }
        // In the order of the groups. The findings of one may differ in effect: an approved one, or one of another language.
        let mut by_effect: BTreeMap<Effect, Vec<Vec<&Finding>>> = BTreeMap::new();
        for group in &report.groups {
            let mut parts: BTreeMap<Effect, Vec<&Finding>> = BTreeMap::new();
            for finding in by_group.get(group.name.as_str()).into_iter().flatten() {
                parts.entry(Effect::of(finding)).or_default().push(finding);
            }
            for (effect, findings) in parts {
                by_effect.entry(effect).or_default().push(findings);
            }
        }
        let titles: BTreeMap<&str, &str> = (report.groups.iter())
            .map(|group| (group.name.as_str(), group.title.as_str()))
            .collect();
        let mut used = Used::default();
        let sections = Effect::ALL.into_iter().filter_map(|effect| {
            let groups = by_effect.remove(&effect)?;
            Some(section(effect, groups, &titles, &mut used))
        });
        let sections = sections.collect();
        let (places, imports) = used.places();
        Self {
            sections,
            places,
            imports,
        }
    }
}

fn section<'r>(
    effect: Effect,
    groups: Vec<Vec<&'r Finding>>,
    titles: &BTreeMap<&str, &'r str>,
    used: &mut Used<'r>,
) -> Section<'r> {
    let (total, findings) = (groups.len(), groups.iter().map(Vec::len).sum());
    let (groups, folded) = match effect {
        Effect::Documentation => (Vec::new(), documentation(groups.iter().flatten())),
        Effect::Compatible => fold(groups),
        _ => (groups, Vec::new()),
    };
    let mut lines = BTreeSet::new();
    let mut changes = Vec::new();
    for group in groups {
        let uses = || group.iter().flat_map(|finding| &finding.uses);
        lines.extend(uses().map(|found| (found.file.as_str(), found.line)));
        let number = uses().next().map(|_| used.note(&group, effect));
        let title = group.first().and_then(|first| titles.get(first.group.as_str()));
        changes.push(change(number, title.copied(), &group));
    }
    let counted = match effect {
        Effect::Documentation => plural(findings, "finding"),
        _ if lines.is_empty() => plural(total, "change"),
        _ => format!("{} in {}", plural(total, "change"), plural(lines.len(), "line")),
    };
    Section {
        effect,
        changes,
        folded,
        counted,
    }
}

fn change<'r>(number: Option<usize>, title: Option<&'r str>, findings: &[&'r Finding]) -> Change<'r> {
    let mut rows: Vec<Row<'r>> = Vec::new();
    for finding in findings {
        let verdicts = verdicts(finding);
        let approved = finding.approved.as_deref();
        let named = format!(
            "{} {} {}",
            finding.subject.product,
            transport(finding),
            finding.fingerprint
        );
        let same = rows.iter_mut().find(|row| {
            (row.message, row.kind, &row.verdicts, row.approved)
                == (finding.message.as_str(), finding.kind, &verdicts, approved)
        });
        match same {
            Some(row) => row.findings.push(named),
            None => rows.push(Row {
                message: &finding.message,
                findings: vec![named],
                kind: finding.kind,
                verdicts,
                location: location(finding),
                approved,
            }),
        }
    }
    // An operation is not affected by its own change alone.
    let own: BTreeSet<&str> = findings
        .iter()
        .filter_map(|finding| finding.subject.path.first())
        .map(|step| step.name.as_str())
        .collect();
    let calls: BTreeSet<&str> = findings
        .iter()
        .flat_map(|finding| &finding.affected)
        .map(|affected| affected.call.as_str())
        .filter(|call| !own.contains(call))
        .collect();
    Change {
        number,
        title: title.filter(|_| rows.len() > 1),
        rows,
        calls: calls.into_iter().collect(),
    }
}

fn transport(finding: &Finding) -> &'static str {
    finding.subject.transport.map_or("json", Transport::name)
}

fn verdicts(finding: &Finding) -> String {
    let verdicts = [
        ("wire", finding.wire),
        ("surface", finding.surface),
        ("behaviour", finding.behaviour),
    ];
    let verdicts = verdicts
        .iter()
        .filter(|(_, verdict)| *verdict != Verdict::None)
        .map(|(name, verdict)| format!("{name} {verdict}"));
    verdicts.collect::<Vec<_>>().join(", ")
}

fn location(finding: &Finding) -> String {
    match (&finding.location.file, finding.location.line) {
        (file, 0) => file.clone(),
        (file, line) => format!("{file}:{line}"),
    }
}

/// Groups that are listed one by one, and lines for what there is much of. What the project uses is always listed.
fn fold(groups: Vec<Vec<&Finding>>) -> (Vec<Vec<&Finding>>, Vec<String>) {
    let unused = |group: &[&Finding]| group.iter().all(|finding| finding.uses.is_empty());
    let mut kinds: BTreeMap<(&str, Kind), Vec<&Finding>> = BTreeMap::new();
    for finding in groups.iter().filter(|group| unused(group)).flatten() {
        let key = (finding.subject.product.as_str(), finding.kind);
        kinds.entry(key).or_default().push(finding);
    }
    kinds.retain(|_, findings| findings.len() > LISTED);
    let many = |finding: &Finding| kinds.contains_key(&(finding.subject.product.as_str(), finding.kind));
    let mut listed = Vec::new();
    for group in groups {
        match unused(&group) {
            false => listed.push(group),
            true => {
                let few: Vec<&Finding> = group.into_iter().filter(|finding| !many(finding)).collect();
                if !few.is_empty() {
                    listed.push(few);
                }
            }
        }
    }
    let lines = kinds.iter().map(|((product, kind), findings)| {
        format!(
            "{product}: {} × {kind}: {}",
            findings.len(),
            names(findings.iter().copied())
        )
    });
    (listed, lines.collect())
}

/// A line per product.
fn documentation<'r>(findings: impl Iterator<Item = &'r &'r Finding>) -> Vec<String> {
    let mut products: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        products
            .entry(&finding.subject.product)
            .or_default()
            .push(finding);
    }
    let lines = products.iter().map(|(product, findings)| {
        let samples = findings
            .iter()
            .filter(|finding| finding.kind.aspect() == Aspect::Sample);
        let samples = samples.count();
        let counted = [
            (findings.len() - samples, "description"),
            (samples, "sample value"),
        ];
        let counted = counted.iter().filter(|(count, _)| *count > 0);
        let counted: Vec<String> = counted.map(|(count, what)| plural(*count, what)).collect();
        format!(
            "{product}: {} changed: {}",
            counted.join(" and "),
            names(findings.iter().copied())
        )
    });
    lines.collect()
}

/// What findings are about, the first few by name.
fn names<'r>(findings: impl Iterator<Item = &'r Finding>) -> String {
    let mut names: Vec<String> = Vec::new();
    for finding in findings {
        let name = finding.subject.path.last().map(|step| {
            // Many operations have a parameter of one name.
            let around = finding.subject.path.first().filter(|first| *first != step);
            match around {
                Some(around) => format!("{} of {}", step.quoted(), around.quoted()),
                None => step.quoted(),
            }
        });
        names.extend(name.filter(|name| !names.contains(name)));
    }
    let shown = names.get(..NAMED).unwrap_or(&names).join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The lines of the project that changes touch.
#[derive(Default)]
struct Used<'r> {
    lines: BTreeMap<(&'r str, usize), Place<'r>>,
    /// Which files use an item on other lines than those of imports.
    elsewhere: BTreeSet<(&'r str, String)>,
    changes: usize,
}

impl<'r> Used<'r> {
    /// Notes the uses of a change, and numbers it.
    fn note(&mut self, findings: &[&'r Finding], effect: Effect) -> usize {
        self.changes += 1;
        for found in findings.iter().flat_map(|finding| &finding.uses) {
            let place = self
                .lines
                .entry((&found.file, found.line))
                .or_insert_with(|| Place {
                    file: &found.file,
                    line: found.line,
                    done: BTreeSet::new(),
                    text: &found.text,
                    changes: BTreeSet::new(),
                    breaks: false,
                });
            let done = wording::done(found);
            if !is_import(&found.text) {
                self.elsewhere.insert((&found.file, found.item.to_string()));
            }
            place.done.insert((found.column, done));
            place.changes.insert(self.changes);
            place.breaks |= effect == Effect::BreaksCompilation;
        }
        self.changes
    }

    /// The lines in order, without imports that compile and whose items are used elsewhere in the file, and how many those are.
    fn places(self) -> (Vec<Place<'r>>, usize) {
        let all = self.lines.len();
        let repeated = |place: &Place<'_>| {
            let named = |done: &str| {
                (self.elsewhere.iter())
                    .any(|(file, item)| *file == place.file && done.ends_with(&format!(" {item}")))
            };
            !place.breaks && is_import(place.text) && place.done.iter().all(|(_, done)| named(done))
        };
        let kept: Vec<Place<'r>> = self
            .lines
            .into_values()
            .filter(|place| !repeated(place))
            .collect();
        let imports = all - kept.len();
        (kept, imports)
    }
}

fn is_import(line: &str) -> bool {
    let line = line.strip_prefix("pub").unwrap_or(line);
    let line = line.strip_prefix("(crate)").unwrap_or(line);
    line.trim_start().starts_with("use ")
}
