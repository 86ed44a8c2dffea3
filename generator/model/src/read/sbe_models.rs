//! Reads the file that says where JSON and SBE differ.

use serde::Deserialize;

use super::yaml::Places;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::sbe::Aside;
use crate::sbe_models::{Difference, Rule, Rules};
use crate::source::SourceFile;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    schema_id: u16,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    omitted: Vec<Omitted>,
    #[serde(default)]
    absent: Vec<Absent>,
    #[serde(default)]
    flat: Vec<Where>,
    #[serde(default)]
    sorted: Vec<Where>,
    #[serde(default)]
    ignored: Vec<Ignored>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Omitted {
    r#type: Option<String>,
    member: String,
    value: Option<String>,
    without: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Absent {
    r#type: Option<String>,
    member: String,
    json: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Where {
    r#type: String,
    member: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ignored {
    r#type: Option<String>,
    field: String,
}

/// Reads the rules of one schema.
pub fn read_rules(source: &SourceFile) -> Result<Rules, Diagnostics> {
    let places = Places::new(&source.text);
    let file: File = source.yaml(
        "a list of differences between SBE and JSON",
        "specs/README.md describes the file",
    )?;
    let mut errors = Vec::new();
    let mut rules = Vec::new();
    let place = |section: &str, index: usize| places.place(&format!("/{section}/{index}"));
    for (index, omitted) in file.omitted.into_iter().enumerate() {
        let Omitted {
            r#type,
            member,
            value,
            without,
        } = omitted;
        let line = place("omitted", index);
        let difference = match (value, without) {
            (Some(value), None) => Difference::OmittedAt(value),
            (None, Some(without)) => Difference::OmittedWithout(without),
            _ => {
                errors.push(Diagnostic::new(
                    &source.path,
                    line,
                    format!("when `{member}` is left out is not said, or said twice"),
                    "write either `value` or `without`",
                ));
                continue;
            }
        };
        rules.push(Rule {
            ty: r#type,
            member,
            difference,
            line: Aside(line),
        });
    }
    for (index, Absent { r#type, member, json }) in file.absent.into_iter().enumerate() {
        let line = Aside(place("absent", index));
        rules.push(Rule {
            ty: r#type,
            member,
            difference: Difference::Absent(json),
            line,
        });
    }
    for (section, list, difference) in [
        ("flat", file.flat, Difference::Flat),
        ("sorted", file.sorted, Difference::Sorted),
    ] {
        for (index, Where { r#type, member }) in list.into_iter().enumerate() {
            let line = Aside(place(section, index));
            rules.push(Rule {
                ty: Some(r#type),
                member,
                difference: difference.clone(),
                line,
            });
        }
    }
    for (index, Ignored { r#type, field }) in file.ignored.into_iter().enumerate() {
        let line = Aside(place("ignored", index));
        rules.push(Rule {
            ty: r#type,
            member: field,
            difference: Difference::Ignored,
            line,
        });
    }
    if !errors.is_empty() {
        return Err(Diagnostics(errors));
    }
    Ok(Rules {
        file: Aside(source.path.clone()),
        schema_id: file.schema_id,
        error: file.error,
        rules,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Rules, Diagnostics> {
        read_rules(&SourceFile {
            path: "models.yaml".to_owned(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn rules_know_their_lines() {
        let rules = read(
            "schemaId: 3\nomitted:\n  - {member: a, value: '0'}\n  - {type: T, member: a, without: b}\n",
        )
        .unwrap();
        assert_eq!(
            rules
                .rules
                .iter()
                .map(|rule| rule.line.0.line)
                .collect::<Vec<_>>(),
            [3, 4]
        );
        assert_eq!(
            rules.rules[1].difference,
            Difference::OmittedWithout("b".to_owned())
        );
    }

    #[test]
    fn an_omission_without_a_condition_is_an_error() {
        let error = read("schemaId: 3\nomitted:\n  - {member: a}\n").unwrap_err();
        assert_eq!(
            error.0[0].to_string(),
            "models.yaml:3: when `a` is left out is not said, or said twice; write either `value` or `without`"
        );
        assert!(read("schemaId: 3\nommitted: []\n").is_err());
    }
}
