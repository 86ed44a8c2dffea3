//! The list of members without which an object means nothing.

use serde::Deserialize;

use crate::api::{Field, Product, TypeKind};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::read::yaml::Places;
use crate::source::{Aside, Line, SourceFile};

/// What makes an object mean something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identities(Vec<Identity>);

/// Members that identify the objects of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    members: Vec<String>,
    /// The members that say of which kind an object is: it has one of them. Empty: every object.
    beside: Vec<String>,
    /// The types that it is for. Empty: every object.
    types: Vec<String>,
    file: Aside<String>,
    line: Line,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    identities: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    members: Vec<String>,
    #[serde(default)]
    beside: Vec<String>,
    #[serde(default)]
    types: Vec<String>,
    because: String,
}

/// Reads the list.
pub fn read_identities(source: &SourceFile) -> Result<Identities, Diagnostics> {
    let File { identities } = source.yaml("a list of identities", "specs/README.md describes the file")?;
    let places = Places::new(&source.text);
    let mut errors = Vec::new();
    let mut list = Vec::new();
    for (index, entry) in identities.into_iter().enumerate() {
        let line = places.place(&format!("/identities/{index}"));
        if entry.members.is_empty() || entry.because.trim().is_empty() {
            errors.push(Diagnostic::new(
                &source.path,
                line,
                "an entry without members or without a reason",
                "list the members under `members`, and say under `because` why they are identities",
            ));
        }
        list.push(Identity {
            members: entry.members,
            beside: entry.beside,
            types: entry.types,
            file: Aside(source.path.clone()),
            line: Aside(line),
        });
    }
    match errors.is_empty() {
        true => Ok(Identities(list)),
        false => Err(Diagnostics(errors)),
    }
}

impl Identities {
    /// Whether a member identifies an object of this type with these members.
    pub fn have(&self, ty: &str, fields: &[Field], field: &Field) -> bool {
        let members: Vec<&str> = fields.iter().map(name_of).collect();
        self.have_name(ty, &members, name_of(field))
    }

    /// Whether the member called `member` identifies an object of this type with members of these names.
    pub fn have_name(&self, ty: &str, members: &[&str], member: &str) -> bool {
        self.0.iter().any(|identity| identity.fits(ty, members, member))
    }

    /// The names that no received object of these products has.
    pub fn unused<'p>(&self, products: impl IntoIterator<Item = &'p Product>) -> Vec<Diagnostic> {
        let mut used: Vec<Vec<bool>> = self
            .0
            .iter()
            .map(|identity| vec![false; identity.members.len()])
            .collect();
        for product in products {
            let received = product.received_types();
            for (name, def) in product.types.iter().filter(|(name, _)| received.contains(*name)) {
                let TypeKind::Object(fields) = &def.kind else {
                    continue;
                };
                let members: Vec<&str> = fields.iter().map(name_of).collect();
                for (identity, used) in self.0.iter().zip(&mut used) {
                    for (member, used) in identity.members.iter().zip(used.iter_mut()) {
                        *used |= members.contains(&member.as_str()) && identity.fits(name, &members, member);
                    }
                }
            }
        }
        let mut unused = Vec::new();
        for (identity, used) in self.0.iter().zip(used) {
            for (member, _) in identity.members.iter().zip(used).filter(|(_, used)| !used) {
                unused.push(Diagnostic::new(
                    &identity.file.0,
                    identity.line.0,
                    format!("`{member}` is a member of no answer or event"),
                    "correct the name, or remove it",
                ));
            }
        }
        unused
    }
}

impl Identity {
    fn fits(&self, ty: &str, members: &[&str], member: &str) -> bool {
        let among = |names: &[String], name: &str| names.iter().any(|known| known == name);
        let of_this_type = self.types.is_empty() || among(&self.types, ty);
        let of_this_kind =
            || self.beside.is_empty() || members.iter().any(|other| among(&self.beside, other));
        of_this_type && among(&self.members, member) && of_this_kind()
    }
}

/// What a member is called: its plain name, where the name on the wire is an abbreviation.
fn name_of(field: &Field) -> &str {
    field.plain_name.as_deref().unwrap_or(&field.name)
}
