//! Spec files beside published ones: schemas with their lives, and dictionaries.

use binance_wire_model::fix::Dictionary;
use binance_wire_model::sbe::Schema;
use binance_wire_model::source::SourceFile;

use super::lifecycle::{Day, Lifecycle};
use super::outline::{Outline, differences};
use super::{Comparison, Difference, Kind};

/// A spec file with what it says.
#[derive(Clone, Debug)]
pub struct Ours<T> {
    /// The product.
    pub product: String,
    /// The file.
    pub file: SourceFile,
    /// What it says.
    pub says: T,
}

impl<T> Ours<T> {
    /// The file's path within its product, as explanations begin.
    pub fn within(&self) -> String {
        let path = &self.file.path;
        path.strip_prefix(&format!("{}/", self.product))
            .unwrap_or(path)
            .to_owned()
    }

    /// Compares it with a published file of a name.
    pub fn compare(&self, ours: &Outline, name: &str, theirs: &Outline) -> Comparison {
        Comparison {
            product: self.product.clone(),
            files: Some(format!(
                "{} {}, {name} {}",
                self.within(),
                ours.version,
                theirs.version
            )),
            notices: Vec::new(),
            requests: theirs.messages,
            operations: ours.messages,
            differences: differences(theirs, ours, &self.product, &self.file.path),
        }
    }
}

/// Notes the lives of schemas, and whether ours is the latest.
pub fn live(comparison: &mut Comparison, own: &Ours<Schema>, lifecycle: &Lifecycle, today: Day) {
    let environment = &lifecycle.environment;
    for life in &lifecycle.schemas {
        let (text, left) = life.described(today);
        comparison.notices.push((
            format!("{environment} {}:{}: {text}", life.id, life.version),
            left,
        ));
    }
    let Some(latest) = lifecycle.schemas.first() else {
        return;
    };
    let version = (own.says.id, own.says.version);
    // What is in production only counts: the other environments are ahead of it.
    if environment == "PROD" && version < (latest.id, latest.version) {
        comparison.differences.push(Difference {
            product: own.product.clone(),
            operation: Some(format!("{} latest", own.within())),
            parameter: None,
            kind: Kind::Different,
            detail: format!(
                "{environment} has {}:{} since {}, the specs have {}:{}",
                latest.id, latest.version, latest.released, version.0, version.1
            ),
            location: None,
            because: None,
        });
    }
}

/// The dictionary that has most of another's messages, and few that the other has not; none where it has not even half
/// of them, since every dictionary of a version has logons and heartbeats.
pub fn most_like<'o>(theirs: &Dictionary, ours: &'o [Ours<Dictionary>]) -> Option<&'o Ours<Dictionary>> {
    let has = |dictionary: &Dictionary, name: &str| dictionary.messages.iter().any(|m| m.name == name);
    let score = |own: &Ours<Dictionary>| {
        let common = theirs.messages.iter().filter(|m| has(&own.says, &m.name)).count();
        let alone = own.says.messages.iter().filter(|m| !has(theirs, &m.name)).count();
        (common, std::cmp::Reverse(alone))
    };
    ours.iter()
        .filter(|own| score(own).0 > 0 && 2 * score(own).0 >= theirs.messages.len())
        .max_by_key(|own| score(own))
}
