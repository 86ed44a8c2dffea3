//! What a project has decided about findings: how loud a kind is, and which single ones are approved.

use std::collections::BTreeMap;

use binance_wire_model::diagnostics::{Diagnostic, Diagnostics};
use binance_wire_model::source::Place;
use binance_wire_model::source::SourceFile;
use serde::Deserialize;

use super::finding::{Finding, Group, Report, Summary};
use super::kind::{Class, Severity};
use super::row::Kind;

/// The decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    severity: BTreeMap<Kind, Severity>,
    approved: BTreeMap<String, Approval>,
    file: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Approval {
    because: String,
    place: Place,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    severity: BTreeMap<String, Severity>,
    #[serde(default)]
    approved: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fingerprint: String,
    because: String,
}

impl Policy {
    /// Reads `specs/diff.yaml`.
    ///
    /// # Errors
    /// What is no such file, an unknown kind, and approvals without a reason or given twice.
    pub fn read(file: &SourceFile) -> Result<Self, Diagnostics> {
        if file
            .text
            .lines()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
        {
            return Ok(Self::default());
        }
        let parsed: File = file.yaml(
            "a file of decisions",
            "write `severity: {kind: error|warning|info|ignore}` and `approved: [{fingerprint: …, because: …}]`",
        )?;
        let mut errors = Vec::new();
        let place_of = |text: &str| file.text.find(text).map_or(Place::default(), |at| file.place(at));
        let mut severity = BTreeMap::new();
        for (name, wanted) in parsed.severity {
            match Kind::named(&name) {
                Some(kind) => _ = severity.insert(kind, wanted),
                None => errors.push(Diagnostic::new(
                    &file.path,
                    place_of(&name),
                    format!("there is no kind `{name}`"),
                    "`cargo xtask diff --kinds` lists them",
                )),
            }
        }
        let mut approved = BTreeMap::new();
        for entry in parsed.approved {
            let place = place_of(&entry.fingerprint);
            let mut refuse = |message: String, remedy: &str| {
                errors.push(Diagnostic::new(&file.path, place, message, remedy));
            };
            let Entry { fingerprint, because } = entry;
            if fingerprint.len() != 16 || !fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                refuse(
                    format!("`{fingerprint}` is not a fingerprint"),
                    "copy the sixteen digits that the finding has, in quotes",
                );
            }
            if because.trim().is_empty() {
                refuse(
                    format!("{fingerprint} is approved without a reason"),
                    "say why, in one line",
                );
            }
            let approval = Approval { because, place };
            if approved.insert(fingerprint.clone(), approval).is_some() {
                refuse(format!("{fingerprint} is approved twice"), "keep one of them");
            }
        }
        if !errors.is_empty() {
            return Err(Diagnostics(errors));
        }
        Ok(Self {
            severity,
            approved,
            file: file.path.clone(),
        })
    }

    /// Applies the decisions, and makes a report of what is left.
    pub fn report(&self, old: &str, new: &str, findings: Vec<Finding>) -> Report {
        let mut report = Report {
            old: old.to_owned(),
            new: new.to_owned(),
            ..Report::default()
        };
        for mut finding in findings {
            if let Some(severity) = self.severity.get(&finding.kind) {
                finding.severity = *severity;
            }
            finding.approved = self
                .approved
                .get(&finding.fingerprint)
                .map(|approval| approval.because.clone());
            let Summary {
                errors,
                warnings,
                infos,
                approved,
                ignored,
            } = &mut report.summary;
            *match (finding.severity, &finding.approved) {
                (Severity::Ignore, _) => ignored,
                (_, Some(_)) => approved,
                (Severity::Error, None) => errors,
                (Severity::Warning, None) => warnings,
                (Severity::Info, None) => infos,
            } += 1;
            if finding.severity != Severity::Ignore {
                report.findings.push(finding);
            }
        }
        report.findings.sort_by(|a, b| {
            let key = |finding: &Finding| {
                (
                    finding.approved.is_some(),
                    std::cmp::Reverse(finding.severity),
                    finding.subject.clone(),
                    finding.kind,
                    finding.fingerprint.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        report.groups = groups(&report.findings);
        report
    }

    /// Approvals that fit no finding of a report: what they spoke of has passed.
    pub fn unused(&self, report: &Report) -> Vec<Diagnostic> {
        self.approved
            .iter()
            .filter(|(fingerprint, _)| {
                !report
                    .findings
                    .iter()
                    .any(|finding| finding.fingerprint == **fingerprint)
            })
            .map(|(fingerprint, approval)| {
                Diagnostic::new(
                    &self.file,
                    approval.place,
                    format!("nothing found has the fingerprint {fingerprint}"),
                    "take the approval away once it is released",
                )
            })
            .collect()
    }
}

/// The changes that findings are part of, in the order of their first findings.
fn groups(findings: &[Finding]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        let at = *places.entry(&finding.group).or_insert_with(|| {
            groups.push(Group {
                name: finding.group.clone(),
                title: title(finding),
                severity: Severity::Ignore,
                findings: Vec::new(),
                affected: Vec::new(),
            });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(at) else { continue };
        group.findings.push(finding.fingerprint.clone());
        group.affected.extend(finding.affected.iter().cloned());
        if finding.approved.is_none() {
            group.severity = group.severity.max(finding.severity);
        }
    }
    for group in &mut groups {
        group.affected.sort();
        group.affected.dedup();
    }
    groups
}

/// A finding without the places that it was found in.
fn title(finding: &Finding) -> String {
    let subject = match finding.subject.path.last() {
        Some(step) => step.to_string(),
        None => format!("{} `{}`", Class::Product.noun(), finding.subject.product),
    };
    let phrase = finding.kind.phrase();
    // The end of a block, or not: that differs from place to place.
    let phrase = phrase.split(", ").next().unwrap_or(phrase);
    let arrow = match (&finding.before, &finding.after) {
        (Some(before), Some(after)) => format!(": {before} → {after}"),
        _ => String::new(),
    };
    format!("{subject} {phrase}{arrow}")
}
