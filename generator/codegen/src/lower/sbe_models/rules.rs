//! What the specs say beyond the schema's own attributes.

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::sbe_models::Difference;

use super::Engine;

impl<'a> Engine<'a> {
    /// The first rule of a kind for a member; one for its type goes before one for all types.
    fn rule<T>(&mut self, ty: &str, member: &str, pick: impl Fn(&'a Difference) -> Option<T>) -> Option<T> {
        let (index, picked) = self.find(ty, member, pick)?;
        self.used_rules.insert(index);
        Some(picked)
    }

    /// That rule and its number.
    fn find<T>(
        &self,
        ty: &str,
        member: &str,
        pick: impl Fn(&'a Difference) -> Option<T>,
    ) -> Option<(usize, T)> {
        let rules = &self.input.rules.rules;
        let found = |own: bool| {
            rules.iter().enumerate().find_map(|(index, rule)| {
                let fits = rule.member == member
                    && if own {
                        rule.ty.as_deref() == Some(ty)
                    } else {
                        rule.ty.is_none()
                    };
                if fits {
                    pick(&rule.difference).map(|picked| (index, picked))
                } else {
                    None
                }
            })
        };
        found(true).or_else(|| found(false))
    }

    /// Whether JSON leaves a member out at times; the rule does not count as used by that.
    pub(super) fn omits(&self, ty: &str, member: &str) -> bool {
        self.find(ty, member, |difference| {
            matches!(
                difference,
                Difference::OmittedAt(_) | Difference::OmittedWithout(_)
            )
            .then_some(())
        })
        .is_some()
    }

    /// Whether the fields of a member's object stand beside it in SBE; the rule does not count as used by that.
    pub(super) fn is_flat(&self, ty: &str, member: &str) -> bool {
        self.find(ty, member, |difference| {
            (*difference == Difference::Flat).then_some(())
        })
        .is_some()
    }

    /// The rule by which JSON leaves a member out.
    pub(super) fn omission(&mut self, ty: &str, member: &str) -> Option<&'a Difference> {
        self.rule(ty, member, |difference| match difference {
            Difference::OmittedAt(_) | Difference::OmittedWithout(_) => Some(difference),
            _ => None,
        })
    }

    /// What JSON has where SBE has nothing.
    pub(super) fn absent(&mut self, ty: &str, member: &str) -> Option<&'a str> {
        self.rule(ty, member, |difference| match difference {
            Difference::Absent(json) => Some(json.as_str()),
            _ => None,
        })
    }

    /// Whether the fields of a member's object stand beside it in SBE.
    pub(super) fn flat(&mut self, ty: &str, member: &str) -> bool {
        self.rule(ty, member, |difference| {
            (*difference == Difference::Flat).then_some(())
        })
        .is_some()
    }

    /// Whether JSON sorts a list by name.
    pub(super) fn sorted(&mut self, ty: &str, member: &str) -> bool {
        self.rule(ty, member, |difference| {
            (*difference == Difference::Sorted).then_some(())
        })
        .is_some()
    }

    /// Whether an SBE field need not have a place.
    pub(super) fn ignored(&mut self, ty: &str, field: &str) -> bool {
        self.rule(ty, field, |difference| {
            (*difference == Difference::Ignored).then_some(())
        })
        .is_some()
    }

    /// A rule that nothing needed is out of date.
    pub(super) fn unused_rules(&mut self) {
        let rules = self.input.rules;
        for (index, rule) in rules.rules.iter().enumerate() {
            if !self.used_rules.contains(&index) {
                self.errors.push(Diagnostic::new(
                    &rules.file.0,
                    rule.line.0,
                    format!("the entry for `{}` fits nothing", rule.member),
                    "remove it, or correct what it names",
                ));
            }
        }
    }
}
