//! Which members of answers and events are required, and what proves it.
//!
//! An answer without a member that is wrongly required does not decode, so a member is required for one of three
//! reasons, and for no other. A sample, or two, proves nothing; but a sample that leaves a member out disproves it.

mod identities;
mod samples;

use std::collections::{BTreeMap, BTreeSet};

pub use identities::{Identities, read_identities};
pub use samples::{Sample, Samples};

use crate::api::{Field, Location, Product, TypeDef, TypeKind};
use crate::diagnostics::Diagnostic;

crate::named! {
    /// Why a member is required.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Proof {
        /// The SBE schema always sends it.
        Sbe = "sbe",
        /// Without it, the object means nothing.
        Identity = "identity",
    }
}

/// Members by their type and their name on the wire.
pub type Members = BTreeSet<(String, String)>;

/// What there is to prove something with.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The members that an SBE message always has.
    pub sbe: &'a Members,
    /// What makes an object mean something.
    pub identities: &'a Identities,
    /// The members that a sample leaves out.
    pub samples: &'a Samples,
}

/// The required members of a product's answers and events.
#[derive(Debug, Default)]
pub struct Required {
    /// How many there are, by proof.
    pub proven: BTreeMap<Proof, usize>,
    /// How many members are optional.
    pub optional: usize,
    /// Those that nothing proves, or that a sample leaves out.
    pub findings: Vec<Diagnostic>,
}

impl Required {
    /// Looks for the proof of every required member. Slots of positional arrays need none: their number is part of what is
    /// documented.
    pub fn of(product: &Product, evidence: Evidence<'_>) -> Self {
        let mut required = Self::default();
        let received = product.received_types();
        let objects = product.types.iter().filter_map(|(name, def)| match &def.kind {
            TypeKind::Object(fields) if received.contains(name) => Some((name, def, fields)),
            _ => None,
        });
        // A member of a part of several objects (`allOf`) stands in one place, and is proven there.
        let mut proofs: BTreeMap<&Location, Proof> = BTreeMap::new();
        for (name, _, fields) in objects.clone() {
            for field in fields.iter().filter(|field| field.required) {
                if let Some(proof) = proof(name, fields, field, evidence) {
                    let known = proofs.entry(&field.location.0).or_insert(proof);
                    *known = proof.min(*known);
                }
            }
        }
        for (name, def, fields) in objects {
            for field in fields {
                required.member(name, def, field, proofs.get(&field.location.0), evidence.samples);
            }
        }
        required
    }

    fn member(&mut self, name: &str, def: &TypeDef, field: &Field, proof: Option<&Proof>, samples: &Samples) {
        if !field.required {
            self.optional += 1;
            return;
        }
        let place = match field.location.0.file.is_empty() {
            true => &def.location,
            false => &field.location.0,
        };
        let member = format!("`{name}.{}` is required", field.name);
        if let Some(sample) = samples.without(name, &field.name) {
            self.findings.push(Diagnostic::at(
                place,
                format!("{member}, but {sample} leaves it out"),
                "take it off the list of required members",
            ));
            return;
        }
        if let (Some(Proof::Identity), Some(sample)) = (proof, samples.with_empty(name, &field.name)) {
            self.findings.push(Diagnostic::at(
                place,
                format!("{member} as an identity, but {sample} has it as an empty text"),
                "take it off the list of required members",
            ));
            return;
        }
        match proof {
            Some(proof) => *self.proven.entry(*proof).or_default() += 1,
            None => self.findings.push(Diagnostic::at(
                place,
                format!("{member} without proof"),
                "take it off the list",
            )),
        }
    }
}

fn proof(name: &str, fields: &[Field], field: &Field, evidence: Evidence<'_>) -> Option<Proof> {
    if evidence.sbe.contains(&(name.to_owned(), field.name.clone())) {
        return Some(Proof::Sbe);
    }
    evidence
        .identities
        .have(name, fields, field)
        .then_some(Proof::Identity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::openapi::read_product;
    use crate::source::SourceFile;

    const SPEC: &str = "
openapi: 3.0.3
info: {title: T, version: '1'}
x-product: p
x-transport: rest
paths:
  /a:
    post:
      operationId: a
      tags: [T]
      x-security: NONE
      parameters:
        - {name: legs, in: query, schema: {type: array, items: {$ref: '#/components/schemas/Leg'}}}
      responses:
        '200': {description: An answer, content: {application/json: {schema: {$ref: '#/components/schemas/Answer'}}}}
components:
  schemas:
    Leg: {type: object, required: [x], properties: {x: {type: string}}}
    Base: {type: object, required: [id, x], properties: {id: {type: string}, x: {type: string}, y: {type: string}}}
    Answer:
      allOf:
        - {$ref: '#/components/schemas/Base'}
        - type: object
          required: [z]
          properties: {z: {type: string}, base: {$ref: '#/components/schemas/Base'}}
";

    fn required(sbe: &[(&str, &str)], identities: &str) -> Required {
        let file = SourceFile::new("p/rest.yaml", SPEC);
        let (product, _) = read_product("p", &[file]).unwrap_or_else(|found| panic!("{found}"));
        let identities = read_identities(&SourceFile::new("identities.yaml", identities))
            .unwrap_or_else(|found| panic!("{found}"));
        let sbe = sbe
            .iter()
            .map(|(ty, member)| ((*ty).to_owned(), (*member).to_owned()))
            .collect();
        let evidence = Evidence {
            sbe: &sbe,
            identities: &identities,
            samples: &Samples::default(),
        };
        Required::of(&product, evidence)
    }

    #[test]
    fn each_kind_of_proof_counts_and_nothing_else_does() {
        let ids = "identities: [{members: [id], because: the id}]";
        let proven = required(&[("Base", "x"), ("Answer", "z")], ids);
        assert!(proven.findings.is_empty(), "{:?}", proven.findings);
        // A part of two objects is proven in both; what is only sent needs no proof.
        let counts = [(Proof::Sbe, 3), (Proof::Identity, 2)];
        assert_eq!(proven.proven, counts.into());
        assert_eq!(proven.optional, 3);
        let without: Vec<String> = required(&[], ids)
            .findings
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(without.len(), 3, "{without:?}");
        let starts = |text: &str| without.iter().any(|found| found.starts_with(text));
        assert!(
            starts("p/rest.yaml:19: `Base.x` is required without proof"),
            "{without:?}"
        );
        for member in ["`Answer.x`", "`Answer.z`"] {
            assert!(without.iter().any(|found| found.contains(member)), "{without:?}");
        }
    }

    #[test]
    fn an_identity_may_be_that_of_one_kind_of_object() {
        let unproven = |entry: &str| {
            let entry =
                format!("identities: [{{members: [id], because: i}}, {{members: [x], because: x, {entry}}}]");
            required(&[("Answer", "z")], &entry).findings.len()
        };
        assert_eq!(unproven("beside: [y]"), 0);
        assert_eq!(unproven("beside: [w]"), 2);
        // Base alone proves it, where the member stands.
        assert_eq!(unproven("types: [Base]"), 0);
        assert_eq!(unproven("types: [Leg]"), 2);
        assert_eq!(unproven("types: [Base], beside: [z]"), 2);
    }
}
